/* doors.h - the doors that belong to the web process itself: health, figures, signing in and out. */
#ifndef MINGDA_DOORS_H
#define MINGDA_DOORS_H

#include "route.h"

extern const struct form_table FORM_LOGIN, FORM_LOGOUT, SEARCH_LOGIN;

const struct fault *show_health(struct exchange *ex);
const struct fault *show_metrics(struct exchange *ex);
const struct fault *show_login(struct exchange *ex); /* who is signed in already is led on */
const struct fault *act_login(struct exchange *ex);
const struct fault *act_logout(struct exchange *ex);
#endif
