/* The inner loops, compiled once for each level of instruction set and chosen by what the CPU has.
 *
 * R rows; a matrix's rows stand `stride` numbers apart, and its columns are padded with zeros to a
 * multiple of REAL_LANES: kernels read and write whole vectors. Every kernel treats a row by itself
 * and in a fixed order: its bits do not depend on the rows around it, nor on how rows are split
 * over calls, threads or ranks. Sums over rows (gradients of weights) are made whole for each shard
 * and added in fixed point (base/fixed_point.h). Ranges `first` to `end` are of rows, or of graphs
 * where said so. Local; any thread. */
#ifndef PREDICTOR_KERNELS_KERNELS_H
#define PREDICTOR_KERNELS_KERNELS_H

#include "predictor/inputs/batch.h"
#include "predictor/inputs/real.h"

/* y = [relu of] x B [+ bias] [+ residual]: (R, k) times (k, count * REAL_LANES). */
struct product {
    const real *x;
    size_t x_stride, k;
    const real *panels; /* panel p, (k, REAL_LANES) in one run, at panels + p * panel_step */
    size_t panel_step, count;
    const real *bias;     /* (count * REAL_LANES), or NULL */
    const real *residual; /* (R, count * REAL_LANES), y_stride apart, or NULL; may be y */
    real *y;
    size_t y_stride;
    bool relu;
};

/* The same with x and B in bfloat16, and sums in float32: `f32` says all but the operands. */
struct product_bf16 {
    struct product f32; /* its x and panels are not read; sizes and strides are in numbers */
    const uint16_t *x;
    const uint16_t *panels; /* panel p: (k / 2, REAL_LANES, 2), two rows of B side by side */
    uint16_t *y;            /* (R, f32.y_stride) written instead of f32.y, unless NULL */
};

#define WEIGHT_GRADIENT_COLUMNS 12

/* Gradient of a weight matrix, W (out, in): dy^T x over the rows of each shard, and the sum of the
 * shards to `sum`, whatever stood there. */
struct weight_gradient {
    const real *dy, *x;
    size_t dy_stride, x_stride, out, in; /* sizes without padding */
    const uint32_t *shard_rows;          /* (shards + 1) first rows */
    size_t shards;
    int64_t *sum; /* (out, in), sum_stride apart, fixed point */
    size_t sum_stride;
    real *copy; /* (R, WEIGHT_GRADIENT_COLUMNS) scratch for columns of dy; NULL: read in place */
};

/* Rows of numbers rounded to bfloat16 and put side by side in pairs: out (rows / 2 rounded up,
 * columns, 2). A last row without a partner gets zeros. */
struct pair_bf16 {
    const real *x;
    size_t stride, rows, columns; /* columns: a multiple of REAL_LANES */
    uint16_t *out;
};

/* weight_gradient from such pairs. Strides are columns of the pairs. */
struct weight_gradient_bf16 {
    const uint16_t *dy, *x;
    size_t dy_stride, x_stride, out, in;
    const uint32_t *shard_pairs; /* (shards + 1) first pairs */
    size_t shards;
    int64_t *sum;
    size_t sum_stride;
};

/* y = (x - mean) / sqrt(variance + 1e-5) * gain + bias over `width` numbers of each row. */
struct norm {
    size_t width;                /* strides are real_padded(width) */
    const real *x, *gain, *bias; /* (R, width), (width), (width); gain NULL: neither of the two */
    real *y;
    size_t y_stride;   /* 0: as the others */
    real *mean, *rstd; /* (R) kept for the way back; NULL: not kept */
    const real *dy;    /* backward */
    real *dx;          /* backward: += */
};

/* Attention of every head over the rows its topology allows (NNFORMER.md, section 2); h = width /
 * heads. Probabilities of a head stand in one run for each row, in the order of its list. */
struct attention {
    const struct batch *batch;
    const struct predictor_options *options;
    const real *qkv;     /* (R, 3 * padded width): Q, K, V, head a in columns a*h .. a*h+h-1 */
    real *mask;          /* (attention_entries) dropout's, on probabilities; NULL: none */
    real *probabilities; /* (attention_entries) without the mask; NULL: not kept, and no mask */
    real *out;           /* (R, padded width) forward */
    const real *dout;    /* (R, padded width) backward */
    real *dprobabilities, *dqkv; /* backward, overwritten: (entries), (R, 3 * padded width) */
};
/* Of all heads and rows; SIZE_MAX: far too many. */
size_t attention_entries(const struct batch *b, const struct predictor_options *o);

/* Sums over neighbours, as the two-way graph convolution takes them (NNFORMER.md, section 2):
 * out = or += [u +] sum over the row's list of weight * g[row]. */
struct graphconv {
    const struct row_lists *lists;
    const real *weights; /* beside the lists */
    const real *u, *g;   /* (R, columns) each, `stride` apart; u may be NULL */
    size_t stride, columns;
    real *out; /* (R, columns) */
    size_t out_stride;
    bool add; /* out += instead of out = */
};

/* Dropout's masks are functions of (key, site, graph, node, column): drawn again wherever they are
 * wanted. 0 where dropped, 1 / (1 - rate) elsewhere. */
struct dropout {
    uint32_t below;                /* dropped where a random number of 16 bits is below it */
    uint32_t key[2];               /* of this step */
    uint32_t site;                 /* which mask of the step */
    const uint32_t *graph_numbers; /* (B) among those of all ranks; NULL: 0, 1 .. */
};
struct dropped_rows {
    const struct batch *batch;
    size_t columns; /* padded; also the strides */
    const real *x, *residual;
    real *out; /* residual + mask * x; residual may be NULL; out may be x or residual */
};

struct adamw {
    float rate, decay, correction1, correction2, ema;
    float *weights, *first, *second, *average; /* average: EMA of the weights */
    const float *gradient;
};

/* Logistic loss of pairs whose targets are more than `margin` apart (predictor/training/loss.h). */
struct rank_pairs {
    const double *predictions, *targets; /* (count) */
    size_t count;
    double margin;
};

struct kernels {
    const char *level; /* "v4" */
    void (*product)(const struct product *p, size_t first, size_t end);
    /* y (columns, REAL_LANES) = transposed x (REAL_LANES, columns), whose rows are `stride` apart.
     */
    void (*panel)(const real *x, size_t stride, size_t columns, real *y);
    /* NULL where the CPU has no instructions for bfloat16. */
    void (*product_bf16)(const struct product_bf16 *p, size_t first, size_t end);
    void (*round_bf16)(const real *x, size_t n, uint16_t *y); /* n: a multiple of REAL_LANES */
    void (*pair_bf16)(const struct pair_bf16 *p, size_t first, size_t end); /* pairs of rows */
    bool (*weight_gradient_bf16)(const struct weight_gradient_bf16 *w, size_t first, size_t end);
    /* Rows `first` to `end` of W. False: a number is out of the fixed point's range. */
    bool (*weight_gradient)(const struct weight_gradient *w, size_t first, size_t end);
    /* sum[i] += x[i] in fixed point, or = x[i] where `fresh`; false: out of range. */
    bool (*fixed_add)(const real *x, size_t n, bool fresh, int64_t *sum);
    void (*norm_forward)(const struct norm *n, size_t first, size_t end);
    void (*norm_backward)(const struct norm *n, size_t first, size_t end, real *dgain,
                          real *dbias); /* (padded width) each, += */
    void (*attention_forward)(const struct attention *a, size_t first, size_t end);
    void (*attention_backward)(const struct attention *a, size_t first, size_t end); /* graphs */
    void (*graphconv)(const struct graphconv *c, size_t first, size_t end);
    /* dhidden[i] *= scale where hidden[i] > 0, else 0. n: a multiple of REAL_LANES. */
    void (*relu_backward)(const real *hidden, real scale, size_t n, real *dhidden);
    void (*dropout_rows)(const struct dropout *d, const struct dropped_rows *r, size_t first,
                         size_t end); /* graphs */
    void (*dropout_attention)(const struct dropout *d, const struct attention *a, size_t first,
                              size_t end); /* graphs; fills a->mask */
#ifndef SIBYL_REAL_DOUBLE
    void (*adamw)(const struct adamw *a, size_t first, size_t end); /* numbers */
    /* The sum over the pairs of one row with all others, and its slope by the row's prediction. */
    double (*rank_row)(const struct rank_pairs *r, size_t row, double *out_slope);
#endif
};

/* Level i of those that this CPU has, the best first; NULL behind the last. */
const struct kernels *kernels_level(size_t i);

#endif
