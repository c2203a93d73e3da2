/* Text of strangers. Local. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* In place: each byte that is no part of a whole UTF-8 character (RFC 3629), and each of a control
 * character, becomes '?'. What is left is a protobuf string, and harmless on a terminal. */
void text_make_printable(char *text);

/* The same, to a stream; the text stays as it is. */
void text_print(FILE *stream, const char *text);

/* The same, as a copy in `out`, which is returned; cut where it does not fit. */
const char *text_printable(char *out, size_t bytes, const char *text);

#endif
