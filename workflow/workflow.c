/* A standing is the memory that the rules need and nothing more: for the dossier and each child a machine
 * (its configuration) and memos (what some condition reads of the facts about it); besides them the facts
 * themselves, for showing and for naming the one that stands in the way. A fact is judged, then taken; fold
 * does so for all, step for one. */
#include "workflow.h"

#include <assert.h>
#include "condition.h"
#include "edition_inside.h"
#include "json.h"
#include "text.h"

#define MOST_FIELDS   64
#define MOST_ENABLED  64
#define SETTLE_ROUNDS 16 /* of machines that wait for one another: more is a mistake of the edition */
#define MOST_CHILDREN 999

struct owed {
    const struct letter_kind *letter;
    const struct fact *because;
};

struct standing {
    const struct edition *e;
    const struct calendar *cal;
    const struct fact **facts; /* all, sorted: by day, then seq, then as given */
    size_t fact_count;
    const struct fact **known; /* the same facts as corrected, in the same order */
    struct fact *accepted;     /* those that took effect, in one row for the clocks */
    const struct fact **told;  /* the same, where they live */
    size_t accepted_count;
    const struct clocks *clocks; /* NULL: to be folded again */
    struct instance *instances;
    const struct fact **first, **last, **entered; /* per instance; entered: what brought it where it is */
    size_t count;
    struct owed *owed;
    size_t owed_count;
    struct conflict *conflicts;
    size_t conflict_count;
    bool corrected; /* some data is replaced: steps fold again */
    /* for readers, laid out when the standing is complete */
    struct place **places;
    size_t *place_count;
    struct standing_child *children;
    struct duty *duties;
    size_t duty_count;
    const struct place *shown;
};

/* ---- values of a fact
 * --------------------------------------------------------------------------------------------- */

static struct value field_value(const struct event_field *f, const json_t *data)
{
    const json_t *v = json_object_get(data, f->name);
    struct civil day;
    switch (f->kind) {
    case EVENT_FIELD_DAY:
        return json_is_string(v) && civil_parse(json_string_value(v), &day) ? value_day(day)
                                                                            : (struct value){0};
    case EVENT_FIELD_INT:
        return json_is_integer(v) ? value_number(json_integer_value(v)) : (struct value){0};
    case EVENT_FIELD_FLAG:
        return json_is_boolean(v) ? value_flag(json_is_true(v)) : (struct value){0};
    case EVENT_FIELD_TEXT:
    case EVENT_FIELD_NOTE:
        return (struct value){0};
    default:
        return value_text(json_string_value(v));
    }
}

static void event_values(const struct event_kind *k, const json_t *data, struct value out[MOST_FIELDS])
{
    assert(k->field_count <= MOST_FIELDS);
    for (size_t i = 0; i < k->field_count; i++)
        out[i] = field_value(&k->fields[i], data);
}

/* ---- instances
 * ----------------------------------------------------------------------------------------------------------
 */

static size_t instance_find(const struct standing *s, const char *child)
{
    for (size_t i = 1; child && i < s->count; i++)
        if (strcmp(s->instances[i].id, child) == 0)
            return i;
    return 0; /* the dossier itself, or none */
}

static struct value clock_value(const struct situation *situation, const char *clock,
                                enum clock_attribute attribute, size_t instance);

static struct situation situation_of(const struct standing *s, const struct fact *fact,
                                     const struct value *event)
{
    return (struct situation){.instances = s->instances,
                              .count = s->count,
                              .day = value_day(fact->on),
                              .event = event,
                              .by = value_text(fact->by),
                              .clock = clock_value,
                              .self = (void *)(uintptr_t)s};
}

static const struct fault *clocks_fresh(struct standing *s)
{
    if (s->clocks)
        return NULL;
    struct clocks_scope scope = {.today = CIVIL_NONE, .known = CIVIL_NONE};
    TALLOC_CTX *scratch = talloc_new(s);
    TRY_MEMORY(scratch);
    const struct fault *f = clocks_fold(s->e->clocks, s->cal, s->accepted, s->accepted_count, scope,
                                        &s->clocks, NULL, NULL, s, scratch);
    talloc_free(scratch);
    return f;
}

static struct value clock_flag(const struct clock_view *v, enum clock_attribute attribute)
{
    switch (attribute) {
    case CLOCK_ATTRIBUTE_DUE:
        return value_day(v->due);
    case CLOCK_ATTRIBUTE_DAY0:
        return value_day(v->day0);
    case CLOCK_ATTRIBUTE_EXPIRED:
        return value_flag(v->state == CLOCK_EXPIRED);
    case CLOCK_ATTRIBUTE_RUNNING:
        return value_flag(v->state == CLOCK_RUNNING);
    case CLOCK_ATTRIBUTE_PAUSED:
        return value_flag(v->state == CLOCK_PAUSED);
    case CLOCK_ATTRIBUTE_REPLACED:
        return value_flag(v->state == CLOCK_REPLACED);
    case CLOCK_ATTRIBUTE_STOPPED:
        return value_flag(v->state == CLOCK_STOPPED);
    case CLOCK_ATTRIBUTE_PROVISIONAL:
        return value_flag(v->provisional);
    case CLOCK_ATTRIBUTE_LATE:
        return value_number(v->late_by);
    default:
        return value_flag(true);
    }
}

/* A clock seen on the day of the fact that is judged; absent (and not started) while it has not begun. */
static struct value clock_value(const struct situation *situation, const char *clock,
                                enum clock_attribute attribute, size_t instance)
{
    struct standing *s = situation->self;
    struct value absent = attribute == CLOCK_ATTRIBUTE_STARTED ? value_flag(false) : (struct value){0};
    if (clocks_fresh(s) || situation->day.kind != VALUE_DAY)
        return absent;
    int index = clocks_find(s->clocks, clock, s->instances[instance].id);
    struct clock_view v;
    TALLOC_CTX *scratch = talloc_new(NULL);
    struct value out = absent;
    if (scratch && index >= 0 &&
        !clock_view(s->clocks, (size_t)index, s->cal, civil_of_number(situation->day.number), &v, scratch))
        out = clock_flag(&v, attribute);
    talloc_free(scratch);
    return out;
}

/* ---- moving machines
 * -------------------------------------------------------------------------------------------------------- */

struct moving {
    struct standing *s;
    struct situation situation;
    size_t instance;
    const struct fact *fact;
    const struct event_kind *event;
    const struct value *values;
    bool lenient; /* what cannot be said yet counts as true */
    bool remembered;
    const struct fault *fault;
};

static bool moving_holds(void *self, const struct machine *m, const struct condition *condition)
{
    const struct moving *mv = self;
    struct value v = condition_value(condition, &mv->situation, mv->instance);
    (void)m;
    return v.kind == VALUE_UNKNOWN ? mv->lenient : v.number != 0;
}

static struct value memo_value(const struct moving *mv, const struct memo *memo, struct value old)
{
    switch (memo->kind) {
    case MEMO_FIELD:
        return mv->values[memo->field];
    case MEMO_COUNT:
        return value_number(old.number + 1);
    case MEMO_BY:
        return value_text(mv->fact->by);
    default:
        return value_day(mv->fact->on);
    }
}

/* The instance takes note of the fact: conditions of the event's own transitions have seen what was before.
 */
static void remember(struct moving *mv)
{
    const struct instance *in = &mv->s->instances[mv->instance];
    const struct memo_list *memos = &mv->s->e->inside->memos[edition_scope_of(in->kind)];
    int event = (int)(mv->event - mv->s->e->events);
    if (mv->remembered)
        return;
    mv->remembered = true;
    for (size_t i = 0; i < memos->count; i++)
        if (memos->list[i].event == event)
            in->memos[i] = memo_value(mv, &memos->list[i], in->memos[i]);
}

static const struct fault *owe(struct standing *s, const struct letter_kind *letter,
                               const struct fact *because)
{
    s->owed = talloc_realloc(s, s->owed, struct owed, s->owed_count + 1);
    TRY_MEMORY(s->owed);
    s->owed[s->owed_count++] = (struct owed){.letter = letter, .because = because};
    return NULL;
}

static void moving_takes(void *self, const struct chart_transition *t)
{
    struct moving *mv = self;
    remember(mv);
    for (size_t i = 0; t->law && i < t->law->letter_count && !mv->fault; i++)
        mv->fault = owe(mv->s, t->law->letters[i], mv->fact);
}

static struct machine_world world_of(struct moving *mv)
{
    return (struct machine_world){.holds = moving_holds, .takes = moving_takes, .self = mv};
}

/* A new instance at the end of the row; its machine is started by the caller. */
static const struct fault *instance_add(struct standing *s, const struct child_kind *kind, const char *id)
{
    size_t n = s->count + 1;
    s->instances = talloc_realloc(s, s->instances, struct instance, n);
    s->first = talloc_realloc(s, s->first, const struct fact *, n);
    s->last = talloc_realloc(s, s->last, const struct fact *, n);
    s->entered = talloc_realloc(s, s->entered, const struct fact *, n);
    TRY_MEMORY(s->instances);
    TRY_MEMORY(s->first);
    TRY_MEMORY(s->last);
    TRY_MEMORY(s->entered);
    struct instance *in = &s->instances[s->count];
    const struct chart *chart = edition_chart_of(s->e, kind);
    size_t memos = s->e->inside->memos[edition_scope_of(kind)].count;
    *in = (struct instance){.kind = kind,
                            .chart = chart,
                            .machine = machine_new(s, chart),
                            .memos = talloc_zero_array(s, struct value, memos + 1)};
    TRY_MEMORY(in->machine);
    TRY_MEMORY(in->memos);
    for (size_t i = 0; i < memos; i++)
        if (s->e->inside->memos[edition_scope_of(kind)].list[i].kind == MEMO_COUNT)
            in->memos[i] = value_number(0);
    if (id) {
        in->id = talloc_strdup(s, id);
        TRY_MEMORY(in->id);
    }
    s->first[s->count] = s->last[s->count] = s->entered[s->count] = NULL;
    s->count++;
    return NULL;
}

static const struct fault *instance_start(struct moving *mv, size_t instance)
{
    struct machine_world world = world_of(mv);
    mv->situation.instances = mv->s->instances;
    mv->situation.count = mv->s->count;
    mv->instance = instance;
    mv->remembered = true;
    TRY(machine_start(mv->s, mv->s->instances[instance].chart, mv->s->instances[instance].machine, &world));
    return mv->fault;
}

/* One instance runs its eventless transitions; *moved is set when it changed. */
static const struct fault *settle_one(struct moving *mv, size_t i, bool *moved)
{
    struct machine_world world = world_of(mv);
    struct instance *in = &mv->s->instances[i];
    size_t size = machine_size(in->chart);
    uint64_t before[CHART_WORDS * 4];
    bool comparable = size <= sizeof before;
    if (comparable)
        memcpy(before, in->machine, size);
    mv->instance = i;
    mv->remembered = true;
    TRY(machine_settle(mv->s, in->chart, in->machine, &world));
    if (comparable && memcmp(before, in->machine, size) != 0) {
        *moved = true;
        mv->s->entered[i] = mv->fact;
    }
    return mv->fault;
}

/* The dossier and its children look at one another until nothing moves. */
static const struct fault *settle_all(struct moving *mv)
{
    bool moved = true;
    for (int round = 0; moved; round++) {
        if (round == SETTLE_ROUNDS)
            return fault_new(mv->s, FAULT_BROKEN, "CHART_ENDLESS",
                             "%s: dossier and children do not come to rest", mv->s->e->file);
        moved = false;
        for (size_t i = 0; i < mv->s->count; i++)
            TRY(settle_one(mv, i, &moved));
    }
    return NULL;
}

static const struct fault *send_to(struct moving *mv, size_t instance)
{
    struct machine_world world = world_of(mv);
    struct instance *in = &mv->s->instances[instance];
    bool taken = false;
    mv->instance = instance;
    mv->remembered = false;
    TRY(machine_send(mv->s, in->chart, in->machine, &world, mv->event->name, &taken));
    remember(mv);
    mv->s->last[instance] = mv->fact;
    if (!mv->s->first[instance])
        mv->s->first[instance] = mv->fact;
    if (taken)
        mv->s->entered[instance] = mv->fact;
    return mv->fault;
}

/* ---- judging
 * ------------------------------------------------------------------------------------------------------------------
 */

struct judgement {
    enum may_ground ground;
    struct refusal why;
};

static const struct fact *last_of(const struct standing *s, const char *kind, const char *child)
{
    for (size_t i = s->accepted_count; i-- > 0;)
        if (strcmp(s->told[i]->kind, kind) == 0 && (!child || text_same(s->told[i]->child, child)))
            return s->told[i];
    return NULL;
}

static long seq_of(const struct fact *fact)
{
    return fact ? fact->seq : -1;
}

static bool refuse(struct judgement *j, enum may_ground ground, const char *rule, const char *basis,
                   struct bilingual sentence, long fact)
{
    j->ground = ground;
    j->why =
        (struct refusal){.rule = rule, .basis = basis, .zh = sentence.zh, .en = sentence.en, .fact = fact};
    return false;
}

static bool role_ok(TALLOC_CTX *life, const struct edition *e, const struct event_kind *k,
                    const struct actor *who, struct judgement *j)
{
    for (size_t i = 0; i < k->role_count; i++)
        for (size_t r = 0; r < who->role_count; r++)
            if (strcmp(k->roles[i], who->roles[r]) == 0)
                return true;
    const struct edition_role *role = edition_role(e, k->roles[0]);
    struct bilingual sentence = {
        .zh = talloc_asprintf(life, "“%s”由%s办理。", k->label.zh, role->label.zh),
        .en = talloc_asprintf(life, "“%s” is for the %s.", k->label.en, role->label.en),
    };
    return refuse(j, MAY_ROLE, "role", NULL, sentence, -1);
}

static bool separation_ok(const struct standing *s, const struct event_kind *k, const char *person,
                          size_t instance, struct judgement *j)
{
    for (size_t i = 0; person && i < k->separation_count; i++) {
        const struct event_separation *apart = &k->separations[i];
        const struct event_kind *other = edition_event(s->e, apart->event);
        size_t at = other->child == k->child ? instance : 0;
        if (other->child && !at)
            continue; /* the child is only now begun */
        struct value by = s->instances[at].memos[apart->memo];
        if (by.kind == VALUE_TEXT && strcmp(by.text, person) == 0)
            return refuse(j, MAY_SEPARATION, apart->rule, apart->basis, apart->sentence,
                          seq_of(last_of(s, apart->event, s->instances[at].id)));
    }
    return true;
}

/* The latest of the facts that the condition reads. */
static long blocking_fact(const struct standing *s, const struct condition *c, const char *child)
{
    long seq = -1;
    for (size_t i = 0; i < c->event_count; i++) {
        const struct event_kind *k = &s->e->events[c->events[i]];
        long found = seq_of(last_of(s, k->name, k->child ? child : NULL));
        if (found > seq)
            seq = found;
    }
    return seq;
}

static bool guards_ok(const struct standing *s, const struct situation *situation, size_t instance,
                      const struct event_refuse *refuses, size_t count, struct judgement *j)
{
    for (size_t i = 0; i < count; i++) {
        struct value v = condition_value(refuses[i].when, situation, instance);
        if (v.kind == VALUE_UNKNOWN || (v.number != 0) == refuses[i].negated)
            continue;
        return refuse(j, MAY_GUARD, refuses[i].rule, refuses[i].basis, refuses[i].sentence,
                      blocking_fact(s, refuses[i].when, s->instances[instance].id));
    }
    return true;
}

static const struct bilingual *place_label(const struct standing *s, size_t instance);

static bool refuse_state(TALLOC_CTX *life, const struct standing *s, const struct event_kind *k,
                         size_t instance, bool closed, struct judgement *j)
{
    static const struct bilingual NOWHERE = {"尚未开始", "not begun"};
    const struct bilingual *at = place_label(s, instance);
    if (!at)
        at = &NOWHERE;
    struct bilingual sentence = {
        .zh = closed ? talloc_asprintf(life, "本件%s，不能再办理“%s”。", at->zh, k->label.zh)
                     : talloc_asprintf(life, "当前为“%s”，不能办理“%s”。", at->zh, k->label.zh),
        .en = closed ? talloc_asprintf(life, "The dossier is closed (%s): “%s” comes too late.", at->en,
                                       k->label.en)
                     : talloc_asprintf(life, "“%s” is not possible while “%s”.", k->label.en, at->en),
    };
    return refuse(j, MAY_STATE, closed ? "closed" : "not-in-this-state", k->basis, sentence,
                  seq_of(s->entered[instance]));
}

/* Is the event awaited here, and do the transitions it would take let it pass? */
static bool state_ok(TALLOC_CTX *life, struct moving *mv, size_t instance, struct judgement *j)
{
    const struct standing *s = mv->s;
    const struct event_kind *k = mv->event;
    bool closed = !s->instances[0].machine->running;
    if (closed && !k->after_close)
        return refuse_state(life, s, k, 0, true, j);
    if (closed && !instance)
        return true;
    const struct chart_transition *enabled[MOST_ENABLED];
    struct machine_world world = world_of(mv);
    mv->instance = instance;
    size_t count = machine_enabled(s->instances[instance].chart, s->instances[instance].machine, &world,
                                   k->name, enabled, MOST_ENABLED);
    if (!count)
        return refuse_state(life, s, k, instance, false, j);
    for (size_t i = 0; i < count && i < MOST_ENABLED; i++)
        if (enabled[i]->law && !guards_ok(s, &mv->situation, instance, enabled[i]->law->refuses,
                                          enabled[i]->law->refuse_count, j))
            return false;
    return true;
}

static bool correction_ok(const struct standing *s, const struct fact *fact, struct judgement *j)
{
    static const struct bilingual ABSENT = {"没有可以更正的事项。", "There is no such fact to correct."};
    static const struct bilingual SAME = {"更正应当由另一人办理。",
                                          "A second person must make the correction."};
    int64_t seq = 0;
    if (!fact->data)
        return true;
    const struct fact *target = NULL;
    for (size_t i = 0; fact_int(fact, "fact", &seq) && i < s->accepted_count; i++)
        if (s->accepted[i].seq == seq)
            target = &s->accepted[i];
    if (!target)
        return refuse(j, MAY_GUARD, "correction-unknown", NULL, ABSENT, -1);
    if (fact->by && text_same(fact->by, target->by))
        return refuse(j, MAY_SEPARATION, "correction-second-person", NULL, SAME, target->seq);
    return true;
}

/* The child that the fact is about; 0: the dossier. `begins`: it is not there yet and the event starts it. */
static bool child_ok(TALLOC_CTX *life, const struct standing *s, const struct event_kind *k,
                     const char *child, size_t *instance, bool *begins, struct judgement *j)
{
    *instance = 0;
    *begins = false;
    if (!k->child)
        return true;
    *instance = instance_find(s, child);
    if (*instance)
        return true;
    *begins = k->starts;
    if (*begins)
        return true;
    struct bilingual sentence = {
        .zh = talloc_asprintf(life, "没有编号为“%s”的%s。", child ? child : "", k->child->label.zh),
        .en = talloc_asprintf(life, "There is no %s “%s”.", k->child->label.en, child ? child : ""),
    };
    return refuse(j, MAY_STATE, "child-unknown", NULL, sentence, -1);
}

/* May `fact` be raised by `who`? Roles, the child, the second person, the declared rules, the state, the
 * clocks: the first that stands in the way is told. With data NULL rules about what the form says are left
 * out. */
static const struct fault *judge(TALLOC_CTX *life, struct standing *s, const struct fact *fact,
                                 const struct event_kind *k, const struct actor *who, struct judgement *j)
{
    struct value values[MOST_FIELDS];
    size_t instance = 0;
    bool begins = false;
    *j = (struct judgement){.ground = MAY_ALLOWED};
    if (fact->data)
        event_values(k, fact->data, values);
    struct moving mv = {.s = s,
                        .event = k,
                        .fact = fact,
                        .lenient = fact->data == NULL,
                        .situation = situation_of(s, fact, fact->data ? values : NULL)};
    if ((who && !role_ok(life, s->e, k, who, j)) ||
        !child_ok(life, s, k, fact->child, &instance, &begins, j) ||
        !separation_ok(s, k, fact->by, instance, j))
        return NULL;
    if (!s->instances[0].machine->running && !k->after_close) {
        refuse_state(life, s, k, 0, true, j);
        return NULL;
    }
    if (!guards_ok(s, &mv.situation, k->starts ? 0 : instance, k->refuses, k->refuse_count, j) ||
        !state_ok(life, &mv, instance, j) || (k->deed == EVENT_DEED_CORRECT && !correction_ok(s, fact, j)))
        return NULL;
    if (clock_rules_touch(s->e->clocks, k->name)) {
        TRY(clocks_fresh(s));
        if (clocks_refuse(s->clocks, s->cal, fact, CIVIL_NONE, &j->why))
            j->ground = MAY_CLOCK;
    }
    return NULL;
}

/* ---- taking
 * --------------------------------------------------------------------------------------------------------------------
 */

/* Children that come into being at once: one for each item asked for. */
static const struct fault *make_children(struct moving *mv)
{
    for (size_t k = 0; k < mv->s->e->child_count; k++) {
        const struct child_kind *kind = &mv->s->e->children[k];
        if (!kind->made_event || strcmp(kind->made_event, mv->event->name) != 0)
            continue;
        const struct event_field *f = event_field(mv->event, kind->made_field);
        int32_t wanted = mv->values[f - mv->event->fields].number;
        for (int32_t n = 1; n <= wanted && n <= MOST_CHILDREN; n++) {
            char id[32];
            snprintf(id, sizeof id, "%s%d", kind->prefix, (int)n);
            if (instance_find(mv->s, id))
                continue;
            TRY(instance_add(mv->s, kind, id));
            TRY(instance_start(mv, mv->s->count - 1));
        }
    }
    return NULL;
}

/* A letter that is drafted is no longer owed. */
static void discharge(struct standing *s, const struct event_kind *k, const struct fact *fact)
{
    if (!k->starts || !k->child->letter_field)
        return;
    const char *code = fact_text(fact, k->child->letter_field);
    for (size_t i = 0; code && i < s->owed_count; i++)
        if (strcmp(s->owed[i].letter->code, code) == 0) {
            memmove(&s->owed[i], &s->owed[i + 1], (s->owed_count - i - 1) * sizeof *s->owed);
            s->owed_count--;
            return;
        }
}

static const struct fault *accept(struct standing *s, const struct fact *fact)
{
    s->accepted = talloc_realloc(s, s->accepted, struct fact, s->accepted_count + 1);
    s->told = talloc_realloc(s, s->told, const struct fact *, s->accepted_count + 1);
    TRY_MEMORY(s->accepted);
    TRY_MEMORY(s->told);
    s->accepted[s->accepted_count] = *fact;
    s->told[s->accepted_count++] = fact;
    return NULL;
}

static const struct fault *take(struct standing *s, const struct fact *fact, const struct event_kind *k)
{
    struct value values[MOST_FIELDS];
    event_values(k, fact->data, values);
    struct moving mv = {
        .s = s, .event = k, .fact = fact, .values = values, .situation = situation_of(s, fact, values)};
    size_t instance = k->child ? instance_find(s, fact->child) : 0;
    if (k->child && !instance) {
        TRY(instance_add(s, k->child, fact->child));
        instance = s->count - 1;
        mv.situation.instances = s->instances;
        mv.situation.count = s->count;
        mv.instance = instance;
        remember(&mv);
        TRY(instance_start(&mv, instance));
        s->first[instance] = s->last[instance] = s->entered[instance] = fact;
    } else if (instance) {
        TRY(send_to(&mv, instance));
    }
    TRY(send_to(&mv, 0));
    TRY(make_children(&mv));
    discharge(s, k, fact);
    TRY(accept(s, fact));
    if (clock_rules_touch(s->e->clocks, k->name))
        s->clocks = NULL;
    if (k->deed == EVENT_DEED_CORRECT)
        s->corrected = true;
    mv.situation.instances = s->instances;
    mv.situation.count = s->count;
    return settle_all(&mv);
}

/* ---- laying out for readers
 * ------------------------------------------------------------------------------------------------------ */

/* The label of a state, or of the nearest state around it that has one. */
static const struct bilingual *label_of(const struct chart *c, int state)
{
    for (; state > 0; state = c->states[state].parent)
        if (c->states[state].law && c->states[state].law->label.zh)
            return &c->states[state].law->label;
    return NULL;
}

static bool atomic_in(const struct instance *in, int state)
{
    enum chart_state_kind kind = in->chart->states[state].kind;
    return (kind == CHART_ATOMIC || kind == CHART_FINAL) && machine_in(in->machine, state);
}

static bool labelled(const struct instance *in, int state)
{
    return in->chart->states[state].law && in->chart->states[state].law->label.zh;
}

/* Of several regions the last one in the document names the whole. */
static const struct bilingual *place_label(const struct standing *s, size_t instance)
{
    const struct instance *in = &s->instances[instance];
    const struct bilingual *label = NULL;
    for (int i = 1; i < in->chart->state_count; i++)
        if (atomic_in(in, i) && (labelled(in, i) || !label))
            label = label_of(in->chart, i);
    return label;
}

static const struct fault *lay_places(struct standing *s, size_t at)
{
    const struct instance *in = &s->instances[at];
    size_t n = 0, own = 0;
    for (int i = 1; i < in->chart->state_count; i++) {
        n += atomic_in(in, i);
        own += atomic_in(in, i) && labelled(in, i);
    }
    s->places[at] = talloc_array(s->places, struct place, n + 1);
    TRY_MEMORY(s->places[at]);
    for (int i = 1; i < in->chart->state_count; i++) {
        if (!atomic_in(in, i) || (own && !labelled(in, i)))
            continue; /* a region that has nothing to tell */
        const struct bilingual *label = label_of(in->chart, i);
        const char *id = in->chart->states[i].id;
        s->places[at][s->place_count[at]++] =
            (struct place){.id = id, .label = label ? *label : (struct bilingual){.zh = id, .en = id}};
    }
    return NULL;
}

static const struct place *shown_at(const struct instance *in)
{
    const struct place *shown = NULL;
    for (int i = 1; i < in->chart->state_count; i++)
        if (machine_in(in->machine, i) && in->chart->states[i].law && in->chart->states[i].law->shown)
            shown = in->chart->states[i].law->shown; /* document order: the deepest comes last */
    return shown;
}

static int by_kind_and_number(const void *a, const void *b)
{
    const struct standing_child *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind->index < y->kind->index ? -1 : 1;
    size_t m = strlen(x->id), n = strlen(y->id);
    return m != n ? (m < n ? -1 : 1) : strcmp(x->id, y->id);
}

static const struct fault *lay_children(struct standing *s)
{
    s->children = talloc_zero_array(s, struct standing_child, s->count);
    TRY_MEMORY(s->children);
    for (size_t i = 1; i < s->count; i++) {
        const struct instance *in = &s->instances[i];
        struct standing_child *c = &s->children[i - 1];
        *c = (struct standing_child){.id = in->id,
                                     .kind = in->kind,
                                     .first = s->first[i],
                                     .last = s->last[i],
                                     .closed = !in->machine->running};
        if (in->kind->letter_field && c->first)
            c->template_code = fact_text(c->first, in->kind->letter_field);
    }
    qsort(s->children, s->count - 1, sizeof *s->children, by_kind_and_number);
    return NULL;
}

static const struct fault *add_duty(struct standing *s, struct duty duty)
{
    for (size_t i = 0; i < s->duty_count; i++)
        if (s->duties[i].event == duty.event && s->duties[i].role == duty.role &&
            s->duties[i].child == duty.child && s->duties[i].letter == duty.letter && !duty.letter)
            return NULL;
    s->duties = talloc_realloc(s, s->duties, struct duty, s->duty_count + 1);
    TRY_MEMORY(s->duties);
    s->duties[s->duty_count++] = duty;
    return NULL;
}

static bool has_role(const struct event_kind *k, const char *role)
{
    for (size_t i = 0; i < k->role_count; i++)
        if (strcmp(k->roles[i], role) == 0)
            return true;
    return false;
}

/* A state with law:duty: the events that lead on from it are what those roles must do. */
static const struct fault *state_duties(struct standing *s, const struct instance *in,
                                        const struct chart_state *state)
{
    for (int t = 0; t < state->transition_count; t++) {
        const struct chart_transition *tr = &in->chart->transitions[state->first_transition + t];
        const struct event_kind *k = tr->event_count == 1 ? edition_event(s->e, tr->events[0]) : NULL;
        for (size_t d = 0; k && d < state->law->duty_count; d++)
            if (has_role(k, state->law->duty[d]))
                TRY(add_duty(
                    s, (struct duty){
                           .role = state->law->duty[d], .child = in->id, .event = k, .label = k->label}));
    }
    return NULL;
}

static const struct fault *lay_duties(struct standing *s)
{
    const struct event_kind *draft = edition_event_that(s->e, EVENT_DEED_DRAFT);
    for (size_t i = 0; i < s->owed_count && draft; i++) {
        const struct letter_kind *l = s->owed[i].letter;
        TRY(add_duty(s, (struct duty){.role = l->by_rule ? "clock" : draft->roles[0],
                                      .event = draft,
                                      .letter = l,
                                      .label = l->label}));
    }
    if (!s->instances[0].machine->running)
        return NULL;
    for (size_t i = 0; i < s->count; i++) {
        const struct instance *in = &s->instances[i];
        for (int st = 1; st < in->chart->state_count; st++)
            if (machine_in(in->machine, st) && in->chart->states[st].law)
                TRY(state_duties(s, in, &in->chart->states[st]));
    }
    return NULL;
}

static const struct fault *lay_out(struct standing *s)
{
    TRY(clocks_fresh(s));
    s->places = talloc_zero_array(s, struct place *, s->count);
    s->place_count = talloc_zero_array(s, size_t, s->count);
    TRY_MEMORY(s->places);
    TRY_MEMORY(s->place_count);
    for (size_t i = 0; i < s->count; i++)
        TRY(lay_places(s, i));
    TRY(lay_children(s));
    TRY(lay_duties(s));
    s->shown = shown_at(&s->instances[0]);
    if (!s->shown)
        s->shown = standing_place(s, NULL);
    return NULL;
}

/* ---- fold and step
 * -----------------------------------------------------------------------------------------------------------------
 */

static const struct fault *begin(TALLOC_CTX *life, const struct edition *e, const struct calendar *c,
                                 struct standing **out)
{
    struct standing *s = talloc_zero(life, struct standing);
    TRY_MEMORY(s);
    s->e = e;
    s->cal = c;
    TRY(instance_add(s, NULL, NULL));
    struct fact nothing = {0};
    struct moving mv = {.s = s, .fact = NULL, .situation = situation_of(s, &nothing, NULL)};
    TRY(instance_start(&mv, 0));
    *out = s;
    return NULL;
}

const struct fault *workflow_begin(TALLOC_CTX *life, const struct edition *e, const struct calendar *c,
                                   struct standing **out)
{
    struct standing *s = NULL;
    TRY(begin(life, e, c, &s));
    TRY(lay_out(s));
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

/* What a correction by a second person makes of a fact; `on` and `child` among its data move the fact itself.
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
    copy->data = data;
    *known = copy;
    return NULL;
}

/* Corrections count from the beginning, in the order in which they were told. */
static const struct fault *take_corrections(struct standing *s, struct ordered *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct fact *c = order[i].given;
        const struct event_kind *k = c->kind ? edition_event(s->e, c->kind) : NULL;
        const json_t *patch = json_object_get(c->data, "data");
        int64_t seq = 0;
        if (!k || k->deed != EVENT_DEED_CORRECT || !json_is_object(patch) || !fact_int(c, "fact", &seq))
            continue;
        for (size_t t = 0; t < count; t++)
            if (order[t].given->seq == seq && t != i && !(c->by && text_same(c->by, order[t].given->by)))
                TRY(correct(s, patch, &order[t].known));
    }
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
    struct fact said = *known;
    json_t *empty = json_adopt(s, json_object());
    TRY_MEMORY(empty);
    if (!said.data)
        said.data = empty; /* a fact without data says nothing; it is not a form that is still open */
    const char *roles[] = {known->role};
    struct actor who = {.person = known->by, .roles = roles, .role_count = 1};
    TRY(judge(s, s, &said, k, known->role ? &who : NULL, &j));
    return j.ground == MAY_ALLOWED ? take(s, known, k) : flag_conflict(s, given, &j);
}

const struct fault *workflow_fold(TALLOC_CTX *life, const struct edition *e, const struct calendar *c,
                                  const struct fact *facts, size_t count, struct standing **out)
{
    struct standing *s = NULL;
    TRY(begin(life, e, c, &s));
    TRY(sort_facts(s, facts, count));
    for (size_t i = 0; i < count; i++)
        TRY(take_or_flag(s, s->facts[i], s->known[i]));
    TRY(lay_out(s));
    *out = s;
    return NULL;
}

static const struct fault *copy_instances(struct standing *s, const struct standing *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct instance *in = &from->instances[i];
        TRY(instance_add(s, in->kind, in->id));
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
        TRY(accept(s, from->told[i]));
    for (size_t i = 0; i < from->owed_count; i++)
        TRY(owe(s, from->owed[i].letter, from->owed[i].because));
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
    struct fact said = *fact;
    json_t *empty = json_adopt(s, json_object());
    TRY_MEMORY(empty);
    if (!said.data)
        said.data = empty;
    TRY(judge(s, s, &said, k, fact->role ? &who : NULL, &j));
    if (j.ground != MAY_ALLOWED)
        return fault_refused(life, &j.why);
    s->facts = talloc_realloc(s, s->facts, const struct fact *, s->fact_count + 1);
    TRY_MEMORY(s->facts);
    s->facts[s->fact_count++] = fact;
    TRY(take(s, fact, k));
    TRY(lay_out(s));
    *after = s;
    return NULL;
}

/* ---- what stands
 * ---------------------------------------------------------------------------------------------------------------------
 */

static bool instance_of(const struct standing *s, const char *child, size_t *out)
{
    *out = instance_find(s, child);
    return !child || *out;
}

const struct place *standing_places(const struct standing *s, const char *child, size_t *count)
{
    size_t i = 0;
    bool known = instance_of(s, child, &i);
    *count = known ? s->place_count[i] : 0;
    return known ? s->places[i] : NULL;
}

const struct place *standing_place(const struct standing *s, const char *child)
{
    size_t count = 0;
    const struct place *places = standing_places(s, child, &count);
    return count ? &places[count - 1] : NULL;
}

const struct place *standing_public(const struct standing *s)
{
    return s->shown;
}

bool standing_is(const struct standing *s, const char *child, enum state_word word)
{
    size_t at = 0;
    if (!instance_of(s, child, &at))
        return false;
    const struct instance *in = &s->instances[at];
    for (int i = 1; i < in->chart->state_count; i++)
        if (machine_in(in->machine, i) && in->chart->states[i].law &&
            in->chart->states[i].law->words >> word & 1)
            return true;
    return false;
}

bool standing_in(const struct standing *s, const char *child, const char *state)
{
    size_t at = 0;
    if (!instance_of(s, child, &at))
        return false;
    int index = chart_state_index(s->instances[at].chart, state);
    return index >= 0 && machine_in(s->instances[at].machine, index);
}

bool standing_closed(const struct standing *s)
{
    return !s->instances[0].machine->running;
}
const struct clocks *standing_clocks(const struct standing *s)
{
    return s->clocks;
}
struct civil standing_last_day(const struct standing *s)
{
    return s->fact_count ? s->facts[s->fact_count - 1]->on : CIVIL_NONE;
}
const struct edition *standing_edition(const struct standing *s)
{
    return s->e;
}

long standing_last_seq(const struct standing *s)
{
    long last = 0;
    for (size_t i = 0; i < s->fact_count; i++)
        if (s->facts[i]->seq > last)
            last = s->facts[i]->seq;
    return last;
}

const struct standing_child *standing_children(const struct standing *s, size_t *count)
{
    *count = s->count - 1;
    return s->children;
}

const struct standing_child *standing_child(const struct standing *s, const char *id)
{
    for (size_t i = 0; i + 1 < s->count; i++)
        if (strcmp(s->children[i].id, id) == 0)
            return &s->children[i];
    return NULL;
}

const char *standing_next_child(TALLOC_CTX *life, const struct standing *s, const struct child_kind *kind)
{
    int64_t highest = 0, number = 0;
    for (size_t i = 0; i < s->fact_count; i++) /* facts in conflict have used their number too */
        if (s->facts[i]->child && edition_child_of_id(s->e, s->facts[i]->child) == kind &&
            text_to_int(s->facts[i]->child + strlen(kind->prefix), 1, 9999, &number) && number > highest)
            highest = number;
    for (size_t i = 1; i < s->count; i++)
        if (s->instances[i].kind == kind &&
            text_to_int(s->instances[i].id + strlen(kind->prefix), 1, 9999, &number) && number > highest)
            highest = number;
    return talloc_asprintf(life, "%s%lld", kind->prefix, (long long)highest + 1);
}

const struct fact *standing_fact(const struct standing *s, const char *kind, const char *child)
{
    return last_of(s, kind, child);
}

const struct conflict *standing_conflicts(const struct standing *s, size_t *count)
{
    *count = s->conflict_count;
    return s->conflicts;
}

const struct duty *standing_duties(const struct standing *s, size_t *count)
{
    *count = s->duty_count;
    return s->duties;
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

const struct clock_view *view_clock(const struct view *v, const char *id, const char *child)
{
    for (size_t i = 0; i < v->clock_count; i++)
        if (strcmp(v->clocks[i].about->id, id) == 0 && text_same(v->clocks[i].child, child))
            return &v->clocks[i];
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
    struct judgement j;
    TRY(judge(a->life, a->s, &fact, k, a->who, &j));
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
    TRY(judge(life, (struct standing *)(uintptr_t)s, fact, k, who, &j));
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
    TRY(judge(life, (struct standing *)(uintptr_t)s, &fact, k, &who,
              &j)); /* reads only: the clocks are fresh */
    if (j.ground == MAY_ALLOWED)
        *out = wake;
    return NULL;
}
