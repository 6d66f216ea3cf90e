/* What people try who are in the office, and what goes wrong quietly: letters that are nobody's to draft,
 * children that are invented, days that are moved back, wakes that will never hold, rows that wait for ever.
 */
#include "office_play.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- letters that the house drafts by itself ---- */

/* A receipt is sealed without anybody's approval: it is nobody's to draft. Drafted by hand before the
 * registration it also kept the dossier from ever being registered, for the receipt is drafted once. */
static void a_letter_by_rule_is_nobodys_to_draft(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    const char *ref = apply_now(db, life);
    static const struct doing BY_HAND[] = {{"shouli", "clerk", "drafted", .data = "{'template':'D01'}"},
                                           {"chengban", "handler", "drafted", .data = "{'template':'D01'}"}};
    for (size_t i = 0; i < COUNT(BY_HAND); i++) {
        const struct fault *f = raise_as(db, ref, BY_HAND[i], NULL, life);
        assert_non_null(f);
        assert_int_equal(f->kind, FAULT_REFUSED);
        assert_true(f->refusal && f->refusal->rule && strlen(f->refusal->zh) > 6);
    }
    assert_int_equal(facts_of(ref, "drafted"), 0);
    does(db, ref, "shouli", "clerk", "registered");
    assert_int_equal(facts_of(ref, "drafted"), 1);
    all_is_whole("2026-03-02");
}

/* ---- children ---- */

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

/* The number of a letter is printed on it: 8888 after 1 is a gap that nobody can explain, and 9999 was the
 * last letter that the dossier could ever have. */
static void numbers_of_children_are_given_in_order(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    const char *ref = handled(db, life);
    static const char *const INVENTED[] = {"t9999", "t2", "t0", "t01", "t-1", "i1", "x1", "t", "t1 "};
    static const char DATA[] = "{'to':'third-party','about':'是否同意公开'}";
    for (size_t i = 0; i < COUNT(INVENTED); i++) {
        const struct fault *f =
            raise_as(db, ref, (struct doing){"chengban", "handler", "consultation-sent", INVENTED[i], DATA},
                     NULL, life);
        if (!f || f->kind == FAULT_BROKEN || f->kind == FAULT_AWAY)
            fail_msg("%s: %s", INVENTED[i], f ? fault_text(life, f) : "accepted");
    }
    does(db, ref, "chengban", "handler", "consultation-sent", "t1", DATA);
    does(db, ref, "chengban", "handler", "consultation-sent", NULL, DATA);
    assert_string_equal(ask(life,
                            "SELECT string_agg(f.child, ' ' ORDER BY f.seq) FROM mingda.fact f JOIN "
                            "mingda.dossier_number n USING (dossier_id) WHERE n.ref = '%s' AND f.kind = "
                            "'consultation-sent'",
                            ref),
                        "t1 t2");
    all_is_whole("2026-03-02");
}

/* ---- what is read is what is approved ---- */

static const char *decided(struct db *db, TALLOC_CTX *life)
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
    return ref;
}

static void draft_on(struct db *db, const char *ref, struct civil on, TALLOC_CTX *life)
{
    static const char *const HANDLER[] = {"handler", NULL};
    struct raised out;
    const struct raising in = {
        .ref = ref,
        .kind = "drafted",
        .on = on,
        .data = quoted_json(life, "{'template':'R02','place':'一楼窗口','time':'工作日9时'}"),
        .person = person_of("chengban"),
        .roles = HANDLER};
    must(office_raise(db, PLAY.office, &in, &out, life));
    assert_string_equal(out.child, "L2");
}

static bool preview_says(struct db *db, const char *ref, const char *words, TALLOC_CTX *life)
{
    const uint8_t *html = NULL;
    size_t length = 0;
    must(office_preview(db, PLAY.office, dossier_of(db, ref, life), "L2", &html, &length, life));
    return memmem(html, length, words, strlen(words)) != NULL;
}

/* A clause that came into force between the day the drafter wrote down and the day on which the letter was
 * made: the packages had the new one, and the approver read the old one. */
static void the_preview_has_the_clauses_of_the_packages(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char OLD[] = "也可以通过", NEW[] = "还可以通过"; /* says the same: the lint lets both pass */
    ask(life,
        "INSERT INTO mingda.clause (agency_id, code, version, xml, drafted_by, approved_by, in_force)"
        " SELECT agency_id, code, version + 1, replace(xml, '%s', '%s'), drafted_by, approved_by, "
        "'2026-05-11'"
        " FROM mingda.clause WHERE agency_id = 1 AND xml LIKE '%%%s%%'",
        OLD, NEW, OLD);
    struct db *before = web_on(life, "2026-05-08"), *after = web_on(life, "2026-05-11");
    const char *ref = decided(before, life);
    draft_on(after, ref, (struct civil){2026, 5, 8}, life);
    assert_true(preview_says(after, ref, NEW, life));
    ref = decided(before, life);
    draft_on(before, ref, CIVIL_NONE, life);
    assert_false(preview_says(after, ref, NEW, life));
    ask(life, "UPDATE mingda.clause SET ended = '2026-05-11', reason = 'test' WHERE in_force = '2026-05-11'");
}

/* What the drafts are composed from was changed under the approver's feet: nothing is shown as the letter
 * that is not the letter. */
static void a_preview_of_other_bytes_is_refused(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-05-15");
    const char *ref = decided(db, life);
    draft_on(db, ref, CIVIL_NONE, life);
    const uint8_t *html = NULL;
    size_t length = 0;
    ask(life,
        "SET session_replication_role = replica"); /* not even a superuser passes the trigger by mistake */
    ask(life,
        "UPDATE mingda.letter_template SET xml = replace(xml, '予以公开', '不予公开') WHERE code = 'R02'");
    must_fail(office_preview(db, PLAY.office, dossier_of(db, ref, life), "L2", &html, &length, life),
              "LETTER_DIFFERS");
    ask(life,
        "UPDATE mingda.letter_template SET xml = replace(xml, '不予公开', '予以公开') WHERE code = 'R02'");
    ask(life, "RESET session_replication_role");
    must(office_preview(db, PLAY.office, dossier_of(db, ref, life), "L2", &html, &length, life));
}

/* ---- days ---- */

/* "Received by the applicant" in 2030: the period for a reconsideration began in 2030, and a fee was never
 * due. With `reply-by` and other days that are set, the future is meant. */
static void nothing_has_happened_tomorrow(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-03");
    const char *ref = apply_now(db, life);
    does(db, ref, "shouli", "clerk", "registered");
    static const char NOTICE[] = "{'reply-by':'2026-03-20','what':'请写明文号','delivered':'%s'}";
    struct doing d = {"shouli", "clerk", "correction-notified"};
    d.data = talloc_asprintf(life, NOTICE, "2026-03-04");
    const struct fault *f = raise_as(db, ref, d, NULL, life);
    must_fail(f, "DAY_IN_FUTURE");
    assert_string_equal(f->field, "delivered");
    d.data = talloc_asprintf(life, NOTICE, "2026-03-03");
    must(raise_as(db, ref, d, NULL, life));
    static const char *const CLERK[] = {"clerk", NULL};
    struct raised out;
    const struct raising tomorrow = {
        .ref = ref, .kind = "correction-received", .on = {2026, 3, 4}, .roles = CLERK};
    f = office_raise(db, PLAY.office, &tomorrow, &out, life);
    must_fail(f, "DAY_IN_FUTURE");
    assert_string_equal(f->field, "on");
    assert_int_equal(facts_of(ref, "%"), 4); /* with the receipt */
    all_is_whole("2026-03-03");
}

/* ---- the clock has other things to do ---- */

static size_t wake_on(const char *day)
{
    SCOPED_LIFE(life);
    size_t count = 0;
    must(office_wake(db_on(life, "clock", day), PLAY.office, 1, &count, life));
    return count;
}

/* More than one page of dossiers whose stored wake says a day on which there is nothing to do (a calendar has
 * changed): those behind them were never looked at. */
static void wakes_without_work_do_not_hide_those_with(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-06-01");
    enum { IDLE = 120 };
    for (int i = 0; i < IDLE; i++)
        apply_now(db, life);
    ask(life, "UPDATE mingda.wake SET on_day = '2026-06-02' WHERE agency_id = 1");
    const char *late = apply_now(web_on(life, "2026-06-03"), life);
    ask(life,
        "UPDATE mingda.wake w SET on_day = '2026-06-03' FROM mingda.dossier_number n WHERE n.ref = '%s'"
        " AND w.dossier_id = n.dossier_id",
        late);
    wake_on("2026-06-10");
    assert_int_equal(counted("wake WHERE agency_id = 1 AND on_day <= '2026-06-10'"), 0);
    assert_int_equal(facts_of(late, "overdue"), 0);
    assert_int_equal(wake_on("2026-06-10"), 0);
    all_is_whole("2026-06-10");
}

/* Letters that were sealed after their dossier was closed wait for ever; they must not be in others' way. */
static void seals_that_come_too_late_do_not_hide_others(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-06-11");
    enum { LATE = 101 };
    static const char SEAL[] =
        "INSERT INTO mingda.sealed (agency_id, dossier_id, child, odt, docx, odt_p7s, docx_p7s, certificate, "
        "journal) SELECT agency_id, dossier_id, child, '\\x01', '\\x02', '', '', sha256('c'), '{}' FROM "
        "mingda.letter WHERE approved_seq IS NOT NULL AND sealed_seq IS NULL";
    const char *first = handled(db, life);
    ask(life,
        "INSERT INTO mingda.dossier_number SELECT agency_id, dossier_id - 500000 + g, ref || '-' || g"
        " FROM mingda.dossier_number, generate_series(1, %d) g WHERE ref = '%s'",
        LATE, first);
    ask(life,
        "INSERT INTO mingda.letter SELECT agency_id, l.dossier_id - 500000 + g, child, template, version, "
        "number, state,"
        " odt, docx, drafted, drafted_by, approved_seq, approved_by, sealed_seq, served, method"
        " FROM mingda.letter l JOIN mingda.dossier_number n USING (agency_id, dossier_id), "
        "generate_series(1, %d) g WHERE n.ref = '%s'",
        LATE, first);
    ask(life, "ALTER TABLE mingda.sealed DISABLE TRIGGER sealed_is_approved");
    ask(life, "%s", SEAL);
    ask(life, "ALTER TABLE mingda.sealed ENABLE TRIGGER sealed_is_approved");
    size_t count = 0;
    SCOPED_LIFE(scratch);
    const struct fault *f =
        office_wake(db_on(scratch, "clock", "2026-06-11"), PLAY.office, 1, &count, scratch);
    assert_true(!f || f->kind == FAULT_ABSENT);
    assert_int_equal(facts_of(first, "sealed"), 1);
}

/* Approved in the morning, withdrawn at noon: the afternoon's seal made a reply to nobody, and the clock
 * tried for ever to take it in. The receipt is owed all the same. */
static void a_reply_that_nobody_waits_for_is_not_sealed(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-05-18");
    const char *ref = decided(db, life);
    draft_on(db, ref, CIVIL_NONE, life);
    does(db, ref, "fagui", "legal", "review-passed", "L2", "{'opinion':'同意'}");
    const struct fact *draft = standing_fact(dossier_of(db, ref, life)->standing, "drafted", "L2");
    does(
        db, ref, "lingdao", "leader", "approved", "L2",
        talloc_asprintf(life, "{'odt':'%s','docx':'%s'}", fact_text(draft, "odt"), fact_text(draft, "docx")));
    static const char TO_SIGN[] =
        "SELECT string_agg(child, ' ' ORDER BY child) FROM mingda.letters_to_sign(10000, 0) l JOIN "
        "mingda.dossier_number n USING (agency_id, dossier_id) WHERE n.ref = '%s'";
    assert_string_equal(ask(life, TO_SIGN, ref), "L1 L2");
    does(db, ref, NULL, "applicant", "withdrawn");
    assert_string_equal(ask(life, TO_SIGN, ref), "L1");
    all_is_whole("2026-05-18");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_by_rule_is_nobodys_to_draft),
        cmocka_unit_test(numbers_of_children_are_given_in_order),
        cmocka_unit_test(the_preview_has_the_clauses_of_the_packages),
        cmocka_unit_test(a_preview_of_other_bytes_is_refused),
        cmocka_unit_test(nothing_has_happened_tomorrow),
        cmocka_unit_test(a_reply_that_nobody_waits_for_is_not_sealed),
        cmocka_unit_test(wakes_without_work_do_not_hide_those_with),
        cmocka_unit_test(seals_that_come_too_late_do_not_hide_others),
    };
    return cmocka_run_group_tests(tests, play_open, play_close);
}
