/* correction.c - a fact that is wrong is corrected by two persons: one proposes how it should read, another
 * confirms it. This file judges the three events (law: does="propose", "correct", "decline"); what a
 * correction then makes of the earlier fact is workflow.c's. */
#include "json.h"
#include "standing_inside.h"
#include "text.h"

static const struct event_kind *kind_of(const struct standing *s, const struct fact *fact)
{
    return fact ? edition_event(s->e, fact->kind) : NULL;
}

static bool is_deed(const struct standing *s, const struct fact *fact, enum event_deed deed)
{
    const struct event_kind *k = kind_of(s, fact);
    return k && k->deed == deed;
}

bool event_is_correction(const struct event_kind *k)
{
    return k->deed == EVENT_DEED_PROPOSE || k->deed == EVENT_DEED_CORRECT || k->deed == EVENT_DEED_DECLINE;
}

/* A fact that took effect, or one that stands in conflict: that one, too, may be what has to be corrected. */
static const struct fact *find_fact(const struct standing *s, int64_t seq)
{
    for (size_t i = 0; i < s->accepted_count; i++)
        if (s->told[i]->seq == seq)
            return s->told[i];
    for (size_t i = 0; i < s->conflict_count; i++)
        if (s->conflicts[i].fact->seq == seq)
            return s->conflicts[i].fact;
    return NULL;
}

/* The accepted fact that confirmed or declined the proposal; NULL while it waits. */
static const struct fact *decision(const struct standing *s, int64_t proposal)
{
    for (size_t i = 0; i < s->accepted_count; i++) {
        const struct fact *f = s->told[i];
        int64_t named = 0;
        if ((is_deed(s, f, EVENT_DEED_CORRECT) || is_deed(s, f, EVENT_DEED_DECLINE)) &&
            fact_int(f, "proposal", &named) && named == proposal)
            return f;
    }
    return NULL;
}

const struct fact *standing_proposal(const struct standing *s, long seq)
{
    const struct fact *f = find_fact(s, seq);
    return is_deed(s, f, EVENT_DEED_PROPOSE) && !decision(s, seq) ? f : NULL;
}

const struct fact *standing_decision(const struct standing *s, long proposal)
{
    return decision(s, proposal);
}

const struct fact *standing_proposal_about(const struct standing *s, long fact)
{
    for (size_t i = 0; i < s->accepted_count; i++) {
        int64_t about = 0;
        if (is_deed(s, s->told[i], EVENT_DEED_PROPOSE) && fact_int(s->told[i], "fact", &about) &&
            about == fact && !decision(s, s->told[i]->seq))
            return s->told[i];
    }
    return NULL;
}

const struct fact *standing_known(const struct standing *s, long seq)
{
    for (size_t i = 0; i < s->fact_count; i++)
        if (s->facts[i]->seq == seq)
            return s->known ? s->known[i] : s->facts[i];
    return NULL;
}

/* ---- the rules */

enum rule { UNKNOWN, OF_CORRECTION, PENDING, NOT_PROPOSED, DECIDED, PROPOSER, RECORDER, DIFFERS, WITHOUT };
static const struct {
    const char *rule;
    enum may_ground ground;
    struct bilingual sentence;
} RULES[] = {
    [UNKNOWN] = {"correction-unknown",
                 MAY_GUARD,
                 {"没有可以更正的事项。", "There is no such fact to correct."}},
    [OF_CORRECTION] = {"correction-of-correction",
                       MAY_GUARD,
                       {"更正记录本身不能再更正；确需更正的，对原记录再次提出更正。",
                        "A correction is not corrected itself: propose another one of the first record."}},
    [PENDING] = {"correction-pending",
                 MAY_GUARD,
                 {"对该记录已经提出更正，尚待确认；请先确认或者不予更正。",
                  "A correction of this fact already waits: confirm or decline that one first."}},
    [NOT_PROPOSED] = {"correction-not-proposed",
                      MAY_GUARD,
                      {"没有待确认的更正。", "No correction waits to be confirmed."}},
    [DECIDED] = {"correction-decided",
                 MAY_GUARD,
                 {"该更正意见已经办理。", "This proposal has been decided already."}},
    [PROPOSER] = {"correction-second-person",
                  MAY_SEPARATION,
                  {"更正应当由提出人以外的人员确认。",
                   "Somebody other than who proposed it must confirm it."}},
    [RECORDER] = {"correction-second-person",
                  MAY_SEPARATION,
                  {"更正应当由作出原记录以外的人员确认。",
                   "Somebody other than who made the first record must confirm it."}},
    [DIFFERS] = {"correction-differs",
                 MAY_GUARD,
                 {"确认的内容与提出的更正不一致。", "What is confirmed is not what was proposed."}},
    [WITHOUT] = {"correction-by-program",
                 MAY_GUARD,
                 {"该记录由系统在签发文书时生成，请在文书页面办理。",
                  "The program makes this record when a letter is approved: go to the page of the letter."}},
};

static bool refuse(const struct act *act, enum rule rule, const struct fact *because, struct judgement *j)
{
    j->ground = RULES[rule].ground;
    j->why = (struct refusal){.rule = RULES[rule].rule,
                              .basis = act->event->basis,
                              .zh = RULES[rule].sentence.zh,
                              .en = RULES[rule].sentence.en,
                              .fact = because ? because->seq : -1};
    return false;
}

static bool same_person(const struct fact *a, const struct fact *b)
{
    return a->by && text_same(a->by, b->by);
}

bool correction_may_say(const struct event_kind *corrects, const struct event_kind *of, const json_t *patch)
{
    const char *name;
    json_t *value;
    if (event_field(corrects, "proposal"))
        return true;
    json_object_foreach((json_t *)(uintptr_t)patch, name, value)
    {
        const struct event_field *f = event_field(of, name);
        if (!f || !f->by_service)
            return false;
    }
    return true;
}

/* A correction that names no proposal is one that another system had taken over by two persons; it is by
 * somebody else than the fact itself. */
static bool confirming_ok(const struct standing *s, const struct act *act, struct judgement *j)
{
    const struct fact *c = act->fact, *proposal = NULL;
    int64_t named = 0, seq = 0, proposed = 0;
    if (fact_int(c, "proposal", &named)) {
        const struct fact *decided = decision(s, named);
        proposal = find_fact(s, named);
        if (!is_deed(s, proposal, EVENT_DEED_PROPOSE))
            return refuse(act, NOT_PROPOSED, NULL, j);
        if (decided)
            return refuse(act, DECIDED, decided, j);
        if (act->event->deed == EVENT_DEED_DECLINE)
            return true;
    }
    const struct fact *target = fact_int(c, "fact", &seq) ? find_fact(s, seq) : NULL;
    if (!target)
        return refuse(act, UNKNOWN, NULL, j);
    if (event_is_correction(kind_of(s, target)))
        return refuse(act, OF_CORRECTION, target, j);
    if (same_person(c, target))
        return refuse(act, RECORDER, target, j);
    if (!correction_may_say(act->event, kind_of(s, target), json_object_get(c->data, "data")))
        return refuse(act, WITHOUT, target, j);
    if (!proposal)
        return true;
    if (same_person(c, proposal))
        return refuse(act, PROPOSER, proposal, j);
    if (!fact_int(proposal, "fact", &proposed) || proposed != seq ||
        !json_equal((json_t *)(uintptr_t)json_object_get(proposal->data, "data"),
                    (json_t *)(uintptr_t)json_object_get(c->data, "data")))
        return refuse(act, DIFFERS, proposal, j);
    return true;
}

static bool proposing_ok(const struct standing *s, const struct act *act, struct judgement *j)
{
    int64_t seq = 0;
    const struct fact *target = fact_int(act->fact, "fact", &seq) ? find_fact(s, seq) : NULL;
    if (!target)
        return refuse(act, UNKNOWN, NULL, j);
    if (event_is_correction(kind_of(s, target)))
        return refuse(act, OF_CORRECTION, target, j);
    const struct fact *pending = standing_proposal_about(s, target->seq);
    return pending ? refuse(act, PENDING, pending, j) : true;
}

/* Before the form is filled in: is there a proposal that this person could decide? */
static bool deciding_ok(const struct standing *s, const struct act *act, struct judgement *j)
{
    bool found = false, confirms = act->event->deed == EVENT_DEED_CORRECT;
    if (!event_field(act->event, "proposal")) /* it confirms nobody's proposal: no form leads to it */
        return refuse(act, WITHOUT, NULL, j);
    for (size_t i = 0; i < s->accepted_count; i++) {
        const struct fact *p = s->told[i];
        int64_t seq = 0;
        if (!is_deed(s, p, EVENT_DEED_PROPOSE) || decision(s, p->seq))
            continue;
        const struct fact *target = fact_int(p, "fact", &seq) ? find_fact(s, seq) : NULL;
        if (!confirms || !(same_person(act->fact, p) || (target && same_person(act->fact, target))))
            return true;
        refuse(act, same_person(act->fact, p) ? PROPOSER : RECORDER, same_person(act->fact, p) ? p : target,
               j);
        found = true;
    }
    return found ? false : refuse(act, NOT_PROPOSED, NULL, j);
}

bool standing_correction_ok(const struct standing *s, const struct act *act, struct judgement *j)
{
    if (s->model || !event_is_correction(act->event))
        return true; /* the checker knows no data */
    bool proposes = act->event->deed == EVENT_DEED_PROPOSE;
    if (!act->fact->data)
        return proposes || !edition_event_that(s->e, EVENT_DEED_PROPOSE) || deciding_ok(s, act, j);
    return proposes ? proposing_ok(s, act, j) : confirming_ok(s, act, j);
}
