/* Training with the same bits on any number of ranks and threads.
 *
 * Members are independent: small ones are trained side by side, each by a thread of a rank
 * (predictor/training/side_by_side.c). The others are trained one after another by all ranks, each
 * step data-parallel (predictor/training/lane.h): a global batch is cut into a fixed number of
 * shards (training_options.shards), which are dealt to the ranks by size
 * (predictor/training/shards.h). Predictions are gathered, every rank computes its rows' part of
 * the whole batch's loss and the gradient by their predictions, each shard is taken backward whole,
 * and shard gradients are added in fixed point (comm/reduce.h). */
#ifndef PREDICTOR_TRAINING_TRAINER_H
#define PREDICTOR_TRAINING_TRAINER_H

#include "base/identity.h"
#include "base/log.h"
#include "comm/team.h"
#include "predictor/scoring/predictor.h"
#include "predictor/training/training_set.h"

#include <stdbool.h>

struct trainer_progress {
    uint32_t member, members, epoch, epochs;
    const uint32_t *begun_epochs; /* (members) done by earlier runs, of which a checkpoint tells */
    double loss;                  /* mean over the epoch, standardised units */
    double rate;                  /* learning rate at its end */
    double samples_per_s;         /* this run, all ranks */
    double elapsed_s, left_s;
};

struct trainer_run {
    const struct training_options *options;
    uint64_t seed;
    /* Weights to start from, a predictor of the same shape (member m starts from its member m
     * modulo its members); NULL: random ones. Borrowed. */
    const struct predictor *from;
    /* Above 1: member m does not see the rows that training_set_leaves_out(), so that each row has
     * members that can be asked about it honestly. 0: all see all. */
    uint32_t folds;
    const char *checkpoint_path; /* NULL: none. Read when it is there and of this job, written every
                                    checkpoint_s */
    double checkpoint_s;
    int threads;                        /* of this rank; below 1: one. No bit depends on it */
    const char *job_digest;             /* what a checkpoint must have been made for */
    const struct identity_files *files; /* and with; NULL: none */
    const struct log *log;
    bool (*stop_asked)(void *context); /* local; NULL: never. Ranks agree on it at each step, or
                                          four times a second, or every look_s */
    double look_s;                     /* 0: no more often than that. No bit depends on it */
    /* On rank 0, when the checkpoint that is there (or none) is found to be this job's; only with a
     * checkpoint_path. NULL: none. */
    enum status (*accepted)(void *context);
    enum status (*epoch_done)(void *context,
                              const struct trainer_progress *p); /* on rank 0; NULL: none */
    void *context;
};

struct trainer_result {
    double loss, train_s, samples_per_s;
    uint32_t epochs;
    bool resumed;
};

/* Local. The weights that member m begins with, (parameters) numbers: those of run->from, or random
 * ones. */
void trainer_first_weights(const struct predictor *p, const struct trainer_run *run,
                           uint32_t member, float *weights);

/* Local. SIBYL_E_USAGE: `count` rows are fewer than the training.folds that leave rows out in turn.
 */
enum status trainer_check_folds(uint32_t folds, size_t count);

/* Collective. A predictor whose rows have no known label in column 0 learns from the others alone
 * (pre-training); its scaling is then none. Trains all members of `p` (made by
 * predictor_init, equal on all ranks) and sets its weights (EMA ones where asked for) and its
 * scaling. On failure all ranks return nonzero. SIBYL_E_STOPPED after a checkpoint when asked to
 * stop. Outputs that no loss gives units get them (predictor/training/output_scale.h). */
enum status trainer_run(struct team *t, struct predictor *p, const struct training_set *set,
                        const struct trainer_run *run, struct trainer_result *out);

#endif
