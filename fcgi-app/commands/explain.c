#include "explain.h"

#include <stdarg.h>
#include <string.h>
#include "calendars.h"
#include "clock.h"
#include "edition.h"
#include "life.h"
#include "share.h"

#define DEFAULT_EDITION "cn-2019" /* of dossiers that name none */
#define EDITION_LIMIT   (4u << 20)
#define CALENDAR_LIMIT  (2u << 20)
#define FACTS_MAX       20000

/* An edition with the calendar it counts with, loaded when first named. */
struct law {
    const char *name;
    const struct edition *edition;
    const struct calendar *calendar;
    struct law *next;
};

struct dossier {
    const char *id; /* may be NULL */
    const struct law *law;
    struct fact *facts;
    size_t count;
    struct civil today;
};

struct explaining {
    const char *name;
    const struct explain_options *options;
    struct law *laws;
    TALLOC_CTX *life;
};

/* ---- editions and calendars ---- */

/* "workdays-cn" of "/a/b/workdays-cn.csv". */
static const char *plain_name(TALLOC_CTX *life, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strlen(name);
    if (length > 4 && strcmp(name + length - 4, ".csv") == 0)
        length -= 4;
    return talloc_strndup(life, name, length);
}

static const struct fault *given_calendar(struct explaining *x, const struct calendar **out)
{
    const struct explain_options *o = x->options;
    struct calendar_source *layers = talloc_zero_array(x->life, struct calendar_source, o->calendar_count);
    const char *id = plain_name(x->life, o->calendars[0]);
    if (!layers || !id)
        return fault_memory();
    for (size_t i = 0; i < o->calendar_count; i++) {
        char *bytes = NULL;
        layers[i].name = o->calendars[i];
        TRY(share_read_file(x->life, o->calendars[i], CALENDAR_LIMIT, &bytes, &layers[i].length));
        layers[i].bytes = bytes;
        const char *name = plain_name(x->life, o->calendars[i]);
        TRY_MEMORY(name);
        layers[i].provisional = strstr(name, "provisional") != NULL;
    }
    return calendar_read(x->life, id, layers, o->calendar_count, o->known, out);
}

/* Editions are named by people and found as files: nothing but letters, digits, hyphens. */
static bool is_edition_name(const char *name)
{
    return *name && strlen(name) <= 64 &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")] == '\0';
}

static const struct fault *load_law(struct explaining *x, size_t dossier, const char *name, struct law *law)
{
    char *bytes = NULL;
    size_t length = 0;
    const char *path = talloc_asprintf(law, "workflow/editions/%s.scxml", name);
    law->name = talloc_strdup(law, name);
    if (!path || !law->name)
        return fault_memory();
    const struct fault *f = share_read(law, path, EDITION_LIMIT, &bytes, &length);
    if (f && f->kind == FAULT_ABSENT)
        return fault_because(x->life, FAULT_INPUT, "EXPLAIN_INPUT", f,
                             "%s: dossier %zu: there is no edition %s", x->name, dossier, name);
    TRY(f);
    TRY(edition_read(law, path, bytes, length, &law->edition));
    if (x->options->calendar_count)
        return given_calendar(x, &law->calendar);
    return calendars_load(x->life, clock_rules_calendar(law->edition->clocks), x->options->known, NULL,
                          &law->calendar, NULL);
}

static const struct fault *find_law(struct explaining *x, size_t dossier, const char *name,
                                    const struct law **out)
{
    struct law *law;
    for (law = x->laws; law; law = law->next)
        if (strcmp(law->name, name) == 0) {
            *out = law;
            return NULL;
        }
    law = talloc_zero(x->life, struct law);
    TRY_MEMORY(law);
    TRY(load_law(x, dossier, name, law));
    law->next = x->laws;
    x->laws = law;
    *out = law;
    return NULL;
}

/* ---- reading ---- */

static const struct fault *wrong(const struct explaining *x, size_t dossier, size_t fact, const char *format,
                                 ...) __attribute__((format(printf, 4, 5), returns_nonnull));

static const struct fault *wrong(const struct explaining *x, size_t dossier, size_t fact, const char *format,
                                 ...)
{
    va_list args;
    va_start(args, format);
    char *sentence = talloc_vasprintf(x->life, format, args);
    va_end(args);
    TRY_MEMORY(sentence);
    return fault_new(x->life, FAULT_INPUT, "EXPLAIN_INPUT", "%s: dossier %zu: fact %zu: %s", x->name, dossier,
                     fact, sentence);
}

static const struct fault *wrong_dossier(const struct explaining *x, size_t dossier, const char *why)
{
    return fault_new(x->life, FAULT_INPUT, "EXPLAIN_INPUT", "%s: dossier %zu: %s", x->name, dossier, why);
}

static bool is_text_or_absent(const json_t *value)
{
    return !value || json_is_null(value) || json_is_string(value);
}

/* The fields that a correction puts in place of earlier ones must be as good as those. */
static bool has_wrong_day(const json_t *object, const char *key)
{
    struct civil day;
    const json_t *value = json_object_get(object, key);
    return value && !(json_is_string(value) && civil_parse(json_string_value(value), &day));
}

static const struct fault *read_fact(const struct explaining *x, const struct law *law, size_t dossier,
                                     size_t index, const json_t *json, struct fact *out)
{
    if (!json_is_object(json))
        return wrong(x, dossier, index, "is no object");
    const char *kind = json_text(json, "kind"), *on = json_text(json, "on");
    const json_t *recorded = json_object_get(json, "recorded");
    if (!kind)
        return wrong(x, dossier, index, "has no kind");
    if (!edition_event(law->edition, kind))
        return wrong(x, dossier, index, "\"%s\" is no event of the edition %s", kind, law->name);
    *out = (struct fact){.seq = (long)index, .kind = kind, .child = json_text(json, "child"), .data = json};
    if (!on)
        return wrong(x, dossier, index, "has no date (on)");
    if (!civil_parse(on, &out->on))
        return wrong(x, dossier, index, "\"%s\" (on) is no date", on);
    if (!is_text_or_absent(json_object_get(json, "child")))
        return wrong(x, dossier, index, "child is no text");
    if (recorded && !json_is_null(recorded) &&
        !(json_is_string(recorded) && civil_parse(json_string_value(recorded), &out->recorded)))
        return wrong(x, dossier, index, "recorded is no date");
    const char *field = clock_rules_wrong_day(law->edition->clocks, out);
    if (field)
        return wrong(x, dossier, index, "%s is %s", field,
                     json_object_get(json, field) ? "no date" : "missing");
    if (has_wrong_day(json_object_get(json, "data"), "on"))
        return wrong(x, dossier, index, "the corrected date (on) is no date");
    return NULL;
}

static bool is_known(const struct fact *fact, struct civil known)
{
    struct civil recorded = civil_is_set(fact->recorded) ? fact->recorded : fact->on;
    return !civil_is_set(known) || civil_compare(recorded, known) <= 0;
}

static const struct fault *read_facts(const struct explaining *x, size_t index, const json_t *facts,
                                      struct dossier *out)
{
    const char *first = clock_rules_first(out->law->edition->clocks);
    bool begun = false;
    out->count = json_array_size(facts);
    if (out->count > FACTS_MAX)
        return wrong_dossier(x, index, "has too many facts");
    out->facts = talloc_zero_array(x->life, struct fact, out->count + 1);
    TRY_MEMORY(out->facts);
    for (size_t i = 0; i < out->count; i++) {
        TRY(read_fact(x, out->law, index, i, json_array_get(facts, i), &out->facts[i]));
        if (!first || strcmp(out->facts[i].kind, first) != 0 || !is_known(&out->facts[i], x->options->known))
            continue;
        if (begun)
            return wrong(x, index, i, "a second \"%s\"", first);
        begun = true;
    }
    return NULL;
}

static const struct fault *read_dossier(struct explaining *x, size_t index, const json_t *json,
                                        struct dossier *out)
{
    const json_t *facts = json_object_get(json, "facts"), *edition = json_object_get(json, "edition");
    if (!json_is_object(json) || !json_is_array(facts))
        return wrong_dossier(x, index, "is no object with an array of facts");
    if (!is_text_or_absent(json_object_get(json, "id")) || !is_text_or_absent(edition))
        return wrong_dossier(x, index, "id and edition are texts");
    const char *name = json_is_string(edition) ? json_string_value(edition) : DEFAULT_EDITION;
    if (!is_edition_name(name))
        return wrong_dossier(x, index, "names no edition");
    TRY(find_law(x, index, name, &out->law));
    out->id = json_text(json, "id");
    TRY(read_facts(x, index, facts, out));
    out->today = x->options->today;
    if (civil_is_set(out->today))
        return NULL;
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    return clocks_last_day(out->law->edition->clocks, out->facts, out->count, x->options->known, &out->today,
                           scratch);
}

/* ---- printing ---- */

static void put_text(FILE *out, const char *s)
{
    if (!s) {
        fputs("null", out);
        return;
    }
    putc('"', out);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\') {
            putc('\\', out);
            putc(c, out);
        } else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            putc(c, out);
    }
    putc('"', out);
}

static void put_day(FILE *out, struct civil day)
{
    char text[CIVIL_TEXT];
    civil_format(day, text);
    put_text(out, civil_is_set(day) ? text : NULL);
}

static void put_member(FILE *out, const char *key, const char *value)
{
    fprintf(out, ", \"%s\": ", key);
    put_text(out, value);
}

static void put_day_member(FILE *out, const char *key, struct civil day)
{
    fprintf(out, ", \"%s\": ", key);
    put_day(out, day);
}

static void put_because(FILE *out, const char *const *because, size_t count)
{
    fputs(", \"because\": [", out);
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ", " : "", out);
        put_text(out, because[i]);
    }
    putc(']', out);
}

static void put_pauses(FILE *out, const struct clock_view *view)
{
    fputs(", \"pauses\": [", out);
    for (size_t i = 0; i < view->pause_count; i++) {
        const struct clock_pause *pause = &view->pauses[i];
        fputs(i ? ", {\"after\": " : "{\"after\": ", out);
        put_day(out, pause->after);
        put_day_member(out, "through", pause->through);
        put_because(out, pause->because, pause->because_count);
        putc('}', out);
    }
    putc(']', out);
}

static void put_line(FILE *out, const struct clock_day *line)
{
    fputs("{\"date\": ", out);
    put_day(out, line->date);
    if (line->why == CLOCK_COUNTS) {
        fprintf(out, ", \"counts\": true, \"n\": %d}", line->n);
        return;
    }
    fputs(", \"counts\": false", out);
    put_member(out, "why", clock_why_word(line->why));
    if (line->why == CLOCK_HOLIDAY)
        put_member(out, "name", line->name);
    if (line->why == CLOCK_IN_PAUSE) {
        put_because(out, line->because, line->because_count);
        put_member(out, "basis", line->basis);
    }
    putc('}', out);
}

static const struct fault *put_days(FILE *out, const struct clocks *clocks, size_t index,
                                    const struct dossier *d, TALLOC_CTX *scratch)
{
    const struct clock_day *days = NULL;
    size_t count = 0;
    TRY(clock_ledger(clocks, index, d->law->calendar, d->today, &days, &count, scratch));
    fputs(", \"days\": [", out);
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ", " : "", out);
        put_line(out, &days[i]);
    }
    putc(']', out);
    return NULL;
}

static const struct fault *put_clock(FILE *out, const struct clocks *clocks, size_t index,
                                     const struct dossier *d, bool days, TALLOC_CTX *scratch)
{
    struct clock_view view;
    TRY(clock_view(clocks, index, d->law->calendar, d->today, &view, scratch));
    fputs(index ? ", {\"id\": " : "{\"id\": ", out);
    put_text(out, view.about->id);
    if (view.about->per_child)
        put_member(out, "for", view.child);
    put_member(out, "basis", view.about->basis);
    put_member(out, "unit", view.unit);
    put_day_member(out, "day0", view.day0);
    fputs(", \"length\": ", out);
    if (view.length < 0)
        fputs("null", out);
    else
        fprintf(out, "%d", view.length);
    put_member(out, "state", clock_state_word(view.state));
    fprintf(out, ", \"counted\": %d", view.counted);
    put_day_member(out, "due", view.due);
    fprintf(out, ", \"provisional\": %s, \"late_by\": %d", view.provisional ? "true" : "false", view.late_by);
    if (!view.held) {
        put_pauses(out, &view);
        if (days)
            TRY(put_days(out, clocks, index, d, scratch));
    }
    putc('}', out);
    return NULL;
}

static void put_refused(FILE *out, const struct clock_refused *refused, size_t count)
{
    fputs("], \"refused\": [", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%s{\"fact\": %ld", i ? ", " : "", refused[i].fact);
        put_member(out, "rule", refused[i].why.rule);
        put_member(out, "basis", refused[i].why.basis);
        put_member(out, "because", refused[i].why.zh);
        putc('}', out);
    }
    fputs("]}\n", out);
}

static const struct fault *explain(FILE *out, const struct explain_options *options, const struct dossier *d)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    const struct clocks *clocks = NULL;
    const struct clock_refused *refused = NULL;
    size_t refused_count = 0;
    TRY(clocks_fold(d->law->edition->clocks, d->law->calendar, d->facts, d->count,
                    (struct clocks_scope){.today = d->today, .known = options->known}, &clocks, &refused,
                    &refused_count, scratch, scratch));
    fputs("{\"id\": ", out);
    put_text(out, d->id);
    put_member(out, "edition", d->law->name);
    put_member(out, "calendar", calendar_id(d->law->calendar));
    put_day_member(out, "today", d->today);
    fputs(", \"clocks\": [", out);
    for (size_t i = 0; i < clocks_count(clocks); i++)
        TRY(put_clock(out, clocks, i, d, options->days, scratch));
    put_refused(out, refused, refused_count);
    return NULL;
}

const struct fault *explain_dossiers(const char *name, const json_t *input,
                                     const struct explain_options *options, FILE *out, TALLOC_CTX *life)
{
    struct explaining x = {.name = name, .options = options, .life = life};
    bool bulk = json_is_array(input);
    size_t count = bulk ? json_array_size(input) : 1;
    struct dossier *dossiers = talloc_zero_array(life, struct dossier, count + 1);
    TRY_MEMORY(dossiers);
    for (size_t i = 0; i < count; i++)
        TRY(read_dossier(&x, i, bulk ? json_array_get(input, i) : input, &dossiers[i]));
    for (size_t i = 0; i < count; i++)
        TRY(explain(out, options, &dossiers[i]));
    return NULL;
}
