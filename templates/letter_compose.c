/* letter_compose.c - one bounded walk over a template with the data of a dossier gives the abstract letter.
 */
#include <assert.h>
#include <string.h>
#include "civil.h"
#include "letter_program.h"
#include "life.h"
#include "qr.h"
#include "text.h"

enum { TEXT_MAX = 4 << 20, BLOCKS_MAX = 20000, STEPS_MAX = 2000000, CELLS_MAX = 40000 };

/* The rows around the walk: frames[0] is the data, frames[n] the row of the n-th each. */
struct frame {
    const json_t *row; /* an object, or the text of a list */
    size_t number;     /* from 1 */
};

struct walk {
    TALLOC_CTX *result, *scratch;
    struct frame frames[LETTER_EACH_DEPTH + 1];
    int depth;
    struct letter_block *blocks; /* on result, room for `room` */
    size_t count, room;
    size_t text_left, steps;
    struct text *words; /* of the block that is being made */
    bool ended;         /* the value that was printed last ends a sentence, and nothing came after it */
    size_t item;        /* number of the list that is being made */
    enum letter_list_form form;
    struct letter_cell *cells; /* of the table that is being made */
    size_t cell_count, cell_room;
    const struct letter_template *template;
    bool *reached; /* by node, or NULL */
};

static const struct fault *no_value(const struct walk *w, const struct letter_node *node,
                                    const struct letter_field *f)
{
    return fault_field(w->result, "LETTER_VALUE", f->name, "%s:%d: no value for field %s", node->file,
                       node->line, f->name);
}

static const struct fault *wrong_value(const struct walk *w, const struct letter_node *node,
                                       const struct letter_field *f, const char *wanted)
{
    return fault_field(w->result, "LETTER_VALUE", f->name, "%s:%d: the value of field %s is not %s",
                       node->file, node->line, f->name, wanted);
}

static const struct fault *too_long(const struct walk *w, const struct letter_node *node)
{
    return fault_new(w->result, FAULT_INPUT, "LETTER_TOO_LONG", "%s:%d: the letter becomes too long",
                     node->file, node->line);
}

/* ---- Values ---- */

/* The value, or NULL where there is none: absent, null, empty text, empty array. */
static const json_t *value_of(const struct walk *w, struct letter_place at)
{
    const json_t *row = w->frames[at.depth].row;
    const json_t *value = at.field == &LETTER_ITEM ? row : json_object_get(row, at.field->name);
    if (!value || json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0) ||
        (json_is_array(value) && json_array_size(value) == 0))
        return NULL;
    return value;
}

/* Code points that no letter shows: controls, bidirectional marks and overrides, zero-width no-break,
 * noncharacters. */
static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
           (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

/* One code point of well-formed UTF-8 (jansson has checked it); its length in bytes. */
static size_t code_point(const char *s, uint32_t *out)
{
    const uint8_t *b = (const uint8_t *)s;
    size_t n = b[0] < 0x80 ? 1 : b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : 4;
    uint32_t c = n == 1 ? b[0] : b[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (b[i] & 0x3f);
    *out = c;
    return n;
}

/* The text of a value: what cannot be seen is dropped, tabs are spaces, all line ends are \n. */
static void add_text(struct text *t, const char *s)
{
    while (*s) {
        size_t plain =
            0; /* most text is: printable ASCII, or beyond Latin-1 and outside of U+2000..U+2FFF and U+Fxxx */
        while ((uint8_t)s[plain] >= 0x20 && s[plain] != 0x7f && (uint8_t)s[plain] != 0xc2 &&
               (uint8_t)s[plain] != 0xe2 && (uint8_t)s[plain] < 0xef)
            plain++;
        text_add_n(t, s, plain);
        s += plain;
        if (!*s)
            return;
        uint32_t c;
        size_t n = code_point(s, &c);
        if (c == '\n' || c == 0x2028 || c == 0x2029 || (c == '\r' && s[1] != '\n'))
            text_add_char(t, '\n');
        else if (c == '\t')
            text_add_char(t, ' ');
        else if (!is_hidden(c))
            text_add_n(t, s, n);
        s += n;
    }
}

static const struct fault *print_text(const struct walk *w, const struct letter_node *node,
                                      struct letter_place at, const json_t *value, struct text *out)
{
    if (!json_is_string(value))
        return wrong_value(w, node, at.field, "text");
    add_text(out, json_string_value(value));
    return NULL;
}

static const struct fault *print_date(const struct walk *w, const struct letter_node *node,
                                      struct letter_place at, const json_t *value, struct text *out)
{
    struct civil day;
    if (!json_is_string(value) || !civil_parse(json_string_value(value), &day))
        return wrong_value(w, node, at.field, "a date (YYYY-MM-DD)");
    text_printf(out, "%d年%d月%d日", day.year, day.month, day.day);
    return NULL;
}

static const struct fault *print_number(const struct walk *w, const struct letter_node *node,
                                        struct letter_place at, const json_t *value, struct text *out)
{
    if (!json_is_integer(value))
        return wrong_value(w, node, at.field, "a whole number");
    text_printf(out, "%lld", (long long)json_integer_value(value));
    return NULL;
}

static const struct fault *print_money(const struct walk *w, const struct letter_node *node,
                                       struct letter_place at, const json_t *value, struct text *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return wrong_value(w, node, at.field, "an amount in 分");
    long long amount = json_integer_value(value);
    text_printf(out, "%lld.%02lld元", amount / 100, amount % 100);
    return NULL;
}

static const struct fault *print_sha256(const struct walk *w, const struct letter_node *node,
                                        struct letter_place at, const json_t *value, struct text *out)
{
    const char *s = json_string_value(value);
    if (!s || strlen(s) != 64 || strspn(s, "0123456789abcdef") != 64)
        return wrong_value(w, node, at.field, "64 lower-case hexadecimal digits");
    text_add(out, s);
    return NULL;
}

static const struct fault *print_list(const struct walk *w, const struct letter_node *node,
                                      struct letter_place at, const json_t *value, struct text *out)
{
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *item = json_array_get(value, i);
        if (!json_is_string(item) || json_string_length(item) == 0)
            return wrong_value(w, node, at.field, "a list of texts");
        if (i > 0)
            text_add(out, "、");
        add_text(out, json_string_value(item));
    }
    return json_is_array(value) ? NULL : wrong_value(w, node, at.field, "a list of texts");
}

typedef const struct fault *print_value(const struct walk *, const struct letter_node *, struct letter_place,
                                        const json_t *, struct text *);
static print_value *const PRINT[] = {
    [LETTER_TEXT] = print_text,   [LETTER_DATE] = print_date,     [LETTER_NUMBER] = print_number,
    [LETTER_MONEY] = print_money, [LETTER_SHA256] = print_sha256, [LETTER_LIST] = print_list,
};

/* Prints the value of `at`, which must be there. */
static const struct fault *print(const struct walk *w, const struct letter_node *node, struct letter_place at,
                                 struct text *out)
{
    const json_t *value = value_of(w, at);
    if (!value)
        return no_value(w, node, at.field);
    return PRINT[at.field->type](w, node, at, value, out);
}

static bool is_declared(const struct letter_field *field, const char *word)
{
    for (size_t i = 0; i < field->value_count; i++)
        if (strcmp(field->values[i], word) == 0)
            return true;
    return false;
}

/* The word by which a value is compared; lists and rows by their number. */
static const struct fault *compare_word(const struct walk *w, const struct letter_node *node,
                                        const json_t *value, const char **out)
{
    const struct letter_field *field = node->at.field;
    *out = json_string_value(value);
    if (field->type == LETTER_FLAG)
        *out = json_is_true(value) ? "yes" : json_is_false(value) ? "no" : NULL;
    else if (field->type == LETTER_NUMBER && json_is_integer(value))
        *out = talloc_asprintf(w->scratch, "%lld", (long long)json_integer_value(value));
    else if (field->type == LETTER_LIST || field->type == LETTER_ROWS)
        *out = json_is_array(value) ? talloc_asprintf(w->scratch, "%zu", json_array_size(value)) : NULL;
    bool known = *out && (field->type != LETTER_CODE || is_declared(field, *out));
    return known ? NULL : wrong_value(w, node, field, "one of its declared values");
}

/* ---- Numerals ---- */

static void add_hanzi(struct text *t, size_t n)
{
    static const char *const DIGITS[] = {"", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
    if (n >= 1000) {
        text_printf(t, "%zu", n);
        return;
    }
    if (n >= 100)
        text_printf(t, "%s百%s", DIGITS[n / 100], n % 100 != 0 && n % 100 < 10 ? "零" : "");
    if (n % 100 >= 10)
        text_printf(t, "%s十", n < 20 ? "" : DIGITS[n % 100 / 10]);
    text_add(t, DIGITS[n % 10]);
}

static void add_list_number(struct text *t, enum letter_list_form form, size_t n)
{
    if (form == LIST_POINT)
        text_printf(t, "%zu.", n);
    else if (form == LIST_BRACKETS)
        text_printf(t, "（%zu）", n);
    else {
        text_add(t, "（");
        add_hanzi(t, n);
        text_add(t, "）");
    }
}

/* ---- The walk ---- */

static const struct fault *walk_nodes(struct walk *w, const struct letter_node *node);

#define CLOSE_QUOTE "”"
#define FULL_STOP   "。"
static bool ends_sentence(const char *s)
{
    static const char *const STOPS[] = {FULL_STOP, "！", "？"};
    size_t length = s ? strlen(s) : 0;
    for (size_t i = 0; i < 3; i++)
        if (length >= strlen(STOPS[i]) && strcmp(s + length - strlen(STOPS[i]), STOPS[i]) == 0)
            return true;
    return false;
}

/* A quotation that ends a sentence ends that of the letter too: “……。” and no second full stop. */
static const struct fault *walk_words(struct walk *w, const struct letter_node *node)
{
    static const char CLOSED[] = CLOSE_QUOTE FULL_STOP;
    const char *words = node->words;
    if (w->words && w->ended && strncmp(words, CLOSED, sizeof CLOSED - 1) == 0) {
        text_add(w->words, CLOSE_QUOTE);
        words += sizeof CLOSED - 1;
    }
    w->ended = false;
    if (w->words)
        text_add(w->words, words);
    else
        assert(strspn(node->words, " ") ==
               strlen(node->words)); /* between blocks the schema admits no words */
    return NULL;
}

static const struct fault *walk_v(struct walk *w, const struct letter_node *node)
{
    TRY(print(w, node, node->at, w->words));
    w->ended = node->at.field->type == LETTER_TEXT && ends_sentence(json_string_value(value_of(w, node->at)));
    return NULL;
}

static const struct fault *walk_index(struct walk *w, const struct letter_node *node)
{
    size_t n = w->frames[w->depth].number;
    if (node->numerals == NUMERALS_HANZI)
        add_hanzi(w->words, n);
    else
        text_printf(w->words, "%zu", n);
    return NULL;
}

static const struct fault *walk_br(struct walk *w, const struct letter_node *node)
{
    (void)node;
    text_add_char(w->words, '\n');
    w->ended = false;
    return NULL;
}

/* Does a row say one of the words in that column? */
static const struct fault *some_row_says(const struct walk *w, const struct letter_node *node,
                                         const json_t *rows, bool *out)
{
    *out = false;
    if (!json_is_array(rows))
        return wrong_value(w, node, node->at.field, "an array of objects");
    for (size_t i = 0; i < json_array_size(rows) && !*out; i++) {
        const json_t *value = json_object_get(json_array_get(rows, i), node->second.field->name);
        const char *word = json_string_value(value);
        if (value && !json_is_null(value) && (!word || !is_declared(node->second.field, word)))
            return wrong_value(w, node, node->second.field, "one of its declared values");
        *out = word && letter_compares(node->second.field, node->words, word);
    }
    return NULL;
}

static const struct fault *walk_if(struct walk *w, const struct letter_node *node)
{
    const json_t *value = value_of(w, node->at);
    bool holds = value != NULL;
    if (!value && !node->at.field->optional)
        return no_value(w, node, node->at.field);
    if (value && node->second.field)
        TRY(some_row_says(w, node, value, &holds));
    else if (value && node->words) {
        const char *word;
        TRY(compare_word(w, node, value, &word));
        holds = letter_compares(node->at.field, node->words, word);
    }
    if (node->condition == CONDITION_NOT || node->condition == CONDITION_UNSET)
        holds = !holds;
    return holds ? walk_nodes(w, node->first) : NULL;
}

static const struct fault *walk_branch(struct walk *w, const struct letter_node *branch)
{
    if (w->reached)
        w->reached[branch->id] = true;
    return walk_nodes(w, branch->first);
}

static const struct fault *walk_choose(struct walk *w, const struct letter_node *node)
{
    const json_t *value = value_of(w, node->at);
    const char *word;
    if (!value)
        return no_value(w, node, node->at.field);
    TRY(compare_word(w, node, value, &word));
    for (const struct letter_node *branch = node->first; branch; branch = branch->next)
        if (branch->kind == NODE_OTHERWISE ||
            (branch->kind == NODE_WHEN && letter_compares(node->at.field, branch->words, word)))
            return walk_branch(w, branch);
    return NULL;
}

static const struct fault *walk_each(struct walk *w, const struct letter_node *node)
{
    const struct letter_field *field = node->at.field;
    const json_t *value = value_of(w, node->at);
    if (!value)
        return field->optional ? NULL : no_value(w, node, field);
    if (!json_is_array(value))
        return wrong_value(w, node, field, "an array");
    w->depth++;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *row = json_array_get(value, i);
        if (field->type == LETTER_ROWS ? !json_is_object(row) : !json_is_string(row))
            return wrong_value(w, node, field,
                               field->type == LETTER_ROWS ? "an array of objects" : "a list of texts");
        w->frames[w->depth] = (struct frame){row, i + 1};
        TRY(walk_nodes(w, node->first));
    }
    w->depth--;
    return NULL;
}

/* A clause sees the letter's data, not the rows around its place. */
static const struct fault *walk_clause(struct walk *w, const struct letter_node *node)
{
    struct frame frames[LETTER_EACH_DEPTH + 1];
    int depth = w->depth;
    memcpy(frames, w->frames, sizeof frames);
    w->depth = 0;
    TRY(walk_nodes(w, node->first));
    memcpy(w->frames, frames, sizeof frames);
    w->depth = depth;
    return NULL;
}

/* A clause of words sees the row it stands in as if it were all there is. */
static const struct fault *walk_phrase(struct walk *w, const struct letter_node *node)
{
    struct frame frames[LETTER_EACH_DEPTH + 1];
    int depth = w->depth;
    memcpy(frames, w->frames, sizeof frames);
    w->frames[0] = frames[depth];
    w->depth = 0;
    TRY(walk_nodes(w, node->first));
    memcpy(w->frames, frames, sizeof frames);
    w->depth = depth;
    return NULL;
}

static const struct fault *add_block(struct walk *w, const struct letter_node *node,
                                     const struct letter_block *block)
{
    if (w->count >= BLOCKS_MAX)
        return too_long(w, node);
    if (w->count == w->room) {
        size_t room = w->room ? 2 * w->room : 32;
        struct letter_block *grown = talloc_realloc(w->result, w->blocks, struct letter_block, room);
        TRY_MEMORY(grown);
        w->blocks = grown;
        w->room = room;
    }
    w->blocks[w->count] = *block;
    w->blocks[w->count++].line = node->line;
    return NULL;
}

/* `s` without blank space around it and around its line breaks, on `result`; empty lines are dropped. */
static char *tidy(TALLOC_CTX *result, const char *s)
{
    char *out = talloc_array(result, char, strlen(s) + 1), *to = out;
    if (!out)
        return NULL;
    while (*s) {
        size_t line = strcspn(s, "\n");
        const char *from = s, *end = s + line;
        while (from < end && *from == ' ')
            from++;
        while (end > from && end[-1] == ' ')
            end--;
        if (from < end && to > out)
            *to++ = '\n';
        memcpy(to, from, (size_t)(end - from));
        to += end - from;
        s += line + (s[line] == '\n');
    }
    *to = '\0';
    return out;
}

/* Walks the inline children of `node` and gives their text, tidied. */
static const struct fault *inline_text(struct walk *w, const struct letter_node *node, const char **out)
{
    const char *raw;
    size_t length;
    w->words = text_new(w->scratch, w->text_left);
    w->ended = false;
    if (node->kind == NODE_ITEM)
        add_list_number(w->words, w->form, ++w->item);
    TRY(walk_nodes(w, node->first));
    if (text_end(w->words, &raw, &length))
        return too_long(w, node);
    w->text_left -= length;
    *out = tidy(w->result, raw);
    talloc_free(w->words);
    w->words = NULL;
    TRY_MEMORY(*out);
    return NULL;
}

static const struct fault *walk_block(struct walk *w, const struct letter_node *node)
{
    struct letter_block block = {.kind = node->block};
    TRY(inline_text(w, node, &block.text));
    return *block.text ? add_block(w, node, &block) : NULL;
}

static const struct fault *walk_item(struct walk *w, const struct letter_node *node)
{
    struct letter_block block = {.kind = LETTER_BLOCK_P};
    TRY(inline_text(w, node, &block.text));
    return add_block(w, node, &block);
}

static const struct fault *walk_list(struct walk *w, const struct letter_node *node)
{
    w->item = 0;
    w->form = node->form;
    return walk_nodes(w, node->first);
}

/* One value as text of its own on `result`. */
static const struct fault *value_text(struct walk *w, const struct letter_node *node, struct letter_place at,
                                      const char **out)
{
    const char *raw;
    size_t length;
    struct text *t = text_new(w->scratch, w->text_left);
    TRY(print(w, node, at, t));
    if (text_end(t, &raw, &length))
        return too_long(w, node);
    w->text_left -= length;
    *out = tidy(w->result, raw);
    talloc_free(t);
    TRY_MEMORY(*out);
    return NULL;
}

static const struct fault *walk_text(struct walk *w, const struct letter_node *node)
{
    struct letter_block block = {.kind = LETTER_BLOCK_P};
    TRY(value_text(w, node, node->at, &block.text));
    return add_block(w, node, &block);
}

static const struct fault *walk_attachment(struct walk *w, const struct letter_node *node)
{
    struct letter_block block = {.kind = LETTER_BLOCK_ATTACHMENT};
    TRY(inline_text(w, node, &block.text));
    if (node->second.field && (value_of(w, node->second) || !node->second.field->optional))
        TRY(value_text(w, node, node->second, &block.detail));
    return add_block(w, node, &block);
}

/* The picture is made here, so that every format shows the same one. */
static const struct fault *walk_qr(struct walk *w, const struct letter_node *node)
{
    struct letter_block block = {.kind = LETTER_BLOCK_QR};
    for (size_t i = 0; i < w->count; i++)
        if (w->blocks[i].kind == LETTER_BLOCK_QR)
            return fault_new(w->result, FAULT_INPUT, "LETTER_VALUE", "%s:%d: a letter has one QR code",
                             node->file, node->line);
    TRY(inline_text(w, node, &block.text));
    TRY(value_text(w, node, node->second, &block.detail));
    const struct fault *f = qr_png(w->result, block.detail, &block.png, &block.png_length);
    if (f && f->kind == FAULT_INPUT)
        return wrong_value(w, node, node->second.field, "short enough for a QR code");
    TRY(f);
    return add_block(w, node, &block);
}

static const struct fault *must_be_in_force(const struct walk *w, const struct letter_node *node,
                                            const char *code, int version, struct civil from,
                                            struct civil until, struct civil day)
{
    char begins[CIVIL_TEXT], ends[CIVIL_TEXT], now[CIVIL_TEXT];
    if ((!civil_is_set(from) || civil_compare(from, day) <= 0) &&
        (!civil_is_set(until) || civil_compare(day, until) <= 0))
        return NULL;
    civil_format(from, begins);
    civil_format(until, ends);
    civil_format(day, now);
    return fault_new(w->result, FAULT_INPUT, "LETTER_CLAUSE",
                     "%s:%d: version %d of %s is in force from %s until %s, not on %s", node->file,
                     node->line, version, code, *begins ? begins : "ever", *ends ? ends : "further notice",
                     now);
}

/* What the letter is made of was in force on its date. */
static const struct fault *check_in_force(const struct walk *w, const struct letter_node *node)
{
    const struct letter_template *t = w->template;
    const char *words = json_string_value(value_of(w, node->second));
    struct civil day;
    if (!words || !civil_parse(words, &day))
        return NULL; /* said where it is printed */
    TRY(must_be_in_force(w, node, t->code, t->version, t->from, t->until, day));
    for (size_t i = 0; i < t->clause_count; i++)
        TRY(must_be_in_force(w, node, t->clauses[i].code, t->clauses[i].version, t->clauses[i].from,
                             t->clauses[i].until, day));
    return NULL;
}

static const struct fault *walk_sign(struct walk *w, const struct letter_node *node)
{
    struct letter_block block = {.kind = node->block};
    TRY(check_in_force(w, node));
    TRY(value_text(w, node, node->at, &block.text));
    TRY(value_text(w, node, node->second, &block.detail));
    return add_block(w, node, &block);
}

static const struct fault *add_cell(struct walk *w, const struct letter_node *node,
                                    const struct letter_cell *cell)
{
    if (w->cell_count >= CELLS_MAX)
        return too_long(w, node);
    if (w->cell_count == w->cell_room) {
        size_t room = w->cell_room ? 2 * w->cell_room : 32;
        struct letter_cell *grown = talloc_realloc(w->result, w->cells, struct letter_cell, room);
        TRY_MEMORY(grown);
        w->cells = grown;
        w->cell_room = room;
    }
    w->cells[w->cell_count++] = *cell;
    return NULL;
}

/* Empty lines after the text, so that there is room for a signature. */
static const struct fault *heighten(struct walk *w, struct letter_cell *cell, int lines)
{
    int have = 1;
    for (const char *c = cell->text; *c; c++)
        have += *c == '\n';
    if (have >= lines)
        return NULL;
    char *text = talloc_asprintf(w->result, "%s%.*s", cell->text, lines - have, "\n\n\n\n\n\n\n\n\n");
    TRY_MEMORY(text);
    cell->text = text;
    return NULL;
}

static const struct fault *walk_cell(struct walk *w, const struct letter_node *node)
{
    static const struct letter_cell covered = {.text = ""};
    struct letter_cell cell = {.head = node->kind == NODE_TH, .span = node->cell.span};
    TRY(inline_text(w, node, &cell.text));
    TRY(heighten(w, &cell, node->cell.lines));
    TRY(add_cell(w, node, &cell));
    for (int i = 1; i < node->cell.span; i++)
        TRY(add_cell(w, node, &covered));
    return NULL;
}

static const struct fault *walk_tr(struct walk *w, const struct letter_node *node)
{
    return walk_nodes(w, node->first);
}

static const struct fault *walk_table(struct walk *w, const struct letter_node *node)
{
    w->cells = NULL;
    w->cell_count = w->cell_room = 0;
    TRY(walk_nodes(w, node->first));
    struct letter_block block = {.kind = LETTER_BLOCK_TABLE,
                                 .text = "",
                                 .cells = w->cells,
                                 .rows = w->cell_count / node->table.columns,
                                 .columns = node->table.columns,
                                 .widths = node->table.widths};
    return block.rows ? add_block(w, node, &block) : NULL;
}

typedef const struct fault *walk_node(struct walk *, const struct letter_node *);
static walk_node *const WALK[] = {
    [NODE_WORDS] = walk_words,
    [NODE_V] = walk_v,
    [NODE_INDEX] = walk_index,
    [NODE_BR] = walk_br,
    [NODE_IF] = walk_if,
    [NODE_CHOOSE] = walk_choose,
    [NODE_EACH] = walk_each,
    [NODE_CLAUSE] = walk_clause,
    [NODE_TEXT] = walk_text,
    [NODE_PHRASE] = walk_phrase,
    [NODE_BLOCK] = walk_block,
    [NODE_SIGN] = walk_sign,
    [NODE_ATTACHMENT] = walk_attachment,
    [NODE_TABLE] = walk_table,
    [NODE_TR] = walk_tr,
    [NODE_TD] = walk_cell,
    [NODE_TH] = walk_cell,
    [NODE_LIST] = walk_list,
    [NODE_ITEM] = walk_item,
    [NODE_QR] = walk_qr,
};

static const struct fault *walk_nodes(struct walk *w, const struct letter_node *node)
{
    for (; node; node = node->next) {
        if (++w->steps > STEPS_MAX)
            return too_long(w, node);
        if (w->reached)
            w->reached[node->id] = true;
        TRY(WALK[node->kind](w, node));
    }
    return NULL;
}

/* The template's shape, unless its field of shapes has a value. */
static const struct fault *shape_of(const struct walk *w, const struct letter_program *program,
                                    enum letter_shape *out)
{
    const struct letter_node top = {.file = program->first->file, .line = 1, .at = program->shape_by};
    const json_t *value = program->shape_by.field ? value_of(w, program->shape_by) : NULL;
    const char *word;
    *out = program->shape;
    if (!value)
        return NULL;
    TRY(compare_word(w, &top, value, &word));
    size_t i = 0;
    while (strcmp(LETTER_SHAPE_WORDS[i], word) != 0) /* the reader has admitted only these */
        i++;
    *out = (enum letter_shape)i;
    return NULL;
}

/* As the shape wants it: the number stands over the title under a red head, a notice has neither mark nor
 * imprint, only a document has an imprint. */
static void arrange(struct walk *w, enum letter_shape shape)
{
    size_t kept = 0, title = SIZE_MAX;
    for (size_t i = 0; i < w->count; i++) {
        struct letter_block block = w->blocks[i];
        if ((block.kind == LETTER_BLOCK_MARK && shape == LETTER_NOTICE) ||
            (block.kind == LETTER_BLOCK_IMPRINT && shape != LETTER_DOCUMENT))
            continue;
        size_t at = kept++;
        if (block.kind == LETTER_BLOCK_TITLE)
            title = at;
        if (block.kind == LETTER_BLOCK_NUMBER && shape != LETTER_NOTICE && title != SIZE_MAX)
            for (; at > title; at--)
                w->blocks[at] = w->blocks[at - 1];
        w->blocks[at] = block;
    }
    w->count = kept;
}

static const struct fault *check_code(const struct walk *w, const struct letter_field *field,
                                      const json_t *row)
{
    const struct letter_node top = {.file = w->template->program->first->file, .line = 1};
    const char *word = json_string_value(json_object_get(row, field->name));
    return !word || !*word || is_declared(field, word)
               ? NULL
               : wrong_value(w, &top, field, "one that this letter can meet");
}

/* Codes are those that the template declares, whatever else its clauses know. */
static const struct fault *check_codes(const struct walk *w, const json_t *data)
{
    const struct letter_template *t = w->template;
    for (size_t i = 0; i < t->field_count; i++) {
        const struct letter_field *field = &t->fields[i];
        const json_t *rows = field->type == LETTER_ROWS ? json_object_get(data, field->name) : NULL;
        if (field->type == LETTER_CODE)
            TRY(check_code(w, field, data));
        for (size_t c = 0; c < field->column_count; c++)
            for (size_t r = 0; field->columns[c].type == LETTER_CODE && r < json_array_size(rows); r++)
                TRY(check_code(w, &field->columns[c], json_array_get(rows, r)));
    }
    return NULL;
}

const struct fault *letter_compose(const struct letter_template *t, const json_t *data, TALLOC_CTX *result,
                                   struct letter **out)
{
    return letter_compose_reached(t, data, result, NULL, out);
}

const struct fault *letter_compose_reached(const struct letter_template *t, const json_t *data,
                                           TALLOC_CTX *result, bool *reached, struct letter **out)
{
    SCOPED_LIFE(scratch);
    struct letter *letter = talloc_zero(result, struct letter);
    TRY_MEMORY(scratch);
    TRY_MEMORY(letter);
    if (!json_is_object(data))
        return fault_new(result, FAULT_INPUT, "LETTER_VALUE", "the data of a letter is an object");
    struct walk w = {.result = letter,
                     .scratch = scratch,
                     .frames[0] = {data, 0},
                     .text_left = TEXT_MAX,
                     .template = t,
                     .reached = reached};
    const struct fault *f = shape_of(&w, t->program, &letter->shape);
    if (!f)
        f = walk_nodes(&w, t->program->first);
    if (!f)
        f = check_codes(&w, data);
    if (f) {
        f = fault_keep(result, f);
        talloc_free(letter);
        return f;
    }
    arrange(&w, letter->shape);
    letter->code = talloc_strdup(letter, t->code);
    letter->title = talloc_strdup(letter, t->title);
    letter->version = t->version;
    letter->blocks = w.blocks;
    letter->block_count = w.count;
    TRY_MEMORY(letter->code);
    TRY_MEMORY(letter->title);
    *out = letter;
    return NULL;
}
