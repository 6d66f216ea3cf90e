/* The services of the office on a real database: what an application leaves behind, what nothing may leave
 * behind, and what happens when two act at once, when the same form comes twice, and when something breaks.
 */
#include "office_play.h"
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- an application ---- */

static void an_application_becomes_facts_texts_and_heads(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    struct receipt receipt = {0};
    char due[CIVIL_TEXT];
    must(apply_as(db, APPLICANT_NAME, facts_submission_id(life), &receipt, life));
    civil_format(receipt.due, due);
    assert_string_equal(due, "2026-03-30");
    assert_int_equal(strlen(receipt.code), 10);
    struct dossier *d = dossier_of(db, receipt.ref, life);
    assert_int_equal(d->count, 1);
    assert_string_equal(d->facts[0].kind, "received");
    json_t *applicant = NULL, *request = NULL;
    must(dossier_applicant(db, d, &applicant, life));
    must(dossier_request(db, d, &request, life));
    assert_string_equal(json_text(applicant, "name"), APPLICANT_NAME);
    assert_string_equal(json_string_value(json_array_get(request, 0)), REQUEST_TEXT);
    assert_string_equal(
        ask(life, "SELECT due || ' ' || state || ' ' || items FROM mingda.dossier WHERE ref = '%s'", d->ref),
        "2026-03-30 registering 2");
    assert_string_equal(ask(life, "SELECT on_day FROM mingda.wake WHERE dossier_id = %lld", (long long)d->id),
                        "2026-03-31");
    struct found found;
    must(office_track(db, PLAY.office, d->ref, receipt.code, &found, life));
    assert_true(found.dossier == d->id);
    all_is_whole("2026-03-02");
}

/* Through all tables of the schema, as text and as the bytes of the text. */
static void no_name_stands_in_the_database_in_plain_text(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char *const SECRETS[] = {APPLICANT_NAME, APPLICANT_NUMBER, REQUEST_TEXT,
                                          "检索于密集架第七排", "不想再等"};
    struct db *db = web_on(life, "2026-03-02");
    const char *ref = apply_now(db, life);
    does(db, ref, "shouli", "clerk", "registered", NULL, NULL, NULL, 0);
    does(db, ref, "shouli", "clerk", "assigned", NULL,
         talloc_asprintf(life, "{'handler':'%lld'}", (long long)person_of("chengban")));
    does(db, ref, "chengban", "handler", "search-recorded", NULL,
         "{'result':'found','where':'检索于密集架第七排','keywords':'演练'}");
    does(db, ref, NULL, "applicant", "withdrawn", NULL, "{'reason':'不想再等'}");
    ask(life,
        "CREATE OR REPLACE FUNCTION pg_temp.tables_with(secret text) RETURNS bigint LANGUAGE plpgsql AS $$"
        " DECLARE t text; n bigint; total bigint := 0;"
        " BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'mingda' LOOP"
        "  EXECUTE format('SELECT count(*) FROM mingda.%%I t WHERE strpos(t::text, $1) > 0 OR "
        "strpos(t::text, $2) > 0', t)"
        "   INTO n USING secret, encode(convert_to(secret, 'UTF8'), 'hex'); total := total + n;"
        " END LOOP; RETURN total; END $$");
    for (size_t i = 0; i < COUNT(SECRETS); i++)
        assert_string_equal(ask(life, "SELECT pg_temp.tables_with('%s')", SECRETS[i]), "0");
    assert_string_not_equal(ask(life, "SELECT pg_temp.tables_with('search-recorded')"),
                            "0"); /* the search can find */
    assert_true(counted("private WHERE kind = 'where'") > 0);
}

static void a_body_is_canonical_json(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    PGresult *r = PQexec(PLAY.admin, "SELECT convert_from(body, 'UTF8') FROM mingda.fact");
    assert_true(PQntuples(r) > 5);
    for (int i = 0; i < PQntuples(r); i++) {
        const char *body = PQgetvalue(r, i, 0), *again = NULL;
        json_t *json = NULL;
        must(json_read(life, "body", body, strlen(body), &json));
        must(json_canonical(life, json, &again, NULL));
        assert_string_equal(body, again);
    }
    PQclear(r);
}

/* ---- twice ---- */

static void the_same_form_twice_gives_the_same_receipt(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    struct receipt first = {0}, second = {0}, third = {0};
    const char *submission = facts_submission_id(life);
    long before = counted("dossier_number");
    must(apply_as(db, APPLICANT_NAME, submission, &first, life));
    must(apply_as(db, APPLICANT_NAME, submission, &second, life));
    assert_string_equal(first.ref, second.ref);
    assert_string_equal(first.code, second.code);
    assert_int_equal(civil_compare(first.due, second.due), 0);
    assert_int_equal(first.items, second.items);
    must_fail(apply_as(db, "另一个人", submission, &third, life), "SUBMISSION_TAKEN");
    assert_null(third.code);
    assert_int_equal(counted("dossier_number"), before + 1);
    assert_int_equal(facts_of(first.ref, "%"), 1);
}

struct click {
    const char *submission;
    int out;
};

static int click(int number, void *arg)
{
    const struct click *c = arg;
    SCOPED_LIFE(life);
    struct receipt receipt = {0};
    (void)number;
    if (apply_as(web_on(life, "2026-03-02"), APPLICANT_NAME, c->submission, &receipt, life))
        return 1;
    char line[100];
    int n = snprintf(line, sizeof line, "%s %s\n", receipt.ref, receipt.code);
    return write(c->out, line, (size_t)n) == n ? 0 : 1;
}

/* A double click reaches two workers at once: the second one said that the submission was taken, and the
 * applicant never saw number and code. */
static void a_double_click_gives_one_application_and_its_receipt_each_time(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    int pipes[2], held = 0;
    char lines[1000] = "";
    long before = counted("dossier_number");
    assert_int_equal(pipe(pipes), 0);
    struct click c = {facts_submission_id(life), pipes[1]};
    at_once(4, click, &c, &held);
    close(pipes[1]);
    ssize_t n = read(pipes[0], lines, sizeof lines - 1);
    close(pipes[0]);
    assert_int_equal(held, 4);
    assert_int_equal(n % 4, 0);
    for (ssize_t i = n / 4; i < n; i++)
        assert_int_equal(lines[i], lines[i - n / 4]);
    assert_int_equal(counted("dossier_number"), before + 1);
    all_is_whole("2026-03-02");
}

static void the_same_event_twice_is_one_fact(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    const char *ref = apply_now(db, life);
    struct raised first, second;
    struct doing once = {"shouli", "clerk", "registered", .submission = facts_submission_id(life), .seq = 1};
    must(raise_as(db, ref, once, &first, life));
    must(raise_as(db, ref, once, &second, life));
    assert_false(first.again);
    assert_true(second.again);
    assert_int_equal(facts_of(ref, "registered"), 1);
}

/* A program that does not say what it saw was told that the rules refuse what it had just done. */
static void the_same_event_twice_is_no_refusal_without_a_number(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    const char *ref = apply_now(db, life);
    struct raised out;
    struct doing once = {"shouli", "clerk", "registered", .submission = facts_submission_id(life)};
    must(raise_as(db, ref, once, &out, life));
    must(raise_as(db, ref, once, &out, life));
    assert_true(out.again);
    once.submission = facts_submission_id(life);
    const struct fault *f = raise_as(db, ref, once, &out, life);
    assert_non_null(f);
    assert_int_equal(f->kind, FAULT_REFUSED);
}

/* ---- two at once ---- */

struct race {
    const char *ref;
    int32_t seq;
};

static int register_it(int number, void *arg)
{
    const struct race *r = arg;
    SCOPED_LIFE(life);
    (void)number;
    const struct doing d = {NULL, "clerk", "registered", .seq = r->seq};
    const struct fault *f = raise_as(web_on(life, "2026-03-02"), r->ref, d, NULL, life);
    return !f ? 0 : f->kind == FAULT_STALE ? 1 : 2;
}

static void two_officers_on_the_same_seq_and_one_wins(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    for (int round = 0; round < 5; round++) {
        struct race r = {apply_now(db, life), 1};
        int won = 0;
        at_once(4, register_it, &r, &won);
        assert_int_equal(won, 1);
        assert_int_equal(facts_of(r.ref, "registered"), 1);
        const struct doing late = {"shouli", "clerk", "assigned", .data = "{'handler':'1'}", .seq = 1};
        const struct fault *f = raise_as(db, r.ref, late, NULL, life);
        must_fail(f, "DOSSIER_MOVED");
        assert_int_equal(f->kind, FAULT_STALE);
        assert_int_equal(register_it(0, &r), 1);
    }
    all_is_whole("2026-03-02");
}

static int consult(int number, void *arg)
{
    const struct race *r = arg;
    SCOPED_LIFE(life);
    (void)number;
    const struct doing d = {NULL, "handler", "consultation-sent",
                            .data = "{'to':'third-party','about':'是否同意公开'}"};
    const struct fault *f = raise_as(web_on(life, "2026-03-03"), r->ref, d, NULL, life);
    if (f)
        fprintf(stderr, "%s\n", fault_text(life, f));
    return f != NULL;
}

/* To handling: registered, assigned, searched. */
static const char *handled(struct db *db, TALLOC_CTX *life)
{
    const char *ref = apply_now(db, life);
    does(db, ref, "shouli", "clerk", "registered");
    does(db, ref, "shouli", "clerk", "assigned",
         .data = talloc_asprintf(life, "{'handler':'%lld'}", (long long)person_of("chengban")));
    does(db, ref, "chengban", "handler", "search-recorded",
         .data = "{'result':'found','where':'档案室','keywords':'演练'}");
    return ref;
}

/* Nobody said what they had seen: both are right, one after the other, under different names. */
static void units_that_meet_run_again(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    for (int round = 0; round < 4; round++) {
        struct race r = {handled(db, life), 0};
        int done = 0;
        at_once(3, consult, &r, &done);
        assert_int_equal(done, 3);
        assert_int_equal(facts_of(r.ref, "consultation-sent"), 3);
        assert_string_equal(ask(life,
                                "SELECT string_agg(f.child, ' ' ORDER BY f.seq) FROM mingda.fact f JOIN "
                                "mingda.dossier_number n"
                                " USING (dossier_id) WHERE n.ref = '%s' AND f.kind = 'consultation-sent'",
                                r.ref),
                            "t1 t2 t3");
    }
    all_is_whole("2026-03-03");
}

static int consult_often(int number, void *arg)
{
    int failed = 0;
    for (int i = 0; i < 25; i++)
        failed += consult(number, arg);
    return failed != 0;
}

static int refresh_often(void *arg)
{
    const volatile sig_atomic_t *over = arg;
    SCOPED_LIFE(life);
    struct db *db = db_on(life, "clock", "2026-03-03");
    size_t all = 0;
    while (!*over) {
        SCOPED_LIFE(scratch);
        size_t count = 0;
        must(office_refresh(db, PLAY.office, 1, &count, scratch));
        ask(scratch, "UPDATE mingda.dossier SET due_as_of = '2026-03-02' WHERE due_as_of IS NOT NULL");
        all += count;
    }
    must(office_refresh(db, PLAY.office, 1, &all, life));
    return (int)all;
}

static volatile sig_atomic_t child_is_over;
static void on_child(int signal)
{
    (void)signal;
    child_is_over = 1;
}

/* The clock read the facts, an officer filed another one, and the clock wrote heads that did not know it. */
static void a_refresh_does_not_undo_what_came_meanwhile(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct race r = {handled(web_on(life, "2026-03-02"), life), 0};
    assert_int_equal(consult(0, &r), 0); /* now its due date floats */
    child_is_over = 0;
    signal(SIGCHLD, on_child);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(consult_often(0, &r));
    assert_true(refresh_often((void *)(uintptr_t)&child_is_over) > 3);
    signal(SIGCHLD, SIG_DFL);
    int status = 1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(facts_of(r.ref, "consultation-sent"), 26);
    all_is_whole("2026-03-03");
}

/* ---- refused: nothing stays ---- */

static const char *all_counts(TALLOC_CTX *life)
{
    static const char *const TABLES[] = {
        "fact",  "unsequenced", "submission",     "private",     "blob",           "child", "letter",
        "clock", "wake",        "dossier_number", "dossier_key", "applicant_hash", "outbox"};
    char *all = talloc_strdup(life, "");
    for (size_t i = 0; i < COUNT(TABLES); i++)
        all = talloc_asprintf_append(all, "%s %ld\n", TABLES[i], counted(TABLES[i]));
    return all;
}

static void what_is_refused_leaves_nothing(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    const char *ref = handled(db, life);
    static const struct {
        struct doing d;
        enum fault_kind kind;
    } TRIES[] = {
        {{"shouli", "clerk", "withdrawn", .data = "{'reason':'r','unknown':'x'}"}, FAULT_INPUT},
        {{"chuzhang", "division-head", "extension-granted",
          .data = "{'workdays':21,'reason':'多需要一些时间'}"},
         FAULT_INPUT},
        {{"chengban", "clerk", "extension-granted", .data = "{'workdays':5,'reason':'r'}"}, FAULT_FORBIDDEN},
        {{"chengban", "handler", "outcome-proposed", "i1", "{'outcome':'OPEN_PROVIDE','reason':'可以公开'}"},
         FAULT_REFUSED},
        {{"chengban", "handler", "secrecy-proposed",
          .data = "{'item':'i9','level':'release','basis':'无密'}"},
         FAULT_REFUSED},
        {{"chengban", "handler", "drafted", .data = "{'template':'R02','place':'窗口','time':'工作日'}"},
         FAULT_REFUSED},
        {{"chengban", "handler", "drafted", .data = "{'template':'R99'}"}, FAULT_INPUT},
        {{"lingdao", "leader", "approved", "L1", "{'odt':'00','docx':'00'}"}, FAULT_STALE},
        {{"chengban", "handler", "consultation-answered", "t7", "{'answer':'agrees'}"}, FAULT_REFUSED},
        {{"shouli", "clerk", "correction-notified", .data = "{'reply-by':'2026-02-30','what':'请写明'}"},
         FAULT_INPUT},
        {{"shouli", "clerk", "no-such-event"}, FAULT_ABSENT},
    };
    const char *before = all_counts(life);
    for (size_t i = 0; i < COUNT(TRIES); i++) {
        struct doing d = TRIES[i].d;
        d.submission = facts_submission_id(life);
        const struct fault *f = raise_as(db, ref, d, NULL, life);
        if (!f || f->kind != TRIES[i].kind)
            fail_msg("%zu %s: %s", i, d.kind, f ? fault_text(life, f) : "accepted");
        if (f->kind == FAULT_REFUSED)
            assert_true(f->refusal && strlen(f->refusal->zh) > 6 && strlen(f->refusal->en) > 6);
        assert_string_equal(all_counts(life), before);
    }
    all_is_whole("2026-03-02");
}

/* ---- letters ---- */

static const char *hex_of_blob(TALLOC_CTX *life, const char *hex)
{
    return ask(life, "SELECT encode(sha256(bytes), 'hex') FROM mingda.blob WHERE sha256 = '\\x%s'", hex);
}

static void a_receipt_is_drafted_and_approved_by_rule(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    const char *ref = apply_now(db, life);
    does(db, ref, "shouli", "clerk", "registered");
    struct dossier *d = dossier_of(db, ref, life);
    const struct fact *draft = standing_fact(d->standing, "drafted", "L1");
    assert_non_null(draft);
    assert_string_equal(fact_text(draft, "template"), "D01");
    assert_string_equal(hex_of_blob(life, fact_text(draft, "odt")), fact_text(draft, "odt"));
    assert_string_equal(hex_of_blob(life, fact_text(draft, "docx")), fact_text(draft, "docx"));
    assert_true(standing_is(d->standing, "L1", STATE_APPROVED));
    const uint8_t *html = NULL;
    size_t length = 0;
    must(office_preview(db, PLAY.office, d, "L1", &html, &length, life));
    assert_non_null(memmem(html, length, APPLICANT_NAME, strlen(APPLICANT_NAME)));
    assert_string_equal(ask(life,
                            "SELECT approved_seq IS NOT NULL AND sealed_seq IS NULL FROM mingda.letter WHERE "
                            "dossier_id = %lld",
                            (long long)d->id),
                        "t");
}

/* To a reply under review: L2. */
static const char *replied(struct db *db, TALLOC_CTX *life)
{
    const char *ref = handled(db, life);
    for (int i = 1; i <= 2; i++) {
        does(db, ref, "chengban", "handler", "secrecy-proposed",
             .data = talloc_asprintf(life, "{'item':'i%d','level':'release','basis':'无密'}", i));
        does(db, ref, "baomi", "secrecy", "secrecy-decided", talloc_asprintf(life, "s%d", i),
             "{'result':'release','opinion':'同意'}");
        does(db, ref, "chengban", "handler", "outcome-proposed", talloc_asprintf(life, "i%d", i),
             "{'outcome':'OPEN_PROVIDE','reason':'可以公开'}");
        does(db, ref, "chengban", "handler", "redaction-recorded", talloc_asprintf(life, "i%d", i),
             "{'redacted':'none-needed','metadata-removed':true}");
    }
    does(db, ref, "chengban", "handler", "drafted",
         .data = "{'template':'R02','place':'一楼窗口','time':'工作日9时'}");
    return ref;
}

static const struct fault *approve_with(struct db *db, const char *ref, const char *odt, const char *docx,
                                        TALLOC_CTX *life)
{
    const char *data = talloc_asprintf(life, "{'odt':'%s','docx':'%s'}", odt, docx);
    return raise_as(db, ref, (struct doing){"lingdao", "leader", "approved", "L2", data}, NULL, life);
}

static void only_the_letter_that_was_read_is_approved(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-03");
    const char *ref = replied(db, life);
    const struct fact *read = standing_fact(dossier_of(db, ref, life)->standing, "drafted", "L2");
    does(db, ref, "fagui", "legal", "review-returned", "L2", "{'opinion':'请写明窗口的位置'}");
    does(db, ref, "chengban", "handler", "drafted", "L2",
         "{'template':'R02','place':'一楼二号窗口','time':'工作日9时'}");
    does(db, ref, "fagui", "legal", "review-passed", "L2", "{'opinion':'同意'}");
    const struct fact *now = standing_fact(dossier_of(db, ref, life)->standing, "drafted", "L2");
    assert_string_not_equal(fact_text(read, "odt"), fact_text(now, "odt"));
    must_fail(approve_with(db, ref, fact_text(read, "odt"), fact_text(read, "docx"), life), "LETTER_CHANGED");
    must_fail(approve_with(db, ref, fact_text(now, "odt"), fact_text(read, "docx"), life), "LETTER_CHANGED");
    must(approve_with(db, ref, fact_text(now, "odt"), fact_text(now, "docx"), life));
    assert_string_equal(
        ask(life,
            "SELECT encode(l.odt, 'hex') FROM mingda.letter l JOIN mingda.dossier_number n USING (dossier_id)"
            " WHERE n.ref = '%s' AND l.child = 'L2'",
            ref),
        fact_text(now, "odt"));
    all_is_whole("2026-03-03");
}

/* ---- the clock ---- */

static size_t wake_on(const char *day)
{
    SCOPED_LIFE(life);
    size_t count = 0;
    must(office_wake(db_on(life, "clock", day), PLAY.office, 1, &count, life));
    return count;
}

static void the_end_of_a_period_is_told_once_on_its_day(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *ref = apply_now(web_on(life, "2026-03-02"), life);
    wake_on("2026-03-30");
    assert_int_equal(facts_of(ref, "overdue"), 0);
    wake_on("2026-04-02"); /* the clock was away for two days: the fact bears the day on which it was so */
    assert_int_equal(facts_of(ref, "overdue"), 1);
    wake_on("2026-04-03");
    assert_int_equal(facts_of(ref, "overdue"), 1);
    assert_string_equal(ask(life,
                            "SELECT f.on_day || ' ' || f.recorded FROM mingda.fact f JOIN "
                            "mingda.dossier_number n USING (dossier_id)"
                            " WHERE n.ref = '%s' AND f.kind = 'overdue'",
                            ref),
                        "2026-03-31 2026-04-02");
    all_is_whole("2026-04-03");
}

static void nothing_rests_on_a_provisional_date(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct receipt receipt = {0};
    must(apply_as(web_on(life, "2026-12-15"), APPLICANT_NAME, facts_submission_id(life), &receipt, life));
    assert_true(receipt.due_provisional);
    wake_on("2027-03-15");
    assert_int_equal(facts_of(receipt.ref, "%"), 1);
}

static void after_the_period_for_a_correction_it_is_abandoned(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-04");
    const char *ref = apply_now(db, life), *left = apply_now(db, life);
    does(db, ref, "shouli", "clerk", "registered");
    does(db, ref, "shouli", "clerk", "correction-notified",
         .data = "{'reply-by':'2026-03-18','what':'请写明文号'}");
    does(db, ref, "shouli", "clerk", "correction-delivered");
    does(db, left, NULL, "applicant", "withdrawn");
    wake_on("2026-03-18");
    assert_int_equal(facts_of(ref, "abandoned"), 0);
    wake_on("2026-03-19");
    assert_int_equal(facts_of(ref, "abandoned"), 1);
    assert_int_equal(facts_of(left, "abandoned") + facts_of(left, "overdue"), 0);
    assert_string_equal(
        ask(life,
            "SELECT string_agg(state || ' ' || closed, ', ' ORDER BY dossier_id) FROM mingda.dossier"
            " WHERE ref IN ('%s', '%s')",
            ref, left),
        "taken-as-abandoned 2026-03-19, withdrawn-by-applicant 2026-03-04");
    all_is_whole("2026-03-19");
}

static const char *due_of(TALLOC_CTX *life, const char *ref)
{
    return ask(life,
               "SELECT due || ' ' || coalesce(due_as_of::text, '-') FROM mingda.dossier WHERE ref = '%s'",
               ref);
}

static void a_floating_date_moves_with_the_day(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *ref = handled(web_on(life, "2026-03-02"), life),
               *still = apply_now(web_on(life, "2026-03-02"), life);
    struct race r = {ref, 0};
    size_t moved = 0;
    assert_int_equal(consult(0, &r),
                     0); /* sent on 3 March and not yet delivered: as if delivered on the day of asking */
    assert_string_equal(due_of(life, ref), "2026-04-21 2026-03-03");
    must(office_refresh(db_on(life, "clock", "2026-03-05"), PLAY.office, 1, &moved, life));
    assert_true(moved >= 1);
    assert_string_equal(due_of(life, ref), "2026-04-23 2026-03-05");
    assert_string_equal(due_of(life, still), "2026-03-30 -");
    must(office_refresh(db_on(life, "clock", "2026-03-05"), PLAY.office, 1, &moved, life));
    assert_int_equal(moved, 0);
    all_is_whole("2026-03-05");
}

/* Only somebody who owns the table can do this. */
static void begins_under(TALLOC_CTX *life, const char *ref, const char *edition)
{
    ask(life, "ALTER TABLE mingda.dossier_number DISABLE TRIGGER append_only");
    ask(life, "UPDATE mingda.dossier_number SET edition = '%s' WHERE ref = '%s'", edition, ref);
    ask(life, "ALTER TABLE mingda.dossier_number ENABLE TRIGGER append_only");
}

/* One dossier that cannot be read stopped the clock for all that came after it. */
static void a_broken_dossier_does_not_stop_the_clock_for_others(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-06-01");
    const char *broken = apply_now(db, life), *sound = apply_now(db, life);
    size_t count = 0;
    begins_under(life, broken, "no-such-edition");
    const struct fault *f = office_wake(db_on(life, "clock", "2026-07-10"), PLAY.office, 1, &count, life);
    must_fail(f, "EDITION_ABSENT");
    assert_non_null(strstr(fault_text(life, f), broken));
    assert_int_equal(facts_of(sound, "overdue"), 1);
    begins_under(life, broken, "cn-2019");
    wake_on("2026-07-10");
    assert_int_equal(facts_of(broken, "overdue"), 1);
    all_is_whole("2026-07-10");
}

/* ---- killed and cut off ---- */

static void pause_ms(long ms)
{
    const struct timespec span = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&span, NULL);
}

static pid_t start_clock(void)
{
    setenv("MINGDA_CLOCK_INTERVAL", "1", 1);
    pid_t pid = fork();
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(126);
        execl(getenv("MINGDA"), "mingda", "clock", (char *)NULL);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

/* Killed at growing moments, between and within its units, until every sealed letter is in its dossier. */
static void a_clock_that_is_killed_takes_each_sealed_letter_in_once(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-02-23");
    enum { LETTERS = 20, KILLS = 60 };
    int kills = 0;
    long before = counted("fact WHERE kind = 'sealed'");
    ask(life,
        "UPDATE mingda.letter SET approved_seq = NULL WHERE sealed_seq IS NULL"); /* those of other tests */
    for (int i = 0; i < LETTERS; i++)
        does(db, apply_now(db, life), "shouli", "clerk", "registered");
    ask(life,
        "INSERT INTO mingda.sealed (agency_id, dossier_id, child, odt, docx, odt_p7s, docx_p7s, certificate, "
        "journal)"
        " SELECT agency_id, dossier_id, child, '\\x01', '\\x02', '', '', sha256('c'), '{}' FROM mingda.letter"
        " WHERE approved_seq IS NOT NULL AND sealed_seq IS NULL");
    ask(life, "ALTER DATABASE mingda SET mingda.today = '2026-02-24'");
    for (long ms = 1020; counted("fact WHERE kind = 'sealed'") < before + LETTERS && kills < KILLS;
         ms += 60, kills++) {
        pid_t pid = start_clock();
        int status = 0;
        pause_ms(ms > 1800 ? 2500 : ms);
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
    }
    print_message("%d kills\n", kills);
    assert_int_equal(counted("fact WHERE kind = 'sealed'"), before + LETTERS);
    assert_int_equal(counted("(SELECT 1 FROM mingda.fact WHERE kind = 'sealed' GROUP BY dossier_id, child "
                             "HAVING count(*) > 1) twice"),
                     0);
}

enum { OFTEN = 100 };

static int apply_often(int out, volatile int *acknowledged)
{
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    for (int i = 0; i < OFTEN; i++) {
        SCOPED_LIFE(scratch);
        struct receipt receipt = {0};
        const struct fault *f = apply_as(db, APPLICANT_NAME, facts_submission_id(scratch), &receipt, scratch);
        if (f && f->kind != FAULT_AWAY)
            return 1;
        if (!f && dprintf(out, "%s\n", receipt.ref) < 0)
            return 2;
        *acknowledged += !f;
    }
    return 0;
}

/* Cuts at another moment each time, and lets at least one application through in between. */
static long cut_until_over(pid_t pid, const volatile int *acknowledged)
{
    long cuts = 0;
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        SCOPED_LIFE(scratch);
        int before = *acknowledged;
        cuts += strtol(ask(scratch, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                                    "usename = 'mingda_web'"),
                       NULL, 10);
        for (int i = 0; i < 2000 && *acknowledged == before; i++) {
            siginfo_t over = {0};
            if (waitid(P_PID, (id_t)pid, &over, WEXITED | WNOHANG | WNOWAIT) != 0 || over.si_pid == pid)
                break;
            pause_ms(1);
        }
        pause_ms(cuts % 17);
    }
    return status ? -1 : cuts;
}

/* Whoever was given a number finds the application; nobody finds half of one. */
static void a_connection_that_is_cut_leaves_all_or_nothing(void **state)
{
    (void)state;
    int pipes[2], found = 0;
    volatile int *acknowledged =
        mmap(NULL, sizeof *acknowledged, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(acknowledged != MAP_FAILED && pipe(pipes) == 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(apply_often(pipes[1], acknowledged));
    close(pipes[1]);
    long cuts = cut_until_over(pid, acknowledged);
    scoped_file FILE *in = fdopen(pipes[0], "r");
    char line[100];
    for (; fgets(line, sizeof line, in); found++) {
        line[strcspn(line, "\n")] = '\0';
        assert_int_equal(facts_of(line, "received"), 1);
    }
    print_message("%ld cuts, %d of %d acknowledged\n", cuts, found, OFTEN);
    assert_int_equal(found, *acknowledged);
    assert_true(cuts > 5 && found > 5 && found < OFTEN);
    munmap((void *)(uintptr_t)acknowledged, sizeof *acknowledged);
    all_is_whole("2026-03-02");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_application_becomes_facts_texts_and_heads),
        cmocka_unit_test(no_name_stands_in_the_database_in_plain_text),
        cmocka_unit_test(a_body_is_canonical_json),
        cmocka_unit_test(the_same_form_twice_gives_the_same_receipt),
        cmocka_unit_test(a_double_click_gives_one_application_and_its_receipt_each_time),
        cmocka_unit_test(the_same_event_twice_is_one_fact),
        cmocka_unit_test(the_same_event_twice_is_no_refusal_without_a_number),
        cmocka_unit_test(two_officers_on_the_same_seq_and_one_wins),
        cmocka_unit_test(units_that_meet_run_again),
        cmocka_unit_test(a_refresh_does_not_undo_what_came_meanwhile),
        cmocka_unit_test(what_is_refused_leaves_nothing),
        cmocka_unit_test(a_receipt_is_drafted_and_approved_by_rule),
        cmocka_unit_test(only_the_letter_that_was_read_is_approved),
        cmocka_unit_test(the_end_of_a_period_is_told_once_on_its_day),
        cmocka_unit_test(nothing_rests_on_a_provisional_date),
        cmocka_unit_test(after_the_period_for_a_correction_it_is_abandoned),
        cmocka_unit_test(a_floating_date_moves_with_the_day),
        cmocka_unit_test(a_broken_dossier_does_not_stop_the_clock_for_others),
        cmocka_unit_test(a_connection_that_is_cut_leaves_all_or_nothing),
        cmocka_unit_test(a_clock_that_is_killed_takes_each_sealed_letter_in_once),
    };
    return cmocka_run_group_tests(tests, play_open, play_close);
}
