/* counters.h - what the workers have done, in memory that the master and all workers share. Each worker
 * writes its own slot; anybody may read. For /metrics and for the master's watch over exchanges that hang. */
#ifndef MINGDA_COUNTERS_H
#define MINGDA_COUNTERS_H

#include <stddef.h>
#include <stdint.h>
#include "text.h"

struct counters;

/* Shared by all processes forked later; NULL without memory. Released with the process. */
struct counters *counters_new(size_t workers);
void counters_end(struct counters *c);

/* A worker's slot: an exchange begins (monotonic microseconds) and ends. */
void counters_begin(struct counters *c, size_t slot, int64_t now);
void counters_finish(struct counters *c, size_t slot, int status, int64_t microseconds);
/* When the slot's exchange began, 0: it is idle. */
int64_t counters_busy_since(const struct counters *c, size_t slot);
/* A new worker takes the slot; it keeps its sums. */
void counters_start(struct counters *c, size_t slot);
void counters_lost(struct counters *c);   /* a worker died of something */
void counters_killed(struct counters *c); /* an exchange hung and was ended */
/* In Prometheus' text format. */
void counters_print(const struct counters *c, struct text *out);
#endif
