/* db.h - the store: one connection, the registry of queries, units of work.
 *
 * A struct db is one worker's connection. It is opened lazily and reopened when it was cut; a cut costs at
 * most one failing exchange (FAULT_AWAY). Queries are named by enum query_id (queries.h, generated from
 * sql/queries); no SQL text lives outside sql/. What a query gives is a struct table on the life that the
 * caller passes.
 *
 * Faults: DATABASE_AWAY (FAULT_AWAY: not reachable, cut, shutting down, read-only standby) · SERIALIZATION,
 * DEADLOCK, LOCK_TIMEOUT (FAULT_RETRY) · QUERY_TIMEOUT (FAULT_AWAY) · FACT_TAKEN (FAULT_STALE: another unit
 * wrote this seq first) · SUBMISSION_TAKEN (FAULT_STALE: the same form came twice) · DUPLICATE (FAULT_STALE:
 * another unique key; the detail names it) · DATABASE_FORBIDS (FAULT_BROKEN: the role may not) ·
 * QUERY_FAILED, QUERY_CARDINALITY, QUERY_TYPES (FAULT_BROKEN). Details hold SQLSTATE, the query's and the
 * constraint's name, never values. */
#ifndef MINGDA_DB_H
#define MINGDA_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "fault.h"
#include "table.h"
#include "queries.h"

struct db;

/* Who asks: sent in front of every batch and unit, and fenced by row-level security. */
struct db_scope {
    int32_t agency;  /* 0: none yet (login, the public's number) */
    int64_t person;  /* 0: the applicant, or a process */
    bool as_auditor; /* only reads, in the role mingda_audit where the connection's role is a member of it */
};

/* Remembers conninfo (NULL or "": libpq's variables alone) and does not connect yet. The connection is closed
 * with `life`. Faults: NO_MEMORY only. */
const struct fault *db_open(TALLOC_CTX *life, const char *conninfo, struct db **out);
/* Connects if there is no live connection. For start-up and /healthz: one round trip. DATABASE_AWAY. */
const struct fault *db_ping(struct db *db, TALLOC_CTX *life);
/* Whom the following batches and units act for. Not inside a unit. */
void db_scope_set(struct db *db, struct db_scope scope);
struct db_scope db_scope_of(const struct db *db);

/* One query with its parameters in the order of takes: (cells). Inside a unit it belongs to it, else it is a
 * transaction of its own (one round trip). *out may be NULL for cardinality none; else the table has the
 * columns of gives: and lives on `life`. The cells' kinds must fit takes: (asserted): int4 int8 CELL_INT ·
 * bool CELL_BOOL · date CELL_DAY · timestamptz CELL_MOMENT · bytea CELL_BYTES · text uuid jsonb int8[] text[]
 * CELL_TEXT (arrays in PostgreSQL's text form, see db_array). at-most-one and exactly-one are checked:
 * QUERY_CARDINALITY; exactly-one without a row is FAULT_ABSENT, code QUERY_ABSENT. */
const struct fault *db_query(struct db *db, enum query_id id, const struct cell *params, struct table **out,
                             TALLOC_CTX *life);

/* Several queries in one round trip and one transaction (inside a unit: in its own). Each `out` is set when
 * there is no fault; a fault of one is the fault of all. */
struct db_ask {
    enum query_id id;
    const struct cell *params; /* in takes: order; NULL when it takes nothing */
    struct table *out;
};
const struct fault *db_batch(struct db *db, struct db_ask *asks, size_t count, TALLOC_CTX *life);

/* A unit of work: one transaction. `work` may run three times (serialization, deadlock, FACT_TAKEN), so: no
 * mail, no output, no wall clock in it; `unit` is its memory and ends with each run. After three runs:
 * FACT_TAKEN as it is, else BUSY (FAULT_AWAY). A connection cut during COMMIT is COMMIT_UNKNOWN (FAULT_AWAY):
 * look before acting again. Faults of `work` roll back and are handed on, kept on `life`. `name` is for
 * details and the server's log. */
typedef const struct fault *unit_fn(struct db *db, TALLOC_CTX *unit, void *arg);
const struct fault *db_unit(struct db *db, const char *name, unit_fn *work, void *arg, TALLOC_CTX *life);
/* The same for work that begins with a query or batch: its transaction begins in the same round trip. */
const struct fault *db_unit_reading_first(struct db *db, const char *name, unit_fn *work, void *arg,
                                          TALLOC_CTX *life);
/* Inside a unit: a statement that gives nothing, without a round trip of its own. It goes with the unit's
 * next statements or with its COMMIT, in the order of the calls, and its fault is theirs. `params` are
 * copied. */
const struct fault *db_later(struct db *db, enum query_id id, const struct cell *params);
/* Inside a unit that has begun: its moment (microseconds since 1970, UTC, cut to whole seconds) and
 * the civil day of the office. */
int64_t db_moment(const struct db *db);
struct civil db_today(const struct db *db);
/* Outside a unit: the civil day as the last transaction since db_must_be_idle() saw it, else asked now. */
const struct fault *db_ask_today(struct db *db, struct civil *out, TALLOC_CTX *life);

/* Asserts that no transaction is open, and forgets the day: called at the end of each exchange. */
void db_must_be_idle(struct db *db);

/* '{"a","b"}' for a text[] parameter, '{1,2}' for an int8[] one. NULL without memory. */
const char *db_array_text(TALLOC_CTX *life, const char *const *texts, size_t count);
const char *db_array_int(TALLOC_CTX *life, const int64_t *numbers, size_t count);

/* --- migrations (the owner's connection) --- */
struct db_migration {
    const char *name; /* "0001-foundation.sql" */
    const char *bytes;
    size_t length;
};
/* Applies what is not yet in the register, in the order given, each in one transaction under an advisory
 * lock; makes the roles first where the connection may. `applied` (may be NULL) is told of each. Faults:
 * MIGRATION_CHANGED (a file differs from what was applied), MIGRATION_MISSING (the register names a file that
 * is not there, or a later one), MIGRATION_FAILED (with file and line), ROLES_MISSING. */
const struct fault *db_migrate(struct db *db, const struct db_migration *files, size_t count,
                               void (*applied)(void *arg, const char *name), void *arg, TALLOC_CTX *life);
#endif
