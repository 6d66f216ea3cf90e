/* page_compiler.h - the state of compiling one page, and its tools: instructions, names, conditions. Inside
 * the renderer only. Every function returns a fault that names the template and the line. */
#ifndef MINGDA_PAGE_COMPILER_H
#define MINGDA_PAGE_COMPILER_H

#include <libxml/tree.h>
#include "page_place.h"
#include "page_program.h"

#define PAGE_TERMS 8 /* of one condition */

/* One open d:each: its rows are read by name, the innermost first. */
struct page_scope {
    const struct page_scope *outer;
    const struct page_source *rows;
    uint16_t frame;
};

/* The template being walked: blocks of the page are walked from within the layout. */
struct page_compiler {
    TALLOC_CTX *life, *scratch;
    const struct page_world *world;
    struct page *page;
    struct page_code *code;
    enum language language;
    const char *file;    /* template of the node at hand, for faults */
    const xmlNode *root; /* <d:page>: where blocks are looked up */
    const char *page_file;
    const struct page_scope *scope;
    size_t depth, parts, pending; /* pending: where the literal that no instruction has yet begins */
    size_t op_room, literal_room;
    const char *form_method;
    bool untranslated;
};

/* What a name in a template stands for. */
struct page_reading {
    uint16_t frame, column;
    enum cell_kind kind;            /* CELL_TABLE also for a whole source */
    const struct page_source *rows; /* of a CELL_TABLE: what its rows have */
};

/* Where a slot stands: decides how it is escaped and what it may be. */
struct page_position {
    enum page_place place;
    enum attribute_class class; /* of an attribute */
    const char *attribute;      /* NULL in text */
};

/* The jumps of an open condition; `never` when the language decides that it is false. */
struct page_guard {
    size_t jumps[PAGE_TERMS], count;
    bool never;
};

/* A fault at the node: "FILE.xml:LINE: sentence". */
const struct fault *compile_wrong(struct page_compiler *c, const xmlNode *at, const char *code,
                                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Finished HTML, as it is. */
const struct fault *emit_literal(struct page_compiler *c, const char *s);
/* A fixed text of the template. */
const struct fault *emit_escaped(struct page_compiler *c, enum page_place place, const char *s, size_t n);
/* Adds `op` with the literal that waits for it; *at (may be NULL) is its index, for a later jump. */
const struct fault *emit_op(struct page_compiler *c, struct op op, size_t *at);
/* The jump of the instruction `from` ends here: a waiting literal belongs to what was jumped over. */
const struct fault *emit_land(struct page_compiler *c, size_t from);

int page_find_column(const struct page_source *rows, const char *name);
const char *page_kind_word(enum cell_kind kind);
/* `table.column`; a column of an open d:each, the innermost first; or a whole table. */
const struct fault *page_read_name(struct page_compiler *c, const xmlNode *at, const char *name,
                                   struct page_reading *out);
/* `spec` is name or name|form. */
const struct fault *page_read_slot(struct page_compiler *c, const xmlNode *at, const char *spec,
                                   const struct page_position *p, struct op *out);
extern const struct page_position PAGE_IN_TEXT;
struct page_position page_position(const char *attribute);
const struct fault *emit_slot(struct page_compiler *c, const xmlNode *at, const char *spec,
                              const struct page_position *p);
/* A text of `n` bytes with slots in braces; {{ is a brace. */
const struct fault *emit_pieces(struct page_compiler *c, const xmlNode *at, const char *s, size_t n,
                                const struct page_position *p);

/* What follows is shown only under the condition, up to emit_guard_end. */
const struct fault *emit_guard(struct page_compiler *c, const xmlNode *at, const char *condition,
                               struct page_guard *g);
const struct fault *emit_guard_end(struct page_compiler *c, const struct page_guard *g);
#endif
