/* A Gaussian process whose covariances the caller gives, on one rank, for a few hundred rows: any
 * inputs that a covariance can be computed of. gaussian_process.h is for thousands of rows of
 * numbers. Local, in one thread.
 *
 * Labels y have mean 0 and covariance signal (K + noise I), with K(i, i) = 1. The signal's variance
 * that makes them likeliest is y' (K + noise I)^-1 y / n; with it the log likelihood is
 *     -n/2 log(signal) - 1/2 log |K + noise I|
 * but for a constant (Rasmussen and Williams, Gaussian Processes for Machine Learning, eq. 2.30).
 */
#ifndef PREDICTOR_GP_COVARIANCE_PROCESS_H
#define PREDICTOR_GP_COVARIANCE_PROCESS_H

#include "base/status.h"

#include <stddef.h>

struct covariance_rows {
    double (*covariance)(const void *context, size_t i, size_t k); /* of rows i and k */
    const void *context;
    const double *labels; /* (count), of mean 0 */
    size_t count;
    double noise; /* of the signal's variance */
};

/* SIBYL_E_MEM; SIBYL_E_RANGE where the covariance is not positive definite. */
enum status covariance_likelihood(const struct covariance_rows *rows, double *out_likelihood,
                                  double *out_signal);

/* What the rows say of a number of further inputs, the columns. */
struct covariance_process {
    size_t rows, columns, believed, believed_max;
    double signal, noise;
    double *factor;   /* (rows, rows) the lower triangle of L L' = K + noise I, by rows */
    double *half;     /* (rows) L^-1 y */
    double *work;     /* (rows + believed_max, columns) covariances with the rows, then L^-1 of
                         them */
    double *prior;    /* (columns) for the caller */
    double *mean;     /* (columns) */
    double *variance; /* (columns) of the value without noise, over the signal's */
};

/* Fill in covariance_process_row() of each row, then covariance_process_solve(), then
 * covariance_process_believe() up to believed_max times. */
enum status covariance_process_init(struct covariance_process *p,
                                    const struct covariance_rows *rows, size_t columns,
                                    size_t believed_max);
/* (columns) the covariances of a row with the columns, whose own is 1. */
double *covariance_process_row(struct covariance_process *p, size_t row);
void covariance_process_solve(struct covariance_process *p);
/* (columns), to be filled in for the next call. */
double *covariance_process_prior(struct covariance_process *p);
/* From here on this column counts as measured, with noise, at its mean: means stay, variances near
 * it fall. `prior`: its covariance with each column. */
void covariance_process_believe(struct covariance_process *p, size_t column, const double *prior);
void covariance_process_release(struct covariance_process *p); /* fine when zeroed */

#endif
