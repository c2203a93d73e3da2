/* A dataset's networks as a predictor sees them, with keys that are equal for equal ones. Local. */
#ifndef JOBS_TRAINING_NETWORKS_H
#define JOBS_TRAINING_NETWORKS_H

#include "proto/graph/canon.h"
#include "proto/files/dataset.h"

struct networks {
    struct arena arena;
    size_t count;
    struct graph *graphs;    /* (count) in the form asked for */
    struct hash128 *keys;    /* (count) of those graphs: equal ones are computed once */
    struct hash128 *classes; /* (count) canonical hashes: equal for isomorphic networks */
    bool *connected;         /* (count) whether any path leads from input to output */
};

enum status networks_make(struct networks *out, const struct dataset *d, enum graph_form form);
void networks_release(struct networks *n); /* fine on a zeroed struct */

#endif
