/* translation.h - Chinese texts and their counterparts, from gettext .po files (read as they are: no build
 * step stands between a translator and the page). Pure: is handed bytes. */
#ifndef MINGDA_TRANSLATION_H
#define MINGDA_TRANSLATION_H

#include <stddef.h>
#include "fault.h"

enum language { LANGUAGE_ZH, LANGUAGE_EN, LANGUAGE_COUNT };

/* "zh-CN", "en": for the attribute `lang` and for Accept-Language. */
const char *language_tag(enum language language);

struct translation;

/* Reads a .po file: msgid and msgstr, comments, continued strings; entries marked fuzzy or without msgstr
 * count as missing. Copied to `life`. Fault TRANSLATION_SYNTAX (FAULT_BROKEN) with "name:line: sentence";
 * also for plural forms, contexts and duplicate messages, which we do not use. */
const struct fault *translation_read(TALLOC_CTX *life, const char *name, const char *bytes, size_t length,
                                     const struct translation **out);

/* The counterpart of `message`, borrowed; NULL when there is none. */
const char *translation_find(const struct translation *t, const char *message);
size_t translation_count(const struct translation *t);
#endif
