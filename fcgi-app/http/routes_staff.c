#include <string.h>
#include "life.h"
#include "routes_staff.h"
#include "shown.h"
#include "text.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define PAGE_ROWS    50
#define SOON_DAYS    5 /* working days: 松江's internal point (statute 7.2) */
#define LAST_DAY     ((struct civil){9999, 12, 31})
#define FIRST_DAY    ((struct civil){1, 1, 1})
#define SUBJECT_SIZE 40 /* characters of the request that the queue shows */

/* ---- what both lists need ---- */

static const struct field SEARCH_FIELDS[] = {
    {.name = "view", .kind = FIELD_TEXT, .min = 0, .max = 20, .zh = "筛选", .en = "View"},
    {.name = "after", .kind = FIELD_TEXT, .min = 0, .max = 40, .zh = "从此之后", .en = "After"},
};
const struct form_table SEARCH_QUEUE = FORM_TABLE("queue", SEARCH_FIELDS);
const struct form_table SEARCH_AUDIT = FORM_TABLE("audit", SEARCH_FIELDS);

static const struct column FILTER_COLUMNS[] = {{"view", CELL_TEXT, false}};
static const struct column PAGING_COLUMNS[] = {{"next", CELL_TEXT, true}, {"first", CELL_BOOL, false}};

static const char *searched(const struct exchange *ex, const char *name)
{
    const struct value *v = form_value(ex->search, name);
    return v && v->given ? v->text : NULL;
}

/* The view asked for where it is one of the list, else the first. */
static const char *view_of(const struct exchange *ex, const char *const *views)
{
    const char *asked = searched(ex, "view");
    for (size_t i = 0; asked && views[i]; i++)
        if (strcmp(views[i], asked) == 0)
            return views[i];
    return views[0];
}

static const struct fault *filter_table(struct exchange *ex, const char *view, const struct table **out)
{
    struct table *t = table_new(ex->life, FILTER_COLUMNS, 1);
    struct cell *row = t ? table_add_row(t) : NULL;
    TRY_MEMORY(row);
    row[0] = cell_text(view);
    *out = t;
    return NULL;
}

static const struct fault *paging_table(struct exchange *ex, const char *next, const struct table **out)
{
    struct table *t = table_new(ex->life, PAGING_COLUMNS, COUNT(PAGING_COLUMNS));
    struct cell *row = t ? table_add_row(t) : NULL;
    TRY_MEMORY(row);
    row[0] = cell_text(next);
    row[1] = cell_flag(searched(ex, "after") == NULL);
    *out = t;
    return NULL;
}

/* The day, and the calendar by which lists count: those of the agency's edition. */
struct today {
    struct civil day;
    const struct calendar *calendar;
    const struct edition *edition;
};

static const struct fault *today_of(struct exchange *ex, struct today *out)
{
    const struct law *law =
        office_law(ex->house->office, settings_text(ex->house->settings, "office.edition"));
    if (!law)
        return fault_new(ex->life, FAULT_BROKEN, "EDITION_ABSENT", "office.edition is not installed");
    out->calendar = law->calendar;
    out->edition = law->edition;
    return db_ask_today(ex->db, &out->day, ex->life);
}

static const char *state_text(struct exchange *ex, const struct today *today, const char *state)
{
    const struct bilingual *label = edition_state_label(today->edition, NULL, state);
    return label ? shown_say(ex, *label) : state;
}

/* ---- the queue ---- */

static const char *const QUEUE_VIEWS[] = {"all", "mine", "soon", "overdue", "closed", NULL};

static const char *queue_view(const struct exchange *ex)
{
    return searched(ex, "view") || !identity_has_role(&ex->who, "handler") ? view_of(ex, QUEUE_VIEWS)
                                                                           : "mine";
}

static const struct column COUNT_COLUMNS[] = {
    {"mine", CELL_INT, false},
    {"all", CELL_INT, false},
    {"soon", CELL_INT, false},
    {"overdue", CELL_INT, false},
};

/* What the providers of the queue share: figures and rows, read in one round trip. */
struct queue {
    struct today today;
    const struct table *figures, *rows;
};

/* "2026-03-30.2026000000012": the last row of the page before. */
static const struct fault *cursor_of(struct exchange *ex, struct civil *day, int64_t *dossier)
{
    const char *after = searched(ex, "after");
    if (!after)
        return NULL;
    size_t n = strlen(after);
    if (n < 12 || after[10] != '.' || !civil_parse_n(after, 10, day) ||
        !text_to_int(after + 11, 0, INT64_MAX, dossier))
        return fault_new(ex->life, FAULT_ABSENT, "NO_SUCH_PAGE", "not a place in the list");
    return NULL;
}

static const struct fault *queue_open(struct exchange *ex, struct queue **out)
{
    *out = ex->state;
    if (ex->state)
        return NULL;
    struct queue *q = talloc_zero(ex->life, struct queue);
    struct civil after, soon;
    TRY_MEMORY(q);
    TRY(today_of(ex, &q->today));
    const char *view = queue_view(ex);
    bool closed = strcmp(view, "closed") == 0, mine = strcmp(view, "mine") == 0;
    int64_t dossier = closed ? INT64_MAX : 0;
    after = closed ? LAST_DAY : FIRST_DAY;
    soon = calendar_add_workdays(q->today.calendar, q->today.day, SOON_DAYS);
    TRY(cursor_of(ex, &after, &dossier));
    struct civil from = strcmp(view, "soon") == 0 ? q->today.day : FIRST_DAY, until = LAST_DAY;
    if (strcmp(view, "soon") == 0)
        until = soon;
    if (strcmp(view, "overdue") == 0)
        until = civil_add_days(q->today.day, -1);
    const struct cell span[] = {cell_int(ex->who.person), cell_day(from), cell_day(until), cell_day(after),
                                cell_int(dossier)};
    const struct cell figures[] = {cell_int(ex->who.person), cell_day(soon)};
    struct db_ask asks[] = {
        {.id = Q_QUEUE_FIGURES, .params = figures},
        {.id = closed ? Q_QUEUE_CLOSED
               : mine ? Q_QUEUE_MINE
                      : Q_QUEUE_PAGE,
         .params = closed ? span + 3
                   : mine ? span
                          : span + 1},
    };
    TRY(db_batch(ex->db, asks, COUNT(asks), ex->life));
    q->figures = asks[0].out;
    q->rows = asks[1].out;
    *out = ex->state = q;
    return NULL;
}

static const struct fault *show_queue_counts(struct exchange *ex, const struct table **out)
{
    struct queue *q = NULL;
    TRY(queue_open(ex, &q));
    *out = q->figures;
    return NULL;
}
const struct provider SHOW_QUEUE_COUNTS = {{"counts", COUNT_COLUMNS, COUNT(COUNT_COLUMNS), true, NULL, 0},
                                           show_queue_counts};

static const struct fault *show_queue_filter(struct exchange *ex, const struct table **out)
{
    return filter_table(ex, queue_view(ex), out);
}
const struct provider SHOW_QUEUE_FILTER = {{"filter", FILTER_COLUMNS, 1, true, NULL, 0}, show_queue_filter};

static const struct column QUEUE_COLUMNS[] = {
    {"ref", CELL_TEXT, false},      {"label", CELL_TEXT, false},           {"subject", CELL_TEXT, true},
    {"handler", CELL_TEXT, true},   {"channel", CELL_TEXT, true},          {"received", CELL_DAY, false},
    {"due", CELL_DAY, true},        {"due_provisional", CELL_BOOL, false}, {"days_left", CELL_INT, true},
    {"overdue", CELL_BOOL, false},  {"late_by", CELL_INT, true},           {"waiting", CELL_BOOL, false},
    {"moved_from", CELL_DAY, true}, {"moved_to", CELL_DAY, true},
};

static const char *channel_text(struct exchange *ex, const struct today *today, const char *word)
{
    const struct event_kind *k = edition_event_that(today->edition, EVENT_DEED_RECEIVE);
    const struct event_field *f = k ? event_field(k, "channel") : NULL;
    const struct event_choice *c = f && word ? event_field_choice(f, word) : NULL;
    return c ? shown_say(ex, c->label) : NULL;
}

static const struct fault *add_queue_row(struct exchange *ex, const struct today *today,
                                         const struct table *rows, size_t i, const char *subject, bool closed,
                                         struct table *t)
{
    struct civil due = table_day(rows, i, "due");
    bool provisional = table_flag(rows, i, "due_provisional"), has_due = civil_is_set(due);
    bool over = has_due && !provisional && !closed && civil_compare(due, today->day) < 0;
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row);
    row[0] = cell_text(table_text(rows, i, "ref"));
    row[1] = cell_text(state_text(ex, today, table_text(rows, i, "state")));
    row[2] = cell_text(subject);
    row[3] = cell_text(table_text(rows, i, "handler_name"));
    row[4] = cell_text(channel_text(ex, today, table_text(rows, i, "channel")));
    row[5] = cell_day(table_day(rows, i, "opened"));
    row[6] = cell_day(due);
    row[7] = cell_flag(provisional);
    if (has_due && !over && !closed)
        row[8] = cell_int(calendar_workdays(today->calendar, today->day, due));
    row[9] = cell_flag(over);
    if (over)
        row[10] = cell_int(calendar_workdays(today->calendar, due, today->day));
    row[11] = cell_flag(!has_due && !closed);
    row[12] = cell_day(table_day(rows, i, "moved_from"));
    row[13] = cell_day(table_day(rows, i, "moved_to"));
    return NULL;
}

static const struct fault *show_queue(struct exchange *ex, const struct table **out)
{
    struct queue *q = NULL;
    struct table *t = table_new(ex->life, QUEUE_COLUMNS, COUNT(QUEUE_COLUMNS));
    TRY_MEMORY(t);
    TRY(queue_open(ex, &q));
    bool closed = strcmp(queue_view(ex), "closed") == 0;
    for (size_t i = 0; i < q->rows->row_count && i < PAGE_ROWS; i++) {
        const char *subject = NULL;
        TRY(office_subject(ex->house->office, db_scope_of(ex->db).agency, q->rows, i, SUBJECT_SIZE, &subject,
                           ex->life));
        TRY(add_queue_row(ex, &q->today, q->rows, i, subject, closed, t));
    }
    *out = t;
    return NULL;
}
const struct provider SHOW_QUEUE = {{"queue", QUEUE_COLUMNS, COUNT(QUEUE_COLUMNS), false, NULL, 0},
                                    show_queue};

/* One row more than the page shows was asked for: then there is a next page, and it begins after the last one
 * shown. */
static const struct fault *show_queue_paging(struct exchange *ex, const struct table **out)
{
    struct queue *q = NULL;
    const char *next = NULL;
    TRY(queue_open(ex, &q));
    if (q->rows->row_count > PAGE_ROWS) {
        char day[CIVIL_TEXT];
        civil_format(table_day(q->rows, PAGE_ROWS - 1, "due_order"), day);
        next = talloc_asprintf(ex->life, "%s.%lld", day,
                               (long long)table_int(q->rows, PAGE_ROWS - 1, "dossier", 0));
        TRY_MEMORY(next);
    }
    return paging_table(ex, next, out);
}
const struct provider SHOW_QUEUE_PAGING = {{"paging", PAGING_COLUMNS, COUNT(PAGING_COLUMNS), true, NULL, 0},
                                           show_queue_paging};

/* ---- search ---- */

static const struct field SEARCH_WORDS_FIELDS[] = {
    {.name = "q", .kind = FIELD_TEXT, .min = 0, .max = 100, .zh = "检索词", .en = "Words"},
    {.name = "after", .kind = FIELD_TEXT, .min = 0, .max = 20, .zh = "从此之后", .en = "After"},
};
const struct form_table SEARCH_WORDS = FORM_TABLE("search", SEARCH_WORDS_FIELDS);

static const struct column ASKED_COLUMNS[] = {
    {"words", CELL_TEXT, true}, {"nothing", CELL_BOOL, false}, {"too_short", CELL_BOOL, false}};

struct searching {
    struct search search;
    const struct table *rows; /* NULL: nothing was asked for */
};

static const struct fault *search_open(struct exchange *ex, struct searching **out)
{
    *out = ex->state;
    if (ex->state)
        return NULL;
    struct searching *s = talloc_zero(ex->life, struct searching);
    const char *after = searched(ex, "after");
    int64_t before = INT64_MAX;
    struct table *rows = NULL;
    TRY_MEMORY(s);
    if (after && !text_to_int(after, 1, INT64_MAX, &before))
        return fault_new(ex->life, FAULT_ABSENT, "NO_SUCH_PAGE", "not a place in the list");
    TRY(office_search(ex->house->office, db_scope_of(ex->db).agency, searched(ex, "q"), &s->search,
                      ex->life));
    const struct cell params[] = {cell_text(s->search.words), cell_text(s->search.name), cell_int(before),
                                  cell_text(ex->id)};
    if (s->search.question == SEARCH_SOMETHING)
        TRY(db_query(ex->db, Q_SEARCH_PAGE, params, &rows, ex->life));
    s->rows = rows;
    *out = ex->state = s;
    return NULL;
}

static const struct fault *show_search_asked(struct exchange *ex, const struct table **out)
{
    struct searching *s = NULL;
    struct table *t = table_new(ex->life, ASKED_COLUMNS, COUNT(ASKED_COLUMNS));
    struct cell *row = t ? table_add_row(t) : NULL;
    TRY_MEMORY(row);
    TRY(search_open(ex, &s));
    row[0] = cell_text(searched(ex, "q"));
    row[1] = cell_flag(s->search.question == SEARCH_NOTHING);
    row[2] = cell_flag(s->search.question == SEARCH_TOO_SHORT);
    *out = t;
    return NULL;
}
const struct provider SHOW_SEARCH_ASKED = {{"asked", ASKED_COLUMNS, COUNT(ASKED_COLUMNS), true, NULL, 0},
                                           show_search_asked};

static const struct fault *show_search(struct exchange *ex, const struct table **out)
{
    struct searching *s = NULL;
    struct today today;
    struct table *t = table_new(ex->life, QUEUE_COLUMNS, COUNT(QUEUE_COLUMNS));
    TRY_MEMORY(t);
    TRY(today_of(ex, &today));
    TRY(search_open(ex, &s));
    for (size_t i = 0; s->rows && i < s->rows->row_count && i < PAGE_ROWS; i++) {
        const char *subject = NULL;
        bool closed = civil_is_set(table_day(s->rows, i, "closed"));
        TRY(office_subject(ex->house->office, db_scope_of(ex->db).agency, s->rows, i, SUBJECT_SIZE, &subject,
                           ex->life));
        TRY(add_queue_row(ex, &today, s->rows, i, subject, closed, t));
    }
    *out = t;
    return NULL;
}
const struct provider SHOW_SEARCH = {{"found", QUEUE_COLUMNS, COUNT(QUEUE_COLUMNS), false, NULL, 0},
                                     show_search};

static const struct fault *show_search_paging(struct exchange *ex, const struct table **out)
{
    struct searching *s = NULL;
    const char *next = NULL;
    TRY(search_open(ex, &s));
    if (s->rows && s->rows->row_count > PAGE_ROWS) {
        next = talloc_asprintf(ex->life, "%lld", (long long)table_int(s->rows, PAGE_ROWS - 1, "dossier", 0));
        TRY_MEMORY(next);
    }
    return paging_table(ex, next, out);
}
const struct provider SHOW_SEARCH_PAGING = {{"paging", PAGING_COLUMNS, COUNT(PAGING_COLUMNS), true, NULL, 0},
                                            show_search_paging};

/* ---- auditors: this year's dossiers ---- */

static const char *const AUDIT_VIEWS[] = {"all", "on-time", "late", "open", "open-over", "conflicts", NULL};

static const struct column FIGURE_COLUMNS[] = {
    {"received", CELL_INT, false}, {"on_time", CELL_INT, false},   {"late", CELL_INT, false},
    {"open", CELL_INT, false},     {"open_over", CELL_INT, false}, {"conflicts", CELL_INT, false},
};

/* Read as the auditors' role: it sees no personal text and can write nothing. */
static const struct fault *audit_span(struct exchange *ex, struct today *today, struct civil *from,
                                      struct civil *to)
{
    struct db_scope scope = db_scope_of(ex->db);
    TRY(today_of(ex, today));
    *from = (struct civil){today->day.year, 1, 1};
    *to = (struct civil){today->day.year, 12, 31};
    scope.as_auditor = true;
    db_scope_set(ex->db, scope);
    return NULL;
}

static const struct fault *show_audit_figures(struct exchange *ex, const struct table **out)
{
    struct today today;
    struct civil from, to;
    struct table *t = NULL;
    TRY(audit_span(ex, &today, &from, &to));
    const struct cell params[] = {cell_day(from), cell_day(to), cell_day(today.day)};
    TRY(db_query(ex->db, Q_AUDIT_COUNTS, params, &t, ex->life));
    *out = t;
    return NULL;
}
const struct provider SHOW_AUDIT_FIGURES = {{"figures", FIGURE_COLUMNS, COUNT(FIGURE_COLUMNS), true, NULL, 0},
                                            show_audit_figures};

static const struct fault *show_audit_filter(struct exchange *ex, const struct table **out)
{
    return filter_table(ex, view_of(ex, AUDIT_VIEWS), out);
}
const struct provider SHOW_AUDIT_FILTER = {{"filter", FILTER_COLUMNS, 1, true, NULL, 0}, show_audit_filter};

static const struct column AUDITED_COLUMNS[] = {
    {"ref", CELL_TEXT, false},      {"label", CELL_TEXT, false}, {"handler", CELL_TEXT, true},
    {"received", CELL_DAY, false},  {"due", CELL_DAY, true},     {"due_provisional", CELL_BOOL, false},
    {"closed", CELL_DAY, true},     {"late_by", CELL_INT, true}, {"overdue", CELL_BOOL, false},
    {"conflicts", CELL_INT, false},
};

static const struct fault *add_audited(struct exchange *ex, const struct today *today,
                                       const struct table *rows, size_t i, struct table *t)
{
    struct civil due = table_day(rows, i, "due"), closed = table_day(rows, i, "closed");
    struct civil end = civil_is_set(closed) ? closed : today->day;
    bool late = civil_is_set(due) && !table_flag(rows, i, "due_provisional") && civil_compare(due, end) < 0;
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row);
    row[0] = cell_text(table_text(rows, i, "ref"));
    row[1] = cell_text(state_text(ex, today, table_text(rows, i, "state")));
    row[2] = cell_text(table_text(rows, i, "handler_name"));
    row[3] = cell_day(table_day(rows, i, "opened"));
    row[4] = cell_day(due);
    row[5] = cell_flag(table_flag(rows, i, "due_provisional"));
    row[6] = cell_day(closed);
    if (late)
        row[7] = cell_int(calendar_workdays(today->calendar, due, end));
    row[8] = cell_flag(late);
    row[9] = cell_int(table_int(rows, i, "conflicts", 0));
    return NULL;
}

static const struct fault *show_audit_list(struct exchange *ex, const struct table **out)
{
    struct today today;
    struct civil from, to;
    int64_t after = 0;
    struct table *rows = NULL, *t = table_new(ex->life, AUDITED_COLUMNS, COUNT(AUDITED_COLUMNS));
    const char *cursor = searched(ex, "after");
    TRY_MEMORY(t);
    if (cursor && !text_to_int(cursor, 0, INT64_MAX, &after))
        return fault_new(ex->life, FAULT_ABSENT, "NO_SUCH_PAGE", "not a place in the list");
    TRY(audit_span(ex, &today, &from, &to));
    const struct cell params[] = {cell_day(from),      cell_day(to),
                                  cell_day(today.day), cell_text(view_of(ex, AUDIT_VIEWS)),
                                  cell_int(after),     cell_int(PAGE_ROWS + 1)};
    TRY(db_query(ex->db, Q_AUDIT_LIST, params, &rows, ex->life));
    for (size_t i = 0; i < rows->row_count && i < PAGE_ROWS; i++)
        TRY(add_audited(ex, &today, rows, i, t));
    if (rows->row_count > PAGE_ROWS) {
        ex->state =
            talloc_asprintf(ex->life, "%lld", (long long)table_int(rows, PAGE_ROWS - 1, "dossier", 0));
        TRY_MEMORY(ex->state);
    }
    *out = t;
    return NULL;
}
const struct provider SHOW_AUDIT_LIST = {
    {"dossiers", AUDITED_COLUMNS, COUNT(AUDITED_COLUMNS), false, NULL, 0}, show_audit_list};

static const struct fault *show_paging(struct exchange *ex, const struct table **out)
{
    return paging_table(ex, ex->state, out);
}
const struct provider SHOW_AUDIT_PAGING = {{"paging", PAGING_COLUMNS, COUNT(PAGING_COLUMNS), true, NULL, 0},
                                           show_paging};

/* ---- one dossier ---- */

const struct fault *show_a_dossier(struct exchange *ex)
{
    struct shown *s = NULL;
    return shown_open(ex, &s);
}

const struct fault *show_a_letter(struct exchange *ex)
{
    const char *child = exchange_parameter(ex, "child");
    struct shown *s = NULL;
    return strpbrk(child, ".-") ? shown_letter_file(ex, child, true) : shown_open(ex, &s);
}

const struct fault *act_raise(struct exchange *ex)
{
    return shown_raise(ex, "/dossiers/");
}
