#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "life.h"
#include "page_folder.h"

#define LARGEST_FILE 4194304

struct file {
    const char *name;
    const char *bytes;
    size_t length;
};

struct page_folder {
    struct file *files; /* sorted by name */
    size_t count;
    const struct translation *translations[LANGUAGE_COUNT];
};

static const struct fault *cannot(TALLOC_CTX *life, const char *path)
{
    return fault_new(life, FAULT_BROKEN, "PAGE_FOLDER", "%s: %s", path, strerror(errno));
}

static const struct fault *read_file(TALLOC_CTX *life, const char *path, const char **bytes, size_t *length)
{
    scoped_file FILE *in = fopen(path, "rbe");
    struct stat about;
    if (!in || fstat(fileno(in), &about) != 0)
        return cannot(life, path);
    if (!S_ISREG(about.st_mode) || about.st_size > LARGEST_FILE)
        return fault_new(life, FAULT_BROKEN, "PAGE_FOLDER", "%s: not a file of at most %d bytes", path,
                         LARGEST_FILE);
    char *read = talloc_array(life, char, (size_t)about.st_size + 1);
    TRY_MEMORY(read);
    *length = fread(read, 1, (size_t)about.st_size, in);
    if (ferror(in))
        return cannot(life, path);
    read[*length] = '\0';
    *bytes = read;
    return NULL;
}

static void close_folder(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static const struct fault *add_page(struct page_folder *f, const char *folder, const char *entry)
{
    size_t n = strlen(entry);
    if (n < 5 || strcmp(entry + n - 4, ".xml") != 0 || *entry == '.')
        return NULL;
    const char *path = talloc_asprintf(f, "%s/%s", folder, entry);
    TRY_MEMORY(path);
    struct file *files = talloc_realloc(f, f->files, struct file, f->count + 1);
    TRY_MEMORY(files);
    f->files = files;
    struct file *file = &files[f->count];
    file->name = talloc_strndup(f, entry, n - 4);
    TRY_MEMORY(file->name);
    TRY(read_file(f, path, &file->bytes, &file->length));
    f->count++;
    return NULL;
}

static const struct fault *read_pages(struct page_folder *f, const char *folder)
{
    __attribute__((cleanup(close_folder))) DIR *open = opendir(folder);
    if (!open)
        return cannot(f, folder);
    for (const struct dirent *entry; (entry = readdir(open));)
        TRY(add_page(f, folder, entry->d_name));
    if (f->count)
        qsort(f->files, f->count, sizeof f->files[0], by_name);
    return NULL;
}

static const struct fault *read_all(struct page_folder *f, const char *folder)
{
    const char *pages = talloc_asprintf(f, "%s/pages", folder),
               *po = talloc_asprintf(f, "%s/po/en.po", folder);
    TRY_MEMORY(pages);
    TRY_MEMORY(po);
    TRY(read_pages(f, pages));
    const char *bytes;
    size_t length;
    TRY(read_file(f, po, &bytes, &length));
    return translation_read(f, "en.po", bytes, length, &f->translations[LANGUAGE_EN]);
}

const struct fault *page_folder_read(TALLOC_CTX *life, const char *folder, const struct page_folder **out)
{
    struct page_folder *f = talloc_zero(life, struct page_folder);
    TRY_MEMORY(f);
    TRY(read_all(f, folder)); /* a fault lives on f, f on life */
    *out = f;
    return NULL;
}

static bool find(const void *find_arg, const char *name, const char **bytes, size_t *length)
{
    const struct page_folder *f = find_arg;
    struct file wanted = {.name = name};
    const struct file *found =
        f->count ? bsearch(&wanted, f->files, f->count, sizeof f->files[0], by_name) : NULL;
    if (!found)
        return false;
    *bytes = found->bytes;
    *length = found->length;
    return true;
}

void page_folder_into(const struct page_folder *folder, struct page_world *world)
{
    world->find = find;
    world->find_arg = folder;
    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        world->translations[i] = folder->translations[i];
}

size_t page_folder_count(const struct page_folder *folder)
{
    return folder->count;
}

const char *page_folder_name(const struct page_folder *folder, size_t i)
{
    return folder->files[i].name;
}
