#include <liboath/oath.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "approver.h"
#include "crypt.h"
#include "life.h"

_Static_assert((int)APPROVER_BOX == (int)APPROVER_SECRET + (int)crypto_box_SEALBYTES,
               "a box is as long as its content and 48 bytes");
_Static_assert((int)APPROVER_KEY == (int)crypto_box_SECRETKEYBYTES, "keys of X25519");

static const struct fault *uri_of(TALLOC_CTX *life, const char *login, const uint8_t secret[APPROVER_SECRET],
                                  const char **uri)
{
    char *base32 = NULL;
    if (oath_base32_encode((const char *)secret, APPROVER_SECRET, &base32, NULL) != OATH_OK)
        return fault_memory();
    *uri = talloc_asprintf(
        life, "otpauth://totp/Mingda:%s?secret=%s&issuer=Mingda&algorithm=SHA1&digits=6&period=%d", login,
        base32, APPROVER_STEP);
    sodium_memzero(base32, strlen(base32));
    free(base32);
    return *uri ? NULL : fault_memory();
}

const struct fault *approver_enrol(struct db *db, const char *login, const uint8_t public_key[APPROVER_KEY],
                                   const char **uri, TALLOC_CTX *life)
{
    uint8_t secret[APPROVER_SECRET], box[APPROVER_BOX];
    struct table *t = NULL;
    crypt_random(secret, sizeof secret);
    crypto_box_seal(box, secret, sizeof secret, public_key);
    const struct fault *f = uri_of(life, login, secret, uri);
    sodium_memzero(secret, sizeof secret);
    TRY(f);
    TRY(db_query(db, Q_APPROVER_PUT, (struct cell[]){cell_text(login), cell_bytes(box, sizeof box)}, &t,
                 life));
    return t->row_count ? NULL
                        : fault_new(life, FAULT_INPUT, "ACCOUNT_UNKNOWN", "there is no person %s", login);
}

const struct fault *approver_open(TALLOC_CTX *life, const uint8_t *box, size_t length,
                                  const uint8_t secret_key[APPROVER_KEY], uint8_t secret[APPROVER_SECRET])
{
    uint8_t public_key[APPROVER_KEY];
    crypto_scalarmult_base(public_key, secret_key);
    if (length == APPROVER_BOX && crypto_box_seal_open(secret, box, length, public_key, secret_key) == 0)
        return NULL;
    return fault_new(life, FAULT_BROKEN, "APPROVER_BOX",
                     "sign.approvers-key does not open the approver's secret");
}

int64_t approver_step(int64_t moment)
{
    return moment / APPROVER_STEP;
}

const struct fault *approver_code(TALLOC_CTX *life, const uint8_t secret[APPROVER_SECRET], int64_t step,
                                  char out[APPROVER_CODE])
{
    if (oath_totp_generate((const char *)secret, APPROVER_SECRET, (time_t)(step * APPROVER_STEP),
                           APPROVER_STEP, 0, APPROVER_CODE - 1, out) == OATH_OK)
        return NULL;
    return fault_new(life, FAULT_BROKEN, "APPROVER_CODE", "liboath makes no code");
}

const struct fault *approver_fits(TALLOC_CTX *life, const uint8_t secret[APPROVER_SECRET], const char *typed,
                                  int64_t moment, bool *fits, int64_t *step)
{
    char code[APPROVER_CODE];
    *fits = false;
    for (int64_t at = approver_step(moment) - APPROVER_DRIFT; at <= approver_step(moment) + APPROVER_DRIFT;
         at++) {
        TRY(approver_code(life, secret, at, code));
        if (strlen(typed) == APPROVER_CODE - 1 && sodium_memcmp(code, typed, APPROVER_CODE - 1) == 0) {
            *fits = true;
            *step = at;
        }
    }
    sodium_memzero(code, sizeof code);
    return NULL;
}
