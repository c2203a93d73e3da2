/* Random DAGs for tests: `nodes` nodes, edges i -> j (i < j) with chance `density`,
 * multiplicities 1..3; and attributes for them, quarters within +-1. */
#ifndef TESTS_RANDOM_GRAPH_H
#define TESTS_RANDOM_GRAPH_H

#include "base/rng.h"
#include "proto/graph/graph.h"

#include <stdlib.h>

static inline enum status random_graph(struct graph *out, struct arena *arena, struct rng *r,
                                       uint32_t nodes, double density, uint32_t vocabulary)
{
    uint16_t *ops = arena_alloc(arena, nodes * sizeof(*ops));
    struct graph_edge *edges = arena_alloc(arena, (nodes * (size_t)nodes / 2 + 1) * sizeof(*edges));
    uint32_t count = 0;
    if (!ops || !edges) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < nodes; i++) {
        ops[i] = (uint16_t)rng_below(r, vocabulary);
        for (uint32_t j = i + 1; j < nodes; j++)
            if (rng_uniform(r) < density)
                edges[count++] = (struct graph_edge){i, j, 1 + (uint32_t)rng_below(r, 3)};
    }
    return graph_make(out, arena, ops, nodes, edges, count, vocabulary);
}

static inline enum status random_attributes(struct graph *g, struct arena *arena, struct rng *r,
                                            uint32_t attributes)
{
    size_t count = (size_t)g->nodes * attributes;
    float *values = arena_alloc(arena, (count + 1) * sizeof(*values));
    if (!values) return SIBYL_E_MEM;
    for (size_t i = 0; i < count; i++) values[i] = (float)rng_below(r, 9) / 4 - 1;
    return graph_set_attributes(g, arena, values, attributes);
}

#endif
