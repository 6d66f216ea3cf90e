/* account.c - mingda account add: a person who signs in. The password is read from a file or from standard
 * input. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include "accounts.h"
#include "commands.h"
#include "desk.h"
#include "life.h"
#include "text.h"

#define ROLES_MAX 16

static int usage(void)
{
    fputs("usage: mingda account add LOGIN --name NAME [--agency N] --role ROLE… [--password-file FILE]\n",
          stderr);
    return 2;
}

/* The first line, without its end. */
static const struct fault *read_password(TALLOC_CTX *life, const char *path, char *out, size_t room)
{
    scoped_file FILE *file = path ? fopen(path, "re") : NULL;
    if (path && !file)
        return fault_new(life, FAULT_INPUT, "FILE_UNREADABLE", "%s cannot be read", path);
    if (!fgets(out, (int)room, file ? file : stdin))
        return fault_new(life, FAULT_INPUT, "ACCOUNT_PASSWORD", "no password was given");
    out[strcspn(out, "\r\n")] = '\0';
    return NULL;
}

int command_account(int argc, char **argv)
{
    SCOPED_LIFE(life);
    const char *roles[ROLES_MAX + 1] = {NULL}, *file = NULL;
    size_t count = 0;
    int64_t agency = 1;
    struct account account = {.roles = roles};
    if (argc < 3 || strcmp(argv[1], "add") != 0)
        return usage();
    account.login = argv[2];
    for (int i = 3; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--name") == 0)
            account.name = argv[i + 1];
        else if (strcmp(argv[i], "--role") == 0 && count < ROLES_MAX)
            roles[count++] = argv[i + 1];
        else if (strcmp(argv[i], "--password-file") == 0)
            file = argv[i + 1];
        else if (strcmp(argv[i], "--agency") != 0 || !text_to_int(argv[i + 1], 1, 1000000, &agency))
            return usage();
    }
    if (!account.name || !count || argc % 2 == 0)
        return usage();
    account.agency = (int32_t)agency;
    char password[256];
    const struct settings *settings = NULL;
    struct db *db = NULL;
    const struct fault *f = read_password(life, file, password, sizeof password);
    if (!f)
        f = desk_open(life, "owner", &settings, &db);
    if (!f)
        f = account_add(db, &account, password, NULL, life);
    sodium_memzero(password, sizeof password);
    return f ? desk_fail("account", f) : 0;
}
