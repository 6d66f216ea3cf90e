/* explore_inside.h - what the files of the explorer share. */
#ifndef MINGDA_EXPLORE_INSIDE_H
#define MINGDA_EXPLORE_INSIDE_H

#include "clock_inside.h"
#include "explore.h"

#define MOST_TEXTS     200  /* of one byte */
#define MOST_BYTES     8192 /* of one packed state */
#define MOST_DECISIONS 64   /* in one way of one act */
#define MOST_RUNS      20000
#define MOST_RESTING   3  /* children of a kind beside those that move */
#define SEEN_BIT       63 /* of parts.clocks: what the tests "repeated" and "missing" look at */

/* A clock as the explorer sees it: no days, only what stands. */
struct ticking {
    uint8_t flags, holds, marks, grants;
};
enum {
    TICK_STARTED = 1,
    TICK_STOPPED = 2,
    TICK_EXPIRED = 4,
    TICK_PENDING = 8,
    TICK_PAUSED = 16,
    TICK_FIXED = 32,
    TICK_TOLD = 64
};

/* The clocks of all instances of a standing, row by row, and one seen set for each. */
struct ticks {
    struct ticking *rows;
    uint32_t *seen;
};

/* A standing that is made once: its instances wait in slots, and what an act adds is young. */
struct frame_of {
    struct standing *standing;
    TALLOC_CTX *young;
    struct instance dossier;
    struct instance *slots[EXPLORE_KINDS];
    struct ticks ticks;
    bool *rests; /* per instance */
    size_t most; /* instances it has room for */
};

/* A field of a form. Of kind code: which choice stands for each, told apart by all rules of the slice (now);
 * by what depends on it beyond whether the act is allowed (matters); by those that read it later. */
struct choices {
    bool matters;
    uint8_t *now, *matter, *later;
};

struct decision {
    uint16_t at, options;
    bool guarded; /* of what the form says: decides only whether the act is allowed */
    bool allowed; /* some way under it was */
    int8_t field; /* that it is about; -1: none */
    uint64_t why; /* the fields that the refusals under it have read */
};

struct asked {
    const struct condition_node *inner;
    bool negated;
    size_t instance;
    size_t decision;
};

#define ROWS 16384
/* A state that was found. */
struct row {
    const uint8_t *bytes; /* packed */
    uint32_t parent;
    uint16_t length;
    struct parts unknown; /* what the step to it asked for */
};

/* An act while it is tried. */
struct trying {
    struct exploration *x;
    struct standing *s;
    const uint8_t *bytes; /* of s */
    struct act act;
    struct fact fact;
    struct value values[MOST_FIELDS];
    size_t instance;
    bool beyond;
    size_t clock;           /* of an end; else x->clock_count */
    enum may_ground ground; /* why it was refused; MAY_CLOCK: by a rule that is no guard, see refused_by */
    /* what is done with a successor that stands in x->there */
    const struct fault *(*next)(struct trying *t, const uint8_t *bytes, size_t length, uint32_t *to);
    /* may be NULL: is it what is looked for; it was, and was refused */
    bool (*fits)(const struct trying *t);
    void (*refused)(struct trying *t);
    const char *child, *by; /* only of this child, only by this person; NULL: any */
    void *self;
};

struct exploration {
    struct model model; /* first: the callbacks find the exploration by it */
    const struct edition *e;
    struct slice slice;
    const struct clock_rules *rules;
    size_t clock_count; /* at most SEEN_BIT of them can be kept */
    /* the cone */
    int8_t *region_of; /* per state of the dossier; -1: of none that can be left out */
    uint64_t hidden[CHART_WORDS];
    bool *live[EXPLORE_KINDS + 1]; /* per scope: memos that some condition in the slice reads */
    bool *acts; /* per event: it may change something that is looked at, or the watcher wants to see it */
    struct choices **choices; /* per event and field */
    const char *texts[MOST_TEXTS];
    size_t text_count;
    bool sortable[EXPLORE_KINDS];
    const struct condition **reads; /* all conditions of the slice */
    size_t read_count;
    struct spent *spent;
    int8_t *seen_bit;          /* per kind of the clock rules */
    struct event_kind *pseudo; /* per clock: its period ends; last: something left out moves */
    size_t pseudo_count;
    /* the act that is tried */
    const struct event_kind *trying;
    struct value *said, answers[MOST_FIELDS];
    bool judged;  /* what is answered now is said */
    bool peeking; /* what the form says is unknown */
    struct asked asked[MOST_DECISIONS];
    size_t asked_count;
    struct decision decisions[MOST_DECISIONS];
    size_t decided, planned, unsure;
    bool too_many, waits; /* a guard that was asked lets pass by and by */
    const struct condition *let_pass[RUN_GUARDS];
    uint64_t tries; /* of acts, so far */
    struct run *runs;
    struct value *run_values;
    size_t run_count, run_room;
    /* the states */
    struct row **blocks; /* of ROWS each: no array grows past what talloc allots */
    size_t block_count;
    uint8_t *arena; /* where the next packed state goes */
    size_t arena_left;
    uint32_t count;
    uint32_t *table; /* open addressing: state + 1 */
    size_t table_size;
    struct frame_of here, there; /* two standings that are written over */
    const struct watcher *watcher;
    uint32_t from;
    struct parts refused_by; /* what the rule that is no guard and refused last has looked at */
};

static inline struct row *row_of(const struct exploration *x, uint32_t state)
{
    return &x->blocks[state / ROWS][state % ROWS];
}
/* The most children of a kind that a state can hold. */
static inline size_t slots_of(const struct exploration *x, size_t kind)
{
    return x->slice.bound[kind] + (x->slice.forgets && x->sortable[kind] ? MOST_RESTING : 0);
}
static inline bool bit64(uint64_t set, size_t n)
{
    return n < 64 && (set >> n & 1);
}
static inline bool keeps_kind(const struct exploration *x, const struct child_kind *k)
{
    return !k || (x->slice.keep.kinds >> k->index & 1);
}
/* Memos beyond those that the set can name are always kept. */
static inline bool keeps_memo(const struct exploration *x, size_t scope, size_t memo)
{
    size_t bit = edition_memo_number(x->e, scope, memo);
    return bit >= 128 || (x->slice.keep.facts[bit / 64] >> (bit % 64) & 1);
}

/* ---- explore_cone.c */
const struct fault *cone_make(struct exploration *x);
/* The choice that stands for this one. */
const char *choice_of(const struct exploration *x, size_t event, size_t field, const char *value, bool later);

/* ---- explore_clock.c */
#define TICKING_BYTES (sizeof(struct ticking))
bool ticking_kept(const struct exploration *x, size_t clock);
/* What the slice sees of a clock. */
struct ticking ticking_seen(const struct exploration *x, size_t clock, struct ticking t);
/* The clocks of an instance that are kept, in order; their number. */
size_t ticking_of(const struct exploration *x, const struct child_kind *kind, uint8_t out[64]);
struct value ticking_value(struct exploration *x, const struct frame_of *f, const char *clock,
                           enum clock_attribute attribute, size_t instance);
/* Does a rule of the clocks refuse the act? What cannot be said is let pass and noted. */
bool ticking_refuses(struct exploration *x, const struct frame_of *f, const struct act *act, size_t instance);
void ticking_take(struct exploration *x, struct frame_of *f, const struct act *act, size_t instance);
/* May this clock expire now; *surely: nothing in the slice can keep it from that. */
bool ticking_can_end(const struct exploration *x, const struct ticking *t, size_t clock, bool *surely);

/* ---- explore_spent.c */
enum resting { MOVES, RESTS, SPENT };
/* Does the child still move? `bytes`: the instance as the slice packs it. */
const struct fault *spent_look(struct exploration *x, const struct instance *in, const uint8_t *bytes,
                               size_t length, enum resting *out);
/* Is the last of these, which rests, like one before it? `count` of `length` bytes stand before it. */
bool spent_alike(const struct exploration *x, const struct instance *in, const uint8_t *first, size_t count,
                 size_t length);
/* ---- explore_state.c */
size_t instance_bytes(const struct exploration *x, const struct child_kind *kind);
const struct fault *state_encode(struct exploration *x, const struct frame_of *f, bool sorted,
                                 uint8_t out[MOST_BYTES], size_t *length);
struct frame_of *state_decode(struct exploration *x, struct frame_of *f, const uint8_t *from);
/* x->here stands at the state; `bytes` get it as it is packed. */
struct standing *state_stand(struct exploration *x, uint32_t state, uint8_t bytes[MOST_BYTES]);
const struct fault *frame_make(struct exploration *x, struct frame_of *f);
const struct fault *child_id(struct exploration *x, const struct child_kind *kind, size_t number,
                             const char **out);
const struct fault *state_remember(struct exploration *x, const uint8_t *bytes, size_t length,
                                   uint32_t parent, const struct parts *unknown, uint32_t *out, bool *added);
uint64_t state_hash(const uint8_t *bytes, size_t length);
bool state_known(const struct exploration *x, const uint8_t *bytes, size_t length, uint32_t *out);

/* ---- explore.c */
struct value field_said(struct exploration *x, const struct event_kind *k, int field);
/* Everything but the run: `*out` stands at its first state. */
const struct fault *explore_begin(TALLOC_CTX *life, const struct edition *e, const struct slice *slice,
                                  const struct watcher *watcher, struct exploration **out);
/* Every act that could be tried in this standing; those of one event; the ends of one clock, or with the
 * number after the last clock: what is left out moves by itself. */
const struct fault *explore_acts(struct trying *t);
const struct fault *explore_event(struct trying *t, const struct event_kind *k);
const struct fault *explore_end(struct trying *t, size_t clock);
bool explore_person_matters(const struct exploration *x, const struct event_kind *k);
#endif
