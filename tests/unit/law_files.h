/* law_files.h - the law as it ships, read for tests: bytes of files, the edition, the calendar. */
#ifndef MINGDA_LAW_FILES_H
#define MINGDA_LAW_FILES_H

#include "cmocka_all.h"
#include "calendar.h"
#include "edition.h"
#include "json.h"
#include "share.h"

static inline const char *law_bytes(TALLOC_CTX *life, const char *relative, size_t *length)
{
    char *bytes = NULL;
    char *path = talloc_asprintf(life, "%s/%s", MINGDA_SOURCE, relative);
    must(share_read_file(life, path, 4u << 20, &bytes, length));
    return bytes;
}

static inline const struct edition *law_edition(TALLOC_CTX *life)
{
    const struct edition *e = NULL;
    size_t length = 0;
    const char *bytes = law_bytes(life, "workflow/editions/cn-2019.scxml", &length);
    must(edition_read(life, "cn-2019.scxml", bytes, length, &e));
    return e;
}

static inline const struct calendar *law_calendar(TALLOC_CTX *life)
{
    const struct calendar *c = NULL;
    struct calendar_source layers[2] = {{.name = "cn.csv"},
                                        {.name = "cn-2027-provisional.csv", .provisional = true}};
    layers[0].bytes = law_bytes(life, "workflow/calendars/cn.csv", &layers[0].length);
    layers[1].bytes = law_bytes(life, "workflow/calendars/cn-2027-provisional.csv", &layers[1].length);
    must(calendar_read(life, "cn", layers, 2, CIVIL_NONE, &c));
    return c;
}

/* JSON with single quotes, for tables. */
static inline const json_t *law_json(TALLOC_CTX *life, const char *text)
{
    if (!text)
        return NULL;
    char *copy = talloc_strdup(life, text);
    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    json_t *json = json_adopt(life, json_loads(copy, 0, NULL));
    assert_non_null(json);
    return json;
}
#endif
