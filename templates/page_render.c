/* One pass over the compiled program. */
#include <string.h>
#include "page_program.h"

struct frame {
    const struct table *table;
    size_t row;
};

struct run {
    const struct page *page;
    const char *literals;
    enum language language;
    struct text *out;
    struct frame *frames;
};

static bool has_columns(const struct table *t, const struct page_source *declared)
{
    if (t->columns == declared->columns && t->column_count == declared->column_count)
        return true;
    if (t->column_count != declared->column_count)
        return false;
    for (size_t i = 0; i < t->column_count; i++)
        if (t->columns[i].kind != declared->columns[i].kind ||
            strcmp(t->columns[i].name, declared->columns[i].name) != 0)
            return false;
    return true;
}

static const struct fault *other_table(const struct run *run, const struct page_source *declared)
{
    return fault_new(run->out, FAULT_BROKEN, "PAGE_TABLE", "%s: the table %s has not the declared columns",
                     run->page->name, declared->name);
}

/* NULL: there is no such row. */
static const struct cell *cell_of(const struct run *run, const struct op *op)
{
    const struct frame *f = &run->frames[op->frame];
    if (!f->table || f->row >= f->table->row_count)
        return NULL;
    const struct cell *cell = &f->table->cells[f->row * f->table->column_count + op->column];
    return cell->null ? NULL : cell;
}

static const struct table *table_of(const struct run *run, const struct op *op)
{
    if (op->column == WHOLE_TABLE)
        return run->frames[op->frame].table;
    const struct cell *cell = cell_of(run, op);
    return cell ? cell->table : NULL;
}

static bool cell_is_true(const struct cell *cell)
{
    switch (cell->kind) {
    case CELL_TEXT:
        return cell->text && *cell->text;
    case CELL_INT:
        return cell->number != 0;
    case CELL_BOOL:
        return cell->flag;
    case CELL_DAY:
        return civil_is_set(cell->day);
    case CELL_BYTES:
        return cell->bytes.length > 0;
    case CELL_TABLE:
        return cell->table && cell->table->row_count > 0;
    case CELL_MOMENT:
        return true;
    }
    return false;
}

static bool cell_is_word(const struct cell *cell, const char *word)
{
    if (cell->kind == CELL_TEXT)
        return cell->text && strcmp(cell->text, word) == 0;
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)cell->number);
    return strcmp(digits, word) == 0;
}

static bool any_row(const struct table *t, const struct op *op)
{
    if (!t || !has_columns(t, op->rows))
        return false;
    for (size_t row = 0; row < t->row_count; row++) {
        const struct cell *cell = &t->cells[row * t->column_count + op->any];
        bool true_here = !cell->null && (op->word ? cell_is_word(cell, op->word) : cell_is_true(cell));
        if (true_here != op->any_false)
            return true;
    }
    return false;
}

static bool test(const struct run *run, const struct op *op)
{
    if (op->test == TEST_ANY)
        return any_row(table_of(run, op), op);
    if (op->column == WHOLE_TABLE) {
        const struct table *t = run->frames[op->frame].table;
        return t && t->row_count > 0;
    }
    const struct cell *cell = cell_of(run, op);
    if (!cell || op->test == TEST_GIVEN)
        return cell != NULL;
    return op->test == TEST_WORD ? cell_is_word(cell, op->word) : cell_is_true(cell);
}

static void show(const struct run *run, const struct op *op)
{
    const struct cell *cell = cell_of(run, op);
    if (!cell)
        return;
    if (cell->kind != CELL_TEXT)
        page_format_cell(run->out, cell, op->format, run->language);
    else if (cell->text)
        page_escape(run->out, op->place, cell->text, strlen(cell->text));
}

static const struct fault *run_ops(const struct run *run, const struct page_code *code)
{
    for (size_t at = 0; at < code->op_count;) {
        const struct op *op = &code->ops[at++];
        if (op->length)
            text_add_n(run->out, code->literals + op->literal, op->length);
        struct frame *f = &run->frames[op->opens];
        switch ((enum op_code)op->code) {
        case OP_LITERAL:
            break;
        case OP_SLOT:
            show(run, op);
            break;
        case OP_EACH:
            *f = (struct frame){table_of(run, op), 0};
            if (f->table && !has_columns(f->table, op->rows))
                return other_table(run, op->rows);
            if (!f->table || f->table->row_count == 0)
                at = op->jump;
            break;
        case OP_NEXT:
            if (++f->row < f->table->row_count)
                at = op->jump;
            break;
        case OP_UNLESS:
            if (test(run, op) == op->negated)
                at = op->jump;
            break;
        }
    }
    return NULL;
}

const struct fault *page_render(const struct page *page, const struct table *const *tables,
                                enum language language, struct text *out, TALLOC_CTX *scratch)
{
    struct frame *frames = talloc_zero_array(scratch, struct frame, page->frame_count + 1);
    TRY_MEMORY(frames);
    struct run run = {.page = page, .language = language, .out = out, .frames = frames};
    for (size_t i = 0; i < page->source_count; i++) {
        if (tables[i] && !has_columns(tables[i], &page->sources[i]))
            return other_table(&run, &page->sources[i]);
        frames[i].table = tables[i];
    }
    return run_ops(&run, &page->code[language]);
}
