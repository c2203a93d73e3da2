/* How alike two networks are, without a predictor: the share of neighbourhoods that they have in
 * common (the labels of a Weisfeiler-Lehman refinement of 0, 1 and 2 steps). Local. */
#ifndef SEARCH_ALGORITHMS_LIKENESS_H
#define SEARCH_ALGORITHMS_LIKENESS_H

#include "proto/graph/graph.h"

/* What is compared of a network. All zero is an empty one. */
struct likeness {
    uint64_t *labels; /* (count) ascending, owned */
    size_t count;
};

/* Of a graph in canonical form, so that isomorphic networks are alike to the bit. */
enum status likeness_of(struct likeness *out, const struct graph *g);
void likeness_release(struct likeness *l);

/* 1 for the same network, 0 for two that have nothing in common. Symmetric. */
double likeness_between(const struct likeness *a, const struct likeness *b);

#endif
