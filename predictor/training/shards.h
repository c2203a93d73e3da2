/* A training step's batch is cut into shards, and these are dealt to the ranks, so that each rank
 * has as many shards as another, give or take one, and about as many nodes: who has fewer waits for
 * the others. No bit of a training depends on who has a shard. All local. */
#ifndef PREDICTOR_TRAINING_SHARDS_H
#define PREDICTOR_TRAINING_SHARDS_H

#include "base/status.h"
#include "proto/graph/graph.h"

#include <stdint.h>

struct shards {
    uint32_t count, ranks;
    uint32_t *of_rank; /* (ranks + 1) where in `dealt` each rank's shards begin; of every batch */
    uint32_t *dealt;   /* (count) the shards of rank 0, those of rank 1 .. */
    uint32_t *begin;   /* (count + 1) where in the batch each shard begins */
    uint64_t *sizes;   /* (count) nodes * count + shard, the largest first */
    void *memory;      /* of all the above, owned */
};

enum status shards_init(struct shards *s, uint32_t count, uint32_t ranks);
void shards_release(struct shards *s); /* fine on a zeroed struct */

/* Cuts a batch of `count` graphs, graphs[rows[i]], into even shards, and deals them. Every rank
 * finds the same. */
void shards_deal(struct shards *s, const struct graph *graphs, const uint32_t *rows,
                 uint32_t count);

/* Graphs of shard i of `dealt`. */
static inline uint32_t shards_graphs(const struct shards *s, uint32_t i)
{
    return s->begin[s->dealt[i] + 1] - s->begin[s->dealt[i]];
}

#endif
