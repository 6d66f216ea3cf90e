#include "calendar.h"

#include <stdarg.h>
#include <string.h>

#define FIRST_YEAR 1900 /* rows of other years are somebody's mistake */
#define LAST_YEAR  2199
#define LAST_DAY   2932896 /* 9999-12-31: no result lies beyond it */

enum { MARK_NONE, MARK_HOLIDAY, MARK_WORKDAY };

struct mark {
    uint8_t kind;      /* MARK_… */
    uint8_t published; /* from a file that is not provisional */
    const char *name;
};

struct calendar {
    const char *id;
    int32_t first, last; /* day numbers covered by the tables, whole years; last < first: no rows at all */
    int32_t published_through; /* day number; meaningful when published */
    bool published;
    struct mark *marks; /* marks[n - first] */
    int32_t *
        before; /* before[n - first]: working days from `first` up to the day before n; one more at the end */
    int32_t *workday; /* workday[k]: the number of the k-th working day from `first`, k from 0 */
    int32_t workday_count;
};

/* Working days with number <= n by the weekday rule alone, counted from Monday 1969-12-29. */
static int64_t weekday_rank(int32_t n)
{
    int64_t d = (int64_t)n + 3; /* 0 is Monday 1969-12-29 */
    int64_t week = d >= 0 ? d / 7 : -((-d + 6) / 7);
    int64_t in_week = d - week * 7;
    return week * 5 + (in_week < 5 ? in_week + 1 : 5);
}

/* The day with that rank: the inverse of weekday_rank on working days. */
static int32_t weekday_of_rank(int64_t rank)
{
    int64_t r = rank - 1;
    int64_t week = r >= 0 ? r / 5 : -((-r + 4) / 5);
    int64_t day = week * 7 + (r - week * 5) - 3;
    return day > LAST_DAY ? LAST_DAY : (int32_t)day;
}

static bool is_weekend(int32_t n)
{
    int32_t in_week = (n + 3) % 7;
    if (in_week < 0)
        in_week += 7;
    return in_week >= 5;
}

static const struct mark *mark_at(const struct calendar *cal, int32_t n)
{
    static const struct mark NOTHING = {0};
    return n < cal->first || n > cal->last ? &NOTHING : &cal->marks[n - cal->first];
}

static bool number_is_workday(const struct calendar *cal, int32_t n)
{
    const struct mark *mark = mark_at(cal, n);
    return mark->kind ? mark->kind == MARK_WORKDAY : !is_weekend(n);
}

/* Working days with number <= n, on a scale of its own: only differences mean anything. */
static int64_t rank(const struct calendar *cal, int32_t n)
{
    if (cal->last < cal->first)
        return weekday_rank(n);
    if (n < cal->first)
        return weekday_rank(n) - weekday_rank(cal->first - 1);
    if (n > cal->last)
        return cal->workday_count + weekday_rank(n) - weekday_rank(cal->last);
    return cal->before[n - cal->first + 1];
}

/* The first day whose rank is r. */
static int32_t day_of_rank(const struct calendar *cal, int64_t r)
{
    if (cal->last < cal->first)
        return weekday_of_rank(r);
    if (r <= 0)
        return weekday_of_rank(r + weekday_rank(cal->first - 1));
    if (r > cal->workday_count)
        return weekday_of_rank(r - cal->workday_count + weekday_rank(cal->last));
    return cal->workday[r - 1];
}

/* ---- reading ---- */

struct line {
    const struct calendar_source *source;
    long number;
    const char *field[5];
    size_t length[5];
    size_t count;
};

static const struct fault *row_fault(TALLOC_CTX *life, const char *code, const struct line *line,
                                     const char *format, ...)
    __attribute__((format(printf, 4, 5), returns_nonnull));

static const struct fault *row_fault(TALLOC_CTX *life, const char *code, const struct line *line,
                                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *sentence = talloc_vasprintf(life, format, args);
    va_end(args);
    TRY_MEMORY(sentence);
    return fault_new(life, FAULT_INPUT, code, "%s:%ld: %s", line->source->name, line->number, sentence);
}

static bool field_is(const struct line *line, size_t index, const char *word)
{
    return line->length[index] == strlen(word) && memcmp(line->field[index], word, line->length[index]) == 0;
}

/* Splits one line at its commas; a sixth field is left for the caller to refuse (count 6). */
static void split(struct line *line, const char *at, size_t length)
{
    line->count = 0;
    for (const char *end = at + length;;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma ? comma : end;
        if (line->count < 5) {
            line->field[line->count] = at;
            line->length[line->count] = (size_t)(stop - at);
        }
        line->count++;
        if (!comma)
            return;
        at = comma + 1;
    }
}

/* Takes the next line off *rest; false at the end. A closing CR and empty lines at the end are tolerated. */
static bool next_line(const struct calendar_source *source, size_t *at, struct line *line)
{
    if (*at >= source->length)
        return false;
    const char *start = source->bytes + *at;
    const char *newline = memchr(start, '\n', source->length - *at);
    size_t length = newline ? (size_t)(newline - start) : source->length - *at;
    *at += length + (newline ? 1 : 0);
    if (length > 0 && start[length - 1] == '\r')
        length--;
    line->source = source;
    line->number++;
    split(line, start, length);
    return true;
}

static const struct fault *read_header(TALLOC_CTX *life, const struct line *line)
{
    static const char *const COLUMNS[] = {"date", "kind", "name", "notice", "known"};
    bool good = line->count >= 3 && line->count <= 5;
    for (size_t i = 0; good && i < line->count; i++)
        good = field_is(line, i, COLUMNS[i]);
    if (!good)
        return row_fault(life, "CALENDAR_HEADER", line,
                         "the first line must be date,kind,name[,notice,known]");
    return NULL;
}

struct row {
    int32_t day;
    uint8_t kind;
    bool ignored; /* known later than asked for */
};

static const struct fault *read_row(TALLOC_CTX *life, const struct line *line, size_t columns,
                                    struct civil known, struct row *row)
{
    if (line->count != columns)
        return row_fault(life, "CALENDAR_ROW", line, "%zu columns where the header has %zu", line->count,
                         columns);
    for (size_t i = 0; i < line->count; i++)
        if (memchr(line->field[i], '"', line->length[i]) || memchr(line->field[i], '\0', line->length[i]))
            return row_fault(life, "CALENDAR_ROW", line, "quotes and zero bytes have no place here");
    struct civil day;
    if (!civil_parse_n(line->field[0], line->length[0], &day))
        return row_fault(life, "CALENDAR_DAY", line, "\"%.*s\" is no day (YYYY-MM-DD)", (int)line->length[0],
                         line->field[0]);
    if (day.year < FIRST_YEAR || day.year > LAST_YEAR)
        return row_fault(life, "CALENDAR_RANGE", line, "years reach from %d to %d", FIRST_YEAR, LAST_YEAR);
    if (!field_is(line, 1, "holiday") && !field_is(line, 1, "workday"))
        return row_fault(life, "CALENDAR_KIND", line, "\"%.*s\" is neither holiday nor workday",
                         (int)line->length[1], line->field[1]);
    row->day = civil_number(day);
    row->kind = field_is(line, 1, "holiday") ? MARK_HOLIDAY : MARK_WORKDAY;
    row->ignored = false;
    if (columns == 5 && line->length[4] > 0) {
        struct civil since;
        if (!civil_parse_n(line->field[4], line->length[4], &since))
            return row_fault(life, "CALENDAR_DAY", line, "\"%.*s\" in the column known is no day",
                             (int)line->length[4], line->field[4]);
        row->ignored = civil_is_set(known) && civil_compare(since, known) > 0;
    }
    return NULL;
}

/* What the reading of all layers gathers, over the whole range of years; cut to the years used at the end. */
struct gathering {
    struct mark *marks;
    struct line_seen *seen; /* per day of the range, for the file being read */
    int32_t first;
    int first_year, last_year, published_year; /* 0: none */
    struct civil known;
};

struct line_seen {
    uint16_t source;
    uint8_t kind;
    int32_t line;
};

static const struct fault *take_row(TALLOC_CTX *life, struct gathering *all, const struct line *line,
                                    size_t layer, const struct row *row)
{
    size_t at = (size_t)(row->day - all->first);
    struct line_seen *seen = &all->seen[at];
    if (seen->source == layer) {
        if (seen->kind != row->kind)
            return row_fault(life, "CALENDAR_BOTH", line, "%.*s is both off and made up (line %d)",
                             (int)line->length[0], line->field[0], seen->line);
        return row_fault(life, "CALENDAR_TWICE", line, "%.*s again (line %d)", (int)line->length[0],
                         line->field[0], seen->line);
    }
    *seen = (struct line_seen){(uint16_t)layer, row->kind, (int32_t)line->number};
    if (row->ignored)
        return NULL;
    bool published = !line->source->provisional;
    struct mark *mark = &all->marks[at];
    int year = civil_of_number(row->day).year;
    if (!all->first_year || year < all->first_year)
        all->first_year = year;
    if (year > all->last_year)
        all->last_year = year;
    if (published && year > all->published_year)
        all->published_year = year;
    if (mark->kind && mark->published && !published)
        return NULL; /* what is published stands */
    *mark = (struct mark){.kind = row->kind, .published = published};
    mark->name = talloc_strndup(all->marks, line->field[2], line->length[2]);
    TRY_MEMORY(mark->name);
    return NULL;
}

static const struct fault *read_source(TALLOC_CTX *life, const struct calendar_source *source, size_t layer,
                                       struct gathering *all)
{
    struct line line = {.source = source};
    size_t at = 0;
    if (source->length >= 3 && memcmp(source->bytes, "\xEF\xBB\xBF", 3) == 0)
        at = 3; /* spreadsheets write a byte order mark */
    if (!next_line(source, &at, &line)) {
        line.number = 1;
        return row_fault(life, "CALENDAR_HEADER", &line, "the file is empty");
    }
    TRY(read_header(life, &line));
    size_t columns = line.count;
    while (next_line(source, &at, &line)) {
        if (line.count == 1 && line.length[0] == 0) {
            if (at < source->length)
                return row_fault(life, "CALENDAR_ROW", &line, "an empty line");
            break;
        }
        struct row row;
        TRY(read_row(life, &line, columns, all->known, &row));
        TRY(take_row(life, all, &line, layer, &row));
    }
    return NULL;
}

/* Keeps the years that have rows and lays out the prefix sums. */
static const struct fault *lay_out(struct calendar *cal, const struct gathering *all)
{
    cal->published = all->published_year != 0;
    if (cal->published)
        cal->published_through = civil_number((struct civil){(int16_t)all->published_year, 12, 31});
    if (!all->first_year) {
        cal->first = 0;
        cal->last = -1;
        return NULL;
    }
    cal->first = civil_number((struct civil){(int16_t)all->first_year, 1, 1});
    cal->last = civil_number((struct civil){(int16_t)all->last_year, 12, 31});
    size_t days = (size_t)(cal->last - cal->first + 1);
    cal->marks = talloc_array(cal, struct mark, days);
    cal->before = talloc_array(cal, int32_t, days + 1);
    cal->workday = talloc_array(cal, int32_t, days);
    if (!cal->marks || !cal->before || !cal->workday)
        return fault_memory();
    memcpy(cal->marks, all->marks + (cal->first - all->first), days * sizeof *cal->marks);
    for (size_t i = 0; i < days; i++) {
        if (cal->marks[i].name) {
            cal->marks[i].name = talloc_strdup(cal, cal->marks[i].name);
            TRY_MEMORY(cal->marks[i].name);
        }
        cal->before[i] = cal->workday_count;
        int32_t n = cal->first + (int32_t)i;
        if (number_is_workday(cal, n))
            cal->workday[cal->workday_count++] = n;
    }
    cal->before[days] = cal->workday_count;
    return NULL;
}

static const struct fault *read_all(TALLOC_CTX *life, struct calendar *cal,
                                    const struct calendar_source *sources, size_t count,
                                    struct gathering *all, TALLOC_CTX *scratch)
{
    all->first = civil_number((struct civil){FIRST_YEAR, 1, 1});
    size_t range = (size_t)(civil_number((struct civil){LAST_YEAR, 12, 31}) - all->first + 1);
    all->marks = talloc_zero_array(scratch, struct mark, range);
    all->seen = talloc_zero_array(scratch, struct line_seen, range);
    if (!all->marks || !all->seen)
        return fault_memory();
    for (size_t i = 0; i < count; i++)
        TRY(read_source(life, &sources[i], i + 1, all));
    return lay_out(cal, all);
}

const struct fault *calendar_read(TALLOC_CTX *life, const char *id, const struct calendar_source *sources,
                                  size_t count, struct civil known, const struct calendar **out)
{
    struct calendar *cal = talloc_zero(life, struct calendar);
    TRY_MEMORY(cal);
    cal->id = talloc_strdup(cal, id);
    TALLOC_CTX *scratch = talloc_new(cal);
    if (!cal->id || !scratch) {
        talloc_free(cal);
        return fault_memory();
    }
    struct gathering all = {.known = known};
    const struct fault *f = read_all(life, cal, sources, count, &all, scratch);
    talloc_free(scratch);
    if (f) {
        talloc_free(cal);
        return f;
    }
    *out = cal;
    return NULL;
}

/* ---- looking up ---- */

const char *calendar_id(const struct calendar *cal)
{
    return cal->id;
}

struct civil calendar_published_through(const struct calendar *cal)
{
    return cal->published ? civil_of_number(cal->published_through) : CIVIL_NONE;
}

bool calendar_range(const struct calendar *cal, struct civil *first, struct civil *last)
{
    bool any = cal->last >= cal->first;
    *first = any ? civil_of_number(cal->first) : CIVIL_NONE;
    *last = any ? civil_of_number(cal->last) : CIVIL_NONE;
    return any;
}

bool calendar_provisional(const struct calendar *cal, struct civil day)
{
    return !cal->published || civil_number(day) > cal->published_through;
}

bool calendar_is_workday(const struct calendar *cal, struct civil day)
{
    return number_is_workday(cal, civil_number(day));
}

enum calendar_day calendar_day(const struct calendar *cal, struct civil day, const char **name)
{
    int32_t n = civil_number(day);
    const struct mark *mark = mark_at(cal, n);
    if (name)
        *name = mark->name;
    if (mark->kind == MARK_HOLIDAY)
        return CALENDAR_HOLIDAY;
    return mark->kind == MARK_WORKDAY || !is_weekend(n) ? CALENDAR_WORKDAY : CALENDAR_WEEKEND;
}

int32_t calendar_workdays_between(const struct calendar *cal, int32_t after, int32_t through)
{
    return through <= after ? 0 : (int32_t)(rank(cal, through) - rank(cal, after));
}

int32_t calendar_workday_after(const struct calendar *cal, int32_t day, int32_t n)
{
    return n <= 0 ? day : day_of_rank(cal, rank(cal, day) + n);
}

int32_t calendar_workdays(const struct calendar *cal, struct civil after, struct civil through)
{
    return calendar_workdays_between(cal, civil_number(after), civil_number(through));
}

struct civil calendar_add_workdays(const struct calendar *cal, struct civil day, int32_t n)
{
    return n <= 0 ? day : civil_of_number(calendar_workday_after(cal, civil_number(day), n));
}

struct civil calendar_roll(const struct calendar *cal, struct civil day)
{
    int32_t n = civil_number(day);
    return number_is_workday(cal, n) ? day : civil_of_number(calendar_workday_after(cal, n, 1));
}
