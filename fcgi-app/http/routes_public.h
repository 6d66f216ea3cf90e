/* routes_public.h - the doors for everybody: applying, following, withdrawing. */
#ifndef MINGDA_ROUTES_PUBLIC_H
#define MINGDA_ROUTES_PUBLIC_H

#include "route.h"

extern const struct form_table FORM_TRACK, SEARCH_TRACK;
extern const struct provider SHOW_ANSWERS, SHOW_CARRIED, SHOW_RECEIPT;

const struct fault *act_apply_begin(struct exchange *ex);
/* The fields of the step that the path names: /apply/identity. */
const struct fault *apply_fields(struct exchange *ex, const struct field **fields, size_t *count);
const struct fault *apply_change_fields(struct exchange *ex, const struct field **fields, size_t *count);
/* The fields of POST /apply: the last page's, or all at once where a program applies. */
const struct fault *apply_all_fields(struct exchange *ex, const struct field **fields, size_t *count);
const struct fault *show_apply_step(struct exchange *ex);
const struct fault *act_apply_step(struct exchange *ex);
const struct fault *act_apply(struct exchange *ex);
const struct fault *show_track_form(struct exchange *ex);
const struct fault *act_track(struct exchange *ex);
const struct fault *show_track(struct exchange *ex);
const struct fault *act_track_event(struct exchange *ex);
const struct fault *send_track_letter(struct exchange *ex);

#endif
