#include "proto/graph.h"

#include "proto/csr.h"

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

/* ---- a heap of the nodes that are ready; the smallest on top ---- */

static void heap_push(uint32_t *heap, uint32_t *count, uint32_t node)
{
    uint32_t at = (*count)++;
    for (; at && heap[(at - 1) / 2] > node; at = (at - 1) / 2) heap[at] = heap[(at - 1) / 2];
    heap[at] = node;
}

static uint32_t heap_pop(uint32_t *heap, uint32_t *count)
{
    uint32_t top = heap[0], last = heap[--*count], at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= *count) break;
        if (child + 1 < *count && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= last) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return top;
}

static bool is_ascending(const struct graph *g)
{
    for (uint32_t i = 0; i < g->nodes; i++)
        if (g->out_start[i] < g->out_start[i + 1] && g->out_node[g->out_start[i]] < i) return false;
    return true;
}

/* Fills g->topological; fails if there is a cycle. */
static enum status sort_nodes(struct graph *g, struct arena *arena)
{
    uint32_t n = g->nodes, done = 0, ready = 0;
    if (is_ascending(g)) {
        for (uint32_t i = 0; i < n; i++) g->topological[i] = i;
        return SIBYL_OK;
    }
    uint32_t *waiting = arena_alloc(arena, 2 * (size_t)n * sizeof(*waiting));
    if (!waiting) return SIBYL_E_MEM;
    uint32_t *heap = waiting + n;
    for (uint32_t i = 0; i < n; i++) {
        waiting[i] = g->in_start[i + 1] - g->in_start[i];
        if (!waiting[i]) heap_push(heap, &ready, i);
    }
    while (ready) {
        uint32_t node = heap_pop(heap, &ready);
        g->topological[done++] = node;
        for (uint32_t e = g->out_start[node]; e < g->out_start[node + 1]; e++)
            if (--waiting[g->out_node[e]] == 0) heap_push(heap, &ready, g->out_node[e]);
    }
    if (done == n) return SIBYL_OK;
    uint32_t stuck = 0;
    while (!waiting[stuck]) stuck++;
    return err_set(SIBYL_E_FORMAT, "the edges make a cycle (node %u is on one or behind one)",
                   stuck);
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
    if (!st) st = sort_nodes(&g, arena);
    if (!st) *out = g;
    return st;
}

enum status graph_copy(struct graph *out, struct arena *arena, const struct graph *g)
{
    struct graph copy;
    void *block = arena_alloc(arena, csr_bytes(g->nodes, g->edges));
    if (!block) return SIBYL_E_MEM;
    csr_place(&copy, block, g->nodes, g->edges);
    size_t starts = ((size_t)g->nodes + 1) * sizeof(uint32_t), edges = g->edges * sizeof(uint32_t);
    memcpy(copy.ops, g->ops, g->nodes * sizeof(*g->ops));
    memcpy(copy.topological, g->topological, g->nodes * sizeof(uint32_t));
    memcpy(copy.out_start, g->out_start, starts);
    memcpy(copy.in_start, g->in_start, starts);
    memcpy(copy.out_node, g->out_node, edges);
    memcpy(copy.out_multiplicity, g->out_multiplicity, edges);
    memcpy(copy.in_node, g->in_node, edges);
    memcpy(copy.in_multiplicity, g->in_multiplicity, edges);
    *out = copy;
    return SIBYL_OK;
}

void graph_topological_order(const struct graph *g, uint32_t *order)
{
    memcpy(order, g->topological, g->nodes * sizeof(*order));
}
