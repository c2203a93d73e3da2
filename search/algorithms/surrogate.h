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

/* Models of earlier rounds that later ones start from (refit.h): on every rank, the same. */
struct surrogate_memory;
enum status surrogate_memory_new(struct surrogate_memory **out);
void surrogate_memory_free(struct surrogate_memory *m); /* NULL is fine */

/* Collective. Rank 0 gives the request, the others NULL. On failure all ranks return nonzero. Bits
 * do not depend on the rank count, nor on what run->memory holds, without which models that it
 * would hold are trained again. Of many training rows some are learnt from (refit.h); of a
 * predictor with a Gaussian process, REFIT_WHOLE, from its first weights. */
enum status surrogate_score(struct team *t, const struct search_run *run,
                            struct surrogate_request *request);

#endif
