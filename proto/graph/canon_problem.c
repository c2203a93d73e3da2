#include "proto/graph/canon_problem.h"

uint32_t forest_root(uint32_t *forest, uint32_t node)
{
    while (forest[node] != node) node = forest[node] = forest[forest[node]];
    return node;
}

void forest_join(uint32_t *forest, uint32_t a, uint32_t b)
{
    a = forest_root(forest, a);
    b = forest_root(forest, b);
    if (a < b)
        forest[b] = a;
    else
        forest[a] = b;
}

uint32_t *forest_new(struct arena *arena, uint32_t nodes)
{
    uint32_t *forest = arena_alloc(arena, nodes * sizeof(*forest));
    for (uint32_t i = 0; forest && i < nodes; i++) forest[i] = i;
    return forest;
}

struct hash128 problem_hash(const struct solver *s, const struct problem *p, const uint32_t *order,
                            const uint32_t *value)
{
    const struct piece *g = &p->graph;
    struct hash128 parts[2] = {{g->nodes, g->arcs}, {0, 0}};
    uint32_t *outer = s->refiner.cells; /* free between its calls, and large enough */
    for (uint32_t i = 0; i < g->nodes; i++) {
        uint32_t node = order[i];
        outer[i] = p->outer[node];
        for (uint32_t e = g->start[node]; e < g->start[node + 1]; e++) {
            if (g->label[e] & 1) continue;
            uint64_t ends = ((uint64_t)value[node] << 32) + value[g->to[e]];
            uint64_t label = (uint64_t)g->label[e] * 0x9e3779b97f4a7c15u;
            parts[1].high += keyed_mix(keyed_mix(ends + 1) + label);
            parts[1].low += keyed_mix(keyed_mix(ends + 0xd1b54a32d192ed03u) ^ label);
        }
    }
    struct hash128 nodes = digest_xxh128(outer, g->nodes * sizeof(*outer));
    parts[0].high ^= nodes.high;
    parts[0].low ^= nodes.low;
    return digest_xxh128(parts, sizeof(parts));
}
