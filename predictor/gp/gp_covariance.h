/* Covariances between rows of numbers, for gaussian_process.h. Local throughout.
 *
 * Squared distances are |a|^2 + |b|^2 - 2 a.b, with the products from dgemm, after the training
 * rows' column means have been taken off, which keeps the cancellation small. */
#ifndef PREDICTOR_GP_GP_COVARIANCE_H
#define PREDICTOR_GP_GP_COVARIANCE_H

#include "comm/process_grid.h"
#include "predictor/gp/gaussian_process.h"

/* Rows of numbers, centred, and their squared norms. */
struct gp_rows {
    size_t count;
    uint32_t columns;
    double *x;       /* (count, columns), owned */
    double *squares; /* (count), owned */
};

/* centre[c] = mean of column c of x (count, columns). */
void gp_centre(const double *x, size_t count, uint32_t columns, double *centre);

/* Room for `count` rows. SIBYL_E_MEM. */
enum status gp_rows_init(struct gp_rows *r, size_t count, uint32_t columns);
void gp_rows_release(struct gp_rows *r); /* fine when zeroed */
/* Row `to` := x minus centre, both (columns). */
void gp_rows_set(struct gp_rows *r, size_t to, const double *x, const double *centre);

/* out[j * stride + i] = signal * k(|a_i - b_j| / length), for rows a_begin .. a_end - 1 of a and
 * b_begin .. b_end - 1 of b; i and j count from 0. */
struct gp_part {
    const struct gp_rows *rows;
    size_t begin, end;
};
void gp_covariance_block(enum gp_kernel kernel, const struct gp_hyperparameters *h,
                         struct gp_part a, struct gp_part b, double *out, size_t stride);

/* The local part of the lower triangle of K, with `diagonal` as the elements on the diagonal.
 * `rows` and `columns` are the matrix's local rows and columns. Parts of the upper triangle are
 * overwritten too. */
void gp_covariance_lower(enum gp_kernel kernel, const struct gp_hyperparameters *h, double diagonal,
                         const struct gp_rows *rows, const struct gp_rows *columns,
                         struct process_grid_matrix *k);

#endif
