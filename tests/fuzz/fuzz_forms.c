/* Bodies of all three kinds, and every kind of field with what they carry. */
#include "form.h"
#include "fuzz.h"
#include "text.h"

static const struct choice CHOICES[] = {{"mail", "邮寄", "Mail"}, {"hand", "当面", "In person"}};
static const struct field FIELDS[] = {
    {.name = "text", .kind = FIELD_TEXT, .min = 1, .max = 20},
    {.name = "note", .kind = FIELD_TEXT, .min = 0, .max = 2000, .many_lines = true},
    {.name = "code", .kind = FIELD_TEXT, .min = 10, .max = 10, .pattern = "digits"},
    {.name = "int", .kind = FIELD_INT, .min = -5, .max = 1000},
    {.name = "day", .kind = FIELD_DAY},
    {.name = "choice", .kind = FIELD_CHOICE, .choices = CHOICES, .choice_count = 2},
    {.name = "flag", .kind = FIELD_FLAG},
    {.name = "uuid", .kind = FIELD_UUID},
    {.name = "secret", .kind = FIELD_SECRET, .min = 1, .max = 200},
};

/* What a sound text is has been promised: it is not looked at again inside. */
static void check(TALLOC_CTX *life, const char *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        struct value v;
        if (form_check(life, &FIELDS[i], bytes, length, &v))
            continue;
        must_be(v.typed && text_is_utf8(v.typed, strlen(v.typed)));
        if (v.error || !v.text || FIELDS[i].kind == FIELD_SECRET)
            continue;
        const char *again = NULL;
        must_be(!text_clean(life, "again", v.text, strlen(v.text), 5000,
                            FIELDS[i].many_lines ? TEXT_MANY_LINES : TEXT_ONE_LINE, &again));
        must_be(text_same(again, v.text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED_LIFE(life);
    const char *body = (const char *)data;
    struct parts parts[3] = {{NULL, 0}};
    if (parts_urlencoded(life, body, size, &parts[0]))
        parts[0].count = 0;
    if (parts_multipart(life, "multipart/form-data; boundary=X", body, size, &parts[1]))
        parts[1].count = 0;
    if (parts_json(life, body, size, &parts[2]))
        parts[2].count = 0;
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < parts[k].count && i < 8; i++)
            check(life, (const char *)parts[k].items[i].bytes, parts[k].items[i].length);
    if (size < 20000)
        check(life, body, size);
    return 0;
}
