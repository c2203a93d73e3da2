/* The same as canon_order(), by the library nauty: for graphs whose symmetry our own search does
 * not master. Local. */
#ifndef PROTO_GRAPH_CANON_NAUTY_H
#define PROTO_GRAPH_CANON_NAUTY_H

#include "base/scratch.h"
#include "proto/graph/graph.h"

/* A canonical order into order[g->nodes], beginning from cells that only like nodes share: cell c
 * holds the nodes lab[i] with colour[lab[i]] == c, and is named by the place i of its first node.
 */
enum status canon_nauty(const struct graph *g, struct scratch *s, const uint32_t *lab,
                        const uint32_t *colour, uint32_t *order);

#endif
