/* Timestamps: an honest authority is believed, every lie is named; a letter finished with a token is valid
 * and signed at the token's time; whoever changes, exchanges or moves the token is found out. */
#include "cmocka_all.h"
#include "life.h"
#include "stamp_samples.h"
#include "verify.h"

static const char SEAL_USAGE[] = "critical,digitalSignature,nonRepudiation";
static const uint8_t NONCE[STAMP_NONCE] = {0x81, 2, 3, 4, 5, 6, 7, 8}, OTHER_NONCE[STAMP_NONCE] = {9};
static const uint8_t IMPRINT[STAMP_IMPRINT] = {1, 2, 3}, OTHER_IMPRINT[STAMP_IMPRINT] = {4, 5, 6};

static TALLOC_CTX *life;
static struct sample_tsa tsa;
static struct seal_file tsa_root;

static int set_up(void **state)
{
    (void)state;
    life = talloc_new(NULL);
    tsa = sample_tsa();
    tsa_root = sample_certificate_pem(life, tsa.authority.certificate);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sample_tsa_forget(&tsa);
    talloc_free(life);
    return 0;
}

static struct stamp_rules rules(void)
{
    return (struct stamp_rules){.roots = &tsa_root, .root_count = 1, .policy = SAMPLE_POLICY};
}

static struct seal_file question(const uint8_t imprint[STAMP_IMPRINT], const uint8_t nonce[STAMP_NONCE])
{
    struct seal_file out = {0};
    must(stamp_ask(imprint, nonce, NULL, &out, life));
    return out;
}

static const struct fault *taken(struct seal_file answer, struct stamp *out)
{
    const struct stamp_rules r = rules();
    return stamp_answer(answer, IMPRINT, NONCE, &r, SAMPLE_MOMENT, out, life);
}

static struct seal_file honest(struct seal_file asked)
{
    return sample_stamp(life, &tsa.signer, &tsa.authority, asked, (struct sample_lie){0});
}

/* ---- the answer ---- */

/* What fuzz_stamp replays was written so: STAMP_FOLDER=tests/corpora/stamps; letters with a token go there
 * too, for LibreOffice to judge. */
static void put_file(const char *name, struct seal_file file)
{
    const char *folder = getenv("STAMP_FOLDER");
    scoped_file FILE *out = folder ? fopen(talloc_asprintf(life, "%s/%s", folder, name), "w") : NULL;
    assert_true(!folder || (out && fwrite(file.data, 1, file.length, out) == file.length));
}

static void an_honest_answer_is_believed(void **state)
{
    (void)state;
    struct stamp stamp = {0};
    struct seal_file answer = honest(question(IMPRINT, NONCE));
    must(taken(answer, &stamp));
    assert_int_equal(stamp.at, SAMPLE_MOMENT);
    assert_string_equal(stamp.authority, "演示时间戳");
    assert_string_equal(stamp.policy, SAMPLE_POLICY);
    assert_string_equal(stamp.serial, "4711");
    assert_int_equal(verify_kind_of(answer), VERIFY_KIND_TSR);
    const struct stamp_rules r = rules();
    must(stamp_judge(answer, IMPRINT, &r, &stamp, life));
    must(stamp_judge(stamp.token, IMPRINT, &r, &stamp, life));
    put_file("answer.tsr", answer);
    put_file("token.der", stamp.token);
}

static void expect_lie(struct seal_file asked, const struct sample_person *signer, struct sample_lie lie,
                       const char *code)
{
    struct stamp stamp = {0};
    must_fail(taken(sample_stamp(life, signer, &tsa.authority, asked, lie), &stamp), code);
}

static void every_lie_is_named(void **state)
{
    (void)state;
    struct seal_file asked = question(IMPRINT, NONCE);
    expect_lie(question(OTHER_IMPRINT, NONCE), &tsa.signer, (struct sample_lie){0}, "STAMP_OTHER");
    expect_lie(question(IMPRINT, OTHER_NONCE), &tsa.signer, (struct sample_lie){0}, "STAMP_NONCE");
    expect_lie(asked, &tsa.signer, (struct sample_lie){.policy = "1.2.3.4"}, "STAMP_POLICY");
    expect_lie(asked, &tsa.signer, (struct sample_lie){.at = SAMPLE_MOMENT + 301}, "STAMP_TIME");
    expect_lie(asked, &tsa.signer, (struct sample_lie){.at = SAMPLE_MOMENT - 301}, "STAMP_TIME");
    expect_lie(asked, &tsa.signer, (struct sample_lie){.at = SAMPLE_MOMENT + 3600}, "STAMP_TIME");
    expect_lie(asked, &tsa.signer, (struct sample_lie){.at = SAMPLE_MOMENT - 3600}, "STAMP_TIME");
    expect_lie(asked, &tsa.signer, (struct sample_lie){.at = SAMPLE_MOMENT + 9 * SAMPLE_YEAR},
               "STAMP_EXPIRED");
    expect_lie(asked, &tsa.signer, (struct sample_lie){.refuses = true}, "STAMP_REFUSED");
    put_file("refusal.tsr",
             sample_stamp(life, &tsa.signer, &tsa.authority, asked, (struct sample_lie){.refuses = true}));
    put_file("question.tsq", asked);
}

static void an_authority_that_nobody_named_is_not_believed(void **state)
{
    (void)state;
    struct sample_tsa other = sample_tsa();
    struct stamp stamp = {0};
    struct seal_file answer =
        sample_stamp(life, &other.signer, &other.authority, question(IMPRINT, NONCE), (struct sample_lie){0});
    must_fail(taken(answer, &stamp), "STAMP_UNKNOWN");
    assert_string_equal(stamp.authority, "演示时间戳"); /* shown all the same */
    sample_tsa_forget(&other);
}

/* Bits turned over, ends cut off, bytes added; what is still believed is the same token, byte for byte. */
static void no_damaged_answer_is_believed(void **state)
{
    (void)state;
    struct seal_file answer = honest(question(IMPRINT, NONCE));
    struct stamp sound = {0};
    must(taken(answer, &sound));
    uint8_t *bytes = talloc_size(life, answer.length + 1);
    memcpy(bytes, answer.data, answer.length);
    size_t believed = 0;
    for (size_t i = 0; i < answer.length; i++) {
        TALLOC_CTX *outer = life;
        life = talloc_new(outer);
        struct stamp stamp = {0};
        bytes[i] = (uint8_t)(answer.data[i] ^ (1 << i % 8));
        if (!taken((struct seal_file){bytes, answer.length}, &stamp)) {
            believed++;
            assert_int_equal(stamp.at, sound.at);
        }
        bytes[i] = answer.data[i];
        talloc_free(life);
        life = outer;
    }
    /* The copy of the root that comes along is not signed, nor is a status that grants with changes. */
    assert_true(believed < 560);
    struct stamp stamp = {0};
    for (size_t n = 0; n < answer.length; n += 13)
        assert_non_null(taken((struct seal_file){bytes, n}, &stamp));
    bytes[answer.length] = 0;
    must_fail(taken((struct seal_file){bytes, answer.length + 1}, &stamp), "STAMP_FORM");
    uint8_t *huge = talloc_zero_array(life, uint8_t, STAMP_LIMIT + 1);
    must_fail(taken((struct seal_file){huge, STAMP_LIMIT + 1}, &stamp), "STAMP_FORM");
    must_fail(taken((struct seal_file){NULL, 0}, &stamp), "STAMP_FORM");
    must_fail(taken(TEXT_FILE("<html>502 Bad Gateway</html>"), &stamp), "STAMP_FORM");
}

/* ---- within a letter ---- */

struct office {
    struct sample_person authority, agency;
    struct seal *seal;
    struct seal_file root;
};

static struct office office_of(const char *kind)
{
    struct office o = {.authority = sample_authority()};
    o.agency = sample_person(
        (struct sample_wish){.kind = kind, .organization = "机关", .name = "机关印章", .usage = SEAL_USAGE},
        &o.authority);
    const struct seal_material m = {.key = sample_key_pem(life, o.agency.key, NULL),
                                    .certificate = sample_certificate_pem(life, o.agency.certificate)};
    must(seal_open(life, &m, SAMPLE_MOMENT, &o.seal));
    o.root = sample_certificate_pem(life, o.authority.certificate);
    return o;
}

static void office_end(struct office *o)
{
    sample_forget(&o->agency);
    sample_forget(&o->authority);
}

#define LATER (SAMPLE_MOMENT + 7200)

static struct seal_file stamp_of(const uint8_t imprint[STAMP_IMPRINT], int64_t at)
{
    const struct stamp_rules r = rules();
    struct stamp stamp = {0};
    must(stamp_judge(sample_stamp(life, &tsa.signer, &tsa.authority, question(imprint, NONCE),
                                  (struct sample_lie){.at = at}),
                     imprint, &r, &stamp, life));
    return stamp.token;
}

static struct seal_file stamped(const struct office *o, struct seal_file in, int64_t at)
{
    struct seal_begun begun = {0};
    struct seal_file out = {0};
    must(seal_begin(o->seal, in, SAMPLE_MOMENT, &begun, life));
    must(seal_finish(o->seal, in, SAMPLE_MOMENT, begun.value, stamp_of(begun.imprint, at), &out, life));
    return out;
}

static const struct verify_report *judged(const struct office *o, struct seal_file in, bool knows_tsa,
                                          int64_t now)
{
    const struct verify_policy policy = {.roots = &o->root,
                                         .root_count = 1,
                                         .stamp_roots = &tsa_root,
                                         .stamp_root_count = knows_tsa,
                                         .now = now,
                                         .at = VERIFY_AT_SIGNING};
    const struct verify_report *r = NULL;
    must(verify_package(in, &policy, &r, life));
    return r;
}

static void a_stamped_letter_is_signed_at_the_stamps_time(void **state)
{
    (void)state;
    static const char *const KINDS[] = {"rsa", "p256"};
    for (int i = 0; i < 4; i++) {
        struct office o = office_of(KINDS[i / 2]);
        struct seal_file file = stamped(&o, i % 2 ? sample_docx(life) : sample_odt(life), LATER);
        put_file(talloc_asprintf(life, "stamped-%s.%s", KINDS[i / 2], i % 2 ? "docx" : "odt"), file);
        const struct verify_report *r = judged(&o, file, true, LATER + 60);
        assert_true(verify_perfect(r));
        assert_int_equal(r->problem_count, 0);
        assert_string_equal(r->signed_at, "2026-11-22T10:00:00Z");
        assert_string_equal(r->stated_at, "2026-11-22T08:00:00Z");
        assert_string_equal(r->stamp_authority, "演示时间戳");
        assert_int_equal(r->stamp_trust, VERIFY_TRUSTED);
        r = judged(&o, file, false, LATER + 60); /* who does not know the authority has the signer's word */
        assert_true(verify_perfect(r));
        assert_string_equal(r->signed_at, "2026-11-22T08:00:00Z");
        assert_string_equal(r->problems[0].code, "timestamp-not-trusted");
        office_end(&o);
    }
}

/* The seal's certificate ends between what the signer states and what the authority saw. */
static void the_chain_is_judged_at_the_stamps_time(void **state)
{
    (void)state;
    struct office o = office_of("p256");
    struct seal_file late = stamped(&o, sample_odt(life), SAMPLE_MOMENT + SAMPLE_YEAR + 60);
    const struct verify_report *r = judged(&o, late, true, SAMPLE_MOMENT + 2 * SAMPLE_YEAR);
    assert_int_equal(r->signature, VERIFY_VALID);
    assert_int_equal(r->trust, VERIFY_EXPIRED);
    struct seal_file in_time = stamped(&o, sample_odt(life), LATER);
    r = judged(&o, in_time, true, SAMPLE_MOMENT + 5 * SAMPLE_YEAR);
    assert_true(verify_perfect(r)); /* expired since: valid at signing */
    office_end(&o);
}

static void expect_problem(const struct verify_report *r, const char *code)
{
    assert_int_equal(r->signature, VERIFY_INVALID);
    assert_string_equal(r->problems[0].code, code);
}

static void a_stamp_that_does_not_belong_there_is_found_out(void **state)
{
    (void)state;
    struct office o = office_of("rsa");
    struct seal_file in = sample_odt(life), out = {0};
    struct seal_begun begun = {0};
    must(seal_begin(o.seal, in, SAMPLE_MOMENT, &begun, life));
    must(seal_finish(o.seal, in, SAMPLE_MOMENT, begun.value, stamp_of(OTHER_IMPRINT, LATER), &out, life));
    expect_problem(judged(&o, out, true, LATER), "timestamp-of-other");
    must(seal_finish(o.seal, in, SAMPLE_MOMENT, begun.value, TEXT_FILE("no token"), &out, life));
    expect_problem(judged(&o, out, true, LATER), "timestamp-not-readable");
    must(seal_finish(o.seal, in, SAMPLE_MOMENT, begun.value, stamp_of(begun.imprint, SAMPLE_MOMENT - 7200),
                     &out, life));
    expect_problem(judged(&o, out, true, LATER), "timestamp-before-signing");
    struct seal_file token = stamp_of(begun.imprint, LATER);
    uint8_t *forged = talloc_memdup(life, token.data, token.length);
    forged[token.length - 1] ^= 1; /* the last byte of the authority's signature */
    must(seal_finish(o.seal, in, SAMPLE_MOMENT, begun.value, (struct seal_file){forged, token.length}, &out,
                     life));
    expect_problem(judged(&o, out, true, LATER), "timestamp-invalid");
    office_end(&o);
}

static void only_the_value_that_was_made_finishes_the_letter(void **state)
{
    (void)state;
    struct office o = office_of("p256"), other = office_of("p256");
    struct seal_file odt = sample_odt(life), docx = sample_docx(life), out = {0}, none = {0};
    struct seal_begun begun = {0}, foreign = {0};
    must(seal_begin(o.seal, odt, SAMPLE_MOMENT, &begun, life));
    must(seal_begin(other.seal, odt, SAMPLE_MOMENT, &foreign, life));
    must(seal_finish(o.seal, odt, SAMPLE_MOMENT, begun.value, none, &out, life));
    assert_true(verify_perfect(judged(&o, out, true, LATER)));
    must_fail(seal_finish(o.seal, odt, SAMPLE_MOMENT + 1, begun.value, none, &out, life), "SEAL_VALUE");
    must_fail(seal_finish(o.seal, docx, SAMPLE_MOMENT, begun.value, none, &out, life), "SEAL_VALUE");
    must_fail(seal_finish(o.seal, odt, SAMPLE_MOMENT, foreign.value, none, &out, life), "SEAL_VALUE");
    must_fail(seal_finish(o.seal, odt, SAMPLE_MOMENT, "AAAA", none, &out, life), "SEAL_VALUE");
    must_fail(seal_finish(o.seal, odt, SAMPLE_MOMENT, "", none, &out, life), "SEAL_VALUE");
    office_end(&o);
    office_end(&other);
}

/* ---- beside a file ---- */

static void a_stamp_beside_a_file_is_of_its_bytes(void **state)
{
    (void)state;
    struct seal_file file = TEXT_FILE("a sealed letter"), answer;
    uint8_t digest[32];
    assert_int_equal(EVP_Digest(file.data, file.length, digest, NULL, EVP_sha256(), NULL), 1);
    answer = honest(question(digest, NONCE));
    const struct verify_policy policy = {
        .stamp_roots = &tsa_root, .stamp_root_count = 1, .now = LATER, .at = VERIFY_AT_SIGNING};
    const struct verify_report *r = NULL;
    must(verify_stamp(answer, file, &policy, &r, life));
    assert_true(verify_perfect(r));
    assert_string_equal(r->signed_at, "2026-11-22T08:00:00Z");
    assert_string_equal(r->signer, "演示时间戳");
    must(verify_stamp(answer, TEXT_FILE("a sealed letter."), &policy, &r, life));
    expect_problem(r, "timestamp-of-other");
    const struct verify_policy nobody = {.now = LATER, .at = VERIFY_AT_SIGNING};
    must(verify_stamp(answer, file, &nobody, &r, life));
    assert_int_equal(r->trust, VERIFY_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_answer_is_believed),
        cmocka_unit_test(every_lie_is_named),
        cmocka_unit_test(an_authority_that_nobody_named_is_not_believed),
        cmocka_unit_test(no_damaged_answer_is_believed),
        cmocka_unit_test(a_stamped_letter_is_signed_at_the_stamps_time),
        cmocka_unit_test(the_chain_is_judged_at_the_stamps_time),
        cmocka_unit_test(a_stamp_that_does_not_belong_there_is_found_out),
        cmocka_unit_test(only_the_value_that_was_made_finishes_the_letter),
        cmocka_unit_test(a_stamp_beside_a_file_is_of_its_bytes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
