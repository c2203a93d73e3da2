#include "search/spaces/variation.h"

#define VARIATION_TRIES 64

enum status variation_mutate(const struct space *s, struct rng *r, const struct candidate *parent,
                             struct candidate *out, struct arena *arena)
{
    struct arena_mark mark = arena_mark(arena);
    struct candidate child;
    for (int i = 0; i < VARIATION_TRIES; i++) {
        arena_rewind(arena, mark);
        uint16_t *genes = space_genes(s, arena);
        if (!genes) return SIBYL_E_MEM;
        s->edit(s, r, parent->genes, genes);
        enum status st = candidate_make(&child, arena, s, genes);
        if (st) return st;
        if (hash128_compare(parent->hash, child.hash) != 0) break;
    }
    *out = child;
    return SIBYL_OK;
}

enum status variation_cross(const struct space *s, struct rng *r,
                            const struct candidate *const parents[2], struct candidate *out,
                            struct arena *arena)
{
    if (!s->cross) return variation_mutate(s, r, parents[0], out, arena);
    uint16_t *genes = space_genes(s, arena);
    if (!genes) return SIBYL_E_MEM;
    s->cross(s, r, parents[0]->genes, parents[1]->genes, genes);
    return candidate_make(out, arena, s, genes);
}
