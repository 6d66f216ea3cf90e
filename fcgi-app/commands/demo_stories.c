#include "demo_stories.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define REGISTERED                                                                                           \
    {                                                                                                        \
        0, "clerk", "registered", NULL, NULL                                                                 \
    }
#define ASSIGNED                                                                                             \
    {                                                                                                        \
        1, "clerk", "assigned", NULL, "{\"handler\":\"@handler\"}"                                           \
    }
#define FOUND_ON(day)                                                                                        \
    {                                                                                                        \
        day, "handler", "search-recorded", NULL,                                                             \
            "{\"result\":\"found\",\"where\":\"文书档案、执法业务系统\",\"keywords\":"            \
            "\"按申请人所述名称、文号及同义词\"}"                                             \
    }
#define FOUND FOUND_ON(3)
#define PROPOSED_ON(day, item)                                                                                              \
    {                                                                                                                       \
        day, "handler", "secrecy-proposed", NULL,                                                                           \
            "{\"item\":\"" item                                                                                             \
            "\",\"level\":\"release\",\"basis\":\"不涉及国家秘密、工作秘密，公开属性为依申请公开\"}" \
    }
#define PROPOSED(item) PROPOSED_ON(4, item)
#define CLEARED_ON(day, review)                                                                              \
    {                                                                                                        \
        day, "secrecy", "secrecy-decided", review, "{\"result\":\"release\",\"opinion\":\"同意公开\"}"   \
    }
#define CLEARED(review) CLEARED_ON(5, review)
#define OUTCOME_ON(day, item)                                                                                \
    {                                                                                                        \
        day, "handler", "outcome-proposed", item,                                                            \
            "{\"outcome\":\"OPEN_PROVIDE\",\"reason\":\"属于可以公开的范围\"}"                      \
    }
#define OUTCOME(item) OUTCOME_ON(6, item)
#define REDACTED_ON(day, item)                                                                               \
    {                                                                                                        \
        day, "handler", "redaction-recorded", item,                                                          \
            "{\"redacted\":\"none-needed\",\"metadata-removed\":true}"                                       \
    }
#define REDACTED(item) REDACTED_ON(6, item)
#define DRAFTED_AS(template, day)                                                                            \
    {                                                                                                        \
        day, "handler", "drafted", NULL, "{\"template\":\"" template "\"}"                                   \
    }
#define DRAFTED(day)                                                                                                               \
    {                                                                                                                              \
        day, "handler", "drafted", NULL,                                                                                           \
            "{\"template\":\"R02\",\"place\":\"本机关政府信息公开受理窗口（演示地址）\",\"time\":\"工作日9:" \
            "00至11:30\"}"                                                                                                        \
    }
#define REVIEWED(day)                                                                                        \
    {                                                                                                        \
        day, "legal", "review-passed", "L2", "{\"opinion\":\"依据、救济告知无误\"}"                 \
    }
#define APPROVED(day)                                                                                        \
    {                                                                                                        \
        day, "leader", "approved", "L2", NULL                                                                \
    }
#define TO_DRAFT REGISTERED, ASSIGNED, FOUND, PROPOSED("i1"), CLEARED("s1"), OUTCOME("i1"), REDACTED("i1")
#define CORRECTION                                                                                                                       \
    {                                                                                                                                    \
        2, "clerk", "correction-notified", NULL,                                                                                         \
            "{\"reply-by\":\"+8\",\"what\":\"请写明所需信息的名称、文号，或者时间、事项等便于查找的特征\"}" \
    }
#define CONSULTED(day, to, about)                                                                            \
    {                                                                                                        \
        day, "handler", "consultation-sent", NULL, "{\"to\":\"" to "\",\"about\":\"" about "\"}"             \
    }

static const struct demo_step NEW[] = {{0, NULL, NULL, NULL, NULL}};
static const struct demo_step REGISTERED_ONLY[] = {REGISTERED};
static const struct demo_step SEARCHING[] = {REGISTERED, ASSIGNED};
static const struct demo_step DECIDING[] = {REGISTERED, ASSIGNED, FOUND};
static const struct demo_step IN_SECRECY[] = {REGISTERED, ASSIGNED, FOUND, PROPOSED("i1")};
static const struct demo_step CLEARED_ONE[] = {REGISTERED, ASSIGNED, FOUND, PROPOSED("i1"), CLEARED("s1")};
static const struct demo_step DRAFTING[] = {TO_DRAFT};
static const struct demo_step IN_REVIEW[] = {TO_DRAFT, DRAFTED(7)};
static const struct demo_step SENT_BACK[] = {
    TO_DRAFT,
    DRAFTED(7),
    {8, "legal", "review-returned", "L2", "{\"opinion\":\"请写明获取信息的具体时间\"}"}};
static const struct demo_step TO_APPROVE[] = {TO_DRAFT, DRAFTED(7), REVIEWED(8)};
static const struct demo_step RETURNED[] = {
    TO_DRAFT,
    DRAFTED(7),
    REVIEWED(8),
    {9, "leader", "returned", "L2", "{\"reason\":\"请与承办处室核对提供方式\"}"}};
static const struct demo_step ANSWERED[] = {TO_DRAFT, DRAFTED(7), REVIEWED(STORY_YESTERDAY),
                                            APPROVED(STORY_TODAY)};
static const struct demo_step ANSWERED_TWO[] = {
    REGISTERED,     ASSIGNED,      FOUND,         PROPOSED("i1"),       PROPOSED("i2"),
    CLEARED("s1"),  CLEARED("s2"), OUTCOME("i1"), OUTCOME("i2"),        REDACTED("i1"),
    REDACTED("i2"), DRAFTED(7),    REVIEWED(8),   APPROVED(STORY_TODAY)};
static const struct demo_step WAIT_CORRECTION[] = {
    REGISTERED, CORRECTION, {4, "clerk", "correction-delivered", NULL, NULL}};
static const struct demo_step CORRECTED[] = {
    REGISTERED,
    CORRECTION,
    {4, "clerk", "correction-delivered", NULL, NULL},
    {6, NULL, "correction-received", NULL, "{\"text\":\"需要2025年度全市安全生产工作要点的文件文本\"}"},
    {7, "clerk", "assigned", NULL, "{\"handler\":\"@handler\"}"}};
static const struct demo_step ASKED_THIRD_PARTY[] = {
    REGISTERED, ASSIGNED, CONSULTED(4, "third-party", "附件涉及企业工艺参数，征求是否同意公开")};
static const struct demo_step THIRD_PARTY_HAS_IT[] = {
    REGISTERED,
    ASSIGNED,
    CONSULTED(4, "third-party", "附件涉及企业联系人信息，征求是否同意公开"),
    {6, "clerk", "consultation-delivered", "t1", NULL}};
static const struct demo_step THIRD_PARTY_ANSWERED[] = {
    REGISTERED,
    ASSIGNED,
    CONSULTED(4, "third-party", "附件涉及企业商业信息，征求是否同意公开"),
    {6, "clerk", "consultation-delivered", "t1", NULL},
    {10, "handler", "consultation-answered", "t1", "{\"answer\":\"objects\"}"}};
static const struct demo_step ASKED_CO_AUTHOR[] = {
    REGISTERED,
    ASSIGNED,
    CONSULTED(3, "co-author", "文件由两机关共同制作，征求公开意见"),
    {4, "clerk", "consultation-delivered", "t1", NULL}};
static const struct demo_step ASKED_AGENCY[] = {REGISTERED, ASSIGNED,
                                                CONSULTED(3, "other-agency", "征求信息来源机关意见")};
static const struct demo_step EXTENSION_GRANTED[] = {
    REGISTERED,
    ASSIGNED,
    FOUND,
    {9, "division-head", "extension-granted", NULL, "{\"workdays\":10,\"reason\":\"需要核对五年数据口径\"}"}};
static const struct demo_step EXTENDED[] = {REGISTERED,
                                            ASSIGNED,
                                            FOUND,
                                            {9, "division-head", "extension-granted", NULL,
                                             "{\"workdays\":20,\"reason\":\"档案尚在整理，需要逐件核对\"}"},
                                            {10, "clerk", "extension-notified", NULL, NULL}};
static const struct demo_step WITHDRAWN[] = {
    REGISTERED, ASSIGNED, {4, NULL, "withdrawn", NULL, "{\"reason\":\"已从网站查到所需文件\"}"}};
static const struct demo_step FEE[] = {
    REGISTERED,
    ASSIGNED,
    {4, "clerk", "fee-notified", NULL,
     "{\"basis\":\"pages\",\"quantity\":42,\"amount\":12000,\"how\":\"持通知书到指定银行缴纳\"}"}};

/* 不予公开 under 条例16: what was looked at part by part, with the remedies of a decision that has to be
 * reconsidered before it goes to court. */
static const struct demo_step REFUSED[] = {
    REGISTERED,
    ASSIGNED,
    FOUND,
    {6, "handler", "outcome-proposed", "i1",
     "{\"outcome\":\"DENY_PROCESS\",\"kind\":\"minutes\",\"no-duty\":true,\"separation\":\"inseparable\","
     "\"parts\":\"逐页审查：会议签到、发言记录、讨论意见均为讨论过程，不能区分处理\","
     "\"reason\":\"该信息为预案修订过程中的讨论记录，预案尚未定稿。\"}"},
    DRAFTED_AS("R06", 7),
    REVIEWED(STORY_YESTERDAY),
    APPROVED(STORY_TODAY)};
/* 经检索没有: two ways of searching, confirmed by somebody who did not search. */
static const struct demo_step NOT_EXISTING[] = {
    REGISTERED,
    ASSIGNED,
    {3, "handler", "search-recorded", NULL,
     "{\"result\":\"not-found\",\"where\":\"文书档案、综合统计资料、执法业务系统\","
     "\"keywords\":\"燃气报警器、可燃气体探测器、可燃气体报警装置、居民家庭安装统计\",\"strategies\":2,"
     "\"persons\":\"文书档案管理人员、有关业务处室经办人\"}"},
    {4, "clerk", "search-confirmed", NULL, "{\"opinion\":\"检索范围和方法属实\"}"},
    {6, "handler", "outcome-proposed", "i1",
     "{\"outcome\":\"NA_NOTEXIST\",\"reason\":\"本机关未制作、未获取该信息。\"}"},
    DRAFTED_AS("R07", 7),
    REVIEWED(STORY_YESTERDAY),
    APPROVED(STORY_TODAY)};
/* The notice goes out as a letter; once it is sealed, DEMO_ANSWERS has the applicant correct, and the period
 * starts anew. */
static const struct demo_step CORRECTION_BY_LETTER[] = {
    REGISTERED,
    {2, "clerk", "correction-decided", NULL,
     "{\"reply-by\":\"+12\",\"what\":\"请写明所需信息的年度、制作机关，或者文件名称、文号。\"}"},
    {2, "clerk", "drafted", NULL, "{\"template\":\"D02\"}"},
    REVIEWED(STORY_YESTERDAY),
    APPROVED(STORY_TODAY)};
/* Answered on the twenty-fourth working day, and in time: the period started anew with the correction. */
static const struct demo_step CORRECTED_AND_ANSWERED[] = {
    REGISTERED,
    CORRECTION,
    {4, "clerk", "correction-delivered", NULL, NULL},
    {6, NULL, "correction-received", NULL, "{\"text\":\"需要2025年度全市应急演练的计划和评估报告\"}"},
    {7, "clerk", "assigned", NULL, "{\"handler\":\"@handler\"}"},
    FOUND_ON(9),
    PROPOSED_ON(10, "i1"),
    CLEARED_ON(12, "s1"),
    OUTCOME_ON(14, "i1"),
    REDACTED_ON(14, "i1"),
    DRAFTED(16),
    REVIEWED(STORY_YESTERDAY),
    APPROVED(STORY_TODAY)};

const struct demo_answer DEMO_ANSWERS[] = {
    {"D02", "correction-received", "{\"text\":\"需要2025年度全市安全生产和应急管理工作要点的文件文本\"}"},
};
const size_t DEMO_ANSWER_COUNT = COUNT(DEMO_ANSWERS);

#define COURSE(steps, items)                                                                                 \
    {                                                                                                        \
        steps, COUNT(steps), items, NULL                                                                     \
    }
#define COURSE_ON(topic, steps)                                                                              \
    {                                                                                                        \
        steps, COUNT(steps), 1, topic                                                                        \
    }
const struct demo_course DEMO_COURSES[] = {
    {NEW, 0, 1, NULL},
    COURSE(REGISTERED_ONLY, 1),
    COURSE(SEARCHING, 1),
    COURSE(DECIDING, 1),
    COURSE(IN_SECRECY, 1),
    COURSE(CLEARED_ONE, 1),
    COURSE(DRAFTING, 1),
    COURSE(IN_REVIEW, 1),
    COURSE(SENT_BACK, 1),
    COURSE(TO_APPROVE, 1),
    COURSE(RETURNED, 1),
    COURSE(ANSWERED, 1),
    COURSE(ANSWERED_TWO, 2),
    COURSE(WAIT_CORRECTION, 1),
    COURSE(CORRECTED, 1),
    COURSE(ASKED_THIRD_PARTY, 1),
    COURSE(THIRD_PARTY_HAS_IT, 1),
    COURSE(THIRD_PARTY_ANSWERED, 1),
    COURSE(ASKED_CO_AUTHOR, 1),
    COURSE(ASKED_AGENCY, 1),
    COURSE(EXTENSION_GRANTED, 1),
    COURSE(EXTENDED, 1),
    COURSE(WITHDRAWN, 1),
    COURSE(FEE, 1),
    COURSE_ON("修订本市危险化学品事故应急预案的专题会议讨论记录", REFUSED),
    COURSE_ON("2025年度全市居民家庭燃气报警器安装数量的分街镇统计表", NOT_EXISTING),
    COURSE_ON("应急管理方面的有关文件", CORRECTION_BY_LETTER),
    COURSE_ON("应急演练的材料", CORRECTED_AND_ANSWERED),
};

/* Agency, course, working days before the pinned day. Most end well within the period; two are late, one is
 * about to be, one was abandoned because no correction came (the clock sees to that by itself). The last
 * four: refused, not existing, asked by letter to correct, corrected and answered. */
const struct demo_story DEMO_STORIES[] = {
    {1, 11, 24}, {1, 2, 23},  {1, 21, 22}, {1, 12, 20}, {1, 11, 19}, {1, 17, 18}, {1, 9, 18},  {1, 20, 17},
    {1, 13, 17}, {1, 14, 16}, {1, 16, 16}, {1, 11, 15}, {1, 10, 15}, {1, 7, 14},  {1, 18, 14}, {1, 22, 13},
    {1, 8, 13},  {1, 12, 12}, {1, 6, 12},  {1, 15, 11}, {1, 5, 10},  {1, 4, 9},   {1, 19, 8},  {1, 3, 8},
    {1, 23, 7},  {1, 13, 6},  {1, 3, 6},   {1, 2, 5},   {1, 2, 4},   {1, 2, 3},   {1, 1, 2},   {1, 1, 1},
    {1, 0, 1},   {1, 0, 0},   {2, 11, 21}, {2, 11, 18}, {2, 9, 16},  {2, 16, 15}, {2, 22, 14}, {2, 12, 13},
    {2, 7, 12},  {2, 14, 11}, {2, 5, 9},   {2, 3, 7},   {2, 2, 5},   {2, 13, 4},  {2, 1, 2},   {2, 0, 0},
    {3, 12, 18}, {3, 11, 17}, {3, 21, 16}, {3, 8, 14},  {3, 18, 12}, {3, 6, 11},  {3, 22, 10}, {3, 4, 8},
    {3, 3, 6},   {3, 2, 4},   {3, 1, 2},   {3, 0, 1},   {1, 24, 16}, {1, 25, 12}, {1, 26, 5},  {1, 27, 24},
};
const size_t DEMO_STORY_COUNT = COUNT(DEMO_STORIES);

const char *const DEMO_PEOPLE[] = {
    "李建国", "王晓岚", "赵倩",   "钱进",   "孙宁",   "周子墨", "吴桐", "郑一鸣", "冯思远", "陈曦",
    "褚文静", "卫东来", "蒋若水", "沈嘉禾", "韩雪峰", "杨帆",   "朱砂", "秦岭",   "许知行", "何田田",
};
const size_t DEMO_PEOPLE_COUNT = COUNT(DEMO_PEOPLE);

const char *const DEMO_BODIES[] = {
    "上海示例化工有限公司", "上海示例城市安全研究所", "上海示例公益服务中心",
    "上海示例律师事务所",   "上海示例物流有限公司",
};
const size_t DEMO_BODY_COUNT = COUNT(DEMO_BODIES);

const char *const DEMO_TOPICS[] = {
    "2025年度危险化学品企业安全生产执法检查计划及完成情况",
    "2025年度应急物资储备目录（不含存放地点）",
    "2025年度应急物资采购项目的中标结果",
    "2021年至2025年生产安全事故起数和死亡人数统计表",
    "某化工企业2025年10月火灾事故调查报告",
    "2025年行政处罚自由裁量基准的制定说明",
    "居民区周边加油站安全评价备案情况",
    "2026年防汛防台应急预案",
    "应急避难场所名录",
    "社会应急力量登记名录及分类分级测评结果",
    "2025年安全生产考核结果",
    "本单位安全生产许可证延期换证的审查意见",
    "2025年度烟花爆竹经营（批发）许可审批结果",
    "重大事故隐患挂牌督办清单及整改销号情况",
    "2025年安全生产举报奖励的发放标准和总额",
    "地下空间安全使用综合整治工作方案",
    "2025年度应急演练计划和评估报告",
    "高温季节有限空间作业安全检查通报",
    "特种作业操作证考核点名录及收费标准",
    "2025年度部门预算中应急救援队伍建设经费的安排",
    "自然灾害综合风险普查成果的公开目录",
    "商务楼宇消防安全联合检查的会议通知",
    "2024年寒潮灾害救助资金的分配方案",
};
const size_t DEMO_TOPIC_COUNT = COUNT(DEMO_TOPICS);
