/* explore_along.c - a way that is written down is gone with nothing left out: proof enough that its end can
 * be reached. Its lines are those of a story (exploration_line): an event, its child, what the form says,
 * who. What a line does not say is tried every way. */
#include "explore_inside.h"
#include "law_xml.h"
#include "text.h"

#define MOST_AT_ONCE 400 /* states that the lines so far may lead to */

/* One line. */
struct wanted {
    const struct event_kind *event;
    const char *child, *by; /* NULL: any */
    const char *values[MOST_FIELDS];
};

struct going {
    struct wanted wanted;
    uint32_t *next;
    size_t next_count;
};

static const struct fault *read_word(TALLOC_CTX *life, struct wanted *w, const char *word, bool by)
{
    const char *equal = strchr(word, '=');
    char *name = equal ? talloc_strndup(life, word, (size_t)(equal - word)) : NULL;
    const struct event_field *f = name ? event_field(w->event, name) : NULL;
    if (equal && !name)
        return fault_memory();
    if (equal && !f)
        return fault_new(life, FAULT_INPUT, "CHECK_ALONG", "%s has no field \"%s\"", w->event->name, name);
    if (f)
        w->values[f - w->event->fields] = equal + 1;
    else if (by)
        w->by = word;
    else
        w->child = word;
    return NULL;
}

static const struct fault *read_line(TALLOC_CTX *life, const struct edition *e, const char *line,
                                     struct wanted *out)
{
    size_t count = 0;
    const char *const *words = law_xml_words(life, line, &count);
    TRY_MEMORY(words);
    *out = (struct wanted){.event = count ? edition_event(e, words[0]) : NULL};
    if (!out->event)
        return fault_new(life, FAULT_INPUT, "CHECK_ALONG", "there is no event in \"%s\"", line);
    for (size_t i = 1; i < count; i++)
        if (strcmp(words[i], "by") != 0)
            TRY(read_word(life, out, words[i], strcmp(words[i - 1], "by") == 0));
    return NULL;
}

static bool says(const struct exploration *x, const struct event_kind *k, size_t field, struct value v,
                 const char *wanted)
{
    char number[16];
    size_t event = (size_t)(k - x->e->events);
    if (v.kind == VALUE_TEXT)
        return text_same(choice_of(x, event, field, v.text, false),
                         choice_of(x, event, field, wanted, false));
    if (v.kind == VALUE_FLAG)
        return strcmp(wanted, v.number ? "true" : "false") == 0;
    snprintf(number, sizeof number, "%d", (int)v.number);
    return v.kind != VALUE_ABSENT && (v.kind != VALUE_NUMBER || strcmp(number, wanted) == 0);
}

static bool fits(const struct trying *t)
{
    const struct going *g = t->self;
    for (size_t i = 0; i < t->act.event->field_count; i++)
        if (g->wanted.values[i] && !says(t->x, t->act.event, i, t->values[i], g->wanted.values[i]))
            return false;
    return true;
}

static const struct fault *go_on(struct trying *t, const uint8_t *bytes, size_t length, uint32_t *to)
{
    struct going *g = t->self;
    struct exploration *x = t->x;
    uint8_t packed[MOST_BYTES];
    size_t packed_length = 0;
    bool added = false;
    (void)bytes;
    (void)length;
    TRY(state_encode(x, &x->there, false, packed, &packed_length)); /* children by the names they keep */
    TRY(state_remember(x, packed, packed_length, x->from, &x->model.unknown, to, &added));
    for (size_t i = 0; i < g->next_count; i++)
        if (g->next[i] == *to)
            return NULL;
    if (g->next_count < MOST_AT_ONCE)
        g->next[g->next_count++] = *to;
    return NULL;
}

static const struct fault *go(struct exploration *x, struct going *g, const uint32_t *from, size_t count)
{
    uint8_t bytes[MOST_BYTES];
    struct trying *t = talloc_zero(x, struct trying);
    TRY_MEMORY(t);
    for (size_t i = 0; i < count; i++) {
        *t = (struct trying){.x = x, .bytes = bytes, .next = go_on, .fits = fits, .self = g};
        t->child = g->wanted.child;
        t->by = g->wanted.by;
        t->s = state_stand(x, from[i], bytes);
        TRY(explore_event(t, g->wanted.event));
    }
    talloc_free(t);
    return NULL;
}

const struct fault *exploration_along(TALLOC_CTX *life, const struct edition *e, const struct slice *slice,
                                      const char *const *lines, size_t count, const struct watcher *goal,
                                      bool *found, size_t *gone)
{
    uint8_t bytes[MOST_BYTES];
    struct slice all = *slice;
    struct exploration *x = NULL;
    struct going *g = talloc_zero(life, struct going);
    uint32_t *from = talloc_array(life, uint32_t, MOST_AT_ONCE),
             *next = talloc_array(life, uint32_t, MOST_AT_ONCE);
    size_t n = 1;
    TRY_MEMORY(g);
    TRY_MEMORY(from);
    TRY_MEMORY(next);
    all.keep = parts_all(e);
    all.forgets = false;
    *found = false;
    TRY(explore_begin(life, e, &all, NULL, &x));
    from[0] = 0;
    for (*gone = 0; *gone < count && n; ++*gone) {
        TRY(read_line(life, e, lines[*gone], &g->wanted));
        g->next = next;
        g->next_count = 0;
        TRY(go(x, g, from, n));
        next = from;
        from = g->next;
        n = g->next_count;
    }
    *gone -= n == 0;
    for (size_t i = 0; i < n && !*found; i++) {
        goal->state(goal->self, x, from[i], state_stand(x, from[i], bytes));
        *found = goal->enough(goal->self);
    }
    return NULL;
}
