#include <string.h>
#include "accounts.h"
#include "crypt.h"

struct adding {
    const struct account *account;
    const char *hash;
    int64_t person;
};

static const struct fault *add_unit(struct db *db, TALLOC_CTX *unit, void *arg)
{
    struct adding *a = arg;
    struct table *t = NULL;
    const struct cell person[] = {cell_text(a->account->login), cell_text(a->account->name),
                                  cell_text(a->hash)};
    TRY(db_query(db, Q_PERSON_BY_LOGIN, person, &t, unit));
    if (t->row_count)
        return fault_new(unit, FAULT_STALE, "ACCOUNT_EXISTS", "there is a person %s already",
                         a->account->login);
    TRY(db_query(db, Q_PERSON_ADD, person, &t, unit));
    a->person = table_int(t, 0, "person", 0);
    for (const char *const *role = a->account->roles; *role; role++) {
        const struct cell params[] = {cell_int(a->account->agency), cell_int(a->person), cell_text(*role)};
        TRY(db_query(db, Q_PERSON_ROLE_ADD, params, NULL, unit));
    }
    return NULL;
}

const struct fault *account_add(struct db *db, const struct account *account, const char *password,
                                int64_t *person, TALLOC_CTX *life)
{
    struct adding a = {.account = account};
    size_t n = strlen(account->login);
    if (!n || n > 40 || strspn(account->login, "abcdefghijklmnopqrstuvwxyz0123456789._-") != n)
        return fault_field(life, "ACCOUNT_LOGIN", "login", "a login has 1 to 40 of a-z 0-9 . _ -");
    if (strlen(password) < 8 || strlen(password) > 200)
        return fault_field(life, "ACCOUNT_PASSWORD", "password", "a password has 8 to 200 bytes");
    a.hash = crypt_password(life, password);
    TRY_MEMORY(a.hash);
    db_scope_set(db, (struct db_scope){.agency = account->agency});
    TRY(db_unit(db, "account", add_unit, &a, life));
    if (person)
        *person = a.person;
    return NULL;
}
