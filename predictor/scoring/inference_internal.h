/* What inference_pack.c, inference_product.c and inference.c share. */
#ifndef PREDICTOR_SCORING_INFERENCE_INTERNAL_H
#define PREDICTOR_SCORING_INFERENCE_INTERNAL_H

#include "base/arena.h"
#include "predictor/model/packed.h"
#include "predictor/scoring/inference.h"

#include <stddef.h>
#include <stdint.h>

struct inference_layer {
    struct matrix qkv, proj, hidden, w2;
    real *gain, *bias; /* (width) of the feed-forward's norm */
};

struct inference {
    const struct nnformer_shape *shape;
    const struct kernels *k;
    enum precision precision;
    struct arena arena;
    struct inference_layer layer[PREDICTOR_LAYERS_MAX];
    real *first_x, *first_qkv; /* (embeddings, d) and (embeddings, 3d): the first block's input */
    struct matrix attr; /* with attributes, when first_x is the embedding table, first_qkv NULL */
    real *in_gain, *in_bias;            /* (width) with attributes */
    real *out_gain, *out_bias, *head_w; /* (width) */
    real head_b;
    size_t d, f; /* padded */
};

/* A product's rows: in float32, and in bfloat16 where that is wanted. */
struct operand {
    const real *f32;
    const uint16_t *bf16;
    size_t stride;
};

/* Where it goes. `bf16`, if not NULL, instead of `f32`. */
struct target {
    const real *residual; /* or NULL */
    real *f32;
    uint16_t *bf16;
    size_t stride;
    bool relu;
};

/* Part of a product: columns column .. column+k-1 of the operand, rows row .. row+k-1 of the
 * matrix, and `count` of its panels from `panel` on, into the target's columns of the same panels.
 */
struct part {
    size_t column, row, k, panel, count;
};

/* Layer norm of x (rows, width); y's rows are y_stride apart. gain and bias NULL: without. */
void inference_norm(const struct inference *n, size_t rows, const real *x, const real *gain,
                    const real *bias, real *y, size_t y_stride);
/* x (rows, columns) in float32 as an operand; `rounded` has room for it in bfloat16. */
struct operand inference_operand(const struct inference *n, const real *x, size_t rows,
                                 size_t columns, uint16_t *rounded);
/* y = x m + bias + residual, of rows 0 .. rows-1. */
void inference_product(const struct inference *n, size_t rows, const struct operand *x,
                       const struct matrix *m, const struct target *y);
/* Of rows first .. end-1. */
void inference_product_part(const struct inference *n, const struct operand *x,
                            const struct matrix *m, const struct target *y, const struct part *part,
                            size_t first, size_t end);

#endif
