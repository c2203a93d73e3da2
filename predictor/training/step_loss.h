/* The loss of a training step's batch, its shards dealt to the ranks (predictor/training/shards.h):
 * each rank sees all ranks' predictions, and computes the loss of its own rows and its slopes by
 * their predictions. No bit depends on the ranks. */
#ifndef PREDICTOR_TRAINING_STEP_LOSS_H
#define PREDICTOR_TRAINING_STEP_LOSS_H

#include "comm/team.h"
#include "predictor/training/loss.h"
#include "predictor/training/shards.h"

struct step_loss {
    struct team *team;                      /* borrowed */
    const struct training_options *options; /* borrowed */
    struct shards shards;
    uint32_t outputs, most;         /* of the network; graphs in a batch */
    uint32_t own_first, own_shards; /* this rank's: where in shards.dealt, and how many */
    int threads;

    uint32_t count;       /* graphs in this step's batch */
    uint32_t *own_graphs; /* which of them are this rank's, shard by shard */
    uint32_t *own_begin;  /* (own_shards + 1) where in own_graphs each shard begins */
    double *own;          /* this rank's outputs, and how many pairs its rows have */
    double *slopes;       /* (own graphs, outputs) the loss's, for this rank's outputs */
    double *losses;       /* parts of the loss, as shards.dealt; all of them after the step */
    double *ordered;      /* (shards) the same, shard by shard */
    size_t *shard_counts; /* (ranks) shards of each rank */

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

/* Graphs of this step's batch that are this rank's. */
static inline uint32_t step_loss_own(const struct step_loss *l)
{
    return l->own_begin[l->own_shards];
}

/* Local. A batch of `count` graphs, graphs[rows[i]], begins: `targets` (any, outputs) and `offsets`
 * (any), what is added to column 0 of the predictions, are read at rows[i]. */
void step_loss_begin(struct step_loss *l, const struct graph *graphs, const uint32_t *rows,
                     uint32_t count, const double *targets, const double *offsets);

/* Collective, after this rank's outputs (own graphs, outputs) are in l->own. mean, deviation: of
 * the targets. Sets l->slopes and this rank's part of l->losses; SIBYL_E_RANGE, on this rank alone,
 * where one is not finite. */
enum status step_loss_take(struct step_loss *l, double mean, double deviation, struct rng *pairs);

/* The whole loss, from all of l->losses. Local. */
double step_loss_total(struct step_loss *l);

#endif
