#include "predictor/k_attention.h"

#include <math.h>
#include <string.h>

size_t attention_entries(const struct batch *b, const struct predictor_options *o)
{
    size_t entries = 0;
    for (uint32_t a = 0; a < o->head_count; a++) entries += b->topology[o->heads[a]].start[b->rows];
    return entries;
}

static real dot(const real *restrict x, const real *restrict y, size_t n)
{
    real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

static void add_scaled(real *restrict y, const real *restrict x, real scale, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] += scale * x[i];
}

static real masked(const real *mask, size_t i, real x)
{
    return mask ? mask[i] * x : x;
}

static void softmax(real *p, uint32_t count)
{
    real top = p[0], sum = 0;
    for (uint32_t j = 1; j < count; j++)
        if (p[j] > top) top = p[j];
    for (uint32_t j = 0; j < count; j++) sum += p[j] = real_exp(p[j] - top);
    for (uint32_t j = 0; j < count; j++) p[j] /= sum;
}

void attention_forward(const struct batch *b, const struct predictor_options *o, const real *qkv,
                       const real *mask, real *probabilities, real *out)
{
    size_t d = o->width, h = d / o->head_count;
    real scale = 1 / real_sqrt((real)h);
    memset(out, 0, b->rows * d * sizeof(real));
    for (uint32_t a = 0; a < o->head_count; a++) {
        const struct row_lists *l = &b->topology[o->heads[a]];
        for (uint32_t i = 0; i < b->rows; i++) {
            const real *q = qkv + i * 3 * d + a * h;
            const uint32_t *row = l->row + l->start[i];
            uint32_t count = l->start[i + 1] - l->start[i];
            real *p = probabilities + l->start[i];
            for (uint32_t j = 0; j < count; j++)
                p[j] = scale * dot(q, qkv + row[j] * 3 * d + d + a * h, h);
            softmax(p, count);
            for (uint32_t j = 0; j < count; j++)
                add_scaled(out + i * d + a * h, qkv + row[j] * 3 * d + 2 * d + a * h,
                           masked(mask, l->start[i] + j, p[j]), h);
        }
        probabilities += l->start[b->rows];
        if (mask) mask += l->start[b->rows];
    }
}

void attention_backward(const struct batch *b, const struct predictor_options *o, const real *qkv,
                        const real *mask, const real *probabilities, const real *dout, real *dqkv,
                        real *scratch)
{
    size_t d = o->width, h = d / o->head_count;
    real scale = 1 / real_sqrt((real)h);
    memset(dqkv, 0, b->rows * 3 * d * sizeof(real));
    for (uint32_t a = 0; a < o->head_count; a++) {
        const struct row_lists *l = &b->topology[o->heads[a]];
        for (uint32_t i = 0; i < b->rows; i++) {
            const real *g = dout + i * d + a * h, *q = qkv + i * 3 * d + a * h,
                       *p = probabilities + l->start[i];
            const uint32_t *row = l->row + l->start[i];
            uint32_t count = l->start[i + 1] - l->start[i];
            real mean = 0; /* of dp under p */
            for (uint32_t j = 0; j < count; j++) {
                uint32_t e = l->start[i] + j;
                real dp = dot(g, qkv + row[j] * 3 * d + 2 * d + a * h, h);
                add_scaled(dqkv + row[j] * 3 * d + 2 * d + a * h, g, masked(mask, e, p[j]), h);
                scratch[j] = masked(mask, e, dp);
                mean += p[j] * scratch[j];
            }
            for (uint32_t j = 0; j < count; j++) {
                real ds = scale * p[j] * (scratch[j] - mean);
                add_scaled(dqkv + i * 3 * d + a * h, qkv + row[j] * 3 * d + d + a * h, ds, h);
                add_scaled(dqkv + row[j] * 3 * d + d + a * h, q, ds, h);
            }
        }
        probabilities += l->start[b->rows];
        if (mask) mask += l->start[b->rows];
    }
}
