/* Personal data at rest: what is encrypted opens in its place only, and commitments bind. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "crypt.h"
#include "life.h"

static const char HEX[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
static const char OTHER[] = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

static struct master_key *master(TALLOC_CTX *life, const char *hex)
{
    struct master_key *m = NULL;
    assert_null(crypt_master(life, hex, strlen(hex), &m));
    return m;
}

static struct data_key *data_key(TALLOC_CTX *life, const struct master_key *m)
{
    struct data_key *key;
    const uint8_t *wrapped;
    size_t length;
    assert_null(crypt_key_new(life, m, 1, 2026000000001, &key, &wrapped, &length));
    return key;
}

static void master_keys_are_64_digits(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct master_key *m;
    static const char *const BAD[] = {"", "00",
                                      "zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                                      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f00",
                                      "00 102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        const struct fault *f = crypt_master(life, BAD[i], strlen(BAD[i]), &m);
        assert_non_null(f);
        assert_string_equal(f->code, "MASTER_KEY");
        assert_null(strstr(f->detail, "0102")); /* the key is never told */
    }
    assert_non_null(crypt_master(life, "  \n", 3, &m));
    master(life, OTHER); /* a line end is no harm */
}

static void data_keys_open_in_their_dossier_only(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct master_key *m = master(life, HEX);
    struct data_key *key, *again;
    const uint8_t *wrapped;
    size_t length;
    assert_null(crypt_key_new(life, m, 1, 2026000000001, &key, &wrapped, &length));
    assert_null(crypt_key_open(life, m, 1, 2026000000001, wrapped, length, &again));
    struct sealed_text sealed;
    const struct crypt_place place = {1, 2026000000001, 1};
    assert_null(crypt_seal(life, key, place, "x", 1, &sealed));
    const char *plain;
    size_t n;
    assert_null(crypt_open(life, again, place, &sealed, &plain, &n));

    const struct master_key *other = master(life, OTHER);
    assert_string_equal(crypt_key_open(life, other, 1, 2026000000001, wrapped, length, &again)->code,
                        "KEY_UNWRAP");
    assert_string_equal(crypt_key_open(life, m, 2, 2026000000001, wrapped, length, &again)->code,
                        "KEY_UNWRAP");
    assert_string_equal(crypt_key_open(life, m, 1, 2026000000002, wrapped, length, &again)->code,
                        "KEY_UNWRAP");
    assert_string_equal(crypt_key_open(life, m, 1, 2026000000001, wrapped, length - 1, &again)->code,
                        "KEY_UNWRAP");
    assert_string_equal(crypt_key_open(life, m, 1, 2026000000001, wrapped, 0, &again)->code, "KEY_UNWRAP");
    uint8_t *bent = talloc_memdup(life, wrapped, length);
    for (size_t i = 0; i < length; i++) {
        bent[i] ^= 1;
        assert_non_null(crypt_key_open(life, m, 1, 2026000000001, bent, length, &again));
        bent[i] ^= 1;
    }
}

static void rows_come_back_whole(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct data_key *key = data_key(life, master(life, HEX));
    static const char *const TEXTS[] = {"", "张三", "关于2025年安全生产应急预案演练的评估报告\n第二行"};
    for (int32_t i = 0; i < 3; i++) {
        struct sealed_text sealed, twin;
        const char *plain;
        size_t length, n = strlen(TEXTS[i]);
        const struct crypt_place place = {1, 2026000000001, i + 1};
        assert_null(crypt_seal(life, key, place, TEXTS[i], n, &sealed));
        assert_null(crypt_seal(life, key, place, TEXTS[i], n, &twin));
        assert_memory_not_equal(sealed.commitment, twin.commitment, CRYPT_HASH); /* salted */
        assert_memory_not_equal(sealed.nonce, twin.nonce, CRYPT_NONCE);
        assert_null(crypt_open(life, key, place, &sealed, &plain, &length));
        assert_int_equal(length, n);
        assert_string_equal(plain, TEXTS[i]);
        assert_true(crypt_keeps(key, place, &sealed, sealed.commitment));
        assert_false(crypt_keeps(key, place, &sealed, twin.commitment));
    }
}

static void a_moved_or_bent_row_does_not_open(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct master_key *m = master(life, HEX);
    struct data_key *key = data_key(life, m), *stranger = data_key(life, m);
    struct sealed_text sealed;
    const struct crypt_place place = {1, 2026000000001, 3};
    const struct crypt_place elsewhere[] = {
        {2, 2026000000001, 3}, {1, 2026000000002, 3}, {1, 2026000000001, 4}};
    const char *plain;
    size_t length;
    assert_null(crypt_seal(life, key, place, "上海市浦东新区", 21, &sealed));
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(crypt_open(life, key, elsewhere[i], &sealed, &plain, &length)->code,
                            "CRYPT_OPEN");
    assert_string_equal(crypt_open(life, stranger, place, &sealed, &plain, &length)->code, "CRYPT_OPEN");
    uint8_t *bent = talloc_memdup(life, sealed.cipher, sealed.length);
    struct sealed_text other = sealed;
    other.cipher = bent;
    for (size_t i = 0; i < sealed.length; i++) {
        bent[i] ^= 0x80;
        assert_non_null(crypt_open(life, key, place, &other, &plain, &length));
        assert_false(crypt_keeps(key, place, &other, sealed.commitment));
        bent[i] ^= 0x80;
    }
    for (other.length = 0; other.length < sealed.length; other.length++)
        assert_non_null(crypt_open(life, key, place, &other, &plain, &length));
}

static void hashes_are_equal_for_equal_things_only(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct master_key *m = master(life, HEX);
    uint8_t a[CRYPT_HASH], b[CRYPT_HASH];
    crypt_hash(m, "id-number", "310101199001011234", a);
    crypt_hash(m, "id-number", "310101199001011234", b);
    assert_true(crypt_same(a, b, CRYPT_HASH));
    crypt_hash(m, "query-code", "310101199001011234", b);
    assert_false(crypt_same(a, b, CRYPT_HASH));
    crypt_hash(m, "id-numbe", "r310101199001011234", b);
    assert_false(crypt_same(a, b, CRYPT_HASH));
    crypt_hash(master(life, OTHER), "id-number", "310101199001011234", b);
    assert_false(crypt_same(a, b, CRYPT_HASH));
    /* FIPS 180-2, B.1 */
    static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea};
    crypt_sha256("abc", 3, a);
    assert_memory_equal(a, abc, sizeof abc);
}

static void codes_are_digits_and_differ(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    int seen[10] = {0};
    const char *last = "";
    for (int i = 0; i < 500; i++) {
        const char *code = crypt_code(life, 10);
        assert_int_equal(strlen(code), 10);
        assert_int_equal(strspn(code, "0123456789"), 10);
        assert_string_not_equal(code, last);
        last = code;
        for (int k = 0; k < 10; k++)
            seen[code[k] - '0']++;
    }
    for (int d = 0; d < 10; d++) /* 5000 digits: 500 each, within seven standard deviations */
        assert_in_range(seen[d], 350, 650);
}

static int64_t spent(const char *hash, const char *password, bool expected)
{
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(crypt_password_fits(hash, password), expected);
    clock_gettime(CLOCK_MONOTONIC, &to);
    return (to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000;
}

static void passwords_fit_or_do_not(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *hash = crypt_password(life, "明答-demo-1");
    assert_non_null(hash);
    assert_int_equal(strncmp(hash, "$argon2id$", 10), 0);
    assert_string_not_equal(hash, crypt_password(life, "明答-demo-1"));
    int64_t right = spent(hash, "明答-demo-1", true), wrong = spent(hash, "明答-demo-2", false);
    int64_t nobody = spent(NULL, "明答-demo-1", false);
    /* "no such account" must do the same work; a malformed hash would be told in microseconds */
    assert_true(nobody * 4 > right && nobody * 4 > wrong);
    assert_false(crypt_password_fits("not a hash", "x"));
    assert_false(crypt_password_fits(hash, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(master_keys_are_64_digits),
        cmocka_unit_test(data_keys_open_in_their_dossier_only),
        cmocka_unit_test(rows_come_back_whole),
        cmocka_unit_test(a_moved_or_bent_row_does_not_open),
        cmocka_unit_test(hashes_are_equal_for_equal_things_only),
        cmocka_unit_test(codes_are_digits_and_differ),
        cmocka_unit_test(passwords_fit_or_do_not),
    };
    return cmocka_run_group_tests_name("crypt", tests, NULL, NULL);
}
