/* sweep.h - dossiers by the hundred, with all their facts, for what is asked of all of them: which dates
 * would a new calendar move, what would another rule have changed. Nothing is written here and no personal
 * text is opened. */
#ifndef MINGDA_OFFICE_SWEEP_H
#define MINGDA_OFFICE_SWEEP_H

#include "office.h"

struct swept {
    const struct dossier *dossier; /* without standing, records and key: ref, law, facts, today are set */
    const char *handler_name;      /* NULL: nobody's yet */
    const char *outcome;           /* of all its items, NULL: none or several */
    const char *calendar_version;  /* from which its derived rows were computed; NULL: there are none */
    const char *broken; /* NULL, or why it cannot be folded: code of the fault; its law may be NULL then */
};

/* Called with each dossier in the order of their numbers; what it is given ends with the call. A fault ends
 * the sweep. It may run units of its own. */
typedef const struct fault *sweep_fn(const struct swept *s, void *arg, TALLOC_CTX *life);

/* All dossiers of the agency, in pages of bounded memory; with `reaching` only those that are open and have a
 * clock that is not known to end before that day (by their derived rows). */
const struct fault *office_sweep(struct db *db, const struct office *office, int32_t agency,
                                 struct civil reaching, sweep_fn *each, void *arg, TALLOC_CTX *life);
/* The same in every agency. */
const struct fault *office_sweep_all(struct db *db, const struct office *office, struct civil reaching,
                                     sweep_fn *each, void *arg, TALLOC_CTX *life);

#endif
