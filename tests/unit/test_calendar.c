/* test_calendar.c - the calendar against a walk over the days, against the statute's figures, and against bad
 * files. */
#include "cmocka_all.h"

#include "law_files.h"

#define CORPUS "tests/corpora/calendar/"

static const struct fault *read_text(TALLOC_CTX *life, const char *text, bool provisional,
                                     const struct calendar **out)
{
    struct calendar_source source = {
        .name = "text.csv", .bytes = text, .length = strlen(text), .provisional = provisional};
    return calendar_read(life, "text", &source, 1, CIVIL_NONE, out);
}

static struct civil day(const char *text)
{
    struct civil d = CIVIL_NONE;
    assert_true(civil_parse(text, &d));
    return d;
}

static void assert_day(struct civil got, const char *want)
{
    char text[CIVIL_TEXT];
    civil_format(got, text);
    assert_string_equal(text, want);
}

static void years_have_their_days(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct calendar *cal = law_calendar(life);
    static const struct {
        int year, days;
    } YEARS[] = {{2019, 250}, {2020, 249}, {2021, 250}, {2022, 249},
                 {2023, 249}, {2024, 251}, {2025, 248}, {2026, 248}};
    for (size_t i = 0; i < sizeof YEARS / sizeof *YEARS; i++)
        assert_int_equal(calendar_workdays(cal, (struct civil){(int16_t)(YEARS[i].year - 1), 12, 31},
                                           (struct civil){(int16_t)YEARS[i].year, 12, 31}),
                         YEARS[i].days);
    assert_string_equal(calendar_id(cal), "cn");
    assert_day(calendar_published_through(cal), "2026-12-31");
    assert_false(calendar_provisional(cal, day("2026-12-31")));
    assert_true(calendar_provisional(cal, day("2027-01-01")));
    struct civil first, last;
    assert_true(calendar_range(cal, &first, &last));
    assert_day(first, "2019-01-01");
    assert_day(last, "2027-12-31");
}

static void days_say_what_they_are(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct calendar *cal = law_calendar(life);
    static const struct {
        const char *day;
        enum calendar_day kind;
        const char *name;
    } DAYS[] = {
        {"2026-10-10", CALENDAR_WORKDAY, "国庆节"}, {"2026-10-03", CALENDAR_HOLIDAY, "国庆节"},
        {"2026-04-06", CALENDAR_HOLIDAY, "清明节"}, {"2026-03-14", CALENDAR_WEEKEND, NULL},
        {"2026-03-13", CALENDAR_WORKDAY, NULL},     {"2027-02-06", CALENDAR_HOLIDAY, "春节"},
        {"2018-10-01", CALENDAR_WORKDAY, NULL},     {"2031-01-04", CALENDAR_WEEKEND, NULL},
        {"1900-01-01", CALENDAR_WORKDAY, NULL},     {"0001-01-01", CALENDAR_WORKDAY, NULL},
    };
    for (size_t i = 0; i < sizeof DAYS / sizeof *DAYS; i++) {
        const char *name = "unset";
        assert_int_equal(calendar_day(cal, day(DAYS[i].day), &name), DAYS[i].kind);
        assert_true(DAYS[i].name ? name && strcmp(name, DAYS[i].name) == 0 : !name);
        assert_int_equal(calendar_is_workday(cal, day(DAYS[i].day)), DAYS[i].kind == CALENDAR_WORKDAY);
    }
}

/* Sums and searches agree with counting on one's fingers, also outside the years of the file. */
static void sums_equal_a_walk(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct calendar *own = law_calendar(life), *bare = NULL;
    must(read_text(life, "date,kind,name\n", false, &bare));
    const struct calendar *calendars[] = {own, bare};
    static const char *const FROM[] = {"1969-12-20", "2017-03-04", "2018-12-20", "2019-12-28",
                                       "2026-11-07", "2027-12-10", "9990-01-01"};
    for (size_t c = 0; c < 2; c++)
        for (size_t i = 0; i < sizeof FROM / sizeof *FROM; i++) {
            struct civil from = day(FROM[i]), at = from;
            int32_t n = 0;
            for (int step = 0; step < 120; step++) {
                at = civil_add_days(at, 1);
                if (calendar_is_workday(calendars[c], at)) {
                    n++;
                    assert_int_equal(civil_compare(calendar_add_workdays(calendars[c], from, n), at), 0);
                    assert_int_equal(civil_compare(calendar_roll(calendars[c], at), at), 0);
                } else
                    assert_int_equal(civil_compare(calendar_roll(calendars[c], at),
                                                   calendar_add_workdays(calendars[c], at, 1)),
                                     0);
                assert_int_equal(calendar_workdays(calendars[c], from, at), n);
                assert_int_equal(calendar_workdays(calendars[c], at, from), 0);
            }
        }
    assert_day(calendar_add_workdays(own, day("2026-03-14"), 0), "2026-03-14");
    assert_day(calendar_add_workdays(own, day("9999-12-01"), 2000), "9999-12-31");
    assert_day(calendar_add_workdays(own, day("9999-12-01"), INT32_MAX), "9999-12-31");
}

static void layers_lie_on_each_other(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char FIRST[] = "date,kind,name,notice,known\n2026-05-01,holiday,old,n1,2025-11-04\n";
    static const char AMENDED[] =
        "date,kind,name,notice,known\n2026-05-01,workday,new,n2,2026-03-22\n2026-05-04,holiday,new,n2,\n";
    static const char GUESS[] =
        "date,kind,name\n2026-05-01,holiday,guess\n2026-05-05,holiday,guess\n2027-01-01,holiday,guess\n";
    const struct calendar_source layers[] = {{"first.csv", FIRST, sizeof FIRST - 1, false},
                                             {"amended.csv", AMENDED, sizeof AMENDED - 1, false},
                                             {"guess.csv", GUESS, sizeof GUESS - 1, true}};
    const struct calendar *cal = NULL;
    const char *name;
    must(calendar_read(life, "x", layers, 3, CIVIL_NONE, &cal));
    assert_int_equal(calendar_day(cal, day("2026-05-01"), &name), CALENDAR_WORKDAY);
    assert_string_equal(name, "new");
    assert_int_equal(calendar_day(cal, day("2026-05-05"), NULL), CALENDAR_HOLIDAY);
    assert_int_equal(calendar_day(cal, day("2027-01-01"), NULL), CALENDAR_HOLIDAY);
    assert_day(calendar_published_through(cal), "2026-12-31");
    must(calendar_read(life, "x", layers, 3, day("2026-03-21"), &cal));
    assert_int_equal(calendar_day(cal, day("2026-05-01"), &name), CALENDAR_HOLIDAY);
    assert_string_equal(name, "old");
    must(calendar_read(life, "x", layers + 2, 1, CIVIL_NONE, &cal));
    assert_false(civil_is_set(calendar_published_through(cal)));
    assert_true(calendar_provisional(cal, day("2020-01-01")));
}

static void bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *file, *code, *at;
    } FILES[] = {
        {"twice.csv", "CALENDAR_TWICE", "twice.csv:4:"},
        {"both.csv", "CALENDAR_BOTH", "both.csv:4:"},
        {"impossible.csv", "CALENDAR_DAY", "impossible.csv:2:"},
        {"trailing-space.csv", "CALENDAR_DAY", "trailing-space.csv:2:"},
        {"known-impossible.csv", "CALENDAR_DAY", "known-impossible.csv:2:"},
        {"unknown-kind.csv", "CALENDAR_KIND", "unknown-kind.csv:2:"},
        {"two-columns.csv", "CALENDAR_HEADER", "two-columns.csv:1:"},
        {"wrong-header.csv", "CALENDAR_HEADER", "wrong-header.csv:1:"},
        {"empty.csv", "CALENDAR_HEADER", "empty.csv:1:"},
        {"short-row.csv", "CALENDAR_ROW", "short-row.csv:2:"},
        {"long-row.csv", "CALENDAR_ROW", "long-row.csv:2:"},
        {"empty-line.csv", "CALENDAR_ROW", "empty-line.csv:3:"},
        {"quotes.csv", "CALENDAR_ROW", "quotes.csv:2:"},
        {"zero-byte.csv", "CALENDAR_ROW", "zero-byte.csv:2:"},
        {"too-early.csv", "CALENDAR_RANGE", "too-early.csv:2:"},
        {"too-late.csv", "CALENDAR_RANGE", "too-late.csv:2:"},
    };
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        SCOPED_LIFE(life);
        struct calendar_source source = {.name = FILES[i].file};
        const struct calendar *cal = NULL;
        source.bytes = law_bytes(life, talloc_asprintf(life, CORPUS "%s", FILES[i].file), &source.length);
        const struct fault *f = calendar_read(life, "bad", &source, 1, CIVIL_NONE, &cal);
        must_fail(f, FILES[i].code);
        assert_int_equal(f->kind, FAULT_INPUT);
        assert_int_equal(strncmp(f->detail, FILES[i].at, strlen(FILES[i].at)), 0);
        assert_null(cal);
    }
}

/* A byte order mark, CR LF and a last line without its end are how spreadsheets write. */
static void spreadsheets_are_read(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct calendar_source source = {.name = "spreadsheet.csv"};
    const struct calendar *cal = NULL;
    const char *name = NULL;
    source.bytes = law_bytes(life, CORPUS "spreadsheet.csv", &source.length);
    must(calendar_read(life, "s", &source, 1, CIVIL_NONE, &cal));
    assert_int_equal(calendar_day(cal, day("2026-01-04"), &name), CALENDAR_WORKDAY);
    assert_string_equal(name, "元旦");
    assert_int_equal(calendar_day(cal, day("2026-01-01"), NULL), CALENDAR_HOLIDAY);
}

/* Whatever the bytes, it is read or refused: every cut of a good file, and every byte of it replaced. */
static void any_bytes(void **state)
{
    (void)state;
    static const char GOOD[] =
        "date,kind,name,notice,known\n2026-01-01,holiday,x,n,2025-11-04\r\n2026-01-04,workday,y,,\n";
    static const char BYTES[] = {'\0', ',', '\n', '\r', '"', '9', '-', '\x80', '\xff'};
    for (size_t cut = 0; cut < sizeof GOOD; cut++)
        for (size_t b = 0; b < sizeof BYTES; b += cut % 4 ? 4 : 1) {
            SCOPED_LIFE(inner);
            char *bytes = talloc_memdup(inner, GOOD, cut + 1);
            const struct calendar *cal = NULL;
            bytes[cut] = BYTES[b];
            struct calendar_source source = {.name = "any.csv", .bytes = bytes, .length = cut + 1};
            const struct fault *f = calendar_read(inner, "any", &source, 1, CIVIL_NONE, &cal);
            assert_true(f ? f->kind == FAULT_INPUT && !cal : cal != NULL);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(years_have_their_days),
        cmocka_unit_test(days_say_what_they_are),
        cmocka_unit_test(sums_equal_a_walk),
        cmocka_unit_test(layers_lie_on_each_other),
        cmocka_unit_test(bad_files),
        cmocka_unit_test(spreadsheets_are_read),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
