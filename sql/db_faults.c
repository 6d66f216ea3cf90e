/* db_faults.c - SQLSTATE to fault. Details name the query, the state and the constraint, never a value. */
#include "db_inside.h"

struct meaning {
    const char *state; /* a whole SQLSTATE, or its class of two characters */
    enum fault_kind kind;
    const char *code;
    bool drop; /* the connection is of no more use */
};

static const struct meaning MEANINGS[] = {
    {"40001", FAULT_RETRY, "SERIALIZATION", false},
    {"40P01", FAULT_RETRY, "DEADLOCK", false},
    {"55P03", FAULT_RETRY, "LOCK_TIMEOUT", false},
    {"57014", FAULT_AWAY, "QUERY_TIMEOUT", false},
    {"57", FAULT_AWAY, "DATABASE_AWAY", true}, /* shut down, crashed, starting */
    {"08", FAULT_AWAY, "DATABASE_AWAY", true},
    {"53100", FAULT_AWAY, "DATABASE_FULL", false}, /* full disk */
    {"53", FAULT_AWAY, "DATABASE_AWAY", false},    /* too many connections, out of memory */
    {"25006", FAULT_AWAY, "DATABASE_AWAY", true},  /* a standby that only reads */
    {"25P02", FAULT_BROKEN, "UNIT_FAILED", false}, /* a query after a fault in the same unit */
    {"25P03", FAULT_AWAY, "DATABASE_AWAY", true},
    {"0A000", FAULT_AWAY, "DATABASE_AWAY", true}, /* a cached plan that a migration has overtaken */
    {"26000", FAULT_AWAY, "DATABASE_AWAY", true}, /* prepared statements are gone */
    {"42501", FAULT_BROKEN, "DATABASE_FORBIDS", false},
    {"23", FAULT_BROKEN, "CONSTRAINT", false},
    {"22", FAULT_INPUT, "DATABASE_VALUE", false},
};

/* Unique keys with a meaning of their own. */
static const struct {
    const char *constraint, *code;
} UNIQUE_KEYS[] = {
    {"fact_pkey", "FACT_TAKEN"},
    {"unsequenced_agency_id_dossier_id_seq_key", "FACT_TAKEN"},
    {"submission_pkey", "SUBMISSION_TAKEN"},
    {NULL, "DUPLICATE"},
};

static const struct meaning *meaning_of(const char *state)
{
    static const struct meaning other = {"", FAULT_BROKEN, "QUERY_FAILED", false};
    for (size_t i = 0; i < sizeof MEANINGS / sizeof *MEANINGS; i++)
        if (strncmp(MEANINGS[i].state, state, strlen(MEANINGS[i].state)) == 0)
            return &MEANINGS[i];
    return &other;
}

static const struct fault *fault_of_unique(TALLOC_CTX *life, const char *name, const char *constraint)
{
    size_t i = 0;
    while (UNIQUE_KEYS[i].constraint && strcmp(UNIQUE_KEYS[i].constraint, constraint) != 0)
        i++;
    return fault_new(life, FAULT_STALE, UNIQUE_KEYS[i].code, "%s: %s", name, constraint);
}

const struct fault *fault_of_result(struct db *db, TALLOC_CTX *life, const char *name, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (!state) /* libpq's own words: the connection */
        return fault_of_connection(db, life, name);
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    if (strcmp(state, "23505") == 0)
        return fault_of_unique(life, name, constraint ? constraint : "");
    const struct meaning *m = meaning_of(state);
    if (strcmp(state, "25006") == 0 && db->scope.as_auditor)
        m = meaning_of("42501"); /* not a standby: an auditor only reads */
    const char *table = PQresultErrorField(result, PG_DIAG_TABLE_NAME);
    /* The message may quote values; only those about the statement itself (class 42) are safe to hand on. */
    const char *message =
        strncmp(state, "42", 2) == 0 ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const struct fault *f =
        fault_new(life, m->kind, m->code, "%s: SQLSTATE %s%s%s%s%s%s%s", name, state, table ? ", table " : "",
                  table ? table : "", constraint ? ", constraint " : "", constraint ? constraint : "",
                  message ? ": " : "", message ? message : "");
    if (m->drop)
        connection_drop(db);
    return f;
}

const struct fault *fault_of_connection(struct db *db, TALLOC_CTX *life, const char *name)
{
    const char *message = db->conn ? PQerrorMessage(db->conn) : "no connection";
    const char *end = strchr(message, '\n');
    const struct fault *f = fault_new(life, FAULT_AWAY, "DATABASE_AWAY", "%s: %.*s", name,
                                      (int)(end ? (size_t)(end - message) : strlen(message)), message);
    connection_drop(db);
    return f;
}
