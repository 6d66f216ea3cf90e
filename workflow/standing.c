/* standing.c - what stands, laid out once for its readers. */
#include <stdlib.h>
#include <string.h>
#include "standing_inside.h"
#include "text.h"

/* ---- laying out for readers */

static const struct fault *lay_places(struct standing *s, size_t at)
{
    const struct instance *in = &s->instances[at];
    size_t n = 0, own = 0;
    for (int i = 1; i < in->chart->state_count; i++) {
        n += instance_atomic_in(in, i);
        own += instance_atomic_in(in, i) && instance_labelled(in, i);
    }
    s->places[at] = talloc_array(s->places, struct place, n + 1);
    TRY_MEMORY(s->places[at]);
    for (int i = 1; i < in->chart->state_count; i++) {
        if (!instance_atomic_in(in, i) || (own && !instance_labelled(in, i)))
            continue; /* a region that has nothing to tell */
        const struct bilingual *label = chart_label(in->chart, i);
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

const struct fault *standing_lay_out(struct standing *s)
{
    TRY(standing_clocks_fresh(s));
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

/* ---- what stands
 * ---------------------------------------------------------------------------------------------------------------------
 */

static bool instance_of(const struct standing *s, const char *child, size_t *out)
{
    *out = standing_find(s, child);
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
