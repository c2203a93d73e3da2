/* Products with packed weights, and gradients of weights: tiles of rows times panels of columns,
 * held in registers over the whole inner sum. */
#include "predictor/kernels/k_fixed.h"

#if defined(__AVX512F__)
#define ROWS 12 /* of a tile: 12 x 2 registers of sums, and room for what they are made of */
#define PANELS 2
#elif defined(__AVX2__)
#define ROWS 6
#define PANELS 1
#else
#define ROWS 3
#define PANELS 1
#endif

SIMD_INLINE void tile_store(const struct product *p, size_t row, size_t panel, size_t rows,
                            size_t panels, vreal (*sum)[PANELS])
{
#pragma GCC unroll UNROLL_ROWS
    for (size_t i = 0; i < rows; i++)
#pragma GCC unroll UNROLL_PANELS
        for (size_t j = 0; j < panels; j++) {
            size_t at = (row + i) * p->y_stride + (panel + j) * LANES;
            vreal v = sum[i][j];
            if (p->residual) v += v_load(p->residual + at);
            v_store(p->y + at, p->relu ? v_positive(v) : v);
        }
}

/* `rows` and `panels` are constants wherever this is inlined. */
SIMD_INLINE void tile(const struct product *p, size_t row, size_t panel, size_t rows, size_t panels)
{
    vreal sum[ROWS][PANELS];
    const real *x = p->x + row * p->x_stride, *b = p->panels + panel * p->panel_step;
    size_t stride = p->x_stride, step = p->panel_step, k = p->k;
#pragma GCC unroll UNROLL_PANELS
    for (size_t j = 0; j < panels; j++) {
        vreal start = p->bias ? v_load(p->bias + (panel + j) * LANES) : (vreal){0};
#pragma GCC unroll UNROLL_ROWS
        for (size_t i = 0; i < rows; i++) sum[i][j] = start;
    }
    for (size_t c = 0; c < k; c++) {
        vreal column[PANELS];
#pragma GCC unroll UNROLL_PANELS
        for (size_t j = 0; j < panels; j++) column[j] = v_load(b + j * step + c * LANES);
#pragma GCC unroll UNROLL_ROWS
        for (size_t i = 0; i < rows; i++)
#pragma GCC unroll UNROLL_PANELS
            for (size_t j = 0; j < panels; j++) sum[i][j] += x[i * stride + c] * column[j];
    }
    tile_store(p, row, panel, rows, panels, sum);
}

#define PRODUCT struct product
#include "predictor/kernels/k_strip.h"

void KERNEL(product)(const struct product *p, size_t first, size_t end)
{
    size_t panel = 0;
    for (; panel + PANELS <= p->count; panel += PANELS) strip(p, first, end, panel, PANELS);
    for (; panel < p->count; panel++) strip(p, first, end, panel, 1);
}

/* ---- gradients of weights ---- */

bool KERNEL(fixed_add)(const real *x, size_t n, bool fresh, int64_t *sum)
{
    bool good = true;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) good &= add_vector(v_load(x + i), fresh, sum + i);
    return good & add_part(x + i, n - i, fresh, sum + i);
}

/* Some columns of dy: as they are, or copied into one run. */
struct columns {
    const real *first;
    size_t stride;
};

/* Rows out .. out+outs-1 of W, columns in .. : one shard after the other. */
SIMD_INLINE bool gradient_tile(const struct weight_gradient *w, const struct columns *dy,
                               size_t out, size_t in, size_t outs, size_t panels)
{
    bool good = true;
    for (size_t s = 0; s < w->shards; s++) {
        vreal sum[ROWS][PANELS];
#pragma GCC unroll UNROLL_ROWS
        for (size_t i = 0; i < outs; i++)
#pragma GCC unroll UNROLL_PANELS
            for (size_t j = 0; j < panels; j++) sum[i][j] = (vreal){0};
        for (size_t r = w->shard_rows[s]; r < w->shard_rows[s + 1]; r++) {
            const real *slope = dy->first + r * dy->stride, *x = w->x + r * w->x_stride + in;
            vreal column[PANELS];
#pragma GCC unroll UNROLL_PANELS
            for (size_t j = 0; j < panels; j++) column[j] = v_load(x + j * LANES);
#pragma GCC unroll UNROLL_ROWS
            for (size_t i = 0; i < outs; i++)
#pragma GCC unroll UNROLL_PANELS
                for (size_t j = 0; j < panels; j++) sum[i][j] += slope[i] * column[j];
        }
        for (size_t i = 0; i < outs; i++)
            for (size_t j = 0; j < panels; j++) {
                int64_t *to = w->sum + (out + i) * w->sum_stride + in + j * LANES;
                size_t left = w->in - in - j * LANES;
                good &= gradient_add(sum[i][j], left, s == 0, to);
            }
    }
    return good;
}

/* All columns of W in some of its rows. */
SIMD_INLINE bool gradient_rows(const struct weight_gradient *w, size_t out, size_t outs)
{
    bool good = true;
    struct columns dy = {w->dy + out, w->dy_stride};
    size_t in = 0, panels = (w->in + LANES - 1) / LANES, panel = 0;
    if (w->copy) {
        size_t rows = w->shard_rows[w->shards];
        for (size_t r = w->shard_rows[0]; r < rows; r++)
            memcpy(w->copy + r * outs, w->dy + r * w->dy_stride + out, outs * sizeof(real));
        dy = (struct columns){w->copy, outs};
    }
    for (; panel + PANELS <= panels; panel += PANELS, in += PANELS * LANES)
        good &= gradient_tile(w, &dy, out, in, outs, PANELS);
    for (; panel < panels; panel++, in += LANES) good &= gradient_tile(w, &dy, out, in, outs, 1);
    return good;
}

bool KERNEL(weight_gradient)(const struct weight_gradient *w, size_t first, size_t end)
{
    bool good = true;
    size_t out = first;
    for (; out + ROWS <= end; out += ROWS) good &= gradient_rows(w, out, ROWS);
#if ROWS > 4
    for (; out + 4 <= end; out += 4) good &= gradient_rows(w, out, 4);
#endif
    for (; out < end; out++) good &= gradient_rows(w, out, 1);
    return good;
}
