/* Pre-training (training.pretraining): networks that have learnt the auxiliary labels of all
 * networks of a dataset and none of those to predict. The members of a training start from them in
 * turn, and so do the networks of training.folds; of those that start from one, what they learn in
 * another order, and with other dropout, makes them differ. Pre-training depends neither on the
 * split nor on the label, so trainings that differ in these alone can share it; but for features
 * (data.features), which are scaled by the rows that are trained on. */
#ifndef JOBS_TRAINING_PRETRAINING_H
#define JOBS_TRAINING_PRETRAINING_H

#include "jobs/config/config.h"
#include "jobs/training/lessons.h"
#include "predictor/scoring/predictor.h"

#include <stdbool.h>

struct training;

/* The last one that was made, and what it was made of. Zeroed: none. */
struct pretraining {
    char *key; /* owned; all that it depends on. NULL: none was made */
    size_t key_bytes;
    struct predictor predictor;
};

/* Local. How many networks are pre-trained for a predictor with these options: training.bases, at
 * most one for each member; with a predictor to start from, one for each. */
uint32_t pretraining_networks(const struct config_values *v, const struct predictor_options *like);
/* Local. SIBYL_E_USAGE: there is to be pre-training, but there are no auxiliary labels. */
enum status pretraining_check(const struct config_values *v, const struct lessons *lessons);
/* Collective. Makes p->predictor what pre-training gives for this training, starting from `from`
 * (NULL: random weights); does nothing where it is that already. The training is open. Errors of
 * trainer_run(). */
enum status pretraining_make(struct pretraining *p, const struct training *j,
                             const struct predictor *from);
/* Whether trainings with these settings would share it: what it depends on is equal. */
bool pretraining_shared(const struct config_values *a, const struct config_values *b);
void pretraining_release(struct pretraining *p);

#endif
