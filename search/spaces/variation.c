#include "search/spaces/variation.h"

#include <string.h>

#define VARIATION_TRIES 64

/* All edits one after the other, until one is of another network; where none is, the parent. */
static enum status mutate_in_turn(const struct space *s, struct rng *r,
                                  const struct candidate *parent, struct candidate *out,
                                  struct arena *arena)
{
    struct arena_mark mark = arena_mark(arena);
    for (uint64_t i = 0;; i++) {
        arena_rewind(arena, mark);
        uint16_t *genes = space_genes(s, arena);
        if (!genes) return SIBYL_E_MEM;
        bool last = !s->edit_at(s, r, parent->genes, i, genes);
        if (last) memcpy(genes, parent->genes, s->genes * sizeof(*genes));
        enum status st = candidate_make(out, arena, s, genes);
        if (st || last || hash128_compare(parent->hash, out->hash) != 0) return st;
    }
}

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
        if (hash128_compare(parent->hash, child.hash) != 0) {
            *out = child;
            return SIBYL_OK;
        }
    }
    if (s->edit_at) return mutate_in_turn(s, r, parent, out, arena);
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
