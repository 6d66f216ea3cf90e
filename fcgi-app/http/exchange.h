/* exchange.h - one HTTP round trip: what came in, who sent it, and the reply that is being made.
 *
 * An exchange and all it owns live on `life` and end together. What is read here is already bounded and,
 * unless stated, already well-formed UTF-8. Nothing is sent before reply_send(), except with reply_stream().
 * Handlers see struct exchange only; they know neither FastCGI nor nginx. */
#ifndef MINGDA_EXCHANGE_H
#define MINGDA_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "civil.h"
#include "fault.h"
#include "json.h"
#include "table.h"
#include "translation.h"

struct db;
struct form;
struct given;
struct house;
struct route;

enum method { METHOD_NONE, METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_OTHER };

/* Bounds of what one exchange may carry; the body's are settings. */
enum {
    EXCHANGE_PATH_MAX = 512,     /* bytes, decoded */
    EXCHANGE_QUERY_MAX = 4096,   /* bytes, as sent */
    EXCHANGE_COOKIES_MAX = 4096, /* bytes, as sent */
    EXCHANGE_PAIRS_MAX = 64      /* names in a query string or a cookie header */
};

struct pair {
    const char *name, *value;
};
struct pairs {
    struct pair *items;
    size_t count;
};
/* The first value under `name`, or NULL. */
const char *pairs_get(const struct pairs *pairs, const char *name);
/* Adds a pair (copied to `life`); false without memory. */
bool pairs_add(TALLOC_CTX *life, struct pairs *pairs, const char *name, const char *value);

/* The other side of the wire: FastCGI in the worker, bytes in memory in tests. */
struct wire {
    void *arg;
    const char *(*variable)(void *arg, const char *name);       /* CGI variables, NULL when absent */
    ptrdiff_t (*read)(void *arg, void *into, size_t room);      /* bytes read, 0 at the end, -1 broken */
    bool (*write)(void *arg, const void *bytes, size_t length); /* false: the visitor has gone */
};

/* The person who is signed in; `known` is false for everybody else. */
struct identity {
    bool known;
    int32_t agency;
    const char *agency_name;
    int64_t person;
    const char *login, *name;
    const char *const *roles; /* words of the editions ("clerk"), ends with NULL */
    const char *csrf;         /* of the session, 64 hex digits */
};
bool identity_has_role(const struct identity *who, const char *role);

/* What somebody may see who has given number and query code of a dossier: a signed cookie, 30 minutes. */
struct ticket {
    bool known;
    int32_t agency;
    int64_t dossier;
    const char *ref;
};

struct reply {
    int status; /* 0: nothing has been said yet */
    struct pairs headers;
    const char *frame_policy; /* a content policy of its own: shown in a frame of our pages only; or NULL */
    const void *body;
    size_t length;
    bool sent;
};

struct exchange {
    TALLOC_CTX *life;
    const struct house *house;
    struct db *db;
    struct wire wire;
    const char *id; /* 16 hex digits, in each log line and on problem pages */
    enum method method;
    const char *path; /* decoded, begins with '/' */
    struct pairs query, cookies;
    const char *content_type, *accept, *origin, *host, *remote;
    int64_t content_length; /* -1: not said */
    bool https;
    bool wants_json;        /* Accept prefers application/json to text/html */
    bool sends_json;        /* the body is application/json */
    enum language language; /* ?lang=, then cookie, then Accept-Language, then zh-CN */
    const struct route *route;
    struct pairs parameters; /* from the path pattern: {ref} */
    struct identity who;
    struct ticket ticket;
    const struct form *search; /* the fields of the query string, when the route declares them */
    struct form *form;         /* the fields of the body, when the route declares them */
    const char *visitor;       /* the anonymous visitor's random id */
    void *state;               /* what the row's handler leaves for its providers; belongs to the handler */
    const struct given *given; /* while a page is made: the tables it has so far */
    int64_t begun;             /* monotonic microseconds */
    struct reply reply;
};

/* Reads head and query (not the body). Faults: HEAD_TOO_LARGE (FAULT_TOO_MUCH), HEAD_MALFORMED (FAULT_INPUT);
 * *out is set even then, so that the fault can be shown, unless memory is out. */
const struct fault *exchange_open(TALLOC_CTX *life, const struct house *house, struct wire wire,
                                  struct exchange **out);
/* The value of {name} in the path; asserts that the route has it. */
const char *exchange_parameter(const struct exchange *ex, const char *name);
/* The text in the visitor's language. */
static inline const char *exchange_say(const struct exchange *ex, const char *zh, const char *en)
{
    return ex->language == LANGUAGE_EN && en ? en : zh;
}
/* The article that a rule rests on; of a rule without one (NULL), that it is the office's own practice. */
static inline const char *exchange_basis(const struct exchange *ex, const char *basis)
{
    return basis ? basis : exchange_say(ex, "本机关办理规程", "office practice");
}

/* Percent-decoding of n bytes; `plus` turns '+' into a space. False: malformed escape or a zero byte. */
bool percent_decode(TALLOC_CTX *life, const char *in, size_t n, bool plus, const char **out, size_t *length);

/* ---- the reply ---- */

/* A header line; a control character in the value is our bug (asserted). */
void reply_header(struct exchange *ex, const char *name, const char *value);
/* A cookie: Path=/, HttpOnly, SameSite=Lax, Secure where the visitor came by https. max_age 0: session, <0:
 * ends it. */
void reply_cookie(struct exchange *ex, const char *name, const char *value, long max_age);
/* The whole body. `body` is borrowed and must live as long as the exchange. */
void reply_body(struct exchange *ex, int status, const char *type, const void *body, size_t length);
const struct fault *reply_json(struct exchange *ex, int status, const json_t *json);
/* 303 to a path of ours. */
const struct fault *reply_redirect(struct exchange *ex, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The end of a POST: people get 303 to `path`, programs get `status` with the JSON (reference is taken; may
 * be NULL:
 * {"location": path}) and a Location header. */
const struct fault *reply_done(struct exchange *ex, int status, const char *path, json_t *json);
/* A file to keep (RFC 6266, UTF-8 names). `data` is borrowed for the exchange. */
const struct fault *reply_download(struct exchange *ex, const char *type, const char *filename,
                                   const void *data, size_t length);
/* A file sent in pieces: `next` gives bytes until it gives 0; -1 breaks the connection off. */
const struct fault *reply_stream(struct exchange *ex, const char *type, const char *filename,
                                 ptrdiff_t (*next)(void *arg, void *into, size_t room), void *arg);
/* Sends status, headers (with the security headers that every reply carries) and body. Once. */
void reply_send(struct exchange *ex);

#endif
