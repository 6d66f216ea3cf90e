/* crypt.h - personal data at rest: a data key per dossier, wrapped by the master key; keyed hashes;
 * commitments.
 *
 * XChaCha20-Poly1305 (libsodium). Keys live in locked memory and are wiped when their life ends.
 * What is encrypted is bound to its place: agency, dossier and row are authenticated, so that a row moved
 * elsewhere does not open. Pure: no database. */
#ifndef MINGDA_CRYPT_H
#define MINGDA_CRYPT_H

#include <stddef.h>
#include <stdint.h>
#include "fault.h"

#define CRYPT_NONCE 24
#define CRYPT_HASH  32
#define CRYPT_SALT  16

struct master_key; /* opaque, wiped with its life */
struct data_key;

struct sealed_text { /* what goes into a row of `private` */
    uint8_t nonce[CRYPT_NONCE];
    uint8_t commitment[CRYPT_HASH]; /* SHA-256 of salt and plain bytes; the salt is inside the cipher */
    const uint8_t *cipher;
    size_t length;
};
/* Where it stands; authenticated. row 0: a file (blob). */
struct crypt_place {
    int32_t agency;
    int64_t dossier;
    int32_t row;
};

/* 64 hexadecimal digits (and white space around them), as read from the key file by the caller, who wipes its
 * copy. Fault MASTER_KEY. */
const struct fault *crypt_master(TALLOC_CTX *life, const char *hex, size_t length, struct master_key **out);

/* A new random data key, and its wrapped form for `dossier_key`. */
const struct fault *crypt_key_new(TALLOC_CTX *life, const struct master_key *master, int32_t agency,
                                  int64_t dossier, struct data_key **key, const uint8_t **wrapped,
                                  size_t *wrapped_length);
/* The data key from its wrapped form. Fault KEY_UNWRAP (FAULT_BROKEN): wrong master key, wrong dossier,
 * damaged. */
const struct fault *crypt_key_open(TALLOC_CTX *life, const struct master_key *master, int32_t agency,
                                   int64_t dossier, const uint8_t *wrapped, size_t length,
                                   struct data_key **key);

/* Encrypts `length` bytes for `place`; cipher on `life`. */
const struct fault *crypt_seal(TALLOC_CTX *life, const struct data_key *key, struct crypt_place place,
                               const void *plain, size_t length, struct sealed_text *out);
/* Gives the plain bytes back, zero-ended beyond `length`, wiped when `life` ends. Fault CRYPT_OPEN
 * (FAULT_BROKEN). */
const struct fault *crypt_open(TALLOC_CTX *life, const struct data_key *key, struct crypt_place place,
                               const struct sealed_text *sealed, const char **plain, size_t *length);
/* Does the row keep the promise that its fact carries? Recomputes the commitment from the opened row. */
bool crypt_keeps(const struct data_key *key, struct crypt_place place, const struct sealed_text *sealed,
                 const uint8_t commitment[CRYPT_HASH]);

/* Keyed hash (BLAKE2b-256 under a key derived from the master) of `text` for one purpose ("id-number",
 * "query-code", "login"); equal only for equal purpose and text. */
void crypt_hash(const struct master_key *master, const char *purpose, const char *text,
                uint8_t out[CRYPT_HASH]);
/* Constant-time comparison. */
bool crypt_same(const uint8_t *a, const uint8_t *b, size_t length);
void crypt_random(void *out, size_t length);
/* SHA-256. */
void crypt_sha256(const void *bytes, size_t length, uint8_t out[CRYPT_HASH]);
/* A random code of `digits` decimal digits, without bias (the query code has 10). */
const char *crypt_code(TALLOC_CTX *life, int digits);

/* argon2id by libsodium, interactive limits; NULL without memory. */
const char *crypt_password(TALLOC_CTX *life, const char *password);
/* True when the password fits. `hash` NULL (no such account): takes the same time and is false. */
bool crypt_password_fits(const char *hash, const char *password);
#endif
