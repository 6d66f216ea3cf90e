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

#define THREE   .size = 32, .line = LINE, .tight = -5
#define FOUR    .size = 28, .line = LINE
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
    [STYLE_NOTE] = {"LetterNote", "公文附注", FACE_FANGSONG, THREE, .first = 2 * EM, .align = ALIGN_START},
    [STYLE_COPY] = {"LetterCopy", "公文抄送", FACE_FANGSONG, FOUR, .first = -3 * 280, .left = 4 * 280,
                    .right = 280, .before = LINE, .align = ALIGN_JUSTIFY},
    [STYLE_CELL] = {"LetterCell", "公文表格", FACE_FANGSONG, .size = 28, .line = 440, .align = ALIGN_START},
    [STYLE_CELL_HEAD] = {"LetterCellHead", "公文表头", FACE_HEI, .size = 28, .line = 440,
                         .align = ALIGN_CENTRE},
    [STYLE_SPACER] = {"LetterSpacer", "公文表后", FACE_FANGSONG, .size = 8, .line = 100,
                      .align = ALIGN_START},
    [STYLE_PAGE_ODD] = {"LetterPageOdd", "公文单页码", FACE_SONG, .size = 28, .line = 400, .right = 280,
                        .align = ALIGN_END},
    [STYLE_PAGE_EVEN] = {"LetterPageEven", "公文双页码", FACE_SONG, .size = 28, .line = 400, .left = 280,
                         .align = ALIGN_START},
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

/* ---- Paragraphs ---- */

struct setter {
    TALLOC_CTX *life;
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

/* Tables touch no text, and no table: Word would make one of two. */
static void add_table(struct setter *s, const struct letter_block *b)
{
    const struct letter_layout *l = s->layout;
    if (l->count > 0 && l->paragraphs[l->count - 1].style != STYLE_SPACER)
        add(s, STYLE_SPACER, "", 0);
    add(s, STYLE_CELL, "", 0)->table = b;
    add(s, STYLE_SPACER, "", 0);
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

static void add_block(struct setter *s, const struct letter_block *b)
{
    if (b->kind == LETTER_BLOCK_TABLE)
        add_table(s, b);
    else if (b->kind == LETTER_BLOCK_SIGN)
        add_sign(s, b);
    else if (b->kind == LETTER_BLOCK_NOTE)
        add_lines(s, STYLE_NOTE, format(s, "（%s）", b->text));
    else if (b->kind == LETTER_BLOCK_COPY)
        add_formatted(s, STYLE_COPY, format(s, "抄送：%s", one_line(s, b->text)));
    else
        add_plain(s, b);
}

const struct letter_layout *letter_layout(TALLOC_CTX *life, const struct letter *letter)
{
    struct setter s = {.life = life, .layout = talloc_zero(life, struct letter_layout)};
    if (!s.layout)
        return NULL;
    for (size_t i = 0; i < letter->block_count && !s.failed;) {
        if (letter->blocks[i].kind == LETTER_BLOCK_ATTACHMENT)
            i += add_attachments(&s, letter, i);
        else
            add_block(&s, &letter->blocks[i++]);
    }
    if (s.layout->count == 0)
        add(&s, STYLE_SPACER, "", 0); /* a body has a paragraph */
    return s.failed ? NULL : s.layout;
}
