/* facts.c - see facts.h. */
#include <inttypes.h>
#include <sodium.h>
#include "facts.h"
#include "life.h"

/* "2026-03-02T01:02:03Z" of whole seconds. */
static const char *moment_text(TALLOC_CTX *life, int64_t micro)
{
    int64_t seconds = micro / 1000000, days = seconds / 86400, rest = seconds % 86400;
    char day[CIVIL_TEXT];
    civil_format(civil_of_number((int32_t)days), day);
    return talloc_asprintf(life, "%sT%02d:%02d:%02dZ", day, (int)(rest / 3600), (int)(rest / 60 % 60),
                           (int)(rest % 60));
}

static const struct fault *body_make(struct db *db, const struct fact_row *f, struct civil recorded,
                                     TALLOC_CTX *life, const char **out, size_t *length)
{
    char on[CIVIL_TEXT], known[CIVIL_TEXT];
    civil_format(f->on, on);
    civil_format(recorded, known);
    const char *at = moment_text(life, db_moment(db));
    TRY_MEMORY(at);
    /* "O" borrows; canonical form orders the keys. A fact of nobody (the applicant, the clock) says null. */
    json_t *body = json_adopt(
        life, json_pack("{s:i, s:I, s:i, s:s, s:s?, s:s, s:s, s:s, s:o, s:s, s:O?}", "agency",
                        (int)db_scope_of(db).agency, "dossier", (json_int_t)f->dossier, "seq", (int)f->seq,
                        "kind", f->kind, "child", f->child && *f->child ? f->child : NULL, "on", on,
                        "recorded", known, "at", at, "by", f->by ? json_integer(f->by) : json_null(), "role",
                        f->role, "data", f->data));
    TRY_MEMORY(body);
    if (!f->data && json_object_set_new(body, "data", json_object()) != 0)
        return fault_memory();
    return json_canonical(life, body, out, length);
}

const struct fault *facts_append(struct db *db, const struct fact_row *fact, const char **body,
                                 TALLOC_CTX *life)
{
    struct civil recorded = civil_is_set(fact->recorded) ? fact->recorded : db_today(db);
    const char *bytes;
    size_t length;
    TRY(body_make(db, fact, recorded, life, &bytes, &length));
    if (body)
        *body = bytes;
    const struct cell params[] = {
        cell_int(fact->dossier),  cell_int(fact->seq),
        cell_text(fact->kind),    cell_text(fact->child ? fact->child : ""),
        cell_day(fact->on),       cell_moment(db_moment(db)),
        cell_day(recorded),       fact->by ? cell_int(fact->by) : cell_null(CELL_INT),
        cell_text(fact->role),    cell_text(fact->submission),
        cell_bytes(bytes, length)};
    return db_later(db, Q_FACT_ADD, params);
}

const char *facts_submission_id(TALLOC_CTX *life)
{
    uint8_t b[16];
    if (sodium_init() < 0)
        return NULL;
    randombytes_buf(b, sizeof b);
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    return talloc_asprintf(life, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                           b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                           b[14], b[15]);
}
