/* main.c - one binary; each row of the table is a subcommand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "commands.h"

int main(int argc, char **argv)
{
    setenv("TZ", "UTC", 1); /* nothing here knows a time zone; a library that asks need not look for files */
    if (argc >= 2) {
        for (const struct command *c = COMMANDS; c->name; c++)
            if (strcmp(c->name, argv[1]) == 0)
                return c->run(argc - 1, argv + 1);
        if (strcmp(argv[1], "--version") == 0) {
            puts("mingda " MINGDA_VERSION);
            return 0;
        }
    }
    fprintf(stderr, "usage: mingda COMMAND …\n\n");
    for (const struct command *c = COMMANDS; c->name; c++)
        fprintf(stderr, "  %-14s %s\n", c->name, c->help);
    return 2;
}
