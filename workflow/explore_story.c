/* explore_story.c - the way to a state: told, and walked again with nothing left out.
 *
 * A slice allows more than the whole does, so a way found in it may be no way. It is walked again in the
 * whole: the same acts, saying the same in their forms as far as the slice has asked, each leading to a whole
 * state of which the slice sees what it saw the first time. Where that fails for the first time, what the
 * slice has left out there is what it should look at: nothing before and nothing behind. So a slice grows by
 * what matters, and a story that is told is one that the whole can do. */
#include "explore_inside.h"
#include "text.h"

#define MOST_AT_ONCE 400 /* whole states of which the slice sees the same */

struct told {
    const struct event_kind *event;
    const char *child, *by; /* NULL: none, or any */
    struct value values[MOST_FIELDS];
    const char *line;
    const uint8_t *from; /* as the slice sees it, children by the names they keep */
    uint32_t to;
};

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
    if (act->fact->by && !exploration_is_time(act))
        text_printf(t, " by %s", act->fact->by);
    return text_end(t, &out, NULL) ? NULL : out;
}

/* ---- told
 * ----------------------------------------------------------------------------------------------------- */

/* Children are told by the names they keep: the way is walked again, and each step looked for by where it
 * leads. */
struct walking {
    const struct row *wanted;
    bool found;
    TALLOC_CTX *life;
    struct told *told;
    uint8_t raw[MOST_BYTES];
    size_t raw_length;
};

static const struct fault *walk_next(struct trying *t, const uint8_t *bytes, size_t length, uint32_t *to)
{
    struct walking *w = t->self;
    (void)to;
    if (w->found || length != w->wanted->length || memcmp(bytes, w->wanted->bytes, length) != 0)
        return NULL;
    w->found = true;
    w->told->event = t->act.event;
    w->told->line = exploration_line(w->life, &t->act);
    TRY_MEMORY(w->told->line);
    memcpy(w->told->values, t->values, sizeof w->told->values);
    if (t->fact.child)
        TRY_MEMORY(w->told->child = talloc_strdup(w->life, t->fact.child));
    if (t->fact.by && explore_person_matters(t->x, t->act.event))
        TRY_MEMORY(w->told->by = talloc_strdup(w->life, t->fact.by));
    return state_encode(t->x, &t->x->there, false, w->raw, &w->raw_length);
}

static const struct fault *tell(TALLOC_CTX *life, struct exploration *x, struct told *told, size_t count)
{
    uint8_t bytes[MOST_BYTES];
    struct walking *w = talloc_zero(life, struct walking);
    struct trying *t = talloc_zero(life, struct trying);
    const struct watcher *before = x->watcher;
    TRY_MEMORY(w);
    TRY_MEMORY(t);
    x->watcher = NULL;
    memcpy(bytes, row_of(x, 0)->bytes, row_of(x, 0)->length);
    for (size_t n = 0; n < count; n++) {
        *w = (struct walking){.wanted = row_of(x, told[n].to), .life = life, .told = &told[n]};
        *t = (struct trying){.x = x, .bytes = bytes, .next = walk_next, .self = w};
        t->s = state_decode(x, &x->here, bytes)->standing;
        TRY_MEMORY(told[n].from = talloc_memdup(life, bytes, row_of(x, n ? told[n - 1].to : 0)->length));
        TRY(explore_acts(t));
        if (!w->found)
            return fault_new(life, FAULT_BROKEN, "CHECK_STORY", "%s: a way is lost", x->e->file);
        memcpy(bytes, w->raw, w->raw_length);
    }
    x->watcher = before;
    return NULL;
}

static const struct fault *way_to(TALLOC_CTX *life, struct exploration *x, uint32_t state, struct told **out,
                                  size_t *count)
{
    size_t n = 0;
    for (uint32_t at = state; at; at = row_of(x, at)->parent)
        n++;
    *out = talloc_zero_array(life, struct told, n + 1);
    TRY_MEMORY(*out);
    *count = n;
    for (uint32_t at = state; n; at = row_of(x, at)->parent)
        (*out)[--n].to = at;
    return tell(life, x, *out, *count);
}

/* ---- walked again
 * --------------------------------------------------------------------------------------------- */

/* A whole state on the way. */
struct stop {
    uint32_t state;
    size_t before; /* in the list of the step before */
    const char *line;
};

struct stops {
    struct stop *list;
    size_t count;
};

struct retelling {
    TALLOC_CTX *life;
    struct exploration *slice, *whole;
    const struct told *told;
    struct stops *next;
    uint32_t *stamps; /* per whole state: the step that has reached it last, from 1 */
    size_t stamp_room;
    uint32_t step;
    size_t before;
    bool too_many;
    struct parts blamed; /* what the rules that refused have looked at, in the cheapest refusal */
    const struct fault *fault;
};

static bool says_the_same(const struct exploration *x, const struct event_kind *k, size_t field,
                          struct value a, struct value b)
{
    const struct event_field *f = &k->fields[field];
    const struct choices *c = &x->choices[k - x->e->events][field];
    if (a.kind <= VALUE_SOME || b.kind <= VALUE_SOME) {
        bool open = a.kind == VALUE_OPEN || b.kind == VALUE_OPEN || a.kind == VALUE_UNKNOWN ||
                    b.kind == VALUE_UNKNOWN;
        return open || !c->matters || (a.kind == VALUE_ABSENT) == (b.kind == VALUE_ABSENT);
    }
    if (f->kind == EVENT_FIELD_CODE && a.kind == VALUE_TEXT && b.kind == VALUE_TEXT) {
        size_t first = f->choice_count, second = f->choice_count;
        for (size_t i = 0; i < f->choice_count && i < 255; i++) {
            first = strcmp(f->choices[i].value, a.text) == 0 ? i : first;
            second = strcmp(f->choices[i].value, b.text) == 0 ? i : second;
        }
        return first < f->choice_count && second < f->choice_count && c->matter[first] == c->matter[second];
    }
    return !c->matters || value_same(a, b);
}

static bool retold_fits(const struct trying *t)
{
    const struct retelling *r = t->self;
    for (size_t i = 0; i < t->act.event->field_count; i++)
        if (!says_the_same(r->slice, t->act.event, i, r->told->values[i], t->values[i]))
            return false;
    return true;
}

/* A kind that is left out: noted, and nobody there is what is asked for. */
static bool note_kind(const struct situation *situation, const struct condition_node *inner, int kind,
                      bool negated)
{
    (void)situation;
    (void)inner;
    (void)kind;
    return negated;
}

/* What the slice has to leave open where this condition is asked of what it sees, with what the form says in
 * the whole. */
static struct parts asked_by(const struct retelling *r, const struct trying *t, const struct condition *c)
{
    struct exploration *x = r->slice;
    struct act act = t->act;
    struct standing *s = state_decode(x, &x->here, r->told->from)->standing;
    size_t instance = t->instance ? standing_find(s, t->fact.child) : 0;
    if (!c || (t->instance && !instance))
        return (struct parts){0};
    struct situation situation = standing_situation(s, &act);
    struct parts before = x->model.unknown, out;
    situation.exists = note_kind;
    x->model.unknown = (struct parts){0};
    x->peeking = true;
    condition_value(c, &situation, instance);
    x->peeking = false;
    out = x->model.unknown;
    x->model.unknown = before;
    return parts_minus(&out, &x->slice.keep);
}

/* What the transitions that await the event ask, where the instance stands. */
static struct parts asked_by_state(const struct retelling *r, const struct trying *t)
{
    const struct instance *in = &t->s->instances[t->instance];
    struct parts out = {0};
    for (int i = 0; i < in->chart->transition_count; i++) {
        const struct chart_transition *tr = &in->chart->transitions[i];
        for (size_t e = 0; tr->condition && machine_in(in->machine, tr->source) && e < tr->event_count; e++)
            if (machine_descriptor_matches(tr->events[e], t->act.event->name)) {
                struct parts more = asked_by(r, t, tr->condition);
                parts_add(&out, &more);
            }
    }
    return out;
}

/* Who raised what the event is to be apart from. */
static struct parts asked_by_separation(const struct trying *t)
{
    const struct event_kind *k = t->act.event;
    struct parts out = {.persons = true};
    for (size_t i = 0; i < k->separation_count; i++) {
        const struct event_kind *other = edition_event(t->x->e, k->separations[i].event);
        size_t scope = edition_scope_of(other->child == k->child ? k->child : NULL);
        size_t bit = edition_memo_number(t->x->e, scope, (size_t)k->separations[i].memo);
        if (bit < 128)
            out.facts[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
    return out;
}

/* What the slice has left open there and would have had to know; the cheapest of the refusals. */
static void retold_refused(struct trying *t)
{
    struct retelling *r = t->self;
    struct parts why = {0};
    if (t->ground == MAY_SEPARATION)
        why = asked_by_separation(t);
    else if (t->ground == MAY_GUARD)
        why = asked_by(r, t, t->x->model.guard);
    else if (t->ground == MAY_CLOCK)
        why = t->x->refused_by;
    else if (t->ground == MAY_STATE)
        why = asked_by_state(r, t);
    why = parts_minus(&why, &r->slice->slice.keep);
    if (!parts_none(&why) && (parts_none(&r->blamed) || parts_cost(&why) < parts_cost(&r->blamed)))
        r->blamed = why;
}

static const struct fault *retold_next(struct trying *t, const uint8_t *bytes, size_t length, uint32_t *to)
{
    struct retelling *r = t->self;
    struct exploration *w = r->whole;
    uint8_t packed[MOST_BYTES];
    size_t packed_length = 0;
    bool added = false;
    (void)bytes;
    (void)length;
    const struct row *wanted = row_of(r->slice, r->told->to);
    TRY(state_encode(r->slice, &w->there, true, packed, &packed_length));
    if (packed_length != wanted->length || memcmp(packed, wanted->bytes, packed_length) != 0)
        return NULL;
    TRY(state_encode(w, &w->there, false, packed, &packed_length));
    TRY(state_remember(w, packed, packed_length, w->from, &w->model.unknown, to, &added));
    if (*to >= r->stamp_room) {
        size_t room = 2 * (size_t)*to + 64;
        r->stamps = talloc_realloc(r->life, r->stamps, uint32_t, room);
        TRY_MEMORY(r->stamps);
        memset(r->stamps + r->stamp_room, 0, (room - r->stamp_room) * sizeof *r->stamps);
        r->stamp_room = room;
    }
    r->too_many = r->too_many || r->next->count == MOST_AT_ONCE;
    if (r->stamps[*to] == r->step || r->too_many)
        return NULL;
    r->stamps[*to] = r->step;
    const char *line = exploration_line(r->life, &t->act);
    TRY_MEMORY(line);
    r->next->list[r->next->count++] = (struct stop){.state = *to, .before = r->before, .line = line};
    return NULL;
}

static void stand_at(struct retelling *r, struct trying *t, uint8_t bytes[MOST_BYTES], uint32_t state)
{
    *t = (struct trying){.x = r->whole, .bytes = bytes, .next = retold_next, .self = r};
    t->s = state_stand(r->whole, state, bytes);
}

/* One act of the story from one whole state. What is left out of the slice and moves by itself does nothing
 * here: the state may stay what it is. */
static const struct fault *step_again(struct retelling *r, struct trying *t)
{
    const struct told *told = r->told;
    const struct exploration *x = r->slice;
    bool of_the_slice = told->event >= x->pseudo && told->event < x->pseudo + x->pseudo_count;
    if (!of_the_slice) {
        t->fits = retold_fits;
        t->refused = retold_refused;
        t->child = told->child;
        t->by = told->by;
        return explore_event(t, told->event);
    }
    if ((size_t)(told->event - x->pseudo) < x->clock_count) {
        t->child = told->child;
        return explore_end(t, (size_t)(told->event - x->pseudo));
    }
    return explore_end(t, x->clock_count);
}

static const struct fault *nothing_next(struct trying *t, const uint8_t *bytes, size_t length, uint32_t *to)
{
    (void)t;
    (void)bytes;
    (void)length;
    (void)to;
    return NULL;
}

/* Shows the end to `last`: the whole states, and the acts there. *seen: the stop at which it saw enough. */
static const struct fault *look_at_last(struct retelling *r, const struct stops *at,
                                        const struct watcher *last, size_t *seen)
{
    uint8_t bytes[MOST_BYTES];
    struct trying *t = talloc_zero(r->life, struct trying);
    TRY_MEMORY(t);
    r->whole->watcher = last;
    for (*seen = 0; *seen < at->count; ++*seen) {
        stand_at(r, t, bytes, at->list[*seen].state);
        t->next = nothing_next;
        if (last->state)
            last->state(last->self, r->whole, at->list[*seen].state, t->s);
        if (last->act && r->whole->slice.at)
            TRY(explore_event(t, r->whole->slice.at));
        if (last->enough(last->self))
            break;
    }
    r->whole->watcher = NULL;
    return NULL;
}

static const struct fault *lines_of(const struct retelling *r, const struct stops *steps, size_t count,
                                    size_t last, struct retold *out)
{
    out->lines = talloc_zero_array(r->life, const char *, count + 1);
    TRY_MEMORY(out->lines);
    for (size_t n = count; n-- > 0; last = steps[n + 1].list[last].before)
        out->lines[n] = steps[n + 1].list[last].line;
    out->count = count;
    return NULL;
}

/* The first step that fails says what is to be looked at; when it asked for nothing, the nearest before that
 * did. */
static struct parts to_be_looked_at(const struct retelling *r, const struct told *told, size_t step)
{
    if (!parts_none(&r->blamed))
        return r->blamed;
    for (size_t n = step + 1; n-- > 0;) {
        struct parts unknown = row_of(r->slice, told[n].to)->unknown;
        struct parts left_out = parts_minus(&unknown, &r->slice->slice.keep);
        if (!parts_none(&left_out))
            return left_out;
    }
    return (struct parts){0};
}

static const struct fault *retell(struct retelling *r, const struct told *told, size_t count,
                                  const struct watcher *last, struct retold *out)
{
    uint8_t bytes[MOST_BYTES];
    struct trying *t = talloc_zero(r->life, struct trying);
    struct stops *steps = talloc_zero_array(r->life, struct stops, count + 1);
    TRY_MEMORY(t);
    TRY_MEMORY(steps);
    for (size_t n = 0; n <= count; n++) {
        steps[n].list = talloc_zero_array(r->life, struct stop, MOST_AT_ONCE + 1);
        TRY_MEMORY(steps[n].list);
    }
    steps[0].count = 1;
    for (size_t n = 0; n < count; n++) {
        r->told = &told[n];
        r->next = &steps[n + 1];
        r->step = (uint32_t)n + 1;
        r->blamed = (struct parts){0};
        for (r->before = 0; r->before < steps[n].count; r->before++) {
            stand_at(r, t, bytes, steps[n].list[r->before].state);
            TRY(step_again(r, t));
        }
        if (!steps[n + 1].count) {
            out->asked = to_be_looked_at(r, told, n);
            return NULL;
        }
    }
    size_t seen = 0;
    out->arrived = true;
    if (last)
        TRY(look_at_last(r, &steps[count], last, &seen));
    out->real = seen < steps[count].count;
    return out->real ? lines_of(r, steps, count, seen, out) : NULL;
}

const struct fault *exploration_retell(TALLOC_CTX *life, struct exploration *x, uint32_t state,
                                       const struct watcher *last, struct retold *out)
{
    struct told *told = NULL;
    struct slice all = x->slice;
    struct retelling r = {.life = life, .slice = x};
    *out = (struct retold){0};
    TRY(way_to(life, x, state, &told, &out->count));
    out->lines = talloc_zero_array(life, const char *, out->count + 1);
    TRY_MEMORY(out->lines);
    for (size_t i = 0; i < out->count; i++)
        out->lines[i] = told[i].line;
    all.keep = parts_all(x->e);
    all.forgets = false;
    TRY(explore_begin(life, x->e, &all, NULL, &r.whole));
    return retell(&r, told, out->count, last, out);
}
