/* Dossiers for clock-explain, from bytes to lines of JSON; and calendars. */
#include "calendar.h"
#include "explain.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED_LIFE(life);
    json_t *input = NULL;
    const struct calendar *c = NULL;
    const struct calendar_source source = {.name = "fuzz.csv", .bytes = (const char *)data, .length = size};
    const struct fault *f = calendar_read(life, "fuzz", &source, 1, CIVIL_NONE, &c);
    must_be(f || c);
    if (size > 20000 || json_read(life, "fuzz.json", (const char *)data, size, &input))
        return 0;
    const struct explain_options options = {.days = size % 2};
    char *out = NULL;
    size_t written = 0;
    FILE *to = open_memstream(&out, &written);
    must_be(to);
    f = explain_dossiers("fuzz.json", input, &options, to, life);
    fclose(to);
    must_be(!f || written == 0); /* all or nothing */
    free(out);
    return 0;
}
