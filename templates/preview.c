#include <string.h>
#include "letter_markup.h"
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
    ".copy{margin-top:28.95pt;border:solid #000;border-width:1pt 0;font-size:14pt;padding:0 1em}"
    "table{width:100%;border-collapse:collapse;font-size:14pt;line-height:22pt}"
    "th,td{border:.5pt solid #000;padding:2pt 4pt;text-align:left}"
    "th{font-family:黑体,SimHei,sans-serif;font-weight:normal;text-align:center}"
    "@media(max-width:210mm){main{padding:8mm}}"
    "@media print{body{background:#fff}main{padding:0}}";

const char *preview_style(void)
{
    return STYLE;
}

static const struct {
    const char *element, *class_name;
    bool bracketed;
} SHOWN[LETTER_BLOCK_KINDS] = {
    [LETTER_BLOCK_NUMBER] = {"p", "number", false}, [LETTER_BLOCK_TITLE] = {"h1", "title", false},
    [LETTER_BLOCK_TO] = {"p", "to", false},         [LETTER_BLOCK_P] = {"p", "body", false},
    [LETTER_BLOCK_H1] = {"h2", "level", false},     [LETTER_BLOCK_H2] = {"h3", "level", false},
    [LETTER_BLOCK_H3] = {"h4", "level", false},     [LETTER_BLOCK_H4] = {"h5", "level", false},
    [LETTER_BLOCK_NOTE] = {"p", "note", true},      [LETTER_BLOCK_COPY] = {"p", "copy", false},
};

static void lines(struct text *t, const char *s)
{
    for (;;) {
        size_t n = strcspn(s, "\n");
        escaped_n(t, s, n);
        if (!s[n])
            return;
        text_add(t, "<br/>");
        s += n + 1;
    }
}

/* Body text: a paragraph for each line, as in the other formats; elsewhere line breaks. */
static void show_plain(struct text *t, const struct letter_block *b)
{
    const char *element = SHOWN[b->kind].element;
    for (const char *s = b->text;;) {
        size_t n = b->kind == LETTER_BLOCK_P ? strcspn(s, "\n") : strlen(s);
        text_printf(t, "<%s class=\"%s\" data-line=\"%d\">", element, SHOWN[b->kind].class_name, b->line);
        text_add(t, SHOWN[b->kind].bracketed ? "（" : b->kind == LETTER_BLOCK_COPY ? "抄送：" : "");
        if (b->kind == LETTER_BLOCK_P)
            escaped_n(t, s, n);
        else
            lines(t, s);
        text_printf(t, "%s</%s>", SHOWN[b->kind].bracketed ? "）" : "", element);
        if (!s[n])
            return;
        s += n + 1;
    }
}

static void show_hash(struct text *t, const struct letter_block *b)
{
    if (b->detail)
        text_printf(t, "<span class=\"hash\">SHA-256：%s</span>", b->detail); /* hexadecimal digits */
}

static size_t show_attachments(struct text *t, const struct letter *letter, size_t from)
{
    size_t end = from;
    while (end < letter->block_count && letter->blocks[end].kind == LETTER_BLOCK_ATTACHMENT)
        end++;
    bool one = end - from == 1;
    text_printf(t, "<div class=\"attachments\" data-line=\"%d\"><p>附件：", letter->blocks[from].line);
    text_add(t, one ? "" : "</p><ol>");
    for (size_t i = from; i < end; i++) {
        text_add(t, one ? "" : "<li>");
        escaped(t, letter->blocks[i].text);
        show_hash(t, &letter->blocks[i]);
        text_add(t, one ? "" : "</li>");
    }
    text_add(t, one ? "</p></div>" : "</ol></div>");
    return end - from;
}

static void show_cell(struct text *t, const struct letter_cell *c)
{
    text_add(t, c->head ? "<th" : "<td");
    if (c->span > 1)
        text_printf(t, " colspan=\"%d\"", c->span);
    text_add(t, ">");
    lines(t, c->text);
    text_add(t, c->head ? "</th>" : "</td>");
}

static void show_table(struct text *t, const struct letter_block *b)
{
    text_printf(t, "<table data-line=\"%d\">", b->line);
    for (size_t i = 0; i < b->rows * b->columns; i++) {
        const struct letter_cell *c = &b->cells[i];
        text_add(t, i % b->columns == 0 ? "<tr>" : "");
        if (c->span)
            show_cell(t, c);
        text_add(t, (i + 1) % b->columns == 0 ? "</tr>" : "");
    }
    text_add(t, "</table>");
}

static void show_sign(struct text *t, const struct letter_block *b)
{
    text_printf(t, "<div class=\"sign\" data-line=\"%d\">", b->line);
    escaped(t, b->text);
    text_add(t, "<br/>");
    escaped(t, b->detail);
    text_add(t, "</div>");
}

static size_t show(struct text *t, const struct letter *letter, size_t i)
{
    const struct letter_block *b = &letter->blocks[i];
    if (b->kind == LETTER_BLOCK_ATTACHMENT)
        return show_attachments(t, letter, i);
    if (b->kind == LETTER_BLOCK_TABLE)
        show_table(t, b);
    else if (b->kind == LETTER_BLOCK_SIGN)
        show_sign(t, b);
    else
        show_plain(t, b);
    return 1;
}

const struct fault *preview_write(const struct letter *letter, const struct letter_seal *seal,
                                  TALLOC_CTX *result, const uint8_t **bytes, size_t *length)
{
    (void)seal; /* a picture on a screen seals nothing */
    struct text *t = text_new(result, PREVIEW_MAX);
    text_add(t, "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"zh-CN\" "
                "xml:lang=\"zh-CN\"><head>"
                "<meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width\"/><title>");
    escaped(t, letter->title);
    text_add(t, "</title><style>");
    text_add(t, STYLE);
    text_add(t, "</style></head><body><main>");
    for (size_t i = 0; i < letter->block_count;)
        i += show(t, letter, i);
    text_add(t, "</main></body></html>\n");
    const char *html;
    TRY(text_end(t, &html, length));
    *bytes = (const uint8_t *)html;
    return NULL;
}
