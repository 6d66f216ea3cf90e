/* edition_inside.h - what the engine and the checker need of an edition beyond what it shows. */
#ifndef MINGDA_EDITION_INSIDE_H
#define MINGDA_EDITION_INSIDE_H

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
};

/* The attributes law:… and elements of a transition. */
struct transition_law {
    const char *basis;                        /* NULL: practice */
    const struct letter_kind *const *letters; /* owed once it is taken */
    size_t letter_count;
    const struct event_refuse *refuses;
    size_t refuse_count;
};

struct edition_inside {
    struct vocabulary vocabulary;
    struct memo_list *memos; /* one per scope: the dossier, then each kind of child */
    const struct place *publics;
    size_t public_count;
};

static inline const struct chart *edition_chart_of(const struct edition *e, const struct child_kind *kind)
{
    return kind ? kind->chart : e->chart;
}
static inline size_t edition_scope_of(const struct child_kind *kind)
{
    return kind ? kind->index + 1 : CONDITION_DOSSIER;
}
#endif
