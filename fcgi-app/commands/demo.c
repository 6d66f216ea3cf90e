/* demo.c - mingda demo: a demonstration office with people, templates and applications at every stage, played
 * day by day through the program's own services. Nothing here is real: names, numbers and addresses are made
 * up and say so.
 * `--finish`, once the processes run: waits for the seals and serves the replies that were approved. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "accounts.h"
#include "commands.h"
#include "demo_code.h"
#include "demo_stories.h"
#include "desk.h"
#include "facts.h"
#include "life.h"
#include "office.h"
#include "share.h"
#include "text.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define SEAL_SECONDS 90
#define TEMPLATE_FROM                                                                                        \
    ((struct civil){2024, 1, 1}) /* the remedies of the templates hold from this day (复议法2023) */

static const struct demo_agency {
    int agency;
    const char *name, *short_name, *unit_code, *mark;
    const char *prefix; /* of the logins of its people */
    const char *layout; /* of its replies */
} AGENCIES[] = {
    {1, "上海市应急管理局（演示）", "市应急局", "DEMO310001", "沪应急信公", "", "notice"},
    {2, "浦东新区应急管理局（演示）", "浦东应急局", "DEMO310115", "浦应急信公", "pudong-", "document"},
    {3, "闵行区应急管理局（演示）", "闵行应急局", "DEMO310112", "闵应急信公", "minhang-", "letter"},
};

static const struct demo_person {
    const char *login, *role, *names[COUNT(AGENCIES)];
} PEOPLE[] = {
    {"shouli", "clerk", {"周敏", "汪敏", "龚敏"}},
    {"chengban", "handler", {"陈立", "陆立", "顾立"}},
    {"chuzhang", "division-head", {"黄伟", "金伟", "谢伟"}},
    {"baomi", "secrecy", {"吴静", "戴静", "施静"}},
    {"fagui", "legal", {"徐洁", "章洁", "俞洁"}},
    {"lingdao", "leader", {"孙强", "傅强", "柳强"}},
    {"yinzhang", "sealer", {"马丽", "姜丽", "鲁丽"}},
    {"shenji", "auditor", {"朱华", "毛华", "殷华"}},
    {"admin", "admin", {"林海", "卢海", "倪海"}},
};

struct demo {
    struct db *db;
    const struct office *office;
    const struct law *law;
    const char *password;
    int64_t people[COUNT(AGENCIES)][COUNT(PEOPLE)];
    const char **refs; /* of the stories */
    struct civil today;
    uint8_t approvers_key[APPROVER_KEY];
    bool with_codes;                /* approvers are enrolled for one-time codes */
    int approvals[COUNT(AGENCIES)]; /* on the day that is played */
    TALLOC_CTX *life;
};

static const struct fault *set_today(struct demo *demo, struct civil day)
{
    struct table *t = NULL;
    return db_query(demo->db, Q_DEMO_TODAY, (struct cell[]){cell_day(day)}, &t, demo->life);
}

/* ---- the office ---- */

static const struct fault *add_agency(struct demo *demo, const struct demo_agency *a)
{
    const struct cell params[] = {cell_int(a->agency),
                                  cell_text(a->name),
                                  cell_text(a->short_name),
                                  cell_text(a->unit_code),
                                  cell_text(a->mark),
                                  cell_text("上海铁路运输法院"),
                                  cell_text("上海市人民政府"),
                                  cell_text("行政复议网上申请渠道（演示）"),
                                  cell_text("上海市演示路1号"),
                                  cell_text("200000"),
                                  cell_text("021-00000000"),
                                  cell_text("办公室（政府信息公开工作机构）"),
                                  cell_text("http://127.0.0.1:8080"),
                                  cell_text(a->layout)};
    return db_query(demo->db, Q_AGENCY_PUT, params, NULL, demo->life);
}

static const struct fault *enrol(struct demo *demo, const char *login)
{
    uint8_t public_key[APPROVER_KEY];
    const char *uri = NULL;
    if (!demo->with_codes)
        return NULL;
    crypto_scalarmult_base(public_key, demo->approvers_key);
    return approver_enrol(demo->db, login, public_key, &uri, demo->life);
}

static const struct fault *add_people(struct demo *demo, size_t agency)
{
    for (size_t i = 0; i < COUNT(PEOPLE); i++) {
        const char *const roles[] = {PEOPLE[i].role, NULL};
        const char *login = talloc_asprintf(demo->life, "%s%s", AGENCIES[agency].prefix, PEOPLE[i].login);
        TRY_MEMORY(login);
        const struct account account = {login, PEOPLE[i].names[agency], AGENCIES[agency].agency, roles};
        TRY(account_add(demo->db, &account, demo->password, &demo->people[agency][i], demo->life));
        if (strcmp(PEOPLE[i].role, "leader") == 0)
            TRY(enrol(demo, login));
    }
    return NULL;
}

static int64_t person_of(const struct demo *demo, int agency, const char *role)
{
    for (size_t i = 0; role && i < COUNT(PEOPLE); i++)
        if (strcmp(PEOPLE[i].role, role) == 0)
            return demo->people[agency - 1][i];
    return 0;
}

/* Every file of a folder as version 1, drafted by the legal reviewer, approved by the leader: two persons, as
 * the store demands. */
static const struct fault *add_texts(struct demo *demo, int agency, const char *folder, enum query_id add,
                                     enum query_id approve)
{
    const char **files = NULL;
    size_t count = 0;
    TRY(share_list(demo->life, folder, ".xml", &files, &count));
    for (size_t i = 0; i < count; i++) {
        const char *path = talloc_asprintf(demo->life, "%s/%s", folder, files[i]);
        const char *code = talloc_strndup(demo->life, files[i], strlen(files[i]) - 4);
        char *xml = NULL;
        size_t length = 0;
        struct table *t = NULL;
        TRY_MEMORY(path && code ? demo : NULL);
        TRY(share_read(demo->life, path, 1u << 20, &xml, &length));
        const struct cell draft[] = {cell_text(code), cell_text(xml),
                                     cell_int(person_of(demo, agency, "legal"))};
        TRY(db_query(demo->db, add, draft, &t, demo->life));
        const struct cell approval[] = {cell_text(code), cell_int(table_int(t, 0, "version", 1)),
                                        cell_int(person_of(demo, agency, "leader")), cell_day(TEMPLATE_FROM)};
        TRY(db_query(demo->db, approve, approval, &t, demo->life));
    }
    return NULL;
}

/* A picture that says of itself that it is no seal. */
static const struct fault *add_seal(struct demo *demo, int agency)
{
    char *png = NULL;
    size_t length = 0;
    struct table *t = NULL;
    TRY(share_read(demo->life, "templates/seals/demonstration.png", 256 << 10, &png, &length));
    const struct cell params[] = {cell_int(agency), cell_bytes(png, length), cell_int(42)};
    return db_query(demo->db, Q_SEAL_PICTURE_ADD, params, &t, demo->life);
}

static const struct fault *add_law(struct demo *demo, const struct law *law)
{
    char *bytes = NULL;
    size_t length = 0;
    uint8_t sha[CRYPT_HASH];
    TRY(share_read(demo->life, law->file, 4u << 20, &bytes, &length));
    crypt_sha256(bytes, length, sha);
    const struct civil from = civil_is_set(law->edition->in_force) ? law->edition->in_force : TEMPLATE_FROM;
    const struct cell edition[] = {
        cell_text(law->edition->code), cell_text(law->version), cell_bytes(sha, sizeof sha),
        cell_bytes(bytes, length),     cell_day(from),          cell_day(from)};
    return db_query(demo->db, Q_EDITION_ADD, edition, NULL, demo->life);
}

/* ---- the applications ---- */

/* The working day so many before `day`. */
static struct civil workdays_before(const struct demo *demo, struct civil day, int count)
{
    while (count > 0) {
        day = civil_add_days(day, -1);
        count -= calendar_is_workday(demo->law->calendar, day);
    }
    return day;
}

static struct civil received_on(const struct demo *demo, const struct demo_story *story)
{
    return workdays_before(demo, demo->today, story->before);
}

static struct civil step_day(const struct demo *demo, const struct demo_story *story,
                             const struct demo_step *step)
{
    if (step->day <= STORY_TODAY)
        return workdays_before(demo, demo->today, STORY_TODAY - step->day);
    return calendar_add_workdays(demo->law->calendar, received_on(demo, story), step->day);
}

/* Every sixth applicant is an organisation. Numbers of documents are none that could exist. */
static json_t *applicant_of(struct demo *demo, size_t index, const char **category)
{
    bool body = index % 6 == 5;
    const char *name =
        body ? DEMO_BODIES[index / 6 % DEMO_BODY_COUNT] : DEMO_PEOPLE[index % DEMO_PEOPLE_COUNT];
    const char *number =
        talloc_asprintf(demo->life, body ? "91310000DEMO%05zuX" : "31000019900101%04zu", index);
    static const char *const KINDS[] = {"commercial", "research", "public_benefit", "legal_service",
                                        "commercial"};
    *category = body ? KINDS[index / 6 % DEMO_BODY_COUNT] : "natural";
    return json_adopt(demo->life,
                      json_pack("{s:s,s:s*,s:s,s:s,s:s}", "name", name, "id_kind", body ? NULL : "id-card",
                                "id_number", number, "phone", "021-00000000", "address", "上海市演示路2号"));
}

static const struct fault *apply(struct demo *demo, size_t index)
{
    static const char *const DELIVERIES[] = {"electronic", "electronic", "mail", "electronic", "hand"};
    const struct demo_story *story = &DEMO_STORIES[index];
    const struct demo_course *course = &DEMO_COURSES[story->course];
    const char *category = NULL, *items[2];
    struct receipt receipt = {0};
    json_t *applicant = applicant_of(demo, index, &category);
    TRY_MEMORY(applicant);
    for (size_t i = 0; i < COUNT(items); i++)
        items[i] = course->topic ? course->topic : DEMO_TOPICS[(index * 5 + i) % DEMO_TOPIC_COUNT];
    const struct application in = {.agency = story->agency,
                                   .channel = "web",
                                   .category = category,
                                   .delivery = DELIVERIES[index % COUNT(DELIVERIES)],
                                   .applicant = applicant,
                                   .items = items,
                                   .item_count = (size_t)course->items,
                                   .submission = facts_submission_id(demo->life),
                                   .role = "applicant"};
    TRY(office_submit(demo->db, demo->office, &in, &receipt, demo->life));
    demo->refs[index] = receipt.ref;
    return NULL;
}

/* "@handler" becomes that person, "+8" the working day so many later. */
static const struct fault *fill_in(struct demo *demo, const struct demo_story *story, struct civil day,
                                   json_t *data)
{
    const char *name, *text;
    json_t *value;
    char later[CIVIL_TEXT];
    int64_t days = 0;
    json_object_foreach(data, name, value)
    {
        text = json_string_value(value);
        if (text && *text == '@') {
            const char *id =
                talloc_asprintf(demo->life, "%lld", (long long)person_of(demo, story->agency, text + 1));
            TRY_MEMORY(id);
            json_string_set(value, id);
        } else if (text && *text == '+' && text_to_int(text + 1, 1, 99, &days)) {
            civil_format(calendar_add_workdays(demo->law->calendar, day, (int32_t)days), later);
            json_string_set(value, later);
        }
    }
    return NULL;
}

/* An approver has had the letter dated that day, and has seen it as it stands. */
static const struct fault *as_seen(struct demo *demo, const struct raising *in, json_t *data)
{
    struct dossier *d = NULL;
    int32_t dated = 0;
    const char *ref = in->ref, *child = in->child;
    TRY(office_letter_date(demo->db, demo->office, in, &dated, demo->life));
    TRY(dossier_open(demo->db, demo->office, ref, demo->life, &d));
    const struct fact *draft = standing_fact(d->standing, "drafted", child);
    if (!draft || json_object_set_new(data, "odt", json_string(fact_text(draft, "odt"))) != 0 ||
        json_object_set_new(data, "docx", json_string(fact_text(draft, "docx"))) != 0)
        return fault_new(demo->life, FAULT_BROKEN, "DEMO",
                         "the story approves a letter that was not drafted");
    return NULL;
}

/* And confirms the approval with a code of that day. */
static const struct fault *type_code(struct demo *demo, size_t index, const json_t *data, int32_t seq,
                                     struct civil day)
{
    const int agency = DEMO_STORIES[index].agency;
    struct dossier *d = NULL;
    if (!demo->with_codes)
        return NULL;
    TRY(dossier_open(demo->db, demo->office, demo->refs[index], demo->life, &d));
    const struct demo_approval a = {.agency = agency,
                                    .dossier = d->id,
                                    .person = person_of(demo, agency, "leader"),
                                    .seq = seq,
                                    .login =
                                        talloc_asprintf(demo->life, "%slingdao", AGENCIES[agency - 1].prefix),
                                    .odt = json_text(data, "odt"),
                                    .docx = json_text(data, "docx"),
                                    .day = day,
                                    .nth = demo->approvals[agency - 1]++};
    return demo_code_type(demo->db, demo->approvers_key, &a, demo->life);
}

static const struct fault *act(struct demo *demo, size_t index, const struct demo_step *step,
                               struct civil day)
{
    const struct demo_story *story = &DEMO_STORIES[index];
    const char *const roles[] = {step->role ? step->role : "applicant", NULL};
    const char *text = step->data ? step->data : "{}";
    struct raised out;
    json_t *data = NULL;
    TRY(json_read(demo->life, "demo", text, strlen(text), &data));
    TRY(fill_in(demo, story, day, data));
    const struct raising in = {.ref = demo->refs[index],
                               .kind = step->kind,
                               .child = step->child,
                               .data = data,
                               .person = person_of(demo, story->agency, step->role),
                               .roles = roles};
    db_scope_set(demo->db, (struct db_scope){story->agency, in.person, false});
    if (strcmp(step->kind, "approved") == 0)
        TRY(as_seen(demo, &in, data));
    const struct fault *f = office_raise(demo->db, demo->office, &in, &out, demo->life);
    if (!f && strcmp(step->kind, "approved") == 0)
        f = type_code(demo, index, data, out.seq, day);
    return f ? fault_because(demo->life, f->kind, "DEMO", f, "%s in story %zu", step->kind, index + 1) : NULL;
}

static const struct fault *play_story_day(struct demo *demo, size_t index, struct civil day)
{
    const struct demo_story *story = &DEMO_STORIES[index];
    const struct demo_course *course = &DEMO_COURSES[story->course];
    if (civil_compare(received_on(demo, story), day) == 0)
        TRY(apply(demo, index));
    for (size_t i = 0; i < course->count; i++)
        if (civil_compare(step_day(demo, story, &course->steps[i]), day) == 0)
            TRY(act(demo, index, &course->steps[i], day));
    return NULL;
}

/* One day: what comes in, what is done, and at its end what the clock itself does. */
static const struct fault *play_day(struct demo *demo, struct civil day)
{
    size_t raised = 0;
    TRY(set_today(demo, day));
    memset(demo->approvals, 0, sizeof demo->approvals);
    for (size_t i = 0; i < DEMO_STORY_COUNT; i++)
        TRY(play_story_day(demo, i, day));
    for (size_t i = 0; i < COUNT(AGENCIES); i++)
        TRY(office_wake(demo->db, demo->office, AGENCIES[i].agency, &raised, demo->life));
    return NULL;
}

static const struct fault *play(struct demo *demo)
{
    struct civil first = demo->today;
    demo->refs = talloc_zero_array(demo->life, const char *, DEMO_STORY_COUNT);
    TRY_MEMORY(demo->refs);
    for (size_t i = 0; i < DEMO_STORY_COUNT; i++)
        if (civil_compare(received_on(demo, &DEMO_STORIES[i]), first) < 0)
            first = received_on(demo, &DEMO_STORIES[i]);
    for (struct civil day = first; civil_compare(day, demo->today) <= 0; day = civil_add_days(day, 1))
        TRY(play_day(demo, day));
    return set_today(demo, demo->today);
}

static const struct fault *add_office(struct demo *demo, size_t i)
{
    int agency = AGENCIES[i].agency;
    TRY(add_agency(demo, &AGENCIES[i]));
    TRY(add_people(demo, i));
    TRY(add_seal(demo, agency));
    db_scope_set(demo->db, (struct db_scope){.agency = agency});
    TRY(add_texts(demo, agency, "templates/clauses", Q_CLAUSE_ADD, Q_CLAUSE_APPROVE));
    return add_texts(demo, agency, "templates/letters", Q_TEMPLATE_ADD, Q_TEMPLATE_APPROVE);
}

static const struct fault *set_up(struct demo *demo, bool *there)
{
    struct table *t = NULL;
    TRY(db_query(demo->db, Q_AGENCY_LIST, NULL, &t, demo->life));
    *there = t->row_count > 0;
    if (*there)
        return NULL;
    TRY(db_ask_today(demo->db, &demo->today, demo->life));
    for (size_t i = 0; i < COUNT(AGENCIES); i++)
        TRY(add_office(demo, i));
    for (size_t i = 0; i < demo->office->law_count; i++)
        TRY(add_law(demo, &demo->office->laws[i]));
    return play(demo);
}

/* ---- serving what was approved ---- */

static const struct fault *handler_of(struct demo *demo, int64_t *person, TALLOC_CTX *round)
{
    struct table *people = NULL;
    TRY(db_query(demo->db, Q_PEOPLE_WITH_ROLE, (struct cell[]){cell_text("handler")}, &people, round));
    *person = table_int(people, 0, "person", 0);
    return NULL;
}

/* As the office serves, by a handler of the agency: the reply or the notice, whichever the law lets be served
 * now (receipts are not). */
static const struct fault *serve(struct demo *demo, const char *ref, const char *child, bool *served,
                                 TALLOC_CTX *round)
{
    static const char *const ROLES[] = {"handler", NULL}, *const KINDS[] = {"served", "notice-served"};
    struct db_scope scope = db_scope_of(demo->db);
    struct raised out;
    json_t *data = json_adopt(round, json_pack("{s:s}", "method", "electronic"));
    TRY_MEMORY(data);
    TRY(handler_of(demo, &scope.person, round));
    db_scope_set(demo->db, scope);
    *served = false;
    for (size_t i = 0; !*served && i < COUNT(KINDS); i++) {
        const struct raising in = {.ref = ref,
                                   .kind = KINDS[i],
                                   .child = child,
                                   .data = data,
                                   .person = scope.person,
                                   .roles = ROLES};
        const struct fault *f = office_raise(demo->db, demo->office, &in, &out, round);
        if (f && f->kind != FAULT_REFUSED)
            return f;
        *served = !f;
    }
    return NULL;
}

/* What the applicant sends back to a letter that was served. */
static const struct fault *answer(struct demo *demo, const char *ref, const char *child, TALLOC_CTX *round)
{
    static const char *const ROLES[] = {"applicant", NULL};
    struct dossier *d = NULL;
    struct raised out;
    TRY(dossier_open(demo->db, demo->office, ref, round, &d));
    const char *code = fact_text(standing_fact(d->standing, "drafted", child), "template");
    for (size_t i = 0; code && i < DEMO_ANSWER_COUNT; i++) {
        const struct demo_answer *a = &DEMO_ANSWERS[i];
        if (strcmp(a->letter, code) != 0)
            continue;
        json_t *data = NULL;
        TRY(json_read(round, "demo", a->data, strlen(a->data), &data));
        const struct raising in = {.ref = ref, .kind = a->kind, .data = data, .roles = ROLES};
        TRY(office_raise(demo->db, demo->office, &in, &out, round));
    }
    return NULL;
}

static const struct fault *serve_and_answer(struct demo *demo, const char *ref, const char *child,
                                            TALLOC_CTX *round)
{
    bool served = false;
    TRY(serve(demo, ref, child, &served, round));
    return served ? answer(demo, ref, child, round) : NULL;
}

static const struct fault *finish_round(struct demo *demo, bool *waiting, TALLOC_CTX *round)
{
    struct table *t = NULL;
    *waiting = false;
    TRY(db_query(demo->db, Q_LETTERS_ON_THE_WAY, NULL, &t, round));
    for (size_t i = 0; i < t->row_count; i++)
        *waiting = *waiting || !table_flag(t, i, "sealed");
    for (size_t i = 0; !*waiting && i < t->row_count; i++)
        TRY(serve_and_answer(demo, table_text(t, i, "ref"), table_text(t, i, "child"), round));
    return NULL;
}

static const struct fault *finish_agency(struct demo *demo, int agency)
{
    const struct timespec pause = {.tv_nsec = 300000000};
    bool waiting = true;
    for (int i = 0; waiting && i < SEAL_SECONDS * 3; i++) {
        if (i)
            nanosleep(&pause, NULL);
        db_scope_set(demo->db, (struct db_scope){.agency = agency});
        TRY(finish_round(demo, &waiting, demo->life));
    }
    if (!waiting)
        return NULL;
    return fault_new(demo->life, FAULT_AWAY, "NOT_SEALED",
                     "letters were not sealed within %d s: do mingda sign and mingda clock run?",
                     SEAL_SECONDS);
}

static const struct fault *finish(struct demo *demo)
{
    for (size_t i = 0; i < COUNT(AGENCIES); i++)
        TRY(finish_agency(demo, AGENCIES[i].agency));
    return NULL;
}

static const struct fault *read_password(TALLOC_CTX *life, const char *path, const char **out)
{
    char *text = NULL;
    size_t length = 0;
    TRY(share_read_file(life, path, 256, &text, &length));
    text[strcspn(text, "\r\n")] = '\0';
    *out = text;
    return NULL;
}

int command_demo(int argc, char **argv)
{
    SCOPED_LIFE(life);
    const struct settings *settings = NULL;
    struct office *office = NULL;
    struct demo demo = {.life = life};
    if (argc == 3 && strcmp(argv[1], "code") == 0)
        return demo_code(argv[2]);
    bool finishing = argc == 2 && strcmp(argv[1], "--finish") == 0, there = false;
    if (!finishing && (argc != 3 || strcmp(argv[1], "--password-file") != 0)) {
        fputs("usage: mingda demo --password-file FILE | --finish | code LOGIN\n", stderr);
        return 2;
    }
    const struct fault *f = finishing ? NULL : read_password(life, argv[2], &demo.password);
    if (!f)
        f = desk_open(life, "owner", &settings, &demo.db);
    if (!f)
        f = office_open(life, settings, &office);
    if (!f)
        f = demo_code_key(settings, demo.approvers_key, &demo.with_codes, life);
    demo.office = office;
    demo.law = office && office->law_count ? office_law(office, "cn-2019") : NULL;
    if (!f)
        f = finishing ? finish(&demo) : set_up(&demo, &there);
    if (f)
        return desk_fail("demo", f);
    if (there)
        puts("the demonstration data are there already");
    return 0;
}
