/* calendar.h - which days are working days, and the n-th of them after a day, without walking the days.
 *
 * A calendar is read from the bytes of CSV files `date,kind,name[,notice,known]` with kind `holiday` (a day
 * declared off) or `workday` (a make-up working day); a day that no row names follows the weekday rule,
 * Monday to Friday. Files are layers: a row of a later file replaces the row of an earlier one. A provisional
 * file never replaces a row of a published one, and does not make its year published. Days after the last
 * published year are provisional.
 *
 * Pure: no I/O, no globals, no time. Immutable once read; every look-up is O(1) in prefix sums of working
 * days. */
#ifndef MINGDA_CALENDAR_H
#define MINGDA_CALENDAR_H

#include "civil.h"
#include "fault.h"

struct calendar;

struct calendar_source {
    const char *name; /* file name for faults, borrowed */
    const char *bytes;
    size_t length;
    bool provisional; /* statutory days of a year whose notice is not yet out */
};

enum calendar_day { CALENDAR_WORKDAY, CALENDAR_WEEKEND, CALENDAR_HOLIDAY };

/* Reads the layers. `id` is the calendar's name ("cn"), copied. `known`: rows whose column `known` is a later
 * day are ignored (CIVIL_NONE: none is). Owns nothing of the sources afterwards. Faults (FAULT_INPUT, detail
 * "file:line: …"): CALENDAR_HEADER, CALENDAR_ROW, CALENDAR_DAY (impossible), CALENDAR_KIND (unknown),
 * CALENDAR_TWICE (the same day again in one file), CALENDAR_BOTH (off and made up in one file),
 * CALENDAR_RANGE (years beyond 1900 to 2199). */
const struct fault *calendar_read(TALLOC_CTX *life, const char *id, const struct calendar_source *sources,
                                  size_t count, struct civil known, const struct calendar **out);

const char *calendar_id(const struct calendar *cal);
/* 31 December of the last year with a published row; CIVIL_NONE when nothing is published. */
struct civil calendar_published_through(const struct calendar *cal);
/* First and last day of the years that have rows; false: there are no rows. */
bool calendar_range(const struct calendar *cal, struct civil *first, struct civil *last);
/* Is the day after the last published year? */
bool calendar_provisional(const struct calendar *cal, struct civil day);

bool calendar_is_workday(const struct calendar *cal, struct civil day);
/* What the day is; *name (may be NULL) is the name of the declared day off or of the feast a make-up day
 * belongs to, else NULL. A declared day off on a Saturday or Sunday is CALENDAR_HOLIDAY. */
enum calendar_day calendar_day(const struct calendar *cal, struct civil day, const char **name);
/* Number of working days after `after` through `through`; 0 when through <= after. */
int32_t calendar_workdays(const struct calendar *cal, struct civil after, struct civil through);
/* The n-th working day after `day`, n >= 1; for n = 0 the day itself. Never beyond 9999-12-31. */
struct civil calendar_add_workdays(const struct calendar *cal, struct civil day, int32_t n);
/* The day itself when it is a working day, else the next one (民法典 203). */
struct civil calendar_roll(const struct calendar *cal, struct civil day);

/* The same on day numbers (civil_number), for who computes with many days. */
int32_t calendar_workdays_between(const struct calendar *cal, int32_t after, int32_t through);
int32_t calendar_workday_after(const struct calendar *cal, int32_t day, int32_t n);

#endif
