/* story-replay EDITION.scxml: reads the report of `mingda check` and plays each of its stories as facts
 * through the engine, as a dossier would be: workflow_step() judges each. What a story leaves open is made
 * up: the form is filled in the fewest ways and in all (and the story played again with all of them first:
 * what need not be said may begin a period), codes one after the other, the first number small or large, days
 * so that a period ends when the story says so and not before. One line for each story: "replayed N" or
 * "NAME: act K of N: ACT: why". Exit 1: some could not be replayed. */
#include <stdio.h>
#include "law_files.h"
#include "workflow.h"

#define LONGEST_WAIT 400 /* days until a period ends */

struct replay {
    TALLOC_CTX *life;
    const struct edition *e;
    struct standing *s;
    struct civil day;
    long seq;
    const char *why;
    bool full; /* every form is filled in as far and as large as can be before it is filled in as little */
};

/* An act as the story has it: "approved L1 result=yes by A". */
struct told {
    const struct event_kind *event;
    const char *child, *by;
    json_t *said;
};

static json_t *value_told(const struct event_field *f, const char *word)
{
    if (f->kind == EVENT_FIELD_INT)
        return json_integer(strtol(word, NULL, 10));
    return f->kind == EVENT_FIELD_FLAG ? json_boolean(strcmp(word, "true") == 0) : json_string(word);
}

static bool told_of(TALLOC_CTX *life, const struct edition *e, const char *line, struct told *out)
{
    char *words = talloc_strdup(life, line), *rest = NULL;
    *out = (struct told){.by = "A", .said = json_adopt(life, json_object())};
    for (char *w = strtok_r(words, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
        char *is = strchr(w, '=');
        if (!out->event) {
            out->event = edition_event(e, w);
        } else if (is) {
            *is = '\0';
            const struct event_field *f = event_field(out->event, w);
            if (!f)
                return false;
            json_object_set_new(out->said, w, value_told(f, is + 1));
        } else if (strcmp(w, "by") == 0) {
            out->by = strtok_r(NULL, " ", &rest);
        } else {
            out->child = w;
        }
        if (!out->event)
            return false;
    }
    return out->event != NULL;
}

/* A day that a form asks for: the same, a later one, or one before. */
static const int AHEAD[] = {0, 10, 45, 90, -30};
#define LARGE 100

/* How a form is filled in. */
struct way {
    size_t choice;
    bool all, large; /* what need not be said too; the first number that it asks for is a large one */
};

static int64_t number_made_up(const struct event_field *f, bool large)
{
    int64_t wanted = large ? LARGE : 1;
    return wanted < f->min ? f->min : wanted > f->max ? f->max : wanted;
}

static json_t *made_up(const struct replay *r, const struct event_field *f, struct civil on, size_t choice,
                       bool large)
{
    char day[CIVIL_TEXT];
    char hash[65] = {0};
    switch (f->kind) {
    case EVENT_FIELD_DAY:
        civil_format(civil_add_days(on, AHEAD[choice % (sizeof AHEAD / sizeof *AHEAD)]), day);
        return json_string(day);
    case EVENT_FIELD_INT:
        return json_integer(number_made_up(f, large));
    case EVENT_FIELD_CODE:
        return json_string(f->choices[choice % f->choice_count].value);
    case EVENT_FIELD_PERSON:
        return json_string("C");
    case EVENT_FIELD_ITEM: {
        size_t count = 0;
        const struct standing_child *c = r->s ? standing_children(r->s, &count) : NULL;
        for (size_t i = 0; i < count; i++)
            if (strcmp(c[i].kind->name, f->child) == 0)
                return json_string(c[i].id);
        return json_string("i1");
    }
    case EVENT_FIELD_FLAG:
        return json_boolean(choice % 2);
    case EVENT_FIELD_SHA256:
        memset(hash, 'a', 64);
        return json_string(hash);
    default:
        return json_pack("{s:i, s:s}", "row", 1, "commit", "aa");
    }
}

/* The form: what the story says; of the rest what must be said, or all that is asked. */
static json_t *filled(const struct replay *r, const struct told *t, struct civil on, struct way way)
{
    json_t *data = json_adopt(r->life, json_copy(t->said));
    bool large = way.large;
    for (size_t i = 0; i < t->event->field_count; i++) {
        const struct event_field *f = &t->event->fields[i];
        const char *word = f->asked_of ? json_text(data, f->asked_of->name) : NULL;
        if (json_object_get(data, f->name) || !(f->required || (way.all && event_field_asked(f, word))))
            continue;
        json_object_set_new(data, f->name, made_up(r, f, on, way.choice, large));
        large = large && f->kind != EVENT_FIELD_INT;
    }
    return data;
}

/* One fact; false: refused, r->why says by what. */
static bool play(struct replay *r, const struct told *t, int later, struct way way)
{
    struct civil on = civil_add_days(r->day, later);
    struct fact *fact = talloc_zero(r->life, struct fact);
    struct standing *after = NULL;
    *fact =
        (struct fact){.seq = r->seq + 1, .kind = t->event->name, .child = t->child, .on = on, .by = t->by};
    fact->role = t->event->role_count ? t->event->roles[0] : NULL;
    fact->data = filled(r, t, on, way);
    const struct fault *f = workflow_step(r->life, r->s, fact, &after);
    if (f) {
        if (!r->why)
            r->why = fault_text(r->life, f);
        return false;
    }
    r->s = after;
    r->day = on;
    r->seq++;
    return true;
}

static bool play_some_way(struct replay *r, const struct told *t)
{
    static const int LATER[] = {0, 1, 5, 12, 35};
    size_t choices = 1;
    for (size_t i = 0; i < t->event->field_count; i++)
        if (t->event->fields[i].choice_count > choices)
            choices = t->event->fields[i].choice_count;
    r->why = NULL;
    for (size_t d = 0; d < sizeof LATER / sizeof *LATER; d++)
        for (size_t c = 0; c < choices || c < sizeof AHEAD / sizeof *AHEAD; c++)
            for (int way = 0; way < 4; way++)
                if (play(r, t, LATER[d], (struct way){c, (way % 2 == 1) != r->full, (way > 1) != r->full}))
                    return true;
    return false;
}

/* The story says that a period ends: the first day on which it has. */
static bool let_end(struct replay *r, const char *line)
{
    char id[64] = "", child[32] = "";
    sscanf(line, "(%63s ends) %31s", id, child);
    for (int n = 0; n < LONGEST_WAIT; n++) {
        struct view *v = NULL;
        must(workflow_view(r->life, r->s, civil_add_days(r->day, n), &v));
        for (size_t i = 0; i < v->clock_count; i++)
            if (strcmp(v->clocks[i].about->id, id) == 0 && v->clocks[i].state == CLOCK_EXPIRED &&
                (!*child || (v->clocks[i].child && strcmp(v->clocks[i].child, child) == 0))) {
                r->day = civil_add_days(r->day, n);
                return true;
            }
    }
    r->why = "the period does not end";
    return false;
}

/* What the last act of a story is refused for is what it must not be: it counts too. *failed: the act that
 * could not be done. */
static bool replayed(struct replay *r, const json_t *story, size_t *failed)
{
    for (size_t i = 0; i < json_array_size(story); i++) {
        const char *act = json_string_value(json_array_get(story, i));
        struct told told;
        bool done = true;
        if (strncmp(act, "(cannot be done", 15) == 0)
            break; /* what a way that is written down ends before */
        if (*act == '(')
            done = strncmp(act, "(elsewhere", 10) == 0 || let_end(r, act);
        else if (!told_of(r->life, r->e, act, &told))
            done = (r->why = "not understood", false);
        else
            done = play_some_way(r, &told);
        *failed = i;
        if (!done)
            return false;
    }
    return true;
}

static bool tell_replay(TALLOC_CTX *life, const struct edition *e, const struct calendar *calendar,
                        const json_t *line)
{
    const json_t *story = json_object_get(line, "story");
    size_t count = json_array_size(story), failed[2] = {0};
    struct replay r[2] = {{.life = life, .e = e}, {.life = life, .e = e, .full = true}};
    for (int i = 0; i < 2; i++) {
        must(civil_parse("2026-01-05", &r[i].day) ? NULL : fault_memory());
        must(workflow_begin(life, e, calendar, &r[i].s));
        if (replayed(&r[i], story, &failed[i])) {
            printf("replayed %zu\n", count);
            return true;
        }
    }
    int best = failed[1] > failed[0];
    printf("%s: act %zu of %zu: %s: %s\n", json_text(line, "name"), failed[best] + 1, count,
           json_string_value(json_array_get(story, failed[best])), r[best].why);
    return false;
}

int main(int argc, char **argv)
{
    TALLOC_CTX *life = talloc_new(NULL);
    char *bytes = NULL;
    size_t length = 0, i = 0;
    const struct edition *e = NULL;
    const json_t *line = NULL;
    bool all = true;
    assert_int_equal(argc, 2);
    must(share_read_file(life, argv[1], 4u << 20, &bytes, &length));
    must(edition_read(life, argv[1], bytes, length, &e));
    const json_t *report = json_adopt(life, json_loadf(stdin, 0, NULL));
    assert_non_null(report);
    const struct calendar *calendar = law_calendar(life);
    json_array_foreach(json_object_get(report, "invariants"), i, line)
    {
        if (json_object_get(line, "story"))
            all = tell_replay(life, e, calendar, line) && all;
    }
    talloc_free(life);
    return all ? 0 : 1;
}
