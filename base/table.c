#include <stdio.h>
#include <string.h>
#include "life.h"
#include "table.h"
#include "text.h"

struct table *table_new(TALLOC_CTX *life, const struct column *columns, size_t column_count)
{
    struct table *t = talloc_zero(life, struct table);
    if (!t)
        return NULL;
    t->columns = columns;
    t->column_count = column_count;
    return t;
}

struct cell *table_add_row(struct table *t)
{
    if (t->row_count == t->capacity) {
        size_t capacity = t->capacity ? t->capacity * 2 : 8;
        struct cell *cells = talloc_realloc(t, t->cells, struct cell, capacity * t->column_count);
        if (!cells)
            return NULL;
        t->cells = cells;
        t->capacity = capacity;
    }
    struct cell *row = t->cells + t->row_count++ * t->column_count;
    for (size_t i = 0; i < t->column_count; i++)
        row[i] = cell_null(t->columns[i].kind);
    return row;
}

int table_column(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->column_count; i++)
        if (strcmp(t->columns[i].name, name) == 0)
            return (int)i;
    return -1;
}

const struct cell *table_cell(const struct table *t, size_t row, const char *name)
{
    int column = t ? table_column(t, name) : -1;
    return column < 0 || row >= t->row_count ? NULL : &t->cells[row * t->column_count + (size_t)column];
}

static const struct cell *filled(const struct table *t, size_t row, const char *name, enum cell_kind kind)
{
    const struct cell *c = table_cell(t, row, name);
    return c && !c->null && c->kind == kind ? c : NULL;
}

const char *table_text(const struct table *t, size_t row, const char *name)
{
    const struct cell *c = filled(t, row, name, CELL_TEXT);
    return c ? c->text : NULL;
}

int64_t table_int(const struct table *t, size_t row, const char *name, int64_t fallback)
{
    const struct cell *c = filled(t, row, name, CELL_INT);
    return c ? c->number : fallback;
}

bool table_flag(const struct table *t, size_t row, const char *name)
{
    const struct cell *c = filled(t, row, name, CELL_BOOL);
    return c && c->flag;
}

struct civil table_day(const struct table *t, size_t row, const char *name)
{
    const struct cell *c = filled(t, row, name, CELL_DAY);
    return c ? c->day : CIVIL_NONE;
}

struct cell cell_null(enum cell_kind kind)
{
    return (struct cell){.kind = kind, .null = true};
}

struct cell cell_text(const char *text)
{
    return (struct cell){.kind = CELL_TEXT, .null = !text, .text = text};
}

struct cell cell_int(int64_t number)
{
    return (struct cell){.kind = CELL_INT, .number = number};
}

struct cell cell_flag(bool flag)
{
    return (struct cell){.kind = CELL_BOOL, .flag = flag};
}

struct cell cell_day(struct civil day)
{
    return (struct cell){.kind = CELL_DAY, .null = !civil_is_set(day), .day = day};
}

struct cell cell_moment(int64_t microseconds)
{
    return (struct cell){.kind = CELL_MOMENT, .number = microseconds};
}

struct cell cell_bytes(const void *data, size_t length)
{
    return (struct cell){.kind = CELL_BYTES, .null = !data, .bytes = {data, length}};
}

struct cell cell_table(const struct table *table)
{
    return (struct cell){.kind = CELL_TABLE, .null = !table, .table = table};
}

static json_t *moment_json(int64_t moment)
{
    int64_t seconds = moment / 1000000 - (moment % 1000000 < 0);
    int64_t day = seconds / 86400 - (seconds % 86400 < 0), of_day = seconds - day * 86400;
    char date[CIVIL_TEXT];
    civil_format(civil_of_number((int32_t)day), date);
    return json_sprintf("%sT%02d:%02d:%02dZ", date, (int)(of_day / 3600), (int)(of_day / 60 % 60),
                        (int)(of_day % 60));
}

static json_t *bytes_json(const struct cell *c)
{
    SCOPED_LIFE(scratch);
    const char *text = text_base64(scratch, c->bytes.data, c->bytes.length);
    return text ? json_string(text) : NULL;
}

static json_t *cell_json(const struct cell *c)
{
    char date[CIVIL_TEXT];
    if (c->null)
        return json_null();
    switch (c->kind) {
    case CELL_TEXT:
        return json_string(c->text);
    case CELL_INT:
        return json_integer(c->number);
    case CELL_BOOL:
        return json_boolean(c->flag);
    case CELL_DAY:
        civil_format(c->day, date);
        return json_string(date);
    case CELL_MOMENT:
        return moment_json(c->number);
    case CELL_BYTES:
        return bytes_json(c);
    case CELL_TABLE:
        return table_json(c->table);
    }
    return NULL;
}

json_t *table_json(const struct table *t)
{
    json_t *rows = json_array();
    for (size_t r = 0; rows && r < t->row_count; r++) {
        json_t *row = json_object();
        bool ok = row != NULL;
        for (size_t c = 0; ok && c < t->column_count; c++)
            ok = json_object_set_new(row, t->columns[c].name,
                                     cell_json(&t->cells[r * t->column_count + c])) == 0;
        if (json_array_append_new(rows, row) != 0 || !ok) { /* takes the row in either case */
            json_decref(rows);
            return NULL;
        }
    }
    return rows;
}
