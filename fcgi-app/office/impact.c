/* impact.c - one dossier under two calendars. */
#include "impact.h"
#include "inside.h"
#include "life.h"
#include "text.h"

static const struct clock_view *same_clock(const struct view *v, const struct clock_view *clock)
{
    for (size_t i = 0; i < v->clock_count; i++)
        if (v->clocks[i].about == clock->about && text_same(v->clocks[i].child, clock->child))
            return &v->clocks[i];
    return NULL;
}

static const struct fault *seen_with(const struct dossier *d, const struct calendar *calendar,
                                     struct view **out, TALLOC_CTX *life)
{
    struct standing *s = NULL;
    TRY(workflow_fold(life, d->law->edition, calendar, d->facts, d->count, &s));
    return workflow_view(life, s, d->today, out);
}

const struct fault *impact_of(const struct dossier *d, const struct calendar *before,
                              const struct calendar *after, const struct date_moved **out, size_t *count,
                              TALLOC_CTX *life)
{
    struct view *was = NULL, *is = NULL;
    TRY(seen_with(d, before, &was, life));
    TRY(seen_with(d, after, &is, life));
    struct date_moved *moved = talloc_zero_array(life, struct date_moved, is->clock_count + 1);
    TRY_MEMORY(moved);
    *count = 0;
    *out = moved;
    for (size_t i = 0; i < is->clock_count; i++) {
        const struct clock_view *now = &is->clocks[i], *then = same_clock(was, now);
        if (!then || civil_is_set(now->stopped) ||
            (civil_compare(now->due, then->due) == 0 && now->provisional == then->provisional))
            continue;
        moved[(*count)++] = (struct date_moved){.clock = now->about->id,
                                                .child = now->child,
                                                .basis = now->about->basis,
                                                .reply = now == is->reply,
                                                .day0 = now->day0,
                                                .before = then->due,
                                                .after = now->due,
                                                .provisional_before = then->provisional,
                                                .provisional_after = now->provisional};
    }
    return NULL;
}

static struct civil day_in(const struct fact *f, const char *name)
{
    struct civil day = CIVIL_NONE;
    const char *text = fact_text(f, name);
    return text && civil_parse(text, &day) ? day : CIVIL_NONE;
}

struct due_moved office_moved_by(const struct dossier *d, size_t fact)
{
    const struct fact *f = dossier_known(d, fact);
    const struct event_kind *k = edition_event(d->law->edition, f->kind);
    struct due_moved m = {.before = day_in(f, "before"), .after = day_in(f, "after")};
    bool moves = k && (k->deed == EVENT_DEED_RECALCULATE || k->deed == EVENT_DEED_MIGRATE);
    if (!moves || civil_compare(m.before, m.after) == 0)
        return (struct due_moved){0};
    m.seq = f->seq;
    m.calendar = fact_text(f, "calendar");
    return m;
}

/* Has whoever is in charge acted with this fact? */
static bool is_seen_with(const struct dossier *d, size_t fact, int64_t handler)
{
    const struct event_kind *k = edition_event(d->law->edition, d->facts[fact].kind);
    int64_t person = d->records[fact].person;
    return (k && k->deed == EVENT_DEED_SEE) || (person && (!handler || person == handler));
}

struct due_moved office_due_moved(const struct dossier *d, int64_t handler)
{
    struct due_moved all = {0};
    for (size_t i = 0; i < d->count; i++) {
        struct due_moved m = office_moved_by(d, i);
        if (!m.seq && is_seen_with(d, i, handler))
            all = (struct due_moved){0};
        if (!m.seq)
            continue;
        if (all.seq) {
            m.before = all.before;
            m.seq = all.seq;
        }
        all = m;
    }
    bool back = civil_compare(all.before, all.after) == 0; /* moved, and moved back */
    return back || standing_closed(d->standing) ? (struct due_moved){0} : all;
}

static const struct fault *put_day(json_t *data, const char *name, struct civil day)
{
    char text[CIVIL_TEXT];
    if (!civil_is_set(day))
        return NULL;
    civil_format(day, text);
    return json_object_set_new(data, name, json_string(text)) == 0 ? NULL : fault_memory();
}

const struct fault *impact_record(struct db *db, const struct office *office, const struct dossier *d,
                                  const char *calendar_sha256, const struct date_moved *moved,
                                  TALLOC_CTX *life)
{
    static const char *const BY_CLOCK[] = {"clock", NULL};
    const struct event_kind *kind = edition_event_that(d->law->edition, EVENT_DEED_RECALCULATE);
    struct raised raised;
    if (!moved || !kind)
        return heads_renew(db, office, d->ref, life);
    json_t *data = json_adopt(life, json_pack("{s:s}", "calendar", calendar_sha256));
    TRY_MEMORY(data);
    TRY(put_day(data, "before", moved->before));
    TRY(put_day(data, "after", moved->after));
    const struct raising in = {.ref = d->ref, .kind = kind->name, .data = data, .roles = BY_CLOCK};
    return office_raise(db, office, &in, &raised, life);
}

static const struct fault *closed_page(struct db *db, const struct office *office, struct civil first_day,
                                       int64_t *after, bool *more, TALLOC_CTX *page)
{
    struct table *t = NULL;
    TRY(db_query(db, Q_CLOSED_REACHED, (struct cell[]){cell_int(*after), cell_day(first_day)}, &t, page));
    for (size_t i = 0; i < t->row_count; i++) {
        TRY(heads_renew(db, office, table_text(t, i, "ref"), page));
        *after = table_int(t, i, "dossier_id", 0);
    }
    *more = t->row_count > 0;
    return NULL;
}

const struct fault *impact_on_closed(struct db *db, const struct office *office, struct civil first_day,
                                     TALLOC_CTX *life)
{
    struct table *agencies = NULL;
    db_scope_set(db, (struct db_scope){0});
    TRY(db_query(db, Q_AGENCY_LIST, NULL, &agencies, life));
    for (size_t i = 0; i < agencies->row_count; i++) {
        int64_t after = 0;
        db_scope_set(db, (struct db_scope){.agency = (int32_t)table_int(agencies, i, "agency", 0)});
        for (bool more = true; more;) {
            SCOPED_LIFE(page);
            TRY_MEMORY(page);
            const struct fault *f = closed_page(db, office, first_day, &after, &more, page);
            if (f)
                return fault_keep(life, f);
        }
    }
    return NULL;
}
