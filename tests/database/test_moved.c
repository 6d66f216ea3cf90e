/* Two things that the program counts for whoever is in charge: by how much a date moved, told until they have
 * acted; and what a fee comes to, from what the same applicant asked for earlier in the month. */
#include "office_play.h"
#include "package.h"

#define DAY "2026-03-30"

static void must_refuse(const struct fault *f, const char *rule)
{
    assert_non_null(f);
    assert_int_equal(f->kind, FAULT_REFUSED);
    assert_string_equal(f->refusal->rule, rule);
}

static const char *head(TALLOC_CTX *life, const char *ref)
{
    return ask(life,
               "SELECT concat_ws(' ', moved_from, moved_to, moved_seq) FROM mingda.dossier WHERE ref = '%s'",
               ref);
}

static void calendar_changes(const char *ref, const char *before, const char *after, TALLOC_CTX *life)
{
    static const char NOTICE[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const char *data =
        before ? talloc_asprintf(life, "{'calendar':'%s','before':'%s','after':'%s'}", NOTICE, before, after)
               : talloc_asprintf(life, "{'calendar':'%s','after':'%s'}", NOTICE, after);
    does(db_on(life, "clock", DAY), ref, NULL, "clock", "calendar-changed", NULL, data);
}

static const char *assigned(struct db *db, TALLOC_CTX *life)
{
    const char *ref = apply_now(db, life);
    does(db, ref, "shouli", "clerk", "registered");
    does(db, ref, "shouli", "clerk", "assigned",
         .data = talloc_asprintf(life, "{'handler':'%lld'}", (long long)person_of("chengban")));
    return ref;
}

static const char CONTACT[] = "{'how':'phone','said':'已电话告知'}";

static void a_moved_date_is_told_until_its_handler_acts(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    const char *ref = assigned(db, life);
    assert_string_equal(head(life, ref), "");
    calendar_changes(ref, "2026-04-27", "2026-04-28", life);
    assert_string_equal(head(life, ref), "2026-04-27 2026-04-28 5");
    /* Somebody else's work, and the applicant's, do not show that the handler has seen it. */
    does(db, ref, "shouli", "clerk", "contact-noted", NULL, CONTACT);
    does(db, ref, NULL, "applicant", "publication-proposed", NULL, "{}");
    assert_string_equal(head(life, ref), "2026-04-27 2026-04-28 5");
    /* Moved again: from the day that was last known to them. */
    calendar_changes(ref, "2026-04-28", "2026-04-30", life);
    assert_string_equal(head(life, ref), "2026-04-27 2026-04-30 5");
    does(db, ref, "chengban", "handler", "contact-noted", NULL, CONTACT);
    assert_string_equal(head(life, ref), "");
    all_is_whole(DAY);
}

static void seen_is_enough(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    const char *ref = assigned(db, life);
    must_refuse(raise_as(db, ref, (struct doing){"chuzhang", "division-head", "change-seen"}, NULL, life),
                "nothing-moved");
    calendar_changes(ref, "2026-04-27", "2026-04-28", life);
    does(db, ref, "chuzhang", "division-head", "change-seen");
    assert_string_equal(head(life, ref), "");
    must_refuse(raise_as(db, ref, (struct doing){"chuzhang", "division-head", "change-seen"}, NULL, life),
                "nothing-moved");
    /* What only became certain has not moved, and what moved back neither. */
    calendar_changes(ref, "2026-04-28", "2026-04-28", life);
    assert_string_equal(head(life, ref), "");
    calendar_changes(ref, "2026-04-28", "2026-04-29", life);
    calendar_changes(ref, "2026-04-29", "2026-04-28", life);
    assert_string_equal(head(life, ref), "");
    all_is_whole(DAY);
}

static void without_a_handler_anybody_of_the_staff(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    const char *ref = apply_now(db, life);
    calendar_changes(ref, NULL, "2026-04-28", life);
    assert_string_equal(head(life, ref), "2026-04-28 2");
    does(db, ref, "shouli", "clerk", "registered");
    assert_string_equal(head(life, ref), "");
}

static void a_closed_dossier_tells_nobody(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, DAY);
    const char *ref = assigned(db, life);
    calendar_changes(ref, "2026-04-27", "2026-04-28", life);
    does(db, ref, NULL, "applicant", "withdrawn", NULL, "{}");
    assert_string_equal(head(life, ref), "");
}

/* ---- fees ---- */

static const char *applies(const char *day, const char *number, const char *phone, size_t count,
                           TALLOC_CTX *life)
{
    static const char *const items[] = {"第一项信息", "第二项信息", "第三项信息",
                                        "第四项信息", "第五项信息", "第六项信息"};
    json_t *applicant = json_adopt(life, json_pack("{s:s,s:s,s:s,s:s}", "name", APPLICANT_NAME, "id_kind",
                                                   "id-card", "id_number", number, "phone", phone));
    struct receipt receipt = {0};
    const struct application in = {.agency = 1,
                                   .channel = "web",
                                   .category = "natural",
                                   .delivery = "electronic",
                                   .applicant = applicant,
                                   .items = items,
                                   .item_count = count,
                                   .submission = facts_submission_id(life),
                                   .role = "applicant"};
    must(office_submit(web_on(life, day), PLAY.office, &in, &receipt, life));
    return receipt.ref;
}

static struct asked_earlier earlier_of(const char *ref, TALLOC_CTX *life)
{
    struct asked_earlier earlier;
    struct db *db = web_on(life, DAY);
    must(office_asked_earlier(db, dossier_of(db, ref, life), &earlier, life));
    return earlier;
}

#define SAME    "310000199502020011"
#define ANOTHER "310000199502020012"

static const char *odt_text(struct db *db, const char *ref, const char *child, TALLOC_CTX *life)
{
    const char *hex = fact_text(standing_fact(dossier_of(db, ref, life)->standing, "drafted", child), "odt");
    const char *bytes = ask(life, "SELECT encode(bytes, 'hex') FROM mingda.blob WHERE sha256 = '\\x%s'", hex);
    size_t length = strlen(bytes) / 2;
    uint8_t *raw = talloc_array(life, uint8_t, length + 1);
    for (size_t i = 0; i < length; i++)
        raw[i] = (uint8_t)strtoul((const char[]){bytes[2 * i], bytes[2 * i + 1], '\0'}, NULL, 16);
    struct package *p = NULL;
    must(package_read(life, raw, length, &PACKAGE_LIMITS, &p));
    const struct package_entry *entry = package_find(p, "content.xml");
    assert_non_null(entry);
    return talloc_strndup(life, (const char *)entry->data, entry->size);
}

static void a_fee_is_counted_from_the_same_applicants_month(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    applies("2026-02-27", SAME, "021-11111111", 6, life); /* another month */
    applies("2026-03-02", SAME, "021-11111111", 6, life);
    applies("2026-03-02", ANOTHER, "021-11111111", 2, life); /* the same telephone: linked, not the same */
    applies("2026-03-02", ANOTHER, "021-22222222", 3, life); /* nothing in common with the next */
    const char *ref = applies("2026-03-03", SAME, "021-11111111", 6, life);
    applies("2026-03-04", SAME, "021-11111111", 6, life); /* after it */
    struct asked_earlier earlier = earlier_of(ref, life);
    assert_int_equal(earlier.same, 6);
    assert_int_equal(earlier.linked, 2);

    struct db *db = web_on(life, DAY);
    does(db, ref, "shouli", "clerk", "registered");
    does(db, ref, "shouli", "clerk", "assigned",
         .data = talloc_asprintf(life, "{'handler':'%lld'}", (long long)person_of("chengban")));
    struct doing fee = {
        "chengban", "handler", "fee-decided", NULL,
        "{'basis':'items','quantity':6,'earlier':6,'amount':20001,'same-applicant':'证件号码相同'}"};
    must_refuse(raise_as(db, ref, fee, NULL, life), "fee-above-tariff");
    fee.data = "{'basis':'items','quantity':6,'earlier':6}";
    must_refuse(raise_as(db, ref, fee, NULL, life), "same-applicant-decided");
    fee.data = "{'basis':'items','quantity':6,'earlier':4,'same-applicant':'证件号码相同'}";
    must_refuse(raise_as(db, ref, fee, NULL, life), "fee-above-tariff"); /* ten are free */
    fee.data =
        "{'basis':'items','quantity':6,'earlier':6,'same-applicant':'证件号码相同','how':'到窗口缴纳'}";
    must(raise_as(db, ref, fee, NULL, life));
    const struct fact *decided = standing_fact(dossier_of(db, ref, life)->standing, "fee-decided", NULL);
    int64_t amount = 0, counted_by_program = -1;
    assert_true(fact_int(decided, "amount", &amount) && fact_int(decided, "counted", &counted_by_program));
    assert_int_equal(amount, 20000); /* items 7 to 10 are free, 11 and 12 cost 100 yuan each */
    assert_int_equal(counted_by_program, 6);

    does(db, ref, "chengban", "handler", "drafted", NULL, "{'template':'D10'}");
    const char *said = odt_text(db, ref, "L2", life);
    static const char *const WORDS[] = {
        "6件（同一申请人本自然月此前6件）", "第7至10件：4件，每件0.00元，计0.00元",
        "第11至12件：2件，每件100.00元，计200.00元", "次日起20个工作日内缴纳"};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (!strstr(said, WORDS[i]))
            fail_msg("the notice does not say “%s”", WORDS[i]);
    all_is_whole(DAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moved_date_is_told_until_its_handler_acts),
        cmocka_unit_test(seen_is_enough),
        cmocka_unit_test(without_a_handler_anybody_of_the_staff),
        cmocka_unit_test(a_closed_dossier_tells_nobody),
        cmocka_unit_test(a_fee_is_counted_from_the_same_applicants_month),
    };
    return cmocka_run_group_tests(tests, play_open, play_close);
}
