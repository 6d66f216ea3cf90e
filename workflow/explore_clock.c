/* explore_clock.c - clocks without days: off, running, held, paused, expired, stopped. A period that has
 * begun may end at any time; what a fact does to a clock is what the rules say (clock_rules.c). */
#include "explore_inside.h"

bool ticking_kept(const struct exploration *x, size_t clock)
{
    const struct parts *keep = &x->slice.keep;
    return clock < SEEN_BIT && bit64(keep->clocks | keep->holds | keep->stops, clock);
}

/* All of it, not only whether it is stopped and what it waits for. */
static bool fully_kept(const struct exploration *x, size_t clock)
{
    return clock < SEEN_BIT && bit64(x->slice.keep.clocks, clock);
}

struct ticking ticking_seen(const struct exploration *x, size_t clock, struct ticking t)
{
    if (fully_kept(x, clock))
        return t;
    bool holds = bit64(x->slice.keep.holds, clock);
    return (struct ticking){.flags = t.flags & TICK_STOPPED, .holds = holds ? t.holds : 0};
}

size_t ticking_of(const struct exploration *x, const struct child_kind *kind, uint8_t out[64])
{
    size_t n = 0;
    for (size_t i = 0; i < x->clock_count && i < SEEN_BIT; i++)
        if (ticking_kept(x, i) && x->rules->clocks[i].about.per_child == (kind != NULL))
            out[n++] = (uint8_t)i;
    return n;
}

static struct ticking *row(const struct exploration *x, const struct frame_of *f, size_t instance,
                           size_t clock)
{
    return &f->ticks.rows[instance * x->clock_count + clock];
}

static bool has_end(const struct exploration *x, const struct ticking *t, size_t clock)
{
    return x->rules->clocks[clock].length != NO_LENGTH || (t->flags & TICK_FIXED);
}

static bool goes(const struct ticking *t)
{
    return (t->flags & TICK_STARTED) && !(t->flags & TICK_STOPPED) && !t->holds;
}

bool ticking_can_end(const struct exploration *x, const struct ticking *t, size_t clock, bool *surely)
{
    *surely = !(t->flags & TICK_PAUSED);
    return fully_kept(x, clock) && goes(t) && !(t->flags & TICK_EXPIRED) && has_end(x, t, clock);
}

/* ---- what conditions read
 * ------------------------------------------------------------------------------------------------ */

static struct value attribute_of(const struct ticking *t, enum clock_attribute attribute)
{
    bool expired = goes(t) && (t->flags & TICK_EXPIRED);
    switch (attribute) {
    case CLOCK_ATTRIBUTE_EXPIRED:
        return value_flag(expired);
    case CLOCK_ATTRIBUTE_REPLACED:
        return value_flag(t->holds && !(t->flags & TICK_STOPPED));
    case CLOCK_ATTRIBUTE_STOPPED:
        return value_flag(t->flags & TICK_STOPPED);
    case CLOCK_ATTRIBUTE_STARTED:
        return value_flag(true);
    case CLOCK_ATTRIBUTE_RUNNING:
        if (!goes(t) || expired || !(t->flags & TICK_PAUSED))
            return value_flag(goes(t) && !expired);
        return (struct value){.kind = VALUE_UNKNOWN};
    case CLOCK_ATTRIBUTE_PAUSED:
        if (!goes(t) || expired || !(t->flags & TICK_PAUSED))
            return value_flag(false);
        return (struct value){.kind = VALUE_UNKNOWN};
    default:
        return (struct value){.kind = VALUE_UNKNOWN}; /* days */
    }
}

static int clock_of(const struct exploration *x, const char *id)
{
    for (size_t i = 0; i < x->clock_count; i++)
        if (strcmp(x->rules->clocks[i].about.id, id) == 0)
            return (int)i;
    return -1;
}

struct value ticking_value(struct exploration *x, const struct frame_of *f, const char *clock,
                           enum clock_attribute attribute, size_t instance)
{
    int i = clock_of(x, clock);
    if (i < 0 || x->rules->clocks[i].about.per_child != (instance != 0))
        return (struct value){0};
    const struct ticking *t = row(x, f, instance, (size_t)i);
    bool stops = attribute == CLOCK_ATTRIBUTE_STOPPED; /* one that has not started is not stopped either */
    if (stops && ticking_kept(x, (size_t)i))
        return value_flag(t->flags & TICK_STOPPED);
    if (!fully_kept(x, (size_t)i)) {
        if (i < SEEN_BIT)
            *(stops ? &x->model.unknown.stops : &x->model.unknown.clocks) |= UINT64_C(1) << i;
        return (struct value){.kind = VALUE_UNKNOWN};
    }
    if (!(t->flags & TICK_STARTED))
        return attribute == CLOCK_ATTRIBUTE_STARTED ? value_flag(false) : (struct value){0};
    return attribute_of(t, attribute);
}

bool exploration_wakes(struct exploration *x, const struct standing *s, struct parts *unknown)
{
    const struct frame_of *f = s == x->here.standing ? &x->here : &x->there;
    for (size_t c = 0; c < x->clock_count && c < SEEN_BIT; c++) {
        const struct clock_about *about = &x->rules->clocks[c].about;
        if (!about->expiry)
            continue;
        if (!fully_kept(x, c))
            unknown->clocks |= UINT64_C(1) << c;
        for (size_t i = 0; i < s->count; i++) {
            const struct ticking *t = row(x, f, i, c);
            if (fully_kept(x, c) && goes(t) && !(t->flags & TICK_TOLD) && has_end(x, t, c))
                return true;
        }
    }
    return false;
}

/* ---- refusals
 * ------------------------------------------------------------------------------------------------------------
 */

static bool nobody_waits(const struct exploration *x, const struct ticking *t, size_t clock, int kind)
{
    const struct rule_kind *k = &x->rules->kinds[kind];
    for (size_t i = 0; i < k->effect_count; i++)
        if (k->effects[i].deed == EFFECT_RELEASE && k->effects[i].clock == clock &&
            (t->holds & k->effects[i].bit))
            return false;
    return true;
}

static bool clock_refuses(const struct exploration *x, const struct refuse_rule *rule,
                          const struct ticking *t, int kind)
{
    switch (rule->test) {
    case TEST_STOPPED:
        return t->flags & TICK_STOPPED;
    case TEST_HELD:
        return t->holds != 0;
    case TEST_NOT_HELD:
        return nobody_waits(x, t, (size_t)rule->clock, kind);
    case TEST_PAST_DUE:
        return (t->flags & TICK_EXPIRED) && !t->holds;
    case TEST_GRANTS_SPENT:
        return t->grants >= x->rules->clocks[rule->clock].times;
    case TEST_NO_GRANT:
        return t->grants == 0;
    case TEST_NOTICES_SPENT:
        return t->grants > 0 && !(t->flags & TICK_PENDING);
    default:
        return false;
    }
}

static bool seen_refuses(struct exploration *x, const struct frame_of *f, const struct refuse_rule *rule,
                         const struct act *act, int kind, size_t instance)
{
    bool missing = rule->test == TEST_MISSING;
    int bit = x->seen_bit[missing ? rule->of : kind];
    if (!keeps_kind(x, act->event->child)) {
        struct parts left = {.kinds = UINT32_C(1) << act->event->child->index};
        parts_add(&x->model.unknown, &left);
        parts_add(&x->model.passed, &left);
        return false;
    }
    if (act->event->child && !instance)
        return missing; /* the child is only now begun */
    return bit >= 0 && (f->ticks.seen[instance] >> bit & 1) != missing;
}

/* What of the clock a test looks at. */
static struct parts needed(enum clock_test test, size_t bit)
{
    uint64_t clock = bit <= SEEN_BIT ? UINT64_C(1) << bit : 0;
    if (test == TEST_STOPPED)
        return (struct parts){.stops = clock};
    if (test == TEST_HELD || test == TEST_NOT_HELD)
        return (struct parts){.holds = clock};
    return (struct parts){.clocks = clock};
}

bool ticking_refuses(struct exploration *x, const struct frame_of *f, const struct act *act, size_t instance)
{
    int kind = clock_rules_kind_index(x->rules, act->event->name);
    const struct refuse_rule *const *list = kind < 0 ? x->rules->any : x->rules->kinds[kind].refuses;
    size_t count = kind < 0 ? x->rules->any_count : x->rules->kinds[kind].refuse_count;
    for (size_t i = 0; i < count; i++) {
        bool by_seen = list[i]->test == TEST_REPEATED || list[i]->test == TEST_MISSING;
        bool by_clock = !by_seen && list[i]->clock >= 0 && list[i]->test != TEST_OUT_OF_RANGE;
        size_t bit = by_seen ? SEEN_BIT : by_clock ? (size_t)list[i]->clock : 0;
        if (!by_seen && !by_clock)
            continue; /* days and numbers: somebody can fill them in */
        struct parts left = needed(list[i]->test, bit), missing = parts_minus(&left, &x->slice.keep);
        if (!parts_none(&missing)) {
            parts_add(&x->model.unknown, &left);
            parts_add(&x->model.passed, &left);
        } else if (by_seen ? seen_refuses(x, f, list[i], act, kind, instance)
                           : clock_refuses(x, list[i], row(x, f, 0, bit), kind)) {
            x->refused_by = left;
            return true;
        }
    }
    return false;
}

/* ---- effects
 * -------------------------------------------------------------------------------------------------------------
 */

static bool meets(struct exploration *x, const struct effect *e, const struct event_kind *k)
{
    if (!e->is)
        return true;
    const struct event_field *field = event_field(k, e->field);
    struct value v = field ? field_said(x, k, (int)(field - k->fields)) : (struct value){0};
    for (size_t i = 0; v.kind == VALUE_TEXT && i < e->is_count; i++)
        if (strcmp(e->is[i], v.text) == 0)
            return true;
    return false;
}

static void restart(struct ticking *t)
{
    if (!(t->flags & TICK_STARTED) || (t->flags & TICK_STOPPED))
        return;
    t->flags = TICK_STARTED;
    t->grants = 0;
}

static void affect(const struct exploration *x, struct ticking *t, const struct effect *e)
{
    bool stopped = t->flags & TICK_STOPPED;
    uint8_t anew = (uint8_t)~TICK_EXPIRED; /* the end has moved: it may come again */
    switch (e->deed) {
    case EFFECT_MARK:
        t->marks |= (uint8_t)e->bit;
        break;
    case EFFECT_START:
        if (!stopped && (!e->bit || (t->marks & e->bit)))
            t->flags |= TICK_STARTED;
        break;
    case EFFECT_RESTART:
        restart(t);
        break;
    case EFFECT_HOLD:
        t->holds |= stopped ? 0 : (uint8_t)e->bit;
        break;
    case EFFECT_RELEASE:
        t->holds &= (uint8_t)~e->bit;
        break;
    case EFFECT_PAUSE:
        t->flags |= goes(t) ? TICK_PAUSED : 0;
        break;
    case EFFECT_GRANT:
        t->grants += t->grants < 3;
        t->flags |= x->rules->clocks[e->clock].notice ? TICK_PENDING : 0;
        t->flags &= x->rules->clocks[e->clock].notice ? 0xff : anew;
        break;
    case EFFECT_NOTICE:
        if (t->flags & TICK_PENDING)
            t->flags &= (uint8_t)(anew & ~TICK_PENDING);
        break;
    case EFFECT_LENGTH:
    case EFFECT_DUE:
        if (!stopped)
            t->flags = (uint8_t)((t->flags & anew) | TICK_FIXED);
        break;
    case EFFECT_STOP:
        t->flags |= TICK_STOPPED;
        break;
    case EFFECT_TOLD:
        t->flags |= TICK_TOLD;
        break;
    default:
        break; /* a pause that has begun may last: PAUSED says only that there was one */
    }
}

static void take_kind(struct exploration *x, struct frame_of *f, const struct event_kind *k, int kind,
                      size_t instance)
{
    for (size_t i = 0; i < x->rules->kinds[kind].effect_count; i++) {
        const struct effect *e = &x->rules->kinds[kind].effects[i];
        bool per_child = x->rules->clocks[e->clock].about.per_child;
        if (!ticking_kept(x, e->clock) || !meets(x, e, k))
            continue;
        if (!per_child)
            affect(x, row(x, f, 0, e->clock), e);
        for (size_t n = 1; per_child && n < f->standing->count; n++)
            if (e->all || n == instance)
                affect(x, row(x, f, n, e->clock), e);
    }
    if (x->seen_bit[kind] >= 0 && (instance || !k->child))
        f->ticks.seen[instance] |= UINT32_C(1) << x->seen_bit[kind];
}

/* A day in a field that stands for a second fact: that fact too, when there is such a day. */
static void take_second(struct exploration *x, struct frame_of *f, const struct event_kind *k, int kind,
                        size_t instance)
{
    const struct rule_kind *rule = &x->rules->kinds[kind];
    const struct event_field *field =
        rule->short_as >= 0 && rule->short_field ? event_field(k, rule->short_field) : NULL;
    bool touches = false;
    for (size_t i = 0; field && i < x->rules->kinds[rule->short_as].effect_count; i++)
        touches |= ticking_kept(x, x->rules->kinds[rule->short_as].effects[i].clock);
    if (touches && field_said(x, k, (int)(field - k->fields)).kind != VALUE_ABSENT)
        take_kind(x, f, k, rule->short_as, instance);
}

void ticking_take(struct exploration *x, struct frame_of *f, const struct act *act, size_t instance)
{
    int kind = clock_rules_kind_index(x->rules, act->event->name);
    if (kind < 0)
        return;
    take_kind(x, f, act->event, kind, instance);
    take_second(x, f, act->event, kind, instance);
}
