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
#define PROPOSES(item, outcome)                                                                              \
    DOES("chengban", "handler", "outcome-proposed", item, "{'reason':" N ",'outcome':" outcome "}")
#define CANNOT_PROPOSE(item, outcome, rule)                                                                  \
    CANNOT("chengban", "handler", "outcome-proposed", item, "{'reason':" N ",'outcome':" outcome "}", rule)
#define REDACTS(item)                                                                                        \
    DOES("chengban", "handler", "redaction-recorded", item, "{'redacted':'done','what':" N ",'metadata-removed':true}")
#define DECIDES(item)        PROPOSES(item, "'OPEN_PROVIDE'"), REDACTS(item)
#define DRAFT(code, version) "{'template':'" code "'," FILES ",'version':" version "}"
#define DRAFTS_A(code, child) DOES("chengban", "handler", "drafted", child, DRAFT(code, "1"))
#define ANSWERS_ANEW(letter)                                                                                           \
    DOES("chengban", "handler", "drafted", letter, "{'template':'A03'," FILES ",'version':1,'difference':" N "}")
#define CANNOT_DRAFT(code, child, rule) CANNOT("chengban", "handler", "drafted", child, DRAFT(code, "1"), rule)
#define DRAFTS(child, version) DOES("chengban", "handler", "drafted", child, DRAFT("R02", version))
#define PASSES(child)   DOES("fagui", "legal", "review-passed", child, "{}")
#define APPROVES(child) DOES("lingdao", "leader", "approved", child, "{" FILES "}")
#define SEALS(child)    DOES(NULL, "clock", "sealed", child, "{" FILES "}")
#define SERVES(child)   DOES("chengban", "handler", "served", child, "{'method':'electronic'}")
/* From the draft to the seal, and a notice out of the house. */
#define FINISHES(child) PASSES(child), APPROVES(child), SEALS(child)
#define NOTIFIES(child) DOES("shouli", "clerk", "notice-served", child, "{'method':'electronic'}")
#define POSTS(child)    DOES("shouli", "clerk", "notice-served", child, "{'method':'mail','tracking':" N "}")
/* What the service of a notice tells is recorded by itself. */
#define TOLD(event, child, data) DOES(NULL, "clock", event, child, data)
#define TO_DECIDING(items) ON("2026-03-02"), APPLIES(items), REGISTERS, ON("2026-03-03"), ASSIGNS, SEARCHES

static const struct scene STORY_REPLY[] = {
    ON("2026-03-02"), APPLIES("2"), STANDS(NULL, "registering"), SHOWN("received"), DUE("2026-03-30"),
    STANDS("i1", "undecided"), STANDS("i2", "undecided"), WAKES("2026-03-31", "overdue"),
    REGISTERS, SHOWN("registered"), OWES("clock", "D01"),
    DOES(NULL, "clock", "drafted", "L1", "{'template':'D01'," FILES ",'version':1}"), STANDS("L1", "receipt-to-seal"),
    SEALS("L1"), STANDS("L1", "receipt-sealed"),
    CANNOT("chengban", "handler", "served", "L1", "{'method':'electronic'}", "not-in-this-state"),
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
    CLEARS("s2"), PROPOSES("i2", "'OPEN_PROVIDE'"), STANDS(NULL, "drafting"),
    CANNOT_DRAFT("R02", "L2", "redaction-first"), REDACTS("i2"),
    CANNOT_DRAFT("R07", "L2", "letter-fits-outcomes"), CANNOT_DRAFT("R03", "L2", "letter-fits-outcomes"),
    ON("2026-03-09"), DRAFTS("L2", "1"), STANDS("L2", "under-review"), STANDS(NULL, "legal-review"),
    CANNOT("lingdao", "leader", "approved", "L2", "{" FILES "}", "legal-review-first"),
    CANNOT("chengban", "legal", "review-passed", "L2", "{}", "reviewer-not-drafter"),
    PASSES("L2"), STANDS(NULL, "approval"),
    CANNOT("chengban", "leader", "approved", "L2", "{" FILES "}", "approver-not-drafter"),
    CANNOT("lingdao", "leader", "approved", "L2", "{'odt':" HB ",'docx':" HB "}", "approve-what-was-seen"),
    CANNOT("chengban", "handler", "served", "L2", "{'method':'electronic'}", "seal-first"),
    ON("2026-03-10"), APPROVES("L2"), STANDS(NULL, "sealing"), SHOWN("reviewing"),
    SEALS("L2"), STANDS(NULL, "serving"), STANDS("L2", "to-serve"),
    ON("2026-03-11"),
    CANNOT("chengban", "handler", "served", "L2", "{'method':'mail'}", "tracking-number"),
    CANNOT("chengban", "handler", "served", "L2", "{'method':'hand'}", "proof-of-service"),
    CANNOT("chengban", "handler", "served", "L2", "{'method':'left','evidence':" N "}", "left-needs-evidence"),
    SERVES("L2"), STANDS(NULL, "answered"), SHOWN("answered"),
    CANNOT("anna", "applicant", "withdrawn", NULL, "{}", "closed"),
    DOES("chengban", "handler", "served-delivered", "L2", NULL),
    DOES("fagui", "legal", "reconsideration-filed", "v1", "{}"), STANDS(NULL, "answered"), THE_END,
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
    STANDS("t1", "they-agree"), SHOWN("reviewing"), DUE("2026-04-16"), DRAFTS("L1", "1"), THE_END,
};

/* After the third party's fifteen days the office decides itself (条例32). */
static const struct scene STORY_SILENT_THIRD_PARTY[] = {
    TO_DECIDING("1"), PROPOSES_SECRECY("s1", "i1"), CLEARS("s1"), DECIDES("i1"),
    ON("2026-03-09"), DOES("chengban", "handler", "consultation-sent", "t1", "{'to':'third-party','about':" N "}"),
    DOES("chengban", "handler", "consultation-delivered", "t1", NULL),
    ON("2026-03-30"),
    CANNOT("chengban", "handler", "drafted", "L1", "{'template':'R02'," FILES ",'version':1}", "consultation-open"),
    ON("2026-03-31"), DOES(NULL, "clock", "consultation-lapsed", "t1", NULL), STANDS("t1", "they-are-silent"), SHOWN("reviewing"),
    DRAFTS("L1", "1"), STANDS(NULL, "legal-review"), THE_END,
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

static const struct scene STORY_DROPPED[] = {
    TO_DECIDING("1"), PROPOSES_SECRECY("s1", "i1"), CLEARS("s1"), DECIDES("i1"), DRAFTS("L1", "1"),
    CANNOT("chengban", "handler", "draft-dropped", "L1", "{'reason':" N "}", "not-in-this-state"),
    DOES("fagui", "legal", "review-returned", "L1", "{'opinion':" N "}"),
    DOES("chengban", "handler", "draft-dropped", "L1", "{'reason':" N "}"), STANDS("L1", "draft-dropped"), STANDS(NULL, "drafting"),
    CANNOT("chengban", "handler", "drafted", "L1", "{'template':'R02'," FILES ",'version':2}", "not-in-this-state"),
    DRAFTS("L2", "1"), FINISHES("L2"), CANNOT("chengban", "handler", "draft-dropped", "L2", "{'reason':" N "}", "not-in-this-state"),
    SERVES("L2"), STANDS(NULL, "answered"), THE_END,
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
    ON("2026-03-05"), DOES("shouli", "clerk", "fee-notified", NULL, "{'basis':'pages','quantity':33,'amount':3000}"), STANDS(NULL, "awaiting-fee"), SHOWN("fee"),
    DOES("shouli", "clerk", "fee-delivered", NULL, NULL),
    ON("2026-03-16"), DOES("shouli", "clerk", "fee-paid", NULL, NULL), STANDS(NULL, "deciding"), DUE("2026-04-14"),
    CANNOT("shouli", "clerk", "fee-notified", NULL, "{'basis':'pages','quantity':33,'amount':3000}", "fee-once"), THE_END,
};

/* The fee is not paid within twenty working days after the notice was received (办法6). */
static const struct scene STORY_UNPAID[] = {
    TO_DECIDING("1"),
    CANNOT_DRAFT("D10", "L1", "letter-not-due"),
    ON("2026-03-05"),
    CANNOT("shouli", "clerk", "fee-decided", NULL, "{'basis':'items','quantity':2,'amount':20000,'how':" N "}", "same-applicant-decided"),
    CANNOT("shouli", "clerk", "fee-decided", NULL, "{'basis':'items','quantity':2,'earlier':10,'amount':20001,'same-applicant':" N "}", "fee-above-tariff"),
    CANNOT("shouli", "clerk", "fee-decided", NULL, "{'basis':'items','quantity':2,'earlier':8,'amount':1,'same-applicant':" N "}", "fee-above-tariff"),
    CANNOT("shouli", "clerk", "fee-notified", NULL, "{'basis':'pages','quantity':31,'amount':1001}", "fee-above-tariff"),
    DOES("shouli", "clerk", "fee-decided", NULL, "{'basis':'items','quantity':2,'earlier':10,'amount':20000,'same-applicant':" N ",'how':" N "}"),
    OWES("handler", "drafted"), DRAFTS_A("D10", "L1"), STANDS("L1", "notice-to-review"), STANDS(NULL, "deciding"),
    FINISHES("L1"), STANDS("L1", "notice-to-serve"),
    NOTIFIES("L1"), TOLD("fee-notified", NULL, "{'basis':'items','quantity':2,'earlier':10,'same-applicant':" N ",'amount':20000,'how':" N "}"),
    STANDS("L1", "notice-served"), STANDS(NULL, "awaiting-fee"), SHOWN("fee"), WAKES(NULL, NULL),
    ON("2026-03-06"), DOES("shouli", "clerk", "fee-delivered", NULL, NULL), WAKES("2026-04-04", "abandoned"),
    ON("2026-04-03"), CANNOT("shouli", "clerk", "abandoned", NULL, NULL, "period-running"),
    ON("2026-04-04"), DOES(NULL, "clock", "abandoned", NULL, NULL), STANDS(NULL, "abandoned-unpaid"), SHOWN("terminated"),
    CANNOT("shouli", "clerk", "fee-paid", NULL, NULL, "closed"),
    DRAFTS_A("N02", "L2"), FINISHES("L2"), POSTS("L2"), STANDS("L2", "notice-served"), THE_END,
};

/* A correction asked for by its letter: the day of service is the day on which the applicant was told. */
static const struct scene STORY_NOTICE[] = {
    ON("2026-03-02"), APPLIES("1"), REGISTERS,
    CANNOT_DRAFT("D02", "L1", "correction-decided-first"),
    ON("2026-03-04"),
    DOES("shouli", "clerk", "correction-decided", NULL, "{'reply-by':'2026-03-20','what':" N "}"), STANDS(NULL, "reviewing"),
    DRAFTS_A("D02", "L1"), CANNOT_DRAFT("D02", "L2", "notice-under-way"),
    CANNOT("shouli", "clerk", "correction-notified", NULL, "{'reply-by':'2026-03-20','what':" N "}", "notice-under-way"),
    PASSES("L1"), DOES("lingdao", "leader", "returned", "L1", "{'reason':" N "}"), STANDS("L1", "notice-sent-back"),
    CANNOT_DRAFT("D03", "L1", "extension-not-granted"), DRAFTS_A("D02", "L1"),
    FINISHES("L1"), ON("2026-03-06"),
    CANNOT("shouli", "clerk", "notice-served", "L1", "{'method':'hand'}", "proof-of-service"),
    POSTS("L1"), TOLD("correction-notified", NULL, "{'reply-by':'2026-03-20','what':" N "}"),
    STANDS(NULL, "awaiting-correction"), SHOWN("correction"),
    ON("2026-03-09"), DOES("shouli", "clerk", "notice-delivered", "L1", NULL), DOES("shouli", "clerk", "correction-delivered", NULL, NULL),
    WAKES("2026-03-21", "abandoned"),
    ON("2026-03-18"), DOES("chuzhang", "division-head", "correction-extended", NULL, "{'reply-by':'2026-03-27','reason':" N "}"),
    WAKES("2026-03-28", "abandoned"),
    CANNOT("chuzhang", "division-head", "correction-extended", NULL, "{'reply-by':'2026-04-10','reason':" N "}", "correction-extended-once"),
    ON("2026-03-24"), DOES("anna", "applicant", "correction-received", NULL, "{'text':" N "}"), DUE("2026-04-22"),
    ASSIGNS, DOES("chengban", "handler", "search-not-needed", NULL, "{'ground':'unclear','note':" N "}"),
    PROPOSES("i1", "'NA_UNCLEAR'"), DRAFTS_A("R10", "L2"), FINISHES("L2"), SERVES("L2"), STANDS(NULL, "answered"), THE_END,
};

/* An extension told by its letter. */
static const struct scene STORY_EXTENSION_NOTICE[] = {
    TO_DECIDING("1"), CANNOT_DRAFT("D03", "L1", "extension-not-granted"),
    ON("2026-03-20"), DOES("chuzhang", "division-head", "extension-granted", NULL, "{'workdays':20,'reason':" N "}"),
    DRAFTS_A("D03", "L1"), CANNOT("shouli", "clerk", "extension-notified", NULL, NULL, "notice-under-way"),
    FINISHES("L1"), ON("2026-03-23"), NOTIFIES("L1"), TOLD("extension-notified", NULL, NULL), SHOWN("extended"), DUE("2026-04-28"), THE_END,
};

/* 经检索没有: two ways of searching, confirmed by somebody else (条例36(4)). */
static const struct scene STORY_ABSENT[] = {
    ON("2026-03-02"), APPLIES("1"), REGISTERS, ON("2026-03-03"), ASSIGNS,
    CANNOT("shouli", "clerk", "search-confirmed", NULL, "{}", "search-first"),
    DOES("chengban", "handler", "search-recorded", NULL, "{'result':'not-found','where':" N ",'keywords':" N ",'strategies':1}"),
    CANNOT_PROPOSE("i1", "'NA_NOTEXIST'", "search-thorough"), CANNOT_PROPOSE("i1", "'OPEN_PROVIDE'", "release-needs-a-find"),
    DOES("chengban", "handler", "inquiry-sent", NULL, "{'recipient':" N ",'what':" N ",'reply-by':'2026-03-06'}"), DUE("2026-03-30"),
    ON("2026-03-09"),
    DOES("chengban", "handler", "search-recorded", NULL, "{'result':'not-found','where':" N ",'keywords':" N ",'strategies':3,'persons':" N "}"),
    CANNOT_PROPOSE("i1", "'NA_NOTEXIST'", "search-signed"),
    DOES("shouli", "clerk", "search-confirmed", NULL, "{}"), PROPOSES("i1", "'NA_NOTEXIST'"), STANDS(NULL, "drafting"),
    CANNOT_DRAFT("R02", "L1", "letter-fits-outcomes"), DRAFTS_A("R07", "L1"), FINISHES("L1"),
    ON("2026-03-11"), DOES("chengban", "handler", "served", "L1", "{'method':'mail','tracking':" N "}"), STANDS(NULL, "answered"),
    CANNOT("shouli", "clerk", "served-delivered", "L9", NULL, "child-unknown"),
    ON("2026-03-13"), DOES("chengban", "handler", "served-delivered", "L1", NULL),
    DOES("shouli", "clerk", "archived", NULL, "{'volume':" N ",'retention':'10'}"),
    CANNOT("shouli", "clerk", "archived", NULL, "{'volume':" N ",'retention':'10'}", "archived-once"), THE_END,
};

#define SEPARATED ",'separation':'inseparable','parts':" N
/* Each ground is asked for its evidence, with its article (statute checklist of evidence). */
static const struct scene STORY_GROUNDS[] = {
    TO_DECIDING("1"),
    CANNOT_PROPOSE("i1", "'OPEN_PUBLISHED'", "published-where"),
    CANNOT_PROPOSE("i1", "'OPEN_PUBLISHED','where':" N ",'checked-on':'2026-03-02'", "link-checked-today"),
    PROPOSES("i1", "'OPEN_PUBLISHED','where':" N ",'checked-on':'2026-03-03'"), STANDS(NULL, "drafting"),
    CANNOT_DRAFT("R02", "L1", "letter-fits-outcomes"),
    CANNOT_PROPOSE("i1", "'PARTIAL','given':" N ",'withheld':" N ",'ground':'DENY_THIRD'", "release-needs-secrecy-review"),
    CANNOT_PROPOSE("i1", "'DENY_SECRET'", "separation-tested"),
    CANNOT_PROPOSE("i1", "'DENY_SECRET','separation':'separable','parts':" N, "separation-tested"),
    CANNOT_PROPOSE("i1", "'DENY_SECRET','level':'secret'" SEPARATED, "secret-documented"),
    PROPOSES("i1", "'DENY_SECRET','level':'secret','secret-number':" N ",'secret-period':" N ",'secret-basis':" N SEPARATED),
    CANNOT_PROPOSE("i1", "'DENY_LAW'" SEPARATED, "law-named"), PROPOSES("i1", "'DENY_LAW','law':" N SEPARATED),
    CANNOT_PROPOSE("i1", "'DENY_3S1W'" SEPARATED, "harm-analysed"), PROPOSES("i1", "'DENY_3S1W','harm':" N SEPARATED),
    CANNOT_PROPOSE("i1", "'DENY_THIRD','harm':" N SEPARATED, "third-party-asked"),
    CANNOT_PROPOSE("i1", "'DENY_INTERNAL','kind':'draft','no-duty':true" SEPARATED, "which-kind"),
    CANNOT_PROPOSE("i1", "'DENY_INTERNAL','kind':'personnel'" SEPARATED, "no-duty-to-disclose"),
    PROPOSES("i1", "'DENY_INTERNAL','kind':'personnel','no-duty':true" SEPARATED),
    CANNOT_PROPOSE("i1", "'DENY_PROCESS','no-duty':true" SEPARATED, "which-kind"),
    PROPOSES("i1", "'DENY_PROCESS','kind':'minutes','no-duty':true" SEPARATED),
    PROPOSES("i1", "'DENY_CASEFILE','no-duty':true" SEPARATED),
    CANNOT_PROPOSE("i1", "'NA_NOTEXIST'", "absence-needs-an-empty-search"),
    CANNOT_PROPOSE("i1", "'NA_NOTOURS'", "responsible-agency"), PROPOSES("i1", "'NA_NOTOURS','duty-rule':" N ",'organ':" N),
    CANNOT_PROPOSE("i1", "'NA_CREATE'", "work-described"), PROPOSES("i1", "'NA_CREATE','work':" N),
    CANNOT_PROPOSE("i1", "'NA_UNCLEAR'", "unclear-after-correction"),
    CANNOT_PROPOSE("i1", "'DENY_QUERY','law':" N, "special-regime"), PROPOSES("i1", "'DENY_QUERY','law':" N ",'organ':" N),
    CANNOT_PROPOSE("i1", "'NP_PETITION','petition':'petition','where':" N, "petition-channel"),
    PROPOSES("i1", "'NP_PETITION','petition':'petition','where':" N ",'no-record':true"),
    CANNOT_PROPOSE("i1", "'NP_PUBLICATION'", "publication-where"), PROPOSES("i1", "'NP_PUBLICATION','where':" N),
    CANNOT_PROPOSE("i1", "'NP_REPEAT','earlier-number':" N ",'earlier-on':'2026-03-02','earlier-proof':" N, "earlier-reply-linked"),
    PROPOSES("i1", "'NP_REPEAT','earlier-number':" N ",'earlier-on':'2026-02-02','earlier-proof':" N ",'same-information':true"),
    CANNOT_PROPOSE("i1", "'NP_CONFIRM','earlier-number':" N, "earlier-given"), PROPOSES("i1", "'NP_CONFIRM','earlier-number':" N ",'earlier-on':'2026-01-15'"),
    CANNOT_PROPOSE("i1", "'NP_EXCESS'", "reasons-asked-first"),
    CANNOT_PROPOSE("i1", "'OT_OTHER'", "inquiry-kind"), PROPOSES("i1", "'OT_OTHER','inquiry':'question','answer':" N),
    STANDS(NULL, "drafting"), CANNOT_DRAFT("R11", "L1", "letter-fits-outcomes"),
    DRAFTS_A("R16", "L1"), FINISHES("L1"), SERVES("L1"), STANDS(NULL, "answered"), THE_END,
};

/* Refused, overturned, answered anew: the second answer is not the first one again. */
static const struct scene STORY_REDO[] = {
    TO_DECIDING("1"), PROPOSES("i1", "'DENY_PROCESS','kind':'report','no-duty':true" SEPARATED),
    DRAFTS_A("R06", "L1"), FINISHES("L1"), ON("2026-03-12"),
    DOES("chengban", "handler", "served", "L1", "{'method':'pick-up','evidence':" N "}"), STANDS(NULL, "answered"),
    DOES("chengban", "handler", "served-delivered", "L1", NULL),
    CANNOT("fagui", "legal", "reconsideration-answered", "v1", NULL, "child-unknown"),
    ON("2026-04-08"), DOES("fagui", "legal", "reconsideration-filed", "v1", "{'procedure':'simplified','number':" N "}"),
    STANDS("v1", "review-filed"), OWES("legal", "reconsideration-answered"), CANNOT_DRAFT("A01", "L2", "letter-not-due"),
    DOES("fagui", "legal", "reconsideration-replied", "v1", "{'representative':" N ",'agent':" N ",'request':" N ",'facts':" N ",'grounds':" N "}"),
    ON("2026-04-13"), DOES("fagui", "legal", "reconsideration-answered", "v1", NULL), STANDS("v1", "review-answered"),
    ON("2026-05-11"), DOES("fagui", "legal", "reconsideration-decided", "v1", "{'result':'upheld'}"), STANDS("v1", "review-decided"),
    ON("2026-05-20"), DOES("fagui", "legal", "lawsuit-notified", "c1", "{'route':'after-review','number':" N "}"), STANDS("c1", "suit-notified"),
    DOES("fagui", "legal", "lawsuit-answered", "c1", "{'representative':" N ",'agent':" N ",'request':" N ",'facts':" N ",'grounds':" N "}"),
    DOES("fagui", "legal", "lawsuit-defended", "c1", NULL), STANDS("c1", "suit-defended"),
    CANNOT("chengban", "handler", "outcome-redone", "i1", "{'outcome':'DENY_CASEFILE','reason':" N ",'no-duty':true" SEPARATED "}", "not-in-this-state"),
    ON("2026-07-08"), DOES("fagui", "legal", "court-ruled", "c1", "{'result':'corrected','number':" N "}"), STANDS("c1", "suit-ruled"),
    DOES("fagui", "legal", "court-order", "r1", "{'workdays':20,'by':'court','organ':" N ",'number':" N ",'result':'revoked'}"),
    STANDS("r1", "redo-open"), STANDS(NULL, "answered"), OWES("handler", "redo-answered"),
    CANNOT_DRAFT("A03", "L2", "decided-anew-first"),
    CANNOT("fagui", "legal", "court-order", "r2", "{'item':'i9'}", "item-unknown"),
    CANNOT("chengban", "handler", "redo-answered", "r1", NULL, "new-reply-served"),
    CANNOT("chengban", "handler", "outcome-redone", "i1", "{'outcome':'DENY_PROCESS','kind':'report','reason':" N ",'no-duty':true" SEPARATED "}", "same-outcome-again"),
    CANNOT("chengban", "handler", "outcome-redone", "i1", "{'outcome':'OPEN_PROVIDE','reason':" N "}", "release-needs-secrecy-review"),
    PROPOSES_SECRECY("s1", "i1"), CLEARS("s1"),
    DOES("chengban", "handler", "outcome-redone", "i1", "{'outcome':'OPEN_PROVIDE','reason':" N "}"), STANDS("i1", "to-redact"),
    CANNOT_DRAFT("A03", "L2", "redaction-first"), REDACTS("i1"),
    PROPOSES_SECRECY("s1", "i1"), DOES("baomi", "secrecy", "secrecy-decided", "s1", "{'result':'withhold','opinion':" N "}"),
    CANNOT_DRAFT("A03", "L2", "release-needs-secrecy-review"), PROPOSES_SECRECY("s1", "i1"), CLEARS("s1"),
    ON("2026-07-20"), ANSWERS_ANEW("L2"),
    CANNOT("chengban", "handler", "secrecy-proposed", "s1", "{'item':'i1','level':'withhold','basis':" N "}", "new-reply-under-way"),
    CANNOT("chengban", "handler", "outcome-redone", "i1", "{'outcome':'NP_PUBLICATION','where':" N ",'reason':" N "}", "new-reply-under-way"),
    FINISHES("L2"), DOES("chengban", "handler", "reply-recalled", "L2", "{'reason':" N "}"), STANDS("L2", "replaced-by-another"),
    ANSWERS_ANEW("L3"),
    CANNOT_DRAFT("R02", "L4", "closed"), FINISHES("L3"), NOTIFIES("L3"), STANDS("L3", "notice-served"),
    DOES("chengban", "handler", "redo-answered", "r1", NULL), STANDS("r1", "redo-done"),
    /* Another order is not answered by what answered the first. */
    ON("2026-10-12"), DOES("fagui", "legal", "court-order", "r2", "{'item':'i1','by':'review'}"), STANDS("r2", "redo-open"),
    CANNOT("chengban", "handler", "redo-answered", "r2", NULL, "new-reply-served"), CANNOT_DRAFT("A03", "L4", "decided-anew-first"), THE_END,
};

/* Ordered to look again: what was confirmed before the last search says nothing about that one (条例36(4)). */
static const struct scene STORY_ABSENT_ANEW[] = {
    TO_DECIDING("1"), DOES("shouli", "clerk", "search-confirmed", NULL, "{}"),
    PROPOSES("i1", "'DENY_PROCESS','kind':'report','no-duty':true" SEPARATED),
    DRAFTS_A("R06", "L1"), FINISHES("L1"), SERVES("L1"), STANDS(NULL, "answered"),
    ON("2026-04-08"), DOES("fagui", "legal", "court-order", "r1", "{'by':'review','organ':" N ",'number':" N ",'result':'revoked'}"),
    DOES("chengban", "handler", "search-recorded", NULL, "{'result':'not-found','where':" N ",'keywords':" N ",'strategies':3}"),
    CANNOT("chengban", "handler", "outcome-redone", "i1", "{'outcome':'NA_NOTEXIST','reason':" N "}", "search-signed"),
    DOES("shouli", "clerk", "search-confirmed", NULL, "{}"),
    CANNOT("chengban", "handler", "search-recorded", NULL, "{'result':'not-found','where':" N ",'keywords':" N ",'strategies':3}", "search-after-confirmation"),
    DOES("chengban", "handler", "outcome-redone", "i1", "{'outcome':'NA_NOTEXIST','reason':" N "}"), ANSWERS_ANEW("L2"), THE_END,
};

/* A third party objects and is overruled: it is told first, and the release waits (条例32). */
static const struct scene STORY_OVERRULED[] = {
    TO_DECIDING("1"), PROPOSES_SECRECY("s1", "i1"), CLEARS("s1"),
    CANNOT_DRAFT("D04", "L1", "letter-not-due"),
    DOES("chengban", "handler", "consultation-decided", NULL, "{'to':'third-party','recipient':" N ",'about':" N ",'interest':'trade-secret'}"),
    DOES("chengban", "handler", "consultation-sent", "t1", "{'to':'third-party','recipient':" N ",'about':" N ",'interest':'trade-secret'}"),
    CANNOT("chengban", "handler", "disclosure-decided", "t1", "{'what':" N ",'reason':" N ",'not-before':'2026-03-20'}", "nobody-objects"),
    ON("2026-03-05"), DOES("chengban", "handler", "consultation-delivered", "t1", NULL),
    ON("2026-03-10"), DOES("chengban", "handler", "consultation-answered", "t1", "{'answer':'objects','reasons':" N "}"), STANDS("t1", "objection-stands"),
    CANNOT_PROPOSE("i1", "'PARTIAL','given':" N ",'withheld':" N ",'ground':'DENY_THIRD'", "objection-weighed"),
    CANNOT_PROPOSE("i1", "'PARTIAL','given':" N ",'withheld':" N ",'ground':'DENY_THIRD','overrule':'public-interest'", "public-interest-weighed"),
    PROPOSES("i1", "'PARTIAL','given':" N ",'withheld':" N ",'ground':'DENY_THIRD','overrule':'public-interest','public-interest':" N),
    REDACTS("i1"), DOES("fagui", "legal", "conference-held", NULL, "{'participants':" N ",'issues':" N ",'conclusion':" N "}"),
    DRAFTS_A("R03", "L1"), FINISHES("L1"),
    CANNOT("chengban", "handler", "served", "L1", "{'method':'electronic'}", "third-party-told-first"),
    ON("2026-03-12"), CANNOT_DRAFT("N04", "L2", "letter-not-due"),
    DOES("chengban", "handler", "disclosure-decided", "t1", "{'what':" N ",'reason':" N ",'not-before':'2026-03-20'}"),
    DRAFTS_A("N04", "L2"), FINISHES("L2"), POSTS("L2"), TOLD("overruled-notified", "t1", "{'what':" N ",'reason':" N "}"),
    ON("2026-03-19"), CANNOT("chengban", "handler", "served", "L1", "{'method':'electronic'}", "third-party-interval"),
    ON("2026-03-20"), SERVES("L1"), STANDS(NULL, "answered"), THE_END,
};

#define ASKS_A_PARTY(child)                                                                                            \
    DOES("chengban", "handler", "consultation-sent", child, "{'to':'third-party','recipient':" N ",'about':" N "}"),    \
    DOES("chengban", "handler", "consultation-delivered", child, NULL),                                                \
    DOES("chengban", "handler", "consultation-answered", child, "{'answer':'objects','reasons':" N "}"), STANDS(child, "objection-stands")
#define OVERRULES(child) DOES("chengban", "handler", "disclosure-decided", child, "{'what':" N ",'reason':" N ",'not-before':'2026-12-31'}")
#define CANNOT_OVERRULE(child, rule)                                                                                   \
    CANNOT("chengban", "handler", "disclosure-decided", child, "{'what':" N ",'reason':" N ",'not-before':'2026-12-31'}", rule)
/* Three object: two are told, each with its own interval; what concerns the third is not disclosed. */
static const struct scene STORY_ALL_TOLD[] = {
    TO_DECIDING("1"), PROPOSES_SECRECY("s1", "i1"), CLEARS("s1"), ASKS_A_PARTY("t1"), ASKS_A_PARTY("t2"), ASKS_A_PARTY("t3"),
    PROPOSES("i1", "'OPEN_PROVIDE','overrule':'no-good-reason'"), REDACTS("i1"), DRAFTS("L1", "1"), FINISHES("L1"),
    ON("2026-03-04"), OVERRULES("t1"), CANNOT_OVERRULE("t2", "one-told-first"), DRAFTS_A("N04", "L2"), FINISHES("L2"), POSTS("L2"),
    CANNOT("chengban", "handler", "overruled-notified", "t2", "{}", "disclosure-decided-first"),
    TOLD("overruled-notified", "t1", "{'what':" N "}"), STANDS("t1", "third-party-told"), CANNOT_DRAFT("N04", "L3", "letter-not-due"),
    ON("2026-03-18"), CANNOT("chengban", "handler", "served", "L1", "{'method':'electronic'}", "third-party-told-first"),
    OVERRULES("t2"), DRAFTS_A("N04", "L3"), FINISHES("L3"), POSTS("L3"), TOLD("overruled-notified", "t2", "{'what':" N "}"),
    CANNOT("chengban", "handler", "served", "L1", "{'method':'electronic'}", "third-party-told-first"),
    DOES("chengban", "handler", "objection-followed", "t3", "{'reason':" N "}"), STANDS("t3", "objection-followed"),
    ON("2026-03-25"), CANNOT("chengban", "handler", "served", "L1", "{'method':'electronic'}", "third-party-interval"),
    ON("2026-03-26"), SERVES("L1"), STANDS(NULL, "answered"), CANNOT_OVERRULE("t3", "closed"), THE_END,
};

/* Refused for a third party, ordered to answer anew: that party is told before the new reply discloses. */
static const struct scene STORY_OVERRULED_ANEW[] = {
    TO_DECIDING("1"), PROPOSES_SECRECY("s1", "i1"), CLEARS("s1"), ASKS_A_PARTY("t1"),
    PROPOSES("i1", "'DENY_THIRD','interest':'privacy','opinion':'objects','harm':" N ",'public-interest':" N SEPARATED),
    DRAFTS_A("R05", "L1"), FINISHES("L1"), SERVES("L1"), STANDS(NULL, "answered"), CANNOT_OVERRULE("t1", "closed"),
    ON("2026-04-08"), DOES("fagui", "legal", "court-order", "r1", "{'by':'review','organ':" N ",'number':" N ",'result':'revoked'}"),
    DOES("chengban", "handler", "outcome-redone", "i1", "{'outcome':'OPEN_PROVIDE','overrule':'no-good-reason','reason':" N "}"),
    REDACTS("i1"), ANSWERS_ANEW("L2"), FINISHES("L2"),
    CANNOT("shouli", "clerk", "notice-served", "L2", "{'method':'electronic'}", "third-party-told-first"),
    OVERRULES("t1"), DRAFTS_A("N04", "L3"), FINISHES("L3"), POSTS("L3"), TOLD("overruled-notified", "t1", "{'what':" N "}"),
    ON("2026-04-15"), CANNOT("shouli", "clerk", "notice-served", "L2", "{'method':'electronic'}", "third-party-interval"),
    ON("2026-04-16"), NOTIFIES("L2"), DOES("chengban", "handler", "redo-answered", "r1", NULL), STANDS("r1", "redo-done"), THE_END,
};

/* A co-author's silence is consent (条例34); another agency is waited for. */
static const struct scene STORY_CO_AUTHOR[] = {
    TO_DECIDING("1"), PROPOSES_SECRECY("s1", "i1"), CLEARS("s1"), DECIDES("i1"),
    DOES("chengban", "handler", "consultation-sent", "t1", "{'to':'co-author','about':" N "}"),
    DOES("chengban", "handler", "consultation-sent", "t2", "{'to':'referral','about':" N "}"),
    DOES("chengban", "handler", "consultation-delivered", "t1", NULL), WAKES("2026-03-25", "consultation-lapsed"),
    ON("2026-03-25"), DOES(NULL, "clock", "consultation-lapsed", "t1", NULL), STANDS("t1", "taken-as-consent"), SHOWN("consulting"),
    CANNOT_DRAFT("R02", "L1", "consultation-open"),
    DOES("chengban", "handler", "consultation-answered", "t2", "{'answer':'agrees'}"), SHOWN("reviewing"), DUE("2026-04-21"),
    DRAFTS("L1", "1"), THE_END,
};

/* A petition in the form of an application: no search is needed, and the period is the same. */
static const struct scene STORY_PETITION[] = {
    ON("2026-03-02"), APPLIES("1"), REGISTERS, ASSIGNS,
    DOES("shouli", "clerk", "contact-noted", NULL, "{'how':'phone','said':" N "}"),
    CANNOT_PROPOSE("i1", "'NP_PETITION','petition':'report','where':" N ",'no-record':true", "search-or-exit-first"),
    DOES("chengban", "handler", "search-not-needed", NULL, "{'ground':'petition','note':" N "}"), STANDS(NULL, "deciding"),
    CANNOT_PROPOSE("i1", "'OPEN_PROVIDE'", "search-first"),
    PROPOSES("i1", "'NP_PETITION','petition':'report','where':" N ",'no-record':true"),
    DRAFTS_A("R11", "L1"), FINISHES("L1"),
    DOES("chengban", "handler", "served", "L1", "{'method':'left','left-evidence':'recorded','evidence':" N "}"), STANDS(NULL, "answered"), THE_END,
};

/* Too many applications: the reasons are asked for; good ones bring a later day, others no reply to the matter (条例35). */
static const struct scene STORY_DELAYED[] = {
    TO_DECIDING("1"), CANNOT("shouli", "clerk", "reasons-given", NULL, "{}", "reasons-not-asked"),
    CANNOT("shouli", "clerk", "delay-notified", NULL, "{'until':'2026-06-30'}", "reasons-first"),
    DOES("shouli", "clerk", "reasons-decided", NULL, "{'facts':" N ",'reply-by':'2026-03-16'}"), DRAFTS_A("D08", "L1"), FINISHES("L1"),
    ON("2026-03-05"), NOTIFIES("L1"), TOLD("reasons-asked", NULL, "{'facts':" N ",'reply-by':'2026-03-16'}"),
    STANDS(NULL, "awaiting-reasons"), DUE("2026-03-30"), OWES("applicant", "reasons-given"),
    ON("2026-03-10"), DOES("anna", "applicant", "reasons-given", NULL, "{'text':" N "}"), SHOWN("reviewing"),
    DOES("shouli", "clerk", "delay-decided", NULL, "{'until':'2026-05-29','reason':" N "}"), DRAFTS_A("D09", "L2"), FINISHES("L2"),
    NOTIFIES("L2"), TOLD("delay-notified", NULL, "{'until':'2026-05-29','reason':" N "}"), DUE("2026-05-29"), THE_END,
};
static const struct scene STORY_EXCESS[] = {
    TO_DECIDING("1"), DOES("shouli", "clerk", "reasons-asked", NULL, "{'facts':" N ",'reply-by':'2026-03-13'}"),
    ON("2026-03-13"), CANNOT_PROPOSE("i1", "'NP_EXCESS'", "reasons-asked-first"),
    ON("2026-03-16"), PROPOSES("i1", "'NP_EXCESS'"), DRAFTS_A("R14", "L1"), FINISHES("L1"), SERVES("L1"), STANDS(NULL, "answered"), THE_END,
};

/* Several people want it: it is published (条例44); a record about oneself is corrected (条例41). */
static const struct scene STORY_PUBLISHED[] = {
    TO_DECIDING("1"), PROPOSES_SECRECY("s1", "i1"), CLEARS("s1"), DECIDES("i1"), DRAFTS("L1", "1"), FINISHES("L1"), SERVES("L1"),
    DOES("anna", "applicant", "publication-proposed", NULL, "{'reason':" N "}"),
    CANNOT("chuzhang", "division-head", "made-proactive", NULL, NULL, "proactive-proposed-first"),
    DOES("chengban", "handler", "proactive-proposed", NULL,
         "{'name':" N ",'index':" N ",'made':'2025-12-01','summary':" N ",'reason':" N ",'secrecy':" N "}"),
    ON("2026-03-10"), DOES("chuzhang", "division-head", "made-proactive", NULL, NULL),
    DOES("shouli", "clerk", "information-published", NULL, NULL),
    CANNOT("chengban", "handler", "rectification-decided", NULL, "{'result':'corrected','reason':" N "}", "rectification-not-asked"),
    DOES("anna", "applicant", "rectification-asked", NULL, "{'what':" N ",'proof':" N "}"),
    CANNOT("chengban", "handler", "rectification-decided", NULL, "{'result':'forwarded','reason':" N "}", "organ-named"),
    DOES("chengban", "handler", "rectification-decided", NULL, "{'result':'corrected','reason':" N "}"),
    DRAFTS_A("N05", "L2"), FINISHES("L2"), NOTIFIES("L2"), THE_END,
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
    {"a reply that was sent back is dropped for another", STORY_DROPPED},
    {"an application is withdrawn", STORY_WITHDRAWN},
    {"a fee", STORY_FEE},
    {"a fee that is not paid", STORY_UNPAID},
    {"a correction by its letter", STORY_NOTICE},
    {"an extension by its letter", STORY_EXTENSION_NOTICE},
    {"information that does not exist", STORY_ABSENT},
    {"each ground and its evidence", STORY_GROUNDS},
    {"a refusal is overturned and answered anew", STORY_REDO},
    {"a third party is overruled", STORY_OVERRULED},
    {"each third party that objects is told", STORY_ALL_TOLD},
    {"a third party is overruled by a new reply", STORY_OVERRULED_ANEW},
    {"said not to exist only after an order", STORY_ABSENT_ANEW},
    {"a co-author says nothing", STORY_CO_AUTHOR},
    {"a petition", STORY_PETITION},
    {"a later day", STORY_DELAYED},
    {"too many applications", STORY_EXCESS},
    {"it is published, and a record is corrected", STORY_PUBLISHED},
};
#endif
