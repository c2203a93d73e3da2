/* Asynchronous successive halving (Li et al. 2020, "A System for Massively Parallel Hyperparameter
 * Tuning"): of the networks that were evaluated with one budget the best one in eta are evaluated
 * with the next, as soon as they are among the best. Best is the highest value or, of several
 * objectives, the rank of non-dominated sorting, and of one rank the less crowded; networks that
 * meet the limits come first. On rank 0, but for halving_keeps(). Local. */
#ifndef SEARCH_ALGORITHMS_HALVING_H
#define SEARCH_ALGORITHMS_HALVING_H

#include "search/algorithms/fidelity.h"
#include "search/algorithms/history.h"
#include "search/algorithms/pareto.h"

/* How many of `count` networks go on. */
size_t halving_share(size_t count, double eta);

/* Numbers of the points, best first; of equal ones the earlier first. out[p->count]. */
enum status halving_order(const struct pareto_points *p, size_t *out);

struct halving_wish {
    size_t wanted; /* at most */
    bool rest;     /* also networks that are not among the best */
};
/* Entries of the history that go on to their next budget now, those of the largest budgets first,
 * and of one budget the best first: into out[wish->wanted], and their number into *out_count. An
 * entry that failed counts among the networks of its budget, and never goes on. */
enum status halving_promote(const struct history *h, const struct fidelity *f,
                            const struct halving_wish *wish, size_t *out, size_t *out_count);

/* Whether `own` is among the best one in eta of itself and the earlier points. True where there are
 * fewer than eta points. */
enum status halving_keeps(const struct pareto_points *earlier, const double *own, double eta,
                          bool *out);

#endif
