/* letter_document.c - a template as XML: parsed without network and without entities, only known elements,
 * the schema; and how a fault names its line. */
#include <stdarg.h>
#include <string.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include "letter_reading.h"
#include "life.h"

#define NAMESPACE  "urn:mingda:letter"
#define SOURCE_MAX (256u << 10)

extern const char letter_rng[];
extern const size_t letter_rng_length;

/* ---- Schema and documents ---- */

struct letter_reader {
    xmlRelaxNGPtr schema;
};

static int reader_close(struct letter_reader *reader)
{
    if (reader->schema)
        xmlRelaxNGFree(reader->schema);
    return 0;
}

const struct fault *letter_reader_new(TALLOC_CTX *life, struct letter_reader **out)
{
    struct letter_reader *reader = talloc_zero(life, struct letter_reader);
    TRY_MEMORY(reader);
    talloc_set_destructor(reader, reader_close);
    xmlRelaxNGParserCtxtPtr parser = xmlRelaxNGNewMemParserCtxt(letter_rng, (int)letter_rng_length);
    TRY_MEMORY(parser);
    reader->schema = xmlRelaxNGParse(parser);
    xmlRelaxNGFreeParserCtxt(parser);
    if (!reader->schema)
        return fault_new(life, FAULT_BROKEN, "LETTER_SCHEMA", "the schema of letters cannot be read");
    *out = reader;
    return NULL;
}

LIFE_ADOPT(document, xmlDoc, xmlFreeDoc)

const struct fault *template_bad_line(TALLOC_CTX *life, const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *why = talloc_vasprintf(life, format, arguments);
    va_end(arguments);
    TRY_MEMORY(why);
    for (char *c = why; *c; c++) /* libxml2 ends its sentences with a line feed */
        if (*c == '\n')
            *c = c[1] ? ' ' : '\0';
    return fault_new(life, FAULT_INPUT, "LETTER_TEMPLATE", "%s:%d: %s", file, line, why);
}

/* A DOCTYPE ends the parsing where it begins: no entity is ever declared. */
static void stop_at_doctype(void *data, const xmlChar *name, const xmlChar *public_id,
                            const xmlChar *system_id)
{
    (void)name, (void)public_id, (void)system_id;
    xmlParserCtxtPtr context = data;
    *(int *)context->_private = context->input->line;
    xmlStopParser(context);
}

const struct fault *template_parse(const struct letter_source *source, TALLOC_CTX *life, xmlDocPtr *out)
{
    if (source->length == 0 || source->length > SOURCE_MAX)
        return template_bad_line(life, source->name, 1, "a template has 1 to %u bytes", SOURCE_MAX);
    xmlParserCtxtPtr context = xmlNewParserCtxt();
    TRY_MEMORY(context);
    int doctype = 0;
    context->_private = &doctype;
    context->sax->internalSubset = stop_at_doctype;
    xmlDocPtr doc =
        xmlCtxtReadMemory(context, source->bytes, (int)source->length, source->name, "UTF-8",
                          XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
    const struct fault *f = NULL;
    const xmlError *error = xmlCtxtGetLastError(context);
    if (doctype)
        f = template_bad_line(life, source->name, doctype, "a DOCTYPE is not allowed");
    else if (!doc)
        f = template_bad_line(life, source->name, error ? error->line : 1, "not well-formed: %s",
                              error && error->message ? error->message : "unknown error");
    xmlFreeParserCtxt(context);
    if (f) {
        xmlFreeDoc(doc);
        return f;
    }
    *out = document_adopt(life, doc);
    TRY_MEMORY(*out);
    return NULL;
}

/* The first complaint of the validator. */
struct complaint {
    TALLOC_CTX *life;
    const char *message;
    int line;
};

static void note_complaint(void *data, xmlErrorPtr error)
{
    struct complaint *c = data;
    if (!c->message && error->message) {
        c->message = talloc_strdup(c->life, error->message);
        c->line = error->node ? template_line(error->node) : error->line;
    }
}

static const struct fault *validate(const struct letter_reader *reader, const char *file, xmlDocPtr doc,
                                    TALLOC_CTX *life)
{
    xmlRelaxNGValidCtxtPtr context = xmlRelaxNGNewValidCtxt(reader->schema);
    TRY_MEMORY(context);
    struct complaint complaint = {.life = life};
    xmlRelaxNGSetValidStructuredErrors(context, note_complaint, &complaint);
    int result = xmlRelaxNGValidateDoc(context, doc);
    xmlRelaxNGFreeValidCtxt(context);
    if (result != 0)
        return template_bad_line(
            life, file, complaint.line > 1 ? complaint.line : template_line(xmlDocGetRootElement(doc)),
            "%s%s", complaint.message ? complaint.message : "does not fit the schema",
            complaint.message && strstr(complaint.message, "failed to validate")
                ? "(an attribute is missing, or its value is not one that is allowed)"
                : "");
    return NULL;
}

/* ---- Nodes of XML ---- */

int template_line(const xmlNode *x)
{
    return x ? (int)xmlGetLineNo((xmlNode *)(uintptr_t)x) : 1;
}

const struct fault *template_bad(const struct unit *u, const xmlNode *x, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *why = talloc_vasprintf(u->compiler->scratch, format, arguments);
    va_end(arguments);
    TRY_MEMORY(why);
    return template_bad_line(u->compiler->result, u->file, template_line(x), "%s", why);
}

/* The text of an attribute without namespace on `life`; NULL when absent (or without memory: the schema has
 * already said which must be there, so that what follows then faults). */
const char *template_attribute(TALLOC_CTX *life, const xmlNode *x, const char *name)
{
    scoped_free xmlChar *value = xmlGetNoNsProp(x, (const xmlChar *)name);
    return value ? talloc_strdup(life, (const char *)value) : NULL;
}

bool template_is(const xmlNode *x, const char *name)
{
    return x->type == XML_ELEMENT_NODE && strcmp((const char *)x->name, name) == 0;
}

const xmlNode *template_next(const xmlNode *x)
{
    while (x && x->type != XML_ELEMENT_NODE)
        x = x->next;
    return x;
}

/* ---- Elements ---- */

const struct template_element TEMPLATE_ELEMENTS[] = {
    {"mark", NODE_BLOCK, LETTER_BLOCK_MARK},
    {"title", NODE_BLOCK, LETTER_BLOCK_TITLE},
    {"number", NODE_BLOCK, LETTER_BLOCK_NUMBER},
    {"to", NODE_BLOCK, LETTER_BLOCK_TO},
    {"p", NODE_BLOCK, LETTER_BLOCK_P},
    {"h1", NODE_BLOCK, LETTER_BLOCK_H1},
    {"h2", NODE_BLOCK, LETTER_BLOCK_H2},
    {"h3", NODE_BLOCK, LETTER_BLOCK_H3},
    {"h4", NODE_BLOCK, LETTER_BLOCK_H4},
    {"note", NODE_BLOCK, LETTER_BLOCK_NOTE},
    {"annex", NODE_BLOCK, LETTER_BLOCK_ANNEX},
    {"copy", NODE_BLOCK, LETTER_BLOCK_COPY},
    {"attachment", NODE_ATTACHMENT, LETTER_BLOCK_ATTACHMENT},
    {"qr", NODE_QR, LETTER_BLOCK_QR},
    {"sign", NODE_SIGN, LETTER_BLOCK_SIGN},
    {"imprint", NODE_SIGN, LETTER_BLOCK_IMPRINT},
    {"text", NODE_TEXT, LETTER_BLOCK_P},
    {"table", NODE_TABLE, LETTER_BLOCK_TABLE},
    {"tr", NODE_TR, 0},
    {"td", NODE_TD, 0},
    {"th", NODE_TH, 0},
    {"list", NODE_LIST, LETTER_BLOCK_P},
    {"item", NODE_ITEM, LETTER_BLOCK_P},
    {"clause", NODE_CLAUSE, 0},
    {"if", NODE_IF, 0},
    {"choose", NODE_CHOOSE, 0},
    {"when", NODE_WHEN, 0},
    {"otherwise", NODE_OTHERWISE, 0},
    {"each", NODE_EACH, 0},
    {"v", NODE_V, 0},
    {"index", NODE_INDEX, 0},
    {"br", NODE_BR, 0},
};
static const char *const FRAME_ELEMENTS[] = {"letter", "fields", "field", "words"};

int template_element(const xmlNode *x)
{
    for (size_t i = 0; i < sizeof TEMPLATE_ELEMENTS / sizeof *TEMPLATE_ELEMENTS; i++)
        if (template_is(x, TEMPLATE_ELEMENTS[i].name))
            return (int)i;
    return -1;
}

bool template_in_words(const xmlNode *x)
{
    static const char *const AROUND[] = {"if", "choose", "when", "otherwise", "each"};
    static const char *const WORDLESS[] = {"letter", "clause", "fields", "field", "table", "tr", "list"};
    for (x = x->parent; x && x->type == XML_ELEMENT_NODE; x = x->parent) {
        bool around = false, wordless = false;
        for (size_t i = 0; i < sizeof AROUND / sizeof *AROUND && !around; i++)
            around = template_is(x, AROUND[i]);
        for (size_t i = 0; i < sizeof WORDLESS / sizeof *WORDLESS && !wordless; i++)
            wordless = template_is(x, WORDLESS[i]);
        if (!around)
            return !wordless;
    }
    return false;
}

/* Of what the validator would only say that something around it is wrong. */
static const struct fault *refuse_early(const struct unit *u, const xmlNode *x)
{
    const char *type = template_is(x, "field") ? template_attribute(u->compiler->scratch, x, "type") : NULL;
    if (x->type == XML_ENTITY_REF_NODE || x->type == XML_PI_NODE)
        return template_bad(u, x, "entities and processing instructions are not allowed");
    if (x->type == XML_TEXT_NODE && !xmlIsBlankNode(x) && !template_in_words(x))
        return template_bad(u, x, "words stand where only elements can");
    for (size_t i = 0; type && i <= LETTER_ROWS; i++)
        if (strcmp(TEMPLATE_TYPE_WORDS[i], type) == 0)
            return NULL;
    return type ? template_bad(u, x, "there is no type %s", type) : NULL;
}

/* An unknown word is told as such: the validator would only say that its parent is wrong. */
static const struct fault *refuse_unknown(const struct unit *u, const xmlNode *x)
{
    for (; x; x = x->next) {
        TRY(refuse_early(u, x));
        if (x->type != XML_ELEMENT_NODE)
            continue;
        bool known = x->ns && strcmp((const char *)x->ns->href, NAMESPACE) == 0 && template_element(x) >= 0;
        for (size_t i = 0; i < sizeof FRAME_ELEMENTS / sizeof *FRAME_ELEMENTS && !known; i++)
            known = x->ns && strcmp((const char *)x->ns->href, NAMESPACE) == 0 &&
                    template_is(x, FRAME_ELEMENTS[i]);
        if (!known)
            return template_bad(u, x, "element <%s> is not part of the vocabulary", (const char *)x->name);
        if (x->children)
            TRY(refuse_unknown(u, x->children));
    }
    return NULL;
}

const struct fault *template_open(const struct unit *u, const struct letter_source *source, const char *root,
                                  const xmlNode **out)
{
    xmlDocPtr doc;
    TRY(template_parse(source, u->compiler->scratch, &doc));
    const xmlNode *top = xmlDocGetRootElement(doc);
    TRY(refuse_unknown(u, doc->children));
    if (!template_is(top, root))
        return template_bad(u, top, "the document is a <%s>, not a <%s>", (const char *)top->name, root);
    TRY(validate(u->compiler->reader, u->file, doc, u->compiler->result));
    *out = top;
    return NULL;
}
