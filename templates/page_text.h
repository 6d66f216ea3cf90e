/* page_text.h - the texts of a template as messages for translators.
 *
 * A message is the whole content of an element that has text of its own. Inner elements with text stand in it
 * as <1>…</1>, other ones as <2/>, numbered in document order; slots stay as they are:
 * "请于<1/>前补正，共{n}项。" */
#ifndef MINGDA_PAGE_TEXT_H
#define MINGDA_PAGE_TEXT_H

#include <libxml/tree.h>
#include "page.h"

#define PAGE_NAMESPACE   "urn:mingda:page"
#define XHTML_NAMESPACE  "http://www.w3.org/1999/xhtml"
#define MESSAGE_ELEMENTS 64 /* inner elements of one message */

struct message {
    const char *text;
    const xmlNode *elements[MESSAGE_ELEMENTS]; /* number n is at n - 1 */
    size_t count;
};

/* Parses a template: no DTD, no entities, nothing fetched. The document ends with `life`. Fault PAGE_SYNTAX.
 */
const struct fault *page_parse(TALLOC_CTX *life, const char *name, const char *bytes, size_t length,
                               xmlDoc **out);

bool page_is_ours(const xmlNode *element, const char *name); /* <d:name>; NULL: any d: element */
/* The value of the attribute (d: when `ours`), borrowed from the document; NULL when it is not there. */
const char *page_attribute(const xmlNode *element, bool ours, const char *name);
const char *page_attribute_value(const xmlAttr *attribute);

/* Does the element have text of its own (not only white space)? */
bool page_has_text(const xmlNode *element);
/* Chinese characters or punctuation: must be translated. */
bool page_is_chinese(const char *s);
/* White space made one blank, or nothing where a line of Chinese was broken. On `life`. */
const char *page_squeeze(TALLOC_CTX *life, const char *s);
/* The message of the content of `element`. Fault PAGE_SYNTAX ("name:line: …"). */
const struct fault *page_message(TALLOC_CTX *life, const char *name, const xmlNode *element,
                                 struct message *out);
#endif
