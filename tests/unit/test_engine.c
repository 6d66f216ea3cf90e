/* The pure engine: stories in memory, step against fold, every cell decided, conflicts, corrections, wakes.
 */
#include "law_files.h"
#include "../stories/stories.h"
#include "workflow.h"

#define MOST_FACTS 80

struct telling {
    TALLOC_CTX *life;
    const struct edition *e;
    const struct calendar *c;
    struct fact facts[MOST_FACTS];
    size_t count;
    struct standing *now;
    struct civil today;
    const struct story *story;
    size_t scene;
};

static void begin(struct telling *t, TALLOC_CTX *life)
{
    *t = (struct telling){.life = life, .e = law_edition(life), .c = law_calendar(life)};
    must(workflow_begin(life, t->e, t->c, &t->now));
}

static struct fact fact_of(const struct telling *t, const struct scene *s)
{
    return (struct fact){.seq = (long)t->count + 1,
                         .kind = s->event,
                         .child = s->child,
                         .on = t->today,
                         .by = s->person,
                         .role = s->role,
                         .data = law_json(t->life, s->data)};
}

static void told_wrong(const struct telling *t, const char *what, const char *found)
{
    print_error("\"%s\", scene %zu (%s %s): %s, found %s\n", t->story ? t->story->name : "", t->scene,
                t->story && t->story->scenes[t->scene].event ? t->story->scenes[t->scene].event : "",
                t->story && t->story->scenes[t->scene].word ? t->story->scenes[t->scene].word : "", what,
                found ? found : "nothing");
    fail();
}

/* What two ways to the same facts must agree on. */
static void assert_same(const struct standing *a, const struct standing *b)
{
    size_t na = 0, nb = 0, children = 0, others = 0;
    const struct place *pa = standing_places(a, NULL, &na), *pb = standing_places(b, NULL, &nb);
    assert_int_equal(na, nb);
    for (size_t i = 0; i < na; i++)
        assert_string_equal(pa[i].id, pb[i].id);
    const struct standing_child *ca = standing_children(a, &children), *cb = standing_children(b, &others);
    assert_int_equal(children, others);
    for (size_t i = 0; i < children; i++) {
        assert_string_equal(ca[i].id, cb[i].id);
        assert_string_equal(standing_place(a, ca[i].id)->id, standing_place(b, cb[i].id)->id);
        assert_int_equal(ca[i].closed, cb[i].closed);
    }
    standing_duties(a, &na);
    standing_duties(b, &nb);
    assert_int_equal(na, nb);
    standing_conflicts(a, &na);
    standing_conflicts(b, &nb);
    assert_int_equal(na, nb);
    assert_string_equal(standing_public(a)->id, standing_public(b)->id);
    assert_int_equal(standing_closed(a), standing_closed(b));
}

static void assert_fold_agrees(const struct telling *t)
{
    struct standing *folded = NULL;
    must(workflow_fold(t->life, t->e, t->c, t->facts, t->count, &folded));
    assert_same(t->now, folded);
}

static void do_it(struct telling *t, const struct scene *s)
{
    struct standing *after = NULL;
    struct permission p;
    struct actor who = {.person = s->person, .roles = &s->role, .role_count = 1};
    t->facts[t->count] = fact_of(t, s);
    const struct fact *fact = &t->facts[t->count];
    must(workflow_judge(t->life, t->now, fact, &who, &p));
    const struct fault *f = workflow_step(t->life, t->now, fact, &after);
    if (f)
        told_wrong(t, "must be possible", f->refusal ? f->refusal->rule : f->code);
    assert_int_equal(p.ground, MAY_ALLOWED);
    t->count++;
    t->now = after;
    assert_fold_agrees(t);
}

static void cannot_do(struct telling *t, const struct scene *s)
{
    struct standing *after = NULL;
    struct fact fact = fact_of(t, s);
    const struct fault *f = workflow_step(t->life, t->now, &fact, &after);
    if (!f || !f->refusal || strcmp(f->refusal->rule, s->word) != 0)
        told_wrong(t, "must be refused",
                   !f           ? "allowed"
                   : f->refusal ? f->refusal->rule
                                : fault_text(t->life, f));
    assert_int_equal(f->kind, FAULT_REFUSED);
    assert_true(strlen(f->refusal->zh) > 6 && strlen(f->refusal->en) > 6);
}

static void owes(struct telling *t, const struct scene *s)
{
    size_t count = 0;
    const struct duty *duties = standing_duties(t->now, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(duties[i].role, s->role) == 0 &&
            (strcmp(duties[i].event->name, s->word) == 0 ||
             (duties[i].letter && strcmp(duties[i].letter->code, s->word) == 0)))
            return;
    told_wrong(t, "must be owed", NULL);
}

static void is_due(struct telling *t, const struct scene *s)
{
    struct view *v = NULL;
    char day[CIVIL_TEXT] = "";
    must(workflow_view(t->life, t->now, t->today, &v));
    if (v->reply)
        civil_format(v->reply->due, day);
    if (strcmp(day, s->word) != 0)
        told_wrong(t, "must be due", day);
}

static void wakes(struct telling *t, const struct scene *s)
{
    struct clock_wake wake;
    char day[CIVIL_TEXT] = "";
    must(workflow_wake(t->life, t->now, &wake));
    civil_format(wake.on, day);
    if (!s->event ? wake.kind != NULL
                  : !wake.kind || strcmp(wake.kind, s->event) != 0 || strcmp(day, s->word) != 0)
        told_wrong(t, "must wake", wake.kind ? day : NULL);
}

static void play(struct telling *t, const struct scene *s)
{
    const struct place *place = NULL;
    switch (s->kind) {
    case SCENE_ON:
        assert_true(civil_parse(s->word, &t->today));
        break;
    case SCENE_DOES:
        do_it(t, s);
        break;
    case SCENE_CANNOT:
        cannot_do(t, s);
        break;
    case SCENE_STANDS:
        place = standing_place(t->now, s->child);
        if (!standing_in(t->now, s->child, s->word))
            told_wrong(t, "must stand", place ? place->id : NULL);
        break;
    case SCENE_SHOWN:
        if (strcmp(standing_public(t->now)->id, s->word) != 0)
            told_wrong(t, "must be shown", standing_public(t->now)->id);
        break;
    case SCENE_DUE:
        is_due(t, s);
        break;
    case SCENE_OWES:
        owes(t, s);
        break;
    case SCENE_WAKES:
        wakes(t, s);
        break;
    case SCENE_END:
        break;
    }
}

static void tell(struct telling *t, const struct story *story)
{
    t->story = story;
    for (t->scene = 0; story->scenes[t->scene].kind != SCENE_END; t->scene++)
        play(t, &story->scenes[t->scene]);
}

static void stories_hold_and_step_equals_fold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof STORIES / sizeof *STORIES; i++) {
        SCOPED_LIFE(life);
        struct telling t;
        begin(&t, life);
        tell(&t, &STORIES[i]);
    }
}

/* ---- what may be done
 * ------------------------------------------------------------------------------------------ */

static const char *const ROLES[] = {"applicant", "clerk",  "handler", "division-head", "secrecy", "legal",
                                    "leader",    "sealer", "auditor", "admin",         "clock"};

/* Allowed, or refused with a rule and a sentence in two languages; another's business is always `role`. */
/* Events about the dossier, and those that begin a child: always a cell of their own. */
static size_t events_of_the_dossier(const struct edition *e)
{
    size_t n = 0;
    for (size_t i = 0; i < e->event_count; i++)
        n += !e->events[i].child || e->events[i].starts;
    return n;
}

static void every_cell_is_decided(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    begin(&t, life);
    t.story = &STORIES[0];
    for (t.scene = 0; t.story->scenes[t.scene].kind != SCENE_END; t.scene++) {
        play(&t, &t.story->scenes[t.scene]);
        if (t.story->scenes[t.scene].kind != SCENE_DOES)
            continue;
        for (size_t r = 0; r < sizeof ROLES / sizeof *ROLES; r++) {
            struct actor who = {.person = "somebody", .roles = &ROLES[r], .role_count = 1};
            const struct permission *may = NULL;
            struct view *v = NULL;
            size_t count = 0, allowed = 0;
            must(workflow_view(life, t.now, t.today, &v));
            must(workflow_may(life, v, &who, &may, &count));
            assert_true(count >= events_of_the_dossier(t.e));
            for (size_t i = 0; i < count; i++) {
                bool mine = false;
                for (size_t k = 0; k < may[i].event->role_count; k++)
                    mine = mine || strcmp(may[i].event->roles[k], ROLES[r]) == 0;
                assert_int_equal(!mine, may[i].ground == MAY_ROLE);
                assert_int_equal(may[i].event->child != NULL, may[i].child != NULL);
                allowed += may[i].ground == MAY_ALLOWED;
                if (may[i].ground == MAY_ALLOWED)
                    continue;
                assert_non_null(may[i].refusal.rule);
                assert_true(strlen(may[i].refusal.zh) > 6 && strlen(may[i].refusal.en) > 6);
                assert_true(may[i].refusal.fact <= (long)t.count);
            }
            if (strcmp(ROLES[r], "auditor") == 0 || strcmp(ROLES[r], "sealer") == 0)
                assert_int_equal(allowed, 0);
        }
    }
}

static const struct permission *permission_of(const struct permission *list, size_t count, const char *event,
                                              const char *child)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].event->name, event) == 0 && (!child || strcmp(list[i].child, child) == 0))
            return &list[i];
    fail_msg("nothing is said about %s %s", event, child ? child : "");
    return NULL;
}

static void a_refusal_names_rule_article_and_fact(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    begin(&t, life);
    tell(&t, &(struct story){"notice",
                             (const struct scene[]){
                                 ON("2026-03-02"), APPLIES("1"), REGISTERS, ON("2026-03-04"),
                                 DOES("shouli", "clerk", "correction-notified", NULL,
                                      "{'reply-by':'2026-03-20','what':" N "}"),
                                 ON("2026-03-10"),
                                 DOES("anna", "applicant", "correction-received", NULL, "{'text':" N "}"),
                                 THE_END}});
    struct view *v = NULL;
    const struct permission *may = NULL;
    size_t count = 0;
    static const char *const CLERK[] = {"clerk"};
    struct actor who = {.person = "shouli", .roles = CLERK, .role_count = 1};
    must(workflow_view(life, t.now, t.today, &v));
    must(workflow_may(life, v, &who, &may, &count));
    const struct permission *p = permission_of(may, count, "correction-notified", NULL);
    assert_int_equal(p->ground, MAY_GUARD);
    assert_string_equal(p->refusal.rule, "correction-once");
    assert_string_equal(p->refusal.basis, "条例30");
    assert_int_equal(p->refusal.fact, 3);
    p = permission_of(may, count, "registered", NULL);
    assert_int_equal(p->ground, MAY_STATE);
    assert_string_equal(p->refusal.zh, "当前为“初审，待分办”，不能办理“登记”。");
    assert_int_equal(permission_of(may, count, "assigned", NULL)->ground, MAY_ALLOWED);
    assert_string_equal(permission_of(may, count, "drafted", "L1")->child, "L1");
}

/* ---- a walk at random
 * -------------------------------------------------------------------------------------------- */

static const struct {
    const char *event, *data;
} ANY_DATA[] = {
    {"received", "{'channel':'web','category':'natural','delivery':'electronic','items':2}"},
    {"assigned", "{'handler':'chengban'}"},
    {"correction-notified", "{'reply-by':'2026-12-01','what':" N "}"},
    {"correction-received", "{'text':" N "}"},
    {"redaction-recorded", "{'redacted':'none-needed','metadata-removed':true}"},
    {"extension-granted", "{'workdays':5,'reason':" N "}"},
    {"search-recorded", "{'result':'found','where':" N ",'keywords':" N "}"},
    {"secrecy-proposed", "{'item':'i1','level':'release','basis':" N "}"},
    {"secrecy-decided", "{'result':'release','opinion':" N "}"},
    {"outcome-proposed", "{'outcome':'OPEN_PROVIDE','reason':" N "}"},
    {"drafted", "{'template':'R02'," FILES ",'version':1}"},
    {"review-returned", "{'opinion':" N "}"},
    {"approved", "{" FILES "}"},
    {"returned", "{'reason':" N "}"},
    {"sealed", "{" FILES "}"},
    {"served", "{'method':'electronic'}"},
    {"rectification-proposed", "{'fact':2,'reason':" N ",'data':{'on':'2026-03-03'}}"},
    {"rectification-declined", "{'proposal':3,'reason':" N "}"},
    {"corrected", "{'fact':1,'data':{'items':1}}"},
    {"migrated", "{'edition':" HA "}"},
    {"calendar-changed", "{'calendar':" HA ",'before':'2026-04-20','after':'2026-04-21'}"},
};

/* The least that a field takes. */
static const char *any_value(TALLOC_CTX *life, const struct event_field *f)
{
    switch (f->kind) {
    case EVENT_FIELD_DAY:
        return "'2026-12-01'";
    case EVENT_FIELD_INT:
        return talloc_asprintf(life, "%lld", (long long)f->min);
    case EVENT_FIELD_CODE:
        return talloc_asprintf(life, "'%s'", f->choices[0].value);
    case EVENT_FIELD_FLAG:
        return "true";
    case EVENT_FIELD_ITEM:
        return "'i1'";
    case EVENT_FIELD_PERSON:
        return "'chengban'";
    case EVENT_FIELD_SHA256:
        return HA;
    default:
        return N;
    }
}

/* What a walk says with an event: what stands above, else what the form cannot do without. */
static const char *data_of(TALLOC_CTX *life, const struct event_kind *k)
{
    for (size_t i = 0; i < sizeof ANY_DATA / sizeof *ANY_DATA; i++)
        if (strcmp(ANY_DATA[i].event, k->name) == 0)
            return ANY_DATA[i].data;
    char *data = talloc_strdup(life, "{");
    for (size_t i = 0; i < k->field_count; i++)
        if (k->fields[i].required)
            data = talloc_asprintf(life, "%s%s'%s':%s", data, data[1] ? "," : "", k->fields[i].name,
                                   any_value(life, &k->fields[i]));
    return talloc_asprintf(life, "%s}", data);
}

static unsigned draw(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % below;
}

/* Whatever people do on whatever days, in or out of order: a step equals the fold, and a refusal changes
 * nothing. */
static void step_equals_fold_on_any_walk(void **state)
{
    (void)state;
    unsigned seed = 7;
    size_t taken = 0, late = 0;
    for (int walk = 0; walk < 60; walk++) {
        SCOPED_LIFE(life);
        struct telling t;
        begin(&t, life);
        assert_true(civil_parse("2026-03-02", &t.today));
        for (int i = 0; i < 120 && t.count < MOST_FACTS; i++) {
            const struct event_kind *k = &t.e->events[draw(&seed, (unsigned)t.e->event_count)];
            char child[16] = "", person[8];
            if (k->child)
                snprintf(child, sizeof child, "%s%u", k->child->prefix, 1 + draw(&seed, 2));
            snprintf(person, sizeof person, "p%u", draw(&seed, 3));
            struct civil day = civil_add_days(t.today, draw(&seed, 8) ? 0 : -(int32_t)draw(&seed, 9));
            if (!draw(&seed, 6))
                t.today = civil_add_days(t.today, 1 + (int32_t)draw(&seed, 5));
            t.facts[t.count] = (struct fact){.seq = (long)t.count + 1,
                                             .kind = k->name,
                                             .on = day,
                                             .role = k->roles[0],
                                             .child = k->child ? talloc_strdup(life, child) : NULL,
                                             .by = talloc_strdup(life, person),
                                             .data = law_json(life, data_of(life, k))};
            struct standing *after = NULL;
            const struct fault *f = workflow_step(life, t.now, &t.facts[t.count], &after);
            if (f) {
                if (f->kind != FAULT_REFUSED)
                    fail_msg("%s: %s", k->name, fault_text(life, f));
                continue;
            }
            t.count++;
            taken++;
            t.now = after;
            size_t conflicts = 0;
            standing_conflicts(after, &conflicts);
            late += conflicts > 0;
            assert_fold_agrees(&t);
        }
    }
    assert_true(taken > 400);
    assert_true(late > 0);
}

/* ---- facts out of order, corrections
 * ---------------------------------------------------------------------------------- */

static void what_comes_to_light_later_is_flagged(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    struct standing *after = NULL;
    begin(&t, life);
    tell(&t, &(struct story){"work",
                             (const struct scene[]){TO_DECIDING("1"), ON("2026-03-10"),
                                                    PROPOSES_SECRECY("s1", "i1"), CLEARS("s1"), THE_END}});
    /* The letter of withdrawal lay in the post room since the 6th. */
    t.facts[t.count] = (struct fact){.seq = (long)t.count + 1,
                                     .kind = "withdrawn",
                                     .on = {2026, 3, 6},
                                     .by = "shouli",
                                     .role = "clerk",
                                     .data = law_json(life, "{}")};
    must(workflow_step(life, t.now, &t.facts[t.count], &after));
    size_t count = 0;
    const struct conflict *conflicts = standing_conflicts(after, &count);
    assert_int_equal(count, 2);
    assert_string_equal(conflicts[0].fact->kind, "secrecy-proposed");
    assert_string_equal(conflicts[0].why.rule, "closed");
    assert_int_equal(conflicts[0].why.fact, t.facts[t.count].seq);
    assert_true(standing_closed(after));
    assert_null(standing_child(after, "s1"));
    assert_false(standing_closed(t.now)); /* the standing before is untouched */
}

static void a_second_person_corrects(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    struct standing *after = NULL;
    begin(&t, life);
    tell(&t, &(struct story){
                 "work", (const struct scene[]){
                             ON("2026-03-02"),
                             DOES("shouli", "clerk", "received", NULL,
                                  "{'channel':'counter','category':'natural','delivery':'hand','items':1}"),
                             REGISTERS, ON("2026-03-03"), THE_END}});
    struct fact fix = {.seq = 3,
                       .kind = "corrected",
                       .on = t.today,
                       .by = "shouli",
                       .role = "clerk",
                       .data = law_json(life, "{'fact':1,'data':{'items':2,'on':'2026-02-27'}}")};
    const struct fault *f = workflow_step(life, t.now, &fix, &after);
    must_fail(f, f->code);
    assert_string_equal(f->refusal->rule, "correction-second-person");
    fix.by = "guanli";
    fix.role = "admin";
    must(workflow_step(life, t.now, &fix, &after));
    assert_non_null(standing_child(after, "i2"));
    struct view *v = NULL;
    char day[CIVIL_TEXT];
    must(workflow_view(life, after, t.today, &v));
    civil_format(v->reply->day0, day);
    assert_string_equal(day, "2026-02-27");
    /* The next step stands on the corrected facts. */
    struct fact next = {.seq = 4,
                        .kind = "assigned",
                        .on = {2026, 3, 4},
                        .by = "shouli",
                        .role = "clerk",
                        .data = law_json(life, "{'handler':'chengban'}")};
    struct standing *last = NULL;
    must(workflow_step(life, after, &next, &last));
    assert_non_null(standing_child(last, "i2"));
    fix.data = law_json(life, "{'fact':9,'data':{}}");
    f = workflow_step(life, t.now, &fix, &after);
    assert_string_equal(f->refusal->rule, "correction-unknown");
}

static void facts_that_are_none_are_faults(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    struct standing *after = NULL;
    begin(&t, life);
    struct fact fact = {.seq = 1, .kind = "recieved", .on = {2026, 3, 2}};
    must_fail(workflow_step(life, t.now, &fact, &after), "FACT_KIND");
    must_fail(workflow_fold(life, t.e, t.c, &fact, 1, &after), "FACT_KIND");
    fact = (struct fact){.seq = 1, .kind = "registered"};
    must_fail(workflow_step(life, t.now, &fact, &after), "FACT_DAY");
    fact = (struct fact){.seq = 1, .kind = "served", .on = {2026, 3, 2}, .child = "t1"};
    must_fail(workflow_step(life, t.now, &fact, &after), "FACT_CHILD");
    fact = (struct fact){.seq = 1, .kind = "registered", .on = {2026, 3, 2}, .child = "L1"};
    must_fail(workflow_step(life, t.now, &fact, &after), "FACT_CHILD");
    fact = (struct fact){.seq = 1, .kind = "assigned", .on = {2026, 3, 2}};
    must_fail(workflow_step(life, t.now, &fact, &after), "FIELD_MISSING");
    assert_null(standing_fact(t.now, "received", NULL));
    assert_int_equal(standing_last_seq(t.now), 0);
}

static void a_dossier_answers_for_itself(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct telling t;
    begin(&t, life);
    tell(&t, &STORIES[0]);
    size_t count = 0;
    const struct standing_child *children = standing_children(t.now, &count);
    assert_int_equal(count, 7);
    assert_string_equal(children[0].id, "i1");
    assert_string_equal(children[count - 2].id, "L2");
    assert_string_equal(children[count - 2].template_code, "R02");
    assert_string_equal(children[count - 1].id, "v1");
    assert_true(standing_is(t.now, "L2", STATE_SERVED));
    assert_true(standing_is(t.now, "L1", STATE_SEALED));
    assert_true(standing_is(t.now, NULL, STATE_CLOSED));
    assert_false(standing_is(t.now, "L9", STATE_SEALED));
    assert_string_equal(standing_next_child(life, t.now, edition_child(t.e, "letter")), "L3");
    assert_string_equal(standing_next_child(life, t.now, edition_child(t.e, "consultation")), "t1");
    assert_string_equal(standing_public(t.now)->label.zh, "已答复");
    assert_string_equal(standing_place(t.now, "s1")->label.zh, "审查同意公开");
    assert_string_equal(fact_text(standing_fact(t.now, "served", "L2"), "method"), "electronic");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stories_hold_and_step_equals_fold),
        cmocka_unit_test(every_cell_is_decided),
        cmocka_unit_test(a_refusal_names_rule_article_and_fact),
        cmocka_unit_test(step_equals_fold_on_any_walk),
        cmocka_unit_test(what_comes_to_light_later_is_flagged),
        cmocka_unit_test(a_second_person_corrects),
        cmocka_unit_test(facts_that_are_none_are_faults),
        cmocka_unit_test(a_dossier_answers_for_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
