/* Verifying: what is sound is found valid, trusted and whole; nothing that was tampered with ever is. */
#include "cmocka_all.h"
#include <dirent.h>
#include <time.h>
#include "life.h"
#include "seal_markup.h"
#include "seal_parts.h"
#include "seal_samples.h"
#include "text.h"
#include "verify.h"
#include "zip_faces.h"

enum { RSA_ODT, RSA_DOCX, P256_ODT, P256_DOCX, LETTERS };

static struct house {
    TALLOC_CTX *life;
    struct sample_person authority, agency[2], stranger;
    struct seal *seal[2];
    struct seal_file root, letter[LETTERS], other_letter[LETTERS];
} H;

static const struct sample_wish AGENCY = {.kind = "rsa",
                                          .organization = "明州市应急管理局 <&>",
                                          .name = "明州市应急管理局电子印章",
                                          .usage = "critical,digitalSignature,nonRepudiation"};

static struct seal *open_seal(TALLOC_CTX *life, const struct sample_person *p, int64_t at)
{
    struct seal *seal = NULL;
    struct seal_material m = {
        sample_key_pem(life, p->key, NULL), sample_certificate_pem(life, p->certificate), {0}};
    must(seal_open(life, &m, at, &seal));
    return seal;
}

static struct seal_file sign_sample(TALLOC_CTX *life, const struct seal *seal, bool odt, int64_t at)
{
    struct seal_file out = {0};
    if (odt)
        must(seal_odt(seal, sample_odt(life), at, &out, life));
    else
        must(seal_docx(seal, sample_docx(life), at, &out, life));
    return out;
}

/* The same letter with another word in it, signed by the same agency. */
static struct seal_file sign_other(TALLOC_CTX *life, const struct seal *seal, bool odt)
{
    struct raw_zip zip = raw_read(life, odt ? sample_odt(life) : sample_docx(life));
    struct seal_file out = {0};
    raw_replace(life, &zip, odt ? "content.xml" : "word/document.xml", "予以公开", "不予公开");
    if (odt)
        must(seal_odt(seal, raw_write(life, &zip), SAMPLE_MOMENT, &out, life));
    else
        must(seal_docx(seal, raw_write(life, &zip), SAMPLE_MOMENT, &out, life));
    return out;
}

static bool is_odt(int letter)
{
    return letter == RSA_ODT || letter == P256_ODT;
}

static int set_up(void **state)
{
    (void)state;
    H.life = talloc_new(NULL);
    H.authority = sample_authority();
    H.root = sample_certificate_pem(H.life, H.authority.certificate);
    H.stranger = sample_person(sample_of(AGENCY, "p256"), NULL);
    for (int i = 0; i < 2; i++) {
        H.agency[i] = sample_person(sample_of(AGENCY, i ? "p256" : "rsa"), &H.authority);
        H.seal[i] = open_seal(H.life, &H.agency[i], SAMPLE_MOMENT);
    }
    for (int i = 0; i < LETTERS; i++) {
        H.letter[i] = sign_sample(H.life, H.seal[i / 2], is_odt(i), SAMPLE_MOMENT);
        H.other_letter[i] = sign_other(H.life, H.seal[i / 2], is_odt(i));
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sample_forget(&H.authority);
    sample_forget(&H.stranger);
    sample_forget(&H.agency[0]);
    sample_forget(&H.agency[1]);
    talloc_free(H.life);
    return 0;
}

static struct verify_policy trusting(const struct seal_file *root)
{
    return (struct verify_policy){
        .roots = root, .root_count = root ? 1 : 0, .now = SAMPLE_MOMENT + 3600, .at = VERIFY_AT_SIGNING};
}

static const struct verify_report *verify_with(TALLOC_CTX *life, struct seal_file file,
                                               struct verify_policy policy)
{
    const struct verify_report *report = NULL;
    must(verify_package(file, &policy, &report, life));
    return report;
}

static const struct verify_report *verify(TALLOC_CTX *life, struct seal_file file)
{
    return verify_with(life, file, trusting(&H.root));
}

static bool has_problem(const struct verify_report *r, const char *code)
{
    for (size_t i = 0; i < r->problem_count; i++)
        if (strcmp(r->problems[i].code, code) == 0)
            return true;
    return false;
}

static void show(const struct verify_report *r)
{
    print_error("%s %s %s", verify_signature_word(r->signature), verify_trust_word(r->trust),
                r->covers_all ? "all" : "part");
    for (size_t i = 0; i < r->problem_count; i++)
        print_error(" %s(%s)", r->problems[i].code, r->problems[i].part ? r->problems[i].part : "");
    print_error("\n");
}

/* ---- What is sound ---- */

static void sound_letters_are_valid_trusted_and_whole(void **state)
{
    (void)state;
    for (int i = 0; i < LETTERS; i++) {
        SCOPED_LIFE(life);
        const struct verify_report *r = verify(life, H.letter[i]);
        if (!verify_perfect(r))
            show(r);
        assert_true(verify_perfect(r));
        assert_string_equal(r->signer, "明州市应急管理局电子印章");
        assert_string_equal(r->subject, "CN=明州市应急管理局电子印章,O=明州市应急管理局 \\<&\\>,C=CN");
        assert_string_equal(r->serial, seal_serial(H.seal[i / 2]));
        assert_string_equal(r->signed_at, "2026-11-22T08:00:00Z");
        assert_int_equal(r->signed_moment, SAMPLE_MOMENT);
        struct raw_zip stored = raw_read(life, H.letter[i]); /* packed another way: the same letter */
        assert_true(verify_perfect(verify(life, raw_write(life, &stored))));
    }
}

static void an_unsigned_letter_is_none(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct verify_report *odt = verify(life, sample_odt(life)), *docx = verify(life, sample_docx(life));
    assert_int_equal(odt->signature, VERIFY_NONE);
    assert_int_equal(docx->signature, VERIFY_NONE);
    assert_false(odt->covers_all || docx->covers_all);
    assert_true(has_problem(odt, "no-signature") && has_problem(docx, "no-signature"));
    assert_int_equal(verify(life, TEXT_FILE("%PDF-1.7"))->signature, VERIFY_NONE);
    assert_int_equal(verify(life, TEXT_FILE(""))->signature, VERIFY_NONE);
}

/* ---- Trust ---- */

static void expect_trust(struct seal_file file, struct verify_policy policy, enum verify_trust trust,
                         const char *code)
{
    SCOPED_LIFE(life);
    const struct verify_report *r = verify_with(life, file, policy);
    if (r->signature != VERIFY_VALID || r->trust != trust)
        show(r);
    assert_int_equal(r->signature, VERIFY_VALID);
    assert_true(r->covers_all);
    assert_int_equal(r->trust, trust);
    assert_int_equal(verify_perfect(r), trust == VERIFY_TRUSTED);
    assert_true(!code || has_problem(r, code));
}

static void trust_comes_from_the_given_roots_alone(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct seal_file stranger = sample_certificate_pem(life, H.stranger.certificate);
    struct seal_file self = sample_certificate_pem(life, H.agency[0].certificate);
    expect_trust(H.letter[RSA_ODT], trusting(NULL), VERIFY_UNKNOWN, "issuer-not-trusted");
    expect_trust(H.letter[RSA_ODT], trusting(&stranger), VERIFY_UNKNOWN, "issuer-not-trusted");
    expect_trust(H.letter[RSA_ODT], trusting(&self), VERIFY_TRUSTED,
                 NULL); /* trusted by itself, as one may choose */
    struct seal_file two[] = {stranger, H.root};
    struct verify_policy policy = trusting(two);
    policy.root_count = 2;
    expect_trust(H.letter[P256_DOCX], policy, VERIFY_TRUSTED, NULL);
    struct seal_file wrong = TEXT_FILE("no certificate");
    const struct verify_report *r = NULL;
    policy = trusting(&wrong);
    must_fail(verify_package(H.letter[RSA_ODT], &policy, &r, life), "VERIFY_ROOTS");
}

static void dates_are_judged_at_signing_or_as_asked(void **state)
{
    (void)state;
    struct verify_policy policy = trusting(&H.root);
    policy.now = SAMPLE_MOMENT + 5 * SAMPLE_YEAR; /* the certificate has expired since: the letter has not */
    expect_trust(H.letter[RSA_DOCX], policy, VERIFY_TRUSTED, NULL);
    policy.at = SAMPLE_MOMENT + 5 * SAMPLE_YEAR;
    expect_trust(H.letter[RSA_DOCX], policy, VERIFY_EXPIRED, "certificate-expired");
    policy.at = SAMPLE_MOMENT - 3 * SAMPLE_YEAR;
    expect_trust(H.letter[RSA_DOCX], policy, VERIFY_EXPIRED, "certificate-expired");
}

static void a_signature_from_the_future_is_not_valid(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct verify_policy policy = trusting(&H.root);
    policy.now = SAMPLE_MOMENT - 3600;
    const struct verify_report *r = verify_with(life, H.letter[P256_ODT], policy);
    assert_int_equal(r->signature, VERIFY_INVALID);
    assert_true(has_problem(r, "signed-in-the-future"));
}

/* An intermediate authority, an expired certificate, one for another use, a leaf that certifies leaves. */
static void chains_are_followed_and_judged(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct sample_person between = sample_person((struct sample_wish){.kind = "rsa",
                                                                      .organization = "演示认证机构",
                                                                      .name = "二级",
                                                                      .usage = "keyCertSign",
                                                                      .authority = true},
                                                 &H.authority);
    struct sample_person office = sample_person(sample_of(AGENCY, "p256"), &between);
    struct sample_person forged = sample_person(sample_of(AGENCY, "p256"), &H.agency[0]);
    struct seal_material m = {sample_key_pem(life, office.key, NULL),
                              sample_certificate_pem(life, office.certificate),
                              sample_certificate_pem(life, between.certificate)};
    struct seal *chained = NULL;
    must(seal_open(life, &m, SAMPLE_MOMENT, &chained));
    expect_trust(sign_sample(life, chained, true, SAMPLE_MOMENT), trusting(&H.root), VERIFY_TRUSTED, NULL);
    expect_trust(sign_sample(life, chained, false, SAMPLE_MOMENT), trusting(&H.root), VERIFY_TRUSTED, NULL);
    expect_trust(sign_sample(life, open_seal(life, &office, SAMPLE_MOMENT), true, SAMPLE_MOMENT),
                 trusting(&H.root), VERIFY_UNKNOWN, "issuer-not-trusted"); /* the link is missing */
    m = (struct seal_material){sample_key_pem(life, forged.key, NULL),
                               sample_certificate_pem(life, forged.certificate),
                               sample_certificate_pem(life, H.agency[0].certificate)};
    struct seal *leaf_made = NULL;
    must(seal_open(life, &m, SAMPLE_MOMENT, &leaf_made));
    expect_trust(sign_sample(life, leaf_made, true, SAMPLE_MOMENT), trusting(&H.root), VERIFY_UNKNOWN,
                 "issuer-not-trusted");
    sample_forget(&between);
    sample_forget(&office);
    sample_forget(&forged);
}

/* Somebody else's key under the agency's name is a valid signature of nobody we know. */
static void a_forgers_own_signature_is_not_trusted(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct seal *seal = open_seal(life, &H.stranger, SAMPLE_MOMENT);
    expect_trust(sign_sample(life, seal, true, SAMPLE_MOMENT), trusting(&H.root), VERIFY_UNKNOWN,
                 "issuer-not-trusted");
    expect_trust(sign_sample(life, seal, false, SAMPLE_MOMENT), trusting(&H.root), VERIFY_UNKNOWN,
                 "issuer-not-trusted");
}

/* ---- The detached signature ---- */

static void detached_signatures_cover_every_byte(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        SCOPED_LIFE(life);
        struct seal_file file = H.letter[RSA_DOCX + 2 * i], beside = {0};
        struct verify_policy policy = trusting(&H.root);
        const struct verify_report *r = NULL;
        must(seal_cms(H.seal[i], file, SAMPLE_MOMENT, &beside, life));
        must(verify_cms(beside, file, &policy, &r, life));
        if (!verify_perfect(r))
            show(r);
        assert_true(verify_perfect(r));
        assert_string_equal(r->signed_at, "2026-11-22T08:00:00Z");
        assert_string_equal(r->serial, seal_serial(H.seal[i]));
        for (size_t at = 0; at < file.length; at += 97) {
            SCOPED_LIFE(once);
            uint8_t *changed = talloc_memdup(once, file.data, file.length);
            changed[at] ^= 1;
            must(verify_cms(beside, (struct seal_file){changed, file.length}, &policy, &r, once));
            assert_int_equal(r->signature, VERIFY_INVALID);
            assert_true(has_problem(r, "content-changed"));
        }
        must(verify_cms(beside, (struct seal_file){file.data, file.length - 1}, &policy, &r, life));
        assert_int_equal(r->signature, VERIFY_INVALID);
        must(verify_cms(file, beside, &policy, &r, life));
        assert_true(has_problem(r, "cms-form"));
        policy = trusting(NULL);
        must(verify_cms(beside, file, &policy, &r, life));
        assert_int_equal(r->trust, VERIFY_UNKNOWN);
    }
}

static void a_damaged_detached_signature_is_never_accepted(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct seal_file file = H.letter[P256_ODT], beside = {0};
    struct verify_policy policy = trusting(&H.root);
    must(seal_cms(H.seal[1], file, SAMPLE_MOMENT, &beside, life));
    for (size_t at = 0; at < beside.length; at += 3) {
        SCOPED_LIFE(once);
        const struct verify_report *r = NULL;
        uint8_t *changed = talloc_memdup(once, beside.data, beside.length);
        changed[at] ^= 0x10;
        must(verify_cms((struct seal_file){changed, beside.length}, file, &policy, &r, once));
        if (verify_perfect(r)) { /* only bytes that mean nothing may change: who and when stay as they were */
            assert_string_equal(r->serial, seal_serial(H.seal[1]));
            assert_string_equal(r->signed_at, "2026-11-22T08:00:00Z");
        }
    }
}

/* ---- Tampering by hand: each row of the table in the design, and what must be said about it ---- */

#define CONTENT "content.xml"
#define BODY    "word/document.xml"

struct tampering {
    const char *name;
    bool odt, docx;
    const char *part, *from, *to; /* an edit in a part; or */
    void (*act)(TALLOC_CTX *life, struct raw_zip *zip);
    const char *code;
    const char *signature; /* "invalid" unless said otherwise */
};

static void second_before(TALLOC_CTX *life, struct raw_zip *zip)
{
    (void)life;
    raw_insert(zip, 1, raw_text(raw_find(zip, CONTENT) ? CONTENT : BODY, "<forged/>"));
}

static void second_after(TALLOC_CTX *life, struct raw_zip *zip)
{
    (void)life;
    raw_insert(zip, zip->count, raw_text(raw_find(zip, CONTENT) ? CONTENT : BODY, "<forged/>"));
}

static void other_case(TALLOC_CTX *life, struct raw_zip *zip)
{
    (void)life;
    raw_insert(zip, zip->count,
               raw_text(raw_find(zip, CONTENT) ? "Content.xml" : "word/Document.xml", "<forged/>"));
}

static void bytes_before(TALLOC_CTX *life, struct raw_zip *zip)
{
    (void)life;
    zip->before = 7;
}

static void bytes_between(TALLOC_CTX *life, struct raw_zip *zip)
{
    (void)life;
    zip->between = 7;
}

static void bytes_after(TALLOC_CTX *life, struct raw_zip *zip)
{
    (void)life;
    zip->after = 7;
}

static void part_added(TALLOC_CTX *life, struct raw_zip *zip)
{
    (void)life;
    raw_insert(zip, zip->count,
               raw_text(raw_find(zip, CONTENT) ? "settings.xml" : "word/media/new.png", "<new/>"));
}

static void meta_inf_added(TALLOC_CTX *life, struct raw_zip *zip)
{
    (void)life;
    raw_insert(zip, zip->count, raw_text("META-INF/macrosignatures.xml", "<new/>"));
}

static void signature_part_added(TALLOC_CTX *life, struct raw_zip *zip)
{
    (void)life;
    raw_insert(zip, zip->count, raw_text("_xmlsignatures/sig2.xml", "<new/>"));
}

static void styles_removed(TALLOC_CTX *life, struct raw_zip *zip)
{
    (void)life;
    struct raw_entry *e = raw_find(zip, "styles.xml");
    raw_remove(zip, (size_t)((e ? e : raw_find(zip, "word/styles.xml")) - zip->entries));
}

static void signature_removed(TALLOC_CTX *life, struct raw_zip *zip)
{
    (void)life;
    struct raw_entry *e = raw_find(zip, ODF_SIGNATURES);
    raw_remove(zip, (size_t)((e ? e : raw_find(zip, OOXML_SIGNATURE)) - zip->entries));
}

static void mimetype_second(TALLOC_CTX *life, struct raw_zip *zip)
{
    (void)life;
    struct raw_entry e = zip->entries[0];
    raw_remove(zip, 0);
    raw_insert(zip, 1, e);
}

/* The agency's own name, the attacker's key: KeyInfo then leads with another certificate. */
static void certificate_exchanged(TALLOC_CTX *life, struct raw_zip *zip)
{
    struct seal *other = open_seal(life, &H.stranger, SAMPLE_MOMENT);
    const char *lead =
        talloc_asprintf(life, "<X509Data><X509Certificate>%s</X509Certificate>", other->certificates[0]);
    raw_replace(life, zip, raw_find(zip, ODF_SIGNATURES) ? ODF_SIGNATURES : OOXML_SIGNATURE, "<X509Data>",
                lead);
}

/* The signed properties hide in a place that nobody reads, and forged ones stand where all look. */
static void properties_wrapped(TALLOC_CTX *life, struct raw_zip *zip)
{
    struct raw_entry *e = raw_find(zip, ODF_SIGNATURES);
    const char *text = talloc_strndup(life, (const char *)e->data, e->size);
    const char *start = strstr(text, "<xd:SignedProperties"), *end = strstr(text, "<xd:UnsignedProperties>");
    char *hidden = talloc_strndup(life, start, (size_t)(end - start));
    char *forged = talloc_strdup(life, hidden);
    memcpy(strstr(forged, "2026-11-22"), "2020-01-01", 10);
    char *id = strstr(forged, "idSignedProperties_");
    memcpy(id, "idsignedProperties_", 19);
    const char *all =
        talloc_asprintf(life, "%.*s%s%.*s<xd:Hidden>%s</xd:Hidden>%s", (int)(start - text), text, forged,
                        (int)strlen("<xd:UnsignedProperties><xd:UnsignedSignatureProperties>"), end, hidden,
                        end + strlen("<xd:UnsignedProperties><xd:UnsignedSignatureProperties>"));
    *e = raw_text(ODF_SIGNATURES, all);
}

static void two_signatures(TALLOC_CTX *life, struct raw_zip *zip)
{
    struct raw_entry *e = raw_find(zip, ODF_SIGNATURES);
    const char *text = talloc_strndup(life, (const char *)e->data, e->size);
    const char *start = strstr(text, "<Signature "), *end = strstr(text, "</dsig:document-signatures>");
    char *copy = talloc_strndup(life, start, (size_t)(end - start));
    for (char *id = copy; (id = strstr(id, "Id=\"")); id += 4)
        id[5] ^= 32; /* other Ids, so that only the count is wrong */
    *e = raw_text(ODF_SIGNATURES, talloc_asprintf(life, "%.*s%s%s", (int)(end - text), text, copy, end));
}

static void manifest_reference_dropped(TALLOC_CTX *life, struct raw_zip *zip)
{
    struct raw_entry *e = raw_find(zip, OOXML_SIGNATURE);
    const char *text = talloc_strndup(life, (const char *)e->data, e->size);
    const char *start = strstr(text, "<Reference URI=\"/word/styles.xml"),
               *end = strstr(start, "</Reference>");
    *e = raw_text(OOXML_SIGNATURE, talloc_asprintf(life, "%.*s%s", (int)(start - text), text, end + 12));
}

static void odf_reference_dropped(TALLOC_CTX *life, struct raw_zip *zip)
{
    struct raw_entry *e = raw_find(zip, ODF_SIGNATURES);
    const char *text = talloc_strndup(life, (const char *)e->data, e->size);
    const char *start = strstr(text, "<Reference URI=\"styles.xml"), *end = strstr(start, "</Reference>");
    *e = raw_text(ODF_SIGNATURES, talloc_asprintf(life, "%.*s%s", (int)(start - text), text, end + 12));
}

/* What Word would show: a second way to a document of the attacker's. */
static void second_document(TALLOC_CTX *life, struct raw_zip *zip)
{
    raw_replace(life, zip, "_rels/.rels", "</Relationships>",
                "<Relationship Id=\"rId0\" Type=\"" SAMPLE_OFFICE
                "officeDocument\" Target=\"word/forged.xml\"/></Relationships>");
    raw_insert(zip, zip->count, raw_text("word/forged.xml", SAMPLE_DOCX[2].text));
}

#define REL_END    "</Relationships>"
#define REL(T, ID) "<Relationship Id=\"" ID "\" Type=\"" SAMPLE_OFFICE T "\" Target=\"styles.xml\"/>" REL_END
#define ODF_FILE   ODF_SIGNATURES
#define DOCX_FILE  OOXML_SIGNATURE
#define DOC_RELS   "word/_rels/document.xml.rels"

static const struct tampering TAMPERINGS[] = {
    {"a word of the ODT", true, false, CONTENT, "予以公开", "不予公开", NULL, "part-changed", NULL},
    {"a comment in the ODT", true, false, CONTENT, "<text:p>", "<!-- --><text:p>", NULL, "part-changed",
     NULL},
    {"the manifest", true, false, "META-INF/manifest.xml", "image/svg+xml", "text/html", NULL, "part-changed",
     NULL},
    {"a word of the DOCX", false, true, BODY, "予以公开", "不予公开", NULL, "part-changed", NULL},
    {"a comment in the DOCX", false, true, BODY, "<w:body>", "<w:body><!-- -->", NULL, "part-changed", NULL},
    {"a second document before", true, true, NULL, NULL, NULL, second_before, NULL, NULL},
    {"a second document after", true, true, NULL, NULL, NULL, second_after, NULL, NULL},
    {"a name that differs in case", true, true, NULL, NULL, NULL, other_case, "zip-entry-name", NULL},
    {"bytes before", true, true, NULL, NULL, NULL, bytes_before, NULL, NULL},
    {"bytes between", true, true, NULL, NULL, NULL, bytes_between, NULL, NULL},
    {"bytes after", true, true, NULL, NULL, NULL, bytes_after, NULL, NULL},
    {"a part added", true, true, NULL, NULL, NULL, part_added, "part-not-signed", NULL},
    {"a part added in META-INF", true, false, NULL, NULL, NULL, meta_inf_added, "part-not-signed", NULL},
    {"a part added beside the signature", false, true, NULL, NULL, NULL, signature_part_added,
     "part-not-signed", NULL},
    {"a part removed", true, true, NULL, NULL, NULL, styles_removed, "part-missing", NULL},
    {"the signature removed", true, true, NULL, NULL, NULL, signature_removed, "no-signature", "none"},
    {"mimetype in second place", true, false, NULL, NULL, NULL, mimetype_second, "mimetype", NULL},
    {"another certificate first", true, true, NULL, NULL, NULL, certificate_exchanged, "certificate-mismatch",
     NULL},
    {"wrapped properties", true, false, NULL, NULL, NULL, properties_wrapped, "signature-form", NULL},
    {"two signatures", true, false, NULL, NULL, NULL, two_signatures, NULL, NULL},
    {"a reference dropped", true, false, NULL, NULL, NULL, odf_reference_dropped, "part-not-signed", NULL},
    {"a manifest reference dropped", false, true, NULL, NULL, NULL, manifest_reference_dropped,
     "part-not-signed", NULL},
    {"a second officeDocument", false, true, NULL, NULL, NULL, second_document, "relationship-not-signed",
     NULL},
    {"the date", true, false, ODF_FILE, "08:00:00Z</dc:date>", "09:00:00Z</dc:date>", NULL,
     "time-not-readable", NULL},
    {"the time", false, true, DOCX_FILE, "08:00:00Z</mdssi", "09:00:00Z</mdssi", NULL, "time-not-readable",
     NULL},
    {"a second date", true, false, ODF_FILE, "</Signature>",
     "<Object><SignatureProperties><SignatureProperty Id=\"y\" Target=\"#x\"><dc:date xmlns:dc=\"" DC_SPACE
     "\">2020-01-01T00:00:00Z</dc:date></SignatureProperty></SignatureProperties></Object></Signature>",
     NULL, "signature-form", NULL},
    {"a second time", false, true, DOCX_FILE, "</xd:QualifyingProperties>",
     "</xd:QualifyingProperties><mdssi:SignatureTime xmlns:mdssi=\"" MDSSI_SPACE
     "\"><mdssi:Value>2020-01-01T00:00:00Z</mdssi:Value></mdssi:SignatureTime>",
     NULL, "signature-form", NULL},
    {"a second SigningTime", true, false, ODF_FILE, "<xd:UnsignedSignatureProperties>",
     "<xd:UnsignedSignatureProperties><xd:SigningTime>2020-01-01T00:00:00Z</xd:SigningTime>", NULL,
     "signature-form", NULL},
    {"a second SigningTime", false, true, DOCX_FILE, "<xd:UnsignedSignatureProperties>",
     "<xd:UnsignedSignatureProperties><xd:SigningTime>2020-01-01T00:00:00Z</xd:SigningTime>", NULL,
     "signature-form", NULL},
    {"SignedProperties", true, false, ODF_FILE, "PolicyImplied></", "PolicyImplied> </", NULL,
     "signature-value", NULL},
    {"the office object", false, true, DOCX_FILE, "<Monitors>1", "<Monitors>2", NULL, "signature-value",
     NULL},
    {"SignedInfo", true, false, ODF_FILE, "</SignedInfo>", " </SignedInfo>", NULL, "signature-value", NULL},
    {"SignedInfo", false, true, DOCX_FILE, "</SignedInfo>", " </SignedInfo>", NULL, "signature-value", NULL},
    {"a DOCTYPE", true, false, ODF_FILE, "<dsig:doc", "<!DOCTYPE a><dsig:doc", NULL, "signature-not-readable",
     NULL},
    {"a DOCTYPE", false, true, DOCX_FILE, "<Signature ", "<!DOCTYPE a><Signature ", NULL,
     "signature-not-readable", NULL},
    {"a comment", false, true, DOCX_FILE, "<KeyInfo>", "<!-- --><KeyInfo>", NULL, "signature-not-readable",
     NULL},
    {"SHA-1", true, false, ODF_FILE, "2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1", NULL, "algorithm",
     NULL},
    {"SHA-1", false, true, DOCX_FILE, "2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1", NULL, "algorithm",
     NULL},
    {"HMAC", true, false, ODF_FILE, "#rsa-sha256", "#hmac-sha256", NULL, "algorithm", NULL},
    {"C14N with comments", true, false, ODF_FILE, "exc-c14n#\"", "exc-c14n#WithComments\"", NULL, "algorithm",
     NULL},
    {"a transform on a part", true, false, ODF_FILE, "<Reference URI=\"content.xml\">",
     "<Reference URI=\"content.xml\"><Transforms><Transform "
     "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>"
     "</Transforms>",
     NULL, "algorithm", NULL},
    {"XSLT", true, false, ODF_FILE, "<Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"",
     "<Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"", NULL, "algorithm", NULL},
    {"a local file", true, false, ODF_FILE, "URI=\"content.xml\"", "URI=\"file:///etc/passwd\"", NULL,
     "signature-form", NULL},
    {"an absolute path", true, false, ODF_FILE, "URI=\"content.xml\"", "URI=\"/etc/passwd\"", NULL,
     "signature-form", NULL},
    {"the network", true, false, ODF_FILE, "URI=\"content.xml\"", "URI=\"http://127.0.0.1/\"", NULL,
     "signature-form", NULL},
    {"the whole document", true, false, ODF_FILE, "URI=\"content.xml\"", "URI=\"\"", NULL, "signature-form",
     NULL},
    {"xpointer", true, false, ODF_FILE, "URI=\"content.xml\"", "URI=\"#xpointer(/)\"", NULL, "signature-form",
     NULL},
    {"a part referred to twice", true, false, ODF_FILE, "URI=\"styles.xml\"", "URI=\"content.xml\"", NULL,
     "reference-twice", NULL},
    {"an Id twice", true, false, ODF_FILE, "Id=\"idSignatureValue\"", "Id=\"x\" xml:id=\"y\"", NULL,
     "signature-form", NULL},
    {"an Id twice", false, true, DOCX_FILE, "Id=\"idSignatureValue\"", "Id=\"idSignedProperties\"", NULL,
     "duplicate-id", NULL},
    {"an Id with a quote", false, true, DOCX_FILE, "Id=\"idSignatureValue\"", "Id=\"a')|id('b\"", NULL,
     "duplicate-id", NULL},
    {"a second manifest", false, true, DOCX_FILE, "<SetupID></SetupID>",
     "<SetupID><Manifest xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/></SetupID>", NULL, "signature-form",
     NULL},
    {"no certificate", false, true, DOCX_FILE, "<X509Data>",
     "<X509Data><X509Certificate>AAAA</X509Certificate>", NULL, "certificate-not-readable", NULL},
    {"officeDocument leads elsewhere", false, true, "_rels/.rels", "word/document.xml", "word/styles.xml",
     NULL, "part-changed", NULL},
    {"a relationship added", false, true, DOC_RELS, REL_END, REL("header", "rId7"), NULL,
     "relationship-not-signed", NULL},
    {"a relationship twice", false, true, DOC_RELS, REL_END, REL("styles", "rId1"), NULL,
     "relationships-form", NULL},
    {"a relationship removed", false, true, DOC_RELS, "Id=\"rId2\"", "Id=\"rId3\"", NULL,
     "relationship-not-signed", NULL},
    {"an external target", false, true, DOC_RELS, "example.gov.cn", "example.com", NULL, "part-changed",
     NULL},
    {"a quote in a target", false, true, DOC_RELS, "Target=\"styles.xml\"",
     "Target=\"styles.xml&quot; TargetMode=&quot;Internal\"", NULL, "relationships-form", NULL},
    {"an attribute on a relationship", false, true, DOC_RELS, "Id=\"rId2\"", "Id=\"rId2\" x=\"1\"", NULL,
     "relationships-form", NULL},
    {"a content type", false, true, "[Content_Types].xml", "document.main+xml", "template.main+xml", NULL,
     "content-type-changed", NULL},
    {"a default type", false, true, "[Content_Types].xml", "image/png", "text/html", NULL,
     "content-type-changed", NULL},
    {"a type for a part to come", false, true, "[Content_Types].xml", "</Types>",
     "<Override PartName=\"/word/x.xml\" ContentType=\"a/b\"/></Types>", NULL, "content-types-form", NULL},
    {"a type twice", false, true, "[Content_Types].xml", "</Types>",
     "<Default Extension=\"PNG\" ContentType=\"text/html\"/></Types>", NULL, "content-types-form", NULL},
    {"the way to the signature", false, true, "_xmlsignatures/_rels/origin.sigs.rels", "sig1.xml", "sig9.xml",
     NULL, "relationships-form", NULL},
};

static void expect_refused(const struct tampering *t, int letter)
{
    SCOPED_LIFE(life);
    struct raw_zip zip = raw_read(life, H.letter[letter]);
    if (t->act)
        t->act(life, &zip);
    else
        raw_replace(life, &zip, t->part, t->from, t->to);
    const struct verify_report *r = verify(life, raw_write(life, &zip));
    const char *wanted = t->signature ? t->signature : "invalid";
    bool right = !verify_perfect(r) && strcmp(verify_signature_word(r->signature), wanted) == 0 &&
                 r->trust == VERIFY_UNKNOWN && r->problem_count > 0 && (!t->code || has_problem(r, t->code));
    if (!right) {
        print_error("%s (letter %d): wanted %s %s, got ", t->name, letter, wanted,
                    t->code ? t->code : "anything");
        show(r);
    }
    assert_true(right);
}

static void each_known_tampering_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TAMPERINGS / sizeof *TAMPERINGS; i++) {
        const struct tampering *t = &TAMPERINGS[i];
        if (t->odt)
            expect_refused(t, RSA_ODT);
        if (t->odt && !(t->from && strstr(t->from, "rsa")))
            expect_refused(t, P256_ODT);
        if (t->docx) {
            expect_refused(t, RSA_DOCX);
            expect_refused(t, P256_DOCX);
        }
    }
}

/* A ZIP file that shows one program the signed letter and another a forged one is no letter to anybody, and
 * no such file is sealed. */
static void a_file_with_two_faces_is_neither_valid_nor_sealed(void **state)
{
    (void)state;
    for (size_t i = 0; i < RAW_FACE_COUNT * LETTERS; i++) {
        SCOPED_LIFE(life);
        int letter = (int)(i % LETTERS);
        const char *part = is_odt(letter) ? CONTENT : BODY;
        struct raw_zip zip = raw_read(life, H.letter[letter]),
                       bare = raw_read(life, is_odt(letter) ? sample_odt(life) : sample_docx(life));
        struct raw_entry forged = *raw_find(&zip, part);
        forged.data = (const uint8_t *)talloc_strndup(life, (const char *)forged.data, forged.size);
        memcpy(strstr((char *)(uintptr_t)forged.data, "予以公开"), "不予公开", strlen("不予公开"));
        const struct raw_face *face = &RAW_FACES[i / LETTERS];
        const struct verify_report *r = verify(life, raw_two_faced(life, face, &zip, forged));
        struct seal_file file = raw_two_faced(life, face, &bare, forged), out = {0};
        if (r->signature != VERIFY_INVALID || r->problem_count != 1 || !has_problem(r, "zip-unsound")) {
            print_error("%s: ", face->name);
            show(r);
            fail();
        }
        must_fail((is_odt(letter) ? seal_odt : seal_docx)(H.seal[0], file, SAMPLE_MOMENT, &out, life),
                  "SEAL_PACKAGE");
    }
}

/* Word signs no document properties: then the signature is valid, and the report says that it does not cover
 * all. */
static void unsigned_properties_are_said_to_be_so(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct raw_zip zip = raw_read(life, H.letter[P256_DOCX]);
    raw_insert(&zip, zip.count, raw_text("docProps/core.xml", "<core/>"));
    const struct verify_report *r = verify(life, raw_write(life, &zip));
    assert_int_equal(r->signature, VERIFY_VALID);
    assert_int_equal(r->trust, VERIFY_TRUSTED);
    assert_false(r->covers_all);
    assert_false(verify_perfect(r));
    assert_true(has_problem(r, "properties-not-signed"));
}

/* ---- Tampering at random: whatever is accepted means what was signed ---- */

static uint64_t seed_state;

static uint64_t random_number(void) /* splitmix64: the same on every machine */
{
    uint64_t z = seed_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static size_t below(size_t limit)
{
    return (size_t)(random_number() % limit);
}

static bool same_types(TALLOC_CTX *life, const struct package_entry *a, const struct package_entry *b)
{
    struct opc_types x, y;
    must(opc_types_read(life, a, &x));
    must(opc_types_read(life, b, &y));
    for (size_t i = 0; i < x.count; i++) {
        size_t j = 0;
        while (j < y.count &&
               !(x.rows[i].override == y.rows[j].override && strcmp(x.rows[i].key, y.rows[j].key) == 0 &&
                 strcmp(x.rows[i].type, y.rows[j].type) == 0))
            j++;
        /* a default that no part uses may be lost without any loss */
        if (j == y.count && x.rows[i].override)
            return false;
    }
    return true;
}

static bool same_relationships(TALLOC_CTX *life, const struct package_entry *a, const struct package_entry *b)
{
    struct opc_relationships x, y;
    must(opc_relationships_read(life, a, &x));
    must(opc_relationships_read(life, b, &y));
    bool same = x.count == y.count;
    for (size_t i = 0; same && i < x.count; i++)
        /* the way to the signature leads there under any name */
        same = (strcmp(x.rows[i].id, y.rows[i].id) == 0 || strcmp(x.rows[i].type, OPC_ORIGIN) == 0) &&
               strcmp(x.rows[i].type, y.rows[i].type) == 0 &&
               strcmp(x.rows[i].target, y.rows[i].target) == 0 &&
               (x.rows[i].mode && strcmp(x.rows[i].mode, "External") == 0) ==
                   (y.rows[i].mode && strcmp(y.rows[i].mode, "External") == 0);
    return same;
}

static bool same_part(TALLOC_CTX *life, const struct package_entry *a, const struct package_entry *b)
{
    if (a->size == b->size && memcmp(a->data, b->data, a->size) == 0)
        return true;
    if (strcmp(a->name, ODF_SIGNATURES) == 0 || strncmp(a->name, "_xmlsignatures/", 15) == 0)
        return true; /* its unsigned places: judged by signer and time */
    if (strcmp(a->name, OPC_TYPES_PART) == 0)
        return same_types(life, a, b);
    return opc_is_relationships(a->name) && same_relationships(life, a, b);
}

/* Both files unpack to the same letter, for other programs too. */
static bool same_letter(struct seal_file one, struct seal_file two)
{
    SCOPED_LIFE(life);
    struct package *a = NULL, *b = NULL;
    must(package_read(life, one.data, one.length, &PACKAGE_LIMITS, &a));
    if (package_read(life, two.data, two.length, &PACKAGE_LIMITS, &b) || a->count != b->count ||
        !libzip_agrees(life, two, b))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct package_entry *other = package_find(b, a->entries[i].name);
        if (!other || !same_part(life, &a->entries[i], other))
            return false;
    }
    return true;
}

static void flip_in(TALLOC_CTX *life, struct raw_entry *e)
{
    if (e->size == 0)
        return;
    uint8_t *copy = talloc_memdup(life, e->data, e->size);
    copy[below(e->size)] ^= (uint8_t)(1u << below(8));
    e->data = copy;
}

static void cut_from(struct raw_entry *e)
{
    if (e->size)
        e->size = below(e->size);
}

static void swap_entries(struct raw_zip *zip, bool names_too)
{
    struct raw_entry *a = &zip->entries[below(zip->count)], *b = &zip->entries[below(zip->count)], keep = *a;
    *a = *b;
    *b = keep;
    if (!names_too) {
        const char *name = a->name;
        a->name = b->name;
        b->name = name;
    }
}

static const char *const NEW_NAMES[] = {"word/document2.xml", "META-INF/x",
                                        "docProps/core.xml",  "_xmlsignatures/sig2.xml",
                                        "Configurations2/a",  "word/_rels/styles.xml.rels",
                                        "customXml/item1.xml"};
static const char *const INSERTS[] = {" ",
                                      "<!-- -->",
                                      "<x/>",
                                      "&#65;",
                                      "<Override PartName=\"/a\" ContentType=\"b\"/>",
                                      "</Object><Object>",
                                      " Id=\"idOfficeObject\"",
                                      "A"};

static void insert_into(TALLOC_CTX *life, struct raw_entry *e)
{
    const char *what = INSERTS[below(sizeof INSERTS / sizeof *INSERTS)];
    size_t at = below(e->size + 1), n = strlen(what);
    uint8_t *longer = talloc_array(life, uint8_t, e->size + n);
    memcpy(longer, e->data, at);
    memcpy(longer + at, what, n);
    memcpy(longer + at + n, e->data + at, e->size - at);
    e->data = longer;
    e->size += n;
}

/* A stretch of the part moved elsewhere in it, as one wraps and reorders elements. */
static void move_within(TALLOC_CTX *life, struct raw_entry *e)
{
    if (e->size < 3)
        return;
    size_t start = below(e->size - 1), n = 1 + below(e->size - start - 1), to = below(e->size - n + 1);
    uint8_t *rest = talloc_array(life, uint8_t, e->size), *moved = talloc_array(life, uint8_t, e->size);
    memcpy(rest, e->data, start);
    memcpy(rest + start, e->data + start + n, e->size - start - n);
    memcpy(moved, rest, to);
    memcpy(moved + to, e->data + start, n);
    memcpy(moved + to + n, rest + to, e->size - n - to);
    e->data = moved;
}

/* Takes the part of the same name from another letter of the same agency. */
static void transplant(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    struct raw_zip donor = raw_read(life, H.other_letter[letter]);
    struct raw_entry *e = &zip->entries[below(zip->count)], *from = raw_find(&donor, e->name);
    if (from)
        *e = *from;
}

/* ---- The kinds of it. Each spoils what is unpacked, and says which letter it is. ---- */

static struct raw_entry *any_of(struct raw_zip *zip)
{
    return &zip->entries[below(zip->count)];
}

static struct raw_entry *signature_of(struct raw_zip *zip, int letter)
{
    return raw_find(zip, is_odt(letter) ? ODF_SIGNATURES : OOXML_SIGNATURE);
}

static void flip_anywhere(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    (void)letter;
    flip_in(life, any_of(zip));
}

static void flip_signature(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    flip_in(life, signature_of(zip, letter));
}

static void insert_anywhere(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    (void)letter;
    insert_into(life, any_of(zip));
}

static void insert_signature(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    insert_into(life, signature_of(zip, letter));
}

static void remove_part(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    (void)life, (void)letter;
    raw_remove(zip, below(zip->count));
}

static void add_part(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    (void)life, (void)letter;
    raw_insert(zip, below(zip->count + 1),
               raw_text(NEW_NAMES[below(sizeof NEW_NAMES / sizeof *NEW_NAMES)], "<x/>"));
}

static void double_part(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    (void)letter;
    struct raw_entry copy = *any_of(zip);
    flip_in(life, &copy);
    raw_insert(zip, below(zip->count + 1), copy);
}

static void reorder_parts(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    (void)life, (void)letter;
    swap_entries(zip, true);
}

static void exchange_parts(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    (void)life, (void)letter;
    swap_entries(zip, false);
}

static void swap_signature(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    struct raw_zip donor = raw_read(life, H.other_letter[letter]);
    struct raw_entry *from = signature_of(&donor, letter), *mine = signature_of(zip, letter);
    size_t keep = below(zip->count); /* or with all that it signs, save one part that is not the same */
    for (size_t i = 0; i < zip->count; i++, keep = (keep + 1) % zip->count) {
        struct raw_entry *one = &zip->entries[keep], *other = raw_find(&donor, one->name);
        if (one != mine && other &&
            (one->size != other->size || memcmp(one->data, other->data, one->size) != 0))
            break;
    }
    for (size_t i = 0, whole = below(2); whole && i < zip->count; i++) {
        struct raw_entry *other = raw_find(&donor, zip->entries[i].name);
        if (other && i != keep)
            zip->entries[i] = *other;
    }
    *mine = *from;
}

static void move_in_signature(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    move_within(life, signature_of(zip, letter));
}

/* An element of the signature document, from its name to its end tag, goes into a new element beside or
 * around it; what the copy says may be changed. */
static void wrap_signature(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    static const char *const WRAPPED[] = {"SignedInfo", "Object",         "Reference",           "KeyInfo",
                                          "Manifest",   "SignatureValue", "xd:SignedProperties", "Signature"};
    static const char *const AROUND[][2] = {{"<Object>", "</Object>"},
                                            {"<Object Id=\"x\">", "</Object>"},
                                            {"<x xmlns=\"urn:x\">", "</x>"},
                                            {"", ""}};
    struct raw_entry *e = signature_of(zip, letter);
    const char *name = WRAPPED[below(sizeof WRAPPED / sizeof *WRAPPED)];
    const char *const *around = AROUND[below(sizeof AROUND / sizeof *AROUND)];
    const char *text = talloc_strndup(life, (const char *)e->data, e->size);
    const char *open = strstr(text, talloc_asprintf(life, "<%s", name));
    const char *shut = open ? strstr(open, talloc_asprintf(life, "</%s>", name)) : NULL;
    if (!shut)
        return;
    const char *after = shut + strlen(name) + 3;
    const char *element = talloc_strndup(life, open, (size_t)(after - open));
    struct raw_entry copy = raw_text(e->name, element);
    if (below(2))
        flip_in(life, &copy);
    const char *changed = talloc_strndup(life, (const char *)copy.data, copy.size);
    bool before = below(2), instead = below(3) == 0;
    *e = raw_text(e->name, talloc_asprintf(life, "%.*s%s%s%s%s%s%s", (int)(open - text), text,
                                           before || instead ? "" : element, around[0], changed, around[1],
                                           before && !instead ? element : "", after));
}

static void cut_part(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    (void)life, (void)letter;
    cut_from(any_of(zip));
}

static void stray_bytes(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    (void)life, (void)letter;
    *(below(2) ? &zip->after : below(2) ? &zip->between : &zip->before) = 1 + below(40);
}

static void rename_part(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    (void)life, (void)letter;
    any_of(zip)->name = NEW_NAMES[below(sizeof NEW_NAMES / sizeof *NEW_NAMES)];
}

/* One word of a list of relationships, of the content types or of the manifest becomes another. */
static void change_list(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    static const char *const WORDS[] = {
        "document.xml", "styles.xml", "footer1.xml", "rId1",     "rId2",      "Internal",   "External",
        "Target=",      "/styles\"",  "/image\"",    "text/xml", "image/png", "image/svg",  "styles+xml",
        "main+xml",     "rels",       "Id=",         "Override", "Default",   "content.xml"};
    static const char *const ODT_LISTS[] = {"META-INF/manifest.xml"};
    static const char *const DOCX_LISTS[] = {"_rels/.rels", DOC_RELS, "[Content_Types].xml",
                                             "_xmlsignatures/_rels/origin.sigs.rels"};
    struct raw_entry *e = raw_find(
        zip, is_odt(letter) ? ODT_LISTS[0] : DOCX_LISTS[below(sizeof DOCX_LISTS / sizeof *DOCX_LISTS)]);
    const char *text = e ? talloc_strndup(life, (const char *)e->data, e->size) : "";
    for (size_t tries = 0; tries < 40; tries++) {
        const char *from = WORDS[below(sizeof WORDS / sizeof *WORDS)], *at = strstr(text, from);
        const char *to = WORDS[below(sizeof WORDS / sizeof *WORDS)];
        if (!at || to == from)
            continue;
        *e = raw_text(e->name,
                      talloc_asprintf(life, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)));
        return;
    }
    flip_anywhere(life, zip, letter);
}

/* One that is known by name, and something else besides. */
static void known_and_more(TALLOC_CTX *life, struct raw_zip *zip, int letter)
{
    const struct tampering *t = &TAMPERINGS[below(sizeof TAMPERINGS / sizeof *TAMPERINGS)];
    bool fits = is_odt(letter) ? t->odt : t->docx;
    if (fits && t->act)
        t->act(life, zip);
    else if (fits && !strstr(t->from, "rsa"))
        raw_replace(life, zip, t->part, t->from, t->to);
    if (!fits || below(2))
        flip_anywhere(life, zip, letter);
}

/* ---- And those that spoil the packed file ---- */

static struct seal_file flip_packed(TALLOC_CTX *life, int letter)
{
    struct seal_file file = H.letter[letter];
    uint8_t *copy = talloc_memdup(life, file.data, file.length);
    copy[below(file.length)] ^= (uint8_t)(1u << below(8));
    return (struct seal_file){copy, below(8) ? file.length : below(file.length)};
}

static size_t number_at(const uint8_t *at)
{
    return at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
}

/* One to three bytes of the records that lead to an entry: in the end record, its local header, the
 * directory, or the same in both of these. */
static struct seal_file change_records(TALLOC_CTX *life, int letter)
{
    static const uint8_t VALUES[] = {0, 1, 2, 4, 8, 9, 0x10, 0x20, 0x7f, 0x80, 0xa1, 0xff};
    struct seal_file file = H.letter[letter];
    uint8_t *copy = talloc_memdup(life, file.data, file.length);
    size_t end = file.length - 22, central = number_at(file.data + end + 16);
    for (size_t skip = below(file.data[end + 10]); skip > 0; skip--)
        central += 46u + file.data[central + 28];
    size_t local = number_at(file.data + central + 42);
    for (size_t n = 1 + below(3); n > 0; n--) {
        size_t field = 4 + below(42), where = below(5);
        uint8_t value = below(2) ? VALUES[below(sizeof VALUES)] : (uint8_t)below(256);
        if (where == 0)
            copy[end + 4 + field % 18] = value;
        if (where == 1 || (where == 2 && field >= 6 && field < 32))
            copy[local + (where == 1 ? 4 + field % 26 : field - 2)] = value;
        if (where >= 2)
            copy[central + field] = value;
    }
    return (struct seal_file){copy, file.length};
}

/* What another program shows is a part in which one byte is another. */
static struct seal_file two_faces(TALLOC_CTX *life, int letter)
{
    struct raw_zip zip = raw_read(life, H.letter[letter]);
    struct raw_entry forged = *raw_find(&zip, is_odt(letter) ? CONTENT : BODY);
    if (below(2))
        forged = *any_of(&zip);
    flip_in(life, &forged);
    return raw_two_faced(life, &RAW_FACES[below(RAW_FACE_COUNT)], &zip, forged);
}

static const struct {
    const char *name;
    void (*act)(TALLOC_CTX *life, struct raw_zip *zip, int letter); /* or: */
    struct seal_file (*pack)(TALLOC_CTX *life, int letter);
} KINDS[] = {{"a bit of a part", flip_anywhere},
             {"a bit of the signature", flip_signature},
             {"a bit of the packed file, or its end", NULL, flip_packed},
             {"bytes of the ZIP's records", NULL, change_records},
             {"two letters in one file, by ZIP64 and so on", NULL, two_faces},
             {"inserted into the signature", insert_signature},
             {"inserted into a part", insert_anywhere},
             {"a part removed", remove_part},
             {"a part added", add_part},
             {"a part twice", double_part},
             {"parts in another order", reorder_parts},
             {"parts exchanged", exchange_parts},
             {"a part of another letter", transplant},
             {"the signature of another letter", swap_signature},
             {"elements of the signature moved", move_in_signature},
             {"elements of the signature wrapped", wrap_signature},
             {"a part cut short", cut_part},
             {"bytes before, between, after", stray_bytes},
             {"a part renamed", rename_part},
             {"relationships, content types", change_list},
             {"a known tampering and more", known_and_more}};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

static struct seal_file spoil(TALLOC_CTX *life, int letter, size_t kind)
{
    if (KINDS[kind].pack)
        return KINDS[kind].pack(life, letter);
    struct raw_zip zip = raw_read(life, H.letter[letter]);
    KINDS[kind].act(life, &zip, letter);
    return raw_write(life, &zip);
}

/* MINGDA_SEEDS asks for a longer search. */
static uint64_t seeds_wanted(void)
{
    int64_t n = 2400;
    const char *asked = getenv("MINGDA_SEEDS");
    return asked && text_to_int(asked, 1, 1000000000, &n) ? (uint64_t)n : 2400;
}

/* Does what is accepted say what was signed, by whom and when? */
static bool is_that_letter(int letter, struct seal_file file, const struct verify_report *r)
{
    return same_letter(H.letter[letter], file) && strcmp(r->signed_at, "2026-11-22T08:00:00Z") == 0 &&
           strcmp(r->serial, seal_serial(H.seal[letter / 2])) == 0;
}

struct tally {
    size_t tried, refused,
        same; /* same: accepted, and the letter that was signed, say with parts in another order */
};

static void try_one(uint64_t seed, struct tally tallies[])
{
    SCOPED_LIFE(life);
    int letter = (int)(seed % LETTERS);
    size_t kind = (seed / LETTERS) % KIND_COUNT;
    seed_state = seed * 7919 + 20261122;
    struct seal_file file = spoil(life, letter, kind);
    const struct verify_report *r = verify(life, file);
    tallies[kind].tried++;
    if (!verify_perfect(r)) {
        assert_true(r->problem_count > 0);
        tallies[kind].refused++;
        return;
    }
    tallies[kind].same++;
    if (is_that_letter(letter, file, r))
        return;
    print_error("seed %llu (%s): a letter that was tampered with is accepted\n", (unsigned long long)seed,
                KINDS[kind].name);
    fail();
}

static void nothing_tampered_with_is_ever_accepted(void **state)
{
    (void)state;
    struct tally tallies[KIND_COUNT] = {0}, all = {0};
    for (uint64_t seed = 0; seed < seeds_wanted(); seed++)
        try_one(seed, tallies);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        print_message("%-40s %6zu tried, %6zu refused, %4zu the same letter\n", KINDS[i].name,
                      tallies[i].tried, tallies[i].refused, tallies[i].same);
        all.tried += tallies[i].tried;
        all.refused += tallies[i].refused;
        all.same += tallies[i].same;
        assert_true(tallies[i].refused > 0); /* it does spoil letters */
    }
    print_message("%zu tampered files: %zu refused, %zu the same letter for all that, 0 accepted wrongly\n",
                  all.tried, all.refused, all.same);
}

/* ---- Files from the corpus: name and what must be said ---- */

static struct seal_file read_file(TALLOC_CTX *life, const char *path)
{
    scoped_file FILE *in = fopen(path, "rb");
    assert_non_null(in);
    assert_int_equal(fseek(in, 0, SEEK_END), 0);
    long n = ftell(in);
    rewind(in);
    uint8_t *data = talloc_array(life, uint8_t, (size_t)n + 1);
    assert_int_equal(fread(data, 1, (size_t)n, in), n);
    data[n] = 0;
    return (struct seal_file){data, (size_t)n};
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void malformed_files_are_refused_quickly(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    char *line =
        (char *)(uintptr_t)read_file(life, MINGDA_SOURCE "/tests/corpora/packages/expected.txt").data;
    size_t count = 0;
    for (char *end; (end = strchr(line, '\n')); line = end + 1, count++) {
        char name[64], signature[16], code[48];
        *end = '\0';
        assert_int_equal(sscanf(line, "%63s %15s %47s", name, signature, code), 3);
        SCOPED_LIFE(once);
        const char *path = talloc_asprintf(once, MINGDA_SOURCE "/tests/corpora/packages/%s", name);
        double start = seconds();
        const struct verify_report *r = verify(once, read_file(once, path));
        double took = seconds() - start;
        if (strcmp(verify_signature_word(r->signature), signature) != 0 || !has_problem(r, code) ||
            took > 5) {
            print_error("%s: wanted %s %s, took %.1f s, got ", name, signature, code, took);
            show(r);
            fail();
        }
        assert_false(verify_perfect(r));
    }
    assert_true(count >= 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_letters_are_valid_trusted_and_whole),
        cmocka_unit_test(an_unsigned_letter_is_none),
        cmocka_unit_test(trust_comes_from_the_given_roots_alone),
        cmocka_unit_test(dates_are_judged_at_signing_or_as_asked),
        cmocka_unit_test(a_signature_from_the_future_is_not_valid),
        cmocka_unit_test(chains_are_followed_and_judged),
        cmocka_unit_test(a_forgers_own_signature_is_not_trusted),
        cmocka_unit_test(detached_signatures_cover_every_byte),
        cmocka_unit_test(a_damaged_detached_signature_is_never_accepted),
        cmocka_unit_test(each_known_tampering_is_named),
        cmocka_unit_test(a_file_with_two_faces_is_neither_valid_nor_sealed),
        cmocka_unit_test(unsigned_properties_are_said_to_be_so),
        cmocka_unit_test(nothing_tampered_with_is_ever_accepted),
        cmocka_unit_test(malformed_files_are_refused_quickly),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
