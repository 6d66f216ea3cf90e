#include <stdio.h>
#include "configuration.h"
#include "desk.h"
#include "life.h"
#include "share.h"

#define EDITION_LIMIT (4u << 20)

const struct fault *desk_open(TALLOC_CTX *life, const char *process, const struct settings **settings,
                              struct db **db)
{
    const char *connection = NULL;
    TRY(configuration_load(life, NULL, settings));
    TRY(configuration_database(life, *settings, process, &connection));
    TRY(db_open(life, connection, db));
    return db_ping(*db, life);
}

int desk_fail(const char *command, const struct fault *fault)
{
    SCOPED_LIFE(life);
    fprintf(stderr, "mingda %s: %s\n", command, fault_text(life, fault));
    return 1;
}

const struct fault *desk_print(json_t *line)
{
    int failed = line ? json_dumpf(line, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER) : -1;
    json_decref(line);
    putchar('\n');
    return failed ? fault_memory() : NULL;
}

json_t *desk_day(struct civil day)
{
    char text[CIVIL_TEXT];
    if (!civil_is_set(day))
        return json_null();
    civil_format(day, text);
    return json_string(text);
}

const struct fault *desk_edition(TALLOC_CTX *life, const char *file, const struct edition **out)
{
    char *bytes = NULL;
    size_t length = 0;
    TRY(share_read_file(life, file, EDITION_LIMIT, &bytes, &length));
    return edition_read(life, file, bytes, length, out);
}
