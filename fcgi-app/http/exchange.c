#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include "exchange.h"
#include "life.h"
#include "text.h"

#define HEADER_LIMIT 16384 /* bytes of all header lines of a reply */

/* Everything from our own host; no code or style inside pages, no frames of others, no plug-ins. */
static const char POLICY[] = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
                             "script-src 'self'; connect-src 'self'; "
                             "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
static const char SECURITY_HEADERS[] = "X-Content-Type-Options: nosniff\r\n"
                                       "Referrer-Policy: same-origin\r\n"
                                       "Cross-Origin-Opener-Policy: same-origin\r\n"
                                       "Cross-Origin-Resource-Policy: same-origin\r\n"
                                       "Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n";

/* ------------------------------------------------------------------------------------------------- pairs */

const char *pairs_get(const struct pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (strcmp(pairs->items[i].name, name) == 0)
            return pairs->items[i].value;
    return NULL;
}

static bool pairs_take(TALLOC_CTX *life, struct pairs *pairs, const char *name, const char *value)
{
    struct pair *items = talloc_realloc(life, pairs->items, struct pair, pairs->count + 1);
    if (!items || !name || !value)
        return false;
    pairs->items = items;
    items[pairs->count++] = (struct pair){name, value};
    return true;
}

bool pairs_add(TALLOC_CTX *life, struct pairs *pairs, const char *name, const char *value)
{
    return pairs_take(life, pairs, talloc_strdup(life, name), talloc_strdup(life, value));
}

bool identity_has_role(const struct identity *who, const char *role)
{
    for (const char *const *r = who->known ? who->roles : NULL; r && *r; r++)
        if (strcmp(*r, role) == 0)
            return true;
    return false;
}

/* ---------------------------------------------------------------------------------------------- decoding */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool percent_decode(TALLOC_CTX *life, const char *in, size_t n, bool plus, const char **out, size_t *length)
{
    char *to = talloc_array(life, char, n + 1);
    size_t made = 0;
    if (!to)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = in[i];
        if (c == '%') {
            int high = i + 2 < n ? hex_value(in[i + 1]) : -1, low = i + 2 < n ? hex_value(in[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        if (!c)
            return false;
        to[made++] = c;
    }
    to[made] = 0;
    *out = to;
    if (length)
        *length = made;
    return true;
}

static bool has_control(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7F)
            return true;
    return false;
}

static const struct fault *malformed(TALLOC_CTX *life, const char *what)
{
    return fault_new(life, FAULT_INPUT, "HEAD_MALFORMED", "%s", what);
}

static const struct fault *read_query(struct exchange *ex, const char *s)
{
    while (*s) {
        size_t n = strcspn(s, "&"), name_length = strcspn(s, "=&");
        const char *name, *value;
        if (ex->query.count >= EXCHANGE_PAIRS_MAX)
            return fault_new(ex->life, FAULT_TOO_MUCH, "HEAD_TOO_LARGE", "query with too many names");
        size_t skip = name_length < n ? name_length + 1 : n;
        if (!percent_decode(ex->life, s, name_length, true, &name, NULL) ||
            !percent_decode(ex->life, s + skip, n - skip, true, &value, NULL))
            return malformed(ex->life, "query");
        if (n && !pairs_take(ex->life, &ex->query, name, value))
            return fault_memory();
        s += n + (s[n] == '&');
    }
    return NULL;
}

/* No dot segments, no doubled slashes, no encoded slash: one path has one spelling. */
static bool path_is_plain(const char *path)
{
    if (*path != '/' || has_control(path) || strstr(path, "//") || strchr(path, '\\'))
        return false;
    for (const char *s = path; (s = strchr(s, '/')); s++)
        if (s[1] == '.' && (!s[2] || s[2] == '/' || (s[2] == '.' && (!s[3] || s[3] == '/'))))
            return false;
    return true;
}

static bool has_encoded_slash(const char *s, size_t n)
{
    for (size_t i = 0; i + 2 < n; i++)
        if (s[i] == '%' && s[i + 1] == '2' && (s[i + 2] == 'f' || s[i + 2] == 'F'))
            return true;
    return false;
}

static const struct fault *read_path(struct exchange *ex, const char *uri)
{
    size_t n = strcspn(uri, "?"), made = 0;
    const char *path;
    if (n > 3 * EXCHANGE_PATH_MAX || strlen(uri) - n > EXCHANGE_QUERY_MAX)
        return fault_new(ex->life, FAULT_TOO_MUCH, "HEAD_TOO_LARGE", "path or query");
    if (has_encoded_slash(uri, n) || !percent_decode(ex->life, uri, n, false, &path, &made) ||
        made > EXCHANGE_PATH_MAX || !text_is_utf8(path, made) || !path_is_plain(path))
        return malformed(ex->life, "path");
    ex->path = path;
    return read_query(ex, uri[n] ? uri + n + 1 : "");
}

static const struct fault *read_cookies(struct exchange *ex)
{
    const char *s = ex->wire.variable(ex->wire.arg, "HTTP_COOKIE");
    if (!s)
        return NULL;
    if (strlen(s) > EXCHANGE_COOKIES_MAX)
        return fault_new(ex->life, FAULT_TOO_MUCH, "HEAD_TOO_LARGE", "cookies");
    while (*s && ex->cookies.count < EXCHANGE_PAIRS_MAX) {
        s += strspn(s, " \t;");
        size_t n = strcspn(s, ";"), name_length = strcspn(s, "=;");
        if (name_length && name_length < n &&
            !pairs_take(ex->life, &ex->cookies, talloc_strndup(ex->life, s, name_length),
                        talloc_strndup(ex->life, s + name_length + 1, n - name_length - 1)))
            return fault_memory();
        s += n;
    }
    return NULL;
}

/* ------------------------------------------------------------------------------------------- negotiation */

/* The q of `want` in an Accept header, in thousandths; -1: not named. Parameters other than q are skipped. */
static int quality(const char *header, const char *want)
{
    size_t length = strlen(want);
    for (const char *s = header; s && *s;) {
        s += strspn(s, " \t,");
        size_t n = strcspn(s, ","), name = strcspn(s, ";, \t");
        if (name == length && strncasecmp(s, want, length) == 0) {
            const char *q = memmem(s, n, "q=", 2);
            if (!q || q[2] != '0')
                return 1000;
            int thousandths = 0, unit = 100;
            for (const char *d = q + 4; q[3] == '.' && *d >= '0' && *d <= '9' && unit; d++, unit /= 10)
                thousandths += (*d - '0') * unit;
            return thousandths;
        }
        s += n;
    }
    return -1;
}

static bool accepts_json(const char *accept)
{
    int json = quality(accept, "application/json"), problem = quality(accept, "application/problem+json");
    int html = quality(accept, "text/html");
    if (problem > json)
        json = problem;
    return json > 0 && json > html;
}

static bool language_word(const char *s, enum language *out)
{
    if (!s || (strncasecmp(s, "zh", 2) != 0 && strncasecmp(s, "en", 2) != 0))
        return false;
    *out = strncasecmp(s, "en", 2) == 0 ? LANGUAGE_EN : LANGUAGE_ZH;
    return true;
}

static int best(const char *header, const char *const *tags)
{
    int q = -1;
    for (; *tags; tags++) {
        int this = quality(header, *tags);
        q = this > q ? this : q;
    }
    return q;
}

static const struct fault *choose_language(struct exchange *ex)
{
    static const char *const ZH[] = {"zh", "zh-CN", "zh-Hans", "zh-Hans-CN", "zh-TW", "zh-HK", NULL};
    static const char *const EN[] = {"en", "en-US", "en-GB", "en-AU", NULL};
    const char *header = ex->wire.variable(ex->wire.arg, "HTTP_ACCEPT_LANGUAGE");
    const char *asked = pairs_get(&ex->query, "lang");
    if (language_word(asked, &ex->language)) {
        reply_cookie(ex, "mingda-lang", ex->language == LANGUAGE_EN ? "en" : "zh", 31536000);
        return NULL;
    }
    if (!language_word(pairs_get(&ex->cookies, "mingda-lang"), &ex->language))
        ex->language = header && best(header, EN) > best(header, ZH) ? LANGUAGE_EN : LANGUAGE_ZH;
    return NULL;
}

/* ------------------------------------------------------------------------------------------------- head */

static enum method method_of(const char *word)
{
    static const struct {
        const char *word;
        enum method method;
    } METHODS[] = {{"GET", METHOD_GET}, {"HEAD", METHOD_HEAD}, {"POST", METHOD_POST}};
    for (size_t i = 0; word && i < sizeof METHODS / sizeof METHODS[0]; i++)
        if (strcmp(word, METHODS[i].word) == 0)
            return METHODS[i].method;
    return METHOD_OTHER;
}

static int64_t monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static const struct fault *read_length(struct exchange *ex)
{
    const char *s = ex->wire.variable(ex->wire.arg, "CONTENT_LENGTH");
    ex->content_length = -1;
    if (s && *s && !text_to_int(s, 0, INT64_MAX, &ex->content_length))
        return malformed(ex->life, "Content-Length");
    return NULL;
}

static const char *variable(const struct exchange *ex, const char *name)
{
    const char *s = ex->wire.variable(ex->wire.arg, name);
    return s && *s ? s : NULL;
}

static void read_head(struct exchange *ex)
{
    const char *https = variable(ex, "HTTPS");
    ex->method = method_of(variable(ex, "REQUEST_METHOD"));
    ex->content_type = variable(ex, "CONTENT_TYPE");
    ex->accept = variable(ex, "HTTP_ACCEPT");
    ex->origin = variable(ex, "HTTP_ORIGIN");
    ex->host = variable(ex, "HTTP_HOST");
    ex->remote = variable(ex, "REMOTE_ADDR");
    ex->https = https && strcasecmp(https, "on") == 0;
    ex->wants_json = accepts_json(ex->accept);
    ex->sends_json = ex->content_type && strncasecmp(ex->content_type, "application/json", 16) == 0 &&
                     strchr("; \t", ex->content_type[16]);
}

/* The front door's id, so that both logs tell the same story. */
static bool front_id_is_plain(const char *id)
{
    return id && strlen(id) == 32 && strspn(id, "0123456789abcdef") == 32;
}

const struct fault *exchange_open(TALLOC_CTX *life, const struct house *house, struct wire wire,
                                  struct exchange **out)
{
    uint8_t id[8];
    struct exchange *ex = talloc_zero(life, struct exchange);
    TRY_MEMORY(ex);
    randombytes_buf(id, sizeof id);
    ex->life = life;
    ex->house = house;
    ex->wire = wire;
    ex->path = "/";
    ex->begun = monotonic();
    const char *front = wire.variable(wire.arg, "EXCHANGE_ID");
    ex->id = front_id_is_plain(front) ? front : text_hex(life, id, sizeof id);
    TRY_MEMORY(ex->id);
    *out = ex;
    read_head(ex);
    const char *uri = variable(ex, "REQUEST_URI");
    TRY(read_length(ex));
    TRY(uri ? read_path(ex, uri) : malformed(life, "no path"));
    TRY(read_cookies(ex));
    return choose_language(ex);
}

const char *exchange_parameter(const struct exchange *ex, const char *name)
{
    const char *value = pairs_get(&ex->parameters, name);
    assert(value);
    return value;
}

/* ------------------------------------------------------------------------------------------------ reply */

void reply_header(struct exchange *ex, const char *name, const char *value)
{
    assert(!has_control(name) && !has_control(value));
    pairs_add(ex->life, &ex->reply.headers, name, value);
}

void reply_cookie(struct exchange *ex, const char *name, const char *value, long max_age)
{
    const char *age = max_age > 0   ? talloc_asprintf(ex->life, "; Max-Age=%ld", max_age)
                      : max_age < 0 ? "; Max-Age=0"
                                    : "";
    const char *line = talloc_asprintf(ex->life, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", name, value,
                                       ex->https ? "; Secure" : "", age ? age : "");
    if (line)
        reply_header(ex, "Set-Cookie", line);
}

void reply_body(struct exchange *ex, int status, const char *type, const void *body, size_t length)
{
    ex->reply.status = status;
    ex->reply.body = body;
    ex->reply.length = length;
    reply_header(ex, "Content-Type", type);
}

const struct fault *reply_json(struct exchange *ex, int status, const json_t *json)
{
    char *dumped = json_dumps(json, JSON_COMPACT);
    TRY_MEMORY(dumped);
    char *body = talloc_asprintf(ex->life, "%s\n", dumped);
    free(dumped);
    TRY_MEMORY(body);
    reply_body(ex, status, status >= 400 ? "application/problem+json" : "application/json", body,
               strlen(body));
    return NULL;
}

const struct fault *reply_redirect(struct exchange *ex, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *path = talloc_vasprintf(ex->life, format, args);
    va_end(args);
    TRY_MEMORY(path);
    assert(path[0] == '/' && path[1] != '/');
    reply_header(ex, "Location", path);
    reply_body(ex, 303, "text/plain; charset=utf-8", "", 0);
    return NULL;
}

const struct fault *reply_done(struct exchange *ex, int status, const char *path, json_t *json)
{
    json_t *answer = json_adopt(ex->life, json ? json : json_pack("{s:s}", "location", path));
    TRY_MEMORY(answer);
    if (!ex->wants_json)
        return reply_redirect(ex, "%s", path);
    reply_header(ex, "Location", path);
    return reply_json(ex, status, answer);
}

/* attachment; filename="ascii"; filename*=UTF-8''percent-encoded */
static const char *disposition(TALLOC_CTX *life, const char *filename)
{
    struct text *t = text_new(life, 4000);
    text_add(t, "attachment; filename=\"");
    for (const char *c = filename; *c; c++)
        if ((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7F && !strchr("\"\\%", *c))
            text_add_char(t, *c);
    text_add(t, "\"; filename*=UTF-8''");
    for (const char *c = filename; *c; c++)
        if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
            strchr("-._", *c))
            text_add_char(t, *c);
        else
            text_printf(t, "%%%02X", (unsigned char)*c);
    const char *out;
    return text_end(t, &out, NULL) ? "attachment" : out;
}

const struct fault *reply_download(struct exchange *ex, const char *type, const char *filename,
                                   const void *data, size_t length)
{
    reply_header(ex, "Content-Disposition", disposition(ex->life, filename));
    reply_body(ex, 200, type, data, length);
    return NULL;
}

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } REASONS[] = {{200, "OK"},
                   {201, "Created"},
                   {303, "See Other"},
                   {400, "Bad Request"},
                   {403, "Forbidden"},
                   {404, "Not Found"},
                   {405, "Method Not Allowed"},
                   {409, "Conflict"},
                   {413, "Content Too Large"},
                   {415, "Unsupported Media Type"},
                   {422, "Unprocessable Content"},
                   {429, "Too Many Requests"},
                   {500, "Internal Server Error"},
                   {503, "Service Unavailable"}};
    for (size_t i = 0; i < sizeof REASONS / sizeof REASONS[0]; i++)
        if (REASONS[i].status == status)
            return REASONS[i].phrase;
    return "Status";
}

static bool send_head(struct exchange *ex, bool with_length)
{
    SCOPED_LIFE(scratch);
    struct text *t = text_new(scratch, HEADER_LIMIT);
    text_printf(t, "Status: %d %s\r\n", ex->reply.status, reason(ex->reply.status));
    for (size_t i = 0; i < ex->reply.headers.count; i++)
        text_printf(t, "%s: %s\r\n", ex->reply.headers.items[i].name, ex->reply.headers.items[i].value);
    if (!pairs_get(&ex->reply.headers, "Cache-Control"))
        text_add(t, "Cache-Control: no-store\r\n");
    text_add(t, "Vary: Accept, Accept-Language, Cookie\r\n");
    const char *policy = ex->reply.frame_policy;
    text_printf(t, "Content-Security-Policy: %s\r\nX-Frame-Options: %s\r\n", policy ? policy : POLICY,
                policy ? "SAMEORIGIN" : "DENY");
    text_add(t, SECURITY_HEADERS);
    if (ex->https)
        text_add(t, "Strict-Transport-Security: max-age=31536000\r\n");
    text_printf(t, "Content-Language: %s\r\nX-Exchange: %s\r\n", language_tag(ex->language), ex->id);
    if (with_length)
        text_printf(t, "Content-Length: %zu\r\n", ex->reply.length);
    text_add(t, "\r\n");
    const char *bytes;
    size_t length;
    if (text_end(t, &bytes, &length)) {
        bytes = "Status: 500 Internal Server Error\r\n\r\n";
        ex->wire.write(ex->wire.arg, bytes, strlen(bytes));
        return false;
    }
    return ex->wire.write(ex->wire.arg, bytes, length);
}

const struct fault *reply_stream(struct exchange *ex, const char *type, const char *filename,
                                 ptrdiff_t (*next)(void *arg, void *into, size_t room), void *arg)
{
    char piece[16384];
    TRY(reply_download(ex, type, filename, "", 0));
    ex->reply.sent = true;
    bool on = send_head(ex, false) && ex->method != METHOD_HEAD;
    while (on) {
        ptrdiff_t n = next(arg, piece, sizeof piece);
        on = n > 0 && ex->wire.write(ex->wire.arg, piece, (size_t)n);
    }
    return NULL;
}

void reply_send(struct exchange *ex)
{
    assert(ex->reply.status);
    if (ex->reply.sent)
        return;
    ex->reply.sent = true;
    if (send_head(ex, true) && ex->method != METHOD_HEAD && ex->reply.length)
        ex->wire.write(ex->wire.arg, ex->reply.body, ex->reply.length);
}
