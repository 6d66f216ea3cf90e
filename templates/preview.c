#include <string.h>
#include "markup.h"
#include "life.h"
#include "preview.h"

enum { PREVIEW_MAX = 64 << 20 };

static const char STYLE[] =
    "body{margin:0;background:#e9ebee;color:#000}"
    "main{box-sizing:border-box;max-width:210mm;min-height:297mm;margin:0 auto;padding:37mm 26mm 35mm 28mm;"
    "background:#fff;font:16pt/28.95pt 'Times New Roman',仿宋_GB2312,仿宋,FangSong,STFangsong,serif;"
    "overflow-wrap:anywhere}"
    "p,h1,h2,h3,h4,h5,ol{margin:0;font-size:16pt;font-weight:normal;text-align:justify}"
    "h1{font:22pt/35pt 方正小标宋简体,STZhongsong,'Noto Serif CJK SC',serif;text-align:center}"
    ".number{text-align:right;margin-top:14pt}.to{margin-top:28.95pt}"
    ".body,.note,h2,h3,h4,h5{text-indent:2em}h2{font-family:黑体,SimHei,sans-serif}"
    "h3{font-family:楷体_GB2312,KaiTi,serif}"
    ".attachments{margin:28.95pt 0 0;padding-left:2em;text-align:left}"
    ".attachments ol{padding-left:4.5em}.attachments p{text-align:left;padding-left:3em;text-indent:-3em}"
    ".hash{display:block;text-indent:0;font-size:9pt;line-height:1.6}"
    ".sign{margin:57.9pt 4em 0 auto;width:max-content;max-width:100%;text-align:center}"
    ".sign{position:relative}.seal{position:absolute;left:50%;top:50%;width:42mm;height:42mm;"
    "transform:translate(-50%,-50%)}.seal.large{width:45mm;height:45mm}"
    ".copy{margin-top:28.95pt;border:solid #000;border-width:1pt 0;font-size:14pt;padding:0 1em}"
    ".annex{margin-top:37mm;border-top:1pt dashed #999;padding-top:8mm;font-family:黑体,SimHei,sans-serif}"
    ".annex+h1{margin-top:28.95pt}"
    ".mark{font:44pt/53pt 方正小标宋简体,STZhongsong,'Noto Serif CJK SC',serif;text-align:center;color:#f00}"
    ".mark~.number~h1{margin-top:57.9pt}"
    ".document .mark{margin:35mm 0 57.9pt}"
    ".document .number{margin:0;padding-bottom:4mm;border-bottom:1.25pt solid #f00;text-align:center}"
    ".letter .mark{margin:-7mm -7mm 0;padding-bottom:4mm;border-bottom:5pt double #f00}"
    ".letter .copy{border:0}"
    ".imprint{display:flex;justify-content:space-between;font-size:14pt;padding:0 1em;"
    "border:solid #000;border-width:.75pt 0 1pt}"
    ".qr{display:flex;align-items:center;gap:2mm;margin-top:9.65pt}.qr img{width:20.4mm;height:20.4mm;"
    "flex:none;image-rendering:pixelated}.qr p{font-size:10.5pt;line-height:19.3pt;text-align:left}"
    "table{width:100%;border-collapse:collapse;font-size:14pt;line-height:22pt}"
    "th,td{border:.5pt solid #000;padding:2pt 4pt;text-align:left}"
    "th{font-family:黑体,SimHei,sans-serif;font-weight:normal;text-align:center}"
    "@media(max-width:210mm){main{padding:8mm}.mark{font-size:7vw;line-height:1.3}"
    ".document .mark{margin:8mm 0}.letter .mark{margin:0}}"
    "@media print{body{background:#fff}main{padding:0}}";

const char *preview_style(void)
{
    return STYLE;
}

static const struct {
    const char *element, *class_name;
    bool bracketed;
} SHOWN[LETTER_BLOCK_KINDS] = {
    [LETTER_BLOCK_MARK] = {"p", "mark", false},    [LETTER_BLOCK_NUMBER] = {"p", "number", false},
    [LETTER_BLOCK_TITLE] = {"h1", "title", false}, [LETTER_BLOCK_TO] = {"p", "to", false},
    [LETTER_BLOCK_P] = {"p", "body", false},       [LETTER_BLOCK_H1] = {"h2", "level", false},
    [LETTER_BLOCK_H2] = {"h3", "level", false},    [LETTER_BLOCK_H3] = {"h4", "level", false},
    [LETTER_BLOCK_H4] = {"h5", "level", false},    [LETTER_BLOCK_NOTE] = {"p", "note", true},
    [LETTER_BLOCK_COPY] = {"p", "copy", false},
};

/* ---- Elements ---- */

/* Begins an element; class_name may be NULL, line 0 is not told. */
static void begin(struct text *t, const char *element, const char *class_name, int line)
{
    text_add_char(t, '<');
    text_add(t, element);
    if (class_name)
        text_printf(t, " class=\"%s\"", class_name);
    if (line)
        text_printf(t, " data-line=\"%d\"", line);
    text_add_char(t, '>');
}

static void end(struct text *t, const char *element)
{
    text_printf(t, "</%s>", element);
}

static void empty(struct text *t, const char *element)
{
    text_printf(t, "<%s/>", element);
}

static void lines(struct text *t, const char *s)
{
    for (;;) {
        size_t n = strcspn(s, "\n");
        escaped_n(t, s, n);
        if (!s[n])
            return;
        empty(t, "br");
        s += n + 1;
    }
}

/* ---- Blocks ---- */

/* Body text: a paragraph for each line, as in the other formats; elsewhere line breaks. */
static void show_plain(struct text *t, const struct letter_block *b)
{
    const char *element = SHOWN[b->kind].element;
    bool body = b->kind == LETTER_BLOCK_P;
    for (const char *s = b->text;; s++) {
        size_t n = body ? strcspn(s, "\n") : strlen(s);
        begin(t, element, SHOWN[b->kind].class_name, b->line);
        text_add(t, SHOWN[b->kind].bracketed ? "（" : b->kind == LETTER_BLOCK_COPY ? "抄送：" : "");
        if (body)
            escaped_n(t, s, n);
        else
            lines(t, s);
        text_add(t, SHOWN[b->kind].bracketed ? "）" : "");
        end(t, element);
        s += n;
        if (!*s)
            return;
    }
}

static void show_attachment(struct text *t, const struct letter_block *b)
{
    escaped(t, b->text);
    if (!b->detail)
        return;
    begin(t, "span", "hash", 0);
    text_add(t, "SHA-256：");
    escaped(t, b->detail);
    end(t, "span");
}

static size_t show_attachments(struct text *t, const struct letter *letter, size_t from)
{
    size_t stop = from;
    while (stop < letter->block_count && letter->blocks[stop].kind == LETTER_BLOCK_ATTACHMENT)
        stop++;
    begin(t, "div", "attachments", letter->blocks[from].line);
    begin(t, "p", NULL, 0);
    text_add(t, "附件：");
    if (stop - from == 1)
        show_attachment(t, &letter->blocks[from]);
    end(t, "p");
    if (stop - from > 1) {
        begin(t, "ol", NULL, 0);
        for (size_t i = from; i < stop; i++) {
            begin(t, "li", NULL, 0);
            show_attachment(t, &letter->blocks[i]);
            end(t, "li");
        }
        end(t, "ol");
    }
    end(t, "div");
    return stop - from;
}

static void show_cell(struct text *t, const struct letter_cell *c)
{
    const char *element = c->head ? "th" : "td";
    text_printf(t, "<%s colspan=\"%d\">", element, c->span);
    lines(t, c->text);
    end(t, element);
}

static void show_table(struct text *t, const struct letter_block *b)
{
    begin(t, "table", NULL, b->line);
    for (size_t r = 0; r < b->rows; r++) {
        begin(t, "tr", NULL, 0);
        for (size_t c = 0; c < b->columns; c++)
            if (b->cells[r * b->columns + c].span)
                show_cell(t, &b->cells[r * b->columns + c]);
        end(t, "tr");
    }
    end(t, "table");
}

static void show_sign(struct text *t, const struct letter_block *b, const struct letter_seal *seal)
{
    begin(t, "div", "sign", b->line);
    escaped(t, b->text);
    empty(t, "br");
    escaped(t, b->detail);
    if (seal) {
        text_printf(t, "<%s class=\"seal%s\" alt=\"印章\" src=\"data:image/png;base64,", "img",
                    seal->millimetres == 45 ? " large" : "");
        text_add(t, text_base64(t, seal->png, seal->length));
        text_add(t, "\"/>");
    }
    end(t, "div");
}

static void show_qr(struct text *t, const struct letter_block *b)
{
    begin(t, "div", "qr", b->line);
    text_printf(t, "<%s alt=\"核验二维码\" src=\"data:image/png;base64,%s\"/>", "img",
                text_base64(t, b->png, b->png_length));
    begin(t, "p", NULL, 0);
    lines(t, b->text);
    end(t, "p");
    end(t, "div");
}

static void show_imprint(struct text *t, const struct letter_block *b)
{
    begin(t, "div", "imprint", b->line);
    begin(t, "span", NULL, 0);
    escaped(t, b->text);
    end(t, "span");
    begin(t, "span", NULL, 0);
    escaped(t, b->detail);
    text_add(t, "印发");
    end(t, "span");
    end(t, "div");
}

static void show_annex(struct text *t, const struct letter *letter, size_t i)
{
    size_t annexes = 0, number = 0;
    for (size_t j = 0; j < letter->block_count; j++) {
        annexes += letter->blocks[j].kind == LETTER_BLOCK_ANNEX;
        number += j <= i && letter->blocks[j].kind == LETTER_BLOCK_ANNEX;
    }
    begin(t, "p", "annex", letter->blocks[i].line);
    text_add(t, "附件");
    if (annexes > 1)
        text_printf(t, "%zu", number);
    end(t, "p");
    begin(t, "h1", "title", 0);
    lines(t, letter->blocks[i].text);
    end(t, "h1");
}

static size_t show(struct text *t, const struct letter *letter, size_t i, const struct letter_seal *seal)
{
    const struct letter_block *b = &letter->blocks[i];
    if (b->kind == LETTER_BLOCK_ATTACHMENT)
        return show_attachments(t, letter, i);
    if (b->kind == LETTER_BLOCK_TABLE)
        show_table(t, b);
    else if (b->kind == LETTER_BLOCK_QR)
        show_qr(t, b);
    else if (b->kind == LETTER_BLOCK_SIGN)
        show_sign(t, b, seal);
    else if (b->kind == LETTER_BLOCK_ANNEX)
        show_annex(t, letter, i);
    else if (b->kind == LETTER_BLOCK_IMPRINT)
        show_imprint(t, b);
    else
        show_plain(t, b);
    return 1;
}

static const char *const SHAPES[] = {
    [LETTER_NOTICE] = "notice", [LETTER_DOCUMENT] = "document", [LETTER_LETTER] = "letter"};

static void show_head(struct text *t, const struct letter *letter)
{
    begin(t, "head", NULL, 0);
    empty(t, "meta charset=\"utf-8\"");
    empty(t, "meta name=\"viewport\" content=\"width=device-width\"");
    begin(t, "title", NULL, 0);
    escaped(t, letter->title);
    end(t, "title");
    begin(t, "style", NULL, 0);
    text_add(t, STYLE);
    end(t, "style");
    end(t, "head");
}

const struct fault *preview_write(const struct letter *letter, const struct letter_seal *seal,
                                  TALLOC_CTX *result, const uint8_t **bytes, size_t *length)
{
    struct text *t = text_new(result, PREVIEW_MAX);
    text_add(t, "<!DOCTYPE html>\n");
    begin(t, "html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"zh-CN\" xml:lang=\"zh-CN\"", NULL, 0);
    show_head(t, letter);
    begin(t, "body", NULL, 0);
    begin(t, "main", SHAPES[letter->shape], 0);
    for (size_t i = 0; i < letter->block_count;)
        i += show(t, letter, i, seal);
    end(t, "main");
    end(t, "body");
    end(t, "html");
    const char *html;
    TRY(text_end(t, &html, length));
    *bytes = (const uint8_t *)html;
    return NULL;
}
