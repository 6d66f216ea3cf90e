/* clock_inside.h - what the files of the clocks share: rules as they were read, clocks as the facts left
 * them. Days are day numbers here (civil_number), NO_DAY is none. */
#ifndef MINGDA_CLOCK_INSIDE_H
#define MINGDA_CLOCK_INSIDE_H

#include "arena.h"
#include "clock.h"

#define NO_DAY          INT32_MIN
#define NO_LENGTH       (-1)
#define CLOCK_KINDS_MAX 64 /* kinds of facts that one edition's clocks may mention */
#define CLOCK_BITS_MAX  32 /* holds, and marks, of one clock */

enum clock_unit { UNIT_WORKDAY, UNIT_DAY, UNIT_MONTH, UNIT_DATE };

/* What a fact may do to a clock. */
enum effect_deed {
    EFFECT_MARK,       /* a later start asks whether this fact came before */
    EFFECT_START,      /* day 0, unless started or stopped already */
    EFFECT_RESTART,    /* day 0 anew: grants, pauses and a fixed day are forgotten */
    EFFECT_HOLD,       /* the clock waits to be replaced */
    EFFECT_RELEASE,    /* that wait has ended */
    EFFECT_PAUSE,      /* a pause of the child begins */
    EFFECT_PAUSE_FROM, /* the pause's own period begins */
    EFFECT_PAUSE_END,  /* the pause ends */
    EFFECT_GRANT,      /* an extension stands */
    EFFECT_NOTICE,     /* it takes effect */
    EFFECT_LENGTH,     /* another length */
    EFFECT_DUE,        /* a day instead of a period */
    EFFECT_STOP,
    EFFECT_TOLD /* the fact that the expiry asks for has been raised */
};

struct effect {
    enum effect_deed deed;
    size_t clock;          /* index in rules->clocks */
    const char *field;     /* where, or whence the number or day */
    const char *const *is; /* the field must hold one of these; NULL: anything */
    size_t is_count;
    uint32_t bit;         /* of the hold, mark or pause; for a start: the mark it needs, 0 none */
    bool all;             /* every child's clock */
    bool roll;            /* start: a day off counts as the next working day */
    bool from_receipt;    /* pause: begins with `from`, not with `on` */
    bool required;        /* due: the fact must have the day */
    int32_t number;       /* length, or limit of a pause, or delay of a start; NO_LENGTH: none */
    enum clock_unit unit; /* of limit or delay */
    const char *basis;    /* of a pause */
};

enum clock_test {
    TEST_FUTURE,
    TEST_BEFORE_FIRST,
    TEST_STOPPED,
    TEST_HELD,
    TEST_NOT_HELD,
    TEST_PAST_DUE,
    TEST_REPEATED,
    TEST_MISSING,
    TEST_GRANTS_SPENT,
    TEST_NO_GRANT,
    TEST_NOTICES_SPENT,
    TEST_OUT_OF_RANGE
};

struct refuse_rule {
    enum clock_test test;
    int clock; /* index, -1: none */
    int of;    /* kind, -1: none */
    const char *field;
    int64_t min, max;
    bool provisional; /* past-due: also by a date that is only provisional */
    const char *rule, *basis, *zh, *en;
};

struct clock_rule {
    struct clock_about about;
    enum clock_unit unit;
    int32_t length; /* NO_LENGTH: none; of a clock with unit date: working days where no day is given */
    int32_t times;  /* grants of extension per start; 0: none */
    bool notice;    /* a grant takes effect with its notice */
    bool day_roll;  /* unit day or month: a last day that is off moves to the next working day */
};

struct rule_kind {
    const char *name;
    const struct effect *effects; /* in the order of the document */
    size_t effect_count;
    const struct refuse_rule *const *refuses; /* in the order of judgement, those for every kind included */
    size_t refuse_count;
    const char *short_field; /* a day here stands for a fact of the kind short_as */
    int short_as;            /* -1: none */
};

struct clock_rules {
    const char *calendar;
    struct clock_rule *clocks;
    const struct clock *blank; /* one for each: not started */
    size_t clock_count;
    struct rule_kind *kinds;
    uint8_t *by_name; /* indices of kinds, sorted by name */
    size_t kind_count;
    const struct refuse_rule *const *any; /* for kinds that the rules do not mention */
    size_t any_count;
    int first;                               /* kind of the first fact of a dossier, -1: none */
    int correct;                             /* kind that replaces the data of an earlier fact, -1: none */
    const char *correct_fact, *correct_data; /* its fields */
};

struct pause {
    const char *child;
    const struct effect *by;
    int32_t order;     /* of sending */
    int32_t sent;      /* day of `on` */
    int32_t after;     /* the days after this one are paused; NO_DAY: not begun */
    int32_t delivered; /* the pause's own period runs from here; NO_DAY: not yet */
    int32_t ended;     /* NO_DAY: not yet */
};

struct clock {
    const struct clock_rule *rule;
    size_t index; /* of the rule */
    const char *child;
    int32_t day0;   /* NO_DAY: not started */
    bool tentative; /* day 0 was set with a delay and may still come earlier */
    int32_t length, extra, pending;
    int32_t grants;
    int32_t fixed;      /* a day instead of a period, NO_DAY: none */
    int32_t stop;       /* NO_DAY: not stopped */
    int32_t held_since; /* NO_DAY: not held */
    uint32_t holds, marks;
    bool told;
    long start_seq, stop_seq, hold_seq, grant_seq, notice_seq;
    struct pause *pauses; /* sorted by `after` */
    size_t pause_count, pause_room;
};

struct seen {
    int32_t kind, child; /* child: index in children, -1 none */
    long seq;
};

/* Clocks are taken from an arena: a standing has one for all that it holds. */
struct clocks {
    const struct clock_rules *rules;
    struct arena *arena;
    struct clock
        *all; /* first one for each rule, in order (of a rule per child never used); then those of children */
    size_t all_count, all_room;
    uint32_t *listed; /* the started ones in the order of the edition: indices in `all` */
    size_t count, listed_room;
    bool begun;       /* the first fact has been accepted */
    int32_t last_day; /* of the facts taken; NO_DAY: none */
    struct seen *seen;
    size_t seen_count, seen_room;
    const char **children;
    size_t child_count, child_room;
};

/* A clock that has not started. */
struct clock clock_blank(const struct clock_rules *rules, size_t index, const char *child);
/* Clocks without facts. NULL without memory. */
struct clocks *clocks_new(struct arena *arena, const struct clock_rules *rules);
/* The same clocks in another arena. NULL without memory. */
struct clocks *clocks_copy(struct arena *arena, const struct clocks *from);
size_t clocks_bytes(const struct clocks *clocks); /* that a copy takes, about */
/* One more fact of that day, of the kind of that number (-1: not mentioned), which clocks_refuse_kind() let
 * pass; what a field of it stands for is taken too. Equals the fold of all facts when *in_order; else it is a
 * fact that a fold would put before others, or a correction: fold again. */
const struct fault *clocks_take(struct clocks *clocks, const struct calendar *cal, const struct fact *fact,
                                int32_t day, int kind, bool *in_order);
/* clocks_refuse() for a day and a kind by their numbers; `open`: the form is not yet filled in. */
bool clocks_refuse_kind(const struct clocks *clocks, const struct calendar *cal, const struct fact *fact,
                        int32_t day, int kind, bool open, struct refusal *why);
/* The clock of a rule (by its id as the rules hold it) about a child, NULL: the dossier's own. NULL: not
 * started. */
const struct clock *clocks_started(const struct clocks *clocks, const char *id, const char *child);
/* The view without the pauses, which take memory. */
struct clock_view clock_glance(const struct clock *clock, const struct calendar *cal, int32_t today);

/* The day `n` units after `day`; a unit date counts in working days. Never beyond 9999-12-31. */
int32_t clock_add_units(const struct calendar *cal, int32_t day, enum clock_unit unit, int32_t n);

/* The due date on `today` (NO_DAY: floating ends count as endless); NO_DAY when it cannot be said. */
int32_t clock_due_number(const struct clock *clock, const struct calendar *cal, int32_t today);
/* The last day of the pause on `today`; INT32_MAX: endless; NO_DAY: not begun. */
int32_t clock_pause_end(const struct clock *clock, const struct pause *pause, const struct calendar *cal,
                        int32_t today);

#endif
