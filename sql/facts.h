/* facts.h - adding facts, the one way: the body is composed here, canonical, from the same values as the
 * columns. */
#ifndef MINGDA_FACTS_H
#define MINGDA_FACTS_H

#include "db.h"

struct fact_row {
    int64_t dossier;
    int32_t seq;              /* the last one of the dossier + 1 */
    const char *kind, *child; /* child NULL or "": the dossier itself */
    struct civil on;          /* the day it happened */
    struct civil recorded;    /* CIVIL_NONE: the unit's civil day */
    int64_t by;               /* 0: the applicant or the clock */
    const char *role;
    const char *submission; /* uuid text of the form, or NULL */
    const json_t *data;     /* object; no personal data. NULL: {} */
};

/* Inside a unit, with the agency in scope: writes the fact, its `unsequenced` row and its submission. *body
 * (may be NULL) gets the canonical bytes on `life`:
 * {"agency","at","by","child","data","dossier","kind","on","recorded","role","seq"}.
 * Written by db_later(): FACT_TAKEN and SUBMISSION_TAKEN (then SUBMISSION_FIND tells which fact it made) come
 * with the unit's next statement or its end. Faults here: JSON_NUMBER. */
const struct fault *facts_append(struct db *db, const struct fact_row *fact, const char **body,
                                 TALLOC_CTX *life);

/* A random version 4 uuid as text, for a form's submission id. */
const char *facts_submission_id(TALLOC_CTX *life);
#endif
