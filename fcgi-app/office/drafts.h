/* drafts.h - an application that is being written, page by page: kept encrypted for one day, for the visitor
 * alone. */
#ifndef MINGDA_DRAFTS_H
#define MINGDA_DRAFTS_H

#include "office.h"

/* The draft of a visitor in the agency in scope: an object, empty when there is none or it cannot be opened
 * any more. */
const struct fault *draft_get(struct db *db, const struct office *office, const char *visitor, json_t **out,
                              TALLOC_CTX *life);
const struct fault *draft_put(struct db *db, const struct office *office, const char *visitor,
                              const json_t *draft, TALLOC_CTX *life);

#endif
