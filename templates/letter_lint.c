#include <assert.h>
#include <ctype.h>
#include <string.h>
#include "letter_lint.h"
#include "life.h"

enum { FINDINGS_MAX = 200, CITATIONS_MAX = 400 };

/* ---- Rules ---- */

enum rule {
    RULE_PLACEHOLDER,
    RULE_DATE,
    RULE_CITATION,
    RULE_NUMBER,
    RULE_OLD_PERIOD,
    RULE_MINISTRY,
    RULE_REMEDIES_MISSING,
    RULE_REMEDIES_UNWANTED,
    RULE_REMEDIES_PROFILE,
    RULE_REMEDIES_PERIOD,
    RULE_REMEDIES_INTERNET,
    RULE_REVIEW_BODY,
    RULE_COURT,
    RULE_ARTICLE_MISSING,
    RULE_ARTICLE_WRONG,
    RULES
};

const struct letter_lint_rule LETTER_LINT_RULES[] = {
    [RULE_PLACEHOLDER] = {"placeholder", "文中有未填写的内容"},
    [RULE_DATE] = {"date-form", "日期应当用阿拉伯数字写全年、月、日，月、日不编虚位"},
    [RULE_CITATION] = {"citation-form", "引用条文应当用汉字数字和全角圆括号"},
    [RULE_NUMBER] = {"number-form", "发文字号应当用六角括号括入全年份，序号不加“第”、不编虚位"},
    [RULE_OLD_PERIOD] = {"old-period", "起诉期限“3个月”是旧规定，现为6个月"},
    [RULE_MINISTRY] = {"review-ministry", "应急管理部不是行政复议机关"},
    [RULE_REMEDIES_MISSING] = {"remedies-missing", "没有告知救济途径"},
    [RULE_REMEDIES_UNWANTED] = {"remedies-unwanted", "过程性告知不单独告知救济途径"},
    [RULE_REMEDIES_PROFILE] = {"remedies-profile", "告知的救济途径与处理结果不符（复议前置或者可选择）"},
    [RULE_REMEDIES_PERIOD] = {"remedies-period", "申请行政复议、提起行政诉讼的期限缺失或者有误"},
    [RULE_REMEDIES_INTERNET] = {"remedies-internet", "以电子方式送达的，应当同时告知互联网行政复议渠道"},
    [RULE_REVIEW_BODY] = {"review-body", "行政复议机关有误"},
    [RULE_COURT] = {"court-name", "管辖法院有误"},
    [RULE_ARTICLE_MISSING] = {"article-missing", "没有引用处理结果所依据的条款项"},
    [RULE_ARTICLE_WRONG] = {"article-wrong", "引用的条款项与处理结果不符"},
};
const size_t LETTER_LINT_RULE_COUNT = RULES;
_Static_assert(sizeof LETTER_LINT_RULES / sizeof *LETTER_LINT_RULES == RULES, "a sentence for each rule");

struct linter {
    const struct letter *letter;
    const struct letter_expectation *expected;
    TALLOC_CTX *result, *scratch;
    struct letter_finding *found;
    size_t count;
    struct citation {
        int article, paragraph, item;
        size_t block;
        const char *text;
    } cited[CITATIONS_MAX];
    size_t cited_count;
    bool preposed, optional, internet; /* what the remedies say */
    size_t remedies;                   /* the block that says it; block_count: none */
};

static const struct fault *find(struct linter *l, enum rule rule, size_t block, const char *words,
                                size_t length)
{
    if (l->count >= FINDINGS_MAX)
        return NULL;
    const char *copy = talloc_strndup(l->result, words, length);
    TRY_MEMORY(copy);
    l->found[l->count++] = (struct letter_finding){
        .rule = LETTER_LINT_RULES[rule].name,
        .zh = LETTER_LINT_RULES[rule].zh,
        .block = block,
        .line = block < l->letter->block_count ? l->letter->blocks[block].line : 0,
        .found = copy,
    };
    return NULL;
}

static const struct fault *find_words(struct linter *l, enum rule rule, size_t block, const char *words)
{
    return find(l, rule, block, words, strlen(words));
}

/* ---- Quotations: the words of others are blotted out ---- */

static size_t blank(const char *s)
{
    static const char IDEOGRAPHIC[] = "　";
    if (strncmp(s, IDEOGRAPHIC, sizeof IDEOGRAPHIC - 1) == 0)
        return sizeof IDEOGRAPHIC - 1;
    return *s == ' ' || *s == '\n' || *s == '\t' || *s == '\r';
}

static const char *skip_blanks(const char *s)
{
    for (size_t n; (n = blank(s));)
        s += n;
    return s;
}

/* Where `text` goes on after the whole of `quoted`, blanks aside; NULL if it is not that. */
static const char *after_quoted(const char *text, const char *quoted)
{
    for (;;) {
        text = skip_blanks(text);
        quoted = skip_blanks(quoted);
        if (!*quoted)
            return text;
        if (*text++ != *quoted++)
            return NULL;
    }
}

#define OPEN  "“"
#define CLOSE "”"
/* A quotation stands in quotation marks, or fills the whole text (a cell of a table). */
static void blot_one(char *text, const char *quoted)
{
    const char *end = after_quoted(text, quoted);
    if (!*skip_blanks(quoted))
        return;
    if (end && !*end) {
        memset(text, 'q', strlen(text));
        return;
    }
    for (char *at = text; (at = strstr(at, OPEN));) {
        at += sizeof OPEN - 1;
        end = after_quoted(at, quoted);
        if (end && strncmp(end, CLOSE, sizeof CLOSE - 1) == 0)
            memset(at, 'q', (size_t)(end - at));
    }
}

static char *blotted(struct linter *l, const char *text)
{
    char *copy = talloc_strdup(l->scratch, text);
    for (const char *const *q = l->expected->quoted; copy && q && *q; q++)
        blot_one(copy, *q);
    return copy;
}

/* ---- Forms ---- */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static const struct fault *look_for_placeholders(struct linter *l, size_t block, const char *text)
{
    static const char *const SIGNS[] = {"{",    "}",  "｛",     "｝",       "《》",      OPEN CLOSE,
                                        "（）", "()", "〔〕",   "【】",     "××",        "＿＿",
                                        "__",   "□",  "年月日", "年 月 日", "年　月　日"};
    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++)
        if (strstr(text, SIGNS[i]))
            TRY(find_words(l, RULE_PLACEHOLDER, block, SIGNS[i]));
    for (const char *at = text; (at = strstr(at, "XX")); at += 2)
        if ((at == text || !is_word(at[-1])) && !is_word(at[2]))
            TRY(find_words(l, RULE_PLACEHOLDER, block, "XX"));
    return NULL;
}

static size_t digits(const char *s)
{
    return strspn(s, "0123456789");
}

/* 03月, 09日: a zero that stands for nothing. */
static const struct fault *look_for_padded_days(struct linter *l, size_t block, const char *text)
{
    static const char *const PARTS[][2] = {{"年", "月"}, {"月", "日"}};
    for (size_t i = 0; i < 2; i++)
        for (const char *at = text; (at = strstr(at, PARTS[i][0]));) {
            at += strlen(PARTS[i][0]);
            size_t n = digits(at);
            if (n > 1 && *at == '0' && strncmp(at + n, PARTS[i][1], strlen(PARTS[i][1])) == 0)
                TRY(find(l, RULE_DATE, block, at, n + strlen(PARTS[i][1])));
        }
    return NULL;
}

/* 2026-03-09, 2026.3.9, 2026/3/9: the length of such a day at `s`, or 0. */
static size_t technical_day(const char *s)
{
    size_t year = digits(s);
    if (year != 4 || (strncmp(s, "19", 2) != 0 && strncmp(s, "20", 2) != 0) || !s[4] || !strchr("-./", s[4]))
        return 0;
    size_t month = digits(s + 5);
    if (month < 1 || month > 2 || s[5 + month] != s[4])
        return 0;
    size_t day = digits(s + 6 + month);
    return day < 1 || day > 2 ? 0 : 6 + month + day;
}

static const struct fault *look_for_days(struct linter *l, size_t block, const char *text)
{
    static const char *const HANZI[] = {"二〇", "二○", "二零", "一九九"};
    TRY(look_for_padded_days(l, block, text));
    for (const char *at = text; *at; at++) {
        size_t n = at > text && is_word(at[-1]) ? 0 : technical_day(at);
        if (n && !is_word(at[n]) && at[n] != '-')
            TRY(find(l, RULE_DATE, block, at, n));
    }
    for (size_t i = 0; i < sizeof HANZI / sizeof *HANZI; i++) {
        const char *at = strstr(text, HANZI[i]), *year = at ? strstr(at, "年") : NULL;
        if (year && (size_t)(year - at) <= 4 * strlen("〇"))
            TRY(find(l, RULE_DATE, block, at, (size_t)(year - at) + strlen("年")));
    }
    return NULL;
}

static const struct fault *look_for_citation_forms(struct linter *l, size_t block, const char *text)
{
    static const char *const BAD[] = {"第(", "条(", "款("};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        for (const char *at = text; (at = strstr(at, BAD[i])); at++) {
            size_t n = strcspn(at, ")");
            TRY(find(l, RULE_CITATION, block, at, n < 24 && at[n] ? n + 1 : strlen(BAD[i])));
        }
    for (const char *at = text; (at = strstr(at, "第"));) {
        at += strlen("第");
        size_t n = digits(at);
        if (n && strncmp(at + n, "条", strlen("条")) == 0)
            TRY(find(l, RULE_CITATION, block, at - strlen("第"), n + strlen("第条")));
    }
    return NULL;
}

static const struct fault *look_for_number_form(struct linter *l, size_t block, const char *text)
{
    static const char *const BAD[] = {"[", "［", "【", "(", "（", "第", "〕0"};
    if (l->letter->blocks[block].kind != LETTER_BLOCK_NUMBER)
        return NULL;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        if (strstr(text, BAD[i]))
            return find_words(l, RULE_NUMBER, block, text);
    return NULL;
}

/* ---- Remedies ---- */

static bool has(const char *text, const char *words)
{
    return strstr(text, words) != NULL;
}

/* Goes over the sentences of a text; each is cut out of the copy on scratch. */
static char *next_sentence(char **rest)
{
    char *sentence = *rest, *stop = sentence ? strstr(sentence, "。") : NULL;
    if (!sentence || !*sentence)
        return NULL;
    *rest = stop ? stop + strlen("。") : NULL;
    if (stop)
        *stop = '\0';
    return sentence;
}

static const struct fault *look_for_old_law(struct linter *l, size_t block, const char *text)
{
    static const char *const OLD[] = {"3个月", "三个月", "３个月", "3 个月"};
    char *rest = talloc_strdup(l->scratch, text);
    TRY_MEMORY(rest);
    for (const char *s; (s = next_sentence(&rest));) {
        if (has(s, "诉讼") || has(s, "起诉") || has(s, "复议"))
            for (size_t i = 0; i < sizeof OLD / sizeof *OLD; i++)
                if (has(s, OLD[i]))
                    TRY(find_words(l, RULE_OLD_PERIOD, block, OLD[i]));
        if (has(s, "应急管理部") && has(s, "申请行政复议"))
            TRY(find_words(l, RULE_MINISTRY, block, "应急管理部"));
    }
    return NULL;
}

/* "向NAME DEED" stands in the text, or there is no such name to expect. */
static const struct fault *look_for_name(struct linter *l, enum rule rule, size_t block, const char *text,
                                         const char *name, const char *deed)
{
    const char *words = name ? talloc_asprintf(l->scratch, "向%s%s", name, deed) : "";
    TRY_MEMORY(words);
    return !name || !has(text, deed) || has(text, words) ? NULL : find_words(l, rule, block, words);
}

/* A paragraph that says what to do against the letter. */
static const struct fault *read_remedies(struct linter *l, size_t block, const char *text)
{
    bool own = has(text, "本告知") || has(text, "本决定") || has(text, "本答复"); /* not another's deed */
    if (!own || !has(text, "不服") || !(has(text, "复议") || has(text, "诉讼") || has(text, "起诉")))
        return NULL;
    bool before = has(text, "先向") || has(text, "先申请行政复议"), free_choice = has(text, "也可以自收到");
    l->preposed = l->preposed || before;
    l->optional = l->optional || free_choice || !before;
    l->internet = l->internet || (has(text, "通过") && has(text, "提出行政复议申请"));
    if (l->remedies == l->letter->block_count)
        l->remedies = block;
    if (!has(text, "60日"))
        TRY(find_words(l, RULE_REMEDIES_PERIOD, block, "60日"));
    if (before && !has(text, "15日"))
        TRY(find_words(l, RULE_REMEDIES_PERIOD, block, "15日"));
    if ((free_choice || !before) && !has(text, "6个月"))
        TRY(find_words(l, RULE_REMEDIES_PERIOD, block, "6个月"));
    TRY(look_for_name(l, RULE_REVIEW_BODY, block, text, l->expected->review_body, "申请行政复议"));
    return look_for_name(l, RULE_COURT, block, text, l->expected->court, "提起行政诉讼");
}

struct wanted {
    bool preposed, optional, judged;
};

/* Does the letter rest a refusal on articles 14, 15 or 16? */
static bool withholds_something(const struct linter *l)
{
    for (size_t i = 0; i < l->cited_count; i++)
        if (l->cited[i].article >= 14 && l->cited[i].article <= 16)
            return true;
    return false;
}

/* A mixed outcome withholds a part: what it is withheld for, the letter says by its article. */
static struct wanted wanted_remedies(const struct linter *l)
{
    const struct letter_expectation *e = l->expected;
    struct wanted w = {.judged = e->outcome_count == 0};
    for (size_t i = 0; i < e->outcome_count; i++) {
        const char *remedy = e->outcomes[i].remedy ? e->outcomes[i].remedy : "";
        bool mixed = strcmp(remedy, "MIXED") == 0;
        w.preposed = w.preposed || (mixed && withholds_something(l)) || strcmp(remedy, "PREPOSED") == 0;
        w.optional = w.optional || mixed || strcmp(remedy, "OPTIONAL") == 0;
    }
    w.judged = w.judged || w.preposed || w.optional;
    return w;
}

static const struct fault *judge_remedies(struct linter *l)
{
    struct wanted w = wanted_remedies(l);
    bool said = l->remedies < l->letter->block_count;
    const char *profile = w.preposed && w.optional ? "MIXED" : w.preposed ? "PREPOSED" : "OPTIONAL";
    if (!w.judged)
        return NULL;
    if (!w.preposed && !w.optional)
        return said ? find_words(l, RULE_REMEDIES_UNWANTED, l->remedies, "") : NULL;
    if (!said)
        return find_words(l, RULE_REMEDIES_MISSING, l->letter->block_count, profile);
    if (w.preposed != l->preposed || w.optional != l->optional)
        TRY(find_words(l, RULE_REMEDIES_PROFILE, l->remedies, profile));
    if (l->expected->electronic && !l->internet)
        return find_words(l, RULE_REMEDIES_INTERNET, l->remedies, "");
    return NULL;
}

/* ---- Articles ---- */

/* Hanzi numerals below one hundred; 0 and no step where there are none. */
static int numeral(const char **at)
{
    static const char *const DIGITS[] = {"一", "二", "三", "四", "五", "六", "七", "八", "九", "十"};
    int value = 0;
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < 10 && !more; i++)
            if (strncmp(*at, DIGITS[i], strlen(DIGITS[i])) == 0) {
                value = i < 9 ? value + i + 1 : value ? value * 10 : 10;
                *at += strlen(DIGITS[i]);
                more = true;
            }
    }
    return value;
}

/* "第" OPENING numeral CLOSING unit at *at: its number and a step over it, or 0. */
static int counted(const char **at, const char *opening, const char *closing)
{
    const char *s = *at;
    if (strncmp(s, opening, strlen(opening)) != 0)
        return 0;
    s += strlen(opening);
    int n = numeral(&s);
    if (n == 0 || strncmp(s, closing, strlen(closing)) != 0)
        return 0;
    *at = s + strlen(closing);
    return n;
}

static bool ends_ours(const char *name, size_t length)
{
    static const char OURS[] = "政府信息公开条例";
    const size_t n = sizeof OURS - 1;
    return length >= n && memcmp(name + length - n, OURS, n) == 0;
}

/* Articles of the Regulation that the text cites; those of other laws are not ours to judge. */
static const struct fault *read_citations(struct linter *l, size_t block, const char *text)
{
    bool ours = false;
    for (const char *at = text; *at;) {
        const char *start = at;
        struct citation c = {.block = block};
        if (strncmp(at, "《", strlen("《")) == 0) {
            const char *name = at + strlen("《"), *end = strstr(name, "》");
            ours = end && ends_ours(name, (size_t)(end - name));
        } else if (strncmp(at, "该条例", strlen("该条例")) == 0)
            ours = true;
        else if (strncmp(at, "。", strlen("。")) == 0)
            ours = false;
        else if ((c.article = counted(&at, "第", "条"))) {
            c.paragraph = counted(&at, "第", "款");
            c.item = counted(&at, "第（", "）项");
            c.text = talloc_strndup(l->scratch, start, (size_t)(at - start));
            TRY_MEMORY(c.text);
            if (ours && l->cited_count < CITATIONS_MAX)
                l->cited[l->cited_count++] = c;
            continue;
        }
        at++;
    }
    return NULL;
}

/* What an outcome rests on: article 36 has one paragraph with items, the others have paragraphs. */
struct basis {
    int article, part;
};

static struct basis basis_of(const char *words)
{
    struct basis b = {0};
    static const char REGULATION[] = "条例";
    if (!words || strncmp(words, REGULATION, sizeof REGULATION - 1) != 0)
        return b;
    words += sizeof REGULATION - 1;
    while (isdigit((unsigned char)*words))
        b.article = b.article * 10 + (*words++ - '0');
    if (*words++ == '(')
        while (isdigit((unsigned char)*words))
            b.part = b.part * 10 + (*words++ - '0');
    return b;
}

static bool is_basis(const struct citation *c, struct basis b)
{
    int part = b.article == 36 ? c->item : c->paragraph;
    return c->article == b.article && (b.part == 0 || part == b.part);
}

static bool withholds(struct basis b)
{
    return b.article >= 14 && b.article <= 16;
}

static const struct basis NOT_DISCLOSED = {36, 3};

static bool cites(const struct linter *l, struct basis b)
{
    for (size_t i = 0; i < l->cited_count; i++)
        if (is_basis(&l->cited[i], b))
            return true;
    return false;
}

static const struct fault *must_cite(struct linter *l, struct basis b)
{
    if (!b.article || cites(l, b))
        return NULL;
    const char *words = b.part ? talloc_asprintf(l->scratch, "条例%d(%d)", b.article, b.part)
                               : talloc_asprintf(l->scratch, "条例%d", b.article);
    TRY_MEMORY(words);
    for (size_t i = 0; i < l->count; i++) /* said already */
        if (l->found[i].rule == LETTER_LINT_RULES[RULE_ARTICLE_MISSING].name &&
            strcmp(l->found[i].found, words) == 0)
            return NULL;
    return find_words(l, RULE_ARTICLE_MISSING, l->letter->block_count, words);
}

/* Articles that decide on an item; the others tell of the procedure and are free. */
static bool decides(const struct citation *c)
{
    return withholds((struct basis){c->article, 0}) || (c->article >= 36 && c->article <= 39);
}

static bool may_cite(const struct linter *l, const struct citation *c)
{
    for (size_t i = 0; i < l->expected->outcome_count; i++) {
        struct basis b = basis_of(l->expected->outcomes[i].basis);
        bool partial = b.article == 37;
        if (is_basis(c, b) || ((withholds(b) || partial) && is_basis(c, NOT_DISCLOSED)) ||
            (partial && withholds((struct basis){c->article, 0})))
            return true;
    }
    return false;
}

static const struct fault *judge_articles(struct linter *l)
{
    for (size_t i = 0; i < l->cited_count; i++)
        if (decides(&l->cited[i]) && !may_cite(l, &l->cited[i]))
            TRY(find_words(l, RULE_ARTICLE_WRONG, l->cited[i].block, l->cited[i].text));
    for (size_t i = 0; i < l->expected->outcome_count; i++) {
        struct basis b = basis_of(l->expected->outcomes[i].basis);
        TRY(must_cite(l, b));
        if (withholds(b))
            TRY(must_cite(l, NOT_DISCLOSED));
    }
    return NULL;
}

/* ---- The letter ---- */

typedef const struct fault *look(struct linter *, size_t, const char *);

static const struct fault *read_text(struct linter *l, size_t block, const char *text)
{
    static look *const LOOKS[] = {look_for_placeholders, look_for_days,    look_for_citation_forms,
                                  look_for_number_form,  look_for_old_law, read_remedies,
                                  read_citations};
    const char *words = blotted(l, text);
    TRY_MEMORY(words);
    for (size_t i = 0; i < sizeof LOOKS / sizeof *LOOKS; i++)
        TRY(LOOKS[i](l, block, words));
    return NULL;
}

/* The name of an attachment is a title given by others: only what is not filled in counts. */
static const struct fault *read_block(struct linter *l, size_t i)
{
    const struct letter_block *b = &l->letter->blocks[i];
    if (b->kind == LETTER_BLOCK_ATTACHMENT)
        return look_for_placeholders(l, i, b->text);
    TRY(read_text(l, i, b->text));
    if (b->detail)
        TRY(read_text(l, i, b->detail));
    for (size_t c = 0; c < b->rows * b->columns; c++)
        TRY(read_text(l, i, b->cells[c].text));
    return NULL;
}

const struct fault *letter_lint(const struct letter *letter, const struct letter_expectation *expected,
                                TALLOC_CTX *result, struct letter_findings *out)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    struct linter *l = talloc_zero(scratch, struct linter);
    TRY_MEMORY(l);
    *l = (struct linter){.letter = letter,
                         .expected = expected,
                         .result = result,
                         .scratch = scratch,
                         .remedies = letter->block_count,
                         .found = talloc_zero_array(result, struct letter_finding, FINDINGS_MAX)};
    TRY_MEMORY(l->found);
    for (size_t i = 0; i < letter->block_count; i++)
        TRY(read_block(l, i));
    TRY(judge_remedies(l));
    TRY(judge_articles(l));
    *out = (struct letter_findings){l->found, l->count};
    return NULL;
}
