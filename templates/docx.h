/* docx.h - a letter as WordprocessingML (ECMA-376, transitional): the convenience copy. No docProps, so that
 * nothing in the package but [Content_Types].xml is outside a signature; no white space in .rels, which
 * libxmlsec1 1.2 would digest. */
#ifndef MINGDA_DOCX_H
#define MINGDA_DOCX_H

#include "letter.h"

/* As letter_write. */
const struct fault *docx_write(const struct letter *letter, const struct letter_seal *seal,
                               TALLOC_CTX *result, const uint8_t **bytes, size_t *length);

#endif
