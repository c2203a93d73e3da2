/* Attention over long lists: the softmax is made along the way, with the largest score so far
 * (Milakov and Gimelshein, arXiv 1805.02867), so that no scores are stored. Rows that share a list,
 * as the siblings of a wide fan do, share its keys and values too, packed a block at a time. How a
 * row is computed depends on its own list alone. */
#include "predictor/kernels/k_attention.h"

#define COLUMNS_MAX 128   /* of a head, for blocks */
#define BLOCK (4 * LANES) /* keys at a time; longer lists go through in blocks */
#define QUERIES 48        /* rows that share packed blocks */
#define TILE 4            /* rows at a time */

/* One head of some rows that share a list. */
struct view {
    const struct attention *a;
    const uint32_t *list;
    const real *log_copies; /* beside the list, or NULL */
    uint32_t count;
    size_t h, part, column; /* of the head */
};

static const real *query(const struct view *v, size_t row)
{
    return v->a->qkv + row * 3 * v->part + v->column;
}

static real *result(const struct view *v, size_t row)
{
    return v->a->out + row * v->part + v->column;
}

SIMD_INLINE real v_largest(vreal v)
{
    real numbers[LANES], top = -INFINITY;
    memcpy(numbers, &v, sizeof(numbers));
    for (size_t i = 0; i < LANES; i++) top = numbers[i] > top ? numbers[i] : top;
    return top;
}

/* exp of one number, by the vector function: the same bits everywhere. */
SIMD_INLINE real s_exp(real x)
{
    return v_exp(v_all(x))[0];
}

/* -- a row by itself, LANES keys at a time -- */

static void lone_row(const struct view *v, size_t row)
{
    real *out = result(v, row), top = -INFINITY, sum = 0, scale = 1 / real_sqrt((real)v->h);
    const real *q = query(v, row), *keys = v->a->qkv + v->part + v->column;
    memset(out, 0, v->h * sizeof(real));
    for (uint32_t from = 0; from < v->count; from += LANES) {
        uint32_t part = v->count - from < LANES ? v->count - from : LANES;
        const uint32_t *list = v->list + from;
        real p[LANES];
        v_store(p, v_all(-INFINITY));
        for (uint32_t j = 0; j < part; j++)
            p[j] = s_fma(scale, dot(q, keys + list[j] * 3 * v->part, v->h),
                         v->log_copies ? v->log_copies[from + j] : 0);
        real before = top, largest = v_largest(v_load(p));
        top = largest > top ? largest : top;
        vreal e = v_exp(v_load(p) - top);
        v_store(p, e);
        real fade = from ? s_exp(before - top) : 0;
        sum = s_fma(sum, fade, v_sum(e));
        for (size_t c = 0; c < v->h; c++) {
            real x = out[c] * fade;
            for (uint32_t j = 0; j < part; j++)
                x = s_fma(p[j], keys[list[j] * 3 * v->part + v->part + c], x);
            out[c] = x;
        }
    }
    for (size_t c = 0; c < v->h; c++) out[c] /= sum;
}

/* -- rows that share a list, a block of keys at a time -- */

struct block {
    real keys[COLUMNS_MAX][BLOCK];   /* transposed */
    real values[BLOCK][COLUMNS_MAX]; /* padded with zeros */
    real log_copies[BLOCK];
    uint32_t count;
};

static void pack_block(struct block *b, const struct view *v, uint32_t from)
{
    size_t padded = real_padded(v->h);
    b->count = v->count - from < BLOCK ? v->count - from : BLOCK;
    if (b->count < BLOCK) memset(b, 0, offsetof(struct block, count));
    for (uint32_t j = 0; j < b->count; j++) {
        const real *key = v->a->qkv + v->list[from + j] * 3 * v->part + v->part + v->column;
        for (size_t c = 0; c < v->h; c++) b->keys[c][j] = key[c];
        memcpy(b->values[j], key + v->part, v->h * sizeof(real));
        for (size_t c = v->h; c < padded; c++) b->values[j][c] = 0;
        b->log_copies[j] = v->log_copies ? v->log_copies[from + j] : 0;
    }
}

struct progress {
    real top[QUERIES], sum[QUERIES];
    real out[QUERIES][COLUMNS_MAX];
};

/* p = exp(score - top) of a row's scores; the sum and what is there already fade to the new top. */
SIMD_INLINE void softmax_step(struct progress *s, size_t i, const vreal score[4], uint32_t count,
                              size_t padded, real *p)
{
    real before = s->top[i], top = before, x[BLOCK];
    memcpy(x, score, sizeof(x));
    for (uint32_t j = count; j < BLOCK; j++) x[j] = -INFINITY;
    vreal part[4], most;
    memcpy(part, x, sizeof(x));
    most = part[0];
    for (size_t k = 1; k < 4; k++)
        for (size_t l = 0; l < LANES; l++) most[l] = part[k][l] > most[l] ? part[k][l] : most[l];
    real largest = v_largest(most);
    top = largest > top ? largest : top;
    vreal sum = {0};
    for (size_t k = 0; k < 4; k++) {
        part[k] = v_exp(part[k] - top);
        sum += part[k];
    }
    memcpy(p, part, sizeof(part));
    real fade = before == -INFINITY ? 0 : s_exp(before - top);
    s->top[i] = top;
    s->sum[i] = s_fma(s->sum[i], fade, v_sum(sum));
    for (size_t c = 0; c < padded; c += LANES) v_store(s->out[i] + c, v_load(s->out[i] + c) * fade);
}

/* `rows` (a constant where this is inlined) queries against a block. */
SIMD_INLINE void block_tile(const struct view *v, const struct block *b, struct progress *s,
                            size_t first, size_t at, size_t rows)
{
    vreal score[TILE][4];
    real p[TILE][BLOCK], scale = 1 / real_sqrt((real)v->h);
    size_t padded = real_padded(v->h);
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < 4; k++) score[i][k] = (vreal){0};
    for (size_t c = 0; c < v->h; c++)
#pragma GCC unroll 4
        for (size_t k = 0; k < 4; k++) {
            vreal key = v_load(b->keys[c] + k * LANES);
#pragma GCC unroll 4
            for (size_t i = 0; i < rows; i++) score[i][k] += query(v, first + at + i)[c] * key;
        }
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < 4; k++)
            score[i][k] = score[i][k] * scale + v_load(b->log_copies + k * LANES);
        softmax_step(s, at + i, score[i], b->count, padded, p[i]);
    }
    for (size_t c = 0; c < padded; c += LANES) {
        vreal sum[TILE];
#pragma GCC unroll 4
        for (size_t i = 0; i < rows; i++) sum[i] = (vreal){0};
        for (uint32_t j = 0; j < b->count; j++) {
            vreal value = v_load(b->values[j] + c);
#pragma GCC unroll 4
            for (size_t i = 0; i < rows; i++) sum[i] += p[i][j] * value;
        }
#pragma GCC unroll 4
        for (size_t i = 0; i < rows; i++)
            v_store(s->out[at + i] + c, v_load(s->out[at + i] + c) + sum[i]);
    }
}

/* Rows first .. first+rows-1, at most QUERIES. */
static void shared_rows(const struct view *v, size_t first, size_t rows)
{
    struct block b;
    struct progress s;
    for (size_t i = 0; i < rows; i++) {
        s.top[i] = -INFINITY;
        s.sum[i] = 0;
        memset(s.out[i], 0, sizeof(s.out[i]));
    }
    for (uint32_t from = 0; from < v->count; from += BLOCK) {
        size_t at = 0;
        pack_block(&b, v, from);
        for (; at + TILE <= rows; at += TILE) block_tile(v, &b, &s, first, at, TILE);
        for (; at < rows; at++) block_tile(v, &b, &s, first, at, 1);
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < v->h; c++) result(v, first + i)[c] = s.out[i][c] / s.sum[i];
}

/* How many rows from r on share its list in this head, and are to be done here. */
static size_t sharers(const struct attention *a, const struct row_lists *l, size_t r, size_t end)
{
    size_t n = 1;
    while (n < QUERIES && r + n < end && l->start[r + n] == l->start[r] &&
           l->end[r + n] == l->end[r] && !short_lists(a, r + n))
        n++;
    return n;
}

void KERNEL(attention_long)(const struct attention *a, size_t first, size_t end)
{
    const struct predictor_options *o = a->options;
    size_t h = o->width / o->head_count;
    for (uint32_t head = 0; head < o->head_count; head++) {
        const struct row_lists *l = &a->batch->topology[o->heads[head]];
        for (size_t r = first, n; r < end; r += n) {
            n = 1;
            if (short_lists(a, r)) continue;
            struct view v = {.a = a,
                             .list = l->row + l->start[r],
                             .log_copies = l->log_copies ? l->log_copies + l->start[r] : NULL,
                             .count = l->end[r] - l->start[r],
                             .h = h,
                             .part = real_padded(o->width),
                             .column = head * h};
            if (v.count <= BLOCK || h > COLUMNS_MAX) {
                lone_row(&v, r);
            } else {
                n = sharers(a, l, r, end);
                shared_rows(&v, r, n);
            }
        }
    }
}
