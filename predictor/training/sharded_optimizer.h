/* The optimiser over the ranks of a team: every rank has all weights, and updates its parts of
 * them, for which alone it keeps the moments and the EMA. A training's bits do not depend on the
 * ranks. */
#ifndef PREDICTOR_TRAINING_SHARDED_OPTIMIZER_H
#define PREDICTOR_TRAINING_SHARDED_OPTIMIZER_H

#include "predictor/training/optimizer.h"

struct sharded_optimizer {
    struct team *team;          /* borrowed */
    struct optimizer optimizer; /* first, second, ema: only this rank's parts are up to date */
    struct reducer *reducer;    /* whose sums are the gradient's */
    struct reducer_part *parts; /* (reducer_buckets) of this rank, owned */
    float *gradient;            /* (parameters) of which this rank's parts are used, owned */
    double *squares;            /* (blocks) sums of the gradient's squares, owned */
    double *messages;           /* what ranks tell each other at a step, owned */
    size_t *counts;             /* (ranks) numbers of each rank's message, owned */
    size_t *blocks;             /* (ranks) of each rank, in all buckets, owned */
};

/* Numbers that travel with a step: counts[r] of rank r, in rank order. */
struct sharded_notes {
    const double *mine;
    const size_t *counts; /* (ranks), at most `most` in all */
    double *all;          /* all ranks', only set where the step succeeds */
};

/* Local, but every rank of the team makes one. most_notes: of all ranks in one step. */
enum status sharded_optimizer_init(struct sharded_optimizer *s, struct team *t,
                                   const struct nnformer_shape *shape,
                                   const struct training_options *o, size_t most_notes);
/* Waits for weights that are on their way; fine on a zeroed struct. */
void sharded_optimizer_release(struct sharded_optimizer *s);

/* Collective. One step by the gradient that is the sum of all ranks' reducer_sums(), which are to
 * be written anew for the next. The new weights are on their way then: wait for them with
 * reducer_gathered(). `mine`: this rank's outcome so far, which the ranks agree on; on failure
 * nothing is updated. */
enum status sharded_optimizer_step(struct sharded_optimizer *s, enum status mine,
                                   const struct sharded_notes *notes);

/* Collective. The EMA, or also both moments, are whole on every rank. */
void sharded_optimizer_gather_ema(struct sharded_optimizer *s);
void sharded_optimizer_gather_all(struct sharded_optimizer *s);

#endif
