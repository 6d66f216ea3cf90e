/* test_base.c - the ground: text at the door, civil dates, canonical JSON, tables, settings, faults. */
#include <stdio.h>
#include <unistd.h>
#include "cmocka_all.h"
#include "civil.h"
#include "json.h"
#include "settings.h"
#include "table.h"
#include "text.h"

struct door {
    const char *in;
    size_t length;
    size_t max;
    enum text_lines lines;
    const char *out;  /* NULL: refused with */
    const char *code; /* this code */
};
#define BYTES(s) s, sizeof(s) - 1

static const struct door DOORS[] = {
    {BYTES("  预算文件\t "), 10, TEXT_ONE_LINE, "预算文件", NULL},
    {BYTES("\xE3\x80\x80全角空格\xE3\x80\x80"), 10, TEXT_ONE_LINE, "全角空格", NULL},
    {BYTES("e\xCC\x81"), 1, TEXT_ONE_LINE, "\xC3\xA9", NULL}, /* NFC */
    {BYTES("a\r\nb\rc"), 9, TEXT_MANY_LINES, "a\nb\nc", NULL},
    {BYTES(""), 0, TEXT_ONE_LINE, "", NULL},
    {BYTES("\xF0\x9F\x98\x80"), 1, TEXT_ONE_LINE, "\xF0\x9F\x98\x80", NULL}, /* an emoji is one character */
    {BYTES("<b>&amp;"), 9, TEXT_ONE_LINE, "<b>&amp;", NULL},
    {BYTES("a\nb"), 9, TEXT_ONE_LINE, NULL, "TEXT_CONTROL"},
    {BYTES("a\x07"), 9, TEXT_MANY_LINES, NULL, "TEXT_CONTROL"},
    {BYTES("\xE2\x80\xAEtxt"), 9, TEXT_ONE_LINE, NULL, "TEXT_CONTROL"}, /* right-to-left override */
    {BYTES("\xC2\x85"), 9, TEXT_ONE_LINE, NULL, "TEXT_CONTROL"},        /* C1 */
    {BYTES("\xEF\xBF\xBF"), 9, TEXT_ONE_LINE, NULL, "TEXT_CONTROL"},    /* U+FFFF */
    {BYTES("a\0b"), 9, TEXT_ONE_LINE, NULL, "TEXT_NOT_UTF8"},
    {BYTES("\xC0\xAF"), 9, TEXT_ONE_LINE, NULL, "TEXT_NOT_UTF8"},     /* overlong */
    {BYTES("\xED\xA0\x80"), 9, TEXT_ONE_LINE, NULL, "TEXT_NOT_UTF8"}, /* surrogate */
    {BYTES("\xE4\xB8"), 9, TEXT_ONE_LINE, NULL, "TEXT_NOT_UTF8"},     /* cut short */
    {BYTES("一二三四"), 3, TEXT_ONE_LINE, NULL, "TEXT_TOO_LONG"},
};

static void the_door_cleans_or_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof DOORS / sizeof *DOORS; i++) {
        SCOPED_LIFE(life);
        const struct door *d = &DOORS[i];
        const char *out = NULL;
        const struct fault *f = text_clean(life, "name", d->in, d->length, d->max, d->lines, &out);
        if (d->out) {
            must(f);
            assert_string_equal(out, d->out);
        } else {
            must_fail(f, d->code);
            assert_string_equal(f->field, "name");
        }
    }
}

static void a_builder_keeps_its_ceiling(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct text *t = text_new(life, 10);
    text_add(t, "12345");
    text_printf(t, "%d", 67890);
    const char *out;
    size_t n;
    must(text_end(t, &out, &n));
    assert_string_equal(out, "1234567890");
    assert_int_equal(n, 10);
    text_add_char(t, 'x');
    must_fail(text_end(t, &out, &n), "TEXT_TOO_LONG");
    must(text_end(text_new(life, 0), &out, &n));
    assert_string_equal(out, "");
}

static void numbers_are_whole_or_refused(void **state)
{
    (void)state;
    int64_t n;
    assert_true(text_to_int("-12", -20, 20, &n) && n == -12);
    const char *const BAD[] = {"", "21", " 1", "1 ", "1e3", "0x1", "--1", "99999999999999999999", "+1"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_false(text_to_int(BAD[i], -20, 20, &n));
}

static void civil_days_round_trip(void **state)
{
    (void)state;
    struct civil d = {1, 1, 1};
    int32_t first = civil_number(d), last = civil_number((struct civil){9999, 12, 31});
    assert_int_equal(civil_number((struct civil){1970, 1, 1}), 0);
    assert_int_equal(last - first + 1, 3652059);
    struct civil before = CIVIL_NONE;
    for (int32_t n = first; n <= last; n++) {
        d = civil_of_number(n);
        if (!civil_valid(d.year, d.month, d.day) || civil_number(d) != n || civil_compare(before, d) >= 0)
            fail_msg("day %d", n);
        before = d;
    }
    assert_int_equal(civil_weekday((struct civil){2026, 11, 22}), 6);
    assert_int_equal(civil_weekday((struct civil){1969, 12, 31}), 2);
}

static void civil_text_is_strict(void **state)
{
    (void)state;
    const char *const BAD[] = {"2026-02-29",  "2026-2-9", "2026-13-01", "0000-01-01",
                               "2026-01-01x", "",         "2026/01/01"};
    struct civil d;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_false(civil_parse(BAD[i], &d));
    assert_true(civil_parse("2024-02-29", &d));
    char out[CIVIL_TEXT];
    civil_format(d, out);
    assert_string_equal(out, "2024-02-29");
    d = civil_add_months((struct civil){2026, 8, 31}, 6);
    assert_int_equal(civil_compare(d, (struct civil){2027, 2, 28}), 0);
    d = civil_add_months((struct civil){2026, 1, 31}, -2);
    assert_int_equal(civil_compare(d, (struct civil){2025, 11, 30}), 0);
}

static void json_is_canonical(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    /* RFC 8785 3.2.3, the keys of its sorting example; and escapes of 3.2.2.2 */
    static const char IN[] =
        "{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7,"
        "\"z\":[true,null,\"\\u000f\\n\\\"\\/\"]}";
    static const char OUT[] =
        "{\"\\r\":2,\"1\":4,\"z\":[true,null,\"\\u000f\\n\\\"/\"],\"\xC2\x80\":6,\"ö\":7,\"€\":1,"
        "\"\xF0\x9F\x98\x80\":5,\"\xEF\xAC\xB3\":3}";
    json_t *json;
    const char *out;
    size_t n;
    must(json_read(life, "rfc8785", IN, sizeof IN - 1, &json));
    must(json_canonical(life, json, &out, &n));
    assert_string_equal(out, OUT);
    must(json_read(life, "real", "[1.5]", 5, &json));
    must_fail(json_canonical(life, json, &out, &n), "JSON_NUMBER");
    must_fail(json_read(life, "twice", "{\"a\":1,\"a\":2}", 13, &json), "JSON_SYNTAX");
    must_fail(json_read(life, "tail", "{} x", 4, &json), "JSON_SYNTAX");
}

static void tables_show_as_json(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const struct column COLUMNS[] = {{"ref", CELL_TEXT, false},
                                            {"due", CELL_DAY, true},
                                            {"at", CELL_MOMENT, false},
                                            {"late", CELL_BOOL, false}};
    struct table *t = table_new(life, COLUMNS, 4);
    for (int i = 0; i < 20; i++) {
        struct cell *row = table_add_row(t);
        row[0] = cell_text("SQ1");
        if (i)
            row[1] = cell_day((struct civil){2026, 3, 30});
        row[2] = cell_moment(-1);
        row[3] = cell_flag(true);
    }
    assert_null(table_cell(t, 20, "ref"));
    assert_null(table_cell(t, 0, "other"));
    assert_true(table_flag(t, 19, "late"));
    assert_false(civil_is_set(table_day(t, 0, "due")));
    json_t *json = json_adopt(life, table_json(t));
    assert_int_equal(json_array_size(json), 20);
    assert_true(json_is_null(json_object_get(json_array_get(json, 0), "due")));
    assert_string_equal(json_text(json_array_get(json, 1), "due"), "2026-03-30");
    assert_string_equal(json_text(json_array_get(json, 1), "at"), "1969-12-31T23:59:59Z");
}

static const struct setting SETTINGS[] = {
    {"web.workers", SETTING_INT, 1, 64, "4", false, "Number of worker processes."},
    {"office.today", SETTING_DAY, 0, 0, NULL, false, "Pinned civil day."},
    {"web.secure", SETTING_BOOL, 0, 0, "yes", false, "Cookies only over HTTPS."},
};

static const struct fault *load(TALLOC_CTX *life, const char *content, const struct settings **out)
{
    char name[] = "/tmp/mingda-settings-XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0 && write(fd, content, strlen(content)) == (ssize_t)strlen(content));
    close(fd);
    const struct fault *f = settings_load(life, SETTINGS, 3, name, out);
    unlink(name);
    return f;
}

static void settings_come_from_one_table(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct settings *s;
    must(load(life, "[web]\nworkers = 2\n; a remark\n[office]\ntoday = 2026-03-30\n", &s));
    assert_int_equal(settings_int(s, "web.workers"), 2);
    assert_string_equal(settings_text(s, "office.today"), "2026-03-30");
    assert_true(settings_flag(s, "web.secure"));
    const struct fault *f = load(life, "[web]\nworkers = 2\n\nwokers = 3\nworkers=x\n", &s);
    must_fail(f, "SETTING_UNKNOWN");
    assert_non_null(strstr(f->detail, ":4: "));
    f = load(life, "[web]\n\nworkers = 200\n", &s);
    must_fail(f, "SETTING_VALUE");
    assert_non_null(strstr(f->detail, ":3: "));
    must_fail(load(life, "[web\n", &s), "SETTING_FILE");
    must_fail(settings_load(life, SETTINGS, 3, "/nonexistent", &s), "SETTING_FILE");
    setenv("MINGDA_WEB_WORKERS", "7", 1);
    must(load(life, "[web]\nworkers = 2\n", &s));
    unsetenv("MINGDA_WEB_WORKERS");
    assert_int_equal(settings_int(s, "web.workers"), 7);
}

static void a_fault_survives_its_life(void **state)
{
    (void)state;
    SCOPED_LIFE(keep);
    const struct fault *kept;
    {
        SCOPED_LIFE(brief);
        const struct refusal why = {"extension-late", "条例33", "答复期限届满后不得延期",
                                    "The period has ended", 4};
        const struct fault *f =
            fault_because(brief, FAULT_BROKEN, "OUTER", fault_refused(brief, &why), "file:%d", 7);
        kept = fault_keep(keep, f);
    }
    assert_string_equal(kept->cause->refusal->basis, "条例33");
    assert_int_equal(kept->cause->refusal->fact, 4);
    assert_string_equal(fault_text(keep, kept),
                        "OUTER: file:7 because REFUSED extension-late: The period has ended");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_door_cleans_or_refuses),   cmocka_unit_test(a_builder_keeps_its_ceiling),
        cmocka_unit_test(numbers_are_whole_or_refused), cmocka_unit_test(civil_days_round_trip),
        cmocka_unit_test(civil_text_is_strict),         cmocka_unit_test(json_is_canonical),
        cmocka_unit_test(tables_show_as_json),          cmocka_unit_test(settings_come_from_one_table),
        cmocka_unit_test(a_fault_survives_its_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
