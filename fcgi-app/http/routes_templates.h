/* routes_templates.h - the doors of the legal office: templates and clauses, their versions, red-line,
 * approval. */
#ifndef MINGDA_ROUTES_TEMPLATES_H
#define MINGDA_ROUTES_TEMPLATES_H

#include "shown_template.h"

/* Who may read, who may write, who may approve: also asked by the store (0014-texts.sql). */
#define TEXT_READERS  "legal leader admin"
#define TEXT_WRITERS  "legal"
#define TEXT_DECIDERS "legal leader"

extern const struct provider SHOW_TEXTS_LETTERS, SHOW_TEXTS_CLAUSES, SHOW_TEXT, SHOW_TEXT_VERSIONS,
    SHOW_TEXT_HISTORY, SHOW_TEXT_VERSION, SHOW_TEXT_COMPARED, SHOW_TEXT_DECIDED, SHOW_TEXT_LETTERS;
extern const struct form_table FORM_TEXT_BEGIN, FORM_TEXT_END, FORM_TEXT_DECIDE, SEARCH_COMPARE;

const struct fault *act_text_begin(struct exchange *ex);
const struct fault *show_text_version(struct exchange *ex);
const struct fault *act_text_end(struct exchange *ex);
const struct fault *show_text_decide(struct exchange *ex);
const struct fault *act_text_decide(struct exchange *ex);

#endif
