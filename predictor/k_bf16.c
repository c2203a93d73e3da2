/* Products of bfloat16 numbers, with sums in float32, where the CPU multiplies pairs of them. */
#include "predictor/kernels_level.h"

#ifdef __AVX512BF16__
#include "predictor/simd.h"

#include <immintrin.h>

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
#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 2
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
#pragma GCC unroll 2
    for (size_t j = 0; j < panels; j++) {
        const real *bias = p->f32.bias;
        __m512 start = bias ? _mm512_loadu_ps(bias + (panel + j) * LANES) : _mm512_setzero_ps();
#pragma GCC unroll 16
        for (size_t i = 0; i < rows; i++) sum[i][j] = start;
    }
    for (size_t c = 0; c < k; c += 2) {
        __m512bh column[PANELS];
#pragma GCC unroll 2
        for (size_t j = 0; j < panels; j++) column[j] = pairs(b + j * step + c * LANES);
#pragma GCC unroll 16
        for (size_t i = 0; i < rows; i++) {
            __m512bh factor = pair_everywhere(x + i * stride + c);
#pragma GCC unroll 2
            for (size_t j = 0; j < panels; j++)
                sum[i][j] = _mm512_dpbf16_ps(sum[i][j], factor, column[j]);
        }
    }
    tile_store(p, row, panel, rows, panels, sum);
}

/* Any number of rows up to ROWS. */
SIMD_INLINE void some_rows(const struct product_bf16 *p, size_t row, size_t panel, size_t rows,
                           size_t panels)
{
    switch (rows) {
#define CASE(n)                                                                                    \
    case n:                                                                                        \
        tile(p, row, panel, n, panels);                                                            \
        break
        CASE(1);
        CASE(2);
        CASE(3);
        CASE(4);
        CASE(5);
        CASE(6);
        CASE(7);
        CASE(8);
        CASE(9);
        CASE(10);
        CASE(11);
        CASE(12);
#undef CASE
    default:
        break;
    }
}

/* As in k_linear.c. */
SIMD_INLINE void strip(const struct product_bf16 *p, size_t first, size_t end, size_t panel,
                       size_t panels)
{
    size_t row = first, left = end - first;
    for (; left >= 2 * ROWS; left -= ROWS, row += ROWS) tile(p, row, panel, ROWS, panels);
    size_t rows = left > ROWS ? (left + 1) / 2 : left;
    some_rows(p, row, panel, rows, panels);
    some_rows(p, row + rows, panel, left - rows, panels);
}

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
#endif
