#include <stddef.h>
#include "commands.h"

const struct command COMMANDS[] = {
    {"settings", command_settings, "--print | --check: the settings, each with its sentence"},
    {NULL, NULL, NULL},
};
