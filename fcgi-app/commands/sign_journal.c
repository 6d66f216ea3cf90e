/* The journal of a seal: written with it, never changed. */
#include <sodium.h>
#include "json.h"
#include "life.h"
#include "sign_parts.h"
#include "text.h"

const char *sign_digest(TALLOC_CTX *life, struct seal_file file)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, file.data, file.length);
    return text_hex(life, digest, sizeof digest);
}

static json_t *certificate_of(const struct seal *seal)
{
    if (!seal)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:s}", "serial", seal_serial(seal), "subject", seal_subject(seal),
                     "sha256", seal_fingerprint(seal), "algorithm", seal_algorithm(seal));
}

static json_t *stamp_of(const struct stamp *s)
{
    if (!s->token.length)
        return json_null();
    return json_pack("{s:I, s:s, s:s, s:s}", "at", (json_int_t)s->at, "authority", s->authority, "policy",
                     s->policy, "serial", s->serial);
}

static json_t *pair(const char *odt, const char *docx)
{
    return odt && docx ? json_pack("{s:s, s:s}", "odt", odt, "docx", docx) : NULL;
}

static json_t *approval_of(const struct table *approval)
{
    const struct cell *by = table_cell(approval, 0, "approved_by");
    SCOPED_LIFE(scratch);
    const char *day = civil_text(scratch, table_day(approval, 0, "on_day"));
    if (!day || !by)
        return NULL;
    return json_pack("{s:I, s:o, s:s, s:s}", "seq", (json_int_t)table_int(approval, 0, "seq", 0), "person",
                     by->null ? json_null() : json_integer(by->number), "role",
                     table_text(approval, 0, "role"), "on", day);
}

const struct fault *sign_journal(const struct work *w, const struct sealed_file files[WORK_FILES], int64_t at,
                                 const struct table *approval, bool with_code, const char **out,
                                 TALLOC_CTX *unit)
{
    const struct sealed_file *odt = &files[WORK_ODT], *docx = &files[WORK_DOCX];
    json_t *journal = json_adopt(
        unit,
        json_pack("{s:s, s:I, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o}, s:I}", "letter", w->child,
                  "dossier", (json_int_t)w->dossier, "number", w->number, "template", w->template, "checked",
                  with_code ? "approval, code, digests, signatures" : "approval, digests, signatures",
                  "approval", approval_of(approval), "approved",
                  pair(w->files[WORK_ODT].digest, w->files[WORK_DOCX].digest), "sealed",
                  pair(sign_digest(unit, odt->file), sign_digest(unit, docx->file)), "certificate",
                  certificate_of(w->signer->seal), "sm2", certificate_of(w->signer->sm2), "timestamps", "odt",
                  stamp_of(&odt->stamp), "docx", stamp_of(&docx->stamp), "at", (json_int_t)at));
    TRY_MEMORY(journal);
    size_t length = 0;
    return json_canonical(unit, journal, out, &length);
}
