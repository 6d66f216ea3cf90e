#include <string.h>
#include "drafts.h"
#include "life.h"
#include "text.h"

/* Drafts belong to no dossier; their keys are bound to this number instead. */
#define NO_DOSSIER 1

static void visitor_hash(const char *visitor, uint8_t out[CRYPT_HASH])
{
    crypt_sha256(visitor, strlen(visitor), out);
}

static const struct fault *open_draft(const struct table *t, const struct office *office, int32_t agency,
                                      json_t **out, TALLOC_CTX *life)
{
    const struct cell *wrapped = table_cell(t, 0, "wrapped"), *nonce = table_cell(t, 0, "nonce"),
                      *cipher = table_cell(t, 0, "cipher");
    struct data_key *key = NULL;
    struct sealed_text sealed = {.cipher = cipher->bytes.data, .length = cipher->bytes.length};
    const char *plain = NULL;
    size_t length = 0;
    TRY(crypt_key_open(life, office->master, agency, NO_DOSSIER, wrapped->bytes.data, wrapped->bytes.length,
                       &key));
    memcpy(sealed.nonce, nonce->bytes.data, sizeof sealed.nonce);
    TRY(crypt_open(life, key, (struct crypt_place){agency, NO_DOSSIER, 1}, &sealed, &plain, &length));
    return json_read(life, "draft", plain, length, out);
}

const struct fault *draft_get(struct db *db, const struct office *office, const char *visitor, json_t **out,
                              TALLOC_CTX *life)
{
    uint8_t hash[CRYPT_HASH];
    struct table *t = NULL;
    visitor_hash(visitor ? visitor : "", hash);
    TRY(db_query(db, Q_DRAFT_GET, (struct cell[]){cell_bytes(hash, sizeof hash)}, &t, life));
    if (t->row_count && !open_draft(t, office, db_scope_of(db).agency, out, life))
        return NULL;
    *out = json_adopt(life, json_object());
    return *out ? NULL : fault_memory();
}

const struct fault *draft_put(struct db *db, const struct office *office, const char *visitor,
                              const json_t *draft, TALLOC_CTX *life)
{
    int32_t agency = db_scope_of(db).agency;
    uint8_t hash[CRYPT_HASH];
    struct data_key *key = NULL;
    struct sealed_text sealed;
    const uint8_t *wrapped = NULL;
    const char *text = NULL;
    size_t wrapped_length = 0, length = 0;
    visitor_hash(visitor, hash);
    TRY(json_canonical(life, draft, &text, &length));
    TRY(crypt_key_new(life, office->master, agency, NO_DOSSIER, &key, &wrapped, &wrapped_length));
    TRY(crypt_seal(life, key, (struct crypt_place){agency, NO_DOSSIER, 1}, text, length, &sealed));
    const struct cell params[] = {cell_bytes(hash, sizeof hash), cell_bytes(wrapped, wrapped_length),
                                  cell_bytes(sealed.nonce, sizeof sealed.nonce),
                                  cell_bytes(sealed.cipher, sealed.length)};
    return db_query(db, Q_DRAFT_PUT, params, NULL, life);
}
