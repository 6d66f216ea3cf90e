/* shown_template_edit.c - the page on which the legal office edits a draft, block by block. Every button
 * sends the whole page; what changes only the list comes back with it, and nothing is stored before "save".
 * Works without scripts. */
#include <string.h>
#include "db.h"
#include "life.h"
#include "shown_template.h"
#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SMALL    600
enum { WORDS_MAX = 10000, FIELDS_MAX = 30000, CONTROLS = 4 };

/* What is being edited: from the form, else from the store. */
struct text_editing {
    struct text_blocks blocks;
    int32_t version, revision;
    bool sent;                          /* the form came */
    size_t here;                        /* the block to look at; count: none */
    const char *wrong[TEXT_BLOCKS_MAX]; /* a sentence for each block, or NULL */
    const char *wrong_head, *wrong_fields;
    struct text_document document;
    bool read; /* the reader has taken it */
    struct letter_sample how;
    const struct letter_template *t;
    const struct table *clauses; /* Q_TEXTS of clauses */
    bool over;                   /* the draft that was being written is not open any more */
};

/* ---- the form ---- */

static const struct choice LAYOUTS[] = {{"notice", "告知书", "Notice"},
                                        {"document", "文件（红头）", "Document (red head)"},
                                        {"letter", "信函", "Letter"}};

static const struct field HEAD_FIELDS[] = {
    HIDDEN_NUMBER("version", "版本", "Version"),
    HIDDEN_NUMBER("revision", "修订序号", "Revision"),
    {.name = "do", .kind = FIELD_TEXT, .max = 120, .button = true, .zh = "操作", .en = "Action"},
    {.name = "title", .kind = FIELD_TEXT, .min = 1, .max = 200, .required = true, .zh = "名称", .en = "Name"},
    {.name = "basis", .kind = FIELD_TEXT, .max = SMALL, .zh = "法律依据", .en = "Legal basis"},
    {.name = "from", .kind = FIELD_DAY, .zh = "适用起始日", .en = "Not before"},
    {.name = "until", .kind = FIELD_DAY, .zh = "适用终止日", .en = "Not after"},
    {.name = "layout",
     .kind = FIELD_CHOICE,
     .choices = LAYOUTS,
     .choice_count = COUNT(LAYOUTS),
     .zh = "版式",
     .en = "Layout"},
    {.name = "layout_by", .kind = FIELD_TEXT, .max = 60, .zh = "决定版式的字段", .en = "Layout by field"},
    {.name = "remark", .kind = FIELD_TEXT, .max = 2000, .many_lines = true, .zh = "编者注", .en = "Remark"},
    {.name = "declared",
     .kind = FIELD_TEXT,
     .max = FIELDS_MAX,
     .many_lines = true,
     .zh = "字段声明",
     .en = "Declared fields"},
    {.name = "choice", .kind = FIELD_TEXT, .max = 120, .zh = "样例情形", .en = "Sample"},
    {.name = "two", .kind = FIELD_FLAG, .zh = "两项申请内容", .en = "Two items"},
    {.name = "bare", .kind = FIELD_FLAG, .zh = "缺少选填内容", .en = "Without optional data"},
    {.name = "reason", .kind = FIELD_TEXT, .max = 1000, .zh = "撤回的理由", .en = "Reason to withdraw"},
};
enum { HEAD_COUNT = COUNT(HEAD_FIELDS), FIELD_COUNT = HEAD_COUNT + CONTROLS * TEXT_BLOCKS_MAX + 1 };

/* k: kind and depth, a and b: controls, w: words; and the kind of one block too many, so that it is noticed.
 */
const struct fault *text_edit_fields(struct exchange *ex, const struct field **fields, size_t *count)
{
    static const char LETTERS[CONTROLS] = {'k', 'a', 'b', 'w'};
    static const int LONGEST[CONTROLS] = {30, SMALL, 60, WORDS_MAX};
    struct field *all = talloc_zero_array(ex->life, struct field, FIELD_COUNT);
    TRY_MEMORY(all);
    memcpy(all, HEAD_FIELDS, sizeof HEAD_FIELDS);
    for (size_t i = 0; i < TEXT_BLOCKS_MAX; i++)
        for (size_t c = 0; c < CONTROLS; c++) {
            struct field *f = &all[HEAD_COUNT + i * CONTROLS + c];
            *f = (struct field){.name = talloc_asprintf(all, "%c%zu", LETTERS[c], i),
                                .kind = FIELD_TEXT,
                                .max = LONGEST[c],
                                .many_lines = LETTERS[c] == 'w',
                                .hidden = LETTERS[c] == 'k',
                                .zh = LETTERS[c] == 'w' ? "文字" : "内容",
                                .en = LETTERS[c] == 'w' ? "Words" : "Content"};
            TRY_MEMORY(f->name);
        }
    all[FIELD_COUNT - 1] = (struct field){.name = talloc_asprintf(all, "k%d", (int)TEXT_BLOCKS_MAX),
                                          .kind = FIELD_TEXT,
                                          .max = LONGEST[0],
                                          .hidden = true,
                                          .zh = "内容",
                                          .en = "Content"};
    TRY_MEMORY(all[FIELD_COUNT - 1].name);
    *fields = all;
    *count = FIELD_COUNT;
    return NULL;
}

static const struct value *control(const struct exchange *ex, size_t block, size_t which)
{
    return &ex->form->values[HEAD_COUNT + block * CONTROLS + which];
}

/* What was typed where it is wrong, else what was understood. */
static const char *said(const struct value *v)
{
    return v->error ? v->typed : v->text ? v->text : "";
}

static const char *said_day(struct exchange *ex, const char *name)
{
    const struct value *v = form_value(ex->form, name);
    char day[CIVIL_TEXT];
    if (!civil_is_set(v->day))
        return v->typed;
    civil_format(v->day, day);
    return talloc_strdup(ex->life, day);
}

/* "p.2" */
static const struct fault *take_kind(struct exchange *ex, const char *k, struct text_block *out)
{
    const char *dot = strchr(k, '.');
    char *element = dot ? talloc_strndup(ex->life, k, (size_t)(dot - k)) : NULL;
    int64_t depth = 0;
    out->kind = element ? text_block_kind(element) : NULL;
    if (!out->kind || !text_to_int(dot + 1, 0, TEXT_BLOCK_DEPTH - 1, &depth))
        return fault_new(ex->life, FAULT_INPUT, "BODY_MALFORMED", "no such block");
    out->depth = (int)depth;
    return NULL;
}

/* A block is at most one deeper than the one before it, and deeper only within one that holds others. */
static const struct fault *take_blocks(struct exchange *ex, struct text_editing *e)
{
    e->blocks.items = talloc_zero_array(ex->life, struct text_block, TEXT_BLOCKS_MAX);
    TRY_MEMORY(e->blocks.items);
    for (size_t i = 0; i < TEXT_BLOCKS_MAX && control(ex, i, 0)->given; i++) {
        struct text_block *b = &e->blocks.items[i], *before = i ? b - 1 : NULL;
        TRY(take_kind(ex, said(control(ex, i, 0)), b));
        int most = !before ? 0 : before->depth + before->kind->holds;
        if (b->depth > most)
            return fault_new(ex->life, FAULT_INPUT, "BODY_MALFORMED", "a block within nothing");
        b->a = said(control(ex, i, 1));
        b->b = said(control(ex, i, 2));
        b->words = said(control(ex, i, 3));
        for (size_t c = 1; c < CONTROLS && !e->wrong[i]; c++)
            if (control(ex, i, c)->error)
                e->wrong[i] =
                    form_sentence(ex->life, ex->language, &ex->form->fields[HEAD_COUNT + i * CONTROLS + c],
                                  control(ex, i, c)->error);
        e->blocks.count++;
    }
    for (size_t i = e->blocks.count; i <= TEXT_BLOCKS_MAX; i++)
        if (control(ex, i, 0)->given) /* none of what was sent is left out in silence */
            return fault_new(ex->life, FAULT_INPUT, "BODY_MALFORMED", "block %zu follows no other", i);
    return NULL;
}

static const struct fault *from_form(struct exchange *ex, struct text_editing *e)
{
    const struct form *f = ex->form;
    e->sent = true;
    e->version = (int32_t)form_int(f, "version", 0);
    e->revision = (int32_t)form_int(f, "revision", 0);
    e->blocks.title = said(form_value(f, "title"));
    e->blocks.basis = said(form_value(f, "basis"));
    e->blocks.from = said_day(ex, "from");
    e->blocks.until = said_day(ex, "until");
    e->blocks.layout = e->blocks.clause ? "" : said(form_value(f, "layout"));
    e->blocks.layout_by = said(form_value(f, "layout_by"));
    e->blocks.remark = said(form_value(f, "remark"));
    e->blocks.fields = said(form_value(f, "declared"));
    TRY_MEMORY(e->blocks.from && e->blocks.until ? e : NULL);
    for (size_t i = 0; i < HEAD_COUNT; i++)
        if (f->values[i].error && !e->wrong_head)
            e->wrong_head = form_sentence(ex->life, ex->language, &f->fields[i], f->values[i].error);
    return take_blocks(ex, e);
}

static const struct fault *from_store(struct exchange *ex, const struct text_desk *desk,
                                      struct text_editing *e)
{
    const char *xml = table_text(desk->open, 0, "xml");
    struct text_blocks *b = NULL;
    TRY(text_blocks_read(&(struct letter_source){desk->code, xml, strlen(xml)}, ex->life, &b));
    e->blocks = *b;
    e->version = (int32_t)table_int(desk->open, 0, "version", 0);
    e->revision = (int32_t)table_int(desk->open, 0, "revision", 0);
    return NULL;
}

static const struct fault *editing_open(struct exchange *ex, struct text_desk **desk,
                                        struct text_editing **out)
{
    TRY(text_desk_open(ex, desk));
    *out = (*desk)->editing;
    if (*out)
        return NULL;
    struct text_editing *e = talloc_zero(ex->life, struct text_editing);
    struct table *clauses = NULL;
    TRY_MEMORY(e);
    e->over = !(*desk)->open->row_count;
    if (e->over &&
        ex->method != METHOD_POST) /* words that were typed are shown again, whatever became of it */
        return fault_new(ex->life, FAULT_ABSENT, "NO_SUCH_PAGE", "no draft is open");
    TRY(db_query(ex->db, Q_TEXTS, (struct cell[]){cell_text("clause")}, &clauses, ex->life));
    e->clauses = clauses;
    e->blocks.clause = strcmp((*desk)->kind, "clause") == 0;
    TRY(ex->method == METHOD_POST ? from_form(ex, e) : from_store(ex, *desk, e));
    e->blocks.code = (*desk)->code;
    e->here = e->blocks.count;
    if (ex->method == METHOD_POST)
        e->how = (struct letter_sample){said(form_value(ex->form, "choice")), form_flag(ex->form, "two"),
                                        form_flag(ex->form, "bare")};
    *out = (*desk)->editing = e;
    return NULL;
}

/* ---- what is wrong ---- */

static void place_problem(struct exchange *ex, struct text_editing *e, int block, const char *sentence)
{
    (void)ex;
    const char **slot = block >= 0                ? &e->wrong[block]
                        : block == TEXT_IN_FIELDS ? &e->wrong_fields
                                                  : &e->wrong_head;
    if (!*slot)
        *slot = sentence;
}

/* Written, read by the reader of templates, tried (`whole`), and a letter made of sample data. */
static const struct fault *look(struct exchange *ex, struct text_desk *desk, struct text_editing *e,
                                bool whole)
{
    struct letter_template *t = NULL;
    struct text_problem problem = {0};
    const char *own = talloc_asprintf(ex->life, "%s.xml", desk->code);
    TRY(text_blocks_write(&e->blocks, e->version, ex->life, &e->document));
    for (size_t i = 0; i < e->document.wrong_count; i++)
        place_problem(ex, e, e->document.wrong[i].block,
                      exchange_say(ex, e->document.wrong[i].zh, e->document.wrong[i].en));
    desk->blocks = &e->blocks;
    desk->document = &e->document;
    if (!e->document.xml)
        return NULL;
    if (whole) {
        TRY(office_text_try(ex->db, ex->house->office, desk->code, e->document.xml, desk->today, &desk->tried,
                            ex->life));
        e->t = desk->tried.t;
    } else {
        TRY(office_text_read(ex->db, ex->house->office, desk->code, e->document.xml, desk->today, &t,
                             &problem, ex->life));
        desk->tried = (struct text_tried){.problems = talloc_memdup(ex->life, &problem, sizeof problem),
                                          .count = t == NULL};
        TRY_MEMORY(desk->tried.problems);
        e->t = t;
    }
    for (size_t i = 0; i < desk->tried.count; i++) {
        const struct text_problem *p = &desk->tried.problems[i];
        if (text_same(p->file, own))
            place_problem(ex, e, text_block_of_line(&e->blocks, &e->document, p->line),
                          exchange_say(ex, p->zh, p->en));
    }
    problem = (struct text_problem){0};
    return e->t ? text_sample(ex, desk, e->t, e->how, &problem) : NULL;
}

/* ---- tables ---- */

static const struct column OPTION_COLUMNS[] = {
    {"word", CELL_TEXT, false}, {"label", CELL_TEXT, false}, {"chosen", CELL_BOOL, false}};
#define OPTIONS(name_)                                                                                       \
    {                                                                                                        \
        name_, OPTION_COLUMNS, COUNT(OPTION_COLUMNS), false, NULL, 0                                         \
    }

static const struct fault *add_option(struct table *t, const char *word, const char *label, bool chosen)
{
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row);
    row[0] = cell_text(word);
    row[1] = cell_text(label);
    row[2] = cell_flag(chosen);
    return NULL;
}

static const struct column EDIT_COLUMNS[] = {
    {"version", CELL_INT, false},      {"revision", CELL_INT, false},     {"title", CELL_TEXT, false},
    {"basis", CELL_TEXT, false},       {"from", CELL_TEXT, false},        {"until", CELL_TEXT, false},
    {"layout_by", CELL_TEXT, false},   {"remark", CELL_TEXT, false},      {"declared", CELL_TEXT, false},
    {"wrong_head", CELL_TEXT, true},   {"wrong_fields", CELL_TEXT, true}, {"faulty", CELL_BOOL, false},
    {"tried", CELL_INT, true},         {"two", CELL_BOOL, false},         {"bare", CELL_BOOL, false},
    {"unmade", CELL_TEXT, true},       {"sent", CELL_BOOL, false},        {"saved", CELL_BOOL, false},
    {"layouts", CELL_TABLE, false},    {"choices", CELL_TABLE, false},    {"ends", CELL_TABLE, false},
    {"over", CELL_BOOL, false},        {"waits", CELL_BOOL, false},       {"reason", CELL_TEXT, false},
    {"wrong_reason", CELL_TEXT, true},
};
static const struct page_source EDIT_NESTED[] = {OPTIONS("layouts"), OPTIONS("choices"), OPTIONS("ends")};

/* The kinds that may stand in a place. Of a clause: no heads of letters. */
static const struct fault *kinds_for(struct exchange *ex, const struct text_editing *e, enum text_place place,
                                     struct cell *out)
{
    static const char *const OF_LETTERS[] = {"mark", "title", "number", "to", "sign", "imprint"};
    struct table *t = table_new(ex->life, OPTION_COLUMNS, COUNT(OPTION_COLUMNS));
    TRY_MEMORY(t);
    for (size_t i = 0; i < TEXT_BLOCK_KIND_COUNT; i++) {
        const struct text_block_kind *k = &TEXT_BLOCK_KINDS[i];
        bool fits = (k->where & (1u << place)) != 0 && (strcmp(k->element, "words") != 0);
        for (size_t n = 0; e->blocks.clause && n < COUNT(OF_LETTERS); n++)
            fits = fits && strcmp(k->element, OF_LETTERS[n]) != 0;
        if (fits)
            TRY(add_option(t, k->element, exchange_say(ex, k->zh, k->en), false));
    }
    *out = cell_table(t);
    return NULL;
}

static const struct fault *choices_of(struct exchange *ex, const struct text_editing *e, struct cell *out)
{
    struct table *t = table_new(ex->life, OPTION_COLUMNS, COUNT(OPTION_COLUMNS));
    struct letter_sample_choice *choices = NULL;
    size_t count = 0;
    TRY_MEMORY(t);
    if (e->t)
        TRY(letter_sample_choices(e->t, ex->life, &choices, &count));
    for (size_t i = 0; i < count; i++) {
        const char *label = talloc_asprintf(ex->life, "%s：%s", choices[i].label, choices[i].word);
        TRY_MEMORY(label);
        TRY(add_option(t, choices[i].choice, label, text_same(choices[i].choice, e->how.choice)));
    }
    *out = cell_table(t);
    return NULL;
}

static bool is_faulty(const struct text_desk *desk, const struct text_editing *e)
{
    bool wrong = e->wrong_head || e->wrong_fields || desk->tried.count || !e->document.xml;
    for (size_t i = 0; !wrong && i < e->blocks.count; i++)
        wrong = e->wrong[i] != NULL;
    return wrong;
}

/* What was typed to withdraw the draft, and what is wrong with it. */
static const struct fault *show_reason(struct exchange *ex, struct cell out[2])
{
    const struct value *v = form_value(ex->form, "reason");
    out[0] = cell_text(said(v));
    for (size_t i = 0; v->error && i < HEAD_COUNT; i++)
        if (strcmp(HEAD_FIELDS[i].name, "reason") == 0)
            out[1] = cell_text(form_sentence(ex->life, ex->language, &HEAD_FIELDS[i], v->error));
    return NULL;
}

static const struct fault *show_edit(struct exchange *ex, const struct table **out)
{
    struct text_desk *desk = NULL;
    struct text_editing *e = NULL;
    struct table *t = table_new(ex->life, EDIT_COLUMNS, COUNT(EDIT_COLUMNS)),
                 *layouts = table_new(ex->life, OPTION_COLUMNS, COUNT(OPTION_COLUMNS));
    struct cell *row = t && layouts ? table_add_row(t) : NULL;
    TRY_MEMORY(row);
    TRY(editing_open(ex, &desk, &e));
    const char *done = e->sent ? said(form_value(ex->form, "do")) : "";
    if (!desk->document)
        TRY(look(ex, desk, e, !e->sent || strcmp(done, "check") == 0 || strcmp(done, "submit") == 0));
    if (ex->form && ex->form->stale && !e->over) { /* who saves again now knows of the other's words */
        e->version = (int32_t)table_int(desk->open, 0, "version", 0);
        e->revision = (int32_t)table_int(desk->open, 0, "revision", 0);
    }
    row[0] = cell_int(e->version);
    row[1] = cell_int(e->revision);
    row[2] = cell_text(e->blocks.title);
    row[3] = cell_text(e->blocks.basis);
    row[4] = cell_text(e->blocks.from);
    row[5] = cell_text(e->blocks.until);
    row[6] = cell_text(e->blocks.layout_by);
    row[7] = cell_text(e->blocks.remark);
    row[8] = cell_text(e->blocks.fields);
    row[9] = cell_text(e->wrong_head);
    row[10] = cell_text(e->wrong_fields);
    row[11] = cell_flag(is_faulty(desk, e));
    row[12] = desk->tried.letters ? cell_int((int64_t)desk->tried.letters) : cell_null(CELL_INT);
    row[13] = cell_flag(e->how.two);
    row[14] = cell_flag(e->how.bare);
    row[15] = cell_text(desk->unmade);
    row[16] = cell_flag(e->sent);
    row[17] = cell_flag(!e->sent && pairs_get(&ex->query, "saved") != NULL);
    for (size_t i = 0; i < COUNT(LAYOUTS); i++)
        TRY(add_option(layouts, LAYOUTS[i].word, exchange_say(ex, LAYOUTS[i].zh, LAYOUTS[i].en),
                       text_same(LAYOUTS[i].word, e->blocks.layout)));
    row[18] = cell_table(layouts);
    TRY(choices_of(ex, e, &row[19]));
    TRY(kinds_for(ex, e, TEXT_AMONG_BLOCKS, &row[20]));
    row[21] = cell_flag(e->over);
    row[22] = cell_flag(table_flag(desk->open, 0, "submitted"));
    TRY(show_reason(ex, &row[23]));
    *out = t;
    return NULL;
}
const struct provider SHOW_TEXT_EDIT = {{"edit", EDIT_COLUMNS, COUNT(EDIT_COLUMNS), true, EDIT_NESTED, 3},
                                        show_edit};

static const struct column BLOCK_COLUMNS[] = {
    {"index", CELL_INT, false},      {"number", CELL_INT, false},      {"label", CELL_TEXT, false},
    {"depth", CELL_INT, false},      {"k", CELL_TEXT, false},          {"words", CELL_TEXT, false},
    {"has_words", CELL_BOOL, false}, {"has_value", CELL_BOOL, false},  {"a", CELL_TEXT, false},
    {"a_label", CELL_TEXT, true},    {"a_is_text", CELL_BOOL, false},  {"b_label", CELL_TEXT, true},
    {"wrong", CELL_TEXT, true},      {"here", CELL_BOOL, false},       {"holds", CELL_BOOL, false},
    {"rows", CELL_INT, false},       {"a_options", CELL_TABLE, false}, {"b_options", CELL_TABLE, false},
    {"slots", CELL_TABLE, false},    {"after", CELL_TABLE, false},     {"inside", CELL_TABLE, false},
};
static const struct page_source BLOCK_NESTED[] = {OPTIONS("a_options"), OPTIONS("b_options"),
                                                  OPTIONS("slots"), OPTIONS("after"), OPTIONS("inside")};

static const char *label_a(struct exchange *ex, const struct text_block_kind *k)
{
    switch (k->a) {
    case TEXT_CLAUSE:
        return exchange_say(ex, "引用的条款", "Clause");
    case TEXT_WIDTHS:
        return exchange_say(ex, "各列宽度（字数，合计28）", "Widths of the columns (28 characters together)");
    case TEXT_LIST_FORM:
        return exchange_say(ex, "编号形式", "Numbering");
    case TEXT_FIELD_OR:
        return exchange_say(ex, "文件摘要字段（可以不选）", "Field of the digest (optional)");
    case TEXT_FIELD:
        return strcmp(k->element, "sign") == 0 || strcmp(k->element, "imprint") == 0
                   ? exchange_say(ex, "机关", "Agency")
                   : exchange_say(ex, "字段", "Field");
    default:
        return NULL;
    }
}

static const char *label_b(struct exchange *ex, const struct text_block_kind *k)
{
    return k->b == TEXT_HOW     ? exchange_say(ex, "条件", "Condition")
           : k->b == TEXT_FIELD ? exchange_say(ex, "日期", "Date")
                                : NULL;
}

/* May the control of that block name a field of that type? */
static bool type_fits(const struct text_block_kind *k, bool second, const char *type)
{
    static const struct {
        const char *element, *a, *b;
    } TYPES[] = {{"choose", "code flag", ""}, {"each", "rows list", ""},   {"text", "text", ""},
                 {"sign", "text", "date"},    {"imprint", "text", "date"}, {"attachment", "sha256", ""},
                 {"qr", "text", ""}};
    for (size_t i = 0; i < COUNT(TYPES); i++)
        if (strcmp(TYPES[i].element, k->element) == 0)
            return strstr(second ? TYPES[i].b : TYPES[i].a, type) != NULL;
    return true;
}

static const struct fault *field_options(struct exchange *ex, const struct text_block *b, bool second,
                                         const struct text_slot *slots, size_t count, struct table *t)
{
    const char *value = second ? b->b : b->a;
    bool found = !*value;
    enum text_control control_kind = second ? b->kind->b : b->kind->a;
    if (control_kind == TEXT_FIELD_OR || !*value)
        TRY(add_option(t, "", exchange_say(ex, "（请选择）", "(choose)"), !*value));
    for (size_t i = 0; i < count; i++) {
        bool column = strchr(slots[i].path, '.') != NULL;
        if (!type_fits(b->kind, second, slots[i].type) || (column && strcmp(b->kind->element, "if") != 0))
            continue;
        bool chosen = strcmp(slots[i].path, value) == 0;
        found = found || chosen;
        const char *label =
            column ? talloc_asprintf(ex->life, "%s（%s）", slots[i].label, slots[i].path) : slots[i].label;
        TRY_MEMORY(label);
        TRY(add_option(t, slots[i].path, label, chosen));
    }
    return found ? NULL : add_option(t, value, value, true);
}

static const struct fault *a_options(struct exchange *ex, const struct text_editing *e,
                                     const struct text_block *b, const struct text_slot *slots, size_t count,
                                     struct table *t)
{
    static const char *const FORMS[] = {"1.", "（1）", "（一）"};
    if (b->kind->a == TEXT_LIST_FORM)
        for (size_t i = 0; i < COUNT(FORMS); i++)
            TRY(add_option(t, FORMS[i], FORMS[i], strcmp(FORMS[i], b->a) == 0));
    if (b->kind->a == TEXT_FIELD || b->kind->a == TEXT_FIELD_OR)
        return field_options(ex, b, false, slots, count, t);
    if (b->kind->a != TEXT_CLAUSE)
        return NULL;
    bool found = false;
    for (size_t i = 0; i < e->clauses->row_count; i++) {
        const char *code = table_text(e->clauses, i, "code");
        const char *label = talloc_asprintf(ex->life, "%s %s", code, table_text(e->clauses, i, "title"));
        TRY_MEMORY(label);
        found = found || strcmp(code, b->a) == 0;
        TRY(add_option(t, code, label, strcmp(code, b->a) == 0));
    }
    return found ? NULL
                 : add_option(t, b->a, *b->a ? b->a : exchange_say(ex, "（请选择）", "(choose)"), true);
}

static const struct fault *b_options(struct exchange *ex, const struct text_block *b,
                                     const struct text_slot *slots, size_t count, struct table *t)
{
    static const struct {
        const char *how, *zh, *en;
    } HOW[] = {{"set", "有值", "has a value"},
               {"unset", "没有值", "has no value"},
               {"is", "是", "is"},
               {"not", "不是", "is not"}};
    if (b->kind->b == TEXT_FIELD)
        return field_options(ex, b, true, slots, count, t);
    for (size_t i = 0; b->kind->b == TEXT_HOW && i < COUNT(HOW); i++)
        TRY(add_option(t, HOW[i].how, exchange_say(ex, HOW[i].zh, HOW[i].en), strcmp(HOW[i].how, b->b) == 0));
    return NULL;
}

/* What can be inserted: values that are printed, and the number of the row. */
static const struct fault *slot_options(const struct text_slot *slots, size_t count, struct table *t)
{
    for (size_t i = 0; i < count; i++)
        if (!strchr(slots[i].path, '.') && strstr("text date number money sha256 list", slots[i].type))
            TRY(add_option(t, slots[i].name, slots[i].label, false));
    return add_option(t, "序号", "序号", false);
}

static const struct fault *add_block_row(struct exchange *ex, const struct text_editing *e, size_t i,
                                         struct table *t)
{
    const struct text_block *b = &e->blocks.items[i];
    struct text_slot *slots = NULL;
    struct table *tables[3];
    size_t count = 0;
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row);
    TRY(text_slots(&e->blocks, i, ex->life, &slots, &count));
    for (size_t k = 0; k < COUNT(tables); k++) {
        tables[k] = table_new(ex->life, OPTION_COLUMNS, COUNT(OPTION_COLUMNS));
        TRY_MEMORY(tables[k]);
    }
    TRY(a_options(ex, e, b, slots, count, tables[0]));
    TRY(b_options(ex, b, slots, count, tables[1]));
    if (b->kind->words && strcmp(b->kind->element, "remark") != 0)
        TRY(slot_options(slots, count, tables[2]));
    size_t characters = text_count(b->words);
    row[0] = cell_int((int64_t)i);
    row[1] = cell_int((int64_t)i + 1);
    row[2] = cell_text(exchange_say(ex, b->kind->zh, b->kind->en));
    row[3] = cell_int(b->depth);
    row[4] = cell_text(talloc_asprintf(ex->life, "%s.%d", b->kind->element, b->depth));
    row[5] = cell_text(b->words);
    row[6] = cell_flag(b->kind->words);
    row[7] = cell_flag(b->kind->value);
    row[8] = cell_text(b->a);
    row[9] = cell_text(label_a(ex, b->kind));
    row[10] = cell_flag(b->kind->a == TEXT_WIDTHS);
    row[11] = cell_text(label_b(ex, b->kind));
    row[12] = cell_text(e->wrong[i]);
    row[13] = cell_flag(i == e->here);
    row[14] = cell_flag(b->kind->holds);
    row[15] = cell_int(characters < 60 ? 2 : characters < 700 ? (int64_t)characters / 30 + 1 : 24);
    row[16] = cell_table(tables[0]);
    row[17] = cell_table(tables[1]);
    row[18] = cell_table(tables[2]);
    TRY(kinds_for(ex, e, text_place_of(&e->blocks, i), &row[19]));
    if (!b->kind->holds) {
        row[20] = cell_table(table_new(ex->life, OPTION_COLUMNS, COUNT(OPTION_COLUMNS)));
        return NULL;
    }
    return kinds_for(ex, e, text_place_inside(&e->blocks, i), &row[20]);
}

static const struct fault *show_blocks(struct exchange *ex, const struct table **out)
{
    struct text_desk *desk = NULL;
    struct text_editing *e = NULL;
    struct table *t = table_new(ex->life, BLOCK_COLUMNS, COUNT(BLOCK_COLUMNS));
    TRY_MEMORY(t);
    TRY(editing_open(ex, &desk, &e));
    for (size_t i = 0; i < e->blocks.count; i++)
        TRY(add_block_row(ex, e, i, t));
    *out = t;
    return NULL;
}
const struct provider SHOW_TEXT_BLOCKS = {
    {"blocks", BLOCK_COLUMNS, COUNT(BLOCK_COLUMNS), false, BLOCK_NESTED, 5}, show_blocks};

/* ---- buttons ---- */

const struct fault *show_text_edit(struct exchange *ex)
{
    struct text_desk *desk = NULL;
    struct text_editing *e = NULL;
    TRY(text_desk_open(ex, &desk));
    if (!desk->open->row_count || table_flag(desk->open, 0, "submitted"))
        return reply_redirect(ex, "/templates/%s", desk->code);
    return editing_open(ex, &desk, &e);
}

/* "after.3.p" taken apart: word, block, rest. */
struct button {
    char *word, *rest;
    size_t block;
};

static const struct fault *pressed(struct exchange *ex, const struct text_editing *e, struct button *out)
{
    char *copy = talloc_strdup(ex->life, said(form_value(ex->form, "do")));
    int64_t block = 0;
    TRY_MEMORY(copy);
    out->word = strsep(&copy, ".");
    char *number = strsep(&copy, ".");
    out->rest = copy;
    if (number && strcmp(number, "end") == 0)
        block = (int64_t)e->blocks.count;
    else if (number && !text_to_int(number, 0, (int64_t)e->blocks.count, &block))
        return fault_new(ex->life, FAULT_INPUT, "BODY_MALFORMED", "no such button");
    out->block = (size_t)block;
    return NULL;
}

static const struct fault *insert_slot(struct exchange *ex, struct text_editing *e, const struct button *b)
{
    struct text_slot *slots = NULL;
    size_t count = 0;
    const char *label = b->rest;
    if (b->block >= e->blocks.count || !b->rest)
        return NULL;
    TRY(text_slots(&e->blocks, b->block, ex->life, &slots, &count));
    for (size_t i = 0; i < count; i++)
        if (strcmp(slots[i].path, b->rest) == 0)
            label = slots[i].label;
    struct text_block *block = &e->blocks.items[b->block];
    block->words = talloc_asprintf(ex->life, "%s【%s】", block->words, label);
    TRY_MEMORY(block->words);
    e->here = b->block;
    return NULL;
}

static const struct fault *change(struct exchange *ex, struct text_editing *e, const struct button *b)
{
    static const struct {
        const char *word;
        enum text_change change;
    } CHANGES[] = {{"after", TEXT_ADD_AFTER}, {"inside", TEXT_ADD_INSIDE}, {"up", TEXT_UP},
                   {"down", TEXT_DOWN},       {"delete", TEXT_DELETE},     {"copy", TEXT_DUPLICATE}};
    bool done = true;
    if (strcmp(b->word, "slot") == 0)
        return insert_slot(ex, e, b);
    for (size_t i = 0; i < COUNT(CHANGES); i++)
        if (strcmp(CHANGES[i].word, b->word) == 0)
            TRY(text_change(&e->blocks, CHANGES[i].change, b->block, b->rest, ex->life, &e->here, &done));
    bool full = strcmp(b->word, "copy") == 0 || (e->blocks.count == TEXT_BLOCKS_MAX &&
                                                 strcmp(b->word, "up") != 0 && strcmp(b->word, "down") != 0);
    if (!done && full)
        e->wrong_head = exchange_say(ex, "一份文书最多160块，不能再添加", "A text has at most 160 blocks");
    return NULL;
}

static const struct fault *step_as(struct exchange *ex, const struct text_desk *desk, struct text_editing *e,
                                   const char *deed)
{
    const struct text_step step = {.code = desk->code,
                                   .version = e->version,
                                   .revision = e->revision,
                                   .deed = deed,
                                   .xml = strcmp(deed, "saved") == 0 ? e->document.xml : NULL,
                                   .reason =
                                       strcmp(deed, "withdrawn") == 0 ? form_text(ex->form, "reason") : NULL};
    return office_text_step(ex->db, ex->house->office, &step, &e->revision, ex->life);
}

/* Saved as far as it can be written; whatever else is wrong with a draft may wait. Words that cannot be read
 * stay on the page, and the page says that nothing was stored. */
static const struct fault *save(struct exchange *ex, struct text_desk *desk, struct text_editing *e,
                                bool *saved)
{
    TRY(look(ex, desk, e, true));
    *saved = e->document.xml != NULL;
    if (!*saved)
        return NULL;
    int32_t before = e->revision;
    if (!text_same(e->document.xml, table_text(desk->open, 0, "xml")) ||
        before != (int32_t)table_int(desk->open, 0, "revision", 0))
        TRY(step_as(ex, desk, e, "saved"));
    return NULL;
}

const struct fault *act_text_edit(struct exchange *ex)
{
    struct text_desk *desk = NULL;
    struct text_editing *e = NULL;
    struct button b = {0};
    bool saved = false;
    TRY(editing_open(ex, &desk, &e));
    if (e->over)
        return fault_new(ex->life, FAULT_STALE, "TEXT_MOVED", "%s %d", desk->code, (int)e->version);
    TRY(pressed(ex, e, &b));
    bool saves = strcmp(b.word, "save") == 0, submits = strcmp(b.word, "submit") == 0;
    if (strcmp(b.word, "withdraw") == 0) {
        TRY(step_as(ex, desk, e, "withdrawn"));
        return reply_redirect(ex, "/templates/%s", desk->code);
    }
    if (!saves && !submits)
        return change(ex, e, &b);
    TRY(save(ex, desk, e, &saved));
    if (!saved)
        return page_run(ex, ex->route, 422);
    if (submits)
        TRY(step_as(ex, desk, e, "submitted"));
    return submits ? reply_redirect(ex, "/templates/%s", desk->code)
                   : reply_redirect(ex, "/templates/%s/edit?saved=1", desk->code);
}
