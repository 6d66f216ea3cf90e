/* worker.h - one FastCGI worker: one exchange after another on a listening socket, one database connection.
 */
#ifndef MINGDA_WORKER_H
#define MINGDA_WORKER_H

#include <stddef.h>
#include "house.h"

/* Serves until SIGTERM (the exchange under way is finished first) or until web.exchanges have been served.
 * Gives the exit status of the process: 0 when it left as intended. Call it in a fresh process. */
int worker_serve(const struct house *house, const char *database, int listener, size_t slot);
#endif
