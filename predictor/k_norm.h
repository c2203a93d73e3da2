/* Layer norm over the columns of each row, forward and backward. R rows, d width, row-major. eps
 * 1e-5. Local. */
#ifndef PREDICTOR_K_NORM_H
#define PREDICTOR_K_NORM_H

#include "predictor/real.h"

#include <stddef.h>

/* y = (x - mean) * rstd * gain + bias. x, y (R, d); gain, bias (d); mean, rstd (R) are kept for the
 * backward pass. */
void norm_forward(size_t rows, size_t width, const real *x, const real *gain, const real *bias,
                  real *y, real *mean, real *rstd);

/* dx += gradient by x; dgain, dbias += theirs. */
void norm_backward(size_t rows, size_t width, const real *dy, const real *x, const real *mean,
                   const real *rstd, const real *gain, real *dx, real *dgain, real *dbias);

#endif
