/* The history as search algorithms see it where there are fidelities: each network once, however
 * often it was evaluated. An algorithm that remembers what it is told (algorithm.replays) sees the
 * values of the smallest budget, which all networks have. Others see what each network is expected
 * to have with the whole budget: its value, where it has one; else the value with its largest
 * budget so far, moved by a straight line for each step to the next budget. A line is fitted by
 * least squares to the networks that have both values, with a weak pull towards a slope of 1, and
 * always rises. On rank 0. Local. */
#ifndef SEARCH_ALGORITHMS_FIDELITY_VIEW_H
#define SEARCH_ALGORITHMS_FIDELITY_VIEW_H

#include "search/algorithms/fidelity.h"
#include "search/algorithms/history.h"

struct fidelity_view {   /* all zero is an empty one */
    struct history seen; /* its number of genes, its objectives and whether it keeps graphs are to
                            be set before the first network */
    size_t *of;          /* (tasks) entry here of each entry of the whole history */
    size_t *latest; /* (seen.count) of each entry here, the entry there with the largest budget that
                       has a value; SIZE_MAX: none has */
    size_t tasks, task_capacity, capacity;
};

/* The next entry of the whole history, the last one that was added to it; `c`: its network, with
 * its graph. */
enum status fidelity_view_add(struct fidelity_view *v, const struct history *h,
                              const struct candidate *c);
/* It has been measured; `again`: once more, after a failure. */
enum status fidelity_view_measure(struct fidelity_view *v, const struct history *h, size_t task,
                                  bool again);
/* Brings the expected values up to date. */
enum status fidelity_view_refresh(struct fidelity_view *v, const struct history *h,
                                  const struct fidelity *f);
void fidelity_view_release(struct fidelity_view *v);

/* A line from values with one budget to those with the next. */
struct fidelity_line {
    double x, y, slope; /* through (x, y) */
};
/* Of (count) networks with the values x and y; `variance`: of x, over all networks with that
 * budget. */
struct fidelity_line fidelity_line_fit(const double *x, const double *y, size_t count,
                                       double variance);

#endif
