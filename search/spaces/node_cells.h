/* Cells of a few nodes with an operation on each inner one: node 0 is the input, the last one the
 * output, and every node is on a path between them. What NAS-Bench-101 and space files' `cell:
 * nodes` share. Local.
 *
 * One unlabelled cell has many adjacency matrices, one per topological order of its nodes. A table
 * keeps one of them (the smallest) per class, so that every network comes up at least once, every
 * point is valid, and there are few of them. */
#ifndef SEARCH_SPACES_NODE_CELLS_H
#define SEARCH_SPACES_NODE_CELLS_H

#include "base/arena.h"
#include "base/rng.h"
#include "base/status.h"
#include "proto/graph/graph.h"

#include <stdbool.h>
#include <stdint.h>

#define NODE_CELL_NODES_MAX 8
#define NODE_CELL_PAIRS_MAX (NODE_CELL_NODES_MAX * (NODE_CELL_NODES_MAX - 1) / 2)

/* A cell unpacked. `sources[j]`: bit i is set for an edge i -> j. */
struct node_cell {
    uint32_t nodes;
    uint32_t sources[NODE_CELL_NODES_MAX];
    uint32_t op[NODE_CELL_NODES_MAX]; /* of inner nodes: 0 .. operations - 1; else 0 */
};

struct node_cells {
    uint32_t nodes_max, edges_max, operations;
    uint32_t capacity;                          /* of `pairs` */
    uint32_t *pairs;                            /* adjacency, bit j (j - 1) / 2 + i for i -> j */
    uint32_t first[NODE_CELL_NODES_MAX + 2];    /* pairs[first[n] .. first[n + 1] - 1]: n nodes */
    uint64_t first_at[NODE_CELL_NODES_MAX + 2]; /* index of the first point of n nodes */
    uint64_t power[NODE_CELL_NODES_MAX + 1];    /* operations^(n - 2) */
};

/* Makes the table of cells of 2 .. nodes_max nodes (at most NODE_CELL_NODES_MAX), in `arena`. */
enum status node_cells_init(struct node_cells *t, struct arena *arena, uint32_t nodes_max,
                            uint32_t edges_max, uint32_t operations);

uint64_t node_cells_points(const struct node_cells *t);
/* index < node_cells_points() */
void node_cells_at(const struct node_cells *t, uint64_t index, struct node_cell *out);

/* An operation, an edge, a new node, or a node less, in proportions that keep walks among the large
 * cells, as the space is. False: none of many tries gave a valid cell, and `c` is as before. */
bool node_cells_edit(const struct node_cells *t, struct rng *r, struct node_cell *c);

/* Bit of the edge i -> j, i < j. */
uint32_t node_cell_bit(uint32_t i, uint32_t j);
/* Bits of the nodes on a path from the input to the output; 0 if there is no path. */
uint32_t node_cell_live(const struct node_cell *c);
uint32_t node_cell_edges(const struct node_cell *c);
/* All nodes are live, and there are not too many edges. */
bool node_cells_valid(const struct node_cells *t, const struct node_cell *c);
/* Takes the nodes out whose bit in `kept` is not set; the others close up. */
void node_cell_keep(struct node_cell *c, uint32_t kept);

/* The cell whose network has this canonical form without attributes; `op_of` (t->operations) are
 * the graph's operations, `ends` those of its input and output. False: it is none of these cells.
 */
bool node_cells_find(const struct node_cells *t, const struct graph *canonical,
                     const uint16_t *op_of, const uint16_t ends[2], struct node_cell *out);

#endif
