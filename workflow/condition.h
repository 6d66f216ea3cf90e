/* clang-format off */
/* condition.h - the language of conditions: closed, typed, total.
 *
 *   condition  = either { "or" either } .                       also written ||
 *   either     = one { "and" one } .                            also written &&
 *   one        = "not" one | relation .                         also written !
 *   relation   = value [ ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value | "in" "(" literal { "," literal } ")" ] .
 *   value      = literal | name | call | "(" condition ")" .    == is read as =
 *   literal    = "true" | "false" | number | 'text' | "text" .
 *   call       = "In" "(" 'state' ")"                           the standard's predicate
 *              | "day" "(" 'YYYY-MM-DD' ")"                     a day
 *              | "known" "(" name ")"                           the name has a value; of free text only this can be asked
 *              | "seen" "(" event ")" | "count" "(" event ")"   accepted facts of that kind
 *              | ( "all" | "any" | "none" ) "(" kind "," condition ")"
 *              | "count" "(" kind [ "," condition ] ")" .       children of that kind
 *   name       = "day"                   the day of the fact that is judged
 *              | "event." field          what the fact that is judged says; "event.by": who raises it
 *              | EVENT "." field         what the last accepted fact of that kind says; ".by" who, ".day" when
 *              | "param." PARAMETER
 *              | CLOCK "." ( due day0 expired running paused replaced stopped started provisional late )
 *              | "id"                    of the child that is looked at
 *              | "up." name-or-call .    the same, seen one step outwards: from a child, the dossier
 *
 * Within a chart of a child, and within all/any/none/count, names mean that child: what facts about it say. In the
 * dossier they mean all its facts. Names are words of letters, digits, "-" and "_".
 *
 * Types: flag, whole number, day, code (compared with its choices only), person, child, hash. A comparison with a name
 * that has no value is false, whatever the operator; so every condition has an answer. Free text cannot be read. */
/* clang-format on */
#ifndef MINGDA_CONDITION_H
#define MINGDA_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "edition.h"
#include "fault.h"
#include "machine.h"
#include "scxml.h"

enum value_kind {
    VALUE_ABSENT,
    VALUE_UNKNOWN, /* cannot be said here: the form is not filled in, or the checker has left it out */
    VALUE_OPEN,    /* (checker) not said yet: whoever reads it first decides */
    VALUE_SOME,    /* (checker) there is one, but which is not told */
    VALUE_FLAG,
    VALUE_NUMBER,
    VALUE_DAY, /* number: days since 1970-01-01 */
    VALUE_TEXT
};
struct value {
    enum value_kind kind;
    int32_t number; /* of a text: that of the code, when it is one and was read as one; 0: compare the text */
    const char *text; /* borrowed */
};
static inline struct value value_flag(bool flag)
{
    return (struct value){.kind = VALUE_FLAG, .number = flag};
}
static inline struct value value_number(int64_t number)
{
    int64_t bounded = number > INT32_MAX ? INT32_MAX : number < INT32_MIN ? INT32_MIN : number;
    return (struct value){.kind = VALUE_NUMBER, .number = (int32_t)bounded};
}
static inline struct value value_text(const char *text) /* NULL: absent */
{
    return text ? (struct value){.kind = VALUE_TEXT, .text = text} : (struct value){0};
}
struct value value_day(struct civil day); /* CIVIL_NONE: absent */
bool value_same(struct value a, struct value b);

/* What an instance remembers of its facts: only what some condition reads. */
enum memo_kind { MEMO_FIELD, MEMO_COUNT, MEMO_BY, MEMO_DAY };
struct memo {
    enum memo_kind kind;
    int event;    /* index in edition->events */
    int field;    /* MEMO_FIELD */
    bool counted; /* MEMO_COUNT: more is asked than whether there is one */
    int next;     /* of the same event; -1: none */
};
struct memo_list {
    struct memo *list;
    size_t count, room;
    int *first; /* per event, -1: none; NULL while the list is empty */
};

#define CONDITION_DOSSIER 0 /* scope 1 + n is the n-th kind of child */

/* The names that conditions may use. In a plain document there is only the chart. */
struct vocabulary {
    TALLOC_CTX *life;
    const char *file;
    const struct chart *chart;
    const struct event_kind *events;
    size_t event_count;
    const struct child_kind *children;
    size_t child_count;
    const struct edition_parameter *parameters;
    size_t parameter_count;
    const struct clock_rules *clocks; /* may be NULL */
    struct memo_list *memos;          /* one per scope; grows as conditions are read */
    uint64_t *fields_read; /* per event: fields that some condition reads as event.FIELD; may be NULL */
    const struct code_table *codes; /* made with the first condition */
};

/* Every code that a form offers has a number from 1 on, so that conditions compare numbers, not texts. */
struct code_table {
    const char **texts; /* by number - 1, which is where its hash leads; NULL: none */
    size_t room;        /* a power of two */
};
const struct fault *code_table_make(TALLOC_CTX *life, const struct event_kind *events, size_t event_count,
                                    const struct code_table **out);
/* The text as a value, with its number when it is a code; NULL: absent. */
struct value code_value(const struct code_table *t, const char *text);

struct condition_node; /* condition.c */
struct memo_read {
    int scope;
    size_t index;
};
/* A code that a condition compares, and with what. */
struct code_read {
    const struct event_field *field;
    const char *literal; /* NULL: with another name */
    int comparison;      /* number of the comparison in its condition: those of one "in" are the same */
    bool remembered;     /* as an earlier fact said it; else as the form that is judged says it */
};
struct condition { /* what is looked at each time comes first: a fold is about as fast as its lines of memory
                    */
    const struct plain_condition *plain; /* the same for a real dossier; NULL: only the tree can say it */
    bool reads_clocks, reads_day, reads_event, reads_persons;
    int line;
    const char *text;
    const struct condition_node *root;
    const int *events; /* kinds of facts it reads, for naming the blocking one */
    size_t event_count;
    const struct memo_read *memos;
    size_t memo_count;
    uint32_t kinds;   /* bit n: reads children of the n-th kind */
    uint64_t *states; /* of the dossier's chart: those that In() asks for; NULL: none */
    const struct code_read *codes;
    size_t code_count;
};

/* Reads one condition in a scope; `event` (may be NULL) is what "event." means. Faults: EDITION_CONDITION
 * with "file:line: …". */
const struct fault *condition_read(struct vocabulary *v, int scope, const struct event_kind *event, int line,
                                   const char *text, const struct condition **out);
/* The place of a memo in the list of its scope, added when nobody has asked for it before; -1 without memory.
 */
int vocabulary_memo(struct vocabulary *v, int scope, struct memo want);
/* All conditions of a chart. */
const struct fault *condition_read_chart(struct vocabulary *v, struct chart *chart, int scope);

/* ---- evaluation
 * ------------------------------------------------------------------------------------------------------ */

struct instance {
    const struct child_kind *kind; /* NULL: the dossier */
    const struct chart *chart;
    const char *id; /* NULL: the dossier */
    struct machine *machine;
    struct value *memos;
    uint32_t rank;  /* by kind, then by number */
    bool unsettled; /* something its eventless transitions look at has changed since they were asked */
    const struct fact *first, *last, *entered; /* facts that named it; what brought it where it is */
};

enum clock_attribute {
    CLOCK_ATTRIBUTE_DUE,
    CLOCK_ATTRIBUTE_DAY0,
    CLOCK_ATTRIBUTE_EXPIRED,
    CLOCK_ATTRIBUTE_RUNNING,
    CLOCK_ATTRIBUTE_PAUSED,
    CLOCK_ATTRIBUTE_REPLACED,
    CLOCK_ATTRIBUTE_STOPPED,
    CLOCK_ATTRIBUTE_STARTED,
    CLOCK_ATTRIBUTE_PROVISIONAL,
    CLOCK_ATTRIBUTE_LATE
};

/* Everything a condition may look at. instances[0] is the dossier. */
struct situation {
    struct instance *instances;
    size_t count;
    struct value day;
    const struct value *event; /* by field of the event judged; NULL: not said */
    struct value by;
    bool plain;        /* a real dossier: nothing is unknown but what a form that is not yet filled in says */
    uint32_t left_out; /* kinds of children that are unknown here (checker) */
    /* For the checker, may be NULL: is the dossier in the state; what the form says in an open field; a memo
     * of the instance was read that is unknown; a kind was asked about that is left out. */
    struct value (*in)(const struct situation *s, int state);
    struct value (*says)(const struct situation *s, int field);
    void (*unsaid)(const struct situation *s, size_t instance, int memo);
    void (*unseen)(const struct situation *s, int kind);
    struct value (*clock)(const struct situation *s, const char *clock, enum clock_attribute attribute,
                          size_t instance); /* NULL: absent */
    /* Asked about kinds that are left out, when set: is there a child of which `inner` is true (negated: is
     * false)? The same question always comes with nodes that condition_same_question() finds equal. */
    bool (*exists)(const struct situation *s, const struct condition_node *inner, int kind, bool negated);
    void *self;
};
bool condition_same_question(const struct condition_node *a, const struct condition_node *b);
/* In a standing of two, of which the first is unknown and the second is of this kind: has every question that
 * the condition puts to children of the kind the answer that it would have without the second, whatever the
 * rest may be? */
bool condition_blind(const struct condition *c, const struct situation *s, int kind);
/* Does it ask how many children of this kind there are? */
bool condition_counts(const struct condition *c, int kind);
/* Does it read event.FIELD, the n-th field of the event it is about? */
bool condition_reads_field(const struct condition *c, int field);

/* Does a condition about `instance` hold? */
enum verdict { VERDICT_NO, VERDICT_YES, VERDICT_UNKNOWN };
enum verdict condition_verdict(const struct condition *c, const struct situation *s, size_t instance);
static inline bool condition_holds(const struct condition *c, const struct situation *s, size_t instance)
{
    return condition_verdict(c, s, instance) == VERDICT_YES;
}
/* The field of the event whose code decides first whether the condition holds; -1: none does. */
int condition_first_code(const struct condition *c);
/* What comes of the condition when that field says the code of that number; VERDICT_UNKNOWN: more is asked.
 */
enum verdict condition_by_code(const struct condition *c, int32_t number);
/* The same as a value: a flag, or VALUE_UNKNOWN. */
struct value condition_value(const struct condition *c, const struct situation *s, size_t instance);

/* For `workflow trace --set`: the name as it stands in a condition of the dossier. */
struct condition_name {
    bool clock;
    size_t memo; /* of the dossier */
    const char *clock_id;
    enum clock_attribute attribute;
    struct value value;
};
/* Reads NAME=VALUE; the value by the type of the name. Faults: EDITION_CONDITION. */
const struct fault *condition_assign(struct vocabulary *v, const char *name, const char *value,
                                     struct condition_name *out);
#endif
