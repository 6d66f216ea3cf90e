/* shown_facts.c - the facts of a dossier as they were filed and as they count: what was corrected by whom,
 * what waits to be, what stands in conflict, and all of it as it was known on a past day. */
#include <string.h>
#include "life.h"
#include "shown_facts.h"
#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- texts and values ---- */

const struct fault *shown_texts(struct exchange *ex, const struct dossier *d, struct texts *out)
{
    *out = (struct texts){0};
    out->rows = talloc_zero_array(ex->life, int64_t, (size_t)d->row + 1);
    out->texts = talloc_zero_array(ex->life, const char *, (size_t)d->row + 1);
    TRY_MEMORY(out->rows && out->texts ? d : NULL);
    for (int32_t row = 1; row <= d->row; row++)
        out->rows[out->count++] = row;
    return dossier_texts(ex->db, d, out->rows, out->count, out->texts, ex->life);
}

const char *shown_text(const struct texts *texts, const json_t *value)
{
    int64_t row = json_integer_value(json_object_get(value, "row"));
    return row > 0 && (size_t)row <= texts->count ? texts->texts[row - 1] : NULL;
}

static const char *person_name(struct exchange *ex, const char *id)
{
    int64_t person = 0;
    struct table *t = NULL;
    if (!text_to_int(id, 1, INT64_MAX, &person) ||
        db_query(ex->db, Q_PERSON_NAME, (struct cell[]){cell_int(person)}, &t, ex->life))
        return id;
    return table_text(t, 0, "name");
}

/* A value as people read it; NULL for what they are not shown. */
static const char *datum(struct exchange *ex, const struct event_field *f, const json_t *value,
                         const struct texts *texts)
{
    const char *word = json_string_value(value);
    const struct event_choice *choice;
    if (!value || json_is_null(value))
        return NULL;
    switch (f->kind) {
    case EVENT_FIELD_DAY:
    case EVENT_FIELD_ITEM:
        return word;
    case EVENT_FIELD_INT:
        return talloc_asprintf(ex->life, "%lld", (long long)json_integer_value(value));
    case EVENT_FIELD_CODE:
        choice = word ? event_field_choice(f, word) : NULL;
        return choice ? shown_say(ex, choice->label) : word;
    case EVENT_FIELD_PERSON:
        return word ? person_name(ex, word) : NULL;
    case EVENT_FIELD_TEXT:
    case EVENT_FIELD_NOTE:
        return shown_text(texts, value);
    case EVENT_FIELD_FLAG:
        return json_is_true(value) ? exchange_say(ex, "是", "Yes") : exchange_say(ex, "否", "No");
    case EVENT_FIELD_SHA256:
        return word;
    }
    return NULL;
}

/* ---- what a correction changed ---- */

static const struct column CHANGE_COLUMNS[] = {
    {"label", CELL_TEXT, false}, {"was", CELL_TEXT, true}, {"now", CELL_TEXT, true}};
const struct page_source SHOWN_CHANGES = {"changes", CHANGE_COLUMNS, COUNT(CHANGE_COLUMNS), false, NULL, 0};

static const struct fault *add_change(const char *label, const char *was, const char *now, struct table *t)
{
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row);
    row[0] = cell_text(label);
    row[1] = cell_text(was);
    row[2] = cell_text(now);
    return NULL;
}

/* What the program fills in for itself, as JSON: nobody reads it. */
static bool is_inner(const struct event_field *f)
{
    return f->by_service && (f->kind == EVENT_FIELD_NOTE || f->kind == EVENT_FIELD_TEXT);
}

const struct fault *shown_changes(struct exchange *ex, const struct event_kind *kind,
                                  const struct fact *before, const json_t *patch, const struct texts *texts,
                                  const struct table **out)
{
    struct table *t = table_new(ex->life, CHANGE_COLUMNS, COUNT(CHANGE_COLUMNS));
    char on[CIVIL_TEXT];
    TRY_MEMORY(t);
    civil_format(before->on, on);
    const char *was = talloc_strdup(ex->life, on);
    TRY_MEMORY(was);
    if (json_text(patch, "on"))
        TRY(add_change(exchange_say(ex, "发生日期", "Day it happened"), was, json_text(patch, "on"), t));
    for (size_t i = 0; kind && i < kind->field_count; i++) {
        const struct event_field *f = &kind->fields[i];
        const json_t *value = json_object_get(patch, f->name);
        if (value && !is_inner(f))
            TRY(add_change(shown_say(ex, f->label),
                           datum(ex, f, json_object_get(before->data, f->name), texts),
                           datum(ex, f, value, texts), t));
    }
    *out = t;
    return NULL;
}

bool shown_in_conflict(const struct dossier *d, long seq, const struct refusal **why)
{
    size_t count = 0;
    const struct conflict *all = standing_conflicts(d->standing, &count);
    for (size_t i = 0; i < count; i++)
        if (all[i].fact->seq == seq) {
            *why = &all[i].why;
            return true;
        }
    return false;
}

/* Is d->facts[i] a confirmed correction of fact `seq`? */
static bool corrects(const struct dossier *d, size_t i, long seq)
{
    const struct event_kind *k = edition_event(d->law->edition, d->facts[i].kind);
    const struct refusal *why = NULL;
    int64_t about = 0;
    return k && k->deed == EVENT_DEED_CORRECT && fact_int(&d->facts[i], "fact", &about) && about == seq &&
           json_is_object(json_object_get(d->facts[i].data, "data")) &&
           !shown_in_conflict(d, d->facts[i].seq, &why);
}

const struct fault *shown_before(struct exchange *ex, const struct dossier *d, const struct fact *filed,
                                 long limit, struct fact *out)
{
    *out = *filed;
    json_t *data = json_adopt(ex->life, json_copy((json_t *)(uintptr_t)filed->data));
    TRY_MEMORY(data);
    for (size_t i = 0; i < d->count; i++) {
        if (!corrects(d, i, filed->seq) || d->facts[i].seq >= limit)
            continue;
        const json_t *patch = json_object_get(d->facts[i].data, "data");
        const char *on = json_text(patch, "on");
        if (json_object_update(data, (json_t *)(uintptr_t)patch) != 0)
            return fault_memory();
        if (on)
            civil_parse(on, &out->on);
    }
    out->data = data;
    return NULL;
}

const char *shown_whose(struct exchange *ex, const struct dossier *d, size_t i)
{
    if (d->records[i].person_name)
        return d->records[i].person_name;
    return text_same(d->facts[i].role, "applicant") ? exchange_say(ex, "申请人", "The applicant")
                                                    : exchange_say(ex, "系统", "The system");
}

size_t shown_index(const struct dossier *d, long seq)
{
    size_t i = 0;
    while (i < d->count && d->facts[i].seq != seq)
        i++;
    return i;
}

/* ---- facts ---- */

static const struct column DATUM_COLUMNS[] = {{"label", CELL_TEXT, false}, {"value", CELL_TEXT, true}};
static const struct column CORRECTION_COLUMNS[] = {
    {"label", CELL_TEXT, false},  {"was", CELL_TEXT, true},         {"now", CELL_TEXT, true},
    {"seq", CELL_INT, false},     {"on", CELL_DAY, false},          {"by", CELL_TEXT, true},
    {"proposal", CELL_INT, true}, {"proposed_by", CELL_TEXT, true}, {"reason", CELL_TEXT, true},
};
static const struct page_source NESTED[] = {
    {"data", DATUM_COLUMNS, COUNT(DATUM_COLUMNS), false, NULL, 0},
    {"corrections", CORRECTION_COLUMNS, COUNT(CORRECTION_COLUMNS), false, NULL, 0}};
static const struct column FACT_COLUMNS[] = {
    {"seq", CELL_INT, false},
    {"kind", CELL_TEXT, false},
    {"on", CELL_DAY, false},
    {"recorded", CELL_MOMENT, false},
    {"label", CELL_TEXT, false},
    {"child", CELL_TEXT, true},
    {"by", CELL_TEXT, true},
    {"role", CELL_TEXT, true},
    {"conflict", CELL_BOOL, false},
    {"detail", CELL_TEXT, true},
    {"data", CELL_TABLE, false},
    {"corrected", CELL_BOOL, false},
    {"corrections", CELL_TABLE, false},
    {"because", CELL_TEXT, true},
    {"basis", CELL_TEXT, true},
    {"rule", CELL_TEXT, true},
    {"fact", CELL_TEXT, true},
    {"correctable", CELL_BOOL, false},
    {"waiting", CELL_INT, true},
    {"proposal", CELL_INT, true},
    {"dated", CELL_BOOL, false},
};

static bool is_short(const struct event_field *f)
{
    return f->kind == EVENT_FIELD_CODE || f->kind == EVENT_FIELD_INT || f->kind == EVENT_FIELD_DAY ||
           f->kind == EVENT_FIELD_PERSON;
}

static const struct fault *add_datum(const char *label, const char *value, struct table *data)
{
    struct cell *row = table_add_row(data);
    TRY_MEMORY(row);
    row[0] = cell_text(label);
    row[1] = cell_text(value);
    return NULL;
}

/* The short values go into one line; all of them, save what the program fills in as JSON, into the table,
 * where there is one. */
static const struct fault *add_data(struct exchange *ex, const struct event_kind *kind, const struct fact *f,
                                    const struct texts *texts, struct table *data, struct text *detail)
{
    const json_t *late = json_object_get(f->data, FACT_LATE_REASON);
    for (size_t i = 0; kind && i < kind->field_count; i++) {
        const struct event_field *field = &kind->fields[i];
        const json_t *value = json_object_get(f->data, field->name);
        if (!value || is_inner(field))
            continue;
        if (!data && (!is_short(field) || field->by_service))
            continue;
        const char *shown = datum(ex, field, value, texts);
        if (data)
            TRY(add_datum(shown_say(ex, field->label), shown, data));
        if (shown && is_short(field) && !field->by_service)
            text_printf(detail, "%s%s%s%s", text_length(detail) ? exchange_say(ex, "；", "; ") : "",
                        field->kind == EVENT_FIELD_INT ? shown_say(ex, field->label) : "",
                        field->kind == EVENT_FIELD_INT ? exchange_say(ex, "：", ": ") : "", shown);
    }
    return late && data ? add_datum(exchange_say(ex, "补记理由", "Why it was recorded late"),
                                    shown_text(texts, late), data)
                        : NULL;
}

static const struct fault *add_correction(struct exchange *ex, const struct shown *s, size_t target, size_t i,
                                          const struct texts *texts, struct table *t)
{
    const struct dossier *d = s->d;
    const struct event_kind *kind = edition_event(d->law->edition, d->facts[target].kind);
    const struct table *changes = NULL;
    struct fact before;
    int64_t proposal = 0;
    TRY(shown_before(ex, d, &d->facts[target], d->facts[i].seq, &before));
    TRY(shown_changes(ex, kind, &before, json_object_get(d->facts[i].data, "data"), texts, &changes));
    bool proposed = fact_int(&d->facts[i], "proposal", &proposal);
    size_t p = proposed ? shown_index(d, proposal) : d->count;
    for (size_t c = 0; c < changes->row_count; c++) {
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        row[0] = cell_text(table_text(changes, c, "label"));
        row[1] = cell_text(table_text(changes, c, "was"));
        row[2] = cell_text(table_text(changes, c, "now"));
        row[3] = cell_int(d->facts[i].seq);
        row[4] = cell_day(d->facts[i].on);
        row[5] = cell_text(shown_whose(ex, d, i));
        row[6] = proposed ? cell_int(proposal) : cell_null(CELL_INT);
        row[7] = cell_text(p < d->count ? shown_whose(ex, d, p) : NULL);
        row[8] =
            cell_text(p < d->count ? shown_text(texts, json_object_get(d->facts[p].data, "reason")) : NULL);
    }
    return NULL;
}

static const struct fault *corrections_of(struct exchange *ex, const struct shown *s, size_t target,
                                          const struct texts *texts, struct table *out)
{
    for (size_t i = 0; i < s->d->count; i++)
        if (corrects(s->d, i, s->d->facts[target].seq))
            TRY(add_correction(ex, s, target, i, texts, out));
    return NULL;
}

/* May whoever asks propose corrections now? Judged once for all facts. Not on a page about a past day. */
static bool may_propose(const struct exchange *ex, const struct shown *s)
{
    const struct event_kind *proposes = edition_event_that(s->d->law->edition, EVENT_DEED_PROPOSE);
    const struct permission *p = proposes ? shown_permission(s, proposes, NULL) : NULL;
    return p && p->ground == MAY_ALLOWED && civil_compare(s->d->today, s->present) == 0 &&
           ex->route->right != RIGHT_TICKET;
}

/* The proposal that a fact is or decides: where its page is. */
static struct cell proposal_of(const struct event_kind *kind, const struct fact *f)
{
    int64_t seq = 0;
    if (kind && kind->deed == EVENT_DEED_PROPOSE)
        return cell_int(f->seq);
    bool decides = kind && event_is_correction(kind) && fact_int(f, "proposal", &seq);
    return decides ? cell_int(seq) : cell_null(CELL_INT);
}

static bool is_corrected(const struct dossier *d, long seq)
{
    for (size_t i = 0; i < d->count; i++)
        if (corrects(d, i, seq))
            return true;
    return false;
}

/* Was it made again by the program, without anybody's proposal: a letter that was dated? */
static bool is_dated(const struct dossier *d, long seq)
{
    for (size_t i = 0; i < d->count; i++)
        if (corrects(d, i, seq) && !event_field(edition_event(d->law->edition, d->facts[i].kind), "proposal"))
            return true;
    return false;
}

/* What a table of facts is made with. */
struct telling {
    const struct shown *s;
    struct texts texts;
    bool course;   /* one line for each fact; its data and corrections are for the page of facts */
    bool proposes; /* whoever asks may propose corrections */
};

static const struct fault *add_fact(struct exchange *ex, const struct telling *tell, size_t i,
                                    struct table *t)
{
    const struct shown *s = tell->s;
    const struct dossier *d = s->d;
    const struct fact *f = dossier_known(d, i);
    const struct event_kind *kind = edition_event(d->law->edition, f->kind);
    const struct edition_role *role = f->role ? edition_role(d->law->edition, f->role) : NULL;
    const struct fact *waiting = tell->course ? NULL : standing_proposal_about(d->standing, f->seq);
    const struct refusal *why = NULL;
    struct table *data = table_new(ex->life, DATUM_COLUMNS, COUNT(DATUM_COLUMNS)),
                 *corrections = table_new(ex->life, CORRECTION_COLUMNS, COUNT(CORRECTION_COLUMNS));
    struct text *detail = text_new(ex->life, 4000);
    const char *line = NULL;
    bool conflict = shown_in_conflict(d, f->seq, &why), corrected = is_corrected(d, f->seq);
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row && data && corrections ? t : NULL);
    TRY(add_data(ex, kind, f, &tell->texts, tell->course ? NULL : data, detail));
    TRY(text_end(detail, &line, NULL));
    if (corrected && !tell->course)
        TRY(corrections_of(ex, s, i, &tell->texts, corrections));
    row[0] = cell_int(f->seq);
    row[1] = cell_text(f->kind);
    row[2] = cell_day(f->on);
    row[3] = cell_moment(d->records[i].at);
    row[4] = cell_text(kind ? shown_say(ex, kind->label) : f->kind);
    row[5] = cell_text(shown_child(ex, d, f->child));
    row[6] = cell_text(shown_whose(ex, d, i));
    row[7] = cell_text(role && d->records[i].person_name ? shown_say(ex, role->label) : NULL);
    row[8] = cell_flag(conflict);
    row[9] = cell_text(*line ? line : NULL);
    row[10] = cell_table(data);
    row[11] = cell_flag(corrected);
    row[12] = cell_table(corrections);
    row[13] = cell_text(conflict ? exchange_say(ex, why->zh, why->en) : NULL);
    row[14] = cell_text(conflict ? exchange_basis(ex, why->basis) : NULL);
    row[15] = cell_text(conflict ? why->rule : NULL);
    row[16] = cell_text(conflict ? shown_fact(ex, d, why->fact) : NULL);
    row[17] = cell_flag(tell->proposes && kind && !waiting && office_correctable(kind, f));
    row[18] = waiting ? cell_int(waiting->seq) : cell_null(CELL_INT);
    row[19] = proposal_of(kind, f);
    row[20] = cell_flag(corrected && is_dated(d, f->seq));
    return NULL;
}

static const struct fault *fact_table(struct exchange *ex, bool course, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, FACT_COLUMNS, COUNT(FACT_COLUMNS));
    TRY_MEMORY(t);
    TRY(shown_open(ex, &s));
    struct telling tell = {.s = s, .course = course, .proposes = !course && may_propose(ex, s)};
    if (!course)
        TRY(shown_texts(ex, s->d, &tell.texts));
    for (size_t i = 0; i < s->d->count; i++)
        TRY(add_fact(ex, &tell, course ? s->d->count - 1 - i : i, t));
    *out = t;
    return NULL;
}

static const struct fault *show_facts(struct exchange *ex, const struct table **out)
{
    return fact_table(ex, false, out);
}
const struct provider SHOW_FACTS = {{"facts", FACT_COLUMNS, COUNT(FACT_COLUMNS), false, NESTED, 2},
                                    show_facts};

/* The course of the dossier: newest first, a line for each. Cheap: no text is decrypted, nothing is judged.
 */
static const struct fault *show_facts_newest(struct exchange *ex, const struct table **out)
{
    return fact_table(ex, true, out);
}
const struct provider SHOW_FACTS_NEWEST = {{"facts", FACT_COLUMNS, COUNT(FACT_COLUMNS), false, NESTED, 2},
                                           show_facts_newest};

/* ---- facts in conflict ---- */

const struct column SHOWN_CONFLICT_COLUMNS[] = {
    {"seq", CELL_INT, false},   {"label", CELL_TEXT, false},   {"on", CELL_DAY, false},
    {"child", CELL_TEXT, true}, {"because", CELL_TEXT, false}, {"basis", CELL_TEXT, false},
    {"rule", CELL_TEXT, false}, {"fact", CELL_TEXT, true},
};

const struct fault *shown_add_conflict(struct exchange *ex, const struct dossier *d, const struct conflict *c,
                                       struct table *t)
{
    size_t i = shown_index(d, c->fact->seq);
    const struct event_kind *kind = edition_event(d->law->edition, c->fact->kind);
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row);
    row[0] = cell_int(c->fact->seq);
    row[1] = cell_text(kind ? shown_say(ex, kind->label) : c->fact->kind);
    row[2] = cell_day(i < d->count ? dossier_known(d, i)->on : c->fact->on);
    row[3] = cell_text(shown_child(ex, d, c->fact->child));
    row[4] = cell_text(exchange_say(ex, c->why.zh, c->why.en));
    row[5] = cell_text(exchange_basis(ex, c->why.basis));
    row[6] = cell_text(c->why.rule);
    row[7] = cell_text(shown_fact(ex, d, c->why.fact));
    return NULL;
}

static const struct fault *show_conflicts(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, SHOWN_CONFLICT_COLUMNS, SHOWN_CONFLICT_COUNT);
    size_t count = 0;
    TRY_MEMORY(t);
    TRY(shown_open(ex, &s));
    const struct conflict *all = standing_conflicts(s->d->standing, &count);
    for (size_t i = 0; i < count; i++)
        TRY(shown_add_conflict(ex, s->d, &all[i], t));
    *out = t;
    return NULL;
}
const struct provider SHOW_CONFLICTS = {
    {"conflicts", SHOWN_CONFLICT_COLUMNS, SHOWN_CONFLICT_COUNT, false, NULL, 0}, show_conflicts};

/* ---- as it was known ---- */

static const struct field KNOWN_FIELDS[] = {
    {.name = "known", .kind = FIELD_TEXT, .min = 0, .max = 20, .zh = "日期", .en = "Day"}};
const struct form_table SEARCH_KNOWN = FORM_TABLE("known", KNOWN_FIELDS);

static const struct column KNOWN_COLUMNS[] = {{"day", CELL_DAY, false},
                                              {"past", CELL_BOOL, false},
                                              {"typed", CELL_TEXT, true},
                                              {"error", CELL_TEXT, true}};

static const struct fault *show_known(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, KNOWN_COLUMNS, COUNT(KNOWN_COLUMNS));
    struct cell *row = t ? table_add_row(t) : NULL;
    char today[CIVIL_TEXT];
    TRY_MEMORY(row);
    TRY(shown_open(ex, &s));
    const struct value *typed = ex->search ? form_value(ex->search, "known") : NULL;
    civil_format(s->d->today, today);
    const char *day = talloc_strdup(ex->life, today);
    TRY_MEMORY(day);
    row[0] = cell_day(s->d->today);
    row[1] = cell_flag(civil_compare(s->d->today, s->present) != 0);
    row[2] = cell_text(typed && typed->given && s->unknown ? typed->typed : day);
    row[3] =
        cell_text(s->unknown ? form_sentence(ex->life, ex->language, &KNOWN_FIELDS[0], s->unknown) : NULL);
    *out = t;
    return NULL;
}
const struct provider SHOW_KNOWN = {{"known", KNOWN_COLUMNS, COUNT(KNOWN_COLUMNS), true, NULL, 0},
                                    show_known};
