/* test_runner.c - the page runner without a database: what it refuses at start, HTML and JSON from the same
 * tables, the form that comes back, problems for people and for programs. */
#include <sodium.h>
#include "route.h"
#include "runner.h"
#include "session.h"
#include "wire_memory.h"

static const struct column DOSSIER_COLUMNS[] = {{"ref", CELL_TEXT, false}};
static const struct column LETTER_COLUMNS[] = {{"child", CELL_TEXT, false}};

static const struct fault *give_dossier(struct exchange *ex, const struct table **out)
{
    struct table *t = table_new(ex->life, DOSSIER_COLUMNS, 1);
    table_add_row(t)[0] = cell_text(exchange_parameter(ex, "ref"));
    *out = t;
    return NULL;
}

static const struct fault *give_letters(struct exchange *ex, const struct table **out)
{
    const struct table *dossier = page_given(ex, "dossier"); /* an earlier provider's */
    struct table *t = table_new(ex->life, LETTER_COLUMNS, 1);
    assert_non_null(dossier);
    assert_null(page_given(ex, "nonsense"));
    if (strcmp(table_text(dossier, 0, "ref"), "SQ404") == 0)
        return fault_new(ex->life, FAULT_ABSENT, "DOSSIER_ABSENT", NULL);
    table_add_row(t)[0] = cell_text("L1<");
    table_add_row(t)[0] = cell_text("L2");
    *out = t;
    return NULL;
}

static const struct provider DOSSIER = {{"dossier", DOSSIER_COLUMNS, 1, true, NULL, 0}, give_dossier};
static const struct provider LETTERS = {{"letters", LETTER_COLUMNS, 1, false, NULL, 0}, give_letters};

static const struct field NOTE_FIELDS[] = {
    {.name = "note", .kind = FIELD_TEXT, .min = 2, .max = 20, .required = true, .zh = "说明", .en = "Note"}};
static const struct form_table NOTE = FORM_TABLE("note", NOTE_FIELDS);

static const struct fault *act_note(struct exchange *ex)
{
    return reply_done(ex, 200, "/dossiers/SQ1", NULL);
}

static const struct route ROWS[] = {
    {.method = METHOD_GET,
     .path = "/dossiers/{ref}",
     .right = RIGHT_ANYONE,
     .page = "dossier",
     .providers = {&DOSSIER, &LETTERS}},
    {.method = METHOD_POST,
     .path = "/note",
     .right = RIGHT_ANYONE,
     .page = "note",
     .form = &NOTE,
     .run = act_note},
};

static const char FOLDER[] = MINGDA_SOURCE "/tests/corpora/web";

static struct exchange *open_page(TALLOC_CTX *life, struct memory_wire *w, const char *accept,
                                  const struct route *row)
{
    struct exchange *ex;
    struct house *house = house_of(life);
    const char **v = talloc_zero_array(life, const char *, 8);
    const char *pairs[] = {"REQUEST_METHOD", row->method == METHOD_POST ? "POST" : "GET",
                           "REQUEST_URI",    "/dossiers/SQ1?lang=en",
                           "HTTP_ACCEPT",    accept};
    memcpy(v, pairs, sizeof pairs);
    *w = (struct memory_wire){.variables = v};
    must(page_set_load(life, FOLDER, ROWS, 2, &house->pages));
    must(exchange_open(life, house, wire_of(w), &ex));
    ex->route = row;
    assert_true(pairs_add(life, &ex->parameters, "ref", "SQ1"));
    return ex;
}

static const char *sent(struct exchange *ex, struct memory_wire *w)
{
    reply_send(ex);
    return w->sent;
}

#define HOLDS(text, part)                                                                                    \
    do {                                                                                                     \
        if (!strstr(text, part))                                                                             \
            fail_msg("%s is not in %s", part, text);                                                         \
    } while (0)

static void people_get_a_page(void **state)
{
    SCOPED_LIFE(life);
    struct memory_wire w;
    (void)state;
    struct exchange *ex = open_page(life, &w, "text/html", &ROWS[0]);
    must(page_run(ex, &ROWS[0], 200));
    HOLDS(sent(ex, &w), "<p>SQ1</p><ul><li>L1&lt;</li><li>L2</li></ul>");
    HOLDS(w.sent, "<html lang=\"en\">");
    HOLDS(w.sent, "Content-Type: text/html; charset=utf-8");
}

static void programs_get_the_same_tables(void **state)
{
    SCOPED_LIFE(life);
    struct memory_wire w;
    (void)state;
    struct exchange *ex = open_page(life, &w, "application/json", &ROWS[0]);
    must(page_run(ex, &ROWS[0], 200));
    HOLDS(sent(ex, &w),
          "{\"dossier\":{\"ref\":\"SQ1\"},\"letters\":[{\"child\":\"L1<\"},{\"child\":\"L2\"}]}");
    HOLDS(w.sent, "Content-Type: application/json\r\n");
}

static void a_provider_may_find_nothing(void **state)
{
    SCOPED_LIFE(life);
    struct memory_wire w;
    (void)state;
    struct exchange *ex = open_page(life, &w, "text/html", &ROWS[0]);
    ex->parameters.items[0].value = "SQ404";
    const struct fault *f = page_run(ex, &ROWS[0], 200);
    must_fail(f, "DOSSIER_ABSENT");
    page_fault(ex, f);
    HOLDS(sent(ex, &w), "Status: 404 ");
    HOLDS(w.sent, "<h1>Not found</h1>");
}

static struct exchange *wrong_note(TALLOC_CTX *life, struct memory_wire *w, const char *accept)
{
    struct exchange *ex = open_page(life, w, accept, &ROWS[1]);
    struct form *form = form_new(life, NOTE.fields, NOTE.count);
    form_fill(form, "note", "\"><b>");
    ex->form = form;
    return ex;
}

static void a_wrong_form_comes_back_filled_in(void **state)
{
    SCOPED_LIFE(life);
    struct memory_wire w;
    (void)state;
    struct exchange *ex = wrong_note(life, &w, "text/html");
    form_wrong(ex->form, "note", "TEXT_TOO_SHORT");
    page_fault(ex, form_fault(life, ex->form));
    HOLDS(sent(ex, &w), "Status: 422 ");
    HOLDS(w.sent, "<p class=\"wrong\">Note must have at least 2 characters</p>");
    HOLDS(w.sent, "value=\"&quot;&gt;&lt;b&gt;\"");
    HOLDS(w.sent, "name=\"csrf\" value=\"");
    ex = wrong_note(life, &w, "application/json");
    form_wrong(ex->form, "note", "TEXT_TOO_SHORT");
    page_fault(ex, form_fault(life, ex->form));
    HOLDS(sent(ex, &w), "Content-Type: application/problem+json\r\n");
    HOLDS(w.sent, "\"errors\":[{\"field\":\"note\",\"code\":\"TEXT_TOO_SHORT\"");
}

static void a_refusal_names_rule_and_article(void **state)
{
    SCOPED_LIFE(life);
    struct memory_wire w;
    static const struct refusal WHY = {"extension-late", "条例33", "答复期限届满后不得延期",
                                       "The period to answer has already ended", 4};
    (void)state;
    struct exchange *ex = wrong_note(life, &w, "application/json");
    page_fault(ex, fault_refused(life, &WHY));
    HOLDS(sent(ex, &w), "Status: 422 ");
    HOLDS(w.sent, "\"rule\":\"extension-late\",\"article\":\"条例33\",\"fact\":4,\"sentence\":\"The period");
    ex = wrong_note(life, &w, "text/html");
    page_fault(ex, fault_refused(life, &WHY));
    HOLDS(sent(ex, &w),
          "<p class=\"refused\"><b>The period to answer has already ended</b><i>条例33</i></p>");
}

static void a_rule_of_practice_says_that_it_is_one(void **state)
{
    SCOPED_LIFE(life);
    struct memory_wire w;
    static const struct refusal WHY = {"search-first", NULL, "尚未记录检索情况", "No search is recorded", -1};
    (void)state;
    struct exchange *ex = wrong_note(life, &w, "application/json");
    page_fault(ex, fault_refused(life, &WHY));
    HOLDS(sent(ex, &w), "\"rule\":\"search-first\",\"article\":\"office practice\",\"fact\":null,");
    ex = wrong_note(life, &w, "text/html");
    page_fault(ex, fault_refused(life, &WHY));
    HOLDS(sent(ex, &w), "<p class=\"refused\"><b>No search is recorded</b><i>office practice</i></p>");
}

static void a_stale_form_says_so(void **state)
{
    SCOPED_LIFE(life);
    struct memory_wire w;
    (void)state;
    struct exchange *ex = wrong_note(life, &w, "text/html");
    page_fault(ex, fault_new(life, FAULT_STALE, "DOSSIER_MOVED", NULL));
    HOLDS(sent(ex, &w), "Status: 409 ");
    HOLDS(w.sent, "<p class=\"stale\">");
}

static void every_kind_of_fault_has_an_answer(void **state)
{
    static const int STATUS[] = {[FAULT_INPUT] = 400,  [FAULT_REFUSED] = 422, [FAULT_FORBIDDEN] = 403,
                                 [FAULT_ABSENT] = 404, [FAULT_STALE] = 409,   [FAULT_TOO_MUCH] = 413,
                                 [FAULT_RETRY] = 503,  [FAULT_AWAY] = 503,    [FAULT_BROKEN] = 500};
    (void)state;
    for (int kind = FAULT_INPUT; kind <= FAULT_BROKEN; kind++)
        for (int json = 0; json < 2; json++) {
            SCOPED_LIFE(life);
            struct memory_wire w;
            struct exchange *ex = open_page(life, &w, json ? "application/json" : "text/html", &ROWS[0]);
            page_fault(ex, fault_new(life, (enum fault_kind)kind, "SOMETHING", "inside: never shown"));
            HOLDS(sent(ex, &w), talloc_asprintf(life, "Status: %d ", STATUS[kind]));
            assert_null(strstr(w.sent, "never shown"));
            assert_int_equal(strstr(w.sent, "Retry-After: ") != NULL, STATUS[kind] == 503);
            HOLDS(w.sent, json ? "\"code\":\"SOMETHING\"" : "<h1>");
        }
}

/* A page that names what nothing gives, leads nowhere or writes where it may not: refused at start, with the
 * line. */
static void unsound_pages_are_refused_at_start(void **state)
{
    static const struct {
        const char *file, *code;
    } CASES[] = {
        {"name", "PAGE_NAME"}, {"link", "PAGE_LINK"}, {"many", "PAGE_NAME"}, {"place", "PAGE_PLACE"}};
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        SCOPED_LIFE(life);
        char folder[] = "/tmp/mingda-pages-XXXXXX";
        const struct page_set *set;
        assert_non_null(mkdtemp(folder));
        const char *command =
            talloc_asprintf(life, "cp -r %s/pages %s/po %s && cp %s/unsound/%s.xml %s/pages/dossier.xml",
                            FOLDER, FOLDER, folder, FOLDER, CASES[i].file, folder);
        assert_int_equal(system(command), 0);
        const struct fault *f = page_set_load(life, folder, ROWS, 2, &set);
        must_fail(f, CASES[i].code);
        HOLDS(f->detail, "dossier.xml:1: ");
        assert_int_equal(system(talloc_asprintf(life, "rm -r %s", folder)), 0);
    }
}

/* A query whose parameter comes from nowhere is refused; from the path, the query string or an earlier query
 * it is not. */
static void parameters_must_come_from_somewhere(void **state)
{
    SCOPED_LIFE(life);
    const struct page_set *set;
    (void)state;
    struct route rows[2] = {ROWS[0], ROWS[1]};
    rows[0].queries[0] = (struct page_query){.query = Q_CHILDREN_OF_DOSSIER, .as = "children"};
    must_fail(page_set_load(life, FOLDER, rows, 2, &set), "ROUTE_TABLE");
    rows[0].queries[0] = (struct page_query){.query = Q_DOSSIER_BY_REF, .as = "head", .must = true};
    rows[0].queries[1] = (struct page_query){.query = Q_CHILDREN_OF_DOSSIER, .as = "children"};
    must(page_set_load(life, FOLDER, rows, 2, &set));
    rows[0].queries[0] = (struct page_query){.query = Q_SESSION_END, .as = "nothing"};
    must_fail(page_set_load(life, FOLDER, rows, 2, &set), "ROUTE_TABLE");
}

static int begin(void **state)
{
    (void)state;
    return sodium_init() < 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_get_a_page),
        cmocka_unit_test(programs_get_the_same_tables),
        cmocka_unit_test(a_provider_may_find_nothing),
        cmocka_unit_test(a_wrong_form_comes_back_filled_in),
        cmocka_unit_test(a_refusal_names_rule_and_article),
        cmocka_unit_test(a_rule_of_practice_says_that_it_is_one),
        cmocka_unit_test(a_stale_form_says_so),
        cmocka_unit_test(every_kind_of_fault_has_an_answer),
        cmocka_unit_test(unsound_pages_are_refused_at_start),
        cmocka_unit_test(parameters_must_come_from_somewhere),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
