/* Letter templates and the letters made of them with no data at all, or with a little of everything. */
#include "fuzz.h"
#include "json.h"
#include "letter.h"
#include "share.h"

static struct letter_reader *reader(void)
{
    static struct letter_reader *made;
    must_be(made || !letter_reader_new(fuzz_kept(), &made));
    return made;
}

/* A value that the field takes. */
static json_t *some(const struct letter_field *f)
{
    if (f->type == LETTER_CODE)
        return json_string(f->value_count ? f->values[0] : "");
    if (f->type == LETTER_DATE)
        return json_string("2026-03-02");
    if (f->type == LETTER_NUMBER || f->type == LETTER_MONEY)
        return json_integer(7);
    if (f->type == LETTER_FLAG)
        return json_true();
    if (f->type == LETTER_SHA256)
        return json_string("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
    if (f->type == LETTER_LIST)
        return json_pack("[s,s]", "甲", "乙");
    if (f->type != LETTER_ROWS)
        return json_string("文字 <&> 😀");
    json_t *rows = json_array(), *row = json_object();
    for (size_t i = 0; i < f->column_count; i++)
        json_object_set_new(row, f->columns[i].name, some(&f->columns[i]));
    json_array_append(rows, row);
    json_array_append_new(rows, row);
    return rows;
}

/* The shipped clauses; a name that is no word is nobody's. */
static const struct fault *clause(void *context, TALLOC_CTX *life, const char *code,
                                  struct letter_source *out)
{
    char *bytes = NULL;
    (void)context;
    if (strspn(code, "abcdefghijklmnopqrstuvwxyz-") != strlen(code))
        return fault_new(life, FAULT_INPUT, "CLAUSE_ABSENT", "no such clause");
    out->name = talloc_asprintf(life, "%s.xml", code);
    const char *path = talloc_asprintf(life, "%s/templates/clauses/%s.xml", MINGDA_SOURCE, code);
    TRY_MEMORY(path);
    TRY(share_read_file(life, path, 1u << 20, &bytes, &out->length));
    out->bytes = bytes;
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED_LIFE(life);
    const struct letter_source source = {"fuzz.xml", (const char *)data, size};
    struct letter_template *t = NULL;
    struct letter *letter = NULL;
    const struct fault *f = letter_template_read(reader(), &source, clause, NULL, life, &t);
    must_be(!f || f->detail);
    json_t *all = json_adopt(life, json_object());
    for (size_t i = 0; !f && i < t->field_count; i++)
        json_object_set_new(all, t->fields[i].name, some(&t->fields[i]));
    if (f || letter_compose(t, all, life, &letter))
        return 0;
    for (int format = LETTER_ODT; format <= LETTER_HTML; format++) {
        const uint8_t *bytes = NULL;
        size_t length = 0;
        f = letter_write(letter, (enum letter_format)format, NULL, life, &bytes, &length);
        must_be(f || length);
    }
    return 0;
}
