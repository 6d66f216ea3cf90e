/* test_step.c - whatever people do on whatever days, in or out of order: a step equals the fold in everything
 * that a standing holds, shown or not, and a refusal changes nothing. */
#include "law_files.h"
#include "standing_inside.h"
#include "workflow.h"

#define MOST_FACTS 80

static void assert_same_text(const char *a, const char *b)
{
    if (a && b)
        assert_string_equal(a, b);
    else
        assert_true(!a && !b);
}

static long seq_of(const struct fact *fact)
{
    return fact ? fact->seq : -1;
}

/* What no reader is shown: configurations with their histories, and everything remembered of facts. */
static void assert_same_inside(const struct standing *a, const struct standing *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct instance *x = &a->instances[i], *y = &b->instances[i];
        size_t memos = a->e->inside->memos[edition_scope_of(x->kind)].count;
        assert_same_text(x->id, y->id);
        assert_memory_equal(x->machine, y->machine, machine_size(x->chart));
        for (size_t m = 0; m < memos; m++)
            assert_true(value_same(x->memos[m], y->memos[m]));
        assert_int_equal(seq_of(x->first), seq_of(y->first));
        assert_int_equal(seq_of(x->last), seq_of(y->last));
        assert_int_equal(seq_of(x->entered), seq_of(y->entered));
    }
    assert_int_equal(a->owed_count, b->owed_count);
    for (size_t i = 0; i < a->owed_count; i++) {
        assert_ptr_equal(a->owed[i].letter, b->owed[i].letter);
        assert_int_equal(seq_of(a->owed[i].because), seq_of(b->owed[i].because));
    }
}

static void assert_same_clocks(const struct standing *a, const struct standing *b)
{
    SCOPED_LIFE(life);
    struct civil today = standing_last_day(a);
    struct view *va = NULL, *vb = NULL;
    struct clock_wake wa, wb;
    if (!civil_is_set(today))
        return;
    must(workflow_view(life, a, civil_add_days(today, 9), &va));
    must(workflow_view(life, b, civil_add_days(today, 9), &vb));
    assert_int_equal(va->clock_count, vb->clock_count);
    for (size_t i = 0; i < va->clock_count; i++) {
        const struct clock_view *x = &va->clocks[i], *y = &vb->clocks[i];
        assert_ptr_equal(x->about, y->about);
        assert_same_text(x->child, y->child);
        assert_int_equal(civil_compare(x->due, y->due), 0);
        assert_int_equal(civil_compare(x->day0, y->day0), 0);
        assert_int_equal(civil_compare(x->stopped, y->stopped), 0);
        assert_int_equal(x->state, y->state);
        assert_int_equal(x->counted, y->counted);
        assert_int_equal(x->pause_count, y->pause_count);
    }
    must(workflow_wake(life, a, &wa));
    must(workflow_wake(life, b, &wb));
    assert_same_text(wa.kind, wb.kind);
    assert_int_equal(civil_compare(wa.on, wb.on), 0);
}

/* What two ways to the same facts must agree on: everything. */
static void assert_same(const struct standing *a, const struct standing *b)
{
    size_t na = 0, nb = 0, children = 0, others = 0;
    const struct standing_child *ca = standing_children(a, &children), *cb = standing_children(b, &others);
    assert_same_inside(a, b);
    assert_same_clocks(a, b);
    assert_int_equal(children, others);
    for (size_t i = 0; i <= children; i++) {
        const char *id = i ? ca[i - 1].id : NULL;
        const struct place *pa = standing_places(a, id, &na), *pb = standing_places(b, id, &nb);
        assert_int_equal(na, nb);
        for (size_t k = 0; k < na; k++)
            assert_string_equal(pa[k].id, pb[k].id);
        if (!i)
            continue;
        assert_string_equal(id, cb[i - 1].id);
        assert_int_equal(ca[i - 1].closed, cb[i - 1].closed);
        assert_same_text(ca[i - 1].template_code, cb[i - 1].template_code);
    }
    const struct duty *da = standing_duties(a, &na), *db = standing_duties(b, &nb);
    assert_int_equal(na, nb);
    for (size_t i = 0; i < na; i++) {
        assert_string_equal(da[i].role, db[i].role);
        assert_ptr_equal(da[i].event, db[i].event);
        assert_ptr_equal(da[i].letter, db[i].letter);
        assert_same_text(da[i].child, db[i].child);
    }
    const struct conflict *xa = standing_conflicts(a, &na), *xb = standing_conflicts(b, &nb);
    assert_int_equal(na, nb);
    for (size_t i = 0; i < na; i++) {
        assert_int_equal(xa[i].fact->seq, xb[i].fact->seq);
        assert_string_equal(xa[i].why.rule, xb[i].why.rule);
        assert_string_equal(xa[i].why.zh, xb[i].why.zh);
    }
    assert_string_equal(standing_public(a)->id, standing_public(b)->id);
    assert_int_equal(standing_closed(a), standing_closed(b));
}

static unsigned draw(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % below;
}

static json_t *any_value(const struct event_field *f, unsigned *seed)
{
    char hash[65];
    int64_t most = f->max < f->min + 20 ? f->max : f->min + 20;
    switch (f->kind) {
    case EVENT_FIELD_DAY:
        return json_string(draw(seed, 2) ? "2026-12-01" : "2026-03-20");
    case EVENT_FIELD_INT:
        return json_integer(f->min + (int64_t)draw(seed, (unsigned)(most - f->min + 1)));
    case EVENT_FIELD_CODE:
        return json_string(f->choices[draw(seed, (unsigned)f->choice_count)].value);
    case EVENT_FIELD_PERSON:
        return json_string("chengban");
    case EVENT_FIELD_ITEM:
        return json_string(draw(seed, 3) ? "i1" : "i2");
    case EVENT_FIELD_TEXT:
    case EVENT_FIELD_NOTE:
        return json_pack("{s:i,s:s}", "row", 1, "commit", "00");
    case EVENT_FIELD_FLAG:
        return json_boolean(draw(seed, 2));
    case EVENT_FIELD_SHA256:
        memset(hash, draw(seed, 2) ? 'a' : 'b', 64);
        hash[64] = '\0';
        return json_string(hash);
    }
    return json_null();
}

/* What a form of that kind may say: all that is required, half of the rest. */
static const json_t *any_data(TALLOC_CTX *life, const struct event_kind *k, unsigned *seed)
{
    json_t *data = json_adopt(life, json_object());
    for (size_t i = 0; i < k->field_count; i++)
        if (k->fields[i].required || draw(seed, 2))
            json_object_set_new(data, k->fields[i].name, any_value(&k->fields[i], seed));
    if (k->deed == EVENT_DEED_CORRECT || k->deed == EVENT_DEED_PROPOSE)
        json_object_set_new(data, "data", json_pack("{s:i}", "items", 1));
    return data;
}

struct walk {
    const struct edition *e;
    const struct calendar *c;
    struct fact facts[MOST_FACTS];
    size_t count;
    struct standing *now;
    struct civil today;
};

/* Whatever people do on whatever days, in or out of order: a step equals the fold, and a refusal changes
 * nothing. */
static void step_equals_fold_on_any_walk(void **state)
{
    (void)state;
    unsigned seed = 7;
    size_t taken = 0, late = 0;
    for (int walk = 0; walk < 60; walk++) {
        SCOPED_LIFE(life);
        struct walk t = {.e = law_edition(life), .c = law_calendar(life)};
        must(workflow_begin(life, t.e, t.c, &t.now));
        assert_true(civil_parse("2026-03-02", &t.today));
        for (int i = 0; i < 120 && t.count < MOST_FACTS; i++) {
            const struct event_kind *k = t.count ? &t.e->events[draw(&seed, (unsigned)t.e->event_count)]
                                                 : edition_event_that(t.e, EVENT_DEED_RECEIVE);
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
                                             .data = any_data(life, k, &seed)};
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
            struct standing *folded = NULL;
            must(workflow_fold(life, t.e, t.c, t.facts, t.count, &folded));
            assert_same(t.now, folded);
        }
    }
    assert_true(taken > 400);
    assert_true(late > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(step_equals_fold_on_any_walk)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
