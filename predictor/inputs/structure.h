/* Properties that can be read off a network's graph: labels that cost nothing, for a predictor to
 * learn from where measured ones are few. Local.
 *
 * A path goes from a node without predecessors to one without successors. For each operation o of
 * the vocabulary: how many nodes have it; the most, and the fewest, of them on one path. Then:
 * nodes, edges with their multiplicity, nodes on the longest and on the shortest path, log(paths).
 */
#ifndef PREDICTOR_INPUTS_STRUCTURE_H
#define PREDICTOR_INPUTS_STRUCTURE_H

#include "proto/graph/graph.h"

#include <stddef.h>

/* Numbers that a graph has, for a vocabulary of so many operations. */
size_t structure_count(uint32_t vocabulary);

/* out (structure_count). Time and scratch memory O((nodes + edges) * kinds), kinds being the
 * operations that the graph has. An empty graph has zeros. */
enum status structure_labels(const struct graph *g, uint32_t vocabulary, double *out);

#endif
