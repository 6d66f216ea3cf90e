/* shown_judge.c - before a form is shown or read: may this be done at all? And after it was sent: what was
 * done, or what somebody else did meanwhile. */
#include <string.h>
#include "life.h"
#include "shown.h"
#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- may it be done? ---- */

/* Of several refusals the one that says most: what stands in the way of this very step, then of the moment,
 * then of the person. */
static int weight(enum may_ground ground)
{
    static const int WEIGHT[] = {[MAY_ALLOWED] = 0, [MAY_SEPARATION] = 1, [MAY_GUARD] = 2,
                                 [MAY_CLOCK] = 3,   [MAY_STATE] = 4,      [MAY_ROLE] = 5};
    return WEIGHT[ground];
}

const struct permission *shown_permission(const struct shown *s, const struct event_kind *kind,
                                          const char *child)
{
    const struct permission *best = NULL;
    for (size_t i = 0; i < s->may_count; i++) {
        const struct permission *p = &s->may[i];
        bool about = kind->child && !kind->starts && child && *child;
        if (p->event != kind || (about && !text_same(p->child, child)))
            continue;
        if (!best || weight(p->ground) < weight(best->ground))
            best = p;
    }
    return best;
}

const struct fault *shown_actor(struct exchange *ex, struct actor *out)
{
    const char *const *roles = shown_roles(ex);
    *out = (struct actor){.roles = roles};
    while (roles[out->role_count])
        out->role_count++;
    if (ex->who.known && ex->route->right != RIGHT_TICKET) {
        out->person = talloc_asprintf(ex->life, "%lld", (long long)ex->who.person);
        TRY_MEMORY(out->person);
    }
    return NULL;
}

bool shown_by_rule(const struct shown *s, const char *code)
{
    const struct letter_kind *letter = edition_letter(s->d->law->edition, code);
    return letter && letter->by_rule;
}

const struct fault *shown_judge_letter(struct exchange *ex, const struct shown *s,
                                       const struct event_kind *kind, const char *code,
                                       struct permission *out)
{
    struct actor who;
    json_t *data = json_adopt(ex->life, json_pack("{s:s}", kind->child->letter_field, code));
    const char *child = standing_next_child(ex->life, s->d->standing, kind->child);
    TRY_MEMORY(data && child ? s : NULL);
    TRY(shown_actor(ex, &who));
    const struct fact fact = {.kind = kind->name,
                              .child = child,
                              .on = s->d->today,
                              .recorded = s->d->today,
                              .by = who.person,
                              .seq = s->d->seq + 1,
                              .data = data};
    return workflow_judge(ex->life, s->d->standing, &fact, &who, out);
}

static const struct fault *not_your_role(struct exchange *ex, const struct refusal *refusal)
{
    struct fault *f = talloc_zero(ex->life, struct fault);
    struct refusal *why = talloc_zero(ex->life, struct refusal);
    if (!f || !why)
        return fault_memory();
    *why = *refusal;
    *f = (struct fault){.kind = FAULT_FORBIDDEN, .code = "NOT_YOUR_ROLE", .refusal = why};
    return f;
}

const struct fault *shown_refuse(struct exchange *ex, const struct permission *p)
{
    if (!p || p->ground == MAY_ALLOWED)
        return NULL;
    return p->ground == MAY_ROLE ? not_your_role(ex, &p->refusal) : fault_refused(ex->life, &p->refusal);
}

const struct fault *shown_role(struct exchange *ex, const struct event_kind *kind)
{
    const char *const *roles = shown_roles(ex);
    for (size_t i = 0; i < kind->role_count; i++)
        for (size_t k = 0; roles[k]; k++)
            if (strcmp(kind->roles[i], roles[k]) == 0)
                return NULL;
    struct shown *s = NULL;
    struct refusal why;
    TRY(shown_open(ex, &s));
    event_role_refusal(ex->life, s->d->law->edition, kind, &why);
    TRY_MEMORY(why.zh && why.en ? s : NULL);
    return not_your_role(ex, &why);
}

/* A form that names its letter is told of that one. */
static const struct fault *judge_named_letter(struct exchange *ex, const struct shown *s,
                                              const struct permission **p)
{
    const struct child_kind *child = s->event->child;
    const struct value *v = child && child->letter_field ? form_value(ex->form, child->letter_field) : NULL;
    if (!*p || (*p)->ground == MAY_ALLOWED || (*p)->ground == MAY_ROLE || !s->event->starts || !v ||
        !v->given || v->error || shown_by_rule(s, v->text))
        return NULL;
    struct permission *letter = talloc_zero(ex->life, struct permission);
    TRY_MEMORY(letter);
    TRY(shown_judge_letter(ex, s, s->event, v->text, letter));
    *p = letter;
    return NULL;
}

/* A form that was sent. What has moved on meanwhile is told as that (or was this very form, sent twice): the
 * service knows. */
const struct fault *shown_event_judge(struct exchange *ex)
{
    struct shown *s = NULL;
    TRY(shown_open(ex, &s));
    shown_narrow(ex, s->event);
    const struct permission *p = shown_permission(s, s->event, form_text(ex->form, "child"));
    int64_t seq = form_int(ex->form, "seq", 0);
    const struct value *on = form_value(ex->form, "on");
    if (!p)
        TRY(shown_role(ex, s->event));
    if (p && p->ground == MAY_ROLE)
        return shown_refuse(ex, p);
    if (on && on->given && civil_compare(on->day, s->d->today) < 0)
        return NULL; /* recorded late: the rules of that day judge it */
    if (seq && office_moved(s->d, (int32_t)seq, form_text(ex->form, "child")))
        return ex->form->faults ? fault_new(ex->life, FAULT_STALE, "DOSSIER_MOVED", "fact %d", (int)s->d->seq)
                                : NULL;
    TRY(judge_named_letter(ex, s, &p));
    TRY(shown_refuse(ex, p));
    const struct value *go = form_value(ex->form, "go");
    return go && go->given ? shown_count_again(ex) : NULL;
}

/* ---- what was done ---- */

static const struct column DONE_COLUMNS[] = {
    {"label", CELL_TEXT, false}, {"child", CELL_TEXT, true}, {"on", CELL_DAY, false}};

/* "?done=12": the visitor has just raised fact 12. Told from the fact, so that nobody can make the page say
 * anything else. */
static const struct fault *show_done(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    int64_t seq = 0;
    const char *said = pairs_get(&ex->query, "done");
    struct table *t = table_new(ex->life, DONE_COLUMNS, COUNT(DONE_COLUMNS));
    TRY_MEMORY(t);
    *out = t;
    if (!said || !text_to_int(said, 1, INT32_MAX, &seq))
        return NULL;
    TRY(shown_open(ex, &s));
    for (size_t i = 0; i < s->d->count; i++) {
        const struct fact *f = &s->d->facts[i];
        const struct event_kind *kind = edition_event(s->d->law->edition, f->kind);
        if (f->seq != seq || !kind || (ex->route->right == RIGHT_TICKET && !kind->told))
            continue;
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        row[0] = cell_text(shown_say(ex, kind->label));
        row[1] = cell_text(ex->route->right == RIGHT_TICKET ? NULL : shown_child(ex, s->d, f->child));
        row[2] = cell_day(f->on);
    }
    return NULL;
}
const struct provider SHOW_DONE = {{"done", DONE_COLUMNS, COUNT(DONE_COLUMNS), true, NULL, 0}, show_done};

/* ---- what others did meanwhile ---- */

static const struct column SINCE_COLUMNS[] = {{"on", CELL_DAY, false},
                                              {"label", CELL_TEXT, false},
                                              {"child", CELL_TEXT, true},
                                              {"by", CELL_TEXT, true}};

static const struct fault *add_since(struct exchange *ex, const struct shown *s, size_t i, struct table *t)
{
    const struct fact *f = &s->d->facts[i];
    const struct event_kind *kind = edition_event(s->d->law->edition, f->kind);
    bool applicant = ex->route->right == RIGHT_TICKET;
    if (applicant && (!kind || !kind->told))
        return NULL;
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row);
    row[0] = cell_day(f->on);
    row[1] = cell_text(kind ? shown_say(ex, kind->label) : f->kind);
    row[2] = cell_text(applicant ? NULL : shown_child(ex, s->d, f->child));
    row[3] = cell_text(applicant ? NULL : s->d->records[i].person_name);
    return NULL;
}

/* The facts that the sender of a stale form had not seen. The form then stands for the dossier as it is now:
 * sending it again is a decision made in knowledge of them. */
static const struct fault *show_since(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, SINCE_COLUMNS, COUNT(SINCE_COLUMNS));
    TRY_MEMORY(t);
    *out = t;
    if (!ex->form || !ex->form->stale)
        return NULL;
    int64_t seen = form_int(ex->form, "seq", 0);
    ex->state = NULL; /* what was read when the exchange began is not what the service found */
    TRY(shown_open(ex, &s));
    for (size_t i = 0; i < s->d->count; i++)
        if (s->d->facts[i].seq > seen)
            TRY(add_since(ex, s, i, t));
    const char *now = talloc_asprintf(ex->life, "%d", (int)s->d->seq);
    TRY_MEMORY(now);
    form_fill(ex->form, "seq", now);
    return NULL;
}
const struct provider SHOW_SINCE = {{"since", SINCE_COLUMNS, COUNT(SINCE_COLUMNS), false, NULL, 0},
                                    show_since};
