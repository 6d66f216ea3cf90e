/* condition_plain.c - conditions about a real dossier, where everything can be said: yes or no, without the
 * third value.
 *
 * A condition becomes a row of questions; the answer to each says which comes next, so nothing is asked that
 * does not matter any more. Codes are compared by their number, and questions about the same code that follow
 * one another become one, which looks up what comes next; so do questions for states. What comes out is what
 * condition.c says of the same tree: where asserts are compiled in, condition_verdict() asks both. */
#include "condition_inside.h"

#include <string.h>
#include "edition_inside.h"

#define YES (-1)
#define NO  (-2)

enum question {
    ASK_IN,     /* is one of the states active */
    ASK_FLAG,   /* a memo or a field: is it true */
    ASK_KNOWN,  /* …: has it a value */
    ASK_IS,     /* …: is it that code */
    ASK_IS_NOT, /* …: is it another code */
    ASK_AMONG,  /* …: is it one of several codes */
    ASK_WHICH,  /* …: which code is it; each leads elsewhere, NO where there is none */
    ASK_NUMBER, /* …: how does it compare with a number or day */
    ASK_CLOCK,  /* is the flag of a clock true; from here on: asked less often */
    ASK_COMPARE,
    ASK_CHILDREN,    /* is there a child of which the inner questions answer YES (negated: NO) */
    ASK_CHILDREN_IN, /* the same where all that is asked is whether it is in one of the states */
    ASK_HOW_MANY     /* how does the number of those compare with a number */
};

struct ask { /* small: a fold looks at hundreds of them */
    uint8_t question, relation;
    uint8_t at;        /* whose: 0 the dossier, then inwards */
    bool of_event : 1; /* a field of the fact that is judged, not a memo */
    bool negated : 1;
    int16_t yes, no; /* which comes next, or YES, NO */
    int16_t inner;   /* first of the inner questions, or YES, NO */
    int16_t index;   /* of the memo or field, or of the word of states: editions have fewer */
    int32_t number;
    const struct child_kind *kind; /* ASK_CHILDREN, ASK_CHILDREN_IN, ASK_HOW_MANY */
    union {
        uint64_t states;                   /* ASK_IN, ASK_CHILDREN_IN: of that word */
        const uint64_t *codes;             /* ASK_AMONG */
        int16_t *leads;                    /* ASK_WHICH: by number of the code, 0 what is none */
        const struct condition_node *node; /* ASK_CLOCK, ASK_COMPARE */
    };
};

struct plain_condition {
    int first;
    struct ask asks[];
};

/* ---- codes as numbers */

const struct fault *code_table_make(TALLOC_CTX *life, const struct event_kind *events, size_t event_count,
                                    const struct code_table **out)
{
    size_t count = 0, room = 64;
    for (size_t i = 0; i < event_count; i++)
        for (size_t f = 0; f < events[i].field_count; f++)
            count += events[i].fields[f].choice_count;
    while (room < 2 * count)
        room *= 2;
    struct code_table *t = talloc_zero(life, struct code_table);
    TRY_MEMORY(t);
    t->room = room;
    t->texts = talloc_zero_array(t, const char *, room);
    TRY_MEMORY(t->texts);
    for (size_t i = 0; i < event_count; i++)
        for (size_t f = 0; f < events[i].field_count; f++)
            for (size_t c = 0; c < events[i].fields[f].choice_count; c++) {
                const char *text = events[i].fields[f].choices[c].value;
                size_t at = name_hash(text) & (room - 1);
                while (t->texts[at] && strcmp(t->texts[at], text) != 0)
                    at = (at + 1) & (room - 1);
                t->texts[at] = text;
            }
    *out = t;
    return NULL;
}

struct value code_value(const struct code_table *t, const char *text)
{
    struct value v = value_text(text);
    for (size_t at = text ? name_hash(text) : 0; text; at++) {
        const char *found = t->texts[at & (t->room - 1)];
        if (!found)
            break;
        if (strcmp(found, text) == 0) {
            v.text = found;
            v.number = (int32_t)(at & (t->room - 1)) + 1;
            break;
        }
    }
    return v;
}

/* ---- making the row */

struct maker {
    TALLOC_CTX *life, *scratch;
    const struct vocabulary *v;
    struct ask *asks;
    size_t count, room;
    bool beyond; /* there is something that these questions cannot ask */
    bool memory; /* there was none */
};

static int add(struct maker *m, struct ask ask)
{
    if (m->count == m->room) {
        size_t room = m->room ? 2 * m->room : 8;
        struct ask *more = talloc_realloc(m->scratch, m->asks, struct ask, room);
        if (!more) {
            m->memory = true;
            return NO;
        }
        m->asks = more;
        m->room = room;
    }
    if (m->count >= INT16_MAX)
        m->beyond = true;
    m->asks[m->count] = ask;
    return (int)m->count++;
}

static bool is_named(const struct condition_node *n)
{
    return n->op == OP_MEMO || n->op == OP_EVENT;
}

static struct ask about(enum question question, const struct condition_node *n, int depth, int yes, int no)
{
    return (struct ask){.question = (uint8_t)question,
                        .at = (uint8_t)(depth - n->up),
                        .of_event = n->op == OP_EVENT,
                        .index = (int16_t)n->index,
                        .yes = (int16_t)yes,
                        .no = (int16_t)no,
                        .inner = NO,
                        .node = n};
}

static int make(struct maker *m, const struct condition_node *n, int depth, int yes, int no);

/* "In(a) or In(b)" is asked at once. The second stays as it is: others may lead to it. */
static int make_in(struct maker *m, const struct condition_node *n, int depth, int yes, int no)
{
    struct ask ask = about(ASK_IN, n, depth, yes, no);
    ask.index = (int16_t)(n->index / 64);
    ask.states = UINT64_C(1) << (n->index % 64);
    const struct ask *other = no >= 0 ? &m->asks[no] : NULL;
    if (other && other->question == ASK_IN && other->at == ask.at && other->index == ask.index &&
        other->yes == ask.yes) {
        ask.states |= other->states;
        ask.no = other->no;
    }
    return add(m, ask);
}

static int make_among(struct maker *m, const struct condition_node *n, int depth, int yes, int no)
{
    uint64_t *codes = talloc_zero_array(m->life, uint64_t, m->v->codes->room / 64 + 1);
    if (!codes) {
        m->memory = true;
        return NO;
    }
    for (size_t i = 0; i < n->list_count; i++) {
        int32_t number = code_value(m->v->codes, n->list[i].text).number;
        codes[number / 64] |= UINT64_C(1) << (number % 64);
    }
    struct ask ask = about(ASK_AMONG, n->a, depth, yes, no);
    ask.codes = codes;
    m->beyond = m->beyond || !is_named(n->a);
    return add(m, ask);
}

static int make_children(struct maker *m, const struct condition_node *n, int depth, struct ask ask)
{
    ask.kind = &m->v->children[n->index];
    ask.at = (uint8_t)(depth + 1);
    ask.inner = (int16_t)(n->a ? make(m, n->a, depth + 1, YES, NO) : YES);
    const struct ask *inner = ask.inner >= 0 ? &m->asks[ask.inner] : NULL;
    if (ask.question == ASK_CHILDREN && inner && inner->question == ASK_IN && inner->at == ask.at &&
        inner->yes < 0 && inner->no < 0) {
        ask.question = ASK_CHILDREN_IN;
        ask.inner = NO;
        ask.negated = ask.negated != (inner->yes == NO);
        ask.index = inner->index;
        ask.states = inner->states;
    }
    return add(m, ask);
}

static bool is_operand(const struct condition_node *n)
{
    return is_named(n) || n->op == OP_CONSTANT || n->op == OP_DAY || n->op == OP_ID || n->op == OP_BY ||
           n->op == OP_CLOCK;
}

static int make_relation(struct maker *m, const struct condition_node *n, int depth, int yes, int no)
{
    const struct condition_node *a = n->a, *b = n->b;
    bool constant = b->op == OP_CONSTANT;
    if (a->op == OP_COUNT && constant) {
        struct ask ask = about(ASK_HOW_MANY, a, depth, yes, no);
        ask.relation = (uint8_t)n->op;
        ask.number = b->value.number;
        return make_children(m, a, depth, ask);
    }
    if (is_named(a) && constant && a->type == TYPE_CODE) {
        struct ask ask = about(n->op == OP_EQUAL ? ASK_IS : ASK_IS_NOT, a, depth, yes, no);
        ask.number = code_value(m->v->codes, b->value.text).number;
        return add(m, ask);
    }
    if (is_named(a) && constant && b->value.kind != VALUE_TEXT) {
        struct ask ask = about(ASK_NUMBER, a, depth, yes, no);
        ask.relation = (uint8_t)n->op;
        ask.number = b->value.number;
        return add(m, ask);
    }
    m->beyond = m->beyond || !is_operand(a) || !is_operand(b);
    struct ask ask = about(ASK_COMPARE, n, depth, yes, no);
    ask.at = (uint8_t)depth;
    return add(m, ask);
}

/* The first question about `n`, whose answers lead to `yes` and `no`. */
static int make(struct maker *m, const struct condition_node *n, int depth, int yes, int no)
{
    struct ask children = {.question = ASK_CHILDREN, .yes = (int16_t)yes, .no = (int16_t)no};
    switch (n->op) {
    case OP_CONSTANT:
        return n->value.kind == VALUE_FLAG && n->value.number ? yes : no;
    case OP_AND:
        return make(m, n->a, depth, make(m, n->b, depth, yes, no), no);
    case OP_OR:
        return make(m, n->a, depth, yes, make(m, n->b, depth, yes, no));
    case OP_NOT:
        return make(m, n->a, depth, no, yes);
    case OP_IN:
        return make_in(m, n, depth, yes, no);
    case OP_MEMO:
    case OP_EVENT:
        return add(m, about(ASK_FLAG, n, depth, yes, no));
    case OP_CLOCK:
        return add(m, about(ASK_CLOCK, n, depth, yes, no));
    case OP_KNOWN:
        m->beyond = m->beyond || !is_named(n->a);
        return add(m, about(ASK_KNOWN, n->a, depth, yes, no));
    case OP_ONE_OF:
        return make_among(m, n, depth, yes, no);
    case OP_NONE:
        children.yes = (int16_t)no;
        children.no = (int16_t)yes;
        return make_children(m, n, depth, children);
    case OP_ALL: /* there is none that is not */
        children.yes = (int16_t)no;
        children.no = (int16_t)yes;
        children.negated = true;
        return make_children(m, n, depth, children);
    case OP_ANY:
        return make_children(m, n, depth, children);
    case OP_EQUAL:
    case OP_UNEQUAL:
    case OP_LESS:
    case OP_LESS_EQUAL:
    case OP_MORE:
    case OP_MORE_EQUAL:
        return make_relation(m, n, depth, yes, no);
    default:
        m->beyond = true;
        return NO;
    }
}

/* ---- questions about one code */

static bool is_code_question(const struct ask *ask)
{
    return ask->question == ASK_IS || ask->question == ASK_IS_NOT || ask->question == ASK_AMONG;
}

static bool is_same_name(const struct ask *a, const struct ask *b)
{
    return a->at == b->at && a->of_event == b->of_event && a->index == b->index;
}

static inline bool is_that_code(const struct ask *ask, int32_t number)
{
    switch (ask->question) {
    case ASK_IS:
        return number == ask->number;
    case ASK_IS_NOT:
        return number != ask->number;
    default: /* ASK_AMONG */
        return number && ask->codes[number / 64] >> (number % 64) & 1;
    }
}

#define ABSENT (-1) /* instead of the number of a code */

/* Where `next` leads when the code that `first` asks about has that number. */
static int led(const struct maker *m, const struct ask *first, int next, int32_t number)
{
    while (next >= 0 && is_code_question(&m->asks[next]) && is_same_name(&m->asks[next], first)) {
        const struct ask *ask = &m->asks[next];
        next = number != ABSENT && is_that_code(ask, number) ? ask->yes : ask->no;
    }
    return next;
}

/* A question about a code after which the same code would be asked for again becomes ASK_WHICH: `ask` is a
 * copy of the one at that place of the row. */
static void join_codes(struct maker *m, int at, struct ask *ask)
{
    const struct ask *first = &m->asks[at];
    if (!is_code_question(first) ||
        (led(m, first, first->yes, ABSENT) == first->yes && led(m, first, first->no, ABSENT) == first->no))
        return;
    int16_t *leads = talloc_array(m->life, int16_t, m->v->codes->room + 1);
    if (!leads) {
        m->memory = true;
        return;
    }
    for (size_t number = 0; number <= m->v->codes->room; number++)
        leads[number] = (int16_t)led(m, first, at, (int32_t)number);
    ask->yes = NO;
    ask->no = (int16_t)led(m, first, at, ABSENT);
    ask->question = ASK_WHICH;
    ask->leads = leads;
}

/* ---- the row as it stays: only what can be asked, in the order of asking */

struct row {
    struct maker *m;
    struct ask *asks;
    int *places; /* by place in the maker's row; NO: not laid yet */
    int count;
};

/* Where the question lies now, with all that it leads to behind it. */
static int16_t lay(struct row *r, int at)
{
    if (at < 0)
        return (int16_t)at;
    if (r->places[at] >= 0)
        return (int16_t)r->places[at];
    int place = r->places[at] = r->count++;
    struct ask *ask = &r->asks[place];
    *ask = r->m->asks[at];
    join_codes(r->m, at, ask);
    for (size_t i = 0; ask->question == ASK_WHICH && i <= r->m->v->codes->room; i++)
        ask->leads[i] = lay(r, ask->leads[i]);
    ask->yes = lay(r, ask->yes);
    ask->no = lay(r, ask->no);
    ask->inner = lay(r, ask->inner);
    return (int16_t)place;
}

static const struct fault *lay_row(struct maker *m, int first, const struct plain_condition **out)
{
    struct row r = {.m = m,
                    .asks = talloc_array(m->scratch, struct ask, m->count + 1),
                    .places = talloc_array(m->scratch, int, m->count + 1)};
    TRY_MEMORY(r.asks);
    TRY_MEMORY(r.places);
    for (size_t i = 0; i < m->count; i++)
        r.places[i] = NO;
    first = lay(&r, first);
    struct plain_condition *p =
        m->memory ? NULL : talloc_size(m->life, sizeof *p + (size_t)r.count * sizeof *p->asks);
    TRY_MEMORY(p);
    p->first = first;
    memcpy(p->asks, r.asks, (size_t)r.count * sizeof *p->asks);
    *out = p;
    return NULL;
}

static const struct fault *make_row(struct maker *m, int scope, const struct condition_node *root,
                                    const struct plain_condition **out)
{
    int first = make(m, root, scope != CONDITION_DOSSIER ? 1 : 0, YES, NO);
    if (m->memory)
        return fault_memory();
    return m->beyond ? NULL : lay_row(m, first, out);
}

const struct fault *plain_make(TALLOC_CTX *life, const struct vocabulary *v, int scope,
                               const struct condition_node *root, const struct plain_condition **out)
{
    struct maker m = {.life = life, .v = v, .scratch = talloc_new(life)};
    TRY_MEMORY(m.scratch);
    const struct fault *f = make_row(&m, scope, root, out);
    talloc_free(m.scratch);
    return f;
}

/* ---- what a code alone decides */

static const struct ask *first_code(const struct plain_condition *p)
{
    const struct ask *ask = p && p->first >= 0 ? &p->asks[p->first] : NULL;
    return ask && ask->of_event && (is_code_question(ask) || ask->question == ASK_WHICH) ? ask : NULL;
}

int condition_first_code(const struct condition *c)
{
    const struct ask *ask = first_code(c->plain);
    return ask ? ask->index : -1;
}

enum verdict condition_by_code(const struct condition *c, int32_t number)
{
    const struct ask *ask = first_code(c->plain);
    int next = !ask                         ? 0
               : ask->question == ASK_WHICH ? ask->leads[number]
               : is_that_code(ask, number)  ? ask->yes
                                            : ask->no;
    return next == YES ? VERDICT_YES : next == NO ? VERDICT_NO : VERDICT_UNKNOWN;
}

/* ---- asking */

struct asking {
    const struct ask *asks;
    const struct situation *s;
    const struct instance *at[CONDITION_DEEPEST + 4]; /* the dossier, then inwards */
};

static bool follow(struct asking *a, int next);

static struct value operand(const struct asking *a, const struct condition_node *n, int depth)
{
    const struct instance *self = a->at[depth - n->up];
    switch (n->op) {
    case OP_CONSTANT:
        return n->value;
    case OP_MEMO:
        return self->memos[n->index];
    case OP_EVENT:
        return a->s->event[n->index];
    case OP_DAY:
        return a->s->day;
    case OP_ID:
        return value_text(self->id);
    case OP_BY:
        return a->s->by;
    default:
        return a->s->clock ? a->s->clock(a->s, n->clock, n->attribute, (size_t)(self - a->s->instances))
                           : (struct value){0};
    }
}

/* strcmp() for ids and persons, which are short. */
static inline int order_of(const char *a, const char *b)
{
    for (; *a && *a == *b; a++)
        b++;
    return (uint8_t)*a - (uint8_t)*b;
}

static bool compares(const struct asking *a, const struct ask *ask)
{
    struct value x = operand(a, ask->node->a, ask->at), y = operand(a, ask->node->b, ask->at);
    if (x.kind == VALUE_ABSENT || y.kind == VALUE_ABSENT)
        return false;
    int order = x.kind == VALUE_TEXT && y.kind == VALUE_TEXT ? order_of(x.text, y.text)
                                                             : (x.number > y.number) - (x.number < y.number);
    return condition_relation(ask->node->op, order);
}

/* How many children of the kind answer as they should; no more than `most` are counted. */
static int how_many(struct asking *a, const struct ask *ask, int most)
{
    const struct situation *s = a->s;
    int count = 0;
    for (size_t i = 1; i < s->count && count < most; i++) {
        if (s->instances[i].kind != ask->kind)
            continue;
        a->at[ask->at] = &s->instances[i];
        count += follow(a, ask->inner) != ask->negated;
    }
    return count;
}

static inline bool is_in(const struct instance *in, const struct ask *ask)
{
    return (in->machine->sets[ask->index] & ask->states) != 0;
}

static bool any_in(const struct situation *s, const struct ask *ask)
{
    for (size_t i = 1; i < s->count; i++)
        if (s->instances[i].kind == ask->kind && is_in(&s->instances[i], ask) != ask->negated)
            return true;
    return false;
}

/* Which question comes next, after one of those that are asked less often. Not inline: what follow() does for
 * the others is then short. */
static __attribute__((noinline)) int answer_rarer(struct asking *a, const struct ask *ask)
{
    bool yes = false;
    int count;
    switch (ask->question) {
    case ASK_CHILDREN_IN:
        yes = any_in(a->s, ask);
        break;
    case ASK_CHILDREN:
        yes = how_many(a, ask, 1) > 0;
        break;
    case ASK_HOW_MANY:
        count = how_many(a, ask, INT32_MAX);
        yes = condition_relation((enum node_op)ask->relation, (count > ask->number) - (count < ask->number));
        break;
    case ASK_CLOCK:
        yes = operand(a, ask->node, ask->at + ask->node->up).number != 0;
        break;
    case ASK_COMPARE:
        yes = compares(a, ask);
        break;
    }
    return yes ? ask->yes : ask->no;
}

/* The same after a question about a memo or a field, which has a value. */
static inline int answer_value(const struct ask *ask, const struct value *v)
{
    bool yes = true; /* ASK_KNOWN */
    switch (ask->question) {
    case ASK_WHICH:
        return ask->leads[v->number];
    case ASK_IS:
    case ASK_IS_NOT:
    case ASK_AMONG:
        yes = is_that_code(ask, v->number);
        break;
    case ASK_FLAG:
        yes = v->kind == VALUE_FLAG && v->number;
        break;
    case ASK_NUMBER:
        yes = condition_relation((enum node_op)ask->relation,
                                 (v->number > ask->number) - (v->number < ask->number));
        break;
    }
    return yes ? ask->yes : ask->no;
}

static bool follow(struct asking *a, int next)
{
    while (next >= 0) {
        const struct ask *ask = &a->asks[next];
        if (ask->question >= ASK_CLOCK) {
            next = answer_rarer(a, ask);
        } else if (ask->question == ASK_IN) {
            next = is_in(a->at[ask->at], ask) ? ask->yes : ask->no;
        } else {
            const struct value *v =
                ask->of_event ? &a->s->event[ask->index] : &a->at[ask->at]->memos[ask->index];
            next = v->kind == VALUE_ABSENT ? ask->no : answer_value(ask, v);
        }
    }
    return next == YES;
}

bool plain_holds(const struct plain_condition *p, const struct situation *s, size_t instance)
{
    struct asking a;
    a.asks = p->asks;
    a.s = s;
    a.at[0] = &s->instances[0];
    a.at[1] = &s->instances[instance];
    return follow(&a, p->first);
}
