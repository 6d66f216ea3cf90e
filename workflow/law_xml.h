/* law_xml.h - XML documents of the law: read without network, DOCTYPE or entities; every fault names file and
 * line. */
#ifndef MINGDA_LAW_XML_H
#define MINGDA_LAW_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <libxml/tree.h>
#include "fault.h"

#define SCXML_NAMESPACE "http://www.w3.org/2005/07/scxml"
#define LAW_NAMESPACE   "urn:mingda:law"

/* The tree lives as long as `life`. Faults: EDITION_SYNTAX with "file:line: …". */
const struct fault *law_xml_read(TALLOC_CTX *life, const char *file, const char *bytes, size_t length,
                                 xmlDocPtr *out);
/* FAULT_INPUT with "file:line: sentence". */
const struct fault *law_xml_fault(TALLOC_CTX *life, const char *code, const char *file, const xmlNode *at,
                                  const char *format, ...) __attribute__((format(printf, 5, 6)));
bool law_xml_is(const xmlNode *node, const char *space, const char *name);
/* Has everything that was asked of the document of that node been kept? Else fault_memory(): whoever reads a
 * document asks this in the end, so that nothing optional is lost in silence. */
const struct fault *law_xml_whole(const xmlNode *node);
/* The attribute's text on `life`; NULL when it is absent, or without memory: then law_xml_fault() and
 * law_xml_whole() say so. */
const char *law_xml_attribute(TALLOC_CTX *life, const xmlNode *node, const char *space /* NULL: none */,
                              const char *name);
/* Next element at or after `node` among its siblings; NULL at the end. */
const xmlNode *law_xml_element(const xmlNode *node);
/* Text split at white space; a NULL-ended array on `life`. NULL only without memory: also of a NULL text,
 * which is an attribute that could not be kept. */
const char **law_xml_words(TALLOC_CTX *life, const char *text, size_t *count);
#endif
