/* arena.h - many small things that die together: taken one after the other from pieces of talloc memory.
 *
 * Taking costs a few instructions, giving back nothing: what grows is copied and its old place is lost until
 * the life ends. For what is made by the dozen in a microsecond; everything else uses talloc itself. */
#ifndef MINGDA_ARENA_H
#define MINGDA_ARENA_H

#include <stddef.h>
#include <string.h>
#include <talloc.h>

#define ARENA_PIECE 2048 /* of later pieces; the first is as large as its maker guesses */

struct arena {
    TALLOC_CTX *life; /* the pieces belong to it */
    char *at;
    size_t left;
};

/* `size` bytes, not cleared, aligned for anything; NULL without memory. */
static inline void *arena_take(struct arena *a, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (a->left < size) {
        size_t piece = size > ARENA_PIECE ? size : ARENA_PIECE;
        char *more = talloc_size(a->life, piece);
        if (!more)
            return NULL;
        a->at = more;
        a->left = piece;
    }
    void *taken = a->at;
    a->at += size;
    a->left -= size;
    return taken;
}

/* A row of `count` things of `width` bytes gets room for one more. The row, moved or not; NULL without memory
 * (the old row is untouched). */
static inline void *arena_grow(struct arena *a, void *row, size_t count, size_t *room, size_t width)
{
    if (count < *room)
        return row;
    size_t wanted = *room ? 2 * *room : 8;
    void *moved = arena_take(a, wanted * width);
    if (!moved)
        return NULL;
    if (count)
        memcpy(moved, row, count * width);
    *room = wanted;
    return moved;
}

/* A copy of `size` bytes; NULL without memory. `from` may be NULL when size is 0. */
static inline void *arena_copy(struct arena *a, const void *from, size_t size)
{
    void *copy = arena_take(a, size);
    if (copy && size)
        memcpy(copy, from, size);
    return copy;
}
#endif
