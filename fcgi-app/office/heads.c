/* heads.c - the derived rows of a dossier, computed from its facts and written with them. What is written
 * here can be thrown away and made again; nothing in it changes at midnight, save floating due dates with
 * their `as_of`. */
#include <string.h>
#include "inside.h"
#include "life.h"
#include "text.h"

/* A due date floats while it would be another one if it were computed later: a consultation that was sent and
 * not yet delivered is projected as delivered today. Two months later every projection has moved. */
#define FLOATING_PROBE_DAYS 61
#define CONFIGURATION_LIMIT 8000

static json_t *day_json(struct civil d)
{
    char text[CIVIL_TEXT];
    if (!civil_is_set(d))
        return json_null();
    civil_format(d, text);
    return json_string(text);
}

static json_t *id_json(int64_t id)
{
    return id ? json_integer(id) : json_null();
}

static bool is_floating(const struct dossier *d, size_t clock, struct civil due)
{
    struct civil later = clock_due(standing_clocks(d->standing), clock, d->law->calendar,
                                   civil_add_days(d->today, FLOATING_PROBE_DAYS));
    return civil_compare(due, later) != 0;
}

static json_t *clock_json(const struct dossier *d, size_t index, const struct clock_view *v)
{
    bool floating = civil_is_set(v->due) && !civil_is_set(v->stopped) && is_floating(d, index, v->due);
    return json_pack("{s:i,s:I,s:s,s:s,s:s,s:s,s:o,s:i,s:o,s:b,s:o,s:o}", "agency_id", (int)d->agency,
                     "dossier_id", (json_int_t)d->id, "clock", v->about->id, "child",
                     v->child ? v->child : "", "basis", v->about->basis ? v->about->basis : "", "unit",
                     v->unit, "day0", day_json(v->day0), "length", v->length, "due", day_json(v->due),
                     "provisional", (int)v->provisional, "as_of", floating ? day_json(d->today) : json_null(),
                     "stopped", day_json(v->stopped));
}

static const struct fault *clocks_json(const struct dossier *d, const struct view *view, json_t *out)
{
    for (size_t i = 0; i < view->clock_count; i++) {
        const struct clock_view *v = &view->clocks[i];
        int index = clocks_find(standing_clocks(d->standing), v->about->id, v->child);
        if (json_array_append_new(out, clock_json(d, (size_t)index, v)) != 0)
            return fault_memory();
    }
    return NULL;
}

/* The outcome code of an item: what the last fact about it with a field `outcome` says. */
static const char *outcome_of(const struct dossier *d, const char *child)
{
    for (size_t i = d->count; i-- > 0;)
        if (text_same(dossier_known(d, i)->child, child) && fact_text(dossier_known(d, i), "outcome"))
            return fact_text(dossier_known(d, i), "outcome");
    return NULL;
}

/* One outcome for the whole dossier: that of its items where they agree; NULL while one has none, or where
 * they differ. */
static const char *outcome_of_all(const struct dossier *d)
{
    if (standing_outcome(d->standing))
        return standing_outcome(d->standing);
    size_t count = 0;
    const struct standing_child *children = standing_children(d->standing, &count);
    const char *all = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!children[i].kind->made_event)
            continue;
        const char *one = outcome_of(d, children[i].id);
        if (!one || (all && strcmp(all, one) != 0))
            return NULL;
        all = one;
    }
    return all;
}

static json_t *child_json(const struct dossier *d, const struct standing_child *c)
{
    const struct place *place = standing_place(d->standing, c->id);
    return json_pack("{s:i,s:I,s:s,s:s,s:s,s:b,s:i,s:i,s:s?,s:{}}", "agency_id", (int)d->agency, "dossier_id",
                     (json_int_t)d->id, "child", c->id, "kind", c->kind->name, "state",
                     place ? place->id : "", "final", (int)c->closed, "first_seq",
                     (int)(c->first ? c->first->seq : 1), "last_seq", (int)(c->last ? c->last->seq : 1),
                     "outcome", outcome_of(d, c->id), "data");
}

static const struct fact_record *record_of(const struct dossier *d, const struct fact *f)
{
    for (size_t i = 0; f && i < d->count; i++)
        if (d->facts[i].seq == f->seq)
            return &d->records[i];
    return NULL;
}

static const struct fact *deed_fact(const struct dossier *d, enum event_deed deed, const char *child)
{
    const struct edition *e = d->law->edition;
    const struct fact *last = NULL;
    for (size_t i = 0; i < e->event_count; i++) {
        if (e->events[i].deed != deed)
            continue;
        const struct fact *f = standing_fact(d->standing, e->events[i].name, child);
        if (f && (!last || f->seq > last->seq))
            last = f;
    }
    return last;
}

const struct fact *letter_draft(const struct dossier *d, const char *child)
{
    return deed_fact(d, EVENT_DEED_DRAFT, child);
}

struct civil letter_dated(const struct dossier *d, const struct fact *draft)
{
    struct civil day = draft->on;
    for (size_t i = 0; i < d->count; i++) {
        const struct fact *f = &d->facts[i];
        const struct event_kind *k = edition_event(d->law->edition, f->kind);
        int64_t about = 0;
        if (k && k->deed == EVENT_DEED_CORRECT && fact_int(f, "fact", &about) && about == draft->seq &&
            text_same(json_text(json_object_get(f->data, "data"), "odt"), fact_text(draft, "odt")))
            day = f->on;
    }
    return day;
}

/* A digest as PostgreSQL reads bytea from JSON: "\x" and hexadecimal digits. */
static const char *bytea_text(TALLOC_CTX *life, const char *hex)
{
    return hex ? talloc_asprintf(life, "\\x%s", hex) : NULL;
}

static const struct fault *letter_json(const struct dossier *d, const struct standing_child *c,
                                       json_t *letters, TALLOC_CTX *scratch)
{
    const struct standing *s = d->standing;
    const struct fact *draft = letter_draft(d, c->id);
    bool sealed = standing_is(s, c->id, STATE_SEALED) || standing_is(s, c->id, STATE_SERVED);
    bool approved = sealed || standing_is(s, c->id, STATE_APPROVED);
    const struct fact *approval = approved ? deed_fact(d, EVENT_DEED_APPROVE, c->id) : NULL;
    if (approved && (!approval || (draft && approval->seq < draft->seq)))
        approval = draft; /* approved by rule: the draft carries the digests */
    const struct fact *seal = sealed ? deed_fact(d, EVENT_DEED_SEAL, c->id) : NULL;
    const struct fact *service =
        standing_is(s, c->id, STATE_SERVED) ? deed_fact(d, EVENT_DEED_SERVE, c->id) : NULL;
    const struct fact_record *by = record_of(d, draft), *approver = record_of(d, approval);
    const struct place *place = standing_place(s, c->id);
    int64_t version = 1;
    if (!draft)
        return NULL;
    fact_int(draft, "version", &version);
    json_t *row = json_pack(
        "{s:i,s:I,s:s,s:s,s:i,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:s?}", "agency_id", (int)d->agency,
        "dossier_id", (json_int_t)d->id, "child", c->id, "template", fact_text(draft, "template"), "version",
        (int)version, "number", letter_number(scratch, d, c->id), "state", place ? place->id : "", "odt",
        bytea_text(scratch, fact_text(draft, "odt")), "docx", bytea_text(scratch, fact_text(draft, "docx")),
        "drafted", day_json(letter_dated(d, draft)), "drafted_by", id_json(by ? by->person : 0),
        "approved_seq", id_json(approval ? approval->seq : 0), "approved_by",
        id_json(approver ? approver->person : 0), "sealed_seq", id_json(seal ? seal->seq : 0), "served",
        day_json(service ? service->on : CIVIL_NONE), "method",
        service ? fact_text(service, "method") : NULL);
    return json_array_append_new(letters, row) == 0 ? NULL : fault_memory();
}

static const struct fault *children_json(const struct dossier *d, json_t *children, json_t *letters,
                                         TALLOC_CTX *scratch)
{
    size_t count = 0;
    const struct standing_child *all = standing_children(d->standing, &count);
    for (size_t i = 0; i < count; i++) {
        if (json_array_append_new(children, child_json(d, &all[i])) != 0)
            return fault_memory();
        if (all[i].kind->letter_field)
            TRY(letter_json(d, &all[i], letters, scratch));
    }
    return NULL;
}

static const struct fault *configuration_text(const struct dossier *d, const char **out, TALLOC_CTX *scratch)
{
    size_t count = 0;
    const struct place *places = standing_places(d->standing, NULL, &count);
    struct text *t = text_new(scratch, CONFIGURATION_LIMIT);
    for (size_t i = 0; i < count; i++)
        text_printf(t, "%s%s", i ? " " : "", places[i].id);
    return text_end(t, out, NULL);
}

/* Whoever the last assignment names. */
static int64_t handler_of(const struct dossier *d)
{
    const struct fact *f = deed_fact(d, EVENT_DEED_ASSIGN, NULL);
    const struct event_kind *k = f ? edition_event(d->law->edition, f->kind) : NULL;
    int64_t id = 0;
    for (size_t i = 0; k && i < k->field_count; i++)
        if (k->fields[i].kind == EVENT_FIELD_PERSON)
            text_to_int(fact_text(f, k->fields[i].name), 1, INT64_MAX, &id);
    return id;
}

/* The day on which a closed dossier was closed: facts may still come after it. */
static struct civil closed_on(const struct dossier *d, const struct clock_view *reply)
{
    if (!standing_closed(d->standing))
        return CIVIL_NONE;
    return reply && civil_is_set(reply->stopped) ? reply->stopped : standing_last_day(d->standing);
}

static const struct fault *dossier_json(const struct dossier *d, const struct view *view, json_t **out,
                                        TALLOC_CTX *scratch)
{
    const struct fact *first = dossier_known(d, 0);
    const struct place *place = standing_place(d->standing, NULL), *public = standing_public(d->standing);
    const struct clock_view *reply = view->reply;
    int index = reply ? clocks_find(standing_clocks(d->standing), reply->about->id, NULL) : -1;
    struct civil due = reply ? reply->due : CIVIL_NONE;
    bool floating = false;
    const char *configuration = NULL;
    size_t conflicts = 0;
    int64_t items = 1;
    if (reply && civil_is_set(due) && !civil_is_set(reply->stopped))
        floating = is_floating(d, (size_t)index, due);
    standing_conflicts(d->standing, &conflicts);
    fact_int(first, "items", &items);
    TRY(configuration_text(d, &configuration, scratch));
    const char *channel = fact_text(first, "channel"), *category = fact_text(first, "category"),
               *delivery = fact_text(first, "delivery");
    *out = json_pack("{s:i,s:I,s:s,s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:i}", "agency_id",
                     (int)d->agency, "dossier_id", (json_int_t)d->id, "ref", d->ref, "seq", (int)d->seq,
                     "edition", d->law->edition->code, "edition_version", d->law->version, "calendar",
                     d->law->edition->calendar, "calendar_version", d->law->calendar_version, "configuration",
                     configuration, "state", place ? place->id : "", "public_state", public ? public->id : "",
                     "channel", channel ? channel : "", "category", category ? category : "", "delivery",
                     delivery ? delivery : "", "items", (int)items);
    TRY_MEMORY(*out);
    int64_t handler = handler_of(d);
    struct due_moved moved = office_due_moved(d, handler);
    json_t *rest = json_pack(
        "{s:o,s:o,s:b,s:o,s:o,s:s?,s:o,s:i,s:o,s:o,s:o}", "opened", day_json(first->on), "due", day_json(due),
        "due_provisional", (int)(reply && reply->provisional), "due_as_of",
        floating ? day_json(d->today) : json_null(), "closed", day_json(closed_on(d, reply)), "outcome",
        outcome_of_all(d), "handler", id_json(handler), "conflicts", (int)conflicts, "moved_from",
        day_json(moved.before), "moved_to", day_json(moved.after), "moved_seq", id_json(moved.seq));
    bool ok = rest && json_object_update_missing(*out, rest) == 0;
    json_decref(rest);
    return ok ? NULL : fault_memory();
}

static const struct fault *wake_json(const struct dossier *d, json_t **out, TALLOC_CTX *scratch)
{
    struct clock_wake wake = {0};
    TRY(workflow_wake(scratch, d->standing, &wake));
    *out = wake.kind ? day_json(wake.on) : json_null();
    return *out ? NULL : fault_memory();
}

const struct fault *heads_of(const struct dossier *d, json_t **out, TALLOC_CTX *life)
{
    struct view *view = NULL;
    TRY(workflow_view(life, d->standing, d->today, &view));
    json_t *all = json_adopt(life, json_pack("{s:[],s:[],s:[]}", "clocks", "children", "letters"));
    json_t *dossier = NULL, *wake = NULL;
    TRY_MEMORY(all);
    TRY(clocks_json(d, view, json_object_get(all, "clocks")));
    TRY(children_json(d, json_object_get(all, "children"), json_object_get(all, "letters"), life));
    TRY(dossier_json(d, view, &dossier, life));
    if (json_object_set_new(all, "dossier", dossier) != 0)
        return fault_memory();
    TRY(wake_json(d, &wake, life));
    if (json_object_set_new(all, "wake", wake) != 0)
        return fault_memory();
    *out = all;
    return NULL;
}

static const struct fault *heads_text(const struct dossier *d, const char **out, TALLOC_CTX *life)
{
    json_t *heads = NULL;
    TRY(heads_of(d, &heads, life));
    return json_canonical(life, heads, out, NULL);
}

const struct fault *heads_save(struct db *db, const struct dossier *d, TALLOC_CTX *life)
{
    SCOPED_LIFE(scratch);
    const char *text = NULL;
    const struct fault *f = heads_text(d, &text, scratch);
    if (!f)
        f = db_later(db, Q_HEADS_SAVE, (struct cell[]){cell_int(d->id), cell_text(text)});
    return fault_keep(life, f);
}

/* ---- all dossiers ---- */

struct rebuild {
    const struct office *office;
    bool repair;
    void (*differs)(void *arg, const char *ref, const char *what);
    void *arg;
    const char *ref;
    struct civil as_of; /* the day for which floating dates were computed; CIVIL_NONE: today */
};

static const struct fault *rebuild_one(struct db *db, TALLOC_CTX *unit, void *arg)
{
    const struct rebuild *r = arg;
    struct dossier *d = NULL;
    struct table *differences = NULL;
    const char *text = NULL;
    TRY(dossier_hold(db, r->office, r->ref, unit, &d));
    if (civil_is_set(r->as_of))
        d->today = r->as_of;
    TRY(heads_text(d, &text, unit));
    const struct cell params[] = {cell_int(d->id), cell_text(text)};
    TRY(db_query(db, Q_HEADS_DIFFER, params, &differences, unit));
    for (size_t i = 0; i < differences->row_count; i++)
        r->differs(r->arg, r->ref, table_text(differences, i, "what"));
    if (r->repair && differences->row_count)
        TRY(db_query(db, Q_HEADS_SAVE, params, NULL, unit));
    bool differs = false;
    TRY(posting_check(db, r->office, d, r->repair, &differs, unit));
    if (differs)
        r->differs(r->arg, r->ref, "search");
    return NULL;
}

/* One page of dossiers after *after; *more is false at the end. */
static const struct fault *rebuild_page(struct db *db, struct rebuild *r, int64_t *after, size_t *count,
                                        bool *more, TALLOC_CTX *page)
{
    struct table *t = NULL;
    TRY(db_query(db, Q_DOSSIERS_AFTER, (struct cell[]){cell_int(*after)}, &t, page));
    for (size_t i = 0; i < t->row_count; i++) {
        r->ref = table_text(t, i, "ref");
        r->as_of = table_day(t, i, "due_as_of");
        TRY(db_unit(db, "rebuild", rebuild_one, r, page));
        *after = table_int(t, i, "dossier_id", 0);
    }
    *count += t->row_count;
    *more = t->row_count > 0;
    return NULL;
}

static const struct fault *rebuild_agency(struct db *db, struct rebuild *r, size_t *count, TALLOC_CTX *life)
{
    int64_t after = 0;
    for (bool more = true; more;) {
        SCOPED_LIFE(page);
        const struct fault *f = rebuild_page(db, r, &after, count, &more, page);
        if (f)
            return fault_keep(life, f);
    }
    return NULL;
}

const struct fault *office_rebuild(struct db *db, const struct office *office, bool repair,
                                   void (*differs)(void *arg, const char *ref, const char *what), void *arg,
                                   size_t *count, TALLOC_CTX *life)
{
    struct rebuild r = {.office = office, .repair = repair, .differs = differs, .arg = arg};
    struct table *agencies = NULL;
    *count = 0;
    TRY(db_query(db, Q_AGENCY_LIST, NULL, &agencies, life));
    for (size_t i = 0; i < agencies->row_count; i++) {
        db_scope_set(db, (struct db_scope){.agency = (int32_t)table_int(agencies, i, "agency", 0)});
        TRY(rebuild_agency(db, &r, count, life));
    }
    return NULL;
}

struct refresh {
    const struct office *office;
    const char *ref;
};

static const struct fault *refresh_one(struct db *db, TALLOC_CTX *unit, void *arg)
{
    const struct refresh *r = arg;
    struct dossier *d = NULL;
    TRY(dossier_hold(db, r->office, r->ref, unit, &d));
    return heads_save(db, d, unit);
}

const struct fault *heads_renew(struct db *db, const struct office *office, const char *ref, TALLOC_CTX *life)
{
    struct refresh r = {office, ref};
    return db_unit(db, "refresh", refresh_one, &r, life);
}

static const struct fault *refresh_page(struct db *db, const struct office *office, size_t *count, bool *more,
                                        TALLOC_CTX *page)
{
    struct table *t = NULL;
    TRY(db_query(db, Q_DOSSIERS_FLOATING, NULL, &t, page));
    for (size_t i = 0; i < t->row_count; i++)
        TRY(heads_renew(db, office, table_text(t, i, "ref"), page));
    *count += t->row_count;
    *more = t->row_count > 0;
    return NULL;
}

const struct fault *office_refresh(struct db *db, const struct office *office, int32_t agency, size_t *count,
                                   TALLOC_CTX *life)
{
    *count = 0;
    db_scope_set(db, (struct db_scope){.agency = agency});
    for (bool more = true; more;) {
        SCOPED_LIFE(page);
        const struct fault *f = refresh_page(db, office, count, &more, page);
        if (f)
            return fault_keep(life, f);
    }
    return NULL;
}
