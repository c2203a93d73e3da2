/* The NN-Former network, forward and backward (NNFORMER.md, sections 1 to 3). Local.
 * B graphs, R rows, d width, f feed-forward; (R, d) beside a pointer is its shape. */
#ifndef PREDICTOR_NNFORMER_H
#define PREDICTOR_NNFORMER_H

#include "predictor/batch.h"
#include "predictor/nnformer_shape.h"

#include <stdbool.h>

/* What the backward pass needs of the forward pass; memory is the arena's. */
struct nnformer_layer {
    real *x_a, *y, *qkv, *probabilities, *attended; /* (R,d) (R,d) (R,3d) (entries) (R,d) */
    real *x_f, *z, *hidden;                         /* (R,d) (R,d) (R,f) */
    real *mean_a, *rstd_a, *mean_f, *rstd_f;        /* (R) */
};
struct nnformer_state {
    struct nnformer_layer layer[PREDICTOR_LAYERS_MAX];
    real *x_in, *x_out, *normed, *pooled;          /* (R,d) (R,d) (R,d) (B,d) */
    real *mean_in, *rstd_in, *mean_out, *rstd_out; /* (R) */
    real *ug;                                      /* (R,2f), shared by the layers */
};

/* out[b]: the network's output for graph b. keep_state: every layer keeps its own buffers, as
 * nnformer_backward() wants; without it the layers share one set. */
enum status nnformer_forward(const struct nnformer_shape *s, const real *weights,
                             const struct batch *b, struct arena *arena, bool keep_state,
                             struct nnformer_state *state, real *out);

/* gradient (parameters) += of sum over b of dout[b] * out[b]. */
enum status nnformer_backward(const struct nnformer_shape *s, const real *weights,
                              const struct batch *b, struct arena *arena,
                              const struct nnformer_state *state, const real *dout, real *gradient);

#endif
