#include "predictor/k_linear.h"

void linear_forward(size_t rows, size_t in, size_t out, const real *x, const real *weight,
                    real beta, real *y)
{
    if (rows == 0) return;
    real_gemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)out, (int)in, 1, x, (int)in,
              weight, (int)in, beta, y, (int)out);
}

void linear_backward(size_t rows, size_t in, size_t out, const real *dy, const real *x,
                     const real *weight, real *dx, real *dweight)
{
    if (rows == 0) return;
    real_gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)in, (int)out, 1, dy,
              (int)out, weight, (int)in, 0, dx, (int)in);
    real_gemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)out, (int)in, (int)rows, 1, dy,
              (int)out, x, (int)in, 1, dweight, (int)in);
}

void linear_single_thread(void)
{
    openblas_set_num_threads(1);
}
