#include "checker.h"

#include <assert.h>
#include "explore.h"

#define BOUND 2 /* children of a kind in a slice */

struct edge {
    uint32_t from, to;
};

/* One invariant under examination. */
struct checking {
    TALLOC_CTX *life;
    const struct edition *e;
    const struct edition_invariant *v;
    uint64_t witnesses;
    bool found; /* a break, or for `reachable` what is looked for */
    uint32_t at;
    uint32_t unknown;
    const char *last; /* the act that breaks it */
    const struct fault *fault;
    /* what the built-in ones gather */
    struct edge *edges;
    size_t edge_count, edge_room;
    uint8_t *marks; /* per state */
    size_t mark_room;
};

enum { MARK_CLOSED = 1, MARK_ACTED = 2, MARK_BEYOND = 4, MARK_CLOSES = 8 };

/* ---- declared invariants
 * --------------------------------------------------------------------------------------------- */

static bool breaks(const struct edition_invariant *v, struct value value)
{
    if (value.kind == VALUE_UNKNOWN)
        return v->kind != INVARIANT_REACHABLE;
    return (value.number != 0) == (v->kind != INVARIANT_ALWAYS);
}

static void judge_here(struct checking *c, struct exploration *x, uint32_t state, struct standing *s,
                       const struct act *act, size_t instance)
{
    struct situation situation = standing_situation(s, act);
    uint32_t asked = exploration_asked(x);
    struct value witness =
        c->v->witness ? condition_value(c->v->witness, &situation, instance) : value_flag(true);
    if (witness.kind == VALUE_FLAG && witness.number && (act->event || c->v->witness))
        c->witnesses++;
    struct value value = condition_value(c->v->condition, &situation, instance);
    if (c->found || !breaks(c->v, value))
        return;
    c->found = true;
    c->at = state;
    c->unknown = exploration_unknown(x, state) | (act->event ? asked : 0);
    if (value.kind == VALUE_UNKNOWN)
        c->unknown |= c->v->condition->kinds & situation.left_out;
    if (c->v->condition->reads_persons)
        c->unknown |= MODEL_PERSONS;
    if (c->v->kind == INVARIANT_REACHABLE)
        c->witnesses++;
    if (act->event) {
        c->last = exploration_line(c->life, act);
        if (!c->last)
            c->fault = fault_memory();
    }
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
    return c->found || c->fault;
}

/* ---- what every edition must keep
 * -------------------------------------------------------------------------------------- */

static void mark(struct checking *c, uint32_t state, uint8_t bit)
{
    if (state >= c->mark_room) {
        size_t room = c->mark_room ? 2 * c->mark_room : 1 << 14;
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

static void add_edge(struct checking *c, uint32_t from, uint32_t to)
{
    if (c->edge_count == c->edge_room) {
        c->edge_room = c->edge_room ? 2 * c->edge_room : 1 << 16;
        c->edges = talloc_realloc(c->life, c->edges, struct edge, c->edge_room);
        if (!c->edges) {
            c->fault = fault_memory();
            c->edge_room = c->edge_count = 0;
            return;
        }
    }
    c->edges[c->edge_count++] = (struct edge){from, to};
}

static int endings(const struct standing *s)
{
    const struct instance *in = &s->instances[0];
    int n = 0;
    for (int i = 1; i < in->chart->state_count; i++)
        n += in->chart->states[i].kind == CHART_FINAL && in->chart->states[i].parent == 0 &&
             machine_in(in->machine, i);
    return n;
}

static void built_in_state(void *self, struct exploration *x, uint32_t state, struct standing *s)
{
    struct checking *c = self;
    bool closed = !s->instances[0].machine->running;
    (void)x;
    mark(c, state, closed ? MARK_CLOSED : 0);
    if (strcmp(c->v->built_in, "closed-stays-closed") != 0 || !closed)
        return;
    c->witnesses++;
    if (endings(s) != 1 && !c->found) {
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

static void built_in_act(void *self, struct exploration *x, uint32_t from, struct standing *s,
                         const struct act *act, size_t instance)
{
    struct checking *c = self;
    (void)x, (void)instance;
    if (is_owed(s, act->event))
        mark(c, from, MARK_ACTED);
}

/* The bound on children is ours, not the law's: where only it keeps somebody from doing what is owed, the way
 * is open. */
static void built_in_beyond(void *self, uint32_t from, const struct standing *s, const struct act *act)
{
    if (is_owed(s, act->event))
        mark(self, from, MARK_BEYOND);
}

static void built_in_step(void *self, struct exploration *x, uint32_t from, uint32_t to,
                          const struct act *act, bool moved)
{
    struct checking *c = self;
    (void)moved;
    if (strcmp(c->v->built_in, "can-always-close") == 0 && act->event->deed != EVENT_DEED_WITHDRAW)
        add_edge(c, from, to);
    if (strcmp(c->v->built_in, "closed-stays-closed") == 0 && from < c->mark_room &&
        (c->marks[from] & MARK_CLOSED) && !(to < c->mark_room && (c->marks[to] & MARK_CLOSED)) && !c->found) {
        c->found = true;
        c->at = from;
        c->last = exploration_line(c->life, act);
    }
    (void)x;
}

/* Backwards from what is closed, and from where only the bound stands in the way. */
static const struct fault *spread_back(struct checking *c, uint32_t count)
{
    size_t *first = talloc_zero_array(c->life, size_t, (size_t)count + 2);
    uint32_t *into = talloc_array(c->life, uint32_t, c->edge_count + 1);
    uint32_t *stack = talloc_array(c->life, uint32_t, (size_t)count + 1);
    size_t depth = 0;
    TRY_MEMORY(first);
    TRY_MEMORY(into);
    TRY_MEMORY(stack);
    for (size_t i = 0; i < c->edge_count; i++)
        first[c->edges[i].to + 2]++;
    for (uint32_t i = 0; i < count; i++)
        first[i + 1] += first[i];
    for (size_t i = 0; i < c->edge_count; i++)
        into[first[c->edges[i].to + 1]++] = c->edges[i].from;
    for (uint32_t i = 0; i < count; i++)
        if (c->marks[i] & (MARK_CLOSED | MARK_BEYOND)) {
            c->marks[i] |= MARK_CLOSES;
            stack[depth++] = i;
        }
    while (depth) {
        uint32_t at = stack[--depth];
        for (size_t i = first[at]; i < first[at + 1]; i++)
            if (!(c->marks[into[i]] & MARK_CLOSES)) {
                c->marks[into[i]] |= MARK_CLOSES;
                stack[depth++] = into[i];
            }
    }
    return NULL;
}

static const struct fault *judge_built_in(struct checking *c, const struct exploration *x)
{
    uint32_t count = exploration_count(x);
    bool close = strcmp(c->v->built_in, "can-always-close") == 0;
    if (c->found || strcmp(c->v->built_in, "closed-stays-closed") == 0)
        return NULL;
    mark(c, count, 0); /* room for every state */
    TRY(c->fault);
    if (close)
        TRY(spread_back(c, count));
    uint8_t good = close ? MARK_CLOSES : MARK_CLOSED | MARK_ACTED | MARK_BEYOND;
    for (uint32_t i = 1; i < count; i++) { /* 0: nothing has been received yet */
        if (!(c->marks[i] & MARK_CLOSED))
            c->witnesses++;
        if (!(c->marks[i] & good) && !c->found) {
            c->found = true;
            c->at = i;
        }
    }
    return NULL;
}

/* ---- slices
 * ----------------------------------------------------------------------------------------------------------------
 */

static struct slice whole(const struct edition *e, const struct edition_invariant *v)
{
    struct slice s = {
        .persons = true, .duties = v->kind == INVARIANT_BUILT_IN, .reads = {v->condition, v->witness}};
    for (size_t k = 0; k < e->child_count; k++)
        s.bound[k] = e->children[k].letter_field ? BOUND : 1;
    return s;
}

static struct slice first_slice(const struct edition *e, const struct edition_invariant *v)
{
    if (v->kind == INVARIANT_BUILT_IN || v->kind == INVARIANT_REACHABLE)
        return whole(e, v);
    uint32_t keep = v->condition->kinds | (v->witness ? v->witness->kinds : 0);
    if (v->at && v->at->child)
        keep |= UINT32_C(1) << v->at->child->index;
    struct slice s = {
        .persons = v->condition->reads_persons, .at = v->at, .reads = {v->condition, v->witness}};
    for (size_t k = 0; k < e->child_count; k++) {
        s.bound[k] = BOUND;
        s.left_out |= keep & UINT32_C(1) << k ? 0 : UINT32_C(1) << k;
    }
    return s;
}

/* Takes in what was unknown on the way to the break; false: there was nothing, the break is real. */
static bool widen(struct slice *s, uint32_t unknown)
{
    uint32_t more = unknown & s->left_out;
    if (more)
        s->left_out &= ~more;
    else if ((unknown & MODEL_PERSONS) && !s->persons)
        s->persons = true;
    else
        return false;
    return true;
}

/* The built-in ones look at the same whole: it is explored once for all of them. */
struct together {
    struct checking list[8];
    size_t count;
};

static void together_state(void *self, struct exploration *x, uint32_t state, struct standing *s)
{
    struct together *t = self;
    for (size_t i = 0; i < t->count; i++)
        built_in_state(&t->list[i], x, state, s);
}

static void together_act(void *self, struct exploration *x, uint32_t from, struct standing *s,
                         const struct act *act, size_t instance)
{
    struct together *t = self;
    for (size_t i = 0; i < t->count; i++)
        built_in_act(&t->list[i], x, from, s, act, instance);
}

static void together_step(void *self, struct exploration *x, uint32_t from, uint32_t to,
                          const struct act *act, bool moved)
{
    struct together *t = self;
    for (size_t i = 0; i < t->count; i++)
        built_in_step(&t->list[i], x, from, to, act, moved);
}

static void together_beyond(void *self, struct exploration *x, uint32_t from, struct standing *s,
                            const struct act *act)
{
    struct together *t = self;
    (void)x;
    for (size_t i = 0; i < t->count; i++)
        built_in_beyond(&t->list[i], from, s, act);
}

static bool together_enough(void *self)
{
    const struct together *t = self;
    for (size_t i = 0; i < t->count; i++)
        if (t->list[i].fault)
            return true;
    return false;
}

static const struct fault *tell_story(TALLOC_CTX *life, const struct checking *c, struct exploration *x,
                                      struct check_line *line)
{
    TRY(exploration_story(life, x, c->at, &line->story, &line->story_count));
    if (!c->last)
        return NULL;
    line->story = talloc_realloc(life, line->story, const char *, line->story_count + 1);
    TRY_MEMORY(line->story);
    line->story[line->story_count] = talloc_strdup(life, c->last);
    TRY_MEMORY(line->story[line->story_count]);
    line->story_count++;
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

static const struct fault *conclude_built_in(TALLOC_CTX *life, struct checking *c, struct exploration *x,
                                             bool complete, struct check_line *line)
{
    if (complete)
        TRY(judge_built_in(c, x));
    conclude(line, c->v, c, complete);
    line->explored = exploration_count(x);
    return c->found ? tell_story(life, c, x, line) : NULL;
}

static const struct fault *check_built_in(TALLOC_CTX *life, const struct edition *e,
                                          const struct edition_invariant *const *list,
                                          struct check_line *const *lines, size_t count, uint32_t limit,
                                          uint64_t *explored)
{
    struct together *t = talloc_zero(life, struct together);
    TRY_MEMORY(t);
    assert(count <= sizeof t->list / sizeof *t->list);
    t->count = count;
    for (size_t i = 0; i < count; i++) {
        t->list[i] = (struct checking){.life = t, .e = e, .v = list[i]};
        *lines[i] = (struct check_line){
            .name = list[i]->name, .basis = list[i]->basis, .sentence = list[i]->sentence};
    }
    struct slice slice = whole(e, list[0]);
    struct watcher watcher = {.state = together_state,
                              .act = together_act,
                              .step = together_step,
                              .beyond = together_beyond,
                              .enough = together_enough,
                              .self = t};
    struct exploration *x = NULL;
    bool complete = false;
    TRY(explore(t, e, &slice, limit, &watcher, &x, &complete));
    *explored += exploration_count(x);
    for (size_t i = 0; i < count; i++) {
        TRY(t->list[i].fault);
        TRY(conclude_built_in(life, &t->list[i], x, complete, lines[i]));
    }
    talloc_free(t);
    return NULL;
}

static const struct fault *check_one(TALLOC_CTX *life, const struct edition *e,
                                     const struct edition_invariant *v, uint32_t limit,
                                     struct check_line *line)
{
    struct slice slice = first_slice(e, v);
    *line = (struct check_line){.name = v->name, .basis = v->basis, .sentence = v->sentence};
    for (bool again = true; again;) {
        TALLOC_CTX *scratch = talloc_new(life);
        TRY_MEMORY(scratch);
        struct checking c = {.life = scratch, .e = e, .v = v};
        struct watcher watcher = {.enough = is_found, .self = &c};
        struct exploration *x = NULL;
        bool complete = false;
        if (v->at)
            watcher.act = watch_act;
        else
            watcher.state = watch_state;
        const struct fault *f = explore(scratch, e, &slice, limit, &watcher, &x, &complete);
        line->explored += x ? exploration_count(x) : 0;
        if (!f)
            f = c.fault;
        again = !f && c.found && v->kind != INVARIANT_REACHABLE && widen(&slice, c.unknown);
        if (!f && !again) {
            conclude(line, v, &c, complete);
            if (c.found && v->kind != INVARIANT_REACHABLE)
                f = tell_story(life, &c, x, line);
        }
        f = fault_keep(life, f);
        talloc_free(scratch);
        TRY(f);
    }
    return NULL;
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
    const struct edition_invariant *built_in[8];
    struct check_line *lines[8];
    size_t count = 0;
    for (size_t i = 0; i < e->invariant_count + EVERY_COUNT; i++) {
        bool own = i < e->invariant_count;
        const struct edition_invariant *v = own ? &e->invariants[i] : &EVERY_EDITION[i - e->invariant_count];
        if ((!own && declares(e, v->built_in)) || (only && strcmp(only, v->name) != 0))
            continue;
        struct check_line *line = &r->lines[r->line_count++];
        if (v->kind == INVARIANT_BUILT_IN && count < sizeof built_in / sizeof *built_in) {
            built_in[count] = v;
            lines[count++] = line;
            continue;
        }
        TRY(check_one(r, e, v, limit, line));
        r->explored += line->explored;
    }
    if (!count)
        return NULL;
    return check_built_in(r, e, built_in, lines, count, limit, &r->explored);
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
