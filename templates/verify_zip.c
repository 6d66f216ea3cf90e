/* What libzip lets pass and another reader may take otherwise: extra fields (one of them renames its entry),
 * flags that nobody needs, stored entries that disagree with their own size. */
#include <stdint.h>
#include <string.h>
#include "verify_parts.h"

enum { LOCAL = 30, CENTRAL = 46, END = 22 };
enum { FLAGS_KNOWN = 0x0006 /* how hard it was packed */ | 0x0008 /* sizes follow */ | 0x0800 /* UTF-8 */ };

static uint32_t little(const uint8_t *p, int n)
{
    uint32_t v = 0;
    for (int i = n - 1; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

/* Word leaves room to grow in some local headers (field 0xA220): it says nothing. */
static bool only_padding(const uint8_t *extra, size_t length)
{
    return length == 0 || (length >= 4 && little(extra, 2) == 0xA220 && little(extra + 2, 2) == length - 4);
}

static bool entry_is_plain(const uint8_t *central, const uint8_t *local)
{
    uint32_t flags = little(central + 8, 2), method = little(central + 10, 2);
    if (flags & ~(uint32_t)FLAGS_KNOWN || little(central + 30, 2) != 0)
        return false;
    if (method == 0 && little(central + 20, 4) != little(central + 24, 4))
        return false;
    return only_padding(local + LOCAL + little(local + 26, 2), little(local + 28, 2));
}

/* The file is sound: package_read has walked the same records and found them whole. */
bool verify_zip_is_plain(struct seal_file in)
{
    const uint8_t *end = in.data + in.length - END;
    const uint8_t *central = in.data + little(end + 16, 4);
    for (uint32_t n = little(end + 10, 2); n > 0; n--) {
        if (!entry_is_plain(central, in.data + little(central + 42, 4)))
            return false;
        central += CENTRAL + little(central + 28, 2) + little(central + 30, 2);
    }
    return true;
}
