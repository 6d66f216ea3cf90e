/* Timestamps: within a signature document (XAdES-T) and beside a file (.tsr). */
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <string.h>
#include "life.h"
#include "seal_parts.h"
#include "stamp.h"
#include "verify_parts.h"

/* Those of timestamps, and those of letters: an office may have one authority for both. */
static const struct fault *rules_of(struct check *c, struct stamp_rules *out)
{
    const struct verify_policy *p = c->policy;
    size_t n = p->stamp_root_count + p->root_count;
    struct seal_file *roots = talloc_zero_array(c->scratch, struct seal_file, n + 1);
    TRY_MEMORY(roots);
    if (p->stamp_root_count)
        memcpy(roots, p->stamp_roots, p->stamp_root_count * sizeof *roots);
    if (p->root_count)
        memcpy(roots + p->stamp_root_count, p->roots, p->root_count * sizeof *roots);
    *out = (struct stamp_rules){.roots = roots, .root_count = n};
    return NULL;
}

static const struct fault *tell(struct check *c, const struct stamp *stamp, const struct fault *f)
{
    static const struct {
        const char *code;
        enum problem problem;
    } PROBLEMS[] = {
        {"STAMP_OTHER", PROBLEM_STAMP_OF_OTHER},      {"STAMP_FORGED", PROBLEM_STAMP_FALSE},
        {"STAMP_UNKNOWN", PROBLEM_STAMP_NOT_TRUSTED}, {"STAMP_EXPIRED", PROBLEM_STAMP_NOT_TRUSTED},
        {"STAMP_TIME", PROBLEM_STAMP_UNREADABLE},     {"STAMP_FORM", PROBLEM_STAMP_UNREADABLE}};
    struct verify_report *r = c->report;
    char text[SEAL_MOMENT];
    r->stamp_trust = !f                                      ? VERIFY_TRUSTED
                     : strcmp(f->code, "STAMP_EXPIRED") == 0 ? VERIFY_EXPIRED
                                                             : VERIFY_UNKNOWN;
    if (stamp->token.data && seal_moment_write(stamp->at, text)) {
        r->stamped_moment = stamp->at;
        r->stamped_at = talloc_strdup(r, text);
        r->stamp_authority = talloc_strdup(r, stamp->authority);
        TRY_MEMORY(r->stamped_at && r->stamp_authority ? r : NULL);
    }
    for (size_t i = 0; f && i < sizeof PROBLEMS / sizeof *PROBLEMS; i++)
        if (strcmp(f->code, PROBLEMS[i].code) == 0) {
            check_problem(c, PROBLEMS[i].problem, NULL);
            return NULL;
        }
    return f;
}

static const struct fault *judge(struct check *c, struct seal_file kept, const uint8_t imprint[STAMP_IMPRINT])
{
    struct stamp_rules rules;
    struct stamp stamp = {0};
    TRY(rules_of(c, &rules));
    const struct fault *f = stamp_judge(kept, imprint, &rules, &stamp, c->scratch);
    return tell(c, &stamp, f);
}

/* From here on the timestamp's time is the time of signing. */
static void take_time(struct check *c)
{
    struct verify_report *r = c->report;
    if (!r->stamped_at || r->stamp_trust != VERIFY_TRUSTED)
        return;
    if (r->stated_at && r->stamped_moment < r->signed_moment - STAMP_PATIENCE)
        check_problem(c, PROBLEM_STAMP_TOO_EARLY, NULL);
    r->signed_moment = r->stamped_moment;
    r->signed_at = r->stamped_at;
}

const struct fault *verify_inner_stamp(struct check *c, const struct found *found)
{
    uint8_t imprint[STAMP_IMPRINT];
    size_t length = 0;
    if (!found->token || c->broken)
        return NULL;
    const uint8_t *token = verify_base64(c->scratch, found->token, &length);
    if (!token) {
        check_problem(c, PROBLEM_STAMP_UNREADABLE, NULL);
        return NULL;
    }
    TRY(seal_imprint(found->value, found->value_id, imprint, c->scratch));
    TRY(judge(c, (struct seal_file){token, length}, imprint));
    take_time(c);
    return NULL;
}

static const struct fault *check_beside(struct check *c, struct seal_file stamp, struct seal_file content)
{
    uint8_t imprint[STAMP_IMPRINT];
    struct verify_report *r = c->report;
    if (EVP_Digest(content.data, content.length, imprint, NULL, EVP_sha256(), NULL) != 1)
        return fault_memory();
    TRY(judge(c, stamp, imprint));
    take_time(c);
    r->signer = r->stamp_authority;
    r->signature = c->broken ? VERIFY_INVALID : VERIFY_VALID;
    r->trust = r->stamp_trust;
    if (!c->broken && r->signed_moment > c->policy->now + STAMP_PATIENCE)
        check_problem(c, PROBLEM_TIME_FUTURE, NULL);
    return NULL;
}

const struct fault *verify_stamp(struct seal_file stamp, struct seal_file content,
                                 const struct verify_policy *policy, const struct verify_report **out,
                                 TALLOC_CTX *result)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    struct check c = {.result = result, .scratch = scratch, .policy = policy};
    const struct fault *f = verify_begin(&c);
    if (!f)
        f = check_beside(&c, stamp, content);
    if (!f) {
        c.report->signature = c.broken ? VERIFY_INVALID : VERIFY_VALID;
        f = verify_finish(&c, out);
    }
    return fault_keep(result, f);
}
