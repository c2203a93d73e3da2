/* Rules that end an evaluation while it runs, for its results so far: `median` (as in Golovin et
 * al. 2017, "Google Vizier: A Service for Black-Box Optimization") and `halving` (halving.h). What
 * a rule compares with are the results so far of evaluations that counted before this one was
 * begun, so that which evaluations end early does not depend on how fast each of them runs. Local.
 */
#ifndef SEARCH_ALGORITHMS_STOPPING_H
#define SEARCH_ALGORITHMS_STOPPING_H

#include "base/arena.h"
#include "search/algorithms/fidelity.h"
#include "search/algorithms/history.h"

#define STOPPING_POINTS_MAX 128 /* results so far that are kept of an evaluation */
#define STOPPING_MEDIAN_LEAST 4 /* earlier evaluations that a median is taken over */

struct stopping_rule {      /* all zero: nothing is ended */
    uint32_t k;             /* objectives */
    size_t count;           /* of steps */
    const double *steps;    /* (count) rising */
    const uint32_t *points; /* (count) */
    const double *values;   /* (points of step 0 + points of step 1 + ..., k) larger is better: of
                               `halving` what earlier evaluations had, of `median` the median */
};

/* What is known now, for an evaluation that begins. On rank 0. The rule lives in `arena`. */
enum status stopping_rule_make(struct stopping_rule *out, struct arena *arena,
                               const struct history *h, const struct fidelity *f);

/* One evaluation, as it runs. */
struct stopping {
    const struct fidelity *fidelity;
    const struct stopping_rule *rule;
    uint32_t k;
    size_t next; /* step of the rule that is looked at next */
    double best[OBJECTIVES_MAX];
    bool begun;
    /* Results so far: of `halving` those at the rule's steps, else all, or every second, every
     * fourth, and so on where there are too many. */
    size_t count;
    double steps[STOPPING_POINTS_MAX];
    double values[STOPPING_POINTS_MAX * OBJECTIVES_MAX]; /* (count, k) */
    uint64_t heard, stride;
};

void stopping_begin(struct stopping *s, const struct fidelity *f, const struct stopping_rule *rule,
                    uint32_t k);
/* A result at a step; values[k]: larger is better. *out: the evaluation is to be ended. Steps that
 * do not rise are not looked at. */
enum status stopping_hears(struct stopping *s, double step, const double *values, bool *out);

#endif
