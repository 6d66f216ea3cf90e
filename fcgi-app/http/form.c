#include <assert.h>
#include <ctype.h>
#include <sodium.h>
#include <string.h>
#include "configuration.h"
#include "form.h"
#include "house.h"
#include "life.h"
#include "session.h"
#include "text.h"

enum { TYPED_MAX = 65536, FILENAME_MAX_CHARS = 200 };

/* ------------------------------------------------------------------------------------------------ values */

static int field_index(const struct form *form, const char *name)
{
    for (size_t i = 0; name && i < form->count; i++)
        if (strcmp(form->fields[i].name, name) == 0)
            return (int)i;
    return -1;
}

const struct value *form_value(const struct form *form, const char *name)
{
    int i = form ? field_index(form, name) : -1;
    return i < 0 ? NULL : &form->values[i];
}

static const struct value *value_of(const struct form *form, const char *name)
{
    const struct value *v = form_value(form, name);
    assert(v);
    return v;
}

const char *form_text(const struct form *form, const char *name)
{
    return value_of(form, name)->text;
}

int64_t form_int(const struct form *form, const char *name, int64_t otherwise)
{
    const struct value *v = value_of(form, name);
    return v->given && !v->error ? v->number : otherwise;
}

struct civil form_day(const struct form *form, const char *name)
{
    return value_of(form, name)->day;
}

bool form_flag(const struct form *form, const char *name)
{
    return value_of(form, name)->flag;
}

const struct upload *form_file(const struct form *form, const char *name)
{
    const struct value *v = value_of(form, name);
    return v->given ? &v->upload : NULL;
}

struct form *form_new(TALLOC_CTX *life, const struct field *fields, size_t count)
{
    uint8_t id[16];
    struct form *form = talloc_zero(life, struct form);
    if (!form)
        return NULL;
    randombytes_buf(id, sizeof id);
    id[6] = (uint8_t)((id[6] & 0x0F) | 0x40); /* a version 4 uuid, written without its hyphens */
    id[8] = (uint8_t)((id[8] & 0x3F) | 0x80);
    form->fields = fields;
    form->count = count;
    form->values = talloc_zero_array(form, struct value, count + 1);
    form->submission = text_hex(form, id, sizeof id);
    for (size_t i = 0; form->values && i < count; i++)
        form->values[i].typed = "";
    return form->values && form->submission ? form : NULL;
}

void form_fill(struct form *form, const char *name, const char *text)
{
    int i = field_index(form, name);
    if (i < 0 || !text)
        return;
    const char *copy = talloc_strdup(form, text);
    if (copy)
        form->values[i].typed = copy;
}

void form_wrong(struct form *form, const char *name, const char *code)
{
    int i = field_index(form, name);
    if (i < 0) {
        form->error = form->error ? form->error : code;
        form->faults++;
    } else if (!form->values[i].error) {
        form->values[i].error = code;
        form->faults++;
    }
}

const struct fault *form_fault(TALLOC_CTX *life, const struct form *form)
{
    if (!form->faults)
        return NULL;
    for (size_t i = 0; i < form->count; i++)
        if (form->values[i].error)
            return fault_field(life, "FORM_FAULTS", form->fields[i].name, "%s", form->values[i].error);
    return fault_new(life, FAULT_INPUT, "FORM_FAULTS", "%s", form->error);
}

/* ------------------------------------------------------------------------------------------- one value */

/* Bytes of the character here that has no shape and may turn the direction of writing; 0: none such. */
static size_t shapeless(const char *in, size_t left)
{
    static const struct {
        char first[3];
        unsigned char from, to; /* the last byte */
    } RANGES[] = {
        {"\xC2", 0x80, 0x9F},     /* C1 controls */
        {"\xE2\x80", 0xAA, 0xAE}, /* embeddings and overrides */
        {"\xE2\x81", 0xA6, 0xA9}, /* isolates */
    };
    for (size_t i = 0; i < sizeof RANGES / sizeof RANGES[0]; i++) {
        size_t n = strlen(RANGES[i].first);
        if (left > n && memcmp(in, RANGES[i].first, n) == 0 && (unsigned char)in[n] >= RANGES[i].from &&
            (unsigned char)in[n] <= RANGES[i].to)
            return n + 1;
    }
    return 0;
}

/* What was typed, fit to be shown again: UTF-8 without control characters, not endless. */
static const char *harmless(TALLOC_CTX *life, const char *in, size_t length)
{
    if (length > TYPED_MAX)
        length = TYPED_MAX;
    while (length && length == TYPED_MAX && ((unsigned char)in[length] & 0xC0) == 0x80)
        length--; /* not in the middle of a character */
    char *out = talloc_array(life, char, length + 1);
    size_t n = 0;
    bool utf8 = text_is_utf8(in, length);
    for (size_t i = 0; out && i < length; i++) {
        unsigned char c = (unsigned char)in[i];
        size_t unseen = utf8 ? shapeless(in + i, length - i) : 0;
        if (unseen)
            i += unseen - 1;
        else if (c >= 0x80 && !utf8)
            out[n++] = '?';
        else if (c >= 0x20 ? c != 0x7F : c == '\n')
            out[n++] = (char)c;
    }
    if (out)
        out[n] = 0;
    return out;
}

/* Digits, hyphens and letters as Chinese input methods write them (U+FF01..FF5E) become ASCII. */
static const char *half_width(TALLOC_CTX *life, const char *in)
{
    char *out = talloc_strdup(life, in), *to = out;
    for (const unsigned char *s = (const unsigned char *)in; out && *s;) {
        if (s[0] == 0xEF && ((s[1] == 0xBC && s[2] >= 0x81) || (s[1] == 0xBD && s[2] <= 0x9E))) {
            *to++ = (char)(s[1] == 0xBC ? s[2] - 0x81 + '!' : s[2] - 0x80 + '`');
            s += 3;
        } else {
            *to++ = (char)*s++;
        }
    }
    if (out)
        *to = 0;
    return out;
}

static bool is_login(int c)
{
    return islower(c) || isdigit(c) || c == '.' || c == '_' || c == '-';
}

static bool is_letter_or_digit(int c)
{
    return isalnum(c) || c == '-';
}

static bool pattern_holds(const char *pattern, const char *text)
{
    static const struct {
        const char *name;
        bool (*holds)(int c);
    } OWN[] = {{"login", is_login}, {"code", is_letter_or_digit}};
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c >= 0x80 || (strcmp(pattern, "digits") == 0 && !isdigit(*c)) ||
            (strcmp(pattern, "hex") == 0 && !isxdigit(*c)))
            return false;
        for (size_t i = 0; i < sizeof OWN / sizeof OWN[0]; i++)
            if (strcmp(pattern, OWN[i].name) == 0 && !OWN[i].holds(*c))
                return false;
    }
    return true;
}

static const char *check_text(TALLOC_CTX *life, const struct field *field, struct value *v)
{
    if (field->pattern) {
        v->text = half_width(life, v->text);
        if (!v->text)
            return "NO_MEMORY";
        if (!pattern_holds(field->pattern, v->text))
            return "PATTERN";
    }
    size_t n = text_count(v->text);
    return field->max && n > (size_t)field->max ? "TEXT_TOO_LONG"
           : n < (size_t)field->min             ? "TEXT_TOO_SHORT"
                                                : NULL;
}

static const char *check_int(TALLOC_CTX *life, const struct field *field, struct value *v)
{
    const char *digits = half_width(life, v->text);
    if (!digits || !text_to_int(digits, -INT64_C(1000000000000000), INT64_C(1000000000000000), &v->number))
        return "NOT_A_NUMBER";
    return v->number < field->min || v->number > field->max ? "NUMBER_RANGE" : NULL;
}

/* Also with single digits, points or slashes, as people write days: 2026-3-2, 2026/3/2, 2026.3.2,
 * 2026年3月2日. */
static const char *check_day(TALLOC_CTX *life, const struct field *field, struct value *v)
{
    (void)field;
    int year = 0, month = 0, day = 0, end = 0;
    const char *s = half_width(life, v->text);
    if (!s ||
        (sscanf(s, "%4d%*[-./]%2d%*[-./]%2d%n", &year, &month, &day, &end) != 3 &&
         sscanf(s, "%4d年%2d月%2d日%n", &year, &month, &day, &end) != 3) ||
        !end || s[end] || year < 1000 || !civil_valid(year, month, day))
        return "NOT_A_DAY";
    v->day = (struct civil){(int16_t)year, (int8_t)month, (int8_t)day};
    return NULL;
}

static const char *check_choice(TALLOC_CTX *life, const struct field *field, struct value *v)
{
    (void)life;
    for (size_t i = 0; i < field->choice_count; i++)
        if (strcmp(field->choices[i].word, v->text) == 0)
            return NULL;
    v->text = NULL;
    return "NOT_A_CHOICE";
}

static const char *check_flag(TALLOC_CTX *life, const struct field *field, struct value *v)
{
    static const char *const YES[] = {"on", "true", "1", "yes"}, *const NO[] = {"off", "false", "0", "no"};
    (void)life;
    (void)field;
    for (size_t i = 0; i < sizeof YES / sizeof YES[0]; i++) {
        if (strcmp(v->text, YES[i]) == 0) {
            v->flag = true;
            return NULL;
        }
        if (strcmp(v->text, NO[i]) == 0)
            return NULL;
    }
    return "NOT_A_CHOICE";
}

static const char *check_uuid(TALLOC_CTX *life, const struct field *field, struct value *v)
{
    size_t digits = 0;
    (void)life;
    (void)field;
    for (const char *c = v->text; *c; c++) {
        if (isxdigit((unsigned char)*c))
            digits++;
        else if (*c != '-')
            return "NOT_A_UUID";
    }
    return digits == 32 && strlen(v->text) <= 36 ? NULL : "NOT_A_UUID";
}

static const struct {
    const char *(*check)(TALLOC_CTX *life, const struct field *field, struct value *v);
    size_t longest; /* code points, where the field does not say */
} KINDS[] = {
    [FIELD_TEXT] = {check_text, 0},      [FIELD_INT] = {check_int, 20},   [FIELD_DAY] = {check_day, 20},
    [FIELD_CHOICE] = {check_choice, 60}, [FIELD_FLAG] = {check_flag, 10}, [FIELD_UUID] = {check_uuid, 40},
};

static const char *check_secret(TALLOC_CTX *life, const struct field *field, const char *sent, size_t length,
                                struct value *out)
{
    out->given = length > 0;
    out->text = talloc_strndup(life, sent, length);
    if (!length)
        return field->required ? "REQUIRED" : NULL;
    if (memchr(sent, 0, length) || !text_is_utf8(sent, length))
        return "TEXT_NOT_UTF8";
    return length > (size_t)field->max   ? "TEXT_TOO_LONG"
           : length < (size_t)field->min ? "TEXT_TOO_SHORT"
                                         : NULL;
}

const struct fault *form_check(TALLOC_CTX *life, const struct field *field, const char *sent, size_t length,
                               struct value *out)
{
    *out = (struct value){.typed = ""};
    sent = sent ? sent : "";
    if (field->kind == FIELD_SECRET) {
        out->error = check_secret(life, field, sent, length, out);
        return out->text ? NULL : fault_memory();
    }
    if (field->kind == FIELD_FILE) { /* a file field that came as plain text */
        out->error = length ? "FILE_MISNAMED" : field->required ? "REQUIRED" : NULL;
        return NULL;
    }
    out->typed = harmless(life, sent, length);
    TRY_MEMORY(out->typed);
    size_t longest = KINDS[field->kind].longest;
    if (!longest)
        longest = field->max > 0 ? (size_t)field->max : 200;
    const struct fault *f = text_clean(life, field->name, sent, length, longest,
                                       field->many_lines ? TEXT_MANY_LINES : TEXT_ONE_LINE, &out->text);
    if (f && f->kind != FAULT_INPUT && f->kind != FAULT_TOO_MUCH)
        return f;
    if (f) {
        out->error = f->code;
        out->given = true;
        out->text = NULL;
        return NULL;
    }
    out->given = *out->text != 0;
    if (!out->given) {
        out->text = NULL;
        out->error = field->required ? "REQUIRED" : NULL;
        return NULL;
    }
    out->error = KINDS[field->kind].check(life, field, out);
    if (out->error)
        out->text = NULL;
    return NULL;
}

/* --------------------------------------------------------------------------------------- parts to values */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *backslash = strrchr(path, '\\');
    const char *last = slash > backslash ? slash : backslash;
    return last ? last + 1 : path;
}

static const struct fault *take_file(TALLOC_CTX *life, const struct field *field, const struct part *part,
                                     int64_t file_limit, struct value *v)
{
    const char *name = base_name(part->filename);
    int64_t limit = field->max > 0 && field->max < file_limit ? field->max : file_limit;
    *v = (struct value){.typed = ""};
    if (!*part->filename && !part->length) { /* what browsers send when no file was chosen */
        v->error = field->required ? "REQUIRED" : NULL;
        return NULL;
    }
    v->given = true;
    if (!*name || text_clean(life, field->name, name, strlen(name), FILENAME_MAX_CHARS, TEXT_ONE_LINE, &name))
        v->error = "FILE_MISNAMED";
    else if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        v->error = "FILE_MISNAMED";
    else if (!part->length)
        v->error = "FILE_EMPTY";
    else if (part->length > (uint64_t)limit)
        v->error = "FILE_TOO_LARGE";
    if (v->error)
        return NULL;
    v->typed = name;
    v->upload = (struct upload){name, part->type ? part->type : "", part->bytes, part->length};
    return NULL;
}

static const struct part *part_named(const struct parts *parts, const char *name, size_t *count)
{
    const struct part *first = NULL;
    *count = 0;
    for (size_t i = 0; i < parts->count; i++) {
        if (strcmp(parts->items[i].name, name) != 0)
            continue;
        first = first ? first : &parts->items[i];
        ++*count;
    }
    return first;
}

/* A day may come as NAME-year, NAME-month, NAME-day: joined when one of them was sent. */
static const struct fault *join_day(TALLOC_CTX *life, const struct parts *parts, const char *name,
                                    struct part *out)
{
    static const char *const PIECES[] = {"year", "month", "day"};
    struct text *t = text_new(life, 200);
    bool any = false;
    for (size_t i = 0; i < 3; i++) {
        size_t count;
        const char *piece = talloc_asprintf(life, "%s-%s", name, PIECES[i]);
        TRY_MEMORY(piece);
        const struct part *part = part_named(parts, piece, &count);
        if (i)
            text_add_char(t, '-');
        if (part && part->length && part->length < 20) {
            text_add_n(t, (const char *)part->bytes, part->length);
            any = true;
        }
    }
    const char *joined;
    TRY(text_end(t, &joined, &out->length));
    out->bytes = any ? (const uint8_t *)joined : NULL;
    out->length = any ? out->length : 0;
    return NULL;
}

static const struct fault *take_field(TALLOC_CTX *life, const struct parts *parts, int64_t file_limit,
                                      const struct field *field, struct value *v)
{
    size_t count;
    struct part joined = {0};
    const struct part *part = part_named(parts, field->name, &count);
    if (!part && field->kind == FIELD_DAY) {
        TRY(join_day(life, parts, field->name, &joined));
        part = &joined;
    }
    if (part && part->filename && field->kind == FIELD_FILE)
        TRY(take_file(life, field, part, file_limit, v));
    else
        TRY(form_check(life, field, part ? (const char *)part->bytes : NULL, part ? part->length : 0, v));
    if (part && part->filename && field->kind != FIELD_FILE)
        v->error = "TEXT_EXPECTED";
    else if (count > 1 && !v->error)
        v->error = "FIELD_TWICE";
    return NULL;
}

static const struct fault *take_fields(TALLOC_CTX *life, const struct parts *parts, int64_t file_limit,
                                       struct form *form)
{
    for (size_t i = 0; i < form->count; i++) {
        TRY(take_field(life, parts, file_limit, &form->fields[i], &form->values[i]));
        form->faults += form->values[i].error != NULL;
    }
    return NULL;
}

/* ------------------------------------------------------------------------------------------ the exchange */

static const struct fault *read_body(struct exchange *ex, const char **out, size_t *length)
{
    int64_t limit = settings_int(ex->house->settings, "web.body-limit");
    size_t want = ex->content_length > 0 ? (size_t)ex->content_length : 0, have = 0;
    if (ex->content_length > limit)
        return fault_new(ex->life, FAULT_TOO_MUCH, "BODY_TOO_LARGE", "%zu bytes", want);
    char *body = talloc_array(ex->life, char, want + 1);
    TRY_MEMORY(body);
    while (have < want) {
        size_t room = want - have < 65536 ? want - have : 65536;
        ptrdiff_t n = ex->wire.read(ex->wire.arg, body + have, room);
        if (n <= 0)
            return fault_new(ex->life, FAULT_INPUT, "BODY_BROKEN", "%zu bytes of %zu", have, want);
        have += (size_t)n;
    }
    body[have] = 0;
    *out = body;
    *length = have;
    return NULL;
}

static bool type_is(const char *said, const char *type)
{
    size_t n = strlen(type);
    return said && strncasecmp(said, type, n) == 0 && strchr("; \t", said[n]);
}

static const struct fault *read_parts(struct exchange *ex, struct parts *out)
{
    const char *body;
    size_t length;
    bool encoded = type_is(ex->content_type, "application/x-www-form-urlencoded");
    bool multipart = type_is(ex->content_type, "multipart/form-data");
    if (!encoded && !multipart && !ex->sends_json)
        return fault_new(ex->life, FAULT_INPUT, "BODY_TYPE", NULL);
    TRY(read_body(ex, &body, &length));
    if (encoded)
        return parts_urlencoded(ex->life, body, length, out);
    if (multipart)
        return parts_multipart(ex->life, ex->content_type, body, length, out);
    return parts_json(ex->life, body, length, out);
}

static const char *part_text(TALLOC_CTX *life, const struct parts *parts, const char *name)
{
    size_t count;
    const struct part *part = part_named(parts, name, &count);
    return part && count == 1 && !part->filename && part->length <= 200
               ? talloc_strndup(life, (const char *)part->bytes, part->length)
               : NULL;
}

/* Browsers cannot send application/json to another origin unasked, and their cookies stay at home (SameSite);
 * what is left is to look at the origin where it is said. */
static bool origin_is_ours(const struct exchange *ex)
{
    const char *host = ex->origin ? strstr(ex->origin, "://") : NULL;
    return !ex->origin || (host && ex->host && strcasecmp(host + 3, ex->host) == 0);
}

static const struct fault *check_origin(struct exchange *ex, const struct parts *parts)
{
    const char *token = part_text(ex->life, parts, "csrf");
    if (origin_is_ours(ex) && (ex->sends_json || session_csrf_holds(ex, token)))
        return NULL;
    return fault_new(ex->life, FAULT_FORBIDDEN, "CSRF", "%s", token ? "wrong token" : "no token");
}

static const struct fault *take_submission(struct exchange *ex, const struct parts *parts, struct form *form)
{
    static const struct field FIELD = {.name = "submission", .kind = FIELD_UUID};
    const char *sent = part_text(ex->life, parts, "submission");
    struct value v;
    if (!sent)
        return NULL; /* form_new has made one */
    TRY(form_check(ex->life, &FIELD, sent, strlen(sent), &v));
    if (v.error)
        return fault_new(ex->life, FAULT_INPUT, "BODY_MALFORMED", "submission");
    char *plain = talloc_zero_size(form, 33);
    TRY_MEMORY(plain);
    for (size_t i = 0, n = 0; v.text && v.text[i] && n < 32; i++)
        if (v.text[i] != '-')
            plain[n++] = (char)tolower((unsigned char)v.text[i]);
    if (v.text)
        form->submission = plain;
    return NULL;
}

/* Programs are told about names that mean nothing; browsers send names of buttons, and those are passed over.
 */
static const struct fault *check_names(struct exchange *ex, const struct parts *parts,
                                       const struct form *form)
{
    for (size_t i = 0; ex->sends_json && i < parts->count; i++) {
        const char *name = parts->items[i].name;
        if (field_index(form, name) < 0 && strcmp(name, "submission") != 0 && strcmp(name, "csrf") != 0)
            return fault_field(ex->life, "FIELD_UNKNOWN", name, "the form has no such field");
    }
    return NULL;
}

const struct fault *form_read(struct exchange *ex, const struct field *fields, size_t count,
                              struct form **out)
{
    struct parts parts;
    struct form *form = form_new(ex->life, fields, count);
    TRY_MEMORY(form);
    TRY(read_parts(ex, &parts));
    TRY(check_origin(ex, &parts));
    TRY(take_submission(ex, &parts, form));
    TRY(check_names(ex, &parts, form));
    TRY(take_fields(ex->life, &parts, settings_int(ex->house->settings, "web.file-limit"), form));
    *out = form;
    return NULL;
}

const struct fault *form_query(struct exchange *ex, const struct field *fields, size_t count,
                               struct form **out)
{
    struct form *form = form_new(ex->life, fields, count);
    TRY_MEMORY(form);
    for (size_t i = 0; i < count; i++) {
        const char *sent = pairs_get(&ex->query, fields[i].name);
        TRY(form_check(ex->life, &fields[i], sent, sent ? strlen(sent) : 0, &form->values[i]));
        form->faults += form->values[i].error != NULL;
    }
    *out = form;
    return NULL;
}
