/* explore.h - every state that an edition's charts can reach, with a bounded number of children.
 *
 * A slice says what is looked at: kinds of children, regions of the dossier, facts that conditions remember,
 * persons (two) and clocks (off, running, held, expired, stopped). What is left out is unknown, and what
 * depends on it is tried every way; it may also move by itself at any time. So a slice allows whatever the
 * whole allows, and perhaps more. What a form says is decided where a rule first reads it; codes that no rule
 * of the slice tells apart are one. Children of a kind that no field names are interchangeable: states that
 * differ in their order are one, and those that can do nothing more and that no rule of the slice could tell
 * from none are forgotten (explore_spent.c). The moves are the engine's own (standing_judge, standing_take).
 * Breadth first, so that a story is as short as can be. */
#ifndef MINGDA_EXPLORE_H
#define MINGDA_EXPLORE_H

#include "standing_inside.h"

#define EXPLORE_KINDS   32
#define EXPLORE_REGIONS 32
#define EXPLORE_LIMIT   5000000
#define EXPLORE_TRIES   10000000 /* of acts in one slice; more is not proven, as more states are */

/* A guard that may not be decided here: does what is left out always come to let it pass, by acts that this
 * slice does not notice? */
struct slice_lemma {
    const struct condition *guard;
    bool holds;
};
#define SLICE_LEMMAS 16

struct slice {
    struct parts keep;
    uint8_t bound[EXPLORE_KINDS]; /* the most children of a kind */
    bool forgets;                 /* children that are spent */
    bool duties;                  /* also what a duty awaits and what changes nothing that is looked at */
    const struct event_kind *at;  /* or this one alone; may be NULL */
    const struct condition
        *reads[2]; /* what the watcher asks of each state: its memos are kept; may be NULL */
    struct slice_lemma lemmas[SLICE_LEMMAS];
    size_t lemma_count;
};

/* The place of a memo among those of all scopes: its bit in parts.facts, where there is one. */
static inline size_t edition_memo_number(const struct edition *e, size_t scope, size_t memo)
{
    for (size_t i = 0; i < scope; i++)
        memo += e->inside->memos[i].count;
    return memo;
}

/* The largest slice: nothing is left out. */
struct parts parts_all(const struct edition *e);
bool parts_none(const struct parts *p);
bool parts_same(const struct parts *a, const struct parts *b);
/* What is in `of` and not in `without`. */
struct parts parts_minus(const struct parts *of, const struct parts *without);
/* What is in both; where one has a whole clock, what the other has of it. */
struct parts parts_both(const struct parts *a, const struct parts *b);
/* Roughly how much larger a slice becomes. */
unsigned parts_cost(const struct parts *p);

struct exploration;

#define RUN_GUARDS 4
/* One way in which an act can go. */
struct run {
    const struct value *said; /* by field of the form; open where nobody asked */
    size_t said_count;
    bool allowed;
    struct parts passed;                        /* allowed only because this is left out */
    struct parts unknown;                       /* what was asked for and is left out */
    const struct condition *guards[RUN_GUARDS]; /* that let pass for kinds left out; NULL: no more */
    bool waits;                                 /* a guard lets pass by and by, see slice.lemmas */
    uint32_t to;                                /* when it is allowed and not beyond the bound */
};

/* What a watcher is told; any may be NULL. Standings are only lent. `act->event` may be one of the two that
 * no edition declares: exploration_is_time(). */
struct watcher {
    /* A state, when it is found. */
    void (*state)(void *self, struct exploration *x, uint32_t state, struct standing *s);
    /* An act that the rules allow, before it takes effect; `instance` is what it is about. */
    void (*act)(void *self, struct exploration *x, uint32_t from, struct standing *s, const struct act *act,
                size_t instance);
    /* An act and every way it can go; `beyond`: the rules may allow it, the bound on children does not. */
    void (*tried)(void *self, struct exploration *x, uint32_t from, struct standing *s, const struct act *act,
                  const struct run *runs, size_t count, bool beyond);
    /* From one state to another, which may be known. */
    void (*went)(void *self, uint32_t from, uint32_t to);
    bool (*enough)(void *self);
    void *self;
};

/* Runs to the end, to `enough`, or to `limit` states (*complete false). The exploration owns the states; it
 * lives on `life`. Faults: those of the engine (an edition whose machines do not come to rest), memory. */
const struct fault *explore(TALLOC_CTX *life, const struct edition *e, const struct slice *slice,
                            uint32_t limit, const struct watcher *watcher, struct exploration **out,
                            bool *complete);

uint32_t exploration_count(const struct exploration *x);
uint32_t exploration_parent(const struct exploration *x, uint32_t state);
/* What the step to this state asked for and the slice has left out. */
struct parts exploration_unknown(const struct exploration *x, uint32_t state);
/* The unknown that the act which is now told of has asked for. */
struct parts exploration_asked(const struct exploration *x);
/* Evaluates a condition of the watcher's, of an instance of the standing it was lent; what it asks for and is
 * left out goes to *unknown. */
struct value exploration_ask(struct exploration *x, const struct condition *c, struct standing *s,
                             const struct act *act, size_t instance, struct parts *unknown);
/* Looks at one state again: all its acts are told to `watcher`; their effects too where the states are known.
 */
const struct fault *exploration_visit(struct exploration *x, uint32_t state, const struct watcher *watcher);
/* The two events that no edition declares: a period ends, and what is left out moves by itself. */
bool exploration_is_time(const struct act *act);
bool exploration_is_elsewhere(const struct act *act);
/* May an act of another exploration of the edition change what this one looks at? */
bool exploration_notices(const struct exploration *x, const struct exploration *of, const struct act *act);
/* In the standing that is lent: does a clock run at whose end the program itself acts? *unknown: clocks left
 * out that might. */
bool exploration_wakes(struct exploration *x, const struct standing *s, struct parts *unknown);
/* One act as a line of a story: "approved L1 by A". */
const char *exploration_line(TALLOC_CTX *life, const struct act *act);

/* The acts that lead to a state, walked again with nothing left out. */
struct retold {
    bool real;    /* they can all be done, each leads to what the slice says, and `last` has seen enough */
    bool arrived; /* the same, whatever `last` has seen */
    struct parts asked; /* else: what the slice has to look at so as not to go that way; none: nothing says */
    const char **lines; /* in order; when real, told of the whole, else of the slice */
    size_t count;
};
/* `last`, which may be NULL, is told of the whole states at the end, and of the acts there that its slice
 * asks for (slice.at). The walk gives up (neither real nor asked) where it has too many whole states at once.
 */
const struct fault *exploration_retell(TALLOC_CTX *life, struct exploration *x, uint32_t state,
                                       const struct watcher *last, struct retold *out);
/* Goes along a way that is written down (see exploration_line), with nothing left out, and shows its ends to
 * `goal`; *gone: the lines that could be done. Faults: a line that names no event or field (CHECK_ALONG). */
const struct fault *exploration_along(TALLOC_CTX *life, const struct edition *e, const struct slice *slice,
                                      const char *const *lines, size_t count, const struct watcher *goal,
                                      bool *found, size_t *gone);
/* Looks for a state of which `goal` has seen enough (told of a state it must say of each anew), with nothing
 * left out, led by the slice. False: not found, which says nothing. */
const struct fault *exploration_seek(TALLOC_CTX *life, const struct edition *e, const struct slice *slice,
                                     uint32_t limit, const struct watcher *goal, bool *found);
#endif
