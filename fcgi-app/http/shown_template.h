/* shown_template.h - what the pages of the legal office share: a template or clause read once for an
 * exchange, two versions beside each other, a letter made of sample data as a page shows it. */
#ifndef MINGDA_SHOWN_TEMPLATE_H
#define MINGDA_SHOWN_TEMPLATE_H

#include "house.h"
#include "letter_sample.h"
#include "route.h"
#include "runner.h"
#include "templates.h"
#include "text_blocks.h"

/* The text {code} of the path, in ex->state. */
struct text_desk {
    const char *code, *kind;
    const struct table *versions; /* Q_TEXT_VERSIONS, newest first */
    const struct table *open;     /* Q_TEXT_OPEN */
    bool legal, decides;          /* what the visitor's roles allow */
    struct civil today;
    struct text_editing *editing;         /* of the page that edits; else NULL */
    struct text_tried tried;              /* where the page has tried it */
    const struct text_blocks *blocks;     /* of the page that edits, */
    const struct text_document *document; /* as they are written: problems lead to them */
    const struct letter *letter;          /* made of sample data, or NULL */
    const char *unmade;                   /* why there is none */
    const char *was, *now;                /* XML of what is compared; was NULL: all is new */
};
/* Once for each exchange. FAULT_ABSENT NO_SUCH_PAGE. */
const struct fault *text_desk_open(struct exchange *ex, struct text_desk **out);

/* Version `number` of it: Q_TEXT_VERSION. FAULT_ABSENT NO_SUCH_PAGE. */
const struct fault *text_desk_version(struct exchange *ex, const struct text_desk *desk, int64_t number,
                                      const struct table **out);

/* redline: label text, depth int, state text (same, changed, added, removed), pieces(text text, added bool,
 * removed bool): what became of each line between desk->was and desk->now. paper: desk->letter block by
 * block: kind text, detail text?, lines(text text), rows(cells(text text, head bool, span int)). problems:
 * desk->tried: sentence text, place text?, block int?. They run after the provider that sets these. */
extern const struct provider SHOW_TEXT_REDLINE, SHOW_TEXT_PAPER, SHOW_TEXT_PROBLEMS;

/* Makes desk->letter, or says in desk->unmade why not. */
const struct fault *text_sample(struct exchange *ex, struct text_desk *desk, const struct letter_template *t,
                                struct letter_sample how, struct text_problem *problem);

/* A field of its forms that goes along unseen: which version, and which state of it, the person looked at. */
#define HIDDEN_NUMBER(name_, zh_, en_)                                                                       \
    {                                                                                                        \
        .name = name_, .kind = FIELD_INT, .min = 1, .max = INT32_MAX, .required = true, .hidden = true,      \
        .zh = zh_, .en = en_                                                                                 \
    }

/* ---- the page that edits ---- */
const struct fault *text_edit_fields(struct exchange *ex, const struct field **fields, size_t *count);
const struct fault *show_text_edit(struct exchange *ex);
const struct fault *act_text_edit(struct exchange *ex);
extern const struct provider SHOW_TEXT_EDIT, SHOW_TEXT_BLOCKS;

#endif
