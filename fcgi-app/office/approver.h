/* approver.h - the one-time code with which an approver confirms what is to be sealed: TOTP (RFC 6238, SHA-1,
 * six digits, half a minute) by liboath.
 *
 * The secret is kept in a box (libsodium's sealed box, X25519) to which everybody can have the public key and
 * only the signer has the secret one. Pure but for approver_enrol. */
#ifndef MINGDA_APPROVER_H
#define MINGDA_APPROVER_H

#include <stdbool.h>
#include <stdint.h>
#include "db.h"

enum {
    APPROVER_KEY = 32,    /* bytes of either key of the box */
    APPROVER_SECRET = 20, /* bytes of a person's secret */
    APPROVER_BOX = 68,    /* bytes of the box with it */
    APPROVER_CODE = 7,    /* six digits and a zero */
    APPROVER_STEP = 30,   /* seconds that a code is shown */
    APPROVER_DRIFT = 1    /* codes before and after the current one that are taken as well */
};

/* A new secret for `login`, boxed for the signer. *uri is what an authenticator app reads
 * (otpauth://totp/…), to be shown once. Fault ACCOUNT_UNKNOWN. */
const struct fault *approver_enrol(struct db *db, const char *login, const uint8_t public_key[APPROVER_KEY],
                                   const char **uri, TALLOC_CTX *life);

/* Opens a box. Fault APPROVER_BOX (FAULT_BROKEN): another key, or damaged. */
const struct fault *approver_open(TALLOC_CTX *life, const uint8_t *box, size_t length,
                                  const uint8_t secret_key[APPROVER_KEY], uint8_t secret[APPROVER_SECRET]);

/* The step of time of a moment (seconds since 1970), and the code of a step. */
int64_t approver_step(int64_t moment);
const struct fault *approver_code(TALLOC_CTX *life, const uint8_t secret[APPROVER_SECRET], int64_t step,
                                  char out[APPROVER_CODE]);

/* Is it the code of that moment, or of a neighbouring step? *step says which. */
const struct fault *approver_fits(TALLOC_CTX *life, const uint8_t secret[APPROVER_SECRET], const char *typed,
                                  int64_t moment, bool *fits, int64_t *step);

#endif
