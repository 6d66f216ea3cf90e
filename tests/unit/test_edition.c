/* Editions: what cn-2019 shows to the program, its schema, data judged by forms, and malformed editions
 * refused with file and line. Each document of tests/corpora/editions says in its first line what must happen
 * to it. */
#include <dirent.h>
#include <stdio.h>
#include <libxml/relaxng.h>
#include "law_files.h"
#include "law_xml.h"
#include "edition_inside.h"

static void assert_label(const struct bilingual *label)
{
    assert_non_null(label->zh);
    assert_non_null(label->en);
    assert_true(*label->zh && *label->en);
    size_t chinese = 0;
    for (const char *c = label->zh; *c; c++)
        chinese += (unsigned char)*c >= 0x80;
    assert_true(chinese >= 3);
}

static void every_event_is_a_form(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *e = law_edition(life);
    assert_string_equal(e->code, "cn-2019");
    assert_string_equal(e->calendar, "cn");
    assert_int_equal(civil_compare(e->in_force, (struct civil){2019, 5, 15}), 0);
    assert_true(e->event_count >= 35);
    for (size_t i = 0; i < e->event_count; i++) {
        const struct event_kind *k = &e->events[i];
        assert_label(&k->label);
        assert_true(k->role_count > 0);
        assert_ptr_equal(edition_event(e, k->name), k);
        for (size_t f = 0; f < k->field_count; f++) {
            assert_label(&k->fields[f].label);
            assert_true(k->fields[f].min <= k->fields[f].max);
            for (size_t c = 0; c < k->fields[f].choice_count; c++)
                assert_label(&k->fields[f].choices[c].label);
        }
        for (size_t r = 0; r < k->refuse_count; r++)
            assert_label(&k->refuses[r].sentence);
        for (size_t s = 0; s < k->separation_count; s++)
            assert_label(&k->separations[s].sentence);
    }
}

static void the_words_of_the_services_are_there(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *e = law_edition(life);
    static const char *const NAMES[EVENT_DEED_COUNT] = {
        [EVENT_DEED_RECEIVE] = "received",
        [EVENT_DEED_REGISTER] = "registered",
        [EVENT_DEED_ASSIGN] = "assigned",
        [EVENT_DEED_DRAFT] = "drafted",
        [EVENT_DEED_APPROVE] = "approved",
        [EVENT_DEED_RETURN] = "returned",
        [EVENT_DEED_SEAL] = "sealed",
        [EVENT_DEED_SERVE] = "served",
        [EVENT_DEED_WITHDRAW] = "withdrawn",
        [EVENT_DEED_ABANDON] = "abandoned",
        [EVENT_DEED_PROPOSE] = "rectification-proposed",
        [EVENT_DEED_DECLINE] = "rectification-declined",
        [EVENT_DEED_CORRECT] = "corrected",
        [EVENT_DEED_RECALCULATE] = "calendar-changed",
        [EVENT_DEED_SEE] = "change-seen",
        [EVENT_DEED_MIGRATE] = "migrated",
    };
    for (int deed = 1; deed < EVENT_DEED_COUNT; deed++)
        assert_string_equal(edition_event_that(e, (enum event_deed)deed)->name, NAMES[deed]);
    assert_string_equal(edition_child_of_id(e, "L12")->name, "letter");
    assert_string_equal(edition_child_of_id(e, "i1")->made_event, "received");
    assert_null(edition_child_of_id(e, "L0"));
    assert_null(edition_child_of_id(e, "L"));
    assert_null(edition_child_of_id(e, "x1"));
    assert_true(edition_letter(e, "D01")->by_rule);
    assert_true(edition_letter(e, "R02")->reply);
    assert_int_equal(edition_parameter(e, "receipt_on_nonworkday")->mark, 'D');
    assert_string_equal(edition_role(e, "leader")->label.zh, "签发领导");
}

/* statute 1.4: 23 codes, each with article, row and remedy. */
static void every_outcome_has_its_row(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *e = law_edition(life);
    static const struct {
        const char *code, *basis, *row, *remedy;
    } SOME[] = {
        {"OPEN_PROVIDE", "条例36(2)", "三(一)", "OPTIONAL"},
        {"PARTIAL", "条例37", "三(二)", "MIXED"},
        {"DENY_SECRET", "条例14", "三(三)1", "PREPOSED"},
        {"DENY_CASEFILE", "条例16(2)", "三(三)7", "PREPOSED"},
        {"DENY_QUERY", "条例36(7)", "三(三)8", "OPTIONAL"},
        {"NA_NOTEXIST", "条例36(4)", "三(四)1", "OPTIONAL"},
        {"NP_REPEAT", "条例36(6)", "三(五)2", "OPTIONAL"},
        {"OT_NOCORRECT", "条例30", "三(六)1", "OPTIONAL"},
    };
    assert_int_equal(e->outcome_count, 23);
    for (size_t i = 0; i < e->outcome_count; i++)
        assert_label(&e->outcomes[i].label);
    for (size_t i = 0; i < sizeof SOME / sizeof *SOME; i++) {
        const struct outcome_kind *o = edition_outcome(e, SOME[i].code);
        assert_string_equal(o->basis, SOME[i].basis);
        assert_string_equal(o->stat_row, SOME[i].row);
        assert_string_equal(o->remedy, SOME[i].remedy);
    }
    assert_null(edition_outcome(e, "NOTHING"));
    const struct event_field *f = event_field(edition_event(e, "outcome-proposed"), "outcome");
    for (size_t i = 0; i < e->outcome_count; i++)
        assert_int_equal(e->outcomes[i].drafted, event_field_choice(f, e->outcomes[i].code) != NULL);
}

/* ---- forms
 * ------------------------------------------------------------------------------------------------------ */

#define HASH "'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'"
#define NOTE "{'row':7,'commit':'ab'}"

static const struct {
    const char *event, *data, *code, *field;
} DATA[] = {
    {"received", "{'channel':'web','category':'natural','delivery':'hand','items':3}", NULL, NULL},
    {"received", "{'channel':'web','category':'natural','delivery':'hand'}", "FIELD_MISSING", "items"},
    {"received", "{'channel':'web','category':'natural','delivery':'hand','items':0}", "FIELD_RANGE",
     "items"},
    {"received", "{'channel':'web','category':'natural','delivery':'hand','items':301}", "FIELD_RANGE",
     "items"},
    {"received", "{'channel':'web','category':'natural','delivery':'hand','items':'3'}", "FIELD_KIND",
     "items"},
    {"received", "{'channel':'web','category':'natural','delivery':'hand','items':2.5}", "FIELD_KIND",
     "items"},
    {"received", "{'channel':'pigeon','category':'natural','delivery':'hand','items':3}", "FIELD_CHOICE",
     "channel"},
    {"received", "{'channel':'web','category':'natural','delivery':'hand','items':3,'why':'x'}",
     "FIELD_UNKNOWN", "why"},
    {"registered", NULL, NULL, NULL},
    {"registered", "{}", NULL, NULL},
    {"assigned", "{'handler':''}", "FIELD_KIND", "handler"},
    {"correction-notified", "{'reply-by':'2026-03-20','what':" NOTE "}", NULL, NULL},
    {"correction-notified", "{'reply-by':'2026-02-30','what':" NOTE "}", "FIELD_KIND", "reply-by"},
    {"correction-notified", "{'reply-by':'2026-03-20','what':'the name of a person'}", "FIELD_KIND", "what"},
    {"correction-notified", "{'reply-by':'2026-03-20','what':" NOTE ",'delivered':null}", NULL, NULL},
    {"approved", "{'odt':" HASH ",'docx':" HASH "}", NULL, NULL},
    {"approved", "{'odt':" HASH ",'docx':'0123'}", "FIELD_KIND", "docx"},
    {"corrected", "{'fact':3,'data':{'items':2}}", NULL, NULL},
    {"registered", "{'data':{}}", "FIELD_UNKNOWN", "data"},
};

static void data_is_what_the_form_promises(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *e = law_edition(life);
    for (size_t i = 0; i < sizeof DATA / sizeof *DATA; i++) {
        const struct fault *f =
            event_check_data(life, edition_event(e, DATA[i].event), law_json(life, DATA[i].data));
        if (!DATA[i].code) {
            must(f);
            continue;
        }
        must_fail(f, DATA[i].code);
        assert_string_equal(f->field, DATA[i].field);
        assert_int_equal(f->kind, FAULT_INPUT);
    }
}

/* ---- documents
 * ----------------------------------------------------------------------------------------------------- */

static void check_document(const char *name)
{
    SCOPED_LIFE(life);
    const struct edition *e = NULL;
    size_t length = 0;
    char code[40], place[200];
    int line = 0;
    const char *bytes = law_bytes(life, talloc_asprintf(life, "tests/corpora/editions/%s", name), &length);
    const struct fault *f = edition_read(life, name, bytes, length, &e);
    if (strncmp(bytes, "<!-- read -->", 13) == 0) {
        must(f);
        return;
    }
    if (sscanf(bytes, "<!-- refused: %39s %d -->", code, &line) != 2)
        fail_msg("%s does not say what must happen", name);
    snprintf(place, sizeof place, "%s:%d: ", name, line);
    if (!f || strcmp(f->code, code) != 0 || strncmp(f->detail, place, strlen(place)) != 0)
        fail_msg("%s: %s at line %d was expected, found %s", name, code, line,
                 f ? fault_text(life, f) : "nothing");
    assert_int_equal(f->kind, FAULT_INPUT);
}

static void malformed_editions_are_refused_with_file_and_line(void **state)
{
    (void)state;
    size_t count = 0;
    DIR *folder = opendir(MINGDA_SOURCE "/tests/corpora/editions");
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (strstr(entry->d_name, ".scxml")) {
            check_document(entry->d_name);
            count++;
        }
    closedir(folder);
    assert_true(count >= 35);
}

/* Any byte of an edition may be wrong: it is read or refused, never more. */
static void changed_bytes_are_refused_in_peace(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    size_t length = 0;
    const char *bytes = law_bytes(life, "tests/corpora/editions/small.scxml", &length);
    for (size_t i = 0; i < length; i++) {
        SCOPED_LIFE(once);
        const struct edition *e = NULL;
        char *changed = talloc_memdup(once, bytes, length);
        changed[i] ^= 1 << (i % 7);
        const struct fault *f = edition_read(once, "changed", changed, length, &e);
        assert_true(f || e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_is_a_form),
        cmocka_unit_test(the_words_of_the_services_are_there),
        cmocka_unit_test(every_outcome_has_its_row),
        cmocka_unit_test(data_is_what_the_form_promises),
        cmocka_unit_test(malformed_editions_are_refused_with_file_and_line),
        cmocka_unit_test(changed_bytes_are_refused_in_peace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
