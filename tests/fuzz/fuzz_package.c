/* Packages as strangers upload them: read, and verified. What is read has the same parts for libzip, and is
 * read again as it is written; nothing but a signature is ever valid. */
#include <zip.h>
#include "fuzz.h"
#include "package.h"
#include "verify.h"

static void must_hold(zip_t *zip, const struct package_entry *e, TALLOC_CTX *life)
{
    zip_stat_t stat;
    must_be(zip_stat(zip, e->name, ZIP_FL_ENC_RAW, &stat) == 0 && stat.size == e->size);
    zip_file_t *file = zip_fopen_index(zip, stat.index, 0);
    uint8_t *data = talloc_array(life, uint8_t, e->size + 1);
    must_be(file && data && zip_fread(file, data, e->size + 1) == (zip_int64_t)e->size);
    must_be(memcmp(data, e->data, e->size) == 0);
    zip_fclose(file);
}

static void must_be_the_same_to_libzip(const uint8_t *data, size_t size, const struct package *p,
                                       TALLOC_CTX *life)
{
    zip_source_t *source = zip_source_buffer_create(data, size, 0, NULL);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, NULL) : NULL;
    must_be(zip && zip_get_num_entries(zip, 0) == (zip_int64_t)p->count);
    for (size_t i = 0; i < p->count; i++)
        must_hold(zip, &p->entries[i], life);
    zip_discard(zip);
}

/* What was written is sound, and says the same. */
static void must_survive_writing(struct package *p, TALLOC_CTX *life)
{
    const uint8_t *bytes = NULL;
    size_t length = 0;
    struct package *again = NULL;
    must_be(!package_write(p, life, &bytes, &length));
    must_be(!package_read(life, bytes, length, &PACKAGE_LIMITS, &again) && again->count == p->count);
    for (size_t i = 0; i < p->count; i++)
        must_be(strcmp(again->entries[i].name, p->entries[i].name) == 0 &&
                again->entries[i].size == p->entries[i].size &&
                memcmp(again->entries[i].data, p->entries[i].data, p->entries[i].size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED_LIFE(life);
    const struct seal_file file = {data, size}, content = {(const uint8_t *)"content", 7};
    const struct verify_policy policy = {.now = 1772413200, .at = VERIFY_AT_SIGNING};
    const struct verify_report *report = NULL;
    struct package *p = NULL;
    const struct fault *f = package_read(life, data, size, &PACKAGE_LIMITS, &p);
    must_be(f || p);
    if (!f) {
        must_be_the_same_to_libzip(data, size, p, life);
        must_survive_writing(p, life);
    }
    f = verify_package(file, &policy, &report, life);
    must_be(f || (report && !verify_perfect(report)));
    report = NULL;
    f = verify_cms(file, content, &policy, &report, life);
    must_be(f || (report && !verify_perfect(report)));
    return 0;
}
