/* test_dates.c - what the program makes of days, one line each, for dates.sh to ask PostgreSQL about: not a
 * test by itself. Columns: what, day, number, answer. */
#include <stdio.h>
#include "law_files.h"

static void line(const char *what, int32_t day, int32_t n, const char *answer)
{
    char text[CIVIL_TEXT];
    civil_format(civil_of_number(day), text);
    printf("%s,%s,%d,%s\n", what, text, (int)n, answer);
}

static void say_day(const char *what, int32_t day, int32_t n, struct civil answer)
{
    char text[CIVIL_TEXT];
    civil_format(answer, text);
    line(what, day, n, text);
}

static void say_number(const char *what, int32_t day, int32_t n, int64_t answer)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)answer);
    line(what, day, n, text);
}

/* Every day of two hundred years: its number and its place in the week; and steps from it by days and months.
 */
static void plain_days(void)
{
    int32_t first = civil_number((struct civil){1900, 1, 1}),
            last = civil_number((struct civil){2100, 12, 31});
    for (int32_t d = first; d <= last; d++) {
        struct civil day = civil_of_number(d);
        say_number("number", d, 0, civil_number(day));
        say_number("weekday", d, 0, civil_weekday(day));
        say_day("months", d, d % 61 - 12, civil_add_months(day, d % 61 - 12));
        say_day("days", d, d % 4000 - 999, civil_add_days(day, d % 4000 - 999));
    }
}

/* From every day of the calendar's years: working days added, counted, and the next one. */
static void working_days(const struct calendar *cal)
{
    struct civil from, to;
    assert_true(calendar_range(cal, &from, &to));
    for (int32_t d = civil_number(from); d <= civil_number(to); d++) {
        struct civil day = civil_of_number(d);
        int32_t n = 1 + d % 90;
        say_number("is", d, 0, calendar_is_workday(cal, day));
        say_day("add", d, n, calendar_add_workdays(cal, day, n));
        say_day("add", d, 20, calendar_add_workdays(cal, day, 20));
        say_number("count", d, n, calendar_workdays(cal, day, civil_add_days(day, n)));
        say_day("roll", d, 0, calendar_roll(cal, day));
    }
}

int main(void)
{
    SCOPED_LIFE(life);
    plain_days();
    working_days(law_calendar(life));
    return 0;
}
