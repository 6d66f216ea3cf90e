/* One letter: both packages signed inside and beside, judged as a citizen would judge them, and one row. With
 * a timestamp authority it takes two units: the first writes the values of the signatures, the second makes
 * the files. What either leaves is whole: killed between them, the letter is finished by whoever comes next,
 * with the same values. */
#include <sodium.h>
#include <string.h>
#include "life.h"
#include "sign_parts.h"
#include "text.h"
#include "verify.h"

static struct cell bytes_cell(struct seal_file file)
{
    return file.length ? cell_bytes(file.data, file.length) : cell_null(CELL_BYTES);
}

static const struct fault *check_approved(const struct work *w, TALLOC_CTX *unit)
{
    for (size_t i = 0; i < WORK_FILES; i++)
        if (!text_same(sign_digest(unit, w->files[i].unsigned_package), w->files[i].digest))
            return fault_new(unit, FAULT_BROKEN, "SIGN_OTHER_BYTES",
                             "a stored package is not the one that was approved");
    return NULL;
}

/* ---- judging what was made ---- */

#define NOT_VALID "SIGN_NOT_VALID"

static const struct fault *expect_perfect(const struct verify_report *r, TALLOC_CTX *unit)
{
    if (verify_perfect(r) && !r->problem_count)
        return NULL;
    return fault_new(unit, FAULT_BROKEN, NOT_VALID, "what was signed does not verify: %s",
                     r->problem_count ? r->problems[0].code : "no reason given");
}

/* The same judgement that a citizen gets, on the bytes that will be stored. */
static const struct fault *check_sealed(const struct work *w, const struct sealed_file *s, int64_t at,
                                        TALLOC_CTX *unit)
{
    const struct signer *signer = w->signer;
    struct seal_file roots[2] = {seal_certificate(signer->seal)};
    if (signer->sm2)
        roots[1] = seal_certificate(signer->sm2);
    const struct verify_policy policy = {.roots = roots,
                                         .root_count = signer->sm2 ? 2 : 1,
                                         .stamp_roots = signer->stamps.roots,
                                         .stamp_root_count = signer->stamps.root_count,
                                         .now = w->now > at ? w->now : at,
                                         .at = VERIFY_AT_SIGNING};
    const struct verify_report *report = NULL;
    TRY(verify_package(s->file, &policy, &report, unit));
    TRY(expect_perfect(report, unit));
    TRY(verify_cms(s->cms, s->file, &policy, &report, unit));
    TRY(expect_perfect(report, unit));
    if (!s->sm2.length)
        return NULL;
    TRY(verify_cms(s->sm2, s->file, &policy, &report, unit));
    return expect_perfect(report, unit);
}

/* ---- the two steps ---- */

static const struct fault *begin(struct db *db, const struct work *w, int64_t at, TALLOC_CTX *unit)
{
    struct seal_begun made[WORK_FILES] = {{0}};
    uint8_t digests[WORK_FILES][crypto_hash_sha256_BYTES];
    for (size_t i = 0; i < WORK_FILES; i++) {
        TRY(seal_begin(w->signer->seal, w->files[i].unsigned_package, at, &made[i], unit));
        crypto_hash_sha256(digests[i], w->files[i].unsigned_package.data,
                           w->files[i].unsigned_package.length);
    }
    const struct cell row[] = {cell_int(w->agency),
                               cell_int(w->dossier),
                               cell_text(w->child),
                               cell_int(w->tries + 1),
                               cell_bytes(digests[WORK_ODT], sizeof digests[WORK_ODT]),
                               cell_bytes(digests[WORK_DOCX], sizeof digests[WORK_DOCX]),
                               cell_int(at),
                               cell_bytes(w->signer->certificate, sizeof w->signer->certificate),
                               cell_text(made[WORK_ODT].value),
                               cell_text(made[WORK_DOCX].value),
                               cell_bytes(made[WORK_ODT].imprint, STAMP_IMPRINT),
                               cell_bytes(made[WORK_DOCX].imprint, STAMP_IMPRINT)};
    w->done->begun = true;
    return db_query(db, Q_SEAL_BEGUN_ADD, row, NULL, unit);
}

/* A token that the clock brought is believed no more than a stranger's. One that is wrong is as good as none.
 */
static const struct fault *take_stamp(const struct work *w, const struct work_file *in, struct stamp *out,
                                      TALLOC_CTX *unit)
{
    if (!in->answer.length)
        return NULL;
    const struct fault *f = stamp_judge(in->answer, in->imprint, &w->signer->stamps, out, unit);
    if (!f)
        f = stamp_between(out, w->begun_at, w->now, unit);
    if (!f)
        return NULL;
    if (f->kind != FAULT_INPUT)
        return f;
    w->done->doubts = f->code;
    *out = (struct stamp){0};
    return NULL;
}

static const struct fault *sign_file(const struct work *w, const struct work_file *in, int64_t at,
                                     struct sealed_file *out, TALLOC_CTX *unit)
{
    const struct signer *signer = w->signer;
    if (w->is_begun)
        TRY(seal_finish(signer->seal, in->unsigned_package, at, in->value, out->stamp.token, &out->file,
                        unit));
    else
        TRY(seal_package(signer->seal, in->unsigned_package, at, &out->file, unit));
    TRY(seal_cms(signer->seal, out->file, at, &out->cms, unit));
    if (signer->sm2)
        TRY(seal_sm2(signer->sm2, out->file, at, &out->sm2, unit));
    return check_sealed(w, out, at, unit);
}

/* A letter that does not verify with its timestamp (of a moment, say, at which the seal's certificate was not
 * in date yet) does without: otherwise it would be refused for ever. */
static const struct fault *make_file(const struct work *w, const struct work_file *in, int64_t at,
                                     struct sealed_file *out, TALLOC_CTX *unit)
{
    if (w->is_begun)
        TRY(take_stamp(w, in, &out->stamp, unit));
    const struct fault *f = sign_file(w, in, at, out, unit);
    if (!f || !out->stamp.token.length || !text_same(f->code, NOT_VALID))
        return f;
    w->done->doubts = f->code;
    *out = (struct sealed_file){.stamp = {.at = 0}};
    return sign_file(w, in, at, out, unit);
}

static struct cell stamped_cell(const struct sealed_file *s)
{
    return s->stamp.token.length ? cell_moment(s->stamp.at * 1000000) : cell_null(CELL_MOMENT);
}

static const struct fault *finish(struct db *db, const struct work *w, int64_t at,
                                  const struct table *approval, bool with_code, TALLOC_CTX *unit)
{
    struct sealed_file made[WORK_FILES] = {{{0}}};
    const struct sealed_file *odt = &made[WORK_ODT], *docx = &made[WORK_DOCX];
    const char *journal = NULL;
    for (size_t i = 0; i < WORK_FILES; i++)
        TRY(make_file(w, &w->files[i], at, &made[i], unit));
    TRY(sign_journal(w, made, at, approval, with_code, &journal, unit));
    const struct cell row[] = {
        cell_int(w->agency),    cell_int(w->dossier),
        cell_text(w->child),    bytes_cell(odt->file),
        bytes_cell(docx->file), bytes_cell(odt->cms),
        bytes_cell(docx->cms),  cell_bytes(w->signer->certificate, sizeof w->signer->certificate),
        cell_text(journal),     bytes_cell(odt->sm2),
        bytes_cell(docx->sm2),  stamped_cell(odt),
        stamped_cell(docx)};
    return db_query(db, Q_SEALED_ADD, row, NULL, unit);
}

const struct fault *sign_one(struct db *db, TALLOC_CTX *unit, void *arg)
{
    const struct work *w = arg;
    const struct cell key[] = {cell_int(w->agency), cell_int(w->dossier), cell_text(w->child),
                               cell_int(w->tries + 1)};
    const int64_t at = w->is_begun ? w->begun_at : db_moment(db) / 1000000;
    struct table *approval = NULL, *claim = NULL;
    bool with_code = false;
    *w->done = (struct work_done){0};
    TRY(db_query(db, Q_SEAL_CLAIM, key, &claim, unit));
    if (!table_flag(claim, 0, "free"))
        return fault_new(unit, FAULT_STALE, "SIGN_DONE", "another signer was faster");
    TRY(db_query(db, Q_APPROVAL_TO_SIGN, key, &approval, unit));
    if (!approval->row_count)
        return fault_new(unit, FAULT_STALE, "SIGN_NOT_APPROVED", "the approval is gone");
    TRY(check_approved(w, unit));
    TRY(sign_check_code(db, w, approval, &with_code, unit));
    return w->signer->wait && !w->is_begun ? begin(db, w, at, unit)
                                           : finish(db, w, at, approval, with_code, unit);
}
