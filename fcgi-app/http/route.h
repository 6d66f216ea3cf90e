/* route.h - every door of the building in one table: who may pass, what must be carried, what is shown.
 *
 * The table is ROUTES in routes.c; handlers, forms and providers are declared in routes_public.h,
 * routes_staff.h and the like. A row without a right, a POST without a form, two rows for one door: refused
 * by a test and at start. */
#ifndef MINGDA_ROUTE_H
#define MINGDA_ROUTE_H

#include "exchange.h"
#include "form.h"
#include "page.h"
#include "queries.h"

enum right {
    RIGHT_NONE, /* refused at start: a row must say who may pass */
    RIGHT_ANYONE,
    RIGHT_TICKET,  /* has given number and query code of the dossier {ref} */
    RIGHT_STAFF,   /* anybody signed in */
    RIGHT_ROLE,    /* signed in, with one of .roles */
    RIGHT_LOOPBACK /* from this machine, not through the front door */
};

/* A C function that makes a table for a page. The columns are declared so that pages are checked at start. */
struct provider {
    struct page_source source; /* name in the page, columns, nested columns; single: at most one row */
    /* Runs after the queries of the page and the providers before it, whose tables page_given() shows.
     * FAULT_ABSENT: 404. */
    const struct fault *(*run)(struct exchange *ex, const struct table **out);
};

/* A query of the registry as a table of the page. Its parameters are bound by name: from .fixed, the path,
 * the fields of the query string, the columns of earlier queries of the row that give at most one row (they
 * are sent in one pipeline less), the session and the ticket (agency, person, dossier). */
struct page_query {
    enum query_id query;
    const char *as; /* the table's name in the page; NULL ends the list */
    bool must;      /* no row: 404 */
    struct {
        const char *name;
        int64_t value;
    } fixed[2]; /* parameters that this page gives itself: how_many */
};

enum { ROUTE_QUERIES = 10, ROUTE_PROVIDERS = 11 };

struct route {
    enum method method; /* GET answers HEAD too */
    const char *path;   /* "/dossiers/{ref}/events/{kind}" */
    enum right right;
    const char *roles; /* with RIGHT_ROLE: words separated by spaces */
    const char *page;  /* templates/pages/NAME.xml */
    struct page_query queries[ROUTE_QUERIES + 1];
    const struct provider *providers[ROUTE_PROVIDERS + 1];
    const struct form_table *search; /* fields of the query string */
    const struct form_table *form;   /* fields of the body; for GET: the empty form that the page shows */
    /* The fields of a form that is known only at run time (events of an edition); instead of .form. */
    const struct fault *(*form_of)(struct exchange *ex, const struct field **fields, size_t *count);
    /* Judges a form that was read, before its fields are found fault with: who may not do a thing at all is
     * not asked to fill in its form better. */
    const struct fault *(*judge)(struct exchange *ex);
    /* Does the work. When it leaves no reply, the row's page is shown (with what it left in ex->state). */
    const struct fault *(*run)(struct exchange *ex);
    /* A POST whose form is wrong shows its own page again, else the page of the GET row with this path (NULL:
     * its own path), filled in. */
    const char *again;
    bool as_auditor;   /* its queries run in the reading role mingda_audit */
    bool no_session;   /* never looks into the database for who it is: /healthz */
    bool json_only;    /* no page by design */
    const char *about; /* one sentence, for the contract */
};

extern const struct route ROUTES[];
extern const size_t ROUTE_COUNT;

/* The row for method and path. FAULT_ABSENT (NO_SUCH_PAGE), or FAULT_INPUT METHOD_NOT_ALLOWED with *allow set
 * to the methods that the path knows. `parameters` live on `life`. */
const struct fault *route_find(TALLOC_CTX *life, const struct route *routes, size_t count, enum method method,
                               const char *path, const struct route **out, struct pairs *parameters,
                               const char **allow);
/* What is wrong with the table: a fault with the row in its detail. */
const struct fault *route_table_check(TALLOC_CTX *life, const struct route *routes, size_t count);

/* The whole way of one exchange: find, know, permit, read, do, show. Always leaves a reply. */
void route_run(struct exchange *ex);

#endif
