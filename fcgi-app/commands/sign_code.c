/* The approver's code, judged where its secret can be opened. */
#include <sodium.h>
#include "crypt.h"
#include "life.h"
#include "sign_parts.h"

static const struct fault *code_wrong(TALLOC_CTX *unit, const char *code, const char *what)
{
    return fault_new(unit, FAULT_REFUSED, code, "%s", what);
}

/* The code that was typed is that of its moment, and has not served before: it serves now, for this letter.
 * In the unit that seals: a code is used up when something is sealed, and not otherwise. */
static const struct fault *use_code(struct db *db, const struct work *w, int64_t person,
                                    const struct table *t, TALLOC_CTX *unit)
{
    uint8_t secret[APPROVER_SECRET], odt[CRYPT_HASH], docx[CRYPT_HASH];
    const struct cell *box = table_cell(t, 0, "secret"), *entered = table_cell(t, 0, "entered");
    bool fits = false;
    int64_t step = 0;
    TRY(approver_open(unit, box->bytes.data, box->bytes.length, w->signer->approvers_key, secret));
    const struct fault *f =
        approver_fits(unit, secret, table_text(t, 0, "code"), entered->number / 1000000, &fits, &step);
    sodium_memzero(secret, sizeof secret);
    TRY(f);
    if (!fits)
        return code_wrong(unit, "SIGN_CODE_WRONG", "the code is not the approver's at that moment");
    crypto_hash_sha256(odt, w->files[WORK_ODT].unsigned_package.data,
                       w->files[WORK_ODT].unsigned_package.length);
    crypto_hash_sha256(docx, w->files[WORK_DOCX].unsigned_package.data,
                       w->files[WORK_DOCX].unsigned_package.length);
    const struct cell used[] = {cell_int(person),
                                cell_int(step),
                                cell_int(w->agency),
                                cell_int(w->dossier),
                                cell_text(w->child),
                                cell_bytes(odt, sizeof odt),
                                cell_bytes(docx, sizeof docx)};
    f = db_query(db, Q_CODE_USED_ADD, used, NULL, unit);
    return f && f->kind == FAULT_STALE ? code_wrong(unit, "SIGN_CODE_USED", "the code has served before") : f;
}

const struct fault *sign_check_code(struct db *db, const struct work *w, const struct table *approval,
                                    bool *with_code, TALLOC_CTX *unit)
{
    const struct cell *by = table_cell(approval, 0, "approved_by");
    struct table *t = NULL;
    const struct cell key[] = {cell_int(w->agency), cell_int(w->dossier), cell_text(w->child)};
    if (by->null)
        return NULL; /* approved by rule */
    TRY(db_query(db, Q_CODE_SERVED, key, &t, unit));
    *with_code = table_flag(t, 0, "served"); /* when this letter was begun */
    if (*with_code)
        return NULL;
    TRY(db_query(db, Q_CODE_TO_CHECK, key, &t, unit));
    const struct cell *secret = table_cell(t, 0, "secret");
    if (!secret || secret->null)
        return w->signer->codes_of_all ? code_wrong(unit, "SIGN_CODE_NOT_ENROLLED",
                                                    "the approver is not enrolled for one-time codes")
                                       : NULL;
    if (!w->signer->has_approvers_key)
        return fault_new(unit, FAULT_BROKEN, "SIGN_CODE_KEY", "sign.approvers-key is not set");
    if (!table_text(t, 0, "code"))
        return code_wrong(unit, "SIGN_CODE_MISSING", "no code was typed for this letter");
    *with_code = true;
    return use_code(db, w, by->number, t, unit);
}
