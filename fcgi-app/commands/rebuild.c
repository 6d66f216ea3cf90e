/* rebuild.c - mingda rebuild [--check]: every derived row computed anew from the facts. --check only
 * compares. */
#include <stdio.h>
#include <string.h>
#include "commands.h"
#include "desk.h"
#include "life.h"
#include "office.h"

struct counting {
    size_t differences;
};

static void on_difference(void *arg, const char *ref, const char *what)
{
    struct counting *c = arg;
    c->differences++;
    fprintf(stderr, "%s: %s differs from what its facts say\n", ref, what);
}

int command_rebuild(int argc, char **argv)
{
    SCOPED_LIFE(life);
    const struct settings *settings = NULL;
    struct db *db = NULL;
    struct office *office = NULL;
    struct counting counting = {0};
    size_t dossiers = 0;
    bool check = argc == 2 && strcmp(argv[1], "--check") == 0;
    if (argc > 2 || (argc == 2 && !check)) {
        fputs("usage: mingda rebuild [--check]\n", stderr);
        return 2;
    }
    const struct fault *f = desk_open(life, "clock", &settings, &db);
    if (!f)
        f = office_open(life, settings, &office);
    if (!f)
        f = office_rebuild(db, office, !check, on_difference, &counting, &dossiers, life);
    if (f)
        return desk_fail("rebuild", f);
    printf("{\"dossiers\": %zu, \"differences\": %zu}\n", dossiers, counting.differences);
    return check && counting.differences ? 1 : 0;
}
