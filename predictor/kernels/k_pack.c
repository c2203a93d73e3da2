/* Rows of a weight matrix turned into a panel of columns. */
#include "predictor/kernels/kernels_level.h"
#include "predictor/kernels/simd.h"

#if defined(__AVX512F__) && !defined(SIBYL_REAL_DOUBLE)
#include <immintrin.h>

static void square(const real *x, size_t stride, real *y)
{
    __m512 r[16], t[16];
    for (size_t i = 0; i < 16; i++) r[i] = _mm512_loadu_ps(x + i * stride);
    for (size_t i = 0; i < 16; i += 2) { /* pairs of rows */
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    for (size_t i = 0; i < 16; i++) { /* four rows: r[4k + j] has columns j, 4 + j, 8 + j, 12 + j */
        __m512d a = _mm512_castps_pd(t[i / 4 * 4 + i / 2 % 2]);
        __m512d b = _mm512_castps_pd(t[i / 4 * 4 + i / 2 % 2 + 2]);
        r[i] = _mm512_castpd_ps(i % 2 ? _mm512_unpackhi_pd(a, b) : _mm512_unpacklo_pd(a, b));
    }
    for (size_t j = 0; j < 4; j++) { /* quarters of vectors to their places */
        __m512 a = _mm512_shuffle_f32x4(r[j], r[4 + j], 0x88);
        __m512 b = _mm512_shuffle_f32x4(r[8 + j], r[12 + j], 0x88);
        __m512 c = _mm512_shuffle_f32x4(r[j], r[4 + j], 0xdd);
        __m512 d = _mm512_shuffle_f32x4(r[8 + j], r[12 + j], 0xdd);
        _mm512_storeu_ps(y + j * LANES, _mm512_shuffle_f32x4(a, b, 0x88));
        _mm512_storeu_ps(y + (4 + j) * LANES, _mm512_shuffle_f32x4(c, d, 0x88));
        _mm512_storeu_ps(y + (8 + j) * LANES, _mm512_shuffle_f32x4(a, b, 0xdd));
        _mm512_storeu_ps(y + (12 + j) * LANES, _mm512_shuffle_f32x4(c, d, 0xdd));
    }
}
#else
static void square(const real *x, size_t stride, real *y)
{
    for (size_t c = 0; c < LANES; c++)
        for (size_t l = 0; l < LANES; l++) y[c * LANES + l] = x[l * stride + c];
}
#endif

void KERNEL(panel)(const real *x, size_t stride, size_t columns, real *y)
{
    size_t c = 0;
    for (; c + LANES <= columns; c += LANES) square(x + c, stride, y + c * LANES);
    for (; c < columns; c++)
        for (size_t l = 0; l < LANES; l++) y[c * LANES + l] = x[l * stride + c];
}
