/* page_place.h - what may stand where in a page: elements, attributes, links. Pure tables and their
 * questions. */
#ifndef MINGDA_PAGE_PLACE_H
#define MINGDA_PAGE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

enum attribute_class {
    ATTRIBUTE_PROGRAM, /* for programs: values are written in machine form */
    ATTRIBUTE_PERSON,  /* read by people: title, alt, aria-label … */
    ATTRIBUTE_LINK,    /* a URL: slots are percent-encoded, the beginning is fixed */
    ATTRIBUTE_FLAG,    /* there or not: checked, disabled … */
    ATTRIBUTE_NUMBER,  /* maxlength, colspan … */
    ATTRIBUTE_TIME,    /* datetime */
    ATTRIBUTE_REFUSED  /* event attributes, style, srcdoc, srcset: code or sheets in the page */
};

enum attribute_class page_attribute_class(const char *name);
/* Why the element may not be used in a page, or NULL. */
const char *page_element_refused(const char *name);
bool page_element_is_void(const char *name);
/* A link must begin with /, #, ?, http://, https://, mailto: or tel:, all of it literal. */
bool page_link_begins_well(const char *value);
/* A link into this site, which must have a route: begins with one slash. */
bool page_link_is_ours(const char *value);
#endif
