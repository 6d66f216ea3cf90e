/* explain.h - dossiers given as JSON, explained as JSON: what `mingda clock-explain` does between reading and
 * printing. */
#ifndef MINGDA_EXPLAIN_H
#define MINGDA_EXPLAIN_H

#include <stdio.h>
#include "civil.h"
#include "fault.h"
#include "json.h"

struct explain_options {
    struct civil today;           /* CIVIL_NONE: the day of the last fact */
    struct civil known;           /* CIVIL_NONE: all facts */
    const char *const *calendars; /* files; none: the edition's own */
    size_t calendar_count;
    bool days;
};

/* `input` is one dossier or an array of them; `name` is what faults call it. Writes one line for each to
 * `out`, or, on a fault, nothing at all: EXPLAIN_INPUT with the index of the dossier and of the fact in the
 * detail. */
const struct fault *explain_dossiers(const char *name, const json_t *input,
                                     const struct explain_options *options, FILE *out, TALLOC_CTX *life);

#endif
