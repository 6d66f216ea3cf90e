/* law.c - how fast the law is: working days against a loop over days, fold, step, view, may, and the memory
 * of a standing. Prints one line a figure and, after a bound of the plan, whether it is kept; exit 1 when one
 * is not. Arguments: an edition, a calendar. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "../stories/stories.h"
#include "calendar.h"
#include "json.h"
#include "workflow.h"

#define FACTS 30

/* A whole procedure: two items, a notice of receipt, a third party, an extension, a reply returned once. */
static const struct scene LONG_STORY[] = {
    TO_DECIDING("2"),
    DOES(NULL, "clock", "drafted", "L1", "{'template':'D01'," FILES ",'version':1}"),
    SEALS("L1"),
    PROPOSES_SECRECY("s1", "i1"),
    PROPOSES_SECRECY("s2", "i2"),
    ON("2026-03-05"),
    CLEARS("s1"),
    CLEARS("s2"),
    ON("2026-03-09"),
    DOES("chengban", "handler", "consultation-sent", "t1", "{'to':'third-party','about':" N "}"),
    DOES("chengban", "handler", "consultation-sent", "t2", "{'to':'co-author','about':" N "}"),
    ON("2026-03-11"),
    DOES("chengban", "handler", "consultation-delivered", "t1", NULL),
    DOES("chengban", "handler", "consultation-delivered", "t2", NULL),
    ON("2026-03-20"),
    DOES("chuzhang", "division-head", "extension-granted", NULL, "{'workdays':20,'reason':" N "}"),
    DOES("shouli", "clerk", "extension-notified", NULL, NULL),
    ON("2026-03-25"),
    DOES("chengban", "handler", "consultation-answered", "t1", "{'answer':'agrees'}"),
    DOES("chengban", "handler", "consultation-answered", "t2", "{'answer':'agrees'}"),
    DECIDES("i1"),
    DECIDES("i2"),
    ON("2026-04-07"),
    DRAFTS("L2", "1"),
    DOES("fagui", "legal", "review-returned", "L2", "{'opinion':" N "}"),
    DRAFTS("L2", "2"),
    PASSES("L2"),
    DOES("lingdao", "leader", "returned", "L2", "{'reason':" N "}"),
    DRAFTS("L2", "3"),
    PASSES("L2"),
    APPROVES("L2"),
    SEALS("L2"),
    ON("2026-04-08"),
    SERVES("L2"),
    THE_END,
};

static void must(const struct fault *f)
{
    if (!f)
        return;
    fprintf(stderr, "%s\n", fault_text(NULL, f));
    exit(1);
}

static const char *bytes_of(TALLOC_CTX *life, const char *path, size_t *length)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(1);
    }
    char *bytes = talloc_array(life, char, 4u << 20);
    *length = fread(bytes, 1, 4u << 20, file);
    fclose(file);
    return bytes;
}

static const json_t *data_of(TALLOC_CTX *life, const char *text)
{
    char *copy = talloc_strdup(life, text ? text : "{}");
    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    return json_adopt(life, json_loads(copy, 0, NULL));
}

static size_t facts_of(TALLOC_CTX *life, struct fact *facts)
{
    size_t n = 0;
    struct civil day = CIVIL_NONE;
    for (const struct scene *s = LONG_STORY; s->kind != SCENE_END; s++) {
        if (s->kind == SCENE_ON) {
            civil_parse(s->word, &day);
            continue;
        }
        facts[n] = (struct fact){.seq = (long)n + 1,
                                 .kind = s->event,
                                 .child = s->child,
                                 .on = day,
                                 .by = s->person,
                                 .role = s->role,
                                 .data = data_of(life, s->data)};
        n++;
    }
    return n;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int missed;

static void figure(const char *what, double value, const char *unit, double bound, bool at_least)
{
    bool kept = bound <= 0 || (at_least ? value >= bound : value <= bound);
    printf("%-42s %12.3f %s", what, value, unit);
    if (bound > 0)
        printf("   (bound %g: %s)", bound, kept ? "kept" : "MISSED");
    printf("\n");
    missed += !kept;
}

/* ---- working days */

static int32_t by_loop(const struct calendar *cal, int32_t day, int32_t n)
{
    while (n > 0)
        n -= calendar_is_workday(cal, civil_of_number(++day));
    return day;
}

static void measure_days(const struct calendar *cal)
{
    const int32_t from = civil_number((struct civil){2020, 1, 1}), count = 2000000;
    int64_t sum = 0, loop_sum = 0;
    double begun = now();
    for (int32_t i = 0; i < count; i++)
        sum += calendar_workday_after(cal, from + i % 2000, 1 + i % 40);
    double sums = now() - begun;
    begun = now();
    for (int32_t i = 0; i < count / 20; i++)
        loop_sum += by_loop(cal, from + i % 2000, 1 + i % 40);
    double loop = (now() - begun) * 20;
    for (int32_t i = 0; i < count / 20; i++)
        loop_sum -= calendar_workday_after(cal, from + i % 2000, 1 + i % 40);
    if (loop_sum || !sum) {
        printf("the loop over days comes to other days\n");
        missed++;
    }
    figure("working days added, prefix sums", count / sums / 1e6, "million/s", 2, true);
    figure("working days added, loop over days", count / loop / 1e6, "million/s", 0, true);
}

/* ---- dossiers */

/* The best of many short runs: what the machine can do when nobody else disturbs it. */
#define RUNS   60
#define ROUNDS 200

struct bench {
    const struct edition *e;
    const struct calendar *cal;
    const struct fact *facts;
    size_t count; /* of facts before the step, or folded */
    struct standing *standing;
    struct view *view;
};

static void run_fold(struct bench *b)
{
    struct standing *s = NULL;
    must(workflow_fold(NULL, b->e, b->cal, b->facts, b->count, &s));
    talloc_free(s);
}

static void run_step(struct bench *b)
{
    struct standing *after = NULL;
    must(workflow_step(NULL, b->standing, &b->facts[b->count], &after));
    talloc_free(after);
}

static void run_view(struct bench *b)
{
    struct view *v = NULL;
    must(workflow_view(NULL, b->standing, (struct civil){2026, 4, 7}, &v));
    talloc_free(v);
}

static void run_may(struct bench *b)
{
    static const char *const ROLES[] = {"handler", "clerk"};
    struct actor who = {.person = "chengban", .roles = ROLES, .role_count = 2};
    const struct permission *may = NULL;
    size_t n = 0;
    TALLOC_CTX *page = talloc_new(NULL);
    must(workflow_may(page, b->view, &who, &may, &n));
    talloc_free(page);
}

static double best(struct bench *b, void (*run)(struct bench *))
{
    double least = 1e9;
    for (int i = 0; i < RUNS; i++) {
        double begun = now();
        for (int k = 0; k < ROUNDS; k++)
            run(b);
        double took = (now() - begun) / ROUNDS * 1e6;
        least = took < least ? took : least;
    }
    return least;
}

static void check_story(struct bench *b)
{
    size_t conflicts = 0;
    const struct conflict *c = standing_conflicts(b->standing, &conflicts);
    if (b->count >= FACTS && !conflicts && standing_closed(b->standing))
        return;
    printf("the story does not come to its end: %zu facts, %zu conflicts %s %s\n", b->count, conflicts,
           conflicts ? c->fact->kind : "", conflicts ? c->why.rule : "");
    exit(1);
}

static void measure_law(const struct edition *e, const struct calendar *cal)
{
    TALLOC_CTX *life = talloc_new(NULL);
    struct fact facts[sizeof LONG_STORY / sizeof *LONG_STORY];
    struct bench b = {.e = e, .cal = cal, .facts = facts, .count = facts_of(life, facts)};
    must(workflow_fold(life, e, cal, facts, b.count, &b.standing));
    check_story(&b);
    b.count = FACTS;
    must(workflow_fold(life, e, cal, facts, b.count, &b.standing));
    figure("memory of the standing of 30 facts", (double)talloc_total_size(b.standing), "bytes", 0, false);
    figure("fold of 30 facts", best(&b, run_fold), "us", 10, false);
    double steps = 0, slowest = 0;
    for (b.count = 0; b.count < FACTS; b.count++) {
        must(workflow_fold(life, e, cal, facts, b.count, &b.standing));
        double took = best(&b, run_step);
        steps += took;
        slowest = took > slowest ? took : slowest;
        if (getenv("MINGDA_EACH"))
            printf("  step %2zu %-24s %6.3f us\n", b.count + 1, facts[b.count].kind, took);
        if (b.count == FACTS - 4) {
            must(workflow_view(life, b.standing, (struct civil){2026, 4, 7}, &b.view));
            figure("view", best(&b, run_view), "us", 0, false);
            figure("may, all events", best(&b, run_may), "us", 0, false);
        }
    }
    figure("step, mean of the thirty", steps / FACTS, "us", 1, false);
    figure("step, the slowest of them", slowest, "us", 0, false);
    talloc_free(life);
}

int main(int argc, char **argv)
{
    TALLOC_CTX *life = talloc_new(NULL);
    const struct edition *e = NULL;
    const struct calendar *cal = NULL;
    if (argc != 3)
        return 2;
    size_t length = 0;
    const char *bytes = bytes_of(life, argv[1], &length);
    double begun = now();
    must(edition_read(life, argv[1], bytes, length, &e));
    figure("an edition read", (now() - begun) * 1e3, "ms", 0, false);
    struct calendar_source layer = {.name = argv[2]};
    layer.bytes = bytes_of(life, argv[2], &layer.length);
    must(calendar_read(life, "cn", &layer, 1, CIVIL_NONE, &cal));
    measure_days(cal);
    measure_law(e, cal);
    talloc_free(life);
    return missed ? 1 : 0;
}
