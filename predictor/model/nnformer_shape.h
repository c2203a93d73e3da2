/* Where the weights of an NN-Former stand: one buffer for all of a model. Local.
 *
 * V operations, d width, f feed-forward, L layers, row-major, in this order:
 *   op_embed (T + V, d): the class token and the depths first where there are tokens (T = 33, else
 * 0), ln_in.g, ln_in.b (d), attr (d, features) where nodes carry attributes, L x { ln_a.g, ln_a.b
 * (d), qkv (3d, d), proj (d, d), ln_f.g, ln_f.b (d), w1 (f, d), wg (f, d), w2 (d, f) }, ln_out.g,
 * ln_out.b (d), head.w (O, d), head.b (O),
 * O outputs. */
#ifndef PREDICTOR_MODEL_NNFORMER_SHAPE_H
#define PREDICTOR_MODEL_NNFORMER_SHAPE_H

#include "base/rng.h"
#include "predictor/inputs/options.h"
#include "predictor/inputs/real.h"

#include <stddef.h>

#define NNFORMER_NAME_BYTES 32

struct nnformer_shape {
    struct predictor_options options; /* feedforward and outputs resolved */
    uint32_t vocabulary;
};

enum tensor_kind { TENSOR_MATRIX, TENSOR_GAIN, TENSOR_BIAS }; /* only matrices decay */

struct nnformer_tensor {
    char name[NNFORMER_NAME_BYTES]; /* "3.qkv" for layer 3's */
    enum tensor_kind kind;
    size_t rows, columns, offset;
};

void nnformer_shape_init(struct nnformer_shape *s, const struct predictor_options *o,
                         uint32_t vocabulary);
size_t nnformer_embeddings(const struct nnformer_shape *s); /* T + V */
size_t nnformer_tensors(const struct nnformer_shape *s);
void nnformer_tensor(const struct nnformer_shape *s, size_t i,
                     struct nnformer_tensor *out); /* i < nnformer_tensors() */
size_t nnformer_parameters(const struct nnformer_shape *s);

/* Gains 1, biases 0, matrices normal: deviation init_scale / sqrt(columns), or 0.02 where
 * init_scale is 0. */
void nnformer_initialise(const struct nnformer_shape *s, struct rng *r, double init_scale,
                         real *weights);

/* Pointers into a buffer of weights (or of their gradients). */
struct nnformer_layer_view {
    real *a_gain, *a_bias, *qkv, *proj, *f_gain, *f_bias;
    real *w1g, *wg; /* w1g is w1, and wg right behind it: (2f, d) in all, one product */
    real *w2;
};
struct nnformer_view {
    real *op_embed, *in_gain, *in_bias, *out_gain, *out_bias, *head_w, *head_b;
    real *attr; /* NULL where there are no attributes */
    struct nnformer_layer_view layer[PREDICTOR_LAYERS_MAX];
};
void nnformer_view(struct nnformer_view *v, const struct nnformer_shape *s, real *buffer);

#endif
