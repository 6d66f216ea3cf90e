#include <string.h>
#include "letter_sample.h"
#include "life.h"

struct sampling {
    struct letter_sample how;
    const char *chosen; /* name of the field or column that is chosen, or "" */
    const char *word;
    char day[CIVIL_TEXT];
    TALLOC_CTX *life;
};

/* "items.outcome=PARTIAL" → outcome, PARTIAL. */
static const struct fault *take_choice(struct sampling *s)
{
    const char *choice = s->how.choice ? s->how.choice : "", *is = strchr(choice, '='),
               *dot = strchr(choice, '.');
    s->chosen = s->word = "";
    if (!is)
        return NULL;
    const char *from = dot && dot < is ? dot + 1 : choice;
    s->chosen = talloc_strndup(s->life, from, (size_t)(is - from));
    TRY_MEMORY(s->chosen);
    s->word = is + 1;
    return NULL;
}

static bool may_say(const struct letter_field *f, const char *word)
{
    for (size_t i = 0; i < f->value_count; i++)
        if (strcmp(f->values[i], word) == 0)
            return true;
    return false;
}

static json_t *value_of(const struct sampling *s, const struct letter_field *f);

/* The members of an object: all that are declared, or without what may be missing. */
static json_t *members(const struct sampling *s, const struct letter_field *fields, size_t count)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < count; i++)
        if (!(s->how.bare && fields[i].optional) || strcmp(fields[i].name, s->chosen) == 0)
            json_object_set_new(object, fields[i].name, value_of(s, &fields[i]));
    return object;
}

static json_t *named(const struct letter_field *f, const char *which)
{
    const char *name = f->label ? f->label : f->name;
    return json_sprintf("〔%s%s〕", name, which);
}

static json_t *rows_of(const struct sampling *s, const struct letter_field *f)
{
    static const char *const NUMBERS[] = {"一", "二"};
    json_t *rows = json_array();
    for (size_t i = 0; i < (s->how.two ? 2 : 1); i++)
        json_array_append_new(rows, f->type == LETTER_LIST ? named(f, s->how.two ? NUMBERS[i] : "")
                                                           : members(s, f->columns, f->column_count));
    return rows;
}

static json_t *value_of(const struct sampling *s, const struct letter_field *f)
{
    bool chosen = strcmp(f->name, s->chosen) == 0;
    switch (f->type) {
    case LETTER_DATE:
        return json_string(s->day);
    case LETTER_NUMBER:
        return json_integer(1);
    case LETTER_MONEY:
        return json_integer(12600);
    case LETTER_CODE:
        return json_string(chosen && may_say(f, s->word) ? s->word : f->values[0]);
    case LETTER_FLAG:
        return json_boolean(!chosen || strcmp(s->word, "yes") == 0);
    case LETTER_SHA256:
        return json_string("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
    case LETTER_LIST:
    case LETTER_ROWS:
        return rows_of(s, f);
    default:
        return named(f, "");
    }
}

const struct fault *letter_sample_data(const struct letter_template *t, struct letter_sample how,
                                       struct civil day, TALLOC_CTX *result, json_t **out)
{
    struct sampling s = {.how = how, .life = result};
    civil_format(day, s.day);
    TRY(take_choice(&s));
    *out = json_adopt(result, members(&s, t->fields, t->field_count));
    TRY_MEMORY(*out);
    return NULL;
}

/* ---- what can be chosen ---- */

struct choices {
    struct letter_sample_choice *items;
    size_t count;
    TALLOC_CTX *life;
};

static const struct fault *add_choice(struct choices *c, const char *rows, const struct letter_field *f,
                                      const char *word)
{
    struct letter_sample_choice *grown =
        talloc_realloc(c->life, c->items, struct letter_sample_choice, c->count + 1);
    TRY_MEMORY(grown);
    c->items = grown;
    grown[c->count] = (struct letter_sample_choice){
        .choice = talloc_asprintf(c->life, "%s%s%s=%s", rows ? rows : "", rows ? "." : "", f->name, word),
        .label = f->label ? f->label : f->name,
        .word = word};
    TRY_MEMORY(grown[c->count].choice);
    c->count++;
    return NULL;
}

static const struct fault *choices_of(struct choices *c, const char *rows, const struct letter_field *fields,
                                      size_t count)
{
    static const char *const YES_NO[] = {"yes", "no"};
    for (size_t i = 0; i < count; i++) {
        const struct letter_field *f = &fields[i];
        const char *const *words = f->type == LETTER_FLAG ? YES_NO : f->values;
        for (size_t w = 0; w < (f->type == LETTER_FLAG ? 2 : f->value_count); w++)
            TRY(add_choice(c, rows, f, words[w]));
        if (f->column_count)
            TRY(choices_of(c, f->name, f->columns, f->column_count));
    }
    return NULL;
}

const struct fault *letter_sample_choices(const struct letter_template *t, TALLOC_CTX *result,
                                          struct letter_sample_choice **out, size_t *count)
{
    struct choices c = {.life = result};
    TRY(choices_of(&c, NULL, t->fields, t->field_count));
    *out = c.items;
    *count = c.count;
    return NULL;
}
