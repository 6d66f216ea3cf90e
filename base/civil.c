#include <stdio.h>
#include <string.h>
#include "civil.h"

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int8_t DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : DAYS[month - 1];
}

bool civil_valid(int year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_in_month(year, month);
}

static int digits(const char *s, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        value = value * 10 + (s[i] - '0');
    }
    return value;
}

bool civil_parse_n(const char *s, size_t n, struct civil *out)
{
    if (n != 10 || s[4] != '-' || s[7] != '-')
        return false;
    int year = digits(s, 4), month = digits(s + 5, 2), day = digits(s + 8, 2);
    if (!civil_valid(year, month, day))
        return false;
    *out = (struct civil){(int16_t)year, (int8_t)month, (int8_t)day};
    return true;
}

bool civil_parse(const char *s, struct civil *out)
{
    return s && civil_parse_n(s, strnlen(s, 11), out);
}

void civil_format(struct civil d, char out[CIVIL_TEXT])
{
    if (!civil_is_set(d)) {
        out[0] = '\0';
        return;
    }
    const int parts[] = {d.year / 100, d.year % 100, d.month, d.day};
    static const int at[] = {0, 2, 5, 8};
    memcpy(out, "0000-00-00", CIVIL_TEXT);
    for (int i = 0; i < 4; i++) {
        out[at[i]] = (char)('0' + parts[i] / 10 % 10);
        out[at[i] + 1] = (char)('0' + parts[i] % 10);
    }
}

const char *civil_text(TALLOC_CTX *life, struct civil d)
{
    char out[CIVIL_TEXT];
    civil_format(d, out);
    return talloc_strdup(life, out);
}

/* Days and dates by counting from 1 March of the year 0 (Howard Hinnant, "chrono-compatible low-level date
 * algorithms"): leap days come last, eras of 400 years repeat. */
int32_t civil_number(struct civil d)
{
    int y = d.year - (d.month <= 2);
    int era = y / 400, of_era = y - era * 400;
    int of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct civil civil_of_number(int32_t n)
{
    n += 719468;
    int era = (n >= 0 ? n : n - 146096) / 146097, of_era = n - era * 146097;
    int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year + year / 4 - year / 100);
    int shifted = (5 * of_year + 2) / 153;
    int month = shifted < 10 ? shifted + 3 : shifted - 9;
    int day = of_year - (153 * shifted + 2) / 5 + 1;
    return (struct civil){(int16_t)(year + era * 400 + (month <= 2)), (int8_t)month, (int8_t)day};
}

int civil_weekday(struct civil d)
{
    int n = (civil_number(d) + 3) % 7; /* 1970-01-01 was a Thursday */
    return n < 0 ? n + 7 : n;
}

struct civil civil_add_days(struct civil d, int32_t days)
{
    return civil_of_number(civil_number(d) + days);
}

struct civil civil_add_months(struct civil d, int months)
{
    int n = d.year * 12 + d.month - 1 + months;
    int year = n / 12, month = n % 12 + 1, last = days_in_month(year, month);
    return (struct civil){(int16_t)year, (int8_t)month, (int8_t)(d.day < last ? d.day : last)};
}

int civil_compare(struct civil a, struct civil b)
{
    if (a.year != b.year)
        return a.year - b.year;
    return a.month != b.month ? a.month - b.month : a.day - b.day;
}
