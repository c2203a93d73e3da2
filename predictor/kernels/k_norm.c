/* Layer norm, forward and backward. */
#include "predictor/kernels/kernels_level.h"
#include "predictor/kernels/simd.h"

#define EPSILON ((real)1e-5)

/* Columns c .. c+LANES-1 of a row of `width` numbers that is not padded. */
SIMD_INLINE vreal columns(const real *p, size_t c, size_t width)
{
    return c + LANES <= width ? v_load(p + c) : v_load_part(p + c, width - c);
}

/* x - mean, zeros in the padding. */
SIMD_INLINE vreal centred(const real *x, size_t c, size_t width, real mean)
{
    vreal v = v_load(x + c) - mean;
    for (size_t i = width - c; c + LANES > width && i < LANES; i++) v[i] = 0;
    return v;
}

void KERNEL(norm_forward)(const struct norm *n, size_t first, size_t end)
{
    size_t width = n->width, stride = real_padded(width);
    for (size_t r = first; r < end; r++) {
        const real *x = n->x + r * stride;
        real *y = n->y + r * (n->y_stride ? n->y_stride : stride);
        vreal sum = {0}, squares = {0};
        for (size_t c = 0; c < width; c += LANES) sum += v_load(x + c);
        real mean = v_sum(sum) / (real)width;
        for (size_t c = 0; c < width; c += LANES) {
            vreal v = centred(x, c, width, mean);
            squares += v * v;
        }
        real rstd = 1 / real_sqrt(v_sum(squares) / (real)width + EPSILON);
        for (size_t c = 0; c < width; c += LANES) {
            vreal v = centred(x, c, width, mean) * rstd;
            if (n->gain) v = v * columns(n->gain, c, width) + columns(n->bias, c, width);
            v_store(y + c, v);
        }
        if (n->mean) {
            n->mean[r] = mean;
            n->rstd[r] = rstd;
        }
    }
}

void KERNEL(norm_backward)(const struct norm *n, size_t first, size_t end, real *dgain, real *dbias)
{
    size_t width = n->width, stride = real_padded(width);
    for (size_t r = first; r < end; r++) {
        const real *x = n->x + r * stride, *dy = n->dy + r * stride;
        real *dx = n->dx + r * stride;
        real mean = n->mean[r], rstd = n->rstd[r];
        vreal a = {0}, b = {0}; /* sums of dxhat and of dxhat * xhat */
        for (size_t c = 0; c < width; c += LANES) {
            vreal xhat = centred(x, c, width, mean) * rstd, slope = v_load(dy + c);
            vreal dxhat = slope * columns(n->gain, c, width);
            a += dxhat;
            b += dxhat * xhat;
            v_store(dgain + c, v_load(dgain + c) + slope * xhat);
            v_store(dbias + c, v_load(dbias + c) + slope);
        }
        real mean_a = v_sum(a) / (real)width, mean_b = v_sum(b) / (real)width;
        for (size_t c = 0; c < width; c += LANES) {
            vreal xhat = centred(x, c, width, mean) * rstd;
            vreal dxhat = v_load(dy + c) * columns(n->gain, c, width);
            vreal inner = dxhat - mean_a - xhat * mean_b;
            for (size_t i = width - c; c + LANES > width && i < LANES; i++) inner[i] = 0;
            v_store(dx + c, v_load(dx + c) + rstd * inner);
        }
    }
}
