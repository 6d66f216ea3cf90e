#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>
#include "civil.h"
#include "life.h"
#include "settings.h"
#include "text.h"

struct settings {
    const struct setting *table;
    size_t count;
    const char **values; /* as text, checked; NULL: not set */
};

struct reading {
    TALLOC_CTX *scratch;
    struct settings *into;
    const char *file;
    const char *name, *value; /* of the line read last */
    bool failed;
};

static int find(const struct settings *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->table[i].name, name) == 0)
            return (int)i;
    return -1;
}

static bool value_fits(const struct setting *row, const char *value)
{
    int64_t n;
    struct civil day;
    size_t length = strlen(value);
    switch (row->kind) {
    case SETTING_INT:
        return text_to_int(value, row->min, row->max, &n);
    case SETTING_BOOL:
        return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0;
    case SETTING_DAY:
        return !length || civil_parse(value, &day);
    case SETTING_TEXT:
    case SETTING_PATH:
        return text_is_utf8(value, length) &&
               (!row->max || (length >= (size_t)row->min && length <= (size_t)row->max));
    }
    return false;
}

static const struct fault *put(TALLOC_CTX *life, struct settings *s, const char *name, const char *value,
                               const char *where)
{
    int i = find(s, name);
    if (i < 0)
        return fault_new(life, FAULT_INPUT, "SETTING_UNKNOWN", "%s: there is no setting %s", where, name);
    if (!value_fits(&s->table[i], value))
        return fault_new(life, FAULT_INPUT, "SETTING_VALUE", "%s: %s does not take this value (%s)", where,
                         name, s->table[i].help);
    s->values[i] = talloc_strdup(s, value);
    return s->values[i] ? NULL : fault_memory();
}

/* The first line that does not fit is kept; inih reads on and returns that line's number at its end. */
static int on_line(void *user, const char *section, const char *name, const char *value)
{
    struct reading *r = user;
    if (r->failed)
        return 1;
    r->name = talloc_asprintf(r->scratch, "%s%s%s", section, *section ? "." : "", name);
    r->value = talloc_strdup(r->scratch, value ? value : "");
    r->failed = !r->name || !r->value || put(r->scratch, r->into, r->name, r->value, r->file) != NULL;
    return !r->failed;
}

static const struct fault *read_file(TALLOC_CTX *life, struct settings *s, const char *file)
{
    SCOPED_LIFE(scratch);
    scoped_file FILE *in = fopen(file, "re");
    if (!in)
        return fault_new(life, FAULT_INPUT, "SETTING_FILE", "%s: %s", file, strerror(errno));
    struct reading r = {.scratch = scratch, .into = s, .file = file};
    int line = ini_parse_file(in, on_line, &r);
    if (!line)
        return NULL;
    const char *where = talloc_asprintf(scratch, "%s:%d", file, line);
    if (r.failed && where && r.name && r.value)
        TRY(put(life, s, r.name, r.value, where));
    return fault_new(life, FAULT_INPUT, "SETTING_FILE", "%s:%d: not a line of a settings file", file, line);
}

/* "web.workers" is MINGDA_WEB_WORKERS in the environment. */
static const char *variable(TALLOC_CTX *life, const char *name)
{
    char *out = talloc_asprintf(life, "MINGDA_%s", name);
    for (char *c = out; c && *c; c++)
        *c = *c == '.' || *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    return out;
}

const struct fault *settings_load(TALLOC_CTX *life, const struct setting *table, size_t count,
                                  const char *file, const struct settings **out)
{
    struct settings *s = talloc_zero(life, struct settings);
    TRY_MEMORY(s);
    s->table = table;
    s->count = count;
    s->values = talloc_zero_array(s, const char *, count + 1);
    TRY_MEMORY(s->values);
    for (size_t i = 0; i < count; i++)
        if (table[i].standard)
            TRY(put(life, s, table[i].name, table[i].standard, "default"));
    if (file)
        TRY(read_file(life, s, file));
    for (size_t i = 0; i < count; i++) {
        const char *name = variable(s, table[i].name);
        TRY_MEMORY(name);
        if (getenv(name))
            TRY(put(life, s, table[i].name, getenv(name), name));
    }
    *out = s;
    return NULL;
}

static const char *value_of(const struct settings *s, const char *name)
{
    int i = find(s, name);
    assert(i >= 0);
    return s->values[i];
}

const char *settings_text(const struct settings *s, const char *name)
{
    const char *value = value_of(s, name);
    return value && *value ? value : NULL;
}

int64_t settings_int(const struct settings *s, const char *name)
{
    int64_t n = 0;
    text_to_int(value_of(s, name), INT64_MIN, INT64_MAX, &n);
    return n;
}

bool settings_flag(const struct settings *s, const char *name)
{
    return text_same(value_of(s, name), "yes");
}

void settings_print(const struct settings *s, FILE *out)
{
    const char *section = "";
    size_t length = 0;
    for (size_t i = 0; i < s->count; i++) {
        const char *name = s->table[i].name, *dot = strchr(name, '.');
        size_t n = dot ? (size_t)(dot - name) : 0;
        if (n && (n != length || strncmp(section, name, n) != 0)) {
            fprintf(out, "%s[%.*s]\n", i ? "\n" : "", (int)n, name);
            section = name;
            length = n;
        }
        fprintf(out, "; %s\n%s%s = %s\n", s->table[i].help, s->values[i] ? "" : ";", dot ? dot + 1 : name,
                s->values[i] ? s->values[i] : "");
    }
}
