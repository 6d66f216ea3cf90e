#include "checker_inside.h"

#define ALONG_BOUND  5     /* children of a kind along a way that is written down */
#define MOST_TRIES   200   /* slices of one invariant */
#define MOST_TO_SEEK 5000  /* states of a slice that leads through the whole */
#define FEWER        5000  /* states of a slice before one child is looked at of kinds it does not speak of */
#define FEWER_SPOKEN 20000 /* … and of any kind */
#define RESTORED     20000 /* … and for a second child of one kind, once it is known what to look at */

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
    bool surely = v->kind == INVARIANT_BUILT_IN || v->kind == INVARIANT_REACHABLE || is_about_ways(v);
    bool closes = is_about_ways(v);
    struct slice s = {.at = v->at, .reads = {v->condition, v->witness}, .forgets = is_about_ways(v)};
    s.duties = v->kind == INVARIANT_BUILT_IN && is_built_in(v, "somebody-may-act");
    keep_facts(e, &s.keep, v->condition);
    keep_facts(e, &s.keep, v->witness);
    if (v->at && v->at->child)
        s.keep.kinds |= UINT32_C(1) << v->at->child->index;
    for (size_t k = 0; k < e->child_count; k++)
        s.bound[k] = surely && (closes || !e->children[k].letter_field) ? 1 : CHECK_BOUND;
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
    if (c->v->kind == INVARIANT_BUILT_IN || is_sure_of(c->v)) {
        c->fault = sure_begin(c, &w);
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
    struct parts asked = way->arrived ? c->unknown : way->asked;
    if (c->found && surely) {
        struct parts more = parts_minus(&asked, &slice->keep);
        TRY(sure_help(c, x, slice, way->real || parts_none(&more) ? UINT_MAX : 2 * parts_cost(&more), again));
        if (*again)
            return NULL;
    }
    if (c->found && !way->real) {
        TRY(doubt(&d, &asked));
        *again = widen(slice, &d);
        if (*again)
            return NULL;
    }
    if (c->found) {
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
    line->last = x ? exploration_count(x) : 0;
    line->explored += line->last;
    TRY(f);
    TRY(c.fault);
    if (!complete && enough < limit) {
        fewer_children(e, v, slice);
        *again = true;
        return NULL;
    }
    if (complete && c.sure)
        TRY(sure_judge(&c, x));
    struct retold way = {0};
    if (complete && c.sure && !c.found) {
        TRY(sure_confirm(&c, x, slice, again));
        if (*again)
            return NULL;
    }
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
    for (size_t n = 0; n < 2 * e->child_count && !line->story && line->last < RESTORED; n++) {
        const struct child_kind *kind = &e->children[n % e->child_count];
        struct slice more = *slice;
        struct check_line of_more;
        if ((n < e->child_count) != (kind->letter_field != NULL) ||
            slice->bound[kind->index] >= CHECK_BOUND || !(slice->keep.kinds >> kind->index & 1))
            continue;
        more.bound[kind->index] = CHECK_BOUND;
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
        if ((slice->keep.kinds >> k & 1) && slice->bound[k] < CHECK_BOUND)
            bounds[line->bound_count++] = (struct check_bound){e->children[k].name, slice->bound[k]};
    return NULL;
}

static const struct fault *tell_where_it_ends(TALLOC_CTX *life, const struct edition_invariant *v,
                                              size_t gone, struct check_line *line)
{
    line->why = "broken";
    line->story = talloc_array(life, const char *, v->along_count + 1);
    TRY_MEMORY(line->story);
    memcpy(line->story, v->along, gone * sizeof *line->story);
    line->story_count = gone;
    if (gone < v->along_count)
        TRY_MEMORY(line->story[line->story_count++] =
                       talloc_asprintf(line->story, "(cannot be done:) %s", v->along[gone]));
    return NULL;
}

/* A way that is written down beside what is reachable; where it ends early the story says how far it goes. */
static const struct fault *go_along(TALLOC_CTX *life, const struct edition *e,
                                    const struct edition_invariant *v, const struct slice *slice,
                                    struct check_line *line)
{
    TALLOC_CTX *scratch = talloc_new(life);
    TRY_MEMORY(scratch);
    struct checking at = {.life = scratch, .e = e, .v = v};
    struct watcher goal = watcher_for(&at);
    struct slice own = *slice;
    size_t gone = 0;
    goal.enough = is_found_here;
    for (size_t k = 0; k < e->child_count; k++)
        own.bound[k] = ALONG_BOUND;
    TRY(exploration_along(scratch, e, &own, v->along, v->along_count, &goal, &line->holds, &gone));
    TRY(at.fault);
    talloc_free(scratch);
    line->witnesses = line->holds;
    line->explored = gone;
    return line->holds ? NULL : tell_where_it_ends(life, v, gone, line);
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
    if (v->along_count)
        return go_along(life, e, v, &slice, line);
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
