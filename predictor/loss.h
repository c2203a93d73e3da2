/* Losses over a whole batch, and their gradient by each prediction (NNFORMER.md, section 4). Local,
 * in double. */
#ifndef PREDICTOR_LOSS_H
#define PREDICTOR_LOSS_H

#include "base/rng.h"
#include "predictor/options.h"

#include <stddef.h>

struct loss_scale {
    double mean, deviation; /* prediction * deviation + mean: the units MAPE is taken in */
};

/* Weighted sum of the losses that `o` asks for. predictions, targets (count), standardised. `pairs`
 * gives the random-pair loss its permutation (used only where its weight is above 0); `scratch` has
 * room for count numbers. gradient (count) is overwritten. l1    mean |p - t| mse   mean (p - t)^2
 *   mape  mean |u(p) - u(t)| / |u(t)|, u(x) = x * deviation + mean; terms with u(t) = 0 are left
 * out rank_all     mean over pairs with |t_i - t_j| > margin of log(1 + exp(-(p_i - p_j) sign(t_i -
 * t_j))) rank_random  mean |(p_i - p_s(i)) - (t_i - t_s(i))| over a random permutation s */
double loss_batch(const struct training_options *o, const struct loss_scale *scale, size_t count,
                  const double *predictions, const double *targets, struct rng *pairs,
                  uint32_t *scratch, double *gradient);

/* Mean squared error of the columns 1 .. outputs-1 over those targets that are known, times
 * `weight`. predictions, targets, gradient (count, outputs): NaN marks an unknown target; gradient
 * of unknown ones and of column 0 is left alone. */
double loss_auxiliary(double weight, size_t count, uint32_t outputs, const double *predictions,
                      const double *targets, double *gradient);

#endif
