/* dossier.c - a dossier is read: its facts are folded, its texts decrypted one by one. */
#include <string.h>
#include "calendars.h"
#include "inside.h"
#include "life.h"
#include "text.h"

static const char *child_or_null(const char *child)
{
    return child && *child ? child : NULL;
}

const struct fault *dossier_fact(TALLOC_CTX *life, const struct table *t, size_t row, struct fact *f)
{
    const char *data = table_text(t, row, "data");
    const int64_t person = table_int(t, row, "by_person", 0);
    json_t *json = NULL;
    TRY(json_read(life, "fact", data, strlen(data), &json));
    f->seq = (long)table_int(t, row, "seq", 0);
    f->kind = table_text(t, row, "kind");
    f->child = child_or_null(table_text(t, row, "child"));
    f->on = table_day(t, row, "on_day");
    f->recorded = table_day(t, row, "recorded");
    f->role = table_text(t, row, "role");
    f->data = json;
    if (person) {
        f->by = talloc_asprintf(life, "%lld", (long long)person);
        TRY_MEMORY(f->by);
    }
    return NULL;
}

static const struct fault *read_fact(TALLOC_CTX *life, const struct table *t, size_t row, struct fact *f,
                                     struct fact_record *r)
{
    r->person = table_int(t, row, "by_person", 0);
    r->person_name = table_text(t, row, "by_name");
    r->at = table_cell(t, row, "at")->number;
    return dossier_fact(life, t, row, f);
}

/* One place more than there are facts is kept for the next one; dossier_add_fact() makes further room. */
static const struct fault *read_facts(TALLOC_CTX *life, const struct table *t, struct dossier *d)
{
    d->facts = talloc_zero_array(life, struct fact, t->row_count + 1);
    d->records = talloc_zero_array(life, struct fact_record, t->row_count + 1);
    TRY_MEMORY(d->facts && d->records ? d : NULL);
    for (size_t i = 0; i < t->row_count; i++)
        TRY(read_fact(life, t, i, &d->facts[i], &d->records[i]));
    d->count = t->row_count;
    d->seq = d->count ? (int32_t)d->facts[d->count - 1].seq : 0;
    return NULL;
}

static const struct fault *open_key(TALLOC_CTX *life, const struct office *office, const struct table *base,
                                    size_t row, struct dossier *d)
{
    const struct cell *wrapped = table_cell(base, row, "wrapped");
    struct data_key *key = NULL;
    if (wrapped->null)
        return NULL;
    TRY(crypt_key_open(life, office->master, d->agency, d->id, wrapped->bytes.data, wrapped->bytes.length,
                       &key));
    d->key = key;
    return NULL;
}

const struct fault *dossier_law(const struct office *office, const char *edition, struct dossier *d,
                                TALLOC_CTX *life)
{
    d->law = office_law(office, edition);
    for (size_t i = 0; d->law && i < d->count; i++) {
        const struct event_kind *k = edition_event(d->law->edition, d->facts[i].kind);
        if (k && k->deed == EVENT_DEED_MIGRATE && fact_text(&d->facts[i], "edition"))
            d->law = office_law_of(office, edition = fact_text(&d->facts[i], "edition"));
    }
    return d->law ? NULL
                  : fault_new(life, FAULT_BROKEN, "EDITION_ABSENT",
                              "dossier %s keeps the edition %s, which is not installed", d->ref, edition);
}

const struct fault *dossier_refold(struct dossier *d, TALLOC_CTX *life)
{
    struct standing *s = NULL;
    TRY(workflow_fold(life, d->law->edition, d->law->calendar, d->facts, d->count, &s));
    d->standing = s;
    return NULL;
}

/* Leaves only what the office knew on `known`: facts are filed in order, so these are the first ones. */
static const struct fault *keep_known(struct dossier *d, struct civil known, TALLOC_CTX *life)
{
    size_t count = 0;
    while (count < d->count && civil_compare(d->facts[count].recorded, known) <= 0)
        count++;
    if (!count)
        return fault_new(life, FAULT_ABSENT, "NOTHING_KNOWN", "%s was not known on that day", d->ref);
    d->count = count;
    d->seq = (int32_t)d->facts[count - 1].seq;
    d->today = known;
    return NULL;
}

/* The calendar as it was known: notices published later are not in it. */
static const struct fault *calendar_known(struct db *db, struct dossier *d, TALLOC_CTX *life)
{
    struct law *then = talloc_memdup(life, d->law, sizeof *d->law);
    struct table *layers = NULL;
    TRY_MEMORY(then);
    TRY(db_query(db, Q_CALENDAR_LAYERS, NULL, &layers, life));
    TRY(calendars_load(life, then->edition->calendar, d->today, layers, &then->calendar,
                       &then->calendar_version));
    d->law = then;
    return NULL;
}

const struct fault *dossier_settle(const struct office *office, struct dossier *d, TALLOC_CTX *life)
{
    const struct law *before = d->law;
    TRY(dossier_law(office, before->edition->code, d, life));
    return d->law == before ? NULL : dossier_refold(d, life);
}

/* What is read besides the facts. */
struct reading {
    const char *ref;
    bool hold, texts;
    const char *what, *exchange; /* the access to file, or NULL */
    struct civil known;          /* CIVIL_NONE: all of it */
};

/* One round trip. Each statement sees what was committed before it began: what is read after the hold is what
 * stands. */
static const struct fault *read_dossier(struct db *db, const struct office *office, const struct reading *r,
                                        TALLOC_CTX *life, struct dossier **out)
{
    const struct cell which[] = {cell_text(r->ref)};
    const struct cell seen[] = {cell_text(r->ref), cell_text(r->what),
                                cell_text(r->exchange ? r->exchange : "")};
    struct db_ask asks[5] = {{.id = Q_DOSSIER_HOLD, .params = which},
                             {.id = Q_DOSSIER_BASE, .params = which},
                             {.id = Q_DOSSIER_FACTS, .params = which}};
    size_t n = 3;
    if (r->texts)
        asks[n++] = (struct db_ask){.id = Q_DOSSIER_TEXTS, .params = which};
    if (r->what)
        asks[n++] = (struct db_ask){.id = Q_ACCESS_ADD, .params = seen};
    TRY(db_batch(db, r->hold ? asks : asks + 1, r->hold ? n : n - 1, life));
    const struct table *base = asks[1].out, *facts = asks[2].out;
    if (!base->row_count || !facts->row_count)
        return fault_new(life, FAULT_ABSENT, "DOSSIER_ABSENT", "no such dossier");
    struct dossier *d = talloc_zero(life, struct dossier);
    TRY_MEMORY(d);
    d->agency = db_scope_of(db).agency;
    d->id = table_int(base, 0, "dossier_id", 0);
    d->row = (int32_t)table_int(base, 0, "row", 0);
    d->today = table_day(base, 0, "today");
    d->handler = table_int(base, 0, "handler", 0);
    d->handler_name = table_text(base, 0, "handler_name");
    d->texts = r->texts ? asks[3].out : NULL;
    d->ref = talloc_strdup(d, r->ref);
    TRY_MEMORY(d->ref);
    TRY(office_imported(db, office, table_int(base, 0, "imported", 0), life));
    TRY(read_facts(d, facts, d));
    if (civil_is_set(r->known))
        TRY(keep_known(d, r->known, life));
    TRY(dossier_law(office, table_text(base, 0, "edition"), d, life));
    if (civil_is_set(r->known))
        TRY(calendar_known(db, d, d));
    TRY(open_key(d, office, base, 0, d));
    TRY(dossier_refold(d, d));
    *out = d;
    return NULL;
}

const struct fault *dossier_open(struct db *db, const struct office *office, const char *ref,
                                 TALLOC_CTX *life, struct dossier **out)
{
    return read_dossier(db, office, &(struct reading){.ref = ref}, life, out);
}

const struct fault *dossier_look(struct db *db, const struct office *office, const char *ref,
                                 const char *what, const char *exchange, TALLOC_CTX *life,
                                 struct dossier **out)
{
    const struct reading r = {.ref = ref, .texts = true, .what = what, .exchange = exchange};
    return read_dossier(db, office, &r, life, out);
}

const struct fault *dossier_open_known(struct db *db, const struct office *office, const char *ref,
                                       struct civil known, TALLOC_CTX *life, struct dossier **out)
{
    return read_dossier(db, office, &(struct reading){.ref = ref, .known = known}, life, out);
}

const struct fact *dossier_known(const struct dossier *d, size_t i)
{
    const struct fact *known = standing_known(d->standing, d->facts[i].seq);
    return known ? known : &d->facts[i];
}

const struct fault *dossier_hold(struct db *db, const struct office *office, const char *ref,
                                 TALLOC_CTX *unit, struct dossier **out)
{
    return read_dossier(db, office, &(struct reading){.ref = ref, .hold = true}, unit, out);
}

static const struct fault *open_row(const struct dossier *d, const struct table *t, size_t i,
                                    const char **out, TALLOC_CTX *life)
{
    struct sealed_text sealed;
    const struct cell *nonce = table_cell(t, i, "nonce"), *commitment = table_cell(t, i, "commitment"),
                      *cipher = table_cell(t, i, "cipher");
    struct crypt_place place = {d->agency, d->id, (int32_t)table_int(t, i, "row", 0)};
    memcpy(sealed.nonce, nonce->bytes.data, sizeof sealed.nonce);
    memcpy(sealed.commitment, commitment->bytes.data, sizeof sealed.commitment);
    sealed.cipher = cipher->bytes.data;
    sealed.length = cipher->bytes.length;
    size_t length = 0;
    return crypt_open(life, d->key, place, &sealed, out, &length);
}

/* Opens those of the wanted rows that `t` holds and that are not open yet; *missing: how many are still
 * wanted. */
static const struct fault *open_rows(const struct dossier *d, const struct table *t, const int64_t *rows,
                                     size_t count, const char **out, size_t *missing, TALLOC_CTX *life)
{
    *missing = 0;
    for (size_t k = 0; k < count; k++) {
        for (size_t i = 0; !out[k] && t && i < t->row_count; i++)
            if (rows[k] == table_int(t, i, "row", 0))
                TRY(open_row(d, t, i, &out[k], life));
        *missing += out[k] == NULL;
    }
    return NULL;
}

const struct fault *dossier_texts(struct db *db, const struct dossier *d, const int64_t *rows, size_t count,
                                  const char **out, TALLOC_CTX *life)
{
    size_t missing = 0;
    memset(out, 0, count * sizeof *out);
    if (!d->key || !count)
        return NULL;
    TRY(open_rows(d, d->texts, rows, count, out, &missing, life));
    if (!missing)
        return NULL;
    SCOPED_LIFE(scratch);
    struct table *t = NULL;
    const char *list = db_array_int(scratch, rows, count);
    TRY_MEMORY(list);
    const struct fault *f =
        db_query(db, Q_PRIVATE_ROWS, (struct cell[]){cell_int(d->id), cell_text(list)}, &t, scratch);
    if (!f)
        f = open_rows(d, t, rows, count, out, &missing, life);
    return fault_keep(life, f);
}

const struct fault *dossier_text(struct db *db, const struct dossier *d, const json_t *value,
                                 const char **out, TALLOC_CTX *life)
{
    *out = NULL;
    const json_t *row = json_object_get(value, "row");
    int64_t number = json_integer_value(row);
    return row ? dossier_texts(db, d, &number, 1, out, life) : NULL;
}

/* The row that field `name` of the first fact names, read as JSON; NULL when it is gone. */
static const struct fault *first_json(struct db *db, const struct dossier *d, const char *name, json_t **out,
                                      TALLOC_CTX *life)
{
    const char *text = NULL;
    *out = NULL;
    TRY(dossier_text(db, d, json_object_get(d->facts[0].data, name), &text, life));
    return text ? json_read(life, name, text, strlen(text), out) : NULL;
}

const struct fault *dossier_applicant(struct db *db, const struct dossier *d, json_t **out, TALLOC_CTX *life)
{
    return first_json(db, d, "applicant", out, life);
}

const struct fault *dossier_request(struct db *db, const struct dossier *d, json_t **out, TALLOC_CTX *life)
{
    return first_json(db, d, "request", out, life);
}

/* The text cut after `most` characters, with an ellipsis. */
static const char *shortened(const char *text, size_t most, TALLOC_CTX *life)
{
    const char *end = text;
    for (size_t n = 0; *end && n < most; n++)
        do
            end++;
        while (((unsigned char)*end & 0xC0) == 0x80);
    return talloc_asprintf(life, "%.*s%s", (int)(end - text), text, *end ? "…" : "");
}

const struct fault *office_subject(const struct office *office, int32_t agency, const struct table *t,
                                   size_t row, size_t most, const char **out, TALLOC_CTX *life)
{
    const struct cell *wrapped = table_cell(t, row, "wrapped");
    struct dossier d = {.agency = agency, .id = table_int(t, row, "dossier", 0)};
    const char *text = NULL;
    json_t *request = NULL;
    *out = NULL;
    if (wrapped->null || table_cell(t, row, "row")->null)
        return NULL;
    TRY(open_key(life, office, t, row, &d));
    TRY(open_row(&d, t, row, &text, life));
    TRY(json_read(life, "request", text, strlen(text), &request));
    const char *first = json_string_value(json_array_get(request, 0));
    *out = first ? shortened(first, most, life) : NULL;
    return NULL;
}

const struct fault *dossier_hide(struct db *db, struct dossier *d, const char *kind, const char *text,
                                 json_t **out, TALLOC_CTX *life)
{
    struct sealed_text sealed;
    struct crypt_place place = {d->agency, d->id, d->row + 1};
    TRY(crypt_seal(life, d->key, place, text, strlen(text), &sealed));
    const struct cell params[] = {cell_int(d->id),
                                  cell_int(place.row),
                                  cell_text(kind),
                                  cell_bytes(sealed.nonce, sizeof sealed.nonce),
                                  cell_bytes(sealed.cipher, sealed.length),
                                  cell_bytes(sealed.commitment, sizeof sealed.commitment)};
    TRY(db_later(db, Q_PRIVATE_ADD, params));
    d->row = place.row;
    const char *commit = text_hex(life, sealed.commitment, sizeof sealed.commitment);
    TRY_MEMORY(commit);
    *out = json_pack("{s:i,s:s}", "row", (int)place.row, "commit", commit);
    TRY_MEMORY(*out);
    return NULL;
}

const struct fault *dossier_hide_json(struct db *db, struct dossier *d, const char *kind, const json_t *json,
                                      json_t **out, TALLOC_CTX *life)
{
    const char *text = NULL;
    TRY(json_canonical(life, json, &text, NULL));
    return dossier_hide(db, d, kind, text, out, life);
}

/* The array grows by one; standings made before still point to the old one, which stays alive. */
static const struct fault *make_room(struct dossier *d, TALLOC_CTX *life)
{
    struct fact *facts = talloc_zero_array(life, struct fact, d->count + 1);
    struct fact_record *records = talloc_zero_array(life, struct fact_record, d->count + 1);
    TRY_MEMORY(facts && records ? d : NULL);
    memcpy(facts, d->facts, d->count * sizeof *facts);
    memcpy(records, d->records, d->count * sizeof *records);
    d->facts = facts;
    d->records = records;
    return NULL;
}

const struct fault *dossier_add_fact(struct db *db, struct dossier *d, const struct fact *fact,
                                     int64_t person, const char *submission, TALLOC_CTX *life)
{
    struct standing *after = NULL;
    if (d->count)
        TRY(make_room(d, life));
    d->facts[d->count] = *fact;
    d->facts[d->count].seq = d->seq + 1;
    d->records[d->count] = (struct fact_record){.at = db_moment(db), .person = person};
    TRY(workflow_step(life, d->standing, &d->facts[d->count], &after));
    const struct fact_row row = {.dossier = d->id,
                                 .seq = d->seq + 1,
                                 .kind = fact->kind,
                                 .child = fact->child ? fact->child : "",
                                 .on = fact->on,
                                 .recorded = fact->recorded,
                                 .by = person,
                                 .role = fact->role,
                                 .submission = submission,
                                 .data = fact->data};
    TRY(facts_append(db, &row, NULL, life));
    d->standing = after;
    d->count++;
    d->seq++;
    return NULL;
}
