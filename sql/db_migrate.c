/* db_migrate.c - forward only: the register of applied files with their SHA-256, and the roles. */
#include <sodium.h>
#include "db_inside.h"

static const char *const ROLES[] = {"mingda_owner", "mingda_web", "mingda_clock",
                                    "mingda_sign",  "mingda_pdf", "mingda_audit"};
enum { ROLE_COUNT = sizeof ROLES / sizeof *ROLES };

/* Two migrations at once wait for each other; the number is arbitrary and ours. */
#define LOCK_SQL "SELECT pg_advisory_lock(5703180226)"

/* Needed before there is a first migration. */
#define REGISTER_SQL                                                                                         \
    "CREATE SCHEMA IF NOT EXISTS mingda;"                                                                    \
    "CREATE TABLE IF NOT EXISTS mingda.migration (name text PRIMARY KEY, sha256 bytea NOT NULL,"             \
    " applied timestamptz NOT NULL DEFAULT now())"

static const struct fault *run(struct db *db, const char *sql, TALLOC_CTX *life)
{
    PGresult *r = PQexec(db->conn, sql);
    ExecStatusType status = PQresultStatus(r);
    const struct fault *f = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
                                ? NULL
                                : fault_of_result(db, life, "migrate", r);
    PQclear(r);
    return f;
}

/* The answer to a question with one boolean; false too when it fails. */
static bool says_yes(struct db *db, const char *sql, const char *argument)
{
    PGresult *r = PQexecParams(db->conn, sql, argument ? 1 : 0, NULL, &argument, NULL, NULL, 0);
    bool yes =
        PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1 && strcmp(PQgetvalue(r, 0, 0), "t") == 0;
    PQclear(r);
    return yes;
}

static const struct fault *roles_make(struct db *db, TALLOC_CTX *life)
{
    bool may =
        says_yes(db, "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user", NULL);
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (says_yes(db, "SELECT true FROM pg_roles WHERE rolname = $1", ROLES[i]))
            continue;
        if (!may)
            return fault_new(
                life, FAULT_REFUSED, "ROLES_MISSING",
                "there is no role %s, and this connection may not make it: connect as an administrator once",
                ROLES[i]);
        TRY(run(db, talloc_asprintf(life, "CREATE ROLE %s LOGIN NOINHERIT", ROLES[i]), life));
    }
    /* An auditor's page runs in the reading role. */
    if (may && !says_yes(db, "SELECT pg_has_role('mingda_web', 'mingda_audit', 'MEMBER')", NULL))
        TRY(run(db, "GRANT mingda_audit TO mingda_web", life));
    return NULL;
}

/* From here on as the owner: whoever connects, everything belongs to one role. */
static const struct fault *owner_become(struct db *db, TALLOC_CTX *life)
{
    if (says_yes(db, "SELECT current_user = 'mingda_owner'", NULL))
        return NULL;
    if (!says_yes(db, "SELECT pg_has_role('mingda_owner', 'MEMBER')", NULL) &&
        run(db, "GRANT mingda_owner TO CURRENT_USER", life))
        return fault_new(life, FAULT_REFUSED, "ROLES_MISSING",
                         "connect as mingda_owner or as an administrator");
    if (!says_yes(db, "SELECT has_database_privilege('mingda_owner', current_database(), 'CREATE')", NULL))
        TRY(run(db,
                "DO $$BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO mingda_owner', "
                "current_database()); END$$",
                life));
    return run(db, "SET ROLE mingda_owner", life);
}

/* Line of the n-th character. */
static int line_of(const char *bytes, long position)
{
    int line = 1;
    for (const char *s = bytes; *s && position > 1; s++) {
        if (((unsigned char)*s & 0xc0) != 0x80)
            position--;
        line += *s == '\n';
    }
    return line;
}

/* Files of the operator: the whole message of the server may be shown. */
static const struct fault *fault_of_file(struct db *db, TALLOC_CTX *life, const struct db_migration *file,
                                         const char *sql, const PGresult *r)
{
    const char *position = PQresultErrorField(r, PG_DIAG_STATEMENT_POSITION);
    const char *message = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    if (!message)
        return fault_of_connection(db, life, file->name);
    return fault_new(life, FAULT_BROKEN, "MIGRATION_FAILED", "%s:%d: %s", file->name,
                     position ? line_of(sql, strtol(position, NULL, 10)) : 1, message);
}

static const struct fault *apply_inside(struct db *db, const struct db_migration *file, const uint8_t *sha,
                                        TALLOC_CTX *life)
{
    const char *sql = talloc_strndup(life, file->bytes, file->length);
    TRY_MEMORY(sql);
    PGresult *r = PQexec(db->conn, sql);
    const struct fault *f = PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK
                                ? NULL
                                : fault_of_file(db, life, file, sql, r);
    PQclear(r);
    if (f)
        return f;
    const char *values[] = {file->name, (const char *)sha};
    const int lengths[] = {0, crypto_hash_sha256_BYTES}, formats[] = {0, 1};
    const Oid types[] = {25, 17};
    r = PQexecParams(db->conn, QUERIES[Q_MIGRATION_ADD].sql, 2, types, values, lengths, formats, 0);
    f = PQresultStatus(r) == PGRES_COMMAND_OK ? NULL : fault_of_result(db, life, file->name, r);
    PQclear(r);
    return f;
}

static const struct fault *apply(struct db *db, const struct db_migration *file, const uint8_t *sha,
                                 TALLOC_CTX *life)
{
    TRY(run(db, "BEGIN", life));
    const struct fault *f = apply_inside(db, file, sha, life);
    if (!f)
        return run(db, "COMMIT", life);
    if (db->conn)
        run(db, "ROLLBACK", life); /* the first fault is the one to tell */
    return f;
}

/* The register must be a beginning of the list of files, byte for byte. */
static const struct fault *register_check(const PGresult *r, const struct db_migration *files, size_t count,
                                          TALLOC_CTX *life)
{
    for (int i = 0; i < PQntuples(r); i++) {
        const char *name = PQgetvalue(r, i, 0);
        uint8_t sha[crypto_hash_sha256_BYTES];
        if ((size_t)i >= count || strcmp(files[i].name, name) != 0)
            return fault_new(life, FAULT_REFUSED, "MIGRATION_MISSING",
                             "%s was applied to this database and is not among the files of this version",
                             name);
        crypto_hash_sha256(sha, (const uint8_t *)files[i].bytes, files[i].length);
        if (PQgetlength(r, i, 1) != (int)sizeof sha || memcmp(sha, PQgetvalue(r, i, 1), sizeof sha) != 0)
            return fault_new(life, FAULT_REFUSED, "MIGRATION_CHANGED",
                             "%s differs from what was applied: a change is a new file", name);
    }
    return NULL;
}

static const struct fault *migrate_all(struct db *db, const struct db_migration *files, size_t count,
                                       void (*applied)(void *arg, const char *name), void *arg,
                                       TALLOC_CTX *life)
{
    PGresult *r = PQexecParams(db->conn, QUERIES[Q_MIGRATIONS].sql, 0, NULL, NULL, NULL, NULL, 1);
    const struct fault *f = PQresultStatus(r) == PGRES_TUPLES_OK ? register_check(r, files, count, life)
                                                                 : fault_of_result(db, life, "migrate", r);
    size_t done = (size_t)PQntuples(r);
    PQclear(r);
    for (size_t i = done; !f && i < count; i++) {
        uint8_t sha[crypto_hash_sha256_BYTES];
        crypto_hash_sha256(sha, (const uint8_t *)files[i].bytes, files[i].length);
        f = apply(db, &files[i], sha, life);
        if (!f && applied)
            applied(arg, files[i].name);
    }
    return f;
}

static const struct fault *migrate(struct db *db, const struct db_migration *files, size_t count,
                                   void (*applied)(void *arg, const char *name), void *arg, TALLOC_CTX *life)
{
    TRY(connection_plain(db, life));
    TRY(run(db, "SET statement_timeout = 0; SET lock_timeout = '60s'; SET search_path = pg_catalog", life));
    TRY(run(db, LOCK_SQL, life));
    TRY(roles_make(db, life));
    TRY(owner_become(db, life));
    TRY(run(db, REGISTER_SQL, life));
    return migrate_all(db, files, count, applied, arg, life);
}

const struct fault *db_migrate(struct db *db, const struct db_migration *files, size_t count,
                               void (*applied)(void *arg, const char *name), void *arg, TALLOC_CTX *life)
{
    const struct fault *f = migrate(db, files, count, applied, arg, life);
    connection_drop(db); /* with its role and its lock; the next query connects anew */
    return f;
}
