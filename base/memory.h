/* Memory for large arrays. Local. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

#define MEMORY_HUGE_PAGE ((size_t)1 << 21)

/* `bytes` bytes at a multiple of 64, the caller's to free(); NULL: no memory, message not set. From
 * 2 MiB on in whole huge pages, where the system gives them: passes over such arrays are up to a
 * tenth faster, because fewer addresses have to be translated. Not zeroed. */
void *memory_large(size_t bytes);

/* The same, zeroed. */
void *memory_large_zeroed(size_t bytes);

#endif
