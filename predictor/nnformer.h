/* The NN-Former network, forward and backward (NNFORMER.md, sections 1 to 3). Local.
 * B graphs, R rows, d width, f feed-forward; (R, d) beside a pointer is its shape. */
#ifndef PREDICTOR_NNFORMER_H
#define PREDICTOR_NNFORMER_H

#include "predictor/batch.h"
#include "predictor/nnformer_shape.h"

/* What the backward pass needs of the forward pass; memory is the arena's. */
struct nnformer_layer {
    real *x_a, *y, *qkv, *probabilities, *attended; /* (R,d) (R,d) (R,3d) (entries) (R,d) */
    real *x_f, *z, *hidden;                         /* (R,d) (R,d) (R,f) */
    real *mean_a, *rstd_a, *mean_f, *rstd_f;        /* (R) */
    /* Dropout: 0 where dropped, 1 / (1 - rate) elsewhere; NULL without. (entries) (R,d) (R,f) (R,d)
     */
    real *mask_p, *mask_o, *mask_h, *mask_f;
};
struct nnformer_state {
    struct nnformer_layer layer[PREDICTOR_LAYERS_MAX];
    real *x_in, *x_out, *normed, *pooled;          /* (R,d) (R,d) (R,d) (B,d) */
    real *mean_in, *rstd_in, *mean_out, *rstd_out; /* (R) */
    real *ug;                                      /* (R,2f), shared by the layers */
};

/* A forward pass that a backward pass follows. The masks of dropout come from the stream, in a
 * fixed order. */
struct nnformer_training {
    double dropout; /* rate, 0 for none */
    struct rng rng;
};

/* out[b]: the network's output for graph b. training NULL: no dropout, and the layers share one set
 * of buffers; otherwise every layer keeps its own, as nnformer_backward() wants. */
enum status nnformer_forward(const struct nnformer_shape *s, const real *weights,
                             const struct batch *b, struct arena *arena,
                             const struct nnformer_training *training, struct nnformer_state *state,
                             real *out);

/* gradient (parameters) += of sum over b of dout[b] * out[b]. */
enum status nnformer_backward(const struct nnformer_shape *s, const real *weights,
                              const struct batch *b, struct arena *arena,
                              const struct nnformer_state *state, const real *dout, real *gradient);

#endif
