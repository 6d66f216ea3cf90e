#include <string.h>
#include "drafts.h"
#include "life.h"
#include "routes_public.h"
#include "session.h"
#include "shown.h"
#include "text.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define ITEMS_MOST 20 /* on the pages; an officer who takes down a longer letter imports it */

/* ---- what an application asks for (条例29: identity, contact, description, form; nothing about purpose)
 * ---- */

static const struct choice CATEGORIES[] = {
    {"natural", "自然人", "A natural person"},
    {"commercial", "商业企业", "A commercial enterprise"},
    {"research", "科研机构", "A research institution"},
    {"public_benefit", "社会公益组织", "A public-benefit organisation"},
    {"legal_service", "法律服务机构", "A legal service"},
    {"other", "其他法人或者组织", "Another legal person or organisation"},
};
static const struct choice ID_KINDS[] = {
    {"id-card", "居民身份证", "Resident identity card"},
    {"passport", "护照", "Passport"},
    {"other", "其他身份证件", "Another identity document"},
};
static const struct choice DELIVERIES[] = {
    {"electronic", "在本网站下载电子文本", "Download it from this site"},
    {"mail", "邮寄纸质文本", "Paper by mail"},
    {"hand", "当面领取", "Pick it up in person"},
};

#define CHOICE(name_, all, zh_, en_)                                                                         \
    {                                                                                                        \
        .name = name_, .kind = FIELD_CHOICE, .required = true, .choices = all, .choice_count = COUNT(all),   \
        .zh = zh_, .en = en_                                                                                 \
    }
#define BUTTONS                                                                                              \
    {                                                                                                        \
        .name = "go", .kind = FIELD_TEXT, .min = 0, .max = 20, .button = true, .zh = "按钮", .en = "Button"  \
    }

static const struct field CATEGORY[] = {CHOICE("category", CATEGORIES, "申请人类型", "Who is applying"),
                                        BUTTONS};
static const struct field PERSON[] = {
    {.name = "name",
     .kind = FIELD_TEXT,
     .min = 1,
     .max = 200,
     .required = true,
     .zh = "姓名",
     .en = "Name",
     .autocomplete = "name"},
    CHOICE("id_kind", ID_KINDS, "证件名称", "Identity document"),
    {.name = "id_number",
     .kind = FIELD_TEXT,
     .min = 4,
     .max = 40,
     .required = true,
     .zh = "证件号码",
     .en = "Number of the document",
     .hint_zh = "用于证明身份，加密保存。",
     .hint_en = "It proves who you are and is stored encrypted."},
    BUTTONS,
};
static const struct field ORGANISATION[] = {
    {.name = "name",
     .kind = FIELD_TEXT,
     .min = 1,
     .max = 200,
     .required = true,
     .zh = "单位名称",
     .en = "Name of the organisation",
     .autocomplete = "organization"},
    {.name = "id_number",
     .kind = FIELD_TEXT,
     .min = 8,
     .max = 40,
     .required = true,
     .zh = "统一社会信用代码",
     .en = "Unified social credit code"},
    {.name = "representative",
     .kind = FIELD_TEXT,
     .min = 1,
     .max = 100,
     .required = true,
     .zh = "法定代表人",
     .en = "Legal representative"},
    {.name = "contact_name",
     .kind = FIELD_TEXT,
     .min = 1,
     .max = 100,
     .required = true,
     .zh = "联系人",
     .en = "Contact person"},
    BUTTONS,
};
static const struct field CONTACT[] = {
    {.name = "phone",
     .kind = FIELD_TEXT,
     .min = 5,
     .max = 40,
     .required = true,
     .zh = "联系电话",
     .en = "Telephone",
     .autocomplete = "tel"},
    {.name = "email",
     .kind = FIELD_TEXT,
     .min = 3,
     .max = 200,
     .zh = "电子邮箱",
     .en = "E-mail",
     .autocomplete = "email"},
    {.name = "address",
     .kind = FIELD_TEXT,
     .min = 4,
     .max = 300,
     .zh = "通信地址",
     .en = "Postal address",
     .hint_zh = "选择邮寄答复的，必须填写。",
     .hint_en = "Needed if the reply is to come by mail.",
     .autocomplete = "street-address"},
    {.name = "postcode",
     .kind = FIELD_TEXT,
     .min = 6,
     .max = 6,
     .zh = "邮政编码",
     .en = "Postcode",
     .autocomplete = "postal-code",
     .pattern = "digits"},
    BUTTONS,
};
static const struct field DELIVERY[] = {
    CHOICE("delivery", DELIVERIES, "获取信息的方式", "How to provide the information"),
    {.name = "other_ok",
     .kind = FIELD_FLAG,
     .zh = "无法按上述方式提供的，接受其他方式",
     .en = "If that way is not possible, another one will do"},
    BUTTONS,
};
static const struct field CHECK[] = {
    {.name = "agree",
     .kind = FIELD_FLAG,
     .required = true,
     .zh = "本人（单位）所填内容真实",
     .en = "What is entered here is true"},
    BUTTONS,
};

static const struct step {
    const char *name;
    const struct field *fields;
    size_t count;
    const char *next;
} STEPS[] = {
    {"category", CATEGORY, COUNT(CATEGORY), "identity"}, {"identity", PERSON, COUNT(PERSON), "contact"},
    {"contact", CONTACT, COUNT(CONTACT), "items"},       {"items", NULL, 0, "delivery"},
    {"delivery", DELIVERY, COUNT(DELIVERY), "check"},    {"check", CHECK, COUNT(CHECK), NULL},
};

/* What an exchange of the journey works with: the draft. */
struct writing {
    json_t *draft;
    const struct step *step;
};

static const struct fault *writing_of(struct exchange *ex, struct writing **out)
{
    if (ex->state) {
        *out = ex->state;
        return NULL;
    }
    struct writing *w = talloc_zero(ex->life, struct writing);
    TRY_MEMORY(w);
    TRY(session_visitor_needed(ex)); /* a draft without an owner would be everybody's */
    const char *name = strrchr(ex->path, '/') + 1;
    for (size_t i = 0; i < COUNT(STEPS); i++)
        if (strcmp(STEPS[i].name, name) == 0)
            w->step = &STEPS[i];
    TRY(draft_get(ex->db, ex->house->office, ex->visitor, &w->draft, ex->life));
    ex->state = w;
    *out = w;
    return NULL;
}

static bool is_person(const struct writing *w)
{
    const char *category = json_text(w->draft, "category");
    return !category || strcmp(category, "natural") == 0;
}

static size_t item_count(const struct writing *w)
{
    size_t n = json_array_size(json_object_get(w->draft, "items"));
    return n ? n : 1;
}

/* item_1 … item_N: what is asked for, one matter in each. */
static const struct fault *item_fields(struct exchange *ex, size_t count, bool all_optional,
                                       struct field **out)
{
    struct field *fields = talloc_zero_array(ex->life, struct field, count + 1);
    TRY_MEMORY(fields);
    for (size_t i = 0; i < count; i++) {
        const char *name = talloc_asprintf(ex->life, "item_%zu", i + 1);
        const char *zh = talloc_asprintf(ex->life, count > 1 ? "第%zu项信息" : "所需信息", i + 1);
        const char *en = talloc_asprintf(ex->life, count > 1 ? "Item %zu" : "What you are asking for", i + 1);
        TRY_MEMORY(name && zh && en ? fields : NULL);
        fields[i] = (struct field){.name = name,
                                   .kind = FIELD_TEXT,
                                   .min = 2,
                                   .max = 2000,
                                   .required = !all_optional && i == 0,
                                   .many_lines = true,
                                   .zh = zh,
                                   .en = en};
    }
    *out = fields;
    return NULL;
}

const struct fault *apply_fields(struct exchange *ex, const struct field **fields, size_t *count)
{
    struct writing *w = NULL;
    struct field *items = NULL;
    TRY(writing_of(ex, &w));
    *fields = w->step->fields;
    *count = w->step->count;
    if (strcmp(w->step->name, "identity") == 0 && !is_person(w)) {
        *fields = ORGANISATION;
        *count = COUNT(ORGANISATION);
    }
    if (w->step->fields)
        return NULL;
    TRY(item_fields(ex, item_count(w), false, &items));
    items[item_count(w)] = (struct field)BUTTONS;
    *fields = items;
    *count = item_count(w) + 1;
    return NULL;
}

/* Going back from the last page carries nothing but the button. */
const struct fault *apply_change_fields(struct exchange *ex, const struct field **fields, size_t *count)
{
    static const struct field CHANGE[] = {BUTTONS};
    (void)ex;
    *fields = CHANGE;
    *count = COUNT(CHANGE);
    return NULL;
}

static size_t add_fields(struct field *into, size_t n, const struct field *from, size_t count, bool optional)
{
    for (size_t i = 0; i < count; i++) {
        bool known = from[i].button;
        for (size_t k = 0; k < n; k++)
            known = known || strcmp(into[k].name, from[i].name) == 0;
        if (known)
            continue;
        into[n] = from[i];
        into[n].required = from[i].required && !optional;
        n++;
    }
    return n;
}

const struct fault *apply_intake_fields(struct exchange *ex, const char *category, size_t items,
                                        struct field *into, size_t *count)
{
    struct field *asked = NULL;
    bool person = !category || strcmp(category, "natural") == 0, body = !category || !person;
    size_t from = *count;
    if (person)
        *count = add_fields(into, *count, PERSON, COUNT(PERSON), true);
    if (body)
        *count = add_fields(into, *count, ORGANISATION, COUNT(ORGANISATION), true);
    for (size_t i = from; i < *count; i++)
        into[i].required = strcmp(into[i].name, "name") == 0;
    *count = add_fields(into, *count, CONTACT, COUNT(CONTACT), true);
    TRY(item_fields(ex, items, false, &asked));
    *count = add_fields(into, *count, asked, items, false);
    return NULL;
}

static bool is_among(const struct field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return true;
    return false;
}

bool apply_asks(const char *category, const char *field)
{
    bool person = strcmp(category, "natural") == 0, of_person = is_among(PERSON, COUNT(PERSON), field),
         of_body = is_among(ORGANISATION, COUNT(ORGANISATION), field);
    return (!of_person && !of_body) || (person ? of_person : of_body);
}

/* A program sends everything in one document; what depends on the kind of applicant is judged afterwards. */
static const struct fault *whole_form(struct exchange *ex, const struct field **fields, size_t *count)
{
    struct field *all = talloc_zero_array(ex->life, struct field, 40 + ITEMS_MOST), *items = NULL;
    size_t n = 0;
    TRY_MEMORY(all);
    TRY(item_fields(ex, ITEMS_MOST, false, &items));
    n = add_fields(all, n, CATEGORY, COUNT(CATEGORY), false);
    n = add_fields(all, n, CONTACT, COUNT(CONTACT), false);
    n = add_fields(all, n, DELIVERY, COUNT(DELIVERY), false);
    n = add_fields(all, n, PERSON, COUNT(PERSON), true);
    n = add_fields(all, n, ORGANISATION, COUNT(ORGANISATION), true);
    n = add_fields(all, n, CHECK, COUNT(CHECK), true);
    n = add_fields(all, n, items, ITEMS_MOST, false);
    *fields = all;
    *count = n;
    return NULL;
}

const struct fault *apply_all_fields(struct exchange *ex, const struct field **fields, size_t *count)
{
    if (ex->sends_json)
        return whole_form(ex, fields, count);
    *fields = CHECK;
    *count = COUNT(CHECK);
    return NULL;
}

/* ---- the draft ---- */

static const struct fault *keep_text(json_t *draft, const char *name, const char *text)
{
    int failed = text && *text ? json_object_set_new(draft, name, json_string(text))
                               : (json_object_del(draft, name), 0);
    return failed ? fault_memory() : NULL;
}

/* The fields of the form into the draft; items gather in a list, empty ones fall out. */
static const struct fault *keep(struct exchange *ex, json_t *draft)
{
    json_t *items = json_adopt(ex->life, json_array());
    TRY_MEMORY(items);
    for (size_t i = 0; i < ex->form->count; i++) {
        const struct field *f = &ex->form->fields[i];
        const struct value *v = &ex->form->values[i];
        bool item = strncmp(f->name, "item_", 5) == 0;
        if (item && v->given && json_array_append_new(items, json_string(v->text)) != 0)
            return fault_memory();
        if (!item && !f->button)
            TRY(keep_text(draft, f->name, f->kind == FIELD_FLAG ? (v->flag ? "yes" : NULL) : v->text));
    }
    if (json_array_size(items) && json_object_set(draft, "items", items) != 0)
        return fault_memory();
    return NULL;
}

const struct fault *act_apply_begin(struct exchange *ex)
{
    return reply_redirect(ex, "/apply/category");
}

/* The page comes filled with what was said before. A page that was reached without the one before begins at
 * the start. */
const struct fault *show_apply_step(struct exchange *ex)
{
    struct writing *w = NULL;
    TRY(writing_of(ex, &w));
    if (!json_text(w->draft, "category") && strcmp(w->step->name, "category") != 0)
        return reply_redirect(ex, "/apply/category");
    const json_t *items = json_object_get(w->draft, "items");
    for (size_t i = 0; i < ex->form->count; i++) {
        const char *name = ex->form->fields[i].name;
        bool item = strncmp(name, "item_", 5) == 0;
        const char *said = item ? json_string_value(json_array_get(items, i)) : json_text(w->draft, name);
        if (said && strcmp(name, "agree") != 0)
            form_fill(ex->form, name, ex->form->fields[i].kind == FIELD_FLAG ? "on" : said);
    }
    return NULL;
}

static bool is_step(const char *name)
{
    for (size_t i = 0; i < COUNT(STEPS); i++)
        if (text_same(STEPS[i].name, name))
            return true;
    return false;
}

/* One more empty item: the list gets an empty text, which the next sending of the page fills or drops. */
static const struct fault *one_more(struct writing *w)
{
    json_t *items = json_object_get(w->draft, "items");
    if (json_array_size(items) < ITEMS_MOST && json_array_append_new(items, json_string("")) != 0)
        return fault_memory();
    return NULL;
}

const struct fault *act_apply_step(struct exchange *ex)
{
    struct writing *w = NULL;
    TRY(writing_of(ex, &w));
    const char *go = form_text(ex->form, "go"), *next = w->step->next ? w->step->next : go;
    bool more = text_same(go, "add");
    TRY(keep(ex, w->draft));
    if (more)
        TRY(one_more(w));
    TRY(draft_put(ex->db, ex->house->office, ex->visitor, w->draft, ex->life));
    return reply_redirect(ex, "/apply/%s", more ? "items" : is_step(next) ? next : "check");
}

static const struct column CARRIED_COLUMNS[] = {{"name", CELL_TEXT, false}, {"value", CELL_TEXT, false}};

/* Nothing is carried in the pages: the draft is kept by the house. */
static const struct fault *show_carried(struct exchange *ex, const struct table **out)
{
    *out = table_new(ex->life, CARRIED_COLUMNS, COUNT(CARRIED_COLUMNS));
    return *out ? NULL : fault_memory();
}
const struct provider SHOW_CARRIED = {{"carried", CARRIED_COLUMNS, COUNT(CARRIED_COLUMNS), false, NULL, 0},
                                      show_carried};

/* ---- check answers ---- */

static const struct column ANSWER_COLUMNS[] = {
    {"label", CELL_TEXT, false}, {"value", CELL_TEXT, true}, {"step", CELL_TEXT, false}};

static const char *answer_text(struct exchange *ex, const struct field *f, const char *said)
{
    for (size_t i = 0; said && i < f->choice_count; i++)
        if (strcmp(f->choices[i].word, said) == 0)
            return exchange_say(ex, f->choices[i].zh, f->choices[i].en);
    if (f->kind == FIELD_FLAG)
        return said ? exchange_say(ex, "是", "Yes") : exchange_say(ex, "否", "No");
    return said;
}

static const struct fault *add_answer(struct exchange *ex, struct table *t, const char *label,
                                      const char *value, const char *step)
{
    struct cell *row = table_add_row(t);
    (void)ex;
    TRY_MEMORY(row);
    row[0] = cell_text(label);
    row[1] = cell_text(value && *value ? value : NULL);
    row[2] = cell_text(step);
    return NULL;
}

static const struct fault *answers_of_step(struct exchange *ex, const struct writing *w,
                                           const struct step *step, struct table *t)
{
    bool organisation = strcmp(step->name, "identity") == 0 && !is_person(w);
    const struct field *fields = organisation ? ORGANISATION : step->fields;
    size_t count = organisation ? COUNT(ORGANISATION) : step->count;
    for (size_t i = 0; i < count; i++)
        if (!fields[i].button)
            TRY(add_answer(ex, t, exchange_say(ex, fields[i].zh, fields[i].en),
                           answer_text(ex, &fields[i], json_text(w->draft, fields[i].name)), step->name));
    const json_t *items = json_object_get(w->draft, "items");
    for (size_t i = 0; !fields && i < json_array_size(items); i++) {
        const char *label = talloc_asprintf(ex->life, "%s %zu", exchange_say(ex, "所需信息", "Item"), i + 1);
        TRY_MEMORY(label);
        TRY(add_answer(ex, t, label, json_string_value(json_array_get(items, i)), step->name));
    }
    return NULL;
}

static const struct fault *show_answers(struct exchange *ex, const struct table **out)
{
    struct writing *w = NULL;
    struct table *t = table_new(ex->life, ANSWER_COLUMNS, COUNT(ANSWER_COLUMNS));
    TRY_MEMORY(t);
    TRY(writing_of(ex, &w));
    for (size_t i = 0; i + 1 < COUNT(STEPS); i++)
        TRY(answers_of_step(ex, w, &STEPS[i], t));
    *out = t;
    return NULL;
}
const struct provider SHOW_ANSWERS = {{"answers", ANSWER_COLUMNS, COUNT(ANSWER_COLUMNS), false, NULL, 0},
                                      show_answers};

/* ---- submit ---- */

static bool said(const json_t *draft, const char *name)
{
    const char *text = json_text(draft, name);
    return text && *text;
}

/* The first step that still lacks something, or NULL: what the pages ask one by one is judged as a whole
 * here, also for programs. *field: what is missing. */
static const char *missing(const json_t *draft, const char **field)
{
    static const struct {
        const char *step, *field;
        int who; /* 0: everybody, 1: persons, 2: organisations, 3: by mail */
    } NEEDED[] = {
        {"category", "category", 0},       {"identity", "name", 0},
        {"identity", "id_number", 0},      {"identity", "id_kind", 1},
        {"identity", "representative", 2}, {"identity", "contact_name", 2},
        {"contact", "phone", 0},           {"items", "item_1", 0},
        {"delivery", "delivery", 0},       {"contact", "address", 3},
    };
    bool person = text_same(json_text(draft, "category"), "natural"),
         mail = text_same(json_text(draft, "delivery"), "mail");
    for (size_t i = 0; i < COUNT(NEEDED); i++) {
        bool asked = NEEDED[i].who == 0 || (NEEDED[i].who == 1 && person) ||
                     (NEEDED[i].who == 2 && !person) || (NEEDED[i].who == 3 && mail);
        bool item = strcmp(NEEDED[i].field, "item_1") == 0;
        bool there =
            item ? json_array_size(json_object_get(draft, "items")) > 0 : said(draft, NEEDED[i].field);
        if (asked && !there) {
            *field = NEEDED[i].field;
            return NEEDED[i].step;
        }
    }
    return NULL;
}

/* The applicant's data alone: what is neither item, nor way of delivery, nor of the page. */
static const struct fault *applicant_of(struct exchange *ex, const json_t *draft, json_t **out)
{
    static const char *const NAMES[] = {"name",  "id_kind", "id_number", "representative", "contact_name",
                                        "phone", "email",   "address",   "postcode",       "other_ok"};
    json_t *applicant = json_adopt(ex->life, json_object());
    TRY_MEMORY(applicant);
    for (size_t i = 0; i < COUNT(NAMES); i++)
        TRY(keep_text(applicant, NAMES[i], json_text(draft, NAMES[i])));
    *out = applicant;
    return NULL;
}

static const struct fault *submit(struct exchange *ex, const json_t *draft, struct receipt *receipt)
{
    json_t *applicant = NULL;
    const json_t *list = json_object_get(draft, "items");
    const char **items = talloc_zero_array(ex->life, const char *, json_array_size(list) + 1);
    size_t count = 0;
    TRY_MEMORY(items);
    TRY(applicant_of(ex, draft, &applicant));
    for (size_t i = 0; i < json_array_size(list); i++)
        if (*json_string_value(json_array_get(list, i)))
            items[count++] = json_string_value(json_array_get(list, i));
    const struct application in = {.agency = db_scope_of(ex->db).agency,
                                   .channel = "web",
                                   .category = json_text(draft, "category"),
                                   .delivery = json_text(draft, "delivery"),
                                   .applicant = applicant,
                                   .items = items,
                                   .item_count = count,
                                   .submission = ex->form->submission,
                                   .role = "applicant"};
    return office_submit(ex->db, ex->house->office, &in, receipt, ex->life);
}

const struct fault *apply_entered(struct exchange *ex, json_t **applicant, const char ***items, size_t *count)
{
    json_t *draft = json_adopt(ex->life, json_object());
    TRY_MEMORY(draft);
    TRY(keep(ex, draft));
    TRY(applicant_of(ex, draft, applicant));
    const json_t *list = json_object_get(draft, "items");
    const char **all = talloc_zero_array(ex->life, const char *, json_array_size(list) + 1);
    TRY_MEMORY(all);
    for (*count = 0; *count < json_array_size(list); ++*count) {
        all[*count] = talloc_strdup(ex->life, json_string_value(json_array_get(list, *count)));
        TRY_MEMORY(all[*count]);
    }
    *items = all;
    return NULL;
}

static json_t *receipt_json(const struct receipt *r)
{
    char due[CIVIL_TEXT], received[CIVIL_TEXT];
    civil_format(r->due, due);
    civil_format(r->received, received);
    return json_pack("{s:s,s:s,s:s,s:s,s:b,s:i}", "ref", r->ref, "code", r->code, "received", received, "due",
                     due, "due_provisional", (int)r->due_provisional, "items", (int)r->items);
}

const struct fault *apply_receipt(struct exchange *ex, const struct receipt *r, json_t **out)
{
    (void)ex;
    *out = receipt_json(r);
    return *out ? NULL : fault_memory();
}

/* The draft is over; what the receipt page shows takes its place, so that the page can be loaded again. */
static const struct fault *keep_receipt(struct exchange *ex, const struct receipt *r)
{
    json_t *last = json_adopt(
        ex->life, json_pack("{s:o,s:s}", "receipt", receipt_json(r), "submission", ex->form->submission));
    TRY_MEMORY(last);
    return ex->visitor ? draft_put(ex->db, ex->house->office, ex->visitor, last, ex->life) : NULL;
}

/* A sound form with something missing: people go to the page that asks for it, programs are told the field.
 */
static const struct fault *go_back(struct exchange *ex, const char *step, const char *field)
{
    if (!ex->sends_json)
        return reply_redirect(ex, "/apply/%s", step);
    form_wrong(ex->form, field, "REQUIRED");
    return form_fault(ex->life, ex->form);
}

const struct fault *act_apply(struct exchange *ex)
{
    struct writing *w = NULL;
    struct receipt receipt = {0};
    const char *field = NULL;
    TRY(writing_of(ex, &w));
    if (text_same(json_text(w->draft, "submission"), ex->form->submission))
        return reply_done(ex, 201, "/apply/receipt", /* the same form, sent again */
                          json_incref(json_object_get(w->draft, "receipt")));
    TRY(keep(ex, w->draft));
    const char *step = missing(w->draft, &field);
    if (step)
        return go_back(ex, step, field);
    TRY(submit(ex, w->draft, &receipt));
    TRY(keep_receipt(ex, &receipt));
    return reply_done(ex, 201, "/apply/receipt", receipt_json(&receipt));
}

static const struct column RECEIPT_COLUMNS[] = {
    {"ref", CELL_TEXT, false},
    {"code", CELL_TEXT, false},
    {"received", CELL_DAY, false},
    {"due", CELL_DAY, true},
    {"due_provisional", CELL_BOOL, false},
    {"items", CELL_INT, false},
};

static struct cell day_cell(const char *text)
{
    struct civil d = CIVIL_NONE;
    civil_parse(text, &d);
    return cell_day(d);
}

static const struct fault *show_receipt(struct exchange *ex, const struct table **out)
{
    struct writing *w = NULL;
    struct table *t = table_new(ex->life, RECEIPT_COLUMNS, COUNT(RECEIPT_COLUMNS));
    struct cell *row = t ? table_add_row(t) : NULL;
    TRY_MEMORY(row);
    TRY(writing_of(ex, &w));
    const json_t *r = json_object_get(w->draft, "receipt");
    if (!r)
        return fault_new(ex->life, FAULT_ABSENT, "NO_SUCH_PAGE", "no receipt is kept for this visitor");
    row[0] = cell_text(json_text(r, "ref"));
    row[1] = cell_text(json_text(r, "code"));
    row[2] = day_cell(json_text(r, "received"));
    row[3] = day_cell(json_text(r, "due"));
    row[4] = cell_flag(json_is_true(json_object_get(r, "due_provisional")));
    row[5] = cell_int(json_integer_value(json_object_get(r, "items")));
    *out = t;
    return NULL;
}
const struct provider SHOW_RECEIPT = {{"receipt", RECEIPT_COLUMNS, COUNT(RECEIPT_COLUMNS), true, NULL, 0},
                                      show_receipt};

/* ---- following a case ---- */

static const struct field TRACK[] = {
    {.name = "ref",
     .kind = FIELD_TEXT,
     .min = 8,
     .max = 40,
     .required = true,
     .zh = "申请编号",
     .en = "Application number"},
    {.name = "code",
     .kind = FIELD_TEXT,
     .min = 10,
     .max = 10,
     .required = true,
     .zh = "查询码",
     .en = "Query code",
     .hint_zh = "登记回执上的10位数字。",
     .hint_en = "The 10 digits on your receipt.",
     .pattern = "digits"},
};
const struct form_table FORM_TRACK = FORM_TABLE("track", TRACK);

static const struct field TRACK_SEARCH[] = {
    {.name = "ref", .kind = FIELD_TEXT, .min = 0, .max = 40, .zh = "申请编号", .en = "Application number"},
};
const struct form_table SEARCH_TRACK = FORM_TABLE("track", TRACK_SEARCH);

/* Who came to an application without its query code finds the number filled in. */
const struct fault *show_track_form(struct exchange *ex)
{
    form_fill(ex->form, "ref", form_text(ex->search, "ref"));
    return NULL;
}

const struct fault *act_track(struct exchange *ex)
{
    struct found found;
    const char *ref = form_text(ex->form, "ref");
    TRY(attempt_begin(ex, "track", ref));
    const struct fault *f =
        office_track(ex->db, ex->house->office, ref, form_text(ex->form, "code"), &found, ex->life);
    if (f && f->kind == FAULT_ABSENT) {
        TRY(attempt_failed(ex, "track"));
        form_wrong(ex->form, "code", "TRACK_WRONG");
        return form_fault(ex->life, ex->form);
    }
    TRY(f);
    TRY(attempt_held(ex, "track", ref));
    TRY(ticket_give(ex, found.agency, found.dossier, ref));
    const char *path = talloc_asprintf(ex->life, "/track/%s", ref);
    TRY_MEMORY(path);
    return reply_done(ex, 200, path, NULL);
}

const struct fault *show_track(struct exchange *ex)
{
    struct shown *s = NULL;
    return shown_open(ex, &s);
}

const struct fault *act_track_event(struct exchange *ex)
{
    return shown_raise(ex, "/track/");
}

const struct fault *send_track_letter(struct exchange *ex)
{
    return shown_letter_file(ex, exchange_parameter(ex, "file"), false);
}
