/* letter_sample.h - data with which a letter can be looked at before there is a dossier: every field says
 * what it is. Pure. */
#ifndef MINGDA_LETTER_SAMPLE_H
#define MINGDA_LETTER_SAMPLE_H

#include "letter.h"

struct letter_sample {
    const char
        *choice; /* "items.outcome=PARTIAL", "layout=document", "paid=yes"; NULL or "": the first of each */
    bool two;    /* two rows instead of one */
    bool bare;   /* without what may be missing */
};

/* An object with all fields that the template declares. Text is the field's label in 〔〕; days are `day`; of
 * a code the first word, save what is chosen: that word wherever a field or column of that name may say it.
 */
const struct fault *letter_sample_data(const struct letter_template *t, struct letter_sample how,
                                       struct civil day, TALLOC_CTX *result, json_t **out);

/* What can be chosen: every word of every code and flag of the template. */
struct letter_sample_choice {
    const char *choice; /* "items.outcome=PARTIAL" */
    const char *label;  /* of the field */
    const char *word;   /* "PARTIAL" */
};
const struct fault *letter_sample_choices(const struct letter_template *t, TALLOC_CTX *result,
                                          struct letter_sample_choice **out, size_t *count);

#endif
