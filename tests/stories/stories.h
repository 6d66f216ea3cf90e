/* stories.h - what happens to applications, told as tables (scenes), with what must stand after each scene.
 *
 * A story knows no C of the engine: it can be played in memory, through the store, or through the site. Data
 * of a fact is JSON with single quotes; N stands for a note that lies in a row of its own, H(x) for a hash of
 * 64 digits x. */
/* Tables, one scene a line. */
/* clang-format off */
#ifndef MINGDA_STORIES_H
#define MINGDA_STORIES_H

#include <stddef.h>

enum scene_kind { SCENE_END, SCENE_ON, SCENE_DOES, SCENE_CANNOT, SCENE_STANDS, SCENE_SHOWN, SCENE_DUE, SCENE_OWES, SCENE_WAKES };

struct scene {
    enum scene_kind kind;
    const char *person, *role; /* DOES, CANNOT; OWES: who owes */
    const char *event, *child, *data;
    const char *word; /* day, state, public code, rule, letter */
};

struct story {
    const char *name;
    const struct scene *scenes;
};

#define ON(day_)                              {.kind = SCENE_ON, .word = day_}
#define DOES(who, role_, event_, child_, data_)                                                              \
    {.kind = SCENE_DOES, .person = who, .role = role_, .event = event_, .child = child_, .data = data_}
#define CANNOT(who, role_, event_, child_, data_, rule_)                                                     \
    {.kind = SCENE_CANNOT, .person = who, .role = role_, .event = event_, .child = child_, .data = data_, .word = rule_}
#define STANDS(child_, state_) {.kind = SCENE_STANDS, .child = child_, .word = state_}
#define SHOWN(code_)           {.kind = SCENE_SHOWN, .word = code_}
#define DUE(day_)              {.kind = SCENE_DUE, .word = day_}
#define OWES(role_, letter_)   {.kind = SCENE_OWES, .role = role_, .word = letter_}
#define WAKES(day_, event_)    {.kind = SCENE_WAKES, .word = day_, .event = event_}
#define THE_END                {.kind = SCENE_END}

#define N    "{'row':1,'commit':'00'}"
#define H(x) "'" x x x x x x x x x x x x x x x x "'"
#define HA   H("aaaa")
#define HB   H("bbbb")
#define FILES "'odt':" HA ",'docx':" HB

/* The people: anyone may look, but the names say who they are. */
#define APPLIES(items)                                                                                       \
    DOES("anna", "applicant", "received", NULL,                                                              \
         "{'channel':'web','category':'natural','delivery':'electronic','items':" items "}")
#define REGISTERS DOES("shouli", "clerk", "registered", NULL, NULL)
#define ASSIGNS   DOES("shouli", "clerk", "assigned", NULL, "{'handler':'chengban'}")
#define SEARCHES                                                                                             \
    DOES("chengban", "handler", "search-recorded", NULL, "{'result':'found','where':" N ",'keywords':" N "}")
#define PROPOSES_SECRECY(child, item)                                                                        \
    DOES("chengban", "handler", "secrecy-proposed", child, "{'item':'" item "','level':'release','basis':" N "}")
#define CLEARS(child) DOES("baomi", "secrecy", "secrecy-decided", child, "{'result':'release','opinion':" N "}")
#define DECIDES(item)                                                                                        \
    DOES("chengban", "handler", "outcome-proposed", item, "{'outcome':'OPEN_PROVIDE','reason':" N "}")
#define DRAFTS(child, version)                                                                               \
    DOES("chengban", "handler", "drafted", child, "{'template':'R02'," FILES ",'version':" version "}")
#define PASSES(child)   DOES("fagui", "legal", "review-passed", child, "{}")
#define APPROVES(child) DOES("lingdao", "leader", "approved", child, "{" FILES "}")
#define SEALS(child)    DOES(NULL, "clock", "sealed", child, "{" FILES "}")
#define SERVES(child)   DOES("chengban", "handler", "served", child, "{'method':'electronic'}")
#define TO_DECIDING(items) ON("2026-03-02"), APPLIES(items), REGISTERS, ON("2026-03-03"), ASSIGNS, SEARCHES

static const struct scene STORY_REPLY[] = {
    ON("2026-03-02"), APPLIES("2"), STANDS(NULL, "registering"), SHOWN("received"), DUE("2026-03-30"),
    STANDS("i1", "undecided"), STANDS("i2", "undecided"), WAKES("2026-03-31", "overdue"),
    REGISTERS, SHOWN("registered"), OWES("clock", "D01"),
    DOES(NULL, "clock", "drafted", "L1", "{'template':'D01'," FILES ",'version':1}"), STANDS("L1", "receipt-to-seal"),
    SEALS("L1"), STANDS("L1", "receipt-sealed"),
    CANNOT("chengban", "handler", "served", "L1", "{'method':'mail'}", "not-in-this-state"),
    ON("2026-03-03"), ASSIGNS, STANDS(NULL, "searching"), SHOWN("reviewing"),
    CANNOT("chengban", "handler", "outcome-proposed", "i1", "{'outcome':'OPEN_PROVIDE','reason':" N "}", "search-first"),
    SEARCHES, STANDS(NULL, "deciding"),
    CANNOT("chengban", "handler", "outcome-proposed", "i1", "{'outcome':'OPEN_PROVIDE','reason':" N "}", "release-needs-secrecy-review"),
    CANNOT("chengban", "handler", "secrecy-proposed", "s1", "{'item':'i9','level':'release','basis':" N "}", "item-unknown"),
    PROPOSES_SECRECY("s1", "i1"), PROPOSES_SECRECY("s2", "i2"), OWES("secrecy", "secrecy-decided"),
    CANNOT("chengban", "secrecy", "secrecy-decided", "s1", "{'result':'release','opinion':" N "}", "decider-not-proposer"),
    ON("2026-03-05"), CLEARS("s1"), STANDS("s1", "released"), DECIDES("i1"), STANDS(NULL, "deciding"),
    CANNOT("chengban", "handler", "outcome-proposed", "i2", "{'outcome':'OPEN_PROVIDE','reason':" N "}", "release-needs-secrecy-review"),
    CANNOT("chengban", "handler", "drafted", "L2", "{'template':'R02'," FILES ",'version':1}", "outcome-for-each-item"),
    CLEARS("s2"), DECIDES("i2"), STANDS(NULL, "drafting"),
    ON("2026-03-09"), DRAFTS("L2", "1"), STANDS("L2", "under-review"), STANDS(NULL, "legal-review"),
    CANNOT("lingdao", "leader", "approved", "L2", "{" FILES "}", "legal-review-first"),
    CANNOT("chengban", "legal", "review-passed", "L2", "{}", "reviewer-not-drafter"),
    PASSES("L2"), STANDS(NULL, "approval"),
    CANNOT("chengban", "leader", "approved", "L2", "{" FILES "}", "approver-not-drafter"),
    CANNOT("lingdao", "leader", "approved", "L2", "{'odt':" HB ",'docx':" HB "}", "approve-what-was-seen"),
    CANNOT("chengban", "handler", "served", "L2", "{'method':'mail'}", "seal-first"),
    ON("2026-03-10"), APPROVES("L2"), STANDS(NULL, "sealing"), SHOWN("reviewing"),
    SEALS("L2"), STANDS(NULL, "serving"), STANDS("L2", "to-serve"),
    ON("2026-03-11"), SERVES("L2"), STANDS(NULL, "answered"), SHOWN("answered"),
    CANNOT("anna", "applicant", "withdrawn", NULL, "{}", "closed"),
    DOES("chengban", "handler", "served-delivered", "L2", NULL),
    DOES("fagui", "legal", "reconsideration-filed", NULL, "{}"), STANDS(NULL, "answered"), THE_END,
};

static const struct scene STORY_CORRECTION[] = {
    TO_DECIDING("1"), PROPOSES_SECRECY("s1", "i1"), CLEARS("s1"),
    ON("2026-03-09"),
    CANNOT("shouli", "clerk", "correction-notified", NULL, "{'reply-by':'2026-03-09','what':" N "}", "correction-day-past"),
    DOES("shouli", "clerk", "correction-notified", NULL, "{'reply-by':'2026-03-20','what':" N "}"),
    STANDS(NULL, "awaiting-correction"), SHOWN("correction"), STANDS("s1", "review-void"), OWES("applicant", "correction-received"),
    WAKES(NULL, NULL), /* nobody has abandoned what they have not yet received */
    DOES("shouli", "clerk", "correction-delivered", NULL, NULL), WAKES("2026-03-21", "abandoned"),
    CANNOT(NULL, "clock", "abandoned", NULL, NULL, "period-running"),
    CANNOT("chuzhang", "division-head", "extension-granted", NULL, "{'workdays':10,'reason':" N "}", "clock-replaced"),
    ON("2026-03-16"), DOES("anna", "applicant", "correction-received", NULL, "{'text':" N "}"),
    STANDS(NULL, "reviewing"), DUE("2026-04-14"),
    CANNOT("shouli", "clerk", "correction-notified", NULL, "{'reply-by':'2026-03-30','what':" N "}", "correction-once"),
    ASSIGNS, SEARCHES,
    CANNOT("chengban", "handler", "outcome-proposed", "i1", "{'outcome':'OPEN_PROVIDE','reason':" N "}", "release-needs-secrecy-review"),
    THE_END,
};

static const struct scene STORY_LATE_CORRECTION[] = {
    ON("2026-03-02"), APPLIES("1"), REGISTERS, ON("2026-03-12"),
    CANNOT("shouli", "clerk", "correction-notified", NULL, "{'reply-by':'2026-03-20','what':" N "}", "correction-window"),
    STANDS(NULL, "reviewing"), THE_END,
};

static const struct scene STORY_ABANDONED[] = {
    ON("2026-03-02"), APPLIES("1"), REGISTERS,
    CANNOT("shouli", "clerk", "abandoned", NULL, NULL, "nothing-asked"),
    ON("2026-03-04"), DOES("shouli", "clerk", "correction-notified", NULL, "{'reply-by':'2026-03-18','what':" N "}"),
    DOES("shouli", "clerk", "correction-delivered", NULL, NULL),
    ON("2026-03-18"), CANNOT(NULL, "clock", "abandoned", NULL, NULL, "period-running"),
    ON("2026-03-19"), DOES(NULL, "clock", "abandoned", NULL, NULL), STANDS(NULL, "taken-as-abandoned"), SHOWN("terminated"),
    CANNOT("anna", "applicant", "correction-received", NULL, "{'text':" N "}", "closed"), THE_END,
};

static const struct scene STORY_EXTENSION[] = {
    TO_DECIDING("1"),
    CANNOT("shouli", "clerk", "extension-granted", NULL, "{'workdays':10,'reason':" N "}", "role"),
    CANNOT("shouli", "clerk", "extension-notified", NULL, NULL, "extension-not-granted"),
    ON("2026-03-20"), DOES("chuzhang", "division-head", "extension-granted", NULL, "{'workdays':20,'reason':" N "}"),
    STANDS(NULL, "extension-allowed"), SHOWN("reviewing"), DUE("2026-03-30"), OWES("clerk", "extension-notified"),
    CANNOT("chuzhang", "division-head", "extension-granted", NULL, "{'workdays':5,'reason':" N "}", "not-in-this-state"),
    ON("2026-03-23"), DOES("shouli", "clerk", "extension-notified", NULL, NULL), SHOWN("extended"), DUE("2026-04-28"),
    CANNOT("shouli", "clerk", "extension-notified", NULL, NULL, "extension-not-granted"), THE_END,
};

static const struct scene STORY_EXTENSION_TOO_LATE[] = {
    TO_DECIDING("1"),
    ON("2026-03-30"), DOES("chuzhang", "division-head", "extension-granted", NULL, "{'workdays':20,'reason':" N "}"),
    ON("2026-03-31"), CANNOT("shouli", "clerk", "extension-notified", NULL, NULL, "extension-late"),
    DOES(NULL, "clock", "overdue", NULL, "{'clock':'reply'}"), STANDS(NULL, "deciding"), THE_END,
};

static const struct scene STORY_OVERDUE[] = {
    TO_DECIDING("1"), WAKES("2026-03-31", "overdue"),
    ON("2026-03-30"), CANNOT(NULL, "clock", "overdue", NULL, "{}", "not-overdue"),
    ON("2026-03-31"), DOES(NULL, "clock", "overdue", NULL, "{}"), WAKES(NULL, NULL), THE_END,
};

static const struct scene STORY_CONSULTATION[] = {
    TO_DECIDING("1"), PROPOSES_SECRECY("s1", "i1"), CLEARS("s1"),
    ON("2026-03-09"), DOES("chengban", "handler", "consultation-sent", "t1", "{'to':'third-party','about':" N "}"),
    STANDS("t1", "consultation-open"), SHOWN("consulting"),
    CANNOT("chengban", "handler", "consultation-answered", "t2", "{'answer':'agrees'}", "child-unknown"),
    ON("2026-03-11"), DOES("chengban", "handler", "consultation-delivered", "t1", NULL), STANDS("t1", "consultation-with-them"),
    DECIDES("i1"),
    CANNOT("chengban", "handler", "drafted", "L1", "{'template':'R02'," FILES ",'version':1}", "consultation-open"),
    ON("2026-03-25"), DOES("chengban", "handler", "consultation-answered", "t1", "{'answer':'agrees'}"),
    STANDS("t1", "consultation-answered"), SHOWN("reviewing"), DUE("2026-04-16"), DRAFTS("L1", "1"), THE_END,
};

/* After the third party's fifteen days the office decides itself (条例32). */
static const struct scene STORY_SILENT_THIRD_PARTY[] = {
    TO_DECIDING("1"), PROPOSES_SECRECY("s1", "i1"), CLEARS("s1"), DECIDES("i1"),
    ON("2026-03-09"), DOES("chengban", "handler", "consultation-sent", "t1", "{'to':'third-party','about':" N "}"),
    DOES("chengban", "handler", "consultation-delivered", "t1", NULL),
    ON("2026-03-30"),
    CANNOT("chengban", "handler", "drafted", "L1", "{'template':'R02'," FILES ",'version':1}", "consultation-open"),
    ON("2026-03-31"), DRAFTS("L1", "1"), STANDS(NULL, "legal-review"), THE_END,
};

static const struct scene STORY_REDRAFT[] = {
    TO_DECIDING("1"), PROPOSES_SECRECY("s1", "i1"), CLEARS("s1"), DECIDES("i1"), DRAFTS("L1", "1"),
    DOES("fagui", "legal", "review-returned", "L1", "{'opinion':" N "}"), STANDS(NULL, "drafting"), STANDS("L1", "sent-back"),
    DRAFTS("L1", "2"), STANDS("L1", "under-review"), PASSES("L1"),
    DOES("lingdao", "leader", "returned", "L1", "{'reason':" N "}"), STANDS(NULL, "drafting"),
    DRAFTS("L2", "1"), STANDS("L1", "replaced-by-another"), STANDS("L2", "under-review"), STANDS(NULL, "legal-review"),
    CANNOT("chengban", "handler", "drafted", "L3", "{'template':'R02'," FILES ",'version':1}", "reply-under-way"),
    PASSES("L2"), APPROVES("L2"), SEALS("L2"), SERVES("L2"), STANDS(NULL, "answered"), THE_END,
};

static const struct scene STORY_WITHDRAWN[] = {
    ON("2026-03-02"), APPLIES("1"), REGISTERS,
    DOES(NULL, "clock", "drafted", "L1", "{'template':'D01'," FILES ",'version':1}"),
    ON("2026-03-04"), DOES("anna", "applicant", "withdrawn", NULL, "{'reason':" N "}"), STANDS(NULL, "withdrawn-by-applicant"),
    SHOWN("terminated"), SEALS("L1"), STANDS("L1", "receipt-sealed"),
    CANNOT("shouli", "clerk", "assigned", NULL, "{'handler':'chengban'}", "closed"), WAKES(NULL, NULL), THE_END,
};

static const struct scene STORY_FEE[] = {
    TO_DECIDING("1"),
    ON("2026-03-05"), DOES("shouli", "clerk", "fee-notified", NULL, "{'fen':3000}"), STANDS(NULL, "awaiting-fee"), SHOWN("fee"),
    DOES("shouli", "clerk", "fee-delivered", NULL, NULL),
    ON("2026-03-16"), DOES("shouli", "clerk", "fee-paid", NULL, NULL), STANDS(NULL, "deciding"), DUE("2026-04-14"),
    CANNOT("shouli", "clerk", "fee-notified", NULL, "{'fen':3000}", "fee-once"), THE_END,
};

static const struct story STORIES[] = {
    {"a reply", STORY_REPLY},
    {"a correction starts the period anew", STORY_CORRECTION},
    {"a correction asked for too late", STORY_LATE_CORRECTION},
    {"an application is taken as abandoned", STORY_ABANDONED},
    {"an extension", STORY_EXTENSION},
    {"an extension told too late", STORY_EXTENSION_TOO_LATE},
    {"the period ends", STORY_OVERDUE},
    {"a consultation", STORY_CONSULTATION},
    {"a third party says nothing", STORY_SILENT_THIRD_PARTY},
    {"a reply is sent back twice", STORY_REDRAFT},
    {"an application is withdrawn", STORY_WITHDRAWN},
    {"a fee", STORY_FEE},
};
#endif
