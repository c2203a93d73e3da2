/* What can be read off a network's graph, as counts of small patterns, for a Gaussian process over
 * networks (structure_model.h). Local.
 *
 * A pattern is a label and how often it is there. The views: operations, and skip connections
 * among them; neighbourhoods (a node's operation and numbers with those of its predecessors, and
 * with those of its successors: one step of a Weisfeiler-Lehman refinement, Shervashidze et al.,
 * JMLR 2011); walks of three nodes by their operations, where m parallel ones count as log2(1 + m),
 * for a skip connection more is a small change; shortcuts, edges beside a longer path, by the
 * operations at their ends and likewise; and, where nodes carry numbers, the sum of each number by
 * operation. A canonical graph has no node for a skip connection, but a shortcut or a doubled edge;
 * so they are told apart from what they lead around. Isomorphic networks have the same patterns,
 * to the bit. */
#ifndef SEARCH_ALGORITHMS_GRAPH_PATTERNS_H
#define SEARCH_ALGORITHMS_GRAPH_PATTERNS_H

#include "proto/graph/graph.h"

enum pattern_view {
    PATTERN_OPERATIONS,
    PATTERN_NEIGHBOURHOODS,
    PATTERN_WALKS,
    PATTERN_SHORTCUTS,
    PATTERN_NUMBERS,
    PATTERN_VIEWS
};

struct pattern {
    uint64_t label;
    double count;
};

struct graph_patterns {
    struct pattern *patterns;          /* by view, and ascending labels in each; in an arena */
    uint32_t start[PATTERN_VIEWS + 1]; /* where each view begins */
    double square[PATTERN_VIEWS];      /* the sum of squared counts */
};

/* Of a graph in canonical form. The patterns live in `arena`. */
enum status graph_patterns_of(struct graph_patterns *out, struct arena *arena,
                              const struct graph *g);

/* The squared Euclidean distance of the counts of one view. Symmetric to the bit. */
double graph_patterns_distance(const struct graph_patterns *a, const struct graph_patterns *b,
                               enum pattern_view view);

#endif
