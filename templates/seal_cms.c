#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <string.h>
#include "life.h"
#include "seal_parts.h"

LIFE_ADOPT(bio, BIO, BIO_free_all)
LIFE_ADOPT(cms, CMS_ContentInfo, CMS_ContentInfo_free)

/* The attribute must be there before the end, or OpenSSL would ask the machine what time it is. */
static bool set_signing_time(CMS_SignerInfo *signer, int64_t at)
{
    ASN1_TIME *moment = ASN1_TIME_set(NULL, (time_t)at);
    bool done =
        moment && CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, moment->type, moment, -1) == 1;
    ASN1_TIME_free(moment);
    return done;
}

static bool fill(CMS_ContentInfo *cms, const struct seal *seal, BIO *content, int64_t at)
{
    static const unsigned FLAGS = CMS_BINARY | CMS_DETACHED | CMS_PARTIAL | CMS_NOSMIMECAP | CMS_CADES;
    CMS_SignerInfo *signer = CMS_add1_signer(cms, seal->certificate, seal->key, EVP_sha256(), FLAGS);
    if (!signer || !set_signing_time(signer, at))
        return false;
    for (int i = 0; i < sk_X509_num(seal->chain); i++)
        if (CMS_add1_cert(cms, sk_X509_value(seal->chain, i)) != 1)
            return false;
    return CMS_final(cms, content, NULL, CMS_BINARY | CMS_DETACHED) == 1;
}

static const struct fault *sign_file(const struct seal *seal, struct seal_file in, int64_t at,
                                     struct seal_file *out, TALLOC_CTX *result, TALLOC_CTX *scratch)
{
    char moment[SEAL_MOMENT];
    TRY(seal_may_sign(seal, at, moment, scratch));
    if (in.length > INT32_MAX)
        return fault_new(scratch, FAULT_INPUT, "SEAL_TOO_LARGE", "the file is too large to be signed");
    BIO *content = bio_adopt(scratch, BIO_new_mem_buf(in.data, (int)in.length));
    TRY_MEMORY(content);
    CMS_ContentInfo *cms =
        cms_adopt(scratch, CMS_sign(NULL, NULL, NULL, NULL, CMS_BINARY | CMS_DETACHED | CMS_PARTIAL));
    TRY_MEMORY(cms);
    unsigned char *der = NULL;
    int n = fill(cms, seal, content, at) ? i2d_CMS_ContentInfo(cms, &der) : -1;
    ERR_clear_error();
    if (n <= 0)
        return fault_new(scratch, FAULT_BROKEN, "SEAL_FAILED", "the crypto library did not sign");
    out->data = talloc_memdup(result, der, (size_t)n);
    out->length = (size_t)n;
    OPENSSL_free(der);
    TRY_MEMORY(out->data);
    return NULL;
}

const struct fault *seal_cms(const struct seal *seal, struct seal_file in, int64_t at, struct seal_file *out,
                             TALLOC_CTX *result)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    return fault_keep(result, sign_file(seal, in, at, out, result, scratch));
}
