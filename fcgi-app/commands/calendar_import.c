/* calendar_import.c - mingda calendar import: the days of a notice become a layer over the calendars in use.
 *
 * What is stored is the file with its provenance in every row (columns notice and known), so that "what was
 * known on that day" can be asked of it. Facts that record moved dates are raised by the clock's role; only
 * the owner may add the layer. Cut off half way, the same command goes on where it stopped. */
#include "calendar_import.h"
#include <stdio.h>
#include <string.h>
#include "calendars.h"
#include "desk.h"
#include "impact.h"
#include "life.h"
#include "share.h"
#include "text.h"

#define CALENDAR_LIMIT (2u << 20)
#define FULL_COLUMNS   5
#define SHORT_COLUMNS  3

struct import {
    TALLOC_CTX *life;
    const char *file, *name, *notice, *known_text; /* name: of the calendar */
    bool apply;
    struct civil known, first_day; /* first_day: the first whose nature may change */
    struct db *db;
    struct office *office;
    const char *bytes; /* as stored */
    size_t length;
    const char *sha256, *version;
    const struct calendar *layer, *before, *after; /* layer: the file alone */
    const char *version_after;
    size_t dossiers, moved, certain, recorded;
};

static int usage(void)
{
    fputs("usage: mingda calendar import FILE.csv --dry-run | --apply [--calendar NAME] [--notice TEXT "
          "--known DATE]\n"
          "       the file has the columns date,kind,name and, unless they are given here, notice,known\n",
          stderr);
    return 2;
}

static bool options(int argc, char **argv, struct import *im)
{
    bool mode = false, dry = false;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--dry-run") == 0)
            dry = mode = true;
        else if (strcmp(argv[i], "--apply") == 0)
            im->apply = mode = true;
        else if (strcmp(argv[i], "--calendar") == 0 && more)
            im->name = argv[++i];
        else if (strcmp(argv[i], "--notice") == 0 && more)
            im->notice = argv[++i];
        else if (strcmp(argv[i], "--known") == 0 && more)
            im->known_text = argv[++i];
        else if (argv[i][0] == '-' || im->file)
            return false;
        else
            im->file = argv[i];
    }
    bool known = !im->known_text || civil_parse(im->known_text, &im->known);
    return im->file && mode && known && dry != im->apply && !im->notice == !im->known_text &&
           (!im->notice || !strpbrk(im->notice, ",\r\n\""));
}

/* ---- the file ---- */

static size_t columns_of(const char *line, size_t length)
{
    size_t count = 1;
    for (size_t i = 0; i < length; i++)
        count += line[i] == ',';
    return count;
}

static const struct fault *complete_line(const struct import *im, struct text *out, const char *line,
                                         size_t length, size_t number)
{
    const char *last = memrchr(line, ',', length);
    if (columns_of(line, length) == FULL_COLUMNS && last[1] && last + 1 < line + length)
        text_printf(out, "%.*s\n", (int)length, line);
    else if (!im->notice || columns_of(line, length) != SHORT_COLUMNS)
        return fault_new(im->life, FAULT_INPUT, "CALENDAR_PROVENANCE",
                         "%s:%zu: which notice says so, and since when is it known? Columns notice and "
                         "known, or --notice and --known",
                         im->file, number);
    else if (number == 1)
        text_printf(out, "%.*s,notice,known\n", (int)length, line);
    else
        text_printf(out, "%.*s,%s,%s\n", (int)length, line, im->notice, im->known_text);
    return NULL;
}

/* Every row with its notice and the day since which it is known. */
static const struct fault *complete(struct import *im, const char *bytes, size_t length)
{
    struct text *out = text_new(im->life, CALENDAR_LIMIT);
    const char *at = bytes, *end = bytes + length;
    for (size_t number = 1; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *next = stop ? stop + 1 : end;
        size_t n = (size_t)((stop ? stop : end) - at);
        n -= n && at[n - 1] == '\r';
        if (n)
            TRY(complete_line(im, out, at, n, number));
        at = next;
    }
    return text_end(out, &im->bytes, &im->length);
}

/* The calendar of some edition that the file's name begins with: cn-2027.csv is of cn. */
static const char *name_of(const struct import *im)
{
    const char *slash = strrchr(im->file, '/'), *base = slash ? slash + 1 : im->file, *best = NULL;
    for (size_t i = 0; i < im->office->law_count; i++) {
        const char *name = im->office->laws[i].edition->calendar;
        size_t n = strlen(name);
        bool is = im->name ? strcmp(im->name, name) == 0
                           : strncmp(base, name, n) == 0 && (base[n] == '.' || base[n] == '-');
        if (is && (!best || n > strlen(best)))
            best = name;
    }
    return best;
}

static const struct fault *read_file(struct import *im)
{
    char *bytes = NULL;
    size_t length = 0;
    uint8_t digest[CRYPT_HASH];
    struct civil today;
    const char *name = name_of(im);
    if (!name)
        return fault_new(im->life, FAULT_INPUT, "CALENDAR_ABSENT",
                         "no edition counts with a calendar %s: name one with --calendar",
                         im->name ? im->name : im->file);
    im->name = name;
    if (strstr(im->file, "provisional"))
        return fault_new(im->life, FAULT_INPUT, "CALENDAR_PROVISIONAL",
                         "%s: a provisional file is no notice; what is imported rules deadlines", im->file);
    TRY(share_read_file(im->life, im->file, CALENDAR_LIMIT, &bytes, &length));
    struct calendar_source source = {.name = im->file, .bytes = bytes, .length = length};
    TRY(calendar_read(im->life, name, &source, 1, CIVIL_NONE, &im->layer));
    TRY(complete(im, bytes, length));
    source.bytes = im->bytes;
    source.length = im->length;
    TRY(db_ask_today(im->db, &today, im->life));
    const struct calendar *known =
        NULL; /* rows that are not known yet fall away: then it is another calendar */
    TRY(calendar_read(im->life, name, &source, 1, CIVIL_NONE, &im->layer));
    TRY(calendar_read(im->life, name, &source, 1, today, &known));
    struct civil first, last, first_known = CIVIL_NONE, last_known = CIVIL_NONE;
    if (!calendar_range(im->layer, &first, &last))
        return fault_new(im->life, FAULT_INPUT, "CALENDAR_EMPTY", "%s has no rows", im->file);
    if (!calendar_range(known, &first_known, &last_known) || civil_compare(first, first_known) != 0 ||
        civil_compare(last, last_known) != 0)
        return fault_new(im->life, FAULT_INPUT, "CALENDAR_TO_COME",
                         "%s: known from a day that is still to come", im->file);
    crypt_sha256(im->bytes, im->length, digest);
    im->sha256 = text_hex(im->life, digest, sizeof digest);
    im->version = text_hex(im->life, digest, 6);
    im->first_day = first;
    im->known = civil_is_set(im->known) ? im->known : today;
    return im->sha256 && im->version ? NULL : fault_memory();
}

/* The calendars before and after: layers up to this one, and with it. */
static const struct fault *load_both(struct import *im)
{
    struct table *layers = NULL;
    size_t before = 0;
    TRY(db_query(im->db, Q_CALENDAR_LAYERS, NULL, &layers, im->life));
    while (before < layers->row_count && !(text_same(table_text(layers, before, "name"), im->name) &&
                                           text_same(table_text(layers, before, "version"), im->version)))
        before++;
    bool there = before < layers->row_count;
    size_t all = layers->row_count;
    layers->row_count = before;
    TRY(calendars_load(im->life, im->name, CIVIL_NONE, layers, &im->before, NULL));
    layers->row_count = all;
    struct civil certain = calendar_published_through(im->before);
    if (civil_is_set(certain) && civil_compare(certain, im->first_day) < 0)
        im->first_day = civil_add_days(certain, 1);
    if (!there) {
        struct cell *row = table_add_row(layers);
        TRY_MEMORY(row);
        row[0] = cell_int(0);
        row[1] = cell_text(im->name);
        row[2] = cell_text(im->version);
        row[3] = cell_bytes(im->bytes, im->length);
    }
    return calendars_load(im->life, im->name, CIVIL_NONE, layers, &im->after, &im->version_after);
}

/* ---- what it moves ---- */

/* The days within the period that count otherwise than before, each with what it now is. */
static json_t *because(const struct import *im, const struct date_moved *m)
{
    static const char *const WORDS[] = {"workday", "weekend", "holiday"};
    json_t *out = json_array();
    struct civil last = civil_compare(m->before, m->after) > 0 ? m->before : m->after;
    for (struct civil day = civil_add_days(m->day0, 1); civil_compare(day, last) <= 0;
         day = civil_add_days(day, 1)) {
        const char *name = NULL;
        enum calendar_day was = calendar_day(im->before, day, NULL), is = calendar_day(im->after, day, &name);
        if ((was == CALENDAR_WORKDAY) == (is == CALENDAR_WORKDAY))
            continue;
        json_array_append_new(out, json_pack("{s:o,s:s,s:s,s:s?}", "date", desk_day(day), "was", WORDS[was],
                                             "is", WORDS[is], "name", name));
    }
    return out;
}

static const struct fault *print_moved(const struct import *im, const struct swept *s,
                                       const struct date_moved *m)
{
    bool both = civil_is_set(m->before) && civil_is_set(m->after);
    json_t *line =
        json_pack("{s:s,s:i,s:s?,s:s,s:s?,s:s?,s:o,s:o,s:o,s:b,s:b,s:o}", "ref", s->dossier->ref, "agency",
                  (int)s->dossier->agency, "handler", s->handler_name, "clock", m->clock, "for", m->child,
                  "basis", m->basis, "before", desk_day(m->before), "after", desk_day(m->after), "days",
                  both ? json_integer(civil_number(m->after) - civil_number(m->before)) : json_null(),
                  "provisional_before", (int)m->provisional_before, "provisional_after",
                  (int)m->provisional_after, "because", because(im, m));
    return desk_print(line);
}

static const struct fault *each(const struct swept *s, void *arg, TALLOC_CTX *life)
{
    struct import *im = arg;
    const struct date_moved *moved = NULL, *reply = NULL;
    size_t count = 0;
    if (s->broken) {
        fprintf(stderr, "mingda calendar import: %s is left out: %s\n", s->dossier->ref, s->broken);
        return NULL;
    }
    if (!text_same(s->dossier->law->edition->calendar, im->name) ||
        (im->apply && text_same(s->calendar_version, im->version_after)))
        return NULL;
    TRY(impact_of(s->dossier, im->before, im->after, &moved, &count, life));
    for (size_t i = 0; i < count; i++) {
        TRY(print_moved(im, s, &moved[i]));
        im->moved += civil_compare(moved[i].before, moved[i].after) != 0;
        im->certain += moved[i].provisional_before && !moved[i].provisional_after;
        if (moved[i].reply)
            reply = &moved[i];
    }
    im->dossiers++;
    im->recorded += im->apply && reply;
    return im->apply ? impact_record(im->db, im->office, s->dossier, im->sha256, reply, life) : NULL;
}

static const struct fault *store(struct import *im)
{
    const struct settings *settings = NULL;
    struct db *owner = NULL;
    struct table *added = NULL;
    uint8_t digest[CRYPT_HASH];
    crypt_sha256(im->bytes, im->length, digest);
    TRY(desk_open(im->life, "owner", &settings, &owner));
    const struct cell row[] = {cell_text(im->name),
                               cell_text(im->version),
                               cell_bytes(digest, sizeof digest),
                               cell_bytes(im->bytes, im->length),
                               cell_day(im->first_day),
                               cell_day(im->known),
                               cell_text(im->notice ? im->notice : "")};
    return db_query(owner, Q_CALENDAR_IMPORT, row, &added, im->life);
}

static const struct fault *import(struct import *im)
{
    const struct settings *settings = NULL;
    TRY(desk_open(im->life, "clock", &settings, &im->db));
    TRY(office_open(im->life, settings, &im->office));
    TRY(read_file(im));
    TRY(load_both(im));
    if (im->apply)
        TRY(store(im));
    TRY(office_sweep_all(im->db, im->office, im->first_day, each, im, im->life));
    if (im->apply)
        TRY(impact_on_closed(im->db, im->office, im->first_day, im->life));
    printf("{\"calendar\": \"%s\", \"version\": \"%s\", \"applied\": %s, \"dossiers\": %zu, \"moved\": %zu, "
           "\"became_certain\": %zu, \"recorded\": %zu}\n",
           im->name, im->version, im->apply ? "true" : "false", im->dossiers, im->moved, im->certain,
           im->recorded);
    return NULL;
}

int calendar_import(int argc, char **argv)
{
    SCOPED_LIFE(life);
    struct import im = {.life = life};
    if (!options(argc, argv, &im))
        return usage();
    const struct fault *f = life ? import(&im) : fault_memory();
    return f ? desk_fail("calendar import", f) : 0;
}
