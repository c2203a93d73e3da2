/* What the kernels of attention share. */
#ifndef PREDICTOR_KERNELS_K_ATTENTION_H
#define PREDICTOR_KERNELS_K_ATTENTION_H

#include "predictor/kernels/kernels_level.h"
#include "predictor/kernels/simd.h"

SIMD_INLINE real dot(const real *a, const real *b, size_t n)
{
    vhalf sum = {0};
    size_t c = 0;
    for (; c + HALF_LANES <= n; c += HALF_LANES) sum += h_load(a + c) * h_load(b + c);
    real rest = 0;
    for (; c < n; c++) rest = s_fma(a[c], b[c], rest);
    return h_sum(sum) + rest;
}

/* Whether the lists of all heads fit in a vector, and count every entry once. */
static inline bool short_lists(const struct attention *a, size_t row)
{
    if (a->batch->copies) return false;
    for (uint32_t head = 0; head < a->options->head_count; head++) {
        const struct row_lists *l = &a->batch->topology[a->options->heads[head]];
        if (l->end[row] - l->start[row] > LANES) return false;
    }
    return true;
}

/* Rows first .. end-1 that have a longer list, without keeping probabilities. */
void KERNEL(attention_long)(const struct attention *a, size_t first, size_t end);

#endif
