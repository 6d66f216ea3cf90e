/* mingda sign, run as a process of its own against a database: it seals approved letters and nothing else,
 * each once, also when it is killed at any moment, when two run, and when one letter cannot be sealed. */
#include "sign_play.h"

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
    assert_true(says_soon(log, advice));
    copy_file(talloc_asprintf(life, "p256/%s", file), place);
    assert_true(sealed_within(before + 3, 60));
    expect_clean_stop(pid);
    assert_true(log_says(log, "well_again"));
    assert_false(log_says(log, "trouble_not_told"));
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
    assert_true(says_soon("expired.log", "put a renewed certificate"));
    for (size_t i = 0; i < 3; i++)
        copy_file(talloc_asprintf(life, "p256/%s", FILES[i]), talloc_asprintf(life, "renewed/%s", FILES[i]));
    assert_true(sealed_within(before + 2, 60));
    expect_clean_stop(pid);
    expect_all_sound();
}

/* ---- a certificate that ends, and its follower ---- */

/* All rows by the roots of both: what was sealed with the old one stays valid. */
static void expect_valid_by(const char *one, const char *two, long rows)
{
    SCOPED_LIFE(life);
    struct seal_file roots[] = {read_root(life, one), read_root(life, two)};
    const struct verify_policy policy = {
        .roots = roots, .root_count = 2, .now = (int64_t)time(NULL) + 60, .at = VERIFY_AT_SIGNING};
    PGresult *r =
        PQexecParams(admin,
                     "SELECT odt, odt_p7s FROM mingda.sealed WHERE certificate IN (SELECT sha256 FROM"
                     " mingda.seal_certificate ORDER BY since DESC LIMIT 2)",
                     0, NULL, NULL, NULL, NULL, 1);
    long valid = 0;
    for (int row = 0; row < PQntuples(r); row++) {
        const struct verify_report *report = NULL;
        must(verify_package(column(r, row, 0), &policy, &report, life));
        valid += verify_perfect(report);
        must(verify_cms(column(r, row, 1), column(r, row, 0), &policy, &report, life));
        assert_int_equal(report->signature, VERIFY_VALID);
    }
    PQclear(r);
    assert_int_equal(valid, rows);
}

static void a_renewed_certificate_takes_over_without_a_restart(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char *const FILES[] = {"authority.crt", "seal.crt", "seal.key"}; /* the key last */
    long before = sealed_count();
    mkdir(talloc_asprintf(life, "%s/rotating", getenv("SEAL_FOLDER")), 0700);
    for (size_t i = 0; i < 3; i++)
        copy_file(talloc_asprintf(life, "ending/%s", FILES[i]),
                  talloc_asprintf(life, "rotating/%s", FILES[i]));
    admin_does("DELETE FROM mingda.seal_trouble");
    pid_t pid = start_signer("rotating", NULL, "rotating.log");
    assert_true(says_soon("rotating.log", "seal_certificate_ends_soon"));
    assert_true(log_says("rotating.log", "no restart is needed"));
    long seen = admin_counts("SELECT count(*) FROM mingda.seal_certificate");
    assert_int_equal(
        admin_counts("SELECT count(*) FROM (SELECT until FROM mingda.seal_certificate ORDER BY since DESC"
                     " LIMIT 1) c WHERE until BETWEEN now() + '8 days' AND now() + '10 days'"),
        1);
    put_letters(1);
    assert_true(sealed_within(before + 1, 60));
    for (size_t i = 0; i < 3; i++)
        copy_file(talloc_asprintf(life, "p256/%s", FILES[i]), talloc_asprintf(life, "rotating/%s", FILES[i]));
    put_letters(1);
    assert_true(sealed_within(before + 2, 60));
    expect_clean_stop(pid);
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.seal_certificate"), seen + 1);
    expect_valid_by("ending", "p256",
                    admin_counts("SELECT count(*) FROM mingda.sealed WHERE certificate IN (SELECT sha256"
                                 " FROM mingda.seal_certificate ORDER BY since DESC LIMIT 2)"));
    /* the other tests know the roots of p256 and rsa alone */
    admin_does("ALTER TABLE mingda.sealed DISABLE TRIGGER append_only");
    admin_does("DELETE FROM mingda.sealed WHERE certificate = (SELECT sha256 FROM mingda.seal_certificate "
               "ORDER BY since"
               " DESC OFFSET 1 LIMIT 1)");
    admin_does("ALTER TABLE mingda.sealed ENABLE TRIGGER append_only");
    admin_does(
        "UPDATE mingda.letter l SET approved_seq = NULL WHERE NOT EXISTS (SELECT FROM mingda.sealed s WHERE"
        " s.dossier_id = l.dossier_id AND s.agency_id = l.agency_id)");
}

/* ---- a key in a token ---- */

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
    assert_true(says_soon("pin.log", "put the right PIN in the file that sign.pin names"));
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
    assert_true(says_soon("pulled.log", "put the token back"));
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
    bool said = says_soon(log, advice);
    assert_true(waits_because(code, 1));
    expect_clean_stop(pid);
    if (!said)
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

/* The seal lasts until the authority's certificate ends; a longer one of the same authority is put beside it.
 */
static void another_chain_of_the_same_certificate_is_told(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const int64_t now = (int64_t)time(NULL), day = 86400;
    long before = sealed_count(), seen = admin_counts("SELECT count(*) FROM mingda.seal_certificate");
    struct sample_wish above = {.kind = "p256",
                                .organization = "演示认证机构",
                                .name = "演示根证书",
                                .from = now - day,
                                .until = now + 100 * day,
                                .usage = "critical,keyCertSign",
                                .authority = true};
    const struct sample_wish wish = {.kind = "p256",
                                     .organization = "市局",
                                     .name = "市局",
                                     .from = now - day,
                                     .until = now + 300 * day,
                                     .usage = "critical,digitalSignature"};
    struct sample_person shorter = sample_person(above, NULL), seal = sample_person(wish, &shorter);
    mkdir(talloc_asprintf(life, "%s/chained", getenv("SEAL_FOLDER")), 0700);
    write_pem("chained/seal.crt", seal.certificate, NULL);
    write_pem("chained/authority.crt", shorter.certificate, NULL);
    write_pem("chained/seal.key", NULL, seal.key);
    ASN1_TIME_set(X509_getm_notAfter(shorter.certificate), (time_t)(now + 200 * day));
    sample_sign(shorter.certificate, shorter.key);
    write_pem("chained/longer.crt", shorter.certificate, NULL);
    pid_t pid = start_signer("chained", NULL, "chained.log");
    put_letters(2);
    assert_true(sealed_within(before + 2, 60));
    copy_file("chained/longer.crt", "chained/authority.crt");
    put_letters(2);
    assert_true(sealed_within(before + 4, 60));
    expect_clean_stop(pid);
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.seal_certificate"), seen + 2);
    const char *each =
        "SELECT count(DISTINCT sha256) * 1000 + round(extract(epoch FROM max(until) - min(until)) / 86400)"
        " FROM (SELECT * FROM mingda.seal_certificate ORDER BY since DESC LIMIT 2) newest";
    assert_int_equal(admin_counts(each), 1100); /* one certificate, a hundred days between */
    sample_forget(&seal);
    sample_forget(&shorter);
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
        cmocka_unit_test(a_renewed_certificate_takes_over_without_a_restart),
        cmocka_unit_test(an_rsa_key_in_a_token_seals),
        cmocka_unit_test(a_p256_key_in_a_token_seals),
        cmocka_unit_test(a_wrong_pin_is_tried_once_and_the_letter_waits),
        cmocka_unit_test(a_token_that_was_pulled_out_seals_when_it_is_back),
        cmocka_unit_test(an_address_that_fits_no_key_is_told),
        cmocka_unit_test(when_the_disk_is_full_it_waits_and_seals_each_once),
        cmocka_unit_test(another_chain_of_the_same_certificate_is_told),
        cmocka_unit_test(without_a_database_it_waits),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
