/* The language of conditions: what is true, what is unknown, what has no value. Faults are in the corpus of
 * editions. */
#include "law_files.h"
#include "condition.h"
#include "edition_inside.h"

static const char SMALL[] =
    "<scxml xmlns='http://www.w3.org/2005/07/scxml' xmlns:law='urn:mingda:law' version='1.0' name='s' "
    "law:zh='小'"
    " law:en='s' law:in-force='2019-05-15' law:timezone='Asia/Shanghai'>"
    "<law:roles><law:role name='clerk' zh='员' en='clerk'/></law:roles>"
    "<law:parameters><law:parameter name='days' value='20' kind='number' mark='V' zh='天' "
    "en='days'/></law:parameters>"
    "<parallel id='open'><state id='here'><transition event='asked told' "
    "law:basis='practice'/><transition event='received' cond='seen(asked)' target='elsewhere' "
    "law:basis='practice'/></state>"
    "<state id='side'/></parallel><state id='elsewhere'/>"
    "<law:charts><law:chart name='item' prefix='i' zh='项' en='item'><scxml version='1.0'>"
    "<state id='new'><transition event='asked' target='old' law:basis='practice'/></state><state "
    "id='old'/></scxml></law:chart>"
    "<law:chart name='talk' prefix='t' zh='谈' en='talk'><scxml version='1.0'><state "
    "id='talking'/></scxml></law:chart>"
    "</law:charts><law:events>"
    "<law:event name='received' zh='收' en='r' basis='practice' by='clerk'>"
    "<law:field name='n' kind='int' min='0' max='99' zh='数' en='n'/>"
    "<law:field name='how' kind='code' zh='法' en='how'><law:choice value='web' zh='网' en='w'/>"
    "<law:choice value='mail' zh='邮' en='m'/></law:field>"
    "<law:field name='until' kind='day' zh='至' en='until'/><law:field name='ok' kind='flag' zh='可' "
    "en='ok'/></law:event>"
    "<law:event name='asked' zh='问' en='a' basis='practice' by='clerk' child='item' starts='yes'>"
    "<law:field name='what' kind='code' zh='何' en='what'><law:choice value='a' zh='甲' en='a'/>"
    "<law:choice value='b' zh='乙' en='b'/></law:field></law:event>"
    "<law:event name='told' zh='谈' en='t' basis='practice' by='clerk' child='talk' starts='yes'>"
    "<law:field name='item' kind='item' child='item' zh='项' en='item'/></law:event>"
    "</law:events></scxml>";

enum { N, HOW, UNTIL, OK, FIELDS };

/* A dossier in `open` that received n=3 by web, asked i1 for a and i2 for b, and talked (t1) about i1. */
struct world {
    const struct edition *e;
    struct vocabulary v;
    struct instance instances[4];
    struct situation s;
    struct value event[FIELDS];
};

static struct value *memos_for(TALLOC_CTX *life, size_t scope, const struct world *w, size_t who)
{
    const struct memo_list *list = &w->e->inside->memos[scope];
    struct value *out = talloc_zero_array(life, struct value, list->count + 1);
    for (size_t i = 0; i < list->count; i++) {
        const char *event = w->e->events[list->list[i].event].name;
        if (list->list[i].kind == MEMO_COUNT)
            out[i] = value_number(strcmp(event, "asked") == 0 && !who ? 2 : 1);
        else if (list->list[i].kind == MEMO_BY)
            out[i] = value_text(strcmp(event, "asked") == 0 ? "li" : "wang");
        else if (list->list[i].kind == MEMO_DAY)
            out[i] = value_day((struct civil){2026, 3, 2});
        else if (strcmp(event, "received") == 0)
            out[i] = w->event[list->list[i].field];
        else if (strcmp(event, "asked") == 0)
            out[i] = value_text(who == 1 ? "a" : "b");
        else
            out[i] = value_text("i1");
    }
    return out;
}

static void make(TALLOC_CTX *life, struct world *w)
{
    must(edition_read(life, "small", SMALL, sizeof SMALL - 1, &w->e));
    w->v = w->e->inside->vocabulary;
    w->event[N] = value_number(3);
    w->event[HOW] = value_text("web");
    w->event[UNTIL] = value_day((struct civil){2026, 3, 20});
    w->event[OK] = (struct value){0}; /* not said */
}

static void people(TALLOC_CTX *life, struct world *w)
{
    static const char *const IDS[] = {NULL, "i1", "i2", "t1"};
    for (size_t i = 0; i < 4; i++) {
        const struct child_kind *kind = IDS[i] ? edition_child_of_id(w->e, IDS[i]) : NULL;
        const struct chart *chart = edition_chart_of(w->e, kind);
        w->instances[i] = (struct instance){.kind = kind,
                                            .chart = chart,
                                            .id = IDS[i],
                                            .machine = machine_new(life, chart),
                                            .memos = memos_for(life, edition_scope_of(kind), w, i)};
        must(machine_start(life, chart, w->instances[i].machine, NULL));
    }
    w->s = (struct situation){.instances = w->instances,
                              .count = 4,
                              .day = value_day((struct civil){2026, 3, 9}),
                              .event = w->event,
                              .by = value_text("wang")};
}

static const struct {
    const char *text;
    int value; /* 1 true, 0 false, -1 unknown */
} DOSSIER[] = {
    {"true", 1},
    {"false", 0},
    {"not false and true", 1},
    {"false or true and false", 0},
    {"(true or false) and true", 1},
    {"!false && (false || true)", 1},
    {"In('here')", 1},
    {"In('here') and In('side') and not In('elsewhere')", 1},
    {"!In('elsewhere')", 1},
    {"event.n = 3", 1},
    {"event.n == 3 and event.n != 4", 1},
    {"event.n < 3 or event.n > 3", 0},
    {"event.n <= 3 and event.n >= 3", 1},
    {"event.n < param.days", 1},
    {"event.how = 'web'", 1},
    {"'mail' = event.how", 0},
    {"event.how in ('mail', 'web')", 1},
    {"event.how in ('mail')", 0},
    {"event.until > day", 1},
    {"event.until = day('2026-03-20')", 1},
    {"day = day('2026-03-09')", 1},
    {"event.ok", 0},
    {"not event.ok", 1},
    {"event.ok = true", 0},
    {"event.ok != true", 0}, /* a comparison with what has no value is false */
    {"known(event.ok)", 0},
    {"known(event.n)", 1},
    {"event.by = received.by", 1},
    {"received.day < day", 1},
    {"received.n = 3", 1},
    {"seen(received)", 1},
    {"count(asked) = 2", 1},
    {"count(item) = 2", 1},
    {"count(item, asked.what = 'a') = 1", 1},
    {"count(talk) = 1", 1},
    {"all(item, In('new'))", 1},
    {"any(item, In('old'))", 0},
    {"none(item, In('old'))", 1},
    {"all(item, asked.what = 'a')", 0},
    {"any(item, asked.what = 'a')", 1},
    {"any(item, any(talk, told.item = up.id))", 1},
    {"all(item, any(talk, told.item = up.id))", 0},
    {"none(item, asked.what = 'b' and any(talk, told.item = up.id))", 1},
    {"any(item, id = 'i2')", 1},
    {"any(item, asked.by != up.received.by)", 1},
    {"all(talk, up.In('here') and up.event.n = 3)", 1},
    {"all(item, up.seen(received))", 1},
};

static void each_condition_has_its_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof DOSSIER / sizeof *DOSSIER; i++) {
        SCOPED_LIFE(life);
        struct world w;
        const struct condition *c = NULL;
        make(life, &w);
        must(condition_read(&w.v, CONDITION_DOSSIER, edition_event(w.e, "received"), 1, DOSSIER[i].text, &c));
        people(life, &w);
        struct value v = condition_value(c, &w.s, 0);
        assert_int_equal(v.kind, VALUE_FLAG);
        if (v.number != DOSSIER[i].value)
            fail_msg("%s is %d", DOSSIER[i].text, v.number);
    }
}

/* The form is not filled in, or a kind of child is left out: Kleene's three values. */
static void what_cannot_be_said_is_unknown(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int value;
    } OPEN[] = {
        {"event.n = 3", -1},       {"event.n = 3 and false", 0}, {"event.n = 3 or true", 1},
        {"not (event.n = 3)", -1}, {"known(event.n)", -1},       {"event.how in ('web')", -1},
        {"any(item, true)", -1},   {"count(item) = 0", -1},      {"any(item, true) and In('elsewhere')", 0},
        {"any(talk, true)", 1},
    };
    for (size_t i = 0; i < sizeof OPEN / sizeof *OPEN; i++) {
        SCOPED_LIFE(life);
        struct world w;
        const struct condition *c = NULL;
        make(life, &w);
        must(condition_read(&w.v, CONDITION_DOSSIER, edition_event(w.e, "received"), 1, OPEN[i].text, &c));
        people(life, &w);
        w.s.event = NULL;
        w.s.left_out = 1;
        struct value v = condition_value(c, &w.s, 0);
        int found = v.kind == VALUE_UNKNOWN ? -1 : v.number;
        if (found != OPEN[i].value)
            fail_msg("%s is %d", OPEN[i].text, found);
    }
}

/* Within a child's chart names mean the child; up leads to the dossier. */
static void names_mean_who_is_looked_at(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct world w;
    const struct condition *own = NULL, *outer = NULL, *wrong = NULL;
    make(life, &w);
    must(condition_read(&w.v, 1, NULL, 1, "id = 'i1' and asked.what = 'a' and In('new')", &own));
    must(condition_read(&w.v, 1, NULL, 1, "up.received.n = 3 and up.In('here') and up.count(asked) = 2",
                        &outer));
    must_fail(condition_read(&w.v, 1, NULL, 7, "received.n = 3", &wrong), "EDITION_CONDITION");
    must_fail(condition_read(&w.v, 1, NULL, 7, "In('here')", &wrong), "EDITION_CONDITION");
    people(life, &w);
    assert_true(condition_holds(own, &w.s, 1));
    assert_false(condition_holds(own, &w.s, 2));
    assert_true(condition_holds(outer, &w.s, 2));
}

/* Whatever is written, it is read or refused with its line. */
static void nonsense_is_refused(void **state)
{
    (void)state;
    static const char *const WORDS[] = {"In",        "(",   ")",        "'here'", "and",  "or",    "not",
                                        "event.n",   "=",   "<",        "3",      "true", "any",   "item",
                                        ",",         "up.", "id",       "count",  "day",  "known", "'web'",
                                        "event.how", "in",  "received", "seen",   "§",    "\"",    "!"};
    unsigned seed = 1;
    SCOPED_LIFE(life);
    struct world w;
    make(life, &w);
    size_t read = 0;
    for (int i = 0; i < 20000; i++) {
        SCOPED_LIFE(once);
        const struct condition *c = NULL;
        char *text = talloc_strdup(once, "");
        for (int n = 0; n < 1 + i % 9; n++) {
            seed = seed * 1103515245u + 12345u;
            text = talloc_asprintf_append(text, "%s ", WORDS[(seed >> 16) % (sizeof WORDS / sizeof *WORDS)]);
        }
        struct vocabulary v = w.v;
        v.life = once;
        v.file = "nonsense";
        struct memo_list memos[3] = {{0}, {0}, {0}};
        v.memos = memos;
        const struct fault *f =
            condition_read(&v, CONDITION_DOSSIER, edition_event(w.e, "received"), 4, text, &c);
        if (f)
            assert_memory_equal(f->detail, "nonsense:4: ", 12);
        else
            read++;
    }
    assert_true(read > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_condition_has_its_value),
        cmocka_unit_test(what_cannot_be_said_is_unknown),
        cmocka_unit_test(names_mean_who_is_looked_at),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
