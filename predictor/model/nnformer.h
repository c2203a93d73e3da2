/* The NN-Former network in training, forward and backward (NNFORMER.md, sections 1 to 3). Local.
 * For scoring there is inference.h. B graphs, R rows, d width, f feed-forward, both padded as in
 * packed.h; (R, d) beside a pointer is its shape. */
#ifndef PREDICTOR_MODEL_NNFORMER_H
#define PREDICTOR_MODEL_NNFORMER_H

#include "predictor/inputs/batch.h"
#include "predictor/kernels/kernels.h"
#include "predictor/model/nnformer_shape.h"

/* How the passes are computed. */
struct nnformer_mode {
    int threads; /* below 1: one; no bit depends on it */
    enum precision precision;
};

/* What the backward pass needs of the forward pass; memory is the arena's. */
struct nnformer_layer {
    real *x_a, *y, *qkv, *probabilities, *attended; /* (R,d) (R,d) (R,3d) (entries) (R,d) */
    real *x_f, *wide, *hidden;                      /* (R,d) (R,3d) (R,f); wide: A Z, Z, A^T Z */
    real *mean_a, *rstd_a, *mean_f, *rstd_f;        /* (R) */
    real *mask;                                     /* (entries) of dropout; NULL: none */
};
struct nnformer_state {
    struct nnformer_layer layer[PREDICTOR_LAYERS_MAX];
    real *x_in, *x_out, *normed, *pooled;          /* (R,d) (R,d) (R,d) (B,d) */
    real *mean_in, *rstd_in, *mean_out, *rstd_out; /* (R) */
    real *spare;                                   /* (R,d) */
    real *encoding; /* (R, padded features) of the attributes; unset where there are none */
    struct dropout dropout;
    struct nnformer_mode mode;
};

struct nnformer_training {
    double dropout;  /* rate, 0 for none; kept to 1/65536 */
    uint32_t key[2]; /* of the masks */
    /* (B) the graphs' numbers in the whole step; NULL: 0, 1 .. Read in the backward pass, too. */
    const uint32_t *graph_numbers;
    struct nnformer_mode mode;
    /* Called before weights that stand below number `below` are read; NULL: never. */
    void (*want)(void *context, size_t below);
    void *context;
};

/* Where gradients go. */
struct nnformer_sums {
    int64_t *sums; /* (parameters) in fixed point */
    /* Called when numbers `from` and above are final; NULL: never. */
    void (*ready)(void *context, size_t from);
    void *context;
};

/* out (B, outputs): the network's outputs for each graph. */
enum status nnformer_forward(const struct nnformer_shape *s, const real *weights,
                             const struct batch *b, struct arena *arena,
                             const struct nnformer_training *training, struct nnformer_state *state,
                             real *out);

/* The gradient of the sum of dout * out, both (B, outputs), to `gradient`, from the last weights to
 * the first, whatever stood there. The graphs are cut into shards (one or more), shard s being
 * shard_graphs[s] .. shard_graphs[s+1]-1: each is summed up by itself, and the sums are added in
 * fixed point, so that the gradient's bits do not depend on which shards are in one batch.
 * SIBYL_E_RANGE where a shard's gradient is too large or not a number. */
enum status nnformer_backward(const struct nnformer_shape *s, const real *weights,
                              const struct batch *b, const uint32_t *shard_graphs, uint32_t shards,
                              struct arena *arena, const struct nnformer_state *state,
                              const real *dout, const struct nnformer_sums *gradient);

#endif
