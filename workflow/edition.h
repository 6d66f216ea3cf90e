/* edition.h - one version of one procedure: an SCXML document with the extension urn:mingda:law, read once.
 *
 * An edition is immutable. It is handed bytes, keeps no globals, reads no time and no file. C knows the words
 * of the extension (roles, kinds of fields, what an event "does", what a state "is"), never the states or
 * events of an edition: an event added to the document appears as a form, an API operation, a guard and a
 * line of documentation without C. Everything here is owned by the edition's life and is const for its
 * readers.
 *
 * The language of conditions (attributes cond, when, unless, holds, never) is described in condition.h; the
 * elements and attributes of the extension in workflow/edition.rng and, with their meaning, in law_words.c.
 */
#ifndef MINGDA_EDITION_H
#define MINGDA_EDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include "civil.h"
#include "clock.h"
#include "fault.h"

struct chart;     /* scxml.h */
struct condition; /* condition.h */
struct tariff;    /* tariff.h */
struct event_charge;

struct bilingual {
    const char *zh, *en; /* en falls back to zh; both are set wherever a label is required */
};

enum event_field_kind {
    EVENT_FIELD_DAY,    /* "YYYY-MM-DD" */
    EVENT_FIELD_INT,    /* between min and max */
    EVENT_FIELD_CODE,   /* one of the choices */
    EVENT_FIELD_PERSON, /* id of a person who holds `role` */
    EVENT_FIELD_ITEM,   /* id of a child of the kind `child`: "i1" */
    EVENT_FIELD_TEXT,   /* one line, min to max characters; the fact carries {"row": n, "commit": hex} */
    EVENT_FIELD_NOTE,   /* several lines; carried in the same way */
    EVENT_FIELD_FLAG,   /* true or false */
    EVENT_FIELD_SHA256  /* 64 hexadecimal digits */
};

struct event_choice {
    const char *value;
    struct bilingual label;
};

struct event_field {
    const char *name;
    enum event_field_kind kind;
    bool required;
    bool personal;   /* identifies a person: its row is erased with the dossier's key */
    bool by_service; /* filled in by the program (hashes, version): not part of the form */
    bool dates;      /* this day is the day on which the event happened */
    int64_t min, max;
    const char *role;  /* EVENT_FIELD_PERSON */
    const char *child; /* EVENT_FIELD_ITEM: name of the child kind */
    struct bilingual label, hint;
    const struct event_choice *choices;
    size_t choice_count;
    const struct event_field
        *asked_of; /* asked only where this field of kind code says one of: NULL: always */
    const char *const *asked_when;
    size_t asked_when_count;
};

/* Separation of persons: refused to who raised `event` (the last one of the same child). */
struct event_separation {
    const char *event;
    const char *rule, *basis;
    struct bilingual sentence;
    int memo; /* where the engine remembers who raised it */
};

/* A guard: refused when the condition is true. */
struct event_refuse {
    const char *rule, *basis; /* basis NULL: practice */
    struct bilingual sentence;
    const struct condition *when;
    bool negated; /* written as unless="…" */
};

/* What an event does for the services, so that they need not know its name. */
#define EVENT_DEEDS(X)                                                                                       \
    X(NONE, "")                                                                                              \
    X(RECEIVE, "receive") /* the first fact of a dossier */                                                  \
    X(REGISTER, "register")                                                                                  \
    X(ASSIGN, "assign") /* its field of kind person names who handles the dossier */                         \
    X(DRAFT, "draft")   /* starts a letter, or a new version of one; fields template, odt, docx, version */  \
    X(APPROVE, "approve") /* fields odt, docx: what was seen */                                              \
    X(RETURN, "return")                                                                                      \
    X(SEAL, "seal")   /* raised by the clock when `sign` has written its row; fields odt, docx */            \
    X(SERVE, "serve") /* the letter leaves; field method */                                                  \
    X(WITHDRAW, "withdraw")                                                                                  \
    X(ABANDON, "abandon")                                                                                    \
    X(PROPOSE, "propose")         /* a correction of the fact numbered in its field `fact` is asked for */   \
    X(CORRECT, "correct")         /* replaces the data of the fact numbered in its field `fact` */           \
    X(DECLINE, "decline")         /* the proposal numbered in its field `proposal` comes to nothing */       \
    X(RECALCULATE, "recalculate") /* dates moved with the calendar: fields calendar, before, after */        \
    X(SEE, "see")                 /* whoever is in charge has seen that the date moved */                    \
    X(MIGRATE, "migrate")         /* field edition: the digest of the one that rules; before, after */
#define X(symbol, word) EVENT_DEED_##symbol,
enum event_deed { EVENT_DEEDS(X) EVENT_DEED_COUNT };
#undef X

struct child_kind;

struct event_kind {
    const char *name;
    struct bilingual label, hint;
    const char *basis; /* article; NULL: practice */
    enum event_deed deed;
    const char *const *roles; /* who may raise it; "clock" is the program itself */
    size_t role_count;
    const struct child_kind *child; /* NULL: about the dossier */
    bool starts;                    /* begins a new child */
    bool after_close;               /* also accepted when the dossier is closed */
    bool told;                      /* the applicant sees that it happened */
    const struct event_field *fields;
    size_t field_count;
    const struct event_separation *separations;
    size_t separation_count;
    const struct event_refuse *refuses;
    size_t refuse_count;
    const char *evidence, *proves; /* what the fact is called in a list of evidence (Chinese, as letters are),
                                      and what it proves; NULL: it is none */
    const struct event_charge *charge; /* tariff.h: what it charges; NULL: nothing */
    int line;
};

/* A kind of child: its chart is in the same file. */
struct child_kind {
    const char *name;   /* "letter" */
    const char *prefix; /* "L": ids are L1, L2, … */
    struct bilingual label;
    const struct chart *chart;
    const char *made_event, *made_field; /* children made at once: received.items -> i1 … iN; else NULL */
    const char *letter_field; /* children that are letters: field of the starting event with the template */
    size_t index;
};

struct letter_kind {
    const char *code; /* "D01" */
    struct bilingual label;
    bool by_rule; /* drafted and approved by the program (receipts) */
    bool reply;   /* answers the application */
    /* Serving the letter tells the applicant something: the kind of the fact that is then raised by rule, and
     * the kind of the fact whose fields of the same names it takes over. NULL: neither. */
    const char *tells, *from;
    const char *remedy; /* profile of the remedies clause of a letter that is no reply; NULL: it has none */
    /* An internal sheet, printed from the facts and never drafted: once one of these events has been
     * recorded, for the dossier or for each child that they are about. NULL: a letter. */
    const char *const *sheet;
    size_t sheet_count;
};

struct outcome_kind {
    const char *code; /* "OPEN_PROVIDE" */
    struct bilingual label;
    const char *basis;    /* "条例36(2)" */
    const char *stat_row; /* "三(一)" */
    const char *remedy;   /* OPTIONAL PREPOSED MIXED PER_CASE */
    const char *letter;   /* "R02" */
    bool drafted;         /* this edition has the way to the end for it */
};

struct edition_parameter {
    const char *name, *value; /* the default, as text */
    bool number;              /* value is a whole number */
    char mark;                /* 'R' recalled, 'D' design, 'V' verified: R and D wait for a lawyer */
    const char *confirm;      /* role that must confirm it, of R and D; NULL: verified */
    const char *basis;
    struct bilingual label;
};

struct edition_role {
    const char *name;
    struct bilingual label;
};

enum invariant_kind {
    INVARIANT_NEVER,
    INVARIANT_ALWAYS,
    INVARIANT_REACHABLE,
    INVARIANT_POSSIBLE, /* from wherever the dossier stands somebody surely can bring it about */
    INVARIANT_BUILT_IN,
    INVARIANT_ONLY_BY
};
struct edition_invariant {
    const char *name, *basis;
    struct bilingual sentence;
    enum invariant_kind kind;
    const struct event_kind *at;       /* judged when this event is taken; NULL: in every state */
    const struct condition *condition; /* never: must not hold; always: must hold */
    const struct condition *witness;   /* a state or step that shows the invariant is not vacuous */
    const char *const *along; /* reachable: the acts that lead there, as lines of a story; may be none */
    size_t along_count;
    const char *built_in;
    const char *const *roles; /* only-by: nobody else may raise the event `at` */
    size_t role_count;
    int line;
};

struct edition_inside; /* what the engine and the checker keep beside: edition_inside.h */

struct edition {
    const char *code; /* "cn-2019" */
    const char *file; /* as given, for messages */
    struct bilingual title;
    struct civil in_force;
    const char *calendar; /* "cn" */
    const char *timezone; /* "Asia/Shanghai" */
    const struct chart *chart;
    const struct edition_role *roles;
    size_t role_count;
    const struct event_kind *events;
    size_t event_count;
    const struct child_kind *children;
    size_t child_count;
    const struct letter_kind *letters;
    size_t letter_count;
    const struct outcome_kind *outcomes;
    size_t outcome_count;
    const struct edition_parameter *parameters;
    size_t parameter_count;
    const struct tariff *tariffs; /* tariff.h */
    size_t tariff_count;
    const struct edition_invariant *invariants;
    size_t invariant_count;
    const struct clock_rules *clocks; /* clock.h: the clocks declared in the same document */
    const struct edition_inside *inside;
};

/* Reads a whole edition from bytes. Faults (FAULT_INPUT): EDITION_SYNTAX, EDITION_REFUSED, EDITION_NAME,
 * EDITION_CONDITION; detail is "file:line: sentence". No network, no entities, no DOCTYPE. */
const struct fault *edition_read(TALLOC_CTX *life, const char *file, const char *bytes, size_t length,
                                 const struct edition **out);

/* Look-ups; NULL when there is none. */
const struct event_kind *edition_event(const struct edition *e, const char *name);
const struct event_kind *edition_event_that(const struct edition *e, enum event_deed deed); /* the first */
const struct event_field *event_field(const struct event_kind *k, const char *name);
const struct child_kind *edition_child(const struct edition *e, const char *name);
const struct child_kind *edition_child_of_id(const struct edition *e,
                                             const char *child_id); /* "L3": letter */
const struct letter_kind *edition_letter(const struct edition *e, const char *code);
const struct outcome_kind *edition_outcome(const struct edition *e, const char *code);
const struct edition_parameter *edition_parameter(const struct edition *e, const char *name);
const struct edition_role *edition_role(const struct edition *e, const char *name);
const struct event_choice *event_field_choice(const struct event_field *f, const char *value);
/* The day on which the event happened, where its form says so in a field that dates it; CIVIL_NONE: it does
 * not. */
struct civil event_dated(const struct event_kind *k, const json_t *data);
/* Is the field asked where the field that it depends on says `word` (NULL: nothing yet)? */
bool event_field_asked(const struct event_field *f, const char *word);
/* The label of a state of the dossier's chart (kind NULL) or of a child's; NULL: none. */
const struct bilingual *edition_state_label(const struct edition *e, const struct child_kind *kind,
                                            const char *state);

/* Is `data` what the event's form promises: nothing missing, nothing more, every value of its kind and within
 * its bounds? `child_exists` may be NULL (items are then judged by their form only). FAULT_INPUT with the
 * field named: FIELD_MISSING, FIELD_UNKNOWN, FIELD_KIND, FIELD_RANGE, FIELD_CHOICE. */
const struct fault *event_check_data(TALLOC_CTX *life, const struct event_kind *k, const json_t *data);

#endif
