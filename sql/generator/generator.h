/* generator.h - from annotated .sql files to the registry of queries: read (parse.c), checked, written
 * (emit.c). Runs at build time only. A malformed file is told with file and line, and nothing is written. */
#ifndef MINGDA_GENERATOR_H
#define MINGDA_GENERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

/* The SQL types that queries may take and give, and what they are in C. */
struct sql_type {
    const char *name;   /* "int8" */
    const char *symbol; /* QUERY_INT8 */
    const char *cell;   /* CELL_INT */
    const char *c;      /* parameter of the typed call */
    const char *make;   /* the function that makes a cell of it */
    const char *maybe;  /* parameter when it may be null, NULL: the same as `c` */
    bool gives;         /* may be a column of a result */
};
const struct sql_type *sql_type_named(const char *name);

struct named {
    const char *name;
    const struct sql_type *type;
    bool optional;
};

enum { NAMED_MAX = 40 };

struct parsed {
    const char *file;
    int line;
    const char *name, *why, *scans, *sql;
    const char *takes_text, *gives_text; /* as written, until they are read */
    int cardinality;                     /* index into CARDINALITIES */
    struct named takes[NAMED_MAX], gives[NAMED_MAX];
    size_t take_count, give_count;
};

struct queries {
    struct parsed *rows;
    size_t count;
};

extern const char *const CARDINALITIES[]; /* "none" "exactly-one" "at-most-one" "many", NULL */

/* Adds the queries of one file. False: an error has been printed. */
bool parse_file(TALLOC_CTX *life, const char *path, struct queries *all);
bool emit_header(const char *folder, const struct queries *all);
bool emit_source(const char *folder, const struct queries *all);
#endif
