#include <string.h>
#include "db.h"
#include "house.h"
#include "life.h"
#include "route.h"
#include "runner.h"
#include "session.h"
#include "settings.h"
#include "text.h"

/* ------------------------------------------------------------------------------------------- the table */

/* Does `path` fit the pattern? {x} takes one non-empty segment, and so does {x}.odt the part before the
 * ending. */
static bool segment_fits(TALLOC_CTX *life, const char *pattern, size_t n, const char *s, size_t m,
                         struct pairs *parameters)
{
    const char *close = pattern[0] == '{' ? memchr(pattern, '}', n) : NULL;
    if (!close)
        return n == m && memcmp(pattern, s, n) == 0;
    size_t tail = n - (size_t)(close + 1 - pattern);
    if (m <= tail || memcmp(close + 1, s + m - tail, tail) != 0)
        return false;
    const char *name = talloc_strndup(life, pattern + 1, (size_t)(close - pattern) - 1);
    const char *value = talloc_strndup(life, s, m - tail);
    return name && value && pairs_add(life, parameters, name, value);
}

static bool path_fits(TALLOC_CTX *life, const char *pattern, const char *path, struct pairs *parameters)
{
    *parameters = (struct pairs){0};
    while (*pattern == '/' && *path == '/') {
        size_t n = strcspn(++pattern, "/"), m = strcspn(++path, "/");
        if (!segment_fits(life, pattern, n, path, m, parameters))
            return false;
        pattern += n;
        path += m;
    }
    return !*pattern && !*path;
}

/* Rows without parameters go first: "/apply/check" before "/apply/{step}". */
static int specificity(const struct route *row)
{
    int parameters = 0;
    for (const char *c = row->path; *c; c++)
        parameters += *c == '{';
    return -parameters;
}

static bool method_fits(const struct route *row, enum method method)
{
    return row->method == method || (row->method == METHOD_GET && method == METHOD_HEAD);
}

const struct fault *route_find(TALLOC_CTX *life, const struct route *routes, size_t count, enum method method,
                               const char *path, const struct route **out, struct pairs *parameters,
                               const char **allow)
{
    const struct route *best = NULL;
    bool get = false, post = false;
    for (size_t i = 0; i < count; i++) {
        struct pairs found;
        if (!path_fits(life, routes[i].path, path, &found))
            continue;
        get = get || routes[i].method == METHOD_GET;
        post = post || routes[i].method == METHOD_POST;
        if (method_fits(&routes[i], method) && (!best || specificity(&routes[i]) > specificity(best))) {
            best = &routes[i];
            *parameters = found;
        }
    }
    *allow = get && post ? "GET, HEAD, POST" : get ? "GET, HEAD" : post ? "POST" : NULL;
    *out = best;
    if (best)
        return NULL;
    if (*allow)
        return fault_new(life, FAULT_INPUT, "METHOD_NOT_ALLOWED", "%s", *allow);
    return fault_new(life, FAULT_ABSENT, "NO_SUCH_PAGE", NULL);
}

static const struct fault *bad_row(TALLOC_CTX *life, const struct route *row, const char *what)
{
    return fault_new(life, FAULT_BROKEN, "ROUTE_TABLE", "%s %s: %s",
                     row->method == METHOD_POST ? "POST" : "GET", row->path ? row->path : "(no path)", what);
}

static bool same_door(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        if (*a == '{' && *b == '{') {
            a = strchr(a, '}');
            b = strchr(b, '}');
            if (!a || !b)
                return false;
        } else if (*a != *b) {
            return false;
        }
    }
    return *a == *b;
}

static bool braces_close(const char *path)
{
    for (const char *c = path; (c = strchr(c, '{')); c++) {
        size_t n = strcspn(c, "}/");
        if (c[-1] != '/' || n < 2 || c[n] != '}')
            return false;
    }
    return true;
}

static const char *row_fault(const struct route *row)
{
    if (!row->path || row->path[0] != '/' || !braces_close(row->path))
        return "the path is not a pattern";
    if (row->method != METHOD_GET && row->method != METHOD_POST)
        return "the method is neither GET nor POST";
    if (row->right == RIGHT_NONE || row->right > RIGHT_LOOPBACK)
        return "no right: the row must say who may pass";
    if ((row->right == RIGHT_ROLE) != (row->roles != NULL))
        return "roles belong to RIGHT_ROLE, and RIGHT_ROLE needs them";
    if (row->right == RIGHT_TICKET && !strstr(row->path, "{ref}"))
        return "RIGHT_TICKET needs {ref} in the path";
    if (row->method == METHOD_POST && !row->form && !row->form_of)
        return "a POST without a form";
    if (row->method == METHOD_POST && !row->run)
        return "a POST without a handler";
    if (row->form && row->form_of)
        return "two forms";
    if (!row->run && !row->page)
        return "neither page nor handler";
    if (row->page && row->no_session && row->right != RIGHT_ANYONE)
        return "without a session there is only RIGHT_ANYONE";
    if (!row->page && (row->queries[0].as || row->providers[0]))
        return "queries or providers without a page";
    return NULL;
}

const struct fault *route_table_check(TALLOC_CTX *life, const struct route *routes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *what = row_fault(&routes[i]);
        if (what)
            return bad_row(life, &routes[i], what);
        for (size_t j = 0; j < i; j++)
            if (routes[i].method == routes[j].method && same_door(routes[i].path, routes[j].path))
                return bad_row(life, &routes[i], "two rows for one door");
    }
    return NULL;
}

/* --------------------------------------------------------------------------------------------- one exchange
 */

static bool has_one_of(const struct identity *who, const char *roles)
{
    for (const char *s = roles; *s;) {
        char word[64];
        size_t n = strcspn(s, " ");
        if (n && n < sizeof word) {
            memcpy(word, s, n);
            word[n] = 0;
            if (identity_has_role(who, word))
                return true;
        }
        s += n + (s[n] == ' ');
    }
    return false;
}

static bool is_loopback(const struct exchange *ex)
{
    return ex->remote && (strcmp(ex->remote, "127.0.0.1") == 0 || strcmp(ex->remote, "::1") == 0);
}

static const struct fault *permit(const struct exchange *ex)
{
    const struct route *row = ex->route;
    const char *ref;
    switch (row->right) {
    case RIGHT_ANYONE:
        return NULL;
    case RIGHT_LOOPBACK:
        return is_loopback(ex) ? NULL
                               : fault_new(ex->life, FAULT_ABSENT, "NO_SUCH_PAGE", "not from this machine");
    case RIGHT_TICKET:
        ref = pairs_get(&ex->parameters, "ref");
        return ex->ticket.known && text_same(ref, ex->ticket.ref)
                   ? NULL
                   : fault_new(ex->life, FAULT_FORBIDDEN, "TICKET_NEEDED", NULL);
    case RIGHT_STAFF:
    case RIGHT_ROLE:
        if (!ex->who.known)
            return fault_new(ex->life, FAULT_FORBIDDEN, "SIGN_IN_NEEDED", NULL);
        if (row->right == RIGHT_STAFF || has_one_of(&ex->who, row->roles))
            return NULL;
        return fault_new(ex->life, FAULT_FORBIDDEN, "NOT_YOUR_ROLE", "%s", row->roles);
    case RIGHT_NONE:
        break;
    }
    return fault_new(ex->life, FAULT_BROKEN, "ROUTE_TABLE", "%s", row->path);
}

/* For whom the queries of this exchange act: the person, the holder of a ticket, or the public of our agency.
 */
static void set_scope(struct exchange *ex)
{
    struct db_scope scope = {.agency = (int32_t)settings_int(ex->house->settings, "web.agency")};
    bool for_staff = ex->route->right == RIGHT_STAFF || ex->route->right == RIGHT_ROLE;
    if (ex->who.known && for_staff)
        scope = (struct db_scope){ex->who.agency, ex->who.person, ex->route->as_auditor};
    else if (ex->route->right == RIGHT_TICKET)
        scope.agency = ex->ticket.agency;
    db_scope_set(ex->db, scope);
}

static const struct fault *fields_of(struct exchange *ex, const struct field **fields, size_t *count)
{
    if (ex->route->form_of)
        return ex->route->form_of(ex, fields, count);
    *fields = ex->route->form->fields;
    *count = ex->route->form->count;
    return NULL;
}

static const struct fault *read_forms(struct exchange *ex)
{
    const struct route *row = ex->route;
    const struct field *fields;
    struct form *form;
    size_t count;
    if (row->search) {
        TRY(form_query(ex, row->search->fields, row->search->count, &form));
        ex->search = form;
        if (form->faults)
            return form_fault(ex->life, form);
    }
    if (!row->form && !row->form_of)
        return NULL;
    TRY(fields_of(ex, &fields, &count));
    if (row->method == METHOD_GET) {
        ex->form = form_new(ex->life, fields, count);
        return ex->form ? NULL : fault_memory();
    }
    TRY(form_read(ex, fields, count, &form));
    ex->form = form;
    if (row->judge)
        TRY(row->judge(ex));
    return ex->reply.status ? NULL : form_fault(ex->life, form);
}

static const struct fault *walk(struct exchange *ex)
{
    const char *allow = NULL;
    const struct fault *f = session_visitor(ex);
    if (!f)
        f = route_find(ex->life, ROUTES, ROUTE_COUNT, ex->method, ex->path, &ex->route, &ex->parameters,
                       &allow);
    if (allow && !ex->route)
        reply_header(ex, "Allow", allow);
    if (f)
        return f;
    if (!ex->route->no_session) {
        TRY(session_staff(ex));
        TRY(permit(ex));
        set_scope(ex);
    } else {
        TRY(permit(ex));
    }
    TRY(read_forms(ex));
    if (ex->route->run && !ex->reply.status)
        TRY(ex->route->run(ex));
    return ex->reply.status ? NULL : page_run(ex, ex->route, 200);
}

void route_run(struct exchange *ex)
{
    const struct fault *f = walk(ex);
    if (f)
        page_fault(ex, f);
}
