/* configuration.h - the one table of settings, for all processes and commands.
 * File: --settings FILE, else MINGDA_SETTINGS, else /etc/mingda/mingda.conf where there is one. */
#ifndef MINGDA_CONFIGURATION_H
#define MINGDA_CONFIGURATION_H

#include "settings.h"

extern const struct setting CONFIGURATION[];
extern const size_t CONFIGURATION_COUNT;

/* `file` NULL: where the environment or the standard place says. */
const struct fault *configuration_load(TALLOC_CTX *life, const char *file, const struct settings **out);
/* The connection string for a process ("web", "clock", "sign", "pdf", "audit", "owner"): MINGDA_DATABASE,
 * else the setting database.connection, with the user of that process's role added unless it names one. On
 * `life`. */
const struct fault *configuration_database(TALLOC_CTX *life, const struct settings *s, const char *process,
                                           const char **out);
/* Reads a secret of exactly `length` bytes from the file that setting `name` gives (raw, or as hex). */
const struct fault *configuration_secret(TALLOC_CTX *life, const struct settings *s, const char *name,
                                         void *out, size_t length);

#endif
