#include <string.h>
#include "codes.h"
#include "db.h"
#include "life.h"
#include "shown.h"
#include "text.h"

#define CODE                                                                                                 \
    {                                                                                                        \
        .name = "one_time_code", .kind = FIELD_TEXT, .min = 6, .max = 6, .required = true,                   \
        .zh = "一次性口令", .en = "One-time code",                                                           \
        .hint_zh = "身份验证器上的6位数字。每个口令只能用一次，只用于这一份文书。",                          \
        .hint_en = "The 6 digits of your authenticator. Each code serves once, for this letter alone.",      \
        .autocomplete = "one-time-code", .pattern = "digits"                                                 \
    }
const struct field CODE_FIELD = CODE;
static const struct field FIELDS[] = {CODE};
const struct form_table FORM_CODE = FORM_TABLE("code", FIELDS);

bool code_is_why(const char *trouble)
{
    return trouble && strncmp(trouble, "SIGN_CODE_", strlen("SIGN_CODE_")) == 0;
}

const struct fault *code_asked(struct exchange *ex, bool *asked)
{
    struct table *t = NULL;
    TRY(query_code_asked(ex->db, ex->who.person, &t, ex->life));
    *asked = t->row_count > 0;
    return NULL;
}

const struct fault *code_enter(struct exchange *ex, int64_t dossier, int32_t seq, const char *typed)
{
    struct table *t = NULL;
    TRY(query_code_enter(ex->db, dossier, seq, typed, &t, ex->life));
    const char *outcome = table_text(t, 0, "outcome");
    if (text_same(outcome, "too-many"))
        return fault_new(ex->life, FAULT_TOO_MUCH, "TOO_MANY_ATTEMPTS", "codes");
    return text_same(outcome, "taken")
               ? NULL
               : fault_new(ex->life, FAULT_FORBIDDEN, "CODE_NOT_YOURS", "somebody else approved");
}

/* The approval that waits for a code of whoever is signed in. */
static const struct fault *waiting(struct exchange *ex, struct shown **s, const struct fact **approval)
{
    size_t index = 0;
    const char *child = exchange_parameter(ex, "child");
    TRY(shown_open(ex, s));
    (*s)->child = child;
    const struct fact *f = standing_child((*s)->d->standing, child)
                               ? shown_last((*s)->d, EVENT_DEED_APPROVE, child, &index)
                               : NULL;
    if (!f || !standing_is((*s)->d->standing, child, STATE_APPROVED))
        return fault_new(ex->life, FAULT_ABSENT, "LETTER_ABSENT", "no such letter waits for its seal");
    if ((*s)->d->records[index].person != ex->who.person)
        return fault_new(ex->life, FAULT_FORBIDDEN, "CODE_NOT_YOURS", "somebody else approved");
    *approval = f;
    return NULL;
}

const struct fault *show_code(struct exchange *ex)
{
    struct shown *s = NULL;
    const struct fact *approval = NULL;
    return waiting(ex, &s, &approval);
}

const struct fault *act_code(struct exchange *ex)
{
    struct shown *s = NULL;
    const struct fact *approval = NULL;
    TRY(waiting(ex, &s, &approval));
    TRY(code_enter(ex, s->d->id, (int32_t)approval->seq, form_text(ex->form, CODE_FIELD.name)));
    const char *path = talloc_asprintf(ex->life, "/dossiers/%s/letters/%s", s->d->ref, s->child);
    TRY_MEMORY(path);
    return reply_done(ex, 200, path, NULL);
}
