/* A lane trains one member after another, step by step, on the ranks of a team and in some threads
 * of each. A large network takes one lane on all ranks; small ones are trained side by side on
 * lanes of a rank and a thread each. No bit of a member depends on its lane.
 *
 * "Collective": every rank of the lane's team calls it. A lane on a team of one calls no MPI, and
 * lanes of their own may be used in threads of their own at the same time. */
#ifndef PREDICTOR_TRAINING_LANE_H
#define PREDICTOR_TRAINING_LANE_H

#include "predictor/model/nnformer.h"
#include "predictor/training/member_progress.h"
#include "predictor/training/sharded_optimizer.h"
#include "predictor/training/step_loss.h"
#include "predictor/training/trainer.h"

/* What the lanes of a training share; they read it, but for the weights of their own members. */
struct lane_work {
    struct predictor *predictor;
    const struct training_set *set;
    const struct trainer_run *run;
    struct nnformer_shape shape;
    const double *targets; /* (count, outputs) standardised, NaN unknown */
    const double *offsets; /* (count) what the look-up table adds to column 0 */
    uint32_t batch;
    bool told; /* somebody wants to be told of epochs */
};

struct lane {
    const struct lane_work *work; /* borrowed */
    struct team *team;            /* borrowed */
    int threads;
    struct sharded_optimizer optimizer;
    struct step_loss loss;
    struct arena arena; /* reset every step */
    struct nnformer_state state;
    struct batch packed;        /* of this rank's shards, as one batch */
    uint32_t member;            /* in training, where `at` is set */
    struct member_progress *at; /* borrowed; NULL: none */
    uint32_t *order;            /* (rows) of the member's set, owned */
    size_t rows;
    bool shuffled; /* order is that of the epoch */
};

/* Rows that a member is trained on, and optimiser steps of an epoch and in all. Local. */
size_t lane_member_rows(const struct lane_work *w, uint32_t member);
uint64_t lane_epoch_steps(const struct lane_work *w, uint32_t member);
uint64_t lane_member_steps(const struct lane_work *w, uint32_t member);

/* Local, but every rank of the team makes one. */
enum status lane_init(struct lane *l, const struct lane_work *work, struct team *team, int threads);
void lane_release(struct lane *l); /* fine on a zeroed struct */

/* Local. Member `member` is the lane's from here, as far as `at` says: its buffers, if it has any,
 * are the lane's too. */
enum status lane_begin(struct lane *l, uint32_t member, struct member_progress *at);

/* Collective. One step of the member that was begun. `wishes`: bits that the ranks' lanes exchange
 * on the way, as team_agree_wishes() does. Behind its last step the member's weights are in the
 * predictor, and the lane is free for another. */
enum status lane_step(struct lane *l, unsigned wishes, unsigned *out_wishes);

/* Collective. The buffers of the member in training, whole on every rank, the lane's. */
const float *lane_buffers(struct lane *l);

#endif
