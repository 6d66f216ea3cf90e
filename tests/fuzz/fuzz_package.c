/* Packages as strangers upload them: read, and verified. Nothing but a signature is ever valid. */
#include "fuzz.h"
#include "package.h"
#include "verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED_LIFE(life);
    const struct seal_file file = {data, size}, content = {(const uint8_t *)"content", 7};
    const struct verify_policy policy = {.now = 1772413200, .at = VERIFY_AT_SIGNING};
    const struct verify_report *report = NULL;
    struct package *p = NULL;
    const struct fault *f = package_read(life, data, size, &PACKAGE_LIMITS, &p);
    must_be(f || p);
    f = verify_package(file, &policy, &report, life);
    must_be(f || (report && !verify_perfect(report)));
    report = NULL;
    f = verify_cms(file, content, &policy, &report, life);
    must_be(f || (report && !verify_perfect(report)));
    return 0;
}
