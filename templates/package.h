/* package.h - ZIP packages (ODF, OPC) in memory: written the same every time, read with suspicion.
 *
 * Writing: entries in the order given, fixed times (1980-01-01), no directory entries, no extra fields, fixed
 * compression level: the same entries give the same bytes. Reading: one walk through the directory and the
 * entries at once, which refuses whatever another reader could take otherwise (see package_read), and libzip
 * must list the same; sizes are judged before inflating, duplicate and unsafe names refused. No file is
 * opened, no time is read. Not for use from several threads at once: zlib's state and packed constant parts
 * are kept for the process. */
#ifndef MINGDA_PACKAGE_H
#define MINGDA_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "fault.h"

/* PACKAGE_CONSTANT is deflated too: a part that many packages have, whose packed bytes are remembered. */
enum package_method { PACKAGE_STORED, PACKAGE_DEFLATED, PACKAGE_CONSTANT };

struct package_entry {
    const char *name;    /* "word/document.xml": no leading slash, no "..", no backslash, not a directory */
    const uint8_t *data; /* size bytes and, when read by us, a zero byte after them; never NULL */
    size_t size;
    enum package_method method;
    const uint8_t *packed; /* as it stands in the file, once it is known; else NULL */
    size_t packed_size;
};

/* Entries in the order of the file. A package that was read keeps its bytes; one that is being made borrows
 * them. */
struct package {
    struct package_entry *entries;
    size_t count;
};

struct package_limits {
    size_t entries;     /* number of entries */
    size_t entry_bytes; /* of one entry, inflated */
    size_t total_bytes; /* of all entries, inflated */
};
#define PACKAGE_LIMITS                                                                                       \
    ((struct package_limits){.entries = 256, .entry_bytes = 32u << 20, .total_bytes = 64u << 20})

/* An empty package on `life`; NULL without memory. */
struct package *package_new(TALLOC_CTX *life);

/* Appends an entry. The name is copied, `data` is borrowed until the package is last written. Faults:
 * PACKAGE_NAME (unsafe or already there, also when only the case of ASCII letters differs). */
const struct fault *package_add(struct package *p, const char *name, const void *data, size_t size,
                                enum package_method method);

/* A part that takes time to write and follows from a few bytes, the key: package_again appends what was kept
 * of the same name and key and says that it did; package_keep appends it and keeps it for the process where
 * there is room. `name` is static; the key is copied, the data too. */
bool package_again(struct package *p, const char *name, const void *key, size_t key_size);
const struct fault *package_keep(struct package *p, const char *name, const void *key, size_t key_size,
                                 const void *data, size_t size);

/* Replaces an entry in its place, or appends it. Same loans and faults. */
const struct fault *package_put(struct package *p, const char *name, const void *data, size_t size,
                                enum package_method method);

/* The entry with exactly this name, or NULL. */
const struct package_entry *package_find(const struct package *p, const char *name);

/* The ZIP file on `result`. For ODF add "mimetype" first and PACKAGE_STORED. A package that was read and is
 * written unchanged gives the bytes it had when it was we who wrote it. Faults: PACKAGE_WRITE (a part over
 * 1 GiB, a file over 4). */
const struct fault *package_write(struct package *p, TALLOC_CTX *result, const uint8_t **bytes,
                                  size_t *length);

/* Reads a ZIP file. `bytes` are not needed afterwards: the entries are copied to `result`. Faults
 * (FAULT_INPUT):
 * PACKAGE_UNSOUND  two programs could see two letters in it. What is read consists of entries, directory and
 *                  end record, in this order, from the first byte to the last: no gap, no overlap, nothing
 * said in two ways (names, methods, times, lengths and checksums of local headers and directory), no ZIP64,
 * no other disks, no comments, no encryption, no folders or links, no extra fields but Word's padding;
 * PACKAGE_BROKEN   not a ZIP file, cut short, empty, a stream that does not give the bytes declared, a wrong
 * CRC; PACKAGE_NAME     duplicate or unsafe, as in package_add; PACKAGE_TOO_LARGE  a limit, judged by
 * declared sizes before inflating: nothing inflates beyond them. */
const struct fault *package_read(TALLOC_CTX *result, const void *bytes, size_t length,
                                 const struct package_limits *limits, struct package **out);

#endif
