/* preview.h - a letter as a standalone XHTML document: what the drafter and the approver read on the screen.
 * It names each block's line of the template (data-line). Layout is approximate; the pages themselves are ODT
 * and DOCX. */
#ifndef MINGDA_PREVIEW_H
#define MINGDA_PREVIEW_H

#include "letter.h"

/* As letter_write. */
const struct fault *preview_write(const struct letter *letter, const struct letter_seal *seal,
                                  TALLOC_CTX *result, const uint8_t **bytes, size_t *length);

/* What stands between <style> and </style>, always the same: for the hash in a Content-Security-Policy. */
const char *preview_style(void);

#endif
