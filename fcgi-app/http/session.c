#include <sodium.h>
#include <string.h>
#include <time.h>
#include "crypt.h"
#include "db.h"
#include "house.h"
#include "life.h"
#include "log.h"
#include "session.h"
#include "settings.h"
#include "text.h"

enum { TOKEN_BYTES = 32, MAC_HEX = 64, VISITOR_HEX = 32, SEEN_EVERY = 60 };

/* With https the prefix makes browsers refuse such a cookie from anybody but this very host. */
static const char *cookie_name(const struct exchange *ex, const char *name)
{
    return talloc_asprintf(ex->life, "%smingda-%s", ex->https ? "__Host-" : "", name);
}

static const char *cookie(const struct exchange *ex, const char *name)
{
    const char *full = cookie_name(ex, name);
    return full ? pairs_get(&ex->cookies, full) : NULL;
}

static void set_cookie(struct exchange *ex, const char *name, const char *value, long max_age)
{
    const char *full = cookie_name(ex, name);
    if (full)
        reply_cookie(ex, full, value, max_age);
}

/* HMAC-SHA-512/256 of "purpose:text" as 64 hex digits. */
static const char *mac(const struct exchange *ex, const char *purpose, const char *text)
{
    uint8_t out[crypto_auth_BYTES];
    const char *all = talloc_asprintf(ex->life, "%s:%s", purpose, text);
    if (!all)
        return NULL;
    crypto_auth(out, (const unsigned char *)all, strlen(all), ex->house->key);
    return text_hex(ex->life, out, sizeof out);
}

static bool same_hex(const char *a, const char *b)
{
    return a && b && strlen(a) == MAC_HEX && strlen(b) == MAC_HEX && sodium_memcmp(a, b, MAC_HEX) == 0;
}

static bool is_hex(const char *s, size_t n)
{
    return s && strlen(s) >= n && strspn(s, "0123456789abcdef") >= n;
}

/* ---------------------------------------------------------------------------------------------- visitors */

/* "ID.MAC": true when it is ours. */
static bool visitor_holds(const struct exchange *ex, const char *value, const char **id)
{
    if (!is_hex(value, VISITOR_HEX) || value[VISITOR_HEX] != '.')
        return false;
    const char *said = talloc_strndup(ex->life, value, VISITOR_HEX);
    if (!said || !same_hex(mac(ex, "visitor", said), value + VISITOR_HEX + 1))
        return false;
    *id = said;
    return true;
}

static const struct fault *visitor_new(struct exchange *ex)
{
    uint8_t id[VISITOR_HEX / 2];
    randombytes_buf(id, sizeof id);
    ex->visitor = text_hex(ex->life, id, sizeof id);
    TRY_MEMORY(ex->visitor);
    const char *code = mac(ex, "visitor", ex->visitor);
    const char *value = code ? talloc_asprintf(ex->life, "%s.%s", ex->visitor, code) : NULL;
    TRY_MEMORY(value);
    set_cookie(ex, "visitor", value, 0);
    return NULL;
}

static int64_t seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

/* agency-dossier-until-HEXREF-MAC */
static void read_ticket(struct exchange *ex, const char *value)
{
    const char *dash = value ? strrchr(value, '-') : NULL;
    char *body = dash ? talloc_strndup(ex->life, value, (size_t)(dash - value)) : NULL;
    if (!body || strlen(value) > 300 || !same_hex(mac(ex, "ticket", body), dash + 1))
        return;
    long long agency, dossier, until;
    char ref[101];
    size_t n = 0;
    if (sscanf(body, "%lld-%lld-%lld-%100[0-9a-f]", &agency, &dossier, &until, ref) != 4 ||
        until < seconds_now())
        return;
    char *plain = talloc_zero_size(ex->life, sizeof ref);
    if (!plain ||
        sodium_hex2bin((unsigned char *)plain, sizeof ref - 1, ref, strlen(ref), NULL, &n, NULL) != 0)
        return;
    ex->ticket = (struct ticket){true, (int32_t)agency, dossier, plain};
}

const struct fault *ticket_give(struct exchange *ex, int32_t agency, int64_t dossier, const char *ref)
{
    int64_t age = settings_int(ex->house->settings, "web.ticket-age");
    const char *hex = text_hex(ex->life, ref, strlen(ref));
    TRY_MEMORY(hex);
    const char *body = talloc_asprintf(ex->life, "%d-%lld-%lld-%s", agency, (long long)dossier,
                                       (long long)(seconds_now() + age), hex);
    const char *code = body ? mac(ex, "ticket", body) : NULL;
    const char *value = code ? talloc_asprintf(ex->life, "%s-%s", body, code) : NULL;
    TRY_MEMORY(value);
    set_cookie(ex, "ticket", value, (long)age);
    ex->ticket = (struct ticket){true, agency, dossier, talloc_strdup(ex->life, ref)};
    return ex->ticket.ref ? NULL : fault_memory();
}

const struct fault *session_visitor(struct exchange *ex)
{
    read_ticket(ex, cookie(ex, "ticket"));
    if (!visitor_holds(ex, cookie(ex, "visitor"), &ex->visitor))
        ex->visitor = NULL;
    return NULL;
}

const struct fault *session_visitor_needed(struct exchange *ex)
{
    return ex->visitor ? NULL : visitor_new(ex);
}

const char *session_csrf(struct exchange *ex)
{
    if (ex->who.known)
        return ex->who.csrf;
    if (session_visitor_needed(ex))
        return NULL;
    return mac(ex, "csrf", ex->visitor);
}

bool session_csrf_holds(struct exchange *ex, const char *token)
{
    return (ex->who.known || ex->visitor) && same_hex(session_csrf(ex), token);
}

/* ------------------------------------------------------------------------------------------------- staff */

static bool token_hash(const struct exchange *ex, uint8_t out[CRYPT_HASH])
{
    const char *hex = cookie(ex, "session");
    uint8_t token[TOKEN_BYTES];
    size_t n = 0;
    if (!is_hex(hex, 2 * TOKEN_BYTES) || hex[2 * TOKEN_BYTES] ||
        sodium_hex2bin(token, sizeof token, hex, 2 * TOKEN_BYTES, NULL, &n, NULL) != 0 || n != sizeof token)
        return false;
    crypt_sha256(token, sizeof token, out);
    return true;
}

static const char *const *split_roles(TALLOC_CTX *life, const char *roles)
{
    size_t count = 0;
    const char **out = talloc_zero_array(life, const char *, strlen(roles) / 2 + 2);
    for (const char *s = roles; out && *s;) {
        size_t n = strcspn(s, " ");
        if (n && !(out[count++] = talloc_strndup(out, s, n)))
            return NULL;
        s += n + (s[n] == ' ');
    }
    return out;
}

static const struct fault *take_identity(struct exchange *ex, const struct table *t)
{
    const struct cell *csrf = table_cell(t, 0, "csrf");
    const char *roles = table_text(t, 0, "roles");
    ex->who = (struct identity){
        .known = true,
        .agency = (int32_t)table_int(t, 0, "agency", 0),
        .agency_name = table_text(t, 0, "agency_name"),
        .person = table_int(t, 0, "person", 0),
        .login = table_text(t, 0, "login"),
        .name = table_text(t, 0, "name"),
        .roles = split_roles(ex->life, roles ? roles : ""),
        .csrf = csrf && !csrf->null ? text_hex(ex->life, csrf->bytes.data, csrf->bytes.length) : NULL,
    };
    return ex->who.roles && ex->who.csrf ? NULL : fault_memory();
}

static int32_t setting32(const struct exchange *ex, const char *name)
{
    return (int32_t)settings_int(ex->house->settings, name);
}

const struct fault *session_staff(struct exchange *ex)
{
    uint8_t hash[CRYPT_HASH];
    struct table *t;
    db_scope_set(ex->db, (struct db_scope){0});
    if (!token_hash(ex, hash))
        return NULL;
    struct query_bytes key = {hash, sizeof hash};
    TRY(query_session_by_token(ex->db, key, &t, ex->life));
    if (!t->row_count) {
        set_cookie(ex, "session", "", -1);
        return NULL;
    }
    if (table_int(t, 0, "stale_seconds", 0) >= SEEN_EVERY)
        TRY(query_session_seen(ex->db, key, setting32(ex, "web.session-idle"), ex->life));
    return take_identity(ex, t);
}

/* The session that the browser came with, if any, is no more. */
static const struct fault *end_row(struct exchange *ex)
{
    uint8_t hash[CRYPT_HASH];
    if (token_hash(ex, hash))
        TRY(query_session_end(ex->db, (struct query_bytes){hash, sizeof hash}, ex->life));
    ex->who = (struct identity){0};
    return NULL;
}

const struct fault *session_end(struct exchange *ex)
{
    TRY(end_row(ex));
    set_cookie(ex, "session", "", -1);
    return NULL;
}

/* A new token at each sign-in; the one the browser came with ends, so that nobody can be given a session. */
static const struct fault *new_session(struct exchange *ex, int64_t person, int32_t agency)
{
    uint8_t token[TOKEN_BYTES], csrf[TOKEN_BYTES], hash[CRYPT_HASH];
    TRY(end_row(ex));
    crypt_random(token, sizeof token);
    crypt_random(csrf, sizeof csrf);
    crypt_sha256(token, sizeof token, hash);
    TRY(query_session_add(ex->db, (struct query_bytes){hash, sizeof hash}, person, agency,
                          (struct query_bytes){csrf, sizeof csrf}, setting32(ex, "web.session-idle"),
                          setting32(ex, "web.session-age"), ex->life));
    const char *hex = text_hex(ex->life, token, sizeof token);
    sodium_memzero(token, sizeof token);
    TRY_MEMORY(hex);
    set_cookie(ex, "session", hex, 0);
    return NULL;
}

const struct fault *session_begin(struct exchange *ex, const char *login, const char *password)
{
    struct table *person, *agencies;
    db_scope_set(ex->db, (struct db_scope){0});
    TRY(attempt_begin(ex, "login", login));
    TRY(query_person_by_login(ex->db, login, &person, ex->life));
    bool fits = crypt_password_fits(table_text(person, 0, "hash"), password);
    int64_t id = table_int(person, 0, "person", 0);
    TRY(query_person_agencies(ex->db, id, &agencies, ex->life));
    if (!fits || !table_flag(person, 0, "active") || !agencies->row_count) {
        TRY(attempt_failed(ex, "login"));
        log_event(LOG_LEVEL_INFO, "sign-in-refused", NULL);
        return fault_field(ex->life, "LOGIN_WRONG", "login", NULL);
    }
    TRY(attempt_held(ex, "login", login));
    return new_session(ex, id, (int32_t)table_int(agencies, 0, "agency", 0));
}

/* ---------------------------------------------------------------------------------------------- attempts */

static void subject_hash(const struct exchange *ex, const char *kind, const char *subject, uint8_t out[32])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, ex->house->key, sizeof ex->house->key, 32);
    crypto_generichash_update(&state, (const unsigned char *)kind, strlen(kind) + 1);
    crypto_generichash_update(&state, (const unsigned char *)subject, strlen(subject));
    crypto_generichash_final(&state, out, 32);
}

static const struct fault *too_many(const struct exchange *ex, const char *kind)
{
    log_event(LOG_LEVEL_WARN, "too-many-attempts", "door", kind, NULL);
    return fault_new(ex->life, FAULT_TOO_MUCH, "TOO_MANY_ATTEMPTS", "%s", kind);
}

const struct fault *attempt_begin(struct exchange *ex, const char *kind, const char *subject)
{
    uint8_t who[32], where[32];
    struct table *by_address, *by_subject;
    int32_t window = setting32(ex, "web.attempts-window");
    subject_hash(ex, kind, subject, who);
    subject_hash(ex, "address", ex->remote ? ex->remote : "", where);
    TRY(query_attempt_count(ex->db, kind, (struct query_bytes){where, sizeof where}, window, &by_address,
                            ex->life));
    if (table_int(by_address, 0, "count", 0) >= settings_int(ex->house->settings, "web.attempts-remote"))
        return too_many(ex, kind);
    /* Counted before the check, so that many at once are not all let through. */
    TRY(query_attempt_add(ex->db, kind, (struct query_bytes){who, sizeof who}, window, &by_subject,
                          ex->life));
    if (table_int(by_subject, 0, "count", 0) > settings_int(ex->house->settings, "web.attempts"))
        return too_many(ex, kind);
    return NULL;
}

const struct fault *attempt_failed(struct exchange *ex, const char *kind)
{
    uint8_t where[32];
    struct table *t;
    subject_hash(ex, "address", ex->remote ? ex->remote : "", where);
    return query_attempt_add(ex->db, kind, (struct query_bytes){where, sizeof where},
                             setting32(ex, "web.attempts-window"), &t, ex->life);
}

const struct fault *attempt_held(struct exchange *ex, const char *kind, const char *subject)
{
    uint8_t who[32];
    subject_hash(ex, kind, subject, who);
    return query_attempts_forgive(ex->db, kind, (struct query_bytes){who, sizeof who}, ex->life);
}
