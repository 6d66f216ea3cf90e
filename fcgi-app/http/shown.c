#include <string.h>
#include "life.h"
#include "shown.h"
#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const APPLICANT[] = {"applicant", NULL};
static const char *const NOBODY[] = {NULL};

const char *const *shown_roles(const struct exchange *ex)
{
    if (ex->route->right == RIGHT_TICKET)
        return APPLICANT;
    return ex->who.roles ? ex->who.roles : NOBODY;
}

const char *shown_say(const struct exchange *ex, struct bilingual text)
{
    return exchange_say(ex, text.zh, text.en);
}

static bool is_applicant(const struct exchange *ex)
{
    return ex->route->right == RIGHT_TICKET;
}

/* How many of the event's own rules a refusal has got past: the further, the nearer to being allowed. */
static size_t rules_passed(const struct permission *p)
{
    size_t i = 0;
    while (i < p->event->refuse_count && p->event->refuses[i].sentence.zh != p->refusal.zh)
        i++;
    return i;
}

/* A letter may be drafted when one of the templates may: rules that ask which one answer here, not only when
 * the form is sent. Where none may, what is told is said of the one that is nearest to it. */
static const struct fault *judge_drafting(struct exchange *ex, const struct shown *s, struct permission *p)
{
    const struct event_field *f = event_field(p->event, p->event->child->letter_field);
    struct permission letter = *p, nearest = *p;
    for (size_t i = 0; f && i < f->choice_count; i++) {
        if (shown_by_rule(s, f->choices[i].value))
            continue;
        TRY(shown_judge_letter(ex, s, p->event, f->choices[i].value, &letter));
        if (letter.ground == MAY_ALLOWED)
            return NULL;
        if (nearest.ground == MAY_ALLOWED || rules_passed(&letter) > rules_passed(&nearest))
            nearest = letter;
    }
    p->ground = nearest.ground;
    p->refusal = nearest.refusal;
    return NULL;
}

static const struct fault *judge(struct exchange *ex, struct shown *s)
{
    struct actor who;
    const struct permission *all = NULL;
    TRY(shown_actor(ex, &who));
    TRY(workflow_may(ex->life, s->view, &who, &all, &s->may_count));
    struct permission *may = talloc_memdup(ex->life, all, s->may_count * sizeof *all);
    TRY_MEMORY(may);
    for (size_t i = 0; i < s->may_count; i++)
        if (may[i].event->deed == EVENT_DEED_DRAFT && may[i].event->starts && may[i].ground == MAY_ALLOWED)
            TRY(judge_drafting(ex, s, &may[i]));
    s->may = may;
    return NULL;
}

/* The dossier, or the dossier as it was known on the day that was asked for. A day on which nothing was
 * known, or that is still to come, is said, and the dossier shown as it is. */
static const struct fault *open_as_known(struct exchange *ex, struct shown *s)
{
    const char *ref = exchange_parameter(ex, "ref");
    const struct value *known = ex->search ? form_value(ex->search, "known") : NULL;
    TRY(dossier_look(ex->db, ex->house->office, ref, is_applicant(ex) ? NULL : ex->route->path, ex->id,
                     ex->life, &s->d));
    s->present = s->d->today;
    if (!known || !known->given)
        return NULL;
    struct civil day;
    struct dossier *then = NULL;
    if (!civil_parse(known->text, &day))
        s->unknown = "NOT_A_DAY";
    else if (civil_compare(day, s->present) > 0)
        s->unknown = "DAY_IN_FUTURE";
    const struct fault *f =
        s->unknown ? NULL : dossier_open_known(ex->db, ex->house->office, ref, day, ex->life, &then);
    if (f && strcmp(f->code, "NOTHING_KNOWN") != 0)
        return f;
    s->unknown = f ? f->code : s->unknown;
    s->d = then ? then : s->d;
    return s->unknown && ex->wants_json ? fault_field(ex->life, s->unknown, "known", "no such day") : NULL;
}

const struct fault *shown_open(struct exchange *ex, struct shown **out)
{
    if (ex->state) {
        *out = ex->state;
        return NULL;
    }
    struct shown *s = talloc_zero(ex->life, struct shown);
    json_t *applicant = NULL, *request = NULL;
    TRY_MEMORY(s);
    TRY(open_as_known(ex, s));
    TRY(dossier_applicant(ex->db, s->d, &applicant, ex->life));
    TRY(dossier_request(ex->db, s->d, &request, ex->life));
    s->applicant = applicant;
    s->request = request;
    TRY(workflow_view(ex->life, s->d->standing, s->d->today, &s->view));
    TRY(judge(ex, s));
    ex->state = s;
    *out = s;
    return NULL;
}

/* A table with its first row. */
static const struct fault *one_row(struct exchange *ex, const struct provider *p, struct table **t,
                                   struct cell **row)
{
    *t = table_new(ex->life, p->source.columns, p->source.column_count);
    *row = *t ? table_add_row(*t) : NULL;
    return *row ? NULL : fault_memory();
}

static struct cell number_or_null(bool known, int64_t n)
{
    return known ? cell_int(n) : cell_null(CELL_INT);
}

/* ---- labels ---- */

const char *shown_child(struct exchange *ex, const struct dossier *d, const char *child)
{
    const struct child_kind *kind = child ? edition_child_of_id(d->law->edition, child) : NULL;
    return kind ? talloc_asprintf(ex->life, "%s %s", shown_say(ex, kind->label),
                                  child + strcspn(child, "0123456789"))
                : NULL;
}

const char *shown_choice(struct exchange *ex, const struct event_kind *kind, const char *name,
                         const char *word)
{
    const struct event_field *f = kind ? event_field(kind, name) : NULL;
    const struct event_choice *c = f && word ? event_field_choice(f, word) : NULL;
    return c ? shown_say(ex, c->label) : word;
}

static const char *first_label(struct exchange *ex, const struct dossier *d, const char *name)
{
    return shown_choice(ex, edition_event(d->law->edition, d->facts[0].kind), name,
                        fact_text(dossier_known(d, 0), name));
}

const char *shown_place(struct exchange *ex, const struct dossier *d, const char *child)
{
    const struct place *p = standing_place(d->standing, child);
    return p ? shown_say(ex, p->label) : NULL;
}

const struct fact *shown_last(const struct dossier *d, enum event_deed deed, const char *child, size_t *index)
{
    for (size_t i = d->count; i-- > 0;) {
        const struct event_kind *k = edition_event(d->law->edition, d->facts[i].kind);
        if (k && k->deed == deed && text_same(d->facts[i].child, child)) {
            if (index)
                *index = i;
            return dossier_known(d, i);
        }
    }
    return NULL;
}

/* ---- the dossier itself ---- */

static const struct column DOSSIER_COLUMNS[] = {
    {"ref", CELL_TEXT, false},      {"seq", CELL_INT, false},
    {"state", CELL_TEXT, false},    {"label", CELL_TEXT, false},
    {"explain", CELL_TEXT, true},   {"received", CELL_DAY, false},
    {"due", CELL_DAY, true},        {"due_provisional", CELL_BOOL, false},
    {"days_left", CELL_INT, true},  {"overdue", CELL_BOOL, false},
    {"late_by", CELL_INT, true},    {"closed", CELL_BOOL, false},
    {"handler", CELL_TEXT, true},   {"channel", CELL_TEXT, true},
    {"category", CELL_TEXT, true},  {"delivery", CELL_TEXT, true},
    {"applicant", CELL_TEXT, true}, {"id_number", CELL_TEXT, true},
    {"phone", CELL_TEXT, true},     {"email", CELL_TEXT, true},
    {"address", CELL_TEXT, true},   {"edition", CELL_TEXT, false},
    {"moved", CELL_BOOL, false},    {"moved_from", CELL_DAY, true},
    {"moved_to", CELL_DAY, true},   {"moved_by", CELL_TEXT, true},
};

/* All but the first three and the last two characters are hidden; short numbers wholly. A number may be
 * written in any script: whole characters are hidden, never parts of one. */
static const char *masked(struct exchange *ex, const char *number)
{
    size_t count = number ? text_count(number) : 0, n = 0;
    if (!count)
        return NULL;
    struct text *out = text_new(ex->life, 4 * count + 1);
    const char *text = NULL;
    for (const char *c = number, *next; *c; c = next, n++) {
        for (next = c + 1; ((unsigned char)*next & 0xC0) == 0x80;)
            next++;
        if (count < 8 || (n >= 3 && n + 2 < count))
            text_add_char(out, '*');
        else
            text_add_n(out, c, (size_t)(next - c));
    }
    return text_end(out, &text, NULL) ? NULL : text;
}

static const char *explanation(struct exchange *ex, const struct shown *s)
{
    if (standing_closed(s->d->standing))
        return exchange_say(ex, "本申请已办结。", "This application is closed.");
    if (s->view->reply && s->view->reply->state == CLOCK_REPLACED)
        return exchange_say(ex, "答复期限待您办理后重新计算。",
                            "The period for the reply starts anew once you have acted.");
    if (s->view->reply && s->view->reply->state == CLOCK_PAUSED)
        return exchange_say(ex, "正在征求意见，所需时间不计入答复期限。",
                            "Others are being consulted; that time does not count towards the period.");
    return NULL;
}

const struct fault *shown_notice(struct exchange *ex, const struct due_moved *moved, const char **out)
{
    struct table *t = NULL;
    *out = NULL;
    if (!moved->calendar)
        return NULL;
    TRY(db_query(ex->db, Q_CALENDAR_NOTICE, (struct cell[]){cell_text(moved->calendar)}, &t, ex->life));
    const char *notice = table_text(t, 0, "notice");
    *out = notice && *notice ? notice : NULL;
    return NULL;
}

static const struct fault *show_dossier(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = NULL;
    struct cell *row = NULL;
    TRY(shown_open(ex, &s));
    TRY(one_row(ex, &SHOW_DOSSIER, &t, &row));
    const struct clock_view *reply = s->view->reply;
    bool due = reply && civil_is_set(reply->due), running = due && !civil_is_set(reply->stopped);
    bool staff = !is_applicant(ex);
    const struct place *place =
        staff ? standing_place(s->d->standing, NULL) : standing_public(s->d->standing);
    struct cell *c = row;
    *c++ = cell_text(s->d->ref);
    *c++ = cell_int(s->d->seq);
    *c++ = cell_text(place ? place->id : "");
    *c++ = cell_text(place ? shown_say(ex, place->label) : "");
    *c++ = cell_text(explanation(ex, s));
    *c++ = cell_day(dossier_known(s->d, 0)->on);
    *c++ = cell_day(due ? reply->due : CIVIL_NONE);
    *c++ = cell_flag(reply && reply->provisional);
    *c++ = number_or_null(running && reply->state != CLOCK_EXPIRED, running ? reply->days_left : 0);
    *c++ = cell_flag(reply && reply->late_by > 0);
    *c++ = number_or_null(reply && reply->late_by > 0, reply ? reply->late_by : 0);
    *c++ = cell_flag(standing_closed(s->d->standing));
    *c++ = cell_text(staff ? s->d->handler_name : NULL);
    *c++ = cell_text(first_label(ex, s->d, "channel"));
    *c++ = cell_text(first_label(ex, s->d, "category"));
    *c++ = cell_text(first_label(ex, s->d, "delivery"));
    *c++ = cell_text(json_text(s->applicant, "name"));
    *c++ = cell_text(masked(ex, json_text(s->applicant, "id_number")));
    *c++ = cell_text(json_text(s->applicant, "phone"));
    *c++ = cell_text(json_text(s->applicant, "email"));
    *c++ = cell_text(json_text(s->applicant, "address"));
    *c++ = cell_text(shown_say(ex, s->d->law->edition->title));
    struct due_moved moved = staff ? office_due_moved(s->d, s->d->handler) : (struct due_moved){0};
    const char *by = NULL;
    TRY(shown_notice(ex, &moved, &by));
    *c++ = cell_flag(moved.seq != 0);
    *c++ = cell_day(moved.before);
    *c++ = cell_day(moved.after);
    *c++ = cell_text(by);
    *out = t;
    return NULL;
}
const struct provider SHOW_DOSSIER = {{"dossier", DOSSIER_COLUMNS, COUNT(DOSSIER_COLUMNS), true, NULL, 0},
                                      show_dossier};

/* ---- items ---- */

static const struct column ITEM_COLUMNS[] = {
    {"n", CELL_INT, false},       {"child", CELL_TEXT, false},  {"description", CELL_TEXT, true},
    {"outcome", CELL_TEXT, true}, {"secrecy", CELL_TEXT, true},
};

static const char *outcome_label(struct exchange *ex, const struct dossier *d, const char *item)
{
    for (size_t i = d->count; i-- > 0;)
        if (text_same(d->facts[i].child, item) && fact_text(dossier_known(d, i), "outcome")) {
            const struct outcome_kind *o =
                edition_outcome(d->law->edition, fact_text(dossier_known(d, i), "outcome"));
            return o ? shown_say(ex, o->label) : NULL;
        }
    return NULL;
}

const char *shown_review(struct exchange *ex, const struct dossier *d, const char *item)
{
    size_t count = 0;
    const struct standing_child *all = standing_children(d->standing, &count);
    for (size_t i = count; i-- > 0;)
        if (all[i].first && text_same(fact_text(all[i].first, "item"), item))
            return shown_place(ex, d, all[i].id);
    return NULL;
}

static const struct fault *show_items(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, ITEM_COLUMNS, COUNT(ITEM_COLUMNS));
    size_t count = 0, n = 0;
    TRY_MEMORY(t);
    TRY(shown_open(ex, &s));
    const struct standing_child *all = standing_children(s->d->standing, &count);
    bool tell = !is_applicant(ex) || standing_closed(s->d->standing);
    for (size_t i = 0; i < count; i++) {
        if (!all[i].kind->made_event)
            continue;
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        row[0] = cell_int((int64_t)++n);
        row[1] = cell_text(all[i].id);
        row[2] = cell_text(json_string_value(json_array_get(s->request, n - 1)));
        row[3] = cell_text(tell ? outcome_label(ex, s->d, all[i].id) : NULL);
        row[4] = cell_text(is_applicant(ex) ? NULL : shown_review(ex, s->d, all[i].id));
    }
    *out = t;
    return NULL;
}
const struct provider SHOW_ITEMS = {{"items", ITEM_COLUMNS, COUNT(ITEM_COLUMNS), false, NULL, 0}, show_items};

/* ---- clocks and their days ---- */

static const struct column DAY_COLUMNS[] = {
    {"day", CELL_DAY, false},    {"counts", CELL_BOOL, false}, {"n", CELL_INT, true},
    {"why", CELL_TEXT, true},    {"label", CELL_TEXT, true},   {"basis", CELL_TEXT, true},
    {"today", CELL_BOOL, false}, {"due", CELL_BOOL, false},
};
static const struct column CLOCK_COLUMNS[] = {
    {"id", CELL_TEXT, false},      {"label", CELL_TEXT, false}, {"child", CELL_TEXT, true},
    {"basis", CELL_TEXT, true},    {"state", CELL_TEXT, false}, {"state_label", CELL_TEXT, false},
    {"day0", CELL_DAY, true},      {"length", CELL_INT, true},  {"unit_label", CELL_TEXT, true},
    {"counted", CELL_INT, true},   {"due", CELL_DAY, true},     {"due_provisional", CELL_BOOL, false},
    {"days_left", CELL_INT, true}, {"late_by", CELL_INT, true}, {"days", CELL_TABLE, false},
    {"late", CELL_BOOL, false},
};
static const struct page_source CLOCK_DAYS = {"days", DAY_COLUMNS, COUNT(DAY_COLUMNS), false, NULL, 0};

static const char *clock_state_label(struct exchange *ex, enum clock_state state)
{
    static const struct bilingual LABELS[] = {
        [CLOCK_RUNNING] = {"计时中", "Running"},
        [CLOCK_PAUSED] = {"暂停计时", "Paused"},
        [CLOCK_REPLACED] = {"待重新计算", "To start anew"},
        [CLOCK_EXPIRED] = {"期限已满", "Ended"},
        [CLOCK_STOPPED] = {"已停止", "Stopped"},
    };
    return shown_say(ex, LABELS[state]);
}

static const char *unit_label(struct exchange *ex, const char *unit)
{
    static const struct {
        const char *unit;
        struct bilingual label;
    } UNITS[] = {
        {"wd", {"个工作日", "working days"}}, {"day", {"日", "days"}}, {"month", {"个月", "months"}}};
    for (size_t i = 0; i < COUNT(UNITS); i++)
        if (strcmp(UNITS[i].unit, unit) == 0)
            return shown_say(ex, UNITS[i].label);
    return NULL;
}

static const char *day_label(struct exchange *ex, const struct dossier *d, const struct clock_day *day)
{
    if (day->why == CLOCK_IN_PAUSE && day->because_count)
        return is_applicant(ex) ? exchange_say(ex, "征求意见", "Consultation")
                                : shown_child(ex, d, day->because[0]);
    return day->name;
}

static const struct fault *add_day(struct exchange *ex, const struct shown *s, const struct clock_day *day,
                                   struct civil due, struct table *t)
{
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row);
    row[0] = cell_day(day->date);
    row[1] = cell_flag(day->why == CLOCK_COUNTS);
    row[2] = number_or_null(day->why == CLOCK_COUNTS, day->n);
    row[3] = cell_text(clock_why_word(day->why));
    row[4] = cell_text(day_label(ex, s->d, day));
    row[5] = cell_text(day->basis);
    row[6] = cell_flag(civil_compare(day->date, s->d->today) == 0);
    row[7] = cell_flag(civil_compare(day->date, due) == 0);
    return NULL;
}

/* Late is what is owed and not done in time: the reply. The end of another period closes a door or lets one
 * go on without an answer, and is nobody's delay. */
static bool is_late(const struct shown *s, const struct clock_view *v)
{
    return v == s->view->reply && v->late_by > 0;
}

/* After the last day that says something about the clock: where it was stopped, or where it ended unless it
 * is late. */
static bool is_after_the_end(const struct shown *s, const struct clock_view *v, struct civil day)
{
    struct civil end = civil_is_set(v->stopped) ? v->stopped : v->due;
    if (civil_is_set(v->due) && civil_is_set(end) && civil_compare(v->due, end) > 0)
        end = v->due;
    bool goes_on = !civil_is_set(v->stopped) && (v->state != CLOCK_EXPIRED || is_late(s, v));
    return !goes_on && civil_is_set(end) && civil_compare(day, end) > 0;
}

static const struct fault *ledger_table(struct exchange *ex, const struct shown *s,
                                        const struct clock_view *v, const struct table **out)
{
    const struct clocks *clocks = standing_clocks(s->d->standing);
    struct table *t = table_new(ex->life, DAY_COLUMNS, COUNT(DAY_COLUMNS));
    const struct clock_day *days = NULL;
    size_t count = 0;
    TRY_MEMORY(t);
    int index = clocks_find(clocks, v->about->id, v->child);
    TRY(clock_ledger(clocks, (size_t)index, s->d->law->calendar, s->d->today, &days, &count, ex->life));
    for (size_t i = 0; i < count; i++)
        if (!is_after_the_end(s, v, days[i].date))
            TRY(add_day(ex, s, &days[i], v->due, t));
    *out = t;
    return NULL;
}

static const struct fault *add_clock(struct exchange *ex, const struct shown *s, const struct clock_view *v,
                                     struct table *t)
{
    struct cell *row = table_add_row(t);
    const struct table *days = NULL;
    TRY_MEMORY(row);
    bool due = civil_is_set(v->due), running = due && !civil_is_set(v->stopped);
    row[0] = cell_text(v->about->id);
    row[1] = cell_text(exchange_say(ex, v->about->zh, v->about->en));
    row[2] = cell_text(shown_child(ex, s->d, v->child));
    row[3] = cell_text(v->about->basis);
    row[4] = cell_text(clock_state_word(v->state));
    row[5] = cell_text(clock_state_label(ex, v->state));
    row[6] = cell_day(v->day0);
    row[7] = number_or_null(v->length >= 0, v->length);
    row[8] = cell_text(unit_label(ex, v->unit));
    row[9] = cell_int(v->counted);
    row[10] = cell_day(v->due);
    row[11] = cell_flag(v->provisional);
    row[12] = number_or_null(running && v->state != CLOCK_EXPIRED, v->days_left);
    row[13] = number_or_null(is_late(s, v), v->late_by);
    row[15] = cell_flag(is_late(s, v));
    TRY(ledger_table(ex, s, v, &days));
    row[14] = cell_table(days);
    return NULL;
}

static const struct fault *show_clocks(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, CLOCK_COLUMNS, COUNT(CLOCK_COLUMNS));
    TRY_MEMORY(t);
    TRY(shown_open(ex, &s));
    for (size_t i = 0; i < s->view->clock_count; i++)
        TRY(add_clock(ex, s, &s->view->clocks[i], t));
    *out = t;
    return NULL;
}
const struct provider SHOW_CLOCKS = {{"clocks", CLOCK_COLUMNS, COUNT(CLOCK_COLUMNS), false, &CLOCK_DAYS, 1},
                                     show_clocks};

/* The days of the clock that the due date is. */
static const struct fault *show_days(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    TRY(shown_open(ex, &s));
    if (s->view->reply)
        return ledger_table(ex, s, s->view->reply, out);
    *out = table_new(ex->life, DAY_COLUMNS, COUNT(DAY_COLUMNS));
    return *out ? NULL : fault_memory();
}
const struct provider SHOW_DAYS = {{"days", DAY_COLUMNS, COUNT(DAY_COLUMNS), false, NULL, 0}, show_days};

/* ---- children ---- */

static const struct column CHILD_COLUMNS[] = {
    {"child", CELL_TEXT, false}, {"label", CELL_TEXT, false}, {"state_label", CELL_TEXT, true},
    {"since", CELL_DAY, true},   {"due", CELL_DAY, true},
};

static struct civil child_due(const struct shown *s, const char *child)
{
    for (size_t i = 0; i < s->view->clock_count; i++)
        if (text_same(s->view->clocks[i].child, child) && !civil_is_set(s->view->clocks[i].stopped))
            return s->view->clocks[i].due;
    return CIVIL_NONE;
}

static const struct fault *show_children(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, CHILD_COLUMNS, COUNT(CHILD_COLUMNS));
    size_t count = 0;
    TRY_MEMORY(t);
    TRY(shown_open(ex, &s));
    const struct standing_child *all = standing_children(s->d->standing, &count);
    for (size_t i = 0; i < count; i++) {
        if (all[i].kind->made_event || all[i].kind->letter_field)
            continue; /* items and letters have tables of their own */
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        row[0] = cell_text(all[i].id);
        row[1] = cell_text(shown_child(ex, s->d, all[i].id));
        row[2] = cell_text(shown_place(ex, s->d, all[i].id));
        row[3] = cell_day(all[i].first ? all[i].first->on : CIVIL_NONE);
        row[4] = cell_day(child_due(s, all[i].id));
    }
    *out = t;
    return NULL;
}
const struct provider SHOW_CHILDREN = {{"children", CHILD_COLUMNS, COUNT(CHILD_COLUMNS), false, NULL, 0},
                                       show_children};

/* ---- what may be done ---- */

static const struct column MAY_COLUMNS[] = {
    {"kind", CELL_TEXT, false},   {"child", CELL_TEXT, true},    {"label", CELL_TEXT, false},
    {"hint", CELL_TEXT, true},    {"allowed", CELL_BOOL, false}, {"because", CELL_TEXT, true},
    {"basis", CELL_TEXT, true},   {"rule", CELL_TEXT, true},     {"fact", CELL_TEXT, true},
    {"letter", CELL_BOOL, false}, {"apart", CELL_BOOL, false},
};

/* "Draft the letter", or for a child that exists "Approve (Letter 2)". */
static const char *permission_label(struct exchange *ex, const struct dossier *d, const struct permission *p)
{
    if (!p->child || p->event->starts)
        return shown_say(ex, p->event->label);
    return talloc_asprintf(ex->life, "%s%s%s%s", shown_say(ex, p->event->label), exchange_say(ex, "（", " ("),
                           shown_child(ex, d, p->child), exchange_say(ex, "）", ")"));
}

const char *shown_fact(struct exchange *ex, const struct dossier *d, long seq)
{
    for (size_t i = 0; i < d->count; i++)
        if (seq > 0 && d->facts[i].seq == seq) {
            char day[CIVIL_TEXT];
            const struct event_kind *k = edition_event(d->law->edition, d->facts[i].kind);
            civil_format(dossier_known(d, i)->on, day);
            return talloc_asprintf(ex->life, "%s %s", day, k ? shown_say(ex, k->label) : d->facts[i].kind);
        }
    return NULL;
}

static const struct fault *add_may(struct exchange *ex, const struct shown *s, const struct permission *p,
                                   struct table *t)
{
    struct cell *row = table_add_row(t);
    bool allowed = p->ground == MAY_ALLOWED;
    TRY_MEMORY(row);
    row[0] = cell_text(p->event->name);
    row[1] = cell_text(p->event->starts ? NULL : p->child);
    row[2] = cell_text(permission_label(ex, s->d, p));
    row[3] = cell_text(shown_say(ex, p->event->hint));
    row[4] = cell_flag(allowed);
    row[5] = cell_text(allowed ? NULL : exchange_say(ex, p->refusal.zh, p->refusal.en));
    row[6] = cell_text(exchange_basis(ex, allowed ? p->event->basis : p->refusal.basis));
    row[7] = cell_text(allowed ? NULL : p->refusal.rule);
    row[8] = cell_text(allowed ? NULL : shown_fact(ex, s->d, p->refusal.fact));
    row[9] = cell_flag(!p->event->starts && p->event->child && p->event->child->letter_field);
    row[10] = cell_flag(p->ground == MAY_SEPARATION);
    return NULL;
}

static bool is_manual(const struct event_kind *k)
{
    for (size_t i = 0; i < k->role_count; i++)
        if (strcmp(k->roles[i], "clock") != 0)
            return true;
    return false;
}

/* First what is allowed, then what a rule, a clock or separation forbids, then what this state does not know.
 * What is not this person's to do is left out. */
static const struct fault *may_table(struct exchange *ex, const struct shown *s, const char *child,
                                     bool only_allowed, const struct provider *p, const struct table **out)
{
    static const enum may_ground ORDER[] = {MAY_ALLOWED, MAY_SEPARATION, MAY_GUARD, MAY_CLOCK, MAY_STATE};
    struct table *t = table_new(ex->life, p->source.columns, p->source.column_count);
    TRY_MEMORY(t);
    for (size_t g = 0; g < (only_allowed ? 1 : COUNT(ORDER)); g++)
        for (size_t i = 0; i < s->may_count; i++)
            if (s->may[i].ground == ORDER[g] && is_manual(s->may[i].event) &&
                (!child || (!s->may[i].event->starts && text_same(s->may[i].child, child))))
                TRY(add_may(ex, s, &s->may[i], t));
    *out = t;
    return NULL;
}

static const struct fault *show_may(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    TRY(shown_open(ex, &s));
    return may_table(ex, s, NULL, false, &SHOW_MAY, out);
}
const struct provider SHOW_MAY = {{"may", MAY_COLUMNS, COUNT(MAY_COLUMNS), false, NULL, 0}, show_may};

static const struct fault *show_letter_may(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    TRY(shown_open(ex, &s));
    return may_table(ex, s, s->child ? s->child : "", false, &SHOW_LETTER_MAY, out);
}
const struct provider SHOW_LETTER_MAY = {{"may", MAY_COLUMNS, COUNT(MAY_COLUMNS), false, NULL, 0},
                                         show_letter_may};

static const struct fault *show_track_may(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    TRY(shown_open(ex, &s));
    return may_table(ex, s, NULL, true, &SHOW_TRACK_MAY, out);
}
const struct provider SHOW_TRACK_MAY = {{"may", MAY_COLUMNS, COUNT(MAY_COLUMNS), false, NULL, 0},
                                        show_track_may};
