/* account.c - mingda account add: a person who signs in; the password is read from a file or from standard
 * input. mingda account enrol: a new secret for an approver's one-time codes. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include "accounts.h"
#include "approver.h"
#include "commands.h"
#include "desk.h"
#include "life.h"
#include "share.h"
#include "text.h"

#define ROLES_MAX 16

static int usage(void)
{
    fputs("usage: mingda account add LOGIN --name NAME [--agency N] --role ROLE… [--password-file FILE]\n"
          "       mingda account enrol LOGIN --key PUBLIC\n"
          "       mingda account public-key FILE\n",
          stderr);
    return 2;
}

/* What the signer's key (sign.approvers-key, made by `openssl rand -hex 32`) locks boxes with. */
static int public_key(const char *file)
{
    SCOPED_LIFE(life);
    uint8_t secret[APPROVER_KEY], public[APPROVER_KEY];
    char *text = NULL;
    size_t length = 0, n = 0;
    const struct fault *f = share_read_file(life, file, 4096, &text, &length);
    if (!f &&
        (sodium_hex2bin(secret, sizeof secret, text, length, "\r\n \t", &n, NULL) != 0 || n != sizeof secret))
        f = fault_new(life, FAULT_INPUT, "KEY_UNREADABLE", "%s does not hold 32 bytes in hexadecimal", file);
    if (f)
        return desk_fail("account", f);
    crypto_scalarmult_base(public, secret);
    sodium_memzero(secret, sizeof secret);
    puts(text_hex(life, public, sizeof public));
    return 0;
}

/* Prints once what an authenticator app reads. Whoever sees it can make this person's codes. */
static int enrol(const char *login, const char *key)
{
    SCOPED_LIFE(life);
    uint8_t public[APPROVER_KEY];
    const struct settings *settings = NULL;
    struct db *db = NULL;
    const char *uri = NULL;
    size_t n = 0;
    if (sodium_hex2bin(public, sizeof public, key, strlen(key), NULL, &n, NULL) != 0 || n != sizeof public)
        return usage();
    const struct fault *f = desk_open(life, "owner", &settings, &db);
    if (!f)
        f = approver_enrol(db, login, public, &uri, life);
    if (f)
        return desk_fail("account", f);
    puts(uri);
    return 0;
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
    if (argc == 5 && strcmp(argv[1], "enrol") == 0 && strcmp(argv[3], "--key") == 0)
        return enrol(argv[2], argv[4]);
    if (argc == 3 && strcmp(argv[1], "public-key") == 0)
        return public_key(argv[2]);
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
