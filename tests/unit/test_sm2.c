/* SM2 signatures beside a file: sound ones are valid and trusted, whatever is changed in them or in the file
 * is not; and what npm's sm-crypto makes of them is asked in sm2.sh. */
#include "cmocka_all.h"
#include "life.h"
#include "seal_samples.h"
#include "verify.h"

#define CONTENT TEXT_FILE("政府信息公开告知书")
static const char SEAL_USAGE[] = "critical,digitalSignature,nonRepudiation";

static struct sample_person authority, agency;
static struct seal *seal;
static TALLOC_CTX *life;

static struct sample_person sm2_person(const char *name, const char *usage, bool is_authority,
                                       const struct sample_person *issuer)
{
    return sample_person((struct sample_wish){.kind = "sm2",
                                              .organization = "演示认证机构",
                                              .name = name,
                                              .usage = usage,
                                              .authority = is_authority},
                         issuer);
}

static const struct fault *open_seal_with(struct sample_person who, bool sm2, bool chain, struct seal **out)
{
    const struct seal_material m = {.key = sample_key_pem(life, who.key, NULL),
                                    .certificate = sample_certificate_pem(life, who.certificate),
                                    .sm2 = sm2};
    struct seal_material all = m;
    if (chain)
        all.chain = sample_certificate_pem(life, authority.certificate);
    return seal_open(life, &all, SAMPLE_MOMENT, out);
}

static const struct fault *open_seal(struct sample_person who, bool sm2, struct seal **out)
{
    return open_seal_with(who, sm2, true, out);
}

static int set_up(void **state)
{
    (void)state;
    life = talloc_new(NULL);
    authority = sm2_person("国密演示根证书", "critical,keyCertSign,cRLSign", true, NULL);
    agency = sm2_person("上海市应急管理局电子印章", SEAL_USAGE, false, &authority);
    must(open_seal(agency, true, &seal));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    talloc_free(life);
    sample_forget(&agency);
    sample_forget(&authority);
    return 0;
}

static const struct verify_report *judged(struct seal_file signature, struct seal_file content,
                                          const struct seal_file *root)
{
    const struct verify_policy policy = {
        .roots = root, .root_count = root ? 1 : 0, .now = SAMPLE_MOMENT + 60, .at = VERIFY_AT_SIGNING};
    const struct verify_report *r = NULL;
    must(verify_cms(signature, content, &policy, &r, life));
    return r;
}

static void a_sound_signature_is_valid_and_trusted(void **state)
{
    (void)state;
    struct seal_file out = {0}, root = sample_certificate_pem(life, authority.certificate);
    must(seal_sm2(seal, CONTENT, SAMPLE_MOMENT, &out, life));
    assert_int_equal(verify_kind_of(out), VERIFY_KIND_P7S);
    const struct verify_report *r = judged(out, CONTENT, &root);
    assert_true(verify_perfect(r));
    assert_string_equal(r->signer, "上海市应急管理局电子印章");
    assert_string_equal(r->signed_at, "2026-11-22T08:00:00Z");
    assert_string_equal(seal_algorithm(seal), "sm2-sm3");
    r = judged(out, CONTENT, NULL);
    assert_int_equal(r->signature, VERIFY_VALID);
    assert_int_equal(r->trust, VERIFY_UNKNOWN);
}

/* For browser/sm2.sh, which asks others: where SM2_FOLDER says. */
static void put_file(const char *name, struct seal_file file)
{
    scoped_file FILE *out = fopen(talloc_asprintf(life, "%s/%s", getenv("SM2_FOLDER"), name), "w");
    assert_non_null(out);
    assert_int_equal(fwrite(file.data, 1, file.length, out), file.length);
}

static void a_sample_is_given_to_strangers(void **state)
{
    (void)state;
    struct seal_file out = {0};
    if (!getenv("SM2_FOLDER"))
        skip();
    must(seal_sm2(seal, CONTENT, SAMPLE_MOMENT, &out, life));
    put_file("letter", CONTENT);
    put_file("letter.sm2.p7s", out);
    put_file("leaf.pem", sample_certificate_pem(life, agency.certificate));
    put_file("root.pem", sample_certificate_pem(life, authority.certificate));
}

static void an_authority_of_the_same_name_is_not_trusted(void **state)
{
    (void)state;
    struct sample_person forger = sm2_person("国密演示根证书", "critical,keyCertSign,cRLSign", true, NULL);
    struct seal_file out = {0}, root = sample_certificate_pem(life, forger.certificate);
    must(seal_sm2(seal, CONTENT, SAMPLE_MOMENT, &out, life));
    assert_int_equal(judged(out, CONTENT, &root)->trust, VERIFY_UNKNOWN);
    sample_forget(&forger);
}

static void of_another_file_it_is_invalid(void **state)
{
    (void)state;
    struct seal_file out = {0}, root = sample_certificate_pem(life, authority.certificate);
    must(seal_sm2(seal, CONTENT, SAMPLE_MOMENT, &out, life));
    const struct verify_report *r = judged(out, TEXT_FILE("政府信息公开告知书。"), &root);
    assert_int_equal(r->signature, VERIFY_INVALID);
    assert_string_equal(r->problems[0].code, "content-changed");
}

/* Each byte changed in two ways, each end cut off, a byte added: never valid and trusted. (Without the chain:
 * a copy of the root that comes along is not read where the root is known.) */
static void nothing_damaged_is_accepted(void **state)
{
    (void)state;
    struct seal_file out = {0}, root = sample_certificate_pem(life, authority.certificate);
    struct seal *alone = NULL;
    must(open_seal_with(agency, true, false, &alone));
    must(seal_sm2(alone, CONTENT, SAMPLE_MOMENT, &out, life));
    uint8_t *bytes = talloc_size(life, out.length + 1);
    memcpy(bytes, out.data, out.length);
    for (size_t i = 0; i < out.length; i++)
        for (int bit = 0; bit < 8; bit += 5) {
            bytes[i] = (uint8_t)(out.data[i] ^ (1 << bit));
            if (verify_perfect(judged((struct seal_file){bytes, out.length}, CONTENT, &root)))
                fail_msg("byte %zu, bit %d", i, bit);
            bytes[i] = out.data[i];
        }
    for (size_t n = 0; n < out.length; n += 7)
        assert_false(verify_perfect(judged((struct seal_file){bytes, n}, CONTENT, &root)));
    bytes[out.length] = 0;
    assert_false(verify_perfect(judged((struct seal_file){bytes, out.length + 1}, CONTENT, &root)));
}

static void each_kind_of_seal_keeps_to_its_place(void **state)
{
    (void)state;
    struct sample_person other = sample_person(
        (struct sample_wish){.kind = "p256", .organization = "机关", .name = "机关印章", .usage = SEAL_USAGE},
        NULL);
    struct seal *wrong = NULL, *common = NULL;
    struct seal_file out = {0};
    must_fail(open_seal(other, true, &wrong), "SEAL_KEY_KIND");
    must_fail(open_seal(agency, false, &wrong), "SEAL_KEY_KIND");
    must(open_seal(other, false, &common));
    must_fail(seal_sm2(common, CONTENT, SAMPLE_MOMENT, &out, life), "SEAL_KEY_KIND");
    must_fail(seal_cms(seal, CONTENT, SAMPLE_MOMENT, &out, life), "SEAL_KEY_KIND");
    must_fail(seal_odt(seal, sample_odt(life), SAMPLE_MOMENT, &out, life), "SEAL_KEY_KIND");
    must_fail(seal_docx(seal, sample_docx(life), SAMPLE_MOMENT, &out, life), "SEAL_KEY_KIND");
    must_fail(seal_sm2(seal, CONTENT, SAMPLE_MOMENT + 9 * SAMPLE_YEAR, &out, life),
              "SEAL_CERTIFICATE_EXPIRED");
    sample_forget(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_signature_is_valid_and_trusted),
        cmocka_unit_test(a_sample_is_given_to_strangers),
        cmocka_unit_test(an_authority_of_the_same_name_is_not_trusted),
        cmocka_unit_test(of_another_file_it_is_invalid),
        cmocka_unit_test(nothing_damaged_is_accepted),
        cmocka_unit_test(each_kind_of_seal_keeps_to_its_place),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
