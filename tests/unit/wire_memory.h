/* wire_memory.h - an exchange without FastCGI: CGI variables from a list, the body from memory, the reply
 * into memory. */
#ifndef WIRE_MEMORY_H
#define WIRE_MEMORY_H
#include <stdlib.h>
#include "cmocka_all.h"
#include "configuration.h"
#include "exchange.h"
#include "house.h"
#include "share.h"
#include "text.h"

struct memory_wire {
    const char *const *variables; /* name, value, …, NULL */
    const char *body;
    size_t length, read, cut; /* cut: the visitor goes away after so many bytes, 0: never */
    char sent[65536];
    size_t sent_length;
};

static inline const char *memory_variable(void *arg, const char *name)
{
    const struct memory_wire *w = arg;
    for (const char *const *v = w->variables; v[0]; v += 2)
        if (strcmp(v[0], name) == 0)
            return v[1];
    return NULL;
}

static inline ptrdiff_t memory_read(void *arg, void *into, size_t room)
{
    struct memory_wire *w = arg;
    size_t end = w->cut ? w->cut : w->length, n = end - w->read;
    n = n > room ? room : n;
    n = n > 1000 ? 1000 : n; /* in pieces, as from a socket */
    memcpy(into, w->body + w->read, n);
    w->read += n;
    return (ptrdiff_t)n;
}

static inline bool memory_write(void *arg, const void *bytes, size_t length)
{
    struct memory_wire *w = arg;
    if (length >= sizeof w->sent - w->sent_length)
        return false;
    memcpy(w->sent + w->sent_length, bytes, length);
    w->sent_length += length;
    w->sent[w->sent_length] = 0;
    return true;
}

static inline struct wire wire_of(struct memory_wire *w)
{
    return (struct wire){w, memory_variable, memory_read, memory_write};
}

/* A house with settings at their defaults and a key of zeros. */
static inline struct house *house_of(TALLOC_CTX *life)
{
    struct house *house = talloc_zero(life, struct house);
    assert_non_null(house);
    must(settings_load(house, CONFIGURATION, CONFIGURATION_COUNT, NULL, &house->settings));
    return house;
}

/* Every file of a folder of tests/corpora: name and bytes. */
static inline size_t each_file(const char *folder, const char *suffix,
                               void (*each)(const char *folder, const char *name, const char *bytes,
                                            size_t length))
{
    SCOPED_LIFE(life);
    const char **names;
    size_t count;
    const char *relative = talloc_asprintf(life, "tests/corpora/%s", folder);
    setenv("MINGDA_SHARE", MINGDA_SOURCE, 1);
    must(share_list(life, relative, suffix, &names, &count));
    for (size_t i = 0; i < count; i++) {
        char *bytes;
        size_t length;
        must(share_read(life, talloc_asprintf(life, "%s/%s", relative, names[i]), 1 << 20, &bytes, &length));
        each(folder, names[i], bytes, length);
    }
    return count;
}
#endif
