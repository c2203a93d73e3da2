/* One problem of the canonical order: to order the nodes of a piece within cells of like nodes.
 * What its parts, its search and their hashes share; canon_pieces.h says how they work. Local. */
#ifndef PROTO_GRAPH_CANON_PROBLEM_H
#define PROTO_GRAPH_CANON_PROBLEM_H

#include "base/digest.h"
#include "proto/graph/canon_refine.h"

#include <stdbool.h>

struct solver {
    struct arena *arena;
    struct refiner refiner;
    uint64_t looks;  /* how often a search may look at all of its piece */
    uint64_t budget; /* of the outermost search at hand, in nodes and arcs; 0: there is none */
    uint64_t steps;  /* of it, besides those of the refiner */
    uint64_t open, open_max; /* nodes and arcs of the problems that have begun */
    uint32_t depth;
    bool passed; /* the outermost search at hand is over its budget: all return, with no solution */
    bool inexact; /* one was */
};

struct problem {
    struct piece graph;
    struct partition like; /* refined */
    uint32_t *outer;       /* (nodes) colour in the graph that this is a part of */
    uint32_t *orbit;       /* (nodes) a forest: nodes of one tree are known to be symmetric */
    bool dive; /* follow one node of each cell only: some order, not the canonical one */
};

struct solution {
    uint32_t *order;     /* (nodes) room given by the caller */
    struct hash128 hash; /* problems with equal ones are the same graph in these orders */
    uint64_t looks;      /* nodes and arcs to look at where all symmetries are known beforehand: the
                            same whatever the order of the nodes */
};

/* A refined problem; canon_pieces.c. */
enum status problem_solve(struct solver *s, const struct problem *p, struct solution *out);

/* One that does not fall apart: tries each node of a cell; canon_search.c. */
enum status problem_search(struct solver *s, const struct problem *p, struct solution *out);

/* Parts cells further by the neighbourhoods of their nodes, some hundred nodes wide, and refines
 * again: refining alone cannot tell one cycle from two. `like` is a copy of p->like; its cells stay
 * the same where that parts nothing. canon_balls.c. */
enum status problem_part_by_balls(struct solver *s, const struct problem *p,
                                  struct partition *like);

/* Any order within the cells, and a hash of what refining finds; canon_search.c. */
enum status problem_give_up(struct solver *s, const struct problem *p, struct solution *out);

/* Nodes and arcs. */
static inline uint64_t problem_size(const struct problem *p)
{
    return (uint64_t)p->graph.nodes + p->graph.arcs;
}

/* Of the graph whose nodes, in `order`, are named by `value`. Overwrites refiner.cells. */
struct hash128 problem_hash(const struct solver *s, const struct problem *p, const uint32_t *order,
                            const uint32_t *value);

/* A forest of trees of one node; NULL with the message set. */
uint32_t *forest_new(struct arena *arena, uint32_t nodes);
uint32_t forest_root(uint32_t *forest, uint32_t node);
void forest_join(uint32_t *forest, uint32_t a, uint32_t b);

#endif
