/* letter_data.c - from the facts of a dossier and the settings of its agency to the names that templates
 * declare. Numbers and dates always come from the dossier, whatever an officer wrote. */
#include <string.h>
#include "letter_data.h"
#include "life.h"
#include "tariff.h"
#include "text.h"

const struct fault *letter_put(json_t *data, const char *name, json_t *value)
{
    return json_object_set_new(data, name, value) == 0 ? NULL : fault_memory();
}

static const struct fault *put_text_of(json_t *data, const char *name, const char *text)
{
    return text && *text ? letter_put(data, name, json_string(text)) : NULL;
}

static const struct fault *put_day(json_t *data, const char *name, struct civil d)
{
    char text[CIVIL_TEXT];
    if (!civil_is_set(d))
        return NULL;
    civil_format(d, text);
    return letter_put(data, name, json_string(text));
}

/* ---- the free texts that facts carry ---- */

/* Read in one query, decrypted. */
struct texts {
    struct db *db;
    const struct dossier *d;
    int64_t *rows;
    const char **texts;
    size_t count;
    TALLOC_CTX *unit;
};

static bool is_text(const struct event_field *f)
{
    return f->kind == EVENT_FIELD_TEXT || f->kind == EVENT_FIELD_NOTE;
}

static void gather(struct texts *t, const struct fact *fact)
{
    const struct event_kind *k = edition_event(t->d->law->edition, fact->kind);
    for (size_t i = 0; k && i < k->field_count && t->count < (size_t)t->d->row; i++) {
        const json_t *row = json_object_get(json_object_get(fact->data, k->fields[i].name), "row");
        if (row && is_text(&k->fields[i]) && !k->fields[i].by_service)
            t->rows[t->count++] = json_integer_value(row);
    }
}

static const struct fault *read_texts(struct texts *t)
{
    t->rows = talloc_zero_array(t->unit, int64_t, (size_t)t->d->row + 1);
    t->texts = talloc_zero_array(t->unit, const char *, (size_t)t->d->row + 1);
    TRY_MEMORY(t->rows && t->texts ? t : NULL);
    for (size_t i = 0; i < t->d->count; i++)
        gather(t, &t->d->facts[i]);
    return dossier_texts(t->db, t->d, t->rows, t->count, t->texts, t->unit);
}

static const struct fault *text_behind(const struct texts *t, const json_t *value, const char **out)
{
    int64_t row = json_integer_value(json_object_get(value, "row"));
    for (size_t i = 0; i < t->count; i++)
        if (t->rows[i] == row && t->texts[i]) {
            *out = t->texts[i];
            return NULL;
        }
    return dossier_text(t->db, t->d, value, out, t->unit); /* a value that a correction brought */
}

/* ---- the agency ---- */

static const struct fault *add_agency(struct db *db, json_t *data, TALLOC_CTX *unit)
{
    static const char *const NAMES[][2] = {
        {"agency", "name"},
        {"office", "office"},
        {"office_address", "address"},
        {"office_phone", "phone"},
        {"office_web", "web_address"},
        {"court", "court"},
        {"review_body", "review_body"},
        {"review_channel", "review_channel"},
        {"office_postcode", "postcode"},
        {"layout", "layout"},
    };
    struct table *t = NULL;
    TRY(db_query(db, Q_AGENCY_CURRENT, NULL, &t, unit));
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        TRY(put_text_of(data, NAMES[i][0], table_text(t, 0, NAMES[i][1])));
    return NULL;
}

/* ---- facts and their fields ---- */

/* "consultation-sent", "to", "third-party" as a template names it: consultation_sent_to_third_party. */
static const char *slot_name(TALLOC_CTX *life, const char *event, const char *field, const char *word)
{
    char *name = talloc_asprintf(life, "%s%s%s%s%s", event ? event : "", event && field ? "_" : "",
                                 field ? field : "", word ? "_" : "", word ? word : "");
    for (char *c = name; c && *c; c++)
        *c = *c == '-' ? '_' : *c;
    return name;
}

/* The value of a field as a template prints or chooses by it. People are left out: letters name offices. */
static const struct fault *add_value(const struct texts *texts, const struct event_field *f,
                                     const json_t *value, const char *name, json_t *data)
{
    const char *text = NULL;
    TRY_MEMORY(name);
    if (!value || f->kind == EVENT_FIELD_PERSON || f->by_service)
        return NULL;
    if (!is_text(f))
        return json_object_set(data, name, (json_t *)(uintptr_t)value) == 0 ? NULL : fault_memory();
    TRY(text_behind(texts, value, &text));
    return put_text_of(data, name, text);
}

static const struct fault *add_fields(const struct texts *texts, const char *event,
                                      const struct event_kind *k, const struct fact *fact, json_t *data)
{
    for (size_t i = 0; i < k->field_count; i++) {
        const struct event_field *f = &k->fields[i];
        TRY(add_value(texts, f, json_object_get(fact->data, f->name),
                      slot_name(texts->unit, event, f->name, NULL), data));
    }
    return NULL;
}

static bool is_accepted(const struct dossier *d, const struct fact *fact)
{
    size_t count = 0;
    const struct conflict *all = standing_conflicts(d->standing, &count);
    for (size_t i = 0; i < count; i++)
        if (all[i].fact->seq == fact->seq)
            return false;
    return true;
}

static bool was_said(const struct dossier *d, const char *kind, const char *field, const char *word)
{
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->facts[i].kind, kind) == 0 && text_same(fact_text(dossier_known(d, i), field), word) &&
            is_accepted(d, &d->facts[i]))
            return true;
    return false;
}

/* How an amount came about, line by line: rows `…_lines` beside the slots of the event that charges. */
static const struct fault *add_charge(const struct texts *texts, const struct event_kind *named,
                                      const struct event_kind *k, const struct fact *fact, json_t *data)
{
    struct charge c;
    json_t *rows = json_array();
    const char *name = slot_name(texts->unit, named->name, "lines", NULL),
               *total = slot_name(texts->unit, named->name, "tariff_amount", NULL);
    TRY_MEMORY(name && total ? rows : NULL);
    TRY(letter_put(data, name, rows));
    TRY(charge_of(texts->unit, texts->d->law->edition, k, fact->data, fact->on, &c));
    for (size_t i = 0; i < c.line_count; i++) {
        const struct tariff_line *l = &c.lines[i];
        json_t *row = json_pack("{s:I,s:I,s:I,s:I,s:I,s:s}", "from", (json_int_t)l->from, "to",
                                (json_int_t)l->to, "count", (json_int_t)l->count, "price",
                                (json_int_t)l->price, "sum", (json_int_t)l->sum, "unit", c.tariff->unit_zh);
        if (json_array_append_new(rows, row) != 0)
            return fault_memory();
    }
    return letter_put(data, total, json_integer((json_int_t)c.total));
}

/* The course so far, whatever the edition calls it. */
static const struct fault *add_course_of(const struct texts *texts, const struct event_kind *k, json_t *data)
{
    const struct dossier *d = texts->d;
    const struct fact *last = standing_fact(d->standing, k->name, NULL);
    const char *name = slot_name(texts->unit, k->name, NULL, NULL);
    TRY_MEMORY(name);
    TRY(put_day(data, name, last ? last->on : CIVIL_NONE));
    if (last)
        TRY(add_fields(texts, k->name, k, last, data));
    if (last && k->charge)
        TRY(add_charge(texts, k, k, last, data));
    for (size_t f = 0; f < k->field_count; f++)
        for (size_t c = 0; c < k->fields[f].choice_count; c++) {
            const char *word = k->fields[f].choices[c].value;
            name = slot_name(texts->unit, k->name, k->fields[f].name, word);
            TRY_MEMORY(name);
            TRY(letter_put(data, name, json_boolean(was_said(d, k->name, k->fields[f].name, word))));
        }
    return NULL;
}

static const struct fault *add_course(const struct texts *texts, json_t *data)
{
    const struct edition *e = texts->d->law->edition;
    for (size_t i = 0; i < e->event_count; i++)
        TRY(add_course_of(texts, &e->events[i], data));
    return NULL;
}

/* A letter that will tell of something names it as it will have been told: its slots come from the fact that
 * prepared it, until the letter is out. */
static const struct fault *add_to_be_told(const struct texts *texts, const char *code, json_t *data)
{
    const struct edition *e = texts->d->law->edition;
    const struct letter_kind *letter = code ? edition_letter(e, code) : NULL;
    if (!letter || !letter->from)
        return NULL;
    const struct fact *from = standing_fact(texts->d->standing, letter->from, NULL);
    const struct fact *told = standing_fact(texts->d->standing, letter->tells, NULL);
    if (!from || (told && told->seq > from->seq))
        return NULL;
    if (edition_event(e, letter->from)->charge)
        TRY(add_charge(texts, edition_event(e, letter->tells), edition_event(e, letter->from), from, data));
    return add_fields(texts, letter->tells, edition_event(e, letter->from), from, data);
}

/* "fee-days" as a template names it: param_fee_days. */
static const struct fault *add_parameters(const struct edition *e, json_t *data, TALLOC_CTX *unit)
{
    for (size_t i = 0; i < e->parameter_count; i++) {
        const struct edition_parameter *p = &e->parameters[i];
        const char *name = slot_name(unit, "param", p->name, NULL);
        int64_t n = 0;
        TRY_MEMORY(name);
        if (p->number && text_to_int(p->value, INT32_MIN, INT32_MAX, &n))
            TRY(letter_put(data, name, json_integer((json_int_t)n)));
    }
    return NULL;
}

/* ---- the items ---- */

/* The last accepted fact that gives the item an outcome. */
static const struct fact *outcome_fact(const struct dossier *d, const char *item,
                                       const struct event_kind **kind)
{
    const struct edition *e = d->law->edition;
    const struct fact *last = NULL;
    for (size_t i = 0; i < e->event_count; i++) {
        const struct fact *f = event_field(&e->events[i], "outcome") && e->events[i].child
                                   ? standing_fact(d->standing, e->events[i].name, item)
                                   : NULL;
        if (f && (!last || f->seq > last->seq)) {
            last = f;
            *kind = &e->events[i];
        }
    }
    return last;
}

static const struct fault *add_item(const struct texts *texts, size_t number, const char *text, json_t *items)
{
    const struct event_kind *kind = NULL;
    const char *child = talloc_asprintf(texts->unit, "i%zu", number);
    TRY_MEMORY(child);
    json_t *row = json_object();
    if (json_array_append_new(items, row) != 0)
        return fault_memory();
    const struct fact *f = outcome_fact(texts->d, child, &kind);
    if (f)
        TRY(add_fields(texts, NULL, kind, f, row));
    const struct outcome_kind *outcome =
        f ? edition_outcome(texts->d->law->edition, fact_text(f, "outcome")) : NULL;
    TRY(letter_put(row, "n", json_integer((json_int_t)number)));
    TRY(letter_put(row, "child", json_string(child)));
    TRY(letter_put(row, "text", json_string(text)));
    return put_text_of(row, "outcome_label", outcome ? outcome->label.zh : NULL);
}

static const struct fault *add_items(const struct texts *texts, json_t *data)
{
    json_t *request = NULL, *items = json_array();
    struct text *joined = text_new(texts->unit, 1u << 22);
    const char *text = NULL;
    TRY(letter_put(data, "items", items));
    TRY(dossier_request(texts->db, texts->d, &request, texts->unit));
    for (size_t i = 0; i < json_array_size(request); i++) {
        const char *one = json_string_value(json_array_get(request, i));
        text_printf(joined, "%s%s", i ? "；" : "", one);
        TRY(add_item(texts, i + 1, one, items));
    }
    TRY(text_end(joined, &text, NULL));
    TRY(letter_put(data, "item_count", json_integer((json_int_t)json_array_size(request))));
    return put_text_of(data, "request", text);
}

/* ---- the dossier itself ---- */

/* The Chinese label of a word that the first fact carries: the channel, the way of delivery. */
static const char *first_label(const struct dossier *d, const char *name)
{
    const struct event_kind *k = edition_event(d->law->edition, d->facts[0].kind);
    const struct event_field *f = event_field(k, name);
    const char *word = fact_text(dossier_known(d, 0), name);
    const struct event_choice *c = f && word ? event_field_choice(f, word) : NULL;
    return c ? c->label.zh : NULL;
}

/* The reply that went out first: a later letter (to the reconsideration body, a new reply) speaks of it. */
static const struct fault *add_first_reply(const struct dossier *d, json_t *data, TALLOC_CTX *unit)
{
    const struct edition *e = d->law->edition;
    const struct event_kind *serve = edition_event_that(e, EVENT_DEED_SERVE);
    const struct fact *served = NULL;
    for (size_t i = d->count; serve && i-- > 0;)
        if (strcmp(d->facts[i].kind, serve->name) == 0)
            served = &d->facts[i];
    const struct fact *draft = served ? letter_draft(d, served->child) : NULL;
    const struct letter_kind *kind = draft ? edition_letter(e, fact_text(draft, "template")) : NULL;
    if (!kind || !kind->reply)
        return NULL;
    TRY(put_day(data, "reply_on", letter_dated(d, draft)));
    TRY(put_day(data, "reply_served", served->on));
    TRY(put_text_of(data, "reply_title", kind->label.zh));
    return put_text_of(data, "reply_number", letter_number(unit, d, served->child));
}

/* ---- what proves what was done ---- */

/* "检索记录（2026年3月9日）", "《政府信息公开告知书》（SQ…-2）：答复及送达凭证（…）" */
static const char *evidence_name(const struct dossier *d, const struct event_kind *k, const struct fact *f,
                                 TALLOC_CTX *unit)
{
    const struct fact *draft = f->child ? letter_draft(d, f->child) : NULL;
    const struct letter_kind *letter =
        draft ? edition_letter(d->law->edition, fact_text(draft, "template")) : NULL;
    const char *number = letter ? letter_number(unit, d, f->child) : NULL;
    return talloc_asprintf(unit, "%s%s%s%s%s%s（%d年%d月%d日）", letter ? "《" : "",
                           letter ? letter->label.zh : "", letter ? "》（" : "", number ? number : "",
                           letter ? "）：" : "", k->evidence, f->on.year, f->on.month, f->on.day);
}

/* The service of the last reply: what was done later is no evidence for it. NULL: none was served. */
static const struct fact *reply_served(const struct dossier *d)
{
    const struct event_kind *serve = edition_event_that(d->law->edition, EVENT_DEED_SERVE);
    for (size_t i = d->count; serve && i-- > 0;)
        if (strcmp(d->facts[i].kind, serve->name) == 0 && is_accepted(d, &d->facts[i]))
            return &d->facts[i];
    return NULL;
}

/* The list of evidence, in the order in which things happened: each accepted fact that the edition calls
 * evidence, as corrections have put it; through the service of the reply, and what is about that reply.
 * `child`, the letter that is being written, proves nothing for itself. */
static const struct fault *add_evidence(const struct dossier *d, const char *child, json_t *data,
                                        TALLOC_CTX *unit)
{
    const struct fact *last = reply_served(d);
    json_t *rows = json_array();
    TRY(letter_put(data, "evidence", rows));
    for (size_t i = 0; i < d->count; i++) {
        const struct fact *f = dossier_known(d, i);
        const struct event_kind *k = edition_event(d->law->edition, f->kind);
        bool late = last && f->seq > last->seq && !text_same(f->child, last->child);
        if (!k || !k->evidence || late || (child && text_same(f->child, child)) ||
            !is_accepted(d, &d->facts[i]))
            continue;
        const char *name = evidence_name(d, k, f, unit);
        TRY_MEMORY(name);
        if (json_array_append_new(rows, json_pack("{s:s,s:s}", "name", name, "proves", k->proves)) != 0)
            return fault_memory();
    }
    return NULL;
}

/* ---- internal sheets: about one child, and for colleagues, so that they name people ---- */

static const struct fault *add_item_text(const struct texts *texts, const struct event_kind *k,
                                         const struct fact *fact, const json_t *items, json_t *data)
{
    for (size_t i = 0; i < k->field_count; i++) {
        const char *item = k->fields[i].kind == EVENT_FIELD_ITEM ? fact_text(fact, k->fields[i].name) : NULL;
        size_t n = 0;
        while (item && n < json_array_size(items) &&
               !text_same(json_text(json_array_get(items, n), "child"), item))
            n++;
        const char *said = item ? json_text(json_array_get(items, n), "text") : NULL;
        const char *name = slot_name(texts->unit, k->name, k->fields[i].name, "text");
        TRY_MEMORY(name);
        TRY(put_text_of(data, name, said));
    }
    return NULL;
}

/* What was recorded about this very child takes the place of what was recorded last about any. */
static const struct fault *add_child_facts(const struct texts *texts, const char *child, json_t *data)
{
    const struct edition *e = texts->d->law->edition;
    for (size_t i = 0; i < e->event_count; i++) {
        const struct event_kind *k = &e->events[i];
        const struct fact *f = k->child ? standing_fact(texts->d->standing, k->name, child) : NULL;
        if (!f)
            continue;
        TRY(put_day(data, slot_name(texts->unit, k->name, NULL, NULL), f->on));
        TRY(add_fields(texts, k->name, k, f, data));
        TRY(add_item_text(texts, k, f, json_object_get(data, "items"), data));
    }
    return NULL;
}

/* How a letter was served, whatever the edition calls it: slots served, served_title, served_number,
 * served_method, served_delivered, served_proof. */
static const struct fault *add_service(const struct texts *texts, const char *child, json_t *data)
{
    const struct dossier *d = texts->d;
    const struct edition *e = d->law->edition;
    const struct fact *draft = letter_draft(d, child), *served = NULL;
    const struct event_kind *kind = NULL;
    for (size_t i = 0; draft && i < e->event_count; i++) {
        const struct fact *f = e->events[i].deed == EVENT_DEED_SERVE
                                   ? standing_fact(d->standing, e->events[i].name, child)
                                   : NULL;
        served = f ? f : served;
        kind = f ? &e->events[i] : kind;
    }
    const struct letter_kind *letter = draft ? edition_letter(e, fact_text(draft, "template")) : NULL;
    const char *proof = NULL;
    struct civil delivered;
    if (!served || !letter)
        return NULL;
    TRY(put_text_of(data, "served_title", letter->label.zh));
    TRY(put_text_of(data, "served_number", letter_number(texts->unit, d, child)));
    TRY(put_text_of(data, "served_method", fact_text(served, "method")));
    TRY(put_day(data, "served", served->on));
    const char *received = fact_text(served, "delivered");
    TRY(put_day(data, "served_delivered",
                received && civil_parse(received, &delivered) ? delivered : CIVIL_NONE));
    for (size_t i = 0; i < kind->field_count; i++)
        if (is_text(&kind->fields[i]) && json_object_get(served->data, kind->fields[i].name)) {
            TRY(text_behind(texts, json_object_get(served->data, kind->fields[i].name), &proof));
            TRY(put_text_of(data, "served_proof", proof));
        }
    return NULL;
}

static const struct fault *add_sheet(const struct texts *texts, const char *code, const char *child,
                                     const struct view *view, json_t *data)
{
    const struct dossier *d = texts->d;
    const struct place *place = standing_place(d->standing, NULL);
    const char *number =
        talloc_asprintf(texts->unit, "%s-%s%s%s", d->ref, code, child ? "-" : "", child ? child : "");
    TRY_MEMORY(number);
    TRY(put_text_of(data, "number", number));
    TRY(put_text_of(data, "stage", place ? place->label.zh : NULL));
    TRY(letter_put(data, "days_left", json_integer(view->reply ? view->reply->days_left : 0)));
    if (!child)
        return NULL;
    TRY(add_child_facts(texts, child, data));
    return add_service(texts, child, data);
}

static const struct fault *add_dossier(struct db *db, const struct dossier *d, const char *child,
                                       const struct view *view, json_t *data, TALLOC_CTX *unit)
{
    json_t *applicant = NULL;
    TRY(dossier_applicant(db, d, &applicant, unit));
    TRY(put_text_of(data, "applicant", json_text(applicant, "name")));
    TRY(put_text_of(data, "query_code", json_text(applicant, "code")));
    TRY(put_text_of(data, "application_number", d->ref));
    TRY(put_text_of(data, "number", child ? letter_number(unit, d, child) : NULL));
    TRY(put_text_of(data, "channel", first_label(d, "channel")));
    TRY(put_text_of(data, "delivery_label", first_label(d, "delivery")));
    TRY(put_day(data, "received", dossier_known(d, 0)->on));
    TRY(put_day(data, "due", view->reply ? view->reply->due : CIVIL_NONE));
    TRY(put_day(data, "date", d->today));
    TRY(letter_put(data, "person",
                   json_boolean(text_same(fact_text(dossier_known(d, 0), "category"), "natural"))));
    return letter_put(data, "electronic",
                      json_boolean(text_same(fact_text(dossier_known(d, 0), "delivery"), "electronic")));
}

/* ---- around an extension ---- */

/* When the clock would end if exactly these facts had been accepted; *taken: was the last of them? */
static const struct fault *due_with(const struct dossier *d, const char *clock, const struct fact *facts,
                                    size_t count, struct civil *due, bool *taken, TALLOC_CTX *unit)
{
    const struct clocks *clocks = NULL;
    const struct clock_refused *refused = NULL;
    size_t refusals = 0;
    TRY(clocks_fold(d->law->edition->clocks, d->law->calendar, facts, count,
                    (struct clocks_scope){d->today, CIVIL_NONE}, &clocks, &refused, &refusals, unit, unit));
    int index = clocks_find(clocks, clock, NULL);
    *due = index < 0 ? CIVIL_NONE : clock_due(clocks, (size_t)index, d->law->calendar, d->today);
    *taken = true;
    for (size_t i = 0; i < refusals; i++)
        *taken = *taken && refused[i].fact != facts[count - 1].seq;
    return NULL;
}

/* A letter that tells of an extension is drafted before the applicant has been told: the day on which the
 * period ends without it, and the day on which it ends once the letter is out (told today, where it has not
 * been told yet). */
static const struct fault *add_extension(const struct dossier *d, const struct view *view, json_t *data,
                                         TALLOC_CTX *unit)
{
    const char *clock = view->reply ? view->reply->about->id : NULL;
    const char *notice = clock ? clock_rules_extension(d->law->edition->clocks, clock) : NULL;
    if (!notice)
        return NULL;
    struct fact *facts = talloc_zero_array(unit, struct fact, d->count + 1);
    struct civil due = CIVIL_NONE;
    size_t count = 0, told = 0;
    bool taken = false;
    TRY_MEMORY(facts);
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->facts[i].kind, notice) != 0 && is_accepted(d, &d->facts[i]))
            facts[count++] = d->facts[i];
    TRY(due_with(d, clock, facts, count, &due, &taken, unit));
    TRY(put_day(data, "original_due", due));
    for (size_t i = 0; i < d->count; i++)
        told += strcmp(d->facts[i].kind, notice) == 0 && is_accepted(d, &d->facts[i]);
    if (told)
        return put_day(data, "extended_due", view->reply->due);
    facts[count] = (struct fact){.kind = notice, .on = d->today, .recorded = d->today, .seq = d->seq + 1};
    TRY(due_with(d, clock, facts, count + 1, &due, &taken, unit));
    return taken ? put_day(data, "extended_due", due) : NULL;
}

/* ---- what the officer gave ---- */

static const struct fault *add_written(const json_t *fields, json_t *data)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)fields, name, value)
    {
        if (json_object_set(data, name, value) != 0)
            return fault_memory();
    }
    return NULL;
}

const char *letter_file_digest(const struct attachment *file, TALLOC_CTX *unit)
{
    uint8_t sha[CRYPT_HASH];
    crypt_sha256(file->bytes, file->length, sha);
    return text_hex(unit, sha, sizeof sha);
}

/* The letter names each file and prints its digest. */
static const struct fault *add_attached(const struct raising *in, json_t *data, TALLOC_CTX *unit)
{
    json_t *list = json_array();
    TRY(letter_put(data, "attachments", list));
    for (size_t i = 0; i < in->file_count; i++) {
        const char *sha = letter_file_digest(&in->files[i], unit);
        TRY_MEMORY(sha);
        if (json_array_append_new(list, json_pack("{s:s,s:s}", "name", in->files[i].name, "sha256", sha)) !=
            0)
            return fault_memory();
    }
    return NULL;
}

const struct fault *letter_data(struct db *db, const struct dossier *d, const char *code, const char *child,
                                const struct raising *in, json_t **out, TALLOC_CTX *unit)
{
    struct texts texts = {.db = db, .d = d, .unit = unit};
    struct view *view = NULL;
    json_t *data = json_adopt(unit, json_object());
    TRY_MEMORY(data);
    TRY(read_texts(&texts));
    TRY(workflow_view(unit, d->standing, d->today, &view));
    if (in)
        TRY(add_written(in->data, data));
    if (in && in->file_count)
        TRY(add_attached(in, data, unit));
    TRY(add_parameters(d->law->edition, data, unit));
    TRY(add_course(&texts, data));
    TRY(add_to_be_told(&texts, code, data));
    TRY(add_agency(db, data, unit));
    if (!json_text(data, "place"))
        TRY(put_text_of(data, "place", json_text(data, "office_address")));
    TRY(add_items(&texts, data));
    TRY(add_extension(d, view, data, unit));
    TRY(add_first_reply(d, data, unit));
    TRY(add_evidence(d, child, data, unit));
    TRY(put_text_of(data, "handler",
                    d->handler_name)); /* forms for colleagues name them, letters name offices */
    TRY(put_text_of(data, "division", json_text(data, "office")));
    TRY(add_dossier(db, d, child, view, data, unit));
    const struct letter_kind *kind = edition_letter(d->law->edition, code);
    if (kind && kind->sheet)
        TRY(add_sheet(&texts, code, child, view, data));
    *out = data;
    return NULL;
}
