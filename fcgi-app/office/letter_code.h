/* letter_code.h - the code for verifying that a letter bears: made when it is drafted, kept with what it was
 * composed from (so that it can be composed again), and registered by its SHA-256 for the page /verify. */
#ifndef MINGDA_LETTER_CODE_H
#define MINGDA_LETTER_CODE_H

#include "inside.h"
#include "letter.h"

/* Puts verify_code into what a template may say, and where the agency's address on the web is known
 * verify_url (PAGE) and verify_link (PAGE?code=CODE, the content of the QR code). */
const struct fault *letter_code_put(json_t *data, TALLOC_CTX *unit);

/* Registers the code of a letter that was composed from `inputs`, with the digest of its unsigned ODT
 * (hexadecimal). A letter that bears no code is not registered. */
const struct fault *letter_code_register(struct db *db, const struct dossier *d, const struct letter *letter,
                                         const char *child, const json_t *inputs, const char *odt,
                                         TALLOC_CTX *unit);

/* Inputs of a letter that is made again bear another code: a code leads to one pair of packages. */
const struct fault *letter_code_renew(json_t *inputs, TALLOC_CTX *unit);

#endif
