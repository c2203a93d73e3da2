/* The order that makes two drawings of one network the same. Local. */
#ifndef PROTO_CANON_ORDER_H
#define PROTO_CANON_ORDER_H

#include "proto/graph.h"
#include "proto/scratch.h"

/* A canonical order of the nodes into order[g->nodes] (order[0] comes first). It is topological. */
enum status canon_order(const struct graph *g, struct scratch *s, uint32_t *order);

#endif
