/* db_inside.h - what the parts of the libpq layer tell each other; nobody else includes it. */
#ifndef MINGDA_DB_INSIDE_H
#define MINGDA_DB_INSIDE_H

#include <libpq-fe.h>
#include "db.h"
#include "life.h"

struct db {
    char *conninfo;
    PGconn *conn; /* NULL: not connected; else in pipeline mode, not blocking */
    bool prepared[Q_COUNT];
    struct db_scope scope;
    struct civil day; /* of the last transaction of this exchange; CIVIL_NONE: not asked yet */

    /* While a unit runs: */
    bool in_unit, unit_failed;
    bool begun; /* BEGIN has been sent: it goes with the first statement */
    int64_t moment;
    struct civil today;
    TALLOC_CTX *unit;
    struct step *later; /* what goes with the next statements, or with COMMIT */
    size_t later_count;
};

/* --- connection (db_connect.c) --- */
/* A live connection that has been set up. In a unit a cut connection is a fault: the unit is lost. */
const struct fault *connection_ready(struct db *db, TALLOC_CTX *life);
void connection_drop(struct db *db);
/* Leaves pipeline mode, for migrations. */
const struct fault *connection_plain(struct db *db, TALLOC_CTX *life);

/* --- faults (db_faults.c) --- */
/* The fault that a failed result means; `name` is the query's or the unit's. Drops a connection that is of no
 * more use. */
const struct fault *fault_of_result(struct db *db, TALLOC_CTX *life, const char *name,
                                    const PGresult *result);
/* The connection is gone (dropped here). */
const struct fault *fault_of_connection(struct db *db, TALLOC_CTX *life, const char *name);

/* --- values (db_values.c) --- */
struct bound { /* parameters as libpq takes them */
    const char **values;
    int *lengths, *formats;
    Oid *types;
};
const struct fault *values_bind(TALLOC_CTX *life, const struct query *q, const struct cell *params,
                                struct bound *out);
Oid values_oid(enum query_type type);
/* Takes `result` over in any case; cells borrow from it as long as the table lives. */
const struct fault *values_table(TALLOC_CTX *life, const struct query *q, PGresult *result,
                                 struct table **out);

#endif
