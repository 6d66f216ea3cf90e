/* fuzz.h - a harness is one function: any bytes in, nothing out; it must come back. libFuzzer's own entry
 * point, so that the same file serves `cmake -DMINGDA_FUZZ=ON` with clang and the replay of the corpora among
 * the tests. */
#ifndef MINGDA_FUZZ_H
#define MINGDA_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "fault.h"
#include "life.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A harness's own mistake, or a promise of the code that was broken. */
#define must_be(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)

/* A life that lasts as long as the program: what a harness loads once. */
static inline TALLOC_CTX *fuzz_kept(void)
{
    static TALLOC_CTX *kept;
    kept = kept ? kept : talloc_new(NULL);
    must_be(kept);
    return kept;
}

/* The bytes as text that ends with a zero. */
static inline char *fuzz_text(TALLOC_CTX *life, const uint8_t *data, size_t size)
{
    char *text = talloc_size(life, size + 1);
    must_be(text);
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}
#endif
