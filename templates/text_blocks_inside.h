/* text_blocks_inside.h - private to the modules of blocks: declarations, scopes, and words to and from XML.
 */
#ifndef MINGDA_TEXT_BLOCKS_INSIDE_H
#define MINGDA_TEXT_BLOCKS_INSIDE_H

#include <libxml/tree.h>
#include "text.h"
#include "text_blocks.h"

struct declared {
    const char *name, *label; /* label "" where there is none */
    const char *type;         /* word of the vocabulary */
    const char *values;       /* of a code, or "" */
    bool optional;
    int rows; /* a column: index of its rows; -1: of the data itself */
};
struct declarations {
    struct declared *items;
    size_t count;
};

/* The rows that are walked around a place, from outside to inside; -1: a list, or rows that are not declared.
 */
struct text_scope {
    int rows[2 * TEXT_BLOCK_DEPTH];
    int depth;
};

/* ---- text_fields.c ---- */
const struct fault *declarations_read(const char *lines, TALLOC_CTX *result, struct declarations *out,
                                      struct text_wrong *wrong, bool *is_wrong);
const struct fault *declarations_of_xml(const xmlNode *fields, TALLOC_CTX *result, struct declarations *out);
void declarations_say(const struct declarations *d, struct text *t);
/* As XML, a line each; *line moves on. */
void declarations_write(const struct declarations *d, struct text *t, int *line);
/* The name behind a name or label as it is in sight; NULL: no such label. */
const char *declared_name(const struct declarations *d, const struct text_scope *scope, const char *said);
/* The label where it alone has it, else the name. */
const char *declared_label(const struct declarations *d, const struct text_scope *scope, const char *name);
/* "items.outcome" (names or labels) as names; NULL. */
const char *declared_path(const struct declarations *d, const struct text_scope *scope, const char *said,
                          TALLOC_CTX *life);
/* Into an each over `name`. */
void scope_enter(const struct declarations *d, struct text_scope *scope, const char *name);

/* ---- text_words.c ---- */
/* The children of x as words. */
void words_say(struct text *t, const xmlNode *x, const struct declarations *d, const struct text_scope *scope,
               TALLOC_CTX *scratch);
/* Words as XML. `row`: cells of a table. False: *wrong says why (its block is not set). */
bool words_write(struct text *t, const char *words, bool row, const struct declarations *d,
                 const struct text_scope *scope, TALLOC_CTX *result, struct text_wrong *wrong);
/* 若, or a condition's controls as attributes of XML: n="items" some="outcome" is="A". */
void condition_write(struct text *t, const char *path, const char *how, const char *value);
void xml_escaped(struct text *t, const char *s, size_t n);
/* An attribute on `life`, "" when absent. */
const char *xml_attribute(const xmlNode *x, const char *name, TALLOC_CTX *life);

#endif
