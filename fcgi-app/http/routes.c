/* routes.c - every door of the building on one screen. A row says who may pass, what must be carried and what
 * is shown; handlers, forms and providers live elsewhere. */
#include "doors.h"
#include "route.h"

const struct route ROUTES[] = {
    /* ---- the web process itself ---- */
    {.method = METHOD_GET,
     .path = "/healthz",
     .right = RIGHT_ANYONE,
     .no_session = true,
     .run = show_health,
     .about = "200 when the worker can reach its database, 503 with the reason otherwise"},
    {.method = METHOD_GET,
     .path = "/metrics",
     .right = RIGHT_LOOPBACK,
     .no_session = true,
     .run = show_metrics,
     .about = "figures of the workers as Prometheus text, from this machine only"},
    {.method = METHOD_GET,
     .path = "/login",
     .right = RIGHT_ANYONE,
     .page = "login",
     .search = &SEARCH_LOGIN,
     .form = &FORM_LOGIN,
     .run = show_login,
     .about = "signing in, for staff"},
    {.method = METHOD_POST,
     .path = "/login",
     .right = RIGHT_ANYONE,
     .form = &FORM_LOGIN,
     .run = act_login,
     .about = "begins a session"},
    {.method = METHOD_POST,
     .path = "/logout",
     .right = RIGHT_ANYONE,
     .form = &FORM_LOGOUT,
     .run = act_logout,
     .about = "ends the session"},
};
const size_t ROUTE_COUNT = sizeof ROUTES / sizeof ROUTES[0];
