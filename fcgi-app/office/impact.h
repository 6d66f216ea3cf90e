/* impact.h - what a change of calendar does to the dates of open dossiers, and how it is recorded: as a fact
 * of each dossier whose reply falls due on another day, or on a day that has become certain (statute 2.7,
 * guard G10). */
#ifndef MINGDA_OFFICE_IMPACT_H
#define MINGDA_OFFICE_IMPACT_H

#include "sweep.h"

/* A running clock that ends on another day, or whose day was provisional and is no longer (or the other way).
 */
struct date_moved {
    const char *clock, *child, *basis; /* child NULL: the dossier's own */
    bool reply;                        /* the dossier's due date itself */
    struct civil day0, before, after;  /* CIVIL_NONE: cannot be said now */
    bool provisional_before, provisional_after;
};

/* Folds the facts with both calendars and compares, as of the dossier's today. *out on `life`. */
const struct fault *impact_of(const struct dossier *d, const struct calendar *before,
                              const struct calendar *after, const struct date_moved **out, size_t *count,
                              TALLOC_CTX *life);

/* One unit: derives the dossier's rows anew under the calendar that the store now holds; where its reply
 * moved
 * (`moved` not NULL), the edition's event that says so is raised by the clock, with the digest of the
 * imported bytes. */
const struct fault *impact_record(struct db *db, const struct office *office, const struct dossier *d,
                                  const char *calendar_sha256, const struct date_moved *moved,
                                  TALLOC_CTX *life);

/* Derives anew the rows of all closed dossiers whose periods reach `first_day` or beyond, in every agency. */
const struct fault *impact_on_closed(struct db *db, const struct office *office, struct civil first_day,
                                     TALLOC_CTX *life);

#endif
