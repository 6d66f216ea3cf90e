/* seal.h - signing finished letters: ODT and DOCX packages inside (XML signature, XAdES-BES), and a detached
 * CMS signature (.p7s) beside any file.
 *
 * Bytes in, bytes out: nothing here reads a file or asks what time it is. The signature documents are written
 * straight in canonical form and signed with OpenSSL alone; libxmlsec1 is the judge (verify.h), never the
 * writer. The same package, seal and moment give the same XML with RSA; an ECDSA value is random by its
 * nature.
 *
 * Standards: ODF 1.3 part 2 chapter 5 (META-INF/documentsignatures.xml), ECMA-376 part 2 chapter 13
 * (_xmlsignatures), XAdES ETSI TS 101 903 v1.3.2 (BES), XML-DSig with SHA-256, RSA 2048..4096 or ECDSA P-256,
 * CMS RFC 5652; SM2 with SM3 (GM/T 0003, 0004) as detached SignedData of GM/T 0010. */
#ifndef MINGDA_SEAL_H
#define MINGDA_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>
#include "fault.h"

struct seal_file {
    const uint8_t *data;
    size_t length;
};

/* A private key, its certificate and the certificates between it and the root. */
struct seal;

struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

/* PEM texts; `chain` may be empty {NULL, 0}. It holds certificates in any order; those that lead from the
 * seal's certificate upward are put into every signature. All are borrowed for the call. `token_key` stands
 * in for `key` where the key lies in a token: it signs there, and must outlive the seal. `sm2`: it is an SM2
 * key, and no other will do; such a seal signs by seal_sm2() alone. */
struct seal_material {
    struct seal_file key, certificate, chain;
    struct evp_pkey_st *token_key;
    bool sm2;
};

/* Opens a seal for use at `at` (seconds since 1970-01-01T00:00:00Z). The key is wiped when `life` ends.
 * Faults, all FAULT_INPUT: SEAL_KEY_MISSING, SEAL_KEY_UNREADABLE (not PEM, or it asks for a passphrase),
 * SEAL_KEY_KIND (neither RSA of 2048 to 4096 bits nor P-256, or not SM2 as wanted), SEAL_CERTIFICATE_MISSING,
 * SEAL_CERTIFICATE_UNREADABLE, SEAL_CERTIFICATE_EXPIRED, SEAL_CERTIFICATE_EARLY, SEAL_CERTIFICATE_USAGE (its
 * keyUsage excludes digitalSignature), SEAL_MISMATCH (key and certificate do not belong together),
 * SEAL_CHAIN_UNREADABLE. */
const struct fault *seal_open(TALLOC_CTX *life, const struct seal_material *material, int64_t at,
                              struct seal **out);

/* For the journal and for people; all belong to the seal. */
const char *seal_serial(const struct seal *seal);  /* decimal, as in X509SerialNumber */
const char *seal_subject(const struct seal *seal); /* RFC 2253, UTF-8 unescaped */
const char *seal_issuer(const struct seal *seal);  /* the same */
const char *seal_signer(const struct seal *seal);  /* the subject's common name, or all of the subject */
const char *
seal_fingerprint(const struct seal *seal); /* SHA-256 of the certificate, lower-case hexadecimal */
/* Seconds since 1970: the end of its certificate, or of one of its chain that ends earlier. */
int64_t seal_until(const struct seal *seal);
/* The certificate as PEM: to check with verify.h what was just signed. */
struct seal_file seal_certificate(const struct seal *seal);
const char *seal_algorithm(const struct seal *seal); /* "rsa-sha256", "ecdsa-sha256" or "sm2-sm3" */

/* Sign a package at `at`. `in` is borrowed; *out lives on `result`. A package that is signed already is
 * refused (SEAL_ALREADY_SIGNED): sealed files are never rewritten. Other faults: SEAL_PACKAGE (not such a
 * package, with the reason as cause), SEAL_CERTIFICATE_EXPIRED and SEAL_CERTIFICATE_EARLY at that moment,
 * SEAL_TIME (before 1970 or after the year 9999), SEAL_FAILED (the crypto library refused). */
const struct fault *seal_odt(const struct seal *seal, struct seal_file in, int64_t at, struct seal_file *out,
                             TALLOC_CTX *result);
const struct fault *seal_docx(const struct seal *seal, struct seal_file in, int64_t at, struct seal_file *out,
                              TALLOC_CTX *result);

/* One of the two, by what the package is: ODT when it begins with its mimetype, else DOCX. */
const struct fault *seal_package(const struct seal *seal, struct seal_file in, int64_t at,
                                 struct seal_file *out, TALLOC_CTX *result);

/* The same in two steps, for a timestamp in between (XAdES-T): seal_begin() signs and gives the signature's
 * value, and the SHA-256 of its canonical element, which is what a timestamp is asked of; seal_finish() makes
 * the file with that value and the token (DER of RFC 3161; empty: none). Package, seal and moment must be the
 * same: SEAL_VALUE where the value is not this seal's over this package. */
struct seal_begun {
    const char *value; /* base64 */
    uint8_t imprint[32];
};
const struct fault *seal_begin(const struct seal *seal, struct seal_file in, int64_t at,
                               struct seal_begun *out, TALLOC_CTX *result);
const struct fault *seal_finish(const struct seal *seal, struct seal_file in, int64_t at, const char *value,
                                struct seal_file token, struct seal_file *out, TALLOC_CTX *result);

/* A detached CMS signature over all bytes of `in`, DER: what `openssl cms -verify -binary -inform DER
 * -content` checks. */
const struct fault *seal_cms(const struct seal *seal, struct seal_file in, int64_t at, struct seal_file *out,
                             TALLOC_CTX *result);

/* The same with an SM2 seal, beside the other: SignedData with the object identifiers of GM/T 0010, signed
 * attributes contentType, signingTime, messageDigest (SM3); the signer's identifier is 1234567812345678 (GB/T
 * 35276). SEAL_KEY_KIND for a seal that is not SM2. */
const struct fault *seal_sm2(const struct seal *seal, struct seal_file in, int64_t at, struct seal_file *out,
                             TALLOC_CTX *result);

#endif
