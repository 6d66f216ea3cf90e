#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "configuration.h"
#include "demo_code.h"
#include "desk.h"
#include "life.h"
#include "text.h"

enum { WAIT_MS = 250, WAITS = 4 * 3 * APPROVER_STEP };

const struct fault *demo_code_key(const struct settings *settings, uint8_t key[APPROVER_KEY], bool *there,
                                  TALLOC_CTX *life)
{
    *there = settings_text(settings, "sign.approvers-key") != NULL;
    return *there ? configuration_secret(life, settings, "sign.approvers-key", key, APPROVER_KEY) : NULL;
}

struct wanted {
    int64_t person, moment; /* seconds */
    uint8_t secret[APPROVER_SECRET];
};

static const struct fault *open_account(struct db *db, const char *login, const uint8_t key[APPROVER_KEY],
                                        struct wanted *w, TALLOC_CTX *life)
{
    struct table *t = NULL;
    TRY(db_query(db, Q_APPROVER_GET, (struct cell[]){cell_text(login)}, &t, life));
    if (!t->row_count)
        return fault_new(life, FAULT_INPUT, "ACCOUNT_UNKNOWN", "%s is not enrolled for one-time codes",
                         login);
    const struct cell *box = table_cell(t, 0, "secret");
    w->person = table_int(t, 0, "person", 0);
    w->moment = table_cell(t, 0, "moment")->number / 1000000;
    return approver_open(life, box->bytes.data, box->bytes.length, key, w->secret);
}

static const struct fault *digest(TALLOC_CTX *life, const char *hex, uint8_t out[32])
{
    return text_unhex(hex, out, 32) ? NULL : fault_new(life, FAULT_BROKEN, "DEMO", "no digest");
}

const struct fault *demo_code_type(struct db *db, const uint8_t key[APPROVER_KEY],
                                   const struct demo_approval *a, TALLOC_CTX *life)
{
    enum { NINE_IN_SHANGHAI = 3600 };
    struct wanted w;
    char code[APPROVER_CODE];
    uint8_t odt[32], docx[32];
    const int64_t moment = (int64_t)civil_number(a->day) * 86400 + NINE_IN_SHANGHAI + a->nth * APPROVER_STEP;
    TRY(open_account(db, a->login, key, &w, life));
    TRY(approver_code(life, w.secret, approver_step(moment), code));
    TRY(digest(life, a->odt, odt));
    TRY(digest(life, a->docx, docx));
    const struct cell row[] = {cell_int(a->agency),
                               cell_int(a->dossier),
                               cell_int(a->seq),
                               cell_int(a->person),
                               cell_text(code),
                               cell_bytes(odt, sizeof odt),
                               cell_bytes(docx, sizeof docx),
                               cell_moment(moment * 1000000)};
    return db_query(db, Q_DEMO_CODE_ADD, row, NULL, life);
}

/* Neither served nor typed a moment ago. */
static bool is_free(const struct table *spent, int64_t step, const char *code)
{
    for (size_t i = 0; i < spent->row_count; i++) {
        const char *typed = table_text(spent, i, "code");
        if (typed ? strcmp(typed, code) == 0 : table_int(spent, i, "step", 0) == step)
            return false;
    }
    return true;
}

static const struct fault *free_code(struct db *db, const char *login, const uint8_t key[APPROVER_KEY],
                                     char out[APPROVER_CODE], TALLOC_CTX *life)
{
    struct wanted w;
    struct table *spent = NULL;
    TRY(open_account(db, login, key, &w, life));
    const int64_t now = approver_step(w.moment), first = now - APPROVER_DRIFT, last = now + APPROVER_DRIFT;
    TRY(db_query(db, Q_CODES_SPENT, (struct cell[]){cell_int(w.person), cell_int(first), cell_int(last)},
                 &spent, life));
    for (int64_t step = last; step >= first; step--) { /* the one that is valid longest */
        TRY(approver_code(life, w.secret, step, out));
        if (is_free(spent, step, out))
            return NULL;
    }
    *out = 0;
    return NULL;
}

int demo_code(const char *login)
{
    SCOPED_LIFE(life);
    const struct settings *settings = NULL;
    struct db *db = NULL;
    uint8_t key[APPROVER_KEY];
    char code[APPROVER_CODE] = "";
    bool there = false;
    const struct fault *f = desk_open(life, "owner", &settings, &db);
    if (!f)
        f = demo_code_key(settings, key, &there, life);
    if (!f && !there)
        f = fault_new(life, FAULT_INPUT, "SETTING_VALUE", "sign.approvers-key is not set");
    for (int i = 0; !f && !*code && i < WAITS; i++) {
        SCOPED_LIFE(turn);
        if (i)
            nanosleep(&(struct timespec){.tv_nsec = WAIT_MS * 1000000L}, NULL);
        f = fault_keep(life, turn ? free_code(db, login, key, code, turn) : fault_memory());
    }
    sodium_memzero(key, sizeof key);
    if (!f && !*code)
        f = fault_new(life, FAULT_BROKEN, "DEMO", "no code has become free");
    if (f)
        return desk_fail("demo", f);
    puts(code);
    return 0;
}
