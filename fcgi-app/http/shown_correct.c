/* shown_correct.c - the form that says how a fact should read, and the page on which a second person sees
 * what would follow and confirms or declines it. */
#include <limits.h>
#include <string.h>
#include "life.h"
#include "shown_facts.h"
#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define REASON   "correction_reason" /* no field of an edition is named with an underscore */

/* The fact that the path names by its number; *index is its place. FAULT_ABSENT. */
static const struct fault *fact_of_path(struct exchange *ex, const struct shown *s, const char *name,
                                        size_t *index)
{
    int64_t seq = 0;
    *index = s->d->count;
    if (text_to_int(exchange_parameter(ex, name), 1, INT32_MAX, &seq))
        *index = shown_index(s->d, (long)seq);
    return *index < s->d->count ? NULL
                                : fault_new(ex->life, FAULT_ABSENT, "FACT_ABSENT", "there is no such fact");
}

static const struct event_kind *kind_at(const struct shown *s, size_t i)
{
    return edition_event(s->d->law->edition, s->d->facts[i].kind);
}

/* ---- the form ---- */

static const struct field SEEN = {.name = "seq",
                                  .kind = FIELD_INT,
                                  .min = 0,
                                  .max = INT32_MAX,
                                  .hidden = true,
                                  .zh = "记录序号",
                                  .en = "Number of the last fact"};
static const struct field DAY = {
    .name = "on", .kind = FIELD_DAY, .required = true, .zh = "发生日期", .en = "Day it happened"};
static const struct field WHY = {.name = REASON,
                                 .kind = FIELD_TEXT,
                                 .min = 2,
                                 .max = 1000,
                                 .required = true,
                                 .many_lines = true,
                                 .zh = "更正理由",
                                 .en = "Reason for the correction",
                                 .hint_zh = "说明原记录错在哪里，依据是什么。",
                                 .hint_en = "What is wrong with the record, and how you know."};

/* Texts of an erased dossier cannot be read, and so not be corrected. */
static bool is_offered(const struct shown *s, const struct event_kind *kind, const struct event_field *f)
{
    bool text = f->kind == EVENT_FIELD_TEXT || f->kind == EVENT_FIELD_NOTE;
    return office_correctable_field(s->d->law->edition, kind, f) && (s->d->key || !text);
}

const struct fault *shown_correction_fields(struct exchange *ex, const struct field **fields, size_t *count)
{
    struct shown *s = NULL;
    size_t at = 0, n = 0;
    TRY(shown_open(ex, &s));
    TRY(fact_of_path(ex, s, "fact", &at));
    s->event = kind_at(s, at);
    struct field *all = talloc_zero_array(ex->life, struct field, s->event->field_count + 3);
    TRY_MEMORY(all);
    all[n++] = SEEN;
    all[n++] = DAY;
    for (size_t i = 0; office_correctable(s->event, &s->d->facts[at]) && i < s->event->field_count; i++)
        if (is_offered(s, s->event, &s->event->fields[i]))
            TRY(shown_field(ex, s, &s->event->fields[i], &all[n++]));
    all[n++] = WHY;
    *fields = all;
    *count = n;
    return NULL;
}

static const char *typed_value(struct exchange *ex, const struct event_field *f, const json_t *value,
                               const struct texts *texts)
{
    switch (f->kind) {
    case EVENT_FIELD_INT:
        return value ? talloc_asprintf(ex->life, "%lld", (long long)json_integer_value(value)) : NULL;
    case EVENT_FIELD_FLAG:
        return json_is_true(value) ? "on" : NULL;
    case EVENT_FIELD_TEXT:
    case EVENT_FIELD_NOTE:
        return shown_text(texts, value);
    default:
        return json_string_value(value);
    }
}

/* The form as the fact reads now. */
static const struct fault *fill_in(struct exchange *ex, const struct shown *s, size_t at)
{
    const struct fact *known = dossier_known(s->d, at);
    struct texts texts;
    char text[CIVIL_TEXT], seq[16];
    TRY(shown_texts(ex, s->d, &texts));
    for (size_t i = 0; i < s->event->field_count; i++) {
        const struct event_field *f = &s->event->fields[i];
        const char *typed = typed_value(ex, f, json_object_get(known->data, f->name), &texts);
        if (typed && form_value(ex->form, f->name))
            form_fill(ex->form, f->name, typed);
    }
    civil_format(known->on, text);
    snprintf(seq, sizeof seq, "%d", (int)s->d->seq);
    form_fill(ex->form, "on", text);
    form_fill(ex->form, "seq", seq);
    return NULL;
}

static const struct fault *may_correct(struct exchange *ex, const struct shown *s, size_t at)
{
    const struct event_kind *proposes = edition_event_that(s->d->law->edition, EVENT_DEED_PROPOSE);
    struct actor who;
    if (!proposes)
        return fault_new(ex->life, FAULT_ABSENT, "EVENT_UNKNOWN", "the edition knows no corrections");
    TRY(shown_role(ex, proposes));
    TRY(shown_actor(ex, &who));
    return office_may_correct(s->d, s->d->facts[at].seq, &who, ex->life);
}

const struct fault *shown_correction_form(struct exchange *ex)
{
    static const struct permission BARRED = {.ground = MAY_GUARD};
    struct shown *s = NULL;
    size_t at = 0;
    TRY(shown_open(ex, &s));
    TRY(fact_of_path(ex, s, "fact", &at));
    const struct fault *f = may_correct(ex, s, at);
    if (!f)
        return fill_in(ex, s, at);
    if (ex->wants_json || f->kind != FAULT_REFUSED)
        return f;
    s->barred = &BARRED;
    ex->form->refusal = f->refusal;
    return page_run(ex, ex->route, 422);
}

const struct fault *shown_correction_judge(struct exchange *ex)
{
    struct shown *s = NULL;
    size_t at = 0;
    TRY(shown_open(ex, &s));
    TRY(fact_of_path(ex, s, "fact", &at));
    int64_t seq = form_int(ex->form, "seq", 0);
    if (seq && office_moved(s->d, (int32_t)seq, NULL) && !ex->form->faults)
        return NULL; /* told as that by the service, or found to be this very form */
    return may_correct(ex, s, at);
}

/* The whole form goes to the service, which files what differs. A box that nobody ticked says nothing new
 * where nothing was recorded. */
static const struct fault *proposed_data(struct exchange *ex, const struct shown *s, size_t at, json_t **out)
{
    const struct fact *known = dossier_known(s->d, at);
    json_t *data = json_object();
    *out = json_adopt(ex->life, json_pack("{s:I,s:s,s:o}", "fact", (json_int_t)known->seq, "reason",
                                          form_text(ex->form, REASON), "data", data));
    TRY_MEMORY(*out);
    for (size_t i = 0; i < ex->form->count; i++) {
        const struct field *f = &ex->form->fields[i];
        const struct value *v = &ex->form->values[i];
        if (f->kind == FIELD_FLAG && !form_flag(ex->form, f->name) && !json_object_get(known->data, f->name))
            continue;
        bool of_fact = event_field(s->event, f->name) || strcmp(f->name, "on") == 0;
        json_t *value = !of_fact ? NULL : v->given || f->kind == FIELD_FLAG ? shown_value(f, v) : json_null();
        if (of_fact && json_object_set_new(data, f->name, value) != 0)
            return fault_memory();
    }
    return NULL;
}

/* Raises an event of correcting: the service names the field of the fact `reason`, the page its own. */
static const struct fault *raise(struct exchange *ex, const struct shown *s, enum event_deed deed,
                                 const json_t *data, const char *reason_field, struct raised *out)
{
    const struct raising in = {.ref = s->d->ref,
                               .kind = edition_event_that(s->d->law->edition, deed)->name,
                               .data = data,
                               .submission = ex->form->submission,
                               .seq = (int32_t)form_int(ex->form, "seq", 0),
                               .person = ex->who.person,
                               .roles = shown_roles(ex)};
    const struct fault *f = office_raise(ex->db, ex->house->office, &in, out, ex->life);
    if (f && f->kind == FAULT_INPUT && text_same(f->field, "reason"))
        return fault_field(ex->life, f->code, reason_field, "%s", f->detail ? f->detail : "");
    return f;
}

const struct fault *shown_propose(struct exchange *ex)
{
    struct shown *s = NULL;
    struct raised out;
    json_t *data = NULL;
    size_t at = 0;
    TRY(shown_open(ex, &s));
    TRY(fact_of_path(ex, s, "fact", &at));
    TRY(proposed_data(ex, s, at, &data));
    TRY(raise(ex, s, EVENT_DEED_PROPOSE, data, REASON, &out));
    const char *path = talloc_asprintf(ex->life, "/dossiers/%s/corrections/%d", s->d->ref, (int)out.seq);
    TRY_MEMORY(path);
    return reply_done(ex, 201, path, json_pack("{s:s,s:i}", "ref", s->d->ref, "seq", (int)out.seq));
}

static const struct column CORRECTED_COLUMNS[] = {
    {"seq", CELL_INT, false},     {"label", CELL_TEXT, false},      {"child", CELL_TEXT, true},
    {"on", CELL_DAY, false},      {"recorded", CELL_MOMENT, false}, {"by", CELL_TEXT, true},
    {"barred", CELL_BOOL, false}, {"fact", CELL_TEXT, true},
};

static const struct fault *show_corrected(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, CORRECTED_COLUMNS, COUNT(CORRECTED_COLUMNS));
    struct cell *row = t ? table_add_row(t) : NULL;
    size_t at = 0;
    TRY_MEMORY(row);
    TRY(shown_open(ex, &s));
    TRY(fact_of_path(ex, s, "fact", &at));
    const struct refusal *why = ex->form ? ex->form->refusal : NULL;
    row[0] = cell_int(s->d->facts[at].seq);
    row[1] = cell_text(shown_say(ex, kind_at(s, at)->label));
    row[2] = cell_text(shown_child(ex, s->d, s->d->facts[at].child));
    row[3] = cell_day(dossier_known(s->d, at)->on);
    row[4] = cell_moment(s->d->records[at].at);
    row[5] = cell_text(shown_whose(ex, s->d, at));
    row[6] = cell_flag(s->barred != NULL);
    row[7] = cell_text(why ? shown_fact(ex, s->d, why->fact) : NULL);
    *out = t;
    return NULL;
}
const struct provider SHOW_CORRECTED = {
    {"corrected", CORRECTED_COLUMNS, COUNT(CORRECTED_COLUMNS), true, NULL, 0}, show_corrected};

/* ---- proposals ---- */

static const struct column PROPOSAL_COLUMNS[] = {
    {"seq", CELL_INT, false},
    {"fact", CELL_INT, false},
    {"label", CELL_TEXT, false},
    {"child", CELL_TEXT, true},
    {"proposed", CELL_DAY, false},
    {"by", CELL_TEXT, true},
    {"reason", CELL_TEXT, true},
    {"waiting", CELL_BOOL, false},
    {"confirmed", CELL_BOOL, false},
    {"declined", CELL_BOOL, false},
    {"decided", CELL_DAY, true},
    {"decided_by", CELL_TEXT, true},
    {"decision_reason", CELL_TEXT, true},
    {"recorded_by", CELL_TEXT, true},
    {"may_confirm", CELL_BOOL, false},
    {"may_decline", CELL_BOOL, false},
    {"because", CELL_TEXT, true},
    {"basis", CELL_TEXT, true},
    {"rule", CELL_TEXT, true},
    {"blocking", CELL_TEXT, true},
    {"changes", CELL_TABLE, false},
};

/* May whoever asks confirm or decline this very proposal? */
static const struct fault *judge(struct exchange *ex, const struct shown *s, size_t proposal,
                                 enum event_deed deed, struct permission *out)
{
    const struct event_kind *kind = edition_event_that(s->d->law->edition, deed);
    const struct fact *p = &s->d->facts[proposal];
    struct actor who;
    json_t *data = json_adopt(ex->life, json_pack("{s:i,s:O,s:O}", "proposal", (int)p->seq, "fact",
                                                  json_object_get(p->data, "fact"), "data",
                                                  json_object_get(p->data, "data")));
    TRY_MEMORY(data);
    TRY(shown_actor(ex, &who));
    const struct fact fact = {
        .kind = kind->name, .on = s->d->today, .by = who.person, .seq = s->d->seq + 1, .data = data};
    return workflow_judge(ex->life, s->d->standing, &fact, &who, out);
}

static const struct fault *add_proposal(struct exchange *ex, const struct shown *s, size_t at,
                                        const struct texts *texts, struct table *t)
{
    const struct dossier *d = s->d;
    const struct fact *p = &d->facts[at], *decided = standing_decision(d->standing, p->seq);
    struct permission confirm = {0}, decline = {0};
    const struct table *changes = NULL;
    struct fact before;
    int64_t seq = 0;
    fact_int(p, "fact", &seq);
    size_t target = shown_index(d, seq), by = decided ? shown_index(d, decided->seq) : d->count;
    const struct event_kind *deed = decided ? edition_event(d->law->edition, decided->kind) : NULL;
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row);
    if (target == d->count)
        return fault_new(ex->life, FAULT_BROKEN, "FACT_ABSENT", "proposal %ld is about no fact", p->seq);
    TRY(shown_before(ex, d, &d->facts[target], decided ? decided->seq : LONG_MAX, &before));
    TRY(shown_changes(ex, kind_at(s, target), &before, json_object_get(p->data, "data"), texts, &changes));
    TRY(judge(ex, s, at, EVENT_DEED_CORRECT, &confirm));
    TRY(judge(ex, s, at, EVENT_DEED_DECLINE, &decline));
    bool waiting = standing_proposal(d->standing, p->seq) != NULL, may = confirm.ground == MAY_ALLOWED;
    row[0] = cell_int(p->seq);
    row[1] = cell_int(seq);
    row[2] = cell_text(shown_say(ex, kind_at(s, target)->label));
    row[3] = cell_text(shown_child(ex, d, d->facts[target].child));
    row[4] = cell_day(p->on);
    row[5] = cell_text(shown_whose(ex, d, at));
    row[6] = cell_text(shown_text(texts, json_object_get(p->data, "reason")));
    row[7] = cell_flag(waiting);
    row[8] = cell_flag(deed && deed->deed == EVENT_DEED_CORRECT);
    row[9] = cell_flag(deed && deed->deed == EVENT_DEED_DECLINE);
    row[10] = cell_day(decided ? decided->on : CIVIL_NONE);
    row[11] = cell_text(by < d->count ? shown_whose(ex, d, by) : NULL);
    row[12] = cell_text(decided ? shown_text(texts, json_object_get(decided->data, "reason")) : NULL);
    row[13] = cell_text(shown_whose(ex, d, target));
    row[14] = cell_flag(waiting && may);
    row[15] = cell_flag(waiting && decline.ground == MAY_ALLOWED);
    row[16] = cell_text(waiting && !may ? exchange_say(ex, confirm.refusal.zh, confirm.refusal.en) : NULL);
    row[17] = cell_text(waiting && !may ? exchange_basis(ex, confirm.refusal.basis) : NULL);
    row[18] = cell_text(waiting && !may ? confirm.refusal.rule : NULL);
    row[19] = cell_text(waiting && !may ? shown_fact(ex, d, confirm.refusal.fact) : NULL);
    row[20] = cell_table(changes);
    return NULL;
}

/* Those that wait. */
static const struct fault *show_proposals(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct texts texts = {0};
    struct table *t = table_new(ex->life, PROPOSAL_COLUMNS, COUNT(PROPOSAL_COLUMNS));
    TRY_MEMORY(t);
    TRY(shown_open(ex, &s));
    for (size_t i = 0; i < s->d->count; i++) {
        if (!standing_proposal(s->d->standing, s->d->facts[i].seq))
            continue;
        if (!texts.rows)
            TRY(shown_texts(ex, s->d, &texts));
        TRY(add_proposal(ex, s, i, &texts, t));
    }
    *out = t;
    return NULL;
}
const struct provider SHOW_PROPOSALS = {
    {"proposals", PROPOSAL_COLUMNS, COUNT(PROPOSAL_COLUMNS), false, &SHOWN_CHANGES, 1}, show_proposals};

/* FAULT_ABSENT unless the fact of the path proposes a correction. */
static const struct fault *proposal_of_path(struct exchange *ex, struct shown *s, size_t *at)
{
    TRY(fact_of_path(ex, s, "proposal", at));
    const struct event_kind *k = kind_at(s, *at);
    return k && k->deed == EVENT_DEED_PROPOSE
               ? NULL
               : fault_new(ex->life, FAULT_ABSENT, "FACT_ABSENT", "no correction is proposed there");
}

static const struct fault *show_proposal(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct texts texts;
    struct table *t = table_new(ex->life, PROPOSAL_COLUMNS, COUNT(PROPOSAL_COLUMNS));
    size_t at = 0;
    TRY_MEMORY(t);
    TRY(shown_open(ex, &s));
    TRY(proposal_of_path(ex, s, &at));
    TRY(shown_texts(ex, s->d, &texts));
    *out = t;
    return add_proposal(ex, s, at, &texts, t);
}
const struct provider SHOW_PROPOSAL = {
    {"proposal", PROPOSAL_COLUMNS, COUNT(PROPOSAL_COLUMNS), true, &SHOWN_CHANGES, 1}, show_proposal};

/* ---- what would follow ---- */

static const struct column EFFECT_COLUMNS[] = {
    {"due", CELL_DAY, true},        {"due_after", CELL_DAY, true}, {"moves", CELL_BOOL, false},
    {"late_after", CELL_INT, true}, {"ended", CELL_INT, false},    {"conflicts", CELL_TABLE, false},
};

static const struct page_source NEW_CONFLICTS = {
    "conflicts", SHOWN_CONFLICT_COLUMNS, SHOWN_CONFLICT_COUNT, false, NULL, 0};

static bool is_among(const struct conflict *all, size_t count, long seq)
{
    for (size_t i = 0; i < count; i++)
        if (all[i].fact->seq == seq)
            return true;
    return false;
}

static const struct fault *add_effect(struct exchange *ex, const struct shown *s,
                                      const struct standing *after, struct table *t)
{
    struct view *then = NULL;
    struct table *conflicts = table_new(ex->life, SHOWN_CONFLICT_COLUMNS, SHOWN_CONFLICT_COUNT);
    size_t count = 0, were = 0, ended = 0;
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row && conflicts ? t : NULL);
    TRY(workflow_view(ex->life, after, s->d->today, &then));
    const struct conflict *now = standing_conflicts(after, &count),
                          *before = standing_conflicts(s->d->standing, &were);
    for (size_t i = 0; i < count; i++)
        if (!is_among(before, were, now[i].fact->seq))
            TRY(shown_add_conflict(ex, s->d, &now[i], conflicts));
    for (size_t i = 0; i < were; i++)
        ended += !is_among(now, count, before[i].fact->seq);
    struct civil due = s->view->reply ? s->view->reply->due : CIVIL_NONE,
                 due_after = then->reply ? then->reply->due : CIVIL_NONE;
    int late = then->reply ? then->reply->late_by : 0;
    row[0] = cell_day(due);
    row[1] = cell_day(due_after);
    row[2] = cell_flag(civil_compare(due, due_after) != 0);
    row[3] = late > 0 ? cell_int(late) : cell_null(CELL_INT);
    row[4] = cell_int((int64_t)ended);
    row[5] = cell_table(conflicts);
    return NULL;
}

/* Nothing, once it has been decided: then it is the dossier that shows what followed. */
static const struct fault *show_effect(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct standing *after = NULL;
    struct table *t = table_new(ex->life, EFFECT_COLUMNS, COUNT(EFFECT_COLUMNS));
    size_t at = 0;
    TRY_MEMORY(t);
    TRY(shown_open(ex, &s));
    TRY(proposal_of_path(ex, s, &at));
    *out = t;
    if (!standing_proposal(s->d->standing, s->d->facts[at].seq))
        return NULL;
    const struct fault *f = office_if_corrected(s->d, &s->d->facts[at], &after, ex->life);
    if (f)
        return f->kind == FAULT_REFUSED ? NULL : f;
    return add_effect(ex, s, after, t);
}
const struct provider SHOW_EFFECT = {
    {"effect", EFFECT_COLUMNS, COUNT(EFFECT_COLUMNS), true, &NEW_CONFLICTS, 1}, show_effect};

/* ---- deciding ---- */

static const struct choice DECISIONS[] = {{"confirm", "确认更正", "Confirm the correction"},
                                          {"decline", "不予更正", "Decline"}};
static const struct field DECISION_FIELDS[] = {
    {.name = "seq",
     .kind = FIELD_INT,
     .min = 0,
     .max = INT32_MAX,
     .hidden = true,
     .zh = "记录序号",
     .en = "Number of the last fact"},
    {.name = "decision",
     .kind = FIELD_CHOICE,
     .required = true,
     .button = true,
     .choices = DECISIONS,
     .choice_count = COUNT(DECISIONS),
     .zh = "决定",
     .en = "Decision"},
    {.name = "reason",
     .kind = FIELD_TEXT,
     .min = 2,
     .max = 1000,
     .many_lines = true,
     .zh = "不予更正的理由",
     .en = "Reason for declining",
     .hint_zh = "不予更正或者撤回时填写。",
     .hint_en = "Needed to decline it, or to take it back."},
};
const struct form_table FORM_DECISION = FORM_TABLE("decision", DECISION_FIELDS);

const struct fault *shown_decision_form(struct exchange *ex)
{
    struct shown *s = NULL;
    size_t at = 0;
    char seq[16];
    TRY(shown_open(ex, &s));
    TRY(proposal_of_path(ex, s, &at));
    snprintf(seq, sizeof seq, "%d", (int)s->d->seq);
    form_fill(ex->form, "seq", seq);
    return NULL;
}

const struct fault *shown_decide(struct exchange *ex)
{
    struct shown *s = NULL;
    struct raised out;
    size_t at = 0;
    bool confirms = strcmp(form_text(ex->form, "decision"), "confirm") == 0;
    enum event_deed deed = confirms ? EVENT_DEED_CORRECT : EVENT_DEED_DECLINE;
    TRY(shown_open(ex, &s));
    TRY(proposal_of_path(ex, s, &at));
    TRY(shown_role(ex, edition_event_that(s->d->law->edition, deed)));
    const char *reason = form_text(ex->form, "reason");
    json_t *data = json_adopt(ex->life, json_pack("{s:i}", "proposal", (int)s->d->facts[at].seq));
    TRY_MEMORY(data);
    if (!confirms && reason && json_object_set_new(data, "reason", json_string(reason)) != 0)
        return fault_memory();
    TRY(raise(ex, s, deed, data, "reason", &out));
    const char *path = talloc_asprintf(ex->life, "/dossiers/%s/facts?done=%d", s->d->ref, (int)out.seq);
    TRY_MEMORY(path);
    return reply_done(ex, 201, path, json_pack("{s:s,s:i}", "ref", s->d->ref, "seq", (int)out.seq));
}
