/* Statecharts: every document of tests/corpora/scxml says in a comment how it runs, or why it is refused:
 *   <!-- trace: [a b] event [c] … -->     the configuration at the start and after each event
 *   <!-- refused: CODE LINE -->           with the line in the message (0: none)
 * A new case needs no C. The documents follow the ideas of the W3C's tests of the same numbers, without
 * scripts. */
#include <dirent.h>
#include <stdio.h>
#include "law_files.h"
#include "law_xml.h"
#include "condition.h"
#include "machine.h"

struct run {
    const struct chart *chart;
    struct machine *m;
    struct situation situation;
    struct instance self;
};

static bool holds(void *self, const struct machine *m, const struct condition *c)
{
    const struct run *r = self;
    (void)m;
    return condition_holds(c, &r->situation, 0);
}

static const char *configuration(TALLOC_CTX *life, const struct run *r)
{
    char *out = talloc_strdup(life, "");
    for (int i = 1; i < r->chart->state_count; i++)
        if ((r->chart->states[i].kind == CHART_ATOMIC || r->chart->states[i].kind == CHART_FINAL) &&
            machine_in(r->m, i))
            out = talloc_asprintf_append(out, "%s%s", *out ? " " : "", r->chart->states[i].id);
    return out;
}

/* The configurations stand in brackets, the events between them. */
static const struct fault *walk(TALLOC_CTX *life, const char *name, const struct chart *chart,
                                const char *trace)
{
    struct run r = {.chart = chart, .m = machine_new(life, chart)};
    r.self = (struct instance){.chart = chart, .machine = r.m};
    r.situation = (struct situation){.instances = &r.self, .count = 1};
    struct machine_world world = {.holds = holds, .self = &r};
    TRY(machine_start(life, chart, r.m, &world));
    for (const char *at = trace; *at;) {
        size_t length = strcspn(at, *at == '[' ? "]" : " ");
        const char *word = talloc_strndup(life, at, length);
        if (*at == '[') {
            const char *found = configuration(life, &r);
            if (strcmp(found, word + 1) != 0)
                fail_msg("%s: [%s] was expected, [%s] found", name, word + 1, found);
            length++;
        } else {
            TRY(machine_send(life, chart, r.m, &world, word, NULL));
        }
        at += length;
        at += strspn(at, " ");
    }
    return NULL;
}

static const char *comment(TALLOC_CTX *life, const char *bytes, const char *word)
{
    const char *at = strstr(bytes, word);
    const char *end = at ? strstr(at, "-->") : NULL;
    if (!end)
        return NULL;
    at += strlen(word);
    while (end > at && end[-1] == ' ')
        end--;
    return talloc_strndup(life, at + strspn(at, " "), (size_t)(end - at) - strspn(at, " "));
}

static void check_refusal(TALLOC_CTX *life, const char *name, const struct fault *f, const char *wanted)
{
    char code[40];
    int line = 0;
    assert_int_equal(sscanf(wanted, "%39s %d", code, &line), 2);
    if (!f || strcmp(f->code, code) != 0)
        fail_msg("%s: %s was expected, found %s", name, code, f ? fault_text(life, f) : "nothing");
    const char *place = talloc_asprintf(life, "%s:%d: ", name, line);
    if (line && strncmp(f->detail, place, strlen(place)) != 0)
        fail_msg("%s: line %d was expected, found %s", name, line, f->detail);
}

static void check_document(const char *name)
{
    SCOPED_LIFE(life);
    const struct chart *chart = NULL;
    size_t length = 0;
    const char *bytes = law_bytes(life, talloc_asprintf(life, "tests/corpora/scxml/%s", name), &length);
    const char *trace = comment(life, bytes, "<!-- trace:"), *refused = comment(life, bytes, "<!-- refused:");
    if (!trace && !refused)
        fail_msg("%s says neither how it runs nor why it is refused", name);
    const struct fault *f = chart_read_plain(life, name, bytes, length, &chart);
    if (!f)
        f = walk(life, name, chart, trace ? trace : "");
    if (refused)
        check_refusal(life, name, f, refused);
    else
        must(f);
}

static void the_corpus_runs_as_it_says(void **state)
{
    (void)state;
    size_t count = 0;
    DIR *folder = opendir(MINGDA_SOURCE "/tests/corpora/scxml");
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (strstr(entry->d_name, ".scxml")) {
            check_document(entry->d_name);
            count++;
        }
    closedir(folder);
    assert_true(count >= 60);
}

static void descriptors_match_whole_tokens(void **state)
{
    (void)state;
    assert_true(machine_descriptor_matches("a", "a"));
    assert_true(machine_descriptor_matches("a", "a.b"));
    assert_true(machine_descriptor_matches("a.*", "a"));
    assert_true(machine_descriptor_matches("a.*", "a.b.c"));
    assert_true(machine_descriptor_matches("a.", "a.b"));
    assert_true(machine_descriptor_matches("*", "whatever"));
    assert_false(machine_descriptor_matches("a", "ab"));
    assert_false(machine_descriptor_matches("a.b", "a"));
    assert_false(machine_descriptor_matches("a.b", "a.bc"));
}

/* Each prefix of a document and each document with one byte changed is read or refused; nothing else happens.
 */
static void broken_documents_are_refused_in_peace(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"388-history-kinds.scxml", "147-if-first-branch.scxml"};
    for (size_t n = 0; n < 2; n++) {
        SCOPED_LIFE(life);
        size_t length = 0;
        const char *bytes =
            law_bytes(life, talloc_asprintf(life, "tests/corpora/scxml/%s", NAMES[n]), &length);
        for (size_t i = 0; i < length; i++) {
            SCOPED_LIFE(once);
            const struct chart *chart = NULL;
            char *changed = talloc_memdup(once, bytes, length);
            changed[i] ^= 1 << (i % 7);
            const struct fault *f = chart_read_plain(once, "changed", changed, length, &chart);
            assert_true(f || chart);
            if (i + 2 < length)
                assert_non_null(chart_read_plain(once, "cut", bytes, i, &chart));
        }
    }
}

static void a_chart_has_a_size(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct chart *chart = NULL;
    char *large = talloc_strdup(life, "<scxml xmlns='" SCXML_NAMESPACE "'>");
    for (int i = 0; i < CHART_STATES; i++)
        large = talloc_asprintf_append_buffer(large, "<state id='s%d'/>", i);
    large = talloc_strdup_append_buffer(large, "</scxml>");
    must_fail(chart_read_plain(life, "large", large, strlen(large), &chart), "EDITION_REFUSED");
    char *deep = talloc_strdup(life, "<scxml xmlns='" SCXML_NAMESPACE "'>");
    for (int i = 0; i < 400; i++)
        deep = talloc_strdup_append_buffer(deep, "<state>");
    must_fail(chart_read_plain(life, "deep", deep, strlen(deep), &chart), "EDITION_SYNTAX");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_corpus_runs_as_it_says),
        cmocka_unit_test(descriptors_match_whole_tokens),
        cmocka_unit_test(broken_documents_are_refused_in_peace),
        cmocka_unit_test(a_chart_has_a_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
