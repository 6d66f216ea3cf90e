/* mingda sign, run as a process of its own against a database: it seals approved letters and nothing else,
 * each once, also when it is killed at any moment, when two run, and when one letter cannot be sealed. */
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

static long sealed_count(void)
{
    return admin_counts("SELECT count(*) FROM mingda.sealed");
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
               "'7000000001', '区应急',"
               " '法院', '政府')");
    admin_does("INSERT INTO mingda.person (login, name, hash) VALUES ('lingdao', '甲', '-')");
    return 0;
}

static int stop(void **state)
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

static const struct fault *file_fact(struct db *db, TALLOC_CTX *unit, void *arg)
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

static struct query_bytes bytes_of(struct seal_file file)
{
    return (struct query_bytes){file.data, file.length};
}

/* A dossier of the agency with one letter; approved or only drafted. */
static int64_t put_letter(int32_t agency, struct seal_file odt, struct seal_file docx, bool approved)
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

static void put_letters(int how_many)
{
    SCOPED_LIFE(life);
    for (int i = 0; i < how_many; i++)
        put_letter(1 + i % 2, sample_odt(life), sample_docx(life), true);
}

/* ---- the process ---- */

/* A folder with seal.uri has its key in a token. */
static void name_key(TALLOC_CTX *life, const char *home)
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

static pid_t start_signer(const char *folder, const char *database, const char *log)
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

static void pause_ms(long ms)
{
    const struct timespec span = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&span, NULL);
}

/* Exit status, or minus the signal that ended it. */
static int end_of(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void expect_clean_stop(pid_t pid)
{
    kill(pid, SIGTERM);
    assert_int_equal(end_of(pid), 0);
}

static bool sealed_within(long wanted, int seconds)
{
    for (int i = 0; i < seconds * 20 && sealed_count() < wanted; i++)
        pause_ms(50);
    return sealed_count() == wanted;
}

static bool log_says(const char *log, const char *word)
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

static struct seal_file column(PGresult *r, int row, int at)
{
    return (struct seal_file){(const uint8_t *)PQgetvalue(r, row, at), (size_t)PQgetlength(r, row, at)};
}

static struct seal_file read_root(TALLOC_CTX *life, const char *folder)
{
    scoped_file FILE *in =
        fopen(talloc_asprintf(life, "%s/%s/authority.crt", getenv("SEAL_FOLDER"), folder), "r");
    assert_non_null(in);
    uint8_t *bytes = talloc_array(life, uint8_t, 8000);
    return (struct seal_file){bytes, fread(bytes, 1, 8000, in)};
}

static void expect_perfect(struct seal_file file, struct seal_file beside, const struct verify_policy *policy)
{
    SCOPED_LIFE(life);
    const struct verify_report *r = NULL;
    must(verify_package(file, policy, &r, life));
    assert_true(verify_perfect(r));
    must(verify_cms(beside, file, policy, &r, life));
    assert_true(verify_perfect(r));
}

static void expect_journal(PGresult *r, int row)
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
static void expect_all_sound(void)
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

/* ---- tests ---- */

static void approved_letters_of_all_agencies_are_sealed(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    put_letters(4);
    int64_t draft = put_letter(1, sample_odt(life), sample_docx(life), false);
    pid_t pid = start_signer("rsa", NULL, "first.log");
    assert_true(sealed_within(4, 60));
    put_letters(1); /* approved while it runs */
    assert_true(sealed_within(5, 60));
    expect_clean_stop(pid);
    expect_all_sound();
    assert_int_equal(admin_counts(talloc_asprintf(
                         life, "SELECT count(*) FROM mingda.sealed WHERE dossier_id = %lld AND agency_id = 1",
                         (long long)draft)),
                     0);
    assert_true(log_says("first.log", "sign_stopped"));
    assert_false(log_says("first.log", "error"));
}

static void two_signers_share_the_work(void **state)
{
    (void)state;
    long before = sealed_count();
    put_letters(12);
    pid_t one = start_signer("p256", NULL, "two.log"), two = start_signer("p256", NULL, "two.log");
    assert_true(sealed_within(before + 12, 60));
    pause_ms(300);
    expect_clean_stop(one);
    expect_clean_stop(two);
    assert_int_equal(sealed_count(), before + 12);
    expect_all_sound();
    assert_false(log_says("two.log", " error "));
}

/* Killed after more and more milliseconds, until all is done: each row is whole, none is there twice. */
static void a_signer_that_is_killed_leaves_nothing_half_done(void **state)
{
    (void)state;
    long before = sealed_count();
    put_letters(24);
    int kills = 0;
    for (long ms = 20; sealed_count() < before + 24 && kills < 200; ms = ms < 400 ? ms + 17 : 20, kills++) {
        pid_t pid = start_signer("p256", NULL, "killed.log");
        pause_ms(ms);
        kill(pid, SIGKILL);
        assert_int_equal(end_of(pid), -SIGKILL);
    }
    assert_int_equal(sealed_count(), before + 24);
    print_message("%d kills\n", kills);
    expect_all_sound();
}

static void a_letter_that_cannot_be_sealed_does_not_stop_the_next(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    long before = sealed_count();
    int64_t bad = put_letter(1, TEXT_FILE("no package"), sample_docx(life), true);
    put_letter(2, sample_odt(life), TEXT_FILE("no package either"), true);
    put_letters(2);
    pid_t pid = start_signer("p256", NULL, "bad.log");
    assert_true(sealed_within(before + 2, 60));
    pause_ms(2500); /* more rounds: told once, not each time */
    expect_clean_stop(pid);
    assert_int_equal(sealed_count(), before + 2);
    assert_true(log_says("bad.log", talloc_asprintf(life, "%lld/L1", (long long)bad)));
    assert_true(log_says("bad.log", "SEAL_PACKAGE"));
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.seal_trouble WHERE code = 'SEAL_PACKAGE'"), 2);
    admin_does("DELETE FROM mingda.seal_trouble");
    admin_does(
        "UPDATE mingda.letter SET approved_seq = NULL WHERE sealed_seq IS NULL AND NOT EXISTS (SELECT FROM"
        " mingda.sealed s WHERE s.dossier_id = letter.dossier_id AND s.agency_id = letter.agency_id)");
}

/* ---- a key that cannot be used ---- */

static void copy_file(const char *from, const char *to)
{
    SCOPED_LIFE(life);
    const char *folder = getenv("SEAL_FOLDER");
    const char *old = talloc_asprintf(life, "%s/%s", folder, from),
               *new = talloc_asprintf(life, "%s/%s", folder, to);
    unlink(new);
    assert_int_equal(link(old, new), 0);
}

static bool waits_because(const char *code, long letters)
{
    SCOPED_LIFE(life);
    const char *sql =
        talloc_asprintf(life, "SELECT count(*) FROM mingda.seal_trouble WHERE code = '%s'", code);
    for (int i = 0; i < 400 && admin_counts(sql) != letters; i++)
        pause_ms(50);
    return admin_counts(sql) == letters;
}

/* The files in folder `mended`, one of them replaced by another or taken away; mended while it runs. */
static void waits_until_mended(const char *file, const char *instead, const char *code, const char *advice)
{
    SCOPED_LIFE(life);
    static const char *const FILES[] = {"authority.crt", "seal.key", "seal.crt"};
    const char *log = talloc_asprintf(life, "%s.log", code), *folder = getenv("SEAL_FOLDER");
    const char *place = talloc_asprintf(life, "mended/%s", file);
    long before = sealed_count();
    mkdir(talloc_asprintf(life, "%s/mended", folder), 0700);
    for (size_t i = 0; i < 3; i++)
        copy_file(talloc_asprintf(life, "p256/%s", FILES[i]), talloc_asprintf(life, "mended/%s", FILES[i]));
    unlink(talloc_asprintf(life, "%s/%s", folder, place));
    if (instead)
        copy_file(instead, place);
    put_letters(3);
    pid_t pid = start_signer("mended", NULL, log);
    assert_true(waits_because(code, 3));
    assert_int_equal(sealed_count(), before);
    assert_true(log_says(log, advice));
    copy_file(talloc_asprintf(life, "p256/%s", file), place);
    assert_true(sealed_within(before + 3, 60));
    expect_clean_stop(pid);
    assert_true(log_says(log, "well_again"));
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.seal_trouble"), 0);
    expect_all_sound();
}

static void without_its_key_it_waits_and_says_what_to_do(void **state)
{
    (void)state;
    waits_until_mended("seal.key", NULL, "SEAL_KEY_MISSING", "put the key where sign.key says");
}

static void with_a_key_of_another_certificate_it_waits(void **state)
{
    (void)state;
    waits_until_mended("seal.key", "expired/seal.key", "SEAL_MISMATCH",
                       "let sign.key and sign.certificate name a pair");
}

static void with_an_expired_certificate_it_waits(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *folder = getenv("SEAL_FOLDER");
    /* the pair of the expired authority, mended by the pair of another: two files change, the key last */
    mkdir(talloc_asprintf(life, "%s/renewed", folder), 0700);
    static const char *const FILES[] = {"authority.crt", "seal.crt", "seal.key"};
    for (size_t i = 0; i < 3; i++)
        copy_file(talloc_asprintf(life, "expired/%s", FILES[i]),
                  talloc_asprintf(life, "renewed/%s", FILES[i]));
    long before = sealed_count();
    put_letters(2);
    pid_t pid = start_signer("renewed", NULL, "expired.log");
    assert_true(waits_because("SEAL_CERTIFICATE_EXPIRED", 2));
    assert_true(log_says("expired.log", "put a renewed certificate"));
    for (size_t i = 0; i < 3; i++)
        copy_file(talloc_asprintf(life, "p256/%s", FILES[i]), talloc_asprintf(life, "renewed/%s", FILES[i]));
    assert_true(sealed_within(before + 2, 60));
    expect_clean_stop(pid);
    expect_all_sound();
}

/* ---- a key in a token ---- */

static void write_file(const char *name, const char *text)
{
    SCOPED_LIFE(life);
    scoped_file FILE *out = fopen(talloc_asprintf(life, "%s/%s", getenv("SEAL_FOLDER"), name), "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
}

static void seals_from_a_token(const char *folder)
{
    SCOPED_LIFE(life);
    const char *log = talloc_asprintf(life, "%s.log", folder);
    long before = sealed_count();
    put_letters(3);
    pid_t pid = start_signer(folder, NULL, log);
    assert_true(sealed_within(before + 3, 60));
    put_letters(2); /* another round opens the token again */
    assert_true(sealed_within(before + 5, 60));
    expect_clean_stop(pid);
    expect_all_sound();
    assert_false(log_says(log, " error "));
}

static void an_rsa_key_in_a_token_seals(void **state)
{
    (void)state;
    seals_from_a_token("token-rsa");
}

static void a_p256_key_in_a_token_seals(void **state)
{
    (void)state;
    seals_from_a_token("token-p256");
}

/* A wrong PIN is tried once, not once a round: real tokens lock after a few tries. */
static void a_wrong_pin_is_tried_once_and_the_letter_waits(void **state)
{
    (void)state;
    long before = sealed_count();
    put_letters(2);
    write_file("token-p256/pin", "4712\n");
    pid_t pid = start_signer("token-p256", NULL, "pin.log");
    assert_true(waits_because("SEAL_TOKEN_PIN", 2));
    for (int i = 0; i < 400 && !log_says("pin.log", "put the right PIN"); i++)
        pause_ms(50);
    assert_true(log_says("pin.log", "put the right PIN in the file that sign.pin names"));
    assert_true(log_says("pin.log", "SEAL_TOKEN_PIN: the token has refused this PIN; it is not tried again"));
    assert_int_equal(sealed_count(), before);
    write_file("token-p256/pin", "");
    assert_true(waits_because("SEAL_TOKEN_PIN_FILE", 2));
    write_file("token-p256/pin", "4711\n");
    assert_true(sealed_within(before + 2, 60));
    expect_clean_stop(pid);
    assert_true(log_says("pin.log", "well_again"));
    expect_all_sound();
}

static void a_token_that_was_pulled_out_seals_when_it_is_back(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *away = talloc_asprintf(life, "%s.away", getenv("TOKENS"));
    long before = sealed_count();
    pid_t pid = start_signer("token-p256", NULL, "pulled.log");
    put_letters(1);
    assert_true(sealed_within(before + 1, 60));
    assert_int_equal(rename(getenv("TOKENS"), away), 0);
    mkdir(getenv("TOKENS"), 0700);
    put_letters(2);
    assert_true(waits_because("SEAL_TOKEN_GONE", 2));
    assert_true(log_says("pulled.log", "put the token back"));
    assert_int_equal(rmdir(getenv("TOKENS")), 0);
    assert_int_equal(rename(away, getenv("TOKENS")), 0);
    assert_true(sealed_within(before + 3, 60));
    expect_clean_stop(pid);
    expect_all_sound();
}

static void waits_with_uri(const char *uri, const char *code, const char *advice)
{
    SCOPED_LIFE(life);
    const char *log = talloc_asprintf(life, "%s-%zu.log", code, strlen(uri));
    mkdir(talloc_asprintf(life, "%s/token-wrong", getenv("SEAL_FOLDER")), 0700);
    copy_file("token-p256/seal.crt", "token-wrong/seal.crt");
    copy_file("token-p256/authority.crt", "token-wrong/authority.crt");
    copy_file("token-p256/pin", "token-wrong/pin");
    write_file("token-wrong/seal.uri", uri);
    pid_t pid = start_signer("token-wrong", NULL, log);
    for (int i = 0; i < 400 && !log_says(log, advice); i++)
        pause_ms(50);
    assert_true(waits_because(code, 1));
    expect_clean_stop(pid);
    if (!log_says(log, advice))
        fail_msg("%s does not say: %s", log, advice);
}

static void an_address_that_fits_no_key_is_told(void **state)
{
    (void)state;
    long before = sealed_count();
    put_letters(1);
    waits_with_uri("pkcs11:token=mingda%20p256;object=other", "SEAL_TOKEN_KEY",
                   "no private key that the URI fits");
    waits_with_uri("pkcs11:token=mingda%20p256", "SEAL_TOKEN_URI", "names no key");
    waits_with_uri("pkcs11:token=mingda%2;object=seal", "SEAL_TOKEN_URI", "not well-formed");
    waits_with_uri("pkcs11:token=mingda%20p256;object=seal?pin-value=4711", "SEAL_TOKEN_URI",
                   "settings of their own");
    waits_with_uri("pkcs11:token=mingda%20rsa;object=seal", "SEAL_MISMATCH", "name a pair");
    setenv("MODULE", "/nowhere/library.so", 1);
    waits_with_uri("pkcs11:token=mingda%20p256;id=%01", "SEAL_TOKEN_MODULE", "sign.module");
    setenv("MODULE", getenv("MODULE_THERE"), 1);
    write_file("token-wrong/seal.uri", "pkcs11:token=mingda%20p256;id=%01");
    pid_t pid = start_signer("token-wrong", NULL, "id.log");
    assert_true(sealed_within(before + 1, 60));
    expect_clean_stop(pid);
    expect_all_sound();
}

/* ---- a disk that is full ---- */

static void when_the_disk_is_full_it_waits_and_seals_each_once(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *disk = getenv("SMALL_DISK");
    if (!disk)
        skip();
    long before = sealed_count(), stuffed = 0;
    admin_does(talloc_asprintf(life, "CREATE TABLESPACE small LOCATION '%s/space'", disk));
    admin_does("ALTER TABLE mingda.sealed SET TABLESPACE small");
    const char *stuff = talloc_asprintf(life, "%s/space/stuff", disk);
    int out = open(stuff, O_WRONLY | O_CREAT, 0600);
    static const char BLOCK[4096];
    while (write(out, BLOCK, sizeof BLOCK) == (ssize_t)sizeof BLOCK)
        stuffed++;
    close(out);
    assert_true(stuffed > 10);
    put_letters(40);
    pid_t pid = start_signer("p256", NULL, "full.log");
    for (int i = 0; i < 400 && !log_says("full.log", "DATABASE_FULL"); i++)
        pause_ms(50);
    assert_true(log_says("full.log", "free space on the disk of the database"));
    assert_true(sealed_count() < before + 40);
    assert_true(admin_counts("SELECT count(*) FROM mingda.seal_trouble WHERE code = 'DATABASE_FULL'") > 0);
    expect_all_sound(); /* nothing half there */
    unlink(stuff);
    assert_true(sealed_within(before + 40, 60));
    expect_clean_stop(pid);
    expect_all_sound();
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.seal_trouble"), 0);
    admin_does("ALTER TABLE mingda.sealed SET TABLESPACE pg_default");
    admin_does("DROP TABLESPACE small");
}

static void without_a_database_it_waits(void **state)
{
    (void)state;
    pid_t pid = start_signer("p256", "host='/nowhere' dbname=mingda", "away.log");
    pause_ms(2500);
    expect_clean_stop(pid);
    assert_true(log_says("away.log", "DATABASE_AWAY"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(approved_letters_of_all_agencies_are_sealed),
        cmocka_unit_test(two_signers_share_the_work),
        cmocka_unit_test(a_signer_that_is_killed_leaves_nothing_half_done),
        cmocka_unit_test(a_letter_that_cannot_be_sealed_does_not_stop_the_next),
        cmocka_unit_test(without_its_key_it_waits_and_says_what_to_do),
        cmocka_unit_test(with_a_key_of_another_certificate_it_waits),
        cmocka_unit_test(with_an_expired_certificate_it_waits),
        cmocka_unit_test(an_rsa_key_in_a_token_seals),
        cmocka_unit_test(a_p256_key_in_a_token_seals),
        cmocka_unit_test(a_wrong_pin_is_tried_once_and_the_letter_waits),
        cmocka_unit_test(a_token_that_was_pulled_out_seals_when_it_is_back),
        cmocka_unit_test(an_address_that_fits_no_key_is_told),
        cmocka_unit_test(when_the_disk_is_full_it_waits_and_seals_each_once),
        cmocka_unit_test(without_a_database_it_waits),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
