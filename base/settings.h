/* settings.h - a table of settings: name, kind, bounds, default and one sentence for the operator.
 * The sample file and the manual are printed from the table; an unknown name refuses to start. */
#ifndef MINGDA_SETTINGS_H
#define MINGDA_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "fault.h"

enum setting_kind { SETTING_TEXT, SETTING_INT, SETTING_BOOL, SETTING_PATH, SETTING_DAY };

struct setting {
    const char *name; /* "web.workers": section and key of the file; MINGDA_WEB_WORKERS in the environment */
    enum setting_kind kind;
    int64_t min, max;     /* of a number, or of a text's length */
    const char *standard; /* default as text; NULL: not set */
    bool secret;          /* a path to a secret file: --print shows the path, never the content */
    const char *help;     /* one sentence */
};

struct settings;

/* Defaults, then the file (may be NULL), then the environment. Faults: SETTING_UNKNOWN, SETTING_VALUE,
 * SETTING_FILE with file and line (or the variable's name). `table` is borrowed for the life of the result.
 */
const struct fault *settings_load(TALLOC_CTX *life, const struct setting *table, size_t count,
                                  const char *file, const struct settings **out);
const char *settings_text(const struct settings *s,
                          const char *name); /* asserts that the name is in the table */
int64_t settings_int(const struct settings *s, const char *name);
bool settings_flag(const struct settings *s, const char *name);
/* The sample file, each setting with its sentence, in the order of the table. */
void settings_print(const struct settings *s, FILE *out);
#endif
