/* problem.c - from a fault to what a visitor sees: a problem page, problem+json (RFC 9457), or the form again
 * with its summary. The codes that visitors meet are one table; what has no row is told by its kind. */
#include <string.h>
#include "house.h"
#include "life.h"
#include "log.h"
#include "runner.h"
#include "text.h"

struct saying {
    const char *code;
    int status;
    const char *title_zh, *title_en;
    const char *zh, *en;
};

static const struct saying BY_CODE[] = {
    {"NO_SUCH_PAGE", 404, "没有找到这个页面", "Page not found", "请检查网址是否完整，或者从首页重新进入。",
     "Check the address, or begin again from the start page."},
    {"METHOD_NOT_ALLOWED", 405, "这个网址不接受此操作", "This address does not take that",
     "请返回上一页，从页面上的按钮重新操作。", "Go back and use the buttons of the page."},
    {"CSRF", 403, "页面已经失效", "The page is no longer valid",
     "为了安全，页面停留过久或者登录身份改变后需要重新打开。请返回并刷新页面后再提交，填写的内容没有保存。",
     "For safety a page must be opened anew after a long time or a change of account. Go back, reload it and "
     "send "
     "again; nothing has been saved."},
    {"SIGN_IN_NEEDED", 401, "请先登录", "Sign in first", "此页面供工作人员使用，请登录后继续。",
     "This page is for staff. Sign in to go on."},
    {"NOT_YOUR_ROLE", 403, "您没有办理此事项的权限", "Your role does not permit this",
     "此操作需要其他岗位的权限。如有疑问，请联系系统管理员。",
     "Another role is needed. Ask your administrator."},
    {"CODE_NOT_YOURS", 403, "一次性口令须由签发人输入", "The code is for whoever approved",
     "这份文书由其他人签发，请由签发人本人输入口令。",
     "Somebody else approved this letter; the code is theirs to type."},
    {"TICKET_NEEDED", 403, "请先输入申请编号和查询码", "Enter application number and query code",
     "为保护您的信息，查看申请需要输入回执上的申请编号和查询码。",
     "To protect your data an application is shown only with the number and the query code of its receipt."},
    {"BODY_TOO_LARGE", 413, "提交的内容过大", "Too large",
     "附件总大小超过限制，请压缩或者减少附件后重新提交。",
     "The files are too large together. Send fewer or smaller ones."},
    {"BODY_TYPE", 415, "提交的格式无法识别", "Unknown kind of content", "请从页面上的表单提交。",
     "Send the form of the page, or application/json."},
    {"BODY_BROKEN", 400, "提交中断，内容不完整", "The sending was interrupted",
     "网络可能中断，申请没有收到。请返回重新提交。", "Nothing has been received. Go back and send again."},
    {"HEAD_TOO_LARGE", 400, "网址或者浏览器数据过长", "Address or cookies too long", "请从首页重新进入。",
     "Begin again from the start page."},
    {"TOO_MANY_ATTEMPTS", 429, "尝试次数过多", "Too many attempts", "请15分钟后再试。",
     "Try again in 15 minutes."},
    {"LOGIN_WRONG", 422, "用户名或密码不正确", "User name or password is wrong", "请核对后重新输入。",
     "Check both and try again."},
    {"TRACK_WRONG", 422, "申请编号或查询码不正确", "Application number or query code is wrong",
     "请对照回执核对后重新输入。", "Compare with the receipt and try again."},
    {"LETTER_CHANGED", 409, "文书已经不是您审阅的那一份", "The letter is not the one that you read",
     "您审阅之后，这份文书又作了修改。请返回文书页面重新审阅，再决定是否签发。",
     "It was drafted anew since. Go back to the letter, read it again and decide then."},
    {"LETTER_DIFFERS", 409, "文书不能按原样显示", "The letter cannot be shown as it was drafted",
     "拟稿以后，生成文书的程序或者条款有了变化，按原样生成的文件已经不同，不能签发。请退回承办人重新拟制。",
     "The program or a clause has changed since it was drafted: the files would come out differently and "
     "cannot be "
     "approved. Send it back to be drafted anew."},
    {"NOTHING_CHANGED", 422, "没有需要更正的内容", "Nothing to correct", "填写的内容与现有记录完全相同。",
     "What was sent is what the record says already."},
    {"TEXT_OPEN", 409, "已经有一份草稿", "There is a draft already",
     "这份模板或者条款已经有一份草稿，请打开它继续修改。", "Open the draft that is there and go on with it."},
    {"FORM_FAULTS", 422, "填写的内容有误", "There is a problem", "请按提示修改后重新提交。",
     "Correct what is marked and send again."},
};

static const struct saying BY_KIND[] = {
    [FAULT_INPUT] = {NULL, 400, "提交的内容无法识别", "What was sent cannot be read",
                     "请返回上一页检查后重新提交。", "Go back, check it and send again."},
    [FAULT_REFUSED] = {NULL, 422, "此操作现在不能办理", "This cannot be done now", "", ""},
    [FAULT_FORBIDDEN] = {NULL, 403, "没有权限", "Not permitted", "您没有办理此事项的权限。",
                         "You are not permitted to do this."},
    [FAULT_ABSENT] = {NULL, 404, "没有找到", "Not found", "没有找到您要查看的内容。",
                      "There is nothing here that you may see."},
    [FAULT_STALE] =
        {NULL, 409, "内容已经变化", "It has changed meanwhile",
         "您打开页面之后，其他人已经办理了这件事。请重新打开页面，查看最新情况后再操作。",
         "Somebody else has acted since you opened the page. Open it again and look before you act."},
    [FAULT_TOO_MUCH] = {NULL, 413, "超过限制", "Too much", "提交的内容超过限制。",
                        "What was sent exceeds a limit."},
    [FAULT_RETRY] = {NULL, 503, "系统繁忙", "Busy", "请稍后再试，没有保存的内容需要重新提交。",
                     "Try again in a moment; what was not saved must be sent again."},
    [FAULT_AWAY] = {NULL, 503, "服务暂时不可用", "The service is not available for a moment",
                    "系统正在恢复，请稍后再试。没有提示“已受理”的申请尚未提交成功。",
                    "Try again in a moment. An application without a receipt has not been received."},
    [FAULT_BROKEN] = {NULL, 500, "系统出现错误", "Something went wrong on our side",
                      "问题已经记录，请稍后再试。如需帮助，请提供下方的编号。",
                      "It has been recorded. If you ask for help, give the number below."},
};

static const struct saying *saying_of(const struct fault *fault)
{
    for (size_t i = 0; i < sizeof BY_CODE / sizeof BY_CODE[0]; i++)
        if (strcmp(BY_CODE[i].code, fault->code) == 0)
            return &BY_CODE[i];
    return &BY_KIND[fault->kind];
}

static const struct column PROBLEM_COLUMNS[] = {
    {"status", CELL_INT, false},    {"code", CELL_TEXT, false},    {"title", CELL_TEXT, false},
    {"sentence", CELL_TEXT, false}, {"refused", CELL_BOOL, false}, {"rule", CELL_TEXT, true},
    {"basis", CELL_TEXT, true},     {"fact", CELL_INT, true},      {"exchange", CELL_TEXT, false},
    {"dossier", CELL_TEXT, true},
};
enum { PROBLEM_COUNT = sizeof PROBLEM_COLUMNS / sizeof PROBLEM_COLUMNS[0] };
const struct page_source PROBLEM = {"problem", PROBLEM_COLUMNS, PROBLEM_COUNT, true, NULL, 0};

static const char *sentence_of(const struct exchange *ex, const struct saying *s, const struct refusal *why)
{
    const char *said = why ? exchange_say(ex, why->zh, why->en) : NULL;
    return said ? said : exchange_say(ex, s->zh, s->en);
}

/* ------------------------------------------------------------------------------------------ for programs */

static void add_field_errors(const struct exchange *ex, json_t *problem)
{
    json_t *errors = json_array();
    for (size_t i = 0; errors && i < ex->form->count; i++) {
        const char *code = ex->form->values[i].error;
        if (code)
            json_array_append_new(
                errors, json_pack("{s:s,s:s,s:s}", "field", ex->form->fields[i].name, "code", code, "detail",
                                  form_sentence(ex->life, ex->language, &ex->form->fields[i], code)));
    }
    if (errors)
        json_object_set_new(problem, "errors", errors);
}

static const struct fault *reply_problem_json(struct exchange *ex, const struct fault *fault,
                                              const struct saying *s, int status)
{
    const struct refusal *why = fault->refusal;
    json_t *problem =
        json_adopt(ex->life, json_pack("{s:s,s:s,s:i,s:s,s:s,s:s}", "type", "about:blank", "title",
                                       exchange_say(ex, s->title_zh, s->title_en), "status", status, "detail",
                                       sentence_of(ex, s, why), "code", fault->code, "exchange", ex->id));
    TRY_MEMORY(problem);
    if (fault->field)
        json_object_set_new(problem, "field", json_string(fault->field));
    if (ex->form && ex->form->faults)
        add_field_errors(ex, problem);
    if (why) {
        json_object_set_new(problem, "rule", json_string(why->rule));
        json_object_set_new(problem, "article", json_string(exchange_basis(ex, why->basis)));
        json_object_set_new(problem, "fact", why->fact >= 0 ? json_integer(why->fact) : json_null());
        json_object_set_new(problem, "sentence", json_string(sentence_of(ex, s, why)));
    }
    return reply_json(ex, status, problem);
}

/* ------------------------------------------------------------------------------------------- for people */

/* The number of the dossier from whose pages an officer came here: the way back. */
static const char *dossier_of(const struct exchange *ex, int status)
{
    bool of_dossier = ex->route && ex->who.known && strncmp(ex->route->path, "/dossiers/{ref}/", 16) == 0;
    return of_dossier && status != 404 ? pairs_get(&ex->parameters, "ref") : NULL;
}

static const struct fault *reply_problem_page(struct exchange *ex, const struct fault *fault,
                                              const struct saying *s, int status)
{
    const struct refusal *why = fault->refusal;
    struct table *t = table_new(ex->life, PROBLEM_COLUMNS, PROBLEM_COUNT);
    struct cell *row = t ? table_add_row(t) : NULL;
    TRY_MEMORY(row);
    row[0] = cell_int(status);
    row[1] = cell_text(fault->code);
    row[2] = cell_text(exchange_say(ex, s->title_zh, s->title_en));
    row[3] = cell_text(sentence_of(ex, s, why));
    row[4] = cell_flag(why != NULL);
    row[5] = cell_text(why ? why->rule : NULL);
    row[6] = cell_text(why ? exchange_basis(ex, why->basis) : NULL);
    row[7] = why && why->fact >= 0 ? cell_int(why->fact) : cell_null(CELL_INT);
    row[8] = cell_text(ex->id);
    row[9] = cell_text(dossier_of(ex, status));
    return page_problem(ex, status, t);
}

const struct route *route_with_page(const struct exchange *ex)
{
    const struct route *row = ex->route;
    if (row->page)
        return row;
    const char *path = row->again ? row->again : row->path;
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (ROUTES[i].method == METHOD_GET && ROUTES[i].page && strcmp(ROUTES[i].path, path) == 0)
            return &ROUTES[i];
    return NULL;
}

static bool is_for_the_form(const struct fault *fault)
{
    return fault->kind == FAULT_REFUSED || fault->kind == FAULT_STALE || fault->kind == FAULT_INPUT ||
           strcmp(fault->code, "TOO_MANY_ATTEMPTS") == 0 || strcmp(fault->code, "TRACK_WRONG") == 0;
}

/* The page with the form, filled in, with what was wrong. False: it cannot be shown. */
static bool show_form_again(struct exchange *ex, const struct fault *fault, int status)
{
    if (ex->wants_json || !ex->form || ex->method != METHOD_POST || !is_for_the_form(fault))
        return false;
    const struct route *row = route_with_page(ex);
    if (!row || (!row->form && !row->form_of))
        return false;
    if (fault->kind == FAULT_STALE)
        ex->form->stale = true;
    else if (fault->refusal)
        ex->form->refusal = fault->refusal;
    else if (strcmp(fault->code, "FORM_FAULTS") != 0)
        form_wrong(ex->form, fault->field, fault->code);
    return page_run(ex, row, status) == NULL;
}

/* Who is not signed in is led to the door, and back again afterwards. */
static const struct fault *to_login(struct exchange *ex)
{
    const char *next = ex->method == METHOD_POST ? "/queue" : ex->path;
    struct text *t = text_new(ex->life, 4096);
    const char *query;
    for (const char *c = next; *c; c++)
        text_printf(t, *c == '/' ? "%c" : "%%%02X", (unsigned char)*c);
    TRY(text_end(t, &query, NULL));
    return reply_redirect(ex, "/login?next=%s", query);
}

/* Who has no ticket for the application is asked for its query code; the number is known already. */
static const struct fault *to_track(struct exchange *ex)
{
    const char *ref = pairs_get(&ex->parameters, "ref");
    size_t n = ref ? strlen(ref) : 0;
    for (size_t i = 0; i < n; i++)
        if (!((ref[i] >= '0' && ref[i] <= '9') || (ref[i] >= 'A' && ref[i] <= 'Z') || ref[i] == '-'))
            n = 0;
    return n && n <= 40 ? reply_redirect(ex, "/track?ref=%s", ref) : reply_redirect(ex, "/track");
}

static void log_fault(struct exchange *ex, const struct fault *fault, int status)
{
    bool ours = fault->kind == FAULT_BROKEN, away = status == 503;
    const char *number = talloc_asprintf(ex->life, "%d", status);
    log_event(ours   ? LOG_LEVEL_ERROR
              : away ? LOG_LEVEL_WARN
                     : LOG_LEVEL_INFO,
              "fault", "status", number, "route", ex->route ? ex->route->path : NULL, "code", fault->code,
              "detail", ours || away ? fault_text(ex->life, fault) : fault->detail, NULL);
}

/* When even the problem page cannot be made. */
static const char LAST_RESORT[] =
    "系统出现错误，请稍后再试。\nSomething went wrong on our side. Try again in a moment.\n";

/* A service that finds a field wrong is answered like the form that finds it: 422 with the field. */
static const struct fault *of_the_form(struct exchange *ex, const struct fault *fault)
{
    if (fault->kind != FAULT_INPUT || !fault->field || !ex->form || !form_value(ex->form, fault->field))
        return fault;
    form_wrong(ex->form, fault->field, fault->code);
    const struct fault *all = form_fault(ex->life, ex->form);
    return all ? all : fault;
}

void page_fault(struct exchange *ex, const struct fault *given)
{
    const struct fault *fault = of_the_form(ex, given);
    const struct saying *s = saying_of(fault);
    int status = s->status;
    const struct fault *f = NULL;
    ex->given = NULL;
    log_fault(ex, fault, status);
    if (status == 503)
        reply_header(ex, "Retry-After", "5");
    if (status == 429)
        reply_header(ex, "Retry-After", "900");
    if (strcmp(fault->code, "SIGN_IN_NEEDED") == 0 && !ex->wants_json)
        f = to_login(ex);
    else if (strcmp(fault->code, "TICKET_NEEDED") == 0 && !ex->wants_json && ex->method != METHOD_POST)
        f = to_track(ex);
    else if (!show_form_again(ex, fault, status))
        f = ex->wants_json ? reply_problem_json(ex, fault, s, status)
                           : reply_problem_page(ex, fault, s, status);
    if (!f && ex->reply.status)
        return;
    if (f)
        log_event(LOG_LEVEL_ERROR, "fault-page", "code", f->code, "detail", f->detail, NULL);
    ex->reply.headers.count = 0;
    reply_body(ex, status, "text/plain; charset=utf-8", LAST_RESORT, sizeof LAST_RESORT - 1);
}
