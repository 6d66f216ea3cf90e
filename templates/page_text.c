#include <string.h>
#include <libxml/parser.h>
#include "life.h"
#include "page_text.h"
#include "page_place.h"

LIFE_ADOPT(doc, xmlDoc, xmlFreeDoc)

static const char *plain(const xmlChar *s)
{
    return (const char *)s;
}

static const struct fault *syntax(TALLOC_CTX *life, const char *name, long line, const char *sentence)
{
    return fault_new(life, FAULT_BROKEN, "PAGE_SYNTAX", "%s.xml:%ld: %s", name, line, sentence);
}

const struct fault *page_parse(TALLOC_CTX *life, const char *name, const char *bytes, size_t length,
                               xmlDoc **out)
{
    xmlParserCtxt *parser = xmlNewParserCtxt();
    TRY_MEMORY(parser);
    int options =
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES;
    xmlDoc *read =
        length > INT32_MAX ? NULL : xmlCtxtReadMemory(parser, bytes, (int)length, NULL, "UTF-8", options);
    const struct fault *fault = NULL;
    if (!read) {
        const char *said = parser->lastError.message ? parser->lastError.message : "not XML";
        const char *sentence = talloc_asprintf(life, "%.*s", (int)strcspn(said, "\n"), said);
        fault = syntax(life, name, parser->lastError.line, sentence ? sentence : "not XML");
    }
    xmlFreeParserCtxt(parser);
    if (fault)
        return fault;
    xmlDoc *doc = doc_adopt(life, read);
    TRY_MEMORY(doc);
    if (doc->intSubset)
        return syntax(life, name, 1, "a template has no document type");
    *out = doc;
    return NULL;
}

bool page_is_ours(const xmlNode *element, const char *name)
{
    return element->type == XML_ELEMENT_NODE && element->ns &&
           strcmp(plain(element->ns->href), PAGE_NAMESPACE) == 0 &&
           (!name || strcmp(plain(element->name), name) == 0);
}

const char *page_attribute_value(const xmlAttr *attribute)
{
    return attribute->children && attribute->children->content ? plain(attribute->children->content) : "";
}

const char *page_attribute(const xmlNode *element, bool ours, const char *name)
{
    for (const xmlAttr *a = element->properties; a; a = a->next)
        if (strcmp(plain(a->name), name) == 0 &&
            (a->ns && strcmp(plain(a->ns->href), PAGE_NAMESPACE) == 0) == ours)
            return page_attribute_value(a);
    return NULL;
}

static bool is_blank(const char *s)
{
    return s[strspn(s, " \t\r\n")] == '\0';
}

static bool is_text(const xmlNode *node)
{
    return node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE;
}

bool page_has_text(const xmlNode *element)
{
    for (const xmlNode *n = element->children; n; n = n->next)
        if (is_text(n) && !is_blank(plain(n->content)))
            return true;
    return false;
}

/* The code point at `s` (well-formed UTF-8: libxml2 has seen it) and its length. */
static uint32_t point_at(const char *s, size_t *used)
{
    const unsigned char *b = (const unsigned char *)s;
    *used = b[0] < 0x80 ? 1 : b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : 4;
    uint32_t point = *used == 1 ? b[0] : b[0] & (0xffu >> (*used + 1));
    for (size_t i = 1; i < *used; i++)
        point = point << 6 | (b[i] & 0x3f);
    return point;
}

static bool is_han(uint32_t p)
{
    return (p >= 0x2e80 && p <= 0x9fff) || (p >= 0xf900 && p <= 0xfaff) || (p >= 0xfe30 && p <= 0xfe4f) ||
           (p >= 0xff00 && p <= 0xffef) || p >= 0x20000;
}

bool page_is_chinese(const char *s)
{
    for (size_t used; *s; s += used)
        if (is_han(point_at(s, &used)))
            return true;
    return false;
}

/* Beside these a broken line leaves no blank: Chinese, tags, slots, the ends. */
static bool is_soft(uint32_t p)
{
    return p == 0 || p == '<' || p == '>' || p == '{' || p == '}' || is_han(p);
}

const char *page_squeeze(TALLOC_CTX *life, const char *s)
{
    char *out = talloc_array(life, char, strlen(s) + 1);
    if (!out)
        return NULL;
    size_t n = 0, used = 0;
    uint32_t before = 0;
    while (*s) {
        size_t blank = strspn(s, " \t\r\n");
        bool broken = memchr(s, '\n', blank) != NULL;
        s += blank;
        uint32_t point = *s ? point_at(s, &used) : 0;
        bool drop = !before || !point || (broken && is_soft(before) && is_soft(point));
        if (blank && !drop)
            out[n++] = ' ';
        if (!point)
            break;
        memcpy(out + n, s, used);
        n += used;
        s += used;
        before = point;
    }
    out[n] = '\0';
    return out;
}

static bool has_text_below(const xmlNode *element)
{
    if (page_has_text(element))
        return true;
    for (const xmlNode *n = element->children; n; n = n->next)
        if (n->type == XML_ELEMENT_NODE && has_text_below(n))
            return true;
    return false;
}

/* Stands in a message as <n/>: nothing in it for the translator, or not for this message. */
static bool is_opaque(const xmlNode *element)
{
    const char *translate = page_attribute(element, false, "translate");
    return page_is_ours(element, "use") || page_is_ours(element, "slot") ||
           page_attribute(element, true, "text") || (translate && strcmp(translate, "no") == 0) ||
           !has_text_below(element);
}

static const struct fault *collect(TALLOC_CTX *life, const char *name, const xmlNode *element,
                                   struct text *raw, struct message *out)
{
    for (const xmlNode *n = element->children; n; n = n->next) {
        if (is_text(n)) {
            if (strchr(plain(n->content), '<'))
                return syntax(life, name, xmlGetLineNo(n), "a text cannot hold the character <");
            text_add(raw, plain(n->content));
        }
        if (n->type != XML_ELEMENT_NODE)
            continue;
        if (out->count == MESSAGE_ELEMENTS)
            return syntax(life, name, xmlGetLineNo(n), "too many elements within one text");
        out->elements[out->count++] = n;
        size_t number = out->count;
        if (is_opaque(n)) {
            text_printf(raw, "<%zu/>", number);
            continue;
        }
        text_printf(raw, "<%zu>", number);
        TRY(collect(life, name, n, raw, out));
        text_printf(raw, "</%zu>", number);
    }
    return NULL;
}

const struct fault *page_message(TALLOC_CTX *life, const char *name, const xmlNode *element,
                                 struct message *out)
{
    struct text *raw = text_new(life, 65536);
    const char *joined;
    out->count = 0;
    TRY(collect(life, name, element, raw, out));
    TRY(text_end(raw, &joined, NULL));
    out->text = page_squeeze(life, joined);
    return out->text ? NULL : fault_memory();
}

struct gather {
    TALLOC_CTX *life;
    const char *name;
    void (*each)(void *arg, const char *file, long line, const char *message);
    void *arg;
};

static const struct fault *gather_attributes(struct gather *g, const xmlNode *element)
{
    for (const xmlAttr *a = element->properties; a; a = a->next) {
        if (a->ns || !page_is_chinese(page_attribute_value(a)))
            continue;
        const char *message = page_squeeze(g->life, page_attribute_value(a));
        TRY_MEMORY(message);
        g->each(g->arg, g->name, xmlGetLineNo(element), message);
    }
    return NULL;
}

static const struct fault *gather(struct gather *g, const xmlNode *element)
{
    const char *translate = page_attribute(element, false, "translate");
    if (translate && strcmp(translate, "no") == 0)
        return NULL;
    TRY(gather_attributes(g, element));
    if (!page_has_text(element)) {
        for (const xmlNode *n = element->children; n; n = n->next)
            if (n->type == XML_ELEMENT_NODE)
                TRY(gather(g, n));
        return NULL;
    }
    struct message message;
    TRY(page_message(g->life, g->name, element, &message));
    if (page_is_chinese(message.text))
        g->each(g->arg, g->name, xmlGetLineNo(element), message.text);
    for (size_t i = 0; i < message.count; i++) {
        if (is_opaque(message.elements[i]))
            TRY(gather(g, message.elements[i]));
        else
            TRY(gather_attributes(g, message.elements[i]));
    }
    return NULL;
}

const struct fault *page_messages(TALLOC_CTX *scratch, const char *name, const char *bytes, size_t length,
                                  void (*each)(void *arg, const char *file, long line, const char *message),
                                  void *arg)
{
    xmlDoc *doc;
    TRY(page_parse(scratch, name, bytes, length, &doc));
    struct gather g = {.life = scratch, .name = name, .each = each, .arg = arg};
    return gather(&g, xmlDocGetRootElement(doc));
}
