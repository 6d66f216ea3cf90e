/* Answers of a timestamp authority, timestamps beside files, and signatures by SM2, from anybody: read and
 * judged. With no root given, nothing is ever to be trusted. */
#include "fuzz.h"
#include "stamp.h"
#include "verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED_LIFE(life);
    static const uint8_t IMPRINT[STAMP_IMPRINT] = {1, 2, 3}, NONCE[STAMP_NONCE] = {0x81, 2, 3, 4, 5, 6, 7, 8};
    const struct seal_file file = {data, size}, content = {(const uint8_t *)"content", 7};
    const struct verify_policy policy = {.now = 1795334400, .at = VERIFY_AT_SIGNING};
    const struct stamp_rules rules = {.roots = NULL};
    const struct verify_report *report = NULL;
    struct stamp stamp = {0};
    must_be(stamp_answer(file, IMPRINT, NONCE, &rules, 1795334400, &stamp, life) != NULL);
    must_be(stamp_judge(file, IMPRINT, &rules, &stamp, life) != NULL);
    const struct fault *f = verify_stamp(file, content, &policy, &report, life);
    must_be(f || (report && !verify_perfect(report)));
    report = NULL;
    f = verify_cms(file, content, &policy, &report, life);
    must_be(f || (report && !verify_perfect(report)));
    return 0;
}
