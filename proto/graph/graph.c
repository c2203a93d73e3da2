#include "proto/graph/graph.h"

#include "proto/graph/csr.h"

#include <math.h>
#include <string.h>

static enum status check_ops(const uint16_t *ops, uint32_t nodes, uint32_t vocabulary_count)
{
    if (nodes == 0 || nodes > GRAPH_NODES_MAX)
        return err_set(SIBYL_E_FORMAT, "a graph of %u nodes: want 1..%d", nodes, GRAPH_NODES_MAX);
    for (uint32_t i = 0; i < nodes; i++)
        if (ops[i] >= vocabulary_count)
            return err_set(SIBYL_E_FORMAT,
                           "node %u: operation %u is not in the vocabulary of %u operations", i,
                           ops[i], vocabulary_count);
    return SIBYL_OK;
}

static enum status check_edges(const struct graph_edge *edges, uint32_t count, uint32_t nodes)
{
    if (count > GRAPH_EDGES_MAX)
        return err_set(SIBYL_E_FORMAT, "a graph of %u edges: want at most %d", count,
                       GRAPH_EDGES_MAX);
    for (uint32_t e = 0; e < count; e++) {
        struct graph_edge x = edges[e];
        if (x.from >= nodes || x.to >= nodes)
            return err_set(SIBYL_E_FORMAT, "edge %u (%u -> %u): the graph has only %u nodes", e,
                           x.from, x.to, nodes);
        if (x.from == x.to)
            return err_set(SIBYL_E_FORMAT, "edge %u (%u -> %u) is a loop", e, x.from, x.to);
        if (x.multiplicity == 0 || x.multiplicity > GRAPH_MULTIPLICITY_MAX)
            return err_set(SIBYL_E_FORMAT, "edge %u (%u -> %u): multiplicity %u, want 1..%d", e,
                           x.from, x.to, x.multiplicity, GRAPH_MULTIPLICITY_MAX);
    }
    return SIBYL_OK;
}

enum status graph_make(struct graph *out, struct arena *arena, const uint16_t *ops, uint32_t nodes,
                       const struct graph_edge *edges, uint32_t edge_count,
                       uint32_t vocabulary_count)
{
    enum status st = check_ops(ops, nodes, vocabulary_count);
    if (!st) st = check_edges(edges, edge_count, nodes);
    if (st) return st;
    struct graph g;
    void *block = arena_alloc(arena, csr_bytes(nodes, edge_count));
    if (!block) return SIBYL_E_MEM;
    csr_place(&g, block, nodes, edge_count);
    memcpy(g.ops, ops, nodes * sizeof(*ops));
    st = csr_fill(&g, edges, edge_count);
    if (!st) st = csr_sort(&g, arena);
    if (!st) *out = g;
    return st;
}

enum status graph_set_attributes(struct graph *g, struct arena *arena, const float *values,
                                 uint32_t attributes)
{
    size_t count = (size_t)g->nodes * attributes;
    if (attributes > GRAPH_ATTRIBUTES_MAX)
        return err_set(SIBYL_E_FORMAT, "%u attributes of a node: want at most %d", attributes,
                       GRAPH_ATTRIBUTES_MAX);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return err_set(SIBYL_E_FORMAT, "attribute %zu of node %zu is not a finite number",
                           i % attributes + 1, i / attributes);
    if (!count) return SIBYL_OK;
    float *made = arena_alloc(arena, count * sizeof(*made));
    if (!made) return SIBYL_E_MEM;
    for (size_t i = 0; i < count; i++) made[i] = values[i] == 0 ? 0 : values[i]; /* no -0 */
    g->attribute = made;
    g->attributes = attributes;
    return SIBYL_OK;
}

enum status graph_copy(struct graph *out, struct arena *arena, const struct graph *g)
{
    struct graph copy;
    void *block = arena_alloc(arena, csr_bytes(g->nodes, g->edges));
    if (!block) return SIBYL_E_MEM;
    csr_place(&copy, block, g->nodes, g->edges);
    size_t starts = ((size_t)g->nodes + 1) * sizeof(uint32_t), edges = g->edges * sizeof(uint32_t);
    copy.sketch = g->sketch;
    memcpy(copy.ops, g->ops, g->nodes * sizeof(*g->ops));
    memcpy(copy.topological, g->topological, g->nodes * sizeof(uint32_t));
    memcpy(copy.out_start, g->out_start, starts);
    memcpy(copy.in_start, g->in_start, starts);
    memcpy(copy.out_node, g->out_node, edges);
    memcpy(copy.out_multiplicity, g->out_multiplicity, edges);
    memcpy(copy.in_node, g->in_node, edges);
    memcpy(copy.in_multiplicity, g->in_multiplicity, edges);
    enum status st = graph_set_attributes(&copy, arena, g->attribute, g->attributes);
    if (!st) *out = copy;
    return st;
}

static bool same_list(const uint32_t *start, const uint32_t *node, const uint32_t *multiplicity,
                      uint32_t a, uint32_t b)
{
    size_t count = start[a + 1] - start[a], bytes = count * sizeof(*node);
    return count == start[b + 1] - start[b] &&
           memcmp(node + start[a], node + start[b], bytes) == 0 &&
           memcmp(multiplicity + start[a], multiplicity + start[b], bytes) == 0;
}

static bool same_attributes(const struct graph *g, uint32_t a, uint32_t b)
{
    size_t n = g->attributes;
    return n == 0 ||
           memcmp(g->attribute + a * n, g->attribute + b * n, n * sizeof(*g->attribute)) == 0;
}

bool graph_twins(const struct graph *g, uint32_t a, uint32_t b)
{
    return g->ops[a] == g->ops[b] && same_attributes(g, a, b) &&
           same_list(g->out_start, g->out_node, g->out_multiplicity, a, b) &&
           same_list(g->in_start, g->in_node, g->in_multiplicity, a, b);
}

struct hash128 graph_digest(const struct graph *g)
{
    const struct hash128 parts[] = {
        digest_xxh128(g->ops, g->nodes * sizeof(*g->ops)),
        digest_xxh128(g->out_start, (g->nodes + 1) * sizeof(*g->out_start)),
        digest_xxh128(g->out_node, g->edges * sizeof(*g->out_node)),
        digest_xxh128(g->out_multiplicity, g->edges * sizeof(*g->out_multiplicity)),
        digest_xxh128(g->attribute, g->attributes
                                        ? (size_t)g->nodes * g->attributes * sizeof(*g->attribute)
                                        : 0)};
    return digest_xxh128(parts, sizeof(parts));
}
