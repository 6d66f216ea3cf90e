/* test_clock.c - the clocks of cn-2019 against the contract of `mingda clock-explain`: cases are files in
 * tests/corpora/clock, a new one needs no C. In "want", a clock is named by its id, and its child; of each
 * clock the members named must be equal, those in "absent" must not be there. */
#include "cmocka_all.h"

#include <dirent.h>
#include <stdio.h>
#include "commands.h"
#include "explain.h"
#include "law_files.h"

#define FOLDER "tests/corpora/clock/"

static json_t *corpus(TALLOC_CTX *life, const char *relative)
{
    size_t length = 0;
    json_t *out = NULL;
    const char *bytes = law_bytes(life, relative, &length);
    must(json_read(life, relative, bytes, length, &out));
    return out;
}

static const struct fault *explain(TALLOC_CTX *life, const json_t *input,
                                   const struct explain_options *options, char **out, size_t *length)
{
    FILE *file = open_memstream(out, length);
    assert_non_null(file);
    const struct fault *f = explain_dossiers("input", input, options, file, life);
    fclose(file);
    return f;
}

/* The one line that a case gives, parsed. */
static json_t *explained(TALLOC_CTX *life, const json_t *kase)
{
    struct explain_options options = {.days = json_is_true(json_object_get(kase, "days"))};
    json_t *dossier = json_adopt(life, json_pack("{s:s, s:s, s:O}", "id", "case", "edition", "cn-2019",
                                                 "facts", json_object_get(kase, "facts")));
    char *bytes = NULL;
    size_t length = 0;
    json_t *result = NULL;
    (void)civil_parse(json_text(kase, "today"), &options.today);
    (void)civil_parse(json_text(kase, "known"), &options.known);
    must(explain(life, dossier, &options, &bytes, &length));
    must(json_read(life, "output", bytes, length, &result));
    assert_ptr_equal(memchr(bytes, '\n', length), bytes + length - 1);
    free(bytes);
    return result;
}

static int failures;

static void complain(const char *about, const char *where, const char *key, const json_t *want,
                     const json_t *got)
{
    char *a = want ? json_dumps(want, JSON_ENCODE_ANY) : NULL,
         *b = got ? json_dumps(got, JSON_ENCODE_ANY) : NULL;
    print_error("%s: %s %s: wanted %s, got %s\n", about, where, key, a ? a : "nothing", b ? b : "nothing");
    free(a);
    free(b);
    failures++;
}

static void check_equal(const char *about, const char *where, const char *key, const json_t *want,
                        const json_t *got)
{
    if (!got || !json_equal(want, got))
        complain(about, where, key, want, got);
}

static const json_t *find_clock(const json_t *result, const char *name)
{
    size_t i;
    json_t *clock;
    const char *space = strchr(name, ' ');
    size_t length = space ? (size_t)(space - name) : strlen(name);
    json_array_foreach(json_object_get(result, "clocks"), i, clock)
    {
        const char *id = json_text(clock, "id"), *child = json_text(clock, "for");
        if (strlen(id) == length && strncmp(id, name, length) == 0 &&
            (space ? child && strcmp(child, space + 1) == 0 : !child))
            return clock;
    }
    return NULL;
}

static void check_days(const char *about, const char *name, const json_t *want, const json_t *days)
{
    const char *date;
    json_t *line, *got;
    json_object_foreach((json_t *)(uintptr_t)want, date, line)
    {
        json_t *full = json_copy(line);
        json_object_set_new(full, "date", json_string(date));
        const json_t *found = NULL;
        size_t i;
        json_array_foreach(days, i, got) if (strcmp(json_text(got, "date"), date) == 0) found = got;
        check_equal(about, name, date, full, found);
        json_decref(full);
    }
}

static void check_clock(const char *about, const char *name, const json_t *want, const json_t *clock)
{
    const char *key;
    json_t *value, *absent;
    size_t i;
    if (!clock) {
        complain(about, name, "", want, NULL);
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)want, key, value)
    {
        if (strcmp(key, "absent") == 0) {
            json_array_foreach(value, i, absent) if (json_object_get(clock, json_string_value(absent)))
                complain(about, name, json_string_value(absent), NULL, clock);
        } else if (strcmp(key, "days") == 0)
            check_days(about, name, value, json_object_get(clock, "days"));
        else if (strcmp(key, "day_count") == 0) {
            if (json_object_get(clock, "days") &&
                json_array_size(json_object_get(clock, "days")) != (size_t)json_integer_value(value))
                complain(about, name, key, value, json_object_get(clock, "days"));
        } else
            check_equal(about, name, key, value, json_object_get(clock, key));
    }
}

/* [[fact, rule, basis?], …] */
static void check_refused(const char *about, const json_t *want, const json_t *got)
{
    size_t i;
    json_t *row;
    json_t *seen = json_array();
    json_array_foreach(got, i, row)
    {
        const json_t *asked = json_array_get(want, i);
        json_t *shown = json_pack("[O, O]", json_object_get(row, "fact"), json_object_get(row, "rule"));
        if (json_array_size(asked) == 3)
            json_array_append(shown, json_object_get(row, "basis"));
        json_array_append_new(seen, shown);
        assert_true(strlen(json_text(row, "because")) > 10);
    }
    check_equal(about, "refused", "", want, seen);
    json_decref(seen);
}

/* The first clocks, in this order; an empty list: no clock at all. */
static void check_order(const char *about, const json_t *want, const json_t *clocks)
{
    size_t i;
    json_t *id;
    if (!json_array_size(want) && json_array_size(clocks))
        complain(about, "order", "", want, clocks);
    json_array_foreach(want, i, id)
        check_equal(about, "order", "", id, json_object_get(json_array_get(clocks, i), "id"));
}

static void check_case(const json_t *kase)
{
    SCOPED_LIFE(life);
    const char *about = json_text(kase, "about"), *key;
    json_t *value, *name, *result = explained(life, kase);
    size_t i;
    json_object_foreach(json_object_get(kase, "want"), key, value)
    {
        if (strcmp(key, "refused") == 0)
            check_refused(about, value, json_object_get(result, "refused"));
        else if (strcmp(key, "order") == 0)
            check_order(about, value, json_object_get(result, "clocks"));
        else if (strcmp(key, "gone") == 0) {
            json_array_foreach(value, i, name) if (find_clock(result, json_string_value(name)))
                complain(about, "gone", json_string_value(name), NULL, result);
        } else if (json_is_string(value))
            check_equal(about, "dossier", key, value, json_object_get(result, key));
        else
            check_clock(about, key, value, find_clock(result, key));
    }
}

static void check_file(const char *relative)
{
    SCOPED_LIFE(life);
    const json_t *cases = corpus(life, relative);
    size_t i;
    json_t *kase;
    assert_true(json_array_size(cases) > 10);
    failures = 0;
    json_array_foreach(cases, i, kase) check_case(kase);
    assert_int_equal(failures, 0);
}

static void statute_vectors(void **state)
{
    (void)state;
    check_file(FOLDER "vectors.json");
}

static void contract_sentences(void **state)
{
    (void)state;
    check_file(FOLDER "rules.json");
}

static void other_periods(void **state)
{
    (void)state;
    check_file(FOLDER "periods.json");
}

/* The example of the contract, printed byte for byte as it is read by a person. */
static void the_example_line(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    static const char WANT[] =
        "{\"id\": \"E7+extension\", \"edition\": \"cn-2019\", \"calendar\": \"cn\", \"today\": "
        "\"2026-03-30\", \"clocks\": ["
        "{\"id\": \"reply\", \"basis\": \"条例33\", \"unit\": \"wd\", \"day0\": \"2026-03-02\", \"length\": "
        "40, "
        "\"state\": \"running\", \"counted\": 8, \"due\": \"2026-05-18\", \"provisional\": false, "
        "\"late_by\": 0, "
        "\"pauses\": [{\"after\": \"2026-03-09\", \"through\": \"2026-03-25\", \"because\": [\"t1\"]}]}, "
        "{\"id\": \"third-party\", \"for\": \"t1\", \"basis\": \"条例32\", \"unit\": \"wd\", \"day0\": "
        "\"2026-03-11\", "
        "\"length\": 15, \"state\": \"stopped\", ";
    const json_t *input = law_json(
        life, "{'id': 'E7+extension', 'edition': 'cn-2019', 'facts': ["
              "{'kind': 'received', 'on': '2026-03-02', 'channel': 'web'},"
              "{'kind': 'consultation-sent', 'child': 't1', 'to': 'third-party', 'on': '2026-03-09'},"
              "{'kind': 'consultation-delivered', 'child': 't1', 'on': '2026-03-11'},"
              "{'kind': 'consultation-answered', 'child': 't1', 'on': '2026-03-25', 'answer': 'objects'},"
              "{'kind': 'extension-granted', 'on': '2026-03-27', 'workdays': 20},"
              "{'kind': 'extension-notified', 'on': '2026-03-27'},"
              "{'kind': 'correction-notified', 'on': '2026-03-30', 'reply-by': '2026-04-15'}]}");
    char *bytes = NULL;
    size_t length = 0;
    must(explain(life, input, &(struct explain_options){.today = {2026, 3, 30}}, &bytes, &length));
    assert_memory_equal(bytes, WANT, sizeof WANT - 1);
    assert_non_null(strstr(bytes, "\"refused\": [{\"fact\": 6, \"rule\": \"correction-window\", \"basis\": "
                                  "\"条例30\", \"because\": \""));
    free(bytes);
}

/* Many dossiers: a line each, in order; names with quotes and Chinese come back as they were. */
static void bulk(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    json_t *input = json_adopt(life, json_array());
    for (int i = 0; i < 50; i++)
        json_array_append_new(input, json_pack("{s:s+, s:[{s:s, s:s}]}", "id", "沪\"应急\\\n",
                                               i % 2 ? "a" : "b", "facts", "kind", "received", "on",
                                               i % 2 ? "2026-03-02" : "2026-03-03"));
    char *bytes = NULL, *line, *rest;
    size_t length = 0;
    int count = 0;
    must(explain(life, input, &(struct explain_options){0}, &bytes, &length));
    for (line = bytes; (rest = strchr(line, '\n')); line = rest + 1, count++) {
        json_t *result = NULL;
        must(json_read(life, "line", line, (size_t)(rest - line), &result));
        assert_string_equal(json_text(result, "id"), count % 2 ? "沪\"应急\\\na" : "沪\"应急\\\nb");
        assert_string_equal(json_text(result, "today"), count % 2 ? "2026-03-02" : "2026-03-03");
    }
    assert_int_equal(count, 50);
    free(bytes);
    must(explain(life, json_adopt(life, json_array()), &(struct explain_options){0}, &bytes, &length));
    assert_int_equal(length, 0);
    free(bytes);
}

static void check_wrong(const char *relative)
{
    SCOPED_LIFE(life);
    const json_t *kase = corpus(life, relative);
    json_t *says;
    char *bytes = NULL;
    size_t length = 0, i;
    const struct fault *f = explain(life, json_object_get(kase, "input"),
                                    &(struct explain_options){.days = true}, &bytes, &length);
    free(bytes);
    assert_int_equal(length, 0);
    must_fail(f, "EXPLAIN_INPUT");
    json_array_foreach(json_object_get(kase, "says"), i,
                       says) if (!strstr(f->detail, json_string_value(says)))
    {
        print_error("%s: \"%s\" is not in: %s\n", relative, json_string_value(says), f->detail);
        fail();
    }
}

/* Nothing is printed for any dossier; the fault names the dossier and the fact. */
static void wrong_input(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    DIR *folder = opendir(MINGDA_SOURCE "/" FOLDER "wrong");
    assert_non_null(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strstr(entry->d_name, ".json")) {
            check_wrong(talloc_asprintf(life, FOLDER "wrong/%s", entry->d_name));
            count++;
        }
    closedir(folder);
    assert_true(count >= 20);
}

/* Another calendar, in layers; the last published year is the last of what is not provisional. */
static void calendars_from_files(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const char *own = talloc_asprintf(life, "%s/workflow/calendars/cn.csv", MINGDA_SOURCE);
    const char *next = talloc_asprintf(life, "%s/workflow/calendars/cn-2027-provisional.csv", MINGDA_SOURCE);
    const char *uk = talloc_asprintf(life, "%s/tests/corpora/calendar/uk-any-part.csv", MINGDA_SOURCE);
    const struct {
        const char *files[2];
        size_t count;
        const char *on, *name, *due;
        bool provisional;
    } CASES[] = {
        {{own}, 1, "2026-12-04", "cn", "2027-01-01", true},
        {{own, next}, 2, "2026-12-04", "cn", "2027-01-04", true},
        {{next}, 1, "2026-03-02", "cn-2027-provisional", "2026-03-30", true},
        {{uk}, 1, "2026-03-02", "uk-any-part", "2026-03-31", false}, /* statute 9.3 */
        {{uk}, 1, "2026-03-20", "uk-any-part", "2026-04-21", false},
        {{uk}, 1, "2026-03-28", "uk-any-part", "2026-04-28", false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const json_t *input = json_adopt(life, json_pack("{s:s, s:[{s:s, s:s}]}", "edition", "cn-2019",
                                                         "facts", "kind", "received", "on", CASES[i].on));
        struct explain_options options = {.calendars = CASES[i].files, .calendar_count = CASES[i].count};
        char *bytes = NULL;
        size_t length = 0;
        json_t *result = NULL;
        must(explain(life, input, &options, &bytes, &length));
        must(json_read(life, "output", bytes, length, &result));
        const json_t *reply = find_clock(result, "reply");
        assert_string_equal(json_text(result, "calendar"), CASES[i].name);
        assert_string_equal(json_text(reply, "due"), CASES[i].due);
        assert_int_equal(json_is_true(json_object_get(reply, "provisional")), CASES[i].provisional);
        free(bytes);
    }
}

/* ---- the command itself ---- */

static int run(const char *arguments, char *out, size_t room)
{
    char line[2000];
    snprintf(line, sizeof line, "exec 2>&1; %s %s", MINGDA_BINARY, arguments);
    FILE *pipe = popen(line, "re");
    assert_non_null(pipe);
    size_t n = fread(out, 1, room - 1, pipe);
    out[n] = '\0';
    while (fgetc(pipe) != EOF) {
    }
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void exit_codes(void **state)
{
    (void)state;
    static const struct {
        const char *arguments;
        int status;
        const char *says;
    } CASES[] = {
        {"clock-explain", 2, "usage"},
        {"clock-explain --today 2026-02-30 -", 2, "usage"},
        {"clock-explain --today", 2, "usage"},
        {"clock-explain --known yesterday -", 2, "usage"},
        {"clock-explain --verbose -", 2, "usage"},
        {"clock-explain a b", 2, "usage"},
        {"clock-explain /nowhere/at/all.json", 1, "/nowhere/at/all.json"},
        {"clock-explain - < /dev/null", 1, "stdin:1"},
        {"clock-explain " MINGDA_SOURCE "/workflow/calendars/cn.csv", 1, "cn.csv:1"},
        {"clock-explain --calendar /nowhere.csv - <<'E'\n{\"facts\": []}\nE\n", 1, "/nowhere.csv"},
        {"clock-explain --calendar " MINGDA_SOURCE
         "/tests/corpora/calendar/twice.csv - <<'E'\n{\"facts\": []}\nE\n",
         1, "twice.csv:4:"},
        {"clock-explain - <<'E'\n{\"facts\": []} trailing\nE\n", 1, "JSON_SYNTAX"},
        {"clock-explain - <<'E'\n{\"facts\": []}\nE\n", 0, "\"clocks\": [], \"refused\": []}"},
        {"clock-explain --days --today 2026-03-04 - <<'E'\n[{\"facts\": [{\"kind\": \"received\", \"on\": "
         "\"2026-03-02\"}]}]\nE\n",
         0, "\"due\": \"2026-03-30\""},
        {"clock-explain - <<'E'\n{\"facts\": [{\"kind\": \"rained\", \"on\": \"2026-03-02\"}]}\nE\n", 1,
         "dossier 0: fact 0"},
        {"calendar", 2, "usage"},
        {"calendar import x", 2, "usage"},
        {"calendar check " MINGDA_SOURCE "/workflow/calendars/cn.csv", 0, "\"year\": 2026, \"holidays\": 33"},
        {"calendar check " MINGDA_SOURCE "/tests/corpora/calendar/both.csv", 1, "both.csv:4:"},
        {"calendar check /nowhere.csv", 1, "/nowhere.csv"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char out[8000];
        int status = run(CASES[i].arguments, out, sizeof out);
        if (status != CASES[i].status || !strstr(out, CASES[i].says)) {
            print_error("%s: status %d, said: %s\n", CASES[i].arguments, status, out);
            fail();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statute_vectors),
        cmocka_unit_test(contract_sentences),
        cmocka_unit_test(other_periods),
        cmocka_unit_test(the_example_line),
        cmocka_unit_test(bulk),
        cmocka_unit_test(wrong_input),
        cmocka_unit_test(calendars_from_files),
        cmocka_unit_test(exit_codes),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
