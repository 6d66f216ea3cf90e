/* templates.h - what the legal office does with templates and clauses: look, draft, try, submit, approve,
 * end.
 *
 * A text is a template (code R02) or a clause (code remedies). The store keeps the rules that must hold for
 * ever: the second person, that what was approved stays, the history (sql/migrations/0014-texts.sql). Here is
 * what needs the language of letters: a text is tried before it is submitted and again before it is approved.
 */
#ifndef MINGDA_OFFICE_TEMPLATES_H
#define MINGDA_OFFICE_TEMPLATES_H

#include "office.h"

enum { TEXT_PROBLEMS_MAX = 100 };

/* "letter" or "clause": codes of templates begin with a capital. */
const char *office_text_kind(const char *code);

/* One thing that is wrong with a text. */
struct text_problem {
    const char *file; /* "R02.xml": the text itself, or another one that it breaks */
    int line;
    const char *zh, *en;
};

/* A text that was tried. */
struct text_tried {
    const struct letter_template *t; /* NULL: it cannot even be read; a clause is a letter of its own */
    struct text_problem *problems;
    size_t count;
    size_t letters; /* that were made of it */
};

/* Reads `xml` as the text `code` with the clauses that will rule on `day`. *out NULL and one problem where it
 * cannot be read. */
const struct fault *office_text_read(struct db *db, const struct office *office, const char *code,
                                     const char *xml, struct civil day, struct letter_template **out,
                                     struct text_problem *problem, TALLOC_CTX *life);

/* Tries it (letter_trial.h). A clause is tried with every template that includes it too: those that rule on
 * the day, and those that are approved to begin later. Either is tried again on each later day on which
 * something that it meets is approved to begin, as long as it will rule. No fault for what is wrong with the
 * text: that is in `out`. */
const struct fault *office_text_try(struct db *db, const struct office *office, const char *code,
                                    const char *xml, struct civil day, struct text_tried *out,
                                    TALLOC_CTX *life);

/* A sentence of the reader of templates in Chinese; where there is none, it is quoted. On `life`. */
const char *office_text_sentence(const char *english, TALLOC_CTX *life);

/* ---- steps ---- */

struct text_step {
    const char *code;
    int32_t version, revision; /* as the person saw it */
    const char *deed;          /* saved, submitted, returned, withdrawn, approved, ended */
    const char *xml;           /* saved */
    struct civil on;           /* approved: in force from; ended: out of force from. Not before today */
    const char *reason;        /* returned, withdrawn, ended */
};

/* A new draft: a copy of `base`, or of what rules now (else the last version) where base is 0. FAULT_STALE
 * TEXT_OPEN: there is one already; FAULT_ABSENT TEXT_ABSENT. */
const struct fault *office_text_draft(struct db *db, const struct office *office, const char *code,
                                      int32_t base, int32_t *version, TALLOC_CTX *life);

/* One step in the name of the person in scope; *revision is the new one. FAULT_STALE TEXT_MOVED: somebody was
 * faster, or it is not the time for it. FAULT_REFUSED text-faulty (submitted, approved: it was tried, and
 * something is wrong), text-second-person (approved by one who wrote it). FAULT_INPUT with the field:
 * TEXT_DAY_PAST, REQUIRED. */
const struct fault *office_text_step(struct db *db, const struct office *office, const struct text_step *in,
                                     int32_t *revision, TALLOC_CTX *life);

#endif
