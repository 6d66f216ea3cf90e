/* Corrections on a real database: two persons, races, bad input, what heads and auditors see, and what was
 * known on a past day. */
#include "office_play.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct fault *propose(struct db *db, const char *ref, const char *login, const char *role,
                                   int fact, const char *data, int32_t *seq, TALLOC_CTX *life)
{
    struct raised out = {0};
    char *json = talloc_asprintf(life, "{'fact':%d,'reason':'收发章为证','data':%s}", fact, data);
    TRY(raise_as(db, ref, (struct doing){login, role, "rectification-proposed", NULL, json, NULL, 0}, &out,
                 life));
    *seq = out.seq;
    return NULL;
}

static const struct fault *decide(struct db *db, const char *ref, const char *login, const char *role,
                                  const char *kind, int32_t proposal, const char *more, TALLOC_CTX *life)
{
    char *json = talloc_asprintf(life, "{'proposal':%d%s}", (int)proposal, more);
    return raise_as(db, ref, (struct doing){login, role, kind, NULL, json, NULL, 0}, NULL, life);
}

static void must_refuse(const struct fault *f, const char *rule)
{
    assert_non_null(f);
    if (!f->refusal)
        fail_msg("%s instead of %s", f->code, rule);
    assert_string_equal(f->refusal->rule, rule);
}

static const char *head(TALLOC_CTX *life, const char *ref)
{
    return ask(life,
               "SELECT opened || ' ' || coalesce(due::text, '-') || ' ' || conflicts FROM mingda.dossier "
               "WHERE ref = '%s'",
               ref);
}

/* Received on the 2nd by the clerk, so that a day is somebody's record. */
static const char *received(struct db *db, TALLOC_CTX *life)
{
    static const char *const items[] = {REQUEST_TEXT};
    struct receipt receipt = {0};
    json_t *applicant = json_adopt(life, json_pack("{s:s,s:s,s:s}", "name", APPLICANT_NAME, "id_kind",
                                                   "id-card", "id_number", APPLICANT_NUMBER));
    const int64_t clerk = person_of("shouli");
    const struct application in = {.agency = 1,
                                   .channel = "counter",
                                   .category = "natural",
                                   .delivery = "mail",
                                   .applicant = applicant,
                                   .items = items,
                                   .item_count = 1,
                                   .submission = facts_submission_id(life),
                                   .person = clerk,
                                   .role = "clerk"};
    db_scope_set(db, (struct db_scope){.agency = 1, .person = clerk});
    must(office_submit(db, PLAY.office, &in, &receipt, life));
    return receipt.ref;
}

static void a_receipt_day_is_corrected_by_two_persons(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    const char *ref = received(db, life);
    int32_t seq = 0;
    db = web_on(life, "2026-03-11");
    does(db, ref, "shouli", "clerk", "registered", NULL, NULL, NULL, 0);
    assert_string_equal(head(life, ref), "2026-03-02 2026-03-30 0");
    must(propose(db, ref, "chengban", "handler", 1, "{'on':'2026-02-27','channel':'counter'}", &seq, life));
    assert_string_equal(head(life, ref), "2026-03-02 2026-03-30 0");
    /* Only what differs is filed, and no text of the reason. */
    assert_string_equal(
        ask(life,
            "SELECT data->'data' FROM mingda.fact f JOIN mingda.dossier_number n USING (agency_id, "
            "dossier_id) WHERE n.ref = '%s' AND seq = %d",
            ref, (int)seq),
        "{\"on\": \"2026-02-27\"}");
    must_refuse(decide(db, ref, "chengban", "clerk", "corrected", seq, "", life), "correction-second-person");
    must_refuse(decide(db, ref, "shouli", "clerk", "corrected", seq, "", life), "correction-second-person");
    must(decide(db, ref, "chuzhang", "division-head", "corrected", seq, "", life));
    assert_string_equal(head(life, ref), "2026-02-27 2026-03-26 0");
    must_refuse(decide(db, ref, "admin", "admin", "corrected", seq, "", life), "correction-decided");
    /* The first record stands as it was. */
    assert_string_equal(
        ask(life,
            "SELECT on_day FROM mingda.fact f JOIN mingda.dossier_number n USING (agency_id, dossier_id)"
            " WHERE n.ref = '%s' AND seq = 1",
            ref),
        "2026-03-02");
    struct dossier *d = dossier_of(db, ref, life);
    assert_int_equal(d->facts[0].on.day, 2);
    assert_int_equal(dossier_known(d, 0)->on.day, 27);
    all_is_whole("2026-03-11");
}

static void what_is_then_refused_is_flagged_and_can_be_mended(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    const char *ref = received(db, life);
    int32_t seq = 0;
    does(db, ref, "shouli", "clerk", "registered", NULL, NULL, NULL, 0);
    db = web_on(life, "2026-03-05");
    does(db, ref, "shouli", "clerk", "assigned", NULL,
         talloc_asprintf(life, "{'handler':'%lld'}", (long long)person_of("chengban")));
    must(propose(db, ref, "chengban", "handler", 1, "{'on':'2026-03-04'}", &seq, life));
    must(decide(db, ref, "chuzhang", "division-head", "corrected", seq, "", life));
    /* Registered on the 2nd, before what now is the receipt; what hung on it, too. */
    struct dossier *d = dossier_of(db, ref, life);
    size_t count = 0;
    const struct conflict *conflicts = standing_conflicts(d->standing, &count);
    assert_true(count >= 1);
    for (size_t i = 0; i < count; i++)
        assert_true(conflicts[i].why.rule && strlen(conflicts[i].why.zh) > 6 &&
                    strlen(conflicts[i].why.en) > 6);
    assert_string_equal(head(life, ref), talloc_asprintf(life, "2026-03-04 2026-04-01 %zu", count));
    assert_int_equal(counted(talloc_asprintf(life, "dossier WHERE conflicts > 0 AND ref = '%s'", ref)), 1);
    all_is_whole("2026-03-05");
    /* The registration was on the 4th, too. */
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->facts[i].kind, "registered") == 0)
            must(propose(db, ref, "chengban", "handler", (int)d->facts[i].seq, "{'on':'2026-03-04'}", &seq,
                         life));
    must(decide(db, ref, "chuzhang", "division-head", "corrected", seq, "", life));
    size_t after = 0;
    standing_conflicts(dossier_of(db, ref, life)->standing, &after);
    assert_true(after < count);
    all_is_whole("2026-03-05");
}

static void bad_proposals_are_refused_and_leave_nothing(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-05");
    const char *ref = received(db, life);
    int32_t seq = 0, first = 0;
    does(db, ref, "shouli", "clerk", "registered", NULL, NULL, NULL, 0);
    does(db, ref, "shouli", "clerk", "correction-decided", NULL,
         "{'reply-by':'2026-03-25','what':'请写明年份'}", NULL, 0);
    struct dossier *d = dossier_of(db, ref, life);
    int asked = 0, drafted = 0;
    for (size_t i = 0; i < d->count; i++) {
        asked = strcmp(d->facts[i].kind, "correction-decided") == 0 ? (int)d->facts[i].seq : asked;
        drafted = strcmp(d->facts[i].kind, "drafted") == 0 ? (int)d->facts[i].seq : drafted;
    }
    assert_true(asked && drafted);
    must(propose(db, ref, "chengban", "handler", asked, "{'what':'请写明年份和园区'}", &first, life));
    long facts = facts_of(ref, "%"), texts = counted("private");
    const struct {
        int fact;
        const char *data, *code; /* a rule where it begins with a small letter */
    } BAD[] = {
        {99, "{'on':'2026-03-04'}", "correction-unknown"},
        {0, "{'on':'2026-03-04'}", "FIELD_RANGE"},
        {first, "{'on':'2026-03-04'}", "correction-of-correction"},
        {asked, "{'what':'又一次'}", "correction-pending"},
        {drafted, "{'template':'R02'}", "correction-fixed"},
        {1, "{}", "NOTHING_CHANGED"},
        {1, "{'on':'2026-03-05','channel':'counter'}", "NOTHING_CHANGED"},
        {1, "{'on':'2026-02-30'}", "NOT_A_DAY"},
        {1, "{'on':20260304}", "NOT_A_DAY"},
        {1, "{'on':'2026-03-06'}", "DAY_IN_FUTURE"},
        {1, "{'channel':'pigeon'}", "FIELD_CHOICE"},
        {1, "{'channel':null}", "FIELD_MISSING"},
        {1, "{'reply-by':'2026-03-04'}", "FIELD_UNKNOWN"},
        {1, "{'items':2}", "FIELD_FIXED"},
        {1, "{'applicant':'另一个人'}", "FIELD_FIXED"},
        {1, "{'channel':{'row':1,'commit':'00'}}", "FIELD_CHOICE"},
    };
    for (size_t i = 0; i < COUNT(BAD); i++) {
        const struct fault *f = propose(db, ref, "admin", "admin", BAD[i].fact, BAD[i].data, &seq, life);
        const char *said = !f ? "accepted" : f->refusal ? f->refusal->rule : f->code;
        if (strcmp(said, BAD[i].code) != 0)
            fail_msg("fact %d %s: %s instead of %s", BAD[i].fact, BAD[i].data, said, BAD[i].code);
    }
    must_refuse(decide(db, ref, "admin", "admin", "corrected", 1, "", life), "correction-not-proposed");
    must_refuse(decide(db, ref, "admin", "admin", "corrected", 77, "", life), "correction-not-proposed");
    must_refuse(decide(db, ref, "admin", "admin", "rectification-declined", 1, ",'reason':'不对'", life),
                "correction-not-proposed");
    must_fail(decide(db, ref, "admin", "admin", "rectification-declined", first, "", life), "FIELD_MISSING");
    must_fail(raise_as(db, ref,
                       (struct doing){"shenji", "auditor", "corrected", NULL,
                                      talloc_asprintf(life, "{'proposal':%d}", (int)first), NULL, 0},
                       NULL, life),
              "NOT_YOUR_ROLE");
    assert_int_equal(facts_of(ref, "%"), facts);
    assert_int_equal(counted("private"), texts);
    /* A text is a row of its own; declined, it changes nothing. */
    must(decide(db, ref, "admin", "admin", "rectification-declined", first, ",'reason':'原文已经足够清楚'",
                life));
    must_refuse(decide(db, ref, "chuzhang", "division-head", "corrected", first, "", life),
                "correction-decided");
    must(propose(db, ref, "chengban", "handler", asked, "{'what':'请写明年份和园区'}", &seq, life));
    must(decide(db, ref, "chuzhang", "division-head", "corrected", seq, "", life));
    d = dossier_of(db, ref, life);
    const char *text = NULL;
    must(
        dossier_text(db, d, json_object_get(dossier_known(d, (size_t)asked - 1)->data, "what"), &text, life));
    assert_string_equal(text, "请写明年份和园区");
    must(dossier_text(db, d, json_object_get(d->facts[asked - 1].data, "what"), &text, life));
    assert_string_equal(text, "请写明年份");
    all_is_whole("2026-03-05");
}

/* ---- at once ---- */

struct race {
    const char *ref, *data;
    int64_t person[2];
};

/* Asks nothing of the superuser's connection: it is the parent's. */
static int confirm_one(int number, void *arg)
{
    static const char *const ROLES[][2] = {{"division-head", NULL}, {"admin", NULL}};
    const struct race *r = arg;
    SCOPED_LIFE(life);
    struct raised out;
    struct db *db = web_on(life, "2026-03-05");
    const struct raising in = {.ref = r->ref,
                               .kind = "corrected",
                               .data = quoted_json(life, r->data),
                               .person = r->person[number % 2],
                               .roles = ROLES[number % 2]};
    db_scope_set(db, (struct db_scope){.agency = 1, .person = in.person});
    return office_raise(db, PLAY.office, &in, &out, life) ? 1 : 0;
}

static void two_who_confirm_at_once_confirm_once(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-05");
    const char *ref = received(db, life);
    int32_t seq = 0;
    int held = 0;
    must(propose(db, ref, "chengban", "handler", 1, "{'on':'2026-03-04'}", &seq, life));
    struct race r = {
        ref, talloc_asprintf(life, "{'proposal':%d}", (int)seq), {person_of("chuzhang"), person_of("admin")}};
    at_once(6, confirm_one, &r, &held);
    assert_int_equal(held, 1);
    assert_int_equal(facts_of(ref, "corrected"), 1);
    assert_string_equal(head(life, ref), "2026-03-04 2026-04-01 0");
    all_is_whole("2026-03-05");
}

static const char *data_text(TALLOC_CTX *life, const char *quoted)
{
    char *text = json_dumps(quoted_json(life, quoted), JSON_COMPACT);
    const char *copy = talloc_strdup(life, text);
    free(text);
    return copy;
}

/* Whatever the program did: the database lets no proposal be confirmed by one person, twice, or otherwise. */
static void the_fence_of_the_store_holds(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-05");
    const char *ref = received(db, life);
    int32_t seq = 0;
    must(propose(db, ref, "chengban", "handler", 1, "{'on':'2026-03-04'}", &seq, life));
    struct dossier *d = dossier_of(db, ref, life);
    static const struct {
        const char *login, *data;
    } WRONG[] = {
        {"chengban", "{'fact':1,'proposal':%d,'data':{'on':'2026-03-04'}}"}, /* who proposed it */
        {"shouli", "{'fact':1,'proposal':%d,'data':{'on':'2026-03-04'}}"},   /* who recorded it */
        {"admin", "{'fact':1,'proposal':%d,'data':{'on':'2026-03-03'}}"},    /* something else */
        {"admin", "{'fact':1,'proposal':1%d,'data':{'on':'2026-03-04'}}"},   /* no proposal */
    };
    for (size_t i = 0; i < COUNT(WRONG); i++) {
        char data[200];
        const char *at = strstr(WRONG[i].data, "%d");
        snprintf(data, sizeof data, "%.*s%d%s", (int)(at - WRONG[i].data), WRONG[i].data, (int)seq, at + 2);
        assert_string_equal(ask(life,
                                "CREATE OR REPLACE FUNCTION pg_temp.tries() RETURNS text LANGUAGE plpgsql AS "
                                "$$ DECLARE name text; BEGIN "
                                "PERFORM set_config('mingda.agency', '1', false); INSERT INTO mingda.fact "
                                "(agency_id, dossier_id, seq, "
                                "kind, child, on_day, at, recorded, by_person, role, body) VALUES (1, %lld, "
                                "%d, 'corrected', '', "
                                "'2026-03-05', date_trunc('second', now()), '2026-03-05', %lld, 'admin', "
                                "convert_to(json_build_object('agency', 1, 'dossier', %lld, 'seq', %d, "
                                "'kind', 'corrected', 'child', NULL, "
                                "'on', '2026-03-05', 'recorded', '2026-03-05', 'at', date_trunc('second', "
                                "now()), 'by', %lld, 'role', "
                                "'admin', 'data', replace('%s', '@', chr(34))::json)::jsonb::text, 'UTF8')); "
                                "RETURN 'in'; EXCEPTION WHEN "
                                "check_violation THEN GET STACKED DIAGNOSTICS name = CONSTRAINT_NAME; RETURN "
                                "name; END $$; SELECT "
                                "pg_temp.tries()",
                                (long long)d->id, (int)seq + 1, (long long)person_of(WRONG[i].login),
                                (long long)d->id, (int)seq + 1, (long long)person_of(WRONG[i].login),
                                data_text(life, data)),
                            "second_person");
    }
    all_is_whole("2026-03-05");
}

/* ---- late, and as it was known ---- */

static void what_comes_late_says_why(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    const char *ref = received(db, life);
    const char *const roles[] = {"clerk", NULL};
    does(db, ref, "shouli", "clerk", "registered", NULL, NULL, NULL, 0);
    db = web_on(life, "2026-03-10");
    does(db, ref, "shouli", "clerk", "assigned", NULL,
         talloc_asprintf(life, "{'handler':'%lld'}", (long long)person_of("chengban")));
    struct raising in = {.ref = ref,
                         .kind = "withdrawn",
                         .on = {2026, 3, 6},
                         .data = quoted_json(life, "{}"),
                         .person = person_of("shouli"),
                         .roles = roles};
    struct raised out = {0};
    const struct fault *f = office_raise(db, PLAY.office, &in, &out, life);
    must_fail(f, "LATE_REASON");
    assert_string_equal(f->field, "late_reason");
    in.late_reason = "撤回信3月6日已到收发室，今日才转来";
    must(office_raise(db, PLAY.office, &in, &out, life));
    struct dossier *d = dossier_of(db, ref, life);
    const char *text = NULL;
    must(dossier_text(db, d, json_object_get(d->facts[d->count - 1].data, FACT_LATE_REASON), &text, life));
    assert_string_equal(text, in.late_reason);
    size_t count = 0;
    assert_string_equal(standing_conflicts(d->standing, &count)[0].fact->kind, "assigned");
    assert_true(standing_closed(d->standing));
    assert_string_equal(
        ask(life, "SELECT closed || ' ' || conflicts FROM mingda.dossier WHERE ref = '%s'", ref),
        talloc_asprintf(life, "2026-03-06 %zu", count));
    all_is_whole("2026-03-10");
    /* On the 9th nobody knew: the dossier was open, due on the 30th. */
    struct dossier *then = NULL;
    must(dossier_open_known(db, PLAY.office, ref, (struct civil){2026, 3, 9}, life, &then));
    assert_false(standing_closed(then->standing));
    assert_int_equal(then->today.day, 9);
    struct view *v = NULL;
    must(workflow_view(life, then->standing, then->today, &v));
    assert_int_equal(v->reply->due.day, 30);
    must_fail(dossier_open_known(db, PLAY.office, ref, (struct civil){2026, 3, 1}, life, &then),
              "NOTHING_KNOWN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receipt_day_is_corrected_by_two_persons),
        cmocka_unit_test(what_is_then_refused_is_flagged_and_can_be_mended),
        cmocka_unit_test(bad_proposals_are_refused_and_leave_nothing),
        cmocka_unit_test(two_who_confirm_at_once_confirm_once),
        cmocka_unit_test(the_fence_of_the_store_holds),
        cmocka_unit_test(what_comes_late_says_why),
    };
    return cmocka_run_group_tests(tests, play_open, play_close);
}
