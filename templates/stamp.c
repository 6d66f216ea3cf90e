#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <string.h>
#include "life.h"
#include "seal_parts.h"
#include "stamp.h"

LIFE_ADOPT(question, TS_REQ, TS_REQ_free)
LIFE_ADOPT(answer, TS_RESP, TS_RESP_free)
LIFE_ADOPT(token, PKCS7, PKCS7_free)
LIFE_ADOPT(info, TS_TST_INFO, TS_TST_INFO_free)
LIFE_ADOPT(certificate, X509, X509_free)
LIFE_ADOPT(number, ASN1_INTEGER, ASN1_INTEGER_free)

enum { STRENGTH = 2, DEPTH_MAX = 8 }; /* as verify_chain.c judges letters */

static const struct fault *wrong(TALLOC_CTX *life, const char *code, const char *why)
{
    ERR_clear_error();
    return fault_new(life, FAULT_INPUT, code, "%s", why);
}

/* ---- asking ---- */

static ASN1_INTEGER *nonce_number(TALLOC_CTX *life, const uint8_t nonce[STAMP_NONCE])
{
    BIGNUM *n = BN_bin2bn(nonce, STAMP_NONCE, NULL);
    ASN1_INTEGER *number = n ? number_adopt(life, BN_to_ASN1_INTEGER(n, NULL)) : NULL;
    BN_free(n);
    return number;
}

static bool set_imprint(TS_REQ *question, const uint8_t imprint[STAMP_IMPRINT])
{
    TS_MSG_IMPRINT *made = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    uint8_t copy[STAMP_IMPRINT];
    memcpy(copy, imprint, sizeof copy);
    bool done =
        made && algorithm && X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
        TS_MSG_IMPRINT_set_algo(made, algorithm) == 1 &&
        TS_MSG_IMPRINT_set_msg(made, copy, sizeof copy) == 1 && TS_REQ_set_msg_imprint(question, made) == 1;
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(made);
    return done;
}

static bool set_policy(TS_REQ *question, const char *policy)
{
    ASN1_OBJECT *oid = policy ? OBJ_txt2obj(policy, 1) : NULL;
    bool done = !policy || (oid && TS_REQ_set_policy_id(question, oid) == 1);
    ASN1_OBJECT_free(oid);
    return done;
}

const struct fault *stamp_ask(const uint8_t imprint[STAMP_IMPRINT], const uint8_t nonce[STAMP_NONCE],
                              const char *policy, struct seal_file *out, TALLOC_CTX *result)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    TS_REQ *question = question_adopt(scratch, TS_REQ_new());
    ASN1_INTEGER *number = nonce_number(scratch, nonce);
    TRY_MEMORY(question && number ? scratch : NULL);
    if (!set_policy(question, policy))
        return wrong(result, "STAMP_POLICY", "the policy wanted is no object identifier in digits");
    unsigned char *der = NULL;
    bool done = TS_REQ_set_version(question, 1) == 1 && set_imprint(question, imprint) &&
                TS_REQ_set_nonce(question, number) == 1 && TS_REQ_set_cert_req(question, 1) == 1;
    int n = done ? i2d_TS_REQ(question, &der) : -1;
    ERR_clear_error();
    if (n <= 0)
        return fault_memory();
    *out = (struct seal_file){talloc_memdup(result, der, (size_t)n), (size_t)n};
    OPENSSL_free(der);
    TRY_MEMORY(out->data);
    return NULL;
}

/* ---- reading ---- */

/* What an answer holds; all on one life. */
struct reading {
    TALLOC_CTX *life;
    PKCS7 *token;
    TS_TST_INFO *info;
    X509 *signer;
};

static const struct fault *not_granted(TALLOC_CTX *life, TS_STATUS_INFO *status)
{
    const STACK_OF(ASN1_UTF8STRING) *texts = TS_STATUS_INFO_get0_text(status);
    const ASN1_UTF8STRING *first =
        texts && sk_ASN1_UTF8STRING_num(texts) > 0 ? sk_ASN1_UTF8STRING_value(texts, 0) : NULL;
    const char *said = first ? (const char *)ASN1_STRING_get0_data(first) : "";
    int n = first ? ASN1_STRING_length(first) : 0;
    char plain[81];
    size_t used = 0;
    for (int i = 0; i < n && used < sizeof plain - 1; i++)
        plain[used++] = said[i] >= ' ' && said[i] <= '~' ? said[i] : '?';
    plain[used] = '\0';
    return fault_new(life, FAULT_INPUT, "STAMP_REFUSED", "the timestamp authority refuses (status %ld): %s",
                     ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(status)), plain);
}

/* The token is copied out of the answer: the two are freed apart. */
static const struct fault *open_answer(struct reading *r, struct seal_file in, bool *is_answer)
{
    const unsigned char *at = in.data;
    TS_RESP *answer = answer_adopt(r->life, d2i_TS_RESP(NULL, &at, (long)in.length));
    *is_answer = answer && at == in.data + in.length;
    ERR_clear_error();
    if (!*is_answer)
        return NULL;
    TS_STATUS_INFO *status = TS_RESP_get_status_info(answer);
    long granted = status ? ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(status)) : -1;
    if (granted != TS_STATUS_GRANTED && granted != TS_STATUS_GRANTED_WITH_MODS)
        return status ? not_granted(r->life, status)
                      : wrong(r->life, "STAMP_FORM", "an answer without a status");
    r->token = TS_RESP_get_token(answer) ? token_adopt(r->life, PKCS7_dup(TS_RESP_get_token(answer))) : NULL;
    return NULL;
}

static const struct fault *open_kept(struct reading *r, struct seal_file in, bool bare_too)
{
    bool is_answer = false;
    if (in.length == 0 || in.length > STAMP_LIMIT)
        return wrong(r->life, "STAMP_FORM",
                     in.length ? "the timestamp is too large" : "the timestamp is empty");
    TRY(open_answer(r, in, &is_answer));
    if (!is_answer && bare_too) {
        const unsigned char *at = in.data;
        PKCS7 *bare = token_adopt(r->life, d2i_PKCS7(NULL, &at, (long)in.length));
        r->token = bare && at == in.data + in.length ? bare : NULL;
    }
    r->info = r->token && PKCS7_type_is_signed(r->token) ? info_adopt(r->life, PKCS7_to_TS_TST_INFO(r->token))
                                                         : NULL;
    return r->info ? NULL : wrong(r->life, "STAMP_FORM", "this is no timestamp of RFC 3161");
}

static const struct fault *check_imprint(const struct reading *r, const uint8_t imprint[STAMP_IMPRINT])
{
    TS_MSG_IMPRINT *stated = TS_TST_INFO_get_msg_imprint(r->info);
    const ASN1_OBJECT *algorithm = NULL;
    X509_ALGOR_get0(&algorithm, NULL, NULL, TS_MSG_IMPRINT_get_algo(stated));
    ASN1_OCTET_STRING *digest = TS_MSG_IMPRINT_get_msg(stated);
    if (TS_TST_INFO_get_version(r->info) == 1 && OBJ_obj2nid(algorithm) == NID_sha256 &&
        ASN1_STRING_length(digest) == STAMP_IMPRINT &&
        memcmp(ASN1_STRING_get0_data(digest), imprint, STAMP_IMPRINT) == 0)
        return NULL;
    return wrong(r->life, "STAMP_OTHER", "the timestamp is of other bytes");
}

static const struct fault *check_policy(const struct reading *r, const char *wanted)
{
    if (!wanted || oid_is(TS_TST_INFO_get_policy_id(r->info), wanted))
        return NULL;
    return wrong(r->life, "STAMP_POLICY", "the timestamp is by another policy than the one that is wanted");
}

static const struct fault *read_time(const struct reading *r, int64_t *out)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    bool done = epoch && ASN1_TIME_diff(&days, &seconds, epoch, TS_TST_INFO_get_time(r->info)) == 1 &&
                days >= 0 && seconds >= 0;
    ASN1_TIME_free(epoch);
    *out = (int64_t)days * 86400 + seconds;
    return done ? NULL : wrong(r->life, "STAMP_TIME", "the timestamp's time cannot be read");
}

/* ---- believing ---- */

static int accept_any(int good, X509_STORE_CTX *path)
{
    (void)good, (void)path;
    return 1;
}

static bool add_roots(X509_STORE *store, struct seal_file pem)
{
    BIO *in = pem.length <= INT32_MAX ? BIO_new_mem_buf(pem.data, (int)pem.length) : NULL;
    bool any = false;
    for (X509 *one; in && (one = PEM_read_bio_X509(in, NULL, NULL, NULL)); X509_free(one))
        any = X509_STORE_add_cert(store, one) == 1 || any;
    BIO_free_all(in);
    ERR_clear_error();
    return any;
}

enum rigour { IN_DATE, ANY_DATE, ANY_ISSUER };

/* Does the signature hold, with this much asked of its signer? */
static bool holds(struct reading *r, const struct stamp_rules *rules, int64_t at, enum rigour rigour)
{
    X509_STORE *store = X509_STORE_new();
    X509 *signer = NULL;
    if (!store)
        return false;
    for (size_t i = 0; i < rules->root_count; i++)
        add_roots(store, rules->roots[i]);
    X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN |
                                           (rigour == IN_DATE ? 0 : X509_V_FLAG_NO_CHECK_TIME));
    X509_VERIFY_PARAM_set_depth(param, DEPTH_MAX);
    X509_VERIFY_PARAM_set_auth_level(param, STRENGTH);
    if (rigour == IN_DATE)
        X509_VERIFY_PARAM_set_time(param, (time_t)at);
    if (rigour == ANY_ISSUER)
        X509_STORE_set_verify_cb(store, accept_any);
    bool good = TS_RESP_verify_signature(r->token, NULL, store, &signer) == 1;
    if (signer && !r->signer)
        r->signer = certificate_adopt(r->life, signer);
    else
        X509_free(signer);
    X509_STORE_free(store);
    ERR_clear_error();
    return good;
}

static const struct fault *believe(struct reading *r, const struct stamp_rules *rules, int64_t at)
{
    if (holds(r, rules, at, IN_DATE))
        return NULL;
    if (holds(r, rules, at, ANY_DATE))
        return wrong(r->life, "STAMP_EXPIRED",
                     "the timestamp authority's certificate was not in date at that time");
    if (holds(r, rules, at, ANY_ISSUER))
        return wrong(
            r->life, "STAMP_UNKNOWN",
            "the timestamp's signer is not certified for timestamps by an authority that is trusted here");
    return wrong(r->life, "STAMP_FORGED", "the timestamp's own signature does not fit");
}

/* ---- handing out ---- */

static const struct fault *describe(const struct reading *r, int64_t at, struct stamp *out,
                                    TALLOC_CTX *result)
{
    char policy[80] = "";
    unsigned char *der = NULL;
    BIGNUM *serial = ASN1_INTEGER_to_BN(TS_TST_INFO_get_serial(r->info), NULL);
    char *decimal = serial ? BN_bn2dec(serial) : NULL;
    int n = i2d_PKCS7(r->token, &der);
    OBJ_obj2txt(policy, sizeof policy, TS_TST_INFO_get_policy_id(r->info), 1);
    *out =
        (struct stamp){.at = at,
                       .token = {n > 0 ? talloc_memdup(result, der, (size_t)n) : NULL, n > 0 ? (size_t)n : 0},
                       .authority = r->signer ? certificate_common_name(result, r->signer) : NULL,
                       .policy = talloc_strdup(result, policy),
                       .serial = decimal ? talloc_strdup(result, decimal) : NULL};
    OPENSSL_free(der);
    OPENSSL_free(decimal);
    BN_free(serial);
    return out->token.data && out->authority && out->policy && out->serial ? NULL : fault_memory();
}

static const struct fault *judge(struct reading *r, const uint8_t imprint[STAMP_IMPRINT],
                                 const struct stamp_rules *rules, struct stamp *out, TALLOC_CTX *result)
{
    int64_t at = 0;
    TRY(check_imprint(r, imprint));
    TRY(check_policy(r, rules->policy));
    TRY(read_time(r, &at));
    const struct fault *f = believe(r, rules, at);
    if (!f || strcmp(f->code, "STAMP_FORGED") != 0)
        TRY(describe(r, at, out, result));
    return f;
}

static const struct fault *check_nonce(const struct reading *r, const uint8_t nonce[STAMP_NONCE])
{
    const ASN1_INTEGER *asked = nonce_number(r->life, nonce), *said = TS_TST_INFO_get_nonce(r->info);
    TRY_MEMORY(asked);
    if (said && ASN1_INTEGER_cmp(said, asked) == 0)
        return NULL;
    return wrong(r->life, "STAMP_NONCE", "the timestamp answers another question: its nonce is not ours");
}

static const struct fault *take(struct reading *r, struct seal_file answer,
                                const uint8_t imprint[STAMP_IMPRINT], const uint8_t nonce[STAMP_NONCE],
                                const struct stamp_rules *rules, int64_t now, struct stamp *out,
                                TALLOC_CTX *result)
{
    TRY(open_kept(r, answer, false));
    TRY(check_nonce(r, nonce));
    TRY(judge(r, imprint, rules, out, result));
    return stamp_between(out, now, now, r->life);
}

const struct fault *stamp_between(const struct stamp *stamp, int64_t from, int64_t until, TALLOC_CTX *life)
{
    if (stamp->at >= from - STAMP_PATIENCE && stamp->at <= until + STAMP_PATIENCE)
        return NULL;
    return wrong(life, "STAMP_TIME",
                 "the timestamp's time is more than five minutes off this machine's clock");
}

const struct fault *stamp_answer(struct seal_file answer, const uint8_t imprint[STAMP_IMPRINT],
                                 const uint8_t nonce[STAMP_NONCE], const struct stamp_rules *rules,
                                 int64_t now, struct stamp *out, TALLOC_CTX *result)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    struct reading r = {.life = scratch};
    return fault_keep(result, take(&r, answer, imprint, nonce, rules, now, out, result));
}

const struct fault *stamp_judge(struct seal_file kept, const uint8_t imprint[STAMP_IMPRINT],
                                const struct stamp_rules *rules, struct stamp *out, TALLOC_CTX *result)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    struct reading r = {.life = scratch};
    *out = (struct stamp){0};
    const struct fault *f = open_kept(&r, kept, true);
    if (!f)
        f = judge(&r, imprint, rules, out, result);
    return fault_keep(result, f);
}
