/* The memory of a graph: one block that holds all its arrays, and the neighbour lists in it. For
 * proto/ only. Local. */
#ifndef PROTO_GRAPH_CSR_H
#define PROTO_GRAPH_CSR_H

#include "proto/graph/graph.h"

#include <stddef.h>

/* Bytes of one block for a graph with room for `edges` edges. */
size_t csr_bytes(uint32_t nodes, uint32_t edges);

/* Points the arrays of `g` into the block and sets g->nodes and g->edges; no attributes, which are
 * no part of the block, and no sketch. */
void csr_place(struct graph *g, void *block, uint32_t nodes, uint32_t edges);

/* Fills the neighbour lists of a placed graph from at most as many edges as it was placed for, in
 * any order, all in range. Repeats are added up (g->edges becomes smaller); fails if a sum passes
 * GRAPH_MULTIPLICITY_MAX. Leaves g->ops and g->topological alone. */
enum status csr_fill(struct graph *g, const struct graph_edge *edges, uint32_t edge_count);

/* Fills g->topological, the smallest node first among those ready; fails with SIBYL_E_FORMAT if
 * there is a cycle. */
enum status csr_sort(struct graph *g, struct arena *scratch);

#endif
