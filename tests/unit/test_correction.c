/* A fact that is wrong: proposed, confirmed by a second person, and what follows from it in the fold. */
#include "law_files.h"
#include "text.h"
#include "workflow.h"

#define MOST_FACTS 40
#define N          "{'row':1,'commit':'c0'}"

struct telling {
    TALLOC_CTX *life;
    const struct edition *e;
    const struct calendar *c;
    struct fact facts[MOST_FACTS];
    size_t count;
    struct standing *now;
};

static const struct fault *try_to(struct telling *t, const char *day, const char *who, const char *role,
                                  const char *kind, const char *child, const char *data)
{
    struct standing *after = NULL;
    struct fact *fact = &t->facts[t->count];
    *fact = (struct fact){.seq = (long)t->count + 1,
                          .kind = kind,
                          .child = child,
                          .by = who,
                          .role = role,
                          .data = law_json(t->life, data)};
    assert_true(civil_parse(day, &fact->on));
    TRY(workflow_step(t->life, t->now, fact, &after));
    t->count++;
    t->now = after;
    return NULL;
}
#define DOES(...)           must(try_to(&t, __VA_ARGS__))
#define REFUSED(rule_, ...) refused(try_to(&t, __VA_ARGS__), rule_, __LINE__)

static const struct refusal *refused(const struct fault *f, const char *rule, int line)
{
    if (!f || !f->refusal || strcmp(f->refusal->rule, rule) != 0)
        fail_msg("line %d: %s instead of %s", line,
                 !f           ? "allowed"
                 : f->refusal ? f->refusal->rule
                              : f->code,
                 rule);
    assert_true(text_count(f->refusal->zh) > 5 && text_count(f->refusal->en) > 5);
    return f->refusal;
}

static const char *due_of(const struct telling *t, const struct standing *s, const char *today)
{
    struct view *v = NULL;
    struct civil day;
    char *text = talloc_array(t->life, char, CIVIL_TEXT);
    assert_true(civil_parse(today, &day));
    must(workflow_view(t->life, s, day, &v));
    civil_format(v->reply->due, text);
    return text;
}

/* Received on the 2nd, a correction asked for on the 11th (the 7th working day), answered. */
static void begin(struct telling *t, TALLOC_CTX *life)
{
    *t = (struct telling){.life = life, .e = law_edition(life), .c = law_calendar(life)};
    must(workflow_begin(life, t->e, t->c, &t->now));
}
#define RECEIVED                                                                                             \
    DOES("2026-03-02", "shouli", "clerk", "received", NULL,                                                  \
         "{'channel':'counter','category':'natural','delivery':'mail','items':1}");                          \
    DOES("2026-03-02", "shouli", "clerk", "registered", NULL, "{}")
#define ASKED                                                                                                \
    DOES("2026-03-11", "shouli", "clerk", "correction-notified", NULL,                                       \
         "{'reply-by':'2026-03-25','what':" N "}")

static void two_persons_correct_and_the_dates_follow(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    begin(&t, life);
    RECEIVED;
    assert_string_equal(due_of(&t, t.now, "2026-03-05"), "2026-03-30");
    DOES("2026-03-05", "chengban", "handler", "rectification-proposed", NULL,
         "{'fact':1,'reason':" N ",'data':{'on':'2026-02-27'}}");
    assert_string_equal(due_of(&t, t.now, "2026-03-05"), "2026-03-30"); /* a proposal changes nothing */
    assert_non_null(standing_proposal(t.now, 3));
    assert_int_equal(standing_proposal_about(t.now, 1)->seq, 3);
    DOES("2026-03-05", "guanli", "admin", "corrected", NULL,
         "{'fact':1,'proposal':3,'data':{'on':'2026-02-27'}}");
    assert_string_equal(due_of(&t, t.now, "2026-03-05"), "2026-03-26");
    assert_null(standing_proposal(t.now, 3));
    assert_int_equal(standing_decision(t.now, 3)->seq, 4);
    assert_int_equal(t.facts[0].on.month, 3); /* the fact itself stays as it was filed */
    assert_int_equal(standing_known(t.now, 1)->on.month, 2);
    assert_null(standing_known(t.now, 99));
    /* What comes next stands on the corrected facts. */
    DOES("2026-03-06", "shouli", "clerk", "assigned", NULL, "{'handler':'chengban'}");
    assert_string_equal(due_of(&t, t.now, "2026-03-06"), "2026-03-26");
}

static void four_eyes_and_nothing_twice(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    begin(&t, life);
    RECEIVED;
    REFUSED("correction-unknown", "2026-03-05", "chengban", "handler", "rectification-proposed", NULL,
            "{'fact':9,'reason':" N ",'data':{'on':'2026-02-27'}}");
    REFUSED("correction-not-proposed", "2026-03-05", "guanli", "admin", "corrected", NULL,
            "{'fact':1,'proposal':2,'data':{'on':'2026-02-27'}}");
    DOES("2026-03-05", "guanli", "admin", "rectification-proposed", NULL,
         "{'fact':1,'reason':" N ",'data':{'on':'2026-02-27'}}");
    REFUSED("correction-pending", "2026-03-05", "chengban", "handler", "rectification-proposed", NULL,
            "{'fact':1,'reason':" N ",'data':{'on':'2026-02-26'}}");
    REFUSED("correction-of-correction", "2026-03-05", "chengban", "handler", "rectification-proposed", NULL,
            "{'fact':3,'reason':" N ",'data':{}}");
    const struct refusal *why =
        REFUSED("correction-second-person", "2026-03-05", "guanli", "admin", "corrected", NULL,
                "{'fact':1,'proposal':3,'data':{'on':'2026-02-27'}}");
    assert_int_equal(why->fact, 3); /* who proposed it */
    why = REFUSED("correction-second-person", "2026-03-05", "shouli", "clerk", "corrected", NULL,
                  "{'fact':1,'proposal':3,'data':{'on':'2026-02-27'}}");
    assert_int_equal(why->fact, 1); /* who made the first record */
    REFUSED("correction-differs", "2026-03-05", "chuzhang", "division-head", "corrected", NULL,
            "{'fact':1,'proposal':3,'data':{'on':'2026-02-20'}}");
    REFUSED("correction-differs", "2026-03-05", "chuzhang", "division-head", "corrected", NULL,
            "{'fact':2,'proposal':3,'data':{'on':'2026-02-27'}}");
    DOES("2026-03-05", "chuzhang", "division-head", "corrected", NULL,
         "{'fact':1,'proposal':3,'data':{'on':'2026-02-27'}}");
    REFUSED("correction-decided", "2026-03-05", "chuzhang", "division-head", "corrected", NULL,
            "{'fact':1,'proposal':3,'data':{'on':'2026-02-27'}}");
    REFUSED("correction-decided", "2026-03-05", "chengban", "handler", "rectification-declined", NULL,
            "{'proposal':3,'reason':" N "}");
    /* The same fact may be corrected once more; the last one counts. */
    DOES("2026-03-06", "chengban", "handler", "rectification-proposed", NULL,
         "{'fact':1,'reason':" N ",'data':{'on':'2026-03-03'}}");
    DOES("2026-03-06", "guanli", "admin", "rectification-declined", NULL, "{'proposal':5,'reason':" N "}");
    assert_string_equal(due_of(&t, t.now, "2026-03-06"), "2026-03-26");
    DOES("2026-03-06", "chengban", "handler", "rectification-proposed", NULL,
         "{'fact':1,'reason':" N ",'data':{'on':'2026-03-03'}}");
    DOES("2026-03-06", "guanli", "admin", "corrected", NULL,
         "{'fact':1,'proposal':7,'data':{'on':'2026-03-03'}}");
    /* Registered on the 2nd, before the receipt that now stands on the 3rd: kept, and in conflict. */
    assert_string_equal(due_of(&t, t.now, "2026-03-06"), "2026-03-31");
    size_t count = 0;
    const struct conflict *conflicts = standing_conflicts(t.now, &count);
    assert_int_equal(count, 1);
    assert_int_equal(conflicts[0].fact->seq, 2);
    /* A fact in conflict may itself be corrected: that is how the conflict ends. */
    DOES("2026-03-06", "chengban", "handler", "rectification-proposed", NULL,
         "{'fact':2,'reason':" N ",'data':{'on':'2026-03-03'}}");
    DOES("2026-03-06", "guanli", "admin", "corrected", NULL,
         "{'fact':2,'proposal':9,'data':{'on':'2026-03-03'}}");
    standing_conflicts(t.now, &count);
    assert_int_equal(count, 0);
}

/* What comes without anybody's proposal replaces only what the program filled in, whoever files it. */
static void one_person_alone_rewrites_nothing_that_people_said(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    struct standing *s = NULL;
    begin(&t, life);
    RECEIVED;
    const char *due = due_of(&t, t.now, "2026-03-06");
    REFUSED("correction-by-program", "2026-03-05", "lingdao", "leader", "dated", NULL,
            "{'fact':1,'data':{'on':'2026-02-02'}}");
    REFUSED("correction-by-program", "2026-03-05", "lingdao", "leader", "dated", NULL,
            "{'fact':1,'data':{'channel':'mail'}}");
    /* nor does such a fact count that lies in the store already */
    must(workflow_fold(life, t.e, t.c, t.facts, t.count + 1, &s));
    assert_string_equal(fact_text(standing_known(s, 1), "channel"), "counter");
    assert_string_equal(due_of(&t, s, "2026-03-06"), due);
}

static void may_says_who_can_decide(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    static const struct {
        const char *person, *role, *kind, *rule;
    } BEFORE[] = {{"guanli", "admin", "corrected", "correction-not-proposed"},
                  {"guanli", "admin", "rectification-declined", "correction-not-proposed"},
                  {"guanli", "admin", "rectification-proposed", NULL}},
      AFTER[] = {{"guanli", "admin", "corrected", NULL},
                 {"chuzhang", "division-head", "corrected", "correction-second-person"},
                 {"chuzhang", "division-head", "rectification-declined", NULL},
                 {"shouli", "clerk", "corrected", "correction-second-person"},
                 {"shenji", "auditor", "corrected", "role"},
                 {"lingdao", "leader", "dated", "correction-by-program"}}; /* whatever waits */
    begin(&t, life);
    RECEIVED;
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < (round ? 6 : 3); i++) {
            const char *person = round ? AFTER[i].person : BEFORE[i].person,
                       *role = round ? AFTER[i].role : BEFORE[i].role,
                       *kind = round ? AFTER[i].kind : BEFORE[i].kind,
                       *rule = round ? AFTER[i].rule : BEFORE[i].rule;
            const struct actor who = {.person = person, .roles = &role, .role_count = 1};
            const struct permission *may = NULL;
            struct view *v = NULL;
            size_t count = 0, seen = 0;
            must(workflow_view(life, t.now, (struct civil){2026, 3, 5}, &v));
            must(workflow_may(life, v, &who, &may, &count));
            for (size_t k = 0; k < count; k++)
                if (strcmp(may[k].event->name, kind) == 0) {
                    seen++;
                    if (rule)
                        assert_string_equal(may[k].refusal.rule, rule);
                    assert_int_equal(may[k].ground == MAY_ALLOWED, rule == NULL);
                }
            assert_int_equal(seen, 1);
        }
        if (!round)
            DOES("2026-03-05", "chuzhang", "division-head", "rectification-proposed", NULL,
                 "{'fact':1,'reason':" N ",'data':{'on':'2026-02-27'}}");
    }
}

static void a_refusal_by_role_names_all_who_may(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    begin(&t, life);
    for (size_t i = 0; i < t.e->event_count; i++) {
        const struct event_kind *k = &t.e->events[i];
        struct refusal why;
        event_role_refusal(life, t.e, k, &why);
        assert_string_equal(why.rule, "role");
        assert_true(why.basis == k->basis);
        for (size_t r = 0; r < k->role_count; r++) {
            const struct edition_role *role = edition_role(t.e, k->roles[r]);
            assert_non_null(strstr(why.zh, role->label.zh));
            assert_non_null(strstr(why.en, role->label.en));
        }
    }
}

/* An outsider's facts: what no step would have let in has no effect in the fold, and is flagged. */
static void a_correction_by_the_same_person_counts_for_nothing(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    struct standing *folded = NULL;
    static const char *const BY[] = {"guanli", "shouli"};
    for (size_t i = 0; i < 2; i++) {
        begin(&t, life);
        RECEIVED;
        DOES("2026-03-05", "guanli", "admin", "rectification-proposed", NULL,
             "{'fact':1,'reason':" N ",'data':{'on':'2026-02-27'}}");
        t.facts[t.count] =
            (struct fact){.seq = 4,
                          .kind = "corrected",
                          .on = {2026, 3, 5},
                          .by = BY[i],
                          .role = "clerk",
                          .data = law_json(life, "{'fact':1,'proposal':3,'data':{'on':'2026-02-27'}}")};
        must(workflow_fold(life, t.e, t.c, t.facts, 4, &folded));
        size_t count = 0;
        const struct conflict *conflicts = standing_conflicts(folded, &count);
        assert_int_equal(count, 1);
        assert_int_equal(conflicts[0].fact->seq, 4);
        assert_string_equal(conflicts[0].why.rule, "correction-second-person");
        assert_string_equal(due_of(&t, folded, "2026-03-05"), "2026-03-30");
    }
}

static void what_would_now_be_refused_stays_in_conflict(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    begin(&t, life);
    RECEIVED;
    ASKED;
    DOES("2026-03-16", "chengban", "handler", "rectification-proposed", NULL,
         "{'fact':1,'reason':" N ",'data':{'on':'2026-02-27','channel':'web'}}");
    DOES("2026-03-16", "guanli", "admin", "corrected", NULL,
         "{'fact':1,'proposal':4,'data':{'on':'2026-02-27','channel':'web'}}");
    size_t count = 0;
    const struct conflict *conflicts = standing_conflicts(t.now, &count);
    assert_int_equal(count, 1);
    assert_int_equal(conflicts[0].fact->seq, 3); /* the 8th working day now */
    assert_string_equal(conflicts[0].why.rule, "correction-window");
    assert_string_equal(conflicts[0].why.basis, "条例30");
    assert_int_equal(conflicts[0].why.fact, 1);
    assert_true(text_count(conflicts[0].why.zh) > 6 && text_count(conflicts[0].why.en) > 6);
    assert_string_equal(fact_text(standing_known(t.now, 1), "channel"), "web");
    assert_string_equal(fact_text(&t.facts[0], "channel"), "counter");
    assert_string_equal(due_of(&t, t.now, "2026-03-16"), "2026-03-26"); /* it no longer waits */
    /* A field that is taken away: delivered on the 12th, by mistake. */
    DOES("2026-03-17", "shouli", "clerk", "withdrawn", NULL, "{}");
    DOES("2026-03-17", "chengban", "handler", "rectification-proposed", NULL,
         "{'fact':6,'reason':" N ",'data':{'on':'2026-03-13'}}"); /* after the end, too */
    DOES("2026-03-17", "guanli", "admin", "corrected", NULL,
         "{'fact':6,'proposal':7,'data':{'on':'2026-03-13'}}");
    assert_true(standing_closed(t.now));
    assert_int_equal(standing_known(t.now, 6)->on.day, 13);
}

static void a_null_takes_a_field_away(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    begin(&t, life);
    RECEIVED;
    DOES("2026-03-04", "shouli", "clerk", "correction-notified", NULL,
         "{'reply-by':'2026-03-25','what':" N ",'delivered':'2026-03-04'}");
    assert_true(clocks_find(standing_clocks(t.now), "correction", NULL) >= 0);
    DOES("2026-03-05", "chengban", "handler", "rectification-proposed", NULL,
         "{'fact':3,'reason':" N ",'data':{'delivered':null}}");
    DOES("2026-03-05", "guanli", "admin", "corrected", NULL,
         "{'fact':3,'proposal':4,'data':{'delivered':null}}");
    assert_null(json_object_get(standing_known(t.now, 3)->data, "delivered"));
    assert_string_equal(fact_text(standing_known(t.now, 3), "reply-by"), "2026-03-25");
    assert_int_equal(clocks_find(standing_clocks(t.now), "correction", NULL),
                     -1); /* nobody received it yet */
}

/* What people see of a standing, as text: places, children, clocks, conflicts. */
static const char *portrait(struct telling *t, const struct standing *s)
{
    struct text *out = text_new(t->life, 20000);
    struct view *v = NULL;
    size_t n = 0;
    must(workflow_view(t->life, s, (struct civil){2026, 4, 10}, &v));
    const struct place *places = standing_places(s, NULL, &n);
    for (size_t i = 0; i < n; i++)
        text_printf(out, "%s ", places[i].id);
    const struct standing_child *children = standing_children(s, &n);
    for (size_t i = 0; i < n; i++)
        text_printf(out, "%s=%s ", children[i].id, standing_place(s, children[i].id)->id);
    for (size_t i = 0; i < v->clock_count; i++)
        text_printf(out, "%s/%s:%d-%d-%d,%d,%d,%d ", v->clocks[i].about->id,
                    v->clocks[i].child ? v->clocks[i].child : "", v->clocks[i].due.year,
                    v->clocks[i].due.month, v->clocks[i].due.day, (int)v->clocks[i].state,
                    v->clocks[i].counted, v->clocks[i].late_by);
    const struct conflict *conflicts = standing_conflicts(s, &n);
    for (size_t i = 0; i < n; i++)
        text_printf(out, "!%ld:%s ", conflicts[i].fact->seq, conflicts[i].why.rule);
    const char *said = NULL;
    must(text_end(out, &said, NULL));
    return said;
}

/* Every fact of a dossier, corrected to just what it says, or to something else and back again: nothing of
 * what stands is another. In any order in which the facts are given. */
static void corrected_to_the_same_nothing_changes(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    begin(&t, life);
    RECEIVED;
    DOES("2026-03-03", "shouli", "clerk", "assigned", NULL, "{'handler':'chengban'}");
    DOES("2026-03-04", "chengban", "handler", "consultation-sent", "t1",
         "{'to':'third-party','about':" N "}");
    DOES("2026-03-06", "chengban", "handler", "consultation-delivered", "t1", "{}");
    DOES("2026-03-12", "chengban", "handler", "consultation-answered", "t1", "{'answer':'agrees'}");
    DOES("2026-03-16", "chuzhang", "division-head", "extension-granted", NULL,
         "{'workdays':5,'reason':" N "}");
    DOES("2026-03-17", "shouli", "clerk", "extension-notified", NULL, "{}");
    const char *before = portrait(&t, t.now);
    size_t told = t.count;
    for (size_t i = 0; i < told; i++)
        for (int there_and_back = 0; there_and_back < 2; there_and_back++) {
            struct fact all[MOST_FACTS], given[MOST_FACTS];
            size_t n = told;
            char on[CIVIL_TEXT], data[600];
            memcpy(all, t.facts, told * sizeof *all);
            civil_format(t.facts[i].on, on);
            const char *own = json_dumps(t.facts[i].data, JSON_COMPACT);
            if (there_and_back) {
                snprintf(data, sizeof data, "{'fact':%zu,'data':{'on':'2026-03-20'}}", i + 1);
                all[n] = (struct fact){.seq = (long)n + 1,
                                       .kind = "corrected",
                                       .on = {2026, 4, 1},
                                       .by = "guanli",
                                       .role = "admin",
                                       .data = law_json(life, data)};
                n++;
            }
            snprintf(data, sizeof data, "{'fact':%zu,'data':{'on':'%s'%s%.*s}}", i + 1, on,
                     strlen(own) > 2 ? "," : "", (int)strlen(own) - 2, own + 1);
            free((void *)(uintptr_t)own);
            all[n] = (struct fact){.seq = (long)n + 1,
                                   .kind = "corrected",
                                   .on = {2026, 4, 2},
                                   .by = "guanli",
                                   .role = "admin",
                                   .data = law_json(life, data)};
            n++;
            for (size_t turn = 0; turn < 3; turn++) { /* as filed, backwards, turned */
                struct standing *after = NULL;
                for (size_t k = 0; k < n; k++)
                    given[k] = all[turn == 0 ? k : turn == 1 ? n - 1 - k : (k + n / 2) % n];
                must(workflow_fold(life, t.e, t.c, given, n, &after));
                assert_string_equal(portrait(&t, after), before);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_persons_correct_and_the_dates_follow),
        cmocka_unit_test(four_eyes_and_nothing_twice),
        cmocka_unit_test(one_person_alone_rewrites_nothing_that_people_said),
        cmocka_unit_test(may_says_who_can_decide),
        cmocka_unit_test(a_refusal_by_role_names_all_who_may),
        cmocka_unit_test(a_correction_by_the_same_person_counts_for_nothing),
        cmocka_unit_test(what_would_now_be_refused_stays_in_conflict),
        cmocka_unit_test(a_null_takes_a_field_away),
        cmocka_unit_test(corrected_to_the_same_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
