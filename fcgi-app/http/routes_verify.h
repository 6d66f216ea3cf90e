/* routes_verify.h - the door for whoever holds a letter: is it ours, is it whole, who signed it? */
#ifndef MINGDA_ROUTES_VERIFY_H
#define MINGDA_ROUTES_VERIFY_H

#include "route.h"

extern const struct form_table FORM_VERIFY, SEARCH_VERIFY;
extern const struct provider SHOW_ISSUED, SHOW_CHECKED, SHOW_BESIDE, SHOW_PROBLEMS;

/* With ?code=: what the register says of it. */
const struct fault *show_verify(struct exchange *ex);
const struct fault *act_verify(struct exchange *ex);

#endif
