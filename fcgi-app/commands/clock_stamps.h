/* clock_stamps.h - the clock's errand to the timestamp authority: brings what the signer's values, and sealed
 * files that had to go without, want stamped. What it brings it has judged; the signer judges again. */
#ifndef MINGDA_CLOCK_STAMPS_H
#define MINGDA_CLOCK_STAMPS_H

#include "db.h"
#include "settings.h"
#include "stamp.h"

struct stamper {
    const char *url; /* NULL: nobody is asked */
    long seconds;    /* for the answers of one errand */
    struct stamp_rules rules;
    unsigned failures;   /* rounds in a row in which nothing came */
    int64_t not_before;  /* seconds of a clock that only goes forward: until then nobody is asked */
    const char *trouble; /* code told last */
};

/* Reads settings and roots. SEAL_STAMP_ROOTS (stamp_rules_read): a clock that could not judge what it brings
 * does not start. */
const struct fault *stamper_open(TALLOC_CTX *life, const struct settings *settings, struct stamper *out);

/* One errand: at most so long as the setting says, whatever the authority does. While it fails it is asked
 * less and less often, at most once in a minute. Trouble with the authority is logged, once as it begins and
 * once when it has ended; the fault returned is the database's. */
const struct fault *stamper_round(struct stamper *stamper, struct db *db, TALLOC_CTX *life);

#endif
