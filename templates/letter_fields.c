/* letter_fields.c - what a template declares: fields with their types, the names that are in sight, and the
 * words with which a value may be compared. */
#include <string.h>
#include "letter_reading.h"
#include "life.h"
#include "text.h"

const struct letter_field LETTER_ITEM = {.name = "item", .type = LETTER_TEXT};

/* ---- Fields ---- */

const char *const TEMPLATE_TYPE_WORDS[] = {
    [LETTER_TEXT] = "text",     [LETTER_DATE] = "date", [LETTER_NUMBER] = "number",
    [LETTER_MONEY] = "money",   [LETTER_CODE] = "code", [LETTER_FLAG] = "flag",
    [LETTER_SHA256] = "sha256", [LETTER_LIST] = "list", [LETTER_ROWS] = "rows",
};

static enum letter_type type_of_word(const char *word)
{
    size_t i = 0;
    while (strcmp(TEMPLATE_TYPE_WORDS[i], word) != 0) /* the schema has admitted only these */
        i++;
    return (enum letter_type)i;
}

const struct letter_field *template_field(const struct letter_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

static const struct fault *read_values(const struct unit *u, const xmlNode *x, struct letter_field *field)
{
    char *words = talloc_strdup(u->compiler->scratch, template_attribute(u->compiler->scratch, x, "values"));
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
                return template_bad(u, x, "value %s is declared twice", word);
        values[field->value_count] = talloc_strdup(values, word);
        TRY_MEMORY(values[field->value_count]);
        field->value_count++;
    }
    field->values = values;
    return NULL;
}

static const struct fault *read_field(const struct unit *u, const xmlNode *x, struct letter_field *field)
{
    TALLOC_CTX *result = u->compiler->result, *scratch = u->compiler->scratch;
    const char *type = template_attribute(scratch, x, "type"),
               *optional = template_attribute(scratch, x, "optional");
    *field = (struct letter_field){.name = template_attribute(result, x, "name"),
                                   .label = template_attribute(result, x, "label"),
                                   .optional = optional && strcmp(optional, "yes") == 0};
    TRY_MEMORY(field->name);
    TRY_MEMORY(type);
    field->type = type_of_word(type);
    if (field->type == LETTER_CODE)
        return read_values(u, x, field);
    if (field->type == LETTER_ROWS)
        return template_fields(u, x, &field->columns, &field->column_count);
    return NULL;
}

const struct fault *template_fields(const struct unit *u, const xmlNode *parent,
                                    const struct letter_field **out, size_t *count)
{
    size_t room = 0, have = 0;
    for (const xmlNode *x = template_next(parent->children); x; x = template_next(x->next))
        room++;
    struct letter_field *fields = talloc_array(u->compiler->result, struct letter_field, room + 1);
    TRY_MEMORY(fields);
    for (const xmlNode *x = template_next(parent->children); x; x = template_next(x->next)) {
        TRY(read_field(u, x, &fields[have]));
        if (template_field(fields, have, fields[have].name))
            return template_bad(u, x, "field %s is declared twice", fields[have].name);
        have++;
    }
    *out = fields;
    *count = have;
    return NULL;
}

bool template_same_values(const struct letter_field *a, const struct letter_field *b)
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

const struct fault *template_look_up(const struct unit *u, const xmlNode *x, const char *name,
                                     const struct scope *scope, struct letter_place *out)
{
    for (const struct scope *s = scope; s; s = s->outer) {
        const struct letter_field *field = template_field(s->fields, s->count, name);
        if (field) {
            *out = (struct letter_place){field, s->depth};
            return NULL;
        }
    }
    return template_bad(u, x, "field %s is not declared", name);
}

const struct fault *template_look_up_attribute(const struct unit *u, const xmlNode *x, const char *key,
                                               const struct scope *scope, struct letter_place *out)
{
    const char *name = template_attribute(u->compiler->scratch, x, key);
    TRY_MEMORY(name);
    return template_look_up(u, x, name, scope, out);
}

/* A value that may be missing is printed only where it is known to be there. */
const struct fault *template_must_be_there(const struct unit *u, const xmlNode *x, struct letter_place place,
                                           const struct guard *guards)
{
    if (!place.field->optional)
        return NULL;
    for (const struct guard *g = guards; g; g = g->outer)
        if (g->place.field == place.field && g->place.depth == place.depth)
            return NULL;
    return template_bad(u, x, "field %s may be missing: it can only stand within <if n=\"%s\">",
                        place.field->name, place.field->name);
}

/* ---- Words of comparison ---- */

bool letter_compares(const struct letter_field *field, const char *words, const char *word)
{
    if (field->type != LETTER_CODE)
        return strcmp(words, word) == 0;
    size_t length = strlen(word);
    for (const char *at = words; *at;) {
        at += strspn(at, TEMPLATE_BLANKS);
        size_t n = strcspn(at, TEMPLATE_BLANKS);
        if (n == length && strncmp(at, word, n) == 0)
            return true;
        at += n;
    }
    return false;
}

bool template_is_value(const struct letter_field *field, const char *word, size_t length)
{
    for (size_t i = 0; i < field->value_count; i++)
        if (strlen(field->values[i]) == length && strncmp(field->values[i], word, length) == 0)
            return true;
    return false;
}

/* Each of the words by which a code is compared is one of its values. */
const struct fault *template_check_words(const struct unit *u, const xmlNode *x,
                                         const struct letter_field *field, const char *words)
{
    for (const char *at = words + strspn(words, TEMPLATE_BLANKS); *at; at += strspn(at, TEMPLATE_BLANKS)) {
        size_t n = strcspn(at, TEMPLATE_BLANKS);
        if (!template_is_value(field, at, n))
            return template_bad(u, x, "field %s can never be %.*s", field->name, (int)n, at);
        at += n;
    }
    return *words ? NULL : template_bad(u, x, "field %s is compared with nothing", field->name);
}

/* Can the value of this field ever be `word`? */
const struct fault *template_check_word(const struct unit *u, const xmlNode *x,
                                        const struct letter_field *field, const char *word)
{
    bool ok = true;
    int64_t number;
    switch (field->type) {
    case LETTER_CODE:
        return template_check_words(u, x, field, word);
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
        return template_bad(u, x, "a field of type %s cannot be compared", TEMPLATE_TYPE_WORDS[field->type]);
    }
    return ok ? NULL : template_bad(u, x, "field %s can never be %s", field->name, word);
}
