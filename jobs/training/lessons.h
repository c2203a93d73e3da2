/* What a predictor learns of each network of a dataset: the label that it is to predict, and beside
 * it auxiliary ones (training.auxiliary: other labels of the dataset; training.structure:
 * properties of the graph). */
#ifndef JOBS_TRAINING_LESSONS_H
#define JOBS_TRAINING_LESSONS_H

#include "jobs/config/config.h"
#include "jobs/training/networks.h"

struct lessons {
    uint32_t outputs; /* 1, and the auxiliary labels */
    double *labels;   /* (rows, outputs), NaN where unknown; owned */
};

/* Collective over the team of the networks: each rank finds the properties of its part. `label`:
 * the column to predict. With data.labels: auto, penalties are unknown. SIBYL_E_USAGE: a label that
 * the dataset has not. */
enum status lessons_make(struct lessons *out, const struct networks *n,
                         const struct config_values *v, uint32_t label);
void lessons_release(struct lessons *l); /* fine on a zeroed struct */

#endif
