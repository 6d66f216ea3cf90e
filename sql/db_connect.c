/* db_connect.c - one connection: opened when needed, found cut before it is used, opened again. */
#include <assert.h>
#include <poll.h>
#include "db_inside.h"

#define STATEMENT_TIMEOUT "15s"
#define LOCK_TIMEOUT      "5s"

static int db_end(struct db *db)
{
    connection_drop(db);
    return 0;
}

const struct fault *db_open(TALLOC_CTX *life, const char *conninfo, struct db **out)
{
    struct db *db = talloc_zero(life, struct db);
    TRY_MEMORY(db);
    db->conninfo = talloc_strdup(db, conninfo ? conninfo : "");
    if (!db->conninfo) {
        talloc_free(db);
        return fault_memory();
    }
    talloc_set_destructor(db, db_end);
    *out = db;
    return NULL;
}

void connection_drop(struct db *db)
{
    PQfinish(db->conn);
    db->conn = NULL;
    memset(db->prepared, 0, sizeof db->prepared);
}

static void be_silent(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

/* The names and time limits of the session; before pipeline mode, in plain blocking calls. */
static bool set_up(PGconn *conn)
{
    const char *const values[] = {STATEMENT_TIMEOUT, LOCK_TIMEOUT};
    PGresult *r = PQexecParams(conn, QUERIES[Q_CONNECTION_SETUP].sql, 2, NULL, values, NULL, NULL, 0);
    bool good = PQresultStatus(r) == PGRES_TUPLES_OK;
    PQclear(r);
    return good && PQsetnonblocking(conn, 1) == 0 && PQenterPipelineMode(conn) == 1;
}

static const struct fault *connect_now(struct db *db, TALLOC_CTX *life)
{
    static const char *const keys[] = {"connect_timeout", "client_encoding", "fallback_application_name",
                                       "dbname", NULL};
    const char *const values[] = {"3", "UTF8", "mingda", db->conninfo, NULL};
    db->conn = PQconnectdbParams(keys, values, 1);
    if (!db->conn)
        return fault_memory();
    if (PQstatus(db->conn) != CONNECTION_OK)
        return fault_of_connection(db, life, "connect");
    PQsetNoticeProcessor(db->conn, be_silent, NULL);
    if (!set_up(db->conn))
        return fault_of_connection(db, life, "connect");
    return NULL;
}

/* An idle connection has nothing to say: if its socket can be read, the server has said farewell or is gone.
 */
static bool is_cut(struct db *db)
{
    struct pollfd fd = {.fd = PQsocket(db->conn), .events = POLLIN};
    if (PQstatus(db->conn) != CONNECTION_OK || fd.fd < 0)
        return true;
    if (poll(&fd, 1, 0) <= 0)
        return false;
    return !PQconsumeInput(db->conn) || PQstatus(db->conn) != CONNECTION_OK ||
           (fd.revents & (POLLHUP | POLLERR));
}

const struct fault *connection_ready(struct db *db, TALLOC_CTX *life)
{
    if (db->in_unit)
        return db->conn ? NULL : fault_of_connection(db, life, "unit");
    if (db->conn && is_cut(db))
        connection_drop(db);
    return db->conn ? NULL : connect_now(db, life);
}

const struct fault *connection_plain(struct db *db, TALLOC_CTX *life)
{
    TRY(connection_ready(db, life));
    if (PQexitPipelineMode(db->conn) != 1 || PQsetnonblocking(db->conn, 0) != 0)
        return fault_of_connection(db, life, "migrate");
    return NULL;
}

void db_scope_set(struct db *db, struct db_scope scope)
{
    assert(!db->in_unit);
    db->scope = scope;
}

struct db_scope db_scope_of(const struct db *db)
{
    return db->scope;
}

void db_must_be_idle(struct db *db)
{
    db->day = CIVIL_NONE;
    assert(!db->in_unit);
    assert(!db->conn || PQtransactionStatus(db->conn) == PQTRANS_IDLE);
}
