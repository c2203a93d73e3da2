/* Numbers that JSON does not have, but that programs write: NaN, Infinity, -Infinity (Python), and
 * those beyond the range of a double, or of a 64-bit integer. Local. */
#ifndef PROTO_IMPORT_JSON_LITERALS_H
#define PROTO_IMPORT_JSON_LITERALS_H

#include "base/status.h"

#include <stddef.h>

/* A copy of a text in which null stands for what is no finite number, and a real number for an
 * integer that is too long; *out is the caller's to free(), NULL where there is nothing of the kind
 * in the text. */
enum status json_literals_replace(const char *text, size_t bytes, char **out, size_t *out_bytes);

#endif
