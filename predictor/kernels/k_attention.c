/* Masked attention over short lists, row by row, head by head. */
#include "predictor/kernels/k_attention.h"

/* y += factor * x */
SIMD_INLINE void add_scaled(real *y, const real *x, real factor, size_t n)
{
    size_t c = 0;
    for (; c + HALF_LANES <= n; c += HALF_LANES)
        h_store(y + c, h_load(y + c) + factor * h_load(x + c));
    for (; c < n; c++) y[c] = s_fma(factor, x[c], y[c]);
}

/* p[0 .. count-1], whose largest is `top`, to its softmax. */
SIMD_INLINE void softmax(real *p, size_t count, real top)
{
    vreal sum = {0};
    for (size_t i = 0; i < count; i += LANES) {
        size_t part = count - i < LANES ? count - i : LANES;
        real block[LANES];
        vreal v;
        for (size_t k = 0; k < LANES; k++) block[k] = k < part ? p[i + k] - top : -INFINITY;
        memcpy(&v, block, sizeof(v));
        v = v_exp(v); /* next to nothing behind the list's end */
        sum += v;
        memcpy(block, &v, sizeof(v));
        for (size_t k = 0; k < part; k++) p[i + k] = block[k];
    }
    real scale = 1 / v_sum(sum);
    for (size_t i = 0; i < count; i++) p[i] *= scale;
}

/* out (h) = sum over the list of p * mask * V */
SIMD_INLINE void values_sum(real *out, const real *p, const real *mask, const real *values,
                            const uint32_t *list, uint32_t count, size_t stride, size_t h)
{
    size_t c = 0;
    for (; c + HALF_LANES <= h; c += HALF_LANES) {
        vhalf sum = {0};
        for (uint32_t j = 0; j < count; j++)
            sum += (mask ? mask[j] * p[j] : p[j]) * h_load(values + list[j] * stride + c);
        h_store(out + c, sum);
    }
    for (; c < h; c++) {
        real sum = 0;
        for (uint32_t j = 0; j < count; j++)
            sum = s_fma(mask ? mask[j] * p[j] : p[j], values[list[j] * stride + c], sum);
        out[c] = sum;
    }
}

/* One row of one head. part: columns from Q to K to V. */
SIMD_INLINE void head_forward(const struct attention *a, const struct row_lists *l, size_t row,
                              size_t head, size_t h, size_t part, size_t offset)
{
    const real *q = a->qkv + row * 3 * part + head * h;
    const real *keys = a->qkv + part + head * h, *values = keys + part;
    const uint32_t *list = l->row + l->start[row];
    uint32_t count = l->end[row] - l->start[row];
    real *p = a->probabilities + offset + l->before[row], *out = a->out + row * part + head * h;
    const real *mask = a->mask ? a->mask + offset + l->before[row] : NULL;
    real scale = 1 / real_sqrt((real)h), top = -INFINITY;
    for (uint32_t j = 0; j < count; j++) {
        p[j] = scale * dot(q, keys + list[j] * 3 * part, h);
        top = p[j] > top ? p[j] : top;
    }
    softmax(p, count, top);
    values_sum(out, p, mask, values, list, count, 3 * part, h);
}

/* All heads of a row whose lists have at most LANES entries: one vector of scores each. The heads
 * go through each step together, so that no vector is read right after its numbers were written. */
SIMD_INLINE void row_forward(const struct attention *a, size_t row, size_t h, size_t part)
{
    const struct predictor_options *o = a->options;
    real p[PREDICTOR_HEADS_MAX][LANES], top[PREDICTOR_HEADS_MAX], scale = 1 / real_sqrt((real)h);
    const real *q = a->qkv + row * 3 * part, *keys = a->qkv + part, *values = keys + part;
    for (uint32_t head = 0; head < o->head_count; head++) {
        const struct row_lists *l = &a->batch->topology[o->heads[head]];
        const uint32_t *list = l->row + l->start[row];
        uint32_t count = l->end[row] - l->start[row];
        top[head] = -INFINITY;
        v_store(p[head], v_all(-INFINITY));
        for (uint32_t j = 0; j < count; j++) {
            real score = scale * dot(q + head * h, keys + list[j] * 3 * part + head * h, h);
            p[head][j] = score;
            top[head] = score > top[head] ? score : top[head];
        }
    }
    for (uint32_t head = 0; head < o->head_count; head++) {
        vreal v = v_exp(v_load(p[head]) - top[head]); /* next to nothing behind the list's end */
        v_store(p[head], v * (1 / v_sum(v)));
    }
    size_t offset = 0;
    for (uint32_t head = 0; head < o->head_count; head++) {
        const struct row_lists *l = &a->batch->topology[o->heads[head]];
        uint32_t count = l->end[row] - l->start[row];
        size_t at = a->probabilities ? offset + l->before[row] : 0;
        if (a->probabilities) memcpy(a->probabilities + at, p[head], count * sizeof(real));
        values_sum(a->out + row * part + head * h, p[head], a->mask ? a->mask + at : NULL,
                   values + head * h, l->row + l->start[row], count, 3 * part, h);
        if (a->probabilities) offset += l->before[a->batch->rows];
    }
}

void KERNEL(attention_forward)(const struct attention *a, size_t first, size_t end)
{
    const struct predictor_options *o = a->options;
    size_t h = o->width / o->head_count, part = real_padded(o->width);
    for (size_t r = first; r < end; r++) {
        for (size_t c = o->width; c < part; c++) a->out[r * part + c] = 0;
        if (short_lists(a, r)) {
            row_forward(a, r, h, part);
            continue;
        }
        size_t offset = 0;
        for (uint32_t head = 0; a->probabilities && head < o->head_count; head++) {
            const struct row_lists *l = &a->batch->topology[o->heads[head]];
            head_forward(a, l, r, head, h, part, offset);
            offset += l->before[a->batch->rows];
        }
    }
    if (!a->probabilities) KERNEL(attention_long)(a, first, end);
}

SIMD_INLINE void head_backward(const struct attention *a, const struct row_lists *l, size_t row,
                               size_t head, size_t h, size_t part, size_t offset)
{
    size_t at = offset + l->before[row];
    const real *q = a->qkv + row * 3 * part + head * h, *g = a->dout + row * part + head * h;
    const real *keys = a->qkv + part + head * h, *values = keys + part;
    const uint32_t *list = l->row + l->start[row];
    uint32_t count = l->end[row] - l->start[row];
    const real *p = a->probabilities + at, *mask = a->mask ? a->mask + at : NULL;
    real *dp = a->dprobabilities + at, *dq = a->dqkv + row * 3 * part + head * h;
    real *dkeys = a->dqkv + part + head * h, *dvalues = dkeys + part;
    real scale = 1 / real_sqrt((real)h), mean = 0; /* of dp under p */
    for (uint32_t j = 0; j < count; j++) {
        real m = mask ? mask[j] : 1;
        dp[j] = m * dot(g, values + list[j] * 3 * part, h);
        add_scaled(dvalues + list[j] * 3 * part, g, m * p[j], h);
        mean += p[j] * dp[j];
    }
    for (uint32_t j = 0; j < count; j++) {
        real slope = scale * p[j] * (dp[j] - mean);
        add_scaled(dq, keys + list[j] * 3 * part, slope, h);
        add_scaled(dkeys + list[j] * 3 * part, q, slope, h);
    }
}

void KERNEL(attention_backward)(const struct attention *a, size_t first, size_t end)
{
    const struct predictor_options *o = a->options;
    size_t h = o->width / o->head_count, part = real_padded(o->width), offset = 0;
    size_t row = a->batch->start[first], stop = a->batch->start[end];
    memset(a->dqkv + row * 3 * part, 0, (stop - row) * 3 * part * sizeof(real));
    for (uint32_t head = 0; head < o->head_count; head++) {
        const struct row_lists *l = &a->batch->topology[o->heads[head]];
        for (size_t r = row; r < stop; r++) head_backward(a, l, r, head, h, part, offset);
        offset += l->before[a->batch->rows];
    }
}
