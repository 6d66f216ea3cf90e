/* letters.c - letters of a dossier: composed from the template in force and what the facts say
 * (letter_data.c), written as two packages, stored by their digests. */
#include <string.h>
#include "inside.h"
#include "letter_check.h"
#include "letter_code.h"
#include "letter_data.h"
#include "letter_picture.h"
#include "life.h"
#include "text.h"

/* Letters by rule are few (a receipt); more rounds than this would be an edition that owes for ever. */
#define RULE_ROUNDS 8

const char *letter_number(TALLOC_CTX *life, const struct dossier *d, const char *child)
{
    size_t prefix = strcspn(child, "0123456789");
    return talloc_asprintf(life, "%s-%s", d->ref, child + prefix);
}

/* ---- templates and clauses as the store keeps them ---- */

#define CLAUSES_USED                                                                                         \
    "@clauses" /* among a letter's inputs: code and version of each; no field can be named so */

static const struct fault *find_clause(void *context, TALLOC_CTX *life, const char *code,
                                       struct letter_source *out)
{
    const struct table *clauses = context; /* code, version, xml */
    for (size_t i = 0; i < clauses->row_count; i++)
        if (text_same(table_text(clauses, i, "code"), code)) {
            out->name = talloc_asprintf(life, "%s.xml", code);
            TRY_MEMORY(out->name);
            out->bytes = table_text(clauses, i, "xml");
            out->length = strlen(out->bytes);
            return NULL;
        }
    return fault_new(life, FAULT_INPUT, "CLAUSE_ABSENT", "no clause %s is in force", code);
}

static const struct fault *read_with(const struct office *office, const char *code, const char *xml,
                                     struct table *clauses, struct letter_template **out, TALLOC_CTX *life)
{
    const char *name = talloc_asprintf(life, "%s.xml", code);
    TRY_MEMORY(name);
    const struct letter_source source = {name, xml, strlen(xml)};
    return letter_template_read(office->reader, &source, find_clause, clauses, life, out);
}

static const struct fault *clauses_on(struct db *db, struct civil day, struct table **out, TALLOC_CTX *life)
{
    return db_query(db, Q_CLAUSES_IN_FORCE, (struct cell[]){cell_day(day)}, out, life);
}

/* The version of each clause that the template includes. */
static const struct fault *clauses_used(const struct letter_template *t, const struct table *clauses,
                                        json_t **out, TALLOC_CTX *life)
{
    *out = json_adopt(life, json_object());
    TRY_MEMORY(*out);
    for (size_t i = 0; i < t->clause_count; i++)
        for (size_t row = 0; row < clauses->row_count; row++)
            if (text_same(table_text(clauses, row, "code"), t->clauses[i].code))
                TRY(letter_put(*out, t->clauses[i].code,
                               json_integer(table_int(clauses, row, "version", 0))));
    return NULL;
}

/* The clauses as they were included, version by version. A letter from before they were kept has those of the
 * day on which it was made, whatever day the drafter wrote down. */
static const struct fault *clauses_of(struct db *db, const struct fact *draft, const json_t *inputs,
                                      struct table **out, TALLOC_CTX *life)
{
    const json_t *used = json_object_get(inputs, CLAUSES_USED);
    if (!used)
        return clauses_on(db, draft->recorded, out, life);
    const char *text = NULL;
    TRY(json_canonical(life, used, &text, NULL));
    return db_query(db, Q_CLAUSES_OF_VERSIONS, (struct cell[]){cell_text(text)}, out, life);
}

/* What the template declares, of all that could be said: what the letter was composed from is kept, and no
 * more. */
static const struct fault *keep_declared(const struct letter_template *t, const json_t *all, TALLOC_CTX *unit,
                                         json_t **out)
{
    json_t *kept = json_adopt(unit, json_object());
    TRY_MEMORY(kept);
    for (size_t i = 0; i < t->field_count; i++) {
        json_t *value = json_object_get(all, t->fields[i].name);
        if (value && json_object_set(kept, t->fields[i].name, value) != 0)
            return fault_memory();
    }
    *out = kept;
    return NULL;
}

/* ---- drafting ---- */

static const struct fault *store(struct db *db, const struct dossier *d, const struct letter *letter,
                                 const struct letter_seal *seal, enum letter_format format, const char *name,
                                 const char **digest, TALLOC_CTX *unit)
{
    static const char *const MEDIA[] = {
        "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    };
    const uint8_t *bytes = NULL;
    size_t length = 0;
    uint8_t sha[CRYPT_HASH];
    TRY(letter_write(letter, format, seal, unit, &bytes, &length));
    crypt_sha256(bytes, length, sha);
    *digest = text_hex(unit, sha, sizeof sha);
    TRY_MEMORY(*digest);
    const struct cell params[] = {cell_bytes(sha, sizeof sha), cell_int(d->id),  cell_text(name),
                                  cell_text(MEDIA[format]),    cell_flag(false), cell_text("own"),
                                  cell_bytes(bytes, length)};
    return db_later(db, Q_BLOB_ADD, params);
}

static const struct fault *store_both(struct db *db, const struct dossier *d, const struct letter *letter,
                                      const struct letter_seal *seal, const char *child, json_t *data,
                                      TALLOC_CTX *unit)
{
    const char *number = letter_number(unit, d, child), *odt = NULL, *docx = NULL;
    TRY_MEMORY(number);
    TRY(store(db, d, letter, seal, LETTER_ODT, number, &odt, unit));
    TRY(store(db, d, letter, seal, LETTER_DOCX, number, &docx, unit));
    TRY(letter_put(data, "odt", json_string(odt)));
    return letter_put(data, "docx", json_string(docx));
}

/* The files into the store, their digests into the fact. */
static const struct fault *store_attached(struct db *db, const struct dossier *d, const struct raising *in,
                                          json_t *data, TALLOC_CTX *unit)
{
    if (in->file_count > ATTACHMENTS_MOST)
        return fault_new(unit, FAULT_TOO_MUCH, "ATTACHMENTS", "more than %d files", (int)ATTACHMENTS_MOST);
    for (size_t i = 0; i < in->file_count; i++) {
        const struct attachment *file = &in->files[i];
        const char *name = talloc_asprintf(unit, "attachment-%zu", i + 1),
                   *hex = letter_file_digest(file, unit);
        uint8_t sha[CRYPT_HASH];
        TRY_MEMORY(name && hex ? d : NULL);
        crypt_sha256(file->bytes, file->length, sha);
        const struct cell params[] = {
            cell_bytes(sha, sizeof sha),           cell_int(d->id),  cell_text(name),
            cell_text("application/octet-stream"), cell_flag(false), cell_text("unscanned"),
            cell_bytes(file->bytes, file->length)};
        TRY(db_later(db, Q_BLOB_ADD, params));
        TRY(letter_put(data, name, json_string(hex)));
    }
    return NULL;
}

/* A template in force, read with the clauses in force. */
struct in_force {
    struct letter_template *template;
    struct table *clauses;
    int64_t version;
};

static const struct fault *template_on(struct db *db, const struct office *office, const char *code,
                                       struct civil day, struct in_force *out, TALLOC_CTX *life)
{
    struct table *t = NULL;
    TRY(db_query(db, Q_TEMPLATE_IN_FORCE, (struct cell[]){cell_text(code), cell_day(day)}, &t, life));
    if (!t->row_count)
        return fault_field(life, "TEMPLATE_ABSENT", "template", "no version of template %s is in force",
                           code);
    out->version = table_int(t, 0, "version", 1);
    TRY(clauses_on(db, day, &out->clauses, life));
    return letter_check_fault(
        NULL, code, read_with(office, code, table_text(t, 0, "xml"), out->clauses, &out->template, life),
        life);
}

/* Composes the letter and judges its text. */
static const struct fault *compose_checked(struct db *db, const struct dossier *d, const char *code,
                                           const struct letter_template *t, const json_t *inputs,
                                           struct letter **letter, json_t **page, TALLOC_CTX *unit)
{
    TRY(letter_check_fault(t, code, letter_compose(t, inputs, unit, letter), unit));
    return letter_check_text(db, d, code, *letter, inputs, page, unit);
}

/* So that the legal office can tell which letters rest on a version of a clause. */
static const struct fault *register_clauses(struct db *db, const struct dossier *d, const char *child,
                                            json_t *clauses, const char *odt, TALLOC_CTX *unit)
{
    uint8_t sha[CRYPT_HASH];
    const char *code;
    json_t *version;
    if (!text_unhex(odt, sha, sizeof sha))
        return fault_new(unit, FAULT_BROKEN, "LETTER_DIGEST", "%s", child);
    json_object_foreach(clauses, code, version)
    {
        const struct cell params[] = {cell_text(code), cell_int(json_integer_value(version)), cell_int(d->id),
                                      cell_text(child), cell_bytes(sha, sizeof sha)};
        TRY(db_later(db, Q_CLAUSE_USED, params));
    }
    return NULL;
}

const struct fault *letter_prepare(struct db *db, const struct office *office, struct dossier *d,
                                   const char *code, const char *child, const struct raising *in,
                                   json_t *data, json_t **page, TALLOC_CTX *unit)
{
    struct in_force law = {0};
    struct letter_picture picture;
    struct letter *letter = NULL;
    json_t *all = NULL, *inputs = NULL, *clauses = NULL, *row = NULL;
    TRY(template_on(db, office, code, d->today, &law, unit));
    TRY(letter_data(db, d, code, child, in, &all, unit));
    TRY(letter_code_put(all, unit));
    TRY(keep_declared(law.template, all, unit, &inputs));
    TRY(compose_checked(db, d, code, law.template, inputs, &letter, page, unit));
    TRY(letter_picture_now(db, letter, &picture, unit));
    TRY(store_both(db, d, letter, letter_picture_seal(&picture), child, data, unit));
    TRY(letter_code_register(db, d, letter, child, inputs, json_text(data, "odt"), unit));
    if (in)
        TRY(store_attached(db, d, in, data, unit));
    TRY(clauses_used(law.template, law.clauses, &clauses, unit));
    TRY(register_clauses(db, d, child, clauses, json_text(data, "odt"), unit));
    TRY(letter_picture_put(&picture, inputs));
    if (json_object_set(inputs, CLAUSES_USED, clauses) != 0)
        return fault_memory();
    TRY(dossier_hide_json(db, d, "letter", inputs, &row, unit));
    TRY(letter_put(data, "inputs", row));
    return letter_put(data, "version", json_integer(law.version));
}

/* ---- a draft, read again ---- */

struct redraft {
    const struct fact *draft;
    const char *code;
    json_t *inputs;
    struct letter_template *template;
    struct letter *letter;
    struct letter_picture picture;
};

/* The letter composed again from what it was composed from. */
static const struct fault *read_again(struct db *db, const struct office *office, const struct dossier *d,
                                      const char *child, struct redraft *out, TALLOC_CTX *life)
{
    struct table *t = NULL, *clauses = NULL;
    const char *text = NULL;
    int64_t version = 0;
    out->draft = letter_draft(d, child);
    if (!out->draft || !fact_int(out->draft, "version", &version))
        return fault_new(life, FAULT_ABSENT, "LETTER_ABSENT", "no such letter");
    out->code = fact_text(out->draft, "template");
    TRY(db_query(db, Q_TEMPLATE_VERSION, (struct cell[]){cell_text(out->code), cell_int(version)}, &t, life));
    TRY(dossier_text(db, d, json_object_get(out->draft->data, "inputs"), &text, life));
    if (!text || !t->row_count)
        return fault_new(life, FAULT_ABSENT, "LETTER_ERASED", "the letter's inputs are gone");
    TRY(json_read(life, "letter", text, strlen(text), &out->inputs));
    TRY(clauses_of(db, out->draft, out->inputs, &clauses, life));
    TRY(read_with(office, out->code, table_text(t, 0, "xml"), clauses, &out->template, life));
    TRY(letter_picture_of(db, out->inputs, &out->picture, life));
    return letter_compose(out->template, out->inputs, life, &out->letter);
}

/* What will be approved is what is read: the packages made again are those that were stored. Asked while
 * there is something to approve; a later version of the program may lay out a sealed letter otherwise. */
static const struct fault *is_the_draft(const struct redraft *r, enum letter_format format, TALLOC_CTX *life)
{
    const uint8_t *bytes = NULL;
    size_t length = 0;
    uint8_t sha[CRYPT_HASH];
    TRY(letter_write(r->letter, format, letter_picture_seal(&r->picture), life, &bytes, &length));
    crypt_sha256(bytes, length, sha);
    if (text_same(text_hex(life, sha, sizeof sha),
                  fact_text(r->draft, format == LETTER_ODT ? "odt" : "docx")))
        return NULL;
    return fault_new(life, FAULT_STALE, "LETTER_DIFFERS",
                     "the letter cannot be shown as it was drafted; it must be sent back and drafted anew");
}

static const struct fault *is_the_same(const struct redraft *r, TALLOC_CTX *life)
{
    TRY(is_the_draft(r, LETTER_ODT, life));
    return is_the_draft(r, LETTER_DOCX, life);
}

/* ---- may it still be approved? ---- */

/* The versions that rule letters today are those that the draft was made with. */
static const struct fault *is_in_force(const struct redraft *r, const struct in_force *now, TALLOC_CTX *life)
{
    static const struct refusal OUTDATED = {
        .rule = "template-changed",
        .zh = "拟稿以后，所用的文书模板或者条款已经启用新的版本。请退回承办人，按现行版本重新拟制。",
        .en =
            "A new version of the template or of a clause is in force since the letter was drafted. Send it "
            "back to be drafted anew.",
        .fact = -1};
    json_t *clauses = NULL;
    int64_t version = 0;
    TRY(clauses_used(now->template, now->clauses, &clauses, life));
    const json_t *used = json_object_get(r->inputs, CLAUSES_USED);
    bool same = fact_int(r->draft, "version", &version) && version == now->version &&
                (!used || json_equal(used, clauses));
    return same ? NULL : fault_refused(life, &OUTDATED);
}

static const struct fault *ended(const char *title, TALLOC_CTX *life)
{
    const struct refusal why = {
        .rule = "template-ended",
        .zh = talloc_asprintf(life,
                              "拟稿以后，所用的%s已经停止使用，没有现行有效的版本。"
                              "请退回承办人；需要继续使用的，请联系法制审核人员。",
                              title),
        .en =
            talloc_asprintf(life,
                            "Since the letter was drafted, %s has gone out of force, and nothing has come in "
                            "its place. Send it back; ask the legal reviewers if it is still needed.",
                            title),
        .fact = -1};
    TRY_MEMORY(why.zh && why.en ? life : NULL);
    return fault_refused(life, &why);
}

/* Is there still a version in force of the template, and of each clause that the draft was made with? */
static const struct fault *is_not_ended(struct db *db, const struct redraft *r, struct civil today,
                                        TALLOC_CTX *life)
{
    struct table *t = NULL, *clauses = NULL;
    const char *code;
    json_t *version;
    TRY(db_query(db, Q_TEMPLATE_IN_FORCE, (struct cell[]){cell_text(r->code), cell_day(today)}, &t, life));
    TRY(clauses_on(db, today, &clauses, life));
    if (!t->row_count)
        return ended(talloc_asprintf(life, "文书模板%s", r->code), life);
    json_object_foreach(json_object_get(r->inputs, CLAUSES_USED), code, version)
    {
        size_t row = 0;
        while (row < clauses->row_count && !text_same(table_text(clauses, row, "code"), code))
            row++;
        if (row == clauses->row_count)
            return ended(
                talloc_asprintf(life, "条款“%s”（第%lld版）", code, (long long)json_integer_value(version)),
                life);
    }
    return NULL;
}

/* What the officer gave with the draft, as it was given. */
static json_t *given_with(const struct dossier *d, const struct redraft *r, TALLOC_CTX *life)
{
    const struct event_kind *drafts = edition_event(d->law->edition, r->draft->kind);
    json_t *given = json_adopt(life, json_object());
    for (size_t i = 0; given && i < drafts->field_count; i++) {
        json_t *value = json_object_get(r->inputs, drafts->fields[i].name);
        if (value && !drafts->fields[i].by_service)
            json_object_set(given, drafts->fields[i].name, value);
    }
    return given;
}

/* What was made with the draft and is not in the dossier: the files with it, the code that it bears. */
static const struct fault *keep_made(const struct redraft *r, json_t *today)
{
    static const char *const MADE[] = {"attachments", "verify_code", "verify_url", "verify_link"};
    for (size_t i = 0; i < sizeof MADE / sizeof *MADE; i++) {
        json_t *value = json_object_get(r->inputs, MADE[i]);
        if (value && json_object_set(today, MADE[i], value) != 0)
            return fault_memory();
    }
    return NULL;
}

/* A letter leaves with the seal that the agency has now. */
static const struct fault *is_the_seal(struct db *db, const struct redraft *r, TALLOC_CTX *life)
{
    static const struct refusal CHANGED = {
        .rule = "seal-changed",
        .zh = "拟稿以后，本机关更换了印章图样。请按现行印章重新生成文书。",
        .en = "The agency has another seal since the letter was drafted. Make the letter again with it.",
        .fact = -1};
    struct letter_picture now;
    TRY(letter_picture_now(db, r->letter, &now, life));
    return now.number == r->picture.number ? NULL : fault_refused(life, &CHANGED);
}

const struct fault *letter_still_right(struct db *db, const struct office *office, const struct dossier *d,
                                       const char *child, TALLOC_CTX *life)
{
    struct redraft r = {0};
    struct in_force now = {0};
    json_t *all = NULL, *today = NULL;
    TRY(read_again(db, office, d, child, &r, life));
    TRY(is_not_ended(db, &r, d->today, life));
    TRY(template_on(db, office, r.code, d->today, &now, life));
    TRY(is_in_force(&r, &now, life));
    TRY(is_the_seal(db, &r, life));
    const struct raising in = {.data = given_with(d, &r, life)};
    TRY_MEMORY(in.data);
    TRY(letter_data(db, d, r.code, child, &in, &all, life));
    TRY(keep_declared(now.template, all, life, &today));
    TRY(keep_made(&r, today));
    TRY(letter_check_same(now.template, r.inputs, today, life));
    TRY(letter_check_text(db, d, r.code, r.letter, r.inputs, NULL, life));
    return is_the_same(&r, life);
}

/* ---- the day on which it is signed ---- */

#define DAY_PRINTED "date" /* the field of every template that signs */

/* Does the edition want the day of approval printed? One that says nothing keeps the day of drafting. */
static bool wants_day_of_approval(const struct dossier *d)
{
    const struct edition_parameter *p = edition_parameter(d->law->edition, "letter-date");
    return p && strcmp(p->value, "approval") == 0;
}

const struct fault *office_letter_day(struct db *db, const struct dossier *d, const char *child,
                                      struct civil *out, TALLOC_CTX *life)
{
    const struct fact *draft = letter_draft(d, child);
    const char *text = NULL;
    json_t *inputs = NULL;
    *out = CIVIL_NONE;
    if (!draft || !wants_day_of_approval(d))
        return NULL;
    TRY(dossier_text(db, d, json_object_get(draft->data, "inputs"), &text, life));
    if (!text)
        return NULL;
    TRY(json_read(life, "letter", text, strlen(text), &inputs));
    const char *day = json_text(inputs, DAY_PRINTED);
    if (day && !civil_parse(day, out))
        *out = CIVIL_NONE;
    return NULL;
}

const struct fault *letter_day_right(struct db *db, const struct dossier *d, const char *child,
                                     struct civil on, TALLOC_CTX *life)
{
    struct civil day;
    char printed[CIVIL_TEXT], wanted[CIVIL_TEXT];
    TRY(office_letter_day(db, d, child, &day, life));
    if (!civil_is_set(day) || civil_compare(day, on) == 0)
        return NULL;
    civil_format(day, printed);
    civil_format(on, wanted);
    const struct refusal why = {
        .rule = "letter-date",
        .zh = talloc_asprintf(life,
                              "文书上的成文日期是%s，而签发之日是%s。成文日期应当是负责人签发的日期："
                              "请在文书页面按今天的日期重新生成，审阅以后再签发。",
                              printed, wanted),
        .en = talloc_asprintf(
            life,
            "The letter is dated %s, and it is approved on %s. It bears the day on which it is "
            "signed: make it again with today's date on the page of the letter, read it and "
            "approve that one.",
            printed, wanted),
        .fact = -1};
    TRY_MEMORY(why.zh && why.en ? life : NULL);
    return fault_refused(life, &why);
}

/* {"fact", "data": {"odt", "docx", "inputs"}} of the packages composed from `inputs`, which are stored. */
static const struct fault *store_dated(struct db *db, struct dossier *d, const char *child,
                                       const struct redraft *r, json_t *inputs, json_t **out,
                                       TALLOC_CTX *unit)
{
    struct letter *letter = NULL;
    json_t *row = NULL, *patch = json_adopt(unit, json_object());
    TRY_MEMORY(patch);
    TRY(compose_checked(db, d, r->code, r->template, inputs, &letter, NULL, unit));
    TRY(store_both(db, d, letter, letter_picture_seal(&r->picture), child, patch, unit));
    TRY(letter_code_register(db, d, letter, child, inputs, json_text(patch, "odt"), unit));
    TRY(register_clauses(db, d, child, json_object_get(inputs, CLAUSES_USED), json_text(patch, "odt"), unit));
    TRY(dossier_hide_json(db, d, "letter", inputs, &row, unit));
    TRY(letter_put(patch, "inputs", row));
    *out = json_adopt(unit, json_pack("{s:I,s:O}", "fact", (json_int_t)r->draft->seq, "data", patch));
    TRY_MEMORY(*out);
    return NULL;
}

/* The event that corrects a draft in the role of whoever approves it, without a proposal of somebody's. */
static const struct event_kind *event_that_dates(const struct edition *e, const char *role)
{
    for (size_t i = 0; i < e->event_count; i++) {
        const struct event_kind *k = &e->events[i];
        for (size_t r = 0; k->deed == EVENT_DEED_CORRECT && r < k->role_count; r++)
            if (text_same(k->roles[r], role) && !event_field(k, "proposal"))
                return k;
    }
    return NULL;
}

const struct fault *letter_date(struct db *db, const struct office *office, struct dossier *d,
                                const char *child, const struct fact *by, int64_t person, TALLOC_CTX *unit)
{
    const struct event_kind *dates = event_that_dates(d->law->edition, by->role);
    struct redraft r = {0};
    char today[CIVIL_TEXT];
    json_t *data = NULL;
    if (!dates)
        return fault_new(unit, FAULT_BROKEN, "EDITION_DATES_NOT",
                         "the edition has no event that dates a letter");
    TRY(letter_still_right(db, office, d, child, unit)); /* nothing but the day may differ */
    TRY(read_again(db, office, d, child, &r, unit));
    json_t *inputs = json_adopt(unit, json_deep_copy(r.inputs));
    TRY_MEMORY(inputs);
    civil_format(d->today, today);
    TRY(letter_put(inputs, DAY_PRINTED, json_string(today)));
    TRY(letter_code_renew(inputs, unit));
    TRY(store_dated(db, d, child, &r, inputs, &data, unit));
    const struct fact fact = {.kind = dates->name,
                              .on = d->today,
                              .recorded = d->today,
                              .by = by->by,
                              .role = by->role,
                              .data = data};
    return dossier_add_fact(db, d, &fact, person, NULL, unit);
}

/* ---- by rule ---- */

static const struct fault *raise_by_rule(struct db *db, struct dossier *d, const struct event_kind *kind,
                                         const char *child, struct civil on, const json_t *data,
                                         TALLOC_CTX *unit)
{
    struct fact fact = {
        .kind = kind->name, .child = child, .on = on, .recorded = d->today, .role = "clock", .data = data};
    return dossier_add_fact(db, d, &fact, 0, NULL, unit);
}

static const struct fault *one_by_rule(struct db *db, const struct office *office, struct dossier *d,
                                       const char *code, TALLOC_CTX *unit)
{
    const struct edition *e = d->law->edition;
    const struct event_kind *draft = edition_event_that(e, EVENT_DEED_DRAFT),
                            *approve = edition_event_that(e, EVENT_DEED_APPROVE);
    const char *child = standing_next_child(unit, d->standing, draft->child);
    json_t *data = json_adopt(unit, json_pack("{s:s}", draft->child->letter_field, code));
    TRY_MEMORY(child && data ? d : NULL);
    TRY(letter_prepare(db, office, d, code, child, NULL, data, NULL, unit));
    TRY(raise_by_rule(db, d, draft, child, d->today, data, unit));
    if (!standing_is(d->standing, child, STATE_DRAFTED))
        return NULL; /* the edition approves it as it is drafted */
    json_t *seen = json_adopt(
        unit, json_pack("{s:s,s:s}", "odt", json_text(data, "odt"), "docx", json_text(data, "docx")));
    TRY_MEMORY(seen);
    return raise_by_rule(db, d, approve, child, d->today, seen, unit);
}

const struct fault *letters_by_rule(struct db *db, const struct office *office, struct dossier *d,
                                    TALLOC_CTX *unit)
{
    for (int round = 0; round < RULE_ROUNDS; round++) {
        size_t count = 0, i = 0;
        const struct duty *duties = standing_duties(d->standing, &count);
        while (i < count && !(duties[i].letter && duties[i].letter->by_rule))
            i++;
        if (i == count)
            return NULL;
        TRY(one_by_rule(db, office, d, duties[i].letter->code, unit));
    }
    return fault_new(unit, FAULT_BROKEN, "LETTERS_WITHOUT_END",
                     "the edition owes letters by rule without end");
}

/* What the letter told, with the fields of the fact that prepared it and those of its service (the day of
 * receipt). */
static const struct fault *told_data(const struct dossier *d, const struct letter_kind *letter,
                                     const struct event_kind *told, const struct fact *service, json_t **out,
                                     TALLOC_CTX *unit)
{
    const struct fact *from = letter->from ? standing_fact(d->standing, letter->from, NULL) : NULL;
    *out = json_adopt(unit, json_object());
    TRY_MEMORY(*out);
    for (size_t i = 0; i < told->field_count; i++) {
        const char *name = told->fields[i].name;
        json_t *value = from ? json_object_get(from->data, name) : NULL;
        value = value ? value : json_object_get(service->data, name);
        if (value && json_object_set(*out, name, value) != 0)
            return fault_memory();
    }
    return NULL;
}

/* The child that is told about: a new one where that begins it, else the one that the fact which prepared it
 * is about. */
static const char *told_child(const struct dossier *d, const struct letter_kind *letter,
                              const struct event_kind *told, TALLOC_CTX *unit)
{
    if (told->starts)
        return standing_next_child(unit, d->standing, told->child);
    const struct fact *from =
        told->child && letter->from ? standing_fact(d->standing, letter->from, NULL) : NULL;
    return from ? from->child : NULL;
}

const struct fault *letter_told(struct db *db, struct dossier *d, const struct fact *service,
                                TALLOC_CTX *unit)
{
    const struct edition *e = d->law->edition;
    const struct event_kind *serves = edition_event(e, service->kind);
    const struct fact *draft = service->child ? letter_draft(d, service->child) : NULL;
    const struct letter_kind *letter = draft && serves->deed == EVENT_DEED_SERVE
                                           ? edition_letter(e, fact_text(draft, serves->child->letter_field))
                                           : NULL;
    const struct event_kind *told = letter && letter->tells ? edition_event(e, letter->tells) : NULL;
    json_t *data = NULL;
    if (!told)
        return NULL;
    TRY(told_data(d, letter, told, service, &data, unit));
    return raise_by_rule(db, d, told, told_child(d, letter, told, unit), service->on, data, unit);
}

/* ---- what goes with a letter ---- */

const struct fault *office_attachments(struct db *db, const struct dossier *d, const char *child,
                                       json_t **out, TALLOC_CTX *life)
{
    const struct fact *draft = letter_draft(d, child);
    const char *text = NULL;
    json_t *inputs = NULL;
    *out = json_adopt(life, json_array());
    TRY_MEMORY(*out);
    if (!draft || !fact_text(draft, "attachment-1"))
        return NULL;
    TRY(dossier_text(db, d, json_object_get(draft->data, "inputs"), &text, life));
    if (!text)
        return NULL;
    TRY(json_read(life, "letter", text, strlen(text), &inputs));
    const json_t *list = json_object_get(inputs, "attachments");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_array_append(*out, json_object_get(json_array_get(list, i), "name")) != 0)
            return fault_memory();
    return NULL;
}

const struct fault *office_attached(struct db *db, const struct dossier *d, const char *child, size_t number,
                                    struct attached *out, TALLOC_CTX *life)
{
    const struct fact *draft = letter_draft(d, child);
    const char *field = talloc_asprintf(life, "attachment-%zu", number);
    struct table *t = NULL;
    json_t *names = NULL;
    TRY_MEMORY(field);
    uint8_t sha[CRYPT_HASH];
    if (!text_unhex(draft ? fact_text(draft, field) : NULL, sha, sizeof sha))
        return fault_new(life, FAULT_ABSENT, "ATTACHMENT_ABSENT", "no such file");
    TRY(db_query(db, Q_BLOB_GET, (struct cell[]){cell_int(d->id), cell_bytes(sha, sizeof sha)}, &t, life));
    TRY(office_attachments(db, d, child, &names, life));
    const char *name = json_string_value(json_array_get(names, number - 1));
    if (!t->row_count || !name)
        return fault_new(life, FAULT_ABSENT, "ATTACHMENT_ABSENT", "the file is gone");
    const struct cell *bytes = table_cell(t, 0, "bytes");
    *out = (struct attached){name, bytes->bytes.data, bytes->bytes.length};
    return NULL;
}

const struct fault *letter_template_on(struct db *db, const struct office *office, const char *code,
                                       struct civil day, struct letter_template **out, TALLOC_CTX *life)
{
    struct in_force law;
    TRY(template_on(db, office, code, day, &law, life));
    *out = law.template;
    return NULL;
}

/* ---- preview ---- */

const struct fault *office_preview(struct db *db, const struct office *office, const struct dossier *d,
                                   const char *child, const uint8_t **html, size_t *length, TALLOC_CTX *life)
{
    struct redraft r = {0};
    TRY(read_again(db, office, d, child, &r, life));
    if (standing_is(d->standing, child, STATE_DRAFTED))
        TRY(is_the_same(&r, life));
    /* before it is sealed it bears no picture */
    bool sealed =
        standing_is(d->standing, child, STATE_SEALED) || standing_is(d->standing, child, STATE_SERVED);
    return letter_write(r.letter, LETTER_HTML, sealed ? letter_picture_seal(&r.picture) : NULL, life, html,
                        length);
}

const struct fault *office_letter_again(struct db *db, const struct office *office, const struct dossier *d,
                                        const char *child, TALLOC_CTX *life)
{
    struct redraft r = {0};
    TRY(read_again(db, office, d, child, &r, life));
    return is_the_same(&r, life);
}
