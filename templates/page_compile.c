/* From template to program: walks layout, page and parts once per language, checks everything that can be
 * checked before the first visitor comes, and writes instructions. */
#include <strings.h>
#include <string.h>
#include <libxml/parser.h>
#include "life.h"
#include "page_compiler.h"
#include "page_text.h"

#define NESTING     16 /* levels of d:each */
#define PARTS_DEPTH 8  /* parts within parts */

static const struct fault *walk(struct page_compiler *c, const xmlNode *element);
static const struct fault *walk_children(struct page_compiler *c, const xmlNode *element);

static const struct fault *check_link(struct page_compiler *c, const xmlNode *element, const char *attribute,
                                      const char *value)
{
    if (!page_link_begins_well(value))
        return compile_wrong(
            c, element, "PAGE_LINK",
            "the link %s=\"%s\" must begin with / (not //), #, ?, https:, mailto: or tel:", attribute, value);
    if (!c->world->route || !page_link_is_ours(value))
        return NULL;
    const char *path = talloc_strndup(c->scratch, value, strcspn(value, "?#"));
    TRY_MEMORY(path);
    bool sends = strcmp(attribute, "action") == 0 || strcmp(attribute, "formaction") == 0;
    const char *method = sends && c->form_method && strcasecmp(c->form_method, "post") == 0 ? "POST" : "GET";
    if (!c->world->route(c->world->route_arg, method, path))
        return compile_wrong(c, element, "PAGE_LINK", "there is no route %s %s", method, path);
    return NULL;
}

/* The text in the language of the program. `was` is on scratch or in the document. */
static const struct fault *translated(struct page_compiler *c, const xmlNode *at, const char *was,
                                      const char **out)
{
    *out = was;
    if (c->language == LANGUAGE_ZH || c->untranslated || !page_is_chinese(was))
        return NULL;
    const char *found = translation_find(c->world->translations[c->language], was);
    if (!found)
        return compile_wrong(c, at, "PAGE_TRANSLATION", "no translation (%s) of “%s”",
                             language_tag(c->language), was);
    for (const char *brace = strchr(was, '{'); brace; brace = strchr(brace + 1, '{')) {
        const char *slot_text = talloc_strndup(c->scratch, brace, strcspn(brace, "|}"));
        TRY_MEMORY(slot_text);
        if (!strstr(found, slot_text))
            return compile_wrong(c, at, "PAGE_TRANSLATION", "the translation of “%s” lacks the slot %s}", was,
                                 slot_text);
    }
    *out = found;
    return NULL;
}

static const struct fault *open_attribute(struct page_compiler *c, const char *name)
{
    TRY(emit_literal(c, " "));
    TRY(emit_literal(c, name));
    return emit_literal(c, "=\"");
}

static const struct fault *refuse_place(struct page_compiler *c, const xmlNode *element, const char *name)
{
    if (strncasecmp(name, "on", 2) == 0)
        return compile_wrong(c, element, "PAGE_PLACE", "the event attribute %s: pages work without scripts",
                             name);
    return compile_wrong(c, element, "PAGE_PLACE", "the attribute %s may not be used in a page", name);
}

static const struct fault *plain_attribute(struct page_compiler *c, const xmlNode *element, const xmlAttr *a)
{
    const char *name = (const char *)a->name, *value = page_attribute_value(a);
    struct page_position p = page_position(name);
    if (p.class == ATTRIBUTE_REFUSED)
        return refuse_place(c, element, name);
    if (p.class == ATTRIBUTE_LINK)
        TRY(check_link(c, element, name, value));
    if (p.class == ATTRIBUTE_FLAG && strchr(value, '{'))
        return compile_wrong(c, element, "PAGE_KIND", "%s is there or not: write d:%s with a condition", name,
                             name);
    if (page_is_chinese(value)) {
        value = page_squeeze(c->scratch, value);
        TRY_MEMORY(value);
        TRY(translated(c, element, value, &value));
    }
    TRY(open_attribute(c, name));
    TRY(emit_pieces(c, element, value, strlen(value), &p));
    return emit_literal(c, "\"");
}

/* d:NAME="name|form": the attribute with this value, none when it is null. A flag takes a condition. */
static const struct fault *slot_attribute(struct page_compiler *c, const xmlNode *element, const char *name,
                                          const char *value)
{
    struct page_position p = page_position(name);
    struct page_guard guard;
    if (p.class == ATTRIBUTE_REFUSED)
        return refuse_place(c, element, name);
    if (p.class == ATTRIBUTE_LINK)
        return compile_wrong(c, element, "PAGE_LINK",
                             "d:%s would let the data choose the link: write %s=\"/…/{%s}\"", name, name,
                             value);
    if (page_attribute(element, false, name))
        return compile_wrong(c, element, "PAGE_SYNTAX", "both %s and d:%s", name, name);
    if (p.class == ATTRIBUTE_FLAG) {
        TRY(emit_guard(c, element, value, &guard));
        if (!guard.never) {
            TRY(emit_literal(c, " "));
            TRY(emit_literal(c, name));
        }
        return emit_guard_end(c, &guard);
    }
    struct op op, given;
    size_t jump;
    TRY(page_read_slot(c, element, value, &p, &op));
    given = op;
    given.code = OP_UNLESS;
    given.test = TEST_GIVEN;
    TRY(emit_op(c, given, &jump));
    TRY(open_attribute(c, name));
    TRY(emit_op(c, op, NULL));
    TRY(emit_literal(c, "\""));
    return emit_land(c, jump);
}

static bool steers(const char *name) /* d: attributes that are not attributes of the page */
{
    return strcmp(name, "each") == 0 || strcmp(name, "if") == 0 || strcmp(name, "text") == 0;
}

static const struct fault *attributes(struct page_compiler *c, const xmlNode *element)
{
    for (const xmlAttr *a = element->properties; a; a = a->next) {
        const char *name = (const char *)a->name;
        if (!a->ns)
            TRY(plain_attribute(c, element, a));
        else if (strcmp((const char *)a->ns->href, PAGE_NAMESPACE) != 0)
            return compile_wrong(c, element, "PAGE_PLACE", "the attribute %s:%s may not be used in a page",
                                 a->ns->prefix, name);
        else if (!steers(name))
            TRY(slot_attribute(c, element, name, page_attribute_value(a)));
    }
    return NULL;
}

/* The content of an element that has text: the message, in the language, with its elements put back. */
struct content {
    const xmlNode *element;
    struct message message;
    bool used[MESSAGE_ELEMENTS];
    const char *at; /* in the translated text */
};

static const struct fault *walk_with(struct page_compiler *c, const xmlNode *element, struct content *inside);

/* Reads <n>, <n/> or </n> at `at`. */
static bool read_tag(const char **at, size_t *number, bool *closing, bool *empty)
{
    const char *s = *at + 1;
    *closing = *s == '/';
    s += *closing;
    for (*number = 0; *s >= '0' && *s <= '9' && *number < 1000; s++)
        *number = *number * 10 + (size_t)(*s - '0');
    *empty = *s == '/';
    s += *empty;
    if (*s != '>' || (*closing && *empty))
        return false;
    *at = s + 1;
    return true;
}

/* Texts and elements up to the closing tag of `within` (0: to the end). */
static const struct fault *message_run(struct page_compiler *c, struct content *k, size_t within)
{
    while (*k->at) {
        size_t n = strcspn(k->at, "<");
        TRY(emit_pieces(c, k->element, k->at, n, &PAGE_IN_TEXT));
        k->at += n;
        if (!*k->at)
            break;
        size_t number;
        bool closing, empty;
        if (!read_tag(&k->at, &number, &closing, &empty))
            return compile_wrong(c, k->element, "PAGE_TRANSLATION",
                                 "a tag in the translation of “%s” is wrong", k->message.text);
        if (closing && number == within && within)
            return NULL;
        if (closing || number == 0 || number > k->message.count || k->used[number - 1])
            return compile_wrong(c, k->element, "PAGE_TRANSLATION",
                                 "the translation of “%s” has <%zu> out of place", k->message.text, number);
        k->used[number - 1] = true;
        struct content *inside = empty ? NULL : k;
        TRY(walk_with(c, k->message.elements[number - 1], inside));
    }
    if (within)
        return compile_wrong(c, k->element, "PAGE_TRANSLATION",
                             "the translation of “%s” does not close <%zu>", k->message.text, within);
    return NULL;
}

static const struct fault *text_content(struct page_compiler *c, const xmlNode *element)
{
    struct content *k = talloc_zero(c->scratch, struct content);
    TRY_MEMORY(k);
    k->element = element;
    TRY(page_message(c->scratch, c->file, element, &k->message));
    TRY(translated(c, element, k->message.text, &k->at));
    TRY(message_run(c, k, 0));
    for (size_t i = 0; i < k->message.count; i++)
        if (!k->used[i])
            return compile_wrong(c, element, "PAGE_TRANSLATION", "the translation of “%s” lacks <%zu>",
                                 k->message.text, i + 1);
    return NULL;
}

static size_t number_of(const struct content *k, const xmlNode *element)
{
    for (size_t i = 0; i < k->message.count; i++)
        if (k->message.elements[i] == element)
            return i + 1;
    return 0;
}

static const struct fault *content(struct page_compiler *c, const xmlNode *element, struct content *inside)
{
    const char *text = page_attribute(element, true, "text");
    if (text) {
        for (const xmlNode *n = element->children; n; n = n->next)
            if (n->type == XML_ELEMENT_NODE || page_has_text(element))
                return compile_wrong(c, element, "PAGE_SYNTAX",
                                     "d:text replaces the content: leave the element empty");
        return emit_slot(c, element, text, &PAGE_IN_TEXT);
    }
    if (inside)
        return message_run(c, inside, number_of(inside, element));
    return page_has_text(element) ? text_content(c, element) : walk_children(c, element);
}

/* The one script there may be: a file of ours, loaded when the page is there, that the page works without. */
static bool is_our_script(const xmlNode *element)
{
    const char *src = page_attribute(element, false, "src");
    size_t n = src ? strlen(src) : 0;
    return strcmp((const char *)element->name, "script") == 0 && !element->children && n > 11 &&
           strncmp(src, "/static/", 8) == 0 && strcmp(src + n - 3, ".js") == 0 && !strpbrk(src, "{?#\\") &&
           text_same(page_attribute(element, false, "defer"), "defer");
}

static const struct fault *html_element(struct page_compiler *c, const xmlNode *element,
                                        struct content *inside)
{
    const char *name = (const char *)element->name;
    const char *refused = page_element_refused(name);
    if (!element->ns || strcmp((const char *)element->ns->href, XHTML_NAMESPACE) != 0)
        return compile_wrong(c, element, "PAGE_PLACE", "<%s> is not an element of XHTML", name);
    if (refused && !is_our_script(element))
        return compile_wrong(c, element, "PAGE_PLACE", "<%s>: %s", name, refused);
    const char *method = c->form_method;
    if (strcmp(name, "form") == 0)
        c->form_method = page_attribute(element, false, "method");
    TRY(emit_literal(c, "<"));
    TRY(emit_literal(c, name));
    TRY(attributes(c, element));
    TRY(emit_literal(c, ">"));
    if (page_element_is_void(name)) {
        if (element->children || page_attribute(element, true, "text"))
            return compile_wrong(c, element, "PAGE_SYNTAX", "<%s> has no content in HTML", name);
        return NULL;
    }
    /* Browsers drop a line end that follows these tags. */
    if (strcmp(name, "textarea") == 0 || strcmp(name, "pre") == 0)
        TRY(emit_literal(c, "\n"));
    TRY(content(c, element, inside));
    c->form_method = method;
    TRY(emit_literal(c, "</"));
    TRY(emit_literal(c, name));
    return emit_literal(c, ">");
}

static const xmlNode *block_of(const struct page_compiler *c, const char *name)
{
    for (const xmlNode *n = c->root->children; n; n = n->next)
        if (page_is_ours(n, "block") && text_same(page_attribute(n, false, "name"), name))
            return n;
    return NULL;
}

static const struct fault *slot_element(struct page_compiler *c, const xmlNode *element)
{
    const char *name = page_attribute(element, false, "name"), *file = c->file;
    const xmlNode *block = name ? block_of(c, name) : NULL;
    if (!name)
        return compile_wrong(c, element, "PAGE_SYNTAX", "<d:slot> needs a name");
    if (!block)
        return content(c, element, NULL);
    c->file = c->page_file;
    TRY(content(c, block, NULL));
    c->file = file;
    return NULL;
}

static const struct fault *load(struct page_compiler *c, const xmlNode *at, const char *name, xmlDoc **out)
{
    const char *bytes;
    size_t length;
    if (!c->world->find(c->world->find_arg, name, &bytes, &length)) {
        if (at)
            return compile_wrong(c, at, "PAGE_NAME", "there is no template %s.xml", name);
        return fault_new(c->life, FAULT_BROKEN, "PAGE_NAME", "there is no template %s.xml", name);
    }
    return page_parse(c->scratch, name, bytes, length, out);
}

static const struct fault *use_element(struct page_compiler *c, const xmlNode *element)
{
    const char *name = page_attribute(element, false, "part"), *file = c->file;
    xmlDoc *doc;
    if (!name)
        return compile_wrong(c, element, "PAGE_SYNTAX", "<d:use> needs a part");
    if (++c->parts > PARTS_DEPTH)
        return compile_wrong(c, element, "PAGE_SYNTAX", "parts within parts without end");
    TRY(load(c, element, name, &doc));
    c->file = talloc_strdup(c->scratch, name);
    TRY_MEMORY(c->file);
    const xmlNode *root = xmlDocGetRootElement(doc);
    if (!page_is_ours(root, "part"))
        return compile_wrong(c, root, "PAGE_SYNTAX", "a part has the root <d:part>");
    TRY(content(c, root, NULL));
    c->file = file;
    c->parts--;
    return NULL;
}

static const struct fault *our_element(struct page_compiler *c, const xmlNode *element,
                                       struct content *inside)
{
    if (page_is_ours(element, "group"))
        return content(c, element, inside);
    if (page_is_ours(element, "slot"))
        return slot_element(c, element);
    if (page_is_ours(element, "use"))
        return use_element(c, element);
    return compile_wrong(c, element, "PAGE_SYNTAX", "<d:%s> has no place here", element->name);
}

/* The element under its d:if, once. `inside`: its content comes from a message. */
static const struct fault *walk_once(struct page_compiler *c, const xmlNode *element, struct content *inside)
{
    const char *condition = page_attribute(element, true, "if");
    const char *translate = page_attribute(element, false, "translate");
    bool untranslated = c->untranslated;
    struct page_guard guard = {.count = 0};
    if (condition)
        TRY(emit_guard(c, element, condition, &guard));
    /* What the language excludes is checked all the same, then forgotten. */
    size_t ops = c->code->op_count, length = c->code->literal_length, pending = c->pending;
    c->untranslated = untranslated || (translate && strcmp(translate, "no") == 0);
    TRY(element->ns && page_is_ours(element, NULL) ? our_element(c, element, inside)
                                                   : html_element(c, element, inside));
    c->untranslated = untranslated;
    if (guard.never) {
        c->code->op_count = ops;
        c->code->literal_length = length;
        c->pending = pending;
    }
    return emit_guard_end(c, &guard);
}

static const struct fault *walk_with(struct page_compiler *c, const xmlNode *element, struct content *inside)
{
    const char *each = page_attribute(element, true, "each");
    if (!each)
        return walk_once(c, element, inside);
    struct page_reading r;
    TRY(page_read_name(c, element, each, &r));
    if (r.kind != CELL_TABLE)
        return compile_wrong(c, element, "PAGE_KIND", "%s is %s: d:each takes a table", each,
                             page_kind_word(r.kind));
    if (c->depth == NESTING)
        return compile_wrong(c, element, "PAGE_SYNTAX", "d:each within d:each, more than %d deep", NESTING);
    uint16_t frame = (uint16_t)(c->page->source_count + c->depth++);
    struct page_scope scope = {c->scope, r.rows, frame};
    struct op open = {.code = OP_EACH,
                      .kind = CELL_TABLE,
                      .frame = r.frame,
                      .column = r.column,
                      .opens = frame,
                      .rows = r.rows};
    size_t jump;
    TRY(emit_op(c, open, &jump));
    uint32_t body = (uint32_t)c->code->op_count;
    c->scope = &scope;
    const struct fault *fault = walk_once(c, element, inside);
    c->scope = scope.outer;
    c->depth--;
    TRY(fault);
    TRY(emit_op(c, (struct op){.code = OP_NEXT, .opens = frame, .jump = body}, NULL));
    c->code->ops[jump].jump = (uint32_t)c->code->op_count;
    return NULL;
}

static const struct fault *walk(struct page_compiler *c, const xmlNode *element)
{
    return walk_with(c, element, NULL);
}

static const struct fault *walk_children(struct page_compiler *c, const xmlNode *element)
{
    for (const xmlNode *n = element->children; n; n = n->next) {
        if (n->type == XML_ELEMENT_NODE)
            TRY(walk(c, n));
        else if (n->type == XML_TEXT_NODE && !strchr((const char *)n->content, '\n'))
            TRY(emit_literal(c, " ")); /* a blank between two elements on one line */
    }
    return NULL;
}

static bool layout_has_slot(const xmlNode *element, const char *name)
{
    if (page_is_ours(element, "slot") && text_same(page_attribute(element, false, "name"), name))
        return true;
    for (const xmlNode *n = element->children; n; n = n->next)
        if (n->type == XML_ELEMENT_NODE && layout_has_slot(n, name))
            return true;
    return false;
}

static const struct fault *check_blocks(struct page_compiler *c, const xmlNode *layout,
                                        const char *layout_name)
{
    for (const xmlNode *n = c->root->children; n; n = n->next) {
        if (n->type == XML_TEXT_NODE && !xmlIsBlankNode(n))
            return compile_wrong(c, n, "PAGE_SYNTAX", "a text outside the blocks");
        if (n->type != XML_ELEMENT_NODE)
            continue;
        const char *name = page_is_ours(n, "block") ? page_attribute(n, false, "name") : NULL;
        if (!name)
            return compile_wrong(c, n, "PAGE_SYNTAX", "a page consists of <d:block name=\"…\">");
        if (block_of(c, name) != n)
            return compile_wrong(c, n, "PAGE_NAME", "two blocks %s", name);
        if (!layout_has_slot(layout, name))
            return compile_wrong(c, n, "PAGE_NAME", "the layout %s has no slot %s", layout_name, name);
    }
    return NULL;
}

static const struct fault *start(struct page_compiler *c, const char *name, const xmlNode **out,
                                 const char **layout_file)
{
    xmlDoc *doc, *layout;
    TRY(load(c, NULL, name, &doc));
    c->file = c->page_file = c->page->name;
    c->root = xmlDocGetRootElement(doc);
    if (!page_is_ours(c->root, "page"))
        return compile_wrong(c, c->root, "PAGE_SYNTAX",
                             "a page has the root <d:page xmlns:d=\"" PAGE_NAMESPACE "\">");
    const char *layout_name = page_attribute(c->root, false, "layout");
    if (!layout_name)
        return compile_wrong(c, c->root, "PAGE_SYNTAX", "<d:page> names its layout");
    TRY(load(c, c->root, layout_name, &layout));
    const xmlNode *html = xmlDocGetRootElement(layout);
    TRY(check_blocks(c, html, layout_name));
    *layout_file = layout_name;
    *out = html;
    return NULL;
}

static const struct fault *compile(struct page_compiler *c, const xmlNode *html, const char *layout,
                                   enum language language)
{
    c->language = language;
    c->code = &c->page->code[language];
    c->pending = c->op_room = c->literal_room = c->depth = c->parts = 0;
    c->scope = NULL;
    c->file = layout;
    TRY(emit_literal(c, "<!DOCTYPE html>\n"));
    TRY(walk(c, html));
    TRY(emit_literal(c, "\n"));
    return emit_op(c, (struct op){.code = OP_LITERAL}, NULL);
}

static const struct fault *compile_all(struct page_compiler *c, const char *name)
{
    const xmlNode *html = NULL;
    const char *layout = NULL;
    TRY(start(c, name, &html, &layout));
    for (enum language language = 0; language < LANGUAGE_COUNT; language++)
        TRY(compile(c, html, layout, language));
    return NULL;
}

const struct fault *page_read(TALLOC_CTX *life, const struct page_world *world, const char *name,
                              const struct page_source *sources, size_t count, const struct page **out)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    struct page *page = talloc_zero(life, struct page);
    TRY_MEMORY(page);
    page->name = talloc_strdup(page, name);
    TRY_MEMORY(page->name);
    page->sources = sources;
    page->source_count = count;
    page->frame_count = count + NESTING;
    struct page_compiler c = {.life = life, .scratch = scratch, .world = world, .page = page};
    const struct fault *fault = compile_all(&c, name);
    if (fault) {
        fault = fault_keep(life, fault); /* some were made on scratch */
        talloc_free(page);
        return fault;
    }
    *out = page;
    return NULL;
}
