#include <string.h>
#include "life.h"
#include "seal_markup.h"
#include "seal_parts.h"

#define ORIGIN_PART          "_xmlsignatures/origin.sigs"
#define ORIGIN_RELATIONSHIPS "_xmlsignatures/_rels/origin.sigs.rels"
#define SIGNATURE_ID         "idPackageSignature"
#define XML_HEAD             "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"

static const struct seal_form FORM = {
    .c14n = C14N_INCLUSIVE, .signature_id = SIGNATURE_ID, .properties_id = "idSignedProperties"};

static const char EMPTY[1] = "";

static const struct fault *unfit(TALLOC_CTX *life, const char *why)
{
    return fault_new(life, FAULT_INPUT, "SEAL_PACKAGE", "%s", why);
}

/* Not signed: what Word leaves out too, as it changes when a file is only looked at. Our writer makes none of
 * them. */
static bool is_signed_part(const char *name)
{
    return strcmp(name, OPC_TYPES_PART) != 0 && strncmp(name, "docProps/", 9) != 0 &&
           strncmp(name, "_xmlsignatures/", 15) != 0;
}

static bool is_signed_relationship(const struct opc_relationship *r)
{
    static const char *const LEFT_OUT[] = {
        OPC_ORIGIN, "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/extended-properties",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"};
    for (size_t i = 0; i < sizeof LEFT_OUT / sizeof *LEFT_OUT; i++)
        if (strcmp(r->type, LEFT_OUT[i]) == 0)
            return false;
    return true;
}

static const struct fault *put(struct package *p, const char *part, struct text *t,
                               enum package_method method)
{
    const char *data = NULL;
    size_t length = 0;
    TRY(text_end(t, &data, &length));
    return package_put(p, part, data, length, method);
}

static const struct fault *put_relationships(struct package *p, const char *part,
                                             const struct opc_relationships *list, TALLOC_CTX *scratch)
{
    struct text *t = text_new(scratch, SEAL_TEXT_LIMIT);
    text_add(t, XML_HEAD);
    opc_relationships_write(t, list);
    return put(p, part, t, PACKAGE_CONSTANT);
}

/* "rIdSeal", or the first of "rIdSeal1", … that is free. */
static const char *free_id(TALLOC_CTX *life, const struct opc_relationships *list)
{
    const char *id = "rIdSeal";
    for (size_t n = 1, i = 0; id && i < list->count; i++)
        if (strcmp(list->rows[i].id, id) == 0) {
            id = talloc_asprintf(life, "rIdSeal%zu", n++);
            i = (size_t)-1;
        }
    return id;
}

/* Every list of relationships without blanks, the package's own with the way to the signature. `lists` are
 * those of the entries with the same index. */
static const struct fault *prepare_relationships(struct package *p, struct opc_relationships *lists,
                                                 TALLOC_CTX *scratch)
{
    if (!package_find(p, OPC_ROOT_RELATIONSHIPS))
        return unfit(scratch, "there is no _rels/.rels");
    for (size_t i = 0; i < p->count; i++) {
        if (!opc_is_relationships(p->entries[i].name))
            continue;
        struct opc_relationships list;
        TRY(opc_relationships_read(scratch, &p->entries[i], &list));
        if (strcmp(p->entries[i].name, OPC_ROOT_RELATIONSHIPS) == 0) {
            const char *id = free_id(scratch, &list);
            TRY_MEMORY(id);
            list.rows[list.count++] = (struct opc_relationship){/* the reader left room for one more */
                                                                .id = id,
                                                                .type = OPC_ORIGIN,
                                                                .target = ORIGIN_PART};
        }
        TRY(put_relationships(p, p->entries[i].name, &list, scratch));
        lists[i] = list;
    }
    struct opc_relationship row = {.id = "rId1", .type = OPC_SIGNATURE, .target = "sig1.xml"};
    struct opc_relationships one = {.rows = &row, .count = 1};
    return put_relationships(p, ORIGIN_RELATIONSHIPS, &one, scratch);
}

static const struct fault *prepare_types(struct package *p, struct opc_types *types, TALLOC_CTX *scratch)
{
    TRY(opc_types_read(scratch, package_find(p, OPC_TYPES_PART), types));
    struct opc_type *rows = talloc_zero_array(scratch, struct opc_type, types->count + 3);
    TRY_MEMORY(rows);
    if (types->count)
        memcpy(rows, types->rows, types->count * sizeof *rows);
    types->rows = rows;
    if (opc_type_of(types, ORIGIN_PART))
        return unfit(scratch, "the extension sigs has a content type already");
    rows[types->count++] = (struct opc_type){.key = "sigs", .type = OPC_ORIGIN_TYPE};
    rows[types->count++] =
        (struct opc_type){.key = OOXML_SIGNATURE, .type = OPC_SIGNATURE_TYPE, .override = true};
    if (!opc_type_of(types, OPC_ROOT_RELATIONSHIPS))
        rows[types->count++] = (struct opc_type){.key = "rels", .type = OPC_RELATIONSHIPS_TYPE};

    struct text *t = text_new(scratch, SEAL_TEXT_LIMIT);
    text_add(t, XML_HEAD "<Types xmlns=\"" OPC_TYPES_SPACE "\">");
    for (size_t i = 0; i < types->count; i++) {
        text_add(t, rows[i].override ? "<Override PartName=\"/" : "<Default Extension=\"");
        canonical_attribute(t, rows[i].key);
        text_add(t, "\" ContentType=\"");
        canonical_attribute(t, rows[i].type);
        text_add(t, "\"/>");
    }
    text_add(t, "</Types>");
    return put(p, OPC_TYPES_PART, t, PACKAGE_CONSTANT);
}

static const struct fault *add_relationships_reference(struct text *t, struct opc_relationships list,
                                                       char digest[SEAL_DIGEST], TALLOC_CTX *scratch)
{
    for (size_t i = 0; i < list.count; i++) {
        list.rows[i].covered = is_signed_relationship(&list.rows[i]);
        if (!opc_is_plain(&list.rows[i]))
            return unfit(scratch,
                         "a relationship has a value with & < > or a quote, which LibreOffice cannot verify");
    }
    struct text *transformed = text_new(scratch, SEAL_TEXT_LIMIT);
    opc_relationships_transform(transformed, &list);
    TRY(seal_digest_text(transformed, digest));
    text_add(t, "<Transforms><Transform Algorithm=\"" RELATIONSHIP_TRANSFORM "\">");
    for (size_t i = 0; i < list.count; i++) {
        if (!list.rows[i].covered)
            continue;
        text_add(t, "<mdssi:RelationshipReference xmlns:mdssi=\"" MDSSI_SPACE "\" SourceId=\"");
        canonical_attribute(t, list.rows[i].id);
        text_add(t, "\"></mdssi:RelationshipReference>");
    }
    text_add(t, "</Transform><Transform Algorithm=\"" C14N_INCLUSIVE "\"></Transform></Transforms>");
    return NULL;
}

static const struct fault *add_part(struct text *t, const struct package_entry *entry,
                                    const struct opc_types *types, const struct opc_relationships *list,
                                    TALLOC_CTX *scratch)
{
    char digest[SEAL_DIGEST];
    const char *type = opc_type_of(types, entry->name);
    if (!type || type[strspn(type, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-/")])
        return unfit(scratch, "a part has no content type, or one that no signature can name");
    text_add(t, "<Reference URI=\"/");
    seal_uri(t, entry->name);
    text_printf(t, "?ContentType=%s\">", type);
    if (opc_is_relationships(entry->name))
        TRY(add_relationships_reference(t, *list, digest, scratch));
    else
        TRY(seal_digest(entry->data, entry->size, digest));
    canonical_digest_value(t, "", digest);
    text_add(t, "</Reference>");
    return NULL;
}

static const struct fault *add_manifest(struct text *t, const struct package *p,
                                        const struct opc_types *types, const struct opc_relationships *lists,
                                        TALLOC_CTX *scratch)
{
    text_add(t, "<Manifest>");
    for (size_t i = 0; i < p->count; i++)
        if (is_signed_part(p->entries[i].name))
            TRY(add_part(t, &p->entries[i], types, &lists[i], scratch));
    text_add(t, "</Manifest>");
    return NULL;
}

/* `space` is the namespace in scope when the Object is the apex of what is digested, else nothing. */
static void add_package_object(struct text *t, const char *space, const char *manifest, const char *moment)
{
    text_printf(t, "<Object%s Id=\"idPackageObject\">", space);
    text_add(t, manifest);
    text_printf(t,
                "<SignatureProperties><SignatureProperty Id=\"idSignatureTime\" "
                "Target=\"#" SIGNATURE_ID "\"><mdssi:SignatureTime xmlns:mdssi=\"" MDSSI_SPACE "\">"
                "<mdssi:Format>YYYY-MM-DDThh:mm:ssTZD</mdssi:Format><mdssi:Value>%s</mdssi:Value></"
                "mdssi:SignatureTime>"
                "</SignatureProperty></SignatureProperties></Object>",
                moment);
}

/* What Word wants to know, in the order of its schema (MS-OFFCRYPTO 2.5.2.5). */
static void add_office_object(struct text *t, const char *space)
{
    text_printf(t, "<Object%s Id=\"idOfficeObject\">", space);
    text_add(
        t,
        "<SignatureProperties><SignatureProperty Id=\"idOfficeV1Details\" "
        "Target=\"#" SIGNATURE_ID "\">"
        "<SignatureInfoV1 xmlns=\"http://schemas.microsoft.com/office/2006/digsig\"><SetupID></SetupID>"
        "<SignatureText></SignatureText><SignatureImage></SignatureImage><SignatureComments></"
        "SignatureComments>"
        "<WindowsVersion>10.0</WindowsVersion><OfficeVersion>16.0.10000/16</OfficeVersion>"
        "<ApplicationVersion>16.0.10000</ApplicationVersion><Monitors>1</Monitors>"
        "<HorizontalResolution>1280</HorizontalResolution><VerticalResolution>800</VerticalResolution>"
        "<ColorDepth>32</ColorDepth>"
        "<SignatureProviderId>{00000000-0000-0000-0000-000000000000}</SignatureProviderId>"
        "<SignatureProviderUrl></SignatureProviderUrl><SignatureProviderDetails>9</SignatureProviderDetails>"
        "<ManifestHashAlgorithm>" DIGEST_SHA256 "</ManifestHashAlgorithm><SignatureType>1</SignatureType>"
        "</SignatureInfoV1></SignatureProperty></SignatureProperties></Object>");
}

static void add_reference(struct text *t, const char *type, const char *id, bool transform,
                          const char *digest)
{
    text_printf(t, "<Reference Type=\"%s\" URI=\"#%s\">", type, id);
    if (transform)
        text_add(t, "<Transforms><Transform Algorithm=\"" C14N_INCLUSIVE "\"></Transform></Transforms>");
    canonical_digest_value(t, "", digest);
    text_add(t, "</Reference>");
}

static const struct fault *references_of(const struct seal *seal, const char *manifest, const char *moment,
                                         const char **out, TALLOC_CTX *scratch)
{
    static const char SPACE[] = " xmlns=\"" DSIG_SPACE "\"";
    char package_object[SEAL_DIGEST], office_object[SEAL_DIGEST], properties[SEAL_DIGEST];
    struct text *t = text_new(scratch, SEAL_TEXT_LIMIT);
    add_package_object(t, SPACE, manifest, moment);
    TRY(seal_digest_text(t, package_object));
    t = text_new(scratch, SEAL_TEXT_LIMIT);
    add_office_object(t, SPACE);
    TRY(seal_digest_text(t, office_object));
    t = text_new(scratch, SEAL_TEXT_LIMIT);
    seal_signed_properties(t, seal, &FORM, moment, true);
    TRY(seal_digest_text(t, properties));
    t = text_new(scratch, SEAL_TEXT_LIMIT);
    add_reference(t, TYPE_OBJECT, "idPackageObject", false, package_object);
    add_reference(t, TYPE_OBJECT, "idOfficeObject", false, office_object);
    add_reference(t, TYPE_PROPERTIES, FORM.properties_id, true, properties);
    return text_end(t, out, NULL);
}

static const struct fault *put_signature(struct package *p, const struct seal *seal,
                                         const struct opc_types *types, const struct opc_relationships *lists,
                                         const char *moment, TALLOC_CTX *scratch)
{
    const char *manifest = NULL, *references = NULL;
    struct text *t = text_new(scratch, SEAL_TEXT_LIMIT);
    TRY(add_manifest(t, p, types, lists, scratch));
    TRY(text_end(t, &manifest, NULL));
    TRY(references_of(seal, manifest, moment, &references, scratch));
    t = text_new(scratch, SEAL_TEXT_LIMIT);
    text_add(t, XML_HEAD "<Signature xmlns=\"" DSIG_SPACE "\" Id=\"" SIGNATURE_ID "\">");
    TRY(seal_signed_info(t, seal, &FORM, references, scratch));
    seal_key_info(t, seal);
    add_package_object(t, "", manifest, moment);
    add_office_object(t, "");
    text_add(t,
             "<Object><xd:QualifyingProperties xmlns:xd=\"" XADES_SPACE "\" Target=\"#" SIGNATURE_ID "\">");
    seal_signed_properties(t, seal, &FORM, moment, false);
    seal_unsigned_properties(t, seal);
    text_add(t, "</xd:QualifyingProperties></Object></Signature>");
    return put(p, OOXML_SIGNATURE, t, PACKAGE_STORED); /* base64 hardly packs */
}

static const struct fault *sign_package(const struct seal *seal, struct seal_file in, int64_t at,
                                        struct seal_file *out, TALLOC_CTX *result, TALLOC_CTX *scratch)
{
    char moment[SEAL_MOMENT];
    TRY(seal_may_sign(seal, at, moment, scratch));
    struct package *p = NULL;
    struct opc_types types;
    TRY(seal_package_read(in, OOXML_SIGNATURE, &p, scratch));
    if (package_find(p, ORIGIN_PART))
        return fault_new(scratch, FAULT_INPUT, "SEAL_ALREADY_SIGNED", "the package is signed already");
    struct opc_relationships *lists = talloc_zero_array(scratch, struct opc_relationships, p->count + 2);
    TRY_MEMORY(lists);
    /* Types and relationships of the signature are written before anything is digested. */
    const struct fault *cause = prepare_types(p, &types, scratch);
    if (!cause)
        cause = package_add(p, ORIGIN_PART, EMPTY, 0, PACKAGE_STORED);
    if (!cause)
        cause = prepare_relationships(p, lists, scratch);
    if (!cause)
        cause = put_signature(p, seal, &types, lists, moment, scratch);
    if (cause && strcmp(cause->code, "MARKUP") == 0)
        return fault_because(scratch, FAULT_INPUT, "SEAL_PACKAGE", cause, "not an OPC package");
    TRY(cause);
    return package_write(p, result, &out->data, &out->length);
}

const struct fault *seal_docx(const struct seal *seal, struct seal_file in, int64_t at, struct seal_file *out,
                              TALLOC_CTX *result)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    return fault_keep(result, sign_package(seal, in, at, out, result, scratch));
}
