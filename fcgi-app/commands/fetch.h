/* fetch.h - several questions posted at once over HTTP (libcurl), within one span of time. For mingda clock
 * alone.
 *
 * http and https only, no redirects, no cookies, certificates checked; an answer is kept up to a limit and
 * the rest of it is not waited for. Proxies are those of the environment, as everywhere. */
#ifndef MINGDA_FETCH_H
#define MINGDA_FETCH_H

#include "seal.h"

struct fetch {
    struct seal_file question; /* posted */
    struct seal_file answer;   /* on the life given, when there is no fault */
    const struct fault *fault; /* FAULT_AWAY: FETCH_AWAY (no connection, cut), FETCH_SLOW; FAULT_INPUT:
                                  FETCH_STATUS (another status than 200, or another type), FETCH_TOO_LARGE */
};

struct fetch_rules {
    const char *url;
    const char *type, *wanted; /* content types of question and answer */
    size_t limit;              /* bytes of one answer */
    long seconds;              /* for all of them together */
};

/* Fills answer or fault of each. The fault returned is NO_MEMORY or FETCH_URL (not an address of http or
 * https). */
const struct fault *fetch_all(const struct fetch_rules *rules, struct fetch *list, size_t count,
                              TALLOC_CTX *life);

#endif
