/* rounds.h - a process that works in rounds (clock, sign, pdf): asked to stop between them, never within one.
 */
#ifndef MINGDA_ROUNDS_H
#define MINGDA_ROUNDS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include "fault.h"

struct rounds {
    sigset_t stops;
    const char *trouble; /* code of what the last round failed by, or NULL */
};

/* Names the process in the log and blocks SIGTERM and SIGINT: no unit of work is cut in two by them. */
void rounds_begin(struct rounds *rounds, const char *process);
/* Sleeps; true when asked to stop. */
bool rounds_wait(const struct rounds *rounds, int64_t seconds);
/* Logs a trouble once when it begins and once when it has ended; `f` NULL: the round went well. */
void rounds_tell(struct rounds *rounds, const struct fault *f, TALLOC_CTX *scratch);

#endif
