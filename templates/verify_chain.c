/* Who signed, when, and may that certificate be trusted? */
#include <string.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include "life.h"
#include "seal_parts.h"
#include "verify_parts.h"

LIFE_ADOPT(bio, BIO, BIO_free_all)
LIFE_ADOPT(store, X509_STORE, X509_STORE_free)
LIFE_ADOPT(path, X509_STORE_CTX, X509_STORE_CTX_free)

enum {
    DEPTH_MAX = 8,
    STRENGTH = 2 /* 112 bits: RSA 2048, SHA-224 and better */,
    PATIENCE = 300 /* s between clocks */
};

static int no_passphrase(char *buffer, int size, int writing, void *user)
{
    (void)buffer, (void)size, (void)writing, (void)user;
    return -1;
}

static const struct fault *add_roots(struct check *c, X509_STORE *store, struct seal_file pem)
{
    BIO *in =
        pem.length <= INT32_MAX ? bio_adopt(c->scratch, BIO_new_mem_buf(pem.data, (int)pem.length)) : NULL;
    size_t count = 0;
    for (X509 *one; in && (one = PEM_read_bio_X509(in, NULL, no_passphrase, NULL)); count++) {
        int added = sm2_prepare(one) ? X509_STORE_add_cert(store, one) : 0;
        X509_free(one);
        if (added != 1)
            return fault_memory();
    }
    bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (count == 0 || !at_end)
        return fault_new(c->scratch, FAULT_INPUT, "VERIFY_ROOTS", "a root is no PEM text of certificates");
    return NULL;
}

/* X509_V_OK, or the reason. `dated` false: whatever their dates say. */
static int judge(struct check *c, X509 *leaf, STACK_OF(X509) * others, int64_t at, bool dated)
{
    X509_STORE_CTX *path = path_adopt(c->scratch, X509_STORE_CTX_new());
    if (!path || X509_STORE_CTX_init(path, c->store, leaf, others) != 1) {
        c->memory = true;
        return X509_V_ERR_OUT_OF_MEM;
    }
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(path);
    /* What the caller trusts is trusted, also where it is not self-signed. */
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN | (dated ? 0 : X509_V_FLAG_NO_CHECK_TIME));
    X509_VERIFY_PARAM_set_depth(rules, DEPTH_MAX);
    X509_VERIFY_PARAM_set_auth_level(rules, STRENGTH);
    if (dated)
        X509_VERIFY_PARAM_set_time(rules, (time_t)at);
    int good = X509_verify_cert(path);
    int reason = X509_STORE_CTX_get_error(path);
    ERR_clear_error();
    return good == 1 ? X509_V_OK : reason == X509_V_OK ? X509_V_ERR_UNSPECIFIED : reason;
}

const struct fault *verify_roots_check(const struct seal_file *roots, size_t count, TALLOC_CTX *life)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    const struct verify_policy policy = {.roots = roots, .root_count = count};
    struct check c = {.result = life, .scratch = scratch, .policy = &policy};
    return fault_keep(life, verify_roots(&c));
}

const struct fault *verify_roots(struct check *c)
{
    c->store = store_adopt(c->scratch, X509_STORE_new());
    TRY_MEMORY(c->store);
    for (size_t i = 0; i < c->policy->root_count; i++)
        TRY(add_roots(c, c->store, c->policy->roots[i]));
    return NULL;
}

static void check_chain(struct check *c, X509 *leaf, STACK_OF(X509) * others)
{
    int64_t at = c->policy->at == VERIFY_AT_SIGNING ? c->report->signed_moment : c->policy->at;
    c->report->trust = VERIFY_TRUSTED;
    if (judge(c, leaf, others, at, true) == X509_V_OK)
        return;
    bool only_time = judge(c, leaf, others, at, false) == X509_V_OK;
    c->report->trust = only_time ? VERIFY_EXPIRED : VERIFY_UNKNOWN;
    check_problem(c, only_time ? PROBLEM_CHAIN_EXPIRED : PROBLEM_CHAIN_UNKNOWN, NULL);
}

void verify_leaf(struct check *c, X509 *leaf)
{
    EVP_PKEY *key = X509_get0_pubkey(leaf);
    char group[32] = "";
    bool rsa =
        key && EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= 2048 && EVP_PKEY_get_bits(key) <= 4096;
    bool p256 = key && EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, NULL) &&
                strcmp(group, "prime256v1") == 0;
    ERR_clear_error();
    if (!rsa && !p256)
        check_problem(c, PROBLEM_ALGORITHM, NULL);
    if (!(X509_get_key_usage(leaf) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
        check_problem(c, PROBLEM_CERTIFICATE_USAGE, NULL);
}

const struct fault *verify_certificate(struct check *c, X509 *leaf, STACK_OF(X509) * chain)
{
    struct verify_report *report = c->report;
    report->signer = certificate_common_name(report, leaf);
    report->subject = certificate_name(report, X509_get_subject_name(leaf));
    report->serial = certificate_serial(report, leaf);
    if (!report->signer || !report->subject || !report->serial)
        return fault_memory();
    if (!report->signed_at)
        check_problem(c, PROBLEM_TIME_FORM, NULL);
    else if (report->signed_moment > c->policy->now + PATIENCE)
        check_problem(c, PROBLEM_TIME_FUTURE, NULL);
    if (!c->broken)
        check_chain(c, leaf, chain);
    return NULL;
}
