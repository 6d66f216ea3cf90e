/* clock.h - statutory periods: what the facts make of them, when they end, and why.
 *
 * The rules are data: the element <law:clocks> of an edition declares clocks, what each kind of fact does to
 * them and which facts they refuse, with sentences for people (the vocabulary is described in clock_rules.c).
 * C knows the words of that vocabulary, never the clocks or events of an edition.
 *
 *   clocks_fold    rules × calendar × facts → clocks      the standing part: inputs only, nothing depends on
 * today clock_view     clocks × calendar × today → state, due date, counted, late clock_ledger   the line per
 * calendar day that explains the view clocks_refuse  would this fact be refused by a clock rule now, and why
 *   clocks_wakes   the days on which the edition wants facts raised because clocks have expired
 *
 * Pure: no I/O, no globals, no time. Facts, rules and calendar are borrowed and must outlive the clocks. */
#ifndef MINGDA_CLOCK_H
#define MINGDA_CLOCK_H

#include <libxml/tree.h>
#include "calendar.h"
#include "fact.h"
#include "fault.h"

/* ---- rules ---- */

struct clock_rules; /* immutable */

/* Reads <law:clocks> among the children of `root` (the <scxml> element). Nothing of the document is borrowed.
 * An edition without clocks gives rules without clocks. Faults (FAULT_INPUT, detail "file:line: sentence"):
 * CLOCK_RULES. */
const struct fault *clock_rules_read(TALLOC_CTX *life, const char *file, const xmlNode *root,
                                     const struct clock_rules **out);

struct clock_about {
    const char *id;      /* "reply" */
    const char *zh, *en; /* its name for people */
    const char *basis;   /* "条例33", or NULL */
    const char *unit;    /* "wd", "day", "month", "date" */
    int length;          /* statutory length, -1: none */
    bool per_child;      /* one clock for each child */
    const char *expiry;  /* kind of the fact the clock process raises when it expires, or NULL */
};
size_t clock_rules_count(const struct clock_rules *rules);
const struct clock_about *clock_rules_about(const struct clock_rules *rules, size_t index);
const struct clock_about *clock_rules_find(const struct clock_rules *rules,
                                           const char *id); /* NULL: no such clock */
/* The id of the calendar the edition counts with: "cn". */
const char *clock_rules_calendar(const struct clock_rules *rules);
/* Every kind of fact the rules mention (an edition should declare them all), and whether one is among them.
 */
size_t clock_rules_kind_count(const struct clock_rules *rules);
const char *clock_rules_kind(const struct clock_rules *rules, size_t index);
bool clock_rules_touch(const struct clock_rules *rules, const char *kind);
/* The number of the kind among those; -1 when the rules do not mention it. */
int clock_rules_kind_index(const struct clock_rules *rules, const char *kind);

/* The kind that begins a dossier ("received"), NULL without clocks. */
const char *clock_rules_first(const struct clock_rules *rules);
/* The name of a field that the rules read as a day and that is no real day (or is missing though the rules
 * need it); NULL: all is well. */
const char *clock_rules_wrong_day(const struct clock_rules *rules, const struct fact *fact);
/* The kind of fact with which an extension of the clock `id` takes effect: its notice, or the grant itself
 * where none is asked for. NULL: there is no such clock, or it cannot be extended. */
const char *clock_rules_extension(const struct clock_rules *rules, const char *id);
/* A field that stands for a second fact ("delivered" in a notice): true with that fact in *out. The fold does
 * this itself. */
bool clock_rules_shorthand(const struct clock_rules *rules, const struct fact *fact, struct fact *out);

/* ---- standing ---- */

struct clocks; /* the clocks that have started, in the order of the edition, those of children in order of
                  start */

struct clocks_scope {
    struct civil today; /* facts of later days are refused (`future`); CIVIL_NONE: no bound */
    struct civil known; /* facts recorded later are ignored; CIVIL_NONE: none is */
};

struct clock_refused {
    long fact;          /* seq of the refused fact */
    struct refusal why; /* why.fact: seq of the fact that stands in the way, -1: none */
};

/* Folds the facts, in any order. *out and *refused (in the order of the facts given) live on `life`; a
 * refused fact has no effect. `refused` may be NULL. Only fault: memory. */
const struct fault *clocks_fold(const struct clock_rules *rules, const struct calendar *cal,
                                const struct fact *facts, size_t count, struct clocks_scope scope,
                                const struct clocks **out, const struct clock_refused **refused,
                                size_t *refused_count, TALLOC_CTX *life, TALLOC_CTX *scratch);

/* The day of the last known fact, facts that fields stand for included and corrections made; CIVIL_NONE:
 * there is none. */
const struct fault *clocks_last_day(const struct clock_rules *rules, const struct fact *facts, size_t count,
                                    struct civil known, struct civil *out, TALLOC_CTX *scratch);

/* Would `fact`, coming after all folded facts, be refused? fact->on must not be before the last folded fact
 * (else fold again with it). `today` as in the scope. With data NULL the rules that read fields are left out
 * (the form is not yet filled in). true: *why is set; texts are borrowed from the rules. */
bool clocks_refuse(const struct clocks *clocks, const struct calendar *cal, const struct fact *fact,
                   struct civil today, struct refusal *why);

size_t clocks_count(const struct clocks *clocks);
/* The index of the clock, -1 when it has not started. `child` NULL: the dossier's own. */
int clocks_find(const struct clocks *clocks, const char *id, const char *child);

/* ---- view ---- */

enum clock_state { CLOCK_RUNNING, CLOCK_PAUSED, CLOCK_REPLACED, CLOCK_EXPIRED, CLOCK_STOPPED };
const char *
clock_state_word(enum clock_state state); /* "running", "paused", "replaced", "expired", "stopped" */

struct clock_pause {
    struct civil after, through; /* the days after `after` through `through`; CIVIL_NONE: open without end */
    const char *const *because;  /* children, in the order of sending */
    size_t because_count;
};

struct clock_view {
    const struct clock_about *about;
    const char *child; /* "t1", or NULL */
    const char *unit;  /* of this clock now: a fixed date makes it "date" */
    struct civil day0;
    int length; /* with extensions; -1: none */
    enum clock_state state;
    int counted;          /* units counted through today or the stop */
    struct civil due;     /* CIVIL_NONE: cannot be said now */
    bool provisional;     /* due lies beyond the published calendar: nothing automatic may rest on it */
    int late_by;          /* working days after due through the stop or today */
    int days_left;        /* working days after today through due (0 when past or stopped); -1: no due */
    struct civil stopped; /* CIVIL_NONE: not stopped */
    bool held;            /* replaced, or was when stopped: pauses and days are not told */
    const struct clock_pause *pauses;
    size_t pause_count;
};

/* The view of clock `index` on `today`; what it points to lives on `life` or as long as clocks and rules. */
const struct fault *clock_view(const struct clocks *clocks, size_t index, const struct calendar *cal,
                               struct civil today, struct clock_view *out, TALLOC_CTX *life);

/* Due date alone, without allocation: CIVIL_NONE when it cannot be said on that day. */
struct civil clock_due(const struct clocks *clocks, size_t index, const struct calendar *cal,
                       struct civil today);

enum clock_why { CLOCK_COUNTS, CLOCK_WEEKEND, CLOCK_HOLIDAY, CLOCK_IN_PAUSE, CLOCK_OVER };
const char *clock_why_word(enum clock_why why); /* NULL, "weekend", "holiday", "paused", "over" */

struct clock_day {
    struct civil date;
    enum clock_why why;
    int n;                      /* number of the day when it counts */
    const char *name;           /* of a holiday, or of the feast a make-up day belongs to */
    const char *const *because; /* children that pause this day */
    size_t because_count;
    const char *basis; /* article of the pause */
};

/* One line for each day after day 0 through the later of due and today; none while held. */
const struct fault *clock_ledger(const struct clocks *clocks, size_t index, const struct calendar *cal,
                                 struct civil today, const struct clock_day **days, size_t *count,
                                 TALLOC_CTX *life);

/* ---- wake ---- */

struct clock_wake {
    struct civil on;   /* the day after due */
    const char *kind;  /* of the fact to raise: "overdue"; NULL: none */
    const char *clock; /* id */
    const char *child; /* or NULL */
};

/* Every expiry that is still ahead or has passed untold, by day: `kind` is the fact to raise, NULL where the
 * edition wants none or it has been raised (others may wait for that day all the same). Left out are clocks
 * that are stopped or held, whose end floats, or is known only provisionally. Independent of today: a day may
 * lie in the past when the clock process is behind. `out` has room for clocks_count() of them; their number
 * is returned. */
size_t clocks_wakes(const struct clocks *clocks, const struct calendar *cal, struct clock_wake *out);

#endif
