/* Sums over neighbours, and the way back through ReLU. */
#include "predictor/kernels/kernels_level.h"
#include "predictor/kernels/simd.h"

/* Addends: sums of many are made of sums of so many, which keeps rounding small. */
#define PART 64

/* Columns c .. c+LANES-1 of a row, entries begin .. end-1. */
SIMD_INLINE vreal sum_part(const struct graphconv *k, size_t c, uint32_t begin, uint32_t end,
                           vreal sum)
{
    for (uint32_t e = begin; e < end; e++)
        sum += k->weights[e] * v_load(k->g + k->lists->row[e] * k->stride + c);
    return sum;
}

void KERNEL(graphconv)(const struct graphconv *k, size_t first, size_t end)
{
    for (size_t r = first; r < end; r++) {
        uint32_t begin = k->lists->start[r], stop = k->lists->end[r];
        for (size_t c = 0; c < k->columns; c += LANES) {
            vreal sum = k->u ? v_load(k->u + r * k->stride + c) : (vreal){0};
            uint32_t e = begin;
            for (; stop - e > PART; e += PART) sum += sum_part(k, c, e, e + PART, (vreal){0});
            sum = sum_part(k, c, e, stop, sum);
            real *out = k->out + r * k->out_stride + c;
            v_store(out, k->add ? v_load(out) + sum : sum);
        }
    }
}

void KERNEL(relu_backward)(const real *hidden, real scale, size_t n, real *dhidden)
{
    for (size_t i = 0; i < n; i += LANES) {
        vreal d = v_load(dhidden + i) * scale;
        v_store(dhidden + i, (vreal)((__typeof__(d > 0))d & (v_load(hidden + i) > 0)));
    }
}
