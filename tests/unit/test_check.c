/* The checker: what cn-2019 promises holds. Mistakes made on purpose: tests/corpora/defects, defects.sh. */
#include <stdio.h>
#include "law_files.h"
#include "checker.h"

struct edit {
    const char *from, *to; /* `from` must be there; "…" in it skips to the next part */
};

/* Where the pattern stands in the text; its length there. */
static const char *find(const char *text, const char *pattern, size_t *length)
{
    const char *gap = strstr(pattern, "…");
    if (!gap) {
        *length = strlen(pattern);
        return strstr(text, pattern);
    }
    char head[200];
    snprintf(head, sizeof head, "%.*s", (int)(gap - pattern), pattern);
    const char *at = strstr(text, head);
    const char *end = at ? strstr(at + strlen(head), gap + strlen("…")) : NULL;
    if (!end)
        return NULL;
    *length = (size_t)(end - at) + strlen(gap + strlen("…"));
    return at;
}

/* \x01 at the beginning of the new text: it is put behind what was found. */
static const char *edited(TALLOC_CTX *life, const char *text, const struct edit *edit)
{
    size_t length = 0;
    const char *at = find(text, edit->from, &length);
    if (!at)
        fail_msg("the edition has no %s", edit->from);
    bool behind = edit->to[0] == '\x01';
    return talloc_asprintf(life, "%.*s%s%s", (int)((size_t)(at - text) + (behind ? length : 0)), text,
                           edit->to + behind, at + length);
}

static const struct check_line *check_text(TALLOC_CTX *life, const char *text, const char *only,
                                           uint32_t limit)
{
    const struct edition *e = NULL;
    const struct check_report *r = NULL;
    must(edition_read(life, "defect.scxml", text, strlen(text), &e));
    must(edition_check(life, e, only, limit, &r));
    assert_int_equal(r->line_count, 1);
    assert_string_equal(r->lines[0].name, only);
    assert_int_equal(r->holds, r->lines[0].holds);
    return &r->lines[0];
}

static const char *shipped(TALLOC_CTX *life)
{
    size_t length = 0;
    return law_bytes(life, "workflow/editions/cn-2019.scxml", &length);
}

static const struct edition *edition_of(TALLOC_CTX *life, const char *file)
{
    size_t length = 0;
    const struct edition *e = NULL;
    const char *text = law_bytes(life, file, &length);
    must(edition_read(life, file, text, length, &e));
    return e;
}

static void the_other_editions_keep_all_their_promises(void **state)
{
    (void)state;
    static const char *const FILES[] = {"workflow/editions/uk-foia.scxml", "workflow/editions/us-foia.scxml",
                                        "workflow/editions/eu-1049.scxml"};
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        SCOPED_LIFE(life);
        const struct check_report *r = NULL;
        must(edition_check(life, edition_of(life, FILES[i]), NULL, 0, &r));
        assert_true(r->line_count >= 25);
        for (size_t k = 0; k < r->line_count; k++) {
            if (!r->lines[k].holds)
                fail_msg("%s: %s: %s", FILES[i], r->lines[k].name, r->lines[k].why);
            assert_true(r->lines[k].witnesses > 0);
            assert_true(r->lines[k].explored > 0);
        }
        assert_true(r->holds);
    }
}

/* What a thousand states prove of the whole edition; the rest is proven by `mingda check` in ./run prove.
 * None is broken or vacuous. */
static void the_shipped_edition_keeps_its_promises(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *e = law_edition(life);
    size_t proven = 0;
    for (size_t i = 0; i < e->invariant_count; i++) {
        SCOPED_LIFE(scratch);
        const struct check_report *r = NULL;
        must(edition_check(scratch, e, e->invariants[i].name, 1000, &r));
        assert_int_equal(r->line_count, 1);
        if (!r->lines[0].holds && strcmp(r->lines[0].why, "not proven") != 0)
            fail_msg("%s: %s", r->lines[0].name, r->lines[0].why);
        if (r->lines[0].holds)
            assert_true(r->lines[0].witnesses > 0);
        proven += r->lines[0].holds;
    }
    printf("%zu of %zu in a thousand states\n", proven, e->invariant_count);
    assert_true(proven >= 40);
}

static const char *with_invariant(TALLOC_CTX *life, const char *invariant)
{
    struct edit edit = {"<law:invariants>", talloc_asprintf(life, "\x01%s", invariant)};
    return edited(life, shipped(life), &edit);
}

static void a_promise_about_nothing_is_vacuous(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *text = with_invariant(
        life, "<law:invariant name=\"idle\" basis=\"practice\" zh=\"无\" en=\"none\" at=\"registered\""
              " never=\"In('answered')\" witness=\"In('answered')\"/>");
    const struct check_line *line = check_text(life, text, "idle", 0);
    assert_false(line->holds);
    assert_string_equal(line->why, "vacuous");
}

static void what_is_too_large_is_not_proven(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct check_line *line = check_text(life, shipped(life), "no-release-without-secrecy-review", 500);
    assert_false(line->holds);
    assert_string_equal(line->why, "not proven");
    line = check_text(life, shipped(life), "can-always-close", 500);
    assert_string_equal(line->why, "not proven");
    assert_true(line->bound_count > 0); /* it looks at one letter only, and says so */
    assert_string_equal(line->bounds[0].kind, "letter");
    assert_int_equal(line->bounds[0].most, 1);
}

/* What only a second letter can do is found; a line that tells a way has no bound to speak of. */
static void a_second_letter_breaks_what_one_keeps(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *text = with_invariant(
        life, "<law:invariant name=\"one-letter\" basis=\"practice\" zh=\"一份\" en=\"one\" at=\"drafted\""
              " never=\"any(letter, In('to-approve'))\"/>");
    const struct check_line *line = check_text(life, text, "one-letter", 0);
    assert_false(line->holds);
    assert_string_equal(line->why, "broken");
    assert_non_null(strstr(line->story[line->story_count - 1], "drafted L2 "));
    assert_int_equal(line->bound_count, 0);
}

/* What the first slice does not know must not be told as a break: the slice is widened until it knows. */
static void a_break_that_is_not_real_is_tried_again(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *text = with_invariant(
        life, "<law:invariant name=\"wide\" basis=\"practice\" zh=\"审\" en=\"reviewed\""
              " never=\"In('serving') and none(letter, In('to-serve'))\" witness=\"In('serving')\"/>"
              "<law:invariant name=\"wider\" basis=\"practice\" zh=\"审\" en=\"drafted\""
              " never=\"In('serving') and not seen(sealed)\" witness=\"In('serving')\"/>");
    assert_true(check_text(life, text, "wide", 0)->holds);
    assert_true(check_text(life, text, "wider", 0)->holds);
}

/* Who alone may raise an event is a promise about the list of roles; a longer list breaks it. */
static void only_the_roles_that_are_promised(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edit edit = {"en=\"Approve\" basis=\"practice\" by=\"leader\"",
                              "en=\"Approve\" basis=\"practice\" by=\"leader auditor\""};
    const struct check_line *line = check_text(life, shipped(life), "approval-by-the-leader", 0);
    assert_true(line->holds);
    assert_true(line->witnesses > 0);
    line = check_text(life, edited(life, shipped(life), &edit), "approval-by-the-leader", 0);
    assert_false(line->holds);
    assert_string_equal(line->why, "broken");
    assert_string_equal(line->story[0], "approved by somebody of the role auditor");
}

static void a_story_tells_who_did_what(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct edit edit = {"<law:apart from=\"secrecy-proposed\"…/>", ""};
    const struct check_line *line =
        check_text(life, edited(life, shipped(life), &edit), "secrecy-decider-not-proposer", 0);
    const char *proposed = line->story[line->story_count - 2], *decided = line->story[line->story_count - 1];
    assert_non_null(strstr(proposed, "secrecy-proposed s1 item=i1"));
    assert_non_null(strstr(decided, "secrecy-decided s1 result=release"));
    assert_string_equal(strstr(proposed, " by "), strstr(decided, " by "));
}

static const struct check_line *check_ways(TALLOC_CTX *life, const struct edit *edit, const char *only)
{
    size_t length = 0;
    const char *text = law_bytes(life, "tests/corpora/editions/ways.scxml", &length);
    return check_text(life, edit ? edited(life, text, edit) : text, only, 0);
}

/* What is possible is so from everywhere, the closed dossier included. */
static void what_is_possible_can_be_brought_about_from_everywhere(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct check_line *line = check_ways(life, NULL, "noting-is-possible");
    assert_true(line->holds);
    assert_true(line->witnesses > 0); /* states where it has not come about yet */
    line = check_ways(life, NULL, "starting-anew-is-possible");
    assert_false(line->holds);
    assert_string_equal(line->why, "broken");
    assert_string_equal(line->story[0], "received items=1 by A");
    /* a guard that never lets pass */
    const struct edit never = {"basis=\"practice\" by=\"clerk\" child=\"note\"/>\n<law:event name=\"closed\"",
                               "basis=\"practice\" by=\"clerk\" child=\"note\"><law:refuse rule=\"never\" "
                               "basis=\"practice\" when=\"true\" zh=\"不可。\" en=\"No.\"/></law:event>"
                               "<law:event name=\"closed\""};
    assert_false(check_ways(life, &never, "noting-is-possible")->holds);
}

/* Our bound on children is no way out: what would need more of them than are looked at is not called closed.
 * But children that have come to rest leave room for others. */
static void the_bound_on_children_closes_nothing(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    assert_true(check_ways(life, NULL, "can-always-close")->holds);
    const struct edit many = {"none(note, In('kept'))", "count(note, In('kept')) &lt; 9"};
    assert_false(check_ways(life, &many, "can-always-close")->holds);
    const struct edit two = {"none(note, In('kept'))", "count(note, In('kept')) &lt; 2"};
    assert_true(check_ways(life, &two, "can-always-close")->holds);
}

/* A way that is written down is gone act by act; where it cannot be, the story ends there and says so. */
static void a_way_that_is_written_down_is_gone(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    assert_true(check_ways(life, NULL, "closing-along-a-way")->holds);
    const struct check_line *line = check_ways(life, NULL, "closing-too-early");
    assert_string_equal(line->why, "broken");
    assert_int_equal(line->story_count, 3);
    assert_string_equal(line->story[2], "(cannot be done:) closed");
    line = check_ways(life, NULL, "closing-elsewhere");
    assert_string_equal(line->why, "broken");
    assert_int_equal(line->story_count, 2);
    const struct edit nonsense = {"along=\"received items=1; noted n1\"", "along=\"dreamt n1\""};
    const struct edition *e = NULL;
    const struct check_report *r = NULL;
    size_t length = 0;
    const char *text = edited(life, law_bytes(life, "tests/corpora/editions/ways.scxml", &length), &nonsense);
    must(edition_read(life, "ways.scxml", text, strlen(text), &e));
    const struct fault *f = edition_check(life, e, "closing-elsewhere", 0, &r);
    assert_non_null(f);
    assert_string_equal(f->code, "CHECK_ALONG");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_other_editions_keep_all_their_promises),
        cmocka_unit_test(the_shipped_edition_keeps_its_promises),
        cmocka_unit_test(only_the_roles_that_are_promised),
        cmocka_unit_test(a_promise_about_nothing_is_vacuous),
        cmocka_unit_test(what_is_too_large_is_not_proven),
        cmocka_unit_test(a_second_letter_breaks_what_one_keeps),
        cmocka_unit_test(a_break_that_is_not_real_is_tried_again),
        cmocka_unit_test(a_story_tells_who_did_what),
        cmocka_unit_test(what_is_possible_can_be_brought_about_from_everywhere),
        cmocka_unit_test(the_bound_on_children_closes_nothing),
        cmocka_unit_test(a_way_that_is_written_down_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
