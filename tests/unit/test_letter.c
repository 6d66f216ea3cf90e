/* Letters: templates are judged, values come out as typed, nothing is silently empty, the same input gives
 * the same bytes. */
#include <dirent.h>
#include <stdlib.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include "cmocka_all.h"
#include "letter.h"
#include "letter_layout.h"
#include "package.h"
#include "qr.h"
#include "text.h"

#define CORPUS  MINGDA_SOURCE "/tests/corpora/letter-templates"
#define SAMPLES MINGDA_SOURCE "/tests/corpora/letters"
#define LETTERS MINGDA_SOURCE "/templates/letters"
#define CLAUSES MINGDA_SOURCE "/templates/clauses"

/* ---- Helpers ---- */

static struct letter_reader *reader; /* made once: reading the schema is the slow part */

static int open_reader(void **state)
{
    (void)state;
    return letter_reader_new(NULL, &reader) != NULL;
}

static int close_reader(void **state)
{
    (void)state;
    talloc_free(reader);
    xmlCleanupParser();
    return 0;
}

static char *file(TALLOC_CTX *life, const char *path, size_t *length)
{
    scoped_file FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    char *bytes = talloc_zero_array(life, char, 1 << 20);
    *length = fread(bytes, 1, (1 << 20) - 1, f);
    return bytes;
}

/* `context` is the folder of the clauses. */
static const struct fault *find_clause(void *context, TALLOC_CTX *life, const char *code,
                                       struct letter_source *out)
{
    out->name = talloc_asprintf(life, "%s.xml", code);
    out->bytes = file(life, talloc_asprintf(life, "%s/%s", (const char *)context, out->name), &out->length);
    return out->bytes ? NULL : fault_new(life, FAULT_ABSENT, "CLAUSE_ABSENT", "no such clause");
}

static const struct fault *read_file_template(TALLOC_CTX *life, const char *folder, const char *name,
                                              const char *clauses, struct letter_template **out)
{
    struct letter_source source = {.name = name};
    source.bytes = file(life, talloc_asprintf(life, "%s/%s", folder, name), &source.length);
    assert_non_null(source.bytes);
    return letter_template_read(reader, &source, find_clause, (void *)(uintptr_t)clauses, life, out);
}

#define HEAD "<letter xmlns='urn:mingda:letter' code='T01' version='3' title='试' layout='notice'>\n"
/* Fields stand on the second line, the body begins on the third. */
static struct letter_template *template_of(TALLOC_CTX *life, const char *fields, const char *body)
{
    struct letter_template *t = NULL;
    const char *xml =
        talloc_asprintf(life, HEAD "<fields>%s</fields><title>试</title>\n%s\n</letter>", fields, body);
    const struct letter_source source = {"T01.xml", xml, strlen(xml)};
    must(letter_template_read(reader, &source, NULL, NULL, life, &t));
    return t;
}

static json_t *data_of(TALLOC_CTX *life, const char *json)
{
    json_t *data = NULL;
    must(json_read(life, "data", json, strlen(json), &data));
    return data;
}

static struct letter *composed(TALLOC_CTX *life, const char *fields, const char *body, const char *json)
{
    struct letter *letter = NULL;
    must(letter_compose(template_of(life, fields, body), data_of(life, json), life, &letter));
    return letter;
}

static const struct fault *not_composed(TALLOC_CTX *life, const char *fields, const char *body,
                                        const char *json)
{
    struct letter *letter = NULL;
    const struct fault *f =
        letter_compose(template_of(life, fields, body), data_of(life, json), life, &letter);
    assert_non_null(f);
    assert_null(letter);
    return f;
}

/* Block `i`, counted after the title. */
static const struct letter_block *block(const struct letter *letter, size_t i)
{
    assert_true(i + 1 < letter->block_count);
    return &letter->blocks[i + 1];
}

/* All text of an XML part, or of an HTML preview. */
static const char *text_of_xml(TALLOC_CTX *life, const void *bytes, size_t length)
{
    xmlDocPtr doc = xmlReadMemory(bytes, (int)length, "part", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
    assert_non_null(doc); /* well-formed */
    xmlChar *content = xmlNodeGetContent(xmlDocGetRootElement(doc));
    const char *text = talloc_strdup(life, (const char *)content);
    xmlFree(content);
    xmlFreeDoc(doc);
    return text;
}

static const char *text_of(TALLOC_CTX *life, const struct letter *letter, enum letter_format format)
{
    const uint8_t *bytes;
    size_t length;
    must(letter_write(letter, format, NULL, life, &bytes, &length));
    if (format == LETTER_HTML)
        return text_of_xml(life, bytes, length);
    struct package *p;
    must(package_read(life, bytes, length, &PACKAGE_LIMITS, &p));
    const struct package_entry *e =
        package_find(p, format == LETTER_ODT ? "content.xml" : "word/document.xml");
    assert_non_null(e);
    return text_of_xml(life, e->data, e->size);
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("%s is not in: %s", part, text);
}

static void lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("%s is in: %s", part, text);
}

/* ---- Templates ---- */

static int is_xml(const struct dirent *e)
{
    const char *dot = strrchr(e->d_name, '.');
    return dot && strcmp(dot, ".xml") == 0;
}

/* Each file of the corpus is refused with the sentence in NAME.expected: file, line and reason. */
static void bad_templates_are_refused_where_they_are_wrong(void **state)
{
    (void)state;
    struct dirent **names;
    int count = scandir(CORPUS, &names, is_xml, alphasort), wrong = 0;
    assert_true(count >= 50);
    for (int i = 0; i < count; i++) {
        SCOPED_LIFE(life);
        size_t length;
        const char *name = names[i]->d_name;
        struct letter_template *t = NULL;
        const struct fault *f = read_file_template(life, CORPUS, name, CORPUS "/clauses", &t);
        const char *path = talloc_asprintf(life, "%s/%.*s.expected", CORPUS, (int)strlen(name) - 4, name);
        char *expected = file(life, path, &length);
        const char *got = talloc_asprintf(life, "%s\n", f ? f->detail : "(accepted)");
        if (!f || f->kind != FAULT_INPUT || strcmp(f->code, "LETTER_TEMPLATE") != 0 || !expected ||
            strcmp(expected, got) != 0) {
            print_error("%s: expected %s, got %s", name, expected ? expected : "(no file)\n", got);
            wrong++;
        }
        free(names[i]);
    }
    free(names);
    assert_int_equal(wrong, 0);
}

/* A chain of clauses: c1 includes c2 …; with a context, twice. */
static const struct fault *chain(void *context, TALLOC_CTX *life, const char *code, struct letter_source *out)
{
    int64_t n;
    assert_true(text_to_int(code + 1, 1, 1000, &n));
    char *next = talloc_asprintf(life, "<clause ref='c%d'/>", (int)n + 1);
    out->name = code;
    out->bytes = talloc_asprintf(life,
                                 "<clause xmlns='urn:mingda:letter' code='c%d' version='1' title='试'>"
                                 "<p>文</p>%s%s</clause>",
                                 (int)n, next, context ? next : "");
    out->length = strlen(out->bytes);
    return NULL;
}

static const struct fault *read_chain(TALLOC_CTX *life, bool *twice)
{
    static const char xml[] = HEAD "<title>试</title><clause ref='c1'/></letter>";
    struct letter_template *t = NULL;
    return letter_template_read(reader, &(struct letter_source){"T01.xml", xml, sizeof xml - 1}, chain, twice,
                                life, &t);
}

static void clauses_are_bounded_in_depth_and_number(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    bool twice = true;
    const struct fault *f = read_chain(life, NULL);
    must_fail(f, "LETTER_TEMPLATE");
    has(f->detail, "clauses are nested deeper than 32");
    must_fail(read_chain(life, &twice), "LETTER_TEMPLATE");
}

/* Clauses 1 to 30 include the next one twice: a thousand million parts, which are counted and not walked. */
static const struct fault *doubling(void *context, TALLOC_CTX *life, const char *code,
                                    struct letter_source *out)
{
    (void)context;
    bool twice = true;
    if (strcmp(code, "c30") != 0)
        return chain(&twice, life, code, out);
    out->name = code;
    out->bytes = "<clause xmlns='urn:mingda:letter' code='c30' version='1' title='试'><p>文</p></clause>";
    out->length = strlen(out->bytes);
    return NULL;
}

static void clauses_cannot_explode(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char xml[] = HEAD "<title>试</title><clause ref='c1'/></letter>";
    struct letter_template *t = NULL;
    const struct fault *f = letter_template_read(
        reader, &(struct letter_source){"T01.xml", xml, sizeof xml - 1}, doubling, NULL, life, &t);
    must_fail(f, "LETTER_TEMPLATE");
    has(f->detail, "the letter has more than 20000 parts");
}

static void a_template_says_what_it_needs(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct letter_template *t = NULL;
    must(read_file_template(life, LETTERS, "R02.xml", CLAUSES, &t));
    assert_string_equal(t->code, "R02");
    assert_int_equal(t->version, 1);
    has(t->title, "予以公开");
    has(t->basis, "第三十六条第（二）项");
    bool court = false, annex = false;
    for (size_t i = 0; i < t->field_count; i++) {
        const struct letter_field *field = &t->fields[i];
        court =
            court || (strcmp(field->name, "court") == 0 && !field->optional && field->type == LETTER_TEXT);
        if (strcmp(field->name, "items") == 0)
            annex =
                field->column_count == 4 && strcmp(field->columns[2].name, "annex") == 0 &&
                field->columns[2].optional; /* after the text and the outcome; the ground is the clause's */
        assert_non_null(field->label);
    }
    assert_true(court); /* declared by the clause */
    assert_true(annex);
    bool remedies = false;
    for (size_t i = 0; i < t->clause_count; i++)
        remedies =
            remedies || (strcmp(t->clauses[i].code, "remedies-optional") == 0 && t->clauses[i].version == 2);
    assert_true(remedies);
}

static void a_clause_can_be_judged_alone(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct letter_clause info;
    struct letter_source source;
    must(find_clause((void *)(uintptr_t)CLAUSES, life, "remedies-optional", &source));
    must(letter_clause_read(reader, &source, find_clause, (void *)(uintptr_t)CLAUSES, life, &info));
    has(info.basis, "行政复议法");
    assert_true(civil_compare(info.from, (struct civil){2024, 1, 1}) == 0);
    assert_false(civil_is_set(info.until));
    must(find_clause((void *)(uintptr_t)(CORPUS "/clauses"), life, "bad", &source));
    must_fail(letter_clause_read(reader, &source, NULL, NULL, life, &info), "LETTER_TEMPLATE");
}

/* ---- Values ---- */

#define TEXT_FIELD "<field name='a' type='text'/>"

static void a_value_comes_out_as_typed(void **state)
{
    (void)state;
    static const char *const VALUES[] = {"A & B <c>",        "\"quoted\" 'text'", "a]]>b",
                                         "&amp; &#60;",      "{{ x }} {d}",       "${jndi:ldap://x} %n%s",
                                         "两个  空格  之间", "喆堃珺镕昇𠮷𡈼㐂"};
    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++)
        for (enum letter_format format = LETTER_ODT; format <= LETTER_HTML; format++) {
            SCOPED_LIFE(life);
            struct letter *letter = NULL;
            json_t *data = json_adopt(life, json_pack("{s:s}", "a", VALUES[i]));
            must(letter_compose(template_of(life, TEXT_FIELD, "<p>甲<v n='a'/>乙</p>"), data, life, &letter));
            const char *text = text_of(life, letter, format);
            if (format == LETTER_ODT && strstr(VALUES[i], "  "))
                has(text, "甲两个 空格 之间乙"); /* the other blanks are elements */
            else
                has(text, talloc_asprintf(life, "甲%s乙", VALUES[i]));
        }
}

static void what_cannot_be_seen_is_dropped(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct letter *letter = composed(life, TEXT_FIELD, "<p>（<v n='a'/>）</p>",
                                           "{\"a\": "
                                           "\"王\\u0001\\u007f\\u0085晓\\u202e\\u2066岚\\u200f\\ufeff\\uffff"
                                           "\\tX\\ud83d\\udffe\\ud83f\\udfff\"}");
    assert_string_equal(block(letter, 0)->text, "（王晓岚 X\xF0\x9F\x9F\xBE）");
    for (enum letter_format format = LETTER_ODT; format <= LETTER_HTML; format++)
        has(text_of(life, letter, format), "（王晓岚 X");
}

static void lines_become_paragraphs(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct letter *letter =
        composed(life, TEXT_FIELD, "<text n='a'/>", "{\"a\": \" 一 \\r\\n\\r\\n二\\r三\\u2028四\\n\"}");
    assert_string_equal(block(letter, 0)->text, "一\n二\n三\n四");
    const struct letter_layout *layout = letter_layout(life, letter);
    assert_int_equal(layout->count, 5);
    assert_int_equal(layout->paragraphs[4].style, STYLE_BODY);
}

static void a_missing_value_stops_the_letter_with_its_line(void **state)
{
    (void)state;
    static const char *const DATA[] = {"{}", "{\"a\": null}", "{\"a\": \"\"}", "{\"b\": \"x\"}"};
    for (size_t i = 0; i < sizeof DATA / sizeof *DATA; i++) {
        SCOPED_LIFE(life);
        const struct fault *f = not_composed(life, TEXT_FIELD, "<p>一</p>\n<p>二<v n='a'/></p>", DATA[i]);
        assert_string_equal(f->code, "LETTER_VALUE");
        assert_string_equal(f->field, "a");
        assert_string_equal(f->detail, "T01.xml:4: no value for field a");
    }
}

static void a_value_of_another_type_stops_the_letter(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *body, *json;
    } CASES[] = {
        {TEXT_FIELD, "<p><v n='a'/></p>", "{\"a\": 7}"},
        {"<field name='a' type='date'/>", "<p><v n='a'/></p>", "{\"a\": \"2026-02-30\"}"},
        {"<field name='a' type='date'/>", "<p><v n='a'/></p>", "{\"a\": \"22.11.2026\"}"},
        {"<field name='a' type='number'/>", "<p><v n='a'/></p>", "{\"a\": 1.5}"},
        {"<field name='a' type='number'/>", "<p><v n='a'/></p>", "{\"a\": \"1\"}"},
        {"<field name='a' type='money'/>", "<p><v n='a'/></p>", "{\"a\": -1}"},
        {"<field name='a' type='sha256'/>", "<p><v n='a'/></p>", "{\"a\": \"<b>\"}"},
        {"<field name='a' type='list'/>", "<p><v n='a'/></p>", "{\"a\": [\"x\", 1]}"},
        {"<field name='a' type='list'/>", "<p><v n='a'/></p>", "{\"a\": \"x\"}"},
        {"<field name='a' type='flag'/>", "<if n='a' is='yes'><p>是</p></if>", "{\"a\": \"yes\"}"},
        {"<field name='a' type='code' values='x y'/>", "<if n='a' is='x'><p>是</p></if>", "{\"a\": \"z\"}"},
        {"<field name='a' type='code' values='x y'/>",
         "<choose n='a'><when is='x'><p>一</p></when><otherwise><p>二</p></otherwise></choose>",
         "{\"a\": \"z\"}"},
        {"<field name='a' type='rows'><field name='b' type='text'/></field>",
         "<each n='a'><p><v n='b'/></p></each>", "{\"a\": {\"b\": \"x\"}}"},
        {"<field name='a' type='rows'><field name='b' type='text'/></field>",
         "<each n='a'><p><v n='b'/></p></each>", "{\"a\": [\"x\"]}"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        SCOPED_LIFE(life);
        const struct fault *f = not_composed(life, CASES[i].fields, CASES[i].body, CASES[i].json);
        assert_string_equal(f->code, "LETTER_VALUE");
        assert_string_equal(f->field, "a");
        has(f->detail, "T01.xml:3: the value of field a is not ");
    }
    SCOPED_LIFE(life);
    struct letter *letter = NULL;
    must_fail(letter_compose(template_of(life, TEXT_FIELD, "<p>一</p>"), data_of(life, "[]"), life, &letter),
              "LETTER_VALUE");
}

static void values_are_printed_by_their_type(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct letter *letter =
        composed(life,
                 "<field name='d' type='date'/><field name='n' type='number'/><field name='m' type='money'/>"
                 "<field name='l' type='list'/>",
                 "<p><v n='d'/>；<v n='n'/>；<v n='m'/>；<v n='l'/></p><each n='l'><p><index form='一'/>、<v "
                 "n='item'/></p></each>",
                 "{\"d\": \"2026-03-09\", \"n\": 7, \"m\": 1205, \"l\": [\"甲\", \"乙\"]}");
    assert_string_equal(block(letter, 0)->text, "2026年3月9日；7；12.05元；甲、乙");
    assert_string_equal(block(letter, 2)->text, "二、乙");
}

static void rows_are_counted_in_hanzi(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        const char *hanzi;
    } NUMERALS[] = {{1, "一"},     {10, "十"},        {11, "十一"},      {20, "二十"},        {99, "九十九"},
                    {100, "一百"}, {105, "一百零五"}, {110, "一百一十"}, {111, "一百一十一"}, {1000, "1000"}};
    SCOPED_LIFE(life);
    json_t *list = json_array();
    for (int i = 0; i < 1000; i++)
        json_array_append_new(list, json_string("项"));
    json_t *data = json_adopt(life, json_pack("{s:o}", "l", list));
    struct letter *letter = NULL;
    must(letter_compose(
        template_of(life, "<field name='l' type='list'/>", "<each n='l'><p><index form='一'/></p></each>"),
        data, life, &letter));
    for (size_t i = 0; i < sizeof NUMERALS / sizeof *NUMERALS; i++)
        assert_string_equal(block(letter, NUMERALS[i].n - 1)->text, NUMERALS[i].n == 110 ? "一百一十"
                                                                    : NUMERALS[i].n == 111
                                                                        ? "一百一十一"
                                                                        : NUMERALS[i].hanzi);
}

static void conditions_hold_or_not(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct letter *letter = composed(
        life,
        "<field name='t' type='text' optional='yes'/><field name='f' type='flag'/><field name='r' "
        "type='rows'>"
        "<field name='b' type='text' optional='yes'/></field><field name='q' type='list' optional='yes'/>",
        "<p>始<if n='t'>有</if><if n='t' not='甲'>非甲</if><if n='f' is='no'>否</if><if n='r' "
        "is='2'>两行</if>"
        "<each n='q'>列</each></p>"
        "<list form='（1）'><each n='r'><item><if n='b'><v n='b'/></if>项</item></each></list>"
        "<list><item>又</item></list>",
        "{\"t\": \"\", \"f\": false, \"r\": [{\"b\": \"首\"}, {}]}");
    assert_string_equal(block(letter, 0)->text, "始非甲否两行");
    assert_string_equal(block(letter, 1)->text, "（1）首项");
    assert_string_equal(block(letter, 2)->text, "（2）项");
    assert_string_equal(block(letter, 3)->text, "1.又");
}

static const struct fault *find_nested(void *context, TALLOC_CTX *life, const char *code,
                                       struct letter_source *out)
{
    (void)context, (void)life;
    out->name = code;
    out->bytes = "<clause xmlns='urn:mingda:letter' code='inner' version='1' title='试'><fields>"
                 "<field name='b' type='text'/><field name='l' type='list'/></fields>"
                 "<each n='l'><p><v n='b'/><v n='item'/></p></each></clause>";
    out->length = strlen(out->bytes);
    return NULL;
}

/* The name b of a row hides the letter's own, but not for a clause. */
static void a_clause_sees_the_letter_not_the_row(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char xml[] = HEAD "<fields><field name='b' type='text'/><field name='r' type='rows'><field "
                                   "name='b' type='text'/></field>"
                                   "</fields><title>试</title><each n='r'><clause ref='inner'/><p><v "
                                   "n='b'/><index/></p></each></letter>";
    struct letter_template *t = NULL;
    struct letter *letter = NULL;
    must(letter_template_read(reader, &(struct letter_source){"T01.xml", xml, sizeof xml - 1}, find_nested,
                              NULL, life, &t));
    must(letter_compose(
        t,
        data_of(life, "{\"b\": \"外\", \"l\": [\"甲\", \"乙\"], \"r\": [{\"b\": \"内\"}, {\"b\": \"里\"}]}"),
        life, &letter));
    static const char *const LINES[] = {"外甲", "外乙", "内1", "外甲", "外乙", "里2"};
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(block(letter, i)->text, LINES[i]);
}

static void a_name_of_ten_thousand_characters_is_printed_whole(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct text *t = text_new(life, 100000);
    for (int i = 0; i < 2000; i++)
        text_add(t, "喆堃𠮷镕昇");
    const char *name;
    must(text_end(t, &name, NULL));
    json_t *data = json_adopt(life, json_pack("{s:s}", "a", name));
    struct letter *letter = NULL;
    must(letter_compose(template_of(life, TEXT_FIELD, "<p><v n='a'/></p>"), data, life, &letter));
    for (enum letter_format format = LETTER_ODT; format <= LETTER_HTML; format++)
        has(text_of(life, letter, format), name);
}

static void a_letter_without_end_is_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    json_t *list = json_array();
    for (int i = 0; i < 300; i++)
        json_array_append_new(list, json_string("很长的一项"));
    json_t *data = json_adopt(life, json_pack("{s:o}", "l", list));
    struct letter *letter = NULL;
    const struct fault *f = letter_compose(
        template_of(life, "<field name='l' type='list'/>",
                    "<each n='l'><each n='l'><each n='l'><p><v n='l'/></p></each></each></each>"),
        data, life, &letter);
    must_fail(f, "LETTER_TOO_LONG");
    f = letter_compose(
        template_of(
            life, "<field name='l' type='list'/><field name='o' type='text' optional='yes'/>",
            "<p>始</p><each n='l'><each n='l'><each n='l'><if n='o'><p>无</p></if></each></each></each>"),
        data, life, &letter);
    must_fail(f, "LETTER_TOO_LONG");
}

/* ---- The shipped templates ---- */

static struct letter *shipped(TALLOC_CTX *life, const char *code, const char *key, const char *value)
{
    size_t length;
    struct letter_template *t = NULL;
    struct letter *letter = NULL;
    must(read_file_template(life, LETTERS, talloc_asprintf(life, "%s.xml", code), CLAUSES, &t));
    json_t *data = data_of(life, file(life, talloc_asprintf(life, "%s/%s.json", SAMPLES, code), &length));
    if (key && value) {
        const json_t *parsed = data_of(life, talloc_asprintf(life, "[%s]", value));
        json_object_set(data, key, json_array_get(parsed, 0));
    } else if (key)
        json_object_del(data, key);
    const struct fault *f = letter_compose(t, data, life, &letter);
    if (f)
        print_error("%s\n", f->detail);
    assert_null(f);
    return letter;
}

/* `some`: one row at least says so; `not`: none does. */
static void a_condition_may_ask_all_rows(void **state)
{
    (void)state;
    static const char FIELDS[] =
        "<field name='a' type='rows'><field name='b' type='code' values='x y z'/></field>";
    static const char BODY[] =
        "<if n='a' some='b' is='x y'><p>有</p></if><if n='a' some='b' not='x y'><p>无</p></if>";
    static const struct {
        const char *json, *text;
    } CASES[] = {{"{\"a\": [{\"b\": \"z\"}]}", "无"},
                 {"{\"a\": [{\"b\": \"z\"}, {\"b\": \"y\"}]}", "有"},
                 {"{\"a\": [{\"b\": \"x\"}]}", "有"},
                 {"{\"a\": [{}]}", "无"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        SCOPED_LIFE(life);
        assert_string_equal(block(composed(life, FIELDS, BODY, CASES[i].json), 0)->text, CASES[i].text);
    }
    SCOPED_LIFE(life);
    const struct fault *f = not_composed(life, FIELDS, BODY, "{\"a\": [{\"b\": \"w\"}]}");
    assert_string_equal(f->detail, "T01.xml:3: the value of field b is not one of its declared values");
    not_composed(life, FIELDS, BODY, "{\"a\": []}");
}

static void a_code_is_compared_with_several_words(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char FIELDS[] = "<field name='a' type='code' values='x y z'/>";
    static const char BODY[] = "<p><if n='a' is='x  y'>甲</if><choose n='a'><when is='y "
                               "z'>乙</when><otherwise>丙</otherwise></choose></p>";
    assert_string_equal(block(composed(life, FIELDS, BODY, "{\"a\": \"x\"}"), 0)->text, "甲丙");
    assert_string_equal(block(composed(life, FIELDS, BODY, "{\"a\": \"y\"}"), 0)->text, "甲乙");
    assert_string_equal(block(composed(life, FIELDS, BODY, "{\"a\": \"z\"}"), 0)->text, "乙");
}

/* “……。” ends the letter's sentence too; what is not a quotation keeps its full stop. */
static void a_quotation_ends_its_sentence_once(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {{"目录", "“目录”。"},
                                           {"目录。", "“目录。”"},
                                           {"有吗？", "“有吗？”"},
                                           {"是。”", "“是。””。"},
                                           {"a.", "“a.”。"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        SCOPED_LIFE(life);
        json_t *data = json_adopt(life, json_pack("{s:s}", "a", CASES[i][0]));
        struct letter *letter = NULL;
        must(letter_compose(
            template_of(life, TEXT_FIELD, "<p>“<v n='a'/>”。</p><p><v n='a'/>（<v n='a'/>）。</p>"), data,
            life, &letter));
        assert_string_equal(block(letter, 0)->text, CASES[i][1]);
        assert_string_equal(block(letter, 1)->text,
                            talloc_asprintf(life, "%s（%s）。", CASES[i][0], CASES[i][0]));
    }
}

/* A place to sign is as high as it says, and what is written there counts. */
static void a_cell_is_as_high_as_it_says(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct letter *letter = composed(
        life, TEXT_FIELD, "<table widths='14 14'><tr><td lines='3'><v n='a'/></td><td/></tr></table>",
        "{\"a\": \"一\\n二\"}");
    assert_string_equal(block(letter, 0)->cells[0].text, "一\n二\n");
    assert_string_equal(block(letter, 0)->cells[1].text, "");
}

#define PHRASE_ROWS "<field name='a' type='rows'><field name='b' type='code' values='x y'/></field>"
static const struct fault *find_words(void *context, TALLOC_CTX *life, const char *code,
                                      struct letter_source *out)
{
    (void)context;
    out->name = talloc_asprintf(life, "%s.xml", code);
    out->bytes =
        "<clause xmlns='urn:mingda:letter' code='words' version='1' title='试' from='2024-01-01' "
        "until='2026-12-31'>"
        "<fields><field name='b' type='code' values='x y z'/></fields>"
        "<words><choose n='b'><when is='x'>甲</when><otherwise>乙</otherwise></choose></words></clause>";
    out->length = strlen(out->bytes);
    return NULL;
}

static const struct fault *with_words(TALLOC_CTX *life, const char *fields, const char *body,
                                      const char *json, struct letter **out)
{
    struct letter_template *t = NULL;
    const char *xml =
        talloc_asprintf(life, HEAD "<fields>%s</fields><title>试</title>\n%s\n</letter>", fields, body);
    TRY(letter_template_read(reader, &(struct letter_source){"T01.xml", xml, strlen(xml)}, find_words, NULL,
                             life, &t));
    return letter_compose(t, data_of(life, json), life, out);
}

/* A clause of words is about the row it stands in, and may know more than the letter can meet; not less. */
static void a_clause_of_words_sees_its_row(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char EACH[] = "<each n='a'><p><index/><clause ref='words'/></p></each>";
    struct letter *letter = NULL;
    must(with_words(life, PHRASE_ROWS, EACH, "{\"a\": [{\"b\": \"y\"}, {\"b\": \"x\"}]}", &letter));
    assert_string_equal(block(letter, 0)->text, "1乙");
    assert_string_equal(block(letter, 1)->text, "2甲");
    const struct fault *f = with_words(life, PHRASE_ROWS, EACH, "{\"a\": [{\"b\": \"z\"}]}", &letter);
    has(f->detail, "the value of field b is not one that this letter can meet");
    f = with_words(life, "<field name='b' type='code' values='x w'/>", "<p><clause ref='words'/></p>", "{}",
                   &letter);
    has(f->detail, "T01.xml:3: clause words does not know w of field b");
    f = with_words(life, "<field name='b' type='text'/>", "<p><clause ref='words'/></p>", "{}", &letter);
    has(f->detail, "T01.xml:3: field b is declared otherwise in clause words");
    f = with_words(life, TEXT_FIELD, "<p><clause ref='words'/></p>", "{}", &letter);
    has(f->detail, "T01.xml:3: clause words asks for field b, which is not declared here");
    f = with_words(life, TEXT_FIELD, "<clause ref='words'/>", "{}", &letter);
    has(f->detail, "T01.xml:3: clause words is one of words");
    /* a choice around it lets only some words through */
    must(with_words(life, "<field name='b' type='code' values='x w'/>",
                    "<choose n='b'><when is='x'><p><clause ref='words'/></p></when><when "
                    "is='w'><p>丙</p></when></choose>",
                    "{\"b\": \"x\"}", &letter));
}

/* The date under the letter is within the days of all that it is made of. */
static void a_clause_is_in_force_on_the_day_of_the_letter(void **state)
{
    (void)state;
    static const struct {
        const char *day, *found;
    } CASES[] = {{"2024-01-01", NULL},
                 {"2026-12-31", NULL},
                 {"2023-12-31", "not on 2023-12-31"},
                 {"2027-01-01", "not on 2027-01-01"}};
    for (size_t i = 0; i < 4; i++) {
        SCOPED_LIFE(life);
        struct letter *letter = NULL;
        const struct fault *f = with_words(
            life,
            "<field name='b' type='code' values='x'/><field name='c' type='text'/><field name='d' "
            "type='date'/>",
            "<p><clause ref='words'/></p>\n<sign agency='c' date='d'/>",
            talloc_asprintf(life, "{\"b\": \"x\", \"c\": \"某局\", \"d\": \"%s\"}", CASES[i].day), &letter);
        if (!CASES[i].found) {
            assert_null(f);
            continue;
        }
        must_fail(f, "LETTER_CLAUSE");
        has(f->detail, "T01.xml:4: version 1 of words is in force from 2024-01-01 until 2026-12-31");
        has(f->detail, CASES[i].found);
    }
}

static void annexes_begin_on_new_pages(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct letter *letter =
        composed(life, TEXT_FIELD, "<p>文</p><annex>甲</annex><p>一</p><annex>乙</annex><p>二</p>", "{}");
    const struct letter_layout *l = letter_layout(life, letter);
    size_t found = 0;
    for (size_t i = 0; i < l->count; i++)
        if (l->paragraphs[i].style == STYLE_ANNEX) {
            assert_string_equal(l->paragraphs[i].text, found++ ? "附件2" : "附件1");
            assert_int_equal(l->paragraphs[i + 1].style, STYLE_ANNEX_TITLE);
            assert_true(l->styles[STYLE_ANNEX].new_page);
        }
    assert_int_equal(found, 2);
    has(text_of(life, letter, LETTER_HTML), "附件2乙二");
    has(text_of(life, shipped(life, "D04", NULL, NULL), LETTER_DOCX), "附件征求意见回执");
}

static void every_template_renders_its_sample(void **state)
{
    (void)state;
    struct dirent **names;
    int count = scandir(LETTERS, &names, is_xml, alphasort);
    assert_int_equal(count, 42);
    for (int i = 0; i < count; i++) {
        SCOPED_LIFE(life);
        const struct letter *letter =
            shipped(life, talloc_strndup(life, names[i]->d_name, strlen(names[i]->d_name) - 4), NULL, NULL);
        assert_true(letter->block_count >= 3);
        for (enum letter_format format = LETTER_ODT; format <= LETTER_HTML; format++)
            assert_true(strlen(text_of(life, letter, format)) > 200);
        free(names[i]);
    }
    free(names);
}

/* ---- Every letter with what should not come ---- */

static void for_each_letter(void (*look)(TALLOC_CTX *, const struct letter_template *, json_t *))
{
    struct dirent **names;
    int count = scandir(LETTERS, &names, is_xml, alphasort);
    assert_int_equal(count, 42);
    for (int i = 0; i < count; i++) {
        SCOPED_LIFE(life);
        size_t length;
        struct letter_template *t = NULL;
        must(read_file_template(life, LETTERS, names[i]->d_name, CLAUSES, &t));
        look(life, t, data_of(life, file(life, talloc_asprintf(life, SAMPLES "/%s.json", t->code), &length)));
        free(names[i]);
    }
    free(names);
}

/* Each value that may not be missing, missing in turn: either this letter does not print it, or it stops and
 * says which, in which line. None is ever silently empty. */
static void stops_without(TALLOC_CTX *life, const struct letter_template *t, json_t *data)
{
    struct letter *whole = NULL, *letter = NULL;
    size_t stopped = 0;
    must(letter_compose(t, data, life, &whole));
    const char *text = text_of(life, whole, LETTER_HTML);
    for (size_t i = 0; i < t->field_count; i++) {
        const char *name = t->fields[i].name;
        json_t *without = json_adopt(life, json_copy(data));
        if (t->fields[i].optional)
            continue;
        json_object_set_new(without, name, json_string(""));
        const struct fault *f = letter_compose(t, without, life, &letter);
        if (!f) {
            assert_string_equal(text_of(life, letter, LETTER_HTML), text);
            continue;
        }
        assert_string_equal(f->code, "LETTER_VALUE");
        assert_string_equal(f->field, name);
        has(f->detail, ".xml:");
        has(f->detail, talloc_asprintf(life, ": no value for field %s", name));
        stopped++;
    }
    assert_true(stopped >= 3);
}

static void no_letter_is_silently_empty(void **state)
{
    (void)state;
    for_each_letter(stops_without);
}

#define HOSTILE "A & B <c> 喆堃珺镕昇𠮷𡈼㐂 \"x\" 'y' ]]> &amp; {{z}}"
/* A name of 200 characters, of which many are rare; markup in every text; 300 items. */
static void bears_what_comes(TALLOC_CTX *life, const struct letter_template *t, json_t *data)
{
    struct letter *letter = NULL;
    struct text *name = text_new(life, 4096);
    const char *long_name = NULL;
    for (size_t i = 0; i < 200; i++)
        text_add(name, i % 4 ? "昇" : "\xF0\xA0\xAE\xB7");
    must(text_end(name, &long_name, NULL));
    for (size_t i = 0; i < t->field_count; i++)
        if (t->fields[i].type == LETTER_TEXT && json_object_get(data, t->fields[i].name))
            json_object_set_new(
                data, t->fields[i].name,
                json_string(strcmp(t->fields[i].name, "applicant") == 0 ? long_name : HOSTILE));
    json_t *items = json_object_get(data, "items");
    json_t *first = json_array_get(items, 0);
    for (size_t i = 0; first && i < 299; i++)
        json_array_append(items, first);
    must(letter_compose(t, data, life, &letter));
    for (enum letter_format format = LETTER_ODT; format <= LETTER_HTML; format++) {
        const char *text = text_of(life, letter, format);
        has(text, HOSTILE);
        if (letter->blocks[0].kind == LETTER_BLOCK_TITLE && json_object_get(data, "applicant") &&
            t->code[0] == 'R')
            has(text, long_name);
    }
}

static void every_letter_bears_what_comes(void **state)
{
    (void)state;
    for_each_letter(bears_what_comes);
}

static void rendered_twice_the_bytes_are_equal(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    for (enum letter_format format = LETTER_ODT; format <= LETTER_HTML; format++) {
        const uint8_t *one, *two;
        size_t one_length, two_length;
        must(letter_write(shipped(life, "R02", NULL, NULL), format, NULL, life, &one, &one_length));
        setenv("TZ", "Pacific/Auckland", 1);
        must(letter_write(shipped(life, "R02", NULL, NULL), format, NULL, life, &two, &two_length));
        unsetenv("TZ");
        assert_int_equal(one_length, two_length);
        assert_memory_equal(one, two, one_length);
    }
}

static void r02_tells_the_remedies(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *text = text_of(life, shipped(life, "R02", NULL, NULL), LETTER_ODT);
    has(text, "如对本告知不服，可以自收到本告知书之日起60日内向滨江市人民政府申请行政复议，也可以自收到本告知"
              "书之日起6个月内"
              "向滨江铁路运输法院提起行政诉讼。您（单位）也可以通过滨江市行政复议互联网申请平台");
    has(text, "附件：1.");
    has(text, "SHA-256：9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
    has(text, "本机关于2026年3月27日告知您（单位）延期至2026年4月28日前答复。");
    has(text, "因申请内容涉及第三方合法权益，本机关依法书面征求意见，该期间不计入答复期限。");
    text = text_of(life, shipped(life, "R02", "electronic", "false"), LETTER_DOCX);
    lacks(text, "互联网申请平台");
    has(text, "提起行政诉讼。");
    text = text_of(life, shipped(life, "R02", "court", "\"某某人民法院\""), LETTER_DOCX);
    has(text, "向某某人民法院提起行政诉讼");
    text = text_of(life, shipped(life, "R02", "extension_notified", NULL), LETTER_HTML);
    lacks(text, "延期至");
}

static void r02_quotes_one_item_and_lists_several(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct letter *letter =
        shipped(life, "R02", "items", "[{\"text\": \"2025年度\\u201c双随机\\u201d检查\\n结果\"}]");
    const char *text = text_of(life, letter, LETTER_HTML);
    has(text, "要求获取“2025年度“双随机”检查结果”。");
    lacks(text, "处理结果");
    text = text_of(life, shipped(life, "R02", NULL, NULL), LETTER_HTML);
    has(text, "要求获取下列政府信息：");
    has(text, "处理结果");
}

/* Without attachments the reply says where and when, and does not go out without it. */
static void r02_says_where_what_is_not_attached_is_to_be_had(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    size_t length;
    struct letter_template *t = NULL;
    struct letter *letter = NULL;
    must(read_file_template(life, LETTERS, "R02.xml", CLAUSES, &t));
    json_t *data = data_of(life, file(life, SAMPLES "/R02.json", &length));
    json_object_del(data, "attachments");
    const struct fault *f = letter_compose(t, data, life, &letter);
    must_fail(f, "LETTER_VALUE");
    assert_string_equal(f->field, "place");
    json_object_set_new(data, "place", json_string("滨江市民生路1号政府信息公开受理窗口"));
    must(letter_compose(t, data, life, &letter));
    has(text_of(life, letter, LETTER_HTML),
        "现予以提供，请您（单位）到滨江市民生路1号政府信息公开受理窗口获取。");
    json_object_set_new(data, "time", json_string("工作日9时至17时"));
    must(letter_compose(t, data, life, &letter));
    has(text_of(life, letter, LETTER_HTML), "请您（单位）于工作日9时至17时到滨江市");
}

static void one_attachment_has_no_number(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct letter_layout *layout =
        letter_layout(life, shipped(life, "R02", "attachments", "[{\"name\": \"统计表\"}]"));
    size_t found = 0;
    for (size_t i = 0; i < layout->count; i++)
        if (layout->paragraphs[i].style == STYLE_ATTACHMENT) {
            assert_string_equal(layout->paragraphs[i].text, "附件：统计表");
            assert_true(layout->paragraphs[i].keep_next); /* the sign block follows: no blank seal page */
            found++;
        }
    assert_int_equal(found, 1);
}

/* ---- Shapes ---- */

static const char *kinds(TALLOC_CTX *life, const struct letter *letter)
{
    static const char *const NAMES[LETTER_BLOCK_KINDS] = {
        [LETTER_BLOCK_MARK] = "mark", [LETTER_BLOCK_NUMBER] = "number",   [LETTER_BLOCK_TITLE] = "title",
        [LETTER_BLOCK_TO] = "to",     [LETTER_BLOCK_SIGN] = "sign",       [LETTER_BLOCK_NOTE] = "note",
        [LETTER_BLOCK_COPY] = "copy", [LETTER_BLOCK_IMPRINT] = "imprint", [LETTER_BLOCK_QR] = "qr",
    };
    struct text *t = text_new(life, 4096);
    for (size_t i = 0; i < letter->block_count; i++)
        if (NAMES[letter->blocks[i].kind])
            text_printf(t, "%s ", NAMES[letter->blocks[i].kind]);
    const char *words = NULL;
    must(text_end(t, &words, NULL));
    return words;
}

/* One template, three shapes: the agency's setting says which. */
static void the_data_may_say_the_shape(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char *const CODES[] = {"R02", "R06", "R07"};
    for (size_t i = 0; i < 3; i++) {
        const struct letter *letter = shipped(life, CODES[i], NULL, NULL);
        assert_int_equal(letter->shape, LETTER_NOTICE);
        assert_string_equal(kinds(life, letter), "title number to sign qr ");
        letter = shipped(life, CODES[i], "layout", "\"document\"");
        assert_int_equal(letter->shape, LETTER_DOCUMENT);
        assert_string_equal(kinds(life, letter), "mark number title to sign qr imprint ");
        assert_string_equal(letter->blocks[0].text, "滨江市应急管理局文件");
        letter = shipped(life, CODES[i], "layout", "\"letter\"");
        assert_int_equal(letter->shape, LETTER_LETTER);
        assert_string_equal(kinds(life, letter), "mark number title to sign qr ");
        assert_string_equal(letter->blocks[0].text, "滨江市应急管理局");
    }
    struct letter_template *t = NULL;
    struct letter *letter = NULL;
    size_t length;
    must(read_file_template(life, LETTERS, "R07.xml", CLAUSES, &t));
    json_t *data = data_of(life, file(life, SAMPLES "/R07.json", &length));
    json_object_set_new(data, "layout", json_string("poster"));
    const struct fault *f = letter_compose(t, data, life, &letter);
    must_fail(f, "LETTER_VALUE");
    assert_string_equal(f->field, "layout");
}

static const char *part_of(TALLOC_CTX *life, const struct letter *letter, enum letter_format format,
                           const char *part)
{
    const uint8_t *bytes;
    size_t length;
    struct package *p;
    must(letter_write(letter, format, NULL, life, &bytes, &length));
    must(package_read(life, bytes, length, &PACKAGE_LIMITS, &p));
    const struct package_entry *e = package_find(p, part);
    assert_non_null(e);
    text_of_xml(life, e->data, e->size);
    return (const char *)e->data;
}

/* 信函: mark and lines in head and foot of the first page, which has no number. 文件: mark in the text. */
static void a_red_head_stands_where_it_belongs(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct letter *letter = shipped(life, "R07", "layout", "\"letter\""),
                        *document = shipped(life, "R07", "layout", "\"document\""),
                        *notice = shipped(life, "R07", NULL, NULL);
    const char *styles = part_of(life, letter, LETTER_ODT, "styles.xml");
    has(styles, "style:name=\"Standard\" style:page-layout-name=\"First\" style:next-style-name=\"Next\"");
    has(styles, "<text:p text:style-name=\"LetterMark\">滨江市应急管理局</text:p>");
    lacks(part_of(life, letter, LETTER_ODT, "content.xml"), "LetterMark");
    has(part_of(life, letter, LETTER_DOCX, "word/document.xml"), "<w:titlePg/>");
    has(part_of(life, letter, LETTER_DOCX, "word/header1.xml"), "滨江市应急管理局");
    lacks(part_of(life, letter, LETTER_DOCX, "word/footer3.xml"), "PAGE");
    has(part_of(life, letter, LETTER_DOCX, "[Content_Types].xml"), "/word/header1.xml");
    has(part_of(life, document, LETTER_ODT, "content.xml"), "LetterMark\">滨江市应急管理局文件");
    has(part_of(life, document, LETTER_ODT, "content.xml"), "draw:name=\"imprint\"");
    has(part_of(life, document, LETTER_DOCX, "word/document.xml"), "w:yAlign=\"bottom\"");
    lacks(part_of(life, document, LETTER_DOCX, "word/document.xml"), "<w:titlePg/>");
    lacks(part_of(life, notice, LETTER_ODT, "styles.xml"), "style:page-layout-name=\"First\"");
    lacks(part_of(life, notice, LETTER_DOCX, "[Content_Types].xml"), "header1");
    lacks(part_of(life, notice, LETTER_DOCX, "word/document.xml"), "LetterMark");
}

/* A long name is set smaller so that it stays on one line, down to the size of the title. */
static void the_mark_fits_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int size;
    } MARKS[] = {
        {"某市民政局", 96}, {"滨江市应急管理局文件", 88}, {"某某自治区某某市安全生产委员会办公室文件", 44}};
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        SCOPED_LIFE(life);
        struct letter_block mark = {.kind = LETTER_BLOCK_MARK, .text = MARKS[i].text};
        const struct letter letter = {
            .code = "T01", .title = "试", .shape = LETTER_DOCUMENT, .blocks = &mark, .block_count = 1};
        const struct letter_layout *l = letter_layout(life, &letter);
        assert_int_equal(l->styles[STYLE_MARK].size, MARKS[i].size);
        assert_true(l->styles[STYLE_MARK].size / 2 * (letter_width(MARKS[i].text) / EM) * 20 <= TEXT_WIDTH);
    }
}

static void r06_refuses_with_reasons_and_review_first(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *text = text_of(life, shipped(life, "R06", NULL, NULL), LETTER_HTML);
    has(text, "要求获取下列政府信息：");
    has(text, "2025年第三次局长办公会议关于危险化学品专项整治方案的讨论记录不予公开第十六条第二款、第三十六条"
              "第（三）项");
    has(text, "关于第1项申请内容，该政府信息属于本机关在履行行政管理职能过程中形成的过程性信息（讨论记录），"
              "且法律、法规、规章没有规定其应当公开，根据《中华人民共和国政府信息公开条例》第十六条第二款、"
              "第三十六条第（三）项，本机关不予公开，理由是：");
    has(text, "本机关的内部事务信息（后勤管理信息），根据《中华人民共和国政府信息公开条例》第十六条第一款、");
    has(text, "属于行政执法案卷信息，且法律");
    has(text,
        "应当自收到本告知书之日起60日内先向滨江市人民政府申请行政复议；对行政复议决定不服的，可以自收到行政"
        "复议决定书之日起15日内向滨江铁路运输法院提起行政诉讼。您（单位）也可以通过");
    lacks(text, "6个月");
    text = text_of(life,
                   shipped(life, "R06", "items",
                           "[{\"text\": \"纪要\", \"outcome\": \"DENY_INTERNAL\", \"reason\": \"甲。\"}]"),
                   LETTER_HTML);
    has(text, "要求获取“纪要”。经审查，您（单位）申请获取的政府信息属于本机关的内部事务信息，根据");
    struct letter_template *t = NULL;
    struct letter *letter = NULL;
    size_t length;
    must(read_file_template(life, LETTERS, "R06.xml", CLAUSES, &t));
    json_t *data = data_of(life, file(life, SAMPLES "/R06.json", &length));
    json_object_del(json_array_get(json_object_get(data, "items"), 1), "reason");
    const struct fault *f = letter_compose(t, data, life, &letter);
    must_fail(f, "LETTER_VALUE");
    assert_string_equal(f->field, "reason");
}

static void notices_say_what_the_law_asks_of_them(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *text = text_of(life, shipped(life, "D02", NULL, NULL), LETTER_ODT);
    has(text, "请您（单位）于2026年3月23日前（含当日）一次性补正以下内容：");
    has(text, "无正当理由逾期不补正的，视为放弃申请");
    lacks(text, "复议");
    text = text_of(life, shipped(life, "D03", NULL, NULL), LETTER_DOCX);
    has(text, "经本机关政府信息公开工作机构负责人同意，答复期限延长20个工作日，本机关将于2026年4月28日前（含"
              "当日）答复");
    has(text, "答复期限于2026年3月30日届满");
    lacks(text, "复议");
    text = text_of(life, shipped(life, "R07", NULL, NULL), LETTER_DOCX);
    has(text, "检索范围：局公文处理系统");
    has(text, "第三十六条第（四）项，现告知您（单位）该政府信息不存在。");
    has(text, "6个月内向滨江铁路运输法院提起行政诉讼。");
}

/* ---- Layout ---- */

static void the_agency_is_centred_over_the_date(void **state)
{
    (void)state;
    static const char *const AGENCIES[] = {"某局", "滨江市应急管理局",
                                           "某某自治区某某市安全生产委员会办公室"};
    for (size_t i = 0; i < sizeof AGENCIES / sizeof *AGENCIES; i++) {
        SCOPED_LIFE(life);
        struct letter_block sign = {
            .kind = LETTER_BLOCK_SIGN, .text = AGENCIES[i], .detail = "2026年11月22日"};
        const struct letter letter = {.code = "T01", .title = "试", .blocks = &sign, .block_count = 1};
        const struct letter_layout *l = letter_layout(life, &letter);
        const struct letter_paragraph *agency = &l->paragraphs[0], *date = &l->paragraphs[1];
        int agency_middle = agency->right + letter_width(agency->text) / 2;
        assert_in_range(agency_middle - date->right - letter_width(date->text) / 2 + 2, 0, 4);
        assert_true(agency->right >= 0);
        if (i < 2)
            assert_int_equal(date->right, 4 * EM);
        else
            assert_true(date->right > 4 * EM);
    }
}

static void packages_are_as_the_signer_wants_them(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const uint8_t *bytes;
    size_t length;
    struct package *p;
    const struct letter *letter = shipped(life, "D01", NULL, NULL);
    must(letter_write(letter, LETTER_ODT, NULL, life, &bytes, &length));
    assert_memory_equal(bytes + 30, "mimetypeapplication/vnd.oasis.opendocument.text", 47);
    must(package_read(life, bytes, length, &PACKAGE_LIMITS, &p));
    assert_string_equal(p->entries[0].name, "mimetype");
    const char *manifest = (const char *)package_find(p, "META-INF/manifest.xml")->data;
    for (size_t i = 1; i < p->count; i++) {
        if (!strstr(p->entries[i].name, ".png"))
            text_of_xml(life, p->entries[i].data, p->entries[i].size);
        if (strncmp(p->entries[i].name, "META-INF/", 9) != 0)
            has(manifest, talloc_asprintf(life, "full-path=\"%s\"", p->entries[i].name));
    }
    must(letter_write(letter, LETTER_DOCX, NULL, life, &bytes, &length));
    must(package_read(life, bytes, length, &PACKAGE_LIMITS, &p));
    const char *types = (const char *)package_find(p, "[Content_Types].xml")->data;
    for (size_t i = 0; i < p->count; i++) {
        const char *name = p->entries[i].name, *data = (const char *)p->entries[i].data;
        if (!strstr(name, ".png"))
            text_of_xml(life, data, p->entries[i].size);
        assert_true(strncmp(name, "docProps", 8) != 0);
        if (strstr(name, ".rels"))
            lacks(data, "> ");
        if (strstr(name, ".rels"))
            lacks(data, ">\n");
        if (strncmp(name, "word/", 5) == 0 && !strstr(name, ".rels") && !strstr(name, ".png"))
            has(types, talloc_asprintf(life, "PartName=\"/%s\"", name));
    }
    has((const char *)package_find(p, "word/settings.xml")->data, "compatibilityMode");
}

/* Lines of the text and the picture stand for the same code in every format; a test of the pages reads it. */
static void a_qr_code_is_the_same_picture_everywhere(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct letter *letter = shipped(life, "R02", NULL, NULL), *again = shipped(life, "R02", NULL, NULL);
    const struct letter_block *qr = NULL;
    for (size_t i = 0; i < letter->block_count; i++)
        if (letter->blocks[i].kind == LETTER_BLOCK_QR)
            qr = &letter->blocks[i];
    assert_non_null(qr);
    assert_string_equal(qr->detail, "http://www.yingji.binjiang.example/verify?code=7K3M-9QXR-2BCD-WFGH");
    has(qr->text, "验证码：7K3M-9QXR-2BCD-WFGH\n核验网址：http://www.yingji.binjiang.example/verify\n");
    assert_memory_equal(qr->png, "\x89PNG\r\n\x1a\n", 8);
    assert_memory_equal(qr->png + 16, "\0\0\x1\x68\0\0\x1\x68\x1", 9); /* 45 modules of 8, one bit a pixel */
    for (size_t i = 0; i < again->block_count; i++)
        if (again->blocks[i].kind == LETTER_BLOCK_QR) {
            assert_int_equal(again->blocks[i].png_length, qr->png_length);
            assert_memory_equal(again->blocks[i].png, qr->png, qr->png_length);
        }
    static const char *const PARTS[][3] = {
        {"Pictures/qr.png", "content.xml", "xlink:href=\"Pictures/qr.png\""},
        {"word/media/qr.png", "word/_rels/document.xml.rels", "Target=\"media/qr.png\""}};
    for (enum letter_format format = LETTER_ODT; format <= LETTER_DOCX; format++) {
        const uint8_t *bytes;
        size_t length;
        struct package *p;
        must(letter_write(letter, format, NULL, life, &bytes, &length));
        must(package_read(life, bytes, length, &PACKAGE_LIMITS, &p));
        assert_memory_equal(package_find(p, PARTS[format][0])->data, qr->png, qr->png_length);
        has((const char *)package_find(p, PARTS[format][1])->data, PARTS[format][2]);
    }
    has(text_of(life, letter, LETTER_HTML), "验证码：7K3M-9QXR-2BCD-WFGH");
}

#define QR_FIELDS "<field name='link' type='text'/><field name='more' type='text' optional='yes'/>"
static void a_qr_code_has_its_bounds(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    char *longest = talloc_zero_array(life, char, QR_TEXT_MAX + 2);
    memset(longest, 'a', QR_TEXT_MAX);
    const char *data = talloc_asprintf(life, "{\"link\": \"%s\"}", longest);
    const struct letter *letter = composed(life, QR_FIELDS, "<qr of='link'>一</qr>", data);
    const struct letter_layout *l = letter_layout(life, letter);
    assert_ptr_equal(letter_qr(l)->detail, letter->blocks[1].detail);
    size_t beside = 0; /* one line of text, and what the picture needs */
    for (size_t i = 0; i < l->count; i++)
        if (l->paragraphs[i].style == STYLE_QR) {
            assert_string_equal(l->paragraphs[i].text, "一\n\n");
            beside++;
        }
    assert_int_equal(beside, 1);
    longest[QR_TEXT_MAX] = 'a';
    data = talloc_asprintf(life, "{\"link\": \"%s\"}", longest);
    const struct fault *f = not_composed(life, QR_FIELDS, "<qr of='link'>一</qr>", data);
    assert_string_equal(f->field, "link");
    has(f->detail, "T01.xml:3: the value of field link is not short enough for a QR code");
    f = not_composed(life, QR_FIELDS, "<qr of='link'>一</qr>\n<qr of='link'>二</qr>", "{\"link\": \"a\"}");
    has(f->detail, "T01.xml:4: a letter has one QR code");
}

static void a_seal_picture_lies_over_the_sign(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct letter_seal seal = {(const uint8_t *)"\x89PNG-picture", 12, 42};
    static const char *const PARTS[][3] = {{"Pictures/seal.png", "content.xml", "svg:width=\"119.05pt\""},
                                           {"word/media/seal.png", "word/document.xml", "cx=\"1511935\""}};
    for (enum letter_format format = LETTER_ODT; format <= LETTER_DOCX; format++) {
        const uint8_t *bytes;
        size_t length;
        struct package *p;
        must(letter_write(shipped(life, "R02", NULL, NULL), format, &seal, life, &bytes, &length));
        must(package_read(life, bytes, length, &PACKAGE_LIMITS, &p));
        assert_memory_equal(package_find(p, PARTS[format][0])->data, seal.png, seal.length);
        const struct package_entry *e = package_find(p, PARTS[format][1]);
        text_of_xml(life, e->data, e->size);
        has((const char *)e->data, PARTS[format][2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_templates_are_refused_where_they_are_wrong),
        cmocka_unit_test(clauses_are_bounded_in_depth_and_number),
        cmocka_unit_test(clauses_cannot_explode),
        cmocka_unit_test(a_template_says_what_it_needs),
        cmocka_unit_test(a_clause_can_be_judged_alone),
        cmocka_unit_test(a_value_comes_out_as_typed),
        cmocka_unit_test(what_cannot_be_seen_is_dropped),
        cmocka_unit_test(lines_become_paragraphs),
        cmocka_unit_test(a_missing_value_stops_the_letter_with_its_line),
        cmocka_unit_test(a_value_of_another_type_stops_the_letter),
        cmocka_unit_test(values_are_printed_by_their_type),
        cmocka_unit_test(rows_are_counted_in_hanzi),
        cmocka_unit_test(conditions_hold_or_not),
        cmocka_unit_test(a_clause_sees_the_letter_not_the_row),
        cmocka_unit_test(a_condition_may_ask_all_rows),
        cmocka_unit_test(a_code_is_compared_with_several_words),
        cmocka_unit_test(a_quotation_ends_its_sentence_once),
        cmocka_unit_test(a_cell_is_as_high_as_it_says),
        cmocka_unit_test(a_clause_of_words_sees_its_row),
        cmocka_unit_test(a_clause_is_in_force_on_the_day_of_the_letter),
        cmocka_unit_test(annexes_begin_on_new_pages),
        cmocka_unit_test(a_name_of_ten_thousand_characters_is_printed_whole),
        cmocka_unit_test(a_letter_without_end_is_refused),
        cmocka_unit_test(every_template_renders_its_sample),
        cmocka_unit_test(no_letter_is_silently_empty),
        cmocka_unit_test(every_letter_bears_what_comes),
        cmocka_unit_test(rendered_twice_the_bytes_are_equal),
        cmocka_unit_test(r02_tells_the_remedies),
        cmocka_unit_test(r02_quotes_one_item_and_lists_several),
        cmocka_unit_test(r02_says_where_what_is_not_attached_is_to_be_had),
        cmocka_unit_test(one_attachment_has_no_number),
        cmocka_unit_test(the_data_may_say_the_shape),
        cmocka_unit_test(a_red_head_stands_where_it_belongs),
        cmocka_unit_test(the_mark_fits_its_line),
        cmocka_unit_test(r06_refuses_with_reasons_and_review_first),
        cmocka_unit_test(notices_say_what_the_law_asks_of_them),
        cmocka_unit_test(the_agency_is_centred_over_the_date),
        cmocka_unit_test(packages_are_as_the_signer_wants_them),
        cmocka_unit_test(a_qr_code_is_the_same_picture_everywhere),
        cmocka_unit_test(a_qr_code_has_its_bounds),
        cmocka_unit_test(a_seal_picture_lies_over_the_sign),
    };
    return cmocka_run_group_tests(tests, open_reader, close_reader);
}
