/* Signing: what opens a seal and what does not, and what a signature looks like. Whether others accept it is
 * asked in test_verify.c and libreoffice-valid.sh. */
#include "cmocka_all.h"
#include "life.h"
#include "seal_parts.h"
#include "seal_samples.h"

static struct house {
    TALLOC_CTX *life;
    struct sample_person authority, rsa, p256, stranger;
    struct seal_file root_pem;
} H;

static const struct sample_wish AGENCY = {.kind = "rsa",
                                          .organization = "明州市应急管理局, \"法规\" <处> & 科",
                                          .name = "明州市应急管理局电子印章（演示）",
                                          .usage = "critical,digitalSignature,nonRepudiation"};

static int set_up(void **state)
{
    (void)state;
    H.life = talloc_new(NULL);
    H.authority = sample_authority();
    H.rsa = sample_person(AGENCY, &H.authority);
    H.p256 = sample_person(sample_of(AGENCY, "p256"), &H.authority);
    H.stranger = sample_person(sample_of(AGENCY, "p256"), &H.authority);
    H.root_pem = sample_certificate_pem(H.life, H.authority.certificate);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sample_forget(&H.authority);
    sample_forget(&H.rsa);
    sample_forget(&H.p256);
    sample_forget(&H.stranger);
    talloc_free(H.life);
    return 0;
}

static struct seal_material material_of(TALLOC_CTX *life, const struct sample_person *p)
{
    return (struct seal_material){sample_key_pem(life, p->key, NULL),
                                  sample_certificate_pem(life, p->certificate), H.root_pem};
}

static struct seal *open_seal(TALLOC_CTX *life, const struct sample_person *p)
{
    struct seal *seal = NULL;
    struct seal_material m = material_of(life, p);
    must(seal_open(life, &m, SAMPLE_MOMENT, &seal));
    return seal;
}

static void expect_refusal(const struct seal_material *m, int64_t at, const char *code)
{
    SCOPED_LIFE(life);
    struct seal *seal = NULL;
    must_fail(seal_open(life, m, at, &seal), code);
    assert_null(seal);
}

static void a_seal_tells_who_it_is(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct seal *seal = open_seal(life, &H.rsa);
    assert_string_equal(seal_signer(seal), "明州市应急管理局电子印章（演示）");
    assert_string_equal(seal_subject(seal), "CN=明州市应急管理局电子印章（演示）,"
                                            "O=明州市应急管理局\\, \\\"法规\\\" \\<处\\> & 科,C=CN");
    assert_string_equal(seal_issuer(seal), "CN=演示根证书,O=演示认证机构,C=CN");
    assert_string_equal(seal_algorithm(seal), "rsa-sha256");
    assert_int_equal(strlen(seal_fingerprint(seal)), 64);
    assert_int_equal(strlen(seal_serial(seal)), 6);
    assert_memory_equal(seal_serial(seal), "7000", 4);
    assert_string_equal(seal_algorithm(open_seal(life, &H.p256)), "ecdsa-sha256");
}

static void wrong_keys_and_certificates_are_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct seal_material good = material_of(life, &H.rsa), other = material_of(life, &H.p256);
    struct seal_material m = good;
    m.key = (struct seal_file){0};
    expect_refusal(&m, SAMPLE_MOMENT, "SEAL_KEY_MISSING");
    m.key = TEXT_FILE("no key at all");
    expect_refusal(&m, SAMPLE_MOMENT, "SEAL_KEY_UNREADABLE");
    m.key = sample_key_pem(life, H.rsa.key, "secret");
    expect_refusal(&m, SAMPLE_MOMENT, "SEAL_KEY_UNREADABLE");
    m.key = good.certificate;
    expect_refusal(&m, SAMPLE_MOMENT, "SEAL_KEY_UNREADABLE");
    m.key = other.key;
    expect_refusal(&m, SAMPLE_MOMENT, "SEAL_MISMATCH");
    m = good;
    m.certificate = (struct seal_file){0};
    expect_refusal(&m, SAMPLE_MOMENT, "SEAL_CERTIFICATE_MISSING");
    m.certificate = good.key;
    expect_refusal(&m, SAMPLE_MOMENT, "SEAL_CERTIFICATE_UNREADABLE");
    m = good;
    m.chain = TEXT_FILE("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    expect_refusal(&m, SAMPLE_MOMENT, "SEAL_CHAIN_UNREADABLE");
    expect_refusal(&good, SAMPLE_MOMENT + 2 * SAMPLE_YEAR, "SEAL_CERTIFICATE_EXPIRED");
    expect_refusal(&good, SAMPLE_MOMENT - 2 * SAMPLE_YEAR, "SEAL_CERTIFICATE_EARLY");
}

static void refuse_person(struct sample_wish wish, const char *code)
{
    SCOPED_LIFE(life);
    struct sample_person p = sample_person(wish, &H.authority);
    struct seal_material m = material_of(life, &p);
    expect_refusal(&m, SAMPLE_MOMENT, code);
    sample_forget(&p);
}

static void weak_and_foreign_kinds_of_key_are_refused(void **state)
{
    (void)state;
    refuse_person(sample_of(AGENCY, "rsa-1024"), "SEAL_KEY_KIND");
    refuse_person(sample_of(AGENCY, "p384"), "SEAL_KEY_KIND");
    refuse_person(sample_of(AGENCY, "ed25519"), "SEAL_KEY_KIND");
    struct sample_wish encipher = sample_of(AGENCY, "p256");
    encipher.usage = "keyEncipherment";
    refuse_person(encipher, "SEAL_CERTIFICATE_USAGE");
}

static const char *part_text(TALLOC_CTX *life, struct seal_file file, const char *name)
{
    struct package *p = NULL;
    must(package_read(life, file.data, file.length, &PACKAGE_LIMITS, &p));
    const struct package_entry *entry = package_find(p, name);
    return entry ? (const char *)entry->data : NULL;
}

static void the_same_letter_gives_the_same_signature(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct seal *seal = open_seal(life, &H.rsa);
    struct seal_file odt[3], docx[2], cms[2];
    for (int i = 0; i < 2; i++) {
        must(seal_odt(seal, sample_odt(life), SAMPLE_MOMENT, &odt[i], life));
        must(seal_docx(seal, sample_docx(life), SAMPLE_MOMENT, &docx[i], life));
        must(seal_cms(seal, odt[i], SAMPLE_MOMENT, &cms[i], life));
    }
    assert_int_equal(odt[0].length, odt[1].length);
    assert_memory_equal(odt[0].data, odt[1].data, odt[0].length);
    assert_int_equal(docx[0].length, docx[1].length);
    assert_memory_equal(docx[0].data, docx[1].data, docx[0].length);
    assert_int_equal(cms[0].length, cms[1].length);
    assert_memory_equal(cms[0].data, cms[1].data, cms[0].length);
    must(seal_odt(seal, sample_odt(life), SAMPLE_MOMENT + 1, &odt[2], life));
    const char *first = strstr(part_text(life, odt[0], ODF_SIGNATURES), "Id=\"ID_");
    const char *later = strstr(part_text(life, odt[2], ODF_SIGNATURES), "Id=\"ID_");
    assert_memory_not_equal(first, later, 24);
}

static void the_parts_themselves_stay_as_they_were(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct seal *seal = open_seal(life, &H.p256);
    struct seal_file odt, docx;
    must(seal_odt(seal, sample_odt(life), SAMPLE_MOMENT, &odt, life));
    must(seal_docx(seal, sample_docx(life), SAMPLE_MOMENT, &docx, life));
    for (size_t i = 0; i < sizeof SAMPLE_ODT / sizeof *SAMPLE_ODT; i++)
        assert_string_equal(part_text(life, odt, SAMPLE_ODT[i].name), SAMPLE_ODT[i].text);
    assert_string_equal(part_text(life, docx, "word/document.xml"), SAMPLE_DOCX[2].text);
    assert_memory_equal(odt.data + 30, "mimetypeapplication/vnd.oasis.opendocument.text", 47);
    assert_null(strstr(part_text(life, docx, "word/_rels/document.xml.rels"), "> <"));
    const char *document = part_text(life, docx, OOXML_SIGNATURE);
    assert_non_null(strstr(document, "<xd:SigningTime>2026-11-22T08:00:00Z</xd:SigningTime>"));
    assert_non_null(strstr(document,
                           "SourceId=\"rId1\"></mdssi:RelationshipReference><mdssi:RelationshipReference "
                           "xmlns:mdssi=\"http://schemas.openxmlformats.org/package/2006/digital-signature\" "
                           "SourceId=\"rId10\""));
}

static void what_is_no_package_or_signed_already_is_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct seal *seal = open_seal(life, &H.p256);
    struct seal_file out = {0}, odt, docx;
    must(seal_odt(seal, sample_odt(life), SAMPLE_MOMENT, &odt, life));
    must(seal_docx(seal, sample_docx(life), SAMPLE_MOMENT, &docx, life));
    must_fail(seal_odt(seal, odt, SAMPLE_MOMENT, &out, life), "SEAL_ALREADY_SIGNED");
    must_fail(seal_docx(seal, docx, SAMPLE_MOMENT, &out, life), "SEAL_ALREADY_SIGNED");
    must_fail(seal_odt(seal, sample_docx(life), SAMPLE_MOMENT, &out, life), "SEAL_PACKAGE");
    must_fail(seal_docx(seal, sample_odt(life), SAMPLE_MOMENT, &out, life), "SEAL_PACKAGE");
    must_fail(seal_odt(seal, TEXT_FILE("PK"), SAMPLE_MOMENT, &out, life), "SEAL_PACKAGE");
    struct seal_file tail = sample_odt(life);
    uint8_t *longer = talloc_zero_array(life, uint8_t, tail.length + 1);
    memcpy(longer, tail.data, tail.length);
    must_fail(seal_odt(seal, (struct seal_file){longer, tail.length + 1}, SAMPLE_MOMENT, &out, life),
              "SEAL_PACKAGE");
    assert_null(out.data);
}

static void nothing_is_signed_outside_the_certificates_dates(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct seal *seal = open_seal(life, &H.p256);
    struct seal_file out = {0};
    const int64_t late = SAMPLE_MOMENT + 2 * SAMPLE_YEAR, early = SAMPLE_MOMENT - 2 * SAMPLE_YEAR;
    must_fail(seal_odt(seal, sample_odt(life), late, &out, life), "SEAL_CERTIFICATE_EXPIRED");
    must_fail(seal_docx(seal, sample_docx(life), early, &out, life), "SEAL_CERTIFICATE_EARLY");
    must_fail(seal_cms(seal, sample_odt(life), late, &out, life), "SEAL_CERTIFICATE_EXPIRED");
    must_fail(seal_odt(seal, sample_odt(life), -1, &out, life), "SEAL_TIME");
    must_fail(seal_docx(seal, sample_docx(life), INT64_MAX, &out, life), "SEAL_TIME");
    must_fail(seal_cms(seal, sample_odt(life), INT64_MIN + 1, &out, life), "SEAL_TIME");
    assert_null(out.data);
}

/* A relationship without content type, or XML that is none: the docx writer's mistakes, told as such. */
static void a_damaged_docx_is_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct seal *seal = open_seal(life, &H.p256);
    static const struct {
        const char *part, *text;
    } DAMAGE[] = {
        {"[Content_Types].xml", "<Types/>"},
        {"[Content_Types].xml", "<!DOCTYPE x><Types/>"},
        {"_rels/.rels", "<Relationships>"},
        {"word/_rels/document.xml.rels",
         SAMPLE_RELATIONSHIPS "<Relationship Id=\"a\" Type=\"t\"/></Relationships>"},
        {"word/new.bin", "no content type"},
        {"word/_rels/document.xml.rels",
         SAMPLE_RELATIONSHIPS "<Relationship Id=\"a\" Type=\"t\" Target=\"b?x&amp;y\"/></Relationships>"},
    };
    for (size_t i = 0; i < sizeof DAMAGE / sizeof *DAMAGE; i++) {
        struct package *p = NULL;
        struct seal_file in = sample_docx(life), out = {0};
        must(package_read(life, in.data, in.length, &PACKAGE_LIMITS, &p));
        must(package_put(p, DAMAGE[i].part, DAMAGE[i].text, strlen(DAMAGE[i].text), PACKAGE_DEFLATED));
        must_fail(seal_docx(seal, sample_write(life, p), SAMPLE_MOMENT, &out, life), "SEAL_PACKAGE");
    }
}

static void moments_are_written_and_read(void **state)
{
    (void)state;
    char text[SEAL_MOMENT];
    int64_t at = -1;
    assert_true(seal_moment_write(SAMPLE_MOMENT, text));
    assert_string_equal(text, "2026-11-22T08:00:00Z");
    assert_true(seal_moment_read(text, &at));
    assert_int_equal(at, SAMPLE_MOMENT);
    assert_true(seal_moment_write(INT64_C(253402300799), text));
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    assert_false(seal_moment_write(INT64_C(253402300800), text));
    static const char *const WRONG[] = {"",
                                        "2026-11-22",
                                        "2026-11-22T08:00:00",
                                        "2026-11-22T24:00:00Z",
                                        "2026-02-30T08:00:00Z",
                                        "2026-11-22T08:00:00+08:00",
                                        "2026-11-22 08:00:00Z",
                                        "2026-11-22T8:00:000Z",
                                        "1969-12-31T23:59:59Z"};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
        assert_false(seal_moment_read(WRONG[i], &at));
}

static void text_is_escaped_as_c14n_does(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *out = NULL;
    struct text *t = text_new(life, 1000);
    canonical_text(t, "a<b>&\"\r\n\t");
    canonical_attribute(t, "a<b>&\"\r\n\t");
    seal_uri(t, "Object 1/图.xml");
    must(text_end(t, &out, NULL));
    assert_string_equal(
        out, "a&lt;b&gt;&amp;\"&#xD;\n\ta&lt;b>&amp;&quot;&#xD;&#xA;&#x9;Object%201/%E5%9B%BE.xml");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seal_tells_who_it_is),
        cmocka_unit_test(wrong_keys_and_certificates_are_refused),
        cmocka_unit_test(weak_and_foreign_kinds_of_key_are_refused),
        cmocka_unit_test(the_same_letter_gives_the_same_signature),
        cmocka_unit_test(the_parts_themselves_stay_as_they_were),
        cmocka_unit_test(what_is_no_package_or_signed_already_is_refused),
        cmocka_unit_test(nothing_is_signed_outside_the_certificates_dates),
        cmocka_unit_test(a_damaged_docx_is_refused),
        cmocka_unit_test(moments_are_written_and_read),
        cmocka_unit_test(text_is_escaped_as_c14n_does),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
