/* Text of strangers. Local. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Whether all of it is UTF-8 (RFC 3629). */
bool text_is_utf8(const char *text);

/* In place: each byte that is no part of a whole UTF-8 character (RFC 3629), and each of a control
 * character, becomes '?'. What is left is a protobuf string, and harmless on a terminal. */
void text_make_printable(char *text);

/* The same, to a stream; the text stays as it is. */
void text_print(FILE *stream, const char *text);

/* The same, as a copy in `out`, which is returned; cut where it does not fit. */
const char *text_printable(char *out, size_t bytes, const char *text);

#endif
