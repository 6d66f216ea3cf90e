#include <stdlib.h>
#include <string.h>
#include "letter_layout.h"
#include "markup.h"
#include "life.h"
#include "odt.h"
#include "package.h"

#define MIMETYPE "application/vnd.oasis.opendocument.text"
enum { PART_MAX = 64 << 20 };

#define NAMESPACES                                                                                           \
    " xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\""                                     \
    " xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\""                                       \
    " xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\""                                         \
    " xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\""                                       \
    " xmlns:draw=\"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0\""                                      \
    " xmlns:fo=\"urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0\""                              \
    " xmlns:svg=\"urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0\""                                \
    " xmlns:xlink=\"http://www.w3.org/1999/xlink\""                                                          \
    " xmlns:dc=\"http://purl.org/dc/elements/1.1/\""                                                         \
    " xmlns:meta=\"urn:oasis:names:tc:opendocument:xmlns:meta:1.0\" office:version=\"1.3\""

/* A length in points with two decimals: 579 twips are 28.95pt. */
static void points(struct text *t, const char *name, int twips)
{
    int hundredths = abs(twips) * 5;
    text_printf(t, " %s=\"%s%d.%02dpt\"", name, twips < 0 ? "-" : "", hundredths / 100, hundredths % 100);
}

/* ---- styles.xml ---- */

static void font_faces(struct text *t)
{
    text_add(t, "<office:font-face-decls>");
    for (size_t i = 0; i < FACES; i++) {
        text_add(t, "<style:font-face style:name=\"");
        escaped(t, LETTER_FONTS[i].name);
        text_add(t, "\" svg:font-family=\"");
        escaped(t, LETTER_FONTS[i].families);
        text_printf(t, "\" style:font-family-generic=\"%s\" style:font-pitch=\"variable\"/>",
                    LETTER_FONTS[i].generic);
    }
    text_add(t, "<style:font-face style:name=\"" LETTER_LATIN "\" svg:font-family=\"'" LETTER_LATIN
                "', 'Liberation Serif'\" style:font-family-generic=\"roman\" style:font-pitch=\"variable\"/>"
                "</office:font-face-decls>");
}

/* A line over or under the paragraph. */
static void rule(struct text *t, const char *edge, int eighths, const struct letter_style *s)
{
    if (eighths)
        text_printf(t, " fo:border-%s=\"%d.%03dpt solid %s\"", edge, eighths / 8, eighths % 8 * 125,
                    s->rule_red ? LETTER_RED : "#000000");
}

static void paragraph_properties(struct text *t, const struct letter_style *s)
{
    static const char *const ALIGN[] = {"justify", "start", "center", "end"};
    text_add(t, "<style:paragraph-properties");
    points(t, "fo:line-height", s->line);
    points(t, "fo:margin-left", s->left);
    points(t, "fo:margin-right", s->right);
    points(t, "fo:margin-top", s->before);
    points(t, "fo:text-indent", s->first);
    text_printf(t, " fo:margin-bottom=\"0pt\" fo:text-align=\"%s\"", ALIGN[s->align]);
    if (s->keep_next)
        text_add(t, " fo:keep-with-next=\"always\"");
    if (s->keep_lines)
        text_add(t, " fo:keep-together=\"always\"");
    if (s->new_page)
        text_add(t, " fo:break-before=\"page\"");
    rule(t, "top", s->rule_top, s);
    rule(t, "bottom", s->rule_bottom, s);
    if (s->rule_space)
        text_printf(t, " fo:padding-bottom=\"%dpt\"", s->rule_space);
    if (s->tab) { /* counted from the indent */
        text_add(t, "><style:tab-stops><style:tab-stop style:type=\"right\"");
        points(t, "style:position", s->tab - s->left);
        text_add(t, "/></style:tab-stops></style:paragraph-properties>");
    } else
        text_add(t, "/>");
}

static void text_properties(struct text *t, const struct letter_style *s)
{
    const struct letter_font *font = &LETTER_FONTS[s->face];
    text_printf(t,
                "<style:text-properties style:font-name=\"%s\" style:font-name-asian=\"%s\""
                " fo:font-size=\"%d.%dpt\" style:font-size-asian=\"%d.%dpt\"",
                font->latin ? font->name : LETTER_LATIN, font->name, s->size / 2, s->size % 2 * 5,
                s->size / 2, s->size % 2 * 5);
    if (s->tight)
        points(t, "fo:letter-spacing", s->tight);
    text_add(t, s->red ? " fo:color=\"" LETTER_RED "\"/>" : "/>");
}

/* Punctuation does not hang: LibreOffice 7.4 loses what hangs from a justified line with letter spacing. */
static void named_styles(struct text *t, const struct letter_layout *l)
{
    text_add(
        t,
        "<office:styles><style:default-style style:family=\"paragraph\">"
        "<style:paragraph-properties fo:orphans=\"0\" fo:widows=\"0\" style:punctuation-wrap=\"simple\""
        " style:line-break=\"strict\" style:text-autospace=\"ideograph-alpha\" style:writing-mode=\"lr-tb\""
        " style:tab-stop-distance=\"21pt\" style:snap-to-layout-grid=\"false\"/>"
        "<style:text-properties fo:language=\"en\" fo:country=\"US\" style:language-asian=\"zh\""
        " style:country-asian=\"CN\" fo:color=\"#000000\" style:letter-kerning=\"false\"/>"
        "</style:default-style>"
        "<style:default-style style:family=\"table\"><style:table-properties"
        " table:border-model=\"collapsing\"/></style:default-style>"
        "<style:style style:name=\"Standard\" style:family=\"paragraph\" style:class=\"text\"/>");
    for (size_t i = 0; i < STYLES; i++) {
        const struct letter_style *s = &l->styles[i];
        text_printf(t,
                    "<style:style style:name=\"%s\" style:display-name=\"%s\" style:family=\"paragraph\""
                    " style:parent-style-name=\"Standard\"",
                    s->id, s->name);
        if (s->outline)
            text_printf(t, " style:default-outline-level=\"%d\"", s->outline);
        text_add(t, ">");
        paragraph_properties(t, s);
        text_properties(t, s);
        text_add(t, "</style:style>");
    }
    if (l->has_imprint) /* without a parent LibreOffice takes a frame for a drawing */
        text_add(t, "<style:style style:name=\"Frame\" style:family=\"graphic\"/>");
    text_add(t, "</office:styles>");
}

static void page_layout_begin(struct text *t, const char *name, int top, int bottom)
{
    text_printf(t, "<style:page-layout style:name=\"%s\" style:page-usage=\"all\">", name);
    text_add(t, "<style:page-layout-properties fo:page-width=\"210mm\" fo:page-height=\"297mm\""
                " style:print-orientation=\"portrait\"");
    points(t, "fo:margin-top", top);
    points(t, "fo:margin-left", PAGE_LEFT);
    points(t, "fo:margin-right", PAGE_RIGHT);
    points(t, "fo:margin-bottom", bottom);
    text_add(t, " style:writing-mode=\"lr-tb\" style:layout-grid-mode=\"none\"/>");
}

/* A head as high as what stands in it (height 0), or a foot of that height. */
static void page_area(struct text *t, const char *element, int height, int space)
{
    text_printf(t, "<style:%s-style><style:header-footer-properties style:dynamic-spacing=\"false\"",
                element);
    points(t, height ? "svg:height" : "fo:min-height", height);
    points(t, strcmp(element, "footer") == 0 ? "fo:margin-top" : "fo:margin-bottom", space);
    text_printf(t, "/></style:%s-style>", element);
}

/* The footer area ends 22 mm above the page's foot and is 13 mm high; of these the space above the number
 * puts its dash 7 mm below 版心, as in DOCX. The first page of a 信函 has its mark in the head, and in the
 * foot the lines that end 20 mm above the page's. */
static void page_styles(struct text *t, const struct letter_layout *l)
{
    enum { FOOTER_HEIGHT = 737, FOOTER_SPACE = 147 };
    text_add(t, "<office:automatic-styles>");
    page_layout_begin(t, "Page", PAGE_TOP, PAGE_BOTTOM - FOOTER_HEIGHT);
    page_area(t, "footer", FOOTER_HEIGHT, FOOTER_SPACE);
    text_add(t, "</style:page-layout>");
    if (l->head) {
        page_layout_begin(t, "First", l->head, LETTER_FOOT);
        page_area(t, "header", 0, 0);
        page_area(t, "footer", PAGE_BOTTOM - LETTER_FOOT, 0);
        text_add(t, "</style:page-layout>");
    }
    text_add(t, "</office:automatic-styles>");
}

static void footer(struct text *t, const char *element, enum letter_style_id style)
{
    text_printf(t,
                "<style:%s><text:p text:style-name=\"%s\">— <text:page-number"
                " text:select-page=\"current\">1</text:page-number> —</text:p></style:%s>",
                element, LETTER_STYLES[style].id, element);
}

static void line_text(struct text *t, const char *s, size_t n);

static void page_zone(struct text *t, const struct letter_layout *l, const char *element,
                      enum letter_zone zone)
{
    text_printf(t, "<style:%s>", element);
    for (size_t i = 0; i < l->count; i++) {
        const struct letter_paragraph *p = &l->paragraphs[i];
        if (p->zone != zone)
            continue;
        text_printf(t, "<text:p text:style-name=\"%s\">", l->styles[p->style].id);
        line_text(t, p->text, p->length);
        text_add(t, "</text:p>");
    }
    text_printf(t, "</style:%s>", element);
}

#define MASTER "<style:master-page style:name="
static void master_pages(struct text *t, const struct letter_layout *l)
{
    text_add(t, "<office:master-styles>");
    if (l->head) {
        text_add(t, MASTER "\"Standard\" style:page-layout-name=\"First\" style:next-style-name=\"Next\">");
        page_zone(t, l, "header", ZONE_HEAD);
        page_zone(t, l, "footer", ZONE_FOOT);
        text_add(t, "</style:master-page>");
    }
    text_printf(t, MASTER "\"%s\" style:page-layout-name=\"Page\">", l->head ? "Next" : "Standard");
    footer(t, "footer", STYLE_PAGE_ODD);
    footer(t, "footer-left", STYLE_PAGE_EVEN);
    text_add(t, "</style:master-page></office:master-styles>");
}

/* Without a head of its own a letter's styles follow from the table of styles and the imprint alone. */
static const struct fault *styles_part(const struct letter_layout *l, TALLOC_CTX *life, struct package *p)
{
    struct letter_style key[STYLES + 1] = {0};
    memcpy(key, l->styles, sizeof l->styles);
    key[STYLES].line = l->has_imprint;
    if (!l->head && package_again(p, "styles.xml", key, sizeof key))
        return NULL;
    struct text *t = text_new(life, PART_MAX);
    text_add(t, XML_DECLARATION "<office:document-styles" NAMESPACES ">");
    font_faces(t);
    named_styles(t, l);
    page_styles(t, l);
    master_pages(t, l);
    text_add(t, "</office:document-styles>");
    const char *bytes;
    size_t length;
    TRY(text_end(t, &bytes, &length));
    return l->head ? package_add(p, "styles.xml", bytes, length, PACKAGE_DEFLATED)
                   : package_keep(p, "styles.xml", key, sizeof key, bytes, length);
}

/* ---- content.xml ---- */

static bool differs(const struct letter_paragraph *p)
{
    return !p->table && (p->right >= 0 || (p->keep_next && !LETTER_STYLES[p->style].keep_next));
}

static void own_styles(struct text *t, const struct letter_layout *l)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct letter_paragraph *p = &l->paragraphs[i];
        if (!differs(p))
            continue;
        text_printf(
            t,
            "<style:style style:name=\"P%zu\" style:family=\"paragraph\" style:parent-style-name=\"%s\">"
            "<style:paragraph-properties",
            i + 1, LETTER_STYLES[p->style].id);
        if (p->right >= 0)
            points(t, "fo:margin-right", p->right);
        if (p->keep_next)
            text_add(t, " fo:keep-with-next=\"always\"");
        text_add(t, "/></style:style>");
    }
}

static void table_styles(struct text *t, const struct letter_layout *l)
{
    bool any = false;
    for (size_t i = 0; i < l->count; i++) {
        const struct letter_block *b = l->paragraphs[i].table;
        if (!b)
            continue;
        any = true;
        text_printf(t, "<style:style style:name=\"T%zu\" style:family=\"table\"><style:table-properties",
                    i + 1);
        points(t, "style:width", 28 * EM);
        text_add(t, " table:align=\"left\" table:border-model=\"collapsing\""
                    " style:may-break-between-rows=\"true\"/></style:style>");
        for (size_t c = 0; c < b->columns; c++) {
            text_printf(t,
                        "<style:style style:name=\"T%zu.%zu\" style:family=\"table-column\">"
                        "<style:table-column-properties",
                        i + 1, c + 1);
            points(t, "style:column-width", b->widths[c] * EM);
            text_add(t, "/></style:style>");
        }
    }
    if (any)
        text_add(t,
                 "<style:style style:name=\"Cell\" style:family=\"table-cell\"><style:table-cell-properties"
                 " fo:border=\"0.5pt solid #000000\" fo:padding-top=\"2pt\" fo:padding-bottom=\"2pt\""
                 " fo:padding-left=\"4pt\" fo:padding-right=\"4pt\" style:vertical-align=\"middle\"/>"
                 "</style:style>"
                 "<style:style style:name=\"Row\" style:family=\"table-row\"><style:table-row-properties"
                 " fo:keep-together=\"always\"/></style:style>");
}

/* Text of one line. ODF collapses blanks, so all but a first single one within words are written out. */
static void line_text(struct text *t, const char *s, size_t n)
{
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        bool tab = s[i] == '\t', end = s[i] == '\n',
             blank = s[i] == ' ' && (i == 0 || s[i - 1] == ' ' || i + 1 == n);
        if (!tab && !blank && !end)
            continue;
        escaped_n(t, s + from, i - from);
        text_add(t, tab ? "<text:tab/>" : end ? "<text:line-break/>" : "<text:s/>");
        from = i + 1;
    }
    escaped_n(t, s + from, n - from);
}

static void seal_frame(struct text *t, const struct letter_layout *l, const struct letter_seal *seal)
{
    /* centred over the date, its centre 2 mm above the line between agency and date (7.3.5.1: 居中下压) */
    int size = seal->millimetres * 567 / 10, above = size / 2 + 113;
    text_add(t, "<draw:frame draw:style-name=\"Seal\" draw:name=\"seal\" text:anchor-type=\"paragraph\"");
    points(t, "svg:x", TEXT_WIDTH - l->seal_right - size / 2);
    points(t, "svg:y", -above);
    points(t, "svg:width", size);
    points(t, "svg:height", size);
    text_add(t, " draw:z-index=\"0\"><draw:image xlink:href=\"Pictures/seal.png\" xlink:type=\"simple\""
                " xlink:show=\"embed\" xlink:actuate=\"onLoad\"/><svg:title>印章</svg:title></draw:frame>");
}

/* Under a sign block it hangs on the date: else LibreOffice leaves the lines beside it behind where the 版记
 * comes near. */
static void qr_frame(struct text *t, const struct letter_layout *l, size_t i)
{
    const struct letter_paragraph *p = &l->paragraphs[i];
    bool over = p->style == STYLE_DATE && i + 1 < l->count && p[1].qr,
         under = p->qr && (i == 0 || p[-1].style != STYLE_DATE);
    if (!over && !under)
        return;
    text_add(t, "<draw:frame draw:style-name=\"Seal\" draw:name=\"qr\" text:anchor-type=\"paragraph\"");
    points(t, "svg:x", 2 * EM);
    points(t, "svg:y", over ? LINE : 0);
    points(t, "svg:width", QR_SIDE);
    points(t, "svg:height", QR_SIDE);
    text_add(
        t, " draw:z-index=\"2\"><draw:image xlink:href=\"Pictures/qr.png\" xlink:type=\"simple\""
           " xlink:show=\"embed\" xlink:actuate=\"onLoad\"/><svg:title>核验二维码</svg:title></draw:frame>");
}

/* What stands at the foot of the last page, in a frame as wide as 版心. */
static void imprint_frame(struct text *t, const struct letter_layout *l)
{
    text_add(t, "<draw:frame draw:style-name=\"Imprint\" draw:name=\"imprint\""
                " text:anchor-type=\"paragraph\"");
    points(t, "svg:width", TEXT_WIDTH);
    text_add(t, " draw:z-index=\"1\"><draw:text-box fo:min-height=\"1pt\">");
    for (size_t i = 0; i < l->count; i++) {
        const struct letter_paragraph *p = &l->paragraphs[i];
        if (p->zone != ZONE_IMPRINT)
            continue;
        text_printf(t, "<text:p text:style-name=\"%s\">", l->styles[p->style].id);
        line_text(t, p->text, p->length);
        text_add(t, "</text:p>");
    }
    text_add(t, "</draw:text-box></draw:frame>");
}

static void paragraph(struct text *t, const struct letter_layout *l, size_t i, const struct letter_seal *seal)
{
    const struct letter_paragraph *p = &l->paragraphs[i];
    const struct letter_style *s = &l->styles[p->style];
    text_add(t, s->outline ? "<text:h text:style-name=\"" : "<text:p text:style-name=\"");
    if (differs(p))
        text_printf(t, "P%zu\"", i + 1);
    else
        text_printf(t, "%s\"", s->id);
    if (s->outline)
        text_printf(t, " text:outline-level=\"%d\"", s->outline);
    text_add(t, ">");
    if (p->sealed && seal)
        seal_frame(t, l, seal);
    qr_frame(t, l, i);
    if (i == l->anchor && l->has_imprint)
        imprint_frame(t, l);
    line_text(t, p->text, p->length);
    text_add(t, s->outline ? "</text:h>" : "</text:p>");
}

static void cell(struct text *t, const struct letter_cell *c)
{
    if (c->span == 0) {
        text_add(t, "<table:covered-table-cell/>");
        return;
    }
    text_add(t, "<table:table-cell table:style-name=\"Cell\" office:value-type=\"string\"");
    if (c->span > 1)
        text_printf(t, " table:number-columns-spanned=\"%d\"", c->span);
    text_add(t, ">");
    for (const char *s = c->text;;) {
        size_t n = strcspn(s, "\n");
        text_printf(t, "<text:p text:style-name=\"%s\">",
                    LETTER_STYLES[c->head ? STYLE_CELL_HEAD : STYLE_CELL].id);
        line_text(t, s, n);
        text_add(t, "</text:p>");
        if (!s[n])
            break;
        s += n + 1;
    }
    text_add(t, "</table:table-cell>");
}

static void table(struct text *t, const struct letter_block *b, size_t name)
{
    text_printf(t, "<table:table table:name=\"表%zu\" table:style-name=\"T%zu\">", name, name);
    for (size_t c = 0; c < b->columns; c++)
        text_printf(t, "<table:table-column table:style-name=\"T%zu.%zu\"/>", name, c + 1);
    for (size_t r = 0; r < b->rows; r++) {
        bool head = letter_row_is_head(b, r);
        text_add(t, head ? "<table:table-header-rows>" : "");
        text_printf(t, "<table:table-row%s>", letter_row_stays(b, r) ? " table:style-name=\"Row\"" : "");
        for (size_t c = 0; c < b->columns; c++)
            cell(t, &b->cells[r * b->columns + c]);
        text_add(t, head ? "</table:table-row></table:table-header-rows>" : "</table:table-row>");
    }
    text_add(t, "</table:table>");
}

static const struct fault *content_part(const struct letter_layout *l, const struct letter_seal *seal,
                                        TALLOC_CTX *life, struct package *p)
{
    struct text *t = text_new(life, PART_MAX);
    text_add(t, XML_DECLARATION "<office:document-content" NAMESPACES ">");
    font_faces(t);
    text_add(t, "<office:automatic-styles>");
    own_styles(t, l);
    table_styles(t, l);
    if (seal || letter_qr(l))
        text_add(t,
                 "<style:style style:name=\"Seal\" style:family=\"graphic\"><style:graphic-properties"
                 " style:wrap=\"run-through\" style:run-through=\"background\" style:flow-with-text=\"false\""
                 " style:vertical-pos=\"from-top\" style:vertical-rel=\"paragraph\""
                 " style:horizontal-pos=\"from-left\" style:horizontal-rel=\"page-content\"/></style:style>");
    if (l->has_imprint)
        text_add(t, "<style:style style:name=\"Imprint\" style:family=\"graphic\" "
                    "style:parent-style-name=\"Frame\"><style:graphic-properties"
                    " fo:border=\"none\" fo:padding=\"0pt\" fo:margin=\"0pt\" style:wrap=\"none\""
                    " style:vertical-pos=\"bottom\" style:vertical-rel=\"page-content\""
                    " style:horizontal-pos=\"left\" style:horizontal-rel=\"page-content\"/></style:style>");
    text_add(t, "</office:automatic-styles><office:body><office:text>");
    for (size_t i = 0; i < l->count; i++) {
        if (l->paragraphs[i].zone != ZONE_BODY)
            continue;
        if (l->paragraphs[i].table)
            table(t, l->paragraphs[i].table, i + 1);
        else
            paragraph(t, l, i, seal);
    }
    text_add(t, "</office:text></office:body></office:document-content>");
    const char *bytes;
    size_t length;
    TRY(text_end(t, &bytes, &length));
    return package_add(p, "content.xml", bytes, length, PACKAGE_DEFLATED);
}

/* ---- The other parts ---- */

static const struct fault *meta_part(const struct letter *letter, TALLOC_CTX *life, struct package *p)
{
    struct text *t = text_new(life, PART_MAX);
    text_add(t, XML_DECLARATION "<office:document-meta" NAMESPACES "><office:meta><meta:generator>Mingda"
                                "</meta:generator><dc:title>");
    escaped(t, letter->title);
    text_add(t, "</dc:title><dc:language>zh-CN</dc:language><meta:user-defined meta:name=\"template\">");
    escaped(t, letter->code);
    text_printf(t, "/%d</meta:user-defined></office:meta></office:document-meta>", letter->version);
    const char *bytes;
    size_t length;
    TRY(text_end(t, &bytes, &length));
    return package_add(p, "meta.xml", bytes, length, PACKAGE_DEFLATED);
}

#define MANIFEST_HEAD                                                                                        \
    XML_DECLARATION                                                                                          \
    "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\""               \
    " manifest:version=\"1.3\"><manifest:file-entry manifest:full-path=\"/\""                                \
    " manifest:version=\"1.3\" manifest:media-type=\"" MIMETYPE "\"/>"
#define MANIFEST_FILE(PATH, TYPE)                                                                            \
    "<manifest:file-entry manifest:full-path=\"" PATH "\" manifest:media-type=\"" TYPE "\"/>"
#define MANIFEST_XML                                                                                         \
    MANIFEST_HEAD MANIFEST_FILE("content.xml", "text/xml") MANIFEST_FILE("styles.xml", "text/xml")           \
        MANIFEST_FILE("meta.xml", "text/xml")
#define MANIFEST_SEAL MANIFEST_FILE("Pictures/seal.png", "image/png")
#define MANIFEST_QR   MANIFEST_FILE("Pictures/qr.png", "image/png")
#define MANIFEST_END  "</manifest:manifest>"
static const char *const MANIFESTS[2][2] = {
    /* [sealed][with a QR code] */
    {MANIFEST_XML MANIFEST_END, MANIFEST_XML MANIFEST_QR MANIFEST_END},
    {MANIFEST_XML MANIFEST_SEAL MANIFEST_END, MANIFEST_XML MANIFEST_SEAL MANIFEST_QR MANIFEST_END},
};

const struct fault *odt_write(const struct letter *letter, const struct letter_seal *seal, TALLOC_CTX *result,
                              const uint8_t **bytes, size_t *length)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    const struct letter_layout *l = letter_layout(scratch, letter);
    struct package *p = package_new(scratch);
    TRY_MEMORY(l);
    TRY_MEMORY(p);
    const struct letter_block *qr = letter_qr(l);
    const char *manifest = MANIFESTS[seal != NULL][qr != NULL];
    const struct fault *f = package_add(p, "mimetype", MIMETYPE, sizeof MIMETYPE - 1, PACKAGE_STORED);
    if (!f)
        f = content_part(l, seal, scratch, p);
    if (!f)
        f = styles_part(l, scratch, p);
    if (!f)
        f = meta_part(letter, scratch, p);
    if (!f && seal)
        f = package_add(p, "Pictures/seal.png", seal->png, seal->length, PACKAGE_STORED);
    if (!f && qr)
        f = package_add(p, "Pictures/qr.png", qr->png, qr->png_length, PACKAGE_STORED);
    if (!f)
        f = package_add(p, "META-INF/manifest.xml", manifest, strlen(manifest), PACKAGE_CONSTANT);
    return f ? fault_keep(result, f) : package_write(p, result, bytes, length);
}
