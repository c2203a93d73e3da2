/* AdamW with decoupled decay and the moving average of the weights, in one pass over memory. */
#include "predictor/kernels/kernels_level.h"

#ifndef SIBYL_REAL_DOUBLE
#include <math.h>

#define BETA1 0.9f
#define BETA2 0.999f
#define EPSILON 1e-8f

void KERNEL(adamw)(const struct adamw *a, size_t first, size_t end)
{
    const float *restrict g = a->gradient;
    float *restrict w = a->weights, *restrict m = a->first, *restrict v = a->second,
                    *restrict e = a->average;
#pragma omp simd
    for (size_t i = first; i < end; i++) {
        m[i] = BETA1 * m[i] + (1 - BETA1) * g[i];
        v[i] = BETA2 * v[i] + (1 - BETA2) * g[i] * g[i];
        float direction = m[i] * a->correction1 / (sqrtf(v[i] * a->correction2) + EPSILON);
        w[i] -= a->rate * (direction + a->decay * w[i]);
        e[i] = a->ema * e[i] + (1 - a->ema) * w[i];
    }
}
#endif
