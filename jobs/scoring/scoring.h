/* Scores of everything in a source, by rounds: in each, every rank reads some units, the networks
 * are scored by the ranks they belong to, and each rank writes its rows at their place in
 * scores.csv. Memory does not grow with the source, but for some 60 bytes for each distinct
 * network, spread over the ranks, where networks are scored once. */
#ifndef JOBS_SCORING_SCORING_H
#define JOBS_SCORING_SCORING_H

#include "jobs/config/config.h"
#include "jobs/scoring/precision.h"
#include "jobs/scoring/score_source.h"
#include "jobs/scoring/score_top.h"
#include "predictor/scoring/predictor.h"

/* All borrowed. */
struct scoring_job {
    struct team *team;
    const struct log *log;
    const struct config_values *values;
    const struct predictor *predictor;
    struct score_source *source;
    const struct identity *own;    /* job, predictor and input: whose checkpoint is gone on from */
    const char *path, *checkpoint; /* of scores.csv and of the state */
    int threads;
    bool lowest; /* the best networks have the lowest scores */
    /* On rank 0, when what an earlier run left is found to be of this scoring. NULL: none. */
    enum status (*accepted)(void *context);
    void *context;
};

struct scoring_outcome {
    uint64_t rows;     /* looked at, in all runs */
    uint64_t distinct; /* networks, in all runs; without deduplication, scored in this one */
    uint64_t rows_now; /* in this run */
    double seconds;    /* of this run */
    struct precision_choice precision;
    struct score_top top; /* rank 0, sorted; owned by the caller */
};

/* Collective. Goes on from a checkpoint. SIBYL_E_STOPPED after a checkpoint, where a signal asked
 * for it. On success scores.csv is complete, and the checkpoint still there, for
 * checkpoint_file_remove() when all else is written. */
enum status scoring_run(const struct scoring_job *job, struct scoring_outcome *out);

#endif
