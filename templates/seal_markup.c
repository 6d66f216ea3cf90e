#include <string.h>
#include <libxml/parser.h>
#include "life.h"
#include "seal_markup.h"
#include "seal_parts.h"
#include "text.h"

LIFE_ADOPT(document, xmlDoc, xmlFreeDoc)

static const struct fault *wrong(TALLOC_CTX *life, const char *name, const char *what)
{
    return fault_new(life, FAULT_INPUT, "MARKUP", "%s: %s", name, what);
}

enum { MOST_EQUALS = 48 }; /* in one tag: an element with thousands of attributes costs the parser seconds */

static bool crowded(const char *tag, const char *end)
{
    int equals = 0;
    for (const char *at = tag + 1; at < end && *at != '<' && *at != '>'; at++)
        if (*at == '=' && ++equals > MOST_EQUALS)
            return true;
    return false;
}

/* Looks for what may not be there before any parser sees it. */
static const char *forbidden(const char *s, size_t n)
{
    if (n == 0 || n > MARKUP_LIMIT)
        return n ? "too large" : "empty";
    if (!text_is_utf8(s, n))
        return "not UTF-8";
    for (const char *at = s, *end = s + n; (at = memchr(at, '<', (size_t)(end - at))); at++) {
        if (end - at < 2)
            break;
        if (at[1] == '!')
            return "a DOCTYPE, comment or CDATA section";
        if (at[1] == '?' && !(at == s && n > 5 && memcmp(at, "<?xml", 5) == 0))
            return "a processing instruction";
        if (crowded(at, end))
            return "an element with too many attributes";
    }
    return NULL;
}

const struct fault *markup_read(TALLOC_CTX *life, const char *name, const void *bytes, size_t length,
                                xmlDoc **out)
{
    const char *reason = forbidden(bytes, length);
    if (reason)
        return wrong(life, name, reason);
    xmlDoc *doc = xmlReadMemory(bytes, (int)length, NULL, "UTF-8",
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!doc)
        return wrong(life, name, "not well-formed XML");
    TRY_MEMORY(document_adopt(life, doc));
    if (doc->intSubset || doc->extSubset || !xmlDocGetRootElement(doc))
        return wrong(life, name, "a DOCTYPE");
    *out = doc;
    return NULL;
}

bool markup_is(const xmlNode *node, const char *space, const char *name)
{
    return node && node->type == XML_ELEMENT_NODE && node->ns && node->ns->href &&
           strcmp((const char *)node->ns->href, space) == 0 && strcmp((const char *)node->name, name) == 0;
}

static xmlNode *element_from(xmlNode *node)
{
    while (node && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

xmlNode *markup_child(const xmlNode *node)
{
    return element_from(node->children);
}

xmlNode *markup_next(const xmlNode *node)
{
    return element_from(node->next);
}

bool markup_only_elements(const xmlNode *node)
{
    for (xmlNode *child = node->children; child; child = child->next) {
        if (child->type == XML_ELEMENT_NODE)
            continue;
        if (child->type != XML_TEXT_NODE || !child->content)
            return false;
        const char *text = (const char *)child->content;
        if (text[strspn(text, " \t\r\n")])
            return false;
    }
    return true;
}

bool markup_only_attributes(const xmlNode *node, const char *const *names)
{
    for (const xmlAttr *a = node->properties; a; a = a->next) {
        const char *const *name = names;
        while (*name && strcmp(*name, (const char *)a->name) != 0)
            name++;
        if (!*name || a->ns)
            return false;
    }
    return true;
}

const char *markup_attribute(TALLOC_CTX *life, const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
    if (!value)
        return NULL;
    const char *copy = talloc_strdup(life, (const char *)value);
    xmlFree(value);
    return copy;
}

const char *markup_text(TALLOC_CTX *life, const xmlNode *node)
{
    if (markup_child(node))
        return NULL;
    xmlChar *value = xmlNodeGetContent(node);
    if (!value)
        return NULL;
    const char *start = (const char *)value + strspn((const char *)value, " \t\r\n");
    size_t n = strlen(start);
    while (n && strchr(" \t\r\n", start[n - 1]))
        n--;
    const char *copy = talloc_strndup(life, start, n);
    xmlFree(value);
    return copy;
}

#define MOST_ROWS 1024 /* comparing each with each stays cheap */

static const struct fault *count_rows(TALLOC_CTX *life, const char *part, const xmlNode *root, size_t *out)
{
    *out = 0;
    for (const xmlNode *child = markup_child(root); child; child = markup_next(child))
        if (++*out > MOST_ROWS)
            return wrong(life, part, "too many elements");
    return NULL;
}

static const struct fault *read_type(TALLOC_CTX *life, const xmlNode *node, struct opc_type *row)
{
    static const char *const DEFAULT[] = {"Extension", "ContentType", NULL};
    static const char *const OVERRIDE[] = {"PartName", "ContentType", NULL};
    row->override = markup_is(node, OPC_TYPES_SPACE, "Override");
    const char *const *attributes = row->override ? OVERRIDE : DEFAULT;
    if (!row->override && !markup_is(node, OPC_TYPES_SPACE, "Default"))
        return wrong(life, OPC_TYPES_PART, "an unknown element");
    if (!markup_only_attributes(node, attributes) || node->children)
        return wrong(life, OPC_TYPES_PART, "an unknown attribute or content");
    const char *key = markup_attribute(life, node, attributes[0]);
    row->type = markup_attribute(life, node, "ContentType");
    if (!key || !row->type || !*row->type || (row->override ? key[0] != '/' : !*key))
        return wrong(life, OPC_TYPES_PART, "a declaration is incomplete");
    row->key = row->override ? key + 1 : key;
    return NULL;
}

const struct fault *opc_types_read(TALLOC_CTX *life, const struct package_entry *entry, struct opc_types *out)
{
    if (!entry)
        return wrong(life, OPC_TYPES_PART, "is missing");
    xmlDoc *doc = NULL;
    TRY(markup_read(life, entry->name, entry->data, entry->size, &doc));
    const xmlNode *root = xmlDocGetRootElement(doc);
    if (!markup_is(root, OPC_TYPES_SPACE, "Types") || root->properties || !markup_only_elements(root))
        return wrong(life, OPC_TYPES_PART, "is not a list of types");
    size_t count = 0;
    TRY(count_rows(life, entry->name, root, &count));
    out->rows = talloc_zero_array(life, struct opc_type, count + 1);
    TRY_MEMORY(out->rows);
    out->count = 0;
    for (const xmlNode *node = markup_child(root); node; node = markup_next(node)) {
        struct opc_type *row = &out->rows[out->count];
        TRY(read_type(life, node, row));
        for (size_t i = 0; i < out->count; i++)
            if (out->rows[i].override == row->override && strcasecmp(out->rows[i].key, row->key) == 0)
                return wrong(life, OPC_TYPES_PART, "declares a type twice");
        out->count++;
    }
    return NULL;
}

const char *opc_type_of(const struct opc_types *types, const char *part)
{
    const char *slash = strrchr(part, '/');
    const char *dot = strrchr(slash ? slash : part, '.');
    const char *by_extension = NULL;
    for (size_t i = 0; i < types->count; i++) {
        const struct opc_type *row = &types->rows[i];
        if (row->override && strcmp(row->key, part) == 0)
            return row->type;
        if (!row->override && dot && strcmp(row->key, dot + 1) == 0)
            by_extension = row->type;
    }
    return by_extension;
}

static const struct fault *read_relationship(TALLOC_CTX *life, const char *part, const xmlNode *node,
                                             struct opc_relationship *row)
{
    static const char *const ATTRIBUTES[] = {"Id", "Target", "TargetMode", "Type", NULL};
    if (!markup_is(node, OPC_RELATIONSHIPS_SPACE, "Relationship") || node->children ||
        !markup_only_attributes(node, ATTRIBUTES))
        return wrong(life, part, "an unknown element, attribute or content");
    *row = (struct opc_relationship){.id = markup_attribute(life, node, "Id"),
                                     .type = markup_attribute(life, node, "Type"),
                                     .target = markup_attribute(life, node, "Target"),
                                     .mode = markup_attribute(life, node, "TargetMode")};
    if (!row->id || !*row->id || !row->type || !row->target)
        return wrong(life, part, "a relationship is incomplete");
    if (row->mode && strcmp(row->mode, "Internal") != 0 && strcmp(row->mode, "External") != 0)
        return wrong(life, part, "an unknown TargetMode");
    return NULL;
}

const struct fault *opc_relationships_read(TALLOC_CTX *life, const struct package_entry *entry,
                                           struct opc_relationships *out)
{
    xmlDoc *doc = NULL;
    TRY(markup_read(life, entry->name, entry->data, entry->size, &doc));
    const xmlNode *root = xmlDocGetRootElement(doc);
    if (!markup_is(root, OPC_RELATIONSHIPS_SPACE, "Relationships") || root->properties ||
        !markup_only_elements(root))
        return wrong(life, entry->name, "is not a list of relationships");
    *out = (struct opc_relationships){0};
    for (const xmlNode *node = root->children; node; node = node->next)
        out->blanks = out->blanks || node->type != XML_ELEMENT_NODE;
    size_t count = 0;
    TRY(count_rows(life, entry->name, root, &count));
    out->rows = talloc_zero_array(life, struct opc_relationship, count + 1);
    TRY_MEMORY(out->rows);
    for (const xmlNode *node = markup_child(root); node; node = markup_next(node)) {
        struct opc_relationship *row = &out->rows[out->count];
        TRY(read_relationship(life, entry->name, node, row));
        for (size_t i = 0; i < out->count; i++)
            if (strcmp(out->rows[i].id, row->id) == 0)
                return wrong(life, entry->name, "an Id is there twice");
        out->count++;
    }
    return NULL;
}

bool opc_is_relationships(const char *part)
{
    size_t n = strlen(part);
    if (n < 11 || strcmp(part + n - 5, ".rels") != 0)
        return false;
    const char *slash = strrchr(part, '/');
    return slash && slash - part >= 5 && memcmp(slash - 5, "_rels", 5) == 0 &&
           (slash - part == 5 || slash[-6] == '/');
}

static void write_relationship(struct text *t, const struct opc_relationship *r, const char *mode)
{
    text_add(t, "<Relationship Id=\"");
    canonical_attribute(t, r->id);
    text_add(t, "\" Target=\"");
    canonical_attribute(t, r->target);
    if (mode)
        text_printf(t, "\" TargetMode=\"%s", mode);
    text_add(t, "\" Type=\"");
    canonical_attribute(t, r->type);
    text_add(t, "\"></Relationship>");
}

void opc_relationships_write(struct text *t, const struct opc_relationships *list)
{
    text_add(t, "<Relationships xmlns=\"" OPC_RELATIONSHIPS_SPACE "\">");
    for (size_t i = 0; i < list->count; i++)
        write_relationship(t, &list->rows[i], list->rows[i].mode);
    text_add(t, "</Relationships>");
}

static int by_id(const void *a, const void *b) /* UTF-8 bytes sort as code points */
{
    return strcmp(((const struct opc_relationship *)a)->id, ((const struct opc_relationship *)b)->id);
}

void opc_relationships_transform(struct text *t, struct opc_relationships *list)
{
    if (list->count)
        qsort(list->rows, list->count, sizeof *list->rows, by_id);
    text_add(t, "<Relationships xmlns=\"" OPC_RELATIONSHIPS_SPACE "\">");
    for (size_t i = 0; i < list->count; i++)
        if (list->rows[i].covered)
            write_relationship(t, &list->rows[i], list->rows[i].mode ? list->rows[i].mode : "Internal");
    text_add(t, "</Relationships>");
}

bool opc_is_plain(const struct opc_relationship *r)
{
    static const char AWKWARD[] = "&<>\"'\t\r\n";
    return !strpbrk(r->id, AWKWARD) && !strpbrk(r->target, AWKWARD) && !strpbrk(r->type, AWKWARD);
}
