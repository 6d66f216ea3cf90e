/* test_vectors.c - the vectors of statute 2.5, 2.6, 3 and 9.3: how many each section has, and that each of
 * them ran. */
#include "cmocka_all.h"

#include <stdio.h>
#include "clock_inside.h"
#include "law_files.h"
#include "tariff.h"
#include "text.h"

#define FOLDER "tests/corpora/clock/statute/"

struct vector {
    char *section, *name, *calendar, *what, *from, *n, *wanted;
};

static const struct {
    const char *section;
    size_t sums, dossiers; /* rows of vectors.txt; files' cases in vectors.json */
} SECTIONS[] = {{"2.5", 45, 34}, {"2.6", 4, 1}, {"3", 13, 0}, {"9.3", 8, 0}};
#define SECTION_COUNT (sizeof SECTIONS / sizeof *SECTIONS)

static size_t section_of(const char *name)
{
    for (size_t i = 0; i < SECTION_COUNT; i++)
        if (strcmp(SECTIONS[i].section, name) == 0)
            return i;
    fail_msg("there is no section %s", name);
    return 0;
}

/* A shipped calendar, or that of a year before them, beside the vectors. */
static const struct calendar *calendar_named(TALLOC_CTX *life, const char *name)
{
    bool old = *name == '2';
    const struct calendar *cal = NULL;
    struct calendar_source layer = {.name = name};
    const char *path = talloc_asprintf(life, "%s%s.csv", old ? FOLDER : "workflow/calendars/", name);
    layer.bytes = law_bytes(life, path, &layer.length);
    must(calendar_read(life, name, &layer, 1, CIVIL_NONE, &cal));
    return cal;
}

static struct civil day_of(const struct calendar *cal, const char *what, struct civil from, int32_t n)
{
    if (strcmp(what, "add") == 0)
        return calendar_add_workdays(cal, from, n);
    if (strcmp(what, "roll") == 0)
        return calendar_add_workdays(cal, calendar_roll(cal, from), n);
    enum clock_unit unit = strcmp(what, "days") == 0 ? UNIT_DAY : UNIT_MONTH;
    assert_true(unit == UNIT_DAY || strcmp(what, "months") == 0);
    return calendar_roll(cal, civil_of_number(clock_add_units(cal, civil_number(from), unit, n)));
}

static int64_t fee_of(TALLOC_CTX *life, const struct edition *e, const char *what, int64_t n)
{
    bool pages = strcmp(what, "fee-pages") == 0, one = strcmp(what, "fee-item") == 0;
    const struct tariff *t = tariff_on(e, pages ? "pages" : "items", (struct civil){2026, 3, 30});
    struct charge c;
    assert_non_null(t);
    must(tariff_charge(life, t, one ? n - 1 : 0, one ? 1 : n, &c));
    return c.total / 100;
}

static void run(TALLOC_CTX *life, const struct edition *e, const struct vector *v)
{
    struct civil from, wanted;
    int64_t n = 0, sum = 0;
    char got[CIVIL_TEXT];
    assert_true(text_to_int(v->n, 0, 1000, &n));
    if (strncmp(v->what, "fee-", 4) == 0) {
        assert_true(text_to_int(v->wanted, 0, 100000, &sum));
        if (fee_of(life, e, v->what, n) != sum)
            fail_msg("%s %s: %lld yuan, not %s", v->section, v->name, (long long)fee_of(life, e, v->what, n),
                     v->wanted);
        return;
    }
    assert_true(civil_parse(v->from, &from) && civil_parse(v->wanted, &wanted));
    struct civil day = day_of(calendar_named(life, v->calendar), v->what, from, (int32_t)n);
    civil_format(day, got);
    if (civil_compare(day, wanted) != 0)
        fail_msg("%s %s: %s, not %s", v->section, v->name, got, v->wanted);
}

static void every_sum_of_the_statute(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *e = law_edition(life);
    size_t length = 0, ran[SECTION_COUNT] = {0};
    char *at = talloc_strdup(life, law_bytes(life, FOLDER "vectors.txt", &length));
    for (char *line; (line = strsep(&at, "\n"));) {
        SCOPED_LIFE(once);
        struct vector v = {0};
        if (!*line || *line == '#')
            continue;
        char **fields[] = {&v.section, &v.name, &v.calendar, &v.what, &v.from, &v.n, &v.wanted};
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
            *fields[i] = strsep(&line, "|");
        assert_non_null(v.wanted);
        run(once, e, &v);
        ran[section_of(v.section)]++;
    }
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        print_message("statute %s: %zu sums\n", SECTIONS[i].section, ran[i]);
        assert_int_equal(ran[i], SECTIONS[i].sums);
    }
}

/* The dossiers that unit-clock folds: each example of 2.5 is among them by its name. */
static void every_example_is_a_dossier(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    size_t length = 0, examples = 0, dossiers = 0, checks = 0;
    json_t *cases = NULL, *one = NULL;
    const char *bytes = law_bytes(life, "tests/corpora/clock/vectors.json", &length);
    must(json_read(life, "vectors.json", bytes, length, &cases));
    for (int n = 1; n <= 14; n++) {
        size_t i = 0, before = examples;
        char name[16];
        snprintf(name, sizeof name, "E%d", n);
        json_array_foreach(cases, i, one)
        {
            const char *about = json_text(one, "about");
            examples += strncmp(about, name, strlen(name)) == 0 &&
                        !(about[strlen(name)] >= '0' && about[strlen(name)] <= '9');
        }
        if (examples == before)
            fail_msg("E%d is no dossier", n);
    }
    size_t i = 0;
    json_array_foreach(cases, i, one)
    {
        dossiers +=
            strncmp(json_text(one, "about"), "E", 1) == 0 || strncmp(json_text(one, "about"), "R = ", 4) == 0;
        checks += strstr(json_text(one, "about"), "2.6") != NULL;
    }
    assert_int_equal(dossiers, SECTIONS[0].dossiers + SECTIONS[1].dossiers);
    assert_int_equal(checks, SECTIONS[1].dossiers);
    assert_int_equal(json_array_size(cases), dossiers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_sum_of_the_statute),
                                       cmocka_unit_test(every_example_is_a_dossier)};
    return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
