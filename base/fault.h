/* fault.h - what went wrong, told once, where it was found.
 *
 * NULL is success. The kind decides what the visitor sees; the code is a stable word to grep for;
 * the detail is for the operator and for people who wrote the bad file (it names file and line).
 * The finder makes the fault; the layers between pass it on; only the edge logs and renders it.
 * assert() is for our own mistakes, a fault is for the world's. */
#ifndef MINGDA_FAULT_H
#define MINGDA_FAULT_H

#include <stdbool.h>
#include <talloc.h>

enum fault_kind {
    FAULT_INPUT,     /* what was sent or written is wrong: 400/422, the form again */
    FAULT_REFUSED,   /* a rule of the law or of the office stands in the way: 422 */
    FAULT_FORBIDDEN, /* this person may not: 403 (or 303 to the login page) */
    FAULT_ABSENT,    /* there is no such thing, or not for this person: 404 */
    FAULT_STALE,     /* somebody else was faster: 409 */
    FAULT_TOO_MUCH,  /* too large or too often: 413, 429 */
    FAULT_RETRY,     /* the database asks for the unit to run again */
    FAULT_AWAY,      /* a part we need is down: 503 */
    FAULT_BROKEN     /* our bug, or a damaged store: 500 */
};

/* Why a rule refused: one sentence in each language, the article, and the fact in the way. */
struct refusal {
    const char *rule;  /* "extension-late" */
    const char *basis; /* "条例33", or NULL where it is practice */
    const char *zh, *en;
    long fact; /* index or seq of the blocking fact, -1 when none blocks */
};

struct fault {
    enum fault_kind kind;
    const char *code;   /* "EXTENSION_LATE", "TEXT_NOT_UTF8" */
    const char *field;  /* form field to point at, or NULL */
    const char *detail; /* for the log and for authors of files: "file:line: sentence"; never personal data */
    const struct refusal *refusal; /* only with FAULT_REFUSED */
    const struct fault *cause;
};

/* Leave the function with the fault, if there is one. */
#define TRY(call)                                                                                            \
    do {                                                                                                     \
        const struct fault *f_ = (call);                                                                     \
        if (f_)                                                                                              \
            return f_;                                                                                       \
    } while (0)

/* Leave the function if an allocation gave NULL. */
#define TRY_MEMORY(pointer)                                                                                  \
    do {                                                                                                     \
        if (!(pointer))                                                                                      \
            return fault_memory();                                                                           \
    } while (0)

/* A new fault, owned by `life`. `code` is borrowed (static text); the detail is formatted and owned.
 * Never NULL: when memory is out, it is fault_memory(). */
const struct fault *fault_new(TALLOC_CTX *life, enum fault_kind kind, const char *code, const char *format,
                              ...) __attribute__((format(printf, 4, 5), returns_nonnull));

/* The same about one form field (copied). */
const struct fault *fault_field(TALLOC_CTX *life, const char *code, const char *field, const char *format,
                                ...) __attribute__((format(printf, 4, 5), returns_nonnull));

/* A rule refuses. All texts are copied to `life`; `basis` may be NULL. */
const struct fault *fault_refused(TALLOC_CTX *life, const struct refusal *why)
    __attribute__((returns_nonnull));

/* A fault of `kind` whose reason is `cause`. `cause` is moved under the new fault's life where it can be. */
const struct fault *fault_because(TALLOC_CTX *life, enum fault_kind kind, const char *code,
                                  const struct fault *cause, const char *format, ...)
    __attribute__((format(printf, 5, 6), returns_nonnull));

/* Out of memory: static, needs none. */
const struct fault *fault_memory(void) __attribute__((returns_nonnull));

/* "CODE: detail (because CODE: detail)" on `life`; for logs and for stderr of commands. */
const char *fault_text(TALLOC_CTX *life, const struct fault *fault);

/* A copy that lives on `life` (faults made on a scratch life that is about to end). NULL stays NULL. */
const struct fault *fault_keep(TALLOC_CTX *life, const struct fault *fault);

#endif
