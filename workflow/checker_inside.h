/* checker_inside.h - what the files of the checker share. */
#ifndef MINGDA_CHECKER_INSIDE_H
#define MINGDA_CHECKER_INSIDE_H

#include "checker.h"
#include "explore.h"

#define CHECK_BOUND 2 /* children of a kind in a slice */

/* One invariant under examination, in one slice. */
struct checking {
    TALLOC_CTX *life;
    const struct edition *e;
    const struct edition_invariant *v;
    uint64_t witnesses;
    struct parts witness_unknown; /* what kept us from seeing a witness */
    bool found;                   /* a break, or for `reachable` what is looked for */
    uint32_t at;
    struct parts unknown; /* what the break itself rests on */
    const char *last;     /* the act that breaks it */
    const struct fault *fault;
    struct sure *sure; /* of those that ask what is surely possible */
    bool stuck;        /* where it was found, nothing that is left out could help */
};

static inline bool is_built_in(const struct edition_invariant *v, const char *name)
{
    return v->built_in && strcmp(v->built_in, name) == 0;
}

/* Is it about what can surely be reached from everywhere: an end, or what the condition says? */
static inline bool is_about_ways(const struct edition_invariant *v)
{
    return v->kind == INVARIANT_POSSIBLE || is_built_in(v, "can-always-close");
}

/* ---- checker_sure.c: what every edition must keep, where most ask what is surely possible */
bool is_sure_of(const struct edition_invariant *v);
const struct fault *sure_begin(struct checking *c, struct watcher *w);
/* After all states are known: is there one in which nobody surely can? */
const struct fault *sure_judge(struct checking *c, const struct exploration *x);
/* Where all is good: do the lemmas hold in this slice too, which may notice more than that in which they were
 * proven? *again: one does not, and what rests on it is to be looked at once more. */
const struct fault *sure_confirm(const struct checking *c, const struct exploration *x, struct slice *slice,
                                 bool *again);
/* Where nobody surely can: makes the slice say more, by what it costs least to look at or by a guard that is
 * proven to wait for what is left out only. *again false: nothing is known that helps for that price. */
const struct fault *sure_help(struct checking *c, const struct exploration *x, struct slice *slice,
                              unsigned most, bool *again);
#endif
