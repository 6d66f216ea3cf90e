/* correct.c - a fact is corrected: what an officer says it should read becomes a proposal, what a second
 * person confirms is taken from the proposal. The facts stay as they were filed; the rules of who may do what
 * are workflow's. */
#include <string.h>
#include "inside.h"
#include "life.h"
#include "text.h"

bool office_correctable(const struct event_kind *kind, const struct fact *fact)
{
    if (text_same(fact->role, "clock"))
        return false;
    switch (kind->deed) {
    case EVENT_DEED_DRAFT: /* the letter was composed from them, and its digests approved and sealed */
    case EVENT_DEED_APPROVE:
    case EVENT_DEED_SEAL:
    case EVENT_DEED_RECALCULATE:
    case EVENT_DEED_MIGRATE:
        return false;
    default:
        return !event_is_correction(kind);
    }
}

bool office_correctable_field(const struct edition *e, const struct event_kind *kind,
                              const struct event_field *f)
{
    for (size_t i = 0; i < e->child_count; i++) /* children were made from it, each with its text */
        if (text_same(e->children[i].made_event, kind->name) && text_same(e->children[i].made_field, f->name))
            return false;
    return !f->by_service;
}

static bool is_text(const struct event_field *f)
{
    return f->kind == EVENT_FIELD_TEXT || f->kind == EVENT_FIELD_NOTE;
}

const struct fault *office_may_correct(const struct dossier *d, long fact, const struct actor *who,
                                       TALLOC_CTX *life)
{
    const struct event_kind *proposes = edition_event_that(d->law->edition, EVENT_DEED_PROPOSE);
    const struct fact *target = standing_known(d->standing, fact);
    const struct event_kind *kind = target ? edition_event(d->law->edition, target->kind) : NULL;
    struct permission p = {0};
    if (!target || !proposes)
        return fault_new(life, FAULT_ABSENT, "FACT_ABSENT", "no fact %ld", fact);
    json_t *data = json_adopt(life, json_pack("{s:I}", "fact", (json_int_t)fact));
    TRY_MEMORY(data);
    const struct fact asked = {
        .kind = proposes->name, .on = d->today, .by = who->person, .seq = d->seq + 1, .data = data};
    TRY(workflow_judge(life, d->standing, &asked, who, &p));
    if (p.ground != MAY_ALLOWED)
        return fault_refused(life, &p.refusal);
    const struct refusal fixed = {
        .rule = "correction-fixed",
        .basis = proposes->basis,
        .zh = "该记录由系统随文书或者规则生成，不能更正；文书有误的，应当退回后重新拟制。",
        .en = "The program made this record together with a letter or a rule. A letter "
              "that is wrong is sent back and drafted anew.",
        .fact = fact};
    return office_correctable(kind, target) ? NULL : fault_refused(life, &fixed);
}

/* ---- a proposal ---- */

struct proposing {
    struct db *db;
    struct dossier *d;
    const struct event_kind *kind; /* of the fact to be corrected */
    const struct fact *known;      /* as it counts now */
    json_t *patch;                 /* what differs */
    TALLOC_CTX *unit;
};

/* A text is compared as it will be read; only another one gets a row of its own. */
static const struct fault *propose_text(struct proposing *p, const struct event_field *f, const char *given)
{
    const char *now = NULL, *clean = NULL;
    enum text_lines lines = f->kind == EVENT_FIELD_NOTE ? TEXT_MANY_LINES : TEXT_ONE_LINE;
    if (!p->d->key)
        return fault_field(p->unit, "FIELD_FIXED", f->name, "the texts of this dossier are erased");
    TRY(text_clean(p->unit, f->name, given, strlen(given), (size_t)f->max, lines, &clean));
    TRY(dossier_text(p->db, p->d, json_object_get(p->known->data, f->name), &now, p->unit));
    return text_same(clean, now ? now : "") ? NULL : raise_text(p->db, p->d, f, clean, p->patch, p->unit);
}

static const struct fault *propose_field(struct proposing *p, const char *name, json_t *value)
{
    const struct event_field *f = event_field(p->kind, name);
    const json_t *now = json_object_get(p->known->data, name);
    if (!f)
        return fault_field(p->unit, "FIELD_UNKNOWN", name, "%s has no such field", p->kind->name);
    if (!office_correctable_field(p->d->law->edition, p->kind, f))
        return fault_field(p->unit, "FIELD_FIXED", name, "%s.%s cannot be corrected", p->kind->name, name);
    bool takes_away = json_is_null(value) || (json_is_string(value) && !*json_string_value(value));
    if (takes_away && f->required)
        return fault_field(p->unit, "FIELD_MISSING", name, "%s needs %s", p->kind->name, name);
    if (takes_away)
        return now && json_object_set_new(p->patch, name, json_null()) != 0 ? fault_memory() : NULL;
    if (is_text(f) && json_is_string(value))
        return propose_text(p, f, json_string_value(value));
    if (now && json_equal(now, value))
        return NULL;
    return json_object_set(p->patch, name, value) == 0 ? NULL : fault_memory();
}

static const struct fault *propose_day(struct proposing *p, const json_t *value)
{
    struct civil day;
    char text[CIVIL_TEXT];
    if (!json_is_string(value) || !civil_parse(json_string_value(value), &day))
        return fault_field(p->unit, "NOT_A_DAY", "on", "no real day");
    if (civil_compare(day, p->known->on) == 0)
        return NULL;
    civil_format(day, text);
    return json_object_set_new(p->patch, "on", json_string(text)) == 0 ? NULL : fault_memory();
}

/* The fact as it would read is what its form promises, and nothing of it is still to come. */
static const struct fault *is_sound(const struct proposing *p)
{
    struct fact fact = *p->known;
    json_t *data = json_adopt(p->unit, json_copy((json_t *)(uintptr_t)p->known->data));
    TRY_MEMORY(data);
    const char *name;
    json_t *value;
    json_object_foreach(p->patch, name, value)
    {
        if (strcmp(name, "on") == 0)
            civil_parse(json_string_value(value), &fact.on);
        else if (json_is_null(value))
            json_object_del(data, name);
        else if (json_object_set(data, name, value) != 0)
            return fault_memory();
    }
    fact.data = data;
    TRY(event_check_data(p->unit, p->kind, data));
    return raise_not_to_come(p->d, p->kind, &fact, p->unit);
}

static const struct fault *fill_patch(struct proposing *p, const json_t *given)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)given, name, value)
    {
        if (strcmp(name, "on") == 0)
            TRY(propose_day(p, value));
        else
            TRY(propose_field(p, name, value));
    }
    if (!json_object_size(p->patch))
        return fault_new(p->unit, FAULT_INPUT, "NOTHING_CHANGED", "it reads so already");
    return is_sound(p);
}

static const struct fault *propose(struct db *db, struct dossier *d, const struct raising *in, json_t *data,
                                   TALLOC_CTX *unit)
{
    struct proposing p = {.db = db, .d = d, .unit = unit, .patch = json_adopt(unit, json_object())};
    const json_t *number = json_object_get(data, "fact");
    TRY_MEMORY(p.patch);
    for (size_t i = 0; i < d->count; i++)
        if (d->facts[i].seq == json_integer_value(number))
            p.known = dossier_known(d, i);
    p.kind = p.known ? edition_event(d->law->edition, p.known->kind) : NULL;
    if (!p.kind || event_is_correction(p.kind)) /* the rules say what is wrong */
        return json_object_set(data, "data", p.patch) == 0 ? NULL : fault_memory();
    struct actor anybody = {.roles = in->roles};
    while (in->roles && in->roles[anybody.role_count])
        anybody.role_count++;
    TRY(office_may_correct(d, p.known->seq, &anybody, unit));
    TRY(fill_patch(&p, json_object_get(in->data, "data")));
    return json_object_set(data, "data", p.patch) == 0 ? NULL : fault_memory();
}

/* ---- a confirmation ---- */

/* Everything is the proposal's. What comes without one is an import's, that names no person of ours. */
static const struct fault *confirm(struct dossier *d, const struct event_kind *kind, const struct raising *in,
                                   json_t *data, TALLOC_CTX *unit)
{
    const json_t *number = json_object_get(data, "proposal");
    const struct fact *proposal = NULL;
    bool import = !in->person && !number && json_object_get(in->data, "data");
    for (size_t i = 0; i < d->count; i++)
        if (number && d->facts[i].seq == json_integer_value(number))
            proposal = &d->facts[i];
    const struct event_kind *proposes = proposal ? edition_event(d->law->edition, proposal->kind) : NULL;
    const struct refusal why = {.rule = "correction-not-proposed",
                                .basis = kind->basis,
                                .zh = "没有待确认的更正。",
                                .en = "No correction waits to be confirmed.",
                                .fact = -1};
    if (!import && (!proposes || proposes->deed != EVENT_DEED_PROPOSE))
        return fault_refused(unit, &why);
    const json_t *from = import ? in->data : proposal->data;
    if (json_object_set(data, "fact", json_object_get(from, "fact")) != 0 ||
        json_object_set(data, "data", json_object_get(from, "data")) != 0)
        return fault_memory();
    return NULL;
}

const struct fault *correction_data(struct db *db, struct dossier *d, const struct event_kind *kind,
                                    const struct raising *in, json_t *data, TALLOC_CTX *unit)
{
    if (kind->deed == EVENT_DEED_PROPOSE)
        return propose(db, d, in, data, unit);
    return kind->deed == EVENT_DEED_CORRECT ? confirm(d, kind, in, data, unit) : NULL;
}

const struct fault *office_if_corrected(const struct dossier *d, const struct fact *proposal,
                                        struct standing **out, TALLOC_CTX *life)
{
    const struct event_kind *kind = edition_event_that(d->law->edition, EVENT_DEED_CORRECT);
    json_t *data = json_adopt(life, json_pack("{s:O,s:O}", "fact", json_object_get(proposal->data, "fact"),
                                              "data", json_object_get(proposal->data, "data")));
    struct fact *fact = talloc_zero(life, struct fact); /* the standing borrows it */
    TRY_MEMORY(data && fact ? kind : NULL);
    *fact = (struct fact){
        .kind = kind->name, .on = d->today, .recorded = d->today, .seq = d->seq + 1, .data = data};
    return workflow_step(life, d->standing, fact, out);
}
