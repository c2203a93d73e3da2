/* base/memory.c for a simulation: by malloc(), which the simulator shares between ranks where it is
 * large. */
#include "base/memory.h"

#include <stdlib.h>

void *memory_large(size_t bytes)
{
    return malloc(bytes ? bytes : 1);
}

void *memory_large_zeroed(size_t bytes)
{
    return memory_large(bytes); /* a simulation's numbers are nobody's */
}
