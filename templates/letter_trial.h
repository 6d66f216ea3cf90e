/* letter_trial.h - a template is tried before it comes into force: letters are made of it with data of every
 * kind that it declares, so that no applicant is the first to meet a branch of it. */
#ifndef MINGDA_LETTER_TRIAL_H
#define MINGDA_LETTER_TRIAL_H

#include "letter.h"

struct letter_problem {
    const char *file; /* "D01.xml", or the clause's */
    int line;
    const char *why;
};

struct letter_trial {
    const struct letter_problem *problems;
    size_t count;
    size_t letters; /* that were composed, of 8,000 at most */
};

/* Tries the template as it would be used on `day`: every word of every code, flags, one row and several, what
 * may be missing missing, in combinations drawn from a fixed seed. A problem is: it or a clause is not in
 * force on the day; data with all that is declared makes no letter; something that is optional stops the
 * letter although it does not say so; a part that no data reaches. Pure and always the same. At most 100
 * problems, on `result`. No fault but NO_MEMORY. */
const struct fault *letter_trial(const struct letter_template *t, struct civil day, TALLOC_CTX *result,
                                 struct letter_trial *out);

/* A clause as a letter of its own, so that it can be tried. Faults as letter_template_read. */
const struct fault *letter_clause_alone(struct letter_reader *reader, const struct letter_source *source,
                                        letter_clause_find *find, void *context, TALLOC_CTX *result,
                                        struct letter_template **out);

#endif
