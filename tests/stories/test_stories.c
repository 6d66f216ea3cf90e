/* One story, three roads: in memory (tests/unit/test_engine.c), through nginx (tests/browser/stories.sh), and
 * here, where each table of stories.h is played through office_submit() and office_raise() on a real database
 * and at the same time by the pure engine on the facts that the store gives back. State, due
 * dates, refusals and wakes must be what the story says, and the stored heads must say it too.
 *
 * Two things differ from the tables by design. Receipts are drafted by rule as soon as they are owed, so
 * letters that a story counts from L1 are counted from L2 where it does not tell of the receipt. And what a
 * story writes as the digest of a letter is, on this road, the digest of a real one. */
#include "../database/office_play.h"
#include "stories.h"

struct telling {
    TALLOC_CTX *life;
    struct db *db;
    const char *ref, *day;
    const struct story *story;
    size_t scene;
    bool tells_receipt; /* the story drafts D01 itself */
};

static void told_wrong(const struct telling *t, const char *what, const char *found)
{
    const struct scene *s = &t->story->scenes[t->scene];
    fail_msg("\"%s\", scene %zu (%s %s): %s, found %s", t->story->name, t->scene, s->event ? s->event : "",
             s->word ? s->word : "", what, found ? found : "nothing");
}

static bool is_receipt(const struct scene *s)
{
    return s->event && strcmp(s->event, "drafted") == 0 && strstr(s->data, "'D01'");
}

/* What the service of a letter tells is recorded with it (law:letter tells). */
static bool is_told_by_a_letter(const struct telling *t, const struct scene *s)
{
    const struct edition *e = dossier_of(t->db, t->ref, t->life)->law->edition;
    for (size_t i = 0; strcmp(s->role, "clock") == 0 && i < e->letter_count; i++)
        if (e->letters[i].tells && strcmp(e->letters[i].tells, s->event) == 0)
            return true;
    return false;
}

/* The story's letter as it is called in the dossier: one further where the receipt came first. */
static const char *child_of(const struct telling *t, const char *child)
{
    if (!child || *child != 'L' || t->tells_receipt)
        return child;
    bool receipt = facts_of(t->ref, "registered") > 0;
    return talloc_asprintf(t->life, "L%ld", strtol(child + 1, NULL, 10) + receipt);
}

/* The data of a scene as a form would send it: texts are text, people are numbers, letters are what was read.
 */
static json_t *data_of(const struct telling *t, const struct scene *s)
{
    json_t *data = quoted_json(t->life, s->data), *said = json_adopt(t->life, json_object());
    const char *name;
    json_t *value;
    bool drafts = strcmp(s->event, "drafted") == 0, approves = strcmp(s->event, "approved") == 0;
    json_object_foreach(data, name, value)
    {
        const char *text = json_string_value(value);
        if (drafts && strcmp(name, "template") != 0 && !json_is_object(value))
            continue;
        if (json_is_object(value))
            json_object_set_new(said, name, json_string("写明的内容"));
        else if (strcmp(name, "handler") == 0)
            json_object_set_new(said, name,
                                json_string(talloc_asprintf(t->life, "%lld", (long long)person_of(text))));
        else
            json_object_set(said, name, value);
    }
    if (drafts) {
        json_object_set_new(said, "place", json_string("一楼窗口"));
        json_object_set_new(said, "time", json_string("工作日九时"));
    }
    bool reads =
        approves && json_text(data, "odt")[0] == 'a'; /* HA, HB: what stands; anything else: something else */
    const struct fact *draft =
        reads ? standing_fact(dossier_of(t->db, t->ref, t->life)->standing, "drafted", child_of(t, s->child))
              : NULL;
    if (draft) {
        json_object_set_new(said, "odt", json_string(fact_text(draft, "odt")));
        json_object_set_new(said, "docx", json_string(fact_text(draft, "docx")));
    }
    return said;
}

static const struct fault *raise_scene(const struct telling *t, const struct scene *s)
{
    const char *const roles[] = {s->role, NULL};
    bool applicant = !s->person || strcmp(s->role, "applicant") == 0;
    struct raised out;
    const struct raising in = {.ref = t->ref,
                               .kind = s->event,
                               .child = child_of(t, s->child),
                               .data = data_of(t, s),
                               .submission = facts_submission_id(t->life),
                               .person = applicant ? 0 : person_of(s->person),
                               .roles = roles};
    db_scope_set(t->db, (struct db_scope){.agency = 1, .person = in.person});
    return office_raise(t->db, PLAY.office, &in, &out, t->life);
}

static void submit(struct telling *t, const struct scene *s)
{
    static const char *const items[] = {"第一项", "第二项", "第三项"};
    json_t *data = quoted_json(t->life, s->data);
    json_t *applicant =
        json_adopt(t->life, json_pack("{s:s,s:s}", "name", s->person, "id_number", "310000190001010099"));
    struct receipt receipt = {0};
    const struct application in = {.agency = 1,
                                   .channel = json_text(data, "channel"),
                                   .category = json_text(data, "category"),
                                   .delivery = json_text(data, "delivery"),
                                   .applicant = applicant,
                                   .items = items,
                                   .item_count = (size_t)json_integer_value(json_object_get(data, "items")),
                                   .submission = facts_submission_id(t->life),
                                   .role = s->role};
    must(office_submit(t->db, PLAY.office, &in, &receipt, t->life));
    t->ref = receipt.ref;
}

/* Who approves a letter has it dated that day first, where it bears another. */
static void date_it(const struct telling *t, const struct scene *s)
{
    const char *const roles[] = {s->role, NULL};
    const struct raising in = {
        .ref = t->ref, .child = child_of(t, s->child), .person = person_of(s->person), .roles = roles};
    int32_t seq = 0;
    db_scope_set(t->db, (struct db_scope){.agency = 1, .person = in.person});
    must(office_letter_date(t->db, PLAY.office, &in, &seq, t->life));
}

static void do_it(struct telling *t, const struct scene *s)
{
    if (!t->ref) {
        submit(t, s);
        return;
    }
    if (is_receipt(s)) { /* done already, by rule */
        if (!standing_fact(dossier_of(t->db, t->ref, t->life)->standing, "drafted", s->child))
            told_wrong(t, "must be drafted by rule", NULL);
        return;
    }
    if (is_told_by_a_letter(t, s)) {
        if (!standing_fact(dossier_of(t->db, t->ref, t->life)->standing, s->event, s->child))
            told_wrong(t, "must be recorded with the service", NULL);
        return;
    }
    if (strcmp(s->event, "approved") == 0)
        date_it(t, s);
    const struct fault *f = raise_scene(t, s);
    if (f)
        told_wrong(t, "must be possible", fault_text(t->life, f));
}

/* Whose role it is not, and who approves another letter than the one that stands, is told before the rules
 * are asked. */
static void cannot_do(const struct telling *t, const struct scene *s)
{
    long facts = facts_of(t->ref, "%");
    const struct fault *f = raise_scene(t, s);
    if (strcmp(s->word, "role") == 0)
        must_fail(f, "NOT_YOUR_ROLE");
    else if (strcmp(s->word, "approve-what-was-seen") == 0)
        must_fail(f, "LETTER_CHANGED");
    else if (!f || !f->refusal || strcmp(f->refusal->rule, s->word) != 0)
        told_wrong(t, "must be refused",
                   !f           ? "allowed"
                   : f->refusal ? f->refusal->rule
                                : fault_text(t->life, f));
    assert_int_equal(facts_of(t->ref, "%"), facts);
}

static void owes(const struct telling *t, const struct scene *s)
{
    size_t count = 0;
    const struct duty *duties = standing_duties(dossier_of(t->db, t->ref, t->life)->standing, &count);
    if (strcmp(s->role, "clock") == 0) { /* owed by rule is done */
        assert_int_equal(facts_of(t->ref, "drafted"), 1);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (strcmp(duties[i].role, s->role) == 0 && strcmp(duties[i].event->name, s->word) == 0)
            return;
    told_wrong(t, "must be owed", NULL);
}

/* What the head of the dossier says, from the day of the last fact. */
static const char *head(const struct telling *t, const char *column)
{
    return ask(t->life, "SELECT %s FROM mingda.dossier WHERE ref = '%s'", column, t->ref);
}

static void stands(const struct telling *t, const struct scene *s)
{
    const char *child = child_of(t, s->child);
    struct dossier *d = dossier_of(t->db, t->ref, t->life);
    const struct place *place = standing_place(d->standing, child);
    if (!standing_in(d->standing, child, s->word))
        told_wrong(t, "must stand", place ? place->id : NULL);
    const char *stored =
        !child ? head(t, "' ' || configuration || ' '")
               : ask(t->life,
                     "SELECT ' ' || state || ' ' FROM mingda.child WHERE dossier_id = %lld AND child = '%s'",
                     (long long)d->id, child);
    if (!child && !strstr(stored, talloc_asprintf(t->life, " %s ", s->word)))
        told_wrong(t, "must stand in the head", stored);
    if (child && place && !strstr(stored, talloc_asprintf(t->life, " %s ", place->id)))
        told_wrong(t, "must stand in the child's row", stored);
}

static void is_due(const struct telling *t, const struct scene *s)
{
    struct dossier *d = dossier_of(t->db, t->ref, t->life);
    struct view *v = NULL;
    char day[CIVIL_TEXT] = "";
    must(workflow_view(t->life, d->standing, d->today, &v));
    civil_format(v->reply->due, day);
    if (strcmp(day, s->word) != 0)
        told_wrong(t, "must be due", day);
    if (strcmp(head(t, "due"), s->word) != 0)
        told_wrong(t, "must be due in the head", head(t, "due"));
}

static void wakes(const struct telling *t, const struct scene *s)
{
    struct clock_wake wake = {0};
    struct dossier *d = dossier_of(t->db, t->ref, t->life);
    must(workflow_wake(t->life, d->standing, &wake));
    const char *stored =
        ask(t->life, "SELECT coalesce((SELECT on_day::text FROM mingda.wake WHERE dossier_id = %lld), '')",
            (long long)d->id);
    if (!text_same(wake.kind, s->event) || strcmp(stored, s->word ? s->word : "") != 0)
        told_wrong(t, "must wake", stored);
}

static void play(struct telling *t, const struct scene *s)
{
    switch (s->kind) {
    case SCENE_ON:
        t->day = s->word;
        t->db = web_on(t->life, t->day);
        break;
    case SCENE_DOES:
        do_it(t, s);
        break;
    case SCENE_CANNOT:
        cannot_do(t, s);
        break;
    case SCENE_STANDS:
        stands(t, s);
        break;
    case SCENE_SHOWN:
        if (strcmp(head(t, "public_state"), s->word) != 0)
            told_wrong(t, "must be shown", head(t, "public_state"));
        break;
    case SCENE_DUE:
        is_due(t, s);
        break;
    case SCENE_OWES:
        owes(t, s);
        break;
    case SCENE_WAKES:
        wakes(t, s);
        break;
    case SCENE_END:
        break;
    }
}

static void every_story_holds_in_the_store(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof STORIES / sizeof *STORIES; i++) {
        SCOPED_LIFE(life);
        struct telling t = {.life = life, .story = &STORIES[i]};
        for (const struct scene *s = STORIES[i].scenes; s->kind != SCENE_END; s++)
            t.tells_receipt = t.tells_receipt || is_receipt(s);
        for (t.scene = 0; STORIES[i].scenes[t.scene].kind != SCENE_END; t.scene++)
            play(&t, &STORIES[i].scenes[t.scene]);
        all_is_whole(t.day);
    }
}

/* The tables as JSON, for those who play them on another road. */
static int tell(void)
{
    static const char *const KINDS[] = {"end",   "on",  "does", "cannot", "stands",
                                        "shown", "due", "owes", "wakes"};
    SCOPED_LIFE(life);
    json_t *all = json_adopt(life, json_array());
    for (size_t i = 0; i < sizeof STORIES / sizeof *STORIES; i++) {
        json_t *scenes = json_array();
        for (const struct scene *s = STORIES[i].scenes; s->kind != SCENE_END; s++)
            json_array_append_new(scenes,
                                  json_pack("{s:s,s:s?,s:s?,s:s?,s:s?,s:O,s:s?}", "scene", KINDS[s->kind],
                                            "person", s->person, "role", s->role, "event", s->event, "child",
                                            s->child, "data", quoted_json(life, s->data), "word", s->word));
        json_array_append_new(all, json_pack("{s:s,s:o}", "name", STORIES[i].name, "scenes", scenes));
    }
    return json_dumpf(all, stdout, JSON_INDENT(1));
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return tell();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_story_holds_in_the_store),
    };
    return cmocka_run_group_tests(tests, play_open, play_close);
}
