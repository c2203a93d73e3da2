/* The predictor inside a search: all ranks train it on what is known, and score candidates with it.
 */
#ifndef SEARCH_ALGORITHMS_SURROGATE_H
#define SEARCH_ALGORITHMS_SURROGATE_H

#include "comm/team.h"
#include "search/algorithms/search_options.h"

struct surrogate_request {
    const struct graph *training; /* (trained), in the predictor's graph form */
    const double *labels;         /* (trained) larger is better */
    size_t trained;
    const struct graph *candidates; /* (scored), in the same form */
    size_t scored;
    uint64_t seed;
    double *values, *deviations; /* (scored) out */
};

/* Collective. Rank 0 gives the request, the others NULL. On failure all ranks return nonzero. Bits
 * do not depend on the rank count, but for a Gaussian process of more than 4,096 rows, whose last
 * digits do. */
enum status surrogate_score(struct team *t, const struct search_run *run,
                            struct surrogate_request *request);

#endif
