#include <string.h>
#include "letter_layout.h"

const struct letter_font LETTER_FONTS[FACES] = {
    [FACE_FANGSONG] = {"仿宋_GB2312", "仿宋_GB2312, 仿宋, FangSong, FandolFang, 'Noto Serif CJK SC'", "仿宋",
                       false, "roman"},
    [FACE_HEI] = {"黑体", "黑体, SimHei, FandolHei, 'Noto Sans CJK SC'", "SimHei", false, "swiss"},
    [FACE_KAI] = {"楷体_GB2312", "楷体_GB2312, 楷体, KaiTi, FandolKai, 'Noto Serif CJK SC'", "楷体", false,
                  "roman"},
    [FACE_XIAOBIAOSONG] = {"方正小标宋简体",
                           "方正小标宋简体, 小标宋, 'Noto Serif CJK SC SemiBold', 'Noto Serif CJK SC'",
                           "方正小标宋_GBK", false, "roman"},
    [FACE_SONG] = {"宋体", "宋体, SimSun, FandolSong, 'Noto Serif CJK SC'", "SimSun", true, "roman"},
};

#define THREE .size = 32, .line = LINE, .tight = -5
#define FOUR  .size = 28, .line = LINE
/* 信函: red lines of 170 mm, 7 mm more than 版心 on either side */
enum { RULE_OUT = -397 };
#define RULE                                                                                                 \
    FACE_FANGSONG, .size = 2, .left = RULE_OUT, .right = RULE_OUT, .align = ALIGN_START, .rule_red = true
/* 版记: no indents, for its lines are as wide as 版心; blanks keep the text one character in. */
#define IMPRINT FACE_FANGSONG, FOUR, .align = ALIGN_START
/* Beside a QR code, which stands two characters in. */
#define QR      FACE_FANGSONG, .size = 21, .line = QR_LINE, .left = 2 * EM + QR_SIDE + 113, .align = ALIGN_START
#define BODY(F) THREE, .face = FACE_##F, .first = 2 * EM, .align = ALIGN_JUSTIFY

const struct letter_style LETTER_STYLES[STYLES] = {
    [STYLE_BODY] = {"LetterBody", "公文正文", BODY(FANGSONG)},
    [STYLE_TITLE] = {"LetterTitle", "公文标题", FACE_XIAOBIAOSONG, .size = 44, .line = 700,
                     .align = ALIGN_CENTRE},
    [STYLE_NUMBER] = {"LetterNumber", "公文编号", FACE_FANGSONG, THREE, .before = 280, .align = ALIGN_END},
    [STYLE_TO] = {"LetterTo", "公文主送", FACE_FANGSONG, THREE, .before = LINE, .align = ALIGN_JUSTIFY},
    [STYLE_H1] = {"LetterHeading1", "公文一级标题", BODY(HEI), .outline = 1, .keep_next = true},
    [STYLE_H2] = {"LetterHeading2", "公文二级标题", BODY(KAI), .outline = 2, .keep_next = true},
    [STYLE_H3] = {"LetterHeading3", "公文三级标题", BODY(FANGSONG), .outline = 3, .keep_next = true},
    [STYLE_H4] = {"LetterHeading4", "公文四级标题", BODY(FANGSONG), .outline = 4, .keep_next = true},
    [STYLE_ATTACHMENT] = {"LetterAttachment", "公文附件", FACE_FANGSONG, THREE, .first = -3 * EM,
                          .left = 5 * EM, .before = LINE, .align = ALIGN_START},
    [STYLE_ATTACHMENT_FIRST] = {"LetterAttachmentFirst", "公文附件首项", FACE_FANGSONG, THREE,
                                .first = -9 * EM / 2, .left = 13 * EM / 2, .before = LINE,
                                .align = ALIGN_START},
    [STYLE_ATTACHMENT_NEXT] = {"LetterAttachmentNext", "公文附件续项", FACE_FANGSONG, THREE,
                               .first = -3 * EM / 2, .left = 13 * EM / 2, .align = ALIGN_START},
    [STYLE_HASH] = {"LetterHash", "公文附件校验值", FACE_FANGSONG, .size = 18, .line = LINE, .left = 5 * EM,
                    .align = ALIGN_START},
    [STYLE_HASH_NEXT] = {"LetterHashNext", "公文附件校验值续", FACE_FANGSONG, .size = 18, .line = LINE,
                         .left = 13 * EM / 2, .align = ALIGN_START},
    [STYLE_AGENCY] = {"LetterAgency", "公文署名", FACE_FANGSONG, THREE, .before = 2 * LINE,
                      .align = ALIGN_END, .keep_next = true},
    [STYLE_DATE] = {"LetterDate", "公文成文日期", FACE_FANGSONG, THREE, .right = 4 * EM, .align = ALIGN_END},
    [STYLE_NOTE] = {"LetterNote", "公文附注", FACE_FANGSONG, THREE, .first = 2 * EM, .align = ALIGN_START,
                    .keep_lines = true},
    [STYLE_COPY] = {"LetterCopy", "公文抄送", FACE_FANGSONG, FOUR, .first = -3 * 280, .left = 4 * 280,
                    .right = 280, .before = LINE, .align = ALIGN_JUSTIFY, .rule_top = 8, .rule_bottom = 8},
    [STYLE_CELL] = {"LetterCell", "公文表格", FACE_FANGSONG, .size = 28, .line = 440, .align = ALIGN_START},
    [STYLE_CELL_HEAD] = {"LetterCellHead", "公文表头", FACE_HEI, .size = 28, .line = 440,
                         .align = ALIGN_CENTRE},
    [STYLE_SPACER] = {"LetterSpacer", "公文表后", FACE_FANGSONG, .size = 8, .line = 100,
                      .align = ALIGN_START},
    /* 7.3.4: 附件 on the first line at the left, its title centred on the third */
    [STYLE_ANNEX] = {"LetterAnnex", "公文附件标识", FACE_HEI, THREE, .align = ALIGN_START, .keep_next = true,
                     .new_page = true},
    [STYLE_ANNEX_TITLE] = {"LetterAnnexTitle", "公文附件标题", FACE_XIAOBIAOSONG, .size = 44, .line = 700,
                           .before = LINE, .align = ALIGN_CENTRE, .keep_next = true},
    [STYLE_PAGE_ODD] = {"LetterPageOdd", "公文单页码", FACE_SONG, .size = 28, .line = 400, .right = 280,
                        .align = ALIGN_END},
    [STYLE_PAGE_EVEN] = {"LetterPageEven", "公文双页码", FACE_SONG, .size = 28, .line = 400, .left = 280,
                         .align = ALIGN_START},
    [STYLE_MARK] = {"LetterMark", "公文发文机关标志", FACE_XIAOBIAOSONG, .size = 88, .line = 1056,
                    .align = ALIGN_CENTRE, .red = true, .rule_red = true},
    [STYLE_NUMBER_DOCUMENT] = {"LetterNumberDocument", "公文文件字号", FACE_FANGSONG, THREE,
                               .before = 2 * LINE, .align = ALIGN_CENTRE, .rule_red = true, .rule_bottom = 10,
                               .rule_space = 7},
    [STYLE_NUMBER_LETTER] = {"LetterNumberLetter", "公文信函字号", FACE_FANGSONG, THREE, .before = 92,
                             .align = ALIGN_END},
    [STYLE_TITLE_FIRST] = {"LetterTitleFirst", "公文标题首行", FACE_XIAOBIAOSONG, .size = 44, .line = 700,
                           .before = 2 * LINE, .align = ALIGN_CENTRE},
    [STYLE_IMPRINT_COPY] = {"LetterImprintCopy", "公文版记抄送", IMPRINT, .rule_top = 8},
    [STYLE_IMPRINT] = {"LetterImprint", "公文版记印发", IMPRINT, .tab = TEXT_WIDTH - 280, .rule_top = 6,
                       .rule_bottom = 8},
    [STYLE_RULE_HEAD] = {"LetterRuleHead", "公文信函首线", RULE, .line = 40, .rule_bottom = 6},
    [STYLE_RULE_THIN] = {"LetterRuleThin", "公文信函末线上", RULE, .line = 740, .rule_bottom = 6},
    [STYLE_QR] = {"LetterQr", "公文核验", QR, .keep_lines = true},
    [STYLE_RULE_FOOT] = {"LetterRuleFoot", "公文信函末线下", RULE, .line = 40, .rule_bottom = 18},
};

/* What office suites put between hanzi and digits: Word a quarter of an em, LibreOffice a fifth. */
enum { GAP = EM * 2 / 9 };

int letter_width(const char *text)
{
    int halves = 0, gaps = 0;
    for (const char *c = text; *c; c++) {
        bool ascii = (unsigned char)*c < 0x80;
        if (((unsigned char)*c & 0xc0) != 0x80)
            halves += ascii ? 1 : 2;
        gaps += c > text && ascii != ((unsigned char)c[-1] < 0x80);
    }
    return halves * EM / 2 + gaps * GAP;
}

bool letter_row_is_head(const struct letter_block *b, size_t r)
{
    bool head = r == 0 && b->rows > 1;
    for (size_t c = 0; head && c < b->columns; c++)
        head = b->cells[c].head || b->cells[c].span == 0;
    return head;
}

bool letter_row_stays(const struct letter_block *b, size_t r)
{
    enum { MOST = 8 };
    int lines = 0;
    for (size_t c = 0; c < b->columns; c++) {
        const struct letter_cell *cell = &b->cells[r * b->columns + c];
        int width = 0, high = 1;
        for (int i = 0; i < cell->span; i++)
            width += b->widths[c + (size_t)i] * EM;
        for (const char *s = cell->text; *s; s++)
            high += *s == '\n';
        if (width)
            high += letter_width(cell->text) / width;
        lines = high > lines ? high : lines;
    }
    return lines <= MOST;
}

/* ---- Paragraphs ---- */

struct setter {
    TALLOC_CTX *life;
    size_t annexes, annex; /* how many there are, and the number of the last one that was set */
    struct letter_layout *layout;
    size_t room;
    bool failed; /* out of memory: what is added goes nowhere */
    struct letter_paragraph nowhere;
};

static struct letter_paragraph *add(struct setter *s, enum letter_style_id style, const char *text,
                                    size_t length)
{
    struct letter_layout *l = s->layout;
    if (l->count == s->room) {
        size_t room = s->room ? 2 * s->room : 32;
        struct letter_paragraph *grown =
            talloc_realloc(s->life, l->paragraphs, struct letter_paragraph, room);
        if (!grown) {
            s->failed = true;
            return &s->nowhere;
        }
        l->paragraphs = grown;
        s->room = room;
    }
    l->paragraphs[l->count] =
        (struct letter_paragraph){.style = style, .text = text, .length = length, .right = -1};
    return &l->paragraphs[l->count++];
}

/* A paragraph for each line of the text. */
static void add_lines(struct setter *s, enum letter_style_id style, const char *text)
{
    for (;;) {
        size_t length = strcspn(text, "\n");
        add(s, style, text, length);
        if (!text[length])
            return;
        text += length + 1;
    }
}

static const char *format(struct setter *s, const char *pattern, ...) __attribute__((format(printf, 2, 3)));
static const char *format(struct setter *s, const char *pattern, ...)
{
    va_list arguments;
    va_start(arguments, pattern);
    const char *text = talloc_vasprintf(s->life, pattern, arguments);
    va_end(arguments);
    if (!text)
        s->failed = true;
    return text ? text : "";
}

static void add_formatted(struct setter *s, enum letter_style_id style, const char *text)
{
    add(s, style, text, strlen(text));
}

/* One name on one paragraph: a line break in it would leave the list. */
static const char *one_line(struct setter *s, const char *text)
{
    if (!strchr(text, '\n'))
        return text;
    char *copy = talloc_strdup(s->life, text);
    if (!copy) {
        s->failed = true;
        return "";
    }
    for (char *c = copy; *c; c++)
        if (*c == '\n')
            *c = ' ';
    return copy;
}

/* A neighbouring run of attachments: "附件：名称", or numbered where there are several. */
static size_t add_attachments(struct setter *s, const struct letter *letter, size_t from)
{
    size_t end = from;
    while (end < letter->block_count && letter->blocks[end].kind == LETTER_BLOCK_ATTACHMENT)
        end++;
    for (size_t i = from; i < end; i++) {
        const struct letter_block *b = &letter->blocks[i];
        const char *name = one_line(s, b->text);
        if (end - from == 1)
            add_formatted(s, STYLE_ATTACHMENT, format(s, "附件：%s", name));
        else if (i == from)
            add_formatted(s, STYLE_ATTACHMENT_FIRST, format(s, "附件：1.\t%s", name));
        else
            add_formatted(s, STYLE_ATTACHMENT_NEXT, format(s, "%zu.\t%s", i - from + 1, name));
        if (b->detail && !s->failed) {
            s->layout->paragraphs[s->layout->count - 1].keep_next = true;
            add_formatted(s, end - from == 1 ? STYLE_HASH : STYLE_HASH_NEXT,
                          format(s, "SHA-256：%s", b->detail));
        }
    }
    return end - from;
}

/* A sign block is never alone on a page (不得出现空白印章): what stands before keeps with it. Not a long
 * paragraph: office suites move it as a whole or give up; then its own last lines stand over the seal in all
 * but rare cases. */
static void keep_with_sign(struct letter_layout *l)
{
    enum { LONG = 12 * 28 };
    if (l->count > 0 && letter_width(l->paragraphs[l->count - 1].text) < LONG * EM)
        l->paragraphs[l->count - 1].keep_next = true;
}

/* 7.3.5.1: the date four characters in from the right, the agency centred above it; where the agency is so
 * long that it would leave 版心, it ends at the edge and the date is centred under it. */
static void add_sign(struct setter *s, const struct letter_block *b)
{
    struct letter_layout *l = s->layout;
    keep_with_sign(l);
    const char *agency = one_line(s, b->text);
    int agency_width = letter_width(agency), date_width = letter_width(b->detail);
    int centre = 4 * EM + date_width / 2;
    if (agency_width > 28 * EM)
        agency_width = 28 * EM;
    if (centre < agency_width / 2)
        centre = agency_width / 2;
    add(s, STYLE_AGENCY, agency, strlen(agency))->right = centre - agency_width / 2;
    struct letter_paragraph *date = add(s, STYLE_DATE, b->detail, strlen(b->detail));
    date->right = centre - date_width / 2;
    date->sealed = true;
    l->seal_right = centre;
}

/* Three lines at least, as high as the picture; one paragraph, so that they stay together. */
static void add_qr(struct setter *s, const struct letter_block *b)
{
    enum { BREAKS = 2 };
    int breaks = 0;
    for (const char *c = b->text; *c; c++)
        breaks += *c == '\n';
    const char *text = format(s, "%s%s", b->text, &"\n\n"[breaks < BREAKS ? breaks : BREAKS]);
    add(s, STYLE_QR, text, strlen(text))->qr = b;
}

const struct letter_block *letter_qr(const struct letter_layout *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->paragraphs[i].qr)
            return l->paragraphs[i].qr;
    return NULL;
}

/* Tables touch no text, and no table: Word would make one of two. */
static void add_table(struct setter *s, const struct letter_block *b)
{
    const struct letter_layout *l = s->layout;
    if (l->count > 0 && l->paragraphs[l->count - 1].style != STYLE_SPACER)
        add(s, STYLE_SPACER, "", 0);
    add(s, STYLE_CELL, "", 0)->table = b;
    add(s, STYLE_SPACER, "", 0);
}

/* ---- Red heads ---- */

/* The mark is as large as one line holds, of 48 pt at most and never smaller than the title. A line is 1.2
 * of the size; office suites set the baseline at four fifths of it, so that hanzi begin some 0.1 of the size
 * below its top and end 0.17 above its foot. */
static void size_mark(struct letter_layout *l, const char *text, int top)
{
    enum { LARGEST = 96, SMALLEST = 44 };
    struct letter_style *mark = &l->styles[STYLE_MARK];
    int ems = letter_width(text) / EM, size = ems > 0 ? TEXT_WIDTH / 10 / ems : LARGEST;
    mark->size = size > LARGEST ? LARGEST : size < SMALLEST ? SMALLEST : size;
    mark->line = mark->size * 12;
    mark->before = top - mark->size;
}

/* 文件: its top 35 mm below the top of 版心. 信函: 30 mm from the page's head, and 4 mm under it the first
 * of the red lines, thick over thin; the others, thin over thick, stand at the page's foot. */
static void add_mark(struct setter *s, const struct letter_block *b, enum letter_shape shape)
{
    enum { DOCUMENT_TOP = 1984, LETTER_TOP = 1701, FOUR_MM = 227 };
    struct letter_layout *l = s->layout;
    struct letter_style *mark = &l->styles[STYLE_MARK];
    const char *text = one_line(s, b->text);
    size_mark(l, text, shape == LETTER_DOCUMENT ? DOCUMENT_TOP : LETTER_TOP);
    struct letter_paragraph *p = add(s, STYLE_MARK, text, strlen(text));
    if (shape == LETTER_DOCUMENT)
        return;
    p->zone = ZONE_HEAD;
    l->head = mark->before;
    mark->before = 0;
    mark->left = mark->right = RULE_OUT;
    mark->rule_bottom = 18;
    mark->rule_space = (FOUR_MM - mark->size * 17 / 10) / 20;
    add(s, STYLE_RULE_HEAD, "", 0)->zone = ZONE_HEAD;
    add(s, STYLE_RULE_THIN, "", 0)->zone = ZONE_FOOT;
    add(s, STYLE_RULE_FOOT, "", 0)->zone = ZONE_FOOT;
}

/* Title and number stand lower under a red head. */
static void add_headed(struct setter *s, const struct letter_block *b, enum letter_shape shape)
{
    struct letter_layout *l = s->layout;
    size_t first = l->count;
    if (b->kind == LETTER_BLOCK_NUMBER) {
        add_lines(s, shape == LETTER_DOCUMENT ? STYLE_NUMBER_DOCUMENT : STYLE_NUMBER_LETTER, b->text);
        return;
    }
    add_lines(s, STYLE_TITLE, b->text);
    if (!s->failed)
        l->paragraphs[first].style = STYLE_TITLE_FIRST;
}

/* 版记 of a red head, at the foot of the last page. Its first and last line are thicker than the one between;
 * a 信函 has neither lines nor imprint. */
static void add_imprint(struct setter *s, const struct letter_block *b, enum letter_shape shape)
{
    enum { THICK = 8 };
    struct letter_layout *l = s->layout;
    struct letter_style *copy = &l->styles[STYLE_IMPRINT_COPY], *imprint = &l->styles[STYLE_IMPRINT];
    const char *text = one_line(s, b->text);
    if (b->kind == LETTER_BLOCK_COPY) {
        add_formatted(s, STYLE_IMPRINT_COPY, format(s, "　抄送：%s", text));
        copy->rule_top = copy->rule_bottom = shape == LETTER_DOCUMENT ? THICK : 0;
    } else {
        add_formatted(s, STYLE_IMPRINT, format(s, "　%s\t%s印发", text, b->detail));
        copy->rule_bottom = 0;
        if (!l->has_imprint)
            imprint->rule_top = THICK;
    }
    if (!s->failed)
        l->paragraphs[l->count - 1].zone = ZONE_IMPRINT;
    l->has_imprint = true;
}

static bool is_headed(const struct letter_block *b)
{
    return b->kind == LETTER_BLOCK_TITLE || b->kind == LETTER_BLOCK_NUMBER;
}

static void add_plain(struct setter *s, const struct letter_block *b)
{
    static const enum letter_style_id STYLE_OF[LETTER_BLOCK_KINDS] = {
        [LETTER_BLOCK_NUMBER] = STYLE_NUMBER, [LETTER_BLOCK_TITLE] = STYLE_TITLE,
        [LETTER_BLOCK_TO] = STYLE_TO,         [LETTER_BLOCK_P] = STYLE_BODY,
        [LETTER_BLOCK_H1] = STYLE_H1,         [LETTER_BLOCK_H2] = STYLE_H2,
        [LETTER_BLOCK_H3] = STYLE_H3,         [LETTER_BLOCK_H4] = STYLE_H4,
    };
    add_lines(s, STYLE_OF[b->kind], b->text);
}

/* An annex: numbered where there are several. */
static void add_annex(struct setter *s, const struct letter_block *b)
{
    s->annex++;
    add_formatted(s, STYLE_ANNEX, s->annexes > 1 ? format(s, "附件%zu", s->annex) : "附件");
    add_lines(s, STYLE_ANNEX_TITLE, b->text);
}

static void add_block(struct setter *s, const struct letter_block *b, enum letter_shape shape)
{
    if (b->kind == LETTER_BLOCK_MARK)
        add_mark(s, b, shape);
    else if (shape != LETTER_NOTICE && is_headed(b))
        add_headed(s, b, shape);
    else if (b->kind == LETTER_BLOCK_IMPRINT || (b->kind == LETTER_BLOCK_COPY && shape != LETTER_NOTICE))
        add_imprint(s, b, shape);
    else if (b->kind == LETTER_BLOCK_TABLE)
        add_table(s, b);
    else if (b->kind == LETTER_BLOCK_SIGN)
        add_sign(s, b);
    else if (b->kind == LETTER_BLOCK_ANNEX)
        add_annex(s, b);
    else if (b->kind == LETTER_BLOCK_QR)
        add_qr(s, b);
    else if (b->kind == LETTER_BLOCK_NOTE)
        add_lines(s, STYLE_NOTE, format(s, "（%s）", b->text));
    else if (b->kind == LETTER_BLOCK_COPY)
        add_formatted(s, STYLE_COPY, format(s, "抄送：%s", one_line(s, b->text)));
    else
        add_plain(s, b);
}

static bool keeps_next(const struct letter_layout *l, size_t i)
{
    const struct letter_paragraph *p = &l->paragraphs[i];
    return p->zone == ZONE_BODY && !p->table && (p->keep_next || l->styles[p->style].keep_next);
}

static bool is_after_sign(enum letter_style_id style)
{
    return style == STYLE_NOTE || style == STYLE_QR;
}

/* The notes under a sign block stay with it, so that no page has only the end of a note. The first paragraph
 * of all that is kept together then; the 版记 hangs on it: hung on the last one it would push that alone to
 * the next page, and LibreOffice would leave the text behind. */
static size_t keep_end(struct letter_layout *l, size_t last)
{
    size_t first = last;
    while (first > 0 && is_after_sign(l->paragraphs[first].style))
        first--;
    if (l->paragraphs[first].style != STYLE_DATE)
        return last;
    for (size_t i = first; i < last; i++)
        l->paragraphs[i].keep_next = true;
    while (first > 0 && keeps_next(l, first - 1))
        first--;
    return first;
}

/* A body has a paragraph, and one that is no table. */
static void find_anchor(struct setter *s)
{
    struct letter_layout *l = s->layout;
    size_t last = l->count;
    while (last > 0 && (l->paragraphs[last - 1].zone != ZONE_BODY || l->paragraphs[last - 1].table))
        last--;
    if (last == 0) {
        add(s, STYLE_SPACER, "", 0);
        last = l->count;
    }
    l->anchor = s->failed ? 0 : keep_end(l, last - 1);
}

const struct letter_layout *letter_layout(TALLOC_CTX *life, const struct letter *letter)
{
    struct setter s = {.life = life, .layout = talloc_zero(life, struct letter_layout)};
    if (!s.layout)
        return NULL;
    memcpy(s.layout->styles, LETTER_STYLES, sizeof LETTER_STYLES);
    for (size_t i = 0; i < letter->block_count; i++)
        s.annexes += letter->blocks[i].kind == LETTER_BLOCK_ANNEX;
    for (size_t i = 0; i < letter->block_count && !s.failed;) {
        if (letter->blocks[i].kind == LETTER_BLOCK_ATTACHMENT)
            i += add_attachments(&s, letter, i);
        else
            add_block(&s, &letter->blocks[i++], letter->shape);
    }
    find_anchor(&s);
    return s.failed ? NULL : s.layout;
}
