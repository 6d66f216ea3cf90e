#include <string.h>
#include "life.h"
#include "seal_parts.h"
#include "verify_parts.h"

struct problem_row {
    const char *word;
    bool breaks, uncovers;
    const char *zh, *en;
};

#define X(symbol, word_, breaks_, uncovers_, zh_, en_)                                                       \
    [PROBLEM_##symbol] = {.word = word_, .breaks = breaks_, .uncovers = uncovers_, .zh = zh_, .en = en_},
static const struct problem_row PROBLEMS[] = {VERIFY_PROBLEMS(X)};
#undef X

#define X(symbol, word) [VERIFY_##symbol] = word,
static const char *const SIGNATURE_WORDS[] = {VERIFY_SIGNATURES(X)};
static const char *const TRUST_WORDS[] = {VERIFY_TRUSTS(X)};
#undef X

const char *verify_signature_word(enum verify_signature s)
{
    return SIGNATURE_WORDS[s];
}

const char *verify_trust_word(enum verify_trust t)
{
    return TRUST_WORDS[t];
}

bool verify_perfect(const struct verify_report *report)
{
    return report->signature == VERIFY_VALID && report->trust == VERIFY_TRUSTED && report->covers_all;
}

void check_problem(struct check *c, enum problem problem, const char *part)
{
    const struct problem_row *row = &PROBLEMS[problem];
    c->broken = c->broken || row->breaks;
    c->report->covers_all = c->report->covers_all && !row->uncovers;
    if (c->report->problem_count == PROBLEM_LIMIT)
        return;
    if (c->report->problem_count == PROBLEM_LIMIT - 1) {
        row = &PROBLEMS[PROBLEM_MORE];
        part = NULL;
    }
    const char *copy = part ? talloc_strdup(c->problems, part) : NULL;
    c->memory = c->memory || (part && !copy);
    c->problems[c->report->problem_count++] =
        (struct verify_problem){.code = row->word, .part = copy, .zh = row->zh, .en = row->en};
}

const struct fault *verify_begin(struct check *c)
{
    c->report = talloc_zero(c->result, struct verify_report);
    TRY_MEMORY(c->report);
    c->problems = talloc_zero_array(c->report, struct verify_problem, PROBLEM_LIMIT);
    TRY_MEMORY(c->problems);
    c->report->problems = c->problems;
    c->report->trust = VERIFY_UNKNOWN;
    c->report->covers_all = true;
    return verify_roots(c);
}

/* Why the package could not be read. */
static enum problem reading_problem(const struct fault *f)
{
    static const struct {
        const char *code;
        enum problem problem;
    } ROWS[] = {{"PACKAGE_NAME", PROBLEM_ZIP_NAME},
                {"PACKAGE_TOO_LARGE", PROBLEM_TOO_LARGE},
                {"PACKAGE_UNSOUND", PROBLEM_ZIP_UNSOUND}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (strcmp(f->code, ROWS[i].code) == 0)
            return ROWS[i].problem;
    return PROBLEM_ZIP_BROKEN;
}

/* What cannot be read is no package at all, or one that was perhaps signed: a damaged one may have been, one
 * that is whole (LibreOffice writes folders into it) has an entry of that name. */
static void say_unreadable(struct check *c, struct seal_file in, enum problem why)
{
    bool whole = why == PROBLEM_ZIP_UNSOUND || why == PROBLEM_ZIP_NAME;
    bool named = whole && (memmem(in.data, in.length, ODF_SIGNATURES, strlen(ODF_SIGNATURES)) ||
                           memmem(in.data, in.length, OOXML_SIGNATURE, strlen(OOXML_SIGNATURE)));
    bool zip = named || (in.length >= 4 && memcmp(in.data, "PK\3\4", 4) == 0);
    check_problem(c, zip ? why : PROBLEM_NOT_A_LETTER, NULL);
    c->report->signature = zip && (named || !whole) ? VERIFY_INVALID : VERIFY_NONE;
    if (zip && c->report->signature == VERIFY_NONE)
        check_problem(c, PROBLEM_NO_SIGNATURE, NULL);
}

/* Opens the package; false: the report says all there is to say. */
static const struct fault *open_package(struct check *c, struct seal_file in, bool *opened)
{
    struct package *p = NULL;
    *opened = false;
    const struct fault *f = package_read(c->scratch, in.data, in.length, &PACKAGE_LIMITS, &p);
    if (f && f->kind == FAULT_BROKEN)
        return f;
    if (f) {
        say_unreadable(c, in, reading_problem(f));
        return NULL;
    }
    c->package = p;
    *opened = true;
    return NULL;
}

/* What the signed properties state: the signer's certificate, and the time, which is said twice and must
 * agree. */
static void check_stated(struct check *c, const struct found *found)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    size_t length = 0;
    const uint8_t *stated = verify_base64(c->scratch, found->certificate_digest, &length);
    if (!X509_digest(found->leaf, EVP_sha256(), digest, &n) || !stated || length != n ||
        memcmp(stated, digest, n) != 0)
        check_problem(c, PROBLEM_CERTIFICATE_OTHER, NULL);
    if (seal_moment_read(found->signing_time, &c->report->signed_moment) &&
        strcmp(found->signing_time, found->stated_time) == 0) {
        c->report->signed_at = c->report->stated_at = talloc_strdup(c->report, found->signing_time);
        c->report->stated_moment = c->report->signed_moment;
        c->memory = c->memory || !c->report->signed_at;
    }
}

static const struct fault *check_signature(struct check *c, const struct package_entry *entry, bool odf)
{
    struct found found = {0};
    if (!verify_form(c, entry, odf, &found))
        return NULL;
    if (odf)
        verify_cover_odf(c, &found);
    else
        verify_cover_ooxml(c, &found);
    verify_leaf(c, found.leaf);
    check_stated(c, &found);
    TRY(verify_value(c, &found));
    TRY(verify_inner_stamp(c, &found));
    return verify_certificate(c, found.leaf, found.others);
}

static const struct fault *check_package(struct check *c, struct seal_file in)
{
    bool opened = false;
    TRY(open_package(c, in, &opened));
    if (!opened)
        return NULL;
    bool odf = package_find(c->package, "mimetype") != NULL;
    const struct package_entry *entry = package_find(c->package, odf ? ODF_SIGNATURES : OOXML_SIGNATURE);
    if (!odf && !package_find(c->package, OPC_TYPES_PART))
        check_problem(c, PROBLEM_NOT_A_LETTER, NULL);
    if (entry)
        TRY(check_signature(c, entry, odf));
    else
        check_problem(c, PROBLEM_NO_SIGNATURE, NULL);
    c->report->signature = !entry ? VERIFY_NONE : c->broken ? VERIFY_INVALID : VERIFY_VALID;
    return NULL;
}

const struct fault *verify_finish(struct check *c, const struct verify_report **out)
{
    if (c->memory)
        return fault_memory();
    if (c->report->signature != VERIFY_VALID)
        c->report->trust = VERIFY_UNKNOWN; /* nobody vouches for what is not signed */
    *out = c->report;
    return NULL;
}

const struct fault *verify_package(struct seal_file in, const struct verify_policy *policy,
                                   const struct verify_report **out, TALLOC_CTX *result)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    struct check c = {.result = result, .scratch = scratch, .policy = policy};
    const struct fault *f = verify_begin(&c);
    if (!f)
        f = check_package(&c, in);
    if (!f)
        f = verify_finish(&c, out);
    return fault_keep(result, f);
}
