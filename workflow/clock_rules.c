/* clock_rules.c - reads <law:clocks>, the vocabulary in which an edition declares its clocks. Its words stand
 * in law_words.c; a clock of children cannot be looked at by a refusal; a period in months cannot be paused;
 * "{NAME}" in an attribute is the value of that parameter. */
#include "clock_inside.h"

#include <stdarg.h>
#include <string.h>
#include "law_words.h"
#include "law_xml.h"
#include "life.h"
#include "text.h"

#define EFFECTS_MAX 256

struct reading {
    TALLOC_CTX *life; /* the rules */
    const char *file;
    const xmlNode *root; /* where the parameters stand */
    struct clock_rules *rules;
    const struct refuse_rule **refuses;
    uint64_t *refuse_kinds; /* per refusal: for which kinds */
    bool *refuse_any;       /* … and for kinds that no rule mentions */
    size_t refuse_count;
};

/* The clock being read. */
struct clock_reading {
    struct reading *r;
    size_t clock;
    unsigned holds, marks;
};

static const struct fault *wrong(const struct reading *r, const xmlNode *at, const char *format, ...)
    __attribute__((format(printf, 3, 4), returns_nonnull));

static const struct fault *wrong(const struct reading *r, const xmlNode *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *sentence = talloc_vasprintf(r->life, format, args);
    va_end(args);
    TRY_MEMORY(sentence);
    return law_xml_fault(talloc_parent(r->life), "CLOCK_RULES", r->file, at, "%s", sentence);
}

static const struct fault *only(const struct reading *r, const xmlNode *node)
{
    return law_attributes_known(talloc_parent(r->life), "CLOCK_RULES", r->file, node);
}

/* "{NAME}": the value of that parameter of the edition. */
static const struct fault *parameter_value(const struct reading *r, const xmlNode *node, const char **text)
{
    size_t length = strlen(*text);
    if (length < 3 || (*text)[0] != '{' || (*text)[length - 1] != '}')
        return NULL;
    const xmlNode *at = law_xml_element(r->root->children);
    while (at && !law_xml_is(at, LAW_NAMESPACE, "parameters"))
        at = law_xml_element(at->next);
    for (at = at ? law_xml_element(at->children) : NULL; at; at = law_xml_element(at->next)) {
        const char *name = law_xml_attribute(r->life, at, NULL, "name");
        if (name && strlen(name) == length - 2 && strncmp(name, *text + 1, length - 2) == 0) {
            *text = law_xml_attribute(r->life, at, NULL, "value");
            TRY_MEMORY(*text);
            return NULL;
        }
    }
    return wrong(r, node, "there is no parameter %s", *text);
}

/* NULL when the attribute is absent. Faults: memory, a parameter that there is not. */
static const struct fault *attribute(const struct reading *r, const xmlNode *node, const char *name,
                                     const char **out)
{
    *out = NULL;
    if (!xmlHasProp(node, (const xmlChar *)name))
        return NULL;
    *out = law_xml_attribute(r->life, node, NULL, name);
    TRY_MEMORY(*out);
    return parameter_value(r, node, out);
}

static const struct fault *required(const struct reading *r, const xmlNode *node, const char *name,
                                    const char **out)
{
    TRY(attribute(r, node, name, out));
    if (!*out || !**out)
        return wrong(r, node, "<law:%s> needs the attribute %s", (const char *)node->name, name);
    return NULL;
}

/* *out keeps its value when the attribute is absent. */
static const struct fault *number(const struct reading *r, const xmlNode *node, const char *name, int64_t min,
                                  int64_t max, int64_t *out)
{
    const char *text;
    TRY(attribute(r, node, name, &text));
    if (text && !text_to_int(text, min, max, out))
        return wrong(r, node, "%s must be a whole number from %lld to %lld", name, (long long)min,
                     (long long)max);
    return NULL;
}

static const struct fault *length_of(const struct reading *r, const xmlNode *node, const char *name,
                                     int32_t *out)
{
    int64_t n = NO_LENGTH;
    TRY(number(r, node, name, 0, 3660, &n));
    *out = (int32_t)n;
    return NULL;
}

/* One word out of a few: *out is its place in the list, or keeps its value when the attribute is absent. */
static const struct fault *choice(const struct reading *r, const xmlNode *node, const char *name,
                                  const char *const *words, size_t count, int *out)
{
    const char *text;
    TRY(attribute(r, node, name, &text));
    if (!text)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0) {
            *out = (int)i;
            return NULL;
        }
    return wrong(r, node, "%s=\"%s\" is no word of the vocabulary", name, text);
}

static const char *const UNITS[] = {"wd", "day", "month", "date"};

static const struct fault *unit_of(const struct reading *r, const xmlNode *node, enum clock_unit *out)
{
    int unit = (int)*out;
    TRY(choice(r, node, "unit", UNITS, sizeof UNITS / sizeof *UNITS, &unit));
    *out = (enum clock_unit)unit;
    return NULL;
}

static const struct fault *flag(const struct reading *r, const xmlNode *node, const char *name,
                                const char *word, bool *out)
{
    int found = -1;
    TRY(choice(r, node, name, &word, 1, &found));
    *out = found == 0;
    return NULL;
}

/* A question with two answers that a parameter may decide: words 0 and 1 say yes, word 2 says no. */
static const struct fault *either(const struct reading *r, const xmlNode *node, const char *name,
                                  const char *const words[3], bool *out)
{
    int found = 2;
    TRY(choice(r, node, name, words, 3, &found));
    *out = found < 2;
    return NULL;
}
static const char *const ROLL_WORDS[] = {"next", "next_workday", "actual"};
static const char *const AFTER_WORDS[] = {"from", "receipt", "dispatch"};
static const char *const IF_WORDS[] = {"yes", "yes", "no"};

/* ---- kinds and effects ---- */

static const struct fault *kind_of(const struct reading *r, const xmlNode *node, const char *name, int *out)
{
    struct clock_rules *rules = r->rules;
    for (size_t i = 0; i < rules->kind_count; i++)
        if (strcmp(rules->kinds[i].name, name) == 0) {
            *out = (int)i;
            return NULL;
        }
    if (rules->kind_count == CLOCK_KINDS_MAX)
        return wrong(r, node, "more than %d kinds of facts", CLOCK_KINDS_MAX);
    struct rule_kind *kinds = talloc_realloc(rules, rules->kinds, struct rule_kind, rules->kind_count + 1);
    TRY_MEMORY(kinds);
    rules->kinds = kinds;
    kinds[rules->kind_count] = (struct rule_kind){.name = talloc_strdup(rules, name), .short_as = -1};
    TRY_MEMORY(kinds[rules->kind_count].name);
    *out = (int)rules->kind_count++;
    return NULL;
}

static const struct fault *one_kind(const struct reading *r, const xmlNode *node, const char *name, int *out)
{
    const char *text;
    TRY(required(r, node, name, &text));
    if (strpbrk(text, " \t\r\n*"))
        return wrong(r, node, "%s must name one kind of fact", name);
    return kind_of(r, node, text, out);
}

static const struct fault *add_effect(const struct reading *r, const xmlNode *node, int kind,
                                      const struct effect *effect)
{
    struct rule_kind *k = &r->rules->kinds[kind];
    if (k->effect_count == EFFECTS_MAX)
        return wrong(r, node, "\"%s\" has more than %d effects", k->name, EFFECTS_MAX);
    struct effect *grown = talloc_array(r->rules, struct effect, k->effect_count + 1);
    TRY_MEMORY(grown);
    if (k->effect_count)
        memcpy(grown, k->effects, k->effect_count * sizeof *grown);
    grown[k->effect_count++] = *effect;
    k->effects = grown;
    return NULL;
}

/* The effect for each kind named in the attribute. */
static const struct fault *add_effects(const struct reading *r, const xmlNode *node, const char *name,
                                       const struct effect *effect)
{
    const char *text;
    TRY(required(r, node, name, &text));
    size_t count = 0;
    const char **words = law_xml_words(r->life, text, &count);
    TRY_MEMORY(words);
    if (!count)
        return wrong(r, node, "%s names no kind of fact", name);
    for (size_t i = 0; i < count; i++) {
        int kind;
        if (strcmp(words[i], "*") == 0)
            return wrong(r, node, "* stands only in refusals");
        TRY(kind_of(r, node, words[i], &kind));
        TRY(add_effect(r, node, kind, effect));
    }
    return NULL;
}

/* field="F" is="a b" */
static const struct fault *filter_of(const struct reading *r, const xmlNode *node, struct effect *effect)
{
    const char *is;
    TRY(attribute(r, node, "field", &effect->field));
    TRY(attribute(r, node, "is", &is));
    if (!is)
        return NULL;
    if (!effect->field)
        return wrong(r, node, "\"is\" needs the attribute field");
    size_t count = 0;
    effect->is = law_xml_words(r->life, is, &count);
    TRY_MEMORY(effect->is);
    effect->is_count = count;
    return count ? NULL : wrong(r, node, "\"is\" names no word");
}

static const struct fault *next_bit(const struct reading *r, const xmlNode *node, unsigned *count,
                                    uint32_t *bit)
{
    if (*count == CLOCK_BITS_MAX)
        return wrong(r, node, "more than %d of <law:%s> in one clock", CLOCK_BITS_MAX,
                     (const char *)node->name);
    *bit = UINT32_C(1) << (*count)++;
    return NULL;
}

/* ---- the elements of a clock ---- */

static struct effect effect_of(const struct clock_reading *c, enum effect_deed deed)
{
    return (struct effect){.deed = deed, .clock = c->clock, .number = NO_LENGTH};
}

static const struct fault *read_start(struct clock_reading *c, const xmlNode *node)
{
    const struct reading *r = c->r;
    struct effect start = effect_of(c, EFFECT_START);
    TRY(filter_of(r, node, &start));
    if (start.field && !start.is)
        return wrong(r, node, "field needs the attribute is");
    TRY(either(r, node, "roll", ROLL_WORDS, &start.roll));
    TRY(length_of(r, node, "delay", &start.number));
    TRY(unit_of(r, node, &start.unit));
    if (start.unit == UNIT_DATE)
        return wrong(r, node, "a delay is in wd, day or month");
    const char *after;
    TRY(attribute(r, node, "after", &after));
    if (after) {
        struct effect mark = effect_of(c, EFFECT_MARK);
        TRY(next_bit(r, node, &c->marks, &mark.bit));
        mark.field = start.field;
        mark.is = start.is;
        mark.is_count = start.is_count;
        TRY(add_effects(r, node, "after", &mark));
        start.field = NULL;
        start.is = NULL;
        start.bit = mark.bit;
    }
    return add_effects(r, node, "on", &start);
}

static const struct fault *read_restart(struct clock_reading *c, const xmlNode *node)
{
    struct effect restart = effect_of(c, EFFECT_RESTART);
    TRY(filter_of(c->r, node, &restart));
    TRY(either(c->r, node, "roll", ROLL_WORDS, &restart.roll));
    return add_effects(c->r, node, "on", &restart);
}

static const struct fault *read_hold(struct clock_reading *c, const xmlNode *node)
{
    struct effect hold = effect_of(c, EFFECT_HOLD);
    TRY(next_bit(c->r, node, &c->holds, &hold.bit));
    struct effect release = hold;
    release.deed = EFFECT_RELEASE;
    TRY(filter_of(c->r, node, &hold));
    TRY(add_effects(c->r, node, "on", &hold));
    return add_effects(c->r, node, "until", &release);
}

static const struct fault *read_pause(struct clock_reading *c, const xmlNode *node)
{
    const struct reading *r = c->r;
    if (r->rules->clocks[c->clock].unit == UNIT_MONTH)
        return wrong(r, node, "a period in months cannot be paused");
    struct effect pause = effect_of(c, EFFECT_PAUSE);
    TRY(next_bit(r, node, &c->marks, &pause.bit));
    TRY(length_of(r, node, "limit", &pause.number));
    TRY(unit_of(r, node, &pause.unit));
    if (pause.unit == UNIT_DATE)
        return wrong(r, node, "a limit is in wd, day or month");
    TRY(attribute(r, node, "basis", &pause.basis));
    TRY(either(r, node, "after", AFTER_WORDS, &pause.from_receipt));
    if (!pause.basis)
        pause.basis = r->rules->clocks[c->clock].about.basis;
    struct effect end = pause;
    end.deed = EFFECT_PAUSE_END;
    struct effect from = pause;
    from.deed = EFFECT_PAUSE_FROM;
    TRY(filter_of(r, node, &pause));
    TRY(add_effects(r, node, "on", &pause));
    TRY(add_effects(r, node, "until", &end));
    bool has_from = xmlHasProp(node, (const xmlChar *)"from");
    if ((pause.number != NO_LENGTH || pause.from_receipt) != has_from)
        return wrong(r, node, "a limit (or after=\"from\") and the attribute from belong together");
    return has_from ? add_effects(r, node, "from", &from) : NULL;
}

static const struct fault *read_extend(struct clock_reading *c, const xmlNode *node)
{
    const struct reading *r = c->r;
    struct clock_rule *rule = &r->rules->clocks[c->clock];
    if (rule->times)
        return wrong(r, node, "a clock has one <law:extend>");
    struct effect grant = effect_of(c, EFFECT_GRANT);
    struct effect notice = effect_of(c, EFFECT_NOTICE);
    int64_t times = 1;
    TRY(number(r, node, "times", 1, 1000, &times));
    TRY(attribute(r, node, "field", &grant.field));
    TRY(length_of(r, node, "by", &grant.number));
    if (!grant.field == (grant.number == NO_LENGTH))
        return wrong(r, node, "an extension is either by a number or by a field");
    rule->times = (int32_t)times;
    rule->notice = xmlHasProp(node, (const xmlChar *)"notice");
    TRY(add_effects(r, node, "grant", &grant));
    return rule->notice ? add_effects(r, node, "notice", &notice) : NULL;
}

static const struct fault *read_length(struct clock_reading *c, const xmlNode *node)
{
    struct effect length = effect_of(c, EFFECT_LENGTH);
    TRY(filter_of(c->r, node, &length));
    TRY(length_of(c->r, node, "value", &length.number));
    if (length.number == NO_LENGTH && (!length.field || length.is))
        return wrong(c->r, node, "a length is a value, or the number in a field");
    return add_effects(c->r, node, "on", &length);
}

static const struct fault *read_due(struct clock_reading *c, const xmlNode *node)
{
    struct effect due = effect_of(c, EFFECT_DUE);
    TRY(required(c->r, node, "field", &due.field));
    TRY(flag(c->r, node, "required", "yes", &due.required));
    return add_effects(c->r, node, "on", &due);
}

static const struct fault *read_stop(struct clock_reading *c, const xmlNode *node)
{
    struct effect stop = effect_of(c, EFFECT_STOP);
    TRY(filter_of(c->r, node, &stop));
    TRY(flag(c->r, node, "of", "all", &stop.all));
    return add_effects(c->r, node, "on", &stop);
}

static const struct clock_element {
    const char *name;
    const struct fault *(*read)(struct clock_reading *, const xmlNode *);
} CLOCK_ELEMENTS[] = {
    {"start", read_start},   {"restart", read_restart}, {"hold", read_hold}, {"pause", read_pause},
    {"extend", read_extend}, {"length", read_length},   {"due", read_due},   {"stop", read_stop},
};

static const struct fault *read_clock_element(struct clock_reading *c, const xmlNode *node)
{
    for (size_t i = 0; i < sizeof CLOCK_ELEMENTS / sizeof *CLOCK_ELEMENTS; i++)
        if (law_xml_is(node, LAW_NAMESPACE, CLOCK_ELEMENTS[i].name)) {
            bool holds = true;
            TRY(only(c->r, node));
            if (xmlHasProp(node, (const xmlChar *)"if"))
                TRY(either(c->r, node, "if", IF_WORDS, &holds));
            return holds ? CLOCK_ELEMENTS[i].read(c, node) : NULL;
        }
    return wrong(c->r, node, "<%s> does not belong in a clock", (const char *)node->name);
}

/* ---- clocks, refusals and the rest ---- */

static int clock_index(const struct clock_rules *rules, const char *id)
{
    for (size_t i = 0; i < rules->clock_count; i++)
        if (strcmp(rules->clocks[i].about.id, id) == 0)
            return (int)i;
    return -1;
}

static const struct fault *read_clock_head(struct reading *r, const xmlNode *node, struct clock_rule *rule)
{
    TRY(only(r, node));
    TRY(required(r, node, "id", &rule->about.id));
    TRY(required(r, node, "zh", &rule->about.zh));
    TRY(required(r, node, "en", &rule->about.en));
    TRY(required(r, node, "unit", &rule->about.unit));
    TRY(attribute(r, node, "basis", &rule->about.basis));
    TRY(attribute(r, node, "expiry", &rule->about.expiry));
    TRY(unit_of(r, node, &rule->unit));
    TRY(length_of(r, node, "length", &rule->length));
    TRY(flag(r, node, "per", "child", &rule->about.per_child));
    bool unrolled;
    TRY(flag(r, node, "roll", "none", &unrolled));
    rule->day_roll = !unrolled;
    rule->about.length = rule->unit == UNIT_DATE ? NO_LENGTH : rule->length;
    if (clock_index(r->rules, rule->about.id) >= 0)
        return wrong(r, node, "there are two clocks \"%s\"", rule->about.id);
    return NULL;
}

static const struct fault *read_clock(struct reading *r, const xmlNode *node)
{
    struct clock_rules *rules = r->rules;
    struct clock_rule rule = {0};
    TRY(read_clock_head(r, node, &rule));
    struct clock_rule *clocks =
        talloc_realloc(rules, rules->clocks, struct clock_rule, rules->clock_count + 1);
    TRY_MEMORY(clocks);
    rules->clocks = clocks;
    clocks[rules->clock_count] = rule;
    struct clock_reading c = {.r = r, .clock = rules->clock_count++};
    for (const xmlNode *at = law_xml_element(node->children); at; at = law_xml_element(at->next))
        TRY(read_clock_element(&c, at));
    if (rule.about.expiry) {
        struct effect told = effect_of(&c, EFFECT_TOLD);
        TRY(add_effects(r, node, "expiry", &told));
    }
    return NULL;
}

static const struct test_word {
    const char *word;
    enum clock_test test;
    bool clock;
    const char *more[4]; /* attributes that belong to it */
} TESTS[] = {
    {"future", TEST_FUTURE, false, {0}},
    {"before-first", TEST_BEFORE_FIRST, false, {0}},
    {"stopped", TEST_STOPPED, true, {"clock"}},
    {"held", TEST_HELD, true, {"clock"}},
    {"not-held", TEST_NOT_HELD, true, {"clock"}},
    {"past-due", TEST_PAST_DUE, true, {"clock", "provisional"}},
    {"repeated", TEST_REPEATED, false, {0}},
    {"missing", TEST_MISSING, false, {"of"}},
    {"grants-spent", TEST_GRANTS_SPENT, true, {"clock"}},
    {"no-grant", TEST_NO_GRANT, true, {"clock"}},
    {"notices-spent", TEST_NOTICES_SPENT, true, {"clock"}},
    {"out-of-range", TEST_OUT_OF_RANGE, false, {"field", "min", "max"}},
};

static bool has_more(const struct test_word *t, const char *attribute)
{
    for (size_t i = 0; i < sizeof t->more / sizeof *t->more; i++)
        if (t->more[i] && strcmp(t->more[i], attribute) == 0)
            return true;
    return false;
}

/* What belongs to another test cannot stand here. */
static const struct fault *only_of_test(const struct reading *r, const xmlNode *node,
                                        const struct test_word *t)
{
    static const char *const SOME[] = {"clock", "provisional", "of", "field", "min", "max"};
    for (size_t i = 0; i < sizeof SOME / sizeof *SOME; i++)
        if (xmlHasProp(node, (const xmlChar *)SOME[i]) && !has_more(t, SOME[i]))
            return wrong(r, node, "the test %s has no attribute %s", t->word, SOME[i]);
    return NULL;
}

static const struct fault *read_test(struct reading *r, const xmlNode *node, struct refuse_rule *refuse)
{
    const char *word;
    TRY(required(r, node, "test", &word));
    const struct test_word *t = NULL;
    for (size_t i = 0; i < sizeof TESTS / sizeof *TESTS; i++)
        if (strcmp(TESTS[i].word, word) == 0)
            t = &TESTS[i];
    if (!t)
        return wrong(r, node, "\"%s\" is no test", word);
    TRY(only(r, node));
    TRY(only_of_test(r, node, t));
    refuse->test = t->test;
    if (t->clock) {
        const char *id;
        TRY(required(r, node, "clock", &id));
        refuse->clock = clock_index(r->rules, id);
        if (refuse->clock < 0)
            return wrong(r, node, "there is no clock \"%s\" above", id);
        if (r->rules->clocks[refuse->clock].about.per_child)
            return wrong(r, node, "\"%s\" is a clock of children", id);
    }
    if (t->test == TEST_MISSING)
        TRY(one_kind(r, node, "of", &refuse->of));
    TRY(flag(r, node, "provisional", "refuses", &refuse->provisional));
    if (t->test == TEST_OUT_OF_RANGE) {
        TRY(required(r, node, "field", &refuse->field));
        refuse->min = 0;
        refuse->max = INT32_MAX;
        TRY(number(r, node, "min", INT32_MIN, INT32_MAX, &refuse->min));
        TRY(number(r, node, "max", INT32_MIN, INT32_MAX, &refuse->max));
    }
    return NULL;
}

/* The kinds named in the attribute as a set; *star: "*" stands among them. */
static const struct fault *kind_set(struct reading *r, const xmlNode *node, const char *name, uint64_t *set,
                                    bool *star)
{
    const char *text;
    *set = 0;
    *star = false;
    TRY(attribute(r, node, name, &text));
    size_t count = 0;
    const char **words = law_xml_words(r->life, text ? text : "", &count);
    TRY_MEMORY(words);
    for (size_t i = 0; i < count; i++) {
        int kind = -1;
        if (strcmp(words[i], "*") == 0) {
            *star = true;
            continue;
        }
        TRY(kind_of(r, node, words[i], &kind));
        *set |= UINT64_C(1) << kind;
    }
    return NULL;
}

static const struct fault *read_refuse(struct reading *r, const xmlNode *node)
{
    struct refuse_rule *refuse = talloc(r->rules, struct refuse_rule);
    TRY_MEMORY(refuse);
    *refuse = (struct refuse_rule){.clock = -1, .of = -1};
    TRY(read_test(r, node, refuse));
    TRY(required(r, node, "rule", &refuse->rule));
    TRY(required(r, node, "zh", &refuse->zh));
    TRY(required(r, node, "en", &refuse->en));
    TRY(attribute(r, node, "basis", &refuse->basis));
    uint64_t on, except;
    bool star, nothing;
    TRY(kind_set(r, node, "on", &on, &star));
    TRY(kind_set(r, node, "except", &except, &nothing));
    if (!on && !star)
        return wrong(r, node, "\"on\" names no kind of fact");
    size_t n = r->refuse_count + 1;
    r->refuses = talloc_realloc(r->life, r->refuses, const struct refuse_rule *, n);
    r->refuse_kinds = talloc_realloc(r->life, r->refuse_kinds, uint64_t, n);
    r->refuse_any = talloc_realloc(r->life, r->refuse_any, bool, n);
    if (!r->refuses || !r->refuse_kinds || !r->refuse_any)
        return fault_memory();
    r->refuses[n - 1] = refuse;
    r->refuse_kinds[n - 1] = (star ? ~UINT64_C(0) : on) & ~except;
    r->refuse_any[n - 1] = star;
    r->refuse_count = n;
    return NULL;
}

static const struct fault *read_shorthand(struct reading *r, const xmlNode *node)
{
    int kind, as;
    TRY(only(r, node));
    TRY(one_kind(r, node, "as", &as));
    TRY(one_kind(r, node, "on", &kind));
    struct rule_kind *k = &r->rules->kinds[kind];
    if (k->short_as >= 0)
        return wrong(r, node, "\"%s\" already has a shorthand", k->name);
    if (as == kind)
        return wrong(r, node, "a shorthand stands for another kind");
    k->short_as = as;
    return required(r, node, "field", &k->short_field);
}

static const struct fault *read_correction(struct reading *r, const xmlNode *node)
{
    TRY(only(r, node));
    if (r->rules->correct >= 0)
        return wrong(r, node, "there is one <law:correction>");
    TRY(one_kind(r, node, "on", &r->rules->correct));
    TRY(required(r, node, "fact", &r->rules->correct_fact));
    return required(r, node, "data", &r->rules->correct_data);
}

static const struct {
    const char *name;
    const struct fault *(*read)(struct reading *, const xmlNode *);
} ELEMENTS[] = {
    {"clock", read_clock},
    {"refuse", read_refuse},
    {"shorthand", read_shorthand},
    {"correction", read_correction},
};

static const struct fault *read_element(struct reading *r, const xmlNode *node)
{
    for (size_t i = 0; i < sizeof ELEMENTS / sizeof *ELEMENTS; i++)
        if (law_xml_is(node, LAW_NAMESPACE, ELEMENTS[i].name))
            return ELEMENTS[i].read(r, node);
    return wrong(r, node, "<%s> does not belong in <law:clocks>", (const char *)node->name);
}

/* ---- putting together ---- */

/* The refusals that concern one kind, in the order of judgement; kind -1: a kind no rule mentions. */
static const struct fault *refuses_for(const struct reading *r, int kind,
                                       const struct refuse_rule *const **out, size_t *count)
{
    const struct refuse_rule **list = talloc_array(r->rules, const struct refuse_rule *, r->refuse_count + 1);
    TRY_MEMORY(list);
    size_t n = 0;
    for (size_t i = 0; i < r->refuse_count; i++)
        if (kind < 0 ? r->refuse_any[i] : (r->refuse_kinds[i] >> kind & 1) != 0)
            list[n++] = r->refuses[i];
    *out = list;
    *count = n;
    return NULL;
}

static const struct fault *finish(struct reading *r)
{
    struct clock_rules *rules = r->rules;
    struct clock *blank = talloc_array(rules, struct clock, rules->clock_count + 1);
    TRY_MEMORY(blank);
    for (size_t i = 0; i < rules->clock_count; i++)
        blank[i] = clock_blank(rules, i, NULL);
    rules->blank = blank;
    for (size_t i = 0; i < rules->kind_count; i++)
        TRY(refuses_for(r, (int)i, &rules->kinds[i].refuses, &rules->kinds[i].refuse_count));
    TRY(refuses_for(r, -1, &rules->any, &rules->any_count));
    rules->by_name = talloc_array(rules, uint8_t, rules->kind_count + 1);
    TRY_MEMORY(rules->by_name);
    for (size_t i = 0; i < rules->kind_count; i++) { /* insertion sort: a few dozen names, once */
        size_t at = i;
        for (; at > 0 && strcmp(rules->kinds[rules->by_name[at - 1]].name, rules->kinds[i].name) > 0; at--)
            rules->by_name[at] = rules->by_name[at - 1];
        rules->by_name[at] = (uint8_t)i;
    }
    return NULL;
}

static const struct fault *read_clocks(struct reading *r, const xmlNode *node)
{
    TRY(only(r, node));
    TRY(required(r, node, "calendar", &r->rules->calendar));
    TRY(one_kind(r, node, "first", &r->rules->first));
    for (const xmlNode *at = law_xml_element(node->children); at; at = law_xml_element(at->next))
        TRY(read_element(r, at));
    return NULL;
}

static const struct fault *read_root(struct reading *r, const xmlNode *root)
{
    const xmlNode *found = NULL;
    for (const xmlNode *at = law_xml_element(root->children); at; at = law_xml_element(at->next)) {
        if (!law_xml_is(at, LAW_NAMESPACE, "clocks"))
            continue;
        if (found)
            return wrong(r, at, "there is one <law:clocks> in an edition");
        found = at;
        TRY(read_clocks(r, at));
    }
    return finish(r);
}

const struct fault *clock_rules_read(TALLOC_CTX *life, const char *file, const xmlNode *root,
                                     const struct clock_rules **out)
{
    struct clock_rules *rules = talloc_zero(life, struct clock_rules);
    TRY_MEMORY(rules);
    rules->first = rules->correct = -1;
    struct reading r = {.life = rules, .file = file, .root = root, .rules = rules};
    const struct fault *f = read_root(&r, root);
    if (f) {
        talloc_free(rules);
        return f;
    }
    *out = rules;
    return NULL;
}

/* ---- looking up ---- */

size_t clock_rules_count(const struct clock_rules *rules)
{
    return rules->clock_count;
}

const struct clock_about *clock_rules_about(const struct clock_rules *rules, size_t index)
{
    return &rules->clocks[index].about;
}

const struct clock_about *clock_rules_find(const struct clock_rules *rules, const char *id)
{
    int index = clock_index(rules, id);
    return index < 0 ? NULL : &rules->clocks[index].about;
}

const char *clock_rules_calendar(const struct clock_rules *rules)
{
    return rules->calendar;
}

size_t clock_rules_kind_count(const struct clock_rules *rules)
{
    return rules->kind_count;
}

const char *clock_rules_kind(const struct clock_rules *rules, size_t index)
{
    return rules->kinds[index].name;
}

const char *clock_rules_first(const struct clock_rules *rules)
{
    return rules->first < 0 ? NULL : rules->kinds[rules->first].name;
}

int clock_rules_kind_index(const struct clock_rules *rules, const char *name)
{
    size_t low = 0, high = rules->kind_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(name, rules->kinds[rules->by_name[middle]].name);
        if (order == 0)
            return rules->by_name[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

bool clock_rules_touch(const struct clock_rules *rules, const char *kind)
{
    return clock_rules_kind_index(rules, kind) >= 0;
}

/* A field that is there must be a real day, and one that is required must be there. */
static bool day_is_wrong(const struct fact *fact, const char *field, bool required_field)
{
    struct civil day;
    if (!fact->data || !json_object_get(fact->data, field))
        return required_field;
    return !fact_day(fact, field, &day);
}

const char *clock_rules_wrong_day(const struct clock_rules *rules, const struct fact *fact)
{
    int index = clock_rules_kind_index(rules, fact->kind);
    if (index < 0)
        return NULL;
    const struct rule_kind *kind = &rules->kinds[index];
    if (kind->short_field && day_is_wrong(fact, kind->short_field, false))
        return kind->short_field;
    for (size_t i = 0; i < kind->effect_count; i++)
        if (kind->effects[i].deed == EFFECT_DUE &&
            day_is_wrong(fact, kind->effects[i].field, kind->effects[i].required))
            return kind->effects[i].field;
    return NULL;
}

const char *clock_rules_extension(const struct clock_rules *rules, const char *id)
{
    for (size_t k = 0; k < rules->kind_count; k++)
        for (size_t e = 0; e < rules->kinds[k].effect_count; e++) {
            const struct effect *effect = &rules->kinds[k].effects[e];
            const struct clock_rule *clock = &rules->clocks[effect->clock];
            if (effect->deed == (clock->notice ? EFFECT_NOTICE : EFFECT_GRANT) &&
                strcmp(clock->about.id, id) == 0)
                return rules->kinds[k].name;
        }
    return NULL;
}

bool clock_rules_shorthand(const struct clock_rules *rules, const struct fact *fact, struct fact *out)
{
    int index = clock_rules_kind_index(rules, fact->kind);
    if (index < 0 || !rules->kinds[index].short_field)
        return false;
    struct civil day;
    if (!fact_day(fact, rules->kinds[index].short_field, &day))
        return false;
    *out = *fact;
    out->kind = rules->kinds[rules->kinds[index].short_as].name;
    out->on = day;
    return true;
}
