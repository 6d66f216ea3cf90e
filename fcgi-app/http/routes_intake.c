/* routes_intake.c - an application that reached the office by mail, fax, e-mail, at the counter or by word of
 * mouth: the clerk enters it on one page, after saying by which channel it came and who applies. What each
 * channel asks for (day of confirmation, number of the letter, who wrote it down) and which day is that of
 * receipt are the edition's. */
#include "routes_intake.h"
#include <string.h>
#include "life.h"
#include "routes_public.h"
#include "shown.h"
#include "text.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define CHANNEL      "channel"
#define CATEGORY     "category"
#define ONLINE       "web" /* what applicants send themselves */
#define FIELDS_MOST  80
#define ITEMS_ASKED  5
#define ITEMS_BY_ONE 20 /* programs may send as many as applicants can */

/* The edition under which the office receives now, and its event. */
static const struct fault *receiving(struct exchange *ex, struct shown **out)
{
    if (ex->state) {
        *out = ex->state;
        return NULL;
    }
    struct shown *s = talloc_zero(ex->life, struct shown);
    struct table *agency = NULL;
    TRY_MEMORY(s);
    TRY(db_query(ex->db, Q_AGENCY_CURRENT, NULL, &agency, ex->life));
    const struct law *law = office_law(ex->house->office, table_text(agency, 0, "edition"));
    s->event = law ? edition_event_that(law->edition, EVENT_DEED_RECEIVE) : NULL;
    if (!s->event)
        return fault_new(ex->life, FAULT_BROKEN, "EDITION_ABSENT", "the agency's edition is not installed");
    ex->state = s;
    *out = s;
    return NULL;
}

/* A word of the field that the link chose; NULL: none, or not one of its words. */
static const char *chosen(const struct exchange *ex, const struct shown *s, const char *name)
{
    const struct event_field *f = event_field(s->event, name);
    const char *word = pairs_get(&ex->query, name);
    if (ex->form && ex->method == METHOD_POST) {
        const struct value *v = form_value(ex->form, name);
        word = v && v->given && !v->error ? v->text : NULL;
    }
    bool there = f && word && event_field_choice(f, word) && strcmp(word, ONLINE) != 0;
    return there ? word : NULL;
}

static bool is_choosing(const struct exchange *ex, const struct shown *s)
{
    return ex->method != METHOD_POST && (!chosen(ex, s, CHANNEL) || !chosen(ex, s, CATEGORY));
}

/* What comes online is not entered here. */
static void without_online(struct field *f)
{
    struct choice *all = (struct choice *)(uintptr_t)f->choices; /* shown_field() made it for this exchange */
    size_t n = 0;
    for (size_t i = 0; i < f->choice_count; i++)
        if (strcmp(all[i].word, ONLINE) != 0)
            all[n++] = all[i];
    f->choice_count = n;
}

static const struct fault *event_fields(struct exchange *ex, const struct shown *s, struct field *all,
                                        size_t *n)
{
    bool choosing = is_choosing(ex, s), whole = ex->method == METHOD_POST;
    for (size_t i = 0; i < s->event->field_count; i++) {
        const struct event_field *f = &s->event->fields[i];
        bool first = strcmp(f->name, CHANNEL) == 0 || strcmp(f->name, CATEGORY) == 0;
        if (f->by_service || strcmp(f->name, "items") == 0 || (choosing && !first) ||
            (!whole && !choosing && !event_field_asked(f, chosen(ex, s, CHANNEL))))
            continue;
        TRY(shown_field(ex, s, f, &all[*n]));
        if (strcmp(f->name, CHANNEL) == 0)
            without_online(&all[*n]);
        all[(*n)++].hidden = first && !choosing && !whole;
    }
    return NULL;
}

const struct fault *intake_fields(struct exchange *ex, const struct field **fields, size_t *count)
{
    struct shown *s = NULL;
    struct field *all = talloc_zero_array(ex->life, struct field, FIELDS_MOST);
    size_t n = 0;
    TRY_MEMORY(all);
    TRY(receiving(ex, &s));
    TRY(event_fields(ex, s, all, &n));
    if (!is_choosing(ex, s))
        TRY(apply_intake_fields(ex, ex->method == METHOD_POST ? NULL : chosen(ex, s, CATEGORY),
                                ex->sends_json ? ITEMS_BY_ONE : ITEMS_ASKED, all, &n));
    *fields = all;
    *count = n;
    return NULL;
}

static struct field *own(const struct field *f)
{
    return (struct field *)(uintptr_t)f; /* listed by intake_fields() for this exchange */
}

const struct fault *show_intake(struct exchange *ex)
{
    struct shown *s = NULL;
    TRY(receiving(ex, &s));
    for (size_t i = 0; i < ex->form->count; i++) {
        const char *name = ex->form->fields[i].name;
        if (ex->form->fields[i].hidden && chosen(ex, s, name))
            form_fill(ex->form, name, chosen(ex, s, name));
    }
    if (!is_choosing(ex, s) || !pairs_get(&ex->query, "asked"))
        return NULL;
    for (size_t i = 0; i < ex->form->count; i++) { /* one of the two was left open */
        const char *name = ex->form->fields[i].name;
        if (chosen(ex, s, name))
            form_fill(ex->form, name, chosen(ex, s, name));
        else
            form_wrong(ex->form, name, "REQUIRED");
    }
    return page_run(ex, ex->route, 422);
}

/* What belongs to another channel, or to another kind of applicant, is not asked for again. */
const struct fault *judge_intake(struct exchange *ex)
{
    struct shown *s = NULL;
    TRY(receiving(ex, &s));
    const char *channel = chosen(ex, s, CHANNEL), *category = chosen(ex, s, CATEGORY);
    shown_narrow(ex, s->event);
    for (size_t i = 0; i < ex->form->count; i++) {
        struct field *f = own(&ex->form->fields[i]);
        bool first = strcmp(f->name, CHANNEL) == 0 || strcmp(f->name, CATEGORY) == 0;
        f->hidden = f->hidden || (first && channel && category);
        if (category && !ex->form->values[i].given && !apply_asks(category, f->name))
            f->unasked = true;
    }
    return NULL;
}

/* ---- filing it ---- */

/* The fields of the event that stand in the form. */
static const struct fault *said_of(struct exchange *ex, const struct shown *s, json_t **out)
{
    static const char *const APART[] = {CHANNEL, CATEGORY, "delivery", NULL};
    json_t *said = json_adopt(ex->life, json_object());
    TRY_MEMORY(said);
    for (size_t i = 0; i < ex->form->count; i++) {
        const struct field *f = &ex->form->fields[i];
        const struct value *v = &ex->form->values[i];
        bool apart = !event_field(s->event, f->name) || (f->kind == FIELD_FLAG ? !v->flag : !v->given);
        for (size_t k = 0; APART[k]; k++)
            apart = apart || strcmp(APART[k], f->name) == 0;
        if (!apart && json_object_set_new(said, f->name, shown_value(f, v)) != 0)
            return fault_memory();
    }
    *out = said;
    return NULL;
}

const struct fault *act_intake(struct exchange *ex)
{
    struct shown *s = NULL;
    struct receipt receipt = {0};
    json_t *applicant = NULL, *said = NULL, *reply = NULL;
    const char **items = NULL;
    size_t count = 0;
    TRY(receiving(ex, &s));
    TRY(said_of(ex, s, &said));
    TRY(apply_entered(ex, &applicant, &items, &count));
    const struct application in = {.agency = ex->who.agency,
                                   .received = event_dated(s->event, said),
                                   .said = said,
                                   .channel = form_text(ex->form, CHANNEL),
                                   .category = form_text(ex->form, CATEGORY),
                                   .delivery = form_text(ex->form, "delivery"),
                                   .applicant = applicant,
                                   .items = items,
                                   .item_count = count,
                                   .submission = ex->form->submission,
                                   .person = ex->who.person,
                                   .role = "clerk"};
    TRY(office_submit(ex->db, ex->house->office, &in, &receipt, ex->life));
    const char *path = talloc_asprintf(ex->life, "/dossiers/%s?done=1", receipt.ref);
    TRY_MEMORY(path);
    TRY(apply_receipt(ex, &receipt, &reply));
    return reply_done(ex, 201, path, reply);
}

/* ---- the page ---- */

static const struct column INTAKE_COLUMNS[] = {
    {"choosing", CELL_BOOL, false}, {"channel", CELL_TEXT, true}, {"category", CELL_TEXT, true}};

static const struct fault *intake_row(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, INTAKE_COLUMNS, COUNT(INTAKE_COLUMNS));
    struct cell *row = t ? table_add_row(t) : NULL;
    TRY_MEMORY(row);
    TRY(receiving(ex, &s));
    row[0] = cell_flag(is_choosing(ex, s));
    row[1] = cell_text(chosen(ex, s, CHANNEL) ? shown_choice(ex, s->event, CHANNEL, chosen(ex, s, CHANNEL))
                                              : NULL);
    row[2] = cell_text(chosen(ex, s, CATEGORY) ? shown_choice(ex, s->event, CATEGORY, chosen(ex, s, CATEGORY))
                                               : NULL);
    *out = t;
    return NULL;
}
const struct provider SHOW_INTAKE = {{"intake", INTAKE_COLUMNS, COUNT(INTAKE_COLUMNS), true, NULL, 0},
                                     intake_row};
