/* The loss of a training step's batch, its rows shared over the ranks. The batch is cut into
 * shards, and each rank has an even run of them; it sees all ranks' predictions, and computes the
 * loss of its own rows and its slopes by their predictions. No bit depends on the ranks. */
#ifndef PREDICTOR_STEP_LOSS_H
#define PREDICTOR_STEP_LOSS_H

#include "comm/team.h"
#include "predictor/loss.h"

struct step_loss {
    struct team *team;                      /* borrowed */
    const struct training_options *options; /* borrowed */
    uint32_t outputs, shards, most;         /* of the network; of a batch; graphs in a batch */
    uint32_t shard_first, shard_end;        /* this rank's */
    int threads;

    uint32_t count, begin, end; /* of this step's batch: graphs, this rank's first and end */
    double *own;                /* this rank's outputs, and how many pairs its rows have */
    double *slopes;             /* (end - begin, outputs) the loss's, for this rank's outputs */
    double *losses;             /* (shards) parts of the loss; all of them after the step */
    size_t *shard_counts;       /* (ranks) shards of each rank */

    double *gathered, *predictions, *targets;                             /* (count, outputs) */
    double *main_predictions, *main_targets, *main_offsets, *main_slopes; /* column 0 where known */
    uint32_t *known;                /* (count + 1) rows before that have a known column 0 */
    uint32_t *partner, *partner_of; /* (count) */
    size_t *counts;                 /* (ranks) numbers of each rank's message */
    void *memory;                   /* of all the above, owned */
};

/* For batches of at most `most` graphs. Local. */
enum status step_loss_init(struct step_loss *l, struct team *t, const struct training_options *o,
                           uint32_t outputs, uint32_t most, int threads);
void step_loss_release(struct step_loss *l); /* fine on a zeroed struct */

/* Where shard s = 0 .. shards begins in a batch of `count` graphs. */
static inline uint32_t shard_begin(const struct step_loss *l, uint32_t count, uint32_t s)
{
    uint64_t begin, unused;
    team_slice(count, (int)s, (int)l->shards, &begin, &unused);
    return (uint32_t)begin;
}

/* Local. A batch of `count` rows begins: `targets` (any, outputs) and `offsets` (any), what is
 * added to column 0 of the predictions, are read at rows[i]. */
void step_loss_begin(struct step_loss *l, const uint32_t *rows, uint32_t count,
                     const double *targets, const double *offsets);

/* Collective, after this rank's outputs (end - begin, outputs) are in l->own. mean, deviation: of
 * the targets. Sets l->slopes and this rank's part of l->losses; SIBYL_E_RANGE, on this rank alone,
 * where one is not finite. */
enum status step_loss_take(struct step_loss *l, double mean, double deviation, struct rng *pairs);

/* The whole loss, from all of l->losses. Local. */
double step_loss_total(const struct step_loss *l);

#endif
