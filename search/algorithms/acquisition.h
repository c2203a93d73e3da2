/* The acquisition of a search with a predictor: which of the scored candidates are proposed. On
 * rank 0. Local. */
#ifndef SEARCH_ALGORITHMS_ACQUISITION_H
#define SEARCH_ALGORITHMS_ACQUISITION_H

#include "search/algorithms/algorithm.h"

struct acquired {
    const struct candidate *candidate; /* borrowed, with its canonical graph */
    double value, deviation;           /* what the predictor says */
    double score;                      /* value + exploration * deviation; minus infinity for NaN */
};

/* The best score first; of equal ones the smallest hash. */
void acquisition_sort(struct acquired *list, size_t count);

/* Proposes one, with what is predicted of it, unless it is known or proposed already. */
enum status acquisition_take(struct algorithm_round *r, const struct acquired *a);

/* Proposes up to `wanted` of a sorted list, one after another, where other networks are pending.
 *
 * What is pending will be known before the proposal is: a network that is like it promises to teach
 * less. With the likeness s (likeness.h) to the nearest network that is pending or proposed before
 * it, a candidate counts with
 *     value + exploration * (1 - s) * deviation - s * (mean deviation of the list),
 * as a Gaussian process that believes what it predicts of pending networks leaves its mean as it is
 * and takes the deviation near them away. */
enum status acquisition_apart(struct algorithm_round *r, const struct acquired *list, size_t count,
                              uint64_t wanted);

#endif
