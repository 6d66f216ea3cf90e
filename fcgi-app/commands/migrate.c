/* migrate.c - mingda migrate: brings the database to the version of this program, forward only. */
#include <stdio.h>
#include <string.h>
#include "commands.h"
#include "configuration.h"
#include "db.h"
#include "life.h"
#include "share.h"

enum { MIGRATION_LIMIT = 4 << 20 };

static void applied(void *arg, const char *name)
{
    json_array_append_new(arg, json_string(name));
}

static const struct fault *read_files(TALLOC_CTX *life, struct db_migration **out, size_t *count)
{
    const char **names;
    TRY(share_list(life, "sql/migrations", ".sql", &names, count));
    struct db_migration *files = talloc_zero_array(life, struct db_migration, *count + 1);
    TRY_MEMORY(files);
    for (size_t i = 0; i < *count; i++) {
        char *bytes;
        const char *path = talloc_asprintf(life, "sql/migrations/%s", names[i]);
        TRY_MEMORY(path);
        TRY(share_read(life, path, MIGRATION_LIMIT, &bytes, &files[i].length));
        files[i].name = names[i];
        files[i].bytes = bytes;
    }
    *out = files;
    return NULL;
}

static const struct fault *migrate(TALLOC_CTX *life, const char *settings_file, json_t *done)
{
    const struct settings *settings;
    const char *connection;
    struct db *db;
    struct db_migration *files;
    size_t count;
    TRY(configuration_load(life, settings_file, &settings));
    TRY(configuration_database(life, settings, "owner", &connection));
    TRY(read_files(life, &files, &count));
    TRY(db_open(life, connection, &db));
    return db_migrate(db, files, count, applied, done, life);
}

int command_migrate(int argc, char **argv)
{
    const char *settings_file = NULL;
    if (argc == 3 && strcmp(argv[1], "--settings") == 0) {
        settings_file = argv[2];
    } else if (argc != 1) {
        fputs("usage: mingda migrate [--settings FILE]\n", stderr);
        return 2;
    }
    SCOPED_LIFE(life);
    json_t *result = json_adopt(life, json_pack("{s:[]}", "applied"));
    if (!result)
        return 1;
    const struct fault *f = migrate(life, settings_file, json_object_get(result, "applied"));
    if (f) {
        fprintf(stderr, "mingda migrate: %s\n", fault_text(life, f));
        return 1;
    }
    json_dumpf(result, stdout, JSON_ENSURE_ASCII);
    putchar('\n');
    return 0;
}
