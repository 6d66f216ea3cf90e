/* explore_state.c - a standing in bytes and back, and the set of those that were found. */
#include <assert.h>
#include "explore_inside.h"

#define MOST_COUNTED 3 /* how far facts are counted where more is asked than whether there is one */
#define POOL         (256 * 1024)
#define ARENA        (1024 * 1024)

enum { CODE_ABSENT, CODE_UNKNOWN, CODE_NO, CODE_YES, CODE_SOME, CODE_NUMBER = 8, CODE_TEXT = 40 };

enum { INSTANCE_RUNS = 1, INSTANCE_RESTS = 2 }; /* the first byte of an instance */

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
    case VALUE_SOME:
    case VALUE_DAY:
        *out = CODE_SOME;
        return NULL;
    case VALUE_FLAG:
        *out = v.number ? CODE_YES : CODE_NO;
        return NULL;
    case VALUE_NUMBER:
        *out = v.number < 0 ? CODE_UNKNOWN : (uint8_t)(CODE_NUMBER + (v.number < most ? v.number : most));
        return NULL;
    case VALUE_TEXT:
        return text_code(x,
                         memo->kind == MEMO_FIELD
                             ? choice_of(x, (size_t)memo->event, (size_t)memo->field, v.text, true)
                             : v.text,
                         out);
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
    if (code == CODE_SOME)
        return (struct value){.kind = VALUE_SOME};
    return (struct value){.kind = code == CODE_UNKNOWN ? VALUE_UNKNOWN : VALUE_ABSENT};
}

/* ---- instances
 * ----------------------------------------------------------------------------------------------- */

static size_t set_bytes(const struct chart *c)
{
    return ((size_t)c->state_count + 7) / 8;
}

size_t instance_bytes(const struct exploration *x, const struct child_kind *kind)
{
    const struct chart *c = edition_chart_of(x->e, kind);
    uint8_t clocks[64];
    bool seen = bit64(x->slice.keep.clocks, SEEN_BIT);
    return 1 + set_bytes(c) * (size_t)(c->history_count + 1) +
           x->e->inside->memos[edition_scope_of(kind)].count + TICKING_BYTES * ticking_of(x, kind, clocks) +
           (seen ? sizeof(uint32_t) : 0);
}

/* Sets of states lie in memory as little-endian words on the machines we build for. */
static uint8_t *encode_set(const struct exploration *x, const struct instance *in, const uint64_t *set,
                           uint8_t *out)
{
    uint64_t shown[CHART_WORDS];
    for (int w = 0; w < in->chart->words; w++)
        shown[w] = in->kind ? set[w] : set[w] & ~x->hidden[w];
    /* cppcheck-suppress uninitvar ; a chart has at least one word of states */
    memcpy(out, shown, set_bytes(in->chart));
    return out + set_bytes(in->chart);
}

static const struct fault *encode_instance(struct exploration *x, const struct frame_of *f, size_t index,
                                           uint8_t *out)
{
    const struct instance *in = &f->standing->instances[index];
    const struct chart *c = in->chart;
    size_t scope = edition_scope_of(in->kind);
    const struct memo_list *memos = &x->e->inside->memos[scope];
    *out++ = in->machine->running ? INSTANCE_RUNS : 0;
    out = encode_set(x, in, in->machine->sets, out);
    for (int st = 1; st < c->state_count && c->history_count; st++) {
        if (c->states[st].history < 0)
            continue;
        /* While its parent is active a history is going to be written again before it is read. */
        bool stale = !in->machine->running || machine_in(in->machine, c->states[st].parent);
        if (stale)
            memset(out, 0, set_bytes(c));
        else
            encode_set(x, in, in->machine->sets + (size_t)(c->states[st].history + 1) * (size_t)c->words,
                       out);
        out += set_bytes(c);
    }
    for (size_t i = 0; i < memos->count; i++, out++) {
        bool live = x->live[scope][i];
        if (!live)
            *out = CODE_ABSENT;
        else if (!keeps_memo(x, scope, i) || (memos->list[i].kind == MEMO_BY && !x->slice.keep.persons))
            *out = CODE_UNKNOWN;
        else
            TRY(encode_value(x, &memos->list[i], in->memos[i], out));
    }
    uint8_t clocks[64];
    size_t n = ticking_of(x, in->kind, clocks);
    for (size_t i = 0; i < n; i++, out += TICKING_BYTES) {
        struct ticking t = ticking_seen(x, clocks[i], f->ticks.rows[index * x->clock_count + clocks[i]]);
        memcpy(out, &t, TICKING_BYTES);
    }
    if (bit64(x->slice.keep.clocks, SEEN_BIT))
        memcpy(out, &f->ticks.seen[index], sizeof f->ticks.seen[index]);
    return NULL;
}

static void decode_instance(const struct exploration *x, const uint8_t *from, struct frame_of *f,
                            size_t index)
{
    struct instance *in = &f->standing->instances[index];
    const struct chart *c = in->chart;
    const struct memo_list *memos = &x->e->inside->memos[edition_scope_of(in->kind)];
    f->rests[index] = *from & INSTANCE_RESTS;
    in->machine->running = *from++ & INSTANCE_RUNS;
    for (int set = 0; set <= c->history_count; set++, from += set_bytes(c))
        memcpy(in->machine->sets + (size_t)set * (size_t)c->words, from, set_bytes(c));
    for (size_t i = 0; i < memos->count; i++)
        in->memos[i] = decode_value(x, *from++);
    uint8_t clocks[64];
    size_t n = ticking_of(x, in->kind, clocks);
    for (size_t i = 0; i < n; i++, from += TICKING_BYTES)
        memcpy(&f->ticks.rows[index * x->clock_count + clocks[i]], from, TICKING_BYTES);
    if (bit64(x->slice.keep.clocks, SEEN_BIT))
        memcpy(&f->ticks.seen[index], from, sizeof f->ticks.seen[index]);
}

/* ---- standings
 * -------------------------------------------------------------------------------------------------- */

/* Children of a kind one after the other; where their names do not matter, in the order of their bytes. */
static const struct fault *encode_kind(struct exploration *x, const struct frame_of *f,
                                       const struct child_kind *kind, bool sorted, uint8_t **out)
{
    const struct standing *s = f->standing;
    size_t width = instance_bytes(x, kind), n = 0;
    uint8_t *first = ++*out, held[MOST_BYTES];
    for (size_t i = 1; i < s->count; i++) {
        if (s->instances[i].kind != kind)
            continue;
        uint8_t *slot = first + n * width;
        enum resting resting = MOVES;
        TRY(encode_instance(x, f, i, slot));
        TRY(spent_look(x, &s->instances[i], slot, width, &resting));
        *slot |= resting == RESTS ? INSTANCE_RESTS : 0;
        if (resting == SPENT || (resting == RESTS && spent_alike(x, &s->instances[i], first, n, width)))
            continue;
        n++;
        for (; sorted && x->sortable[kind->index] && slot > first && memcmp(slot - width, slot, width) > 0;
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

const struct fault *state_encode(struct exploration *x, const struct frame_of *f, bool sorted,
                                 uint8_t out[MOST_BYTES], size_t *length)
{
    uint8_t *end = out + instance_bytes(x, NULL);
    TRY(encode_instance(x, f, 0, out));
    for (size_t k = 0; k < x->e->child_count; k++)
        if (keeps_kind(x, &x->e->children[k]))
            TRY(encode_kind(x, f, &x->e->children[k], sorted, &end));
    *length = (size_t)(end - out);
    return NULL;
}

const struct fault *child_id(struct exploration *x, const struct child_kind *kind, size_t number,
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

const struct fault *frame_make(struct exploration *x, struct frame_of *f)
{
    struct standing *s = f->standing = talloc_zero(x, struct standing);
    TRY_MEMORY(s);
    f->most = 4; /* the dossier, one more of a kind that is bounded, and room to add */
    s->e = x->e;
    s->model = &x->model;
    TRY(slot_make(s, NULL, NULL, &f->dossier));
    for (size_t k = 0; k < x->e->child_count; k++) {
        size_t slots = slots_of(x, k);
        f->slots[k] = talloc_array(x, struct instance, slots + 1);
        TRY_MEMORY(f->slots[k]);
        for (size_t i = 0; i < slots; i++) {
            const char *id = NULL;
            TRY(child_id(x, &x->e->children[k], i + 1, &id));
            TRY(slot_make(s, &x->e->children[k], id, &f->slots[k][i]));
            f->slots[k][i].id = id;
        }
        f->most += slots;
    }
    f->ticks.rows = talloc_zero_array(x, struct ticking, f->most * (x->clock_count + 1));
    f->ticks.seen = talloc_zero_array(x, uint32_t, f->most);
    f->rests = talloc_zero_array(x, bool, f->most);
    TRY_MEMORY(f->rests);
    TRY_MEMORY(f->ticks.rows);
    TRY_MEMORY(f->ticks.seen);
    f->young = talloc_pool(x, POOL);
    TRY_MEMORY(f->young);
    for (s->count = 0; s->count < f->most;) /* room for all of them */
        TRY(standing_add(s, NULL, NULL));
    s->young = f->young;
    s->count = 0;
    return NULL;
}

struct frame_of *state_decode(struct exploration *x, struct frame_of *f, const uint8_t *from)
{
    struct standing *s = f->standing;
    talloc_free_children(f->young);
    memset(f->ticks.rows, 0, f->most * x->clock_count * sizeof *f->ticks.rows);
    memset(f->ticks.seen, 0, f->most * sizeof *f->ticks.seen);
    s->instances[0] = f->dossier;
    s->count = 1;
    decode_instance(x, from, f, 0);
    from += instance_bytes(x, NULL);
    for (size_t k = 0; k < x->e->child_count; k++) {
        if (!keeps_kind(x, &x->e->children[k]))
            continue;
        size_t n = *from++, width = instance_bytes(x, &x->e->children[k]);
        for (size_t i = 0; i < n; i++, from += width) {
            s->instances[s->count++] = f->slots[k][i];
            decode_instance(x, from, f, s->count - 1);
        }
    }
    return f;
}

/* ---- the set of states
 * ------------------------------------------------------------------------------------------------ */

uint64_t state_hash(const uint8_t *bytes, size_t length)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
    return h ^ h >> 29;
}

static size_t slot_of(const struct exploration *x, const uint8_t *bytes, size_t length)
{
    size_t slot = state_hash(bytes, length) & (x->table_size - 1);
    while (x->table[slot]) {
        const struct row *row = row_of(x, x->table[slot] - 1);
        if (row->length == length && memcmp(row->bytes, bytes, length) == 0)
            break;
        slot = (slot + 1) & (x->table_size - 1);
    }
    return slot;
}

static const struct fault *table_grow(struct exploration *x)
{
    if (x->table && 2 * (size_t)x->count < x->table_size)
        return NULL;
    x->table_size = x->table ? 2 * x->table_size : 1 << 12;
    talloc_free(x->table);
    x->table = talloc_zero_array(x, uint32_t, x->table_size);
    TRY_MEMORY(x->table);
    for (uint32_t i = 0; i < x->count; i++)
        x->table[slot_of(x, row_of(x, i)->bytes, row_of(x, i)->length)] = i + 1;
    return NULL;
}

static const struct fault *rows_grow(struct exploration *x, size_t length)
{
    if (x->count == x->block_count * ROWS) {
        x->blocks = talloc_realloc(x, x->blocks, struct row *, x->block_count + 1);
        TRY_MEMORY(x->blocks);
        x->blocks[x->block_count] = talloc_array(x, struct row, ROWS);
        TRY_MEMORY(x->blocks[x->block_count]);
        x->block_count++;
    }
    if (x->arena_left < length) {
        x->arena = talloc_array(x, uint8_t, ARENA);
        TRY_MEMORY(x->arena);
        x->arena_left = ARENA;
    }
    return NULL;
}

bool state_known(const struct exploration *x, const uint8_t *bytes, size_t length, uint32_t *out)
{
    size_t slot = x->table ? slot_of(x, bytes, length) : 0;
    if (!x->table || !x->table[slot])
        return false;
    *out = x->table[slot] - 1;
    return true;
}

/* The number of the state, new or known. */
const struct fault *state_remember(struct exploration *x, const uint8_t *bytes, size_t length,
                                   uint32_t parent, const struct parts *unknown, uint32_t *out, bool *added)
{
    TRY(table_grow(x));
    size_t slot = slot_of(x, bytes, length);
    *added = !x->table[slot];
    if (!*added) {
        *out = x->table[slot] - 1;
        return NULL;
    }
    TRY(rows_grow(x, length));
    memcpy(x->arena, bytes, length);
    *row_of(x, x->count) =
        (struct row){.bytes = x->arena, .length = (uint16_t)length, .parent = parent, .unknown = *unknown};
    x->arena += length;
    x->arena_left -= length;
    *out = x->count;
    x->table[slot] = ++x->count;
    return NULL;
}

struct standing *state_stand(struct exploration *x, uint32_t state, uint8_t bytes[MOST_BYTES])
{
    memcpy(bytes, row_of(x, state)->bytes, row_of(x, state)->length);
    x->from = state;
    return state_decode(x, &x->here, bytes)->standing;
}
