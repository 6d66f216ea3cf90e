/* routes_staff.h - the doors of the office: queue, dossier, letters, events; and those of auditors. */
#ifndef MINGDA_ROUTES_STAFF_H
#define MINGDA_ROUTES_STAFF_H

#include "route.h"

extern const struct form_table SEARCH_WORDS;
extern const struct provider SHOW_SEARCH_ASKED, SHOW_SEARCH, SHOW_SEARCH_PAGING;
extern const struct form_table SEARCH_QUEUE, SEARCH_AUDIT;
extern const struct provider SHOW_QUEUE_COUNTS, SHOW_QUEUE_FILTER, SHOW_QUEUE, SHOW_QUEUE_PAGING;
extern const struct provider SHOW_AUDIT_FIGURES, SHOW_AUDIT_FILTER, SHOW_AUDIT_LIST, SHOW_AUDIT_PAGING;

const struct fault *show_a_dossier(struct exchange *ex);
const struct fault *show_a_letter(struct exchange *ex); /* the page, or a file when the name has an ending */
const struct fault *act_raise(struct exchange *ex);

#endif
