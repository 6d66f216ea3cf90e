/* test_form.c - fields and forms: every file of tests/corpora/forms/FIELD/CODE as the value of that field
 * (CODE "sound": no error), then whole forms through an exchange. */
#include <sodium.h>
#include "form.h"
#include "session.h"
#include "wire_memory.h"

static const struct choice WAYS[] = {{"electronic", "电子", "Electronic"}, {"mail", "邮寄", "By mail"}};
static const struct field FIELDS[] = {
    {.name = "text", .kind = FIELD_TEXT, .min = 2, .max = 40, .required = true, .zh = "姓名", .en = "Name"},
    {.name = "lines", .kind = FIELD_TEXT, .max = 400, .many_lines = true, .zh = "内容"},
    {.name = "int", .kind = FIELD_INT, .min = 1, .max = 300, .zh = "件数", .en = "Items"},
    {.name = "day", .kind = FIELD_DAY, .zh = "日期"},
    {.name = "choice", .kind = FIELD_CHOICE, .choices = WAYS, .choice_count = 2, .zh = "方式"},
    {.name = "flag", .kind = FIELD_FLAG, .zh = "同意"},
    {.name = "uuid", .kind = FIELD_UUID},
    {.name = "code", .kind = FIELD_TEXT, .min = 10, .max = 10, .pattern = "digits", .zh = "查询码"},
    {.name = "file", .kind = FIELD_FILE, .max = 100, .zh = "附件"},
    {.name = "secret", .kind = FIELD_SECRET, .min = 3, .max = 8, .zh = "密码"},
};
enum { FIELD_COUNT = sizeof FIELDS / sizeof FIELDS[0] };

static const struct field *field_named(const char *name, size_t n)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (strlen(FIELDS[i].name) == n && memcmp(FIELDS[i].name, name, n) == 0)
            return &FIELDS[i];
    fail_msg("no field %.*s", (int)n, name);
    return NULL;
}

static void one_value(const char *folder, const char *name, const char *bytes, size_t length)
{
    SCOPED_LIFE(life);
    struct value v;
    const char *field = strchr(folder, '/') + 1, *code = strchr(field, '/') + 1;
    must(form_check(life, field_named(field, (size_t)(code - 1 - field)), bytes, length, &v));
    const char *got = v.error ? v.error : "sound";
    if (strcmp(got, code) != 0)
        fail_msg("%s/%s: %s", folder, name, got);
    assert_true(text_is_utf8(v.typed, strlen(v.typed))); /* what is shown again is harmless */
    for (const char *c = v.typed; *c; c++)
        assert_true((unsigned char)*c >= 0x20 || *c == '\n');
    if (v.error)
        assert_null(v.text);
}

static void values_are_checked(void **state)
{
    static const char *const FOLDERS[] = {
        "text/sound",         "text/REQUIRED",     "text/TEXT_TOO_SHORT", "text/TEXT_TOO_LONG",
        "text/TEXT_NOT_UTF8", "text/TEXT_CONTROL", "lines/sound",         "lines/TEXT_CONTROL",
        "int/sound",          "int/NUMBER_RANGE",  "int/NOT_A_NUMBER",    "int/TEXT_TOO_LONG",
        "day/sound",          "day/NOT_A_DAY",     "choice/sound",        "choice/NOT_A_CHOICE",
        "flag/sound",         "flag/NOT_A_CHOICE", "uuid/sound",          "uuid/NOT_A_UUID",
        "code/sound",         "code/PATTERN",      "code/TEXT_TOO_SHORT"};
    size_t count = 0;
    (void)state;
    for (size_t i = 0; i < sizeof FOLDERS / sizeof FOLDERS[0]; i++) {
        SCOPED_LIFE(life);
        size_t n = each_file(talloc_asprintf(life, "forms/%s", FOLDERS[i]), "", one_value);
        assert_true(n > 0);
        count += n;
    }
    assert_true(count >= 70);
}

static void values_come_out_typed(void **state)
{
    SCOPED_LIFE(life);
    struct value v;
    (void)state;
    must(form_check(life, field_named("day", 3), "2026年3月2日", strlen("2026年3月2日"), &v));
    assert_int_equal(civil_compare(v.day, (struct civil){2026, 3, 2}), 0);
    must(form_check(life, field_named("int", 3), "１２", 6, &v));
    assert_int_equal(v.number, 12);
    assert_string_equal(v.typed, "１２"); /* as it was typed */
    must(form_check(life, field_named("code", 4), "０１２３４５６７８９", 30, &v));
    assert_string_equal(v.text, "0123456789");
    must(form_check(life, field_named("secret", 6), "  a\xCC\x81 ", 6, &v));
    assert_string_equal(v.text, "  a\xCC\x81 "); /* a password is not tidied */
    assert_string_equal(v.typed, "");            /* and not shown again */
}

/* ---- whole forms ---- */

static struct exchange *open_post(TALLOC_CTX *life, struct memory_wire *w, const char *type, const char *body,
                                  size_t length)
{
    struct exchange *ex;
    const char **v = talloc_zero_array(life, const char *, 16);
    const char *pairs[] = {
        "REQUEST_METHOD", "POST",     "REQUEST_URI",    "/apply",
        "CONTENT_TYPE",   type,       "CONTENT_LENGTH", talloc_asprintf(life, "%zu", length),
        "HTTP_HOST",      "a.example"};
    memcpy(v, pairs, sizeof pairs);
    *w = (struct memory_wire){.variables = v, .body = body, .length = length};
    must(exchange_open(life, house_of(life), wire_of(w), &ex));
    return ex;
}

static const char *with_token(TALLOC_CTX *life, struct exchange *ex, const char *body)
{
    return talloc_asprintf(life, "csrf=%s&%s", session_csrf(ex), body);
}

/* The token belongs to the visitor: the first exchange makes both, the second sends them. */
static const struct fault *post(TALLOC_CTX *life, struct memory_wire *w, const char *body, struct form **form)
{
    struct exchange *first = open_post(life, w, "application/x-www-form-urlencoded", "", 0);
    const char *all = with_token(life, first, body);
    struct exchange *ex = open_post(life, w, "application/x-www-form-urlencoded", all, strlen(all));
    ex->visitor = first->visitor;
    return form_read(ex, FIELDS, FIELD_COUNT, form);
}

static void a_sound_form_has_no_faults(void **state)
{
    SCOPED_LIFE(life);
    struct memory_wire w;
    struct form *form;
    (void)state;
    must(post(life, &w,
              "text=%E5%BC%A0%E4%B8%89&int=3&day-year=2026&day-month=3&day-day=2&choice=mail&flag=on&"
              "submission=F48CBE5A-8FCE-4AB7-B44E-9C55EF066E3B&unknown=1",
              &form));
    must(form_fault(life, form));
    assert_string_equal(form_text(form, "text"), "张三");
    assert_int_equal(form_int(form, "int", 0), 3);
    assert_int_equal(form_day(form, "day").month, 3);
    assert_string_equal(form_text(form, "choice"), "mail");
    assert_true(form_flag(form, "flag"));
    assert_null(form_file(form, "file"));
    assert_null(form_text(form, "code"));
    assert_string_equal(form->submission, "f48cbe5a8fce4ab7b44e9c55ef066e3b");
}

static void all_faults_are_told_at_once(void **state)
{
    SCOPED_LIFE(life);
    struct memory_wire w;
    struct form *form;
    const struct table *t;
    (void)state;
    must(post(life, &w, "int=400&day-month=13&choice=x&text=a&text=b&file=notafile", &form));
    assert_int_equal(form->faults, 5);
    const struct fault *f = form_fault(life, form);
    must_fail(f, "FORM_FAULTS");
    assert_string_equal(f->field, "text");
    must(form_show_faults(life, form, LANGUAGE_ZH, &t));
    assert_int_equal(t->row_count, 5);
    assert_string_equal(table_text(t, 1, "text"), "“件数”应当在1到300之间");
    assert_string_equal(table_text(t, 1, "name"), "int");
    must(form_show(life, form, LANGUAGE_EN, &t));
    assert_string_equal(table_text(t, 2, "typed"), "400"); /* the form comes back filled in */
    assert_string_equal(table_text(t, 2, "error"), "Items must be from 1 to 300");
    assert_string_equal(table_text(t, 3, "typed"), "-13-");
    assert_true(table_flag(t, 4, "is_choice"));
}

static void tokens_are_wanted(void **state)
{
    SCOPED_LIFE(life);
    struct memory_wire w;
    struct form *form;
    static const char *const BODIES[] = {
        "text=abc", "csrf=&text=abc", "csrf=x&text=abc",
        "csrf=0000000000000000000000000000000000000000000000000000000000000000&text=abc", NULL};
    (void)state;
    for (size_t i = 0; BODIES[i]; i++) {
        struct exchange *ex =
            open_post(life, &w, "application/x-www-form-urlencoded", BODIES[i], strlen(BODIES[i]));
        must_fail(form_read(ex, FIELDS, FIELD_COUNT, &form), "CSRF");
        ex = open_post(life, &w, "application/x-www-form-urlencoded", BODIES[i], strlen(BODIES[i]));
        assert_non_null(session_csrf(ex)); /* now with a visitor */
        must_fail(form_read(ex, FIELDS, FIELD_COUNT, &form), "CSRF");
    }
    /* a token of another visitor */
    struct exchange *other = open_post(life, &w, "application/x-www-form-urlencoded", "", 0);
    const char *body = with_token(life, other, "text=abc");
    struct exchange *ex = open_post(life, &w, "application/x-www-form-urlencoded", body, strlen(body));
    assert_non_null(session_csrf(ex));
    must_fail(form_read(ex, FIELDS, FIELD_COUNT, &form), "CSRF");
}

static void programs_send_json(void **state)
{
    SCOPED_LIFE(life);
    struct memory_wire w;
    struct form *form;
    (void)state;
    static const char BODY[] = "{\"text\":\"张三\",\"int\":3,\"flag\":true}";
    struct exchange *ex = open_post(life, &w, "application/json; charset=utf-8", BODY, sizeof BODY - 1);
    must(form_read(ex, FIELDS, FIELD_COUNT, &form));
    assert_int_equal(form->faults, 0);
    assert_true(form_flag(form, "flag"));
    static const char WRONG[] = "{\"txt\":\"张三\"}";
    ex = open_post(life, &w, "application/json", WRONG, sizeof WRONG - 1);
    must_fail(form_read(ex, FIELDS, FIELD_COUNT, &form), "FIELD_UNKNOWN");
    ex = open_post(life, &w, "application/json", BODY, sizeof BODY - 1);
    ex->origin = "https://evil.example";
    must_fail(form_read(ex, FIELDS, FIELD_COUNT, &form), "CSRF");
    ex->origin = "https://a.example";
    w.read = 0;
    must(form_read(ex, FIELDS, FIELD_COUNT, &form));
}

static void bodies_have_bounds(void **state)
{
    SCOPED_LIFE(life);
    struct memory_wire w;
    struct form *form;
    (void)state;
    struct exchange *ex = open_post(life, &w, "text/plain", "x", 1);
    must_fail(form_read(ex, FIELDS, FIELD_COUNT, &form), "BODY_TYPE");
    ex = open_post(life, &w, "application/x-www-form-urlencoded", "text=abc", 8);
    ex->content_length = 20971521;
    must_fail(form_read(ex, FIELDS, FIELD_COUNT, &form), "BODY_TOO_LARGE");
    assert_int_equal(w.read, 0); /* not a byte of it was read */
    ex = open_post(life, &w, "application/x-www-form-urlencoded", "text=abc", 8);
    w.cut = 4;
    must_fail(form_read(ex, FIELDS, FIELD_COUNT, &form), "BODY_BROKEN");
}

#define FILE_BODY(filename, data)                                                                            \
    "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" filename "\"\r\n\r\n" data "\r\n--"  \
    "X--"

static const struct fault *post_file(TALLOC_CTX *life, const char *body, struct form **form)
{
    static struct memory_wire w;
    struct exchange *first = open_post(life, &w, "multipart/form-data; boundary=X", "", 0);
    const char *all = talloc_asprintf(life,
                                      "--X\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n%s\r\n"
                                      "--X\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nabc\r\n%s",
                                      session_csrf(first), body);
    struct exchange *ex = open_post(life, &w, "multipart/form-data; boundary=X", all, strlen(all));
    ex->visitor = first->visitor;
    return form_read(ex, FIELDS, FIELD_COUNT, form);
}

static void files_are_checked(void **state)
{
    static const struct {
        const char *body, *error, *name;
    } CASES[] = {
        {FILE_BODY("scan.pdf", "%PDF"), NULL, "scan.pdf"},
        {FILE_BODY("C:\\\\tmp\\材料.pdf", "1"), NULL, "材料.pdf"},
        {FILE_BODY("../../etc/passwd", "1"), NULL, "passwd"},
        {FILE_BODY("", ""), NULL, NULL},
        {FILE_BODY("", "bytes without a name"), "FILE_MISNAMED", NULL},
        {FILE_BODY("..", "1"), "FILE_MISNAMED", NULL},
        {FILE_BODY("a/", "1"), "FILE_MISNAMED", NULL},
        {FILE_BODY("\xff\xfe", "1"), "FILE_MISNAMED", NULL},
        {FILE_BODY("gpj.\xE2\x80\xAE"
                   "exe",
                   "1"),
         "FILE_MISNAMED", NULL},
        {FILE_BODY("a.pdf", ""), "FILE_EMPTY", NULL},
        {FILE_BODY("a.pdf",
                   "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
                   "890123456789 more than a hundred"),
         "FILE_TOO_LARGE", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        SCOPED_LIFE(life);
        struct form *form;
        must(post_file(life, CASES[i].body, &form));
        const struct value *v = form_value(form, "file");
        if (CASES[i].error)
            assert_string_equal(v->error, CASES[i].error);
        else
            assert_null(v->error);
        if (CASES[i].name)
            assert_string_equal(form_file(form, "file")->name, CASES[i].name);
    }
}

static void every_code_has_its_sentence(void **state)
{
    static const char *const CODES[] = {"REQUIRED",       "TEXT_TOO_LONG", "TEXT_TOO_SHORT", "NUMBER_RANGE",
                                        "FILE_TOO_LARGE", "NOT_A_DAY",     "SOMETHING_NEW"};
    SCOPED_LIFE(life);
    (void)state;
    for (size_t i = 0; i < sizeof CODES / sizeof CODES[0]; i++)
        for (int language = 0; language < LANGUAGE_COUNT; language++) {
            const char *said = form_sentence(life, (enum language)language, &FIELDS[0], CODES[i]);
            assert_null(strchr(said, '%'));
            assert_non_null(strstr(said, language == LANGUAGE_EN ? "Name" : "姓名"));
            assert_non_null(form_sentence(life, (enum language)language, NULL, CODES[i]));
        }
}

static int begin(void **state)
{
    (void)state;
    return sodium_init() < 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_checked),          cmocka_unit_test(values_come_out_typed),
        cmocka_unit_test(a_sound_form_has_no_faults),  cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(tokens_are_wanted),           cmocka_unit_test(programs_send_json),
        cmocka_unit_test(bodies_have_bounds),          cmocka_unit_test(files_are_checked),
        cmocka_unit_test(every_code_has_its_sentence),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
