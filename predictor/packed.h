/* Weight matrices in the order that products read them: panels of REAL_LANES columns. Local.
 *
 * A side of a matrix is one or more segments of equal length, each padded with zeros to whole
 * vectors: Q, K and V are three, the halves of a feed-forward's columns two. */
#ifndef PREDICTOR_PACKED_H
#define PREDICTOR_PACKED_H

#include "predictor/kernels.h"
#include "predictor/nnformer_shape.h"

struct side {
    size_t segments, length;
};
size_t side_padded(struct side s); /* numbers with padding */

/* The sides of a layer's matrices, as (out, in). half: the hidden columns that look one way. */
struct layer_sides {
    struct side width, qkv, half, hidden;
};
struct layer_sides layer_sides(const struct predictor_options *o);

/* One layer's matrices packed for y = x W^T; `hidden` as pack_hidden() makes it. */
struct packed_forward {
    real *qkv, *proj, *hidden, *w2;
};
/* And for dx = dy W. wg: the half that looks at successors, and the other. */
struct packed_backward {
    real *qkv, *proj, *w1, *wg[2], *w2;
};

/* All layers; memory is the arena's. */
enum status packed_forward(struct packed_forward *out, struct arena *arena,
                           const struct nnformer_shape *s, const struct nnformer_view *w);
enum status packed_backward(struct packed_backward *out, struct arena *arena,
                            const struct nnformer_shape *s, const struct nnformer_view *w);

/* W (out, in) packed for y = x W^T, in the arena. gain (in), or NULL: W's columns are multiplied by
 * it. */
enum status pack_forward(real **panels, struct arena *arena, const real *weight, struct side out,
                         struct side in, const real *gain);
/* The feed-forward's first matrices, W_1 and then W_g, for its hidden layer as one product:
 * [A Z, Z] times the panels of the half of its columns that looks at successors, [Z, A^T Z] times
 * those of the other half. Panels have 2 * padded width rows each, and as many columns as the two
 * halves padded. In the arena. */
enum status pack_hidden(real **panels, struct arena *arena, const real *w1g,
                        const struct predictor_options *o);
/* Panels of `in` rows each (even) once more, in bfloat16 and pairs of rows. */
enum status pack_bf16(uint16_t **out, struct arena *arena, const real *panels, size_t in,
                      size_t count);
/* *y (padded out) = W x, in double inside: the constant that a norm's bias x adds to a product. */
enum status pack_bias(real **y, struct arena *arena, const real *weight, struct side out, size_t in,
                      const real *x);

/* y = x B with packed panels: x has `in` columns, y has `out`, both padded and in one run. */
struct product packed_product(const real *x, size_t in, const real *panels, real *y, size_t out);

#endif
