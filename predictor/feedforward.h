/* The hidden layer of the feed-forward, a vector of columns at a time: U and G of those columns for
 * all rows, then their graph convolution, so that U and G never leave the cache. Local. */
#ifndef PREDICTOR_FEEDFORWARD_H
#define PREDICTOR_FEEDFORWARD_H

#include "predictor/kernels.h"

struct feedforward {
    const struct kernels *k;
    const struct batch *b;
    const real *z;          /* (R, d) normed rows */
    size_t d;               /* padded */
    const real *w1g, *bias; /* panels of U, then of G; bias (2f) or NULL */
    size_t f;               /* padded */
    real *strip;            /* (R, 2 * REAL_LANES) scratch */
    real *hidden;           /* (R, f) relu of the convolution */
};

/* Panels `first` to `end` of f / REAL_LANES. */
static inline void feedforward_hidden(const struct feedforward *p, size_t first, size_t end)
{
    size_t panels = p->f / REAL_LANES, panel_size = p->d * REAL_LANES;
    for (size_t i = first; i < end; i++) {
        bool forward = i < panels / 2;
        real bias[2 * REAL_LANES];
        for (size_t c = 0; p->bias && c < REAL_LANES; c++) {
            bias[c] = p->bias[i * REAL_LANES + c];
            bias[REAL_LANES + c] = p->bias[p->f + i * REAL_LANES + c];
        }
        struct product ug = {.x = p->z,
                             .x_stride = p->d,
                             .k = p->d,
                             .panels = p->w1g + i * panel_size,
                             .panel_step = panels * panel_size, /* U's, then G's */
                             .count = 2,
                             .bias = p->bias ? bias : NULL,
                             .y = p->strip,
                             .y_stride = 2 * REAL_LANES};
        struct graphconv conv = {.lists = forward ? &p->b->successors : &p->b->predecessors,
                                 .weights =
                                     forward ? p->b->successor_weight : p->b->predecessor_weight,
                                 .u = p->strip,
                                 .g = p->strip + REAL_LANES,
                                 .stride = 2 * REAL_LANES,
                                 .columns = REAL_LANES,
                                 .out = p->hidden + i * REAL_LANES,
                                 .out_stride = p->f};
        p->k->product(&ug, 0, p->b->rows);
        p->k->graphconv(&conv, 0, p->b->rows);
    }
}

#endif
