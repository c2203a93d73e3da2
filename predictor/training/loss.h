/* Losses over a whole batch, and their gradient by each prediction (NNFORMER.md, section 4). Local,
 * in double. A caller may take some rows alone: ranks share a batch's loss by rows. */
#ifndef PREDICTOR_TRAINING_LOSS_H
#define PREDICTOR_TRAINING_LOSS_H

#include "base/rng.h"
#include "predictor/inputs/options.h"

#include <stddef.h>

struct loss_batch {
    const struct training_options *options;
    double mean, deviation; /* prediction * deviation + mean: the units MAPE is taken in */
    size_t count;
    const double *predictions, *targets; /* (count), standardised */
    uint64_t pairs;                      /* loss_pairs() of all rows */
    uint32_t *partner, *partner_of;      /* (count) each: loss_partners() */
};

/* How many rows each of rows first .. end-1 has to be told from: those whose targets are more than
 * the margin away. */
uint64_t loss_pairs(const struct loss_batch *b, size_t first, size_t end);

/* Fills b->partner with a random permutation and b->partner_of with its inverse. Wanted only where
 * the random-pair loss has a weight above 0. */
void loss_partners(struct loss_batch *b, struct rng *r);

/* Rows first .. end-1's part of the weighted sum of the losses that the options ask for, and the
 * whole sum's gradient by their predictions (end - first), overwritten.
 *   l1    mean |p - t|
 *   mse   mean (p - t)^2
 *   mape  mean |u(p) - u(t)| / |u(t)|, u(x) = x * deviation + mean; terms with u(t) = 0 left out
 *   rank_all     mean over pairs with |t_i - t_j| > margin of
 *                log(1 + exp(-(p_i - p_j) sign(t_i - t_j)))
 *   rank_random  mean |(p_i - p_s(i)) - (t_i - t_s(i))| over the permutation s */
double loss_rows(const struct loss_batch *b, size_t first, size_t end, double *gradient);

/* Of a batch's columns 1 .. outputs-1, which have their mean squared error over known targets:
 * NaN marks an unknown one. */
struct loss_auxiliary {
    double weight;
    uint32_t outputs;
    const double *predictions, *targets; /* (count, outputs) */
    size_t known;                        /* loss_known() of all rows */
};
size_t loss_known(const struct loss_auxiliary *a, size_t first, size_t end);
/* Rows first .. end-1's part of the loss, and the gradient by their predictions: in `gradient` (end
 * - first, outputs) that of unknown ones and of column 0 is left alone. */
double loss_auxiliary_rows(const struct loss_auxiliary *a, size_t first, size_t end,
                           double *gradient);

#endif
