/* test_law_words.c - the extension urn:mingda:law: the table that the loader reads by, the schema edition.rng
 * and the editions say the same. What one accepts and another does not is found here. */
#include "cmocka_all.h"

#include <dirent.h>
#include <stdio.h>
#include <libxml/relaxng.h>
#include "edition.h"
#include "law_files.h"
#include "law_words.h"
#include "workflow.h"

#define RNG "http://relaxng.org/ns/structure/1.0"
static const char *const EDITIONS[] = {"cn-2019", "us-foia", "uk-foia", "eu-1049"};
#define EDITION_COUNT (sizeof EDITIONS / sizeof *EDITIONS)

/* ---- the table itself */

static const struct law_kind *kind_of(const char *name)
{
    size_t count = 0;
    const struct law_kind *kinds = law_kinds(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

static void every_word_has_a_meaning(void **state)
{
    (void)state;
    size_t elements = 0, kinds = 0, attributes = 0;
    const struct law_element *e = law_elements(&elements);
    for (size_t i = 0; i < elements; i++) {
        assert_true(strlen(e[i].meaning) > 4);
        for (size_t a = 0; a < e[i].attribute_count; a++, attributes++) {
            if (strlen(e[i].attributes[a].meaning) < 5 || !kind_of(e[i].attributes[a].kind))
                fail_msg("%s/@%s has no meaning, or no kind", e[i].name, e[i].attributes[a].name);
            for (size_t b = 0; b < a; b++)
                assert_string_not_equal(e[i].attributes[a].name, e[i].attributes[b].name);
        }
    }
    assert_true(attributes > 150);
    assert_non_null(law_kinds(&kinds));
    for (size_t i = 0; i < kinds; i++)
        assert_true(strlen(law_kinds(&kinds)[i].meaning) > 4);
}

static void has_word(const char *kind, const char *word)
{
    char wanted[64];
    const char *meaning = kind_of(kind)->meaning;
    size_t length = strlen(word);
    snprintf(wanted, sizeof wanted, "%s", word);
    for (const char *at = meaning; length && (at = strstr(at, wanted)); at += length)
        if (strchr(" `", at[-1]) && strchr(" `", at[length]))
            return;
    if (length)
        fail_msg("the kind %s does not tell of \"%s\"", kind, word);
}

static void the_words_of_c_are_told(void **state)
{
    (void)state;
#define X(symbol, word) has_word("deed", word);
    EVENT_DEEDS(X)
#undef X
#define X(symbol, word) has_word("state-words", word);
    STATE_WORDS(X)
#undef X
}

/* ---- the schema */

static const xmlNode *grammar; /* its root */

static bool is(const xmlNode *node, const char *name)
{
    return law_xml_is(node, RNG, name);
}

static const char *attribute_of(TALLOC_CTX *life, const xmlNode *node, const char *name)
{
    return law_xml_attribute(life, node, NULL, name);
}

static const xmlNode *definition(TALLOC_CTX *life, const char *name)
{
    for (const xmlNode *at = law_xml_element(grammar->children); at; at = law_xml_element(at->next))
        if (is(at, "define") && strcmp(attribute_of(life, at, "name"), name) == 0)
            return at;
    fail_msg("the schema has no definition %s", name);
    return NULL;
}

struct found {
    TALLOC_CTX *life;
    struct law_attribute attributes[40];
    size_t attribute_count;
    const xmlNode *elements[60]; /* that stand in it */
    size_t element_count;
};

static bool is_ours(TALLOC_CTX *life, const xmlNode *node)
{
    const char *space = attribute_of(life, node, "ns");
    return space && strcmp(space, LAW_NAMESPACE) == 0;
}

static void note_attribute(struct found *f, const xmlNode *node, bool scxml, bool certain)
{
    const char *name = attribute_of(f->life, node, "name");
    if (!name || is_ours(f->life, node) != scxml)
        return;
    for (size_t i = 0; i < f->attribute_count; i++)
        if (strcmp(f->attributes[i].name, name) == 0)
            return;
    assert_true(f->attribute_count < 40);
    f->attributes[f->attribute_count++] = (struct law_attribute){.name = name, .required = certain};
}

/* What an element's pattern holds, through references, not into the elements within. */
static void look(struct found *f, const xmlNode *pattern, bool scxml, bool certain)
{
    for (const xmlNode *at = law_xml_element(pattern->children); at; at = law_xml_element(at->next)) {
        if (is(at, "attribute"))
            note_attribute(f, at, scxml, certain);
        else if (is(at, "element")) {
            assert_true(f->element_count < 60);
            f->elements[f->element_count++] = at;
        } else if (is(at, "ref"))
            look(f, definition(f->life, attribute_of(f->life, at, "name")), scxml, certain);
        else
            look(f, at, scxml, certain && !is(at, "optional") && !is(at, "choice") && !is(at, "zeroOrMore"));
    }
}

/* Of a choice each way may have it: the test of a refusal. */
static bool same_attribute(const struct law_attribute *ours, const struct law_attribute *schema)
{
    return strcmp(ours->name, schema->name) == 0 &&
           (ours->required == schema->required || strcmp(ours->name, "test") == 0);
}

static size_t compared;

static void compare_element(TALLOC_CTX *life, const xmlNode *element, const char *within)
{
    const char *name = attribute_of(life, element, "name");
    struct found f = {.life = life};
    bool ours = is_ours(life, element);
    if (strcmp(name, "history") == 0 || strcmp(name, "initial") == 0)
        return;
    look(&f, element, !ours, true);
    const struct law_element *e = law_element_find(within, name);
    if (!e)
        fail_msg("the schema lets <%s> stand in <%s>, the loader does not", name, within);
    for (size_t i = 0; i < f.attribute_count; i++) {
        bool known = false;
        for (size_t a = 0; a < e->attribute_count; a++)
            known = known || same_attribute(&e->attributes[a], &f.attributes[i]);
        if (!known)
            fail_msg("%s/@%s: the schema says %s, the table otherwise", name, f.attributes[i].name,
                     f.attributes[i].required ? "needed" : "may be there");
    }
    if (f.attribute_count != e->attribute_count)
        fail_msg("<%s> has %zu attributes in the schema, %zu in the table", name, f.attribute_count,
                 e->attribute_count);
    compared += f.attribute_count;
    for (size_t i = 0; ours && i < f.element_count; i++)
        if (is_ours(life, f.elements[i]))
            compare_element(life, f.elements[i], name);
}

static void the_schema_and_the_table_are_one(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    size_t length = 0, elements = 0, seen = 0;
    const char *bytes = law_bytes(life, "workflow/edition.rng", &length);
    xmlDocPtr doc = NULL;
    must(law_xml_read(life, "edition.rng", bytes, length, &doc));
    grammar = xmlDocGetRootElement(doc);
    struct found top = {.life = life}, root = {.life = life};
    for (const xmlNode *at = law_xml_element(grammar->children); at; at = law_xml_element(at->next))
        if (is(at, "start"))
            look(&top, at, true, true);
    assert_int_equal(top.element_count, 1);
    look(&root, top.elements[0], true, true);
    compared = root.attribute_count;
    const struct law_element *e = law_elements(&elements);
    assert_int_equal(root.attribute_count, law_element_find("", "scxml")->attribute_count);
    for (size_t i = 0; i < root.element_count; i++)
        if (is_ours(life, root.elements[i])) {
            compare_element(life, root.elements[i], "scxml");
            seen++;
        }
    for (size_t i = 0; i < elements; i++)
        seen -= strcmp(e[i].within, " scxml ") == 0;
    assert_int_equal(seen, 0); /* no section but those */
    static const char *const SCXML[] = {"state", "transition"};
    for (size_t i = 0; i < 2; i++) {
        struct found f = {.life = life};
        look(&f, definition(life, SCXML[i]), true, true);
        compare_element(life, f.elements[0], "");
    }
    assert_true(compared > 150);
}

/* ---- documents */

static void quiet(void *context, const char *message, ...)
{
    (void)context, (void)message;
}

static xmlRelaxNGPtr schema;

static int read_schema(void **state)
{
    (void)state;
    xmlRelaxNGParserCtxtPtr reader = xmlRelaxNGNewParserCtxt(MINGDA_SOURCE "/workflow/edition.rng");
    schema = xmlRelaxNGParse(reader);
    xmlRelaxNGFreeParserCtxt(reader);
    return schema ? 0 : 1;
}

static int free_schema(void **state)
{
    (void)state;
    xmlRelaxNGFree(schema);
    return 0;
}

static bool valid(xmlDocPtr doc)
{
    xmlRelaxNGValidCtxtPtr context = xmlRelaxNGNewValidCtxt(schema);
    xmlRelaxNGSetValidErrors(context, quiet, quiet, NULL);
    int result = xmlRelaxNGValidateDoc(context, doc);
    xmlRelaxNGFreeValidCtxt(context);
    return result == 0;
}

static bool loads(xmlDocPtr doc)
{
    SCOPED_LIFE(life);
    xmlChar *bytes = NULL;
    int length = 0;
    const struct edition *e = NULL;
    xmlDocDumpMemory(doc, &bytes, &length);
    const struct fault *f = edition_read(life, "changed", (const char *)bytes, (size_t)length, &e);
    xmlFree(bytes);
    return !f;
}

static xmlDocPtr document(const char *path)
{
    xmlDocPtr doc = xmlReadFile(path, NULL, XML_PARSE_NONET);
    assert_non_null(doc);
    return doc;
}

static void the_editions_are_valid(void **state)
{
    (void)state;
    char path[500];
    for (size_t i = 0; i < EDITION_COUNT; i++) {
        snprintf(path, sizeof path, MINGDA_SOURCE "/workflow/editions/%s.scxml", EDITIONS[i]);
        xmlDocPtr doc = document(path);
        assert_true(valid(doc));
        assert_true(loads(doc));
        xmlFreeDoc(doc);
    }
}

/* What a schema cannot know: numbers that must be in order, names that must be there, days that must exist.
 */
static const char *const BEYOND[] = {
    "code-without-choices",  "field-bounds-crossed", "field-dates-no-day",        "field-without-bounds",
    "tariff-after-the-last", "tariff-gap",           "tariff-nobody-confirms",    "tariff-overlap",
    "tariff-twice-on-a-day", "tariff-with-an-end",   "transition-without-article"};

static bool is_beyond(const char *name)
{
    for (size_t i = 0; i < sizeof BEYOND / sizeof *BEYOND; i++)
        if (strncmp(name, BEYOND[i], strlen(BEYOND[i])) == 0 &&
            strcmp(name + strlen(BEYOND[i]), ".scxml") == 0)
            return true;
    return false;
}

static void what_the_loader_finds_misspelt_the_schema_refuses(void **state)
{
    (void)state;
    size_t both = 0, wrong = 0;
    DIR *folder = opendir(MINGDA_SOURCE "/tests/corpora/editions");
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char path[600];
        if (!strstr(entry->d_name, ".scxml"))
            continue;
        snprintf(path, sizeof path, MINGDA_SOURCE "/tests/corpora/editions/%s", entry->d_name);
        xmlDocPtr doc = document(path);
        xmlNodePtr said = doc->children;
        bool syntax = said->type == XML_COMMENT_NODE && strstr((const char *)said->content, "EDITION_SYNTAX");
        bool read = said->type == XML_COMMENT_NODE && strstr((const char *)said->content, "read");
        if ((syntax && valid(doc) != is_beyond(entry->d_name)) || (read && !valid(doc))) {
            print_error("%s: %s by the schema\n", entry->d_name, valid(doc) ? "valid" : "refused");
            wrong++;
        }
        both += syntax && !valid(doc);
        xmlFreeDoc(doc);
    }
    closedir(folder);
    assert_int_equal(wrong, 0);
    assert_true(both >= 12);
}

/* ---- each attribute misspelt, and each that is needed left out */

struct tried {
    const void *what[600]; /* attributes of the table */
    size_t count, wrong;
};

static bool first_time(struct tried *t, const void *what)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->what[i] == what)
            return false;
    assert_true(t->count < 600);
    t->what[t->count++] = what;
    return true;
}

static void try_attribute(struct tried *t, xmlDocPtr doc, xmlNodePtr node, xmlAttrPtr attribute,
                          const struct law_attribute *a)
{
    const xmlChar *name = attribute->name;
    attribute->name = (const xmlChar *)"misspelt";
    if (valid(doc) || loads(doc)) {
        print_error("%s/@%s misspelt: schema %d, loader %d\n", (const char *)node->name, a->name, valid(doc),
                    loads(doc));
        t->wrong++;
    }
    attribute->name = name;
    if (!a->required)
        return;
    xmlAttrPtr next = attribute->next, prev = attribute->prev; /* taken out of the row, then put back */
    *(prev ? &prev->next : &node->properties) = next;
    if (next)
        next->prev = prev;
    if (valid(doc) || loads(doc)) {
        print_error("%s without %s: schema %d, loader %d\n", (const char *)node->name, a->name, valid(doc),
                    loads(doc));
        t->wrong++;
    }
    *(prev ? &prev->next : &node->properties) = attribute;
    if (next)
        next->prev = attribute;
}

static void try_node(struct tried *t, xmlDocPtr doc, xmlNodePtr node)
{
    const struct law_element *e =
        law_element_find((const char *)node->parent->name, (const char *)node->name);
    for (xmlAttrPtr at = node->properties; e && at; at = at->next)
        for (size_t i = 0; i < e->attribute_count; i++)
            if ((at->ns != NULL) == e->scxml && strcmp((const char *)at->name, e->attributes[i].name) == 0 &&
                first_time(t, &e->attributes[i]))
                try_attribute(t, doc, node, at, &e->attributes[i]);
    for (xmlNodePtr in = node->children; in; in = in->next)
        if (in->type == XML_ELEMENT_NODE)
            try_node(t, doc, in);
}

static void a_slip_of_the_pen_is_found_by_both(void **state)
{
    (void)state;
    struct tried t = {.count = 0};
    char path[500];
    for (size_t i = EDITION_COUNT; i-- > 0;) { /* the short ones first */
        snprintf(path, sizeof path, MINGDA_SOURCE "/workflow/editions/%s.scxml", EDITIONS[i]);
        xmlDocPtr doc = document(path);
        try_node(&t, doc, xmlDocGetRootElement(doc));
        xmlFreeDoc(doc);
    }
    print_message("%zu attributes, each misspelt\n", t.count);
    assert_int_equal(t.wrong, 0);
    assert_true(t.count > 140); /* nearly all of the table stands in some edition */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_has_a_meaning),
        cmocka_unit_test(the_words_of_c_are_told),
        cmocka_unit_test(the_schema_and_the_table_are_one),
        cmocka_unit_test(the_editions_are_valid),
        cmocka_unit_test(what_the_loader_finds_misspelt_the_schema_refuses),
        cmocka_unit_test(a_slip_of_the_pen_is_found_by_both),
    };
    return cmocka_run_group_tests_name("law-words", tests, read_schema, free_schema);
}
