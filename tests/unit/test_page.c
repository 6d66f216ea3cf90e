/* The renderer: what comes out in every position, and every template that is refused at start. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "life.h"
#include "page.h"
#include "page_folder.h"

#define CORPUS MINGDA_SOURCE "/tests/corpora/pages"
#define NS     "xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:d=\"urn:mingda:page\""

static const struct column DOSSIER[] = {
    {"ref", CELL_TEXT},           {"label", CELL_TEXT, true},
    {"due", CELL_DAY, true},      {"days_left", CELL_INT, true},
    {"overdue", CELL_BOOL, true}, {"recorded", CELL_MOMENT, true},
    {"seal", CELL_BYTES, true},   {"secret", CELL_TABLE, true},
};
static const struct column ITEMS[] = {{"n", CELL_INT}, {"text", CELL_TEXT, true}, {"days", CELL_TABLE, true}};
static const struct column DAYS[] = {{"day", CELL_DAY}, {"n", CELL_INT, true}};
static const struct column ERRORS[] = {{"field", CELL_TEXT, true}, {"message", CELL_TEXT}};
static const struct page_source NESTED[] = {{.name = "days", .columns = DAYS, .column_count = 2}};
static const struct page_source SOURCES[] = {
    {.name = "dossier", .columns = DOSSIER, .column_count = 8, .single = true},
    {.name = "items", .columns = ITEMS, .column_count = 3, .nested = NESTED, .nested_count = 1},
    {.name = "errors", .columns = ERRORS, .column_count = 2},
};
#define SOURCE_COUNT (sizeof SOURCES / sizeof SOURCES[0])

static bool route(const void *routes, const char *method, const char *path)
{
    static const char *const GETS[] = {"/dossiers/{ref}", "/dossiers/{ref}/events/{kind}",
                                       "/track/{ref}/letters/{file}", "/queue"};
    (void)routes;
    if (strcmp(method, "POST") == 0)
        return page_path_fits("/dossiers/{ref}/events/{kind}", path);
    for (size_t i = 0; i < sizeof GETS / sizeof GETS[0]; i++)
        if (page_path_fits(GETS[i], path))
            return true;
    return false;
}

static char *slurp(TALLOC_CTX *life, const char *path, size_t *length)
{
    scoped_file FILE *in = fopen(path, "rb");
    char *bytes = talloc_array(life, char, 65536);
    assert_non_null(in);
    assert_non_null(bytes);
    *length = fread(bytes, 1, 65535, in);
    bytes[*length] = '\0';
    return bytes;
}

/* One template in memory, all else from the corpus. */
struct shelf {
    TALLOC_CTX *life;
    const char *bytes; /* of the template "page", or NULL */
    const char *folder;
};

static bool find(const void *find_arg, const char *name, const char **bytes, size_t *length)
{
    const struct shelf *s = find_arg;
    if (s->bytes && strcmp(name, "page") == 0) {
        *bytes = s->bytes;
        *length = strlen(s->bytes);
        return true;
    }
    for (size_t i = 0; i < 2; i++) {
        char path[512];
        snprintf(path, sizeof path, i ? CORPUS "/refused/%s.xml" : CORPUS "/%s.xml", name);
        if (access(path, R_OK) == 0) {
            *bytes = slurp(s->life, path, length);
            return true;
        }
    }
    return false;
}

static struct page_world world_of(TALLOC_CTX *life, struct shelf *shelf)
{
    size_t length;
    const char *bytes = slurp(life, CORPUS "/en.po", &length);
    struct page_world w = {.find = find, .find_arg = shelf, .route = route};
    assert_null(translation_read(life, "en.po", bytes, length, &w.translations[LANGUAGE_EN]));
    return w;
}

/* The main block of a page with this body, rendered. */
static const char *rendered(TALLOC_CTX *life, const char *body, const struct table *const *tables,
                            enum language language)
{
    const char *xml = talloc_asprintf(
        life, "<d:page " NS " layout=\"bare\"><d:block name=\"main\">%s</d:block></d:page>", body);
    struct shelf shelf = {.life = life, .bytes = xml};
    struct page_world world = world_of(life, &shelf);
    const struct page *page;
    const struct fault *fault = page_read(life, &world, "page", SOURCES, SOURCE_COUNT, &page);
    if (fault)
        fail_msg("%s", fault_text(life, fault));
    struct text *out = text_new(life, 1 << 20);
    assert_null(page_render(page, tables, language, out, life));
    const char *html;
    assert_null(text_end(out, &html, NULL));
    char *start = strstr(html, "<body>");
    assert_non_null(start);
    char *end = strstr(start, "</body>");
    assert_non_null(end);
    return talloc_strndup(life, start + 6, (size_t)(end - start - 6));
}

#define HOSTILE "<script>alert(1)</script>\"'&{lang}</textarea>/../#?%"

static struct table *dossier(TALLOC_CTX *life, const char *label)
{
    struct table *t = table_new(life, DOSSIER, 8);
    struct cell *row = table_add_row(t);
    row[0] = cell_text("SQ2026/0309");
    row[1] = cell_text(label);
    row[2] = cell_day((struct civil){2026, 3, 9});
    row[3] = cell_int(1);
    row[4] = cell_flag(true);
    row[5] = cell_moment(INT64_C(1773036300123456)); /* 2026-03-09T06:05:00Z */
    return t;
}

static struct table *items(TALLOC_CTX *life)
{
    struct table *t = table_new(life, ITEMS, 3), *days = table_new(life, DAYS, 2);
    for (int i = 0; i < 2; i++) {
        struct cell *row = table_add_row(days);
        row[0] = cell_day((struct civil){2026, 3, (int8_t)(9 + i)});
        row[1] = i ? cell_int(i) : cell_null(CELL_INT);
    }
    for (int i = 1; i <= 3; i++) {
        struct cell *row = table_add_row(t);
        row[0] = cell_int(i);
        row[1] = i == 2 ? cell_null(CELL_TEXT) : cell_text(i == 1 ? "预案" : "a<b");
        row[2] = i == 3 ? cell_table(days) : cell_null(CELL_TABLE);
    }
    return t;
}

static struct table *errors(TALLOC_CTX *life)
{
    struct table *t = table_new(life, ERRORS, 2);
    struct cell *row = table_add_row(t);
    row[0] = cell_text("phone");
    row[1] = cell_text("写明联系电话");
    return t;
}

/* Body, expected in Chinese, expected in English (NULL: the same). */
static const char *const POSITIONS[][3] = {
    /* escaping in every position */
    {"<p d:text=\"dossier.label\"/>",
     "<p>&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;{lang}&lt;/textarea&gt;/../#?%</p>", NULL},
    {"<p>x{dossier.label}y</p>",
     "<p>x&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;{lang}&lt;/textarea&gt;/../#?%y</p>", NULL},
    {"<input d:value=\"dossier.label\"/>",
     "<input value=\"&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;{lang}&lt;/textarea&gt;/../#?%\">",
     NULL},
    {"<p title=\"a {dossier.label}\"></p>",
     "<p title=\"a "
     "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;{lang}&lt;/textarea&gt;/../#?%\"></p>",
     NULL},
    {"<textarea name=\"a\" d:text=\"dossier.label\"/>",
     "<textarea "
     "name=\"a\">\n&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;{lang}&lt;/textarea&gt;/../#?%</"
     "textarea>",
     NULL},
    {"<a href=\"/dossiers/{dossier.label}\">a</a>",
     "<a "
     "href=\"/dossiers/"
     "%3Cscript%3Ealert%281%29%3C%2Fscript%3E%22%27%26%7Blang%7D%3C%2Ftextarea%3E%2F..%2F%23%3F%25\">a</a>",
     NULL},
    {"<a href=\"/queue?after={dossier.ref}&amp;view=x#f-{dossier.ref}\">a</a>",
     "<a href=\"/queue?after=SQ2026%2F0309&amp;view=x#f-SQ2026%2F0309\">a</a>", NULL},
    {"<a href=\"/track/{dossier.ref}/letters/{dossier.days_left}.odt\">a</a>",
     "<a href=\"/track/SQ2026%2F0309/letters/1.odt\">a</a>", NULL},
    {"<p title=\"1 &lt; 2 &amp; &quot;3&quot;\">a &amp; b</p>",
     "<p title=\"1 &lt; 2 &amp; &quot;3&quot;\">a &amp; b</p>", NULL},
    /* kinds in their places, by language */
    {"<time d:datetime=\"dossier.due\" d:text=\"dossier.due\"/>",
     "<time datetime=\"2026-03-09\">2026年3月9日</time>",
     "<time datetime=\"2026-03-09\">9 March 2026</time>"},
    {"<time d:datetime=\"dossier.recorded\" d:text=\"dossier.recorded\"/>",
     "<time datetime=\"2026-03-09T14:05:00+08:00\">2026年3月9日 14:05</time>",
     "<time datetime=\"2026-03-09T14:05:00+08:00\">9 March 2026, 14:05</time>"},
    {"<p>{dossier.recorded|date} {dossier.recorded|time} {dossier.recorded|iso}</p>",
     "<p>2026年3月9日 14:05 2026-03-09T14:05:00+08:00</p>",
     "<p>9 March 2026 14:05 2026-03-09T14:05:00+08:00</p>"},
    {"<p title=\"{dossier.due}\">今天是{dossier.due|weekday}，{dossier.due|short}</p>",
     "<p title=\"2026年3月9日\">今天是周一，3月9日</p>", "<p title=\"9 March 2026\">It is Mon, 9 Mar</p>"},
    {"<p d:text=\"dossier.overdue\"/>", "<p>是</p>", "<p>yes</p>"},
    {"<p lang=\"{lang}\"/>", "<p lang=\"zh-CN\"></p>", "<p lang=\"en\"></p>"},
    /* null: no text, no attribute */
    {"<b d:each=\"items\" d:title=\"text\" d:text=\"text\"/>",
     "<b title=\"预案\">预案</b><b></b><b title=\"a&lt;b\">a&lt;b</b>", NULL},
    /* conditions */
    {"<d:group d:if=\"dossier.overdue\">a</d:group><d:group d:if=\"!dossier.overdue\">b</d:group>", "a",
     NULL},
    {"<b d:if=\"dossier.days_left=1\">a</b><b d:if=\"dossier.days_left!=1\">b</b><b "
     "d:if=\"dossier.ref=SQ2026/0309 and dossier.due\">c</b>",
     "<b>a</b><b>c</b>", NULL},
    {"<b d:if=\"lang=zh\">a</b><b d:if=\"lang=en\">b</b><b d:if=\"lang!=en and dossier.due\">c</b>x",
     "<b>a</b><b>c</b>x", "<b>b</b>x"},
    {"<b d:if=\"errors\">a</b><b d:if=\"!errors\">b</b><b d:if=\"errors[field=phone]\">c</b><b "
     "d:if=\"errors[field=name]\">d</b><b d:if=\"!errors[field=name]\">e</b>",
     "<b>a</b><b>c</b><b>e</b>", NULL},
    {"<b d:if=\"items[text]\">a</b><b d:if=\"items[!text]\">b</b><b d:if=\"!errors[field]\">c</b><b "
     "d:if=\"errors[!field]\">d</b><b d:if=\"errors[field!=phone]\">e</b>",
     "<b>a</b><b>b</b>", NULL},
    {"<input d:checked=\"dossier.days_left=1\" d:disabled=\"!dossier.overdue\" d:required=\"lang=en\"/>",
     "<input checked>", "<input checked required>"},
    {"<p>{{x}</p>", "<p>{x}</p>", NULL},
    /* rows within rows; a filter on rows; outer rows and single tables within rows */
    {"<ul><li d:each=\"items\">{n}<i d:each=\"days\">{items.n}.{n} {day|iso};</i></li></ul>",
     "<ul><li>1</li><li>2</li><li>3<i>3. 2026-03-09;</i><i>3.1 2026-03-10;</i></li></ul>", NULL},
    {"<b d:each=\"items\" d:if=\"n!=2\">{n}{dossier.days_left}</b>", "<b>11</b><b>31</b>", NULL},
    {"<ul d:if=\"items\"><li d:each=\"items\" d:if=\"text\"><a href=\"/queue?n={n}\" "
     "d:text=\"n\"/></li></ul>",
     "<ul><li><a href=\"/queue?n=1\">1</a></li><li><a href=\"/queue?n=3\">3</a></li></ul>", NULL},
    {"<p d:each=\"errors\" d:if=\"field=phone\" id=\"e-{field}\">{message}</p>",
     "<p id=\"e-phone\">写明联系电话</p>", NULL},
    /* sentences: elements change places, inner texts are translated, broken lines of Chinese leave no blank
     */
    {"<p>请于\n  <time d:datetime=\"dossier.due\" d:text=\"dossier.due\"/>\n "
     "前补正，\n共{dossier.days_left}项：<a href=\"/queue\">见<b>说明</b></a>。</p>",
     "<p>请于<time datetime=\"2026-03-09\">2026年3月9日</time>前补正，共1项：<a "
     "href=\"/queue\">见<b>说明</b></a>。</p>",
     "<p>See <a href=\"/queue\">the <b>note</b></a>: 1 thing to correct by <time datetime=\"2026-03-09\">9 "
     "March 2026</time>.</p>"},
    {"<p translate=\"no\">中文</p>", "<p translate=\"no\">中文</p>", NULL},
    /* HTML, not XML */
    {"<br/><img src=\"/queue\" alt=\"\"/><p/><input disabled=\"disabled\"/><!-- not shown -->",
     "<br><img src=\"/queue\" alt=\"\"><p></p><input disabled=\"disabled\">", NULL},
    {"<p>\n  <b>a</b>\n  <i>b</i> <u>c</u>\n</p>", "<p><b>a</b><i>b</i> <u>c</u></p>", NULL},
    {"<d:use part=\"part-name\"/>",
     "<b>&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;{lang}&lt;/textarea&gt;/../#?%</b>", NULL},
    {"<form method=\"post\" action=\"/dossiers/{dossier.ref}/events/served\"/>",
     "<form method=\"post\" action=\"/dossiers/SQ2026%2F0309/events/served\"></form>", NULL},
};

static void every_position_has_its_own_escaping(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof POSITIONS / sizeof POSITIONS[0]; i++) {
        SCOPED_LIFE(life);
        const struct table *const tables[] = {dossier(life, HOSTILE), items(life), errors(life)};
        for (enum language language = 0; language < LANGUAGE_COUNT && POSITIONS[i][1]; language++) {
            const char *expected = POSITIONS[i][language == LANGUAGE_EN && POSITIONS[i][2] ? 2 : 1];
            assert_string_equal(rendered(life, POSITIONS[i][0], tables, language), expected);
        }
    }
}

static void missing_rows_show_nothing(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct table *const none[] = {NULL, NULL, table_new(life, ERRORS, 2)};
    assert_string_equal(
        rendered(
            life,
            "<p d:title=\"dossier.label\">{dossier.due}|{dossier.days_left}</p><b d:if=\"dossier.due\">a</b>"
            "<i d:each=\"items\">b</i><u d:if=\"!items and !errors and !errors[field=x]\">c</u>",
            none, LANGUAGE_ZH),
        "<p>|</p><u>c</u>");
}

static void numbers_and_days_at_their_bounds(void **state)
{
    (void)state;
    static const struct {
        int64_t number;
        const char *zh;
    } NUMBERS[] = {{0, "0 0s"},
                   {999, "999 999s"},
                   {1000, "1,000 1000s"},
                   {-1234567, "-1,234,567 -1234567s"},
                   {1, "1 1"},
                   {INT64_MIN, "-9,223,372,036,854,775,808 -9223372036854775808s"}};
    for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0]; i++) {
        SCOPED_LIFE(life);
        struct table *d = dossier(life, "");
        d->cells[3] = cell_int(NUMBERS[i].number);
        const struct table *const tables[] = {d, NULL, NULL};
        const char *body =
            "<d:group>{dossier.days_left} {dossier.days_left|plain}{dossier.days_left|s}</d:group>";
        assert_string_equal(rendered(life, body, tables, LANGUAGE_ZH), NUMBERS[i].zh);
    }
    SCOPED_LIFE(life);
    struct table *d = dossier(life, "");
    d->cells[5] = cell_moment(-1); /* one microsecond before 1970, 07:59:59 in Shanghai */
    const struct table *const tables[] = {d, NULL, NULL};
    assert_string_equal(rendered(life, "<p>{dossier.recorded|iso}</p>", tables, LANGUAGE_EN),
                        "<p>1970-01-01T07:59:59+08:00</p>");
}

static void other_tables_than_declared_are_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct shelf shelf = {.life = life,
                          .bytes =
                              "<d:page " NS " layout=\"bare\"><d:block name=\"main\"><p d:each=\"items\"><b "
                              "d:each=\"days\">{day}</b></p></d:block></d:page>"};
    struct page_world world = world_of(life, &shelf);
    const struct page *page;
    assert_null(page_read(life, &world, "page", SOURCES, SOURCE_COUNT, &page));
    struct text *out = text_new(life, 1000);
    const struct table *const swapped[] = {NULL, errors(life), NULL};
    const struct fault *fault = page_render(page, swapped, LANGUAGE_ZH, out, life);
    assert_non_null(fault);
    assert_string_equal(fault->code, "PAGE_TABLE");
    assert_string_equal(fault->detail, "page: the table items has not the declared columns");
    struct table *bad = items(life);
    bad->cells[2] = cell_table(errors(life));
    const struct table *const nested[] = {NULL, bad, NULL};
    fault = page_render(page, nested, LANGUAGE_ZH, out, life);
    assert_non_null(fault);
    assert_string_equal(fault->detail, "page: the table days has not the declared columns");
}

static void too_long_a_page_is_told_by_the_builder(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct shelf shelf = {.life = life, .bytes = "<d:page " NS " layout=\"bare\"/>"};
    struct page_world world = world_of(life, &shelf);
    const struct page *page;
    assert_null(page_read(life, &world, "page", SOURCES, SOURCE_COUNT, &page));
    struct text *out = text_new(life, 20);
    const struct table *const none[SOURCE_COUNT] = {NULL};
    assert_null(page_render(page, none, LANGUAGE_EN, out, life));
    const char *html;
    const struct fault *fault = text_end(out, &html, NULL);
    assert_non_null(fault);
    assert_string_equal(fault->code, "TEXT_TOO_LONG");
}

/* The first line of each file is what must be said: <!-- CODE file.xml:line: sentence -->. */
static void refused_file(const char *file)
{
    SCOPED_LIFE(life);
    char path[512], name[256], expected[1024];
    size_t length;
    snprintf(path, sizeof path, CORPUS "/refused/%s", file);
    const char *bytes = slurp(life, path, &length), *end = strstr(bytes, " -->\n");
    assert_true(strncmp(bytes, "<!-- ", 5) == 0 && end);
    snprintf(expected, sizeof expected, "%.*s", (int)(end - bytes - 5), bytes + 5);
    snprintf(name, sizeof name, "%.*s", (int)strlen(file) - 4, file);
    struct shelf shelf = {.life = life};
    struct page_world world = world_of(life, &shelf);
    const struct page *page;
    const struct fault *fault = page_read(life, &world, name, SOURCES, SOURCE_COUNT, &page);
    if (!fault)
        fail_msg("%s was not refused", file);
    char said[1024];
    snprintf(said, sizeof said, "%s %s", fault->code, fault->detail);
    assert_string_equal(said, expected);
    assert_int_equal(fault->kind, FAULT_BROKEN);
}

static void bad_templates_are_refused_with_file_and_line(void **state)
{
    (void)state;
    DIR *folder = opendir(CORPUS "/refused");
    assert_non_null(folder);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (*entry->d_name != '.') {
            refused_file(entry->d_name);
            count++;
        }
    closedir(folder);
    assert_true(count >= 55);
}

/* Every prefix of a template is refused or read, never more. */
static void cut_off_templates_do_no_harm(void **state)
{
    (void)state;
    const char *whole = "<d:page " NS " layout=\"bare\"><d:block name=\"main\"><p d:if=\"dossier.due\" "
                        "title=\"{dossier.ref}\">{dossier.due|short} &amp; x"
                        "</p></d:block></d:page>";
    for (size_t n = 0; n < strlen(whole); n++) {
        SCOPED_LIFE(life);
        struct shelf shelf = {.life = life, .bytes = talloc_strndup(life, whole, n)};
        struct page_world world = world_of(life, &shelf);
        const struct page *page;
        assert_non_null(page_read(life, &world, "page", SOURCES, SOURCE_COUNT, &page));
    }
}

static void paths_fit_patterns_segment_by_segment(void **state)
{
    (void)state;
    assert_true(page_path_fits("/", "/"));
    assert_true(page_path_fits("/track/{ref}/letters/{file}", "/track/{track.ref}/letters/{child}.odt.p7s"));
    assert_true(page_path_fits("/apply/{step}", "/apply/check"));
    assert_false(page_path_fits("/track/{ref}", "/track"));
    assert_false(page_path_fits("/track", "/track/"));
    assert_false(page_path_fits("/track/{ref}", "/track/"));
    assert_false(page_path_fits("/track/{ref}", "/track/{a}/b"));
    assert_false(page_path_fits("/dossiers/list", "/dossiers/{ref}"));
    assert_false(page_path_fits("/", ""));
}

static void keep_message(void *arg, const char *file, long line, const char *message)
{
    char **all = arg;
    *all = talloc_asprintf_append(*all, "%s:%ld %s\n", file, line, message);
}

static void messages_are_whole_sentences(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char XML[] =
        "<d:part " NS ">\n<p>请于<time d:text=\"a\"/>前\n 办理<b title=\"加粗\">好</b></p>\n<p>ODT</p>\n"
        "<p translate=\"no\">中文</p><ul><li>一<ul><li>二 三</li></ul></li></ul>\n<img alt=\"图\"/></d:part>";
    char *all = talloc_strdup(life, "");
    assert_null(page_messages(life, "m", XML, sizeof XML - 1, keep_message, &all));
    assert_string_equal(all, "m:2 请于<1/>前办理<2>好</2>\nm:3 加粗\nm:5 一<1><2>二 三</2></1>\nm:6 图\n");
}

static const struct {
    const char *po, *said;
} BAD_PO[] = {
    {"msgid \"a\"\nmsgstr \"b", "x.po:2: a string has no closing quote"},
    {"msgid \"a\\", "x.po:1: a string ends in a backslash"},
    {"\"a\"\n", "x.po:1: a string without a keyword"},
    {"msgstr \"a\"\n", "x.po:1: msgstr without msgid"},
    {"msgid \"a\"\n", "x.po:1: the last msgid has no msgstr"},
    {"msgid \"a\"\nmsgid \"b\"\n", "x.po:2: an entry has the same keyword twice"},
    {"msgctxt \"a\"\n", "x.po:1: only msgid and msgstr are used here (no plural forms, no contexts)"},
    {"msgid a\n", "x.po:1: a string must follow the keyword"},
    {"msgid \"a\" b\n", "x.po:1: something stands after the closing quote"},
    {"msgid \"a\"\nmsgstr \"b\"\n\nmsgid \"a\"\nmsgstr \"c\"\n", "x.po: the message “a” stands there twice"},
};

static void bad_translations_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BAD_PO / sizeof BAD_PO[0]; i++) {
        SCOPED_LIFE(life);
        const struct translation *t;
        const struct fault *fault = translation_read(life, "x.po", BAD_PO[i].po, strlen(BAD_PO[i].po), &t);
        assert_non_null(fault);
        assert_string_equal(fault->detail, BAD_PO[i].said);
    }
}

static void translations_are_read_as_gettext_writes_them(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char PO[] = "msgid \"\"\nmsgstr \"\"\n\"Content-Type: x\\n\"\r\n\n#: a:1\n#, fuzzy\nmsgid "
                             "\"甲\"\nmsgstr \"A\"\n\n"
                             "msgid \"\"\n\"乙\"\n\"丙\"\nmsgstr \"B \\\"\"\n\"C\\n\\\\\"\n\nmsgid "
                             "\"丁\"\nmsgstr \"\"\n#~ msgid \"old\"\n";
    const struct translation *t;
    assert_null(translation_read(life, "x.po", PO, sizeof PO - 1, &t));
    assert_int_equal(translation_count(t), 1);
    assert_string_equal(translation_find(t, "乙丙"), "B \"C\n\\");
    assert_null(translation_find(t, "甲"));
    assert_null(translation_find(t, "丁"));
    assert_null(translation_find(NULL, "甲"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_position_has_its_own_escaping),
        cmocka_unit_test(missing_rows_show_nothing),
        cmocka_unit_test(numbers_and_days_at_their_bounds),
        cmocka_unit_test(other_tables_than_declared_are_refused),
        cmocka_unit_test(too_long_a_page_is_told_by_the_builder),
        cmocka_unit_test(bad_templates_are_refused_with_file_and_line),
        cmocka_unit_test(cut_off_templates_do_no_harm),
        cmocka_unit_test(paths_fit_patterns_segment_by_segment),
        cmocka_unit_test(messages_are_whole_sentences),
        cmocka_unit_test(bad_translations_are_refused),
        cmocka_unit_test(translations_are_read_as_gettext_writes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
