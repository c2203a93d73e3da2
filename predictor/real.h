/* The number type of the model. float in the program; the tests build the same sources once more
 * with SIBYL_REAL_DOUBLE, so that finite differences check the very code that runs. */
#ifndef PREDICTOR_REAL_H
#define PREDICTOR_REAL_H

#include <cblas.h>

#ifdef SIBYL_REAL_DOUBLE
typedef double real;
#define real_gemm cblas_dgemm
#define real_exp exp
#define real_sqrt sqrt
#else
typedef float real;
#define real_gemm cblas_sgemm
#define real_exp expf
#define real_sqrt sqrtf
#endif

#endif
