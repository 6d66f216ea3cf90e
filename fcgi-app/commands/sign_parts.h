/* sign_parts.h - what the files of `mingda sign` share with one another, and with no one else. */
#ifndef MINGDA_SIGN_PARTS_H
#define MINGDA_SIGN_PARTS_H

#include "approver.h"
#include "db.h"
#include "seal.h"
#include "seal_token.h"
#include "settings.h"

enum { SIGN_REFUSED_MAX = 256, SIGN_KEY_MAX = 96 };

struct signer {
    struct db *db;
    const struct settings *settings;
    const struct seal *seal; /* of this round */
    uint8_t certificate[32]; /* SHA-256 */
    struct token_memory token;
    uint8_t approvers_key[APPROVER_KEY];
    bool has_approvers_key, codes_of_all;
    char refused[SIGN_REFUSED_MAX][SIGN_KEY_MAX]; /* letters that cannot be sealed: told once each */
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

/* sign_seal.c: key and certificate as the settings say, from files or a token, for one round. The fault says
 * what the operator does about it. */
const struct fault *sign_open_seal(struct signer *signer, TALLOC_CTX *life);
/* Are key and certificate named at all? One that is not named never comes. */
const struct fault *sign_seal_named(const struct settings *settings, TALLOC_CTX *life);
/* The fault with what to do: the one line that the log gets. */
const struct fault *sign_advised(const struct fault *f, TALLOC_CTX *life);

/* sign_code.c: the approver's one-time code fits and serves now, in the unit that seals. *with_code: there
 * was one to check. FAULT_REFUSED where the letter waits for another code. */
const struct fault *sign_check_code(struct db *db, const struct work *w, const struct table *approval,
                                    bool *with_code, TALLOC_CTX *unit);

/* sign_letter.c: a unit of work (unit_fn) that seals one letter; `arg` is its struct work. */
const struct fault *sign_one(struct db *db, TALLOC_CTX *unit, void *arg);

#endif
