/* standing_inside.h - how a standing is made: shared by the engine and by the checker, which moves the same
 * machines by the same rules but knows neither days nor persons' names (struct model). */
#ifndef MINGDA_STANDING_INSIDE_H
#define MINGDA_STANDING_INSIDE_H

#include "arena.h"
#include "clock_inside.h"
#include "condition.h"
#include "edition_inside.h"
#include "workflow.h"

#define MOST_FIELDS 64 /* of one event */

struct owed {
    const struct letter_kind *letter;
    const struct fact *because;
};

/* What a slice of the checker may leave out. */
struct parts {
    uint64_t facts[2]; /* the n-th of what conditions remember of facts */
    bool persons;
    uint32_t regions; /* of the dossier */
    uint64_t stops;   /* of clocks by rule: only whether each is stopped */
    uint64_t holds;   /* … and what it waits for */
    uint64_t clocks;  /* … all of it; the last bit: which facts the clocks' rules have seen */
    uint32_t kinds;   /* of children */
};

struct act;

/* The checker's world: what is left out of a slice is unknown, days are, and choices are handed in. */
struct model {
    uint32_t left_out; /* kinds of children */
    bool persons;      /* who raised what is remembered */
    /* What the world says: of a state of the dossier, of a clock, of a field of the form, of a field that a
     * memo is to keep; and that an unknown memo was read. */
    struct value (*in)(struct model *m, const struct standing *s, int state);
    struct value (*clock)(struct model *m, const struct standing *s, const char *clock,
                          enum clock_attribute attribute, size_t instance);
    struct value (*says)(struct model *m, int field);
    struct value (*keeps)(struct model *m, size_t scope, size_t memo, int field);
    void (*unsaid)(struct model *m, const struct standing *s, size_t instance, int memo);
    /* The act has reached its machines; clocks take it before what follows. */
    void (*moves)(struct model *m, const struct standing *s, const struct act *act);
    /* A transition asks something unknown: is there a child left out of which `inner` is true (negated: is
     * false), or, with a whole condition, does it hold? Asked on behalf of `instance`. */
    bool (*asks)(struct model *m, const struct condition_node *inner, bool negated);
    /* A guard cannot be decided: does what is left out come to let it pass by and by? */
    bool (*waits)(struct model *m, const struct condition *guard);
    size_t instance;
    const struct condition *guard; /* that was asked last */
    uint64_t read; /* fields of the form that the guard which was asked last has read, or the transitions */
    struct parts unknown; /* what was asked for and left out */
    struct parts passed;  /* what a guard rests on that was let pass because it is left out */
};
void parts_add(struct parts *to, const struct parts *more);

/* One piece of memory in most cases: what it holds is taken from its arena, so that a step can copy the whole
 * within a microsecond. */
struct standing {
    struct arena arena;
    const struct edition *e;
    const struct calendar *cal;
    const struct fact **facts; /* all, sorted: by day, then seq, then as given */
    size_t fact_count, fact_room;
    const struct fact **known; /* the same facts as corrected, in the same order */
    const struct fact **told;  /* those that took effect */
    size_t accepted_count, told_room;
    struct clocks *clocks; /* NULL: to be folded again */
    struct instance *instances;
    size_t count, room;
    struct owed *owed;
    size_t owed_count, owed_room;
    struct conflict *conflicts;
    size_t conflict_count, conflict_room;
    struct model *model; /* NULL: a real dossier */
    TALLOC_CTX *young;   /* where new instances are allocated; NULL: with the standing */
    bool corrected;      /* some data is replaced: steps fold again */
    /* for readers, laid out when the standing is complete */
    struct place **places;
    size_t *place_count;
    struct standing_child *children;
    struct duty *duties;
    size_t duty_count, duty_room;
    const struct place *shown;
};

/* Room for one more in a row of the standing; leaves the function without memory. */
#define STANDING_ROOM(s, row, count, room)                                                                   \
    do {                                                                                                     \
        void *row_ = arena_grow(standing_arena(s), (s)->row, (s)->count, &(s)->room, sizeof *(s)->row);      \
        TRY_MEMORY(row_);                                                                                    \
        (s)->row = row_;                                                                                     \
    } while (0)

#define MOST_KEPT 8 /* transitions: an event that takes more has them looked up again */

struct judgement {
    enum may_ground ground;
    struct refusal why;
    /* Of an act that is allowed: what it takes in the machine of that instance; none: nobody looked. */
    size_t instance, taken_count;
    const struct chart_transition *taken[MOST_KEPT];
};

/* A fact about to be judged or taken, with its values by field of the form; NULL: not said. */
struct act {
    const struct fact *fact;
    const struct event_kind *event;
    const struct value *values;
    struct value day; /* of the fact; of no meaning in the checker, which knows no days */
};
static inline struct act act_of(const struct fact *fact, const struct event_kind *event,
                                const struct value *values)
{
    return (struct act){.fact = fact, .event = event, .values = values, .day = value_day(fact->on)};
}

/* The values of a fact by field, of those fields that anything reads; the others are absent. */
void act_values(const struct edition *e, const struct event_kind *k, const json_t *data,
                struct value out[MOST_FIELDS]);
/* An empty standing with that many bytes of arena, all else zero. NULL without memory. */
struct standing *standing_blank(TALLOC_CTX *life, size_t bytes);
struct arena *standing_arena(struct standing *s);
/* A dossier without facts, its machine started; not laid out. `model` may be NULL. */
const struct fault *standing_new(TALLOC_CTX *life, const struct edition *e, const struct calendar *c,
                                 struct model *model, struct standing **out);
/* A new instance at the end of the row; its machine is not started. */
const struct fault *standing_add(struct standing *s, const struct child_kind *kind, const char *id);
size_t standing_find(const struct standing *s, const char *child); /* 0: the dossier, or none */
/* May it be raised by `who` (NULL: roles are not asked)? Roles, the child, the second person, the declared
 * rules, the state, the clocks: the first that stands in the way is told. Without values rules about what the
 * form says are left out. */
const struct fault *standing_judge(TALLOC_CTX *life, struct standing *s, const struct act *act,
                                   const struct actor *who, struct judgement *j);
/* The rules of correcting: is there such a fact, was it proposed, is this a second person (correction.c)?
 * True for events that correct nothing. */
bool standing_correction_ok(const struct standing *s, const struct act *act, struct judgement *j);
/* May an event put that in the place of what a fact of kind `of` says? One that takes nobody's proposal
 * replaces no more than what the program itself filled in. */
bool correction_may_say(const struct event_kind *corrects, const struct event_kind *of, const json_t *patch);
/* Takes an act that was judged. `j` is that judgement, of this standing or of the one it is a copy of, or
 * NULL: the transitions are looked up again. */
const struct fault *standing_take(struct standing *s, const struct act *act, const struct judgement *j);
/* Nothing happened here, but what conditions look at may have changed. */
const struct fault *standing_settle(struct standing *s, const struct act *act);
const struct fault *standing_clocks_fresh(struct standing *s);
const struct fault *standing_owe(struct standing *s, const struct letter_kind *letter,
                                 const struct fact *because);
const struct fault *standing_accept(struct standing *s, const struct fact *fact);
/* The situation that conditions of this act look at. */
struct situation standing_situation(const struct standing *s, const struct act *act);
/* What readers are shown. */
const struct fault *standing_lay_out(struct standing *s);
#endif
