/* accounts.h - people who sign in. */
#ifndef MINGDA_ACCOUNTS_H
#define MINGDA_ACCOUNTS_H

#include "db.h"
#include "fault.h"

struct account {
    const char *login, *name;
    int32_t agency;
    const char *const *roles; /* words of the editions, ends with NULL */
};

/* Adds a person with roles in one agency, in one unit. Faults: ACCOUNT_LOGIN, ACCOUNT_PASSWORD (FAULT_INPUT,
 * fewer than 8 or more than 200 bytes), ACCOUNT_EXISTS (FAULT_STALE). *person may be NULL. */
const struct fault *account_add(struct db *db, const struct account *account, const char *password,
                                int64_t *person, TALLOC_CTX *life);

#endif
