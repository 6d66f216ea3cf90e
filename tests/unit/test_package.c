/* Packages: the same bytes every time, and nothing odd gets in. */
#include <stdlib.h>
#include <string.h>
#include "cmocka_all.h"
#include "life.h"
#include "package.h"
#include "text.h"
#include "zip_faces.h"

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

/* No change of one bit may crash, and what is read in spite of it is to libzip the same package. */
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
                assert_int_equal(p->count, 3);
                assert_true(libzip_agrees(scratch, (struct seal_file){bytes, length}, p));
            }
            bytes[i] = (uint8_t)(bytes[i] ^ (1 << bit));
        }
}

/* One to four fields that say something else, often in both places. What is read in spite of it is to libzip
 * the same package, and written again it is sound. MINGDA_SEEDS asks for more than 20,000. */
static void whatever_is_read_is_the_same_to_another_reader(void **state)
{
    (void)state;
    static const uint8_t VALUES[] = {0, 1, 2, 6, 8, 0x10, 0x14, 0x20, 0x4b, 0x50, 0x80, 0xa1, 0xff};
    static const size_t LOCALS[] = {0, 56, 99}, CENTRALS[] = {142, 196, 249}, END_RECORD = 302;
    SCOPED_LIFE(life);
    size_t length;
    int64_t seeds = 20000, read = 0;
    const char *asked = getenv("MINGDA_SEEDS");
    assert_true(!asked || text_to_int(asked, 1, 1000000000, &seeds));
    const uint8_t *bytes = sample(life, &length);
    uint64_t random = 20261123;
    for (int64_t seed = 0; seed < seeds; seed++) {
        SCOPED_LIFE(once);
        uint8_t *copy = talloc_memdup(once, bytes, length);
        for (int n = 1 + (int)(seed % 4); n > 0; n--) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            size_t entry = (size_t)(random >> 60) % 3, field = (size_t)(random >> 50) % 46;
            uint8_t value =
                (random >> 33) % 2 ? VALUES[(random >> 34) % sizeof VALUES] : (uint8_t)(random >> 40);
            size_t where = (size_t)(random >> 56) % 8;
            if (where == 0)
                copy[END_RECORD + field % 22] = value;
            if (where == 1 || (where >= 4 && field >= 6 && field < 32))
                copy[LOCALS[entry] + (where == 1 ? field % 30 : field - 2)] = value;
            if (where >= 2)
                copy[CENTRALS[entry] + field] = value;
        }
        struct package *p = NULL;
        if (reads(copy, length, &p, once))
            continue;
        read++;
        size_t again = 0;
        const uint8_t *rewritten = bytes_of(p, once, &again);
        struct package *q = NULL;
        if (!libzip_agrees(once, (struct seal_file){copy, length}, p) || reads(rewritten, again, &q, once)) {
            print_error("seed %lld\n", (long long)seed);
            fail();
        }
    }
    print_message("%lld of %lld changed packages were read, and by libzip alike\n", (long long)read,
                  (long long)seeds);
    assert_true(read > seeds / 50);
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

static void bytes_before_between_and_after_are_found(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    size_t length;
    uint8_t *bytes = sample(life, &length);
    size_t directory = (size_t)(find(bytes, length, "PK\1\2") - bytes);
    refused(with(life, bytes, length, 0, "MZ"), length + 2, "PACKAGE_UNSOUND", life);
    refused(with(life, bytes, length, length, "more"), length + 4, "PACKAGE_UNSOUND", life);
    refused(with(life, bytes, length, length, "m"), length + 1, "PACKAGE_UNSOUND", life);
    refused(with(life, bytes, length, directory, "hidden"), length + 6, "PACKAGE_UNSOUND", life);
    /* the same with an end record that has been told */
    uint8_t *told = with(life, bytes, length, directory, "hidden");
    uint8_t *end = told + length + 6 - 22;
    end[16] = (uint8_t)(end[16] + 6);
    refused(told, length + 6, "PACKAGE_UNSOUND", life);
    /* a comment after the end record */
    uint8_t *comment = with(life, bytes, length, length, "abc");
    comment[length - 2] = 3;
    refused(comment, length + 3, "PACKAGE_UNSOUND", life);
}

/* One field of the last entry, or of the end record, says something else. */
enum record { LOCAL = 1, CENTRAL = 2, BOTH = 3, END = 4 };
struct patch {
    const char *what;
    enum record record;
    size_t at; /* in the record; of BOTH: in that of the directory */
    int size;
    uint32_t value;
};

static void put_number(uint8_t *at, int size, uint32_t value)
{
    for (int i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static uint8_t *patched(TALLOC_CTX *life, const struct patch *p, size_t *length)
{
    uint8_t *bytes = sample(life, length), *local = bytes + 99, *central = bytes + 249, *end = bytes + 302;
    assert_memory_equal(local, "PK\3\4", 4);
    assert_memory_equal(central, "PK\1\2", 4);
    assert_memory_equal(end, "PK\5\6", 4);
    if (p->record & LOCAL)
        put_number(local + p->at - (p->record == BOTH ? 2 : 0), p->size, p->value);
    if (p->record & CENTRAL)
        put_number(central + p->at, p->size, p->value);
    if (p->record == END)
        put_number(end + p->at, p->size, p->value);
    return bytes;
}

static void what_readers_take_differently_is_refused(void **state)
{
    (void)state;
    static const struct patch PATCHES[] = {
        {"encrypted", BOTH, 8, 2, 1},
        {"strongly encrypted", BOTH, 8, 2, 0x41},
        {"a patch of another file", BOTH, 8, 2, 0x20},
        {"masked headers", BOTH, 8, 2, 0x2000},
        {"a stored entry whose length follows", BOTH, 8, 2, 8},
        {"packed by bzip2", BOTH, 10, 2, 12},
        {"deflated, says the directory", CENTRAL, 10, 2, 8},
        {"deflated, says the entry", LOCAL, 8, 2, 8},
        {"another time", CENTRAL, 12, 2, 7},
        {"another checksum in the directory", CENTRAL, 16, 4, 7},
        {"another checksum in the entry", LOCAL, 14, 4, 7},
        {"another length in the entry", LOCAL, 22, 4, 5},
        {"no length in the entry", LOCAL, 22, 4, 0},
        {"another packed length in the entry", LOCAL, 18, 4, 5},
        {"packed shorter than it is", BOTH, 20, 4, 5},
        {"packed longer than it is", BOTH, 20, 4, 7},
        {"lengths by ZIP64", BOTH, 20, 4, 0xffffffff},
        {"another length of the name", LOCAL, 26, 2, 6},
        {"a longer name", CENTRAL, 28, 2, 8},
        {"a name beyond the file", BOTH, 28, 2, 0xffff},
        {"an extra field in the entry", LOCAL, 28, 2, 6},
        {"an extra field beyond the file", LOCAL, 28, 2, 0xffff},
        {"an extra field in the directory", CENTRAL, 30, 2, 4},
        {"a comment", CENTRAL, 32, 2, 4},
        {"another disk", CENTRAL, 34, 2, 1},
        {"a link", CENTRAL, 38, 4, 0xa1ff0000},
        {"a folder, says Unix", CENTRAL, 38, 4, 0x41ed0000},
        {"a folder, says DOS", CENTRAL, 38, 4, 0x10},
        {"a disk's label", CENTRAL, 38, 4, 8},
        {"the entry before", CENTRAL, 42, 4, 56},
        {"the place by ZIP64", CENTRAL, 42, 4, 0xffffffff},
        {"no local header", LOCAL, 0, 1, 'Q'},
        {"no record", CENTRAL, 3, 1, 7},
        {"disk 1", END, 4, 2, 1},
        {"the directory on disk 1", END, 6, 2, 1},
        {"fewer here than in all", END, 8, 2, 2},
        {"more in all than here", END, 10, 2, 4},
        {"fewer than there are", END, 8, 4, 0x00020002},
        {"more than there are", END, 8, 4, 0x00040004},
        {"as many as ZIP64 says", END, 8, 4, 0xffffffff},
        {"a shorter directory", END, 12, 4, 107},
        {"an earlier directory", END, 16, 4, 99},
        {"a directory by ZIP64", END, 16, 4, 0xffffffff},
        {"a comment of the file", END, 20, 2, 1},
    };
    for (size_t i = 0; i < sizeof PATCHES / sizeof *PATCHES; i++) {
        SCOPED_LIFE(life);
        size_t length;
        struct package *p = NULL;
        uint8_t *bytes = patched(life, &PATCHES[i], &length);
        const struct fault *f = reads(bytes, length, &p, life);
        bool counted = PATCHES[i].value == 0xffffffff && PATCHES[i].at == 8; /* 65535 entries */
        if (!f || strcmp(f->code, counted ? "PACKAGE_TOO_LARGE" : "PACKAGE_UNSOUND") != 0)
            print_error("%s: %s\n", PATCHES[i].what, f ? f->code : "read");
        assert_non_null(f);
        assert_string_equal(f->code, counted ? "PACKAGE_TOO_LARGE" : "PACKAGE_UNSOUND");
        assert_null(p);
    }
}

/* What other programs write and all understand alike. */
static void what_makes_no_difference_is_read(void **state)
{
    (void)state;
    static const struct patch PATCHES[] = {
        {"an old version needed", BOTH, 6, 2, 10},
        {"UTF-8 names", BOTH, 8, 2, 0x0800},
        {"how hard it was packed", BOTH, 8, 2, 6},
        {"another time", BOTH, 12, 4, 0x5a6b4c3d},
        {"text, says who wrote it", CENTRAL, 36, 2, 1},
        {"a plain file of Unix", CENTRAL, 38, 4, 0x81a40000},
        {"an archived file of DOS", CENTRAL, 38, 4, 0x20},
    };
    for (size_t i = 0; i < sizeof PATCHES / sizeof *PATCHES; i++) {
        SCOPED_LIFE(life);
        size_t length;
        struct package *p = NULL;
        uint8_t *bytes = patched(life, &PATCHES[i], &length);
        const struct fault *f = reads(bytes, length, &p, life);
        if (f)
            print_error("%s: %s %s\n", PATCHES[i].what, f->code, f->detail);
        assert_null(f);
        assert_int_equal(p->count, 3);
        assert_memory_equal(package_find(p, "two.xml")->data, "<two/>", 7);
        assert_true(libzip_agrees(life, (struct seal_file){bytes, length}, p));
    }
}

/* One deflated entry as a program writes it that cannot go back, and with Word's room to grow. `skip` leaves
 * so many bytes of what follows the data away. */
static struct raw_out streamed(TALLOC_CTX *life, uint32_t local_size, size_t padding, size_t skip)
{
    static const char TEXT[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const struct raw_entry whole = {"a.xml", (const uint8_t *)TEXT, sizeof TEXT - 1};
    struct package *p = package_new(life);
    assert_null(package_add(p, "a.xml", TEXT, sizeof TEXT - 1, PACKAGE_DEFLATED));
    (void)bytes_of(p, life, &(size_t){0});
    const struct raw_entry packed = {"a.xml", p->entries[0].packed, p->entries[0].packed_size};
    uint8_t extra[40] = {0x20, 0xA2, (uint8_t)(padding - 4)};
    struct raw_out out = {talloc_zero_array(life, uint8_t, 1000), 0};
    raw_local(&out, &packed, extra, padding);
    put_number(out.bytes + 6, 4, 0x00080008); /* sizes follow; deflated */
    put_number(out.bytes + 14, 4, 0);
    put_number(out.bytes + 18, 4, 0);
    put_number(out.bytes + 22, 4, local_size);
    raw_bytes(&out, "PK\7\10", 4);
    raw_number(&out, raw_crc(whole.data, whole.size), 4);
    raw_number(&out, packed.size, 4);
    raw_number(&out, whole.size, 4);
    out.length -= skip;
    size_t start = out.length;
    raw_central(&out, &whole, 0, "", 0);
    put_number(out.bytes + start + 8, 4, 0x00080008);
    put_number(out.bytes + start + 20, 4, (uint32_t)packed.size);
    raw_end(&out, 1, out.length - start, start, 0);
    return out;
}

static void streamed_and_padded_entries_are_read(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    for (size_t padding = 0; padding < 40; padding += 20) {
        struct package *p = NULL;
        struct raw_out file = streamed(life, 0, padding, 0);
        assert_null(reads(file.bytes, file.length, &p, life));
        assert_int_equal(p->entries[0].size, 36);
        assert_true(libzip_agrees(life, (struct seal_file){file.bytes, file.length}, p));
        file.bytes[29 + 5 + 1 + p->entries[0].packed_size + padding + 4] ^=
            1; /* what follows says otherwise */
        refused(file.bytes, file.length, "PACKAGE_UNSOUND", life);
        file = streamed(life, 7, padding, 0); /* the header too */
        refused(file.bytes, file.length, "PACKAGE_UNSOUND", life);
        file = streamed(life, 0, padding, 4); /* cut short */
        refused(file.bytes, file.length, "PACKAGE_UNSOUND", life);
    }
    struct raw_out file = streamed(life, 0, 20, 0);
    file.bytes[30 + 5] ^= 1; /* another kind of extra field */
    refused(file.bytes, file.length, "PACKAGE_UNSOUND", life);
    file = streamed(life, 0, 20, 0);
    file.bytes[30 + 5 + 2]--; /* a second one behind it */
    refused(file.bytes, file.length, "PACKAGE_UNSOUND", life);
}

/* libzip is one of the readers that would be misled: the faces are no straw men. */
static void a_file_with_two_faces_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < RAW_FACE_COUNT; i++) {
        SCOPED_LIFE(life);
        struct raw_zip zip = {.count = 0};
        struct seal_file found = {0};
        zip.entries[zip.count++] = raw_text("mimetype", "application/x-test");
        zip.entries[zip.count++] = raw_text("one.xml", "<one/>");
        zip.entries[zip.count++] = raw_text("two.xml", "<two/>");
        struct seal_file file = raw_two_faced(life, &RAW_FACES[i], &zip, raw_text("two.xml", "<lie/>"));
        bool misled = libzip_finds(life, file, "two.xml", &found) && memcmp(found.data, "<lie/>", 6) == 0;
        if (misled != RAW_FACES[i].misleads)
            print_error("%s: libzip is %smisled\n", RAW_FACES[i].name, misled ? "" : "not ");
        assert_int_equal(misled, RAW_FACES[i].misleads);
        refused(file.data, file.length, "PACKAGE_UNSOUND", life);
    }
}

/* A second directory by ZIP64 that has many more records than the first: whoever counts by one and walks by
 * the other reads beyond the file. */
static void more_records_than_the_directory_has_are_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct raw_zip many = {.count = 0};
    uint8_t field[8000];
    struct raw_out hidden = {field + 4, 0}, head = {field, 0}, out = {talloc_array(life, uint8_t, 20000), 0};
    for (size_t i = 0; i < RAW_ENTRIES; i++)
        many.entries[many.count++] = raw_text(talloc_asprintf(life, "b%zu", i), "x");
    struct seal_file inner = raw_write(life, &many);
    const struct raw_entry only = {"a", inner.data, inner.length};
    raw_local(&out, &only, "", 0);
    size_t start = out.length, base = start + 46 + 1 + 4;
    for (size_t i = 0, at = 31; i < RAW_ENTRIES; i++) {
        raw_central(&hidden, &many.entries[i], at, "", 0);
        at += 30 + strlen(many.entries[i].name) + 1;
    }
    face_zip64(&hidden, RAW_ENTRIES, base, base);
    raw_number(&head, 0x9999, 2);
    raw_number(&head, hidden.length, 2);
    raw_central(&out, &only, 0, field, hidden.length + 4);
    raw_end(&out, 1, out.length - start, start, 0);
    assert_int_equal(libzip_count((struct seal_file){out.bytes, out.length}), RAW_ENTRIES);
    refused(talloc_memdup(life, out.bytes, out.length), out.length, "PACKAGE_UNSOUND", life);
}

static void a_name_with_a_zero_byte_is_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    size_t length;
    uint8_t *bytes = sample(life, &length);
    for (uint8_t *at; (at = find(bytes, length, "two.xml"));)
        at[3] = 0;
    refused(bytes, length, "PACKAGE_NAME", life);
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
        cmocka_unit_test(whatever_is_read_is_the_same_to_another_reader),
        cmocka_unit_test(bytes_before_between_and_after_are_found),
        cmocka_unit_test(what_readers_take_differently_is_refused),
        cmocka_unit_test(what_makes_no_difference_is_read),
        cmocka_unit_test(streamed_and_padded_entries_are_read),
        cmocka_unit_test(a_file_with_two_faces_is_refused),
        cmocka_unit_test(more_records_than_the_directory_has_are_refused),
        cmocka_unit_test(a_name_with_a_zero_byte_is_refused),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_bomb_is_refused),
        cmocka_unit_test(what_is_no_package_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
