/* routes.c - every door of the building on one screen. A row says who may pass, what must be carried and what
 * is shown; handlers, forms and providers live elsewhere. */
#include "doors.h"
#include "route.h"
#include "routes_public.h"
#include "routes_staff.h"
#include "shown.h"

#define GET  .method = METHOD_GET, .path
#define POST .method = METHOD_POST, .path

/* clang-format off: a row is read as a row */
const struct route ROUTES[] = {
    /* ---- the web process itself ---- */
    {GET = "/healthz", .right = RIGHT_ANYONE, .no_session = true, .run = show_health,
     .about = "200 when the worker can reach its database, 503 with the reason otherwise"},
    {GET = "/metrics", .right = RIGHT_LOOPBACK, .no_session = true, .run = show_metrics,
     .about = "figures of the workers as Prometheus text, from this machine only"},
    {GET = "/login", .right = RIGHT_ANYONE, .page = "login", .search = &SEARCH_LOGIN, .form = &FORM_LOGIN,
     .run = show_login, .about = "signing in, for staff"},
    {POST = "/login", .right = RIGHT_ANYONE, .form = &FORM_LOGIN, .run = act_login,
     .about = "begins a session"},
    {POST = "/logout", .right = RIGHT_ANYONE, .form = &FORM_LOGOUT, .run = act_logout,
     .about = "ends the session"},
};
/* clang-format on */
const size_t ROUTE_COUNT = sizeof ROUTES / sizeof ROUTES[0];
