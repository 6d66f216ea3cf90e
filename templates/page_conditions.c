/* d:if. */
#include <string.h>
#include "page_compiler.h"

struct condition {
    char *name, *column, *word; /* column: of table[column=word], table[column], table[!column] */
    bool negated, any_false;
};

/* Splits name=word or name!=word in place; false when a side is empty. */
static bool split_word(char *term, char **word, bool *negated)
{
    char *equals = strchr(term, '=');
    if (!equals)
        return *term != '\0';
    *word = equals + 1;
    *negated = equals > term && equals[-1] == '!';
    equals[*negated ? -1 : 0] = '\0';
    return *term && **word;
}

/* Splits one term in place: !name · name=word · name!=word · table[column=word] · table[column] ·
 * table[!column]. */
static bool split_term(char *term, struct condition *out)
{
    *out = (struct condition){.negated = *term == '!'};
    out->name = term += out->negated;
    char *bracket = strchr(term, '[');
    if (!bracket) {
        bool not_word = false;
        bool fine = split_word(term, &out->word, &not_word);
        fine = fine && !(out->negated && out->word);
        out->negated = out->negated || not_word;
        return fine;
    }
    size_t n = strlen(term);
    if (term[n - 1] != ']' || bracket == term)
        return false;
    term[n - 1] = *bracket = '\0';
    out->column = bracket + 1;
    out->any_false = *out->column == '!';
    out->column += out->any_false;
    bool not_word = false;
    bool fine = split_word(out->column, &out->word, &not_word);
    fine = fine && !(out->any_false && out->word);
    out->any_false = out->any_false || not_word;
    return fine;
}

static const struct fault *any_row(struct page_compiler *c, const xmlNode *at, const struct condition *term,
                                   const struct page_reading *r, struct op *op)
{
    int column = r->kind == CELL_TABLE ? page_find_column(r->rows, term->column) : -1;
    if (column < 0)
        return compile_wrong(c, at, "PAGE_NAME", "nothing gives the name %s[%s]", term->name, term->column);
    enum cell_kind kind = r->rows->columns[column].kind;
    if (term->word && kind != CELL_TEXT && kind != CELL_INT)
        return compile_wrong(c, at, "PAGE_KIND", "%s is %s: only texts and numbers are compared with a word",
                             term->column, page_kind_word(kind));
    op->test = TEST_ANY;
    op->any_false = term->any_false;
    op->any = (uint16_t)column;
    op->rows = r->rows;
    return NULL;
}

static const struct fault *read_term(struct page_compiler *c, const xmlNode *at, const struct condition *term,
                                     struct op *out)
{
    struct page_reading r;
    TRY(page_read_name(c, at, term->name, &r));
    *out = (struct op){.code = OP_UNLESS,
                       .kind = (uint8_t)r.kind,
                       .test = TEST_TRUE,
                       .negated = term->negated,
                       .frame = r.frame,
                       .column = r.column,
                       .word = term->word};
    if (term->column)
        return any_row(c, at, term, &r, out);
    if (!term->word)
        return NULL;
    if (r.kind != CELL_TEXT && r.kind != CELL_INT)
        return compile_wrong(c, at, "PAGE_KIND", "%s is %s: only texts and numbers are compared with a word",
                             term->name, page_kind_word(r.kind));
    out->test = TEST_WORD;
    return NULL;
}

static const struct fault *open_term(struct page_compiler *c, const xmlNode *at, char *text,
                                     struct page_guard *g)
{
    struct condition term;
    if (!split_term(text, &term) || g->count == PAGE_TERMS)
        return compile_wrong(c, at, "PAGE_SYNTAX",
                             "a condition is: name, !name, name=word, name!=word, table[column=word], "
                             "joined by “ and ”");
    if (strcmp(term.name, "lang") == 0 && term.word) {
        static const char *const WORDS[LANGUAGE_COUNT] = {"zh", "en"};
        bool same = strcmp(term.word, WORDS[c->language]) == 0;
        g->never = g->never || same == term.negated;
        return NULL;
    }
    char *word = term.word ? talloc_strdup(c->page, term.word) : NULL;
    if (term.word)
        TRY_MEMORY(word);
    term.word = word;
    struct op op;
    TRY(read_term(c, at, &term, &op));
    return emit_op(c, op, &g->jumps[g->count++]);
}

const struct fault *emit_guard(struct page_compiler *c, const xmlNode *at, const char *condition,
                               struct page_guard *g)
{
    *g = (struct page_guard){.count = 0};
    char *rest = talloc_strdup(c->scratch, condition);
    TRY_MEMORY(rest);
    while (rest) {
        char *and = strstr(rest, " and ");
        if (and)
            *and = '\0';
        TRY(open_term(c, at, rest, g));
        rest = and? and+5 : NULL;
    }
    return NULL;
}

const struct fault *emit_guard_end(struct page_compiler *c, const struct page_guard *g)
{
    for (size_t i = 0; i < g->count; i++)
        TRY(emit_land(c, g->jumps[i]));
    return NULL;
}
