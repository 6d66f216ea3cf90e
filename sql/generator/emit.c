/* emit.c - writes queries.h and queries.c. */
#include <ctype.h>
#include "generator.h"
#include "life.h"

static FILE *create(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "wb");
    if (!out)
        fprintf(stderr, "%s: cannot be written\n", path);
    return out;
}

static void put_lower(FILE *out, const char *s)
{
    for (; *s; s++)
        fputc(tolower((unsigned char)*s), out);
}

static void put_upper(FILE *out, const char *s)
{
    for (; *s; s++)
        fputc(*s == '-' ? '_' : toupper((unsigned char)*s), out);
}

static void put_literal(FILE *out, const char *s)
{
    fputc('"', out);
    for (; *s; s++) {
        if (*s == '\n')
            fputs("\\n\"\n    \"", out);
        else if (*s == '"' || *s == '\\')
            fprintf(out, "\\%c", *s);
        else
            fputc(*s, out);
    }
    fputc('"', out);
}

/* const struct fault *query_name(struct db *db, …, struct table **out, TALLOC_CTX *life) */
static void put_signature(FILE *out, const struct parsed *q)
{
    fputs("const struct fault *query_", out);
    put_lower(out, q->name);
    fputs("(struct db *db", out);
    for (size_t i = 0; i < q->take_count; i++) {
        const struct named *p = &q->takes[i];
        const char *c = p->optional && p->type->maybe ? p->type->maybe : p->type->c;
        size_t n = strlen(c);
        fprintf(out, ", %s%s%s", c, c[n - 1] == '*' || c[n - 1] == ' ' ? "" : " ", p->name);
    }
    fprintf(out, "%s, TALLOC_CTX *life)", q->give_count ? ", struct table **out" : "");
}

static const char HEADER_TOP[] =
    "/* queries.h - made by sql/generator from sql/queries; do not edit. */\n"
    "#ifndef MINGDA_QUERIES_H\n#define MINGDA_QUERIES_H\n\n"
    "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n"
    "#include \"civil.h\"\n#include \"fault.h\"\n#include \"table.h\"\n\n"
    "struct db;\n\n"
    "enum query_type {\n"
    "    QUERY_INT4, QUERY_INT8, QUERY_TEXT, QUERY_BOOL, QUERY_DATE, QUERY_TIMESTAMPTZ, QUERY_BYTEA, "
    "QUERY_UUID,\n"
    "    QUERY_JSONB, QUERY_INT8_ARRAY, QUERY_TEXT_ARRAY\n};\n"
    "enum query_gives { GIVES_NONE, GIVES_EXACTLY_ONE, GIVES_AT_MOST_ONE, GIVES_MANY };\n"
    "/* Bytes for a bytea parameter; data NULL is null. */\n"
    "struct query_bytes {\n    const void *data;\n    size_t length;\n};\n"
    "struct query_param {\n    const char *name;\n    enum query_type type;\n    bool optional;\n};\n"
    "struct query {\n    const char *name, *why, *file, *sql;\n"
    "    const char *scans; /* why a sequential scan is right here, or NULL */\n"
    "    const struct query_param *takes;\n    size_t take_count;\n"
    "    enum query_gives cardinality;\n"
    "    const struct column *gives;     /* as tables show them */\n"
    "    const enum query_type *types;   /* of the same columns, in SQL */\n    size_t give_count;\n};\n\n";

bool emit_header(const char *folder, const struct queries *all)
{
    scoped_file FILE *out = create(folder, "queries.h");
    if (!out)
        return false;
    fputs(HEADER_TOP, out);
    fputs("enum query_id {\n", out);
    for (size_t i = 0; i < all->count; i++)
        fprintf(out, "    Q_%s,\n", all->rows[i].name);
    fputs("    Q_COUNT\n};\n\nextern const struct query QUERIES[Q_COUNT];\n"
          "/* The query of that name, or -1. */\nint query_named(const char *name);\n",
          out);
    for (size_t i = 0; i < all->count; i++) {
        fprintf(out, "\n/* %s (%s) */\n", all->rows[i].why, CARDINALITIES[all->rows[i].cardinality]);
        put_signature(out, &all->rows[i]);
        fputs(";\n", out);
    }
    fputs("#endif\n", out);
    return fflush(out) == 0 && !ferror(out);
}

static void put_columns(FILE *out, const struct parsed *q, size_t index)
{
    if (q->take_count) {
        fprintf(out, "static const struct query_param TAKES_%zu[] = {", index);
        for (size_t i = 0; i < q->take_count; i++)
            fprintf(out, "{\"%s\", %s, %s}, ", q->takes[i].name, q->takes[i].type->symbol,
                    q->takes[i].optional ? "true" : "false");
        fputs("};\n", out);
    }
    if (!q->give_count)
        return;
    fprintf(out, "static const struct column GIVES_%zu[] = {", index);
    for (size_t i = 0; i < q->give_count; i++)
        fprintf(out, "{\"%s\", %s, %s}, ", q->gives[i].name, q->gives[i].type->cell,
                q->gives[i].optional ? "true" : "false");
    fprintf(out, "};\nstatic const enum query_type TYPES_%zu[] = {", index);
    for (size_t i = 0; i < q->give_count; i++)
        fprintf(out, "%s, ", q->gives[i].type->symbol);
    fputs("};\n", out);
}

static void put_row(FILE *out, const struct parsed *q, size_t index)
{
    const char *slash = strrchr(q->file, '/');
    fprintf(out, "    [Q_%s] = {.name = \"%s\", .file = \"%s\", .why = ", q->name, q->name,
            slash ? slash + 1 : q->file);
    put_literal(out, q->why);
    fputs(",\n     .sql = ", out);
    put_literal(out, q->sql);
    if (q->scans) {
        fputs(",\n     .scans = ", out);
        put_literal(out, q->scans);
    }
    if (q->take_count)
        fprintf(out, ",\n     .takes = TAKES_%zu, .take_count = %zu", index, q->take_count);
    fputs(",\n     .cardinality = GIVES_", out);
    put_upper(out, CARDINALITIES[q->cardinality]);
    if (q->give_count)
        fprintf(out, ", .gives = GIVES_%zu, .types = TYPES_%zu, .give_count = %zu", index, index,
                q->give_count);
    fputs("},\n", out);
}

static void put_call(FILE *out, const struct parsed *q)
{
    fputc('\n', out);
    put_signature(out, q);
    fputs("\n{\n", out);
    if (q->take_count)
        fputs("    const struct cell params[] = {\n", out);
    for (size_t i = 0; i < q->take_count; i++) {
        const struct named *p = &q->takes[i];
        if (p->optional && p->type->maybe)
            fprintf(out, "        %s ? %s(*%s) : cell_null(%s),\n", p->name, p->type->make, p->name,
                    p->type->cell);
        else
            fprintf(out, "        %s(%s),\n", p->type->make, p->name);
    }
    fprintf(out, "%s    return db_query(db, Q_%s, %s, %s, life);\n}\n", q->take_count ? "    };\n" : "",
            q->name, q->take_count ? "params" : "NULL", q->give_count ? "out" : "NULL");
}

bool emit_source(const char *folder, const struct queries *all)
{
    scoped_file FILE *out = create(folder, "queries.c");
    if (!out)
        return false;
    fputs("/* queries.c - made by sql/generator from sql/queries; do not edit. */\n#include <string.h>\n"
          "#include \"db.h\"\n\n",
          out);
    for (size_t i = 0; i < all->count; i++)
        put_columns(out, &all->rows[i], i);
    fputs("\nconst struct query QUERIES[Q_COUNT] = {\n", out);
    for (size_t i = 0; i < all->count; i++)
        put_row(out, &all->rows[i], i);
    fputs("};\n\nint query_named(const char *name)\n{\n    for (int i = 0; i < Q_COUNT; i++)\n"
          "        if (strcmp(QUERIES[i].name, name) == 0)\n            return i;\n    return -1;\n}\n\n"
          "static inline struct cell bytes_cell(struct query_bytes b)\n{\n"
          "    return b.data ? cell_bytes(b.data, b.length) : cell_null(CELL_BYTES);\n}\n",
          out);
    for (size_t i = 0; i < all->count; i++)
        put_call(out, &all->rows[i]);
    return fflush(out) == 0 && !ferror(out);
}
