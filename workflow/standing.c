/* standing.c - what stands, laid out once for its readers. */
#include <string.h>
#include "standing_inside.h"
#include "text.h"

/* ---- laying out for readers */

static const struct sight *sight_of(const struct standing *s, const struct instance *in)
{
    return &s->e->inside->sights[edition_scope_of(in->kind)];
}

/* The next active state after `from` among those of `which`; -1: none. */
static int next_active(const struct instance *in, const uint64_t *which, int from)
{
    int state = from + 1;
    for (int w = state / 64; w < in->chart->words; w++, state = w * 64) {
        uint64_t bits = in->machine->sets[w] & which[w] & (~UINT64_C(0) << (state % 64));
        if (bits)
            return w * 64 + __builtin_ctzll(bits);
    }
    return -1;
}

static size_t count_active(const struct instance *in, const uint64_t *which)
{
    size_t n = 0;
    for (int w = 0; w < in->chart->words; w++)
        n += (size_t)__builtin_popcountll(in->machine->sets[w] & which[w]);
    return n;
}

/* Regions that have nothing to tell are left out, unless none has. */
static const struct fault *lay_places(struct standing *s)
{
    size_t most = 0;
    s->places = arena_take(&s->arena, s->count * sizeof *s->places);
    s->place_count = arena_take(&s->arena, s->count * sizeof *s->place_count);
    TRY_MEMORY(s->places);
    TRY_MEMORY(s->place_count);
    for (size_t i = 0; i < s->count; i++)
        most += count_active(&s->instances[i], s->instances[i].chart->atomic);
    struct place *next = arena_take(&s->arena, most * sizeof *next);
    TRY_MEMORY(next);
    for (size_t i = 0; i < s->count; i++) {
        const struct instance *in = &s->instances[i];
        const struct sight *sight = sight_of(s, in);
        const uint64_t *which = count_active(in, sight->labelled) ? sight->labelled : in->chart->atomic;
        s->places[i] = next;
        for (int at = next_active(in, which, 0); at >= 0; at = next_active(in, which, at))
            *next++ = sight->places[at];
        s->place_count[i] = (size_t)(next - s->places[i]);
    }
    return NULL;
}

static const struct place *shown_of(const struct standing *s)
{
    const struct instance *in = &s->instances[0];
    const uint64_t *which = sight_of(s, in)->shown;
    const struct place *shown = NULL;
    for (int at = next_active(in, which, 0); at >= 0; at = next_active(in, which, at))
        shown = in->chart->states[at].law->shown; /* document order: the deepest comes last */
    return shown ? shown : standing_place(s, NULL);
}

static const struct fault *lay_children(struct standing *s)
{
    const struct instance **order = arena_take(&s->arena, s->count * sizeof *order);
    s->children = arena_take(&s->arena, s->count * sizeof *s->children);
    TRY_MEMORY(order);
    TRY_MEMORY(s->children);
    for (size_t i = 1; i < s->count; i++) { /* nearly sorted: children come in turn */
        size_t at = i - 1;
        for (; at > 0 && order[at - 1]->rank > s->instances[i].rank; at--)
            order[at] = order[at - 1];
        order[at] = &s->instances[i];
    }
    for (size_t i = 0; i + 1 < s->count; i++) {
        const struct instance *in = order[i];
        bool letter = in->kind->letter_field && in->first;
        s->children[i] = (struct standing_child){
            .id = in->id,
            .kind = in->kind,
            .first = in->first,
            .last = in->last,
            .closed = !in->machine->running,
            .template_code = letter ? fact_text(in->first, in->kind->letter_field) : NULL};
    }
    return NULL;
}

static const struct fault *add_duty(struct standing *s, struct duty duty)
{
    for (size_t i = 0; i < s->duty_count; i++)
        if (s->duties[i].event == duty.event && s->duties[i].role == duty.role &&
            s->duties[i].child == duty.child && s->duties[i].letter == duty.letter && !duty.letter)
            return NULL;
    STANDING_ROOM(s, duties, duty_count, duty_room);
    s->duties[s->duty_count++] = duty;
    return NULL;
}

static const struct fault *lay_duties(struct standing *s)
{
    const struct event_kind *draft = s->owed_count ? edition_event_that(s->e, EVENT_DEED_DRAFT) : NULL;
    for (size_t i = 0; i < s->owed_count && draft; i++) {
        const struct letter_kind *l = s->owed[i].letter;
        TRY(add_duty(s, (struct duty){.role = l->by_rule ? "clock" : draft->roles[0],
                                      .event = draft,
                                      .letter = l,
                                      .label = l->label}));
    }
    bool closed = !s->instances[0].machine->running;
    for (size_t i = 0; i < s->count; i++) {
        const struct instance *in = &s->instances[i];
        const struct sight *sight = sight_of(s, in);
        for (int at = next_active(in, sight->dutiful, 0); at >= 0; at = next_active(in, sight->dutiful, at))
            for (size_t d = 0; d < sight->duty_counts[at]; d++) {
                const struct state_duty *duty = &sight->duties[at][d];
                if (closed && !duty->event->after_close)
                    continue;
                TRY(add_duty(s, (struct duty){.role = duty->role,
                                              .child = in->id,
                                              .event = duty->event,
                                              .label = duty->event->label}));
            }
    }
    return NULL;
}

const struct fault *standing_lay_out(struct standing *s)
{
    TRY(standing_clocks_fresh(s));
    TRY(lay_places(s));
    TRY(lay_children(s));
    TRY(lay_duties(s));
    s->shown = shown_of(s);
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

const char *standing_outcome(const struct standing *s)
{
    const struct instance *in = &s->instances[0];
    for (int i = 1; i < in->chart->state_count; i++)
        if (machine_in(in->machine, i) && in->chart->states[i].law && in->chart->states[i].law->outcome)
            return in->chart->states[i].law->outcome->code;
    return NULL;
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
