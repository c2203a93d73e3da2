/* Labels to the standardised numbers that networks are trained on. Local. */
#ifndef PREDICTOR_TRAINING_TARGETS_H
#define PREDICTOR_TRAINING_TARGETS_H

#include "predictor/scoring/predictor.h"
#include "predictor/training/training_set.h"

/* Sets p's transform, mean, deviation and look-up table from the set's labels, and fills
 * targets (count, outputs), each column with mean 0 and deviation 1 over the known ones (a column
 * that does not vary: deviation 1), NaN unknown, and offsets (count), what the look-up table adds
 * to the network's output in column 0. With a table, it is what the table leaves of column 0 that
 * has mean 0 and deviation 1. SIBYL_E_RANGE: a label is infinite, or none is known. */
enum status targets_make(struct predictor *p, const struct training_set *set,
                         const struct training_options *o, double *targets, double *offsets);

#endif
