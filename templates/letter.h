/* letter.h - from a template of our small vocabulary and the data of a dossier to an abstract letter, and
 * from that to ODT, DOCX and HTML by GB/T 9704-2012.
 *
 * The language is closed: typed slots, `if n is/not`, `choose`, `each`, clauses. Nothing in it executes,
 * computes, opens or calls. Templates, clauses and data come as bytes; the same bytes give the same letter.
 * No file is read, no time. */
#ifndef MINGDA_LETTER_H
#define MINGDA_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "civil.h"
#include "fault.h"
#include "json.h"

/* ---- Templates ---- */

enum letter_type {
    LETTER_TEXT,   /* text, printed as it is; line feeds become line breaks */
    LETTER_DATE,   /* "2026-11-22", printed 2026年11月22日 */
    LETTER_NUMBER, /* integer */
    LETTER_MONEY,  /* integer number of 分, printed 12.50元 */
    LETTER_CODE,   /* one of the declared words; never printed, only chosen by */
    LETTER_FLAG,   /* true or false; compared as yes and no, never printed */
    LETTER_SHA256, /* 64 hexadecimal digits */
    LETTER_LIST,   /* array of text; printed joined by 、, or walked by each */
    LETTER_ROWS    /* array of objects with declared columns; walked by each */
};

struct letter_field {
    const char *name;  /* key in the data */
    const char *label; /* for the person who fills it in, or NULL */
    enum letter_type type;
    bool optional;
    const char *const *values; /* LETTER_CODE */
    size_t value_count;
    const struct letter_field *columns; /* LETTER_ROWS */
    size_t column_count;
};

/* A clause that the template includes, directly or through another clause: part of what a letter's record
 * names. */
struct letter_clause {
    const char *code, *title, *basis; /* basis may be NULL */
    int version;
    struct civil from, until; /* first and last day on which it is in force; CIVIL_NONE: no such bound */
};

/* A template that has been read and checked with all its clauses. Immutable. */
struct letter_template {
    const char *code, *title; /* "R02", "政府信息公开告知书（予以公开）" */
    const char *basis;        /* "《条例》第三十六条第（二）项", or NULL */
    int version;
    struct civil from, until;          /* as of a clause */
    const struct letter_field *fields; /* its own and those of its clauses */
    size_t field_count;
    const struct letter_clause *clauses;
    size_t clause_count;
    const struct letter_program *program; /* private */
};

/* Holds the RELAX NG schemas; make one for a process. Not for use by two threads at once. */
struct letter_reader;
const struct fault *letter_reader_new(TALLOC_CTX *life, struct letter_reader **out);

/* Bytes of an XML document and the name that faults give it ("D01.xml"). */
struct letter_source {
    const char *name, *bytes;
    size_t length;
};

/* Finds the clause `code` for a template that is being read. What it gives must live on `life`. A fault ends
 * the reading. */
typedef const struct fault *letter_clause_find(void *context, TALLOC_CTX *life, const char *code,
                                               struct letter_source *out);

/* Reads and checks a template: well-formed, no DOCTYPE, known elements, the schema, every name declared,
 * every choice complete, clauses found, nested at most 32 deep, in all at most 20,000 nodes. Everything lives
 * on `result`. Fault LETTER_TEMPLATE (FAULT_INPUT), detail "D01.xml:14: …". `find` may be NULL: then no
 * clause is found. */
const struct fault *letter_template_read(struct letter_reader *reader, const struct letter_source *source,
                                         letter_clause_find *find, void *context, TALLOC_CTX *result,
                                         struct letter_template **out);

/* Reads and checks one clause by itself (its own clauses are looked for too); *out describes it. Same faults.
 */
const struct fault *letter_clause_read(struct letter_reader *reader, const struct letter_source *source,
                                       letter_clause_find *find, void *context, TALLOC_CTX *result,
                                       struct letter_clause *out);

/* ---- The abstract letter ---- */

/* The three shapes of statute and practice: 告知书, 文件 (red head), 信函 (red double lines). */
enum letter_shape { LETTER_NOTICE, LETTER_DOCUMENT, LETTER_LETTER };

enum letter_block_kind {
    LETTER_BLOCK_MARK,   /* 发文机关标志; a notice has none */
    LETTER_BLOCK_NUMBER, /* 发文字号 or 编号, at the right */
    LETTER_BLOCK_TITLE,  /* lines are broken by sense */
    LETTER_BLOCK_TO,     /* 主送机关 or addressee */
    LETTER_BLOCK_P,
    LETTER_BLOCK_H1, /* 一、 */
    LETTER_BLOCK_H2, /* （一） */
    LETTER_BLOCK_H3, /* 1. */
    LETTER_BLOCK_H4, /* （1） */
    LETTER_BLOCK_TABLE,
    LETTER_BLOCK_ATTACHMENT, /* text is the name; neighbours make one numbered list */
    LETTER_BLOCK_SIGN,       /* text is the agency, detail the date as printed */
    LETTER_BLOCK_NOTE,       /* 附注, brackets are added by the writers */
    LETTER_BLOCK_ANNEX,      /* text is its title; it begins on a new page, and goes on to the next annex */
    LETTER_BLOCK_COPY,       /* 版记: 抄送 */
    LETTER_BLOCK_IMPRINT,    /* 版记: text is 印发机关, detail 印发日期; a document only */
    LETTER_BLOCK_QR,         /* text stands beside the QR code of detail */
    LETTER_BLOCK_KINDS
};

struct letter_cell {
    const char *text;
    bool head; /* a label: 黑体, centred */
    int span;  /* columns it fills; 0: a cell before it covers this place */
};

struct letter_block {
    enum letter_block_kind kind;
    const char *text;   /* UTF-8 without control characters save \n, which is a line break; "" for tables */
    const char *detail; /* ATTACHMENT: SHA-256 or NULL; SIGN, IMPRINT: the date; QR: its content; else NULL */
    int line;           /* of the template, for the preview */
    /* QR: its picture (PNG), the same wherever it is written */
    const uint8_t *png;
    size_t png_length;
    /* TABLE: rows × columns places, widths in characters of the 28 of a line */
    const struct letter_cell *cells;
    size_t rows, columns;
    const int *widths;
};

struct letter {
    const char *code, *title; /* of the template */
    int version;
    enum letter_shape shape;
    const struct letter_block *blocks;
    size_t block_count;
};

/* Composes the letter. Its shape is the template's, or what the template's field of layouts says. `data` is
 * an object with the declared fields; other keys are ignored. Control characters in values are dropped. A
 * value that is missing (absent, null, "" or an empty array) where it is used, or of another type than
 * declared, is a fault LETTER_VALUE (FAULT_INPUT) with `field` and "D01.xml:14: no value for field
 * applicant". LETTER_CLAUSE when the template or one of its clauses is not in force on the day of the letter
 * (the date of <sign>). LETTER_TOO_LONG when the letter would exceed 4 MB of text or 20,000 blocks.
 */
const struct fault *letter_compose(const struct letter_template *t, const json_t *data, TALLOC_CTX *result,
                                   struct letter **out);

/* ---- Written letters ---- */

enum letter_format { LETTER_ODT, LETTER_DOCX, LETTER_HTML };

/* The seal's picture (PNG), laid over agency and date. */
struct letter_seal {
    const uint8_t *png;
    size_t length;
    int millimetres; /* 42 or 45 */
};

/* The letter as a file on `result`: a deterministic package, or a standalone XHTML document in UTF-8. `seal`
 * may be NULL. */
const struct fault *letter_write(const struct letter *letter, enum letter_format format,
                                 const struct letter_seal *seal, TALLOC_CTX *result, const uint8_t **bytes,
                                 size_t *length);

#endif
