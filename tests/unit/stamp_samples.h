/* stamp_samples.h - a timestamp authority in memory (RFC 3161), as honest or as mendacious as a test wants
 * it. */
#ifndef MINGDA_STAMP_SAMPLES_H
#define MINGDA_STAMP_SAMPLES_H

#include <openssl/ts.h>
#include "seal_samples.h"
#include "stamp.h"

#define SAMPLE_POLICY "1.2.156.112562.9.1"

struct sample_lie {
    int64_t at;         /* the time it states; 0: the sample moment */
    const char *policy; /* NULL: SAMPLE_POLICY */
    bool refuses;
};

struct sample_tsa {
    struct sample_person authority, signer;
};

static inline struct sample_person sample_stamper(const struct sample_person *issuer)
{
    struct sample_person p = sample_person((struct sample_wish){.kind = "p256",
                                                                .organization = "演示时间戳机构",
                                                                .name = "演示时间戳",
                                                                .until = SAMPLE_MOMENT + 4 * SAMPLE_YEAR,
                                                                .usage = "critical,digitalSignature"},
                                           issuer);
    sample_extension(p.certificate, issuer->certificate, NID_ext_key_usage, "critical,timeStamping");
    sample_sign(p.certificate, issuer->key);
    return p;
}

static inline struct sample_tsa sample_tsa(void)
{
    struct sample_tsa tsa = {.authority = sample_authority()};
    tsa.signer = sample_stamper(&tsa.authority);
    return tsa;
}

static inline void sample_tsa_forget(struct sample_tsa *tsa)
{
    sample_forget(&tsa->signer);
    sample_forget(&tsa->authority);
}

static ASN1_INTEGER *sample_stamp_serial(TS_RESP_CTX *context, void *user)
{
    (void)context, (void)user;
    ASN1_INTEGER *n = ASN1_INTEGER_new();
    ASN1_INTEGER_set(n, 4711);
    return n;
}

static int sample_stamp_time(TS_RESP_CTX *context, void *user, long *seconds, long *micros)
{
    (void)context;
    *seconds = (long)*(const int64_t *)user;
    *micros = 0;
    return 1;
}

/* The answer (DER) to a question. */
static inline struct seal_file sample_stamp(TALLOC_CTX *life, const struct sample_person *signer,
                                            const struct sample_person *above, struct seal_file question,
                                            struct sample_lie lie)
{
    int64_t at = lie.at ? lie.at : SAMPLE_MOMENT;
    ASN1_OBJECT *policy = OBJ_txt2obj(lie.policy ? lie.policy : SAMPLE_POLICY, 1);
    TS_RESP_CTX *context = TS_RESP_CTX_new();
    STACK_OF(X509) *chain = sk_X509_new_null();
    sk_X509_push(chain, above->certificate);
    TS_RESP_CTX_set_signer_cert(context, signer->certificate);
    TS_RESP_CTX_set_signer_key(context, signer->key);
    TS_RESP_CTX_set_signer_digest(context, EVP_sha256());
    TS_RESP_CTX_set_certs(context, chain);
    TS_RESP_CTX_set_def_policy(context, policy);
    if (!lie.refuses)
        TS_RESP_CTX_add_md(context, EVP_sha256());
    TS_RESP_CTX_set_serial_cb(context, sample_stamp_serial, NULL);
    TS_RESP_CTX_set_time_cb(context, sample_stamp_time, &at);
    TS_RESP_CTX_set_ess_cert_id_digest(context, EVP_sha256());
    BIO *in = BIO_new_mem_buf(question.data, (int)question.length);
    TS_RESP *answer = TS_RESP_create_response(context, in);
    assert_non_null(answer);
    unsigned char *der = NULL;
    int n = i2d_TS_RESP(answer, &der);
    assert_true(n > 0);
    struct seal_file out = {talloc_memdup(life, der, (size_t)n), (size_t)n};
    OPENSSL_free(der);
    TS_RESP_free(answer);
    BIO_free(in);
    sk_X509_free(chain);
    ASN1_OBJECT_free(policy);
    TS_RESP_CTX_free(context);
    return out;
}

#endif
