/* The words by which a text is found. */
#include "cmocka_all.h"
#include <stdio.h>
#include "words.h"

static const struct {
    const char *text, *words, *whole;
} CASES[] = {
    {"应急预案", "应急 急预 预案 ", "应急预案"},
    {"2025年度市级", "2025 年度 度市 市级 ", "2025年度市级"},
    {"某，案", "某 案 ", "某案"},
    {"ＡＢc x 条例第33条", "abc 条例 例第 33 条 ", "abcx条例第33条"},
    {"SQDEMO31000120260330001", "sqdemo31000120260330001 ", "sqdemo31000120260330001"},
    {"sq20110377-1", "sq20110377 ", "sq201103771"},
    {"\U00020000\U00020001", "\U00020000\U00020001 ", "\U00020000\U00020001"},
    {"、。 — ", "", ""},
    {"", "", ""},
};

static void texts_have_these_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        SCOPED_LIFE(life);
        struct words words = {0};
        char joined[400] = "";
        const char *whole = NULL;
        assert_null(words_add(life, CASES[i].text, &words));
        size_t n = 0;
        for (size_t k = 0; k < words.count; k++)
            n += (size_t)snprintf(joined + n, sizeof joined - n, "%s ", words.items[k]);
        assert_string_equal(joined, CASES[i].words);
        assert_null(words_whole(life, CASES[i].text, &whole));
        assert_string_equal(whole, CASES[i].whole);
    }
}

static void many_words_find_room(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct words words = {0};
    for (int i = 0; i < 5000; i++)
        assert_null(words_add(life, "预案", &words));
    assert_int_equal(words.count, 5000);
    assert_string_equal(words.items[4999], "预案");
}

static void what_is_not_utf8_is_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct words words = {0};
    const struct fault *f = words_add(life, "\xff\xfe", &words);
    assert_non_null(f);
    assert_string_equal(f->code, "TEXT_ENCODING");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_have_these_words),
        cmocka_unit_test(many_words_find_room),
        cmocka_unit_test(what_is_not_utf8_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
