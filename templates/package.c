#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <libdeflate.h>
#include <zip.h>
#define ZLIB_CONST
#include <zlib.h>
#include "life.h"
#include "package.h"

#define LEVEL       3           /* of deflate: the bytes of a package depend on it */
#define DOS_DAY     0x21        /* 1980-01-01, the first day a ZIP file can name */
#define MADE_BY     0x033F      /* on Unix, by version 6.3 of the format */
#define FILE_RIGHTS 0x81B60000u /* a plain file, rw-rw-rw- */
#define ENTRIES_MAX 4096        /* when writing; reading has its own limits */
#define PART_MAX    ((size_t)1 << 30)
#define FILE_MAX    (((size_t)1 << 32) - 1) /* of a ZIP file without ZIP64 */

static void discard_archive(zip_t **za)
{
    if (*za)
        zip_discard(*za);
}
#define scoped_archive __attribute__((cleanup(discard_archive))) zip_t

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

const struct fault *package_put(struct package *p, const char *name, const void *data, size_t size,
                                enum package_method method)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->entries[i].name, name) == 0) {
            p->entries[i].data = size ? data : (const void *)"";
            p->entries[i].size = size;
            p->entries[i].method = method;
            p->entries[i].packed = NULL;
            return NULL;
        }
    return package_add(p, name, data, size, method);
}

const struct package_entry *package_find(const struct package *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->entries[i].name, name) == 0)
            return &p->entries[i];
    return NULL;
}

/* ---- Packing ----
 * One stream of zlib and what it made of parts that are the same in every letter stay for the life of the
 * process: a stream of its own for each entry costs more than the packing. */

enum { KEPT_MAX = 64, KEPT_BYTES = 64 << 10 };
static struct kept {
    uint8_t *data, *packed;
    size_t size, packed_size;
} kept[KEPT_MAX];
static size_t kept_count;

static z_stream *deflater(void)
{
    static z_stream stream;
    static bool ready;
    ready = ready ? deflateReset(&stream) == Z_OK
                  : deflateInit2(&stream, LEVEL, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    return ready ? &stream : NULL;
}

static const struct fault *deflate_entry(struct package_entry *e, TALLOC_CTX *life)
{
    z_stream *z = deflater();
    TRY_MEMORY(z);
    size_t room = deflateBound(z, e->size);
    uint8_t *packed = talloc_array(life, uint8_t, room);
    TRY_MEMORY(packed);
    z->next_in = e->data;
    z->avail_in = (uInt)e->size;
    z->next_out = packed;
    z->avail_out = (uInt)room;
    if (deflate(z, Z_FINISH) != Z_STREAM_END)
        return fault_new(life, FAULT_BROKEN, "PACKAGE_WRITE", "cannot deflate %s", e->name);
    e->packed = packed;
    e->packed_size = z->total_out;
    return NULL;
}

static bool find_kept(struct package_entry *e)
{
    for (size_t i = 0; i < kept_count; i++)
        if (kept[i].size == e->size && memcmp(kept[i].data, e->data, e->size) == 0) {
            e->packed = kept[i].packed;
            e->packed_size = kept[i].packed_size;
            return true;
        }
    return false;
}

/* Without room or memory it is packed again the next time. */
static void keep(const struct package_entry *e)
{
    if (kept_count == KEPT_MAX || e->size > KEPT_BYTES)
        return;
    struct kept k = {.size = e->size, .packed_size = e->packed_size};
    k.data = talloc_memdup(NULL, e->data, e->size);
    k.packed = k.data ? talloc_memdup(k.data, e->packed, e->packed_size) : NULL;
    if (k.packed)
        kept[kept_count++] = k;
    else
        talloc_free(k.data);
}

/* The bytes of the entry as they stand in the file: those it was read with, or made now. */
static const struct fault *pack(struct package_entry *e, TALLOC_CTX *life)
{
    if (e->packed)
        return NULL;
    if (e->method == PACKAGE_STORED || e->size == 0) {
        e->packed = e->data;
        e->packed_size = e->size;
        return NULL;
    }
    if (e->method == PACKAGE_CONSTANT && find_kept(e))
        return NULL;
    TRY(deflate_entry(e, life));
    if (e->method == PACKAGE_CONSTANT)
        keep(e);
    return NULL;
}

/* ---- Parts that follow from a key ---- */

enum { MADE_MAX = 32 };
static struct made {
    const char *name;
    void *key, *data;
    size_t key_size, size;
} made[MADE_MAX];
static size_t made_count;

bool package_again(struct package *p, const char *name, const void *key, size_t key_size)
{
    for (size_t i = 0; i < made_count; i++)
        if (strcmp(made[i].name, name) == 0 && made[i].key_size == key_size &&
            memcmp(made[i].key, key, key_size) == 0)
            return !package_add(p, name, made[i].data, made[i].size, PACKAGE_CONSTANT);
    return false;
}

const struct fault *package_keep(struct package *p, const char *name, const void *key, size_t key_size,
                                 const void *data, size_t size)
{
    struct made m = {.name = name, .key_size = key_size, .size = size};
    if (made_count < MADE_MAX && size <= KEPT_BYTES) {
        m.key = talloc_memdup(NULL, key, key_size);
        m.data = m.key ? talloc_memdup(m.key, data, size) : NULL;
        if (m.data)
            made[made_count++] = m;
        else
            talloc_free(m.key);
    }
    return package_add(p, name, data, size, PACKAGE_CONSTANT);
}

/* ---- Writing (APPNOTE 6.3.3: the three records of a ZIP file) ---- */

enum { LOCAL_SIZE = 30, CENTRAL_SIZE = 46, END_SIZE = 22 };

/* `n` bytes of `v`, the lowest first; where the next ones go. */
static uint8_t *put(uint8_t *at, int n, size_t v)
{
    for (; n > 0; n--, v >>= 8)
        *at++ = (uint8_t)v;
    return at;
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t n)
{
    memcpy(at, bytes, n);
    return at + n;
}

/* What both records of an entry say of it, from "version needed" to the length of the extra field. */
static uint8_t *put_common(uint8_t *at, const struct package_entry *e)
{
    bool deflated = e->method != PACKAGE_STORED && e->size > 0;
    at = put(at, 2, deflated ? 20 : 10);
    at = put(at, 2, 0); /* flags */
    at = put(at, 2, deflated ? Z_DEFLATED : 0);
    at = put(at, 2, 0); /* midnight */
    at = put(at, 2, DOS_DAY);
    at = put(at, 4, libdeflate_crc32(0, e->data, e->size));
    at = put(at, 4, e->packed_size);
    at = put(at, 4, e->size);
    at = put(at, 2, strlen(e->name));
    return put(at, 2, 0);
}

static uint8_t *put_local(uint8_t *at, const struct package_entry *e)
{
    at = put_common(put_bytes(at, "PK\3\4", 4), e);
    at = put_bytes(at, e->name, strlen(e->name));
    return put_bytes(at, e->packed, e->packed_size);
}

/* `local` is what put_local wrote of the same entry, `offset` where. */
static uint8_t *put_central(uint8_t *at, const uint8_t *local, size_t offset)
{
    size_t name = local[26] | (size_t)local[27] << 8;
    at = put(put_bytes(at, "PK\1\2", 4), 2, MADE_BY);
    at = put_bytes(at, local + 4, LOCAL_SIZE - 4);
    at = put(at, 6, 0); /* comment, disk, text or not */
    at = put(at, 4, FILE_RIGHTS);
    at = put(at, 4, offset);
    return put_bytes(at, local + LOCAL_SIZE, name);
}

static uint8_t *put_end(uint8_t *at, size_t count, size_t central, size_t central_size)
{
    at = put(put_bytes(at, "PK\5\6", 4), 4, 0); /* disks */
    at = put(put(at, 2, count), 2, count);
    at = put(put(at, 4, central_size), 4, central);
    return put(at, 2, 0); /* comment */
}

static const struct fault *write_all(const struct package *p, size_t whole, TALLOC_CTX *result,
                                     const uint8_t **bytes, size_t *length)
{
    uint8_t *file = talloc_array(result, uint8_t, whole), *at = file;
    TRY_MEMORY(file);
    for (size_t i = 0; i < p->count; i++)
        at = put_local(at, &p->entries[i]);
    const uint8_t *central = at, *local = file;
    for (size_t i = 0; i < p->count; i++) {
        at = put_central(at, local, (size_t)(local - file));
        local += LOCAL_SIZE + strlen(p->entries[i].name) + p->entries[i].packed_size;
    }
    at = put_end(at, p->count, (size_t)(central - file), (size_t)(at - central));
    assert(at == file + whole);
    *bytes = file;
    *length = whole;
    return NULL;
}

const struct fault *package_write(struct package *p, TALLOC_CTX *result, const uint8_t **bytes,
                                  size_t *length)
{
    assert(p->count > 0); /* none of ours is empty */
    size_t whole = END_SIZE;
    for (size_t i = 0; i < p->count; i++) {
        struct package_entry *e = &p->entries[i];
        if (e->size > PART_MAX)
            return fault_new(result, FAULT_BROKEN, "PACKAGE_WRITE", "%s is too large for a package", e->name);
        TRY(pack(e, p));
        whole += LOCAL_SIZE + CENTRAL_SIZE + 2 * strlen(e->name) + e->packed_size;
        if (whole > FILE_MAX)
            return fault_new(result, FAULT_BROKEN, "PACKAGE_WRITE", "the package is too large");
    }
    return write_all(p, whole, result, bytes, length);
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

/* The same of a sound file, straight from its bytes: a stream that ends elsewhere than its entry is refused
 * too. */
static const struct fault *unpack(const uint8_t *central, const uint8_t *packed, size_t size,
                                  TALLOC_CTX *result, const uint8_t **out)
{
    static struct libdeflate_decompressor *inflater;
    if (!inflater)
        inflater = libdeflate_alloc_decompressor();
    uint8_t *data = inflater ? talloc_array(result, uint8_t, size + 1) : NULL;
    TRY_MEMORY(data);
    size_t packed_size = little(central + 20, 4), taken = packed_size, given = size;
    bool right = true;
    if (little(central + 10, 2) == ZIP_CM_DEFLATE)
        right = libdeflate_deflate_decompress_ex(inflater, packed, packed_size, data, size, &taken, &given) ==
                LIBDEFLATE_SUCCESS;
    else if (packed_size == size && size > 0)
        memcpy(data, packed, size);
    if (!right || taken != packed_size || given != size ||
        (little(central + 10, 2) == ZIP_CM_STORE && packed_size != size) ||
        libdeflate_crc32(0, data, size) != little(central + 16, 4))
        return broken(result, "an entry has another length or checksum than declared");
    data[size] = 0;
    *out = data;
    return NULL;
}

static const struct fault *described(zip_t *za, zip_uint64_t index, struct package *p, zip_stat_t *stat)
{
    zip_stat_init(stat);
    const zip_uint64_t needed =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(za, index, ZIP_FL_ENC_RAW, stat) != 0 || (stat->valid & needed) != needed)
        return broken(p, "an entry cannot be described");
    if (stat->encryption_method != ZIP_EM_NONE)
        return broken(p, "an entry is encrypted");
    if (stat->comp_method != ZIP_CM_STORE && stat->comp_method != ZIP_CM_DEFLATE)
        return broken(p, "an entry has an unknown compression method");
    return NULL;
}

/* `central` is the entry's record in a copy of the file that lives as long as `p`, or NULL in a file that is
 * not sound. With it the entry keeps its packed bytes: what stays the same is written again as it was,
 * whatever zlib would make of it one day. */
static const struct fault *read_entry(zip_t *za, zip_uint64_t index, const struct package_limits *limits,
                                      size_t *total, struct package *p, const uint8_t *file,
                                      const uint8_t *central)
{
    zip_stat_t stat;
    TRY(described(za, index, p, &stat));
    if (stat.size > limits->entry_bytes || stat.size > limits->total_bytes - *total)
        return too_large(p, "an entry that is too large");
    *total += stat.size;
    const uint8_t *local = central ? file + little(central + 42, 4) : NULL;
    const uint8_t *packed = local ? local + LOCAL_SIZE + little(local + 26, 2) + little(local + 28, 2) : NULL;
    const uint8_t *data;
    TRY(packed ? unpack(central, packed, stat.size, p, &data) : inflate_entry(za, &stat, p, &data));
    TRY(package_add(p, stat.name, data, stat.size,
                    stat.comp_method == ZIP_CM_STORE ? PACKAGE_STORED : PACKAGE_DEFLATED));
    if (packed && stat.size > 0) {
        p->entries[p->count - 1].packed = packed;
        p->entries[p->count - 1].packed_size = little(central + 20, 4);
    }
    return NULL;
}

static const struct fault *read_all(zip_t *za, const struct package_limits *limits, struct package *p,
                                    const uint8_t *file, size_t length)
{
    zip_int64_t count = zip_get_num_entries(za, 0);
    if (count < 1)
        return broken(p, "it is empty");
    if ((zip_uint64_t)count > limits->entries)
        return too_large(p, "too many entries");
    p->unsound = why_unsound(file, length);
    const uint8_t *central = p->unsound ? NULL : file + little(file + length - END_SIZE + 16, 4);
    size_t total = 0;
    for (zip_int64_t i = 0; i < count; i++) {
        TRY(read_entry(za, (zip_uint64_t)i, limits, &total, p, file, central));
        if (central)
            central += CENTRAL_SIZE + little(central + 28, 2) + little(central + 30, 2);
    }
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
    const uint8_t *file = talloc_memdup(p, bytes, length);
    const struct fault *f = file ? read_all(za, limits, p, file, length) : fault_memory();
    if (f) {
        f = fault_keep(result, f);
        talloc_free(p);
        return f;
    }
    *out = p;
    return NULL;
}
