/* The order that makes two drawings of one network the same. Local. */
#ifndef PROTO_GRAPH_CANON_ORDER_H
#define PROTO_GRAPH_CANON_ORDER_H

#include "base/digest.h"
#include "base/scratch.h"
#include "proto/graph/graph.h"

/* A canonical order of the nodes into order[g->nodes] (order[0] comes first). It is topological.
 * `out_sketch` is zero; or, where the graph (of more than 64 nodes) is so symmetric that the budget
 * of canon_pieces() was passed, a hash of it, and nodes that look alike are in any order. */
enum status canon_order(const struct graph *g, struct scratch *s, uint32_t *order,
                        struct hash128 *out_sketch);

#endif
