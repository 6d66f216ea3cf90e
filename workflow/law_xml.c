#include "law_xml.h"

#include <stdarg.h>
#include <libxml/parser.h>
#include "life.h"

#define LARGEST_DOCUMENT (4u << 20) /* an edition is some 100 KB; nobody writes one of 4 MB */

LIFE_ADOPT(document, xmlDoc, xmlFreeDoc)

/* What goes wrong first is what is told; the parser itself remembers the last. */
struct trouble {
    bool doctype, told;
    int line;
    char message[200];
};

static struct trouble *trouble_of(void *context)
{
    xmlParserCtxtPtr parser = context;
    return parser->_private;
}

/* A DOCTYPE could declare entities: the parser is stopped before it reads one. */
static void refuse_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    xmlParserCtxtPtr parser = context;
    struct trouble *t = trouble_of(context);
    (void)name, (void)external, (void)system;
    if (!t->told)
        *t = (struct trouble){.doctype = true,
                              .told = true,
                              .line = parser->input ? parser->input->line : 1,
                              .message = "a DOCTYPE is not accepted"};
    xmlStopParser(parser);
}

static void note_first(void *context, xmlErrorPtr error)
{
    struct trouble *t = trouble_of(context);
    if (t->told || error->level < XML_ERR_ERROR)
        return;
    t->told = true;
    t->line = error->line;
    const char *message = error->message ? error->message : "not well-formed";
    snprintf(t->message, sizeof t->message, "%.*s", (int)strcspn(message, "\n"), message);
}

const struct fault *law_xml_read(TALLOC_CTX *life, const char *file, const char *bytes, size_t length,
                                 xmlDocPtr *out)
{
    if (length > LARGEST_DOCUMENT)
        return fault_new(life, FAULT_INPUT, "EDITION_SYNTAX", "%s:1: larger than 4 MB", file);
    xmlParserCtxtPtr parser = xmlNewParserCtxt();
    TRY_MEMORY(parser);
    struct trouble trouble = {.line = 1, .message = "not well-formed"};
    parser->_private = &trouble;
    parser->sax->internalSubset = refuse_doctype;
    parser->sax->serror = note_first;
    xmlDocPtr doc = xmlCtxtReadMemory(parser, bytes, (int)length, NULL, NULL,
                                      XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES);
    xmlFreeParserCtxt(parser);
    if (!doc || trouble.doctype) {
        xmlFreeDoc(doc);
        return fault_new(life, FAULT_INPUT, "EDITION_SYNTAX", "%s:%d: %s", file, trouble.line,
                         trouble.message);
    }
    *out = document_adopt(life, doc);
    TRY_MEMORY(*out);
    (*out)->_private = talloc_zero(life, bool); /* set when memory has run out: law_xml_whole() */
    TRY_MEMORY((*out)->_private);
    return NULL;
}

static void out_of_memory(const xmlNode *node)
{
    if (node->doc && node->doc->_private)
        *(bool *)node->doc->_private = true;
}

const struct fault *law_xml_whole(const xmlNode *node)
{
    bool *out = node && node->doc ? node->doc->_private : NULL;
    return out && *out ? fault_memory() : NULL;
}

const struct fault *law_xml_fault(TALLOC_CTX *life, const char *code, const char *file, const xmlNode *at,
                                  const char *format, ...)
{
    TRY(law_xml_whole(at)); /* what seems to be missing was there, but could not be kept */
    va_list args;
    va_start(args, format);
    char *sentence = talloc_vasprintf(life, format, args);
    va_end(args);
    TRY_MEMORY(sentence);
    return fault_new(life, FAULT_INPUT, code, "%s:%ld: %s", file, at ? xmlGetLineNo(at) : 1L, sentence);
}

bool law_xml_is(const xmlNode *node, const char *space, const char *name)
{
    return node && node->type == XML_ELEMENT_NODE && node->ns &&
           xmlStrcmp(node->ns->href, (const xmlChar *)space) == 0 &&
           (!name || xmlStrcmp(node->name, (const xmlChar *)name) == 0);
}

const char *law_xml_attribute(TALLOC_CTX *life, const xmlNode *node, const char *space, const char *name)
{
    xmlChar *value = space ? xmlGetNsProp(node, (const xmlChar *)name, (const xmlChar *)space)
                           : xmlGetNoNsProp(node, (const xmlChar *)name);
    if (!value)
        return NULL;
    char *copy = talloc_strdup(life, (const char *)value);
    if (!copy)
        out_of_memory(node);
    xmlFree(value);
    return copy;
}

const xmlNode *law_xml_element(const xmlNode *node)
{
    while (node && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

const char **law_xml_words(TALLOC_CTX *life, const char *text, size_t *count)
{
    static const char SPACE[] = " \t\r\n";
    size_t n = 0;
    const char **words = text ? talloc_zero_array(life, const char *, strlen(text) / 2 + 2) : NULL;
    *count = 0;
    if (!words)
        return NULL;
    for (text += strspn(text, SPACE); *text; text += strspn(text, SPACE)) {
        size_t length = strcspn(text, SPACE);
        words[n] = talloc_strndup(words, text, length);
        if (!words[n++])
            return NULL;
        text += length;
    }
    *count = n;
    return words;
}
