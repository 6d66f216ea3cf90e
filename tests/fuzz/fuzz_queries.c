/* Annotated files of queries, as the generator reads them. It tells errors on stderr, which is the caller's
 * to throw away. */
#include <sys/mman.h>
#include "../../sql/generator/generator.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED_LIFE(life);
    scoped_fd int fd = memfd_create("fuzz.sql", 0);
    char path[40];
    struct queries all = {0};
    must_be(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (parse_file(life, path, &all))
        for (size_t i = 0; i < all.count; i++)
            must_be(all.rows[i].name && all.rows[i].sql && all.rows[i].cardinality >= 0);
    return 0;
}
