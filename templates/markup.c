#include <string.h>
#include "markup.h"

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void escaped_n(struct text *t, const char *s, size_t n)
{
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)s[i] > '>') /* nearly all of it */
            continue;
        const char *e = entity(s[i]);
        if (!e)
            continue;
        text_add_n(t, s + from, i - from);
        text_add(t, e);
        from = i + 1;
    }
    text_add_n(t, s + from, n - from);
}

void escaped(struct text *t, const char *s)
{
    escaped_n(t, s, strlen(s));
}
