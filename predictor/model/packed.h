/* Weight matrices in the order that products read them: panels of REAL_LANES columns. Local.
 *
 * A side of a matrix is one or more segments of equal length, each padded with zeros to whole
 * vectors: Q, K and V are three, the halves of a feed-forward's columns two. */
#ifndef PREDICTOR_MODEL_PACKED_H
#define PREDICTOR_MODEL_PACKED_H

#include "predictor/kernels/kernels.h"
#include "predictor/model/nnformer_shape.h"

struct side {
    size_t segments, length;
};
size_t side_padded(struct side s); /* numbers with padding */

/* The sides of a layer's matrices, as (out, in). half: the hidden columns that look one way. */
struct layer_sides {
    struct side width, qkv, half, hidden;
};
struct layer_sides layer_sides(const struct predictor_options *o);

/* A weight matrix for products x B: `count` panels of `in` rows each, padded. */
struct matrix {
    size_t in, count;
    real *panels;   /* NULL where bf16 is set */
    uint16_t *bf16; /* in pairs of rows (kernels.h); NULL in float32 */
    real *bias;     /* (count * REAL_LANES) added to each row of a product, or NULL */
};

/* Where matrices are packed to, and how. */
struct packer {
    struct arena *arena; /* theirs */
    struct arena scratch;
    const struct kernels *k;
    enum precision precision;
};
void packer_init(struct packer *p, struct arena *arena, const struct kernels *k,
                 enum precision precision);
void packer_release(struct packer *p);

/* One layer's matrices for y = x W^T; `hidden` as pack_hidden() makes it. */
struct packed_forward {
    struct matrix qkv, proj, hidden, w2;
};
/* And for dx = dy W. wg: the half that looks at successors, and the other. */
struct packed_backward {
    struct matrix qkv, proj, w1, wg[2], w2;
};

enum status packed_forward(struct packed_forward *out, struct packer *p,
                           const struct predictor_options *o, const struct nnformer_layer_view *w);
enum status packed_backward(struct packed_backward *out, struct packer *p,
                            const struct predictor_options *o, const struct nnformer_layer_view *w);

/* W (out, in) for y = x W^T. gain (in), or NULL: W's columns are multiplied by it. */
enum status pack_forward(struct matrix *m, struct packer *p, const real *weight, struct side out,
                         struct side in, const real *gain);
/* W (out, in) for dx = dy W. */
enum status pack_backward(struct matrix *m, struct packer *p, const real *weight, struct side out,
                          struct side in);
/* The feed-forward's first matrices, W_1 and then W_g, for its hidden layer as one product:
 * [A Z, Z] times the panels of the half of its columns that looks at successors, [Z, A^T Z] times
 * those of the other half. Panels have 2 * padded width rows each, and as many columns as the two
 * halves padded. */
enum status pack_hidden(struct matrix *m, struct packer *p, const real *w1g,
                        const struct predictor_options *o);
/* m->bias = W x, in double inside: the constant that a norm's bias x adds to a product. */
enum status pack_bias(struct matrix *m, struct packer *p, const real *weight, struct side out,
                      size_t in, const real *x);

#endif
