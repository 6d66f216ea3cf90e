#include <libxml/parser.h>
#include <string.h>
#include "letter_reading.h"
#include "life.h"
#include "text_blocks_inside.h"

#define BLOCKS   (1u << TEXT_AMONG_BLOCKS)
#define ROWS     (1u << TEXT_AMONG_ROWS)
#define ITEMS    (1u << TEXT_AMONG_ITEMS)
#define BRANCHES (1u << TEXT_AMONG_BRANCHES)
#define ANYWHERE (BLOCKS | ROWS | ITEMS)
enum { XML_MAX = 256 << 10, SAID_MAX = 64 << 10 };

/* clang-format off: a row is read as a row */
const struct text_block_kind TEXT_BLOCK_KINDS[] = {
    {"p", "段落", "Paragraph", .words = true, .where = BLOCKS},
    {"clause", "条款", "Clause", .a = TEXT_CLAUSE, .where = BLOCKS},
    {"if", "如果", "If", .value = true, .holds = true, .a = TEXT_FIELD, .b = TEXT_HOW, .where = ANYWHERE,
     .inside = -1},
    {"choose", "按字段选择", "Choose by a field", .holds = true, .a = TEXT_FIELD, .where = ANYWHERE,
     .inside = TEXT_AMONG_BRANCHES},
    {"when", "当", "When", .value = true, .holds = true, .where = BRANCHES, .inside = -1},
    {"otherwise", "其余情形", "Otherwise", .holds = true, .where = BRANCHES, .inside = -1},
    {"each", "逐项重复", "For each", .holds = true, .a = TEXT_FIELD, .where = ANYWHERE, .inside = -1},
    {"h1", "一级标题（一、）", "Heading 1 (一、)", .words = true, .where = BLOCKS},
    {"h2", "二级标题（（一））", "Heading 2 (（一）)", .words = true, .where = BLOCKS},
    {"h3", "三级标题（1.）", "Heading 3 (1.)", .words = true, .where = BLOCKS},
    {"h4", "四级标题（（1））", "Heading 4 (（1）)", .words = true, .where = BLOCKS},
    {"text", "字段中的各段文字", "Paragraphs of a field", .a = TEXT_FIELD, .where = BLOCKS},
    {"list", "列项", "List", .holds = true, .a = TEXT_LIST_FORM, .where = BLOCKS, .inside = TEXT_AMONG_ITEMS},
    {"item", "一项", "Item", .words = true, .where = ITEMS},
    {"table", "表格", "Table", .holds = true, .a = TEXT_WIDTHS, .where = BLOCKS, .inside = TEXT_AMONG_ROWS},
    {"tr", "表格的一行", "Row of a table", .words = true, .where = ROWS},
    {"attachment", "附件", "Attachment", .words = true, .a = TEXT_FIELD_OR, .where = BLOCKS},
    {"note", "附注", "Note", .words = true, .where = BLOCKS},
    {"annex", "附件页（另起一页）", "Annex (new page)", .words = true, .where = BLOCKS},
    {"sign", "署名和成文日期", "Agency and date", .a = TEXT_FIELD, .b = TEXT_FIELD, .where = BLOCKS},
    {"copy", "抄送", "Copies to", .words = true, .where = BLOCKS},
    {"imprint", "版记（印发机关和日期）", "Imprint", .a = TEXT_FIELD, .b = TEXT_FIELD, .where = BLOCKS},
    {"qr", "二维码及旁注", "QR code and its text", .words = true, .a = TEXT_FIELD, .where = BLOCKS},
    {"mark", "发文机关标志（红头）", "Issuing authority (red head)", .words = true, .where = BLOCKS},
    {"title", "标题", "Title", .words = true, .where = BLOCKS},
    {"number", "发文字号", "Document number", .words = true, .where = BLOCKS},
    {"to", "主送", "Addressee", .words = true, .where = BLOCKS},
    {"words", "词语", "Words", .words = true, .where = BLOCKS},
    {"remark", "编者注（不印出）", "Remark for editors (not printed)", .words = true,
     .where = ANYWHERE | BRANCHES},
};
/* clang-format on */
const size_t TEXT_BLOCK_KIND_COUNT = sizeof TEXT_BLOCK_KINDS / sizeof *TEXT_BLOCK_KINDS;

/* The attributes of XML behind the controls. */
static const struct {
    const char *element, *a, *b;
} ATTRIBUTES[] = {
    {"clause", "ref", NULL},
    {"choose", "n", NULL},
    {"each", "n", NULL},
    {"text", "n", NULL},
    {"list", "form", NULL},
    {"table", "widths", NULL},
    {"attachment", "sha256", NULL},
    {"sign", "agency", "date"},
    {"imprint", "agency", "date"},
    {"qr", "of", NULL},
};
enum { ATTRIBUTE_COUNT = sizeof ATTRIBUTES / sizeof *ATTRIBUTES };

const struct text_block_kind *text_block_kind(const char *element)
{
    for (size_t i = 0; i < TEXT_BLOCK_KIND_COUNT; i++)
        if (strcmp(TEXT_BLOCK_KINDS[i].element, element) == 0)
            return &TEXT_BLOCK_KINDS[i];
    return NULL;
}

static bool is_kind(const struct text_block *b, const char *element)
{
    return strcmp(b->kind->element, element) == 0;
}

/* ---- from XML ---- */

struct block_reader {
    struct text_blocks *out;
    struct declarations d;
    TALLOC_CTX *life, *scratch;
};

static const struct fault *too_many(TALLOC_CTX *life)
{
    return fault_new(life, FAULT_TOO_MUCH, "TEXT_TOO_LONG", "more than %d blocks", TEXT_BLOCKS_MAX);
}

static const struct fault *add_block(struct block_reader *r, const struct text_block_kind *kind, int depth,
                                     struct text_block **out)
{
    if (r->out->count == TEXT_BLOCKS_MAX || depth >= TEXT_BLOCK_DEPTH)
        return too_many(r->life);
    *out = &r->out->items[r->out->count++];
    **out = (struct text_block){.kind = kind, .depth = depth, .a = "", .b = "", .words = ""};
    return NULL;
}

static const struct fault *read_remark(struct block_reader *r, const xmlNode *x, int depth)
{
    struct text_block *b = NULL;
    TRY(add_block(r, text_block_kind("remark"), depth, &b));
    return text_clean(r->life, "remark", (const char *)x->content, strlen((const char *)x->content), SAID_MAX,
                      TEXT_MANY_LINES, &b->words);
}

static void read_condition(const xmlNode *x, struct text_block *b, TALLOC_CTX *life)
{
    const char *some = xml_attribute(x, "some", life), *is = xml_attribute(x, "is", life),
               *not = xml_attribute(x, "not", life);
    b->a = xml_attribute(x, "n", life);
    if (*some)
        b->a = talloc_asprintf(life, "%s.%s", b->a, some);
    b->b = *is ? "is" : *not ? "not" : strcmp(xml_attribute(x, "set", life), "no") == 0 ? "unset" : "set";
    b->words = *is ? is : not ;
}

static const struct fault *read_controls(struct block_reader *r, const xmlNode *x, struct text_block *b,
                                         const struct text_scope *scope)
{
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
        if (is_kind(b, ATTRIBUTES[i].element)) {
            b->a = xml_attribute(x, ATTRIBUTES[i].a, r->life);
            b->b = ATTRIBUTES[i].b ? xml_attribute(x, ATTRIBUTES[i].b, r->life) : "";
        }
    if (is_kind(b, "list") && !*b->a)
        b->a = "1.";
    if (is_kind(b, "if"))
        read_condition(x, b, r->life);
    if (is_kind(b, "when"))
        b->words = xml_attribute(x, "is", r->life);
    if (b->kind->words) {
        struct text *t = text_new(r->life, XML_MAX);
        words_say(t, x, &r->d, scope, r->scratch);
        TRY(text_end(t, &b->words, NULL));
    }
    TRY_MEMORY(b->a);
    return NULL;
}

static const struct fault *read_blocks(struct block_reader *r, const xmlNode *x, int depth,
                                       const struct text_scope *scope)
{
    for (; x; x = x->next) {
        const struct text_block_kind *kind =
            x->type == XML_ELEMENT_NODE ? text_block_kind((const char *)x->name) : NULL;
        struct text_block *b = NULL;
        if (x->type == XML_COMMENT_NODE)
            TRY(read_remark(r, x, depth));
        if (!kind)
            continue;
        TRY(add_block(r, kind, depth, &b));
        TRY(read_controls(r, x, b, scope));
        if (kind->holds) {
            struct text_scope inside = *scope;
            if (is_kind(b, "each"))
                scope_enter(&r->d, &inside, b->a);
            TRY(read_blocks(r, x->children, depth + 1, &inside));
        }
    }
    return NULL;
}

static const struct fault *read_head(const xmlNode *top, const xmlDoc *doc, struct text_blocks *out,
                                     TALLOC_CTX *life)
{
    out->clause = template_is(top, "clause");
    out->code = xml_attribute(top, "code", life);
    out->title = xml_attribute(top, "title", life);
    out->basis = xml_attribute(top, "basis", life);
    out->from = xml_attribute(top, "from", life);
    out->until = xml_attribute(top, "until", life);
    out->layout = xml_attribute(top, "layout", life);
    out->layout_by = xml_attribute(top, "layout-by", life);
    out->remark = "";
    for (const xmlNode *x = doc->children; x && x != top; x = x->next)
        if (x->type == XML_COMMENT_NODE && !*out->remark)
            TRY(text_clean(life, "remark", (const char *)x->content, strlen((const char *)x->content),
                           SAID_MAX, TEXT_MANY_LINES, &out->remark));
    return NULL;
}

const struct fault *text_blocks_read(const struct letter_source *source, TALLOC_CTX *result,
                                     struct text_blocks **out)
{
    SCOPED_LIFE(scratch);
    struct text_blocks *b = talloc_zero(result, struct text_blocks);
    xmlDocPtr doc = NULL;
    TRY_MEMORY(scratch && b ? b : NULL);
    const struct fault *f = template_parse(source, scratch, &doc);
    if (f)
        return fault_keep(result, f);
    const xmlNode *top = xmlDocGetRootElement(doc), *fields = template_next(top->children);
    struct block_reader r = {.out = b, .life = b, .scratch = scratch};
    struct text *t = text_new(b, XML_MAX);
    const struct text_scope outside = {.depth = 0};
    b->items = talloc_zero_array(b, struct text_block, TEXT_BLOCKS_MAX);
    TRY_MEMORY(b->items);
    TRY(read_head(top, doc, b, b));
    TRY(declarations_of_xml(fields && template_is(fields, "fields") ? fields : NULL, b, &r.d));
    declarations_say(&r.d, t);
    TRY(text_end(t, &b->fields, NULL));
    TRY(read_blocks(&r, top->children, 0, &outside));
    *out = b;
    return NULL;
}

/* ---- to XML ---- */

struct block_writer {
    const struct text_blocks *b;
    struct text_document *out;
    struct declarations d;
    struct text *t;
    int line;
    TALLOC_CTX *life;
};

static void head_attribute(struct text *t, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    text_printf(t, " %s=\"", name);
    xml_escaped(t, value, strlen(value));
    text_add_char(t, '"');
}

/* "--" may not stand in a comment of XML. */
static void write_comment(struct text *t, const char *words)
{
    text_add(t, "<!-- ");
    for (const char *s = words; *s; s++)
        if (s[0] == '-' && (s[1] == '-' || !s[1]))
            text_add(t, "–");
        else
            text_add_char(t, *s == '\n' ? ' ' : *s);
    text_add(t, " -->");
}

static void write_head(struct block_writer *w, int version)
{
    const struct text_blocks *b = w->b;
    text_add(w->t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    w->line = 2;
    if (*b->remark) {
        write_comment(w->t, b->remark);
        text_add_char(w->t, '\n');
        w->line++;
    }
    text_printf(w->t, "<%s xmlns=\"urn:mingda:letter\"", b->clause ? "clause" : "letter");
    head_attribute(w->t, "code", b->code);
    text_printf(w->t, " version=\"%d\"", version);
    head_attribute(w->t, "title", b->title);
    head_attribute(w->t, "layout", b->layout);
    head_attribute(w->t, "layout-by", b->layout_by);
    head_attribute(w->t, "basis", b->basis);
    head_attribute(w->t, "from", b->from);
    head_attribute(w->t, "until", b->until);
    text_add(w->t, ">\n");
    w->line++;
}

static void wrong(struct block_writer *w, int block, const char *zh, const char *en)
{
    w->out->wrong[w->out->wrong_count++] = (struct text_wrong){block, zh, en};
}

/* The scope in which a block stands. */
static void scope_of(const struct block_writer *w, size_t at, struct text_scope *scope)
{
    int chain[TEXT_BLOCK_DEPTH], n = 0;
    for (int p = at < w->b->count ? text_block_parent(w->b, at) : -1; p >= 0 && n < TEXT_BLOCK_DEPTH;
         p = text_block_parent(w->b, (size_t)p))
        if (is_kind(&w->b->items[p], "each"))
            chain[n++] = p;
    scope->depth = 0;
    while (n-- > 0)
        scope_enter(&w->d, scope, w->b->items[chain[n]].a);
}

static void write_start(struct block_writer *w, size_t at)
{
    const struct text_block *b = &w->b->items[at];
    text_printf(w->t, "<%s", b->kind->element);
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
        if (is_kind(b, ATTRIBUTES[i].element)) {
            head_attribute(w->t, ATTRIBUTES[i].a, b->a);
            if (ATTRIBUTES[i].b)
                head_attribute(w->t, ATTRIBUTES[i].b, b->b);
        }
    if (is_kind(b, "if"))
        condition_write(w->t, b->a, b->b, b->words);
    if (is_kind(b, "when"))
        head_attribute(w->t, "is", b->words);
    text_add_char(w->t, '>');
}

static void write_block(struct block_writer *w, size_t at)
{
    const struct text_block *b = &w->b->items[at];
    struct text_scope scope;
    struct text_wrong why = {0};
    w->out->lines[at] = w->line;
    text_printf(w->t, "%*s", 2 + 2 * b->depth, "");
    if (is_kind(b, "remark")) {
        write_comment(w->t, b->words);
    } else {
        write_start(w, at);
        scope_of(w, at, &scope);
        if (b->kind->words && !words_write(w->t, b->words, is_kind(b, "tr"), &w->d, &scope, w->life, &why))
            wrong(w, (int)at, why.zh, why.en);
        if (!b->kind->holds)
            text_printf(w->t, "</%s>", b->kind->element);
    }
    text_add_char(w->t, '\n');
    w->line++;
}

/* The ends of what was open, down to `depth`. */
static void close_to(struct block_writer *w, const size_t *open, int *count, int depth)
{
    while (*count > 0 && w->b->items[open[*count - 1]].depth >= depth) {
        const struct text_block *b = &w->b->items[open[--*count]];
        text_printf(w->t, "%*s</%s>\n", 2 + 2 * b->depth, "", b->kind->element);
        w->line++;
    }
}

static void write_blocks(struct block_writer *w)
{
    size_t open[TEXT_BLOCK_DEPTH + 1];
    int count = 0;
    for (size_t i = 0; i < w->b->count; i++) {
        close_to(w, open, &count, w->b->items[i].depth);
        write_block(w, i);
        if (w->b->items[i].kind->holds)
            open[count++] = i;
    }
    close_to(w, open, &count, 0);
}

const struct fault *text_blocks_write(const struct text_blocks *blocks, int version, TALLOC_CTX *result,
                                      struct text_document *out)
{
    struct block_writer w = {.b = blocks, .out = out, .t = text_new(result, 4u * XML_MAX), .life = result};
    struct text_wrong why = {0};
    bool is_wrong = false;
    *out = (struct text_document){.wrong = talloc_zero_array(result, struct text_wrong, blocks->count + 2),
                                  .lines = talloc_zero_array(result, int, blocks->count + 1),
                                  .fields = talloc_zero_array(result, int, 2)};
    TRY_MEMORY(out->wrong && out->lines && out->fields ? out : NULL);
    TRY(declarations_read(blocks->fields, result, &w.d, &why, &is_wrong));
    if (is_wrong)
        wrong(&w, TEXT_IN_FIELDS, why.zh, why.en);
    write_head(&w, version);
    out->fields[0] = w.line;
    declarations_write(&w.d, w.t, &w.line);
    out->fields[1] = w.line - 1;
    write_blocks(&w);
    text_printf(w.t, "</%s>\n", blocks->clause ? "clause" : "letter");
    if (out->wrong_count)
        return NULL;
    TRY(text_end(w.t, &out->xml, &out->length));
    if (out->length <= XML_MAX)
        return NULL;
    wrong(&w, TEXT_IN_HEAD, "全文超过256KB，请删减", "the whole is longer than 256 KB");
    out->xml = NULL;
    return NULL;
}

int text_block_of_line(const struct text_blocks *blocks, const struct text_document *document, int line)
{
    int found = TEXT_IN_HEAD;
    if (line >= document->fields[0] && line <= document->fields[1])
        return TEXT_IN_FIELDS;
    for (size_t i = 0; i < blocks->count; i++)
        if (document->lines[i] <= line)
            found = (int)i;
    if (found < 0 || document->lines[found] == line)
        return found;
    /* an end tag: of the block whose end lies there */
    int end = document->lines[found] + 1;
    for (int p = blocks->items[found].kind->holds ? found : text_block_parent(blocks, (size_t)found); p >= 0;
         p = text_block_parent(blocks, (size_t)p), end++)
        if (end == line)
            return p;
    return TEXT_IN_HEAD;
}

/* ---- places ---- */

int text_block_parent(const struct text_blocks *blocks, size_t at)
{
    for (size_t i = at; i-- > 0;)
        if (blocks->items[i].depth < blocks->items[at].depth)
            return (int)i;
    return -1;
}

size_t text_block_end(const struct text_blocks *blocks, size_t at)
{
    size_t end = at + 1;
    while (end < blocks->count && blocks->items[end].depth > blocks->items[at].depth)
        end++;
    return end;
}

enum text_place text_place_of(const struct text_blocks *blocks, size_t at)
{
    int parent = at < blocks->count ? text_block_parent(blocks, at) : -1;
    return parent < 0 ? TEXT_AMONG_BLOCKS : text_place_inside(blocks, (size_t)parent);
}

enum text_place text_place_inside(const struct text_blocks *blocks, size_t at)
{
    int inside = blocks->items[at].kind->inside;
    if (inside >= 0)
        return (enum text_place)inside;
    enum text_place own = text_place_of(blocks, at);
    int choose = text_block_parent(blocks, at);
    return own == TEXT_AMONG_BRANCHES && choose >= 0 ? text_place_of(blocks, (size_t)choose) : own;
}

static bool fits(const struct text_block_kind *kind, enum text_place place)
{
    return (kind->where & (1u << place)) != 0;
}

/* ---- slots ---- */

const struct fault *text_slots(const struct text_blocks *blocks, size_t at, TALLOC_CTX *result,
                               struct text_slot **out, size_t *count)
{
    struct block_writer w = {.b = blocks, .life = result};
    struct text_wrong why;
    struct text_scope scope;
    bool is_wrong = false;
    TRY(declarations_read(blocks->fields, result, &w.d, &why, &is_wrong));
    scope_of(&w, at, &scope);
    *count = 0;
    *out = talloc_zero_array(result, struct text_slot, w.d.count + 1);
    TRY_MEMORY(*out);
    for (size_t i = 0; i < w.d.count; i++) {
        const struct declared *f = &w.d.items[i];
        bool in_sight = f->rows < 0;
        for (int level = 0; level < scope.depth; level++)
            in_sight = in_sight || (f->rows >= 0 && scope.rows[level] == f->rows);
        (*out)[(*count)++] = (struct text_slot){
            .name = f->name,
            .path = in_sight ? f->name : talloc_asprintf(result, "%s.%s", w.d.items[f->rows].name, f->name),
            .label = in_sight    ? declared_label(&w.d, &scope, f->name)
                     : *f->label ? f->label
                                 : f->name,
            .type = f->type};
        TRY_MEMORY((*out)[*count - 1].path);
    }
    return NULL;
}

/* ---- changes ---- */

/* Room for `n` blocks at `at`. */
static bool make_room(struct text_blocks *b, size_t at, size_t n)
{
    if (b->count + n > TEXT_BLOCKS_MAX)
        return false;
    memmove(b->items + at + n, b->items + at, (b->count - at) * sizeof *b->items);
    b->count += n;
    return true;
}

static bool add(struct text_blocks *b, size_t at, bool inside, const char *element, size_t *here)
{
    const struct text_block_kind *kind = element ? text_block_kind(element) : NULL;
    bool end = at >= b->count;
    if (!kind || (inside && (end || !b->items[at].kind->holds)))
        return false;
    int depth = end ? 0 : b->items[at].depth + inside;
    size_t place = end ? b->count : inside ? at + 1 : text_block_end(b, at);
    if (!fits(kind, inside ? text_place_inside(b, at) : text_place_of(b, at)) || depth >= TEXT_BLOCK_DEPTH ||
        !make_room(b, place, 1))
        return false;
    const char *a = kind->a == TEXT_LIST_FORM ? "1." : kind->a == TEXT_WIDTHS ? "14 14" : "";
    b->items[place] = (struct text_block){kind, depth, a, kind->b == TEXT_HOW ? "set" : "",
                                          kind->words && strcmp(element, "tr") == 0 ? "【栏】" : ""};
    *here = place;
    return true;
}

/* The two neighbours [from, middle) and [middle, to) change places. */
static bool swap(struct text_blocks *b, size_t from, size_t middle, size_t to, TALLOC_CTX *life)
{
    size_t first = middle - from, second = to - middle;
    struct text_block *copy = talloc_memdup(life, b->items + from, first * sizeof *copy);
    if (!copy)
        return false;
    memmove(b->items + from, b->items + middle, second * sizeof *copy);
    memcpy(b->items + from + second, copy, first * sizeof *copy);
    return true;
}

static bool move_up(struct text_blocks *b, size_t at, TALLOC_CTX *life, size_t *here)
{
    size_t before = at;
    while (before > 0 && b->items[before - 1].depth > b->items[at].depth)
        before--;
    if (before == 0 || b->items[before - 1].depth < b->items[at].depth)
        return false; /* the first of its block */
    *here = before - 1;
    return swap(b, before - 1, at, text_block_end(b, at), life);
}

static bool move_down(struct text_blocks *b, size_t at, TALLOC_CTX *life, size_t *here)
{
    size_t next = text_block_end(b, at);
    if (next >= b->count || b->items[next].depth < b->items[at].depth)
        return false;
    size_t end = text_block_end(b, next);
    *here = at + (end - next);
    return swap(b, at, next, end, life);
}

static bool duplicate(struct text_blocks *b, size_t at, size_t *here)
{
    size_t end = text_block_end(b, at), n = end - at;
    if (!make_room(b, end, n))
        return false;
    memcpy(b->items + end, b->items + at, n * sizeof *b->items);
    *here = end;
    return true;
}

static bool delete (struct text_blocks *b, size_t at, size_t *here)
{
    size_t end = text_block_end(b, at);
    memmove(b->items + at, b->items + end, (b->count - end) * sizeof *b->items);
    b->count -= end - at;
    *here = at < b->count ? at : b->count ? b->count - 1 : 0;
    return true;
}

const struct fault *text_change(struct text_blocks *blocks, enum text_change change, size_t at,
                                const char *element, TALLOC_CTX *result, size_t *here, bool *done)
{
    struct text_block *items = talloc_zero_array(result, struct text_block, TEXT_BLOCKS_MAX);
    TRY_MEMORY(items);
    if (blocks->count)
        memcpy(items, blocks->items, blocks->count * sizeof *items);
    blocks->items = items;
    bool there = at < blocks->count;
    *here = at;
    *done = change == TEXT_ADD_AFTER || change == TEXT_ADD_INSIDE
                ? add(blocks, at, change == TEXT_ADD_INSIDE, element, here)
            : !there                   ? false
            : change == TEXT_UP        ? move_up(blocks, at, result, here)
            : change == TEXT_DOWN      ? move_down(blocks, at, result, here)
            : change == TEXT_DUPLICATE ? duplicate(blocks, at, here)
                                       : delete (blocks, at, here);
    return NULL;
}

const char *text_block_said(const struct text_block *b, TALLOC_CTX *result)
{
    static const struct {
        const char *how, *before, *after;
    } HOW[] = {{"set", "有 ", ""}, {"unset", "没有 ", ""}, {"is", "", " 是 "}, {"not", "", " 不是 "}};
    for (size_t i = 0; b->kind->b == TEXT_HOW && i < sizeof HOW / sizeof *HOW; i++)
        if (strcmp(HOW[i].how, b->b) == 0)
            return talloc_asprintf(result, "%s【%s】%s%s", HOW[i].before, b->a, HOW[i].after,
                                   *HOW[i].after ? b->words : "");
    if (!*b->a && !*b->b)
        return talloc_strdup(result, b->words);
    return talloc_asprintf(result, "【%s】%s%s%s%s%s", b->a, *b->b ? "【" : "", b->b, *b->b ? "】" : "",
                           *b->words ? " " : "", b->words);
}
