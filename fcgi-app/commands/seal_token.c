#include <libp11.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>
#include "life.h"
#include "seal_token.h"
#include "share.h"

#define SCHEME "pkcs11:"
enum { PIN_MOST = 256, ID_MOST = 128, PART_MOST = 256 };
enum { CKR_PIN_IS_WRONG = 0xA0, CKR_PIN_IS_LOCKED = 0xA4 }; /* PKCS#11 2.40, 5.1 */

/* What the URI says; NULL: anything. */
struct place {
    const char *token, *serial, *manufacturer, *object;
    uint8_t id[ID_MOST];
    size_t id_length;
};

/* One opening; ends in the order that the library wants. */
struct session {
    PKCS11_CTX *context;
    PKCS11_SLOT *slots;
    unsigned slot_count;
    EVP_PKEY *key;
    bool loaded;
};

static int session_end(struct session *s)
{
    EVP_PKEY_free(s->key);
    if (s->slots)
        PKCS11_release_all_slots(s->context, s->slots, s->slot_count);
    if (s->loaded)
        PKCS11_CTX_unload(s->context);
    if (s->context)
        PKCS11_CTX_free(s->context);
    ERR_clear_error();
    return 0;
}

bool token_uri(const char *key)
{
    return key && strncmp(key, SCHEME, sizeof SCHEME - 1) == 0;
}

/* ---- the URI ---- */

static const struct fault *bad_uri(TALLOC_CTX *life, const char *why)
{
    return fault_new(life, FAULT_INPUT, "SEAL_TOKEN_URI", "%s", why);
}

/* Percent-decoded bytes of one value; false: not well-formed or too long. */
static bool decode(const char *from, size_t length, uint8_t *out, size_t most, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)from[i];
        if (from[i] == '%') {
            if (i + 2 >= length || sodium_hex2bin(&byte, 1, from + i + 1, 2, NULL, NULL, NULL) != 0)
                return false;
            i += 2;
        }
        if (*n == most)
            return false;
        out[(*n)++] = byte;
    }
    return true;
}

static const struct fault *take_attribute(TALLOC_CTX *life, struct place *p, const char *name,
                                          size_t name_length, const char *value, size_t length)
{
    const struct {
        const char *name;
        const char **slot;
    } TEXTS[] = {{"token", &p->token},
                 {"serial", &p->serial},
                 {"manufacturer", &p->manufacturer},
                 {"object", &p->object}};
    uint8_t bytes[PART_MOST];
    size_t n = 0;
    if (!decode(value, length, bytes, sizeof bytes, &n) || n == 0)
        return bad_uri(life, "a value of the key's URI is empty, too long or not well-formed");
    if (name_length == 4 && memcmp(name, "type", 4) == 0)
        return n == 7 && memcmp(bytes, "private", 7) == 0
                   ? NULL
                   : bad_uri(life, "the key's URI asks for something else than a private key");
    if (name_length == 2 && memcmp(name, "id", 2) == 0) {
        if (n > ID_MOST)
            return bad_uri(life, "the id in the key's URI is too long");
        memcpy(p->id, bytes, n);
        p->id_length = n;
        return NULL;
    }
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        if (strlen(TEXTS[i].name) != name_length || memcmp(TEXTS[i].name, name, name_length) != 0)
            continue;
        *TEXTS[i].slot = talloc_strndup(life, (const char *)bytes, n);
        return *TEXTS[i].slot ? NULL : fault_memory();
    }
    return bad_uri(life,
                   "the key's URI has an attribute that is not known here: token, serial, manufacturer, "
                   "object, id and type are");
}

static const struct fault *read_uri(TALLOC_CTX *life, const char *uri, struct place *p)
{
    *p = (struct place){0};
    for (const char *at = uri + sizeof SCHEME - 1; *at;) {
        size_t length = strcspn(at, ";"), name = strcspn(at, "=");
        if (memchr(at, '?', length))
            return bad_uri(life,
                           "the key's URI has a query: the library and the PIN are settings of their own");
        if (name >= length)
            return bad_uri(life, "an attribute of the key's URI has no value");
        TRY(take_attribute(life, p, at, name, at + name + 1, length - name - 1));
        at += length + (at[length] == ';');
    }
    if (!p->token && !p->serial)
        return bad_uri(life, "the key's URI names no token");
    return p->object || p->id_length ? NULL : bad_uri(life, "the key's URI names no key: object or id");
}

/* ---- the token ---- */

static const struct fault *load(TALLOC_CTX *life, struct session *s, const char *module)
{
    if (!module)
        return fault_new(life, FAULT_INPUT, "SEAL_TOKEN_MODULE", "sign.module is not set");
    s->context = PKCS11_CTX_new();
    TRY_MEMORY(s->context);
    s->loaded = PKCS11_CTX_load(s->context, module) == 0;
    if (!s->loaded)
        return fault_new(life, FAULT_INPUT, "SEAL_TOKEN_MODULE", "%s cannot be loaded as a PKCS#11 library",
                         module);
    if (PKCS11_enumerate_slots(s->context, &s->slots, &s->slot_count) != 0)
        return fault_new(life, FAULT_INPUT, "SEAL_TOKEN_MODULE", "%s does not list its slots", module);
    return NULL;
}

static bool same_or_any(const char *wanted, const char *found)
{
    return !wanted || (found && strcmp(wanted, found) == 0);
}

static const struct fault *find_slot(TALLOC_CTX *life, const struct session *s, const struct place *p,
                                     PKCS11_SLOT **out)
{
    for (unsigned i = 0; i < s->slot_count; i++) {
        const PKCS11_TOKEN *token = s->slots[i].token;
        if (token && token->initialized && same_or_any(p->token, token->label) &&
            same_or_any(p->serial, token->serialnr) && same_or_any(p->manufacturer, token->manufacturer)) {
            *out = &s->slots[i];
            return NULL;
        }
    }
    return fault_new(life, FAULT_INPUT, "SEAL_TOKEN_GONE", "the token %s is not in any slot",
                     p->token ? p->token : p->serial);
}

static const struct fault *read_pin(TALLOC_CTX *life, const char *path, char pin[PIN_MOST])
{
    SCOPED_LIFE(scratch);
    char *bytes = NULL;
    size_t length = 0;
    if (!path)
        return fault_new(life, FAULT_INPUT, "SEAL_TOKEN_PIN_FILE", "sign.pin is not set");
    const struct fault *f = share_read_file(scratch, path, PIN_MOST, &bytes, &length);
    if (f)
        return fault_keep(life, fault_because(scratch, FAULT_INPUT, "SEAL_TOKEN_PIN_FILE", f, "%s", path));
    size_t n = strcspn(bytes, "\r\n");
    bool fits = n > 0 && n < PIN_MOST;
    if (fits)
        memcpy(pin, bytes, n);
    pin[fits ? n : 0] = '\0';
    sodium_memzero(bytes, length);
    return fits ? NULL : fault_new(life, FAULT_INPUT, "SEAL_TOKEN_PIN_FILE", "%s holds no PIN", path);
}

static const struct fault *log_in(TALLOC_CTX *life, PKCS11_SLOT *slot, const char *pin,
                                  struct token_memory *memory)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, (const unsigned char *)pin, strlen(pin));
    if (memory->has_refused && sodium_memcmp(digest, memory->refused, sizeof digest) == 0)
        return fault_new(life, FAULT_INPUT, "SEAL_TOKEN_PIN",
                         "the token has refused this PIN; it is not tried again until its file changes");
    if (!slot->token->loginRequired)
        return NULL;
    ERR_clear_error();
    if (PKCS11_login(slot, 0, pin) == 0) {
        memory->has_refused = false;
        return NULL;
    }
    int reason = ERR_GET_REASON(ERR_peek_last_error());
    if (reason == CKR_PIN_IS_LOCKED)
        return fault_new(life, FAULT_INPUT, "SEAL_TOKEN_LOCKED", "the token's PIN is locked");
    if (reason != CKR_PIN_IS_WRONG)
        return fault_new(life, FAULT_INPUT, "SEAL_TOKEN_LOGIN", "the token does not let us in (PKCS#11 %#x)",
                         (unsigned)reason);
    memcpy(memory->refused, digest, sizeof digest);
    memory->has_refused = true;
    return fault_new(life, FAULT_INPUT, "SEAL_TOKEN_PIN", "the token refuses the PIN");
}

static bool is_wanted(const PKCS11_KEY *key, const struct place *p)
{
    if (!same_or_any(p->object, key->label))
        return false;
    return !p->id_length || (key->id_len == p->id_length && memcmp(key->id, p->id, p->id_length) == 0);
}

static const struct fault *find_key(TALLOC_CTX *life, struct session *s, PKCS11_SLOT *slot,
                                    const struct place *p)
{
    PKCS11_KEY *keys = NULL, *hit = NULL;
    unsigned count = 0, hits = 0;
    if (PKCS11_enumerate_keys(slot->token, &keys, &count) != 0)
        return fault_new(life, FAULT_INPUT, "SEAL_TOKEN_GONE", "the token does not list its keys");
    for (unsigned i = 0; i < count; i++)
        if (is_wanted(&keys[i], p)) {
            hit = &keys[i];
            hits++;
        }
    s->key = hits == 1 ? PKCS11_get_private_key(hit) : NULL;
    if (s->key)
        return NULL;
    return fault_new(life, FAULT_INPUT, "SEAL_TOKEN_KEY", "%s",
                     hits > 1 ? "the key's URI fits several private keys of the token"
                              : "the token has no private key that the URI fits");
}

static const struct fault *open_all(TALLOC_CTX *life, const char *uri, const char *module,
                                    const char *pin_file, struct token_memory *memory, struct session *s)
{
    struct place place;
    PKCS11_SLOT *slot = NULL;
    char pin[PIN_MOST];
    SCOPED_LIFE(scratch);
    TRY(fault_keep(life, read_uri(scratch, uri, &place)));
    TRY(load(life, s, module));
    TRY(find_slot(life, s, &place, &slot));
    TRY(read_pin(life, pin_file, pin));
    const struct fault *f = log_in(life, slot, pin, memory);
    sodium_memzero(pin, sizeof pin);
    TRY(f);
    return find_key(life, s, slot, &place);
}

const struct fault *token_open(TALLOC_CTX *life, const char *uri, const char *module, const char *pin_file,
                               struct token_memory *memory, struct evp_pkey_st **out)
{
    struct session *s = talloc_zero(life, struct session);
    TRY_MEMORY(s);
    talloc_set_destructor(s, session_end);
    const struct fault *f = open_all(life, uri, module, pin_file, memory, s);
    if (f)
        talloc_free(s);
    else
        *out = s->key;
    return f;
}
