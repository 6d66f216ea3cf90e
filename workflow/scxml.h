/* scxml.h - a statechart read from SCXML 1.0 (W3C, 2015): states in document order, transitions, executable
 * content.
 *
 * What is read: scxml state parallel final history initial transition onentry onexit raise if elseif else
 * log. Any `datamodel` attribute is accepted; conditions are those of condition.h. What would need a script
 * or the world outside (script, assign, send, invoke, foreach, datamodel, donedata, …) is refused with file
 * and line. Elements of other namespaces are left to their readers. A chart is immutable; a run of it is a
 * machine (machine.h). */
#ifndef MINGDA_SCXML_H
#define MINGDA_SCXML_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "fault.h"

#define CHART_STATES 1024 /* the most states of one chart: a machine's working sets live on the stack */
#define CHART_WORDS  (CHART_STATES / 64)
#define CHART_NAMES  4096 /* the most names of events of one chart */

struct condition;
struct state_law;      /* edition_inside.h */
struct transition_law; /* edition_inside.h */

enum chart_state_kind {
    CHART_ROOT,
    CHART_ATOMIC,
    CHART_COMPOUND,
    CHART_PARALLEL,
    CHART_FINAL,
    CHART_SHALLOW,
    CHART_DEEP
};

enum chart_action_kind { CHART_RAISE, CHART_IF };
/* Executable content: a list; an `if` holds a list of branches, the one without condition is `else`. */
struct chart_action {
    enum chart_action_kind kind;
    const char *event; /* raise */
    int raises;        /* index of that name in chart->names */
    struct chart_branch *branches;
    struct chart_action *next;
};
struct chart_branch {
    const char *text; /* NULL: else */
    const struct condition *condition;
    int line;
    struct chart_action *actions;
    struct chart_branch *next;
};

struct chart_transition {
    int source;
    int index;
    const char **events; /* descriptors; NULL: eventless */
    size_t event_count;
    size_t *lengths;                   /* of the descriptors, without a closing "*" and "." */
    uint64_t *hears;                   /* which of chart->names it waits for; NULL: eventless */
    const char *text;                  /* of cond; NULL: always */
    const struct condition *condition; /* set when the vocabulary is known */
    int *targets;
    size_t target_count;
    int domain; /* CHART_NO_DOMAIN without targets; CHART_ASK while a history among them decides */
    bool internal;
    /* What a machine leaves and enters when this one is taken alone, as sets of states, and the final state
     * among them (-1: none). NULL: a history or contents of states on the way decide each time anew. */
    const uint64_t *leaves, *enters;
    int ends;
    struct chart_action *actions;
    int line;
    const xmlNode *node;
    const struct transition_law *law;
};

struct chart_state {
    const char *id; /* never NULL; made up ("#3") where the document gives none */
    bool named;
    enum chart_state_kind kind;
    int index;             /* in document order; the root is 0 */
    int parent, last;      /* its descendants are index+1 … last */
    int first_child, next; /* -1: none; history states are among the children */
    int depth;
    int initial;          /* transition taken on default entry (compound, root, history); -1: none */
    int first_transition; /* in chart->transitions; the state's own, in document order */
    int transition_count;
    int history;            /* slot of a history state; -1 */
    const char *done_event; /* done.state.ID, when a child is final */
    int done;               /* index of that name in chart->names */
    struct chart_action *entry, *exit;
    int line;
    const xmlNode *node;
    const struct state_law *law;
};

/* A transition that may be taken from an atomic state on an event. */
struct chart_candidate {
    const struct condition *condition; /* NULL: always */
    uint16_t transition;
};

#define CHART_NO_DOMAIN (-1)
#define CHART_ASK       (-2)

struct chart {
    const char *file, *name;
    struct chart_state *states;
    int state_count;
    struct chart_transition *transitions;
    int transition_count;
    int words; /* of a set of states */
    int history_count;
    struct chart_branch **branches; /* all that have a condition, for the one who compiles them */
    int branch_count;
    struct chart_action **raises; /* all of them */
    int raise_count;
    /* Made by chart_learn(), so that a machine compares numbers and bits, not names. */
    const char **names; /* of events: those handed in, then those the chart raises itself */
    int name_count, name_words;
    uint64_t *atomic; /* states that hold no others (final ones too) */
    /* Of those: they, or a state around them, have transitions that wait for no event; then, set after set,
     * for each of chart->names. */
    uint64_t *eventless;
    uint64_t *keepers; /* states with a history among their children */
    uint64_t *heard;   /* names that some transition waits for */
    /* By event (none, then each of chart->names), then by atomic state, inner transitions first; and where
     * those of an event and a state begin: see chart_waits(). */
    struct chart_candidate *candidates;
    uint32_t *waits;
    const xmlNode *node; /* the scxml element; lives as long as the chart */
};

/* Reads the scxml element `root`; conditions are left as text. Faults: EDITION_SYNTAX, EDITION_REFUSED,
 * EDITION_NAME. */
const struct fault *chart_read(TALLOC_CTX *life, const char *file, const xmlNode *root, struct chart **out);

/* A plain SCXML document: read and compiled with the vocabulary of In() alone. */
const struct fault *chart_read_plain(TALLOC_CTX *life, const char *file, const char *bytes, size_t length,
                                     const struct chart **out);

/* The names of events from outside get the numbers 0 to count-1; the texts are borrowed. Once for each chart,
 * before a machine runs it. Faults: EDITION_REFUSED for more than CHART_NAMES names. */
const struct fault *chart_learn(struct chart *chart, const char *const *names, int count);
int chart_name_index(const struct chart *chart, const char *event); /* -1: no name it knows */

size_t chart_descriptor_length(const char *descriptor); /* of "a.b.*": that of "a.b"; of "*": 0 */
/* Is the event called by the descriptor of that length, by SCXML 3.12.1? */
bool chart_descriptor_matches(const char *descriptor, size_t length, const char *event);
int chart_state_index(const struct chart *chart, const char *id); /* -1: none */

/* Two numbers: where, in chart->candidates, those of the state begin and where they end; event -1: none. */
static inline const uint32_t *chart_waits(const struct chart *chart, int event, int state)
{
    return &chart->waits[(event + 1) * chart->state_count + state];
}
static inline bool chart_descends(const struct chart *chart, int state, int ancestor)
{
    return state > ancestor && state <= chart->states[ancestor].last;
}
#endif
