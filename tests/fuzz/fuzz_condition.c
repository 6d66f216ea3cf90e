/* The condition language, with the names of the shipped edition; each line is one condition. */
#include "condition.h"
#include "edition_inside.h"
#include "fuzz.h"
#include "share.h"

static const struct edition *shipped(void)
{
    static const struct edition *e;
    char *bytes = NULL;
    size_t length = 0;
    if (!e) {
        TALLOC_CTX *life = fuzz_kept();
        must_be(!share_read_file(life, MINGDA_SOURCE "/workflow/editions/cn-2019.scxml", 4u << 20, &bytes,
                                 &length));
        must_be(!edition_read(life, "cn-2019.scxml", bytes, length, &e));
    }
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED_LIFE(life);
    const struct edition *e = shipped();
    struct vocabulary v = e->inside->vocabulary;
    v.life = life;
    v.fields_read = NULL;
    v.memos = talloc_zero_array(life, struct memo_list, v.child_count + 1);
    must_be(v.memos);
    for (char *line = fuzz_text(life, data, size), *rest = line; line; line = rest) {
        const struct condition *c = NULL;
        rest = strchr(line, '\n');
        if (rest)
            *rest++ = '\0';
        const struct fault *f = condition_read(
            &v, CONDITION_DOSSIER, size % 2 ? &e->events[size % e->event_count] : NULL, 1, line, &c);
        must_be(f ? f->detail != NULL : c && c->root);
    }
    return 0;
}
