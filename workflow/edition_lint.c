/* edition_lint.c - what is wrong with a chart whatever the conditions come to: nobody would ever be there,
 * nobody could ever leave, two ways that are one, a way in a circle, two ends with one outcome, a duty of who
 * can do nothing about it. The checker looks for the rest. */
#include <string.h>
#include "edition_inside.h"
#include "law_xml.h"
#include "text.h"

typedef uint64_t states[CHART_WORDS];

static bool has(const states set, int state)
{
    return set[state / 64] >> (state % 64) & 1;
}

static void put(states set, int state)
{
    set[state / 64] |= UINT64_C(1) << (state % 64);
}

static bool meet(const states a, const states b)
{
    for (size_t i = 0; i < CHART_WORDS; i++)
        if (a[i] & b[i])
            return true;
    return false;
}

#define WRONG(at, ...) law_xml_fault(life, "EDITION_REFUSED", c->file, (at), __VA_ARGS__)

/* ---- who is there after a transition */

static void enter(const struct chart *c, int state, states set);

static void enter_targets(const struct chart *c, const struct chart_transition *t, states set)
{
    for (size_t i = 0; i < t->target_count; i++)
        enter(c, t->targets[i], set);
}

/* The state, those around it, and those entered with it by default. */
static void enter(const struct chart *c, int state, states set)
{
    const struct chart_state *s = &c->states[state];
    if (has(set, state) && s->kind != CHART_ROOT)
        return;
    put(set, state);
    for (int at = s->parent; at > 0 && !has(set, at); at = c->states[at].parent) {
        put(set, at);
        for (int child = c->states[at].first_child; c->states[at].kind == CHART_PARALLEL && child >= 0;
             child = c->states[child].next)
            if (c->states[child].history < 0)
                enter(c, child, set);
    }
    if (s->initial >= 0)
        enter_targets(c, &c->transitions[s->initial], set);
    for (int child = s->first_child; s->kind == CHART_PARALLEL && child >= 0; child = c->states[child].next)
        if (c->states[child].history < 0)
            enter(c, child, set);
}

/* ---- states */

static void find_reachable(const struct chart *c, states reached)
{
    enter_targets(c, &c->transitions[c->states[0].initial], reached);
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < c->transition_count; i++) {
            const struct chart_transition *t = &c->transitions[i];
            states there = {0};
            if (!t->source || !has(reached, t->source))
                continue;
            enter_targets(c, t, there);
            for (size_t w = 0; w < CHART_WORDS; w++) {
                more = more || (there[w] & ~reached[w]);
                reached[w] |= there[w];
            }
        }
    }
}

/* A way out of a state is one out of all states in it; out of a part of a parallel, out of all its parts. */
static void way_out(const struct chart *c, int state, states out)
{
    for (int at = state; at > 0; at = c->states[at].parent)
        if (c->states[at].kind == CHART_PARALLEL)
            state = at;
    for (int i = state; i <= c->states[state].last; i++)
        put(out, i);
}

static bool find_closing(const struct chart *c, states out)
{
    bool any = false;
    for (int i = 1; i < c->state_count; i++)
        if (c->states[i].kind == CHART_FINAL && !c->states[i].parent) {
            put(out, i);
            any = true;
        }
    for (bool more = any; more;) {
        more = false;
        for (int i = 0; i < c->transition_count; i++) {
            const struct chart_transition *t = &c->transitions[i];
            states there = {0};
            if (!t->source || has(out, t->source))
                continue;
            enter_targets(c, t, there);
            if (!meet(there, out))
                continue;
            way_out(c, t->source, out);
            more = true;
        }
    }
    return any;
}

static const struct fault *check_states(TALLOC_CTX *life, const struct chart *c, bool dossier)
{
    states reached = {0}, out = {0};
    find_reachable(c, reached);
    bool closes = dossier && find_closing(c, out); /* a child may rest where it is */
    for (int i = 1; i < c->state_count; i++) {
        const struct chart_state *s = &c->states[i];
        if (s->history < 0 && !has(reached, i))
            return WRONG(s->node, "nothing leads to the state \"%s\"", s->id);
        if (closes && s->kind == CHART_ATOMIC && !has(out, i))
            return WRONG(s->node, "from the state \"%s\" nothing leads to an end", s->id);
    }
    return NULL;
}

/* ---- transitions */

static bool covers(const struct chart_transition *a, const struct chart_transition *b)
{
    if (!a->events || !b->events)
        return !a->events && !b->events;
    for (size_t k = 0; k < b->event_count; k++) {
        bool covered = false;
        for (size_t i = 0; i < a->event_count; i++)
            covered = covered || chart_descriptor_matches(a->events[i], a->lengths[i], b->events[k]);
        if (!covered)
            return false;
    }
    return true;
}

/* The first of two that wait for the same is taken, always: under the same condition, or under none. */
static const struct fault *check_pairs(TALLOC_CTX *life, const struct chart *c, const struct chart_state *s)
{
    const struct chart_transition *own = &c->transitions[s->first_transition];
    for (int k = 0; k < s->transition_count; k++)
        for (int i = 0; i < k; i++)
            if ((!own[i].text || text_same(own[i].text, own[k].text)) && covers(&own[i], &own[k]))
                return WRONG(own[k].node,
                             "this transition is never taken: the one of line %d waits for the same",
                             own[i].line);
    return NULL;
}

/* Eventless transitions that follow each other with no condition, or with one and the same, never come to
 * rest. */
static const struct fault *check_circle(TALLOC_CTX *life, const struct chart *c,
                                        const struct chart_transition *from)
{
    states there = {0};
    if (!from->target_count)
        return WRONG(from->node, "without an event or a target this never comes to rest (in \"%s\")",
                     c->states[from->source].id);
    enter_targets(c, from, there);
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < c->transition_count; i++) {
            const struct chart_transition *t = &c->transitions[i];
            states next = {0};
            if (!t->source || t->events || !has(there, t->source) ||
                (t->text && !text_same(t->text, from->text)) || c->states[t->source].history >= 0 ||
                c->states[t->source].initial == i)
                continue;
            enter_targets(c, t, next);
            if (t == from || (has(next, from->source) && t->target_count))
                return WRONG(from->node, "transitions without events go in a circle (from \"%s\")",
                             c->states[from->source].id);
            for (size_t w = 0; w < CHART_WORDS; w++) {
                more = more || (next[w] & ~there[w]);
                there[w] |= next[w];
            }
        }
    }
    return NULL;
}

/* Two ends that are told apart are counted apart: with one outcome, one of them would stand in the wrong row.
 */
static const struct fault *check_ends(TALLOC_CTX *life, const struct chart *c)
{
    for (int i = 1; i < c->state_count; i++) {
        const struct state_law *end = c->states[i].law;
        for (int k = 1; end && end->outcome && k < i; k++) {
            const struct state_law *other = c->states[k].law;
            if (other && other->outcome == end->outcome && !text_same(other->label.zh, end->label.zh))
                return WRONG(c->states[i].node, "\"%s\" has the outcome of \"%s\", which is called otherwise",
                             c->states[i].id, c->states[k].id);
        }
    }
    return NULL;
}

/* ---- duties */

static bool may_raise(const struct event_kind *k, const char *role)
{
    for (size_t i = 0; k && i < k->role_count; i++)
        if (strcmp(k->roles[i], role) == 0)
            return true;
    return false;
}

/* Whose turn it is can do something about it: raise an event that the state itself waits for. */
const struct fault *edition_lint_duties(TALLOC_CTX *life, const struct edition *e, const struct chart *c)
{
    for (int i = 1; i < c->state_count; i++) {
        const struct chart_state *s = &c->states[i];
        for (size_t d = 0; s->law && d < s->law->duty_count; d++) {
            bool able = false;
            for (int k = 0; k < s->transition_count; k++) {
                const struct chart_transition *t = &c->transitions[s->first_transition + k];
                for (size_t n = 0; n < t->event_count; n++)
                    able = able || may_raise(edition_event(e, t->events[n]), s->law->duty[d]);
            }
            if (!able)
                return WRONG(s->node,
                             "\"%s\" is the duty of \"%s\", who may raise nothing that leads on from it",
                             s->id, s->law->duty[d]);
        }
    }
    return NULL;
}

const struct fault *edition_lint(TALLOC_CTX *life, const struct chart *c, bool dossier)
{
    for (int i = 1; i < c->state_count; i++) {
        const struct chart_state *s = &c->states[i];
        if (s->history >= 0)
            continue;
        TRY(check_pairs(life, c, s));
        for (int k = 0; k < s->transition_count; k++)
            if (!c->transitions[s->first_transition + k].events)
                TRY(check_circle(life, c, &c->transitions[s->first_transition + k]));
    }
    TRY(check_ends(life, c));
    return check_states(life, c, dossier);
}
