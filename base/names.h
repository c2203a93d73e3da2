/* "a, b, c" for messages. Local. */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <stddef.h>

/* As many names as fit, then "..." if some did not; "(none)" for an empty list. */
void names_list(char *out, size_t bytes, const char *const *names, size_t count);

#endif
