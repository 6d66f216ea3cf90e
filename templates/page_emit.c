/* Writing instructions. */
#include <stdarg.h>
#include <string.h>
#include "page_compiler.h"

const struct fault *compile_wrong(struct page_compiler *c, const xmlNode *at, const char *code,
                                  const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *sentence = talloc_vasprintf(c->scratch, format, args);
    va_end(args);
    return fault_new(c->life, FAULT_BROKEN, code, "%s.xml:%ld: %s", c->file, xmlGetLineNo(at),
                     sentence ? sentence : "out of memory");
}

static const struct fault *emit_literal_n(struct page_compiler *c, const char *s, size_t n)
{
    struct page_code *code = c->code;
    if (code->literal_length + n > c->literal_room) {
        size_t room = (code->literal_length + n) * 2;
        char *grown = talloc_realloc(c->page, code->literals, char, room);
        TRY_MEMORY(grown);
        code->literals = grown;
        c->literal_room = room;
    }
    memcpy(code->literals + code->literal_length, s, n);
    code->literal_length += n;
    return NULL;
}

const struct fault *emit_literal(struct page_compiler *c, const char *s)
{
    return emit_literal_n(c, s, strlen(s));
}

const struct fault *emit_escaped(struct page_compiler *c, enum page_place place, const char *s, size_t n)
{
    struct text *text = text_new(c->scratch, n * 6 + 1);
    const char *out;
    size_t length;
    page_escape(text, place, s, n);
    TRY(text_end(text, &out, &length));
    return emit_literal_n(c, out, length);
}

/* Adds `op` with the literal that waits for it; *at (may be NULL) is its index, for a later jump. */
const struct fault *emit_op(struct page_compiler *c, struct op op, size_t *at)
{
    struct page_code *code = c->code;
    if (code->op_count == c->op_room) {
        size_t room = c->op_room ? c->op_room * 2 : 64;
        struct op *grown = talloc_realloc(c->page, code->ops, struct op, room);
        TRY_MEMORY(grown);
        code->ops = grown;
        c->op_room = room;
    }
    op.literal = (uint32_t)c->pending;
    op.length = (uint32_t)(code->literal_length - c->pending);
    c->pending = code->literal_length;
    if (at)
        *at = code->op_count;
    code->ops[code->op_count++] = op;
    return NULL;
}

/* The jump of the instruction `from` ends here: a waiting literal belongs to what was jumped over. */
const struct fault *emit_land(struct page_compiler *c, size_t from)
{
    if (c->code->literal_length > c->pending)
        TRY(emit_op(c, (struct op){.code = OP_LITERAL}, NULL));
    c->code->ops[from].jump = (uint32_t)c->code->op_count;
    return NULL;
}
