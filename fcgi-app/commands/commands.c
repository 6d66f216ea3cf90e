#include <stddef.h>
#include "commands.h"

const struct command COMMANDS[] = {
    {"settings", command_settings, "--print | --check: the settings, each with its sentence"},
    {"migrate", command_migrate, "brings the database to the version of this program"},
    {NULL, NULL, NULL},
};
