/* test_clock_property.c - random dossiers: the engine against a reference that walks day by day.
 *
 * The reference is written from the text of the contract (the reply clock of cn-2019), knows nothing of the
 * engine's rules or sums, and reads the calendar's CSV by itself. MINGDA_SEED and MINGDA_DOSSIERS choose
 * other ones; ./run prove takes ten million. */
#include "cmocka_all.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "clock.h"
#include "law_files.h"
#include "text.h"

#define FACTS_MAX   24
#define ENTRIES_MAX (2 * FACTS_MAX)
#define NONE        (-1000000)
#define NEVER       1000000
#define WALK_MAX    1200

/* ---- the calendar, read again ---- */

static signed char marks[16000]; /* by day number from 1990-01-01: 1 off, 2 made up */
static int marks_from, published;

static const char *next_line(const char *at)
{
    at += strcspn(at, "\n");
    return *at ? at + 1 : at;
}

static void read_marks(TALLOC_CTX *life, const char *file, bool provisional)
{
    size_t length = 0;
    const char *bytes = law_bytes(life, file, &length);
    for (const char *at = next_line(bytes); *at; at = next_line(at)) {
        struct civil d;
        assert_true(civil_parse_n(at, 10, &d));
        int n = civil_number(d);
        marks[n - marks_from] = strncmp(at + 11, "workday", 7) == 0 ? 2 : 1;
        struct civil end = {d.year, 12, 31};
        if (!provisional && civil_number(end) > published)
            published = civil_number(end);
    }
}

static bool workday(int n)
{
    int mark = marks[n - marks_from];
    return mark ? mark == 2 : ((n % 7 + 7 + 3) % 7) < 5;
}

static int workdays_after(int day, int count)
{
    while (count > 0)
        count -= workday(++day);
    return day;
}

static int workdays_between(int after, int through)
{
    int n = 0;
    for (int d = after + 1; d <= through; d++)
        n += workday(d);
    return n;
}

/* ---- the reference ---- */

enum kind {
    RECEIVED,
    C_NOTIFIED,
    C_DELIVERED,
    C_RECEIVED,
    SENT,
    DELIVERED,
    ANSWERED,
    GRANTED,
    NOTICED,
    F_NOTIFIED,
    F_DELIVERED,
    F_PAID,
    R_ASKED,
    R_GIVEN,
    DELAY,
    SERVED,
    S_DELIVERED,
    WITHDRAWN,
    ABANDONED,
    FILED,
    ORDER,
    CORRECTED,
    MIGRATED,
    ASSIGNED,
    KINDS
};
static const char *const NAMES[KINDS] = {"received",
                                         "correction-notified",
                                         "correction-delivered",
                                         "correction-received",
                                         "consultation-sent",
                                         "consultation-delivered",
                                         "consultation-answered",
                                         "extension-granted",
                                         "extension-notified",
                                         "fee-notified",
                                         "fee-delivered",
                                         "fee-paid",
                                         "reasons-asked",
                                         "reasons-given",
                                         "delay-notified",
                                         "served",
                                         "served-delivered",
                                         "withdrawn",
                                         "abandoned",
                                         "reconsideration-filed",
                                         "court-order",
                                         "corrected",
                                         "migrated",
                                         "assigned"};

struct told { /* one fact as it is given */
    enum kind kind;
    int on, recorded; /* NONE: not said */
    int child;        /* 0: none, else t1 … */
    int to;           /* index in TO */
    int workdays, until, delivered;
};
static const char *const TO[] = {"third-party", "co-author", "other-agency", "referral"};

struct consultation {
    bool known, counts;
    int to, sent, delivered, answered, order;
};

struct reference {
    int day0, length, stop, until, received;
    bool correction_waits, correction_used, fee_waits, fee_used, granted, noticed;
    int grant, consultations;
    struct consultation t[6];
    const char *refused[ENTRIES_MAX]; /* per entry, in the order given */
    int today;
};

/* The last day of the pause of one consultation, seen on a day. */
static int pause_end(const struct reference *r, const struct consultation *c, int day)
{
    if (c->to == 2)
        return c->answered != NONE ? c->answered : NEVER;
    int from = c->delivered != NONE ? c->delivered : r->stop != NONE ? r->stop : day;
    int end = workdays_after(from, 15);
    return c->answered != NONE && c->answered < end ? c->answered : end;
}

static bool in_pause(const struct reference *r, int d, int day)
{
    for (int i = 0; i < 6; i++)
        if (r->t[i].counts && d > r->t[i].sent && d <= pause_end(r, &r->t[i], day))
            return true;
    return false;
}

static int due_on(const struct reference *r, int day)
{
    if (r->day0 == NONE || r->correction_waits || r->fee_waits)
        return NONE;
    if (r->until != NONE)
        return r->until;
    int d = r->day0, counted = 0;
    while (counted < r->length) {
        d++;
        for (int i = 0; i < 6; i++)
            if (r->t[i].counts && r->t[i].to == 2 && r->t[i].answered == NONE && d > r->t[i].sent)
                return NONE;
        counted += workday(d) && !in_pause(r, d, day);
    }
    return d;
}

static bool past(const struct reference *r, int day)
{
    int due = due_on(r, day);
    return due != NONE && due <= published && day > due;
}

static bool touches_before_reply(enum kind k)
{
    switch (k) {
    case C_DELIVERED:
    case F_DELIVERED:
    case S_DELIVERED:
    case FILED:
    case ORDER:
    case CORRECTED:
    case ASSIGNED:
        return false;
    default:
        return true;
    }
}

static const char *refusal(const struct reference *r, const struct told *f, int on)
{
    const struct consultation *c = &r->t[f->child];
    if (r->today != NONE && on > r->today)
        return "future";
    if (f->kind != RECEIVED && r->received == NONE)
        return "before-receipt";
    if (r->stop != NONE && touches_before_reply(f->kind))
        return "after-reply";
    if ((f->kind == GRANTED || f->kind == NOTICED) && (r->correction_waits || r->fee_waits))
        return "clock-replaced";
    if (f->kind == GRANTED)
        return r->granted                            ? "extension-once"
               : f->workdays < 1 || f->workdays > 20 ? "extension-length"
                                                     : NULL;
    if (f->kind == NOTICED)
        return !r->granted   ? "extension-not-granted"
               : r->noticed  ? "extension-once"
               : past(r, on) ? "extension-late"
                             : NULL;
    if (f->kind == C_NOTIFIED)
        return r->correction_used                    ? "correction-once"
               : on > workdays_after(r->received, 7) ? "correction-window"
                                                     : NULL;
    if (f->kind == C_RECEIVED)
        return r->correction_waits ? NULL : "correction-not-asked";
    if (f->kind == F_NOTIFIED)
        return r->fee_used ? "fee-once" : NULL;
    if (f->kind == F_PAID)
        return r->fee_waits ? NULL : "fee-not-asked";
    if (f->kind == SENT)
        return c->known ? "consultation-once" : past(r, on) ? "consultation-after-expiry" : NULL;
    if (f->kind == DELIVERED)
        return !c->known ? "consultation-unknown" : c->delivered != NONE ? "consultation-once" : NULL;
    if (f->kind == ANSWERED)
        return !c->known ? "consultation-unknown" : c->answered != NONE ? "consultation-once" : NULL;
    return NULL;
}

static void anew(struct reference *r, int on)
{
    r->day0 = on;
    r->length = 20;
    r->until = NONE;
    r->granted = r->noticed = false;
    for (int i = 0; i < 6; i++)
        r->t[i].counts = false;
}

static void effect(struct reference *r, const struct told *f, int on)
{
    struct consultation *c = &r->t[f->child];
    switch (f->kind) {
    case RECEIVED:
        r->received = on;
        anew(r, on);
        break;
    case C_NOTIFIED:
        r->correction_used = r->correction_waits = true;
        break;
    case C_RECEIVED:
        r->correction_waits = false;
        anew(r, on);
        break;
    case F_NOTIFIED:
        r->fee_used = r->fee_waits = true;
        break;
    case F_PAID:
        r->fee_waits = false;
        anew(r, on);
        break;
    case SENT:
        *c = (struct consultation){
            .known = true, .to = f->to, .sent = on, .delivered = NONE, .answered = NONE};
        c->counts = f->to < 3 && !r->correction_waits && !r->fee_waits;
        c->order = r->consultations++;
        break;
    case DELIVERED:
        c->delivered = on;
        break;
    case ANSWERED:
        c->answered = on;
        break;
    case GRANTED:
        r->granted = true;
        r->grant = f->workdays;
        break;
    case NOTICED:
        r->noticed = true;
        r->length += r->grant;
        break;
    case DELAY:
        r->until = f->until;
        break;
    case SERVED:
    case WITHDRAWN:
    case ABANDONED:
        r->stop = on;
        break;
    default:
        break;
    }
}

struct turn {
    struct told fact;
    int on, place; /* place: 2 × index, one more for a shorthand */
};

static void refer(struct reference *r, const struct told *facts, int count, int today, int known)
{
    struct turn turns[ENTRIES_MAX], swap;
    int n = 0;
    for (int i = 0; i < count; i++) {
        int recorded = facts[i].recorded == NONE ? facts[i].on : facts[i].recorded;
        if (known != NONE && recorded > known)
            continue;
        turns[n++] = (struct turn){facts[i], facts[i].on, 2 * i};
        if (facts[i].delivered == NONE)
            continue;
        turns[n] = (struct turn){facts[i], facts[i].delivered, 2 * i + 1};
        turns[n++].fact.kind = facts[i].kind == C_NOTIFIED   ? C_DELIVERED
                               : facts[i].kind == F_NOTIFIED ? F_DELIVERED
                                                             : S_DELIVERED;
    }
    for (int i = 0; i < n; i++)
        for (int k = 0; k + 1 < n; k++)
            if (turns[k].on > turns[k + 1].on ||
                (turns[k].on == turns[k + 1].on && turns[k].place > turns[k + 1].place)) {
                swap = turns[k];
                turns[k] = turns[k + 1];
                turns[k + 1] = swap;
            }
    *r = (struct reference){.day0 = NONE, .stop = NONE, .until = NONE, .received = NONE, .today = today};
    for (int i = 0; i < n; i++) {
        const char *why = refusal(r, &turns[i].fact, turns[i].on);
        r->refused[turns[i].place] = why;
        if (!why)
            effect(r, &turns[i].fact, turns[i].on);
    }
}

/* ---- random dossiers ---- */

static uint64_t seed;

static int dice(int sides)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((seed >> 33) % (uint64_t)sides);
}

static bool one_in(int n)
{
    return dice(n) == 0;
}

static struct told told_at(enum kind kind, int on)
{
    struct told f = {.kind = kind, .on = on, .recorded = NONE, .until = NONE, .delivered = NONE};
    if (kind == SENT || kind == DELIVERED || kind == ANSWERED)
        f.child = 1 + dice(one_in(4) ? 5 : 3);
    if (kind == SENT)
        f.to = one_in(3) ? dice(4) : dice(2);
    f.workdays = one_in(6) ? dice(30) - 4 : 1 + dice(20);
    if (kind == DELAY)
        f.until = on + dice(80) - 10;
    if ((kind == C_NOTIFIED || kind == F_NOTIFIED || kind == SERVED) && one_in(3))
        f.delivered = on + dice(9) - 1;
    if (one_in(8))
        f.recorded = on + dice(12);
    return f;
}

/* Mostly in a sensible order and soon after the receipt, so that the deep rules are reached; stops are rare.
 */
static int make_facts(struct told *facts, int start)
{
    static const enum kind COMMON[] = {SENT,     SENT,    DELIVERED, DELIVERED, ANSWERED,
                                       ANSWERED, GRANTED, NOTICED,   SENT,      ANSWERED};
    int count = 1 + dice(FACTS_MAX - 1), day = start, span = one_in(3) ? 3 : one_in(2) ? 12 : 6;
    bool received = false;
    for (int i = 0; i < count; i++) {
        enum kind kind = one_in(2) ? COMMON[dice(10)] : (enum kind)dice(KINDS);
        if (!received && (i == 0 ? !one_in(20) : one_in(2)))
            kind = RECEIVED;
        if (received && kind == RECEIVED)
            kind = C_NOTIFIED;
        if (kind == CORRECTED ||
            ((kind == SERVED || kind == WITHDRAWN || kind == ABANDONED || kind == DELAY) && !one_in(6)))
            kind = ASSIGNED;
        received |= kind == RECEIVED;
        if (i)
            day += one_in(4) ? 0 : dice(span);
        facts[i] = told_at(kind, one_in(12) ? day - dice(20) : day);
    }
    if (one_in(3)) /* told out of order */
        for (int i = 0; i < count; i++) {
            int k = dice(count);
            struct told swap = facts[i];
            facts[i] = facts[k];
            facts[k] = swap;
        }
    return count;
}

static const char CHILDREN[][3] = {"", "t1", "t2", "t3", "t4", "t5"};

static struct civil civil_of(int n)
{
    return n == NONE ? CIVIL_NONE : civil_of_number(n);
}

static void put_day(json_t *data, const char *key, int n)
{
    char text[CIVIL_TEXT];
    if (n == NONE)
        return;
    civil_format(civil_of_number(n), text);
    json_object_set_new(data, key, json_string(text));
}

static void make_real(TALLOC_CTX *life, const struct told *facts, int count, struct fact *out)
{
    for (int i = 0; i < count; i++) {
        json_t *data = json_adopt(life, json_object());
        if (facts[i].kind == SENT)
            json_object_set_new(data, "to", json_string(TO[facts[i].to]));
        if (facts[i].kind == GRANTED)
            json_object_set_new(data, "workdays", json_integer(facts[i].workdays));
        put_day(data, "until", facts[i].until);
        put_day(data, "delivered", facts[i].delivered);
        out[i] = (struct fact){.seq = i,
                               .kind = NAMES[facts[i].kind],
                               .on = civil_of(facts[i].on),
                               .recorded = civil_of(facts[i].recorded),
                               .data = data,
                               .child = facts[i].child ? CHILDREN[facts[i].child] : NULL};
    }
}

/* ---- comparing ---- */

static const char *complaint;
#define SAME(a, b, what)                                                                                     \
    do {                                                                                                     \
        if ((a) != (b)) {                                                                                    \
            complaint = what;                                                                                \
            print_error("%s: engine %ld, reference %ld\n", what, (long)(a), (long)(b));                      \
            return;                                                                                          \
        }                                                                                                    \
    } while (0)

static int number_of(struct civil d)
{
    return civil_is_set(d) ? civil_number(d) : NONE;
}

static const char *state_by_text(const struct reference *r, int due, int today)
{
    if (r->stop != NONE)
        return "stopped";
    if (r->correction_waits || r->fee_waits)
        return "replaced";
    if (due != NONE && due <= published && today > due)
        return "expired";
    return in_pause(r, today, today) ? "paused" : "running";
}

static void compare_view(const struct reference *r, const struct clock_view *v, int today)
{
    int due = due_on(r, today), until = r->stop != NONE ? r->stop : today, counted = 0;
    bool replaced = r->correction_waits || r->fee_waits;
    SAME(number_of(v->day0), r->day0, "day0");
    SAME(v->length, r->length, "length");
    SAME(number_of(v->due), due, "due");
    SAME(v->provisional, due != NONE && due > published, "provisional");
    SAME(strcmp(clock_state_word(v->state), state_by_text(r, due, today)), 0, "state");
    SAME(v->late_by, due == NONE || due > published ? 0 : workdays_between(due, until), "late_by");
    SAME(strcmp(v->unit, r->until == NONE ? "wd" : "date"), 0, "unit");
    SAME(v->held, replaced, "held");
    if (replaced)
        return;
    for (int d = r->day0 + 1; d <= until && counted < r->length; d++)
        counted += workday(d) && !in_pause(r, d, today);
    SAME(v->counted, counted, "counted");
}

/* The children of a pause, by the order of sending, that hold any day of (after, through]. */
static int children_in(const struct reference *r, int after, int through, int today, const char *out[6])
{
    int n = 0;
    for (int order = 0; order < r->consultations; order++)
        for (int i = 0; i < 6; i++) {
            const struct consultation *c = &r->t[i];
            if (c->counts && c->order == order && c->sent < through && pause_end(r, c, today) > c->sent &&
                pause_end(r, c, today) > after)
                out[n++] = CHILDREN[i];
        }
    return n;
}

static void compare_because(const char *const *got, size_t count, const char *const *want, int want_count)
{
    SAME(count, (size_t)want_count, "because, how many");
    for (int i = 0; i < want_count; i++)
        SAME(strcmp(got[i], want[i]), 0, "because");
}

/* Runs of paused days, found by walking; a day more than a year on is as good as endless. */
static void compare_pauses(const struct reference *r, const struct clock_view *v, int today)
{
    size_t n = 0;
    const char *want[6];
    if (v->held)
        return;
    for (int d = r->day0 + 1; d < r->day0 + WALK_MAX; d++) {
        if (!in_pause(r, d, today))
            continue;
        int after = d - 1;
        while (d < r->day0 + WALK_MAX && in_pause(r, d + 1, today))
            d++;
        SAME(v->pause_count > n, true, "pauses, one more");
        const struct clock_pause *p = &v->pauses[n++];
        SAME(number_of(p->after), after, "pause after");
        SAME(number_of(p->through), d >= r->day0 + WALK_MAX ? NONE : d, "pause through");
        compare_because(p->because, p->because_count, want, children_in(r, after, d, today, want));
    }
    SAME(v->pause_count, n, "pauses, none more");
}

static void compare_days(const struct reference *r, const struct clock_day *days, size_t count, int today)
{
    int due = due_on(r, today), last = due != NONE && due > today ? due : today, n = 0;
    const char *want[6];
    if (r->correction_waits || r->fee_waits) {
        SAME(count, (size_t)0, "days while replaced");
        return;
    }
    SAME(count, (size_t)(last > r->day0 ? last - r->day0 : 0), "number of days");
    for (size_t i = 0; i < count; i++) {
        int d = r->day0 + 1 + (int)i;
        bool over = n >= r->length || (r->until != NONE && d > r->until);
        const struct clock_day *line = &days[i];
        SAME(number_of(line->date), d, "date");
        enum clock_why why = !workday(d) ? (marks[d - marks_from] == 1 ? CLOCK_HOLIDAY : CLOCK_WEEKEND)
                             : over      ? CLOCK_OVER
                             : in_pause(r, d, today) ? CLOCK_IN_PAUSE
                                                     : CLOCK_COUNTS;
        SAME(line->why, why, "why");
        if (why == CLOCK_COUNTS)
            SAME(line->n, ++n, "n");
        if (why == CLOCK_IN_PAUSE)
            compare_because(line->because, line->because_count, want, children_in(r, d - 1, d, today, want));
        if (complaint)
            return;
    }
}

static void compare_refused(const struct reference *r, const struct clock_refused *refused, size_t count)
{
    size_t n = 0;
    for (int place = 0; place < ENTRIES_MAX; place++) {
        if (!r->refused[place])
            continue;
        SAME(count > n, true, r->refused[place]);
        SAME(refused[n].fact, place / 2, "refused fact");
        if (strcmp(refused[n].why.rule, r->refused[place]) != 0)
            print_error("engine %s, reference %s\n", refused[n].why.rule, r->refused[place]);
        SAME(strcmp(refused[n].why.rule, r->refused[place]), 0, "rule");
        n++;
    }
    SAME(count, n, "refused, none more");
}

/* What a refusal says of the next fact is what the fold then does with it. */
static void compare_next(const struct clock_rules *rules, const struct calendar *cal,
                         const struct clocks *clocks, const struct fact *facts, size_t count,
                         TALLOC_CTX *life)
{
    struct clocks_scope all = {0};
    struct fact next[FACTS_MAX + 1];
    struct told wish = told_at((enum kind)(1 + dice(KINDS - 1)), 0);
    struct civil last;
    struct refusal why = {0};
    const struct clocks *after = NULL;
    const struct clock_refused *refused = NULL;
    size_t refused_count = 0;
    must(clocks_last_day(rules, facts, count, CIVIL_NONE, &last, life));
    wish.on = civil_number(last) + dice(3);
    wish.delivered = wish.recorded = NONE;
    memcpy(next, facts, count * sizeof *next);
    make_real(life, &wish, 1, &next[count]);
    next[count].seq = (long)count;
    bool no = clocks_refuse(clocks, cal, &next[count], CIVIL_NONE, &why);
    must(clocks_fold(rules, cal, next, count + 1, all, &after, &refused, &refused_count, life, life));
    bool found = refused_count && refused[refused_count - 1].fact == (long)count;
    SAME(no, found, "refused when asked before, and when folded");
    if (no)
        SAME(strcmp(why.rule, refused[refused_count - 1].why.rule), 0, "the same rule");
}

static void tell(const struct told *facts, int count, int today, int known)
{
    char day[CIVIL_TEXT];
    for (int i = 0; i < count; i++) {
        civil_format(civil_of(facts[i].on), day);
        print_error("  %d %s %s %s to %s workdays %d until %d delivered %d recorded %d\n", i,
                    NAMES[facts[i].kind], day, CHILDREN[facts[i].child], TO[facts[i].to], facts[i].workdays,
                    facts[i].until - facts[i].on, facts[i].delivered - facts[i].on,
                    facts[i].recorded - facts[i].on);
    }
    civil_format(civil_of(today), day);
    print_error("  today %s", day);
    civil_format(civil_of(known), day);
    print_error(" known %s\n", day);
}

static void try_dossier(const struct clock_rules *rules, const struct calendar *cal, int start)
{
    SCOPED_LIFE(life);
    struct told facts[FACTS_MAX];
    struct fact real[FACTS_MAX + 1];
    struct reference r;
    int count = make_facts(facts, start), today = facts[count - 1].on + (one_in(4) ? dice(90) : dice(12)) - 4;
    int known = one_in(4) ? facts[dice(count)].on + dice(5) : NONE;
    const struct clocks *clocks = NULL;
    const struct clock_refused *refused = NULL;
    size_t refused_count = 0, day_count = 0;
    const struct clock_day *days = NULL;
    make_real(life, facts, count, real);
    refer(&r, facts, count, today, known);
    must(clocks_fold(rules, cal, real, (size_t)count, (struct clocks_scope){civil_of(today), civil_of(known)},
                     &clocks, &refused, &refused_count, life, life));
    complaint = NULL;
    compare_refused(&r, refused, refused_count);
    int reply = clocks_find(clocks, "reply", NULL);
    if (!complaint && (reply >= 0) != (r.day0 != NONE))
        complaint = "started";
    if (!complaint && reply >= 0) {
        struct clock_view view;
        must(clock_view(clocks, (size_t)reply, cal, civil_of(today), &view, life));
        must(clock_ledger(clocks, (size_t)reply, cal, civil_of(today), &days, &day_count, life));
        compare_view(&r, &view, today);
        if (!complaint)
            compare_pauses(&r, &view, today);
        if (!complaint)
            compare_days(&r, days, day_count, today);
        if (!complaint &&
            number_of(clock_due(clocks, (size_t)reply, cal, civil_of(today))) != due_on(&r, today))
            complaint = "due alone";
    }
    if (!complaint) {
        must(clocks_fold(rules, cal, real, (size_t)count, (struct clocks_scope){0}, &clocks, NULL, NULL, life,
                         life));
        compare_next(rules, cal, clocks, real, (size_t)count, life);
    }
    if (complaint) {
        print_error("%s\n", complaint);
        tell(facts, count, today, known);
        fail();
    }
}

static int64_t setting(const char *name, int64_t otherwise)
{
    int64_t n;
    const char *text = getenv(name);
    return text && text_to_int(text, 0, INT64_MAX, &n) ? n : otherwise;
}

struct law {
    const struct edition *edition;
    const struct calendar *cal;
    int from, years, edge; /* days: of the first receipt; how many; where the published years end */
};

static struct law read_law(TALLOC_CTX *life)
{
    struct law law = {.edition = law_edition(life), .cal = law_calendar(life)};
    marks_from = civil_number((struct civil){1990, 1, 1});
    read_marks(life, "workflow/calendars/cn.csv", false);
    read_marks(life, "workflow/calendars/cn-2027-provisional.csv", true);
    law.from = civil_number((struct civil){2019, 1, 2});
    law.years = civil_number((struct civil){2027, 2, 1}) - law.from;
    law.edge = civil_number((struct civil){2026, 10, 1});
    return law;
}

static int any_start(const struct law *law)
{
    return one_in(3) ? law->edge + dice(120) : law->from + dice(law->years);
}

/* Half of them by another process: there are two cores. */
static void random_dossiers(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    struct law law = read_law(life);
    int64_t count = setting("MINGDA_DOSSIERS", 200000);
    int status = -1;
    seed = (uint64_t)setting("MINGDA_SEED", 20261122);
    pid_t other = fork();
    assert_true(other >= 0);
    if (!other)
        seed = seed * 31 + 7;
    for (int64_t i = 0; i < (other ? count - count / 2 : count / 2); i++)
        try_dossier(law.edition->clocks, law.cal, any_start(&law));
    if (!other)
        _exit(0); /* a disagreement does not come here: it ends this program with a complaint */
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    print_message("%lld dossiers, production and reference agree\n", (long long)count);
}

/* ---- what must hold whatever the numbers are */

/* One receipt and up to four consultations, each on its way, delivered or answered. */
static int make_consulted(struct told *facts, int start)
{
    int n = 0;
    facts[n++] = told_at(RECEIVED, start);
    facts[0].recorded = NONE;
    for (int child = 1; child <= 1 + dice(4); child++) {
        struct told f = {.child = child, .recorded = NONE, .until = NONE, .delivered = NONE, .to = dice(2)};
        f.kind = SENT;
        f.on = start + dice(25);
        facts[n++] = f;
        f.kind = DELIVERED;
        f.on += dice(6);
        facts[n++] = f;
        if (one_in(3))
            continue;
        f.kind = ANSWERED;
        f.on += dice(30);
        facts[n++] = f;
    }
    return n;
}

static void fold_reply(const struct law *law, const struct told *facts, int count, int today,
                       struct clock_view *out, size_t *paused, size_t *counted, TALLOC_CTX *life)
{
    struct fact real[FACTS_MAX];
    const struct clocks *clocks = NULL;
    const struct clock_day *days = NULL;
    size_t day_count = 0;
    make_real(life, facts, count, real);
    must(clocks_fold(law->edition->clocks, law->cal, real, (size_t)count, (struct clocks_scope){0}, &clocks,
                     NULL, NULL, life, life));
    int reply = clocks_find(clocks, "reply", NULL);
    assert_true(reply >= 0);
    must(clock_view(clocks, (size_t)reply, law->cal, civil_of(today), out, life));
    must(clock_ledger(clocks, (size_t)reply, law->cal, civil_of(today), &days, &day_count, life));
    *paused = *counted = 0;
    for (size_t i = 0; i < day_count && civil_compare(days[i].date, out->due) <= 0; i++) {
        *paused += days[i].why == CLOCK_IN_PAUSE;
        *counted += days[i].why == CLOCK_COUNTS;
    }
}

/* A pause never shortens; the date moves by exactly the working days that were paused; the days that the
 * ledger counts are the length; and of facts of one day about different children no order is better than
 * another. */
static void pauses_move_the_date_and_nothing_else(void **state)
{
    (void)state;
    SCOPED_LIFE(all);
    struct law law = read_law(all);
    seed = (uint64_t)setting("MINGDA_SEED", 20261122);
    size_t moved = 0, swapped = 0;
    for (int i = 0; i < 20000; i++) {
        SCOPED_LIFE(life);
        struct told facts[FACTS_MAX], other[FACTS_MAX];
        struct clock_view with, without, shuffled;
        size_t paused, counted, none, twenty;
        int count = make_consulted(facts, any_start(&law)), today = facts[0].on + 100;
        fold_reply(&law, facts, count, today, &with, &paused, &counted, life);
        fold_reply(&law, facts, 1, today, &without, &none, &twenty, life);
        assert_true(civil_compare(with.due, without.due) >= 0);
        assert_int_equal(workdays_between(number_of(without.due), number_of(with.due)), paused);
        assert_int_equal(none, 0);
        assert_int_equal(counted, with.length);
        assert_int_equal(twenty, with.length);
        moved += paused > 0;
        memcpy(other, facts, sizeof other);
        for (int k = 1; k + 1 < count; k++) /* neighbours about different children change places */
            if (other[k].child != other[k + 1].child && one_in(2)) {
                struct told swap = other[k];
                swapped += other[k].on == other[k + 1].on;
                other[k] = other[k + 1];
                other[k + 1] = swap;
            }
        fold_reply(&law, other, count, today, &shuffled, &none, &twenty, life);
        assert_int_equal(civil_compare(with.due, shuffled.due), 0);
        assert_int_equal(with.counted, shuffled.counted);
        assert_int_equal(with.pause_count, shuffled.pause_count);
        assert_int_equal(paused, none);
    }
    assert_true(moved > 10000);
    assert_true(swapped > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_dossiers),
                                       cmocka_unit_test(pauses_move_the_date_and_nothing_else)};
    return cmocka_run_group_tests_name("clock-property", tests, NULL, NULL);
}
