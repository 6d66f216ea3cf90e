#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sodium.h>
#include <utf8proc.h>
#include "life.h"
#include "text.h"

struct text {
    char *bytes; /* always zero-ended once made */
    size_t length, capacity, limit;
    bool too_long, no_memory;
};

struct text *text_new(TALLOC_CTX *life, size_t limit)
{
    struct text *t = talloc_zero(life, struct text);
    if (!t)
        return NULL;
    t->limit = limit;
    return t;
}

/* Room for n more bytes and the zero; false once a limit was met (and for ever after). */
static bool reserve(struct text *t, size_t n)
{
    if (!t || t->too_long || t->no_memory)
        return false;
    if (n > t->limit - t->length) {
        t->too_long = true;
        return false;
    }
    size_t need = t->length + n + 1;
    if (need <= t->capacity)
        return true;
    size_t capacity = t->capacity ? t->capacity * 2 : 256;
    while (capacity < need)
        capacity *= 2;
    char *bytes = talloc_realloc(t, t->bytes, char, capacity);
    if (!bytes) {
        t->no_memory = true;
        return false;
    }
    t->bytes = bytes;
    t->capacity = capacity;
    return true;
}

void text_add_n(struct text *t, const char *s, size_t n)
{
    if (!reserve(t, n))
        return;
    if (n)
        memcpy(t->bytes + t->length, s, n);
    t->length += n;
    t->bytes[t->length] = '\0';
}

void text_add(struct text *t, const char *s)
{
    if (s)
        text_add_n(t, s, strlen(s));
}

void text_add_char(struct text *t, char c)
{
    text_add_n(t, &c, 1);
}

void text_printf(struct text *t, const char *format, ...)
{
    size_t room = t && t->bytes ? t->capacity - t->length : 0; /* often enough, so that it is printed once */
    va_list args;
    va_start(args, format);
    int n = vsnprintf(room ? t->bytes + t->length : NULL, room, format, args);
    va_end(args);
    char first = room ? t->bytes[t->length] : '\0';
    if (room)
        t->bytes[t->length] = '\0'; /* until it is known to be within the limit */
    if (n < 0 || !reserve(t, (size_t)n))
        return;
    va_start(args, format);
    if ((size_t)n >= room)
        vsnprintf(t->bytes + t->length, (size_t)n + 1, format, args);
    else
        t->bytes[t->length] = first;
    va_end(args);
    t->length += (size_t)n;
}

size_t text_length(const struct text *t)
{
    return t ? t->length : 0;
}

const struct fault *text_end(struct text *t, const char **out, size_t *length)
{
    if (t && t->too_long)
        return fault_new(t, FAULT_TOO_MUCH, "TEXT_TOO_LONG", "more than %zu bytes", t->limit);
    if (!reserve(t, 0))
        return fault_memory();
    t->bytes[t->length] = '\0';
    *out = t->bytes;
    if (length)
        *length = t->length;
    return NULL;
}

bool text_is_utf8(const char *s, size_t n)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)s;
    if (n > SSIZE_MAX)
        return false;
    for (size_t i = 0; i < n;) {
        if (at[i] == 0)
            return false;
        if (at[i] < 0x80) {
            i++;
            continue;
        }
        utf8proc_int32_t point;
        utf8proc_ssize_t used = utf8proc_iterate(at + i, (utf8proc_ssize_t)(n - i), &point);
        if (used <= 0 || point < 0)
            return false;
        i += (size_t)used;
    }
    return true;
}

size_t text_count(const char *s)
{
    size_t count = 0;
    for (; *s; s++)
        count += ((unsigned char)*s & 0xC0) != 0x80;
    return count;
}

/* Characters that must not stand in one line (or lines) of text, after line ends were folded. */
static bool is_refused(utf8proc_int32_t c, enum text_lines lines)
{
    if (c == '\n' || c == '\t')
        return lines == TEXT_ONE_LINE && c == '\n';
    bool control = c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
    bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    bool no_character = (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE || c == 0xFEFF;
    return control || bidi || no_character;
}

static const struct fault *check_characters(TALLOC_CTX *life, const char *field, const char *s,
                                            enum text_lines lines)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)s;
    utf8proc_int32_t c;
    for (utf8proc_ssize_t used; *at; at += used) {
        used = utf8proc_iterate(at, -1, &c);
        if (is_refused(c, lines))
            return fault_field(life, "TEXT_CONTROL", field, "character U+%04X is not allowed", (unsigned)c);
    }
    return NULL;
}

/* CR LF and lone CR become LF; in place. Returns the new length. */
static size_t fold_line_ends(char *s, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\r' && i + 1 < n && s[i + 1] == '\n')
            continue;
        s[out++] = s[i] == '\r' ? '\n' : s[i];
    }
    s[out] = '\0';
    return out;
}

/* ASCII white space and the ideographic space at both ends go. */
static const char *trim(char *s)
{
    size_t n = strlen(s);
    for (;;) {
        if (n && strchr(" \t\n", s[n - 1]))
            n--;
        else if (n >= 3 && memcmp(s + n - 3, "\u3000", 3) == 0)
            n -= 3;
        else
            break;
    }
    s[n] = '\0';
    for (;;) {
        if (*s && strchr(" \t\n", *s))
            s++;
        else if (strncmp(s, "\u3000", 3) == 0)
            s += 3;
        else
            return s;
    }
}

const struct fault *text_clean(TALLOC_CTX *life, const char *field, const char *in, size_t length, size_t max,
                               enum text_lines lines, const char **out)
{
    if (length / 4 > max + 64) /* cannot fit even as four-byte characters with a little space around */
        return fault_field(life, "TEXT_TOO_LONG", field, "more than %zu characters", max);
    if (!text_is_utf8(in, length))
        return fault_field(life, "TEXT_NOT_UTF8", field, "not UTF-8 text");
    char *copy = talloc_strndup(life, in, length);
    TRY_MEMORY(copy);
    fold_line_ends(copy, length);
    scoped_free utf8proc_uint8_t *composed = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)copy, 0, &composed,
                                      UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    talloc_free(copy);
    if (n < 0)
        return fault_memory();
    const char *trimmed = trim((char *)composed);
    TRY(check_characters(life, field, trimmed, lines));
    if (text_count(trimmed) > max)
        return fault_field(life, "TEXT_TOO_LONG", field, "more than %zu characters", max);
    *out = talloc_strdup(life, trimmed);
    TRY_MEMORY(*out);
    return NULL;
}

const char *text_hex(TALLOC_CTX *life, const void *bytes, size_t n)
{
    char *out = talloc_array(life, char, n * 2 + 1);
    return out ? sodium_bin2hex(out, n * 2 + 1, bytes, n) : NULL;
}

bool text_unhex(const char *hex, void *out, size_t n)
{
    size_t made = 0;
    return hex && sodium_hex2bin(out, n, hex, strlen(hex), NULL, &made, NULL) == 0 && made == n;
}

const char *text_base64(TALLOC_CTX *life, const void *bytes, size_t n)
{
    size_t size = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL);
    char *out = talloc_array(life, char, size);
    return out ? sodium_bin2base64(out, size, bytes, n, sodium_base64_VARIANT_ORIGINAL) : NULL;
}

bool text_to_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
    if (!s || !*s || strspn(s, "-0123456789") != strlen(s))
        return false;
    char *end;
    errno = 0;
    long long n = strtoll(s, &end, 10);
    if (errno || *end || n < min || n > max)
        return false;
    *out = n;
    return true;
}

bool text_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}
