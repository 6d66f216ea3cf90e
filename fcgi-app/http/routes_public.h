/* routes_public.h - the doors for everybody: applying, following, withdrawing. */
#ifndef MINGDA_ROUTES_PUBLIC_H
#define MINGDA_ROUTES_PUBLIC_H

#include "office.h"
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
/* What the clerk enters of an applicant and of what is asked for, added to `into`: only a name and one item
 * are required, the rest may be asked for later (补正). category NULL: the fields of every kind of applicant.
 */
const struct fault *apply_intake_fields(struct exchange *ex, const char *category, size_t items,
                                        struct field *into, size_t *count);
/* Is the field one that such an applicant is asked (or none of the applicant's)? */
bool apply_asks(const char *category, const char *field);
/* What was entered there. */
const struct fault *apply_entered(struct exchange *ex, json_t **applicant, const char ***items,
                                  size_t *count);
/* {"ref", "code", "received", "due", "due_provisional", "items"}: a new reference. */
const struct fault *apply_receipt(struct exchange *ex, const struct receipt *r, json_t **out);
const struct fault *show_track_form(struct exchange *ex);
const struct fault *act_track(struct exchange *ex);
const struct fault *show_track(struct exchange *ex);
const struct fault *act_track_event(struct exchange *ex);
const struct fault *send_track_letter(struct exchange *ex);

#endif
