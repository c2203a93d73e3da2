/* What predictors are trained on. */
#ifndef PREDICTOR_TRAINING_TRAINING_SET_H
#define PREDICTOR_TRAINING_TRAINING_SET_H

#include "proto/graph/graph.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct training_set {
    const struct graph *graphs; /* (count), in the form the predictor sees; equal on all ranks */
    /* (count, outputs of the predictor): what is predicted, and beside it what else the network is
     * to learn (cheap labels, properties of the graph), NaN where unknown. */
    const double *labels;
    size_t count;
};

/* Whether member m's training leaves row i out, for folds above 0. */
static inline bool training_set_leaves_out(uint32_t folds, uint32_t member, size_t row)
{
    return folds && row % folds == member % folds;
}

#endif
