/* zip_raw.h - a ZIP writer for tests that writes whatever it is told: two entries of one name, bytes between
 * entries, a directory that disagrees. Entries are stored. */
#ifndef MINGDA_ZIP_RAW_H
#define MINGDA_ZIP_RAW_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <talloc.h>
#include "package.h"
#include "seal.h"

enum { RAW_ENTRIES = 40 };

struct raw_entry {
    const char *name;
    const uint8_t *data;
    size_t size;
};

struct raw_zip {
    struct raw_entry entries[RAW_ENTRIES];
    size_t count;
    size_t before, between, after; /* so many stray bytes */
};

static inline uint32_t raw_crc(const uint8_t *data, size_t size)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

struct raw_out {
    uint8_t *bytes;
    size_t length;
};

static inline void raw_number(struct raw_out *out, uint64_t value, int size)
{
    for (int i = 0; i < size; i++)
        out->bytes[out->length++] = i < 8 ? (uint8_t)(value >> 8 * i) : 0;
}

static inline void raw_bytes(struct raw_out *out, const void *data, size_t size)
{
    if (size)
        memcpy(out->bytes + out->length, data, size);
    out->length += size;
}

static inline void raw_stray(struct raw_out *out, size_t size)
{
    memset(out->bytes + out->length, 'x', size);
    out->length += size;
}

/* From the version needed through the length of the extra field: the same in both headers. */
static inline void raw_common(struct raw_out *out, const struct raw_entry *e, size_t extra)
{
    raw_number(out, 20, 2);
    raw_number(out, 0, 4);        /* flags, method: stored */
    raw_number(out, 0x210000, 4); /* 1980-01-01 00:00 */
    raw_number(out, raw_crc(e->data, e->size), 4);
    raw_number(out, e->size, 4);
    raw_number(out, e->size, 4);
    raw_number(out, strlen(e->name), 2);
    raw_number(out, extra, 2);
}

/* A local header with its data, a record of the directory, an end record. */
static inline void raw_local(struct raw_out *out, const struct raw_entry *e, const void *extra, size_t size)
{
    raw_bytes(out, "PK\3\4", 4);
    raw_common(out, e, size);
    raw_bytes(out, e->name, strlen(e->name));
    raw_bytes(out, extra, size);
    raw_bytes(out, e->data, e->size);
}

static inline void raw_central(struct raw_out *out, const struct raw_entry *e, size_t at, const void *extra,
                               size_t size)
{
    raw_bytes(out, "PK\1\2", 4);
    raw_number(out, 20, 2);
    raw_common(out, e, size);
    raw_number(out, 0, 10); /* comment, disk, attributes */
    raw_number(out, at, 4);
    raw_bytes(out, e->name, strlen(e->name));
    raw_bytes(out, extra, size);
}

static inline void raw_end(struct raw_out *out, size_t count, size_t size, size_t start, size_t comment)
{
    raw_bytes(out, "PK\5\6\0\0\0\0", 8);
    raw_number(out, count, 2);
    raw_number(out, count, 2);
    raw_number(out, size, 4);
    raw_number(out, start, 4);
    raw_number(out, comment, 2);
}

static inline struct seal_file raw_write(TALLOC_CTX *life, const struct raw_zip *zip)
{
    size_t room = 100 + zip->before + zip->between + zip->after;
    for (size_t i = 0; i < zip->count; i++)
        room += zip->entries[i].size + 2 * strlen(zip->entries[i].name) + 100;
    struct raw_out out = {talloc_array(life, uint8_t, room), 0};
    size_t at[RAW_ENTRIES];
    raw_stray(&out, zip->before);
    for (size_t i = 0; i < zip->count; i++) {
        at[i] = out.length;
        raw_local(&out, &zip->entries[i], "", 0);
        if (i == 0)
            raw_stray(&out, zip->between);
    }
    size_t start = out.length;
    for (size_t i = 0; i < zip->count; i++)
        raw_central(&out, &zip->entries[i], at[i], "", 0);
    raw_end(&out, zip->count, out.length - start, start, 0);
    raw_stray(&out, zip->after);
    return (struct seal_file){out.bytes, out.length};
}

/* All entries of a sound package, ready to be spoilt. */
static inline struct raw_zip raw_read(TALLOC_CTX *life, struct seal_file file)
{
    struct package *p = NULL;
    struct raw_zip zip = {.count = 0};
    must(package_read(life, file.data, file.length, &PACKAGE_LIMITS, &p));
    for (size_t i = 0; i < p->count; i++)
        zip.entries[zip.count++] =
            (struct raw_entry){p->entries[i].name, p->entries[i].data, p->entries[i].size};
    return zip;
}

static inline struct raw_entry *raw_find(struct raw_zip *zip, const char *name)
{
    for (size_t i = 0; i < zip->count; i++)
        if (strcmp(zip->entries[i].name, name) == 0)
            return &zip->entries[i];
    return NULL;
}

static inline void raw_insert(struct raw_zip *zip, size_t at, struct raw_entry entry)
{
    memmove(&zip->entries[at + 1], &zip->entries[at], (zip->count - at) * sizeof entry);
    zip->entries[at] = entry;
    zip->count++;
}

static inline void raw_remove(struct raw_zip *zip, size_t at)
{
    zip->count--;
    memmove(&zip->entries[at], &zip->entries[at + 1], (zip->count - at) * sizeof *zip->entries);
}

static inline struct raw_entry raw_text(const char *name, const char *text)
{
    return (struct raw_entry){name, (const uint8_t *)text, strlen(text)};
}

/* The first `from` in a part becomes `to`. */
static inline void raw_replace(TALLOC_CTX *life, struct raw_zip *zip, const char *part, const char *from,
                               const char *to)
{
    struct raw_entry *e = raw_find(zip, part);
    assert_non_null(e);
    const char *text = talloc_strndup(life, (const char *)e->data, e->size);
    const char *at = strstr(text, from);
    if (!at)
        print_error("%s has no %s\n", part, from);
    assert_non_null(at);
    const char *changed = talloc_asprintf(life, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    *e = raw_text(e->name, changed);
}
#endif
