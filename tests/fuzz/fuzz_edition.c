/* Editions and plain statecharts. */
#include "edition.h"
#include "fuzz.h"
#include "scxml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED_LIFE(life);
    const struct edition *e = NULL;
    const struct chart *chart = NULL;
    const struct fault *f = edition_read(life, "fuzz.scxml", (const char *)data, size, &e);
    must_be(f || (e && e->code && e->chart));
    must_be(!f || f->detail);
    f = chart_read_plain(life, "fuzz.scxml", (const char *)data, size, &chart);
    must_be(f || chart);
    return 0;
}
