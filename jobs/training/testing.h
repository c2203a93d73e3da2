/* The test of a trained predictor: its scores of the rows that it was not trained on (or of all),
 * and how well they agree with the labels. */
#ifndef JOBS_TRAINING_TESTING_H
#define JOBS_TRAINING_TESTING_H

#include "jobs/training/training.h"

/* Collective. Fills in what `o` tells of the test, on all ranks; writes predictions.csv where there
 * is a folder, and reliability.csv where there is also a Gaussian process. Each rank scores its
 * share of the networks; rank 0 alone holds labels and scores by row, and computes what is told of
 * them. */
enum status testing_run(struct training *j, struct training_outcome *o);

#endif
