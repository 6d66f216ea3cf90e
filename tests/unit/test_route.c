/* test_route.c - the table of doors: our own is sound, a row that is not is refused, and paths find their
 * rows. */
#include "route.h"
#include "wire_memory.h"

static const struct fault *nothing(struct exchange *ex)
{
    (void)ex;
    return NULL;
}
static const struct form_table FORM = {.name = "empty"};

static void our_own_table_is_sound(void **state)
{
    SCOPED_LIFE(life);
    (void)state;
    must(route_table_check(life, ROUTES, ROUTE_COUNT));
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        assert_non_null(ROUTES[i].about); /* the contract has a sentence for each */
}

static void unsound_rows_are_refused(void **state)
{
    static const struct route BAD[] = {
        {.method = METHOD_GET, .path = "/a", .run = nothing}, /* no right */
        {.method = METHOD_POST, .path = "/a", .right = RIGHT_STAFF, .run = nothing},
        {.method = METHOD_POST, .path = "/a", .right = RIGHT_STAFF, .form = &FORM},
        {.method = METHOD_GET, .path = "/a", .right = RIGHT_STAFF},
        {.method = METHOD_OTHER, .path = "/a", .right = RIGHT_STAFF, .run = nothing},
        {.method = METHOD_GET, .path = "a", .right = RIGHT_STAFF, .run = nothing},
        {.method = METHOD_GET, .path = "/a{b", .right = RIGHT_STAFF, .run = nothing},
        {.method = METHOD_GET, .path = "/{}", .right = RIGHT_STAFF, .run = nothing},
        {.method = METHOD_GET, .path = "/a", .right = RIGHT_ROLE, .run = nothing},
        {.method = METHOD_GET, .path = "/a", .right = RIGHT_STAFF, .roles = "clerk", .run = nothing},
        {.method = METHOD_GET, .path = "/track", .right = RIGHT_TICKET, .run = nothing},
        {.method = METHOD_GET, .path = NULL, .right = RIGHT_STAFF, .run = nothing},
    };
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        SCOPED_LIFE(life);
        must_fail(route_table_check(life, &BAD[i], 1), "ROUTE_TABLE");
    }
}

static void two_rows_for_one_door_are_refused(void **state)
{
    SCOPED_LIFE(life);
    (void)state;
    struct route rows[] = {
        {.method = METHOD_GET, .path = "/a/{x}", .right = RIGHT_STAFF, .run = nothing},
        {.method = METHOD_GET, .path = "/a/{y}", .right = RIGHT_STAFF, .run = nothing},
    };
    must_fail(route_table_check(life, rows, 2), "ROUTE_TABLE");
    rows[1].path = "/a/{y}.odt";
    must(route_table_check(life, rows, 2));
    rows[1].path = "/a/b";
    must(route_table_check(life, rows, 2));
    rows[1] = (struct route){
        .method = METHOD_POST, .path = "/a/{x}", .right = RIGHT_STAFF, .form = &FORM, .run = nothing};
    must(route_table_check(life, rows, 2));
}

static const struct route DOORS[] = {
    {.method = METHOD_GET, .path = "/", .right = RIGHT_ANYONE, .run = nothing},
    {.method = METHOD_GET, .path = "/apply/{step}", .right = RIGHT_ANYONE, .run = nothing},
    {.method = METHOD_GET, .path = "/apply/check", .right = RIGHT_ANYONE, .run = nothing},
    {.method = METHOD_POST, .path = "/apply", .right = RIGHT_ANYONE, .run = nothing, .form = &FORM},
    {.method = METHOD_GET, .path = "/track/{ref}/letters/{child}.odt", .right = RIGHT_TICKET, .run = nothing},
    {.method = METHOD_GET,
     .path = "/track/{ref}/letters/{child}.odt.p7s",
     .right = RIGHT_TICKET,
     .run = nothing},
};
enum { DOOR_COUNT = sizeof DOORS / sizeof DOORS[0] };

static void paths_find_their_rows(void **state)
{
    static const struct {
        enum method method;
        const char *path;
        int row; /* -1: absent, -2: wrong method */
        const char *name, *value;
    } CASES[] = {
        {METHOD_GET, "/", 0, NULL, NULL},
        {METHOD_HEAD, "/", 0, NULL, NULL},
        {METHOD_POST, "/", -2, NULL, NULL},
        {METHOD_GET, "/apply/who", 1, "step", "who"},
        {METHOD_GET, "/apply/check", 2, NULL, NULL},
        {METHOD_GET, "/apply/", -1, NULL, NULL},
        {METHOD_GET, "/apply/a/b", -1, NULL, NULL},
        {METHOD_GET, "/apply", -2, NULL, NULL},
        {METHOD_OTHER, "/apply", -2, NULL, NULL},
        {METHOD_GET, "/track/SQ1/letters/L1.odt", 4, "child", "L1"},
        {METHOD_GET, "/track/SQ1/letters/L1.odt.p7s", 5, "child", "L1"},
        {METHOD_GET, "/track/SQ1/letters/.odt", -1, NULL, NULL},
        {METHOD_GET, "/track/SQ1/letters/L1.pdf", -1, NULL, NULL},
        {METHOD_GET, "/applyx", -1, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        SCOPED_LIFE(life);
        const struct route *row;
        struct pairs parameters = {0};
        const char *allow;
        const struct fault *f =
            route_find(life, DOORS, DOOR_COUNT, CASES[i].method, CASES[i].path, &row, &parameters, &allow);
        if (CASES[i].row >= 0) {
            must(f);
            assert_ptr_equal(row, &DOORS[CASES[i].row]);
        } else {
            must_fail(f, CASES[i].row == -1 ? "NO_SUCH_PAGE" : "METHOD_NOT_ALLOWED");
        }
        if (CASES[i].name)
            assert_string_equal(pairs_get(&parameters, CASES[i].name), CASES[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_table_is_sound),
        cmocka_unit_test(unsound_rows_are_refused),
        cmocka_unit_test(two_rows_for_one_door_are_refused),
        cmocka_unit_test(paths_find_their_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
