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
#include "desk.h"
#include "facts.h"
#include "life.h"
#include "office.h"
#include "share.h"
#include "text.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define SEAL_SECONDS 60
#define AGENCY       1
#define TEMPLATE_FROM                                                                                        \
    ((struct civil){2024, 1, 1}) /* the remedies of the templates hold from this day (复议法2023) */

static const struct demo_agency {
    int agency;
    const char *name, *short_name, *unit_code, *mark;
} AGENCIES[] = {
    {AGENCY, "上海市应急管理局（演示）", "市应急局", "DEMO310001", "沪应急信公"},
    {2, "浦东新区应急管理局（演示）", "浦东应急局", "DEMO310115", "浦应急信公"},
};

static const struct demo_person {
    const char *login, *name, *role;
} PEOPLE[] = {
    {"shouli", "周敏", "clerk"},    {"chengban", "陈立", "handler"}, {"chuzhang", "黄伟", "division-head"},
    {"baomi", "吴静", "secrecy"},   {"fagui", "徐洁", "legal"},      {"lingdao", "孙强", "leader"},
    {"yinzhang", "马丽", "sealer"}, {"shenji", "朱华", "auditor"},   {"admin", "林海", "admin"},
};

/* Applications, in the order in which they come in. */
static const struct demo_application {
    const char *day, *category, *delivery, *name, *id_kind, *id_number;
    const char *items[3];
} APPLICATIONS[] = {
    {"2026-02-24",
     "natural",
     "electronic",
     "李建国",
     "id-card",
     "310000199001010011",
     {"2025年度全市危险化学品企业安全生产执法检查计划及完成情况"}},
    {"2026-02-25",
     "commercial",
     "mail",
     "上海示例化工有限公司",
     NULL,
     "91310000DEMO00001X",
     {"本公司2024年安全生产许可证延期换证的审查意见"}},
    {"2026-03-02",
     "natural",
     "electronic",
     "王晓岚",
     "id-card",
     "310000198505050022",
     {"2025年度市级应急物资储备目录（不含存放地点）", "2025年度应急物资采购项目的中标结果"}},
    {"2026-03-04", "natural", "electronic", "赵倩", "passport", "E00000000", {"有关安全的全部文件"}},
    {"2026-03-05",
     "research",
     "electronic",
     "上海示例城市安全研究所",
     NULL,
     "12310000DEMO00002Y",
     {"2021年至2025年全市生产安全事故起数和死亡人数统计表"}},
    {"2026-03-09",
     "natural",
     "mail",
     "钱进",
     "id-card",
     "310000197707070033",
     {"某化工企业2025年10月火灾事故调查报告"}},
    {"2026-03-12",
     "legal_service",
     "electronic",
     "上海示例律师事务所",
     NULL,
     "31310000DEMO00003Z",
     {"2025年行政处罚自由裁量基准的制定说明"}},
    {"2026-03-16",
     "natural",
     "hand",
     "孙宁",
     "id-card",
     "310000196606060044",
     {"居民区周边加油站安全评价备案情况"}},
    {"2026-03-18",
     "natural",
     "electronic",
     "周子墨",
     "id-card",
     "310000199909090055",
     {"2026年防汛防台应急预案"}},
    {"2026-03-24", "natural", "electronic", "吴桐", "id-card", "310000200001010066", {"应急避难场所名录"}},
    {"2026-03-27",
     "public_benefit",
     "electronic",
     "上海示例公益服务中心",
     NULL,
     "52310000DEMO00004W",
     {"社会应急力量登记名录及分类分级测评结果"}},
    {"2026-03-30",
     "natural",
     "electronic",
     "郑一鸣",
     "id-card",
     "310000200202020077",
     {"2025年安全生产考核结果"}},
};

/* What is done, in the order of days: who does what to which application (index above). `data` is JSON; the
 * person of an assignment is a login. */
static const struct demo_act {
    const char *day;
    int application;
    const char *login, *kind, *child, *data;
} ACTS[] = {
    {"2026-02-24", 0, "shouli", "registered", NULL, NULL},
    {"2026-02-25", 0, "shouli", "assigned", NULL, "{\"handler\":\"chengban\"}"},
    {"2026-02-25", 1, "shouli", "registered", NULL, NULL},
    {"2026-02-26", 1, "shouli", "assigned", NULL, "{\"handler\":\"chengban\"}"},
    {"2026-03-02", 0, "chengban", "search-recorded", NULL,
     "{\"result\":\"found\",\"where\":\"执法业务系统、文书档案\",\"keywords\":\"危险化学品 执法检查 计划\"}"},
    {"2026-03-02", 2, "shouli", "registered", NULL, NULL},
    {"2026-03-03", 2, "shouli", "assigned", NULL, "{\"handler\":\"chengban\"}"},
    {"2026-03-03", 0, "chengban", "secrecy-proposed", NULL,
     "{\"item\":\"i1\",\"level\":\"release\",\"basis\":\"不涉及国家秘密，已完成公开属性认定\"}"},
    {"2026-03-04", 0, "baomi", "secrecy-decided", "s1", "{\"result\":\"release\",\"opinion\":\"同意公开\"}"},
    {"2026-03-04", 3, "shouli", "registered", NULL, NULL},
    {"2026-03-05", 4, "shouli", "registered", NULL, NULL},
    {"2026-03-06", 3, "shouli", "correction-notified", NULL,
     "{\"reply-by\":\"2026-03-20\",\"what\":\"请写明所需文件的名称、文号，或者时间、事项等便于查找的特征\"}"},
    {"2026-03-06", 4, "shouli", "assigned", NULL, "{\"handler\":\"chengban\"}"},
    {"2026-03-09", 3, "shouli", "correction-delivered", NULL, NULL},
    {"2026-03-09", 5, "shouli", "registered", NULL, NULL},
    {"2026-03-10", 2, "chengban", "search-recorded", NULL,
     "{\"result\":\"found\",\"where\":\"物资保障处档案\",\"keywords\":\"应急物资 储备目录 采购\"}"},
    {"2026-03-10", 5, "shouli", "assigned", NULL, "{\"handler\":\"chengban\"}"},
    {"2026-03-11", 5, "chengban", "consultation-sent", NULL,
     "{\"to\":\"third-party\",\"about\":\"报告附件涉及企业工艺参数，征求是否同意公开\"}"},
    {"2026-03-12", 2, "chengban", "secrecy-proposed", NULL,
     "{\"item\":\"i1\",\"level\":\"release\",\"basis\":\"已隐去存放地点\"}"},
    {"2026-03-12", 2, "chengban", "secrecy-proposed", NULL,
     "{\"item\":\"i2\",\"level\":\"release\",\"basis\":\"中标结果已依法公告\"}"},
    {"2026-03-12", 6, "shouli", "registered", NULL, NULL},
    {"2026-03-13", 2, "baomi", "secrecy-decided", "s1", "{\"result\":\"release\",\"opinion\":\"同意公开\"}"},
    {"2026-03-13", 2, "baomi", "secrecy-decided", "s2", "{\"result\":\"release\",\"opinion\":\"同意公开\"}"},
    {"2026-03-13", 5, "shouli", "consultation-delivered", "t1", NULL},
    {"2026-03-13", 6, "shouli", "assigned", NULL, "{\"handler\":\"chengban\"}"},
    {"2026-03-16", 4, "chengban", "search-recorded", NULL,
     "{\"result\":\"found\",\"where\":\"统计直报系统\",\"keywords\":\"事故起数 死亡人数\"}"},
    {"2026-03-16", 7, "shouli", "registered", NULL, NULL},
    {"2026-03-17", 7, "shouli", "assigned", NULL, "{\"handler\":\"chengban\"}"},
    {"2026-03-18", 6, NULL, "withdrawn", NULL, "{\"reason\":\"已从网站查到所需文件\"}"},
    {"2026-03-18", 8, "shouli", "registered", NULL, NULL},
    {"2026-03-19", 3, NULL, "correction-received", NULL,
     "{\"text\":\"需要2025年度全市安全生产工作要点的文件文本\"}"},
    {"2026-03-20", 8, "shouli", "assigned", NULL, "{\"handler\":\"chengban\"}"},
    {"2026-03-23", 0, "chengban", "outcome-proposed", "i1",
     "{\"outcome\":\"OPEN_PROVIDE\",\"reason\":\"属于可以公开的范围\"}"},
    {"2026-03-23", 3, "shouli", "assigned", NULL, "{\"handler\":\"chengban\"}"},
    {"2026-03-24", 9, "shouli", "registered", NULL, NULL},
    {"2026-03-24", 4, "chuzhang", "extension-granted", NULL,
     "{\"workdays\":10,\"reason\":\"需要核对五年数据口径\"}"},
    {"2026-03-25", 4, "shouli", "extension-notified", NULL, NULL},
    {"2026-03-25", 2, "chengban", "outcome-proposed", "i1",
     "{\"outcome\":\"OPEN_PROVIDE\",\"reason\":\"属于可以公开的范围\"}"},
    {"2026-03-25", 2, "chengban", "outcome-proposed", "i2",
     "{\"outcome\":\"OPEN_PROVIDE\",\"reason\":\"属于可以公开的范围\"}"},
    {"2026-03-26", 2, "chengban", "drafted", NULL,
     "{\"template\":\"R02\",\"place\":\"本机关政府信息公开受理窗口（演示地址）\",\"time\":\"工作日9:00至11:"
     "30\"}"},
    {"2026-03-26", 0, "chengban", "drafted", NULL,
     "{\"template\":\"R02\",\"place\":\"本机关政府信息公开受理窗口（演示地址）\",\"time\":\"工作日9:00至11:"
     "30\"}"},
    {"2026-03-27", 2, "fagui", "review-passed", "L2", "{\"opinion\":\"依据、救济告知无误\"}"},
    {"2026-03-27", 0, "fagui", "review-passed", "L2", "{\"opinion\":\"同意\"}"},
    {"2026-03-30", 2, "lingdao", "approved", "L2", NULL},
    {"2026-03-30", 0, "lingdao", "approved", "L2", NULL},
};

struct demo {
    struct db *db;
    const struct office *office;
    const char *password;
    int64_t people[COUNT(PEOPLE)];
    const char *refs[COUNT(APPLICATIONS)];
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
                                  cell_text("http://127.0.0.1:8080")};
    return db_query(demo->db, Q_AGENCY_PUT, params, NULL, demo->life);
}

static const struct fault *add_people(struct demo *demo)
{
    for (size_t i = 0; i < COUNT(PEOPLE); i++) {
        const char *const roles[] = {PEOPLE[i].role, NULL};
        const struct account account = {PEOPLE[i].login, PEOPLE[i].name, AGENCY, roles};
        TRY(account_add(demo->db, &account, demo->password, &demo->people[i], demo->life));
    }
    return NULL;
}

static int64_t person_of(const struct demo *demo, const char *login)
{
    for (size_t i = 0; login && i < COUNT(PEOPLE); i++)
        if (strcmp(PEOPLE[i].login, login) == 0)
            return demo->people[i];
    return 0;
}

/* Every file of a folder as version 1, drafted by the legal reviewer, approved by the leader: two persons, as
 * the store demands. */
static const struct fault *add_texts(struct demo *demo, const char *folder, enum query_id add,
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
        const struct cell draft[] = {cell_text(code), cell_text(xml), cell_int(person_of(demo, "fagui"))};
        TRY(db_query(demo->db, add, draft, &t, demo->life));
        const struct cell approval[] = {cell_text(code), cell_int(table_int(t, 0, "version", 1)),
                                        cell_int(person_of(demo, "lingdao")), cell_day(TEMPLATE_FROM)};
        TRY(db_query(demo->db, approve, approval, &t, demo->life));
    }
    return NULL;
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

static const struct fault *apply(struct demo *demo, size_t index)
{
    const struct demo_application *a = &APPLICATIONS[index];
    struct receipt receipt = {0};
    json_t *applicant = json_adopt(demo->life, json_pack("{s:s,s:s*,s:s,s:s,s:s}", "name", a->name, "id_kind",
                                                         a->id_kind, "id_number", a->id_number, "phone",
                                                         "021-00000000", "address", "上海市演示路2号"));
    TRY_MEMORY(applicant);
    size_t items = 0;
    while (items < COUNT(a->items) && a->items[items])
        items++;
    const struct application in = {.agency = AGENCY,
                                   .channel = "web",
                                   .category = a->category,
                                   .delivery = a->delivery,
                                   .applicant = applicant,
                                   .items = a->items,
                                   .item_count = items,
                                   .submission = facts_submission_id(demo->life),
                                   .role = "applicant"};
    TRY(office_submit(demo->db, demo->office, &in, &receipt, demo->life));
    demo->refs[index] = receipt.ref;
    return NULL;
}

/* The data of an act: logins become persons, and an approver has seen the letter as it stands. */
static const struct fault *act_data(struct demo *demo, const struct demo_act *act, json_t **out)
{
    const char *text = act->data ? act->data : "{}";
    TRY(json_read(demo->life, "demo", text, strlen(text), out));
    int64_t handler = person_of(demo, json_text(*out, "handler"));
    const char *id = talloc_asprintf(demo->life, "%lld", (long long)handler);
    TRY_MEMORY(id);
    if (handler && json_object_set_new(*out, "handler", json_string(id)) != 0)
        return fault_memory();
    if (strcmp(act->kind, "approved") != 0)
        return NULL;
    struct dossier *d = NULL;
    TRY(dossier_open(demo->db, demo->office, demo->refs[act->application], demo->life, &d));
    const struct fact *draft = standing_fact(d->standing, "drafted", act->child);
    if (!draft || json_object_set_new(*out, "odt", json_string(fact_text(draft, "odt"))) != 0 ||
        json_object_set_new(*out, "docx", json_string(fact_text(draft, "docx"))) != 0)
        return fault_new(demo->life, FAULT_BROKEN, "DEMO",
                         "the story approves a letter that was not drafted");
    return NULL;
}

static const struct fault *act(struct demo *demo, const struct demo_act *a)
{
    static const char *const EVERYBODY[] = {"applicant", NULL};
    const char *role[] = {NULL, NULL};
    struct raised out;
    json_t *data = NULL;
    TRY(act_data(demo, a, &data));
    for (size_t i = 0; a->login && i < COUNT(PEOPLE); i++)
        if (strcmp(PEOPLE[i].login, a->login) == 0)
            role[0] = PEOPLE[i].role;
    const struct raising in = {.ref = demo->refs[a->application],
                               .kind = a->kind,
                               .child = a->child,
                               .data = data,
                               .person = person_of(demo, a->login),
                               .roles = a->login ? role : EVERYBODY};
    db_scope_set(demo->db, (struct db_scope){AGENCY, in.person, false});
    const struct fault *f = office_raise(demo->db, demo->office, &in, &out, demo->life);
    return f ? fault_because(demo->life, f->kind, "DEMO", f, "%s %s of application %d", a->day, a->kind,
                             a->application + 1)
             : NULL;
}

/* One day: what comes in, what is done, and at its end what the clock itself does. */
static const struct fault *play_day(struct demo *demo, struct civil day)
{
    char text[CIVIL_TEXT];
    size_t raised = 0;
    civil_format(day, text);
    TRY(set_today(demo, day));
    for (size_t i = 0; i < COUNT(APPLICATIONS); i++)
        if (strcmp(APPLICATIONS[i].day, text) == 0)
            TRY(apply(demo, i));
    for (size_t i = 0; i < COUNT(ACTS); i++)
        if (strcmp(ACTS[i].day, text) == 0)
            TRY(act(demo, &ACTS[i]));
    return office_wake(demo->db, demo->office, AGENCY, &raised, demo->life);
}

static const struct fault *play(struct demo *demo)
{
    struct civil today, first = {2026, 2, 24};
    TRY(db_ask_today(demo->db, &today, demo->life));
    for (struct civil day = first; civil_compare(day, today) <= 0 && day.year == 2026;
         day = civil_add_days(day, 1))
        TRY(play_day(demo, day));
    return set_today(demo, today);
}

static const struct fault *set_up(struct demo *demo, bool *there)
{
    struct table *t = NULL;
    TRY(db_query(demo->db, Q_AGENCY_LIST, NULL, &t, demo->life));
    *there = t->row_count > 0;
    if (*there)
        return NULL;
    for (size_t i = 0; i < COUNT(AGENCIES); i++)
        TRY(add_agency(demo, &AGENCIES[i]));
    TRY(add_people(demo));
    for (size_t i = 0; i < demo->office->law_count; i++)
        TRY(add_law(demo, &demo->office->laws[i]));
    for (size_t i = 0; i < COUNT(AGENCIES); i++) {
        db_scope_set(demo->db, (struct db_scope){.agency = AGENCIES[i].agency});
        TRY(add_texts(demo, "templates/clauses", Q_CLAUSE_ADD, Q_CLAUSE_APPROVE));
        TRY(add_texts(demo, "templates/letters", Q_TEMPLATE_ADD, Q_TEMPLATE_APPROVE));
    }
    return play(demo);
}

/* ---- serving what was approved ---- */

static const struct fault *serve(struct demo *demo, const char *ref, const char *child)
{
    static const char *const ROLES[] = {"handler", NULL};
    struct table *person = NULL;
    struct raised out;
    json_t *data = json_adopt(demo->life, json_pack("{s:s}", "method", "electronic"));
    TRY_MEMORY(data);
    TRY(db_query(demo->db, Q_PERSON_BY_LOGIN, (struct cell[]){cell_text("chengban")}, &person, demo->life));
    const struct raising in = {.ref = ref,
                               .kind = "served",
                               .child = child,
                               .data = data,
                               .person = table_int(person, 0, "person", 0),
                               .roles = ROLES};
    const struct fault *f = office_raise(demo->db, demo->office, &in, &out, demo->life);
    return f && f->kind == FAULT_REFUSED ? NULL : f; /* receipts are not served */
}

static const struct fault *finish_round(struct demo *demo, bool *waiting, TALLOC_CTX *round)
{
    struct table *t = NULL;
    *waiting = false;
    TRY(db_query(demo->db, Q_LETTERS_ON_THE_WAY, NULL, &t, round));
    for (size_t i = 0; i < t->row_count; i++)
        *waiting = *waiting || !table_flag(t, i, "sealed");
    for (size_t i = 0; !*waiting && i < t->row_count; i++)
        TRY(serve(demo, table_text(t, i, "ref"), table_text(t, i, "child")));
    return NULL;
}

static const struct fault *finish(struct demo *demo)
{
    const struct timespec second = {.tv_sec = 1};
    bool waiting = true;
    db_scope_set(demo->db, (struct db_scope){.agency = AGENCY});
    for (int i = 0; waiting && i < SEAL_SECONDS; i++) {
        if (i)
            nanosleep(&second, NULL);
        TRY(finish_round(demo, &waiting, demo->life));
    }
    if (waiting)
        return fault_new(demo->life, FAULT_AWAY, "NOT_SEALED",
                         "letters were not sealed within %d s: do mingda sign and mingda clock run?",
                         SEAL_SECONDS);
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
    bool finishing = argc == 2 && strcmp(argv[1], "--finish") == 0, there = false;
    if (!finishing && (argc != 3 || strcmp(argv[1], "--password-file") != 0)) {
        fputs("usage: mingda demo --password-file FILE | --finish\n", stderr);
        return 2;
    }
    const struct fault *f = finishing ? NULL : read_password(life, argv[2], &demo.password);
    if (!f)
        f = desk_open(life, "owner", &settings, &demo.db);
    if (!f)
        f = office_open(life, settings, &office);
    demo.office = office;
    if (!f)
        f = finishing ? finish(&demo) : set_up(&demo, &there);
    if (f)
        return desk_fail("demo", f);
    if (there)
        puts("the demonstration data are there already");
    return 0;
}
