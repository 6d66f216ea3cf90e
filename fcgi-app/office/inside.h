/* inside.h - what the services share among themselves; nothing outside fcgi-app/office includes it. */
#ifndef MINGDA_OFFICE_INSIDE_H
#define MINGDA_OFFICE_INSIDE_H

#include "facts.h"
#include "letter.h"
#include "office.h"

/* Inside a unit: a text or note of the form, cleaned, bounded and encrypted; `data` gets the row and
 * commitment. An empty one adds nothing. */
const struct fault *raise_text(struct db *db, struct dossier *d, const struct event_field *f,
                               const char *given, json_t *data, TALLOC_CTX *unit);
/* Inside a unit: the data of a fact from what a form gave, by field name; fields that the program fills in
 * are not taken. FIELD_UNKNOWN. */
const struct fault *raise_data(struct db *db, struct dossier *d, const struct event_kind *kind,
                               const json_t *given, json_t *data, TALLOC_CTX *unit);
/* Inside a unit: completes the data of a fact that proposes, confirms or declines a correction (office.h says
 * from what). */
const struct fault *correction_data(struct db *db, struct dossier *d, const struct event_kind *kind,
                                    const struct raising *in, json_t *data, TALLOC_CTX *unit);
/* Inside a unit: of an event that charges, what the program counts and computes: the field for what the same
 * applicant asked for earlier, and the amount where the form left it open. */
const struct fault *charge_fill(struct db *db, const struct dossier *d, const struct event_kind *kind,
                                struct civil day, json_t *data, TALLOC_CTX *unit);
/* Is the day of the fact, and are the days its fields stand for, not in the future? DAY_IN_FUTURE. */
const struct fault *raise_not_to_come(const struct dossier *d, const struct event_kind *kind,
                                      const struct fact *fact, TALLOC_CTX *unit);
/* Inside a unit: as dossier_open(), and nobody else writes to the dossier until the unit ends. Whoever writes
 * heads must hold it from before the facts are read: a fact filed meanwhile would be overwritten by heads
 * that do not know it, and two who write rows of heads in another order would wait for each other. */
const struct fault *dossier_hold(struct db *db, const struct office *office, const char *ref,
                                 TALLOC_CTX *unit, struct dossier **out);
/* A fact from a row with the columns of SWEEP_FACTS. */
const struct fault *dossier_fact(TALLOC_CTX *life, const struct table *t, size_t row, struct fact *f);
/* d->law: the edition under which the dossier began, or the one that the last `migrated` among its facts
 * names by digest. EDITION_ABSENT (FAULT_BROKEN). */
const struct fault *dossier_law(const struct office *office, const char *edition, struct dossier *d,
                                TALLOC_CTX *life);
/* After a fact: where it moved the dossier to another edition, all facts are folded anew under that one. */
const struct fault *dossier_settle(const struct office *office, struct dossier *d, TALLOC_CTX *life);
/* d->standing anew from d->facts. */
const struct fault *dossier_refold(struct dossier *d, TALLOC_CTX *life);
/* Inside a unit: encrypts a text as the next row of the dossier; *out is {"row", "commit"}, a new reference.
 */
const struct fault *dossier_hide(struct db *db, struct dossier *d, const char *kind, const char *text,
                                 json_t **out, TALLOC_CTX *life);
const struct fault *dossier_hide_json(struct db *db, struct dossier *d, const char *kind, const json_t *json,
                                      json_t **out, TALLOC_CTX *life);
/* Inside a unit: judges the fact by workflow_step and files it as the next one. Everything that `fact` points
 * to must live as long as the dossier; its seq is set here. */
const struct fault *dossier_add_fact(struct db *db, struct dossier *d, const struct fact *fact,
                                     int64_t person, const char *submission, TALLOC_CTX *life);

/* The derived rows of the dossier as JSON: {"dossier", "clocks", "children", "letters", "wake"}; a new
 * reference. */
const struct fault *heads_of(const struct dossier *d, json_t **out, TALLOC_CTX *life);
/* Inside a unit: writes them. */
const struct fault *heads_save(struct db *db, const struct dossier *d, TALLOC_CTX *life);
/* One unit: computes and writes them anew, from the facts as they are. */
const struct fault *heads_renew(struct db *db, const struct office *office, const char *ref,
                                TALLOC_CTX *life);

/* Inside a unit: composes letter `child` from template `code` in force, stores both unsigned packages and
 * adds the fields that the program fills in (version, odt, docx, inputs) to `data`. `in` is what the
 * officer wrote and attached (NULL: nothing). FAULT_REFUSED letter-value, letter-template, letter-text; with
 * the last *page (where page is not NULL) is the letter with what is wrong beside it (letter_check.h). */
const struct fault *letter_prepare(struct db *db, const struct office *office, struct dossier *d,
                                   const char *code, const char *child, const struct raising *in,
                                   json_t *data, json_t **page, TALLOC_CTX *life);
/* The template with that code that rules what is composed on the day, with the clauses in force.
 * TEMPLATE_ABSENT. */
const struct fault *letter_template_on(struct db *db, const struct office *office, const char *code,
                                       struct civil day, struct letter_template **out, TALLOC_CTX *life);
/* May the draft still be approved? The template and clauses in force are those it was made with, the dossier
 * says the same, its text passes the guard, and the packages are those that were stored. FAULT_REFUSED
 * template-changed, letter-outdated, letter-text; FAULT_STALE LETTER_DIFFERS. */
const struct fault *letter_still_right(struct db *db, const struct office *office, const struct dossier *d,
                                       const char *child, TALLOC_CTX *life);
/* Does the draft bear the day `on` of its approval, where the edition wants that (its parameter letter-date)?
 * FAULT_REFUSED letter-date. */
const struct fault *letter_day_right(struct db *db, const struct dossier *d, const char *child,
                                     struct civil on, TALLOC_CTX *life);
/* Inside a unit: the packages of the draft with today's day and a new code for verifying, all else as it was
 * composed from, filed in the name of `by` as a correction of the draft's digests and inputs. */
const struct fault *letter_date(struct db *db, const struct office *office, struct dossier *d,
                                const char *child, const struct fact *by, int64_t person, TALLOC_CTX *unit);
/* Inside a unit: drafts and approves the letters that are owed and approved by rule (receipts). */
const struct fault *letters_by_rule(struct db *db, const struct office *office, struct dossier *d,
                                    TALLOC_CTX *life);

/* Inside a unit: after `service`, the fact that served a letter, raises what the applicant was told with it.
 */
const struct fault *letter_told(struct db *db, struct dossier *d, const struct fact *service,
                                TALLOC_CTX *life);

/* The words by which a dossier is found, as an array of PostgreSQL; an erased one is found by its number
 * alone. */
const struct fault *posting_of(const struct office *office, const struct dossier *d, const json_t *request,
                               const char *name, const char **out, TALLOC_CTX *life);
/* Inside a unit: writes them; request and name NULL after erasure. */
const struct fault *posting_save(struct db *db, const struct office *office, const struct dossier *d,
                                 const json_t *request, const char *name, TALLOC_CTX *life);
/* Inside a unit: compares what is stored with what follows from the texts; with `repair` writes it anew. */
const struct fault *posting_check(struct db *db, const struct office *office, const struct dossier *d,
                                  bool repair, bool *differs, TALLOC_CTX *life);

/* Number of the letter `child` ("L2") of the dossier: its application number, "-", 2. On `life`. */
const char *letter_number(TALLOC_CTX *life, const struct dossier *d, const char *child);
/* The last draft of the letter: the fact of the event that drafts; NULL when there is none. */
const struct fact *letter_draft(const struct dossier *d, const char *child);
/* The day that the packages of that draft bear: the day of drafting, or the one of letter_date(). */
struct civil letter_dated(const struct dossier *d, const struct fact *draft);

#endif
