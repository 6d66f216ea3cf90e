/* bodies.c - the three kinds of body, taken apart into named parts. Nothing is trusted, nothing is copied
 * that can be borrowed, no number of parts and no nesting is unbounded. */
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include "form.h"
#include "life.h"
#include "text.h"

enum { BOUNDARY_MAX = 70, NAME_MAX_BYTES = 200 };

static const struct fault *malformed(TALLOC_CTX *life, const char *what)
{
    return fault_new(life, FAULT_INPUT, "BODY_MALFORMED", "%s", what);
}

static const struct fault *add_part(TALLOC_CTX *life, struct parts *parts, struct part part)
{
    if (parts->count >= PARTS_MAX)
        return fault_new(life, FAULT_INPUT, "BODY_MALFORMED", "more than %d parts", PARTS_MAX);
    if (!parts->items) {
        parts->items = talloc_array(life, struct part, PARTS_MAX);
        TRY_MEMORY(parts->items);
    }
    parts->items[parts->count++] = part;
    return NULL;
}

static bool name_is_plain(const char *name)
{
    size_t n = strlen(name);
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            return false;
    return n > 0 && n <= NAME_MAX_BYTES && text_is_utf8(name, n);
}

/* --------------------------------------------------------------------- application/x-www-form-urlencoded */

const struct fault *parts_urlencoded(TALLOC_CTX *life, const char *body, size_t length, struct parts *out)
{
    *out = (struct parts){0};
    for (const char *s = body, *end = body + length; s < end;) {
        const char *stop = memchr(s, '&', (size_t)(end - s));
        stop = stop ? stop : end;
        const char *equals = memchr(s, '=', (size_t)(stop - s));
        const char *from = equals ? equals + 1 : stop;
        const char *name, *value;
        size_t value_length;
        if (stop > s) {
            if (!percent_decode(life, s, (size_t)((equals ? equals : stop) - s), true, &name, NULL) ||
                !name_is_plain(name) ||
                !percent_decode(life, from, (size_t)(stop - from), true, &value, &value_length))
                return malformed(life, "urlencoded");
            TRY(add_part(
                life, out,
                (struct part){.name = name, .bytes = (const uint8_t *)value, .length = value_length}));
        }
        s = stop < end ? stop + 1 : end;
    }
    return NULL;
}

/* --------------------------------------------------------------------------- multipart/form-data (RFC 7578)
 */

/* The value of boundary= (RFC 2046: 1 to 70 characters), NULL when there is none that may be. */
static const char *boundary_of(TALLOC_CTX *life, const char *content_type)
{
    const char *s = content_type ? strcasestr(content_type, "boundary=") : NULL;
    if (!s)
        return NULL;
    s += strlen("boundary=");
    size_t n = *s == '"' ? strcspn(++s, "\"") : strcspn(s, "; \t");
    if (n < 1 || n > BOUNDARY_MAX)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] >= 0x7F)
            return NULL;
    return talloc_strndup(life, s, n);
}

/* The quoted value of ` name="…"` in a Content-Disposition line. Browsers write a quote as %22 and leave a
 * backslash as it is; older programs write \". */
static bool quoted(TALLOC_CTX *life, const char *line, const char *key, const char **out)
{
    size_t n = strlen(key);
    *out = NULL;
    for (const char *s = line; (s = strchr(s, ';'));) {
        s += 1 + strspn(s + 1, " \t");
        if (strncasecmp(s, key, n) != 0 || s[n] != '=')
            continue;
        s += n + 1;
        if (*s != '"')
            return false;
        char *value = talloc_array(life, char, strlen(s) + 1), *to = value;
        if (!value)
            return false;
        for (s++; *s && *s != '"'; s++) {
            if (s[0] == '\\' && s[1] == '"')
                s++;
            *to++ = *s;
        }
        *to = 0;
        *out = value;
        return *s == '"';
    }
    return true;
}

static bool header_is(const char *line, const char *name)
{
    size_t n = strlen(name);
    return strncasecmp(line, name, n) == 0 && line[n] == ':';
}

/* The header lines of one part; `head` is a copy that may be cut up. */
static const struct fault *read_part_head(TALLOC_CTX *life, char *head, struct part *part)
{
    for (char *line = head, *next; line; line = next) {
        next = strstr(line, "\r\n");
        if (next) {
            *next = 0;
            next += 2;
        }
        if (header_is(line, "Content-Disposition")) {
            if (!strcasestr(line, "form-data") || !quoted(life, line, "name", &part->name) ||
                !quoted(life, line, "filename", &part->filename))
                return malformed(life, "Content-Disposition");
        } else if (header_is(line, "Content-Type")) {
            part->type = line + strlen("Content-Type:") + strspn(line + strlen("Content-Type:"), " \t");
        }
    }
    if (!part->name || !name_is_plain(part->name))
        return malformed(life, "a part without a name");
    return NULL;
}

static const struct fault *broken(TALLOC_CTX *life)
{
    return fault_new(life, FAULT_INPUT, "BODY_BROKEN", "the body ends before its last boundary");
}

/* One part from `s`; *next is where the text after its delimiter begins. */
static const struct fault *read_part(TALLOC_CTX *life, const char *s, const char *end, const char *delimiter,
                                     struct parts *out, const char **next)
{
    struct part part = {0};
    size_t n = strlen(delimiter), room = (size_t)(end - s);
    const char *blank = memmem(s, room < PART_HEAD_MAX ? room : PART_HEAD_MAX, "\r\n\r\n", 4);
    if (!blank)
        return room < PART_HEAD_MAX ? broken(life) : malformed(life, "the head of a part is too long");
    if (memchr(s, 0, (size_t)(blank - s)))
        return malformed(life, "the head of a part");
    char *head = talloc_strndup(life, s, (size_t)(blank - s));
    TRY_MEMORY(head);
    TRY(read_part_head(life, head, &part));
    const char *from = blank + 4;
    /* An empty part may end with the very line break that closed its head. */
    const char *stop = memmem(from - 2, (size_t)(end - from) + 2, delimiter, n);
    if (!stop)
        return broken(life);
    part.bytes = (const uint8_t *)from;
    part.length = stop > from ? (size_t)(stop - from) : 0;
    *next = stop + n;
    return add_part(life, out, part);
}

const struct fault *parts_multipart(TALLOC_CTX *life, const char *content_type, const char *body,
                                    size_t length, struct parts *out)
{
    *out = (struct parts){0};
    const char *boundary = boundary_of(life, content_type);
    if (!boundary)
        return malformed(life, "boundary");
    const char *delimiter = talloc_asprintf(life, "\r\n--%s", boundary);
    TRY_MEMORY(delimiter);
    size_t n = strlen(delimiter) - 2;
    const char *s = body, *end = body + length;
    if (length < n || memcmp(s, delimiter + 2, n) != 0)
        return length < n ? broken(life) : malformed(life, "the body does not begin with its boundary");
    s += n;
    for (;;) {
        if (end - s < 2)
            return broken(life);
        if (memcmp(s, "--", 2) == 0)
            return NULL; /* what follows the last boundary is ignored, as RFC 2046 has it */
        while (s < end && (*s == ' ' || *s == '\t'))
            s++;
        if (end - s < 2 || memcmp(s, "\r\n", 2) != 0)
            return end - s < 2 ? broken(life) : malformed(life, "after a boundary");
        TRY(read_part(life, s + 2, end, delimiter, out, &s));
    }
}

/* ----------------------------------------------------------------------------------------- application/json
 */

static bool base64_read(const char *in, size_t n, uint8_t *out, size_t room, size_t *length)
{
    return sodium_base642bin(out, room, in, n, "\r\n", length, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
}

static const struct fault *json_file(TALLOC_CTX *life, const json_t *value, struct part *part)
{
    const char *base64 = json_text(value, "base64");
    size_t n = base64 ? strlen(base64) : 0;
    part->filename = json_text(value, "name");
    part->type = json_text(value, "type");
    if (!part->filename || !base64)
        return fault_field(life, "BODY_MALFORMED", part->name, "a file is {name, type, base64}");
    uint8_t *bytes = talloc_array(life, uint8_t, n / 4 * 3 + 4);
    TRY_MEMORY(bytes);
    if (!base64_read(base64, n, bytes, n / 4 * 3 + 4, &part->length))
        return fault_field(life, "BODY_MALFORMED", part->name, "not base64");
    part->bytes = bytes;
    return NULL;
}

static const struct fault *json_part(TALLOC_CTX *life, const char *name, const json_t *value,
                                     struct parts *out)
{
    struct part part = {.name = name};
    const char *text = NULL;
    switch (json_typeof(value)) {
    case JSON_STRING:
        text = json_string_value(value);
        break;
    case JSON_INTEGER:
        text = talloc_asprintf(life, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        TRY_MEMORY(text);
        break;
    case JSON_TRUE:
        text = "true";
        break;
    case JSON_FALSE:
    case JSON_NULL:
        return NULL; /* the same as not sent */
    case JSON_OBJECT:
        TRY(json_file(life, value, &part));
        return add_part(life, out, part);
    default:
        return fault_field(life, "BODY_MALFORMED", name, "a list or a fraction where text belongs");
    }
    part.bytes = (const uint8_t *)text;
    part.length = strlen(text);
    return add_part(life, out, part);
}

const struct fault *parts_json(TALLOC_CTX *life, const char *body, size_t length, struct parts *out)
{
    json_t *object;
    const char *name;
    json_t *value;
    *out = (struct parts){0};
    if (json_read(life, "body", body, length,
                  &object)) /* its detail may quote the visitor: not for the log */
        return malformed(life, "not JSON");
    if (!json_is_object(object))
        return malformed(life, "not a JSON object");
    json_object_foreach(object, name, value)
    {
        if (!name_is_plain(name))
            return malformed(life, "a name");
        TRY(json_part(life, name, value, out));
    }
    return NULL;
}
