/* draw.c - mingda workflow draw: states as boxes, composite states as frames, transitions as arrows. What
 * happens in a state without leaving it is listed in it. */
#include "draw.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "desk.h"
#include "edition_inside.h"
#include "life.h"
#include "office.h"
#include "text.h"

#define DOT_LIMIT (4u << 20)

struct drawing {
    TALLOC_CTX *life;
    const char *file, *kind_name, *ref, *child, *out;
    bool english, dot;
    const struct edition *edition;
    const struct child_kind *kind; /* NULL: the dossier's own chart */
    const struct chart *chart;
    const struct standing *standing; /* NULL: no dossier */
    const struct permission *may;
    size_t may_count;
    struct text *text;
};

static int usage(void)
{
    fputs("usage: mingda workflow draw FILE.scxml [--chart KIND] [--dossier REF [--child ID]] [--lang zh|en] "
          "[--dot] "
          "[-o OUT.svg]\n",
          stderr);
    return 2;
}

static bool options(int argc, char **argv, struct drawing *d)
{
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        const char *word = argv[i];
        if (strcmp(word, "--dot") == 0)
            d->dot = true;
        else if (strcmp(word, "--chart") == 0 && more)
            d->kind_name = argv[++i];
        else if (strcmp(word, "--dossier") == 0 && more)
            d->ref = argv[++i];
        else if (strcmp(word, "--child") == 0 && more)
            d->child = argv[++i];
        else if (strcmp(word, "-o") == 0 && more)
            d->out = argv[++i];
        else if (strcmp(word, "--lang") == 0 && more &&
                 (strcmp(argv[i + 1], "zh") == 0 || strcmp(argv[i + 1], "en") == 0))
            d->english = strcmp(argv[++i], "en") == 0;
        else if (word[0] == '-' || d->file)
            return false;
        else
            d->file = word;
    }
    return d->file && (!d->child || d->ref) && !(d->child && d->kind_name);
}

/* ---- words ---- */

static const char *in_language(const struct drawing *d, const struct bilingual *label, const char *otherwise)
{
    const char *said = label ? (d->english ? label->en : label->zh) : NULL;
    return said ? said : otherwise;
}

static const char *state_words(const struct drawing *d, const struct chart_state *s)
{
    return in_language(d, edition_state_label(d->edition, d->kind, s->id), s->named ? s->id : "");
}

static const char *event_words(const struct drawing *d, const char *name)
{
    const struct event_kind *k = edition_event(d->edition, name);
    return in_language(d, k ? &k->label : NULL, name);
}

/* Inside double quotes of DOT. */
static void add_quoted(struct text *t, const char *s)
{
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            text_add_char(t, '\\');
        text_add_char(t, *s);
    }
}

/* ---- where the dossier stands ---- */

static bool is_active(const struct drawing *d, const struct chart_state *s)
{
    return d->standing && standing_in(d->standing, d->child, s->id);
}

/* May anybody do it now, about what is drawn? */
static bool is_allowed(const struct drawing *d, const char *event)
{
    for (size_t i = 0; i < d->may_count; i++)
        if (d->may[i].ground == MAY_ALLOWED && strcmp(d->may[i].event->name, event) == 0 &&
            (!d->child || text_same(d->may[i].child, d->child)))
            return true;
    return false;
}

static bool transition_is_allowed(const struct drawing *d, const struct chart_transition *t)
{
    bool allowed = false;
    for (size_t i = 0; i < t->event_count; i++)
        allowed = allowed || is_allowed(d, t->events[i]);
    return allowed && is_active(d, &d->chart->states[t->source]);
}

/* ---- states ---- */

static bool is_frame(const struct chart_state *s)
{
    return s->kind == CHART_COMPOUND || s->kind == CHART_PARALLEL || s->kind == CHART_ROOT;
}

/* Events that a state takes without being left; "·" before each, "●" before what may be done now. */
static void add_inner_events(const struct drawing *d, const struct chart_state *s)
{
    for (int i = 0; i < s->transition_count; i++) {
        const struct chart_transition *t = &d->chart->transitions[s->first_transition + i];
        for (size_t e = 0; t->target_count == 0 && e < t->event_count; e++) {
            text_add(d->text, transition_is_allowed(d, t) ? "\\l● " : "\\l· ");
            add_quoted(d->text, event_words(d, t->events[e]));
        }
    }
}

static void add_label(const struct drawing *d, const struct chart_state *s)
{
    text_add(d->text, "label=\"");
    add_quoted(d->text, state_words(d, s));
    add_inner_events(d, s);
    text_add(d->text, "\\l\"");
}

static void add_leaf(const struct drawing *d, const struct chart_state *s)
{
    bool history = s->kind == CHART_SHALLOW || s->kind == CHART_DEEP;
    if (history) {
        text_printf(d->text, "s%d [shape=circle, width=0.3, label=\"%s\"];\n", s->index,
                    s->kind == CHART_DEEP ? "H*" : "H");
        return;
    }
    text_printf(d->text, "s%d [", s->index);
    add_label(d, s);
    text_printf(d->text, "%s%s];\n", s->kind == CHART_FINAL ? ", peripheries=2" : "",
                is_active(d, s) ? ", fillcolor=\"#1d4f91\", fontcolor=white, penwidth=2" : "");
}

static void add_state(const struct drawing *d, const struct chart_state *s)
{
    if (!is_frame(s)) {
        add_leaf(d, s);
        return;
    }
    if (s->index) {
        text_printf(d->text, "subgraph cluster_%d {\n", s->index);
        add_label(d, s);
        text_printf(d->text, "; style=\"rounded%s\"; color=\"%s\"; penwidth=%d;\n",
                    d->chart->states[s->parent].kind == CHART_PARALLEL ? ",dashed" : "",
                    is_active(d, s) ? "#1d4f91" : "#8a94a3", is_active(d, s) ? 2 : 1);
    }
    if (s->initial >= 0 && s->index)
        text_printf(d->text, "i%d [shape=point, width=0.1, label=\"\"];\n", s->index);
    for (int c = s->first_child; c >= 0; c = d->chart->states[c].next)
        add_state(d, &d->chart->states[c]);
    text_add(d->text, s->index ? "}\n" : "");
}

/* ---- transitions ---- */

/* An arrow needs a node: the first leaf within a frame stands for it. */
static int leaf_of(const struct chart *chart, int state)
{
    while (is_frame(&chart->states[state]) && chart->states[state].first_child >= 0)
        state = chart->states[state].first_child;
    return state;
}

static void add_arrow_ends(const struct drawing *d, int source, int target)
{
    bool within = chart_descends(d->chart, target, source); /* from a frame into itself: from its leaf */
    text_printf(d->text, "s%d -> s%d [", leaf_of(d->chart, source), leaf_of(d->chart, target));
    if (is_frame(&d->chart->states[source]) && source && !within)
        text_printf(d->text, "ltail=cluster_%d, ", source);
    if (is_frame(&d->chart->states[target]) && target && !chart_descends(d->chart, source, target))
        text_printf(d->text, "lhead=cluster_%d, ", target);
}

static void add_transition(const struct drawing *d, const struct chart_transition *t)
{
    bool allowed = transition_is_allowed(d, t);
    for (size_t i = 0; i < t->target_count; i++) {
        add_arrow_ends(d, t->source, t->targets[i]);
        text_add(d->text, "label=\"");
        for (size_t e = 0; e < t->event_count; e++) {
            text_add(d->text, e ? "\\n" : " ");
            add_quoted(d->text, event_words(d, t->events[e]));
        }
        text_printf(d->text, "\"%s%s];\n", t->event_count ? "" : ", style=dashed",
                    allowed ? ", color=\"#00703c\", fontcolor=\"#00703c\", penwidth=2" : "");
    }
}

static void add_initial(const struct drawing *d, const struct chart_state *s)
{
    const struct chart_transition *t = &d->chart->transitions[s->initial];
    for (size_t i = 0; i < t->target_count && s->index; i++) {
        text_printf(d->text, "i%d -> s%d [", s->index, leaf_of(d->chart, t->targets[i]));
        if (is_frame(&d->chart->states[t->targets[i]]))
            text_printf(d->text, "lhead=cluster_%d, ", t->targets[i]);
        text_add(d->text, "arrowsize=0.6];\n");
    }
}

static const struct fault *compose(struct drawing *d, const char **out, size_t *length)
{
    d->text = text_new(d->life, DOT_LIMIT);
    text_add(d->text,
             "digraph chart {\ncompound=true; rankdir=TB; newrank=true; nodesep=0.35; ranksep=0.55;\n"
             "graph [fontname=\"Noto Sans CJK SC\", fontsize=13, labeljust=l, bgcolor=white, label=\"");
    add_quoted(d->text, in_language(d, d->kind ? &d->kind->label : &d->edition->title, d->chart->name));
    text_add(d->text,
             "\", labelloc=t];\nnode [shape=box, style=\"rounded,filled\", fillcolor=\"#f3f5f8\", "
             "color=\"#5a6675\", "
             "fontname=\"Noto Sans CJK SC\", fontsize=12, margin=\"0.12,0.06\"];\n"
             "edge [fontname=\"Noto Sans CJK SC\", fontsize=10, color=\"#5a6675\", arrowsize=0.7];\n");
    add_state(d, &d->chart->states[0]);
    for (int i = 0; i < d->chart->state_count; i++) {
        const struct chart_state *s = &d->chart->states[i];
        if (s->initial >= 0 && is_frame(s))
            add_initial(d, s);
        for (int t = 0; t < s->transition_count; t++)
            add_transition(d, &d->chart->transitions[s->first_transition + t]);
    }
    text_add(d->text, "}\n");
    return text_end(d->text, out, length);
}

/* ---- what is drawn ---- */

static const struct fault *load_edition(struct drawing *d)
{
    TRY(desk_edition(d->life, d->file, &d->edition));
    for (size_t i = 0; d->kind_name && i < d->edition->child_count; i++)
        if (strcmp(d->edition->children[i].name, d->kind_name) == 0)
            d->kind = &d->edition->children[i];
    if (d->child)
        d->kind = edition_child_of_id(d->edition, d->child);
    if ((d->kind_name || d->child) && !d->kind)
        return fault_new(d->life, FAULT_INPUT, "CHART_ABSENT", "%s has no chart of a child %s", d->file,
                         d->child ? d->child : d->kind_name);
    d->chart = edition_chart_of(d->edition, d->kind);
    return NULL;
}

/* The dossier is folded under the edition that is drawn: it may be a newer one. */
static const struct fault *load_dossier(struct drawing *d)
{
    const struct settings *settings = NULL;
    struct db *db = NULL;
    struct office *office = NULL;
    struct table *where = NULL;
    struct dossier *found = NULL;
    struct standing *standing = NULL;
    struct view *view = NULL;
    if (!d->ref)
        return NULL;
    TRY(desk_open(d->life, "clock", &settings, &db));
    TRY(office_open(d->life, settings, &office));
    TRY(db_query(db, Q_DOSSIER_LOCATE, (struct cell[]){cell_text(d->ref)}, &where, d->life));
    db_scope_set(db, (struct db_scope){.agency = (int32_t)table_int(where, 0, "agency_id", 0)});
    TRY(dossier_open(db, office, d->ref, d->life, &found));
    TRY(workflow_fold(d->life, d->edition, found->law->calendar, found->facts, found->count, &standing));
    TRY(workflow_view(d->life, standing, found->today, &view));
    const char **roles = talloc_array(d->life, const char *, d->edition->role_count);
    TRY_MEMORY(roles);
    for (size_t i = 0; i < d->edition->role_count; i++)
        roles[i] = d->edition->roles[i].name;
    const struct actor anybody = {.person = NULL, .roles = roles, .role_count = d->edition->role_count};
    d->standing = standing;
    return workflow_may(d->life, view, &anybody, &d->may, &d->may_count);
}

/* ---- dot ---- */

static const struct fault *run_dot(const struct drawing *d, const char *dot, size_t length)
{
    extern char **environ;
    char *argv[] = {(char *)(uintptr_t) "dot", (char *)(uintptr_t) "-Tsvg", NULL, NULL, NULL};
    scoped_file FILE *in = tmpfile();
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = 0;
    if (!in || fwrite(dot, 1, length, in) != length || fflush(in) != 0 || lseek(fileno(in), 0, SEEK_SET) != 0)
        return fault_new(d->life, FAULT_BROKEN, "FILE_UNWRITABLE", "a temporary file: %s", strerror(errno));
    if (d->out) {
        argv[2] = (char *)(uintptr_t) "-o";
        argv[3] = (char *)(uintptr_t)d->out;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(in), STDIN_FILENO);
    int failed = posix_spawnp(&pid, "dot", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        return fault_new(
            d->life, FAULT_INPUT, "GRAPHVIZ_ABSENT",
            "dot is not installed (Debian package graphviz); --dot prints what it would be given");
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0
               ? NULL
               : fault_new(d->life, FAULT_BROKEN, "GRAPHVIZ_FAILED", "dot could not draw it");
}

static const struct fault *draw(struct drawing *d)
{
    const char *dot = NULL;
    size_t length = 0;
    TRY(load_edition(d));
    TRY(load_dossier(d));
    TRY(compose(d, &dot, &length));
    if (!d->dot)
        return run_dot(d, dot, length);
    fwrite(dot, 1, length, stdout);
    return NULL;
}

int workflow_draw(int argc, char **argv)
{
    SCOPED_LIFE(life);
    struct drawing d = {.life = life};
    if (!options(argc, argv, &d))
        return usage();
    const struct fault *f = life ? draw(&d) : fault_memory();
    return f ? desk_fail("workflow draw", f) : 0;
}
