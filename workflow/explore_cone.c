/* explore_cone.c - what a slice has to look at: regions that can be left out, memos that are read, events
 * that matter, codes that rules tell apart. */
#include "explore_inside.h"

struct parts parts_minus(const struct parts *of, const struct parts *without)
{
    return (struct parts){.facts = {of->facts[0] & ~without->facts[0], of->facts[1] & ~without->facts[1]},
                          .persons = of->persons && !without->persons,
                          .regions = of->regions & ~without->regions,
                          .stops = of->stops & ~without->stops & ~without->holds & ~without->clocks,
                          .holds = of->holds & ~without->holds & ~without->clocks,
                          .clocks = of->clocks & ~without->clocks,
                          .kinds = of->kinds & ~without->kinds};
}

struct parts parts_both(const struct parts *a, const struct parts *b)
{
    return (struct parts){.facts = {a->facts[0] & b->facts[0], a->facts[1] & b->facts[1]},
                          .persons = a->persons && b->persons,
                          .regions = a->regions & b->regions,
                          .stops = (a->stops | a->holds | a->clocks) & b->stops,
                          .holds = (a->holds | a->clocks) & b->holds,
                          .clocks = a->clocks & b->clocks,
                          .kinds = a->kinds & b->kinds};
}

static unsigned bits(uint64_t set)
{
    return (unsigned)__builtin_popcountll(set);
}

unsigned parts_cost(const struct parts *p)
{
    return bits(p->facts[0]) + bits(p->facts[1]) + 2 * p->persons + 3 * bits(p->regions) + bits(p->stops) +
           3 * bits(p->holds) + 8 * bits(p->clocks) + 8 * bits(p->kinds);
}

bool parts_none(const struct parts *p)
{
    return !p->facts[0] && !p->facts[1] && !p->persons && !p->regions && !p->stops && !p->holds &&
           !p->clocks && !p->kinds;
}

bool parts_same(const struct parts *a, const struct parts *b)
{
    return a->facts[0] == b->facts[0] && a->facts[1] == b->facts[1] && a->persons == b->persons &&
           a->regions == b->regions && a->stops == b->stops && a->holds == b->holds &&
           a->clocks == b->clocks && a->kinds == b->kinds;
}

static uint64_t first_bits(size_t n)
{
    return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

struct parts parts_all(const struct edition *e)
{
    size_t clocks = clock_rules_count(e->clocks), memos = edition_memo_number(e, e->child_count + 1, 0);
    return (struct parts){.facts = {first_bits(memos), first_bits(memos > 64 ? memos - 64 : 0)},
                          .persons = true,
                          .regions = UINT32_MAX,
                          .clocks = first_bits(clocks < SEEN_BIT ? clocks : SEEN_BIT) | UINT64_C(1)
                                                                                            << SEEN_BIT,
                          .kinds = (uint32_t)first_bits(e->child_count)};
}

/* ---- regions that can be left out
 * ---------------------------------------------------------------------------------------- */

static bool inside(const struct chart *c, int state, int region)
{
    return state == region || chart_descends(c, state, region);
}

/* Does any event of the edition make both of them possible? */
static bool same_event(const struct exploration *x, const struct chart_transition *a,
                       const struct chart_transition *b)
{
    for (size_t i = 0; i < x->e->event_count; i++) {
        bool first = false, second = false;
        for (size_t k = 0; k < a->event_count; k++)
            first |= machine_descriptor_matches(a->events[k], x->e->events[i].name);
        for (size_t k = 0; k < b->event_count; k++)
            second |= machine_descriptor_matches(b->events[k], x->e->events[i].name);
        if (first && second)
            return true;
    }
    return false;
}

static bool leads_out(const struct chart *c, const struct chart_transition *t, int of)
{
    for (size_t i = 0; i < t->target_count; i++)
        if (!chart_descends(c, t->targets[i], of))
            return true;
    return false;
}

/* Transitions of a region that stays within itself and raises nothing take nothing away from those that
 * leave its parallel: then what it does is of interest only to who asks where it is. */
static bool stands_alone(const struct exploration *x, int region)
{
    const struct chart *c = x->e->chart;
    int around = c->states[region].parent;
    for (int s = region; s <= c->states[region].last; s++)
        if (c->states[s].kind == CHART_FINAL || c->states[s].entry || c->states[s].exit)
            return false;
    for (int i = 0; i < c->transition_count; i++) {
        const struct chart_transition *t = &c->transitions[i];
        bool own = inside(c, t->source, region);
        if (own && t->actions)
            return false;
        for (size_t k = 0; k < t->target_count; k++)
            if (inside(c, t->targets[k], region) != own)
                return false;
        for (int n = 0; own && n < c->transition_count; n++) {
            const struct chart_transition *u = &c->transitions[n];
            bool leaves =
                u->target_count && (inside(c, around, u->source) ||
                                    (chart_descends(c, u->source, around) && leads_out(c, u, around)));
            if (leaves && !inside(c, u->source, region) && same_event(x, t, u))
                return false;
        }
    }
    return true;
}

static const struct fault *find_regions(struct exploration *x)
{
    const struct chart *c = x->e->chart;
    int regions = 0;
    x->region_of = talloc_array(x, int8_t, c->state_count);
    TRY_MEMORY(x->region_of);
    memset(x->region_of, -1, (size_t)c->state_count);
    for (int s = 1; s < c->state_count && regions < EXPLORE_REGIONS; s++) {
        int parent = c->states[s].parent;
        if (parent <= 0 || c->states[parent].kind != CHART_PARALLEL || x->region_of[parent] >= 0 ||
            c->states[s].history >= 0 || !stands_alone(x, s))
            continue;
        for (int in = s; in <= c->states[s].last; in++) {
            x->region_of[in] = (int8_t)regions;
            if (!(x->slice.keep.regions >> regions & 1))
                x->hidden[in / 64] |= UINT64_C(1) << (in % 64);
        }
        regions++;
    }
    return NULL;
}

static bool is_hidden(const struct exploration *x, const struct chart *c, int state)
{
    return c == x->e->chart && (x->hidden[state / 64] >> (state % 64) & 1);
}

/* ---- what is worth remembering
 * -------------------------------------------------------------------------------------------------- */

/* A condition of the slice: its memos are kept; its codes are told apart. */
static const struct fault *read_by(struct exploration *x, const struct condition *c)
{
    if (!c)
        return NULL;
    for (size_t i = 0; i < c->memo_count; i++)
        x->live[c->memos[i].scope][c->memos[i].index] = true;
    x->reads = talloc_realloc(x, x->reads, const struct condition *, x->read_count + 1);
    TRY_MEMORY(x->reads);
    x->reads[x->read_count++] = c;
    return NULL;
}

static const struct fault *read_by_guards(struct exploration *x, const struct event_refuse *refuses,
                                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        TRY(read_by(x, refuses[i].when));
    return NULL;
}

static const struct fault *read_by_chart(struct exploration *x, const struct chart *c)
{
    for (int i = 0; i < c->transition_count; i++) {
        const struct chart_transition *t = &c->transitions[i];
        if (is_hidden(x, c, t->source))
            continue;
        TRY(read_by(x, t->condition));
        if (t->law)
            TRY(read_by_guards(x, t->law->refuses, t->law->refuse_count));
    }
    for (int i = 0; i < c->branch_count; i++)
        TRY(read_by(x, c->branches[i]->condition));
    return NULL;
}

static const struct fault *read_by_event(struct exploration *x, const struct event_kind *k)
{
    for (size_t i = 0; i < k->separation_count; i++) {
        const struct event_kind *other = edition_event(x->e, k->separations[i].event);
        x->live[edition_scope_of(other->child == k->child ? k->child : NULL)][k->separations[i].memo] = true;
    }
    return read_by_guards(x, k->refuses, k->refuse_count);
}

/* ---- which events are tried
 * ---------------------------------------------------------------------------------------------------- */

/* Does a chart await this event to do something, or a memo of its scope that is kept note it? */
static bool hears(const struct exploration *x, const struct child_kind *kind, size_t event)
{
    const struct chart *c = edition_chart_of(x->e, kind);
    size_t scope = edition_scope_of(kind);
    const struct memo_list *memos = &x->e->inside->memos[scope];
    for (size_t i = 0; i < memos->count; i++)
        if (memos->list[i].event == (int)event && x->live[scope][i] && keeps_memo(x, scope, i))
            return true;
    for (int i = 0; i < c->transition_count; i++) {
        const struct chart_transition *t = &c->transitions[i];
        for (size_t k = 0; k < t->event_count && !is_hidden(x, c, t->source); k++)
            if ((t->target_count || t->actions) &&
                machine_descriptor_matches(t->events[k], x->e->events[event].name))
                return true;
    }
    return false;
}

static bool clocks_hear(const struct exploration *x, const struct event_kind *k)
{
    int kind = clock_rules_kind_index(x->rules, k->name);
    if (kind < 0)
        return false;
    for (size_t i = 0; i < x->rules->kinds[kind].effect_count; i++)
        if (ticking_kept(x, x->rules->kinds[kind].effects[i].clock))
            return true;
    return bit64(x->slice.keep.clocks, SEEN_BIT) && x->seen_bit[kind] >= 0;
}

static bool duty_in_chart(const struct chart *c, const char *event)
{
    for (int i = 0; i < c->transition_count; i++) {
        const struct chart_transition *t = &c->transitions[i];
        const struct state_law *law = c->states[t->source].law;
        for (size_t k = 0; law && law->duty_count && k < t->event_count; k++)
            if (machine_descriptor_matches(t->events[k], event))
                return true;
    }
    return false;
}

/* An event that can change nothing is not tried; the rules of those that can are read, which may bring in
 * more. */
static const struct fault *choose_acts(struct exploration *x, bool *more)
{
    *more = false;
    for (size_t i = 0; i < x->e->event_count; i++) {
        const struct event_kind *k = &x->e->events[i];
        bool in = k->child && keeps_kind(x, k->child);
        bool wanted = hears(x, NULL, i) || clocks_hear(x, k) || k == x->slice.at ||
                      (in && (k->starts || hears(x, k->child, i)));
        if (x->slice.duties)
            wanted = wanted || duty_in_chart(x->e->chart, k->name) ||
                     (in && duty_in_chart(k->child->chart, k->name));
        if (x->acts[i] || !wanted)
            continue;
        x->acts[i] = *more = true;
        if (in || !k->child || k->starts)
            TRY(read_by_event(x, k));
    }
    return NULL;
}

static const struct fault *choose_memos(struct exploration *x)
{
    const struct edition *e = x->e;
    x->acts = talloc_zero_array(x, bool, e->event_count + 1);
    TRY_MEMORY(x->acts);
    for (size_t scope = 0; scope <= e->child_count; scope++) {
        x->live[scope] = talloc_zero_array(x, bool, e->inside->memos[scope].count + 1);
        TRY_MEMORY(x->live[scope]);
    }
    TRY(read_by_chart(x, e->chart));
    for (size_t k = 0; k < e->child_count; k++)
        if (keeps_kind(x, &e->children[k]))
            TRY(read_by_chart(x, e->children[k].chart));
    for (size_t i = 0; i < 2; i++)
        TRY(read_by(x, x->slice.reads[i]));
    for (bool more = true; more;)
        TRY(choose_acts(x, &more));
    return NULL;
}

/* ---- codes that are told apart
 * ------------------------------------------------------------------------------------------------- */

/* One comparison of a field: the choices it is true of. */
struct telling {
    const struct event_field *field;
    bool matters, later;
    const char *const *words; /* NULL: every choice by itself */
    size_t count;
};

static bool word_of(const struct telling *t, const char *value)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->words[i], value) == 0)
            return true;
    return false;
}

struct tellings {
    struct exploration *x;
    struct telling *list;
    size_t count;
};

static const struct fault *tell(struct tellings *all, struct telling t)
{
    all->list = talloc_realloc(all->x, all->list, struct telling, all->count + 1);
    TRY_MEMORY(all->list);
    all->list[all->count++] = t;
    return NULL;
}

/* `matters`: what it says of the form decides more than whether the act is allowed. */
static const struct fault *told_by(struct tellings *all, const struct condition *c, bool matters)
{
    for (size_t i = 0, next; c && i < c->code_count; i = next) {
        const struct code_read *first = &c->codes[i];
        struct telling t = {
            .field = first->field, .later = first->remembered, .matters = matters || first->remembered};
        const char **words = NULL;
        next = i + 1;
        if (first->literal) {
            for (; next < c->code_count && c->codes[next].comparison == first->comparison &&
                   c->codes[next].field == first->field && c->codes[next].literal;)
                next++;
            words = talloc_array(all->x, const char *, next - i);
            TRY_MEMORY(words);
            for (; t.count < next - i; t.count++)
                words[t.count] = c->codes[i + t.count].literal;
        }
        t.words = words;
        TRY(tell(all, t));
    }
    return NULL;
}

static const struct fault *told_by_guards(struct tellings *all, const struct event_refuse *list, size_t n,
                                          bool matters)
{
    for (size_t i = 0; i < n; i++)
        TRY(told_by(all, list[i].when, matters));
    return NULL;
}

static const struct fault *told_by_chart(struct tellings *all, const struct chart *c)
{
    for (int i = 0; i < c->transition_count; i++) {
        const struct chart_transition *t = &c->transitions[i];
        if (is_hidden(all->x, c, t->source))
            continue;
        TRY(told_by(all, t->condition, true));
        if (t->law)
            TRY(told_by_guards(all, t->law->refuses, t->law->refuse_count, true));
    }
    for (int i = 0; i < c->branch_count; i++)
        TRY(told_by(all, c->branches[i]->condition, true));
    return NULL;
}

static const struct fault *told_by_clocks(struct tellings *all)
{
    const struct exploration *x = all->x;
    for (size_t k = 0; k < x->rules->kind_count; k++) {
        const struct event_kind *event = edition_event(x->e, x->rules->kinds[k].name);
        for (size_t i = 0; event && i < x->rules->kinds[k].effect_count; i++) {
            const struct effect *e = &x->rules->kinds[k].effects[i];
            const struct event_field *field =
                e->is && ticking_kept(x, e->clock) ? event_field(event, e->field) : NULL;
            if (field)
                TRY(tell(all, (struct telling){
                                  .field = field, .matters = true, .words = e->is, .count = e->is_count}));
        }
    }
    return NULL;
}

enum telling_for { TOLD_NOW, TOLD_MATTERS, TOLD_LATER };

static bool told_apart(const struct tellings *all, const struct event_field *field, const char *a,
                       const char *b, enum telling_for what)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct telling *t = &all->list[i];
        bool counts = what == TOLD_NOW || (what == TOLD_MATTERS ? t->matters : t->later);
        if (t->field == field && counts && (!t->words || word_of(t, a) != word_of(t, b)))
            return true;
    }
    return false;
}

/* Which choice stands for each. */
static const struct fault *class_choices(struct exploration *x, const struct tellings *all,
                                         const struct event_field *field, enum telling_for what,
                                         uint8_t **out)
{
    size_t n = field->choice_count < 255 ? field->choice_count : 255;
    uint8_t *first = *out = talloc_zero_array(x, uint8_t, n + 1);
    TRY_MEMORY(first);
    for (size_t i = 0; i < n; i++)
        while (first[i] < i &&
               told_apart(all, field, field->choices[i].value, field->choices[first[i]].value, what))
            first[i]++;
    return NULL;
}

/* Does what the field says decide more than whether the act is allowed? What is remembered of it, where a
 * transition leads, what a clock does, and what the invariant asks. Guards of a transition are looked at
 * after what is left out was asked for, so they count too: then all that guards alone decide is decided
 * first. */
static bool chart_reads_field(const struct exploration *x, const struct chart *c, const struct event_kind *k,
                              int field)
{
    for (int i = 0; i < c->transition_count; i++) {
        const struct chart_transition *t = &c->transitions[i];
        bool heard = false, reads = t->condition && condition_reads_field(t->condition, field);
        for (size_t g = 0; t->law && g < t->law->refuse_count; g++)
            reads = reads || condition_reads_field(t->law->refuses[g].when, field);
        for (size_t n = 0; n < t->event_count && reads && !heard; n++)
            heard = machine_descriptor_matches(t->events[n], k->name);
        if (heard && !is_hidden(x, c, t->source))
            return true;
    }
    return false;
}

static bool is_remembered(const struct exploration *x, const struct event_kind *k, int field)
{
    for (size_t scope = 0; scope <= x->e->child_count; scope++) {
        const struct memo_list *memos = &x->e->inside->memos[scope];
        for (size_t i = 0; i < memos->count; i++)
            if (memos->list[i].kind == MEMO_FIELD && memos->list[i].event == (int)(k - x->e->events) &&
                memos->list[i].field == field && x->live[scope][i] && keeps_memo(x, scope, i))
                return true;
    }
    return false;
}

static bool moves_clocks(const struct exploration *x, const struct event_kind *k, int field)
{
    int kind = clock_rules_kind_index(x->rules, k->name);
    const struct rule_kind *rule = kind < 0 ? NULL : &x->rules->kinds[kind];
    if (rule && rule->short_as >= 0 && rule->short_field &&
        strcmp(rule->short_field, k->fields[field].name) == 0)
        return true;
    for (size_t i = 0; rule && i < rule->effect_count; i++)
        if (rule->effects[i].is && ticking_kept(x, rule->effects[i].clock) &&
            strcmp(rule->effects[i].field, k->fields[field].name) == 0)
            return true;
    return false;
}

static bool field_matters(const struct exploration *x, const struct event_kind *k, int field)
{
    bool out = is_remembered(x, k, field) || moves_clocks(x, k, field) ||
               chart_reads_field(x, x->e->chart, k, field);
    for (size_t i = 0; i < x->e->child_count && !out; i++)
        out = keeps_kind(x, &x->e->children[i]) && chart_reads_field(x, x->e->children[i].chart, k, field);
    for (size_t i = 0; i < 2 && !out && k == x->slice.at; i++)
        out = x->slice.reads[i] && condition_reads_field(x->slice.reads[i], field);
    return out;
}

static const struct fault *class_field(struct exploration *x, const struct tellings *all,
                                       const struct event_kind *k, int field, struct choices *out)
{
    const struct event_field *f = &k->fields[field];
    out->matters = field_matters(x, k, field);
    if (f->kind != EVENT_FIELD_CODE)
        return NULL;
    TRY(class_choices(x, all, f, TOLD_NOW, &out->now));
    TRY(class_choices(x, all, f, TOLD_LATER, &out->later));
    TRY(class_choices(x, all, f, TOLD_MATTERS, &out->matter));
    for (size_t i = 0; i < f->choice_count && !out->matters; i++)
        out->matter[i] = 0;
    return NULL;
}

static const struct fault *choose_codes(struct exploration *x)
{
    const struct edition *e = x->e;
    struct tellings all = {.x = x};
    TRY(told_by_chart(&all, e->chart));
    for (size_t k = 0; k < e->child_count; k++)
        if (keeps_kind(x, &e->children[k]))
            TRY(told_by_chart(&all, e->children[k].chart));
    for (size_t i = 0; i < 2; i++)
        TRY(told_by(&all, x->slice.reads[i], true));
    for (size_t i = 0; i < e->event_count; i++)
        if (x->acts[i])
            TRY(told_by_guards(&all, e->events[i].refuses, e->events[i].refuse_count, false));
    TRY(told_by_clocks(&all));
    x->choices = talloc_zero_array(x, struct choices *, e->event_count + 1);
    TRY_MEMORY(x->choices);
    for (size_t i = 0; i < e->event_count; i++) {
        x->choices[i] = talloc_zero_array(x, struct choices, e->events[i].field_count + 1);
        TRY_MEMORY(x->choices[i]);
        for (size_t f = 0; f < e->events[i].field_count; f++)
            TRY(class_field(x, &all, &e->events[i], (int)f, &x->choices[i][f]));
    }
    return NULL;
}

const char *choice_of(const struct exploration *x, size_t event, size_t field, const char *value, bool later)
{
    const struct event_field *f = &x->e->events[event].fields[field];
    const struct choices *c = &x->choices[event][field];
    for (size_t i = 0; f->kind == EVENT_FIELD_CODE && i < f->choice_count && i < 255; i++)
        if (strcmp(f->choices[i].value, value) == 0)
            return f->choices[later ? c->later[i] : c->now[i]].value;
    return value;
}

/* ---- the rest
 * ----------------------------------------------------------------------------------------------------------------
 */

/* No field of any event names children of this kind. */
static bool unnamed(const struct edition *e, const struct child_kind *kind)
{
    for (size_t i = 0; i < e->event_count; i++)
        for (size_t f = 0; f < e->events[i].field_count; f++)
            if (e->events[i].fields[f].kind == EVENT_FIELD_ITEM &&
                strcmp(e->events[i].fields[f].child, kind->name) == 0)
                return false;
    return true;
}

static void note_seen(struct exploration *x, int kind, int8_t *next)
{
    if (kind >= 0 && x->seen_bit[kind] < 0 && *next < 32)
        x->seen_bit[kind] = (*next)++;
}

static const struct fault *prepare_clocks(struct exploration *x)
{
    const struct clock_rules *r = x->rules;
    int8_t next = 0;
    x->seen_bit = talloc_array(x, int8_t, r->kind_count + 1);
    TRY_MEMORY(x->seen_bit);
    memset(x->seen_bit, -1, r->kind_count + 1);
    for (size_t k = 0; k < r->kind_count; k++) {
        for (size_t i = 0; i < r->kinds[k].refuse_count; i++) {
            if (r->kinds[k].refuses[i]->test == TEST_REPEATED)
                note_seen(x, (int)k, &next);
            if (r->kinds[k].refuses[i]->test == TEST_MISSING)
                note_seen(x, r->kinds[k].refuses[i]->of, &next);
        }
        for (size_t i = 0; i < r->kinds[k].effect_count; i++)
            if (r->kinds[k].effects[i].bit > 0xff &&
                (r->kinds[k].effects[i].deed == EFFECT_HOLD || r->kinds[k].effects[i].deed == EFFECT_MARK))
                return fault_new(x, FAULT_BROKEN, "CHECK_TOO_LARGE", "the clock \"%s\" waits for too much",
                                 r->clocks[r->kinds[k].effects[i].clock].about.id);
    }
    x->pseudo_count = r->clock_count + 1;
    x->pseudo = talloc_zero_array(x, struct event_kind, x->pseudo_count);
    TRY_MEMORY(x->pseudo);
    for (size_t i = 0; i < r->clock_count; i++) {
        x->pseudo[i].name = talloc_asprintf(x, "(%s ends)", r->clocks[i].about.id);
        TRY_MEMORY(x->pseudo[i].name);
    }
    x->pseudo[r->clock_count].name = "(elsewhere)";
    return NULL;
}

const struct fault *cone_make(struct exploration *x)
{
    for (size_t k = 0; k < x->e->child_count; k++)
        x->sortable[k] = unnamed(x->e, &x->e->children[k]);
    TRY(prepare_clocks(x));
    TRY(find_regions(x));
    TRY(choose_memos(x));
    return choose_codes(x);
}
