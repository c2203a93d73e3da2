/* Families of large graphs for tests and benchmarks of the canonical form: operation 0 is the
 * input, 1 the output, 2 and above are others. */
#ifndef TESTS_GRAPH_FAMILIES_H
#define TESTS_GRAPH_FAMILIES_H

#include "base/rng.h"
#include "proto/graph/graph.h"

#include <stdlib.h>
#include <string.h>

struct drawing { /* all zero is an empty one; drawing_release() */
    uint16_t *ops;
    struct graph_edge *edges;
    uint32_t nodes, edge_count;
    size_t node_room, edge_room;
};

static inline void drawing_release(struct drawing *d)
{
    free(d->ops);
    free(d->edges);
    *d = (struct drawing){0};
}

static inline uint32_t draw_node(struct drawing *d, uint16_t op)
{
    if (d->nodes == d->node_room) {
        d->node_room = d->node_room ? 2 * d->node_room : 64;
        d->ops = realloc(d->ops, d->node_room * sizeof(*d->ops));
        if (!d->ops) abort();
    }
    d->ops[d->nodes] = op;
    return d->nodes++;
}

static inline void draw_edge(struct drawing *d, uint32_t from, uint32_t to)
{
    if (d->edge_count == d->edge_room) {
        d->edge_room = d->edge_room ? 2 * d->edge_room : 64;
        d->edges = realloc(d->edges, d->edge_room * sizeof(*d->edges));
        if (!d->edges) abort();
    }
    d->edges[d->edge_count++] = (struct graph_edge){from, to, 1};
}

/* Joins all nodes without predecessors to a new input, and all without successors to an output. */
static inline void draw_ends(struct drawing *d)
{
    uint32_t n = d->nodes, in = draw_node(d, 0), out = draw_node(d, 1), edges = d->edge_count;
    unsigned char *seen = calloc(n, 1);
    if (!seen) abort();
    for (uint32_t e = 0; e < edges; e++) {
        seen[d->edges[e].from] |= 1;
        seen[d->edges[e].to] |= 2;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!(seen[i] & 2)) draw_edge(d, in, i);
        if (!(seen[i] & 1)) draw_edge(d, i, out);
    }
    free(seen);
}

/* A chain of `count` modules, each of `branches` equal branches of `length` nodes and a join. */
static inline void draw_modules(struct drawing *d, uint32_t count, uint32_t branches,
                                uint32_t length)
{
    uint32_t last = draw_node(d, 2);
    for (uint32_t m = 0; m < count; m++) {
        uint32_t begin = last;
        last = draw_node(d, 3);
        for (uint32_t b = 0; b < branches; b++) {
            uint32_t at = begin;
            for (uint32_t k = 0; k < length; k++) {
                uint32_t next = draw_node(d, (uint16_t)(4 + k % 2));
                draw_edge(d, at, next);
                at = next;
            }
            draw_edge(d, at, last);
        }
    }
    draw_ends(d);
}

/* Equal chains side by side, the first of which ends in another operation where `unlike`. */
static inline void draw_towers(struct drawing *d, uint32_t towers, uint32_t length, bool unlike)
{
    for (uint32_t t = 0; t < towers; t++) {
        uint32_t at = draw_node(d, 2);
        for (uint32_t k = 1; k < length; k++) {
            uint32_t next = draw_node(d, unlike && t == 0 && k + 1 == length ? 3 : 2);
            draw_edge(d, at, next);
            at = next;
        }
    }
    draw_ends(d);
}

/* Each node has one to three predecessors among the `window` before it. */
static inline void draw_random(struct drawing *d, struct rng *r, uint32_t nodes, uint32_t window)
{
    for (uint32_t i = 0; i < nodes; i++) {
        uint32_t node = draw_node(d, (uint16_t)(2 + rng_below(r, 3)));
        for (uint64_t k = 1 + rng_below(r, 3); node && k > 0; k--)
            draw_edge(d, node - 1 - (uint32_t)rng_below(r, node < window ? node : window), node);
    }
    draw_ends(d);
}

/* side x side nodes, edges to the right and down. */
static inline void draw_grid(struct drawing *d, uint32_t side)
{
    for (uint32_t i = 0; i < side * side; i++) draw_node(d, 2);
    for (uint32_t i = 0; i < side * side; i++) {
        if (i % side + 1 < side) draw_edge(d, i, i + 1);
        if (i + side < side * side) draw_edge(d, i, i + side);
    }
    draw_ends(d);
}

/* Layers of `width` nodes around a tube; each feeds the one below it and that one's neighbour. */
static inline void draw_tube(struct drawing *d, uint32_t width, uint32_t layers)
{
    for (uint32_t i = 0; i < width * layers; i++) draw_node(d, 2);
    for (uint32_t t = 0; t + 1 < layers; t++)
        for (uint32_t i = 0; i < width; i++) {
            draw_edge(d, t * width + i, (t + 1) * width + i);
            draw_edge(d, t * width + i, (t + 1) * width + (i + 1) % width);
        }
    draw_ends(d);
}

/* The network of a fast Fourier transform of 2^bits numbers. */
static inline void draw_butterfly(struct drawing *d, uint32_t bits)
{
    uint32_t width = 1u << bits;
    for (uint32_t i = 0; i < width * (bits + 1); i++) draw_node(d, 2);
    for (uint32_t t = 0; t < bits; t++)
        for (uint32_t i = 0; i < width; i++) {
            draw_edge(d, t * width + i, (t + 1) * width + i);
            draw_edge(d, t * width + i, (t + 1) * width + (i ^ 1u << t));
        }
    draw_ends(d);
}

/* Two layers of `half` nodes in rings: sizes[k] nodes of each layer in the k-th. */
static inline void draw_rings(struct drawing *d, const uint32_t *sizes, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++) {
        uint32_t first = d->nodes;
        for (uint32_t i = 0; i < 2 * sizes[k]; i++) draw_node(d, 2);
        for (uint32_t i = 0; i < sizes[k]; i++) {
            draw_edge(d, first + i, first + sizes[k] + i);
            draw_edge(d, first + i, first + sizes[k] + (i + 1) % sizes[k]);
        }
    }
    draw_ends(d);
}

/* A graph of `n` nodes in two layers: i above feeds j below where i and j are adjacent. */
static inline void draw_cover(struct drawing *d, uint32_t n,
                              bool (*adjacent)(uint32_t n, uint32_t i, uint32_t j))
{
    for (uint32_t i = 0; i < 2 * n; i++) draw_node(d, i < n ? 2 : 3);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < n; j++)
            if (adjacent(n, i, j)) draw_edge(d, i, n + j);
    draw_ends(d);
}

/* Layers of `width` nodes, each with `degree` different successors in the next layer, and as many
 * predecessors there, at random. */
static inline void draw_regular(struct drawing *d, struct rng *r, uint32_t width, uint32_t layers,
                                uint32_t degree)
{
    uint32_t *to = malloc((size_t)width * degree * sizeof(*to));
    if (!to) abort();
    for (uint32_t i = 0; i < width * layers; i++) draw_node(d, 2);
    for (uint32_t t = 0; t + 1 < layers; t++)
        for (uint32_t k = 0; k < degree; k++) {
            uint32_t *row = to + (size_t)k * width;
            for (uint32_t i = 0; i < width; i++) row[i] = i;
            rng_shuffle(r, row, width);
            for (uint32_t i = 0, again = 0; i < width; i = again ? 0 : i + 1) {
                again = 0;
                for (uint32_t j = 0; j < k; j++) again |= to[(size_t)j * width + i] == row[i];
                if (!again) continue;
                uint32_t other = (uint32_t)rng_below(r, width), old = row[i];
                row[i] = row[other];
                row[other] = old;
            }
            for (uint32_t i = 0; i < width; i++)
                draw_edge(d, t * width + i, (t + 1) * width + row[i]);
        }
    free(to);
    draw_ends(d);
}

/* Cai, Fuerer and Immerman's graphs, in three layers, over a random cubic graph of `n` vertices
 * (even): with one edge twisted or none, which refining alone cannot tell apart. */
static inline void draw_cfi(struct drawing *d, struct rng *r, uint32_t n, bool twisted)
{
    uint32_t *ring = malloc(n * sizeof(*ring)), *pair = malloc(n * sizeof(*pair));
    uint32_t edges = n + n / 2, first_end = 4 * n, first_edge = first_end + 6 * n;
    if (!ring || !pair) abort();
    for (uint32_t i = 0; i < n; i++) ring[i] = pair[i] = i;
    rng_shuffle(r, ring, n);
    rng_shuffle(r, pair, n);
    for (uint32_t i = 0; i < first_edge + 2 * edges; i++)
        draw_node(d, i < first_end ? 2 : i < first_edge ? 3 : 4);
    for (uint32_t i = 0; i < n; i++) { /* edge i joins ring[i] and the next; n + k is a pair */
        uint32_t at = 0;
        while (pair[at] != ring[i]) at++;
        const uint32_t incident[3] = {i, (i + n - 1) % n, n + at / 2};
        for (uint32_t k = 0; k < 3; k++)
            for (uint32_t bit = 0; bit < 2; bit++) {
                uint32_t end = first_end + 6 * i + 2 * k + bit;
                bool swap = twisted && i == 0 && k == 0;
                draw_edge(d, end, first_edge + 2 * incident[k] + (swap ? !bit : bit));
                for (uint32_t s = 0; s < 4; s++) { /* even sets: none, {0,1}, {0,2}, {1,2} */
                    static const uint32_t sets[4] = {0, 3, 5, 6};
                    if ((sets[s] >> k & 1) == bit) draw_edge(d, 4 * i + s, end);
                }
            }
    }
    free(ring);
    free(pair);
    draw_ends(d);
}

/* The graph, with its nodes renumbered at random where there is an `r`. */
static inline enum status drawing_graph(const struct drawing *d, struct graph *out,
                                        struct arena *arena, struct rng *r, uint32_t vocabulary)
{
    uint32_t *to = malloc((d->nodes + 1) * sizeof(*to));
    uint16_t *ops = malloc((d->nodes + 1) * sizeof(*ops));
    struct graph_edge *edges = malloc((d->edge_count + 1) * sizeof(*edges));
    if (!to || !ops || !edges) abort();
    for (uint32_t i = 0; i < d->nodes; i++) to[i] = i;
    if (r) rng_shuffle(r, to, d->nodes);
    for (uint32_t i = 0; i < d->nodes; i++) ops[to[i]] = d->ops[i];
    for (uint32_t e = 0; e < d->edge_count; e++)
        edges[e] =
            (struct graph_edge){to[d->edges[e].from], to[d->edges[e].to], d->edges[e].multiplicity};
    enum status st = graph_make(out, arena, ops, d->nodes, edges, d->edge_count, vocabulary);
    free(to);
    free(ops);
    free(edges);
    return st;
}

#endif
