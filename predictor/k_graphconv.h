/* The two-way graph convolution of the feed-forward (NNFORMER.md, section 2). Local.
 *
 * ug (R, 2f): U in columns 0..f-1, G in f..2f-1. The first half of G's columns flows from
 * successors, the second from predecessors, weighted by multiplicity. */
#ifndef PREDICTOR_K_GRAPHCONV_H
#define PREDICTOR_K_GRAPHCONV_H

#include "predictor/batch.h"

/* out (R, f) = relu(U + [A G_first, A^T G_second]). */
void graphconv_forward(const struct batch *b, size_t f, const real *ug, real *out);

/* dug (R, 2f) is overwritten, from dout (R, f) and the forward's `out`; dout is masked in place. */
void graphconv_backward(const struct batch *b, size_t f, const real *out, real *dout, real *dug);

#endif
