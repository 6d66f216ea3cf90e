/* clang-format off */
/* law_words.c - the vocabulary of the extension urn:mingda:law. A word that is not here cannot stand in an edition. */
#include "law_words.h"

#include <string.h>

static const struct law_kind KINDS[] = {
    {"text", "any text"},
    {"word", "letters, digits, `-`, `_` and `.`"},
    {"words", "words with spaces between them"},
    {"yes-no", "`yes` or `no`"},
    {"number", "a whole number"},
    {"day", "`YYYY-MM-DD`"},
    {"condition", "an expression of the language of conditions (`condition.h`)"},
    {"article", "the article, such as `条例33`; `practice` where there is none"},
    {"field-kind", "`day int code person item text note flag sha256`; what is typed freely (`text`, `note`) is an encrypted row"},
    {"deed", "`receive register assign draft approve return seal serve withdraw abandon propose correct decline recalculate see migrate`: "
             "what the event is for, so that C need not know its name"},
    {"state-words", "some of `drafted approved sealed served void waiting open closed`: how services know the state"},
    {"mark", "`V` verified in a source, `R` recalled, `D` decided by us: the last two wait for a lawyer"},
    {"remedy", "`OPTIONAL PREPOSED MIXED PER_CASE`: which remedies the letter tells of"},
    {"built-in", "`somebody-may-act closed-stays-closed can-always-close`"},
    {"unit", "`wd` working days, `day`, `month`, or `date` (a day that a fact sets; `length` then holds in working days where none is set)"},
    {"test", "`future before-first stopped held not-held past-due repeated missing grants-spent no-grant notices-spent out-of-range`"},
    {"events", "kinds of facts with spaces between them"},
    {"event", "one kind of fact"},
};

#define ATTRIBUTES(name) static const struct law_attribute name##_ATTRIBUTES[]
#define LABELS  {"zh", true, "text", "its name, or the sentence, in Chinese"}, {"en", true, "text", "the same in English"}
#define HINTS   {"hint-zh", false, "text", "a line of help below the label"}, {"hint-en", false, "text", "the same in English"}
#define BASIS   {"basis", true, "article", "what it rests on"}
#define FILTER  {"field", false, "word", "with `is`: only facts whose field of this name"}, \
                {"is", false, "words", "… says one of these words count"}
#define WHERE   {"if", false, "yes-no", "there only where a parameter says yes: `if=\"{NAME}\"`"}

ATTRIBUTES(ROOT) = {
    {"zh", true, "text", "the title of the edition in Chinese"}, {"en", true, "text", "the same in English"},
    {"in-force", true, "day", "its first day"}, {"timezone", true, "text", "where its days are, such as `Asia/Shanghai`"}};
ATTRIBUTES(STATE) = {
    {"zh", false, "text", "its name in Chinese; none where it is never shown"}, {"en", false, "text", "the same in English"},
    {"public", false, "word", "the `law:public` that the applicant reads while it is active"},
    {"is", false, "state-words", "what services know it by"},
    {"duty", false, "words", "roles that must act while it is active"},
    {"outcome", false, "word", "of a last state: the outcome it decides for the whole dossier; `items`: they say themselves"}};
ATTRIBUTES(TRANSITION) = {
    {"basis", false, "article", "what it rests on; needed where it waits for an event or a condition"},
    {"letter", false, "words", "letters that are owed once it is taken"}};
ATTRIBUTES(ROLE) = {{"name", true, "word", "its code"}, LABELS};
ATTRIBUTES(SOURCE) = {
    {"name", true, "text", "as articles begin: `条例`"},
    {"articles", false, "text", "those it has: `2 4 14-18`; none said: a name alone is an article"}, LABELS};
ATTRIBUTES(PARAMETER) = {
    {"name", true, "word", "its code: `param.NAME` in conditions, `{NAME}` in `law:clocks`"}, {"value", true, "text", "the default"},
    {"kind", true, "word", "`number` or `text`"},
    {"unit", false, "word", "`wd`, `day` or `month`: of the clocks that use it"}, {"mark", true, "mark", "how sure it is"},
    {"confirm", false, "word", "the role that must confirm it; said of what is not verified, and of that alone"},
    {"basis", false, "article", "what it rests on"}, LABELS};
ATTRIBUTES(TARIFF) = {
    {"name", true, "word", "its code"}, BASIS, LABELS,
    {"unit-zh", true, "text", "what is counted, in Chinese"}, {"unit-en", true, "text", "the same in English"},
    {"valid-from", true, "day", "the first day it is charged"}, {"valid-to", false, "day", "the last"},
    {"by", false, "word", "`month`: what was charged earlier in the month counts"}, {"mark", true, "mark", "how sure it is"},
    {"confirm", false, "word", "the role that must confirm it"}};
ATTRIBUTES(BAND) = {
    {"from", true, "number", "the first unit of the band; the first band begins at 1"},
    {"to", false, "number", "its last unit; the last band has no end"}, {"price", true, "number", "of a unit, in the smallest money"},
    {"step", false, "number", "after each so many units"}, {"raise", false, "number", "… the price rises by this"},
    {"mark", true, "mark", "how sure it is"}};
ATTRIBUTES(PUBLIC) = {{"code", true, "word", "its code"}, LABELS};
ATTRIBUTES(LETTER) = {
    {"code", true, "word", "its code: the name of its template"}, LABELS,
    {"by-rule", false, "yes-no", "drafted and approved by the program"}, {"reply", false, "yes-no", "answers the application"},
    {"tells", false, "event", "raised by the program when the letter is served"},
    {"from", false, "event", "with the fields of the last fact of this kind"},
    {"remedy", false, "remedy", "of a letter that is no reply"},
    {"sheet", false, "events", "an internal sheet, printed from the facts once one of these was recorded, never drafted"}};
ATTRIBUTES(OUTCOME) = {
    {"code", true, "word", "its code"}, LABELS, BASIS, {"row", true, "text", "the row of the annual report"},
    {"remedy", true, "remedy", "which remedies the reply tells of"}, {"letter", false, "word", "the letter that says so"},
    {"drafted", false, "yes-no", "this edition has the way to the end for it"}};
ATTRIBUTES(CHART) = {
    {"name", true, "word", "its name in conditions"}, {"prefix", true, "word", "of the ids: `L` makes L1, L2"}, LABELS,
    {"made-by", false, "word", "EVENT.FIELD: so many begin at once with the event"},
    {"letter-field", false, "word", "children that are letters: the field with the template"}};
ATTRIBUTES(EVENT) = {
    {"name", true, "word", "its name in the chart, in facts and in addresses"}, LABELS, HINTS, BASIS,
    {"by", true, "words", "roles that may raise it; `clock` is the program"}, {"does", false, "deed", "what it is for"},
    {"child", false, "word", "the chart of the child it is about; else the dossier"},
    {"starts", false, "yes-no", "begins a new child"}, {"after-close", false, "yes-no", "also when the dossier is closed"},
    {"told", false, "yes-no", "the applicant sees that it happened"},
    {"evidence", false, "text", "what the fact is called in a list of evidence, in Chinese"},
    {"proves", false, "text", "… and what it proves"}};
ATTRIBUTES(FIELD) = {
    {"name", true, "word", "its name in facts: `event.NAME`, `EVENT.NAME` in conditions"}, {"kind", true, "field-kind", "what may be said"},
    LABELS, HINTS, {"required", false, "yes-no", "`no`: may be left out"},
    {"personal", false, "yes-no", "identifies a person: erased with the key of the dossier"},
    {"by-service", false, "yes-no", "filled in by the program"},
    {"min", false, "number", "the smallest number, the fewest characters"}, {"max", false, "number", "the largest, the most"},
    {"role", false, "word", "of a person: the role they hold"}, {"child", false, "word", "of an item: the kind of child"},
    {"for", false, "text", "`FIELD: WORD…`: asked only where that field says one of the words"},
    {"dates", false, "yes-no", "of a day: it is the day on which the event happened"}};
ATTRIBUTES(CHOICE) = {{"value", true, "word", "what the fact says"}, LABELS};
ATTRIBUTES(APART) = {
    {"from", true, "event", "not who raised that event of the same child"}, {"rule", true, "word", "the name of the refusal"}, BASIS, LABELS};
ATTRIBUTES(REFUSE) = {
    {"rule", true, "word", "the name of the refusal"}, BASIS, LABELS,
    {"when", false, "condition", "refused where it holds"}, {"unless", false, "condition", "refused where it does not: one of the two"}};
ATTRIBUTES(CHARGE) = {
    {"tariff", true, "word", "the field with the tariff"}, {"quantity", true, "word", "the field with what is charged"},
    {"earlier", false, "word", "the field with what was charged before"}, {"counted", false, "word", "the field with who counted it"},
    {"amount", true, "word", "the field with the sum"}, {"rule", true, "word", "refused above the tariff, by this name"}, LABELS};
ATTRIBUTES(INVARIANT) = {
    {"name", true, "word", "the name of the promise"}, BASIS, LABELS,
    {"never", false, "condition", "holds nowhere"}, {"always", false, "condition", "holds everywhere"},
    {"reachable", false, "condition", "holds somewhere"},
    {"along", false, "text", "acts that lead there, as `mingda check` tells them, with `;` between"},
    {"possible", false, "condition", "can surely be brought about from everywhere"},
    {"built-in", false, "built-in", "promises about the whole"},
    {"only-by", false, "words", "nobody but these roles may raise `at`"},
    {"at", false, "event", "judged when this is raised; else in every state"},
    {"witness", false, "condition", "what shows that the promise is not empty"}};
ATTRIBUTES(CLOCKS) = {
    {"calendar", true, "word", "whose working days count"}, {"first", true, "event", "the first fact of a dossier"}};
ATTRIBUTES(SHORTHAND) = {
    {"on", true, "event", "the fact with a field"}, {"field", true, "word", "… that holds a day"},
    {"as", true, "event", "stands for a fact of this kind on that day"}};
ATTRIBUTES(CORRECTION) = {
    {"on", true, "event", "the fact that corrects"}, {"fact", true, "word", "its field with the number of the corrected one"},
    {"data", true, "word", "its field with what replaces the old"}};
ATTRIBUTES(CLOCK) = {
    {"id", true, "word", "its name in conditions and ledgers"}, LABELS, {"basis", false, "article", "what it rests on"},
    {"unit", true, "unit", "what it counts"}, {"length", false, "number", "how many"},
    {"per", false, "word", "`child`: one for each child"},
    {"roll", false, "word", "`none`: a last day that is off does not move (units `day` and `month`)"},
    {"expiry", false, "event", "raised by the program on the day after"}};
ATTRIBUTES(START) = {
    {"on", true, "events", "day 0"}, {"after", false, "events", "only where such a fact came before; `field` and `is` then look at that one"},
    FILTER, {"roll", false, "word", "`next` (or `next_workday`): a day off counts as the next working day; `actual`: as itself"},
    {"delay", false, "number", "day 0 lies so many units later, unless another start comes first"},
    {"unit", false, "unit", "of the delay"}, WHERE};
ATTRIBUTES(RESTART) = {
    {"on", true, "events", "day 0 anew: grants, pauses and a set day are forgotten"}, FILTER,
    {"roll", false, "word", "as of a start"}, WHERE};
ATTRIBUTES(HOLD) = {
    {"on", true, "events", "the clock is replaced"}, {"until", true, "events", "… until one of these"}, FILTER, WHERE};
ATTRIBUTES(PAUSE) = {
    {"on", true, "events", "the days after it do not count"}, {"until", true, "events", "… through this one"}, FILTER,
    {"limit", false, "number", "at most so many units"}, {"unit", false, "unit", "of the limit"},
    {"from", false, "events", "the fact from which the limit runs"},
    {"after", false, "word", "`from` (or `receipt`): the days after `from` instead; `dispatch`: after `on`"},
    {"basis", false, "article", "of the pause, where it is not that of the clock"}, WHERE};
ATTRIBUTES(EXTEND) = {
    {"grant", true, "events", "an extension stands"}, {"field", false, "word", "its field with the number of units"},
    {"by", false, "number", "… or the number"}, {"times", false, "number", "how often; 1 unless said"},
    {"notice", false, "events", "it takes effect with this"}, WHERE};
ATTRIBUTES(LENGTH) = {
    {"on", true, "events", "another length"}, FILTER, {"value", false, "number", "which; else the number in `field`"}, WHERE};
ATTRIBUTES(DUE) = {
    {"on", true, "events", "a day instead of a period"}, {"field", true, "word", "the field that holds it"},
    {"required", false, "word", "`yes`: a fact without it is refused"}, WHERE};
ATTRIBUTES(STOP) = {
    {"on", true, "events", "the clock stops"}, FILTER, {"of", false, "word", "`all`: the clocks of all children"}, WHERE};
ATTRIBUTES(CLOCK_REFUSE) = {
    {"test", true, "test", "what is looked at"}, {"on", true, "events", "which facts are refused; `*`: all"},
    {"except", false, "events", "but not these"}, {"rule", true, "word", "the name of the refusal"},
    {"basis", false, "article", "what it rests on"}, LABELS,
    {"clock", false, "word", "whose: with `stopped held not-held past-due grants-spent no-grant notices-spent`"},
    {"provisional", false, "word", "`refuses`: also by a date that is only provisional (`past-due`)"},
    {"of", false, "event", "which fact is missing (`missing`)"}, {"field", false, "word", "the number (`out-of-range`)"},
    {"min", false, "number", "its smallest"}, {"max", false, "number", "its largest"}};

#define SECTION(name, meaning) {name, " scxml ", false, meaning, NULL, 0}
#define ELEMENT(name, within, table, meaning) \
    {name, " " within " ", false, meaning, table##_ATTRIBUTES, sizeof table##_ATTRIBUTES / sizeof *table##_ATTRIBUTES}
#define PLAIN(name, within, table, meaning) \
    {name, " " within " ", true, meaning, table##_ATTRIBUTES, sizeof table##_ATTRIBUTES / sizeof *table##_ATTRIBUTES}

static const struct law_element ELEMENTS[] = {
    PLAIN("scxml", "", ROOT, "the edition; `name` is its code, its states are the chart of the dossier"),
    PLAIN("state", "scxml state parallel", STATE, "a state of the chart; the same on `parallel` and `final`"),
    PLAIN("transition", "state parallel history initial", TRANSITION, "a step of the procedure"),
    SECTION("roles", "who acts"),
    ELEMENT("role", "roles", ROLE, "a role"),
    SECTION("sources", "what the edition rests on"),
    ELEMENT("source", "sources", SOURCE, "a text that an article may name"),
    SECTION("parameters", "what a lawyer or an agency may set"),
    ELEMENT("parameter", "parameters", PARAMETER, "a parameter and its default"),
    SECTION("tariffs", "what may be charged"),
    ELEMENT("tariff", "tariffs", TARIFF, "a tariff: bands that follow one another without gap"),
    ELEMENT("band", "tariff", BAND, "units of one price"),
    SECTION("publics", "what the applicant reads"),
    ELEMENT("public", "publics", PUBLIC, "a state of the dossier in plain words"),
    SECTION("letters", "the letters of the procedure"),
    ELEMENT("letter", "letters", LETTER, "a kind of letter"),
    SECTION("outcomes", "how an item may end"),
    ELEMENT("outcome", "outcomes", OUTCOME, "a ground of the reply"),
    SECTION("charts", "what has a course of its own beside the dossier's"),
    ELEMENT("chart", "charts", CHART, "a kind of child; holds an `scxml` of its own"),
    SECTION("events", "what may happen"),
    ELEMENT("event", "events", EVENT, "something that may happen: a form, a guard, an address, a line of documentation"),
    ELEMENT("field", "event", FIELD, "a field of its form"),
    ELEMENT("choice", "field", CHOICE, "one answer of a field of kind `code`"),
    ELEMENT("apart", "event", APART, "separation of persons"),
    ELEMENT("refuse", "event transition", REFUSE, "a guard, and what the refused person reads"),
    ELEMENT("charge", "event", CHARGE, "the event charges by a tariff; all names are fields of it"),
    SECTION("invariants", "what `mingda check` proves"),
    ELEMENT("invariant", "invariants", INVARIANT, "a promise: one of never, always, reachable, built-in, only-by"),
    ELEMENT("clocks", "scxml", CLOCKS, "the periods; any attribute within may be `{NAME}`, the value of that parameter"),
    ELEMENT("shorthand", "clocks", SHORTHAND, "a field that stands for a second fact"),
    ELEMENT("correction", "clocks", CORRECTION, "a fact that replaces fields of an earlier one"),
    ELEMENT("clock", "clocks", CLOCK, "a period"),
    ELEMENT("start", "clock", START, "when it begins"),
    ELEMENT("restart", "clock", RESTART, "when it begins anew"),
    ELEMENT("hold", "clock", HOLD, "when it is replaced by something that must come first"),
    ELEMENT("pause", "clock", PAUSE, "days that do not count"),
    ELEMENT("extend", "clock", EXTEND, "how it is extended"),
    ELEMENT("length", "clock", LENGTH, "what gives it another length"),
    ELEMENT("due", "clock", DUE, "what sets the day itself"),
    ELEMENT("stop", "clock", STOP, "what ends it"),
    ELEMENT("refuse", "clocks", CLOCK_REFUSE, "facts that the periods refuse, in the order of judgement"),
};
/* clang-format on */

const struct law_element *law_elements(size_t *count)
{
    *count = sizeof ELEMENTS / sizeof *ELEMENTS;
    return ELEMENTS;
}

const struct law_kind *law_kinds(size_t *count)
{
    *count = sizeof KINDS / sizeof *KINDS;
    return KINDS;
}

static bool stands_in(const struct law_element *e, const char *within)
{
    size_t length = strlen(within);
    for (const char *at = e->within; (at = strstr(at, within)); at += length)
        if (at > e->within && at[-1] == ' ' && at[length] == ' ')
            return true;
    return false;
}

const struct law_element *law_element_find(const char *within, const char *name)
{
    if (strcmp(name, "parallel") == 0 || strcmp(name, "final") == 0)
        name = "state";
    for (size_t i = 0; i < sizeof ELEMENTS / sizeof *ELEMENTS; i++)
        if (strcmp(ELEMENTS[i].name, name) == 0 && (ELEMENTS[i].scxml || stands_in(&ELEMENTS[i], within)))
            return &ELEMENTS[i];
    return NULL;
}

static bool may_have(const struct law_element *e, const char *name)
{
    for (size_t i = 0; e && i < e->attribute_count; i++)
        if (strcmp(e->attributes[i].name, name) == 0)
            return true;
    return false;
}

const struct fault *law_attributes_known(TALLOC_CTX *life, const char *code, const char *file,
                                         const xmlNode *node)
{
    bool scxml = law_xml_is(node, SCXML_NAMESPACE, NULL);
    const struct law_element *e =
        law_element_find(node->parent ? (const char *)node->parent->name : "", (const char *)node->name);
    for (const xmlAttr *a = node->properties; a; a = a->next) {
        bool ours = a->ns && xmlStrcmp(a->ns->href, (const xmlChar *)LAW_NAMESPACE) == 0;
        if (scxml ? ours && !may_have(e, (const char *)a->name)
                  : a->ns || !may_have(e, (const char *)a->name))
            return law_xml_fault(life, code, file, node,
                                 scxml ? "<%s> has no attribute \"law:%s\""
                                       : "<law:%s> has no attribute \"%s\"",
                                 (const char *)node->name, (const char *)a->name);
    }
    return NULL;
}
