/* seal_token.h - a seal's key that lies in a token (PKCS#11, RFC 7512) and never leaves it: in the signer
 * only.
 *
 * The token is opened for one round and closed with it, so one that was pulled out and put back serves again.
 * A PIN that the token refused is not tried a second time until its file changes: three or ten wrong tries
 * lock a token for good. */
#ifndef MINGDA_SEAL_TOKEN_H
#define MINGDA_SEAL_TOKEN_H

#include <stdbool.h>
#include <stdint.h>
#include "fault.h"

struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

/* Remembered from round to round. */
struct token_memory {
    uint8_t refused[32]; /* SHA-256 of the PIN that was refused */
    bool has_refused;
};

/* "pkcs11:…": a key in a token, not a file. */
bool token_uri(const char *key);

/* Opens the private key that `uri` names: attributes `token`, `serial`, `manufacturer`, `object`, `id` of RFC
 * 7512, `type=private` allowed; `module` is the PKCS#11 library, `pin_file` holds the PIN in its first line.
 * *out lives as long as `life` and must outlive whatever signs with it. Faults, all FAULT_INPUT:
 * SEAL_TOKEN_URI, SEAL_TOKEN_MODULE (the library cannot be used), SEAL_TOKEN_PIN_FILE, SEAL_TOKEN_GONE (no
 * such token in any slot), SEAL_TOKEN_PIN (refused now or before), SEAL_TOKEN_LOCKED, SEAL_TOKEN_LOGIN (any
 * other answer), SEAL_TOKEN_KEY (no such private key, or several). */
const struct fault *token_open(TALLOC_CTX *life, const char *uri, const char *module, const char *pin_file,
                               struct token_memory *memory, struct evp_pkey_st **out);

#endif
