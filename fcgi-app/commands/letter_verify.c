#include <getopt.h>
#include <string.h>
#include <time.h>
#include "json.h"
#include "letter_sign.h"
#include "life.h"
#include "share.h"
#include "verify.h"

#define FILE_LIMIT ((size_t)64 << 20)
#define PEM_LIMIT  ((size_t)1 << 18)
#define ROOTS_MAX  32

struct verify_options {
    const char *roots[ROOTS_MAX], *stamp_roots[ROOTS_MAX]; /* paths */
    size_t root_count, stamp_root_count;
    const char *at;
    int first_file; /* index in argv */
};

static bool read_options(int argc, char **argv, struct verify_options *o)
{
    static const struct option LONG[] = {{"root", required_argument, NULL, 'r'},
                                         {"timestamp-root", required_argument, NULL, 's'},
                                         {"at", required_argument, NULL, 't'},
                                         {0}};
    optind = 0;
    for (int c; (c = getopt_long(argc, argv, "", LONG, NULL)) != -1;) {
        if (c == 't')
            o->at = optarg;
        else if (c == 'r' && o->root_count < ROOTS_MAX)
            o->roots[o->root_count++] = optarg;
        else if (c == 's' && o->stamp_root_count < ROOTS_MAX)
            o->stamp_roots[o->stamp_root_count++] = optarg;
        else
            return false;
    }
    o->first_file = optind;
    return optind < argc;
}

static const struct fault *read_file(TALLOC_CTX *life, const char *path, size_t limit, struct seal_file *out)
{
    char *bytes = NULL;
    TRY(share_read_file(life, path, limit, &bytes, &out->length));
    out->data = (const uint8_t *)bytes;
    return NULL;
}

static const struct fault *read_roots(TALLOC_CTX *life, const char *const *paths, size_t count,
                                      const struct seal_file **out)
{
    struct seal_file *roots = talloc_zero_array(life, struct seal_file, count + 1);
    TRY_MEMORY(roots);
    for (size_t i = 0; i < count; i++)
        TRY(read_file(life, paths[i], PEM_LIMIT, &roots[i]));
    *out = roots;
    return NULL;
}

static const struct fault *read_policy(TALLOC_CTX *life, const struct verify_options *o,
                                       struct verify_policy *policy)
{
    policy->root_count = o->root_count;
    policy->stamp_root_count = o->stamp_root_count;
    TRY(read_roots(life, o->roots, o->root_count, &policy->roots));
    return read_roots(life, o->stamp_roots, o->stamp_root_count, &policy->stamp_roots);
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

/* What speaks of the file beside it whose name it has without this end: the longest one that fits. */
static const struct {
    const char *end;
    const struct fault *(*verify)(struct seal_file, struct seal_file, const struct verify_policy *,
                                  const struct verify_report **, TALLOC_CTX *);
} BESIDE[] = {{".sm2.p7s", verify_cms}, {".p7s", verify_cms}, {".tsr", verify_stamp}};

static const struct fault *verify_file(TALLOC_CTX *life, const char *path, const struct verify_policy *policy,
                                       const struct verify_report **out)
{
    struct seal_file in = {0}, content = {0};
    TRY(read_file(life, path, FILE_LIMIT, &in));
    for (size_t i = 0; i < sizeof BESIDE / sizeof *BESIDE; i++) {
        if (!ends_with(path, BESIDE[i].end))
            continue;
        const char *name = talloc_strndup(life, path, strlen(path) - strlen(BESIDE[i].end));
        TRY_MEMORY(name);
        TRY(read_file(life, name, FILE_LIMIT, &content));
        return BESIDE[i].verify(in, content, policy, out, life);
    }
    return verify_package(in, policy, out, life);
}

static json_t *stamp_of(const struct verify_report *r)
{
    if (!r->stamped_at)
        return json_null();
    return json_pack("{s:s, s:s, s:s?}", "time", r->stamped_at, "trust", verify_trust_word(r->stamp_trust),
                     "authority", r->stamp_authority);
}

static json_t *problem_list(const struct verify_report *r)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < r->problem_count; i++) {
        const struct verify_problem *p = &r->problems[i];
        json_array_append_new(list, json_pack("{s:s, s:s?, s:s, s:s}", "code", p->code, "part", p->part, "zh",
                                              p->zh, "en", p->en));
    }
    return list;
}

static const struct fault *print(TALLOC_CTX *life, const char *path, const struct verify_report *r)
{
    json_t *line = json_adopt(
        life, json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s, s:s?, s:s?, s:s?, s:o, s:o}", "file", path,
                        "signature", verify_signature_word(r->signature), "trust",
                        verify_trust_word(r->trust), "signer", r->signer, "signed_at", r->signed_at, "covers",
                        r->covers_all ? "all" : "part", "subject", r->subject, "serial", r->serial,
                        "stated_at", r->stated_at, "timestamp", stamp_of(r), "problems", problem_list(r)));
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    if (!text)
        return fault_new(life, FAULT_INPUT, "FILE_NAME", "the file's name is not UTF-8");
    puts(text);
    free(text);
    return NULL;
}

/* The line of one file; a fault when it could not be checked at all. */
static const struct fault *verify_one(TALLOC_CTX *life, const char *path, const struct verify_policy *policy,
                                      bool *perfect)
{
    const struct verify_report *report = NULL;
    TRY(verify_file(life, path, policy, &report));
    *perfect = verify_perfect(report);
    for (size_t i = 0; i < report->problem_count; i++)
        fprintf(stderr, "%s: %s%s%s: %s\n", path, report->problems[i].code,
                report->problems[i].part ? " " : "", report->problems[i].part ? report->problems[i].part : "",
                report->problems[i].en);
    return print(life, path, report);
}

static int verify_files(char **files, const struct verify_policy *policy)
{
    int status = 0;
    for (; *files; files++) {
        SCOPED_LIFE(life);
        bool perfect = false;
        const struct fault *f = life ? verify_one(life, *files, policy, &perfect) : fault_memory();
        if (f)
            fprintf(stderr, "mingda letter verify: %s: %s\n", *files, fault_text(life, f));
        if (f || !perfect)
            status = 1;
    }
    return status;
}

int letter_verify(int argc, char **argv)
{
    struct verify_options o = {.at = NULL};
    struct verify_policy policy = {.now = (int64_t)time(NULL), .at = VERIFY_AT_SIGNING};
    if (!read_options(argc, argv, &o) || (o.at && !letter_moment(o.at, &policy.at))) {
        fprintf(
            stderr,
            "usage: mingda letter verify [--root CA.pem]… [--timestamp-root CA.pem]… [--at TIME] FILE…\n");
        return 2;
    }
    /* Asked about a later day, a signature up to then is not one from the future. */
    if (o.at && policy.at > policy.now)
        policy.now = policy.at;
    SCOPED_LIFE(life);
    const struct fault *f = life ? read_policy(life, &o, &policy) : fault_memory();
    if (f) {
        fprintf(stderr, "mingda letter verify: %s\n", fault_text(life, f));
        return 1;
    }
    return verify_files(argv + o.first_file, &policy);
}
