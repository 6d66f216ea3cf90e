/* tariff.c - what may be charged, from the bands that an edition declares. */
#include "tariff.h"

#include <string.h>
#include "edition.h"
#include "law_words.h"
#include "law_xml.h"
#include "life.h"
#include "text.h"

#define MONEY_MOST 100000000 /* of one unit, in fen */

/* ---- reading ---- */

struct reading {
    TALLOC_CTX *life;
    const char *file;
};

static const struct fault *wrong(const struct reading *r, const xmlNode *node, const char *why)
{
    return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node, "<law:%s>: %s", (const char *)node->name,
                         why);
}

static const struct fault *only(const struct reading *r, const xmlNode *node)
{
    return law_attributes_known(r->life, "EDITION_SYNTAX", r->file, node);
}

static const struct fault *word(const struct reading *r, const xmlNode *node, const char *name,
                                const char **out)
{
    *out = law_xml_attribute(r->life, node, NULL, name);
    if (!*out || !**out)
        return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node, "<law:%s> needs \"%s\"",
                             (const char *)node->name, name);
    return NULL;
}

/* Absent: `otherwise`. */
static const struct fault *number(const struct reading *r, const xmlNode *node, const char *name, int64_t min,
                                  int64_t otherwise, int64_t *out)
{
    const char *text = law_xml_attribute(r->life, node, NULL, name);
    *out = otherwise;
    if (text && !text_to_int(text, min, MONEY_MOST, out))
        return law_xml_fault(r->life, "EDITION_SYNTAX", r->file, node,
                             "\"%s\" is a whole number from %lld to %d, not \"%s\"", name, (long long)min,
                             MONEY_MOST, text);
    return NULL;
}

static const struct fault *mark(const struct reading *r, const xmlNode *node, char *out)
{
    const char *text = NULL;
    TRY(word(r, node, "mark", &text));
    if (strlen(text) != 1 || !strchr("VRD", *text))
        return wrong(r, node, "a mark is V, R or D");
    *out = *text;
    return NULL;
}

static const struct fault *read_band(const struct reading *r, const xmlNode *node, int64_t first,
                                     struct tariff_band *b)
{
    if (!law_xml_is(node, LAW_NAMESPACE, "band"))
        return wrong(r, node, "only law:band can stand in a tariff");
    TRY(only(r, node));
    TRY(number(r, node, "from", 1, 0, &b->from));
    TRY(number(r, node, "to", 1, INT64_MAX, &b->to));
    TRY(number(r, node, "price", 0, -1, &b->price));
    TRY(number(r, node, "step", 1, 0, &b->step));
    TRY(number(r, node, "raise", 1, 0, &b->raise));
    TRY(mark(r, node, &b->mark));
    if (b->from != first || b->to < b->from)
        return wrong(r, node, "bands follow one another without gap, the first from 1");
    if (b->price < 0 || !b->step != !b->raise)
        return wrong(r, node, "a band has a price; step and raise belong together");
    return NULL;
}

static const struct fault *read_bands(const struct reading *r, const xmlNode *node, struct tariff *t)
{
    size_t most = xmlChildElementCount((xmlNode *)(uintptr_t)node);
    struct tariff_band *bands = talloc_zero_array(r->life, struct tariff_band, most + 1);
    int64_t first = 1;
    TRY_MEMORY(bands);
    for (const xmlNode *at = law_xml_element(node->children); at; at = law_xml_element(at->next)) {
        if (first == INT64_MAX)
            return wrong(r, at, "no band can follow one without end");
        struct tariff_band *b = &bands[t->band_count++];
        TRY(read_band(r, at, first, b));
        first = b->to == INT64_MAX ? INT64_MAX : b->to + 1;
    }
    if (first != INT64_MAX)
        return wrong(r, node, "the last band has no end");
    t->bands = bands;
    return NULL;
}

static const struct fault *validity(const struct reading *r, const xmlNode *node, struct tariff *t)
{
    const char *from = NULL, *to = law_xml_attribute(r->life, node, NULL, "valid-to");
    TRY(word(r, node, "valid-from", &from));
    if (!civil_parse(from, &t->valid_from) || (to && !civil_parse(to, &t->valid_to)) ||
        (to && civil_compare(t->valid_to, t->valid_from) < 0))
        return wrong(r, node, "valid-from and valid-to are days in order");
    return NULL;
}

static const struct fault *read_tariff(const struct reading *r, const xmlNode *node, struct tariff *t)
{
    if (!law_xml_is(node, LAW_NAMESPACE, "tariff"))
        return wrong(r, node, "only law:tariff can stand in law:tariffs");
    TRY(only(r, node));
    TRY(word(r, node, "name", &t->name));
    TRY(word(r, node, "basis", &t->basis));
    TRY(word(r, node, "zh", &t->zh));
    TRY(word(r, node, "en", &t->en));
    TRY(word(r, node, "unit-zh", &t->unit_zh));
    TRY(word(r, node, "unit-en", &t->unit_en));
    TRY(mark(r, node, &t->mark));
    TRY(validity(r, node, t));
    TRY(read_bands(r, node, t));
    const char *by = law_xml_attribute(r->life, node, NULL, "by");
    if (by && strcmp(by, "month") != 0)
        return wrong(r, node, "a tariff is by the \"month\" or says nothing");
    t->by_month = by != NULL;
    t->confirm = law_xml_attribute(r->life, node, NULL, "confirm");
    bool verified = t->mark == 'V';
    for (size_t i = 0; i < t->band_count; i++)
        verified = verified && t->bands[i].mark == 'V';
    return verified == (t->confirm == NULL)
               ? NULL
               : wrong(r, node, "who must confirm is said of what is not verified, and of that alone");
}

static bool overlap(const struct tariff *a, const struct tariff *b)
{
    bool a_ends = civil_is_set(a->valid_to) && civil_compare(a->valid_to, b->valid_from) < 0,
         b_ends = civil_is_set(b->valid_to) && civil_compare(b->valid_to, a->valid_from) < 0;
    return strcmp(a->name, b->name) == 0 && !a_ends && !b_ends;
}

const struct fault *tariffs_read(TALLOC_CTX *life, const char *file, const xmlNode *root,
                                 const struct tariff **out, size_t *count)
{
    const struct reading r = {life, file};
    const xmlNode *parent = law_xml_element(root->children);
    while (parent && !law_xml_is(parent, LAW_NAMESPACE, "tariffs"))
        parent = law_xml_element(parent->next);
    size_t most = parent ? xmlChildElementCount((xmlNode *)(uintptr_t)parent) : 0;
    struct tariff *all = talloc_zero_array(life, struct tariff, most + 1);
    TRY_MEMORY(all);
    *count = 0;
    for (const xmlNode *at = parent ? law_xml_element(parent->children) : NULL; at;
         at = law_xml_element(at->next)) {
        TRY(read_tariff(&r, at, &all[*count]));
        for (size_t i = 0; i < *count; i++)
            if (overlap(&all[i], &all[*count]))
                return wrong(&r, at, "two tariffs of one name are valid on the same day");
        ++*count;
    }
    *out = all;
    return parent ? law_xml_whole(parent) : NULL;
}

static const struct fault *names_field(const struct reading *r, const xmlNode *node,
                                       const struct event_kind *k, const char *attribute,
                                       enum event_field_kind kind, const char **out)
{
    *out = law_xml_attribute(r->life, node, NULL, attribute);
    const struct event_field *f = *out ? event_field(k, *out) : NULL;
    if (*out && (!f || f->kind != kind))
        return law_xml_fault(r->life, "EDITION_NAME", r->file, node,
                             "\"%s\" is no field of the event that fits %s", *out, attribute);
    return NULL;
}

const struct fault *tariff_charge_read(TALLOC_CTX *life, const char *file, const xmlNode *node,
                                       const struct event_kind *k, const struct event_charge **out)
{
    const struct reading r = {life, file};
    struct event_charge *c = talloc_zero(life, struct event_charge);
    TRY_MEMORY(c);
    TRY(only(&r, node));
    TRY(names_field(&r, node, k, "tariff", EVENT_FIELD_CODE, &c->tariff));
    TRY(names_field(&r, node, k, "quantity", EVENT_FIELD_INT, &c->quantity));
    TRY(names_field(&r, node, k, "earlier", EVENT_FIELD_INT, &c->earlier));
    TRY(names_field(&r, node, k, "counted", EVENT_FIELD_INT, &c->counted));
    TRY(names_field(&r, node, k, "amount", EVENT_FIELD_INT, &c->amount));
    if (!c->tariff || !c->quantity || !c->amount)
        return wrong(&r, node, "a charge names the fields of its tariff, quantity and amount");
    TRY(word(&r, node, "rule", &c->rule));
    TRY(word(&r, node, "zh", &c->zh));
    TRY(word(&r, node, "en", &c->en));
    *out = c;
    return NULL;
}

/* ---- counting ---- */

const struct tariff *tariff_on(const struct edition *e, const char *name, struct civil day)
{
    for (size_t i = 0; name && i < e->tariff_count; i++) {
        const struct tariff *t = &e->tariffs[i];
        if (strcmp(t->name, name) == 0 && civil_compare(t->valid_from, day) <= 0 &&
            (!civil_is_set(t->valid_to) || civil_compare(day, t->valid_to) <= 0))
            return t;
    }
    return NULL;
}

static const struct tariff_band *band_at(const struct tariff *t, int64_t n)
{
    const struct tariff_band *b = t->bands;
    while (b->to < n)
        b++; /* the last one has no end */
    return b;
}

int64_t tariff_price(const struct tariff *t, int64_t n)
{
    const struct tariff_band *b = band_at(t, n);
    return b->price + (b->step ? (n - b->from) / b->step * b->raise : 0);
}

/* The last unit that costs the same as unit n. */
static int64_t last_at_price(const struct tariff *t, int64_t n)
{
    const struct tariff_band *b = band_at(t, n);
    int64_t last = b->step ? b->from + ((n - b->from) / b->step + 1) * b->step - 1 : b->to;
    return last < b->to ? last : b->to;
}

const struct fault *tariff_charge(TALLOC_CTX *life, const struct tariff *t, int64_t earlier, int64_t quantity,
                                  struct charge *out)
{
    *out = (struct charge){.tariff = t, .quantity = quantity, .earlier = earlier};
    if (earlier < 0 || quantity < 0 || earlier > TARIFF_QUANTITY_MOST || quantity > TARIFF_QUANTITY_MOST)
        return fault_new(life, FAULT_INPUT, "TARIFF_RANGE", "such a quantity is not charged");
    struct tariff_line *lines = NULL;
    int64_t end = earlier + quantity;
    for (int64_t n = earlier + 1; n <= end;) {
        if (out->line_count % 8 == 0) {
            lines = talloc_realloc(life, lines, struct tariff_line, out->line_count + 8);
            TRY_MEMORY(lines);
        }
        int64_t last = last_at_price(t, n), price = tariff_price(t, n);
        last = last < end ? last : end;
        struct tariff_line *line = &lines[out->line_count++];
        *line = (struct tariff_line){n, last, last - n + 1, price, (last - n + 1) * price};
        out->total += line->sum;
        n = last + 1;
    }
    out->lines = lines;
    return NULL;
}

static int64_t number_in(const json_t *data, const char *field)
{
    return field ? (int64_t)json_integer_value(json_object_get(data, field)) : 0;
}

const struct fault *charge_of(TALLOC_CTX *life, const struct edition *e, const struct event_kind *k,
                              const json_t *data, struct civil day, struct charge *out)
{
    const struct tariff *t = tariff_on(e, json_string_value(json_object_get(data, k->charge->tariff)), day);
    *out = (struct charge){.tariff = NULL};
    if (!t)
        return NULL;
    return tariff_charge(life, t, t->by_month ? number_in(data, k->charge->earlier) : 0,
                         number_in(data, k->charge->quantity), out);
}

bool charge_exceeds(const struct charge *c, const struct event_kind *k, const json_t *data)
{
    return c->total <= 0 || number_in(data, k->charge->amount) > c->total;
}
