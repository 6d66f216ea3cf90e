/* How cells are written for people and for programs, and how text is escaped. */
#include <inttypes.h>
#include <string.h>
#include "markup.h"
#include "page_program.h"

static const char *const MONTHS[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
static const char *const WEEKDAYS[LANGUAGE_COUNT][7] = {
    {"周一", "周二", "周三", "周四", "周五", "周六", "周日"},
    {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"},
};

static void format_day(struct text *out, struct civil d, enum page_format format, enum language language)
{
    char iso[CIVIL_TEXT];
    switch (format) {
    case FORMAT_MACHINE:
        civil_format(d, iso);
        text_add(out, iso);
        break;
    case FORMAT_WEEKDAY:
        text_add(out, WEEKDAYS[language][civil_weekday(d)]);
        break;
    case FORMAT_DAY_OF_WEEK:
        text_printf(out, "%d", civil_weekday(d) + 1);
        break;
    case FORMAT_SHORT:
        if (language == LANGUAGE_ZH)
            text_printf(out, "%d月%d日", d.month, d.day);
        else
            text_printf(out, "%d %.3s", d.day, MONTHS[d.month - 1]);
        break;
    default:
        if (language == LANGUAGE_ZH)
            text_printf(out, "%d年%d月%d日", d.year, d.month, d.day);
        else
            text_printf(out, "%d %s %d", d.day, MONTHS[d.month - 1], d.year);
    }
}

/* Moments are shown in Beijing time, which has had no summer time since 1991. */
#define SECONDS_EAST 28800

static void format_moment(struct text *out, int64_t microseconds, enum page_format format,
                          enum language language)
{
    int64_t seconds = microseconds / 1000000 - (microseconds % 1000000 < 0) + SECONDS_EAST;
    int64_t number = seconds / 86400 - (seconds % 86400 < 0);
    int in_day = (int)(seconds - number * 86400);
    struct civil day = civil_of_number((int32_t)number);
    int hour = in_day / 3600, minute = in_day / 60 % 60;
    if (format == FORMAT_MACHINE) {
        format_day(out, day, FORMAT_MACHINE, language);
        text_printf(out, "T%02d:%02d:%02d+08:00", hour, minute, in_day % 60);
    } else if (format == FORMAT_TIME) {
        text_printf(out, "%02d:%02d", hour, minute);
    } else if (format == FORMAT_HUMAN) {
        format_day(out, day, FORMAT_HUMAN, language);
        text_printf(out, language == LANGUAGE_ZH ? " %02d:%02d" : ", %02d:%02d", hour, minute);
    } else {
        format_day(out, day, format == FORMAT_DATE ? FORMAT_HUMAN : format, language);
    }
}

static void format_int(struct text *out, int64_t number, enum page_format format)
{
    char digits[32];
    int n = snprintf(digits, sizeof digits, "%" PRId64, number);
    if (format == FORMAT_PLURAL) {
        text_add(out, number == 1 ? "" : "s");
        return;
    }
    if (format == FORMAT_MACHINE) {
        text_add_n(out, digits, (size_t)n);
        return;
    }
    int start = digits[0] == '-';
    text_add_n(out, digits, (size_t)start);
    for (int i = start; i < n; i++) {
        text_add_char(out, digits[i]);
        if (i + 1 < n && (n - i - 1) % 3 == 0)
            text_add_char(out, ',');
    }
}

void page_format_cell(struct text *out, const struct cell *cell, enum page_format format,
                      enum language language)
{
    static const char *const FLAGS[LANGUAGE_COUNT][2] = {{"否", "是"}, {"no", "yes"}};
    switch (cell->kind) {
    case CELL_INT:
        format_int(out, cell->number, format);
        break;
    case CELL_BOOL:
        text_add(out,
                 format == FORMAT_MACHINE ? FLAGS[LANGUAGE_EN][cell->flag] : FLAGS[language][cell->flag]);
        break;
    case CELL_DAY:
        if (civil_is_set(cell->day))
            format_day(out, cell->day, format, language);
        break;
    case CELL_MOMENT:
        format_moment(out, cell->number, format, language);
        break;
    default: /* text is escaped by page_escape; bytes and tables have no place in a page */
        break;
    }
}

static void escape_url(struct text *out, const char *s, size_t length)
{
    static const char PLAIN[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static const char HEX[] = "0123456789ABCDEF";
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c && strchr(PLAIN, c)) {
            text_add_char(out, (char)c);
            continue;
        }
        const char coded[3] = {'%', HEX[c >> 4], HEX[c & 15]};
        text_add_n(out, coded, 3);
    }
}

/* Quotes are escaped in text too: one rule for both places, and nothing to choose. */
void page_escape(struct text *out, enum page_place place, const char *s, size_t length)
{
    if (place == PLACE_URL) {
        escape_url(out, s, length);
        return;
    }
    escaped_n(out, s, length);
}
