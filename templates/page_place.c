#include <string.h>
#include <strings.h>
#include "page.h"
#include "page_place.h"

static bool among(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

enum attribute_class page_attribute_class(const char *name)
{
    static const char *const REFUSED[] = {"style", "srcdoc", "srcset", "imagesrcset", "http-equiv", NULL};
    static const char *const LINKS[] = {"href",     "src",      "action", "formaction", "cite",
                                        "poster",   "data",     "ping",   "background", "manifest",
                                        "longdesc", "codebase", NULL};
    static const char *const FLAGS[] = {
        "checked",    "selected",  "disabled",   "required",       "readonly",     "multiple",    "open",
        "hidden",     "autofocus", "novalidate", "formnovalidate", "reversed",     "data-bad",    "data-late",
        "data-today", "data-here", "data-due",   "data-closed",    "data-waiting", "data-sealed", NULL};
    static const char *const NUMBERS[] = {"maxlength", "minlength", "colspan", "rowspan", "rows",     "cols",
                                          "size",      "start",     "width",   "height",  "tabindex", NULL};
    static const char *const PERSONS[] = {
        "title",   "alt",        "placeholder",      "label",          "abbr",       "summary",
        "content", "aria-label", "aria-description", "aria-valuetext", "data-label", NULL};
    if (strncasecmp(name, "on", 2) == 0 || among(name, REFUSED))
        return ATTRIBUTE_REFUSED;
    if (among(name, LINKS))
        return ATTRIBUTE_LINK;
    if (among(name, FLAGS))
        return ATTRIBUTE_FLAG;
    if (among(name, NUMBERS))
        return ATTRIBUTE_NUMBER;
    if (among(name, PERSONS))
        return ATTRIBUTE_PERSON;
    return strcmp(name, "datetime") == 0 ? ATTRIBUTE_TIME : ATTRIBUTE_PROGRAM;
}

const char *page_element_refused(const char *name)
{
    static const char *const RAW[] = {"xmp",      "plaintext", "noembed", "noframes", "noscript",
                                      "template", "object",    "embed",   "applet",   "base",
                                      "frame",    "frameset",  NULL};
    if (strcmp(name, "script") == 0)
        return "pages work without scripts";
    if (strcmp(name, "style") == 0)
        return "style sheets are files: the security policy refuses them within a page";
    return among(name, RAW) ? "browsers do not read its content as they read the rest of the page" : NULL;
}

bool page_element_is_void(const char *name)
{
    static const char *const VOID[] = {"area", "br",   "col",    "hr",    "img", "input",
                                       "link", "meta", "source", "track", "wbr", NULL};
    return among(name, VOID);
}

bool page_link_begins_well(const char *value)
{
    static const char *const SCHEMES[] = {"http://", "https://", "mailto:", "tel:", NULL};
    for (const char *const *scheme = SCHEMES; *scheme; scheme++)
        if (strncmp(value, *scheme, strlen(*scheme)) == 0)
            return true;
    return page_link_is_ours(value) || *value == '#' || *value == '?';
}

bool page_link_is_ours(const char *value)
{
    /* "//host" and "/\host" leave the site; "/{slot}" could, were the slot not percent-encoded: still
     * refused. */
    return value[0] == '/' && value[1] != '/' && value[1] != '\\' && value[1] != '{';
}

/* The length of the segment at `at`, up to the next slash or the end. */
static size_t segment(const char *at)
{
    return strcspn(at, "/");
}

bool page_path_fits(const char *pattern, const char *path)
{
    for (;;) {
        size_t p = segment(pattern), n = segment(path);
        bool any = p > 2 && pattern[0] == '{' && pattern[p - 1] == '}';
        if (any ? n == 0 : p != n || memcmp(pattern, path, n) != 0)
            return false;
        pattern += p;
        path += n;
        if (!*pattern || !*path)
            return *pattern == *path;
        pattern++;
        path++;
    }
}
