/* text_words.c - the words of a block: slots and conditions between 【 and 】, to XML and from it. */
#include <string.h>
#include "letter_reading.h"
#include "life.h"
#include "text_blocks_inside.h"

#define OPEN  "【"
#define CLOSE "】"
#define BLANK "　"
enum { MARK = 3, NESTED_MAX = 16, ARGUMENTS_MAX = 40 };

const char *xml_attribute(const xmlNode *x, const char *name, TALLOC_CTX *life)
{
    const char *value = template_attribute(life, x, name);
    return value ? value : "";
}

void xml_escaped(struct text *t, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        switch (s[i]) {
        case '&':
            text_add(t, "&amp;");
            break;
        case '<':
            text_add(t, "&lt;");
            break;
        case '>':
            text_add(t, "&gt;");
            break;
        case '"':
            text_add(t, "&quot;");
            break;
        case '\n':
        case '\t':
        case '\r':
            text_add_char(t, ' ');
            break;
        default:
            text_add_char(t, s[i]);
        }
}

/* ---- from XML ---- */

/* As the reader of templates takes them: line ends of the file and the indentation after them are not words.
 */
static void say_words(struct text *t, const char *s)
{
    while (*s) {
        size_t blank = strspn(s, TEMPLATE_BLANKS);
        if (blank && !memchr(s, '\n', blank))
            text_add_char(t, ' ');
        s += blank;
        if (strncmp(s, OPEN, MARK) == 0)
            text_add(t, OPEN);
        size_t n = blank && !*s ? 0 : strcspn(s, TEMPLATE_BLANKS);
        const char *next = n > MARK ? strstr(s + MARK, OPEN) : NULL;
        if (next && (size_t)(next - s) < n)
            n = (size_t)(next - s);
        text_add_n(t, s, n);
        s += n;
    }
}

static void say_condition(struct text *t, const xmlNode *x, const struct declarations *d,
                          const struct text_scope *scope, TALLOC_CTX *scratch)
{
    const char *n = xml_attribute(x, "n", scratch), *some = xml_attribute(x, "some", scratch),
               *is = xml_attribute(x, "is", scratch), *not = xml_attribute(x, "not", scratch);
    bool unset = strcmp(xml_attribute(x, "set", scratch), "no") == 0;
    text_printf(t, OPEN "%s ", unset ? "若无" : "若");
    if (*some)
        text_printf(t, "%s.%s", n, some);
    else
        text_add(t, declared_label(d, scope, n));
    if (*is)
        text_printf(t, " 是 %s", is);
    if (*not )
        text_printf(t, " 不是 %s", not );
    text_add(t, CLOSE);
}

static void say_element(struct text *t, const xmlNode *x, const struct declarations *d,
                        const struct text_scope *scope, TALLOC_CTX *scratch)
{
    const char *n = xml_attribute(x, "n", scratch);
    struct text_scope inside = *scope;
    if (template_is(x, "v")) {
        text_printf(t, OPEN "%s" CLOSE, declared_label(d, scope, n));
    } else if (template_is(x, "index")) {
        text_printf(t, OPEN "序号%s" CLOSE, strcmp(xml_attribute(x, "form", scratch), "一") == 0 ? "一" : "");
    } else if (template_is(x, "br")) {
        text_add_char(t, '\n');
    } else if (template_is(x, "clause")) {
        text_printf(t, OPEN "条款 %s" CLOSE, xml_attribute(x, "ref", scratch));
    } else if (template_is(x, "if")) {
        say_condition(t, x, d, scope, scratch);
        words_say(t, x, d, scope, scratch);
        text_add(t, OPEN "完" CLOSE);
    } else if (template_is(x, "choose")) {
        text_printf(t, OPEN "按 %s" CLOSE, declared_label(d, scope, n));
        words_say(t, x, d, scope, scratch);
        text_add(t, OPEN "完" CLOSE);
    } else if (template_is(x, "when")) {
        text_printf(t, OPEN "当 %s" CLOSE, xml_attribute(x, "is", scratch));
        words_say(t, x, d, scope, scratch);
    } else if (template_is(x, "otherwise")) {
        text_add(t, OPEN "其余" CLOSE);
        words_say(t, x, d, scope, scratch);
    } else if (template_is(x, "each")) {
        text_printf(t, OPEN "逐项 %s" CLOSE, declared_label(d, scope, n));
        scope_enter(d, &inside, n);
        words_say(t, x, d, &inside, scratch);
        text_add(t, OPEN "完" CLOSE);
    } else if (template_is(x, "td") || template_is(x, "th")) {
        const char *span = xml_attribute(x, "span", scratch), *lines = xml_attribute(x, "lines", scratch);
        text_printf(t, OPEN "%s%s%s%s%s" CLOSE, template_is(x, "th") ? "栏头" : "栏", *span ? " 跨" : "",
                    span, *lines ? " 高" : "", lines);
        words_say(t, x, d, scope, scratch);
    }
}

void words_say(struct text *t, const xmlNode *x, const struct declarations *d, const struct text_scope *scope,
               TALLOC_CTX *scratch)
{
    for (const xmlNode *child = x->children; child; child = child->next)
        if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE)
            say_words(t, (const char *)child->content);
        else if (child->type == XML_ELEMENT_NODE)
            say_element(t, child, d, scope, scratch);
}

/* ---- to XML ---- */

enum nested { IN_IF, IN_EACH, IN_CHOOSE, IN_WHEN, IN_OTHERWISE, IN_CELL, IN_HEAD_CELL };

struct writer {
    struct text *t;
    const struct declarations *d;
    struct text_scope scope;
    enum nested open[NESTED_MAX];
    int depth;
    bool row;
    TALLOC_CTX *life;
    struct text_wrong *wrong;
};

static const char *const ELEMENTS[] = {
    [IN_IF] = "if",        [IN_EACH] = "each",           [IN_CHOOSE] = "choose",
    [IN_WHEN] = "when",    [IN_OTHERWISE] = "otherwise", [IN_CELL] = "td",
    [IN_HEAD_CELL] = "th",
};

/* What is wrong, in both languages; each names `word` once. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* literals of this file, with one %s each */
static bool refuse_word(struct writer *w, const char *zh, const char *en, const char *word)
{
    w->wrong->zh = talloc_asprintf(w->life, zh, word);
    w->wrong->en = talloc_asprintf(w->life, en, word);
    return false;
}
#pragma GCC diagnostic pop

static bool refuse(struct writer *w, const char *zh, const char *en)
{
    w->wrong->zh = zh;
    w->wrong->en = en;
    return false;
}

static bool is_branch(const struct writer *w)
{
    return w->depth && (w->open[w->depth - 1] == IN_WHEN || w->open[w->depth - 1] == IN_OTHERWISE);
}

static bool enter(struct writer *w, enum nested what)
{
    if (w->depth == NESTED_MAX)
        return refuse(w, "条件嵌套过深（最多16层）", "conditions are nested deeper than 16");
    w->open[w->depth++] = what;
    return true;
}

static void leave(struct writer *w)
{
    enum nested what = w->open[--w->depth];
    text_printf(w->t, "</%s>", ELEMENTS[what]);
    if (what == IN_EACH && w->scope.depth > 0)
        w->scope.depth--;
}

/* One mark taken apart: words between blanks. */
struct mark {
    char *words[ARGUMENTS_MAX];
    int count;
    const char *rest; /* after the condition's 是 or 不是, as typed */
};

static bool take_apart(struct writer *w, const char *from, size_t n, struct mark *out)
{
    char *copy = talloc_strndup(w->life, from, n);
    *out = (struct mark){.count = 0};
    if (!copy)
        return refuse(w, "内存不足", "out of memory");
    for (char *s = copy; *s && out->count < ARGUMENTS_MAX;) {
        while (*s == ' ' || *s == '\t' || *s == '\n' || strncmp(s, BLANK, MARK) == 0) {
            size_t blank = *s == BLANK[0] ? MARK : 1;
            memset(s, 0, blank);
            s += blank;
        }
        if (*s)
            out->words[out->count++] = s;
        while (*s && *s != ' ' && *s != '\t' && *s != '\n' && strncmp(s, BLANK, MARK) != 0)
            s++;
    }
    return out->count > 0 ? true : refuse(w, "【】里没有内容", "there is nothing between 【 and 】");
}

static const char *joined(struct writer *w, const struct mark *m, int from)
{
    char *all = talloc_strdup(w->life, "");
    for (int i = from; all && i < m->count; i++)
        all = talloc_asprintf_append(all, "%s%s", i > from ? " " : "", m->words[i]);
    return all ? all : "";
}

void condition_write(struct text *t, const char *path, const char *how, const char *value)
{
    const char *dot = strchr(path, '.');
    size_t n = dot ? (size_t)(dot - path) : strlen(path);
    text_add(t, " n=\"");
    xml_escaped(t, path, n);
    text_add_char(t, '"');
    if (dot) {
        text_add(t, " some=\"");
        xml_escaped(t, dot + 1, strlen(dot + 1));
        text_add_char(t, '"');
    }
    if (strcmp(how, "unset") == 0)
        text_add(t, " set=\"no\"");
    if (strcmp(how, "is") == 0 || strcmp(how, "not") == 0) {
        text_printf(t, " %s=\"", how);
        xml_escaped(t, value, strlen(value));
        text_add_char(t, '"');
    }
}

static bool no_field(struct writer *w, const char *said)
{
    return refuse_word(w, "没有声明名为“%s”的字段", "no field “%s” is declared", said);
}

static bool write_if(struct writer *w, const struct mark *m, bool unset)
{
    const char *path = m->count > 1 ? declared_path(w->d, &w->scope, m->words[1], w->life) : NULL;
    bool is = m->count > 2 && strcmp(m->words[2], "是") == 0,
         not = m->count > 2 && strcmp(m->words[2], "不是") == 0;
    if (!path)
        return no_field(w, m->count > 1 ? m->words[1] : "");
    if ((m->count > 2 && !is && !not ) || m->count == 3 || (unset && m->count > 2))
        return refuse_word(
            w, "条件“%s”应当写成 若 字段、若无 字段、若 字段 是 词 或者 若 字段 不是 词",
            "the condition “%s” should read 若 FIELD, 若无 FIELD, 若 FIELD 是 WORDS or 若 FIELD 不是 WORDS",
            joined(w, m, 0));
    text_add(w->t, "<if");
    condition_write(w->t, path, is ? "is" : not ? "not" : unset ? "unset" : "set", joined(w, m, 3));
    text_add_char(w->t, '>');
    return enter(w, IN_IF);
}

static bool write_over(struct writer *w, const struct mark *m, const char *element, enum nested what)
{
    const char *name = m->count == 2 ? declared_name(w->d, &w->scope, m->words[1]) : NULL;
    if (!name)
        return no_field(w, joined(w, m, 1));
    text_printf(w->t, "<%s n=\"%s\">", element, name);
    if (!enter(w, what))
        return false;
    if (what == IN_EACH)
        scope_enter(w->d, &w->scope, name);
    return true;
}

/* 当 and 其余 end the branch before them. */
static bool write_branch(struct writer *w, const struct mark *m, bool otherwise)
{
    if (is_branch(w))
        leave(w);
    if (!w->depth || w->open[w->depth - 1] != IN_CHOOSE)
        return refuse_word(w, "“%s”只能放在【按 …】和【完】之间", "“%s” stands between 【按 …】 and 【完】",
                           m->words[0]);
    if (!otherwise && m->count < 2)
        return refuse(w, "【当】后面要写明所选的词", "【当】 names the words that are chosen");
    if (otherwise) {
        text_add(w->t, "<otherwise>");
    } else {
        const char *is = joined(w, m, 1);
        text_add(w->t, "<when is=\"");
        xml_escaped(w->t, is, strlen(is));
        text_add(w->t, "\">");
    }
    return enter(w, otherwise ? IN_OTHERWISE : IN_WHEN);
}

static bool write_end(struct writer *w)
{
    if (is_branch(w))
        leave(w);
    if (!w->depth || w->open[w->depth - 1] == IN_CELL || w->open[w->depth - 1] == IN_HEAD_CELL)
        return refuse(w, "【完】前面没有对应的【若】【按】或者【逐项】", "【完】 ends nothing");
    leave(w);
    return true;
}

static bool write_cell(struct writer *w, const struct mark *m, bool head)
{
    if (!w->row)
        return refuse_word(w, "“%s”只能用在表格行里", "“%s” stands in rows of tables only", m->words[0]);
    if (w->depth == 1 && w->open[0] >= IN_CELL)
        leave(w);
    if (w->depth)
        return refuse(w, "上一栏里的条件没有用【完】结束", "a condition in the cell before has no 【完】");
    text_add(w->t, head ? "<th" : "<td");
    for (int i = 1; i < m->count; i++) {
        bool span = strncmp(m->words[i], "跨", MARK) == 0, lines = strncmp(m->words[i], "高", MARK) == 0;
        int64_t number = 0;
        if ((!span && !lines) || !text_to_int(m->words[i] + MARK, 1, 99, &number))
            return refuse_word(w, "栏的写法是【栏】【栏头】，可以加 跨2、高3，不能写“%s”",
                               "a cell is 【栏】 or 【栏头】, perhaps with 跨2 and 高3, not “%s”",
                               m->words[i]);
        text_printf(w->t, " %s=\"%d\"", span ? "span" : "lines", (int)number);
    }
    text_add_char(w->t, '>');
    return enter(w, head ? IN_HEAD_CELL : IN_CELL);
}

static bool write_mark(struct writer *w, const char *from, size_t n)
{
    struct mark m;
    if (!take_apart(w, from, n, &m))
        return false;
    const char *word = m.words[0];
    if (strcmp(word, "栏") == 0 || strcmp(word, "栏头") == 0)
        return write_cell(w, &m, word[MARK] != '\0');
    if (w->depth && w->open[w->depth - 1] == IN_CHOOSE && strcmp(word, "当") != 0 &&
        strcmp(word, "其余") != 0 && strcmp(word, "完") != 0)
        return refuse_word(w, "【按 …】之后应当是【当 …】，不是“%s”",
                           "after 【按 …】 comes 【当 …】, not “%s”", word);
    if (strcmp(word, "完") == 0)
        return write_end(w);
    if (strcmp(word, "若") == 0 || strcmp(word, "若无") == 0)
        return write_if(w, &m, word[MARK] != '\0');
    if (strcmp(word, "按") == 0)
        return write_over(w, &m, "choose", IN_CHOOSE);
    if (strcmp(word, "逐项") == 0)
        return write_over(w, &m, "each", IN_EACH);
    if (strcmp(word, "当") == 0 || strcmp(word, "其余") == 0)
        return write_branch(w, &m, strcmp(word, "其余") == 0);
    if (strcmp(word, "条款") == 0) {
        text_add(w->t, "<clause ref=\"");
        xml_escaped(w->t, joined(w, &m, 1), strlen(joined(w, &m, 1)));
        text_add(w->t, "\"/>");
        return true;
    }
    if (m.count == 1 && (strcmp(word, "序号") == 0 || strcmp(word, "序号一") == 0)) {
        text_add(w->t, word[2 * MARK] ? "<index form=\"一\"/>" : "<index/>");
        return true;
    }
    const char *name = m.count == 1 ? declared_name(w->d, &w->scope, word) : NULL;
    if (!name)
        return no_field(w, joined(w, &m, 0));
    text_printf(w->t, "<v n=\"%s\"/>", name);
    return true;
}

/* Words up to the next mark or the end of the line. */
static bool write_plain(struct writer *w, const char *s, size_t n)
{
    bool blank = strspn(s, " \t\n") >= n;
    if (w->row && !w->depth)
        return blank ? true
                     : refuse(w, "表格行以【栏】或者【栏头】开头", "a row begins with 【栏】 or 【栏头】");
    if (w->depth && w->open[w->depth - 1] == IN_CHOOSE)
        return blank ? true
                     : refuse(w, "【按 …】之后应当是【当 …】，不是文字",
                              "after 【按 …】 comes 【当 …】, not words");
    for (size_t i = 0; i < n;) {
        size_t line = 0;
        while (i + line < n && s[i + line] != '\n')
            line++;
        xml_escaped(w->t, s + i, line);
        i += line;
        if (i < n) {
            bool before_cell = w->row && strspn(s + i, " \t\n") == n - i;
            if (!before_cell)
                text_printf(w->t, "<%s/>", "br");
            i++;
        }
    }
    return true;
}

bool words_write(struct text *t, const char *words, bool row, const struct declarations *d,
                 const struct text_scope *scope, TALLOC_CTX *result, struct text_wrong *wrong)
{
    struct writer w = {.t = t, .d = d, .scope = *scope, .row = row, .life = result, .wrong = wrong};
    const char *s = words;
    while (*s) {
        const char *open = strstr(s, OPEN);
        size_t n = open ? (size_t)(open - s) : strlen(s);
        if (n && !write_plain(&w, s, n))
            return false;
        s += n;
        if (!*s)
            break;
        if (strncmp(s + MARK, OPEN, MARK) == 0) { /* the character itself */
            if (!write_plain(&w, s, MARK))
                return false;
            s += (size_t)2 * MARK;
            continue;
        }
        const char *close = strstr(s, CLOSE);
        if (!close)
            return refuse_word(&w, "【没有对应的】：%s", "【 is not closed by 】: %s", s);
        if (!write_mark(&w, s + MARK, (size_t)(close - s) - MARK))
            return false;
        s = close + MARK;
    }
    if (row && w.depth == 1 && w.open[0] >= IN_CELL)
        leave(&w);
    if (w.depth)
        return refuse(&w, "条件或者逐项没有用【完】结束", "a condition or an each has no 【完】");
    return true;
}
