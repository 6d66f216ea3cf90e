/* letter_template.c - templates and clauses as wholes: documents, clauses within clauses, and what a template
 * asks for in all. */
#include <assert.h>
#include <string.h>
#include "letter_reading.h"
#include "letter_trial.h"
#include "life.h"
#include "text.h"

const char *const LETTER_SHAPE_WORDS[LETTER_SHAPES] = {
    [LETTER_NOTICE] = "notice", [LETTER_DOCUMENT] = "document", [LETTER_LETTER] = "letter"};

/* ---- Documents ---- */

/* The fields of a document and its blocks. */
static const struct fault *compile_document(const struct unit *u, const xmlNode *top,
                                            const struct letter_field **fields, size_t *count,
                                            const struct letter_node **first, bool *words)
{
    const xmlNode *x = template_next(top->children);
    if (template_is(x, "fields")) {
        TRY(template_fields(u, x, fields, count));
        x = x->next;
    }
    const xmlNode *only = template_next(x);
    *words = only && template_is(only, "words");
    if (*words)
        x = only->children;
    const struct scope scope = {.fields = *fields, .count = *count};
    TRY(template_compile(u, x, &scope, NULL, first));
    /* between blocks there is only layout of the file */
    return NULL;
}

static const struct fault *read_day(const struct unit *u, const xmlNode *top, const char *name,
                                    struct civil *out)
{
    const char *words = template_attribute(u->compiler->scratch, top, name);
    *out = CIVIL_NONE;
    if (!words || civil_parse(words, out))
        return NULL;
    return template_bad(u, top, "%s is not a day (YYYY-MM-DD)", name);
}

static const struct fault *describe(const struct unit *u, const xmlNode *top, struct letter_clause *out)
{
    TALLOC_CTX *result = u->compiler->result;
    *out = (struct letter_clause){.code = template_attribute(result, top, "code"),
                                  .title = template_attribute(result, top, "title"),
                                  .basis = template_attribute(result, top, "basis")};
    TRY_MEMORY(out->code);
    TRY_MEMORY(out->title);
    int64_t version = 0;
    const char *words = template_attribute(result, top, "version");
    TRY_MEMORY(words);
    bool ok = text_to_int(words, 1, 999999, &version);
    assert(ok); /* by the schema */
    (void)ok;
    out->version = (int)version;
    TRY(read_day(u, top, "from", &out->from));
    TRY(read_day(u, top, "until", &out->until));
    if (civil_is_set(out->from) && civil_is_set(out->until) && civil_compare(out->from, out->until) > 0)
        return template_bad(u, top, "it ends before it begins");
    return NULL;
}

static const struct fault *compile_clause_document(struct compiler *c, const struct letter_source *source,
                                                   struct compiled_clause *out)
{
    const char *file = talloc_strdup(c->result, source->name);
    TRY_MEMORY(file);
    const struct unit u = {c, file};
    const xmlNode *top;
    size_t before = c->nodes;
    TRY(template_open(&u, source, "clause", &top));
    TRY(describe(&u, top, &out->info));
    TRY(compile_document(&u, top, &out->fields, &out->field_count, &out->first, &out->words));
    out->nodes = c->nodes - before;
    return NULL;
}

static const struct fault *remember_clause(struct compiler *c, const struct compiled_clause *clause)
{
    struct compiled_clause *grown =
        talloc_realloc(c->scratch, c->clauses, struct compiled_clause, c->clause_count + 1);
    TRY_MEMORY(grown);
    c->clauses = grown;
    c->clauses[c->clause_count++] = *clause;
    return NULL;
}

static const struct fault *find_clause(const struct unit *u, const xmlNode *x, const char *code,
                                       struct compiled_clause *out)
{
    struct compiler *c = u->compiler;
    for (int i = 0; i < c->depth; i++)
        if (strcmp(c->underway[i], code) == 0)
            return template_bad(u, x, "clause %s includes itself", code);
    if (c->depth >= LETTER_CLAUSE_DEPTH)
        return template_bad(u, x, "clauses are nested deeper than %d", LETTER_CLAUSE_DEPTH);
    struct letter_source source = {0};
    const struct fault *f = c->find ? c->find(c->context, c->scratch, code, &source)
                                    : fault_new(c->scratch, FAULT_ABSENT, "CLAUSE", "there is none");
    if (f)
        return template_bad(u, x, "clause %s is not to be had: %s", code, fault_text(c->scratch, f));
    c->underway[c->depth++] = code;
    *out = (struct compiled_clause){0};
    TRY(compile_clause_document(c, &source, out));
    c->depth--;
    if (strcmp(out->info.code, code) != 0)
        return template_bad(u, x, "the document found for clause %s calls itself %s", code, out->info.code);
    return remember_clause(c, out);
}

/* The clause that is named, read once. */
static const struct fault *use_clause(const struct unit *u, const xmlNode *x, struct compiled_clause *out)
{
    const char *code = template_attribute(u->compiler->scratch, x, "ref");
    TRY_MEMORY(code);
    struct compiler *c = u->compiler;
    for (size_t i = 0; i < c->clause_count; i++)
        if (strcmp(c->clauses[i].info.code, code) == 0) {
            *out = c->clauses[i];
            c->nodes += out->nodes;
            return c->nodes <= LETTER_NODES_MAX ? NULL : template_too_many(u, x);
        }
    return find_clause(u, x, code, out);
}

/* Does a <when> around it let only other words of that field through? */
static bool chosen_away(const xmlNode *x, const struct letter_field *field, size_t value)
{
    for (; x && x->type == XML_ELEMENT_NODE; x = x->parent) {
        if (!template_is(x, "when") || !x->parent)
            continue;
        scoped_free xmlChar *by = xmlGetNoNsProp(x->parent, (const xmlChar *)"n");
        scoped_free xmlChar *is = xmlGetNoNsProp(x, (const xmlChar *)"is");
        if (by && is && strcmp((const char *)by, field->name) == 0 &&
            !letter_compares(field, (const char *)is, field->values[value]))
            return true;
    }
    return false;
}

const struct fault *template_clause(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                    const struct guard *guards, struct letter_node *node)
{
    (void)scope, (void)guards; /* a clause sees the letter's data, and declares what it needs of it */
    struct compiled_clause clause;
    TRY(use_clause(u, x, &clause));
    if (clause.words)
        return template_bad(u, x, "clause %s is one of words: it stands within a paragraph or a cell",
                            clause.info.code);
    node->first = clause.first;
    return NULL;
}

/* What a clause of words asks for, the row has: of the same type, and no word that it does not know. */
static const struct fault *check_asked(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                       const struct compiled_clause *clause)
{
    for (size_t i = 0; i < clause->field_count; i++) {
        const struct letter_field *asked = &clause->fields[i],
                                  *have = template_field(scope->fields, scope->count, asked->name);
        if (!have)
            return template_bad(u, x, "clause %s asks for field %s, which is not declared here",
                                clause->info.code, asked->name);
        if (have->type != asked->type || have->type == LETTER_ROWS)
            return template_bad(u, x, "field %s is declared otherwise in clause %s", asked->name,
                                clause->info.code);
        for (size_t v = 0; v < have->value_count; v++)
            if (!template_is_value(asked, have->values[v], strlen(have->values[v])) &&
                !chosen_away(x, have, v))
                return template_bad(u, x, "clause %s does not know %s of field %s", clause->info.code,
                                    have->values[v], asked->name);
    }
    return NULL;
}

const struct fault *template_phrase(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                    const struct guard *guards, struct letter_node *node)
{
    (void)guards; /* what it needs it says itself: a missing value stops the letter */
    struct compiled_clause clause;
    TRY(use_clause(u, x, &clause));
    if (!clause.words)
        return template_bad(u, x, "clause %s is one of blocks: it cannot stand within words",
                            clause.info.code);
    node->first = clause.first;
    return check_asked(u, x, scope, &clause);
}

/* ---- What a template asks for in all ---- */

/* The columns of both. A clause may know more words of a code than the letter can meet, not fewer. */
static const struct fault *merge_columns(const struct unit *u, const xmlNode *top, struct letter_field *rows,
                                         const struct letter_field *more, const char *clause)
{
    struct letter_field *columns =
        talloc_array(u->compiler->result, struct letter_field, rows->column_count + more->column_count + 1);
    TRY_MEMORY(columns);
    size_t count = rows->column_count;
    if (count)
        memcpy(columns, rows->columns, count * sizeof *columns);
    for (size_t i = 0; i < more->column_count; i++) {
        const struct letter_field *asked = &more->columns[i],
                                  *have = template_field(columns, count, asked->name);
        if (!have) {
            columns[count++] = *asked;
            continue;
        }
        if (have->type != asked->type)
            return template_bad(u, top, "column %s is declared otherwise in clause %s", asked->name, clause);
        for (size_t v = 0; v < have->value_count; v++)
            if (!template_is_value(asked, have->values[v], strlen(have->values[v])))
                return template_bad(u, top, "clause %s does not know %s of column %s", clause,
                                    have->values[v], asked->name);
        columns[have - columns].optional = have->optional && asked->optional;
    }
    rows->columns = columns;
    rows->column_count = count;
    return NULL;
}

static const struct fault *merge_field(const struct unit *u, const xmlNode *top, struct letter_field *fields,
                                       size_t *count, const struct letter_field *more, const char *clause)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(fields[i].name, more->name) != 0)
            continue;
        if (fields[i].type != more->type ||
            (more->type != LETTER_ROWS && !template_same_values(&fields[i], more)))
            return template_bad(u, top, "field %s is declared otherwise in clause %s", more->name, clause);
        fields[i].optional = fields[i].optional && more->optional;
        return more->type == LETTER_ROWS ? merge_columns(u, top, &fields[i], more, clause) : NULL;
    }
    fields[(*count)++] = *more;
    return NULL;
}

static const struct fault *collect_fields(const struct unit *u, const xmlNode *top, struct letter_template *t)
{
    const struct compiler *c = u->compiler;
    size_t room = t->field_count, count = t->field_count;
    for (size_t i = 0; i < c->clause_count; i++)
        room += c->clauses[i].field_count;
    struct letter_field *fields = talloc_array(c->result, struct letter_field, room + 1);
    struct letter_clause *clauses = talloc_array(c->result, struct letter_clause, c->clause_count + 1);
    TRY_MEMORY(fields);
    TRY_MEMORY(clauses);
    for (size_t i = 0; i < count; i++)
        fields[i] = t->fields[i];
    for (size_t i = 0; i < c->clause_count; i++) {
        clauses[i] = c->clauses[i].info;
        for (size_t j = 0; !c->clauses[i].words && j < c->clauses[i].field_count; j++)
            TRY(merge_field(u, top, fields, &count, &c->clauses[i].fields[j], clauses[i].code));
    }
    t->fields = fields;
    t->field_count = count;
    t->clauses = clauses;
    t->clause_count = c->clause_count;
    return NULL;
}

static enum letter_shape shape_of_word(const char *word)
{
    size_t i = 0;
    while (strcmp(LETTER_SHAPE_WORDS[i], word) != 0) /* the schema has admitted only these */
        i++;
    return (enum letter_shape)i;
}

/* The field that says the shape is a code, and each of its words is a shape. */
static const struct fault *read_shape_by(const struct unit *u, const xmlNode *top, const char *name,
                                         const struct letter_template *t, struct letter_place *out)
{
    const struct scope scope = {.fields = t->fields, .count = t->field_count};
    TRY(template_look_up(u, top, name, &scope, out));
    bool ok = out->field->type == LETTER_CODE;
    for (size_t i = 0; ok && i < out->field->value_count; i++) {
        size_t j = 0;
        while (j < LETTER_SHAPES && strcmp(LETTER_SHAPE_WORDS[j], out->field->values[i]) != 0)
            j++;
        ok = j < LETTER_SHAPES;
    }
    return ok ? NULL : template_bad(u, top, "field %s is not a code of layouts", name);
}

/* The layout of the letter; a red head needs its mark. */
static const struct fault *read_shape(const struct unit *u, const xmlNode *top,
                                      const struct letter_template *t, struct letter_program *program)
{
    const char *layout = template_attribute(u->compiler->scratch, top, "layout"),
               *by = template_attribute(u->compiler->scratch, top, "layout-by");
    TRY_MEMORY(layout);
    program->shape = shape_of_word(layout);
    if (by)
        TRY(read_shape_by(u, top, by, t, &program->shape_by));
    bool marked = false;
    for (const struct letter_node *node = program->first; node; node = node->next)
        marked = marked || (node->kind == NODE_BLOCK && node->block == LETTER_BLOCK_MARK);
    if (!marked && (by || program->shape != LETTER_NOTICE))
        return template_bad(u, top, "a letter that may be laid out with a red head needs a <mark>");
    return NULL;
}

static const struct fault *read_template(struct compiler *c, const struct letter_source *source,
                                         struct letter_template *t)
{
    const char *file = talloc_strdup(c->result, source->name);
    struct letter_program *program = talloc_zero(t, struct letter_program);
    TRY_MEMORY(file);
    TRY_MEMORY(program);
    const struct unit u = {c, file};
    const xmlNode *top;
    struct letter_clause info;
    TRY(template_open(&u, source, "letter", &top));
    TRY(describe(&u, top, &info));
    t->code = info.code;
    t->title = info.title;
    t->basis = info.basis;
    t->version = info.version;
    t->from = info.from;
    t->until = info.until;
    bool words;
    TRY(compile_document(&u, top, &t->fields, &t->field_count, &program->first, &words));
    program->node_count = c->ids;
    TRY(read_shape(&u, top, t, program));
    t->program = program;
    return collect_fields(&u, top, t);
}

typedef const struct fault *read_fn(struct compiler *c, const struct letter_source *source,
                                    struct letter_template *t);

/* `scratch` belongs to the compiler; what could not be read leaves nothing on `result`. */
static const struct fault *read_whole(read_fn *read, struct compiler *c, const struct letter_source *source,
                                      TALLOC_CTX *result, struct letter_template **out)
{
    struct letter_template *t = talloc_zero(result, struct letter_template);
    TRY_MEMORY(c->scratch);
    TRY_MEMORY(t);
    c->result = t;
    const struct fault *f = read(c, source, t);
    if (f) {
        f = fault_keep(result, f);
        talloc_free(t);
        return f;
    }
    *out = t;
    return NULL;
}

const struct fault *letter_template_read(struct letter_reader *reader, const struct letter_source *source,
                                         letter_clause_find *find, void *context, TALLOC_CTX *result,
                                         struct letter_template **out)
{
    SCOPED_LIFE(scratch);
    struct compiler c = {.reader = reader, .find = find, .context = context, .scratch = scratch};
    return read_whole(read_template, &c, source, result, out);
}

const struct fault *letter_clause_read(struct letter_reader *reader, const struct letter_source *source,
                                       letter_clause_find *find, void *context, TALLOC_CTX *result,
                                       struct letter_clause *out)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    struct compiler c = {
        .reader = reader, .find = find, .context = context, .result = result, .scratch = scratch};
    struct compiled_clause clause = {0};
    TRY(compile_clause_document(&c, source, &clause));
    *out = clause.info;
    return NULL;
}

/* Words need a paragraph around them. */
static const struct fault *clause_as_letter(struct compiler *c, const struct letter_source *source,
                                            struct letter_template *t)
{
    struct letter_program *program = talloc_zero(t, struct letter_program);
    struct letter_node *paragraph = talloc_zero(t, struct letter_node);
    struct compiled_clause clause = {0};
    TRY_MEMORY(program);
    TRY_MEMORY(paragraph);
    TRY(compile_clause_document(c, source, &clause));
    const char *file = talloc_strdup(t, source->name);
    TRY_MEMORY(file);
    const struct unit u = {c, file};
    *paragraph = (struct letter_node){.kind = NODE_BLOCK,
                                      .block = LETTER_BLOCK_P,
                                      .file = file,
                                      .line = 1,
                                      .id = c->ids++,
                                      .first = clause.first};
    program->first = clause.words ? paragraph : clause.first;
    program->node_count = c->ids;
    program->shape = LETTER_NOTICE;
    t->code = clause.info.code;
    t->title = clause.info.title;
    t->basis = clause.info.basis;
    t->version = clause.info.version;
    t->from = clause.info.from;
    t->until = clause.info.until;
    t->fields = clause.fields;
    t->field_count = clause.field_count;
    t->program = program;
    return collect_fields(&u, NULL, t);
}

const struct fault *letter_clause_alone(struct letter_reader *reader, const struct letter_source *source,
                                        letter_clause_find *find, void *context, TALLOC_CTX *result,
                                        struct letter_template **out)
{
    SCOPED_LIFE(scratch);
    struct compiler c = {.reader = reader, .find = find, .context = context, .scratch = scratch};
    return read_whole(clause_as_letter, &c, source, result, out);
}
