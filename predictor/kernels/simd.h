/* Vectors of 64 bytes for the kernels, in GCC's vector extension: one register with AVX-512, two
 * with AVX2, four with SSE2 or NEON. All levels do the same operations in the same order, so that
 * with fused multiply-add (AVX2 and AVX-512) they give the same bits. Local. */
#ifndef PREDICTOR_KERNELS_SIMD_H
#define PREDICTOR_KERNELS_SIMD_H

#include "predictor/inputs/real.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LANES REAL_LANES
#define HALF_LANES (LANES / 2)
#define SIMD_INLINE static inline __attribute__((always_inline))

/* How often the loops over a tile's rows and panels are written out, so that the tile stays in
 * registers. Not under the sanitizers, whose checks would be written out with them: a file of
 * products would take half a minute to compile. */
#ifdef __SANITIZE_ADDRESS__
enum { UNROLL_ROWS = 1, UNROLL_PANELS = 1 };
#else
enum { UNROLL_ROWS = 16, UNROLL_PANELS = 2 };
#endif

typedef real vreal __attribute__((vector_size(64)));
typedef real vreal_loose __attribute__((vector_size(64), aligned(sizeof(real)), may_alias));
typedef real vhalf __attribute__((vector_size(32)));
typedef real vhalf_loose __attribute__((vector_size(32), aligned(sizeof(real)), may_alias));

SIMD_INLINE vreal v_load(const real *p)
{
    return *(const vreal_loose *)p;
}

SIMD_INLINE void v_store(real *p, vreal v)
{
    *(vreal_loose *)p = v;
}

SIMD_INLINE vreal v_all(real x)
{
    return x - (vreal){0};
}

/* The first n < LANES numbers, zeros behind them. */
SIMD_INLINE vreal v_load_part(const real *p, size_t n)
{
    vreal v = {0};
    for (size_t i = 0; i < n; i++) v[i] = p[i];
    return v;
}

/* a * b + c of single numbers, fused where vectors are: a compiler that vectorises a loop over
 * plain products may leave its additions unfused. */
SIMD_INLINE real s_fma(real a, real b, real c)
{
#if !defined(__FMA__)
    return a * b + c;
#elif defined(SIBYL_REAL_DOUBLE)
    return __builtin_fma(a, b, c);
#else
    return __builtin_fmaf(a, b, c);
#endif
}

/* max(v, 0); 0 for NaN. */
SIMD_INLINE vreal v_positive(vreal v)
{
    return (vreal)((__typeof__(v > 0))v & (v > 0));
}

SIMD_INLINE real h_sum(vhalf v)
{
    real s[HALF_LANES];
    memcpy(s, &v, sizeof(s));
#ifdef SIBYL_REAL_DOUBLE
    return (s[0] + s[2]) + (s[1] + s[3]);
#else
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
#endif
}

SIMD_INLINE real v_sum(vreal v)
{
    vhalf half[2];
    memcpy(half, &v, sizeof(half));
    return h_sum(half[0] + half[1]);
}

SIMD_INLINE vhalf h_load(const real *p)
{
    return *(const vhalf_loose *)p;
}

SIMD_INLINE void h_store(real *p, vhalf v)
{
    *(vhalf_loose *)p = v;
}

#ifdef SIBYL_REAL_DOUBLE
SIMD_INLINE vreal v_exp(vreal x)
{
    for (size_t i = 0; i < LANES; i++) x[i] = exp(x[i]);
    return x;
}
#else
/* exp(x) for x <= 88, within 2 units in the last place; the smallest normal number below -87.3. A
 * power of two times exp of the rest, by its Taylor polynomial on |rest| <= ln(2) / 2. */
SIMD_INLINE vreal v_exp(vreal x)
{
    typedef int32_t vint __attribute__((vector_size(64)));
    const vreal lowest = v_all(-87.33f);
    vint tiny = x < lowest;
    x = (vreal)(((vint)lowest & tiny) | ((vint)x & ~tiny));
    vreal shifted = x * 1.44269504f + 0x1.8p23f; /* the integer is in the low bits */
    vreal n = shifted - 0x1.8p23f;
    vreal r = x - n * 0.693359375f + n * 2.12194440e-4f; /* ln 2 in two parts */
    vreal p = r * (1.0f / 5040) + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    return (vreal)((vint)p + ((vint)shifted << 23));
}
#endif

#endif
