/* edition_inside.h - what the engine and the checker need of an edition beyond what it shows. */
#ifndef MINGDA_EDITION_INSIDE_H
#define MINGDA_EDITION_INSIDE_H

#include <libxml/tree.h>
#include <string.h>
#include "condition.h"
#include "edition.h"
#include "workflow.h"

/* The attributes law:… of a state. */
struct state_law {
    struct bilingual label;    /* zh NULL: not labelled */
    const struct place *shown; /* what the applicant reads while it is active; NULL: as outside */
    uint32_t words;            /* bits of enum state_word */
    const char *const *duty;   /* roles that must act while it is active */
    size_t duty_count;
    const struct outcome_kind *outcome; /* a last state that decides the whole dossier */
    bool by_items;                      /* … or one in which each item has its own */
};

/* The attributes law:… and elements of a transition. */
struct transition_law {
    const char *basis;                        /* NULL: practice */
    const struct letter_kind *const *letters; /* owed once it is taken */
    size_t letter_count;
    const struct event_refuse *refuses;
    size_t refuse_count;
};

/* What the states of one chart show, laid out once so that a standing only follows the active ones. */
struct sight {
    const struct place
        *places;        /* per state: its id, and the label of the nearest state around that has one */
    uint64_t *labelled; /* atomic states with a label of their own */
    uint64_t *shown;    /* states that say what the applicant reads */
    uint64_t *dutiful;  /* states that say who must act */
    const struct state_duty *const *duties; /* per dutiful state */
    const size_t *duty_counts;
};
struct state_duty {
    const char *role;
    const struct event_kind *event;
};

/* What the eventless transitions of a chart look at beside themselves: they are asked again when it changes.
 */
struct watch {
    uint32_t kinds;   /* bit n: children of the n-th kind */
    uint64_t *states; /* of the dossier */
    bool memos;       /* what the dossier remembers of its facts */
    bool time;        /* the day, or a clock */
};

/* A field of an event that a condition or the engine reads. Names are compared by eight letters at once. */
struct field_key {
    uint64_t head;    /* name_head() */
    const char *rest; /* of a name of eight letters or more; else NULL */
    uint8_t field, kind;
};
struct field_keys {
    const struct field_key *list;
    size_t count;
};

/* Many guards of an event are about one or few codes of one field: a table says which may refuse at all. */
struct guard_table {
    int field;             /* -1: there is none */
    const uint64_t *asked; /* bit n: the n-th guard; by number of the code, 0 what is none */
};

struct edition_inside {
    struct vocabulary vocabulary;
    struct memo_list *memos; /* one per scope: the dossier, then each kind of child */
    const struct place *publics;
    size_t public_count;
    /* made by edition_tables() */
    const struct sight *sights;  /* one per scope, as the memos */
    const struct watch *watches; /* one per scope */
    /* The same from the other side: bit n: instances of the n-th scope look … */
    const uint32_t *kind_watchers;  /* … at children of that kind */
    uint32_t memo_watchers;         /* … at what the dossier remembers */
    uint32_t time_watchers;         /* … at the day, or a clock */
    const uint64_t *watched_states; /* of the dossier: some instance of another scope looks at them */
    const int16_t
        *clock_kinds;      /* per event: its number among the clocks' kinds of facts, -1: they do not ask */
    const uint32_t *makes; /* per event: bit n: children of the n-th kind begin at once with it */
    const struct field_keys *fields_needed; /* per event: those that a condition or the engine reads */
    const struct guard_table *guards;       /* per event */
    const uint16_t *event_slots; /* 1 + number of the event, by the hash of its name; NULL: not yet made */
    size_t event_slot_count;     /* a power of two */
};

/* The first eight letters of a name, or all of it. */
static inline uint64_t name_head(const char *name)
{
    uint64_t head = 0;
    for (int i = 0; i < 8 && name[i]; i++)
        head = head << 8 | (uint8_t)name[i];
    return head;
}

/* Of a name, for tables of a power of two; of a long one only the ends count. */
static inline uint32_t name_hash(const char *name)
{
    uint64_t first = name_head(name), last = 0;
    size_t length = strlen(name);
    if (length > sizeof last)
        memcpy(&last, name + length - sizeof last, sizeof last);
    return (uint32_t)((first ^ last * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93) >> 32);
}

/* Faults of a chart itself (EDITION_REFUSED with file and line): a state to which nothing leads, or from
 * which nothing leads to an end where the chart has ends; a transition that an earlier one always forestalls;
 * eventless transitions in a circle; two ends of one outcome that are called otherwise. */
const struct fault *edition_lint(TALLOC_CTX *life, const struct chart *c, bool dossier);
/* The same of a state that is the duty of a role which may raise none of the events that the state awaits. */
const struct fault *edition_lint_duties(TALLOC_CTX *life, const struct edition *e, const struct chart *c);
/* Mistakes of the pen (EDITION_NAME with file and line): an article that law:sources does not list, one rule
 * with two articles, a period that counts in another unit than its parameter, an expiry that nothing wakes
 * for, a pause without a limit for what has a period of its own, a letter for outcomes of two articles or two
 * remedies, a decision bound by a tariff whose notice is not, a day that dates the event and is compared with
 * no day. */
const struct fault *edition_basis(TALLOC_CTX *life, const struct edition *e, const xmlNode *root);
/* The last step of reading: what is looked up for each fact is worked out for all. Only fault: memory. */
const struct fault *edition_tables(struct edition *e, struct edition_inside *inside, struct chart *chart,
                                   struct chart *const *child_charts);
/* The number of the event of that name; -1: none. */
int edition_event_number(const struct edition *e, const char *name);
/* The label of a state, or of the nearest state around it that has one; NULL: none has. */
const struct bilingual *chart_label(const struct chart *c, int state);

static inline const struct chart *edition_chart_of(const struct edition *e, const struct child_kind *kind)
{
    return kind ? kind->chart : e->chart;
}
static inline size_t edition_scope_of(const struct child_kind *kind)
{
    return kind ? kind->index + 1 : CONDITION_DOSSIER;
}
#endif
