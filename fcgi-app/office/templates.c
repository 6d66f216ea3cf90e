#include <string.h>
#include "letter_trial.h"
#include "life.h"
#include "templates.h"
#include "text.h"

const char *office_text_kind(const char *code)
{
    return *code >= 'A' && *code <= 'Z' ? "letter" : "clause";
}

static bool is_clause(const char *code)
{
    return strcmp(office_text_kind(code), "clause") == 0;
}

/* ---- sentences ---- */

/* What the reader of templates says, and in Chinese; %s takes what stands there, up to the next word of the
 * pattern. */
static const struct {
    const char *en, *zh;
} SENTENCES[] = {
    {"field %s is not declared", "字段“%s”没有声明"},
    {"no value for field %s", "字段“%s”可能没有值，却直接印出；请放在“如果有”里面"},
    {"field %s may be missing: it can only stand within <if n=\"%s\">",
     "字段“%s”可能没有值，请先放在“如果有”里面"},
    {"field %s can never be %s", "字段“%s”不可能是“%s”"},
    {"field %s is never missing: say is or not", "字段“%s”不会没有值，条件应当写“是”或者“不是”"},
    {"field %s is compared with nothing", "字段“%s”的条件没有写明要比较的词"},
    {"field %s has no column %s of type code", "字段“%s”没有“选项”类型的列“%s”"},
    {"field %s is of type %s and cannot be printed", "字段“%s”的类型（%s）不能印出，只能用作条件"},
    {"field %s is of type %s: only a code or a flag can be chosen by",
     "字段“%s”的类型（%s）不能用来选择，只能用选项或者是否"},
    {"field %s is of type %s: only rows and lists have an each",
     "字段“%s”的类型（%s）不能逐项重复，只能用多行或者列表"},
    {"field %s is not of type text", "字段“%s”不是文本类型"},
    {"field %s is not of type sha256", "字段“%s”不是校验值类型"},
    {"field %s is not a code of layouts", "字段“%s”不是表示版式的选项"},
    {"field %s is declared twice", "字段“%s”声明了两次"},
    {"field %s is declared otherwise in clause %s", "字段“%s”在条款“%s”里的声明与此处不同"},
    {"a field of type %s cannot be compared", "类型为“%s”的字段不能用作条件"},
    {"a condition with some says is or not", "对多行中某一列的条件，应当写“是”或者“不是”"},
    {"column %s is declared otherwise in clause %s", "列“%s”在条款“%s”里的声明与此处不同"},
    {"clause %s does not know %s of field %s", "条款“%s”没有写“%s”（字段“%s”）时怎么办"},
    {"clause %s does not know %s of column %s", "条款“%s”没有写“%s”（列“%s”）时怎么办"},
    {"clause %s asks for field %s, which is not declared here", "条款“%s”需要字段“%s”，此处没有声明"},
    {"clause %s includes itself", "条款“%s”引用了自己"},
    {"clause %s is not to be had: %s", "条款“%s”没有现行有效的版本"},
    {"clause %s is one of blocks: it cannot stand within words", "条款“%s”由段落组成，不能放在文字中间"},
    {"clause %s is one of words: it stands within a paragraph or a cell",
     "条款“%s”只有词语，应当放在段落的文字里"},
    {"value %s has two branches", "“%s”有两个分支"},
    {"value %s is declared twice", "“%s”声明了两次"},
    {"value %s of %s has no branch", "“%s”没有分支（字段“%s”）"},
    {"every value of %s has its branch: otherwise is never reached",
     "字段“%s”的每个词都有分支，“其余情形”永远用不到"},
    {"<index> stands outside of <each>", "【序号】只能用在逐项重复里面"},
    {"<%s> is empty", "这里没有内容"},
    {"<%s> takes an agency of type text and a date of type date",
     "署名需要一个文本字段（机关）和一个日期字段"},
    {"the widths of a table are whole characters and 28 together", "表格各列的宽度是整数，合计28个字"},
    {"a letter that may be laid out with a red head needs a <mark>",
     "可能使用红头版式的文书需要“发文机关标志”"},
    {"it ends before it begins", "终止日期早于起始日期"},
    {"no data reaches what stands here", "没有任何情形会用到这里的内容"},
    {"version %s of %s is in force from %s until %s, not on %s", "第%s版“%s”的适用期为%s至%s，%s不在其内"},
    {"a letter stops: %s: no value for field %s", "有的情形下文书不能生成（%s）：字段“%s”没有值"},
    {"a letter stops: %s", "有的情形下文书不能生成（%s）"},
    {"the letter has more than 20000 parts", "文书过长"},
    {"words stand where only elements can", "这里不能直接写文字"},
};

/* Does the sentence fit the pattern? The words behind each %s, at most five. */
static bool fits(const char *pattern, const char *said, char **words, TALLOC_CTX *life)
{
    int count = 0;
    for (; *pattern; pattern++) {
        if (pattern[0] != '%' || pattern[1] != 's') {
            if (*said++ != *pattern)
                return false;
            continue;
        }
        pattern += 2;
        const char *until = strstr(pattern, "%s");
        char *next = talloc_strndup(life, pattern, until ? (size_t)(until - pattern) : strlen(pattern));
        const char *end = next && *next ? strstr(said, next) : said + strlen(said);
        if (!end || count == 5)
            return false;
        words[count++] = talloc_strndup(life, said, (size_t)(end - said));
        said = end;
        pattern--;
    }
    return !*said;
}

static const char *fill(const char *zh, char **words, TALLOC_CTX *life)
{
    char *out = talloc_strdup(life, "");
    for (const char *s = zh; out && *s;) {
        const char *slot = strstr(s, "%s");
        out = talloc_strndup_append(out, s, slot ? (size_t)(slot - s) : strlen(s));
        if (!slot)
            break;
        out = out && *words ? talloc_strdup_append(out, *words++) : out;
        s = slot + 2;
    }
    return out ? out : zh;
}

const char *office_text_sentence(const char *english, TALLOC_CTX *life)
{
    for (size_t i = 0; i < sizeof SENTENCES / sizeof *SENTENCES; i++) {
        char *words[6] = {NULL};
        if (fits(SENTENCES[i].en, english, words, life))
            return fill(SENTENCES[i].zh, words, life);
    }
    const char *said = talloc_asprintf(life, "这里的内容或者位置不符合文书模板的规则（%s）", english);
    return said ? said : english;
}

/* ---- reading and trying ---- */

/* The clauses of a day, one of them perhaps replaced by what is being written. */
struct shelf {
    const struct table *clauses;
    const char *code, *xml; /* NULL: as they are */
};

static const struct fault *from_shelf(void *context, TALLOC_CTX *life, const char *code,
                                      struct letter_source *out)
{
    const struct shelf *s = context;
    const char *xml = s->code && strcmp(s->code, code) == 0 ? s->xml : NULL;
    for (size_t i = 0; !xml && i < s->clauses->row_count; i++)
        if (text_same(table_text(s->clauses, i, "code"), code))
            xml = table_text(s->clauses, i, "xml");
    if (!xml)
        return fault_new(life, FAULT_INPUT, "CLAUSE_ABSENT", "no clause %s is in force", code);
    *out = (struct letter_source){talloc_asprintf(life, "%s.xml", code), xml, strlen(xml)};
    TRY_MEMORY(out->name);
    return NULL;
}

static const struct fault *read_on(const struct office *office, const char *code, const char *xml,
                                   struct shelf *shelf, struct letter_template **out, TALLOC_CTX *life)
{
    const struct letter_source source = {talloc_asprintf(life, "%s.xml", code), xml, strlen(xml)};
    TRY_MEMORY(source.name);
    return is_clause(code) ? letter_clause_alone(office->reader, &source, from_shelf, shelf, life, out)
                           : letter_template_read(office->reader, &source, from_shelf, shelf, life, out);
}

/* "R02.xml:14: sentence" taken apart. */
static void problem_of(const char *code, const char *detail, struct text_problem *out, TALLOC_CTX *life)
{
    const char *colon = detail ? strchr(detail, ':') : NULL;
    const char *digits = colon ? colon + 1 : "";
    size_t n = strspn(digits, "0123456789");
    int64_t line = 1;
    *out = (struct text_problem){talloc_asprintf(life, "%s.xml", code), 1, "", detail ? detail : ""};
    if (n && digits[n] == ':' && text_to_int(talloc_strndup(life, digits, n), 1, INT32_MAX, &line)) {
        out->file = talloc_strndup(life, detail, (size_t)(colon - detail));
        out->line = (int)line;
        out->en = digits + n + 1 + strspn(digits + n + 1, " ");
    }
    out->zh = office_text_sentence(out->en, life);
}

const struct fault *office_text_read(struct db *db, const struct office *office, const char *code,
                                     const char *xml, struct civil day, struct letter_template **out,
                                     struct text_problem *problem, TALLOC_CTX *life)
{
    struct table *clauses = NULL;
    *out = NULL;
    TRY(db_query(db, Q_CLAUSES_IN_FORCE, (struct cell[]){cell_day(day)}, &clauses, life));
    struct shelf shelf = {clauses, is_clause(code) ? code : NULL, xml};
    const struct fault *f = read_on(office, code, xml, &shelf, out, life);
    if (!f || f->kind != FAULT_INPUT)
        return f;
    problem_of(code, f->detail, problem, life);
    return NULL;
}

struct trying {
    const struct office *office;
    struct shelf shelf;
    const char *code;
    struct text_tried *out;
    TALLOC_CTX *life;
};

static void tell(struct trying *t, const struct text_problem *p)
{
    if (t->out->count < TEXT_PROBLEMS_MAX)
        t->out->problems[t->out->count++] = *p;
}

/* The trial of one template; `day` is when letters of it are written. */
static const struct fault *try_one(struct trying *t, const struct letter_template *letter, struct civil day)
{
    struct letter_trial trial;
    TRY(letter_trial(letter, day, t->life, &trial));
    t->out->letters += trial.letters;
    for (size_t i = 0; i < trial.count; i++) {
        const struct letter_problem *p = &trial.problems[i];
        tell(t, &(struct text_problem){p->file, p->line, office_text_sentence(p->why, t->life), p->why});
    }
    return NULL;
}

static bool includes(const struct letter_template *t, const char *clause)
{
    for (size_t i = 0; i < t->clause_count; i++)
        if (strcmp(t->clauses[i].code, clause) == 0)
            return true;
    return false;
}

/* Does something that begins on the day stand in the letter: itself, or one of its clauses? */
static bool is_touched(const struct letter_template *t, const struct table *later, struct civil day)
{
    for (size_t i = 0; i < later->row_count; i++) {
        const char *code = table_text(later, i, "code");
        if (civil_compare(table_day(later, i, "begins"), day) == 0 &&
            (strcmp(code, t->code) == 0 || includes(t, code)))
            return true;
    }
    return false;
}

/* A clause in every template that includes it; `later`: of those alone in which something begins on the day.
 * One that cannot be read for another reason is no fault of the clause. */
static const struct fault *try_others(struct trying *t, const struct table *letters,
                                      const struct table *later, struct civil day)
{
    for (size_t i = 0; i < letters->row_count; i++) {
        const char *code = table_text(letters, i, "code"), *xml = table_text(letters, i, "xml");
        struct letter_template *with = NULL, *without = NULL;
        struct shelf as_it_is = {t->shelf.clauses, NULL, NULL};
        const struct fault *f = read_on(t->office, code, xml, &t->shelf, &with, t->life);
        if (f && f->kind != FAULT_INPUT)
            return f;
        if (f && !read_on(t->office, code, xml, &as_it_is, &without, t->life)) {
            struct text_problem p;
            problem_of(code, f->detail, &p, t->life);
            tell(t, &p);
        } else if (!f && includes(with, t->code) && (!later || is_touched(with, later, day))) {
            TRY(try_one(t, with, day));
        }
    }
    return NULL;
}

/* The clauses, and for a clause the letters, of the day. */
static const struct fault *shelf_on(struct db *db, struct trying *t, struct civil day, struct table **letters)
{
    struct db_ask asks[] = {
        {.id = Q_CLAUSES_IN_FORCE, .params = (struct cell[]){cell_day(day)}},
        {.id = Q_TEXTS_FROM, .params = (struct cell[]){cell_text("letter"), cell_day(day)}},
    };
    TRY(db_batch(db, asks, is_clause(t->code) ? 2 : 1, t->life));
    t->shelf.clauses = asks[0].out;
    *letters = asks[1].out;
    return NULL;
}

static bool all_in_force(const struct letter_template *t, const struct shelf *shelf)
{
    for (size_t i = 0; i < t->clause_count; i++) {
        bool found = shelf->code && strcmp(shelf->code, t->clauses[i].code) == 0;
        for (size_t row = 0; row < shelf->clauses->row_count && !found; row++)
            found = text_same(table_text(shelf->clauses, row, "code"), t->clauses[i].code);
        if (!found)
            return false;
    }
    return true;
}

/* Once more on a later day on which something begins that it meets. What has ended by then is told by its own
 * last day, not here. */
static const struct fault *try_later(struct db *db, struct trying *t, const char *xml,
                                     const struct table *later, struct civil day)
{
    struct letter_template *read = NULL;
    struct table *letters = NULL;
    TRY(shelf_on(db, t, day, &letters));
    if (!all_in_force(t->out->t, &t->shelf))
        return NULL;
    const struct fault *f = read_on(t->office, t->code, xml, &t->shelf, &read, t->life);
    if (f && f->kind != FAULT_INPUT)
        return f;
    if (f) {
        struct text_problem p;
        problem_of(t->code, f->detail, &p, t->life);
        tell(t, &p);
        return NULL;
    }
    if (is_touched(read, later, day))
        TRY(try_one(t, read, day));
    return letters ? try_others(t, letters, later, day) : NULL;
}

static const struct fault *try_all_later(struct db *db, struct trying *t, const char *xml, struct civil day)
{
    struct table *later = NULL;
    struct civil last = day;
    const struct cell params[] = {cell_text(office_text_kind(t->code)), cell_text(t->code), cell_day(day)};
    TRY(db_query(db, Q_TEXTS_LATER, params, &later, t->life));
    for (size_t i = 0; i < later->row_count; i++) {
        struct civil begins = table_day(later, i, "begins");
        if (civil_compare(begins, last) > 0 && (is_clause(t->code) || is_touched(t->out->t, later, begins)))
            TRY(try_later(db, t, xml, later, begins));
        last = begins;
    }
    return NULL;
}

const struct fault *office_text_try(struct db *db, const struct office *office, const char *code,
                                    const char *xml, struct civil day, struct text_tried *out,
                                    TALLOC_CTX *life)
{
    struct letter_template *t = NULL;
    struct table *letters = NULL;
    *out = (struct text_tried){.problems = talloc_zero_array(life, struct text_problem, TEXT_PROBLEMS_MAX)};
    TRY_MEMORY(out->problems);
    struct trying trying = {office, {NULL, is_clause(code) ? code : NULL, xml}, code, out, life};
    TRY(shelf_on(db, &trying, day, &letters));
    const struct fault *f = read_on(office, code, xml, &trying.shelf, &t, life);
    if (!f && civil_is_set(t->from) && civil_compare(day, t->from) < 0) {
        day = t->from; /* before, it rules no letter */
        TRY(shelf_on(db, &trying, day, &letters));
        f = read_on(office, code, xml, &trying.shelf, &t, life);
    }
    if (f && f->kind != FAULT_INPUT)
        return f;
    if (f) {
        problem_of(code, f->detail, &out->problems[out->count++], life);
        return NULL;
    }
    out->t = t;
    TRY(try_one(&trying, t, day));
    if (is_clause(code))
        TRY(try_others(&trying, letters, NULL, day));
    return try_all_later(db, &trying, xml, day);
}

/* ---- steps ---- */

/* What rules now; where nothing does, the last version. */
static const struct fault *newest(struct db *db, const char *code, int32_t *base, TALLOC_CTX *life)
{
    struct table *t = NULL;
    TRY(db_query(db, Q_TEXT_VERSIONS, (struct cell[]){cell_text(office_text_kind(code)), cell_text(code)}, &t,
                 life));
    for (size_t i = t->row_count; i-- > 0;)
        *base = (int32_t)table_int(t, i, "version", 0);
    for (size_t i = 0; i < t->row_count; i++)
        if (table_flag(t, i, "rules"))
            *base = (int32_t)table_int(t, i, "version", 0);
    return NULL;
}

const struct fault *office_text_draft(struct db *db, const struct office *office, const char *code,
                                      int32_t base, int32_t *version, TALLOC_CTX *life)
{
    const char *kind = office_text_kind(code);
    struct table *t = NULL, *made = NULL;
    (void)office;
    if (!base)
        TRY(newest(db, code, &base, life));
    TRY(db_query(db, Q_TEXT_VERSION, (struct cell[]){cell_text(kind), cell_text(code), cell_int(base)}, &t,
                 life));
    if (!t->row_count)
        return fault_new(life, FAULT_ABSENT, "TEXT_ABSENT", "%s %d", code, (int)base);
    TRY(db_query(
        db, Q_TEXT_DRAFT,
        (struct cell[]){cell_text(kind), cell_text(code), cell_int(base), cell_text(table_text(t, 0, "xml"))},
        &made, life));
    *version = (int32_t)table_int(made, 0, "version", 0);
    return *version ? NULL
                    : fault_new(life, FAULT_STALE, "TEXT_OPEN", "there is a draft of %s already", code);
}

static const struct fault *faulty(const struct text_tried *tried, TALLOC_CTX *life)
{
    const struct text_problem *first = &tried->problems[0];
    const struct refusal why = {
        .rule = "text-faulty",
        .zh = talloc_asprintf(life, "试排发现%zu个问题，修改以后才能继续。第一个问题（%s第%d行）：%s。",
                              tried->count, first->file, first->line, first->zh),
        .en =
            talloc_asprintf(life, "The trial found %zu problem%s; correct the text first. %s, line %d: %s.",
                            tried->count, tried->count == 1 ? "" : "s", first->file, first->line, first->en),
        .fact = -1};
    TRY_MEMORY(why.zh && why.en ? life : NULL);
    return fault_refused(life, &why);
}

static const struct fault *try_stored(struct db *db, const struct office *office, const struct text_step *in,
                                      struct civil day, TALLOC_CTX *life)
{
    const char *kind = office_text_kind(in->code);
    struct text_tried tried;
    struct table *t = NULL;
    TRY(db_query(db, Q_TEXT_VERSION,
                 (struct cell[]){cell_text(kind), cell_text(in->code), cell_int(in->version)}, &t, life));
    if (!t->row_count)
        return fault_new(life, FAULT_ABSENT, "TEXT_ABSENT", "%s %d", in->code, (int)in->version);
    TRY(office_text_try(db, office, in->code, table_text(t, 0, "xml"), day, &tried, life));
    return tried.count ? faulty(&tried, life) : NULL;
}

static const struct fault *is_second(struct db *db, const struct text_step *in, TALLOC_CTX *life)
{
    static const struct refusal OWN = {
        .rule = "text-second-person",
        .zh = "您参与了这一版的起草，应当由另一名有审批权限的人员审批。",
        .en = "You have written on this version: another person must approve it.",
        .fact = -1};
    struct table *t = NULL;
    const struct cell params[] = {cell_text(office_text_kind(in->code)), cell_text(in->code),
                                  cell_int(in->version), cell_int(db_scope_of(db).person)};
    TRY(db_query(db, Q_TEXT_WROTE, params, &t, life));
    return table_flag(t, 0, "wrote") ? fault_refused(life, &OWN) : NULL;
}

/* What must be so before the store is asked. */
static const struct fault *judge(struct db *db, const struct office *office, const struct text_step *in,
                                 TALLOC_CTX *life)
{
    bool approves = strcmp(in->deed, "approved") == 0, ends = strcmp(in->deed, "ended") == 0;
    bool explained = strcmp(in->deed, "returned") == 0 || strcmp(in->deed, "withdrawn") == 0 || ends;
    struct civil today;
    TRY(db_ask_today(db, &today, life));
    if (explained && (!in->reason || !*in->reason))
        return fault_field(life, "REQUIRED", "reason", "a reason");
    if ((approves || ends) && !civil_is_set(in->on))
        return fault_field(life, "REQUIRED", "on", "a day");
    if ((approves || ends) && civil_compare(in->on, today) < 0)
        return fault_field(life, "TEXT_DAY_PAST", "on", "a day that is past");
    if (approves)
        TRY(is_second(db, in, life));
    if (approves || strcmp(in->deed, "submitted") == 0)
        return try_stored(db, office, in, approves ? in->on : today, life);
    return NULL;
}

const struct fault *office_text_step(struct db *db, const struct office *office, const struct text_step *in,
                                     int32_t *revision, TALLOC_CTX *life)
{
    struct table *t = NULL;
    TRY(judge(db, office, in, life));
    const struct cell params[] = {cell_text(office_text_kind(in->code)),
                                  cell_text(in->code),
                                  cell_int(in->version),
                                  cell_int(in->revision),
                                  cell_text(in->deed),
                                  cell_text(in->xml),
                                  cell_day(in->on),
                                  cell_text(in->reason)};
    TRY(db_query(db, Q_TEXT_STEP, params, &t, life));
    *revision = (int32_t)table_int(t, 0, "revision", 0);
    return *revision ? NULL : fault_new(life, FAULT_STALE, "TEXT_MOVED", "%s %d", in->code, (int)in->version);
}
