/* How long the seals last: told to the database when one was exchanged, and to the log when one ends soon. */
#include <sodium.h>
#include <string.h>
#include <time.h>
#include "life.h"
#include "log.h"
#include "sign_parts.h"
#include "text.h"

enum { DAY = 86400 };

static const struct fault *see(struct signer *signer, const char *kind, const struct seal *seal,
                               TALLOC_CTX *life)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    struct table *t = NULL;
    if (!text_unhex(seal_fingerprint(seal), digest, sizeof digest))
        return fault_memory();
    const struct cell row[] = {cell_text(kind), cell_bytes(digest, sizeof digest),
                               cell_text(seal_serial(seal)), cell_text(seal_subject(seal)),
                               cell_moment(seal_until(seal) * 1000000)};
    TRY(db_query(signer->db, Q_SEAL_SEEN, row, &t, life));
    if (table_flag(t, 0, "changed"))
        log_event(LOG_LEVEL_INFO, "seal_certificate", "kind", kind, "serial", seal_serial(seal), NULL);
    return NULL;
}

static void warn(const struct signer *signer, const char *kind, const struct seal *seal, int64_t now,
                 TALLOC_CTX *life)
{
    int64_t days = (seal_until(seal) - now) / DAY;
    if (days >= settings_int(signer->settings, "sign.warn-days"))
        return;
    log_event(LOG_LEVEL_WARN, "seal_certificate_ends_soon", "kind", kind, "serial", seal_serial(seal), "days",
              talloc_asprintf(life, "%lld", (long long)days), "action",
              "ask the authority for a renewed certificate; put key and certificate in their places, no "
              "restart is needed",
              NULL);
}

bool sign_watch_due(const struct signer *signer)
{
    return time(NULL) - signer->watched >= SIGN_WATCH;
}

const struct fault *sign_watch(struct signer *signer, TALLOC_CTX *life)
{
    const struct {
        const char *kind;
        const struct seal *seal;
    } SEALS[] = {{"seal", signer->seal}, {"sm2", signer->sm2}};
    const int64_t now = (int64_t)time(NULL);
    bool daily = now - signer->warned >= DAY;
    for (size_t i = 0; i < sizeof SEALS / sizeof *SEALS; i++) {
        if (!SEALS[i].seal)
            continue;
        TRY(see(signer, SEALS[i].kind, SEALS[i].seal, life));
        if (daily)
            warn(signer, SEALS[i].kind, SEALS[i].seal, now, life);
    }
    signer->watched = now;
    signer->warned = daily ? now : signer->warned;
    return NULL;
}
