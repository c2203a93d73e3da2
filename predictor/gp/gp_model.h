/* A Gaussian process as plain values: what its options, its file and a local program know of it.
 * Local, and without MPI; gaussian_process.h, which has the formulas, fits one on all ranks. */
#ifndef PREDICTOR_GP_GP_MODEL_H
#define PREDICTOR_GP_GP_MODEL_H

#include <stdint.h>

enum gp_kernel { GP_RBF, GP_MATERN52 };

/* Variances in squared label units, the length in units of X, the mean in label units. */
struct gp_hyperparameters {
    double length, signal, noise, mean;
};

/* A fitted process: plain values and two arrays, to be written to a file as they are. */
struct gp_model {
    enum gp_kernel kernel;
    uint64_t rows;
    uint32_t columns;
    struct gp_hyperparameters hyper;
    double jitter;          /* added to the diagonal beside the noise; 0 unless K needed it */
    double log_likelihood;  /* log marginal likelihood, of these hyperparameters (2.30) */
    double log_determinant; /* log |K| */
    double *inputs;         /* (rows, columns), owned; the same on every rank */
    double *alpha;          /* (rows), owned; K^-1 (y - mean) */
};
void gp_model_release(struct gp_model *m); /* local; fine when zeroed */

#endif
