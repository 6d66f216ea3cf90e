/* Page templates, compiled and rendered with empty tables; and files of translations. */
#include "fuzz.h"
#include "page.h"

static const struct column DOSSIER[] = {
    {"ref", CELL_TEXT},           {"label", CELL_TEXT, true}, {"due", CELL_DAY, true},
    {"overdue", CELL_BOOL, true}, {"n", CELL_INT, true},
};
static const struct column ITEMS[] = {{"n", CELL_INT}, {"text", CELL_TEXT, true}};
static const struct page_source SOURCES[] = {
    {.name = "dossier", .columns = DOSSIER, .column_count = 5, .single = true},
    {.name = "items", .columns = ITEMS, .column_count = 2},
};

struct template
{
    const char *bytes;
    size_t length;
};

/* Every name is the template itself: it may include itself for as long as it is let. */
static bool find(const void *arg, const char *name, const char **bytes, size_t *length)
{
    const struct template *t = arg;
    (void)name;
    *bytes = t->bytes;
    *length = t->length;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED_LIFE(life);
    const struct template t = {fuzz_text(life, data, size), size};
    const struct page_world world = {.find = find, .find_arg = &t};
    const struct translation *po = NULL;
    const struct page *page = NULL;
    const struct table *none[] = {NULL, NULL};
    const struct fault *f = translation_read(life, "fuzz.po", t.bytes, size, &po);
    must_be(f || po);
    f = page_read(life, &world, "fuzz", SOURCES, 2, &page);
    must_be(!f || f->detail);
    struct text *out = text_new(life, 1u << 20);
    if (!f && !page_render(page, none, LANGUAGE_ZH, out, life)) {
        const char *html = NULL;
        must_be(!text_end(out, &html, NULL) || true);
    }
    return 0;
}
