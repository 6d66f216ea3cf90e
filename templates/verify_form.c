/* The form of a signature document: what must be there, once and in its place, and nothing that could be
 * taken for it elsewhere. What is signed is looked up by place and by Id, and the two must agree (signature
 * wrapping). */
#include <string.h>
#include <openssl/evp.h>
#include "life.h"
#include "seal_parts.h"
#include "verify_parts.h"

LIFE_ADOPT(certificate, X509, X509_free)

static void stack_free(STACK_OF(X509) * stack)
{
    sk_X509_pop_free(stack, X509_free);
}
LIFE_ADOPT(stack, STACK_OF(X509), stack_free)

static bool no(struct check *c, enum problem problem, const char *part)
{
    check_problem(c, problem, part);
    return false;
}

static bool unusual(struct check *c)
{
    return no(c, PROBLEM_SIGNATURE_FORM, NULL);
}

/* ---- The whole document: Ids and singular elements ---- */

enum { SINGULAR_COUNT = 7, MAY_MISS = 5, NAMESPACES_MAX = 16, IDS_MAX = 256 };
static const struct singular {
    const char *space, *name;
} SINGULAR[SINGULAR_COUNT] = {{DSIG_SPACE, "Signature"},        {DSIG_SPACE, "SignedInfo"},
                              {DSIG_SPACE, "SignatureValue"},   {DSIG_SPACE, "KeyInfo"},
                              {DSIG_SPACE, "Manifest"},         {XADES_SPACE, "QualifyingProperties"},
                              {XADES_SPACE, "SignedProperties"}};

/* These stand once at most: a second time, where nothing is signed, is what another program might show. */
static const struct singular AT_MOST_ONCE[MAY_MISS] = {{XADES_SPACE, "SignatureTimeStamp"},
                                                       {XADES_SPACE, "UnsignedProperties"},
                                                       {XADES_SPACE, "SigningTime"},
                                                       {DC_SPACE, "date"},
                                                       {MDSSI_SPACE, "SignatureTime"}};

struct census {
    size_t singular[SINGULAR_COUNT];
    size_t may_miss[MAY_MISS];
    size_t ids;
};

/* A name that means the same in every URI and XPath. */
static bool plain_id(const char *id)
{
    static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static const char MORE[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789.-";
    return *id && strchr(LETTERS, *id) && id[strspn(id, MORE)] == '\0' && strlen(id) <= 128;
}

static bool take_id(struct check *c, xmlAttr *attribute, struct census *census)
{
    const xmlNode *text = attribute->children;
    if (!text || text->next || text->type != XML_TEXT_NODE || !plain_id((const char *)text->content) ||
        ++census->ids > IDS_MAX || !xmlAddID(NULL, attribute->doc, text->content, attribute))
        return no(c, PROBLEM_DUPLICATE_ID, NULL);
    return true;
}

static bool take_element(struct check *c, xmlNode *node, struct census *census)
{
    size_t namespaces = 0;
    for (const xmlNs *ns = node->nsDef; ns; ns = ns->next)
        if (++namespaces > NAMESPACES_MAX)
            return unusual(c);
    for (xmlAttr *a = node->properties; a; a = a->next) {
        /* xml:id would be an Id to the parser and to nobody else; the one prefixed attribute of ours is
         * dsig:version */
        if (a->ns &&
            !(node->parent->type == XML_DOCUMENT_NODE && strcmp((const char *)a->name, "version") == 0))
            return unusual(c);
        if (!a->ns && strcmp((const char *)a->name, "Id") == 0 && !take_id(c, a, census))
            return false;
    }
    for (size_t i = 0; i < SINGULAR_COUNT; i++)
        census->singular[i] += markup_is(node, SINGULAR[i].space, SINGULAR[i].name);
    for (size_t i = 0; i < MAY_MISS; i++)
        census->may_miss[i] += markup_is(node, AT_MOST_ONCE[i].space, AT_MOST_ONCE[i].name);
    return true;
}

/* All elements in document order, without recursion. */
static bool take_census(struct check *c, xmlDoc *doc, struct census *census)
{
    xmlNode *node = xmlDocGetRootElement(doc);
    while (node) {
        if (!take_element(c, node, census))
            return false;
        xmlNode *next = markup_child(node);
        while (!next && node && node->type == XML_ELEMENT_NODE) {
            next = markup_next(node);
            if (!next)
                node = node->parent;
        }
        node = next;
    }
    return true;
}

static bool census_fits(const struct census *census, bool odf)
{
    for (size_t i = 0; i < SINGULAR_COUNT; i++)
        if (census->singular[i] != (odf && strcmp(SINGULAR[i].name, "Manifest") == 0 ? 0 : 1))
            return false;
    for (size_t i = 0; i < MAY_MISS; i++)
        if (census->may_miss[i] > 1)
            return false;
    return true;
}

/* ---- Finding things in their places ---- */

/* The child element of that name when there is exactly one, else NULL. */
static xmlNode *only(const xmlNode *parent, const char *space, const char *name)
{
    xmlNode *hit = NULL;
    if (!parent)
        return NULL;
    for (xmlNode *child = markup_child(parent); child; child = markup_next(child)) {
        if (!markup_is(child, space, name))
            continue;
        if (hit)
            return NULL;
        hit = child;
    }
    return hit;
}

/* Down a path of such children, "xd:" names being of XAdES and plain ones of XML-DSig. */
static xmlNode *descend(const xmlNode *from, const char *const *path)
{
    xmlNode *at = NULL;
    for (; *path && from; path++) {
        bool xades = strncmp(*path, "xd:", 3) == 0;
        at = only(from, xades ? XADES_SPACE : DSIG_SPACE, xades ? *path + 3 : *path);
        from = at;
    }
    return *path ? NULL : at;
}

static bool algorithm_is(struct check *c, const xmlNode *node, const char *const *allowed)
{
    static const char *const ATTRIBUTES[] = {"Algorithm", NULL};
    const char *algorithm = markup_attribute(c->scratch, node, "Algorithm");
    if (!algorithm || !markup_only_attributes(node, ATTRIBUTES) || markup_child(node))
        return false;
    while (*allowed && strcmp(*allowed, algorithm) != 0)
        allowed++;
    return *allowed != NULL;
}

static const char *const C14N[] = {C14N_INCLUSIVE, C14N_EXCLUSIVE, NULL};
static const char *const SHA256_ONLY[] = {DIGEST_SHA256, NULL};
static const char *const METHODS[] = {SIGN_RSA_SHA256, SIGN_ECDSA_SHA256, NULL};

/* ---- References ---- */

struct reference {
    const char *uri, *type, *digest;
    const xmlNode *transforms; /* NULL when there are none */
};

static bool read_reference(struct check *c, const xmlNode *node, struct reference *out)
{
    static const char *const ATTRIBUTES[] = {"Type", "URI", NULL};
    *out = (struct reference){0};
    if (!markup_is(node, DSIG_SPACE, "Reference") || !markup_only_attributes(node, ATTRIBUTES) ||
        !markup_only_elements(node))
        return unusual(c);
    const xmlNode *child = markup_child(node);
    if (markup_is(child, DSIG_SPACE, "Transforms")) {
        if (child->properties || !markup_only_elements(child) || !markup_child(child))
            return unusual(c);
        out->transforms = child;
        child = markup_next(child);
    }
    if (!markup_is(child, DSIG_SPACE, "DigestMethod") || !markup_next(child) ||
        !markup_is(markup_next(child), DSIG_SPACE, "DigestValue") || markup_next(markup_next(child)))
        return unusual(c);
    if (!algorithm_is(c, child, SHA256_ONLY))
        return no(c, PROBLEM_ALGORITHM, NULL);
    out->uri = markup_attribute(c->scratch, node, "URI");
    out->type = markup_attribute(c->scratch, node, "Type");
    out->digest = markup_text(c->scratch, markup_next(child));
    if (!out->uri || !*out->uri || !out->digest)
        return unusual(c);
    return true;
}

/* One canonical form without parameters, or (where that is allowed) nothing at all. */
static bool one_c14n(struct check *c, const struct reference *r, bool may_be_none)
{
    if (!r->transforms && may_be_none)
        return true;
    const xmlNode *transform = r->transforms ? markup_child(r->transforms) : NULL;
    if (!markup_is(transform, DSIG_SPACE, "Transform") || markup_next(transform) ||
        !algorithm_is(c, transform, C14N))
        return no(c, PROBLEM_ALGORITHM, NULL);
    return true;
}

static int hex_digit(char c)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    const char *at = c ? strchr(DIGITS, c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c) : NULL;
    return at ? (int)(at - DIGITS) : -1;
}

/* The part that a URI names: relative, in ASCII, decoded once, and such that decoding again changes nothing
 * (libxmlsec1 asks for the decoded name first). NULL for any other URI. */
static const char *decode_part(TALLOC_CTX *life, const char *uri, size_t length)
{
    char *name = talloc_array(life, char, length + 1);
    size_t n = 0;
    for (size_t i = 0; name && i < length; i++) {
        int c = uri[i];
        if (c == '%') {
            int high = i + 2 < length ? hex_digit(uri[i + 1]) : -1,
                low = i + 2 < length ? hex_digit(uri[i + 2]) : -1;
            if (high < 0 || low < 0)
                return NULL;
            c = high * 16 + low;
            i += 2;
        }
        if (c <= ' ' || c > '~' || strchr("%?#:\\", c))
            return NULL;
        name[n++] = (char)c;
    }
    if (!name || n == 0 || name[0] == '/')
        return NULL;
    name[n] = '\0';
    return name;
}

static bool take_odf_part(struct check *c, const struct reference *r, struct found *out)
{
    struct part_reference *p = &out->parts[out->part_count++];
    p->part = decode_part(c->scratch, r->uri, strlen(r->uri));
    p->digest = r->digest;
    if (!p->part || r->type)
        return unusual(c);
    return !r->transforms || no(c, PROBLEM_ALGORITHM, p->part); /* a canonical form would hide comments */
}

static bool relationship_transforms(struct check *c, const struct reference *r, struct part_reference *p)
{
    static const char *const ATTRIBUTES[] = {"Algorithm", NULL};
    const xmlNode *first = markup_child(r->transforms), *second = markup_next(first);
    const char *algorithm = markup_attribute(c->scratch, first, "Algorithm");
    if (!markup_is(first, DSIG_SPACE, "Transform") || !markup_only_attributes(first, ATTRIBUTES) ||
        !markup_only_elements(first) || !algorithm || strcmp(algorithm, RELATIONSHIP_TRANSFORM) != 0 ||
        !markup_is(second, DSIG_SPACE, "Transform") || !algorithm_is(c, second, C14N) || markup_next(second))
        return no(c, PROBLEM_ALGORITHM, p->part);
    p->transform = first;
    return true;
}

/* "/word/document.xml?ContentType=application/…" */
static bool take_ooxml_part(struct check *c, const struct reference *r, struct found *out)
{
    static const char QUERY[] = "?ContentType=";
    struct part_reference *p = &out->parts[out->part_count++];
    const char *query = strchr(r->uri, '?');
    if (r->uri[0] != '/' || !query || strncmp(query, QUERY, sizeof QUERY - 1) != 0 || r->type)
        return unusual(c);
    p->part = decode_part(c->scratch, r->uri + 1, (size_t)(query - r->uri - 1));
    p->type = query + sizeof QUERY - 1;
    p->digest = r->digest;
    if (!p->part || !*p->type || strpbrk(p->type, "%?#&"))
        return unusual(c);
    if (opc_is_relationships(p->part) != (r->transforms != NULL))
        return no(c, PROBLEM_ALGORITHM, p->part);
    return !r->transforms || relationship_transforms(c, r, p);
}

static size_t count_references(const xmlNode *parent)
{
    size_t n = 0;
    for (const xmlNode *child = markup_child(parent); child; child = markup_next(child))
        n += markup_is(child, DSIG_SPACE, "Reference");
    return n;
}

/* ---- SignedInfo ---- */

/* The Ids that SignedInfo must refer to, each once, and what was seen of them. */
struct target {
    const char *id;
    const char *type;
    bool may_be_plain; /* no transform asked for */
    bool required, seen;
};

static bool take_same_document(struct check *c, const struct reference *r, struct target *targets,
                               size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct target *t = &targets[i];
        if (!t->id || strcmp(t->id, r->uri + 1) != 0)
            continue;
        if (t->seen)
            return no(c, PROBLEM_REFERENCE_TWICE, NULL);
        if ((t->type == NULL) != (r->type == NULL) || (t->type && strcmp(t->type, r->type) != 0))
            return unusual(c);
        t->seen = true;
        return one_c14n(c, r, t->may_be_plain);
    }
    return unusual(c);
}

static bool all_seen(struct check *c, const struct target *targets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (targets[i].required && !targets[i].seen)
            return unusual(c);
    return true;
}

static bool read_signed_info(struct check *c, const xmlNode *info, bool odf, struct target *targets,
                             size_t count, struct found *out)
{
    const xmlNode *canonical = markup_child(info), *method = canonical ? markup_next(canonical) : NULL;
    if (info->properties || !markup_only_elements(info) ||
        !markup_is(canonical, DSIG_SPACE, "CanonicalizationMethod") ||
        !markup_is(method, DSIG_SPACE, "SignatureMethod"))
        return unusual(c);
    if (!algorithm_is(c, canonical, C14N) || !algorithm_is(c, method, METHODS))
        return no(c, PROBLEM_ALGORITHM, NULL);
    out->method = markup_attribute(c->scratch, method, "Algorithm");
    for (const xmlNode *node = markup_next(method); node; node = markup_next(node)) {
        struct reference r;
        if (!read_reference(c, node, &r))
            return false;
        out->reference_count++;
        bool fits = r.uri[0] == '#' ? take_same_document(c, &r, targets, count)
                    : odf           ? take_odf_part(c, &r, out)
                                    : unusual(c);
        if (!fits)
            return false;
    }
    return all_seen(c, targets, count);
}

static bool read_manifest(struct check *c, const xmlNode *manifest, struct found *out)
{
    if (manifest->properties || !markup_only_elements(manifest))
        return unusual(c);
    for (const xmlNode *node = markup_child(manifest); node; node = markup_next(node)) {
        struct reference r;
        if (!read_reference(c, node, &r) || !take_ooxml_part(c, &r, out))
            return false;
        out->manifest_count++;
    }
    return true;
}

/* ---- Certificates ---- */

const uint8_t *verify_base64(TALLOC_CTX *life, const char *text, size_t *length)
{
    size_t n = 0, size = strlen(text);
    char *dense = talloc_array(life, char, size + 1);
    for (size_t i = 0; dense && i < size; i++)
        if (!strchr(" \t\r\n", text[i]))
            dense[n++] = text[i];
    uint8_t *out = talloc_array(life, uint8_t, n / 4 * 3 + 4);
    if (!dense || !out || n == 0 || n % 4 != 0)
        return NULL;
    int got = EVP_DecodeBlock(out, (const unsigned char *)dense, (int)n);
    size_t padding = (dense[n - 1] == '=') + (size_t)(dense[n - 2] == '=');
    if (got < 0 || (size_t)got < padding)
        return NULL;
    *length = (size_t)got - padding;
    return out;
}

static X509 *read_certificate(struct check *c, const xmlNode *node)
{
    size_t length = 0;
    const char *text = markup_text(c->scratch, node);
    const uint8_t *der = text ? verify_base64(c->scratch, text, &length) : NULL;
    const uint8_t *at = der;
    X509 *certificate = der ? certificate_adopt(c->scratch, d2i_X509(NULL, &at, (long)length)) : NULL;
    return certificate && at == der + length ? certificate : NULL;
}

enum { CERTIFICATES_MAX = 8 };

/* The first certificate is the signer's. */
static bool read_key_info(struct check *c, const xmlNode *key_info, struct found *out)
{
    const xmlNode *data = only(key_info, DSIG_SPACE, "X509Data");
    out->others = stack_adopt(c->scratch, sk_X509_new_null());
    if (!out->others) {
        c->memory = true;
        return false;
    }
    size_t seen = 0;
    for (const xmlNode *node = data ? markup_child(data) : NULL; node; node = markup_next(node)) {
        if (!markup_is(node, DSIG_SPACE, "X509Certificate"))
            continue;
        X509 *one = read_certificate(c, node);
        if (!one || ++seen > CERTIFICATES_MAX)
            return no(c, PROBLEM_CERTIFICATE, NULL);
        if (!out->leaf)
            out->leaf = one;
        else if (X509_up_ref(one) && !sk_X509_push(out->others, one)) {
            X509_free(one);
            c->memory = true;
            return false;
        }
    }
    return out->leaf || no(c, PROBLEM_CERTIFICATE, NULL);
}

/* ---- Properties ---- */

/* The value as it stands, and the timestamp of it where there is one: one place, one form, exclusive C14N. */
static bool read_stamp(struct check *c, const xmlNode *qualifying, bool census_has_one, struct found *out)
{
    static const char *const TO_STAMP[] = {"xd:UnsignedProperties", "xd:UnsignedSignatureProperties",
                                           "xd:SignatureTimeStamp", NULL};
    static const char *const EXCLUSIVE[] = {C14N_EXCLUSIVE, NULL};
    static const char *const ATTRIBUTES[] = {"Id", NULL};
    const xmlNode *value = only(out->signature, DSIG_SPACE, "SignatureValue");
    const xmlNode *stamp = descend(qualifying, TO_STAMP);
    if (!stamp)
        return census_has_one ? no(c, PROBLEM_STAMP_UNREADABLE, NULL) : true;
    const xmlNode *method = markup_child(stamp), *token = method ? markup_next(method) : NULL;
    xmlChar *text = value && !markup_child(value) ? xmlNodeGetContent(value) : NULL;
    out->value = text ? talloc_strdup(c->scratch, (const char *)text) : NULL;
    xmlFree(text);
    out->value_id = value ? markup_attribute(c->scratch, value, "Id") : NULL;
    if (!out->value || !markup_only_attributes(value, ATTRIBUTES) ||
        out->value[strspn(out->value,
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n ")] ||
        !markup_only_attributes(stamp, ATTRIBUTES) || !markup_only_elements(stamp) ||
        !markup_is(method, DSIG_SPACE, "CanonicalizationMethod") || !algorithm_is(c, method, EXCLUSIVE) ||
        !markup_is(token, XADES_SPACE, "EncapsulatedTimeStamp") || markup_next(token))
        return no(c, PROBLEM_STAMP_UNREADABLE, NULL);
    out->token = markup_text(c->scratch, token);
    return out->token ? true : no(c, PROBLEM_STAMP_UNREADABLE, NULL);
}

static bool read_properties(struct check *c, const xmlNode *signature, bool has_stamp, struct found *out)
{
    static const char *const SIGNING_TIME[] = {"xd:SignedSignatureProperties", "xd:SigningTime", NULL};
    static const char *const DIGEST[] = {"xd:SignedSignatureProperties", "xd:SigningCertificate", "xd:Cert",
                                         "xd:CertDigest", NULL};
    const xmlNode *qualifying = NULL;
    for (const xmlNode *o = markup_child(signature); o; o = markup_next(o))
        if (markup_is(o, DSIG_SPACE, "Object") && only(o, XADES_SPACE, "QualifyingProperties"))
            qualifying = only(o, XADES_SPACE, "QualifyingProperties");
    const char *target = qualifying ? markup_attribute(c->scratch, qualifying, "Target") : NULL;
    out->signed_properties = only(qualifying, XADES_SPACE, "SignedProperties");
    if (!target || target[0] != '#' || strcmp(target + 1, out->signature_id) != 0 || !out->signed_properties)
        return unusual(c);
    const xmlNode *moment = descend(out->signed_properties, SIGNING_TIME);
    const xmlNode *digest = descend(out->signed_properties, DIGEST);
    const xmlNode *method = only(digest, DSIG_SPACE, "DigestMethod"),
                  *value = only(digest, DSIG_SPACE, "DigestValue");
    if (!moment || !method || !value)
        return unusual(c);
    if (!algorithm_is(c, method, SHA256_ONLY))
        return no(c, PROBLEM_ALGORITHM, NULL);
    out->signing_time = markup_text(c->scratch, moment);
    out->certificate_digest = markup_text(c->scratch, value);
    if (!out->signing_time || !out->certificate_digest)
        return unusual(c);
    return read_stamp(c, qualifying, has_stamp, out);
}

static const char *id_of(struct check *c, const xmlNode *node)
{
    return node ? markup_attribute(c->scratch, node, "Id") : NULL;
}

/* ---- The two forms ---- */

static bool signature_children(struct check *c, const xmlNode *signature, xmlNode **info, xmlNode **key_info)
{
    static const char *const ATTRIBUTES[] = {"Id", NULL};
    xmlNode *child = markup_child(signature);
    *info = child;
    xmlNode *value = child ? markup_next(child) : NULL;
    *key_info = value ? markup_next(value) : NULL;
    if (!markup_is(*info, DSIG_SPACE, "SignedInfo") || !markup_is(value, DSIG_SPACE, "SignatureValue") ||
        !markup_is(*key_info, DSIG_SPACE, "KeyInfo") || !markup_only_attributes(signature, ATTRIBUTES) ||
        !markup_only_elements(signature))
        return unusual(c);
    size_t objects = 0;
    for (child = markup_next(*key_info); child; child = markup_next(child))
        if (!markup_is(child, DSIG_SPACE, "Object") || !markup_only_elements(child) || ++objects > 3)
            return unusual(c);
    return true;
}

static bool room_for_parts(struct check *c, const xmlNode *list, struct found *out)
{
    out->parts = talloc_zero_array(c->scratch, struct part_reference, count_references(list) + 1);
    c->memory = c->memory || !out->parts;
    return out->parts != NULL;
}

static bool odf_form(struct check *c, const xmlNode *info, struct found *out)
{
    static const char *const PROPERTY[] = {"SignatureProperties", "SignatureProperty", NULL};
    const xmlNode *property = NULL;
    for (const xmlNode *o = markup_next(markup_next(markup_next(info))); o; o = markup_next(o))
        property = property ? property : descend(o, PROPERTY);
    const xmlNode *date = only(property, DC_SPACE, "date");
    out->stated_time = date ? markup_text(c->scratch, date) : NULL;
    const char *target = property ? markup_attribute(c->scratch, property, "Target") : NULL;
    if (!out->stated_time || !target || target[0] != '#' || strcmp(target + 1, out->signature_id) != 0)
        return unusual(c);
    struct target targets[] = {
        {.id = id_of(c, property), .required = true},
        {.id = id_of(c, out->signed_properties), .type = TYPE_PROPERTIES, .required = true},
    };
    return room_for_parts(c, info, out) && read_signed_info(c, info, true, targets, 2, out);
}

static bool ooxml_form(struct check *c, const xmlNode *info, struct found *out)
{
    const xmlNode *package_object = NULL, *office_object = NULL, *manifest = NULL;
    for (const xmlNode *o = markup_next(markup_next(markup_next(info))); o; o = markup_next(o)) {
        const xmlNode *inside = only(o, DSIG_SPACE, "Manifest");
        if (inside) {
            package_object = o;
            manifest = inside;
        } else if (only(o, DSIG_SPACE, "SignatureProperties"))
            office_object = o;
    }
    static const char *const PROPERTY[] = {"SignatureProperties", "SignatureProperty", NULL};
    const xmlNode *property = package_object ? descend(package_object, PROPERTY) : NULL;
    const xmlNode *value = only(only(property, MDSSI_SPACE, "SignatureTime"), MDSSI_SPACE, "Value");
    out->stated_time = value ? markup_text(c->scratch, value) : NULL;
    if (!manifest || !out->stated_time)
        return unusual(c);
    struct target targets[] = {
        {.id = id_of(c, package_object), .type = TYPE_OBJECT, .may_be_plain = true, .required = true},
        {.id = id_of(c, office_object),
         .type = TYPE_OBJECT,
         .may_be_plain = true,
         .required = office_object != NULL},
        {.id = id_of(c, out->signed_properties), .type = TYPE_PROPERTIES, .required = true},
    };
    return room_for_parts(c, manifest, out) && read_signed_info(c, info, false, targets, 3, out) &&
           read_manifest(c, manifest, out);
}

static xmlNode *signature_of(xmlDoc *doc, bool odf)
{
    xmlNode *root = xmlDocGetRootElement(doc);
    if (!odf)
        return markup_is(root, DSIG_SPACE, "Signature") ? root : NULL;
    if (!markup_is(root, ODF_DSIG_SPACE, "document-signatures") || !markup_only_elements(root))
        return NULL;
    xmlNode *child = markup_child(root);
    return markup_is(child, DSIG_SPACE, "Signature") && !markup_next(child) ? child : NULL;
}

bool verify_form(struct check *c, const struct package_entry *entry, bool odf, struct found *out)
{
    xmlDoc *doc = NULL;
    struct census census = {{0}, {0}, 0};
    xmlNode *info = NULL, *key_info = NULL;
    if (markup_read(c->scratch, entry->name, entry->data, entry->size, &doc))
        return no(c, PROBLEM_SIGNATURE_XML, NULL);
    if (!take_census(c, doc, &census))
        return false;
    out->signature = signature_of(doc, odf);
    if (!out->signature || !census_fits(&census, odf) ||
        !signature_children(c, out->signature, &info, &key_info))
        return unusual(c);
    out->signature_id = id_of(c, out->signature);
    if (!out->signature_id)
        return unusual(c);
    return read_properties(c, out->signature, census.may_miss[0] > 0, out) &&
           read_key_info(c, key_info, out) && (odf ? odf_form(c, info, out) : ooxml_form(c, info, out));
}
