#include <string.h>
#include "db.h"
#include "life.h"
#include "redline.h"
#include "shown_template.h"
#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
enum { LINES_MAX = 500 };

const struct fault *text_desk_open(struct exchange *ex, struct text_desk **out)
{
    *out = ex->state;
    if (ex->state)
        return NULL;
    struct text_desk *desk = talloc_zero(ex->life, struct text_desk);
    TRY_MEMORY(desk);
    desk->code = exchange_parameter(ex, "code");
    desk->kind = office_text_kind(desk->code);
    const struct cell params[] = {cell_text(desk->kind), cell_text(desk->code)};
    struct db_ask asks[] = {{.id = Q_TEXT_VERSIONS, .params = params}, {.id = Q_TEXT_OPEN, .params = params}};
    TRY(db_batch(ex->db, asks, COUNT(asks), ex->life));
    TRY(db_ask_today(ex->db, &desk->today, ex->life));
    desk->versions = asks[0].out;
    desk->open = asks[1].out;
    desk->legal = identity_has_role(&ex->who, "legal");
    desk->decides = desk->legal || identity_has_role(&ex->who, "leader");
    if (!desk->versions->row_count)
        return fault_new(ex->life, FAULT_ABSENT, "NO_SUCH_PAGE", "no such text");
    *out = ex->state = desk;
    return NULL;
}

const struct fault *text_desk_version(struct exchange *ex, const struct text_desk *desk, int64_t number,
                                      const struct table **out)
{
    struct table *t = NULL;
    if (number < 1 || number > INT32_MAX)
        return fault_new(ex->life, FAULT_ABSENT, "NO_SUCH_PAGE", "no such version");
    const struct cell params[] = {cell_text(desk->kind), cell_text(desk->code), cell_int(number)};
    TRY(db_query(ex->db, Q_TEXT_VERSION, params, &t, ex->life));
    *out = t;
    return t->row_count ? NULL : fault_new(ex->life, FAULT_ABSENT, "NO_SUCH_PAGE", "no such version");
}

/* ---- red-line ---- */

static const struct column PIECE_COLUMNS[] = {
    {"text", CELL_TEXT, false}, {"added", CELL_BOOL, false}, {"removed", CELL_BOOL, false}};
static const struct page_source PIECES = {"pieces", PIECE_COLUMNS, COUNT(PIECE_COLUMNS), false, NULL, 0};
static const struct column REDLINE_COLUMNS[] = {{"label", CELL_TEXT, false},
                                                {"depth", CELL_INT, false},
                                                {"state", CELL_TEXT, false},
                                                {"pieces", CELL_TABLE, false}};
const struct page_source TEXT_REDLINE = {"redline", REDLINE_COLUMNS, COUNT(REDLINE_COLUMNS),
                                         false,     &PIECES,         1};

struct lines {
    struct redline_line items[LINES_MAX];
    size_t count;
};

static void add_line(struct lines *l, const char *kind, const char *text, int depth)
{
    if (text && *text && l->count < LINES_MAX)
        l->items[l->count++] = (struct redline_line){kind, text, depth};
}

/* The label of a field that a control names, where it alone has it in sight; what names none stays. */
static const char *label_of(const struct text_slot *slots, size_t count, enum text_control control,
                            const char *path)
{
    for (size_t i = 0; (control == TEXT_FIELD || control == TEXT_FIELD_OR) && i < count; i++)
        if (strcmp(slots[i].path, path) == 0 && !strchr(path, '.'))
            return slots[i].label;
    return path;
}

/* A block as people compare it: its fields by their labels, as its words have them. */
static const struct fault *said_of(struct exchange *ex, const struct text_blocks *b, size_t i,
                                   const char **out)
{
    struct text_block shown = b->items[i];
    struct text_slot *slots = NULL;
    size_t count = 0;
    TRY(text_slots(b, i, ex->life, &slots, &count));
    shown.a = label_of(slots, count, shown.kind->a, shown.a);
    shown.b = label_of(slots, count, shown.kind->b, shown.b);
    *out = text_block_said(&shown, ex->life);
    TRY_MEMORY(*out);
    return NULL;
}

/* A document as lines: what its head says, its declarations, its blocks. */
static const struct fault *lines_of(struct exchange *ex, const char *xml, const char *name, struct lines *out)
{
    struct text_blocks *b = NULL;
    if (!xml)
        return NULL;
    TRY(text_blocks_read(&(struct letter_source){name, xml, strlen(xml)}, ex->life, &b));
    add_line(out, exchange_say(ex, "名称", "Name"), b->title, 0);
    add_line(out, exchange_say(ex, "法律依据", "Legal basis"), b->basis, 0);
    add_line(out, exchange_say(ex, "适用起始日", "Not before"), b->from, 0);
    add_line(out, exchange_say(ex, "适用终止日", "Not after"), b->until, 0);
    add_line(out, exchange_say(ex, "版式", "Layout"), b->layout, 0);
    add_line(out, exchange_say(ex, "决定版式的字段", "Layout by"), b->layout_by, 0);
    add_line(out, exchange_say(ex, "编者注", "Remark"), b->remark, 0);
    char *fields = talloc_strdup(ex->life, b->fields);
    TRY_MEMORY(fields);
    for (char *line; (line = strsep(&fields, "\n"));)
        add_line(out, exchange_say(ex, "字段", "Field"), line + strspn(line, " "), *line == ' ');
    for (size_t i = 0; i < b->count; i++) {
        const struct text_block_kind *k = b->items[i].kind;
        const char *said = NULL;
        TRY(said_of(ex, b, i, &said));
        add_line(out, exchange_say(ex, k->zh, k->en), *said ? said : "—", b->items[i].depth);
    }
    return NULL;
}

static const struct fault *pieces_of(struct exchange *ex, const char *was, const char *now, struct cell *out)
{
    struct redline_piece *pieces = NULL;
    struct table *t = table_new(ex->life, PIECE_COLUMNS, COUNT(PIECE_COLUMNS));
    size_t count = 0;
    TRY_MEMORY(t);
    TRY(redline_words(was, now, ex->life, &pieces, &count));
    for (size_t i = 0; i < count; i++) {
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        row[0] = cell_text(pieces[i].text);
        row[1] = cell_flag(pieces[i].kind == REDLINE_ADDED);
        row[2] = cell_flag(pieces[i].kind == REDLINE_REMOVED);
    }
    *out = cell_table(t);
    return NULL;
}

static const struct fault *show_redline(struct exchange *ex, const struct table **out)
{
    struct lines *before = talloc_zero(ex->life, struct lines), *after = talloc_zero(ex->life, struct lines);
    struct table *t = table_new(ex->life, REDLINE_COLUMNS, COUNT(REDLINE_COLUMNS));
    struct redline_pair *pairs = NULL;
    struct text_desk *desk = NULL;
    size_t count = 0;
    TRY_MEMORY(before && after ? t : NULL);
    TRY(text_desk_open(ex, &desk));
    TRY(lines_of(ex, desk->was, desk->code, before));
    TRY(lines_of(ex, desk->now, desk->code, after));
    TRY(redline_lines(before->items, before->count, after->items, after->count, ex->life, &pairs, &count));
    for (size_t i = 0; i < count; i++) {
        const struct redline_line *a = pairs[i].was >= 0 ? &before->items[pairs[i].was] : NULL,
                                  *b = pairs[i].now >= 0 ? &after->items[pairs[i].now] : NULL;
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        row[0] = cell_text(b ? b->kind : a->kind);
        row[1] = cell_int(b ? b->depth : a->depth);
        row[2] = cell_text(!a ? "added" : !b ? "removed" : pairs[i].changed ? "changed" : "same");
        TRY(pieces_of(ex, a ? a->text : NULL, b ? b->text : NULL, &row[3]));
    }
    *out = t;
    return NULL;
}

const struct provider SHOW_TEXT_REDLINE = {
    {"redline", REDLINE_COLUMNS, COUNT(REDLINE_COLUMNS), false, &PIECES, 1}, show_redline};

/* ---- problems ---- */

static const struct column PROBLEM_COLUMNS[] = {
    {"sentence", CELL_TEXT, false}, {"place", CELL_TEXT, true}, {"block", CELL_INT, true}};

static const struct fault *show_problems(struct exchange *ex, const struct table **out)
{
    struct text_desk *desk = NULL;
    struct table *t = table_new(ex->life, PROBLEM_COLUMNS, COUNT(PROBLEM_COLUMNS));
    TRY_MEMORY(t);
    TRY(text_desk_open(ex, &desk));
    const char *own = talloc_asprintf(ex->life, "%s.xml", desk->code);
    for (size_t i = 0; i < desk->tried.count; i++) {
        const struct text_problem *p = &desk->tried.problems[i];
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        bool here = text_same(p->file, own);
        int block =
            here && desk->document ? text_block_of_line(desk->blocks, desk->document, p->line) : TEXT_IN_HEAD;
        row[0] = cell_text(exchange_say(ex, p->zh, p->en));
        if (!here || !desk->document)
            row[1] = cell_text(ex->language == LANGUAGE_EN
                                   ? talloc_asprintf(ex->life, "%s, line %d", p->file, p->line)
                                   : talloc_asprintf(ex->life, "%s 第%d行", p->file, p->line));
        if (block >= 0)
            row[2] = cell_int(block);
    }
    *out = t;
    return NULL;
}
const struct provider SHOW_TEXT_PROBLEMS = {
    {"troubles", PROBLEM_COLUMNS, COUNT(PROBLEM_COLUMNS), false, NULL, 0}, show_problems};

/* ---- a letter on the page ---- */

static const struct column LINE_COLUMNS[] = {{"text", CELL_TEXT, false}};
static const struct column CELL_COLUMNS[] = {
    {"text", CELL_TEXT, false}, {"head", CELL_BOOL, false}, {"span", CELL_INT, false}};
static const struct page_source CELLS = {"cells", CELL_COLUMNS, COUNT(CELL_COLUMNS), false, NULL, 0};
static const struct column ROW_COLUMNS[] = {{"cells", CELL_TABLE, false}};
static const struct page_source PAPER_NESTED[] = {
    {"lines", LINE_COLUMNS, 1, false, NULL, 0},
    {"rows", ROW_COLUMNS, 1, false, &CELLS, 1},
};
static const struct column PAPER_COLUMNS[] = {{"kind", CELL_TEXT, false},
                                              {"detail", CELL_TEXT, true},
                                              {"lines", CELL_TABLE, false},
                                              {"rows", CELL_TABLE, false}};

static const char *const PAPER_KINDS[LETTER_BLOCK_KINDS] = {
    [LETTER_BLOCK_MARK] = "mark",
    [LETTER_BLOCK_NUMBER] = "number",
    [LETTER_BLOCK_TITLE] = "title",
    [LETTER_BLOCK_TO] = "to",
    [LETTER_BLOCK_P] = "p",
    [LETTER_BLOCK_H1] = "h1",
    [LETTER_BLOCK_H2] = "h2",
    [LETTER_BLOCK_H3] = "p",
    [LETTER_BLOCK_H4] = "p",
    [LETTER_BLOCK_TABLE] = "table",
    [LETTER_BLOCK_ATTACHMENT] = "attachment",
    [LETTER_BLOCK_SIGN] = "sign",
    [LETTER_BLOCK_NOTE] = "note",
    [LETTER_BLOCK_ANNEX] = "annex",
    [LETTER_BLOCK_COPY] = "copy",
    [LETTER_BLOCK_IMPRINT] = "imprint",
    [LETTER_BLOCK_QR] = "qr",
};

static const struct fault *paper_lines(struct exchange *ex, const char *text, struct cell *out)
{
    struct table *t = table_new(ex->life, LINE_COLUMNS, 1);
    char *rest = talloc_strdup(ex->life, text);
    TRY_MEMORY(t && rest ? t : NULL);
    for (char *line; (line = strsep(&rest, "\n"));) {
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        row[0] = cell_text(line);
    }
    *out = cell_table(t);
    return NULL;
}

static const struct fault *paper_rows(struct exchange *ex, const struct letter_block *b, struct cell *out)
{
    struct table *rows = table_new(ex->life, ROW_COLUMNS, 1);
    TRY_MEMORY(rows);
    for (size_t r = 0; r < b->rows; r++) {
        struct table *cells = table_new(ex->life, CELL_COLUMNS, COUNT(CELL_COLUMNS));
        struct cell *row = cells ? table_add_row(rows) : NULL;
        TRY_MEMORY(row);
        row[0] = cell_table(cells);
        for (size_t c = 0; c < b->columns; c++) {
            const struct letter_cell *at = &b->cells[r * b->columns + c];
            struct cell *cell = at->span ? table_add_row(cells) : NULL;
            if (!at->span)
                continue;
            TRY_MEMORY(cell);
            cell[0] = cell_text(at->text);
            cell[1] = cell_flag(at->head);
            cell[2] = cell_int(at->span);
        }
    }
    *out = cell_table(rows);
    return NULL;
}

static const struct fault *show_paper(struct exchange *ex, const struct table **out)
{
    struct table *t = table_new(ex->life, PAPER_COLUMNS, COUNT(PAPER_COLUMNS));
    struct text_desk *desk = NULL;
    TRY_MEMORY(t);
    TRY(text_desk_open(ex, &desk));
    for (size_t i = 0; desk->letter && i < desk->letter->block_count; i++) {
        const struct letter_block *b = &desk->letter->blocks[i];
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        row[0] = cell_text(PAPER_KINDS[b->kind]);
        row[1] = cell_text(b->kind == LETTER_BLOCK_QR ? NULL : b->detail);
        TRY(paper_lines(ex, b->text, &row[2]));
        TRY(paper_rows(ex, b, &row[3]));
    }
    *out = t;
    return NULL;
}

const struct provider SHOW_TEXT_PAPER = {
    {"paper", PAPER_COLUMNS, COUNT(PAPER_COLUMNS), false, PAPER_NESTED, 2}, show_paper};

const struct fault *text_sample(struct exchange *ex, struct text_desk *desk, const struct letter_template *t,
                                struct letter_sample how, struct text_problem *problem)
{
    json_t *data = NULL;
    struct letter *letter = NULL;
    struct civil day =
        civil_is_set(t->from) && civil_compare(desk->today, t->from) < 0 ? t->from : desk->today;
    TRY(letter_sample_data(t, how, day, ex->life, &data));
    const struct fault *f = letter_compose(t, data, ex->life, &letter);
    if (f && f->kind != FAULT_INPUT)
        return f;
    desk->letter = letter;
    if (!f)
        return NULL;
    const char *colon = f->detail ? strchr(f->detail, ':') : NULL, *digits = colon ? colon + 1 : "";
    size_t n = strspn(digits, "0123456789");
    int64_t line = 1;
    if (n)
        (void)!text_to_int(talloc_strndup(ex->life, digits, n), 1, INT32_MAX, &line);
    const char *en = n && digits[n] == ':' ? digits + n + 1 + strspn(digits + n + 1, " ") : f->detail;
    *problem =
        (struct text_problem){n ? talloc_strndup(ex->life, f->detail, (size_t)(colon - f->detail)) : "",
                              (int)line, office_text_sentence(en, ex->life), en};
    desk->unmade = exchange_say(ex, problem->zh, problem->en);
    return NULL;
}
