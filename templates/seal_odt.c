#include <string.h>
#include "life.h"
#include "seal_parts.h"

static const char MEDIA[] = "application/vnd.oasis.opendocument.";

static const struct fault *check_kind(const struct package *p, TALLOC_CTX *life)
{
    const struct package_entry *first = p->count ? &p->entries[0] : NULL;
    if (!first || strcmp(first->name, "mimetype") != 0 || first->method != PACKAGE_STORED ||
        first->size < sizeof MEDIA || memcmp(first->data, MEDIA, sizeof MEDIA - 1) != 0 ||
        !package_find(p, "META-INF/manifest.xml"))
        return fault_new(life, FAULT_INPUT, "SEAL_PACKAGE", "not an OpenDocument package");
    return NULL;
}

/* One Reference per entry, over its bytes as they are: with a canonical form a comment added later would not
 * show. */
static const struct fault *add_entries(struct text *t, const struct package *p)
{
    for (size_t i = 0; i < p->count; i++) {
        char digest[SEAL_DIGEST];
        TRY(seal_digest(p->entries[i].data, p->entries[i].size, digest));
        text_add(t, "<Reference URI=\"");
        seal_uri(t, p->entries[i].name);
        text_add(t, "\">");
        canonical_digest_value(t, "", digest);
        text_add(t, "</Reference>");
    }
    return NULL;
}

static void add_reference(struct text *t, const char *type, const char *id, const char *digest)
{
    text_add(t, "<Reference");
    if (type)
        text_printf(t, " Type=\"%s\"", type);
    text_printf(
        t, " URI=\"#%s\"><Transforms><Transform Algorithm=\"" C14N_EXCLUSIVE "\"></Transform></Transforms>",
        id);
    canonical_digest_value(t, "", digest);
    text_add(t, "</Reference>");
}

static void add_date(struct text *t, const char *space, const char *id, const char *moment)
{
    text_printf(t,
                "<SignatureProperty%s Id=\"%s-date\" Target=\"#%s\"><dc:date xmlns:dc=\"" DC_SPACE
                "\">%s</dc:date></SignatureProperty>",
                space, id, id, moment);
}

/* "ID_" and 16 digits that follow from what is signed, by whom and when: the same letter gives the same
 * document. */
static const char *signature_id(TALLOC_CTX *life, const struct seal *seal, const char *entries,
                                const char *moment)
{
    const char *all = talloc_asprintf(life, "%s%s%s", entries, moment, seal->fingerprint);
    uint8_t digest[32];
    if (!all || !EVP_Digest(all, strlen(all), digest, NULL, EVP_sha256(), NULL))
        return NULL;
    const char *hex = text_hex(life, digest, 8);
    return hex ? talloc_asprintf(life, "ID_%s", hex) : NULL;
}

static const struct fault *references_of(const struct seal *seal, const struct seal_form *form,
                                         const char *entries, const char *moment, const char **out,
                                         TALLOC_CTX *scratch)
{
    char date[SEAL_DIGEST], properties[SEAL_DIGEST];
    struct text *t = text_new(scratch, SEAL_TEXT_LIMIT);
    add_date(t, " xmlns=\"" DSIG_SPACE "\"", form->signature_id, moment);
    TRY(seal_digest_text(t, date));
    t = text_new(scratch, SEAL_TEXT_LIMIT);
    seal_signed_properties(t, seal, form, moment, true);
    TRY(seal_digest_text(t, properties));
    t = text_new(scratch, SEAL_TEXT_LIMIT);
    text_add(t, entries);
    const char *date_id = talloc_asprintf(scratch, "%s-date", form->signature_id);
    TRY_MEMORY(date_id);
    add_reference(t, NULL, date_id, date);
    add_reference(t, TYPE_PROPERTIES, form->properties_id, properties);
    return text_end(t, out, NULL);
}

static const struct fault *document_of(const struct seal *seal, const struct package *p, const char *moment,
                                       const char **out, size_t *length, TALLOC_CTX *scratch)
{
    const char *entries = NULL, *references = NULL;
    struct text *t = text_new(scratch, SEAL_TEXT_LIMIT);
    TRY(add_entries(t, p));
    TRY(text_end(t, &entries, NULL));
    struct seal_form form = {.c14n = C14N_EXCLUSIVE, .exclusive = true};
    form.signature_id = signature_id(scratch, seal, entries, moment);
    TRY_MEMORY(form.signature_id);
    form.properties_id = talloc_asprintf(scratch, "idSignedProperties_%s", form.signature_id);
    TRY_MEMORY(form.properties_id);
    TRY(references_of(seal, &form, entries, moment, &references, scratch));

    t = text_new(scratch, SEAL_TEXT_LIMIT);
    text_printf(
        t,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<dsig:document-signatures xmlns:dsig=\"" ODF_DSIG_SPACE
        "\" dsig:version=\"1.3\"><Signature xmlns=\"" DSIG_SPACE "\" Id=\"%s\">",
        form.signature_id);
    TRY(seal_signed_info(t, seal, &form, references, scratch));
    seal_key_info(t, seal);
    text_add(t, "<Object><SignatureProperties>");
    add_date(t, "", form.signature_id, moment);
    text_printf(t,
                "</SignatureProperties></Object><Object><xd:QualifyingProperties xmlns:xd=\"" XADES_SPACE
                "\" Target=\"#%s\">",
                form.signature_id);
    seal_signed_properties(t, seal, &form, moment, false);
    seal_unsigned_properties(t, seal);
    text_add(t, "</xd:QualifyingProperties></Object></Signature></dsig:document-signatures>");
    return text_end(t, out, length);
}

static const struct fault *sign_package(const struct seal *seal, struct seal_file in, int64_t at,
                                        struct seal_file *out, TALLOC_CTX *result, TALLOC_CTX *scratch)
{
    char moment[SEAL_MOMENT];
    TRY(seal_may_sign(seal, at, moment, scratch));
    struct package *p = NULL;
    TRY(seal_package_read(in, ODF_SIGNATURES, &p, scratch));
    TRY(check_kind(p, scratch));
    const char *document = NULL;
    size_t length = 0;
    TRY(document_of(seal, p, moment, &document, &length, scratch));
    TRY(package_add(p, ODF_SIGNATURES, document, length, PACKAGE_STORED));
    return package_write(p, result, &out->data, &out->length);
}

const struct fault *seal_odt(const struct seal *seal, struct seal_file in, int64_t at, struct seal_file *out,
                             TALLOC_CTX *result)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    return fault_keep(result, sign_package(seal, in, at, out, result, scratch));
}
