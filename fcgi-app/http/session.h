/* session.h - who is there. Staff: a random 256-bit token in a cookie, its hash in the database, ended by
 * idleness, by age and by logout. Visitors: a random id in a signed cookie, so that anonymous forms have a
 * CSRF token too. Trackers: a ticket, signed, for one dossier. Comparisons are constant-time. */
#ifndef MINGDA_SESSION_H
#define MINGDA_SESSION_H

#include "exchange.h"

/* Sets ex->visitor, ex->ticket from the cookies (no database). */
const struct fault *session_visitor(struct exchange *ex);
/* Gives the visitor an id (and its cookie) where there is none yet: before anything is kept for them. */
const struct fault *session_visitor_needed(struct exchange *ex);
/* Sets ex->who from the session cookie; an unknown or ended session is nobody, not a fault. */
const struct fault *session_staff(struct exchange *ex);
/* The CSRF token for this session, or for this visitor (who is given an id now where there is none): 64 hex
 * digits on the exchange's life. NULL without memory. */
const char *session_csrf(struct exchange *ex);
bool session_csrf_holds(struct exchange *ex, const char *token);

/* Signs in: checks attempts, login and password (argon2id), begins a new session and sets the cookie.
 * Faults: LOGIN_WRONG (unknown login and wrong password alike), TOO_MANY_ATTEMPTS. */
const struct fault *session_begin(struct exchange *ex, const char *login, const char *password);
const struct fault *session_end(struct exchange *ex);
/* Gives the holder of number and query code a ticket for the dossier. */
const struct fault *ticket_give(struct exchange *ex, int32_t agency, int64_t dossier, const char *ref);

/* One more try at a door ("login", "track") by a subject (a login, a number: kept as keyed hash only). Fault
 * TOO_MANY_ATTEMPTS (FAULT_TOO_MUCH) when the subject or the visitor's address has failed too often in the
 * window; the same whether or not the subject exists. */
const struct fault *attempt_begin(struct exchange *ex, const char *kind, const char *subject);
/* After a failure: counts against the address too. After a success: the subject's count begins anew. */
const struct fault *attempt_failed(struct exchange *ex, const char *kind);
const struct fault *attempt_held(struct exchange *ex, const char *kind, const char *subject);

#endif
