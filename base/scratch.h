/* Scratch memory of one call: the caller's stack as long as that lasts, then an arena.
 *
 * scratch_init -> scratch_take ... -> scratch_release. Not cleared. Local. */
#ifndef BASE_SCRATCH_H
#define BASE_SCRATCH_H

#include "base/arena.h"

#include <stddef.h>

#define SCRATCH_BYTES 49152

struct scratch {
    size_t used;
    struct arena arena;
    _Alignas(8) unsigned char first[SCRATCH_BYTES];
};

static inline void scratch_init(struct scratch *s)
{
    s->used = 0;
    arena_init(&s->arena);
}

static inline void scratch_release(struct scratch *s)
{
    arena_release(&s->arena);
}

/* `count` items of `size` bytes, or NULL with the message set. */
static inline void *scratch_take(struct scratch *s, size_t count, size_t size)
{
    size_t bytes = (count * size + 7) / 8 * 8;
    if (bytes > SCRATCH_BYTES - s->used) return arena_alloc(&s->arena, bytes);
    void *p = s->first + s->used;
    s->used += bytes;
    return p;
}

#endif
