/* submit.c - an application becomes a dossier: number, key, texts, the first fact and the heads, in one unit.
 */
#include <string.h>
#include "inside.h"
#include "life.h"
#include "text.h"

#define QUERY_CODE_DIGITS 10

struct submission {
    const struct office *office;
    const struct application *in;
    struct receipt *out;
    TALLOC_CTX *life;
};

static const struct fault *new_dossier(struct db *db, const struct submission *s, struct dossier **out,
                                       TALLOC_CTX *unit)
{
    struct dossier *d = talloc_zero(unit, struct dossier);
    TRY_MEMORY(d);
    struct db_ask asks[] = {
        {.id = Q_DOSSIER_NEW, .params = (struct cell[]){cell_day(s->in->received), cell_null(CELL_TEXT)}},
        {.id = Q_AGENCY_CURRENT}};
    TRY(db_batch(db, asks, 2, unit));
    const struct table *made = asks[0].out, *agency = asks[1].out;
    d->agency = s->in->agency;
    d->id = table_int(made, 0, "dossier_id", 0);
    d->ref = table_text(made, 0, "ref");
    d->today = db_today(db);
    TRY(office_imported(db, s->office, table_int(made, 0, "imported", 0), unit));
    d->law = office_law(s->office, table_text(agency, 0, "edition"));
    if (!d->law)
        return fault_new(unit, FAULT_BROKEN, "EDITION_ABSENT", "the agency's edition is not installed");
    d->facts = talloc_zero_array(d, struct fact, 1);
    d->records = talloc_zero_array(d, struct fact_record, 1);
    TRY_MEMORY(d->facts && d->records ? d : NULL);
    struct standing *nothing = NULL;
    TRY(workflow_begin(d, d->law->edition, d->law->calendar, &nothing));
    d->standing = nothing;
    *out = d;
    return NULL;
}

static const struct fault *new_key(struct db *db, const struct submission *s, struct dossier *d,
                                   TALLOC_CTX *unit)
{
    struct data_key *key = NULL;
    const uint8_t *wrapped = NULL;
    size_t length = 0;
    TRY(crypt_key_new(unit, s->office->master, d->agency, d->id, &key, &wrapped, &length));
    d->key = key;
    return db_later(db, Q_KEY_ADD, (struct cell[]){cell_int(d->id), cell_bytes(wrapped, length)});
}

static const struct fault *add_hash(struct db *db, const struct submission *s, const struct dossier *d,
                                    const char *kind, const char *text)
{
    uint8_t hash[CRYPT_HASH];
    if (!text || !*text)
        return NULL;
    crypt_hash(s->office->master, kind, text, hash);
    const struct cell params[] = {cell_text(kind), cell_bytes(hash, sizeof hash), cell_int(d->id)};
    return db_later(db, Q_APPLICANT_HASH_ADD, params);
}

static void code_hash(const struct office *office, const char *ref, const char *code, uint8_t out[CRYPT_HASH],
                      TALLOC_CTX *scratch)
{
    const char *text = talloc_asprintf(scratch, "%s %s", ref, code);
    crypt_hash(office->master, "query-code", text ? text : "", out);
}

/* The applicant's data with the query code, so that the receipt can print it; and the items asked for. */
static const struct fault *hide_texts(struct db *db, const struct submission *s, struct dossier *d,
                                      const char *code, json_t *data, TALLOC_CTX *unit)
{
    json_t *applicant = json_adopt(unit, json_copy((json_t *)(uintptr_t)s->in->applicant));
    json_t *request = json_adopt(unit, json_array());
    json_t *row = NULL;
    TRY_MEMORY(applicant && request ? data : NULL);
    if (json_object_set_new(applicant, "code", json_string(code)) != 0)
        return fault_memory();
    for (size_t i = 0; i < s->in->item_count; i++)
        if (json_array_append_new(request, json_string(s->in->items[i])) != 0)
            return fault_memory();
    TRY(dossier_hide_json(db, d, "applicant", applicant, &row, unit));
    if (json_object_set_new(data, "applicant", row) != 0)
        return fault_memory();
    TRY(dossier_hide_json(db, d, "request", request, &row, unit));
    if (json_object_set_new(data, "request", row) != 0)
        return fault_memory();
    return posting_save(db, s->office, d, request, json_text(applicant, "name"), unit);
}

static const struct fault *add_code(struct db *db, const struct submission *s, const struct dossier *d,
                                    const char *code, TALLOC_CTX *unit)
{
    uint8_t hash[CRYPT_HASH];
    code_hash(s->office, d->ref, code, hash, unit);
    TRY(db_later(db, Q_QUERY_CODE_ADD, (struct cell[]){cell_int(d->id), cell_bytes(hash, sizeof hash)}));
    TRY(add_hash(db, s, d, "id-number", json_text(s->in->applicant, "id_number")));
    return add_hash(db, s, d, "phone", json_text(s->in->applicant, "phone"));
}

static const struct fault *first_fact(struct db *db, const struct submission *s, struct dossier *d,
                                      json_t *data, TALLOC_CTX *unit)
{
    const struct event_kind *kind = edition_event_that(d->law->edition, EVENT_DEED_RECEIVE);
    struct fact fact = {.kind = kind->name,
                        .on = civil_is_set(s->in->received) ? s->in->received : d->today,
                        .recorded = d->today,
                        .role = s->in->role,
                        .data = data};
    if (s->in->person) {
        fact.by = talloc_asprintf(unit, "%lld", (long long)s->in->person);
        TRY_MEMORY(fact.by);
    }
    if (s->in->said)
        TRY(raise_data(db, d, kind, s->in->said, data, unit));
    TRY(raise_not_to_come(d, kind, &fact, unit));
    return dossier_add_fact(db, d, &fact, s->in->person, s->in->submission, unit);
}

static const struct fault *fill_receipt(const struct submission *s, const struct dossier *d, const char *code,
                                        TALLOC_CTX *unit)
{
    struct view *view = NULL;
    TRY(workflow_view(unit, d->standing, d->today, &view));
    s->out->ref = talloc_strdup(s->life, d->ref);
    s->out->code = talloc_strdup(s->life, code);
    TRY_MEMORY(s->out->ref && s->out->code ? s : NULL);
    s->out->received = d->facts[0].on;
    s->out->due = view->reply ? view->reply->due : CIVIL_NONE;
    s->out->due_provisional = view->reply && view->reply->provisional;
    s->out->items = (int32_t)s->in->item_count;
    return NULL;
}

static const struct fault *submit_unit(struct db *db, TALLOC_CTX *unit, void *arg)
{
    const struct submission *s = arg;
    struct dossier *d = NULL;
    const char *code = crypt_code(unit, QUERY_CODE_DIGITS);
    json_t *data = json_adopt(unit, json_pack("{s:s,s:s,s:s,s:i}", "channel", s->in->channel, "category",
                                              s->in->category, "delivery", s->in->delivery, "items",
                                              (int)s->in->item_count));
    TRY_MEMORY(code && data ? data : NULL);
    TRY(new_dossier(db, s, &d, unit));
    TRY(new_key(db, s, d, unit));
    TRY(hide_texts(db, s, d, code, data, unit));
    TRY(add_code(db, s, d, code, unit));
    TRY(first_fact(db, s, d, data, unit));
    TRY(letters_by_rule(db, s->office, d, unit));
    TRY(heads_save(db, d, unit));
    return fill_receipt(s, d, code, unit);
}

/* Does the dossier say what this form says? */
static const struct fault *says_the_same(struct db *db, const struct submission *s, const struct dossier *d,
                                         json_t *filed, bool *same, TALLOC_CTX *life)
{
    json_t *asked = NULL, *said = json_adopt(life, json_copy(filed));
    const struct fact *first = &d->facts[0];
    TRY(dossier_request(db, d, &asked, life));
    TRY_MEMORY(said);
    json_object_del(said, "code");
    *same = json_equal(said, s->in->applicant) && json_array_size(asked) == s->in->item_count &&
            text_same(fact_text(first, "channel"), s->in->channel) &&
            text_same(fact_text(first, "category"), s->in->category) &&
            text_same(fact_text(first, "delivery"), s->in->delivery);
    for (size_t i = 0; *same && i < s->in->item_count; i++)
        *same = text_same(json_string_value(json_array_get(asked, i)), s->in->items[i]);
    return NULL;
}

/* The form came twice: a double click, or the first answer was lost on its way. It gets the receipt of what
 * it made; a form that bears the same id and says something else does not. */
static const struct fault *receipt_again(struct db *db, const struct submission *s, bool *found)
{
    SCOPED_LIFE(life);
    struct table *t = NULL;
    struct dossier *d = NULL;
    json_t *applicant = NULL;
    *found = false;
    TRY_MEMORY(life);
    const struct fault *f =
        db_query(db, Q_SUBMISSION_FIND, (struct cell[]){cell_text(s->in->submission)}, &t, life);
    if (f || t->row_count != 1 || table_int(t, 0, "seq", 0) != 1)
        return fault_keep(s->life, f);
    f = dossier_open(db, s->office, table_text(t, 0, "ref"), life, &d);
    if (!f)
        f = dossier_applicant(db, d, &applicant, life);
    if (!f && json_text(applicant, "code"))
        f = says_the_same(db, s, d, applicant, found, life);
    if (!f && *found)
        f = fill_receipt(s, d, json_text(applicant, "code"), life);
    return fault_keep(s->life, f);
}

const struct fault *office_submit(struct db *db, const struct office *office, const struct application *in,
                                  struct receipt *out, TALLOC_CTX *life)
{
    struct submission s = {office, in, out, life};
    bool found = false;
    db_scope_set(db, (struct db_scope){.agency = in->agency, .person = in->person});
    const struct fault *f = db_unit_reading_first(db, "submit", submit_unit, &s, life);
    if (f)
        *out = (struct receipt){0}; /* what was not committed has not been received */
    if (!f || !in->submission || strcmp(f->code, "SUBMISSION_TAKEN") != 0)
        return f;
    TRY(receipt_again(db, &s, &found));
    return found ? NULL : f;
}

/* An unknown number costs the same work as a wrong code, and gives the same answer. */
const struct fault *office_track(struct db *db, const struct office *office, const char *ref,
                                 const char *code, struct found *out, TALLOC_CTX *life)
{
    uint8_t given[CRYPT_HASH], stored[CRYPT_HASH] = {0};
    struct table *where = NULL, *hash = NULL;
    TRY(db_query(db, Q_DOSSIER_LOCATE, (struct cell[]){cell_text(ref)}, &where, life));
    out->agency = (int32_t)table_int(where, 0, "agency_id", 1);
    out->dossier = table_int(where, 0, "dossier_id", 0);
    db_scope_set(db, (struct db_scope){.agency = out->agency});
    TRY(db_query(db, Q_QUERY_CODE_OF, (struct cell[]){cell_int(out->dossier)}, &hash, life));
    if (hash->row_count)
        memcpy(stored, table_cell(hash, 0, "hash")->bytes.data, sizeof stored);
    code_hash(office, ref, code, given, life);
    if (!crypt_same(given, stored, sizeof given) || !hash->row_count)
        return fault_new(life, FAULT_ABSENT, "TRACK_WRONG", "number and query code do not belong together");
    return NULL;
}
