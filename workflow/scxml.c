#include "scxml.h"

#include "condition.h"
#include "law_xml.h"
#include "machine.h"

/* What is gathered while the tree is walked once. */
struct reading {
    TALLOC_CTX *life;
    const char *file;
    struct chart *chart;
    size_t state_room, transition_room, branch_room, raise_room;
};

static const struct fault *read_content(struct reading *r, const xmlNode *parent, struct chart_action **out);

static const struct fault *grow(struct reading *r, void **array, size_t width, size_t *room, size_t need)
{
    if (need <= *room)
        return NULL;
    *room = *room ? *room * 2 : 64;
    *array = talloc_realloc_size(r->life, *array, *room * width);
    TRY_MEMORY(*array);
    return NULL;
}

/* ---- the states
 * -------------------------------------------------------------------------------------------------- */

static bool is(const xmlNode *node, const char *name)
{
    return law_xml_is(node, SCXML_NAMESPACE, name);
}

static const struct fault *state_kind(struct reading *r, const xmlNode *node, enum chart_state_kind *out)
{
    if (is(node, "parallel"))
        *out = CHART_PARALLEL;
    else if (is(node, "final"))
        *out = CHART_FINAL;
    else if (is(node, "history")) {
        const char *type = law_xml_attribute(r->life, node, NULL, "type");
        if (type && strcmp(type, "deep") != 0 && strcmp(type, "shallow") != 0)
            return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node,
                                 "a history is shallow or deep, not \"%s\"", type);
        *out = type && strcmp(type, "deep") == 0 ? CHART_DEEP : CHART_SHALLOW;
    } else {
        *out = CHART_ATOMIC; /* until a child is met */
    }
    return NULL;
}

static bool is_state(const xmlNode *node)
{
    return is(node, "state") || is(node, "parallel") || is(node, "final") || is(node, "history");
}

static bool may_contain(enum chart_state_kind parent, const xmlNode *child)
{
    switch (parent) {
    case CHART_ROOT:
        return !is(child, "history");
    case CHART_PARALLEL:
        return !is(child, "final");
    case CHART_ATOMIC:
    case CHART_COMPOUND:
        return true;
    default:
        return false;
    }
}

static const struct fault *add_state(struct reading *r, const xmlNode *node, int parent, int *out)
{
    struct chart *c = r->chart;
    if (c->state_count >= CHART_STATES)
        return law_xml_fault(r->life, "EDITION_REFUSED", r->file, node, "more than %d states",
                             CHART_STATES - 1);
    TRY(grow(r, (void **)&c->states, sizeof *c->states, &r->state_room, (size_t)c->state_count + 1));
    struct chart_state *s = &c->states[c->state_count];
    *s = (struct chart_state){.index = c->state_count,
                              .parent = parent,
                              .first_child = -1,
                              .next = -1,
                              .initial = -1,
                              .history = -1,
                              .node = node,
                              .line = (int)xmlGetLineNo(node)};
    if (parent < 0) {
        s->kind = CHART_ROOT;
        s->id = "#root";
    } else {
        TRY(state_kind(r, node, &s->kind));
        s->depth = c->states[parent].depth + 1;
        s->id = law_xml_attribute(r->life, node, NULL, "id");
        s->named = s->id != NULL;
        if (s->named && chart_state_index(c, s->id) >= 0)
            return law_xml_fault(r->life, "EDITION_NAME", r->file, node, "the id \"%s\" is given twice",
                                 s->id);
        if (!s->named)
            s->id = talloc_asprintf(r->life, "#%d", s->index);
        TRY_MEMORY(s->id);
        s->done_event = talloc_asprintf(r->life, "done.state.%s", s->id);
        TRY_MEMORY(s->done_event);
        if (s->kind == CHART_SHALLOW || s->kind == CHART_DEEP)
            s->history = c->history_count++;
    }
    *out = c->state_count++;
    return NULL;
}

static const struct fault *read_states(struct reading *r, const xmlNode *node, int parent)
{
    int self = 0, before = -1;
    TRY(add_state(r, node, parent, &self));
    for (const xmlNode *at = law_xml_element(node->children); at; at = law_xml_element(at->next)) {
        if (!is_state(at))
            continue;
        if (!may_contain(r->chart->states[self].kind, at))
            return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, at, "a %s cannot stand in a %s",
                                 (const char *)at->name, (const char *)node->name);
        int child = r->chart->state_count;
        TRY(read_states(r, at, self));
        struct chart_state *states = r->chart->states; /* may have moved */
        if (states[self].kind == CHART_ATOMIC && states[child].history < 0)
            states[self].kind = CHART_COMPOUND;
        *(before < 0 ? &states[self].first_child : &states[before].next) = child;
        before = child;
    }
    r->chart->states[self].last = r->chart->state_count - 1;
    return NULL;
}

int chart_state_index(const struct chart *chart, const char *id)
{
    for (int i = 1; i < chart->state_count; i++)
        if (strcmp(chart->states[i].id, id) == 0)
            return i;
    return -1;
}

/* ---- executable content
 * -------------------------------------------------------------------------------------------- */

static const struct fault *refuse_element(struct reading *r, const xmlNode *node)
{
    return law_xml_fault(r->life, "EDITION_REFUSED", r->file, node,
                         "<%s> is not accepted here: no scripts, no data model, no messages",
                         (const char *)node->name);
}

static const struct fault *add_branch(struct reading *r, const xmlNode *node, bool conditional,
                                      struct chart_branch **out)
{
    struct chart *c = r->chart;
    struct chart_branch *b = talloc_zero(r->life, struct chart_branch);
    TRY_MEMORY(b);
    b->line = (int)xmlGetLineNo(node);
    if (conditional) {
        b->text = law_xml_attribute(r->life, node, NULL, "cond");
        if (!b->text)
            return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node, "<%s> needs a cond",
                                 (const char *)node->name);
        TRY(grow(r, (void **)&c->branches, sizeof *c->branches, &r->branch_room,
                 (size_t)c->branch_count + 1));
        c->branches[c->branch_count++] = b;
    }
    *out = b;
    return NULL;
}

static const struct fault *read_action(struct reading *r, const xmlNode *at, struct chart_action ***end)
{
    if (is(at, "log") || !law_xml_is(at, SCXML_NAMESPACE, NULL))
        return NULL;
    struct chart_action *a = talloc_zero(r->life, struct chart_action);
    TRY_MEMORY(a);
    if (is(at, "raise")) {
        a->kind = CHART_RAISE;
        a->event = law_xml_attribute(r->life, at, NULL, "event");
        if (!a->event || !*a->event)
            return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, at, "<raise> needs an event");
        struct chart *c = r->chart;
        TRY(grow(r, (void **)&c->raises, sizeof *c->raises, &r->raise_room, (size_t)c->raise_count + 1));
        c->raises[c->raise_count++] = a;
    } else if (is(at, "if")) {
        a->kind = CHART_IF;
        TRY(add_branch(r, at, true, &a->branches));
        struct chart_branch *branch = a->branches;
        struct chart_action **tail = &branch->actions;
        for (const xmlNode *in = law_xml_element(at->children); in; in = law_xml_element(in->next)) {
            bool other = is(in, "else");
            if (other || is(in, "elseif")) {
                if (!branch->text)
                    return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, in, "nothing may follow <else>");
                TRY(add_branch(r, in, !other, &branch->next));
                branch = branch->next;
                tail = &branch->actions;
            } else {
                TRY(read_action(r, in, &tail));
            }
        }
    } else {
        return refuse_element(r, at);
    }
    **end = a;
    *end = &a->next;
    return NULL;
}

/* Appends to *out: several onentry blocks of one state run one after the other. */
static const struct fault *read_content(struct reading *r, const xmlNode *parent, struct chart_action **out)
{
    while (*out)
        out = &(*out)->next;
    for (const xmlNode *at = law_xml_element(parent->children); at; at = law_xml_element(at->next))
        TRY(read_action(r, at, &out));
    return NULL;
}

/* ---- transitions
 * ------------------------------------------------------------------------------------------------------ */

size_t chart_descriptor_length(const char *descriptor)
{
    size_t length = strlen(descriptor);
    if (length && descriptor[length - 1] == '*')
        length--;
    if (length && descriptor[length - 1] == '.')
        length--;
    return length;
}

bool chart_descriptor_matches(const char *descriptor, size_t length, const char *event)
{
    return !length ||
           (strncmp(descriptor, event, length) == 0 && (event[length] == '\0' || event[length] == '.'));
}

static const struct fault *read_targets(struct reading *r, const xmlNode *node, const char *text,
                                        struct chart_transition *t)
{
    const char **ids = law_xml_words(r->life, text, &t->target_count);
    TRY_MEMORY(ids);
    if (!t->target_count)
        return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node, "a target that names no state");
    t->targets = talloc_array(r->life, int, t->target_count);
    TRY_MEMORY(t->targets);
    for (size_t i = 0; i < t->target_count; i++) {
        t->targets[i] = chart_state_index(r->chart, ids[i]);
        if (t->targets[i] < 0)
            return law_xml_fault(r->life, "EDITION_NAME", r->file, node, "there is no state \"%s\"", ids[i]);
    }
    return NULL;
}

static int common_ancestor(const struct chart *c, int a, int b)
{
    while (a != b && !chart_descends(c, b, a))
        a = c->states[a].parent;
    return a;
}

/* Several targets must be able to be active together: only regions of a parallel part them. */
static const struct fault *check_together(struct reading *r, const xmlNode *node,
                                          const struct chart_transition *t)
{
    for (size_t i = 0; i < t->target_count; i++)
        for (size_t k = i + 1; k < t->target_count; k++) {
            int a = t->targets[i], b = t->targets[k];
            int over = common_ancestor(r->chart, a, b);
            if (a == b || over == a || over == b || r->chart->states[over].kind != CHART_PARALLEL)
                return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node,
                                     "\"%s\" and \"%s\" cannot be active together", r->chart->states[a].id,
                                     r->chart->states[b].id);
        }
    return NULL;
}

static const struct fault *add_transition(struct reading *r, const xmlNode *node, int source, int *out)
{
    struct chart *c = r->chart;
    if (c->transition_count == UINT16_MAX)
        return law_xml_fault(r->life, "EDITION_REFUSED", r->file, node, "more than %d transitions",
                             UINT16_MAX);
    TRY(grow(r, (void **)&c->transitions, sizeof *c->transitions, &r->transition_room,
             (size_t)c->transition_count + 1));
    struct chart_transition *t = &c->transitions[c->transition_count];
    *t = (struct chart_transition){.source = source,
                                   .index = c->transition_count,
                                   .node = node,
                                   .line = node ? (int)xmlGetLineNo(node) : c->states[source].line};
    *out = c->transition_count++;
    return NULL;
}

static const struct fault *read_transition(struct reading *r, const xmlNode *node, int source, int *out)
{
    TRY(add_transition(r, node, source, out));
    struct chart_transition *t = &r->chart->transitions[*out];
    const char *events = law_xml_attribute(r->life, node, NULL, "event");
    if (events) {
        t->events = law_xml_words(r->life, events, &t->event_count);
        TRY_MEMORY(t->events);
        if (!t->event_count)
            return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node, "an event that names nothing");
        t->lengths = talloc_array(r->life, size_t, t->event_count);
        TRY_MEMORY(t->lengths);
        for (size_t i = 0; i < t->event_count; i++)
            t->lengths[i] = chart_descriptor_length(t->events[i]);
    }
    t->text = law_xml_attribute(r->life, node, NULL, "cond");
    const char *type = law_xml_attribute(r->life, node, NULL, "type");
    if (type && strcmp(type, "internal") != 0 && strcmp(type, "external") != 0)
        return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node,
                             "a transition is internal or external, not \"%s\"", type);
    t->internal = type && strcmp(type, "internal") == 0;
    const char *target = law_xml_attribute(r->life, node, NULL, "target");
    if (target) {
        TRY(read_targets(r, node, target, t));
        TRY(check_together(r, node, t));
    }
    return read_content(r, node, &t->actions);
}

/* The target of a default entry must lie inside the state that is entered. */
static const struct fault *check_inside(struct reading *r, const xmlNode *node, int state, int transition)
{
    const struct chart_transition *t = &r->chart->transitions[transition];
    if (t->events || t->text || !t->target_count)
        return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node,
                             "the transition of a default entry has a target and nothing else to wait for");
    for (size_t i = 0; i < t->target_count; i++)
        if (!chart_descends(r->chart, t->targets[i], state))
            return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node,
                                 "\"%s\" does not lie inside \"%s\"", r->chart->states[t->targets[i]].id,
                                 r->chart->states[state].id);
    return NULL;
}

static int first_real_child(const struct chart *c, int state)
{
    int child = c->states[state].first_child;
    while (child >= 0 && c->states[child].history >= 0)
        child = c->states[child].next;
    return child;
}

static const struct fault *read_initial_attribute(struct reading *r, const xmlNode *node, int state)
{
    struct chart *c = r->chart;
    bool compound = c->states[state].kind == CHART_COMPOUND || c->states[state].kind == CHART_ROOT;
    const char *text = law_xml_attribute(r->life, node, NULL, "initial");
    if (text && c->states[state].initial >= 0)
        return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node,
                             "a state has an initial attribute or an initial element, not both");
    if (text && !compound)
        return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node,
                             "only a state with child states has an initial");
    if (!compound || c->states[state].initial >= 0)
        return NULL;
    int made = 0;
    TRY(add_transition(r, node, state, &made));
    struct chart_transition *t = &c->transitions[made];
    if (text) {
        TRY(read_targets(r, node, text, t));
        TRY(check_together(r, node, t));
    } else {
        t->targets = talloc_array(r->life, int, 1);
        TRY_MEMORY(t->targets);
        t->targets[0] = first_real_child(c, state);
        t->target_count = 1;
    }
    c->states[state].initial = made;
    return check_inside(r, node, state, made);
}

/* <initial> and <history> hold one transition that names where to go. */
static const struct fault *read_default(struct reading *r, const xmlNode *node, int state, int inside)
{
    int made = -1;
    for (const xmlNode *at = law_xml_element(node->children); at; at = law_xml_element(at->next)) {
        if (!law_xml_is(at, SCXML_NAMESPACE, NULL))
            continue;
        if (!is(at, "transition") || made >= 0)
            return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, at,
                                 "<%s> holds one transition and nothing else", (const char *)node->name);
        TRY(read_transition(r, at, state, &made));
    }
    if (made < 0)
        return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node, "<%s> needs a transition",
                             (const char *)node->name);
    if (r->chart->states[state].initial >= 0)
        return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node, "a second default entry");
    r->chart->states[state].initial = made;
    return check_inside(r, node, inside, made);
}

static const struct fault *read_part(struct reading *r, const xmlNode *at, int state)
{
    struct chart *c = r->chart;
    enum chart_state_kind kind = c->states[state].kind;
    if (!law_xml_is(at, SCXML_NAMESPACE, NULL) || is_state(at))
        return NULL;
    if (is(at, "onentry") && kind != CHART_ROOT)
        return read_content(r, at, &c->states[state].entry);
    if (is(at, "onexit") && kind != CHART_ROOT)
        return read_content(r, at, &c->states[state].exit);
    if (is(at, "initial") && kind == CHART_COMPOUND)
        return read_default(r, at, state, state);
    if (is(at, "transition") && kind != CHART_ROOT && kind != CHART_FINAL)
        return NULL; /* read in a pass of their own, so that a state's transitions stand together */
    return refuse_element(r, at);
}

static const struct fault *read_own_transitions(struct reading *r, const xmlNode *node, int state)
{
    struct chart *c = r->chart;
    c->states[state].first_transition = c->transition_count;
    for (const xmlNode *at = law_xml_element(node->children); at; at = law_xml_element(at->next)) {
        if (!is(at, "transition"))
            continue;
        int made = 0;
        TRY(read_transition(r, at, state, &made));
        const struct chart_transition *t = &c->transitions[made];
        if (!t->events && !t->text && !t->target_count)
            return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, at,
                                 "a transition has an event, a cond or a target");
    }
    c->states[state].transition_count = c->transition_count - c->states[state].first_transition;
    return NULL;
}

static const struct fault *read_behaviour(struct reading *r, int state)
{
    struct chart *c = r->chart;
    const xmlNode *node = c->states[state].node;
    if (c->states[state].history >= 0)
        return read_default(r, node, state, c->states[state].parent);
    for (const xmlNode *at = law_xml_element(node->children); at; at = law_xml_element(at->next))
        TRY(read_part(r, at, state));
    TRY(read_initial_attribute(r, node, state));
    if (c->states[state].kind == CHART_ROOT)
        return NULL;
    return read_own_transitions(r, node, state);
}

/* ---- the document
 * ------------------------------------------------------------------------------------------------------- */

const struct fault *chart_read(TALLOC_CTX *life, const char *file, const xmlNode *root, struct chart **out)
{
    if (!is(root, "scxml"))
        return law_xml_fault(life, "EDITION_SYNTAX", file, root, "not an scxml element of " SCXML_NAMESPACE);
    const char *version = law_xml_attribute(life, root, NULL, "version");
    if (version && strcmp(version, "1.0") != 0)
        return law_xml_fault(life, "EDITION_REFUSED", file, root, "version \"%s\": only 1.0 is known",
                             version);
    struct chart *chart = talloc_zero(life, struct chart);
    TRY_MEMORY(chart);
    struct reading r = {.life = chart, .file = file, .chart = chart};
    chart->file = talloc_strdup(chart, file);
    TRY_MEMORY(chart->file);
    chart->name = law_xml_attribute(chart, root, NULL, "name");
    chart->node = root;
    TRY(read_states(&r, root, -1));
    if (first_real_child(chart, 0) < 0)
        return law_xml_fault(life, "EDITION_SYNTAX", file, root, "a chart needs a state");
    for (int i = 0; i < chart->state_count; i++)
        TRY(read_behaviour(&r, i));
    chart->words = (chart->state_count + 63) / 64;
    *out = chart;
    return law_xml_whole(root); /* a name that was lost is no state that is missing */
}

/* ---- what a machine looks up
 * ------------------------------------------------------------------------------------------- */

int chart_name_index(const struct chart *chart, const char *event)
{
    for (int i = 0; i < chart->name_count; i++)
        if (strcmp(chart->names[i], event) == 0)
            return i;
    return -1;
}

static int learn_name(struct chart *c, const char *name)
{
    int known = chart_name_index(c, name);
    if (known >= 0)
        return known;
    c->names[c->name_count] = name;
    return c->name_count++;
}

static void set_bit(uint64_t *set, int bit)
{
    set[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static bool is_atomic(const struct chart_state *s)
{
    return s->kind == CHART_ATOMIC || s->kind == CHART_FINAL;
}

/* A history among the targets decides at run time what is entered. */
static int static_domain(const struct chart *c, const struct chart_transition *t)
{
    const struct chart_state *source = &c->states[t->source];
    bool inside = t->internal && source->kind == CHART_COMPOUND;
    if (!t->target_count)
        return CHART_NO_DOMAIN;
    for (size_t i = 0; i < t->target_count; i++) {
        if (c->states[t->targets[i]].history >= 0)
            return CHART_ASK;
        inside = inside && chart_descends(c, t->targets[i], t->source);
    }
    if (inside)
        return t->source;
    int at = source->parent;
    for (size_t i = 0; at > 0 && i < t->target_count; i++)
        if (c->states[at].kind != CHART_COMPOUND || !chart_descends(c, t->targets[i], at)) {
            at = c->states[at].parent;
            i = (size_t)-1; /* all of them again, one step outwards */
        }
    return at < 0 ? 0 : at;
}

static const struct fault *learn_transition(struct chart *c, struct chart_transition *t)
{
    t->domain = static_domain(c, t);
    if (!t->events)
        return NULL;
    t->hears = talloc_zero_array(c, uint64_t, (size_t)c->name_words);
    TRY_MEMORY(t->hears);
    for (int n = 0; n < c->name_count; n++)
        for (size_t i = 0; i < t->event_count; i++)
            if (chart_descriptor_matches(t->events[i], t->lengths[i], c->names[n])) {
                set_bit(t->hears, n);
                set_bit(c->heard, n);
            }
    return NULL;
}

static bool waits(const struct chart_transition *t, int name) /* -1: for no event */
{
    return name < 0 ? !t->events : t->hears && t->hears[name / 64] >> (name % 64) & 1;
}

/* Writes the candidates of one atomic state on one event, when there is room given; counts them. */
static size_t lay_candidates(const struct chart *c, int name, int state, struct chart_candidate *out)
{
    size_t count = 0;
    for (int at = state; at > 0 && is_atomic(&c->states[state]); at = c->states[at].parent)
        for (int i = 0; i < c->states[at].transition_count; i++) {
            const struct chart_transition *t = &c->transitions[c->states[at].first_transition + i];
            if (!waits(t, name))
                continue;
            if (out)
                out[count] =
                    (struct chart_candidate){.condition = t->condition, .transition = (uint16_t)t->index};
            count++;
        }
    return count;
}

static const struct fault *learn_states(struct chart *c)
{
    size_t total = 0, cells = (size_t)(c->name_count + 1) * (size_t)c->state_count;
    for (size_t cell = 0; cell < cells; cell++)
        total += lay_candidates(c, (int)cell / c->state_count - 1, (int)cell % c->state_count, NULL);
    c->candidates = talloc_array(c, struct chart_candidate, total + 1);
    c->waits = talloc_array(c, uint32_t, cells + 1);
    TRY_MEMORY(c->candidates);
    TRY_MEMORY(c->waits);
    total = 0;
    for (size_t cell = 0; cell < cells; cell++) {
        int name = (int)cell / c->state_count - 1, state = (int)cell % c->state_count;
        size_t count = lay_candidates(c, name, state, &c->candidates[total]);
        c->waits[cell] = (uint32_t)total;
        total += count;
        if (count)
            set_bit(c->eventless + (name + 1) * c->words, state);
    }
    c->waits[cells] = (uint32_t)total;
    for (int i = 1; i < c->state_count; i++)
        if (is_atomic(&c->states[i]))
            set_bit(c->atomic, i);
    return NULL;
}

const struct fault *chart_learn(struct chart *c, const char *const *names, int count)
{
    if (count + c->raise_count + c->state_count > CHART_NAMES)
        return fault_new(c, FAULT_INPUT, "EDITION_REFUSED", "%s:%ld: more than %d names of events", c->file,
                         xmlGetLineNo(c->node), CHART_NAMES);
    c->names = talloc_array(c, const char *, (size_t)(count + c->raise_count + c->state_count + 1));
    TRY_MEMORY(c->names);
    for (c->name_count = 0; c->name_count < count; c->name_count++)
        c->names[c->name_count] = names[c->name_count];
    for (int i = 0; i < c->raise_count; i++)
        c->raises[i]->raises = learn_name(c, c->raises[i]->event);
    for (int i = 1; i < c->state_count; i++)
        c->states[i].done = learn_name(c, c->states[i].done_event);
    c->name_words = c->name_count / 64 + 1;
    c->atomic = talloc_zero_array(c, uint64_t, (size_t)c->words);
    c->eventless = talloc_zero_array(c, uint64_t, (size_t)c->words * (size_t)(c->name_count + 1));
    c->keepers = talloc_zero_array(c, uint64_t, (size_t)c->words);
    c->heard = talloc_zero_array(c, uint64_t, (size_t)c->name_words);
    TRY_MEMORY(c->atomic);
    TRY_MEMORY(c->eventless);
    TRY_MEMORY(c->keepers);
    TRY_MEMORY(c->heard);
    for (int i = 0; i < c->transition_count; i++)
        TRY(learn_transition(c, &c->transitions[i]));
    for (int i = 1; i < c->state_count; i++)
        if (c->states[i].history >= 0)
            set_bit(c->keepers, c->states[i].parent);
    TRY(learn_states(c));
    return machine_plan(c);
}

const struct fault *chart_read_plain(TALLOC_CTX *life, const char *file, const char *bytes, size_t length,
                                     const struct chart **out)
{
    xmlDocPtr doc = NULL;
    struct chart *chart = NULL;
    TRY(law_xml_read(life, file, bytes, length, &doc));
    TRY(chart_read(life, file, xmlDocGetRootElement(doc), &chart));
    struct vocabulary plain = {.life = life, .chart = chart, .file = file};
    TRY(condition_read_chart(&plain, chart, CONDITION_DOSSIER));
    TRY(chart_learn(chart, NULL, 0));
    TRY(law_xml_whole(chart->node));
    *out = chart;
    return NULL;
}
