/* office_play.h - an office to play in: services on a real cluster, in the role of a process, on a day that
 * the test names. The people are those of `mingda demo`; agency 1 is theirs. */
#ifndef MINGDA_OFFICE_PLAY_H
#define MINGDA_OFFICE_PLAY_H

#include "../unit/cmocka_all.h"
#include <libpq-fe.h>
#include <sys/wait.h>
#include "configuration.h"
#include "crypt.h"
#include "facts.h"
#include "office.h"
#include "text.h"

struct play {
    TALLOC_CTX *life;
    const struct settings *settings;
    struct office *office;
    PGconn *admin; /* the cluster's superuser: looks, and does what no role of ours may */
};

static struct play PLAY;

static inline int play_open(void **state)
{
    (void)state;
    PLAY.life = talloc_new(NULL);
    must(configuration_load(PLAY.life, NULL, &PLAY.settings));
    must(office_open(PLAY.life, PLAY.settings, &PLAY.office));
    PLAY.admin = PQconnectdb(getenv("CONNINFO"));
    return PQstatus(PLAY.admin) == CONNECTION_OK ? 0 : -1;
}

static inline int play_close(void **state)
{
    (void)state;
    PQfinish(PLAY.admin);
    talloc_free(PLAY.life);
    return 0;
}

/* ---- the superuser ---- */

__attribute__((format(printf, 2, 3))) static inline const char *ask(TALLOC_CTX *life, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *sql = talloc_vasprintf(life, format, args);
    va_end(args);
    PGresult *r = PQexec(PLAY.admin, sql);
    ExecStatusType status = PQresultStatus(r);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(PLAY.admin));
    const char *answer =
        status == PGRES_TUPLES_OK && PQntuples(r) ? talloc_strdup(life, PQgetvalue(r, 0, 0)) : "";
    PQclear(r);
    return answer;
}

static inline long counted(const char *from_where)
{
    SCOPED_LIFE(life);
    return strtol(ask(life, "SELECT count(*) FROM %s%s", *from_where == '(' ? "" : "mingda.", from_where),
                  NULL, 10);
}

/* ---- the processes ---- */

/* A connection in the role of web or clock, acting for agency 1, on which it is `day`. */
static inline struct db *db_on(TALLOC_CTX *life, const char *process, const char *day)
{
    struct db *db = NULL;
    const char *conninfo = NULL;
    must(configuration_database(life, PLAY.settings, process, &conninfo));
    conninfo = talloc_asprintf(life, "%s options='-c mingda.today=%s'", conninfo, day);
    must(db_open(life, conninfo, &db));
    db_scope_set(db, (struct db_scope){.agency = 1});
    return db;
}

static inline struct db *web_on(TALLOC_CTX *life, const char *day)
{
    return db_on(life, "web", day);
}

static inline int64_t person_of(const char *login)
{
    SCOPED_LIFE(life);
    return strtol(ask(life, "SELECT person_id FROM mingda.person WHERE login = '%s'", login), NULL, 10);
}

#define APPLICANT_NAME   "欧阳不公开"
#define APPLICANT_NUMBER "310000190001010099"
#define REQUEST_TEXT     "某化工园区应急演练记录原件"

static inline const struct fault *apply_as(struct db *db, const char *name, const char *submission,
                                           struct receipt *out, TALLOC_CTX *life)
{
    static const char *const items[] = {REQUEST_TEXT, "同一园区2025年度隐患整改清单"};
    json_t *applicant = json_adopt(life, json_pack("{s:s,s:s,s:s,s:s}", "name", name, "id_kind", "id-card",
                                                   "id_number", APPLICANT_NUMBER, "phone", "021-55555555"));
    const struct application in = {.agency = 1,
                                   .channel = "web",
                                   .category = "natural",
                                   .delivery = "electronic",
                                   .applicant = applicant,
                                   .items = items,
                                   .item_count = 2,
                                   .submission = submission,
                                   .role = "applicant"};
    assert_non_null(applicant);
    return office_submit(db, PLAY.office, &in, out, life);
}

/* A new application; its number on `life`. */
static inline const char *apply_now(struct db *db, TALLOC_CTX *life)
{
    struct receipt receipt = {0};
    must(apply_as(db, APPLICANT_NAME, facts_submission_id(life), &receipt, life));
    return receipt.ref;
}

/* JSON with single quotes, for tables; NULL is {}. */
static inline json_t *quoted_json(TALLOC_CTX *life, const char *text)
{
    char *copy = talloc_strdup(life, text ? text : "{}");
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *json = json_adopt(life, json_loads(copy, 0, NULL));
    assert_non_null(json);
    return json;
}

struct doing {
    const char *login, *role, *kind, *child, *data, *submission;
    int32_t seq;
};

static inline const struct fault *raise_as(struct db *db, const char *ref, struct doing d, struct raised *out,
                                           TALLOC_CTX *life)
{
    const char *const roles[] = {d.role, NULL};
    struct raised unwanted;
    const struct raising in = {.ref = ref,
                               .kind = d.kind,
                               .child = d.child,
                               .data = quoted_json(life, d.data),
                               .submission = d.submission,
                               .seq = d.seq,
                               .person = d.login ? person_of(d.login) : 0,
                               .roles = roles};
    db_scope_set(db, (struct db_scope){.agency = 1, .person = in.person}); /* as the session does */
    return office_raise(db, PLAY.office, &in, out ? out : &unwanted, life);
}
#define does(db, ref, ...) must(raise_as(db, ref, (struct doing){__VA_ARGS__}, NULL, life))

static inline struct dossier *dossier_of(struct db *db, const char *ref, TALLOC_CTX *life)
{
    struct dossier *d = NULL;
    must(dossier_open(db, PLAY.office, ref, life, &d));
    return d;
}

static inline long facts_of(const char *ref, const char *kind)
{
    SCOPED_LIFE(life);
    return counted(talloc_asprintf(life,
                                   "fact f JOIN mingda.dossier_number n USING (agency_id, dossier_id)"
                                   " WHERE n.ref = '%s' AND f.kind LIKE '%s'",
                                   ref, kind));
}

/* ---- what must always hold ---- */

static inline void tell_difference(void *arg, const char *ref, const char *what)
{
    print_error("%s: %s differs from what its facts say\n", ref, what);
    ++*(size_t *)arg;
}

/* `mingda rebuild --check` finds nothing, and nothing is half there. */
static inline void all_is_whole(const char *day)
{
    SCOPED_LIFE(life);
    size_t differences = 0, dossiers = 0;
    must(office_rebuild(db_on(life, "clock", day), PLAY.office, false, tell_difference, &differences,
                        &dossiers, life));
    assert_int_equal(differences, 0);
    assert_true(dossiers > 0);
    assert_int_equal(
        counted(
            "dossier_number n WHERE NOT EXISTS (SELECT FROM mingda.fact f WHERE f.dossier_id = n.dossier_id)"
            " OR NOT EXISTS (SELECT FROM mingda.dossier d WHERE d.dossier_id = n.dossier_id)"
            " OR NOT EXISTS (SELECT FROM mingda.dossier_key k WHERE k.dossier_id = n.dossier_id)"
            " OR NOT EXISTS (SELECT FROM mingda.query_code c WHERE c.dossier_id = n.dossier_id)"),
        0);
    assert_int_equal(
        counted(
            "fact f WHERE f.seq > 1 AND NOT EXISTS (SELECT FROM mingda.fact b WHERE b.agency_id = f.agency_id"
            " AND b.dossier_id = f.dossier_id AND b.seq = f.seq - 1)"),
        0);
    assert_int_equal(counted("fact"), counted("unsequenced"));
}

/* ---- several at once ---- */

/* Runs `work` in `count` processes at the same moment, each with its number; *sum gets how many ended with 0.
 */
static inline void at_once(int count, int (*work)(int number, void *arg), void *arg, int *sum)
{
    pid_t pids[16];
    int gate[2];
    assert_true(count <= 16 && pipe(gate) == 0);
    for (int i = 0; i < count; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            char c;
            close(gate[1]);
            while (read(gate[0], &c, 1) > 0) { /* until the parent lets go */
            }
            _exit(work(i, arg));
        }
    }
    close(gate[0]);
    close(gate[1]);
    *sum = 0;
    for (int i = 0; i < count; i++) {
        int status = 0;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        *sum += WEXITSTATUS(status) == 0;
    }
}
#endif
