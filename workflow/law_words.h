/* law_words.h - the extension urn:mingda:law as data: every element and attribute with its meaning. The
 * loader accepts what stands here and nothing else; `mingda edition reference` prints it; a test lays
 * edition.rng beside it. */
#ifndef MINGDA_LAW_WORDS_H
#define MINGDA_LAW_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include "fault.h"
#include "law_xml.h"

struct law_attribute {
    const char *name;
    bool required;
    const char *kind; /* one of law_kinds() */
    const char *meaning;
};
struct law_element {
    const char *name;
    const char
        *within; /* the elements it may stand in, between spaces; of one of SCXML: where the standard says */
    bool scxml;  /* an element of SCXML: its attributes here are law:… */
    const char *meaning;
    const struct law_attribute *attributes;
    size_t attribute_count;
};
struct law_kind {
    const char *name, *meaning;
};

/* All of them, in the order of the reference. */
const struct law_element *law_elements(size_t *count);
const struct law_kind *law_kinds(size_t *count);
/* The element of that name within that other; NULL: there is none. `parallel` and `final` are a `state`. */
const struct law_element *law_element_find(const char *within, const char *name);

/* Refuses an attribute that the element must not have; of an element of SCXML only those of our namespace are
 * looked at. Faults: `code` with file and line. */
const struct fault *law_attributes_known(TALLOC_CTX *life, const char *code, const char *file,
                                         const xmlNode *node);
#endif
