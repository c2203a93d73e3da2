/* The order that makes two drawings of one network the same. Local. */
#ifndef PROTO_GRAPH_CANON_ORDER_H
#define PROTO_GRAPH_CANON_ORDER_H

#include "proto/graph/graph.h"
#include "base/scratch.h"

/* A canonical order of the nodes into order[g->nodes] (order[0] comes first). It is topological. */
enum status canon_order(const struct graph *g, struct scratch *s, uint32_t *order);

#endif
