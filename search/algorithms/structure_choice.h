/* Proposals by the Gaussian process over structure (structure_model.h). On rank 0. Local. */
#ifndef SEARCH_ALGORITHMS_STRUCTURE_CHOICE_H
#define SEARCH_ALGORITHMS_STRUCTURE_CHOICE_H

#include "search/algorithms/algorithm.h"
#include "search/algorithms/candidate_pool.h"
#include "search/algorithms/pattern_distances.h"

/* Proposes up to r->batch networks of `pool` that are not known, one after another, learning from
 * `known` with `labels` (known->count); what is pending in the history counts as measured at its
 * expected value. `distances` are those of rounds before, or NULL (structure_model.h). Sets
 * r->predicted, or r->exhausted where none is left. */
enum status structure_choose(struct algorithm_round *r, struct candidate_pool *pool,
                             struct candidate_pool *known, const double *labels,
                             struct pattern_distances *distances);

#endif
