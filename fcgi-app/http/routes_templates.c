/* routes_templates.c - reading, comparing and deciding: the list, a text with its versions, one version, two
 * beside each other, the approval. The page that edits is shown_template_edit.c. */
#include <string.h>
#include "db.h"
#include "life.h"
#include "routes_templates.h"
#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- the list ---- */

static const struct column LIST_COLUMNS[] = {
    {"code", CELL_TEXT, false}, {"title", CELL_TEXT, false},   {"version", CELL_INT, true},
    {"since", CELL_DAY, true},  {"draft", CELL_INT, true},     {"submitted", CELL_BOOL, false},
    {"next", CELL_INT, true},   {"next_from", CELL_DAY, true}, {"until", CELL_DAY, true},
};

static const struct fault *list_of(struct exchange *ex, const char *kind, const struct table **out)
{
    struct table *t = NULL;
    TRY(db_query(ex->db, Q_TEXTS, (struct cell[]){cell_text(kind)}, &t, ex->life));
    *out = t;
    return NULL;
}

static const struct fault *show_letters(struct exchange *ex, const struct table **out)
{
    return list_of(ex, "letter", out);
}
const struct provider SHOW_TEXTS_LETTERS = {{"templates", LIST_COLUMNS, COUNT(LIST_COLUMNS), false, NULL, 0},
                                            show_letters};

static const struct fault *show_clauses(struct exchange *ex, const struct table **out)
{
    return list_of(ex, "clause", out);
}
const struct provider SHOW_TEXTS_CLAUSES = {{"clauses", LIST_COLUMNS, COUNT(LIST_COLUMNS), false, NULL, 0},
                                            show_clauses};

/* ---- one text ---- */

static const struct column TEXT_COLUMNS[] = {
    {"code", CELL_TEXT, false},       {"title", CELL_TEXT, false},   {"is_letter", CELL_BOOL, false},
    {"rules", CELL_INT, true},        {"draft", CELL_INT, true},     {"draft_revision", CELL_INT, true},
    {"submitted", CELL_BOOL, false},  {"returned", CELL_TEXT, true}, {"may_write", CELL_BOOL, false},
    {"may_decide", CELL_BOOL, false}, {"today", CELL_DAY, false},
};

static const struct fault *show_text(struct exchange *ex, const struct table **out)
{
    struct text_desk *desk = NULL;
    struct table *t = table_new(ex->life, TEXT_COLUMNS, COUNT(TEXT_COLUMNS));
    struct cell *row = t ? table_add_row(t) : NULL;
    TRY_MEMORY(row);
    TRY(text_desk_open(ex, &desk));
    const char *title = table_text(desk->versions, 0, "title");
    row[0] = cell_text(desk->code);
    for (size_t i = 0; i < desk->versions->row_count; i++)
        if (table_flag(desk->versions, i, "rules")) {
            row[3] = cell_int(table_int(desk->versions, i, "version", 0));
            title = table_text(desk->versions, i, "title");
        }
    row[1] = cell_text(title);
    row[2] = cell_flag(strcmp(desk->kind, "letter") == 0);
    if (desk->open->row_count) {
        row[4] = cell_int(table_int(desk->open, 0, "version", 0));
        row[5] = cell_int(table_int(desk->open, 0, "revision", 0));
    }
    row[6] = cell_flag(table_flag(desk->open, 0, "submitted"));
    row[7] = cell_text(table_text(desk->open, 0, "reason"));
    row[8] = cell_flag(desk->legal);
    row[9] = cell_flag(desk->decides);
    row[10] = cell_day(desk->today);
    *out = t;
    return NULL;
}
const struct provider SHOW_TEXT = {{"text", TEXT_COLUMNS, COUNT(TEXT_COLUMNS), true, NULL, 0}, show_text};

static const struct column VERSION_COLUMNS[] = {
    {"version", CELL_INT, false},     {"state", CELL_TEXT, false},      {"state_label", CELL_TEXT, false},
    {"drafted_by", CELL_TEXT, false}, {"approved_by", CELL_TEXT, true}, {"starts", CELL_DAY, true},
    {"ends", CELL_DAY, true},         {"letters", CELL_INT, false},     {"before", CELL_INT, true},
};

/* Where a version stands today. */
static const char *state_of(const struct text_desk *desk, size_t i)
{
    const struct table *t = desk->versions;
    struct civil starts = table_day(t, i, "starts"), ends = table_day(t, i, "ends");
    if (table_flag(t, i, "closed"))
        return "withdrawn";
    if (!table_text(t, i, "approved_by"))
        return table_flag(t, i, "submitted") ? "submitted" : "draft";
    if (table_flag(t, i, "rules"))
        return "rules";
    if (civil_is_set(ends) && (civil_compare(ends, desk->today) < 0 || civil_compare(ends, starts) < 0))
        return "ended";
    return civil_compare(starts, desk->today) > 0 ? "next" : "superseded";
}

static const struct {
    const char *state, *zh, *en;
} STATES[] = {
    {"withdrawn", "已撤回", "Withdrawn"},
    {"draft", "起草中", "Draft"},
    {"submitted", "待审批", "To be approved"},
    {"rules", "现行有效", "In force"},
    {"ended", "已停用", "Ended"},
    {"next", "待启用", "Approved, not yet in force"},
    {"superseded", "已被取代", "Superseded"},
};

static const char *state_label(struct exchange *ex, const char *state)
{
    for (size_t i = 0; i < COUNT(STATES); i++)
        if (strcmp(STATES[i].state, state) == 0)
            return exchange_say(ex, STATES[i].zh, STATES[i].en);
    return state;
}

static const struct fault *show_versions(struct exchange *ex, const struct table **out)
{
    struct text_desk *desk = NULL;
    struct table *t = table_new(ex->life, VERSION_COLUMNS, COUNT(VERSION_COLUMNS));
    TRY_MEMORY(t);
    TRY(text_desk_open(ex, &desk));
    const struct table *v = desk->versions;
    for (size_t i = 0; i < v->row_count; i++) {
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        int64_t base = table_int(v, i, "base", 0), number = table_int(v, i, "version", 0);
        row[0] = cell_int(number);
        row[1] = cell_text(state_of(desk, i));
        row[2] = cell_text(state_label(ex, state_of(desk, i)));
        row[3] = cell_text(table_text(v, i, "drafted_by"));
        row[4] = cell_text(table_text(v, i, "approved_by"));
        row[5] = cell_day(table_day(v, i, "starts"));
        row[6] = cell_day(table_day(v, i, "ends"));
        row[7] = cell_int(table_int(v, i, "letters", 0));
        if (base || number > 1)
            row[8] = cell_int(base ? base : number - 1);
    }
    *out = t;
    return NULL;
}
const struct provider SHOW_TEXT_VERSIONS = {
    {"versions", VERSION_COLUMNS, COUNT(VERSION_COLUMNS), false, NULL, 0}, show_versions};

static const struct column HISTORY_COLUMNS[] = {
    {"version", CELL_INT, false}, {"at", CELL_MOMENT, false}, {"by", CELL_TEXT, true},
    {"deed", CELL_TEXT, false},   {"on_day", CELL_DAY, true}, {"reason", CELL_TEXT, true},
};
static const struct {
    const char *deed, *zh, *en;
} DEEDS[] = {
    {"drafted", "开始起草", "Drafted"},
    {"saved", "保存", "Saved"},
    {"submitted", "提交审批", "Submitted"},
    {"returned", "退回修改", "Sent back"},
    {"withdrawn", "撤回", "Withdrawn"},
    {"approved", "批准，启用日期", "Approved, in force from"},
    {"ended", "停用，停用日期", "Ended, out of force from"},
};

static const struct fault *show_history(struct exchange *ex, const struct table **out)
{
    struct text_desk *desk = NULL;
    struct table *rows = NULL;
    TRY(text_desk_open(ex, &desk));
    TRY(db_query(ex->db, Q_TEXT_HISTORY, (struct cell[]){cell_text(desk->kind), cell_text(desk->code)}, &rows,
                 ex->life));
    for (size_t i = 0; i < rows->row_count; i++)
        for (size_t d = 0; d < COUNT(DEEDS); d++) {
            struct cell *deed = &rows->cells[i * rows->column_count + 3];
            if (text_same(deed->text, DEEDS[d].deed)) {
                *deed = cell_text(exchange_say(ex, DEEDS[d].zh, DEEDS[d].en));
                break;
            }
        }
    *out = rows;
    return NULL;
}
const struct provider SHOW_TEXT_HISTORY = {
    {"history", HISTORY_COLUMNS, COUNT(HISTORY_COLUMNS), false, NULL, 0}, show_history};

/* ---- one version ---- */

static const struct column ONE_COLUMNS[] = {
    {"version", CELL_INT, false},     {"state", CELL_TEXT, false},   {"state_label", CELL_TEXT, false},
    {"starts", CELL_DAY, true},       {"ends", CELL_DAY, true},      {"drafted_by", CELL_TEXT, false},
    {"approved_by", CELL_TEXT, true}, {"letters", CELL_INT, false},  {"xml", CELL_TEXT, false},
    {"revision", CELL_INT, false},    {"may_end", CELL_BOOL, false}, {"reason", CELL_TEXT, true},
    {"unmade", CELL_TEXT, true},
};

/* The row of the versions with the number of the path. */
static const struct fault *version_of_path(struct exchange *ex, const struct text_desk *desk, size_t *out)
{
    int64_t number = 0;
    (void)!text_to_int(exchange_parameter(ex, "version"), 1, INT32_MAX, &number);
    for (size_t i = 0; i < desk->versions->row_count; i++)
        if (table_int(desk->versions, i, "version", 0) == number) {
            *out = i;
            return NULL;
        }
    return fault_new(ex->life, FAULT_ABSENT, "NO_SUCH_PAGE", "no such version");
}

/* The version of the path, read with the clauses of the day, and a letter made of sample data. */
static const struct fault *show_version(struct exchange *ex, const struct table **out)
{
    struct text_desk *desk = NULL;
    const struct table *one = NULL;
    struct letter_template *read = NULL;
    struct text_problem problem = {0};
    size_t i = 0;
    struct table *t = table_new(ex->life, ONE_COLUMNS, COUNT(ONE_COLUMNS));
    struct cell *row = t ? table_add_row(t) : NULL;
    TRY_MEMORY(row);
    TRY(text_desk_open(ex, &desk));
    TRY(version_of_path(ex, desk, &i));
    const struct table *v = desk->versions;
    const char *state = state_of(desk, i);
    TRY(text_desk_version(ex, desk, table_int(v, i, "version", 0), &one));
    TRY(office_text_read(ex->db, ex->house->office, desk->code, table_text(one, 0, "xml"), desk->today, &read,
                         &problem, ex->life));
    if (read)
        TRY(text_sample(ex, desk, read, (struct letter_sample){.two = true}, &problem));
    row[0] = cell_int(table_int(v, i, "version", 0));
    row[1] = cell_text(state);
    row[2] = cell_text(state_label(ex, state));
    row[3] = cell_day(table_day(v, i, "starts"));
    row[4] = cell_day(table_day(v, i, "ends"));
    row[5] = cell_text(table_text(v, i, "drafted_by"));
    row[6] = cell_text(table_text(v, i, "approved_by"));
    row[7] = cell_int(table_int(v, i, "letters", 0));
    row[8] = cell_text(table_text(one, 0, "xml"));
    row[9] = cell_int(table_int(v, i, "revision", 0));
    row[10] = cell_flag(desk->decides && table_text(v, i, "approved_by") &&
                        !civil_is_set(table_day(v, i, "ended")) && strcmp(state, "superseded") != 0);
    row[11] = cell_text(table_text(v, i, "reason"));
    row[12] = cell_text(desk->letter ? NULL : exchange_say(ex, problem.zh, problem.en));
    *out = t;
    return NULL;
}
const struct provider SHOW_TEXT_VERSION = {{"one", ONE_COLUMNS, COUNT(ONE_COLUMNS), true, NULL, 0},
                                           show_version};

static const struct column USED_COLUMNS[] = {{"ref", CELL_TEXT, false},
                                             {"child", CELL_TEXT, false},
                                             {"number", CELL_TEXT, false},
                                             {"drafted", CELL_DAY, false}};

static const struct fault *show_used(struct exchange *ex, const struct table **out)
{
    struct text_desk *desk = NULL;
    struct table *rows = NULL, *t = table_new(ex->life, USED_COLUMNS, COUNT(USED_COLUMNS));
    size_t at = 0;
    TRY_MEMORY(t);
    TRY(text_desk_open(ex, &desk));
    TRY(version_of_path(ex, desk, &at));
    const struct cell params[] = {
        cell_text(desk->code), cell_int(table_int(desk->versions, at, "version", 0)), cell_text(desk->kind)};
    TRY(db_query(ex->db, Q_TEXT_LETTERS, params, &rows, ex->life));
    for (size_t i = 0; i < rows->row_count; i++) {
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        row[0] = cell_text(table_text(rows, i, "ref"));
        row[1] = cell_text(table_text(rows, i, "child"));
        row[2] = cell_text(table_text(rows, i, "number"));
        row[3] = cell_day(table_day(rows, i, "drafted"));
    }
    *out = t;
    return NULL;
}
const struct provider SHOW_TEXT_LETTERS = {{"used", USED_COLUMNS, COUNT(USED_COLUMNS), false, NULL, 0},
                                           show_used};

/* ---- two versions ---- */

static const struct field COMPARE_FIELDS[] = {
    {.name = "from", .kind = FIELD_INT, .min = 1, .max = INT32_MAX, .zh = "旧版", .en = "Old version"},
    {.name = "to", .kind = FIELD_INT, .min = 1, .max = INT32_MAX, .zh = "新版", .en = "New version"},
};
const struct form_table SEARCH_COMPARE = FORM_TABLE("compare", COMPARE_FIELDS);

static const struct column COMPARED_COLUMNS[] = {{"from", CELL_INT, false},
                                                 {"to", CELL_INT, false},
                                                 {"same", CELL_BOOL, false},
                                                 {"versions", CELL_TABLE, false}};
static const struct column CHOICE_COLUMNS[] = {{"version", CELL_INT, false},
                                               {"label", CELL_TEXT, false},
                                               {"is_from", CELL_BOOL, false},
                                               {"is_to", CELL_BOOL, false}};
static const struct page_source COMPARED_NESTED = {"versions", CHOICE_COLUMNS, COUNT(CHOICE_COLUMNS),
                                                   false,      NULL,           0};

/* What is asked for; without, the last version and the one before it. */
static const struct fault *compared(struct exchange *ex, const struct text_desk *desk, int64_t *from,
                                    int64_t *to)
{
    const struct table *v = desk->versions;
    *to = form_int(ex->search, "to", table_int(v, 0, "version", 1));
    *from = form_int(ex->search, "from", v->row_count > 1 ? table_int(v, 1, "version", 1) : 1);
    return NULL;
}

static const struct fault *show_compared(struct exchange *ex, const struct table **out)
{
    struct text_desk *desk = NULL;
    const struct table *a = NULL, *b = NULL;
    int64_t from = 0, to = 0;
    struct table *t = table_new(ex->life, COMPARED_COLUMNS, COUNT(COMPARED_COLUMNS)),
                 *versions = table_new(ex->life, CHOICE_COLUMNS, COUNT(CHOICE_COLUMNS));
    struct cell *row = t && versions ? table_add_row(t) : NULL;
    TRY_MEMORY(row);
    TRY(text_desk_open(ex, &desk));
    TRY(compared(ex, desk, &from, &to));
    TRY(text_desk_version(ex, desk, from, &a));
    TRY(text_desk_version(ex, desk, to, &b));
    for (size_t i = 0; i < desk->versions->row_count; i++) {
        struct cell *choice = table_add_row(versions);
        int64_t number = table_int(desk->versions, i, "version", 0);
        TRY_MEMORY(choice);
        choice[0] = cell_int(number);
        choice[1] = cell_text(state_label(ex, state_of(desk, i)));
        choice[2] = cell_flag(number == from);
        choice[3] = cell_flag(number == to);
    }
    desk->was = table_text(a, 0, "xml");
    desk->now = table_text(b, 0, "xml");
    row[0] = cell_int(from);
    row[1] = cell_int(to);
    row[2] = cell_flag(text_same(table_text(a, 0, "xml"), table_text(b, 0, "xml")));
    row[3] = cell_table(versions);
    *out = t;
    return NULL;
}
const struct provider SHOW_TEXT_COMPARED = {
    {"compared", COMPARED_COLUMNS, COUNT(COMPARED_COLUMNS), true, &COMPARED_NESTED, 1}, show_compared};

/* ---- beginning and ending ---- */

static const struct field BEGIN_FIELDS[] = {{.name = "base",
                                             .kind = FIELD_INT,
                                             .min = 1,
                                             .max = INT32_MAX,
                                             .hidden = true,
                                             .zh = "依据的版本",
                                             .en = "Copied from"}};
const struct form_table FORM_TEXT_BEGIN = FORM_TABLE("text-begin", BEGIN_FIELDS);

const struct fault *act_text_begin(struct exchange *ex)
{
    int32_t version = 0;
    const char *code = exchange_parameter(ex, "code");
    TRY(office_text_draft(ex->db, ex->house->office, code, (int32_t)form_int(ex->form, "base", 0), &version,
                          ex->life));
    const char *path = talloc_asprintf(ex->life, "/templates/%s/edit", code);
    TRY_MEMORY(path);
    return reply_done(ex, 201, path, NULL);
}

#define REASON_FIELD(hint_zh_, hint_en_)                                                                     \
    {                                                                                                        \
        .name = "reason", .kind = FIELD_TEXT, .min = 2, .max = 1000, .many_lines = true, .zh = "理由",       \
        .en = "Reason", .hint_zh = hint_zh_, .hint_en = hint_en_                                             \
    }
static const struct field END_FIELDS[] = {
    HIDDEN_NUMBER("revision", "修订序号", "Revision"),
    {.name = "on",
     .kind = FIELD_DAY,
     .required = true,
     .zh = "停用日期",
     .en = "Out of force from",
     .hint_zh = "从这一天起不再使用；还没有启用的版本，从此不再启用。",
     .hint_en = "Not used from this day on; a version that has not begun never will."},
    REASON_FIELD("记入历史，所有人可见。", "It is kept in the history."),
};
const struct form_table FORM_TEXT_END = FORM_TABLE("text-end", END_FIELDS);

const struct fault *show_text_version(struct exchange *ex)
{
    struct text_desk *desk = NULL;
    size_t at = 0;
    TRY(text_desk_open(ex, &desk));
    TRY(version_of_path(ex, desk, &at));
    form_fill(ex->form, "revision",
              talloc_asprintf(ex->life, "%lld", (long long)table_int(desk->versions, at, "revision", 0)));
    return NULL;
}

const struct fault *act_text_end(struct exchange *ex)
{
    struct text_desk *desk = NULL;
    size_t at = 0;
    int32_t revision = 0;
    TRY(text_desk_open(ex, &desk));
    TRY(version_of_path(ex, desk, &at));
    const struct text_step step = {.code = desk->code,
                                   .version = (int32_t)table_int(desk->versions, at, "version", 0),
                                   .revision = (int32_t)form_int(ex->form, "revision", 0),
                                   .deed = "ended",
                                   .on = form_day(ex->form, "on"),
                                   .reason = form_text(ex->form, "reason")};
    TRY(office_text_step(ex->db, ex->house->office, &step, &revision, ex->life));
    const char *path = talloc_asprintf(ex->life, "/templates/%s", desk->code);
    TRY_MEMORY(path);
    return reply_done(ex, 200, path, NULL);
}

/* ---- approval ---- */

static const struct choice DECISIONS[] = {{"approve", "批准", "Approve"},
                                          {"return", "退回修改", "Send back"}};
static const struct field DECIDE_FIELDS[] = {
    HIDDEN_NUMBER("version", "版本", "Version"),
    HIDDEN_NUMBER("revision", "修订序号", "Revision"),
    {.name = "decision",
     .kind = FIELD_CHOICE,
     .required = true,
     .choices = DECISIONS,
     .choice_count = COUNT(DECISIONS),
     .button = true,
     .zh = "决定",
     .en = "Decision"},
    {.name = "on",
     .kind = FIELD_DAY,
     .zh = "启用日期（批准时填写）",
     .en = "In force from (to approve)",
     .hint_zh = "从这一天起拟制的文书使用这一版；此前拟制、尚未签发的，会提示重新拟制。",
     .hint_en = "Letters drafted from this day on use it; drafts that are not approved by then have to be "
                "made anew."},
    REASON_FIELD("退回修改时填写，起草人会看到。", "To send back: the drafter reads it."),
};
const struct form_table FORM_TEXT_DECIDE = FORM_TABLE("text-decide", DECIDE_FIELDS);

static const struct column DECIDED_COLUMNS[] = {
    {"version", CELL_INT, false}, {"revision", CELL_INT, false}, {"against", CELL_INT, true},
    {"waits", CELL_BOOL, false},  {"own", CELL_BOOL, false},     {"letters", CELL_INT, false},
    {"unmade", CELL_TEXT, true},  {"next", CELL_INT, true},      {"next_from", CELL_DAY, true}};

/* The draft that waits; FAULT_ABSENT when there is none. */
static const struct fault *open_draft(struct exchange *ex, struct text_desk **desk)
{
    TRY(text_desk_open(ex, desk));
    return (*desk)->open->row_count ? NULL
                                    : fault_new(ex->life, FAULT_ABSENT, "NO_SUCH_PAGE", "no draft waits");
}

const struct fault *show_text_decide(struct exchange *ex)
{
    struct text_desk *desk = NULL;
    char day[CIVIL_TEXT];
    TRY(open_draft(ex, &desk));
    civil_format(desk->today, day);
    form_fill(ex->form, "version",
              talloc_asprintf(ex->life, "%lld", (long long)table_int(desk->open, 0, "version", 0)));
    form_fill(ex->form, "revision",
              talloc_asprintf(ex->life, "%lld", (long long)table_int(desk->open, 0, "revision", 0)));
    form_fill(ex->form, "on", day);
    return NULL;
}

/* The version that rules, against which the draft is read; 0: none. */
static int64_t ruling(const struct text_desk *desk)
{
    for (size_t i = 0; i < desk->versions->row_count; i++)
        if (table_flag(desk->versions, i, "rules"))
            return table_int(desk->versions, i, "version", 0);
    return 0;
}

/* The version that is approved to begin next, and will take this one's place. */
static void show_next(const struct text_desk *desk, struct cell out[2])
{
    out[0] = cell_null(CELL_INT);
    out[1] = cell_null(CELL_DAY);
    for (size_t i = 0; i < desk->versions->row_count; i++) {
        struct civil starts = table_day(desk->versions, i, "starts");
        if (strcmp(state_of(desk, i), "next") != 0 ||
            (!out[1].null && civil_compare(starts, out[1].day) >= 0))
            continue;
        out[0] = cell_int(table_int(desk->versions, i, "version", 0));
        out[1] = cell_day(starts);
    }
}

static const struct fault *show_decided(struct exchange *ex, const struct table **out)
{
    struct text_desk *desk = NULL;
    struct table *wrote = NULL, *t = table_new(ex->life, DECIDED_COLUMNS, COUNT(DECIDED_COLUMNS));
    struct cell *row = t ? table_add_row(t) : NULL;
    const struct table *ruled = NULL;
    struct text_tried tried;
    struct text_problem problem = {0};
    TRY_MEMORY(row);
    TRY(open_draft(ex, &desk));
    int64_t version = table_int(desk->open, 0, "version", 0), rules = ruling(desk);
    const struct cell params[] = {cell_text(desk->kind), cell_text(desk->code), cell_int(version),
                                  cell_int(ex->who.person)};
    TRY(db_query(ex->db, Q_TEXT_WROTE, params, &wrote, ex->life));
    TRY(office_text_try(ex->db, ex->house->office, desk->code, table_text(desk->open, 0, "xml"), desk->today,
                        &tried, ex->life));
    if (tried.t)
        TRY(text_sample(ex, desk, tried.t, (struct letter_sample){.two = true}, &problem));
    if (rules)
        TRY(text_desk_version(ex, desk, rules, &ruled));
    desk->was = rules ? table_text(ruled, 0, "xml") : NULL;
    desk->now = table_text(desk->open, 0, "xml");
    row[0] = cell_int(version);
    row[1] = cell_int(table_int(desk->open, 0, "revision", 0));
    row[2] = rules ? cell_int(rules) : cell_null(CELL_INT);
    row[3] = cell_flag(table_flag(desk->open, 0, "submitted"));
    row[4] = cell_flag(table_flag(wrote, 0, "wrote"));
    row[5] = cell_int((int64_t)tried.letters);
    row[6] = cell_text(desk->unmade);
    show_next(desk, &row[7]);
    desk->tried = tried;
    *out = t;
    return NULL;
}
const struct provider SHOW_TEXT_DECIDED = {
    {"decided", DECIDED_COLUMNS, COUNT(DECIDED_COLUMNS), true, NULL, 0}, show_decided};

const struct fault *act_text_decide(struct exchange *ex)
{
    bool approves = strcmp(form_text(ex->form, "decision"), "approve") == 0;
    const char *code = exchange_parameter(ex, "code");
    int32_t revision = 0;
    const struct text_step step = {.code = code,
                                   .version = (int32_t)form_int(ex->form, "version", 0),
                                   .revision = (int32_t)form_int(ex->form, "revision", 0),
                                   .deed = approves ? "approved" : "returned",
                                   .on = approves ? form_day(ex->form, "on") : CIVIL_NONE,
                                   .reason = approves ? NULL : form_text(ex->form, "reason")};
    TRY(office_text_step(ex->db, ex->house->office, &step, &revision, ex->life));
    const char *path = talloc_asprintf(ex->life, "/templates/%s", code);
    TRY_MEMORY(path);
    return reply_done(ex, 200, path, NULL);
}
