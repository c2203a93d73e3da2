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

/* As one word of a POSIX shell, in single quotes. */
void text_print_word(FILE *stream, const char *text);

/* Bytes of the character that the text begins with; 0: it begins with none, as above. */
size_t text_character_bytes(const char *text);

/* The same as text_make_printable(), as a copy in `out`, which is returned; cut between two
 * characters where it does not fit. */
const char *text_printable(char *out, size_t bytes, const char *text);

#endif
