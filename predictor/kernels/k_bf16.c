/* Products of bfloat16 numbers, with sums in float32, where the CPU multiplies pairs of them. */
#include "predictor/kernels/k_fixed.h"

#ifdef __AVX512BF16__

#define ROWS 12 /* of a tile: 12 x 2 registers of sums */
#define PANELS 2

SIMD_INLINE __m512bh pairs(const uint16_t *p)
{
    return (__m512bh)_mm512_loadu_si512(p);
}

/* One pair of numbers in all lanes. */
SIMD_INLINE __m512bh pair_everywhere(const uint16_t *p)
{
    int pair;
    memcpy(&pair, p, sizeof(pair));
    return (__m512bh)_mm512_set1_epi32(pair);
}

SIMD_INLINE void tile_store(const struct product_bf16 *p, size_t row, size_t panel, size_t rows,
                            size_t panels, __m512 (*sum)[PANELS])
{
#pragma GCC unroll UNROLL_ROWS
    for (size_t i = 0; i < rows; i++)
#pragma GCC unroll UNROLL_PANELS
        for (size_t j = 0; j < panels; j++) {
            size_t at = (row + i) * p->f32.y_stride + (panel + j) * LANES;
            __m512 v = sum[i][j];
            if (p->f32.residual) v += _mm512_loadu_ps(p->f32.residual + at);
            if (p->f32.relu) v = _mm512_max_ps(v, _mm512_setzero_ps());
            if (p->y)
                _mm256_storeu_si256((__m256i *)(p->y + at), (__m256i)_mm512_cvtneps_pbh(v));
            else
                _mm512_storeu_ps(p->f32.y + at, v);
        }
}

/* `rows` and `panels` are constants wherever this is inlined. */
SIMD_INLINE void tile(const struct product_bf16 *p, size_t row, size_t panel, size_t rows,
                      size_t panels)
{
    __m512 sum[ROWS][PANELS];
    const uint16_t *x = p->x + row * p->f32.x_stride, *b = p->panels + panel * p->f32.panel_step;
    size_t stride = p->f32.x_stride, step = p->f32.panel_step, k = p->f32.k;
#pragma GCC unroll UNROLL_PANELS
    for (size_t j = 0; j < panels; j++) {
        const real *bias = p->f32.bias;
        __m512 start = bias ? _mm512_loadu_ps(bias + (panel + j) * LANES) : _mm512_setzero_ps();
#pragma GCC unroll UNROLL_ROWS
        for (size_t i = 0; i < rows; i++) sum[i][j] = start;
    }
    for (size_t c = 0; c < k; c += 2) {
        __m512bh column[PANELS];
#pragma GCC unroll UNROLL_PANELS
        for (size_t j = 0; j < panels; j++) column[j] = pairs(b + j * step + c * LANES);
#pragma GCC unroll UNROLL_ROWS
        for (size_t i = 0; i < rows; i++) {
            __m512bh factor = pair_everywhere(x + i * stride + c);
#pragma GCC unroll UNROLL_PANELS
            for (size_t j = 0; j < panels; j++)
                sum[i][j] = _mm512_dpbf16_ps(sum[i][j], factor, column[j]);
        }
    }
    tile_store(p, row, panel, rows, panels, sum);
}

#define PRODUCT struct product_bf16
#include "predictor/kernels/k_strip.h"

void KERNEL(product_bf16)(const struct product_bf16 *p, size_t first, size_t end)
{
    size_t panel = 0;
    for (; panel + PANELS <= p->f32.count; panel += PANELS) strip(p, first, end, panel, PANELS);
    for (; panel < p->f32.count; panel++) strip(p, first, end, panel, 1);
}

void KERNEL(round_bf16)(const real *x, size_t n, uint16_t *y)
{
    for (size_t i = 0; i < n; i += LANES)
        _mm256_storeu_si256((__m256i *)(y + i),
                            (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(x + i)));
}

/* Two rows side by side: a[0], b[0], a[1], b[1] ... */
SIMD_INLINE void store_pairs(uint16_t *out, __m512 a, __m512 b)
{
    const __m512i order =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                         21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    __m512i both = (__m512i)_mm512_cvtne2ps_pbh(b, a);
    _mm512_storeu_si512(out, _mm512_permutexvar_epi16(order, both));
}

void KERNEL(pair_bf16)(const struct pair_bf16 *p, size_t first, size_t end)
{
    for (size_t pair = first; pair < end; pair++) {
        const real *a = p->x + 2 * pair * p->stride, *b = a + p->stride;
        uint16_t *out = p->out + pair * 2 * p->columns;
        bool lone = 2 * pair + 1 == p->rows;
        for (size_t c = 0; c < p->columns; c += LANES)
            store_pairs(out + 2 * c, _mm512_loadu_ps(a + c),
                        lone ? _mm512_setzero_ps() : _mm512_loadu_ps(b + c));
    }
}

/* Rows out .. out+outs-1 of W, columns in .. : one shard after the other. */
SIMD_INLINE bool gradient_tile(const struct weight_gradient_bf16 *w, size_t out, size_t in,
                               size_t outs, size_t panels)
{
    bool good = true;
    for (size_t s = 0; s < w->shards; s++) {
        __m512 sum[ROWS][PANELS];
#pragma GCC unroll UNROLL_ROWS
        for (size_t i = 0; i < outs; i++)
#pragma GCC unroll UNROLL_PANELS
            for (size_t j = 0; j < panels; j++) sum[i][j] = _mm512_setzero_ps();
        for (size_t r = w->shard_pairs[s]; r < w->shard_pairs[s + 1]; r++) {
            const uint16_t *slope = w->dy + 2 * (r * w->dy_stride + out);
            const uint16_t *x = w->x + 2 * (r * w->x_stride + in);
            __m512bh column[PANELS];
#pragma GCC unroll UNROLL_PANELS
            for (size_t j = 0; j < panels; j++) column[j] = pairs(x + 2 * j * LANES);
#pragma GCC unroll UNROLL_ROWS
            for (size_t i = 0; i < outs; i++) {
                __m512bh factor = pair_everywhere(slope + 2 * i);
#pragma GCC unroll UNROLL_PANELS
                for (size_t j = 0; j < panels; j++)
                    sum[i][j] = _mm512_dpbf16_ps(sum[i][j], factor, column[j]);
            }
        }
        for (size_t i = 0; i < outs; i++)
            for (size_t j = 0; j < panels; j++) {
                int64_t *to = w->sum + (out + i) * w->sum_stride + in + j * LANES;
                good &= gradient_add((vreal)sum[i][j], w->in - in - j * LANES, s == 0, to);
            }
    }
    return good;
}

SIMD_INLINE bool gradient_rows(const struct weight_gradient_bf16 *w, size_t out, size_t outs)
{
    bool good = true;
    size_t in = 0, panels = (w->in + LANES - 1) / LANES, panel = 0;
    for (; panel + PANELS <= panels; panel += PANELS, in += PANELS * LANES)
        good &= gradient_tile(w, out, in, outs, PANELS);
    for (; panel < panels; panel++, in += LANES) good &= gradient_tile(w, out, in, outs, 1);
    return good;
}

bool KERNEL(weight_gradient_bf16)(const struct weight_gradient_bf16 *w, size_t first, size_t end)
{
    bool good = true;
    size_t out = first;
    for (; out + ROWS <= end; out += ROWS) good &= gradient_rows(w, out, ROWS);
    for (; out + 4 <= end; out += 4) good &= gradient_rows(w, out, 4);
    for (; out < end; out++) good &= gradient_rows(w, out, 1);
    return good;
}
#endif
