#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "life.h"
#include "share.h"

static char root[PATH_MAX];

static bool holds_pages(const char *folder)
{
    char probe[PATH_MAX];
    int n = snprintf(probe, sizeof probe, "%s/templates/pages", folder);
    return n > 0 && (size_t)n < sizeof probe && access(probe, R_OK | X_OK) == 0;
}

/* BINDIR/../share/mingda for the binary that runs. */
static bool beside_binary(void)
{
    char binary[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", binary, sizeof binary - 1);
    if (n <= 0)
        return false;
    binary[n] = 0;
    char *slash = strrchr(binary, '/');
    if (!slash)
        return false;
    *slash = 0;
    int made = snprintf(root, sizeof root, "%s/../share/mingda", binary);
    return made > 0 && (size_t)made < sizeof root && holds_pages(root);
}

const char *share_root(void)
{
    if (*root)
        return root;
    const char *said = getenv("MINGDA_SHARE");
    if (said && *said)
        snprintf(root, sizeof root, "%s", said);
    else if (!beside_binary())
        snprintf(root, sizeof root, "%s", MINGDA_SOURCE);
    return root;
}

const char *share_path(TALLOC_CTX *life, const char *relative)
{
    return talloc_asprintf(life, "%s/%s", share_root(), relative);
}

/* Reads to the end of the file or one byte past the limit. */
static ssize_t read_all(int fd, char *into, size_t room)
{
    size_t have = 0;
    while (have < room) {
        ssize_t n = read(fd, into + have, room - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

static const struct fault *unreadable(TALLOC_CTX *life, const char *path)
{
    bool absent = errno == ENOENT || errno == ENOTDIR;
    return fault_new(life, absent ? FAULT_ABSENT : FAULT_AWAY, absent ? "FILE_ABSENT" : "FILE_UNREADABLE",
                     "%s: %s", path, strerror(errno));
}

const struct fault *share_read_file(TALLOC_CTX *life, const char *path, size_t limit, char **out,
                                    size_t *length)
{
    scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return unreadable(life, path);
    if (!S_ISREG(st.st_mode))
        return fault_new(life, FAULT_INPUT, "FILE_UNREADABLE", "%s: not a regular file", path);
    if ((uint64_t)st.st_size > limit)
        return fault_new(life, FAULT_TOO_MUCH, "FILE_TOO_LARGE", "%s: more than %zu bytes", path, limit);
    size_t room = (size_t)st.st_size + 1;
    char *bytes = talloc_array(life, char, room);
    TRY_MEMORY(bytes);
    ssize_t n = read_all(fd, bytes, room);
    if (n < 0)
        return unreadable(life, path);
    if ((size_t)n >= room)
        return fault_new(life, FAULT_AWAY, "FILE_UNREADABLE", "%s: grew while it was read", path);
    bytes[n] = 0;
    *out = bytes;
    *length = (size_t)n;
    return NULL;
}

const struct fault *share_read(TALLOC_CTX *life, const char *relative, size_t limit, char **out,
                               size_t *length)
{
    const char *path = share_path(life, relative);
    TRY_MEMORY(path);
    return share_read_file(life, path, limit, out, length);
}

static void folder_close(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

static bool ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);
    return n > m && strcmp(name + n - m, suffix) == 0 && name[0] != '.';
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

const struct fault *share_list(TALLOC_CTX *life, const char *relative, const char *suffix, const char ***out,
                               size_t *count)
{
    const char *path = share_path(life, relative);
    TRY_MEMORY(path);
    __attribute__((cleanup(folder_close))) DIR *folder = opendir(path);
    if (!folder)
        return unreadable(life, path);
    const char **names = talloc_array(life, const char *, 1);
    size_t n = 0;
    TRY_MEMORY(names);
    for (const struct dirent *e; (e = readdir(folder));) {
        if (!ends_with(e->d_name, suffix))
            continue;
        names = talloc_realloc(life, names, const char *, n + 2);
        TRY_MEMORY(names);
        names[n] = talloc_strdup(names, e->d_name);
        TRY_MEMORY(names[n]);
        n++;
    }
    qsort(names, n, sizeof *names, by_name);
    names[n] = NULL;
    *out = names;
    *count = n;
    return NULL;
}
