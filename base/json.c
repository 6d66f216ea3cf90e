#include <string.h>
#include "life.h"
#include "json.h"
#include "text.h"

#define CANONICAL_LIMIT (8u << 20)
#define CANONICAL_DEPTH 64

LIFE_ADOPT(json_handle, json_t, json_decref)

json_t *json_adopt(TALLOC_CTX *life, json_t *json)
{
    return json_handle_adopt(life, json);
}

const struct fault *json_read(TALLOC_CTX *life, const char *name, const char *bytes, size_t length,
                              json_t **out)
{
    json_error_t error;
    json_t *json = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        return fault_new(life, FAULT_INPUT, "JSON_SYNTAX", "%s:%d: %s", name, error.line, error.text);
    *out = json_adopt(life, json);
    TRY_MEMORY(*out);
    return NULL;
}

static void canonical_string(struct text *t, const char *s, size_t n)
{
    static const char SHORT[] = "\b\t\n\f\r", LETTERS[] = "btnfr";
    text_add_char(t, '"');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        const char *at = c ? strchr(SHORT, c) : NULL;
        if (at)
            text_printf(t, "\\%c", LETTERS[at - SHORT]);
        else if (c == '"' || c == '\\')
            text_printf(t, "\\%c", c);
        else if (c < 0x20)
            text_printf(t, "\\u%04x", c);
        else
            text_add_char(t, (char)c);
    }
    text_add_char(t, '"');
}

/* RFC 8785 3.2.3 sorts by UTF-16 code units. That is the order of bytes, save that the surrogates (0xF0.. in
 * UTF-8) come before U+E000..U+FFFF (0xEE, 0xEF). */
static int utf16_rank(unsigned char c)
{
    return c >= 0xF0 ? 0xED01 : c * 0x100;
}

static int by_utf16(const void *a, const void *b)
{
    const unsigned char *x = *(const unsigned char *const *)a, *y = *(const unsigned char *const *)b;
    while (*x && *x == *y)
        x++, y++;
    int rx = utf16_rank(*x), ry = utf16_rank(*y);
    return rx != ry ? rx - ry : *x - *y;
}

static const struct fault *canonical(TALLOC_CTX *life, struct text *t, const json_t *json, int depth);

static const struct fault *canonical_object(TALLOC_CTX *life, struct text *t, const json_t *json, int depth)
{
    size_t n = json_object_size(json), i = 0;
    const char **keys = talloc_array(life, const char *, n + 1);
    TRY_MEMORY(keys);
    const char *key;
    json_t *value;
    json_t *open = (json_t *)(uintptr_t)json; /* jansson iterates only through non-const pointers */
    json_object_foreach(open, key, value)
    {
        keys[i++] = key;
    }
    qsort(keys, n, sizeof *keys, by_utf16);
    text_add_char(t, '{');
    for (i = 0; i < n; i++) {
        if (i)
            text_add_char(t, ',');
        canonical_string(t, keys[i], strlen(keys[i]));
        text_add_char(t, ':');
        TRY(canonical(life, t, json_object_get(json, keys[i]), depth + 1));
    }
    text_add_char(t, '}');
    talloc_free(keys);
    return NULL;
}

static const struct fault *canonical_array(TALLOC_CTX *life, struct text *t, const json_t *json, int depth)
{
    text_add_char(t, '[');
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (i)
            text_add_char(t, ',');
        TRY(canonical(life, t, json_array_get(json, i), depth + 1));
    }
    text_add_char(t, ']');
    return NULL;
}

static const struct fault *canonical_integer(TALLOC_CTX *life, struct text *t, const json_t *json)
{
    json_int_t n = json_integer_value(json);
    if (n > 9007199254740992 || n < -9007199254740992)
        return fault_new(life, FAULT_INPUT, "JSON_NUMBER", "%" JSON_INTEGER_FORMAT " is beyond 2^53", n);
    text_printf(t, "%" JSON_INTEGER_FORMAT, n);
    return NULL;
}

static const struct fault *canonical(TALLOC_CTX *life, struct text *t, const json_t *json, int depth)
{
    if (depth > CANONICAL_DEPTH)
        return fault_new(life, FAULT_INPUT, "JSON_DEPTH", "deeper than %d", CANONICAL_DEPTH);
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return canonical_object(life, t, json, depth);
    case JSON_ARRAY:
        return canonical_array(life, t, json, depth);
    case JSON_STRING:
        canonical_string(t, json_string_value(json), json_string_length(json));
        return NULL;
    case JSON_INTEGER:
        return canonical_integer(life, t, json);
    case JSON_REAL:
        return fault_new(life, FAULT_INPUT, "JSON_NUMBER", "only whole numbers are kept");
    case JSON_TRUE:
        text_add(t, "true");
        return NULL;
    case JSON_FALSE:
        text_add(t, "false");
        return NULL;
    case JSON_NULL:
        text_add(t, "null");
        return NULL;
    }
    return fault_new(life, FAULT_BROKEN, "JSON_KIND", "not a JSON value");
}

const struct fault *json_canonical(TALLOC_CTX *life, const json_t *json, const char **out, size_t *length)
{
    struct text *t = text_new(life, CANONICAL_LIMIT);
    TRY(canonical(life, t, json, 0));
    return text_end(t, out, length);
}

const char *json_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}
