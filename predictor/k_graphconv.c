#include "predictor/k_graphconv.h"

#include <string.h>

/* y += sum over the row's list of weight * x[row], over `n` columns; x has `stride` columns. */
static void gather(real *restrict y, const real *restrict x, size_t stride, size_t n,
                   const struct row_lists *l, const real *weight, uint32_t row)
{
    for (uint32_t e = l->start[row]; e < l->start[row + 1]; e++) {
        const real *from = x + l->row[e] * stride;
        for (size_t c = 0; c < n; c++) y[c] += weight[e] * from[c];
    }
}

void graphconv_forward(const struct batch *b, size_t f, const real *ug, real *out)
{
    size_t half = f / 2;
    for (uint32_t i = 0; i < b->rows; i++) {
        real *y = out + i * f;
        memcpy(y, ug + i * 2 * f, f * sizeof(real));
        gather(y, ug + f, 2 * f, half, &b->successors, b->successor_weight, i);
        gather(y + half, ug + f + half, 2 * f, half, &b->predecessors, b->predecessor_weight, i);
        for (size_t c = 0; c < f; c++) y[c] = y[c] > 0 ? y[c] : 0;
    }
}

void graphconv_backward(const struct batch *b, size_t f, const real *out, real *dout, real *dug)
{
    size_t half = f / 2;
    for (size_t k = 0; k < b->rows * f; k++) dout[k] = out[k] > 0 ? dout[k] : 0;
    for (uint32_t i = 0; i < b->rows; i++) {
        real *d = dug + i * 2 * f;
        memcpy(d, dout + i * f, f * sizeof(real));
        memset(d + f, 0, f * sizeof(real));
        gather(d + f, dout, f, half, &b->predecessors, b->predecessor_weight, i);
        gather(d + f + half, dout + half, f, half, &b->successors, b->successor_weight, i);
    }
}
