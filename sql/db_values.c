/* db_values.c - cells to parameters (text form), results (binary form) to cells. */
#include <assert.h>
#include <inttypes.h>
#include "db_inside.h"

LIFE_ADOPT(result, PGresult, PQclear)

/* Days and microseconds from 1970-01-01 to PostgreSQL's 2000-01-01. */
#define EPOCH_DAYS  INT32_C(10957)
#define EPOCH_MICRO (INT64_C(946684800) * 1000000)

static const struct {
    Oid oid;
    enum cell_kind kind;
    int length; /* in binary form, -1: any */
} SQL_TYPES[] = {
    [QUERY_INT4] = {23, CELL_INT, 4},           [QUERY_INT8] = {20, CELL_INT, 8},
    [QUERY_TEXT] = {25, CELL_TEXT, -1},         [QUERY_BOOL] = {16, CELL_BOOL, 1},
    [QUERY_DATE] = {1082, CELL_DAY, 4},         [QUERY_TIMESTAMPTZ] = {1184, CELL_MOMENT, 8},
    [QUERY_BYTEA] = {17, CELL_BYTES, -1},       [QUERY_UUID] = {2950, CELL_TEXT, 16},
    [QUERY_JSONB] = {3802, CELL_TEXT, -1},      [QUERY_INT8_ARRAY] = {1016, CELL_TEXT, -1},
    [QUERY_TEXT_ARRAY] = {1009, CELL_TEXT, -1},
};

Oid values_oid(enum query_type type)
{
    return SQL_TYPES[type].oid;
}

/* RFC 3339 in UTC, with microseconds where there are some. */
static const char *moment_text(TALLOC_CTX *life, int64_t micro)
{
    const int64_t day_micro = INT64_C(86400) * 1000000;
    int64_t days = micro / day_micro, rest = micro % day_micro;
    if (rest < 0) {
        days--;
        rest += day_micro;
    }
    char day[CIVIL_TEXT];
    civil_format(civil_of_number((int32_t)days), day);
    int64_t seconds = rest / 1000000;
    return talloc_asprintf(life, "%s %02d:%02d:%02d.%06d+00", day, (int)(seconds / 3600),
                           (int)(seconds / 60 % 60), (int)(seconds % 60), (int)(rest % 1000000));
}

static const char *parameter_text(TALLOC_CTX *life, const struct cell *cell)
{
    switch (cell->kind) {
    case CELL_TEXT:
        return cell->text;
    case CELL_INT:
        return talloc_asprintf(life, "%" PRId64, cell->number);
    case CELL_BOOL:
        return cell->flag ? "t" : "f";
    case CELL_DAY:
        return civil_text(life, cell->day);
    case CELL_MOMENT:
        return moment_text(life, cell->number);
    case CELL_BYTES:
        return (const char *)(cell->bytes.data ? cell->bytes.data : (const uint8_t *)"");
    case CELL_TABLE:
        break;
    }
    return NULL;
}

const struct fault *values_bind(TALLOC_CTX *life, const struct query *q, const struct cell *params,
                                struct bound *out)
{
    size_t n = q->take_count;
    out->values = talloc_zero_array(life, const char *, n + 1);
    out->lengths = talloc_zero_array(life, int, n + 1);
    out->formats = talloc_zero_array(life, int, n + 1);
    out->types = talloc_zero_array(life, Oid, n + 1);
    if (!out->values || !out->lengths || !out->formats || !out->types)
        return fault_memory();
    assert(n == 0 || params);
    for (size_t i = 0; i < n; i++) {
        out->types[i] = SQL_TYPES[q->takes[i].type].oid;
        if (params[i].null)
            continue;
        if (params[i].kind != SQL_TYPES[q->takes[i].type].kind)
            return fault_new(life, FAULT_BROKEN, "QUERY_TYPES", "%s: parameter %s is of another kind",
                             q->name, q->takes[i].name);
        out->values[i] = parameter_text(life, &params[i]);
        TRY_MEMORY(out->values[i]);
        if (params[i].kind == CELL_BYTES) {
            out->formats[i] = 1;
            out->lengths[i] = (int)params[i].bytes.length;
        }
    }
    return NULL;
}

static uint64_t big_endian(const char *bytes, int n)
{
    uint64_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | (uint8_t)bytes[i];
    return v;
}

/* 'infinity' has no civil date: the last one stands for it. */
static struct civil day_of(int32_t days)
{
    static const struct civil first = {1, 1, 1}, last = {9999, 12, 31};
    if (days > civil_number(last) - EPOCH_DAYS)
        return last;
    if (days < civil_number(first) - EPOCH_DAYS)
        return first;
    return civil_of_number(days + EPOCH_DAYS);
}

static const char *uuid_text(TALLOC_CTX *life, const char *bytes)
{
    const uint8_t *b = (const uint8_t *)bytes;
    return talloc_asprintf(life, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                           b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                           b[14], b[15]);
}

static const struct fault *read_cell(TALLOC_CTX *life, enum query_type type, const char *value, int length,
                                     struct cell *out)
{
    switch (type) {
    case QUERY_INT4:
        *out = cell_int((int32_t)(uint32_t)big_endian(value, 4));
        break;
    case QUERY_INT8:
        *out = cell_int((int64_t)big_endian(value, 8));
        break;
    case QUERY_BOOL:
        *out = cell_flag(*value != 0);
        break;
    case QUERY_DATE:
        *out = cell_day(day_of((int32_t)(uint32_t)big_endian(value, 4)));
        break;
    case QUERY_TIMESTAMPTZ:
        *out = cell_moment((int64_t)big_endian(value, 8) + EPOCH_MICRO);
        break;
    case QUERY_BYTEA:
        *out = cell_bytes(value, (size_t)length);
        break;
    case QUERY_UUID:
        *out = cell_text(uuid_text(life, value));
        return out->null ? fault_memory() : NULL;
    case QUERY_JSONB:
        *out = cell_text(value + 1); /* the version of the format */
        break;
    default:
        *out = cell_text(value);
    }
    return NULL;
}

static const struct fault *check_columns(TALLOC_CTX *life, const struct query *q, const PGresult *result)
{
    if ((size_t)PQnfields(result) != q->give_count)
        return fault_new(life, FAULT_BROKEN, "QUERY_TYPES", "%s: %d columns, not %zu", q->name,
                         PQnfields(result), q->give_count);
    for (size_t i = 0; i < q->give_count; i++)
        if (PQftype(result, (int)i) != SQL_TYPES[q->types[i]].oid)
            return fault_new(life, FAULT_BROKEN, "QUERY_TYPES", "%s: column %s is of type %u", q->name,
                             q->gives[i].name, PQftype(result, (int)i));
    return NULL;
}

static const struct fault *check_count(TALLOC_CTX *life, const struct query *q, int rows)
{
    if (q->cardinality == GIVES_EXACTLY_ONE && rows == 0)
        return fault_new(life, FAULT_ABSENT, "QUERY_ABSENT", "%s: no row", q->name);
    if ((q->cardinality == GIVES_EXACTLY_ONE || q->cardinality == GIVES_AT_MOST_ONE) && rows > 1)
        return fault_new(life, FAULT_BROKEN, "QUERY_CARDINALITY", "%s: %d rows", q->name, rows);
    return NULL;
}

static const struct fault *read_row(const struct query *q, const PGresult *result, int row,
                                    struct table *table)
{
    struct cell *cells = table_add_row(table);
    TRY_MEMORY(cells);
    for (size_t i = 0; i < q->give_count; i++) {
        int length = PQgetlength(result, row, (int)i), wanted = SQL_TYPES[q->types[i]].length;
        if (PQgetisnull(result, row, (int)i)) {
            if (!q->gives[i].optional)
                return fault_new(table, FAULT_BROKEN, "QUERY_TYPES", "%s: column %s is null", q->name,
                                 q->gives[i].name);
            cells[i] = cell_null(q->gives[i].kind);
            continue;
        }
        if (wanted >= 0 && wanted != length)
            return fault_new(table, FAULT_BROKEN, "QUERY_TYPES", "%s: column %s has %d bytes", q->name,
                             q->gives[i].name, length);
        TRY(read_cell(table, q->types[i], PQgetvalue(result, row, (int)i), length, &cells[i]));
    }
    return NULL;
}

const struct fault *values_table(TALLOC_CTX *life, const struct query *q, PGresult *result,
                                 struct table **out)
{
    struct table *table = table_new(life, q->gives, q->give_count);
    if (!table)
        PQclear(result);
    TRY_MEMORY(table);
    TRY_MEMORY(result_adopt(table, result));
    TRY(check_columns(life, q, result));
    TRY(check_count(life, q, PQntuples(result)));
    const int rows = q->give_count ? PQntuples(result) : 0; /* SELECT FROM f() has rows of nothing */
    for (int row = 0; row < rows; row++)
        TRY(read_row(q, result, row, table));
    *out = table;
    return NULL;
}

const char *db_array_text(TALLOC_CTX *life, const char *const *texts, size_t count)
{
    char *out = talloc_strdup(life, "{");
    for (size_t i = 0; i < count && out; i++) {
        out = talloc_strdup_append_buffer(out, i ? ",\"" : "\"");
        for (const char *s = texts[i]; *s && out; s++) {
            const char pair[3] = {*s == '"' || *s == '\\' ? '\\' : *s, *s == '"' || *s == '\\' ? *s : 0, 0};
            out = talloc_strdup_append_buffer(out, pair);
        }
        if (out)
            out = talloc_strdup_append_buffer(out, "\"");
    }
    return out ? talloc_strdup_append_buffer(out, "}") : NULL;
}

const char *db_array_int(TALLOC_CTX *life, const int64_t *numbers, size_t count)
{
    char *out = talloc_strdup(life, "{");
    for (size_t i = 0; i < count && out; i++)
        out = talloc_asprintf_append_buffer(out, "%s%" PRId64, i ? "," : "", numbers[i]);
    return out ? talloc_strdup_append_buffer(out, "}") : NULL;
}
