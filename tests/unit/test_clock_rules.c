/* test_clock_rules.c - clocks as data: other regimes without C, malformed declarations, wakes, and what the
 * interface tells. */
#include "cmocka_all.h"

#include <dirent.h>
#include <stdio.h>
#include "clock.h"
#include "law_files.h"
#include "law_xml.h"

#define FOLDER "tests/corpora/clock/"

/* The earliest expiry that wants a fact. */
static bool clocks_wake(const struct clocks *clocks, const struct calendar *cal, struct clock_wake *out)
{
    struct clock_wake wakes[64];
    size_t count = clocks_wakes(clocks, cal, wakes);
    for (size_t i = 0; i < count; i++)
        if (wakes[i].kind) {
            *out = wakes[i];
            return true;
        }
    return false;
}

static const struct fault *read_rules(TALLOC_CTX *life, const char *relative, const struct clock_rules **out)
{
    xmlDocPtr doc = NULL;
    size_t length = 0;
    const char *bytes = law_bytes(life, relative, &length);
    must(law_xml_read(life, relative, bytes, length, &doc));
    return clock_rules_read(life, relative, xmlDocGetRootElement(doc), out);
}

static const struct calendar *read_calendar(TALLOC_CTX *life, const char *name)
{
    struct calendar_source source = {.name = name};
    const struct calendar *cal = NULL;
    source.bytes =
        law_bytes(life, talloc_asprintf(life, "tests/corpora/calendar/%s.csv", name), &source.length);
    must(calendar_read(life, name, &source, 1, CIVIL_NONE, &cal));
    return cal;
}

struct step {
    const char *kind, *on, *data; /* data: JSON with single quotes, or NULL */
    const char *child;
};

static struct civil day(const char *text)
{
    struct civil d = CIVIL_NONE;
    assert_true(civil_parse(text, &d));
    return d;
}

struct folded {
    const struct clocks *clocks;
    const struct clock_refused *refused;
    size_t refused_count;
};

static struct folded fold(TALLOC_CTX *life, const struct clock_rules *rules, const struct calendar *cal,
                          const struct step *steps)
{
    struct fact facts[20];
    size_t count = 0;
    struct folded out;
    for (; steps[count].kind; count++)
        facts[count] = (struct fact){.seq = (long)count + 1,
                                     .kind = steps[count].kind,
                                     .on = day(steps[count].on),
                                     .child = steps[count].child,
                                     .data = law_json(life, steps[count].data)};
    must(clocks_fold(rules, cal, talloc_memdup(life, facts, sizeof facts), count, (struct clocks_scope){0},
                     &out.clocks, &out.refused, &out.refused_count, life, life));
    return out;
}

static struct clock_view view(TALLOC_CTX *life, const struct clocks *clocks, const char *id,
                              const char *child, const struct calendar *cal, const char *today)
{
    struct clock_view out;
    int index = clocks_find(clocks, id, child);
    assert_true(index >= 0);
    must(clock_view(clocks, (size_t)index, cal, day(today), &out, life));
    return out;
}

static void assert_day(struct civil got, const char *want)
{
    char text[CIVIL_TEXT];
    civil_format(got, text);
    assert_string_equal(text, want);
}

#define STEPS(...) ((const struct step[]){__VA_ARGS__, {NULL, NULL, NULL, NULL}})

/* Statute 9.3, and the rules of 9.1 that differ from ours. */
static void united_states(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct calendar *cal = read_calendar(life, "us-federal");
    const struct clock_rules *rules = NULL;
    must(read_rules(life, FOLDER "regimes/us-foia.xml", &rules));
    struct folded f =
        fold(life, rules, cal, STEPS({"received", "2026-05-15"}, {"component-received", "2026-05-15"}));
    assert_day(view(life, f.clocks, "reply", NULL, cal, "2026-05-15").due, "2026-06-15");
    f = fold(life, rules, cal,
             STEPS({"received", "2026-05-15"}, {"component-received", "2026-05-15"},
                   {"unusual-circumstances", "2026-06-01", "{'workdays': 11}"},
                   {"unusual-circumstances", "2026-06-01", "{'workdays': 10}"},
                   {"unusual-circumstances", "2026-06-02", "{'workdays': 1}"}));
    assert_day(view(life, f.clocks, "reply", NULL, cal, "2026-06-02").due, "2026-06-30");
    assert_int_equal(f.refused_count, 2);
    assert_string_equal(f.refused[0].why.rule, "extension-length");
    assert_string_equal(f.refused[1].why.rule, "extension-once");
    assert_int_equal(f.refused[1].why.fact, 4);
    /* the right component is reached late, or only after the ten days are over */
    f = fold(life, rules, cal, STEPS({"received", "2026-05-01"}, {"component-received", "2026-05-07"}));
    assert_day(view(life, f.clocks, "reply", NULL, cal, "2026-05-07").day0, "2026-05-07");
    f = fold(life, rules, cal, STEPS({"received", "2026-05-01"}, {"component-received", "2026-05-20"}));
    assert_day(view(life, f.clocks, "reply", NULL, cal, "2026-05-20").day0, "2026-05-11");
    /* one tolling for information, any number for fees; the union of both */
    f = fold(life, rules, cal,
             STEPS({"received", "2026-05-15"}, {"component-received", "2026-05-15"},
                   {"clarification-asked", "2026-05-18"}, {"fee-asked", "2026-05-19"},
                   {"clarification-given", "2026-05-20"}, {"clarification-asked", "2026-05-20"},
                   {"fee-clarified", "2026-05-21"}, {"fee-asked", "2026-06-01"}));
    struct clock_view v = view(life, f.clocks, "reply", NULL, cal, "2026-06-03");
    assert_int_equal(f.refused_count, 1);
    assert_string_equal(f.refused[0].why.rule, "clarification-once");
    assert_int_equal(v.state, CLOCK_PAUSED);
    assert_false(civil_is_set(v.due));
    assert_int_equal(v.pause_count, 2);
    assert_day(v.pauses[0].through, "2026-05-21");
    assert_int_equal(v.counted, 7);
}

static void united_kingdom(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct calendar *cal = read_calendar(life, "uk-any-part");
    const struct clock_rules *rules = NULL;
    must(read_rules(life, FOLDER "regimes/uk-foia.xml", &rules));
    static const char *const VECTORS[][2] = {
        {"2026-03-02", "2026-03-31"}, {"2026-03-20", "2026-04-21"}, {"2026-03-28", "2026-04-28"}};
    for (size_t i = 0; i < 3; i++) {
        struct folded f = fold(life, rules, cal, STEPS({"received", VECTORS[i][0]}));
        assert_day(view(life, f.clocks, "reply", NULL, cal, VECTORS[i][0]).due, VECTORS[i][1]);
    }
    /* the days from the fees notice to the payment are left out; three months, not moved off a Sunday */
    struct folded f =
        fold(life, rules, cal,
             STEPS({"received", "2026-02-02"}, {"fee-notified", "2026-02-10"}, {"fee-paid", "2026-02-24"}));
    assert_day(view(life, f.clocks, "reply", NULL, cal, "2026-02-24").due, "2026-03-16");
    assert_day(view(life, f.clocks, "fee", NULL, cal, "2026-02-24").due, "2026-05-10");
    f = fold(life, rules, cal,
             STEPS({"received", "2026-02-02"},
                   {"public-interest-estimate", "2026-02-20", "{'until': '2026-05-29'}"}));
    assert_day(view(life, f.clocks, "reply", NULL, cal, "2026-02-24").due, "2026-05-29");
    f = fold(life, rules, cal, STEPS({"received", "2026-02-02"}, {"clarification-asked", "2026-02-20"}));
    assert_int_equal(view(life, f.clocks, "reply", NULL, cal, "2026-02-24").state, CLOCK_REPLACED);
}

static void european_union(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct calendar *cal = read_calendar(life, "eu-institution");
    const struct clock_rules *rules = NULL;
    struct clock_wake wake;
    must(read_rules(life, FOLDER "regimes/eu-1049.xml", &rules));
    struct folded f = fold(life, rules, cal, STEPS({"received", "2019-10-24"}, {"registered", "2019-10-25"}));
    assert_day(view(life, f.clocks, "reply", NULL, cal, "2019-10-25").due, "2019-11-18");
    assert_true(clocks_wake(f.clocks, cal, &wake));
    assert_string_equal(wake.kind, "refused-by-silence");
    assert_day(wake.on, "2019-11-19");
    f = fold(life, rules, cal,
             STEPS({"received", "2019-10-24"}, {"registered", "2019-10-25"}, {"extended", "2019-11-15"},
                   {"extended", "2019-11-15"}));
    assert_day(view(life, f.clocks, "reply", NULL, cal, "2019-11-15").due, "2019-12-09");
    assert_int_equal(f.refused_count, 1);
    f = fold(life, rules, cal,
             STEPS({"received", "2021-09-06"}, {"registered", "2021-09-06"}, {"extended", "2021-09-06"}));
    assert_day(view(life, f.clocks, "reply", NULL, cal, "2021-09-06").due, "2021-10-18");
    f = fold(life, rules, cal,
             STEPS({"received", "2021-09-06"}, {"registered", "2021-09-06"},
                   {"refused-by-silence", "2021-09-28"}));
    assert_day(view(life, f.clocks, "confirmatory", NULL, cal, "2021-09-28").day0, "2021-09-28");
    assert_false(clocks_wake(f.clocks, cal, &wake));
}

/* ---- wakes of our own edition ---- */

static void wakes(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct clock_rules *rules = law_edition(life)->clocks;
    const struct calendar *cal = law_calendar(life);
    static const struct {
        const char *about;
        struct step steps[6];
        const char *on, *kind, *clock;
    } CASES[] = {
        {"the day after due", {{"received", "2026-03-02"}}, "2026-03-31", "overdue", "reply"},
        {"raised already",
         {{"received", "2026-03-02"}, {"overdue", "2026-03-31", "{'clock': 'reply'}"}},
         NULL,
         NULL,
         NULL},
        {"raised for another clock",
         {{"received", "2026-03-02"}, {"overdue", "2026-03-31", "{'clock': 'fee'}"}},
         "2026-03-31",
         "overdue",
         "reply"},
        {"answered", {{"received", "2026-03-02"}, {"served", "2026-03-20"}}, NULL, NULL, NULL},
        {"provisional", {{"received", "2026-12-04"}}, NULL, NULL, NULL},
        {"a wait without receipt of the notice",
         {{"received", "2026-03-02"}, {"correction-notified", "2026-03-04"}},
         NULL,
         NULL,
         NULL},
        {"nothing came of the correction",
         {{"received", "2026-03-02"}, {"correction-notified", "2026-03-10", "{'delivered': '2026-03-12'}"}},
         "2026-03-27",
         "abandoned",
         "correction"},
        {"the fee was not paid",
         {{"received", "2026-03-10"}, {"fee-notified", "2026-04-01", "{'delivered': '2026-04-02'}"}},
         "2026-05-07",
         "abandoned",
         "fee"},
        {"a consultation not yet delivered floats",
         {{"received", "2026-03-02"}, {"consultation-sent", "2026-03-09", "{'to': 'third-party'}", "t1"}},
         NULL,
         NULL,
         NULL},
        {"delivered: its own period ends first",
         {{"received", "2026-03-02"},
          {"consultation-sent", "2026-03-09", "{'to': 'third-party'}", "t1"},
          {"consultation-delivered", "2026-03-11", NULL, "t1"}},
         "2026-04-02",
         "consultation-lapsed",
         "third-party"},
        {"that is told: the reply has what is left",
         {{"received", "2026-03-02"},
          {"consultation-sent", "2026-03-09", "{'to': 'third-party'}", "t1"},
          {"consultation-delivered", "2026-03-11", NULL, "t1"},
          {"consultation-lapsed", "2026-04-02", NULL, "t1"}},
         "2026-04-24",
         "overdue",
         "reply"},
        {"an other agency that does not answer",
         {{"received", "2026-03-02"}, {"consultation-sent", "2026-03-09", "{'to': 'other-agency'}", "t1"}},
         NULL,
         NULL,
         NULL},
        {"restarted after it was overdue: a new expiry is told anew",
         {{"received", "2026-03-02"},
          {"overdue", "2026-03-31", "{'clock': 'reply'}"},
          {"fee-notified", "2026-04-01"},
          {"fee-paid", "2026-04-02"}},
         "2026-05-07",
         "overdue",
         "reply"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct folded f = fold(life, rules, cal, CASES[i].steps);
        struct clock_wake wake = {.kind = "nothing"};
        bool any = clocks_wake(f.clocks, cal, &wake);
        if (any != (CASES[i].on != NULL))
            print_error("%s: %s\n", CASES[i].about, wake.kind);
        assert_int_equal(any, CASES[i].on != NULL);
        if (!any)
            continue;
        assert_day(wake.on, CASES[i].on);
        assert_string_equal(wake.kind, CASES[i].kind);
        assert_string_equal(wake.clock, CASES[i].clock);
    }
}

/* ---- asking before doing ---- */

static void refusals_name_what_stands_in_the_way(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct clock_rules *rules = law_edition(life)->clocks;
    const struct calendar *cal = law_calendar(life);
    struct folded f = fold(
        life, rules, cal,
        STEPS({"received", "2026-03-02"}, {"correction-notified", "2026-03-03"}, {"served", "2026-03-05"}));
    struct fact fact = {.seq = 4, .kind = "extension-granted", .on = day("2026-03-06")};
    struct refusal why;
    assert_true(clocks_refuse(f.clocks, cal, &fact, CIVIL_NONE, &why));
    assert_string_equal(why.rule, "after-reply");
    assert_int_equal(why.fact, 3);
    f = fold(life, rules, cal, STEPS({"received", "2026-03-02"}, {"correction-notified", "2026-03-03"}));
    fact.on = day("2026-03-04");
    assert_true(clocks_refuse(f.clocks, cal, &fact, CIVIL_NONE, &why));
    assert_string_equal(why.rule, "clock-replaced");
    assert_int_equal(why.fact, 2);
    assert_string_equal(why.basis, "条例33");
    assert_non_null(strstr(why.zh, "补正"));
    /* the form is not yet filled in: its number is not judged; filled in, it is */
    f = fold(life, rules, cal, STEPS({"received", "2026-03-02"}));
    assert_false(clocks_refuse(f.clocks, cal, &fact, CIVIL_NONE, &why));
    fact.data = law_json(life, "{'workdays': 21}");
    assert_true(clocks_refuse(f.clocks, cal, &fact, CIVIL_NONE, &why));
    assert_string_equal(why.rule, "extension-length");
    assert_int_equal(why.fact, -1);
    assert_true(clocks_refuse(f.clocks, cal, &fact, day("2026-03-03"), &why));
    assert_string_equal(why.rule, "future");
    fact = (struct fact){.seq = 4, .kind = "no-such-event", .on = day("2026-03-06")};
    assert_false(clocks_refuse(f.clocks, cal, &fact, CIVIL_NONE, &why));
}

static void rules_tell_about_themselves(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *edition = law_edition(life);
    const struct clock_rules *rules = edition->clocks;
    static const char *const IDS[] = {"reply",
                                      "third-party",
                                      "co-author",
                                      "other-agency",
                                      "referral",
                                      "registration",
                                      "correction-notice",
                                      "correction",
                                      "reasons",
                                      "fee",
                                      "proactive",
                                      "reconsideration",
                                      "reconsideration-reply",
                                      "litigation",
                                      "litigation-after-review",
                                      "redo",
                                      "n04-hold",
                                      "re-review",
                                      "record-correction",
                                      "defence"};
    for (size_t i = 0; i < sizeof IDS / sizeof *IDS; i++)
        assert_non_null(clock_rules_find(rules, IDS[i]));
    assert_int_equal(clock_rules_count(rules), sizeof IDS / sizeof *IDS);
    assert_string_equal(clock_rules_about(rules, 0)->zh, "答复期限");
    assert_string_equal(clock_rules_find(rules, "reply")->expiry, "overdue");
    assert_int_equal(clock_rules_find(rules, "reasons")->length, -1);
    assert_null(clock_rules_find(rules, "lunch"));
    assert_string_equal(clock_rules_calendar(rules), "cn");
    assert_string_equal(clock_rules_first(rules), "received");
    assert_true(clock_rules_touch(rules, "served"));
    assert_false(clock_rules_touch(rules, "assigned"));
    for (size_t i = 0; i < clock_rules_kind_count(rules); i++) /* each is an event of the edition */
        assert_non_null(edition_event(edition, clock_rules_kind(rules, i)));
}

/* ---- malformed declarations ---- */

static void check_malformed(const char *relative)
{
    SCOPED_LIFE(life);
    const struct clock_rules *rules = NULL;
    size_t length = 0;
    const char *says = strstr(law_bytes(life, relative, &length), "<!-- says: ");
    assert_non_null(says);
    says += strlen("<!-- says: ");
    says = talloc_strndup(life, says, (size_t)(strstr(says, " -->") - says));
    const struct fault *f = read_rules(life, relative, &rules);
    must_fail(f, "CLOCK_RULES");
    assert_null(rules);
    assert_int_equal(f->kind, FAULT_INPUT);
    assert_int_equal(strncmp(f->detail, relative, strlen(relative)), 0);
    if (!strstr(f->detail, says)) {
        print_error("\"%s\" is not in \"%s\"\n", says, f->detail);
        fail();
    }
}

static void malformed_rules(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    DIR *folder = opendir(MINGDA_SOURCE "/" FOLDER "rules");
    int count = 0;
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strstr(entry->d_name, ".xml")) {
            check_malformed(talloc_asprintf(life, FOLDER "rules/%s", entry->d_name));
            count++;
        }
    closedir(folder);
    assert_true(count >= 40);
}

static void an_edition_without_clocks(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char PLAIN[] =
        "<scxml xmlns='http://www.w3.org/2005/07/scxml' version='1.0'><state id='a'/></scxml>";
    const struct clock_rules *rules = NULL;
    struct clock_wake wake;
    xmlDocPtr doc = NULL;
    must(law_xml_read(life, "plain", PLAIN, sizeof PLAIN - 1, &doc));
    must(clock_rules_read(life, "plain", xmlDocGetRootElement(doc), &rules));
    struct folded f = fold(life, rules, law_calendar(life), STEPS({"anything", "2026-03-02"}));
    assert_int_equal(clocks_count(f.clocks), 0);
    assert_int_equal(f.refused_count, 0);
    assert_null(clock_rules_first(rules));
    assert_false(clocks_wake(f.clocks, law_calendar(life), &wake));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(united_states),
        cmocka_unit_test(united_kingdom),
        cmocka_unit_test(european_union),
        cmocka_unit_test(wakes),
        cmocka_unit_test(refusals_name_what_stands_in_the_way),
        cmocka_unit_test(rules_tell_about_themselves),
        cmocka_unit_test(malformed_rules),
        cmocka_unit_test(an_edition_without_clocks),
    };
    return cmocka_run_group_tests_name("clock-rules", tests, NULL, NULL);
}
