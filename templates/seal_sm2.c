/* Detached SignedData with SM2 and SM3. OpenSSL 3.0 knows the algorithms and not the message: `openssl cms`
 * would write object identifiers that are not those of GM/T 0010. The structure is that of PKCS #7, so its
 * ASN.1 templates write and read it. */
#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <string.h>
#include "life.h"
#include "seal_parts.h"

LIFE_ADOPT(signed, PKCS7_SIGNED, PKCS7_SIGNED_free)
LIFE_ADOPT(message, PKCS7, PKCS7_free)

bool oid_is(const ASN1_OBJECT *object, const char *digits)
{
    char text[80];
    int n = object ? OBJ_obj2txt(text, sizeof text, object, 1) : -1;
    return n > 0 && (size_t)n < sizeof text && strcmp(text, digits) == 0;
}

bool sm2_prepare(X509 *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    bool by_sm2 =
        X509_get_signature_nid(certificate) == NID_SM2_with_SM3 || (key && EVP_PKEY_is_a(key, "SM2"));
    ERR_clear_error();
    if (!by_sm2)
        return true;
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    if (!id || ASN1_OCTET_STRING_set(id, (const unsigned char *)SM2_ID, (int)strlen(SM2_ID)) != 1) {
        ASN1_OCTET_STRING_free(id);
        return false;
    }
    X509_set0_distinguishing_id(certificate, id);
    return true;
}

EVP_MD_CTX *sm2_context(EVP_PKEY *key, bool signs)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *inner = EVP_PKEY_CTX_new(key, NULL);
    bool done = context && inner && EVP_PKEY_CTX_set1_id(inner, SM2_ID, (int)strlen(SM2_ID)) > 0;
    if (done) {
        EVP_MD_CTX_set_pkey_ctx(context, inner);
        done = (signs ? EVP_DigestSignInit(context, NULL, EVP_sm3(), NULL, key)
                      : EVP_DigestVerifyInit(context, NULL, EVP_sm3(), NULL, key)) == 1;
    }
    if (done)
        return context;
    EVP_MD_CTX_free(context);
    EVP_PKEY_CTX_free(inner); /* handed in by set_pkey_ctx, it stays ours */
    return NULL;
}

void sm2_context_end(EVP_MD_CTX *context)
{
    EVP_PKEY_CTX *inner = context ? EVP_MD_CTX_get_pkey_ctx(context) : NULL;
    EVP_MD_CTX_free(context);
    EVP_PKEY_CTX_free(inner);
}

/* ---- writing ---- */

static bool set_oid(ASN1_OBJECT **slot, const char *digits)
{
    ASN1_OBJECT_free(*slot);
    *slot = OBJ_txt2obj(digits, 1);
    return *slot != NULL;
}

/* No parameters, as in GM/T 0010. */
static bool set_algorithm(X509_ALGOR *algorithm, const char *digits)
{
    ASN1_OBJECT *oid = OBJ_txt2obj(digits, 1);
    if (oid && X509_ALGOR_set0(algorithm, oid, V_ASN1_UNDEF, NULL) == 1)
        return true;
    ASN1_OBJECT_free(oid);
    return false;
}

/* Takes `value`. */
static bool add_attribute(STACK_OF(X509_ATTRIBUTE) * list, int name, int type, void *value,
                          void (*forget)(void *))
{
    X509_ATTRIBUTE *one = value ? X509_ATTRIBUTE_create(name, type, value) : NULL;
    if (value && !one)
        forget(value);
    if (one && sk_X509_ATTRIBUTE_push(list, one))
        return true;
    X509_ATTRIBUTE_free(one);
    return false;
}

static void forget_object(void *value)
{
    ASN1_OBJECT_free(value);
}

static void forget_string(void *value)
{
    ASN1_STRING_free(value);
}

/* In the order in which DER puts them: by their encodings, here by their lengths. */
static bool add_attributes(PKCS7_SIGNER_INFO *signer, struct seal_file in, int64_t at)
{
    uint8_t digest[32];
    unsigned n = 0;
    signer->auth_attr = sk_X509_ATTRIBUTE_new_null();
    ASN1_TIME *moment = ASN1_TIME_set(NULL, (time_t)at);
    ASN1_OCTET_STRING *string = ASN1_OCTET_STRING_new();
    if (!signer->auth_attr || !moment || !string ||
        EVP_Digest(in.data, in.length, digest, &n, EVP_sm3(), NULL) != 1 || n != sizeof digest ||
        ASN1_OCTET_STRING_set(string, digest, (int)n) != 1) {
        ASN1_TIME_free(moment);
        ASN1_OCTET_STRING_free(string);
        return false;
    }
    bool first = add_attribute(signer->auth_attr, NID_pkcs9_contentType, V_ASN1_OBJECT,
                               OBJ_txt2obj(GM_DATA, 1), forget_object);
    bool second =
        add_attribute(signer->auth_attr, NID_pkcs9_signingTime, moment->type, moment, forget_string);
    bool third =
        add_attribute(signer->auth_attr, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, string, forget_string);
    return first && second && third;
}

/* Over the attributes as a SET, as they stand (X.690, 10.3). */
static bool sign_attributes(PKCS7_SIGNER_INFO *signer, EVP_PKEY *key)
{
    unsigned char *attributes = NULL;
    uint8_t value[160];
    size_t size = sizeof value;
    int n =
        ASN1_item_i2d((const ASN1_VALUE *)signer->auth_attr, &attributes, ASN1_ITEM_rptr(PKCS7_ATTR_SIGN));
    EVP_MD_CTX *context = n > 0 ? sm2_context(key, true) : NULL;
    bool done = context && EVP_DigestSign(context, value, &size, attributes, (size_t)n) == 1 &&
                ASN1_OCTET_STRING_set(signer->enc_digest, value, (int)size) == 1;
    sm2_context_end(context);
    OPENSSL_free(attributes);
    return done;
}

static bool fill_signer(PKCS7_SIGNER_INFO *signer, const struct seal *seal, struct seal_file in, int64_t at)
{
    PKCS7_ISSUER_AND_SERIAL *who = signer->issuer_and_serial;
    const ASN1_INTEGER *serial = X509_get0_serialNumber(seal->certificate);
    return ASN1_INTEGER_set(signer->version, 1) == 1 &&
           X509_NAME_set(&who->issuer, X509_get_issuer_name(seal->certificate)) == 1 &&
           ASN1_STRING_copy(who->serial, serial) == 1 && set_algorithm(signer->digest_alg, GM_SM3) &&
           set_algorithm(signer->digest_enc_alg, GM_SM2_SIGN) && add_attributes(signer, in, at) &&
           sign_attributes(signer, seal->key);
}

static bool add_certificate(PKCS7_SIGNED *data, X509 *certificate)
{
    if (X509_up_ref(certificate) == 1 && sk_X509_push(data->cert, certificate))
        return true;
    X509_free(certificate);
    return false;
}

static bool fill_data(PKCS7_SIGNED *data, const struct seal *seal)
{
    X509_ALGOR *digest = X509_ALGOR_new();
    if (!digest || !set_algorithm(digest, GM_SM3) || !sk_X509_ALGOR_push(data->md_algs, digest)) {
        X509_ALGOR_free(digest);
        return false;
    }
    data->cert = sk_X509_new_null();
    bool done = data->cert && ASN1_INTEGER_set(data->version, 1) == 1 &&
                set_oid(&data->contents->type, GM_DATA) && add_certificate(data, seal->certificate);
    for (int i = 0; done && i < sk_X509_num(seal->chain); i++)
        done = add_certificate(data, sk_X509_value(seal->chain, i));
    return done;
}

/* The outer ContentInfo around the SignedData; its DER on `result`. */
static bool wrap(PKCS7_SIGNED *data, PKCS7 *message, struct seal_file *out, TALLOC_CTX *result)
{
    unsigned char *inner = NULL, *outer = NULL;
    int n = i2d_PKCS7_SIGNED(data, &inner);
    ASN1_STRING *string = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
    message->d.other = ASN1_TYPE_new();
    bool done = n > 0 && string && message->d.other && set_oid(&message->type, GM_SIGNED_DATA);
    if (done) {
        ASN1_STRING_set0(string, inner, n);
        inner = NULL;
        ASN1_TYPE_set(message->d.other, V_ASN1_SEQUENCE, string);
        string = NULL;
        n = i2d_PKCS7(message, &outer);
        out->data = n > 0 ? talloc_memdup(result, outer, (size_t)n) : NULL;
        out->length = n > 0 ? (size_t)n : 0;
    }
    OPENSSL_free(inner);
    OPENSSL_free(outer);
    ASN1_STRING_free(string);
    return done && out->data;
}

static const struct fault *sign_file(const struct seal *seal, struct seal_file in, int64_t at,
                                     struct seal_file *out, TALLOC_CTX *result, TALLOC_CTX *scratch)
{
    char moment[SEAL_MOMENT];
    if (!seal->sm2)
        return fault_new(scratch, FAULT_INPUT, "SEAL_KEY_KIND", "the key is no SM2 key");
    TRY(seal_moment(seal, at, moment, scratch));
    PKCS7_SIGNED *data = signed_adopt(scratch, PKCS7_SIGNED_new());
    PKCS7 *message = message_adopt(scratch, PKCS7_new());
    PKCS7_SIGNER_INFO *signer = data ? PKCS7_SIGNER_INFO_new() : NULL;
    if (!message || !signer || !sk_PKCS7_SIGNER_INFO_push(data->signer_info, signer)) {
        PKCS7_SIGNER_INFO_free(signer);
        return fault_memory();
    }
    bool done =
        fill_data(data, seal) && fill_signer(signer, seal, in, at) && wrap(data, message, out, result);
    ERR_clear_error();
    return done ? NULL : fault_new(scratch, FAULT_BROKEN, "SEAL_FAILED", "the crypto library did not sign");
}

const struct fault *seal_sm2(const struct seal *seal, struct seal_file in, int64_t at, struct seal_file *out,
                             TALLOC_CTX *result)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    return fault_keep(result, sign_file(seal, in, at, out, result, scratch));
}
