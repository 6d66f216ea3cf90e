/* letter_nodes.c - the elements of a template become nodes that the composer walks: every name looked up,
 * every choice complete, every row as wide as its table. */
#include <assert.h>
#include <string.h>
#include "letter_reading.h"
#include "life.h"
#include "text.h"

/* ---- Nodes ---- */

static const struct fault *compile_children(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                            const struct guard *guards, const struct letter_node **first);

static const struct fault *compile_v(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                     const struct guard *guards, struct letter_node *node)
{
    TRY(template_look_up_attribute(u, x, "n", scope, &node->at));
    enum letter_type type = node->at.field->type;
    if (type == LETTER_CODE || type == LETTER_FLAG || type == LETTER_ROWS)
        return template_bad(u, x, "field %s is of type %s and cannot be printed", node->at.field->name,
                            TEMPLATE_TYPE_WORDS[type]);
    return template_must_be_there(u, x, node->at, guards);
}

static const struct fault *compile_text(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                        const struct guard *guards, struct letter_node *node)
{
    TRY(template_look_up_attribute(u, x, "n", scope, &node->at));
    if (node->at.field->type != LETTER_TEXT)
        return template_bad(u, x, "field %s is not of type text", node->at.field->name);
    return template_must_be_there(u, x, node->at, guards);
}

static const struct fault *compile_index(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                         const struct guard *guards, struct letter_node *node)
{
    (void)guards;
    const char *form = template_attribute(u->compiler->scratch, x, "form");
    if (scope->depth == 0)
        return template_bad(u, x, "<index> stands outside of <each>");
    node->numerals = form && strcmp(form, "一") == 0 ? NUMERALS_HANZI : NUMERALS_ARABIC;
    return NULL;
}

/* `some`: a column of the rows, and what one of them at least says (or none does: not). */
static const struct fault *compile_some(const struct unit *u, const xmlNode *x, const char *some,
                                        struct letter_node *node)
{
    const struct letter_field *rows = node->at.field;
    const struct letter_field *column =
        rows->type == LETTER_ROWS ? template_field(rows->columns, rows->column_count, some) : NULL;
    if (!column || column->type != LETTER_CODE)
        return template_bad(u, x, "field %s has no column %s of type code", rows->name, some);
    if (!node->words)
        return template_bad(u, x, "a condition with some says is or not");
    node->second = (struct letter_place){column, 0};
    return template_check_words(u, x, column, node->words);
}

static const struct fault *compile_if(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                      const struct guard *guards, struct letter_node *node)
{
    TRY(template_look_up_attribute(u, x, "n", scope, &node->at));
    const char *some = template_attribute(u->compiler->scratch, x, "some");
    const char *is = template_attribute(u->compiler->result, x, "is"),
               *not = template_attribute(u->compiler->result, x, "not");
    const char *set = template_attribute(u->compiler->scratch, x, "set");
    bool unset = set && strcmp(set, "no") == 0;
    node->condition = is ? CONDITION_IS : not ? CONDITION_NOT : unset ? CONDITION_UNSET : CONDITION_SET;
    node->words = is ? is : not ;
    if (some)
        TRY(compile_some(u, x, some, node));
    else if (node->words)
        TRY(template_check_word(u, x, node->at.field, node->words));
    else if (!node->at.field->optional)
        return template_bad(u, x, "field %s is never missing: say is or not", node->at.field->name);
    const struct guard here = {node->at, guards};
    return compile_children(u, x, scope, not || unset || some ? guards : &here, &node->first);
}

/* The branches of a choice: each possible value once, or an otherwise for the rest. */
static const struct fault *check_branches(const struct unit *u, const xmlNode *x,
                                          const struct letter_node *node)
{
    const struct letter_field *field = node->at.field;
    static const char *const YES_NO[] = {"yes", "no"};
    const char *const *values = field->type == LETTER_FLAG ? YES_NO : field->values;
    size_t count = field->type == LETTER_FLAG ? 2 : field->value_count, chosen = 0;
    bool otherwise = false;
    for (const struct letter_node *branch = node->first; branch; branch = branch->next) {
        otherwise = otherwise || branch->kind == NODE_OTHERWISE;
    }
    for (size_t i = 0; i < count; i++) {
        size_t branches = 0;
        for (const struct letter_node *branch = node->first; branch; branch = branch->next)
            branches += branch->words && letter_compares(field, branch->words, values[i]);
        if (branches > 1)
            return template_bad(u, x, "value %s has two branches", values[i]);
        if (!branches && !otherwise)
            return template_bad(u, x, "value %s of %s has no branch", values[i], field->name);
        chosen += branches;
    }
    if (chosen == count && otherwise)
        return template_bad(u, x, "every value of %s has its branch: otherwise is never reached",
                            field->name);
    return NULL;
}

static const struct fault *compile_choose(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                          const struct guard *guards, struct letter_node *node)
{
    TRY(template_look_up_attribute(u, x, "n", scope, &node->at));
    const struct letter_field *field = node->at.field;
    if (field->type != LETTER_CODE && field->type != LETTER_FLAG)
        return template_bad(u, x, "field %s is of type %s: only a code or a flag can be chosen by",
                            field->name, TEMPLATE_TYPE_WORDS[field->type]);
    TRY(template_must_be_there(u, x, node->at, guards));
    TRY(compile_children(u, x, scope, guards, &node->first));
    for (const xmlNode *w = template_next(x->children); w; w = template_next(w->next)) {
        const char *word = template_attribute(u->compiler->scratch, w, "is");
        if (word)
            TRY(template_check_word(u, w, field, word));
    }
    return check_branches(u, x, node);
}

static const struct fault *compile_branch(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                          const struct guard *guards, struct letter_node *node)
{
    node->words = template_attribute(u->compiler->result, x, "is");
    return compile_children(u, x, scope, guards, &node->first);
}

static const struct fault *compile_each(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                        const struct guard *guards, struct letter_node *node)
{
    TRY(template_look_up_attribute(u, x, "n", scope, &node->at));
    const struct letter_field *field = node->at.field;
    if (field->type != LETTER_ROWS && field->type != LETTER_LIST)
        return template_bad(u, x, "field %s is of type %s: only rows and lists have an each", field->name,
                            TEMPLATE_TYPE_WORDS[field->type]);
    if (scope->depth >= LETTER_EACH_DEPTH)
        return template_bad(u, x, "<each> is nested deeper than %d", LETTER_EACH_DEPTH);
    struct scope inner = {.depth = scope->depth + 1, .outer = scope, .fields = &LETTER_ITEM, .count = 1};
    if (field->type == LETTER_ROWS) {
        inner.fields = field->columns;
        inner.count = field->column_count;
    }
    return compile_children(u, x, &inner, guards, &node->first);
}

static const struct fault *compile_inline_block(const struct unit *u, const xmlNode *x,
                                                const struct scope *scope, const struct guard *guards,
                                                struct letter_node *node)
{
    TRY(compile_children(u, x, scope, guards, &node->first));
    return node->first ? NULL : template_bad(u, x, "<%s> is empty", (const char *)x->name);
}

static const struct fault *compile_cell(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                        const struct guard *guards, struct letter_node *node)
{
    const char *words = template_attribute(u->compiler->scratch, x, "span");
    int64_t span = 1;
    if (words && !text_to_int(words, 1, LETTER_LINE, &span))
        return template_bad(u, x, "a cell spans 1 to %d columns", LETTER_LINE);
    node->cell.span = (int)span;
    const char *lines = template_attribute(u->compiler->scratch, x, "lines");
    node->cell.lines = lines ? *lines - '0' : 1;                /* one digit, by the schema */
    return compile_children(u, x, scope, guards, &node->first); /* a cell may be empty */
}

static const struct fault *compile_attachment(const struct unit *u, const xmlNode *x,
                                              const struct scope *scope, const struct guard *guards,
                                              struct letter_node *node)
{
    const char *name = template_attribute(u->compiler->scratch, x, "sha256");
    if (name) {
        TRY(template_look_up(u, x, name, scope, &node->second));
        if (node->second.field->type != LETTER_SHA256)
            return template_bad(u, x, "field %s is not of type sha256", name);
    }
    return compile_inline_block(u, x, scope, guards, node);
}

static const struct fault *compile_qr(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                      const struct guard *guards, struct letter_node *node)
{
    TRY(template_look_up_attribute(u, x, "of", scope, &node->second));
    if (node->second.field->type != LETTER_TEXT)
        return template_bad(u, x, "field %s is not of type text", node->second.field->name);
    TRY(template_must_be_there(u, x, node->second, guards));
    return compile_inline_block(u, x, scope, guards, node);
}

static const struct fault *compile_sign(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                        const struct guard *guards, struct letter_node *node)
{
    TRY(template_look_up_attribute(u, x, "agency", scope, &node->at));
    TRY(template_look_up_attribute(u, x, "date", scope, &node->second));
    if (node->at.field->type != LETTER_TEXT || node->second.field->type != LETTER_DATE)
        return template_bad(u, x, "<%s> takes an agency of type text and a date of type date",
                            (const char *)x->name);
    TRY(template_must_be_there(u, x, node->at, guards));
    return template_must_be_there(u, x, node->second, guards);
}

static const struct fault *compile_list(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                        const struct guard *guards, struct letter_node *node)
{
    const char *form = template_attribute(u->compiler->scratch, x, "form");
    node->form = !form || strcmp(form, "1.") == 0 ? LIST_POINT
                 : strcmp(form, "（1）") == 0     ? LIST_BRACKETS
                                                  : LIST_HANZI;
    return compile_children(u, x, scope, guards, &node->first);
}

static const struct fault *check_rows(const struct unit *u, const xmlNode *x, const struct letter_node *node,
                                      size_t columns)
{
    for (; node; node = node->next) {
        size_t cells = 0;
        for (const struct letter_node *cell = node->first; node->kind == NODE_TR && cell; cell = cell->next)
            cells += (size_t)cell->cell.span;
        if (node->kind == NODE_TR && cells != columns)
            return template_bad_line(u->compiler->result, node->file, node->line,
                                     "the row fills %zu columns, the table has %zu", cells, columns);
        if (node->kind != NODE_TR)
            TRY(check_rows(u, x, node->first, columns));
    }
    return NULL;
}

static const struct fault *compile_table(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                         const struct guard *guards, struct letter_node *node)
{
    char *words = talloc_strdup(u->compiler->scratch, template_attribute(u->compiler->scratch, x, "widths"));
    int *widths = talloc_array(u->compiler->result, int, LETTER_LINE);
    TRY_MEMORY(words);
    TRY_MEMORY(widths);
    int64_t width, sum = 0;
    char *rest = words;
    for (char *word; (word = strsep(&rest, " \t\r\n"));) {
        if (!*word)
            continue;
        if (!text_to_int(word, 1, LETTER_LINE - sum, &width))
            return template_bad(u, x, "the widths of a table are whole characters and %d together",
                                LETTER_LINE);
        widths[node->table.columns++] = (int)width;
        sum += width;
    }
    if (sum != LETTER_LINE)
        return template_bad(u, x, "the widths of a table are whole characters and %d together", LETTER_LINE);
    node->table.widths = widths;
    TRY(compile_children(u, x, scope, guards, &node->first));
    return check_rows(u, x, node->first, node->table.columns);
}

static const struct fault *compile_br(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                      const struct guard *guards, struct letter_node *node)
{
    (void)u, (void)x, (void)scope, (void)guards, (void)node;
    return NULL;
}

typedef const struct fault *compile_element(const struct unit *, const xmlNode *, const struct scope *,
                                            const struct guard *, struct letter_node *);
static compile_element *const COMPILE[] = {
    [NODE_V] = compile_v,
    [NODE_INDEX] = compile_index,
    [NODE_BR] = compile_br,
    [NODE_IF] = compile_if,
    [NODE_CHOOSE] = compile_choose,
    [NODE_WHEN] = compile_branch,
    [NODE_OTHERWISE] = compile_branch,
    [NODE_EACH] = compile_each,
    [NODE_CLAUSE] = template_clause,
    [NODE_PHRASE] = template_phrase,
    [NODE_TEXT] = compile_text,
    [NODE_BLOCK] = compile_inline_block,
    [NODE_SIGN] = compile_sign,
    [NODE_ATTACHMENT] = compile_attachment,
    [NODE_QR] = compile_qr,
    [NODE_TABLE] = compile_table,
    [NODE_TR] = compile_inline_block,
    [NODE_TD] = compile_cell,
    [NODE_TH] = compile_cell,
    [NODE_LIST] = compile_list,
    [NODE_ITEM] = compile_inline_block,
};

const struct fault *template_too_many(const struct unit *u, const xmlNode *x)
{
    return template_bad(u, x, "the letter has more than %d parts", LETTER_NODES_MAX);
}

/* Words as they will be printed: line ends of the file and the indentation after them are not words. */
static const struct fault *compile_words(const struct unit *u, const xmlNode *x, struct letter_node *node)
{
    char *words = talloc_strdup(u->compiler->result, (const char *)x->content);
    TRY_MEMORY(words);
    char *to = words;
    for (const char *from = words; *from;) {
        size_t blank = strspn(from, " \t\r\n");
        if (blank == 0)
            *to++ = *from++;
        else if (!memchr(from, '\n', blank))
            *to++ = ' ';
        from += blank;
    }
    *to = '\0';
    node->kind = NODE_WORDS;
    node->words = words;
    return NULL;
}

static const struct fault *compile_one(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                       const struct guard *guards, struct letter_node **out)
{
    *out = NULL;
    if (x->type != XML_ELEMENT_NODE && x->type != XML_TEXT_NODE)
        return NULL; /* a comment */
    struct letter_node *node = talloc_zero(u->compiler->result, struct letter_node);
    TRY_MEMORY(node);
    if (++u->compiler->nodes > LETTER_NODES_MAX)
        return template_too_many(u, x);
    node->id = u->compiler->ids++;
    node->file = u->file;
    node->line = template_line(x);
    if (x->type == XML_TEXT_NODE) {
        TRY(compile_words(u, x, node));
        *out = *node->words ? node : NULL;
        return NULL;
    }
    int index = template_element(x);
    assert(index >= 0); /* refuse_unknown has looked */
    node->kind = TEMPLATE_ELEMENTS[index].kind;
    if (node->kind == NODE_CLAUSE && template_in_words(x))
        node->kind = NODE_PHRASE;
    if (node->kind == NODE_BLOCK || node->kind == NODE_SIGN)
        node->block = TEMPLATE_ELEMENTS[index].block;
    TRY(COMPILE[node->kind](u, x, scope, guards, node));
    *out = node;
    return NULL;
}

const struct fault *template_compile(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                     const struct guard *guards, const struct letter_node **first)
{
    const struct letter_node **link = first;
    *first = NULL;
    for (; x; x = x->next) {
        struct letter_node *node;
        TRY(compile_one(u, x, scope, guards, &node));
        if (node) {
            *link = node;
            link = &node->next;
        }
    }
    return NULL;
}

static const struct fault *compile_children(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                            const struct guard *guards, const struct letter_node **first)
{
    return template_compile(u, x->children, scope, guards, first);
}
