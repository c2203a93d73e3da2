/* Units for outputs that were trained to rank. A ranking loss leaves each network's outputs any
 * shift and scale: here they get the mean and the deviation that the targets have on the rows that
 * the network was trained on, by its last layer. Members then weigh alike in their mean, and
 * predictions are in label units, though networks vary more in what they predict than in truth. */
#ifndef PREDICTOR_TRAINING_OUTPUT_SCALE_H
#define PREDICTOR_TRAINING_OUTPUT_SCALE_H

#include "comm/team.h"
#include "predictor/scoring/predictor.h"
#include "predictor/training/training_set.h"

/* Whether such a predictor's outputs lack units: no loss of single labels, and no look-up table,
 * whose units they share. */
bool output_scale_open(const struct predictor *p, const struct training_options *o);

/* Collective. Sets the last layers of all members of a trained p; where outputs do not vary, they
 * are shifted. targets (count, outputs of p), standardised; members were not trained on the rows
 * that training_set_leaves_out(). */
enum status output_scale_set(struct team *t, struct predictor *p, const struct training_set *set,
                             uint32_t folds, const double *targets, int threads);

#endif
