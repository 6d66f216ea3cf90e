#include "checker.h"

#include "explore.h"

#define BOUND        2     /* children of a kind in a slice */
#define MOST_TRIES   200   /* slices of one invariant */
#define MOST_TO_SEEK 5000  /* states of a slice that leads through the whole */
#define FEWER        5000  /* states of a slice before one child is looked at of kinds it does not speak of */
#define FEWER_SPOKEN 20000 /* … and of any kind */
#define RESTORED     20000 /* … and for a second child of one kind, once it is known what to look at */

/* One invariant under examination, in one slice. */
struct checking {
    TALLOC_CTX *life;
    const struct edition *e;
    const struct edition_invariant *v;
    uint64_t witnesses;
    struct parts witness_unknown; /* what kept us from seeing a witness */
    bool found;                   /* a break, or for `reachable` what is looked for */
    uint32_t at;
    struct parts unknown; /* what the break itself rests on */
    const char *last;     /* the act that breaks it */
    const struct fault *fault;
    /* what the built-in ones gather */
    uint8_t *marks; /* per state */
    size_t mark_room;
    struct way *ways; /* acts that are surely possible, each with all it may lead to */
    size_t way_count, way_room;
    uint32_t *ends;
    size_t end_count, end_room;
    struct maybe *maybes;
    size_t maybe_count, maybe_room;
    struct edge *edges; /* whatever an act may lead to */
    size_t edge_count, edge_room;
    bool stuck; /* where it was found, nothing that is left out could help */
};

struct edge {
    uint32_t from, to;
};

/* From a state an act surely leads to one of ends[first … first+count). */
struct way {
    uint32_t from, first, count;
};

/* An act that may lead from one state to another, and what would have to be looked at to be sure. */
struct maybe {
    uint32_t from, to;
    struct parts needed;
};

enum { MARK_CLOSED = 1, MARK_ACTED = 2, MARK_BEYOND = 4, MARK_CLOSES = 8, MARK_MAYBE = 16 };

static bool is_built_in(const struct edition_invariant *v, const char *name)
{
    return v->built_in && strcmp(v->built_in, name) == 0;
}

/* Does it ask what is surely possible, not only what may happen? */
static bool is_sure_of(const struct edition_invariant *v)
{
    return v->kind == INVARIANT_BUILT_IN && !is_built_in(v, "closed-stays-closed");
}

/* ---- declared invariants
 * --------------------------------------------------------------------------------------------- */

static bool breaks(const struct edition_invariant *v, struct value value)
{
    if (value.kind == VALUE_UNKNOWN)
        return true; /* perhaps; what it rests on is taken in */
    return (value.number != 0) == (v->kind != INVARIANT_ALWAYS);
}

static void tell_last(struct checking *c, const struct act *act)
{
    c->last = exploration_line(c->life, act);
    if (!c->last)
        c->fault = fault_memory();
}

static void judge_here(struct checking *c, struct exploration *x, uint32_t state, struct standing *s,
                       const struct act *act, size_t instance)
{
    struct parts unknown = {0};
    struct value witness = c->v->witness
                               ? exploration_ask(x, c->v->witness, s, act, instance, &c->witness_unknown)
                               : value_flag(true);
    if (witness.kind == VALUE_FLAG && witness.number && (act->event || c->v->witness))
        c->witnesses++;
    if (c->found || !c->v->condition)
        return;
    struct value value = exploration_ask(x, c->v->condition, s, act, instance, &unknown);
    if (!breaks(c->v, value))
        return;
    c->found = true;
    c->at = state;
    c->unknown = unknown;
    if (act->event) {
        struct parts asked = exploration_asked(x);
        parts_add(&c->unknown, &asked);
        tell_last(c, act);
    }
    if (c->v->kind == INVARIANT_REACHABLE)
        c->witnesses++;
}

static void watch_act(void *self, struct exploration *x, uint32_t from, struct standing *s,
                      const struct act *act, size_t instance)
{
    struct checking *c = self;
    if (act->event == c->v->at)
        judge_here(c, x, from, s, act, act->event->starts ? 0 : instance);
}

static void watch_state(void *self, struct exploration *x, uint32_t state, struct standing *s)
{
    struct checking *c = self;
    struct act nothing = {0};
    judge_here(c, x, state, s, &nothing, 0);
}

static bool is_found(void *self)
{
    const struct checking *c = self;
    return c->found || c->fault || (c->v->kind == INVARIANT_ONLY_BY && c->witnesses);
}

/* ---- what every edition must keep
 * -------------------------------------------------------------------------------------- */

static void mark(struct checking *c, uint32_t state, uint8_t bit)
{
    if (state >= c->mark_room) {
        size_t room = c->mark_room ? 2 * c->mark_room : 1 << 10;
        while (room <= state)
            room *= 2;
        c->marks = talloc_realloc(c->life, c->marks, uint8_t, room);
        if (!c->marks) {
            c->fault = fault_memory();
            c->mark_room = 0;
            return;
        }
        memset(c->marks + c->mark_room, 0, room - c->mark_room);
        c->mark_room = room;
    }
    c->marks[state] |= bit;
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

static void built_in_state(void *self, struct exploration *x, uint32_t state, struct standing *s)
{
    struct checking *c = self;
    bool closed = !s->instances[0].machine->running;
    mark(c, state, closed ? MARK_CLOSED : 0);
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
    if (state && !closed && (c->marks[before] & MARK_CLOSED) && !c->found) {
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
    struct way w = {.from = from, .first = (uint32_t)c->end_count};
    for (size_t i = 0; i < count; i++) {
        if (!agree(seed, &runs[i]))
            continue;
        if (!ROOM(c, ends, end_count, end_room, uint32_t)) {
            c->fault = fault_memory();
            return;
        }
        if (runs[i].to == from)
            return; /* it may lead nowhere */
        if (w.count && c->ends[c->end_count - 1] == runs[i].to)
            continue;
        c->ends[c->end_count++] = runs[i].to;
        w.count++;
    }
    if (!ROOM(c, ways, way_count, way_room, struct way)) {
        c->fault = fault_memory();
        return;
    }
    c->ways[c->way_count++] = w;
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

static void add_maybe(struct checking *c, uint32_t from, const struct run *runs, size_t count,
                      const struct run *seed)
{
    struct maybe m = {.from = from, .to = seed->to, .needed = needed_for(runs, count, seed)};
    if (parts_none(&m.needed))
        return;
    if (!ROOM(c, maybes, maybe_count, maybe_room, struct maybe)) {
        c->fault = fault_memory();
        return;
    }
    c->maybes[c->maybe_count++] = m;
}

static void add_edges(struct checking *c, uint32_t from, const struct run *runs, size_t count, bool beyond)
{
    for (size_t i = 0; i < count && !c->fault; i++) {
        struct edge *last = c->edge_count ? &c->edges[c->edge_count - 1] : NULL;
        if (!runs[i].allowed || (last && last->from == from && last->to == runs[i].to))
            continue;
        if (beyond)
            mark(c, from, MARK_MAYBE);
        else if (!ROOM(c, edges, edge_count, edge_room, struct edge))
            c->fault = fault_memory();
        else
            c->edges[c->edge_count++] = (struct edge){from, runs[i].to};
    }
}

/* From where may it be closed at all, if all that is left out helps? */
static void spread_maybe(struct checking *c, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (c->marks[i] & (MARK_CLOSED | MARK_BEYOND))
            c->marks[i] |= MARK_MAYBE;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = c->edge_count; i > 0; i--)
            if ((c->marks[c->edges[i - 1].to] & MARK_MAYBE) &&
                !(c->marks[c->edges[i - 1].from] & MARK_MAYBE)) {
                c->marks[c->edges[i - 1].from] |= MARK_MAYBE;
                more = true;
            }
    }
}

/* The bound on children is ours, not the law's: where only it keeps somebody from doing what is owed, the way
 * is open. */
static void built_in_tried(void *self, struct exploration *x, uint32_t from, struct standing *s,
                           const struct act *act, const struct run *runs, size_t count, bool beyond)
{
    struct checking *c = self;
    bool time = exploration_is_time(act);
    (void)x;
    bool closes = is_built_in(c->v, "can-always-close");
    if (closes && act->event->deed != EVENT_DEED_WITHDRAW)
        add_edges(c, from, runs, count, beyond);
    if (c->fault || exploration_is_elsewhere(act) || act->event->deed == EVENT_DEED_WITHDRAW)
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

/* Backwards from what is closed, and from where only the bound stands in the way: a way is good when all it
 * may lead to is. */
static const struct fault *spread_back(struct checking *c, uint32_t count)
{
    uint32_t *first = talloc_zero_array(c->life, uint32_t, (size_t)count + 2);
    uint32_t *into = talloc_array(c->life, uint32_t, c->end_count + 1);
    uint32_t *left = talloc_array(c->life, uint32_t, c->way_count + 1);
    uint32_t *stack = talloc_array(c->life, uint32_t, (size_t)count + 1);
    size_t depth = 0;
    TRY_MEMORY(first);
    TRY_MEMORY(into);
    TRY_MEMORY(left);
    TRY_MEMORY(stack);
    for (size_t w = 0; w < c->way_count; w++)
        for (uint32_t i = 0; i < c->ways[w].count; i++)
            first[c->ends[c->ways[w].first + i] + 2]++;
    for (uint32_t i = 0; i < count; i++)
        first[i + 1] += first[i];
    for (size_t w = 0; w < c->way_count; w++) {
        left[w] = c->ways[w].count;
        for (uint32_t i = 0; i < c->ways[w].count; i++)
            into[first[c->ends[c->ways[w].first + i] + 1]++] = (uint32_t)w;
    }
    for (uint32_t i = 0; i < count; i++)
        if (c->marks[i] & (MARK_CLOSED | MARK_BEYOND)) {
            c->marks[i] |= MARK_CLOSES;
            stack[depth++] = i;
        }
    while (depth) {
        uint32_t at = stack[--depth];
        for (uint32_t i = first[at]; i < first[at + 1]; i++) {
            uint32_t from = c->ways[into[i]].from;
            if (--left[into[i]] || (c->marks[from] & MARK_CLOSES))
                continue;
            c->marks[from] |= MARK_CLOSES;
            stack[depth++] = from;
        }
    }
    return NULL;
}

static const struct fault *judge_built_in(struct checking *c, const struct exploration *x)
{
    uint32_t count = exploration_count(x);
    bool close = is_built_in(c->v, "can-always-close");
    if (c->found || is_built_in(c->v, "closed-stays-closed"))
        return NULL;
    mark(c, count, 0); /* room for every state */
    TRY(c->fault);
    if (close) {
        TRY(spread_back(c, count));
        spread_maybe(c, count);
    }
    uint8_t good = close ? MARK_CLOSES : MARK_CLOSED | MARK_ACTED | MARK_BEYOND;
    for (uint32_t i = 1; i < count; i++) { /* 0: nothing has been received yet */
        if (!(c->marks[i] & MARK_CLOSED))
            c->witnesses++;
        bool stuck = !(c->marks[i] & (good | MARK_MAYBE));
        if (!(c->marks[i] & good) && (!c->found || (stuck && !c->stuck))) {
            c->found = true;
            c->stuck = stuck;
            c->at = i;
        }
    }
    return NULL;
}

/* ---- slices
 * ----------------------------------------------------------------------------------------------------------------
 */

static void keep_facts(const struct edition *e, struct parts *keep, const struct condition *c)
{
    for (size_t i = 0; c && i < c->memo_count; i++) {
        size_t bit = edition_memo_number(e, (size_t)c->memos[i].scope, c->memos[i].index);
        if (bit < 128)
            keep->facts[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
    if (c) {
        keep->kinds |= c->kinds;
        keep->persons |= c->reads_persons;
    }
}

static struct slice first_slice(const struct edition *e, const struct edition_invariant *v)
{
    bool surely = v->kind == INVARIANT_BUILT_IN || v->kind == INVARIANT_REACHABLE;
    bool closes = is_built_in(v, "can-always-close");
    struct slice s = {.at = v->at, .reads = {v->condition, v->witness}};
    s.duties = v->kind == INVARIANT_BUILT_IN && is_built_in(v, "somebody-may-act");
    keep_facts(e, &s.keep, v->condition);
    keep_facts(e, &s.keep, v->witness);
    if (v->at && v->at->child)
        s.keep.kinds |= UINT32_C(1) << v->at->child->index;
    for (size_t k = 0; k < e->child_count; k++)
        s.bound[k] = surely && (closes || !e->children[k].letter_field) ? 1 : BOUND;
    return s;
}

/* Kinds whose second child can be done without: first those that the invariant does not speak of, then the
 * others, letters last. */
static uint32_t doubled(const struct edition *e, const struct edition_invariant *v, const struct slice *s,
                        bool spoken_of)
{
    uint32_t spoken = (v->condition ? v->condition->kinds : 0) | (v->witness ? v->witness->kinds : 0),
             out = 0;
    if (v->at && v->at->child)
        spoken |= UINT32_C(1) << v->at->child->index;
    for (size_t k = 0; k < e->child_count; k++)
        if ((s->keep.kinds >> k & 1) && s->bound[k] > 1 && (spoken >> k & 1) == spoken_of)
            out |= UINT32_C(1) << k;
    uint32_t letters = 0;
    for (size_t k = 0; k < e->child_count; k++)
        letters |= e->children[k].letter_field ? UINT32_C(1) << k : 0;
    return spoken_of && (out & ~letters) ? out & ~letters : out;
}

/* How many states are looked at before fewer children are. */
static uint32_t enough_states(const struct edition *e, const struct edition_invariant *v,
                              const struct slice *s, uint32_t limit)
{
    uint32_t most = doubled(e, v, s, false) ? FEWER : doubled(e, v, s, true) ? FEWER_SPOKEN : limit;
    return most < limit ? most : limit;
}

static void fewer_children(const struct edition *e, const struct edition_invariant *v, struct slice *s)
{
    uint32_t kinds = doubled(e, v, s, false);
    if (!kinds)
        kinds = doubled(e, v, s, true);
    for (size_t k = 0; k < e->child_count; k++)
        if (kinds >> k & 1)
            s->bound[k] = 1;
}

/* What was unknown, step by step from the break backwards. */
struct doubts {
    struct parts *list;
    size_t count, room;
    TALLOC_CTX *life;
    size_t kinds[32]; /* how often each was asked for */
};

static const struct fault *doubt(struct doubts *d, const struct parts *unknown)
{
    for (size_t k = 0; k < 32; k++)
        d->kinds[k] += unknown->kinds >> k & 1;
    if (parts_none(unknown))
        return NULL;
    if (d->count == d->room) {
        d->room = d->room ? 2 * d->room : 64;
        d->list = talloc_realloc(d->life, d->list, struct parts, d->room);
        TRY_MEMORY(d->list);
    }
    d->list[d->count++] = *unknown;
    return NULL;
}

static uint32_t most_asked(const struct doubts *d, uint32_t among)
{
    size_t best = 32;
    for (size_t k = 0; k < 32; k++)
        if ((among >> k & 1) && (best == 32 || d->kinds[k] > d->kinds[best]))
            best = k;
    return UINT32_C(1) << best;
}

/* Takes in what is cheapest of what was unknown nearest to the break: facts, persons, regions, clocks, and
 * last a kind of children. False: there was nothing, the break is real. */
static bool widen(struct slice *s, const struct doubts *d)
{
    for (int class = 0; class < 7; class ++)
        for (size_t i = 0; i < d->count; i++) {
            struct parts more = parts_minus(&d->list[i], &s->keep), take = {0};
            if (class == 0)
                memcpy(take.facts, more.facts, sizeof take.facts);
            else if (class == 1)
                take.persons = more.persons;
            else if (class == 2)
                take.regions = more.regions;
            else if (class == 3)
                take.stops = more.stops;
            else if (class == 4)
                take.holds = more.holds;
            else if (class == 5)
                take.clocks = more.clocks;
            else if (more.kinds)
                take.kinds = most_asked(d, more.kinds);
            if (parts_none(&take))
                continue;
            parts_add(&s->keep, &take);
            return true;
        }
    return false;
}

static const struct fault *doubts_of_way(struct doubts *d, const struct checking *c,
                                         const struct exploration *x)
{
    TRY(doubt(d, &c->unknown));
    for (uint32_t at = c->at; at; at = exploration_parent(x, at)) {
        struct parts unknown = exploration_unknown(x, at);
        TRY(doubt(d, &unknown));
    }
    return NULL;
}

/* What would make many acts sure. */
struct help {
    struct parts needed;
    size_t count;
};

static const struct fault *help_add(struct help **list, size_t *count, TALLOC_CTX *life,
                                    const struct parts *needed)
{
    size_t i = 0;
    while (i < *count && memcmp(&(*list)[i].needed, needed, sizeof *needed) != 0)
        i++;
    if (i == *count) {
        *list = talloc_realloc(life, *list, struct help, *count + 1);
        TRY_MEMORY(*list);
        memset(&(*list)[i], 0, sizeof(*list)[i]);
        memcpy(&(*list)[(*count)++].needed, needed, sizeof *needed);
    }
    (*list)[i].count++;
    return NULL;
}

/* Where nobody surely can: what would make sure, for its price, the most acts that lead to where somebody
 * can. */
static const struct fault *best_help(struct doubts *d, const struct checking *c, const struct slice *slice,
                                     uint8_t good)
{
    struct help *list = NULL;
    size_t count = 0, best = 0;
    bool closes = is_built_in(c->v, "can-always-close");
    for (size_t i = 0; i < c->maybe_count; i++) {
        const struct maybe *m = &c->maybes[i];
        struct parts more = parts_minus(&m->needed, &slice->keep);
        if ((c->marks[m->from] & good) || parts_none(&more) || (closes && !(c->marks[m->to] & good)))
            continue;
        TRY(help_add(&list, &count, c->life, &more));
    }
    for (size_t i = 1; i < count; i++)
        if (list[i].count * parts_cost(&list[best].needed) > list[best].count * parts_cost(&list[i].needed))
            best = i;
    return count ? doubt(d, &list[best].needed) : NULL;
}

/* ---- one invariant
 * -----------------------------------------------------------------------------------------------------------
 */

static const struct fault *tell_story(TALLOC_CTX *life, const struct checking *c, const struct retold *way,
                                      struct check_line *line)
{
    line->story_count = 0;
    line->story = talloc_array(life, const char *, way->count + 2);
    TRY_MEMORY(line->story);
    for (size_t i = 0; i <= way->count; i++) {
        const char *said = i < way->count ? way->lines[i] : c->last;
        if (said)
            TRY_MEMORY(line->story[line->story_count++] = talloc_strdup(life, said));
    }
    return NULL;
}

static void conclude(struct check_line *line, const struct edition_invariant *v, const struct checking *c,
                     bool complete)
{
    bool wanted = v->kind == INVARIANT_REACHABLE;
    line->witnesses = c->witnesses;
    line->holds = wanted ? c->found : complete && !c->found && c->witnesses;
    if (!line->holds)
        line->why = c->found && !wanted ? "broken" : !complete ? "not proven" : wanted ? "broken" : "vacuous";
}

static struct watcher watcher_for(struct checking *c)
{
    struct watcher w = {.enough = is_found, .self = c};
    if (c->v->kind == INVARIANT_BUILT_IN) {
        w.state = built_in_state;
        if (!is_built_in(c->v, "closed-stays-closed"))
            w.tried = built_in_tried;
    } else if (c->v->at) {
        w.act = watch_act;
    } else {
        w.state = watch_state;
    }
    return w;
}

/* Is what was found real? The way to it is walked again with nothing left out; c->last is then what the whole
 * says. What is surely possible is asked of the slice alone: there the way counts. */
static const struct fault *walk_again(struct checking *c, struct exploration *x, struct retold *way)
{
    struct checking whole = {.life = c->life, .e = c->e, .v = c->v};
    bool surely = is_sure_of(c->v);
    struct watcher last = watcher_for(&whole);
    last.tried = NULL;
    TRY(exploration_retell(c->life, x, c->at, surely ? NULL : &last, way));
    TRY(whole.fault);
    way->real = surely ? way->arrived : way->real;
    if (way->real && !surely)
        c->last = whole.last;
    return NULL;
}

/* What was found in this state alone. */
static bool is_found_here(void *self)
{
    struct checking *c = self;
    bool here = c->found;
    c->found = false;
    return here || c->fault;
}

/* What can be reached is reached once the whole can, whatever way the slice has found. */
static const struct fault *seek_in_whole(struct checking *c, const struct slice *slice, struct retold *way)
{
    struct checking at = {.life = c->life, .e = c->e, .v = c->v};
    struct watcher goal = watcher_for(&at);
    goal.enough = is_found_here;
    TRY(exploration_seek(c->life, c->e, slice, MOST_TO_SEEK, &goal, &way->real));
    return at.fault;
}

/* A larger slice to look at, when what was found may only be an effect of what is left out. */
static const struct fault *look_wider(struct checking *c, struct exploration *x, const struct retold *way,
                                      bool complete, struct slice *slice, bool *again)
{
    struct doubts d = {.life = c->life};
    bool surely = is_sure_of(c->v);
    *again = false;
    if (c->found && way->real && (!surely || c->stuck))
        return NULL;
    if (c->found && !way->real) {
        TRY(doubt(&d, way->arrived ? &c->unknown : &way->asked));
        *again = widen(slice, &d);
        if (*again)
            return NULL;
    }
    if (c->found && surely) {
        uint8_t good = is_built_in(c->v, "can-always-close") ? MARK_CLOSED | MARK_CLOSES
                                                             : MARK_CLOSED | MARK_ACTED | MARK_BEYOND;
        TRY(best_help(&d, c, slice, good));
        if (d.count) {
            parts_add(&slice->keep, &d.list[0]);
            *again = true;
            return NULL;
        }
        TRY(doubts_of_way(&d, c, x));
    } else if (c->found) {
        TRY(doubts_of_way(&d, c, x));
    } else if (complete && !c->witnesses) {
        TRY(doubt(&d, &c->witness_unknown));
    }
    *again = widen(slice, &d);
    struct parts all = parts_all(c->e), rest = parts_minus(&all, &slice->keep);
    rest.regions &= slice->keep.regions == UINT32_MAX ? 0 : UINT32_MAX;
    if (!*again && c->found && surely && !parts_none(&rest)) {
        slice->keep = all; /* nothing says what is missing: then everything */
        *again = true;
    }
    return NULL;
}

static const struct fault *check_slice(TALLOC_CTX *life, const struct edition *e,
                                       const struct edition_invariant *v, uint32_t limit, bool fixed,
                                       struct slice *slice, struct check_line *line, bool *again)
{
    struct checking c = {.life = life, .e = e, .v = v};
    struct watcher watcher = watcher_for(&c);
    struct exploration *x = NULL;
    bool complete = false;
    uint32_t enough = fixed ? limit : enough_states(e, v, slice, limit);
    const struct fault *f = explore(life, e, slice, enough, &watcher, &x, &complete);
    line->explored += x ? exploration_count(x) : 0;
    TRY(f);
    TRY(c.fault);
    if (!complete && enough < limit) {
        fewer_children(e, v, slice);
        *again = true;
        return NULL;
    }
    if (complete && v->kind == INVARIANT_BUILT_IN)
        TRY(judge_built_in(&c, x));
    struct retold way = {0};
    if (c.found)
        TRY(walk_again(&c, x, &way));
    if (c.found && !way.real && v->kind == INVARIANT_REACHABLE)
        TRY(seek_in_whole(&c, slice, &way));
    TRY(look_wider(&c, x, &way, complete, slice, again));
    if (*again)
        return NULL;
    conclude(line, v, &c, complete);
    if (c.found && v->kind != INVARIANT_REACHABLE)
        TRY(tell_story(talloc_parent(life), &c, &way, line));
    return NULL;
}

/* Of an event that only some roles may raise: one that may and should not; NULL: none. What is explored then
 * only shows that the event can happen. */
static const char *role_too_many(const struct edition_invariant *v)
{
    for (size_t r = 0; v->kind == INVARIANT_ONLY_BY && r < v->at->role_count; r++) {
        bool named = false;
        for (size_t i = 0; i < v->role_count; i++)
            named = named || strcmp(v->at->roles[r], v->roles[i]) == 0;
        if (!named)
            return v->at->roles[r];
    }
    return NULL;
}

static const struct fault *tell_role(TALLOC_CTX *life, const struct edition_invariant *v, const char *role,
                                     struct check_line *line)
{
    line->why = "broken";
    line->story = talloc_array(life, const char *, 1);
    TRY_MEMORY(line->story);
    line->story[0] = talloc_asprintf(line->story, "%s by somebody of the role %s", v->at->name, role);
    TRY_MEMORY(line->story[0]);
    line->story_count = 1;
    return NULL;
}

/* Looks in one slice after the other, each a little larger, until the answer is sure; `fixed`: with as many
 * children as the slice says, and only while that takes fewer states than a second child is worth. */
static const struct fault *check_slices(TALLOC_CTX *life, const struct edition *e,
                                        const struct edition_invariant *v, uint32_t limit, bool fixed,
                                        struct slice *slice, struct check_line *line)
{
    bool again = true;
    *line = (struct check_line){.name = v->name, .basis = v->basis, .sentence = v->sentence};
    for (int tries = 0; again && tries < MOST_TRIES && (!fixed || line->explored < limit); tries++) {
        TALLOC_CTX *scratch = talloc_new(life);
        TRY_MEMORY(scratch);
        const struct fault *f =
            fault_keep(life, check_slice(scratch, e, v, limit, fixed, slice, line, &again));
        talloc_free(scratch);
        TRY(f);
    }
    if (again) {
        line->holds = false;
        line->why = "not proven";
    }
    return NULL;
}

/* Once it is known what to look at, one kind after the other is given its second child again, letters first.
 * What then takes too many states stays as it was. */
static const struct fault *restore_children(TALLOC_CTX *life, const struct edition *e,
                                            const struct edition_invariant *v, uint32_t limit,
                                            struct slice *slice, struct check_line *line)
{
    for (size_t n = 0; n < 2 * e->child_count && !line->story; n++) {
        const struct child_kind *kind = &e->children[n % e->child_count];
        struct slice more = *slice;
        struct check_line of_more;
        if ((n < e->child_count) != (kind->letter_field != NULL) || slice->bound[kind->index] >= BOUND ||
            !(slice->keep.kinds >> kind->index & 1))
            continue;
        more.bound[kind->index] = BOUND;
        TRY(check_slices(life, e, v, limit < RESTORED ? limit : RESTORED, true, &more, &of_more));
        of_more.explored += line->explored;
        line->explored = of_more.explored;
        if (of_more.why && strcmp(of_more.why, "not proven") == 0)
            continue;
        *line = of_more;
        *slice = more;
    }
    return NULL;
}

static const struct fault *note_bounds(TALLOC_CTX *life, const struct edition *e, const struct slice *slice,
                                       struct check_line *line)
{
    struct check_bound *bounds = talloc_array(life, struct check_bound, e->child_count + 1);
    TRY_MEMORY(bounds);
    line->bounds = bounds;
    for (size_t k = 0; k < e->child_count; k++)
        if ((slice->keep.kinds >> k & 1) && slice->bound[k] < BOUND)
            bounds[line->bound_count++] = (struct check_bound){e->children[k].name, slice->bound[k]};
    return NULL;
}

static const struct fault *check_one(TALLOC_CTX *life, const struct edition *e,
                                     const struct edition_invariant *v, uint32_t limit,
                                     struct check_line *line)
{
    struct slice slice = first_slice(e, v);
    const char *role = role_too_many(v);
    *line = (struct check_line){.name = v->name, .basis = v->basis, .sentence = v->sentence};
    if (role)
        return tell_role(life, v, role, line);
    TRY(check_slices(life, e, v, limit, false, &slice, line));
    bool shown = v->kind == INVARIANT_REACHABLE || v->kind == INVARIANT_ONLY_BY;
    bool too_large = line->why && strcmp(line->why, "not proven") == 0;
    if (line->story || (shown && line->holds))
        return NULL; /* one real way is proof enough */
    if (!too_large && !shown)
        TRY(restore_children(life, e, v, limit, &slice, line));
    return line->story ? NULL : note_bounds(life, e, &slice, line);
}

/* ---- the report
 * ----------------------------------------------------------------------------------------------------------------
 */

static const struct edition_invariant EVERY_EDITION[] = {
    {.name = "somebody-may-act",
     .kind = INVARIANT_BUILT_IN,
     .built_in = "somebody-may-act",
     .sentence = {"未办结的，总有人可以办理", "While a dossier is open, somebody may act"}},
    {.name = "closed-stays-closed",
     .kind = INVARIANT_BUILT_IN,
     .built_in = "closed-stays-closed",
     .sentence = {"办结状态不再改变", "A closed dossier stays closed"}},
    {.name = "can-always-close",
     .kind = INVARIANT_BUILT_IN,
     .built_in = "can-always-close",
     .sentence = {"任何申请都能够办结", "Every dossier can be brought to an end"}},
};
#define EVERY_COUNT (sizeof EVERY_EDITION / sizeof *EVERY_EDITION)

static bool declares(const struct edition *e, const char *built_in)
{
    for (size_t i = 0; i < e->invariant_count; i++)
        if (e->invariants[i].built_in && strcmp(e->invariants[i].built_in, built_in) == 0)
            return true;
    return false;
}

static void count_chart(struct check_report *r, const struct chart *c)
{
    r->states += (size_t)c->state_count - 1;
    for (int i = 0; i < c->transition_count; i++)
        r->transitions += c->transitions[i].node != c->states[c->transitions[i].source].node;
}

/* Lines stand in the order of the document; the built-in ones that it does not name come last. */
static const struct fault *check_all(const struct edition *e, const char *only, uint32_t limit,
                                     struct check_report *r)
{
    for (size_t i = 0; i < e->invariant_count + EVERY_COUNT; i++) {
        bool own = i < e->invariant_count;
        const struct edition_invariant *v = own ? &e->invariants[i] : &EVERY_EDITION[i - e->invariant_count];
        if ((!own && declares(e, v->built_in)) || (only && strcmp(only, v->name) != 0))
            continue;
        struct check_line *line = &r->lines[r->line_count++];
        TRY(check_one(r, e, v, limit, line));
        r->explored += line->explored;
    }
    return NULL;
}

const struct fault *edition_check_names(TALLOC_CTX *life, const struct edition *e, const char ***out,
                                        size_t *count)
{
    *count = 0;
    *out = talloc_array(life, const char *, e->invariant_count + EVERY_COUNT);
    TRY_MEMORY(*out);
    for (size_t i = 0; i < e->invariant_count; i++)
        (*out)[(*count)++] = e->invariants[i].name;
    for (size_t i = 0; i < EVERY_COUNT; i++)
        if (!declares(e, EVERY_EDITION[i].built_in))
            (*out)[(*count)++] = EVERY_EDITION[i].name;
    return NULL;
}

const struct fault *edition_check(TALLOC_CTX *life, const struct edition *e, const char *only, uint32_t limit,
                                  const struct check_report **out)
{
    struct check_report *r = talloc_zero(life, struct check_report);
    TRY_MEMORY(r);
    r->holds = true;
    r->lines = talloc_zero_array(r, struct check_line, e->invariant_count + EVERY_COUNT);
    TRY_MEMORY(r->lines);
    count_chart(r, e->chart);
    for (size_t i = 0; i < e->child_count; i++)
        count_chart(r, e->children[i].chart);
    if (!limit)
        limit = EXPLORE_LIMIT;
    TRY(check_all(e, only, limit, r));
    for (size_t i = 0; i < r->line_count; i++)
        r->holds = r->holds && r->lines[i].holds;
    *out = r;
    return NULL;
}
