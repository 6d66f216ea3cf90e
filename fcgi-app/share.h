/* share.h - finding and reading the files that belong to the program: editions, calendars, pages, letters,
 * migrations. They are under MINGDA_SHARE, else ../share/mingda beside the binary, else the source path
 * compiled in. */
#ifndef MINGDA_SHARE_H
#define MINGDA_SHARE_H

#include <stddef.h>
#include "fault.h"

/* The folder, found once per process. Never NULL. */
const char *share_root(void);
/* "ROOT/workflow/editions/cn-2019.scxml" on `life`; NULL without memory. */
const char *share_path(TALLOC_CTX *life, const char *relative);
/* A whole regular file of at most `limit` bytes, zero-ended (the zero is not counted), on `life`.
 * Faults: FILE_ABSENT, FILE_UNREADABLE, FILE_TOO_LARGE, with the path in the detail. */
const struct fault *share_read_file(TALLOC_CTX *life, const char *path, size_t limit, char **out,
                                    size_t *length);
/* The same for a file under the root. */
const struct fault *share_read(TALLOC_CTX *life, const char *relative, size_t limit, char **out,
                               size_t *length);
/* Names (without folder) of the regular files in a folder under the root that end with `suffix`, sorted. */
const struct fault *share_list(TALLOC_CTX *life, const char *relative, const char *suffix, const char ***out,
                               size_t *count);
#endif
