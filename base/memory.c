#define _DEFAULT_SOURCE /* madvise */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64

void *memory_large(size_t bytes)
{
    if (bytes > SIZE_MAX / 2) return NULL;
    size_t unit = bytes >= MEMORY_HUGE_PAGE ? MEMORY_HUGE_PAGE : ALIGNMENT;
    size_t whole = (bytes + unit - 1) / unit * unit;
    void *p = aligned_alloc(unit, whole ? whole : unit);
    if (p && unit == MEMORY_HUGE_PAGE) madvise(p, whole, MADV_HUGEPAGE); /* advice: may fail */
    return p;
}

void *memory_large_zeroed(size_t bytes)
{
    void *p = memory_large(bytes);
    if (p) memset(p, 0, bytes);
    return p;
}
