/* json.h - jansson joins our lifetimes; canonical form by RFC 8785 (integers and text only). */
#ifndef MINGDA_JSON_H
#define MINGDA_JSON_H

#include <stddef.h>
#include <jansson.h>
#include "fault.h"

/* `json` is released when `life` ends. NULL stays NULL; without memory it is released at once: NULL. */
json_t *json_adopt(TALLOC_CTX *life, json_t *json);

/* Parses one JSON document of `length` bytes; duplicate keys and bytes after the end are faults.
 * Fault JSON_SYNTAX: detail is "name:line: …". */
const struct fault *json_read(TALLOC_CTX *life, const char *name, const char *bytes, size_t length,
                              json_t **out);

/* The canonical bytes of RFC 8785 on `life`. Real numbers and integers beyond 2^53 are faults (JSON_NUMBER).
 */
const struct fault *json_canonical(TALLOC_CTX *life, const json_t *json, const char **out, size_t *length);

/* The text under `key` of an object, or NULL. Borrowed from `object`. */
const char *json_text(const json_t *object, const char *key);
#endif
