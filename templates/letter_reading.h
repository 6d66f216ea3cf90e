/* letter_reading.h - private to the modules that read templates: XML nodes become fields and nodes of the
 * composer. A function that faults names file and line; what it gives lives on the compiler's result. */
#ifndef MINGDA_LETTER_READING_H
#define MINGDA_LETTER_READING_H

#include <libxml/tree.h>
#include "letter_program.h"

#define TEMPLATE_BLANKS " \t\r\n"

/* Names in sight: of the data (outer is NULL), or of the rows of an each. */
struct scope {
    const struct letter_field *fields;
    size_t count;
    int depth;
    const struct scope *outer;
};

/* Optional fields that are known to be there, from inside to outside. */
struct guard {
    struct letter_place place;
    const struct guard *outer;
};

/* A clause is compiled once, wherever it is included. */
struct compiled_clause {
    struct letter_clause info;
    bool words; /* stands within a block */
    const struct letter_field *fields;
    size_t field_count;
    const struct letter_node *first;
    size_t nodes; /* with those of its own clauses */
};

struct compiler {
    struct letter_reader *reader;
    letter_clause_find *find;
    void *context;
    TALLOC_CTX *result, *scratch;
    struct compiled_clause *clauses;
    size_t clause_count;
    const char *underway[LETTER_CLAUSE_DEPTH];
    int depth;
    size_t nodes; /* as the letter has them: a clause counts wherever it stands */
    size_t ids;   /* as they are in memory */
};

struct unit { /* one document being compiled */
    struct compiler *compiler;
    const char *file;
};

/* ---- letter_document.c ---- */

/* The elements that become nodes. */
struct template_element {
    const char *name;
    enum letter_node_kind kind;
    enum letter_block_kind block;
};
extern const struct template_element TEMPLATE_ELEMENTS[];
int template_element(const xmlNode *x); /* its index, or -1 */

/* Parses without network, entities or DOCTYPE; the document lives on `life`. */
const struct fault *template_parse(const struct letter_source *source, TALLOC_CTX *life, xmlDocPtr *out);

/* Parses and checks by the schema; *out is the root, which is called `root`. */
const struct fault *template_open(const struct unit *u, const struct letter_source *source, const char *root,
                                  const xmlNode **out);

const struct fault *template_bad(const struct unit *u, const xmlNode *x, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const struct fault *template_bad_line(TALLOC_CTX *life, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
const struct fault *template_too_many(const struct unit *u, const xmlNode *x);

int template_line(const xmlNode *x); /* of NULL: the first */
/* The text of an attribute without namespace on `life`; NULL when absent (or without memory: the schema has
 * already said which must be there, so that what follows then faults). */
const char *template_attribute(TALLOC_CTX *life, const xmlNode *x, const char *name);
bool template_is(const xmlNode *x, const char *name);
const xmlNode *template_next(const xmlNode *x); /* the first element from x on, or NULL */
bool template_in_words(const xmlNode *x);       /* within <p>, <td> … or <words>, not between blocks */

/* ---- letter_fields.c ---- */

extern const char *const TEMPLATE_TYPE_WORDS[];
const struct fault *template_fields(const struct unit *u, const xmlNode *parent,
                                    const struct letter_field **out, size_t *count);
const struct letter_field *template_field(const struct letter_field *fields, size_t count, const char *name);
bool template_same_values(const struct letter_field *a, const struct letter_field *b);
bool template_is_value(const struct letter_field *field, const char *word, size_t length);

/* The field of that name that is nearest; the second by the name in an attribute. */
const struct fault *template_look_up(const struct unit *u, const xmlNode *x, const char *name,
                                     const struct scope *scope, struct letter_place *out);
const struct fault *template_look_up_attribute(const struct unit *u, const xmlNode *x, const char *key,
                                               const struct scope *scope, struct letter_place *out);
const struct fault *template_must_be_there(const struct unit *u, const xmlNode *x, struct letter_place place,
                                           const struct guard *guards);

/* Can the value of this field ever be `word` (of a code: one of these words)? */
const struct fault *template_check_words(const struct unit *u, const xmlNode *x,
                                         const struct letter_field *field, const char *words);
const struct fault *template_check_word(const struct unit *u, const xmlNode *x,
                                        const struct letter_field *field, const char *word);

/* ---- letter_nodes.c ---- */

/* x and what follows it, as nodes in their order. */
const struct fault *template_compile(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                     const struct guard *guards, const struct letter_node **first);

/* ---- letter_template.c ---- */

/* <clause> among blocks, and within words. */
const struct fault *template_clause(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                    const struct guard *guards, struct letter_node *node);
const struct fault *template_phrase(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                    const struct guard *guards, struct letter_node *node);

#endif
