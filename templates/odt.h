/* odt.h - a letter as OpenDocument Text 1.3: the authoritative original. */
#ifndef MINGDA_ODT_H
#define MINGDA_ODT_H

#include "letter.h"

/* As letter_write. */
const struct fault *odt_write(const struct letter *letter, const struct letter_seal *seal, TALLOC_CTX *result,
                              const uint8_t **bytes, size_t *length);

#endif
