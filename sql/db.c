/* db.c - queries in pipelines, and units of work. */
#include <assert.h>
#include <inttypes.h>
#include <poll.h>
#include "db_inside.h"

enum { UNIT_RUNS = 3 };

/* One step of a pipeline: a query of the registry, or a plain command (BEGIN, COMMIT, ROLLBACK). */
struct step {
    const struct query *query;
    const char *command;
    const struct cell *params;
    struct table **out;
    bool preparing; /* a Parse was sent in front of it */
};

static void statement_name(char name[16], const struct query *q)
{
    snprintf(name, 16, "q%d", (int)(q - QUERIES));
}

static bool send_query(struct db *db, struct step *s, const struct bound *b)
{
    char name[16];
    statement_name(name, s->query);
    bool *prepared = &db->prepared[s->query - QUERIES];
    s->preparing = !*prepared;
    *prepared = true; /* for its next use in the same pipeline; taken back if the Parse fails */
    if (s->preparing && !PQsendPrepare(db->conn, name, s->query->sql, (int)s->query->take_count, b->types))
        return false;
    return PQsendQueryPrepared(db->conn, name, (int)s->query->take_count, b->values, b->lengths, b->formats,
                               1) == 1;
}

/* Sends while reading: the server must never wait for us to read while we wait for it. */
static bool flush_all(PGconn *conn)
{
    for (;;) {
        int left = PQflush(conn);
        if (left <= 0)
            return left == 0;
        struct pollfd fd = {.fd = PQsocket(conn), .events = POLLIN | POLLOUT};
        if (poll(&fd, 1, -1) > 0 && (fd.revents & (POLLIN | POLLHUP | POLLERR)) && !PQconsumeInput(conn))
            return false;
    }
}

static const struct fault *send_steps(struct db *db, struct step *steps, size_t count, TALLOC_CTX *scratch)
{
    for (size_t i = 0; i < count; i++) {
        struct bound b;
        bool sent;
        if (steps[i].query) {
            TRY(values_bind(scratch, steps[i].query, steps[i].params, &b));
            sent = send_query(db, &steps[i], &b);
        } else {
            sent = PQsendQueryParams(db->conn, steps[i].command, 0, NULL, NULL, NULL, NULL, 0) == 1;
        }
        if (!sent)
            return fault_of_connection(db, scratch, "send");
    }
    if (!PQpipelineSync(db->conn) || !flush_all(db->conn))
        return fault_of_connection(db, scratch, "send");
    return NULL;
}

/* The one result of a command, and the NULL that follows it. NULL when the connection is gone. */
static PGresult *next_result(PGconn *conn)
{
    PGresult *r = PQgetResult(conn);
    if (r && PQresultStatus(r) != PGRES_PIPELINE_SYNC) {
        PGresult *extra;
        while ((extra = PQgetResult(conn)))
            PQclear(extra);
    }
    return r;
}

/* Reads the answer to a Parse or a command without rows. */
static const struct fault *read_done(struct db *db, const char *name, TALLOC_CTX *life, bool *aborted)
{
    PGresult *r = next_result(db->conn);
    if (!r)
        return fault_of_connection(db, life, name);
    const struct fault *f = NULL;
    if (PQresultStatus(r) == PGRES_PIPELINE_ABORTED)
        *aborted = true;
    else if (PQresultStatus(r) != PGRES_COMMAND_OK)
        f = fault_of_result(db, life, name, r);
    else if (strcmp(name, "COMMIT") == 0 && strcmp(PQcmdStatus(r), "ROLLBACK") == 0)
        f = fault_new(life, FAULT_BROKEN, "UNIT_FAILED", "the unit had failed and was not committed");
    PQclear(r);
    return f;
}

static const struct fault *read_rows(struct db *db, const struct step *s, TALLOC_CTX *life)
{
    PGresult *r = next_result(db->conn);
    if (!r)
        return fault_of_connection(db, life, s->query->name);
    const struct fault *f = NULL;
    struct table *unwanted;
    switch (PQresultStatus(r)) {
    case PGRES_PIPELINE_ABORTED: /* an earlier step has told its fault */
        break;
    case PGRES_COMMAND_OK:
        if (s->query->give_count)
            f = fault_new(life, FAULT_BROKEN, "QUERY_TYPES", "%s: gives no rows", s->query->name);
        break;
    case PGRES_TUPLES_OK:
        return values_table(life, s->query, r, s->out ? s->out : &unwanted);
    default:
        f = fault_of_result(db, life, s->query->name, r);
    }
    PQclear(r);
    return f;
}

/* Keeps the first fault: what follows it is a consequence. */
static void keep_first(const struct fault **first, const struct fault *f)
{
    if (!*first)
        *first = f;
}

static const struct fault *read_steps(struct db *db, struct step *steps, size_t count, TALLOC_CTX *life)
{
    const struct fault *first = NULL;
    for (size_t i = 0; i < count && db->conn; i++) {
        struct step *s = &steps[i];
        bool aborted = false;
        if (s->command) {
            keep_first(&first, read_done(db, s->command, life, &aborted));
            continue;
        }
        if (s->preparing) {
            const struct fault *f = read_done(db, s->query->name, life, &aborted);
            db->prepared[s->query - QUERIES] = !f && !aborted;
            keep_first(&first, f);
        }
        if (db->conn)
            keep_first(&first, read_rows(db, s, life));
    }
    if (db->conn) {
        PGresult *sync = next_result(db->conn);
        if (PQresultStatus(sync) != PGRES_PIPELINE_SYNC)
            keep_first(&first, fault_of_connection(db, life, "synchronize"));
        PQclear(sync);
    }
    return first;
}

/* One round trip. */
static const struct fault *run_steps(struct db *db, struct step *steps, size_t count, TALLOC_CTX *life)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    TRY(connection_ready(db, life));
    const struct fault *f = send_steps(db, steps, count, scratch);
    if (f) { /* a half-sent pipeline cannot be gone on with */
        connection_drop(db);
        return fault_keep(life, f);
    }
    f = read_steps(db, steps, count, life);
    if (f && db->in_unit)
        db->unit_failed = true;
    return f;
}

struct scope_text {
    char agency[16], person[24];
    struct cell cells[3];
};

/* What the first statement of a transaction sets; nothing for 0. */
static void scope_write(const struct db_scope *scope, struct scope_text *out)
{
    out->agency[0] = out->person[0] = 0;
    if (scope->agency)
        snprintf(out->agency, sizeof out->agency, "%" PRId32, scope->agency);
    if (scope->person)
        snprintf(out->person, sizeof out->person, "%" PRId64, scope->person);
    out->cells[0] = cell_text(out->agency);
    out->cells[1] = cell_text(out->person);
    out->cells[2] = cell_flag(scope->as_auditor);
}

/* What goes in front of a batch: the scope where a transaction begins, and what was put off. */
static size_t steps_before(struct db *db, struct step *steps, struct scope_text *scope, struct table **scoped)
{
    size_t n = 0;
    if (!db->in_unit || !db->begun) {
        if (db->in_unit)
            steps[n++] = (struct step){.command = "BEGIN"};
        scope_write(&db->scope, scope);
        steps[n++] = (struct step){.query = &QUERIES[Q_SCOPE], .params = scope->cells, .out = scoped};
    }
    for (size_t i = 0; db->in_unit && i < db->later_count; i++)
        steps[n++] = db->later[i];
    return n;
}

enum { STEPS_BEFORE = 2 };

static void steps_done(struct db *db, const struct table *scoped)
{
    db->later_count = 0;
    if (!scoped)
        return;
    db->day = table_day(scoped, 0, "today");
    if (db->in_unit) {
        db->begun = true;
        db->moment = table_cell(scoped, 0, "moment")->number;
        db->today = db->day;
    }
}

/* One round trip: what goes before, the questions, and a last command where there is one. */
static const struct fault *run_batch(struct db *db, struct db_ask *asks, size_t count, const char *last,
                                     TALLOC_CTX *life)
{
    SCOPED_LIFE(scratch);
    struct step *steps =
        talloc_zero_array(scratch, struct step, STEPS_BEFORE + db->later_count + count + (last ? 1 : 0));
    TRY_MEMORY(steps);
    struct scope_text scope;
    struct table *scoped = NULL;
    size_t n = steps_before(db, steps, &scope, &scoped);
    for (size_t i = 0; i < count; i++)
        steps[n++] =
            (struct step){.query = &QUERIES[asks[i].id], .params = asks[i].params, .out = &asks[i].out};
    if (last)
        steps[n++] = (struct step){.command = last};
    const struct fault *f = run_steps(db, steps, n, life);
    if (!f)
        steps_done(db, scoped);
    return f;
}

const struct fault *db_batch(struct db *db, struct db_ask *asks, size_t count, TALLOC_CTX *life)
{
    return run_batch(db, asks, count, NULL, life);
}

static const struct fault *copy_cell(TALLOC_CTX *life, struct cell *c)
{
    if (c->null)
        return NULL;
    if (c->kind == CELL_TEXT) {
        c->text = talloc_strdup(life, c->text);
        TRY_MEMORY(c->text);
    } else if (c->kind == CELL_BYTES && c->bytes.length) {
        c->bytes.data = talloc_memdup(life, c->bytes.data, c->bytes.length);
        TRY_MEMORY(c->bytes.data);
    }
    return NULL;
}

const struct fault *db_later(struct db *db, enum query_id id, const struct cell *params)
{
    const struct query *q = &QUERIES[id];
    assert(db->in_unit && q->give_count == 0);
    struct step *later = talloc_realloc(db->unit, db->later, struct step, db->later_count + 1);
    struct cell *copy = talloc_zero_array(db->unit, struct cell, q->take_count + 1);
    TRY_MEMORY(later);
    TRY_MEMORY(copy);
    db->later = later;
    for (size_t i = 0; i < q->take_count; i++) {
        copy[i] = params[i];
        TRY(copy_cell(copy, &copy[i]));
    }
    later[db->later_count++] = (struct step){.query = q, .params = copy};
    return NULL;
}

const struct fault *db_query(struct db *db, enum query_id id, const struct cell *params, struct table **out,
                             TALLOC_CTX *life)
{
    struct db_ask ask = {.id = id, .params = params};
    TRY(db_batch(db, &ask, 1, life));
    if (out)
        *out = ask.out;
    return NULL;
}

const struct fault *db_ping(struct db *db, TALLOC_CTX *life)
{
    return run_batch(db, NULL, 0, NULL, life);
}

const struct fault *db_ask_today(struct db *db, struct civil *out, TALLOC_CTX *life)
{
    if (!civil_is_set(db->day))
        TRY(run_batch(db, NULL, 0, NULL, life));
    *out = db->day;
    return NULL;
}

static const struct fault *unit_begin(struct db *db, bool now, TALLOC_CTX *unit)
{
    TRY(connection_ready(db, unit));
    db->in_unit = true;
    db->unit_failed = db->begun = false;
    db->unit = unit;
    db->later = NULL;
    db->later_count = 0;
    return now ? run_batch(db, NULL, 0, NULL, unit) : NULL;
}

/* What was put off goes with the COMMIT; where it fails, the server skips the COMMIT. */
static const struct fault *unit_commit(struct db *db, const char *name, TALLOC_CTX *unit)
{
    if (!db->begun && !db->later_count)
        return NULL;
    const struct fault *f = run_batch(db, NULL, 0, "COMMIT", unit);
    if (f && !db->conn) /* it may have been done */
        return fault_because(unit, FAULT_AWAY, "COMMIT_UNKNOWN", f, "%s: the connection was cut at the end",
                             name);
    return f;
}

static const struct fault *unit_end(struct db *db, const char *command, TALLOC_CTX *unit)
{
    struct step step = {.command = command};
    return run_steps(db, &step, 1, unit);
}

static void unit_rollback(struct db *db, TALLOC_CTX *unit)
{
    if (db->conn && PQtransactionStatus(db->conn) != PQTRANS_IDLE && unit_end(db, "ROLLBACK", unit))
        connection_drop(db);
    if (db->conn && PQtransactionStatus(db->conn) != PQTRANS_IDLE)
        connection_drop(db);
}

struct unit {
    const char *name;
    unit_fn *work;
    void *arg;
    bool now;
};

static const struct fault *unit_once(struct db *db, const struct unit *u, TALLOC_CTX *unit)
{
    const struct fault *f = unit_begin(db, u->now, unit);
    if (!f)
        f = u->work(db, unit, u->arg);
    if (!f)
        f = unit_commit(db, u->name, unit);
    if (f)
        unit_rollback(db, unit);
    db->in_unit = false;
    db->unit = NULL; /* with it ends what was put off */
    db->later = NULL;
    db->later_count = 0;
    return f;
}

static bool again(const struct fault *f)
{
    return f->kind == FAULT_RETRY || (f->kind == FAULT_STALE && strcmp(f->code, "FACT_TAKEN") == 0);
}

static const struct fault *unit_run(struct db *db, const struct unit *u, TALLOC_CTX *life)
{
    assert(!db->in_unit);
    const struct fault *kept = NULL;
    for (int run = 0; run < UNIT_RUNS; run++) {
        SCOPED_LIFE(unit);
        TRY_MEMORY(unit);
        const struct fault *f = unit_once(db, u, unit);
        if (!f)
            return NULL;
        kept = fault_keep(life, f);
        if (!again(kept))
            return kept;
    }
    if (kept->kind == FAULT_STALE)
        return kept;
    return fault_because(life, FAULT_AWAY, "BUSY", kept, "%s: given up after %d runs", u->name, UNIT_RUNS);
}

const struct fault *db_unit(struct db *db, const char *name, unit_fn *work, void *arg, TALLOC_CTX *life)
{
    const struct unit u = {name, work, arg, true};
    return unit_run(db, &u, life);
}

const struct fault *db_unit_reading_first(struct db *db, const char *name, unit_fn *work, void *arg,
                                          TALLOC_CTX *life)
{
    const struct unit u = {name, work, arg, false};
    return unit_run(db, &u, life);
}

int64_t db_moment(const struct db *db)
{
    assert(db->in_unit && db->begun);
    return db->moment;
}

struct civil db_today(const struct db *db)
{
    assert(db->in_unit && db->begun);
    return db->today;
}
