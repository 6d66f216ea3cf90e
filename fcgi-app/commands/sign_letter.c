/* One letter: both packages signed inside and beside, judged as a citizen would judge them, and one row. */
#include <sodium.h>
#include "json.h"
#include "life.h"
#include "sign_parts.h"
#include "text.h"
#include "verify.h"

struct sealed {
    struct seal_file odt, docx, odt_beside, docx_beside;
};

static const char *digest_of(TALLOC_CTX *life, struct seal_file file)
{
    uint8_t digest[32];
    crypto_hash_sha256(digest, file.data, file.length);
    return text_hex(life, digest, sizeof digest);
}

static const struct fault *check_approved(const struct work *w, TALLOC_CTX *unit)
{
    if (text_same(digest_of(unit, w->odt), w->odt_digest) &&
        text_same(digest_of(unit, w->docx), w->docx_digest))
        return NULL;
    return fault_new(unit, FAULT_BROKEN, "SIGN_OTHER_BYTES",
                     "a stored package is not the one that was approved");
}

static const struct fault *expect_perfect(const struct verify_report *r, TALLOC_CTX *unit)
{
    if (verify_perfect(r))
        return NULL;
    return fault_new(unit, FAULT_BROKEN, "SIGN_NOT_VALID", "what was signed does not verify: %s",
                     r->problem_count ? r->problems[0].code : "no reason given");
}

/* The same judgement that a citizen gets, on the bytes that will be stored. */
static const struct fault *check_sealed(const struct seal *seal, const struct sealed *s, int64_t at,
                                        TALLOC_CTX *unit)
{
    const struct seal_file root = seal_certificate(seal);
    const struct verify_policy policy = {.roots = &root, .root_count = 1, .now = at, .at = VERIFY_AT_SIGNING};
    const struct verify_report *report = NULL;
    TRY(verify_package(s->odt, &policy, &report, unit));
    TRY(expect_perfect(report, unit));
    TRY(verify_package(s->docx, &policy, &report, unit));
    TRY(expect_perfect(report, unit));
    TRY(verify_cms(s->odt_beside, s->odt, &policy, &report, unit));
    TRY(expect_perfect(report, unit));
    TRY(verify_cms(s->docx_beside, s->docx, &policy, &report, unit));
    return expect_perfect(report, unit);
}

static const struct fault *seal_both(const struct work *w, int64_t at, struct sealed *s, TALLOC_CTX *unit)
{
    const struct seal *seal = w->signer->seal;
    TRY(seal_odt(seal, w->odt, at, &s->odt, unit));
    TRY(seal_docx(seal, w->docx, at, &s->docx, unit));
    TRY(seal_cms(seal, s->odt, at, &s->odt_beside, unit));
    TRY(seal_cms(seal, s->docx, at, &s->docx_beside, unit));
    return check_sealed(seal, s, at, unit);
}

/* Who approved what and when, which certificate, which digests before and after. Numbers of people, never
 * names. */
static const struct fault *write_journal(const struct work *w, const struct sealed *s, int64_t at,
                                         const struct table *approval, bool with_code, const char **out,
                                         TALLOC_CTX *unit)
{
    const struct seal *seal = w->signer->seal;
    const struct cell *by = table_cell(approval, 0, "approved_by");
    const char *day = civil_text(unit, table_day(approval, 0, "on_day"));
    const char *odt = digest_of(unit, s->odt), *docx = digest_of(unit, s->docx);
    if (!day || !odt || !docx || !by)
        return fault_memory();
    json_t *person = by->null ? json_null() : json_integer(by->number);
    json_t *journal = json_adopt(
        unit, json_pack("{s:s, s:I, s:s, s:s, s:s, s:{s:I, s:o, s:s, s:s}, s:{s:s, s:s}, s:{s:s, s:s},"
                        " s:{s:s, s:s, s:s, s:s}, s:I}",
                        "letter", w->child, "dossier", (json_int_t)w->dossier, "number", w->number,
                        "template", w->template, "checked",
                        with_code ? "approval, code, digests, signatures" : "approval, digests, signatures",
                        "approval", "seq", (json_int_t)table_int(approval, 0, "seq", 0), "person", person,
                        "role", table_text(approval, 0, "role"), "on", day, "approved", "odt", w->odt_digest,
                        "docx", w->docx_digest, "sealed", "odt", odt, "docx", docx, "certificate", "serial",
                        seal_serial(seal), "subject", seal_subject(seal), "sha256", seal_fingerprint(seal),
                        "algorithm", seal_algorithm(seal), "at", (json_int_t)at));
    TRY_MEMORY(journal);
    size_t length = 0;
    return json_canonical(unit, journal, out, &length);
}

static struct cell bytes_cell(struct seal_file file)
{
    return cell_bytes(file.data, file.length);
}

const struct fault *sign_one(struct db *db, TALLOC_CTX *unit, void *arg)
{
    const struct work *w = arg;
    const int64_t at = db_moment(db) / 1000000;
    struct sealed s = {.odt = {NULL, 0}};
    struct table *approval = NULL;
    const char *journal = NULL;
    bool with_code = false;
    TRY(db_query(db, Q_APPROVAL_TO_SIGN,
                 (struct cell[]){cell_int(w->agency), cell_int(w->dossier), cell_text(w->child)}, &approval,
                 unit));
    if (!approval->row_count)
        return fault_new(unit, FAULT_STALE, "SIGN_NOT_APPROVED", "the approval is gone");
    TRY(check_approved(w, unit));
    TRY(sign_check_code(db, w, approval, &with_code, unit));
    TRY(seal_both(w, at, &s, unit));
    TRY(write_journal(w, &s, at, approval, with_code, &journal, unit));
    const struct cell row[] = {
        cell_int(w->agency),       cell_int(w->dossier),
        cell_text(w->child),       bytes_cell(s.odt),
        bytes_cell(s.docx),        bytes_cell(s.odt_beside),
        bytes_cell(s.docx_beside), cell_bytes(w->signer->certificate, sizeof w->signer->certificate),
        cell_text(journal)};
    return db_query(db, Q_SEALED_ADD, row, NULL, unit);
}
