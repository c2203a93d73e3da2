/* Networks that a model is to learn from or to choose among, each once. On rank 0. Local. */
#ifndef SEARCH_ALGORITHMS_CANDIDATE_POOL_H
#define SEARCH_ALGORITHMS_CANDIDATE_POOL_H

#include "search/algorithms/history.h"
#include "search/algorithms/search_options.h"
#include "search/algorithms/graph_patterns.h"

struct pooled {
    struct candidate candidate;
    struct graph view;              /* in the predictor's form */
    struct graph_patterns patterns; /* candidate_pool_patterns() */
};

struct candidate_pool {  /* all zero but the arena: empty */
    struct arena *arena; /* of the graphs */
    struct pooled *items;
    size_t count, capacity;
    size_t with_patterns; /* of the items, those whose patterns are made */
    struct hashset set;
};

void candidate_pool_release(struct candidate_pool *p);

/* Adds a candidate that is neither `known` (may be NULL) nor there yet; *out_added says whether.
 * The graph of the candidate must live as long as the pool. */
enum status candidate_pool_add(struct candidate_pool *p, const struct search_run *run,
                               const struct candidate *c, const struct history *known,
                               bool *out_added);

/* Makes the patterns of all that have none yet. */
enum status candidate_pool_patterns(struct candidate_pool *p);

#endif
