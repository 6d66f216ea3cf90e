/* form.h - a form is a description, and the description is checked: parsing, error texts, maxlength and what
 * a page shows follow from one table of fields. Forms of events come from the edition at run time through the
 * same checks.
 *
 * Bodies: application/x-www-form-urlencoded, multipart/form-data, application/json with the same names. All
 * errors are collected, one per field, so that the page can come back filled in with a linked summary. */
#ifndef MINGDA_FORM_H
#define MINGDA_FORM_H

#include "exchange.h"
#include "page.h"

enum field_kind {
    FIELD_TEXT,   /* min..max code points */
    FIELD_INT,    /* min..max */
    FIELD_DAY,    /* YYYY-MM-DD, or the three parts name-year, name-month, name-day */
    FIELD_CHOICE, /* one of the words */
    FIELD_FLAG,   /* "on", "true", "1", "yes"; absent is false */
    FIELD_FILE,   /* max bytes; the limit of all files together is a setting */
    FIELD_UUID,
    FIELD_SECRET /* like text, never shown again and never normalized: passwords */
};

struct choice {
    const char *word, *zh, *en;
};

struct field {
    const char *name;
    enum field_kind kind;
    int64_t min, max;
    bool required;
    bool many_lines;
    bool hidden;                  /* carried by the form, not asked */
    bool button;                  /* the name of its buttons: drawn by the page */
    bool unasked;                 /* belongs to another answer of the same form: left out of the page */
    const struct choice *choices; /* with FIELD_CHOICE */
    size_t choice_count;
    const char *zh, *en;           /* label */
    const char *hint_zh, *hint_en; /* one sentence, or NULL */
    const char *autocomplete;      /* HTML's token, or NULL */
    const char *pattern;           /* further check: a class of "digits", "hex", "login", or NULL */
};

struct upload {
    const char *name; /* cleaned, without folders */
    const char *type; /* as said by the sender: not to be trusted */
    const uint8_t *bytes;
    size_t length;
};

struct value {
    bool given;        /* something was sent and is not empty */
    const char *typed; /* what the visitor typed, made safe to show again; "" when nothing */
    const char *error; /* code, NULL: sound */
    const char *text;  /* TEXT, SECRET, CHOICE (the word), UUID */
    int64_t number;    /* INT */
    struct civil day;  /* DAY */
    bool flag;         /* FLAG */
    struct upload upload;
};

struct form {
    const struct field *fields;
    size_t count;
    struct value *values;          /* one per field */
    size_t faults;                 /* how many fields have an error */
    const char *error;             /* code about the form as a whole, or NULL */
    const struct refusal *refusal; /* why a rule refused what was sent; or NULL */
    bool stale;                    /* somebody else was faster */
    const char *submission;        /* 32 hex digits: one POST form, sent once */
};

/* A static list of fields, named. */
struct form_table {
    const char *name;
    const struct field *fields;
    size_t count;
    bool has_files;
};
#define FORM_TABLE(name_, fields_)                                                                           \
    {                                                                                                        \
        .name = name_, .fields = fields_, .count = sizeof fields_ / sizeof fields_[0]                        \
    }

/* The values by name; assert that the field exists and is of the kind. NULL / 0 / CIVIL_NONE when not given.
 */
const char *form_text(const struct form *form, const char *name);
int64_t form_int(const struct form *form, const char *name, int64_t otherwise);
struct civil form_day(const struct form *form, const char *name);
bool form_flag(const struct form *form, const char *name);
const struct upload *form_file(const struct form *form, const char *name); /* NULL when not given */
const struct value *form_value(const struct form *form,
                               const char *name); /* NULL when there is no such field */

/* An empty form (GET), with a new submission id. NULL without memory. */
struct form *form_new(TALLOC_CTX *life, const struct field *fields, size_t count);
/* Fills a field of a form that is to be shown (a draft, a default). */
void form_fill(struct form *form, const char *name, const char *text);
/* Marks a field (or the form, where name is NULL or unknown) as wrong; the first error of a field stays. */
void form_wrong(struct form *form, const char *name, const char *code);
/* The checks of one value: bounds, kind, UTF-8, NFC. `sent` is NULL when the field was absent. */
const struct fault *form_check(TALLOC_CTX *life, const struct field *field, const char *sent, size_t length,
                               struct value *out);

/* Reads the body of the exchange into the fields. A fault is about the body as a whole (BODY_TOO_LARGE,
 * BODY_TYPE, BODY_BROKEN, BODY_MALFORMED, CSRF); wrong fields are in (*out)->faults. */
const struct fault *form_read(struct exchange *ex, const struct field *fields, size_t count,
                              struct form **out);
/* The same from the query string (no CSRF, unknown names are ignored). */
const struct fault *form_query(struct exchange *ex, const struct field *fields, size_t count,
                               struct form **out);
/* NULL when all fields are sound, else FAULT_INPUT, code FORM_FAULTS, field = the first one. */
const struct fault *form_fault(TALLOC_CTX *life, const struct form *form);

/* One row per field, for pages that show any form: name, id, kind (is_text, is_area, is_int, is_day,
 * is_choice, is_flag, is_file, is_secret, is_hidden), label, hint, typed, error, required, max, autocomplete,
 * options{word, label, chosen}. */
extern const struct page_source FORM_FIELDS;
/* The summary above a form: text, name (href="#field-{name}"; null: about the form as a whole). */
extern const struct page_source FORM_FAULTS;
const struct fault *form_show(TALLOC_CTX *life, const struct form *form, enum language language,
                              const struct table **out);
const struct fault *form_show_faults(TALLOC_CTX *life, const struct form *form, enum language language,
                                     const struct table **out);
/* The sentence for an error code of a field. Never NULL. */
const char *form_sentence(TALLOC_CTX *life, enum language language, const struct field *field,
                          const char *code);

/* ---- bodies, without an exchange (for tests and fuzzing) ---- */
struct part {
    const char *name;
    const char *filename; /* NULL: a plain field */
    const char *type;     /* NULL: not said */
    const uint8_t *bytes;
    size_t length;
};
struct parts {
    struct part *items;
    size_t count;
};
enum { PARTS_MAX = 800, PART_HEAD_MAX = 2048 };
/* Parts borrow from `body` where they can. Faults: BODY_MALFORMED, BODY_BROKEN (ends too early). */
const struct fault *parts_urlencoded(TALLOC_CTX *life, const char *body, size_t length, struct parts *out);
const struct fault *parts_multipart(TALLOC_CTX *life, const char *content_type, const char *body,
                                    size_t length, struct parts *out);
const struct fault *parts_json(TALLOC_CTX *life, const char *body, size_t length, struct parts *out);

#endif
