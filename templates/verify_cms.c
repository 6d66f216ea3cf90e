#include <string.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include "life.h"
#include "seal_parts.h"
#include "verify_parts.h"

LIFE_ADOPT(bio, BIO, BIO_free_all)
LIFE_ADOPT(cms, CMS_ContentInfo, CMS_ContentInfo_free)

static void stack_free(STACK_OF(X509) * stack)
{
    sk_X509_pop_free(stack, X509_free);
}
LIFE_ADOPT(stack, STACK_OF(X509), stack_free)

#define CMS_LIMIT ((size_t)1 << 20)

static CMS_ContentInfo *read_cms(struct check *c, struct seal_file file)
{
    if (file.length == 0 || file.length > CMS_LIMIT)
        return NULL;
    BIO *in = bio_adopt(c->scratch, BIO_new_mem_buf(file.data, (int)file.length));
    CMS_ContentInfo *cms = in ? cms_adopt(c->scratch, d2i_CMS_bio(in, NULL)) : NULL;
    bool all = cms && BIO_pending(in) == 0;
    ERR_clear_error();
    return all && OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed && CMS_is_detached(cms) == 1 ? cms
                                                                                                   : NULL;
}

static CMS_SignerInfo *only_signer(CMS_ContentInfo *cms)
{
    STACK_OF(CMS_SignerInfo) *all = CMS_get0_SignerInfos(cms);
    CMS_SignerInfo *signer = sk_CMS_SignerInfo_num(all) == 1 ? sk_CMS_SignerInfo_value(all, 0) : NULL;
    X509_ALGOR *digest = NULL;
    if (!signer)
        return NULL;
    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, NULL);
    return digest && OBJ_obj2nid(digest->algorithm) == NID_sha256 ? signer : NULL;
}

void verify_take_time(struct check *c, const ASN1_TIME *moment)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    char text[SEAL_MOMENT];
    if (moment && epoch && ASN1_TIME_diff(&days, &seconds, epoch, moment) == 1 &&
        seal_moment_write((int64_t)days * 86400 + seconds, text)) {
        c->report->signed_moment = c->report->stated_moment = (int64_t)days * 86400 + seconds;
        c->report->signed_at = c->report->stated_at = talloc_strdup(c->report, text);
        c->memory = c->memory || !c->report->signed_at;
    }
    ASN1_TIME_free(epoch);
    ERR_clear_error();
}

/* The signed attribute signingTime. */
static void take_time(struct check *c, CMS_SignerInfo *signer)
{
    static const int KINDS[] = {V_ASN1_UTCTIME, V_ASN1_GENERALIZEDTIME};
    const ASN1_TIME *moment = NULL;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS && !moment; i++)
        moment = CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(NID_pkcs9_signingTime), -3, KINDS[i]);
    verify_take_time(c, moment);
}

static const struct fault *check_cms(struct check *c, struct seal_file signature, struct seal_file content)
{
    CMS_ContentInfo *cms = read_cms(c, signature);
    CMS_SignerInfo *signer = cms ? only_signer(cms) : NULL;
    X509 *leaf = NULL;
    if (!signer || content.length > INT32_MAX) {
        check_problem(c, PROBLEM_CMS_FORM, NULL);
        return NULL;
    }
    STACK_OF(X509) *certificates = stack_adopt(c->scratch, CMS_get1_certs(cms));
    if (certificates && sk_X509_num(certificates) <= 8)
        CMS_set1_signers_certs(cms, certificates, 0);
    CMS_SignerInfo_get0_algs(signer, NULL, &leaf, NULL, NULL);
    if (!leaf) {
        check_problem(c, PROBLEM_CERTIFICATE, NULL);
        return NULL;
    }
    BIO *bytes = bio_adopt(
        c->scratch, BIO_new_mem_buf(content.data ? content.data : (const uint8_t *)"", (int)content.length));
    TRY_MEMORY(bytes);
    verify_leaf(c, leaf);
    take_time(c, signer);
    if (CMS_verify(cms, NULL, NULL, bytes, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) != 1)
        check_problem(c, PROBLEM_CMS_CHANGED, NULL);
    ERR_clear_error();
    return verify_certificate(c, leaf, certificates);
}

const struct fault *verify_cms(struct seal_file signature, struct seal_file content,
                               const struct verify_policy *policy, const struct verify_report **out,
                               TALLOC_CTX *result)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    struct check c = {.result = result, .scratch = scratch, .policy = policy};
    const struct fault *f = verify_begin(&c);
    if (!f)
        f = verify_is_sm2(signature) ? verify_sm2(&c, signature, content) : check_cms(&c, signature, content);
    if (!f) {
        c.report->signature = c.broken ? VERIFY_INVALID : VERIFY_VALID;
        f = verify_finish(&c, out);
    }
    return fault_keep(result, f);
}
