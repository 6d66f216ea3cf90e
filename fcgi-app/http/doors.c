#include <string.h>
#include "counters.h"
#include "db.h"
#include "doors.h"
#include "house.h"
#include "log.h"
#include "session.h"
#include "text.h"

static const struct field LOGIN_FIELDS[] = {
    {.name = "login",
     .kind = FIELD_TEXT,
     .min = 1,
     .max = 40,
     .required = true,
     .zh = "用户名",
     .en = "User name",
     .autocomplete = "username"},
    {.name = "password",
     .kind = FIELD_SECRET,
     .min = 1,
     .max = 200,
     .required = true,
     .zh = "密码",
     .en = "Password",
     .autocomplete = "current-password"},
    {.name = "next",
     .kind = FIELD_TEXT,
     .min = 0,
     .max = 500,
     .hidden = true,
     .zh = "登录后打开",
     .en = "Open afterwards"},
};
const struct form_table FORM_LOGIN = FORM_TABLE("login", LOGIN_FIELDS);
const struct form_table FORM_LOGOUT = {.name = "logout"};

static const struct field SEARCH_LOGIN_FIELDS[] = {
    {.name = "next", .kind = FIELD_TEXT, .min = 0, .max = 500, .zh = "登录后打开", .en = "Open afterwards"},
};
const struct form_table SEARCH_LOGIN = FORM_TABLE("login", SEARCH_LOGIN_FIELDS);

/* Only a path of ours: never another site (//host, https:), never a line break. */
static const char *safe_next(const char *next)
{
    if (!next || next[0] != '/' || next[1] == '/' || strchr(next, '\\'))
        return "/queue";
    for (const char *c = next; *c; c++)
        if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7F)
            return "/queue";
    return next;
}

const struct fault *show_health(struct exchange *ex)
{
    const struct fault *f = db_ping(ex->db, ex->life);
    json_t *answer =
        json_adopt(ex->life, f ? json_pack("{s:s,s:s}", "status", "away", "reason", f->code)
                               : json_pack("{s:s,s:s}", "status", "ok", "version", MINGDA_VERSION));
    TRY_MEMORY(answer);
    if (!f)
        return reply_json(ex, 200, answer);
    log_event(LOG_LEVEL_WARN, "not-healthy", "code", f->code, "detail", f->detail, NULL);
    reply_header(ex, "Retry-After", "5");
    return reply_json(ex, 503, answer);
}

/* Until when the seals last; a database that is away leaves these lines out. */
static void print_seals(struct exchange *ex, struct text *out)
{
    struct table *t = NULL;
    if (query_seal_certificates(ex->db, &t, ex->life) || !t->row_count)
        return;
    text_add(out, "# HELP mingda_seal_certificate_ends_seconds When the seal's certificate ends, Unix time.\n"
                  "# TYPE mingda_seal_certificate_ends_seconds gauge\n");
    for (size_t i = 0; i < t->row_count; i++)
        text_printf(out, "mingda_seal_certificate_ends_seconds{kind=\"%s\",serial=\"%s\"} %lld\n",
                    table_text(t, i, "kind"), table_text(t, i, "serial"),
                    (long long)(table_cell(t, i, "until")->number / 1000000));
}

const struct fault *show_metrics(struct exchange *ex)
{
    const char *bytes;
    size_t length;
    struct text *out = text_new(ex->life, 65536);
    counters_print(ex->house->counters, out);
    print_seals(ex, out);
    TRY(text_end(out, &bytes, &length));
    reply_body(ex, 200, "text/plain; version=0.0.4; charset=utf-8", bytes, length);
    return NULL;
}

const struct fault *show_login(struct exchange *ex)
{
    const char *next = form_text(ex->search, "next");
    if (ex->who.known)
        return reply_redirect(ex, "%s", safe_next(next));
    form_fill(ex->form, "next", next ? safe_next(next) : "");
    return NULL;
}

const struct fault *act_login(struct exchange *ex)
{
    const struct fault *f = session_begin(ex, form_text(ex->form, "login"), form_text(ex->form, "password"));
    if (f)
        return f;
    return reply_done(ex, 200, safe_next(form_text(ex->form, "next")), NULL);
}

const struct fault *act_logout(struct exchange *ex)
{
    TRY(session_end(ex));
    return reply_done(ex, 200, "/", NULL);
}
