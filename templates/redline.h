/* redline.h - two texts compared as a lawyer reads them: what stays, what is struck out, what is new. Pure.
 *
 * Texts are compared by characters; a run of letters or digits, and what stands between 【 and 】, is one
 * piece and is never cut. The shortest script of Myers ("An O(ND) Difference Algorithm", 1986), within
 * bounds. */
#ifndef MINGDA_REDLINE_H
#define MINGDA_REDLINE_H

#include <stddef.h>
#include "fault.h"

enum redline_kind { REDLINE_SAME, REDLINE_REMOVED, REDLINE_ADDED };

struct redline_piece {
    enum redline_kind kind;
    const char *text; /* not empty */
};

/* The pieces of both texts in their order: those that are not ADDED make `was`, those that are not REMOVED
 * make `now`; neighbours are of different kinds. Either may be NULL: none. Texts that differ in more than
 * some thousand places come as one removed and one added piece. On `result`. */
const struct fault *redline_words(const char *was, const char *now, TALLOC_CTX *result,
                                  struct redline_piece **out, size_t *count);

/* A line of a document: only lines of one kind are ever paired. */
struct redline_line {
    const char *kind, *text;
    int depth;
};

/* What became of a line: indices into both lists, -1 where there is none. */
struct redline_pair {
    int was, now;
    bool changed; /* both are there, and differ */
};

/* Lines of two documents beside each other: every line of both once, in order; equal ones paired, and of what
 * lies between them those of one kind that are like enough. */
const struct fault *redline_lines(const struct redline_line *was, size_t was_count,
                                  const struct redline_line *now, size_t now_count, TALLOC_CTX *result,
                                  struct redline_pair **out, size_t *count);

#endif
