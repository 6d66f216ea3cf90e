/* edition.c - reads an edition: SCXML with the extension urn:mingda:law, whose words stand in law_words.c
 * (and, for validators, in edition.rng). An attribute or element of this namespace that is not among them is
 * refused: a misspelt guard must not vanish. */
#include "edition_inside.h"

#include <stdarg.h>
#include "law_words.h"
#include "law_xml.h"
#include "tariff.h"
#include "text.h"

#define FORM_NOTE_MAX 4000
#define FORM_TEXT_MAX 200

struct build {
    TALLOC_CTX *life;
    const char *file;
    const xmlNode *root;
    struct edition *e;
    struct edition_inside *inside;
    struct event_kind *events;
    struct child_kind *children;
    struct chart **charts; /* of the children, still open for conditions */
    struct chart *chart;
    struct edition_invariant *invariants;
};

static const char *const FIELD_WORDS[] = {"day",  "int",  "code", "person", "item",
                                          "text", "note", "flag", "sha256"};
#define X(symbol, word) word,
static const char *const DEED_WORDS[] = {EVENT_DEEDS(X)};
static const char *const STATE_WORD_TEXTS[] = {STATE_WORDS(X)};
#undef X

/* ---- reading attributes
 * --------------------------------------------------------------------------------------------- */

static bool listed(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

/* Only the attributes that the element may have. */
static const struct fault *only(struct build *b, const xmlNode *node)
{
    return law_attributes_known(b->life, "EDITION_SYNTAX", b->file, node);
}

static const char *optional(struct build *b, const xmlNode *node, const char *name)
{
    return law_xml_attribute(b->life, node, NULL, name);
}

static const struct fault *required(struct build *b, const xmlNode *node, const char *name, const char **out)
{
    *out = optional(b, node, name);
    if (!*out || !**out)
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node, "<law:%s> needs \"%s\"",
                             (const char *)node->name, name);
    return NULL;
}

static const struct fault *yes(struct build *b, const xmlNode *node, const char *name, bool standard,
                               bool *out)
{
    const char *text = optional(b, node, name);
    if (text && strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node, "\"%s\" is yes or no", name);
    *out = text ? *text == 'y' : standard;
    return NULL;
}

static const struct fault *both_languages(struct build *b, const xmlNode *node, struct bilingual *out)
{
    TRY(required(b, node, "zh", &out->zh));
    return required(b, node, "en", &out->en);
}

static const struct fault *hints(struct build *b, const xmlNode *node, struct bilingual *out)
{
    out->zh = optional(b, node, "hint-zh");
    out->en = optional(b, node, "hint-en");
    if (!out->en)
        out->en = out->zh;
    return NULL;
}

/* "practice" is how a document says that there is no article. */
static const char *basis_of(const char *text)
{
    return text && strcmp(text, "practice") != 0 ? text : NULL;
}

/* The one element law:NAME under the root; NULL when there is none. */
static const xmlNode *section(const struct build *b, const char *name)
{
    for (const xmlNode *at = law_xml_element(b->root->children); at; at = law_xml_element(at->next))
        if (law_xml_is(at, LAW_NAMESPACE, name))
            return at;
    return NULL;
}

/* Counts law:NAME below `parent` and refuses any other element there. */
static const struct fault *count_children(struct build *b, const xmlNode *parent, const char *name,
                                          size_t *count)
{
    *count = 0;
    for (const xmlNode *at = parent ? law_xml_element(parent->children) : NULL; at;
         at = law_xml_element(at->next)) {
        if (!law_xml_is(at, LAW_NAMESPACE, name))
            return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, at, "<%s> cannot stand in <law:%s>",
                                 (const char *)at->name, (const char *)parent->name);
        ++*count;
    }
    return NULL;
}

/* A section law:SECTION of elements law:NAME becomes an array of `width`; `read` fills one. */
typedef const struct fault *read_fn(struct build *b, const xmlNode *node, void *slot);

static const struct fault *read_section(struct build *b, const char *name, const char *element, size_t width,
                                        read_fn *read, void *array, size_t *count)
{
    const xmlNode *parent = section(b, name);
    TRY(count_children(b, parent, element, count));
    char *slots = talloc_zero_size(b->life, width * (*count + 1));
    TRY_MEMORY(slots);
    memcpy(array, &slots, sizeof slots);
    size_t i = 0;
    for (const xmlNode *at = parent ? law_xml_element(parent->children) : NULL; at;
         at = law_xml_element(at->next))
        TRY(read(b, at, slots + width * i++));
    return NULL;
}

/* ---- the small sections
 * -------------------------------------------------------------------------------------------------- */

static const struct fault *read_role(struct build *b, const xmlNode *node, void *slot)
{
    struct edition_role *r = slot;
    TRY(only(b, node));
    TRY(required(b, node, "name", &r->name));
    return both_languages(b, node, &r->label);
}

static const struct fault *read_parameter(struct build *b, const xmlNode *node, void *slot)
{
    struct edition_parameter *p = slot;
    const char *kind = NULL, *mark = NULL;
    int64_t number = 0;
    TRY(only(b, node));
    TRY(required(b, node, "name", &p->name));
    TRY(required(b, node, "value", &p->value));
    TRY(required(b, node, "kind", &kind));
    TRY(required(b, node, "mark", &mark));
    p->number = strcmp(kind, "number") == 0;
    p->mark = *mark;
    p->basis = basis_of(optional(b, node, "basis"));
    p->confirm = optional(b, node, "confirm");
    if ((*mark == 'V') == (p->confirm != NULL))
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node,
                             "who must confirm is said of what is not verified, and of that alone");
    if (p->confirm && !edition_role(b->e, p->confirm))
        return law_xml_fault(b->life, "EDITION_NAME", b->file, node, "there is no role \"%s\"", p->confirm);
    if (p->number && !text_to_int(p->value, INT32_MIN, INT32_MAX, &number))
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node, "\"%s\" is no whole number", p->value);
    return both_languages(b, node, &p->label);
}

static const struct fault *read_public(struct build *b, const xmlNode *node, void *slot)
{
    struct place *p = slot;
    TRY(only(b, node));
    TRY(required(b, node, "code", &p->id));
    return both_languages(b, node, &p->label);
}

static const char *const REMEDIES[] = {"OPTIONAL", "PREPOSED", "MIXED", "PER_CASE", NULL};

static const struct fault *read_letter(struct build *b, const xmlNode *node, void *slot)
{
    struct letter_kind *l = slot;
    TRY(only(b, node));
    TRY(required(b, node, "code", &l->code));
    TRY(yes(b, node, "by-rule", false, &l->by_rule));
    TRY(yes(b, node, "reply", false, &l->reply));
    l->tells = optional(b, node, "tells");
    l->from = optional(b, node, "from");
    l->remedy = optional(b, node, "remedy");
    const char *sheet = optional(b, node, "sheet");
    l->sheet = sheet ? law_xml_words(b->life, sheet, &l->sheet_count) : NULL;
    if (sheet)
        TRY_MEMORY(l->sheet);
    if (l->remedy && !listed(REMEDIES, l->remedy))
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node, "\"%s\" is no remedy profile",
                             l->remedy);
    return both_languages(b, node, &l->label);
}

static const struct fault *read_outcome(struct build *b, const xmlNode *node, void *slot)
{
    struct outcome_kind *o = slot;
    TRY(only(b, node));
    TRY(required(b, node, "code", &o->code));
    TRY(required(b, node, "basis", &o->basis));
    TRY(required(b, node, "row", &o->stat_row));
    TRY(required(b, node, "remedy", &o->remedy));
    TRY(yes(b, node, "drafted", false, &o->drafted));
    o->basis = basis_of(o->basis);
    o->letter = optional(b, node, "letter");
    if (!listed(REMEDIES, o->remedy))
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node, "\"%s\" is no remedy profile",
                             o->remedy);
    return both_languages(b, node, &o->label);
}

/* ---- charts of children
 * ------------------------------------------------------------------------------------------------------ */

static const struct fault *read_chart(struct build *b, const xmlNode *node, void *slot)
{
    struct child_kind *k = slot;
    TRY(only(b, node));
    TRY(required(b, node, "name", &k->name));
    TRY(required(b, node, "prefix", &k->prefix));
    TRY(both_languages(b, node, &k->label));
    k->letter_field = optional(b, node, "letter-field");
    const char *by = optional(b, node, "made-by");
    if (by) {
        char *made = talloc_strdup(b->life, by);
        TRY_MEMORY(made);
        char *dot = strchr(made, '.');
        if (!dot)
            return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node, "made-by is EVENT.FIELD");
        *dot = '\0';
        k->made_event = made;
        k->made_field = dot + 1;
    }
    k->index = (size_t)(k - b->children);
    if (k->index >= 24)
        return law_xml_fault(b->life, "EDITION_REFUSED", b->file, node, "more than 24 kinds of children");
    const xmlNode *inner = law_xml_element(node->children);
    TRY(chart_read(b->life, b->file, inner ? inner : node, &b->charts[k->index]));
    k->chart = b->charts[k->index];
    return NULL;
}

static const struct fault *read_charts(struct build *b)
{
    size_t count = 0;
    const xmlNode *parent = section(b, "charts");
    TRY(count_children(b, parent, "chart", &count));
    b->charts = talloc_zero_array(b->life, struct chart *, count + 1);
    b->children = talloc_zero_array(b->life, struct child_kind, count + 1);
    TRY_MEMORY(b->charts);
    TRY_MEMORY(b->children);
    size_t i = 0;
    for (const xmlNode *at = parent ? law_xml_element(parent->children) : NULL; at;
         at = law_xml_element(at->next))
        TRY(read_chart(b, at, &b->children[i++]));
    b->e->children = b->children;
    b->e->child_count = count;
    return NULL;
}

/* ---- events
 * ---------------------------------------------------------------------------------------------------------------------
 */

static const struct fault *read_choice(struct build *b, const xmlNode *node, struct event_choice *c)
{
    TRY(only(b, node));
    TRY(required(b, node, "value", &c->value));
    return both_languages(b, node, &c->label);
}

static const struct fault *field_bounds(struct build *b, const xmlNode *node, struct event_field *f)
{
    static const int64_t LARGEST[] = {
        [EVENT_FIELD_TEXT] = FORM_TEXT_MAX, [EVENT_FIELD_NOTE] = FORM_NOTE_MAX, [EVENT_FIELD_SHA256] = 0};
    bool text = f->kind == EVENT_FIELD_TEXT || f->kind == EVENT_FIELD_NOTE;
    const char *min = optional(b, node, "min"), *max = optional(b, node, "max");
    f->min = text ? 1 : 0;
    f->max = text ? LARGEST[f->kind] : 0;
    if (f->kind == EVENT_FIELD_INT && (!min || !max))
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node, "a whole number needs min and max");
    if ((min && !text_to_int(min, INT32_MIN, INT32_MAX, &f->min)) ||
        (max && !text_to_int(max, INT32_MIN, INT32_MAX, &f->max)) || f->min > f->max)
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node,
                             "min and max are whole numbers in order");
    return NULL;
}

static const struct fault *field_relations(struct build *b, const xmlNode *node, struct event_field *f)
{
    if (f->kind == EVENT_FIELD_PERSON) {
        TRY(required(b, node, "role", &f->role));
        if (!edition_role(b->e, f->role))
            return law_xml_fault(b->life, "EDITION_NAME", b->file, node, "there is no role \"%s\"", f->role);
    }
    if (f->kind == EVENT_FIELD_ITEM) {
        TRY(required(b, node, "child", &f->child));
        if (!edition_child(b->e, f->child))
            return law_xml_fault(b->life, "EDITION_NAME", b->file, node, "there is no chart \"%s\"",
                                 f->child);
    }
    return NULL;
}

static const struct fault *read_field(struct build *b, const xmlNode *node, struct event_field *f)
{
    const char *kind = NULL;
    size_t k = 0, i = 0;
    TRY(only(b, node));
    TRY(required(b, node, "name", &f->name));
    TRY(required(b, node, "kind", &kind));
    while (k < sizeof FIELD_WORDS / sizeof *FIELD_WORDS && strcmp(FIELD_WORDS[k], kind) != 0)
        k++;
    if (k == sizeof FIELD_WORDS / sizeof *FIELD_WORDS)
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node, "\"%s\" is no kind of field", kind);
    f->kind = (enum event_field_kind)k;
    TRY(yes(b, node, "required", true, &f->required));
    TRY(yes(b, node, "personal", false, &f->personal));
    TRY(yes(b, node, "by-service", false, &f->by_service));
    TRY(yes(b, node, "dates", false, &f->dates));
    if (f->dates && f->kind != EVENT_FIELD_DAY)
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node, "only a day dates an event");
    TRY(both_languages(b, node, &f->label));
    TRY(hints(b, node, &f->hint));
    TRY(field_bounds(b, node, f));
    TRY(field_relations(b, node, f));
    TRY(count_children(b, node, "choice", &f->choice_count));
    if ((f->kind == EVENT_FIELD_CODE) != (f->choice_count > 0))
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node,
                             "choices belong to a field of kind code");
    struct event_choice *choices = talloc_zero_array(b->life, struct event_choice, f->choice_count + 1);
    TRY_MEMORY(choices);
    for (const xmlNode *at = law_xml_element(node->children); at; at = law_xml_element(at->next))
        TRY(read_choice(b, at, &choices[i++]));
    f->choices = choices;
    return NULL;
}

/* "outcome: DENY_LAW PARTIAL": the field is asked where `outcome` of the same event is one of the words. */
static const struct fault *field_for(struct build *b, const xmlNode *node, const struct event_kind *k,
                                     struct event_field *f)
{
    const char *text = optional(b, node, "for"), *colon = text ? strchr(text, ':') : NULL;
    if (!text)
        return NULL;
    const char *name = colon ? talloc_strndup(b->life, text, (size_t)(colon - text)) : text;
    TRY_MEMORY(name);
    f->asked_of = event_field(k, name);
    if (!colon || !f->asked_of || f->asked_of >= f || f->asked_of->kind != EVENT_FIELD_CODE ||
        f->asked_of->asked_of || f->required)
        return law_xml_fault(
            b->life, "EDITION_NAME", b->file, node,
            "for=\"FIELD: WORD…\" names an earlier field of kind code; what depends on it is not "
            "required of all");
    f->asked_when = law_xml_words(b->life, colon + 1, &f->asked_when_count);
    TRY_MEMORY(f->asked_when);
    for (size_t i = 0; i < f->asked_when_count; i++)
        if (!event_field_choice(f->asked_of, f->asked_when[i]))
            return law_xml_fault(b->life, "EDITION_NAME", b->file, node, "%s is never \"%s\"", name,
                                 f->asked_when[i]);
    return NULL;
}

static const struct fault *fields_for(struct build *b, const xmlNode *event, const struct event_kind *k,
                                      struct event_field *fields)
{
    for (const xmlNode *at = law_xml_element(event->children); at; at = law_xml_element(at->next))
        if (law_xml_is(at, LAW_NAMESPACE, "field"))
            TRY(field_for(b, at, k, fields++));
    return NULL;
}

bool event_field_asked(const struct event_field *f, const char *word)
{
    bool asked = !f->asked_of;
    for (size_t i = 0; word && i < f->asked_when_count; i++)
        asked = asked || strcmp(f->asked_when[i], word) == 0;
    return asked;
}

struct civil event_dated(const struct event_kind *k, const json_t *data)
{
    struct civil day;
    for (size_t i = 0; i < k->field_count; i++) {
        const struct event_field *f = &k->fields[i];
        const char *said = f->dates ? json_text(data, f->name) : NULL;
        if (said && civil_parse(said, &day))
            return day;
    }
    return CIVIL_NONE;
}

static const struct fault *read_apart(struct build *b, const xmlNode *node, struct event_separation *s)
{
    TRY(only(b, node));
    TRY(required(b, node, "from", &s->event));
    TRY(required(b, node, "rule", &s->rule));
    TRY(required(b, node, "basis", &s->basis));
    s->basis = basis_of(s->basis);
    return both_languages(b, node, &s->sentence);
}

/* The condition is read later, when all names are known. */
static const struct fault *read_refuse(struct build *b, const xmlNode *node, struct event_refuse *r)
{
    TRY(only(b, node));
    TRY(required(b, node, "rule", &r->rule));
    TRY(required(b, node, "basis", &r->basis));
    r->basis = basis_of(r->basis);
    if (!optional(b, node, "when") == !optional(b, node, "unless"))
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node,
                             "<law:refuse> has either when or unless");
    r->negated = optional(b, node, "unless") != NULL;
    return both_languages(b, node, &r->sentence);
}

static const struct fault *event_words(struct build *b, const xmlNode *node, struct event_kind *k)
{
    const char *by = NULL, *does = optional(b, node, "does"), *child = optional(b, node, "child");
    TRY(required(b, node, "by", &by));
    const char **roles = law_xml_words(b->life, by, &k->role_count);
    TRY_MEMORY(roles);
    k->roles = roles;
    for (size_t i = 0; i < k->role_count; i++) {
        const struct edition_role *role = edition_role(b->e, roles[i]);
        if (!role)
            return law_xml_fault(b->life, "EDITION_NAME", b->file, node, "there is no role \"%s\"", roles[i]);
        roles[i] = role->name; /* the same text for all: it is read for every fact */
    }
    size_t deed = 0;
    while (does && deed < EVENT_DEED_COUNT && strcmp(DEED_WORDS[deed], does) != 0)
        deed++;
    if (deed == EVENT_DEED_COUNT)
        return law_xml_fault(b->life, "EDITION_NAME", b->file, node, "no event does \"%s\"", does);
    k->deed = (enum event_deed)deed;
    if (child && !(k->child = edition_child(b->e, child)))
        return law_xml_fault(b->life, "EDITION_NAME", b->file, node, "there is no chart \"%s\"", child);
    if (k->starts && !k->child)
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node, "what starts a child names its chart");
    return NULL;
}

static const struct fault *read_event(struct build *b, const xmlNode *node, void *slot)
{
    struct event_kind *k = slot;
    TRY(only(b, node));
    TRY(required(b, node, "name", &k->name));
    TRY(required(b, node, "basis", &k->basis));
    k->basis = basis_of(k->basis);
    k->line = (int)xmlGetLineNo(node);
    TRY(both_languages(b, node, &k->label));
    TRY(hints(b, node, &k->hint));
    TRY(yes(b, node, "starts", false, &k->starts));
    TRY(yes(b, node, "after-close", false, &k->after_close));
    TRY(yes(b, node, "told", false, &k->told));
    k->evidence = optional(b, node, "evidence");
    k->proves = optional(b, node, "proves");
    if (!k->evidence != !k->proves)
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node,
                             "evidence has a name and proves something");
    TRY(event_words(b, node, k));
    size_t n = xmlChildElementCount((xmlNode *)(uintptr_t)node) + 1;
    struct event_field *fields = talloc_zero_array(b->life, struct event_field, n);
    struct event_separation *apart = talloc_zero_array(b->life, struct event_separation, n);
    struct event_refuse *refuses = talloc_zero_array(b->life, struct event_refuse, n);
    TRY_MEMORY(fields);
    TRY_MEMORY(apart);
    TRY_MEMORY(refuses);
    k->fields = fields;
    k->separations = apart;
    k->refuses = refuses;
    for (const xmlNode *at = law_xml_element(node->children); at; at = law_xml_element(at->next)) {
        if (law_xml_is(at, LAW_NAMESPACE, "field"))
            TRY(read_field(b, at, &fields[k->field_count++]));
        else if (law_xml_is(at, LAW_NAMESPACE, "apart"))
            TRY(read_apart(b, at, &apart[k->separation_count++]));
        else if (law_xml_is(at, LAW_NAMESPACE, "refuse"))
            TRY(read_refuse(b, at, &refuses[k->refuse_count++]));
        else if (law_xml_is(at, LAW_NAMESPACE, "charge") && !k->charge)
            TRY(tariff_charge_read(b->life, b->file, at, k, &k->charge));
        else
            return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, at, "<%s> cannot stand in <law:event>",
                                 (const char *)at->name);
    }
    TRY(fields_for(b, node, k, fields));
    if (k->field_count > 63)
        return law_xml_fault(b->life, "EDITION_REFUSED", b->file, node, "more than 63 fields of one event");
    return NULL;
}

/* ---- invariants
 * -------------------------------------------------------------------------------------------------------------------
 */

static const struct fault *read_only_by(struct build *b, const xmlNode *node, struct edition_invariant *v)
{
    const char *at = NULL;
    TRY(required(b, node, "at", &at));
    v->roles = law_xml_words(b->life, optional(b, node, "only-by"), &v->role_count);
    TRY_MEMORY(v->roles);
    for (size_t i = 0; i < v->role_count; i++)
        if (!edition_role(b->e, v->roles[i]))
            return law_xml_fault(b->life, "EDITION_NAME", b->file, node, "there is no role \"%s\"",
                                 v->roles[i]);
    return NULL;
}

/* The lines of a story, with ";" between them. */
static const struct fault *read_along(struct build *b, const xmlNode *node, struct edition_invariant *v)
{
    const char *text = optional(b, node, "along");
    if (!text)
        return NULL;
    if (v->kind != INVARIANT_REACHABLE)
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node,
                             "only what is reachable is reached along a way");
    const char **lines = talloc_array(b->life, const char *, strlen(text) + 1);
    TRY_MEMORY(lines);
    for (const char *at = text; *at; at += strcspn(at, ";"), at += *at == ';') {
        at += strspn(at, " \t\r\n");
        lines[v->along_count] = talloc_strndup(lines, at, strcspn(at, ";"));
        TRY_MEMORY(lines[v->along_count++]);
    }
    v->along = lines;
    return NULL;
}

static const struct fault *read_invariant(struct build *b, const xmlNode *node, void *slot)
{
    static const char *const KINDS[] = {"never", "always", "reachable", "possible", "built-in", "only-by"};
    static const char *const BUILT_IN[] = {"somebody-may-act", "closed-stays-closed", "can-always-close",
                                           NULL};
    struct edition_invariant *v = slot;
    int kinds = 0;
    TRY(only(b, node));
    TRY(required(b, node, "name", &v->name));
    TRY(required(b, node, "basis", &v->basis));
    TRY(both_languages(b, node, &v->sentence));
    for (int i = 0; i < 6; i++)
        if (optional(b, node, KINDS[i])) {
            v->kind = (enum invariant_kind)i;
            kinds++;
        }
    if (kinds != 1)
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, node,
                             "an invariant is one of never, always, reachable, possible, built-in, only-by");
    if (v->kind == INVARIANT_ONLY_BY)
        TRY(read_only_by(b, node, v));
    TRY(read_along(b, node, v));
    v->built_in = optional(b, node, "built-in");
    if (v->built_in && !listed(BUILT_IN, v->built_in))
        return law_xml_fault(b->life, "EDITION_NAME", b->file, node, "there is no built-in invariant \"%s\"",
                             v->built_in);
    v->line = (int)xmlGetLineNo(node);
    return NULL;
}

/* ---- names between the sections
 * ----------------------------------------------------------------------------------------------------- */

static const struct fault *unique(struct build *b, const char *what, const char *name, bool again, int line)
{
    return again ? fault_new(b->life, FAULT_INPUT, "EDITION_NAME", "%s:%d: the %s \"%s\" is declared twice",
                             b->file, line, what, name)
                 : NULL;
}

static bool overlap(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static const struct fault *check_event_names(struct build *b)
{
    const struct edition *e = b->e;
    for (size_t i = 0; i < e->event_count; i++) {
        const struct event_kind *k = &e->events[i];
        TRY(unique(b, "event", k->name, edition_event(e, k->name) != k, k->line));
        for (size_t f = 0; f < k->field_count; f++)
            TRY(unique(b, "field", k->fields[f].name, event_field(k, k->fields[f].name) != &k->fields[f],
                       k->line));
        for (size_t s = 0; s < k->separation_count; s++)
            if (!edition_event(e, k->separations[s].event))
                return fault_new(b->life, FAULT_INPUT, "EDITION_NAME", "%s:%d: there is no event \"%s\"",
                                 b->file, k->line, k->separations[s].event);
        if (edition_child(e, k->name) || overlap(k->name, "day") || overlap(k->name, "event") ||
            overlap(k->name, "param") || overlap(k->name, "up"))
            return fault_new(b->life, FAULT_INPUT, "EDITION_NAME",
                             "%s:%d: the event \"%s\" is called like something else", b->file, k->line,
                             k->name);
    }
    return NULL;
}

static const struct fault *check_child_names(struct build *b)
{
    for (size_t i = 0; i < b->e->child_count; i++) {
        struct child_kind *k = &b->children[i];
        int line = (int)xmlGetLineNo(k->chart->node);
        TRY(unique(b, "chart", k->name, edition_child(b->e, k->name) != k, line));
        for (size_t j = 0; j < i; j++)
            TRY(unique(b, "prefix", k->prefix, strcmp(b->children[j].prefix, k->prefix) == 0, line));
        if (!k->made_event)
            continue;
        const struct event_kind *made = edition_event(b->e, k->made_event);
        const struct event_field *f = made ? event_field(made, k->made_field) : NULL;
        if (!f || f->kind != EVENT_FIELD_INT)
            return fault_new(b->life, FAULT_INPUT, "EDITION_NAME", "%s:%d: there is no number %s.%s", b->file,
                             line, k->made_event, k->made_field);
    }
    return NULL;
}

static const struct fault *check_clock_names(struct build *b)
{
    const struct clock_rules *rules = b->e->clocks;
    for (size_t i = 0; i < clock_rules_kind_count(rules); i++)
        if (!edition_event(b->e, clock_rules_kind(rules, i)))
            return fault_new(b->life, FAULT_INPUT, "EDITION_NAME",
                             "%s:%ld: the clocks speak of an event \"%s\" that is not declared", b->file,
                             xmlGetLineNo(b->root), clock_rules_kind(rules, i));
    for (size_t i = 0; i < clock_rules_count(rules); i++)
        if (edition_event(b->e, clock_rules_about(rules, i)->id))
            return fault_new(b->life, FAULT_INPUT, "EDITION_NAME",
                             "%s:%ld: \"%s\" is both a clock and an event", b->file, xmlGetLineNo(b->root),
                             clock_rules_about(rules, i)->id);
    return NULL;
}

/* What a letter tells is an event that the program itself may raise. */
static const struct fault *check_told(struct build *b, const struct letter_kind *l)
{
    const struct event_kind *told = l->tells ? edition_event(b->e, l->tells) : NULL;
    bool by_clock = false;
    for (size_t i = 0; told && i < told->role_count; i++)
        by_clock = by_clock || strcmp(told->roles[i], "clock") == 0;
    if (l->tells && !by_clock)
        return law_xml_fault(b->life, "EDITION_NAME", b->file, section(b, "letters"),
                             "letter %s tells \"%s\", which is no event of the clock", l->code, l->tells);
    if (l->from && (!l->tells || !edition_event(b->e, l->from)))
        return law_xml_fault(b->life, "EDITION_NAME", b->file, section(b, "letters"),
                             "letter %s is from \"%s\", which is no event, or tells nothing", l->code,
                             l->from);
    return NULL;
}

/* Every word of a charge's field is a tariff, and who confirms one is a role. */
static const struct fault *check_tariffs(struct build *b)
{
    const struct edition *e = b->e;
    for (size_t i = 0; i < e->tariff_count; i++)
        if (e->tariffs[i].confirm && !edition_role(e, e->tariffs[i].confirm))
            return law_xml_fault(b->life, "EDITION_NAME", b->file, section(b, "tariffs"),
                                 "there is no role \"%s\"", e->tariffs[i].confirm);
    for (size_t i = 0; i < e->event_count; i++) {
        const struct event_charge *c = e->events[i].charge;
        const struct event_field *f = c ? event_field(&e->events[i], c->tariff) : NULL;
        for (size_t w = 0; f && w < f->choice_count; w++) {
            bool there = false;
            for (size_t t = 0; t < e->tariff_count; t++)
                there = there || strcmp(e->tariffs[t].name, f->choices[w].value) == 0;
            if (!there)
                return fault_new(b->life, FAULT_INPUT, "EDITION_NAME", "%s:%d: there is no tariff \"%s\"",
                                 b->file, e->events[i].line, f->choices[w].value);
        }
    }
    return NULL;
}

static const struct fault *check_sheets(struct build *b)
{
    for (size_t i = 0; i < b->e->letter_count; i++)
        for (size_t w = 0; w < b->e->letters[i].sheet_count; w++)
            if (!edition_event(b->e, b->e->letters[i].sheet[w]))
                return law_xml_fault(b->life, "EDITION_NAME", b->file, section(b, "letters"),
                                     "sheet %s is after \"%s\", which is no event", b->e->letters[i].code,
                                     b->e->letters[i].sheet[w]);
    return NULL;
}

static const struct fault *check_outcome_letters(struct build *b)
{
    for (size_t i = 0; i < b->e->letter_count; i++)
        TRY(check_told(b, &b->e->letters[i]));
    for (size_t i = 0; i < b->e->outcome_count; i++) {
        const struct outcome_kind *o = &b->e->outcomes[i];
        if (o->letter && !edition_letter(b->e, o->letter))
            return law_xml_fault(b->life, "EDITION_NAME", b->file, section(b, "outcomes"),
                                 "there is no letter \"%s\"", o->letter);
    }
    return NULL;
}

/* ---- what the law adds to states and transitions
 * ----------------------------------------------------------------------------------- */

static const struct fault *state_words(struct build *b, const xmlNode *node, struct state_law *law)
{
    const char *is = law_xml_attribute(b->life, node, LAW_NAMESPACE, "is");
    size_t count = 0;
    const char **words = is ? law_xml_words(b->life, is, &count) : NULL;
    if (is)
        TRY_MEMORY(words);
    for (size_t i = 0; i < count; i++) {
        size_t w = 0;
        while (w < STATE_WORD_COUNT && strcmp(STATE_WORD_TEXTS[w], words[i]) != 0)
            w++;
        if (w == STATE_WORD_COUNT)
            return law_xml_fault(b->life, "EDITION_NAME", b->file, node, "no state is \"%s\"", words[i]);
        law->words |= UINT32_C(1) << w;
    }
    return NULL;
}

static const struct fault *state_shown(struct build *b, const xmlNode *node, struct state_law *law)
{
    const char *shown = law_xml_attribute(b->life, node, LAW_NAMESPACE, "public");
    for (size_t i = 0; shown && i < b->inside->public_count && !law->shown; i++)
        if (strcmp(b->inside->publics[i].id, shown) == 0)
            law->shown = &b->inside->publics[i];
    if (shown && !law->shown)
        return law_xml_fault(b->life, "EDITION_NAME", b->file, node, "there is no public state \"%s\"",
                             shown);
    return NULL;
}

static const struct fault *read_state_law(struct build *b, struct chart_state *s)
{
    struct state_law *law = talloc_zero(b->life, struct state_law);
    TRY_MEMORY(law);
    TRY(only(b, s->node));
    law->label.zh = law_xml_attribute(b->life, s->node, LAW_NAMESPACE, "zh");
    law->label.en = law_xml_attribute(b->life, s->node, LAW_NAMESPACE, "en");
    if (!law->label.zh != !law->label.en)
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, s->node, "a label has two languages");
    TRY(state_words(b, s->node, law));
    TRY(state_shown(b, s->node, law));
    const char *duty = law_xml_attribute(b->life, s->node, LAW_NAMESPACE, "duty");
    if (duty) {
        law->duty = law_xml_words(b->life, duty, &law->duty_count);
        TRY_MEMORY(law->duty);
    }
    for (size_t i = 0; i < law->duty_count; i++)
        if (!edition_role(b->e, law->duty[i]))
            return law_xml_fault(b->life, "EDITION_NAME", b->file, s->node, "there is no role \"%s\"",
                                 law->duty[i]);
    const char *outcome = law_xml_attribute(b->life, s->node, LAW_NAMESPACE, "outcome");
    law->by_items = text_same(outcome, "items");
    law->outcome = outcome && !law->by_items ? edition_outcome(b->e, outcome) : NULL;
    if (outcome && ((!law->outcome && !law->by_items) || s->kind != CHART_FINAL))
        return law_xml_fault(b->life, "EDITION_NAME", b->file, s->node,
                             "\"%s\" is no outcome, or this is no last state", outcome);
    s->law = law;
    return NULL;
}

static const struct fault *transition_letters(struct build *b, const xmlNode *node,
                                              struct transition_law *law)
{
    const char *text = law_xml_attribute(b->life, node, LAW_NAMESPACE, "letter");
    if (!text)
        return NULL;
    const char **codes = law_xml_words(b->life, text, &law->letter_count);
    const struct letter_kind **letters =
        talloc_array(b->life, const struct letter_kind *, law->letter_count + 1);
    TRY_MEMORY(codes);
    TRY_MEMORY(letters);
    for (size_t i = 0; i < law->letter_count; i++) {
        letters[i] = edition_letter(b->e, codes[i]);
        if (!letters[i])
            return law_xml_fault(b->life, "EDITION_NAME", b->file, node, "there is no letter \"%s\"",
                                 codes[i]);
    }
    law->letters = letters;
    return NULL;
}

static const struct event_kind *single_event(const struct edition *e, const struct chart_transition *t)
{
    return t->event_count == 1 ? edition_event(e, t->events[0]) : NULL;
}

static const struct fault *refuse_condition(struct build *b, const xmlNode *node, int scope,
                                            const struct event_kind *event, struct event_refuse *r)
{
    const char *text = optional(b, node, r->negated ? "unless" : "when");
    TRY_MEMORY(text);
    TRY(law_xml_whole(node)); /* a name that was lost would be misread as one that is missing */
    return condition_read(&b->inside->vocabulary, scope, event, (int)xmlGetLineNo(node), text, &r->when);
}

static const struct fault *transition_refuses(struct build *b, int scope, const struct chart_transition *t,
                                              struct transition_law *law)
{
    struct event_refuse *refuses = NULL;
    for (const xmlNode *at = law_xml_element(t->node->children); at; at = law_xml_element(at->next)) {
        if (!law_xml_is(at, LAW_NAMESPACE, NULL))
            continue;
        if (!law_xml_is(at, LAW_NAMESPACE, "refuse"))
            return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, at,
                                 "<law:%s> cannot stand in a transition", (const char *)at->name);
        refuses = talloc_realloc(b->life, refuses, struct event_refuse, law->refuse_count + 1);
        TRY_MEMORY(refuses);
        struct event_refuse *r = &refuses[law->refuse_count++];
        *r = (struct event_refuse){0};
        TRY(read_refuse(b, at, r));
        TRY(refuse_condition(b, at, scope, single_event(b->e, t), r));
    }
    law->refuses = refuses;
    return NULL;
}

/* An event of a transition must be declared, or be raised by a chart itself. */
static bool known_event(const struct build *b, const struct chart *chart, const char *descriptor)
{
    if (strncmp(descriptor, "done.state.", 11) == 0)
        return chart_state_index(chart, descriptor + 11) >= 0;
    for (size_t i = 0; i < b->e->event_count; i++)
        if (machine_descriptor_matches(descriptor, b->e->events[i].name))
            return true;
    return false;
}

static const struct fault *read_transition_law(struct build *b, const struct chart *chart, int scope,
                                               struct chart_transition *t)
{
    struct transition_law *law = talloc_zero(b->life, struct transition_law);
    TRY_MEMORY(law);
    t->law = law;
    if (!law_xml_is(t->node, SCXML_NAMESPACE, "transition"))
        return NULL; /* made from an initial attribute */
    TRY(only(b, t->node));
    for (size_t i = 0; i < t->event_count; i++)
        if (!known_event(b, chart, t->events[i]))
            return law_xml_fault(b->life, "EDITION_NAME", b->file, t->node, "there is no event \"%s\"",
                                 t->events[i]);
    const char *basis = law_xml_attribute(b->life, t->node, LAW_NAMESPACE, "basis");
    if ((t->events || t->text) && !basis)
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, t->node,
                             "a transition cites its article (law:basis) or says \"practice\"");
    law->basis = basis_of(basis);
    TRY(transition_letters(b, t->node, law));
    return transition_refuses(b, scope, t, law);
}

static const struct fault *annotate(struct build *b, struct chart *chart, int scope)
{
    for (int i = 1; i < chart->state_count; i++)
        TRY(read_state_law(b, &chart->states[i]));
    for (int i = 0; i < chart->transition_count; i++)
        TRY(read_transition_law(b, chart, scope, &chart->transitions[i]));
    return condition_read_chart(&b->inside->vocabulary, chart, scope);
}

/* ---- conditions that are no transition's
 * -------------------------------------------------------------------------------------------- */

static const struct fault *event_conditions(struct build *b)
{
    const xmlNode *parent = section(b, "events");
    struct event_kind *k = b->events;
    for (const xmlNode *at = parent ? law_xml_element(parent->children) : NULL; at;
         at = law_xml_element(at->next), k++) {
        /* A guard of an event that starts a child is about the dossier: the child is not there yet. */
        int scope = (int)edition_scope_of(k->starts ? NULL : k->child);
        /* This array was made by read_event and is still ours to complete. */
        struct event_refuse *refuses = (struct event_refuse *)(uintptr_t)k->refuses;
        size_t i = 0;
        for (const xmlNode *in = law_xml_element(at->children); in; in = law_xml_element(in->next))
            if (law_xml_is(in, LAW_NAMESPACE, "refuse"))
                TRY(refuse_condition(b, in, scope, k, &refuses[i++]));
    }
    return NULL;
}

static const struct fault *invariant_conditions(struct build *b)
{
    const xmlNode *parent = section(b, "invariants");
    struct edition_invariant *v = b->invariants;
    for (const xmlNode *at = parent ? law_xml_element(parent->children) : NULL; at;
         at = law_xml_element(at->next), v++) {
        static const char *const KINDS[] = {"never", "always", "reachable", "possible"};
        const char *event = optional(b, at, "at"), *witness = optional(b, at, "witness");
        if (event && !(v->at = edition_event(b->e, event)))
            return law_xml_fault(b->life, "EDITION_NAME", b->file, at, "there is no event \"%s\"", event);
        int scope = (int)edition_scope_of(v->at && !v->at->starts ? v->at->child : NULL);
        const char *text = v->kind <= INVARIANT_POSSIBLE ? optional(b, at, KINDS[v->kind]) : NULL;
        TRY(law_xml_whole(at));
        if (text)
            TRY(condition_read(&b->inside->vocabulary, scope, v->at, v->line, text, &v->condition));
        if (witness)
            TRY(condition_read(&b->inside->vocabulary, scope, v->at, v->line, witness, &v->witness));
    }
    return NULL;
}

/* ---- the whole
 * -----------------------------------------------------------------------------------------------------------------------
 */

static const struct fault *read_root(struct build *b)
{
    struct edition *e = b->e;
    TRY(only(b, b->root));
    for (const xmlNode *at = law_xml_element(b->root->children); at; at = law_xml_element(at->next))
        if (law_xml_is(at, LAW_NAMESPACE, NULL) && !law_element_find("scxml", (const char *)at->name))
            return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, at, "<law:%s> is not known here",
                                 (const char *)at->name);
    e->code = law_xml_attribute(b->life, b->root, NULL, "name");
    e->title.zh = law_xml_attribute(b->life, b->root, LAW_NAMESPACE, "zh");
    e->title.en = law_xml_attribute(b->life, b->root, LAW_NAMESPACE, "en");
    e->timezone = law_xml_attribute(b->life, b->root, LAW_NAMESPACE, "timezone");
    const char *day = law_xml_attribute(b->life, b->root, LAW_NAMESPACE, "in-force");
    if (!e->code || !e->title.zh || !e->title.en || !e->timezone || !day || !civil_parse(day, &e->in_force))
        return law_xml_fault(b->life, "EDITION_SYNTAX", b->file, b->root,
                             "an edition has name, law:zh, law:en, law:timezone and a day law:in-force");
    return NULL;
}

static const struct fault *read_sections(struct build *b)
{
    struct edition *e = b->e;
#define SECTION(name, element, type, read, array, count)                                                     \
    TRY(read_section(b, name, element, sizeof(type), read, &(array), &(count)))
    SECTION("roles", "role", struct edition_role, read_role, e->roles, e->role_count);
    SECTION("parameters", "parameter", struct edition_parameter, read_parameter, e->parameters,
            e->parameter_count);
    TRY(tariffs_read(b->life, b->file, b->root, &e->tariffs, &e->tariff_count));
    SECTION("publics", "public", struct place, read_public, b->inside->publics, b->inside->public_count);
    SECTION("letters", "letter", struct letter_kind, read_letter, e->letters, e->letter_count);
    SECTION("outcomes", "outcome", struct outcome_kind, read_outcome, e->outcomes, e->outcome_count);
    TRY(read_charts(b));
    SECTION("events", "event", struct event_kind, read_event, b->events, e->event_count);
    e->events = b->events;
    SECTION("invariants", "invariant", struct edition_invariant, read_invariant, b->invariants,
            e->invariant_count);
    e->invariants = b->invariants;
#undef SECTION
    TRY(clock_rules_read(b->life, b->file, b->root, &e->clocks));
    e->calendar = clock_rules_calendar(e->clocks);
    return NULL;
}

static const struct fault *separation_memos(struct build *b);

static const struct fault *compile(struct build *b)
{
    struct edition *e = b->e;
    struct vocabulary *v = &b->inside->vocabulary;
    b->inside->memos = talloc_zero_array(b->life, struct memo_list, e->child_count + 1);
    TRY_MEMORY(b->inside->memos);
    uint64_t *fields_read = talloc_zero_array(b->life, uint64_t, e->event_count + 1);
    TRY_MEMORY(fields_read);
    *v = (struct vocabulary){
        .life = b->life,
        .file = e->file,
        .chart = b->chart,
        .events = e->events,
        .event_count = e->event_count,
        .children = e->children,
        .child_count = e->child_count,
        .parameters = e->parameters,
        .parameter_count = e->parameter_count,
        .clocks = e->clocks,
        .memos = b->inside->memos,
        .fields_read = fields_read,
    };
    TRY(annotate(b, b->chart, CONDITION_DOSSIER));
    for (size_t i = 0; i < e->child_count; i++)
        TRY(annotate(b, b->charts[i], (int)i + 1));
    TRY(event_conditions(b));
    TRY(separation_memos(b));
    return invariant_conditions(b);
}

/* Who raised an event is remembered where a separation of persons asks for it: by the child, if both are
 * about it. */
static const struct fault *separation_memos(struct build *b)
{
    for (size_t i = 0; i < b->e->event_count; i++) {
        const struct event_kind *k = &b->events[i];
        struct event_separation *apart =
            (struct event_separation *)(uintptr_t)k->separations; /* read_event's own */
        for (size_t s = 0; s < k->separation_count; s++) {
            const struct event_kind *other = edition_event(b->e, apart[s].event);
            size_t scope = edition_scope_of(other->child == k->child ? k->child : NULL);
            struct memo by = {.kind = MEMO_BY, .event = (int)(other - b->e->events)};
            apart[s].memo = vocabulary_memo(&b->inside->vocabulary, (int)scope, by);
            if (apart[s].memo < 0)
                return fault_memory();
        }
    }
    return NULL;
}

const struct fault *edition_read(TALLOC_CTX *life, const char *file, const char *bytes, size_t length,
                                 const struct edition **out)
{
    struct edition *e = talloc_zero(life, struct edition);
    TRY_MEMORY(e);
    struct build b = {.life = e, .file = file, .e = e, .inside = talloc_zero(e, struct edition_inside)};
    xmlDocPtr doc = NULL;
    TRY_MEMORY(b.inside);
    e->inside = b.inside;
    e->file = talloc_strdup(e, file);
    TRY_MEMORY(e->file);
    TRY(law_xml_read(e, file, bytes, length, &doc));
    b.root = xmlDocGetRootElement(doc);
    TRY(chart_read(e, file, b.root, &b.chart));
    e->chart = b.chart;
    TRY(read_root(&b));
    TRY(read_sections(&b));
    TRY(check_event_names(&b));
    TRY(check_child_names(&b));
    TRY(check_clock_names(&b));
    TRY(check_outcome_letters(&b));
    TRY(check_tariffs(&b));
    TRY(check_sheets(&b));
    TRY(compile(&b));
    TRY(edition_lint(e, b.chart, true));
    TRY(edition_lint_duties(e, e, b.chart));
    for (size_t i = 0; i < e->child_count; i++) {
        TRY(edition_lint(e, b.charts[i], false));
        TRY(edition_lint_duties(e, e, b.charts[i]));
    }
    TRY(edition_basis(e, e, b.root));
    TRY(edition_tables(e, b.inside, b.chart, b.charts));
    TRY(law_xml_whole(b.root));
    *out = e;
    return NULL;
}

/* ---- look-ups
 * --------------------------------------------------------------------------------------------------------------------------
 */

#define FIND(list, count, key, wanted)                                                                       \
    for (size_t i_ = 0; i_ < (count); i_++)                                                                  \
        if (strcmp((list)[i_].key, wanted) == 0)                                                             \
            return &(list)[i_];                                                                              \
    return NULL

const struct event_kind *edition_event(const struct edition *e, const char *name)
{
    int number = edition_event_number(e, name);
    return number < 0 ? NULL : &e->events[number];
}
const struct event_kind *edition_event_that(const struct edition *e, enum event_deed deed)
{
    for (size_t i = 0; i < e->event_count; i++)
        if (e->events[i].deed == deed)
            return &e->events[i];
    return NULL;
}
const struct event_field *event_field(const struct event_kind *k, const char *name)
{
    FIND(k->fields, k->field_count, name, name);
}
const struct child_kind *edition_child(const struct edition *e, const char *name)
{
    FIND(e->children, e->child_count, name, name);
}
const struct child_kind *edition_child_of_id(const struct edition *e, const char *child_id)
{
    for (size_t i = 0; i < e->child_count; i++) {
        size_t length = strlen(e->children[i].prefix);
        const char *digits = child_id + length;
        if (strncmp(child_id, e->children[i].prefix, length) != 0 || *digits == '0')
            continue;
        size_t count = strspn(digits, "0123456789"); /* 1 to 9999 */
        if (count >= 1 && count <= 4 && !digits[count])
            return &e->children[i];
    }
    return NULL;
}
const struct letter_kind *edition_letter(const struct edition *e, const char *code)
{
    FIND(e->letters, e->letter_count, code, code);
}
const struct outcome_kind *edition_outcome(const struct edition *e, const char *code)
{
    FIND(e->outcomes, e->outcome_count, code, code);
}
const struct edition_parameter *edition_parameter(const struct edition *e, const char *name)
{
    FIND(e->parameters, e->parameter_count, name, name);
}
const struct edition_role *edition_role(const struct edition *e, const char *name)
{
    FIND(e->roles, e->role_count, name, name);
}
const struct event_choice *event_field_choice(const struct event_field *f, const char *value)
{
    FIND(f->choices, f->choice_count, value, value);
}

/* ---- what a form promises
 * -----------------------------------------------------------------------------------------------------------------
 */

static bool is_hash(const char *text)
{
    return text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* Free text stands in its own row; the fact names the row and commits to it. */
static bool is_row(const json_t *value)
{
    return json_is_integer(json_object_get(value, "row")) && json_text(value, "commit");
}

static const char *field_complaint(const struct event_field *f, const json_t *value)
{
    const char *text = json_string_value(value);
    struct civil day;
    switch (f->kind) {
    case EVENT_FIELD_DAY:
        return text && civil_parse(text, &day) ? NULL : "FIELD_KIND";
    case EVENT_FIELD_INT:
        if (!json_is_integer(value))
            return "FIELD_KIND";
        return json_integer_value(value) >= f->min && json_integer_value(value) <= f->max ? NULL
                                                                                          : "FIELD_RANGE";
    case EVENT_FIELD_CODE:
        return text && event_field_choice(f, text) ? NULL : "FIELD_CHOICE";
    case EVENT_FIELD_PERSON:
    case EVENT_FIELD_ITEM:
        return text && *text && strlen(text) <= 64 ? NULL : "FIELD_KIND";
    case EVENT_FIELD_TEXT:
    case EVENT_FIELD_NOTE:
        return is_row(value) ? NULL : "FIELD_KIND";
    case EVENT_FIELD_FLAG:
        return json_is_boolean(value) ? NULL : "FIELD_KIND";
    default:
        return is_hash(text) ? NULL : "FIELD_KIND";
    }
}

/* What a fact may say beside the fields of its form: what a correction puts in place, and why something was
 * recorded late. */
static bool is_of_every_form(const struct event_kind *k, const char *name, const json_t *value)
{
    bool corrects = k->deed == EVENT_DEED_CORRECT || k->deed == EVENT_DEED_PROPOSE;
    return (corrects && strcmp(name, "data") == 0) || (strcmp(name, FACT_LATE_REASON) == 0 && is_row(value));
}

const struct fault *event_check_data(TALLOC_CTX *life, const struct event_kind *k, const json_t *data)
{
    for (size_t i = 0; i < k->field_count; i++) {
        const struct event_field *f = &k->fields[i];
        const json_t *value = json_object_get(data, f->name);
        if (!value || json_is_null(value)) {
            if (f->required)
                return fault_field(life, "FIELD_MISSING", f->name, "%s needs the field %s", k->name, f->name);
            continue;
        }
        const char *complaint = field_complaint(f, value);
        if (complaint)
            return fault_field(life, complaint, f->name, "%s.%s is not %s", k->name, f->name,
                               FIELD_WORDS[f->kind]);
    }
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)data, key, value)
    {
        if (!event_field(k, key) && !is_of_every_form(k, key, value))
            return fault_field(life, "FIELD_UNKNOWN", key, "%s has no field %s", k->name, key);
    }
    return NULL;
}
