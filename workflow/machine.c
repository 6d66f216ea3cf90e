/* The names of the functions are those of the pseudocode in SCXML 1.0, Appendix D, so that the two can be
 * laid side by side. Sets of states are bits in document order: entry order is upwards, exit order downwards.
 */
#include "machine.h"

#include <assert.h>
#include <talloc.h>

#define MOST_STEPS  10000 /* of one external event: beyond it the chart does not come to rest */
#define MOST_RAISED 256   /* internal events that wait at the same time */

typedef uint64_t state_set[CHART_WORDS];

struct run {
    TALLOC_CTX *life;
    const struct chart *chart;
    struct machine *m;
    const struct machine_world *world;
    int queue[MOST_RAISED]; /* of chart->names */
    size_t queue_head, queue_length;
    bool overflow;
};

/* Transitions by their index; small, because it lies on the stack. */
struct picked {
    size_t count;
    int refused; /* the one that was asked last and may not be taken; -1: none */
    uint16_t list[CHART_STATES];
};

/* Not an initializer: the queue is large and need not be cleared. */
static void run_begin(struct run *r, TALLOC_CTX *life, const struct chart *chart, struct machine *m,
                      const struct machine_world *world)
{
    r->life = life;
    r->chart = chart;
    r->m = m;
    r->world = world;
    r->queue_head = r->queue_length = 0;
    r->overflow = false;
}

static inline const struct chart_transition *picked_at(const struct run *r, const struct picked *p, size_t i)
{
    return &r->chart->transitions[p->list[i]];
}

/* As many words of a set as the chart has; the rest is never looked at. */
static inline void clear(const struct run *r, uint64_t *set)
{
    for (int w = 0; w < r->chart->words; w++)
        set[w] = 0;
}

static inline bool has(const uint64_t *set, int state)
{
    return set[state / 64] >> (state % 64) & 1;
}
static inline void put(uint64_t *set, int state)
{
    set[state / 64] |= UINT64_C(1) << (state % 64);
}
static inline void drop(uint64_t *set, int state)
{
    set[state / 64] &= ~(UINT64_C(1) << (state % 64));
}
/* The next member at or after `from`; -1 at the end. */
static int next_in(const uint64_t *set, int words, int from)
{
    for (int w = from / 64; w < words; w++) {
        uint64_t bits = set[w];
        if (w == from / 64)
            bits &= ~UINT64_C(0) << (from % 64);
        if (bits)
            return w * 64 + __builtin_ctzll(bits);
    }
    return -1;
}
/* The last member at or before `from`; -1 at the beginning. */
static int before_in(const uint64_t *set, int from)
{
    for (int w = from / 64; from >= 0 && w >= 0; w--) {
        uint64_t bits = set[w];
        if (w == from / 64)
            bits &= ~UINT64_C(0) >> (63 - from % 64);
        if (bits)
            return w * 64 + 63 - __builtin_clzll(bits);
    }
    return -1;
}
#define FOR_EACH_DOWN(state, set, words)                                                                     \
    for (int state = before_in(set, (words)*64 - 1); state >= 0; state = before_in(set, state - 1))
#define FOR_EACH_IN(state, set, words)                                                                       \
    for (int state = next_in(set, words, 0); state >= 0; state = next_in(set, words, state + 1))

static uint64_t *history_of(const struct run *r, int slot)
{
    return r->m->sets + (size_t)(slot + 1) * (size_t)r->chart->words;
}

static const struct chart_state *state_at(const struct run *r, int state)
{
    return &r->chart->states[state];
}

static bool history_known(const struct run *r, int slot)
{
    return next_in(history_of(r, slot), r->chart->words, 0) >= 0;
}

/* ---- events and conditions
 * ------------------------------------------------------------------------------------------ */

bool machine_descriptor_matches(const char *descriptor, const char *event)
{
    return chart_descriptor_matches(descriptor, chart_descriptor_length(descriptor), event);
}

/* An event by its number in chart->names; by its name where the chart does not know it; or none at all. */
#define NO_EVENT (-1)
#define BY_NAME  (-2)
struct heard {
    int number;
    const char *name;
};

static struct heard heard_name(const struct chart *chart, const char *event)
{
    int number = chart_name_index(chart, event);
    return (struct heard){.number = number >= 0 ? number : BY_NAME, .name = event};
}

static inline bool holds(const struct run *r, const struct condition *condition)
{
    return r->world && r->world->holds && r->world->holds(r->world->self, r->m, condition);
}

/* An event that no transition waits for changes nothing and is not kept. */
static void enqueue(struct run *r, int event)
{
    if (!has(r->chart->heard, event))
        return;
    if (r->queue_length == MOST_RAISED) {
        r->overflow = true;
        return;
    }
    r->queue[(r->queue_head + r->queue_length++) % MOST_RAISED] = event;
}

static void execute(struct run *r, const struct chart_action *a);

static void execute_branches(struct run *r, const struct chart_branch *b)
{
    for (; b; b = b->next)
        if (!b->condition || holds(r, b->condition)) {
            execute(r, b->actions);
            return;
        }
}

static void execute(struct run *r, const struct chart_action *a)
{
    for (; a; a = a->next) {
        if (a->kind == CHART_RAISE)
            enqueue(r, a->raises);
        else
            execute_branches(r, a->branches);
    }
}

/* ---- which transitions
 * ------------------------------------------------------------------------------------------------ */

/* Effective targets: a history stands for what it remembers, or for its default. */
static void effective_targets(const struct run *r, const struct chart_transition *t, uint64_t *out)
{
    for (size_t i = 0; i < t->target_count; i++) {
        const struct chart_state *s = state_at(r, t->targets[i]);
        if (s->history < 0)
            put(out, s->index);
        else if (history_known(r, s->history))
            for (int w = 0; w < r->chart->words; w++)
                out[w] |= history_of(r, s->history)[w];
        else
            effective_targets(r, &r->chart->transitions[s->initial], out);
    }
}

static bool all_descend(const struct run *r, const uint64_t *set, int ancestor)
{
    FOR_EACH_IN(s, set, r->chart->words)
    if (!chart_descends(r->chart, s, ancestor))
        return false;
    return true;
}

/* The least common compound ancestor of the source and all targets; -1: no targets. */
static int transition_domain(const struct run *r, const struct chart_transition *t)
{
    if (t->domain != CHART_ASK)
        return t->domain;
    state_set targets;
    clear(r, targets);
    effective_targets(r, t, targets);
    if (t->internal && state_at(r, t->source)->kind == CHART_COMPOUND && all_descend(r, targets, t->source))
        return t->source;
    int at = state_at(r, t->source)->parent;
    while (at > 0 && !(state_at(r, at)->kind == CHART_COMPOUND && all_descend(r, targets, at)))
        at = state_at(r, at)->parent;
    return at < 0 ? 0 : at;
}

static void add_exit_set(const struct run *r, const struct chart_transition *t, uint64_t *out)
{
    int domain = transition_domain(r, t);
    if (domain < 0)
        return;
    int last = state_at(r, domain)->last;
    for (int s = next_in(r->m->sets, r->chart->words, domain + 1); s >= 0 && s <= last;
         s = next_in(r->m->sets, r->chart->words, s + 1))
        put(out, s);
}

static bool exits_meet(const struct run *r, const struct chart_transition *a,
                       const struct chart_transition *b)
{
    state_set first, second;
    clear(r, first);
    clear(r, second);
    add_exit_set(r, a, first);
    add_exit_set(r, b, second);
    for (int w = 0; w < r->chart->words; w++)
        if (first[w] & second[w])
            return true;
    return false;
}

/* An inner source wins over an outer one, else the earlier in document order. */
static void remove_conflicting(const struct run *r, struct picked *p)
{
    struct picked kept;
    kept.count = 0;
    for (size_t i = 0; i < p->count; i++) {
        bool preempted = false, removed[CHART_STATES];
        memset(removed, 0, kept.count * sizeof *removed);
        for (size_t k = 0; k < kept.count && !preempted; k++) {
            if (!exits_meet(r, picked_at(r, p, i), picked_at(r, &kept, k)))
                continue;
            if (chart_descends(r->chart, picked_at(r, p, i)->source, picked_at(r, &kept, k)->source))
                removed[k] = true;
            else
                preempted = true;
        }
        if (preempted)
            continue;
        size_t left = 0;
        for (size_t k = 0; k < kept.count; k++)
            if (!removed[k])
                kept.list[left++] = kept.list[k];
        kept.list[left] = p->list[i];
        kept.count = left + 1;
    }
    memcpy(p->list, kept.list, kept.count * sizeof *kept.list);
    p->count = kept.count;
}

static bool is_picked(const struct picked *p, int transition)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->list[i] == transition)
            return true;
    return false;
}

static void pick(struct picked *p, const struct chart_transition *t)
{
    if (!is_picked(p, t->index))
        p->list[p->count++] = (uint16_t)t->index;
}

/* The first that may be taken from an atomic state, its own before those of the states around it. */
static void select_from(const struct run *r, int atomic, int number, struct picked *p)
{
    const uint32_t *waits = chart_waits(r->chart, number, atomic);
    for (uint32_t i = waits[0]; i < waits[1]; i++) {
        const struct chart_candidate *c = &r->chart->candidates[i];
        if (is_picked(p, c->transition))
            return; /* two regions find the same transition of their common ancestor */
        if (c->transition == p->refused)
            continue;
        if (!c->condition || holds(r, c->condition)) {
            p->list[p->count++] = c->transition;
            return;
        }
        p->refused = c->transition;
    }
}

static bool called(const struct chart_transition *t, const char *event)
{
    for (size_t i = 0; i < t->event_count; i++)
        if (chart_descriptor_matches(t->events[i], t->lengths[i], event))
            return true;
    return false;
}

/* The same for an event whose name the chart does not know: a prefix of it, or "*", may yet be waited for. */
static void select_by_name(const struct run *r, int atomic, const char *event, struct picked *p)
{
    for (int at = atomic; at > 0; at = state_at(r, at)->parent)
        for (int i = 0; i < state_at(r, at)->transition_count; i++) {
            const struct chart_transition *t = &r->chart->transitions[state_at(r, at)->first_transition + i];
            if (called(t, event) && (!t->condition || holds(r, t->condition))) {
                pick(p, t);
                return;
            }
        }
}

static void select_transitions(const struct run *r, struct heard event, struct picked *p)
{
    const uint64_t *among = event.number == BY_NAME
                                ? r->chart->atomic
                                : r->chart->eventless + (event.number + 1) * r->chart->words;
    p->count = 0;
    p->refused = -1;
    for (int w = 0; w < r->chart->words; w++)
        for (uint64_t left = r->m->sets[w] & among[w]; left; left &= left - 1) {
            int atomic = w * 64 + __builtin_ctzll(left);
            if (event.number == BY_NAME)
                select_by_name(r, atomic, event.name, p);
            else
                select_from(r, atomic, event.number, p);
        }
    if (p->count > 1)
        remove_conflicting(r, p);
}

/* ---- leaving
 * -------------------------------------------------------------------------------------------------------------
 */

static void remember(struct run *r, const struct chart_state *s)
{
    const struct chart *c = r->chart;
    for (int h = s->first_child; h >= 0; h = c->states[h].next) {
        if (c->states[h].history < 0)
            continue;
        uint64_t *memory = history_of(r, c->states[h].history);
        memset(memory, 0, (size_t)c->words * sizeof *memory);
        for (int d = s->index + 1; d <= s->last; d++) {
            bool atomic = c->states[d].kind == CHART_ATOMIC || c->states[d].kind == CHART_FINAL;
            if (has(r->m->sets, d) &&
                (c->states[h].kind == CHART_DEEP ? atomic : c->states[d].parent == s->index))
                put(memory, d);
        }
    }
}

/* The histories of the states that are left. */
static void remember_in(struct run *r, const uint64_t *leaving)
{
    state_set keepers;
    for (int w = 0; w < r->chart->words; w++)
        keepers[w] = leaving[w] & r->m->sets[w] & r->chart->keepers[w];
    FOR_EACH_IN(s, keepers, r->chart->words)
    remember(r, state_at(r, s));
}

static void exit_states(struct run *r, const struct picked *p)
{
    state_set leaving;
    clear(r, leaving);
    for (size_t i = 0; i < p->count; i++)
        add_exit_set(r, picked_at(r, p, i), leaving);
    if (r->chart->history_count)
        remember_in(r, leaving);
    FOR_EACH_DOWN(s, leaving, r->chart->words)
    {
        execute(r, state_at(r, s)->exit);
        drop(r->m->sets, s);
    }
}

/* ---- entering
 * ------------------------------------------------------------------------------------------------------------
 */

struct entering {
    state_set states, by_default;
    state_set by_history; /* history states whose default was taken */
};

static void add_descendants(struct run *r, struct entering *e, int state);

static void add_ancestors(struct run *r, struct entering *e, int state, int up_to)
{
    for (int at = state_at(r, state)->parent; at > 0 && at != up_to; at = state_at(r, at)->parent) {
        put(e->states, at);
        if (state_at(r, at)->kind != CHART_PARALLEL)
            continue;
        for (int child = state_at(r, at)->first_child; child >= 0; child = state_at(r, child)->next) {
            if (state_at(r, child)->history >= 0)
                continue;
            int found = next_in(e->states, r->chart->words, child);
            if (found < 0 || found > state_at(r, child)->last)
                add_descendants(r, e, child);
        }
    }
}

static void add_history(struct run *r, struct entering *e, const struct chart_state *s)
{
    if (history_known(r, s->history)) {
        FOR_EACH_IN(known, history_of(r, s->history), r->chart->words) add_descendants(r, e, known);
        FOR_EACH_IN(known, history_of(r, s->history), r->chart->words) add_ancestors(r, e, known, s->parent);
        return;
    }
    const struct chart_transition *t = &r->chart->transitions[s->initial];
    put(e->by_history, s->index);
    for (size_t i = 0; i < t->target_count; i++)
        add_descendants(r, e, t->targets[i]);
    for (size_t i = 0; i < t->target_count; i++)
        add_ancestors(r, e, t->targets[i], s->parent);
}

static void add_descendants(struct run *r, struct entering *e, int state)
{
    const struct chart_state *s = state_at(r, state);
    if (s->history >= 0) {
        add_history(r, e, s);
        return;
    }
    put(e->states, state);
    if (s->kind == CHART_COMPOUND) {
        const struct chart_transition *t = &r->chart->transitions[s->initial];
        put(e->by_default, state);
        for (size_t i = 0; i < t->target_count; i++)
            add_descendants(r, e, t->targets[i]);
        for (size_t i = 0; i < t->target_count; i++)
            add_ancestors(r, e, t->targets[i], state);
    } else if (s->kind == CHART_PARALLEL) {
        for (int child = s->first_child; child >= 0; child = state_at(r, child)->next) {
            if (state_at(r, child)->history >= 0)
                continue;
            int found = next_in(e->states, r->chart->words, child);
            if (found < 0 || found > state_at(r, child)->last)
                add_descendants(r, e, child);
        }
    }
}

static void entry_set(struct run *r, const struct chart_transition *t, struct entering *e)
{
    int domain = transition_domain(r, t);
    for (size_t i = 0; i < t->target_count; i++)
        add_descendants(r, e, t->targets[i]);
    state_set targets;
    clear(r, targets);
    effective_targets(r, t, targets);
    FOR_EACH_IN(s, targets, r->chart->words) add_ancestors(r, e, s, domain);
}

static bool in_final_state(const struct run *r, int state)
{
    const struct chart_state *s = state_at(r, state);
    if (s->kind == CHART_COMPOUND) {
        for (int child = s->first_child; child >= 0; child = state_at(r, child)->next)
            if (state_at(r, child)->kind == CHART_FINAL && has(r->m->sets, child))
                return true;
        return false;
    }
    if (s->kind != CHART_PARALLEL)
        return false;
    for (int child = s->first_child; child >= 0; child = state_at(r, child)->next)
        if (state_at(r, child)->history < 0 && !in_final_state(r, child))
            return false;
    return true;
}

static void enter_final(struct run *r, const struct chart_state *s)
{
    if (s->parent == 0) {
        r->m->running = false;
        return;
    }
    const struct chart_state *parent = state_at(r, s->parent);
    enqueue(r, parent->done);
    if (parent->parent > 0 && state_at(r, parent->parent)->kind == CHART_PARALLEL &&
        in_final_state(r, parent->parent))
        enqueue(r, state_at(r, parent->parent)->done);
}

static void enter_states(struct run *r, const struct picked *p)
{
    struct entering e;
    clear(r, e.states);
    clear(r, e.by_default);
    clear(r, e.by_history);
    for (size_t i = 0; i < p->count; i++)
        if (picked_at(r, p, i)->target_count)
            entry_set(r, picked_at(r, p, i), &e);
    FOR_EACH_IN(state, e.states, r->chart->words)
    {
        const struct chart_state *s = state_at(r, state);
        put(r->m->sets, state);
        execute(r, s->entry);
        if (has(e.by_default, state))
            execute(r, r->chart->transitions[s->initial].actions);
        for (int h = s->first_child; h >= 0 && r->chart->history_count; h = state_at(r, h)->next)
            if (has(e.by_history, h))
                execute(r, r->chart->transitions[state_at(r, h)->initial].actions);
        if (s->kind == CHART_FINAL)
            enter_final(r, s);
    }
}

/* ---- steps
 * -----------------------------------------------------------------------------------------------------------------
 */

static bool goes_somewhere(const struct run *r, const struct picked *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (picked_at(r, p, i)->target_count)
            return true;
    return false;
}

#ifndef NDEBUG
/* Would working it out now come to the same? */
static bool is_as_planned(struct run *r, const struct chart_transition *t)
{
    struct entering e;
    state_set leaving;
    clear(r, leaving);
    clear(r, e.states);
    clear(r, e.by_default);
    clear(r, e.by_history);
    add_exit_set(r, t, leaving);
    entry_set(r, t, &e);
    for (int w = 0; w < r->chart->words; w++)
        if (leaving[w] != (r->m->sets[w] & t->leaves[w]) || e.states[w] != t->enters[w])
            return false;
    return true;
}
#endif

/* Leaves and enters what was worked out by machine_plan(). */
static void move(struct run *r, const struct chart_transition *t)
{
    assert(is_as_planned(r, t));
    if (r->chart->history_count)
        remember_in(r, t->leaves);
    for (int w = 0; w < r->chart->words; w++)
        r->m->sets[w] &= ~t->leaves[w];
    execute(r, t->actions);
    for (int w = 0; w < r->chart->words; w++)
        r->m->sets[w] |= t->enters[w];
    if (t->ends >= 0)
        enter_final(r, state_at(r, t->ends));
}

static void microstep(struct run *r, const struct picked *p)
{
    if (r->world && r->world->takes)
        for (size_t i = 0; i < p->count; i++)
            r->world->takes(r->world->self, picked_at(r, p, i));
    if (p->count == 1 && picked_at(r, p, 0)->enters) {
        move(r, picked_at(r, p, 0));
        return;
    }
    if (!goes_somewhere(r, p)) {
        for (size_t i = 0; i < p->count; i++)
            execute(r, picked_at(r, p, i)->actions);
        return;
    }
    exit_states(r, p);
    for (size_t i = 0; i < p->count; i++)
        execute(r, picked_at(r, p, i)->actions);
    enter_states(r, p);
}

static const struct fault *endless(const struct run *r)
{
    const char *where = "?";
    FOR_EACH_IN(s, r->m->sets, r->chart->words)
    where = state_at(r, s)->id;
    return fault_new(r->life, FAULT_BROKEN, "CHART_ENDLESS",
                     "%s: eventless transitions or raised events do not come to rest (in \"%s\")",
                     r->chart->file, where);
}

static const struct fault *settle(struct run *r)
{
    int most = r->world && r->world->most_steps ? r->world->most_steps : MOST_STEPS;
    for (int step = 0; r->m->running; step++) {
        struct picked p;
        if (step == most || r->overflow)
            return endless(r);
        select_transitions(r, (struct heard){.number = NO_EVENT}, &p);
        if (!p.count && r->queue_length) {
            struct heard event = {.number = r->queue[r->queue_head]};
            r->queue_head = (r->queue_head + 1) % MOST_RAISED;
            r->queue_length--;
            select_transitions(r, event, &p);
        } else if (!p.count) {
            return NULL;
        }
        if (p.count)
            microstep(r, &p);
    }
    return NULL;
}

/* ---- what is always the same
 * ------------------------------------------------------------------------------------------------- */

/* Has nobody a say in what is left and entered but the chart? Two final states entered at once are told one
 * after the other. */
static bool is_always_so(const struct run *r, int domain, const struct entering *e, int *ends)
{
    *ends = -1;
    if (next_in(e->by_history, r->chart->words, 0) >= 0)
        return false;
    for (int s = domain + 1; s <= state_at(r, domain)->last; s++)
        if (state_at(r, s)->exit)
            return false;
    FOR_EACH_IN(s, e->states, r->chart->words)
    {
        bool final = state_at(r, s)->kind == CHART_FINAL;
        bool acts = has(e->by_default, s) && r->chart->transitions[state_at(r, s)->initial].actions;
        if (state_at(r, s)->entry || acts || (final && *ends >= 0))
            return false;
        *ends = final ? s : *ends;
    }
    return true;
}

static const struct fault *plan(struct run *r, struct chart_transition *t)
{
    size_t words = (size_t)r->chart->words;
    struct entering e;
    int domain = transition_domain(r, t);
    if (domain < 0)
        return NULL;
    clear(r, e.states);
    clear(r, e.by_default);
    clear(r, e.by_history);
    entry_set(r, t, &e);
    if (!is_always_so(r, domain, &e, &t->ends))
        return NULL;
    uint64_t *sets = talloc_zero_array(r->chart, uint64_t, 2 * words);
    TRY_MEMORY(sets);
    for (int s = domain + 1; s <= state_at(r, domain)->last; s++)
        put(sets, s);
    memcpy(sets + words, e.states, words * sizeof *sets);
    t->leaves = sets;
    t->enters = sets + words;
    return NULL;
}

const struct fault *machine_plan(struct chart *chart)
{
    struct machine *blank = machine_new(chart, chart);
    struct run r;
    TRY_MEMORY(blank);
    run_begin(&r, chart, chart, blank, NULL);
    for (int i = 0; i < chart->transition_count; i++)
        TRY(plan(&r, &chart->transitions[i]));
    talloc_free(blank);
    return NULL;
}

size_t machine_size(const struct chart *chart)
{
    return sizeof(struct machine) +
           (size_t)chart->words * (size_t)(chart->history_count + 1) * sizeof(uint64_t);
}

struct machine *machine_new(TALLOC_CTX *life, const struct chart *chart)
{
    return talloc_zero_size(life, machine_size(chart));
}

const struct fault *machine_start(TALLOC_CTX *life, const struct chart *chart, struct machine *m,
                                  const struct machine_world *world)
{
    struct run r;
    run_begin(&r, life, chart, m, world);
    memset(m, 0, machine_size(chart));
    m->running = true;
    struct picked p;
    p.count = 0;
    pick(&p, &chart->transitions[chart->states[0].initial]);
    if (picked_at(&r, &p, 0)->enters) {
        move(&r, picked_at(&r, &p, 0));
        return settle(&r);
    }
    execute(&r, picked_at(&r, &p, 0)->actions);
    enter_states(&r, &p);
    return settle(&r);
}

const struct fault *machine_settle(TALLOC_CTX *life, const struct chart *chart, struct machine *m,
                                   const struct machine_world *world)
{
    struct run r;
    if (!machine_restless(chart, m))
        return NULL;
    run_begin(&r, life, chart, m, world);
    return settle(&r);
}

static const struct fault *send(TALLOC_CTX *life, const struct chart *chart, struct machine *m,
                                const struct machine_world *world, struct heard event, bool *taken)
{
    struct run r;
    struct picked p;
    run_begin(&r, life, chart, m, world);
    if (taken)
        *taken = false;
    if (!m->running)
        return NULL;
    select_transitions(&r, event, &p);
    if (taken)
        *taken = p.count > 0;
    if (!p.count)
        return NULL;
    microstep(&r, &p);
    return settle(&r);
}

const struct fault *machine_send(TALLOC_CTX *life, const struct chart *chart, struct machine *m,
                                 const struct machine_world *world, const char *event, bool *taken)
{
    return send(life, chart, m, world, heard_name(chart, event), taken);
}

const struct fault *machine_send_number(TALLOC_CTX *life, const struct chart *chart, struct machine *m,
                                        const struct machine_world *world, int event, bool *taken)
{
    return send(life, chart, m, world, (struct heard){.number = event}, taken);
}

const struct fault *machine_take(TALLOC_CTX *life, const struct chart *chart, struct machine *m,
                                 const struct machine_world *world,
                                 const struct chart_transition *const *enabled, size_t count)
{
    struct run r;
    struct picked p;
    run_begin(&r, life, chart, m, world);
    for (p.count = 0; p.count < count; p.count++)
        p.list[p.count] = (uint16_t)enabled[p.count]->index;
    microstep(&r, &p);
    return settle(&r);
}

size_t machine_enabled(const struct chart *chart, const struct machine *m, const struct machine_world *world,
                       int event, const struct chart_transition **out, size_t room)
{
    /* Selecting only reads the machine; the cast serves the shared struct. */
    struct machine *readable = (struct machine *)(uintptr_t)m;
    struct run r;
    struct picked p;
    run_begin(&r, NULL, chart, readable, world);
    if (!m->running)
        return 0;
    select_transitions(&r, (struct heard){.number = event}, &p);
    for (size_t i = 0; i < p.count && i < room; i++)
        out[i] = picked_at(&r, &p, i);
    return p.count;
}
