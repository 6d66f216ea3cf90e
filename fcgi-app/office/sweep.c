/* sweep.c - dossiers by the hundred: two questions a page, one answer each. */
#include "sweep.h"
#include "inside.h"
#include "life.h"

#define PAGE 500

struct sweep {
    struct db *db;
    const struct office *office;
    int32_t agency;
    struct civil reaching; /* CIVIL_NONE: all */
    sweep_fn *each;
    void *arg;
    int64_t after;
};

static const struct fault *facts_of(const struct table *facts, size_t *next, struct dossier *d,
                                    TALLOC_CTX *life)
{
    size_t end = *next;
    while (end < facts->row_count && table_int(facts, end, "dossier_id", 0) == d->id)
        end++;
    d->facts = talloc_zero_array(life, struct fact, end - *next + 1);
    TRY_MEMORY(d->facts);
    for (; *next < end; (*next)++)
        TRY(dossier_fact(life, facts, *next, &d->facts[d->count++]));
    d->seq = d->count ? (int32_t)d->facts[d->count - 1].seq : 0;
    return NULL;
}

static const struct fault *sweep_one(const struct sweep *s, const struct table *t, size_t row,
                                     const struct table *facts, size_t *next, TALLOC_CTX *page)
{
    SCOPED_LIFE(life);
    TRY_MEMORY(life);
    struct dossier d = {.agency = s->agency,
                        .id = table_int(t, row, "dossier_id", 0),
                        .ref = table_text(t, row, "ref"),
                        .today = table_day(t, row, "today")};
    struct swept swept = {.dossier = &d,
                          .handler_name = table_text(t, row, "handler_name"),
                          .outcome = table_text(t, row, "outcome"),
                          .calendar_version = table_text(t, row, "calendar_version")};
    while (*next < facts->row_count && table_int(facts, *next, "dossier_id", 0) < d.id)
        (*next)++;
    const struct fault *f = facts_of(facts, next, &d, life);
    if (!f && d.count)
        f = dossier_law(s->office, table_text(t, row, "edition"), &d, life);
    if (f && f->kind == FAULT_AWAY)
        return fault_keep(page, f);
    swept.broken = f ? f->code : d.count ? NULL : "DOSSIER_EMPTY";
    return fault_keep(page, s->each(&swept, s->arg, life));
}

static const struct fault *sweep_page(struct sweep *s, bool *more, TALLOC_CTX *page)
{
    struct table *t = NULL, *facts = NULL;
    int64_t ids[PAGE];
    const struct cell which[] = {cell_int(s->after), cell_int(PAGE), cell_day(s->reaching)};
    TRY(db_query(s->db, civil_is_set(s->reaching) ? Q_SWEEP_OPEN : Q_SWEEP_ALL, which, &t, page));
    *more = t->row_count == PAGE;
    for (size_t i = 0; i < t->row_count; i++)
        s->after = ids[i] = table_int(t, i, "dossier_id", 0);
    const char *list = db_array_int(page, ids, t->row_count);
    TRY_MEMORY(list);
    TRY(db_query(s->db, Q_SWEEP_FACTS, (struct cell[]){cell_text(list)}, &facts, page));
    size_t next = 0;
    for (size_t i = 0; i < t->row_count; i++)
        TRY(sweep_one(s, t, i, facts, &next, page));
    return NULL;
}

const struct fault *office_sweep(struct db *db, const struct office *office, int32_t agency,
                                 struct civil reaching, sweep_fn *each, void *arg, TALLOC_CTX *life)
{
    struct sweep s = {db, office, agency, reaching, each, arg, 0};
    for (bool more = true; more;) {
        SCOPED_LIFE(page);
        TRY_MEMORY(page);
        db_scope_set(db, (struct db_scope){.agency = agency});
        const struct fault *f = sweep_page(&s, &more, page);
        if (f)
            return fault_keep(life, f);
    }
    return NULL;
}

const struct fault *office_sweep_all(struct db *db, const struct office *office, struct civil reaching,
                                     sweep_fn *each, void *arg, TALLOC_CTX *life)
{
    struct table *agencies = NULL;
    db_scope_set(db, (struct db_scope){0});
    TRY(db_query(db, Q_AGENCY_LIST, NULL, &agencies, life));
    for (size_t i = 0; i < agencies->row_count; i++)
        TRY(office_sweep(db, office, (int32_t)table_int(agencies, i, "agency", 0), reaching, each, arg,
                         life));
    return NULL;
}
