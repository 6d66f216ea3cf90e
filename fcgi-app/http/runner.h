/* runner.h - the page runner: queries in one pipeline, providers, the renderer; and the check at start that
 * every name a page uses is given by something.
 *
 * Every page can use, besides its queries and providers: the table `visit` (one row, VISIT_COLUMNS) and,
 * where the row has a form, `fields` (FORM_COLUMNS), `faults` (field, text, href) and `form` (one row: csrf,
 * submission, action, wrong, and for a form of static fields NAME, NAME_error for each field). */
#ifndef MINGDA_RUNNER_H
#define MINGDA_RUNNER_H

#include "exchange.h"
#include "route.h"

extern const struct column
    VISIT_COLUMNS[]; /* id, lang, path, signed_in, person_name, agency_name, csrf, today, … */
extern const size_t VISIT_COLUMN_COUNT;

/* Loads all pages and checks each row of `routes` against the registry of queries and the providers. Faults
 * name file and line. *out lives on `life` and is read-only afterwards. */
struct page_set;
const struct fault *page_set_load(TALLOC_CTX *life, const struct route *routes, size_t count,
                                  const struct page_set **out);

/* Runs the page of the exchange's route with the status given. `form` may be NULL. Answers in JSON where
 * asked. */
const struct fault *page_run(struct exchange *ex, int status, const struct form *form);
/* The same with another page of the set and tables made by a handler: confirmations. The page's names are
 * checked against `pages_extra` rows in routes.c. */
const struct fault *page_with(struct exchange *ex, int status, const char *page, const char *const *names,
                              const struct table *const *tables, size_t count);
/* While providers run: the table that query or earlier provider `name` gave, or NULL. */
const struct table *page_given(const struct exchange *ex, const char *name);

/* The reply for a fault: a problem page, application/problem+json (RFC 9457), or the form again with its
 * summary. Logs what is for operators. */
void page_fault(struct exchange *ex, const struct fault *fault);

#endif
