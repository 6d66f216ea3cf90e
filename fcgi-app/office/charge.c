/* charge.c - what the same applicant asked for before, and what a fee comes to. */
#include "inside.h"
#include "life.h"
#include "tariff.h"
#include "text.h"

const struct fault *office_asked_earlier(struct db *db, const struct dossier *d, struct asked_earlier *out,
                                         TALLOC_CTX *life)
{
    struct table *t = NULL;
    TRY(db_query(db, Q_APPLICANT_EARLIER, (struct cell[]){cell_int(d->id)}, &t, life));
    out->same = table_int(t, 0, "same", 0);
    out->linked = table_int(t, 0, "linked", 0);
    return NULL;
}

int64_t office_items(const struct dossier *d)
{
    int64_t items = 1;
    for (size_t i = 0; i < d->law->edition->child_count; i++) {
        const struct child_kind *k = &d->law->edition->children[i];
        if (k->made_event && text_same(k->made_event, d->facts[0].kind))
            fact_int(dossier_known(d, 0), k->made_field, &items);
    }
    return items;
}

const struct fault *charge_fill(struct db *db, const struct dossier *d, const struct event_kind *kind,
                                struct civil day, json_t *data, TALLOC_CTX *unit)
{
    const struct edition *e = d->law->edition;
    const struct tariff *t = tariff_on(e, json_text(data, kind->charge->tariff), day);
    struct asked_earlier earlier;
    struct charge charge;
    if (t && t->by_month && kind->charge->counted) {
        TRY(office_asked_earlier(db, d, &earlier, unit));
        if (json_object_set_new(data, kind->charge->counted, json_integer(earlier.same)) != 0)
            return fault_memory();
    }
    if (json_object_get(data, kind->charge->amount))
        return NULL;
    TRY(charge_of(unit, e, kind, data, day, &charge));
    if (charge.total > 0 && json_object_set_new(data, kind->charge->amount, json_integer(charge.total)) != 0)
        return fault_memory();
    return NULL;
}
