/* Every page that is shipped: read with the tables it is promised, shown with sample data in both languages,
 * and looked at by a parser of its own. With MINGDA_SAMPLES=FOLDER the pages are written there, to be looked
 * at in a browser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "json.h"
#include "life.h"
#include "page_folder.h"

#define CORPUS MINGDA_SOURCE "/tests/corpora/pages"
enum { TABLES = 96, COLUMNS = 32, PAGES = 60, SOURCES = 16 };

/* tables.txt: what tables there are and which a page has. */
static struct page_source declared[TABLES];
static struct column columns[TABLES][COLUMNS];
static struct page_source nested[TABLES][6];
static const char *nested_names[TABLES][6];
static size_t table_count;
static struct {
    const char *name;
    struct page_source sources[SOURCES];
    size_t count;
    const struct page *page;
} pages[PAGES];
static size_t page_count;
static TALLOC_CTX *life;
static json_t *samples;

static struct page_source *table_named(const char *name)
{
    for (size_t i = 0; i < table_count; i++)
        if (strcmp(declared[i].name, name) == 0)
            return &declared[i];
    fail_msg("tables.txt: no table %s", name);
    return NULL;
}

static enum cell_kind kind_named(const char *word)
{
    static const char *const WORDS[] = {"text", "int", "bool", "day", "moment", "bytes", "rows"};
    static const enum cell_kind KINDS[] = {CELL_TEXT,   CELL_INT,   CELL_BOOL, CELL_DAY,
                                           CELL_MOMENT, CELL_BYTES, CELL_TABLE};
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (strcmp(WORDS[i], word) == 0)
            return KINDS[i];
    fail_msg("tables.txt: no kind %s", word);
    return CELL_TEXT;
}

static void read_column(char *line)
{
    char *save = NULL, *name = strtok_r(line, " ", &save), *kind = strtok_r(NULL, " ", &save),
         *of = strtok_r(NULL, " ", &save);
    size_t t = table_count - 1, n = declared[t].column_count++;
    size_t last = strlen(kind) - 1;
    bool optional = kind[last] == '?';
    if (optional)
        kind[last] = '\0';
    columns[t][n] = (struct column){name, kind_named(kind), optional};
    if (of) {
        size_t i = declared[t].nested_count++;
        nested[t][i] = *table_named(of);
        nested[t][i].name = name;
        nested_names[t][i] = of;
    }
}

static void read_page(char *line)
{
    char *save = NULL;
    pages[page_count].name = strtok_r(line, " ", &save);
    for (char *name; (name = strtok_r(NULL, " ", &save));)
        pages[page_count].sources[pages[page_count].count++] = *table_named(name);
    page_count++;
}

static void read_line(char *line)
{
    if (strncmp(line, "table ", 6) == 0) {
        char *save = NULL, *name = strtok_r(line + 6, " ", &save);
        declared[table_count] = (struct page_source){.name = name,
                                                     .columns = columns[table_count],
                                                     .single = strcmp(strtok_r(NULL, " ", &save), "one") == 0,
                                                     .nested = nested[table_count]};
        table_count++;
    } else if (strncmp(line, "page ", 5) == 0) {
        read_page(line + 5);
    } else if (*line == ' ') {
        read_column(line + 2);
    }
}

static char *slurp(const char *path, size_t *length)
{
    scoped_file FILE *in = fopen(path, "rb");
    char *bytes = talloc_array(life, char, 1 << 20);
    assert_non_null(in);
    assert_non_null(bytes);
    *length = fread(bytes, 1, (1 << 20) - 1, in);
    bytes[*length] = '\0';
    return bytes;
}

static bool route(const void *routes, const char *method, const char *path)
{
    static const char *const GETS[] = {"/",
                                       "/guide",
                                       "/apply",
                                       "/track",
                                       "/verify",
                                       "/login",
                                       "/queue",
                                       "/intake",
                                       "/search",
                                       "/audit",
                                       "/track/{ref}",
                                       "/track/{ref}/events/{kind}",
                                       "/track/{ref}/letters/{file}",
                                       "/dossiers/{ref}",
                                       "/dossiers/{ref}/ledger",
                                       "/dossiers/{ref}/sheets/{file}",
                                       "/dossiers/{ref}/facts",
                                       "/dossiers/{ref}/facts/{fact}/correct",
                                       "/dossiers/{ref}/corrections/{proposal}",
                                       "/dossiers/{ref}/events/{kind}",
                                       "/dossiers/{ref}/letters/{file}",
                                       "/dossiers/{ref}/letters/{child}/code",
                                       "/templates",
                                       "/templates/{code}",
                                       "/templates/{code}/versions/{version}",
                                       "/templates/{code}/compare",
                                       "/templates/{code}/edit",
                                       "/templates/{code}/decide",
                                       "/static/{file}"};
    static const char *const POSTS[] = {"/apply",
                                        "/apply/{step}",
                                        "/track",
                                        "/verify",
                                        "/track/{ref}/events/{kind}",
                                        "/login",
                                        "/logout",
                                        "/intake",
                                        "/dossiers/{ref}/letters/{child}/code",
                                        "/dossiers/{ref}/letters/{child}/date",
                                        "/templates/{code}/draft",
                                        "/templates/{code}/versions/{version}",
                                        "/templates/{code}/edit",
                                        "/templates/{code}/decide",
                                        "/dossiers/{ref}/facts/{fact}/correct",
                                        "/dossiers/{ref}/corrections/{proposal}",
                                        "/dossiers/{ref}/events/{kind}"};
    bool post = strcmp(method, "POST") == 0;
    const char *const *patterns = post ? POSTS : GETS;
    size_t count = post ? sizeof POSTS / sizeof POSTS[0] : sizeof GETS / sizeof GETS[0];
    (void)routes;
    for (size_t i = 0; i < count; i++)
        if (page_path_fits(patterns[i], path))
            return true;
    return false;
}

static int set_up(void **state)
{
    (void)state;
    life = talloc_new(NULL);
    size_t length;
    char *save = NULL;
    for (char *line = strtok_r(slurp(CORPUS "/tables.txt", &length), "\n", &save); line;
         line = strtok_r(NULL, "\n", &save))
        read_line(line);
    const char *bytes = slurp(CORPUS "/samples.json", &length);
    const struct fault *fault = json_read(life, "samples.json", bytes, length, &samples);
    if (fault)
        fail_msg("%s", fault_text(life, fault));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    talloc_free(life);
    return 0;
}

static void every_page_is_read(void **state)
{
    (void)state;
    const struct page_folder *folder;
    const struct fault *fault = page_folder_read(life, MINGDA_SOURCE "/templates", &folder);
    if (fault)
        fail_msg("%s", fault_text(life, fault));
    struct page_world world = {.route = route};
    page_folder_into(folder, &world);
    for (size_t i = 0; i < page_count; i++) {
        fault = page_read(life, &world, pages[i].name, pages[i].sources, pages[i].count, &pages[i].page);
        if (fault)
            fail_msg("%s", fault_text(life, fault));
    }
    for (size_t i = 0; i < page_folder_count(folder); i++) {
        const char *name = page_folder_name(folder, i);
        bool known = strcmp(name, "layout") == 0 || strncmp(name, "part-", 5) == 0;
        for (size_t p = 0; p < page_count; p++)
            known = known || strcmp(pages[p].name, name) == 0;
        if (!known)
            fail_msg("%s.xml is not in tables.txt", name);
    }
}

static const struct table *make_table(const struct page_source *source, const json_t *rows);

static struct cell make_cell(const struct page_source *source, const struct column *column,
                             const json_t *value)
{
    if (!value || json_is_null(value)) {
        if (!column->optional)
            fail_msg("%s.%s must not be null", source->name, column->name);
        return cell_null(column->kind);
    }
    struct civil day;
    switch (column->kind) {
    case CELL_INT:
        return cell_int(json_integer_value(value));
    case CELL_BOOL:
        return cell_flag(json_is_true(value));
    case CELL_DAY:
        assert_true(civil_parse(json_string_value(value), &day));
        return cell_day(day);
    case CELL_MOMENT:
        return cell_moment(json_integer_value(value));
    case CELL_TABLE:
        for (size_t i = 0; i < source->nested_count; i++)
            if (strcmp(source->nested[i].name, column->name) == 0)
                return cell_table(make_table(&source->nested[i], value));
        fail_msg("%s.%s is not declared", source->name, column->name);
        return cell_null(CELL_TABLE);
    default:
        assert_true(json_is_string(value));
        return cell_text(json_string_value(value));
    }
}

static const struct table *make_table(const struct page_source *source, const json_t *rows)
{
    struct table *t = table_new(life, source->columns, source->column_count);
    size_t index;
    const json_t *row;
    json_array_foreach(rows, index, row)
    {
        struct cell *cells = table_add_row(t);
        for (size_t i = 0; i < source->column_count; i++)
            cells[i] = make_cell(source, &source->columns[i], json_object_get(row, source->columns[i].name));
    }
    return t;
}

/* Tags are closed in order, attributes are quoted, and there is one h1, main and title. */
static void check_html(const char *name, const char *html)
{
    static const char *const VOID = " meta link img input br hr ";
    char open[128][24];
    size_t depth = 0;
    for (const char *at = html; (at = strchr(at, '<'));) {
        const char *end = at;
        for (bool quoted = false; *end && (quoted || *end != '>'); end++)
            quoted ^= *end == '"';
        assert_true(*end == '>');
        char tag[26] = " ";
        bool closing = at[1] == '/';
        size_t n = strcspn(at + 1 + closing, " >");
        assert_true(n < sizeof tag - 2);
        snprintf(tag, sizeof tag, " %.*s ", (int)n, at + 1 + closing);
        if (closing) {
            assert_true(depth > 0);
            if (strcmp(open[--depth], tag) != 0)
                fail_msg("%s: <%s> is closed by </%s>", name, open[depth], tag);
        } else if (at[1] != '!' && !strstr(VOID, tag)) {
            assert_true(depth < 128);
            memcpy(open[depth++], tag, sizeof open[0]);
        }
        at = end;
    }
    assert_int_equal(depth, 0);
    const char *h1 = strstr(html, "<h1");
    assert_true(strncmp(html, "<!DOCTYPE html>\n<html lang=\"", 28) == 0);
    if (!h1 || strstr(h1 + 1, "<h1"))
        fail_msg("%s: not exactly one h1", name);
    assert_non_null(strstr(html, "<main id=\"main\""));
    assert_null(strstr(html, " style="));
    const char *script = strstr(html, "<script"); /* the one file of ours that a page may load */
    assert_true(
        !script ||
        (strcmp(name, "template-edit") == 0 && !strstr(script + 1, "<script") &&
         strncmp(script, "<script src=\"/static/template-edit.js\" defer=\"defer\"></script>", 62) == 0));
}

/* Ids are unique, and every label is for an input that is there. */
static void check_ids(const char *name, const char *html)
{
    for (const char *at = html; (at = strstr(at, " id=\"")); at++) {
        char id[160];
        snprintf(id, sizeof id, " id=\"%.*s\"", (int)strcspn(at + 5, "\""), at + 5);
        if (strstr(at + 1, id))
            fail_msg("%s: two elements have%s", name, id);
    }
    for (const char *at = html; (at = strstr(at, " for=\"")); at++) {
        char id[160];
        snprintf(id, sizeof id, " id=\"%.*s\"", (int)strcspn(at + 6, "\""), at + 6);
        if (!strstr(html, id))
            fail_msg("%s: a label for nothing: %s", name, id);
    }
}

static void write_sample(const char *name, enum language language, const char *html, size_t length)
{
    const char *folder = getenv("MINGDA_SAMPLES");
    if (!folder)
        return;
    const char *path = talloc_asprintf(life, "%s/%s.%s.html", folder, name, language_tag(language));
    scoped_file FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(html, 1, length, out), length);
}

static void show_sample(const char *page, const char *name, const json_t *own)
{
    const json_t *all = json_object_get(samples, "tables");
    size_t p = 0;
    while (p < page_count && strcmp(pages[p].name, page) != 0)
        p++;
    assert_true(p < page_count);
    assert_non_null(pages[p].page);
    const struct table *tables[SOURCES] = {NULL};
    for (size_t i = 0; i < pages[p].count; i++) {
        const struct page_source *source = &pages[p].sources[i];
        const json_t *rows = json_object_get(own, source->name);
        tables[i] = make_table(source, rows ? rows : json_object_get(all, source->name));
    }
    for (enum language language = 0; language < LANGUAGE_COUNT; language++) {
        struct text *out = text_new(life, 1 << 20);
        const char *html;
        size_t length;
        assert_null(page_render(pages[p].page, tables, language, out, life));
        assert_null(text_end(out, &html, &length));
        check_html(name, html);
        check_ids(name, html);
        write_sample(name, language, html, length);
    }
}

static void every_page_is_shown_in_both_languages(void **state)
{
    (void)state;
    size_t index;
    const json_t *sample;
    bool shown[PAGES] = {false};
    json_array_foreach(json_object_get(samples, "samples"), index, sample)
    {
        const char *page = json_text(sample, "page");
        show_sample(page, json_text(sample, "name"), json_object_get(sample, "tables"));
        for (size_t p = 0; p < page_count; p++)
            shown[p] = shown[p] || strcmp(pages[p].name, page) == 0;
    }
    for (size_t p = 0; p < page_count; p++)
        if (!shown[p])
            fail_msg("no sample of the page %s", pages[p].name);
}

static void no_page_needs_any_row(void **state)
{
    (void)state;
    const struct table *none[SOURCES] = {NULL};
    for (size_t p = 0; p < page_count; p++)
        for (enum language language = 0; language < LANGUAGE_COUNT; language++) {
            struct text *out = text_new(life, 1 << 20);
            const char *html;
            assert_null(page_render(pages[p].page, none, language, out, life));
            assert_null(text_end(out, &html, NULL));
            check_html(pages[p].name, html);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_is_read),
        cmocka_unit_test(every_page_is_shown_in_both_languages),
        cmocka_unit_test(no_page_needs_any_row),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
