/* A sealed letter in which a stranger has written one of the parts: a signature document, a list of
 * relationships or of content types, a manifest. Whatever it says, the letter is perfect only as the one that
 * was signed, by whom and when it was. */
#include "fuzz.h"
#include "package.h"
#include "share.h"
#include "verify.h"

#define FOLDER MINGDA_SOURCE "/tests/corpora/signatures/"

static struct letter {
    const char *file;
    struct seal_file bytes;
    const struct verify_report *report;
} letters[] = {{"letter.odt", {0}, NULL}, {"letter.docx", {0}, NULL}};
enum { ODT, DOCX, LETTERS };

static struct seal_file root;

static struct seal_file whole(const char *name)
{
    char *bytes = NULL, *path = talloc_asprintf(fuzz_kept(), FOLDER "%s", name);
    struct seal_file file = {0};
    must_be(path && !share_read_file(fuzz_kept(), path, 1u << 20, &bytes, &file.length));
    file.data = (const uint8_t *)bytes;
    return file;
}

static const struct verify_report *judged(struct seal_file file, TALLOC_CTX *life)
{
    const struct verify_policy policy = {
        .roots = &root, .root_count = 1, .now = 1795420800, .at = VERIFY_AT_SIGNING}; /* a day later */
    const struct verify_report *report = NULL;
    must_be(!verify_package(file, &policy, &report, life) && report);
    return report;
}

static void prepare(void)
{
    root = whole("authority.crt");
    for (size_t i = 0; i < LETTERS; i++) {
        letters[i].bytes = whole(letters[i].file);
        letters[i].report = judged(letters[i].bytes, fuzz_kept());
        must_be(verify_perfect(letters[i].report));
    }
}

static void try_as(const struct letter *letter, const char *part, const uint8_t *data, size_t size)
{
    SCOPED_LIFE(life);
    struct package *p = NULL;
    struct seal_file file = {0};
    must_be(!package_read(life, letter->bytes.data, letter->bytes.length, &PACKAGE_LIMITS, &p));
    must_be(!package_put(p, part, data, size, PACKAGE_STORED));
    must_be(!package_write(p, life, &file.data, &file.length));
    const struct verify_report *r = judged(file, life);
    must_be(!verify_perfect(r) || (strcmp(r->signed_at, letter->report->signed_at) == 0 &&
                                   strcmp(r->serial, letter->report->serial) == 0 && !r->stamped_at));
}

/* What it is like is what it stands for. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        const char *word;
        size_t letter;
        const char *part;
    } PLACES[] = {{"document-signatures", ODT, "META-INF/documentsignatures.xml"},
                  {"<Types", DOCX, "[Content_Types].xml"},
                  {"<Relationships", DOCX, "_rels/.rels"},
                  {"<Relationships", DOCX, "word/_rels/document.xml.rels"},
                  {"manifest:manifest", ODT, "META-INF/manifest.xml"},
                  {"idPackageSignature", DOCX, "_xmlsignatures/sig1.xml"}};
    if (!root.data)
        prepare();
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++)
        if (memmem(data, size, PLACES[i].word, strlen(PLACES[i].word)))
            try_as(&letters[PLACES[i].letter], PLACES[i].part, data, size);
    return 0;
}
