/* edition_basis.c - what is wrong with the words of the law whatever the chart does: an article that the
 * edition does not rest on, one rule with two articles, a period counted in another unit than its number is,
 * an expiry that nothing wakes for, a pause that outlasts the period it is for, a letter for outcomes that do
 * not belong together, a day that anybody may choose. Each is a mistake of the pen that no condition would
 * notice. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "edition_inside.h"
#include "law_words.h"
#include "law_xml.h"
#include "text.h"

/* A rule where it is first judged. */
struct told_rule {
    const char *rule, *basis;
    long line;
};

struct pen {
    TALLOC_CTX *life; /* of the faults */
    TALLOC_CTX *scratch;
    const struct edition *e;
    const xmlNode *root;
    struct told_rule *rules;
    size_t rule_count;
};

#define WRONG(p, at, ...) law_xml_fault((p)->life, "EDITION_NAME", (p)->e->file, (at), __VA_ARGS__)

static const char *read_of(const struct pen *p, const xmlNode *node, const char *name)
{
    return law_xml_attribute(p->scratch, node, NULL, name);
}

static const xmlNode *section_of(const struct pen *p, const char *name)
{
    const xmlNode *at = law_xml_element(p->root->children);
    while (at && !law_xml_is(at, LAW_NAMESPACE, name))
        at = law_xml_element(at->next);
    return at ? law_xml_element(at->children) : NULL;
}

/* The element of a section that has this name. */
static const xmlNode *named_in(const struct pen *p, const char *section, const char *name)
{
    const xmlNode *at = section_of(p, section);
    while (at && !text_same(read_of(p, at, "name"), name))
        at = law_xml_element(at->next);
    return at;
}

/* The next element of the document after `at`, outer ones first; NULL at the end. */
static const xmlNode *follow(const struct pen *p, const xmlNode *at)
{
    const xmlNode *down = law_xml_element(at->children);
    while (!down && at != p->root) {
        down = law_xml_element(at->next);
        at = at->parent;
    }
    return down;
}

/* ---- articles
 * -----------------------------------------------------------------------------------------------------------
 */

/* Is the number among "2 4 14-18"? */
static bool is_listed(const char *articles, size_t length, const char *number)
{
    long wanted = strtol(number, NULL, 10);
    while (articles && *articles) {
        char *end = NULL;
        long first = strtol(articles, &end, 10), last = *end == '-' ? strtol(end + 1, &end, 10) : first;
        if (end == articles)
            return false;
        if (length && first <= wanted && wanted <= last)
            return true;
        articles = end + strspn(end, " ");
    }
    return false;
}

/* NAME, the number of an article where the source lists them, then nothing or a subdivision in brackets. */
static bool is_of_source(const struct pen *p, const xmlNode *source, const char *basis)
{
    const char *name = read_of(p, source, "name"), *articles = read_of(p, source, "articles");
    size_t length = name ? strlen(name) : 0;
    if (!length || strncmp(basis, name, length) != 0)
        return false;
    size_t digits = strspn(basis + length, "0123456789");
    bool known = articles ? is_listed(articles, digits, basis + length) : !digits;
    return known && (!basis[length + digits] || basis[length + digits] == '(');
}

static const struct fault *check_sources(const struct pen *p)
{
    for (const xmlNode *at = section_of(p, "sources"); at; at = law_xml_element(at->next)) {
        TRY(law_attributes_known(p->life, "EDITION_NAME", p->e->file, at));
        if (!law_xml_is(at, LAW_NAMESPACE, "source") || !read_of(p, at, "name") || !read_of(p, at, "zh") ||
            !read_of(p, at, "en"))
            return WRONG(p, at, "a <law:source> has name, zh and en");
    }
    return NULL;
}

static const struct fault *check_article(const struct pen *p, const xmlNode *at, const char *basis)
{
    const xmlNode *source = section_of(p, "sources");
    if (!source || !basis || text_same(basis, "practice"))
        return NULL;
    while (source && !is_of_source(p, source, basis))
        source = law_xml_element(source->next);
    if (!source)
        return WRONG(p, at, "\"%s\" is no article that this edition rests on (law:sources)", basis);
    return NULL;
}

/* ---- rules
 * --------------------------------------------------------------------------------------------------------------
 */

/* A rule is told to people by one name and one article, wherever it is judged. */
static const struct fault *check_rule(struct pen *p, const xmlNode *at)
{
    const char *rule = read_of(p, at, "rule"), *basis = read_of(p, at, "basis");
    size_t i = 0;
    while (rule && i < p->rule_count && strcmp(p->rules[i].rule, rule) != 0)
        i++;
    if (!rule || (i < p->rule_count && text_same(p->rules[i].basis, basis)))
        return NULL;
    if (i < p->rule_count)
        return WRONG(p, at, "the rule \"%s\" rests on another article in line %ld", rule, p->rules[i].line);
    p->rules = talloc_realloc(p->scratch, p->rules, struct told_rule, p->rule_count + 1);
    TRY_MEMORY(p->rules);
    p->rules[p->rule_count++] = (struct told_rule){rule, basis, xmlGetLineNo(at)};
    return NULL;
}

/* ---- units
 * --------------------------------------------------------------------------------------------------------------
 */

/* A number of working days must not become one of days: where an attribute takes a parameter with a unit, the
 * unit of what it is used in must be the same. A clock whose end is a date falls back on working days. */
static const struct fault *check_unit(const struct pen *p, const xmlNode *at, const char *attribute,
                                      const xmlNode *clock)
{
    const char *text = read_of(p, at, attribute), *unit = read_of(p, clock, "unit");
    size_t length = text ? strlen(text) : 0;
    if (length < 3 || text[0] != '{' || text[length - 1] != '}')
        return NULL;
    char *name = talloc_strndup(p->scratch, text + 1, length - 2);
    TRY_MEMORY(name);
    const xmlNode *parameter = named_in(p, "parameters", name);
    const char *meant = parameter ? read_of(p, parameter, "unit") : NULL;
    if (text_same(unit, "date"))
        unit = "wd";
    if (meant && !text_same(meant, unit))
        return WRONG(p, at, "%s is a number of %s, and this counts %s", name, meant, unit ? unit : "nothing");
    return NULL;
}

static const struct fault *check_units(const struct pen *p, const xmlNode *clock)
{
    TRY(check_unit(p, clock, "length", clock));
    for (const xmlNode *at = law_xml_element(clock->children); at; at = law_xml_element(at->next)) {
        TRY(check_unit(p, at, "value", clock));
        TRY(check_unit(p, at, "limit", at));
        TRY(check_unit(p, at, "delay", at));
    }
    return NULL;
}

/* ---- wakes
 * --------------------------------------------------------------------------------------------------------------
 */

/* Does the text ask whether this clock has expired? */
static bool asks_expired(const char *text, const char *clock)
{
    size_t length = strlen(clock);
    for (const char *at = text; at && (at = strstr(at, clock)); at += length)
        if ((at == text || strchr(" (", at[-1])) && strncmp(at + length, ".expired", strlen(".expired")) == 0)
            return true;
    return false;
}

static const struct fault *by_the_clock(const struct pen *p, const xmlNode *event, bool *out)
{
    size_t count = 0;
    const char **roles = law_xml_words(p->scratch, read_of(p, event, "by"), &count);
    TRY_MEMORY(roles); /* the reader has seen the attribute */
    *out = false;
    for (size_t i = 0; i < count; i++)
        *out = *out || strcmp(roles[i], "clock") == 0;
    return NULL;
}

/* What the program raises when a period has ended, that period's expiry must name: else nothing ever wakes
 * for it. */
static const struct fault *check_wake(const struct pen *p, const xmlNode *event)
{
    const char *name = read_of(p, event, "name");
    bool by_clock = false;
    TRY(by_the_clock(p, event, &by_clock));
    if (!name || !by_clock)
        return NULL;
    for (const xmlNode *guard = law_xml_element(event->children); guard; guard = law_xml_element(guard->next))
        for (const xmlNode *clock = section_of(p, "clocks"); clock; clock = law_xml_element(clock->next)) {
            const char *id = read_of(p, clock, "id"), *unless = read_of(p, guard, "unless");
            if (id && unless && asks_expired(unless, id) && !text_same(read_of(p, clock, "expiry"), name))
                return WRONG(p, clock, "nothing wakes for \"%s\" when the clock \"%s\" has expired", name,
                             id);
        }
    return NULL;
}

/* What the clock alone may raise, and no service of the program does, some clock must raise. */
static const struct fault *check_woken(const struct pen *p, const xmlNode *event)
{
    const char *name = read_of(p, event, "name");
    if (!text_same(read_of(p, event, "by"), "clock") || read_of(p, event, "does") ||
        !named_in(p, "events", name))
        return NULL;
    const xmlNode *clock = section_of(p, "clocks");
    while (clock && !text_same(read_of(p, clock, "expiry"), name))
        clock = law_xml_element(clock->next);
    if (!clock)
        return WRONG(p, event, "only the clock may raise \"%s\", and no period ends with it", name);
    return NULL;
}

/* ---- pauses
 * -------------------------------------------------------------------------------------------------------------
 */

/* Do two lists of words share one? Where there is no list, any word is meant. */
static bool share_a_word(const char *some, const char *others)
{
    static const char SPACE[] = " \t\r\n";
    if (!some || !others)
        return true;
    for (some += strspn(some, SPACE); *some; some += strspn(some, SPACE)) {
        size_t length = strcspn(some, SPACE);
        for (const char *at = others + strspn(others, SPACE); *at; at += strspn(at, SPACE)) {
            size_t other = strcspn(at, SPACE);
            if (other == length && strncmp(at, some, length) == 0)
                return true;
            at += other;
        }
        some += length;
    }
    return false;
}

/* Does this clock of a child run for what the pause is for? */
static bool runs_for(const struct pen *p, const xmlNode *clock, const xmlNode *pause)
{
    const char *on = read_of(p, pause, "on");
    for (const xmlNode *at = law_xml_element(clock->children); at; at = law_xml_element(at->next)) {
        const char *after = read_of(p, at, "after");
        if (law_xml_is(at, LAW_NAMESPACE, "start") && on &&
            share_a_word(after ? after : read_of(p, at, "on"), on) &&
            (!text_same(read_of(p, at, "field"), read_of(p, pause, "field")) ||
             share_a_word(read_of(p, at, "is"), read_of(p, pause, "is"))))
            return true;
    }
    return false;
}

/* Does the event stop the clock that is paused? */
static bool stops(const struct pen *p, const xmlNode *clock, const char *event)
{
    for (const xmlNode *at = law_xml_element(clock->children); at; at = law_xml_element(at->next))
        if (law_xml_is(at, LAW_NAMESPACE, "stop") && read_of(p, at, "on") &&
            share_a_word(read_of(p, at, "on"), event))
            return true;
    return false;
}

/* Whoever is silent until their own period has ended, of a length that raises something, pauses another no
 * longer: that pause has a limit, or ends with what is raised, or the paused clock does. */
static const struct fault *check_pause(const struct pen *p, const xmlNode *pause, const xmlNode *paused)
{
    const char *until = read_of(p, pause, "until");
    if (read_of(p, pause, "limit") || !until)
        return NULL;
    for (const xmlNode *clock = section_of(p, "clocks"); clock; clock = law_xml_element(clock->next)) {
        const char *expiry = read_of(p, clock, "expiry");
        if (!law_xml_is(clock, LAW_NAMESPACE, "clock") || !read_of(p, clock, "per") ||
            !read_of(p, clock, "length") || !expiry || !runs_for(p, clock, pause))
            continue;
        if (!share_a_word(until, expiry) && !stops(p, paused, expiry))
            return WRONG(p, pause,
                         "this pause has no limit, and the clock \"%s\" of what it is for has a length",
                         read_of(p, clock, "id"));
    }
    return NULL;
}

static const struct fault *check_pauses(const struct pen *p, const xmlNode *clock)
{
    for (const xmlNode *at = law_xml_element(clock->children); at; at = law_xml_element(at->next))
        if (law_xml_is(at, LAW_NAMESPACE, "pause"))
            TRY(check_pause(p, at, clock));
    return NULL;
}

/* ---- outcomes
 * ----------------------------------------------------------------------------------------------------------
 */

/* "条例16(2)" and "条例16(1)" are of one article. */
static bool of_one_article(const char *a, const char *b)
{
    size_t length = strcspn(a ? a : "", "(");
    return a && b && strcspn(b, "(") == length && strncmp(a, b, length) == 0;
}

/* Outcomes that are answered by one letter rest on one article, and leave its reader one remedy. */
static const struct fault *check_outcomes(const struct pen *p)
{
    for (size_t i = 0; i < p->e->outcome_count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct outcome_kind *a = &p->e->outcomes[i], *b = &p->e->outcomes[k];
            const xmlNode *at = section_of(p, "outcomes");
            bool alike = text_same(a->remedy, b->remedy) && of_one_article(a->basis, b->basis);
            while (at && !text_same(read_of(p, at, "code"), a->code))
                at = law_xml_element(at->next);
            if (at && a->letter && text_same(a->letter, b->letter) && !alike)
                return WRONG(p, at, "%s and %s have the letter %s, and not one article and remedy", b->code,
                             a->code, a->letter);
        }
    return NULL;
}

/* What a letter tells repeats what was decided: where the one is bound by a tariff, so is the other. */
static const struct fault *check_charges(const struct pen *p)
{
    for (size_t i = 0; i < p->e->letter_count; i++) {
        const struct letter_kind *l = &p->e->letters[i];
        const struct event_kind *told = l->tells ? edition_event(p->e, l->tells) : NULL;
        const struct event_kind *from = l->from ? edition_event(p->e, l->from) : NULL;
        if (told && from && (!told->charge || !from->charge) && told->charge != from->charge)
            return WRONG(p, named_in(p, "events", (told->charge ? from : told)->name),
                         "\"%s\" charges by no tariff, and \"%s\", which letter %s goes with, does",
                         (told->charge ? from : told)->name, (told->charge ? told : from)->name, l->code);
    }
    return NULL;
}

/* ---- days
 * --------------------------------------------------------------------------------------------------------------
 */

/* A day of the form that is the day of the event is compared with that day by some guard: else a period
 * begins on whatever day was typed in. */
static const struct fault *check_dates(const struct pen *p)
{
    for (size_t i = 0; i < p->e->event_count; i++) {
        const struct event_kind *k = &p->e->events[i];
        for (size_t f = 0; f < k->field_count; f++) {
            bool compared = !k->fields[f].dates;
            for (size_t r = 0; r < k->refuse_count; r++)
                compared = compared || (k->refuses[r].when->reads_day &&
                                        condition_reads_field(k->refuses[r].when, (int)f));
            if (!compared)
                return WRONG(p, named_in(p, "events", k->name),
                             "\"%s\" dates \"%s\", and no guard compares it with the day", k->fields[f].name,
                             k->name);
        }
    }
    return NULL;
}

/* ---- all
 * ----------------------------------------------------------------------------------------------------------------
 */

static const struct fault *check_element(struct pen *p, const xmlNode *at)
{
    bool law = at->ns && text_same((const char *)at->ns->href, LAW_NAMESPACE);
    const char *basis =
        law ? read_of(p, at, "basis") : law_xml_attribute(p->scratch, at, LAW_NAMESPACE, "basis");
    TRY(check_article(p, at, basis));
    if (law_xml_is(at, LAW_NAMESPACE, "event")) {
        TRY(check_wake(p, at));
        TRY(check_woken(p, at));
    }
    if (law_xml_is(at, LAW_NAMESPACE, "clock")) {
        TRY(check_units(p, at));
        TRY(check_pauses(p, at));
    }
    return law ? check_rule(p, at) : NULL;
}

const struct fault *edition_basis(TALLOC_CTX *life, const struct edition *e, const xmlNode *root)
{
    TALLOC_CTX *scratch = talloc_new(life);
    TRY_MEMORY(scratch);
    struct pen p = {.life = life, .scratch = scratch, .e = e, .root = root};
    const struct fault *f = check_sources(&p);
    for (const xmlNode *at = root; at && !f; at = follow(&p, at))
        f = check_element(&p, at);
    if (!f)
        f = check_outcomes(&p);
    if (!f)
        f = check_charges(&p);
    if (!f)
        f = check_dates(&p);
    if (!f)
        f = law_xml_whole(root);
    talloc_free(scratch);
    return f;
}
