/* Vectors of numbers added in fixed point (base/fixed_point.h), for the kernels. */
#ifndef PREDICTOR_KERNELS_K_FIXED_H
#define PREDICTOR_KERNELS_K_FIXED_H

#include "base/fixed_point.h"
#include "predictor/kernels/kernels_level.h"
#include "predictor/kernels/simd.h"

#ifdef __AVX512DQ__
#include <immintrin.h>
#endif

/* In all of these, `fresh` means: as if the sums had been zero, whatever stands there. */

#ifdef __AVX512DQ__
/* sum[0 .. LANES-1] += v, as fixed_add() of base/fixed_point.h does: times a power of two is exact,
 * and the conversion rounds to nearest, ties to even. */
SIMD_INLINE bool add_vector(vreal v, bool fresh, int64_t *sum)
{
    __mmask8 old = fresh ? 0 : 0xff;
    __m512 x = (__m512)v;
    __mmask16 good = _mm512_cmp_ps_mask(_mm512_abs_ps(x),
                                        _mm512_set1_ps((float)FIXED_MAGNITUDE_MAX), _CMP_LT_OQ);
    x = _mm512_maskz_mul_ps(good, x, _mm512_set1_ps((float)FIXED_ONE));
    __m512i low = _mm512_cvtps_epi64(_mm512_castps512_ps256(x));
    __m512i high = _mm512_cvtps_epi64(_mm512_extractf32x8_ps(x, 1));
    _mm512_storeu_si512(sum, _mm512_add_epi64(low, _mm512_maskz_loadu_epi64(old, sum)));
    _mm512_storeu_si512(sum + 8, _mm512_add_epi64(high, _mm512_maskz_loadu_epi64(old, sum + 8)));
    return good == 0xffff;
}
#endif

/* sum[0 .. n-1] += v. */
static inline bool add_part(const real *v, size_t n, bool fresh, int64_t *sum)
{
    bool good = true;
    if (fresh) memset(sum, 0, n * sizeof(*sum));
    for (size_t i = 0; i < n; i++) good &= fixed_add(&sum[i], (double)v[i]);
    return good;
}

#ifndef __AVX512DQ__
SIMD_INLINE bool add_vector(vreal v, bool fresh, int64_t *sum)
{
    real numbers[LANES];
    memcpy(numbers, &v, sizeof(numbers));
    return add_part(numbers, LANES, fresh, sum);
}
#endif

/* Adds a tile's sums; columns from `left` on are padding. */
SIMD_INLINE bool gradient_add(vreal sum, size_t left, bool fresh, int64_t *to)
{
    if (left >= LANES) return add_vector(sum, fresh, to);
    real numbers[LANES];
    memcpy(numbers, &sum, sizeof(numbers));
    return add_part(numbers, left, fresh, to);
}

#endif
