/* raise.c - a fact is raised: by an applicant, an officer or the clock, always the same way. */
#include <string.h>
#include "inside.h"
#include "life.h"
#include "text.h"

struct raise {
    const struct office *office;
    const struct raising *in;
    struct raised *out;
    TALLOC_CTX *life;
};

static const char *copy_text(TALLOC_CTX *life, const char *s)
{
    return s ? talloc_strdup(life, s) : NULL;
}

/* A text or note of the form: cleaned, bounded, encrypted; the fact carries its row and commitment. */
const struct fault *raise_text(struct db *db, struct dossier *d, const struct event_field *f,
                               const char *given, json_t *data, TALLOC_CTX *unit)
{
    const char *clean = NULL;
    json_t *row = NULL;
    enum text_lines lines = f->kind == EVENT_FIELD_NOTE ? TEXT_MANY_LINES : TEXT_ONE_LINE;
    TRY(text_clean(unit, f->name, given, strlen(given), (size_t)f->max, lines, &clean));
    if (!*clean)
        return NULL;
    if (text_count(clean) < (size_t)f->min)
        return fault_field(unit, "TEXT_TOO_SHORT", f->name, "fewer than %d characters", (int)f->min);
    TRY(dossier_hide(db, d, f->name, clean, &row, unit));
    return json_object_set_new(data, f->name, row) == 0 ? NULL : fault_memory();
}

static bool is_text(const struct event_field *f)
{
    return f->kind == EVENT_FIELD_TEXT || f->kind == EVENT_FIELD_NOTE;
}

/* The data of the fact from what the form gave. Fields that the program fills in are not the form's to give;
 * what the form promises beyond that is judged by workflow_step. */
const struct fault *raise_data(struct db *db, struct dossier *d, const struct event_kind *kind,
                               const json_t *given, json_t *data, TALLOC_CTX *unit)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)given, name, value)
    {
        const struct event_field *f = event_field(kind, name);
        if (event_is_correction(kind) && strcmp(name, "data") == 0)
            continue; /* correction_data() reads it */
        if (!f || (f->by_service && kind->deed == EVENT_DEED_DRAFT))
            return fault_field(unit, "FIELD_UNKNOWN", name, "%s has no such field", kind->name);
        if (is_text(f) && json_is_string(value))
            TRY(raise_text(db, d, f, json_string_value(value), data, unit));
        else if (json_object_set(data, name, value) != 0)
            return fault_memory();
    }
    return NULL;
}

/* The role in which somebody acts: the first of the event's that they hold. NULL: none, and the step refuses.
 */
static const char *role_for(const struct event_kind *kind, const char *const *roles)
{
    for (size_t i = 0; i < kind->role_count; i++)
        for (size_t k = 0; roles && roles[k]; k++)
            if (strcmp(kind->roles[i], roles[k]) == 0)
                return kind->roles[i];
    return NULL;
}

static const struct fault *may_act(const struct event_kind *kind, const struct raising *in, TALLOC_CTX *unit)
{
    if (role_for(kind, in->roles))
        return NULL;
    return fault_new(unit, FAULT_FORBIDDEN, "NOT_YOUR_ROLE", "%s is not for this person to raise",
                     kind->name);
}

/* Approval is of exactly the packages that stand: a letter drafted anew since it was read is not approved
 * unread. */
static const struct fault *same_letter(const struct dossier *d, const char *child, const json_t *data,
                                       TALLOC_CTX *unit)
{
    const struct fact *draft = letter_draft(d, child);
    if (!draft)
        return NULL; /* the step says that there is no such letter */
    if (text_same(fact_text(draft, "odt"), json_text(data, "odt")) &&
        text_same(fact_text(draft, "docx"), json_text(data, "docx")))
        return NULL;
    return fault_new(unit, FAULT_STALE, "LETTER_CHANGED", "the letter is not the one that was read");
}

/* The child that the fact is about. One that begins gets the next number: numbers are printed on letters. */
static const struct fault *child_for(const struct dossier *d, const struct event_kind *kind,
                                     const struct raising *in, const char **out, TALLOC_CTX *unit)
{
    *out = in->child && *in->child ? in->child : NULL;
    if (!kind->starts || (*out && standing_child(d->standing, *out)))
        return NULL;
    const char *next = standing_next_child(unit, d->standing, kind->child);
    TRY_MEMORY(next);
    if (*out && strcmp(*out, next) != 0)
        return fault_field(unit, "CHILD_NUMBER", "child", "the next one is %s", next);
    *out = next;
    return NULL;
}

/* What nobody approves, nobody drafts by hand: letters by rule are drafted when they are owed. */
static const struct fault *not_by_rule(const struct dossier *d, const struct event_kind *kind,
                                       const char *code, TALLOC_CTX *unit)
{
    static const struct refusal BY_RULE = {.rule = "letter-by-rule",
                                           .zh = "该文书由系统按规定自动出具，不能由人工拟制。",
                                           .en = "This letter is issued by rule; nobody drafts it by hand.",
                                           .fact = -1};
    const struct letter_kind *letter = edition_letter(d->law->edition, code);
    struct refusal why = BY_RULE;
    why.basis = kind->basis;
    return letter && letter->by_rule ? fault_refused(unit, &why) : NULL;
}

/* A letter that the rules do not allow now is not composed: they are asked with what the form has said so
 * far. */
static const struct fault *judge_draft(const struct dossier *d, const struct raising *in,
                                       const struct event_kind *kind, const char *child, const json_t *data,
                                       TALLOC_CTX *unit)
{
    struct permission may;
    struct fact fact = {.seq = d->seq + 1,
                        .kind = kind->name,
                        .child = child,
                        .on = civil_is_set(in->on) ? in->on : d->today,
                        .data = data};
    if (civil_compare(fact.on, standing_last_day(d->standing)) < 0 ||
        !edition_letter(d->law->edition, json_text(data, kind->child->letter_field)))
        return NULL; /* an earlier day, or no letter at all: the step says so */
    if (in->person) {
        fact.by = talloc_asprintf(unit, "%lld", (long long)in->person);
        TRY_MEMORY(fact.by);
    }
    TRY(workflow_judge(unit, d->standing, &fact, NULL, &may));
    return may.ground == MAY_ALLOWED ? NULL : fault_refused(unit, &may.refusal);
}

/* What an event does besides being filed. */
static const struct fault *do_deed(struct db *db, const struct raise *r, struct dossier *d,
                                   const struct event_kind *kind, const char *child, json_t *data,
                                   TALLOC_CTX *unit)
{
    if (event_is_correction(kind))
        return correction_data(db, d, kind, r->in, data, unit);
    if (kind->charge)
        return charge_fill(db, d, kind, civil_is_set(r->in->on) ? r->in->on : d->today, data, unit);
    if (kind->deed == EVENT_DEED_APPROVE) {
        TRY(same_letter(d, child, data, unit));
        if (!letter_draft(d, child))
            return NULL;
        TRY(letter_still_right(db, r->office, d, child, unit));
        return letter_day_right(db, d, child, civil_is_set(r->in->on) ? r->in->on : d->today, unit);
    }
    if (kind->deed != EVENT_DEED_DRAFT)
        return NULL;
    const char *code = json_text(data, kind->child->letter_field);
    if (!code)
        return fault_field(unit, "FIELD_MISSING", kind->child->letter_field, "which letter?");
    TRY(not_by_rule(d, kind, code, unit));
    TRY(judge_draft(d, r->in, kind, child, data, unit));
    json_t *page = NULL;
    const struct fault *f = letter_prepare(db, r->office, d, code, child, r->in, data, &page, unit);
    if (f && page) {
        r->out->page = json_adopt(r->life, json_incref(page));
        TRY_MEMORY(r->out->page);
    }
    return f;
}

/* Nothing is recorded before it has happened: neither the fact, nor what a field of it stands for (the day on
 * which a notice was received). */
/* The field that dates the event, where one says so; else the day itself. */
static const char *dating_field(const struct event_kind *kind, const struct fact *fact)
{
    for (size_t i = 0; i < kind->field_count; i++)
        if (kind->fields[i].dates && fact_text(fact, kind->fields[i].name))
            return kind->fields[i].name;
    return "on";
}

const struct fault *raise_not_to_come(const struct dossier *d, const struct event_kind *kind,
                                      const struct fact *fact, TALLOC_CTX *unit)
{
    struct fact meant;
    struct civil day;
    if (civil_compare(fact->on, d->today) > 0)
        return fault_field(unit, "DAY_IN_FUTURE", dating_field(kind, fact),
                           "a fact cannot lie in the future");
    if (!clock_rules_shorthand(d->law->edition->clocks, fact, &meant) ||
        civil_compare(meant.on, d->today) <= 0)
        return NULL;
    const char *field = NULL;
    for (size_t i = 0; i < kind->field_count; i++) {
        const char *said = fact_text(fact, kind->fields[i].name);
        if (kind->fields[i].kind == EVENT_FIELD_DAY && said && civil_parse(said, &day) &&
            civil_compare(day, meant.on) == 0)
            field = kind->fields[i].name;
    }
    return fault_field(unit, "DAY_IN_FUTURE", field, "%s cannot lie in the future", meant.kind);
}

/* Does it come to light only after a later fact that a person recorded? */
static bool comes_late(const struct dossier *d, const struct fact *fact)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct event_kind *k = edition_event(d->law->edition, d->facts[i].kind);
        if (d->records[i].person && civil_compare(dossier_known(d, i)->on, fact->on) > 0 && k &&
            !event_is_correction(k))
            return true;
    }
    return false;
}

/* What comes to light late says why: it goes into the course of the dossier where it belongs, and may put
 * later facts in conflict. */
static const struct fault *say_why_late(struct db *db, struct dossier *d, const struct raising *in,
                                        const struct fact *fact, json_t *data, TALLOC_CTX *unit)
{
    static const struct event_field REASON = {
        .name = FACT_LATE_REASON, .kind = EVENT_FIELD_TEXT, .min = 2, .max = 300};
    if (in->late_reason && *in->late_reason)
        return raise_text(db, d, &REASON, in->late_reason, data, unit);
    if (!in->person || !comes_late(d, fact))
        return NULL;
    return fault_field(unit, "LATE_REASON", "late_reason", "it lies before facts recorded already");
}

static const struct fault *raise_in(struct db *db, const struct raise *r, struct dossier *d, TALLOC_CTX *unit)
{
    const struct raising *in = r->in;
    const struct event_kind *kind = edition_event(d->law->edition, in->kind);
    if (!kind)
        return fault_new(unit, FAULT_ABSENT, "EVENT_UNKNOWN", "the edition has no such event");
    TRY(may_act(kind, in, unit));
    const char *child = NULL;
    json_t *data = json_adopt(unit, json_object());
    TRY_MEMORY(data);
    TRY(child_for(d, kind, in, &child, unit));
    TRY(raise_data(db, d, kind, in->data, data, unit));
    TRY(do_deed(db, r, d, kind, child, data, unit));
    struct civil dated = event_dated(kind, data);
    struct fact fact = {.kind = kind->name,
                        .child = child,
                        .on = civil_is_set(in->on)  ? in->on
                              : civil_is_set(dated) ? dated
                                                    : d->today,
                        .recorded = d->today,
                        .role = role_for(kind, in->roles),
                        .data = data};
    TRY(raise_not_to_come(d, kind, &fact, unit));
    TRY(say_why_late(db, d, in, &fact, data, unit));
    if (in->person) {
        fact.by = talloc_asprintf(unit, "%lld", (long long)in->person);
        TRY_MEMORY(fact.by);
    }
    TRY(dossier_add_fact(db, d, &fact, in->person, in->submission, unit));
    r->out->seq = d->seq;
    TRY(letter_told(db, d, &fact, unit));
    r->out->child = copy_text(r->life, child);
    return NULL;
}

bool office_moved(const struct dossier *d, int32_t seq, const char *child)
{
    if (seq > d->seq)
        return true;
    for (size_t i = d->count; i-- > 0 && d->facts[i].seq > seq;) {
        const struct fact *f = &d->facts[i];
        bool aside = text_same(f->role, "clock") && f->child && !text_same(f->child, child);
        if (!aside)
            return true;
    }
    return false;
}

static const struct fault *raise_unit(struct db *db, TALLOC_CTX *unit, void *arg)
{
    const struct raise *r = arg;
    struct dossier *d = NULL;
    TRY(dossier_hold(db, r->office, r->in->ref, unit, &d));
    if (r->in->seq && office_moved(d, r->in->seq, r->in->child))
        return fault_new(unit, FAULT_STALE, "DOSSIER_MOVED", "the dossier has moved on to fact %d",
                         (int)d->seq);
    TRY(raise_in(db, r, d, unit));
    TRY(dossier_settle(r->office, d, unit));
    TRY(letters_by_rule(db, r->office, d, unit));
    return heads_save(db, d, unit);
}

/* The form came twice: the first one counts, and the second is told what it made. */
static const struct fault *find_again(struct db *db, const struct raise *r, bool *found)
{
    struct table *t = NULL;
    *found = false;
    if (!r->in->submission)
        return NULL;
    TRY(db_query(db, Q_SUBMISSION_FIND, (struct cell[]){cell_text(r->in->submission)}, &t, r->life));
    *found = t->row_count == 1 && text_same(table_text(t, 0, "ref"), r->in->ref);
    r->out->seq = (int32_t)table_int(t, 0, "seq", 0);
    r->out->again = *found;
    return NULL;
}

const struct fault *office_raise(struct db *db, const struct office *office, const struct raising *in,
                                 struct raised *out, TALLOC_CTX *life)
{
    struct raise r = {office, in, out, life};
    *out = (struct raised){0};
    const struct fault *f = db_unit_reading_first(db, "raise", raise_unit, &r, life);
    if (f)
        *out = (struct raised){.page = out->page};
    else
        out->page = NULL;
    if (!f || (f->kind != FAULT_STALE && f->kind != FAULT_REFUSED)) /* done already: refused a second time */
        return f;
    bool found = false;
    TRY(find_again(db, &r, &found));
    return found ? NULL : f;
}

/* ---- a letter is dated ---- */

struct dating {
    const struct office *office;
    const struct raising *in;
    int32_t *seq;
};

/* As if the draft were approved as it stands: who may do that now may date it. */
static const struct fault *may_approve(const struct dossier *d, const struct raising *in,
                                       const struct fact *draft, struct fact *out, TALLOC_CTX *unit)
{
    const struct event_kind *kind = edition_event_that(d->law->edition, EVENT_DEED_APPROVE);
    struct permission may;
    if (!kind || !draft)
        return fault_new(unit, FAULT_ABSENT, "LETTER_ABSENT", "no such letter");
    TRY(may_act(kind, in, unit));
    json_t *seen = json_adopt(
        unit, json_pack("{s:s?,s:s?}", "odt", fact_text(draft, "odt"), "docx", fact_text(draft, "docx")));
    *out = (struct fact){.seq = d->seq + 1,
                         .kind = kind->name,
                         .child = in->child,
                         .on = d->today,
                         .recorded = d->today,
                         .by = talloc_asprintf(unit, "%lld", (long long)in->person),
                         .role = role_for(kind, in->roles),
                         .data = seen};
    TRY_MEMORY(seen && out->by ? unit : NULL);
    TRY(workflow_judge(unit, d->standing, out, NULL, &may));
    return may.ground == MAY_ALLOWED ? NULL : fault_refused(unit, &may.refusal);
}

static const struct fault *date_unit(struct db *db, TALLOC_CTX *unit, void *arg)
{
    const struct dating *dating = arg;
    const struct raising *in = dating->in;
    struct dossier *d = NULL;
    struct civil day;
    struct fact approval;
    *dating->seq = 0;
    TRY(dossier_hold(db, dating->office, in->ref, unit, &d));
    if (in->seq && office_moved(d, in->seq, in->child))
        return fault_new(unit, FAULT_STALE, "DOSSIER_MOVED", "the dossier has moved on to fact %d",
                         (int)d->seq);
    TRY(may_approve(d, in, letter_draft(d, in->child), &approval, unit));
    TRY(office_letter_day(db, d, in->child, &day, unit));
    if (!civil_is_set(day) || civil_compare(day, d->today) == 0)
        return NULL;
    TRY(letter_date(db, dating->office, d, in->child, &approval, in->person, unit));
    *dating->seq = d->seq;
    return heads_save(db, d, unit);
}

const struct fault *office_letter_date(struct db *db, const struct office *office, const struct raising *in,
                                       int32_t *seq, TALLOC_CTX *life)
{
    struct dating dating = {office, in, seq};
    return db_unit_reading_first(db, "date", date_unit, &dating, life);
}

/* ---- what the clock raises ---- */

static const char *const CLOCK_ROLES[] = {"clock", NULL};

/* One round of the clock in one agency. */
struct turns {
    struct db *db;
    const struct office *office;
    size_t raised;
    const struct fault *first; /* what went wrong first */
};

/* The fact that an expiry wants today, if one does. */
static const struct fault *wake_once(struct turns *turns, const char *ref, bool *raised, TALLOC_CTX *life)
{
    struct dossier *d = NULL;
    struct clock_wake wake = {0};
    struct raised out;
    *raised = false;
    TRY(dossier_open(turns->db, turns->office, ref, life, &d));
    TRY(workflow_wake(life, d->standing, &wake));
    if (!wake.kind || civil_compare(wake.on, d->today) > 0)
        return NULL;
    const struct event_kind *kind = edition_event(d->law->edition, wake.kind);
    json_t *data = json_adopt(life, json_object());
    TRY_MEMORY(data);
    if (event_field(kind, "clock") && json_object_set_new(data, "clock", json_string(wake.clock)) != 0)
        return fault_memory();
    const struct raising in = {.ref = ref,
                               .kind = wake.kind,
                               .child = wake.child,
                               .on = wake.on,
                               .data = data,
                               .seq = d->seq,
                               .roles = CLOCK_ROLES};
    TRY(office_raise(turns->db, turns->office, &in, &out, life));
    turns->raised++;
    *raised = true;
    return NULL;
}

/* A dossier whose wake has come: all that has expired by today, for of several periods that have ended each
 * wants its own fact (the one of the reply, the one of a third party). A refusal means that somebody acted
 * meanwhile: the wake has moved, nothing is lost. Where there is nothing to do (the calendar says another day
 * by now) the heads say so from now on. What an edition wants beyond the bound has the next round. */
static const struct fault *wake_one(struct turns *turns, const struct table *t, size_t row, TALLOC_CTX *life)
{
    enum { AT_A_TIME = 100 };
    const char *ref = table_text(t, row, "ref");
    bool raised = false;
    for (int i = 0; i < AT_A_TIME; i++) {
        SCOPED_LIFE(scratch);
        TRY_MEMORY(scratch);
        const struct fault *f = wake_once(turns, ref, &raised, scratch);
        if (f)
            return fault_keep(life, f);
        if (!raised)
            return i ? NULL : heads_renew(turns->db, turns->office, ref, life);
    }
    return NULL;
}

static const struct fault *seal_one(struct turns *turns, const struct table *t, size_t i, TALLOC_CTX *life)
{
    const char *ref = table_text(t, i, "ref");
    const struct cell *odt = table_cell(t, i, "odt"), *docx = table_cell(t, i, "docx");
    struct dossier *d = NULL;
    struct raised out;
    TRY(dossier_open(turns->db, turns->office, ref, life, &d));
    const struct event_kind *kind = edition_event_that(d->law->edition, EVENT_DEED_SEAL);
    json_t *data =
        json_adopt(life, json_pack("{s:s,s:s}", "odt", text_hex(life, odt->bytes.data, odt->bytes.length),
                                   "docx", text_hex(life, docx->bytes.data, docx->bytes.length)));
    TRY_MEMORY(data);
    const struct raising in = {.ref = ref,
                               .kind = kind->name,
                               .child = table_text(t, i, "child"),
                               .data = data,
                               .roles = CLOCK_ROLES};
    TRY(office_raise(turns->db, turns->office, &in, &out, life));
    turns->raised++;
    return NULL;
}

/* Somebody acted meanwhile: nothing is lost. */
static bool is_somebody_elses(const struct fault *f)
{
    return f->kind == FAULT_STALE || f->kind == FAULT_REFUSED;
}

typedef const struct fault *turn_fn(struct turns *turns, const struct table *t, size_t row, TALLOC_CTX *life);

/* Each row has its turn; only a database that is away ends the round. */
static const struct fault *each_row(struct turns *turns, const struct table *t, turn_fn *turn,
                                    TALLOC_CTX *life)
{
    for (size_t i = 0; i < t->row_count; i++) {
        SCOPED_LIFE(scratch);
        TRY_MEMORY(scratch);
        const struct fault *f = turn(turns, t, i, scratch);
        if (f && f->kind == FAULT_AWAY)
            return fault_keep(life, f);
        if (f && !turns->first && !is_somebody_elses(f))
            turns->first =
                fault_because(life, f->kind, f->code, fault_keep(life, f), "%s", table_text(t, i, "ref"));
    }
    return NULL;
}

/* Page after page, each beginning after the last row of the one before: a row that cannot be done stays where
 * it is, and is in nobody's way. */
static const struct fault *each_sealed(struct turns *turns, TALLOC_CTX *life)
{
    int64_t dossier = 0;
    const char *child = "";
    struct table *t = NULL;
    do {
        TRY(db_query(turns->db, Q_LETTERS_SEALED, (struct cell[]){cell_int(dossier), cell_text(child)}, &t,
                     life));
        TRY(each_row(turns, t, seal_one, life));
        if (t->row_count) {
            dossier = table_int(t, t->row_count - 1, "dossier_id", 0);
            child = table_text(t, t->row_count - 1, "child");
        }
    } while (t->row_count);
    return NULL;
}

static const struct fault *each_wake(struct turns *turns, TALLOC_CTX *life)
{
    struct civil day = {1, 1, 1};
    int64_t dossier = 0;
    struct table *t = NULL;
    do {
        TRY(db_query(turns->db, Q_WAKES_COME, (struct cell[]){cell_day(day), cell_int(dossier)}, &t, life));
        TRY(each_row(turns, t, wake_one, life));
        if (t->row_count) {
            day = table_day(t, t->row_count - 1, "on_day");
            dossier = table_int(t, t->row_count - 1, "dossier_id", 0);
        }
    } while (t->row_count);
    return NULL;
}

const struct fault *office_wake(struct db *db, const struct office *office, int32_t agency, size_t *count,
                                TALLOC_CTX *life)
{
    struct turns turns = {.db = db, .office = office};
    db_scope_set(db, (struct db_scope){.agency = agency});
    const struct fault *f = each_sealed(&turns, life);
    if (!f)
        f = each_wake(&turns, life);
    *count = turns.raised;
    return f ? f : turns.first;
}
