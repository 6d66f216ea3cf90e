/* seal_parts.h - what the files of seal share with one another, and with no one else. */
#ifndef MINGDA_SEAL_PARTS_H
#define MINGDA_SEAL_PARTS_H

#include <stdbool.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include "package.h"
#include "seal.h"
#include "text.h"

#define DSIG_SPACE             "http://www.w3.org/2000/09/xmldsig#"
#define XADES_SPACE            "http://uri.etsi.org/01903/v1.3.2#"
#define ODF_DSIG_SPACE         "urn:oasis:names:tc:opendocument:xmlns:digitalsignature:1.0"
#define DC_SPACE               "http://purl.org/dc/elements/1.1/"
#define MDSSI_SPACE            "http://schemas.openxmlformats.org/package/2006/digital-signature"
#define C14N_INCLUSIVE         "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
#define C14N_EXCLUSIVE         "http://www.w3.org/2001/10/xml-exc-c14n#"
#define DIGEST_SHA256          "http://www.w3.org/2001/04/xmlenc#sha256"
#define SIGN_RSA_SHA256        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define SIGN_ECDSA_SHA256      "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
#define TYPE_OBJECT            "http://www.w3.org/2000/09/xmldsig#Object"
#define TYPE_PROPERTIES        "http://uri.etsi.org/01903#SignedProperties"
#define RELATIONSHIP_TRANSFORM "http://schemas.openxmlformats.org/package/2006/RelationshipTransform"
#define ODF_SIGNATURES         "META-INF/documentsignatures.xml"
#define OOXML_SIGNATURE        "_xmlsignatures/sig1.xml"

#define SIGNATURE_VALUE_ID "idSignatureValue"

#define SEAL_TEXT_LIMIT ((size_t)1 << 20)
#define SEAL_MOMENT     21 /* bytes for YYYY-MM-DDThh:mm:ssZ and its zero */
#define SEAL_DIGEST     45 /* bytes for a SHA-256 in base64 and its zero */

struct seal {
    EVP_PKEY *key;
    X509 *certificate;
    STACK_OF(X509) * chain; /* from the certificate upward, without it */
    bool ec, sm2;
    const char **certificates; /* DER in base64: the certificate, then the chain */
    size_t certificate_count;
    const char *certificate_digest; /* SHA-256 in base64 */
    struct seal_file pem;           /* the certificate */
    const char *serial, *subject, *issuer, *signer, *fingerprint;
    /* Of one signing, in two steps (seal_begin, seal_finish): the value that was made before, where the one
     * made now is to be put, the timestamp's token in base64. */
    const char *given_value, **taken_value, *token;
};

/* Where the two forms of signature document differ. */
struct seal_form {
    const char *c14n;          /* its algorithm */
    bool exclusive;            /* then a namespace is written where it is used, else only at the apex */
    const char *signature_id;  /* Id of the Signature element */
    const char *properties_id; /* Id of xd:SignedProperties */
};

/* GM/T 0010 and GM/T 0006: object identifiers, and the identifier with which SM2 signatures are made (GB/T
 * 35276). */
#define GM_SIGNED_DATA "1.2.156.10197.6.1.4.2.2"
#define GM_DATA        "1.2.156.10197.6.1.4.2.1"
#define GM_SM3         "1.2.156.10197.1.401"
#define GM_SM2_SIGN    "1.2.156.10197.1.301.1"
#define SM2_ID         "1234567812345678"

/* A digest context that signs or verifies by SM2 with SM3 and SM2_ID; NULL when the library refuses. The
 * caller frees it with sm2_context_end(). */
EVP_MD_CTX *sm2_context(EVP_PKEY *key, bool signs);
void sm2_context_end(EVP_MD_CTX *context);
/* A certificate signed by an SM2 key is judged with SM2_ID; others stay as they are. False without memory. */
bool sm2_prepare(X509 *certificate);
/* Is this the OID that is written in digits? */
bool oid_is(const ASN1_OBJECT *object, const char *digits);

/* Certificate names and numbers; also used when verifying. All on `life`, NULL without memory. */
const char *certificate_serial(TALLOC_CTX *life, const X509 *certificate);
const char *certificate_name(TALLOC_CTX *life, const X509_NAME *name); /* RFC 2253, UTF-8 unescaped */
const char *certificate_common_name(TALLOC_CTX *life, const X509 *certificate); /* or the whole subject */

/* The certificate is in date at that moment, else a fault. */
const struct fault *seal_in_date(TALLOC_CTX *life, const X509 *certificate, int64_t at);
/* The same, and the moment as signatures write it. SEAL_TIME. */
const struct fault *seal_moment(const struct seal *seal, int64_t at, char moment[SEAL_MOMENT],
                                TALLOC_CTX *life);
/* The same of a seal for XML and CMS; an SM2 seal has no place there: SEAL_KEY_KIND. */
const struct fault *seal_may_sign(const struct seal *seal, int64_t at, char moment[SEAL_MOMENT],
                                  TALLOC_CTX *life);

/* YYYY-MM-DDThh:mm:ssZ; false for years outside 1970 to 9999. */
bool seal_moment_write(int64_t at, char out[SEAL_MOMENT]);
bool seal_moment_read(const char *text, int64_t *out);

/* SHA-256 in base64; the only fault is NO_MEMORY. */
const struct fault *seal_digest(const void *data, size_t length, char out[SEAL_DIGEST]);
/* The same of a finished text. */
const struct fault *seal_digest_text(struct text *t, char out[SEAL_DIGEST]);

/* Canonical XML by hand: text and attribute values as C14N 1.0 writes them. */
void canonical_text(struct text *t, const char *value);
void canonical_attribute(struct text *t, const char *value);
void canonical_digest_value(struct text *t, const char *space,
                            const char *base64); /* DigestMethod, DigestValue */

/* xd:SignedProperties; as the apex of what is digested it carries the namespaces in scope. */
void seal_signed_properties(struct text *t, const struct seal *seal, const struct seal_form *form,
                            const char *moment, bool apex);
void seal_key_info(struct text *t, const struct seal *seal);
void seal_unsigned_properties(struct text *t, const struct seal *seal);

/* `references` is what goes into SignedInfo. Writes SignedInfo and SignatureValue. */
const struct fault *seal_signed_info(struct text *t, const struct seal *seal, const struct seal_form *form,
                                     const char *references, TALLOC_CTX *scratch);

/* SHA-256 of the canonical SignatureValue with that Id (NULL: without): what a timestamp is of. */
const struct fault *seal_imprint(const char *value, const char *id, uint8_t out[32], TALLOC_CTX *scratch);

/* A part's name as a URI reference: bytes outside the unreserved set and "/" become %XX. */
void seal_uri(struct text *t, const char *part);

/* Reads the package for sealing: sound, and not signed yet. */
const struct fault *seal_package_read(struct seal_file in, const char *signature_part, struct package **out,
                                      TALLOC_CTX *result);
#endif
