/* explore_spent.c - children that are at rest: nothing that can still happen moves them. Of two that are
 * alike one is kept, where no rule counts them; and one that no rule of the slice could tell from none is
 * spent and is forgotten: a notice that was served, say. Whatever can be done with them can be done without,
 * so that a bound on children need count only those that still move. */
#include "explore_inside.h"
#include "text.h"

#define LOOKED  4096 /* what was found out last is kept */
#define LONGEST 240

struct looked {
    uint16_t length; /* 0: nothing yet */
    uint8_t kind;
    enum resting resting;
    uint8_t bytes[LONGEST];
};

struct spent {
    struct looked looked[LOOKED];
    struct value *unknown;       /* memos of nobody in particular */
    bool counted[EXPLORE_KINDS]; /* some rule asks how many there are */
};

/* Does anything that may still be raised move it, or will it move by itself? */
static bool is_at_rest(const struct exploration *x, const struct instance *in)
{
    for (int i = 0; i < in->chart->transition_count && in->machine->running; i++) {
        const struct chart_transition *t = &in->chart->transitions[i];
        bool initial = t->node == in->chart->states[t->source].node;
        if (initial || !machine_in(in->machine, t->source))
            continue;
        if (!t->event_count)
            return false;
        for (size_t n = 0; n < t->event_count; n++)
            for (size_t e = 0; e < x->e->event_count; e++)
                if (x->acts[e] && machine_descriptor_matches(t->events[n], x->e->events[e].name))
                    return false;
    }
    return true;
}

static struct value nobody_knows(const struct situation *s, int state)
{
    (void)s;
    (void)state;
    return (struct value){.kind = VALUE_UNKNOWN};
}

static struct value no_clock_known(const struct situation *s, const char *clock,
                                   enum clock_attribute attribute, size_t instance)
{
    (void)clock;
    (void)attribute;
    return nobody_knows(s, (int)instance);
}

/* Everything but the child is unknown: the dossier, the form, who raises it, the clocks, other kinds. */
static bool is_overlooked(const struct exploration *x, const struct instance *in)
{
    struct instance pair[2] = {{.memos = x->spent->unknown}, *in};
    struct situation s = {.instances = pair,
                          .count = 2,
                          .day = {.kind = VALUE_UNKNOWN},
                          .by = {.kind = VALUE_UNKNOWN},
                          .left_out = ~(UINT32_C(1) << in->kind->index),
                          .in = nobody_knows,
                          .clock = no_clock_known};
    for (size_t i = 0; i < x->read_count; i++)
        if (!condition_blind(x->reads[i], &s, (int)in->kind->index))
            return false;
    return true;
}

static const struct fault *spent_make(struct exploration *x)
{
    size_t most = 0;
    for (size_t scope = 0; scope <= x->e->child_count; scope++)
        most = x->e->inside->memos[scope].count > most ? x->e->inside->memos[scope].count : most;
    x->spent = talloc_zero(x, struct spent);
    TRY_MEMORY(x->spent);
    x->spent->unknown = talloc_array(x->spent, struct value, most + 1);
    TRY_MEMORY(x->spent->unknown);
    for (size_t i = 0; i <= most; i++)
        x->spent->unknown[i] = (struct value){.kind = VALUE_UNKNOWN};
    for (size_t i = 0; i < x->read_count; i++)
        for (size_t k = 0; k < x->e->child_count; k++)
            x->spent->counted[k] |= condition_counts(x->reads[i], (int)k);
    return NULL;
}

static enum resting judge(const struct exploration *x, const struct instance *in)
{
    if (!is_at_rest(x, in))
        return MOVES;
    return is_overlooked(x, in) ? SPENT : RESTS;
}

const struct fault *spent_look(struct exploration *x, const struct instance *in, const uint8_t *bytes,
                               size_t length, enum resting *out)
{
    *out = MOVES;
    if (!x->slice.forgets || !x->sortable[in->kind->index])
        return NULL;
    if (!x->spent)
        TRY(spent_make(x));
    struct looked *v = &x->spent->looked[state_hash(bytes, length) % LOOKED];
    if (v->length == length && v->kind == in->kind->index && memcmp(v->bytes, bytes, length) == 0) {
        *out = v->resting;
        return NULL;
    }
    *out = judge(x, in);
    if (length <= LONGEST) {
        *v = (struct looked){.length = (uint16_t)length, .kind = (uint8_t)in->kind->index, .resting = *out};
        memcpy(v->bytes, bytes, length);
    }
    return NULL;
}

bool spent_alike(const struct exploration *x, const struct instance *in, const uint8_t *first, size_t count,
                 size_t length)
{
    const uint8_t *bytes = first + count * length;
    for (size_t i = 0; i < count && !x->spent->counted[in->kind->index]; i++)
        if (memcmp(first + i * length, bytes, length) == 0)
            return true;
    return false;
}
