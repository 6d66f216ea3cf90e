/* workflow.h - the law as pure functions: what follows from the facts, what it looks like on a day, what may
 * be done next, and when the clock itself must act.
 *
 * Nothing here does I/O, reads the time or keeps globals. A standing depends on the edition, the calendar and
 * the facts alone; "today" enters with the view. Facts are borrowed and must outlive the standings made from
 * them, as must the edition and the calendar. All results belong to the life that is passed. */
#ifndef MINGDA_WORKFLOW_H
#define MINGDA_WORKFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include "civil.h"
#include "clock.h"
#include "edition.h"
#include "fact.h"
#include "fault.h"

struct calendar; /* calendar.h */
struct standing;

/* ---- fold and step
 * -------------------------------------------------------------------------------------------- */

/* The definition. Facts may be given in any order (they are sorted by day, then seq, then as given). Facts
 * that the rules refuse where they stand have no effect and are flagged in conflict. Faults: FACT_KIND for a
 * kind that is no event of the edition, FACT_DAY for a missing day; both FAULT_INPUT. */
const struct fault *workflow_fold(TALLOC_CTX *life, const struct edition *e, const struct calendar *c,
                                  const struct fact *facts, size_t count, struct standing **out);

/* One more fact. A refusal is FAULT_REFUSED with rule, article, blocking fact (its seq) and sentence; data
 * that the form does not promise is FAULT_INPUT with the field. `before` is untouched; `*after` equals the
 * fold of all facts. A fact that is earlier than the last one is folded in: later facts may then be in
 * conflict (standing_conflicts). A NULL `before` begins a dossier: use workflow_begin. */
const struct fault *workflow_step(TALLOC_CTX *life, const struct standing *before, const struct fact *fact,
                                  struct standing **after);

/* The standing of no facts at all: the first step is the receipt. */
const struct fault *workflow_begin(TALLOC_CTX *life, const struct edition *e, const struct calendar *c,
                                   struct standing **out);

/* ---- what stands
 * ------------------------------------------------------------------------------------------------ */

struct place {      /* an active atomic state */
    const char *id; /* "deciding" */
    struct bilingual label;
};

/* Words that a state may carry so that the services need not know its name (law:is). */
#define STATE_WORDS(X)                                                                                       \
    X(DRAFTED, "drafted")   /* a letter that waits for review or approval */                                 \
    X(APPROVED, "approved") /* a letter that waits for its seal */                                           \
    X(SEALED, "sealed")     /* a letter that waits to be served */                                           \
    X(SERVED, "served")     /* a letter that has left */                                                     \
    X(VOID, "void")         /* a letter or review that came to nothing */                                    \
    X(WAITING, "waiting")   /* the applicant or another body must act */                                     \
    X(OPEN, "open")                                                                                          \
    X(CLOSED, "closed")
#define X(symbol, word) STATE_##symbol,
enum state_word { STATE_WORDS(X) STATE_WORD_COUNT };
#undef X

/* Of the dossier (child NULL) or of a child; *count 0 and NULL for an unknown child. */
const struct place *standing_places(const struct standing *s, const char *child, size_t *count);
/* The place that names the whole: of several regions the last in the document; never NULL after the receipt.
 */
const struct place *standing_place(const struct standing *s, const char *child);
/* What the applicant reads: code ("registered", "reviewing", "correction", …) and plain words. */
const struct place *standing_public(const struct standing *s);
bool standing_is(const struct standing *s, const char *child, enum state_word word);
bool standing_in(const struct standing *s, const char *child, const char *state); /* SCXML In(); for tests */
bool standing_closed(const struct standing *s);
/* The code of the outcome that the last state of the dossier decides for all of it ("OT_NOFEE"); NULL: its
 * items say, or it is open. */
const char *standing_outcome(const struct standing *s);
const struct clocks *standing_clocks(const struct standing *s); /* for clock_ledger */
long standing_last_seq(const struct standing *s);               /* of the facts in it; 0 for none */
struct civil standing_last_day(const struct standing *s);

struct standing_child {
    const char *id; /* "L1" */
    const struct child_kind *kind;
    const struct fact *first, *last; /* facts that named it; NULL for children made at once */
    bool closed;
    const char *template_code; /* letters: "D01"; else NULL */
};
/* In the order of kinds in the edition, then by number. */
const struct standing_child *standing_children(const struct standing *s, size_t *count);
const struct standing_child *standing_child(const struct standing *s, const char *id);
/* The id that the next child of this kind gets: "L3". NULL only without memory. */
const char *standing_next_child(TALLOC_CTX *life, const struct standing *s, const struct child_kind *kind);
/* The last accepted fact of a kind (of one child, or of the whole dossier when child is NULL); NULL for none.
 * Data replaced by a correction is already replaced. */
const struct fact *standing_fact(const struct standing *s, const char *kind, const char *child);

/* ---- corrections: an earlier fact is proposed to read otherwise, and a second person confirms it ---- */

/* Fact `seq` as it counts: with the data, day and child that confirmed corrections put in place; as it was
 * filed where there are none. NULL: no such fact. */
const struct fact *standing_known(const struct standing *s, long seq);
/* The proposal `seq` while it waits for a second person; NULL: there is none, or it has been decided. */
const struct fact *standing_proposal(const struct standing *s, long seq);
/* The proposal that waits and is about fact `fact`; NULL: there is none. */
const struct fact *standing_proposal_about(const struct standing *s, long fact);
/* The fact that confirmed or declined the proposal; NULL while it waits. */
const struct fact *standing_decision(const struct standing *s, long proposal);
/* Does an event of this kind propose, confirm or decline a correction? */
bool event_is_correction(const struct event_kind *k);

/* A fact that stays though the rules would have refused it where it stands. */
struct conflict {
    const struct fact *fact;
    struct refusal why;
};
const struct conflict *standing_conflicts(const struct standing *s, size_t *count);

struct duty {
    const char *role;                 /* who must act: "handler"; "clock" for the program */
    const char *child;                /* NULL: the dossier */
    const struct event_kind *event;   /* what would discharge it */
    const struct letter_kind *letter; /* a letter owed; else NULL */
    struct bilingual label;
};
/* Who must act now, and the letters owed and not yet drafted. */
const struct duty *standing_duties(const struct standing *s, size_t *count);

/* ---- on a day
 * --------------------------------------------------------------------------------------------------- */

struct view {
    const struct standing *standing;
    struct civil today;
    const struct clock_view *clocks; /* clock.h: in the order of the edition */
    size_t clock_count;
    const struct clock_view *reply; /* the clock that the dossier's due date is; NULL before the receipt */
};
const struct fault *workflow_view(TALLOC_CTX *life, const struct standing *s, struct civil today,
                                  struct view **out);

/* ---- what may be done
 * ------------------------------------------------------------------------------------------- */

struct actor {
    const char *person; /* id; NULL: nobody yet (the applicant at the door) */
    const char *const *roles;
    size_t role_count;
};

enum may_ground {
    MAY_ALLOWED,
    MAY_ROLE,       /* not this actor's to do: pages leave it out */
    MAY_SEPARATION, /* this person did the other half */
    MAY_GUARD,      /* a declared rule stands in the way */
    MAY_STATE,      /* not in this state */
    MAY_CLOCK       /* a clock's rule */
};

struct permission {
    const struct event_kind *event;
    const char
        *child; /* the child it is about; for an event that starts one: the id it would get; NULL: dossier */
    enum may_ground ground;
    struct refusal refusal; /* meaningful unless allowed; refusal.fact is a seq */
};

/* Each event of the edition, in the order of the document, for each child it could be about. Guards that read
 * what the form will say are left for the step. */
const struct fault *workflow_may(TALLOC_CTX *life, const struct view *v, const struct actor *who,
                                 const struct permission **out, size_t *count);

/* Why somebody with none of the event's roles may not raise it: names all roles that may. The sentences
 * belong to `life`; they are NULL without memory. */
void event_role_refusal(TALLOC_CTX *life, const struct edition *e, const struct event_kind *k,
                        struct refusal *out);

/* The same question about one fact: with its data, guards that read the form answer too; with data NULL they
 * are left out. The fact must not be earlier than the last one. Nothing changes. */
const struct fault *workflow_judge(TALLOC_CTX *life, const struct standing *s, const struct fact *fact,
                                   const struct actor *who, struct permission *out);

/* ---- when the clock must act
 * -------------------------------------------------------------------------------------- */

/* The earliest moment at which the clock itself must raise a fact (clock.h); out->kind is NULL when there is
 * none. Never rests on a provisional date; a fact that the chart would refuse on that day is left out. */
const struct fault *workflow_wake(TALLOC_CTX *life, const struct standing *s, struct clock_wake *out);

#endif
