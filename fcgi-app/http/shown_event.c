/* shown_event.c - the form of any event: fields from the edition, values back into a fact. */
#include <string.h>
#include "codes.h"
#include "life.h"
#include "preview.h"
#include "shown.h"
#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ON_FIELD "on"

/* ---- what the applicant is told ---- */

/* What the applicant may know of the course: what they did themselves, and what was told to them. Internal
 * steps, consultations' answers and names stay inside (statute 6.4). */
static const struct column STEP_COLUMNS[] = {{"on", CELL_DAY, false},        {"label", CELL_TEXT, false},
                                             {"detail", CELL_TEXT, true},    {"moved", CELL_BOOL, false},
                                             {"moved_from", CELL_DAY, true}, {"moved_to", CELL_DAY, true}};

static const struct fault *show_steps(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, STEP_COLUMNS, COUNT(STEP_COLUMNS));
    TRY_MEMORY(t);
    TRY(shown_open(ex, &s));
    for (size_t i = 0; i < s->d->count; i++) {
        const struct event_kind *kind = edition_event(s->d->law->edition, s->d->facts[i].kind);
        struct cell *row = kind && kind->told ? table_add_row(t) : NULL;
        if (!kind || !kind->told)
            continue;
        TRY_MEMORY(row);
        row[0] = cell_day(dossier_known(s->d, i)->on);
        row[1] = cell_text(shown_say(ex, kind->label));
        struct due_moved moved = office_moved_by(s->d, i);
        const char *by = NULL;
        TRY(shown_notice(ex, &moved, &by));
        row[2] = cell_text(by);
        row[3] = cell_flag(moved.seq != 0);
        row[4] = cell_day(moved.before);
        row[5] = cell_day(moved.after);
    }
    *out = t;
    return NULL;
}
const struct provider SHOW_TRACK_STEPS = {{"steps", STEP_COLUMNS, COUNT(STEP_COLUMNS), false, NULL, 0},
                                          show_steps};

/* ---- the event of a form ---- */

static const struct column EVENT_COLUMNS[] = {
    {"kind", CELL_TEXT, false},     {"child", CELL_TEXT, true},  {"child_label", CELL_TEXT, true},
    {"label", CELL_TEXT, false},    {"hint", CELL_TEXT, true},   {"basis", CELL_TEXT, true},
    {"about", CELL_TEXT, true},     {"fact", CELL_TEXT, true},   {"barred", CELL_BOOL, false},
    {"earlier", CELL_BOOL, false},  {"odt", CELL_TEXT, true},    {"docx", CELL_TEXT, true},
    {"choosing", CELL_BOOL, false}, {"choice", CELL_TEXT, true}, {"chosen", CELL_TEXT, true},
};

/* Is the day on which it happened asked? Not of applicants, who act now, nor for what the program makes or
 * records at once. */
static bool has_day(const struct exchange *ex, const struct event_kind *kind)
{
    return ex->route->right != RIGHT_TICKET && kind->deed != EVENT_DEED_DRAFT &&
           kind->deed != EVENT_DEED_APPROVE && !event_is_correction(kind);
}

static const struct fault *find_event(struct exchange *ex, struct shown *s)
{
    s->event = edition_event(s->d->law->edition, exchange_parameter(ex, "kind"));
    if (!s->event)
        return fault_new(ex->life, FAULT_ABSENT, "EVENT_UNKNOWN", "the edition has no such event");
    return NULL;
}

/* What the child is about, in the applicant's words: the item itself, or the item that its first fact names.
 */
static const char *about(const struct shown *s, const char *child)
{
    const struct standing_child *c = child ? standing_child(s->d->standing, child) : NULL;
    const char *item = c && c->kind->made_event ? child : c && c->first ? fact_text(c->first, "item") : NULL;
    int64_t n = 0;
    bool known = item && text_to_int(item + strcspn(item, "0123456789"), 1, INT32_MAX, &n);
    return known ? json_string_value(json_array_get(s->request, (size_t)n - 1)) : NULL;
}

/* The digest of the file that whoever approves has read; NULL in other forms. */
static const char *seen_file(const struct exchange *ex, const struct shown *s, const char *name)
{
    const struct value *v =
        s->event->deed == EVENT_DEED_APPROVE && ex->form ? form_value(ex->form, name) : NULL;
    return v ? v->typed : NULL;
}

static const struct fault *show_event(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, EVENT_COLUMNS, COUNT(EVENT_COLUMNS));
    struct cell *row = t ? table_add_row(t) : NULL;
    TRY_MEMORY(row);
    TRY(shown_open(ex, &s));
    TRY(find_event(ex, s));
    const char *child =
        ex->form && form_value(ex->form, "child") ? form_value(ex->form, "child")->typed : NULL;
    row[0] = cell_text(s->event->name);
    row[1] = cell_text(child && *child ? child : NULL);
    row[2] = cell_text(child && *child ? shown_child(ex, s->d, child) : NULL);
    row[3] = cell_text(shown_say(ex, s->event->label));
    row[4] = cell_text(shown_say(ex, s->event->hint));
    row[5] = cell_text(s->event->basis);
    const struct refusal *why = ex->form ? ex->form->refusal : NULL;
    row[6] = cell_text(about(s, child));
    row[7] = cell_text(why ? shown_fact(ex, s->d, why->fact) : NULL);
    row[8] = cell_flag(s->barred != NULL);
    row[9] = cell_flag(s->barred && s->barred->ground != MAY_SEPARATION && has_day(ex, s->event));
    row[10] = cell_text(seen_file(ex, s, "odt"));
    row[11] = cell_text(seen_file(ex, s, "docx"));
    const struct event_field *chooser = shown_chooser(s->event);
    const char *chosen = shown_chosen(ex, s->event);
    row[12] = cell_flag(shown_choosing(ex, s->event));
    if (chosen) {
        row[13] = cell_text(shown_say(ex, chooser->label));
        row[14] = cell_text(shown_say(ex, event_field_choice(chooser, chosen)->label));
    }
    *out = t;
    return NULL;
}
const struct provider SHOW_EVENT = {{"event", EVENT_COLUMNS, COUNT(EVENT_COLUMNS), true, NULL, 0},
                                    show_event};

/* The empty form offers only the letters that may be drafted now. A sent one may name any: it is told why
 * not. */
static const struct fault *is_offered(struct exchange *ex, const struct shown *s,
                                      const struct event_field *from, const char *word, bool *out)
{
    struct permission p;
    *out = true;
    if (s->event->deed != EVENT_DEED_DRAFT || ex->method == METHOD_POST || !s->event->child ||
        !text_same(s->event->child->letter_field, from->name))
        return NULL;
    *out = false;
    if (shown_by_rule(s, word))
        return NULL;
    TRY(shown_judge_letter(ex, s, s->event, word, &p));
    *out = p.ground == MAY_ALLOWED;
    return NULL;
}

static const struct fault *codes(struct exchange *ex, const struct shown *s, const struct event_field *from,
                                 struct field *f)
{
    struct choice *all = talloc_zero_array(ex->life, struct choice, from->choice_count + 1);
    TRY_MEMORY(all);
    for (size_t i = 0; i < from->choice_count; i++) {
        const struct event_choice *c = &from->choices[i];
        bool offered = true;
        TRY(is_offered(ex, s, from, c->value, &offered));
        if (offered)
            all[f->choice_count++] = (struct choice){c->value, c->label.zh, c->label.en};
    }
    f->choices = all;
    return NULL;
}

static const struct fault *people(struct exchange *ex, const struct event_field *from, struct field *f)
{
    struct table *t = NULL;
    TRY(db_query(ex->db, Q_PEOPLE_WITH_ROLE, (struct cell[]){cell_text(from->role)}, &t, ex->life));
    struct choice *all = talloc_zero_array(ex->life, struct choice, t->row_count + 1);
    TRY_MEMORY(all);
    for (size_t i = 0; i < t->row_count; i++) {
        const char *id = talloc_asprintf(ex->life, "%lld", (long long)table_int(t, i, "person", 0));
        TRY_MEMORY(id);
        all[i] = (struct choice){id, table_text(t, i, "name"), NULL};
    }
    f->choices = all;
    f->choice_count = t->row_count;
    return NULL;
}

static const struct fault *items(struct exchange *ex, const struct shown *s, const struct event_field *from,
                                 struct field *f)
{
    size_t count = 0;
    const struct standing_child *children = standing_children(s->d->standing, &count);
    struct choice *all = talloc_zero_array(ex->life, struct choice, count + 1);
    TRY_MEMORY(all);
    for (size_t i = 0; i < count; i++) {
        if (!text_same(children[i].kind->name, from->child))
            continue;
        const char *asked = json_string_value(json_array_get(s->request, f->choice_count));
        const char *review = shown_review(ex, s->d, children[i].id);
        const char *label = talloc_asprintf(ex->life, "%zu. %s%s%s%s", f->choice_count + 1,
                                            asked ? asked : "", review ? exchange_say(ex, "（", " (") : "",
                                            review ? review : "", review ? exchange_say(ex, "）", ")") : "");
        TRY_MEMORY(label);
        all[f->choice_count++] = (struct choice){children[i].id, label, NULL};
    }
    f->choices = all;
    return NULL;
}

const struct fault *shown_field(struct exchange *ex, const struct shown *s, const struct event_field *from,
                                struct field *f)
{
    static const enum field_kind KINDS[] = {
        [EVENT_FIELD_DAY] = FIELD_DAY,     [EVENT_FIELD_INT] = FIELD_INT,
        [EVENT_FIELD_CODE] = FIELD_CHOICE, [EVENT_FIELD_PERSON] = FIELD_CHOICE,
        [EVENT_FIELD_ITEM] = FIELD_CHOICE, [EVENT_FIELD_TEXT] = FIELD_TEXT,
        [EVENT_FIELD_NOTE] = FIELD_TEXT,   [EVENT_FIELD_FLAG] = FIELD_FLAG,
        [EVENT_FIELD_SHA256] = FIELD_TEXT,
    };
    *f = (struct field){.name = from->name,
                        .kind = KINDS[from->kind],
                        .min = from->min,
                        .max = from->max,
                        .required = from->required,
                        .many_lines = from->kind == EVENT_FIELD_NOTE,
                        .zh = from->label.zh,
                        .en = from->label.en,
                        .hint_zh = from->hint.zh,
                        .hint_en = from->hint.en};
    if (from->kind == EVENT_FIELD_SHA256) {
        f->min = f->max = 64;
        f->pattern = "hex";
        f->hidden = true;
    }
    if (from->kind == EVENT_FIELD_CODE)
        return codes(ex, s, from, f);
    if (from->kind == EVENT_FIELD_PERSON)
        return people(ex, from, f);
    return from->kind == EVENT_FIELD_ITEM ? items(ex, s, from, f) : NULL;
}

/* What every event form carries besides the fields of the event. */
static const struct field CARRIED[] = {
    {.name = "seq",
     .kind = FIELD_INT,
     .min = 0,
     .max = INT32_MAX,
     .hidden = true,
     .zh = "记录序号",
     .en = "Number of the last fact"},
    {.name = "child", .kind = FIELD_TEXT, .min = 0, .max = 20, .hidden = true, .zh = "子项", .en = "Child"},
};
static const struct field DAY_IT_HAPPENED = {
    .name = ON_FIELD,
    .kind = FIELD_DAY,
    .zh = "发生日期",
    .en = "Day it happened",
    .hint_zh = "不填即为今天；补记以前发生的事项时填写实际日期。",
    .hint_en = "Empty means today; enter the real day for what happened before."};

static const struct field WHY_LATE = {
    .name = "late_reason",
    .kind = FIELD_TEXT,
    .min = 2,
    .max = 300,
    .zh = "补记理由",
    .en = "Why it is recorded late",
    .hint_zh = "发生日期早于已经记录的事项时填写：为什么现在才记录。",
    .hint_en = "Needed where the day lies before what is recorded already: why only now."};

static const struct field GO = {
    .name = "go", .kind = FIELD_TEXT, .min = 0, .max = 20, .button = true, .zh = "按钮", .en = "Button"};

#define FILE_FIELD(name_, zh_, en_)                                                                          \
    {                                                                                                        \
        .name = name_, .kind = FIELD_FILE, .zh = zh_, .en = en_,                                             \
    }
static const struct field FILES_ATTACHED[ATTACHMENTS_MOST] = {
    {.name = "file_1",
     .kind = FIELD_FILE,
     .zh = "附件1",
     .en = "Attachment 1",
     .hint_zh = "随答复提供的政府信息。文书中列出文件名和校验值，送达后申请人可以下载。",
     .hint_en = "The information itself. The letter lists its name and digest; once served the applicant can "
                "download it."},
    FILE_FIELD("file_2", "附件2", "Attachment 2"),
    FILE_FIELD("file_3", "附件3", "Attachment 3"),
    FILE_FIELD("file_4", "附件4", "Attachment 4"),
    FILE_FIELD("file_5", "附件5", "Attachment 5"),
};

static bool takes_files(const struct exchange *ex, const struct event_kind *kind)
{
    return kind->deed == EVENT_DEED_DRAFT && ex->route->right != RIGHT_TICKET;
}

/* Is the field the form's to carry? What the program fills in is not, save what an approver has seen. */
static bool is_carried(const struct event_kind *kind, const struct event_field *f)
{
    return !f->by_service || (kind->deed == EVENT_DEED_APPROVE && f->kind == EVENT_FIELD_SHA256);
}

/* The empty form takes its hidden values from the link that led to it, and from the dossier as it stands. */
static void prefill(struct exchange *ex, const struct shown *s, struct form *form)
{
    char seq[16];
    snprintf(seq, sizeof seq, "%d", (int)s->d->seq);
    for (size_t i = 0; i < form->count; i++) {
        const char *given = pairs_get(&ex->query, form->fields[i].name);
        bool by_link = form->fields[i].hidden && strcmp(form->fields[i].name, ON_FIELD) != 0;
        if (by_link && given && text_is_utf8(given, strlen(given)))
            form_fill(form, form->fields[i].name, given);
        if (form->fields[i].required && form->fields[i].choice_count == 1)
            form_fill(form, form->fields[i].name, form->fields[i].choices[0].word);
    }
    form_fill(form, "seq", seq);
}

/* Who is enrolled for one-time codes confirms an approval with one. */
static const struct fault *code_field(struct exchange *ex, const struct event_kind *kind, struct field *all,
                                      size_t *n)
{
    bool asked = false;
    if (kind->deed != EVENT_DEED_APPROVE || ex->route->right == RIGHT_TICKET)
        return NULL;
    TRY(code_asked(ex, &asked));
    if (asked)
        all[(*n)++] = CODE_FIELD;
    return NULL;
}

/* The fields of the event itself: all of them for programs and when the form was sent, else those that belong
 * to what was chosen, or the one that must be chosen first. */
static const struct fault *own_fields(struct exchange *ex, const struct shown *s, struct field *all,
                                      size_t *n)
{
    const struct event_field *chooser = shown_chooser(s->event);
    const char *chosen = shown_chosen(ex, s->event);
    bool whole = ex->method == METHOD_POST || ex->wants_json, choosing = shown_choosing(ex, s->event);
    for (size_t i = 0; i < s->event->field_count; i++) {
        const struct event_field *f = &s->event->fields[i];
        if (!is_carried(s->event, f) || (choosing && f != chooser) ||
            (!whole && !event_field_asked(f, chosen)))
            continue;
        TRY(shown_field(ex, s, f, &all[*n]));
        all[(*n)++].hidden |= f == chooser && chosen;
    }
    return NULL;
}

const struct fault *shown_event_fields(struct exchange *ex, const struct field **fields, size_t *count)
{
    struct shown *s = NULL;
    TRY(shown_open(ex, &s));
    TRY(find_event(ex, s));
    struct field *all = talloc_zero_array(ex->life, struct field,
                                          s->event->field_count + COUNT(CARRIED) + ATTACHMENTS_MOST + 5);
    TRY_MEMORY(all);
    size_t n = 0;
    for (size_t i = 0; i < COUNT(CARRIED); i++)
        all[n++] = CARRIED[i];
    TRY(own_fields(ex, s, all, &n));
    *fields = all;
    *count = n;
    if (shown_choosing(ex, s->event))
        return NULL;
    for (size_t i = 0; takes_files(ex, s->event) && i < ATTACHMENTS_MOST; i++)
        all[n++] = FILES_ATTACHED[i];
    TRY(code_field(ex, s->event, all, &n));
    if (ex->route->right != RIGHT_TICKET) {
        all[n] = DAY_IT_HAPPENED;
        all[n++].hidden = !has_day(ex, s->event);
        if (has_day(ex, s->event))
            all[n++] = WHY_LATE;
    }
    if (s->event->charge && ex->route->right != RIGHT_TICKET)
        all[n++] = GO;
    *count = n;
    return NULL;
}

/* The only child about which the event may be raised now; NULL when there are none or several. */
static const char *only_child(const struct shown *s)
{
    const char *found = NULL;
    for (size_t i = 0; i < s->may_count; i++) {
        if (s->may[i].event != s->event || s->may[i].ground != MAY_ALLOWED)
            continue;
        if (found)
            return NULL;
        found = s->may[i].child;
    }
    return found;
}

static bool is_empty_value(const struct form *form, const char *name)
{
    const struct value *v = form_value(form, name);
    return v && !*v->typed;
}

/* Not now: the page says so instead of showing fields. Programs get the problem. */
static const struct fault *show_barred(struct exchange *ex, struct shown *s, const struct permission *p)
{
    const struct fault *f = shown_refuse(ex, p);
    if (ex->wants_json || f->kind != FAULT_REFUSED)
        return f;
    s->barred = p;
    ex->form->refusal = f->refusal;
    return page_run(ex, ex->route, 422);
}

/* "?earlier=1": something that happened before and is only now recorded; the rules of that day judge it. */
static bool is_earlier(const struct exchange *ex, const struct event_kind *kind)
{
    return pairs_get(&ex->query, "earlier") && has_day(ex, kind);
}

const struct fault *shown_event_form(struct exchange *ex)
{
    struct shown *s = NULL;
    TRY(shown_open(ex, &s));
    if (event_is_correction(s->event) && !ex->wants_json) /* begins with a fact, ends with a proposal */
        return reply_redirect(ex, "/dossiers/%s/facts", s->d->ref);
    prefill(ex, s, ex->form);
    bool needs_child = s->event->child && !s->event->starts;
    if (needs_child && is_empty_value(ex->form, "child"))
        form_fill(ex->form, "child", only_child(s));
    const char *child = form_value(ex->form, "child")->typed;
    const struct permission *p = shown_permission(s, s->event, child);
    if (!p) /* about a child that there is not */
        TRY(shown_role(ex, s->event));
    if (!p && *child)
        return fault_new(ex->life, FAULT_ABSENT, "CHILD_UNKNOWN", "%s", s->event->name);
    if (p && p->ground != MAY_ALLOWED && (p->ground == MAY_ROLE || !is_earlier(ex, s->event)))
        return show_barred(ex, s, p);
    if (ex->wants_json)
        return NULL;
    if (needs_child && !*child)
        return reply_redirect(ex, ex->route->right == RIGHT_TICKET ? "/track/%s" : "/dossiers/%s", s->d->ref);
    if (shown_choosing(ex, s->event) && pairs_get(&ex->query, "asked")) { /* nothing was chosen */
        form_wrong(ex->form, shown_chooser(s->event)->name, "REQUIRED");
        return page_run(ex, ex->route, 422);
    }
    if (s->event->charge)
        TRY(shown_suggest(ex, s));
    struct civil misdated = CIVIL_NONE;
    if (s->event->deed == EVENT_DEED_APPROVE)
        TRY(shown_misdated(ex, s, child, &misdated));
    if (s->event->deed == EVENT_DEED_APPROVE &&
        (civil_is_set(misdated) || is_empty_value(ex->form, "odt"))) /* it is dated and read first */
        return reply_redirect(ex, "/dossiers/%s/letters/%s", s->d->ref, child);
    return NULL;
}

/* ---- raising ---- */

json_t *shown_value(const struct field *f, const struct value *v)
{
    char day[CIVIL_TEXT];
    switch (f->kind) {
    case FIELD_INT:
        return json_integer(v->number);
    case FIELD_DAY:
        civil_format(v->day, day);
        return json_string(day);
    case FIELD_FLAG:
        return json_boolean(v->flag);
    default:
        return json_string(v->text);
    }
}

static const struct fault *event_data(struct exchange *ex, const struct event_kind *kind, json_t **out)
{
    json_t *data = json_adopt(ex->life, json_object());
    TRY_MEMORY(data);
    for (size_t i = 0; i < ex->form->count; i++) {
        const struct field *f = &ex->form->fields[i];
        const struct value *v = &ex->form->values[i];
        if (!event_field(kind, f->name) || (!v->given && f->kind != FIELD_FLAG))
            continue;
        if (json_object_set_new(data, f->name, shown_value(f, v)) != 0)
            return fault_memory();
    }
    *out = data;
    return NULL;
}

/* The files that were chosen, in order. */
static size_t files_of(const struct form *form, struct attachment out[ATTACHMENTS_MOST])
{
    size_t n = 0;
    for (size_t i = 0; i < form->count && n < ATTACHMENTS_MOST; i++)
        if (form->fields[i].kind == FIELD_FILE && form->values[i].upload.bytes)
            out[n++] = (struct attachment){form->values[i].upload.name, form->values[i].upload.bytes,
                                           form->values[i].upload.length};
    return n;
}

const struct fault *shown_raise(struct exchange *ex, const char *format)
{
    struct shown *s = NULL;
    struct raised out;
    json_t *data = NULL;
    TRY(shown_open(ex, &s));
    TRY(event_data(ex, s->event, &data));
    bool staff = ex->route->right != RIGHT_TICKET;
    struct attachment files[ATTACHMENTS_MOST];
    size_t file_count = files_of(ex->form, files);
    const struct raising in = {
        .ref = s->d->ref,
        .kind = s->event->name,
        .child = form_text(ex->form, "child"),
        .on = staff ? form_day(ex->form, ON_FIELD) : CIVIL_NONE,
        .data = data,
        .submission = ex->form->submission,
        .seq = (int32_t)form_int(ex->form, "seq", 0),
        .person = staff ? ex->who.person : 0,
        .roles = shown_roles(ex),
        .files = files,
        .file_count = file_count,
        .late_reason = form_value(ex->form, WHY_LATE.name) ? form_text(ex->form, WHY_LATE.name) : NULL};
    const struct fault *refused = office_raise(ex->db, ex->house->office, &in, &out, ex->life);
    s->page = out.page;
    if (refused)
        return refused;
    const struct value *code = form_value(ex->form, CODE_FIELD.name);
    if (code && code->given && !out.again)
        TRY(code_enter(ex, s->d->id, out.seq, code->text));
    const char *path = talloc_asprintf(ex->life, "%s%s?done=%d", format, s->d->ref, (int)out.seq);
    TRY_MEMORY(path);
    return reply_done(ex, 201, path, json_pack("{s:s,s:i}", "ref", s->d->ref, "seq", (int)out.seq));
}

/* ---- files of letters ---- */

static const struct {
    const char *suffix, *column, *type;
    enum query_id query; /* once it is sealed */
} FILES[] = {
    {".odt", "odt", "application/vnd.oasis.opendocument.text", Q_LETTER_FILES},
    {".docx", "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
     Q_LETTER_FILES},
    {".odt.p7s", "odt_p7s", "application/pkcs7-signature", Q_LETTER_FILES},
    {".docx.p7s", "docx_p7s", "application/pkcs7-signature", Q_LETTER_FILES},
    {".odt.sm2.p7s", "odt_sm2", "application/pkcs7-signature", Q_LETTER_FILES},
    {".docx.sm2.p7s", "docx_sm2", "application/pkcs7-signature", Q_LETTER_FILES},
    {".odt.tsr", "odt_tsr", "application/timestamp-reply", Q_LETTER_FILES},
    {".docx.tsr", "docx_tsr", "application/timestamp-reply", Q_LETTER_FILES},
    {".pdf", "pdf", "application/pdf", Q_LETTER_PDF}, /* to read: never the original */
};

static const struct fault *absent(struct exchange *ex)
{
    return fault_new(ex->life, FAULT_ABSENT, "LETTER_ABSENT", "no such letter");
}

static bool may_have(const struct shown *s, const char *child)
{
    const struct standing_child *c = standing_child(s->d->standing, child);
    const struct letter_kind *kind = c ? edition_letter(s->d->law->edition, c->template_code) : NULL;
    return standing_is(s->d->standing, child, STATE_SERVED) ||
           (kind && kind->by_rule && standing_is(s->d->standing, child, STATE_SEALED));
}

static const struct fault *send(struct exchange *ex, const struct shown *s, const char *child, size_t which,
                                const struct cell *bytes)
{
    const char *name = talloc_asprintf(ex->life, "%s-%s%s", s->d->ref, child + strcspn(child, "0123456789"),
                                       FILES[which].suffix);
    TRY_MEMORY(name);
    return bytes ? reply_download(ex, FILES[which].type, name, bytes->bytes.data, bytes->bytes.length)
                 : absent(ex);
}

static const struct fault *send_sealed(struct exchange *ex, const struct shown *s, const char *child,
                                       size_t which)
{
    struct table *t = NULL;
    TRY(db_query(ex->db, FILES[which].query, (struct cell[]){cell_int(s->d->id), cell_text(child)}, &t,
                 ex->life));
    return send(ex, s, child, which, table_cell(t, 0, FILES[which].column));
}

/* A draft as it stands, without seal: for the office only. */
static const struct fault *send_draft(struct exchange *ex, const struct shown *s, const char *child,
                                      size_t which)
{
    struct table *letters = NULL, *blob = NULL;
    TRY(db_query(ex->db, Q_LETTER_DIGESTS, (struct cell[]){cell_int(s->d->id), cell_text(child)}, &letters,
                 ex->life));
    const struct cell *digest = table_cell(letters, 0, FILES[which].column);
    if (!digest)
        return absent(ex);
    TRY(db_query(ex->db, Q_BLOB_GET, (struct cell[]){cell_int(s->d->id), *digest}, &blob, ex->life));
    return send(ex, s, child, which, table_cell(blob, 0, "bytes"));
}

static bool is_sealed(const struct shown *s, const char *child)
{
    return standing_is(s->d->standing, child, STATE_SEALED) ||
           standing_is(s->d->standing, child, STATE_SERVED);
}

/* The page of the letter shows it in a sandboxed frame; its own style is allowed by its digest and nothing
 * else is. */
static const struct fault *frame_policy(struct exchange *ex)
{
    uint8_t digest[CRYPT_HASH];
    const char *style = preview_style();
    crypt_sha256(style, strlen(style), digest);
    ex->reply.frame_policy = talloc_asprintf(
        ex->life, "default-src 'none'; style-src 'sha256-%s'; img-src data:; frame-ancestors 'self'; sandbox",
        text_base64(ex->life, digest, sizeof digest));
    return ex->reply.frame_policy ? NULL : fault_memory();
}

static const struct fault *send_preview(struct exchange *ex, const struct shown *s, const char *child)
{
    const uint8_t *html = NULL;
    size_t length = 0;
    TRY(office_preview(ex->db, ex->house->office, s->d, child, &html, &length, ex->life));
    TRY(frame_policy(ex));
    reply_body(ex, 200, "text/html; charset=utf-8", html, length);
    return NULL;
}

/* "L2-1": the first file that goes with letter L2. */
static const struct fault *send_attached(struct exchange *ex, const struct shown *s, const char *file,
                                         const char *dash, bool any)
{
    const char *child = talloc_strndup(ex->life, file, (size_t)(dash - file));
    int64_t n = 0;
    struct attached out;
    TRY_MEMORY(child);
    if (!text_to_int(dash + 1, 1, ATTACHMENTS_MOST, &n) || !standing_child(s->d->standing, child) ||
        (!any && !may_have(s, child)))
        return absent(ex);
    TRY(office_attached(ex->db, s->d, child, (size_t)n, &out, ex->life));
    return reply_download(ex, "application/octet-stream", out.name, out.bytes, out.length);
}

const struct fault *shown_letter_file(struct exchange *ex, const char *file, bool any)
{
    struct shown *s = NULL;
    const char *dot = strchr(file, '.'), *dash = strchr(file, '-');
    TRY(shown_open(ex, &s));
    if (dash && !dot)
        return send_attached(ex, s, file, dash, any);
    const char *child = talloc_strndup(ex->life, file, dot ? (size_t)(dot - file) : 0);
    TRY_MEMORY(child);
    if (!dot || !standing_child(s->d->standing, child) || (!any && !may_have(s, child)))
        return absent(ex);
    if (any && strcmp(dot, ".html") == 0)
        return send_preview(ex, s, child);
    for (size_t i = 0; i < COUNT(FILES); i++)
        if (strcmp(dot, FILES[i].suffix) == 0)
            return is_sealed(s, child) ? send_sealed(ex, s, child, i) : send_draft(ex, s, child, i);
    return absent(ex);
}
