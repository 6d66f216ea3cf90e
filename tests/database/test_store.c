/* The store: facts that stay, fences between agencies, what each role must not do, units that run again,
 * connections that are cut. The administrator's connection is CONNINFO; the roles connect to the same place.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <libpq-fe.h>
#include "crypt.h"
#include "db.h"
#include "facts.h"
#include "life.h"
#include "text.h"

static PGconn *admin;

/* What the administrator does beside the program. */
static void admin_does(const char *sql)
{
    PGresult *r = PQexec(admin, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(admin));
    PQclear(r);
}

static long admin_counts(const char *sql)
{
    PGresult *r = PQexec(admin, sql);
    assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
    long n = strtol(PQgetvalue(r, 0, 0), NULL, 10);
    PQclear(r);
    return n;
}

static struct db *open_as(TALLOC_CTX *life, const char *role, int32_t agency)
{
    struct db *db;
    const char *conninfo = talloc_asprintf(life, "%s user=%s", getenv("CONNINFO"), role);
    assert_null(db_open(life, conninfo, &db));
    db_scope_set(db, (struct db_scope){.agency = agency});
    return db;
}

static void no_fault(const struct fault *f)
{
    if (f)
        fail_msg("%s: %s", f->code, f->detail ? f->detail : "");
}

static void fault_is(const struct fault *f, enum fault_kind kind, const char *code)
{
    assert_non_null(f);
    if (strcmp(f->code, code) != 0 || f->kind != kind)
        fail_msg("%s (kind %d) instead of %s (kind %d): %s", f->code, f->kind, code, kind,
                 f->detail ? f->detail : "");
}

static int start(void **state)
{
    (void)state;
    admin = PQconnectdb(getenv("CONNINFO"));
    if (PQstatus(admin) != CONNECTION_OK)
        return -1;
    admin_does("INSERT INTO mingda.agency (agency_id, name, short_name, unit_code, doc_mark, court, "
               "review_body) VALUES"
               " (1, '市局', '市局', '0024200170', '应急', '法院', '政府'), (2, '区局', '区局', "
               "'7000000001', '区应急', '法院', '政府')");
    admin_does("INSERT INTO mingda.person (login, name, hash) VALUES ('anna', '安', '-'), ('bo', '波', '-')");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    PQfinish(admin);
    return 0;
}

/* --- a dossier with some facts, as the services write it --- */
struct filing {
    int64_t dossier;
    bool fresh; /* a new dossier: it gets its number in each run anew */
    int32_t seq;
    int64_t by; /* 0: nobody */
    const char *kind, *child, *submission;
    const json_t *data;
    char ref[48]; /* of a new one */
    int runs;
};

static const struct fault *file_fact(struct db *db, TALLOC_CTX *unit, void *arg)
{
    struct filing *f = arg;
    f->runs++;
    if (!f->dossier || f->fresh) {
        f->fresh = true;
        struct table *t;
        TRY(query_dossier_new(db, (struct civil){2026, 3, 2}, NULL, &t, unit));
        f->dossier = table_int(t, 0, "dossier_id", 0);
        snprintf(f->ref, sizeof f->ref, "%s", table_text(t, 0, "ref"));
    }
    struct fact_row row = {.dossier = f->dossier,
                           .seq = f->seq,
                           .kind = f->kind ? f->kind : "received",
                           .child = f->child,
                           .on = db_today(db),
                           .by = f->by,
                           .role = "clerk",
                           .submission = f->submission,
                           .data = f->data};
    return facts_append(db, &row, NULL, unit);
}

static int64_t new_dossier(struct db *db, TALLOC_CTX *life)
{
    struct filing f = {.seq = 1};
    no_fault(db_unit(db, "file", file_fact, &f, life));
    return f.dossier;
}

static void facts_are_filed_and_read(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    json_t *data = json_adopt(life, json_pack("{s:s, s:i}", "channel", "web", "items", 2));
    struct filing f = {.seq = 1, .data = data};
    no_fault(db_unit(db, "file", file_fact, &f, life));
    assert_string_equal(f.ref, "SQ002420017020260302001");
    assert_true(f.dossier == INT64_C(2026000000001));
    f = (struct filing){.dossier = f.dossier, .seq = 2, .kind = "consultation-sent", .child = "t1"};
    no_fault(db_unit(db, "file", file_fact, &f, life));

    struct table *t;
    no_fault(query_facts_of_dossier(db, f.dossier, &t, life));
    assert_int_equal(t->row_count, 2);
    assert_string_equal(table_text(t, 0, "data"), "{\"items\": 2, \"channel\": \"web\"}");
    assert_string_equal(table_text(t, 1, "child"), "t1");
    assert_string_equal(table_text(t, 1, "data"), "{}");
    assert_true(table_cell(t, 0, "by_person")->null);

    no_fault(query_fact_bodies_of_dossier(db, f.dossier, &t, life));
    const struct cell *body = table_cell(t, 1, "body");
    const char *text = talloc_strndup(life, (const char *)body->bytes.data, body->bytes.length);
    const char *begin = "{\"agency\":1,\"at\":\"", *end = "\"role\":\"clerk\",\"seq\":2}";
    assert_memory_equal(text, begin, strlen(begin));
    assert_string_equal(text + strlen(text) - strlen(end), end);
    assert_non_null(strstr(
        text, "\"child\":\"t1\",\"data\":{},\"dossier\":2026000000001,\"kind\":\"consultation-sent\""));
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.unsequenced"), 2);
    db_must_be_idle(db);
}

static void numbers_count_by_day_and_never_come_back(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 2);
    struct table *t;
    no_fault(query_dossier_new(db, (struct civil){2026, 3, 2}, NULL, &t, life));
    assert_string_equal(table_text(t, 0, "ref"), "SQ700000000120260302001");
    no_fault(query_dossier_new(db, (struct civil){2026, 3, 3}, NULL, &t, life));
    assert_string_equal(table_text(t, 0, "ref"), "SQ700000000120260303001");
    assert_true(table_int(t, 0, "dossier_id", 0) == INT64_C(2026000000002));
    admin_does("UPDATE mingda.counter SET last = 999 WHERE agency_id = 2 AND name = 'day:2026-03-02'");
    no_fault(query_dossier_new(db, (struct civil){2026, 3, 2}, NULL, &t, life));
    assert_string_equal(table_text(t, 0, "ref"), "SQ7000000001202603021000");
    no_fault(query_dossier_new(db, (struct civil){2025, 12, 31}, "sq20110377-1", &t, life));
    assert_string_equal(table_text(t, 0, "ref"), "sq20110377-1");
    assert_true(table_int(t, 0, "dossier_id", 0) == INT64_C(2025000000001));
    fault_is(query_dossier_new(db, (struct civil){2025, 12, 31}, "sq20110377-1", &t, life), FAULT_STALE,
             "DUPLICATE");
}

static void a_body_that_differs_from_its_columns_is_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    static const char body[] =
        "{\"agency\":1,\"at\":\"2026-03-02T01:00:00Z\",\"by\":null,\"child\":null,\"data\":{},"
        "\"dossier\":2026000000900,\"kind\":\"received\",\"on\":\"2026-03-02\","
        "\"recorded\":\"2026-03-02\",\"role\":\"clerk\",\"seq\":1}";
    const struct civil day = {2026, 3, 2};
    const int64_t at = INT64_C(1772413200) * 1000000;
    const struct query_bytes bytes = {body, sizeof body - 1};
    fault_is(
        query_fact_add(db, 2026000000900, 1, "served", "", day, at, day, NULL, "clerk", NULL, bytes, life),
        FAULT_BROKEN, "CONSTRAINT");
    fault_is(
        query_fact_add(db, 2026000000901, 1, "received", "", day, at, day, NULL, "clerk", NULL, bytes, life),
        FAULT_BROKEN, "CONSTRAINT");
    const int64_t anna = 1;
    fault_is(
        query_fact_add(db, 2026000000900, 1, "received", "", day, at, day, &anna, "clerk", NULL, bytes, life),
        FAULT_BROKEN, "CONSTRAINT");
    no_fault(
        query_fact_add(db, 2026000000900, 1, "received", "", day, at, day, NULL, "clerk", NULL, bytes, life));
}

static void the_same_form_twice_is_known(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    const char *submission = facts_submission_id(life);
    assert_int_equal(strlen(submission), 36);
    struct filing first = {.seq = 1, .submission = submission}, second = first;
    no_fault(db_unit(db, "file", file_fact, &first, life));
    long numbers = admin_counts("SELECT count(*) FROM mingda.dossier_number");
    fault_is(db_unit(db, "file", file_fact, &second, life), FAULT_STALE, "SUBMISSION_TAKEN");
    assert_int_equal(second.runs, 1);
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.dossier_number"),
                     numbers); /* nothing of it stayed */
    struct table *t;
    no_fault(query_submission_find(db, submission, &t, life));
    assert_true(table_int(t, 0, "dossier", 0) == first.dossier);
    assert_string_equal(table_text(t, 0, "ref"), first.ref);
    fault_is(query_submission_find(db, "not-a-uuid", &t, life), FAULT_INPUT, "DATABASE_VALUE");
}

/* --- two officers --- */
struct race {
    struct db *rival;
    int64_t dossier;
    int runs;
    bool rival_always;
};

static const struct fault *race_for_a_seq(struct db *db, TALLOC_CTX *unit, void *arg)
{
    struct race *r = arg;
    struct table *t;
    TRY(query_facts_of_dossier(db, r->dossier, &t, unit));
    int32_t next = (int32_t)t->row_count + 1;
    if (r->runs++ == 0 || r->rival_always) {
        struct filing f = {.dossier = r->dossier, .seq = next, .kind = "assigned"};
        no_fault(db_unit(r->rival, "rival", file_fact, &f, unit));
    }
    struct filing mine = {.dossier = r->dossier, .seq = next, .kind = "registered"};
    return file_fact(db, unit, &mine);
}

static void two_officers_cannot_both_win_a_seq(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    struct race race = {.rival = open_as(life, "mingda_clock", 1), .dossier = new_dossier(db, life)};
    no_fault(db_unit(db, "race", race_for_a_seq, &race, life)); /* the second run sees what changed */
    assert_int_equal(race.runs, 2);
    race = (struct race){.rival = race.rival, .dossier = new_dossier(db, life), .rival_always = true};
    fault_is(db_unit(db, "race", race_for_a_seq, &race, life), FAULT_STALE, "FACT_TAKEN");
    assert_int_equal(race.runs, 3);
    db_must_be_idle(db);
}

static const struct fault *asks_for_another_run(struct db *db, TALLOC_CTX *unit, void *arg)
{
    (void)db;
    int *runs = arg;
    ++*runs;
    return *runs % 10 < 3 ? fault_new(unit, FAULT_RETRY, "SERIALIZATION", "run %d", *runs) : NULL;
}

static void a_unit_runs_three_times_at_most(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    int runs = 0;
    no_fault(db_unit(db, "thrice", asks_for_another_run, &runs, life));
    assert_int_equal(runs, 3);
    runs = -1; /* -1, 0, 1: never good */
    fault_is(db_unit(db, "thrice", asks_for_another_run, &runs, life), FAULT_AWAY, "BUSY");
    assert_int_equal(runs, 2);
    db_must_be_idle(db);
}

static const struct fault *swallows_a_fault(struct db *db, TALLOC_CTX *unit, void *arg)
{
    (void)arg;
    struct table *t;
    struct filing f = {.dossier = INT64_C(2026000000900), .seq = 1};
    no_fault(file_fact(db, unit, &f)); /* taken, as the next statement finds: the transaction is lost … */
    fault_is(query_facts_of_dossier(db, f.dossier, &t, unit), FAULT_STALE, "FACT_TAKEN");
    fault_is(query_facts_of_dossier(db, f.dossier, &t, unit), FAULT_BROKEN, "UNIT_FAILED");
    return NULL; /* … and we go on as if nothing were */
}

static void a_unit_that_swallows_a_fault_is_not_committed(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    fault_is(db_unit(db, "swallow", swallows_a_fault, NULL, life), FAULT_BROKEN, "UNIT_FAILED");
    db_must_be_idle(db);
    no_fault(db_ping(db, life));
}

static void a_deadlock_is_run_again(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    admin_does(
        "CREATE OR REPLACE FUNCTION mingda.test_deadlock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF nextval('mingda.test_runs') < 3 THEN RAISE EXCEPTION 'knot' USING ERRCODE = '40P01'; END IF;"
        " RETURN NEW; END $$");
    admin_does("CREATE SEQUENCE mingda.test_runs");
    admin_does("GRANT USAGE ON SEQUENCE mingda.test_runs TO mingda_web");
    admin_does("CREATE TRIGGER test_deadlock BEFORE INSERT ON mingda.unsequenced FOR EACH ROW"
               " EXECUTE FUNCTION mingda.test_deadlock()");
    struct filing f = {.dossier = new_dossier(db, life), .seq = 2};
    admin_does("ALTER SEQUENCE mingda.test_runs RESTART");
    f.runs = 0;
    no_fault(db_unit(db, "file", file_fact, &f, life));
    assert_int_equal(f.runs, 3);
    admin_does("DROP TRIGGER test_deadlock ON mingda.unsequenced");
    admin_does("DROP FUNCTION mingda.test_deadlock");
    admin_does("DROP SEQUENCE mingda.test_runs");
}

/* --- connections --- */
static void cut_all(const char *role)
{
    char sql[300];
    snprintf(sql, sizeof sql,
             "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '%s' AND pid <> "
             "pg_backend_pid()",
             role);
    admin_does(sql);
}

static void a_cut_connection_costs_one_fault_at_most(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    int faults = 0;
    for (int i = 0; i < 5; i++) {
        struct table *t;
        no_fault(db_ping(db, life));
        cut_all("mingda_web");
        faults += query_dossier_locate(db, "SQ002420017020260302001", &t, life) != NULL;
        no_fault(query_dossier_locate(db, "SQ002420017020260302001", &t, life));
        assert_int_equal(t->row_count, 1);
    }
    assert_true(faults <= 5);
    print_message("five cuts cost %d faults\n", faults);
}

static const struct fault *is_cut_inside(struct db *db, TALLOC_CTX *unit, void *arg)
{
    struct filing *f = arg;
    TRY(file_fact(db, unit, f));
    cut_all("mingda_web");
    f->seq++;
    struct table *t;
    TRY(file_fact(db, unit, f));
    return query_facts_of_dossier(db, f->dossier, &t, unit);
}

static void a_unit_that_is_cut_leaves_nothing(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    struct filing f = {.dossier = new_dossier(db, life), .seq = 2, .kind = "assigned"};
    f.runs = 0;
    fault_is(db_unit(db, "cut", is_cut_inside, &f, life), FAULT_AWAY, "DATABASE_AWAY");
    assert_int_equal(f.runs, 2); /* once before and once after the cut: the unit was not run again */
    db_must_be_idle(db);
    struct table *t;
    no_fault(query_facts_of_dossier(db, f.dossier, &t, life));
    assert_int_equal(t->row_count, 1);
    no_fault(db_unit(db, "again", file_fact, &(struct filing){.dossier = f.dossier, .seq = 2}, life));
}

static const struct fault *is_cut_at_the_end(struct db *db, TALLOC_CTX *unit, void *arg)
{
    TRY(file_fact(db, unit, arg));
    cut_all("mingda_web");
    return NULL;
}

static void a_commit_that_is_cut_says_so(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    struct filing f = {.dossier = new_dossier(db, life), .seq = 2};
    fault_is(db_unit(db, "cut", is_cut_at_the_end, &f, life), FAULT_AWAY, "COMMIT_UNKNOWN");
    db_must_be_idle(db);
}

static void a_server_that_is_not_there_is_told_at_once(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db;
    assert_null(db_open(life, "host=/nonexistent/socket dbname=mingda", &db));
    fault_is(db_ping(db, life), FAULT_AWAY, "DATABASE_AWAY");
    fault_is(db_unit(db, "file", file_fact, &(struct filing){.seq = 1}, life), FAULT_AWAY, "DATABASE_AWAY");
    assert_null(db_open(life, "this is no connection string", &db));
    fault_is(db_ping(db, life), FAULT_AWAY, "DATABASE_AWAY");
    db_must_be_idle(db);
}

static void server(const char *what)
{
    char command[400];
    snprintf(command, sizeof command, "%s %s", getenv("SERVER"), what);
    assert_int_equal(system(command), 0);
}

static void a_stopped_server_comes_back(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    static const char *const MODES[] = {"fast", "immediate"};
    int64_t dossier = new_dossier(db, life);
    struct table *t;
    for (size_t i = 0; i < 2; i++) {
        no_fault(query_facts_of_dossier(db, dossier, &t, life));
        server(MODES[i]);
        fault_is(query_facts_of_dossier(db, dossier, &t, life), FAULT_AWAY, "DATABASE_AWAY");
        fault_is(db_unit(db, "file", file_fact, &(struct filing){.seq = 1}, life), FAULT_AWAY,
                 "DATABASE_AWAY");
        db_must_be_idle(db);
        server("start");
        no_fault(
            query_facts_of_dossier(db, dossier, &t, life)); /* at once, and what was acknowledged is there */
        assert_int_equal(t->row_count, 1);
    }
    PQreset(admin);
}

/* --- batches and values --- */
static void a_batch_is_one_transaction(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    int64_t dossier = new_dossier(db, life);
    struct cell id[] = {cell_int(dossier)}, ref[] = {cell_text("SQ002420017020260302001")};
    struct db_ask asks[] = {{.id = Q_FACTS_OF_DOSSIER, .params = id},
                            {.id = Q_DOSSIER_LOCATE, .params = ref},
                            {.id = Q_AGENCY_CURRENT}};
    no_fault(db_batch(db, asks, 3, life));
    assert_int_equal(asks[0].out->row_count, 1);
    assert_int_equal(asks[1].out->row_count, 1);
    assert_string_equal(table_text(asks[2].out, 0, "unit_code"), "0024200170");

    uint8_t hash[32] = {1};
    struct cell good[] = {cell_int(dossier), cell_bytes(hash, 32)},
                bad[] = {cell_int(dossier), cell_bytes(hash, 31)};
    struct db_ask writes[] = {{.id = Q_QUERY_CODE_ADD, .params = good},
                              {.id = Q_QUERY_CODE_ADD, .params = bad},
                              {.id = Q_FACTS_OF_DOSSIER, .params = id}};
    fault_is(db_batch(db, writes, 3, life), FAULT_BROKEN, "CONSTRAINT");
    struct table *t;
    no_fault(query_query_code_of(db, dossier, &t, life));
    assert_int_equal(t->row_count, 0); /* the first write went with the second */
    no_fault(db_batch(db, writes, 1, life));
    no_fault(query_query_code_of(db, dossier, &t, life));
    assert_int_equal(t->row_count, 1);
    fault_is(db_query(db, Q_FACTS_OF_DOSSIER, (struct cell[]){cell_text("1")}, &t, life), FAULT_BROKEN,
             "QUERY_TYPES");
    db_must_be_idle(db);
    no_fault(db_ping(db, life));
}

static void large_files_go_both_ways_in_one_pipeline(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    enum { SIZE = 12 << 20 };
    uint8_t *bytes = talloc_array(life, uint8_t, SIZE), hash[32];
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 2654435761u >> 24);
    crypt_sha256(bytes, SIZE, hash);
    int64_t dossier = new_dossier(db, life);
    struct cell add[] = {cell_bytes(hash, 32), cell_int(dossier), cell_text("卷.odt"),    cell_text("x/y"),
                         cell_flag(false),     cell_text("own"),  cell_bytes(bytes, SIZE)};
    struct cell get[] = {cell_int(dossier), cell_bytes(hash, 32)};
    struct db_ask asks[] = {{.id = Q_BLOB_ADD, .params = add},
                            {.id = Q_BLOB_GET, .params = get},
                            {.id = Q_BLOB_ADD, .params = add},
                            {.id = Q_BLOB_GET, .params = get}};
    no_fault(db_batch(db, asks, 4, life));
    for (int i = 1; i < 4; i += 2) {
        const struct cell *c = table_cell(asks[i].out, 0, "bytes");
        assert_int_equal(c->bytes.length, SIZE);
        assert_memory_equal(c->bytes.data, bytes, SIZE);
        assert_string_equal(table_text(asks[i].out, 0, "name"), "卷.odt");
    }
    uint8_t none[32] = {9};
    no_fault(query_blob_add(db, (struct query_bytes){none, 32}, dossier, "", "x/y", true, "own",
                            (struct query_bytes){"", 0}, life));
    struct table *t;
    no_fault(query_blob_get(db, dossier, (struct query_bytes){none, 32}, &t, life));
    assert_false(table_cell(t, 0, "bytes")->null);
    assert_int_equal(table_cell(t, 0, "bytes")->bytes.length, 0);
}

static void values_come_back_as_they_went(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    const struct civil days[] = {{1, 1, 1},    {1582, 10, 15}, {1969, 12, 31},
                                 {2000, 1, 1}, {2026, 2, 28},  {9999, 12, 31}};
    int64_t dossier = new_dossier(db, life);
    struct table *t;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        char name[8];
        snprintf(name, sizeof name, "c%zu", i);
        no_fault(query_clock_put(db, dossier, name, "", "条例33", "wd", (struct civil){2026, 3, 2}, -7,
                                 days[i], true, CIVIL_NONE, days[i], life));
    }
    no_fault(query_clocks_of_dossier(db, dossier, &t, life));
    assert_int_equal(t->row_count, sizeof days / sizeof *days);
    for (size_t i = 0; i < t->row_count; i++) {
        assert_int_equal(civil_compare(table_day(t, i, "due"), days[i]), 0);
        assert_int_equal(civil_compare(table_day(t, i, "stopped"), days[i]), 0);
        assert_true(table_cell(t, i, "as_of")->null);
        assert_int_equal(table_int(t, i, "length", 0), -7);
        assert_true(table_flag(t, i, "provisional"));
        assert_string_equal(table_text(t, i, "basis"), "条例33");
    }
    const char *const grams[] = {"预案", "a\"b", "c\\d", ""};
    assert_string_equal(db_array_text(life, grams, 4), "{\"预案\",\"a\\\"b\",\"c\\\\d\",\"\"}");
    no_fault(
        query_posting_put(db, dossier, db_array_int(life, (const int64_t[]){INT64_MIN, -1, 7}, 3), life));
    assert_int_equal(
        admin_counts("SELECT count(*) FROM mingda.posting WHERE words = '{-9223372036854775808,-1,7}'"), 1);
    assert_string_equal(db_array_int(life, (const int64_t[]){1, -2}, 2), "{1,-2}");
    assert_string_equal(db_array_int(life, NULL, 0), "{}");
}

static const struct fault *looks_at_the_day(struct db *db, TALLOC_CTX *unit, void *arg)
{
    (void)unit;
    int64_t *seen = arg;
    assert_int_equal(civil_compare(db_today(db), (struct civil){2026, 3, 2}), 0);
    *seen = db_moment(db);
    return NULL;
}

static void a_pinned_day_holds_for_the_moment_too(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db;
    assert_null(db_open(
        life,
        talloc_asprintf(life, "%s user=mingda_web options='-c mingda.today=2026-03-02'", getenv("CONNINFO")),
        &db));
    struct civil today;
    no_fault(db_ask_today(db, &today, life));
    assert_int_equal(civil_compare(today, (struct civil){2026, 3, 2}), 0);
    int64_t seen = 0;
    no_fault(db_unit(db, "look", looks_at_the_day, &seen, life));
    const int64_t midnight = INT64_C(1772380800) * 1000000; /* 2026-03-02T00:00+08:00 */
    assert_true(seen >= midnight && seen < midnight + INT64_C(86400000000) && seen % 1000000 == 0);
}

static void wakes_are_shared_without_waiting(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_clock", 1);
    for (int64_t i = 1; i <= 4; i++)
        no_fault(query_wake_set(db, 2026000100000 + i, (struct civil){2026, 3, (int8_t)i}, life));
    admin_does("BEGIN");
    admin_does("SELECT set_config('mingda.agency', '1', true)");
    admin_does(
        "SELECT * FROM mingda.wake WHERE agency_id = 1 ORDER BY on_day LIMIT 2 FOR UPDATE SKIP LOCKED");
    struct table *t;
    no_fault(query_wake_claim(db, (struct civil){2026, 3, 9}, 10, &t, life));
    assert_int_equal(t->row_count, 2);
    assert_true(table_int(t, 0, "dossier", 0) == INT64_C(2026000100003));
    admin_does("ROLLBACK");
    no_fault(query_wake_claim(db, (struct civil){2026, 3, 1}, 10, &t, life));
    assert_int_equal(t->row_count, 1);
    no_fault(query_wake_clear(db, 2026000100001, life));
    no_fault(query_wake_claim(db, (struct civil){2026, 3, 1}, 10, &t, life));
    assert_int_equal(t->row_count, 0);
}

static void tries_are_counted_and_forgiven(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 0);
    uint8_t subject[32] = {7};
    const struct query_bytes who = {subject, 32};
    struct table *t;
    for (int i = 1; i <= 3; i++) {
        no_fault(query_attempt_add(db, "login", who, 1000000, &t, life));
        assert_int_equal(table_int(t, 0, "count", 0), i);
    }
    no_fault(query_attempt_count(db, "login", who, 1000000, &t, life));
    assert_int_equal(table_int(t, 0, "count", 0), 3);
    no_fault(query_attempt_count(db, "query-code", who, 1000000, &t, life));
    assert_int_equal(table_int(t, 0, "count", 9), 0);
    no_fault(query_attempts_forgive(db, "login", who, life));
    no_fault(query_attempt_count(db, "login", who, 1000000, &t, life));
    assert_int_equal(table_int(t, 0, "count", 9), 0);
}

static void sessions_end(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 0);
    uint8_t token[32] = {1}, csrf[32] = {2};
    const struct query_bytes key = {token, 32};
    struct table *t;
    admin_does("INSERT INTO mingda.person_role VALUES (1, 1, 'clerk'), (1, 1, 'handler'), (2, 1, 'auditor')");
    no_fault(query_session_add(db, key, 1, 1, (struct query_bytes){csrf, 32}, 1800, 28800, life));
    no_fault(query_session_by_token(db, key, &t, life));
    assert_int_equal(t->row_count, 1);
    assert_string_equal(table_text(t, 0, "roles"), "clerk handler");
    assert_string_equal(table_text(t, 0, "login"), "anna");
    admin_does("UPDATE mingda.session SET idle_end = now() - interval '1 second'");
    no_fault(query_session_by_token(db, key, &t, life));
    assert_int_equal(t->row_count, 0);
    no_fault(query_session_seen(db, key, 1800, life));
    admin_does("UPDATE mingda.session SET end_at = now() - interval '1 second'");
    no_fault(query_session_by_token(db, key, &t, life));
    assert_int_equal(t->row_count, 0);
    admin_does("UPDATE mingda.session SET end_at = now() + interval '1 hour'");
    admin_does("UPDATE mingda.person SET active = false WHERE person_id = 1");
    no_fault(query_session_by_token(db, key, &t, life));
    assert_int_equal(t->row_count, 0);
    admin_does("UPDATE mingda.person SET active = true");
    no_fault(query_session_end(db, key, life));
    no_fault(query_session_by_token(db, key, &t, life));
    assert_int_equal(t->row_count, 0);
}

static void a_template_needs_a_second_person(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *owner = open_as(life, "mingda_owner", 1);
    struct table *t;
    no_fault(query_template_add(owner, "D01", "<letter code='D01'/>", 1, &t, life));
    assert_int_equal(table_int(t, 0, "version", 0), 1);
    no_fault(query_template_in_force(owner, "D01", (struct civil){2026, 3, 2}, &t, life));
    assert_int_equal(t->row_count, 0); /* a draft rules nothing */
    fault_is(query_template_approve(owner, "D01", 1, 1, (struct civil){2026, 3, 2}, &t, life), FAULT_BROKEN,
             "CONSTRAINT");
    no_fault(query_template_approve(owner, "D01", 1, 2, (struct civil){2026, 3, 2}, &t, life));
    assert_int_equal(t->row_count, 1);
    no_fault(query_template_in_force(owner, "D01", (struct civil){2026, 3, 1}, &t, life));
    assert_int_equal(t->row_count, 0);
    no_fault(query_template_in_force(owner, "D01", (struct civil){2026, 3, 2}, &t, life));
    assert_int_equal(t->row_count, 1);
    no_fault(query_template_add(owner, "D01", "<letter code='D01'/>", 1, &t, life));
    assert_int_equal(table_int(t, 0, "version", 0), 2);
}

/* --- what nobody may, and what each role may not --- */
static void sql_is_refused(PGconn *conn, const char *sql, const char *state)
{
    PGresult *r = PQexec(conn, sql);
    const char *got = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    if (!got || strcmp(got, state) != 0)
        fail_msg("%s as %s: %s %s instead of %s", sql, PQuser(conn), got ? got : "done",
                 PQresultErrorMessage(r), state);
    PQclear(r);
}

static PGconn *connect_as(const char *role, const char *agency)
{
    char conninfo[500];
    snprintf(conninfo, sizeof conninfo, "%s user=%s options='-c mingda.agency=%s'", getenv("CONNINFO"), role,
             agency);
    PGconn *conn = PQconnectdb(conninfo);
    assert_int_equal(PQstatus(conn), CONNECTION_OK);
    return conn;
}

static void history_cannot_be_changed_by_anybody(void **state)
{
    (void)state;
    static const char *const TABLES[] = {"fact", "submission", "dossier_number"};
    PGconn *owner = connect_as("mingda_owner", "1"), *conns[] = {admin, owner};
    for (size_t c = 0; c < 2; c++)
        for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++) {
            char sql[200];
            snprintf(sql, sizeof sql, "UPDATE mingda.%s SET dossier_id = dossier_id + 1", TABLES[i]);
            sql_is_refused(conns[c], sql, "42501");
            snprintf(sql, sizeof sql, "DELETE FROM mingda.%s", TABLES[i]);
            sql_is_refused(conns[c], sql, "42501");
            snprintf(sql, sizeof sql, "TRUNCATE mingda.%s", TABLES[i]);
            sql_is_refused(conns[c], sql, "42501");
        }
    PQfinish(owner);
    assert_int_equal(
        admin_counts("SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                     " WHERE tgname = 'append_only' AND tgenabled = 'O' AND relname IN ('fact', 'submission',"
                     " 'dossier_number', 'private', 'access', 'sealed', 'edition', 'calendar')"),
        8);
}

static void each_role_is_refused_what_it_must_not_do(void **state)
{
    (void)state;
    static const struct {
        const char *role, *sql;
    } TRIES[] = {
        {"web", "UPDATE mingda.fact SET kind = 'x'"},
        {"web", "DELETE FROM mingda.fact"},
        {"web", "TRUNCATE mingda.fact"},
        {"web", "INSERT INTO mingda.sealed (agency_id) VALUES (1)"},
        {"web", "UPDATE mingda.sealed SET odt = 'x'"},
        {"web", "DELETE FROM mingda.unsequenced"},
        {"web", "SELECT * FROM mingda.unsequenced"},
        {"web", "SELECT * FROM mingda.outbox"},
        {"web", "UPDATE mingda.private SET cipher = 'x'"},
        {"web", "UPDATE mingda.dossier_key SET wrapped = NULL"},
        {"web", "DELETE FROM mingda.access"},
        {"web", "SELECT * FROM mingda.counter"},
        {"web", "UPDATE mingda.counter SET last = 0"},
        {"web", "INSERT INTO mingda.dossier_number VALUES (1, 1, 'SQ00000000')"},
        {"web", "INSERT INTO mingda.person (login, name, hash) VALUES ('x', 'x', 'x')"},
        {"web", "UPDATE mingda.person SET hash = 'x'"},
        {"web", "INSERT INTO mingda.person_role VALUES (1, 1, 'admin')"},
        {"web", "UPDATE mingda.letter_template SET in_force = now()"},
        {"web", "INSERT INTO mingda.edition VALUES ('x')"},
        {"web", "UPDATE mingda.agency SET name = 'x'"},
        {"web", "DELETE FROM mingda.blob"},
        {"web", "SELECT * FROM mingda.letters_to_sign(1, 0)"},
        {"web", "SELECT mingda.seal_claim(1, 1, 'L1', 1)"},
        {"web", "SELECT mingda.code_served(1, 1, 'L1')"},
        {"web", "SELECT * FROM mingda.seal_begun"},
        {"web", "INSERT INTO mingda.seal_begun (agency_id) VALUES (1)"},
        {"web", "INSERT INTO mingda.stamp (agency_id) VALUES (1)"},
        {"web", "SELECT mingda.stamp_put(1, 1, 'L1', 'odt', 'x', 'x', now(), 'x')"},
        {"web", "SELECT * FROM mingda.stamp_wanted"},
        {"web", "UPDATE mingda.sealed SET odt_sm2 = 'x'"},
        {"web", "CREATE TABLE mingda.mine (x int)"},
        {"web", "ALTER TABLE mingda.fact DISABLE TRIGGER append_only"},
        {"web", "SET ROLE mingda_owner"},
        {"web", "SET ROLE mingda_sign"},
        {"clock", "UPDATE mingda.fact SET kind = 'x'"},
        {"clock", "INSERT INTO mingda.sealed (agency_id) VALUES (1)"},
        {"clock", "SELECT * FROM mingda.letters_to_sign(1, 0)"},
        {"clock", "SELECT * FROM mingda.seal_begun"},
        {"clock", "INSERT INTO mingda.seal_begun (agency_id) VALUES (1)"},
        {"clock", "INSERT INTO mingda.stamp (agency_id) VALUES (1)"},
        {"clock", "UPDATE mingda.stamp SET answer = 'x'"},
        {"clock", "UPDATE mingda.stamp_wanted SET imprint = 'x'"},
        {"clock", "UPDATE mingda.sealed SET odt_stamped = now()"},
        {"clock", "UPDATE mingda.person SET hash = 'x'"},
        {"clock", "INSERT INTO mingda.session (token_hash) VALUES ('x')"},
        {"clock", "SELECT hash FROM mingda.person"},
        {"clock", "SELECT token_hash FROM mingda.session"},
        {"clock", "SELECT csrf FROM mingda.session"},
        {"clock", "SELECT subject FROM mingda.attempt"},
        {"web", "SELECT mingda.letter_approval(1, 1, 'L1')"},
        {"clock", "SET ROLE mingda_owner"},
        {"sign", "SELECT * FROM mingda.fact"},
        {"sign", "SELECT * FROM mingda.seal_begun"},
        {"sign", "UPDATE mingda.seal_begun SET odt_value = 'x'"},
        {"sign", "DELETE FROM mingda.seal_begun"},
        {"sign", "UPDATE mingda.sealed SET journal = 'x'"},
        {"sign", "DELETE FROM mingda.sealed"},
        {"sign", "INSERT INTO mingda.seal_certificate (kind) VALUES ('seal')"},
        {"web", "INSERT INTO mingda.seal_certificate (kind) VALUES ('seal')"},
        {"web", "SELECT mingda.seal_seen('seal', sha256('x'), '1', 'x', now())"},
        {"sign", "INSERT INTO mingda.stamp (agency_id) VALUES (1)"},
        {"sign", "SELECT mingda.stamp_put(1, 1, 'L1', 'odt', 'x', 'x', now(), 'x')"},
        {"sign", "INSERT INTO mingda.fact (agency_id) VALUES (1)"},
        {"sign", "SELECT * FROM mingda.letter"},
        {"sign", "SELECT * FROM mingda.blob"},
        {"sign", "SELECT * FROM mingda.private"},
        {"sign", "SELECT * FROM mingda.dossier_key"},
        {"sign", "SELECT * FROM mingda.person"},
        {"sign", "SELECT * FROM mingda.sealed"},
        {"sign", "UPDATE mingda.letter SET approved_seq = 1"},
        {"sign", "SELECT * FROM mingda.new_dossier('2026-03-02')"},
        {"pdf", "SELECT * FROM mingda.pdf_copy"},
        {"pdf", "SELECT * FROM mingda.pdf_wanted"},
        {"pdf", "INSERT INTO mingda.pdf_copy (agency_id) VALUES (1)"},
        {"pdf", "UPDATE mingda.pdf_wanted SET tries = 0"},
        {"pdf", "SELECT * FROM mingda.sealed"},
        {"pdf", "SELECT * FROM mingda.letter"},
        {"pdf", "SELECT * FROM mingda.fact"},
        {"pdf", "SELECT * FROM mingda.private"},
        {"pdf", "SELECT * FROM mingda.person"},
        {"pdf", "SELECT * FROM mingda.letters_to_sign(1, 0)"},
        {"pdf", "SELECT * FROM mingda.new_dossier('2026-03-02')"},
        {"pdf", "SET ROLE mingda_web"},
        {"pdf", "SET ROLE mingda_owner"},
        {"web", "INSERT INTO mingda.pdf_copy (agency_id) VALUES (1)"},
        {"web", "UPDATE mingda.pdf_copy SET bytes = 'x'"},
        {"web", "DELETE FROM mingda.pdf_copy"},
        {"web", "SELECT * FROM mingda.pdf_take(1, 1)"},
        {"web", "SELECT mingda.pdf_put(1, 1, 'L1', 'x', 'x')"},
        {"sign", "SELECT * FROM mingda.pdf_take(1, 1)"},
        {"sign", "SELECT * FROM mingda.pdf_wanted"},
        {"clock", "SELECT mingda.pdf_put(1, 1, 'L1', 'x', 'x')"},
        {"audit", "SELECT bytes FROM mingda.pdf_copy"},
        {"audit", "INSERT INTO mingda.fact (agency_id) VALUES (1)"},
        {"audit", "INSERT INTO mingda.access (agency_id) VALUES (1)"},
        {"audit", "UPDATE mingda.dossier SET due = NULL"},
        {"audit", "DELETE FROM mingda.dossier"},
        {"audit", "SELECT * FROM mingda.private"},
        {"audit", "SELECT * FROM mingda.dossier_key"},
        {"audit", "SELECT * FROM mingda.applicant_hash"},
        {"audit", "SELECT * FROM mingda.query_code"},
        {"audit", "SELECT hash FROM mingda.person"},
        {"audit", "SELECT * FROM mingda.session"},
        {"audit", "SELECT * FROM mingda.blob"},
        {"audit", "SELECT odt FROM mingda.sealed"},
        {"audit", "SELECT * FROM mingda.new_dossier('2026-03-02')"},
    };
    for (size_t i = 0; i < sizeof TRIES / sizeof *TRIES; i++) {
        char role[32];
        snprintf(role, sizeof role, "mingda_%s", TRIES[i].role);
        PGconn *conn = connect_as(role, "1");
        sql_is_refused(conn, TRIES[i].sql, "42501");
        PQfinish(conn);
    }
}

/* Every table of an agency, through every role: nothing of another agency is seen or written. */
static void agencies_are_fenced(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *one = open_as(life, "mingda_web", 1), *two = open_as(life, "mingda_web", 2),
              *none = open_as(life, "mingda_web", 0), *audit = open_as(life, "mingda_audit", 2);
    int64_t dossier = new_dossier(one, life);
    struct table *t;
    no_fault(query_facts_of_dossier(two, dossier, &t, life));
    assert_int_equal(t->row_count, 0);
    no_fault(query_facts_of_dossier(audit, dossier, &t, life));
    assert_int_equal(t->row_count, 0);
    no_fault(query_facts_of_dossier(none, dossier, &t, life));
    assert_int_equal(t->row_count, 0);
    fault_is(query_wake_set(none, dossier, (struct civil){2026, 3, 2}, life), FAULT_BROKEN,
             "DATABASE_FORBIDS");

    PGconn *raw = connect_as("mingda_web", "2");
    sql_is_refused(raw, "INSERT INTO mingda.wake VALUES (1, 2026000000001, '2026-03-02')", "42501");
    sql_is_refused(
        raw, "INSERT INTO mingda.outbox (agency_id, dossier_id, kind, payload) VALUES (1, 1, 'x', '{}')",
        "42501");
    PGresult *r = PQexec(raw, "SELECT count(*) FROM mingda.fact WHERE agency_id = 1");
    assert_string_equal(PQgetvalue(r, 0, 0), "0");
    PQclear(r);
    r = PQexec(raw, "UPDATE mingda.dossier SET due = NULL WHERE agency_id = 1");
    assert_string_equal(PQcmdTuples(r), "0");
    PQclear(r);
    PQfinish(raw);
    assert_int_equal(
        admin_counts("SELECT count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND"
                     " a.attname = 'agency_id' WHERE c.relnamespace = 'mingda'::regnamespace AND c.relkind ="
                     " 'r' AND NOT c.relrowsecurity AND relname NOT IN ('agency', 'person_role', 'session')"),
        0);
}

static void the_signer_seals_only_what_was_approved(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *web = open_as(life, "mingda_web", 1), *sign = open_as(life, "mingda_sign", 1),
              *clock = open_as(life, "mingda_clock", 1);
    int64_t dossier = new_dossier(web, life);
    uint8_t odt[32], docx[32], certificate[32] = {3};
    crypt_sha256("odt", 3, odt);
    crypt_sha256("docx", 4, docx);
    const struct query_bytes o = {odt, 32}, d = {docx, 32}, cert = {certificate, 32}, bytes = {"sealed", 6},
                             none = {NULL, 0};
    no_fault(query_blob_add(web, o, dossier, "", "", false, "own", (struct query_bytes){"odt", 3}, life));
    no_fault(query_blob_add(web, d, dossier, "", "", false, "own", (struct query_bytes){"docx", 4}, life));
    const struct civil day = {2026, 3, 2};
    no_fault(query_letter_put(web, dossier, "L1", "R02", 1, "SQ-1", "drafted", o, d, day, NULL, NULL, NULL,
                              NULL, CIVIL_NONE, NULL, life));
    struct table *t;
    no_fault(query_letters_to_sign(sign, 10, 0, &t, life));
    assert_int_equal(t->row_count, 0);
    fault_is(query_sealed_add(sign, 1, dossier, "L1", bytes, bytes, bytes, bytes, cert, "", none, none, NULL,
                              NULL, life),
             FAULT_BROKEN, "CONSTRAINT");

    /* a fact that approves other digests approves nothing */
    const int64_t two = 2, three = 3;
    json_t *other = json_adopt(
        life, json_pack("{s:s, s:s}", "odt", text_hex(life, docx, 32), "docx", text_hex(life, odt, 32)));
    no_fault(db_unit(
        web, "f", file_fact,
        &(struct filing){.dossier = dossier, .seq = 2, .kind = "approved", .child = "L1", .data = other},
        life));
    no_fault(query_letter_put(web, dossier, "L1", "R02", 1, "SQ-1", "approved", o, d, day, NULL, &two, NULL,
                              NULL, CIVIL_NONE, NULL, life));
    no_fault(query_letters_to_sign(sign, 10, 0, &t, life));
    assert_int_equal(t->row_count, 0);
    fault_is(query_sealed_add(sign, 1, dossier, "L1", bytes, bytes, bytes, bytes, cert, "", none, none, NULL,
                              NULL, life),
             FAULT_BROKEN, "CONSTRAINT");

    json_t *right = json_adopt(
        life, json_pack("{s:s, s:s}", "odt", text_hex(life, odt, 32), "docx", text_hex(life, docx, 32)));
    no_fault(db_unit(
        web, "f", file_fact,
        &(struct filing){.dossier = dossier, .seq = 3, .kind = "approved", .child = "L1", .data = right},
        life));
    no_fault(query_letter_put(web, dossier, "L1", "R02", 1, "SQ-1", "approved", o, d, day, NULL, &three, NULL,
                              NULL, CIVIL_NONE, NULL, life));
    no_fault(query_letters_to_sign(sign, 10, 0, &t, life));
    assert_int_equal(t->row_count, 1);
    assert_memory_equal(table_cell(t, 0, "docx")->bytes.data, "docx", 4);
    fault_is(query_sealed_add(sign, 2, dossier, "L1", bytes, bytes, bytes, bytes, cert, "", none, none, NULL,
                              NULL, life),
             FAULT_BROKEN, "CONSTRAINT"); /* another agency's */
    fault_is(query_sealed_add(web, 1, dossier, "L1", bytes, bytes, bytes, bytes, cert, "", none, none, NULL,
                              NULL, life),
             FAULT_BROKEN, "DATABASE_FORBIDS");
    no_fault(query_sealed_add(sign, 1, dossier, "L1", bytes, bytes, bytes, bytes, cert, "checked", none, none,
                              NULL, NULL, life));
    fault_is(query_sealed_add(sign, 1, dossier, "L1", bytes, bytes, bytes, bytes, cert, "", none, none, NULL,
                              NULL, life),
             FAULT_STALE, "DUPLICATE");
    no_fault(query_letters_to_sign(sign, 10, 0, &t, life));
    assert_int_equal(t->row_count, 0);
    no_fault(query_sealed_new(clock, 10, &t, life));
    assert_int_equal(t->row_count, 1);
    assert_string_equal(table_text(t, 0, "child"), "L1");
    no_fault(query_sealed_file(web, dossier, "L1", "docx.p7s", &t, life));
    assert_int_equal(table_cell(t, 0, "bytes")->bytes.length, 6);
    sql_is_refused(admin, "UPDATE mingda.sealed SET odt = 'x'", "42501");
    sql_is_refused(admin, "DELETE FROM mingda.sealed", "42501");
}

/* The draft carries the digests as the approval does: named as the approval, it must not seal. */
static void a_drafter_approves_nothing(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *web = open_as(life, "mingda_web", 1), *sign = open_as(life, "mingda_sign", 1);
    int64_t dossier = new_dossier(web, life);
    uint8_t odt[32], docx[32];
    crypt_sha256("odt", 3, odt);
    crypt_sha256("docx", 4, docx);
    const struct query_bytes o = {odt, 32}, d = {docx, 32};
    no_fault(query_blob_add(web, o, dossier, "", "", false, "own", (struct query_bytes){"odt", 3}, life));
    no_fault(query_blob_add(web, d, dossier, "", "", false, "own", (struct query_bytes){"docx", 4}, life));
    const struct civil day = {2026, 3, 2};
    const int64_t anna = 1, two = 2;
    json_t *digests = json_adopt(
        life, json_pack("{s:s, s:s}", "odt", text_hex(life, odt, 32), "docx", text_hex(life, docx, 32)));
    db_scope_set(web, (struct db_scope){.agency = 1, .person = anna});
    struct filing draft = {
        .dossier = dossier, .seq = 2, .kind = "drafted", .child = "L1", .by = anna, .data = digests};
    no_fault(db_unit(web, "f", file_fact, &draft, life));
    no_fault(query_letter_put(web, dossier, "L1", "R02", 1, "SQ-1", "approved", o, d, day, &anna, &two, &anna,
                              NULL, CIVIL_NONE, NULL, life));
    struct table *t;
    no_fault(query_letters_to_sign(sign, 10, 0, &t, life));
    assert_int_equal(t->row_count, 0);
    const struct query_bytes bytes = {"sealed", 6}, cert = {odt, 32}, none = {NULL, 0};
    fault_is(query_sealed_add(sign, 1, dossier, "L1", bytes, bytes, bytes, bytes, cert, "", none, none, NULL,
                              NULL, life),
             FAULT_BROKEN, "CONSTRAINT");
    admin_does("DELETE FROM mingda.letter");
}

static void nobody_files_in_anothers_name(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *web = open_as(life, "mingda_web", 1);
    int64_t dossier = new_dossier(web, life);
    db_scope_set(web, (struct db_scope){.agency = 1, .person = 1});
    struct filing f = {.dossier = dossier, .seq = 2, .kind = "registered", .by = 2};
    fault_is(db_unit(web, "f", file_fact, &f, life), FAULT_BROKEN, "CONSTRAINT");
    f.by = 1;
    no_fault(db_unit(web, "f", file_fact, &f, life));
    f = (struct filing){.dossier = dossier, .seq = 3, .kind = "drafted"}; /* by rule, in the same session */
    no_fault(db_unit(web, "f", file_fact, &f, life));
}

static void an_auditors_exchange_only_reads(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = open_as(life, "mingda_web", 1);
    int64_t dossier = new_dossier(db, life);
    struct table *t;
    db_scope_set(db, (struct db_scope){.agency = 1, .person = 1, .as_auditor = true});
    no_fault(query_facts_of_dossier(db, dossier, &t, life));
    assert_int_equal(t->row_count, 1);
    fault_is(query_wake_set(db, dossier, (struct civil){2026, 3, 2}, life), FAULT_BROKEN, "DATABASE_FORBIDS");
    fault_is(query_private_rows(db, dossier, "{1}", &t, life), FAULT_BROKEN, "DATABASE_FORBIDS");
    fault_is(db_unit(db, "write", file_fact, &(struct filing){.dossier = dossier, .seq = 2}, life),
             FAULT_BROKEN, "DATABASE_FORBIDS");
    db_scope_set(db, (struct db_scope){.agency = 1});
    no_fault(
        query_wake_set(db, dossier, (struct civil){2026, 3, 2}, life)); /* and the role has ended with it */
}

/* --- the catalogue --- */
static void facts_have_no_place_for_personal_data(void **state)
{
    (void)state;
    assert_int_equal(
        admin_counts("SELECT count(*) FROM information_schema.columns WHERE table_schema = 'mingda' AND"
                     " table_name = 'fact' AND column_name || ' ' || data_type NOT IN ('agency_id integer',"
                     " 'dossier_id bigint', 'seq integer', 'kind text', 'child text', 'on_day date',"
                     " 'at timestamp with time zone', 'recorded date', 'by_person bigint', 'role text',"
                     " 'body bytea', 'data jsonb')"),
        0);
    /* No other table of an agency has a column whose name promises a name, an address or a number of a
     * person. */
    assert_int_equal(
        admin_counts("SELECT count(*) FROM information_schema.columns WHERE table_schema = 'mingda' AND"
                     " table_name NOT IN ('agency', 'person', 'blob', 'counter', 'edition', 'calendar',"
                     " 'migration') AND column_name ~"
                     " '(name|phone|mail|address|applicant|identity|id_number|request_text|postcode)'"),
        0);
}

static void only_the_named_may_write_where_history_is(void **state)
{
    (void)state;
    assert_int_equal(
        admin_counts(
            "SELECT count(*) FROM information_schema.role_table_grants WHERE table_schema = 'mingda'"
            " AND table_name IN ('fact', 'submission', 'private', 'access', 'sealed', 'dossier_number',"
            " 'edition', 'calendar') AND privilege_type NOT IN ('SELECT', 'INSERT')"
            " AND grantee <> 'mingda_owner'"),
        0);
    assert_int_equal(
        admin_counts("SELECT count(*) FROM information_schema.role_table_grants WHERE table_schema = 'mingda'"
                     " AND table_name = 'sealed' AND privilege_type = 'INSERT' AND grantee NOT IN"
                     " ('mingda_owner', 'mingda_sign')"),
        0);
    assert_int_equal(
        admin_counts("SELECT count(*) FROM information_schema.role_table_grants WHERE table_schema = 'mingda'"
                     " AND grantee = 'mingda_audit' AND privilege_type <> 'SELECT'"),
        0);
    assert_int_equal(
        admin_counts("SELECT count(*) FROM information_schema.role_table_grants WHERE table_schema = 'mingda'"
                     " AND grantee = 'PUBLIC'"),
        0);
    assert_int_equal(
        admin_counts("SELECT count(*) FROM pg_proc p WHERE pronamespace = 'mingda'::regnamespace AND"
                     " has_function_privilege('public', p.oid, 'EXECUTE')"),
        0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_filed_and_read),
        cmocka_unit_test(numbers_count_by_day_and_never_come_back),
        cmocka_unit_test(a_body_that_differs_from_its_columns_is_refused),
        cmocka_unit_test(the_same_form_twice_is_known),
        cmocka_unit_test(two_officers_cannot_both_win_a_seq),
        cmocka_unit_test(a_unit_runs_three_times_at_most),
        cmocka_unit_test(a_unit_that_swallows_a_fault_is_not_committed),
        cmocka_unit_test(a_deadlock_is_run_again),
        cmocka_unit_test(a_cut_connection_costs_one_fault_at_most),
        cmocka_unit_test(a_unit_that_is_cut_leaves_nothing),
        cmocka_unit_test(a_commit_that_is_cut_says_so),
        cmocka_unit_test(a_server_that_is_not_there_is_told_at_once),
        cmocka_unit_test(a_stopped_server_comes_back),
        cmocka_unit_test(a_batch_is_one_transaction),
        cmocka_unit_test(large_files_go_both_ways_in_one_pipeline),
        cmocka_unit_test(values_come_back_as_they_went),
        cmocka_unit_test(a_pinned_day_holds_for_the_moment_too),
        cmocka_unit_test(wakes_are_shared_without_waiting),
        cmocka_unit_test(tries_are_counted_and_forgiven),
        cmocka_unit_test(sessions_end),
        cmocka_unit_test(a_template_needs_a_second_person),
        cmocka_unit_test(history_cannot_be_changed_by_anybody),
        cmocka_unit_test(each_role_is_refused_what_it_must_not_do),
        cmocka_unit_test(agencies_are_fenced),
        cmocka_unit_test(the_signer_seals_only_what_was_approved),
        cmocka_unit_test(a_drafter_approves_nothing),
        cmocka_unit_test(nobody_files_in_anothers_name),
        cmocka_unit_test(an_auditors_exchange_only_reads),
        cmocka_unit_test(facts_have_no_place_for_personal_data),
        cmocka_unit_test(only_the_named_may_write_where_history_is),
    };
    return cmocka_run_group_tests_name("store", tests, start, stop);
}
