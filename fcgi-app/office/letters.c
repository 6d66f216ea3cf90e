/* letters.c - letters of a dossier: composed from the template in force and what the facts say
 * (letter_data.c), written as two packages, stored by their digests. */
#include <sodium.h>
#include <string.h>
#include "inside.h"
#include "letter_data.h"
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

struct clauses {
    const struct table *table; /* code, version, xml */
};

static const struct fault *find_clause(void *context, TALLOC_CTX *life, const char *code,
                                       struct letter_source *out)
{
    const struct clauses *c = context;
    for (size_t i = 0; i < c->table->row_count; i++)
        if (text_same(table_text(c->table, i, "code"), code)) {
            out->name = talloc_asprintf(life, "%s.xml", code);
            TRY_MEMORY(out->name);
            out->bytes = table_text(c->table, i, "xml");
            out->length = strlen(out->bytes);
            return NULL;
        }
    return fault_new(life, FAULT_INPUT, "CLAUSE_ABSENT", "no clause %s is in force", code);
}

static const struct fault *read_template(struct db *db, const struct office *office, const char *code,
                                         const char *xml, struct civil day, struct letter_template **out,
                                         TALLOC_CTX *life)
{
    struct table *clauses = NULL;
    TRY(db_query(db, Q_CLAUSES_IN_FORCE, (struct cell[]){cell_day(day)}, &clauses, life));
    struct clauses context = {clauses};
    const char *name = talloc_asprintf(life, "%s.xml", code);
    TRY_MEMORY(name);
    const struct letter_source source = {name, xml, strlen(xml)};
    return letter_template_read(office->reader, &source, find_clause, &context, life, out);
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
                                 enum letter_format format, const char *name, const char **digest,
                                 TALLOC_CTX *unit)
{
    static const char *const MEDIA[] = {
        "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    };
    const uint8_t *bytes = NULL;
    size_t length = 0;
    uint8_t sha[CRYPT_HASH];
    TRY(letter_write(letter, format, NULL, unit, &bytes, &length));
    crypt_sha256(bytes, length, sha);
    *digest = text_hex(unit, sha, sizeof sha);
    TRY_MEMORY(*digest);
    const struct cell params[] = {cell_bytes(sha, sizeof sha), cell_int(d->id),  cell_text(name),
                                  cell_text(MEDIA[format]),    cell_flag(false), cell_text("own"),
                                  cell_bytes(bytes, length)};
    return db_query(db, Q_BLOB_ADD, params, NULL, unit);
}

static const struct fault *store_both(struct db *db, const struct dossier *d, const struct letter *letter,
                                      const char *child, json_t *data, TALLOC_CTX *unit)
{
    const char *number = letter_number(unit, d, child), *odt = NULL, *docx = NULL;
    TRY_MEMORY(number);
    TRY(store(db, d, letter, LETTER_ODT, number, &odt, unit));
    TRY(store(db, d, letter, LETTER_DOCX, number, &docx, unit));
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
        TRY(db_query(db, Q_BLOB_ADD, params, NULL, unit));
        TRY(letter_put(data, name, json_string(hex)));
    }
    return NULL;
}

const struct fault *letter_prepare(struct db *db, const struct office *office, struct dossier *d,
                                   const char *code, const char *child, const struct raising *in,
                                   json_t *data, TALLOC_CTX *unit)
{
    struct table *t = NULL;
    struct letter_template *template = NULL;
    struct letter *letter = NULL;
    json_t *inputs = NULL, *row = NULL;
    TRY(db_query(db, Q_TEMPLATE_IN_FORCE, (struct cell[]){cell_text(code), cell_day(d->today)}, &t, unit));
    if (!t->row_count)
        return fault_field(unit, "TEMPLATE_ABSENT", "template", "no version of template %s is in force",
                           code);
    TRY(read_template(db, office, code, table_text(t, 0, "xml"), d->today, &template, unit));
    TRY(letter_data(db, d, child, in, &inputs, unit));
    TRY(keep_declared(template, inputs, unit, &inputs));
    TRY(letter_compose(template, inputs, unit, &letter));
    TRY(store_both(db, d, letter, child, data, unit));
    if (in)
        TRY(store_attached(db, d, in, data, unit));
    TRY(dossier_hide_json(db, d, "letter", inputs, &row, unit));
    TRY(letter_put(data, "inputs", row));
    return letter_put(data, "version", json_integer(table_int(t, 0, "version", 1)));
}

/* ---- letters by rule ---- */

static const struct fault *raise_by_rule(struct db *db, struct dossier *d, const struct event_kind *kind,
                                         const char *child, const json_t *data, TALLOC_CTX *unit)
{
    struct fact fact = {.kind = kind->name,
                        .child = child,
                        .on = d->today,
                        .recorded = d->today,
                        .role = "clock",
                        .data = data};
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
    TRY(letter_prepare(db, office, d, code, child, NULL, data, unit));
    TRY(raise_by_rule(db, d, draft, child, data, unit));
    if (!standing_is(d->standing, child, STATE_DRAFTED))
        return NULL; /* the edition approves it as it is drafted */
    json_t *seen = json_adopt(
        unit, json_pack("{s:s,s:s}", "odt", json_text(data, "odt"), "docx", json_text(data, "docx")));
    TRY_MEMORY(seen);
    return raise_by_rule(db, d, approve, child, seen, unit);
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
    const char *hex = draft ? fact_text(draft, field) : NULL;
    uint8_t sha[CRYPT_HASH];
    size_t length = 0;
    if (!hex || sodium_hex2bin(sha, sizeof sha, hex, strlen(hex), NULL, &length, NULL) != 0)
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

/* ---- preview ---- */

/* What will be approved is what is read: the packages made again are those that were stored. Asked while
 * there is something to approve; a later version of the program may lay out a sealed letter otherwise. */
static const struct fault *is_the_draft(const struct letter *letter, enum letter_format format,
                                        const char *digest, TALLOC_CTX *life)
{
    const uint8_t *bytes = NULL;
    size_t length = 0;
    uint8_t sha[CRYPT_HASH];
    TRY(letter_write(letter, format, NULL, life, &bytes, &length));
    crypt_sha256(bytes, length, sha);
    if (text_same(text_hex(life, sha, sizeof sha), digest))
        return NULL;
    return fault_new(life, FAULT_BROKEN, "LETTER_DIFFERS",
                     "the letter cannot be shown as it was drafted; it must be sent back and drafted anew");
}

const struct fault *office_preview(struct db *db, const struct office *office, const struct dossier *d,
                                   const char *child, const uint8_t **html, size_t *length, TALLOC_CTX *life)
{
    const struct fact *draft = letter_draft(d, child);
    struct table *t = NULL;
    struct letter_template *template = NULL;
    struct letter *letter = NULL;
    const char *text = NULL;
    json_t *inputs = NULL;
    int64_t version = 0;
    if (!draft || !fact_int(draft, "version", &version))
        return fault_new(life, FAULT_ABSENT, "LETTER_ABSENT", "no such letter");
    const char *code = fact_text(draft, "template");
    TRY(db_query(db, Q_TEMPLATE_VERSION, (struct cell[]){cell_text(code), cell_int(version)}, &t, life));
    TRY(dossier_text(db, d, json_object_get(draft->data, "inputs"), &text, life));
    if (!text || !t->row_count)
        return fault_new(life, FAULT_ABSENT, "LETTER_ERASED", "the letter's inputs are gone");
    TRY(json_read(life, "letter", text, strlen(text), &inputs));
    /* the clauses of the day on which it was made, whatever day the drafter wrote down */
    TRY(read_template(db, office, code, table_text(t, 0, "xml"), draft->recorded, &template, life));
    TRY(letter_compose(template, inputs, life, &letter));
    if (standing_is(d->standing, child, STATE_DRAFTED)) {
        TRY(is_the_draft(letter, LETTER_ODT, fact_text(draft, "odt"), life));
        TRY(is_the_draft(letter, LETTER_DOCX, fact_text(draft, "docx"), life));
    }
    return letter_write(letter, LETTER_HTML, NULL, life, html, length);
}
