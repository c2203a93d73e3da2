#include "proto/graph/csr.h"

#include <stdbool.h>
#include <string.h>

static size_t padded(size_t bytes)
{
    return (bytes + 7) / 8 * 8;
}

size_t csr_bytes(uint32_t nodes, uint32_t edges)
{
    return padded((size_t)nodes * sizeof(uint16_t)) + padded((size_t)nodes * sizeof(uint32_t)) +
           2 * padded(((size_t)nodes + 1) * sizeof(uint32_t)) +
           4 * padded((size_t)edges * sizeof(uint32_t));
}

static uint32_t *cut(unsigned char **next, size_t count)
{
    uint32_t *words = (uint32_t *)(void *)*next;
    *next += padded(count * sizeof(uint32_t));
    return words;
}

void csr_place(struct graph *g, void *block, uint32_t nodes, uint32_t edges)
{
    unsigned char *next = block;
    g->nodes = nodes;
    g->edges = edges;
    g->attributes = 0;
    g->attribute = NULL;
    g->sketch = (struct hash128){0, 0};
    g->out_start = cut(&next, (size_t)nodes + 1);
    g->in_start = cut(&next, (size_t)nodes + 1);
    g->topological = cut(&next, nodes);
    g->out_node = cut(&next, edges);
    g->out_multiplicity = cut(&next, edges);
    g->in_node = cut(&next, edges);
    g->in_multiplicity = cut(&next, edges);
    g->ops = (uint16_t *)(void *)next;
}

/* Counts at start[i + 1] -> start of every list. */
static void sum_up(uint32_t *start, uint32_t nodes)
{
    for (uint32_t i = 0; i < nodes; i++) start[i + 1] += start[i];
}

/* After a filling that moved each start to its list's end: the starts again. */
static void step_back(uint32_t *start, uint32_t nodes)
{
    memmove(start + 1, start, nodes * sizeof(*start));
    start[0] = 0;
}

/* Repeated targets stand side by side: one entry for each. */
static enum status merge_repeats(struct graph *g)
{
    uint32_t kept = 0, begin = 0;
    for (uint32_t i = 0; i < g->nodes; i++) {
        uint32_t first = kept, end = g->out_start[i + 1];
        for (uint32_t e = begin; e < end; e++) {
            uint32_t to = g->out_node[e], m = g->out_multiplicity[e];
            if (kept > first && g->out_node[kept - 1] == to) {
                m += g->out_multiplicity[--kept];
                if (m > GRAPH_MULTIPLICITY_MAX)
                    return err_set(SIBYL_E_FORMAT,
                                   "edge %u -> %u: its multiplicities add up to more than %d", i,
                                   to, GRAPH_MULTIPLICITY_MAX);
            }
            g->out_node[kept] = to;
            g->out_multiplicity[kept++] = m;
        }
        begin = end;
        g->out_start[i + 1] = kept;
    }
    g->edges = kept;
    return SIBYL_OK;
}

enum status csr_fill(struct graph *g, const struct graph_edge *edges, uint32_t edge_count)
{
    uint32_t n = g->nodes;
    memset(g->in_start, 0, ((size_t)n + 1) * sizeof(uint32_t));
    memset(g->out_start, 0, ((size_t)n + 1) * sizeof(uint32_t));
    for (uint32_t e = 0; e < edge_count; e++) {
        g->in_start[edges[e].to + 1]++;
        g->out_start[edges[e].from + 1]++;
    }
    sum_up(g->in_start, n);
    sum_up(g->out_start, n);
    for (uint32_t e = 0; e < edge_count; e++) { /* by target */
        uint32_t at = g->in_start[edges[e].to]++;
        g->in_node[at] = edges[e].from;
        g->in_multiplicity[at] = edges[e].multiplicity;
    }
    step_back(g->in_start, n);
    for (uint32_t to = 0; to < n; to++) /* by source: targets come in ascending order */
        for (uint32_t e = g->in_start[to]; e < g->in_start[to + 1]; e++) {
            uint32_t at = g->out_start[g->in_node[e]]++;
            g->out_node[at] = to;
            g->out_multiplicity[at] = g->in_multiplicity[e];
        }
    step_back(g->out_start, n);
    enum status st = merge_repeats(g);
    if (st) return st;
    memset(g->in_start, 0, ((size_t)n + 1) * sizeof(uint32_t));
    for (uint32_t e = 0; e < g->edges; e++) g->in_start[g->out_node[e] + 1]++;
    sum_up(g->in_start, n);
    for (uint32_t from = 0; from < n; from++) /* by target again: sources come in ascending order */
        for (uint32_t e = g->out_start[from]; e < g->out_start[from + 1]; e++) {
            uint32_t at = g->in_start[g->out_node[e]]++;
            g->in_node[at] = from;
            g->in_multiplicity[at] = g->out_multiplicity[e];
        }
    step_back(g->in_start, n);
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

enum status csr_sort(struct graph *g, struct arena *scratch)
{
    uint32_t n = g->nodes, done = 0, ready = 0;
    if (is_ascending(g)) {
        for (uint32_t i = 0; i < n; i++) g->topological[i] = i;
        return SIBYL_OK;
    }
    uint32_t *waiting = arena_alloc(scratch, 2 * (size_t)n * sizeof(*waiting));
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
