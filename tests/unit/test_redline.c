/* Two texts beside each other: what is shown makes both of them again, and no slot or number is cut. */
#include <stdint.h>
#include "cmocka_all.h"
#include "life.h"
#include "redline.h"
#include "text.h"

/* "=a -b +c": the pieces as one line. */
static const char *shown(TALLOC_CTX *life, const char *was, const char *now)
{
    struct redline_piece *pieces = NULL;
    size_t count = 0;
    struct text *t = text_new(life, 1u << 20);
    const char *out = NULL;
    must(redline_words(was, now, life, &pieces, &count));
    for (size_t i = 0; i < count; i++)
        text_printf(t, "%s%c%s", i ? " " : "", "=-+"[pieces[i].kind], pieces[i].text);
    must(text_end(t, &out, NULL));
    return out;
}

static void words_are_compared_by_characters(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const struct {
        const char *was, *now, *shown;
    } CASES[] = {
        {"", "", ""},
        {"相同", "相同", "=相同"},
        {NULL, "新", "+新"},
        {"旧", NULL, "-旧"},
        {"六个月内提起诉讼", "三个月内提起诉讼", "-六 +三 =个月内提起诉讼"},
        {"自收到之日起60日内", "自收到之日起30日内", "=自收到之日起 -60 +30 =日内"},
        {"请【申请人】到", "请【经办人】到", "=请 -【申请人】 +【经办人】 =到"},
        {"第15条", "第15条、第16条", "=第15条 +、第16条"},
        {"甲乙丙", "丙", "-甲乙 =丙"},
        {"没有闭合【号", "没有闭合【号码", "=没有闭合【号 +码"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        assert_string_equal(shown(life, CASES[i].was, CASES[i].now), CASES[i].shown);
}

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % below;
}

static const char *drawn(TALLOC_CTX *life, uint32_t *seed, uint32_t most)
{
    static const char *const LETTERS[] = {"甲", "乙", "。", "【a】", "12", " ", "\n", "𠮷"};
    struct text *t = text_new(life, 1u << 16);
    const char *out = NULL;
    for (uint32_t n = draw(seed, most); n > 0; n--)
        text_add(t, LETTERS[draw(seed, 8)]);
    must(text_end(t, &out, NULL));
    return out;
}

/* Whatever is compared: without the new it is the old, without the old it is the new; kinds take turns. */
static void both_texts_are_in_what_is_shown(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 2000; round++) {
        SCOPED_LIFE(life);
        const char *was = drawn(life, &seed, 40), *now = drawn(life, &seed, 40);
        struct redline_piece *p = NULL;
        size_t count = 0;
        char *old = talloc_strdup(life, ""), *new = talloc_strdup(life, "");
        must(redline_words(was, now, life, &p, &count));
        for (size_t i = 0; i < count; i++) {
            assert_true(*p[i].text && (i == 0 || p[i].kind != p[i - 1].kind));
            old = p[i].kind == REDLINE_ADDED ? old : talloc_strdup_append(old, p[i].text);
            new = p[i].kind == REDLINE_REMOVED ? new : talloc_strdup_append(new, p[i].text);
        }
        assert_string_equal(old, was);
        assert_string_equal(new, now);
    }
}

static void long_texts_are_compared_within_bounds(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    char *was = talloc_zero_array(life, char, 30001), *now = talloc_zero_array(life, char, 30001);
    for (size_t i = 0; i < 10000; i++) {
        memcpy(was + 3 * i, "甲", 3);
        memcpy(now + 3 * i, "乙", 3);
    }
    struct redline_piece *p = NULL;
    size_t count = 0;
    must(redline_words(was, now, life, &p, &count));
    assert_int_equal(count, 2);
    assert_string_equal(p[0].text, was);
    assert_string_equal(p[1].text, now);
    memcpy(now, was, 30000);
    memcpy(now + 29997, "丙", 3);
    must(redline_words(was, now, life, &p, &count));
    assert_int_equal(count, 3);
    assert_string_equal(p[2].text, "丙");
}

static void lines_are_paired(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct redline_line was[] = {{"p", "第一段没有变化。", 0},
                                       {"p", "对本决定不服的，可以自收到之日起六个月内起诉。", 0},
                                       {"clause", "remedies", 0},
                                       {"p", "特此告知。", 0}};
    const struct redline_line now[] = {{"h1", "标题", 0},
                                       {"p", "第一段没有变化。", 0},
                                       {"p", "对本决定不服的，可以自收到之日起三个月内起诉。", 0},
                                       {"p", "特此告知。", 1}};
    struct redline_pair *pairs = NULL;
    size_t count = 0;
    must(redline_lines(was, 4, now, 4, life, &pairs, &count));
    static const struct redline_pair WANTED[] = {
        {-1, 0, false}, {0, 1, false}, {1, 2, true}, {2, -1, false}, {3, 3, true}};
    assert_int_equal(count, 5);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pairs[i].was, WANTED[i].was);
        assert_int_equal(pairs[i].now, WANTED[i].now);
        assert_int_equal(pairs[i].changed, WANTED[i].changed);
    }
}

/* A text of which every line has changed is still read line by line: each beside what became of it. */
static void a_text_that_changed_throughout_is_paired(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    enum { LINES = 150 };
    struct redline_line was[LINES], now[LINES + 1];
    for (int i = 0; i < LINES; i++) {
        const char *own = talloc_asprintf(life, "%04d", i * 7919 % 10000);
        was[i] = (struct redline_line){"p", talloc_asprintf(life, "第%s项，旧", own), 0};
        now[i + 1] = (struct redline_line){"p", talloc_asprintf(life, "第%s项，新", own), 0};
    }
    now[0] = (struct redline_line){"p", "另外加写的一段文字，与下面各段都不相像。", 0};
    struct redline_pair *pairs = NULL;
    size_t count = 0;
    must(redline_lines(was, LINES, now, LINES + 1, life, &pairs, &count));
    assert_int_equal(count, LINES + 1);
    assert_int_equal(pairs[0].was, -1);
    for (int i = 0; i < LINES; i++) {
        assert_int_equal(pairs[i + 1].was, i);
        assert_int_equal(pairs[i + 1].now, i + 1);
        assert_true(pairs[i + 1].changed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_compared_by_characters),
        cmocka_unit_test(both_texts_are_in_what_is_shown),
        cmocka_unit_test(long_texts_are_compared_within_bounds),
        cmocka_unit_test(lines_are_paired),
        cmocka_unit_test(a_text_that_changed_throughout_is_paired),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
