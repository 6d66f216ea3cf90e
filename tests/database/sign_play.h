/* sign_play.h - what tests of `mingda sign` do: letters as the services write them, the process and its log,
 * and what it left in the table. The script that starts them makes the database and, in SEAL_FOLDER, keys and
 * certificates. */
#ifndef MINGDA_SIGN_PLAY_H
#define MINGDA_SIGN_PLAY_H

#include "../unit/cmocka_all.h"
#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "crypt.h"
#include "db.h"
#include "facts.h"
#include "text.h"
#include "../unit/seal_samples.h"
#include "verify.h"

static PGconn *admin;

static inline void admin_does(const char *sql)
{
    PGresult *r = PQexec(admin, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(admin));
    PQclear(r);
}

static inline long admin_counts(const char *sql)
{
    PGresult *r = PQexec(admin, sql);
    assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
    long n = strtol(PQgetvalue(r, 0, 0), NULL, 10);
    PQclear(r);
    return n;
}

static inline long sealed_count(void)
{
    return admin_counts("SELECT count(*) FROM mingda.sealed");
}

static inline int start(void **state)
{
    (void)state;
    admin = PQconnectdb(getenv("CONNINFO"));
    if (PQstatus(admin) != CONNECTION_OK)
        return -1;
    admin_does("INSERT INTO mingda.agency (agency_id, name, short_name, unit_code, doc_mark, court, "
               "review_body) VALUES"
               " (1, '市局', '市局', '0024200170', '应急', '法院', '政府'), (2, '区局', '区局', "
               "'7000000001', '区应急',"
               " '法院', '政府')");
    admin_does("INSERT INTO mingda.person (login, name, hash) VALUES ('lingdao', '甲', '-')");
    return 0;
}

static inline int stop(void **state)
{
    (void)state;
    PQfinish(admin);
    return 0;
}

/* ---- letters, as the services write them ---- */

struct filing {
    int64_t dossier;
    int32_t seq;
    const char *kind, *child;
    int64_t by;
    const json_t *data;
};

static inline const struct fault *file_fact(struct db *db, TALLOC_CTX *unit, void *arg)
{
    struct filing *f = arg;
    if (f->seq == 1) {
        struct table *t;
        TRY(query_dossier_new(db, (struct civil){2026, 3, 2}, NULL, &t, unit));
        f->dossier = table_int(t, 0, "dossier_id", 0);
    }
    struct fact_row row = {.dossier = f->dossier,
                           .seq = f->seq,
                           .kind = f->kind,
                           .child = f->child,
                           .on = db_today(db),
                           .by = f->by,
                           .role = "leader",
                           .data = f->data};
    return facts_append(db, &row, NULL, unit);
}

static inline struct query_bytes bytes_of(struct seal_file file)
{
    return (struct query_bytes){file.data, file.length};
}

/* A dossier of the agency with one letter; approved or only drafted. */
static inline int64_t put_letter(int32_t agency, struct seal_file odt, struct seal_file docx, bool approved)
{
    SCOPED_LIFE(life);
    struct db *db = NULL;
    uint8_t one[32], two[32];
    const int64_t three = 2, leader = 1;
    must(db_open(life, talloc_asprintf(life, "%s user=mingda_web", getenv("CONNINFO")), &db));
    db_scope_set(db, (struct db_scope){.agency = agency});
    struct filing received = {.seq = 1, .kind = "received"};
    must(db_unit(db, "file", file_fact, &received, life));
    crypt_sha256(odt.data, odt.length, one);
    crypt_sha256(docx.data, docx.length, two);
    const struct query_bytes o = {one, 32}, d = {two, 32};
    must(query_blob_add(db, o, received.dossier, "", "", false, "own", bytes_of(odt), life));
    must(query_blob_add(db, d, received.dossier, "", "", false, "own", bytes_of(docx), life));
    if (approved) {
        json_t *seen = json_adopt(
            life, json_pack("{s:s, s:s}", "odt", text_hex(life, one, 32), "docx", text_hex(life, two, 32)));
        must(db_unit(db, "file", file_fact,
                     &(struct filing){.dossier = received.dossier,
                                      .seq = 2,
                                      .kind = "approved",
                                      .child = "L1",
                                      .by = leader,
                                      .data = seen},
                     life));
    }
    must(query_letter_put(db, received.dossier, "L1", "R02", 1, "SQ-1", approved ? "approved" : "drafted", o,
                          d, (struct civil){2026, 3, 2}, NULL, approved ? &three : NULL,
                          approved ? &leader : NULL, NULL, CIVIL_NONE, NULL, life));
    return received.dossier;
}

static inline void put_letters(int how_many)
{
    SCOPED_LIFE(life);
    for (int i = 0; i < how_many; i++)
        put_letter(1 + i % 2, sample_odt(life), sample_docx(life), true);
}

/* ---- the process ---- */

/* A folder with seal.uri has its key in a token. */
static inline void name_key(TALLOC_CTX *life, const char *home)
{
    char uri[200] = "";
    scoped_file FILE *in = fopen(talloc_asprintf(life, "%s/seal.uri", home), "r");
    if (!in || !fgets(uri, sizeof uri, in)) {
        setenv("MINGDA_SIGN_KEY", talloc_asprintf(life, "%s/seal.key", home), 1);
        return;
    }
    setenv("MINGDA_SIGN_KEY", uri, 1);
    setenv("MINGDA_SIGN_MODULE", getenv("MODULE"), 1);
    setenv("MINGDA_SIGN_PIN", talloc_asprintf(life, "%s/pin", home), 1);
}

static inline pid_t start_signer(const char *folder, const char *database, const char *log)
{
    SCOPED_LIFE(life);
    const char *home = talloc_asprintf(life, "%s/%s", getenv("SEAL_FOLDER"), folder);
    setenv("MINGDA_DATABASE",
           database
               ? database
               : talloc_asprintf(life, "host='%s' port=%s dbname=mingda", getenv("PGHOST"), getenv("PGPORT")),
           1);
    name_key(life, home);
    setenv("MINGDA_SIGN_CERTIFICATE", talloc_asprintf(life, "%s/seal.crt", home), 1);
    setenv("MINGDA_SIGN_CHAIN", talloc_asprintf(life, "%s/authority.crt", home), 1);
    setenv("MINGDA_SIGN_INTERVAL", "1", 1);
    pid_t pid = fork();
    if (pid == 0) {
        int out = open(talloc_asprintf(life, "%s/%s", getenv("SEAL_FOLDER"), log),
                       O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(out, 1);
        dup2(out, 2);
        execl(getenv("MINGDA"), "mingda", "sign", (char *)NULL);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

static inline void pause_ms(long ms)
{
    const struct timespec span = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&span, NULL);
}

/* Exit status, or minus the signal that ended it. */
static inline int end_of(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline void expect_clean_stop(pid_t pid)
{
    kill(pid, SIGTERM);
    assert_int_equal(end_of(pid), 0);
}

static inline bool sealed_within(long wanted, int seconds)
{
    for (int i = 0; i < seconds * 20 && sealed_count() < wanted; i++)
        pause_ms(50);
    return sealed_count() == wanted;
}

static inline bool log_says(const char *log, const char *word)
{
    SCOPED_LIFE(life);
    scoped_file FILE *in = fopen(talloc_asprintf(life, "%s/%s", getenv("SEAL_FOLDER"), log), "r");
    char line[2000];
    while (in && fgets(line, sizeof line, in))
        if (strstr(line, word))
            return true;
    return false;
}

/* ---- what it left behind ---- */

static inline struct seal_file column(PGresult *r, int row, int at)
{
    return (struct seal_file){(const uint8_t *)PQgetvalue(r, row, at), (size_t)PQgetlength(r, row, at)};
}

static inline struct seal_file read_root(TALLOC_CTX *life, const char *folder)
{
    scoped_file FILE *in =
        fopen(talloc_asprintf(life, "%s/%s/authority.crt", getenv("SEAL_FOLDER"), folder), "r");
    assert_non_null(in);
    uint8_t *bytes = talloc_array(life, uint8_t, 8000);
    return (struct seal_file){bytes, fread(bytes, 1, 8000, in)};
}

static inline void expect_perfect(struct seal_file file, struct seal_file beside,
                                  const struct verify_policy *policy)
{
    SCOPED_LIFE(life);
    const struct verify_report *r = NULL;
    must(verify_package(file, policy, &r, life));
    assert_true(verify_perfect(r));
    must(verify_cms(beside, file, policy, &r, life));
    assert_true(verify_perfect(r));
}

static inline void expect_journal(PGresult *r, int row)
{
    SCOPED_LIFE(life);
    json_t *journal = NULL;
    struct seal_file text = column(r, row, 4);
    must(json_read(life, "journal", (const char *)text.data, text.length, &journal));
    const json_t *approval = json_object_get(journal, "approval"),
                 *sealed = json_object_get(journal, "sealed");
    assert_int_equal(json_integer_value(json_object_get(approval, "person")), 1);
    assert_int_equal(json_integer_value(json_object_get(approval, "seq")), 2);
    assert_string_equal(json_text(approval, "role"), "leader");
    assert_string_equal(json_text(sealed, "odt"), PQgetvalue(r, row, 5));
    assert_string_equal(json_text(sealed, "docx"), PQgetvalue(r, row, 6));
    assert_string_equal(json_text(json_object_get(journal, "certificate"), "sha256"), PQgetvalue(r, row, 7));
}

/* Every row of the table, by the folder's root (NULL: either). */
static inline void expect_all_sound(void)
{
    SCOPED_LIFE(life);
    struct seal_file roots[] = {read_root(life, "p256"), read_root(life, "rsa")};
    const struct verify_policy policy = {
        .roots = roots, .root_count = 2, .now = (int64_t)time(NULL) + 60, .at = VERIFY_AT_SIGNING};
    PGresult *r = PQexecParams(admin,
                               "SELECT odt, docx, odt_p7s, docx_p7s, convert_to(journal, 'UTF8'),"
                               " convert_to(encode(odt_sha256, 'hex'), 'UTF8'),"
                               " convert_to(encode(docx_sha256, 'hex'), 'UTF8'),"
                               " convert_to(encode(certificate, 'hex'), 'UTF8') FROM mingda.sealed",
                               0, NULL, NULL, NULL, NULL, 1);
    assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
    for (int row = 0; row < PQntuples(r); row++) {
        expect_perfect(column(r, row, 0), column(r, row, 2), &policy);
        expect_perfect(column(r, row, 1), column(r, row, 3), &policy);
        expect_journal(r, row);
    }
    PQclear(r);
}

/* It says so within twenty seconds. */
static inline bool says_soon(const char *log, const char *word)
{
    for (int i = 0; i < 400 && !log_says(log, word); i++)
        pause_ms(50);
    return log_says(log, word);
}

/* ---- files of the seal, and why letters wait ---- */

static inline void copy_file(const char *from, const char *to)
{
    SCOPED_LIFE(life);
    const char *folder = getenv("SEAL_FOLDER");
    const char *old = talloc_asprintf(life, "%s/%s", folder, from),
               *new = talloc_asprintf(life, "%s/%s", folder, to);
    unlink(new);
    assert_int_equal(link(old, new), 0);
}

static inline void write_file(const char *name, const char *text)
{
    SCOPED_LIFE(life);
    scoped_file FILE *out = fopen(talloc_asprintf(life, "%s/%s", getenv("SEAL_FOLDER"), name), "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
}

/* The key, where there is one, else the certificate. */
static inline void write_pem(const char *name, X509 *certificate, EVP_PKEY *key)
{
    SCOPED_LIFE(life);
    scoped_file FILE *out = fopen(talloc_asprintf(life, "%s/%s", getenv("SEAL_FOLDER"), name), "w");
    assert_non_null(out);
    assert_int_equal(key ? PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL)
                         : PEM_write_X509(out, certificate),
                     1);
}

static inline bool waits_because(const char *code, long letters)
{
    SCOPED_LIFE(life);
    const char *sql =
        talloc_asprintf(life, "SELECT count(*) FROM mingda.seal_trouble WHERE code = '%s'", code);
    for (int i = 0; i < 400 && admin_counts(sql) != letters; i++)
        pause_ms(50);
    return admin_counts(sql) == letters;
}

#endif
