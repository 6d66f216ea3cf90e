/* Packages: the same bytes every time, and nothing odd gets in. */
#include <stdlib.h>
#include <string.h>
#include "cmocka_all.h"
#include "life.h"
#include "package.h"

static const uint8_t *bytes_of(struct package *p, TALLOC_CTX *life, size_t *length)
{
    const uint8_t *bytes = NULL;
    assert_null(package_write(p, life, &bytes, length));
    return bytes;
}

/* A small package; its entries are stored, so that a test can change its bytes in place. */
static uint8_t *sample(TALLOC_CTX *life, size_t *length)
{
    struct package *p = package_new(life);
    assert_null(package_add(p, "mimetype", "application/x-test", 18, PACKAGE_STORED));
    assert_null(package_add(p, "one.xml", "<one/>", 6, PACKAGE_STORED));
    assert_null(package_add(p, "two.xml", "<two/>", 6, PACKAGE_STORED));
    const uint8_t *bytes = bytes_of(p, life, length);
    return talloc_memdup(life, bytes, *length);
}

static const struct fault *reads(const void *bytes, size_t length, struct package **p, TALLOC_CTX *life)
{
    return package_read(life, bytes, length, &PACKAGE_LIMITS, p);
}

static void refused(const void *bytes, size_t length, const char *code, TALLOC_CTX *life)
{
    struct package *p = NULL;
    const struct fault *f = reads(bytes, length, &p, life);
    assert_non_null(f);
    assert_string_equal(f->code, code);
    assert_int_equal(f->kind, FAULT_INPUT);
    assert_null(p);
}

static uint8_t *find(uint8_t *bytes, size_t length, const char *what)
{
    for (size_t i = 0; i + strlen(what) <= length; i++)
        if (memcmp(bytes + i, what, strlen(what)) == 0)
            return bytes + i;
    return NULL;
}

/* Changes every place where `from` stands to `to`, of the same length. */
static int replace(uint8_t *bytes, size_t length, const char *from, const char *to)
{
    int n = 0;
    for (uint8_t *at; (at = find(bytes, length, from)); n++)
        memcpy(at, to, strlen(to));
    return n;
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    char *large = talloc_array(life, char, 300000);
    for (int i = 0; i < 300000; i++)
        large[i] = (char)('a' + i % 1000 * (i % 1000) % 23);
    struct package *p = package_new(life), *again = NULL;
    assert_null(package_add(p, "mimetype", "text/plain", 10, PACKAGE_STORED));
    assert_null(package_add(p, "folder/large.xml", large, 300000, PACKAGE_DEFLATED));
    assert_null(package_add(p, "empty.bin", NULL, 0, PACKAGE_DEFLATED));
    size_t length, length2;
    const uint8_t *bytes = bytes_of(p, life, &length);
    assert_true(length < 100000);
    assert_null(reads(bytes, length, &again, life));
    assert_null(again->unsound);
    assert_int_equal(again->count, 3);
    assert_string_equal(again->entries[0].name, "mimetype");
    assert_int_equal(again->entries[0].method, PACKAGE_STORED);
    const struct package_entry *e = package_find(again, "folder/large.xml");
    assert_non_null(e);
    assert_int_equal(e->size, 300000);
    assert_memory_equal(e->data, large, 300000);
    assert_int_equal(e->data[e->size], 0);
    assert_null(package_find(again, "FOLDER/large.xml"));
    const uint8_t *rewritten = bytes_of(again, life, &length2);
    assert_int_equal(length, length2);
    assert_memory_equal(bytes, rewritten, length);
}

static void no_time_zone_and_no_clock_is_in_the_bytes(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    size_t a_length, b_length;
    setenv("TZ", "Asia/Shanghai", 1);
    uint8_t *a = sample(life, &a_length);
    setenv("TZ", "America/Los_Angeles", 1);
    uint8_t *b = sample(life, &b_length);
    unsetenv("TZ");
    assert_int_equal(a_length, b_length);
    assert_memory_equal(a, b, a_length);
    assert_memory_equal(a + 10, "\0\0\x21\0", 4); /* 1980-01-01 00:00 */
    assert_memory_equal(a + 26, "\x08\0\0\0", 4); /* a name of 8 bytes, no extra field */
    assert_memory_equal(a + 30, "mimetypeapplication/x-test", 26);
}

static void put_replaces_in_place(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct package *p = package_new(life);
    assert_null(package_add(p, "a", "1", 1, PACKAGE_STORED));
    assert_null(package_add(p, "b", "2", 1, PACKAGE_STORED));
    assert_null(package_put(p, "a", "three", 5, PACKAGE_DEFLATED));
    assert_null(package_put(p, "c", "4", 1, PACKAGE_DEFLATED));
    assert_int_equal(p->count, 3);
    assert_string_equal(p->entries[0].name, "a");
    assert_int_equal(p->entries[0].size, 5);
    assert_int_equal(p->entries[0].method, PACKAGE_DEFLATED);
    assert_string_equal(p->entries[2].name, "c");
}

/* What is remembered between packages changes none of their bytes. */
static void constant_parts_are_packed_like_others(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *key = "style 7";
    char *text = talloc_array(life, char, 5000);
    for (size_t i = 0; i < 5000; i++)
        text[i] = (char)('a' + i * i % 13);
    struct package *plain = package_new(life);
    assert_null(package_add(plain, "styles.xml", text, 5000, PACKAGE_DEFLATED));
    size_t length, other;
    const uint8_t *expected = bytes_of(plain, life, &length);
    assert_false(package_again(package_new(life), "styles.xml", key, 7));
    for (int i = 0; i < 3; i++) {
        struct package *p = package_new(life);
        if (!package_again(p, "styles.xml", key, 7)) {
            assert_int_equal(i, 0);
            assert_null(package_keep(p, "styles.xml", key, 7, text, 5000));
        }
        assert_memory_equal(bytes_of(p, life, &other), expected, length);
        assert_int_equal(other, length);
    }
    memset(text, 'x', 5000); /* it was copied; and another key is another part */
    assert_false(package_again(package_new(life), "styles.xml", "style 8", 7));
    assert_false(package_again(package_new(life), "other.xml", key, 7));
    struct package *p = package_new(life);
    assert_true(package_again(p, "styles.xml", key, 7));
    assert_memory_equal(bytes_of(p, life, &other), expected, length);
}

/* The stream of a deflated entry ends before the entry does: something could hide there. */
static void bytes_after_a_stream_are_found(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct package *p = package_new(life), *read = NULL;
    assert_null(package_add(p, "a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", 28, PACKAGE_DEFLATED));
    (void)bytes_of(p, life, &(size_t){0});
    uint8_t *more = talloc_zero_array(life, uint8_t, p->entries[0].packed_size + 3);
    memcpy(more, p->entries[0].packed, p->entries[0].packed_size);
    p->entries[0].packed = more;
    p->entries[0].packed_size += 3;
    size_t length;
    const uint8_t *bytes = bytes_of(p, life, &length);
    const struct fault *f = package_read(life, bytes, length, &PACKAGE_LIMITS, &read);
    assert_non_null(f);
    assert_string_equal(f->code, "PACKAGE_BROKEN");
}

static void unsafe_names_are_refused(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"",     "/a",  "a/",   "../a", "a/../b", "a/..", "./a", "a//b",
                                        "a\\b", "c:a", "a\nb", "a b",  "名.xml", ".",    "..",  "a/."};
    SCOPED_LIFE(life);
    struct package *p = package_new(life);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const struct fault *f = package_add(p, NAMES[i], "x", 1, PACKAGE_STORED);
        assert_non_null(f);
        assert_string_equal(f->code, "PACKAGE_NAME");
    }
    assert_null(package_add(p, "Content.xml", "x", 1, PACKAGE_STORED));
    assert_non_null(package_add(p, "Content.xml", "x", 1, PACKAGE_STORED));
    assert_non_null(package_add(p, "content.XML", "x", 1, PACKAGE_STORED));
}

static void a_second_entry_of_the_same_name_is_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    size_t length;
    uint8_t *bytes = sample(life, &length);
    assert_int_equal(replace(bytes, length, "two.xml", "one.xml"), 2);
    struct package *p = NULL;
    const struct fault *f = reads(bytes, length, &p, life);
    assert_non_null(f);
    assert_null(p);
}

static void a_name_that_climbs_is_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    size_t length;
    uint8_t *bytes = sample(life, &length);
    assert_int_equal(replace(bytes, length, "two.xml", "../a.sh"), 2);
    refused(bytes, length, "PACKAGE_NAME", life);
}

static void changed_bytes_are_found(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    size_t length;
    uint8_t *bytes = sample(life, &length);
    assert_int_equal(replace(bytes, length, "<two/>", "<tvo/>"), 1);
    refused(bytes, length, "PACKAGE_BROKEN", life);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    size_t length;
    uint8_t *bytes = sample(life, &length);
    for (size_t n = 0; n < length; n++)
        refused(bytes, n, "PACKAGE_BROKEN", life);
}

/* No change of one byte may crash; what is still read must say that it is not sound, or be the same package.
 */
static void every_changed_byte_is_survived(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    size_t length;
    uint8_t *bytes = sample(life, &length);
    for (size_t i = 0; i < length; i++)
        for (int bit = 0; bit < 8; bit++) {
            SCOPED_LIFE(scratch);
            struct package *p = NULL;
            bytes[i] = (uint8_t)(bytes[i] ^ (1 << bit));
            if (!reads(bytes, length, &p, scratch)) {
                assert_non_null(p);
                assert_true(p->count <= 3);
            }
            bytes[i] = (uint8_t)(bytes[i] ^ (1 << bit));
        }
}

static uint8_t *with(TALLOC_CTX *life, const uint8_t *bytes, size_t length, size_t at, const char *more)
{
    size_t n = strlen(more);
    uint8_t *out = talloc_array(life, uint8_t, length + n);
    memcpy(out, bytes, at);
    memcpy(out + at, more, n);
    memcpy(out + at + n, bytes + at, length - at);
    return out;
}

static void not_sound(const uint8_t *bytes, size_t length, TALLOC_CTX *life)
{
    struct package *p = NULL;
    const struct fault *f = reads(bytes, length, &p, life);
    assert_true(f != NULL || p->unsound != NULL);
}

static void bytes_before_between_and_after_are_found(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    size_t length;
    uint8_t *bytes = sample(life, &length);
    size_t directory = (size_t)(find(bytes, length, "PK\1\2") - bytes);
    not_sound(with(life, bytes, length, 0, "MZ"), length + 2, life);
    not_sound(with(life, bytes, length, length, "more"), length + 4, life);
    not_sound(with(life, bytes, length, directory, "hidden"), length + 6, life);
    /* the same with an end record that has been told */
    uint8_t *told = with(life, bytes, length, directory, "hidden");
    uint8_t *end = told + length + 6 - 22;
    end[16] = (uint8_t)(end[16] + 6);
    struct package *p = NULL;
    assert_null(reads(told, length + 6, &p, life));
    assert_string_equal(p->unsound, "there are bytes after the last entry");
    /* a comment after the end record */
    uint8_t *comment = with(life, bytes, length, length, "abc");
    comment[length - 2] = 3;
    p = NULL;
    assert_null(reads(comment, length + 3, &p, life));
    assert_non_null(p->unsound);
}

static void limits_hold(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    size_t length;
    uint8_t *bytes = sample(life, &length);
    const struct package_limits tight[] = {{2, 100, 100}, {3, 17, 100}, {3, 100, 29}, {3, 18, 30}};
    for (size_t i = 0; i < 4; i++) {
        struct package *p = NULL;
        const struct fault *f = package_read(life, bytes, length, &tight[i], &p);
        if (i == 3)
            assert_null(f);
        else
            assert_string_equal(f->code, "PACKAGE_TOO_LARGE");
    }
}

/* 20 MB of zeros in some 90 kB: judged before it is inflated. */
static void a_bomb_is_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct package *p = package_new(life), *read = NULL;
    uint8_t *zeros = talloc_zero_array(life, uint8_t, 20 << 20);
    assert_null(package_add(p, "zeros", zeros, 20 << 20, PACKAGE_DEFLATED));
    size_t length;
    const uint8_t *bytes = bytes_of(p, life, &length);
    assert_true(length < 100000);
    const struct package_limits limits = {10, 1 << 20, 4 << 20};
    const struct fault *f = package_read(life, bytes, length, &limits, &read);
    assert_string_equal(f->code, "PACKAGE_TOO_LARGE");
    /* one that lies about its size is found while it is inflated */
    uint8_t *liar = talloc_memdup(life, bytes, length);
    for (size_t i = 0; i + 4 <= length; i++)
        if (memcmp(liar + i, "\0\0\x40\x01", 4) == 0)
            memcpy(liar + i, "\0\x10\0\0", 4);
    f = package_read(life, liar, length, &limits, &read);
    assert_string_equal(f->code, "PACKAGE_BROKEN");
}

static void what_is_no_package_is_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char pdf[] = "%PDF-1.7 this is something else altogether, and long enough to be looked into";
    refused(pdf, sizeof pdf, "PACKAGE_BROKEN", life);
    refused("", 0, "PACKAGE_BROKEN", life);
    refused("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22, "PACKAGE_BROKEN", life);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(no_time_zone_and_no_clock_is_in_the_bytes),
        cmocka_unit_test(put_replaces_in_place),
        cmocka_unit_test(constant_parts_are_packed_like_others),
        cmocka_unit_test(bytes_after_a_stream_are_found),
        cmocka_unit_test(unsafe_names_are_refused),
        cmocka_unit_test(a_second_entry_of_the_same_name_is_refused),
        cmocka_unit_test(a_name_that_climbs_is_refused),
        cmocka_unit_test(changed_bytes_are_found),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_changed_byte_is_survived),
        cmocka_unit_test(bytes_before_between_and_after_are_found),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_bomb_is_refused),
        cmocka_unit_test(what_is_no_package_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
