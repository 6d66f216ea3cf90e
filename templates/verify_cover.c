/* Does the signature cover the package? Entry by entry, relationship by relationship, type by type. */
#include <string.h>
#include "seal_parts.h"
#include "verify_parts.h"

/* The reference to a part, or NULL. */
static const struct part_reference *reference_to(const struct found *found, const char *part)
{
    for (size_t i = 0; i < found->part_count; i++)
        if (strcmp(found->parts[i].part, part) == 0)
            return &found->parts[i];
    return NULL;
}

static bool same_digest(struct check *c, const void *data, size_t size, const char *base64)
{
    uint8_t digest[32];
    size_t length = 0;
    const uint8_t *stated = verify_base64(c->scratch, base64, &length);
    if (EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL) != 1)
        c->memory = true;
    return stated && length == sizeof digest && memcmp(stated, digest, sizeof digest) == 0;
}

/* Every reference names another part, and one that is there. */
static void check_references(struct check *c, const struct found *found)
{
    for (size_t i = 0; i < found->part_count; i++) {
        const char *part = found->parts[i].part;
        if (reference_to(found, part) != &found->parts[i])
            check_problem(c, PROBLEM_REFERENCE_TWICE, part);
        else if (!package_find(c->package, part))
            check_problem(c, PROBLEM_PART_MISSING, part);
    }
}

/* ---- OpenDocument ---- */

static void check_mimetype(struct check *c)
{
    static const char MEDIA[] = "application/vnd.oasis.opendocument.text";
    const struct package_entry *first = &c->package->entries[0];
    if (strcmp(first->name, "mimetype") != 0 || first->method != PACKAGE_STORED ||
        first->size != sizeof MEDIA - 1 || memcmp(first->data, MEDIA, sizeof MEDIA - 1) != 0)
        check_problem(c, PROBLEM_MIMETYPE, "mimetype");
}

void verify_cover_odf(struct check *c, const struct found *found)
{
    check_mimetype(c);
    check_references(c, found);
    for (size_t i = 0; i < c->package->count; i++) {
        const struct package_entry *entry = &c->package->entries[i];
        if (strcmp(entry->name, ODF_SIGNATURES) == 0)
            continue;
        const struct part_reference *reference = reference_to(found, entry->name);
        if (!reference)
            check_problem(c, PROBLEM_PART_UNSIGNED, entry->name);
        else if (!same_digest(c, entry->data, entry->size, reference->digest))
            check_problem(c, PROBLEM_PART_CHANGED, entry->name);
    }
    if (reference_to(found, ODF_SIGNATURES))
        check_problem(c, PROBLEM_SIGNATURE_FORM, ODF_SIGNATURES);
}

/* ---- Office Open XML ---- */

#define ORIGIN_PART          "_xmlsignatures/origin.sigs"
#define ORIGIN_RELATIONSHIPS "_xmlsignatures/_rels/origin.sigs.rels"
#define SIGNATURES_FOLDER    "_xmlsignatures/"

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* The reference lists this relationship by its Id. */
static bool listed(struct check *c, const struct part_reference *reference, const char *id, size_t *count)
{
    size_t hits = 0;
    *count = 0;
    for (const xmlNode *node = markup_child(reference->transform); node; node = markup_next(node), ++*count) {
        static const char *const ATTRIBUTES[] = {"SourceId", NULL};
        const char *source = markup_attribute(c->scratch, node, "SourceId");
        if (!markup_is(node, MDSSI_SPACE, "RelationshipReference") ||
            !markup_only_attributes(node, ATTRIBUTES) || node->children || !source)
            return false;
        hits += strcmp(source, id) == 0;
    }
    return hits == 1;
}

/* Relationships of the package itself that no office signs: the way to the signature, and to the properties.
 */
static bool is_origin(const struct opc_relationship *r)
{
    const char *target = r->target[0] == '/' ? r->target + 1 : r->target;
    return strcmp(r->type, OPC_ORIGIN) == 0 && strcmp(target, ORIGIN_PART) == 0 &&
           !(r->mode && strcmp(r->mode, "External") == 0);
}

static bool is_properties(const struct opc_relationship *r)
{
    static const char *const TYPES[] = {
        "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/extended-properties",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"};
    const char *target = r->target[0] == '/' ? r->target + 1 : r->target;
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
        if (strcmp(r->type, TYPES[i]) == 0)
            return starts_with(target, "docProps/") && !strstr(target, "..") &&
                   !(r->mode && strcmp(r->mode, "External") == 0);
    return false;
}

/* The transform done by ourselves too: that of libxmlsec1 has had mistakes. */
static void check_transformed(struct check *c, struct opc_relationships *list,
                              const struct package_entry *entry, const struct part_reference *reference)
{
    const char *data = NULL;
    size_t size = 0;
    struct text *t = text_new(c->scratch, MARKUP_LIMIT * 2);
    opc_relationships_transform(t, list);
    if (text_end(t, &data, &size) || !same_digest(c, data, size, reference->digest))
        check_problem(c, PROBLEM_PART_CHANGED, entry->name);
}

static void check_relationships(struct check *c, const struct package_entry *entry,
                                const struct part_reference *reference)
{
    struct opc_relationships list;
    if (opc_relationships_read(c->scratch, entry, &list)) {
        check_problem(c, PROBLEM_RELATIONSHIPS_FORM, entry->name);
        return;
    }
    bool root = strcmp(entry->name, OPC_ROOT_RELATIONSHIPS) == 0;
    size_t signed_count = 0, origins = 0, references = 0;
    for (size_t i = 0; i < list.count; i++) {
        struct opc_relationship *r = &list.rows[i];
        r->covered = listed(c, reference, r->id, &references);
        signed_count += r->covered;
        if (!opc_is_plain(r))
            check_problem(c, PROBLEM_RELATIONSHIPS_FORM, entry->name);
        if (r->covered)
            continue;
        if (root && is_origin(r))
            origins++;
        else
            check_problem(
                c, root && is_properties(r) ? PROBLEM_PROPERTIES_UNSIGNED : PROBLEM_RELATIONSHIP_UNSIGNED,
                entry->name);
    }
    if (list.count && references != signed_count) /* a signed one is gone, or is listed twice */
        check_problem(c, PROBLEM_PART_CHANGED, entry->name);
    else
        check_transformed(c, &list, entry, reference);
    if (root && origins != 1)
        check_problem(c, PROBLEM_RELATIONSHIPS_FORM, entry->name);
}

/* The parts of the signature itself are what the standard says and nothing else. */
static void check_signature_parts(struct check *c, const struct package_entry *entry,
                                  const struct opc_types *types)
{
    const char *type = opc_type_of(types, entry->name);
    if (strcmp(entry->name, OOXML_SIGNATURE) == 0) {
        if (!type || strcmp(type, OPC_SIGNATURE_TYPE) != 0)
            check_problem(c, PROBLEM_TYPE_CHANGED, entry->name);
    } else if (strcmp(entry->name, ORIGIN_PART) == 0) {
        if (!type || strcmp(type, OPC_ORIGIN_TYPE) != 0)
            check_problem(c, PROBLEM_TYPE_CHANGED, entry->name);
        if (entry->size)
            check_problem(c, PROBLEM_PART_UNSIGNED, entry->name);
    } else if (strcmp(entry->name, ORIGIN_RELATIONSHIPS) == 0) {
        struct opc_relationships list;
        if (opc_relationships_read(c->scratch, entry, &list) || list.count != 1 ||
            strcmp(list.rows[0].type, OPC_SIGNATURE) != 0 || list.rows[0].mode ||
            (strcmp(list.rows[0].target, "sig1.xml") != 0 &&
             strcmp(list.rows[0].target, "/" OOXML_SIGNATURE) != 0))
            check_problem(c, PROBLEM_RELATIONSHIPS_FORM, entry->name);
    } else
        check_problem(c, PROBLEM_PART_UNSIGNED, entry->name);
}

static void check_part(struct check *c, const struct found *found, const struct package_entry *entry,
                       const struct opc_types *types)
{
    const struct part_reference *reference = reference_to(found, entry->name);
    const char *type = opc_type_of(types, entry->name);
    if (!reference) {
        check_problem(
            c, starts_with(entry->name, "docProps/") ? PROBLEM_PROPERTIES_UNSIGNED : PROBLEM_PART_UNSIGNED,
            entry->name);
        return;
    }
    if (!type || strcmp(type, reference->type) != 0)
        check_problem(c, PROBLEM_TYPE_CHANGED, entry->name);
    if (reference->transform)
        check_relationships(c, entry, reference);
    else if (!same_digest(c, entry->data, entry->size, reference->digest))
        check_problem(c, PROBLEM_PART_CHANGED, entry->name);
}

/* A type declared for a part that is not there is a door left open for one. */
static void check_types(struct check *c, const struct opc_types *types)
{
    for (size_t i = 0; i < types->count; i++)
        if (types->rows[i].override && !package_find(c->package, types->rows[i].key))
            check_problem(c, PROBLEM_TYPES_FORM, NULL);
}

void verify_cover_ooxml(struct check *c, const struct found *found)
{
    struct opc_types types = {0};
    if (opc_types_read(c->scratch, package_find(c->package, OPC_TYPES_PART), &types)) {
        check_problem(c, PROBLEM_TYPES_FORM, OPC_TYPES_PART);
        return;
    }
    check_types(c, &types);
    check_references(c, found);
    for (size_t i = 0; i < c->package->count; i++) {
        const struct package_entry *entry = &c->package->entries[i];
        if (starts_with(entry->name, SIGNATURES_FOLDER))
            check_signature_parts(c, entry, &types);
        else if (strcmp(entry->name, OPC_TYPES_PART) != 0)
            check_part(c, found, entry, &types);
    }
    static const char *const NEEDED[] = {ORIGIN_PART, ORIGIN_RELATIONSHIPS, OPC_ROOT_RELATIONSHIPS};
    for (size_t i = 0; i < sizeof NEEDED / sizeof *NEEDED; i++)
        if (!package_find(c->package, NEEDED[i]))
            check_problem(c, PROBLEM_PART_MISSING, NEEDED[i]);
    for (size_t i = 0; i < found->part_count; i++) /* what changes with the signature cannot be under it */
        if (starts_with(found->parts[i].part, SIGNATURES_FOLDER) ||
            strcmp(found->parts[i].part, OPC_TYPES_PART) == 0)
            check_problem(c, PROBLEM_SIGNATURE_FORM, found->parts[i].part);
}
