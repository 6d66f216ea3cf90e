#include "condition_inside.h"

#include <assert.h>
#include "text.h"

#define NAME 128 /* the longest name */

static const char *const TYPE_WORDS[] = {"a flag",   "a number", "a day",  "a code",
                                         "a person", "a child",  "a hash", "a text"};

struct value value_day(struct civil day)
{
    return civil_is_set(day) ? (struct value){.kind = VALUE_DAY, .number = civil_number(day)}
                             : (struct value){0};
}
bool value_same(struct value a, struct value b)
{
    return a.kind == b.kind && a.number == b.number && text_same(a.text, b.text);
}

/* ---- words
 * -----------------------------------------------------------------------------------------------------------
 */

enum token { TOKEN_END, TOKEN_NAME, TOKEN_NUMBER, TOKEN_TEXT, TOKEN_SIGN, TOKEN_BAD };

struct scope {
    int kind; /* CONDITION_DOSSIER or 1 + kind of child */
    const struct scope *outer;
};

struct reader {
    struct vocabulary *v;
    TALLOC_CTX *life;
    const struct event_kind *event;
    int line;
    const char *text, *at;
    enum token token;
    const char *start;
    size_t length;
    int64_t number;
    int depth;
    struct condition *out;
    int *events;
    struct memo_read *memos;
    struct code_read *codes;
    int comparisons;
    bool asks_if_known; /* inside known(): also of free text */
};

static const struct fault *wrong(struct reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static const struct fault *wrong(struct reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *sentence = talloc_vasprintf(r->v->life, format, args);
    va_end(args);
    TRY_MEMORY(sentence);
    return fault_new(r->v->life, FAULT_INPUT, "EDITION_CONDITION", "%s:%d: %s in the condition \"%s\"",
                     r->v->file, r->line, sentence, r->text);
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static void next_quoted(struct reader *r)
{
    const char *end = strchr(r->at + 1, *r->at);
    r->start = r->at + 1;
    r->token = end ? TOKEN_TEXT : TOKEN_BAD;
    r->length = end ? (size_t)(end - r->start) : strlen(r->start);
    r->at = end ? end + 1 : r->start + r->length;
}

static void next(struct reader *r)
{
    static const char *const SIGNS[] = {"<=", ">=", "==", "!=", "&&", "||", "<",
                                        ">",  "=",  "!",  "(",  ")",  ","};
    r->at += strspn(r->at, " \t\r\n");
    r->start = r->at;
    if (!*r->at) {
        r->token = TOKEN_END;
        r->length = 0;
        return;
    }
    if (*r->at == '\'' || *r->at == '"') {
        next_quoted(r);
        return;
    }
    if (letter(*r->at)) {
        while (letter(*r->at) || digit(*r->at) || *r->at == '-' || (*r->at == '.' && letter(r->at[1])))
            r->at++;
        r->token = TOKEN_NAME;
        r->length = (size_t)(r->at - r->start);
        return;
    }
    if (digit(*r->at)) {
        for (r->number = 0; digit(*r->at) && r->number < 100000000; r->at++)
            r->number = r->number * 10 + (*r->at - '0');
        r->token = digit(*r->at) || letter(*r->at) || *r->at == '.' ? TOKEN_BAD : TOKEN_NUMBER;
        r->length = (size_t)(r->at - r->start);
        return;
    }
    r->token = TOKEN_BAD;
    r->length = 1;
    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++)
        if (strncmp(r->at, SIGNS[i], strlen(SIGNS[i])) == 0) {
            r->token = TOKEN_SIGN;
            r->length = strlen(SIGNS[i]);
            break;
        }
    r->at += r->length;
}

static bool at_word(const struct reader *r, const char *word)
{
    return (r->token == TOKEN_SIGN || r->token == TOKEN_NAME) && strlen(word) == r->length &&
           strncmp(r->start, word, r->length) == 0;
}

static bool take(struct reader *r, const char *word)
{
    bool there = at_word(r, word);
    if (there)
        next(r);
    return there;
}

static const struct fault *need(struct reader *r, const char *word)
{
    if (take(r, word))
        return NULL;
    return r->token == TOKEN_END
               ? wrong(r, "\"%s\" is missing at the end", word)
               : wrong(r, "\"%s\" is missing before \"%.*s\"", word, (int)r->length, r->start);
}

static struct condition_node *node_new(struct reader *r, enum node_op op, enum value_type type)
{
    struct condition_node *n = talloc_zero(r->life, struct condition_node);
    if (n) {
        n->op = op;
        n->type = type;
    }
    return n;
}

/* ---- names
 * -------------------------------------------------------------------------------------------------------------
 */

static const struct event_kind *find_event(const struct vocabulary *v, const char *name, size_t length)
{
    for (size_t i = 0; i < v->event_count; i++)
        if (strlen(v->events[i].name) == length && strncmp(v->events[i].name, name, length) == 0)
            return &v->events[i];
    return NULL;
}

static int find_child(const struct vocabulary *v, const char *name, size_t length)
{
    for (size_t i = 0; i < v->child_count; i++)
        if (strlen(v->children[i].name) == length && strncmp(v->children[i].name, name, length) == 0)
            return (int)i;
    return -1;
}

int vocabulary_memo(struct vocabulary *v, int scope, struct memo want)
{
    struct memo_list *list = &v->memos[scope];
    if (!list->first) {
        list->first = talloc_array(v->life, int, v->event_count + 1);
        if (!list->first)
            return -1;
        for (size_t i = 0; i < v->event_count; i++)
            list->first[i] = -1;
    }
    for (int i = list->first[want.event]; i >= 0; i = list->list[i].next)
        if (list->list[i].kind == want.kind && list->list[i].field == want.field)
            return i;
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 16;
        struct memo *more = talloc_realloc(v->life, list->list, struct memo, room);
        if (!more)
            return -1;
        list->list = more;
        list->room = room;
    }
    want.next = list->first[want.event];
    list->first[want.event] = (int)list->count;
    list->list[list->count] = want;
    return (int)list->count++;
}

static const struct fault *note_event(struct reader *r, int event)
{
    for (size_t i = 0; i < r->out->event_count; i++)
        if (r->events[i] == event)
            return NULL;
    r->events = talloc_realloc(r->life, r->events, int, r->out->event_count + 1);
    TRY_MEMORY(r->events);
    r->events[r->out->event_count++] = event;
    return NULL;
}

static const struct fault *note_memo(struct reader *r, int scope, size_t index)
{
    r->memos = talloc_realloc(r->life, r->memos, struct memo_read, r->out->memo_count + 1);
    TRY_MEMORY(r->memos);
    r->memos[r->out->memo_count++] = (struct memo_read){.scope = scope, .index = index};
    return NULL;
}

static const struct fault *field_type(struct reader *r, const struct event_field *f, enum value_type *out)
{
    static const int TYPES[] = {[EVENT_FIELD_DAY] = TYPE_DAY,    [EVENT_FIELD_INT] = TYPE_NUMBER,
                                [EVENT_FIELD_CODE] = TYPE_CODE,  [EVENT_FIELD_PERSON] = TYPE_PERSON,
                                [EVENT_FIELD_ITEM] = TYPE_CHILD, [EVENT_FIELD_TEXT] = -1,
                                [EVENT_FIELD_NOTE] = -1,         [EVENT_FIELD_FLAG] = TYPE_FLAG,
                                [EVENT_FIELD_SHA256] = TYPE_HASH};
    if (TYPES[f->kind] < 0 && r->asks_if_known) {
        *out = TYPE_FLAG;
        return NULL;
    }
    if (TYPES[f->kind] < 0)
        return wrong(r, "\"%s\" is free text, which no rule may read,", f->name);
    *out = (enum value_type)TYPES[f->kind];
    return NULL;
}

static const struct fault *event_name(struct reader *r, const char *field, int up,
                                      struct condition_node **out)
{
    if (!r->event)
        return wrong(r, "\"event\" has no meaning here: no single event is judged,");
    r->out->reads_event = true;
    struct condition_node *n = node_new(r, OP_EVENT, TYPE_PERSON);
    TRY_MEMORY(n);
    *out = n;
    n->up = up;
    if (strcmp(field, "by") == 0) {
        n->op = OP_BY;
        r->out->reads_persons = true;
        return NULL;
    }
    n->field = event_field(r->event, field);
    if (!n->field)
        return wrong(r, "the event \"%s\" has no field \"%s\"", r->event->name, field);
    n->index = (int)(n->field - r->event->fields);
    if (r->v->fields_read)
        r->v->fields_read[r->event - r->v->events] |= UINT64_C(1) << n->index;
    return field_type(r, n->field, &n->type);
}

static const struct fault *memo_name(struct reader *r, const struct scope *scope, const struct event_kind *k,
                                     const char *field, int up, struct condition_node **out)
{
    struct memo want = {.kind = MEMO_FIELD, .event = (int)(k - r->v->events)};
    struct condition_node *n = node_new(r, OP_MEMO, TYPE_NUMBER);
    TRY_MEMORY(n);
    n->up = up;
    if (!field) {
        want.kind = MEMO_COUNT;
    } else if (strcmp(field, "by") == 0) {
        want.kind = MEMO_BY;
        r->out->reads_persons = true;
        n->type = TYPE_PERSON;
    } else if (strcmp(field, "day") == 0) {
        want.kind = MEMO_DAY;
        n->type = TYPE_DAY;
    } else {
        n->field = event_field(k, field);
        if (!n->field)
            return wrong(r, "the event \"%s\" has no field \"%s\"", k->name, field);
        want.field = (int)(n->field - k->fields);
        TRY(field_type(r, n->field, &n->type));
    }
    if (scope->kind != CONDITION_DOSSIER && k->child != &r->v->children[scope->kind - 1])
        return wrong(r, "\"%s\" says nothing about a %s: write up.%s", k->name,
                     r->v->children[scope->kind - 1].name, k->name);
    n->index = vocabulary_memo(r->v, scope->kind, want);
    if (n->index < 0)
        return fault_memory();
    *out = n;
    TRY(note_memo(r, scope->kind, (size_t)n->index));
    return note_event(r, want.event);
}

static const struct {
    const char *word;
    enum clock_attribute attribute;
    enum value_type type;
} CLOCK_ATTRIBUTES[] = {
    {"due", CLOCK_ATTRIBUTE_DUE, TYPE_DAY},
    {"day0", CLOCK_ATTRIBUTE_DAY0, TYPE_DAY},
    {"expired", CLOCK_ATTRIBUTE_EXPIRED, TYPE_FLAG},
    {"running", CLOCK_ATTRIBUTE_RUNNING, TYPE_FLAG},
    {"paused", CLOCK_ATTRIBUTE_PAUSED, TYPE_FLAG},
    {"replaced", CLOCK_ATTRIBUTE_REPLACED, TYPE_FLAG},
    {"stopped", CLOCK_ATTRIBUTE_STOPPED, TYPE_FLAG},
    {"started", CLOCK_ATTRIBUTE_STARTED, TYPE_FLAG},
    {"provisional", CLOCK_ATTRIBUTE_PROVISIONAL, TYPE_FLAG},
    {"late", CLOCK_ATTRIBUTE_LATE, TYPE_NUMBER},
};

static const struct fault *clock_name(struct reader *r, const struct clock_about *about,
                                      const char *attribute, int up, struct condition_node **out)
{
    for (size_t i = 0; i < sizeof CLOCK_ATTRIBUTES / sizeof *CLOCK_ATTRIBUTES; i++) {
        if (strcmp(CLOCK_ATTRIBUTES[i].word, attribute) != 0)
            continue;
        struct condition_node *n = node_new(r, OP_CLOCK, CLOCK_ATTRIBUTES[i].type);
        TRY_MEMORY(n);
        n->clock = about->id;
        n->attribute = CLOCK_ATTRIBUTES[i].attribute;
        n->up = up;
        r->out->reads_clocks = true;
        *out = n;
        return NULL;
    }
    return wrong(r, "a clock has no \"%s\"", attribute);
}

static const struct fault *parameter_name(struct reader *r, const char *name, struct condition_node **out)
{
    for (size_t i = 0; i < r->v->parameter_count; i++) {
        const struct edition_parameter *p = &r->v->parameters[i];
        int64_t number = 0;
        if (strcmp(p->name, name) != 0)
            continue;
        struct condition_node *n = node_new(r, OP_CONSTANT, p->number ? TYPE_NUMBER : TYPE_LITERAL);
        TRY_MEMORY(n);
        n->value = p->number && text_to_int(p->value, INT32_MIN, INT32_MAX, &number) ? value_number(number)
                                                                                     : value_text(p->value);
        *out = n;
        return NULL;
    }
    return wrong(r, "there is no parameter \"%s\"", name);
}

/* Takes "up." from the front of a name and steps outwards. */
static const struct fault *outwards(struct reader *r, char **name, const struct scope **scope, int *up)
{
    while (strncmp(*name, "up.", 3) == 0) {
        if (!(*scope)->outer)
            return wrong(r, "\"up\" leads nowhere: this is the dossier itself,");
        *scope = (*scope)->outer;
        *name += 3;
        ++*up;
    }
    return NULL;
}

static const struct fault *read_name(struct reader *r, char *name, const struct scope *scope,
                                     struct condition_node **out)
{
    int up = 0;
    TRY(outwards(r, &name, &scope, &up));
    if (strcmp(name, "day") == 0 || strcmp(name, "id") == 0) {
        bool id = *name == 'i';
        if (id && scope->kind == CONDITION_DOSSIER)
            return wrong(r, "\"id\" is that of a child: there is none here,");
        r->out->reads_day = r->out->reads_day || !id;
        *out = node_new(r, id ? OP_ID : OP_DAY, id ? TYPE_CHILD : TYPE_DAY);
        TRY_MEMORY(*out);
        (*out)->up = up;
        return NULL;
    }
    char *dot = strchr(name, '.');
    if (!dot)
        return wrong(r, "nothing is called \"%s\"", name);
    *dot = '\0';
    if (strcmp(name, "event") == 0)
        return event_name(r, dot + 1, up, out);
    if (strcmp(name, "param") == 0)
        return parameter_name(r, dot + 1, out);
    const struct event_kind *k = find_event(r->v, name, strlen(name));
    if (k)
        return memo_name(r, scope, k, dot + 1, up, out);
    const struct clock_about *about = r->v->clocks ? clock_rules_find(r->v->clocks, name) : NULL;
    if (about)
        return clock_name(r, about, dot + 1, up, out);
    return wrong(r, "there is no event and no clock \"%s\"", name);
}

/* ---- calls
 * ---------------------------------------------------------------------------------------------------------------
 */

static const struct fault *read_condition(struct reader *r, const struct scope *scope,
                                          struct condition_node **out);

static const struct fault *want_flag(struct reader *r, const struct condition_node *n, const char *what)
{
    return n->type == TYPE_FLAG ? NULL : wrong(r, "%s is no yes or no (%s)", what, TYPE_WORDS[n->type]);
}

static const struct fault *read_in(struct reader *r, const struct scope *scope, int up,
                                   struct condition_node **out)
{
    const struct chart *chart =
        scope->kind == CONDITION_DOSSIER ? r->v->chart : r->v->children[scope->kind - 1].chart;
    if (r->token != TOKEN_TEXT)
        return wrong(r, "In() wants the name of a state in quotes");
    const char *id = talloc_strndup(r->life, r->start, r->length);
    struct condition_node *n = node_new(r, OP_IN, TYPE_FLAG);
    TRY_MEMORY(id);
    TRY_MEMORY(n);
    n->up = up;
    n->index = chart_state_index(chart, id);
    if (n->index < 0)
        return wrong(r, "there is no state \"%s\"", id);
    if (scope->kind == CONDITION_DOSSIER) {
        if (!r->out->states)
            TRY_MEMORY(r->out->states = talloc_zero_array(r->life, uint64_t, (size_t)chart->words));
        r->out->states[n->index / 64] |= UINT64_C(1) << (n->index % 64);
    }
    next(r);
    *out = n;
    return NULL;
}

static const struct fault *read_children(struct reader *r, const struct scope *scope, enum node_op op,
                                         struct condition_node **out)
{
    int kind = find_child(r->v, r->start, r->length);
    if (r->token != TOKEN_NAME || kind < 0)
        return wrong(r, "there is no kind of child \"%.*s\"", (int)r->length, r->start);
    next(r);
    struct condition_node *n = node_new(r, op, op == OP_COUNT ? TYPE_NUMBER : TYPE_FLAG);
    TRY_MEMORY(n);
    n->index = kind;
    r->out->kinds |= UINT32_C(1) << kind;
    *out = n;
    if (op == OP_COUNT && at_word(r, ")"))
        return NULL;
    TRY(need(r, ","));
    struct scope inner = {.kind = 1 + kind, .outer = scope};
    TRY(read_condition(r, &inner, &n->a));
    return want_flag(r, n->a, "what is asked of each child");
}

/* count(event), seen(event) */
static const struct fault *read_seen(struct reader *r, const struct scope *scope, int up, bool seen,
                                     struct condition_node **out)
{
    const struct event_kind *k = r->token == TOKEN_NAME ? find_event(r->v, r->start, r->length) : NULL;
    if (!k)
        return wrong(r, "there is no event \"%.*s\"", (int)r->length, r->start);
    next(r);
    TRY(memo_name(r, scope, k, NULL, up, out));
    if (!seen) {
        r->v->memos[scope->kind].list[(*out)->index].counted = true;
        return NULL;
    }
    struct condition_node *more = node_new(r, OP_MORE, TYPE_FLAG),
                          *zero = node_new(r, OP_CONSTANT, TYPE_NUMBER);
    TRY_MEMORY(more);
    TRY_MEMORY(zero);
    zero->value = value_number(0);
    more->a = *out;
    more->b = zero;
    *out = more;
    return NULL;
}

static const struct fault *read_known(struct reader *r, const struct scope *scope,
                                      struct condition_node **out)
{
    if (r->token != TOKEN_NAME || r->length >= NAME)
        return wrong(r, "known() wants a name");
    char name[NAME];
    snprintf(name, sizeof name, "%.*s", (int)r->length, r->start);
    struct condition_node *n = node_new(r, OP_KNOWN, TYPE_FLAG);
    TRY_MEMORY(n);
    next(r);
    *out = n;
    r->asks_if_known = true;
    const struct fault *f = read_name(r, name, scope, &n->a);
    r->asks_if_known = false;
    return f;
}

static const struct fault *read_day(struct reader *r, struct condition_node **out)
{
    struct civil day;
    if (r->token != TOKEN_TEXT || !civil_parse_n(r->start, r->length, &day))
        return wrong(r, "day() wants a day like '2026-03-02'");
    next(r);
    *out = node_new(r, OP_CONSTANT, TYPE_DAY);
    TRY_MEMORY(*out);
    (*out)->value = value_day(day);
    return NULL;
}

static const struct fault *read_call(struct reader *r, char *name, const struct scope *scope,
                                     struct condition_node **out)
{
    static const struct {
        const char *word;
        enum node_op op;
    } QUANTIFIERS[] = {{"all", OP_ALL}, {"any", OP_ANY}, {"none", OP_NONE}};
    int up = 0;
    const struct scope *here = scope;
    TRY(outwards(r, &name, &here, &up));
    next(r); /* ( */
    bool counts = strcmp(name, "count") == 0, child = counts && find_child(r->v, r->start, r->length) >= 0;
    const struct fault *f = NULL;
    if (strcmp(name, "In") == 0)
        f = read_in(r, here, up, out);
    else if (strcmp(name, "seen") == 0 || (counts && !child))
        f = read_seen(r, here, up, !counts, out);
    else if (strcmp(name, "known") == 0 && !up)
        f = read_known(r, scope, out);
    else if (strcmp(name, "day") == 0 && !up)
        f = read_day(r, out);
    else if (child && !up)
        f = read_children(r, scope, OP_COUNT, out);
    else {
        size_t i = 0;
        while (i < 3 && strcmp(QUANTIFIERS[i].word, name) != 0)
            i++;
        if (i == 3 || up)
            return wrong(r, "nothing is called \"%s()\"", name);
        f = read_children(r, scope, QUANTIFIERS[i].op, out);
    }
    TRY(f);
    return need(r, ")");
}

/* ---- values and operators
 * -------------------------------------------------------------------------------------------------- */

static const struct fault *read_literal(struct reader *r, struct condition_node **out)
{
    struct condition_node *n =
        node_new(r, OP_CONSTANT, r->token == TOKEN_NUMBER ? TYPE_NUMBER : TYPE_LITERAL);
    TRY_MEMORY(n);
    if (r->token == TOKEN_NUMBER) {
        n->value = value_number(r->number);
    } else {
        n->value = value_text(talloc_strndup(r->life, r->start, r->length));
        TRY_MEMORY(n->value.text);
    }
    next(r);
    *out = n;
    return NULL;
}

static const struct fault *read_value(struct reader *r, const struct scope *scope,
                                      struct condition_node **out)
{
    if (r->token == TOKEN_NUMBER || r->token == TOKEN_TEXT)
        return read_literal(r, out);
    if (at_word(r, "true") || at_word(r, "false")) {
        struct condition_node *n = node_new(r, OP_CONSTANT, TYPE_FLAG);
        TRY_MEMORY(n);
        n->value = value_flag(at_word(r, "true"));
        next(r);
        *out = n;
        return NULL;
    }
    if (take(r, "(")) {
        TRY(read_condition(r, scope, out));
        return need(r, ")");
    }
    if (r->token == TOKEN_END)
        return wrong(r, "something is missing at the end");
    if (r->token != TOKEN_NAME || r->length >= NAME)
        return wrong(r, "\"%.*s\" is not understood", (int)r->length, r->start);
    char name[NAME];
    snprintf(name, sizeof name, "%.*s", (int)r->length, r->start);
    next(r);
    return at_word(r, "(") ? read_call(r, name, scope, out) : read_name(r, name, scope, out);
}

static const struct fault *note_code(struct reader *r, const struct condition_node *code, const char *literal)
{
    r->codes = talloc_realloc(r->life, r->codes, struct code_read, r->out->code_count + 1);
    TRY_MEMORY(r->codes);
    r->codes[r->out->code_count++] = (struct code_read){.field = code->field,
                                                        .literal = literal,
                                                        .comparison = r->comparisons,
                                                        .remembered = code->op == OP_MEMO};
    return NULL;
}

static const struct fault *check_literal(struct reader *r, const struct condition_node *code,
                                         struct value literal)
{
    if (code->type != TYPE_CODE)
        return NULL;
    TRY(note_code(r, code, literal.text));
    if (!event_field_choice(code->field, literal.text))
        return wrong(r, "\"%s\" is none of the choices of \"%s\"", literal.text, code->field->name);
    return NULL;
}

static const struct fault *check_types(struct reader *r, const struct condition_node *n)
{
    const struct condition_node *a = n->a, *b = n->b;
    bool order = n->op != OP_EQUAL && n->op != OP_UNEQUAL;
    bool text =
        a->type == TYPE_CODE || a->type == TYPE_CHILD || a->type == TYPE_HASH || a->type == TYPE_LITERAL;
    if (order && a->type != TYPE_NUMBER && a->type != TYPE_DAY)
        return wrong(r, "%s has no order", TYPE_WORDS[a->type]);
    if (b->type == TYPE_LITERAL && text)
        return check_literal(r, a, b->value);
    if (a->type == TYPE_LITERAL && b->type != TYPE_PERSON && b->type > TYPE_DAY)
        return check_literal(r, b, a->value);
    if (a->type != b->type)
        return wrong(r, "%s is compared with %s", TYPE_WORDS[a->type], TYPE_WORDS[b->type]);
    if (a->type != TYPE_CODE)
        return NULL;
    TRY(note_code(r, a, NULL));
    return note_code(r, b, NULL);
}

static const struct fault *read_list(struct reader *r, struct condition_node *n)
{
    TRY(need(r, "("));
    do {
        if (r->token != TOKEN_TEXT || n->a->type != TYPE_CODE)
            return wrong(r, "\"in\" asks whether a code is one of several in quotes");
        n->list = talloc_realloc(r->life, n->list, struct value, n->list_count + 1);
        TRY_MEMORY(n->list);
        struct value *v = &n->list[n->list_count++];
        *v = value_text(talloc_strndup(r->life, r->start, r->length));
        TRY_MEMORY(v->text);
        TRY(check_literal(r, n->a, *v));
        next(r);
    } while (take(r, ","));
    return need(r, ")");
}

static const struct fault *read_relation(struct reader *r, const struct scope *scope,
                                         struct condition_node **out)
{
    static const struct {
        const char *sign;
        enum node_op op;
    } SIGNS[] = {{"==", OP_EQUAL},      {"=", OP_EQUAL}, {"!=", OP_UNEQUAL}, {"<=", OP_LESS_EQUAL},
                 {">=", OP_MORE_EQUAL}, {"<", OP_LESS},  {">", OP_MORE}};
    struct condition_node *left = NULL;
    TRY(read_value(r, scope, &left));
    *out = left;
    if (take(r, "in")) {
        *out = node_new(r, OP_ONE_OF, TYPE_FLAG);
        TRY_MEMORY(*out);
        (*out)->a = left;
        r->comparisons++;
        return read_list(r, *out);
    }
    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++) {
        if (!take(r, SIGNS[i].sign))
            continue;
        *out = node_new(r, SIGNS[i].op, TYPE_FLAG);
        TRY_MEMORY(*out);
        (*out)->a = left;
        TRY(read_value(r, scope, &(*out)->b));
        r->comparisons++;
        return check_types(r, *out);
    }
    return NULL;
}

static const struct fault *read_one(struct reader *r, const struct scope *scope, struct condition_node **out)
{
    if (++r->depth > CONDITION_DEEPEST)
        return wrong(r, "more than %d brackets within each other", CONDITION_DEEPEST);
    if (take(r, "not") || take(r, "!")) {
        struct condition_node *n = node_new(r, OP_NOT, TYPE_FLAG);
        TRY_MEMORY(n);
        *out = n;
        TRY(read_one(r, scope, &n->a));
        TRY(want_flag(r, n->a, "what is denied"));
    } else {
        TRY(read_relation(r, scope, out));
    }
    r->depth--;
    return NULL;
}

static const struct fault *read_chain(struct reader *r, const struct scope *scope, bool either,
                                      struct condition_node **out)
{
    TRY(either ? read_one(r, scope, out) : read_chain(r, scope, true, out));
    while (either ? take(r, "and") || take(r, "&&") : take(r, "or") || take(r, "||")) {
        struct condition_node *n = node_new(r, either ? OP_AND : OP_OR, TYPE_FLAG);
        TRY_MEMORY(n);
        n->a = *out;
        TRY(either ? read_one(r, scope, &n->b) : read_chain(r, scope, true, &n->b));
        TRY(want_flag(r, n->a, "the left side"));
        TRY(want_flag(r, n->b, "the right side"));
        *out = n;
    }
    return NULL;
}

static const struct fault *read_condition(struct reader *r, const struct scope *scope,
                                          struct condition_node **out)
{
    return read_chain(r, scope, false, out);
}

const struct fault *condition_read(struct vocabulary *v, int scope, const struct event_kind *event, int line,
                                   const char *text, const struct condition **out)
{
    struct condition *c = talloc_zero(v->life, struct condition);
    TRY_MEMORY(c);
    if (!v->codes)
        TRY(code_table_make(v->life, v->events, v->event_count, &v->codes));
    struct reader r = {.v = v, .life = c, .event = event, .line = line, .out = c};
    struct scope dossier = {.kind = CONDITION_DOSSIER}, child = {.kind = scope, .outer = &dossier};
    struct condition_node *root = NULL;
    c->line = line;
    c->text = r.text = r.at = talloc_strdup(c, text);
    TRY_MEMORY(c->text);
    next(&r);
    TRY(read_condition(&r, scope == CONDITION_DOSSIER ? &dossier : &child, &root));
    if (r.token != TOKEN_END)
        return wrong(&r, "\"%.*s\" is not understood", (int)r.length, r.start);
    TRY(want_flag(&r, root, "the whole"));
    c->root = root;
    c->events = r.events;
    c->memos = r.memos;
    c->codes = r.codes;
    TRY(plain_make(c, v, scope, root, &c->plain));
    *out = c;
    return NULL;
}

/* A transition for one named event may ask what the event says. */
static const struct event_kind *single_event(const struct vocabulary *v, const struct chart_transition *t)
{
    return t->event_count == 1 ? find_event(v, t->events[0], strlen(t->events[0])) : NULL;
}

const struct fault *condition_read_chart(struct vocabulary *v, struct chart *chart, int scope)
{
    for (int i = 0; i < chart->transition_count; i++) {
        struct chart_transition *t = &chart->transitions[i];
        if (t->text)
            TRY(condition_read(v, scope, single_event(v, t), t->line, t->text, &t->condition));
    }
    for (int i = 0; i < chart->branch_count; i++)
        TRY(condition_read(v, scope, NULL, chart->branches[i]->line, chart->branches[i]->text,
                           &chart->branches[i]->condition));
    return NULL;
}

/* ---- evaluation
 * ---------------------------------------------------------------------------------------------------------------
 */

struct frame {
    size_t instance;
    const struct frame *outer;
};

static const struct value UNKNOWN = {.kind = VALUE_UNKNOWN};

static struct value evaluate(const struct condition_node *n, const struct situation *s,
                             const struct frame *frame);

static const struct instance *instance_at(const struct condition_node *n, const struct situation *s,
                                          const struct frame *frame)
{
    for (int up = n->up; up > 0; up--)
        frame = frame->outer;
    return &s->instances[frame->instance];
}

/* In the checker: whoever reads an open field first decides what it says; what is unknown is noted. */
static struct value in_model(const struct condition_node *n, const struct situation *s,
                             const struct frame *frame)
{
    const struct instance *self = instance_at(n, s, frame);
    if (n->op == OP_EVENT)
        return s->says ? s->says(s, n->index) : UNKNOWN;
    if (n->op == OP_IN)
        return self->kind ? value_flag(machine_in(self->machine, n->index)) : s->in(s, n->index);
    if (s->unsaid)
        s->unsaid(s, (size_t)(self - s->instances), n->index);
    return self->memos[n->index];
}

/* Most nodes are leaves: those are answered where they stand. */
static inline struct value value_of(const struct condition_node *n, const struct situation *s,
                                    const struct frame *frame)
{
    struct value v;
    switch (n->op) {
    case OP_CONSTANT:
        return n->value;
    case OP_MEMO:
        v = instance_at(n, s, frame)->memos[n->index];
        return v.kind == VALUE_UNKNOWN ? in_model(n, s, frame) : v;
    case OP_IN:
        if (s->in)
            return in_model(n, s, frame);
        return value_flag(machine_in(instance_at(n, s, frame)->machine, n->index));
    case OP_EVENT:
        v = s->event ? s->event[n->index] : UNKNOWN;
        return v.kind == VALUE_OPEN ? in_model(n, s, frame) : v;
    default:
        return evaluate(n, s, frame);
    }
}

static struct value compare(const struct condition_node *n, struct value a, struct value b)
{
    if (a.kind == VALUE_ABSENT || b.kind == VALUE_ABSENT)
        return value_flag(false);
    if (a.kind <= VALUE_SOME || b.kind <= VALUE_SOME)
        return UNKNOWN;
    int order = a.kind == VALUE_TEXT && b.kind == VALUE_TEXT ? strcmp(a.text, b.text)
                                                             : (a.number > b.number) - (a.number < b.number);
    return value_flag(condition_relation(n->op, order));
}

static bool is_true(struct value v)
{
    return v.kind == VALUE_FLAG && v.number;
}
static bool is_false(struct value v)
{
    return v.kind == VALUE_ABSENT || (v.kind == VALUE_FLAG && !v.number);
}

/* Kleene's three values: unknown yields to what decides. */
static struct value join(const struct condition_node *n, const struct situation *s, const struct frame *frame)
{
    bool both = n->op == OP_AND;
    struct value a = value_of(n->a, s, frame);
    if (both ? is_false(a) : is_true(a))
        return value_flag(!both);
    struct value b = value_of(n->b, s, frame);
    if (both ? is_false(b) : is_true(b))
        return value_flag(!both);
    return a.kind == VALUE_UNKNOWN || b.kind == VALUE_UNKNOWN ? UNKNOWN : value_flag(both);
}

bool condition_same_question(const struct condition_node *a, const struct condition_node *b)
{
    if (!a || !b)
        return a == b;
    if (a == b)
        return true;
    if (a->op != b->op || a->up != b->up || a->index != b->index || a->attribute != b->attribute ||
        !text_same(a->clock, b->clock) || !value_same(a->value, b->value) || a->list_count != b->list_count)
        return false;
    for (size_t i = 0; i < a->list_count; i++)
        if (!value_same(a->list[i], b->list[i]))
            return false;
    return condition_same_question(a->a, b->a) && condition_same_question(a->b, b->b);
}

static bool node_reads_field(const struct condition_node *n, int field)
{
    return n && ((n->op == OP_EVENT && n->index == field) || node_reads_field(n->a, field) ||
                 node_reads_field(n->b, field));
}

bool condition_reads_field(const struct condition *c, int field)
{
    return node_reads_field(c->root, field);
}

/* all(c) is "none of which c is false"; any(not c) asks the same. */
static struct value left_out_children(const struct condition_node *n, const struct situation *s)
{
    if (s->unseen)
        s->unseen(s, n->index);
    if (!s->exists || n->op == OP_COUNT)
        return UNKNOWN;
    const struct condition_node *inner = n->a;
    bool negated = n->op == OP_ALL;
    for (; inner->op == OP_NOT; inner = inner->a)
        negated = !negated;
    return value_flag(s->exists(s, inner, n->index, negated) == (n->op == OP_ANY));
}

static struct value over_children(const struct condition_node *n, const struct situation *s,
                                  const struct frame *frame)
{
    if (s->left_out >> n->index & 1)
        return left_out_children(n, s);
    int32_t yes = 0, no = 0, open = 0;
    for (size_t i = 1; i < s->count; i++) {
        if (s->instances[i].kind->index != (size_t)n->index)
            continue;
        struct frame inner = {.instance = i, .outer = frame};
        struct value v = n->a ? value_of(n->a, s, &inner) : value_flag(true);
        *(v.kind == VALUE_UNKNOWN ? &open : is_true(v) ? &yes : &no) += 1;
        if (n->op == OP_ALL ? no : n->op != OP_COUNT && yes)
            break; /* decided: the others cannot change it */
    }
    switch (n->op) {
    case OP_ALL:
        return no ? value_flag(false) : open ? UNKNOWN : value_flag(true);
    case OP_ANY:
        return yes ? value_flag(true) : open ? UNKNOWN : value_flag(false);
    case OP_NONE:
        return yes ? value_flag(false) : open ? UNKNOWN : value_flag(true);
    default:
        return open ? UNKNOWN : value_number(yes);
    }
}

static struct value one_of(const struct condition_node *n, struct value a)
{
    if (a.kind != VALUE_TEXT)
        return a.kind == VALUE_ABSENT ? value_flag(false) : UNKNOWN;
    for (size_t i = 0; i < n->list_count; i++)
        if (strcmp(n->list[i].text, a.text) == 0)
            return value_flag(true);
    return value_flag(false);
}

static struct value evaluate(const struct condition_node *n, const struct situation *s,
                             const struct frame *frame)
{
    struct value a;
    switch (n->op) {
    case OP_CONSTANT:
    case OP_MEMO:
    case OP_IN:
    case OP_EVENT:
        return value_of(n, s, frame);
    case OP_DAY:
        return s->day;
    case OP_ID:
        a = value_text(instance_at(n, s, frame)->id);
        return a.kind == VALUE_ABSENT && !s->plain ? UNKNOWN : a; /* of nobody in particular */
    case OP_BY:
        return s->by;
    case OP_CLOCK:
        return s->clock
                   ? s->clock(s, n->clock, n->attribute, (size_t)(instance_at(n, s, frame) - s->instances))
                   : (struct value){0};
    case OP_AND:
    case OP_OR:
        return join(n, s, frame);
    case OP_NOT:
        a = value_of(n->a, s, frame);
        return a.kind == VALUE_UNKNOWN ? UNKNOWN : value_flag(is_false(a));
    case OP_KNOWN:
        a = value_of(n->a, s, frame);
        return a.kind == VALUE_UNKNOWN ? UNKNOWN : value_flag(a.kind != VALUE_ABSENT);
    case OP_ONE_OF:
        return one_of(n, value_of(n->a, s, frame));
    case OP_ALL:
    case OP_ANY:
    case OP_NONE:
    case OP_COUNT:
        return over_children(n, s, frame);
    default:
        return compare(n, value_of(n->a, s, frame), value_of(n->b, s, frame));
    }
}

/* Of a question within a question of the same kind nothing is said: the others might answer it. */
static bool node_blind(const struct condition_node *n, const struct situation *s, int kind,
                       const struct frame *frame, bool within)
{
    if (!n)
        return true;
    bool asks = (n->op == OP_ALL || n->op == OP_ANY || n->op == OP_NONE || n->op == OP_COUNT);
    bool of_the_kind = asks && n->index == kind;
    if (of_the_kind) {
        struct value v = over_children(n, s, frame);
        bool none = n->op == OP_ALL || n->op == OP_NONE; /* what is said of no children at all */
        if (within || v.kind == VALUE_UNKNOWN || v.number != none)
            return false;
    }
    struct frame inner = {.instance = 0, .outer = frame};
    return node_blind(n->a, s, kind, asks ? &inner : frame, within || of_the_kind) &&
           node_blind(n->b, s, kind, frame, within);
}

bool condition_blind(const struct condition *c, const struct situation *s, int kind)
{
    struct frame dossier = {.instance = 0}, root = {.instance = 0, .outer = &dossier};
    return !(c->kinds >> kind & 1) || node_blind(c->root, s, kind, &root, false);
}

static bool node_counts(const struct condition_node *n, int kind)
{
    return n &&
           ((n->op == OP_COUNT && n->index == kind) || node_counts(n->a, kind) || node_counts(n->b, kind));
}

bool condition_counts(const struct condition *c, int kind)
{
    return (c->kinds >> kind & 1) && node_counts(c->root, kind);
}

static enum verdict with_unknowns(const struct condition *c, const struct situation *s, size_t instance)
{
    struct frame dossier = {.instance = 0}, child = {.instance = instance, .outer = &dossier};
    struct value v = value_of(c->root, s, instance ? &child : &dossier);
    return v.kind == VALUE_UNKNOWN ? VERDICT_UNKNOWN : is_true(v) ? VERDICT_YES : VERDICT_NO;
}

enum verdict condition_verdict(const struct condition *c, const struct situation *s, size_t instance)
{
    if (!c->plain || !s->plain || (c->reads_event && !s->event))
        return with_unknowns(c, s, instance);
    enum verdict v = plain_holds(c->plain, s, instance) ? VERDICT_YES : VERDICT_NO;
    assert(v == with_unknowns(c, s, instance));
    return v;
}

struct value condition_value(const struct condition *c, const struct situation *s, size_t instance)
{
    enum verdict v = condition_verdict(c, s, instance);
    return v == VERDICT_UNKNOWN ? UNKNOWN : value_flag(v == VERDICT_YES);
}

/* ---- workflow trace --set
 * ------------------------------------------------------------------------------------------------------ */

static const struct fault *assigned_value(struct reader *r, const struct condition_node *n, const char *value,
                                          struct value *out)
{
    int64_t number = 0;
    struct civil day;
    switch (n->type) {
    case TYPE_FLAG:
        if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
            return wrong(r, "true or false is wanted, not \"%s\",", value);
        *out = value_flag(strcmp(value, "true") == 0);
        return NULL;
    case TYPE_NUMBER:
        if (!text_to_int(value, INT32_MIN, INT32_MAX, &number))
            return wrong(r, "a whole number is wanted, not \"%s\",", value);
        *out = value_number(number);
        return NULL;
    case TYPE_DAY:
        if (!civil_parse(value, &day))
            return wrong(r, "a day is wanted, not \"%s\",", value);
        *out = value_day(day);
        return NULL;
    default:
        *out = value_text(talloc_strdup(r->life, value));
        TRY_MEMORY(out->text);
        return check_literal(r, n, *out);
    }
}

const struct fault *condition_assign(struct vocabulary *v, const char *name, const char *value,
                                     struct condition_name *out)
{
    struct condition *c = talloc_zero(v->life, struct condition);
    TRY_MEMORY(c);
    struct reader r = {.v = v, .life = c, .out = c, .text = name, .at = name, .line = 1};
    struct scope dossier = {.kind = CONDITION_DOSSIER};
    struct condition_node *n = NULL;
    next(&r);
    TRY(read_value(&r, &dossier, &n));
    if (r.token != TOKEN_END || (n->op != OP_MEMO && n->op != OP_CLOCK))
        return wrong(&r, "this is no name that can be set");
    *out = (struct condition_name){.clock = n->op == OP_CLOCK,
                                   .clock_id = n->clock,
                                   .attribute = n->attribute,
                                   .memo = n->op == OP_MEMO ? (size_t)n->index : 0};
    return assigned_value(&r, n, value, &out->value);
}
