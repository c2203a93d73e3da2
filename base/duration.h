/* How long something takes, as a person reads it. Local. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stddef.h>

/* "4.2 s", "3 min 20 s", "2 h 05 min", "3 d 04 h": the second that has begun counts whole, what is
 * smaller than the last unit is left out. `bytes`: 64 are enough for any number. */
void duration_text(char *out, size_t bytes, double s);

#endif
