/* machine.h - a chart in a configuration, moved by the algorithm of SCXML 1.0, Appendix D.
 *
 * A machine is plain memory of machine_size() bytes: it can be copied with memcpy and compared with memcmp.
 * The world that conditions look at is a parameter. Pure; allocates only faults. */
#ifndef MINGDA_MACHINE_H
#define MINGDA_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "fault.h"
#include "scxml.h"

struct machine {
    bool running;    /* false before the start and after a top-level final state */
    uint64_t sets[]; /* the active states, then one set per history state */
};

struct machine_world {
    /* NULL: every condition holds that has none; asked in the order of the standard. */
    bool (*holds)(void *self, const struct machine *m, const struct condition *condition);
    /* Each transition taken, in the order of the standard; may be NULL. */
    void (*takes)(void *self, const struct chart_transition *t);
    void *self;
    int most_steps; /* of one event before the chart is called endless; 0: 10,000 */
};

size_t machine_size(const struct chart *chart);
struct machine *machine_new(TALLOC_CTX *life,
                            const struct chart *chart); /* not started; NULL without memory */

/* The last step of chart_learn(): what each transition leaves and enters where that is always the same. Only
 * fault: memory. */
const struct fault *machine_plan(struct chart *chart);

/* Enters the initial configuration and runs to rest. Faults: CHART_ENDLESS (FAULT_BROKEN) when eventless
 * transitions or raised events do not come to rest within 10,000 steps. */
const struct fault *machine_start(TALLOC_CTX *life, const struct chart *chart, struct machine *m,
                                  const struct machine_world *world);
/* One external event, run to rest; *taken (may be NULL) says whether any transition was enabled by it. */
const struct fault *machine_send(TALLOC_CTX *life, const struct chart *chart, struct machine *m,
                                 const struct machine_world *world, const char *event, bool *taken);
/* The same with the event's number in chart->names. */
const struct fault *machine_send_number(TALLOC_CTX *life, const struct chart *chart, struct machine *m,
                                        const struct machine_world *world, int event, bool *taken);
/* No event: eventless transitions whose conditions may have become true in the world outside. */
const struct fault *machine_settle(TALLOC_CTX *life, const struct chart *chart, struct machine *m,
                                   const struct machine_world *world);
/* Is there an active state with, on it or around it, a transition that waits for no event? Without one
 * machine_settle() changes nothing. */
static inline bool machine_restless(const struct chart *chart, const struct machine *m)
{
    for (int w = 0; m->running && w < chart->words; w++)
        if (m->sets[w] & chart->eventless[w])
            return true;
    return false;
}
/* The transitions that the event of that number (-1: none) would take now; at most `room` of them are
 * written, their number is returned.
 */
size_t machine_enabled(const struct chart *chart, const struct machine *m, const struct machine_world *world,
                       int event, const struct chart_transition **out, size_t room);
/* Takes those, all of them and in that order, and runs to rest: machine_send_number() for one who has just
 * asked machine_enabled(). */
const struct fault *machine_take(TALLOC_CTX *life, const struct chart *chart, struct machine *m,
                                 const struct machine_world *world,
                                 const struct chart_transition *const *enabled, size_t count);

static inline bool machine_in(const struct machine *m, int state)
{
    return m->sets[state / 64] >> (state % 64) & 1;
}
/* Is the descriptor list of SCXML 3.12.1 ("a b.* *") matched by the name? For one descriptor. */
bool machine_descriptor_matches(const char *descriptor, const char *event);
#endif
