/* mingda workflow trace FILE.scxml [--set NAME=VALUE]… [--events -] [EVENT…]
 * One JSON line for the initial configuration and one per event: the atomic states, in document order. A
 * plain document has In() alone; in an edition --set gives values to names of its conditions, all others have
 * none. */
#include <jansson.h>
#include <stdio.h>
#include "commands.h"
#include "condition.h"
#include "draw.h"
#include "edition_inside.h"
#include "law_xml.h"
#include "life.h"
#include "machine.h"
#include "share.h"
#include "text.h"

#define FILE_LIMIT  (4u << 20)
#define INPUT_LIMIT (16u << 20)

struct tracing {
    TALLOC_CTX *life;
    const char *file;
    const char **sets, **events;
    size_t set_count, event_count;
    bool from_stdin;
    const struct chart *chart;
    struct vocabulary vocabulary;
    struct condition_name *given;
    struct instance dossier;
    struct situation situation;
};

static int usage(void)
{
    fputs("usage: mingda workflow trace FILE.scxml [--set NAME=VALUE]… [--events -] [EVENT…]\n"
          "       mingda workflow draw FILE.scxml …\n",
          stderr);
    return 2;
}

static bool read_arguments(struct tracing *t, int argc, char **argv)
{
    bool words_only = false;
    t->sets = talloc_array(t->life, const char *, (size_t)argc);
    t->events = talloc_array(t->life, const char *, (size_t)argc);
    for (int i = 2; i < argc && t->sets && t->events; i++) {
        const char *word = argv[i];
        if (!words_only && strcmp(word, "--") == 0) {
            words_only = true;
        } else if (!words_only && strcmp(word, "--set") == 0 && i + 1 < argc && strchr(argv[i + 1], '=')) {
            t->sets[t->set_count++] = argv[++i];
        } else if (!words_only && strcmp(word, "--events") == 0 && i + 1 < argc &&
                   strcmp(argv[i + 1], "-") == 0) {
            t->from_stdin = true;
            i++;
        } else if (!words_only && word[0] == '-' && word[1]) {
            return false;
        } else if (!t->file) {
            t->file = word;
        } else {
            t->events[t->event_count++] = word;
        }
    }
    return t->sets && t->events && t->file && argc > 1 && strcmp(argv[1], "trace") == 0;
}

/* Words on standard input follow those of the command line. */
static const struct fault *read_events(struct tracing *t)
{
    struct text *all = text_new(t->life, INPUT_LIMIT);
    char piece[4096];
    for (size_t got; (got = fread(piece, 1, sizeof piece, stdin)) > 0;)
        text_add_n(all, piece, got);
    const char *bytes = NULL;
    size_t count = 0;
    TRY(text_end(all, &bytes, NULL));
    const char **words = law_xml_words(t->life, bytes, &count);
    TRY_MEMORY(words);
    t->events = talloc_realloc(t->life, t->events, const char *, t->event_count + count + 1);
    TRY_MEMORY(t->events);
    memcpy(t->events + t->event_count, words, count * sizeof *words);
    t->event_count += count;
    return NULL;
}

/* An edition declares its events; anything else is a plain document, whatever namespaces it mentions. */
static const struct fault *read_chart(struct tracing *t)
{
    char *bytes = NULL;
    size_t length = 0;
    xmlDocPtr doc = NULL;
    TRY(share_read_file(t->life, t->file, FILE_LIMIT, &bytes, &length));
    TRY(law_xml_read(t->life, t->file, bytes, length, &doc));
    const xmlNode *root = xmlDocGetRootElement(doc), *at = law_xml_element(root->children);
    while (at && !law_xml_is(at, LAW_NAMESPACE, "events"))
        at = law_xml_element(at->next);
    if (!at) {
        TRY(chart_read_plain(t->life, t->file, bytes, length, &t->chart));
        t->vocabulary = (struct vocabulary){.life = t->life, .file = "--set", .chart = t->chart};
        return NULL;
    }
    const struct edition *e = NULL;
    TRY(edition_read(t->life, t->file, bytes, length, &e));
    t->chart = e->chart;
    t->vocabulary = e->inside->vocabulary;
    t->vocabulary.file = "--set";
    return NULL;
}

static struct value given_clock(const struct situation *s, const char *clock, enum clock_attribute attribute,
                                size_t instance)
{
    const struct tracing *t = s->self;
    (void)instance;
    for (size_t i = 0; i < t->set_count; i++)
        if (t->given[i].clock && t->given[i].attribute == attribute &&
            strcmp(t->given[i].clock_id, clock) == 0)
            return t->given[i].value;
    return (struct value){0};
}

static const struct fault *read_sets(struct tracing *t)
{
    t->given = talloc_zero_array(t->life, struct condition_name, t->set_count + 1);
    TRY_MEMORY(t->given);
    for (size_t i = 0; i < t->set_count; i++) {
        const char *equals = strchr(t->sets[i], '=');
        const char *name = talloc_strndup(t->life, t->sets[i], (size_t)(equals - t->sets[i]));
        TRY_MEMORY(name);
        TRY(condition_assign(&t->vocabulary, name, equals + 1, &t->given[i]));
    }
    return NULL;
}

static const struct fault *prepare(struct tracing *t)
{
    TRY(read_chart(t));
    TRY(read_sets(t));
    size_t memos = t->vocabulary.memos ? t->vocabulary.memos[CONDITION_DOSSIER].count : 0;
    t->dossier = (struct instance){.chart = t->chart,
                                   .machine = machine_new(t->life, t->chart),
                                   .memos = talloc_zero_array(t->life, struct value, memos + 1)};
    TRY_MEMORY(t->dossier.machine);
    TRY_MEMORY(t->dossier.memos);
    for (size_t i = 0; i < t->set_count; i++)
        if (!t->given[i].clock)
            t->dossier.memos[t->given[i].memo] = t->given[i].value;
    t->situation = (struct situation){.instances = &t->dossier, .count = 1, .clock = given_clock, .self = t};
    return NULL;
}

static bool trace_holds(void *self, const struct machine *m, const struct condition *condition)
{
    const struct tracing *t = self;
    (void)m;
    return condition_holds(condition, &t->situation, 0);
}

static const struct fault *print_line(const struct tracing *t, const char *event)
{
    SCOPED_LIFE(line);
    json_t *states = json_array();
    for (int i = 1; i < t->chart->state_count; i++) {
        enum chart_state_kind kind = t->chart->states[i].kind;
        if ((kind == CHART_ATOMIC || kind == CHART_FINAL) && machine_in(t->dossier.machine, i))
            json_array_append_new(states, json_string(t->chart->states[i].id));
    }
    json_t *object = json_adopt(line, json_pack("{s:s?, s:o}", "event", event, "configuration", states));
    scoped_free char *text = object ? json_dumps(object, 0) : NULL;
    if (!text)
        return fault_new(t->life, FAULT_INPUT, "TEXT_NOT_UTF8", "the name of an event is no UTF-8");
    puts(text);
    return NULL;
}

static const struct fault *trace(struct tracing *t)
{
    struct machine_world world = {.holds = trace_holds, .self = t};
    TRY(prepare(t));
    if (t->from_stdin)
        TRY(read_events(t));
    TRY(machine_start(t->life, t->chart, t->dossier.machine, &world));
    TRY(print_line(t, NULL));
    for (size_t i = 0; i < t->event_count; i++) {
        TRY(machine_send(t->life, t->chart, t->dossier.machine, &world, t->events[i], NULL));
        TRY(print_line(t, t->events[i]));
    }
    return NULL;
}

int command_workflow(int argc, char **argv)
{
    SCOPED_LIFE(life);
    if (argc > 1 && strcmp(argv[1], "draw") == 0)
        return workflow_draw(argc - 1, argv + 1);
    struct tracing *t = talloc_zero(life, struct tracing);
    if (!t)
        return 1;
    t->life = t;
    if (!read_arguments(t, argc, argv))
        return usage();
    const struct fault *f = trace(t);
    if (!f)
        return 0;
    fflush(stdout);
    fprintf(stderr, "mingda: %s\n", fault_text(life, f));
    return 1;
}
