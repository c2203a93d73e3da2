/* Who attends to whom: the neighbour lists of a topology over packed rows (NNFORMER.md, section 2).
 * Local. */
#ifndef PREDICTOR_INPUTS_TOPOLOGY_H
#define PREDICTOR_INPUTS_TOPOLOGY_H

#include "predictor/inputs/batch.h"

/* The lists of topology `t` over the batch's rows, from its successors and predecessors. Siblings
 * are found through shared parents and children; no dense matrix is made for a graph above 64
 * nodes. */
enum status topology_lists(struct row_lists *out, struct arena *arena, const struct batch *b,
                           enum topology t);

#endif
