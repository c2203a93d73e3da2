/* What a Gaussian process (predictor/gp/gaussian_process.h) takes in a plan: its parts' costs are
 * measured on this node, how often they come is known of the fit. Local. */
#ifndef JOBS_PLANNING_PLAN_PROCESS_H
#define JOBS_PLANNING_PLAN_PROCESS_H

#include "base/status.h"
#include "comm/team.h"
#include "jobs/planning/plan.h"
#include "predictor/inputs/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan_process {
    uint32_t columns; /* of its inputs */
    double entry_s;   /* seconds for an entry of the covariance, */
    double flop_s;    /* and for an operation of its factorisation, on one core */
};

/* Times a fit of some rows with known hyperparameters and a product of matrices, well below a
 * second. `rows`: of the process that is planned. SIBYL_E_MEM. */
enum status plan_process_measure(struct plan_process *out, struct team *self, size_t rows,
                                 uint32_t columns);

/* Adds to the plan's time a fit to `rows` rows, with the search for hyperparameters. `weighted`:
 * and the choice of its weight (predictor.head: linear+gp). */
void plan_process_add_fit(struct plan *p, const struct plan_process *c, double rows, bool weighted);
/* Adds predictions, with variances, for `graphs` graphs of a process of `rows` rows, without their
 * embeddings. */
void plan_process_add_scoring(struct plan *p, const struct plan_process *c, double rows,
                              double graphs);
/* How many times what all members take for a graph its scoring takes with a process: embeddings are
 * by one network more, and head gp asks that one alone. */
double plan_process_passes(const struct predictor_options *o);
/* Adds the memory of a process of `rows` rows. */
void plan_process_add_bytes(struct plan *p, uint32_t columns, double rows);

#endif
