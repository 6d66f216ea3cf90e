/* seal_samples.h - keys, certificates and small packages for the tests of signing and verifying, made in
 * memory. */
#ifndef MINGDA_SEAL_SAMPLES_H
#define MINGDA_SEAL_SAMPLES_H

#include <string.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include "package.h"
#include "seal.h"

#define SAMPLE_MOMENT INT64_C(1795334400) /* 2026-11-22T08:00:00Z */
#define SAMPLE_YEAR   INT64_C(31536000)
#define TEXT_FILE(s)  ((struct seal_file){(const uint8_t *)(s), strlen(s)})

struct sample_person { /* a key with its certificate */
    EVP_PKEY *key;
    X509 *certificate;
};

struct sample_wish {
    const char *kind; /* "rsa", "p256", "rsa-1024", "p384", "ed25519" */
    const char *organization, *name;
    int64_t from, until; /* 0: two years around the sample moment */
    const char *usage;   /* keyUsage, NULL for none */
    bool authority;
};

/* The same wish with another kind of key. */
static inline struct sample_wish sample_of(struct sample_wish wish, const char *kind)
{
    wish.kind = kind;
    return wish;
}

static inline EVP_PKEY *sample_key(const char *kind)
{
    if (strcmp(kind, "p256") == 0)
        return EVP_EC_gen("P-256");
    if (strcmp(kind, "p384") == 0)
        return EVP_EC_gen("P-384");
    if (strcmp(kind, "ed25519") == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (strcmp(kind, "sm2") == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
    return EVP_RSA_gen(strcmp(kind, "rsa-1024") == 0 ? 1024u : 2048u);
}

static inline void sample_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(e);
    assert_int_equal(X509_add_ext(certificate, e, -1), 1);
    X509_EXTENSION_free(e);
}

static inline void sample_name(X509_NAME *name, const char *field, const char *value)
{
    if (value)
        assert_int_equal(
            X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0),
            1);
}

/* By the issuer's key; SM2 with the identifier of GB/T 35276. */
static inline void sample_sign(X509 *certificate, EVP_PKEY *key)
{
    if (!EVP_PKEY_is_a(key, "SM2")) {
        assert_true(X509_sign(certificate, key, EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256()) > 0);
        return;
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *inner = EVP_PKEY_CTX_new(key, NULL);
    assert_true(EVP_PKEY_CTX_set1_id(inner, "1234567812345678", 16) > 0);
    EVP_MD_CTX_set_pkey_ctx(context, inner);
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sm3(), NULL, key), 1);
    assert_true(X509_sign_ctx(certificate, context) > 0);
    EVP_MD_CTX_free(context);
    EVP_PKEY_CTX_free(inner);
}

/* A person certified by `issuer` (NULL: by itself). */
static inline struct sample_person sample_person(struct sample_wish wish, const struct sample_person *issuer)
{
    static long serial = 700001;
    struct sample_person p = {.key = sample_key(wish.kind), .certificate = X509_new()};
    assert_non_null(p.key);
    assert_non_null(p.certificate);
    X509 *by = issuer ? issuer->certificate : p.certificate;
    X509_set_version(p.certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(p.certificate), serial++);
    X509_NAME *name = X509_get_subject_name(p.certificate);
    sample_name(name, "C", "CN");
    sample_name(name, "O", wish.organization);
    sample_name(name, "CN", wish.name);
    X509_set_issuer_name(p.certificate, X509_get_subject_name(by));
    ASN1_TIME_set(X509_getm_notBefore(p.certificate),
                  (time_t)(wish.from ? wish.from : SAMPLE_MOMENT - SAMPLE_YEAR));
    ASN1_TIME_set(X509_getm_notAfter(p.certificate),
                  (time_t)(wish.until ? wish.until : SAMPLE_MOMENT + SAMPLE_YEAR));
    X509_set_pubkey(p.certificate, p.key);
    sample_extension(p.certificate, by, NID_basic_constraints,
                     wish.authority ? "critical,CA:true" : "critical,CA:false");
    if (wish.usage)
        sample_extension(p.certificate, by, NID_key_usage, wish.usage);
    sample_sign(p.certificate, issuer ? issuer->key : p.key);
    return p;
}

static inline void sample_forget(struct sample_person *p)
{
    EVP_PKEY_free(p->key);
    X509_free(p->certificate);
    *p = (struct sample_person){0};
}

static inline struct sample_person sample_authority(void)
{
    return sample_person((struct sample_wish){.kind = "p256",
                                              .organization = "演示认证机构",
                                              .name = "演示根证书",
                                              .from = SAMPLE_MOMENT - 5 * SAMPLE_YEAR,
                                              .until = SAMPLE_MOMENT + 9 * SAMPLE_YEAR,
                                              .usage = "critical,keyCertSign,cRLSign",
                                              .authority = true},
                         NULL);
}

static inline struct seal_file sample_take(TALLOC_CTX *life, BIO *out)
{
    char *data = NULL;
    long n = BIO_get_mem_data(out, &data);
    struct seal_file file = {talloc_memdup(life, data, (size_t)n), (size_t)n};
    BIO_free_all(out);
    return file;
}

static inline struct seal_file sample_certificate_pem(TALLOC_CTX *life, const X509 *certificate)
{
    BIO *out = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(out, certificate), 1);
    return sample_take(life, out);
}

static inline struct seal_file sample_key_pem(TALLOC_CTX *life, EVP_PKEY *key, const char *passphrase)
{
    BIO *out = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey(out, key, passphrase ? EVP_aes_128_cbc() : NULL, NULL, 0, NULL,
                                              passphrase ? talloc_strdup(life, passphrase) : NULL),
                     1);
    return sample_take(life, out);
}

static inline struct seal_file sample_write(TALLOC_CTX *life, struct package *p)
{
    struct seal_file out = {0};
    must(package_write(p, life, &out.data, &out.length));
    return out;
}

#define SAMPLE_DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"

struct sample_part {
    const char *name, *text;
};

static inline struct seal_file sample_package(TALLOC_CTX *life, const struct sample_part *parts, size_t count)
{
    struct package *p = package_new(life);
    for (size_t i = 0; i < count; i++)
        must(package_add(p, parts[i].name, parts[i].text, strlen(parts[i].text),
                         strcmp(parts[i].name, "mimetype") == 0 ? PACKAGE_STORED : PACKAGE_DEFLATED));
    return sample_write(life, p);
}

static const struct sample_part SAMPLE_ODT[] = {
    {"mimetype", "application/vnd.oasis.opendocument.text"},
    {"content.xml", SAMPLE_DECLARATION
     "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" "
     "xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" office:version=\"1.3\">"
     "<office:body><office:text><text:p>政府信息公开告知书</text:p><text:p>您申请的信息予以公开。</text:p>"
     "</office:text></office:body></office:document-content>"},
    {"styles.xml", SAMPLE_DECLARATION
     "<office:document-styles xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" "
     "office:version=\"1.3\"/>"},
    {"Pictures/seal.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><circle r=\"21\"/></svg>"},
    {"META-INF/manifest.xml", SAMPLE_DECLARATION
     "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\" "
     "manifest:version=\"1.3\">"
     "<manifest:file-entry manifest:full-path=\"/\" manifest:version=\"1.3\" "
     "manifest:media-type=\"application/vnd.oasis.opendocument.text\"/>"
     "<manifest:file-entry manifest:full-path=\"content.xml\" manifest:media-type=\"text/xml\"/>"
     "<manifest:file-entry manifest:full-path=\"styles.xml\" manifest:media-type=\"text/xml\"/>"
     "<manifest:file-entry manifest:full-path=\"Pictures/seal.svg\" manifest:media-type=\"image/svg+xml\"/>"
     "</manifest:manifest>"},
};

#define SAMPLE_RELATIONSHIPS                                                                                 \
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
#define SAMPLE_OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define SAMPLE_WORD   "application/vnd.openxmlformats-officedocument.wordprocessingml."

static const struct sample_part SAMPLE_DOCX[] = {
    {"[Content_Types].xml", SAMPLE_DECLARATION
     "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
     "<Default Extension=\"rels\" "
     "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
     "<Default Extension=\"png\" ContentType=\"image/png\"/>"
     "<Override PartName=\"/word/document.xml\" ContentType=\"" SAMPLE_WORD "document.main+xml\"/>"
     "<Override PartName=\"/word/styles.xml\" ContentType=\"" SAMPLE_WORD "styles+xml\"/></Types>"},
    {"_rels/.rels", SAMPLE_DECLARATION SAMPLE_RELATIONSHIPS "<Relationship Id=\"rId1\" Type=\"" SAMPLE_OFFICE
                                                            "officeDocument\" Target=\"word/document.xml\"/>"
                                                            "</Relationships>"},
    {"word/document.xml", SAMPLE_DECLARATION
     "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>"
     "<w:p><w:r><w:t>政府信息公开告知书</w:t></w:r></w:p>"
     "<w:p><w:r><w:t>您申请的信息予以公开。</w:t></w:r></w:p>"
     "<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/></w:sectPr></w:body></w:document>"},
    {"word/styles.xml", SAMPLE_DECLARATION
     "<w:styles xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"/>"},
    {"word/media/seal.png", "\x89PNG\r\n\x1a\n not a real picture"},
    {"word/_rels/document.xml.rels", SAMPLE_DECLARATION SAMPLE_RELATIONSHIPS
     "<Relationship Id=\"rId2\" Type=\"" SAMPLE_OFFICE "image\" Target=\"media/seal.png\"/>"
     "<Relationship Id=\"rId1\" Type=\"" SAMPLE_OFFICE "styles\" Target=\"styles.xml\"/>"
     "<Relationship Id=\"rId10\" Type=\"" SAMPLE_OFFICE
     "hyperlink\" Target=\"https://example.gov.cn/?a=1\" TargetMode=\"External\"/></Relationships>"},
};

static inline struct seal_file sample_odt(TALLOC_CTX *life)
{
    return sample_package(life, SAMPLE_ODT, sizeof SAMPLE_ODT / sizeof *SAMPLE_ODT);
}

static inline struct seal_file sample_docx(TALLOC_CTX *life)
{
    return sample_package(life, SAMPLE_DOCX, sizeof SAMPLE_DOCX / sizeof *SAMPLE_DOCX);
}

#endif
