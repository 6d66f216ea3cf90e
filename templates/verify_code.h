/* verify_code.h - the code for verifying (验证码) that is printed on a letter: 80 random bits as sixteen
 * characters of Crockford's base32, which has no I, L, O and U, in groups of four: 7K3M-9QXR-2BCD-WFGH. */
#ifndef MINGDA_VERIFY_CODE_H
#define MINGDA_VERIFY_CODE_H

#include <stdbool.h>
#include <stdint.h>

enum { VERIFY_CODE_RANDOM = 10, VERIFY_CODE_TEXT = 20 /* with its zero */ };

/* The code for these random bytes. */
void verify_code_write(const uint8_t random[VERIFY_CODE_RANDOM], char out[VERIFY_CODE_TEXT]);

/* What somebody typed, as verify_code_write writes it: blanks and hyphens anywhere, small letters, and O for
 * 0, I and L for 1 are taken. False: it is no such code. */
bool verify_code_read(const char *typed, char out[VERIFY_CODE_TEXT]);

#endif
