/* How far the training of a member of an ensemble has come. */
#ifndef PREDICTOR_TRAINING_MEMBER_PROGRESS_H
#define PREDICTOR_TRAINING_MEMBER_PROGRESS_H

#include <stdint.h>

#define MEMBER_TOLD 64

enum member_stage { MEMBER_WAITING, MEMBER_TRAINING, MEMBER_TRAINED };

struct member_progress {
    enum member_stage stage;
    uint32_t epoch;  /* epochs done */
    uint64_t step;   /* optimiser steps done */
    uint64_t row;    /* of the epoch's order, the next one to train on */
    double loss_sum; /* over the epoch's rows before it */
    double loss;     /* mean over the last epoch done */
    /* Of the last epochs done, those that nobody was told of: their mean losses. */
    uint32_t untold;
    double losses[MEMBER_TOLD];
    /* In training and on no lane (predictor/training/lane.h): the optimiser's buffers, owned;
     * otherwise NULL. */
    float *buffers;
};

#endif
