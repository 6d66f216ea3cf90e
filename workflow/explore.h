/* explore.h - every state that an edition's charts can reach, with a bounded number of children.
 *
 * A slice says what is looked at: kinds of children that are left out are unknown, and what depends on them
 * is tried both ways; persons are two, or not told apart; days are unknown and clocks may say anything.
 * Children of a kind that no field names are interchangeable: states that differ in their order are one. The
 * moves are the engine's own (standing_judge, standing_take). Breadth first, so that a story is as short as
 * can be. */
#ifndef MINGDA_EXPLORE_H
#define MINGDA_EXPLORE_H

#include "standing_inside.h"

#define EXPLORE_KINDS 32
#define EXPLORE_LIMIT 5000000

struct slice {
    uint32_t left_out; /* bit n: the n-th kind of child */
    bool persons;
    uint8_t bound[EXPLORE_KINDS]; /* the most children of a kind */
    bool duties;                  /* also what a duty awaits and what changes nothing that is looked at */
    const struct event_kind *at;  /* or this one alone; may be NULL */
    const struct condition
        *reads[2]; /* what the watcher asks of each state: its memos are kept; may be NULL */
};

struct exploration;

/* What a watcher is told; any may be NULL. Standings are only lent. */
struct watcher {
    /* A state, when it is found. */
    void (*state)(void *self, struct exploration *x, uint32_t state, struct standing *s);
    /* An act that the rules allow, before it takes effect; `instance` is what it is about. */
    void (*act)(void *self, struct exploration *x, uint32_t from, struct standing *s, const struct act *act,
                size_t instance);
    /* Its effect; `moved`: some configuration has changed. */
    void (*step)(void *self, struct exploration *x, uint32_t from, uint32_t to, const struct act *act,
                 bool moved);
    /* An act that the rules allow and the bound on children does not. */
    void (*beyond)(void *self, struct exploration *x, uint32_t from, struct standing *s,
                   const struct act *act);
    bool (*enough)(void *self);
    void *self;
};

/* Runs to the end, to `enough`, or to `limit` states (*complete false). The exploration owns the states; it
 * lives on `life`. Faults: those of the engine (an edition whose machines do not come to rest), memory. */
const struct fault *explore(TALLOC_CTX *life, const struct edition *e, const struct slice *slice,
                            uint32_t limit, const struct watcher *watcher, struct exploration **out,
                            bool *complete);

uint32_t exploration_count(const struct exploration *x);
/* What was unknown on the way to this state: kinds left out, MODEL_PERSONS, MODEL_CLOCKS. */
uint32_t exploration_unknown(const struct exploration *x, uint32_t state);
/* The unknown that the act which is now told of has asked for. */
uint32_t exploration_asked(const struct exploration *x);
/* The acts that lead to the state, told in order: "approved L1 by A". */
const struct fault *exploration_story(TALLOC_CTX *life, struct exploration *x, uint32_t state,
                                      const char ***lines, size_t *count);
/* One act as a line of a story. */
const char *exploration_line(TALLOC_CTX *life, const struct act *act);
#endif
