/* Exact Gaussian-process regression of n labels on n rows of d numbers, spread over all ranks.
 *
 * gp_options_default -> gp_fit -> gp_predictor_new -> gp_predict ... -> gp_predictor_free ->
 * gp_model_release. It knows plain matrices, not graphs. Formulas: Rasmussen and Williams, Gaussian
 * Processes for Machine Learning (2006), chapters 2, 4 and 5.
 *
 *   y_i = mean + f(x_i) + e_i,  f ~ GP(0, signal * k),  e_i ~ N(0, noise)
 *   GP_RBF       k(r) = exp(-r^2 / 2)                            r = |x - x'| / length
 *   GP_MATERN52  k(r) = (1 + s + s^2 / 3) exp(-s), s = sqrt(5) r
 *
 * One length for all columns: scale them beforehand where their units differ. The covariance
 * K = signal * k + noise * I is assembled, factored and solved block-cyclic on a grid of all ranks
 * (comm/process_grid.h), each holding its part of n * n doubles; inputs are replicated.
 *
 * Every rank gives the same X and y (checked) and gets the same results. The same grid shape, block
 * and number of threads gives the same bits. On another grid the sums over rows run in another
 * order: alpha, likelihoods, signal and variances differ in their last bits, by about 1e-16 times
 * the condition number of K. The searched length and noise ratio are the same bits even then, but
 * for near-ties, because the search only compares likelihoods.
 *
 * OpenBLAS runs on at most (the node's CPUs / the node's ranks of the team) threads inside these
 * functions, and on as many as before after them. */
#ifndef PREDICTOR_GP_GAUSSIAN_PROCESS_H
#define PREDICTOR_GP_GAUSSIAN_PROCESS_H

#include "base/status.h"
#include "comm/process_grid.h"
#include "comm/team.h"
#include "predictor/gp/gp_model.h"

#include <stddef.h>
#include <stdint.h>

/* Where the time of a fit went, and what the search did. */
struct gp_fit_report {
    double search_s, polish_s, final_s, factor_s; /* factor_s: the factorisation within final_s */
    uint32_t search_evaluations, polish_evaluations;
    double search_ratio, search_length; /* best of the subsample */
};

struct gp_options {
    enum gp_kernel kernel;
    uint32_t block;                  /* of the block-cyclic matrices */
    struct process_grid_shape shape; /* of the process grid; zeros: nearly square */
    uint64_t seed;                   /* of the subsample that the search begins on */
    uint32_t search_rows;            /* the most rows of that subsample */
    uint32_t polish_evaluations;     /* the most likelihoods of all rows in the search */
    uint64_t memory_limit;           /* bytes per rank; 0: what the node has free, over its ranks */
    int threads;                     /* of OpenBLAS; 0: this rank's share of the node's CPUs */
    const struct gp_hyperparameters *fixed; /* borrowed; not NULL: no search, these are taken */
    struct gp_fit_report *report;           /* borrowed; may be NULL */
};
void gp_options_default(struct gp_options *o); /* Matern 5/2 */

/* The most bytes that gp_fit, and later a predictor, hold at once on a rank, beside the caller's X
 * and y, with the default search_rows. Local. */
uint64_t gp_bytes_per_rank(uint64_t rows, uint32_t columns, struct process_grid_shape shape,
                           uint32_t block);

/* Collective. Fit a process to x (rows, columns) and y (rows), both borrowed.
 *
 * Unless they are fixed, hyperparameters maximise the log marginal likelihood (5.8). The mean is
 * that of y. The signal has a closed form: signal = r^T C^-1 r / n, with K = signal * C and r = y -
 * mean. That leaves two, the logarithms of length and of ratio = noise / signal.
 *
 * First, on at most search_rows random rows: a coarse grid of lengths, 1/50 to 50 median distances
 * of pairs, and of ratios, 1e-6 to 100; then ever finer grids about the best point. Ranks share the
 * points; each factors its own, alone.
 *
 * Then, on all rows and all ranks: Nelder and Mead's simplex from there, for at most
 * polish_evaluations likelihoods. No gradients are used.
 *
 * Last, one more factorisation of all rows (algorithm 2.1), for alpha. Where it fails, jitter is
 * added to the diagonal, 1e-10 of the signal, then 100 times more, up to 1e-4.
 *
 * Labels that are all equal give a process of (almost) no variance. SIBYL_E_USAGE: no rows or
 * columns, options out of range, or X or y differ between ranks. SIBYL_E_RANGE: a number that is
 * not finite, too many rows for the ranks, or K is not positive definite even with jitter.
 * SIBYL_E_MEM: gp_bytes_per_rank exceeds what there is; the message has both figures. */
enum status gp_fit(struct team *t, const double *x, const double *y, size_t rows, uint32_t columns,
                   const struct gp_options *options, struct gp_model *out);

struct gp_predictor; /* opaque; borrows its team and model, owns the factor of K */

/* Collective. Factors the model's K anew. `options`: block, shape, memory_limit and threads are
 * used; NULL: defaults. Errors as of gp_fit. */
enum status gp_predictor_new(struct team *t, const struct gp_model *m,
                             const struct gp_options *options, struct gp_predictor **out);
void gp_predictor_free(struct gp_predictor *p); /* collective; fine with NULL */

/* Collective. Predict the labels of x (count, columns), which every rank has, the same; all ranks
 * get all results. For a new label y* at x* (2.25, 2.26, with K and k* as above):
 *   mean      (count): mean + k*^T alpha; of one model, the same bits on any number of ranks
 *   variance  (count), may be NULL: signal + noise - |L^-1 k*|^2, that is, of the label with its
 *             noise, not of f alone. Never below the noise, nor below 1e-16 of the signal.
 * Without variances a rank computes its slice of the means and no factor is used. A row's last
 * bits may depend on its place in the batch. SIBYL_E_RANGE: a number in x is not finite;
 * SIBYL_E_MEM. */
enum status gp_predict(struct gp_predictor *p, const double *x, size_t count, double *mean,
                       double *variance);

/* Collective. What the process, with the hyperparameters it has, would say of each of its first
 * `count` rows if it had been fitted to all others: mean (count), less hyper.mean (5.12). All ranks
 * get all. Costs as much as variances for them. */
enum status gp_leave_one_out(struct gp_predictor *p, size_t count, double *mean);

#endif
