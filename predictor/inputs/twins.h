/* Twins: nodes of a graph with the same operation, attributes, parents and children. They have the
 * same row in every block of an NN-Former without positions, so that one row can stand for all of
 * them, counted as often as there are copies. Local. */
#ifndef PREDICTOR_INPUTS_TWINS_H
#define PREDICTOR_INPUTS_TWINS_H

#include "predictor/inputs/batch.h"

/* The graph with one node for each kind of twins, in the order of their last copies, and how many
 * copies each has: *out_copies (out->nodes). *out_copies is NULL, and `out` is `g`, where no node
 * has a twin. Time and memory are linear in nodes and edges. Memory is the arena's. */
enum status twins_merge(struct graph *out, uint32_t **out_copies, struct arena *arena,
                        const struct graph *g);

/* Counts every row of the batch of that one graph, packed without tokens, as often as it has
 * copies. */
enum status twins_count(struct batch *b, struct arena *arena, const uint32_t *copies);

#endif
