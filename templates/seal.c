#include <string.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include "civil.h"
#include "life.h"
#include "seal_parts.h"

LIFE_ADOPT(key, EVP_PKEY, EVP_PKEY_free)
LIFE_ADOPT(certificate, X509, X509_free)
LIFE_ADOPT(bio, BIO, BIO_free_all)

static void stack_free(STACK_OF(X509) * stack)
{
    sk_X509_pop_free(stack, X509_free);
}
LIFE_ADOPT(stack, STACK_OF(X509), stack_free)

const char *seal_serial(const struct seal *seal)
{
    return seal->serial;
}

const char *seal_subject(const struct seal *seal)
{
    return seal->subject;
}

const char *seal_issuer(const struct seal *seal)
{
    return seal->issuer;
}

const char *seal_signer(const struct seal *seal)
{
    return seal->signer;
}

const char *seal_fingerprint(const struct seal *seal)
{
    return seal->fingerprint;
}

struct seal_file seal_certificate(const struct seal *seal)
{
    return seal->pem;
}

const char *seal_algorithm(const struct seal *seal)
{
    return seal->sm2 ? "sm2-sm3" : seal->ec ? "ecdsa-sha256" : "rsa-sha256";
}

static int64_t ends(const X509 *certificate)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    bool known = epoch && ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(certificate)) == 1;
    ASN1_TIME_free(epoch);
    return known ? (int64_t)days * 86400 + seconds : 0;
}

int64_t seal_until(const struct seal *seal)
{
    int64_t until = ends(seal->certificate);
    for (int i = 0; i < sk_X509_num(seal->chain); i++) {
        int64_t above = ends(sk_X509_value(seal->chain, i));
        until = above < until ? above : until;
    }
    return until;
}

const char *certificate_serial(TALLOC_CTX *life, const X509 *certificate)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *decimal = number ? BN_bn2dec(number) : NULL;
    const char *copy = decimal ? talloc_strdup(life, decimal) : NULL;
    OPENSSL_free(decimal);
    BN_free(number);
    return copy;
}

const char *certificate_name(TALLOC_CTX *life, const X509_NAME *name)
{
    BIO *out = BIO_new(BIO_s_mem());
    const char *copy = NULL;
    char *data = NULL;
    /* ASN1_STRFLGS_ESC_MSB would turn each byte of a Chinese name into \XX, which no verifier reads back. */
    if (out && X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
        long n = BIO_get_mem_data(out, &data);
        copy = talloc_strndup(life, n > 0 ? data : "", n > 0 ? (size_t)n : 0);
    }
    BIO_free_all(out);
    return copy;
}

const char *certificate_common_name(TALLOC_CTX *life, const X509 *certificate)
{
    const X509_NAME *name = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    unsigned char *utf8 = NULL;
    int n = at < 0 ? -1 : ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    const char *copy = n > 0 ? talloc_strndup(life, (char *)utf8, (size_t)n) : certificate_name(life, name);
    OPENSSL_free(utf8);
    return copy;
}

const struct fault *seal_in_date(TALLOC_CTX *life, const X509 *certificate, int64_t at)
{
    time_t moment = (time_t)at;
    if (X509_cmp_time(X509_get0_notBefore(certificate), &moment) >= 0)
        return fault_new(life, FAULT_INPUT, "SEAL_CERTIFICATE_EARLY",
                         "the seal's certificate is not valid yet");
    if (X509_cmp_time(X509_get0_notAfter(certificate), &moment) <= 0)
        return fault_new(life, FAULT_INPUT, "SEAL_CERTIFICATE_EXPIRED", "the seal's certificate has expired");
    return NULL;
}

/* A key that asks for a passphrase is unreadable to a service: never prompt. */
static int no_passphrase(char *buffer, int size, int writing, void *user)
{
    (void)buffer, (void)size, (void)writing, (void)user;
    return -1;
}

static const struct fault *refuse(TALLOC_CTX *life, const char *code, const char *why)
{
    ERR_clear_error();
    return fault_new(life, FAULT_INPUT, code, "%s", why);
}

static BIO *pem_open(TALLOC_CTX *scratch, struct seal_file file)
{
    if (file.length > INT32_MAX)
        return NULL;
    return bio_adopt(scratch, BIO_new_mem_buf(file.data, (int)file.length));
}

static bool kind_supported(struct seal *seal, bool sm2)
{
    seal->sm2 = EVP_PKEY_is_a(seal->key, "SM2");
    if (sm2 || seal->sm2)
        return sm2 && seal->sm2;
    if (EVP_PKEY_is_a(seal->key, "RSA"))
        return EVP_PKEY_get_bits(seal->key) >= 2048 && EVP_PKEY_get_bits(seal->key) <= 4096;
    char group[32] = "";
    seal->ec = EVP_PKEY_is_a(seal->key, "EC") &&
               EVP_PKEY_get_group_name(seal->key, group, sizeof group, NULL) &&
               strcmp(group, "prime256v1") == 0;
    return seal->ec;
}

static const struct fault *read_key(struct seal *seal, struct seal_file file, TALLOC_CTX *life,
                                    TALLOC_CTX *scratch)
{
    if (!file.data || file.length == 0)
        return refuse(life, "SEAL_KEY_MISSING", "there is no key");
    BIO *in = pem_open(scratch, file);
    TRY_MEMORY(in);
    seal->key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);
    return seal->key
               ? NULL
               : refuse(life, "SEAL_KEY_UNREADABLE", "the key is no PEM private key without passphrase");
}

static const struct fault *open_key(struct seal *seal, const struct seal_material *material, TALLOC_CTX *life,
                                    TALLOC_CTX *scratch)
{
    if (material->token_key && EVP_PKEY_up_ref(material->token_key) == 1)
        seal->key = material->token_key;
    else
        TRY(read_key(seal, material->key, life, scratch));
    TRY_MEMORY(key_adopt(seal, seal->key));
    if (!kind_supported(seal, material->sm2))
        return refuse(life, "SEAL_KEY_KIND",
                      material->sm2 ? "the key is no SM2 key"
                                    : "the key is neither RSA of 2048 to 4096 bits nor P-256");
    return NULL;
}

static const struct fault *open_certificate(struct seal *seal, struct seal_file file, TALLOC_CTX *life,
                                            TALLOC_CTX *scratch)
{
    if (!file.data || file.length == 0)
        return refuse(life, "SEAL_CERTIFICATE_MISSING", "there is no certificate");
    BIO *in = pem_open(scratch, file);
    TRY_MEMORY(in);
    seal->certificate = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);
    if (!seal->certificate)
        return refuse(life, "SEAL_CERTIFICATE_UNREADABLE", "the certificate is no PEM certificate");
    TRY_MEMORY(certificate_adopt(seal, seal->certificate));
    if (X509_check_private_key(seal->certificate, seal->key) != 1)
        return refuse(life, "SEAL_MISMATCH", "the certificate is not that of the key");
    if (!(X509_get_key_usage(seal->certificate) & KU_DIGITAL_SIGNATURE))
        return refuse(life, "SEAL_CERTIFICATE_USAGE", "the certificate is not for digital signatures");
    return NULL;
}

/* All certificates of a PEM text; at least one when there is any text. */
static const struct fault *read_all(struct seal_file file, STACK_OF(X509) * all, TALLOC_CTX *life,
                                    TALLOC_CTX *scratch)
{
    if (!file.data || file.length == 0)
        return NULL;
    BIO *in = pem_open(scratch, file);
    TRY_MEMORY(in);
    for (X509 *one; (one = PEM_read_bio_X509(in, NULL, no_passphrase, NULL));)
        if (!sk_X509_push(all, one)) {
            X509_free(one);
            return fault_memory();
        }
    bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!at_end || sk_X509_num(all) == 0)
        return refuse(life, "SEAL_CHAIN_UNREADABLE", "the chain is no PEM text of certificates");
    return NULL;
}

/* Moves those that lead upward from the certificate into seal->chain, in that order. */
static const struct fault *order_chain(struct seal *seal, STACK_OF(X509) * all)
{
    X509 *below = seal->certificate;
    for (int i = 0; i < sk_X509_num(all) && sk_X509_num(seal->chain) < 8;) {
        X509 *one = sk_X509_value(all, i);
        if (X509_cmp(one, below) == 0 || X509_check_issued(one, below) != X509_V_OK) {
            i++;
            continue;
        }
        if (!sk_X509_push(seal->chain, one))
            return fault_memory();
        sk_X509_delete(all, i);
        below = one;
        i = 0;
    }
    return NULL;
}

static const struct fault *open_chain(struct seal *seal, struct seal_file file, TALLOC_CTX *life,
                                      TALLOC_CTX *scratch)
{
    STACK_OF(X509) *all = stack_adopt(scratch, sk_X509_new_null());
    TRY_MEMORY(all);
    seal->chain = stack_adopt(seal, sk_X509_new_null());
    TRY_MEMORY(seal->chain);
    TRY(read_all(file, all, life, scratch));
    return order_chain(seal, all);
}

/* The certificate and its chain as every signature will carry them. */
static const struct fault *encode(struct seal *seal)
{
    int chain = sk_X509_num(seal->chain);
    seal->certificates = talloc_zero_array(seal, const char *, (size_t)chain + 1);
    TRY_MEMORY(seal->certificates);
    for (int i = -1; i < chain; i++) {
        unsigned char *der = NULL;
        int n = i2d_X509(i < 0 ? seal->certificate : sk_X509_value(seal->chain, i), &der);
        const char *base64 = n > 0 ? text_base64(seal, der, (size_t)n) : NULL;
        OPENSSL_free(der);
        TRY_MEMORY(base64);
        seal->certificates[seal->certificate_count++] = base64;
    }
    return NULL;
}

static const struct fault *keep_pem(struct seal *seal)
{
    BIO *out = BIO_new(BIO_s_mem());
    char *data = NULL;
    long n = out && PEM_write_bio_X509(out, seal->certificate) == 1 ? BIO_get_mem_data(out, &data) : 0;
    seal->pem.data = n > 0 ? talloc_memdup(seal, data, (size_t)n) : NULL;
    seal->pem.length = (size_t)n;
    BIO_free_all(out);
    return seal->pem.data ? NULL : fault_memory();
}

static const struct fault *describe(struct seal *seal)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (!X509_digest(seal->certificate, EVP_sha256(), digest, &n))
        return fault_memory();
    TRY(encode(seal));
    TRY(keep_pem(seal));
    seal->fingerprint = text_hex(seal, digest, n);
    seal->certificate_digest = text_base64(seal, digest, n);
    seal->serial = certificate_serial(seal, seal->certificate);
    seal->subject = certificate_name(seal, X509_get_subject_name(seal->certificate));
    seal->issuer = certificate_name(seal, X509_get_issuer_name(seal->certificate));
    seal->signer = certificate_common_name(seal, seal->certificate);
    if (!seal->fingerprint || !seal->certificate_digest || !seal->serial || !seal->subject || !seal->issuer ||
        !seal->signer)
        return fault_memory();
    return NULL;
}

static const struct fault *open_all(struct seal *seal, const struct seal_material *material, int64_t at,
                                    TALLOC_CTX *life)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    TRY(open_key(seal, material, life, scratch));
    TRY(open_certificate(seal, material->certificate, life, scratch));
    TRY(seal_in_date(life, seal->certificate, at));
    TRY(open_chain(seal, material->chain, life, scratch));
    return describe(seal);
}

const struct fault *seal_open(TALLOC_CTX *life, const struct seal_material *material, int64_t at,
                              struct seal **out)
{
    struct seal *seal = talloc_zero(life, struct seal);
    TRY_MEMORY(seal);
    const struct fault *f = open_all(seal, material, at, life);
    if (f)
        talloc_free(seal);
    else
        *out = seal;
    return f;
}

bool seal_moment_write(int64_t at, char out[SEAL_MOMENT])
{
    if (at < 0 || at > INT64_C(253402300799))
        return false;
    char day[CIVIL_TEXT];
    civil_format(civil_of_number((int32_t)(at / 86400)), day);
    int seconds = (int)(at % 86400);
    snprintf(out, SEAL_MOMENT, "%sT%02d:%02d:%02dZ", day, seconds / 3600, seconds / 60 % 60, seconds % 60);
    return true;
}

const struct fault *seal_moment(const struct seal *seal, int64_t at, char moment[SEAL_MOMENT],
                                TALLOC_CTX *life)
{
    if (!seal_moment_write(at, moment))
        return fault_new(life, FAULT_INPUT, "SEAL_TIME", "the time of signing is out of range");
    return seal_in_date(life, seal->certificate, at);
}

const struct fault *seal_may_sign(const struct seal *seal, int64_t at, char moment[SEAL_MOMENT],
                                  TALLOC_CTX *life)
{
    if (seal->sm2)
        return fault_new(life, FAULT_INPUT, "SEAL_KEY_KIND", "an SM2 seal signs beside a file only");
    return seal_moment(seal, at, moment, life);
}

/* An OpenDocument package says what it is at a fixed place: its first entry is named mimetype. */
const struct fault *seal_package(const struct seal *seal, struct seal_file in, int64_t at,
                                 struct seal_file *out, TALLOC_CTX *result)
{
    bool odt = in.length > 38 && memcmp(in.data + 30, "mimetype", 8) == 0;
    return odt ? seal_odt(seal, in, at, out, result) : seal_docx(seal, in, at, out, result);
}

const struct fault *seal_begin(const struct seal *seal, struct seal_file in, int64_t at,
                               struct seal_begun *out, TALLOC_CTX *result)
{
    SCOPED_LIFE(scratch);
    struct seal_file file = {0};
    const char **taken = talloc_zero(scratch, const char *);
    TRY_MEMORY(taken);
    struct seal once = *seal;
    once.taken_value = taken;
    TRY(fault_keep(result, seal_package(&once, in, at, &file, scratch)));
    out->value = talloc_strdup(result, *taken);
    TRY_MEMORY(out->value);
    return seal_imprint(out->value, SIGNATURE_VALUE_ID, out->imprint, scratch);
}

const struct fault *seal_finish(const struct seal *seal, struct seal_file in, int64_t at, const char *value,
                                struct seal_file token, struct seal_file *out, TALLOC_CTX *result)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    struct seal once = *seal;
    once.given_value = value;
    if (token.length) {
        once.token = text_base64(scratch, token.data, token.length);
        TRY_MEMORY(once.token);
    }
    return fault_keep(result, seal_package(&once, in, at, out, result));
}

/* Two digits, or -1. */
static int two(const char *s)
{
    if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
        return -1;
    return (s[0] - '0') * 10 + (s[1] - '0');
}

bool seal_moment_read(const char *text, int64_t *out)
{
    struct civil day;
    if (strlen(text) != SEAL_MOMENT - 1 || !civil_parse_n(text, 10, &day) || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':' || text[19] != 'Z')
        return false;
    int h = two(text + 11), m = two(text + 14), s = two(text + 17);
    if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59)
        return false;
    *out = (int64_t)civil_number(day) * 86400 + h * 3600 + m * 60 + s;
    return *out >= 0;
}
