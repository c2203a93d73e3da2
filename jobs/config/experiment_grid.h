/* The settings of an experiment: the keys `repeat`, `vary` and `settings` of a train job.
 *
 * `vary` maps key paths to lists of values; all combinations are made, the last list runs fastest.
 * `settings` maps names to mappings of key paths to values; each of them is combined with all of
 * `vary`, and runs slowest. Local. */
#ifndef JOBS_CONFIG_EXPERIMENT_GRID_H
#define JOBS_CONFIG_EXPERIMENT_GRID_H

#include "jobs/config/config_merge.h"

#define EXPERIMENT_TRAININGS_MAX 1000000 /* settings x repeats */

struct experiment_grid {
    bool experiment; /* any of the keys asks for more than one training, or names one */
    uint64_t repeats;
    size_t settings; /* all combinations; at least 1 */
    size_t cells;    /* combinations of `vary` */
    int named, vary; /* nodes of the merge's job file; 0: absent */
};

/* Takes the three keys out of the job file (of `train` only; others have none) and checks their
 * form. SIBYL_E_USAGE with place. */
enum status experiment_grid_open(struct experiment_grid *g, struct merge *m);
/* Puts the overrides of a setting into the job file: once per merge. *out_name: what differs, such
 * as "base, predictor.width=64"; the caller's to free(). */
enum status experiment_grid_apply(const struct experiment_grid *g, struct merge *m, size_t setting,
                                  char **out_name);

#endif
