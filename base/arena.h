/* Scratch memory that is given back all at once.
 *
 * arena_init -> arena_alloc ... -> arena_reset -> arena_alloc ... -> arena_release. After a reset
 * the blocks are kept, so a loop of equal steps allocates nothing from its second step on. Memory
 * is 64-byte aligned and not cleared. Under AddressSanitizer freed parts are poisoned. Local, one
 * thread. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *first, *current;
};

void arena_init(struct arena *a);

/* `bytes` of memory, or NULL with the message set. */
void *arena_alloc(struct arena *a, size_t bytes);

/* `count` zeroed items of `size` bytes; NULL on overflow or lack of memory, with the message set.
 */
void *arena_calloc(struct arena *a, size_t count, size_t size);

/* A copy of a string; NULL with the message set. */
char *arena_strdup(struct arena *a, const char *text);

/* A point in time: what is allocated after arena_mark() is free for reuse after arena_rewind(). */
struct arena_mark {
    struct arena_block *block; /* NULL: the arena was empty */
    size_t used;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark to);

/* All memory is free for reuse. */
void arena_reset(struct arena *a);

/* All memory goes back to the system; the arena is as after arena_init. */
void arena_release(struct arena *a);

#endif
