#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <zip.h>
#include "life.h"
#include "package.h"

#define LEVEL       6    /* of deflate: the bytes of a package depend on it */
#define DOS_DAY     0x21 /* 1980-01-01, the first day a ZIP file can name */
#define ENTRIES_MAX 4096 /* when writing; reading has its own limits */

static void discard_archive(zip_t **za)
{
    if (*za)
        zip_discard(*za);
}
#define scoped_archive __attribute__((cleanup(discard_archive))) zip_t

static void release_source(zip_source_t **source)
{
    if (*source)
        zip_source_free(*source);
}
#define scoped_source __attribute__((cleanup(release_source))) zip_source_t

static void close_file(zip_file_t **file)
{
    if (*file)
        zip_fclose(*file);
}
#define scoped_entry __attribute__((cleanup(close_file))) zip_file_t

/* ---- Entries ---- */

/* A name that no unpacker can take out of its folder, in ASCII as all names of ours are. */
static bool name_is_safe(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n > 200 || name[0] == '/' || name[n - 1] == '/')
        return false;
    for (const char *c = name; *c; c++)
        if (*c <= ' ' || *c > '~' || strchr("\\:*?\"<>|", *c))
            return false;
    for (const char *part = name; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL) {
        size_t length = strcspn(part, "/");
        if (length == 0 || (length == 1 && part[0] == '.') || (length == 2 && memcmp(part, "..", 2) == 0))
            return false;
    }
    return true;
}

static const struct package_entry *same_name(const struct package *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcasecmp(p->entries[i].name, name) == 0)
            return &p->entries[i];
    return NULL;
}

struct package *package_new(TALLOC_CTX *life)
{
    return talloc_zero(life, struct package);
}

const struct fault *package_add(struct package *p, const char *name, const void *data, size_t size,
                                enum package_method method)
{
    if (!name_is_safe(name) || same_name(p, name) || p->count >= ENTRIES_MAX)
        return fault_new(p, FAULT_INPUT, "PACKAGE_NAME", "unsafe or repeated name of an entry: %.200s", name);
    struct package_entry *grown = talloc_realloc(p, p->entries, struct package_entry, p->count + 1);
    TRY_MEMORY(grown);
    p->entries = grown;
    const char *copy = talloc_strdup(p, name);
    TRY_MEMORY(copy);
    p->entries[p->count++] = (struct package_entry){
        .name = copy, .data = size ? data : (const void *)"", .size = size, .method = method};
    return NULL;
}

const struct fault *package_put(struct package *p, const char *name, const void *data, size_t size)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->entries[i].name, name) == 0) {
            p->entries[i].data = size ? data : (const void *)"";
            p->entries[i].size = size;
            return NULL;
        }
    return package_add(p, name, data, size, PACKAGE_DEFLATED);
}

const struct package_entry *package_find(const struct package *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->entries[i].name, name) == 0)
            return &p->entries[i];
    return NULL;
}

/* ---- Writing ---- */

static const struct fault *write_failed(TALLOC_CTX *life, const char *why)
{
    return fault_new(life, FAULT_BROKEN, "PACKAGE_WRITE", "cannot write the package: %s", why);
}

static const struct fault *write_entry(zip_t *za, const struct package_entry *e, TALLOC_CTX *result)
{
    zip_source_t *content = zip_source_buffer(za, e->data, e->size, 0);
    if (!content)
        return write_failed(result, zip_strerror(za));
    zip_int64_t index = zip_file_add(za, e->name, content, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(content);
        return write_failed(result, zip_strerror(za));
    }
    bool deflate = e->method == PACKAGE_DEFLATED && e->size > 0;
    if (zip_set_file_compression(za, (zip_uint64_t)index, deflate ? ZIP_CM_DEFLATE : ZIP_CM_STORE,
                                 deflate ? LEVEL : 0) != 0 ||
        zip_file_set_dostime(za, (zip_uint64_t)index, 0, DOS_DAY, 0) != 0)
        return write_failed(result, zip_strerror(za));
    return NULL;
}

/* The bytes that libzip left in its memory. */
static const struct fault *take_bytes(zip_source_t *memory, TALLOC_CTX *result, const uint8_t **bytes,
                                      size_t *length)
{
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_source_stat(memory, &stat) != 0 || !(stat.valid & ZIP_STAT_SIZE) || zip_source_open(memory) != 0)
        return write_failed(result, zip_error_strerror(zip_source_error(memory)));
    uint8_t *copy = talloc_array(result, uint8_t, stat.size);
    zip_int64_t got = copy ? zip_source_read(memory, copy, stat.size) : 0;
    zip_source_close(memory);
    TRY_MEMORY(copy);
    if (got < 0 || (zip_uint64_t)got != stat.size)
        return write_failed(result, "short read");
    *bytes = copy;
    *length = stat.size;
    return NULL;
}

const struct fault *package_write(const struct package *p, TALLOC_CTX *result, const uint8_t **bytes,
                                  size_t *length)
{
    assert(p->count > 0); /* libzip cannot write an empty file, and none of ours is */
    zip_error_t error;
    zip_error_init(&error);
    scoped_source *memory = zip_source_buffer_create(NULL, 0, 0, &error);
    if (!memory)
        return write_failed(result, zip_error_strerror(&error));
    scoped_archive *za = zip_open_from_source(memory, ZIP_CREATE | ZIP_TRUNCATE, &error);
    if (!za)
        return write_failed(result, zip_error_strerror(&error));
    zip_source_keep(memory); /* the archive owns one reference, we the other */
    for (size_t i = 0; i < p->count; i++)
        TRY(write_entry(za, &p->entries[i], result));
    if (zip_close(za) != 0)
        return write_failed(result, zip_strerror(za));
    za = NULL;
    return take_bytes(memory, result, bytes, length);
}

/* ---- Is the file sound? libzip does not tell what lies between entries, so we walk the records ourselves.
 * ---- */

static uint32_t little(const uint8_t *p, int n)
{
    uint32_t v = 0;
    for (int i = n - 1; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

enum { LOCAL_SIZE = 30, CENTRAL_SIZE = 46, END_SIZE = 22 };

/* Where the local entry that begins at `at` ends, or 0 when it and its central record disagree. */
static size_t local_end(const uint8_t *b, size_t limit, size_t at, const uint8_t *central)
{
    if (at > limit || limit - at < LOCAL_SIZE || memcmp(b + at, "PK\3\4", 4) != 0)
        return 0;
    const uint8_t *local = b + at;
    uint32_t flags = little(local + 6, 2), packed = little(central + 20, 4);
    size_t name = little(local + 26, 2), extra = little(local + 28, 2);
    /* version, flags, method, time; then CRC and sizes unless they follow the data */
    if (memcmp(local + 6, central + 8, 8) != 0 || name != little(central + 28, 2))
        return 0;
    if (!(flags & 8) && memcmp(local + 14, central + 16, 12) != 0)
        return 0;
    uint64_t end = (uint64_t)at + LOCAL_SIZE + name + extra + packed;
    if (end > limit || memcmp(local + LOCAL_SIZE, central + CENTRAL_SIZE, name) != 0)
        return 0;
    if (flags & 8) {
        end += end + 4 <= limit && memcmp(b + end, "PK\7\10", 4) == 0 ? 16 : 12;
        if (end > limit || memcmp(b + end - 12, central + 16, 12) != 0)
            return 0;
    }
    return end;
}

static const char *why_unsound(const uint8_t *b, size_t length)
{
    if (length < END_SIZE || memcmp(b + length - END_SIZE, "PK\5\6", 4) != 0)
        return "the file does not end with its end record";
    const uint8_t *end = b + length - END_SIZE;
    uint32_t count = little(end + 10, 2), size = little(end + 12, 4), start = little(end + 16, 4);
    if (little(end + 4, 4) != 0 || little(end + 8, 2) != count || little(end + 20, 2) != 0)
        return "the end record names other disks or a comment";
    if ((uint64_t)start + size != length - END_SIZE)
        return "there are bytes around the central directory";
    size_t at = start, local = 0, stop = length - END_SIZE;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *c = b + at;
        if (stop - at < CENTRAL_SIZE || memcmp(c, "PK\1\2", 4) != 0)
            return "the central directory is damaged";
        size_t whole = CENTRAL_SIZE + little(c + 28, 2) + little(c + 30, 2) + little(c + 32, 2);
        if (stop - at < whole || little(c + 32, 2) != 0)
            return "the central directory is damaged or has comments";
        if (little(c + 42, 4) != local)
            return "there are bytes before or between the entries";
        local = local_end(b, start, local, c);
        if (local == 0)
            return "an entry and its record in the central directory disagree";
        at += whole;
    }
    if (at != stop || local != start)
        return "there are bytes after the last entry";
    return NULL;
}

/* ---- Reading ---- */

static const struct fault *broken(TALLOC_CTX *life, const char *why)
{
    return fault_new(life, FAULT_INPUT, "PACKAGE_BROKEN", "not a sound package: %s", why);
}

static const struct fault *too_large(TALLOC_CTX *life, const char *what)
{
    return fault_new(life, FAULT_INPUT, "PACKAGE_TOO_LARGE", "the package has %s", what);
}

/* Inflates exactly stat->size bytes; the read past the end makes libzip compare the CRC. */
static const struct fault *inflate_entry(zip_t *za, const zip_stat_t *stat, TALLOC_CTX *result,
                                         const uint8_t **out)
{
    uint8_t *data = talloc_array(result, uint8_t, stat->size + 1);
    TRY_MEMORY(data);
    scoped_entry *file = zip_fopen_index(za, stat->index, 0);
    if (!file)
        return broken(result, zip_strerror(za));
    zip_uint64_t have = 0;
    zip_int64_t got;
    while (have <= stat->size && (got = zip_fread(file, data + have, stat->size + 1 - have)) > 0)
        have += (zip_uint64_t)got;
    if (have > stat->size || got < 0 || have != stat->size)
        return broken(result, "an entry has another length or checksum than declared");
    data[stat->size] = 0;
    *out = data;
    return NULL;
}

static const struct fault *read_entry(zip_t *za, zip_uint64_t index, const struct package_limits *limits,
                                      size_t *total, struct package *p)
{
    zip_stat_t stat;
    zip_stat_init(&stat);
    const zip_uint64_t needed =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(za, index, ZIP_FL_ENC_RAW, &stat) != 0 || (stat.valid & needed) != needed)
        return broken(p, "an entry cannot be described");
    if (stat.encryption_method != ZIP_EM_NONE)
        return broken(p, "an entry is encrypted");
    if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
        return broken(p, "an entry has an unknown compression method");
    if (stat.size > limits->entry_bytes || stat.size > limits->total_bytes - *total)
        return too_large(p, "an entry that is too large");
    *total += stat.size;
    const uint8_t *data;
    TRY(inflate_entry(za, &stat, p, &data));
    return package_add(p, stat.name, data, stat.size,
                       stat.comp_method == ZIP_CM_STORE ? PACKAGE_STORED : PACKAGE_DEFLATED);
}

static const struct fault *read_all(zip_t *za, const struct package_limits *limits, struct package *p)
{
    zip_int64_t count = zip_get_num_entries(za, 0);
    if (count < 1)
        return broken(p, "it is empty");
    if ((zip_uint64_t)count > limits->entries)
        return too_large(p, "too many entries");
    size_t total = 0;
    for (zip_int64_t i = 0; i < count; i++)
        TRY(read_entry(za, (zip_uint64_t)i, limits, &total, p));
    return NULL;
}

const struct fault *package_read(TALLOC_CTX *result, const void *bytes, size_t length,
                                 const struct package_limits *limits, struct package **out)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes, length, 0, &error);
    if (!source)
        return broken(result, zip_error_strerror(&error));
    scoped_archive *za = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    if (!za) {
        zip_source_free(source);
        const struct fault *f = broken(result, zip_error_strerror(&error));
        zip_error_fini(&error);
        return f;
    }
    struct package *p = package_new(result);
    TRY_MEMORY(p);
    const struct fault *f = read_all(za, limits, p);
    if (f) {
        f = fault_keep(result, f);
        talloc_free(p);
        return f;
    }
    p->unsound = why_unsound(bytes, length);
    *out = p;
    return NULL;
}
