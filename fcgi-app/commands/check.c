/* mingda check FILE.scxml [INVARIANT]: proves what an edition promises; one JSON document, exit 1 when
 * something does not hold. */
#include <jansson.h>
#include <stdio.h>
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
    if (object && line->story) {
        json_t *story = json_array();
        for (size_t i = 0; i < line->story_count; i++)
            json_array_append_new(story, json_string(line->story[i]));
        json_object_set_new(object, "story", story);
    }
    return object;
}

static const struct fault *print_report(TALLOC_CTX *life, const struct check_report *r)
{
    json_t *lines = json_array();
    for (size_t i = 0; i < r->line_count; i++)
        json_array_append_new(lines, line_json(&r->lines[i]));
    json_t *report = json_adopt(life, json_pack("{s:I, s:I, s:I, s:o}", "states", (json_int_t)r->states,
                                                "transitions", (json_int_t)r->transitions, "explored",
                                                (json_int_t)r->explored, "invariants", lines));
    TRY_MEMORY(report);
    scoped_free char *text = json_dumps(report, 0);
    TRY_MEMORY(text);
    puts(text);
    return NULL;
}

/* On stderr, for people: what does not hold, and how it comes about. */
static void tell_broken(const char *file, const struct check_report *r)
{
    for (size_t i = 0; i < r->line_count; i++) {
        const struct check_line *line = &r->lines[i];
        if (line->holds)
            continue;
        fprintf(stderr, "mingda: %s: %s: %s (%s)\n", file, line->name, line->why, line->sentence.en);
        for (size_t k = 0; k < line->story_count; k++)
            fprintf(stderr, "  %2zu. %s\n", k + 1, line->story[k]);
    }
}

static const struct fault *check_file(TALLOC_CTX *life, const char *file, const char *only, bool *holds)
{
    char *bytes = NULL;
    size_t length = 0;
    const struct edition *e = NULL;
    const struct check_report *r = NULL;
    TRY(share_read_file(life, file, FILE_LIMIT, &bytes, &length));
    TRY(edition_read(life, file, bytes, length, &e));
    TRY(edition_check(life, e, only, 0, &r));
    if (only && !r->line_count)
        return fault_new(life, FAULT_INPUT, "CHECK_NAME", "%s has no invariant \"%s\"", file, only);
    TRY(print_report(life, r));
    tell_broken(file, r);
    *holds = r->holds;
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
