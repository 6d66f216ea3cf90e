#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <libdeflate.h>
#define ZLIB_CONST
#include <zip.h>
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

/* ---- Reading ----
 * A ZIP file says everything in two or three places, and programs that look in different ones see different
 * letters in one file. So there is one walk, through the directory and the entries at once, and a file in
 * which another reader could find another entry, name, length or end is not read at all. Then libzip is
 * asked, as a second reader that must see the same. */

struct walk {
    const uint8_t *file;
    size_t directory, stop; /* from where to where the directory goes; its end record follows */
    size_t count;           /* of the entries still to come */
    size_t local, central;  /* where the next one begins, and its record */
};

enum {
    LOCATOR_SIZE = 20, /* of ZIP64: it leads to a directory elsewhere */
    FLAG_SIZES_FOLLOW = 0x0008,
    FLAGS_KNOWN = 0x0006 /* how hard it was packed */ | FLAG_SIZES_FOLLOW | 0x0800 /* UTF-8 */,
    DOS_NO_FILE = 0x18, /* a folder or the disk's label */
    PADDING = 0xA220    /* in local headers by Word, as room to grow: it says nothing */
};

static uint32_t little(const uint8_t *p, int n)
{
    uint32_t v = 0;
    for (int i = n - 1; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

/* Begins the walk, or says why not. The end record is the last thing in the file. */
static const char *find_directory(struct walk *w, size_t length)
{
    const uint8_t *end = w->file + length - END_SIZE;
    w->count = little(end + 10, 2);
    w->directory = w->central = little(end + 16, 4);
    w->stop = length - END_SIZE;
    if (little(end + 4, 4) != 0 || little(end + 8, 2) != w->count || little(end + 20, 2) != 0)
        return "the end record names other disks or a comment";
    if (w->stop >= LOCATOR_SIZE && memcmp(end - LOCATOR_SIZE, "PK\6\7", 4) == 0)
        return "there is a second end record, that of ZIP64";
    if ((uint64_t)w->directory + little(end + 12, 4) != w->stop)
        return "there are bytes around the central directory";
    return NULL;
}

/* A record of the directory that all readers understand alike: of a file that is neither encrypted nor a link
 * nor a folder, with no extra field that gives it another name or size. */
static bool is_plain(const uint8_t *central)
{
    uint32_t flags = little(central + 8, 2), method = little(central + 10, 2);
    uint32_t rights = little(central + 38, 4), kind = rights >> 28;
    if (flags & ~(uint32_t)FLAGS_KNOWN || rights & DOS_NO_FILE || (kind != 0 && kind != FILE_RIGHTS >> 28))
        return false;
    if (little(central + 30, 4) != 0 || little(central + 34, 2) != 0) /* extra field, comment; disk */
        return false;
    if (method == 0) /* where it ends must not be a matter of looking for a mark in its data */
        return !(flags & FLAG_SIZES_FOLLOW) && little(central + 20, 4) == little(central + 24, 4);
    return method == Z_DEFLATED;
}

/* The local header repeats the record; CRC and sizes may be left out where they follow the data. The name has
 * `name` bytes in the record, and as many are there. */
static bool headers_agree(const uint8_t *local, const uint8_t *central, size_t name)
{
    static const uint8_t LEFT_OUT[12];
    const uint8_t *extra = local + LOCAL_SIZE + name;
    size_t extra_size = little(local + 28, 2);
    if (memcmp(local + 6, central + 8, 8) != 0 || little(local + 26, 2) != name || /* flags, method, time */
        memcmp(local + LOCAL_SIZE, central + CENTRAL_SIZE, name) != 0)
        return false;
    if (memcmp(local + 14, central + 16, sizeof LEFT_OUT) != 0 &&
        (!(little(local + 6, 2) & FLAG_SIZES_FOLLOW) || memcmp(local + 14, LEFT_OUT, sizeof LEFT_OUT) != 0))
        return false;
    return extra_size == 0 ||
           (extra_size >= 4 && little(extra, 2) == PADDING && little(extra + 2, 2) == extra_size - 4);
}

/* Where the packed bytes of the entry begin and where the entry ends, which is where the next one does. */
static const char *find_entry(const struct walk *w, const uint8_t **packed, size_t *ends)
{
    const uint8_t *central = w->file + w->central, *local = w->file + w->local;
    size_t rest = w->stop - w->central, room = w->directory - w->local;
    if (rest < CENTRAL_SIZE || memcmp(central, "PK\1\2", 4) != 0 ||
        rest - CENTRAL_SIZE < little(central + 28, 2))
        return "the central directory is damaged";
    if (!is_plain(central))
        return "an entry is encrypted, no file, or described in a way that programs read differently";
    if (little(central + 42, 4) != w->local)
        return "there are bytes before or between the entries";
    size_t name = little(central + 28, 2), size = little(central + 20, 4);
    size_t trailer = little(central + 8, 2) & FLAG_SIZES_FOLLOW ? 16 : 0;
    if (room < LOCAL_SIZE + name || memcmp(local, "PK\3\4", 4) != 0 ||
        room < LOCAL_SIZE + name + little(local + 28, 2) + size + trailer)
        return "an entry is not where its record says, or not whole";
    const uint8_t *data = local + LOCAL_SIZE + name + little(local + 28, 2), *after = data + size;
    if (!headers_agree(local, central, name) ||
        (trailer && (memcmp(after, "PK\7\10", 4) != 0 || memcmp(after + 4, central + 16, 12) != 0)))
        return "an entry and its record in the central directory disagree";
    *packed = data;
    *ends = (size_t)(after + trailer - w->file);
    return NULL;
}

static const struct fault *broken(TALLOC_CTX *life, const char *why)
{
    return fault_new(life, FAULT_INPUT, "PACKAGE_BROKEN", "not a whole package: %s", why);
}

static const struct fault *unsound(TALLOC_CTX *life, const char *why)
{
    return fault_new(life, FAULT_INPUT, "PACKAGE_UNSOUND", "programs may read this package differently: %s",
                     why);
}

static const struct fault *too_large(TALLOC_CTX *life, const char *what)
{
    return fault_new(life, FAULT_INPUT, "PACKAGE_TOO_LARGE", "the package has %s", what);
}

/* Exactly the bytes that the record promises; a stream that ends before its entry does is refused too. */
static const struct fault *unpack(const uint8_t *central, const uint8_t *packed, TALLOC_CTX *result,
                                  const uint8_t **out)
{
    static struct libdeflate_decompressor *inflater;
    if (!inflater)
        inflater = libdeflate_alloc_decompressor();
    size_t packed_size = little(central + 20, 4), size = little(central + 24, 4);
    size_t taken = packed_size, given = size;
    uint8_t *data = inflater ? talloc_array(result, uint8_t, size + 1) : NULL;
    TRY_MEMORY(data);
    bool right = true;
    if (little(central + 10, 2) == Z_DEFLATED)
        right = libdeflate_deflate_decompress_ex(inflater, packed, packed_size, data, size, &taken, &given) ==
                LIBDEFLATE_SUCCESS;
    else
        memcpy(data, packed, size);
    if (!right || taken != packed_size || given != size ||
        libdeflate_crc32(0, data, size) != little(central + 16, 4))
        return broken(result, "an entry has another length or checksum than declared");
    data[size] = 0;
    *out = data;
    return NULL;
}

/* The file lives as long as `p`: an entry keeps its packed bytes, so that what stays the same is written
 * again as it was, whatever zlib would make of it one day. */
static const struct fault *read_entry(struct walk *w, const struct package_limits *limits, size_t *total,
                                      struct package *p)
{
    const uint8_t *central = w->file + w->central, *packed = NULL, *data = NULL;
    const char *why = find_entry(w, &packed, &w->local);
    if (why)
        return unsound(p, why);
    size_t name = little(central + 28, 2), size = little(central + 24, 4);
    w->central += CENTRAL_SIZE + name;
    w->count--;
    if (size > limits->entry_bytes || size > limits->total_bytes - *total)
        return too_large(p, "an entry that is too large");
    *total += size;
    if (memchr(central + CENTRAL_SIZE, 0, name))
        return fault_new(p, FAULT_INPUT, "PACKAGE_NAME", "unsafe name of an entry: it has a zero byte");
    const char *copy = talloc_strndup(p, (const char *)central + CENTRAL_SIZE, name);
    TRY_MEMORY(copy);
    TRY(unpack(central, packed, p, &data));
    TRY(package_add(p, copy, data, size, little(central + 10, 2) ? PACKAGE_DEFLATED : PACKAGE_STORED));
    if (size > 0) {
        p->entries[p->count - 1].packed = packed;
        p->entries[p->count - 1].packed_size = little(central + 20, 4);
    }
    return NULL;
}

static const struct fault *read_all(const uint8_t *file, size_t length, const struct package_limits *limits,
                                    struct package *p)
{
    struct walk w = {.file = file};
    const char *why = find_directory(&w, length);
    size_t total = 0;
    if (why)
        return unsound(p, why);
    if (w.count == 0)
        return broken(p, "it is empty");
    if (w.count > limits->entries)
        return too_large(p, "too many entries");
    while (w.count > 0)
        TRY(read_entry(&w, limits, &total, p));
    return w.local == w.directory && w.central == w.stop ? NULL
                                                         : unsound(p, "there are bytes after the last entry");
}

/* The second reader: what libzip lists must be what was read, entry by entry. */
static const char *libzip_differs(struct zip *za, const struct package *p)
{
    struct zip_stat said;
    if (zip_get_num_entries(za, 0) != (zip_int64_t)p->count)
        return "libzip finds another number of entries";
    for (size_t i = 0; i < p->count; i++) {
        const struct package_entry *e = &p->entries[i];
        const uint64_t ALL = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_CRC;
        if (zip_stat_index(za, i, ZIP_FL_ENC_RAW, &said) != 0 || (said.valid & ALL) != ALL ||
            strcmp(said.name, e->name) != 0 || said.size != e->size ||
            said.crc != libdeflate_crc32(0, e->data, e->size))
            return "libzip finds an entry of another name, length or checksum";
    }
    return NULL;
}

static const struct fault *ask_libzip(const uint8_t *file, size_t length, const struct package *p,
                                      TALLOC_CTX *life)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(file, length, 0, &error);
    struct zip *za = source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : NULL;
    const char *why = za ? libzip_differs(za, p) : zip_error_strerror(&error);
    const struct fault *f = why ? unsound(life, why) : NULL;
    if (za)
        zip_discard(za);
    else if (source)
        zip_source_free(source);
    zip_error_fini(&error);
    return f;
}

const struct fault *package_read(TALLOC_CTX *result, const void *bytes, size_t length,
                                 const struct package_limits *limits, struct package **out)
{
    static const char END[] = "PK\5\6";
    if (length > FILE_MAX)
        return too_large(result, "more bytes than a ZIP file may have");
    if (length < END_SIZE || memcmp((const uint8_t *)bytes + length - END_SIZE, END, 4) != 0)
        return length > END_SIZE && memmem(bytes, length - END_SIZE + 3, END, 4)
                   ? unsound(result, "there are bytes after the end record")
                   : broken(result, "it has no end");
    struct package *p = package_new(result);
    TRY_MEMORY(p);
    const uint8_t *file = talloc_memdup(p, bytes, length);
    const struct fault *f = file ? read_all(file, length, limits, p) : fault_memory();
    if (!f)
        f = ask_libzip(file, length, p, p);
    if (f) {
        f = fault_keep(result, f);
        talloc_free(p);
        return f;
    }
    *out = p;
    return NULL;
}
