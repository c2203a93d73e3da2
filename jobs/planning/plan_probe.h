/* Short runs of the trainer and the scorer on this node, for plans (plan.h). Local. */
#ifndef JOBS_PLANNING_PLAN_PROBE_H
#define JOBS_PLANNING_PLAN_PROBE_H

#include "comm/team.h"
#include "jobs/planning/plan.h"
#include "predictor/scoring/predictor.h"
#include "predictor/training/trainer.h"

struct plan_probe {
    struct team *self; /* this process alone */
    const struct predictor *like;
    const struct training_options *options;
    const struct graph *graphs; /* (count) some to learn and to score, in the predictor's form */
    const double *labels;       /* (count, outputs of `like`) */
    size_t count;
    int threads;
};

/* Most memory that this process had so far, in bytes. */
double plan_probe_peak_bytes(void);

/* How many of `graphs` to try, of the first: so many as make a probe short, at least one. */
size_t plan_probe_count(const struct graph *graphs, size_t count);

/* Times steps of one shard and of many, each for at least a third of a second; of a large batch or
 * of large graphs not all shards are run, nor whole ones. `rows`: of a whole batch. Sets shards,
 * step_s, shard_s and parameters of out->training, out->shard_bytes, and out->fixed_bytes: what
 * this process had at most so far, without the shards that were run. */
enum status plan_probe_training(const struct plan_probe *p, uint32_t rows, struct plan *out);

/* Raises fixed_bytes where this process has had more, for something else, than a rank with all
 * shards would take. */
void plan_probe_raise(struct plan *p);

/* Seconds to score a graph with all members of `like`; 0 without graphs. Of large graphs only some
 * are scored. */
enum status plan_probe_scoring(const struct plan_probe *p, enum precision precision,
                               double *out_graph_s);

#endif
