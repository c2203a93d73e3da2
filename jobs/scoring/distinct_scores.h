/* Scores of networks that ranks come upon in any order, each network computed once.
 *
 * A network belongs to the rank that its key points to. That rank knows which of its networks were
 * seen and what they scored; it is asked by key, gets the graphs it does not know, computes them
 * and answers. So the work is spread by hash, and no rank knows all. */
#ifndef JOBS_SCORING_DISTINCT_SCORES_H
#define JOBS_SCORING_DISTINCT_SCORES_H

#include "predictor/training/gp_head.h"

struct distinct_scores;

/* All borrowed. `head` NULL: a predictor without a Gaussian process. Local, but every rank of the
 * team makes one. */
struct distinct_scores_job {
    struct team *team;
    struct scorer *scorer;
    struct gp_head *head;
    uint32_t operations; /* of the vocabulary: graphs that come from other ranks are checked */
    bool deduplicate;    /* else every graph is computed, where it is */
};
enum status distinct_scores_new(struct distinct_scores **out,
                                const struct distinct_scores_job *job);
void distinct_scores_free(struct distinct_scores *d); /* fine with NULL */

/* Networks that a rank asks about. */
struct distinct_query {
    const struct graph *graphs; /* in the predictor's form */
    const struct hash128 *keys;
    size_t count;
    double *values, *deviations; /* (count) as gp_head_score() gives them; 0 deviations without */
    bool *first; /* (count) no graph of this network came earlier: in an earlier call, from a rank
                  * before this one, or before it in this query */
};

/* Collective; each rank has a query of its own, which may be empty. Values are rounded to 9
 * significant digits, so that what is printed of them is all there is to know. */
enum status distinct_scores_take(struct distinct_scores *d, const struct distinct_query *q);

/* Collective. Networks that were taken in an earlier run: they count as seen, and are computed
 * again only if they are asked for. graphs, values, deviations and first are not looked at. */
enum status distinct_scores_recall(struct distinct_scores *d, const struct distinct_query *q);

/* Networks seen that belong to this rank; without deduplication, graphs computed on it. Local. */
uint64_t distinct_scores_count(const struct distinct_scores *d);

#endif
