/* runner.h - the page runner: queries in one pipeline, providers, the renderer; and the check at start that
 * every name a page uses is given by something.
 *
 * Every page can use, besides its queries and providers: `visit` (one row: who, which language, the token for
 * forms), and where the row has a form: `fields` (FORM_FIELDS), `faults` (FORM_FAULTS) and `form` (one row:
 * csrf, submission, wrong; what stood in the way of the last sending: refused, rule, basis, fact, stale; and
 * for a form of static fields NAME and NAME_error for each field). A POST form carries csrf and submission as
 * hidden fields. */
#ifndef MINGDA_RUNNER_H
#define MINGDA_RUNNER_H

#include "exchange.h"
#include "route.h"

/* lang ("zh-CN", "en"), other_lang ("en", "zh"), path, signed_in, person_name, login, agency_name,
 * roles{role}, query{name, value}, csrf, exchange */
extern const struct page_source VISIT;

/* Loads all pages and checks each row of `routes` against the registry of queries and the providers. Faults
 * name file and line. *out lives on `life` and is read-only afterwards. */
struct page_set;
const struct fault *page_set_load(TALLOC_CTX *life, const char *folder, const struct route *routes,
                                  size_t count, const struct page_set **out);

/* Runs the page of `row` (the exchange's own, or the GET row of a form that was wrong) with ex->form and
 * replies with `status`: HTML, or the same tables as JSON where that is asked for. */
const struct fault *page_run(struct exchange *ex, const struct route *row, int status);
/* The GET row on whose page the form of this POST stands, or the POST's own; NULL: none. */
const struct route *route_with_page(const struct exchange *ex);
/* While providers run: the table that query or earlier provider `name` gave, or NULL. */
const struct table *page_given(const struct exchange *ex, const char *name);

/* What problem pages show: status, code, title, sentence, refused, rule, basis, fact, exchange, dossier. The
 * page is "problem". */
extern const struct page_source PROBLEM;
const struct fault *page_problem(struct exchange *ex, int status, const struct table *problem);

/* The reply for a fault: a problem page, application/problem+json (RFC 9457), or the form again with its
 * summary. Logs what is for operators. */
void page_fault(struct exchange *ex, const struct fault *fault);

#endif
