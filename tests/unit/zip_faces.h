/* zip_faces.h - ZIP files with two faces: one program that reads them finds the letter that was signed, and
 * another finds a forged part in it. Beside them libzip as such another program. Entries are stored. */
#ifndef MINGDA_ZIP_FACES_H
#define MINGDA_ZIP_FACES_H

#include <zip.h>
#include "zip_raw.h"

/* What libzip finds under a name when it is not asked to be strict; false: nothing. */
static inline bool libzip_finds(TALLOC_CTX *life, struct seal_file file, const char *name,
                                struct seal_file *out)
{
    zip_source_t *source = zip_source_buffer_create(file.data, file.length, 0, NULL);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, NULL) : NULL;
    zip_stat_t stat;
    bool found = zip && zip_stat(zip, name, ZIP_FL_ENC_RAW, &stat) == 0 && stat.size < (32u << 20);
    zip_file_t *entry = found ? zip_fopen_index(zip, stat.index, 0) : NULL;
    if (entry) {
        uint8_t *data = talloc_array(life, uint8_t, stat.size + 1);
        found = zip_fread(entry, data, stat.size + 1) == (zip_int64_t)stat.size;
        *out = (struct seal_file){data, stat.size};
        zip_fclose(entry);
    }
    if (zip)
        zip_discard(zip);
    else
        zip_source_free(source);
    return found && entry;
}

static inline long libzip_count(struct seal_file file)
{
    zip_source_t *source = zip_source_buffer_create(file.data, file.length, 0, NULL);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, NULL) : NULL;
    long count = zip ? (long)zip_get_num_entries(zip, 0) : -1;
    if (zip)
        zip_discard(zip);
    else
        zip_source_free(source);
    return count;
}

/* A file that package_read took: is it to libzip the same entries with the same bytes? */
static inline bool libzip_agrees(TALLOC_CTX *life, struct seal_file file, const struct package *p)
{
    struct seal_file data;
    if (libzip_count(file) != (long)p->count)
        return false;
    for (size_t i = 0; i < p->count; i++)
        if (!libzip_finds(life, file, p->entries[i].name, &data) || data.length != p->entries[i].size ||
            memcmp(data.data, p->entries[i].data, data.length) != 0)
            return false;
    return true;
}

/* ---- Blocks that the faces are built of ---- */

struct face {
    struct raw_zip zip;      /* the letter that was signed */
    size_t at;               /* which of its parts is forged */
    struct raw_entry forged; /* of the same name and length */
    struct raw_out out;
    size_t local[RAW_ENTRIES + 1]; /* where they stand; the forged one last */
};

#define FACE_OTHER "x.xml"

static inline struct raw_entry renamed(struct raw_entry e, const char *name)
{
    e.name = name;
    return e;
}

/* All parts, then the forged one under `name`. */
static inline void face_locals(struct face *f, const char *name)
{
    for (size_t i = 0; i <= f->zip.count; i++) {
        struct raw_entry e = i < f->zip.count ? f->zip.entries[i] : renamed(f->forged, name);
        f->local[i] = f->out.length;
        raw_local(&f->out, &e, "", 0);
    }
}

/* A directory of what was signed, or with the forged part in place of the true one. */
static inline void face_directory(struct face *f, bool forged)
{
    for (size_t i = 0; i < f->zip.count; i++) {
        bool here = forged && i == f->at;
        raw_central(&f->out, here ? &f->forged : &f->zip.entries[i], f->local[here ? f->zip.count : i], "",
                    0);
    }
}

/* The directory of all entries, the forged one as FACE_OTHER with this extra field: what a walk through local
 * headers and records at once finds in order. */
static inline void face_walked(struct face *f, const void *extra, size_t extra_size)
{
    const struct raw_entry other = renamed(f->forged, FACE_OTHER);
    face_directory(f, false);
    raw_central(&f->out, &other, f->local[f->zip.count], extra, extra_size);
}

static inline void face_end(struct face *f, size_t count, size_t start, size_t comment)
{
    raw_end(&f->out, count, f->out.length - start, start, comment);
}

/* End record and locator of ZIP64 for the directory that goes from `start` to here; both are put at `base`.
 */
static inline void face_zip64(struct raw_out *out, size_t count, size_t start, size_t base)
{
    size_t here = base + out->length;
    raw_bytes(out, "PK\6\6", 4);
    raw_number(out, 44, 8);
    raw_number(out, 45, 2);
    raw_number(out, 45, 2);
    raw_number(out, 0, 8); /* disks */
    raw_number(out, count, 8);
    raw_number(out, count, 8);
    raw_number(out, here - start, 8);
    raw_number(out, start, 8);
    raw_bytes(out, "PK\6\7", 4);
    raw_number(out, 0, 4);
    raw_number(out, here, 8);
    raw_number(out, 1, 4);
}

/* ---- The faces ---- */

/* In an extra field of the last record stands a second directory, and its locator right before the end
 * record.
 */
static inline void zip64_in_extra_field(struct face *f)
{
    face_locals(f, FACE_OTHER);
    size_t start = f->out.length;
    face_directory(f, false);
    const size_t head = 4, base = f->out.length + 46 + strlen(FACE_OTHER) + head;
    uint8_t field[16000];
    struct face hidden = *f;
    hidden.out = (struct raw_out){field + head, 0};
    face_directory(&hidden, true);
    face_zip64(&hidden.out, f->zip.count, base, base);
    struct raw_out begin = {field, 0};
    raw_number(&begin, 0x9999, 2);
    raw_number(&begin, hidden.out.length, 2);
    const struct raw_entry other = renamed(f->forged, FACE_OTHER);
    raw_central(&f->out, &other, f->local[f->zip.count], field, hidden.out.length + head);
    face_end(f, f->zip.count + 1, start, 0);
}

/* The same with the second directory before the first, and only its locator in a place of its own. */
static inline void zip64_before_the_end(struct face *f)
{
    face_locals(f, FACE_OTHER);
    size_t forged = f->out.length;
    face_directory(f, true);
    size_t start = f->out.length;
    face_walked(f, "", 0);
    size_t size = f->out.length - start;
    struct raw_out zip64 = {f->out.bytes + f->out.length, 0};
    face_zip64(&zip64, f->zip.count, forged, f->out.length);
    /* the ZIP64 record must give the second directory's size */
    struct raw_out mend = {zip64.bytes + 40, 0};
    raw_number(&mend, start - forged, 8);
    f->out.length += zip64.length;
    raw_end(&f->out, f->zip.count + 1, size, start, 0);
}

static inline void end_in_comment(struct face *f)
{
    face_locals(f, FACE_OTHER);
    size_t start = f->out.length;
    face_walked(f, "", 0);
    size_t end = f->out.length;
    face_end(f, f->zip.count + 1, start, 0);
    size_t second = f->out.length;
    face_directory(f, true);
    face_end(f, f->zip.count, second, 0);
    struct raw_out mend = {f->out.bytes + end + 20, 0};
    raw_number(&mend, f->out.length - second, 2);
}

static inline void directory_before_directory(struct face *f)
{
    face_locals(f, FACE_OTHER);
    size_t first = f->out.length;
    face_directory(f, true);
    face_end(f, f->zip.count, first, 0);
    size_t start = f->out.length;
    face_walked(f, "", 0);
    face_end(f, f->zip.count + 1, start, 0);
}

/* Who reads from the front finds the forged part first, who reads the directory does not. */
static inline void entry_outside_the_directory(struct face *f)
{
    raw_local(&f->out, &f->forged, "", 0);
    for (size_t i = 0; i < f->zip.count; i++) {
        f->local[i] = f->out.length;
        raw_local(&f->out, &f->zip.entries[i], "", 0);
    }
    size_t start = f->out.length;
    face_directory(f, false);
    face_end(f, f->zip.count, start, 0);
}

static inline void entry_after_the_last(struct face *f)
{
    face_locals(f, f->forged.name);
    size_t start = f->out.length;
    face_directory(f, false);
    face_end(f, f->zip.count, start, 0);
}

/* The local headers have the two names the other way round. */
static inline void names_exchanged(struct face *f)
{
    struct raw_entry *mine = &f->zip.entries[f->at];
    const char *name = mine->name;
    mine->name = FACE_OTHER;
    face_locals(f, name);
    mine->name = name;
    size_t start = f->out.length;
    face_walked(f, "", 0);
    face_end(f, f->zip.count + 1, start, 0);
}

/* The end record counts one record less than there are. */
static inline void one_more_than_counted(struct face *f)
{
    face_locals(f, FACE_OTHER);
    size_t start = f->out.length;
    face_walked(f, "", 0);
    face_end(f, f->zip.count, start, 0);
}

/* Two records of one entry: the forged part stands within another. */
static inline void overlapping_entries(struct face *f)
{
    face_locals(f, FACE_OTHER);
    size_t start = f->out.length;
    face_directory(f, true);
    face_end(f, f->zip.count, start, 0);
}

/* Its name in the extra field that Info-ZIP obeys (0x7075). */
static inline void renamed_by_extra_field(struct face *f)
{
    uint8_t field[300];
    struct raw_out extra = {field, 0};
    const uint8_t *written = (const uint8_t *)FACE_OTHER;
    raw_number(&extra, 0x7075, 2);
    raw_number(&extra, 5 + strlen(f->forged.name), 2);
    raw_number(&extra, 1, 1);
    raw_number(&extra, raw_crc(written, strlen(FACE_OTHER)), 4);
    raw_bytes(&extra, f->forged.name, strlen(f->forged.name));
    face_locals(f, FACE_OTHER);
    size_t start = f->out.length;
    face_walked(f, field, extra.length);
    face_end(f, f->zip.count + 1, start, 0);
}

/* Where the entry stands is said in an extra field for ZIP64, and otherwise in the record. */
static inline void moved_by_extra_field(struct face *f)
{
    uint8_t field[12];
    struct raw_out extra = {field, 0};
    face_locals(f, FACE_OTHER);
    size_t start = f->out.length;
    raw_number(&extra, 1, 2);
    raw_number(&extra, 8, 2);
    raw_number(&extra, f->local[f->zip.count], 8);
    for (size_t i = 0; i < f->zip.count; i++)
        raw_central(&f->out, i == f->at ? &f->forged : &f->zip.entries[i],
                    i == f->at ? 0xffffffff : f->local[i], field, i == f->at ? sizeof field : 0);
    face_end(f, f->zip.count, start, 0);
}

/* The forged package as a whole before the signed one, which counts from its own beginning. */
static inline void package_after_package(struct face *f)
{
    for (int i = 0; i < 2; i++) {
        size_t base = f->out.length;
        face_locals(f, FACE_OTHER);
        for (size_t j = 0; j <= f->zip.count; j++)
            f->local[j] -= base;
        size_t start = f->out.length;
        face_directory(f, i == 0);
        raw_end(&f->out, f->zip.count, f->out.length - start, start - base, 0);
    }
}

/* `misleads`: libzip itself finds the forged part. */
static const struct raw_face {
    const char *name;
    void (*make)(struct face *f);
    bool misleads;
} RAW_FACES[] = {
    {"a directory in an extra field, by ZIP64", zip64_in_extra_field, true},
    {"a directory before the directory, by ZIP64", zip64_before_the_end, true},
    {"an end record in the comment of another", end_in_comment, false},
    {"a directory with its end before the directory", directory_before_directory, false},
    {"an entry that is not in the directory", entry_outside_the_directory, false},
    {"an entry after the last", entry_after_the_last, false},
    {"names exchanged in local headers", names_exchanged, false},
    {"one more entry than counted", one_more_than_counted, false},
    {"a record that shows another's entry", overlapping_entries, true},
    {"another name by an extra field", renamed_by_extra_field, false},
    {"another place by an extra field", moved_by_extra_field, true},
    {"a package after a package", package_after_package, false},
};
enum { RAW_FACE_COUNT = sizeof RAW_FACES / sizeof *RAW_FACES };

/* The file with two faces: `forged` has the name of one of the parts, and as many bytes. */
static inline struct seal_file raw_two_faced(TALLOC_CTX *life, const struct raw_face *kind,
                                             const struct raw_zip *zip, struct raw_entry forged)
{
    struct face f = {.zip = *zip, .forged = forged};
    size_t room = 20000 + 2 * forged.size;
    while (f.at < zip->count && strcmp(zip->entries[f.at].name, forged.name) != 0)
        f.at++;
    assert_true(f.at < zip->count && zip->entries[f.at].size == forged.size);
    for (size_t i = 0; i < zip->count; i++)
        room += 2 * zip->entries[i].size + 1000;
    f.out.bytes = talloc_array(life, uint8_t, room);
    kind->make(&f);
    assert_true(f.out.length <= room);
    return (struct seal_file){f.out.bytes, f.out.length};
}
#endif
