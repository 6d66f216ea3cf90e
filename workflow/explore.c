#include "explore_inside.h"

#include <assert.h>
#include "text.h"

#define MOST_UNSURE 12

/* ---- what is open is decided one way after the other
 * ---------------------------------------------------------------------------------- */

/* One of `options`, from 0; the same act is tried again until every way was gone. `field`: of the form, -1:
 * of none. */
static size_t decide(struct exploration *x, size_t options, int field, bool guarded)
{
    if (options < 2)
        return 0;
    if (x->decided == MOST_DECISIONS) {
        x->too_many = true;
        return 0;
    }
    struct decision *d = &x->decisions[x->decided++];
    if (x->decided > x->planned) {
        *d = (struct decision){.options = (uint16_t)options, .field = (int8_t)field, .guarded = guarded};
        x->planned = x->decided;
    }
    return d->at;
}

static void ask_anew(struct exploration *x)
{
    x->decided = x->asked_count = 0;
    x->model.unknown = x->model.passed = (struct parts){0};
    x->waits = false;
    memset(x->let_pass, 0, sizeof x->let_pass);
}

static void ways_first(struct exploration *x)
{
    x->planned = x->unsure = 0;
    ask_anew(x);
}

/* The next way; false when all were tried. `why`: the fields of the form that a refusal has read (all, when
 * the act is allowed but not surely). Two kinds of ways are left out.
 * Where what the form says decides only whether the act is allowed, another answer is looked for only when
 * this one is to blame for a refusal: else whatever the other leads to, this one does too.
 * And when all was refused and this answer is not to blame, another is refused again. (Not after something
 * left out was asked for: who wants to know what is sure needs to see the refusals of every answer.) */
static bool ways_next(struct exploration *x, bool allowed, uint64_t why)
{
    size_t n = x->decided, asked = 0;
    while (asked < n && x->decisions[asked].field >= 0)
        asked++;
    for (; n; n--) {
        struct decision *d = &x->decisions[n - 1];
        bool more = d->at + 1 < d->options, blamed = d->field < 0 || (why >> d->field & 1);
        if (!allowed && !blamed && n - 1 < asked)
            continue;
        bool again = n > 1 && x->decisions[n - 2].field == d->field; /* its class was decided before */
        d->why |= d->field >= 0 && !again ? why & ~(UINT64_C(1) << d->field) : why;
        d->allowed |= allowed;
        if (more && (blamed || !d->guarded))
            break;
        if (!d->guarded || blamed) {
            allowed = d->allowed;
            why = d->why;
        }
    }
    if (!n)
        return false;
    x->decisions[n - 1].at++;
    x->planned = n;
    ask_anew(x);
    return true;
}

/* ---- what the engine asks of the model
 * ------------------------------------------------------------------------------------------- */

/* The same question has the same answer within one act; what moves meanwhile can move by itself afterwards.
 */
static bool asks(struct model *m, const struct condition_node *inner, bool negated)
{
    struct exploration *x = (struct exploration *)m;
    for (size_t i = 0; i < x->asked_count; i++)
        if (x->asked[i].instance == m->instance && x->asked[i].negated == negated &&
            condition_same_question(x->asked[i].inner, inner))
            return x->asked[i].decision;
    size_t answer = decide(x, 2, -1, false);
    if (x->asked_count < MOST_DECISIONS)
        x->asked[x->asked_count++] =
            (struct asked){.inner = inner, .negated = negated, .instance = m->instance, .decision = answer};
    return answer;
}

static struct value in(struct model *m, const struct standing *s, int state)
{
    struct exploration *x = (struct exploration *)m;
    const struct instance *dossier = &s->instances[0];
    int region = x->region_of[state];
    bool known = region < 0 || x->slice.keep.regions >> region & 1;
    int around = state;
    while (!known && x->region_of[around] == region)
        around = dossier->chart->states[around].parent;
    if (known || !machine_in(dossier->machine, around))
        return value_flag(known && machine_in(dossier->machine, state));
    m->unknown.regions |= UINT32_C(1) << region;
    return (struct value){.kind = VALUE_UNKNOWN};
}

static const struct frame_of *frame_for(const struct exploration *x, const struct standing *s)
{
    return s == x->here.standing ? &x->here : &x->there;
}

static struct value clock_says(struct model *m, const struct standing *s, const char *clock,
                               enum clock_attribute attribute, size_t instance)
{
    struct exploration *x = (struct exploration *)m;
    return ticking_value(x, frame_for(x, s), clock, attribute, instance);
}

static void unsaid(struct model *m, const struct standing *s, size_t instance, int memo)
{
    const struct exploration *x = (struct exploration *)m;
    const struct memo *read = &x->e->inside->memos[edition_scope_of(s->instances[instance].kind)].list[memo];
    size_t bit = edition_memo_number(x->e, edition_scope_of(s->instances[instance].kind), (size_t)memo);
    m->unknown.persons |= read->kind == MEMO_BY && !m->persons;
    if (bit < 128)
        m->unknown.facts[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static struct value item_said(struct exploration *x, const struct event_field *f, int field, bool guarded)
{
    const struct child_kind *kind = edition_child(x->e, f->child);
    const struct standing *s = x->here.standing;
    size_t n = 0;
    if (!keeps_kind(x, kind)) {
        x->model.unknown.kinds |= UINT32_C(1) << kind->index;
        return (struct value){.kind = VALUE_SOME};
    }
    for (size_t i = 1; i < s->count; i++)
        n += s->instances[i].kind == kind;
    size_t chosen = decide(x, n + !f->required, field, guarded);
    for (size_t i = 1; i < s->count; i++)
        if (s->instances[i].kind == kind && !chosen--)
            return value_text(s->instances[i].id);
    if (n || !f->required)
        return (struct value){0};
    return (struct value){.kind = VALUE_SOME};
}

/* First what matters beyond the guards, then what they tell apart. */
static struct value code_said(struct exploration *x, const struct event_kind *k, int field)
{
    const struct event_field *f = &k->fields[field];
    const struct choices *c = &x->choices[k - x->e->events][field];
    size_t n = 0, class = 0;
    for (size_t i = 0; i < f->choice_count; i++)
        n += c->matter[i] == i;
    size_t chosen = decide(x, n + (c->matters && !f->required), field, false);
    if (chosen == n)
        return (struct value){0};
    while (c->matter[class] != class || chosen--)
        class ++;
    n = 0;
    for (size_t i = 0; i < f->choice_count; i++)
        n += c->now[i] == i && c->matter[i] == class;
    chosen = decide(x, n + (!c->matters && !f->required), field, true);
    for (size_t i = 0; i < f->choice_count; i++)
        if (c->now[i] == i && c->matter[i] == class && !chosen--)
            return value_text(f->choices[i].value);
    return (struct value){0};
}

static struct value answer(struct exploration *x, const struct event_kind *k, int field)
{
    const struct event_field *f = &k->fields[field];
    bool guarded = !x->choices[k - x->e->events][field].matters;
    size_t chosen = 0;
    switch (f->kind) {
    case EVENT_FIELD_CODE:
        return code_said(x, k, field);
    case EVENT_FIELD_FLAG:
        chosen = decide(x, f->required ? 2 : 3, field, guarded);
        return chosen == 2 ? (struct value){0} : value_flag(chosen == 1);
    case EVENT_FIELD_ITEM:
        return item_said(x, f, field, guarded);
    default:
        if (f->required || !decide(x, 2, field, guarded))
            return (struct value){.kind = VALUE_SOME};
        return (struct value){0};
    }
}

struct value field_said(struct exploration *x, const struct event_kind *k, int field)
{
    struct value *said = &x->answers[field];
    if (k != x->trying)
        return x->said[field];
    x->model.read |= UINT64_C(1) << field;
    if (said->kind == VALUE_OPEN)
        *said = answer(x, k, field);
    if (x->judged)
        x->said[field] = *said;
    return *said;
}

static struct value says(struct model *m, int field)
{
    struct exploration *x = (struct exploration *)m;
    return x->peeking ? (struct value){.kind = VALUE_UNKNOWN} : field_said(x, x->trying, field);
}

static struct value keeps(struct model *m, size_t scope, size_t memo, int field)
{
    struct exploration *x = (struct exploration *)m;
    if (!x->live[scope][memo] || !keeps_memo(x, scope, memo))
        return (struct value){.kind = VALUE_UNKNOWN};
    return field_said(x, x->trying, field);
}

static bool waits(struct model *m, const struct condition *guard)
{
    struct exploration *x = (struct exploration *)m;
    for (size_t i = 0; i < x->slice.lemma_count; i++)
        if (x->slice.lemmas[i].guard == guard && x->slice.lemmas[i].holds)
            return x->waits = true;
    for (size_t i = 0; i < RUN_GUARDS && (guard->kinds & x->model.left_out); i++)
        if (!x->let_pass[i] || x->let_pass[i] == guard) {
            x->let_pass[i] = guard;
            break;
        }
    return false;
}

static void moves(struct model *m, const struct standing *s, const struct act *act)
{
    struct exploration *x = (struct exploration *)m;
    size_t instance = act->event->child ? standing_find(s, act->fact->child) : 0;
    if (s == x->there.standing)
        ticking_take(x, &x->there, act, instance);
}

/* ---- the acts that could be
 * ------------------------------------------------------------------------------------------------- */

bool exploration_is_time(const struct act *act)
{
    return act->event->name[0] == '(' && act->event->name[1] != 'e';
}
bool exploration_is_elsewhere(const struct act *act)
{
    return act->event->name[0] == '(' && act->event->name[1] == 'e';
}

bool explore_person_matters(const struct exploration *x, const struct event_kind *k)
{
    if (!x->slice.keep.persons)
        return false;
    if (k->separation_count && keeps_kind(x, k->child))
        return true;
    int event = (int)(k - x->e->events);
    for (size_t scope = 0; scope <= x->e->child_count; scope++) {
        const struct memo_list *memos = &x->e->inside->memos[scope];
        for (size_t i = 0; i < memos->count; i++)
            if (x->live[scope][i] && memos->list[i].kind == MEMO_BY && memos->list[i].event == event)
                return true;
    }
    return false;
}

/* Children that this number makes at once; NULL: it makes none that are looked at. */
static const struct child_kind *made_by(const struct exploration *x, const struct event_kind *k,
                                        const struct event_field *f)
{
    for (size_t i = 0; i < x->e->child_count; i++) {
        const struct child_kind *c = &x->e->children[i];
        if (c->made_event && strcmp(c->made_event, k->name) == 0 && strcmp(c->made_field, f->name) == 0 &&
            keeps_kind(x, c))
            return c;
    }
    return NULL;
}

static void open_form(struct trying *t)
{
    const struct event_kind *k = t->act.event;
    for (size_t i = 0; i < k->field_count; i++) {
        const struct child_kind *made = made_by(t->x, k, &k->fields[i]);
        t->values[i] = (struct value){.kind = VALUE_OPEN};
        if (made)
            t->values[i] = value_number((int64_t)decide(t->x, t->x->slice.bound[made->index], -1, false) + 1);
        t->x->answers[i] = t->values[i];
    }
    t->x->judged = false;
}

/* The rules have read what they had to: what was answered is what the form says. */
static void close_form(struct trying *t)
{
    memcpy(t->values, t->x->answers, t->act.event->field_count * sizeof *t->values);
    t->x->judged = true;
}

/* A region that is left out may be what the event waits for. */
static bool awaited_elsewhere(struct exploration *x, const struct standing *s, const struct event_kind *k)
{
    const struct chart *c = x->e->chart;
    bool found = false;
    for (int i = 0; i < c->transition_count && !found; i++) {
        const struct chart_transition *t = &c->transitions[i];
        int region = x->region_of[t->source];
        if (region < 0 || x->slice.keep.regions >> region & 1)
            continue;
        for (size_t e = 0; e < t->event_count && !found; e++)
            if (machine_descriptor_matches(t->events[e], k->name)) {
                struct parts left = {.regions = UINT32_C(1) << region};
                found = true;
                parts_add(&x->model.unknown, &left);
                parts_add(&x->model.passed, &left);
            }
    }
    return found && s->instances[0].machine->running;
}

/* What is left out acts on the dossier alone; whether it may is unknown, save that a new one must be awaited.
 */
static bool judge_left_out(struct exploration *x, struct standing *s, const struct act *act)
{
    struct parts left = {.kinds = UINT32_C(1) << act->event->child->index};
    parts_add(&x->model.unknown, &left);
    parts_add(&x->model.passed, &left);
    return s->instances[0].machine->running || act->event->after_close;
}

/* A letter that is drafted anew stays the letter it is. */
static bool letter_stays(struct trying *t)
{
    struct exploration *x = t->x;
    const struct event_kind *k = t->act.event;
    if (!k->starts || !t->instance || !k->child->letter_field)
        return true;
    int field = (int)(event_field(k, k->child->letter_field) - k->fields);
    size_t scope = edition_scope_of(k->child);
    const struct memo_list *memos = &x->e->inside->memos[scope];
    for (size_t i = 0; i < memos->count; i++) {
        if (memos->list[i].kind != MEMO_FIELD || memos->list[i].event != (int)(k - x->e->events) ||
            memos->list[i].field != field || !x->live[scope][i])
            continue;
        size_t bit = edition_memo_number(x->e, scope, i);
        struct value kept = t->s->instances[t->instance].memos[i];
        x->refused_by = (struct parts){0};
        if (bit < 128)
            x->refused_by.facts[bit / 64] = UINT64_C(1) << (bit % 64);
        if (kept.kind != VALUE_TEXT) {
            parts_add(&x->model.unknown, &x->refused_by);
            parts_add(&x->model.passed, &x->refused_by);
            return true;
        }
        size_t event = (size_t)(k - x->e->events);
        struct value said = field_said(x, k, field);
        return said.kind != VALUE_TEXT || text_same(choice_of(x, event, (size_t)field, said.text, true),
                                                    choice_of(x, event, (size_t)field, kept.text, true));
    }
    return true; /* no rule of the slice asks what letter it is */
}

static const struct fault *judge(struct trying *t, bool *allowed)
{
    struct exploration *x = t->x;
    const struct event_kind *k = t->act.event;
    struct judgement j = {.ground = MAY_ALLOWED};
    *allowed = true;
    t->ground = MAY_ALLOWED;
    if (t->act.event >= x->pseudo && t->act.event < x->pseudo + x->pseudo_count)
        return NULL;
    if (k->child && !keeps_kind(x, k->child) && !k->starts) {
        *allowed = judge_left_out(x, t->s, &t->act);
    } else {
        TRY(standing_judge(t->s, t->s, &t->act, NULL, &j));
        *allowed = j.ground == MAY_ALLOWED ||
                   (j.ground == MAY_STATE && !t->instance && awaited_elsewhere(x, t->s, k));
    }
    t->ground = *allowed ? MAY_ALLOWED : j.ground;
    if (*allowed && (!letter_stays(t) || ticking_refuses(x, &x->here, &t->act, t->instance))) {
        *allowed = false;
        t->ground = MAY_CLOCK;
    }
    return NULL;
}

static const struct fault *take(struct trying *t, bool *contradiction)
{
    struct exploration *x = t->x;
    struct frame_of *after = state_decode(x, &x->there, t->bytes);
    const struct fault *f = NULL;
    if (t->clock < x->clock_count)
        after->ticks.rows[t->instance * x->clock_count + t->clock].flags |= TICK_EXPIRED;
    if (t->act.event >= x->pseudo && t->act.event < x->pseudo + x->pseudo_count)
        f = standing_settle(after->standing, &t->act);
    else
        f = standing_take(after->standing, &t->act, NULL);
    *contradiction = f && f->kind == FAULT_BROKEN && x->asked_count;
    return *contradiction ? NULL : f;
}

static const struct fault *note_run(struct trying *t, bool allowed, uint32_t to)
{
    struct exploration *x = t->x;
    size_t n = t->act.event->field_count;
    if (!x->watcher || !x->watcher->tried)
        return NULL;
    if (x->run_count == MOST_RUNS) {
        x->too_many = true;
        return NULL;
    }
    if (x->run_count == x->run_room) {
        x->run_room = x->run_room ? 2 * x->run_room : 64;
        x->runs = talloc_realloc(x, x->runs, struct run, x->run_room);
        x->run_values = talloc_realloc(x, x->run_values, struct value, x->run_room * MOST_FIELDS);
        TRY_MEMORY(x->runs);
        TRY_MEMORY(x->run_values);
    }
    memcpy(x->run_values + x->run_count * MOST_FIELDS, t->values, n * sizeof *t->values);
    x->runs[x->run_count++] = (struct run){.said_count = n,
                                           .allowed = allowed,
                                           .passed = x->model.passed,
                                           .unknown = x->model.unknown,
                                           .waits = x->waits,
                                           .to = to};
    memcpy(x->runs[x->run_count - 1].guards, x->let_pass, sizeof x->let_pass);
    return NULL;
}

static void tell_runs(struct trying *t)
{
    struct exploration *x = t->x;
    if (!x->watcher || !x->watcher->tried || !x->run_count)
        return;
    for (size_t i = 0; i < x->run_count; i++)
        x->runs[i].said = x->run_values + i * MOST_FIELDS;
    x->watcher->tried(x->watcher->self, x, x->from, t->s, &t->act, x->runs, x->run_count, t->beyond);
}

/* Can the condition hold, whatever the form says and whatever is left out may be? */
static bool can_be(const struct trying *t, const struct condition *c, size_t instance, bool wanted)
{
    struct situation situation = standing_situation(t->s, &t->act);
    struct value v = {.kind = VALUE_UNKNOWN};
    t->x->peeking = true;
    if (c)
        v = condition_value(c, &situation, instance);
    t->x->peeking = false;
    return !c ? wanted : v.kind == VALUE_UNKNOWN || (v.number != 0) == wanted;
}

/* Does any transition out of where the instance stands, or out of a region that is left out, await the event?
 * If none can the rules need not be asked what they think of each way to fill in the form. */
static bool is_awaited(const struct trying *t)
{
    const struct exploration *x = t->x;
    const struct event_kind *k = t->act.event;
    const struct instance *in_question = &t->s->instances[t->instance];
    const struct chart *c = in_question->chart;
    bool closed = !t->s->instances[0].machine->running;
    if (k->name[0] == '(' || (k->child && !k->starts && !keeps_kind(x, k->child)))
        return true;
    if (closed && (!k->after_close || !t->instance))
        return k->after_close;
    for (int i = 0; i < c->transition_count; i++) {
        const struct chart_transition *tr = &c->transitions[i];
        bool hidden = !t->instance && (x->hidden[tr->source / 64] >> (tr->source % 64) & 1);
        for (size_t e = 0; (hidden || machine_in(in_question->machine, tr->source)) && e < tr->event_count;
             e++)
            if (machine_descriptor_matches(tr->events[e], k->name) &&
                (hidden || can_be(t, tr->condition, t->instance, true)))
                return true;
    }
    return false;
}

/* Does a guard refuse whatever the form says? */
static bool is_refused(const struct trying *t)
{
    const struct event_kind *k = t->act.event;
    bool left_out = k->child && !keeps_kind(t->x, k->child) && !k->starts;
    for (size_t i = 0; i < k->refuse_count && !left_out; i++)
        if (!can_be(t, k->refuses[i].when, k->starts ? 0 : t->instance, k->refuses[i].negated))
            return true;
    return false;
}

/* Who wants to know what is surely possible is shown other ways to fill in the form, but not too many. */
static bool is_unsure(struct exploration *x)
{
    return x->watcher && x->watcher->tried && !parts_none(&x->model.passed) && x->unsure++ < MOST_UNSURE;
}

/* One act in every way that the unknown and the form allow. */
static const struct fault *step(struct trying *t)
{
    struct exploration *x = t->x;
    x->run_count = 0;
    x->trying = t->act.event;
    x->said = t->values;
    for (size_t i = 0; i < t->act.event->field_count; i++)
        t->values[i] = (struct value){.kind = VALUE_OPEN};
    if (!is_awaited(t) || is_refused(t))
        return NULL;
    ways_first(x);
    bool allowed = false;
    uint64_t why = 0;
    do {
        bool contradiction = false;
        x->tries++;
        uint8_t packed[MOST_BYTES];
        size_t length = 0;
        uint32_t to = 0;
        open_form(t);
        x->model.read = 0;
        TRY(judge(t, &allowed));
        why = !allowed ? x->model.read : is_unsure(x) ? UINT64_MAX : 0;
        close_form(t);
        if (t->fits && !t->fits(t)) {
            allowed = false;
            why = UINT64_MAX;
        } else if (!allowed && t->refused) {
            t->refused(t);
        }
        if (allowed && !t->beyond) {
            if (x->watcher && x->watcher->act)
                x->watcher->act(x->watcher->self, x, x->from, t->s, &t->act, t->instance);
            TRY(take(t, &contradiction));
            if (contradiction)
                continue;
            TRY(state_encode(x, &x->there, true, packed, &length));
            /* cppcheck-suppress returnDanglingLifetime ; what returns is a fault, which lives on its own */
            TRY(t->next(t, packed, length, &to));
        }
        TRY(note_run(t, allowed, to));
    } while (ways_next(x, allowed, why));
    tell_runs(t);
    return NULL;
}

static const struct fault *with_persons(struct trying *t)
{
    static const char *const PERSONS[] = {"A", "B"};
    for (size_t i = 0; i < (explore_person_matters(t->x, t->act.event) ? 2 : 1); i++) {
        t->fact.by = t->x->slice.keep.persons ? PERSONS[i] : NULL;
        if (!t->by || text_same(t->by, t->fact.by))
            TRY(step(t));
    }
    return NULL;
}

static const struct fault *about(struct trying *t, const char *child, size_t instance, bool beyond)
{
    t->fact.child = child;
    t->instance = instance;
    t->beyond = beyond;
    return t->child && !text_same(t->child, child) ? NULL : with_persons(t);
}

static const struct fault *about_children(struct trying *t, const struct event_kind *k)
{
    size_t n = 0, moving = 0, count = t->s->count;
    for (size_t i = 1; i < count; i++)
        if (t->s->instances[i].kind == k->child) {
            n++;
            moving += !t->x->here.rests[i];
            TRY(about(t, t->s->instances[i].id, i, false));
        }
    if (!k->starts)
        return NULL;
    const char *id = NULL;
    TRY(child_id(t->x, k->child, n + 1, &id));
    bool beyond = moving >= t->x->slice.bound[k->child->index] || n >= slots_of(t->x, k->child->index);
    return about(t, id, 0, beyond);
}

const struct fault *explore_end(struct trying *t, size_t clock)
{
    struct exploration *x = t->x;
    bool surely = false, elsewhere = clock == x->clock_count;
    t->clock = clock;
    t->beyond = false;
    t->act = (struct act){.fact = &t->fact, .event = &x->pseudo[clock], .values = t->values};
    for (size_t i = 0; i < (elsewhere ? 1 : t->s->count); i++) {
        const char *id = t->s->instances[i].id;
        if (!elsewhere &&
            (!ticking_can_end(x, &x->here.ticks.rows[i * x->clock_count + clock], clock, &surely) ||
             (t->child && !text_same(t->child, id))))
            continue;
        t->fact = (struct fact){.kind = t->act.event->name, .child = id};
        t->instance = i;
        TRY(step(t));
    }
    return NULL;
}

const struct fault *explore_event(struct trying *t, const struct event_kind *k)
{
    t->clock = t->x->clock_count;
    t->fact = (struct fact){.kind = k->name};
    t->act = (struct act){.fact = &t->fact, .event = k, .values = t->values};
    return k->child && keeps_kind(t->x, k->child) ? about_children(t, k) : about(t, NULL, 0, false);
}

const struct fault *explore_acts(struct trying *t)
{
    for (size_t i = 0; i < t->x->e->event_count; i++)
        if (t->x->acts[i])
            TRY(explore_event(t, &t->x->e->events[i]));
    for (size_t clock = 0; clock <= t->x->clock_count; clock++)
        if (clock == t->x->clock_count || ticking_kept(t->x, clock))
            TRY(explore_end(t, clock));
    return NULL;
}

/* ---- the whole
 * -------------------------------------------------------------------------------------------------------------------
 */

static const struct fault *found(struct trying *t, const uint8_t *bytes, size_t length, uint32_t *to)
{
    struct exploration *x = t->x;
    bool added = false;
    TRY(state_remember(x, bytes, length, x->from, &x->model.unknown, to, &added));
    if (x->watcher && x->watcher->went)
        x->watcher->went(x->watcher->self, x->from, *to);
    if (added && x->watcher && x->watcher->state)
        x->watcher->state(x->watcher->self, x, *to, x->there.standing);
    return NULL;
}

static const struct fault *begin(struct exploration *x)
{
    struct standing *s = NULL;
    struct frame_of first = x->here;
    uint8_t packed[MOST_BYTES];
    size_t length = 0, most = instance_bytes(x, NULL);
    for (size_t k = 0; k < x->e->child_count; k++)
        most += 1 + (slots_of(x, k) + 1) * instance_bytes(x, &x->e->children[k]);
    if (most > MOST_BYTES)
        return fault_new(x, FAULT_BROKEN, "CHECK_TOO_LARGE", "a state needs %zu bytes", most);
    uint32_t number = 0;
    bool added = false;
    ways_first(x);
    TRY(standing_new(x, x->e, NULL, &x->model, &s));
    first.standing = s;
    TRY(state_encode(x, &first, true, packed, &length));
    TRY(state_remember(x, packed, length, 0, &x->model.unknown, &number, &added));
    if (x->watcher && x->watcher->state)
        x->watcher->state(x->watcher->self, x, number, s);
    return NULL;
}

static const struct fault *run_all(struct exploration *x, uint32_t limit, bool *complete)
{
    uint8_t bytes[MOST_BYTES];
    struct trying *t = talloc_zero(x, struct trying);
    TRY_MEMORY(t);
    *t = (struct trying){.x = x, .bytes = bytes, .next = found};
    for (x->from = 0; x->from < x->count; x->from++) {
        if (x->watcher && x->watcher->enough && x->watcher->enough(x->watcher->self))
            return NULL;
        if (x->count > limit || x->tries > EXPLORE_TRIES || x->too_many) {
            *complete = false;
            return NULL;
        }
        t->s = state_stand(x, x->from, bytes);
        TRY(explore_acts(t));
    }
    return NULL;
}

const struct fault *explore_begin(TALLOC_CTX *life, const struct edition *e, const struct slice *slice,
                                  const struct watcher *watcher, struct exploration **out)
{
    struct exploration *x = talloc_zero(life, struct exploration);
    TRY_MEMORY(x);
    x->e = e;
    x->rules = e->clocks;
    x->clock_count = clock_rules_count(e->clocks);
    x->slice = *slice;
    x->watcher = watcher;
    x->model = (struct model){.left_out = ~slice->keep.kinds,
                              .persons = slice->keep.persons,
                              .asks = asks,
                              .in = in,
                              .clock = clock_says,
                              .says = says,
                              .keeps = keeps,
                              .unsaid = unsaid,
                              .waits = waits,
                              .moves = moves};
    *out = x;
    TRY(cone_make(x));
    TRY(frame_make(x, &x->here));
    TRY(frame_make(x, &x->there));
    return begin(x);
}

const struct fault *explore(TALLOC_CTX *life, const struct edition *e, const struct slice *slice,
                            uint32_t limit, const struct watcher *watcher, struct exploration **out,
                            bool *complete)
{
    *complete = true;
    TRY(explore_begin(life, e, slice, watcher, out));
    return run_all(*out, limit, complete);
}

static const struct fault *known(struct trying *t, const uint8_t *bytes, size_t length, uint32_t *to)
{
    state_known(t->x, bytes, length, to);
    return NULL;
}

const struct fault *exploration_visit(struct exploration *x, uint32_t state, const struct watcher *watcher)
{
    uint8_t bytes[MOST_BYTES];
    const struct watcher *before = x->watcher;
    struct trying *t = talloc_zero(x, struct trying);
    TRY_MEMORY(t);
    *t = (struct trying){.x = x, .bytes = bytes, .next = known};
    x->watcher = watcher;
    t->s = state_stand(x, state, bytes);
    const struct fault *f = explore_acts(t);
    x->watcher = before;
    return f;
}

bool exploration_notices(const struct exploration *x, const struct exploration *of, const struct act *act)
{
    if (exploration_is_time(act))
        return ticking_kept(x, (size_t)(act->event - of->pseudo));
    return x->acts[act->event - x->e->events];
}

uint32_t exploration_count(const struct exploration *x)
{
    return x->count;
}
uint32_t exploration_parent(const struct exploration *x, uint32_t state)
{
    return row_of(x, state)->parent;
}
struct parts exploration_unknown(const struct exploration *x, uint32_t state)
{
    return row_of(x, state)->unknown;
}
struct parts exploration_asked(const struct exploration *x)
{
    return x->model.unknown;
}

struct value exploration_ask(struct exploration *x, const struct condition *c, struct standing *s,
                             const struct act *act, size_t instance, struct parts *unknown)
{
    struct situation situation = standing_situation(s, act);
    struct parts before = x->model.unknown;
    x->model.unknown = (struct parts){0};
    struct value v = condition_value(c, &situation, instance);
    if (v.kind == VALUE_UNKNOWN)
        parts_add(unknown, &x->model.unknown);
    x->model.unknown = before;
    return v;
}
