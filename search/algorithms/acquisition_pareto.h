/* The acquisition of a search with a predictor and several objectives, or limits: which of the
 * candidates are proposed. On rank 0. Local, but for scoring. */
#ifndef SEARCH_ALGORITHMS_ACQUISITION_PARETO_H
#define SEARCH_ALGORITHMS_ACQUISITION_PARETO_H

#include "search/algorithms/predictions.h"

/* Scores the candidates once for each value that evaluations give, and proposes a round of them, by
 * the hypervolume that they are expected to add.
 *
 * A sample is a draw of all values from what was predicted of them: mean + deviation * z, with the
 * same z for all candidates. A candidate's worth is the mean over samples of what it adds to the
 * front, times the chance that it meets the limits. The limits on objectives are looked at in each
 * sample, those on other values are normal distribution functions, and predicted values are
 * certain. What is pending, or was proposed before in this round, is in the front of each sample
 * with the values that it has there. Where nothing promises anything, the candidates that are
 * nearest to the front are proposed.
 *
 * With one objective, limits on other values and models of structure there is no need of samples:
 * the worth is the expected improvement on the best answer times the chance of being one. */
enum status acquisition_pareto(const struct predictions_of *of);

#endif
