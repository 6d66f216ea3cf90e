#include "explore.h"

#include <assert.h>
#include "text.h"

#define MOST_TEXTS   200  /* of one byte */
#define MOST_BYTES   2048 /* of one packed state */
#define MOST_CHOICES 12   /* unknown conditions that one act may ask */
#define MOST_COUNTED 3    /* how far facts are counted where more is asked than whether there is one */
#define POOL         (256 * 1024)

enum { CODE_ABSENT, CODE_UNKNOWN, CODE_NO, CODE_YES, CODE_NUMBER = 8, CODE_TEXT = 40 };

struct asked {
    const struct condition_node *inner;
    bool negated;
    size_t instance;
};

/* A standing that is made once: its instances wait in slots, and what an act adds is young. */
struct frame_of {
    struct standing *standing;
    TALLOC_CTX *young;
    struct instance dossier;
    struct instance *slots[EXPLORE_KINDS];
};

struct exploration {
    struct model model; /* first: asks() finds the exploration by it */
    const struct edition *e;
    struct slice slice;
    const char *texts[MOST_TEXTS];
    size_t text_count;
    bool sortable[EXPLORE_KINDS];
    bool *live[EXPLORE_KINDS + 1]; /* per scope: memos that some condition in the slice reads */
    bool *acts; /* per event: it may change something that is looked at, or the watcher wants to see it */
    struct asked asked[MOST_CHOICES];
    bool answers[MOST_CHOICES];
    size_t asked_count, answer_count;
    bool too_many;
    uint8_t *bytes; /* packed states, one after another */
    size_t byte_count, byte_room;
    size_t *at; /* where each begins; one more for the end */
    uint32_t *parent, *unknown;
    uint32_t count, room;
    uint32_t *table; /* open addressing: state + 1 */
    size_t table_size;
    struct frame_of here, there; /* two standings that are written over */
    const struct watcher *watcher;
    uint32_t from;
    uint32_t path_unknown;
};

/* ---- values in a byte
 * --------------------------------------------------------------------------------------------- */

static const struct fault *text_code(struct exploration *x, const char *text, uint8_t *out)
{
    for (size_t i = 0; i < x->text_count; i++)
        if (x->texts[i] == text || strcmp(x->texts[i], text) == 0) {
            *out = (uint8_t)(CODE_TEXT + i);
            return NULL;
        }
    if (x->text_count == MOST_TEXTS)
        return fault_new(x, FAULT_BROKEN, "CHECK_TEXTS", "more than %d different codes and names",
                         MOST_TEXTS);
    x->texts[x->text_count] = talloc_strdup(x, text);
    TRY_MEMORY(x->texts[x->text_count]);
    *out = (uint8_t)(CODE_TEXT + x->text_count++);
    return NULL;
}

static const struct fault *encode_value(struct exploration *x, const struct memo *memo, struct value v,
                                        uint8_t *out)
{
    int32_t most = memo->kind != MEMO_COUNT ? CODE_TEXT - CODE_NUMBER - 1 : memo->counted ? MOST_COUNTED : 1;
    switch (v.kind) {
    case VALUE_ABSENT:
        *out = CODE_ABSENT;
        return NULL;
    case VALUE_FLAG:
        *out = v.number ? CODE_YES : CODE_NO;
        return NULL;
    case VALUE_NUMBER:
        *out = v.number < 0 ? CODE_UNKNOWN : (uint8_t)(CODE_NUMBER + (v.number < most ? v.number : most));
        return NULL;
    case VALUE_TEXT:
        return text_code(x, v.text, out);
    default:
        *out = CODE_UNKNOWN;
        return NULL;
    }
}

static struct value decode_value(const struct exploration *x, uint8_t code)
{
    if (code >= CODE_TEXT)
        return value_text(x->texts[code - CODE_TEXT]);
    if (code >= CODE_NUMBER)
        return value_number(code - CODE_NUMBER);
    if (code == CODE_YES || code == CODE_NO)
        return value_flag(code == CODE_YES);
    return (struct value){.kind = code == CODE_UNKNOWN ? VALUE_UNKNOWN : VALUE_ABSENT};
}

/* ---- states in bytes
 * ----------------------------------------------------------------------------------------------- */

static size_t set_bytes(const struct chart *c)
{
    return ((size_t)c->state_count + 7) / 8;
}

static size_t instance_bytes(const struct edition *e, const struct child_kind *kind)
{
    const struct chart *c = edition_chart_of(e, kind);
    return 1 + set_bytes(c) * (size_t)(c->history_count + 1) + e->inside->memos[edition_scope_of(kind)].count;
}

/* Sets of states lie in memory as little-endian words on the machines we build for. */
static const struct fault *encode_instance(struct exploration *x, const struct instance *in, uint8_t *out)
{
    const struct chart *c = in->chart;
    const struct memo_list *memos = &x->e->inside->memos[edition_scope_of(in->kind)];
    *out++ = in->machine->running;
    memcpy(out, in->machine->sets, set_bytes(c));
    out += set_bytes(c);
    for (int st = 1; st < c->state_count && c->history_count; st++) {
        if (c->states[st].history < 0)
            continue;
        /* While its parent is active a history is going to be written again before it is read. */
        bool stale = !in->machine->running || machine_in(in->machine, c->states[st].parent);
        const uint64_t *set = in->machine->sets + (size_t)(c->states[st].history + 1) * (size_t)c->words;
        if (stale)
            memset(out, 0, set_bytes(c));
        else
            memcpy(out, set, set_bytes(c));
        out += set_bytes(c);
    }
    for (size_t i = 0; i < memos->count; i++)
        TRY(encode_value(x, &memos->list[i],
                         x->live[edition_scope_of(in->kind)][i] ? in->memos[i] : (struct value){0}, out++));
    return NULL;
}

static void decode_instance(const struct exploration *x, const uint8_t *from, struct instance *in)
{
    const struct chart *c = in->chart;
    const struct memo_list *memos = &x->e->inside->memos[edition_scope_of(in->kind)];
    in->machine->running = *from++;
    for (int set = 0; set <= c->history_count; set++, from += set_bytes(c))
        memcpy(in->machine->sets + (size_t)set * (size_t)c->words, from, set_bytes(c));
    for (size_t i = 0; i < memos->count; i++)
        in->memos[i] = decode_value(x, *from++);
}

/* Children of a kind one after the other; where their names do not matter, in the order of their bytes. */
static const struct fault *encode_kind(struct exploration *x, const struct standing *s,
                                       const struct child_kind *kind, uint8_t **out)
{
    size_t width = instance_bytes(x->e, kind), n = 0;
    uint8_t *first = ++*out, held[MOST_BYTES];
    for (size_t i = 1; i < s->count; i++) {
        if (s->instances[i].kind != kind)
            continue;
        uint8_t *slot = first + n++ * width;
        TRY(encode_instance(x, &s->instances[i], slot));
        for (; x->sortable[kind->index] && slot > first && memcmp(slot - width, slot, width) > 0;
             slot -= width) {
            memcpy(held, slot, width);
            memcpy(slot, slot - width, width);
            memcpy(slot - width, held, width);
        }
    }
    first[-1] = (uint8_t)n;
    *out = first + n * width;
    return NULL;
}

static const struct fault *encode(struct exploration *x, const struct standing *s, uint8_t out[MOST_BYTES],
                                  size_t *length)
{
    uint8_t *end = out + instance_bytes(x->e, NULL);
    TRY(encode_instance(x, &s->instances[0], out));
    for (size_t k = 0; k < x->e->child_count; k++)
        if (!(x->slice.left_out >> k & 1))
            TRY(encode_kind(x, s, &x->e->children[k], &end));
    *length = (size_t)(end - out);
    return NULL;
}

static const struct fault *child_id(struct exploration *x, const struct child_kind *kind, size_t number,
                                    const char **out)
{
    char id[32];
    uint8_t code = 0;
    snprintf(id, sizeof id, "%s%zu", kind->prefix, number);
    TRY(text_code(x, id, &code));
    *out = x->texts[code - CODE_TEXT];
    return NULL;
}

static const struct fault *slot_make(struct standing *s, const struct child_kind *kind, const char *id,
                                     struct instance *out)
{
    s->count = 0;
    TRY(standing_add(s, kind, id));
    *out = s->instances[0];
    return NULL;
}

static const struct fault *frame_make(struct exploration *x, struct frame_of *f)
{
    size_t most = 2;
    struct standing *s = f->standing = talloc_zero(x, struct standing);
    TRY_MEMORY(s);
    s->e = x->e;
    s->model = &x->model;
    TRY(slot_make(s, NULL, NULL, &f->dossier));
    for (size_t k = 0; k < x->e->child_count; k++) {
        size_t bound = x->slice.bound[k];
        f->slots[k] = talloc_array(x, struct instance, bound + 1);
        TRY_MEMORY(f->slots[k]);
        for (size_t i = 0; i < bound; i++) {
            const char *id = NULL;
            TRY(child_id(x, &x->e->children[k], i + 1, &id));
            TRY(slot_make(s, &x->e->children[k], id, &f->slots[k][i]));
            f->slots[k][i].id = id;
        }
        most += bound;
    }
    f->young = talloc_pool(x, POOL);
    TRY_MEMORY(f->young);
    for (s->count = 0; s->count < most;) /* room for all of them */
        TRY(standing_add(s, NULL, NULL));
    s->young = f->young;
    return NULL;
}

static struct standing *decode(struct exploration *x, struct frame_of *f, const uint8_t *from)
{
    struct standing *s = f->standing;
    talloc_free_children(f->young);
    s->instances[0] = f->dossier;
    s->count = 1;
    decode_instance(x, from, &s->instances[0]);
    from += instance_bytes(x->e, NULL);
    for (size_t k = 0; k < x->e->child_count; k++) {
        if (x->slice.left_out >> k & 1)
            continue;
        size_t n = *from++, width = instance_bytes(x->e, &x->e->children[k]);
        for (size_t i = 0; i < n; i++, from += width) {
            s->instances[s->count] = f->slots[k][i];
            decode_instance(x, from, &s->instances[s->count++]);
        }
    }
    return s;
}

/* ---- the set of states
 * ------------------------------------------------------------------------------------------------ */

static uint64_t hash_of(const uint8_t *bytes, size_t length)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
    return h ^ h >> 29;
}

static size_t length_of(const struct exploration *x, uint32_t state)
{
    return x->at[state + 1] - x->at[state];
}

static size_t slot_of(const struct exploration *x, const uint8_t *bytes, size_t length)
{
    size_t slot = hash_of(bytes, length) & (x->table_size - 1);
    while (x->table[slot]) {
        uint32_t state = x->table[slot] - 1;
        if (length_of(x, state) == length && memcmp(x->bytes + x->at[state], bytes, length) == 0)
            break;
        slot = (slot + 1) & (x->table_size - 1);
    }
    return slot;
}

static const struct fault *table_grow(struct exploration *x)
{
    if (x->table && 2 * (size_t)x->count < x->table_size)
        return NULL;
    x->table_size = x->table ? 2 * x->table_size : 1 << 16;
    talloc_free(x->table);
    x->table = talloc_zero_array(x, uint32_t, x->table_size);
    TRY_MEMORY(x->table);
    for (uint32_t i = 0; i < x->count; i++)
        x->table[slot_of(x, x->bytes + x->at[i], length_of(x, i))] = i + 1;
    return NULL;
}

static const struct fault *rows_grow(struct exploration *x, size_t length)
{
    if (x->count == x->room) {
        x->room = x->room ? 2 * x->room : 1 << 12;
        x->at = talloc_realloc(x, x->at, size_t, (size_t)x->room + 1);
        x->parent = talloc_realloc(x, x->parent, uint32_t, x->room);
        x->unknown = talloc_realloc(x, x->unknown, uint32_t, x->room);
        TRY_MEMORY(x->at);
        TRY_MEMORY(x->parent);
        TRY_MEMORY(x->unknown);
    }
    if (x->byte_count + length > x->byte_room) {
        x->byte_room = x->byte_room ? 2 * x->byte_room : 1 << 20;
        x->bytes = talloc_realloc(x, x->bytes, uint8_t, x->byte_room);
        TRY_MEMORY(x->bytes);
    }
    return NULL;
}

/* The number of the state, new or known. */
static const struct fault *remember_state(struct exploration *x, const uint8_t *bytes, size_t length,
                                          uint32_t parent, uint32_t unknown, uint32_t *out, bool *added)
{
    TRY(table_grow(x));
    size_t slot = slot_of(x, bytes, length);
    *added = !x->table[slot];
    if (!*added) {
        *out = x->table[slot] - 1;
        return NULL;
    }
    TRY(rows_grow(x, length));
    memcpy(x->bytes + x->byte_count, bytes, length);
    x->at[x->count] = x->byte_count;
    x->byte_count += length;
    x->at[x->count + 1] = x->byte_count;
    x->parent[x->count] = parent;
    x->unknown[x->count] = unknown;
    *out = x->count;
    x->table[slot] = ++x->count;
    return NULL;
}

/* ---- what is unknown is tried both ways
 * ---------------------------------------------------------------------------------- */

/* The same question has the same answer within one act: what is left out does not move meanwhile. */
static bool asks(struct model *m, const struct condition_node *inner, bool negated)
{
    struct exploration *x = (struct exploration *)m;
    for (size_t i = 0; i < x->asked_count; i++)
        if (x->asked[i].instance == m->instance && x->asked[i].negated == negated &&
            condition_same_question(x->asked[i].inner, inner))
            return x->answers[i];
    if (x->asked_count == MOST_CHOICES) {
        x->too_many = true;
        return false;
    }
    size_t n = x->asked_count++;
    x->asked[n] = (struct asked){.inner = inner, .negated = negated, .instance = m->instance};
    if (n >= x->answer_count) {
        x->answers[n] = false;
        x->answer_count = n + 1;
    }
    return x->answers[n];
}

static void answers_first(struct exploration *x)
{
    x->asked_count = x->answer_count = 0;
    x->model.unknown = 0;
}

/* The next way to answer the questions of the last run; false when all were tried. */
static bool answers_next(struct exploration *x)
{
    size_t n = x->asked_count;
    while (n && x->answers[n - 1])
        n--;
    if (!n)
        return false;
    x->answers[n - 1] = true;
    x->answer_count = n;
    x->asked_count = 0;
    x->model.unknown = 0;
    return true;
}

/* ---- the acts that could be
 * ------------------------------------------------------------------------------------------------- */

typedef const struct fault *act_fn(struct exploration *x, struct standing *s, const struct act *act,
                                   size_t instance, bool beyond, void *self);

struct trying {
    struct exploration *x;
    struct standing *s;
    struct act act;
    struct fact fact;
    struct value values[MOST_FIELDS];
    size_t instance;
    bool beyond;
    act_fn *fn;
    void *self;
};

static bool live_memo(const struct exploration *x, enum memo_kind kind, size_t event, size_t field)
{
    for (size_t scope = 0; scope <= x->e->child_count; scope++) {
        const struct memo_list *memos = &x->e->inside->memos[scope];
        if (scope && x->slice.left_out >> (scope - 1) & 1)
            continue;
        for (size_t i = 0; i < memos->count; i++)
            if (x->live[scope][i] && memos->list[i].kind == kind && memos->list[i].event == (int)event &&
                (kind != MEMO_FIELD || memos->list[i].field == (int)field))
                return true;
    }
    return false;
}

/* Does anything ask what this field says? */
static bool field_matters(const struct exploration *x, const struct event_kind *k, size_t field)
{
    size_t event = (size_t)(k - x->e->events);
    return x->e->inside->vocabulary.fields_read[event] >> field & 1 || live_memo(x, MEMO_FIELD, event, field);
}

static bool person_matters(const struct exploration *x, const struct event_kind *k)
{
    bool out = k->child && x->slice.left_out >> k->child->index & 1;
    return x->slice.persons &&
           ((k->separation_count && !out) || live_memo(x, MEMO_BY, (size_t)(k - x->e->events), 0));
}

/* Children that this number makes at once; NULL: it makes none that are looked at. */
static const struct child_kind *made_by(const struct exploration *x, const struct event_kind *k,
                                        const struct event_field *f)
{
    for (size_t i = 0; i < x->e->child_count; i++) {
        const struct child_kind *c = &x->e->children[i];
        if (c->made_event && strcmp(c->made_event, k->name) == 0 && strcmp(c->made_field, f->name) == 0 &&
            !(x->slice.left_out >> i & 1))
            return c;
    }
    return NULL;
}

static const struct fault *with_persons(struct trying *t)
{
    static const char *const PERSONS[] = {"A", "B"};
    for (size_t i = 0; i < (person_matters(t->x, t->act.event) ? 2 : 1); i++) {
        t->fact.by = t->x->slice.persons ? PERSONS[i] : NULL;
        TRY(t->fn(t->x, t->s, &t->act, t->instance, t->beyond, t->self));
    }
    return NULL;
}

static const struct fault *with_values(struct trying *t, size_t field);

static const struct fault *with_value(struct trying *t, size_t field, struct value v)
{
    t->values[field] = v;
    return with_values(t, field + 1);
}

static const struct fault *with_choices(struct trying *t, size_t field, const struct event_field *f)
{
    const struct child_kind *made = made_by(t->x, t->act.event, f);
    if (made) {
        for (int n = 1; n <= t->x->slice.bound[made->index]; n++)
            TRY(with_value(t, field, value_number(n)));
        return NULL;
    }
    if (f->kind == EVENT_FIELD_FLAG) {
        TRY(with_value(t, field, value_flag(false)));
        return with_value(t, field, value_flag(true));
    }
    if (f->kind == EVENT_FIELD_CODE) {
        for (size_t i = 0; i < f->choice_count; i++)
            TRY(with_value(t, field, value_text(f->choices[i].value)));
        return f->required ? NULL : with_value(t, field, (struct value){0});
    }
    const struct child_kind *kind = f->kind == EVENT_FIELD_ITEM ? edition_child(t->x->e, f->child) : NULL;
    if (!kind || t->x->slice.left_out >> kind->index & 1)
        return with_value(t, field, (struct value){.kind = VALUE_UNKNOWN});
    for (size_t i = 1; i < t->s->count; i++)
        if (t->s->instances[i].kind == kind)
            TRY(with_value(t, field, value_text(t->s->instances[i].id)));
    return NULL;
}

static const struct fault *with_values(struct trying *t, size_t field)
{
    const struct event_kind *k = t->act.event;
    if (field == k->field_count)
        return with_persons(t);
    const struct event_field *f = &k->fields[field];
    if (!field_matters(t->x, k, field) && !made_by(t->x, k, f))
        return with_value(t, field, (struct value){.kind = VALUE_UNKNOWN});
    return with_choices(t, field, f);
}

static const struct fault *about(struct trying *t, const char *child, size_t instance, bool beyond)
{
    t->fact.child = child;
    t->instance = instance;
    t->beyond = beyond;
    return with_values(t, 0);
}

static const struct fault *about_children(struct trying *t, const struct event_kind *k)
{
    size_t n = 0;
    for (size_t i = 1; i < t->s->count; i++)
        if (t->s->instances[i].kind == k->child) {
            n++;
            TRY(about(t, t->s->instances[i].id, i, false));
        }
    if (!k->starts)
        return NULL;
    const char *id = NULL;
    TRY(child_id(t->x, k->child, n + 1, &id));
    return about(t, id, 0, n >= t->x->slice.bound[k->child->index]);
}

/* Every act that could be tried in this standing. */
static const struct fault *each_act(struct exploration *x, struct standing *s, act_fn *fn, void *self)
{
    struct trying t = {.x = x, .s = s, .fn = fn, .self = self};
    for (size_t i = 0; i < x->e->event_count; i++) {
        const struct event_kind *k = &x->e->events[i];
        t.fact = (struct fact){.kind = k->name};
        t.act = (struct act){.fact = &t.fact, .event = k, .values = t.values};
        bool out = k->child && x->slice.left_out >> k->child->index & 1;
        if (!x->acts[i])
            continue;
        TRY(k->child && !out ? about_children(&t, k) : about(&t, NULL, 0, false));
    }
    return NULL;
}

/* ---- steps
 * ----------------------------------------------------------------------------------------------------------------------
 */

/* What is left out acts on the dossier alone; whether it may is unknown, save that a new one must be awaited.
 */
static bool judge_left_out(struct exploration *x, struct standing *s, const struct act *act)
{
    x->model.unknown |= UINT32_C(1) << act->event->child->index;
    return s->instances[0].machine->running || act->event->after_close;
}

static const struct fault *judge(struct exploration *x, struct standing *s, const struct act *act,
                                 bool *allowed)
{
    const struct event_kind *k = act->event;
    struct judgement j = {.ground = MAY_ALLOWED};
    if (k->child && x->slice.left_out >> k->child->index & 1 && !k->starts) {
        *allowed = judge_left_out(x, s, act);
        return NULL;
    }
    TRY(standing_judge(s, s, act, NULL, &j));
    *allowed = j.ground == MAY_ALLOWED;
    return NULL;
}

/* Has any configuration changed? The bytes of configurations stand before those of memos in each instance. */
static bool moved(const struct standing *a, const struct standing *b)
{
    if (a->count != b->count)
        return true;
    for (size_t i = 0; i < a->count; i++)
        if (memcmp(a->instances[i].machine, b->instances[i].machine, machine_size(a->instances[i].chart)) !=
            0)
            return true;
    return false;
}

struct stepping {
    const uint8_t *bytes;
    /* what is done with a successor */
    const struct fault *(*next)(struct exploration *x, const uint8_t *bytes, size_t length,
                                const struct act *act, bool moved, struct standing *after, void *self);
    void *self;
};

/* One act in every way that the unknown allows. */
static const struct fault *step(struct exploration *x, struct standing *s, const struct act *act,
                                size_t instance, bool beyond, void *self)
{
    const struct stepping *st = self;
    answers_first(x);
    do {
        bool allowed = false;
        struct standing *after = NULL;
        uint8_t packed[MOST_BYTES];
        size_t length = 0;
        TRY(judge(x, s, act, &allowed));
        if (!allowed)
            continue;
        if (beyond) {
            if (x->watcher && x->watcher->beyond)
                x->watcher->beyond(x->watcher->self, x, x->from, s, act);
            continue;
        }
        if (x->watcher && x->watcher->act)
            x->watcher->act(x->watcher->self, x, x->from, s, act, instance);
        after = decode(x, &x->there, st->bytes);
        const struct fault *f = standing_take(after, act);
        if (f && f->kind == FAULT_BROKEN && x->asked_count)
            continue; /* these answers contradict each other */
        TRY(f);
        TRY(encode(x, after, packed, &length));
        TRY(st->next(x, packed, length, act, moved(s, after), after, st->self));
    } while (answers_next(x));
    return NULL;
}

static const struct fault *found(struct exploration *x, const uint8_t *bytes, size_t length,
                                 const struct act *act, bool has_moved, struct standing *after, void *self)
{
    uint32_t to = 0, from = x->from;
    bool added = false;
    (void)self;
    TRY(remember_state(x, bytes, length, from, x->path_unknown | x->model.unknown, &to, &added));
    if (x->watcher && x->watcher->step)
        x->watcher->step(x->watcher->self, x, from, to, act, has_moved);
    if (added && x->watcher && x->watcher->state)
        x->watcher->state(x->watcher->self, x, to, after);
    return NULL;
}

static const struct fault *begin(struct exploration *x)
{
    struct standing *s = NULL;
    uint8_t packed[MOST_BYTES];
    size_t length = 0, most = instance_bytes(x->e, NULL);
    for (size_t k = 0; k < x->e->child_count; k++)
        most += 1 + (size_t)x->slice.bound[k] * instance_bytes(x->e, &x->e->children[k]);
    if (most > MOST_BYTES)
        return fault_new(x, FAULT_BROKEN, "CHECK_TOO_LARGE", "a state needs %zu bytes", most);
    uint32_t first = 0;
    bool added = false;
    answers_first(x);
    TRY(standing_new(x, x->e, NULL, &x->model, &s));
    TRY(encode(x, s, packed, &length));
    TRY(remember_state(x, packed, length, 0, 0, &first, &added));
    if (x->watcher && x->watcher->state)
        x->watcher->state(x->watcher->self, x, first, s);
    return NULL;
}

/* ---- what is worth remembering
 * -------------------------------------------------------------------------------------------------- */

static void read_by(struct exploration *x, const struct condition *c)
{
    for (size_t i = 0; c && i < c->memo_count; i++)
        x->live[c->memos[i].scope][c->memos[i].index] = true;
}

static void read_by_guards(struct exploration *x, const struct event_refuse *refuses, size_t count)
{
    for (size_t i = 0; i < count; i++)
        read_by(x, refuses[i].when);
}

static void read_by_chart(struct exploration *x, const struct chart *c)
{
    for (int i = 0; i < c->transition_count; i++) {
        read_by(x, c->transitions[i].condition);
        if (c->transitions[i].law)
            read_by_guards(x, c->transitions[i].law->refuses, c->transitions[i].law->refuse_count);
    }
    for (int i = 0; i < c->branch_count; i++)
        read_by(x, c->branches[i]->condition);
}

static void read_by_event(struct exploration *x, const struct event_kind *k)
{
    read_by_guards(x, k->refuses, k->refuse_count);
    for (size_t i = 0; i < k->separation_count; i++) {
        const struct event_kind *other = edition_event(x->e, k->separations[i].event);
        x->live[edition_scope_of(other->child == k->child ? k->child : NULL)][k->separations[i].memo] = true;
    }
}

/* Does the dossier's own chart await this event, or a memo of the dossier count it? */
static bool dossier_hears(const struct exploration *x, size_t event)
{
    const struct memo_list *memos = &x->e->inside->memos[CONDITION_DOSSIER];
    for (size_t i = 0; i < memos->count; i++)
        if (memos->list[i].event == (int)event && x->live[CONDITION_DOSSIER][i])
            return true;
    for (int i = 0; i < x->e->chart->transition_count; i++) {
        const struct chart_transition *t = &x->e->chart->transitions[i];
        for (size_t k = 0; k < t->event_count; k++)
            if ((t->target_count || t->actions) &&
                machine_descriptor_matches(t->events[k], x->e->events[event].name))
                return true;
    }
    return false;
}

static bool duty_in_chart(const struct chart *c, const char *event)
{
    for (int i = 0; i < c->transition_count; i++) {
        const struct chart_transition *t = &c->transitions[i];
        const struct state_law *law = c->states[t->source].law;
        for (size_t k = 0; law && law->duty_count && k < t->event_count; k++)
            if (machine_descriptor_matches(t->events[k], event))
                return true;
    }
    return false;
}

static bool duty_awaits(const struct exploration *x, const struct event_kind *k)
{
    bool out = k->child && x->slice.left_out >> k->child->index & 1;
    return duty_in_chart(x->e->chart, k->name) ||
           (k->child && !out && duty_in_chart(k->child->chart, k->name));
}

/* An event that can change nothing is not tried; the rules of those that can are read, which may bring in
 * more. */
static bool choose_acts(struct exploration *x)
{
    bool more = false;
    for (size_t i = 0; i < x->e->event_count; i++) {
        const struct event_kind *k = &x->e->events[i];
        bool in = k->child && !(x->slice.left_out >> k->child->index & 1);
        if (x->acts[i] ||
            !(in || (x->slice.duties && duty_awaits(x, k)) || k == x->slice.at || dossier_hears(x, i)))
            continue;
        x->acts[i] = more = true;
        if (in || !k->child || k->starts)
            read_by_event(x, k);
    }
    return more;
}

static const struct fault *choose_memos(struct exploration *x)
{
    const struct edition *e = x->e;
    x->acts = talloc_zero_array(x, bool, e->event_count + 1);
    TRY_MEMORY(x->acts);
    for (size_t scope = 0; scope <= e->child_count; scope++) {
        x->live[scope] = talloc_zero_array(x, bool, e->inside->memos[scope].count + 1);
        TRY_MEMORY(x->live[scope]);
    }
    read_by_chart(x, e->chart);
    for (size_t k = 0; k < e->child_count; k++)
        if (!(x->slice.left_out >> k & 1))
            read_by_chart(x, e->children[k].chart);
    for (size_t i = 0; i < 2; i++)
        read_by(x, x->slice.reads[i]);
    while (choose_acts(x))
        continue;
    return NULL;
}

/* No field of any event names children of this kind. */
static bool unnamed(const struct edition *e, const struct child_kind *kind)
{
    for (size_t i = 0; i < e->event_count; i++)
        for (size_t f = 0; f < e->events[i].field_count; f++)
            if (e->events[i].fields[f].kind == EVENT_FIELD_ITEM &&
                strcmp(e->events[i].fields[f].child, kind->name) == 0)
                return false;
    return true;
}

const struct fault *explore(TALLOC_CTX *life, const struct edition *e, const struct slice *slice,
                            uint32_t limit, const struct watcher *watcher, struct exploration **out,
                            bool *complete)
{
    struct exploration *x = talloc_zero(life, struct exploration);
    TRY_MEMORY(x);
    x->e = e;
    x->slice = *slice;
    x->watcher = watcher;
    x->model = (struct model){.left_out = slice->left_out, .persons = slice->persons, .asks = asks};
    TRY(frame_make(x, &x->here));
    TRY(frame_make(x, &x->there));
    for (size_t k = 0; k < e->child_count; k++)
        x->sortable[k] = unnamed(e, &e->children[k]);
    *out = x;
    *complete = true;
    TRY(choose_memos(x));
    TRY(begin(x));
    uint8_t bytes[MOST_BYTES];
    struct stepping st = {.bytes = bytes, .next = found};
    for (x->from = 0; x->from < x->count; x->from++) {
        struct standing *s = NULL;
        if (watcher && watcher->enough && watcher->enough(watcher->self))
            return NULL;
        if (x->count > limit || x->too_many) {
            *complete = false;
            return NULL;
        }
        memcpy(bytes, x->bytes + x->at[x->from], length_of(x, x->from)); /* the row may move while it grows */
        x->path_unknown = x->unknown[x->from];
        s = decode(x, &x->here, bytes);
        TRY(each_act(x, s, step, &st));
    }
    return NULL;
}

uint32_t exploration_count(const struct exploration *x)
{
    return x->count;
}
uint32_t exploration_unknown(const struct exploration *x, uint32_t state)
{
    return x->unknown[state];
}
uint32_t exploration_asked(const struct exploration *x)
{
    return x->model.unknown;
}

/* ---- stories
 * -----------------------------------------------------------------------------------------------------------------------
 */

const char *exploration_line(TALLOC_CTX *life, const struct act *act)
{
    const char *out = NULL;
    struct text *t = text_new(life, 2000);
    text_add(t, act->event->name);
    if (act->fact->child)
        text_printf(t, " %s", act->fact->child);
    for (size_t i = 0; i < act->event->field_count; i++) {
        const struct value *v = &act->values[i];
        if (v->kind == VALUE_TEXT)
            text_printf(t, " %s=%s", act->event->fields[i].name, v->text);
        else if (v->kind == VALUE_NUMBER)
            text_printf(t, " %s=%d", act->event->fields[i].name, (int)v->number);
        else if (v->kind == VALUE_FLAG)
            text_printf(t, " %s=%s", act->event->fields[i].name, v->number ? "true" : "false");
    }
    if (act->fact->by)
        text_printf(t, " by %s", act->fact->by);
    return text_end(t, &out, NULL) ? NULL : out;
}

/* Children are told by the names they keep: the way is walked again, and each step looked for by where it
 * leads. */
struct walking {
    const uint8_t *wanted;
    size_t wanted_length;
    bool found;
    TALLOC_CTX *life;
    const char *line;
    uint8_t raw[MOST_BYTES];
};

/* The same bytes without sorting: names stay with their children. */
static const struct fault *encode_raw(struct exploration *x, const struct standing *s, uint8_t *out)
{
    bool sortable[EXPLORE_KINDS];
    size_t length = 0;
    memcpy(sortable, x->sortable, sizeof sortable);
    memset(x->sortable, 0, sizeof x->sortable);
    const struct fault *f = encode(x, s, out, &length);
    memcpy(x->sortable, sortable, sizeof sortable);
    return f;
}

static const struct fault *walk_next(struct exploration *x, const uint8_t *bytes, size_t length,
                                     const struct act *act, bool has_moved, struct standing *after,
                                     void *self)
{
    struct walking *w = self;
    (void)has_moved;
    if (w->found || length != w->wanted_length || memcmp(bytes, w->wanted, length) != 0)
        return NULL;
    w->found = true;
    w->line = exploration_line(w->life, act);
    TRY_MEMORY(w->line);
    return encode_raw(x, after, w->raw);
}

const struct fault *exploration_story(TALLOC_CTX *life, struct exploration *x, uint32_t state,
                                      const char ***lines, size_t *count)
{
    size_t n = 0;
    for (uint32_t at = state; at; at = x->parent[at])
        n++;
    uint32_t *way = talloc_array(life, uint32_t, n + 1);
    *lines = talloc_zero_array(life, const char *, n + 1);
    TRY_MEMORY(way);
    TRY_MEMORY(*lines);
    *count = n;
    for (uint32_t at = state; n; at = x->parent[at])
        way[--n] = at;
    x->watcher = NULL;
    uint8_t bytes[MOST_BYTES];
    memcpy(bytes, x->bytes + x->at[0], length_of(x, 0));
    for (; n < *count; n++) {
        struct walking w = {
            .wanted = x->bytes + x->at[way[n]], .wanted_length = length_of(x, way[n]), .life = life};
        struct stepping st = {.bytes = bytes, .next = walk_next, .self = &w};
        struct standing *s = NULL;
        s = decode(x, &x->here, bytes);
        TRY(each_act(x, s, step, &st));
        (*lines)[n] = w.line;
        memcpy(bytes, w.raw, w.wanted_length);
    }
    return NULL;
}
