/* routes_intake.h - the clerk's door for applications that come by mail, fax, e-mail, at the counter or by
 * word of mouth. */
#ifndef MINGDA_ROUTES_INTAKE_H
#define MINGDA_ROUTES_INTAKE_H

#include "route.h"

extern const struct provider SHOW_INTAKE;

const struct fault *intake_fields(struct exchange *ex, const struct field **fields, size_t *count);
const struct fault *show_intake(struct exchange *ex);
const struct fault *judge_intake(struct exchange *ex);
const struct fault *act_intake(struct exchange *ex);

#endif
