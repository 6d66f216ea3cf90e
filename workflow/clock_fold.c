/* clock_fold.c - what the facts make of the clocks: sorting, corrections, refusals, effects. */
#include "clock_inside.h"

#include <string.h>

/* A fact on its way through the fold. */
struct entry {
    struct fact fact;
    int kind; /* index in the rules, -1: they do not mention it */
    int32_t day;
    size_t given; /* place in the order given */
    bool settled; /* judged already, or a correction that has taken effect: not judged again */
    bool open;    /* the form is not yet filled in: rules that read fields are left out */
};

struct folding {
    const struct clock_rules *rules;
    const struct calendar *cal;
    struct clocks *clocks;
    struct civil today;
    TALLOC_CTX *life;
};

/* ---- small stores ---- */

/* Room for one more in a row of the clocks; leaves the function without memory. */
#define ROOM(arena, row, count, room)                                                                        \
    do {                                                                                                     \
        void *row_ = arena_grow((arena), (row), (count), &(room), sizeof *(row));                            \
        TRY_MEMORY(row_);                                                                                    \
        (row) = row_;                                                                                        \
    } while (0)

static bool same_child(const char *a, const char *b)
{
    return a == b || (a && b && *a == *b && strcmp(a, b) == 0);
}

/* Index of the child; -1 when unknown or when there is no child. */
static int child_index(const struct clocks *clocks, const char *child)
{
    if (child)
        for (size_t i = 0; i < clocks->child_count; i++)
            if (same_child(clocks->children[i], child))
                return (int)i;
    return -1;
}

static const struct seen *find_seen(const struct clocks *clocks, int kind, const char *child)
{
    int at = child_index(clocks, child);
    if (child && at < 0)
        return NULL;
    for (size_t i = 0; i < clocks->seen_count; i++)
        if (clocks->seen[i].kind == kind && clocks->seen[i].child == at)
            return &clocks->seen[i];
    return NULL;
}

static const struct fault *remember(struct clocks *clocks, int kind, const char *child, long seq)
{
    int at = child_index(clocks, child);
    if (child && at < 0) {
        ROOM(clocks->arena, clocks->children, clocks->child_count, clocks->child_room);
        at = (int)clocks->child_count;
        clocks->children[clocks->child_count++] = child;
    }
    ROOM(clocks->arena, clocks->seen, clocks->seen_count, clocks->seen_room);
    clocks->seen[clocks->seen_count++] = (struct seen){kind, at, seq};
    return NULL;
}

/* ---- the clocks a fact means ---- */

struct clock clock_blank(const struct clock_rules *rules, size_t index, const char *child)
{
    return (struct clock){
        .rule = &rules->clocks[index],
        .index = index,
        .child = child,
        .day0 = NO_DAY,
        .length = rules->clocks[index].length,
        .fixed = NO_DAY,
        .stop = NO_DAY,
        .held_since = NO_DAY,
        .start_seq = -1,
        .stop_seq = -1,
        .hold_seq = -1,
        .grant_seq = -1,
        .notice_seq = -1,
    };
}

static bool creates(enum effect_deed deed)
{
    return deed == EFFECT_MARK || deed == EFFECT_START || deed == EFFECT_DUE || deed == EFFECT_LENGTH;
}

/* The clock of the child, made when `create`; *out NULL when there is none. */
static const struct fault *clock_of_child(struct clocks *clocks, size_t index, const char *child, bool create,
                                          struct clock **out)
{
    *out = NULL;
    for (size_t i = clocks->rules->clock_count; i < clocks->all_count; i++)
        if (clocks->all[i].index == index && same_child(clocks->all[i].child, child)) {
            *out = &clocks->all[i];
            return NULL;
        }
    if (!create)
        return NULL;
    ROOM(clocks->arena, clocks->all, clocks->all_count, clocks->all_room);
    *out = &clocks->all[clocks->all_count++];
    **out = clocks->rules->blank[index];
    (*out)->child = child;
    return NULL;
}

/* ---- effects ---- */

#define NOT_LISTED SIZE_MAX /* a clock has started since the list was made */

static bool meets(const struct effect *effect, const struct fact *fact)
{
    if (!effect->is)
        return true;
    const char *value = fact_text(fact, effect->field);
    for (size_t i = 0; value && i < effect->is_count; i++)
        if (*effect->is[i] == *value && strcmp(effect->is[i], value) == 0)
            return true;
    return false;
}

static int32_t rolled(const struct folding *f, const struct effect *effect, int32_t day)
{
    return effect->roll ? civil_number(calendar_roll(f->cal, civil_of_number(day))) : day;
}

static void start(const struct folding *f, struct clock *clock, const struct effect *effect,
                  const struct entry *e)
{
    bool delayed = effect->number != NO_LENGTH;
    int32_t day = rolled(f, effect, e->day);
    if (delayed)
        day = clock_add_units(f->cal, day, effect->unit, effect->number);
    if (clock->stop != NO_DAY || (effect->bit && !(clock->marks & effect->bit)))
        return;
    if (clock->day0 != NO_DAY && !(clock->tentative && day < clock->day0))
        return;
    f->clocks->count = NOT_LISTED;
    clock->day0 = day;
    clock->tentative = delayed;
    clock->start_seq = e->fact.seq;
}

static void restart(const struct folding *f, struct clock *clock, const struct effect *effect,
                    const struct entry *e)
{
    if (clock->day0 == NO_DAY || clock->stop != NO_DAY)
        return;
    clock->day0 = rolled(f, effect, e->day);
    clock->tentative = false;
    clock->start_seq = e->fact.seq;
    clock->length = clock->rule->length;
    clock->extra = clock->pending = clock->grants = 0;
    clock->fixed = NO_DAY;
    clock->pause_count = 0;
    clock->told = false;
}

static void hold(struct clock *clock, const struct effect *effect, const struct entry *e)
{
    if (clock->stop != NO_DAY)
        return;
    if (!clock->holds) {
        clock->held_since = e->day;
        clock->hold_seq = e->fact.seq;
    }
    clock->holds |= effect->bit;
}

static void release(struct clock *clock, const struct effect *effect)
{
    clock->holds &= ~effect->bit;
    if (!clock->holds)
        clock->held_since = NO_DAY;
}

static const struct fault *pause_begins(struct clocks *clocks, struct clock *clock,
                                        const struct effect *effect, const struct entry *e)
{
    if (clock->day0 == NO_DAY || clock->stop != NO_DAY || clock->holds)
        return NULL;
    ROOM(clocks->arena, clock->pauses, clock->pause_count, clock->pause_room);
    int32_t order = (int32_t)clock->pause_count;
    clock->pauses[clock->pause_count++] = (struct pause){
        .child = e->fact.child,
        .by = effect,
        .order = order,
        .sent = e->day,
        .after = effect->from_receipt ? NO_DAY : e->day,
        .delivered = NO_DAY,
        .ended = NO_DAY,
    };
    return NULL;
}

/* The pause's own period begins. Facts come in the order of days: a pause that begins now is the last by day.
 */
static void pause_from(struct clock *clock, const struct effect *effect, const struct entry *e)
{
    for (size_t i = 0; i < clock->pause_count; i++) {
        struct pause pause = clock->pauses[i];
        if (pause.by->bit != effect->bit || pause.delivered != NO_DAY || pause.ended != NO_DAY ||
            !same_child(pause.child, e->fact.child))
            continue;
        pause.delivered = e->day;
        if (!pause.by->from_receipt) {
            clock->pauses[i] = pause;
            return;
        }
        pause.after = e->day;
        memmove(&clock->pauses[i], &clock->pauses[i + 1],
                (clock->pause_count - i - 1) * sizeof *clock->pauses);
        clock->pauses[clock->pause_count - 1] = pause;
        return;
    }
}

static void pause_ends(struct clock *clock, const struct effect *effect, const struct entry *e)
{
    for (size_t i = 0; i < clock->pause_count; i++) {
        struct pause *pause = &clock->pauses[i];
        if (pause->by->bit == effect->bit && pause->ended == NO_DAY &&
            same_child(pause->child, e->fact.child))
            pause->ended = e->day;
    }
}

static void grant(struct clock *clock, const struct effect *effect, const struct entry *e)
{
    int64_t days = effect->number;
    if (effect->field && !fact_int(&e->fact, effect->field, &days))
        return;
    if (days < 0 || days > 3660) /* an edition may forget its bounds; a calendar has an end */
        return;
    clock->grants++;
    clock->grant_seq = e->fact.seq;
    if (clock->rule->notice)
        clock->pending += (int32_t)days;
    else
        clock->extra += (int32_t)days;
}

static void another_length(struct clock *clock, const struct effect *effect, const struct entry *e)
{
    int64_t length = effect->number;
    if (length == NO_LENGTH && (!fact_int(&e->fact, effect->field, &length) || length < 0 || length > 3660))
        return;
    clock->length = (int32_t)length;
}

/* The fact that an expiry asks for names its clock, or concerns the only one there is. */
static void told(struct clock *clock, const struct entry *e)
{
    const char *id = fact_text(&e->fact, "clock");
    if (!id || strcmp(id, clock->rule->about.id) == 0)
        clock->told = true;
}

static const struct fault *affect(struct folding *f, struct clock *clock, const struct effect *effect,
                                  const struct entry *e)
{
    struct civil day;
    switch (effect->deed) {
    case EFFECT_MARK:
        clock->marks |= effect->bit;
        break;
    case EFFECT_START:
        start(f, clock, effect, e);
        break;
    case EFFECT_RESTART:
        restart(f, clock, effect, e);
        break;
    case EFFECT_HOLD:
        hold(clock, effect, e);
        break;
    case EFFECT_RELEASE:
        release(clock, effect);
        break;
    case EFFECT_PAUSE:
        return pause_begins(f->clocks, clock, effect, e);
    case EFFECT_PAUSE_FROM:
        pause_from(clock, effect, e);
        break;
    case EFFECT_PAUSE_END:
        pause_ends(clock, effect, e);
        break;
    case EFFECT_GRANT:
        grant(clock, effect, e);
        break;
    case EFFECT_NOTICE:
        clock->extra += clock->pending;
        clock->pending = 0;
        clock->notice_seq = e->fact.seq;
        break;
    case EFFECT_LENGTH:
        another_length(clock, effect, e);
        break;
    case EFFECT_DUE:
        if (clock->stop == NO_DAY && fact_day(&e->fact, effect->field, &day))
            clock->fixed = civil_number(day);
        break;
    case EFFECT_STOP:
        if (clock->stop == NO_DAY) {
            clock->stop = e->day;
            clock->stop_seq = e->fact.seq;
        }
        break;
    case EFFECT_TOLD:
        told(clock, e);
        break;
    }
    return NULL;
}

static const struct fault *apply(struct folding *f, const struct effect *effect, const struct entry *e)
{
    struct clocks *clocks = f->clocks;
    if (!meets(effect, &e->fact))
        return NULL;
    if (!f->rules->clocks[effect->clock].about.per_child)
        return affect(f, &clocks->all[effect->clock], effect, e);
    if (effect->all) {
        for (size_t i = f->rules->clock_count; i < clocks->all_count; i++)
            if (clocks->all[i].index == effect->clock)
                TRY(affect(f, &clocks->all[i], effect, e));
        return NULL;
    }
    struct clock *clock;
    TRY(clock_of_child(clocks, effect->clock, e->fact.child, creates(effect->deed), &clock));
    return clock ? affect(f, clock, effect, e) : NULL;
}

/* ---- refusals ---- */

static bool nobody_waits(const struct clocks *clocks, const struct clock *clock, int kind)
{
    const struct rule_kind *k = &clocks->rules->kinds[kind];
    for (size_t i = 0; i < k->effect_count; i++)
        if (k->effects[i].deed == EFFECT_RELEASE && k->effects[i].clock == clock->index &&
            (clock->holds & k->effects[i].bit))
            return false;
    return true;
}

static bool past_due(const struct clock *clock, const struct calendar *cal, int32_t day, bool provisional)
{
    int32_t due = clock_due_number(clock, cal, day);
    return due != NO_DAY && day > due && (provisional || !calendar_provisional(cal, civil_of_number(due)));
}

static bool out_of_range(const struct refuse_rule *rule, const struct entry *e)
{
    int64_t value;
    return !e->open && (!fact_int(&e->fact, rule->field, &value) || value < rule->min || value > rule->max);
}

/* Does the rule refuse? *blocking is the seq of the fact that stands in the way, if one does. */
static bool refuses(const struct clocks *clocks, const struct calendar *cal, const struct refuse_rule *rule,
                    const struct entry *e, struct civil today, long *blocking)
{
    const struct clock *clock = rule->clock >= 0 ? &clocks->all[rule->clock] : NULL;
    const struct seen *seen;
    switch (rule->test) {
    case TEST_FUTURE:
        return civil_is_set(today) && e->day > civil_number(today);
    case TEST_BEFORE_FIRST:
        return !clocks->begun && e->kind != clocks->rules->first;
    case TEST_STOPPED:
        *blocking = clock->stop_seq;
        return clock->stop != NO_DAY;
    case TEST_HELD:
        *blocking = clock->hold_seq;
        return clock->holds != 0;
    case TEST_NOT_HELD:
        return nobody_waits(clocks, clock, e->kind);
    case TEST_PAST_DUE:
        *blocking = clock->start_seq;
        return past_due(clock, cal, e->day, rule->provisional);
    case TEST_REPEATED:
        seen = find_seen(clocks, e->kind, e->fact.child);
        *blocking = seen ? seen->seq : -1;
        return seen != NULL;
    case TEST_MISSING:
        return !find_seen(clocks, rule->of, e->fact.child);
    case TEST_GRANTS_SPENT:
        *blocking = clock->grant_seq;
        return clock->grants >= clock->rule->times;
    case TEST_NO_GRANT:
        return clock->grants == 0;
    case TEST_NOTICES_SPENT:
        *blocking = clock->notice_seq;
        return clock->grants > 0 && clock->pending == 0;
    case TEST_OUT_OF_RANGE:
        return out_of_range(rule, e);
    }
    return false;
}

/* The first rule, in the order of the edition, that refuses; NULL: none does. */
static const struct refuse_rule *judge(const struct clocks *clocks, const struct calendar *cal,
                                       const struct entry *e, struct civil today, long *blocking)
{
    const struct clock_rules *rules = clocks->rules;
    const struct refuse_rule *const *list = e->kind < 0 ? rules->any : rules->kinds[e->kind].refuses;
    size_t count = e->kind < 0 ? rules->any_count : rules->kinds[e->kind].refuse_count;
    for (size_t i = 0; i < count; i++) {
        *blocking = -1;
        if (refuses(clocks, cal, list[i], e, today, blocking))
            return list[i];
    }
    return NULL;
}

static struct refusal refusal_of(const struct refuse_rule *rule, long blocking)
{
    return (struct refusal){
        .rule = rule->rule, .basis = rule->basis, .zh = rule->zh, .en = rule->en, .fact = blocking};
}

static bool refused_by_a_rule(const struct clocks *clocks, const struct calendar *cal, const struct entry *e,
                              struct civil today, struct refusal *why)
{
    long blocking;
    const struct refuse_rule *rule = judge(clocks, cal, e, today, &blocking);
    if (rule)
        *why = refusal_of(rule, blocking);
    return rule != NULL;
}

bool clocks_refuse_kind(const struct clocks *clocks, const struct calendar *cal, const struct fact *fact,
                        int32_t day, int kind, bool open, struct refusal *why)
{
    struct entry e = {.fact = *fact, .kind = kind, .day = day, .open = open};
    return refused_by_a_rule(clocks, cal, &e, CIVIL_NONE, why);
}

bool clocks_refuse(const struct clocks *clocks, const struct calendar *cal, const struct fact *fact,
                   struct civil today, struct refusal *why)
{
    struct entry e = {.fact = *fact,
                      .kind = clock_rules_kind_index(clocks->rules, fact->kind),
                      .day = civil_number(fact->on),
                      .open = !fact->data};
    return refused_by_a_rule(clocks, cal, &e, today, why);
}

/* ---- the order of facts ---- */

static int by_day(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return a->given < b->given ? -1 : a->given > b->given;
}

static void sort(struct entry *entries, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (by_day(&entries[i - 1], &entries[i]) > 0) {
            qsort(entries, count, sizeof *entries, by_day);
            return;
        }
}

static bool is_known(const struct fact *fact, struct civil known)
{
    struct civil recorded = civil_is_set(fact->recorded) ? fact->recorded : fact->on;
    return !civil_is_set(known) || civil_compare(recorded, known) <= 0;
}

static struct entry entry_of(const struct clock_rules *rules, const struct fact *fact, size_t given)
{
    return (struct entry){.fact = *fact,
                          .kind = clock_rules_kind_index(rules, fact->kind),
                          .day = civil_number(fact->on),
                          .given = given,
                          .open = !fact->data};
}

/* ---- corrections ---- */

static struct entry *target_of(const struct folding *f, struct entry *entries, size_t count,
                               const struct entry *by)
{
    int64_t seq;
    if (!fact_int(&by->fact, f->rules->correct_fact, &seq))
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (entries[i].fact.seq == seq && entries[i].kind != f->rules->correct)
            return &entries[i];
    return NULL;
}

/* The fields of the correction replace those of the fact; `on` and `child` among them move the fact itself.
 */
static const struct fault *correct(struct folding *f, struct entry *target, const json_t *patch)
{
    json_t *data = json_adopt(f->life, json_object());
    const json_t *before = target->fact.data;
    if (!data || (before && json_object_update(data, (json_t *)(uintptr_t)before) != 0) ||
        json_object_update(data, (json_t *)(uintptr_t)patch) != 0)
        return fault_memory();
    target->fact.data = data;
    struct civil on;
    const char *day = json_text(patch, "on");
    if (day && civil_parse(day, &on)) {
        target->fact.on = on;
        target->day = civil_number(on);
    }
    const char *child = json_text(patch, "child");
    if (child)
        target->fact.child = child;
    return NULL;
}

/* The first day of the dossier as it was first told: a correction must not come before it. */
static bool precedes_first(const struct folding *f, const struct entry *entries, size_t count,
                           const struct entry *by)
{
    for (size_t i = 0; i < count; i++)
        if (entries[i].kind == f->rules->first)
            return by_day(by, &entries[i]) < 0;
    return true;
}

static const struct fault *take_corrections(struct folding *f, struct entry *entries, size_t count,
                                            TALLOC_CTX *scratch)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += entries[i].kind == f->rules->correct;
    if (!found)
        return NULL;
    const struct entry **corrections = talloc_array(scratch, const struct entry *, found);
    struct entry *told_first = talloc_memdup(scratch, entries, count * sizeof *entries);
    if (!corrections || !told_first)
        return fault_memory();
    size_t n = 0;
    sort(told_first, count);
    for (size_t i = 0; i < count; i++)
        if (told_first[i].kind == f->rules->correct)
            corrections[n++] = &told_first[i];
    for (size_t i = 0; i < n; i++) {
        const struct entry *by = corrections[i];
        struct entry *target = target_of(f, entries, count, by);
        const json_t *patch = by->fact.data ? json_object_get(by->fact.data, f->rules->correct_data) : NULL;
        bool future = civil_is_set(f->today) && by->day > civil_number(f->today);
        if (!target || !json_is_object(patch) || future || precedes_first(f, told_first, count, by))
            continue;
        TRY(correct(f, target, patch));
        for (size_t k = 0; k < count; k++)
            if (entries[k].given == by->given)
                entries[k].settled = true;
    }
    return NULL;
}

/* ---- the fold ---- */

struct refusals {
    struct clock_refused *list;
    size_t *given;
    size_t count, capacity;
};

static const struct fault *note_refusal(struct refusals *all, TALLOC_CTX *life, const struct entry *e,
                                        const struct refuse_rule *rule, long blocking)
{
    if (all->count == all->capacity) {
        all->capacity = all->capacity ? all->capacity * 2 : 8;
        all->list = talloc_realloc(life, all->list, struct clock_refused, all->capacity);
        all->given = talloc_realloc(life, all->given, size_t, all->capacity);
        if (!all->list || !all->given)
            return fault_memory();
    }
    size_t at = all->count++;
    for (; at > 0 && all->given[at - 1] > e->given; at--) { /* kept in the order given */
        all->list[at] = all->list[at - 1];
        all->given[at] = all->given[at - 1];
    }
    all->list[at] = (struct clock_refused){.fact = e->fact.seq, .why = refusal_of(rule, blocking)};
    all->given[at] = e->given;
    return NULL;
}

static const struct fault *take(struct folding *f, const struct entry *e, struct refusals *refused)
{
    long blocking;
    const struct refuse_rule *rule = e->settled ? NULL : judge(f->clocks, f->cal, e, f->today, &blocking);
    if (rule)
        return refused ? note_refusal(refused, f->life, e, rule, blocking) : NULL;
    if (e->kind < 0)
        return NULL;
    if (e->kind == f->rules->first)
        f->clocks->begun = true;
    TRY(remember(f->clocks, e->kind, e->fact.child, e->fact.seq));
    const struct rule_kind *kind = &f->rules->kinds[e->kind];
    for (size_t i = 0; i < kind->effect_count; i++)
        TRY(apply(f, &kind->effects[i], e));
    return NULL;
}

struct clocks *clocks_new(struct arena *arena, const struct clock_rules *rules)
{
    struct clocks *clocks = arena_take(arena, sizeof *clocks);
    if (!clocks)
        return NULL;
    *clocks = (struct clocks){.rules = rules,
                              .arena = arena,
                              .all_count = rules->clock_count,
                              .all_room = rules->clock_count + 4,
                              .last_day = NO_DAY};
    clocks->all = arena_take(arena, clocks->all_room * sizeof *clocks->all);
    if (clocks->all && rules->clock_count)
        memcpy(clocks->all, rules->blank, rules->clock_count * sizeof *clocks->all);
    return clocks->all ? clocks : NULL;
}

size_t clocks_bytes(const struct clocks *clocks)
{
    size_t pauses = 0;
    for (size_t i = 0; i < clocks->all_count; i++)
        pauses += clocks->all[i].pause_count ? (clocks->all[i].pause_count + 2) * sizeof(struct pause) : 0;
    return sizeof *clocks + (clocks->all_count + 2) * sizeof *clocks->all + pauses +
           (clocks->seen_count + 2) * sizeof *clocks->seen +
           (clocks->child_count + 2) * sizeof *clocks->children + clocks->all_count * sizeof *clocks->listed +
           128;
}

/* A row with room for the few that one more fact may add. NULL without memory. */
static void *row_copy(struct arena *arena, const void *row, size_t count, size_t *room, size_t width)
{
    *room = count + 2;
    void *copy = arena_take(arena, *room * width);
    if (copy && count)
        memcpy(copy, row, count * width);
    return copy;
}

struct clocks *clocks_copy(struct arena *arena, const struct clocks *from)
{
    struct clocks *c = arena_copy(arena, from, sizeof *from);
    if (!c)
        return NULL;
    c->arena = arena;
    c->all = row_copy(arena, from->all, from->all_count, &c->all_room, sizeof *c->all);
    c->seen = row_copy(arena, from->seen, from->seen_count, &c->seen_room, sizeof *c->seen);
    c->children = row_copy(arena, from->children, from->child_count, &c->child_room, sizeof *c->children);
    c->listed = row_copy(arena, from->listed, from->count, &c->listed_room, sizeof *c->listed);
    if (!c->all || !c->seen || !c->children || !c->listed)
        return NULL;
    for (size_t i = 0; i < c->all_count; i++) {
        struct clock *clock = &c->all[i];
        if (!clock->pause_count) {
            clock->pauses = NULL;
            clock->pause_room = 0;
            continue;
        }
        clock->pauses =
            row_copy(arena, clock->pauses, clock->pause_count, &clock->pause_room, sizeof *clock->pauses);
        if (!clock->pauses)
            return NULL;
    }
    return c;
}

/* The started clocks in the order of the edition; those of children in the order in which they came to be. */
static const struct fault *list_clocks(struct clocks *clocks)
{
    size_t rules = clocks->rules->clock_count;
    if (clocks->count != NOT_LISTED)
        return NULL;
    if (clocks->listed_room < clocks->all_count) {
        clocks->listed_room = clocks->all_count + 4;
        clocks->listed = arena_take(clocks->arena, clocks->listed_room * sizeof *clocks->listed);
        TRY_MEMORY(clocks->listed);
    }
    clocks->count = 0;
    for (size_t i = 0; i < rules; i++) {
        if (!clocks->rules->clocks[i].about.per_child) {
            if (clocks->all[i].day0 != NO_DAY)
                clocks->listed[clocks->count++] = (uint32_t)i;
            continue;
        }
        for (size_t k = rules; k < clocks->all_count; k++)
            if (clocks->all[k].index == i && clocks->all[k].day0 != NO_DAY)
                clocks->listed[clocks->count++] = (uint32_t)k;
    }
    return NULL;
}

const struct clock *clocks_started(const struct clocks *clocks, const char *id, const char *child)
{
    for (size_t i = 0; i < clocks->count; i++) {
        const struct clock *clock = &clocks->all[clocks->listed[i]];
        if (clock->rule->about.id == id && same_child(clock->child, child))
            return clock;
    }
    return NULL;
}

const struct fault *clocks_take(struct clocks *clocks, const struct calendar *cal, const struct fact *fact,
                                int32_t day, int kind, bool *in_order)
{
    struct folding f = {.rules = clocks->rules, .cal = cal, .clocks = clocks, .today = CIVIL_NONE};
    struct entry e = {.fact = *fact, .kind = kind, .day = day, .settled = true, .open = !fact->data};
    struct fact second;
    *in_order = e.day >= clocks->last_day && (kind < 0 || kind != clocks->rules->correct);
    if (!*in_order)
        return NULL;
    clocks->last_day = e.day;
    TRY(take(&f, &e, NULL));
    if (kind >= 0 && clocks->rules->kinds[kind].short_as >= 0 &&
        clock_rules_shorthand(clocks->rules, fact, &second)) {
        struct entry also = {.fact = second,
                             .kind = clocks->rules->kinds[kind].short_as,
                             .day = civil_number(second.on),
                             .open = !second.data};
        *in_order = also.day >= e.day;
        if (!*in_order)
            return NULL;
        clocks->last_day = also.day;
        TRY(take(&f, &also, NULL));
    }
    return list_clocks(clocks);
}

/* The known facts, corrected, with those that fields stand for, in the order of days. */
static const struct fault *arrange(struct folding *f, const struct fact *facts, size_t count,
                                   struct civil known, struct entry **out, size_t *out_count,
                                   TALLOC_CTX *scratch)
{
    struct entry *entries = talloc_array(scratch, struct entry, count * 2 + 1);
    TRY_MEMORY(entries);
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (is_known(&facts[i], known))
            entries[n++] = entry_of(f->rules, &facts[i], i * 2);
    if (f->rules->correct >= 0)
        TRY(take_corrections(f, entries, n, scratch));
    for (size_t i = 0, told_count = n; i < told_count; i++) {
        struct fact second;
        if (entries[i].kind >= 0 && f->rules->kinds[entries[i].kind].short_as >= 0 &&
            clock_rules_shorthand(f->rules, &entries[i].fact, &second))
            entries[n++] = entry_of(f->rules, &second, entries[i].given + 1);
    }
    sort(entries, n);
    *out = entries;
    *out_count = n;
    return NULL;
}

const struct fault *clocks_fold(const struct clock_rules *rules, const struct calendar *cal,
                                const struct fact *facts, size_t count, struct clocks_scope scope,
                                const struct clocks **out, const struct clock_refused **refused,
                                size_t *refused_count, TALLOC_CTX *life, TALLOC_CTX *scratch)
{
    struct folding f = {.rules = rules, .cal = cal, .today = scope.today, .life = life};
    struct refusals refusals = {0};
    struct entry *entries;
    size_t n;
    struct arena *arena = talloc(life, struct arena);
    TRY_MEMORY(arena);
    *arena = (struct arena){.life = arena};
    f.clocks = clocks_new(arena, rules);
    TRY_MEMORY(f.clocks);
    TRY(arrange(&f, facts, count, scope.known, &entries, &n, scratch));
    for (size_t i = 0; i < n; i++)
        TRY(take(&f, &entries[i], refused ? &refusals : NULL));
    if (n)
        f.clocks->last_day = entries[n - 1].day;
    TRY(list_clocks(f.clocks));
    *out = f.clocks;
    if (refused) {
        *refused = refusals.list;
        *refused_count = refusals.count;
    }
    return NULL;
}

const struct fault *clocks_last_day(const struct clock_rules *rules, const struct fact *facts, size_t count,
                                    struct civil known, struct civil *out, TALLOC_CTX *scratch)
{
    struct folding f = {.rules = rules, .life = scratch};
    struct entry *entries = NULL;
    size_t n = 0;
    TRY(arrange(&f, facts, count, known, &entries, &n, scratch));
    *out = n ? entries[n - 1].fact.on : CIVIL_NONE;
    return NULL;
}

size_t clocks_count(const struct clocks *clocks)
{
    return clocks->count;
}

int clocks_find(const struct clocks *clocks, const char *id, const char *child)
{
    for (size_t i = 0; i < clocks->count; i++) {
        const struct clock *clock = &clocks->all[clocks->listed[i]];
        if (strcmp(clock->rule->about.id, id) == 0 && same_child(clock->child, child))
            return (int)i;
    }
    return -1;
}
