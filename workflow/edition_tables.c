/* edition_tables.c - what would be looked up again for each fact is looked up once, when an edition has been
 * read: events by name, fields that matter, names of events as numbers, labels and duties of states. */
#include <string.h>
#include "edition_inside.h"
#include "machine.h"

/* ---- events */

int edition_event_number(const struct edition *e, const char *name)
{
    const struct edition_inside *in = e->inside;
    if (!in->event_slots) { /* the edition is still being read */
        for (size_t i = 0; i < e->event_count; i++)
            if (strcmp(e->events[i].name, name) == 0)
                return (int)i;
        return -1;
    }
    for (size_t at = name_hash(name);; at++) {
        int number = in->event_slots[at & (in->event_slot_count - 1)] - 1;
        if (number < 0 || strcmp(e->events[number].name, name) == 0)
            return number;
    }
}

static const struct fault *event_slots(struct edition *e, struct edition_inside *in)
{
    size_t room = 16;
    while (room < 4 * e->event_count)
        room *= 2;
    uint16_t *slots = talloc_zero_array(e, uint16_t, room);
    TRY_MEMORY(slots);
    for (size_t i = 0; i < e->event_count; i++) {
        size_t at = name_hash(e->events[i].name) & (room - 1);
        while (slots[at])
            at = (at + 1) & (room - 1);
        slots[at] = (uint16_t)(i + 1);
    }
    in->event_slot_count = room;
    in->event_slots = slots;
    return NULL;
}

static uint64_t field_bit(const struct event_kind *k, const char *name)
{
    const struct event_field *f = name ? event_field(k, name) : NULL;
    return f ? UINT64_C(1) << (f - k->fields) : 0;
}

static const struct fault *field_keys(const struct edition *e, const struct event_kind *k, uint64_t needed,
                                      struct field_keys *out)
{
    struct field_key *list = talloc_array(e, struct field_key, (size_t)__builtin_popcountll(needed) + 1);
    TRY_MEMORY(list);
    out->list = list;
    for (size_t i = 0; i < k->field_count; i++)
        if (needed >> i & 1)
            list[out->count++] =
                (struct field_key){.head = name_head(k->fields[i].name),
                                   .rest = strlen(k->fields[i].name) >= 8 ? k->fields[i].name + 8 : NULL,
                                   .field = (uint8_t)i,
                                   .kind = (uint8_t)k->fields[i].kind};
    return NULL;
}

#define GUARDS_WORTH 4 /* fewer guards are asked one by one */

/* The field whose code most guards ask for first; -1: not enough of them. */
static int guards_field(const struct event_kind *k)
{
    size_t votes[64] = {0};
    int field = -1;
    for (size_t i = 0; i < k->refuse_count; i++) {
        int at = condition_first_code(k->refuses[i].when);
        if (at >= 0 && ++votes[at] >= GUARDS_WORTH && (field < 0 || votes[at] > votes[field]))
            field = at;
    }
    return k->refuse_count <= 64 ? field : -1;
}

static const struct fault *guard_table(const struct edition *e, const struct code_table *codes,
                                       const struct event_kind *k, struct guard_table *out)
{
    out->field = guards_field(k);
    if (out->field < 0)
        return NULL;
    uint64_t *asked = talloc_array(e, uint64_t, codes->room + 1);
    TRY_MEMORY(asked);
    for (size_t number = 0; number <= codes->room; number++) {
        asked[number] = ~UINT64_C(0) >> (64 - k->refuse_count);
        for (size_t i = 0; number && i < k->refuse_count; i++) {
            const struct event_refuse *r = &k->refuses[i];
            enum verdict passes = r->negated ? VERDICT_YES : VERDICT_NO;
            if (condition_first_code(r->when) == out->field &&
                condition_by_code(r->when, (int32_t)number) == passes)
                asked[number] &= ~(UINT64_C(1) << i);
        }
    }
    out->asked = asked;
    return NULL;
}

static const struct fault *event_facts(struct edition *e, struct edition_inside *in)
{
    uint64_t *needed = talloc_zero_array(e, uint64_t, e->event_count + 1);
    struct field_keys *keys = talloc_zero_array(e, struct field_keys, e->event_count + 1);
    int16_t *kinds = talloc_array(e, int16_t, e->event_count + 1);
    uint32_t *makes = talloc_zero_array(e, uint32_t, e->event_count + 1);
    TRY_MEMORY(needed);
    struct guard_table *guards = talloc_zero_array(e, struct guard_table, e->event_count + 1);
    TRY_MEMORY(keys);
    TRY_MEMORY(guards);
    TRY_MEMORY(kinds);
    TRY_MEMORY(makes);
    for (size_t i = 0; i < e->event_count; i++) {
        const struct event_kind *k = &e->events[i];
        needed[i] = in->vocabulary.fields_read[i];
        kinds[i] = (int16_t)clock_rules_kind_index(e->clocks, k->name);
        for (size_t c = 0; c < e->child_count; c++)
            if (e->children[c].made_event && strcmp(e->children[c].made_event, k->name) == 0) {
                needed[i] |= field_bit(k, e->children[c].made_field);
                makes[i] |= UINT32_C(1) << c;
            }
    }
    for (size_t scope = 0; scope <= e->child_count; scope++)
        for (size_t m = 0; m < in->memos[scope].count; m++)
            if (in->memos[scope].list[m].kind == MEMO_FIELD)
                needed[in->memos[scope].list[m].event] |= UINT64_C(1) << in->memos[scope].list[m].field;
    for (size_t i = 0; i < e->event_count; i++) {
        TRY(field_keys(e, &e->events[i], needed[i], &keys[i]));
        TRY(guard_table(e, in->vocabulary.codes, &e->events[i], &guards[i]));
    }
    in->guards = guards;
    in->makes = makes;
    in->fields_needed = keys;
    in->clock_kinds = kinds;
    return NULL;
}

/* ---- states */

/* The label of a state, or of the nearest state around it that has one. */
const struct bilingual *chart_label(const struct chart *c, int state)
{
    for (; state > 0; state = c->states[state].parent)
        if (c->states[state].law && c->states[state].law->label.zh)
            return &c->states[state].law->label;
    return NULL;
}

static void set_bit(uint64_t *set, int bit)
{
    set[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static bool has_role(const struct event_kind *k, const char *role)
{
    for (size_t i = 0; i < k->role_count; i++)
        if (strcmp(k->roles[i], role) == 0)
            return true;
    return false;
}

/* A state with law:duty: the events that lead on from it are what those roles must do. */
static const struct fault *state_duties(const struct edition *e, const struct chart *chart,
                                        const struct chart_state *state, struct state_duty **out,
                                        size_t *count)
{
    size_t most = (size_t)state->transition_count * state->law->duty_count;
    *out = talloc_array(chart, struct state_duty, most + 1);
    TRY_MEMORY(*out);
    *count = 0;
    for (int t = 0; t < state->transition_count; t++) {
        const struct chart_transition *tr = &chart->transitions[state->first_transition + t];
        const struct event_kind *k = tr->event_count == 1 ? edition_event(e, tr->events[0]) : NULL;
        for (size_t d = 0; k && d < state->law->duty_count; d++)
            if (has_role(k, state->law->duty[d]))
                (*out)[(*count)++] = (struct state_duty){.role = state->law->duty[d], .event = k};
    }
    return NULL;
}

static const struct fault *look_at(const struct edition *e, struct chart *chart, struct sight *s)
{
    size_t states = (size_t)chart->state_count, words = (size_t)chart->words;
    struct place *places = talloc_zero_array(chart, struct place, states);
    struct state_duty **duties = talloc_zero_array(chart, struct state_duty *, states);
    size_t *counts = talloc_zero_array(chart, size_t, states);
    s->labelled = talloc_zero_array(chart, uint64_t, words);
    s->shown = talloc_zero_array(chart, uint64_t, words);
    s->dutiful = talloc_zero_array(chart, uint64_t, words);
    if (!places || !duties || !counts || !s->labelled || !s->shown || !s->dutiful)
        return fault_memory();
    for (int i = 1; i < chart->state_count; i++) {
        const struct chart_state *state = &chart->states[i];
        const struct bilingual *label = chart_label(chart, i);
        places[i] = (struct place){.id = state->id,
                                   .label = label ? *label : (struct bilingual){state->id, state->id}};
        if (!state->law)
            continue;
        if (state->law->label.zh && (state->kind == CHART_ATOMIC || state->kind == CHART_FINAL))
            set_bit(s->labelled, i);
        if (state->law->shown)
            set_bit(s->shown, i);
        TRY(state_duties(e, chart, state, &duties[i], &counts[i]));
        if (counts[i])
            set_bit(s->dutiful, i);
    }
    s->places = places;
    s->duties = (const struct state_duty *const *)duties;
    s->duty_counts = counts;
    return NULL;
}

static const struct fault *watch(const struct edition *e, const struct chart *chart, struct watch *w)
{
    w->states = talloc_zero_array(chart, uint64_t, (size_t)e->chart->words);
    TRY_MEMORY(w->states);
    for (int i = 0; i < chart->transition_count; i++) {
        const struct condition *c = chart->transitions[i].events ? NULL : chart->transitions[i].condition;
        if (!c)
            continue;
        w->kinds |= c->kinds;
        w->time = w->time || c->reads_clocks || c->reads_day;
        for (size_t m = 0; m < c->memo_count; m++)
            w->memos = w->memos || c->memos[m].scope == CONDITION_DOSSIER;
        for (int word = 0; c->states && word < e->chart->words; word++)
            w->states[word] |= c->states[word];
    }
    return NULL;
}

static const struct fault *watchers(struct edition *e, struct edition_inside *in)
{
    uint32_t *kinds = talloc_zero_array(e, uint32_t, e->child_count + 1);
    uint64_t *states = talloc_zero_array(e, uint64_t, (size_t)e->chart->words);
    TRY_MEMORY(kinds);
    TRY_MEMORY(states);
    for (size_t scope = 0; scope <= e->child_count; scope++) {
        const struct watch *w = &in->watches[scope];
        for (size_t k = 0; k < e->child_count; k++)
            kinds[k] |= (w->kinds >> k & 1) << scope;
        in->memo_watchers |= (uint32_t)w->memos << scope;
        in->time_watchers |= (uint32_t)w->time << scope;
        for (int word = 0; scope && word < e->chart->words; word++)
            states[word] |= w->states[word];
    }
    in->kind_watchers = kinds;
    in->watched_states = states;
    return NULL;
}

/* ---- the whole */

const struct fault *edition_tables(struct edition *e, struct edition_inside *in, struct chart *chart,
                                   struct chart *const *child_charts)
{
    const char **names = talloc_array(e, const char *, e->event_count + 1);
    struct sight *sights = talloc_zero_array(e, struct sight, e->child_count + 1);
    TRY_MEMORY(names);
    struct watch *watches = talloc_zero_array(e, struct watch, e->child_count + 1);
    TRY_MEMORY(sights);
    TRY_MEMORY(watches);
    for (size_t i = 0; i < e->event_count; i++)
        names[i] = e->events[i].name;
    for (size_t scope = 0; scope <= e->child_count; scope++) {
        struct chart *c = scope ? child_charts[scope - 1] : chart;
        TRY(chart_learn(c, names, (int)e->event_count));
        TRY(look_at(e, c, &sights[scope]));
        TRY(watch(e, c, &watches[scope]));
    }
    in->sights = sights;
    in->watches = watches;
    TRY(watchers(e, in));
    TRY(event_facts(e, in));
    return event_slots(e, in);
}
