/* letter_layout.h - the numbers of GB/T 9704-2012 for the three shapes (文件, 信函, and 告知书 which keeps
 * its page, faces, date and seal), and a letter as the list of paragraphs that both writers set one after the
 * other: ODT and DOCX cannot differ, for they read the same table.
 *
 * Lengths are twips (1/20 pt; 1 mm = 56.7). Every hanzi is 1 em, so that nothing here depends on a font. */
#ifndef MINGDA_LETTER_LAYOUT_H
#define MINGDA_LETTER_LAYOUT_H

#include "letter.h"

enum {
    PAGE_WIDTH = 11906, /* A4: 210 × 297 mm */
    PAGE_HEIGHT = 16838,
    PAGE_TOP = 2098,    /* 天头 37 mm */
    PAGE_LEFT = 1587,   /* 订口 28 mm */
    PAGE_RIGHT = 1474,  /* 26 mm: 版心 156 mm */
    PAGE_BOTTOM = 1984, /* 35 mm: 版心 225 mm */
    PAGE_FOOTER = 1440, /* from the page's foot to the foot of the page number: its dash 7 mm below 版心 */
    TEXT_WIDTH = PAGE_WIDTH - PAGE_LEFT - PAGE_RIGHT,
    EM = 315, /* a 3号 character set 0.25 pt tighter: 28 × 15.75 pt = 155.6 mm (28 × 16 pt would be 158) */
    LINE = 579,             /* 28.95 pt: 22 lines in 225 mm */
    LETTER_FOOT = 1134,     /* 信函: the second red line stands 20 mm from the page's foot */
    QR_LINE = 2 * LINE / 3, /* three lines beside a QR code are two of the text */
    QR_SIDE = 2 * LINE      /* 20.4 mm */
};

enum letter_face { FACE_FANGSONG, FACE_HEI, FACE_KAI, FACE_XIAOBIAOSONG, FACE_SONG, FACES };

struct letter_font {
    const char *name;     /* what officials have in their machines */
    const char *families; /* CSS list with what stands in where they do not */
    const char *alternative;
    bool latin;          /* also sets ASCII; else Times New Roman does */
    const char *generic; /* what kind of face it is, where it is not to be had */
};
extern const struct letter_font LETTER_FONTS[FACES];
#define LETTER_LATIN "Times New Roman"
#define LETTER_RED   "#ff0000"

enum letter_align { ALIGN_JUSTIFY, ALIGN_START, ALIGN_CENTRE, ALIGN_END };

enum letter_style_id {
    STYLE_BODY,
    STYLE_TITLE,
    STYLE_NUMBER,
    STYLE_TO,
    STYLE_H1,
    STYLE_H2,
    STYLE_H3,
    STYLE_H4,
    STYLE_ATTACHMENT,       /* the only one */
    STYLE_ATTACHMENT_FIRST, /* of several */
    STYLE_ATTACHMENT_NEXT,
    STYLE_HASH,      /* under the only one */
    STYLE_HASH_NEXT, /* under one of several */
    STYLE_AGENCY,
    STYLE_DATE,
    STYLE_NOTE,
    STYLE_COPY,
    STYLE_CELL,
    STYLE_CELL_HEAD,
    STYLE_SPACER, /* around tables */
    STYLE_ANNEX,  /* 附件 and its number, on a new page */
    STYLE_ANNEX_TITLE,
    STYLE_PAGE_ODD,
    STYLE_PAGE_EVEN,
    STYLE_MARK, /* 文件: in the text; 信函: in the head of the first page, over the thick line */
    STYLE_NUMBER_DOCUMENT, /* over the red line */
    STYLE_NUMBER_LETTER,
    STYLE_TITLE_FIRST, /* its first line under a red head */
    STYLE_IMPRINT_COPY,
    STYLE_IMPRINT,
    STYLE_RULE_HEAD, /* 信函: the thin line under the thick one */
    STYLE_RULE_THIN, /* 信函, at the page's foot: the thin line */
    STYLE_RULE_FOOT, /* and the thick one under it */
    STYLE_QR,        /* what stands beside a QR code */
    STYLES
};

struct letter_style {
    const char *id, *name; /* name is what the style list of the office suite shows */
    enum letter_face face;
    int size;  /* half-points */
    int line;  /* exact line pitch */
    int tight; /* letter spacing, negative */
    int first; /* indent of the first line; negative hangs */
    int left, right, before;
    enum letter_align align;
    int outline; /* 1 to 4 for headings */
    bool keep_next;
    bool keep_lines; /* all on one page */
    bool new_page;   /* begins one */
    bool red, rule_red;
    int rule_top, rule_bottom; /* lines over and under, in eighths of a point */
    int rule_space;            /* points between text and the line under it */
    int tab;                   /* from the left edge of 版心 to a tabulator that aligns right */
};
extern const struct letter_style LETTER_STYLES[STYLES];

enum letter_zone {
    ZONE_BODY,
    ZONE_HEAD,   /* head of the first page */
    ZONE_FOOT,   /* foot of the first page */
    ZONE_IMPRINT /* at the foot of 版心 on the last page */
};

/* A paragraph (text without line breaks, save beside a QR code), or a table. */
struct letter_paragraph {
    enum letter_zone zone;
    enum letter_style_id style;
    const char *text;
    size_t length;
    int right;      /* own right indent, or -1: the style's */
    bool keep_next; /* or the style says so */
    bool sealed;    /* the seal's picture hangs here */
    const struct letter_block *table;
    const struct letter_block *qr; /* its QR code stands at the left of these lines */
};

struct letter_layout {
    struct letter_paragraph *paragraphs;
    size_t count;
    int seal_right;                     /* from the right edge of 版心 to the seal's centre */
    struct letter_style styles[STYLES]; /* LETTER_STYLES, with the mark in the size that fits */
    int head;                           /* ZONE_HEAD begins so far from the page's head; 0: no such zone */
    size_t anchor;                      /* the paragraph of the body on which the 版记 hangs */
    bool has_imprint;
};

/* The letter as paragraphs in their order. NULL without memory. */
const struct letter_layout *letter_layout(TALLOC_CTX *life, const struct letter *letter);

/* Does row `r` of a table repeat on each page (all its cells are labels, and it is the first of several)? */
bool letter_row_is_head(const struct letter_block *b, size_t r);

/* Does row `r` stay on one page? Not when it may be higher than a third of one. */
bool letter_row_stays(const struct letter_block *b, size_t r);

/* Width of text in twips at 3号: hanzi 1 em, ASCII half of one, a little between the two. */
int letter_width(const char *text);

/* The letter has a QR code: its picture, or NULL. */
const struct letter_block *letter_qr(const struct letter_layout *l);

#endif
