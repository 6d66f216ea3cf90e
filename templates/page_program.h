/* page_program.h - the compiled form of a page: inside the renderer only.
 * An instruction first prints its literal (finished HTML), then does what its code says. */
#ifndef MINGDA_PAGE_PROGRAM_H
#define MINGDA_PAGE_PROGRAM_H

#include "page.h"

enum op_code {
    OP_LITERAL, /* nothing more */
    OP_SLOT,    /* the cell, formatted and escaped for its place */
    OP_EACH,    /* opens frame `opens` on the rows of a table; no rows: jump */
    OP_NEXT,    /* the next row of frame `opens`: jump back; no more: go on */
    OP_UNLESS   /* jump when the test fails */
};

enum page_place { PLACE_TEXT, PLACE_ATTRIBUTE, PLACE_URL };

enum page_format {
    FORMAT_MACHINE,     /* for programs: 2026-03-09, 1234 */
    FORMAT_HUMAN,       /* for people, by language: 2026年3月9日, 1,234 */
    FORMAT_SHORT,       /* 3月9日 */
    FORMAT_DATE,        /* the day of a moment */
    FORMAT_TIME,        /* 14:05 */
    FORMAT_WEEKDAY,     /* 周一 */
    FORMAT_DAY_OF_WEEK, /* 1 Monday … 7 Sunday */
    FORMAT_PLURAL       /* "s" unless the number is 1: for English texts */
};

enum op_test {
    TEST_TRUE,  /* not null, not empty, not zero, not false; a table: has rows */
    TEST_GIVEN, /* not null */
    TEST_WORD,  /* equals the word */
    TEST_ANY    /* some row of the table has the word in the column; without a word: is true there */
};

#define WHOLE_TABLE UINT16_MAX /* as `column`: the table of the frame itself */

struct op {
    uint8_t code, kind, place, format, test;
    bool negated, any_false; /* any_false: TEST_ANY of a row where the column is not true */
    uint16_t frame, column;  /* the cell (or the table) that it reads */
    uint16_t opens;
    uint16_t any; /* TEST_ANY: the column within the table */
    uint32_t jump;
    uint32_t literal, length;
    const char *word;               /* TEST_WORD, TEST_ANY */
    const struct page_source *rows; /* OP_EACH, TEST_ANY on a nested table: what it must look like */
};

struct page_code {
    struct op *ops;
    size_t op_count;
    char *literals;
    size_t literal_length;
};

struct page {
    const char *name;
    const struct page_source *sources;
    size_t source_count;
    size_t frame_count; /* sources, then one for each level of d:each */
    struct page_code code[LANGUAGE_COUNT];
};

/* Prints a cell that is not null and not text; only characters that are safe in every place. */
void page_format_cell(struct text *out, const struct cell *cell, enum page_format format,
                      enum language language);
/* Prints text, escaped for its place. */
void page_escape(struct text *out, enum page_place place, const char *s, size_t length);
#endif
