#include "jobs/symmetry.h"

#include "proto/graph/canon.h"

size_t symmetry_inexact(const struct dataset *d)
{
    size_t inexact = 0;
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < d->count; i++) {
        struct graph form;
        if (d->rows[i].graph.nodes <= CANON_EXACT_NODES) continue;
        arena_reset(&arena);
        if (graph_canonical(&form, &arena, &d->rows[i].graph, &d->vocabulary)) continue;
        inexact += !graph_is_exact(&form);
    }
    arena_release(&arena);
    return inexact;
}
