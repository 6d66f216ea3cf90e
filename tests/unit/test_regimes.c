/* test_regimes.c - whole editions of other regimes with their own calendars: a law is data. */
#include "law_files.h"
#include "workflow.h"

struct told {
    const char *kind, *on, *by, *role, *data, *child;
};

static const struct edition *read_edition(TALLOC_CTX *life, const char *code)
{
    const struct edition *e = NULL;
    size_t length = 0;
    const char *bytes = law_bytes(life, talloc_asprintf(life, "workflow/editions/%s.scxml", code), &length);
    must(edition_read(life, code, bytes, length, &e));
    assert_string_equal(e->code, code);
    return e;
}

static const struct calendar *read_calendar(TALLOC_CTX *life, const char *name)
{
    struct calendar_source source = {.name = name};
    const struct calendar *c = NULL;
    source.bytes = law_bytes(life, talloc_asprintf(life, "workflow/calendars/%s.csv", name), &source.length);
    must(calendar_read(life, name, &source, 1, CIVIL_NONE, &c));
    return c;
}

static struct civil day(const char *text)
{
    struct civil d = CIVIL_NONE;
    assert_true(civil_parse(text, &d));
    return d;
}

/* Each fact must be accepted. */
static struct standing *tell(TALLOC_CTX *life, const struct edition *e, const struct told *facts)
{
    struct standing *now = NULL, *after = NULL;
    must(workflow_begin(life, e, read_calendar(life, e->calendar), &now));
    for (long n = 1; facts->kind; facts++, n++) {
        struct fact *fact = talloc_zero(life, struct fact);
        *fact = (struct fact){.seq = n,
                              .kind = facts->kind,
                              .child = facts->child,
                              .on = day(facts->on),
                              .by = facts->by,
                              .role = facts->role,
                              .data = law_json(life, facts->data)};
        const struct fault *f = workflow_step(life, now, fact, &after);
        if (f)
            fail_msg("%s on %s: %s", facts->kind, facts->on, fault_text(life, f));
        now = after;
    }
    return now;
}

static void assert_due(TALLOC_CTX *life, const struct standing *s, const char *today, const char *want)
{
    struct view *v = NULL;
    char text[CIVIL_TEXT];
    must(workflow_view(life, s, day(today), &v));
    assert_non_null(v->reply);
    civil_format(v->reply->due, text);
    assert_string_equal(text, want);
}

#define RECEIVED   "{'channel': 'email', 'category': 'other', 'delivery': 'electronic', 'items': 1}"
#define CITIZEN    "{'channel': 'email', 'category': 'citizen', 'delivery': 'electronic', 'items': 1}"
#define NOTE       "{'row': 1, 'commit': '00'}"
#define STORY(...) ((const struct told[]){__VA_ARGS__, {0}})

static void united_kingdom(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char *const VECTORS[][2] = {
        {"2026-03-02", "2026-03-31"}, {"2026-03-20", "2026-04-21"}, {"2026-03-28", "2026-04-28"}};
    const struct edition *e = read_edition(life, "uk-foia");
    for (size_t i = 0; i < 3; i++)
        assert_due(life, tell(life, e, STORY({"received", VECTORS[i][0], NULL, "applicant", RECEIVED})),
                   VECTORS[i][0], VECTORS[i][1]);
}

static void european_union(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *e = read_edition(life, "eu-1049");
    const struct standing *s = tell(life, e,
                                    STORY({"received", "2019-10-24", NULL, "applicant", CITIZEN},
                                          {"registered", "2019-10-25", "1", "clerk", NULL}));
    assert_due(life, s, "2019-10-25", "2019-11-18");
    s = tell(life, e,
             STORY({"received", "2019-10-24", NULL, "applicant", CITIZEN},
                   {"registered", "2019-10-25", "1", "clerk", NULL},
                   {"extension-granted", "2019-11-14", "2", "division-head",
                    "{'workdays': 15, 'reason': " NOTE "}"},
                   {"extension-notified", "2019-11-15", "1", "clerk", NULL}));
    assert_due(life, s, "2019-11-15", "2019-12-09");
}

static void united_states(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *e = read_edition(life, "us-foia");
    const struct standing *s = tell(life, e,
                                    STORY({"received", "2026-05-15", NULL, "applicant", RECEIVED},
                                          {"component-received", "2026-05-15", "1", "clerk", NULL}));
    assert_due(life, s, "2026-05-15", "2026-06-15");
    s = tell(life, e,
             STORY({"received", "2026-05-15", NULL, "applicant", RECEIVED},
                   {"component-received", "2026-05-15", "1", "clerk", NULL},
                   {"registered", "2026-05-15", "1", "clerk", NULL},
                   {"extension-granted", "2026-06-10", "2", "division-head",
                    "{'workdays': 10, 'circumstances': 'volume'}"},
                   {"extension-notified", "2026-06-11", "1", "clerk", NULL}));
    assert_due(life, s, "2026-06-11", "2026-06-30");
}

/* From receipt to reply; on the way, what the law forbids is refused with its rule. */
static void a_request_is_answered(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const struct told BEGUN[] = {
        {"received", "2026-03-02", NULL, "applicant", RECEIVED},
        {"registered", "2026-03-02", "1", "clerk", NULL},
        {"assigned", "2026-03-03", "1", "clerk", "{'handler': '2'}"},
        {"search-recorded", "2026-03-04", "2", "handler",
         "{'result': 'found', 'where': " NOTE ", 'keywords': " NOTE "}"},
        {"outcome-proposed", "2026-03-05", "2", "handler", "{'outcome': 'DISCLOSED', 'reason': " NOTE "}",
         "i1"},
        {"reply-drafted", "2026-03-06", "2", "handler", "{'summary': " NOTE "}"},
        {"review-passed", "2026-03-09", "3", "legal", NULL},
        {"approved", "2026-03-10", "4", "leader", NULL},
        {"answered", "2026-03-11", "1", "clerk", "{'method': 'electronic'}"},
        {0}};
    const struct edition *e = read_edition(life, "uk-foia");
    struct standing *s = tell(life, e, BEGUN), *after = NULL;
    assert_true(standing_closed(s));
    assert_string_equal(standing_public(s)->id, "answered");
    struct told searched[5] = {BEGUN[0], BEGUN[1], BEGUN[2], BEGUN[3]};
    struct fact withheld = {
        .seq = 5,
        .kind = "outcome-proposed",
        .child = "i1",
        .on = day("2026-03-05"),
        .by = "2",
        .role = "handler",
        .data = law_json(life, "{'outcome': 'WITHHELD', 'exemption': 's43', 'reason': " NOTE "}")};
    const struct fault *f = workflow_step(life, tell(life, e, searched), &withheld, &after);
    assert_true(f && f->refusal);
    assert_string_equal(f->refusal->rule, "public-interest-test");
    assert_string_equal(f->refusal->basis, "s.2(2)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(united_kingdom),
        cmocka_unit_test(european_union),
        cmocka_unit_test(united_states),
        cmocka_unit_test(a_request_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
