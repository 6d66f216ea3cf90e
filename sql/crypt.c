/* crypt.c - see crypt.h. Layouts:
 * wrapped key: nonce (24) · XChaCha20-Poly1305 of the data key under the master key; authenticated: agency,
 * dossier row cipher:  XChaCha20-Poly1305 of salt (16) · plain bytes under the data key; authenticated:
 * agency, dossier, row */
#include <ctype.h>
#include <sodium.h>
#include "crypt.h"
#include "life.h"

enum {
    KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    PLACE = 16 + 4
};
_Static_assert(CRYPT_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(CRYPT_HASH == crypto_hash_sha256_BYTES, "hash");

struct master_key {
    uint8_t *wrap, *hash; /* two keys derived from the master: never one key for two purposes */
};
struct data_key {
    uint8_t *bytes;
};

static int master_end(struct master_key *m)
{
    sodium_free(m->wrap);
    sodium_free(m->hash);
    return 0;
}

/* Places for data keys in one locked and guarded piece of memory: a list opens one for each of its rows, and
 * a piece for each would cost twenty system calls. Made at first use, so after the fork: locks are not
 * inherited. A process has one thread. */
enum { PLACES = 64 };
static struct {
    uint8_t *bytes;
    uint64_t taken; /* a bit for each place */
} places;
_Static_assert(PLACES == 64, "one bit for each");

static uint8_t *place_take(void)
{
    if (!places.bytes)
        places.bytes = sodium_malloc(PLACES * KEY);
    if (!places.bytes || places.taken == UINT64_MAX)
        return sodium_malloc(KEY);
    unsigned at = (unsigned)__builtin_ctzll(~places.taken);
    places.taken |= UINT64_C(1) << at;
    return places.bytes + (size_t)at * KEY;
}

static void place_leave(uint8_t *key)
{
    if (!places.bytes || key < places.bytes || key >= places.bytes + PLACES * KEY) {
        sodium_free(key);
        return;
    }
    sodium_memzero(key, KEY);
    places.taken &= ~(UINT64_C(1) << (unsigned)((size_t)(key - places.bytes) / KEY));
}

static int data_end(struct data_key *k)
{
    if (k->bytes)
        place_leave(k->bytes);
    return 0;
}

static struct master_key *master_new(TALLOC_CTX *life)
{
    struct master_key *m = talloc_zero(life, struct master_key);
    if (!m)
        return NULL;
    talloc_set_destructor(m, master_end);
    m->wrap = sodium_malloc(KEY);
    m->hash = sodium_malloc(KEY);
    if (m->wrap && m->hash)
        return m;
    talloc_free(m);
    return NULL;
}

static struct data_key *data_new(TALLOC_CTX *life)
{
    struct data_key *k = talloc_zero(life, struct data_key);
    if (!k)
        return NULL;
    talloc_set_destructor(k, data_end);
    k->bytes = place_take();
    if (k->bytes)
        return k;
    talloc_free(k);
    return NULL;
}

const struct fault *crypt_master(TALLOC_CTX *life, const char *hex, size_t length, struct master_key **out)
{
    uint8_t key[KEY];
    size_t n = 0;
    while (length && isspace((unsigned char)hex[length - 1]))
        length--;
    while (length && isspace((unsigned char)*hex))
        hex++, length--;
    if (sodium_init() < 0)
        return fault_new(life, FAULT_BROKEN, "MASTER_KEY", "libsodium cannot start");
    if (length != sizeof key * 2 || sodium_hex2bin(key, sizeof key, hex, length, NULL, &n, NULL) != 0 ||
        n != sizeof key)
        return fault_new(life, FAULT_INPUT, "MASTER_KEY", "the master key is not 64 hexadecimal digits");
    struct master_key *m = master_new(life);
    if (m) {
        crypto_kdf_derive_from_key(m->wrap, KEY, 1, "mdwrap__", key);
        crypto_kdf_derive_from_key(m->hash, KEY, 2, "mdhash__", key);
        *out = m;
    }
    sodium_memzero(key, sizeof key);
    return m ? NULL : fault_memory();
}

/* Big-endian agency, dossier, row, after a word that says what it is. */
static void place_bytes(uint8_t out[PLACE], const char word[4], int32_t agency, int64_t dossier, int32_t row)
{
    memcpy(out, word, 4);
    for (int i = 0; i < 4; i++) {
        out[4 + i] = (uint8_t)((uint32_t)agency >> (24 - 8 * i));
        out[16 + i] = (uint8_t)((uint32_t)row >> (24 - 8 * i));
    }
    for (int i = 0; i < 8; i++)
        out[8 + i] = (uint8_t)((uint64_t)dossier >> (56 - 8 * i));
}

const struct fault *crypt_key_new(TALLOC_CTX *life, const struct master_key *master, int32_t agency,
                                  int64_t dossier, struct data_key **key, const uint8_t **wrapped,
                                  size_t *wrapped_length)
{
    struct data_key *k = data_new(life);
    uint8_t *w = talloc_array(life, uint8_t, CRYPT_NONCE + KEY + TAG);
    if (!k || !w)
        return fault_memory();
    uint8_t place[PLACE];
    place_bytes(place, "key ", agency, dossier, 0);
    randombytes_buf(k->bytes, KEY);
    randombytes_buf(w, CRYPT_NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(w + CRYPT_NONCE, NULL, k->bytes, KEY, place, PLACE, NULL, w,
                                               master->wrap);
    *key = k;
    *wrapped = w;
    *wrapped_length = CRYPT_NONCE + KEY + TAG;
    return NULL;
}

const struct fault *crypt_key_open(TALLOC_CTX *life, const struct master_key *master, int32_t agency,
                                   int64_t dossier, const uint8_t *wrapped, size_t length,
                                   struct data_key **key)
{
    struct data_key *k = data_new(life);
    TRY_MEMORY(k);
    uint8_t place[PLACE];
    place_bytes(place, "key ", agency, dossier, 0);
    if (length != CRYPT_NONCE + KEY + TAG ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(k->bytes, NULL, NULL, wrapped + CRYPT_NONCE, KEY + TAG,
                                                   place, PLACE, wrapped, master->wrap) != 0) {
        talloc_free(k);
        return fault_new(life, FAULT_BROKEN, "KEY_UNWRAP", "the data key does not open with this master key");
    }
    *key = k;
    return NULL;
}

/* Memory that is wiped when its life ends. */
struct wiped {
    uint8_t *bytes;
    size_t length;
};

static int wipe(struct wiped *w)
{
    sodium_memzero(w->bytes, w->length);
    return 0;
}

static uint8_t *wiped_new(TALLOC_CTX *life, size_t length)
{
    struct wiped *w = talloc(life, struct wiped);
    if (!w)
        return NULL;
    w->bytes = talloc_zero_array(w, uint8_t, length);
    w->length = length;
    if (!w->bytes) {
        talloc_free(w);
        return NULL;
    }
    talloc_set_destructor(w, wipe);
    return w->bytes;
}

const struct fault *crypt_seal(TALLOC_CTX *life, const struct data_key *key, struct crypt_place place,
                               const void *plain, size_t length, struct sealed_text *out)
{
    SCOPED_LIFE(scratch);
    uint8_t *salted = wiped_new(scratch, CRYPT_SALT + length), at[PLACE];
    uint8_t *cipher = talloc_array(life, uint8_t, CRYPT_SALT + length + TAG);
    if (!salted || !cipher)
        return fault_memory();
    randombytes_buf(salted, CRYPT_SALT);
    if (length)
        memcpy(salted + CRYPT_SALT, plain, length);
    crypto_hash_sha256(out->commitment, salted, CRYPT_SALT + length);
    randombytes_buf(out->nonce, CRYPT_NONCE);
    place_bytes(at, "row ", place.agency, place.dossier, place.row);
    crypto_aead_xchacha20poly1305_ietf_encrypt(cipher, NULL, salted, CRYPT_SALT + length, at, PLACE, NULL,
                                               out->nonce, key->bytes);
    out->cipher = cipher;
    out->length = CRYPT_SALT + length + TAG;
    return NULL;
}

/* Salt and plain bytes with a zero behind them; NULL when they do not open (or memory is out: *memory). */
static uint8_t *open_salted(TALLOC_CTX *life, const struct data_key *key, struct crypt_place place,
                            const struct sealed_text *sealed, size_t *length, bool *memory)
{
    uint8_t at[PLACE];
    *memory = false;
    if (sealed->length < CRYPT_SALT + TAG)
        return NULL;
    *length = sealed->length - TAG;
    uint8_t *salted = wiped_new(life, *length + 1);
    if (!salted) {
        *memory = true;
        return NULL;
    }
    place_bytes(at, "row ", place.agency, place.dossier, place.row);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(salted, NULL, NULL, sealed->cipher, sealed->length, at,
                                                   PLACE, sealed->nonce, key->bytes) != 0)
        return NULL;
    return salted;
}

const struct fault *crypt_open(TALLOC_CTX *life, const struct data_key *key, struct crypt_place place,
                               const struct sealed_text *sealed, const char **plain, size_t *length)
{
    bool memory;
    size_t n;
    uint8_t *salted = open_salted(life, key, place, sealed, &n, &memory);
    if (!salted)
        return memory ? fault_memory()
                      : fault_new(life, FAULT_BROKEN, "CRYPT_OPEN", "row %d does not open", (int)place.row);
    *plain = (const char *)salted + CRYPT_SALT;
    *length = n - CRYPT_SALT;
    return NULL;
}

bool crypt_keeps(const struct data_key *key, struct crypt_place place, const struct sealed_text *sealed,
                 const uint8_t commitment[CRYPT_HASH])
{
    SCOPED_LIFE(scratch);
    uint8_t hash[CRYPT_HASH];
    bool memory;
    size_t n;
    const uint8_t *salted = scratch ? open_salted(scratch, key, place, sealed, &n, &memory) : NULL;
    if (!salted)
        return false;
    crypto_hash_sha256(hash, salted, n);
    return crypt_same(hash, commitment, CRYPT_HASH);
}

void crypt_hash(const struct master_key *master, const char *purpose, const char *text,
                uint8_t out[CRYPT_HASH])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, master->hash, KEY, CRYPT_HASH);
    /* with its zero: "ab"+"c" is not "a"+"bc" */
    crypto_generichash_update(&state, (const uint8_t *)purpose, strlen(purpose) + 1);
    crypto_generichash_update(&state, (const uint8_t *)text, strlen(text));
    crypto_generichash_final(&state, out, CRYPT_HASH);
}

bool crypt_same(const uint8_t *a, const uint8_t *b, size_t length)
{
    return sodium_memcmp(a, b, length) == 0;
}

void crypt_random(void *out, size_t length)
{
    if (sodium_init() < 0)
        abort(); /* without randomness nothing here can be kept secret */
    randombytes_buf(out, length);
}

void crypt_sha256(const void *bytes, size_t length, uint8_t out[CRYPT_HASH])
{
    crypto_hash_sha256(out, bytes, length);
}

const char *crypt_code(TALLOC_CTX *life, int digits)
{
    char *code = talloc_zero_array(life, char, (size_t)digits + 1);
    if (!code || sodium_init() < 0)
        return NULL;
    for (int i = 0; i < digits; i++)
        code[i] = (char)('0' + randombytes_uniform(10));
    return code;
}

const char *crypt_password(TALLOC_CTX *life, const char *password)
{
    char *hash = talloc_zero_array(life, char, crypto_pwhash_STRBYTES);
    if (!hash || sodium_init() < 0 ||
        crypto_pwhash_str_alg(hash, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return NULL;
    return hash;
}

bool crypt_password_fits(const char *hash, const char *password)
{
    /* of a random password that nobody knows; the same limits, so that "no such account" takes as long */
    static const char nobody[] =
        "$argon2id$v=19$m=65536,t=2,p=1$wxVKZOUsYyD8pjxBzH666w$17yT7L7H9Ok51i2hpgCQGZOXozy4UlD92QPdOIUXPFA";
    if (sodium_init() < 0)
        return false;
    bool fits = crypto_pwhash_str_verify(hash ? hash : nobody, password, strlen(password)) == 0;
    return hash && fits;
}
