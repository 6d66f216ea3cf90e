/* The search on a real database: by words, by number, by an applicant's whole name; for one's own agency
 * only; page by page; what it shows is filed; after an erasure nothing of the text is left to show. */
#include "office_play.h"

#define PAGE     50
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What a search by this person of this agency finds; filed under an exchange of its own. */
static struct table *searched(struct db *db, int32_t agency, const char *login, const char *asked,
                              int64_t before, TALLOC_CTX *life)
{
    struct search s = {0};
    struct table *found = NULL;
    db_scope_set(db, (struct db_scope){.agency = agency, .person = person_of(login)});
    must(office_search(PLAY.office, agency, asked, &s, life));
    assert_int_equal(s.question, SEARCH_SOMETHING);
    const struct cell params[] = {cell_text(s.words), cell_text(s.name), cell_int(before),
                                  cell_text("aaaaaaaaaaaaaaaa")};
    must(db_query(db, Q_SEARCH_PAGE, params, &found, life));
    return found;
}

static size_t finds(struct db *db, const char *asked)
{
    SCOPED_LIFE(life);
    return searched(db, 1, "shouli", asked, INT64_MAX, life)->row_count;
}

#define SAME_FOR_ALL 6 /* the first questions of FOUND ask for nothing that is this dossier's alone */

static void found_by_words_numbers_and_whole_names(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    /* Finds it: a pair, several, words of both items, another width, the name, the name with a space. */
    const char *found[] = {"演练",         "化工园区",    "应急演练 整改清单", "２０２５年度",
                           APPLICANT_NAME, "欧阳 不公开", "its number",        "its day and serial"};
    /* Does not: another order, a word too much, a part of the name, the person's number, another year. */
    static const char *const ABSENT[] = {"练演",         "应急演练 防汛",  "欧阳不",
                                         "欧阳不公开的", APPLICANT_NUMBER, "2024年度"};
    size_t before[COUNT(found)] = {0}, absent[COUNT(ABSENT)];
    for (size_t i = 0; i < SAME_FOR_ALL; i++)
        before[i] = finds(db, found[i]);
    for (size_t i = 0; i < COUNT(ABSENT); i++)
        absent[i] = finds(db, ABSENT[i]);
    const char *ref = apply_now(db, life);
    found[SAME_FOR_ALL] = ref;
    found[SAME_FOR_ALL + 1] = ref + 12;
    for (size_t i = 0; i < COUNT(found); i++) {
        struct table *t = searched(db, 1, "shouli", found[i], INT64_MAX, life);
        if (t->row_count != before[i] + 1)
            fail_msg("%s finds %zu, before %zu", found[i], t->row_count, before[i]);
        assert_string_equal(table_text(t, 0, "ref"), ref); /* the newest */
    }
    for (size_t i = 0; i < COUNT(ABSENT); i++)
        if (finds(db, ABSENT[i]) != absent[i])
            fail_msg("%s finds it", ABSENT[i]);
}

static void too_little_is_no_question(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct search s = {0};
    must(office_search(PLAY.office, 1, "应", &s, life));
    assert_int_equal(s.question, SEARCH_TOO_SHORT);
    must(office_search(PLAY.office, 1, "", &s, life));
    assert_int_equal(s.question, SEARCH_NOTHING);
    must(office_search(PLAY.office, 1, NULL, &s, life));
    assert_int_equal(s.question, SEARCH_NOTHING);
}

static void another_agency_finds_nothing(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    const char *other = ask(life, "SELECT p.login FROM mingda.person p JOIN mingda.person_role r USING "
                                  "(person_id) WHERE r.agency_id = 2 ORDER BY 1 LIMIT 1");
    assert_string_not_equal(other, "");
    assert_true(finds(db, REQUEST_TEXT) > 0);
    assert_int_equal(searched(db, 2, other, REQUEST_TEXT, INT64_MAX, life)->row_count, 0);
    assert_int_equal(searched(db, 2, other, APPLICANT_NAME, INT64_MAX, life)->row_count, 0);
    /* Nor with the words of the first agency, which it cannot hash. */
    struct search s = {0};
    struct table *found = NULL;
    must(office_search(PLAY.office, 1, REQUEST_TEXT, &s, life));
    const struct cell params[] = {cell_text(s.words), cell_text(s.name), cell_int(INT64_MAX), cell_text("b")};
    must(db_query(db, Q_SEARCH_PAGE, params, &found, life));
    assert_int_equal(found->row_count, 0);
}

static void pages_follow_each_other_newest_first(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    const size_t all = PAGE + 5;
    struct receipt receipt = {0};
    size_t there = finds(db, "演练");
    assert_true(there <= PAGE);
    for (; there < all; there++)
        must(apply_as(db, APPLICANT_NAME, facts_submission_id(life), &receipt, life));
    struct table *first = searched(db, 1, "shouli", "演练", INT64_MAX, life);
    assert_int_equal(first->row_count, PAGE + 1); /* the last says that there are more */
    int64_t last = table_int(first, 0, "dossier", 0);
    for (size_t i = 1; i < first->row_count; i++) {
        assert_true(table_int(first, i, "dossier", 0) < last);
        last = table_int(first, i, "dossier", 0);
    }
    struct table *second = searched(db, 1, "shouli", "演练", table_int(first, PAGE - 1, "dossier", 0), life);
    assert_int_equal(second->row_count, all - PAGE);
    assert_int_equal(table_int(second, 0, "dossier", 0), last);
}

static void what_was_shown_is_filed(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    const char *ref = apply_now(db, life);
    const char *rows = talloc_asprintf(life,
                                       "access a JOIN mingda.dossier_number n USING (agency_id, dossier_id)"
                                       " WHERE n.ref = '%s' AND a.what = '/search' AND a.by_person = %lld",
                                       ref, (long long)person_of("shouli"));
    assert_int_equal(counted(rows), 0);
    assert_int_equal(finds(db, ref), 1);
    assert_int_equal(counted(rows), 1);
    assert_int_equal(finds(db, "无此词语"), 0);
    assert_int_equal(counted(rows), 1);
}

/* The key is gone: it is still found by its number, and its subject is said to be erased, not shown or amiss.
 */
static void an_erased_text_is_not_shown(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct db *db = web_on(life, "2026-03-02");
    const char *ref = apply_now(db, life), *subject = NULL;
    struct table *t = searched(db, 1, "shouli", ref, INT64_MAX, life);
    must(office_subject(PLAY.office, 1, t, 0, 120, &subject, life));
    assert_non_null(strstr(subject, REQUEST_TEXT));
    ask(life,
        "DELETE FROM mingda.dossier_key k USING mingda.dossier_number n"
        " WHERE k.dossier_id = n.dossier_id AND k.agency_id = n.agency_id AND n.ref = '%s'",
        ref);
    t = searched(db, 1, "shouli", ref, INT64_MAX, life);
    assert_int_equal(t->row_count, 1);
    must(office_subject(PLAY.office, 1, t, 0, 120, &subject, life));
    assert_true(!subject || !strstr(subject, "园区"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_by_words_numbers_and_whole_names),
        cmocka_unit_test(too_little_is_no_question),
        cmocka_unit_test(another_agency_finds_nothing),
        cmocka_unit_test(pages_follow_each_other_newest_first),
        cmocka_unit_test(what_was_shown_is_filed),
        cmocka_unit_test(an_erased_text_is_not_shown),
    };
    return cmocka_run_group_tests(tests, play_open, play_close);
}
