/* Letters with timestamps, by the processes themselves: `mingda sign` begins and finishes, `mingda clock`
 * fetches. Whatever the authority does, a letter is sealed in its time, once; whoever is killed wherever, it
 * is sealed once. */
#include "sign_play.h"
#include <sodium.h>
#include "approver.h"
#include "../unit/stamp_samples.h"

/* ---- the authority, and the two processes beside it ---- */

static void authority_is(const char *mode)
{
    write_file("tsa/mode.new", mode);
    SCOPED_LIFE(life);
    const char *folder = getenv("TSA");
    assert_int_equal(
        rename(talloc_asprintf(life, "%s/mode.new", folder), talloc_asprintf(life, "%s/mode", folder)), 0);
}

static struct seal_file read_whole(TALLOC_CTX *life, const char *name)
{
    scoped_file FILE *in = fopen(talloc_asprintf(life, "%s/%s", getenv("SEAL_FOLDER"), name), "r");
    assert_non_null(in);
    uint8_t *bytes = talloc_array(life, uint8_t, 8000);
    return (struct seal_file){bytes, fread(bytes, 1, 8000, in)};
}

static void settings(const char *wait)
{
    SCOPED_LIFE(life);
    const char *folder = getenv("SEAL_FOLDER");
    struct seal_file port = read_whole(life, "tsa/port");
    setenv("MINGDA_TIMESTAMP_URL",
           talloc_asprintf(life, "http://127.0.0.1:%.*s/", (int)port.length, port.data), 1);
    setenv("MINGDA_TIMESTAMP_ROOTS", talloc_asprintf(life, "%s/tsa/root.crt", folder), 1);
    setenv("MINGDA_TIMESTAMP_POLICY", "1.2.156.112562.9.1", 1);
    setenv("MINGDA_TIMESTAMP_TIMEOUT", "1", 1);
    setenv("MINGDA_TIMESTAMP_WAIT", wait, 1);
    setenv("MINGDA_CLOCK_INTERVAL", "1", 1);
    setenv("MINGDA_OFFICE_MASTER_KEY", talloc_asprintf(life, "%s/master.key", folder), 1);
}

static pid_t start_clock(const char *log)
{
    SCOPED_LIFE(life);
    setenv("MINGDA_DATABASE",
           talloc_asprintf(life, "host='%s' port=%s dbname=mingda", getenv("PGHOST"), getenv("PGPORT")), 1);
    pid_t pid = fork();
    if (pid == 0) {
        int out = open(talloc_asprintf(life, "%s/%s", getenv("SEAL_FOLDER"), log),
                       O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(out, 1);
        dup2(out, 2);
        execl(getenv("MINGDA"), "mingda", "clock", (char *)NULL);
        _exit(127);
    }
    return pid;
}

static bool counts_within(const char *sql, long wanted, int seconds)
{
    for (int i = 0; i < seconds * 20 && admin_counts(sql) != wanted; i++)
        pause_ms(50);
    return admin_counts(sql) == wanted;
}

static long stamped_count(void)
{
    return admin_counts("SELECT count(odt_stamped) + count(docx_stamped) FROM mingda.sealed");
}

/* Every sealed row: by the public's verifier, with the authority known; as many files with a timestamp as
 * said. */
static void expect_stamped_sound(long files)
{
    SCOPED_LIFE(life);
    struct seal_file roots[] = {read_root(life, "p256"), read_root(life, "rsa")},
                     tsa = read_whole(life, "tsa/root.crt");
    const struct verify_policy policy = {.roots = roots,
                                         .root_count = 2,
                                         .stamp_roots = &tsa,
                                         .stamp_root_count = 1,
                                         .now = (int64_t)time(NULL) + 60,
                                         .at = VERIFY_AT_SIGNING};
    long stamped = 0;
    PGresult *r = PQexecParams(admin, "SELECT odt, docx FROM mingda.sealed", 0, NULL, NULL, NULL, NULL, 1);
    for (int row = 0; row < PQntuples(r); row++)
        for (int at = 0; at < 2; at++) {
            const struct verify_report *report = NULL;
            must(verify_package(column(r, row, at), &policy, &report, life));
            assert_true(verify_perfect(report));
            assert_int_equal(report->problem_count, 0);
            if (report->stamped_at) {
                stamped++;
                assert_int_equal(report->stamp_trust, VERIFY_TRUSTED);
                assert_string_equal(report->signed_at, report->stamped_at);
                assert_string_equal(report->stamp_authority, "演示时间戳");
            }
        }
    PQclear(r);
    assert_int_equal(stamped, files);
    assert_int_equal(stamped_count(), files);
}

/* ---- an honest authority ---- */

static void letters_get_their_timestamps(void **state)
{
    (void)state;
    authority_is("honest");
    settings("60");
    put_letters(4);
    pid_t sign = start_signer("p256", NULL, "honest.log"), clock = start_clock("honest-clock.log");
    assert_true(sealed_within(4, 60));
    expect_clean_stop(sign);
    expect_clean_stop(clock);
    expect_stamped_sound(8);
    expect_all_sound();
    assert_true(log_says("honest.log", "letter_awaits_timestamp"));
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.stamp_wanted"), 0);
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.sealed WHERE (journal::jsonb #>> "
                                  "'{timestamps,odt,at}')::bigint = extract(epoch FROM odt_stamped)"),
                     4);
}

/* ---- one that is away, slow, or lies ---- */

static void seals_in_time_although(const char *mode, const char *code)
{
    SCOPED_LIFE(life);
    const char *log = talloc_asprintf(life, "%s-clock.log", mode);
    long before = sealed_count(), stamped = stamped_count();
    authority_is(mode);
    settings("3");
    put_letters(1);
    pid_t clock = start_clock(log), sign = start_signer("p256", NULL, talloc_asprintf(life, "%s.log", mode));
    bool said = says_soon(log, code), sealed = sealed_within(before + 1, 30);
    authority_is("drop"); /* whoever is held is let go */
    expect_clean_stop(sign);
    expect_clean_stop(clock);
    if (!said || !sealed)
        fail_msg("%s: %s%s", mode, said ? "" : "not told ", sealed ? "" : "not sealed");
    assert_int_equal(stamped_count(), stamped);
    admin_does(
        "UPDATE mingda.stamp_wanted SET not_before = 'infinity'"); /* the next mode begins without these */
}

static void whatever_the_authority_does_letters_are_sealed_in_time(void **state)
{
    (void)state;
    long stamped = stamped_count();
    seals_in_time_although("drop", "FETCH_AWAY");
    seals_in_time_although("hold", "FETCH_SLOW");
    seals_in_time_although("status", "FETCH_STATUS");
    seals_in_time_although("type", "FETCH_STATUS");
    seals_in_time_although("garbage", "STAMP_FORM");
    seals_in_time_although("huge", "FETCH_TOO_LARGE");
    seals_in_time_although("imprint", "STAMP_OTHER");
    seals_in_time_although("nonce", "STAMP_NONCE");
    seals_in_time_although("signer", "STAMP_UNKNOWN");
    seals_in_time_although("refuse", "STAMP_REFUSED");
    expect_stamped_sound(stamped);
    expect_all_sound();
}

/* What had to go without gets one beside it; the sealed file stays as it is. */
static void a_late_timestamp_stands_beside_the_file(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct seal_file tsa = read_whole(life, "tsa/root.crt");
    const struct verify_policy policy = {
        .stamp_roots = &tsa, .stamp_root_count = 1, .now = (int64_t)time(NULL) + 60, .at = VERIFY_AT_SIGNING};
    long wanted = admin_counts("SELECT count(*) FROM mingda.stamp_wanted WHERE beside");
    assert_int_equal(wanted, 20);
    authority_is("honest");
    admin_does("UPDATE mingda.stamp_wanted SET not_before = now()");
    pid_t clock = start_clock("late-clock.log");
    assert_true(counts_within("SELECT count(*) FROM mingda.stamp WHERE beside", wanted, 60));
    expect_clean_stop(clock);
    PGresult *r =
        PQexecParams(admin,
                     "SELECT CASE t.which WHEN 'odt' THEN s.odt ELSE s.docx END, t.answer FROM mingda.stamp t"
                     " JOIN mingda.sealed s USING (agency_id, dossier_id, child) WHERE t.beside",
                     0, NULL, NULL, NULL, NULL, 1);
    assert_int_equal(PQntuples(r), wanted);
    for (int row = 0; row < PQntuples(r); row++) {
        const struct verify_report *report = NULL;
        must(verify_stamp(column(r, row, 1), column(r, row, 0), &policy, &report, life));
        assert_true(verify_perfect(report));
    }
    PQclear(r);
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.stamp_wanted"), 0);
}

/* ---- a clock that lies ---- */

static void a_timestamp_that_the_clock_made_up_is_not_used(void **state)
{
    (void)state;
    long before = sealed_count(), stamped = stamped_count();
    settings("60");
    put_letters(1);
    pid_t sign = start_signer("p256", NULL, "madeup.log");
    assert_true(counts_within("SELECT count(*) FROM mingda.stamp_wanted WHERE NOT beside", 2, 30));
    /* sound answers to other questions, put down as if they were to these; what was not asked for is not
     * taken */
    admin_does(
        "SET ROLE mingda_clock; DO $$ DECLARE w record; BEGIN FOR w IN SELECT * FROM mingda.stamps_wanted(9) "
        "LOOP"
        " IF mingda.stamp_put(w.agency_id, w.dossier_id, w.child, w.which, sha256('other'), '1', now(), 'x')"
        " THEN RAISE 'taken'; END IF; END LOOP; END $$; RESET ROLE");
    admin_does("DO $$ DECLARE w record; a bytea; BEGIN SELECT answer INTO a FROM mingda.stamp LIMIT 1;"
               " FOR w IN SELECT * FROM mingda.stamps_wanted(9) LOOP PERFORM mingda.stamp_put(w.agency_id, "
               "w.dossier_id,"
               " w.child, w.which, w.imprint, a, now(), 'x'); END LOOP; END $$");
    assert_true(sealed_within(before + 1, 30));
    expect_clean_stop(sign);
    assert_true(log_says("madeup.log", "timestamp_not_believed"));
    assert_true(log_says("madeup.log", "STAMP_OTHER"));
    expect_stamped_sound(stamped);
    admin_does("DELETE FROM mingda.stamp_wanted");
}

/* ---- killed at every commit ---- */

/* Stops at the statement that the lock keeps back, and is killed there. */
static void killed_before_it_writes(const char *table, const char *role, pid_t (*starts)(const char *log))
{
    SCOPED_LIFE(life);
    PGconn *locker = PQconnectdb(getenv("CONNINFO"));
    PQclear(PQexec(locker, "BEGIN"));
    PQclear(PQexec(locker, talloc_asprintf(life, "LOCK TABLE mingda.%s IN EXCLUSIVE MODE", table)));
    pid_t pid = starts("killed-at.log");
    const char *waits =
        talloc_asprintf(life,
                        "SELECT least(1, count(*)) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                        " WHERE NOT l.granted AND a.usename = '%s'"
                        " AND l.relation = 'mingda.%s'::regclass",
                        role, table);
    bool stopped = counts_within(waits, 1, 30);
    kill(pid, SIGKILL);
    assert_int_equal(end_of(pid), -SIGKILL);
    PQclear(PQexec(locker, "ROLLBACK"));
    PQfinish(locker);
    if (!stopped)
        fail_msg("%s was not kept back at %s", role, table);
    assert_true(counts_within(
        talloc_asprintf(life, "SELECT count(*) FROM pg_stat_activity WHERE usename = '%s'", role), 0,
        30)); /* and its transaction has gone with it */
}

static pid_t signer_of_p256(const char *log)
{
    return start_signer("p256", NULL, log);
}

static void killed_after(const char *sql, long wanted, pid_t (*starts)(const char *log))
{
    pid_t pid = starts("killed-after.log");
    assert_true(counts_within(sql, wanted, 30));
    kill(pid, SIGKILL);
    assert_int_equal(end_of(pid), -SIGKILL);
}

static void killed_at_every_commit_it_is_sealed_once(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    long before = sealed_count(), stamped = stamped_count();
    authority_is("honest");
    settings("600");
    int64_t dossier = put_letter(1, sample_odt(life), sample_docx(life), true);
    const char *of = talloc_asprintf(life, "WHERE agency_id = 1 AND dossier_id = %lld", (long long)dossier),
               *begun = talloc_asprintf(life, "SELECT count(*) FROM mingda.seal_begun %s", of),
               *stamps = talloc_asprintf(life, "SELECT count(*) FROM mingda.stamp %s", of),
               *sealed = talloc_asprintf(life, "SELECT count(*) FROM mingda.sealed %s", of);
    killed_before_it_writes("seal_begun", "mingda_sign", signer_of_p256);
    assert_int_equal(admin_counts(begun), 0);
    killed_after(begun, 1, signer_of_p256);
    killed_before_it_writes("stamp", "mingda_clock", start_clock);
    assert_true(admin_counts(stamps) <=
                1); /* one statement: the server may have ended it without its client */
    killed_after(stamps, 2, start_clock);
    killed_before_it_writes("sealed", "mingda_sign", signer_of_p256);
    assert_int_equal(admin_counts(sealed), 0);
    killed_after(sealed, 1, signer_of_p256);
    assert_int_equal(admin_counts(begun), 1); /* one value was made, and served */
    assert_int_equal(
        admin_counts(talloc_asprintf(
            life,
            "SELECT count(*) FROM mingda.sealed s JOIN mingda.seal_begun b USING (agency_id, dossier_id,"
            " child) WHERE s.dossier_id = %lld AND (s.journal::jsonb->>'at')::bigint = b.at",
            (long long)dossier)),
        1);
    assert_int_equal(sealed_count(), before + 1);
    expect_stamped_sound(stamped + 2);
}

/* Both processes killed twenty times, later and later after their start; then left alone. */
static void killed_at_any_moment_each_is_sealed_once(void **state)
{
    (void)state;
    long before = sealed_count();
    settings("600");
    put_letters(10);
    for (long ms = 100; ms < 2100; ms += 100) {
        pid_t sign = start_signer("p256", NULL, "storm.log"), clock = start_clock("storm-clock.log");
        pause_ms(ms);
        kill(sign, SIGKILL);
        kill(clock, SIGKILL);
        assert_int_equal(end_of(sign), -SIGKILL);
        assert_int_equal(end_of(clock), -SIGKILL);
    }
    print_message("%ld of 10 sealed while being killed\n", sealed_count() - before);
    pid_t sign = start_signer("p256", NULL, "storm.log"), clock = start_clock("storm-clock.log");
    assert_true(sealed_within(before + 10, 90));
    expect_clean_stop(sign);
    expect_clean_stop(clock);
    expect_stamped_sound(stamped_count());
    expect_all_sound();
}

/* ---- a certificate exchanged in between; a second seal ---- */

static void with_another_certificate_it_is_begun_anew(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    long before = sealed_count(), stamped = stamped_count();
    settings("600");
    int64_t dossier = put_letter(1, sample_odt(life), sample_docx(life), true);
    const char *begun = talloc_asprintf(life,
                                        "SELECT count(*) FROM mingda.seal_begun WHERE dossier_id = %lld"
                                        " AND agency_id = 1",
                                        (long long)dossier);
    killed_after(begun, 1, signer_of_p256);
    pid_t clock = start_clock("renewed-clock.log");
    assert_true(counts_within("SELECT count(*) FROM mingda.stamp_wanted", 0, 30));
    pid_t sign = start_signer("rsa", NULL, "renewed.log");
    assert_true(sealed_within(before + 1, 30));
    expect_clean_stop(sign);
    expect_clean_stop(clock);
    assert_int_equal(admin_counts(begun), 2);
    expect_stamped_sound(stamped + 2);
    expect_all_sound();
}

static void an_sm2_seal_signs_beside_the_other(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *folder = getenv("SEAL_FOLDER");
    long before = sealed_count();
    settings("0");
    setenv("MINGDA_SIGN_SM2_KEY", talloc_asprintf(life, "%s/rsa/sm2-seal.key", folder), 1);
    setenv("MINGDA_SIGN_SM2_CERTIFICATE", talloc_asprintf(life, "%s/rsa/sm2-seal.crt", folder), 1);
    setenv("MINGDA_SIGN_SM2_CHAIN", talloc_asprintf(life, "%s/rsa/sm2-authority.crt", folder), 1);
    put_letters(2);
    pid_t sign = start_signer("rsa", NULL, "sm2.log");
    assert_true(sealed_within(before + 2, 30));
    expect_clean_stop(sign);
    struct seal_file root = read_whole(life, "rsa/sm2-authority.crt");
    const struct verify_policy policy = {
        .roots = &root, .root_count = 1, .now = (int64_t)time(NULL) + 60, .at = VERIFY_AT_SIGNING};
    PGresult *r =
        PQexecParams(admin,
                     "SELECT odt, odt_sm2, docx, docx_sm2 FROM mingda.sealed WHERE odt_sm2 IS NOT NULL AND"
                     " journal::jsonb #>> '{sm2,algorithm}' = 'sm2-sm3'",
                     0, NULL, NULL, NULL, NULL, 1);
    assert_int_equal(PQntuples(r), 2);
    for (int i = 0; i < 4; i++) {
        const struct verify_report *report = NULL;
        must(
            verify_cms(column(r, i / 2, i % 2 * 2 + 1), column(r, i / 2, i % 2 * 2), &policy, &report, life));
        assert_true(verify_perfect(report));
    }
    PQclear(r);
    /* configured and unusable: the letter waits, and is told */
    setenv("MINGDA_SIGN_SM2_KEY", talloc_asprintf(life, "%s/rsa/seal.key", folder), 1);
    put_letters(1);
    sign = start_signer("rsa", NULL, "sm2-wrong.log");
    assert_true(waits_because("SEAL_SM2", 1));
    assert_true(says_soon("sm2-wrong.log", "check sign.sm2-key"));
    expect_clean_stop(sign);
    unsetenv("MINGDA_SIGN_SM2_KEY");
    sign = start_signer("rsa", NULL, "sm2-wrong.log");
    assert_true(sealed_within(before + 3, 30));
    expect_clean_stop(sign);
}

/* ---- nobody is named whom to believe ---- */

static void without_roots_letters_wait_and_the_clock_does_not_start(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    long before = sealed_count();
    const char *const WRONG[] = {NULL, "absent.crt", "master.key"};
    authority_is("honest");
    settings("60");
    put_letters(1);
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        admin_does("DELETE FROM mingda.seal_trouble");
        if (WRONG[i])
            setenv("MINGDA_TIMESTAMP_ROOTS", talloc_asprintf(life, "%s/%s", getenv("SEAL_FOLDER"), WRONG[i]),
                   1);
        else
            unsetenv("MINGDA_TIMESTAMP_ROOTS");
        pid_t sign = start_signer("p256", NULL, "rootless.log");
        assert_true(waits_because("SEAL_STAMP_ROOTS", 1));
        expect_clean_stop(sign);
        assert_int_not_equal(end_of(start_clock("rootless-clock.log")), 0);
    }
    assert_true(log_says("rootless.log", "let timestamp.roots name"));
    assert_true(log_says("rootless-clock.log", "SEAL_STAMP_ROOTS"));
    settings("60");
    pid_t sign = start_signer("p256", NULL, "rootless.log"), clock = start_clock("rootless-clock.log");
    assert_true(sealed_within(before + 1, 60));
    expect_clean_stop(sign);
    expect_clean_stop(clock);
    expect_all_sound();
}

/* ---- an authority whose clock is wrong, or lies ---- */

/* Certified since yesterday, by a root that mingda sign is told to believe from now on. */
static struct sample_tsa believed_authority(void)
{
    SCOPED_LIFE(life);
    const int64_t now = (int64_t)time(NULL);
    const struct sample_wish root = {.kind = "p256",
                                     .organization = "演示时间戳机构",
                                     .name = "另一根证书",
                                     .from = now - 86400,
                                     .until = now + 86400,
                                     .usage = "critical,keyCertSign",
                                     .authority = true};
    struct sample_wish signer = root;
    signer.name = "另一时间戳";
    signer.usage = "critical,digitalSignature";
    signer.authority = false;
    struct sample_tsa tsa = {.authority = sample_person(root, NULL)};
    tsa.signer = sample_person(signer, &tsa.authority);
    sample_extension(tsa.signer.certificate, tsa.authority.certificate, NID_ext_key_usage,
                     "critical,timeStamping");
    sample_sign(tsa.signer.certificate, tsa.authority.key);
    write_pem("tsa/another.crt", tsa.authority.certificate, NULL);
    setenv("MINGDA_TIMESTAMP_ROOTS", talloc_asprintf(life, "%s/tsa/another.crt", getenv("SEAL_FOLDER")), 1);
    return tsa;
}

/* What the clock would put down had the authority stated, for both files, the moment of signing and so many
 * seconds. */
static void answer_with(const struct sample_tsa *tsa, int64_t odt_off, int64_t docx_off)
{
    SCOPED_LIFE(life);
    static const uint8_t NONCE[STAMP_NONCE] = {1, 2, 3, 4, 5, 6, 7, 8};
    PGresult *wanted = PQexecParams(
        admin,
        "SELECT convert_to(w.which, 'UTF8'), w.imprint, int8send(b.at) FROM mingda.stamp_wanted w JOIN"
        " mingda.seal_begun b USING (agency_id, dossier_id, child) WHERE NOT w.beside",
        0, NULL, NULL, NULL, NULL, 1);
    assert_int_equal(PQntuples(wanted), 2);
    for (int row = 0; row < 2; row++) {
        int64_t at = 0;
        struct seal_file question;
        for (int i = 0; i < 8; i++)
            at = at << 8 | (uint8_t)PQgetvalue(wanted, row, 2)[i];
        at += *PQgetvalue(wanted, row, 0) == 'o' ? odt_off : docx_off;
        must(stamp_ask(column(wanted, row, 1).data, NONCE, SAMPLE_POLICY, &question, life));
        struct seal_file answer =
            sample_stamp(life, &tsa->signer, &tsa->authority, question, (struct sample_lie){.at = at});
        admin_does(talloc_asprintf(life,
                                   "SELECT mingda.stamp_put(agency_id, dossier_id, child, which, imprint, "
                                   "'\\x%s', to_timestamp(%lld),"
                                   " 'x') FROM mingda.stamp_wanted WHERE imprint = '\\x%s'",
                                   text_hex(life, answer.data, answer.length), (long long)at,
                                   text_hex(life, (const uint8_t *)PQgetvalue(wanted, row, 1), 32)));
    }
    PQclear(wanted);
}

static void a_timestamp_of_an_impossible_time_is_not_used(void **state)
{
    (void)state;
    const int64_t hour = 3600;
    long before = sealed_count(), stamped = stamped_count();
    settings("600");
    struct sample_tsa tsa = believed_authority();
    put_letters(1);
    pid_t sign = start_signer("p256", NULL, "impossible.log");
    assert_true(counts_within("SELECT count(*) FROM mingda.stamp_wanted WHERE NOT beside", 2, 30));
    answer_with(&tsa, -hour, hour);
    assert_true(sealed_within(before + 1, 30));
    assert_true(says_soon("impossible.log", "timestamp_not_believed"));
    assert_true(log_says("impossible.log", "STAMP_TIME"));
    assert_int_equal(stamped_count(), stamped);
    put_letters(1); /* and one whose time can be right is used */
    assert_true(counts_within("SELECT count(*) FROM mingda.stamp_wanted WHERE NOT beside", 2, 30));
    answer_with(&tsa, -STAMP_PATIENCE, 1);
    assert_true(sealed_within(before + 2, 30));
    expect_clean_stop(sign);
    assert_int_equal(stamped_count(), stamped + 2);
    expect_all_sound();
    admin_does("DELETE FROM mingda.stamp_wanted");
    sample_tsa_forget(&tsa);
}

/* The seal's certificate begins after the moment that the timestamp states: with it the letter could never be
 * verified, and it is finished without. */
static void a_timestamp_before_the_certificate_is_not_used(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const int64_t now = (int64_t)time(NULL);
    long before = sealed_count(), stamped = stamped_count();
    const struct sample_wish wish = {.kind = "p256",
                                     .organization = "市局",
                                     .name = "市局",
                                     .from = now - 60,
                                     .until = now + 86400,
                                     .usage = "critical,digitalSignature"};
    struct sample_person young = sample_person(wish, NULL);
    mkdir(talloc_asprintf(life, "%s/young", getenv("SEAL_FOLDER")), 0700);
    write_pem("young/seal.crt", young.certificate, NULL);
    write_pem("young/authority.crt", young.certificate, NULL);
    write_pem("young/seal.key", NULL, young.key);
    settings("600");
    struct sample_tsa tsa = believed_authority();
    put_letters(1);
    pid_t sign = start_signer("young", NULL, "young.log");
    assert_true(counts_within("SELECT count(*) FROM mingda.stamp_wanted WHERE NOT beside", 2, 30));
    answer_with(&tsa, -200, -200);
    assert_true(sealed_within(before + 1, 30));
    expect_clean_stop(sign);
    assert_true(log_says("young.log", "timestamp_not_believed"));
    assert_true(log_says("young.log", "SIGN_NOT_VALID"));
    assert_int_equal(stamped_count(), stamped);
    admin_does("DELETE FROM mingda.stamp_wanted");
    sample_forget(&young);
    sample_tsa_forget(&tsa);
}

/* ---- one-time codes ---- */

/* The code serves when the letter is begun; finishing asks for no other, also by another certificate. */
static void a_code_serves_for_both_steps(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    uint8_t secret_key[APPROVER_KEY], public_key[APPROVER_KEY], secret[APPROVER_SECRET];
    char code[APPROVER_CODE];
    const char *uri = NULL;
    struct db *owner = NULL;
    long before = sealed_count();
    struct seal_file hex = read_whole(life, "approvers.key");
    assert_int_equal(
        sodium_hex2bin(secret_key, sizeof secret_key, (const char *)hex.data, hex.length, "\n", NULL, NULL),
        0);
    assert_int_equal(crypto_scalarmult_base(public_key, secret_key), 0);
    must(db_open(life, talloc_asprintf(life, "%s user=mingda_owner", getenv("CONNINFO")), &owner));
    must(approver_enrol(owner, "lingdao", public_key, &uri, life));
    settings("600");
    setenv("MINGDA_SIGN_APPROVERS_KEY", talloc_asprintf(life, "%s/approvers.key", getenv("SEAL_FOLDER")), 1);
    put_letters(1);
    pid_t sign = start_signer("p256", NULL, "code.log");
    assert_true(waits_because("SIGN_CODE_MISSING", 1));
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.stamp_wanted"), 0); /* nothing was signed */
    PGresult *r = PQexecParams(
        admin, "SELECT secret, int8send(extract(epoch FROM mingda.moment())::bigint) FROM mingda.approver", 0,
        NULL, NULL, NULL, NULL, 1);
    int64_t moment = 0;
    for (int i = 0; i < 8; i++)
        moment = moment << 8 | (uint8_t)PQgetvalue(r, 0, 1)[i];
    must(approver_open(life, (const uint8_t *)PQgetvalue(r, 0, 0), (size_t)PQgetlength(r, 0, 0), secret_key,
                       secret));
    PQclear(r);
    must(approver_code(life, secret, approver_step(moment), code));
    admin_does(talloc_asprintf(
        life,
        "INSERT INTO mingda.approval_code SELECT l.agency_id, l.dossier_id, l.approved_seq, 1, 1,"
        " '%s', l.odt, l.docx, to_timestamp(%lld) FROM mingda.letter l"
        " JOIN mingda.seal_trouble USING (agency_id, dossier_id, child)",
        code, (long long)moment));
    assert_true(counts_within("SELECT count(*) FROM mingda.stamp_wanted", 2, 30));
    kill(sign, SIGKILL);
    assert_int_equal(end_of(sign), -SIGKILL);
    pid_t clock = start_clock("code-clock.log");
    sign = start_signer("rsa", NULL, "code.log");
    assert_true(sealed_within(before + 1, 60));
    expect_clean_stop(sign);
    expect_clean_stop(clock);
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.code_used"), 1);
    assert_int_equal(
        admin_counts("SELECT count(*) FROM mingda.sealed WHERE journal LIKE '%approval, code, digests%'"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_get_their_timestamps),
        cmocka_unit_test(whatever_the_authority_does_letters_are_sealed_in_time),
        cmocka_unit_test(a_late_timestamp_stands_beside_the_file),
        cmocka_unit_test(a_timestamp_that_the_clock_made_up_is_not_used),
        cmocka_unit_test(killed_at_every_commit_it_is_sealed_once),
        cmocka_unit_test(killed_at_any_moment_each_is_sealed_once),
        cmocka_unit_test(with_another_certificate_it_is_begun_anew),
        cmocka_unit_test(an_sm2_seal_signs_beside_the_other),
        cmocka_unit_test(without_roots_letters_wait_and_the_clock_does_not_start),
        cmocka_unit_test(a_timestamp_of_an_impossible_time_is_not_used),
        cmocka_unit_test(a_timestamp_before_the_certificate_is_not_used),
        cmocka_unit_test(a_code_serves_for_both_steps),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
