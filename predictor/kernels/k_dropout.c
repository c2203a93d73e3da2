/* Dropout's masks: random numbers of 16 bits from Random123's Philox 4x32-7, 128 at a time, a
 * vector of them for LANES columns. */
#include "predictor/kernels/kernels_level.h"
#include "predictor/kernels/simd.h"

#include <Random123/philox.h>

#define ROUNDS 7  /* the fewest that pass BigCrush (Salmon et al., SC 2011) */
#define DRAWN 128 /* 16 counters give 4 words each, of 2 numbers each */

/* Numbers `block` * DRAWN and on of the row's stream. */
static void draw(const struct dropout *d, uint32_t block, uint32_t graph, uint32_t node,
                 uint16_t *out)
{
    uint32_t words[4][16], number = d->graph_numbers ? d->graph_numbers[graph] : graph;
#pragma omp simd
    for (uint32_t i = 0; i < 16; i++) {
        philox4x32_ctr_t counter = {{block * 16 + i, node, number, d->site}};
        philox4x32_key_t key = {{d->key[0], d->key[1]}};
        philox4x32_ctr_t word = philox4x32_R(ROUNDS, counter, key);
        words[0][i] = word.v[0];
        words[1][i] = word.v[1];
        words[2][i] = word.v[2];
        words[3][i] = word.v[3];
    }
    memcpy(out, words, sizeof(words));
}

static real kept_scale(const struct dropout *d)
{
    return (real)(65536.0 / (65536 - d->below));
}

/* Integers as wide as a real. */
typedef __typeof__((vreal){0} > 0) vwhole;

/* Columns c .. c+LANES-1 of a mask. */
SIMD_INLINE vreal mask_of(const uint16_t *numbers, uint32_t below, real scale)
{
    typedef uint16_t vnumbers __attribute__((vector_size(LANES * sizeof(uint16_t))));
    vnumbers n;
    memcpy(&n, numbers, sizeof(n));
    vwhole kept = __builtin_convertvector(n, vwhole) >= (__typeof__(kept[0]))below;
    return (vreal)(kept & (vwhole)v_all(scale));
}

static void drop_row(const struct dropout *d, const struct dropped_rows *k, size_t row,
                     uint32_t graph, uint32_t node)
{
    uint16_t numbers[DRAWN];
    real scale = kept_scale(d);
    const real *x = k->x + row * k->columns;
    const real *residual = k->residual ? k->residual + row * k->columns : NULL;
    real *out = k->out + row * k->columns;
    for (size_t c = 0; c < k->columns; c += LANES) {
        if (c % DRAWN == 0) draw(d, (uint32_t)(c / DRAWN), graph, node, numbers);
        vreal y = mask_of(numbers + c % DRAWN, d->below, scale) * v_load(x + c);
        v_store(out + c, residual ? y + v_load(residual + c) : y);
    }
}

void KERNEL(dropout_rows)(const struct dropout *d, const struct dropped_rows *k, size_t first,
                          size_t end)
{
    const uint32_t *start = k->batch->start;
    for (uint32_t g = (uint32_t)first; g < end; g++)
        for (uint32_t row = start[g]; row < start[g + 1]; row++)
            drop_row(d, k, row, g, row - start[g]);
}

/* The masks of all heads of a row, from one stream. */
static void drop_entries(const struct dropout *d, const struct attention *a, size_t row,
                         uint32_t graph, uint32_t node)
{
    uint16_t numbers[DRAWN];
    size_t used = 0, offset = 0;
    real scale = kept_scale(d);
    for (uint32_t head = 0; head < a->options->head_count; head++) {
        const struct row_lists *l = &a->batch->topology[a->options->heads[head]];
        for (uint32_t e = l->before[row]; e < l->before[row + 1]; e++, used++) {
            if (used % DRAWN == 0) draw(d, (uint32_t)(used / DRAWN), graph, node, numbers);
            a->mask[offset + e] = numbers[used % DRAWN] < d->below ? 0 : scale;
        }
        offset += l->before[a->batch->rows];
    }
}

void KERNEL(dropout_attention)(const struct dropout *d, const struct attention *a, size_t first,
                               size_t end)
{
    const uint32_t *start = a->batch->start;
    for (uint32_t g = (uint32_t)first; g < end; g++)
        for (uint32_t row = start[g]; row < start[g + 1]; row++)
            drop_entries(d, a, row, g, row - start[g]);
}
