/* SignedData of GM/T 0010, read as strictly as seal_sm2.c writes it: one signer, detached, SM2 with SM3, and
 * DER to the last byte, so that nothing can be added to it. */
#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <string.h>
#include "life.h"
#include "seal_parts.h"
#include "verify_parts.h"

LIFE_ADOPT(signed, PKCS7_SIGNED, PKCS7_SIGNED_free)
LIFE_ADOPT(message, PKCS7, PKCS7_free)

enum { CERTIFICATES_MAX = 8 };
#define SM2_LIMIT ((size_t)1 << 20)

bool verify_is_sm2(struct seal_file signature)
{
    return verify_kind_of(signature) == VERIFY_KIND_P7S && signature.length < SM2_LIMIT &&
           memmem(signature.data, signature.length < 32 ? signature.length : 32,
                  "\x06\x0a\x2a\x81\x1c\xcf\x55\x06\x01\x04\x02\x02", 12) != NULL;
}

/* Written again it is the same, byte for byte. */
static bool same_again(unsigned char *again, int n, const unsigned char *bytes, size_t length)
{
    bool same = n > 0 && (size_t)n == length && memcmp(again, bytes, length) == 0;
    OPENSSL_free(again);
    return same;
}

static PKCS7_SIGNED *read_signed(struct check *c, struct seal_file file)
{
    const unsigned char *at = file.data;
    unsigned char *again = NULL;
    PKCS7 *message = message_adopt(c->scratch, d2i_PKCS7(NULL, &at, (long)file.length));
    if (!message || at != file.data + file.length || !oid_is(message->type, GM_SIGNED_DATA) ||
        !message->d.other || message->d.other->type != V_ASN1_SEQUENCE)
        return NULL;
    int n = i2d_PKCS7(message, &again);
    if (!same_again(again, n, file.data, file.length))
        return NULL;
    const ASN1_STRING *inner = message->d.other->value.sequence;
    const unsigned char *from = ASN1_STRING_get0_data(inner), *start = from;
    long length = ASN1_STRING_length(inner);
    PKCS7_SIGNED *data = signed_adopt(c->scratch, d2i_PKCS7_SIGNED(NULL, &from, length));
    if (!data || from != start + length)
        return NULL;
    again = NULL;
    n = i2d_PKCS7_SIGNED(data, &again);
    return same_again(again, n, start, (size_t)length) ? data : NULL;
}

static bool algorithm_is(const X509_ALGOR *algorithm, const char *digits)
{
    return algorithm && oid_is(algorithm->algorithm, digits) && !algorithm->parameter;
}

static PKCS7_SIGNER_INFO *only_signer(const PKCS7_SIGNED *data)
{
    PKCS7_SIGNER_INFO *signer = sk_PKCS7_SIGNER_INFO_num(data->signer_info) == 1
                                    ? sk_PKCS7_SIGNER_INFO_value(data->signer_info, 0)
                                    : NULL;
    bool fits = signer && ASN1_INTEGER_get(data->version) == 1 && ASN1_INTEGER_get(signer->version) == 1 &&
                !data->crl && oid_is(data->contents->type, GM_DATA) && !data->contents->d.other &&
                sk_X509_ALGOR_num(data->md_algs) == 1 &&
                algorithm_is(sk_X509_ALGOR_value(data->md_algs, 0), GM_SM3) &&
                algorithm_is(signer->digest_alg, GM_SM3) &&
                algorithm_is(signer->digest_enc_alg, GM_SM2_SIGN) &&
                sk_X509_ATTRIBUTE_num(signer->auth_attr) == 3 && !signer->unauth_attr &&
                sk_X509_num(data->cert) >= 1 && sk_X509_num(data->cert) <= CERTIFICATES_MAX;
    return fits ? signer : NULL;
}

/* The one value of the attribute at that place, when it is this one. */
static const ASN1_TYPE *attribute(const PKCS7_SIGNER_INFO *signer, int place, int name)
{
    X509_ATTRIBUTE *one = sk_X509_ATTRIBUTE_value(signer->auth_attr, place);
    if (OBJ_obj2nid(X509_ATTRIBUTE_get0_object(one)) != name || X509_ATTRIBUTE_count(one) != 1)
        return NULL;
    return X509_ATTRIBUTE_get0_type(one, 0);
}

/* contentType and messageDigest say what is signed; false: the problem says why not. */
static bool check_attributes(struct check *c, const PKCS7_SIGNER_INFO *signer, struct seal_file content)
{
    const ASN1_TYPE *type = attribute(signer, 0, NID_pkcs9_contentType),
                    *moment = attribute(signer, 1, NID_pkcs9_signingTime),
                    *stated = attribute(signer, 2, NID_pkcs9_messageDigest);
    uint8_t digest[32];
    unsigned n = 0;
    if (!type || type->type != V_ASN1_OBJECT || !oid_is(type->value.object, GM_DATA) || !moment || !stated ||
        stated->type != V_ASN1_OCTET_STRING) {
        check_problem(c, PROBLEM_CMS_FORM, NULL);
        return false;
    }
    if (moment->type == V_ASN1_UTCTIME || moment->type == V_ASN1_GENERALIZEDTIME)
        verify_take_time(c, moment->value.asn1_string);
    if (EVP_Digest(content.data, content.length, digest, &n, EVP_sm3(), NULL) == 1 &&
        ASN1_STRING_length(stated->value.octet_string) == (int)n &&
        memcmp(ASN1_STRING_get0_data(stated->value.octet_string), digest, n) == 0)
        return true;
    check_problem(c, PROBLEM_CMS_CHANGED, NULL);
    return false;
}

/* X509_NAME_cmp() would let upper and lower case pass for one another. */
static bool same_name(const X509_NAME *a, const X509_NAME *b)
{
    const unsigned char *one = NULL, *two = NULL;
    size_t n = 0, m = 0;
    return X509_NAME_get0_der(a, &one, &n) == 1 && X509_NAME_get0_der(b, &two, &m) == 1 && n == m &&
           memcmp(one, two, n) == 0;
}

static X509 *find_leaf(const PKCS7_SIGNED *data, const PKCS7_SIGNER_INFO *signer)
{
    const PKCS7_ISSUER_AND_SERIAL *who = signer->issuer_and_serial;
    X509 *leaf = X509_find_by_issuer_and_serial(data->cert, who->issuer, who->serial);
    EVP_PKEY *key =
        leaf && same_name(who->issuer, X509_get_issuer_name(leaf)) ? X509_get0_pubkey(leaf) : NULL;
    return key && EVP_PKEY_is_a(key, "SM2") ? leaf : NULL;
}

static bool value_fits(const PKCS7_SIGNER_INFO *signer, X509 *leaf)
{
    unsigned char *attributes = NULL, *sorted = NULL;
    int n = ASN1_item_i2d((const ASN1_VALUE *)signer->auth_attr, &attributes,
                          ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY)),
        m = ASN1_item_i2d((const ASN1_VALUE *)signer->auth_attr, &sorted, ASN1_ITEM_rptr(PKCS7_ATTR_SIGN));
    bool ordered = n > 0 && n == m && memcmp(attributes, sorted, (size_t)n) == 0;
    EVP_MD_CTX *context = ordered ? sm2_context(X509_get0_pubkey(leaf), false) : NULL;
    bool fits = context &&
                EVP_DigestVerify(context, ASN1_STRING_get0_data(signer->enc_digest),
                                 (size_t)ASN1_STRING_length(signer->enc_digest), attributes, (size_t)n) == 1;
    sm2_context_end(context);
    OPENSSL_free(attributes);
    OPENSSL_free(sorted);
    return fits;
}

const struct fault *verify_sm2(struct check *c, struct seal_file signature, struct seal_file content)
{
    PKCS7_SIGNED *data = read_signed(c, signature);
    PKCS7_SIGNER_INFO *signer = data ? only_signer(data) : NULL;
    ERR_clear_error();
    if (!signer) {
        check_problem(c, PROBLEM_CMS_FORM, NULL);
        return NULL;
    }
    X509 *leaf = find_leaf(data, signer);
    if (!leaf) {
        check_problem(c, PROBLEM_CERTIFICATE, NULL);
        return NULL;
    }
    for (int i = 0; i < sk_X509_num(data->cert); i++)
        if (!sm2_prepare(sk_X509_value(data->cert, i)))
            return fault_memory();
    if (!(X509_get_key_usage(leaf) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
        check_problem(c, PROBLEM_CERTIFICATE_USAGE, NULL);
    if (check_attributes(c, signer, content) && !value_fits(signer, leaf))
        check_problem(c, PROBLEM_VALUE, NULL);
    ERR_clear_error();
    return verify_certificate(c, leaf, data->cert);
}
