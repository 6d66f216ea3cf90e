/* codes.h - where an approver types a one-time code: in the form that approves, and again on a page of its
 * own where the signer did not take the first one. Whether a code is right is the signer's to say. */
#ifndef MINGDA_CODES_H
#define MINGDA_CODES_H

#include "route.h"

extern const struct field CODE_FIELD;
extern const struct form_table FORM_CODE;

/* Is whoever is signed in enrolled? */
const struct fault *code_asked(struct exchange *ex, bool *asked);
/* Takes what was typed for the fact that approves. TOO_MANY_ATTEMPTS; FAULT_FORBIDDEN CODE_NOT_YOURS:
 * somebody else approved. */
const struct fault *code_enter(struct exchange *ex, int64_t dossier, int32_t seq, const char *typed);

/* Has the signer written down that it waits for a code? "SIGN_CODE_WRONG" … */
bool code_is_why(const char *trouble);

const struct fault *show_code(struct exchange *ex);
const struct fault *act_code(struct exchange *ex);

#endif
