/* condition_inside.h - a condition as it was read: shared by the reader, by its evaluation with unknowns
 * (condition.c) and by the faster one without (condition_plain.c). */
#ifndef MINGDA_CONDITION_INSIDE_H
#define MINGDA_CONDITION_INSIDE_H

#include "condition.h"

#define CONDITION_DEEPEST 32 /* nested brackets, negations and questions about children */

enum value_type {
    TYPE_FLAG,
    TYPE_NUMBER,
    TYPE_DAY,
    TYPE_CODE,
    TYPE_PERSON,
    TYPE_CHILD,
    TYPE_HASH,
    TYPE_LITERAL
};

enum node_op {
    OP_CONSTANT,
    OP_DAY,
    OP_ID,
    OP_BY,
    OP_EVENT,
    OP_MEMO,
    OP_CLOCK,
    OP_IN,
    OP_AND,
    OP_OR,
    OP_NOT,
    OP_KNOWN,
    OP_EQUAL,
    OP_UNEQUAL,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_MORE,
    OP_MORE_EQUAL,
    OP_ONE_OF,
    OP_ALL,
    OP_ANY,
    OP_NONE,
    OP_COUNT
};

struct condition_node {
    enum node_op op;
    enum value_type type;
    int up;    /* steps outwards before the name is looked up */
    int index; /* field, memo, state, kind of child */
    const char *clock;
    enum clock_attribute attribute;
    struct value value;
    const struct event_field *field; /* of a code: its choices */
    struct condition_node *a, *b;
    struct value *list;
    size_t list_count;
};

/* How two values compare by the operator; neither is unknown. A comparison with what is absent is false. */
static inline bool condition_relation(enum node_op op, int order)
{
    switch (op) {
    case OP_EQUAL:
        return order == 0;
    case OP_UNEQUAL:
        return order != 0;
    case OP_LESS:
        return order < 0;
    case OP_LESS_EQUAL:
        return order <= 0;
    case OP_MORE:
        return order > 0;
    default:
        return order >= 0;
    }
}

struct plain_condition;
/* The condition of that scope as a row of questions; *out stays NULL where that cannot be said so. Only
 * fault: memory. */
const struct fault *plain_make(TALLOC_CTX *life, const struct vocabulary *v, int scope,
                               const struct condition_node *root, const struct plain_condition **out);
/* Does it hold? Everything it asks for can be said, save that names may have no value. */
bool plain_holds(const struct plain_condition *p, const struct situation *s, size_t instance);
#endif
