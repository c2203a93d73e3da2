/* The precision that a score job computes in. */
#ifndef JOBS_SCORING_PRECISION_H
#define JOBS_SCORING_PRECISION_H

#include "base/log.h"
#include "comm/team.h"
#include "jobs/config/config.h"
#include "predictor/scoring/scorer_team.h"

struct precision_choice {
    enum precision precision;
    double kendall_tau; /* of bfloat16 to float32 over the sample; NaN: not measured */
};
const char *precision_name(enum precision p);

/* Collective. Whether every rank's CPU has instructions for bfloat16. */
bool precision_all_have_bf16(struct team *t);

/* Collective. Makes a scorer in the precision `wanted`, for `total` graphs. Where that may be
 * bfloat16 and all ranks' CPUs have it, some of the first graphs (count; equal on all ranks) are
 * scored in both precisions; `auto` takes bfloat16 only if their ranks agree, and not for few
 * graphs. Where it is wanted but a CPU lacks it, that is a warning, and float32. */
enum status precision_scorer(struct scorer **out, struct precision_choice *choice, struct team *t,
                             const struct predictor *p, enum config_precision wanted, int threads,
                             const struct graph *graphs, size_t count, uint64_t total,
                             const struct log *log);

#endif
