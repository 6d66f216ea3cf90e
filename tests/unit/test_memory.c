/* test_memory.c - the n-th allocation fails, then the n+1-th, to the end: whatever the law is doing says that
 * memory is out, leaves what it was given as it was, and does the same work when asked again.
 *
 * The calls of talloc and jansson are counted (the linker hands them to the functions below); libxml2's own
 * are not ours to fail. Leaks are the sanitizer's to find. */
#include "law_files.h"
#include "../stories/stories.h"
#include "workflow.h"

/* ---- allocations that fail */

static long left = -1; /* allocations until the one that fails; -1: none does */
static bool failed;

static bool fails(void)
{
    if (left < 0 || left-- > 0)
        return false;
    failed = true;
    left = -1;
    return true;
}

#define WRAP(type, name, parameters, arguments)                                                              \
    type __real_##name parameters;                                                                           \
    type __wrap_##name parameters;                                                                           \
    type __wrap_##name parameters                                                                            \
    {                                                                                                        \
        return fails() ? NULL : __real_##name arguments;                                                     \
    }
WRAP(void *, _talloc_array, (const void *c, size_t s, unsigned n, const char *name), (c, s, n, name))
WRAP(void *, _talloc_zero_array, (const void *c, size_t s, unsigned n, const char *name), (c, s, n, name))
WRAP(void *, _talloc_zero, (const void *c, size_t s, const char *name), (c, s, name))
WRAP(void *, _talloc_memdup, (const void *c, const void *p, size_t s, const char *name), (c, p, s, name))
WRAP(void *, _talloc_realloc, (const void *c, void *p, size_t s, const char *name), (c, p, s, name))
WRAP(void *, _talloc_realloc_array, (const void *c, void *p, size_t s, unsigned n, const char *name),
     (c, p, s, n, name))
WRAP(void *, talloc_named_const, (const void *c, size_t s, const char *name), (c, s, name))
WRAP(char *, talloc_strdup, (const void *c, const char *t), (c, t))
WRAP(char *, talloc_strndup, (const void *c, const char *t, size_t n), (c, t, n))
WRAP(char *, talloc_vasprintf, (const void *c, const char *f, va_list a), (c, f, a))

char *__wrap_talloc_asprintf(const void *c, const char *f, ...);
char *__wrap_talloc_asprintf(const void *c, const char *f, ...)
{
    va_list a;
    va_start(a, f);
    char *text = __wrap_talloc_vasprintf(c, f, a);
    va_end(a);
    return text;
}

static void *json_memory(size_t size)
{
    return fails() ? NULL : malloc(size);
}

/* ---- what is tried */

struct trial {
    const struct edition *e;
    const struct calendar *cal;
    const char *bytes;
    size_t length;
    const struct fact *facts;
    size_t count;
    struct standing *before;
    struct view *view;
};
typedef const struct fault *work_fn(const struct trial *t, TALLOC_CTX *life);

static const struct fault *read_edition(const struct trial *t, TALLOC_CTX *life)
{
    const struct edition *e = NULL;
    return edition_read(life, "file.scxml", t->bytes, t->length, &e);
}

static const struct fault *read_calendar(const struct trial *t, TALLOC_CTX *life)
{
    const struct calendar *c = NULL;
    struct calendar_source source = {.name = "cn.csv", .bytes = t->bytes, .length = t->length};
    return calendar_read(life, "cn", &source, 1, CIVIL_NONE, &c);
}

static const struct fault *do_fold(const struct trial *t, TALLOC_CTX *life)
{
    struct standing *s = NULL;
    return workflow_fold(life, t->e, t->cal, t->facts, t->count, &s);
}

static const struct fault *do_step(const struct trial *t, TALLOC_CTX *life)
{
    struct standing *after = NULL;
    return workflow_step(life, t->before, &t->facts[t->count], &after);
}

static const struct fault *do_view(const struct trial *t, TALLOC_CTX *life)
{
    struct view *v = NULL;
    const struct clock_day *days = NULL;
    size_t count = 0;
    TRY(workflow_view(life, t->before, (struct civil){2026, 4, 7}, &v));
    return clock_ledger(standing_clocks(t->before), 0, t->cal, v->today, &days, &count, life);
}

static const struct fault *do_may(const struct trial *t, TALLOC_CTX *life)
{
    static const char *const ROLES[] = {"handler", "clerk"};
    struct actor who = {.person = "chengban", .roles = ROLES, .role_count = 2};
    const struct permission *may = NULL;
    size_t count = 0;
    return workflow_may(life, t->view, &who, &may, &count);
}

static const struct fault *do_wake(const struct trial *t, TALLOC_CTX *life)
{
    struct clock_wake wake;
    return workflow_wake(life, t->before, &wake);
}

/* Every `stride`-th allocation in turn, until the work is done without meeting one that fails. A refusal is
 * what the work may come to in the end. */
static void try_all(const char *what, work_fn *work, const struct trial *t, long stride)
{
    for (long n = 0;; n += stride) {
        TALLOC_CTX *life = talloc_new(NULL);
        left = n;
        failed = false;
        const struct fault *f = work(t, life);
        left = -1;
        if (!failed) {
            if (f)
                fail_msg("%s: %s", what, fault_text(life, f));
            assert_true(n > 0);
            talloc_free(life);
            return;
        }
        if (f != fault_memory())
            fail_msg("%s: allocation %ld failed, and it says %s", what, n,
                     f ? fault_text(life, f) : "nothing");
        talloc_free(life);
    }
}

/* ---- a dossier with everything in it */

static size_t facts_of(TALLOC_CTX *life, const struct story *story, struct fact *facts)
{
    size_t n = 0;
    struct civil day = CIVIL_NONE;
    for (const struct scene *s = story->scenes; s->kind != SCENE_END; s++) {
        if (s->kind == SCENE_ON)
            assert_true(civil_parse(s->word, &day));
        if (s->kind != SCENE_DOES)
            continue;
        facts[n] = (struct fact){.seq = (long)n + 1,
                                 .kind = s->event,
                                 .child = s->child,
                                 .on = day,
                                 .by = s->person,
                                 .role = s->role,
                                 .data = law_json(life, s->data)};
        n++;
    }
    return n;
}

static void try_dossier(const struct trial *law, const struct story *story)
{
    SCOPED_LIFE(life);
    struct fact facts[64];
    struct trial t = *law;
    t.facts = facts;
    t.count = facts_of(life, story, facts);
    try_all("fold", do_fold, &t, 1);
    for (t.count--; t.count; t.count--) {
        must(workflow_fold(life, t.e, t.cal, facts, t.count, &t.before));
        must(workflow_view(life, t.before, (struct civil){2026, 4, 7}, &t.view));
        try_all("step", do_step, &t, 1);
        try_all("view", do_view, &t, 1);
        try_all("wake", do_wake, &t, 1);
        if (t.count % 7 == 1)
            try_all("may", do_may, &t, 1);
    }
}

static void dossiers(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct trial t = {.e = law_edition(life), .cal = law_calendar(life)};
    for (size_t i = 0; i < 3; i++)
        try_dossier(&t, &STORIES[i]);
}

/* Out of order and corrected: the ways through the slow fold. */
static void corrections(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct fact facts[4] = {{.seq = 1, .kind = "received", .on = {2026, 3, 2}, .by = "a", .role = "clerk"},
                            {.seq = 3, .kind = "registered", .on = {2026, 3, 3}, .by = "b", .role = "clerk"},
                            {.seq = 2, .kind = "registered", .on = {2026, 3, 2}, .by = "b", .role = "clerk"},
                            {.seq = 4, .kind = "corrected", .on = {2026, 3, 4}, .by = "c", .role = "admin"}};
    struct trial t = {.e = law_edition(life), .cal = law_calendar(life), .facts = facts, .count = 4};
    facts[0].data =
        law_json(life, "{'channel':'web','category':'natural','delivery':'electronic','items':2}");
    facts[3].data = law_json(life, "{'fact':1,'data':{'items':3,'on':'2026-03-01'}}");
    try_all("fold with a correction", do_fold, &t, 1);
    t.count = 3;
    must(workflow_fold(life, t.e, t.cal, facts, t.count, &t.before));
    try_all("step with a correction", do_step, &t, 1);
}

static void documents(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct trial t = {0};
    t.bytes = law_bytes(life, "workflow/calendars/cn.csv", &t.length);
    try_all("calendar", read_calendar, &t, 1);
    t.bytes = law_bytes(life, "tests/corpora/editions/small.scxml", &t.length);
    try_all("small edition", read_edition, &t, 1);
    t.bytes = law_bytes(life, "workflow/editions/cn-2019.scxml", &t.length);
    try_all("cn-2019", read_edition, &t, 13);
}

int main(void)
{
    json_set_alloc_funcs(json_memory, free);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents),
        cmocka_unit_test(dossiers),
        cmocka_unit_test(corrections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
