/* life.h - lifetimes are talloc contexts, passed as parameters; foreign handles join one on the line
 * after they are made. Nothing here allocates by itself. */
#ifndef MINGDA_LIFE_H
#define MINGDA_LIFE_H

#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>
#include <talloc.h>

/* A temporary life that ends with the C scope: `SCOPED_LIFE(scratch);` */
static inline void life_end(TALLOC_CTX **life)
{
    talloc_free(*life);
}
#define SCOPED_LIFE(name) __attribute__((cleanup(life_end))) TALLOC_CTX *name = talloc_new(NULL)

/* A file descriptor that is closed with the C scope: `scoped_fd int fd = open(…);` */
static inline void scoped_fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define scoped_fd __attribute__((cleanup(scoped_fd_close)))

static inline void scoped_file_close(FILE **file)
{
    if (*file)
        fclose(*file);
}
#define scoped_file __attribute__((cleanup(scoped_file_close)))

static inline void scoped_free_run(void *pointer)
{
    free(*(void **)pointer); /* memory that a foreign library made with malloc */
}
#define scoped_free __attribute__((cleanup(scoped_free_run)))

/* Defines `static T *NAME_adopt(TALLOC_CTX *life, T *handle)`: the handle is closed when `life` ends.
 * NULL in, or no memory (the handle is then closed at once): NULL out. Use with foreign types only. */
#define LIFE_ADOPT(NAME, T, CLOSE)                                                                           \
    static int NAME##_adopted_close(T **slot)                                                                \
    {                                                                                                        \
        CLOSE(*slot);                                                                                        \
        return 0;                                                                                            \
    }                                                                                                        \
    static inline T *NAME##_adopt(TALLOC_CTX *life, T *handle)                                               \
    {                                                                                                        \
        if (!handle)                                                                                         \
            return NULL;                                                                                     \
        T **slot = talloc(life, T *);                                                                        \
        if (!slot) {                                                                                         \
            CLOSE(handle);                                                                                   \
            return NULL;                                                                                     \
        }                                                                                                    \
        *slot = handle;                                                                                      \
        talloc_set_destructor(slot, NAME##_adopted_close);                                                   \
        return handle;                                                                                       \
    }

#endif
