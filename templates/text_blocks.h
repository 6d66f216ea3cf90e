/* text_blocks.h - a template or clause as its editors have it: a list of blocks, each with a few controls,
 * and words in which slots and conditions stand between 【 and 】. From XML and back; pure.
 *
 * The words of a block (`words`):
 *   【申请人】 or 【applicant】          the value of a field, by its label where only one has it, or by its
 * name 【序号】 【序号一】                  the number of the row in an each 【若 附件】…【完】 【若无
 * 附件】…【完】  where the field has a value, or has none 【若 版式 是 document】 【若 事项 不是 1】 【若
 * items.outcome 是 A B】 (one of the rows), 不是 (none of them) 【按 事由】【当 A B】…【当
 * C】…【其余】…【完】   by a field of type code 【逐项 事项】…【完】                 for each row 【条款
 * article】                     a clause of words 【栏】 【栏头】 【栏 跨3 高2】          in a row of a
 * table: a cell begins a line feed is a break of the line; 【【 is the character itself. Declarations
 * (`fields`) are lines: name, type, 可缺 where it may be missing, label; columns of 多行 indented: applicant
 * 文本 申请人 layout 选项（notice document letter） 可缺 版式 items 多行 申请事项 text 文本 所需政府信息 */
#ifndef MINGDA_TEXT_BLOCKS_H
#define MINGDA_TEXT_BLOCKS_H

#include "letter.h"

enum { TEXT_BLOCKS_MAX = 160, TEXT_BLOCK_DEPTH = 12, TEXT_FIELDS_MAX = 200 };

/* What a block stands among. */
enum text_place { TEXT_AMONG_BLOCKS, TEXT_AMONG_ROWS, TEXT_AMONG_ITEMS, TEXT_AMONG_BRANCHES };

/* What the controls `a` and `b` of a block hold. */
enum text_control {
    TEXT_NOTHING,
    TEXT_FIELD,     /* the name of a field; ROWS.COLUMN in a condition: of one of the rows */
    TEXT_FIELD_OR,  /* the same, or nothing */
    TEXT_CLAUSE,    /* the code of a clause */
    TEXT_WIDTHS,    /* of the columns of a table, 28 together */
    TEXT_LIST_FORM, /* 1. （1） （一） */
    TEXT_HOW        /* set, unset, is, not */
};

struct text_block_kind {
    const char *element, *zh, *en;
    bool words; /* has words */
    bool value; /* its words are words of a code, or what is compared with: no notation */
    bool holds; /* blocks stand in it */
    enum text_control a, b;
    unsigned where; /* 1 << text_place: where it may stand */
    int inside;     /* text_place of what it holds; -1: as itself */
};
extern const struct text_block_kind TEXT_BLOCK_KINDS[];
extern const size_t TEXT_BLOCK_KIND_COUNT;
const struct text_block_kind *text_block_kind(const char *element); /* NULL: unknown */

struct text_block {
    const struct text_block_kind *kind;
    int depth;                 /* 0: at the top; a block holds those after it that are deeper */
    const char *a, *b, *words; /* "" where there is none */
};

struct text_blocks {
    bool clause;
    const char *code, *title, *basis; /* basis, from, until, layout_by, remark: "" where there is none */
    const char *from, *until;         /* YYYY-MM-DD */
    const char *layout, *layout_by;   /* of a letter */
    const char *remark;               /* a note for editors, a comment in XML */
    const char *fields;
    struct text_block *items;
    size_t count;
};

/* Reads the XML. Fault LETTER_TEMPLATE as letter_template_read for what is not well-formed or holds a
 * DOCTYPE; what is merely wrong is read as far as it can be. TEXT_TOO_LONG beyond the bounds above. */
const struct fault *text_blocks_read(const struct letter_source *source, TALLOC_CTX *result,
                                     struct text_blocks **out);

/* Where something is wrong: a block (from 0), or one of these. */
enum { TEXT_IN_HEAD = -1, TEXT_IN_FIELDS = -2 };
struct text_wrong {
    int block;
    const char *zh, *en;
};

/* The document: every block on a line of its own. */
struct text_document {
    const char *xml; /* NULL where words could not be read */
    size_t length;
    struct text_wrong *wrong; /* of the notation; at most one per block */
    size_t wrong_count;
    int *lines;  /* of each block's start */
    int *fields; /* first and last line of the declarations */
};
const struct fault *text_blocks_write(const struct text_blocks *blocks, int version, TALLOC_CTX *result,
                                      struct text_document *out);
/* The block that a line of that document belongs to, or TEXT_IN_HEAD, TEXT_IN_FIELDS. */
int text_block_of_line(const struct text_blocks *blocks, const struct text_document *document, int line);

/* A field that may be used where block `at` stands (at == count: at the top): its own line of the
 * declarations. */
struct text_slot {
    const char *name;  /* as it is written: "applicant" */
    const char *path;  /* "applicant", or "items.outcome" for a column outside of its each */
    const char *label; /* what stands in 【】: the label where only one has it */
    const char *type;  /* word of the vocabulary: text, date … */
};
const struct fault *text_slots(const struct text_blocks *blocks, size_t at, TALLOC_CTX *result,
                               struct text_slot **out, size_t *count);

/* Among what block `at` stands, and what it holds. */
enum text_place text_place_of(const struct text_blocks *blocks, size_t at);
enum text_place text_place_inside(const struct text_blocks *blocks, size_t at);
/* The block that holds it, or -1. */
int text_block_parent(const struct text_blocks *blocks, size_t at);
/* The first block after `at` and all that it holds. */
size_t text_block_end(const struct text_blocks *blocks, size_t at);

/* Changes of the list; false: not possible there, nothing was changed. Blocks are copied to `result`. */
enum text_change { TEXT_ADD_AFTER, TEXT_ADD_INSIDE, TEXT_UP, TEXT_DOWN, TEXT_DELETE, TEXT_DUPLICATE };
/* `element` with TEXT_ADD_…; *here is the block to look at afterwards. at == count with TEXT_ADD_AFTER: at
 * the end. Fault NO_MEMORY alone. */
const struct fault *text_change(struct text_blocks *blocks, enum text_change change, size_t at,
                                const char *element, TALLOC_CTX *result, size_t *here, bool *done);

/* One line for each block as people compare it: "若 附件", "条款 remedies", the words. On `result`. */
const char *text_block_said(const struct text_block *block, TALLOC_CTX *result);

#endif
