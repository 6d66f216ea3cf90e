/* verify.h - is this letter signed, by whom, does the signature cover all of it, and may the signer be
 * trusted?
 *
 * Stricter than LibreOffice and Word: the ZIP must be sound (no name twice, nothing before, between or after
 * its entries), every entry, every relationship and every content type must be under the signature byte for
 * byte, and the signature document must have the form that seal.h writes (which Word's own has too;
 * LibreOffice's own signatures go over a canonical form of the parts that hides comments: they are not
 * accepted), with SHA-256 and RSA or P-256 only. Bytes in, report out: no file and no network is ever opened
 * on behalf of a document. Bounded in time and memory whatever the bytes are. Certificates are judged by the
 * roots given and by dates; revocation lists are not asked.
 *
 * A document that is wrong is not a fault: it gives a report. Faults are ours (NO_MEMORY, VERIFY_ROOTS,
 * VERIFY_LIBRARY). Not for use from several threads at once. */
#ifndef MINGDA_VERIFY_H
#define MINGDA_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>
#include "fault.h"
#include "seal.h"

#define VERIFY_SIGNATURES(X) X(VALID, "valid") X(INVALID, "invalid") X(NONE, "none")
#define VERIFY_TRUSTS(X)     X(TRUSTED, "trusted") X(UNKNOWN, "unknown") X(EXPIRED, "expired")

#define X(symbol, word) VERIFY_##symbol,
enum verify_signature { VERIFY_SIGNATURES(X) VERIFY_SIGNATURE_COUNT };
enum verify_trust { VERIFY_TRUSTS(X) VERIFY_TRUST_COUNT };
#undef X

/* One thing that is wrong. The code is a stable word ("zip-duplicate-entry"); the sentences are for people.
 */
struct verify_problem {
    const char *code;
    const char *part; /* name of the part it is about, or NULL; as found in the package, made printable */
    const char *zh, *en;
};

struct verify_report {
    enum verify_signature signature;
    enum verify_trust trust; /* of the signer; VERIFY_UNKNOWN where there is no valid signature */
    bool covers_all;         /* every part, relationship and content type is under the signature */
    const char *signer;      /* common name of the certificate, or NULL */
    const char *subject;     /* the whole subject, RFC 2253 in UTF-8, or NULL */
    const char *serial;      /* of the certificate, decimal, or NULL */
    const char *signed_at; /* YYYY-MM-DDThh:mm:ssZ: by the timestamp where there is one that is trusted, else
                              as  the signer stated it; NULL where neither can be read */
    int64_t signed_moment; /* the same, seconds since 1970; 0 where there is none */
    const char *stated_at; /* as the signer stated it, or NULL */
    int64_t stated_moment;
    const char *stamped_at; /* the timestamp's time, trusted or not, or NULL */
    int64_t stamped_moment;
    enum verify_trust stamp_trust; /* of the timestamp's authority */
    const char *stamp_authority;   /* its common name, or NULL */
    const struct verify_problem *problems;
    size_t problem_count; /* capped; the last one then says that there are more */
};

#define VERIFY_AT_SIGNING INT64_MIN

struct verify_policy {
    const struct seal_file *roots; /* PEM texts, each with one or more root certificates; borrowed */
    size_t root_count;
    const struct seal_file *stamp_roots; /* whom timestamps are believed, besides those; signs no letters */
    size_t stamp_root_count;
    int64_t now; /* the moment of checking: a signature from the future is not valid */
    int64_t
        at; /* the moment at which the certificates must be in date; VERIFY_AT_SIGNING: when it was signed */
};

/* "valid", "trusted" … */
const char *verify_signature_word(enum verify_signature s);
const char *verify_trust_word(enum verify_trust t);

/* Checks an ODT or DOCX package. No fault means *out is set, on `result`. */
const struct fault *verify_package(struct seal_file in, const struct verify_policy *policy,
                                   const struct verify_report **out, TALLOC_CTX *result);

/* Checks a detached CMS signature over `content`, or one of GM/T 0010 with SM2 and SM3; covers_all says that
 * the digest of all its bytes is signed.
 */
const struct fault *verify_cms(struct seal_file signature, struct seal_file content,
                               const struct verify_policy *policy, const struct verify_report **out,
                               TALLOC_CTX *result);

/* Checks a timestamp (.tsr, RFC 3161) that stands beside `content`: the whole file at that time. The report's
 * signer is the authority, signed_at the timestamp's time. */
const struct fault *verify_stamp(struct seal_file stamp, struct seal_file content,
                                 const struct verify_policy *policy, const struct verify_report **out,
                                 TALLOC_CTX *result);

/* The roots can be read; else VERIFY_ROOTS, for whoever starts a process with them. */
const struct fault *verify_roots_check(const struct seal_file *roots, size_t count, TALLOC_CTX *life);

/* What bytes are, whatever their name says: looked at, not judged. */
#define VERIFY_KINDS(X)                                                                                      \
    X(ODT, "odt")                                                                                            \
    X(DOCX, "docx") X(P7S, "p7s") X(TSR, "tsr") X(ZIP, "zip") X(PDF, "pdf") X(DOC, "doc") X(OTHER, "other")
#define X(symbol, word) VERIFY_KIND_##symbol,
enum verify_kind { VERIFY_KINDS(X) VERIFY_KIND_COUNT };
#undef X
enum verify_kind verify_kind_of(struct seal_file in);
/* "odt", "docx" … */
const char *verify_kind_word(enum verify_kind kind);

/* valid, trusted and covering everything. A timestamp whose authority is not known is a problem that is told,
 * and none of the signature. */
bool verify_perfect(const struct verify_report *report);

#endif
