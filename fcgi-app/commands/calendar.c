/* calendar.c - mingda calendar check FILE.csv: is the file a calendar, and what does it say of each year?
 * mingda calendar import: see calendar_import.h. */
#include <stdio.h>
#include <string.h>
#include "calendar.h"
#include "calendar_import.h"
#include "commands.h"
#include "life.h"
#include "share.h"

#define CALENDAR_LIMIT (2u << 20)

static int usage(void)
{
    fputs("usage: mingda calendar check FILE.csv\n"
          "       mingda calendar import FILE.csv --dry-run | --apply …\n",
          stderr);
    return 2;
}

struct year {
    int holidays, workdays; /* declared days off, make-up working days */
};

static struct year count_year(const struct calendar *cal, int year)
{
    struct year out = {0};
    struct civil day = {(int16_t)year, 1, 1};
    for (; day.year == year; day = civil_add_days(day, 1)) {
        bool weekend = civil_weekday(day) >= 5;
        enum calendar_day kind = calendar_day(cal, day, NULL);
        out.holidays += kind == CALENDAR_HOLIDAY;
        out.workdays += weekend && kind == CALENDAR_WORKDAY;
    }
    return out;
}

/* One line of JSON: what was verified. */
static void print(const char *file, const struct calendar *cal, bool provisional)
{
    struct civil first, last;
    bool any = calendar_range(cal, &first, &last);
    printf("{\"calendar\": \"%s\", \"provisional\": %s, \"years\": [", calendar_id(cal),
           provisional ? "true" : "false");
    for (int year = first.year; any && year <= last.year; year++) {
        struct year y = count_year(cal, year);
        printf("%s{\"year\": %d, \"holidays\": %d, \"workdays\": %d, \"working_days\": %d}",
               year > first.year ? ", " : "", year, y.holidays, y.workdays,
               calendar_workdays(cal, (struct civil){(int16_t)(year - 1), 12, 31},
                                 (struct civil){(int16_t)year, 12, 31}));
    }
    printf("]}\n");
    if (!any)
        fprintf(stderr, "calendar: %s has no rows: every day follows the weekday rule\n", file);
}

static const struct fault *check(const char *file, TALLOC_CTX *life)
{
    struct calendar_source source = {.name = file};
    const struct calendar *cal = NULL;
    char *bytes = NULL;
    TRY(share_read_file(life, file, CALENDAR_LIMIT, &bytes, &source.length));
    source.bytes = bytes;
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    char *id = talloc_strdup(life, name);
    TRY_MEMORY(id);
    for (char *c = id; *c; c++) /* it is printed as JSON */
        *c = *c == '"' || *c == '\\' || (unsigned char)*c < 0x20 ? '?' : *c;
    char *suffix = strstr(id, ".csv");
    if (suffix && !suffix[4])
        *suffix = '\0';
    source.provisional = strstr(name, "provisional") != NULL;
    TRY(calendar_read(life, id, &source, 1, CIVIL_NONE, &cal));
    print(file, cal, source.provisional);
    return NULL;
}

int command_calendar(int argc, char **argv)
{
    SCOPED_LIFE(life);
    if (argc > 1 && strcmp(argv[1], "import") == 0)
        return calendar_import(argc - 1, argv + 1);
    if (argc != 3 || strcmp(argv[1], "check") != 0)
        return usage();
    const struct fault *f = check(argv[2], life);
    if (f)
        fprintf(stderr, "calendar: %s\n", fault_text(life, f));
    return f ? 1 : 0;
}
