/* table.h - named columns and typed cells: what a query gives, what a provider makes, what a page shows.
 * A table belongs to one life; cells borrow or own as stated. Nothing here knows SQL or HTML. */
#ifndef MINGDA_TABLE_H
#define MINGDA_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "civil.h"
#include "fault.h"
#include "json.h"

enum cell_kind {
    CELL_TEXT,
    CELL_INT,
    CELL_BOOL,
    CELL_DAY,    /* civil date */
    CELL_MOMENT, /* microseconds since 1970-01-01T00:00:00Z */
    CELL_BYTES,
    CELL_TABLE /* rows within a row: options of a field, days of a ledger */
};

struct table;
struct cell {
    enum cell_kind kind;
    bool null;
    union {
        const char *text;
        int64_t number; /* CELL_INT, CELL_MOMENT */
        bool flag;
        struct civil day;
        struct {
            const uint8_t *data;
            size_t length;
        } bytes;
        const struct table *table;
    };
};

struct column {
    const char *name; /* borrowed, static in practice */
    enum cell_kind kind;
    bool optional; /* may be null */
};

struct table {
    const struct column *columns; /* borrowed */
    size_t column_count;
    struct cell *cells; /* row after row */
    size_t row_count, capacity;
};

/* An empty table; `columns` are borrowed for its whole life. */
struct table *table_new(TALLOC_CTX *life, const struct column *columns, size_t column_count);
/* Room for one more row, all null. NULL without memory. Pointers to earlier rows end with this call. */
struct cell *table_add_row(struct table *t);
/* The cell of `row` in the column `name`; NULL when there is no such row or column. */
const struct cell *table_cell(const struct table *t, size_t row, const char *name);
/* Index of the column, or -1. */
int table_column(const struct table *t, const char *name);
/* Shorthands for the first row: NULL / fallback when absent or null. */
const char *table_text(const struct table *t, size_t row, const char *name);
int64_t table_int(const struct table *t, size_t row, const char *name, int64_t fallback);
bool table_flag(const struct table *t, size_t row, const char *name);
struct civil table_day(const struct table *t, size_t row, const char *name);

struct cell cell_null(enum cell_kind kind);
struct cell cell_text(const char *text); /* borrowed; NULL gives null */
struct cell cell_int(int64_t number);
struct cell cell_flag(bool flag);
struct cell cell_day(struct civil day); /* CIVIL_NONE gives null */
struct cell cell_moment(int64_t microseconds);
struct cell cell_bytes(const void *data, size_t length);
struct cell cell_table(const struct table *table);

/* The rows as a JSON array of objects (null cells as null, bytes as base64, moments as RFC 3339 in UTC).
 * A new reference; NULL without memory. */
json_t *table_json(const struct table *t);
#endif
