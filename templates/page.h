/* page.h - page templates: well-formed XHTML in, HTML for one visitor out.
 *
 * A template is read once, at start, and compiled to a flat program per language: runs of finished HTML and
 * slots between them. Whatever is wrong is found then: a name that no source gives, a kind that does not fit
 * its place, a slot in a script, a style or an event attribute, a link to no route, a Chinese text without
 * English. Escaping follows from the place of a slot and cannot be chosen. Rendering is one pass, and can
 * only fail for want of memory or room or because the tables are not the declared ones. Reads no files, knows
 * no SQL and no HTTP. The language of templates is described in templates/pages/README.md. */
#ifndef MINGDA_PAGE_H
#define MINGDA_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include "fault.h"
#include "table.h"
#include "text.h"
#include "translation.h"

/* One table that a page may use: what a query or a provider declares. All borrowed for the life of the page.
 */
struct page_source {
    const char *name; /* "dossier"; in templates `dossier.ref`, d:each="letters" */
    const struct column *columns;
    size_t column_count;
    bool single; /* at most one row: its columns are read without d:each; no row: all are null */
    /* For each CELL_TABLE column the columns of its tables, under the column's name. */
    const struct page_source *nested;
    size_t nested_count;
};

/* What all pages share; the page runner (or a test) fills it in. */
struct page_world {
    /* The bytes of the template file NAME.xml (a page, a layout or a part), borrowed until page_read is done;
     * false when there is no such file. */
    bool (*find)(const void *find_arg, const char *name, const char **bytes, size_t *length);
    const void *find_arg;
    /* Is there a route for this link? `path` is as in the template, without ? and #:
     * "/dossiers/{dossier.ref}/ledger". page_path_fits() compares it with a pattern of the route table. NULL:
     * links are not checked. */
    bool (*route)(const void *route_arg, const char *method, const char *path);
    const void *route_arg;
    /* Texts are written in Chinese; [LANGUAGE_ZH] is not used and NULL. */
    const struct translation *translations[LANGUAGE_COUNT];
};

struct page;

/* Reads NAME.xml with its layout and parts, checks it against `sources` and compiles it for each language.
 * The page lives on `life`; of the world only `sources` must live as long. Faults are FAULT_BROKEN with
 * detail "NAME.xml:line: sentence": PAGE_SYNTAX, PAGE_NAME, PAGE_KIND, PAGE_PLACE, PAGE_LINK,
 * PAGE_TRANSLATION. */
const struct fault *page_read(TALLOC_CTX *life, const struct page_world *world, const char *name,
                              const struct page_source *sources, size_t count, const struct page **out);

/* Adds the page in `language` to `out`; `tables[i]` belongs to `sources[i]` (NULL: no rows). Faults:
 * PAGE_TABLE when a table does not have the declared columns; want of room is told by text_end(out). */
const struct fault *page_render(const struct page *page, const struct table *const *tables,
                                enum language language, struct text *out, TALLOC_CTX *scratch);

/* Does a link of a template fit a pattern of the route table? Segment by segment: `{x}` of the pattern takes
 * any one segment, all else must be the same: "/track/{ref}/letters/{file}" takes
 * "/track/{track.ref}/letters/{child}.odt". */
bool page_path_fits(const char *pattern, const char *path);

/* Calls `each` for every text of the template file that needs a translation, in document order. For the
 * collector of messages (templates/generator). Faults as page_read. */
const struct fault *page_messages(TALLOC_CTX *scratch, const char *name, const char *bytes, size_t length,
                                  void (*each)(void *arg, const char *file, long line, const char *message),
                                  void *arg);
#endif
