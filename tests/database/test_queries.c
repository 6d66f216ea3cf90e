/* Every query of the registry is prepared on a freshly migrated database, its columns are compared with its
 * header, and its generic plan is judged in each role that may run it. Connection of the administrator:
 * CONNINFO. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <jansson.h>
#include <libpq-fe.h>
#include "db.h"
#include "life.h"
#include "db_inside.h"

static const char *const ROLES[] = {"mingda_web", "mingda_clock", "mingda_sign",
                                    "mingda_pdf", "mingda_audit", "mingda_owner"};
enum { ROLE_COUNT = sizeof ROLES / sizeof *ROLES };

static PGconn *conn;
static const char *role_now;

static PGresult *ask(const char *sql)
{
    return PQexec(conn, sql);
}

static void must(const char *sql)
{
    PGresult *r = ask(sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    PQclear(r);
}

static int connect_admin(void **state)
{
    (void)state;
    conn = PQconnectdb(getenv("CONNINFO"));
    if (PQstatus(conn) != CONNECTION_OK)
        return -1;
    must("SET search_path = mingda, pg_temp");
    must("SET enable_seqscan = off");
    must("SET plan_cache_mode = force_generic_plan");
    must("SELECT set_config('mingda.agency', '1', false)");
    return 0;
}

static int disconnect(void **state)
{
    (void)state;
    PQfinish(conn);
    return 0;
}

static bool prepare(const struct query *q)
{
    Oid types[64] = {0};
    for (size_t i = 0; i < q->take_count; i++)
        types[i] = values_oid(q->takes[i].type);
    PGresult *r = PQprepare(conn, q->name, q->sql, (int)q->take_count, types);
    bool good = PQresultStatus(r) == PGRES_COMMAND_OK;
    if (!good)
        print_error("%s: %s (%s)\n", q->name, PQresultErrorMessage(r), q->file);
    PQclear(r);
    return good;
}

/* A column of a table that may be null must say so, unless the statement itself excludes it. */
static bool may_be_null(const PGresult *r, int column)
{
    char sql[200];
    if (!PQftable(r, column))
        return false;
    snprintf(sql, sizeof sql,
             "SELECT NOT attnotnull FROM pg_catalog.pg_attribute WHERE attrelid = %u AND attnum = %d",
             PQftable(r, column), PQftablecol(r, column));
    PGresult *n = ask(sql);
    bool may = PQntuples(n) == 1 && strcmp(PQgetvalue(n, 0, 0), "t") == 0;
    PQclear(n);
    return may;
}

static int columns_wrong(const struct query *q)
{
    int wrong = 0;
    PGresult *r = PQdescribePrepared(conn, q->name);
    if ((size_t)PQnparams(r) != q->take_count || (size_t)PQnfields(r) != q->give_count) {
        print_error("%s: takes %d and gives %d, the header says %zu and %zu\n", q->name, PQnparams(r),
                    PQnfields(r), q->take_count, q->give_count);
        wrong++;
    }
    for (int i = 0; i < PQnfields(r) && (size_t)i < q->give_count; i++) {
        if (PQftype(r, i) != values_oid(q->types[i])) {
            print_error("%s: column %s is of type %u, the header says %u\n", q->name, q->gives[i].name,
                        PQftype(r, i), values_oid(q->types[i]));
            wrong++;
        }
        if (!q->gives[i].optional && may_be_null(r, i) && !strstr(q->sql, PQfname(r, i))) {
            print_error("%s: column %s may be null\n", q->name, q->gives[i].name);
            wrong++;
        }
    }
    PQclear(r);
    return wrong;
}

static void headers_agree_with_the_database(void **state)
{
    (void)state;
    int wrong = 0;
    for (int i = 0; i < Q_COUNT; i++)
        wrong += prepare(&QUERIES[i]) ? columns_wrong(&QUERIES[i]) : 1;
    assert_int_equal(wrong, 0);
}

/* "agency_id = 1" fences, it does not find: some other column must be in the condition. */
static bool finds(const char *condition)
{
    char rest[4096];
    snprintf(rest, sizeof rest, "%s", condition);
    for (char *at; (at = strstr(rest, "agency_id"));)
        memset(at, ' ', strlen("agency_id"));
    /* mingda.agency() is inlined as the setting it reads */
    for (char *at; (at = strstr(rest, "current_setting('mingda.agency'"));)
        memset(at, ' ', strlen("current_setting('mingda.agency'"));
    /* what is left must compare another column: with a parameter, a column, a list */
    return strpbrk(rest, "$<>") || strstr(rest, "_id") || strstr(rest, "child") || strstr(rest, "ANY");
}

/* Nodes that read a whole table, or all of an agency's rows. */
static int scans_in(const json_t *node, const char *name, bool tell)
{
    int count = 0;
    const char *type = json_string_value(json_object_get(node, "Node Type"));
    const char *table = json_string_value(json_object_get(node, "Relation Name"));
    const char *condition = json_string_value(json_object_get(node, "Index Cond"));
    bool index = strcmp(type, "Index Scan") == 0 || strcmp(type, "Index Only Scan") == 0 ||
                 strcmp(type, "Bitmap Index Scan") == 0;
    bool small = table && strcmp(table, "agency") == 0; /* some dozens of rows, never more */
    if (!small && (strcmp(type, "Seq Scan") == 0 || (index && (!condition || !finds(condition))))) {
        count++;
        if (tell)
            print_error("%s: %s on %s (%s) needs -- scans: and its reason [%s]\n", name, type,
                        table ? table : "?", condition ? condition : "no condition", role_now);
    }
    size_t i;
    json_t *child;
    json_array_foreach(json_object_get(node, "Plans"), i, child) count += scans_in(child, name, tell);
    return count;
}

static PGresult *explain(const struct query *q)
{
    char sql[1024] = "";
    size_t n = (size_t)snprintf(sql, sizeof sql, "EXPLAIN (FORMAT JSON, COSTS OFF) EXECUTE \"%s\"", q->name);
    for (size_t i = 0; i < q->take_count; i++)
        n += (size_t)snprintf(sql + n, sizeof sql - n, "%sNULL", i ? ", " : "(");
    snprintf(sql + n, sizeof sql - n, "%s", q->take_count ? ")" : "");
    return ask(sql);
}

/* How many roles may run it; *wrong counts plans that scan without a reason. */
static int judge(const struct query *q, int *wrong)
{
    int may = 0;
    for (int i = 0; i < ROLE_COUNT; i++) {
        char set[64];
        snprintf(set, sizeof set, "SET ROLE %s", ROLES[i]);
        must(set);
        role_now = ROLES[i];
        PGresult *r = explain(q);
        const char *sqlstate = PQresultErrorField(r, PG_DIAG_SQLSTATE);
        if (PQresultStatus(r) == PGRES_TUPLES_OK) {
            may++;
            json_t *plan = json_loads(PQgetvalue(r, 0, 0), 0, NULL);
            assert_non_null(plan);
            int scans = scans_in(json_object_get(json_array_get(plan, 0), "Plan"), q->name, !q->scans);
            *wrong += scans && !q->scans;
            json_decref(plan);
        } else if (!sqlstate || strcmp(sqlstate, "42501") != 0) {
            print_error("%s as %s: %s", q->name, ROLES[i], PQresultErrorMessage(r));
            (*wrong)++;
        }
        PQclear(r);
        must("RESET ROLE");
    }
    return may;
}

static void plans_find_by_index(void **state)
{
    (void)state;
    int wrong = 0;
    for (int i = 0; i < Q_COUNT; i++)
        if (judge(&QUERIES[i], &wrong) == 0) {
            print_error("%s: no role may run it\n", QUERIES[i].name);
            wrong++;
        }
    assert_int_equal(wrong, 0);
}

static void names_are_found(void **state)
{
    (void)state;
    for (int i = 0; i < Q_COUNT; i++)
        assert_int_equal(query_named(QUERIES[i].name), i);
    assert_int_equal(query_named("NO_SUCH_QUERY"), -1);
    assert_int_equal(query_named(""), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(headers_agree_with_the_database),
        cmocka_unit_test(plans_find_by_index),
    };
    return cmocka_run_group_tests_name("queries", tests, connect_admin, disconnect);
}
