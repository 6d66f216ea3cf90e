/* seal_markup.h - small XML documents of packages, read with suspicion, and the few rules of OPC on top of
 * them.
 *
 * A document here is UTF-8, at most MARKUP_LIMIT bytes, without DOCTYPE, comments, CDATA sections or
 * processing instructions: nothing in it can hide, expand or point elsewhere. Documents of offices have none
 * of these. */
#ifndef MINGDA_SEAL_MARKUP_H
#define MINGDA_SEAL_MARKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <libxml/tree.h>
#include "fault.h"
#include "package.h"
#include "text.h"

#define MARKUP_LIMIT ((size_t)1 << 20)

/* The document lives as long as `life`. Fault MARKUP (FAULT_INPUT) with a sentence. */
const struct fault *markup_read(TALLOC_CTX *life, const char *name, const void *bytes, size_t length,
                                xmlDoc **out);

/* An element of this name and namespace. */
bool markup_is(const xmlNode *node, const char *space, const char *name);
/* First child element, next sibling element; other nodes are passed over. NULL at the end. */
xmlNode *markup_child(const xmlNode *node);
xmlNode *markup_next(const xmlNode *node);
/* True when all text directly inside is white space. */
bool markup_only_elements(const xmlNode *node);
/* True when the element has only attributes (without namespace) of this list, which ends with NULL. */
bool markup_only_attributes(const xmlNode *node, const char *const *names);
/* Value of the attribute without namespace, on `life`; NULL when absent or without memory. */
const char *markup_attribute(TALLOC_CTX *life, const xmlNode *node, const char *name);
/* The text of an element that has no child elements, white space at its ends cut off; NULL when it has some.
 */
const char *markup_text(TALLOC_CTX *life, const xmlNode *node);

/* What [Content_Types].xml declares. */
struct opc_type {
    const char *key;  /* extension, or name of the part without its leading slash */
    const char *type; /* content type */
    bool override;
};
struct opc_types {
    struct opc_type *rows;
    size_t count;
};
/* Strict: unknown elements, attributes or a key twice are faults (MARKUP). */
const struct fault *opc_types_read(TALLOC_CTX *life, const struct package_entry *entry,
                                   struct opc_types *out);
/* The content type of a part, or NULL. Keys are compared exactly. */
const char *opc_type_of(const struct opc_types *types, const char *part);

struct opc_relationship {
    const char *id, *type, *target;
    const char *mode; /* "Internal" or "External"; NULL when not written */
    bool covered;     /* for the caller: under the signature */
};
struct opc_relationships {
    struct opc_relationship *rows; /* as written */
    size_t count;
    bool blanks; /* white space between the elements: libxmlsec1 before 1.3.8 digests that wrongly */
};
const struct fault *opc_relationships_read(TALLOC_CTX *life, const struct package_entry *entry,
                                           struct opc_relationships *out);
/* Writes the list as it stands in a package: no white space between elements, which libxmlsec1 would digest
 * wrongly. */
void opc_relationships_write(struct text *t, const struct opc_relationships *list);
/* The output of the relationship transform (ECMA-376 part 2, 13.2.4.24): the covered ones alone, sorted by
 * Id, with TargetMode always there. Sorts the list. */
void opc_relationships_transform(struct text *t, struct opc_relationships *list);
/* A value that every verifier writes the same. libxmlsec1 1.2.37 does not escape what it digests, so that one
 * with a quote could pass for another relationship. */
bool opc_is_plain(const struct opc_relationship *r);
bool opc_is_relationships(const char *part); /* "_rels/.rels", "word/_rels/document.xml.rels" */

#define OPC_TYPES_PART          "[Content_Types].xml"
#define OPC_ROOT_RELATIONSHIPS  "_rels/.rels"
#define OPC_TYPES_SPACE         "http://schemas.openxmlformats.org/package/2006/content-types"
#define OPC_RELATIONSHIPS_SPACE "http://schemas.openxmlformats.org/package/2006/relationships"
#define OPC_RELATIONSHIPS_TYPE  "application/vnd.openxmlformats-package.relationships+xml"
#define OPC_ORIGIN              "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
#define OPC_SIGNATURE                                                                                        \
    "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/signature"
#define OPC_ORIGIN_TYPE    "application/vnd.openxmlformats-package.digital-signature-origin"
#define OPC_SIGNATURE_TYPE "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"

#endif
