/* checker_sure.c - what every edition must keep. Most of it asks what is surely possible: in a slice an act
 * is sure when it is allowed whatever is left out may be, and a way is sure when all that its act may lead to
 * is good. Where that is not enough the slice is made larger; or a guard that only what is left out keeps
 * from letting pass is proven, in a slice of its own, to let pass by and by. */
#include "checker_inside.h"

#define MOST_OF_LEMMA  3000 /* states of a slice that proves a guard */
#define TRIES_OF_LEMMA 12

struct edge {
    uint32_t from, to;
};

/* From a state an act surely leads to one of ends[first … first+count). */
struct way {
    uint32_t from, first, count;
    bool waits; /* it may take acts before it that the slice does not see */
};

/* What would have to be looked at to be sure of some acts, and the guards that ask for it. */
struct help {
    struct parts needed;
    size_t count;
    const struct condition *guards[RUN_GUARDS];
};

/* An act that may lead from one state to another, and the help that would make it sure. */
struct maybe {
    uint32_t from, to, help;
};

/* What is gathered while the states are looked at. */
struct sure {
    TALLOC_CTX *life;
    uint8_t *marks; /* per state */
    size_t mark_room;
    struct way *ways; /* acts that are surely possible, each with all it may lead to */
    size_t way_count, way_room;
    uint32_t *ends;
    size_t end_count, end_room;
    struct maybe *maybes;
    size_t maybe_count, maybe_room;
    struct help *helps;
    size_t help_count, help_room;
    struct edge *edges; /* whatever an act may lead to */
    size_t edge_count, edge_room;
    /* of a lemma: the guards that are to let pass, and who must not notice what is done for it */
    const struct event_refuse *goals[SLICE_LEMMAS + 1];
    size_t goal_count;
    const struct exploration *outer;
};

enum { MARK_CLOSED = 1, MARK_ACTED = 2, MARK_BEYOND = 4, MARK_CLOSES = 8, MARK_MAYBE = 16 };

/* Does it ask what is surely possible, not only what may happen? */
bool is_sure_of(const struct edition_invariant *v)
{
    return v->kind == INVARIANT_POSSIBLE ||
           (v->kind == INVARIANT_BUILT_IN && !is_built_in(v, "closed-stays-closed"));
}

/* ---- what is seen
 * ------------------------------------------------------------------------------------------ */

static void mark(struct checking *c, uint32_t state, uint8_t bit)
{
    if (state >= c->sure->mark_room) {
        size_t room = c->sure->mark_room ? 2 * c->sure->mark_room : 1 << 10;
        while (room <= state)
            room *= 2;
        c->sure->marks = talloc_realloc(c->sure->life, c->sure->marks, uint8_t, room);
        if (!c->sure->marks) {
            c->fault = fault_memory();
            c->sure->mark_room = 0;
            return;
        }
        memset(c->sure->marks + c->sure->mark_room, 0, room - c->sure->mark_room);
        c->sure->mark_room = room;
    }
    c->sure->marks[state] |= bit;
}

/* Endings it is in that say what the outcome is: one for the whole dossier, or that of each item. */
static int endings(const struct edition *e, const struct standing *s)
{
    const struct instance *in = &s->instances[0];
    int n = 0;
    for (int i = 1; i < in->chart->state_count; i++) {
        const struct chart_state *state = &in->chart->states[i];
        bool says = !e->outcome_count || (state->law && (state->law->outcome || state->law->by_items));
        n += state->kind == CHART_FINAL && state->parent == 0 && machine_in(in->machine, i) && says;
    }
    return n;
}

/* Of a lemma: do the guards let pass, whatever the form says? */
static bool lets_pass(struct checking *c, struct exploration *x, struct standing *s)
{
    struct act nothing = {0};
    struct parts unknown = {0};
    for (size_t i = 0; i < c->sure->goal_count; i++) {
        const struct event_refuse *g = c->sure->goals[i];
        struct value v = exploration_ask(x, g->when, s, &nothing, 0, &unknown);
        if (v.kind == VALUE_UNKNOWN || (v.number != 0) != g->negated)
            return false;
    }
    return c->sure->goal_count > 0;
}

/* Is this where the ways are to lead? */
static bool is_reached(struct checking *c, struct exploration *x, struct standing *s, bool closed)
{
    struct act nothing = {0};
    if (c->v->kind != INVARIANT_POSSIBLE)
        return closed || lets_pass(c, x, s);
    struct value v = exploration_ask(x, c->v->condition, s, &nothing, 0, &c->unknown);
    return v.kind == VALUE_FLAG && v.number;
}

static void built_in_state(void *self, struct exploration *x, uint32_t state, struct standing *s)
{
    struct checking *c = self;
    bool closed = !s->instances[0].machine->running;
    mark(c, state, is_reached(c, x, s, closed) ? MARK_CLOSED : 0);
    if (is_built_in(c->v, "somebody-may-act")) {
        struct parts unknown = {0};
        bool wakes = exploration_wakes(x, s, &unknown);
        mark(c, state, wakes ? MARK_ACTED : parts_none(&unknown) ? 0 : MARK_MAYBE);
        parts_add(&c->unknown, &unknown);
    }
    if (!is_built_in(c->v, "closed-stays-closed"))
        return;
    c->witnesses += closed;
    if (closed && endings(c->e, s) != 1 && !c->found) {
        c->found = true;
        c->at = state;
    }
    uint32_t before = exploration_parent(x, state);
    if (state && !closed && (c->sure->marks[before] & MARK_CLOSED) && !c->found) {
        c->found = true;
        c->at = state;
    }
}

/* Is the act what an active state waits for: an event that leads on from it, raised by a role that owes it?
 */
static bool owed_by(const struct instance *in, const struct event_kind *k, int state)
{
    const struct chart_state *st = &in->chart->states[state];
    for (int t = 0; t < st->transition_count && st->law; t++) {
        const struct chart_transition *tr = &in->chart->transitions[st->first_transition + t];
        for (size_t e = 0; e < tr->event_count; e++)
            for (size_t d = 0; machine_descriptor_matches(tr->events[e], k->name) && d < st->law->duty_count;
                 d++)
                for (size_t r = 0; r < k->role_count; r++)
                    if (strcmp(k->roles[r], st->law->duty[d]) == 0)
                        return true;
    }
    return false;
}

static bool is_owed(const struct standing *s, const struct event_kind *k)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct instance *in = &s->instances[i];
        for (int st = 1; st < in->chart->state_count; st++)
            if (machine_in(in->machine, st) && owed_by(in, k, st))
                return true;
    }
    return false;
}

/* Do two ways of one act say the same in the form, as far as both were asked? */
static bool agree(const struct run *a, const struct run *b)
{
    for (size_t i = 0; i < a->said_count; i++)
        if (a->said[i].kind != VALUE_OPEN && b->said[i].kind != VALUE_OPEN &&
            !value_same(a->said[i], b->said[i]))
            return false;
    return true;
}

/* There is always somebody else who may act; and a day on which a period lets it pass: what the clocks refuse
 * is looked at by invariants that read them. */
static struct parts but_persons_and_days(struct parts p)
{
    p.persons = false;
    p.stops = p.holds = p.clocks = 0;
    return p;
}

/* With what this way says in the form, is the act allowed whatever is left out may be? */
static bool is_sure(const struct run *runs, size_t count, const struct run *seed)
{
    for (size_t i = 0; i < count; i++) {
        struct parts passed = but_persons_and_days(runs[i].passed);
        if (agree(seed, &runs[i]) && (!runs[i].allowed || !parts_none(&passed)))
            return false;
    }
    return true;
}

#define ROOM(c, array, count, room, type)                                                                    \
    ((c)->count < (c)->room ||                                                                               \
     ((c)->room = (c)->room ? 2 * (c)->room : 1 << 12,                                                       \
      ((c)->array = talloc_realloc((c)->life, (c)->array, type, (c)->room)) != NULL))

static void add_way(struct checking *c, uint32_t from, const struct run *runs, size_t count,
                    const struct run *seed)
{
    struct way w = {.from = from, .first = (uint32_t)c->sure->end_count};
    for (size_t i = 0; i < count; i++) {
        if (!agree(seed, &runs[i]))
            continue;
        if (!ROOM(c->sure, ends, end_count, end_room, uint32_t)) {
            c->fault = fault_memory();
            return;
        }
        if (runs[i].to == from)
            return; /* it may lead nowhere */
        w.waits = w.waits || runs[i].waits;
        if (w.count && c->sure->ends[c->sure->end_count - 1] == runs[i].to)
            continue;
        c->sure->ends[c->sure->end_count++] = runs[i].to;
        w.count++;
    }
    if (!ROOM(c->sure, ways, way_count, way_room, struct way)) {
        c->fault = fault_memory();
        return;
    }
    c->sure->ways[c->sure->way_count++] = w;
}

/* What keeps us from being sure of this way. */
static struct parts needed_for(const struct run *runs, size_t count, const struct run *seed)
{
    struct parts out = {0};
    for (size_t i = 0; i < count; i++) {
        if (!agree(seed, &runs[i]))
            continue;
        parts_add(&out, &runs[i].passed);
        if (!runs[i].allowed || runs[i].to != seed->to)
            parts_add(&out, &runs[i].unknown);
    }
    if (count > 1)
        parts_add(&out, &seed->unknown);
    return but_persons_and_days(out);
}

static void note_guards(struct help *h, const struct run *run)
{
    for (size_t i = 0; i < RUN_GUARDS && run->guards[i]; i++) {
        size_t n = 0;
        while (n < RUN_GUARDS && h->guards[n] && h->guards[n] != run->guards[i])
            n++;
        if (n < RUN_GUARDS)
            h->guards[n] = run->guards[i];
    }
}

static void add_maybe(struct checking *c, uint32_t from, const struct run *runs, size_t count,
                      const struct run *seed)
{
    struct parts needed = needed_for(runs, count, seed);
    uint32_t help = 0;
    if (parts_none(&needed))
        return;
    while (help < c->sure->help_count && !parts_same(&c->sure->helps[help].needed, &needed))
        help++;
    if (!ROOM(c->sure, maybes, maybe_count, maybe_room, struct maybe) ||
        !ROOM(c->sure, helps, help_count, help_room, struct help)) {
        c->fault = fault_memory();
        return;
    }
    if (help == c->sure->help_count)
        c->sure->helps[c->sure->help_count++] = (struct help){.needed = needed};
    note_guards(&c->sure->helps[help], seed);
    struct maybe m = {.from = from, .to = seed->to, .help = help};
    const struct maybe *last = c->sure->maybe_count ? &c->sure->maybes[c->sure->maybe_count - 1] : NULL;
    if (!last || memcmp(last, &m, sizeof m) != 0)
        c->sure->maybes[c->sure->maybe_count++] = m;
}

static void add_edges(struct checking *c, uint32_t from, const struct run *runs, size_t count, bool beyond)
{
    for (size_t i = 0; i < count && !c->fault; i++) {
        struct edge *last = c->sure->edge_count ? &c->sure->edges[c->sure->edge_count - 1] : NULL;
        if (!runs[i].allowed || (last && last->from == from && last->to == runs[i].to))
            continue;
        if (beyond)
            mark(c, from, MARK_MAYBE);
        else if (!ROOM(c->sure, edges, edge_count, edge_room, struct edge))
            c->fault = fault_memory();
        else
            c->sure->edges[c->sure->edge_count++] = (struct edge){from, runs[i].to};
    }
}

/* From where may it be closed at all, if all that is left out helps? */
static void spread_maybe(struct checking *c, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (c->sure->marks[i] & MARK_CLOSED)
            c->sure->marks[i] |= MARK_MAYBE;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = c->sure->edge_count; i > 0; i--)
            if ((c->sure->marks[c->sure->edges[i - 1].to] & MARK_MAYBE) &&
                !(c->sure->marks[c->sure->edges[i - 1].from] & MARK_MAYBE)) {
                c->sure->marks[c->sure->edges[i - 1].from] |= MARK_MAYBE;
                more = true;
            }
    }
}

/* What is left out may move the state while a way waits: then the way is none. */
static void drop_waiting(struct checking *c, uint32_t from, const struct run *runs, size_t count)
{
    bool moves = false;
    for (size_t i = 0; i < count; i++)
        moves = moves || (runs[i].allowed && runs[i].to != from);
    for (size_t w = c->sure->way_count; moves && w > 0 && c->sure->ways[w - 1].from == from; w--)
        if (c->sure->ways[w - 1].waits)
            c->sure->ways[w - 1].count = 0;
}

/* Whether somebody may act: the bound on children is ours, not the law's; where only it keeps somebody from
 * doing what is owed, he may. */
static void built_in_tried(void *self, struct exploration *x, uint32_t from, struct standing *s,
                           const struct act *act, const struct run *runs, size_t count, bool beyond)
{
    struct checking *c = self;
    bool time = exploration_is_time(act), elsewhere = exploration_is_elsewhere(act);
    bool closes = is_about_ways(c->v);
    if (closes && act->event->deed != EVENT_DEED_WITHDRAW)
        add_edges(c, from, runs, count, beyond);
    if (elsewhere)
        drop_waiting(c, from, runs, count);
    if (c->fault || elsewhere || act->event->deed == EVENT_DEED_WITHDRAW ||
        (c->sure->outer && exploration_notices(c->sure->outer, x, act)))
        return;
    bool owed = !time && is_owed(s, act->event);
    for (size_t i = 0; i < count && !c->fault; i++) {
        if (!runs[i].allowed)
            continue;
        bool sure = is_sure(runs, count, &runs[i]);
        if (owed && !closes)
            mark(c, from, MARK_MAYBE);
        if (sure && owed)
            mark(c, from, beyond ? MARK_BEYOND : MARK_ACTED);
        if (sure && closes && !beyond)
            add_way(c, from, runs, count, &runs[i]);
        if (closes ? !beyond : owed && !sure)
            add_maybe(c, from, runs, count, &runs[i]);
    }
}

/* Backwards from what is closed: a way is good when all it may lead to is. */
static const struct fault *spread_back(struct checking *c, uint32_t count)
{
    uint32_t *first = talloc_zero_array(c->life, uint32_t, (size_t)count + 2);
    uint32_t *into = talloc_array(c->life, uint32_t, c->sure->end_count + 1);
    uint32_t *left = talloc_array(c->life, uint32_t, c->sure->way_count + 1);
    uint32_t *stack = talloc_array(c->life, uint32_t, (size_t)count + 1);
    size_t depth = 0;
    TRY_MEMORY(first);
    TRY_MEMORY(into);
    TRY_MEMORY(left);
    TRY_MEMORY(stack);
    for (size_t w = 0; w < c->sure->way_count; w++)
        for (uint32_t i = 0; i < c->sure->ways[w].count; i++)
            first[c->sure->ends[c->sure->ways[w].first + i] + 2]++;
    for (uint32_t i = 0; i < count; i++)
        first[i + 1] += first[i];
    for (size_t w = 0; w < c->sure->way_count; w++) {
        left[w] = c->sure->ways[w].count;
        for (uint32_t i = 0; i < c->sure->ways[w].count; i++)
            into[first[c->sure->ends[c->sure->ways[w].first + i] + 1]++] = (uint32_t)w;
    }
    for (uint32_t i = 0; i < count; i++)
        if (c->sure->marks[i] & MARK_CLOSED) {
            c->sure->marks[i] |= MARK_CLOSES;
            stack[depth++] = i;
        }
    while (depth) {
        uint32_t at = stack[--depth];
        for (uint32_t i = first[at]; i < first[at + 1]; i++) {
            uint32_t from = c->sure->ways[into[i]].from;
            if (--left[into[i]] || (c->sure->marks[from] & MARK_CLOSES))
                continue;
            c->sure->marks[from] |= MARK_CLOSES;
            stack[depth++] = from;
        }
    }
    return NULL;
}

static uint8_t good_marks(const struct checking *c)
{
    return is_about_ways(c->v) ? MARK_CLOSES : MARK_CLOSED | MARK_ACTED | MARK_BEYOND;
}

const struct fault *sure_judge(struct checking *c, const struct exploration *x)
{
    uint32_t count = exploration_count(x);
    uint8_t good = good_marks(c);
    if (c->found || is_built_in(c->v, "closed-stays-closed"))
        return NULL;
    mark(c, count, 0); /* room for every state */
    TRY(c->fault);
    if (good == MARK_CLOSES) {
        TRY(spread_back(c, count));
        spread_maybe(c, count);
    }
    for (uint32_t i = 1; i < count; i++) { /* 0: nothing has been received yet */
        uint8_t marks = c->sure->marks[i];
        bool stuck = !(marks & (good | MARK_MAYBE));
        c->witnesses += !(marks & MARK_CLOSED);
        if (!(marks & good) && (!c->found || (stuck && !c->stuck))) {
            c->found = true;
            c->stuck = stuck;
            c->at = i;
        }
    }
    return NULL;
}

const struct fault *sure_begin(struct checking *c, struct watcher *w)
{
    c->sure = talloc_zero(c->life, struct sure);
    TRY_MEMORY(c->sure);
    c->sure->life = c->life;
    w->state = built_in_state;
    if (is_sure_of(c->v))
        w->tried = built_in_tried;
    return NULL;
}

/* ---- what helps
 * ------------------------------------------------------------------------------------------ */

/* A kind of children costs as much as its chart has states. */
static unsigned price_of(const struct edition *e, const struct parts *p)
{
    struct parts rest = *p;
    unsigned price = 0;
    rest.kinds = 0;
    for (size_t k = 0; k < e->child_count; k++)
        price += p->kinds >> k & 1 ? (unsigned)e->children[k].chart->state_count : 0;
    return price + parts_cost(&rest);
}

/* What would make sure, for its price, the most acts that lead to where somebody can. */
static const struct help *best_help(const struct checking *c, const struct slice *slice, unsigned most)
{
    const struct help *best = NULL;
    uint8_t good = good_marks(c);
    for (size_t i = 0; i < c->sure->maybe_count; i++) {
        const struct maybe *m = &c->sure->maybes[i];
        bool leads = good != MARK_CLOSES || (c->sure->marks[m->to] & good);
        c->sure->helps[m->help].count += leads && !(c->sure->marks[m->from] & good);
    }
    for (size_t i = 0; i < c->sure->help_count; i++) {
        const struct help *h = &c->sure->helps[i];
        struct parts more = parts_minus(&h->needed, &slice->keep), least = {0};
        if (!h->count || parts_none(&more) || price_of(c->e, &more) > most)
            continue;
        if (best)
            least = parts_minus(&best->needed, &slice->keep);
        unsigned price = price_of(c->e, &more), lowest = price_of(c->e, &least);
        if (!best || price < lowest || (price == lowest && h->count > best->count))
            best = h;
    }
    return best;
}

/* The event of which it is a guard that is asked of the dossier; NULL: none. */
static const struct event_kind *event_of(const struct edition *e, const struct condition *when,
                                         const struct event_refuse **out)
{
    for (size_t i = 0; i < e->event_count; i++)
        for (size_t n = 0; n < e->events[i].refuse_count; n++)
            if (e->events[i].refuses[n].when == when) {
                *out = &e->events[i].refuses[n];
                return e->events[i].child && !e->events[i].starts ? NULL : &e->events[i];
            }
    return NULL;
}

/* One slice of a lemma: from every state the goals can surely be reached, by acts that the outer slice does
 * not notice. */
static const struct fault *try_lemma(struct checking *c, struct slice *slice, bool *holds, bool *again)
{
    struct watcher w = {.self = c};
    struct exploration *x = NULL;
    bool complete = false;
    struct sure goals = *c->sure;
    *holds = *again = false;
    TRY(sure_begin(c, &w));
    memcpy(c->sure->goals, goals.goals, sizeof goals.goals);
    c->sure->goal_count = goals.goal_count;
    c->sure->outer = goals.outer;
    TRY(explore(c->life, c->e, slice, MOST_OF_LEMMA, &w, &x, &complete));
    TRY(c->fault);
    if (!complete)
        return NULL;
    TRY(sure_judge(c, x));
    *holds = !c->found;
    const struct help *help = c->found && !c->stuck ? best_help(c, slice, UINT_MAX) : NULL;
    if (help)
        parts_add(&slice->keep, &help->needed);
    *again = help != NULL;
    return NULL;
}

/* Can it always be brought about, without the outer slice noticing, that the guard lets pass, together with
 * those of its event that were proven before? Then what it waits for is no obstacle to a way. */
static const struct fault *prove_lemma(const struct checking *outer, const struct exploration *x,
                                       const struct slice *slice, const struct condition *when, bool *holds)
{
    static const struct edition_invariant BY_AND_BY = {.kind = INVARIANT_BUILT_IN,
                                                       .built_in = "can-always-close"};
    struct slice own = {.forgets = true, .keep = {.kinds = when->kinds & ~slice->keep.kinds}};
    const struct event_refuse *refuse = NULL;
    const struct event_kind *event = event_of(outer->e, when, &refuse);
    struct sure goals = {.goals = {refuse}, .goal_count = 1, .outer = x};
    bool again = event != NULL;
    *holds = false;
    for (size_t i = 0; i < slice->lemma_count && event; i++)
        if (slice->lemmas[i].holds && event_of(outer->e, slice->lemmas[i].guard, &refuse) == event)
            goals.goals[goals.goal_count++] = refuse;
    for (size_t k = 0; k < outer->e->child_count; k++)
        own.bound[k] = CHECK_BOUND;
    for (int tries = 0; again && tries < TRIES_OF_LEMMA; tries++) {
        TALLOC_CTX *life = talloc_new(outer->life);
        TRY_MEMORY(life);
        struct checking c = {.life = life, .e = outer->e, .v = &BY_AND_BY, .sure = &goals};
        const struct fault *f = fault_keep(outer->life, try_lemma(&c, &own, holds, &again));
        talloc_free(life);
        TRY(f);
    }
    return NULL;
}

const struct fault *sure_confirm(const struct checking *c, const struct exploration *x, struct slice *slice,
                                 bool *again)
{
    size_t count = slice->lemma_count;
    *again = false;
    for (size_t i = 0; i < count; i++) {
        struct slice_lemma *lemma = &slice->lemmas[i];
        bool holds = false;
        slice->lemma_count = i; /* those before it */
        if (lemma->holds)
            TRY(prove_lemma(c, x, slice, lemma->guard, &holds));
        *again = *again || holds != lemma->holds;
        lemma->holds = holds;
    }
    slice->lemma_count = count;
    return NULL;
}

static bool was_tried(const struct slice *slice, const struct condition *when)
{
    for (size_t i = 0; i < slice->lemma_count; i++)
        if (slice->lemmas[i].guard == when)
            return true;
    return slice->lemma_count == SLICE_LEMMAS;
}

/* Guards of helps that want kinds of children to be looked at: is one proven to let pass by and by? */
static const struct fault *prove_guards(const struct checking *c, const struct exploration *x,
                                        struct slice *slice, bool *proven)
{
    *proven = false;
    for (size_t i = 0; i < c->sure->help_count; i++) {
        const struct help *h = &c->sure->helps[i];
        for (size_t g = 0; h->count && g < RUN_GUARDS && h->guards[g]; g++) {
            const struct condition *when = h->guards[g];
            if (was_tried(slice, when) || !(when->kinds & ~slice->keep.kinds))
                continue;
            struct slice_lemma *lemma = &slice->lemmas[slice->lemma_count];
            *lemma = (struct slice_lemma){.guard = when};
            TRY(prove_lemma(c, x, slice, when, &lemma->holds));
            slice->lemma_count++;
            *proven = *proven || lemma->holds;
        }
    }
    return NULL;
}

const struct fault *sure_help(struct checking *c, const struct exploration *x, struct slice *slice,
                              unsigned most, bool *again)
{
    const struct help *help = best_help(c, slice, most);
    bool proven = false;
    *again = help != NULL;
    if (!help)
        return NULL;
    struct parts more = parts_minus(&help->needed, &slice->keep);
    if (more.kinds && is_about_ways(c->v))
        TRY(prove_guards(c, x, slice, &proven));
    if (!proven)
        parts_add(&slice->keep, &help->needed);
    return NULL;
}
