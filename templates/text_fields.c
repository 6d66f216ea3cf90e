/* text_fields.c - the declarations of a template as lines, and which names are in sight. */
#include <ctype.h>
#include <string.h>
#include "letter_reading.h"
#include "life.h"
#include "text_blocks_inside.h"

static const struct {
    const char *word, *zh;
} TYPES[] = {
    {"text", "文本"}, {"date", "日期"},     {"number", "数字"}, {"money", "金额"}, {"code", "选项"},
    {"flag", "是否"}, {"sha256", "校验值"}, {"list", "列表"},   {"rows", "多行"},
};
enum { TYPE_COUNT = sizeof TYPES / sizeof *TYPES };
static const char MAY_BE_MISSING[] = "可缺";

/* ---- lines ---- */

struct line_reader {
    const char *at;
    TALLOC_CTX *life;
};

static void skip_blanks(struct line_reader *r)
{
    for (;;) {
        if (*r->at == ' ' || *r->at == '\t')
            r->at++;
        else if (strncmp(r->at, "　", 3) == 0)
            r->at += 3;
        else
            return;
    }
}

/* The next word: up to a blank; a bracket （…） belongs to it. */
static char *next_word(struct line_reader *r)
{
    skip_blanks(r);
    const char *from = r->at;
    int brackets = 0;
    while (*r->at && *r->at != '\n' &&
           (brackets || (*r->at != ' ' && *r->at != '\t' && strncmp(r->at, "　", 3) != 0))) {
        bool open = *r->at == '(' || strncmp(r->at, "（", 3) == 0,
             close = *r->at == ')' || strncmp(r->at, "）", 3) == 0;
        brackets += open - close;
        r->at += (open || close) && *r->at != '(' && *r->at != ')' ? 3 : 1;
    }
    return talloc_strndup(r->life, from, (size_t)(r->at - from));
}

/* "选项（A B）": type and values. */
static bool type_of(char *word, struct declared *d)
{
    char *bracket = strpbrk(word, "(");
    char *wide = strstr(word, "（");
    char *open = wide && (!bracket || wide < bracket) ? wide : bracket;
    d->values = "";
    if (open) {
        char *values = open + (open == wide ? 3 : 1), *end = strrchr(values, ')');
        char *wide_end = strstr(values, "）");
        end = wide_end ? wide_end : end;
        if (!end)
            return false;
        *end = '\0';
        *open = '\0';
        d->values = values;
    }
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcmp(TYPES[i].zh, word) == 0 || strcmp(TYPES[i].word, word) == 0) {
            d->type = TYPES[i].word;
            return (strcmp(d->type, "code") == 0) == (*d->values != '\0');
        }
    return false;
}

static bool is_name(const char *s)
{
    if (!islower((unsigned char)*s))
        return false;
    for (; *s; s++)
        if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '_' && *s != '-')
            return false;
    return true;
}

static void wrong_line(struct text_wrong *wrong, int line, const char *why_zh, const char *why_en,
                       TALLOC_CTX *life)
{
    wrong->block = TEXT_IN_FIELDS;
    wrong->zh = talloc_asprintf(life, "字段声明第%d行：%s", line, why_zh);
    wrong->en = talloc_asprintf(life, "Declarations, line %d: %s", line, why_en);
}

/* One line; *last_rows is the last field of several rows, for the columns after it. */
static bool read_line(struct line_reader *r, struct declarations *out, int *last_rows, int line,
                      struct text_wrong *wrong)
{
    bool indented = *r->at == ' ' || *r->at == '\t' || strncmp(r->at, "　", 3) == 0;
    struct declared *d = &out->items[out->count];
    *d = (struct declared){.name = next_word(r), .label = "", .rows = indented ? *last_rows : -1};
    char *type = next_word(r);
    if (!d->name || !type || !is_name(d->name)) {
        wrong_line(wrong, line, "应当以字段名开头（小写字母、数字、连字符、下划线）",
                   "it begins with a name in small letters", r->life);
        return false;
    }
    if (!type_of(type, d) || (indented && (*last_rows < 0 || strcmp(d->type, "rows") == 0))) {
        wrong_line(wrong, line,
                   "类型应当是 文本、日期、数字、金额、选项（可选的词）、是否、校验值、列表、多行 "
                   "之一；缩进的行是上一个“多行”的各列",
                   "the type is one of text, date, number, money, code(words), flag, sha256, list, rows; "
                   "indented lines are columns of the rows above",
                   r->life);
        return false;
    }
    const char *before = r->at;
    char *missing = next_word(r);
    d->optional = missing && strcmp(missing, MAY_BE_MISSING) == 0;
    if (!d->optional)
        r->at = before;
    skip_blanks(r);
    size_t n = strcspn(r->at, "\n");
    while (n && isspace((unsigned char)r->at[n - 1]))
        n--;
    d->label = talloc_strndup(r->life, r->at, n);
    if (strcmp(d->type, "rows") == 0)
        *last_rows = (int)out->count;
    out->count++;
    return d->label != NULL;
}

const struct fault *declarations_read(const char *lines, TALLOC_CTX *result, struct declarations *out,
                                      struct text_wrong *wrong, bool *is_wrong)
{
    struct line_reader r = {lines, result};
    int last_rows = -1;
    out->items = talloc_zero_array(result, struct declared, TEXT_FIELDS_MAX);
    out->count = 0;
    *is_wrong = false;
    TRY_MEMORY(out->items);
    for (int line = 1; *r.at && !*is_wrong; line++) {
        size_t n = strcspn(r.at, "\n");
        const char *end = r.at + n;
        if (strspn(r.at, " \t\r") < n) {
            if (out->count == TEXT_FIELDS_MAX) {
                wrong_line(wrong, line, "字段过多", "too many fields", result);
                *is_wrong = true;
            } else {
                *is_wrong = !read_line(&r, out, &last_rows, line, wrong);
            }
        }
        r.at = *end ? end + 1 : end;
    }
    return NULL;
}

void declarations_say(const struct declarations *d, struct text *t)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct declared *f = &d->items[i];
        size_t type = 0;
        while (type < TYPE_COUNT - 1 && strcmp(TYPES[type].word, f->type) != 0)
            type++;
        text_printf(t, "%s%s%s %s", i ? "\n" : "", f->rows >= 0 ? "  " : "", f->name, TYPES[type].zh);
        if (*f->values)
            text_printf(t, "（%s）", f->values);
        if (f->optional)
            text_printf(t, " %s", MAY_BE_MISSING);
        if (*f->label)
            text_printf(t, " %s", f->label);
    }
}

/* ---- XML ---- */

static const struct fault *of_xml(const xmlNode *x, int rows, TALLOC_CTX *life, struct declarations *out)
{
    for (; x; x = x->next) {
        if (!template_is(x, "field"))
            continue;
        if (out->count == TEXT_FIELDS_MAX)
            return fault_new(life, FAULT_TOO_MUCH, "TEXT_TOO_LONG", "more than %d fields", TEXT_FIELDS_MAX);
        int here = (int)out->count++;
        out->items[here] = (struct declared){.name = xml_attribute(x, "name", life),
                                             .label = xml_attribute(x, "label", life),
                                             .type = xml_attribute(x, "type", life),
                                             .values = xml_attribute(x, "values", life),
                                             .optional = text_same(xml_attribute(x, "optional", life), "yes"),
                                             .rows = rows};
        TRY(of_xml(x->children, here, life, out));
    }
    return NULL;
}

const struct fault *declarations_of_xml(const xmlNode *fields, TALLOC_CTX *result, struct declarations *out)
{
    out->items = talloc_zero_array(result, struct declared, TEXT_FIELDS_MAX);
    out->count = 0;
    TRY_MEMORY(out->items);
    return fields ? of_xml(fields->children, -1, result, out) : NULL;
}

static void attribute(struct text *t, const char *name, const char *value)
{
    if (!*value)
        return;
    text_printf(t, " %s=\"", name);
    xml_escaped(t, value, strlen(value));
    text_add_char(t, '"');
}

void declarations_write(const struct declarations *d, struct text *t, int *line)
{
    if (!d->count)
        return;
    text_add(t, "  <fields>\n");
    for (size_t i = 0; i < d->count; i++) {
        const struct declared *f = &d->items[i];
        bool rows = strcmp(f->type, "rows") == 0, last = i + 1 == d->count || d->items[i + 1].rows < 0;
        text_add(t, f->rows >= 0 ? "      <field" : "    <field");
        attribute(t, "name", f->name);
        attribute(t, "type", f->type);
        attribute(t, "values", f->values);
        attribute(t, "optional", f->optional ? "yes" : "");
        attribute(t, "label", f->label);
        text_add(t, rows ? ">\n" : "/>\n");
        ++*line;
        if (last && (f->rows >= 0 || rows)) {
            text_add(t, "    </field>\n");
            ++*line;
        }
    }
    text_add(t, "  </fields>\n");
    *line += 2;
}

/* ---- names in sight ---- */

/* Does the field belong to the rows `rows` (-1: to the data)? */
static bool stands_in(const struct declared *f, int rows)
{
    return f->rows == rows;
}

/* The first field that fits, from the innermost rows outwards; -1. */
static int find(const struct declarations *d, const struct text_scope *scope, const char *said, bool by_label)
{
    for (int level = scope->depth; level >= 0; level--) {
        int rows = level ? scope->rows[level - 1] : -1;
        for (size_t i = 0; i < d->count && (level == 0 || rows >= 0); i++)
            if (stands_in(&d->items[i], rows) &&
                strcmp(by_label ? d->items[i].label : d->items[i].name, said) == 0)
                return (int)i;
    }
    return -1;
}

const char *declared_name(const struct declarations *d, const struct text_scope *scope, const char *said)
{
    if (*said && find(d, scope, said, false) >= 0) /* a label that is another field's name names nothing */
        return said;
    int i = *said ? find(d, scope, said, true) : -1;
    return i >= 0 ? d->items[i].name : is_name(said) ? said : NULL;
}

const char *declared_label(const struct declarations *d, const struct text_scope *scope, const char *name)
{
    static const char *const TAKEN[] = {"序号", "序号一", "完", "其余", "栏",   "栏头",
                                        "若",   "若无",   "按", "当",   "逐项", "条款"};
    int i = find(d, scope, name, false);
    const char *label = i >= 0 ? d->items[i].label : "";
    if (!*label || strpbrk(label, " \t\n.") || strstr(label, "【") || strstr(label, "】") ||
        strstr(label, "　"))
        return name;
    for (size_t k = 0; k < sizeof TAKEN / sizeof *TAKEN; k++)
        if (strcmp(label, TAKEN[k]) == 0)
            return name;
    int named = find(d, scope, label, false);
    return find(d, scope, label, true) == i && (named < 0 || named == i) ? label : name;
}

const char *declared_path(const struct declarations *d, const struct text_scope *scope, const char *said,
                          TALLOC_CTX *life)
{
    const char *dot = strchr(said, '.');
    if (!dot)
        return declared_name(d, scope, said);
    const char *rows = talloc_strndup(life, said, (size_t)(dot - said));
    rows = rows ? declared_name(d, scope, rows) : NULL;
    if (!rows)
        return NULL;
    struct text_scope inside = *scope;
    scope_enter(d, &inside, rows);
    const char *column = declared_name(d, &inside, dot + 1);
    return column ? talloc_asprintf(life, "%s.%s", rows, column) : NULL;
}

void scope_enter(const struct declarations *d, struct text_scope *scope, const char *name)
{
    int i = find(d, scope, name, false);
    if (scope->depth < (int)(sizeof scope->rows / sizeof *scope->rows))
        scope->rows[scope->depth++] = i >= 0 && strcmp(d->items[i].type, "rows") == 0 ? i : -1;
}
