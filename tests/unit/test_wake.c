/* test_wake.c - the clock's own next day: when the fact of the first expiry is refused on its day, the expiry
 * of another clock may be what it waits for. */
#include "law_files.h"
#include "workflow.h"

static const char WAITS[] =
    "<scxml xmlns='http://www.w3.org/2005/07/scxml' xmlns:law='urn:mingda:law' version='1.0' name='waits' "
    "law:zh='等' law:en='waits' law:in-force='2019-05-15' law:timezone='Asia/Shanghai'>"
    "<law:roles><law:role name='clerk' zh='员' en='clerk'/><law:role name='clock' zh='钟' "
    "en='clock'/></law:roles>"
    "<state id='open'><transition event='received' law:basis='practice'/>"
    "<transition event='lapsed' target='over' law:basis='practice'/></state><final id='over'/>"
    "<law:events>"
    "<law:event name='received' zh='收' en='r' basis='practice' by='clerk'/>"
    "<law:event name='lapsed' zh='过' en='l' basis='practice' by='clock'>"
    "<law:refuse rule='other-period-runs' basis='practice' unless='%s' zh='另一期限未满' en='The other "
    "runs'/></law:event>"
    "</law:events>"
    "<law:clocks calendar='cn' first='received'>"
    "<law:clock id='short' zh='短' en='short' unit='wd' length='5' expiry='lapsed'><law:start "
    "on='received'/></law:clock>"
    "<law:clock id='long' zh='长' en='long' unit='wd' length='10'><law:start on='received'/></law:clock>"
    "</law:clocks></scxml>";

static void check(const char *unless, const char *kind, const char *on)
{
    SCOPED_LIFE(life);
    const struct edition *e = NULL;
    const struct calendar *cal = law_calendar(life);
    struct standing *s = NULL;
    struct clock_wake wake;
    char day[CIVIL_TEXT] = "";
    char *text = talloc_strdup(life, WAITS), *at = strstr(text, "%s");
    *at = '\0';
    text = talloc_asprintf(life, "%s%s%s", text, unless, at + 2);
    must(edition_read(life, "waits", text, strlen(text), &e));
    struct fact received = {.seq = 1, .kind = "received", .on = {2026, 3, 2}, .role = "clerk"};
    must(workflow_fold(life, e, cal, &received, 1, &s));
    must(workflow_wake(life, s, &wake));
    civil_format(wake.on, day);
    if (!kind) {
        assert_null(wake.kind);
        return;
    }
    assert_non_null(wake.kind);
    assert_string_equal(wake.kind, kind);
    assert_string_equal(wake.clock, "short");
    assert_string_equal(day, on);
}

static void the_first_day_on_which_it_is_allowed(void **state)
{
    (void)state;
    check("short.expired", "lapsed", "2026-03-10");
    check("not long.running", "lapsed",
          "2026-03-17"); /* the wake of the other clock, which raises nothing itself */
    check("long.paused", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_first_day_on_which_it_is_allowed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
