/* checker.h - proves what an edition promises: the invariants it declares, and three that every edition must
 * keep.
 *
 * Each invariant is looked for in a slice that leaves out what it does not speak of; a slice allows more than
 * the whole does, so what holds in it holds. What breaks in it is tried again with all that was unknown on
 * the way, until it holds or the story stands. An invariant that nothing ever bears witness to is vacuous,
 * which is a failure; so is one that needs more than five million states ("not proven"). */
#ifndef MINGDA_CHECKER_H
#define MINGDA_CHECKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "edition.h"
#include "fault.h"

/* A kind of which fewer children were looked at than of the others (two). */
struct check_bound {
    const char *kind;
    unsigned most;
};

struct check_line {
    const char *name;
    const char *basis; /* NULL: practice */
    struct bilingual sentence;
    bool holds;
    const char *why;    /* when it does not hold: "broken", "vacuous", "not proven" */
    uint64_t witnesses; /* states or acts that show that it speaks of something */
    uint64_t explored;  /* states looked at */
    uint64_t last;      /* … in the slice that has decided it */
    const char **story; /* the acts that break it, in order; NULL */
    size_t story_count;
    const struct check_bound *bounds; /* what it was proven with, where that is less than two of a kind that
                                         it looks at; none where one real way or act is proof enough */
    size_t bound_count;
};

struct check_report {
    size_t states, transitions; /* of all charts of the edition */
    uint64_t explored;
    struct check_line *lines;
    size_t line_count;
    bool holds; /* all of them */
};

/* The names of all that edition_check() proves, in its order. */
const struct fault *edition_check_names(TALLOC_CTX *life, const struct edition *e, const char ***out,
                                        size_t *count);
/* `only` names one invariant, NULL: all. The limit on states is EXPLORE_LIMIT unless `limit` is given (> 0).
 * Pure. */
const struct fault *edition_check(TALLOC_CTX *life, const struct edition *e, const char *only, uint32_t limit,
                                  const struct check_report **out);
#endif
