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

/* lang, other_lang, other_href, path, signed_in, person_name, login, agency_name, csrf, exchange, today */
extern const struct page_source VISIT;

/* Loads all pages and checks each row of `routes` against the registry of queries and the providers. Faults
 * name file and line. *out lives on `life` and is read-only afterwards. */
struct page_set;
const struct fault *page_set_load(TALLOC_CTX *life, const char *folder, const struct route *routes,
                                  size_t count, const struct page_set **out);

/* Runs the page of `row` (the exchange's own, or the GET row of a form that was wrong) with ex->form and
 * replies with `status`: HTML, or the same tables as JSON where that is asked for. */
const struct fault *page_run(struct exchange *ex, const struct route *row, int status);
/* While providers run: the table that query or earlier provider `name` gave, or NULL. */
const struct table *page_given(const struct exchange *ex, const char *name);

/* The reply for a fault: a problem page, application/problem+json (RFC 9457), or the form again with its
 * summary. Logs what is for operators. */
void page_fault(struct exchange *ex, const struct fault *fault);

#endif
