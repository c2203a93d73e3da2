/* Lists of names for messages, and the name that was meant. Local. */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <stddef.h>

/* As many names as fit, then "..." if some did not; "(none)" for an empty list. */
void names_list(char *out, size_t bytes, const char *const *names, size_t count);

/* The name that was probably meant by `text`, which is none of them: one that it is the beginning
 * of, or one that a few letters more, fewer, others or two swapped make of it. NULL: none is near.
 */
const char *names_nearest(const char *text, const char *const *names, size_t count);

/* How many letters must be put in, left out, replaced or swapped with the next to make one text of
 * the other. Texts of more than NAMES_COMPARED_BYTES are compared by their beginnings. */
#define NAMES_COMPARED_BYTES 48
size_t names_distance(const char *a, const char *b);

#endif
