#include "predictor/inputs/twins.h"

#include "base/digest.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static uint64_t hash_list(const uint32_t *start, const uint32_t *node, uint32_t i)
{
    return digest_xxh128(node + start[i], (start[i + 1] - start[i]) * sizeof(*node)).low;
}

static uint64_t hash_attributes(const struct graph *g, size_t i)
{
    size_t n = g->attributes;
    return n ? digest_xxh128(g->attribute + i * n, n * sizeof(float)).low : 0;
}

/* first[i]: the first of i's twins, itself perhaps. Returns how many kinds there are; 0: no memory.
 */
static uint32_t find_twins(const struct graph *g, struct arena *arena, uint32_t *first)
{
    size_t size = 64;
    uint32_t kinds = 0;
    while (size < 2 * (size_t)g->nodes) size *= 2;
    uint32_t *table = arena_calloc(arena, size, sizeof(*table)); /* a node + 1, or 0 */
    for (uint32_t i = 0; table && i < g->nodes; i++) {
        uint64_t parts[4] = {g->ops[i], hash_list(g->in_start, g->in_node, i),
                             hash_list(g->out_start, g->out_node, i), hash_attributes(g, i)};
        size_t at = digest_xxh128(parts, sizeof(parts)).low & (size - 1);
        while (table[at] && !graph_twins(g, table[at] - 1, i)) at = (at + 1) & (size - 1);
        if (!table[at]) {
            table[at] = i + 1;
            kinds++;
        }
        first[i] = table[at] - 1;
    }
    return kinds;
}

/* One node's attributes for each kind, whose number + 1 stands at its first node. */
static enum status merge_attributes(struct graph *out, struct arena *arena, const struct graph *g,
                                    const uint32_t *number)
{
    size_t n = g->attributes;
    float *values = n ? arena_alloc(arena, out->nodes * n * sizeof(*values)) : NULL;
    if (!n) return SIBYL_OK;
    if (!values) return SIBYL_E_MEM;
    for (size_t i = 0; i < g->nodes; i++)
        if (number[i])
            memcpy(values + (number[i] - 1) * n, g->attribute + i * n, n * sizeof(*values));
    return graph_set_attributes(out, arena, values, g->attributes);
}

enum status twins_merge(struct graph *out, uint32_t **out_copies, struct arena *arena,
                        const struct graph *g)
{
    uint32_t *first = arena_alloc(arena, g->nodes * sizeof(*first));
    uint32_t *number = arena_calloc(arena, g->nodes, sizeof(*number)); /* of first[i] + 1 */
    uint32_t kinds = first ? find_twins(g, arena, first) : 0;
    uint32_t *copies = arena_calloc(arena, kinds, sizeof(*copies)), edge_count = 0;
    uint16_t *ops = arena_alloc(arena, kinds * sizeof(*ops));
    struct graph_edge *edges = arena_alloc(arena, g->edges * sizeof(*edges));
    if (!first || !number || !kinds || !copies || !ops || !edges) return SIBYL_E_MEM;
    *out = *g;
    *out_copies = NULL;
    if (kinds == g->nodes) return SIBYL_OK;
    for (uint32_t i = g->nodes, next = kinds; i-- > 0;) {
        if (!number[first[i]]) number[first[i]] = next--;
        copies[number[first[i]] - 1]++;
        ops[number[first[i]] - 1] = g->ops[i];
    }
    for (uint32_t i = 0; i < g->nodes; i++)
        for (uint32_t e = g->out_start[i]; first[i] == i && e < g->out_start[i + 1]; e++) {
            uint32_t to = g->out_node[e];
            if (first[to] == to)
                edges[edge_count++] =
                    (struct graph_edge){number[i] - 1, number[to] - 1, g->out_multiplicity[e]};
        }
    enum status st = graph_make(out, arena, ops, kinds, edges, edge_count, UINT16_MAX + 1);
    if (!st) st = merge_attributes(out, arena, g, number);
    if (!st) *out_copies = copies;
    return st;
}

/* Whether a row's own twins are in its list as well as itself. */
static bool sees_twins(const struct batch *b, uint32_t row, enum topology t)
{
    switch (t) {
    case TOPOLOGY_SIBLING_PARENT:
        return b->predecessors.end[row] > b->predecessors.start[row];
    case TOPOLOGY_SIBLING_CHILD:
        return b->successors.end[row] > b->successors.start[row];
    case TOPOLOGY_GLOBAL:
        return true;
    default:
        return false;
    }
}

/* A row counts once in its own list. */
static void count_once(struct row_lists *l, uint32_t row)
{
    for (uint32_t e = l->start[row]; e < l->end[row]; e++)
        if (l->row[e] == row) l->log_copies[e] = 0;
}

static void count_neighbours(const struct row_lists *l, const real *copies, real *weight)
{
    for (uint32_t e = 0; e < l->stored; e++) weight[e] *= copies[l->row[e]];
}

enum status twins_count(struct batch *b, struct arena *arena, const uint32_t *copies)
{
    b->copies = arena_alloc(arena, b->rows * sizeof(*b->copies));
    if (!b->copies) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < b->rows; i++) b->copies[i] = (real)copies[i];
    count_neighbours(&b->successors, b->copies, b->successor_weight);
    count_neighbours(&b->predecessors, b->copies, b->predecessor_weight);
    for (int t = 0; t < TOPOLOGY_COUNT; t++) {
        struct row_lists *l = &b->topology[t];
        if (!l->start) continue;
        l->log_copies = arena_alloc(arena, l->stored * sizeof(*l->log_copies));
        if (!l->log_copies) return SIBYL_E_MEM;
        for (uint32_t e = 0; e < l->stored; e++)
            l->log_copies[e] = (real)log((double)copies[l->row[e]]);
        for (uint32_t i = 0; i < b->rows; i++) /* alone in its list: no list that is shared */
            if (!sees_twins(b, i, (enum topology)t)) count_once(l, i);
    }
    return SIBYL_OK;
}
