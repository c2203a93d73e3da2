/* Attention of every head over the rows its topology allows (NNFORMER.md, section 2). Local.
 *
 * R rows, d width, H heads, h = d / H. qkv (R, 3d): Q, K, V, each with head a in columns a*h ..
 * a*h+h-1. Probabilities of head a stand in one run for each row, in the order of the topology's
 * list: offset[a] + start[row]. */
#ifndef PREDICTOR_K_ATTENTION_H
#define PREDICTOR_K_ATTENTION_H

#include "predictor/batch.h"

/* How many probabilities there are over all heads. */
size_t attention_entries(const struct batch *b, const struct predictor_options *o);

/* out (R, d) = (mask * softmax(Q K^T / sqrt(h) over the list)) V; probabilities (attention_entries)
 * come out without the mask. mask (attention_entries): dropout's, or NULL for none. */
void attention_forward(const struct batch *b, const struct predictor_options *o, const real *qkv,
                       const real *mask, real *probabilities, real *out);

/* dqkv (R, 3d) is overwritten. `dout` (R, d); `scratch` has room for the longest list: R numbers
 * are enough. */
void attention_backward(const struct batch *b, const struct predictor_options *o, const real *qkv,
                        const real *mask, const real *probabilities, const real *dout, real *dqkv,
                        real *scratch);

#endif
