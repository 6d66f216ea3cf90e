/* replay.c - runs a harness without libFuzzer: every file of the folders given, whole, cut off, and damaged
 * in ways that are the same each time. MINGDA_SEEDS=N makes N times as many damages. Ends badly by a signal
 * or by a sanitizer alone. */
#include <fts.h>
#include "fuzz.h"

enum { CUTS = 12, DAMAGES = 40, INPUT_MAX = 1 << 20 };

static size_t runs;

/* On memory of exactly this size, so that one byte too far is seen. */
static void run(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);
    if (!copy)
        abort();
    memcpy(copy, bytes, length);
    LLVMFuzzerTestOneInput(copy, length);
    free(copy);
    runs++;
}

static uint32_t next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void damage(uint8_t *bytes, size_t *length, uint32_t *seed)
{
    static const char *const WORDS[] = {"<",
                                        ">",
                                        "&",
                                        "\"",
                                        "'",
                                        "%",
                                        "{",
                                        "}",
                                        "[",
                                        "]",
                                        "--",
                                        "\r\n",
                                        "&lt;",
                                        "]]>",
                                        "0",
                                        "-1",
                                        "99999999999999999999",
                                        "\xff",
                                        "\xe2\x80\xae",
                                        "",
                                        "(",
                                        "!",
                                        "=",
                                        "null"};
    size_t at = *length ? next(seed) % *length : 0;
    const char *word = WORDS[next(seed) % (sizeof WORDS / sizeof WORDS[0])];
    size_t n = strlen(word);
    switch (next(seed) % 5) {
    case 0: /* a bit */
        if (*length)
            bytes[at] ^= (uint8_t)(1u << (next(seed) % 8));
        break;
    case 1: /* a word put in */
        memmove(bytes + at + n, bytes + at, *length - at);
        memcpy(bytes + at, word, n);
        *length += n;
        break;
    case 2: /* some taken out */
        n = *length - at < 9 ? *length - at : 1 + next(seed) % 9;
        memmove(bytes + at, bytes + at + n, *length - at - n);
        *length -= n;
        break;
    case 3: /* some twice */
        n = *length - at < 64 ? *length - at : 64;
        memmove(bytes + at + n, bytes + at, *length - at);
        *length += n;
        break;
    default: /* a word in place of others */
        memcpy(bytes + at, word, *length - at < n ? *length - at : n);
    }
}

static void replay(const uint8_t *bytes, size_t length, long times)
{
    uint32_t seed = 2463534242u ^ (uint32_t)length;
    run(bytes, length);
    for (size_t i = 1; i <= CUTS && length; i++)
        run(bytes, length * i / (CUTS + 1));
    for (long i = 0; i < DAMAGES * times; i++) {
        uint8_t *worse = malloc(length + 1024);
        size_t n = length;
        if (!worse)
            abort();
        memcpy(worse, bytes, length);
        for (uint32_t k = 1 + next(&seed) % 3; k; k--)
            damage(worse, &n, &seed);
        run(worse, n);
        free(worse);
    }
}

static void replay_file(const char *path, long times)
{
    static uint8_t bytes[INPUT_MAX];
    scoped_file FILE *in = fopen(path, "rb");
    if (!in)
        return;
    replay(bytes, fread(bytes, 1, sizeof bytes, in), times);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

int main(int argc, char **argv)
{
    const char *more = getenv("MINGDA_SEEDS");
    long times = more ? strtol(more, NULL, 10) : 1;
    FTS *tree = argc > 1 ? fts_open(argv + 1, FTS_PHYSICAL | FTS_NOCHDIR, by_name) : NULL;
    if (!tree) {
        fputs("usage: fuzz_NAME FILE|FOLDER…\n", stderr);
        return 2;
    }
    size_t files = 0;
    for (FTSENT *entry; (entry = fts_read(tree));)
        if (entry->fts_info == FTS_F) {
            replay_file(entry->fts_path, times < 1 ? 1 : times);
            files++;
        }
    fts_close(tree);
    printf("%s: %zu files, %zu runs\n", strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0], files,
           runs);
    return files ? 0 : 1;
}
