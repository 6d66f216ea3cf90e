/* text.h - text has a length, a limit and a meaning.
 *
 * A builder is born with its ceiling; the fault is checked once, at the end. Input is made UTF-8, NFC,
 * free of control characters and short enough at the door (text_clean) and not checked again inside. */
#ifndef MINGDA_TEXT_H
#define MINGDA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "fault.h"

struct text;

/* A builder on `life` for at most `limit` bytes. NULL when memory is out: every function below takes NULL
 * and text_end then says so. */
struct text *text_new(TALLOC_CTX *life, size_t limit);
void text_add(struct text *t, const char *s);             /* s may be NULL: nothing is added */
void text_add_n(struct text *t, const char *s, size_t n); /* bytes, may hold zeros */
void text_add_char(struct text *t, char c);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
size_t text_length(const struct text *t);
/* The text so far, zero-ended; it belongs to the builder's life. Faults: TEXT_TOO_LONG, NO_MEMORY. */
const struct fault *text_end(struct text *t, const char **out, size_t *length /* may be NULL */);

/* Well-formed UTF-8 by RFC 3629 (no surrogates, no overlong forms, no zero byte). */
bool text_is_utf8(const char *s, size_t n);
/* Number of code points of well-formed UTF-8. */
size_t text_count(const char *s);

enum text_lines { TEXT_ONE_LINE, TEXT_MANY_LINES };
/* The door. In: any bytes. Out: UTF-8 in NFC on `life`, trimmed; line ends are \n; C0/C1 controls,
 * noncharacters and bidirectional overrides (U+202A..202E, U+2066..2069) are faults, as is more than `max`
 * code points. `field` is named in the fault: TEXT_NOT_UTF8, TEXT_CONTROL, TEXT_TOO_LONG. Empty text is not a
 * fault here. */
const struct fault *text_clean(TALLOC_CTX *life, const char *field, const char *in, size_t length, size_t max,
                               enum text_lines lines, const char **out);

/* Lower-case hexadecimal and base64 (RFC 4648, padded), on `life`; NULL only without memory. */
const char *text_hex(TALLOC_CTX *life, const void *bytes, size_t n);
const char *text_base64(TALLOC_CTX *life, const void *bytes, size_t n);
/* Exactly `n` bytes from 2n hexadecimal digits; false for anything else, NULL too. */
bool text_unhex(const char *hex, void *out, size_t n);
/* A decimal number of the whole string within [min, max]; false for anything else. */
bool text_to_int(const char *s, int64_t min, int64_t max, int64_t *out);
bool text_same(const char *a, const char *b); /* both may be NULL */

#endif
