/* Do evaluations fail one like the other? Where the first of a search all do, it is the program
 * that is broken, and not the networks that are bad. Local. */
#ifndef SEARCH_ENGINE_ALIKE_H
#define SEARCH_ENGINE_ALIKE_H

#include <stdbool.h>
#include <stdint.h>

#define ALIKE_BYTES 512

struct alike { /* all zero: nothing was seen */
    uint64_t seen;
    bool over; /* one has succeeded, or failed for another reason */
    char reason[ALIKE_BYTES];
};

/* Takes note of an evaluation. True for the `enough`th, if all until then have failed for the same
 * reason, but for numbers and paths in it; never where `enough` is 0. */
bool alike_is_enough(struct alike *a, bool failed, const char *reason, uint64_t enough);

#endif
