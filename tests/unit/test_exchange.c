/* test_exchange.c - what comes in by the head, and what goes out: paths with one spelling, negotiation,
 * cookies, security headers, downloads. */
#include <sodium.h>
#include "doors.h"
#include "runner.h"
#include "session.h"
#include "wire_memory.h"

static const struct fault *open_head(TALLOC_CTX *life, struct memory_wire *w, const char *const *variables,
                                     struct exchange **ex)
{
    *w = (struct memory_wire){.variables = variables};
    return exchange_open(life, house_of(life), wire_of(w), ex);
}

static const struct fault *open_uri(TALLOC_CTX *life, const char *uri, struct exchange **ex)
{
    static struct memory_wire w;
    const char **v = talloc_zero_array(life, const char *, 6);
    v[0] = "REQUEST_METHOD";
    v[1] = "GET";
    v[2] = "REQUEST_URI";
    v[3] = uri;
    return open_head(life, &w, v, ex);
}

static void a_path_has_one_spelling(void **state)
{
    static const struct {
        const char *uri, *path; /* NULL: HEAD_MALFORMED */
    } CASES[] = {
        {"/", "/"},
        {"/track/SQ0123", "/track/SQ0123"},
        {"/%E4%BA%8C", "/二"},
        {"/a%20b?x=1", "/a b"},
        {"/a+b", "/a+b"},
        {"", NULL},
        {"a", NULL},
        {"//", NULL},
        {"/a//b", NULL},
        {"/.", NULL},
        {"/..", NULL},
        {"/a/../b", NULL},
        {"/a/%2e%2e/b", NULL},
        {"/.hidden", "/.hidden"},
        {"/a%2Fb", NULL},
        {"/a%5cb", NULL},
        {"/%00", NULL},
        {"/%0a", NULL},
        {"/%7f", NULL},
        {"/%", NULL},
        {"/%e", NULL},
        {"/%ff", NULL},
        {"/%C0%AF", NULL},
        {"http://elsewhere/", NULL},
        {"/?a=%", NULL},
        {"/?a=%00", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        SCOPED_LIFE(life);
        struct exchange *ex = NULL;
        const struct fault *f = open_uri(life, CASES[i].uri, &ex);
        assert_non_null(ex); /* so that the fault can be shown */
        if (CASES[i].path) {
            must(f);
            assert_string_equal(ex->path, CASES[i].path);
        } else {
            must_fail(f, "HEAD_MALFORMED");
        }
    }
}

static void heads_have_bounds(void **state)
{
    SCOPED_LIFE(life);
    struct exchange *ex;
    struct memory_wire w;
    char *long_uri = talloc_zero_size(life, 10001);
    memset(long_uri, 'a', 10000);
    (void)state;
    long_uri[0] = '/';
    must_fail(open_uri(life, long_uri, &ex), "HEAD_TOO_LARGE");
    long_uri[1] = '?';
    must_fail(open_uri(life, long_uri, &ex), "HEAD_TOO_LARGE");
    memset(long_uri + 2, '&', 2000);
    long_uri[2002] = 0;
    must(open_uri(life, long_uri, &ex)); /* names that are empty are none */
    assert_int_equal(ex->query.count, 0);
    for (int i = 0; i < 200; i++)
        memcpy(long_uri + 2 + i * 4, "a=b&", 4);
    must_fail(open_uri(life, long_uri, &ex), "HEAD_TOO_LARGE");
    memset(long_uri, 'c', 5000);
    long_uri[5000] = 0;
    const char *cookies[] = {"REQUEST_METHOD", "GET", "REQUEST_URI", "/", "HTTP_COOKIE", long_uri, NULL};
    must_fail(open_head(life, &w, cookies, &ex), "HEAD_TOO_LARGE");
    const char *length[] = {"REQUEST_METHOD", "POST", "REQUEST_URI", "/", "CONTENT_LENGTH", "-1", NULL};
    must_fail(open_head(life, &w, length, &ex), "HEAD_MALFORMED");
    length[5] = "99999999999999999999";
    must_fail(open_head(life, &w, length, &ex), "HEAD_MALFORMED");
}

static void the_query_and_cookies_are_read(void **state)
{
    SCOPED_LIFE(life);
    struct exchange *ex;
    struct memory_wire w;
    (void)state;
    must(open_uri(life, "/queue?after=2026-03-02&q=%E9%A2%84%E7%AE%97+x&empty=&bare&=x", &ex));
    assert_string_equal(pairs_get(&ex->query, "q"), "预算 x");
    assert_string_equal(pairs_get(&ex->query, "empty"), "");
    assert_string_equal(pairs_get(&ex->query, "bare"), "");
    assert_null(pairs_get(&ex->query, "other"));
    const char *v[] = {
        "REQUEST_METHOD", "GET", "REQUEST_URI", "/", "HTTP_COOKIE", "a=1; b=2=3;c ; =x; d=\"q\"", NULL};
    must(open_head(life, &w, v, &ex));
    assert_string_equal(pairs_get(&ex->cookies, "a"), "1");
    assert_string_equal(pairs_get(&ex->cookies, "b"), "2=3");
    assert_null(pairs_get(&ex->cookies, "c"));
}

static void programs_and_people_are_told_apart(void **state)
{
    static const struct {
        const char *accept;
        bool json;
    } CASES[] = {{NULL, false},
                 {"*/*", false},
                 {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false},
                 {"application/json", true},
                 {"application/problem+json, application/json", true},
                 {"text/html, application/json;q=0.5", false},
                 {"text/html;q=0.5, application/json", true},
                 {"application/json;q=0", false},
                 {"application/jsonx", false},
                 {"APPLICATION/JSON; charset=utf-8", true}};
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        SCOPED_LIFE(life);
        struct exchange *ex;
        struct memory_wire w;
        const char *v[] = {"REQUEST_METHOD", "GET", "REQUEST_URI", "/", "HTTP_ACCEPT", CASES[i].accept, NULL};
        v[4] = CASES[i].accept ? v[4] : NULL;
        must(open_head(life, &w, v, &ex));
        assert_int_equal(ex->wants_json, CASES[i].json);
    }
}

static void the_language_is_chosen(void **state)
{
    static const struct {
        const char *uri, *cookie, *header;
        enum language language;
    } CASES[] = {{"/", "", "", LANGUAGE_ZH},
                 {"/", "", "en-US,en;q=0.9", LANGUAGE_EN},
                 {"/", "", "zh-CN,zh;q=0.9,en;q=0.8", LANGUAGE_ZH},
                 {"/", "", "en;q=0.5,zh;q=0.7", LANGUAGE_ZH},
                 {"/", "", "de", LANGUAGE_ZH},
                 {"/", "mingda-lang=en", "zh-CN", LANGUAGE_EN},
                 {"/?lang=zh", "mingda-lang=en", "en", LANGUAGE_ZH},
                 {"/?lang=en", "", "zh", LANGUAGE_EN},
                 {"/?lang=xx", "", "", LANGUAGE_ZH}};
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        SCOPED_LIFE(life);
        struct exchange *ex;
        struct memory_wire w;
        const char *v[] = {"REQUEST_METHOD",       "GET",           "REQUEST_URI",
                           CASES[i].uri,           "HTTP_COOKIE",   CASES[i].cookie,
                           "HTTP_ACCEPT_LANGUAGE", CASES[i].header, NULL};
        must(open_head(life, &w, v, &ex));
        assert_int_equal(ex->language, CASES[i].language);
    }
}

static void every_reply_is_armoured(void **state)
{
    SCOPED_LIFE(life);
    struct exchange *ex;
    struct memory_wire w;
    const char *v[] = {"REQUEST_METHOD", "GET", "REQUEST_URI", "/", "HTTPS", "on", NULL};
    static const char *const HEADERS[] = {"Status: 200 OK\r\n",
                                          "Content-Security-Policy: default-src 'none';",
                                          "frame-ancestors 'none'",
                                          "X-Content-Type-Options: nosniff\r\n",
                                          "Cache-Control: no-store\r\n",
                                          "Referrer-Policy: same-origin\r\n",
                                          "Strict-Transport-Security:",
                                          "Set-Cookie: a=b; Path=/; HttpOnly; SameSite=Lax; Secure\r\n",
                                          "Content-Length: 5\r\n",
                                          "\r\n\r\nhello",
                                          NULL};
    (void)state;
    must(open_head(life, &w, v, &ex));
    reply_cookie(ex, "a", "b", 0);
    reply_body(ex, 200, "text/plain", "hello", 5);
    reply_send(ex);
    reply_send(ex); /* once */
    for (size_t i = 0; HEADERS[i]; i++)
        if (!strstr(w.sent, HEADERS[i]))
            fail_msg("%s is not in %s", HEADERS[i], w.sent);
    assert_null(strstr(w.sent, "unsafe"));
    v[1] = "HEAD";
    must(open_head(life, &w, v, &ex));
    reply_body(ex, 200, "text/plain", "hello", 5);
    reply_send(ex);
    assert_non_null(strstr(w.sent, "Content-Length: 5\r\n"));
    assert_null(strstr(w.sent, "hello"));
}

static void downloads_have_safe_names(void **state)
{
    SCOPED_LIFE(life);
    struct exchange *ex;
    struct memory_wire w;
    const char *v[] = {"REQUEST_METHOD", "GET", "REQUEST_URI", "/", NULL};
    (void)state;
    must(open_head(life, &w, v, &ex));
    must(reply_download(ex, "application/pdf", "回执\"\r\nX: y.pdf", "%PDF", 4));
    reply_send(ex);
    assert_non_null(strstr(w.sent, "Content-Disposition: attachment; filename=\"X: y.pdf\"; "
                                   "filename*=UTF-8''%E5%9B%9E%E6%89%A7%22%0D%0AX%3A%20y.pdf\r\n"));
}

static ptrdiff_t three_pieces(void *arg, void *into, size_t room)
{
    int *left = arg;
    assert_true(room >= 4);
    memcpy(into, "abc", 3);
    return (*left)-- > 0 ? 3 : 0;
}

static void files_go_out_in_pieces(void **state)
{
    SCOPED_LIFE(life);
    struct exchange *ex;
    struct memory_wire w;
    int left = 3;
    const char *v[] = {"REQUEST_METHOD", "GET", "REQUEST_URI", "/", NULL};
    (void)state;
    must(open_head(life, &w, v, &ex));
    must(reply_stream(ex, "text/plain", "a.txt", three_pieces, &left));
    assert_non_null(strstr(w.sent, "\r\n\r\nabcabcabc"));
    assert_null(strstr(w.sent, "Content-Length"));
}

/* A visitor's cookie and token hold for that visitor alone; a changed cookie is nobody's. */
static void tokens_belong_to_their_visitor(void **state)
{
    SCOPED_LIFE(life);
    struct exchange *ex, *again;
    struct memory_wire w;
    const char *v[] = {"REQUEST_METHOD", "GET", "REQUEST_URI", "/", NULL, NULL, NULL};
    (void)state;
    must(open_head(life, &w, v, &ex));
    must(session_visitor(ex));
    assert_null(ex->visitor); /* no cookie before a form wants one */
    assert_false(session_csrf_holds(ex, NULL));
    const char *token = session_csrf(ex);
    assert_true(session_csrf_holds(ex, token));
    assert_false(session_csrf_holds(ex, NULL));
    assert_false(session_csrf_holds(ex, ""));
    char *cookie =
        talloc_strdup(life, strstr(pairs_get(&ex->reply.headers, "Set-Cookie"), "mingda-visitor="));
    *strchr(cookie, ';') = 0;
    v[4] = "HTTP_COOKIE";
    v[5] = cookie;
    must(open_head(life, &w, v, &again));
    must(session_visitor(again));
    assert_string_equal(again->visitor, ex->visitor);
    assert_true(session_csrf_holds(again, token));
    char *last = cookie + strlen(cookie) - 1;
    *last = *last == '0' ? '1' : '0';
    must(open_head(life, &w, v, &again));
    must(session_visitor(again));
    assert_null(again->visitor);
    assert_false(session_csrf_holds(again, token));
}

static void tickets_cannot_be_made_up(void **state)
{
    SCOPED_LIFE(life);
    struct exchange *ex, *again;
    struct memory_wire w;
    const char *v[] = {"REQUEST_METHOD", "GET", "REQUEST_URI", "/", NULL, NULL, NULL};
    (void)state;
    must(open_head(life, &w, v, &ex));
    must(ticket_give(ex, 3, 2026000000007, "SQ012345678920260302001"));
    char *cookie = talloc_strdup(life, pairs_get(&ex->reply.headers, "Set-Cookie"));
    assert_non_null(strstr(cookie, "Max-Age=1800"));
    *strchr(cookie, ';') = 0;
    v[4] = "HTTP_COOKIE";
    v[5] = cookie;
    must(open_head(life, &w, v, &again));
    must(session_visitor(again));
    assert_true(again->ticket.known);
    assert_int_equal(again->ticket.agency, 3);
    assert_true(again->ticket.dossier == 2026000000007);
    assert_string_equal(again->ticket.ref, "SQ012345678920260302001");
    for (size_t i = strlen("mingda-ticket="); cookie[i]; i++) {
        char before = cookie[i];
        cookie[i] = before == '1' ? '2' : '1';
        must(open_head(life, &w, v, &again));
        must(session_visitor(again));
        assert_false(again->ticket.known);
        cookie[i] = before;
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
        cmocka_unit_test(a_path_has_one_spelling),
        cmocka_unit_test(heads_have_bounds),
        cmocka_unit_test(the_query_and_cookies_are_read),
        cmocka_unit_test(programs_and_people_are_told_apart),
        cmocka_unit_test(the_language_is_chosen),
        cmocka_unit_test(every_reply_is_armoured),
        cmocka_unit_test(downloads_have_safe_names),
        cmocka_unit_test(files_go_out_in_pieces),
        cmocka_unit_test(tokens_belong_to_their_visitor),
        cmocka_unit_test(tickets_cannot_be_made_up),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
