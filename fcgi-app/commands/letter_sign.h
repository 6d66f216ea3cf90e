/* letter_sign.h - the parts of `mingda letter` that sign and verify; the dispatcher is letter.c. */
#ifndef MINGDA_LETTER_SIGN_H
#define MINGDA_LETTER_SIGN_H

#include <stdbool.h>
#include <stdint.h>
#include "seal.h"

/* `mingda letter verify [--root CA.pem]… [--timestamp-root CA.pem]… [--at TIME] FILE…`: one JSON line per
 * file; argv[0] is "verify". TIME is YYYY-MM-DD (its last second, UTC) or YYYY-MM-DDThh:mm:ssZ: when the
 * certificates must be in date; without it they must be in date when the letter was signed. FILE.p7s,
 * FILE.sm2.p7s and FILE.tsr are checked against FILE. Exit 1 unless all are valid, trusted and cover
 * everything. */
int letter_verify(int argc, char **argv);

/* `mingda letter sign --key KEY.pem --cert CERT.pem [--chain CA.pem] [--at TIME] FILE -o OUT`: signs a
 * finished package, and writes OUT.p7s beside it; argv[0] is "sign". */
int letter_sign(int argc, char **argv);

struct sign_options {
    const char *key, *certificate, *chain; /* PEM files; chain may be NULL */
    const char *at;                        /* moment of signing, NULL: now */
    const char *out, *file;
};

/* The same without words: signs `file` to `out` and writes `out`.p7s beside it, each whole or not at all.
 * Faults of letter_seal_open, letter_seal, seal_cms; SIGN_TIME (FAULT_INPUT) for an `at` that is no moment.
 */
const struct fault *letter_sign_file(TALLOC_CTX *life, const struct sign_options *options);

/* Where a seal is: files in PEM; chain may be NULL. With token_key (seal_token.h) no file of a key is read.
 */
struct seal_source {
    const char *key;
    struct evp_pkey_st *token_key;
    const char *certificate, *chain;
    bool sm2; /* an SM2 key */
};

/* Opens a seal. Faults of share_read_file and seal_open; SEAL_KEY_MISSING and SEAL_CERTIFICATE_MISSING name
 * the file. */
const struct fault *letter_seal_open(TALLOC_CTX *life, const struct seal_source *from, int64_t at,
                                     struct seal **out);

/* Signs a package by what it is: ODT when it begins with its mimetype, else DOCX. */
const struct fault *letter_seal(const struct seal *seal, struct seal_file in, int64_t at,
                                struct seal_file *out, TALLOC_CTX *result);

/* "2026-11-22" or "2026-11-22T08:00:00Z" to seconds since 1970; a day is its last second. false: neither. */
bool letter_moment(const char *text, int64_t *out);
#endif
