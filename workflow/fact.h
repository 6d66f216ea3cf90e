/* fact.h - an accepted event with its data: the only thing a dossier stores.
 *
 * Facts are handed to the engine as an array; it borrows everything in them. The order of the array is the
 * order in which they were given (the sequence); the engine sorts by day where the law asks for days. */
#ifndef MINGDA_FACT_H
#define MINGDA_FACT_H

#include "civil.h"
#include "json.h"

/* Any fact may say why it was recorded only after later ones: {"row", "commit"} of a text. */
#define FACT_LATE_REASON "late-reason"

struct fact {
    long seq;              /* number within the dossier; what `fact` in a refusal and in `corrected` names */
    const char *kind;      /* the SCXML event name */
    const char *child;     /* "t1", "L3"; NULL: the dossier itself */
    struct civil on;       /* the civil day on which it happened */
    struct civil recorded; /* the civil day on which it became known; CIVIL_NONE: on the day it happened */
    const char *by;        /* person id as text, NULL where nobody is known */
    const char *role;      /* the word of the role in which they acted, or NULL */
    const json_t *data;    /* object with the fields of the event, or NULL */
};

/* The text of the field `name`, NULL when there is none or it is no text. Borrowed from the fact. */
const char *fact_text(const struct fact *fact, const char *name);
/* The whole number in the field `name`; false when there is none or it is no whole number. */
bool fact_int(const struct fact *fact, const char *name, int64_t *out);
/* The civil day in the field `name`; false when there is none or it is no real day. */
bool fact_day(const struct fact *fact, const char *name, struct civil *out);

#endif
