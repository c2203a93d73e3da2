/* Colour refinement in O((nodes + arcs) log nodes): for graphs in which a difference has far to go.
 *
 * A partition is a list of the nodes in which every cell of like nodes is one run. The cell that
 * begins at place c has the colour c. Refining takes cells from a queue; each parts the cells of
 * its neighbours by the arcs that come from it. The queue gets the parts, but for the largest of a
 * cell that was not waiting itself: what that one could part, the others do. All that is done
 * depends on colours alone, so that isomorphic graphs are refined alike. Local. */
#ifndef PROTO_GRAPH_CANON_REFINE_H
#define PROTO_GRAPH_CANON_REFINE_H

#include "base/arena.h"
#include "base/status.h"
#include "proto/graph/canon_keyed.h"

/* A graph whose edges are seen from both ends: an arc is one end of an edge. */
struct piece {
    uint32_t nodes, arcs;
    uint32_t *start, *to; /* (nodes + 1), (arcs): neighbours of i are to[start[i]..start[i+1]-1] */
    uint32_t *label;      /* (arcs) 2 * multiplicity, and 1 more where `to` is the predecessor */
};

struct partition {
    uint32_t nodes, cells;
    uint32_t *lab;    /* (nodes) cell by cell */
    uint32_t *at;     /* (nodes) place of a node in lab */
    uint32_t *colour; /* (nodes) of a node: the place where its cell begins */
    uint32_t *length; /* (nodes) of the cell that begins at a place; undefined elsewhere */
};

struct refiner {
    uint64_t *key;         /* (nodes) 0 between calls */
    uint32_t *touched;     /* (nodes) of the cell at a place: how many nodes; 0 between calls */
    struct keyed *sorted;  /* (nodes) */
    uint32_t *cells;       /* (nodes) touched ones */
    uint32_t *queue;       /* (nodes) a ring */
    unsigned char *queued; /* (nodes) whether the cell at a place waits; 0 between calls */
    uint32_t nodes, first, waiting;
    uint64_t steps; /* arcs looked at, over all calls */
};

/* Room for pieces of at most `nodes` nodes. */
enum status refiner_init(struct refiner *r, struct arena *arena, uint32_t nodes);

/* Room for the arrays of a piece, and of a partition. */
enum status piece_place(struct piece *g, struct arena *arena, uint32_t nodes, uint32_t arcs);
enum status partition_place(struct partition *p, struct arena *arena, uint32_t nodes);
/* `to` has its room already. */
void partition_copy(struct partition *to, const struct partition *from);

/* The cell at `place` will part others in the next refiner_run(). */
void refiner_push(struct refiner *r, uint32_t place);

/* Parts the cell at `place` by the `key` of its nodes, which are 0 again then; the parts wait. */
void refiner_part(struct refiner *r, struct partition *p, uint32_t place);

/* Until no cell waits. */
void refiner_run(struct refiner *r, const struct piece *g, struct partition *p);

/* The node lab[i] becomes a cell by itself, in front of its old one, and waits in the queue. */
void partition_individualise(struct partition *p, struct refiner *r, uint32_t i);

#endif
