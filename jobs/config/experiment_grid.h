/* The settings of an experiment: the keys `repeat`, `vary` and `settings` of a train or
 * search job.
 *
 * `vary` maps key paths to lists of values; all combinations are made, the last list runs fastest.
 * `settings` maps names to mappings of key paths to values; each of them is combined with all of
 * `vary`, and runs slowest. Local. */
#ifndef JOBS_CONFIG_EXPERIMENT_GRID_H
#define JOBS_CONFIG_EXPERIMENT_GRID_H

#include "jobs/config/config.h"
#include "base/yaml/tree.h"

#include <stdint.h>

#define EXPERIMENT_RUNS_MAX 1000000 /* settings x repeats */

struct experiment_grid {
    enum config_verb verb;
    bool experiment; /* any of the keys asks for more than one run, or names one */
    uint64_t repeats;
    size_t settings;                      /* all combinations; at least 1 */
    size_t cells;                         /* combinations of `vary` */
    const struct tree_node *named, *vary; /* within the tree; NULL: absent */
    struct tree_node *keys;               /* the keys that are there, as a mapping */
};

/* Takes the three keys out of the tree (`score` has none) and checks their form,
 * and that the keys in them are known. SIBYL_E_USAGE with place. */
enum status experiment_grid_open(struct experiment_grid *g, struct tree *t, enum config_verb verb);
/* Puts the overrides of a setting into the tree, which tree_undo() takes back. *out_name: what
 * differs, such as "base, predictor.width=64"; the caller's to free(). Its time does not depend on
 * the number of settings. */
enum status experiment_grid_apply(const struct experiment_grid *g, struct tree *t, size_t setting,
                                  char **out_name);

#endif
