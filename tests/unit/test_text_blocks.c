/* Templates as blocks: everything that is shipped comes back from its blocks as the same letter; what is
 * wrong is told at its block; the list can be changed in every way and stays a tree. */
#include <dirent.h>
#include <stdio.h>
#include "cmocka_all.h"
#include "json.h"
#include "letter_sample.h"
#include "letter_trial.h"
#include "life.h"
#include "text.h"
#include "text_blocks.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DAY      ((struct civil){2026, 3, 30})

static struct letter_reader *reader;
static TALLOC_CTX *whole;

static char *file_of(TALLOC_CTX *life, const char *path)
{
    scoped_file FILE *f = fopen(path, "rb");
    char *bytes = talloc_zero_array(life, char, 300000);
    if (!f || !bytes)
        return NULL;
    bytes[fread(bytes, 1, 299999, f)] = '\0';
    return bytes;
}

static const struct fault *find_clause(void *context, TALLOC_CTX *life, const char *code,
                                       struct letter_source *out)
{
    (void)context;
    const char *bytes = file_of(life, talloc_asprintf(life, MINGDA_SOURCE "/templates/clauses/%s.xml", code));
    if (!bytes)
        return fault_new(life, FAULT_ABSENT, "CLAUSE", "%s", code);
    *out = (struct letter_source){talloc_asprintf(life, "%s.xml", code), bytes, strlen(bytes)};
    return NULL;
}

static const struct fault *read_text(TALLOC_CTX *life, const char *xml, bool clause,
                                     struct letter_template **out)
{
    const struct letter_source source = {"T.xml", xml, strlen(xml)};
    return clause ? letter_clause_alone(reader, &source, find_clause, NULL, life, out)
                  : letter_template_read(reader, &source, find_clause, NULL, life, out);
}

static struct text_blocks *blocks_of(TALLOC_CTX *life, const char *xml)
{
    struct text_blocks *b = NULL;
    must(text_blocks_read(&(struct letter_source){"T.xml", xml, strlen(xml)}, life, &b));
    return b;
}

static const char *written(TALLOC_CTX *life, const struct text_blocks *b, int version)
{
    struct text_document d;
    must(text_blocks_write(b, version, life, &d));
    for (size_t i = 0; i < d.wrong_count; i++)
        print_error("block %d: %s / %s\n", d.wrong[i].block, d.wrong[i].zh, d.wrong[i].en);
    assert_int_equal(d.wrong_count, 0);
    return d.xml;
}

static void for_each_text(void (*look)(TALLOC_CTX *, const char *name, const char *xml, bool clause))
{
    static const char *const FOLDERS[] = {"letters", "clauses", "clauses/earlier"};
    size_t looked = 0;
    for (size_t i = 0; i < COUNT(FOLDERS); i++) {
        char path[300];
        snprintf(path, sizeof path, MINGDA_SOURCE "/templates/%s", FOLDERS[i]);
        DIR *folder = opendir(path);
        assert_non_null(folder);
        for (struct dirent *e; (e = readdir(folder));) {
            SCOPED_LIFE(life);
            if (!strstr(e->d_name, ".xml"))
                continue;
            looked++;
            look(life, e->d_name, file_of(life, talloc_asprintf(life, "%s/%s", path, e->d_name)), i > 0);
        }
        closedir(folder);
    }
    assert_true(looked > 70);
}

/* ---- there and back ---- */

/* The letter made of sample data; NULL where that makes none. */
static const uint8_t *made(TALLOC_CTX *life, const struct letter_template *t, struct letter_sample how,
                           size_t *length)
{
    json_t *data = NULL;
    struct letter *letter = NULL;
    const uint8_t *bytes = NULL;
    must(letter_sample_data(t, how, civil_is_set(t->until) ? t->until : DAY, life, &data));
    if (letter_compose(t, data, life, &letter))
        return NULL;
    must(letter_write(letter, LETTER_ODT, NULL, life, &bytes, length));
    return bytes;
}

static void same_letters(TALLOC_CTX *life, const char *name, const char *xml, bool clause)
{
    struct letter_template *before = NULL, *after = NULL;
    struct letter_sample_choice *choices = NULL;
    size_t count = 0, letters = 0;
    must(read_text(life, xml, clause, &before));
    const char *again = written(life, blocks_of(life, xml), before->version);
    must(read_text(life, again, clause, &after));
    must(letter_sample_choices(before, life, &choices, &count));
    for (size_t i = 0; i < 4 + count; i++) {
        SCOPED_LIFE(one);
        size_t n = 0, m = 0;
        const struct letter_sample how = {i < 4 ? "" : choices[i - 4].choice, i & 1, i & 2};
        const uint8_t *a = made(one, before, how, &n), *b = made(one, after, how, &m);
        if ((a == NULL) != (b == NULL) || n != m || (a && memcmp(a, b, n) != 0))
            fail_msg("%s: another letter with %s\n%s", name, how.choice, again);
        letters += a != NULL;
    }
    if (!letters)
        fail_msg("%s: no sample makes a letter", name);
    assert_string_equal(written(life, blocks_of(life, again), before->version), again);
}

static void what_is_shipped_comes_back_from_its_blocks(void **state)
{
    (void)state;
    for_each_text(same_letters);
}

/* ---- lines ---- */

static void lines_lead_to_blocks(TALLOC_CTX *life, const char *name, const char *xml, bool clause)
{
    (void)name, (void)clause;
    struct text_blocks *b = blocks_of(life, xml);
    struct text_document d;
    must(text_blocks_write(b, 1, life, &d));
    for (size_t i = 0; i < b->count; i++)
        assert_int_equal(text_block_of_line(b, &d, d.lines[i]), i);
    assert_int_equal(text_block_of_line(b, &d, 2), TEXT_IN_HEAD);
    if (*b->fields)
        assert_int_equal(text_block_of_line(b, &d, d.fields[0]), TEXT_IN_FIELDS);
    assert_true(b->count == 0 || d.lines[b->count - 1] <= (int)d.length);
}

static void every_line_leads_to_its_block(void **state)
{
    (void)state;
    for_each_text(lines_lead_to_blocks);
}

static const char LETTER[] =
    "<letter xmlns=\"urn:mingda:letter\" code=\"T01\" version=\"1\" title=\"试\" layout=\"notice\"><fields>"
    "<field name=\"agency\" type=\"text\" label=\"机关\"/><field name=\"kind\" type=\"code\" values=\"A B\" "
    "label=\"种类\"/><field name=\"place\" type=\"text\" optional=\"yes\" label=\"地点\"/>"
    "<field name=\"items\" type=\"rows\" label=\"事项\"><field name=\"text\" type=\"text\" label=\"内容\"/>"
    "<field name=\"outcome\" type=\"code\" values=\"X Y\" label=\"结果\"/></field>"
    "<field name=\"date\" type=\"date\" label=\"日期\"/></fields>"
    "<title>试</title><p>一</p><each n=\"items\"><p>二</p></each><sign agency=\"agency\" "
    "date=\"date\"/></letter>";

/* The words of block 1 (a paragraph) or 3 (one in each item). */
static struct text_document with_words(TALLOC_CTX *life, size_t at, const char *words,
                                       struct text_blocks **out)
{
    struct text_document d;
    *out = blocks_of(life, LETTER);
    (*out)->items[at].words = words;
    must(text_blocks_write(*out, 1, life, &d));
    return d;
}

static void words_become_xml(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *words, *xml;
    } CASES[] = {
        {1, "请【地点】", "<p>请<v n=\"place\"/></p>"},
        {1, "【place】", "<p><v n=\"place\"/></p>"},
        {1, "甲\n乙", "<p>甲<br/>乙</p>"},
        {1, "【【照录】", "<p>【照录】</p>"},
        {1, "a & b < c > \"d\"", "<p>a &amp; b &lt; c &gt; &quot;d&quot;</p>"},
        {1, "【若 地点】到【地点】【完】【若无 地点】不到【完】",
         "<p><if n=\"place\">到<v n=\"place\"/></if><if n=\"place\" set=\"no\">不到</if></p>"},
        {1, "【若　种类　是　A】甲【完】", "<p><if n=\"kind\" is=\"A\">甲</if></p>"},
        {1, "【若 items.outcome 不是 X Y】甲【完】",
         "<p><if n=\"items\" some=\"outcome\" not=\"X Y\">甲</if></p>"},
        {1, "【若 事项.结果 是 X】甲【完】", "<p><if n=\"items\" some=\"outcome\" is=\"X\">甲</if></p>"},
        {1, "【按 种类】【当 A】甲【其余】乙【完】。",
         "<p><choose n=\"kind\"><when is=\"A\">甲</when><otherwise>乙</otherwise></choose>。</p>"},
        {1, "【逐项 事项】【序号】. 【内容】【完】",
         "<p><each n=\"items\"><index/>. <v n=\"text\"/></each></p>"},
        {3, "第【序号一】：【内容】", "<p>第<index form=\"一\"/>：<v n=\"text\"/></p>"},
        {1, "依据【条款 article】", "<p>依据<clause ref=\"article\"/></p>"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        SCOPED_LIFE(life);
        struct text_blocks *b = NULL;
        struct text_document d = with_words(life, CASES[i].at, CASES[i].words, &b);
        assert_int_equal(d.wrong_count, 0);
        if (!strstr(d.xml, CASES[i].xml))
            fail_msg("%s\nis not\n%s\nin\n%s", CASES[i].words, CASES[i].xml, d.xml);
    }
}

/* A label that is another field's name would lead to that field once the words are read again. */
static void labels_and_names_do_not_change_places(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char WORDS[] = "<p><v n=\"office\"/>、<v n=\"agency\"/>、<v n=\"place\"/></p>";
    const char *xml = talloc_asprintf(
        life,
        "<letter xmlns=\"urn:mingda:letter\" code=\"T01\" version=\"1\" title=\"试\" "
        "layout=\"notice\"><fields>"
        "<field name=\"office\" type=\"text\" label=\"agency\"/><field name=\"agency\" type=\"text\"/>"
        "<field name=\"place\" type=\"text\" label=\"机关\"/></fields>%s</letter>",
        WORDS);
    struct text_blocks *b = blocks_of(life, xml);
    struct text_document d;
    assert_string_equal(b->items[0].words, "【office】、【agency】、【机关】");
    must(text_blocks_write(b, 1, life, &d));
    assert_non_null(strstr(d.xml, WORDS));
}

static void what_is_wrong_is_told_at_its_block(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *words, *zh;
    } CASES[] = {
        {1, "【没有这个】", "没有声明"},
        {1, "【内容】", "没有声明"},
        {3, "【未闭合", "没有对应的】"},
        {1, "【】", "没有内容"},
        {1, "【若 地点】甲", "没有用【完】"},
        {1, "【完】", "没有对应"},
        {1, "【若 地点 等于 A】x【完】", "应当写成"},
        {1, "【按 种类】甲【完】", "应当是【当"},
        {1, "【当 A】", "只能放在"},
        {1, "【按 种类】【当】甲【完】", "写明所选的词"},
        {1, "【栏】甲", "只能用在"},
        {3,
         "【若 地点】【若 地点】【若 地点】【若 地点】【若 地点】【若 地点】【若 地点】【若 地点】【若 "
         "地点】【若 地点】【若 地点】【若 地点】【若 地点】【若 地点】【若 地点】【若 地点】【若 地点】",
         "嵌套过深"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        SCOPED_LIFE(life);
        struct text_blocks *b = NULL;
        struct text_document d = with_words(life, CASES[i].at, CASES[i].words, &b);
        if (d.wrong_count != 1)
            fail_msg("%s: %zu faults", CASES[i].words, d.wrong_count);
        assert_null(d.xml);
        assert_int_equal(d.wrong[0].block, CASES[i].at);
        assert_non_null(strstr(d.wrong[0].zh, CASES[i].zh));
        assert_true(*d.wrong[0].en);
    }
}

/* What only the reader of templates can see is told with a line: it leads to the block. */
static void the_readers_faults_lead_to_their_blocks(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *words;
    } CASES[] = {{1, "【地点】"},
                 {1, "【若 种类 是 C】x【完】"},
                 {3, "【若 结果】x【完】"},
                 {3, "【条款 no-such】"},
                 {1, "【按 种类】【当 A】x【完】"}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        SCOPED_LIFE(life);
        struct text_blocks *b = NULL;
        struct letter_template *t = NULL;
        struct text_document d = with_words(life, CASES[i].at, CASES[i].words, &b);
        const struct fault *f = d.xml ? read_text(life, d.xml, false, &t) : NULL;
        int64_t line = 0;
        must_fail(f, "LETTER_TEMPLATE");
        const char *from = strchr(f->detail, ':') + 1;
        assert_true(text_to_int(talloc_strndup(life, from, strspn(from, "0123456789")), 1, 9999, &line));
        assert_int_equal(text_block_of_line(b, &d, (int)line), CASES[i].at);
    }
}

static void declarations_are_lines(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct text_blocks *b = blocks_of(life, LETTER);
    assert_string_equal(b->fields,
                        "agency 文本 机关\nkind 选项（A B） 种类\nplace 文本 可缺 地点\nitems 多行 事项\n"
                        "  text 文本 内容\n  outcome 选项（X Y） 结果\ndate 日期 日期");
    static const char *const WRONG[] = {"Agency 文本",    "agency",           "agency 文字 机关",
                                        "kind 选项 种类", "  text 文本 内容", "items 多行 事\n  a 多行 b"};
    for (size_t i = 0; i < COUNT(WRONG); i++) {
        struct text_document d;
        b->fields = WRONG[i];
        must(text_blocks_write(b, 1, life, &d));
        assert_true(d.wrong_count >= 1 && d.wrong[0].block == TEXT_IN_FIELDS);
    }
}

/* ---- changes ---- */

static bool is_tree(const struct text_blocks *b)
{
    for (size_t i = 0; i < b->count; i++) {
        int parent = text_block_parent(b, i);
        bool top = b->items[i].depth == 0;
        if (top != (parent < 0) || (parent >= 0 && (b->items[parent].depth != b->items[i].depth - 1 ||
                                                    !b->items[parent].kind->holds)))
            return false;
        if (!(b->items[i].kind->where & (1u << text_place_of(b, i))))
            return false;
    }
    return b->count <= TEXT_BLOCKS_MAX;
}

static void changes_keep_the_tree(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    uint32_t seed = 11;
    struct text_blocks *b = blocks_of(life, LETTER);
    size_t done_count = 0;
    for (int round = 0; round < 3000; round++) {
        SCOPED_LIFE(one);
        size_t here = 0;
        bool done = false;
        seed = seed * 1664525u + 1013904223u;
        enum text_change change = (seed >> 8) % 6;
        change = change == TEXT_DELETE && b->count < 8 ? TEXT_ADD_AFTER : change;
        must(text_change(b, change, (seed >> 11) % (b->count + 1),
                         TEXT_BLOCK_KINDS[(seed >> 20) % TEXT_BLOCK_KIND_COUNT].element, life, &here, &done));
        done_count += done;
        assert_true(is_tree(b));
        assert_true(b->count == 0 || here <= b->count);
    }
    assert_true(done_count > 500);
}

static void a_block_moves_with_what_it_holds(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct text_blocks *b = blocks_of(life, LETTER); /* title p each(p) sign */
    size_t here = 0;
    bool done = false;
    must(text_change(b, TEXT_UP, 2, NULL, life, &here, &done));
    assert_true(done && here == 1);
    assert_string_equal(b->items[1].kind->element, "each");
    assert_string_equal(b->items[2].words, "二");
    assert_string_equal(b->items[3].words, "一");
    must(text_change(b, TEXT_UP, 2, NULL, life, &here, &done));
    assert_false(done); /* the first of its each */
    must(text_change(b, TEXT_DOWN, 1, NULL, life, &here, &done));
    assert_true(done && here == 2);
    must(text_change(b, TEXT_DUPLICATE, 2, NULL, life, &here, &done));
    assert_true(done && here == 4 && b->count == 7);
    must(text_change(b, TEXT_ADD_INSIDE, 2, "tr", life, &here, &done));
    assert_false(done); /* no table */
    must(text_change(b, TEXT_DELETE, 4, NULL, life, &here, &done));
    assert_true(done && b->count == 5);
}

static int open_reader(void **state)
{
    (void)state;
    whole = talloc_new(NULL);
    return letter_reader_new(whole, &reader) ? -1 : 0;
}

static int close_reader(void **state)
{
    (void)state;
    talloc_free(whole);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_shipped_comes_back_from_its_blocks),
        cmocka_unit_test(every_line_leads_to_its_block),
        cmocka_unit_test(words_become_xml),
        cmocka_unit_test(labels_and_names_do_not_change_places),
        cmocka_unit_test(what_is_wrong_is_told_at_its_block),
        cmocka_unit_test(the_readers_faults_lead_to_their_blocks),
        cmocka_unit_test(declarations_are_lines),
        cmocka_unit_test(changes_keep_the_tree),
        cmocka_unit_test(a_block_moves_with_what_it_holds),
    };
    return cmocka_run_group_tests(tests, open_reader, close_reader);
}
