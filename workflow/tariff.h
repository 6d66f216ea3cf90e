/* tariff.h - what may be charged: bands of quantity with a price for each, as an edition declares them, and
 * the calculation line by line.
 *
 * Pure: a quantity and what came before it give lines and a sum. Money is a whole number of the smallest unit
 * of the currency (fen). Nothing here knows a country, a fee or a state. */
#ifndef MINGDA_TARIFF_H
#define MINGDA_TARIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include <libxml/tree.h>
#include "civil.h"
#include "fault.h"

struct edition;
struct event_kind;

/* Units `from` to `to` (both within, counted from 1) cost `price` each. With a step the price rises by
 * `raise` after every `step` units of the band. */
struct tariff_band {
    int64_t from, to; /* to: INT64_MAX for a band without end */
    int64_t price, step, raise;
    char mark; /* 'V' verified, 'R' recalled, 'D' a choice */
};

struct tariff {
    const char *name, *basis;          /* "items"; the article */
    const char *zh, *en;               /* label */
    const char *unit_zh, *unit_en;     /* "件", "applications" */
    struct civil valid_from, valid_to; /* both within; valid_to CIVIL_NONE: until further notice */
    bool by_month;       /* what the same applicant asked for earlier in the calendar month comes first */
    char mark;           /* of the dates of validity */
    const char *confirm; /* role that must confirm what is not verified; NULL: all is */
    const struct tariff_band *bands;
    size_t band_count;
};

/* Which fields of an event say what is charged, and the refusal of what is above the tariff. */
struct event_charge {
    const char *tariff, *quantity, *earlier, *amount; /* names of its fields; `earlier` may be NULL */
    const char *counted; /* field that the program fills with what it counts as earlier; NULL: none */
    const char *rule;
    const char *zh, *en;
};

struct tariff_line {
    int64_t from, to, count, price, sum; /* units from … to, both within */
};

struct charge {
    const struct tariff *tariff; /* NULL: none of that name is valid on the day */
    int64_t quantity, earlier;   /* earlier: 0 unless the tariff runs by the month */
    const struct tariff_line *lines;
    size_t line_count;
    int64_t total;
};

enum { TARIFF_QUANTITY_MOST = 1000000 };

/* Reads <law:tariffs> below the root of an edition (none: *count 0). EDITION_SYNTAX with file and line: bands
 * that overlap or leave a gap, prices that are no numbers, two tariffs of one name valid on one day. */
const struct fault *tariffs_read(TALLOC_CTX *life, const char *file, const xmlNode *root,
                                 const struct tariff **out, size_t *count);
/* Reads the <law:charge> of an event whose fields are known. */
const struct fault *tariff_charge_read(TALLOC_CTX *life, const char *file, const xmlNode *node,
                                       const struct event_kind *k, const struct event_charge **out);
/* The tariff of that name that is valid on the day; NULL: none. */
const struct tariff *tariff_on(const struct edition *e, const char *name, struct civil day);

/* The price of unit `n` (from 1). */
int64_t tariff_price(const struct tariff *t, int64_t n);
/* Units earlier+1 … earlier+quantity, one line for each price. FAULT_INPUT TARIFF_RANGE for a quantity beyond
 * TARIFF_QUANTITY_MOST. */
const struct fault *tariff_charge(TALLOC_CTX *life, const struct tariff *t, int64_t earlier, int64_t quantity,
                                  struct charge *out);
/* What the data of such an event comes to on the day. Fields that are missing count as nothing. */
const struct fault *charge_of(TALLOC_CTX *life, const struct edition *e, const struct event_kind *k,
                              const json_t *data, struct civil day, struct charge *out);
/* Is the amount in the data more than the tariff allows, or is there nothing to charge? */
bool charge_exceeds(const struct charge *c, const struct event_kind *k, const json_t *data);

#endif
