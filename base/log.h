/* log.h - one line per event on stderr: `time level event key=value …`. For operators; no personal data.
 * Library rooms are silent; only fcgi-app logs. */
#ifndef MINGDA_LOG_H
#define MINGDA_LOG_H

#include <stdarg.h>

enum log_level { LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* The id of the exchange (or unit of a background process) that later lines carry; NULL for none. Borrowed.
 */
void log_scope(const char *exchange_id);
/* The name of the process in each line: "web", "clock". Borrowed. */
void log_process(const char *name);
/* `event` is a fixed word; then pairs of names and values (const char *, NULL shown as -), ended by NULL.
 * Control characters and quotes in values are escaped. */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));
#endif
