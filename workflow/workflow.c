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

static const struct fault *check_fact(TALLOC_CTX *life, const struct edition *e, const struct fact *fact,
                                      const struct event_kind **out)
{
    *out = fact->kind ? edition_event(e, fact->kind) : NULL;
    if (!*out)
        return fault_new(life, FAULT_INPUT, "FACT_KIND", "fact %ld: \"%s\" is no event of %s", fact->seq,
                         fact->kind ? fact->kind : "", e->code);
    if (!civil_is_set(fact->on))
        return fault_new(life, FAULT_INPUT, "FACT_DAY", "fact %ld has no day", fact->seq);
    if ((*out)->child && (!fact->child || edition_child_of_id(e, fact->child) != (*out)->child))
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
    json_t *data = json_adopt(s, copy->data ? json_copy((json_t *)(uintptr_t)copy->data) : json_object());
    if (!data || json_object_update(data, (json_t *)(uintptr_t)patch) < 0)
        return fault_memory();
    json_t *on = json_adopt(s, json_incref(json_object_get(data, "on")));
    json_t *child = json_adopt(s, json_incref(json_object_get(data, "child")));
    if (json_is_string(on))
        civil_parse(json_string_value(on), &copy->on);
    if (json_is_string(child))
        copy->child = json_string_value(child);
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
        !is_by_second_person(c, target, find_given(order, count, c, "proposal")))
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

static const struct fault *sort_facts(struct standing *s, const struct fact *facts, size_t count)
{
    struct ordered *order = talloc_array(s, struct ordered, count + 1);
    s->facts = talloc_array(s, const struct fact *, count + 1);
    s->known = talloc_array(s, const struct fact *, count + 1);
    TRY_MEMORY(order);
    TRY_MEMORY(s->facts);
    TRY_MEMORY(s->known);
    for (size_t i = 0; i < count; i++)
        order[i] = (struct ordered){.given = &facts[i], .known = &facts[i], .at = i};
    TRY(take_corrections(s, order, count));
    qsort(order, count, sizeof *order, by_day);
    for (size_t i = 0; i < count; i++) {
        s->facts[i] = order[i].given;
        s->known[i] = order[i].known;
    }
    s->fact_count = count;
    talloc_free(order);
    return NULL;
}

static const struct fault *flag_conflict(struct standing *s, const struct fact *fact,
                                         const struct judgement *j)
{
    s->conflicts = talloc_realloc(s, s->conflicts, struct conflict, s->conflict_count + 1);
    TRY_MEMORY(s->conflicts);
    s->conflicts[s->conflict_count++] = (struct conflict){.fact = fact, .why = j->why};
    return NULL;
}

static const struct fault *take_or_flag(struct standing *s, const struct fact *given,
                                        const struct fact *known)
{
    const struct event_kind *k = NULL;
    struct judgement j;
    TRY(check_fact(s, s->e, known, &k));
    struct value values[MOST_FIELDS];
    struct act act = {.fact = known, .event = k, .values = values};
    act_values(k, known->data, values);
    const char *roles[] = {known->role};
    struct actor who = {.person = known->by, .roles = roles, .role_count = 1};
    TRY(standing_judge(s, s, &act, known->role ? &who : NULL, &j));
    return j.ground == MAY_ALLOWED ? standing_take(s, &act) : flag_conflict(s, given, &j);
}

const struct fault *workflow_fold(TALLOC_CTX *life, const struct edition *e, const struct calendar *c,
                                  const struct fact *facts, size_t count, struct standing **out)
{
    struct standing *s = NULL;
    TRY(standing_new(life, e, c, NULL, &s));
    TRY(sort_facts(s, facts, count));
    for (size_t i = 0; i < count; i++)
        TRY(take_or_flag(s, s->facts[i], s->known[i]));
    TRY(standing_lay_out(s));
    *out = s;
    return NULL;
}

static const struct fault *copy_instances(struct standing *s, const struct standing *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct instance *in = &from->instances[i];
        TRY(standing_add(s, in->kind, in->id));
        memcpy(s->instances[i].machine, in->machine, machine_size(in->chart));
        memcpy(s->instances[i].memos, in->memos,
               s->e->inside->memos[edition_scope_of(in->kind)].count * sizeof *in->memos);
        s->first[i] = from->first[i];
        s->last[i] = from->last[i];
        s->entered[i] = from->entered[i];
    }
    return NULL;
}

/* All but what is laid out and the clocks: those are made anew from the facts. */
static const struct fault *standing_copy(TALLOC_CTX *life, const struct standing *from, struct standing **out)
{
    struct standing *s = talloc_zero(life, struct standing);
    TRY_MEMORY(s);
    s->e = from->e;
    s->cal = from->cal;
    s->facts = talloc_array(s, const struct fact *, from->fact_count + 1);
    TRY_MEMORY(s->facts);
    if (from->fact_count)
        memcpy(s->facts, from->facts, from->fact_count * sizeof *s->facts);
    s->fact_count = from->fact_count;
    for (size_t i = 0; i < from->accepted_count; i++)
        TRY(standing_accept(s, from->told[i]));
    for (size_t i = 0; i < from->owed_count; i++)
        TRY(standing_owe(s, from->owed[i].letter, from->owed[i].because));
    for (size_t i = 0; i < from->conflict_count; i++) {
        struct judgement j = {.why = from->conflicts[i].why};
        const char **texts[] = {&j.why.zh, &j.why.en};
        for (size_t t = 0; t < 2; t++) {
            *texts[t] = talloc_strdup(s, *texts[t]);
            TRY_MEMORY(*texts[t]);
        }
        TRY(flag_conflict(s, from->conflicts[i].fact, &j));
    }
    TRY(copy_instances(s, from));
    *out = s;
    return NULL;
}

/* The fold of everything; the new fact must not be among those in conflict. */
static const struct fault *step_by_fold(TALLOC_CTX *life, const struct standing *before,
                                        const struct fact *fact, struct standing **after)
{
    struct fact *all = talloc_array(life, struct fact, before->fact_count + 1);
    TRY_MEMORY(all);
    for (size_t i = 0; i < before->fact_count; i++)
        all[i] = *before->facts[i];
    all[before->fact_count] = *fact;
    TRY(workflow_fold(life, before->e, before->cal, all, before->fact_count + 1, after));
    for (size_t i = 0; i < (*after)->conflict_count; i++)
        if ((*after)->conflicts[i].fact == &all[before->fact_count])
            return fault_refused(life, &(*after)->conflicts[i].why);
    return NULL;
}

const struct fault *workflow_step(TALLOC_CTX *life, const struct standing *before, const struct fact *fact,
                                  struct standing **after)
{
    const struct event_kind *k = NULL;
    struct standing *s = NULL;
    struct judgement j;
    const char *roles[] = {fact->role};
    struct actor who = {.person = fact->by, .roles = roles, .role_count = 1};
    TRY(check_fact(life, before->e, fact, &k));
    TRY(event_check_data(life, k, fact->data));
    const struct fact *last = before->fact_count ? before->facts[before->fact_count - 1] : NULL;
    int days = last ? civil_compare(fact->on, last->on) : 1;
    if (before->corrected || k->deed == EVENT_DEED_CORRECT || days < 0 || (!days && fact->seq <= last->seq))
        return step_by_fold(life, before, fact, after);
    TRY(standing_copy(life, before, &s));
    struct value values[MOST_FIELDS];
    struct act act = {.fact = fact, .event = k, .values = values};
    act_values(k, fact->data, values);
    TRY(standing_judge(s, s, &act, fact->role ? &who : NULL, &j));
    if (j.ground != MAY_ALLOWED)
        return fault_refused(life, &j.why);
    s->facts = talloc_realloc(s, s->facts, const struct fact *, s->fact_count + 1);
    TRY_MEMORY(s->facts);
    s->facts[s->fact_count++] = fact;
    TRY(standing_take(s, &act));
    TRY(standing_lay_out(s));
    *after = s;
    return NULL;
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
    struct act act = {.fact = &fact, .event = k};
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
    struct act act = {.fact = fact, .event = k, .values = fact->data ? values : NULL};
    act_values(k, fact->data, values);
    TRY(standing_judge(life, (struct standing *)(uintptr_t)s, &act, who, &j));
    *out = (struct permission){.event = k, .child = fact->child, .ground = j.ground, .refusal = j.why};
    return NULL;
}

/* ---- when the clock must act
 * --------------------------------------------------------------------------------------------------------------------
 */

const struct fault *workflow_wake(TALLOC_CTX *life, const struct standing *s, struct clock_wake *out)
{
    struct clock_wake wake;
    *out = (struct clock_wake){0};
    if (standing_closed(s) || !clocks_wake(s->clocks, s->cal, &wake))
        return NULL;
    const struct event_kind *k = edition_event(s->e, wake.kind);
    const char *roles[] = {"clock"};
    struct actor who = {.roles = roles, .role_count = 1};
    struct fact fact = {.kind = wake.kind,
                        .child = k->child ? wake.child : NULL,
                        .on = wake.on,
                        .seq = standing_last_seq(s) + 1};
    struct civil last = standing_last_day(s);
    struct judgement j;
    if (civil_compare(last, fact.on) > 0)
        fact.on = last;
    struct act act = {.fact = &fact, .event = k};
    TRY(standing_judge(life, (struct standing *)(uintptr_t)s, &act, &who, &j)); /* reads only */
    if (j.ground == MAY_ALLOWED)
        *out = wake;
    return NULL;
}
