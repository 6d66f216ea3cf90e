/* demo_code.h - one-time codes of demonstration accounts: nobody has a telephone with their secrets, so the
 * program that made them shows their codes. */
#ifndef MINGDA_DEMO_CODE_H
#define MINGDA_DEMO_CODE_H

#include "approver.h"
#include "office.h"
#include "settings.h"

/* The key that opens the secrets, from sign.approvers-key; *there is false where it is not set: then nobody
 * is enrolled. */
const struct fault *demo_code_key(const struct settings *settings, uint8_t key[APPROVER_KEY], bool *there,
                                  TALLOC_CTX *life);

/* The code for an approval of the demonstration's past, typed on that day: `nth` is the approver's
 * how-many-eth on it, each half a minute after the one before. */
struct demo_approval {
    int32_t agency;
    int64_t dossier, person;
    int32_t seq;
    const char *login, *odt, *docx; /* digests in hexadecimal */
    struct civil day;
    int nth;
};
const struct fault *demo_code_type(struct db *db, const uint8_t key[APPROVER_KEY],
                                   const struct demo_approval *a, TALLOC_CTX *life);

/* mingda demo code LOGIN: a code that is valid now and has not served. */
int demo_code(const char *login);

#endif
