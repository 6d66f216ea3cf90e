/* shown_chosen.c - forms of which some fields are asked only where another says one of certain words (in the
 * edition: for="outcome: …"), and forms that charge. Without scripts: a page that asks for the one first,
 * then the page with what belongs to it. */
#include <string.h>
#include "life.h"
#include "shown.h"
#include "tariff.h"
#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- what is asked where ---- */

const struct event_field *shown_chooser(const struct event_kind *kind)
{
    for (size_t i = 0; i < kind->field_count; i++)
        if (kind->fields[i].asked_of && !kind->fields[i].by_service)
            return kind->fields[i].asked_of;
    return NULL;
}

/* Programs get and send the whole form; so does whoever has not chosen and sends it all the same. */
const char *shown_chosen(const struct exchange *ex, const struct event_kind *kind)
{
    const struct event_field *chooser = shown_chooser(kind);
    const char *word = NULL;
    if (chooser && ex->method != METHOD_POST && !ex->wants_json)
        word = pairs_get(&ex->query, chooser->name);
    if (chooser && ex->form && ex->method == METHOD_POST) {
        const struct value *v = form_value(ex->form, chooser->name);
        word = v && v->given && !v->error ? v->text : NULL;
    }
    return word && event_field_choice(chooser, word) ? word : NULL;
}

bool shown_choosing(const struct exchange *ex, const struct event_kind *kind)
{
    return ex->method != METHOD_POST && !ex->wants_json && shown_chooser(kind) && !shown_chosen(ex, kind);
}

/* The fields were listed when the exchange began, by shown_event_fields(), and are this exchange's own. */
static struct field *own(const struct field *f)
{
    return (struct field *)(uintptr_t)f;
}

void shown_narrow(struct exchange *ex, const struct event_kind *kind)
{
    const struct event_field *chooser = shown_chooser(kind);
    const char *chosen = shown_chosen(ex, kind);
    for (size_t i = 0; chooser && i < ex->form->count; i++) {
        const struct event_field *f = event_field(kind, ex->form->fields[i].name);
        const struct value *v = &ex->form->values[i];
        bool said = v->given && (v->error || ex->form->fields[i].kind != FIELD_FLAG || v->flag);
        if (f == chooser && chosen)
            own(&ex->form->fields[i])->hidden = true;
        if (!f || event_field_asked(f, chosen))
            continue;
        if (said && chosen)
            form_wrong(ex->form, f->name, "NOT_ASKED");
        else if (!said)
            own(&ex->form->fields[i])->unasked = true;
    }
}

/* ---- what is charged ---- */

static const struct column LINE_COLUMNS[] = {{"from", CELL_INT, false},   {"to", CELL_INT, false},
                                             {"count", CELL_INT, false},  {"unit", CELL_TEXT, false},
                                             {"price", CELL_TEXT, false}, {"sum", CELL_TEXT, false}};
static const struct page_source LINES = {"sums", LINE_COLUMNS, COUNT(LINE_COLUMNS), false, NULL, 0};
static const struct column CHARGE_COLUMNS[] = {{"tariff", CELL_TEXT, false}, {"basis", CELL_TEXT, false},
                                               {"total", CELL_TEXT, false},  {"by_month", CELL_BOOL, false},
                                               {"counted", CELL_INT, true},  {"linked", CELL_INT, true},
                                               {"sums", CELL_TABLE, true}};

static const char *money(struct exchange *ex, int64_t fen)
{
    long long yuan = fen / 100, rest = fen % 100;
    const char *text = ex->language == LANGUAGE_EN ? talloc_asprintf(ex->life, "¥%lld.%02lld", yuan, rest)
                                                   : talloc_asprintf(ex->life, "%lld.%02lld元", yuan, rest);
    return text ? text : "";
}

static int64_t entered(const struct exchange *ex, const char *name)
{
    const struct value *v = name && ex->form ? form_value(ex->form, name) : NULL;
    int64_t n = 0;
    return v && text_to_int(v->typed, 0, TARIFF_QUANTITY_MOST, &n) ? n : 0;
}

/* The day on which it is or was decided: that of the form, else today. */
static struct civil day_of(const struct exchange *ex, const struct shown *s)
{
    const struct value *on = ex->form ? form_value(ex->form, "on") : NULL;
    return on && on->given && !on->error ? on->day : s->d->today;
}

/* The tariff that the form names; NULL: the event charges nothing, or nothing is chosen yet. */
static const struct tariff *tariff_chosen(const struct exchange *ex, const struct shown *s)
{
    const struct event_charge *c = s->event->charge;
    const struct value *v = c && ex->form ? form_value(ex->form, c->tariff) : NULL;
    return v && *v->typed ? tariff_on(s->d->law->edition, v->typed, day_of(ex, s)) : NULL;
}

static const struct fault *lines_of(struct exchange *ex, const struct charge *c, struct cell *out)
{
    struct table *t = table_new(ex->life, LINE_COLUMNS, COUNT(LINE_COLUMNS));
    TRY_MEMORY(t);
    for (size_t i = 0; i < c->line_count; i++) {
        const struct tariff_line *l = &c->lines[i];
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        row[0] = cell_int(l->from);
        row[1] = cell_int(l->to);
        row[2] = cell_int(l->count);
        row[3] = cell_text(exchange_say(ex, c->tariff->unit_zh, c->tariff->unit_en));
        row[4] = cell_text(money(ex, l->price));
        row[5] = cell_text(money(ex, l->sum));
    }
    *out = cell_table(t);
    return NULL;
}

static const struct fault *show_charge(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, CHARGE_COLUMNS, COUNT(CHARGE_COLUMNS));
    struct charge c;
    TRY_MEMORY(t);
    *out = t;
    TRY(shown_open(ex, &s));
    const struct tariff *tariff = s->event ? tariff_chosen(ex, s) : NULL;
    if (!tariff)
        return NULL;
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row);
    TRY(tariff_charge(ex->life, tariff, tariff->by_month ? entered(ex, s->event->charge->earlier) : 0,
                      entered(ex, s->event->charge->quantity), &c));
    row[0] = cell_text(exchange_say(ex, tariff->zh, tariff->en));
    row[1] = cell_text(tariff->basis);
    row[2] = cell_text(money(ex, c.total));
    row[3] = cell_flag(tariff->by_month);
    if (tariff->by_month) {
        struct asked_earlier earlier;
        TRY(office_asked_earlier(ex->db, s->d, &earlier, ex->life));
        row[4] = cell_int(earlier.same);
        row[5] = cell_int(earlier.linked);
    }
    return lines_of(ex, &c, &row[6]);
}
const struct provider SHOW_CHARGE = {{"charge", CHARGE_COLUMNS, COUNT(CHARGE_COLUMNS), true, &LINES, 1},
                                     show_charge};

const struct fault *shown_suggest(struct exchange *ex, struct shown *s)
{
    const struct tariff *tariff = tariff_chosen(ex, s);
    struct asked_earlier earlier;
    char n[24];
    if (!tariff || !tariff->by_month)
        return NULL;
    snprintf(n, sizeof n, "%lld", (long long)office_items(s->d));
    form_fill(ex->form, s->event->charge->quantity, n);
    if (!s->event->charge->earlier)
        return NULL;
    TRY(office_asked_earlier(ex->db, s->d, &earlier, ex->life));
    snprintf(n, sizeof n, "%lld", (long long)earlier.same);
    form_fill(ex->form, s->event->charge->earlier, n);
    return NULL;
}

const struct fault *shown_count_again(struct exchange *ex)
{
    for (size_t i = 0; i < ex->form->count; i++)
        ex->form->values[i].error = NULL;
    ex->form->faults = 0;
    const struct route *row = route_with_page(ex);
    return row ? page_run(ex, row, 200) : NULL;
}
