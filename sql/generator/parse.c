/* parse.c - reads `-- query: … -- why: … -- takes: … -- gives: …` and the statement that follows. */
#include <ctype.h>
#include <stdarg.h>
#include "generator.h"
#include "life.h"

const char *const CARDINALITIES[] = {"none", "exactly-one", "at-most-one", "many", NULL};

static const struct sql_type TYPES[] = {
    {"int4", "QUERY_INT4", "CELL_INT", "int32_t", "cell_int", "const int64_t *", true},
    {"int8", "QUERY_INT8", "CELL_INT", "int64_t", "cell_int", "const int64_t *", true},
    {"text", "QUERY_TEXT", "CELL_TEXT", "const char *", "cell_text", NULL, true},
    {"bool", "QUERY_BOOL", "CELL_BOOL", "bool", "cell_flag", "const bool *", true},
    {"date", "QUERY_DATE", "CELL_DAY", "struct civil ", "cell_day", NULL, true},
    {"timestamptz", "QUERY_TIMESTAMPTZ", "CELL_MOMENT", "int64_t", "cell_moment", "const int64_t *", true},
    {"bytea", "QUERY_BYTEA", "CELL_BYTES", "struct query_bytes ", "bytes_cell", NULL, true},
    {"uuid", "QUERY_UUID", "CELL_TEXT", "const char *", "cell_text", NULL, true},
    {"jsonb", "QUERY_JSONB", "CELL_TEXT", "const char *", "cell_text", NULL, true},
    {"int8[]", "QUERY_INT8_ARRAY", "CELL_TEXT", "const char *", "cell_text", NULL, false},
    {"text[]", "QUERY_TEXT_ARRAY", "CELL_TEXT", "const char *", "cell_text", NULL, false},
};

/* Words that the typed calls need for themselves. */
static const char *const TAKEN[] = {"db", "out", "life", "params", NULL};

const struct sql_type *sql_type_named(const char *name)
{
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
        if (strcmp(TYPES[i].name, name) == 0)
            return &TYPES[i];
    return NULL;
}

__attribute__((format(printf, 3, 4))) static bool wrong(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%d: error: ", file, line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return false;
}

static char *read_whole(TALLOC_CTX *life, const char *path)
{
    scoped_file FILE *in = fopen(path, "rb");
    if (!in) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return NULL;
    }
    char *all = talloc_strdup(life, "");
    char part[4096];
    size_t n;
    while (all && (n = fread(part, 1, sizeof part, in)) > 0)
        all = talloc_strndup_append_buffer(all, part, n);
    return all;
}

static char *trimmed(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    char *end = s + strlen(s);
    while (end > s && isspace((unsigned char)end[-1]))
        *--end = 0;
    return s;
}

static bool is_word(const char *s, bool upper)
{
    if (!(upper ? isupper((unsigned char)*s) : islower((unsigned char)*s)))
        return false;
    for (; *s; s++)
        if (!(isdigit((unsigned char)*s) || *s == '_' ||
              (upper ? isupper((unsigned char)*s) : islower((unsigned char)*s))))
            return false;
    return true;
}

/* "name type?" into `out`. */
static bool read_named(const struct parsed *q, TALLOC_CTX *life, char *text, bool gives, struct named *out)
{
    char *word = trimmed(text), *space = word;
    while (*space && !isspace((unsigned char)*space))
        space++;
    if (!*space)
        return wrong(q->file, q->line, "%s: “%s” has no type", q->name, word);
    *space++ = 0;
    char *type = trimmed(space);
    size_t n = strlen(type);
    if (n && type[n - 1] == '?') {
        out->optional = true;
        type[n - 1] = 0;
    }
    if (!is_word(word, false))
        return wrong(q->file, q->line, "%s: “%s” is not a name (a-z, 0-9, _)", q->name, word);
    for (const char *const *t = TAKEN; !gives && *t; t++)
        if (strcmp(*t, word) == 0)
            return wrong(q->file, q->line, "%s: the parameter name “%s” is taken by the typed call", q->name,
                         word);
    out->type = sql_type_named(type);
    if (!out->type)
        return wrong(q->file, q->line, "%s: “%s” is not a known type", q->name, type);
    if (gives && !out->type->gives)
        return wrong(q->file, q->line, "%s: a result cannot hold %s", q->name, type);
    out->name = talloc_strdup(life, word);
    return true;
}

static bool read_list(const struct parsed *q, TALLOC_CTX *life, const char *text, bool gives,
                      struct named *rows, size_t *count)
{
    char *copy = talloc_strdup(life, text), *save = NULL;
    for (char *part = strtok_r(copy, ",", &save); part; part = strtok_r(NULL, ",", &save)) {
        if (*count == NAMED_MAX)
            return wrong(q->file, q->line, "%s: more than %d names", q->name, NAMED_MAX);
        if (!read_named(q, life, part, gives, &rows[*count]))
            return false;
        for (size_t i = 0; i < *count; i++)
            if (strcmp(rows[i].name, rows[*count].name) == 0)
                return wrong(q->file, q->line, "%s: “%s” stands twice", q->name, rows[i].name);
        (*count)++;
    }
    return true;
}

static bool read_gives(struct parsed *q, TALLOC_CTX *life)
{
    char *copy = talloc_strdup(life, q->gives_text), *rest = trimmed(copy);
    size_t n = strcspn(rest, " \t\n");
    for (q->cardinality = 0; CARDINALITIES[q->cardinality]; q->cardinality++)
        if (strlen(CARDINALITIES[q->cardinality]) == n &&
            strncmp(CARDINALITIES[q->cardinality], rest, n) == 0)
            break;
    if (!CARDINALITIES[q->cardinality])
        return wrong(q->file, q->line, "%s: gives: begins with none, exactly-one, at-most-one or many",
                     q->name);
    if (!read_list(q, life, rest + n, true, q->gives, &q->give_count))
        return false;
    if ((q->cardinality == 0) != (q->give_count == 0))
        return wrong(q->file, q->line, "%s: none has no columns, the others have some", q->name);
    return true;
}

/* Skips a quoted text or name; gives the position of its last character. */
static const char *quoted_end(const char *s)
{
    const char *end = strchr(s + 1, *s);
    return end ? end : s + strlen(s) - 1;
}

/* One statement; $1 … $n stand for exactly the names of takes:. */
static bool check_sql(const struct parsed *q)
{
    bool used[NAMED_MAX + 1] = {false};
    for (const char *s = q->sql; *s; s++) {
        if (*s == '\'' || *s == '"')
            s = quoted_end(s);
        else if (*s == ';')
            return wrong(q->file, q->line, "%s: more than one statement", q->name);
        else if (*s == '$' && isdigit((unsigned char)s[1])) {
            long n = strtol(s + 1, NULL, 10);
            if (n < 1 || (size_t)n > q->take_count)
                return wrong(q->file, q->line, "%s: $%ld is not in takes:", q->name, n);
            used[n] = true;
        }
    }
    for (size_t i = 1; i <= q->take_count; i++)
        if (!used[i])
            return wrong(q->file, q->line, "%s: “%s” is never used ($%zu)", q->name, q->takes[i - 1].name, i);
    return true;
}

static bool finish(TALLOC_CTX *life, struct queries *all, struct parsed *q)
{
    if (!q->why || !*q->why)
        return wrong(q->file, q->line, "%s: why: is missing", q->name);
    if (!q->takes_text || !q->gives_text)
        return wrong(q->file, q->line, "%s: takes: or gives: is missing", q->name);
    if (q->scans && !*q->scans)
        return wrong(q->file, q->line, "%s: scans: needs its reason", q->name);
    if (!q->sql)
        return wrong(q->file, q->line, "%s: has no statement", q->name);
    if (*q->takes_text && strcmp(q->takes_text, "nothing") != 0 &&
        !read_list(q, life, q->takes_text, false, q->takes, &q->take_count))
        return false;
    if (!read_gives(q, life))
        return false;
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->rows[i].name, q->name) == 0)
            return wrong(q->file, q->line, "%s: stands already in %s:%d", q->name, all->rows[i].file,
                         all->rows[i].line);
    if (!check_sql(q))
        return false;
    all->rows = talloc_realloc(life, all->rows, struct parsed, all->count + 1);
    if (!all->rows)
        return wrong(q->file, q->line, "out of memory");
    all->rows[all->count++] = *q;
    return true;
}

/* Which field of `q` a key names; NULL for an unknown key. */
static const char **field_of(struct parsed *q, const char *key, size_t n)
{
    struct {
        const char *key;
        const char **at;
    } keys[] = {{"query", &q->name},
                {"why", &q->why},
                {"takes", &q->takes_text},
                {"gives", &q->gives_text},
                {"scans", &q->scans}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strlen(keys[i].key) == n && strncmp(keys[i].key, key, n) == 0)
            return keys[i].at;
    return NULL;
}

struct reader {
    TALLOC_CTX *life;
    struct queries *all;
    struct parsed now;
    const char **field; /* that a continuation line would go on with */
    bool open;          /* a query has begun and its statement has not ended */
};

static bool statement_ends(struct reader *r)
{
    r->open = false;
    return finish(r->life, r->all, &r->now);
}

static bool comment_line(struct reader *r, const char *file, int line, char *text)
{
    char *body = trimmed(text + 2), *colon = strchr(body, ':');
    const char *key = body;
    size_t n = colon ? (size_t)(colon - body) : 0;
    bool begins = n == 5 && strncmp(key, "query", 5) == 0;
    if (begins && r->open && r->now.sql && !statement_ends(r))
        return false;
    if (!r->open) { /* between queries: prose, until the next one begins */
        if (!begins)
            return true;
        r->now = (struct parsed){.file = file, .line = line};
        r->open = true;
    } else if (r->now.sql) {
        return wrong(
            file, line,
            "%s: a comment within the statement: it ends with a semicolon, or where the next query begins",
            r->now.name);
    }
    const char **field = n ? field_of(&r->now, key, n) : NULL;
    if (!field) {
        if (!r->field || strncmp(text, "--   ", 5) != 0)
            return wrong(file, line, "“%s” is no key (query, why, takes, gives, scans)", body);
        *r->field = talloc_asprintf(r->life, "%s %s", *r->field, body);
        return true;
    }
    if (*field)
        return wrong(file, line, "%s: this key stands twice", r->now.name);
    *field = talloc_strdup(r->life, trimmed(colon + 1));
    r->field = field;
    if (field == &r->now.name && !is_word(r->now.name, true))
        return wrong(file, line, "“%s” is not the name of a query (A-Z, 0-9, _)", r->now.name);
    return true;
}

static bool statement_line(struct reader *r, const char *file, int line, char *text)
{
    if (!r->open)
        return wrong(file, line, "a statement without -- query: above it");
    char *clean = trimmed(text);
    size_t n = strlen(clean);
    bool ends = n && clean[n - 1] == ';';
    if (ends)
        clean[n - 1] = 0;
    r->now.sql =
        r->now.sql ? talloc_asprintf(r->life, "%s\n%s", r->now.sql, clean) : talloc_strdup(r->life, clean);
    r->field = NULL;
    return ends ? statement_ends(r) : true;
}

bool parse_file(TALLOC_CTX *life, const char *path, struct queries *all)
{
    char *bytes = read_whole(life, path), *save = NULL;
    if (!bytes)
        return false;
    const char *file = talloc_strdup(life, path);
    struct reader r = {.life = life, .all = all};
    int line = 0;
    for (char *s = bytes; s && *s; s = save) {
        char *end = strchr(s, '\n');
        save = end ? end + 1 : NULL;
        if (end)
            *end = 0;
        line++;
        if (!*trimmed(s))
            continue;
        if (!(strncmp(s, "--", 2) == 0 ? comment_line(&r, file, line, s) : statement_line(&r, file, line, s)))
            return false;
    }
    return r.open ? statement_ends(&r) : true;
}
