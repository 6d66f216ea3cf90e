/* stamp.h - timestamps of RFC 3161: what is asked of an authority, and whether its answer may be believed.
 *
 * Bytes in, bytes out: who carries them over the network is not known here. Imprints are SHA-256. A token is
 * judged by roots of its own; its signer must be certified for timestamps alone (extendedKeyUsage, critical)
 * and be named in what it signs (ESSCertID). Faults are FAULT_INPUT, because an authority that lies is not
 * our bug: STAMP_FORM (no answer of RFC 3161, too large, or with something after it), STAMP_REFUSED (the
 * authority says no), STAMP_OTHER (of other bytes), STAMP_NONCE (an answer to another question), STAMP_POLICY
 * (not the one wanted), STAMP_FORGED (the signature does not fit), STAMP_UNKNOWN (its signer leads to none of
 * the roots, or may not sign timestamps), STAMP_EXPIRED (it does, but was not in date then), STAMP_TIME (not
 * a time that can be right). */
#ifndef MINGDA_STAMP_H
#define MINGDA_STAMP_H

#include <stdbool.h>
#include "seal.h"

enum { STAMP_IMPRINT = 32, STAMP_NONCE = 8, STAMP_PATIENCE = 300 /* s between clocks */ };
#define STAMP_LIMIT ((size_t)64 << 10) /* bytes of an answer; real ones have 1 to 8 KiB */

/* Whom to believe. `policy` in digits ("1.2.3"), NULL: any. Roots are PEM texts. All borrowed. */
struct stamp_rules {
    const struct seal_file *roots;
    size_t root_count;
    const char *policy;
};

struct stamp {
    struct seal_file token; /* the TimeStampToken alone (DER), for XAdES */
    int64_t at;             /* seconds since 1970, cut to whole ones */
    const char *authority;  /* the signer's common name */
    const char *policy, *serial;
};

/* The question: this imprint, this nonce, the certificate please. *out on `result`. */
const struct fault *stamp_ask(const uint8_t imprint[STAMP_IMPRINT], const uint8_t nonce[STAMP_NONCE],
                              const char *policy, struct seal_file *out, TALLOC_CTX *result);

/* The whole answer to that question, come at `now`. */
const struct fault *stamp_answer(struct seal_file answer, const uint8_t imprint[STAMP_IMPRINT],
                                 const uint8_t nonce[STAMP_NONCE], const struct stamp_rules *rules,
                                 int64_t now, struct stamp *out, TALLOC_CTX *result);

/* Its time can be that of something that began at `from` and has ended by `until`, give or take what clocks
 * differ; else STAMP_TIME. */
const struct fault *stamp_between(const struct stamp *stamp, int64_t from, int64_t until, TALLOC_CTX *life);

/* A whole answer or a bare token that was kept: is it about this imprint, and to be believed? With
 * STAMP_UNKNOWN and STAMP_EXPIRED *out is set all the same, for who wants to show it. */
const struct fault *stamp_judge(struct seal_file kept, const uint8_t imprint[STAMP_IMPRINT],
                                const struct stamp_rules *rules, struct stamp *out, TALLOC_CTX *result);

#endif
