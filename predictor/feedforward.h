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

void feedforward_hidden(const struct feedforward *p);

#endif
