/* Codes for verifying: every bit counts, and what people make of them when they copy them is still the code.
 */
#include <string.h>
#include "cmocka_all.h"
#include "verify_code.h"

static void every_bit_shows(void **state)
{
    (void)state;
    uint8_t random[VERIFY_CODE_RANDOM] = {0};
    char seen[81][VERIFY_CODE_TEXT];
    verify_code_write(random, seen[80]);
    assert_string_equal(seen[80], "0000-0000-0000-0000");
    for (int bit = 0; bit < 80; bit++) {
        memset(random, 0, sizeof random);
        random[bit / 8] = (uint8_t)(1 << bit % 8);
        verify_code_write(random, seen[bit]);
        for (int other = 0; other < bit; other++)
            assert_string_not_equal(seen[bit], seen[other]);
        assert_string_not_equal(seen[bit], seen[80]);
    }
    memset(random, 0xff, sizeof random);
    verify_code_write(random, seen[0]);
    assert_string_equal(seen[0], "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
    /* the alphabet in its order, by hand: 0, 1, 2 … 15 in five bits each */
    static const uint8_t ORDER[] = {0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf};
    verify_code_write(ORDER, seen[0]);
    assert_string_equal(seen[0], "0123-4567-89AB-CDEF");
}

static void what_is_typed_is_read_kindly(void **state)
{
    (void)state;
    static const char *const SAME[] = {"7K3M-9QXR-01CD-WFGH", "7k3m9qxrO1cdwfgh", " 7K3M 9QXR oLCD WFGH ",
                                       "7K3M-9QXR-OICD-WFGH"};
    static const char *const NONE[] = {"",
                                       "-",
                                       "7K3M-9QXR-01CD-WFG",
                                       "7K3M-9QXR-01CD-WFGHJ",
                                       "7K3M-9QXR-01CD-WFGU",
                                       "7K3M-9QXR-01CD-WFG!",
                                       "7K3M-9QXR-01CD-WFG\xe4\xb8\x80",
                                       "7K3M_9QXR_01CD_WFGH"};
    char out[VERIFY_CODE_TEXT];
    for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++) {
        assert_true(verify_code_read(SAME[i], out));
        assert_string_equal(out, "7K3M-9QXR-01CD-WFGH");
    }
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++)
        assert_false(verify_code_read(NONE[i], out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_shows),
        cmocka_unit_test(what_is_typed_is_read_kindly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
