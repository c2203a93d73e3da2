/* The covariance of a set of rows on a process grid, its factor, and likelihoods from it: what
 * gp_fit, its search and the predictor have in common. Collective over the grid's team, but for
 * gp_system_release. */
#ifndef PREDICTOR_GP_GP_SYSTEM_H
#define PREDICTOR_GP_GP_SYSTEM_H

#include "predictor/gp/gp_covariance.h"

/* Rows and labels, all on every rank. Borrowed. */
struct gp_data {
    size_t rows;
    uint32_t columns;
    const double *x;        /* (rows, columns) */
    const double *centre;   /* (columns), taken off every row */
    const double *residual; /* (rows): y - mean; NULL where nothing is solved for */
};

struct gp_system {
    enum gp_kernel kernel;
    size_t rows;
    const double *residual;
    struct gp_rows by_row, by_column; /* of k's local rows and columns */
    struct process_grid_matrix k;     /* (rows, rows), lower triangle: K, then its factor */
    struct process_grid_matrix b;     /* (rows, 1); not there without a residual */
    double *diagonal;                 /* (rows) scratch */
    double factor_s;                  /* of the last factorisation */
};

enum status gp_system_init(struct gp_system *s, struct team *t, struct process_grid *g,
                           const struct gp_data *d, const struct gp_options *o);
void gp_system_release(struct gp_system *s);

/* Assemble and factor K with this much on the diagonal beside the signal. SIBYL_E_RANGE: not
 * positive definite. */
enum status gp_system_factor(struct gp_system *s, const struct gp_hyperparameters *h,
                             double diagonal);
/* alpha (rows) = K^-1 residual, on every rank. */
void gp_system_solve(struct gp_system *s, double *alpha);

struct gp_likelihood {
    double log_determinant, fit; /* log |K|, residual^T K^-1 residual */
};
struct gp_likelihood gp_system_likelihood(struct gp_system *s, const double *alpha);

/* With the signal in closed form, for h's length and ratio = noise / signal: sets h->signal and
 * h->noise. *value is -infinity where C is not positive definite. `alpha`: (rows) scratch. */
enum status gp_system_profile(struct gp_system *s, struct gp_hyperparameters *h, double ratio,
                              double *alpha, double *value);

#endif
