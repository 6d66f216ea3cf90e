/* sign_parts.h - what the files of `mingda sign` share with one another, and with no one else. */
#ifndef MINGDA_SIGN_PARTS_H
#define MINGDA_SIGN_PARTS_H

#include "approver.h"
#include "db.h"
#include "seal.h"
#include "seal_token.h"
#include "settings.h"
#include "stamp.h"

enum { SIGN_REFUSED_MAX = 256, SIGN_KEY_MAX = 96, SIGN_WATCH = 3600 /* s between two looks at the seals */ };

struct signer {
    struct db *db;
    const struct settings *settings;
    const struct seal *seal, *sm2; /* of this round; sm2 NULL: there is none */
    uint8_t certificate[32];       /* SHA-256 of the seal's */
    struct token_memory token;
    struct stamp_rules stamps; /* of this round */
    int64_t wait;              /* seconds that a letter waits for its timestamps; 0: none are asked for */
    int64_t watched, warned;   /* when the seals were last looked at, and when one that ends was told */
    uint8_t approvers_key[APPROVER_KEY];
    bool has_approvers_key, codes_of_all;
    char refused[SIGN_REFUSED_MAX][SIGN_KEY_MAX]; /* letters that cannot be sealed: told once each */
    size_t refused_count;
};

/* One of a letter's two packages. */
struct work_file {
    struct seal_file unsigned_package;
    const char *digest;      /* approved, hexadecimal */
    const char *value;       /* begun before: the signature's value; else NULL */
    struct seal_file answer; /* the timestamp authority's to it; empty: none came */
    const uint8_t *imprint;
};

/* What became of it; the unit that seals fills it anew each time it runs. */
struct work_done {
    bool begun;         /* signed, and waits for its timestamps */
    const char *doubts; /* code of why a timestamp that came was not used, or NULL */
};

enum { WORK_ODT, WORK_DOCX, WORK_FILES };

/* One approved letter, as the list gives it. */
struct work {
    const struct signer *signer;
    int32_t agency;
    int64_t dossier;
    const char *child, *template, *number;
    struct work_file files[WORK_FILES];
    int32_t tries;    /* so often it was begun */
    int64_t begun_at; /* the time of signing stated then */
    bool is_begun;    /* by this seal and for these packages */
    int64_t now;      /* this machine's clock */
    struct work_done *done;
};

/* sign_seal.c: key and certificate as the settings say, from files or a token, for one round. The fault says
 * what the operator does about it. */
const struct fault *sign_open_seal(struct signer *signer, TALLOC_CTX *life);
/* Are key and certificate named at all? One that is not named never comes. */
const struct fault *sign_seal_named(const struct settings *settings, TALLOC_CTX *life);
/* The fault with what to do: the one line that the log gets. */
const struct fault *sign_advised(const struct fault *f, TALLOC_CTX *life);

/* sign_watch.c: tells the database which certificates the open seals have, and the log, once a day, of one
 * that ends within sign.warn-days. Due once an hour, also when nothing is to be sealed. */
bool sign_watch_due(const struct signer *signer);
const struct fault *sign_watch(struct signer *signer, TALLOC_CTX *life);

/* sign_journal.c: who approved what and when, which certificate, which digests before and after, which
 * timestamps. Numbers of people, never names. Canonical JSON on `unit`. */
struct sealed_file {
    struct seal_file file, cms, sm2; /* sm2 empty: none */
    struct stamp stamp;              /* within the file; without token: none */
};
const struct fault *sign_journal(const struct work *w, const struct sealed_file files[WORK_FILES], int64_t at,
                                 const struct table *approval, bool with_code, const char **out,
                                 TALLOC_CTX *unit);
/* SHA-256 in hexadecimal; NULL without memory. */
const char *sign_digest(TALLOC_CTX *life, struct seal_file file);

/* sign_code.c: the approver's one-time code fits and serves now, in the unit that seals. *with_code: there
 * was one to check. FAULT_REFUSED where the letter waits for another code. */
const struct fault *sign_check_code(struct db *db, const struct work *w, const struct table *approval,
                                    bool *with_code, TALLOC_CTX *unit);

/* sign_letter.c: a unit of work (unit_fn) that does the next step of one letter; `arg` is its struct work.
 * Without timestamps it seals; with them it begins (signs, and writes down the values), and later finishes
 * the files with what has come. */
const struct fault *sign_one(struct db *db, TALLOC_CTX *unit, void *arg);

#endif
