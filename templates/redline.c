#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "life.h"
#include "redline.h"
#include "text.h"

enum {
    STEPS_MAX = 1500, /* places in which two texts may differ and still be compared */
    PAIRED_MAX = 200, /* lines of a gap that are paired by likeness */
    LIKE = 40         /* of a hundred pieces, so many must be common */
};

/* ---- sequences ---- */

/* Two sequences of things that are equal or not. */
struct sequences {
    size_t n, m;
    bool (*same)(const void *arg, size_t i, size_t j);
    const void *arg;
};

/* The trace of Myers' algorithm: for each number of steps the furthest x on each diagonal. */
struct trace {
    int **rows;
    int steps; /* -1: too many */
};

static int furthest(const struct sequences *s, const int *v, int offset, int d, int k)
{
    int x = k == -d || (k != d && v[offset + k - 1] < v[offset + k + 1]) ? v[offset + k + 1]
                                                                         : v[offset + k - 1] + 1;
    while (x >= 0 && (size_t)x < s->n && x - k >= 0 && (size_t)(x - k) < s->m &&
           s->same(s->arg, (size_t)x, (size_t)(x - k)))
        x++;
    return x;
}

static const struct fault *trace_of(const struct sequences *s, TALLOC_CTX *scratch, struct trace *out)
{
    int most = s->n + s->m < STEPS_MAX ? (int)(s->n + s->m) : STEPS_MAX, offset = most + 1;
    int *v = talloc_zero_array(scratch, int, (size_t)(2 * most + 3));
    out->rows = talloc_zero_array(scratch, int *, (size_t)most + 1);
    TRY_MEMORY(v && out->rows ? v : NULL);
    for (int d = 0; d <= most; d++) {
        out->rows[d] = talloc_memdup(scratch, v + offset - d - 1, (size_t)(2 * d + 3) * sizeof *v);
        TRY_MEMORY(out->rows[d]);
        for (int k = -d; k <= d; k += 2) {
            int x = furthest(s, v, offset, d, k);
            v[offset + k] = x;
            if ((size_t)x >= s->n && x - k >= 0 && (size_t)(x - k) >= s->m) {
                out->steps = d;
                return NULL;
            }
        }
    }
    out->steps = -1;
    return NULL;
}

/* One element of the script: kind, and how far both sequences are before it. */
struct step {
    enum redline_kind kind;
    size_t i, j;
};

/* Walks the trace back to the beginning; the script is written from its end. */
static size_t walk_back(const struct sequences *s, const struct trace *t, struct step *script)
{
    size_t at = s->n + s->m;
    int x = (int)s->n, y = (int)s->m;
    for (int d = t->steps; d >= 0; d--) {
        const int *v = t->rows[d] + d + 1;
        int k = x - y;
        bool down = k == -d || (k != d && v[k - 1] < v[k + 1]);
        int before = down ? k + 1 : k - 1, px = d ? v[before] : 0, py = d ? px - before : 0;
        while (x > px && y > py)
            script[--at] = (struct step){REDLINE_SAME, (size_t)--x, (size_t)--y};
        if (d && down)
            script[--at] = (struct step){REDLINE_ADDED, (size_t)x, (size_t)--y};
        else if (d)
            script[--at] = (struct step){REDLINE_REMOVED, (size_t)--x, (size_t)y};
    }
    return at;
}

/* The script from first to last; *from is where it begins in *script. Where the sequences differ too much,
 * all of the one goes and all of the other comes. */
static const struct fault *script_of(const struct sequences *s, TALLOC_CTX *scratch, struct step **script,
                                     size_t *from)
{
    struct trace t = {0};
    size_t length = s->n + s->m;
    *script = talloc_zero_array(scratch, struct step, length + 1);
    TRY_MEMORY(*script);
    TRY(trace_of(s, scratch, &t));
    *from = 0;
    if (t.steps >= 0) {
        *from = walk_back(s, &t, *script);
        return NULL;
    }
    for (size_t i = 0; i < s->n; i++)
        (*script)[i] = (struct step){REDLINE_REMOVED, i, 0};
    for (size_t j = 0; j < s->m; j++)
        (*script)[s->n + j] = (struct step){REDLINE_ADDED, s->n, j};
    return NULL;
}

/* ---- words ---- */

struct piece {
    const char *at;
    size_t length;
};
struct pieces {
    struct piece *items;
    size_t count;
};

/* How long the piece that begins here is: a slot, a run of letters and digits, a character. */
static size_t piece_length(const char *s)
{
    static const char OPEN[] = "【", CLOSE[] = "】";
    const char *end = strncmp(s, OPEN, sizeof OPEN - 1) == 0 ? strstr(s, CLOSE) : NULL;
    if (end)
        return (size_t)(end - s) + sizeof CLOSE - 1;
    size_t n = 0;
    while (isalnum((unsigned char)s[n]))
        n++;
    if (n)
        return n;
    n = 1;
    while (((unsigned char)s[n] & 0xC0) == 0x80)
        n++;
    return n;
}

static const struct fault *cut(const char *text, TALLOC_CTX *scratch, struct pieces *out)
{
    out->items = talloc_array(scratch, struct piece, strlen(text) + 1);
    TRY_MEMORY(out->items);
    out->count = 0;
    for (const char *s = text; *s; s += out->items[out->count++].length)
        out->items[out->count] = (struct piece){s, piece_length(s)};
    return NULL;
}

struct two_texts {
    struct pieces was, now;
};

static bool same_piece(const void *arg, size_t i, size_t j)
{
    const struct two_texts *t = arg;
    const struct piece *a = &t->was.items[i], *b = &t->now.items[j];
    return a->length == b->length && memcmp(a->at, b->at, a->length) == 0;
}

/* Runs of one kind become one piece; of a run of changes what goes stands before what comes. */
static const struct fault *gather(const struct two_texts *t, const struct step *script, size_t from,
                                  size_t to, TALLOC_CTX *result, struct redline_piece *out, size_t *count)
{
    for (size_t i = from; i < to;) {
        struct text *texts[3];
        bool same = script[i].kind == REDLINE_SAME;
        for (int k = 0; k < 3; k++)
            texts[k] = text_new(result, 1u << 20);
        for (; i < to && (script[i].kind == REDLINE_SAME) == same; i++) {
            const struct piece *p =
                script[i].kind == REDLINE_ADDED ? &t->now.items[script[i].j] : &t->was.items[script[i].i];
            text_add_n(texts[script[i].kind], p->at, p->length);
        }
        for (int k = 0; k < 3; k++) {
            const char *words = NULL;
            TRY(text_end(texts[k], &words, NULL));
            if (*words)
                out[(*count)++] = (struct redline_piece){(enum redline_kind)k, words};
        }
    }
    return NULL;
}

const struct fault *redline_words(const char *was, const char *now, TALLOC_CTX *result,
                                  struct redline_piece **out, size_t *count)
{
    SCOPED_LIFE(scratch);
    struct two_texts t = {0};
    struct step *script = NULL;
    size_t from = 0;
    TRY_MEMORY(scratch);
    TRY(cut(was ? was : "", scratch, &t.was));
    TRY(cut(now ? now : "", scratch, &t.now));
    const struct sequences s = {t.was.count, t.now.count, same_piece, &t};
    TRY(script_of(&s, scratch, &script, &from));
    *count = 0;
    *out = talloc_array(result, struct redline_piece, s.n + s.m + 1);
    TRY_MEMORY(*out);
    return gather(&t, script, from, s.n + s.m, result, *out, count);
}

/* ---- lines ---- */

struct two_documents {
    const struct redline_line *was, *now;
};

static bool same_line(const void *arg, size_t i, size_t j)
{
    const struct two_documents *t = arg;
    const struct redline_line *a = &t->was[i], *b = &t->now[j];
    return a->depth == b->depth && strcmp(a->kind, b->kind) == 0 && strcmp(a->text, b->text) == 0;
}

static int piece_order(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    int order = memcmp(x->at, y->at, x->length < y->length ? x->length : y->length);
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* The pieces of each line of one side of a gap, in order: what two lines have in common is then counted in
 * one walk. */
static const struct fault *sorted_pieces(const struct redline_line *lines, size_t count, TALLOC_CTX *scratch,
                                         struct pieces **out)
{
    *out = talloc_zero_array(scratch, struct pieces, count + 1);
    TRY_MEMORY(*out);
    for (size_t i = 0; i < count; i++) {
        TRY(cut(lines[i].text, scratch, &(*out)[i]));
        qsort((*out)[i].items, (*out)[i].count, sizeof *(*out)[i].items, piece_order);
    }
    return NULL;
}

/* Of a hundred pieces of the longer one, how many the other has too. */
static int likeness(const struct pieces *a, const struct pieces *b)
{
    size_t common = 0, longer = a->count > b->count ? a->count : b->count;
    for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
        int order = piece_order(&a->items[i], &b->items[j]);
        common += order == 0;
        i += order <= 0;
        j += order >= 0;
    }
    return longer ? (int)(common * 100 / longer) : 100;
}

/* The lines of a gap: `a` of the one from i, `b` of the other from j. */
struct gap {
    const struct two_documents *t;
    size_t i, a, j, b;
};

/* best[x][y]: the most likeness of the lines from x and from y on. */
static const struct fault *weigh(const struct gap *g, TALLOC_CTX *scratch, int **like, int **best)
{
    size_t width = g->b + 1;
    struct pieces *was = NULL, *now = NULL;
    TRY(sorted_pieces(g->t->was + g->i, g->a, scratch, &was));
    TRY(sorted_pieces(g->t->now + g->j, g->b, scratch, &now));
    *like = talloc_zero_array(scratch, int, (g->a + 1) * width);
    *best = talloc_zero_array(scratch, int, (g->a + 1) * width);
    TRY_MEMORY(*like && *best ? g : NULL);
    for (size_t x = g->a; x-- > 0;)
        for (size_t y = g->b; y-- > 0;) {
            int *l = &(*like)[x * width + y], *here = &(*best)[x * width + y];
            bool kin = strcmp(g->t->was[g->i + x].kind, g->t->now[g->j + y].kind) == 0;
            *l = kin ? likeness(&was[x], &now[y]) : 0;
            int paired = *l >= LIKE ? *l + (*best)[(x + 1) * width + y + 1] : -1;
            int skip = (*best)[(x + 1) * width + y], wait = (*best)[x * width + y + 1];
            *here = paired > skip && paired > wait ? paired : skip > wait ? skip : wait;
        }
    return NULL;
}

static const struct fault *pair_gap(const struct gap *g, struct redline_pair *out, size_t *count)
{
    SCOPED_LIFE(scratch);
    int *like = NULL, *best = NULL;
    size_t x = 0, y = 0, width = g->b + 1;
    TRY_MEMORY(scratch);
    bool paired = g->a <= PAIRED_MAX && g->b <= PAIRED_MAX;
    if (paired)
        TRY(weigh(g, scratch, &like, &best));
    while (paired && x < g->a && y < g->b) {
        int here = best[x * width + y];
        if (like[x * width + y] >= LIKE && here == like[x * width + y] + best[(x + 1) * width + y + 1])
            out[(*count)++] = (struct redline_pair){(int)(g->i + x++), (int)(g->j + y++), true};
        else if (here == best[(x + 1) * width + y])
            out[(*count)++] = (struct redline_pair){(int)(g->i + x++), -1, false};
        else
            out[(*count)++] = (struct redline_pair){-1, (int)(g->j + y++), false};
    }
    while (x < g->a)
        out[(*count)++] = (struct redline_pair){(int)(g->i + x++), -1, false};
    while (y < g->b)
        out[(*count)++] = (struct redline_pair){-1, (int)(g->j + y++), false};
    return NULL;
}

const struct fault *redline_lines(const struct redline_line *was, size_t was_count,
                                  const struct redline_line *now, size_t now_count, TALLOC_CTX *result,
                                  struct redline_pair **out, size_t *count)
{
    SCOPED_LIFE(scratch);
    const struct two_documents t = {was, now};
    const struct sequences s = {was_count, now_count, same_line, &t};
    struct step *script = NULL;
    size_t from = 0, end = was_count + now_count;
    TRY_MEMORY(scratch);
    TRY(script_of(&s, scratch, &script, &from));
    *count = 0;
    *out = talloc_array(result, struct redline_pair, end + 1);
    TRY_MEMORY(*out);
    while (from < end) {
        struct gap g = {&t, script[from].i, 0, script[from].j, 0};
        for (; from < end && script[from].kind != REDLINE_SAME; from++) {
            g.a += script[from].kind == REDLINE_REMOVED;
            g.b += script[from].kind == REDLINE_ADDED;
        }
        TRY(pair_gap(&g, *out, count));
        for (; from < end && script[from].kind == REDLINE_SAME; from++)
            (*out)[(*count)++] = (struct redline_pair){(int)script[from].i, (int)script[from].j, false};
    }
    return NULL;
}
