/* Templates and clauses through their services, on a real database: two persons, days, conflicts, history;
 * which letters rest on which version; and that nothing of it can be changed afterwards. */
#include "office_play.h"
#include "templates.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DAY      "2026-03-02"
#define NEXT     "2026-03-09"

static struct db *as(struct db *db, const char *login)
{
    db_scope_set(db, (struct db_scope){.agency = 1, .person = person_of(login)});
    return db;
}

static struct civil day_of(const char *text)
{
    struct civil day = CIVIL_NONE;
    assert_true(civil_parse(text, &day));
    return day;
}

static const char *xml_of(TALLOC_CTX *life, const char *code, int version)
{
    return ask(life,
               "SELECT xml FROM mingda.letter_text WHERE agency_id = 1 AND code = '%s' AND version = %d",
               code, version);
}

static const char *changed(TALLOC_CTX *life, const char *xml, const char *from, const char *to)
{
    const char *at = strstr(xml, from);
    assert_non_null(at);
    return talloc_asprintf(life, "%.*s%s%s", (int)(at - xml), xml, to, at + strlen(from));
}

/* A step of fagui's and lingdao's; the fault is handed on. */
static const struct fault *step(struct db *db, const char *login, struct text_step in, int32_t *revision,
                                TALLOC_CTX *life)
{
    return office_text_step(as(db, login), PLAY.office, &in, revision, life);
}

static int32_t begun(struct db *db, const char *code, TALLOC_CTX *life)
{
    int32_t version = 0;
    must(office_text_draft(as(db, "fagui"), PLAY.office, code, 0, &version, life));
    return version;
}

/* A version with changed words, approved from a day. */
static int32_t new_version(struct db *db, const char *code, const char *from, const char *to, const char *day,
                           TALLOC_CTX *life)
{
    int32_t version = begun(db, code, life), revision = 1;
    const char *xml = changed(life, xml_of(life, code, version), from, to);
    must(
        step(db, "fagui", (struct text_step){code, version, revision, "saved", .xml = xml}, &revision, life));
    must(step(db, "fagui", (struct text_step){code, version, revision, "submitted"}, &revision, life));
    must(step(db, "lingdao", (struct text_step){code, version, revision, "approved", .on = day_of(day)},
              &revision, life));
    return version;
}

static void refused(const struct fault *f, const char *rule)
{
    assert_non_null(f);
    if (f->kind != FAULT_REFUSED || strcmp(f->refusal->rule, rule) != 0)
        fail_msg("wanted %s, got %s %s", rule, f->code, f->detail ? f->detail : "");
    assert_true(*f->refusal->zh && *f->refusal->en);
}

static int in_force(const char *kind, const char *code, const char *day)
{
    SCOPED_LIFE(life);
    const char *version = ask(life,
                              "SELECT set_config('mingda.agency', '1', false); SELECT version FROM "
                              "mingda.texts_in_force('%s', '%s') WHERE code = '%s'",
                              kind, day, code);
    return (int)strtol(*version ? version : "0", NULL, 10);
}

/* ---- dossiers and letters ---- */

static const char *absent(struct db *db, TALLOC_CTX *life)
{
    const char *ref = apply_now(db, life);
    does(db, ref, "shouli", "clerk", "registered");
    does(db, ref, "shouli", "clerk", "assigned",
         .data = talloc_asprintf(life, "{'handler':'%lld'}", (long long)person_of("chengban")));
    return ref;
}

/* A correction is to be asked for: D02 is owed. */
static const char *owes_a_notice(struct db *db, const char *day, TALLOC_CTX *life)
{
    const char *ref = absent(db, life);
    (void)day;
    does(db, ref, "shouli", "clerk", "correction-decided",
         .data = "{'reply-by':'2026-03-20','what':'请写明文号'}");
    return ref;
}

static const struct fault *drafts(struct db *db, const char *ref, TALLOC_CTX *life)
{
    return raise_as(db, ref, (struct doing){"shouli", "clerk", "drafted", NULL, "{'template':'D02'}"}, NULL,
                    life);
}

static int version_of(const char *ref, const char *child)
{
    SCOPED_LIFE(life);
    return (int)strtol(
        ask(life,
            "SELECT version FROM mingda.letter l JOIN mingda.dossier_number n USING (agency_id, "
            "dossier_id) WHERE n.ref = '%s' AND l.child = '%s'",
            ref, child),
        NULL, 10);
}

/* ---- tests ---- */

static void a_version_takes_two_persons_and_a_day(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    int32_t version = begun(db, "D02", life), revision = 1;
    assert_int_equal(version, 2);
    const char *xml = changed(life, xml_of(life, "D02", 2), "一次性补正以下内容", "一次补正下列内容");
    must(step(db, "fagui", (struct text_step){"D02", 2, 1, "saved", .xml = xml}, &revision, life));
    assert_int_equal(revision, 2);
    must_fail(
        step(db, "lingdao", (struct text_step){"D02", 2, 2, "approved", .on = day_of(NEXT)}, &revision, life),
        "TEXT_MOVED"); /* it has not been submitted */
    revision = 2;
    must(step(db, "fagui", (struct text_step){"D02", 2, revision, "submitted"}, &revision, life));
    refused(step(db, "fagui", (struct text_step){"D02", 2, revision, "approved", .on = day_of(NEXT)},
                 &revision, life),
            "text-second-person");
    must_fail(step(db, "lingdao", (struct text_step){"D02", 2, 3, "approved", .on = day_of("2026-03-01")},
                   &revision, life),
              "TEXT_DAY_PAST");
    must(step(db, "lingdao", (struct text_step){"D02", 2, 3, "approved", .on = day_of(NEXT)}, &revision,
              life));
    assert_int_equal(in_force("letter", "D02", "2026-03-08"), 1);
    assert_int_equal(in_force("letter", "D02", NEXT), 2);

    /* letters of both days, each with its version */
    const char *before = owes_a_notice(db, DAY, life);
    must(drafts(db, before, life));
    struct db *later = web_on(life, NEXT);
    const char *after = owes_a_notice(later, NEXT, life);
    must(drafts(later, after, life));
    assert_int_equal(version_of(before, "L2"), 1);
    assert_int_equal(version_of(after, "L2"), 2);
    must(office_letter_again(later, PLAY.office, dossier_of(later, before, life), "L2", life));
    must(office_letter_again(later, PLAY.office, dossier_of(later, after, life), "L2", life));
    does(later, before, "fagui", "legal", "review-passed", "L2", "{'opinion':'同意'}");
    /* the draft of before may not be approved with the old words any more */
    refused(raise_as(later, before,
                     (struct doing){
                         "lingdao", "leader", "approved", "L2",
                         ask(life,
                             "SELECT format('{''odt'':''%%s'',''docx'':''%%s''}', encode(l.odt, 'hex'), "
                             "encode(l.docx, 'hex')) FROM mingda.letter l JOIN mingda.dossier_number n "
                             "USING (agency_id, dossier_id) WHERE n.ref = '%s' AND l.child = 'L2'",
                             before)},
                     NULL, life),
            "template-changed");
}

static void the_store_knows_who_did_what(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    assert_string_equal(
        ask(life,
            "SELECT string_agg(h.deed || ' ' || p.login || coalesce(' ' || h.on_day, ''), ', ' ORDER BY "
            "h.entry) FROM mingda.text_history h JOIN mingda.person p USING (person_id) WHERE "
            "h.agency_id = 1 AND h.code = 'D02' AND h.version = 2"),
        "drafted fagui, saved fagui, submitted fagui, approved lingdao " NEXT);
    assert_string_equal(
        ask(life, "SELECT count(*) = 4 AND count(DISTINCT sha256) = 2 FROM mingda.text_history WHERE "
                  "agency_id = 1 AND code = 'D02' AND version = 2"),
        "t");
}

static void two_editors_cannot_both_win(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, NEXT);
    int32_t version = begun(db, "D03", life), revision = 0;
    const char *xml = xml_of(life, "D03", version);
    const struct text_step mine = {"D03", version, 1, "saved",
                                   .xml = changed(life, xml, "</letter>", "<!-- 甲 --></letter>")};
    must_fail(office_text_draft(as(db, "fagui"), PLAY.office, "D03", 0, &version, life), "TEXT_OPEN");
    must(step(db, "fagui", mine, &revision, life));
    must_fail(step(db, "fagui", mine, &revision, life), "TEXT_MOVED");
    /* sent back with a reason, corrected, and withdrawn: a new draft is a new version */
    must(step(db, "fagui", (struct text_step){"D03", 2, 2, "submitted"}, &revision, life));
    must_fail(step(db, "fagui", (struct text_step){"D03", 2, 3, "saved", .xml = xml}, &revision, life),
              "TEXT_MOVED");
    must_fail(step(db, "lingdao", (struct text_step){"D03", 2, 3, "returned"}, &revision, life), "REQUIRED");
    must(step(db, "lingdao", (struct text_step){"D03", 2, 3, "returned", .reason = "期限写错"}, &revision,
              life));
    must(step(db, "fagui", (struct text_step){"D03", 2, 4, "saved", .xml = xml}, &revision, life));
    must(step(db, "fagui", (struct text_step){"D03", 2, 5, "withdrawn", .reason = "不再需要"}, &revision,
              life));
    must_fail(step(db, "fagui", (struct text_step){"D03", 2, 6, "submitted"}, &revision, life), "TEXT_MOVED");
    assert_int_equal(begun(db, "D03", life), 3);
    must(step(db, "fagui", (struct text_step){"D03", 3, 1, "withdrawn", .reason = "试用"}, &revision, life));
    assert_string_equal(ask(life,
                            "SELECT string_agg(reason, '、' ORDER BY entry) FROM mingda.text_history WHERE "
                            "agency_id = 1 AND code = 'D03'"),
                        "期限写错、不再需要、试用");
}

static void what_is_wrong_does_not_get_through(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, NEXT);
    static const struct {
        const char *code, *from, *to, *zh;
        int line_of;
    } CASES[] = {
        {"D04", "<sign agency=\"agency\"", "<sign agency=\"nobody\"", "没有声明"},
        {"D04", "<p>", "<p><v n=\"no_such\"/>", "没有声明"},
        {"remedies", "<when is=", "<when isnt=", "不符合"},
        {"article", "<when is=\"PARTIAL\">第三十七条</when>", "", "没有分支"},
        {"remedies-optional", "<p>", "<p><v n=\"court_of_appeal\"/>", "没有声明"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const char *xml = xml_of(life, CASES[i].code, 1);
        if (!strstr(xml, CASES[i].from))
            continue;
        struct text_tried tried;
        must(office_text_try(as(db, "fagui"), PLAY.office, CASES[i].code,
                             changed(life, xml, CASES[i].from, CASES[i].to), day_of(NEXT), &tried, life));
        assert_true(tried.count > 0);
        if (!strstr(tried.problems[0].zh, CASES[i].zh))
            fail_msg("%s: %s / %s", CASES[i].code, tried.problems[0].zh, tried.problems[0].en);
    }
    int32_t version = begun(db, "D04", life), revision = 1;
    const char *bad = changed(life, xml_of(life, "D04", version), CASES[0].from, CASES[0].to);
    must(step(db, "fagui", (struct text_step){"D04", version, 1, "saved", .xml = bad}, &revision, life));
    refused(step(db, "fagui", (struct text_step){"D04", version, 2, "submitted"}, &revision, life),
            "text-faulty");
    must(step(db, "fagui", (struct text_step){"D04", version, 2, "withdrawn", .reason = "试"}, &revision,
              life));
}

/* A clause that asks for a field no letter has breaks the letters that include it: told with their names. */
static void a_clause_is_tried_with_the_letters_that_include_it(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, NEXT);
    struct text_tried tried;
    const char *xml = changed(life, xml_of(life, "article", 1), "<field name=\"outcome\"",
                              "<field name=\"court_of_appeal\" type=\"text\"/><field name=\"outcome\"");
    must(office_text_try(as(db, "fagui"), PLAY.office, "article", xml, day_of(NEXT), &tried, life));
    assert_true(tried.count > 0);
    bool named = false;
    for (size_t i = 0; i < tried.count; i++)
        named = named || strstr(tried.problems[i].zh, "条款“article”需要字段“court_of_appeal”");
    assert_true(named);
    must(office_text_try(as(db, "fagui"), PLAY.office, "article", xml_of(life, "article", 1), day_of(NEXT),
                         &tried, life));
    assert_int_equal(tried.count, 0);
    assert_true(tried.letters > 1000); /* of the clause, and of every letter that has it */
}

static void what_was_approved_stays(void **state)
{
    (void)state;
    static const char *const NEVER[] = {
        "UPDATE mingda.letter_template SET xml = replace(xml, '登记', '记录') WHERE agency_id = 1 AND code = "
        "'D01'",
        "UPDATE mingda.letter_template SET in_force = in_force + 1 WHERE agency_id = 1 AND code = 'D01'",
        "UPDATE mingda.clause SET approved_by = drafted_by WHERE agency_id = 1 AND code = 'contact'",
        "UPDATE mingda.clause SET version = 9 WHERE agency_id = 1 AND code = 'contact'",
        "UPDATE mingda.letter_template SET reason = 'x' WHERE agency_id = 1 AND code = 'D03' AND version = 2",
        "DELETE FROM mingda.clause WHERE agency_id = 1 AND code = 'contact'",
        "TRUNCATE mingda.letter_template",
        "UPDATE mingda.text_history SET person_id = NULL",
        "DELETE FROM mingda.text_history",
        "DELETE FROM mingda.clause_use",
        "INSERT INTO mingda.clause (agency_id, code, version, xml, drafted_by) VALUES (1, 'other', 1, "
        "'<clause code=\"contact\"/>', 1)",
        "INSERT INTO mingda.clause (agency_id, code, version, xml, drafted_by) VALUES (1, 'other', 1, "
        "'words', 1)",
    };
    for (size_t i = 0; i < COUNT(NEVER); i++) {
        PGresult *r = PQexec(PLAY.admin, NEVER[i]);
        if (PQresultStatus(r) != PGRES_FATAL_ERROR)
            fail_msg("done: %s", NEVER[i]);
        PQclear(r);
    }
    assert_int_equal(counted("letter_template t WHERE agency_id = 1 AND approved_by = drafted_by"), 0);
}

/* The doors of the store ask for the role whatever the program believes. */
static void the_store_knows_the_roles(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, NEXT);
    int32_t version = 0, revision = 0;
    static const char *const NOT_LEGAL[] = {"lingdao", "chengban", "shouli", "admin"};
    for (size_t i = 0; i < COUNT(NOT_LEGAL); i++)
        must_fail(office_text_draft(as(db, NOT_LEGAL[i]), PLAY.office, "D05", 0, &version, life),
                  "DATABASE_FORBIDS");
    version = begun(db, "D05", life);
    must(step(db, "fagui", (struct text_step){"D05", version, 1, "submitted"}, &revision, life));
    must_fail(step(db, "chengban", (struct text_step){"D05", version, 2, "approved", .on = day_of(NEXT)},
                   &revision, life),
              "DATABASE_FORBIDS");
    /* another agency's people see and change nothing of it */
    db_scope_set(db, (struct db_scope){.agency = 2, .person = person_of("pudong-fagui")});
    struct text_step in = {"D05", version, 2, "withdrawn", .reason = "别家的"};
    must_fail(office_text_step(db, PLAY.office, &in, &revision, life), "TEXT_MOVED");
    must(step(db, "fagui", (struct text_step){"D05", version, 2, "withdrawn", .reason = "试"}, &revision,
              life));
}

static void a_clauses_own_days_are_honoured(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, NEXT);
    const char *from = "version=\"1\" title";
    /* approved from the 9th, but written to begin on 1 May and to end with the year */
    int32_t version = new_version(db, "contact", from,
                                  "from=\"2026-05-01\" until=\"2026-12-31\" version=\"2\" title", NEXT, life);
    assert_int_equal(in_force("clause", "contact", "2026-04-30"), 1);
    assert_int_equal(in_force("clause", "contact", "2026-05-01"), version);
    assert_int_equal(in_force("clause", "contact", "2026-12-31"), version);
    assert_int_equal(in_force("clause", "contact", "2027-01-01"),
                     0); /* what it took the place of does not come back */
    /* called off before it began: as if it had never been */
    int32_t revision = 0;
    must(step(db, "lingdao",
              (struct text_step){"contact", version, 4, "ended", .on = day_of(NEXT), .reason = "不再启用"},
              &revision, life));
    assert_int_equal(in_force("clause", "contact", "2026-05-01"), 1);
    must_fail(step(db, "lingdao",
                   (struct text_step){"contact", version, 5, "ended", .on = day_of(NEXT), .reason = "再次"},
                   &revision, life),
              "TEXT_MOVED");
}

/* A clause that is approved to begin later will meet the template that is tried today. */
static void a_text_is_tried_on_the_days_to_come(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, NEXT);
    static const char PHONE[] = "<field name=\"office_phone\"", DATE[] = "<field name=\"date\"";
    int32_t later = new_version(db, "contact", PHONE,
                                "<field name=\"office_fax\" type=\"text\" optional=\"yes\" label=\"传真\"/>"
                                "<field name=\"office_fax_shown\" type=\"flag\" optional=\"yes\"/>"
                                "<field name=\"office_phone\"",
                                "2026-05-01", life);
    const char *xml =
        changed(life, xml_of(life, "D04", 1), DATE,
                "<field name=\"office_fax\" type=\"flag\" label=\"有传真\"/><field name=\"date\"");
    struct text_tried tried;
    must(office_text_try(as(db, "fagui"), PLAY.office, "D04", xml, day_of(NEXT), &tried, life));
    assert_int_equal(tried.count, 1); /* told once, for the day on which the two meet */
    assert_non_null(strstr(tried.problems[0].zh, "字段“office_fax”在条款“contact”里的声明与此处不同"));
    assert_int_equal(in_force("letter", "D04", NEXT), 1);
    /* what will be followed by another version before that day does not meet it */
    int32_t followed = new_version(db, "D04", "特此征询。", "特此书面征询。", "2026-04-20", life),
            revision = 0;
    must(office_text_try(as(db, "fagui"), PLAY.office, "D04", xml, day_of(NEXT), &tried, life));
    assert_int_equal(tried.count, 0);
    must(step(db, "lingdao",
              (struct text_step){"D04", followed, 4, "ended", .on = day_of(NEXT), .reason = "不再启用"},
              &revision, life));
    must(step(db, "lingdao",
              (struct text_step){"contact", later, 4, "ended", .on = day_of(NEXT), .reason = "不再启用"},
              &revision, life));
    must(office_text_try(as(db, "fagui"), PLAY.office, "D04", xml, day_of(NEXT), &tried, life));
    assert_int_equal(tried.count, 0);
}

static void letters_are_known_by_their_clauses(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, NEXT);
    int32_t version = new_version(db, "contact", "联系方式：", "联系的方式：", NEXT, life);
    const char *ref = owes_a_notice(db, NEXT, life);
    must(drafts(db, ref, life));
    struct table *t = NULL;
    must(db_query(db, Q_TEXT_LETTERS,
                  (struct cell[]){cell_text("contact"), cell_int(version), cell_text("clause")}, &t, life));
    assert_int_equal(t->row_count, 1);
    assert_string_equal(table_text(t, 0, "ref"), ref);
    must(db_query(db, Q_TEXT_VERSIONS, (struct cell[]){cell_text("clause"), cell_text("contact")}, &t, life));
    assert_int_equal(table_int(t, 0, "version", 0), version);
    assert_int_equal(table_int(t, 0, "letters", 0), 1);
    assert_true(table_flag(t, 0, "rules"));
    /* of the letters in the store, every one is counted with each clause that it includes */
    assert_int_equal(
        counted("(SELECT 1 FROM mingda.letter l WHERE NOT EXISTS (SELECT FROM mingda.clause_use u WHERE "
                "u.agency_id = l.agency_id AND u.dossier_id = l.dossier_id AND u.child = l.child AND u.odt = "
                "l.odt) AND l.template NOT LIKE 'I%') x"),
        0);

    /* ended under a draft's feet: the approver is told which clause, and where to turn */
    int32_t revision = 0;
    must(step(db, "lingdao",
              (struct text_step){"contact", version, 4, "ended", .on = day_of(NEXT), .reason = "地址有误"},
              &revision, life));
    assert_int_equal(in_force("clause", "contact", NEXT),
                     1); /* it never ruled a day that is over: the one before it does */
    version = new_version(web_on(life, NEXT), "contact", "联系方式：", "联系渠道：", NEXT, life);
    struct db *later = web_on(life, "2026-03-10");
    ref = owes_a_notice(later, "2026-03-10", life);
    must(drafts(later, ref, life));
    must(
        step(later, "lingdao",
             (struct text_step){"contact", version, 4, "ended", .on = day_of("2026-03-10"), .reason = "停用"},
             &revision, life));
    assert_int_equal(in_force("clause", "contact", "2026-03-10"), 0);
    const char *seen = ask(
        life,
        "SELECT format('{''odt'':''%%s'',''docx'':''%%s''}', encode(l.odt, 'hex'), encode(l.docx, 'hex')) "
        "FROM mingda.letter l JOIN mingda.dossier_number n USING (agency_id, dossier_id) WHERE n.ref = "
        "'%s' AND l.child = 'L2'",
        ref);
    const struct fault *f =
        raise_as(later, ref, (struct doing){"lingdao", "leader", "approved", "L2", seen}, NULL, life);
    refused(f, "template-ended");
    assert_non_null(strstr(f->refusal->zh, "contact"));
    refused(drafts(later, owes_a_notice(later, "2026-03-10", life), life), "letter-template");
    must(office_letter_again(later, PLAY.office, dossier_of(later, ref, life), "L2",
                             life)); /* the record stays whole */
    new_version(later, "contact", "联系渠道：", "联系方式：", "2026-03-10", life);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_takes_two_persons_and_a_day),
        cmocka_unit_test(the_store_knows_who_did_what),
        cmocka_unit_test(two_editors_cannot_both_win),
        cmocka_unit_test(what_is_wrong_does_not_get_through),
        cmocka_unit_test(a_clause_is_tried_with_the_letters_that_include_it),
        cmocka_unit_test(what_was_approved_stays),
        cmocka_unit_test(the_store_knows_the_roles),
        cmocka_unit_test(a_clauses_own_days_are_honoured),
        cmocka_unit_test(a_text_is_tried_on_the_days_to_come),
        cmocka_unit_test(letters_are_known_by_their_clauses),
    };
    return cmocka_run_group_tests(tests, play_open, play_close);
}
