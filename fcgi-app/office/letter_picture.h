/* letter_picture.h - the picture of the agency's seal in a letter. The letter's inputs name it by its number,
 * so that the letter can be made again when the agency has another one. */
#ifndef MINGDA_LETTER_PICTURE_H
#define MINGDA_LETTER_PICTURE_H

#include "inside.h"
#include "letter.h"

struct letter_picture {
    int64_t number;          /* 0: no picture */
    struct letter_seal seal; /* when there is one */
};

/* The picture in use, for a letter that is signed by agency and date; a letter without a sign block has none.
 */
const struct fault *letter_picture_now(struct db *db, const struct letter *letter, struct letter_picture *out,
                                       TALLOC_CTX *life);

/* The one that these inputs name. LETTER_PICTURE (FAULT_BROKEN) when the store does not have it. */
const struct fault *letter_picture_of(struct db *db, const json_t *inputs, struct letter_picture *out,
                                      TALLOC_CTX *life);

/* Names it in the inputs. */
const struct fault *letter_picture_put(const struct letter_picture *picture, json_t *inputs);

/* For letter_write: NULL when there is none. */
const struct letter_seal *letter_picture_seal(const struct letter_picture *picture);

#endif
