/* letter_check.h - what stands between a composed letter and its seal: the text itself (guard G6), and
 * whether it still says what the dossier and the templates say. */
#ifndef MINGDA_LETTER_CHECK_H
#define MINGDA_LETTER_CHECK_H

#include "inside.h"

/* Reads the text with letter_lint() as it will be printed, against the outcomes of the items in `inputs` and
 * the agency's own remedies. FAULT_REFUSED "letter-text" with every finding in its sentence; then *page is
 * the letter, paragraph by paragraph, with what is wrong beside it: an array of {"text", "findings": [{"why",
 * "found"}]}, on `life`. */
const struct fault *letter_check_text(struct db *db, const struct dossier *d, const char *code,
                                      const struct letter *letter, const json_t *inputs, json_t **page,
                                      TALLOC_CTX *life);

/* A fault of reading or composing as the drafter should read it: which value is missing, with the line of the
 * template, and what to do. Others stay as they are. */
const struct fault *letter_check_fault(const struct letter_template *t, const char *code,
                                       const struct fault *f, TALLOC_CTX *life);

/* Of a letter made from `made`: does the dossier say the same `now`? Days on which it was written are left
 * out. FAULT_REFUSED "letter-outdated" naming what differs. */
const struct fault *letter_check_same(const struct letter_template *t, const json_t *made, const json_t *now,
                                      TALLOC_CTX *life);

#endif
