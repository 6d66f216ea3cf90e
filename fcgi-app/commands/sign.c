/* sign.c - mingda sign: the process that alone holds the seal. It looks for approved letters without a seal,
 * signs both packages inside and beside, checks what it made with the verifier that the public uses, and
 * writes one row. It raises no fact and listens on nothing. Key and certificate are read anew whenever there
 * is something to seal: mended or renewed, they serve without a restart; while they cannot be used, letters
 * wait and their readers are told why.
 *
 * The row is the only trace of a sealing: killed at any point, a letter is sealed or it is not. Where a
 * timestamp authority is asked, a row with the signatures' values comes first (sign_letter.c). Two signers
 * may run; one claims the letter, and the other goes on with the next. */
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include "commands.h"
#include "configuration.h"
#include "desk.h"
#include "life.h"
#include "log.h"
#include "rounds.h"
#include "sign_parts.h"
#include "text.h"

enum { LETTERS_AT_ONCE = 16 };

/* ---- letters as the list gives them ---- */

static struct seal_file file_of(const struct table *t, size_t row, const char *column)
{
    const struct cell *c = table_cell(t, row, column);
    return c && !c->null ? (struct seal_file){c->bytes.data, c->bytes.length} : (struct seal_file){NULL, 0};
}

static struct work_file work_file_of(const struct table *t, size_t row, const char *which, TALLOC_CTX *life)
{
    const char *digest = talloc_asprintf(life, "%s_sha256", which),
               *value = talloc_asprintf(life, "%s_value", which),
               *imprint = talloc_asprintf(life, "%s_imprint", which),
               *stamp = talloc_asprintf(life, "%s_stamp", which);
    if (!digest || !value || !imprint || !stamp)
        return (struct work_file){0};
    struct seal_file sum = file_of(t, row, digest);
    return (struct work_file){.unsigned_package = file_of(t, row, which),
                              .digest = text_hex(life, sum.data, sum.length),
                              .value = table_text(t, row, value),
                              .imprint = file_of(t, row, imprint).data,
                              .answer = file_of(t, row, stamp)};
}

/* What was begun with another certificate is begun anew. */
static struct work work_of(const struct signer *signer, const struct table *t, size_t row,
                           struct work_done *done, TALLOC_CTX *life)
{
    struct seal_file certificate = file_of(t, row, "certificate");
    return (struct work){.signer = signer,
                         .agency = (int32_t)table_int(t, row, "agency", 0),
                         .dossier = table_int(t, row, "dossier", 0),
                         .child = table_text(t, row, "child"),
                         .template = table_text(t, row, "template"),
                         .number = table_text(t, row, "number"),
                         .files = {work_file_of(t, row, "odt", life), work_file_of(t, row, "docx", life)},
                         .tries = (int32_t)table_int(t, row, "tries", 0),
                         .begun_at = table_int(t, row, "at", 0),
                         .is_begun = certificate.length == sizeof signer->certificate &&
                                     memcmp(certificate.data, signer->certificate, certificate.length) == 0,
                         .now = (int64_t)time(NULL),
                         .done = done};
}

/* True the first time that this letter is refused; when the list is full, always. */
static bool first_refusal(struct signer *signer, const char *key)
{
    key = key ? key : "";
    for (size_t i = 0; i < signer->refused_count; i++)
        if (strncmp(signer->refused[i], key, SIGN_KEY_MAX - 1) == 0)
            return false;
    if (signer->refused_count < SIGN_REFUSED_MAX)
        snprintf(signer->refused[signer->refused_count++], SIGN_KEY_MAX, "%s", key);
    return true;
}

/* A letter that cannot be sealed does not stop the next one; trouble with the database does. */
static const struct fault *told(struct signer *signer, const char *key, const struct work_done *done,
                                const struct fault *f, TALLOC_CTX *life)
{
    if (f && (f->kind == FAULT_AWAY || f->kind == FAULT_RETRY))
        return f;
    if (!f && done->doubts)
        log_event(LOG_LEVEL_ERROR, "timestamp_not_believed", "letter", key, "why", done->doubts, NULL);
    if (!f && done->begun)
        log_event(LOG_LEVEL_INFO, "letter_awaits_timestamp", "letter", key, NULL);
    else if (!f)
        log_event(LOG_LEVEL_INFO, "letter_sealed", "letter", key, "serial", seal_serial(signer->seal), NULL);
    else if (f->kind == FAULT_REFUSED && first_refusal(signer, talloc_asprintf(life, "%s code", key)))
        log_event(LOG_LEVEL_INFO, "letter_waits_for_code", "letter", key, "why", f->code, NULL);
    else if (f->kind != FAULT_REFUSED && f->kind != FAULT_STALE &&
             first_refusal(signer, key)) /* stale: another signer was faster */
        log_event(LOG_LEVEL_ERROR, "letter_not_sealed", "letter", key, "why", fault_text(life, f), NULL);
    return NULL;
}

/* ---- a round ---- */

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

static const struct fault *seal_row(struct signer *signer, const struct table *t, size_t row, size_t *sealed,
                                    TALLOC_CTX *round)
{
    SCOPED_LIFE(life);
    TRY_MEMORY(life);
    struct work_done done = {0};
    struct work w = work_of(signer, t, row, &done, life);
    const char *key = talloc_asprintf(life, "%lld/%s", (long long)w.dossier, w.child);
    TRY_MEMORY(key);
    db_scope_set(signer->db, (struct db_scope){.agency = w.agency});
    const struct fault *f = db_unit(signer->db, "seal", sign_one, &w, life);
    *sealed += !f;
    if (f && f->kind != FAULT_STALE && f->kind != FAULT_RETRY)
        tell_waiting(signer, &w, f, life);
    return fault_keep(round, told(signer, key, &done, f, life));
}

/* *more: there was something to seal, and there may be more. */
static const struct fault *round_of(struct signer *signer, bool *more, TALLOC_CTX *life)
{
    struct table *t = NULL;
    size_t sealed = 0;
    db_scope_set(signer->db, (struct db_scope){0});
    TRY(db_query(signer->db, Q_LETTERS_TO_SIGN,
                 (struct cell[]){cell_int(LETTERS_AT_ONCE), cell_int(signer->wait)}, &t, life));
    if (!t->row_count && !sign_watch_due(signer))
        return NULL;
    const struct fault *f = sign_open_seal(signer, life);
    if (f)
        tell_waiting(signer, NULL, f, life);
    else
        f = sign_watch(signer, life);
    for (size_t i = 0; !f && i < t->row_count; i++)
        f = seal_row(signer, t, i, &sealed, life);
    *more = sealed > 0;
    return f ? sign_advised(f, life) : NULL;
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

/* A seal that is not named at all never comes; one that cannot be used now may be mended while letters wait.
 */
static const struct fault *try_seal(struct signer *signer, TALLOC_CTX *life)
{
    TRY(sign_seal_named(signer->settings, life));
    SCOPED_LIFE(scratch);
    const struct fault *f = sign_open_seal(signer, scratch);
    if (f)
        log_event(LOG_LEVEL_ERROR, "seal_unusable", "why", fault_text(scratch, sign_advised(f, scratch)),
                  NULL);
    else
        log_event(LOG_LEVEL_INFO, "sign_ready", "serial", seal_serial(signer->seal), "algorithm",
                  seal_algorithm(signer->seal), NULL);
    signer->seal = signer->sm2 = NULL;
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
    signer->wait = settings ? settings_int(settings, "timestamp.wait") : 0;
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
