/* Linear layers without bias, on OpenBLAS. Row-major; weights (out, in). R rows. Local. */
#ifndef PREDICTOR_K_LINEAR_H
#define PREDICTOR_K_LINEAR_H

#include "predictor/real.h"

#include <stddef.h>

/* y (R, out) = x (R, in) W^T + beta * y. */
void linear_forward(size_t rows, size_t in, size_t out, const real *x, const real *weight,
                    real beta, real *y);

/* dx (R, in) = dy (R, out) W, overwritten; dweight (out, in) += dy^T x. */
void linear_backward(size_t rows, size_t in, size_t out, const real *dy, const real *x,
                     const real *weight, real *dx, real *dweight);

/* OpenBLAS computes in the calling thread only from here on: ranks are the parallelism, and bits
 * stay the same. */
void linear_single_thread(void);

#endif
