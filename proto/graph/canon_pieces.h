/* The canonical order of large graphs: in pieces that do not know of each other.
 *
 * Refining leaves cells of nodes that look alike. An edge tells nothing where it begins or ends in
 * a cell of one node, nor where every node of one cell has it to every node of another. Without
 * such edges a graph mostly falls apart: into the branches of its repeated modules, say. Each piece
 * is put in order by itself, with the same method, and pieces are sorted by the hash of their form;
 * equal ones may stand in any order. So the time is near that of reading the graph. A piece that
 * does not fall apart is searched: each node of one cell is set apart in turn, and the smallest
 * hash wins; where two leaves are equal, they are a symmetry, and only one of the nodes that
 * symmetries change for each other is searched on.
 *
 * The search of a piece has a budget of steps, in proportion to its share of the graph. Beyond it
 * its nodes keep any order within their cells, and its hash is one of what refining has found. That
 * is still the same for isomorphic graphs, but others may share it. Local. */
#ifndef PROTO_GRAPH_CANON_PIECES_H
#define PROTO_GRAPH_CANON_PIECES_H

#include "base/arena.h"
#include "base/digest.h"
#include "proto/graph/graph.h"

struct canon_cells {              /* of like nodes, in an order that isomorphic graphs share */
    const uint32_t *lab, *colour; /* (nodes) cell c holds the nodes lab[i] with colour[lab[i]] == c,
                                     and begins at place c of lab */
    uint32_t cells;
};

/* A canonical order into order[g->nodes], within the cells. `out_sketch` is all zero; or, where a
 * budget was passed, a hash of the graph that does not depend on its order. */
enum status canon_pieces(const struct graph *g, struct arena *arena, const struct canon_cells *like,
                         uint32_t *order, struct hash128 *out_sketch);

#endif
