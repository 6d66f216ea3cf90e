/* calendars.h - the calendars that belong to the program, found and read by name. */
#ifndef MINGDA_CALENDARS_H
#define MINGDA_CALENDARS_H

#include "calendar.h"
#include "table.h"

/* Reads NAME.csv and its layers NAME-*.csv under the share's workflow/calendars, a file whose name says so
 * being provisional; and over them what was imported: the rows of CALENDAR_LAYERS with that name (NULL:
 * none). `known` as for calendar_read(). *version (may be NULL): the first 12 hex digits of the SHA-256 of
 * all their bytes. All on `life`. Faults: CALENDAR_ABSENT (FAULT_INPUT), those of share_read() and
 * calendar_read(). */
const struct fault *calendars_load(TALLOC_CTX *life, const char *name, struct civil known,
                                   const struct table *imported, const struct calendar **out,
                                   const char **version);

#endif
