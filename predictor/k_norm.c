#include "predictor/k_norm.h"

#include <math.h>

#define EPSILON ((real)1e-5)

void norm_forward(size_t rows, size_t width, const real *x, const real *gain, const real *bias,
                  real *y, real *mean, real *rstd)
{
    for (size_t r = 0; r < rows; r++, x += width, y += width) {
        real sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
        for (size_t c = 0; c < width; c++) sum += x[c];
        real m = sum / (real)width;
#pragma omp simd reduction(+ : squares)
        for (size_t c = 0; c < width; c++) squares += (x[c] - m) * (x[c] - m);
        real s = 1 / real_sqrt(squares / (real)width + EPSILON);
        for (size_t c = 0; c < width; c++) y[c] = (x[c] - m) * s * gain[c] + bias[c];
        mean[r] = m;
        rstd[r] = s;
    }
}

void norm_backward(size_t rows, size_t width, const real *dy, const real *x, const real *mean,
                   const real *rstd, const real *gain, real *dx, real *dgain, real *dbias)
{
    for (size_t r = 0; r < rows; r++, x += width, dy += width, dx += width) {
        real m = mean[r], s = rstd[r], a = 0, b = 0; /* means of dxhat and of dxhat * xhat */
#pragma omp simd reduction(+ : a, b)
        for (size_t c = 0; c < width; c++) {
            real xhat = (x[c] - m) * s, dxhat = dy[c] * gain[c];
            a += dxhat;
            b += dxhat * xhat;
            dgain[c] += dy[c] * xhat;
            dbias[c] += dy[c];
        }
        a /= (real)width;
        b /= (real)width;
        for (size_t c = 0; c < width; c++) dx[c] += s * (dy[c] * gain[c] - a - (x[c] - m) * s * b);
    }
}
