/* letter_template.c - reads templates and clauses: XML, schema, then names and choices; gives a tree for the
 * composer. */
#include <assert.h>
#include <string.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include "letter_program.h"
#include "life.h"
#include "text.h"

#define NAMESPACE  "urn:mingda:letter"
#define SOURCE_MAX (256u << 10)
#define BLANKS     " \t\r\n"

extern const char letter_rng[];
extern const size_t letter_rng_length;

const char *const LETTER_SHAPE_WORDS[LETTER_SHAPES] = {
    [LETTER_NOTICE] = "notice", [LETTER_DOCUMENT] = "document", [LETTER_LETTER] = "letter"};

const struct letter_field LETTER_ITEM = {.name = "item", .type = LETTER_TEXT};

/* ---- Schema and documents ---- */

struct letter_reader {
    xmlRelaxNGPtr schema;
};

static int reader_close(struct letter_reader *reader)
{
    if (reader->schema)
        xmlRelaxNGFree(reader->schema);
    return 0;
}

const struct fault *letter_reader_new(TALLOC_CTX *life, struct letter_reader **out)
{
    struct letter_reader *reader = talloc_zero(life, struct letter_reader);
    TRY_MEMORY(reader);
    talloc_set_destructor(reader, reader_close);
    xmlRelaxNGParserCtxtPtr parser = xmlRelaxNGNewMemParserCtxt(letter_rng, (int)letter_rng_length);
    TRY_MEMORY(parser);
    reader->schema = xmlRelaxNGParse(parser);
    xmlRelaxNGFreeParserCtxt(parser);
    if (!reader->schema)
        return fault_new(life, FAULT_BROKEN, "LETTER_SCHEMA", "the schema of letters cannot be read");
    *out = reader;
    return NULL;
}

LIFE_ADOPT(document, xmlDoc, xmlFreeDoc)

static const struct fault *bad_line(TALLOC_CTX *life, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static const struct fault *bad_line(TALLOC_CTX *life, const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *why = talloc_vasprintf(life, format, arguments);
    va_end(arguments);
    TRY_MEMORY(why);
    for (char *c = why; *c; c++) /* libxml2 ends its sentences with a line feed */
        if (*c == '\n')
            *c = c[1] ? ' ' : '\0';
    return fault_new(life, FAULT_INPUT, "LETTER_TEMPLATE", "%s:%d: %s", file, line, why);
}

/* A DOCTYPE ends the parsing where it begins: no entity is ever declared. */
static void stop_at_doctype(void *data, const xmlChar *name, const xmlChar *public_id,
                            const xmlChar *system_id)
{
    (void)name, (void)public_id, (void)system_id;
    xmlParserCtxtPtr context = data;
    *(int *)context->_private = context->input->line;
    xmlStopParser(context);
}

/* Parses without network, entities or DOCTYPE. */
static const struct fault *parse(const struct letter_source *source, TALLOC_CTX *life, xmlDocPtr *out)
{
    if (source->length == 0 || source->length > SOURCE_MAX)
        return bad_line(life, source->name, 1, "a template has 1 to %u bytes", SOURCE_MAX);
    xmlParserCtxtPtr context = xmlNewParserCtxt();
    TRY_MEMORY(context);
    int doctype = 0;
    context->_private = &doctype;
    context->sax->internalSubset = stop_at_doctype;
    xmlDocPtr doc =
        xmlCtxtReadMemory(context, source->bytes, (int)source->length, source->name, "UTF-8",
                          XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
    const struct fault *f = NULL;
    const xmlError *error = xmlCtxtGetLastError(context);
    if (doctype)
        f = bad_line(life, source->name, doctype, "a DOCTYPE is not allowed");
    else if (!doc)
        f = bad_line(life, source->name, error ? error->line : 1, "not well-formed: %s",
                     error && error->message ? error->message : "unknown error");
    xmlFreeParserCtxt(context);
    if (f) {
        xmlFreeDoc(doc);
        return f;
    }
    *out = document_adopt(life, doc);
    TRY_MEMORY(*out);
    return NULL;
}

/* The first complaint of the validator. */
struct complaint {
    TALLOC_CTX *life;
    const char *message;
    int line;
};

static void note_complaint(void *data, xmlErrorPtr error)
{
    struct complaint *c = data;
    if (!c->message && error->message) {
        c->message = talloc_strdup(c->life, error->message);
        c->line = error->line;
    }
}

static const struct fault *validate(const struct letter_reader *reader, const char *file, xmlDocPtr doc,
                                    TALLOC_CTX *life)
{
    xmlRelaxNGValidCtxtPtr context = xmlRelaxNGNewValidCtxt(reader->schema);
    TRY_MEMORY(context);
    struct complaint complaint = {.life = life};
    xmlRelaxNGSetValidStructuredErrors(context, note_complaint, &complaint);
    int result = xmlRelaxNGValidateDoc(context, doc);
    xmlRelaxNGFreeValidCtxt(context);
    if (result != 0)
        return bad_line(life, file, complaint.line ? complaint.line : 1, "%s%s",
                        complaint.message ? complaint.message : "does not fit the schema",
                        complaint.message && strstr(complaint.message, "failed to validate")
                            ? "(an attribute is missing, or its value is not one that is allowed)"
                            : "");
    return NULL;
}

/* ---- The compiler ---- */

/* Names in sight: of the data (outer is NULL), or of the rows of an each. */
struct scope {
    const struct letter_field *fields;
    size_t count;
    int depth;
    const struct scope *outer;
};

/* Optional fields that are known to be there, from inside to outside. */
struct guard {
    struct letter_place place;
    const struct guard *outer;
};

/* A clause is compiled once, wherever it is included. */
struct compiled_clause {
    struct letter_clause info;
    bool words; /* stands within a block */
    const struct letter_field *fields;
    size_t field_count;
    const struct letter_node *first;
    size_t nodes; /* with those of its own clauses */
};

struct compiler {
    struct letter_reader *reader;
    letter_clause_find *find;
    void *context;
    TALLOC_CTX *result, *scratch;
    struct compiled_clause *clauses;
    size_t clause_count;
    const char *underway[LETTER_CLAUSE_DEPTH];
    int depth;
    size_t nodes; /* as the letter has them: a clause counts wherever it stands */
    size_t ids;   /* as they are in memory */
};

struct unit { /* one document being compiled */
    struct compiler *compiler;
    const char *file;
};

static int line_of(const xmlNode *x)
{
    return (int)xmlGetLineNo((xmlNode *)(uintptr_t)x);
}

static const struct fault *bad(const struct unit *u, const xmlNode *x, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static const struct fault *bad(const struct unit *u, const xmlNode *x, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *why = talloc_vasprintf(u->compiler->scratch, format, arguments);
    va_end(arguments);
    TRY_MEMORY(why);
    return bad_line(u->compiler->result, u->file, line_of(x), "%s", why);
}

/* The text of an attribute without namespace on `life`; NULL when absent (or without memory: the schema has
 * already said which must be there, so that what follows then faults). */
static const char *attribute(TALLOC_CTX *life, const xmlNode *x, const char *name)
{
    scoped_free xmlChar *value = xmlGetNoNsProp(x, (const xmlChar *)name);
    return value ? talloc_strdup(life, (const char *)value) : NULL;
}

static bool is_element(const xmlNode *x, const char *name)
{
    return x->type == XML_ELEMENT_NODE && strcmp((const char *)x->name, name) == 0;
}

static const xmlNode *next_element(const xmlNode *x)
{
    while (x && x->type != XML_ELEMENT_NODE)
        x = x->next;
    return x;
}

/* ---- Elements ---- */

static const struct {
    const char *name;
    enum letter_node_kind kind;
    enum letter_block_kind block;
} ELEMENTS[] = {
    {"mark", NODE_BLOCK, LETTER_BLOCK_MARK},
    {"title", NODE_BLOCK, LETTER_BLOCK_TITLE},
    {"number", NODE_BLOCK, LETTER_BLOCK_NUMBER},
    {"to", NODE_BLOCK, LETTER_BLOCK_TO},
    {"p", NODE_BLOCK, LETTER_BLOCK_P},
    {"h1", NODE_BLOCK, LETTER_BLOCK_H1},
    {"h2", NODE_BLOCK, LETTER_BLOCK_H2},
    {"h3", NODE_BLOCK, LETTER_BLOCK_H3},
    {"h4", NODE_BLOCK, LETTER_BLOCK_H4},
    {"note", NODE_BLOCK, LETTER_BLOCK_NOTE},
    {"annex", NODE_BLOCK, LETTER_BLOCK_ANNEX},
    {"copy", NODE_BLOCK, LETTER_BLOCK_COPY},
    {"attachment", NODE_ATTACHMENT, LETTER_BLOCK_ATTACHMENT},
    {"qr", NODE_QR, LETTER_BLOCK_QR},
    {"sign", NODE_SIGN, LETTER_BLOCK_SIGN},
    {"imprint", NODE_SIGN, LETTER_BLOCK_IMPRINT},
    {"text", NODE_TEXT, LETTER_BLOCK_P},
    {"table", NODE_TABLE, LETTER_BLOCK_TABLE},
    {"tr", NODE_TR, 0},
    {"td", NODE_TD, 0},
    {"th", NODE_TH, 0},
    {"list", NODE_LIST, LETTER_BLOCK_P},
    {"item", NODE_ITEM, LETTER_BLOCK_P},
    {"clause", NODE_CLAUSE, 0},
    {"if", NODE_IF, 0},
    {"choose", NODE_CHOOSE, 0},
    {"when", NODE_WHEN, 0},
    {"otherwise", NODE_OTHERWISE, 0},
    {"each", NODE_EACH, 0},
    {"v", NODE_V, 0},
    {"index", NODE_INDEX, 0},
    {"br", NODE_BR, 0},
};
static const char *const FRAME_ELEMENTS[] = {"letter", "fields", "field", "words"};

static int element_index(const xmlNode *x)
{
    for (size_t i = 0; i < sizeof ELEMENTS / sizeof *ELEMENTS; i++)
        if (is_element(x, ELEMENTS[i].name))
            return (int)i;
    return -1;
}

/* An unknown word is told as such: the validator would only say that its parent is wrong. */
static const struct fault *refuse_unknown(const struct unit *u, const xmlNode *x)
{
    for (; x; x = x->next) {
        if (x->type == XML_ENTITY_REF_NODE || x->type == XML_PI_NODE)
            return bad(u, x, "entities and processing instructions are not allowed");
        if (x->type != XML_ELEMENT_NODE)
            continue;
        bool known = x->ns && strcmp((const char *)x->ns->href, NAMESPACE) == 0 && element_index(x) >= 0;
        for (size_t i = 0; i < sizeof FRAME_ELEMENTS / sizeof *FRAME_ELEMENTS && !known; i++)
            known = x->ns && strcmp((const char *)x->ns->href, NAMESPACE) == 0 &&
                    is_element(x, FRAME_ELEMENTS[i]);
        if (!known)
            return bad(u, x, "element <%s> is not part of the vocabulary", (const char *)x->name);
        if (x->children)
            TRY(refuse_unknown(u, x->children));
    }
    return NULL;
}

/* ---- Fields ---- */

static const char *const TYPE_WORDS[] = {
    [LETTER_TEXT] = "text",     [LETTER_DATE] = "date", [LETTER_NUMBER] = "number",
    [LETTER_MONEY] = "money",   [LETTER_CODE] = "code", [LETTER_FLAG] = "flag",
    [LETTER_SHA256] = "sha256", [LETTER_LIST] = "list", [LETTER_ROWS] = "rows",
};

static enum letter_type type_of_word(const char *word)
{
    size_t i = 0;
    while (strcmp(TYPE_WORDS[i], word) != 0) /* the schema has admitted only these */
        i++;
    return (enum letter_type)i;
}

static const struct letter_field *field_named(const struct letter_field *fields, size_t count,
                                              const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

static const struct fault *read_values(const struct unit *u, const xmlNode *x, struct letter_field *field)
{
    char *words = talloc_strdup(u->compiler->scratch, attribute(u->compiler->scratch, x, "values"));
    TRY_MEMORY(words);
    size_t room = strlen(words) / 2 + 1;
    const char **values = talloc_array(u->compiler->result, const char *, room);
    TRY_MEMORY(values);
    char *rest = words;
    for (char *word; (word = strsep(&rest, " \t\r\n"));) {
        if (!*word)
            continue;
        for (size_t i = 0; i < field->value_count; i++)
            if (strcmp(values[i], word) == 0)
                return bad(u, x, "value %s is declared twice", word);
        values[field->value_count] = talloc_strdup(values, word);
        TRY_MEMORY(values[field->value_count]);
        field->value_count++;
    }
    field->values = values;
    return NULL;
}

static const struct fault *read_fields(const struct unit *u, const xmlNode *parent,
                                       const struct letter_field **out, size_t *count);

static const struct fault *read_field(const struct unit *u, const xmlNode *x, struct letter_field *field)
{
    TALLOC_CTX *result = u->compiler->result, *scratch = u->compiler->scratch;
    const char *type = attribute(scratch, x, "type"), *optional = attribute(scratch, x, "optional");
    *field = (struct letter_field){.name = attribute(result, x, "name"),
                                   .label = attribute(result, x, "label"),
                                   .optional = optional && strcmp(optional, "yes") == 0};
    TRY_MEMORY(field->name);
    TRY_MEMORY(type);
    field->type = type_of_word(type);
    if (field->type == LETTER_CODE)
        return read_values(u, x, field);
    if (field->type == LETTER_ROWS)
        return read_fields(u, x, &field->columns, &field->column_count);
    return NULL;
}

static const struct fault *read_fields(const struct unit *u, const xmlNode *parent,
                                       const struct letter_field **out, size_t *count)
{
    size_t room = 0, have = 0;
    for (const xmlNode *x = next_element(parent->children); x; x = next_element(x->next))
        room++;
    struct letter_field *fields = talloc_array(u->compiler->result, struct letter_field, room + 1);
    TRY_MEMORY(fields);
    for (const xmlNode *x = next_element(parent->children); x; x = next_element(x->next)) {
        TRY(read_field(u, x, &fields[have]));
        if (field_named(fields, have, fields[have].name))
            return bad(u, x, "field %s is declared twice", fields[have].name);
        have++;
    }
    *out = fields;
    *count = have;
    return NULL;
}

static bool same_values(const struct letter_field *a, const struct letter_field *b)
{
    if (a->value_count != b->value_count)
        return false;
    for (size_t i = 0; i < a->value_count; i++) {
        bool found = false;
        for (size_t j = 0; j < b->value_count && !found; j++)
            found = strcmp(a->values[i], b->values[j]) == 0;
        if (!found)
            return false;
    }
    return true;
}

/* ---- Names ---- */

static const struct fault *look_up(const struct unit *u, const xmlNode *x, const char *name,
                                   const struct scope *scope, struct letter_place *out)
{
    for (const struct scope *s = scope; s; s = s->outer) {
        const struct letter_field *field = field_named(s->fields, s->count, name);
        if (field) {
            *out = (struct letter_place){field, s->depth};
            return NULL;
        }
    }
    return bad(u, x, "field %s is not declared", name);
}

static const struct fault *look_up_attribute(const struct unit *u, const xmlNode *x, const char *key,
                                             const struct scope *scope, struct letter_place *out)
{
    const char *name = attribute(u->compiler->scratch, x, key);
    TRY_MEMORY(name);
    return look_up(u, x, name, scope, out);
}

/* A value that may be missing is printed only where it is known to be there. */
static const struct fault *must_be_there(const struct unit *u, const xmlNode *x, struct letter_place place,
                                         const struct guard *guards)
{
    if (!place.field->optional)
        return NULL;
    for (const struct guard *g = guards; g; g = g->outer)
        if (g->place.field == place.field && g->place.depth == place.depth)
            return NULL;
    return bad(u, x, "field %s may be missing: it can only stand within <if n=\"%s\">", place.field->name,
               place.field->name);
}

/* ---- Nodes ---- */

static const struct fault *compile_children(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                            const struct guard *guards, const struct letter_node **first);

static const struct fault *compile_v(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                     const struct guard *guards, struct letter_node *node)
{
    TRY(look_up_attribute(u, x, "n", scope, &node->at));
    enum letter_type type = node->at.field->type;
    if (type == LETTER_CODE || type == LETTER_FLAG || type == LETTER_ROWS)
        return bad(u, x, "field %s is of type %s and cannot be printed", node->at.field->name,
                   TYPE_WORDS[type]);
    return must_be_there(u, x, node->at, guards);
}

static const struct fault *compile_text(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                        const struct guard *guards, struct letter_node *node)
{
    TRY(look_up_attribute(u, x, "n", scope, &node->at));
    if (node->at.field->type != LETTER_TEXT)
        return bad(u, x, "field %s is not of type text", node->at.field->name);
    return must_be_there(u, x, node->at, guards);
}

static const struct fault *compile_index(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                         const struct guard *guards, struct letter_node *node)
{
    (void)guards;
    const char *form = attribute(u->compiler->scratch, x, "form");
    if (scope->depth == 0)
        return bad(u, x, "<index> stands outside of <each>");
    node->numerals = form && strcmp(form, "一") == 0 ? NUMERALS_HANZI : NUMERALS_ARABIC;
    return NULL;
}

bool letter_compares(const struct letter_field *field, const char *words, const char *word)
{
    if (field->type != LETTER_CODE)
        return strcmp(words, word) == 0;
    size_t length = strlen(word);
    for (const char *at = words; *at;) {
        at += strspn(at, BLANKS);
        size_t n = strcspn(at, BLANKS);
        if (n == length && strncmp(at, word, n) == 0)
            return true;
        at += n;
    }
    return false;
}

static bool is_value(const struct letter_field *field, const char *word, size_t length)
{
    for (size_t i = 0; i < field->value_count; i++)
        if (strlen(field->values[i]) == length && strncmp(field->values[i], word, length) == 0)
            return true;
    return false;
}

/* Each of the words by which a code is compared is one of its values. */
static const struct fault *check_code_words(const struct unit *u, const xmlNode *x,
                                            const struct letter_field *field, const char *words)
{
    for (const char *at = words + strspn(words, BLANKS); *at; at += strspn(at, BLANKS)) {
        size_t n = strcspn(at, BLANKS);
        if (!is_value(field, at, n))
            return bad(u, x, "field %s can never be %.*s", field->name, (int)n, at);
        at += n;
    }
    return *words ? NULL : bad(u, x, "field %s is compared with nothing", field->name);
}

/* Can the value of this field ever be `word`? */
static const struct fault *check_word(const struct unit *u, const xmlNode *x,
                                      const struct letter_field *field, const char *word)
{
    bool ok = true;
    int64_t number;
    switch (field->type) {
    case LETTER_CODE:
        return check_code_words(u, x, field, word);
    case LETTER_FLAG:
        ok = strcmp(word, "yes") == 0 || strcmp(word, "no") == 0;
        break;
    case LETTER_NUMBER:
    case LETTER_LIST:
    case LETTER_ROWS:
        ok = text_to_int(word, INT64_MIN, INT64_MAX, &number);
        break;
    case LETTER_TEXT:
        break;
    default:
        return bad(u, x, "a field of type %s cannot be compared", TYPE_WORDS[field->type]);
    }
    return ok ? NULL : bad(u, x, "field %s can never be %s", field->name, word);
}

/* `some`: a column of the rows, and what one of them at least says (or none does: not). */
static const struct fault *compile_some(const struct unit *u, const xmlNode *x, const char *some,
                                        struct letter_node *node)
{
    const struct letter_field *rows = node->at.field;
    const struct letter_field *column =
        rows->type == LETTER_ROWS ? field_named(rows->columns, rows->column_count, some) : NULL;
    if (!column || column->type != LETTER_CODE)
        return bad(u, x, "field %s has no column %s of type code", rows->name, some);
    if (!node->words)
        return bad(u, x, "a condition with some says is or not");
    node->second = (struct letter_place){column, 0};
    return check_code_words(u, x, column, node->words);
}

static const struct fault *compile_if(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                      const struct guard *guards, struct letter_node *node)
{
    TRY(look_up_attribute(u, x, "n", scope, &node->at));
    const char *some = attribute(u->compiler->scratch, x, "some");
    const char *is = attribute(u->compiler->result, x, "is"), *not = attribute(u->compiler->result, x, "not");
    const char *set = attribute(u->compiler->scratch, x, "set");
    bool unset = set && strcmp(set, "no") == 0;
    node->condition = is ? CONDITION_IS : not ? CONDITION_NOT : unset ? CONDITION_UNSET : CONDITION_SET;
    node->words = is ? is : not ;
    if (some)
        TRY(compile_some(u, x, some, node));
    else if (node->words)
        TRY(check_word(u, x, node->at.field, node->words));
    else if (!node->at.field->optional)
        return bad(u, x, "field %s is never missing: say is or not", node->at.field->name);
    const struct guard here = {node->at, guards};
    return compile_children(u, x, scope, not || unset || some ? guards : &here, &node->first);
}

/* The branches of a choice: each possible value once, or an otherwise for the rest. */
static const struct fault *check_branches(const struct unit *u, const xmlNode *x,
                                          const struct letter_node *node)
{
    const struct letter_field *field = node->at.field;
    static const char *const YES_NO[] = {"yes", "no"};
    const char *const *values = field->type == LETTER_FLAG ? YES_NO : field->values;
    size_t count = field->type == LETTER_FLAG ? 2 : field->value_count, chosen = 0;
    bool otherwise = false;
    for (const struct letter_node *branch = node->first; branch; branch = branch->next) {
        otherwise = otherwise || branch->kind == NODE_OTHERWISE;
    }
    for (size_t i = 0; i < count; i++) {
        size_t branches = 0;
        for (const struct letter_node *branch = node->first; branch; branch = branch->next)
            branches += branch->words && letter_compares(field, branch->words, values[i]);
        if (branches > 1)
            return bad(u, x, "value %s has two branches", values[i]);
        if (!branches && !otherwise)
            return bad(u, x, "value %s of %s has no branch", values[i], field->name);
        chosen += branches;
    }
    if (chosen == count && otherwise)
        return bad(u, x, "every value of %s has its branch: otherwise is never reached", field->name);
    return NULL;
}

static const struct fault *compile_choose(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                          const struct guard *guards, struct letter_node *node)
{
    TRY(look_up_attribute(u, x, "n", scope, &node->at));
    const struct letter_field *field = node->at.field;
    if (field->type != LETTER_CODE && field->type != LETTER_FLAG)
        return bad(u, x, "field %s is of type %s: only a code or a flag can be chosen by", field->name,
                   TYPE_WORDS[field->type]);
    TRY(must_be_there(u, x, node->at, guards));
    TRY(compile_children(u, x, scope, guards, &node->first));
    for (const xmlNode *w = next_element(x->children); w; w = next_element(w->next)) {
        const char *word = attribute(u->compiler->scratch, w, "is");
        if (word)
            TRY(check_word(u, w, field, word));
    }
    return check_branches(u, x, node);
}

static const struct fault *compile_branch(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                          const struct guard *guards, struct letter_node *node)
{
    node->words = attribute(u->compiler->result, x, "is");
    return compile_children(u, x, scope, guards, &node->first);
}

static const struct fault *compile_each(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                        const struct guard *guards, struct letter_node *node)
{
    TRY(look_up_attribute(u, x, "n", scope, &node->at));
    const struct letter_field *field = node->at.field;
    if (field->type != LETTER_ROWS && field->type != LETTER_LIST)
        return bad(u, x, "field %s is of type %s: only rows and lists have an each", field->name,
                   TYPE_WORDS[field->type]);
    if (scope->depth >= LETTER_EACH_DEPTH)
        return bad(u, x, "<each> is nested deeper than %d", LETTER_EACH_DEPTH);
    struct scope inner = {.depth = scope->depth + 1, .outer = scope, .fields = &LETTER_ITEM, .count = 1};
    if (field->type == LETTER_ROWS) {
        inner.fields = field->columns;
        inner.count = field->column_count;
    }
    return compile_children(u, x, &inner, guards, &node->first);
}

static const struct fault *compile_inline_block(const struct unit *u, const xmlNode *x,
                                                const struct scope *scope, const struct guard *guards,
                                                struct letter_node *node)
{
    TRY(compile_children(u, x, scope, guards, &node->first));
    return node->first ? NULL : bad(u, x, "<%s> is empty", (const char *)x->name);
}

static const struct fault *compile_cell(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                        const struct guard *guards, struct letter_node *node)
{
    const char *words = attribute(u->compiler->scratch, x, "span");
    int64_t span = 1;
    if (words && !text_to_int(words, 1, LETTER_LINE, &span))
        return bad(u, x, "a cell spans 1 to %d columns", LETTER_LINE);
    node->cell.span = (int)span;
    const char *lines = attribute(u->compiler->scratch, x, "lines");
    node->cell.lines = lines ? *lines - '0' : 1;                /* one digit, by the schema */
    return compile_children(u, x, scope, guards, &node->first); /* a cell may be empty */
}

static const struct fault *compile_attachment(const struct unit *u, const xmlNode *x,
                                              const struct scope *scope, const struct guard *guards,
                                              struct letter_node *node)
{
    const char *name = attribute(u->compiler->scratch, x, "sha256");
    if (name) {
        TRY(look_up(u, x, name, scope, &node->second));
        if (node->second.field->type != LETTER_SHA256)
            return bad(u, x, "field %s is not of type sha256", name);
    }
    return compile_inline_block(u, x, scope, guards, node);
}

static const struct fault *compile_qr(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                      const struct guard *guards, struct letter_node *node)
{
    TRY(look_up_attribute(u, x, "of", scope, &node->second));
    if (node->second.field->type != LETTER_TEXT)
        return bad(u, x, "field %s is not of type text", node->second.field->name);
    TRY(must_be_there(u, x, node->second, guards));
    return compile_inline_block(u, x, scope, guards, node);
}

static const struct fault *compile_sign(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                        const struct guard *guards, struct letter_node *node)
{
    TRY(look_up_attribute(u, x, "agency", scope, &node->at));
    TRY(look_up_attribute(u, x, "date", scope, &node->second));
    if (node->at.field->type != LETTER_TEXT || node->second.field->type != LETTER_DATE)
        return bad(u, x, "<%s> takes an agency of type text and a date of type date", (const char *)x->name);
    TRY(must_be_there(u, x, node->at, guards));
    return must_be_there(u, x, node->second, guards);
}

static const struct fault *compile_list(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                        const struct guard *guards, struct letter_node *node)
{
    const char *form = attribute(u->compiler->scratch, x, "form");
    node->form = !form || strcmp(form, "1.") == 0 ? LIST_POINT
                 : strcmp(form, "（1）") == 0     ? LIST_BRACKETS
                                                  : LIST_HANZI;
    return compile_children(u, x, scope, guards, &node->first);
}

static const struct fault *check_rows(const struct unit *u, const xmlNode *x, const struct letter_node *node,
                                      size_t columns)
{
    for (; node; node = node->next) {
        size_t cells = 0;
        for (const struct letter_node *cell = node->first; node->kind == NODE_TR && cell; cell = cell->next)
            cells += (size_t)cell->cell.span;
        if (node->kind == NODE_TR && cells != columns)
            return bad_line(u->compiler->result, node->file, node->line,
                            "the row fills %zu columns, the table has %zu", cells, columns);
        if (node->kind != NODE_TR)
            TRY(check_rows(u, x, node->first, columns));
    }
    return NULL;
}

static const struct fault *compile_table(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                         const struct guard *guards, struct letter_node *node)
{
    char *words = talloc_strdup(u->compiler->scratch, attribute(u->compiler->scratch, x, "widths"));
    int *widths = talloc_array(u->compiler->result, int, LETTER_LINE);
    TRY_MEMORY(words);
    TRY_MEMORY(widths);
    int64_t width, sum = 0;
    char *rest = words;
    for (char *word; (word = strsep(&rest, " \t\r\n"));) {
        if (!*word)
            continue;
        if (!text_to_int(word, 1, LETTER_LINE - sum, &width))
            return bad(u, x, "the widths of a table are whole characters and %d together", LETTER_LINE);
        widths[node->table.columns++] = (int)width;
        sum += width;
    }
    if (sum != LETTER_LINE)
        return bad(u, x, "the widths of a table are whole characters and %d together", LETTER_LINE);
    node->table.widths = widths;
    TRY(compile_children(u, x, scope, guards, &node->first));
    return check_rows(u, x, node->first, node->table.columns);
}

static const struct fault *compile_br(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                      const struct guard *guards, struct letter_node *node)
{
    (void)u, (void)x, (void)scope, (void)guards, (void)node;
    return NULL;
}

static const struct fault *compile_clause(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                          const struct guard *guards, struct letter_node *node);

static const struct fault *compile_phrase(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                          const struct guard *guards, struct letter_node *node);

typedef const struct fault *compile_element(const struct unit *, const xmlNode *, const struct scope *,
                                            const struct guard *, struct letter_node *);
static compile_element *const COMPILE[] = {
    [NODE_V] = compile_v,
    [NODE_INDEX] = compile_index,
    [NODE_BR] = compile_br,
    [NODE_IF] = compile_if,
    [NODE_CHOOSE] = compile_choose,
    [NODE_WHEN] = compile_branch,
    [NODE_OTHERWISE] = compile_branch,
    [NODE_EACH] = compile_each,
    [NODE_CLAUSE] = compile_clause,
    [NODE_PHRASE] = compile_phrase,
    [NODE_TEXT] = compile_text,
    [NODE_BLOCK] = compile_inline_block,
    [NODE_SIGN] = compile_sign,
    [NODE_ATTACHMENT] = compile_attachment,
    [NODE_QR] = compile_qr,
    [NODE_TABLE] = compile_table,
    [NODE_TR] = compile_inline_block,
    [NODE_TD] = compile_cell,
    [NODE_TH] = compile_cell,
    [NODE_LIST] = compile_list,
    [NODE_ITEM] = compile_inline_block,
};

static const struct fault *too_many(const struct unit *u, const xmlNode *x)
{
    return bad(u, x, "the letter has more than %d parts", LETTER_NODES_MAX);
}

/* Words as they will be printed: line ends of the file and the indentation after them are not words. */
static const struct fault *compile_words(const struct unit *u, const xmlNode *x, struct letter_node *node)
{
    char *words = talloc_strdup(u->compiler->result, (const char *)x->content);
    TRY_MEMORY(words);
    char *to = words;
    for (const char *from = words; *from;) {
        size_t blank = strspn(from, " \t\r\n");
        if (blank == 0)
            *to++ = *from++;
        else if (!memchr(from, '\n', blank))
            *to++ = ' ';
        from += blank;
    }
    *to = '\0';
    node->kind = NODE_WORDS;
    node->words = words;
    return NULL;
}

/* Of the elements that hold words, the nearest that is no condition: <p>, <td> … and <words>; else blocks. */
static bool stands_in_words(const xmlNode *x)
{
    static const char *const AROUND[] = {"if", "choose", "when", "otherwise", "each"};
    for (x = x->parent; x && x->type == XML_ELEMENT_NODE; x = x->parent) {
        bool around = false;
        for (size_t i = 0; i < sizeof AROUND / sizeof *AROUND && !around; i++)
            around = is_element(x, AROUND[i]);
        if (!around)
            return !is_element(x, "letter") && !is_element(x, "clause");
    }
    return false;
}

static const struct fault *compile_one(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                       const struct guard *guards, struct letter_node **out)
{
    *out = NULL;
    if (x->type != XML_ELEMENT_NODE && x->type != XML_TEXT_NODE)
        return NULL; /* a comment */
    struct letter_node *node = talloc_zero(u->compiler->result, struct letter_node);
    TRY_MEMORY(node);
    if (++u->compiler->nodes > LETTER_NODES_MAX)
        return too_many(u, x);
    node->id = u->compiler->ids++;
    node->file = u->file;
    node->line = line_of(x);
    if (x->type == XML_TEXT_NODE) {
        TRY(compile_words(u, x, node));
        *out = *node->words ? node : NULL;
        return NULL;
    }
    int index = element_index(x);
    assert(index >= 0); /* refuse_unknown has looked */
    node->kind = ELEMENTS[index].kind;
    if (node->kind == NODE_CLAUSE && stands_in_words(x))
        node->kind = NODE_PHRASE;
    if (node->kind == NODE_BLOCK || node->kind == NODE_SIGN)
        node->block = ELEMENTS[index].block;
    TRY(COMPILE[node->kind](u, x, scope, guards, node));
    *out = node;
    return NULL;
}

static const struct fault *compile_siblings(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                            const struct guard *guards, const struct letter_node **first)
{
    const struct letter_node **link = first;
    *first = NULL;
    for (; x; x = x->next) {
        struct letter_node *node;
        TRY(compile_one(u, x, scope, guards, &node));
        if (node) {
            *link = node;
            link = &node->next;
        }
    }
    return NULL;
}

static const struct fault *compile_children(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                            const struct guard *guards, const struct letter_node **first)
{
    return compile_siblings(u, x->children, scope, guards, first);
}

/* ---- Documents ---- */

static const struct fault *open_document(const struct unit *u, const struct letter_source *source,
                                         const char *root, const xmlNode **out)
{
    xmlDocPtr doc;
    TRY(parse(source, u->compiler->scratch, &doc));
    const xmlNode *top = xmlDocGetRootElement(doc);
    TRY(refuse_unknown(u, doc->children));
    if (!is_element(top, root))
        return bad(u, top, "the document is a <%s>, not a <%s>", (const char *)top->name, root);
    TRY(validate(u->compiler->reader, u->file, doc, u->compiler->result));
    *out = top;
    return NULL;
}

/* The fields of a document and its blocks. */
static const struct fault *compile_document(const struct unit *u, const xmlNode *top,
                                            const struct letter_field **fields, size_t *count,
                                            const struct letter_node **first, bool *words)
{
    const xmlNode *x = next_element(top->children);
    if (is_element(x, "fields")) {
        TRY(read_fields(u, x, fields, count));
        x = x->next;
    }
    const xmlNode *only = next_element(x);
    *words = only && is_element(only, "words");
    if (*words)
        x = only->children;
    const struct scope scope = {.fields = *fields, .count = *count};
    TRY(compile_siblings(u, x, &scope, NULL, first));
    /* between blocks there is only layout of the file */
    return NULL;
}

static const struct fault *read_day(const struct unit *u, const xmlNode *top, const char *name,
                                    struct civil *out)
{
    const char *words = attribute(u->compiler->scratch, top, name);
    *out = CIVIL_NONE;
    if (!words || civil_parse(words, out))
        return NULL;
    return bad(u, top, "%s is not a day (YYYY-MM-DD)", name);
}

static const struct fault *describe(const struct unit *u, const xmlNode *top, struct letter_clause *out)
{
    TALLOC_CTX *result = u->compiler->result;
    *out = (struct letter_clause){.code = attribute(result, top, "code"),
                                  .title = attribute(result, top, "title"),
                                  .basis = attribute(result, top, "basis")};
    TRY_MEMORY(out->code);
    TRY_MEMORY(out->title);
    int64_t version = 0;
    const char *words = attribute(result, top, "version");
    TRY_MEMORY(words);
    bool ok = text_to_int(words, 1, 999999, &version);
    assert(ok); /* by the schema */
    (void)ok;
    out->version = (int)version;
    TRY(read_day(u, top, "from", &out->from));
    TRY(read_day(u, top, "until", &out->until));
    if (civil_is_set(out->from) && civil_is_set(out->until) && civil_compare(out->from, out->until) > 0)
        return bad(u, top, "it ends before it begins");
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
    TRY(open_document(&u, source, "clause", &top));
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
            return bad(u, x, "clause %s includes itself", code);
    if (c->depth >= LETTER_CLAUSE_DEPTH)
        return bad(u, x, "clauses are nested deeper than %d", LETTER_CLAUSE_DEPTH);
    struct letter_source source = {0};
    const struct fault *f = c->find ? c->find(c->context, c->scratch, code, &source)
                                    : fault_new(c->scratch, FAULT_ABSENT, "CLAUSE", "there is none");
    if (f)
        return bad(u, x, "clause %s is not to be had: %s", code, fault_text(c->scratch, f));
    c->underway[c->depth++] = code;
    *out = (struct compiled_clause){0};
    TRY(compile_clause_document(c, &source, out));
    c->depth--;
    if (strcmp(out->info.code, code) != 0)
        return bad(u, x, "the document found for clause %s calls itself %s", code, out->info.code);
    return remember_clause(c, out);
}

/* The clause that is named, read once. */
static const struct fault *use_clause(const struct unit *u, const xmlNode *x, struct compiled_clause *out)
{
    const char *code = attribute(u->compiler->scratch, x, "ref");
    TRY_MEMORY(code);
    struct compiler *c = u->compiler;
    for (size_t i = 0; i < c->clause_count; i++)
        if (strcmp(c->clauses[i].info.code, code) == 0) {
            *out = c->clauses[i];
            c->nodes += out->nodes;
            return c->nodes <= LETTER_NODES_MAX ? NULL : too_many(u, x);
        }
    return find_clause(u, x, code, out);
}

/* Does a <when> around it let only other words of that field through? */
static bool chosen_away(const xmlNode *x, const struct letter_field *field, size_t value)
{
    for (; x && x->type == XML_ELEMENT_NODE; x = x->parent) {
        if (!is_element(x, "when") || !x->parent)
            continue;
        scoped_free xmlChar *by = xmlGetNoNsProp(x->parent, (const xmlChar *)"n");
        scoped_free xmlChar *is = xmlGetNoNsProp(x, (const xmlChar *)"is");
        if (by && is && strcmp((const char *)by, field->name) == 0 &&
            !letter_compares(field, (const char *)is, field->values[value]))
            return true;
    }
    return false;
}

static const struct fault *compile_clause(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                          const struct guard *guards, struct letter_node *node)
{
    (void)scope, (void)guards; /* a clause sees the letter's data, and declares what it needs of it */
    struct compiled_clause clause;
    TRY(use_clause(u, x, &clause));
    if (clause.words)
        return bad(u, x, "clause %s is one of words: it stands within a paragraph or a cell",
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
                                  *have = field_named(scope->fields, scope->count, asked->name);
        if (!have)
            return bad(u, x, "clause %s asks for field %s, which is not declared here", clause->info.code,
                       asked->name);
        if (have->type != asked->type || have->type == LETTER_ROWS)
            return bad(u, x, "field %s is declared otherwise in clause %s", asked->name, clause->info.code);
        for (size_t v = 0; v < have->value_count; v++)
            if (!is_value(asked, have->values[v], strlen(have->values[v])) && !chosen_away(x, have, v))
                return bad(u, x, "clause %s does not know %s of field %s", clause->info.code, have->values[v],
                           asked->name);
    }
    return NULL;
}

static const struct fault *compile_phrase(const struct unit *u, const xmlNode *x, const struct scope *scope,
                                          const struct guard *guards, struct letter_node *node)
{
    (void)guards; /* what it needs it says itself: a missing value stops the letter */
    struct compiled_clause clause;
    TRY(use_clause(u, x, &clause));
    if (!clause.words)
        return bad(u, x, "clause %s is one of blocks: it cannot stand within words", clause.info.code);
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
                                  *have = field_named(columns, count, asked->name);
        if (!have) {
            columns[count++] = *asked;
            continue;
        }
        if (have->type != asked->type)
            return bad(u, top, "column %s is declared otherwise in clause %s", asked->name, clause);
        for (size_t v = 0; v < have->value_count; v++)
            if (!is_value(asked, have->values[v], strlen(have->values[v])))
                return bad(u, top, "clause %s does not know %s of column %s", clause, have->values[v],
                           asked->name);
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
        if (fields[i].type != more->type || (more->type != LETTER_ROWS && !same_values(&fields[i], more)))
            return bad(u, top, "field %s is declared otherwise in clause %s", more->name, clause);
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
    TRY(look_up(u, top, name, &scope, out));
    bool ok = out->field->type == LETTER_CODE;
    for (size_t i = 0; ok && i < out->field->value_count; i++) {
        size_t j = 0;
        while (j < LETTER_SHAPES && strcmp(LETTER_SHAPE_WORDS[j], out->field->values[i]) != 0)
            j++;
        ok = j < LETTER_SHAPES;
    }
    return ok ? NULL : bad(u, top, "field %s is not a code of layouts", name);
}

/* The layout of the letter; a red head needs its mark. */
static const struct fault *read_shape(const struct unit *u, const xmlNode *top,
                                      const struct letter_template *t, struct letter_program *program)
{
    const char *layout = attribute(u->compiler->scratch, top, "layout"),
               *by = attribute(u->compiler->scratch, top, "layout-by");
    TRY_MEMORY(layout);
    program->shape = shape_of_word(layout);
    if (by)
        TRY(read_shape_by(u, top, by, t, &program->shape_by));
    bool marked = false;
    for (const struct letter_node *node = program->first; node; node = node->next)
        marked = marked || (node->kind == NODE_BLOCK && node->block == LETTER_BLOCK_MARK);
    if (!marked && (by || program->shape != LETTER_NOTICE))
        return bad(u, top, "a letter that may be laid out with a red head needs a <mark>");
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
    TRY(open_document(&u, source, "letter", &top));
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

const struct fault *letter_template_read(struct letter_reader *reader, const struct letter_source *source,
                                         letter_clause_find *find, void *context, TALLOC_CTX *result,
                                         struct letter_template **out)
{
    SCOPED_LIFE(scratch);
    struct letter_template *t = talloc_zero(result, struct letter_template);
    TRY_MEMORY(scratch);
    TRY_MEMORY(t);
    struct compiler c = {.reader = reader, .find = find, .context = context, .result = t, .scratch = scratch};
    const struct fault *f = read_template(&c, source, t);
    if (f) {
        f = fault_keep(result, f);
        talloc_free(t);
        return f;
    }
    *out = t;
    return NULL;
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
