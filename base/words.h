/* words.h - the words by which a text is found.
 *
 * Chinese is not written in words: two characters that follow each other are one. What stands between them in
 * other scripts is a word as it is written. Compatibility forms and letter cases are one (NFKC, folded):
 * full-width "ＡＢ" is "ab". */
#ifndef MINGDA_WORDS_H
#define MINGDA_WORDS_H

#include <stddef.h>
#include "fault.h"
#include "life.h"

struct words {
    const char **items; /* on the life given */
    size_t count;
};

/* Adds the words of `text` (UTF-8) to `out`, in their order, repeated where they are; of a Chinese character
 * that stands alone the character, of other scripts no word of one letter. Faults: NO_MEMORY, TEXT_ENCODING.
 */
const struct fault *words_add(TALLOC_CTX *life, const char *text, struct words *out);
/* The text without spaces and marks, in the form in which words are compared. */
const struct fault *words_whole(TALLOC_CTX *life, const char *text, const char **out);
#endif
