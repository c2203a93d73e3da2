/* What the files of the canonical form share. */
#ifndef PROTO_CANON_INTERNAL_H
#define PROTO_CANON_INTERNAL_H

#include "proto/graph.h"

#include <stddef.h>

#define SCRATCH_BYTES 49152

/* Scratch memory: the caller's stack as long as that lasts, then an arena. Not cleared. */
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

/* A canonical order of the nodes into order[g->nodes] (order[0] comes first). It is topological. */
enum status canon_order(const struct graph *g, struct scratch *s, uint32_t *order);

/* The same by nauty, beginning from cells that only like nodes share: cell c holds the nodes
 * lab[i] with colour[lab[i]] == c, and is named by the place i of its first node. */
enum status canon_nauty(const struct graph *g, struct scratch *s, const uint32_t *lab,
                        const uint32_t *colour, uint32_t *order);

#endif
