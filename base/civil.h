/* civil.h - civil dates of the proleptic Gregorian calendar, years 1 to 9999, without time zones.
 * Pure: no clock, no allocation save where a life is passed. "Today" is always an argument. */
#ifndef MINGDA_CIVIL_H
#define MINGDA_CIVIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

struct civil {
    int16_t year;
    int8_t month, day; /* 1..12, 1..31; {0,0,0} is "no date" */
};

#define CIVIL_NONE ((struct civil){0, 0, 0})
#define CIVIL_TEXT 11 /* bytes for YYYY-MM-DD and its zero */

static inline bool civil_is_set(struct civil d)
{
    return d.year != 0;
}
bool civil_valid(int year, int month, int day);
/* Exactly YYYY-MM-DD and a real day; false for anything else, *out untouched. */
bool civil_parse(const char *s, struct civil *out);
bool civil_parse_n(const char *s, size_t n, struct civil *out);
void civil_format(struct civil d, char out[CIVIL_TEXT]); /* "" for CIVIL_NONE */
const char *civil_text(TALLOC_CTX *life, struct civil d);

/* Days since 1970-01-01 (negative before), and back. */
int32_t civil_number(struct civil d);
struct civil civil_of_number(int32_t n);
/* 0 Monday … 6 Sunday. */
int civil_weekday(struct civil d);
struct civil civil_add_days(struct civil d, int32_t days);
/* The same day `months` later; the last day of that month where it is shorter (民法典 202). */
struct civil civil_add_months(struct civil d, int months);
/* <0, 0, >0. */
int civil_compare(struct civil a, struct civil b);
#endif
