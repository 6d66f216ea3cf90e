/* whatif.c - mingda whatif: all dossiers replayed under a changed edition or calendar. Nothing is written,
 * and it runs in the role that may only read. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "calendars.h"
#include "commands.h"
#include "desk.h"
#include "life.h"
#include "share.h"
#include "sweep.h"
#include "text.h"

#define FILE_LIMIT     (4u << 20)
#define CALENDARS_MOST 8
#define BROKEN_MOST    20
#define PROGRESS_EVERY 500

struct whatif {
    TALLOC_CTX *life;
    const char *edition_file, *calendar_files[CALENDARS_MOST];
    size_t calendar_count;
    bool each, shows_progress;
    const struct edition *edition; /* NULL: each dossier's own */
    struct table *layers;          /* imported, and the files given */
    const struct calendar *calendar;
    const char *calendar_name; /* of the calendar above, loaded once: dossiers of one regime share it */
    size_t dossiers;
    json_t *totals, *by_outcome, *by_agency, *by_handler, *broken;
};

/* What is counted, before and after. */
static const char *const COUNTS[] = {"dossiers",    "due_moved",      "late_before",      "late_after",
                                     "became_late", "no_longer_late", "conflicts_before", "conflicts_after"};
enum {
    DOSSIERS,
    DUE_MOVED,
    LATE_BEFORE,
    LATE_AFTER,
    BECAME_LATE,
    NO_LONGER_LATE,
    CONFLICTS_BEFORE,
    CONFLICTS_AFTER,
    COUNT
};

static int usage(void)
{
    fputs("usage: mingda whatif [--edition FILE.scxml] [--calendar FILE.csv]… [--each]\n"
          "       all dossiers under a changed rule: what would be due on another day, and late\n",
          stderr);
    return 2;
}

static bool options(int argc, char **argv, struct whatif *w)
{
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--each") == 0)
            w->each = true;
        else if (strcmp(argv[i], "--edition") == 0 && more && !w->edition_file)
            w->edition_file = argv[++i];
        else if (strcmp(argv[i], "--calendar") == 0 && more && w->calendar_count < CALENDARS_MOST)
            w->calendar_files[w->calendar_count++] = argv[++i];
        else
            return false;
    }
    return w->edition_file || w->calendar_count;
}

/* ---- the changed rule ---- */

static const struct fault *load_edition(struct whatif *w)
{
    return w->edition_file ? desk_edition(w->life, w->edition_file, &w->edition) : NULL;
}

/* The files lie over what was imported, as if they had been. */
static const struct fault *add_layers(struct whatif *w, const char *name)
{
    for (size_t i = 0; i < w->calendar_count; i++) {
        char *bytes = NULL;
        size_t length = 0;
        TRY(share_read_file(w->life, w->calendar_files[i], FILE_LIMIT, &bytes, &length));
        struct cell *row = table_add_row(w->layers);
        TRY_MEMORY(row);
        row[0] = cell_int(0);
        row[1] = cell_text(name);
        row[2] = cell_text(w->calendar_files[i]);
        row[3] = cell_bytes(bytes, length);
    }
    return NULL;
}

static const struct fault *changed_calendar(struct whatif *w, const struct edition *e,
                                            const struct calendar **out)
{
    if (!w->calendar_name) {
        w->calendar_name = e->calendar;
        TRY(add_layers(w, e->calendar));
        TRY(calendars_load(w->life, e->calendar, CIVIL_NONE, w->layers, &w->calendar, NULL));
    }
    *out = w->calendar;
    if (strcmp(w->calendar_name, e->calendar) != 0)
        return fault_new(w->life, FAULT_INPUT, "CALENDAR_MIXED",
                         "dossiers count with %s and with %s: ask for one at a time", w->calendar_name,
                         e->calendar);
    return NULL;
}

/* ---- one dossier, twice ---- */

struct outcome_of {
    struct civil due;
    int late_by;
    size_t conflicts;
};

static const struct fault *replay(const struct dossier *d, const struct edition *e, const struct calendar *c,
                                  struct outcome_of *out, TALLOC_CTX *life)
{
    struct standing *s = NULL;
    struct view *v = NULL;
    TRY(workflow_fold(life, e, c, d->facts, d->count, &s));
    TRY(workflow_view(life, s, d->today, &v));
    *out = (struct outcome_of){.due = v->reply ? v->reply->due : CIVIL_NONE,
                               .late_by = v->reply ? v->reply->late_by : 0};
    standing_conflicts(s, &out->conflicts);
    return NULL;
}

static const struct fault *count_in(json_t *groups, const char *name, const int64_t *add)
{
    json_t *group = json_object_get(groups, name);
    if (!group && json_object_set_new(groups, name, group = json_object()) != 0)
        return fault_memory();
    for (int i = 0; i < COUNT; i++) {
        json_int_t sum = json_integer_value(json_object_get(group, COUNTS[i])) + add[i];
        if (json_object_set_new(group, COUNTS[i], json_integer(sum)) != 0)
            return fault_memory();
    }
    return NULL;
}

static const struct fault *print_each(const struct dossier *d, const struct outcome_of *was,
                                      const struct outcome_of *is)
{
    return desk_print(json_pack(
        "{s:s,s:i,s:o,s:o,s:i,s:i,s:i,s:i}", "ref", d->ref, "agency", (int)d->agency, "due_before",
        desk_day(was->due), "due_after", desk_day(is->due), "late_by_before", was->late_by, "late_by_after",
        is->late_by, "conflicts_before", (int)was->conflicts, "conflicts_after", (int)is->conflicts));
}

static const struct fault *note_broken(struct whatif *w, const char *ref, const char *why)
{
    if (json_array_size(w->broken) < BROKEN_MOST &&
        json_array_append_new(w->broken, json_pack("{s:s,s:s}", "ref", ref, "because", why)) != 0)
        return fault_memory();
    return NULL;
}

static void progress(const struct whatif *w, bool end)
{
    if (w->shows_progress && (end || w->dossiers % PROGRESS_EVERY == 0))
        fprintf(stderr, "\r%zu dossiers replayed%s", w->dossiers, end ? "\n" : "");
}

static const struct fault *count_all(struct whatif *w, const struct swept *s, const int64_t *add,
                                     TALLOC_CTX *life)
{
    const char *agency = talloc_asprintf(life, "%d", (int)s->dossier->agency);
    TRY_MEMORY(agency);
    TRY(count_in(w->totals, "all", add));
    TRY(count_in(w->by_agency, agency, add));
    TRY(count_in(w->by_handler, s->handler_name ? s->handler_name : "-", add));
    return count_in(w->by_outcome, s->outcome ? s->outcome : "-", add);
}

static const struct fault *each(const struct swept *s, void *arg, TALLOC_CTX *life)
{
    struct whatif *w = arg;
    const struct dossier *d = s->dossier;
    const struct edition *e = s->broken ? NULL : w->edition ? w->edition : d->law->edition;
    const struct calendar *c = NULL;
    struct outcome_of was, is;
    if (!e)
        return note_broken(w, d->ref, s->broken);
    TRY(changed_calendar(w, e, &c));
    TRY(replay(d, d->law->edition, d->law->calendar, &was, life));
    const struct fault *f = replay(d, e, c, &is, life);
    if (f)
        return f->kind == FAULT_INPUT ? note_broken(w, d->ref, fault_text(life, f)) : f;
    const int64_t add[COUNT] = {[DOSSIERS] = 1,
                                [DUE_MOVED] = civil_compare(was.due, is.due) != 0,
                                [LATE_BEFORE] = was.late_by > 0,
                                [LATE_AFTER] = is.late_by > 0,
                                [BECAME_LATE] = is.late_by > 0 && was.late_by == 0,
                                [NO_LONGER_LATE] = is.late_by == 0 && was.late_by > 0,
                                [CONFLICTS_BEFORE] = was.conflicts > 0,
                                [CONFLICTS_AFTER] = is.conflicts > 0};
    TRY(count_all(w, s, add, life));
    w->dossiers++;
    progress(w, false);
    bool differs = add[DUE_MOVED] || was.late_by != is.late_by || was.conflicts != is.conflicts;
    return w->each && differs ? print_each(d, &was, &is) : NULL;
}

static const struct fault *whatif(struct whatif *w)
{
    const struct settings *settings = NULL;
    struct db *db = NULL;
    struct office *office = NULL;
    json_t *report = json_adopt(w->life, json_pack("{s:{},s:{},s:{},s:{},s:[]}", "totals", "by_outcome",
                                                   "by_agency", "by_handler", "not_replayed"));
    TRY_MEMORY(report);
    w->totals = json_object_get(report, "totals");
    w->by_outcome = json_object_get(report, "by_outcome");
    w->by_agency = json_object_get(report, "by_agency");
    w->by_handler = json_object_get(report, "by_handler");
    w->broken = json_object_get(report, "not_replayed");
    TRY(load_edition(w));
    TRY(desk_open(w->life, "audit", &settings, &db));
    TRY(office_open(w->life, settings, &office));
    TRY(db_query(db, Q_CALENDAR_LAYERS, NULL, &w->layers, w->life));
    TRY(office_imported(db, office, INT64_MAX, w->life));
    TRY(office_sweep_all(db, office, CIVIL_NONE, each, w, w->life));
    progress(w, true);
    return desk_print(json_incref(report));
}

int command_whatif(int argc, char **argv)
{
    SCOPED_LIFE(life);
    struct whatif w = {.life = life, .shows_progress = isatty(STDERR_FILENO)};
    if (!options(argc, argv, &w))
        return usage();
    const struct fault *f = life ? whatif(&w) : fault_memory();
    return f ? desk_fail("whatif", f) : 0;
}
