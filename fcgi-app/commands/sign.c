/* sign.c - mingda sign: the process that alone holds the seal. It looks for approved letters without a seal,
 * signs both packages inside and beside, checks what it made with the verifier that the public uses, and
 * writes one row. It raises no fact and listens on nothing. Key and certificate are read anew whenever there
 * is something to seal: mended or renewed, they serve without a restart; while they cannot be used, letters
 * wait and their readers are told why.
 *
 * The row is the only trace of a sealing: killed at any point, a letter is sealed or it is not. Two signers
 * may run; the key of `sealed` lets one win, and the other goes on with the next letter. */
#include <sodium.h>
#include <string.h>
#include <sys/resource.h>
#include "approver.h"
#include "commands.h"
#include "configuration.h"
#include "crypt.h"
#include "desk.h"
#include "json.h"
#include "letter_sign.h"
#include "life.h"
#include "log.h"
#include "rounds.h"
#include "text.h"
#include "verify.h"

enum { LETTERS_AT_ONCE = 16, REFUSED_MAX = 256, KEY_MAX = 96 };

struct signer {
    struct db *db;
    const struct settings *settings;
    const struct seal *seal; /* of this round */
    uint8_t certificate[32]; /* SHA-256 */
    uint8_t approvers_key[APPROVER_KEY];
    bool has_approvers_key, codes_of_all;
    char refused[REFUSED_MAX][KEY_MAX]; /* letters that cannot be sealed: told once each */
    size_t refused_count;
};

/* One approved letter, as the list gives it. */
struct work {
    const struct signer *signer;
    int32_t agency;
    int64_t dossier;
    const char *child, *template, *number;
    struct seal_file odt, docx;
    const char *odt_digest, *docx_digest; /* approved, hexadecimal */
};

struct sealed {
    struct seal_file odt, docx, odt_beside, docx_beside;
};

static const char *digest_of(TALLOC_CTX *life, struct seal_file file)
{
    uint8_t digest[32];
    crypto_hash_sha256(digest, file.data, file.length);
    return text_hex(life, digest, sizeof digest);
}

/* ---- sealing one letter ---- */

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

/* ---- the approver's code ---- */

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
    crypto_hash_sha256(odt, w->odt.data, w->odt.length);
    crypto_hash_sha256(docx, w->docx.data, w->docx.length);
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

static const struct fault *check_code(struct db *db, const struct work *w, const struct table *approval,
                                      bool *with_code, TALLOC_CTX *unit)
{
    const struct cell *by = table_cell(approval, 0, "approved_by");
    struct table *t = NULL;
    if (by->null)
        return NULL; /* approved by rule */
    TRY(db_query(db, Q_CODE_TO_CHECK,
                 (struct cell[]){cell_int(w->agency), cell_int(w->dossier), cell_text(w->child)}, &t, unit));
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

static const struct fault *seal_one(struct db *db, TALLOC_CTX *unit, void *arg)
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
    TRY(check_code(db, w, approval, &with_code, unit));
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

/* ---- letters as the list gives them ---- */

static struct seal_file file_of(const struct table *t, size_t row, const char *column)
{
    const struct cell *c = table_cell(t, row, column);
    return (struct seal_file){c->bytes.data, c->bytes.length};
}

static struct work work_of(const struct signer *signer, const struct table *t, size_t row, TALLOC_CTX *life)
{
    struct seal_file odt = file_of(t, row, "odt_sha256"), docx = file_of(t, row, "docx_sha256");
    return (struct work){.signer = signer,
                         .agency = (int32_t)table_int(t, row, "agency", 0),
                         .dossier = table_int(t, row, "dossier", 0),
                         .child = table_text(t, row, "child"),
                         .template = table_text(t, row, "template"),
                         .number = table_text(t, row, "number"),
                         .odt = file_of(t, row, "odt"),
                         .docx = file_of(t, row, "docx"),
                         .odt_digest = text_hex(life, odt.data, odt.length),
                         .docx_digest = text_hex(life, docx.data, docx.length)};
}

/* True the first time that this letter is refused; when the list is full, always. */
static bool first_refusal(struct signer *signer, const char *key)
{
    key = key ? key : "";
    for (size_t i = 0; i < signer->refused_count; i++)
        if (strncmp(signer->refused[i], key, KEY_MAX - 1) == 0)
            return false;
    if (signer->refused_count < REFUSED_MAX)
        snprintf(signer->refused[signer->refused_count++], KEY_MAX, "%s", key);
    return true;
}

/* A letter that cannot be sealed does not stop the next one; trouble with the database does. */
static const struct fault *told(struct signer *signer, const char *key, const struct fault *f,
                                TALLOC_CTX *life)
{
    if (f && (f->kind == FAULT_AWAY || f->kind == FAULT_RETRY))
        return f;
    if (!f)
        log_event(LOG_LEVEL_INFO, "letter_sealed", "letter", key, "serial", seal_serial(signer->seal), NULL);
    else if (f->kind == FAULT_REFUSED && first_refusal(signer, talloc_asprintf(life, "%s code", key)))
        log_event(LOG_LEVEL_INFO, "letter_waits_for_code", "letter", key, "why", f->code, NULL);
    else if (f->kind != FAULT_REFUSED && f->kind != FAULT_STALE &&
             first_refusal(signer, key)) /* stale: another signer was faster */
        log_event(LOG_LEVEL_ERROR, "letter_not_sealed", "letter", key, "why", fault_text(life, f), NULL);
    return NULL;
}

/* ---- what the operator does about it ---- */

static const struct {
    const char *code; /* or how it begins */
    const char *action;
} ADVICE[] = {
    {"SEAL_KEY_MISSING", "put the key where sign.key says"},
    {"SEAL_CERTIFICATE_MISSING", "put the certificate where sign.certificate says"},
    {"SEAL_CERTIFICATE_EXPIRED", "put a renewed certificate where sign.certificate says"},
    {"SEAL_CERTIFICATE_EARLY", "check the clock of this machine, or wait until the certificate is valid"},
    {"SEAL_MISMATCH", "let sign.key and sign.certificate name a pair"},
    {"SEAL_", "check sign.key, sign.certificate and sign.chain"},
    {"DATABASE_FULL", "free space on the disk of the database"},
    {"", "look at the database and its log"},
};

/* The fault with what to do: the one line that the log gets. */
static const struct fault *advised(const struct fault *f, TALLOC_CTX *life)
{
    size_t i = 0;
    while (strncmp(ADVICE[i].code, f->code, strlen(ADVICE[i].code)) != 0)
        i++;
    return fault_because(life, f->kind, f->code, f, "%s; letters wait and are sealed by themselves then",
                         ADVICE[i].action);
}

/* Written down for those who wait: about one letter, or (letter NULL) about all. Where even that cannot be
 * written, they see how long they have been waiting. */
static void tell_waiting(struct signer *signer, const struct work *letter, const struct fault *f,
                         TALLOC_CTX *life)
{
    const struct cell params[] = {letter ? cell_int(letter->agency) : cell_null(CELL_INT),
                                  letter ? cell_int(letter->dossier) : cell_null(CELL_INT),
                                  letter ? cell_text(letter->child) : cell_null(CELL_TEXT),
                                  cell_text(f->code)};
    const struct fault *untold = db_query(signer->db, Q_SEAL_FAILED, params, NULL, life);
    if (untold && untold->kind != FAULT_AWAY)
        log_event(LOG_LEVEL_WARN, "trouble_not_told", "why", fault_text(life, untold), NULL);
}

/* ---- a round ---- */

static const struct fault *seal_row(struct signer *signer, const struct table *t, size_t row, size_t *sealed,
                                    TALLOC_CTX *round)
{
    SCOPED_LIFE(life);
    TRY_MEMORY(life);
    struct work w = work_of(signer, t, row, life);
    const char *key = talloc_asprintf(life, "%lld/%s", (long long)w.dossier, w.child);
    TRY_MEMORY(key);
    db_scope_set(signer->db, (struct db_scope){.agency = w.agency});
    const struct fault *f = db_unit(signer->db, "seal", seal_one, &w, life);
    *sealed += !f;
    if (f && f->kind != FAULT_STALE && f->kind != FAULT_RETRY)
        tell_waiting(signer, &w, f, life);
    return fault_keep(round, told(signer, key, f, life));
}

static const struct fault *open_seal(struct signer *signer, TALLOC_CTX *life)
{
    const struct settings *settings = signer->settings;
    struct seal *seal = NULL;
    TRY(letter_seal_open(life, settings_text(settings, "sign.key"),
                         settings_text(settings, "sign.certificate"), settings_text(settings, "sign.chain"),
                         (int64_t)time(NULL), &seal));
    const char *hex = seal_fingerprint(seal);
    if (sodium_hex2bin(signer->certificate, sizeof signer->certificate, hex, strlen(hex), NULL, NULL, NULL) !=
        0)
        return fault_memory();
    signer->seal = seal;
    return NULL;
}

/* *more: there was something to seal, and there may be more. */
static const struct fault *round_of(struct signer *signer, bool *more, TALLOC_CTX *life)
{
    struct table *t = NULL;
    size_t sealed = 0;
    db_scope_set(signer->db, (struct db_scope){0});
    TRY(db_query(signer->db, Q_LETTERS_TO_SIGN, (struct cell[]){cell_int(LETTERS_AT_ONCE)}, &t, life));
    if (!t->row_count)
        return NULL;
    const struct fault *f = open_seal(signer, life);
    if (f)
        tell_waiting(signer, NULL, f, life);
    for (size_t i = 0; !f && i < t->row_count; i++)
        f = seal_row(signer, t, i, &sealed, life);
    *more = sealed > 0;
    return f ? advised(f, life) : NULL;
}

static void run(struct signer *signer, struct rounds *rounds, int64_t interval)
{
    bool more = true;
    while (!rounds_wait(rounds, more ? 0 : interval)) {
        SCOPED_LIFE(round);
        more = false;
        rounds_tell(rounds, round_of(signer, &more, round), round);
    }
}

/* ---- start ---- */

/* A key in a core file is a key in a backup. */
static void leave_no_core(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

/* A key that is not named at all never comes; one that cannot be used now may be mended while letters wait.
 */
static const struct fault *try_seal(struct signer *signer, TALLOC_CTX *life)
{
    static const char *const NAMES[] = {"sign.key", "sign.certificate"};
    for (size_t i = 0; i < 2; i++)
        if (!settings_text(signer->settings, NAMES[i]))
            return fault_new(life, FAULT_INPUT, "SETTING_VALUE", "%s is not set", NAMES[i]);
    SCOPED_LIFE(scratch);
    const struct fault *f = open_seal(signer, scratch);
    if (f)
        log_event(LOG_LEVEL_ERROR, "seal_unusable", "why", fault_text(scratch, advised(f, scratch)), NULL);
    else
        log_event(LOG_LEVEL_INFO, "sign_ready", "serial", seal_serial(signer->seal), "algorithm",
                  seal_algorithm(signer->seal), NULL);
    signer->seal = NULL;
    return NULL;
}

/* What judges approvers' codes; without a key the letters of those who are enrolled wait. */
static const struct fault *read_codes(struct signer *signer, TALLOC_CTX *life)
{
    const char *whose = settings_text(signer->settings, "sign.codes");
    signer->codes_of_all = text_same(whose, "all");
    if (!signer->codes_of_all && !text_same(whose, "enrolled"))
        return fault_new(life, FAULT_INPUT, "SETTING_VALUE", "sign.codes is enrolled or all");
    signer->has_approvers_key = settings_text(signer->settings, "sign.approvers-key") != NULL;
    return signer->has_approvers_key ? configuration_secret(life, signer->settings, "sign.approvers-key",
                                                            signer->approvers_key, APPROVER_KEY)
                                     : NULL;
}

int command_sign(int argc, char **argv)
{
    (void)argv;
    SCOPED_LIFE(life);
    const struct settings *settings = NULL;
    struct signer *signer = talloc_zero(life, struct signer);
    struct rounds rounds;
    if (argc != 1 || !signer) {
        fputs("usage: mingda sign\n", stderr);
        return 2;
    }
    leave_no_core();
    rounds_begin(&rounds, "sign");
    const struct fault *f = desk_open(life, "sign", &settings, &signer->db);
    signer->settings = settings;
    if (!f || f->kind == FAULT_AWAY) /* a database that is down means wait */
        f = read_codes(signer, life);
    if (!f)
        f = try_seal(signer, life);
    if (f)
        return desk_fail("sign", f);
    run(signer, &rounds, settings_int(settings, "sign.interval"));
    log_event(LOG_LEVEL_INFO, "sign_stopped", NULL);
    return 0;
}
