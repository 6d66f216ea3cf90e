/* letter_program.h - private to the letter modules: a template as a tree that the composer walks once. */
#ifndef MINGDA_LETTER_PROGRAM_H
#define MINGDA_LETTER_PROGRAM_H

#include "letter.h"

enum {
    LETTER_CLAUSE_DEPTH = 32,
    LETTER_EACH_DEPTH = 8,
    LETTER_NODES_MAX = 20000,
    LETTER_LINE = 28 /* characters of a full line: the unit of table widths */
};

enum letter_node_kind {
    NODE_WORDS, /* words */
    NODE_V,     /* the value of `at` */
    NODE_INDEX, /* number of the row of the innermost each */
    NODE_BR,
    NODE_IF,
    NODE_CHOOSE, /* children: WHEN…, OTHERWISE */
    NODE_WHEN,
    NODE_OTHERWISE,
    NODE_EACH,
    NODE_CLAUSE,     /* children: the clause's blocks; names are those of the whole letter */
    NODE_PHRASE,     /* children: the clause's words; names are those of the row it stands in */
    NODE_TEXT,       /* each line of `at` is a paragraph */
    NODE_BLOCK,      /* block tells which; children are inline */
    NODE_SIGN,       /* at: agency, second: date; block tells whether of the letter or of its imprint */
    NODE_ATTACHMENT, /* second: sha256, may have no field */
    NODE_QR,         /* second: what the code says; children are inline */
    NODE_TABLE,
    NODE_TR,
    NODE_TD,
    NODE_TH,
    NODE_LIST,
    NODE_ITEM
};

/* A field, and how many `each` lie around the list or object that holds it: 0 is the data itself. */
struct letter_place {
    const struct letter_field *field; /* NULL: none */
    int depth;
};

enum letter_condition { CONDITION_SET, CONDITION_UNSET, CONDITION_IS, CONDITION_NOT };
enum letter_numerals { NUMERALS_ARABIC, NUMERALS_HANZI };
enum letter_list_form { LIST_POINT, LIST_BRACKETS, LIST_HANZI };

struct letter_node {
    enum letter_node_kind kind;
    const char *file; /* the document it stands in */
    int line;
    size_t id; /* from 0, in the order of reading; a clause's nodes are numbered once */
    const struct letter_node *first, *next;
    struct letter_place at, second; /* IF: second is the column of `some`, or has no field */
    const char *words; /* WORDS: text; IF, WHEN: what the value is compared with (of a code: words) */
    union {
        enum letter_block_kind block;
        enum letter_condition condition;
        enum letter_numerals numerals;
        enum letter_list_form form;
        struct {
            int span, lines;
        } cell; /* TD, TH */
        struct {
            const int *widths;
            size_t columns;
        } table;
    };
};

/* A word of the layout attribute; LETTER_SHAPES long. */
enum { LETTER_SHAPES = LETTER_LETTER + 1 };
extern const char *const LETTER_SHAPE_WORDS[LETTER_SHAPES];

struct letter_program {
    enum letter_shape shape;
    struct letter_place shape_by; /* says another shape, where it has a value; may have no field */
    const struct letter_node *first;
    size_t node_count; /* ids are below it */
};

/* Is `word` what a condition compares with? A code may be compared with several words at once. */
bool letter_compares(const struct letter_field *field, const char *words, const char *word);

/* As letter_compose; marks in `reached` (node_count long, or NULL) each node that was walked. */
const struct fault *letter_compose_reached(const struct letter_template *t, const json_t *data,
                                           TALLOC_CTX *result, bool *reached, struct letter **out);

/* The one field that an `each` over a list declares inside itself. */
extern const struct letter_field LETTER_ITEM;

#endif
