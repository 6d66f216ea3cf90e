/* roots.h - the files of certificates that are believed. */
#ifndef MINGDA_ROOTS_H
#define MINGDA_ROOTS_H

#include "settings.h"
#include "stamp.h"

/* A PEM file of root certificates, on `life`; what it holds has been tried. Faults of share_read_file and
 * VERIFY_ROOTS. */
const struct fault *roots_read(TALLOC_CTX *life, const char *path, const struct seal_file **out);

/* Whom timestamps are believed and by which policy: timestamp.roots and timestamp.policy. SEAL_STAMP_ROOTS
 * (FAULT_INPUT): the first is not set, or its file does not serve. */
const struct fault *stamp_rules_read(const struct settings *settings, TALLOC_CTX *life,
                                     struct stamp_rules *out);

#endif
