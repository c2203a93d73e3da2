/* Short runs of the trainer and the scorer on this node, for plans (plan.h). Local. */
#ifndef JOBS_PLAN_PROBE_H
#define JOBS_PLAN_PROBE_H

#include "comm/team.h"
#include "jobs/plan.h"
#include "predictor/predictor.h"
#include "predictor/trainer.h"

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

/* Times steps of one shard and of many, each for at least a third of a second. Sets shards, step_s,
 * shard_s and parameters of *out_training, and *out_shard_bytes. `rows`: of a whole batch. */
enum status plan_probe_training(const struct plan_probe *p, uint32_t rows,
                                struct plan_training *out_training, double *out_shard_bytes);

/* Seconds to score a graph with all members of `like`; 0 without graphs. */
enum status plan_probe_scoring(const struct plan_probe *p, enum precision precision,
                               double *out_graph_s);

#endif
