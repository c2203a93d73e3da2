/* One row of the logistic loss over all pairs, in double. */
#include "predictor/kernels/kernels_level.h"
#include "predictor/kernels/simd.h"

#ifndef SIBYL_REAL_DOUBLE

#define PAIR_LANES 8
#define FLUSH 512 /* vectors of factors between 1 and 2: their product stays in range */

typedef double vdouble __attribute__((vector_size(64)));
typedef double vdouble_loose __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t vlong __attribute__((vector_size(64)));

SIMD_INLINE vdouble d_all(double x)
{
    return x - (vdouble){0};
}

SIMD_INLINE vdouble d_choose(vlong yes, vdouble a, vdouble b)
{
    return (vdouble)(((vlong)a & yes) | ((vlong)b & ~yes));
}

SIMD_INLINE vdouble d_abs(vdouble x)
{
    return (vdouble)((vlong)x & INT64_MAX);
}

/* exp(-x) for x >= 0, within 2 units in the last place; below 1e-304 it stays there. NaN stays. */
SIMD_INLINE vdouble d_exp_minus(vdouble x)
{
    x = d_choose(x > 700.0, d_all(700.0), x);
    vdouble shifted = x * -0x1.71547652b82fep0 + 0x1.8p52; /* the integer is in the low bits */
    vdouble n = shifted - 0x1.8p52;
    vdouble r = -x - n * 0x1.62e42fee00000p-1 - n * 0x1.a39ef35793c76p-33; /* ln 2 in two parts */
    vdouble p = r * (1.0 / 479001600) + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    return (vdouble)((vlong)p + ((vlong)shifted << 52));
}

SIMD_INLINE double d_sum(vdouble v)
{
    double x[PAIR_LANES];
    memcpy(x, &v, sizeof(x));
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

/* Sums over the pairs of one row so far, lane by lane. */
struct pair_sums {
    vdouble slope, below, product; /* product of 1 + exp(-|x|) */
};

SIMD_INLINE void add_pairs(struct pair_sums *s, vdouble p, vdouble t, vdouble margin)
{
    vlong ordered = d_abs(t) > margin;
    vdouble x = d_choose(t > 0.0, p, -p), e = d_exp_minus(d_abs(x)), sum = 1.0 + e;
    vdouble slope = d_choose(x < 0.0, d_all(1.0), e) / sum;
    slope = d_choose(t > 0.0, -slope, slope);
    s->slope += d_choose(ordered, slope, d_all(0));
    s->below += d_choose(ordered & (x < 0.0), -x, d_all(0));
    s->product *= d_choose(ordered, sum, d_all(1));
}

/* The log of the product so far, which starts again from 1. */
static double take_log(struct pair_sums *s)
{
    double x[PAIR_LANES], sum = 0;
    memcpy(x, &s->product, sizeof(x));
    for (size_t l = 0; l < PAIR_LANES; l++) sum += log(x[l]);
    s->product = d_all(1);
    return sum;
}

double KERNEL(rank_row)(const struct rank_pairs *r, size_t row, double *out_slope)
{
    const vdouble margin = d_all(r->margin), p = d_all(r->predictions[row]),
                  t = d_all(r->targets[row]);
    struct pair_sums s = {.product = d_all(1)};
    double logs = 0;
    size_t j = 0, vectors = 0;
    for (; j + PAIR_LANES <= r->count; j += PAIR_LANES) {
        add_pairs(&s, p - *(const vdouble_loose *)(r->predictions + j),
                  t - *(const vdouble_loose *)(r->targets + j), margin);
        if (++vectors % FLUSH == 0) logs += take_log(&s);
    }
    if (j < r->count) { /* behind the end there is the row itself, which is no pair */
        vdouble other_p = p, other_t = t;
        for (size_t l = 0; l < r->count - j; l++) {
            other_p[l] = r->predictions[j + l];
            other_t[l] = r->targets[j + l];
        }
        add_pairs(&s, p - other_p, t - other_t, margin);
    }
    logs += take_log(&s);
    *out_slope = d_sum(s.slope);
    return logs + d_sum(s.below);
}
#endif
