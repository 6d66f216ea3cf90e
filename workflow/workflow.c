/* A standing is the memory that the rules need and nothing more: for the dossier and each child a machine
 * (its configuration) and memos (what some condition reads of the facts about it); besides them the facts
 * themselves, for showing and for naming the one that stands in the way. A fact is judged, then taken; fold
 * does so for all, step for one. */
#include "workflow.h"

#include "json.h"
#include "standing_inside.h"
#include "text.h"

/* ---- fold and step
 * -----------------------------------------------------------------------------------------------------------------
 */

const struct fault *workflow_begin(TALLOC_CTX *life, const struct edition *e, const struct calendar *c,
                                   struct standing **out)
{
    struct standing *s = NULL;
    TRY(standing_new(life, e, c, NULL, &s));
    TRY(standing_lay_out(s));
    *out = s;
    return NULL;
}

struct ordered {
    const struct fact *given, *known;
    size_t at;
};

static int by_day(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;
    int days = civil_compare(x->known->on, y->known->on);
    if (days)
        return days;
    if (x->known->seq != y->known->seq)
        return x->known->seq < y->known->seq ? -1 : 1;
    return x->at < y->at ? -1 : 1;
}

/* Is the id one of that kind? Most are, and the first look says so. */
static bool names_child(const struct edition *e, const struct child_kind *kind, const char *id)
{
    const char *prefix = kind->prefix, *at = id;
    for (; *prefix && *prefix == *at; prefix++)
        at++;
    bool plain = !*prefix && *at >= '1' && *at <= '9' && !at[1];
    return plain || edition_child_of_id(e, id) == kind;
}

/* *out may be set: the event of that kind is known. */
static const struct fault *check_fact(TALLOC_CTX *life, const struct edition *e, const struct fact *fact,
                                      const struct event_kind **out)
{
    if (!*out)
        *out = fact->kind ? edition_event(e, fact->kind) : NULL;
    if (!*out)
        return fault_new(life, FAULT_INPUT, "FACT_KIND", "fact %ld: \"%s\" is no event of %s", fact->seq,
                         fact->kind ? fact->kind : "", e->code);
    if (!civil_is_set(fact->on))
        return fault_new(life, FAULT_INPUT, "FACT_DAY", "fact %ld has no day", fact->seq);
    if ((*out)->child && (!fact->child || !names_child(e, (*out)->child, fact->child)))
        return fault_new(life, FAULT_INPUT, "FACT_CHILD", "fact %ld: \"%s\" names no %s", fact->seq,
                         fact->child ? fact->child : "", (*out)->child->name);
    if (!(*out)->child && fact->child)
        return fault_new(life, FAULT_INPUT, "FACT_CHILD", "fact %ld: %s is about the dossier", fact->seq,
                         fact->kind);
    return NULL;
}

/* What a correction by a second person makes of a fact; `on` and `child` among its data move the fact itself,
 * a null takes a field away.
 */
static const struct fault *correct(struct standing *s, const json_t *patch, const struct fact **known)
{
    struct fact *copy = talloc(s, struct fact);
    TRY_MEMORY(copy);
    s->corrected = true;
    *copy = **known;
    json_t *data = json_adopt(s, json_object());
    if (!data || (copy->data && json_object_update(data, (json_t *)(uintptr_t)copy->data) < 0) ||
        json_object_update(data, (json_t *)(uintptr_t)patch) < 0)
        return fault_memory();
    const char *on = json_text(patch, "on"), *child = json_text(patch, "child");
    if (on)
        civil_parse(on, &copy->on);
    if (child)
        copy->child = child;
    json_object_del(data, "on");
    json_object_del(data, "child");
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)patch, name, value) if (json_is_null(value))
        json_object_del(data, name);
    copy->data = data;
    *known = copy;
    return NULL;
}

static struct ordered *find_given(struct ordered *order, size_t count, const struct fact *by,
                                  const char *field)
{
    int64_t seq = 0;
    for (size_t i = 0; fact_int(by, field, &seq) && i < count; i++)
        if (order[i].given->seq == seq && order[i].given != by)
            return &order[i];
    return NULL;
}

/* Who made the fact, or proposed its correction, does not confirm it alone: such a one has no effect. */
static bool is_by_second_person(const struct fact *c, const struct ordered *target,
                                const struct ordered *proposal)
{
    return !c->by ||
           (!text_same(c->by, target->given->by) && !(proposal && text_same(c->by, proposal->given->by)));
}

static const struct fault *take_correction(struct standing *s, const struct fact *c, struct ordered *order,
                                           size_t count)
{
    const struct event_kind *k = c->kind ? edition_event(s->e, c->kind) : NULL;
    const json_t *patch = json_object_get(c->data, "data");
    if (!k || k->deed != EVENT_DEED_CORRECT || !json_is_object(patch))
        return NULL;
    struct ordered *target = find_given(order, count, c, "fact");
    const struct event_kind *of =
        target && target->given->kind ? edition_event(s->e, target->given->kind) : NULL;
    if (!of || event_is_correction(of) ||
        !is_by_second_person(c, target, find_given(order, count, c, "proposal")) ||
        !correction_may_say(k, of, patch))
        return NULL;
    return correct(s, patch, &target->known);
}

/* Corrections count from the beginning, in the order in which they were told. */
static const struct fault *take_corrections(struct standing *s, struct ordered *order, size_t count)
{
    qsort(order, count, sizeof *order, by_day);
    for (size_t i = 0; i < count; i++)
        TRY(take_correction(s, order[i].given, order, count));
    return NULL;
}

/* In the order of days, with the data that corrections leave: in most dossiers that is as they were given. */
static const struct fault *sort_facts(struct standing *s, const struct fact *facts, size_t count,
                                      const struct event_kind ***events)
{
    bool plain = true;
    *events = arena_take(&s->arena, (count + 1) * sizeof **events);
    TRY_MEMORY(*events);
    s->fact_room = count + 1;
    s->facts = s->known = arena_take(&s->arena, s->fact_room * sizeof *s->facts);
    TRY_MEMORY(s->facts);
    s->fact_count = count;
    for (size_t i = 0; i < count; i++) {
        struct ordered before = {.known = &facts[i ? i - 1 : 0], .at = 0},
                       here = {.known = &facts[i], .at = 1};
        const struct event_kind *k = facts[i].kind ? edition_event(s->e, facts[i].kind) : NULL;
        (*events)[i] = k;
        plain = plain && by_day(&before, &here) < 0 && !(k && k->deed == EVENT_DEED_CORRECT);
        s->facts[i] = &facts[i];
    }
    if (plain)
        return NULL;
    struct ordered *order = talloc_array(s, struct ordered, count + 1);
    s->known = arena_take(&s->arena, s->fact_room * sizeof *s->known);
    TRY_MEMORY(order);
    TRY_MEMORY(s->known);
    for (size_t i = 0; i < count; i++)
        order[i] = (struct ordered){.given = &facts[i], .known = &facts[i], .at = i};
    TRY(take_corrections(s, order, count));
    qsort(order, count, sizeof *order, by_day);
    for (size_t i = 0; i < count; i++) {
        s->facts[i] = order[i].given;
        s->known[i] = order[i].known;
        (*events)[i] = NULL; /* of another fact */
    }
    talloc_free(order);
    return NULL;
}

static const struct fault *flag_conflict(struct standing *s, const struct fact *fact,
                                         const struct judgement *j)
{
    STANDING_ROOM(s, conflicts, conflict_count, conflict_room);
    s->conflicts[s->conflict_count++] = (struct conflict){.fact = fact, .why = j->why};
    return NULL;
}

static const struct fault *take_or_flag(struct standing *s, const struct fact *given,
                                        const struct fact *known, const struct event_kind *k)
{
    struct judgement j;
    TRY(check_fact(s, s->e, known, &k));
    struct value values[MOST_FIELDS];
    struct act act = act_of(known, k, values);
    act_values(s->e, k, known->data, values);
    const char *roles[] = {known->role};
    struct actor who = {.person = known->by, .roles = roles, .role_count = 1};
    TRY(standing_judge(s, s, &act, known->role ? &who : NULL, &j));
    return j.ground == MAY_ALLOWED ? standing_take(s, &act, &j) : flag_conflict(s, given, &j);
}

static const struct fault *take_all(struct standing *s, const struct fact *facts, size_t count)
{
    const struct event_kind **events = NULL;
    TRY(sort_facts(s, facts, count, &events));
    for (size_t i = 0; i < count; i++)
        TRY(take_or_flag(s, s->facts[i], s->known[i], events[i]));
    return standing_lay_out(s);
}

const struct fault *workflow_fold(TALLOC_CTX *life, const struct edition *e, const struct calendar *c,
                                  const struct fact *facts, size_t count, struct standing **out)
{
    struct standing *s = NULL;
    TRY(standing_new(life, e, c, NULL, &s));
    const struct fault *f = take_all(s, facts, count);
    if (f) {
        f = fault_keep(life, f);
        talloc_free(s);
        return f;
    }
    *out = s;
    return NULL;
}

/* ---- a copy */

static size_t instance_bytes(const struct standing *s, const struct instance *in)
{
    size_t memos = s->e->inside->memos[edition_scope_of(in->kind)].count + 1;
    return sizeof *in + machine_size(in->chart) + memos * sizeof *in->memos + 64;
}

/* What a copy takes, with what one more fact usually adds to it and the lists for readers. */
static size_t standing_bytes(const struct standing *s)
{
    size_t bytes =
        2048 + (s->fact_count + s->accepted_count) * sizeof *s->facts + clocks_bytes(s->clocks) +
        s->owed_count * sizeof *s->owed + s->conflict_count * sizeof *s->conflicts +
        s->count * (sizeof *s->children + sizeof *s->places + 2 * sizeof **s->places + 2 * sizeof(void *)) +
        2 * s->duty_count * sizeof *s->duties;
    for (size_t i = 0; i < s->count; i++)
        bytes += instance_bytes(s, &s->instances[i]);
    return bytes;
}

static const struct fault *copy_row(struct standing *s, const void *from, size_t count, size_t width,
                                    void *out, size_t *room)
{
    *room = count + 2;
    void *row = arena_take(&s->arena, *room * width);
    TRY_MEMORY(row);
    if (count)
        memcpy(row, from, count * width);
    memcpy(out, &row, sizeof row);
    return NULL;
}

static const struct fault *copy_instances(struct standing *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct instance *in = &s->instances[i];
        size_t memos = s->e->inside->memos[edition_scope_of(in->kind)].count + 1;
        in->machine = arena_copy(&s->arena, in->machine, machine_size(in->chart));
        in->memos = arena_copy(&s->arena, in->memos, memos * sizeof *in->memos);
        TRY_MEMORY(in->machine);
        TRY_MEMORY(in->memos);
        if (in->id)
            TRY_MEMORY(in->id = arena_copy(&s->arena, in->id, strlen(in->id) + 1));
    }
    return NULL;
}

static const struct fault *copy_conflicts(struct standing *s)
{
    for (size_t i = 0; i < s->conflict_count; i++) {
        struct refusal *why = &s->conflicts[i].why;
        TRY_MEMORY(why->zh = arena_copy(&s->arena, why->zh, strlen(why->zh) + 1));
        TRY_MEMORY(why->en = arena_copy(&s->arena, why->en, strlen(why->en) + 1));
    }
    return NULL;
}

static const struct fault *copy_into(struct standing *s, const struct standing *from)
{
#define COPY(row, count, room) TRY(copy_row(s, from->row, from->count, sizeof *from->row, &s->row, &s->room))
    COPY(facts, fact_count, fact_room);
    COPY(told, accepted_count, told_room);
    COPY(instances, count, room);
    COPY(owed, owed_count, owed_room);
    COPY(conflicts, conflict_count, conflict_room);
#undef COPY
    TRY_MEMORY(s->clocks = clocks_copy(&s->arena, from->clocks));
    TRY(copy_instances(s));
    return copy_conflicts(s);
}

/* All but what is laid out for readers. NULL without memory. */
static struct standing *standing_copy(TALLOC_CTX *life, const struct standing *from)
{
    struct standing *s = standing_blank(life, standing_bytes(from));
    if (!s)
        return NULL;
    struct arena arena = s->arena;
    *s = *from;
    s->arena = arena;
    s->known = NULL;
    s->duties = NULL;
    s->duty_count = s->duty_room = 0;
    if (copy_into(s, from)) { /* there is no other fault than memory */
        talloc_free(s);
        return NULL;
    }
    return s;
}

/* ---- one more fact */

/* The fold of everything; the new fact must not be among those in conflict. */
static const struct fault *step_by_fold(TALLOC_CTX *life, const struct standing *before,
                                        const struct fact *fact, struct standing **after)
{
    struct fact *all = talloc_array(life, struct fact, before->fact_count + 1);
    TRY_MEMORY(all);
    for (size_t i = 0; i < before->fact_count; i++)
        all[i] = *before->facts[i];
    all[before->fact_count] = *fact;
    const struct fault *f = workflow_fold(life, before->e, before->cal, all, before->fact_count + 1, after);
    for (size_t i = 0; !f && i < (*after)->conflict_count; i++)
        if ((*after)->conflicts[i].fact == &all[before->fact_count])
            f = fault_refused(life, &(*after)->conflicts[i].why);
    if (f)
        talloc_free(all);
    return f;
}

static const struct fault *take_last(struct standing *s, const struct act *act, const struct judgement *j)
{
    STANDING_ROOM(s, facts, fact_count, fact_room);
    s->facts[s->fact_count++] = act->fact;
    TRY(standing_take(s, act, j));
    return standing_lay_out(s);
}

/* A fact that comes last is judged where the dossier stands, and a copy of it takes the fact. */
static const struct fault *step_ahead(TALLOC_CTX *life, const struct standing *before, const struct act *act,
                                      struct standing **after)
{
    struct judgement j;
    const char *roles[] = {act->fact->role};
    struct actor who = {.person = act->fact->by, .roles = roles, .role_count = 1};
    /* Judging only reads: the clocks of a complete standing are folded. */
    TRY(standing_judge(life, (struct standing *)(uintptr_t)before, act, act->fact->role ? &who : NULL, &j));
    if (j.ground != MAY_ALLOWED)
        return fault_refused(life, &j.why);
    struct standing *s = standing_copy(life, before);
    TRY_MEMORY(s);
    const struct fault *f = take_last(s, act, &j);
    if (f) {
        f = fault_keep(life, f);
        talloc_free(s);
        return f;
    }
    *after = s;
    return NULL;
}

const struct fault *workflow_step(TALLOC_CTX *life, const struct standing *before, const struct fact *fact,
                                  struct standing **after)
{
    const struct event_kind *k = NULL;
    TRY(check_fact(life, before->e, fact, &k));
    TRY(event_check_data(life, k, fact->data));
    const struct fact *last = before->fact_count ? before->facts[before->fact_count - 1] : NULL;
    int days = last ? civil_compare(fact->on, last->on) : 1;
    if (before->corrected || k->deed == EVENT_DEED_CORRECT || days < 0 || (!days && fact->seq <= last->seq))
        return step_by_fold(life, before, fact, after);
    struct value values[MOST_FIELDS];
    struct act act = act_of(fact, k, values);
    act_values(before->e, k, fact->data, values);
    return step_ahead(life, before, &act, after);
}

/* ---- on a day
 * ----------------------------------------------------------------------------------------------------------------------------
 */

const struct fault *workflow_view(TALLOC_CTX *life, const struct standing *s, struct civil today,
                                  struct view **out)
{
    struct view *v = talloc_zero(life, struct view);
    TRY_MEMORY(v);
    v->standing = s;
    v->today = today;
    v->clock_count = clocks_count(s->clocks);
    struct clock_view *clocks = talloc_zero_array(v, struct clock_view, v->clock_count + 1);
    TRY_MEMORY(clocks);
    v->clocks = clocks;
    const struct clock_about *first =
        clock_rules_count(s->e->clocks) ? clock_rules_about(s->e->clocks, 0) : NULL;
    for (size_t i = 0; i < v->clock_count; i++) {
        TRY(clock_view(s->clocks, i, s->cal, today, &clocks[i], v));
        if (clocks[i].about == first && !clocks[i].child)
            v->reply = &clocks[i]; /* the clock that is declared first is the dossier's own */
    }
    *out = v;
    return NULL;
}

/* ---- what may be done
 * ------------------------------------------------------------------------------------------------------------------------
 */

struct asking {
    TALLOC_CTX *life;
    struct standing *s;
    struct civil today;
    const struct actor *who;
    struct permission *list;
    size_t count;
};

static const struct fault *ask(struct asking *a, const struct event_kind *k, const char *child,
                               bool only_if_possible)
{
    struct fact fact = {.kind = k->name,
                        .child = child,
                        .on = a->today,
                        .by = a->who->person,
                        .seq = standing_last_seq(a->s) + 1};
    struct act act = act_of(&fact, k, NULL);
    struct judgement j;
    TRY(standing_judge(a->life, a->s, &act, a->who, &j));
    if (only_if_possible && j.ground == MAY_STATE)
        return NULL;
    a->list = talloc_realloc(a->life, a->list, struct permission, a->count + 1);
    TRY_MEMORY(a->list);
    a->list[a->count++] =
        (struct permission){.event = k, .child = child, .ground = j.ground, .refusal = j.why};
    return NULL;
}

static const struct fault *ask_about_children(struct asking *a, const struct event_kind *k)
{
    for (size_t i = 0; i + 1 < a->s->count; i++)
        if (a->s->children[i].kind == k->child)
            TRY(ask(a, k, a->s->children[i].id, k->starts));
    if (!k->starts)
        return NULL;
    const char *next = standing_next_child(a->life, a->s, k->child);
    TRY_MEMORY(next);
    return ask(a, k, next, false);
}

const struct fault *workflow_may(TALLOC_CTX *life, const struct view *v, const struct actor *who,
                                 const struct permission **out, size_t *count)
{
    /* Judging may fold the clocks, which are laid out already: the standing is only read. */
    struct asking a = {
        .life = life, .s = (struct standing *)(uintptr_t)v->standing, .today = v->today, .who = who};
    struct civil last = standing_last_day(v->standing);
    if (civil_compare(last, a.today) > 0)
        a.today = last; /* a backdated page: nothing is judged before the last fact */
    for (size_t i = 0; i < a.s->e->event_count; i++) {
        const struct event_kind *k = &a.s->e->events[i];
        TRY(k->child ? ask_about_children(&a, k) : ask(&a, k, NULL, false));
    }
    *out = a.list;
    *count = a.count;
    return NULL;
}

const struct fault *workflow_judge(TALLOC_CTX *life, const struct standing *s, const struct fact *fact,
                                   const struct actor *who, struct permission *out)
{
    const struct event_kind *k = NULL;
    struct judgement j;
    TRY(check_fact(life, s->e, fact, &k));
    /* Judging only reads: the clocks of a complete standing are folded. */
    struct value values[MOST_FIELDS];
    struct act act = act_of(fact, k, fact->data ? values : NULL);
    act_values(s->e, k, fact->data, values);
    TRY(standing_judge(life, (struct standing *)(uintptr_t)s, &act, who, &j));
    *out = (struct permission){.event = k, .child = fact->child, .ground = j.ground, .refusal = j.why};
    return NULL;
}

/* ---- when the clock must act
 * --------------------------------------------------------------------------------------------------------------------
 */

/* Would the clock be allowed to raise the fact of an expiry on that day? */
static const struct fault *may_wake(struct standing *s, TALLOC_CTX *scratch, const struct clock_wake *wake,
                                    struct civil on, bool *allowed)
{
    static const char *const ROLES[] = {"clock"};
    const struct event_kind *k = edition_event(s->e, wake->kind);
    struct actor who = {.roles = ROLES, .role_count = 1};
    struct fact fact = {.kind = wake->kind,
                        .child = k->child ? wake->child : NULL,
                        .on = on,
                        .seq = standing_last_seq(s) + 1};
    struct act act = act_of(&fact, k, NULL);
    struct judgement j;
    TRY(standing_judge(scratch, s, &act, &who, &j));
    *allowed = j.ground == MAY_ALLOWED;
    return NULL;
}

/* An expiry whose fact is refused on its day may have to wait for the expiry of another clock. Days before
 * the last fact are judged on the day of that fact. */
static const struct fault *first_wake(struct standing *s, TALLOC_CTX *scratch, const struct clock_wake *wakes,
                                      size_t count, struct clock_wake *out)
{
    struct civil last = standing_last_day(s);
    for (size_t day = 0; day < count; day++) {
        struct civil on = civil_compare(last, wakes[day].on) > 0 ? last : wakes[day].on;
        for (size_t i = 0; i < count; i++) {
            bool allowed = false;
            if (!wakes[i].kind || civil_compare(wakes[i].on, wakes[day].on) > 0)
                continue;
            TRY(may_wake(s, scratch, &wakes[i], on, &allowed));
            if (!allowed)
                continue;
            *out = wakes[i];
            out->on = wakes[day].on;
            return NULL;
        }
    }
    return NULL;
}

const struct fault *workflow_wake(TALLOC_CTX *life, const struct standing *s, struct clock_wake *out)
{
    *out = (struct clock_wake){0};
    TALLOC_CTX *scratch = talloc_new(life);
    TRY_MEMORY(scratch);
    struct clock_wake *wakes = talloc_array(scratch, struct clock_wake, clocks_count(s->clocks) + 1);
    const struct fault *f = wakes ? NULL : fault_memory();
    if (!f) /* judging only reads */
        f = fault_keep(life, first_wake((struct standing *)(uintptr_t)s, scratch, wakes,
                                        clocks_wakes(s->clocks, s->cal, wakes), out));
    talloc_free(scratch);
    return f;
}
