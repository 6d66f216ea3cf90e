/* desk.h - what commands share: settings and a database connection for one of the processes' roles. */
#ifndef MINGDA_DESK_H
#define MINGDA_DESK_H

#include "db.h"
#include "edition.h"
#include "fault.h"
#include "settings.h"

/* Settings from MINGDA_SETTINGS or the standard place, and a connection as `process` ("owner", "clock"…),
 * tried once. */
const struct fault *desk_open(TALLOC_CTX *life, const char *process, const struct settings **settings,
                              struct db **db);
/* Prints the fault on stderr, behind the command's name; 1. */
int desk_fail(const char *command, const struct fault *fault);

/* One line of JSON on stdout; takes the reference. NULL, as json_pack() gives without memory, is
 * fault_memory(). */
const struct fault *desk_print(json_t *line);
/* "2026-03-30", or null for CIVIL_NONE; a new reference. */
json_t *desk_day(struct civil day);
/* An edition from a file that the operator named. Faults of share_read_file() and edition_read(). */
const struct fault *desk_edition(TALLOC_CTX *life, const char *file, const struct edition **out);

#endif
