/* Templates tried before they come into force: every shipped one and every clause passes, each of the corpus
 * is found out in the line that its file names. */
#include <dirent.h>
#include <stdlib.h>
#include <libxml/parser.h>
#include "law_files.h"
#include "letter_trial.h"

#define CORPUS "tests/corpora/letter-trials"
static const struct civil DAY = {2026, 3, 30};

static struct letter_reader *reader;
static TALLOC_CTX *reader_life;

static int open_reader(void **state)
{
    (void)state;
    reader_life = talloc_new(NULL);
    return letter_reader_new(reader_life, &reader) != NULL;
}

static int close_reader(void **state)
{
    (void)state;
    talloc_free(reader_life);
    xmlCleanupParser();
    return 0;
}

/* `context` is the folder of the clauses. */
static const struct fault *find_clause(void *context, TALLOC_CTX *life, const char *code,
                                       struct letter_source *out)
{
    out->name = talloc_asprintf(life, "%s.xml", code);
    out->bytes =
        law_bytes(life, talloc_asprintf(life, "%s/%s", (const char *)context, out->name), &out->length);
    return NULL;
}

static struct letter_trial tried(TALLOC_CTX *life, const char *folder, const char *name, const char *clauses,
                                 bool clause)
{
    struct letter_source source = {.name = name};
    struct letter_template *t = NULL;
    struct letter_trial trial = {0};
    void *context = (void *)(uintptr_t)clauses;
    source.bytes = law_bytes(life, talloc_asprintf(life, "%s/%s", folder, name), &source.length);
    must(clause ? letter_clause_alone(reader, &source, find_clause, context, life, &t)
                : letter_template_read(reader, &source, find_clause, context, life, &t));
    must(letter_trial(t, DAY, life, &trial));
    return trial;
}

static int is_xml(const struct dirent *e)
{
    return strstr(e->d_name, ".xml") != NULL;
}

static int pass_all(const char *folder, bool clauses)
{
    struct dirent **names;
    int count =
        scandir(talloc_asprintf(reader_life, "%s/%s", MINGDA_SOURCE, folder), &names, is_xml, alphasort);
    for (int i = 0; i < count; i++) {
        SCOPED_LIFE(life);
        struct letter_trial trial = tried(life, folder, names[i]->d_name, "templates/clauses", clauses);
        for (size_t p = 0; p < trial.count; p++)
            print_error("%s:%d: %s\n", trial.problems[p].file, trial.problems[p].line, trial.problems[p].why);
        assert_int_equal(trial.count, 0);
        assert_true(trial.letters >= 300);
        free(names[i]);
    }
    free(names);
    return count;
}

static void shipped_letters_meet_all_that_can_come(void **state)
{
    (void)state;
    assert_int_equal(pass_all("templates/letters", false), 42);
}

static void shipped_clauses_meet_all_that_can_come(void **state)
{
    (void)state;
    assert_true(pass_all("templates/clauses", true) >= 30);
}

static void what_is_wrong_is_found_in_its_line(void **state)
{
    (void)state;
    struct dirent **names;
    int count = scandir(MINGDA_SOURCE "/" CORPUS, &names, is_xml, alphasort);
    assert_true(count >= 8);
    for (int i = 0; i < count; i++) {
        SCOPED_LIFE(life);
        size_t length;
        const char *name = names[i]->d_name;
        struct letter_trial trial = tried(life, CORPUS, name, CORPUS "/clauses", false);
        const char *path = talloc_asprintf(life, CORPUS "/%.*s.expected", (int)strlen(name) - 4, name);
        assert_int_equal(trial.count, 1);
        assert_string_equal(law_bytes(life, path, &length),
                            talloc_asprintf(life, "%s:%d: %s\n", trial.problems[0].file,
                                            trial.problems[0].line, trial.problems[0].why));
        free(names[i]);
    }
    free(names);
}

/* Tried twice, the same is found; and on a day before, what came later is not in force. */
static void a_trial_is_always_the_same(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct letter_trial one = tried(life, "templates/clauses", "decision.xml", "templates/clauses", true),
                        two = tried(life, "templates/clauses", "decision.xml", "templates/clauses", true);
    assert_int_equal(one.letters, two.letters);
    struct letter_source source = {.name = "R06.xml"};
    struct letter_template *t = NULL;
    source.bytes = law_bytes(life, "templates/letters/R06.xml", &source.length);
    must(letter_template_read(reader, &source, find_clause, (void *)(uintptr_t) "templates/clauses", life,
                              &t));
    must(letter_trial(t, (struct civil){2023, 12, 31}, life, &one));
    assert_int_equal(one.count, 5); /* the choice of remedies, its three profiles, the internet */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_letters_meet_all_that_can_come),
        cmocka_unit_test(shipped_clauses_meet_all_that_can_come),
        cmocka_unit_test(what_is_wrong_is_found_in_its_line),
        cmocka_unit_test(a_trial_is_always_the_same),
    };
    return cmocka_run_group_tests(tests, open_reader, close_reader);
}
