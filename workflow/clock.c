/* clock.c - clocks seen on a day: when they end, how far they are, and why each day counts or not. */
#include "clock_inside.h"

#include <string.h>

#define LAST_DAY 2932896 /* 9999-12-31 */
#define ENDLESS  INT32_MAX

/* ---- counting ---- */

int32_t clock_add_units(const struct calendar *cal, int32_t day, enum clock_unit unit, int32_t n)
{
    switch (unit) {
    case UNIT_WORKDAY:
    case UNIT_DATE:
        return calendar_workday_after(cal, day, n);
    case UNIT_MONTH:
        if (day > LAST_DAY - 31 * (n + 1))
            return LAST_DAY;
        return civil_number(civil_add_months(civil_of_number(day), n));
    case UNIT_DAY:
        break;
    }
    return day > LAST_DAY - n ? LAST_DAY : day + n;
}

/* Whole months from day 0 through the day. */
static int32_t months_between(int32_t day0, int32_t through)
{
    struct civil from = civil_of_number(day0), to = civil_of_number(through);
    int32_t months = (to.year - from.year) * 12 + to.month - from.month;
    if (months > 0 && civil_compare(civil_add_months(from, months), to) > 0)
        months--;
    return months < 0 ? 0 : months;
}

static int32_t units_between(const struct calendar *cal, enum clock_unit unit, int32_t after, int32_t through)
{
    if (through <= after)
        return 0;
    if (unit == UNIT_DAY)
        return through - after;
    return unit == UNIT_MONTH ? months_between(after, through)
                              : calendar_workdays_between(cal, after, through);
}

int32_t clock_pause_end(const struct clock *clock, const struct pause *pause, const struct calendar *cal,
                        int32_t today)
{
    int32_t end = ENDLESS;
    if (pause->after == NO_DAY)
        return NO_DAY;
    if (pause->by->number != NO_LENGTH) {
        int32_t from = pause->delivered; /* not yet delivered: as if today, or on the day of the stop */
        if (from == NO_DAY)
            from = clock->stop != NO_DAY ? clock->stop : today;
        if (from != NO_DAY && from < pause->sent)
            from = pause->sent;
        if (from != NO_DAY)
            end = clock_add_units(cal, from, pause->by->unit, pause->by->number);
    }
    return pause->ended != NO_DAY && pause->ended < end ? pause->ended : end;
}

static int32_t full_length(const struct clock *clock)
{
    return clock->length == NO_LENGTH ? NO_LENGTH : clock->length + clock->extra;
}

/* The day on which the n-th unit outside the pauses falls; NO_DAY when an endless pause comes before it. */
static int32_t nth_unit(const struct clock *clock, const struct calendar *cal, int32_t n, int32_t today)
{
    int32_t at = clock->day0;
    for (size_t i = 0; i < clock->pause_count; i++) {
        const struct pause *pause = &clock->pauses[i];
        int32_t end = clock_pause_end(clock, pause, cal, today);
        if (end == NO_DAY || end <= at)
            continue;
        if (pause->after > at) {
            int32_t units = units_between(cal, clock->rule->unit, at, pause->after);
            if (units >= n)
                break;
            n -= units;
        } else if (n == 0)
            break;
        if (end == ENDLESS)
            return NO_DAY;
        at = end;
    }
    return clock_add_units(cal, at, clock->rule->unit, n);
}

/* Units after day 0 through the day, outside the pauses, not more than the length. */
static int32_t units_through(const struct clock *clock, const struct calendar *cal, int32_t through,
                             int32_t today)
{
    int32_t at = clock->day0, total = 0, length = full_length(clock);
    for (size_t i = 0; i < clock->pause_count && at < through; i++) {
        const struct pause *pause = &clock->pauses[i];
        int32_t end = clock_pause_end(clock, pause, cal, today);
        if (end == NO_DAY || end <= at || end <= pause->after)
            continue;
        if (pause->after >= through)
            break;
        if (pause->after > at)
            total += units_between(cal, clock->rule->unit, at, pause->after);
        at = end;
    }
    total += units_between(cal, clock->rule->unit, at, through);
    return length != NO_LENGTH && clock->rule->unit != UNIT_DATE && total > length ? length : total;
}

static int32_t rolled_day(const struct clock *clock, const struct calendar *cal, int32_t day)
{
    bool calendar_days = clock->rule->unit == UNIT_DAY || clock->rule->unit == UNIT_MONTH;
    if (day == NO_DAY || !calendar_days || !clock->rule->day_roll)
        return day;
    return civil_number(calendar_roll(cal, civil_of_number(day)));
}

int32_t clock_due_number(const struct clock *clock, const struct calendar *cal, int32_t today)
{
    if (clock->day0 == NO_DAY || clock->holds)
        return NO_DAY;
    if (clock->fixed != NO_DAY)
        return clock->fixed;
    if (clock->length == NO_LENGTH)
        return NO_DAY;
    return rolled_day(clock, cal, nth_unit(clock, cal, full_length(clock), today));
}

/* ---- the view ---- */

static const struct clock *clock_at(const struct clocks *clocks, size_t index)
{
    return &clocks->all[clocks->listed[index]];
}

static struct civil civil_or_none(int32_t day)
{
    return day == NO_DAY || day == ENDLESS ? CIVIL_NONE : civil_of_number(day);
}

struct civil clock_due(const struct clocks *clocks, size_t index, const struct calendar *cal,
                       struct civil today)
{
    return civil_or_none(clock_due_number(clock_at(clocks, index), cal, civil_number(today)));
}

const char *clock_state_word(enum clock_state state)
{
    static const char *const WORDS[] = {"running", "paused", "replaced", "expired", "stopped"};
    return WORDS[state];
}

const char *clock_why_word(enum clock_why why)
{
    static const char *const WORDS[] = {NULL, "weekend", "holiday", "paused", "over"};
    return WORDS[why];
}

static bool in_pause(const struct clock *clock, const struct pause *pause, const struct calendar *cal,
                     int32_t day, int32_t today)
{
    return pause->after != NO_DAY && pause->after < day && day <= clock_pause_end(clock, pause, cal, today);
}

static enum clock_state state_of(const struct clock *clock, const struct calendar *cal, int32_t today,
                                 int32_t due, bool provisional)
{
    if (clock->stop != NO_DAY)
        return CLOCK_STOPPED;
    if (clock->holds)
        return CLOCK_REPLACED;
    if (due != NO_DAY && !provisional && today > due)
        return CLOCK_EXPIRED;
    for (size_t i = 0; i < clock->pause_count; i++)
        if (in_pause(clock, &clock->pauses[i], cal, today, today))
            return CLOCK_PAUSED;
    return CLOCK_RUNNING;
}

/* The pauses that have days, still one by one, in the order of their first day. */
struct stretch {
    int32_t after, through;
    const struct pause *pause;
};

static size_t stretches(const struct clock *clock, const struct calendar *cal, int32_t today,
                        struct stretch *out)
{
    size_t n = 0;
    for (size_t i = 0; i < clock->pause_count; i++) {
        const struct pause *pause = &clock->pauses[i];
        int32_t end = clock_pause_end(clock, pause, cal, today);
        if (end != NO_DAY && end > pause->after)
            out[n++] = (struct stretch){pause->after, end, pause};
    }
    return n;
}

/* Puts the child of a pause among those of `because`, in the order of sending, each once. */
static void add_because(const char **because, int32_t *orders, size_t *count, const struct pause *pause)
{
    if (!pause->child)
        return;
    for (size_t i = 0; i < *count; i++)
        if (strcmp(because[i], pause->child) == 0)
            return;
    size_t at = (*count)++;
    for (; at > 0 && orders[at - 1] > pause->order; at--) {
        because[at] = because[at - 1];
        orders[at] = orders[at - 1];
    }
    because[at] = pause->child;
    orders[at] = pause->order;
}

static const struct fault *merge_pauses(const struct clock *clock, const struct calendar *cal, int32_t today,
                                        const struct clock_pause **out, size_t *out_count, TALLOC_CTX *life)
{
    size_t capacity = clock->pause_count;
    *out = NULL;
    *out_count = 0;
    if (!capacity)
        return NULL;
    struct stretch *all = talloc_array(life, struct stretch, capacity);
    struct clock_pause *merged = talloc_array(life, struct clock_pause, capacity);
    int32_t *orders = talloc_array(life, int32_t, capacity);
    if (!all || !merged || !orders)
        return fault_memory();
    size_t n = stretches(clock, cal, today, all), count = 0;
    for (size_t i = 0; i < n; count++) {
        int32_t through = all[i].through;
        size_t first = i, because_count = 0;
        while (i < n && all[i].after <= through) {
            if (all[i].through > through)
                through = all[i].through;
            i++;
        }
        const char **because = talloc_array(merged, const char *, i - first);
        TRY_MEMORY(because);
        for (size_t k = first; k < i; k++)
            add_because(because, orders, &because_count, all[k].pause);
        merged[count] = (struct clock_pause){civil_of_number(all[first].after), civil_or_none(through),
                                             because, because_count};
    }
    talloc_free(all);
    talloc_free(orders);
    *out = merged;
    *out_count = count;
    return NULL;
}

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t counted_of(const struct clock *clock, const struct calendar *cal, int32_t due, int32_t today)
{
    int32_t through = clock->stop != NO_DAY ? least(clock->stop, today) : today;
    if (clock->holds) /* nothing counts once the clock is being replaced */
        through = least(through, clock->held_since);
    if (clock->rule->unit == UNIT_DATE && due != NO_DAY)
        through = least(through, due);
    return units_through(clock, cal, through, today);
}

struct clock_view clock_glance(const struct clock *clock, const struct calendar *cal, int32_t today)
{
    int32_t due = clock_due_number(clock, cal, today);
    int32_t until = clock->stop != NO_DAY ? clock->stop : today;
    bool provisional = due != NO_DAY && calendar_provisional(cal, civil_of_number(due));
    return (struct clock_view){
        .about = &clock->rule->about,
        .child = clock->child,
        .unit = clock->fixed != NO_DAY ? "date" : clock->rule->about.unit,
        .day0 = civil_of_number(clock->day0),
        .length = clock->rule->unit == UNIT_DATE ? NO_LENGTH : full_length(clock),
        .state = state_of(clock, cal, today, due, provisional),
        .counted = counted_of(clock, cal, due, today),
        .due = civil_or_none(due),
        .provisional = provisional,
        .late_by = due == NO_DAY || provisional ? 0 : calendar_workdays_between(cal, due, until),
        .days_left = due == NO_DAY           ? -1
                     : clock->stop != NO_DAY ? 0
                                             : calendar_workdays_between(cal, today, due),
        .stopped = civil_or_none(clock->stop),
        .held = clock->holds != 0,
    };
}

const struct fault *clock_view(const struct clocks *clocks, size_t index, const struct calendar *cal,
                               struct civil today, struct clock_view *out, TALLOC_CTX *life)
{
    const struct clock *clock = clock_at(clocks, index);
    *out = clock_glance(clock, cal, civil_number(today));
    return out->held ? NULL
                     : merge_pauses(clock, cal, civil_number(today), &out->pauses, &out->pause_count, life);
}

/* ---- the ledger ---- */

struct page {
    const struct clock *clock;
    const struct calendar *cal;
    int32_t last_unit; /* unit day or month: the last day that counts, before it moves off a day off */
    int32_t due;
    int32_t length;
    int32_t n;
    const struct stretch *pauses;
    size_t pause_count;
    int32_t *orders;
    const char *const *because; /* of the paused day before: days of one pause share it */
    size_t because_count;
    TALLOC_CTX *life;
};

static bool is_over(const struct page *p, int32_t day)
{
    if (p->clock->fixed != NO_DAY && day > p->due)
        return true;
    switch (p->clock->rule->unit) {
    case UNIT_MONTH:
        return day > p->last_unit;
    case UNIT_DATE:
        return p->due != NO_DAY && day > p->due;
    case UNIT_DAY:
    case UNIT_WORKDAY:
        break;
    }
    return p->length != NO_LENGTH && p->n >= p->length;
}

/* The children whose own pause holds this day. */
static const struct fault *because_of(struct page *p, int32_t day, struct clock_day *line)
{
    size_t count = 0, reach = 0;
    const struct stretch *first = NULL;
    for (size_t i = 0; i < p->pause_count; i++)
        reach += p->pauses[i].after < day && day <= p->pauses[i].through;
    const char **because = talloc_array(p->life, const char *, reach + 1);
    TRY_MEMORY(because);
    for (size_t i = 0; i < p->pause_count; i++) {
        if (p->pauses[i].after >= day || day > p->pauses[i].through)
            continue;
        first = first ? first : &p->pauses[i];
        add_because(because, p->orders, &count, p->pauses[i].pause);
    }
    if (p->because && count == p->because_count && memcmp(because, p->because, count * sizeof *because) == 0)
        talloc_free(because);
    else {
        p->because = because;
        p->because_count = count;
    }
    line->why = CLOCK_IN_PAUSE;
    line->because = p->because;
    line->because_count = p->because_count;
    line->basis = first ? first->pause->by->basis : NULL;
    return NULL;
}

static bool paused_on(const struct page *p, int32_t day)
{
    for (size_t i = 0; i < p->pause_count; i++)
        if (p->pauses[i].after < day && day <= p->pauses[i].through)
            return true;
    return false;
}

static int32_t month_of(const struct page *p, int32_t day)
{
    int32_t months = months_between(p->clock->day0, day);
    return clock_add_units(p->cal, p->clock->day0, UNIT_MONTH, months) < day ? months + 1 : months;
}

static const struct fault *write_line(struct page *p, int32_t day, struct clock_day *line)
{
    static const enum clock_why OFF[] = {CLOCK_COUNTS, CLOCK_WEEKEND, CLOCK_HOLIDAY};
    enum clock_unit unit = p->clock->rule->unit;
    bool calendar_days = unit == UNIT_DAY || unit == UNIT_MONTH, over = is_over(p, day);
    *line = (struct clock_day){.date = civil_of_number(day)};
    enum calendar_day kind = calendar_day(p->cal, line->date, &line->name);
    if (kind != CALENDAR_WORKDAY && (!calendar_days || over)) {
        line->why = OFF[kind];
        return NULL;
    }
    if (over) {
        line->why = CLOCK_OVER;
        return NULL;
    }
    if (paused_on(p, day))
        return because_of(p, day, line);
    p->n = unit == UNIT_MONTH ? month_of(p, day) : p->n + 1;
    line->n = p->n;
    return NULL;
}

const struct fault *clock_ledger(const struct clocks *clocks, size_t index, const struct calendar *cal,
                                 struct civil today_civil, const struct clock_day **days, size_t *count,
                                 TALLOC_CTX *life)
{
    const struct clock *clock = clock_at(clocks, index);
    int32_t today = civil_number(today_civil), due = clock_due_number(clock, cal, today);
    int32_t last = due != NO_DAY && due > today ? due : today;
    *days = NULL;
    *count = 0;
    if (clock->holds || last <= clock->day0)
        return NULL;
    size_t n = (size_t)(last - clock->day0);
    struct clock_day *lines = talloc_array(life, struct clock_day, n);
    TRY_MEMORY(lines);
    struct stretch *pauses = talloc_array(lines, struct stretch, clock->pause_count + 1);
    int32_t *orders = talloc_array(lines, int32_t, clock->pause_count + 1);
    if (!pauses || !orders)
        return fault_memory();
    struct page page = {
        .clock = clock,
        .cal = cal,
        .due = due,
        .length = full_length(clock),
        .pauses = pauses,
        .pause_count = stretches(clock, cal, today, pauses),
        .orders = orders,
        .life = lines,
    };
    if (clock->rule->unit == UNIT_MONTH && page.length != NO_LENGTH)
        page.last_unit = clock_add_units(cal, clock->day0, UNIT_MONTH, page.length);
    for (size_t i = 0; i < n; i++)
        TRY(write_line(&page, clock->day0 + 1 + (int32_t)i, &lines[i]));
    *days = lines;
    *count = n;
    return NULL;
}

/* ---- wake ---- */

/* The day after due, while it is beyond doubt; NO_DAY otherwise. */
static int32_t expiry_of(const struct clock *clock, const struct calendar *cal)
{
    if (clock->stop != NO_DAY)
        return NO_DAY;
    int32_t due = clock_due_number(clock, cal, NO_DAY);
    if (due == NO_DAY || due >= LAST_DAY || calendar_provisional(cal, civil_of_number(due)))
        return NO_DAY;
    return due + 1;
}

size_t clocks_wakes(const struct clocks *clocks, const struct calendar *cal, struct clock_wake *out)
{
    size_t count = 0;
    for (size_t i = 0; i < clocks->count; i++) {
        const struct clock *clock = clock_at(clocks, i);
        int32_t day = expiry_of(clock, cal);
        if (day == NO_DAY)
            continue;
        struct clock_wake wake = {
            .on = civil_of_number(day), .clock = clock->rule->about.id, .child = clock->child};
        if (!clock->told)
            wake.kind = clock->rule->about.expiry;
        size_t at = count++;
        for (; at > 0 && civil_compare(out[at - 1].on, wake.on) > 0; at--)
            out[at] = out[at - 1];
        out[at] = wake;
    }
    return count;
}
