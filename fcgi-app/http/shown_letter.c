/* shown_letter.c - letters as pages show them: how far each is, who drafted and approved it, why it waits for
 * its seal, when it left and when it arrived; and a text that was refused, with what is wrong beside it. */
#include <string.h>
#include "codes.h"
#include "life.h"
#include "shown.h"
#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct column LETTER_COLUMNS[] = {
    {"child", CELL_TEXT, false},      {"code", CELL_TEXT, false},       {"title", CELL_TEXT, false},
    {"number", CELL_TEXT, true},      {"version", CELL_INT, true},      {"state_label", CELL_TEXT, true},
    {"drafted_by", CELL_TEXT, true},  {"drafted", CELL_DAY, true},      {"odt_sha256", CELL_TEXT, true},
    {"docx_sha256", CELL_TEXT, true}, {"approved_by", CELL_TEXT, true}, {"approved", CELL_DAY, true},
    {"sealed", CELL_BOOL, false},     {"signer", CELL_TEXT, true},      {"served", CELL_DAY, true},
    {"files", CELL_TABLE, false},     {"draft", CELL_INT, false},       {"waits", CELL_TEXT, true},
    {"stuck", CELL_BOOL, false},      {"method", CELL_TEXT, true},      {"received", CELL_DAY, true},
    {"returned", CELL_TEXT, true},    {"returned_by", CELL_TEXT, true}, {"wants_code", CELL_BOOL, false},
    {"redraft", CELL_TEXT, true},     {"sm2", CELL_BOOL, false},        {"odt_tsr", CELL_BOOL, false},
    {"docx_tsr", CELL_BOOL, false},   {"pdf", CELL_BOOL, false},        {"misdated", CELL_DAY, true},
};
enum { MISDATED = 29 };
static const struct column FILE_COLUMNS[] = {{"file", CELL_TEXT, false}, {"name", CELL_TEXT, false}};
static const struct page_source LETTER_FILES = {"files", FILE_COLUMNS, COUNT(FILE_COLUMNS), false, NULL, 0};

/* What goes with the letter: "L2-1" and the name of the file. */
static const struct fault *files_table(struct exchange *ex, const struct shown *s, const char *child,
                                       struct cell *out)
{
    struct table *t = table_new(ex->life, FILE_COLUMNS, COUNT(FILE_COLUMNS));
    json_t *names = NULL;
    TRY_MEMORY(t);
    TRY(office_attachments(ex->db, s->d, child, &names, ex->life));
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *file = talloc_asprintf(ex->life, "%s-%zu", child, i + 1);
        struct cell *row = table_add_row(t);
        TRY_MEMORY(file && row ? t : NULL);
        row[0] = cell_text(file);
        row[1] = cell_text(json_string_value(json_array_get(names, i)));
    }
    *out = cell_table(t);
    return NULL;
}

static bool is_out(const struct dossier *d, const char *child)
{
    return standing_is(d->standing, child, STATE_SEALED) || standing_is(d->standing, child, STATE_SERVED);
}

static bool is_applicants(const struct exchange *ex)
{
    return ex->route->right == RIGHT_TICKET;
}

static const char *actor_name(struct exchange *ex, const struct dossier *d, size_t index)
{
    if (d->records[index].person_name)
        return d->records[index].person_name;
    bool applicant = text_same(d->facts[index].role, "applicant");
    return applicant ? exchange_say(ex, "申请人", "The applicant") : exchange_say(ex, "系统", "The system");
}

static const char *letter_number_of(struct exchange *ex, const struct dossier *d, const char *child)
{
    return talloc_asprintf(ex->life, "%s-%s", d->ref, child + strcspn(child, "0123456789"));
}

/* ---- waiting for the seal ---- */

#define SEAL_PATIENCE 900 /* seconds after which nobody is told any more that it is being sealed */

/* Why a seal does not come, by what the signer wrote down. What to do is told to the operator in its log. */
static const struct {
    const char *code; /* or how it begins */
    struct bilingual why;
} SEAL_TROUBLES[] = {
    {"SEAL_CERTIFICATE_EXPIRED",
     {"电子印章的证书已经过期，暂时不能加盖。", "The certificate of the seal has expired."}},
    {"SEAL_CERTIFICATE_EARLY",
     {"电子印章的证书尚未生效，暂时不能加盖。", "The certificate of the seal is not valid yet."}},
    {"SEAL_MISMATCH",
     {"电子印章的私钥与证书不匹配，暂时不能加盖。",
      "Key and certificate of the seal do not belong together."}},
    {"SEAL_TOKEN",
     {"电子印章的密钥介质不能使用，暂时不能加盖。",
      "The token that holds the key of the seal cannot be used."}},
    {"SEAL_SM2",
     {"国密电子印章不能使用，暂时不能加盖。", "The SM2 seal, which signs as well, cannot be used."}},
    {"SEAL_STAMP",
     {"时间戳机构的根证书不能使用，暂时不能加盖。",
      "The root certificate of the timestamp authority cannot be used."}},
    {"SEAL_KEY", {"电子印章的私钥不能使用，暂时不能加盖。", "The key of the seal cannot be used."}},
    {"SEAL_CERTIFICATE",
     {"电子印章的证书不能使用，暂时不能加盖。", "The certificate of the seal cannot be used."}},
    {"SEAL_CHAIN",
     {"电子印章的证书链不能使用，暂时不能加盖。", "The certificate chain of the seal cannot be used."}},
    {"SIGN_CODE_NOT_ENROLLED",
     {"签发人尚未登记一次性口令，不能加盖。请告知系统管理员登记，然后重新输入口令。",
      "The approver is not enrolled for one-time codes. Tell the administrator, then type a code."}},
    {"SIGN_CODE_USED",
     {"一次性口令已经用过，不能加盖。请签发人等身份验证器显示下一个口令后重新输入。",
      "The one-time code has served before. The approver types the next one."}},
    {"SIGN_CODE_MISSING",
     {"还没有收到签发人的一次性口令，不能加盖。请签发人输入口令。",
      "The approver's one-time code has not been typed. The approver types it."}},
    {"SIGN_CODE_WRONG",
     {"一次性口令不正确或者已过时，不能加盖。请签发人重新输入。",
      "The one-time code is wrong or too old. The approver types another one."}},
    {"DATABASE_FULL", {"存储空间已满，暂时不能加盖。", "The storage is full."}},
    {"", {"这份文书未能加盖电子印章。", "This letter could not be sealed."}},
};

static const char *trouble_said(struct exchange *ex, const char *code)
{
    size_t i = 0;
    while (strncmp(SEAL_TROUBLES[i].code, code, strlen(SEAL_TROUBLES[i].code)) != 0)
        i++;
    if (code_is_why(code) && strcmp(code, "SIGN_CODE_KEY") != 0)
        return shown_say(ex, SEAL_TROUBLES[i].why);
    return talloc_asprintf(
        ex->life, "%s%s", shown_say(ex, SEAL_TROUBLES[i].why),
        exchange_say(ex, "已通知系统管理员；故障排除后自动加盖，不需要重新签发。",
                     " The administrator has been told. It will be sealed by itself once that "
                     "is mended; nobody has to approve it again."));
}

/* For those inside: an applicant sees a letter only once it is out. */
static const struct fault *show_waiting(struct exchange *ex, const struct shown *s, const char *child,
                                        struct cell *waits, struct cell *stuck, struct cell *wants_code)
{
    struct table *t = NULL;
    if (is_applicants(ex) || is_out(s->d, child) || !standing_is(s->d->standing, child, STATE_APPROVED))
        return NULL;
    TRY(db_query(ex->db, Q_SEAL_TROUBLE, (struct cell[]){cell_int(s->d->id), cell_text(child)}, &t,
                 ex->life));
    const char *code = table_text(t, 0, "code");
    bool long_ago = table_int(t, 0, "seconds", 0) > SEAL_PATIENCE;
    *stuck = cell_flag(code || long_ago);
    *wants_code = cell_flag(code_is_why(code) && strcmp(code, "SIGN_CODE_KEY") != 0);
    *waits = cell_text(
        code       ? trouble_said(ex, code)
        : long_ago ? exchange_say(ex,
                                  "签发后较长时间仍未加盖电子印章，签章服务可能没有运行。请告知系统管理员；"
                                  "恢复后自动加盖，不需要重新签发。",
                                  "It was approved a while ago and has no seal yet; the sealing process may "
                                  "not be running. Tell the administrator. It will be sealed by itself "
                                  "once that is mended; nobody has to approve it again.")
                   : exchange_say(ex, "正在加盖电子印章，请稍候刷新本页。",
                                  "It is being sealed. Reload this page in a moment."));
    return NULL;
}

/* ---- service: the day that counts for the office, and the day that counts for the applicant ---- */

/* The kind of fact that records later what the field of a service may say at once: when it was received.
 * NULL: the edition has none. */
static const char *receipt_kind(const struct shown *s, const struct fact *service, TALLOC_CTX *life)
{
    const struct event_kind *k = edition_event(s->d->law->edition, service->kind);
    json_t *data = json_adopt(life, json_object());
    struct fact any = *service, meant;
    char day[CIVIL_TEXT];
    civil_format(service->on, day);
    for (size_t i = 0; data && i < k->field_count; i++)
        if (k->fields[i].kind == EVENT_FIELD_DAY)
            json_object_set_new(data, k->fields[i].name, json_string(day));
    any.data = data;
    return clock_rules_shorthand(s->d->law->edition->clocks, &any, &meant) ? meant.kind : NULL;
}

static struct civil received_on(struct exchange *ex, const struct shown *s, const struct fact *service)
{
    struct fact meant;
    const struct fact *known = standing_fact(s->d->standing, service->kind, service->child);
    const char *kind = receipt_kind(s, service, ex->life);
    const struct fact *receipt = kind ? standing_fact(s->d->standing, kind, service->child) : NULL;
    if (receipt)
        return receipt->on;
    struct civil day = CIVIL_NONE;
    if (known && clock_rules_shorthand(s->d->law->edition->clocks, known, &meant))
        return meant.on;
    return known && fact_day(known, "delivered", &day) ? day : CIVIL_NONE;
}

static void show_service(struct exchange *ex, const struct shown *s, const char *child, struct cell *row)
{
    const struct fact *filed = shown_last(s->d, EVENT_DEED_SERVE, child, NULL);
    const struct fact *service = filed ? standing_fact(s->d->standing, filed->kind, child) : NULL;
    if (!service)
        return;
    row[14] = cell_day(service->on);
    row[19] = cell_text(shown_choice(ex, edition_event(s->d->law->edition, service->kind), "method",
                                     fact_text(service, "method")));
    row[20] = cell_day(received_on(ex, s, service));
}

/* ---- sent back ---- */

/* The event by which the visitor may draft it anew; NULL for none. */
static const char *redraft_event(const struct shown *s, const struct standing_child *child)
{
    for (size_t i = 0; !child->closed && i < s->may_count; i++)
        if (s->may[i].event->deed == EVENT_DEED_DRAFT && s->may[i].ground == MAY_ALLOWED)
            return s->may[i].event->name;
    return NULL;
}

/* What whoever sent the letter back wrote, while it waits to be drafted anew. */
static const struct fault *show_returned(struct exchange *ex, const struct shown *s,
                                         const struct standing_child *child, struct cell *row)
{
    const struct fact *f = child->last;
    const struct event_kind *k = f ? edition_event(s->d->law->edition, f->kind) : NULL;
    if (!k || k->deed == EVENT_DEED_DRAFT || is_applicants(ex) ||
        !standing_is(s->d->standing, child->id, STATE_VOID))
        return NULL;
    for (size_t i = 0; i < k->field_count; i++) {
        const char *text = NULL;
        if (k->fields[i].kind != EVENT_FIELD_NOTE)
            continue;
        TRY(dossier_text(ex->db, s->d, json_object_get(f->data, k->fields[i].name), &text, ex->life));
        if (text)
            row[21] = cell_text(text);
    }
    row[24] = cell_text(redraft_event(s, child));
    for (size_t i = 0; i < s->d->count; i++)
        if (s->d->facts[i].seq == f->seq)
            row[22] = cell_text(actor_name(ex, s->d, i));
    return NULL;
}

/* ---- what stands beside it: signatures by SM2, timestamps that came late, a copy to read ---- */

static const struct fault *show_beside(struct exchange *ex, const struct shown *s, const char *child,
                                       struct cell *row)
{
    static const char *const NAMES[] = {"sm2", "odt_tsr", "docx_tsr", "pdf"};
    struct table *t = NULL;
    if (is_out(s->d, child))
        TRY(query_letter_beside(ex->db, s->d->id, child, &t, ex->life));
    for (size_t i = 0; i < COUNT(NAMES); i++)
        row[25 + i] = cell_flag(t && t->row_count && table_flag(t, 0, NAMES[i]));
    return NULL;
}

/* ---- the table ---- */

static size_t drafts_of(const struct dossier *d, const char *child)
{
    size_t n = 0;
    for (size_t i = 0; i < d->count; i++) {
        const struct event_kind *k = edition_event(d->law->edition, d->facts[i].kind);
        n += k && k->deed == EVENT_DEED_DRAFT && text_same(d->facts[i].child, child);
    }
    return n;
}

static const struct fault *add_letter(struct exchange *ex, const struct shown *s,
                                      const struct standing_child *child, struct table *t)
{
    size_t drafted = 0, approved = 0;
    const struct fact *draft = shown_last(s->d, EVENT_DEED_DRAFT, child->id, &drafted);
    const struct fact *approval = shown_last(s->d, EVENT_DEED_APPROVE, child->id, &approved);
    const struct letter_kind *kind = edition_letter(s->d->law->edition, child->template_code);
    int64_t version = 0;
    if (!draft)
        return NULL;
    struct cell *row = table_add_row(t);
    TRY_MEMORY(row);
    bool known = fact_int(draft, "version", &version), current = approval && approval->seq > draft->seq;
    row[0] = cell_text(child->id);
    row[1] = cell_text(child->template_code ? child->template_code : "");
    row[2] = cell_text(kind ? shown_say(ex, kind->label) : "");
    row[3] = cell_text(letter_number_of(ex, s->d, child->id));
    row[4] = known ? cell_int(version) : cell_null(CELL_INT);
    row[5] = cell_text(shown_place(ex, s->d, child->id));
    row[6] = cell_text(actor_name(ex, s->d, drafted));
    row[7] = cell_day(draft->on);
    row[8] = cell_text(fact_text(draft, "odt"));
    row[9] = cell_text(fact_text(draft, "docx"));
    row[10] = cell_text(current ? actor_name(ex, s->d, approved) : NULL);
    row[11] = cell_day(current ? approval->on : CIVIL_NONE);
    row[12] = cell_flag(is_out(s->d, child->id));
    row[16] = cell_int((int64_t)drafts_of(s->d, child->id));
    row[18] = row[23] = cell_flag(false);
    show_service(ex, s, child->id, row);
    TRY(show_waiting(ex, s, child->id, &row[17], &row[18], &row[23]));
    TRY(show_returned(ex, s, child, row));
    TRY(show_beside(ex, s, child->id, row));
    return files_table(ex, s, child->id, &row[15]);
}

/* All letters, or one (`child`), or only those the applicant may have. */
static const struct fault *letter_table(struct exchange *ex, const char *child, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, LETTER_COLUMNS, COUNT(LETTER_COLUMNS));
    size_t count = 0;
    TRY_MEMORY(t);
    TRY(shown_open(ex, &s));
    const struct standing_child *all = standing_children(s->d->standing, &count);
    for (size_t i = 0; i < count; i++) {
        if (!all[i].kind->letter_field || (child && strcmp(child, all[i].id) != 0))
            continue;
        const struct letter_kind *kind = edition_letter(s->d->law->edition, all[i].template_code);
        bool out_already = standing_is(s->d->standing, all[i].id, STATE_SERVED) ||
                           (kind && kind->by_rule && is_out(s->d, all[i].id));
        if (!is_applicants(ex) || out_already)
            TRY(add_letter(ex, s, &all[i], t));
    }
    *out = t;
    return NULL;
}

static const struct fault *show_letters(struct exchange *ex, const struct table **out)
{
    return letter_table(ex, NULL, out);
}
const struct provider SHOW_LETTERS = {
    {"letters", LETTER_COLUMNS, COUNT(LETTER_COLUMNS), false, &LETTER_FILES, 1}, show_letters};
const struct provider SHOW_TRACK_LETTERS = {
    {"letters", LETTER_COLUMNS, COUNT(LETTER_COLUMNS), false, &LETTER_FILES, 1}, show_letters};

const struct fault *shown_misdated(struct exchange *ex, const struct shown *s, const char *child,
                                   struct civil *out)
{
    const struct event_kind *approves = edition_event_that(s->d->law->edition, EVENT_DEED_APPROVE);
    const struct permission *p = approves ? shown_permission(s, approves, child) : NULL;
    *out = CIVIL_NONE;
    if (!p || p->ground != MAY_ALLOWED || !standing_is(s->d->standing, child, STATE_DRAFTED))
        return NULL;
    TRY(office_letter_day(ex->db, s->d, child, out, ex->life));
    if (civil_is_set(*out) && civil_compare(*out, s->d->today) == 0)
        *out = CIVIL_NONE;
    return NULL;
}

static const struct fault *show_letter(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct civil misdated;
    TRY(shown_open(ex, &s));
    s->child = exchange_parameter(ex, "child");
    TRY(letter_table(ex, s->child, out));
    if (!(*out)->row_count)
        return fault_new(ex->life, FAULT_ABSENT, "LETTER_ABSENT", "no such letter");
    TRY(shown_misdated(ex, s, s->child, &misdated));
    (*out)->cells[MISDATED] = cell_day(misdated);
    return NULL;
}
const struct provider SHOW_LETTER = {
    {"letter", LETTER_COLUMNS, COUNT(LETTER_COLUMNS), true, &LETTER_FILES, 1}, show_letter};

/* ---- a letter is dated ---- */

static const struct field DATE_FIELDS[] = {{.name = "seq",
                                            .kind = FIELD_INT,
                                            .min = 0,
                                            .max = INT32_MAX,
                                            .hidden = true,
                                            .zh = "记录序号",
                                            .en = "Number of the last fact"}};
const struct form_table FORM_LETTER_DATE = FORM_TABLE("letter-date", DATE_FIELDS);

const struct fault *act_letter_date(struct exchange *ex)
{
    struct shown *s = NULL;
    int32_t seq = 0;
    TRY(shown_open(ex, &s));
    const struct raising in = {.ref = s->d->ref,
                               .child = exchange_parameter(ex, "child"),
                               .seq = (int32_t)form_int(ex->form, "seq", 0),
                               .person = ex->who.person,
                               .roles = shown_roles(ex)};
    TRY(office_letter_date(ex->db, ex->house->office, &in, &seq, ex->life));
    const char *path = talloc_asprintf(ex->life, "/dossiers/%s/letters/%s", s->d->ref, in.child);
    TRY_MEMORY(path);
    return reply_done(ex, seq ? 201 : 200, path, json_pack("{s:s,s:i}", "ref", s->d->ref, "seq", (int)seq));
}

/* ---- a text that was refused ---- */

static const struct column WRONG_COLUMNS[] = {{"why", CELL_TEXT, false}, {"found", CELL_TEXT, true}};
static const struct page_source LINE_WRONG = {"wrong", WRONG_COLUMNS, COUNT(WRONG_COLUMNS), false, NULL, 0};
static const struct column LINE_COLUMNS[] = {{"text", CELL_TEXT, false}, {"wrong", CELL_TABLE, false}};

static const struct fault *add_line(struct exchange *ex, const json_t *line, struct table *t)
{
    const json_t *findings = json_object_get(line, "findings");
    struct table *wrong = table_new(ex->life, WRONG_COLUMNS, COUNT(WRONG_COLUMNS));
    struct cell *row = table_add_row(t);
    TRY_MEMORY(wrong && row ? t : NULL);
    for (size_t i = 0; i < json_array_size(findings); i++) {
        struct cell *cells = table_add_row(wrong);
        TRY_MEMORY(cells);
        cells[0] = cell_text(json_text(json_array_get(findings, i), "why"));
        cells[1] = cell_text(json_text(json_array_get(findings, i), "found"));
    }
    row[0] = cell_text(json_text(line, "text"));
    row[1] = cell_table(wrong);
    return NULL;
}

/* The letter that the sent form would have made, paragraph by paragraph; none unless its text was refused. */
static const struct fault *show_lines(struct exchange *ex, const struct table **out)
{
    struct shown *s = NULL;
    struct table *t = table_new(ex->life, LINE_COLUMNS, COUNT(LINE_COLUMNS));
    TRY_MEMORY(t);
    TRY(shown_open(ex, &s));
    for (size_t i = 0; i < json_array_size(s->page); i++)
        TRY(add_line(ex, json_array_get(s->page, i), t));
    *out = t;
    return NULL;
}
const struct provider SHOW_LINES = {{"lines", LINE_COLUMNS, COUNT(LINE_COLUMNS), false, &LINE_WRONG, 1},
                                    show_lines};
