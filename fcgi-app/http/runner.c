#include <assert.h>
#include <string.h>
#include "db.h"
#include "house.h"
#include "life.h"
#include "log.h"
#include "page_folder.h"
#include "runner.h"
#include "session.h"
#include "text.h"

enum { PAGE_LIMIT = 8 * 1024 * 1024, TAKES_MAX = 24, SOURCES_MAX = 4 + ROUTE_QUERIES + ROUTE_PROVIDERS };

/* Where a parameter of a query comes from: settled at start. */
enum origin { FROM_FIXED, FROM_PATH, FROM_SEARCH, FROM_TABLE, FROM_AGENCY, FROM_PERSON, FROM_TICKET };
struct binding {
    enum origin origin;
    const char *name;
    size_t index;  /* FROM_FIXED: of .fixed; FROM_TABLE: of the query */
    size_t column; /* FROM_TABLE */
};
struct plan_query {
    size_t wave; /* queries of one wave go in one pipeline */
    struct binding bindings[TAKES_MAX];
};

/* A row of the route table with a page, ready to run. Sources: visit, [form, fields, faults], queries,
 * providers. */
struct plan {
    const struct route *row;
    const struct page *page;
    struct page_source sources[SOURCES_MAX];
    size_t source_count, first_query, query_count, first_provider;
    size_t waves;
    struct plan_query queries[ROUTE_QUERIES];
};

struct page_set {
    const struct plan *plans;
    size_t count;
    const struct page *problem;
};

/* While a page is made: the tables that it has so far, in the order of the plan's sources. */
struct given {
    const struct plan *plan;
    const struct table *tables[SOURCES_MAX];
};

/* --------------------------------------------------------------------------------- tables of every page */

static const struct column ROLE_COLUMNS[] = {{"role", CELL_TEXT, false}};
static const struct column QUERY_COLUMNS[] = {{"name", CELL_TEXT, false}, {"value", CELL_TEXT, false}};
#define ROLES_SOURCE                                                                                         \
    {                                                                                                        \
        "roles", ROLE_COLUMNS, 1, false, NULL, 0                                                             \
    }
#define QUERY_SOURCE                                                                                         \
    {                                                                                                        \
        "query", QUERY_COLUMNS, 2, false, NULL, 0                                                            \
    }
static const struct column VISIT_COLUMNS[] = {
    {"lang", CELL_TEXT, false},       {"other_lang", CELL_TEXT, false}, {"path", CELL_TEXT, false},
    {"signed_in", CELL_BOOL, false},  {"person_name", CELL_TEXT, true}, {"login", CELL_TEXT, true},
    {"agency_name", CELL_TEXT, true}, {"csrf", CELL_TEXT, false},       {"exchange", CELL_TEXT, false},
    {"roles", CELL_TABLE, false},     {"query", CELL_TABLE, false},
};
enum { VISIT_COUNT = sizeof VISIT_COLUMNS / sizeof VISIT_COLUMNS[0] };
static const struct page_source VISIT_NESTED[] = {ROLES_SOURCE, QUERY_SOURCE};
const struct page_source VISIT = {"visit", VISIT_COLUMNS, VISIT_COUNT, true, VISIT_NESTED, 2};

/* What the address says after its question mark, so that a change of language keeps the page. */
static const struct fault *visit_query(struct exchange *ex, struct cell *out)
{
    struct table *t = table_new(ex->life, QUERY_COLUMNS, 2);
    TRY_MEMORY(t);
    for (size_t i = 0; i < ex->query.count; i++) {
        const struct pair *p = &ex->query.items[i];
        if (strcmp(p->name, "lang") == 0 || !text_is_utf8(p->name, strlen(p->name)) ||
            !text_is_utf8(p->value, strlen(p->value)))
            continue;
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        row[0] = cell_text(p->name);
        row[1] = cell_text(p->value);
    }
    *out = cell_table(t);
    return NULL;
}

static const struct fault *show_visit(struct exchange *ex, const struct table **out)
{
    struct table *t = table_new(ex->life, VISIT_COLUMNS, VISIT_COUNT);
    struct table *roles = table_new(ex->life, ROLE_COLUMNS, 1);
    struct cell *row = t ? table_add_row(t) : NULL;
    const char *csrf = session_csrf(ex);
    TRY_MEMORY(row);
    TRY_MEMORY(roles);
    for (const char *const *r = ex->who.roles; r && *r; r++) {
        struct cell *role = table_add_row(roles);
        TRY_MEMORY(role);
        role[0] = cell_text(*r);
    }
    row[0] = cell_text(language_tag(ex->language));
    row[1] = cell_text(ex->language == LANGUAGE_EN ? "zh" : "en");
    row[2] = cell_text(ex->path);
    row[3] = cell_flag(ex->who.known);
    row[4] = cell_text(ex->who.name);
    row[5] = cell_text(ex->who.login);
    row[6] = cell_text(ex->who.agency_name);
    row[7] = cell_text(csrf ? csrf : "");
    row[8] = cell_text(ex->id);
    row[9] = cell_table(roles);
    TRY(visit_query(ex, &row[10]));
    *out = t;
    return NULL;
}

/* The one-row table `form`: what is the same for all forms, then two columns for each static field. */
static const struct column FORM_BASE[] = {
    {"csrf", CELL_TEXT, false},   {"submission", CELL_TEXT, false}, {"wrong", CELL_BOOL, false},
    {"refused", CELL_TEXT, true}, {"rule", CELL_TEXT, true},        {"basis", CELL_TEXT, true},
    {"fact", CELL_INT, true},     {"stale", CELL_BOOL, false},
};
enum { FORM_BASE_COUNT = sizeof FORM_BASE / sizeof FORM_BASE[0] };

static const struct fault *form_source(TALLOC_CTX *life, const struct route *row, struct page_source *out)
{
    size_t fields = row->form ? row->form->count : 0, n = FORM_BASE_COUNT;
    struct column *columns = talloc_zero_array(life, struct column, FORM_BASE_COUNT + 2 * fields);
    TRY_MEMORY(columns);
    memcpy(columns, FORM_BASE, sizeof FORM_BASE);
    for (size_t i = 0; i < fields; i++) {
        const char *name = row->form->fields[i].name;
        const char *error = talloc_asprintf(life, "%s_error", name);
        TRY_MEMORY(error);
        columns[n++] = (struct column){name, CELL_TEXT, false};
        columns[n++] = (struct column){error, CELL_TEXT, true};
    }
    *out = (struct page_source){"form", columns, n, true, NULL, 0};
    return NULL;
}

static const struct fault *show_form(struct exchange *ex, const struct page_source *source,
                                     const struct table **out)
{
    const struct form *form = ex->form;
    struct table *t = table_new(ex->life, source->columns, source->column_count);
    struct cell *row = t ? table_add_row(t) : NULL;
    const char *csrf = session_csrf(ex);
    const struct refusal *why = form->refusal;
    TRY_MEMORY(row);
    row[0] = cell_text(csrf ? csrf : "");
    row[1] = cell_text(form->submission);
    row[2] = cell_flag(form->faults > 0);
    row[3] = cell_text(why ? exchange_say(ex, why->zh, why->en) : NULL);
    row[4] = cell_text(why ? why->rule : NULL);
    row[5] = cell_text(why ? exchange_basis(ex, why->basis) : NULL);
    row[6] = why && why->fact >= 0 ? cell_int(why->fact) : cell_null(CELL_INT);
    row[7] = cell_flag(form->stale);
    for (size_t n = FORM_BASE_COUNT; n + 1 < source->column_count; n += 2) {
        const struct value *v = form_value(form, source->columns[n].name);
        const struct field *field = &form->fields[(n - FORM_BASE_COUNT) / 2];
        row[n] = cell_text(v ? v->typed : "");
        row[n + 1] = cell_text(v && v->error ? form_sentence(ex->life, ex->language, field, v->error) : NULL);
    }
    *out = t;
    return NULL;
}

/* -------------------------------------------------------------------------------------------------- at start
 */

static const struct fault *unbound(TALLOC_CTX *life, const struct route *row, const struct query *q,
                                   const char *what)
{
    return fault_new(life, FAULT_BROKEN, "ROUTE_TABLE",
                     "%s: the parameter %s of query %s is given by nothing", row->path, what, q->name);
}

static bool path_has(const char *path, const char *name)
{
    size_t n = strlen(name);
    for (const char *c = path; (c = strchr(c, '{')); c++)
        if (strncmp(c + 1, name, n) == 0 && c[1 + n] == '}')
            return true;
    return false;
}

static bool table_of(const struct plan *plan, size_t before, const char *name, struct binding *b)
{
    for (size_t i = 0; i < before; i++) {
        const struct query *q = &QUERIES[plan->row->queries[i].query];
        for (size_t c = 0; c < q->give_count && q->cardinality != GIVES_MANY; c++)
            if (strcmp(q->gives[c].name, name) == 0) {
                *b = (struct binding){FROM_TABLE, name, i, c};
                return true;
            }
    }
    return false;
}

static bool bind(const struct plan *plan, size_t at, const struct query_param *p, struct binding *b)
{
    const struct route *row = plan->row;
    *b = (struct binding){.name = p->name};
    for (size_t i = 0; i < 2; i++)
        if (text_same(row->queries[at].fixed[i].name, p->name)) {
            b->origin = FROM_FIXED;
            b->index = i;
            return true;
        }
    b->origin = FROM_PATH;
    if (path_has(row->path, p->name))
        return true;
    b->origin = FROM_SEARCH;
    for (size_t i = 0; row->search && i < row->search->count; i++)
        if (strcmp(row->search->fields[i].name, p->name) == 0)
            return p->optional || row->search->fields[i].required;
    if (table_of(plan, at, p->name, b))
        return true;
    bool staff = row->right == RIGHT_STAFF || row->right == RIGHT_ROLE;
    if (strcmp(p->name, "agency") == 0 || strcmp(p->name, "person") == 0) {
        b->origin = p->name[0] == 'a' ? FROM_AGENCY : FROM_PERSON;
        return staff || p->name[0] == 'a';
    }
    b->origin = FROM_TICKET;
    return strcmp(p->name, "dossier") == 0 && row->right == RIGHT_TICKET;
}

static const struct fault *plan_query(TALLOC_CTX *life, struct plan *plan, size_t at)
{
    const struct query *q = &QUERIES[plan->row->queries[at].query];
    struct plan_query *pq = &plan->queries[at];
    if (q->take_count > TAKES_MAX || q->cardinality == GIVES_NONE)
        return fault_new(life, FAULT_BROKEN, "ROUTE_TABLE", "%s: %s is no query for a page", plan->row->path,
                         q->name);
    for (size_t i = 0; i < q->take_count; i++) {
        struct binding *b = &pq->bindings[i];
        if (!bind(plan, at, &q->takes[i], b))
            return unbound(life, plan->row, q, q->takes[i].name);
        if (b->origin == FROM_TABLE && plan->queries[b->index].wave >= pq->wave)
            pq->wave = plan->queries[b->index].wave + 1;
    }
    if (pq->wave >= plan->waves)
        plan->waves = pq->wave + 1;
    plan->sources[plan->source_count++] = (struct page_source){
        plan->row->queries[at].as, q->gives, q->give_count, q->cardinality != GIVES_MANY, NULL, 0};
    return NULL;
}

static const struct fault *plan_row(TALLOC_CTX *life, const struct page_world *world, const struct route *row,
                                    struct plan *plan)
{
    plan->row = row;
    plan->sources[plan->source_count++] = VISIT;
    if (row->form || row->form_of) {
        TRY(form_source(life, row, &plan->sources[plan->source_count++]));
        plan->sources[plan->source_count++] = FORM_FIELDS;
        plan->sources[plan->source_count++] = FORM_FAULTS;
    }
    plan->first_query = plan->source_count;
    for (size_t i = 0; i < ROUTE_QUERIES && row->queries[i].as; i++)
        TRY(plan_query(life, plan, plan->query_count++));
    plan->first_provider = plan->source_count;
    for (size_t i = 0; i < ROUTE_PROVIDERS && row->providers[i]; i++)
        plan->sources[plan->source_count++] = row->providers[i]->source;
    return page_read(life, world, row->page, plan->sources, plan->source_count, &plan->page);
}

struct doors {
    const struct route *routes;
    size_t count;
};

/* Is there such a door? Static files are nginx's. */
static bool door_exists(const void *arg, const char *method, const char *path)
{
    const struct doors *doors = arg;
    enum method wanted = strcasecmp(method, "POST") == 0 ? METHOD_POST : METHOD_GET;
    if (wanted == METHOD_GET && strncmp(path, "/static/", 8) == 0)
        return true;
    for (size_t i = 0; i < doors->count; i++)
        if (doors->routes[i].method == wanted && page_path_fits(doors->routes[i].path, path))
            return true;
    return false;
}

const struct fault *page_set_load(TALLOC_CTX *life, const char *folder, const struct route *routes,
                                  size_t count, const struct page_set **out)
{
    const struct page_folder *files;
    struct page_world world = {0};
    const struct doors doors = {routes, count};
    TRY(route_table_check(life, routes, count));
    TRY(page_folder_read(life, folder, &files));
    page_folder_into(files, &world);
    world.route = door_exists;
    world.route_arg = &doors;
    struct page_set *set = talloc_zero(life, struct page_set);
    TRY_MEMORY(set);
    struct plan *plans = talloc_zero_array(set, struct plan, count + 1);
    struct page_source *problem = talloc_array(set, struct page_source, 2);
    TRY_MEMORY(plans);
    TRY_MEMORY(problem);
    for (size_t i = 0; i < count; i++)
        if (routes[i].page)
            TRY(plan_row(life, &world, &routes[i], &plans[set->count++]));
    problem[0] = VISIT;
    problem[1] = PROBLEM;
    TRY(page_read(life, &world, "problem", problem, 2, &set->problem));
    set->plans = plans;
    *out = set;
    return NULL;
}

/* -------------------------------------------------------------------------------------------------- at run
 * time */

static const struct fault *wrong_parameter(struct exchange *ex, const char *name)
{
    return fault_new(ex->life, FAULT_ABSENT, "NO_SUCH_PAGE", "%s cannot be such a value", name);
}

static enum cell_kind kind_of(enum query_type type)
{
    switch (type) {
    case QUERY_INT4:
    case QUERY_INT8:
        return CELL_INT;
    case QUERY_BOOL:
        return CELL_BOOL;
    case QUERY_DATE:
        return CELL_DAY;
    case QUERY_TIMESTAMPTZ:
        return CELL_MOMENT;
    case QUERY_BYTEA:
        return CELL_BYTES;
    default:
        return CELL_TEXT;
    }
}

/* Text of the path as the parameter's type. */
static const struct fault *typed(struct exchange *ex, const struct query_param *p, const char *text,
                                 struct cell *out)
{
    struct civil day;
    int64_t number, most = p->type == QUERY_INT4 ? INT32_MAX : INT64_MAX;
    *out = cell_null(kind_of(p->type));
    if (!text)
        return NULL;
    if (out->kind == CELL_INT) {
        if (!text_to_int(text, -most, most, &number))
            return wrong_parameter(ex, p->name);
        *out = cell_int(number);
    } else if (out->kind == CELL_DAY) {
        if (!civil_parse(text, &day))
            return wrong_parameter(ex, p->name);
        *out = cell_day(day);
    } else if (out->kind == CELL_TEXT) {
        *out = cell_text(text);
    } else {
        return wrong_parameter(ex, p->name);
    }
    return NULL;
}

static const struct fault *from_search(struct exchange *ex, const struct query_param *p, struct cell *out)
{
    const struct value *v = form_value(ex->search, p->name);
    *out = cell_null(kind_of(p->type));
    if (!v || !v->given)
        return NULL;
    if (civil_is_set(v->day) && out->kind == CELL_DAY) {
        *out = cell_day(v->day);
        return NULL;
    }
    return typed(ex, p, v->text, out);
}

static const struct fault *parameter(struct exchange *ex, const struct given *given, size_t at,
                                     const struct query_param *p, const struct binding *b, struct cell *out)
{
    const struct plan *plan = given->plan;
    const struct table *t;
    switch (b->origin) {
    case FROM_FIXED:
        *out = cell_int(plan->row->queries[at].fixed[b->index].value);
        return NULL;
    case FROM_PATH:
        return typed(ex, p, pairs_get(&ex->parameters, b->name), out);
    case FROM_SEARCH:
        return from_search(ex, p, out);
    case FROM_TABLE:
        t = given->tables[plan->first_query + b->index];
        *out = t->row_count ? t->cells[b->column] : cell_null(kind_of(p->type));
        return NULL;
    case FROM_AGENCY:
        *out = cell_int(db_scope_of(ex->db).agency);
        return NULL;
    case FROM_PERSON:
        *out = cell_int(ex->who.person);
        return NULL;
    case FROM_TICKET:
        *out = cell_int(ex->ticket.dossier);
        return NULL;
    }
    return wrong_parameter(ex, p->name);
}

/* The queries of one wave, in one pipeline. */
static const struct fault *run_wave(struct exchange *ex, struct given *given, size_t wave)
{
    const struct plan *plan = given->plan;
    struct db_ask asks[ROUTE_QUERIES];
    size_t which[ROUTE_QUERIES], n = 0;
    for (size_t i = 0; i < plan->query_count; i++) {
        const struct query *q = &QUERIES[plan->row->queries[i].query];
        if (plan->queries[i].wave != wave)
            continue;
        struct cell *params = talloc_zero_array(ex->life, struct cell, q->take_count + 1);
        TRY_MEMORY(params);
        for (size_t p = 0; p < q->take_count; p++)
            TRY(parameter(ex, given, i, &q->takes[p], &plan->queries[i].bindings[p], &params[p]));
        asks[n] = (struct db_ask){.id = plan->row->queries[i].query, .params = q->take_count ? params : NULL};
        which[n++] = i;
    }
    TRY(db_batch(ex->db, asks, n, ex->life));
    for (size_t i = 0; i < n; i++) {
        if (plan->row->queries[which[i]].must && !asks[i].out->row_count)
            return fault_new(ex->life, FAULT_ABSENT, "NO_SUCH_PAGE", NULL);
        given->tables[plan->first_query + which[i]] = asks[i].out;
    }
    return NULL;
}

const struct table *page_given(const struct exchange *ex, const char *name)
{
    for (size_t i = 0; ex->given && i < ex->given->plan->source_count; i++)
        if (strcmp(ex->given->plan->sources[i].name, name) == 0)
            return ex->given->tables[i];
    return NULL;
}

static const struct fault *gather(struct exchange *ex, struct given *given)
{
    const struct plan *plan = given->plan;
    TRY(show_visit(ex, &given->tables[0]));
    for (size_t wave = 0; wave < plan->waves; wave++)
        TRY(run_wave(ex, given, wave));
    ex->given = given;
    for (size_t i = 0; i < ROUTE_PROVIDERS && plan->row->providers[i]; i++)
        TRY(plan->row->providers[i]->run(ex, &given->tables[plan->first_provider + i]));
    if (plan->first_query == 1 || !ex->form)
        return NULL;
    TRY(show_form(ex, &plan->sources[1], &given->tables[1]));
    TRY(form_show(ex->life, ex->form, ex->language, &given->tables[2]));
    return form_show_faults(ex->life, ex->form, ex->language, &given->tables[3]);
}

/* The same tables for programs; one row is an object, many are a list. */
static const struct fault *reply_tables(struct exchange *ex, const struct given *given, int status)
{
    json_t *all = json_adopt(ex->life, json_object());
    TRY_MEMORY(all);
    for (size_t i = 1; i < given->plan->source_count; i++) {
        const struct page_source *source = &given->plan->sources[i];
        json_t *rows = given->tables[i] ? table_json(given->tables[i]) : json_array();
        TRY_MEMORY(rows);
        if (source->single) {
            json_t *one = json_array_size(rows) ? json_incref(json_array_get(rows, 0)) : json_null();
            json_decref(rows);
            rows = one;
        }
        if (json_object_set_new(all, source->name, rows) != 0)
            return fault_memory();
    }
    return reply_json(ex, status, all);
}

static const struct fault *reply_page(struct exchange *ex, const struct page *page,
                                      const struct table *const *tables, int status)
{
    const char *html;
    size_t length;
    struct text *out = text_new(ex->life, PAGE_LIMIT);
    TRY(page_render(page, tables, ex->language, out, ex->life));
    TRY(text_end(out, &html, &length));
    reply_body(ex, status, "text/html; charset=utf-8", html, length);
    return NULL;
}

const struct fault *page_run(struct exchange *ex, const struct route *row, int status)
{
    const struct page_set *set = ex->house->pages;
    const struct plan *plan = NULL;
    for (size_t i = 0; i < set->count; i++)
        if (set->plans[i].row == row)
            plan = &set->plans[i];
    assert(plan);
    struct given *given = talloc_zero(ex->life, struct given);
    TRY_MEMORY(given);
    given->plan = plan;
    const struct fault *f = gather(ex, given);
    ex->given = NULL;
    if (f)
        return f;
    return ex->wants_json ? reply_tables(ex, given, status)
                          : reply_page(ex, plan->page, given->tables, status);
}

const struct fault *page_problem(struct exchange *ex, int status, const struct table *problem)
{
    const struct table *tables[2] = {NULL, problem};
    TRY(show_visit(ex, &tables[0]));
    return reply_page(ex, ex->house->pages->problem, tables, status);
}
