/* qr.h - a text as a QR code (ISO/IEC 18004, level M) in a PNG picture of black and white. The same text
 * gives the same bytes. Nothing is read, no time is asked. */
#ifndef MINGDA_QR_H
#define MINGDA_QR_H

#include <stddef.h>
#include <stdint.h>
#include <talloc.h>
#include "fault.h"

#define QR_TEXT_MAX 200 /* bytes: more is not read easily from 2 cm of paper */

/* The picture on `result`: eight pixels a module, with the quiet zone of four modules that readers ask for.
 * QR_TEXT (FAULT_INPUT): the text is empty or longer than QR_TEXT_MAX bytes. */
const struct fault *qr_png(TALLOC_CTX *result, const char *text, const uint8_t **png, size_t *length);

#endif
