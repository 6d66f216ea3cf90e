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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stories_hold_and_step_equals_fold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
