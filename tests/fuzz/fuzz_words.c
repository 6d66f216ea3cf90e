/* What strangers type into one line: a question to the search, a code from a letter. */
#include "fuzz.h"
#include "text.h"
#include "verify_code.h"
#include "words.h"

/* What was read is what is written, however often. */
static void code(const char *typed)
{
    char once[VERIFY_CODE_TEXT], again[VERIFY_CODE_TEXT];
    if (!verify_code_read(typed, once))
        return;
    must_be(strlen(once) == VERIFY_CODE_TEXT - 1 && verify_code_read(once, again) && !strcmp(once, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED_LIFE(life);
    struct words words = {0}, same = {0};
    const char *typed = fuzz_text(life, data, size), *whole = NULL, *again = NULL;
    code(typed);
    const struct fault *f = words_add(life, typed, &words);
    must_be(!f || f->code);
    if (f)
        return 0;
    must_be(!words_whole(life, typed, &whole) && !words_whole(life, whole, &again) && again);
    for (size_t i = 0; i < words.count; i++)
        must_be(*words.items[i] != '\0' && strlen(words.items[i]) < 4 * size + 4 * 18);
    must_be(!words_add(life, typed, &same) && same.count == words.count);
    return 0;
}
