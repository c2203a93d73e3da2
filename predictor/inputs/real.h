/* The number type of the model. float in the program; the tests build the same sources once more
 * with SIBYL_REAL_DOUBLE, so that finite differences check the very code that runs. */
#ifndef PREDICTOR_INPUTS_REAL_H
#define PREDICTOR_INPUTS_REAL_H

#include <stddef.h>

#ifdef SIBYL_REAL_DOUBLE
typedef double real;
#define real_sqrt sqrt
#else
typedef float real;
#define real_sqrt sqrtf
#endif

/* Numbers in a vector of the kernels. Rows of matrices are padded with zeros to a multiple. */
#define REAL_LANES (64 / sizeof(real))

static inline size_t real_padded(size_t n)
{
    return (n + REAL_LANES - 1) / REAL_LANES * REAL_LANES;
}

#endif
