/* mingda check FILE.scxml [INVARIANT]: proves what an edition promises; one JSON document, exit 1 when
 * something does not hold. All of them are proven by two processes. */
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "checker.h"
#include "commands.h"
#include "life.h"
#include "share.h"

#define FILE_LIMIT (4u << 20)

static json_t *line_json(const struct check_line *line)
{
    json_t *object = json_pack("{s:s, s:s, s:b, s:I, s:s, s:s, s:I}", "name", line->name, "basis",
                               line->basis ? line->basis : "practice", "holds", line->holds, "witnesses",
                               (json_int_t)line->witnesses, "zh", line->sentence.zh, "en", line->sentence.en,
                               "explored", (json_int_t)line->explored);
    if (object && line->why)
        json_object_set_new(object, "why", json_string(line->why));
    if (object && line->bound_count) {
        json_t *children = json_object();
        for (size_t i = 0; i < line->bound_count; i++)
            json_object_set_new(children, line->bounds[i].kind, json_integer(line->bounds[i].most));
        json_object_set_new(object, "children", children);
    }
    if (object && line->story) {
        json_t *story = json_array();
        for (size_t i = 0; i < line->story_count; i++)
            json_array_append_new(story, json_string(line->story[i]));
        json_object_set_new(object, "story", story);
    }
    return object;
}

/* What was proven, in JSON. */
struct proof {
    json_t *lines; /* in the order of the edition */
    size_t states, transitions, explored;
};

static const struct fault *print_proof(TALLOC_CTX *life, const struct proof *p)
{
    json_t *report = json_adopt(life, json_pack("{s:I, s:I, s:I, s:O}", "states", (json_int_t)p->states,
                                                "transitions", (json_int_t)p->transitions, "explored",
                                                (json_int_t)p->explored, "invariants", p->lines));
    TRY_MEMORY(report);
    scoped_free char *text = json_dumps(report, 0);
    TRY_MEMORY(text);
    puts(text);
    return NULL;
}

/* On stderr, for people: what does not hold, and how it comes about. */
static bool tell_broken(const char *file, const struct proof *p)
{
    bool holds = true;
    size_t i = 0, k = 0;
    const json_t *line = NULL, *act = NULL;
    json_array_foreach(p->lines, i, line)
    {
        if (json_is_true(json_object_get(line, "holds")))
            continue;
        holds = false;
        fprintf(stderr, "mingda: %s: %s: %s (%s)\n", file, json_string_value(json_object_get(line, "name")),
                json_string_value(json_object_get(line, "why")),
                json_string_value(json_object_get(line, "en")));
        json_array_foreach(json_object_get(line, "story"), k, act)
            fprintf(stderr, "  %2zu. %s\n", k + 1, json_string_value(act));
    }
    return holds;
}

/* ---- two processes share the work
 * ------------------------------------------------------------------------------------ */

/* One process takes one invariant after the other from the list that the pipe holds, and writes a line for
 * each. */
static const struct fault *prove_some(TALLOC_CTX *life, const struct edition *e, const char *const *names,
                                      int todo, FILE *out)
{
    uint16_t n = 0;
    while (read(todo, &n, sizeof n) == (ssize_t)sizeof n) {
        const struct check_report *r = NULL;
        TALLOC_CTX *scratch = talloc_new(life);
        TRY_MEMORY(scratch);
        TRY(edition_check(scratch, e, names[n], 0, &r));
        json_t *told = json_adopt(
            scratch, json_pack("{s:i, s:I, s:I, s:o}", "n", (int)n, "states", (json_int_t)r->states,
                               "transitions", (json_int_t)r->transitions, "line", line_json(r->lines)));
        TRY_MEMORY(told);
        if (json_dumpf(told, out, JSON_COMPACT) || fputc('\n', out) == EOF || fflush(out))
            return fault_new(life, FAULT_BROKEN, "CHECK_WORKER", "what was proven could not be written");
        talloc_free(scratch);
    }
    return NULL;
}

static _Noreturn void prove_and_exit(const struct edition *e, const char *const *names, int todo, FILE *out)
{
    TALLOC_CTX *life = talloc_new(NULL);
    const struct fault *f = life ? prove_some(life, e, names, todo, out) : fault_memory();
    if (f)
        fprintf(stderr, "mingda: %s\n", fault_text(life, f));
    fflush(stderr);
    _exit(f ? 1 : 0);
}

static const struct fault *read_lines(TALLOC_CTX *life, FILE *from, size_t count, struct proof *p)
{
    json_t *told = NULL;
    rewind(from);
    while ((told = json_loadf(from, JSON_DISABLE_EOF_CHECK, NULL))) {
        size_t n = (size_t)json_integer_value(json_object_get(told, "n"));
        json_t *line = json_object_get(told, "line");
        p->states = (size_t)json_integer_value(json_object_get(told, "states"));
        p->transitions = (size_t)json_integer_value(json_object_get(told, "transitions"));
        p->explored += (size_t)json_integer_value(json_object_get(line, "explored"));
        bool kept = n < count && json_array_set(p->lines, n, line) == 0;
        json_decref(told);
        if (!kept)
            return fault_new(life, FAULT_BROKEN, "CHECK_WORKER", "what was proven could not be read");
    }
    return NULL;
}

/* All are written before anybody reads, so that no reader waits: the last of the edition first, which take
 * longest. */
static const struct fault *hand_out(TALLOC_CTX *life, size_t count, int *todo)
{
    int ends[2];
    if (count > PIPE_BUF / sizeof(uint16_t) || pipe2(ends, O_CLOEXEC))
        return fault_new(life, FAULT_BROKEN, "CHECK_WORKER", "no pipe for %zu invariants", count);
    *todo = ends[0];
    bool written = true;
    for (size_t i = count; i-- > 0 && written;) {
        uint16_t n = (uint16_t)i;
        written = write(ends[1], &n, sizeof n) == (ssize_t)sizeof n;
    }
    close(ends[1]);
    return written ? NULL : fault_new(life, FAULT_BROKEN, "CHECK_WORKER", "the pipe takes no more");
}

#define PROCESSES 2

static const struct fault *prove_all(TALLOC_CTX *life, const struct edition *e, struct proof *p)
{
    const char **names = NULL;
    size_t count = 0;
    int todo = -1, ended = 0;
    FILE *out[PROCESSES] = {NULL};
    pid_t pids[PROCESSES];
    const struct fault *f = NULL;
    TRY(edition_check_names(life, e, &names, &count));
    for (size_t i = 0; i < count; i++)
        json_array_append_new(p->lines, json_null());
    TRY(hand_out(life, count, &todo));
    for (size_t i = 0; i < PROCESSES; i++) {
        out[i] = tmpfile();
        pids[i] = out[i] ? fork() : -1;
        if (pids[i] == 0)
            prove_and_exit(e, names, todo, out[i]);
        if (pids[i] < 0 && !f)
            f = fault_new(life, FAULT_BROKEN, "CHECK_WORKER", "no process to prove with");
    }
    for (size_t i = 0; i < PROCESSES; i++)
        if (pids[i] > 0 && (waitpid(pids[i], &ended, 0) != pids[i] || ended) && !f)
            f = fault_new(life, FAULT_BROKEN, "CHECK_WORKER", "a process that proves has ended early");
    for (size_t i = 0; i < PROCESSES && out[i]; i++) {
        if (!f)
            f = read_lines(life, out[i], count, p);
        fclose(out[i]);
    }
    close(todo);
    for (size_t i = 0; i < count && !f; i++)
        if (!json_is_object(json_array_get(p->lines, i)))
            f = fault_new(life, FAULT_BROKEN, "CHECK_WORKER", "nobody has proven %s", names[i]);
    return f;
}

static const struct fault *prove_one(TALLOC_CTX *life, const struct edition *e, const char *only,
                                     struct proof *p)
{
    const struct check_report *r = NULL;
    TRY(edition_check(life, e, only, 0, &r));
    if (!r->line_count)
        return fault_new(life, FAULT_INPUT, "CHECK_NAME", "%s has no invariant \"%s\"", e->file, only);
    p->states = r->states;
    p->transitions = r->transitions;
    p->explored = r->explored;
    if (json_array_append_new(p->lines, line_json(r->lines)))
        return fault_memory();
    return NULL;
}

static const struct fault *check_file(TALLOC_CTX *life, const char *file, const char *only, bool *holds)
{
    char *bytes = NULL;
    size_t length = 0;
    const struct edition *e = NULL;
    struct proof proof = {.lines = json_adopt(life, json_array())};
    TRY_MEMORY(proof.lines);
    TRY(share_read_file(life, file, FILE_LIMIT, &bytes, &length));
    TRY(edition_read(life, file, bytes, length, &e));
    TRY(only ? prove_one(life, e, only, &proof) : prove_all(life, e, &proof));
    TRY(print_proof(life, &proof));
    *holds = tell_broken(file, &proof);
    return NULL;
}

int command_check(int argc, char **argv)
{
    SCOPED_LIFE(life);
    bool holds = false;
    if (argc < 2 || argc > 3 || argv[1][0] == '-') {
        fputs("usage: mingda check FILE.scxml [INVARIANT]\n", stderr);
        return 2;
    }
    const struct fault *f = check_file(life, argv[1], argc == 3 ? argv[2] : NULL, &holds);
    if (f)
        fprintf(stderr, "mingda: %s\n", fault_text(life, f));
    return f || !holds ? 1 : 0;
}
