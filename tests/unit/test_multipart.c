/* test_multipart.c - bodies taken apart: every file of tests/corpora/multipart, and every cut and every
 * changed byte of the good ones. A folder named after a fault code holds what must give that fault. */
#include "form.h"
#include "wire_memory.h"

static const char TYPE[] = "multipart/form-data; boundary=X";

/* The parser must not read past the end: the bytes are copied to memory of exactly that size. */
static const struct fault *parse(TALLOC_CTX *life, const char *bytes, size_t length, struct parts *out)
{
    char *exact = talloc_memdup(life, bytes, length ? length : 1);
    assert_non_null(exact);
    return parts_multipart(life, TYPE, exact, length, out);
}

static void good(const char *folder, const char *name, const char *bytes, size_t length)
{
    SCOPED_LIFE(life);
    struct parts parts;
    char *wanted;
    size_t n;
    must(parse(life, bytes, length, &parts));
    struct text *t = text_new(life, 100000);
    for (size_t i = 0; i < parts.count; i++)
        text_printf(t, "%s|%s|%zu\n", parts.items[i].name,
                    parts.items[i].filename ? parts.items[i].filename : "-", parts.items[i].length);
    const char *got;
    must(text_end(t, &got, NULL));
    must(share_read(life,
                    talloc_asprintf(life, "tests/corpora/%s/%.*s.parts", folder, (int)strlen(name) - 5, name),
                    100000, &wanted, &n));
    assert_string_equal(got, wanted);
}

static void refused(const char *folder, const char *name, const char *bytes, size_t length)
{
    SCOPED_LIFE(life);
    struct parts parts;
    const struct fault *f = parse(life, bytes, length, &parts);
    if (!f)
        print_error("%s/%s\n", folder, name);
    must_fail(f, strchr(folder, '/') + 1);
}

/* Wherever the line breaks off, it is noticed: no part is taken for whole that was not. */
static void cut_anywhere(const char *folder, const char *name, const char *bytes, size_t length)
{
    (void)folder;
    (void)name;
    const char *last = strstr(bytes, "--X--");
    size_t whole = last ? (size_t)(last - bytes) + 5 : length;
    for (size_t cut = 0; cut < whole && memchr(bytes, 0, length) == NULL; cut++) {
        SCOPED_LIFE(life);
        struct parts parts;
        must_fail(parse(life, bytes, cut, &parts), "BODY_BROKEN");
    }
}

/* Any byte may be any other: a fault or parts that lie within the body, never more. */
static void changed_anywhere(const char *folder, const char *name, const char *bytes, size_t length)
{
    static const unsigned char OTHERS[] = {0, '\r', '\n', '"', '-', ';', 0xFF};
    (void)folder;
    (void)name;
    for (size_t at = 0; at < length; at++)
        for (size_t o = 0; o < sizeof OTHERS; o++) {
            SCOPED_LIFE(life);
            struct parts parts;
            char *copy = talloc_memdup(life, bytes, length);
            copy[at] = (char)OTHERS[o];
            if (parts_multipart(life, TYPE, copy, length, &parts))
                continue;
            for (size_t i = 0; i < parts.count; i++) {
                const char *from = (const char *)parts.items[i].bytes;
                assert_true(from >= copy && parts.items[i].length <= length - (size_t)(from - copy));
            }
        }
}

static void good_bodies_come_apart(void **state)
{
    (void)state;
    assert_true(each_file("multipart/good", ".body", good) >= 15);
}

static void malformed_bodies_are_refused(void **state)
{
    (void)state;
    assert_true(each_file("multipart/BODY_MALFORMED", ".body", refused) >= 15);
}

static void interrupted_bodies_are_refused(void **state)
{
    (void)state;
    assert_true(each_file("multipart/BODY_BROKEN", ".body", refused) >= 9);
    each_file("multipart/good", ".body", cut_anywhere);
}

static void a_changed_byte_never_leads_astray(void **state)
{
    (void)state;
    each_file("multipart/good", ".body", changed_anywhere);
}

static void boundaries_are_checked(void **state)
{
    static const char *const WRONG[] = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; "
        "boundary=012345678901234567890123456789012345678901234567890123456789012345678901",
        "multipart/form-data; boundary=a\x01z",
        NULL};
    SCOPED_LIFE(life);
    struct parts parts;
    (void)state;
    for (size_t i = 0; WRONG[i]; i++)
        must_fail(parts_multipart(life, WRONG[i], "--X--", 5, &parts), "BODY_MALFORMED");
    must(parts_multipart(life, "multipart/form-data; charset=utf-8; boundary=\"X\"", "--X--", 5, &parts));
    must_fail(parts_multipart(life, NULL, "--X--", 5, &parts), "BODY_MALFORMED");
}

static void urlencoded_comes_apart(void **state)
{
    SCOPED_LIFE(life);
    struct parts parts;
    (void)state;
    static const char BODY[] = "a=1&b=%E4%BA%8C+x&&c&d=&=nameless";
    must_fail(parts_urlencoded(life, BODY, sizeof BODY - 1, &parts), "BODY_MALFORMED");
    must(parts_urlencoded(life, BODY, sizeof BODY - 1 - 10, &parts));
    assert_int_equal(parts.count, 4);
    assert_string_equal((const char *)parts.items[1].bytes, "二 x");
    assert_string_equal(parts.items[2].name, "c");
    assert_int_equal(parts.items[2].length, 0);
    must_fail(parts_urlencoded(life, "a=%", 3, &parts), "BODY_MALFORMED");
    must_fail(parts_urlencoded(life, "a=%4", 4, &parts), "BODY_MALFORMED");
    must_fail(parts_urlencoded(life, "a=%gg", 5, &parts), "BODY_MALFORMED");
    must_fail(parts_urlencoded(life, "a=%00", 5, &parts), "BODY_MALFORMED");
    struct text *t = text_new(life, 10000);
    for (int i = 0; i <= PARTS_MAX; i++)
        text_printf(t, "p%d=&", i);
    const char *many;
    size_t n;
    must(text_end(t, &many, &n));
    must_fail(parts_urlencoded(life, many, n, &parts), "BODY_MALFORMED");
}

#define JSON_PARTS(life, text, parts) parts_json(life, text, strlen(text), parts)

static void json_comes_apart(void **state)
{
    SCOPED_LIFE(life);
    struct parts parts;
    (void)state;
    must(JSON_PARTS(life, "{\"a\":\"一\",\"n\":12,\"yes\":true,\"no\":false,\"nil\":null}", &parts));
    assert_int_equal(parts.count, 3);
    assert_string_equal((const char *)parts.items[1].bytes, "12");
    assert_string_equal((const char *)parts.items[2].bytes, "true");
    must(JSON_PARTS(life, "{\"f\":{\"name\":\"a.pdf\",\"type\":\"application/pdf\",\"base64\":\"JVBERg==\"}}",
                    &parts));
    assert_int_equal(parts.items[0].length, 4);
    assert_memory_equal(parts.items[0].bytes, "%PDF", 4);
    static const char *const WRONG[] = {"",
                                        "[]",
                                        "\"a\"",
                                        "{\"a\":[1]}",
                                        "{\"a\":1.5}",
                                        "{\"a\":1",
                                        "{\"a\":1}x",
                                        "{\"a\":1,\"a\":2}",
                                        "{\"\":1}",
                                        "{\"f\":{}}",
                                        "{\"f\":{\"name\":\"a\",\"base64\":\"***\"}}",
                                        "{\"a\":\"\\u0000\"}",
                                        "{\"a\":\"\xff\"}",
                                        NULL};
    for (size_t i = 0; WRONG[i]; i++)
        must_fail(JSON_PARTS(life, WRONG[i], &parts), "BODY_MALFORMED");
    char *deep = talloc_zero_size(life, 100001);
    memset(deep, '[', 100000);
    must_fail(parts_json(life, deep, 100000, &parts), "BODY_MALFORMED");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_bodies_come_apart),
        cmocka_unit_test(malformed_bodies_are_refused),
        cmocka_unit_test(interrupted_bodies_are_refused),
        cmocka_unit_test(a_changed_byte_never_leads_astray),
        cmocka_unit_test(boundaries_are_checked),
        cmocka_unit_test(urlencoded_comes_apart),
        cmocka_unit_test(json_comes_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
