/* settings.c - mingda settings: the table of settings as a sample file, or a check of the one in use. */
#include <stdio.h>
#include <string.h>
#include "commands.h"
#include "configuration.h"
#include "life.h"

static int usage(void)
{
    fputs("usage: mingda settings --print | --check [--settings FILE]\n", stderr);
    return 2;
}

int command_settings(int argc, char **argv)
{
    SCOPED_LIFE(life);
    const char *file = NULL;
    bool print = false, check = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--print") == 0)
            print = true;
        else if (strcmp(argv[i], "--check") == 0)
            check = true;
        else if (strcmp(argv[i], "--settings") == 0 && i + 1 < argc)
            file = argv[++i];
        else
            return usage();
    }
    if (print == check)
        return usage();
    const struct settings *settings;
    const struct fault *f = configuration_load(life, file, &settings);
    const char *connection;
    if (!f)
        f = configuration_database(life, settings, "web", &connection);
    if (f) {
        fprintf(stderr, "mingda settings: %s\n", fault_text(life, f));
        return 1;
    }
    if (print)
        settings_print(settings, stdout);
    return 0;
}
