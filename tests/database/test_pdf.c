/* mingda pdf, run as a process of its own against a database: sealed letters get a copy to read, whatever
 * LibreOffice does with one of them, and whether or not it is there at all. */
#include "sign_play.h"

static const char *in_folder(TALLOC_CTX *life, const char *name)
{
    const char *path = talloc_asprintf(life, "%s/%s", getenv("SEAL_FOLDER"), name);
    assert_non_null(path);
    return path;
}

static struct seal_file file_named(TALLOC_CTX *life, const char *name)
{
    enum { MOST = 1 << 20 };
    scoped_file FILE *in = fopen(in_folder(life, name), "r");
    assert_non_null(in);
    uint8_t *bytes = talloc_array(life, uint8_t, MOST);
    size_t n = fread(bytes, 1, MOST, in);
    assert_true(n > 0 && n < MOST);
    return (struct seal_file){bytes, n};
}

/* A letter rendered from "good" or "bad", approved and then sealed by the signer. */
static int64_t seal_letter(const char *which)
{
    SCOPED_LIFE(life);
    long before = sealed_count();
    int64_t dossier = put_letter(1, file_named(life, talloc_asprintf(life, "%s.odt", which)),
                                 file_named(life, talloc_asprintf(life, "%s.docx", which)), true);
    pid_t pid = start_signer("p256", NULL, "sign.log");
    assert_true(sealed_within(before + 1, 60));
    expect_clean_stop(pid);
    return dossier;
}

static pid_t start_copier(const char *soffice, const char *timeout, const char *log)
{
    SCOPED_LIFE(life);
    pid_t pid = fork();
    if (pid == 0) {
        int out = open(in_folder(life, log), O_WRONLY | O_CREAT | O_APPEND, 0600);
        setenv("MINGDA_PDF_SOFFICE", soffice, 1);
        setenv("MINGDA_PDF_TIMEOUT", timeout, 1);
        setenv("MINGDA_PDF_TRIES", "2", 1);
        setenv("MINGDA_PDF_INTERVAL", "1", 1);
        dup2(out, 1);
        dup2(out, 2);
        execl(getenv("MINGDA"), "mingda", "pdf", (char *)NULL);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

static bool comes_true(const char *sql, long wanted, int seconds)
{
    for (int i = 0; i < seconds * 20 && admin_counts(sql) != wanted; i++)
        pause_ms(50);
    return admin_counts(sql) == wanted;
}

static long copies_of(int64_t dossier)
{
    SCOPED_LIFE(life);
    return admin_counts(talloc_asprintf(life, "SELECT count(*) FROM mingda.pdf_copy WHERE dossier_id = %lld",
                                        (long long)dossier));
}

static bool copied_within(int64_t dossier, int seconds)
{
    for (int i = 0; i < seconds * 20 && !copies_of(dossier); i++)
        pause_ms(50);
    return copies_of(dossier) == 1;
}

/* Nothing of a letter stays on the disk. */
static void expect_no_traces(void)
{
    SCOPED_LIFE(life);
    assert_int_equal(rmdir(in_folder(life, "tmp")), 0);
    assert_int_equal(mkdir(in_folder(life, "tmp"), 0700), 0);
}

static void save_copy(int64_t dossier, const char *to)
{
    SCOPED_LIFE(life);
    PGresult *r = PQexecParams(
        admin,
        talloc_asprintf(life,
                        "SELECT c.bytes FROM mingda.pdf_copy c JOIN mingda.sealed s USING (agency_id,"
                        " dossier_id, child, odt_sha256) WHERE dossier_id = %lld AND length(bytes) > 5000",
                        (long long)dossier),
        0, NULL, NULL, NULL, NULL, 1);
    assert_int_equal(PQntuples(r), 1);
    scoped_file FILE *out = fopen(in_folder(life, to), "w");
    assert_non_null(out);
    assert_int_equal(fwrite(PQgetvalue(r, 0, 0), 1, (size_t)PQgetlength(r, 0, 0), out), PQgetlength(r, 0, 0));
    PQclear(r);
}

static bool text_of_pdf_has(const char *name, const char *words)
{
    SCOPED_LIFE(life);
    char line[4000];
    bool found = false;
    FILE *in = popen(talloc_asprintf(life, "pdftotext -raw %s -", in_folder(life, name)), "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in))
        found = found || strstr(line, words);
    assert_int_equal(pclose(in), 0);
    return found;
}

/* ---- tests ---- */

static void without_libreoffice_it_says_so_and_waits(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    int64_t dossier = seal_letter("good");
    const char *soffice = in_folder(life, "late/soffice");
    pid_t pid = start_copier(soffice, "120", "late.log");
    assert_true(says_soon("late.log", "LibreOffice is not installed"));
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.pdf_wanted WHERE tries = 0"), 1);
    assert_int_equal(copies_of(dossier), 0);
    assert_int_equal(symlink(getenv("REAL_SOFFICE"), soffice), 0); /* installed while it runs */
    assert_true(copied_within(dossier, 120));
    assert_true(says_soon("late.log", "well_again"));
    expect_clean_stop(pid);
    assert_false(log_says("late.log", " error "));
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.pdf_wanted"), 0);
    save_copy(dossier, "good.pdf");
    assert_true(text_of_pdf_has("good.pdf", "〔2026〕12"));
    assert_true(text_of_pdf_has("good.pdf", "20260302-0017"));
    assert_false(text_of_pdf_has("good.pdf", "20260302-6666"));
    expect_no_traces();
}

/* Has the process ended, reaped by whoever inherited it or not? */
static bool has_ended(long pid)
{
    SCOPED_LIFE(life);
    char line[400] = "";
    scoped_file FILE *in = fopen(talloc_asprintf(life, "/proc/%ld/stat", pid), "r");
    return !in || !fgets(line, sizeof line, in) || strstr(line, ") Z ");
}

static bool soon_ended(long pid)
{
    for (int i = 0; i < 400 && !has_ended(pid); i++)
        pause_ms(50);
    return has_ended(pid);
}

static void one_that_hangs_is_killed_and_tried_a_bounded_number_of_times(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    write_file("mode", "hangs");
    int64_t bad = seal_letter("bad");
    pid_t pid = start_copier(in_folder(life, "hostile/soffice"), "2", "hangs.log");
    assert_true(
        comes_true("SELECT count(*) FROM mingda.pdf_wanted WHERE tries = 1 AND problem = 'PDF_TIMEOUT' AND"
                   " not_before > now() + '30 seconds'",
                   1, 60));
    int64_t good = seal_letter("good"); /* the others go on */
    assert_true(copied_within(good, 60));
    long leader = 0, child = 0;
    scoped_file FILE *hung = fopen(in_folder(life, "hung"), "r");
    assert_non_null(hung);
    assert_int_equal(fscanf(hung, "%ld %ld", &leader, &child), 2);
    assert_true(soon_ended(leader) && soon_ended(child));
    admin_does("UPDATE mingda.pdf_wanted SET not_before = now()"); /* its time has come again */
    assert_true(comes_true("SELECT coalesce(max(tries), 0) FROM mingda.pdf_wanted WHERE problem = "
                           "'PDF_TIMEOUT' AND tries = 2 AND"
                           " not_before > now() + '90 seconds'",
                           2, 60));
    admin_does("UPDATE mingda.pdf_wanted SET not_before = now()"); /* and would again: but it is given up */
    assert_true(copied_within(seal_letter("good"), 60));
    expect_clean_stop(pid);
    assert_int_equal(admin_counts("SELECT tries FROM mingda.pdf_wanted"), 2);
    assert_int_equal(copies_of(bad), 0);
    assert_false(log_says("hangs.log", " error "));
    expect_no_traces();
}

static bool file_has(const char *name, const char *word)
{
    return log_says(name, word);
}

static void what_is_no_pdf_is_not_taken(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const struct {
        const char *mode, *code;
    } CASES[] = {{"nothing", "PDF_FAILED"}, {"fails", "PDF_FAILED"},  {"text", "PDF_UNSOUND"},
                 {"cut", "PDF_UNSOUND"},    {"large", "PDF_UNSOUND"}, {"endless", "PDF_FAILED"},
                 {"link", "PDF_FAILED"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        write_file("mode", CASES[i].mode);
        admin_does("UPDATE mingda.pdf_wanted SET not_before = now(), tries = 0, problem = NULL");
        pid_t pid = start_copier(in_folder(life, "hostile/soffice"), "60", "lies.log");
        assert_true(comes_true("SELECT count(*) FROM mingda.pdf_wanted WHERE problem IS NOT NULL", 1, 90));
        expect_clean_stop(pid);
        assert_int_equal(
            admin_counts(talloc_asprintf(life,
                                         "SELECT count(*) FROM mingda.pdf_wanted WHERE tries = 1 AND"
                                         " problem = '%s'",
                                         CASES[i].code)),
            1);
        expect_no_traces();
    }
    assert_false(file_has("seen.env", "MINGDA"));
    assert_false(file_has("seen.env", "PGHOST"));
    assert_true(file_has("seen.env", "HOME="));
    assert_false(file_has("seen.fd", "socket"));
}

static void asked_to_stop_it_stops_and_blames_no_letter(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    write_file("mode", "hangs");
    unlink(in_folder(life, "hung"));
    admin_does("UPDATE mingda.pdf_wanted SET not_before = now(), tries = 0, problem = NULL");
    pid_t pid = start_copier(in_folder(life, "hostile/soffice"), "600", "asked.log");
    for (int i = 0; i < 1200 && access(in_folder(life, "hung"), F_OK); i++)
        pause_ms(50);
    expect_clean_stop(pid);
    assert_true(log_says("asked.log", "pdf_stopped"));
    assert_int_equal(
        admin_counts("SELECT count(*) FROM mingda.pdf_wanted WHERE tries = 0 AND problem = 'PDF_STOPPED'"),
        1);
    expect_no_traces();
}

static void turned_off_it_does_nothing(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    setenv("MINGDA_PDF_MAKE", "no", 1);
    pid_t pid = start_copier(in_folder(life, "hostile/soffice"), "60", "off.log");
    unsetenv("MINGDA_PDF_MAKE");
    assert_int_equal(end_of(pid), 0);
    assert_true(log_says("off.log", "pdf_copies_are_off"));
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.pdf_wanted WHERE tries = 0"), 1);
}

static void its_role_may_take_letters_and_give_copies_and_nothing_else(void **state)
{
    (void)state;
    assert_int_equal(
        admin_counts(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'mingda'::regnamespace AND relkind IN ('r',"
            " 'p', 'v', 'm') AND (has_table_privilege('mingda_pdf', oid, 'SELECT, INSERT, UPDATE, DELETE,"
            " TRUNCATE, REFERENCES, TRIGGER') OR has_any_column_privilege('mingda_pdf', oid, 'SELECT,"
            " INSERT, UPDATE, REFERENCES'))"),
        0);
    assert_int_equal(
        admin_counts(
            "SELECT count(*) FROM pg_proc WHERE pronamespace = 'mingda'::regnamespace AND prosecdef AND"
            " prorettype <> 'trigger'::regtype AND has_function_privilege('mingda_pdf', oid, 'EXECUTE') AND"
            " proname NOT IN ('pdf_take', 'pdf_put', 'pdf_failed')"),
        0);
    SCOPED_LIFE(life);
    PGconn *pdf = PQconnectdb(talloc_asprintf(life, "%s user=mingda_pdf", getenv("CONNINFO")));
    /* not taken; and taken, but made from another ODT */
    static const char *const REFUSED[] = {
        "SELECT mingda.pdf_put(agency_id, dossier_id, child, odt_sha256, repeat('%PDF-', 50)::bytea) FROM"
        " mingda.pdf_take(60, 0)",
        "SELECT mingda.pdf_put(agency_id, dossier_id, child, sha256('x'), repeat('%PDF-', 50)::bytea) FROM"
        " mingda.pdf_take(60, 99)"};
    admin_does("UPDATE mingda.pdf_wanted SET not_before = now()");
    long before = admin_counts("SELECT count(*) FROM mingda.pdf_copy");
    for (size_t i = 0; i < 2; i++) {
        PGresult *r = PQexec(pdf, REFUSED[i]);
        assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
        assert_int_equal(PQntuples(r), i); /* none is taken with no tries; the second says false */
        assert_true(i == 0 || strcmp(PQgetvalue(r, 0, 0), "f") == 0);
        PQclear(r);
    }
    PQfinish(pdf);
    assert_int_equal(admin_counts("SELECT count(*) FROM mingda.pdf_copy"), before);
    PGresult *r = PQexec(admin, "UPDATE mingda.pdf_copy SET bytes = bytes");
    assert_int_equal(PQresultStatus(r), PGRES_FATAL_ERROR); /* append-only, even for who administers */
    PQclear(r);
}

static void other_agencies_do_not_see_it(void **state)
{
    (void)state;
    for (int agency = 1; agency <= 2; agency++) {
        SCOPED_LIFE(life);
        PGconn *web = PQconnectdb(talloc_asprintf(life, "%s user=mingda_web", getenv("CONNINFO")));
        PQclear(PQexec(web, talloc_asprintf(life, "SET mingda.agency = '%d'", agency)));
        PGresult *r = PQexec(web, "SELECT count(*) FROM mingda.pdf_copy");
        assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
        assert_int_equal(strcmp(PQgetvalue(r, 0, 0), "0") == 0, agency == 2);
        PQclear(r);
        PQfinish(web);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_libreoffice_it_says_so_and_waits),
        cmocka_unit_test(one_that_hangs_is_killed_and_tried_a_bounded_number_of_times),
        cmocka_unit_test(what_is_no_pdf_is_not_taken),
        cmocka_unit_test(asked_to_stop_it_stops_and_blames_no_letter),
        cmocka_unit_test(turned_off_it_does_nothing),
        cmocka_unit_test(its_role_may_take_letters_and_give_copies_and_nothing_else),
        cmocka_unit_test(other_agencies_do_not_see_it),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
