#include "roots.h"
#include "life.h"
#include "share.h"
#include "verify.h"

#define ROOTS_LIMIT ((size_t)1 << 18)

const struct fault *roots_read(TALLOC_CTX *life, const char *path, const struct seal_file **out)
{
    struct seal_file *roots = talloc_zero(life, struct seal_file);
    char *bytes = NULL;
    TRY_MEMORY(roots);
    TRY(share_read_file(life, path, ROOTS_LIMIT, &bytes, &roots->length));
    roots->data = (const uint8_t *)bytes;
    *out = roots;
    return verify_roots_check(roots, 1, life);
}

const struct fault *stamp_rules_read(const struct settings *settings, TALLOC_CTX *life,
                                     struct stamp_rules *out)
{
    const char *path = settings_text(settings, "timestamp.roots");
    *out = (struct stamp_rules){.root_count = 1, .policy = settings_text(settings, "timestamp.policy")};
    if (!path)
        return fault_new(life, FAULT_INPUT, "SEAL_STAMP_ROOTS", "timestamp.roots is not set");
    const struct fault *f = roots_read(life, path, &out->roots);
    return f ? fault_because(life, FAULT_INPUT, "SEAL_STAMP_ROOTS", f, "%s", path) : NULL;
}
