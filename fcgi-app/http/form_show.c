/* form_show.c - a form as tables for a page: one row per field, and the summary of what is wrong. */
#include <string.h>
#include "form.h"
#include "life.h"

enum {
    F_NAME,
    F_ID,
    F_IS_TEXT,
    F_IS_AREA,
    F_IS_INT,
    F_IS_DAY,
    F_IS_CHOICE,
    F_IS_FLAG,
    F_IS_FILE,
    F_IS_SECRET,
    F_IS_HIDDEN,
    F_LABEL,
    F_HINT,
    F_TYPED,
    F_CHECKED,
    F_ERROR,
    F_REQUIRED,
    F_MAX,
    F_AUTOCOMPLETE,
    F_OPTIONS,
    F_COUNT
};

static const struct column OPTION_COLUMNS[] = {{"word", CELL_TEXT, false},
                                               {"label", CELL_TEXT, false},
                                               {"chosen", CELL_BOOL, false},
                                               {"id", CELL_TEXT, false}};
static const struct page_source OPTIONS = {"options", OPTION_COLUMNS, 4, false, NULL, 0};

static const struct column FIELD_COLUMNS[F_COUNT] = {
    [F_NAME] = {"name", CELL_TEXT, false},
    [F_ID] = {"id", CELL_TEXT, false},
    [F_IS_TEXT] = {"is_text", CELL_BOOL, false},
    [F_IS_AREA] = {"is_area", CELL_BOOL, false},
    [F_IS_INT] = {"is_int", CELL_BOOL, false},
    [F_IS_DAY] = {"is_day", CELL_BOOL, false},
    [F_IS_CHOICE] = {"is_choice", CELL_BOOL, false},
    [F_IS_FLAG] = {"is_flag", CELL_BOOL, false},
    [F_IS_FILE] = {"is_file", CELL_BOOL, false},
    [F_IS_SECRET] = {"is_secret", CELL_BOOL, false},
    [F_IS_HIDDEN] = {"is_hidden", CELL_BOOL, false},
    [F_LABEL] = {"label", CELL_TEXT, false},
    [F_HINT] = {"hint", CELL_TEXT, true},
    [F_TYPED] = {"typed", CELL_TEXT, false},
    [F_CHECKED] = {"checked", CELL_BOOL, false},
    [F_ERROR] = {"error", CELL_TEXT, true},
    [F_REQUIRED] = {"required", CELL_BOOL, false},
    [F_MAX] = {"max", CELL_INT, true},
    [F_AUTOCOMPLETE] = {"autocomplete", CELL_TEXT, true},
    [F_OPTIONS] = {"options", CELL_TABLE, true},
};
const struct page_source FORM_FIELDS = {"fields", FIELD_COLUMNS, F_COUNT, false, &OPTIONS, 1};

static const struct column FAULT_COLUMNS[] = {{"text", CELL_TEXT, false}, {"name", CELL_TEXT, true}};
const struct page_source FORM_FAULTS = {"faults", FAULT_COLUMNS, 2, false, NULL, 0};

/* One sentence per code; %s is the field's label, %lld a bound. */
static const struct {
    const char *code, *zh, *en;
    enum { NO_BOUND, WITH_MIN, WITH_MAX, WITH_BOTH, WITH_MIB } bound;
} SENTENCES[] = {
    {"REQUIRED", "请填写“%s”", "Enter: %s", NO_BOUND},
    {"TEXT_TOO_LONG", "“%s”不能超过%lld个字", "%s must have no more than %lld characters", WITH_MAX},
    {"TEXT_TOO_SHORT", "“%s”至少需要%lld个字", "%s must have at least %lld characters", WITH_MIN},
    {"TEXT_NOT_UTF8", "“%s”含有无法识别的字符，请重新输入", "%s holds characters that cannot be read",
     NO_BOUND},
    {"TEXT_CONTROL", "“%s”含有控制字符，请删除后重新输入", "%s holds control characters: remove them",
     NO_BOUND},
    {"TEXT_EXPECTED", "“%s”应当是文字，不是文件", "%s must be text, not a file", NO_BOUND},
    {"PATTERN", "“%s”的格式不正确", "%s has the wrong form", NO_BOUND},
    {"NOT_A_NUMBER", "“%s”应当是整数", "%s must be a whole number", NO_BOUND},
    {"NUMBER_RANGE", "“%s”应当在%lld到%lld之间", "%s must be from %lld to %lld", WITH_BOTH},
    {"NOT_A_DAY", "“%s”应当是真实的日期，例如 2026-03-02", "%s must be a real date, such as 2026-03-02",
     NO_BOUND},
    {"CHILD_NUMBER", "编号由系统按顺序给出，不需要填写", "Numbers are given in order; leave it out",
     NO_BOUND},
    {"DAY_IN_FUTURE", "“%s”不能晚于今天", "%s cannot be later than today", NO_BOUND},
    {"LATE_REASON", "该事项早于已经记录的事项，请填写“%s”", "It lies before what is recorded already: %s",
     NO_BOUND},
    {"NOTHING_CHANGED", "与现有记录完全相同，没有需要更正的内容",
     "It reads so already: nothing would be corrected", NO_BOUND},
    {"FIELD_FIXED", "“%s”不能更正", "%s cannot be corrected", NO_BOUND},
    {"FIELD_MISSING", "请填写“%s”", "Enter: %s", NO_BOUND},
    {"NOTHING_KNOWN", "那一天本机关还没有这件申请的任何记录",
     "Nothing of this application was known on that day", NO_BOUND},
    {"TEMPLATE_ABSENT", "“%s”：这种文书没有有效的模板，请联系管理员",
     "%s: no version of this template is in force; ask your administrator", NO_BOUND},
    {"TEXT_DAY_PAST", "“%s”不能早于今天", "%s cannot be earlier than today", NO_BOUND},
    {"NOT_A_CHOICE", "请在“%s”中选择一项", "Choose one of the answers: %s", NO_BOUND},
    {"NOT_ASKED", "“%s”与所选的情形无关，请清空", "%s does not belong to what was chosen: leave it empty",
     NO_BOUND},
    {"NOT_TICKED", "请勾选“%s”", "Tick the box: %s", NO_BOUND},
    {"NOT_A_UUID", "“%s”的格式不正确", "%s has the wrong form", NO_BOUND},
    {"FILE_MISNAMED", "“%s”的文件名不正确，请改名后重新上传",
     "The file for %s has a name that cannot be used", NO_BOUND},
    {"FILE_EMPTY", "“%s”上传的文件是空的", "The file for %s is empty", NO_BOUND},
    {"FILE_TOO_LARGE", "“%s”上传的文件超过%lld兆字节", "The file for %s is larger than %lld MiB", WITH_MIB},
    {"FIELD_TWICE", "“%s”提交了两次，请只填写一次", "%s was sent twice", NO_BOUND},
    {"LOGIN_WRONG", "用户名或密码不正确", "User name or password is wrong", NO_BOUND},
    {"TRACK_WRONG", "申请编号或查询码不正确", "Application number or query code is wrong", NO_BOUND},
    {"VERIFY_CODE_WRONG", "没有登记过这个验证码，请对照文书末尾核对；仍然没有的，文书可能不是本平台出具的",
     "No letter is registered under this code. Compare it with the end of the letter; if it is right, the "
     "letter "
     "may not be ours",
     NO_BOUND},
    {"VERIFY_NOTHING", "请选择文书文件，或者填写验证码", "Choose the letter's file, or enter its code",
     NO_BOUND},
    {"VERIFY_ALONE", "只有签名文件（.p7s）不能核验，请同时选择它所签的文书",
     "A signature file (.p7s) alone proves nothing: choose the letter that it belongs to as well", NO_BOUND},
    {"TOO_MANY_ATTEMPTS", "尝试次数过多，请15分钟后再试", "Too many attempts: try again in 15 minutes",
     NO_BOUND},
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* formats of the table above, each with its bounds */
static const char *with_bounds(TALLOC_CTX *life, size_t row, const char *format, const char *label,
                               const struct field *field)
{
    long long min = (long long)field->min, max = (long long)field->max;
    switch (SENTENCES[row].bound) {
    case WITH_MIN:
        return talloc_asprintf(life, format, label, min);
    case WITH_MAX:
        return talloc_asprintf(life, format, label, max);
    case WITH_BOTH:
        return talloc_asprintf(life, format, label, min, max);
    case WITH_MIB:
        return talloc_asprintf(life, format, label, max >= 1048576 ? max / 1048576 : 10);
    default:
        return talloc_asprintf(life, format, label);
    }
}
#pragma GCC diagnostic pop

static const char *label_of(const struct field *field, enum language language)
{
    const char *label = language == LANGUAGE_EN && field->en ? field->en : field->zh;
    return label ? label : field->name;
}

const char *form_sentence(TALLOC_CTX *life, enum language language, const struct field *field,
                          const char *code)
{
    static const struct field NOBODY = {.name = "", .zh = "表单", .en = "form"};
    field = field ? field : &NOBODY;
    if (strcmp(code, "REQUIRED") == 0 && field->kind == FIELD_CHOICE)
        code = "NOT_A_CHOICE";
    if (strcmp(code, "REQUIRED") == 0 && field->kind == FIELD_FLAG)
        code = "NOT_TICKED";
    for (size_t i = 0; i < sizeof SENTENCES / sizeof SENTENCES[0]; i++) {
        if (strcmp(SENTENCES[i].code, code) != 0)
            continue;
        const char *format = language == LANGUAGE_EN ? SENTENCES[i].en : SENTENCES[i].zh;
        const char *said =
            strchr(format, '%') ? with_bounds(life, i, format, label_of(field, language), field) : format;
        return said ? said : code;
    }
    const char *said = talloc_asprintf(life, language == LANGUAGE_EN ? "%s is not right" : "“%s”填写有误",
                                       label_of(field, language));
    return said ? said : code;
}

static const struct fault *show_options(TALLOC_CTX *life, const struct field *field, const struct value *v,
                                        enum language language, struct cell *out)
{
    struct table *t = table_new(life, OPTION_COLUMNS, 4);
    TRY_MEMORY(t);
    for (size_t i = 0; i < field->choice_count; i++) {
        const struct choice *c = &field->choices[i];
        struct cell *row = table_add_row(t);
        const char *id = i ? talloc_asprintf(life, "field-%s-%zu", field->name, i)
                           : talloc_asprintf(life, "field-%s", field->name);
        TRY_MEMORY(row);
        TRY_MEMORY(id);
        row[0] = cell_text(c->word);
        row[1] = cell_text(language == LANGUAGE_EN && c->en ? c->en : c->zh ? c->zh : c->word);
        row[2] = cell_flag(strcmp(v->typed, c->word) == 0);
        row[3] = cell_text(id);
    }
    *out = cell_table(t);
    return NULL;
}

static const struct fault *show_field(TALLOC_CTX *life, const struct field *field, const struct value *v,
                                      enum language language, struct cell *row)
{
    const char *id = talloc_asprintf(life, "field-%s", field->name);
    TRY_MEMORY(id);
    row[F_NAME] = cell_text(field->name);
    row[F_ID] = cell_text(id);
    row[F_IS_TEXT] = cell_flag((field->kind == FIELD_TEXT && !field->many_lines && !field->hidden) ||
                               field->kind == FIELD_UUID);
    row[F_IS_AREA] = cell_flag(field->kind == FIELD_TEXT && field->many_lines);
    row[F_IS_INT] = cell_flag(field->kind == FIELD_INT && !field->hidden);
    row[F_IS_DAY] = cell_flag(field->kind == FIELD_DAY);
    row[F_IS_CHOICE] = cell_flag(field->kind == FIELD_CHOICE && !field->hidden);
    row[F_IS_FLAG] = cell_flag(field->kind == FIELD_FLAG);
    row[F_IS_FILE] = cell_flag(field->kind == FIELD_FILE);
    row[F_IS_SECRET] = cell_flag(field->kind == FIELD_SECRET);
    row[F_IS_HIDDEN] = cell_flag(field->hidden);
    row[F_LABEL] = cell_text(label_of(field, language));
    row[F_HINT] = cell_text(language == LANGUAGE_EN && field->hint_en ? field->hint_en : field->hint_zh);
    row[F_TYPED] = cell_text(v->typed);
    row[F_CHECKED] = cell_flag(v->flag || strcmp(v->typed, "on") == 0);
    row[F_ERROR] = cell_text(v->error ? form_sentence(life, language, field, v->error) : NULL);
    row[F_REQUIRED] = cell_flag(field->required);
    row[F_MAX] = field->kind == FIELD_TEXT && field->max > 0 ? cell_int(field->max) : cell_null(CELL_INT);
    row[F_AUTOCOMPLETE] = cell_text(field->autocomplete);
    return show_options(life, field, v, language, &row[F_OPTIONS]);
}

const struct fault *form_show(TALLOC_CTX *life, const struct form *form, enum language language,
                              const struct table **out)
{
    struct table *t = table_new(life, FIELD_COLUMNS, F_COUNT);
    TRY_MEMORY(t);
    for (size_t i = 0; i < form->count; i++) {
        if (form->fields[i].button || form->fields[i].unasked)
            continue;
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        TRY(show_field(life, &form->fields[i], &form->values[i], language, row));
    }
    *out = t;
    return NULL;
}

const struct fault *form_show_faults(TALLOC_CTX *life, const struct form *form, enum language language,
                                     const struct table **out)
{
    struct table *t = table_new(life, FAULT_COLUMNS, 2);
    TRY_MEMORY(t);
    if (form->error) {
        struct cell *row = table_add_row(t);
        TRY_MEMORY(row);
        row[0] = cell_text(form_sentence(life, language, NULL, form->error));
        row[1] = cell_null(CELL_TEXT);
    }
    for (size_t i = 0; i < form->count; i++) {
        const char *code = form->values[i].error;
        struct cell *row = code ? table_add_row(t) : NULL;
        if (!code)
            continue;
        TRY_MEMORY(row);
        row[0] = cell_text(form_sentence(life, language, &form->fields[i], code));
        row[1] = cell_text(form->fields[i].name);
    }
    *out = t;
    return NULL;
}
