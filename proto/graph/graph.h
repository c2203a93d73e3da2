/* A directed acyclic graph with an operation per node: a cell, or a whole network.
 *
 * Edges are stored by source and by target (CSR), each neighbour list ascending; an edge has a
 * multiplicity >= 1 (two paths joined). A node may carry numbers (its attributes: a kernel size, a
 * width), as many as every other node of the graph. Immutable once made. Memory belongs to the
 * arena given at making. Local. */
#ifndef PROTO_GRAPH_GRAPH_H
#define PROTO_GRAPH_GRAPH_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/status.h"
#include "proto/graph/vocabulary.h"

#include <stdbool.h>
#include <stdint.h>

#define GRAPH_NODES_MAX 1000000
#define GRAPH_EDGES_MAX 16000000
#define GRAPH_MULTIPLICITY_MAX 1000000
#define GRAPH_ATTRIBUTES_MAX 64

struct graph {
    uint32_t nodes, edges;          /* edges: distinct (from, to) pairs */
    uint16_t *ops;                  /* (nodes) index into a vocabulary */
    uint32_t *out_start, *out_node; /* (nodes + 1), (edges): successors of i are
                                       out_node[out_start[i]..out_start[i+1]-1] */
    uint32_t *out_multiplicity;     /* (edges) beside out_node */
    uint32_t *in_start, *in_node;   /* the same for predecessors */
    uint32_t *in_multiplicity;
    uint32_t *topological; /* (nodes) in an order in which predecessors come first; of those whose
                              turn it is, the one with the smallest index */
    uint32_t attributes;   /* of each node */
    float *attribute;      /* (nodes, attributes) finite, no -0; NULL where there are none */
    struct hash128 sketch; /* zero; or, of a canonical form that is not exact, its hash (canon.h) */
};

struct graph_edge {
    uint32_t from, to, multiplicity;
};

/* Makes a graph from any list of edges (repeats are added up). Fails with SIBYL_E_FORMAT on a
 * cycle, a self-loop, a node out of range, an operation not below `vocabulary_count`, zero
 * multiplicity, or more than the limits above. The message names the fault, not the file: callers
 * prefix it. The graph has no attributes. */
enum status graph_make(struct graph *out, struct arena *arena, const uint16_t *ops, uint32_t nodes,
                       const struct graph_edge *edges, uint32_t edge_count,
                       uint32_t vocabulary_count);

/* Gives a graph just made a copy of `values` (nodes, attributes). SIBYL_E_FORMAT where there are
 * more than GRAPH_ATTRIBUTES_MAX or one is not finite. */
enum status graph_set_attributes(struct graph *g, struct arena *arena, const float *values,
                                 uint32_t attributes);

/* A deep copy into `arena`. */
enum status graph_copy(struct graph *out, struct arena *arena, const struct graph *g);

/* Of its nodes in their order, their operations and attributes, and its edges. */
struct hash128 graph_digest(const struct graph *g);

/* Whether two nodes have the same operation, attributes, predecessors and successors, with
 * multiplicities. */
bool graph_twins(const struct graph *g, uint32_t a, uint32_t b);

#endif
