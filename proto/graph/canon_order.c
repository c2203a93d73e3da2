/* Canonical order: refine, and where like nodes are left, try each of them first.
 *
 * A partition is a list of the nodes in which every cell of like nodes is one run; a node's colour
 * is the place where its run begins. Nodes start out apart if their depth (longest path from a
 * source), operation or attributes differ, which makes the order topological. Refining parts nodes
 * whose neighbours differ in colour or multiplicity. Twins (same predecessors and successors) may
 * be put in any order. What is left is searched: each node of the first cell with more than one,
 * but only one of several twins, is set in front of its cell; the leaf with the smallest list of
 * edges wins. The number of leaves is the same for isomorphic graphs, so giving up at a budget
 * keeps the result canonical; nauty takes over then. Graphs of more than CANON_EXACT_NODES nodes
 * are not searched but go to canon_pieces(), which goes on from the cells found so far. */
#include "proto/graph/canon_order.h"

#include "proto/graph/canon.h"
#include "proto/graph/canon_keyed.h"
#include "proto/graph/canon_nauty.h"
#include "proto/graph/canon_pieces.h"

#include <string.h>

/* Neighbours to look at in rounds over the whole graph, before a queue of cells takes over. */
#define ROUND_LOOKS_MAX (UINT64_C(1) << 22)
#define LEAVES_MAX 512

struct cells {
    uint32_t *lab, *colour; /* (nodes) both */
    uint32_t cells;
};

struct search {
    const struct graph *g;
    uint64_t *key;        /* (nodes) scratch */
    struct keyed *sorted; /* (nodes) scratch */
    uint32_t *place;      /* (nodes) scratch: place of a node at a leaf */
    uint32_t *code, *best_code, *best_lab;
    uint32_t leaves;
};

/* End of the cell that begins at `first`. */
static uint32_t cell_end(const struct cells *p, uint32_t nodes, uint32_t first)
{
    uint32_t end = first + 1;
    while (end < nodes && p->colour[p->lab[end]] == first) end++;
    return end;
}

/* Parts the cell lab[first..end-1] by the keys of its nodes. */
static void split_cell(const struct search *s, struct cells *p, uint32_t first, uint32_t end)
{
    uint32_t count = end - first, colour = first;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = p->lab[first + i];
        s->sorted[i] = (struct keyed){s->key[node], node};
    }
    keyed_sort(s->sorted, count);
    for (uint32_t i = 0; i < count; i++) {
        if (i && s->sorted[i].key != s->sorted[i - 1].key) {
            colour = first + i;
            p->cells++;
        }
        p->lab[first + i] = s->sorted[i].node;
        p->colour[s->sorted[i].node] = colour;
    }
}

/* What a node sees around it. A chance collision of two sums parts less, never wrongly: the keys
 * follow from colours alone, so they are the same in isomorphic graphs. */
static uint64_t surroundings(const struct graph *g, const uint32_t *colour, uint32_t node)
{
    uint64_t sum = 0;
    for (uint32_t e = g->out_start[node]; e < g->out_start[node + 1]; e++)
        sum += keyed_mix(((uint64_t)colour[g->out_node[e]] << 32) + g->out_multiplicity[e] +
                         0x9e3779b97f4a7c15u);
    for (uint32_t e = g->in_start[node]; e < g->in_start[node + 1]; e++)
        sum += keyed_mix(((uint64_t)colour[g->in_node[e]] << 32) + g->in_multiplicity[e] +
                         0xd1b54a32d192ed03u);
    return sum;
}

/* In rounds over the whole graph, until nothing changes; or until the rounds have looked at more
 * than `bound` nodes and neighbours. */
static void refine(const struct search *s, struct cells *p, uint64_t bound)
{
    const struct graph *g = s->g;
    uint32_t n = g->nodes, before = 0;
    uint64_t looks = 0;
    for (; p->cells != before && p->cells < n && looks <= bound; looks += n) {
        before = p->cells;
        for (uint32_t first = 0, end; first < n; first = end) {
            end = cell_end(p, n, first);
            for (uint32_t i = first; end - first > 1 && i < end; i++) {
                uint32_t node = p->lab[i];
                s->key[node] = surroundings(g, p->colour, node);
                looks += g->out_start[node + 1] - g->out_start[node];
                looks += g->in_start[node + 1] - g->in_start[node];
            }
        }
        for (uint32_t first = 0, end; first < n; first = end) {
            end = cell_end(p, n, first);
            if (end - first > 1) split_cell(s, p, first, end);
        }
    }
}

/* Cells of twins only fall apart into single nodes. All others see the same of each twin, so
 * nothing more is to be refined after that. */
static void split_twins(const struct search *s, struct cells *p)
{
    uint32_t n = s->g->nodes;
    for (uint32_t first = 0, end; first < n && p->cells < n; first = end) {
        end = cell_end(p, n, first);
        uint32_t i = first + 1;
        while (i < end && graph_twins(s->g, p->lab[first], p->lab[i])) i++;
        if (i < end) continue;
        for (i = first + 1; i < end; i++) p->colour[p->lab[i]] = i;
        p->cells += end - first - 1;
    }
}

/* Cells of nodes whose attributes differ fall apart, number by number: exactly, for a leaf's code
 * does not tell them. */
static void split_attributes(const struct search *s, struct cells *p)
{
    const struct graph *g = s->g;
    for (uint32_t a = 0; a < g->attributes; a++) {
        for (uint32_t i = 0; i < g->nodes; i++) {
            uint32_t bits;
            memcpy(&bits, g->attribute + (size_t)i * g->attributes + a, sizeof(bits));
            s->key[i] = bits;
        }
        for (uint32_t first = 0, end; first < g->nodes; first = end) {
            end = cell_end(p, g->nodes, first);
            if (end - first > 1) split_cell(s, p, first, end);
        }
    }
}

static void start_partition(const struct search *s, struct cells *p)
{
    const struct graph *g = s->g;
    uint32_t n = g->nodes, *depth = s->place;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t node = g->topological[i], deepest = 0;
        for (uint32_t e = g->in_start[node]; e < g->in_start[node + 1]; e++)
            if (depth[g->in_node[e]] >= deepest) deepest = depth[g->in_node[e]] + 1;
        depth[node] = deepest;
        s->key[node] = ((uint64_t)deepest << 16) + g->ops[node];
        p->lab[i] = node;
        p->colour[node] = 0;
    }
    p->cells = 1;
    split_cell(s, p, 0, n);
    split_attributes(s, p);
}

/* The edges of the graph in the order of a leaf: for each node its number of successors, their
 * places ascending, and the multiplicities beside them. */
static void write_code(const struct search *s, const uint32_t *lab)
{
    const struct graph *g = s->g;
    uint32_t used = 0;
    for (uint32_t i = 0; i < g->nodes; i++) s->place[lab[i]] = i;
    for (uint32_t i = 0; i < g->nodes; i++) {
        uint32_t begin = g->out_start[lab[i]], count = g->out_start[lab[i] + 1] - begin;
        s->code[used++] = count;
        for (uint32_t k = 0; k < count; k++)
            s->sorted[k] = (struct keyed){s->place[g->out_node[begin + k]], begin + k};
        keyed_sort(s->sorted, count);
        for (uint32_t k = 0; k < count; k++) {
            s->code[used++] = (uint32_t)s->sorted[k].key;
            s->code[used++] = g->out_multiplicity[s->sorted[k].node];
        }
    }
}

static void visit_leaf(struct search *s, const uint32_t *lab)
{
    size_t words = s->g->nodes + 2 * (size_t)s->g->edges;
    write_code(s, lab);
    bool better = s->leaves++ == 0;
    for (size_t i = 0; !better && i < words; i++) {
        if (s->code[i] > s->best_code[i]) return;
        better = s->code[i] < s->best_code[i];
    }
    if (!better) return;
    memcpy(s->best_code, s->code, words * sizeof(*s->code));
    memcpy(s->best_lab, lab, s->g->nodes * sizeof(*lab));
}

static bool twin_of_earlier(const struct graph *g, const uint32_t *lab, uint32_t first, uint32_t i)
{
    for (uint32_t j = first; j < i; j++)
        if (graph_twins(g, lab[j], lab[i])) return true;
    return false;
}

/* All leaves below an already refined partition, as long as the budget lasts. At most
 * CANON_EXACT_NODES deep. */
static void descend(struct search *s, const struct cells *p)
{
    uint32_t n = s->g->nodes, first = 0, end = 0;
    if (s->leaves > LEAVES_MAX) return;
    if (p->cells == n) {
        visit_leaf(s, p->lab);
        return;
    }
    for (; end - first < 2; end = cell_end(p, n, first)) first = end;
    uint32_t lab[CANON_EXACT_NODES], colour[CANON_EXACT_NODES];
    for (uint32_t i = first; i < end; i++) {
        if (twin_of_earlier(s->g, p->lab, first, i)) continue;
        struct cells child = {lab, colour, p->cells + 1};
        memcpy(lab, p->lab, n * sizeof(*lab));
        memcpy(colour, p->colour, n * sizeof(*colour));
        lab[i] = lab[first];
        lab[first] = p->lab[i];
        for (uint32_t k = first + 1; k < end; k++) colour[lab[k]] = first + 1;
        refine(s, &child, UINT64_MAX);
        split_twins(s, &child);
        descend(s, &child);
    }
}

static enum status order_small(struct search *s, struct scratch *scratch, const struct cells *p,
                               uint32_t *order)
{
    const struct graph *g = s->g;
    size_t words = g->nodes + 2 * (size_t)g->edges;
    s->code = scratch_take(scratch, words, sizeof(*s->code));
    s->best_code = scratch_take(scratch, words, sizeof(*s->best_code));
    s->best_lab = order;
    if (!s->code || !s->best_code) return SIBYL_E_MEM;
    descend(s, p);
    if (s->leaves > LEAVES_MAX) return canon_nauty(g, scratch, p->lab, p->colour, order);
    return SIBYL_OK;
}

enum status canon_order(const struct graph *g, struct scratch *scratch, uint32_t *order,
                        struct hash128 *out_sketch)
{
    uint32_t n = g->nodes;
    struct search s = {.g = g};
    struct cells p = {.cells = 0};
    *out_sketch = (struct hash128){0, 0};
    s.key = scratch_take(scratch, n, sizeof(*s.key));
    s.sorted = scratch_take(scratch, n, sizeof(*s.sorted));
    s.place = scratch_take(scratch, n, sizeof(*s.place));
    p.lab = scratch_take(scratch, n, sizeof(*p.lab));
    p.colour = scratch_take(scratch, n, sizeof(*p.colour));
    if (!s.key || !s.sorted || !s.place || !p.lab || !p.colour) return SIBYL_E_MEM;
    start_partition(&s, &p);
    refine(&s, &p, ROUND_LOOKS_MAX);
    split_twins(&s, &p);
    if (p.cells == n) {
        memcpy(order, p.lab, n * sizeof(*order));
        return SIBYL_OK;
    }
    if (n <= CANON_EXACT_NODES) return order_small(&s, scratch, &p, order);
    struct canon_cells cells = {p.lab, p.colour, p.cells};
    return canon_pieces(g, &scratch->arena, &cells, order, out_sketch);
}
