#include <string.h>
#include "letter_program.h"
#include "letter_trial.h"
#include "life.h"
#include "text.h"

enum { PROBLEMS_MAX = 100, TRIALS_MAX = 8000, TRIALS_AFTER = 300, WORDS_MAX = 8, MORE_ROWS = 3 };

struct trial {
    const struct letter_template *t;
    TALLOC_CTX *result;
    struct letter_problem *problems;
    size_t count;
    bool *reached;
    uint64_t random;
};

static const struct fault *problem(struct trial *t, const char *file, int line, const char *why)
{
    TRY_MEMORY(why);
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->problems[i].why, why) == 0 && t->problems[i].line == line)
            return NULL;
    if (t->count < PROBLEMS_MAX)
        t->problems[t->count++] = (struct letter_problem){file, line, why};
    return NULL;
}

static const char *own_file(const struct trial *t)
{
    return t->t->program->first->file;
}

/* ---- In force ---- */

static const struct fault *try_days(struct trial *t, const char *code, int version, struct civil from,
                                    struct civil until, struct civil day)
{
    char begins[CIVIL_TEXT], ends[CIVIL_TEXT], now[CIVIL_TEXT];
    if (!civil_is_set(day) || ((!civil_is_set(from) || civil_compare(from, day) <= 0) &&
                               (!civil_is_set(until) || civil_compare(day, until) <= 0)))
        return NULL;
    civil_format(from, begins);
    civil_format(until, ends);
    civil_format(day, now);
    return problem(t, own_file(t), 1,
                   talloc_asprintf(t->result, "version %d of %s is in force from %s until %s, not on %s",
                                   version, code, *begins ? begins : "ever", *ends ? ends : "further notice",
                                   now));
}

static const struct fault *try_force(struct trial *t, struct civil day)
{
    const struct letter_template *l = t->t;
    TRY(try_days(t, l->code, l->version, l->from, l->until, day));
    for (size_t i = 0; i < l->clause_count; i++)
        TRY(try_days(t, l->clauses[i].code, l->clauses[i].version, l->clauses[i].from, l->clauses[i].until,
                     day));
    return NULL;
}

/* ---- Data ---- */

/* xorshift: the same numbers everywhere. */
static size_t draw(struct trial *t, size_t below)
{
    t->random ^= t->random << 13;
    t->random ^= t->random >> 7;
    t->random ^= t->random << 17;
    return (size_t)(t->random % below);
}

/* With what the template compares the field, beside the values it declares. */
static size_t compared_with(const struct letter_node *node, const struct letter_field *field,
                            const char **words, size_t count)
{
    for (; node && count < WORDS_MAX; node = node->next) {
        if (node->words && node->at.field && strcmp(node->at.field->name, field->name) == 0 &&
            node->at.field->type == field->type && !node->second.field)
            words[count++] = node->words;
        if (count < WORDS_MAX)
            count = compared_with(node->first, field, words, count);
    }
    return count;
}

static json_t *value_for(struct trial *t, const struct letter_field *f, bool plain);

static json_t *rows_for(struct trial *t, const struct letter_field *f, bool plain)
{
    json_t *rows = json_array();
    size_t count = plain ? 2 : 1 + draw(t, MORE_ROWS);
    for (size_t i = 0; i < count; i++) {
        json_t *row = f->type == LETTER_LIST ? json_string("甲") : json_object();
        for (size_t c = 0; c < f->column_count; c++)
            if (plain || !f->columns[c].optional || draw(t, 4))
                json_object_set_new(row, f->columns[c].name, value_for(t, &f->columns[c], plain));
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *compared_value(struct trial *t, const struct letter_field *f, bool plain)
{
    const char *words[WORDS_MAX];
    size_t count = plain ? 0 : compared_with(t->t->program->first, f, words, 0);
    const char *word = count && draw(t, 2) ? words[draw(t, count)] : NULL;
    int64_t number = 7;
    if (f->type == LETTER_TEXT)
        return json_string(word ? word : "文字");
    if (word)
        (void)!text_to_int(word, INT64_MIN, INT64_MAX, &number);
    return json_integer(number);
}

static json_t *value_for(struct trial *t, const struct letter_field *f, bool plain)
{
    switch (f->type) {
    case LETTER_TEXT:
    case LETTER_NUMBER:
        return compared_value(t, f, plain);
    case LETTER_DATE:
        return json_string("2026-03-09");
    case LETTER_MONEY:
        return json_integer(12600);
    case LETTER_CODE:
        return json_string(f->values[plain ? 0 : draw(t, f->value_count)]);
    case LETTER_FLAG:
        return json_boolean(plain || draw(t, 2));
    case LETTER_SHA256:
        return json_string("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
    default:
        return rows_for(t, f, plain);
    }
}

/* The day of the letter is the one on which it is tried. */
static void set_day(const struct trial *t, const struct letter_node *node, struct civil day, json_t *data)
{
    char text[CIVIL_TEXT];
    civil_format(day, text);
    for (; node && civil_is_set(day); node = node->next) {
        if (node->kind == NODE_SIGN && node->second.depth == 0 &&
            json_object_get(data, node->second.field->name))
            json_object_set_new(data, node->second.field->name, json_string(text));
        set_day(t, node->first, day, data);
    }
}

static json_t *data_for(struct trial *t, bool plain, struct civil day, TALLOC_CTX *life)
{
    json_t *data = json_adopt(life, json_object());
    for (size_t i = 0; data && i < t->t->field_count; i++) {
        const struct letter_field *f = &t->t->fields[i];
        if (plain || !f->optional || draw(t, 4))
            json_object_set_new(data, f->name, value_for(t, f, plain));
    }
    if (data)
        set_day(t, t->t->program->first, day, data);
    return data;
}

/* ---- Letters ---- */

/* Was it something that may be missing? Then stopping is what the letter should do. */
static bool may_be_missing(const struct letter_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if ((fields[i].optional && strcmp(fields[i].name, name) == 0) ||
            may_be_missing(fields[i].columns, fields[i].column_count, name))
            return true;
    return false;
}

/* A fault of the composer begins with file and line. */
static int line_in(const char *sentence)
{
    const char *from = strchr(sentence, ':');
    char digits[12] = "";
    int64_t line = 1;
    size_t n = from ? strspn(from + 1, "0123456789") : 0;
    if (n > 0 && n < sizeof digits) {
        memcpy(digits, from + 1, n);
        (void)!text_to_int(digits, 1, INT32_MAX, &line);
    }
    return (int)line;
}

static const struct fault *try_letter(struct trial *t, bool plain, struct civil day)
{
    SCOPED_LIFE(life);
    TRY_MEMORY(life);
    struct letter *letter = NULL;
    const json_t *data = data_for(t, plain, day, life);
    TRY_MEMORY(data);
    const struct fault *f = letter_compose_reached(t->t, data, life, t->reached, &letter);
    if (!f || (!plain && f->field && may_be_missing(t->t->fields, t->t->field_count, f->field)) ||
        strcmp(f->code, "LETTER_CLAUSE") == 0) /* said already */
        return NULL;
    if (f->kind != FAULT_INPUT)
        return fault_keep(t->result, f);
    return problem(t, own_file(t), line_in(f->detail),
                   talloc_asprintf(t->result, "a letter stops: %s", f->detail));
}

static bool all_reached(const struct trial *t, const struct letter_node *node)
{
    for (; node; node = node->next)
        if (strcmp(node->file, own_file(t)) == 0 && (!t->reached[node->id] || !all_reached(t, node->first)))
            return false;
    return true;
}

/* What a clause holds beside what this letter can meet is no problem of the letter. */
static const struct fault *tell_unreached(struct trial *t, const struct letter_node *node)
{
    for (; node; node = node->next) {
        if (strcmp(node->file, own_file(t)) != 0)
            continue;
        if (!t->reached[node->id])
            TRY(problem(t, node->file, node->line,
                        talloc_strdup(t->result, "no data reaches what stands here")));
        else
            TRY(tell_unreached(t, node->first));
    }
    return NULL;
}

const struct fault *letter_trial(const struct letter_template *template, struct civil day, TALLOC_CTX *result,
                                 struct letter_trial *out)
{
    struct trial t = {.t = template,
                      .result = result,
                      .problems = talloc_zero_array(result, struct letter_problem, PROBLEMS_MAX),
                      .reached = talloc_zero_array(result, bool, template->program->node_count + 1),
                      .random = 0x9e3779b97f4a7c15u};
    TRY_MEMORY(t.problems);
    TRY_MEMORY(t.reached);
    TRY(try_force(&t, day));
    *out = (struct letter_trial){t.problems, t.count, 0};
    if (t.count > 0) /* every letter of that day would stop */
        return NULL;
    size_t letters = 0;
    TRY(try_letter(&t, true, day));
    for (letters = 1; letters < TRIALS_MAX; letters++) {
        if (letters >= TRIALS_AFTER && all_reached(&t, template->program->first))
            break;
        TRY(try_letter(&t, false, day));
    }
    TRY(tell_unreached(&t, template->program->first));
    *out = (struct letter_trial){t.problems, t.count, letters};
    return NULL;
}
