/* Which rows of a dataset train, and which test. Local; the same on all ranks. */
#ifndef JOBS_TRAINING_SPLIT_H
#define JOBS_TRAINING_SPLIT_H

#include "jobs/config/config.h"
#include "jobs/training/networks.h"
#include "jobs/training/penalties.h"

enum split_side { SPLIT_NEW, SPLIT_COPY, SPLIT_TRAINED, SPLIT_LEFT_OUT };

struct split {
    uint32_t *train, *test; /* row numbers; owned */
    size_t train_count, test_count;
    size_t unlabelled;    /* rows without the label to train on */
    unsigned char *sides; /* (rows) split_side: trained on, isomorphic to a row trained on, neither,
                             or left out by data.connected; owned */
};

/* A column of the dataset, and what of it counts as unknown. */
struct split_label {
    uint32_t column;
    const struct penalties *penalties;
};

/* `label`, `test`: what is trained on and tested. Rows whose label is unknown are left out of that
 * side. Fails with SIBYL_E_USAGE when fewer rows have a label than split.train asks for. */
enum status split_make(struct split *out, const struct networks *n, const struct config_values *v,
                       const struct split_label *label, const struct split_label *test);
/* Whether `rule` tests on this row, if its label is known. */
bool split_tests(const struct split *s, size_t row, enum config_test rule);
void split_release(struct split *s); /* fine on a zeroed struct */

#endif
