/* desk.h - what commands share: settings and a database connection for one of the processes' roles. */
#ifndef MINGDA_DESK_H
#define MINGDA_DESK_H

#include "db.h"
#include "fault.h"
#include "settings.h"

/* Settings from MINGDA_SETTINGS or the standard place, and a connection as `process` ("owner", "clock"…),
 * tried once. */
const struct fault *desk_open(TALLOC_CTX *life, const char *process, const struct settings **settings,
                              struct db **db);
/* Prints the fault on stderr, behind the command's name; 1. */
int desk_fail(const char *command, const struct fault *fault);

#endif
