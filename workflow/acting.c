/* acting.c - one fact is judged, then taken: the part of the engine that the checker explores. */
#include "standing_inside.h"

#include <assert.h>
#include "json.h"
#include "life.h"
#include "tariff.h"
#include "text.h"

#define MOST_ENABLED  64
#define SETTLE_ROUNDS 16 /* of machines that wait for one another: more is a mistake of the edition */
#define MOST_CHILDREN 999
#define FIRST_PIECE   (18 << 10) /* bytes: a dossier of thirty facts */
#define ROLES_TEXT    1024       /* bytes: the labels of all roles of an event */
#define MODEL_STEPS   64         /* answers that contradict each other are noticed soon */

/* ---- values of a fact
 * --------------------------------------------------------------------------------------------- */

static struct value field_value(const struct code_table *codes, enum event_field_kind kind, const json_t *v)
{
    struct civil day;
    switch (kind) {
    case EVENT_FIELD_DAY:
        return json_is_string(v) && civil_parse(json_string_value(v), &day) ? value_day(day)
                                                                            : (struct value){0};
    case EVENT_FIELD_INT:
        return json_is_integer(v) ? value_number(json_integer_value(v)) : (struct value){0};
    case EVENT_FIELD_FLAG:
        return json_is_boolean(v) ? value_flag(json_is_true(v)) : (struct value){0};
    case EVENT_FIELD_TEXT:
    case EVENT_FIELD_NOTE: /* what it says is not for rules: only that it is there */
        return !json_is_null(v) ? value_flag(true) : (struct value){0};
    case EVENT_FIELD_CODE:
        return code_value(codes, json_string_value(v));
    default:
        return value_text(json_string_value(v));
    }
}

/* The field of that name among those that anything reads; NULL: it is none of them. */
static const struct field_key *field_named(const struct field_keys *keys, const char *name)
{
    uint64_t head = name_head(name);
    for (const struct field_key *key = keys->list; key < keys->list + keys->count; key++)
        if (key->head == head && (!key->rest || strcmp(key->rest, name + 8) == 0))
            return key;
    return NULL;
}

void act_values(const struct edition *e, const struct event_kind *k, const json_t *data,
                struct value out[MOST_FIELDS])
{
    const struct field_keys *keys = &e->inside->fields_needed[k - e->events];
    json_t *object = (json_t *)(uintptr_t)data; /* only read */
    assert(k->field_count <= MOST_FIELDS);
    memset(out, 0, k->field_count * sizeof *out);
    for (void *at = keys->count ? json_object_iter(object) : NULL; at;
         at = json_object_iter_next(object, at)) {
        const struct field_key *key = field_named(keys, json_object_iter_key(at));
        if (key)
            out[key->field] = field_value(e->inside->vocabulary.codes, key->kind, json_object_iter_value(at));
    }
}

/* ---- memory */

struct standing *standing_blank(TALLOC_CTX *life, size_t bytes)
{
    size_t head = (sizeof(struct standing) + 15) & ~(size_t)15;
    struct standing *s = talloc_named_const(life, head + bytes, "struct standing");
    if (s)
        *s = (struct standing){.arena = {.life = s, .at = (char *)s + head, .left = bytes}};
    return s;
}

struct arena *standing_arena(struct standing *s)
{
    s->arena.life = s; /* the checker's own standings begin with nothing */
    return &s->arena;
}

static void *young_memory(struct standing *s, size_t size)
{
    return s->young ? talloc_size(s->young, size) : arena_take(standing_arena(s), size);
}

/* ---- instances
 * ----------------------------------------------------------------------------------------------------------
 */

size_t standing_find(const struct standing *s, const char *child)
{
    for (size_t i = 1; child && i < s->count; i++) {
        size_t at = 0; /* ids are short: "t2" */
        for (const char *id = s->instances[i].id; id[at] == child[at]; at++)
            if (!id[at])
                return i;
    }
    return 0; /* the dossier itself, or none */
}

static struct value clock_value(const struct situation *situation, const char *clock,
                                enum clock_attribute attribute, size_t instance);

static struct value model_clock(const struct situation *situation, const char *clock,
                                enum clock_attribute attribute, size_t instance)
{
    const struct standing *s = situation->self;
    return s->model->clock(s->model, s, clock, attribute, instance);
}

static struct value model_in(const struct situation *situation, int state)
{
    const struct standing *s = situation->self;
    return s->model->in(s->model, s, state);
}

static struct value model_says(const struct situation *situation, int field)
{
    const struct standing *s = situation->self;
    return s->model->says(s->model, field);
}

static void model_unsaid(const struct situation *situation, size_t instance, int memo)
{
    const struct standing *s = situation->self;
    s->model->unsaid(s->model, s, instance, memo);
}

static void model_unseen(const struct situation *situation, int kind)
{
    const struct standing *s = situation->self;
    s->model->unknown.kinds |= UINT32_C(1) << kind;
}

void parts_add(struct parts *to, const struct parts *more)
{
    to->facts[0] |= more->facts[0];
    to->facts[1] |= more->facts[1];
    to->persons |= more->persons;
    to->regions |= more->regions;
    to->stops |= more->stops;
    to->holds |= more->holds;
    to->clocks |= more->clocks;
    to->kinds |= more->kinds;
}

/* Field by field where it lies: it is made three times for each fact. */
static void situate(struct situation *out, const struct standing *s, const struct act *act)
{
    out->instances = s->instances;
    out->count = s->count;
    out->day = act->fact ? act->day : (struct value){0};
    out->event = act->values;
    out->by = act->fact ? value_text(act->fact->by) : (struct value){0};
    out->plain = !s->model;
    out->left_out = 0;
    out->in = NULL;
    out->says = NULL;
    out->unsaid = NULL;
    out->clock = clock_value;
    out->unseen = NULL;
    out->exists = NULL;
    out->self = (void *)(uintptr_t)s;
    if (!s->model)
        return;
    out->day = (struct value){.kind = VALUE_SOME};
    if (!s->model->persons)
        out->by = (struct value){.kind = VALUE_UNKNOWN};
    out->clock = model_clock;
    out->in = model_in;
    out->says = model_says;
    out->unsaid = model_unsaid;
    out->unseen = model_unseen;
    out->left_out = s->model->left_out;
}

struct situation standing_situation(const struct standing *s, const struct act *act)
{
    struct situation out;
    situate(&out, s, act);
    return out;
}

const struct fault *standing_clocks_fresh(struct standing *s)
{
    const struct clocks *folded = NULL;
    if (s->clocks)
        return NULL;
    struct clocks_scope scope = {.today = CIVIL_NONE, .known = CIVIL_NONE};
    TALLOC_CTX *scratch = talloc_new(s);
    TRY_MEMORY(scratch);
    struct fact *facts = talloc_array(scratch, struct fact, s->accepted_count + 1);
    const struct fault *f = facts ? NULL : fault_memory();
    for (size_t i = 0; facts && i < s->accepted_count; i++)
        facts[i] = *s->told[i];
    if (!f)
        f = clocks_fold(s->e->clocks, s->cal, facts, s->accepted_count, scope, &folded, NULL, NULL, scratch,
                        scratch);
    if (!f && !(s->clocks = clocks_copy(standing_arena(s), folded)))
        f = fault_memory();
    talloc_free(scratch);
    return f;
}

/* The clocks take a fact that was accepted: most come last and are simply added. */
static const struct fault *clocks_follow(struct standing *s, const struct act *act)
{
    int kind = s->e->inside->clock_kinds[act->event - s->e->events];
    bool in_order = false;
    if (s->model || kind < 0)
        return NULL;
    if (s->clocks)
        TRY(clocks_take(s->clocks, s->cal, act->fact, act->day.number, kind, &in_order));
    if (!in_order)
        s->clocks = NULL;
    return standing_clocks_fresh(s);
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
    if (!s->clocks || situation->day.kind != VALUE_DAY)
        return absent;
    const struct clock *found = clocks_started(s->clocks, clock, s->instances[instance].id);
    if (!found)
        return absent;
    struct clock_view v = clock_glance(found, s->cal, situation->day.number);
    return clock_flag(&v, attribute);
}

/* ---- moving machines
 * -------------------------------------------------------------------------------------------------------- */

struct moving {
    struct standing *s;
    const struct act *act;
    struct situation situation;
    size_t instance;
    const struct judgement *judged; /* nothing has moved since; NULL: something may have */
    bool lenient;                   /* what cannot be said yet counts as true */
    bool remembered;
    const struct fault *fault;
};

static void moving_begin(struct moving *mv, struct standing *s, const struct act *act)
{
    mv->s = s;
    mv->act = act;
    mv->instance = 0;
    mv->judged = NULL;
    mv->lenient = mv->remembered = false;
    mv->fault = NULL;
    situate(&mv->situation, s, act);
}

static const struct watch *watch_of(const struct standing *s, const struct instance *in)
{
    return &s->e->inside->watches[edition_scope_of(in->kind)];
}

/* Instances of those scopes have to look again. */
static void unsettle(struct standing *s, uint32_t scopes)
{
    if (scopes & 1)
        s->instances[0].unsettled = true;
    for (size_t i = 1; scopes > 1 && i < s->count; i++)
        if (scopes >> edition_scope_of(s->instances[i].kind) & 1)
            s->instances[i].unsettled = true;
}

/* Whoever looks at children of that kind, or at what the dossier remembers, has to look again. */
static void note_change(struct standing *s, size_t instance)
{
    const struct child_kind *kind = s->instances[instance].kind;
    s->instances[instance].unsettled = true;
    unsettle(s, kind ? s->e->inside->kind_watchers[kind->index] : s->e->inside->memo_watchers);
}

/* A machine as it was, to be compared with what it has become. */
struct was {
    size_t size;
    uint64_t sets[CHART_WORDS * 4];
};

static void was_keep(struct was *w, const struct instance *in)
{
    w->size = machine_size(in->chart) - sizeof *in->machine;
    if (w->size <= sizeof w->sets)
        memcpy(w->sets, in->machine->sets, w->size);
}

/* A chart of hundreds of states with histories counts as moved whenever it took a transition. */
static bool was_moved(const struct was *w, const struct instance *in, bool taken)
{
    return w->size <= sizeof w->sets ? memcmp(w->sets, in->machine->sets, w->size) != 0 : taken;
}

/* Whoever looks at one of the states that were left or entered has to look again. */
static void note_move(struct standing *s, size_t instance, const struct was *was)
{
    const struct instance *in = &s->instances[instance];
    if (in->kind || was->size > sizeof was->sets) {
        note_change(s, instance);
        return;
    }
    for (int w = 0; w < in->chart->words; w++) {
        uint64_t changed = (was->sets[w] ^ in->machine->sets[w]) & s->e->inside->watched_states[w];
        for (size_t i = 1; changed && i < s->count; i++)
            if (changed & watch_of(s, &s->instances[i])->states[w])
                s->instances[i].unsettled = true;
    }
}

/* Instances may have been added, and the row may have moved. */
static void look_again(struct moving *mv)
{
    mv->situation.instances = mv->s->instances;
    mv->situation.count = mv->s->count;
}

static bool ask_model(const struct situation *situation, const struct condition_node *inner, int kind,
                      bool negated)
{
    const struct standing *s = situation->self;
    (void)kind;
    return s->model->asks(s->model, inner, negated);
}

/* In the checker a transition about something unknown is tried both ways. */
static bool holds_in_model(struct moving *mv, struct model *model, const struct condition *condition)
{
    model->instance = mv->instance;
    mv->situation.exists = ask_model;
    enum verdict v = condition_verdict(condition, &mv->situation, mv->instance);
    mv->situation.exists = NULL;
    return v == VERDICT_UNKNOWN ? model->asks(model, condition->root, false) : v == VERDICT_YES;
}

/* A transition is taken or not: what is unknown counts as true for who asks before the form is filled in. */
static bool moving_holds(void *self, const struct machine *m, const struct condition *condition)
{
    struct moving *mv = self;
    (void)m;
    if (mv->s->model)
        return holds_in_model(mv, mv->s->model, condition);
    enum verdict v = condition_verdict(condition, &mv->situation, mv->instance);
    return v == VERDICT_UNKNOWN ? mv->lenient : v == VERDICT_YES;
}

static struct value memo_value(const struct moving *mv, const struct memo *memo, size_t index,
                               struct value old)
{
    switch (memo->kind) {
    case MEMO_FIELD:
        if (mv->act->values[memo->field].kind == VALUE_OPEN)
            return mv->s->model->keeps(mv->s->model, edition_scope_of(mv->s->instances[mv->instance].kind),
                                       index, memo->field);
        return mv->act->values[memo->field];
    case MEMO_COUNT:
        return old.kind == VALUE_UNKNOWN ? old : value_number(old.number + 1);
    case MEMO_BY:
        return value_text(mv->act->fact->by);
    default:
        return mv->situation.day;
    }
}

/* The instance takes note of the fact: conditions of the event's own transitions have seen what was before.
 */
static void remember(struct moving *mv)
{
    const struct instance *in = &mv->s->instances[mv->instance];
    const struct memo_list *memos = &mv->s->e->inside->memos[edition_scope_of(in->kind)];
    if (mv->remembered)
        return;
    mv->remembered = true;
    int event = (int)(mv->act->event - mv->s->e->events);
    int first = memos->first ? memos->first[event] : -1;
    if (first >= 0)
        note_change(mv->s, mv->instance);
    bool persons = !mv->s->model || mv->s->model->persons;
    for (int i = first; i >= 0; i = memos->list[i].next)
        if (persons || memos->list[i].kind != MEMO_BY)
            in->memos[i] = memo_value(mv, &memos->list[i], (size_t)i, in->memos[i]);
}

const struct fault *standing_owe(struct standing *s, const struct letter_kind *letter,
                                 const struct fact *because)
{
    if (s->model)
        return NULL; /* the checker does not write letters */
    STANDING_ROOM(s, owed, owed_count, owed_room);
    s->owed[s->owed_count++] = (struct owed){.letter = letter, .because = because};
    return NULL;
}

static void moving_takes(void *self, const struct chart_transition *t)
{
    struct moving *mv = self;
    remember(mv);
    for (size_t i = 0; t->law && i < t->law->letter_count && !mv->fault; i++)
        mv->fault = standing_owe(mv->s, t->law->letters[i], mv->act->fact);
}

static struct machine_world world_of(struct moving *mv)
{
    return (struct machine_world){.holds = moving_holds,
                                  .takes = moving_takes,
                                  .self = mv,
                                  .most_steps = mv->s->model ? MODEL_STEPS : 0};
}

/* By kind in the order of the edition, then by number. */
static uint32_t rank_of(const struct child_kind *kind, const char *id)
{
    uint32_t number = 0;
    for (const char *digit = id + strlen(kind->prefix); *digit >= '0' && *digit <= '9'; digit++)
        number = number * 10 + (uint32_t)(*digit - '0');
    return (uint32_t)kind->index << 24 | (number & 0xffffff);
}

/* A new instance at the end of the row; its machine is started by the caller. */
const struct fault *standing_add(struct standing *s, const struct child_kind *kind, const char *id)
{
    STANDING_ROOM(s, instances, count, room);
    struct instance *in = &s->instances[s->count];
    const struct chart *chart = edition_chart_of(s->e, kind);
    const struct memo_list *memos = &s->e->inside->memos[edition_scope_of(kind)];
    size_t length = id ? strlen(id) + 1 : 0, size = machine_size(chart);
    char *name = id ? young_memory(s, length) : NULL;
    *in = (struct instance){.kind = kind,
                            .chart = chart,
                            .id = name,
                            .rank = kind && id ? rank_of(kind, id) : 0,
                            .machine = young_memory(s, size),
                            .memos = young_memory(s, (memos->count + 1) * sizeof *in->memos)};
    if (!in->machine || !in->memos || (id && !name))
        return fault_memory();
    memset(in->machine, 0, size);
    for (size_t i = 0; i < memos->count; i++)
        in->memos[i] = memos->list[i].kind == MEMO_COUNT ? value_number(0) : (struct value){0};
    if (id)
        memcpy(name, id, length);
    s->count++;
    return NULL;
}

static const struct fault *instance_start(struct moving *mv, size_t instance)
{
    struct machine_world world = world_of(mv);
    look_again(mv);
    mv->instance = instance;
    mv->remembered = true;
    note_change(mv->s, instance);
    struct instance *in = &mv->s->instances[instance];
    TRY(machine_start(mv->s, in->chart, in->machine, &world));
    in->unsettled = false; /* it has come to rest */
    return mv->fault;
}

/* One instance runs its eventless transitions; *moved is set when it changed. */
static const struct fault *settle_one(struct moving *mv, size_t i, bool *moved)
{
    struct machine_world world = world_of(mv);
    struct instance *in = &mv->s->instances[i];
    struct was was;
    in->unsettled = false;
    if (!machine_restless(in->chart, in->machine))
        return NULL;
    was_keep(&was, in);
    mv->instance = i;
    mv->remembered = true;
    TRY(machine_settle(mv->s, in->chart, in->machine, &world));
    if (was_moved(&was, in, false)) {
        *moved = true;
        in->entered = mv->act->fact;
        note_move(mv->s, i, &was);
    }
    return mv->fault;
}

static size_t next_unsettled(const struct standing *s, size_t from)
{
    while (from < s->count && !s->instances[from].unsettled && !s->model)
        from++;
    return from;
}

#ifndef NDEBUG
/* Would nobody take a transition that waits for no event, were everybody asked? */
static bool is_at_rest(struct moving *mv)
{
    struct machine_world world = world_of(mv);
    for (size_t i = 0; i < mv->s->count; i++) {
        const struct instance *in = &mv->s->instances[i];
        const struct chart_transition *any = NULL;
        mv->instance = i;
        if (machine_enabled(in->chart, in->machine, &world, -1, &any, 1))
            return false;
    }
    return true;
}
#endif

/* The dossier and its children look at one another until nothing moves. What the checker has left out may
 * move at any time: there everybody is asked each time. */
static const struct fault *settle_all(struct moving *mv)
{
    bool moved = true;
    unsettle(mv->s, mv->s->e->inside->time_watchers);
    for (int round = 0; moved; round++) {
        if (round == SETTLE_ROUNDS)
            return fault_new(mv->s, FAULT_BROKEN, "CHART_ENDLESS",
                             "%s: dossier and children do not come to rest", mv->s->e->file);
        moved = false;
        for (size_t i = next_unsettled(mv->s, 0); i < mv->s->count; i = next_unsettled(mv->s, i + 1))
            TRY(settle_one(mv, i, &moved));
    }
    assert(mv->s->model || is_at_rest(mv));
    return NULL;
}

#ifndef NDEBUG
static bool takes_the_same(struct moving *mv, const struct instance *in, const struct machine_world *world,
                           const struct judgement *j)
{
    const struct chart_transition *now[MOST_ENABLED];
    int event = (int)(mv->act->event - mv->s->e->events);
    size_t count = machine_enabled(in->chart, in->machine, world, event, now, MOST_ENABLED);
    return count == j->taken_count && memcmp(now, j->taken, count * sizeof *now) == 0;
}
#endif

/* The machine takes what the judgement found, or looks for what waits for the event. */
static const struct fault *send_event(struct moving *mv, struct instance *in, bool *taken)
{
    struct machine_world world = world_of(mv);
    const struct judgement *j = mv->judged;
    int event = (int)(mv->act->event - mv->s->e->events);
    mv->judged = NULL;
    if (!j || !j->taken_count || j->instance != mv->instance)
        return machine_send_number(mv->s, in->chart, in->machine, &world, event, taken);
    assert(takes_the_same(mv, in, &world, j));
    *taken = true;
    return machine_take(mv->s, in->chart, in->machine, &world, j->taken, j->taken_count);
}

static const struct fault *send_to(struct moving *mv, size_t instance)
{
    struct instance *in = &mv->s->instances[instance];
    bool taken = false;
    struct was was;
    was_keep(&was, in);
    mv->instance = instance;
    mv->remembered = false;
    TRY(send_event(mv, in, &taken));
    remember(mv);
    in->last = mv->act->fact;
    if (!in->first)
        in->first = mv->act->fact;
    if (!taken)
        return mv->fault;
    in->entered = mv->act->fact;
    if (was_moved(&was, in, taken))
        note_move(mv->s, instance, &was);
    in->unsettled = false; /* it has come to rest, and what it remembers came before */
    return mv->fault;
}

/* ---- judging
 * ------------------------------------------------------------------------------------------------------------------
 */

const struct fact *standing_fact(const struct standing *s, const char *kind, const char *child)
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

void event_role_refusal(TALLOC_CTX *life, const struct edition *e, const struct event_kind *k,
                        struct refusal *out)
{
    char zh[ROLES_TEXT],
        en[ROLES_TEXT]; /* once for each event of each `may`: no piece of memory for each role */
    size_t z = 0, n = 0;
    for (size_t i = 0; i < k->role_count; i++) {
        const struct edition_role *role = edition_role(e, k->roles[i]); /* the reader has checked the name */
        const char *join = i == 0 ? "" : i + 1 == k->role_count ? " or the " : ", the ";
        z += (size_t)snprintf(zh + z, sizeof zh - z, "%s%s", i ? "、" : "", role->label.zh);
        n += (size_t)snprintf(en + n, sizeof en - n, "%s%s", join, role->label.en);
        if (z >= sizeof zh || n >= sizeof en)
            break;
    }
    *out = (struct refusal){.rule = "role",
                            .basis = k->basis,
                            .zh = talloc_asprintf(life, "“%s”由%s办理。", k->label.zh, zh),
                            .en = talloc_asprintf(life, "“%s” is for the %s.", k->label.en, en),
                            .fact = -1};
}

static bool role_ok(TALLOC_CTX *life, const struct edition *e, const struct event_kind *k,
                    const struct actor *who, struct judgement *j)
{
    for (size_t i = 0; i < k->role_count; i++)
        for (size_t r = 0; r < who->role_count; r++)
            if (*k->roles[i] == *who->roles[r] && strcmp(k->roles[i], who->roles[r]) == 0)
                return true;
    j->ground = MAY_ROLE;
    event_role_refusal(life, e, k, &j->why);
    return false;
}

static bool separation_ok(const struct standing *s, const struct event_kind *k, const char *person,
                          size_t instance, struct judgement *j)
{
    if (s->model && !s->model->persons && k->separation_count)
        s->model->unknown.persons = s->model->passed.persons = true;
    for (size_t i = 0; person && i < k->separation_count; i++) {
        const struct event_separation *apart = &k->separations[i];
        const struct event_kind *other = edition_event(s->e, apart->event);
        size_t at = other->child == k->child ? instance : 0;
        if (other->child && !at)
            continue; /* the child is only now begun */
        struct value by = s->instances[at].memos[apart->memo];
        if (by.kind == VALUE_TEXT && strcmp(by.text, person) == 0)
            return refuse(j, MAY_SEPARATION, apart->rule, apart->basis, apart->sentence,
                          seq_of(standing_fact(s, apart->event, s->instances[at].id)));
    }
    return true;
}

/* The latest of the facts that the condition reads; of one that only looks at states, what led there. */
static long blocking_fact(const struct standing *s, const struct condition *c, size_t instance)
{
    const char *child = s->instances[instance].id;
    long seq =
        c->event_count || c->reads_event || c->reads_clocks ? -1 : seq_of(s->instances[instance].entered);
    for (size_t i = 0; i < c->event_count; i++) {
        const struct event_kind *k = &s->e->events[c->events[i]];
        long found = seq_of(standing_fact(s, k->name, k->child ? child : NULL));
        if (found > seq)
            seq = found;
    }
    return seq;
}

/* In the checker: what a guard asked for that is left out is noted, and that it was let pass. */
static enum verdict guard_in_model(const struct standing *s, const struct situation *situation,
                                   size_t instance, const struct condition *when)
{
    struct model *m = s->model;
    struct parts before = m->unknown;
    m->unknown = (struct parts){0};
    m->instance = instance;
    m->read = 0;
    m->guard = when;
    enum verdict v = condition_verdict(when, situation, instance);
    if (v == VERDICT_UNKNOWN && m->waits(m, when))
        m->unknown = before;
    else if (v == VERDICT_UNKNOWN)
        parts_add(&m->passed, &m->unknown);
    parts_add(&m->unknown, &before);
    return v;
}

static bool guards_ok(const struct standing *s, const struct situation *situation, size_t instance,
                      const struct event_refuse *refuses, size_t count, struct judgement *j)
{
    for (size_t i = 0; i < count; i++) {
        enum verdict v = s->model ? guard_in_model(s, situation, instance, refuses[i].when)
                                  : condition_verdict(refuses[i].when, situation, instance);
        if (v == VERDICT_UNKNOWN || (v == VERDICT_YES) == refuses[i].negated)
            continue;
        return refuse(j, MAY_GUARD, refuses[i].rule, refuses[i].basis, refuses[i].sentence,
                      blocking_fact(s, refuses[i].when, instance));
    }
    return true;
}

/* The guards of the event itself. What a filled-in form says in one field leaves few of many to be asked. */
static bool event_guards_ok(const struct standing *s, const struct situation *situation, size_t instance,
                            const struct act *act, struct judgement *j)
{
    const struct event_kind *k = act->event;
    const struct guard_table *table = &s->e->inside->guards[k - s->e->events];
    if (s->model || !act->values || table->field < 0)
        return guards_ok(s, situation, instance, k->refuses, k->refuse_count, j);
    for (uint64_t left = table->asked[act->values[table->field].number]; left; left &= left - 1)
        if (!guards_ok(s, situation, instance, &k->refuses[__builtin_ctzll(left)], 1, j))
            return false;
    assert(guards_ok(s, situation, instance, k->refuses, k->refuse_count, j));
    return true;
}

/* Of several regions the last one in the document names the whole. */
static const struct bilingual *place_label(const struct standing *s, size_t instance)
{
    const struct instance *in = &s->instances[instance];
    const struct sight *sight = &s->e->inside->sights[edition_scope_of(in->kind)];
    int named = -1, first = -1;
    for (int i = 1; i < in->chart->state_count; i++) {
        if (machine_in(in->machine, i) && sight->labelled[i / 64] >> (i % 64) & 1)
            named = i;
        else if (first < 0 && machine_in(in->machine, i) && in->chart->atomic[i / 64] >> (i % 64) & 1)
            first = i;
    }
    return named >= 0 ? &sight->places[named].label : first >= 0 ? &sight->places[first].label : NULL;
}

static bool refuse_state(TALLOC_CTX *life, const struct standing *s, const struct event_kind *k,
                         size_t instance, bool closed, struct judgement *j)
{
    static const struct bilingual NOWHERE = {"尚未开始", "not begun"};
    if (s->model)
        return refuse(j, MAY_STATE, "not-in-this-state", NULL, NOWHERE, -1); /* nobody reads it */
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
                  seq_of(s->instances[instance].entered));
}

static void keep_taken(struct judgement *j, size_t instance, const struct chart_transition *const *enabled,
                       size_t count)
{
    j->instance = instance;
    j->taken_count = count <= MOST_KEPT ? count : 0;
    for (size_t i = 0; i < j->taken_count; i++)
        j->taken[i] = enabled[i];
}

/* Is the event awaited here, and do the transitions it would take let it pass? */
static bool state_ok(TALLOC_CTX *life, struct moving *mv, size_t instance, struct judgement *j)
{
    const struct standing *s = mv->s;
    const struct event_kind *k = mv->act->event;
    bool closed = !s->instances[0].machine->running;
    if (closed && !k->after_close)
        return refuse_state(life, s, k, 0, true, j);
    if (closed && !instance)
        return true;
    const struct chart_transition *enabled[MOST_ENABLED];
    struct machine_world world = world_of(mv);
    mv->instance = instance;
    uint64_t read = 0;
    if (s->model)
        s->model->read = 0;
    size_t count = machine_enabled(s->instances[instance].chart, s->instances[instance].machine, &world,
                                   (int)(k - s->e->events), enabled, MOST_ENABLED);
    if (!count)
        return refuse_state(life, s, k, instance, false, j);
    if (s->model)
        read = s->model->read;
    for (size_t i = 0; i < count && i < MOST_ENABLED; i++)
        if (enabled[i]->law && !guards_ok(s, &mv->situation, instance, enabled[i]->law->refuses,
                                          enabled[i]->law->refuse_count, j)) {
            if (s->model)
                s->model->read |= read;
            return false;
        }
    keep_taken(j, instance, enabled, count);
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
    *instance = standing_find(s, child);
    if (*instance)
        return true;
    *begins = k->starts;
    if (*begins)
        return true;
    struct bilingual sentence = {
        .zh = talloc_asprintf(life, "没有编号为“%s”的%s。", child ? child : "", k->child->label.zh),
        .en = talloc_asprintf(life, "There is no %s “%s”.", k->child->label.en, child ? child : ""),
    };
    return refuse(j, MAY_STATE, "child-unknown", k->basis, sentence, -1);
}

/* A letter that is drafted anew stays the letter it is. */
static bool letter_stays(const struct standing *s, const struct act *act, size_t instance,
                         struct judgement *j)
{
    static const struct bilingual OTHER = {
        "重新拟制不能改变文书种类；另一种文书请另行拟制。",
        "A letter drafted anew keeps its kind; draft another one instead."};
    const struct event_kind *k = act->event;
    if (!k->starts || !instance || !k->child->letter_field || !act->fact->data ||
        !s->instances[instance].first)
        return true;
    const char *field = k->child->letter_field;
    if (text_same(fact_text(act->fact, field), fact_text(s->instances[instance].first, field)))
        return true;
    return refuse(j, MAY_GUARD, "letter-keeps-its-kind", k->basis, OTHER,
                  seq_of(s->instances[instance].first));
}

/* What is charged stays within the tariff. Amounts are no part of a model: they move no state. */
static const struct fault *charge_ok(TALLOC_CTX *life, const struct standing *s, const struct act *act,
                                     struct judgement *j)
{
    const struct event_kind *k = act->event;
    struct charge charge;
    if (s->model || !k->charge || !act->fact->data)
        return NULL;
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    const struct fault *f = charge_of(scratch, s->e, k, act->fact->data, act->fact->on, &charge);
    if (f)
        return fault_keep(life, f);
    if (charge_exceeds(&charge, k, act->fact->data))
        refuse(j, MAY_GUARD, k->charge->rule, charge.tariff ? charge.tariff->basis : k->basis,
               (struct bilingual){k->charge->zh, k->charge->en}, -1);
    return NULL;
}

/* Without values the form is still open; a fact that says nothing is not. */
static void clocks_ok(const struct standing *s, const struct act *act, struct judgement *j)
{
    int kind = s->e->inside->clock_kinds[act->event - s->e->events];
    if (!s->model && kind >= 0 &&
        clocks_refuse_kind(s->clocks, s->cal, act->fact, act->day.number, kind, act->values == NULL, &j->why))
        j->ground = MAY_CLOCK;
}

static void judge(TALLOC_CTX *life, struct standing *s, const struct act *act, const struct actor *who,
                  struct judgement *j)
{
    const struct event_kind *k = act->event;
    size_t instance = 0;
    bool begins = false;
    j->ground = MAY_ALLOWED; /* field by field: the list is not read beyond its count */
    j->why = (struct refusal){0};
    j->instance = j->taken_count = 0;
    struct moving mv;
    moving_begin(&mv, s, act);
    mv.lenient = act->values == NULL;
    if ((who && !role_ok(life, s->e, k, who, j)) ||
        !child_ok(life, s, k, act->fact->child, &instance, &begins, j) ||
        !separation_ok(s, k, act->fact->by, instance, j))
        return;
    if (!s->instances[0].machine->running && !k->after_close) {
        refuse_state(life, s, k, 0, true, j);
        return;
    }
    if (!event_guards_ok(s, &mv.situation, k->starts ? 0 : instance, act, j) ||
        !state_ok(life, &mv, instance, j) || !letter_stays(s, act, instance, j) ||
        !standing_correction_ok(s, act, j))
        return;
    clocks_ok(s, act, j);
}

const struct fault *standing_judge(TALLOC_CTX *life, struct standing *s, const struct act *act,
                                   const struct actor *who, struct judgement *j)
{
    if (!s->model)
        TRY(standing_clocks_fresh(s));
    judge(life, s, act, who, j);
    if (j->ground == MAY_ALLOWED)
        TRY(charge_ok(life, s, act, j));
    if (j->ground != MAY_ALLOWED && (!j->why.zh || !j->why.en))
        return fault_memory(); /* a sentence could not be written */
    return NULL;
}

/* ---- taking
 * --------------------------------------------------------------------------------------------------------------------
 */

/* Children that come into being at once: one for each item asked for. */
static const struct fault *make_children(struct moving *mv)
{
    uint32_t makes = mv->s->e->inside->makes[mv->act->event - mv->s->e->events];
    for (size_t k = 0; makes >> k; k++) {
        const struct child_kind *kind = &mv->s->e->children[k];
        if (mv->s->model && mv->s->model->left_out >> k & 1)
            continue;
        if (!(makes >> k & 1))
            continue;
        const struct event_field *f = event_field(mv->act->event, kind->made_field);
        int32_t wanted = mv->act->values[f - mv->act->event->fields].number;
        for (int32_t n = 1; n <= wanted && n <= MOST_CHILDREN; n++) {
            char id[32];
            snprintf(id, sizeof id, "%s%d", kind->prefix, (int)n);
            if (standing_find(mv->s, id))
                continue;
            TRY(standing_add(mv->s, kind, id));
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

const struct fault *standing_accept(struct standing *s, const struct fact *fact)
{
    STANDING_ROOM(s, told, accepted_count, told_room);
    s->told[s->accepted_count++] = fact;
    return NULL;
}

static const struct fault *take_child(struct moving *mv)
{
    struct standing *s = mv->s;
    const struct event_kind *k = mv->act->event;
    const struct fact *fact = mv->act->fact;
    size_t instance = k->child ? standing_find(s, fact->child) : 0;
    if (!k->child || (s->model && s->model->left_out >> k->child->index & 1))
        return NULL;
    if (instance)
        return send_to(mv, instance);
    mv->judged = NULL;
    TRY(standing_add(s, k->child, fact->child));
    instance = s->count - 1;
    look_again(mv);
    mv->instance = instance;
    mv->remembered = false;
    remember(mv);
    TRY(instance_start(mv, instance));
    struct instance *in = &s->instances[instance];
    in->first = in->last = in->entered = fact;
    return NULL;
}

const struct fault *standing_take(struct standing *s, const struct act *act, const struct judgement *j)
{
    struct moving mv;
    moving_begin(&mv, s, act);
    mv.judged = j;
    TRY(take_child(&mv));
    TRY(send_to(&mv, 0));
    TRY(make_children(&mv));
    if (!s->model) {
        discharge(s, act->event, act->fact);
        TRY(standing_accept(s, act->fact));
    }
    TRY(clocks_follow(s, act));
    if (act->event->deed == EVENT_DEED_CORRECT)
        s->corrected = true;
    look_again(&mv);
    if (s->model)
        s->model->moves(s->model, s, act);
    return settle_all(&mv);
}

const struct fault *standing_settle(struct standing *s, const struct act *act)
{
    struct moving mv;
    moving_begin(&mv, s, act);
    return settle_all(&mv);
}

const struct fault *standing_new(TALLOC_CTX *life, const struct edition *e, const struct calendar *c,
                                 struct model *model, struct standing **out)
{
    struct standing *s = standing_blank(life, FIRST_PIECE);
    TRY_MEMORY(s);
    s->e = e;
    s->cal = c;
    s->model = model;
    if (!model)
        TRY_MEMORY(s->clocks = clocks_new(&s->arena, e->clocks));
    TRY(standing_add(s, NULL, NULL));
    struct act nothing = {0};
    struct moving mv;
    moving_begin(&mv, s, &nothing);
    TRY(instance_start(&mv, 0));
    *out = s;
    return NULL;
}
