/* letter_data.h - what a letter may say about its dossier: everything that a template can ask for, by name.
 *
 * Names that every template may declare: agency, office, office_address, office_phone, office_postcode,
 * office_web, court, review_body, review_channel, layout; applicant, query_code, application_number, number,
 * channel, delivery_label, received, due, date, person, electronic, request, item_count, items[] with n,
 * child, text, outcome, outcome_label and every field of the fact that proposed the outcome (reason, kind,
 * …); original_due and extended_due around an extension; attachments[] with name and sha256; evidence[] with
 * name and proves, through the service of the reply; param_NAME for each number among the parameters; handler
 * and division for forms between colleagues. An event that charges has EVENT_lines[] (from, to, count, unit,
 * price, sum) and EVENT_tariff_amount. Internal sheets besides: stage, days_left, and what was recorded about
 * their own child; of a letter served, served_title, served_number, served_method, served_proof. For each
 * event of the edition, its name with - as _: the day of the last accepted one, EVENT_FIELD with the value it
 * carries (texts decrypted), and EVENT_FIELD_WORD, a flag, for each word of a choice. What the officer wrote
 * into the form of the drafting event stands under the names of its fields. */
#ifndef MINGDA_LETTER_DATA_H
#define MINGDA_LETTER_DATA_H

#include "inside.h"

/* All of it as one object on `unit`, decrypted, for the letter `child` with template `code`. `in` may be
 * NULL: nothing was written or attached. */
const struct fault *letter_data(struct db *db, const struct dossier *d, const char *code, const char *child,
                                const struct raising *in, json_t **out, TALLOC_CTX *unit);

/* Where a file is kept: under the SHA-256 of its bytes, in hexadecimal. NULL only without memory. */
const char *letter_file_digest(const struct attachment *file, TALLOC_CTX *unit);

/* Sets data[name], taking the value over; a text or day that is not there sets nothing. */
const struct fault *letter_put(json_t *data, const char *name, json_t *value);

#endif
