#include <string.h>
#include "translation.h"

struct entry {
    const char *message, *counterpart;
};

struct translation {
    struct entry *entries; /* sorted by message */
    size_t count;
};

/* The reader of one file: `entry` is being filled, `target` is the string that a line of quotes continues. */
struct reader {
    TALLOC_CTX *life;
    const char *name;
    long line;
    struct translation *all;
    char *message, *counterpart;
    char **target;
    bool fuzzy;
};

const char *language_tag(enum language language)
{
    static const char *const TAGS[LANGUAGE_COUNT] = {[LANGUAGE_ZH] = "zh-CN", [LANGUAGE_EN] = "en"};
    return TAGS[language];
}

static const struct fault *wrong(const struct reader *r, const char *sentence)
{
    return fault_new(r->life, FAULT_BROKEN, "TRANSLATION_SYNTAX", "%s:%ld: %s", r->name, r->line, sentence);
}

/* One C string of a .po line, from after its first quote: appended to *r->target. */
static const struct fault *quoted(struct reader *r, const char *at, const char *end)
{
    char *made = talloc_array(r->all, char, (size_t)(end - at) + 1);
    TRY_MEMORY(made);
    size_t n = 0;
    while (at < end && *at != '"') {
        char c = *at++;
        if (c == '\\') {
            if (at == end)
                return wrong(r, "a string ends in a backslash");
            c = *at++;
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        made[n++] = c;
    }
    made[n] = '\0';
    if (at == end)
        return wrong(r, "a string has no closing quote");
    for (at++; at < end; at++)
        if (*at != ' ' && *at != '\r')
            return wrong(r, "something stands after the closing quote");
    char *joined = talloc_strdup_append_buffer(*r->target, made);
    TRY_MEMORY(joined);
    *r->target = joined;
    talloc_free(made);
    return NULL;
}

/* The entry that was read so far joins the others, unless it is the header, fuzzy or without a counterpart.
 */
static const struct fault *finish(struct reader *r)
{
    struct translation *all = r->all;
    bool counts = r->message && *r->message && r->counterpart && *r->counterpart && !r->fuzzy;
    if (counts) {
        struct entry *entries = talloc_realloc(all, all->entries, struct entry, all->count + 1);
        TRY_MEMORY(entries);
        all->entries = entries;
        entries[all->count++] = (struct entry){r->message, r->counterpart};
    }
    r->message = r->counterpart = NULL;
    r->target = NULL;
    r->fuzzy = false;
    return NULL;
}

static bool starts(const char **at, const char *end, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(end - *at) < n || memcmp(*at, word, n) != 0)
        return false;
    *at += n;
    return true;
}

static const struct fault *open_string(struct reader *r, char **slot, const char *at, const char *end)
{
    if (*slot)
        return wrong(r, "an entry has the same keyword twice");
    *slot = talloc_strdup(r->all, "");
    TRY_MEMORY(*slot);
    r->target = slot;
    if (at == end || *at != '"')
        return wrong(r, "a string must follow the keyword");
    return quoted(r, at + 1, end);
}

static const struct fault *read_line(struct reader *r, const char *at, const char *end)
{
    while (end > at && (end[-1] == '\r' || end[-1] == ' '))
        end--;
    if (at == end)
        return NULL;
    if (*at == '#') {
        if (r->counterpart)
            TRY(finish(r));
        const char *flags = starts(&at, end, "#,") ? talloc_strndup(r->life, at, (size_t)(end - at)) : "";
        TRY_MEMORY(flags);
        r->fuzzy = r->fuzzy || strstr(flags, "fuzzy");
        return NULL;
    }
    if (*at == '"')
        return r->target ? quoted(r, at + 1, end) : wrong(r, "a string without a keyword");
    if (starts(&at, end, "msgid ")) {
        if (r->counterpart)
            TRY(finish(r));
        return open_string(r, &r->message, at, end);
    }
    if (starts(&at, end, "msgstr "))
        return r->message ? open_string(r, &r->counterpart, at, end) : wrong(r, "msgstr without msgid");
    return wrong(r, "only msgid and msgstr are used here (no plural forms, no contexts)");
}

static int by_message(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->message, ((const struct entry *)b)->message);
}

static const struct fault *sort(struct reader *r)
{
    struct translation *all = r->all;
    if (all->count)
        qsort(all->entries, all->count, sizeof all->entries[0], by_message);
    for (size_t i = 1; i < all->count; i++)
        if (strcmp(all->entries[i].message, all->entries[i - 1].message) == 0)
            return fault_new(r->life, FAULT_BROKEN, "TRANSLATION_SYNTAX",
                             "%s: the message “%s” stands there twice", r->name, all->entries[i].message);
    return NULL;
}

const struct fault *translation_read(TALLOC_CTX *life, const char *name, const char *bytes, size_t length,
                                     const struct translation **out)
{
    struct translation *all = talloc_zero(life, struct translation);
    TRY_MEMORY(all);
    struct reader r = {.life = life, .name = name, .all = all};
    const char *end = bytes + length;
    for (const char *at = bytes; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            stop = end;
        r.line++;
        if (memchr(at, '\0', (size_t)(stop - at)))
            return wrong(&r, "a zero byte");
        TRY(read_line(&r, at, stop));
        at = stop < end ? stop + 1 : end;
    }
    if (r.message && !r.counterpart)
        return wrong(&r, "the last msgid has no msgstr");
    TRY(finish(&r));
    TRY(sort(&r));
    *out = all;
    return NULL;
}

const char *translation_find(const struct translation *t, const char *message)
{
    if (!t || !t->count)
        return NULL;
    struct entry wanted = {message, NULL};
    const struct entry *found = bsearch(&wanted, t->entries, t->count, sizeof t->entries[0], by_message);
    return found ? found->counterpart : NULL;
}

size_t translation_count(const struct translation *t)
{
    return t ? t->count : 0;
}
