/* letter_lint.h - the last look at the text of a composed letter before it may be sealed (guard G6): remedies
 * that fit outcomes and way of service, articles that fit the outcomes, nothing left unfilled, dates and
 * citations as GB/T 9704-2012 and the drafting rules want them.
 *
 * It reads the letter as it will be printed, so that what an officer typed is judged like the template's own
 * words. What the applicant wrote is quoted literally and never judged. Pure: no file, no time. */
#ifndef MINGDA_LETTER_LINT_H
#define MINGDA_LETTER_LINT_H

#include "letter.h"

/* An outcome as the edition declares it. */
struct letter_outcome {
    const char *code;   /* "DENY_PROCESS" */
    const char *basis;  /* "条例16(2)"; "practice" or NULL: no article to cite */
    const char *remedy; /* OPTIONAL, PREPOSED, MIXED; PER_CASE or NULL: not judged */
};

/* What the letter has to fit. All is borrowed. */
struct letter_expectation {
    const struct letter_outcome *outcomes; /* of the items it answers; none: a notice on the way */
    size_t outcome_count;
    bool electronic;           /* served through the internet */
    const char *review_body;   /* 行政复议机关, or NULL: not judged by name */
    const char *court;         /* or NULL */
    const char *const *quoted; /* texts of others that the letter quotes, NULL at the end; or NULL */
};

struct letter_finding {
    const char *rule;  /* static: "remedies-profile"; see LETTER_LINT_RULES */
    const char *zh;    /* static: what is wrong, for the drafter */
    size_t block;      /* of the letter; block_count when it is about the whole */
    int line;          /* of the template, 0 about the whole */
    const char *found; /* the words in question, or what is missing */
};

struct letter_findings {
    const struct letter_finding *all; /* in the order of the letter */
    size_t count;
};

/* Everything that is wrong with the letter, at most 200 findings, on `result`. No fault but NO_MEMORY. */
const struct fault *letter_lint(const struct letter *letter, const struct letter_expectation *expected,
                                TALLOC_CTX *result, struct letter_findings *out);

/* Names and sentences of all rules. */
struct letter_lint_rule {
    const char *name, *zh;
};
extern const struct letter_lint_rule LETTER_LINT_RULES[];
extern const size_t LETTER_LINT_RULE_COUNT;

#endif
