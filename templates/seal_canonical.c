/* The signature document, written straight in canonical form: start-tag and end-tag pairs, attributes sorted,
 * C14N escaping. What is digested is the same text with the namespaces in scope put in after the apex
 * element's name. */
#include <string.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include "life.h"
#include "seal_parts.h"

const struct fault *seal_digest(const void *data, size_t length, char out[SEAL_DIGEST])
{
    uint8_t digest[32];
    if (EVP_Digest(data, length, digest, NULL, EVP_sha256(), NULL) != 1)
        return fault_memory();
    EVP_EncodeBlock((unsigned char *)out, digest, sizeof digest);
    return NULL;
}

const struct fault *seal_digest_text(struct text *t, char out[SEAL_DIGEST])
{
    const char *data = NULL;
    size_t length = 0;
    TRY(text_end(t, &data, &length));
    return seal_digest(data, length, out);
}

struct escape {
    char from;
    const char *to;
};

static void add_escaped(struct text *t, const char *value, const struct escape *table)
{
    for (; *value; value++) {
        const struct escape *e = table;
        while (e->from && e->from != *value)
            e++;
        if (e->from)
            text_add(t, e->to);
        else
            text_add_char(t, *value);
    }
}

void canonical_text(struct text *t, const char *value)
{
    static const struct escape TABLE[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'\r', "&#xD;"}, {0}};
    add_escaped(t, value, TABLE);
}

void canonical_attribute(struct text *t, const char *value)
{
    static const struct escape TABLE[] = {{'&', "&amp;"},
                                          {'<', "&lt;"},
                                          {'"', "&quot;"},
                                          {'\t', "&#x9;"},
                                          {'\n', "&#xA;"},
                                          {'\r', "&#xD;"},
                                          {0}};
    add_escaped(t, value, TABLE);
}

void canonical_digest_value(struct text *t, const char *space, const char *base64)
{
    text_printf(
        t, "<DigestMethod%s Algorithm=\"" DIGEST_SHA256 "\"></DigestMethod><DigestValue%s>%s</DigestValue>",
        space, space, base64);
}

void seal_uri(struct text *t, const char *part)
{
    static const char PLAIN[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    for (; *part; part++)
        if (strchr(PLAIN, *part))
            text_add_char(t, *part);
        else
            text_printf(t, "%%%02X", (unsigned char)*part);
}

static void add_certificates(struct text *t, const struct seal *seal, const char *element)
{
    for (size_t i = 0; i < seal->certificate_count; i++) {
        text_printf(t, "<%s>", element);
        text_add(t, seal->certificates[i]);
        text_printf(t, "</%s>", element);
    }
}

void seal_key_info(struct text *t, const struct seal *seal)
{
    text_add(t, "<KeyInfo><X509Data>");
    add_certificates(t, seal, "X509Certificate");
    text_add(t, "</X509Data></KeyInfo>");
}

void seal_unsigned_properties(struct text *t, const struct seal *seal)
{
    text_add(t, "<xd:UnsignedProperties><xd:UnsignedSignatureProperties>");
    if (seal->token)
        text_printf(t,
                    "<xd:SignatureTimeStamp><CanonicalizationMethod Algorithm=\"" C14N_EXCLUSIVE
                    "\"></CanonicalizationMethod><xd:EncapsulatedTimeStamp>%s</xd:EncapsulatedTimeStamp>"
                    "</xd:SignatureTimeStamp>",
                    seal->token);
    text_add(t, "<xd:CertificateValues>");
    add_certificates(t, seal, "xd:EncapsulatedX509Certificate");
    text_add(t, "</xd:CertificateValues></xd:UnsignedSignatureProperties></xd:UnsignedProperties>");
}

void seal_signed_properties(struct text *t, const struct seal *seal, const struct seal_form *form,
                            const char *moment, bool apex)
{
    /* Exclusive C14N writes a namespace at each element that uses it first; inclusive at the apex alone. */
    const char *inner = form->exclusive ? " xmlns=\"" DSIG_SPACE "\"" : "";
    text_add(t, "<xd:SignedProperties");
    if (apex && !form->exclusive)
        text_add(t, " xmlns=\"" DSIG_SPACE "\"");
    if (apex)
        text_add(t, " xmlns:xd=\"" XADES_SPACE "\"");
    text_printf(t,
                " Id=\"%s\"><xd:SignedSignatureProperties><xd:SigningTime>%s</xd:SigningTime>"
                "<xd:SigningCertificate><xd:Cert><xd:CertDigest>",
                form->properties_id, moment);
    canonical_digest_value(t, inner, seal->certificate_digest);
    text_printf(t, "</xd:CertDigest><xd:IssuerSerial><X509IssuerName%s>", inner);
    canonical_text(t, seal->issuer);
    text_printf(t, "</X509IssuerName><X509SerialNumber%s>%s</X509SerialNumber>", inner, seal->serial);
    text_add(t, "</xd:IssuerSerial></xd:Cert></xd:SigningCertificate>"
                "<xd:SignaturePolicyIdentifier><xd:SignaturePolicyImplied></xd:SignaturePolicyImplied>"
                "</xd:SignaturePolicyIdentifier></xd:SignedSignatureProperties></xd:SignedProperties>");
}

/* XML signatures carry an ECDSA value as r and s of 32 bytes each, not as DER. */
static bool der_to_raw(const uint8_t *der, size_t n, uint8_t raw[64])
{
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)n);
    bool done = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, 32) == 32 &&
                BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + 32, 32) == 32;
    ECDSA_SIG_free(pair);
    return done;
}

/* The signature value over `data`, base64 on `life`; NULL when the library fails. */
static const char *sign(const struct seal *seal, const char *data, size_t length, TALLOC_CTX *life)
{
    uint8_t value[1024], raw[64];
    size_t n = sizeof value;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, seal->key) == 1 &&
                EVP_DigestSign(context, value, &n, (const unsigned char *)data, length) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    if (!done || (seal->ec && !der_to_raw(value, n, raw)))
        return NULL;
    return seal->ec ? text_base64(life, raw, sizeof raw) : text_base64(life, value, n);
}

static bool raw_to_der(const uint8_t raw[64], uint8_t *der, size_t *n)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, 32, NULL), *s = BN_bin2bn(raw + 32, 32, NULL);
    bool done = pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1;
    int length = done ? i2d_ECDSA_SIG(pair, &der) : -1;
    if (!done) {
        BN_free(r);
        BN_free(s);
    }
    ECDSA_SIG_free(pair);
    *n = length > 0 ? (size_t)length : 0;
    return length > 0;
}

/* A value that was made before: is it this seal's, over this data? */
static bool value_fits(const struct seal *seal, const char *data, size_t length)
{
    uint8_t value[1024], der[80];
    size_t size = strlen(seal->given_value), n;
    if (size % 4 || size > sizeof value || size < 4)
        return false;
    int got = EVP_DecodeBlock(value, (const unsigned char *)seal->given_value, (int)size);
    n = got < 0 ? 0
                : (size_t)got - (seal->given_value[size - 1] == '=') -
                      (size_t)(seal->given_value[size - 2] == '=');
    bool fits = n > 0 && (!seal->ec || (n == 64 && raw_to_der(value, der, &n)));
    EVP_MD_CTX *context = fits ? EVP_MD_CTX_new() : NULL;
    EVP_PKEY *key = X509_get0_pubkey(seal->certificate);
    fits = context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
           EVP_DigestVerify(context, seal->ec ? der : value, n, (const unsigned char *)data, length) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return fits;
}

const struct fault *seal_imprint(const char *value, const char *id, uint8_t out[32], TALLOC_CTX *scratch)
{
    const char *text =
        talloc_asprintf(scratch, "<SignatureValue xmlns=\"" DSIG_SPACE "\"%s%s%s>%s</SignatureValue>",
                        id ? " Id=\"" : "", id ? id : "", id ? "\"" : "", value);
    TRY_MEMORY(text);
    return EVP_Digest(text, strlen(text), out, NULL, EVP_sha256(), NULL) == 1 ? NULL : fault_memory();
}

static void add_signed_info(struct text *t, const struct seal *seal, const struct seal_form *form,
                            const char *references, const char *space)
{
    text_printf(t,
                "<SignedInfo%s><CanonicalizationMethod Algorithm=\"%s\"></CanonicalizationMethod>"
                "<SignatureMethod Algorithm=\"%s\"></SignatureMethod>",
                space, form->c14n, seal->ec ? SIGN_ECDSA_SHA256 : SIGN_RSA_SHA256);
    text_add(t, references);
    text_add(t, "</SignedInfo>");
}

const struct fault *seal_signed_info(struct text *t, const struct seal *seal, const struct seal_form *form,
                                     const char *references, TALLOC_CTX *scratch)
{
    struct text *canonical = text_new(scratch, SEAL_TEXT_LIMIT);
    add_signed_info(canonical, seal, form, references, " xmlns=\"" DSIG_SPACE "\"");
    const char *data = NULL;
    size_t length = 0;
    TRY(text_end(canonical, &data, &length));
    if (seal->given_value && !value_fits(seal, data, length))
        return fault_new(scratch, FAULT_INPUT, "SEAL_VALUE", "the value is not this seal's over this letter");
    const char *value = seal->given_value ? seal->given_value : sign(seal, data, length, scratch);
    if (!value)
        return fault_new(scratch, FAULT_BROKEN, "SEAL_FAILED", "the crypto library did not sign");
    if (seal->taken_value)
        *seal->taken_value = talloc_steal(seal->taken_value, value);
    add_signed_info(t, seal, form, references, "");
    text_printf(t, "<SignatureValue Id=\"" SIGNATURE_VALUE_ID "\">%s</SignatureValue>", value);
    return NULL;
}

const struct fault *seal_package_read(struct seal_file in, const char *signature_part, struct package **out,
                                      TALLOC_CTX *result)
{
    const struct fault *cause = package_read(result, in.data, in.length, &PACKAGE_LIMITS, out);
    if (cause)
        return fault_because(result, FAULT_INPUT, "SEAL_PACKAGE", cause, "the package cannot be read");
    if (package_find(*out, signature_part))
        return fault_new(result, FAULT_INPUT, "SEAL_ALREADY_SIGNED", "the package is signed already");
    return NULL;
}
