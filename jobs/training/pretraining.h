/* Pre-training (training.pretraining): a base (predictor/training/network_base.h) that has learnt
 * the auxiliary labels of all networks of a dataset and none of those to predict. It is as
 * many networks as training.bases says; the members of a training start from them in turn, and so
 * do the networks of training.folds; of those that start from one, what they learn in another
 * order, and with other dropout, makes them differ. It depends neither on the seed, nor on the
 * split or the label, so trainings that differ in these alone share it; but for features
 * (data.features), which are scaled by the rows that are trained on. */
#ifndef JOBS_TRAINING_PRETRAINING_H
#define JOBS_TRAINING_PRETRAINING_H

#include "jobs/config/config.h"
#include "jobs/training/lessons.h"
#include "predictor/scoring/predictor.h"

#include <stdbool.h>

struct training;

/* The last one that was made or found. Zeroed: none. */
struct pretraining {
    struct predictor predictor; /* its `base` tells what it was made of; "": none was made */
    bool found;                 /* nothing was trained for the last training */
};

/* Local. How many networks are pre-trained for a predictor with these options: training.bases, at
 * most one for each member; with a predictor to start from, one for each. */
uint32_t pretraining_networks(const struct config_values *v, const struct predictor_options *like);
/* Local. SIBYL_E_USAGE: there is to be pre-training, but there are no auxiliary labels. */
enum status pretraining_check(const struct config_values *v, const struct lessons *lessons);
/* Collective. Makes p->predictor what pre-training gives for this training, starting from `from`
 * (NULL: random weights); finds it, or makes and keeps it, where the training's inputs say; does
 * nothing where it is that already. The training is open. Errors of trainer_run(). */
enum status pretraining_make(struct pretraining *p, const struct training *j,
                             const struct predictor *from);
/* Whether trainings with these settings would share it: what it depends on is equal. */
bool pretraining_shared(const struct config_values *a, const struct config_values *b);
/* Whether it depends on the rows that are trained on. */
bool pretraining_sees_split(const struct config_values *v);
void pretraining_release(struct pretraining *p);

#endif
