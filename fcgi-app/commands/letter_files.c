#include <string.h>
#include "letter_files.h"
#include "life.h"
#include "share.h"

enum { TEMPLATE_LIMIT = 256 << 10, VERSIONS_MAX = 99 };

const struct fault *letter_files_open(TALLOC_CTX *life, const char *path, struct civil day,
                                      struct letter_files **out)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash ? talloc_strndup(life, path, (size_t)(slash - path)) : ".";
    struct letter_files *files = talloc_zero(life, struct letter_files);
    char *bytes;
    TRY_MEMORY(folder);
    TRY_MEMORY(files);
    files->clauses = talloc_asprintf(life, "%s/../clauses", folder);
    TRY_MEMORY(files->clauses);
    files->day = day;
    files->source.name = slash ? slash + 1 : path;
    TRY(letter_reader_new(life, &files->reader));
    TRY(share_read_file(life, path, TEMPLATE_LIMIT, &bytes, &files->source.length));
    files->source.bytes = bytes;
    *out = files;
    return NULL;
}

/* The first day in the start tag of the clause; CIVIL_NONE without one. The reader checks the whole later. */
static struct civil first_day(const char *bytes)
{
    static const char FROM[] = " from=\"";
    struct civil day = CIVIL_NONE;
    const char *tag = strstr(bytes, "<clause"), *end = tag ? strchr(tag, '>') : NULL,
               *from = tag ? strstr(tag, FROM) : NULL;
    if (from && end && from < end)
        (void)!civil_parse_n(from + sizeof FROM - 1, 10, &day);
    return day;
}

static const struct fault *read_clause(TALLOC_CTX *life, const char *path, const char *name,
                                       struct letter_source *out)
{
    char *bytes;
    TRY_MEMORY(path);
    TRY_MEMORY(name);
    TRY(share_read_file(life, path, TEMPLATE_LIMIT, &bytes, &out->length));
    out->bytes = bytes;
    out->name = name;
    return NULL;
}

const struct fault *letter_files_clause(void *context, TALLOC_CTX *life, const char *code,
                                        struct letter_source *out)
{
    const struct letter_files *files = context;
    TRY(read_clause(life, talloc_asprintf(life, "%s/%s.xml", files->clauses, code),
                    talloc_asprintf(life, "%s.xml", code), out));
    if (!civil_is_set(files->day) || civil_compare(first_day(out->bytes), files->day) <= 0)
        return NULL;
    for (int version = VERSIONS_MAX; version > 0; version--) {
        struct letter_source earlier;
        const char *name = talloc_asprintf(life, "%s-%d.xml", code, version);
        const struct fault *f =
            read_clause(life, talloc_asprintf(life, "%s/earlier/%s", files->clauses, name), name, &earlier);
        if (!f && civil_compare(first_day(earlier.bytes), files->day) <= 0) {
            *out = earlier;
            return NULL;
        }
        if (f && f->kind != FAULT_ABSENT && f->kind != FAULT_INPUT)
            return f;
    }
    return NULL; /* the letter will say that it is not in force */
}

struct civil letter_files_day(const json_t *data)
{
    struct civil day = CIVIL_NONE;
    const char *words = json_text(data, "date");
    return words && civil_parse(words, &day) ? day : CIVIL_NONE;
}
