/* What the files of the trainer share: trainer.c, training_pause.c, side_by_side.c. */
#ifndef PREDICTOR_TRAINING_TRAINER_PARTS_H
#define PREDICTOR_TRAINING_TRAINER_PARTS_H

#include "predictor/training/lane.h"

struct trainer {
    struct team *team;
    struct predictor *predictor;
    const struct trainer_run *run;
    struct lane_work work;
    double *targets, *offsets; /* as in work, owned */
    /* (members) The same on all ranks, but between two exchanges where members are trained side by
     * side. */
    struct member_progress members[PREDICTOR_MEMBERS_MAX];
    int owner[PREDICTOR_MEMBERS_MAX]; /* a rank that has a member's buffers */
    struct lane *lanes;               /* of this rank, in use; borrowed */
    size_t lane_count;
    float *piece; /* (CHECKPOINT_PIECE) on its way to a checkpoint; NULL on one rank */
    double started_s, checkpoint_due_s;
    unsigned wishes; /* of any rank, when they were last asked */
    uint64_t begun_steps, begun_samples;
    uint32_t begun_epochs[PREDICTOR_MEMBERS_MAX]; /* by earlier runs */
};

/* ---- training_pause.c: what happens between steps ---- */

/* What this rank would have all do behind a step. Local. */
unsigned trainer_wishes(const struct trainer *t);
/* Collective. Behind a step, with t->wishes agreed on: rank 0 tells of epochs; a checkpoint is
 * written where one was wished; SIBYL_E_STOPPED where that was. */
enum status trainer_pause(struct trainer *t);
uint64_t trainer_steps(const struct trainer *t);   /* done, of all members, by earlier runs too */
uint64_t trainer_samples(const struct trainer *t); /* the same of rows trained on */

/* ---- side_by_side.c ---- */

/* Collective. Trains those members side by side for which that is faster, to their end: small
 * networks, of which each rank's threads train one each. */
enum status side_by_side_train(struct trainer *t);

#endif
