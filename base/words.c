#include "words.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { RUN_NONE, RUN_HAN, RUN_OTHER };

/* Folded and cut from malloc's memory onto the life. */
static const struct fault *folded(TALLOC_CTX *life, const char *text, char **out)
{
    utf8proc_uint8_t *raw = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text, 0, &raw,
                                      UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPAT |
                                          UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
    if (n < 0)
        return fault_new(life, FAULT_INPUT, "TEXT_ENCODING", "not UTF-8");
    *out = talloc_strndup(life, (const char *)raw, (size_t)n);
    free(raw); /* utf8proc gives memory of malloc */
    TRY_MEMORY(*out);
    return NULL;
}

static int kind_of(utf8proc_int32_t c)
{
    if (c == 0x3005 || c == 0x3007 || (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) ||
        (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF))
        return RUN_HAN;
    utf8proc_category_t is = utf8proc_category(c);
    bool letter = (is >= UTF8PROC_CATEGORY_LU && is <= UTF8PROC_CATEGORY_LO) ||
                  (is >= UTF8PROC_CATEGORY_MN && is <= UTF8PROC_CATEGORY_NO);
    return letter ? RUN_OTHER : RUN_NONE;
}

static size_t step(const char *at, int *kind)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)at, -1, &c);
    *kind = n > 0 ? kind_of(c) : RUN_NONE;
    return n > 0 ? (size_t)n : 1;
}

static const struct fault *add(TALLOC_CTX *life, const char *from, size_t n, struct words *out)
{
    if ((out->count & (out->count - 1)) == 0) { /* room doubles */
        size_t room = out->count ? 2 * out->count : 16;
        if (out->count == 0 || out->count >= 16) {
            const char **items = talloc_realloc(life, out->items, const char *, room);
            TRY_MEMORY(items);
            out->items = items;
        }
    }
    out->items[out->count] = talloc_strndup(life, from, n);
    TRY_MEMORY(out->items[out->count]);
    out->count++;
    return NULL;
}

/* One run of one kind, `count` characters. */
static const struct fault *add_run(TALLOC_CTX *life, const char *run, size_t length, size_t count, int kind,
                                   struct words *out)
{
    if (kind == RUN_OTHER)
        return count > 1 ? add(life, run, length, out) : NULL;
    if (count == 1)
        return add(life, run, length, out);
    for (const char *at = run; count > 1; count--) {
        int ignored;
        size_t first = step(at, &ignored), second = step(at + first, &ignored);
        TRY(add(life, at, first + second, out));
        at += first;
    }
    return NULL;
}

const struct fault *words_add(TALLOC_CTX *life, const char *text, struct words *out)
{
    char *plain = NULL;
    TRY(folded(life, text, &plain));
    const char *run = plain;
    size_t count = 0;
    int kind = RUN_NONE;
    for (const char *at = plain;;) {
        int here = RUN_NONE;
        size_t n = *at ? step(at, &here) : 0;
        if (here != kind) {
            if (kind != RUN_NONE)
                TRY(add_run(life, run, (size_t)(at - run), count, kind, out));
            run = at;
            kind = here;
            count = 0;
        }
        if (!n)
            return NULL;
        at += n;
        count++;
    }
}

const struct fault *words_whole(TALLOC_CTX *life, const char *text, const char **out)
{
    char *plain = NULL;
    TRY(folded(life, text, &plain));
    char *to = plain;
    for (const char *at = plain; *at;) {
        int kind;
        size_t n = step(at, &kind);
        if (kind != RUN_NONE) {
            memmove(to, at, n);
            to += n;
        }
        at += n;
    }
    *to = 0;
    *out = plain;
    return NULL;
}
