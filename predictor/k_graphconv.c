/* Sums over neighbours, and the way back through ReLU. */
#include "predictor/kernels_level.h"
#include "predictor/simd.h"

void KERNEL(graphconv)(const struct graphconv *k, size_t first, size_t end)
{
    const struct row_lists *l = k->lists;
    for (size_t r = first; r < end; r++) {
        uint32_t begin = l->start[r], stop = l->end[r];
        for (size_t c = 0; c < k->columns; c += LANES) {
            vreal sum = k->u ? v_load(k->u + r * k->stride + c) : (vreal){0};
            for (uint32_t e = begin; e < stop; e++)
                sum += k->weights[e] * v_load(k->g + l->row[e] * k->stride + c);
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
