/* Names, and the slots that show what they stand for. */
#include <string.h>
#include "page_compiler.h"

int page_find_column(const struct page_source *rows, const char *name)
{
    for (size_t i = 0; i < rows->column_count; i++)
        if (strcmp(rows->columns[i].name, name) == 0)
            return (int)i;
    return -1;
}

static const struct page_source *find_nested(const struct page_source *rows, const char *name)
{
    for (size_t i = 0; i < rows->nested_count; i++)
        if (strcmp(rows->nested[i].name, name) == 0)
            return &rows->nested[i];
    return NULL;
}

static const struct fault *read_column(struct page_compiler *c, const xmlNode *at,
                                       const struct page_source *rows, uint16_t frame, int column,
                                       struct page_reading *out)
{
    enum cell_kind kind = rows->columns[column].kind;
    const struct page_source *nested =
        kind == CELL_TABLE ? find_nested(rows, rows->columns[column].name) : NULL;
    if (kind == CELL_TABLE && !nested)
        return compile_wrong(c, at, "PAGE_NAME", "the columns of %s.%s are not declared", rows->name,
                             rows->columns[column].name);
    *out = (struct page_reading){frame, (uint16_t)column, kind, nested};
    return NULL;
}

static const struct fault *read_dotted(struct page_compiler *c, const xmlNode *at, const char *name,
                                       size_t dot, struct page_reading *out)
{
    const char *field = name + dot + 1;
    const struct page_source *rows = NULL;
    uint16_t frame = 0;
    for (const struct page_scope *s = c->scope; s && !rows; s = s->outer)
        if (strlen(s->rows->name) == dot && strncmp(s->rows->name, name, dot) == 0) {
            rows = s->rows;
            frame = s->frame;
        }
    for (size_t i = 0; i < c->page->source_count && !rows; i++) {
        const struct page_source *source = &c->page->sources[i];
        if (strlen(source->name) != dot || strncmp(source->name, name, dot) != 0)
            continue;
        if (!source->single)
            return compile_wrong(c, at, "PAGE_NAME", "%s has many rows: read %s within d:each=\"%s\"",
                                 source->name, name, source->name);
        rows = source;
        frame = (uint16_t)i;
    }
    int column = rows ? page_find_column(rows, field) : -1;
    if (column < 0)
        return compile_wrong(c, at, "PAGE_NAME", "nothing gives the name %s", name);
    return read_column(c, at, rows, frame, column, out);
}

/* `table.column`; a column of an open d:each, the innermost first; or a whole table. */
const struct fault *page_read_name(struct page_compiler *c, const xmlNode *at, const char *name,
                                   struct page_reading *out)
{
    const char *dot = strchr(name, '.');
    if (dot)
        return read_dotted(c, at, name, (size_t)(dot - name), out);
    for (const struct page_scope *s = c->scope; s; s = s->outer) {
        int column = page_find_column(s->rows, name);
        if (column >= 0)
            return read_column(c, at, s->rows, s->frame, column, out);
    }
    for (size_t i = 0; i < c->page->source_count; i++)
        if (strcmp(c->page->sources[i].name, name) == 0) {
            *out = (struct page_reading){(uint16_t)i, WHOLE_TABLE, CELL_TABLE, &c->page->sources[i]};
            return NULL;
        }
    return compile_wrong(c, at, "PAGE_NAME", "nothing gives the name %s", name);
}

const struct page_position PAGE_IN_TEXT = {PLACE_TEXT, ATTRIBUTE_PERSON, NULL};

struct page_position page_position(const char *attribute)
{
    enum attribute_class class = page_attribute_class(attribute);
    return (struct page_position){class == ATTRIBUTE_LINK ? PLACE_URL : PLACE_ATTRIBUTE, class, attribute};
}

static bool kind_fits(const struct page_position *p, enum cell_kind kind)
{
    if (kind == CELL_TABLE || kind == CELL_BYTES)
        return false;
    switch (p->class) {
    case ATTRIBUTE_TIME:
        return kind == CELL_DAY || kind == CELL_MOMENT;
    case ATTRIBUTE_NUMBER:
        return kind == CELL_INT;
    case ATTRIBUTE_LINK:
        return kind == CELL_TEXT || kind == CELL_INT || kind == CELL_DAY;
    default:
        return true;
    }
}

const char *page_kind_word(enum cell_kind kind)
{
    static const char *const WORDS[] = {
        [CELL_TEXT] = "text",    [CELL_INT] = "a number",    [CELL_BOOL] = "a yes or no",
        [CELL_DAY] = "a day",    [CELL_MOMENT] = "a moment", [CELL_BYTES] = "bytes",
        [CELL_TABLE] = "a table"};
    return WORDS[kind];
}

#define ON(kind) (1u << (kind))
static const struct {
    const char *word;
    enum page_format format;
    unsigned kinds;
} FORMATS[] = {
    {"short", FORMAT_SHORT, ON(CELL_DAY) | ON(CELL_MOMENT)},
    {"weekday", FORMAT_WEEKDAY, ON(CELL_DAY) | ON(CELL_MOMENT)},
    {"day-of-week", FORMAT_DAY_OF_WEEK, ON(CELL_DAY) | ON(CELL_MOMENT)},
    {"date", FORMAT_DATE, ON(CELL_MOMENT)},
    {"time", FORMAT_TIME, ON(CELL_MOMENT)},
    {"iso", FORMAT_MACHINE, ON(CELL_DAY) | ON(CELL_MOMENT)},
    {"plain", FORMAT_MACHINE, ON(CELL_INT)},
    {"s", FORMAT_PLURAL, ON(CELL_INT)},
};

static const struct fault *read_format(struct page_compiler *c, const xmlNode *at, const char *word,
                                       enum cell_kind kind, enum page_format *out)
{
    for (size_t i = 0; i < sizeof FORMATS / sizeof FORMATS[0]; i++)
        if (strcmp(FORMATS[i].word, word) == 0) {
            if (!(FORMATS[i].kinds & ON(kind)))
                return compile_wrong(c, at, "PAGE_KIND", "the form |%s is not for %s", word,
                                     page_kind_word(kind));
            *out = FORMATS[i].format;
            return NULL;
        }
    return compile_wrong(c, at, "PAGE_NAME", "there is no form |%s", word);
}

/* `spec` is name or name|form. */
const struct fault *page_read_slot(struct page_compiler *c, const xmlNode *at, const char *spec,
                                   const struct page_position *p, struct op *out)
{
    char *name = talloc_strdup(c->scratch, spec);
    TRY_MEMORY(name);
    char *bar = strchr(name, '|');
    if (bar)
        *bar++ = '\0';
    struct page_reading r;
    TRY(page_read_name(c, at, name, &r));
    if (!kind_fits(p, r.kind))
        return compile_wrong(c, at, "PAGE_KIND", "%s is %s: it does not fit %s%s", name,
                             page_kind_word(r.kind), p->attribute ? "the attribute " : "a text",
                             p->attribute ? p->attribute : "");
    enum page_format format = p->class == ATTRIBUTE_PERSON ? FORMAT_HUMAN : FORMAT_MACHINE;
    if (bar)
        TRY(read_format(c, at, bar, r.kind, &format));
    *out = (struct op){.code = OP_SLOT,
                       .kind = (uint8_t)r.kind,
                       .place = (uint8_t)p->place,
                       .format = (uint8_t)format,
                       .frame = r.frame,
                       .column = r.column};
    return NULL;
}

const struct fault *emit_slot(struct page_compiler *c, const xmlNode *at, const char *spec,
                              const struct page_position *p)
{
    if (strcmp(spec, "lang") == 0)
        return emit_literal(c, language_tag(c->language));
    struct op op;
    TRY(page_read_slot(c, at, spec, p, &op));
    return emit_op(c, op, NULL);
}

/* A text of `n` bytes with slots in braces; {{ is a brace. */
const struct fault *emit_pieces(struct page_compiler *c, const xmlNode *at, const char *s, size_t n,
                                const struct page_position *p)
{
    const char *end = s + n;
    enum page_place fixed = p->place == PLACE_TEXT ? PLACE_TEXT : PLACE_ATTRIBUTE;
    while (s < end) {
        const char *brace = memchr(s, '{', (size_t)(end - s));
        const char *stop = brace ? brace : end;
        TRY(emit_escaped(c, fixed, s, (size_t)(stop - s)));
        if (!brace)
            return NULL;
        if (brace + 1 < end && brace[1] == '{') {
            TRY(emit_literal(c, "{"));
            s = brace + 2;
            continue;
        }
        const char *close = memchr(brace, '}', (size_t)(end - brace));
        if (!close)
            return compile_wrong(c, at, "PAGE_SYNTAX", "a slot has no closing brace");
        const char *spec = talloc_strndup(c->scratch, brace + 1, (size_t)(close - brace - 1));
        TRY_MEMORY(spec);
        TRY(emit_slot(c, at, spec, p));
        s = close + 1;
    }
    return NULL;
}
