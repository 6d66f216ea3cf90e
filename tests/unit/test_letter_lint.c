/* The text lint: every shipped letter with its sample passes, and every bad letter of the corpus is found
 * out, by the rule, the block and the words that its file names. */
#include <dirent.h>
#include <stdlib.h>
#include <libxml/parser.h>
#include "law_files.h"
#include "letter.h"
#include "letter_lint.h"
#include "text.h"

#define CORPUS  "tests/corpora/letter-lint"
#define SAMPLES "tests/corpora/letters"

static struct letter_reader *reader;
static TALLOC_CTX *law_life;
static const struct edition *law;

static int open_all(void **state)
{
    (void)state;
    law_life = talloc_new(NULL);
    law = law_edition(law_life);
    return letter_reader_new(law_life, &reader) != NULL;
}

static int close_all(void **state)
{
    (void)state;
    talloc_free(law_life);
    xmlCleanupParser();
    return 0;
}

/* ---- Helpers ---- */

static json_t *json_file(TALLOC_CTX *life, const char *relative)
{
    size_t length;
    json_t *json = NULL;
    const char *bytes = law_bytes(life, relative, &length);
    must(json_read(life, relative, bytes, length, &json));
    return json;
}

static struct letter_outcome outcome(const char *code)
{
    const struct outcome_kind *kind = edition_outcome(law, code);
    assert_non_null(kind);
    return (struct letter_outcome){kind->code, kind->basis, kind->remedy};
}

static const char *const *texts(TALLOC_CTX *life, const json_t *list, const char *key)
{
    size_t n = json_array_size(list);
    const char **all = talloc_zero_array(life, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);
        all[i] = json_string_value(key ? json_object_get(one, key) : one);
        assert_non_null(all[i]);
    }
    return all;
}

static const struct letter_outcome *outcomes(TALLOC_CTX *life, const char *const *codes, size_t *count)
{
    for (*count = 0; codes[*count];)
        ++*count;
    struct letter_outcome *all = talloc_array(life, struct letter_outcome, *count + 1);
    for (size_t i = 0; i < *count; i++)
        all[i] = outcome(codes[i]);
    return all;
}

static void show(const struct letter_findings *f)
{
    for (size_t i = 0; i < f->count; i++)
        print_error("    %s in block %zu, line %d: %s\n", f->all[i].rule, f->all[i].block, f->all[i].line,
                    f->all[i].found);
}

/* ---- Shipped letters ---- */

static const struct fault *find_clause(void *context, TALLOC_CTX *life, const char *code,
                                       struct letter_source *out)
{
    (void)context;
    out->name = talloc_asprintf(life, "%s.xml", code);
    out->bytes = law_bytes(life, talloc_asprintf(life, "templates/clauses/%s.xml", code), &out->length);
    return NULL;
}

/* Read once: a test composes thousands of letters. */
static const struct letter_template *template(TALLOC_CTX *life, const char *code)
{
    static struct letter_template *last;
    if (last && strcmp(last->code, code) == 0)
        return last;
    talloc_free(last);
    struct letter_source source = {.name = code};
    source.bytes = law_bytes(life, talloc_asprintf(life, "templates/letters/%s.xml", code), &source.length);
    must(letter_template_read(reader, &source, find_clause, NULL, law_life, &last));
    return last;
}

static struct letter *shipped(TALLOC_CTX *life, const char *code, const json_t *data)
{
    struct letter *letter = NULL;
    must(letter_compose(template(life, code), data, life, &letter));
    return letter;
}

/* What a letter is about: its items say so. Notices on the way are about none. */
static const struct letter_outcome *about(TALLOC_CTX *life, const char *code, const json_t *data,
                                          size_t *count)
{
    static const struct {
        const char *letter;
        struct letter_outcome outcome;
    } ONLY[] = {
        {"N01", {"OT_NOCORRECT", "条例30", "OPTIONAL"}},
        {"N02", {"OT_NOFEE", "条例42", "OPTIONAL"}},
        {"N04", {"disclosed to the applicant", "条例32", "OPTIONAL"}},
        {"N05", {"corrected or not", "条例41", "OPTIONAL"}},
        /* the words of a defence are the agency's own; what it defends is known */
        {"A01", {"DENY_PROCESS", "条例16(2)", "PER_CASE"}},
        {"A02", {"NA_NOTEXIST", "条例36(4)", "PER_CASE"}},
    };
    struct letter_outcome *one = talloc_zero(life, struct letter_outcome);
    for (size_t i = 0; i < sizeof ONLY / sizeof *ONLY; i++)
        if (strcmp(ONLY[i].letter, code) == 0) {
            *one = ONLY[i].outcome;
            *count = 1;
            return one;
        }
    *count = 0;
    if (code[0] != 'R' && strcmp(code, "A03") != 0 && strcmp(code, "I01") != 0)
        return one;
    const json_t *items = json_object_get(data, "items");
    struct letter_outcome *all = talloc_array(life, struct letter_outcome, json_array_size(items) + 1);
    for (; *count < json_array_size(items); ++*count) {
        const json_t *item = json_array_get(items, *count);
        all[*count] = outcome(json_text(item, "outcome"));
        if (code[0] == 'I' || !all[*count].remedy || strcmp(all[*count].remedy, "PER_CASE") == 0)
            all[*count].remedy = code[0] == 'I' ? "PER_CASE" : "OPTIONAL";
    }
    return all;
}

static struct letter_findings lint_shipped(TALLOC_CTX *life, const char *code, const json_t *data)
{
    struct letter_findings found = {0};
    struct letter_expectation e = {.electronic = json_is_true(json_object_get(data, "electronic")),
                                   .review_body = "滨江市人民政府",
                                   .court = "滨江铁路运输法院",
                                   .quoted = texts(life, json_object_get(data, "items"), "text")};
    e.outcomes = about(life, code, data, &e.outcome_count);
    must(letter_lint(shipped(life, code, data), &e, life, &found));
    return found;
}

static int is_template(const struct dirent *e)
{
    return strstr(e->d_name, ".xml") != NULL;
}

/* Does something with each shipped letter and its sample; all there are, none by name. */
static void for_each_letter(void (*look)(const char *code, json_t *data))
{
    struct dirent **names;
    int count = scandir(MINGDA_SOURCE "/templates/letters", &names, is_template, alphasort);
    assert_int_equal(count, 42);
    for (int i = 0; i < count; i++) {
        SCOPED_LIFE(life);
        const char *code = talloc_strndup(life, names[i]->d_name, 3);
        look(code, json_file(life, talloc_asprintf(life, SAMPLES "/%s.json", code)));
        free(names[i]);
    }
    free(names);
}

static void passes(const char *code, const json_t *data, const char *where)
{
    SCOPED_LIFE(life);
    struct letter_findings found = lint_shipped(life, code, data);
    if (found.count)
        print_error("%s, %s:\n", code, where);
    show(&found);
    assert_int_equal(found.count, 0);
}

static void passes_in_every_shape(const char *code, json_t *data)
{
    static const char *const SHAPES[] = {"notice", "document", "letter"};
    for (size_t shape = 0; shape < 3; shape++) {
        json_object_set_new(data, "layout", json_string(SHAPES[shape]));
        passes(code, data, SHAPES[shape]);
    }
}

static void shipped_letters_pass_in_every_shape(void **state)
{
    (void)state;
    for_each_letter(passes_in_every_shape);
}

/* ---- All outcomes, all ways of service ---- */

static json_t *some_value(const struct letter_field *f)
{
    switch (f->type) {
    case LETTER_DATE:
        return json_string("2026-03-09");
    case LETTER_NUMBER:
        return json_integer(1);
    case LETTER_CODE:
        return json_string(f->values[0]);
    default:
        return json_string("有关情况");
    }
}

static json_t *item_of(const struct letter_field *items, const char *code, const char *ground)
{
    json_t *row = json_object();
    for (size_t i = 0; i < items->column_count; i++)
        json_object_set_new(row, items->columns[i].name, some_value(&items->columns[i]));
    json_object_set_new(row, "outcome", json_string(code));
    if (strcmp(code, "PARTIAL") == 0)
        json_object_set_new(row, "ground", json_string(ground));
    else
        json_object_del(row, "ground");
    return row;
}

static const struct letter_field *column(const struct letter_field *rows, const char *name)
{
    for (size_t i = 0; i < rows->column_count; i++)
        if (strcmp(rows->columns[i].name, name) == 0)
            return &rows->columns[i];
    return NULL;
}

/* Two items, of which the first may be left out; served through the internet and by the post. */
static size_t passes_with(const char *code, json_t *data, const struct letter_field *items, const char *first,
                          const char *second, const char *ground)
{
    char where[160];
    snprintf(where, sizeof where, "%s and %s (%s)", first ? first : "nothing", second, ground);
    json_t *list = json_array();
    if (first)
        json_array_append_new(list, item_of(items, first, ground));
    json_array_append_new(list, item_of(items, second, ground));
    json_object_set_new(data, "items", list);
    for (int electronic = 0; electronic < 2; electronic++) {
        json_object_set_new(data, "electronic", json_boolean(electronic));
        passes(code, data, where);
    }
    return 2;
}

static size_t outcomes_judged;

/* Every outcome alone, every pair of outcomes, every ground of an item disclosed in part. */
static void passes_with_every_outcome(const char *code, json_t *data)
{
    SCOPED_LIFE(life);
    const struct letter_template *t = template(life, code);
    const struct letter_field *items = NULL;
    for (size_t i = 0; i < t->field_count; i++)
        if (strcmp(t->fields[i].name, "items") == 0)
            items = &t->fields[i];
    const struct letter_field *outcomes = items ? column(items, "outcome") : NULL;
    const struct letter_field *grounds = items ? column(items, "ground") : NULL;
    for (size_t i = 0; outcomes && i < outcomes->value_count; i++) {
        const char *one = outcomes->values[i];
        for (size_t g = 0; g < (grounds && strcmp(one, "PARTIAL") == 0 ? grounds->value_count : 1); g++) {
            const char *ground = grounds ? grounds->values[g] : "";
            outcomes_judged += passes_with(code, data, items, NULL, one, ground);
            for (size_t j = 0; j < outcomes->value_count; j++)
                outcomes_judged += passes_with(code, data, items, outcomes->values[j], one, ground);
        }
    }
}

static void letters_pass_with_every_outcome_and_way_of_service(void **state)
{
    (void)state;
    for_each_letter(passes_with_every_outcome);
    assert_true(outcomes_judged > 2500);
}

/* Each single item, and several: R06 by each of its codes. */
static void each_refusal_of_article_16_passes(void **state)
{
    (void)state;
    static const char *const CODES[] = {"DENY_INTERNAL", "DENY_PROCESS", "DENY_CASEFILE"};
    for (size_t i = 0; i < 3; i++) {
        SCOPED_LIFE(life);
        json_t *data = json_file(life, SAMPLES "/R06.json"), *items = json_array();
        json_array_append_new(items, json_pack("{s:s,s:s,s:s}", "text", "会议记录", "outcome", CODES[i],
                                               "reason", "公开会影响参会人员坦率发表意见。"));
        json_object_set_new(data, "items", items);
        struct letter_findings found = lint_shipped(life, "R06", data);
        show(&found);
        assert_int_equal(found.count, 0);
    }
}

/* What an officer types is judged like the template's own words. */
static void what_an_officer_types_is_judged(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    json_t *data = json_file(life, SAMPLES "/R06.json");
    json_t *first = json_array_get(json_object_get(data, "items"), 0);
    json_object_set_new(first, "reason",
                        json_string("该记录形成于2026年03月09日，根据《中华人民共和国政府信息"
                                    "公开条例》第十四条，不予公开，参见《》。"));
    struct letter_findings found = lint_shipped(life, "R06", data);
    static const char *const RULES[] = {"placeholder", "date-form", "date-form", "article-wrong"};
    assert_int_equal(found.count, 4);
    for (size_t i = 0; i < found.count; i++) {
        assert_string_equal(found.all[i].rule, RULES[i]);
        assert_true(found.all[i].line > 20); /* of R06.xml */
    }
}

/* ---- The corpus ---- */

static const struct letter *letter_of(TALLOC_CTX *life, const json_t *file)
{
    const json_t *paragraphs = json_object_get(file, "paragraphs"), *cells = json_object_get(file, "cells");
    struct letter *letter = talloc_zero(life, struct letter);
    struct letter_block *blocks =
        talloc_zero_array(life, struct letter_block, json_array_size(paragraphs) + 3);
    size_t n = 0;
    blocks[n++] = (struct letter_block){.kind = LETTER_BLOCK_NUMBER, .text = json_text(file, "number")};
    for (size_t i = 0; i < json_array_size(paragraphs); i++)
        blocks[n++] = (struct letter_block){.kind = LETTER_BLOCK_P,
                                            .text = json_string_value(json_array_get(paragraphs, i))};
    blocks[n++] = (struct letter_block){
        .kind = LETTER_BLOCK_SIGN, .text = "滨江市应急管理局", .detail = json_text(file, "date")};
    if (cells) {
        struct letter_cell *all = talloc_zero_array(life, struct letter_cell, json_array_size(cells));
        for (size_t i = 0; i < json_array_size(cells); i++)
            all[i] = (struct letter_cell){.text = json_string_value(json_array_get(cells, i)), .span = 1};
        blocks[n++] = (struct letter_block){.kind = LETTER_BLOCK_TABLE,
                                            .text = "",
                                            .cells = all,
                                            .rows = json_array_size(cells) / 2,
                                            .columns = 2};
    }
    for (size_t i = 0; i < n; i++)
        blocks[i].line = (int)i + 1;
    *letter = (struct letter){.code = "R02", .title = "试", .version = 1, .blocks = blocks, .block_count = n};
    return letter;
}

static bool as_told(const struct letter_finding *f, const json_t *told)
{
    return strcmp(f->rule, json_text(told, "rule")) == 0 &&
           f->block == (size_t)json_integer_value(json_object_get(told, "block")) &&
           strcmp(f->found, json_string_value(json_object_get(told, "found"))) == 0;
}

static void one_of_the_corpus(TALLOC_CTX *life, const char *name, bool *seen)
{
    const json_t *file = json_file(life, talloc_asprintf(life, CORPUS "/%s", name));
    const json_t *finds = json_object_get(file, "finds");
    struct letter_expectation e = {.electronic = json_is_true(json_object_get(file, "electronic")),
                                   .review_body = "滨江市人民政府",
                                   .court = "滨江铁路运输法院",
                                   .quoted = texts(life, json_object_get(file, "quoted"), NULL)};
    e.outcomes = outcomes(life, texts(life, json_object_get(file, "outcomes"), NULL), &e.outcome_count);
    struct letter_findings found = {0};
    const struct letter *letter = letter_of(life, file);
    must(letter_lint(letter, &e, life, &found));
    bool right = found.count == json_array_size(finds);
    for (size_t i = 0; right && i < found.count; i++) {
        right = as_told(&found.all[i], json_array_get(finds, i));
        assert_int_equal(found.all[i].line,
                         found.all[i].block < letter->block_count ? (int)found.all[i].block + 1 : 0);
        for (size_t r = 0; r < LETTER_LINT_RULE_COUNT; r++)
            seen[r] = seen[r] || found.all[i].rule == LETTER_LINT_RULES[r].name;
    }
    if (!right) {
        print_error("%s:\n", name);
        show(&found);
    }
    assert_true(right);
}

static int is_case(const struct dirent *e)
{
    return strstr(e->d_name, ".json") != NULL;
}

static void every_bad_letter_is_found_out_by_name(void **state)
{
    (void)state;
    struct dirent **names;
    bool seen[64] = {false};
    int count = scandir(MINGDA_SOURCE "/" CORPUS, &names, is_case, alphasort);
    assert_true(count >= 45);
    for (int i = 0; i < count; i++) {
        SCOPED_LIFE(life);
        one_of_the_corpus(life, names[i]->d_name, seen);
        free(names[i]);
    }
    free(names);
    for (size_t r = 0; r < LETTER_LINT_RULE_COUNT; r++) {
        if (!seen[r])
            print_error("no letter of the corpus breaks %s\n", LETTER_LINT_RULES[r].name);
        assert_true(seen[r]);
    }
}

/* However much is wrong, the answer is bounded. */
static void findings_are_bounded(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct letter_block *blocks = talloc_zero_array(life, struct letter_block, 500);
    for (size_t i = 0; i < 500; i++)
        blocks[i] = (struct letter_block){.kind = LETTER_BLOCK_P,
                                          .text = "{《》第3条，《中华人民共和国政府信息公开条例》第十四条"};
    const struct letter letter = {.code = "R02", .title = "试", .blocks = blocks, .block_count = 500};
    struct letter_findings found = {0};
    must(letter_lint(&letter, &(struct letter_expectation){0}, life, &found));
    assert_int_equal(found.count, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_letters_pass_in_every_shape),
        cmocka_unit_test(letters_pass_with_every_outcome_and_way_of_service),
        cmocka_unit_test(each_refusal_of_article_16_passes),
        cmocka_unit_test(what_an_officer_types_is_judged),
        cmocka_unit_test(every_bad_letter_is_found_out_by_name),
        cmocka_unit_test(findings_are_bounded),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
