#include <string.h>
#include "docx.h"
#include "letter_layout.h"
#include "markup.h"
#include "life.h"
#include "package.h"

enum { PART_MAX = 64 << 20, EMU_PER_TWIP = 635 };

#define W_NAMESPACE " xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""
#define R_NAMESPACE " xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""
#define RELATION    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define WORD_TYPE   "application/vnd.openxmlformats-officedocument.wordprocessingml."

static const struct fault *add_part(struct package *p, const char *name, struct text *t,
                                    enum package_method method)
{
    const char *bytes;
    size_t length;
    TRY(text_end(t, &bytes, &length));
    return package_add(p, name, bytes, length, method);
}

/* ---- word/styles.xml. Children of pPr and rPr stand in the order of the schema: Word insists. ---- */

static void indents(struct text *t, const struct letter_style *s)
{
    if (!s->left && !s->right && !s->first)
        return;
    text_add(t, "<w:ind");
    if (s->left)
        text_printf(t, " w:left=\"%d\"", s->left);
    if (s->right)
        text_printf(t, " w:right=\"%d\"", s->right);
    if (s->first == 2 * EM)
        text_add(t, " w:firstLineChars=\"200\""); /* Word shows it as 2 字符 */
    if (s->first > 0)
        text_printf(t, " w:firstLine=\"%d\"", s->first);
    if (s->first < 0)
        text_printf(t, " w:hanging=\"%d\"", -s->first);
    text_add(t, "/>");
}

#define RED (&LETTER_RED[1]) /* without the # */

/* A line over or under the paragraph. */
static void rule(struct text *t, const char *edge, int eighths, int space, bool red)
{
    if (eighths)
        text_printf(t, "<w:%s w:val=\"single\" w:sz=\"%d\" w:space=\"%d\" w:color=\"%s\"/>", edge, eighths,
                    space, red ? RED : "000000");
}

static void paragraph_properties(struct text *t, const struct letter_style *s)
{
    static const char *const ALIGN[] = {"both", "left", "center", "right"};
    text_add(t, "<w:pPr>");
    if (s->keep_next)
        text_add(t, "<w:keepNext/>");
    if (s->keep_lines)
        text_add(t, "<w:keepLines/>");
    if (s->new_page)
        text_add(t, "<w:pageBreakBefore/>");
    text_add(t, "<w:widowControl w:val=\"0\"/>");
    if (s->rule_top || s->rule_bottom) {
        text_add(t, "<w:pBdr>");
        rule(t, "top", s->rule_top, 0, s->rule_red);
        rule(t, "bottom", s->rule_bottom, s->rule_space, s->rule_red);
        text_add(t, "</w:pBdr>");
    }
    if (s->tab)
        text_printf(t, "<w:tabs><w:tab w:val=\"right\" w:pos=\"%d\"/></w:tabs>", s->tab);
    /* kinsoku and autoSpace are on by default. Word lets punctuation hang here; LibreOffice 7.4 reads
     * overflowPunct upside down, so that it does not: as in ODT, where it would lose what hangs. */
    text_add(t, "<w:overflowPunct/><w:snapToGrid w:val=\"0\"/>");
    text_printf(t, "<w:spacing w:before=\"%d\" w:after=\"0\" w:line=\"%d\" w:lineRule=\"exact\"/>", s->before,
                s->line);
    indents(t, s);
    text_printf(t, "<w:jc w:val=\"%s\"/>", ALIGN[s->align]);
    if (s->outline)
        text_printf(t, "<w:outlineLvl w:val=\"%d\"/>", s->outline - 1);
    text_add(t, "</w:pPr>");
}

static void run_properties(struct text *t, const struct letter_style *s)
{
    const struct letter_font *font = &LETTER_FONTS[s->face];
    const char *latin = font->latin ? font->name : LETTER_LATIN;
    text_printf(t, "<w:rPr><w:rFonts w:ascii=\"%s\" w:eastAsia=\"%s\" w:hAnsi=\"%s\" w:cs=\"%s\"/>", latin,
                font->name, latin, LETTER_LATIN);
    if (s->red)
        text_printf(t, "<w:color w:val=\"%s\"/>", RED);
    if (s->tight)
        text_printf(t, "<w:spacing w:val=\"%d\"/>", s->tight);
    text_printf(t, "<w:sz w:val=\"%d\"/><w:szCs w:val=\"%d\"/></w:rPr>", s->size, s->size);
}

static const struct fault *styles_part(const struct letter_layout *l, TALLOC_CTX *life, struct package *p)
{
    if (package_again(p, "word/styles.xml", l->styles, sizeof l->styles))
        return NULL;
    struct text *t = text_new(life, PART_MAX);
    text_add(t, XML_DECLARATION
             "<w:styles" W_NAMESPACE "><w:docDefaults><w:rPrDefault><w:rPr>"
             "<w:lang w:val=\"en-US\" w:eastAsia=\"zh-CN\" w:bidi=\"ar-SA\"/></w:rPr></w:rPrDefault>"
             "<w:pPrDefault/></w:docDefaults>"
             "<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\">"
             "<w:name w:val=\"Normal\"/></w:style>"
             "<w:style w:type=\"table\" w:default=\"1\" w:styleId=\"TableNormal\">"
             "<w:name w:val=\"Normal Table\"/></w:style>");
    for (size_t i = 0; i < STYLES; i++) {
        const struct letter_style *s = &l->styles[i];
        text_printf(
            t,
            "<w:style w:type=\"paragraph\" w:customStyle=\"1\" w:styleId=\"%s\"><w:name w:val=\"%s\"/>"
            "<w:basedOn w:val=\"Normal\"/><w:qFormat/>",
            s->id, s->name);
        paragraph_properties(t, s);
        run_properties(t, s);
        text_add(t, "</w:style>");
    }
    text_add(t, "</w:styles>");
    const char *bytes;
    size_t length;
    TRY(text_end(t, &bytes, &length));
    return package_keep(p, "word/styles.xml", l->styles, sizeof l->styles, bytes, length);
}

static const struct fault *fonts_part(TALLOC_CTX *life, struct package *p)
{
    struct text *t = text_new(life, PART_MAX);
    text_add(t, XML_DECLARATION "<w:fonts" W_NAMESPACE ">");
    for (size_t i = 0; i < FACES; i++)
        text_printf(t,
                    "<w:font w:name=\"%s\"><w:altName w:val=\"%s\"/><w:charset w:val=\"86\"/>"
                    "<w:family w:val=\"%s\"/><w:pitch w:val=\"variable\"/></w:font>",
                    LETTER_FONTS[i].name, LETTER_FONTS[i].alternative, LETTER_FONTS[i].generic);
    text_add(t, "<w:font w:name=\"" LETTER_LATIN "\"><w:charset w:val=\"00\"/><w:family w:val=\"roman\"/>"
                "<w:pitch w:val=\"variable\"/></w:font></w:fonts>");
    return add_part(p, "word/fontTable.xml", t, PACKAGE_CONSTANT);
}

/* ---- word/document.xml ---- */

/* Runs ask for the East Asian face where a character could be either (quotation marks, dashes, ellipses). */
#define RUN "<w:r><w:rPr><w:rFonts w:hint=\"eastAsia\"/></w:rPr>"

static void line_runs(struct text *t, const char *s, size_t n)
{
    if (n == 0)
        return;
    text_add(t, RUN);
    for (size_t from = 0; from <= n;) {
        size_t end = from;
        while (end < n && s[end] != '\t' && s[end] != '\n')
            end++;
        if (end > from) {
            text_add(t, "<w:t xml:space=\"preserve\">");
            escaped_n(t, s + from, end - from);
            text_add(t, "</w:t>");
        }
        if (end < n)
            text_add(t, s[end] == '\t' ? "<w:tab/>" : "<w:br/>");
        from = end + 1;
    }
    text_add(t, "</w:r>");
}

#define DRAWING_NAMESPACES                                                                                   \
    " xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\""                   \
    " xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\""                                     \
    " xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\""

/* A square picture over the text, from the left edge of 版心 and the top of its paragraph. */
struct picture {
    int id, x, y, side; /* twips */
    const char *name, *about, *relation;
};

static void picture_run(struct text *t, const struct picture *p)
{
    int side = p->side * EMU_PER_TWIP;
    text_printf(
        t,
        "<w:r><w:drawing><wp:anchor distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\" simplePos=\"0\""
        " relativeHeight=\"%d\" behindDoc=\"1\" locked=\"1\" layoutInCell=\"1\" allowOverlap=\"1\">"
        "<wp:simplePos x=\"0\" y=\"0\"/>"
        "<wp:positionH relativeFrom=\"column\"><wp:posOffset>%d</wp:posOffset></wp:positionH>"
        "<wp:positionV relativeFrom=\"paragraph\"><wp:posOffset>%d</wp:posOffset></wp:positionV>"
        "<wp:extent cx=\"%d\" cy=\"%d\"/><wp:effectExtent l=\"0\" t=\"0\" r=\"0\" b=\"0\"/><wp:wrapNone/>"
        "<wp:docPr id=\"%d\" name=\"%s\" descr=\"%s\"/><wp:cNvGraphicFramePr/><a:graphic>"
        "<a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><pic:pic>"
        "<pic:nvPicPr><pic:cNvPr id=\"%d\" name=\"%s\"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>"
        "<a:blip r:embed=\"%s\"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm>"
        "<a:off x=\"0\" y=\"0\"/><a:ext cx=\"%d\" cy=\"%d\"/></a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/>"
        "</a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:anchor></w:drawing></w:r>",
        p->id, p->x * EMU_PER_TWIP, p->y * EMU_PER_TWIP, side, side, p->id, p->name, p->about, p->id, p->name,
        p->relation, side, side);
}

static void seal_run(struct text *t, const struct letter_layout *l, const struct letter_seal *seal)
{
    int side = seal->millimetres * 567 / 10; /* as in ODT */
    picture_run(t, &(struct picture){1, TEXT_WIDTH - l->seal_right - side / 2, -(side / 2 + 113), side,
                                     "seal", "印章", "rId6"});
}

static void qr_run(struct text *t)
{
    picture_run(t, &(struct picture){2, 2 * EM, 0, QR_SIDE, "qr", "核验二维码", "rId9"});
}

/* Each paragraph of the 版记 has a frame of its own, the last at the foot of 版心: LibreOffice drops a frame
 * of two paragraphs with different lines. Those above need their place from the page's head, hence their
 * height. */
static void frame(struct text *t, const struct letter_layout *l, const struct letter_paragraph *p)
{
    enum { FOUR_EM = 280 };
    int below = 0;
    for (const struct letter_paragraph *q = p; q < l->paragraphs + l->count; q++)
        if (q->zone == ZONE_IMPRINT)
            below += LINE * (1 + letter_width(q->text) / EM * FOUR_EM / (TEXT_WIDTH + 1)) +
                     (l->styles[q->style].rule_top + l->styles[q->style].rule_bottom) * 5 / 2;
    bool lowest = true;
    for (const struct letter_paragraph *q = p + 1; q < l->paragraphs + l->count; q++)
        lowest = lowest && q->zone != ZONE_IMPRINT;
    text_printf(t, "<w:framePr w:w=\"%d\" w:wrap=\"notBeside\" w:vAnchor=\"%s\" w:hAnchor=\"margin\"",
                TEXT_WIDTH, lowest ? "margin" : "page");
    text_add(t, " w:xAlign=\"left\"");
    if (lowest)
        text_add(t, " w:yAlign=\"bottom\"/>");
    else
        text_printf(t, " w:y=\"%d\"/>", PAGE_HEIGHT - PAGE_BOTTOM - below);
}

static void paragraph(struct text *t, const struct letter_layout *l, const struct letter_paragraph *p,
                      const struct letter_seal *seal)
{
    text_printf(t, "<w:p><w:pPr><w:pStyle w:val=\"%s\"/>", LETTER_STYLES[p->style].id);
    if (p->zone == ZONE_IMPRINT) /* never with keepNext, which would stand before it */
        frame(t, l, p);
    if (p->keep_next && !LETTER_STYLES[p->style].keep_next)
        text_add(t, "<w:keepNext/>");
    if (p->right >= 0)
        text_printf(t, "<w:ind w:right=\"%d\"/>", p->right);
    text_add(t, "</w:pPr>");
    if (p->sealed && seal)
        seal_run(t, l, seal);
    if (p->qr)
        qr_run(t);
    line_runs(t, p->text, p->length);
    text_add(t, "</w:p>");
}

static void cell(struct text *t, const struct letter_cell *c, int width)
{
    text_printf(t, "<w:tc><w:tcPr><w:tcW w:w=\"%d\" w:type=\"dxa\"/>", width);
    if (c->span > 1)
        text_printf(t, "<w:gridSpan w:val=\"%d\"/>", c->span);
    text_add(t, "<w:vAlign w:val=\"center\"/></w:tcPr>");
    for (const char *s = c->text;;) {
        size_t n = strcspn(s, "\n");
        text_printf(t, "<w:p><w:pPr><w:pStyle w:val=\"%s\"/></w:pPr>",
                    LETTER_STYLES[c->head ? STYLE_CELL_HEAD : STYLE_CELL].id);
        line_runs(t, s, n);
        text_add(t, "</w:p>");
        if (!s[n])
            break;
        s += n + 1;
    }
    text_add(t, "</w:tc>");
}

static int spanned_width(const struct letter_block *b, size_t column, int span)
{
    int width = 0;
    for (int i = 0; i < span; i++)
        width += b->widths[column + (size_t)i] * EM;
    return width;
}

static void table(struct text *t, const struct letter_block *b)
{
    static const char *const EDGES[] = {"top", "left", "bottom", "right", "insideH", "insideV"};
    text_printf(t, "<w:tbl><w:tblPr><w:tblW w:w=\"%d\" w:type=\"dxa\"/><w:tblBorders>", 28 * EM);
    for (size_t i = 0; i < sizeof EDGES / sizeof *EDGES; i++)
        text_printf(t, "<w:%s w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>", EDGES[i]);
    text_add(t,
             "</w:tblBorders><w:tblLayout w:type=\"fixed\"/><w:tblCellMar><w:top w:w=\"40\" w:type=\"dxa\"/>"
             "<w:left w:w=\"80\" w:type=\"dxa\"/><w:bottom w:w=\"40\" w:type=\"dxa\"/>"
             "<w:right w:w=\"80\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr><w:tblGrid>");
    for (size_t c = 0; c < b->columns; c++)
        text_printf(t, "<w:gridCol w:w=\"%d\"/>", b->widths[c] * EM);
    text_add(t, "</w:tblGrid>");
    for (size_t r = 0; r < b->rows; r++) {
        bool head = letter_row_is_head(b, r), stays = letter_row_stays(b, r);
        text_add(t, "<w:tr>");
        if (head || stays)
            text_printf(t, "<w:trPr>%s%s</w:trPr>", stays ? "<w:cantSplit/>" : "",
                        head ? "<w:tblHeader/>" : "");
        for (size_t c = 0; c < b->columns; c++)
            if (b->cells[r * b->columns + c].span)
                cell(t, &b->cells[r * b->columns + c],
                     spanned_width(b, c, b->cells[r * b->columns + c].span));
        text_add(t, "</w:tr>");
    }
    text_add(t, "</w:tbl>");
}

/* The paragraphs of a zone. The frame of the 版记 hangs on the paragraph that follows it in the file. */
static void zone(struct text *t, const struct letter_layout *l, enum letter_zone which,
                 const struct letter_seal *seal)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct letter_paragraph *p = &l->paragraphs[i];
        if (p->zone != which)
            continue;
        if (which == ZONE_BODY && i == l->anchor)
            zone(t, l, ZONE_IMPRINT, NULL);
        if (p->table)
            table(t, p->table);
        else
            paragraph(t, l, p, seal);
    }
}

static void section(struct text *t, const struct letter_layout *l)
{
    text_add(t, "<w:sectPr>");
    if (l->head)
        text_add(t, "<w:headerReference w:type=\"first\" r:id=\"rId7\"/>"
                    "<w:footerReference w:type=\"first\" r:id=\"rId8\"/>");
    text_printf(t,
                "<w:footerReference w:type=\"default\" r:id=\"rId4\"/>"
                "<w:footerReference w:type=\"even\" r:id=\"rId5\"/><w:pgSz w:w=\"%d\" w:h=\"%d\"/>"
                "<w:pgMar w:top=\"%d\" w:right=\"%d\" w:bottom=\"%d\" w:left=\"%d\" w:header=\"%d\""
                " w:footer=\"%d\" w:gutter=\"0\"/>",
                PAGE_WIDTH, PAGE_HEIGHT, PAGE_TOP, PAGE_RIGHT, PAGE_BOTTOM, PAGE_LEFT,
                l->head ? l->head : 850, l->head ? LETTER_FOOT : PAGE_FOOTER);
    text_add(t, l->head ? "<w:titlePg/></w:sectPr>" : "</w:sectPr>");
}

static const struct fault *document_part(const struct letter_layout *l, const struct letter_seal *seal,
                                         TALLOC_CTX *life, struct package *p)
{
    struct text *t = text_new(life, PART_MAX);
    text_add(t, XML_DECLARATION "<w:document" W_NAMESPACE R_NAMESPACE);
    text_add(t, seal || letter_qr(l) ? DRAWING_NAMESPACES "><w:body>" : "><w:body>");
    zone(t, l, ZONE_BODY, seal);
    section(t, l);
    text_add(t, "</w:body></w:document>");
    return add_part(p, "word/document.xml", t, PACKAGE_DEFLATED);
}

/* Head or foot of the first page of a 信函. */
static const struct fault *zone_part(const struct letter_layout *l, const char *name, const char *element,
                                     enum letter_zone which, TALLOC_CTX *life, struct package *p)
{
    struct text *t = text_new(life, PART_MAX);
    text_printf(t, XML_DECLARATION "<w:%s" W_NAMESPACE ">", element);
    zone(t, l, which, NULL);
    text_printf(t, "</w:%s>", element);
    return add_part(p, name, t, PACKAGE_DEFLATED);
}

/* ---- The parts that are the same in every letter ---- */

/* SPACE: what lifts the number over the lower foot that a 信函 has for its lines. */
#define FOOTER(STYLE, SPACE)                                                                                 \
    XML_DECLARATION                                                                                          \
    "<w:ftr" W_NAMESPACE "><w:p><w:pPr><w:pStyle w:val=\"" STYLE "\"/></w:pPr>" RUN                          \
    "<w:t xml:space=\"preserve\">— </w:t></w:r><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r>"            \
    "<w:r><w:instrText xml:space=\"preserve\"> PAGE </w:instrText></w:r>"                                    \
    "<w:r><w:fldChar w:fldCharType=\"separate\"/></w:r><w:r><w:t>1</w:t></w:r>"                              \
    "<w:r><w:fldChar w:fldCharType=\"end\"/></w:r>" RUN                                                      \
    "<w:t xml:space=\"preserve\"> —</w:t></w:r></w:p>" SPACE "</w:ftr>"
#define LIFT                                                                                                 \
    "<w:p><w:pPr><w:snapToGrid w:val=\"0\"/><w:spacing w:before=\"0\" w:after=\"0\" w:line=\"306\""          \
    " w:lineRule=\"exact\"/></w:pPr></w:p>"

static const char SETTINGS[] = XML_DECLARATION
    "<w:settings" W_NAMESPACE "><w:evenAndOddHeaders/>"
    "<w:characterSpacingControl w:val=\"doNotCompress\"/><w:compat><w:compatSetting"
    " w:name=\"compatibilityMode\" w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/>"
    "</w:compat><w:themeFontLang w:val=\"en-US\" w:eastAsia=\"zh-CN\"/></w:settings>";

static const char ROOT_RELATIONS[] = XML_DECLARATION
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
    "<Relationship Id=\"rId1\" Type=\"" RELATION "officeDocument\" Target=\"word/document.xml\"/>"
    "</Relationships>";

#define RELATIONS                                                                                            \
    XML_DECLARATION "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">" \
                    "<Relationship Id=\"rId1\" Type=\"" RELATION "styles\" Target=\"styles.xml\"/>"          \
                    "<Relationship Id=\"rId2\" Type=\"" RELATION "settings\" Target=\"settings.xml\"/>"      \
                    "<Relationship Id=\"rId3\" Type=\"" RELATION "fontTable\" Target=\"fontTable.xml\"/>"    \
                    "<Relationship Id=\"rId4\" Type=\"" RELATION "footer\" Target=\"footer1.xml\"/>"         \
                    "<Relationship Id=\"rId5\" Type=\"" RELATION "footer\" Target=\"footer2.xml\"/>"
#define RELATION_SEAL "<Relationship Id=\"rId6\" Type=\"" RELATION "image\" Target=\"media/seal.png\"/>"
#define RELATIONS_FIRST                                                                                      \
    "<Relationship Id=\"rId7\" Type=\"" RELATION "header\" Target=\"header1.xml\"/>"                         \
    "<Relationship Id=\"rId8\" Type=\"" RELATION "footer\" Target=\"footer3.xml\"/>"
#define RELATION_QR   "<Relationship Id=\"rId9\" Type=\"" RELATION "image\" Target=\"media/qr.png\"/>"
#define RELATIONS_END "</Relationships>"
static const char *const DOCUMENT_RELATIONS[2][2][2] = {
    /* [first page apart][sealed][with a QR code] */
    {{RELATIONS RELATIONS_END, RELATIONS RELATION_QR RELATIONS_END},
     {RELATIONS RELATION_SEAL RELATIONS_END, RELATIONS RELATION_SEAL RELATION_QR RELATIONS_END}},
    {{RELATIONS RELATIONS_FIRST RELATIONS_END, RELATIONS RELATIONS_FIRST RELATION_QR RELATIONS_END},
     {RELATIONS RELATION_SEAL RELATIONS_FIRST RELATIONS_END,
      RELATIONS RELATION_SEAL RELATIONS_FIRST RELATION_QR RELATIONS_END}},
};

#define OVERRIDE(PART, TYPE) "<Override PartName=\"/word/" PART "\" ContentType=\"" WORD_TYPE TYPE "+xml\"/>"
#define TYPES                                                                                                \
    XML_DECLARATION                                                                                          \
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"                         \
    "<Default Extension=\"rels\""                                                                            \
    " ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"                            \
    "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"                                           \
    "<Default Extension=\"png\" ContentType=\"image/png\"/>" OVERRIDE("document.xml", "document.main")       \
        OVERRIDE("styles.xml", "styles") OVERRIDE("settings.xml", "settings")                                \
            OVERRIDE("fontTable.xml", "fontTable") OVERRIDE("footer1.xml", "footer")                         \
                OVERRIDE("footer2.xml", "footer")
#define TYPES_FIRST OVERRIDE("header1.xml", "header") OVERRIDE("footer3.xml", "footer")
#define TYPES_END   "</Types>"

static const struct fixed_part {
    const char *name, *bytes[2]; /* [first page apart] */
} FIXED_PARTS[] = {
    {"[Content_Types].xml", {TYPES TYPES_END, TYPES TYPES_FIRST TYPES_END}},
    {"_rels/.rels", {ROOT_RELATIONS, ROOT_RELATIONS}},
    {"word/settings.xml", {SETTINGS, SETTINGS}},
    {"word/footer1.xml", {FOOTER("LetterPageOdd", ""), FOOTER("LetterPageOdd", LIFT)}},
    {"word/footer2.xml", {FOOTER("LetterPageEven", ""), FOOTER("LetterPageEven", LIFT)}},
};

static const struct fault *fixed_parts(const struct letter_layout *l, const struct letter_seal *seal,
                                       struct package *p)
{
    bool first = l->head != 0;
    for (size_t i = 0; i < sizeof FIXED_PARTS / sizeof *FIXED_PARTS; i++)
        TRY(package_add(p, FIXED_PARTS[i].name, FIXED_PARTS[i].bytes[first],
                        strlen(FIXED_PARTS[i].bytes[first]), PACKAGE_CONSTANT));
    const struct letter_block *qr = letter_qr(l);
    const char *relations = DOCUMENT_RELATIONS[first][seal != NULL][qr != NULL];
    TRY(package_add(p, "word/_rels/document.xml.rels", relations, strlen(relations), PACKAGE_CONSTANT));
    if (qr)
        TRY(package_add(p, "word/media/qr.png", qr->png, qr->png_length, PACKAGE_STORED));
    return seal ? package_add(p, "word/media/seal.png", seal->png, seal->length, PACKAGE_STORED) : NULL;
}

const struct fault *docx_write(const struct letter *letter, const struct letter_seal *seal,
                               TALLOC_CTX *result, const uint8_t **bytes, size_t *length)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    const struct letter_layout *l = letter_layout(scratch, letter);
    struct package *p = package_new(scratch);
    TRY_MEMORY(l);
    TRY_MEMORY(p);
    const struct fault *f = fixed_parts(l, seal, p);
    if (!f)
        f = document_part(l, seal, scratch, p);
    if (!f && l->head)
        f = zone_part(l, "word/header1.xml", "hdr", ZONE_HEAD, scratch, p);
    if (!f && l->head)
        f = zone_part(l, "word/footer3.xml", "ftr", ZONE_FOOT, scratch, p);
    if (!f)
        f = styles_part(l, scratch, p);
    if (!f)
        f = fonts_part(scratch, p);
    return f ? fault_keep(result, f) : package_write(p, result, bytes, length);
}
