#include "predictor/inference.h"

#include "base/arena.h"
#include "predictor/feedforward.h"
#include "predictor/packed.h"
#include "predictor/readout.h"

#include <stdlib.h>
#include <string.h>

#define HIDDEN_BYTES ((size_t)768 << 10) /* of a second-level cache of 1 MiB */

struct inference_layer {
    real *qkv, *qkv_bias, *proj, *w1g, *w1g_bias, *w2;
};

struct inference {
    const struct nnformer_shape *shape;
    const struct kernels *k;
    struct arena arena;
    struct inference_layer layer[PREDICTOR_LAYERS_MAX];
    real *first_x, *first_qkv; /* (embeddings, d) and (embeddings, 3d): the first block's input */
    real *out_gain, *out_bias, *head_w; /* (width) */
    real head_b;
    size_t d, f; /* padded */
};

uint32_t inference_rows(const struct nnformer_shape *shape)
{
    size_t rows = HIDDEN_BYTES / (real_padded(shape->options.feedforward) * sizeof(real));
    return rows < 16 ? 16 : rows > 1024 ? 1024 : (uint32_t)rows;
}

/* y = [bias +] [residual +] x B over `rows` rows. */
static void product(const struct kernels *k, size_t rows, const real *x, size_t in,
                    const real *panels, const real *bias, const real *residual, real *y, size_t out)
{
    struct product p = packed_product(x, in, panels, y, out);
    p.bias = bias;
    p.residual = residual;
    k->product(&p, 0, rows);
}

static void norm(const struct inference *n, size_t rows, const real *x, const real *gain,
                 const real *bias, real *y)
{
    struct norm p = {.width = n->shape->options.width, .x = x, .gain = gain, .bias = bias, .y = y};
    n->k->norm_forward(&p, 0, rows);
}

/* ---- packing ---- */

/* A norm's gain and bias into the matrix behind it. */
static enum status fold(struct inference *n, real **panels, real **bias, const real *weight,
                        struct side out, const real *gain, const real *norm_bias)
{
    struct side in = {1, n->shape->options.width};
    enum status st = pack_forward(panels, &n->arena, weight, out, in, gain);
    return st ? st : pack_bias(bias, &n->arena, weight, out, in.length, norm_bias);
}

static enum status pack_layer(struct inference *n, struct inference_layer *l,
                              const struct nnformer_layer_view *v)
{
    struct layer_sides s = layer_sides(&n->shape->options);
    enum status st = fold(n, &l->qkv, &l->qkv_bias, v->qkv, s.qkv, v->a_gain, v->a_bias);
    if (!st) st = pack_forward(&l->proj, &n->arena, v->proj, s.width, s.width, NULL);
    if (!st) st = fold(n, &l->w1g, &l->w1g_bias, v->w1g, s.ug, v->f_gain, v->f_bias);
    if (!st) st = pack_forward(&l->w2, &n->arena, v->w2, s.width, s.hidden, NULL);
    return st;
}

/* What the first block sees depends on a row's embedding alone. */
static enum status make_tables(struct inference *n, const struct nnformer_view *v)
{
    size_t rows = nnformer_embeddings(n->shape), width = n->shape->options.width, d = n->d;
    real *x = arena_calloc(&n->arena, rows * d, sizeof(real));
    n->first_x = arena_alloc(&n->arena, rows * d * sizeof(real));
    n->first_qkv = arena_alloc(&n->arena, rows * 3 * d * sizeof(real));
    if (!x || !n->first_x || !n->first_qkv) return SIBYL_E_MEM;
    for (size_t i = 0; i < rows; i++)
        memcpy(x + i * d, v->op_embed + i * width, width * sizeof(real));
    norm(n, rows, x, v->in_gain, v->in_bias, n->first_x);
    norm(n, rows, n->first_x, NULL, NULL, x);
    product(n->k, rows, x, d, n->layer[0].qkv, n->layer[0].qkv_bias, NULL, n->first_qkv, 3 * d);
    return SIBYL_OK;
}

static enum status copy(struct inference *n, real **out, const real *from)
{
    size_t bytes = n->shape->options.width * sizeof(real);
    *out = arena_alloc(&n->arena, bytes);
    if (!*out) return SIBYL_E_MEM;
    memcpy(*out, from, bytes);
    return SIBYL_OK;
}

enum status inference_new(struct inference **out, const struct nnformer_shape *shape,
                          const real *weights)
{
    struct nnformer_view v;
    struct inference *n = calloc(1, sizeof(*n));
    if (!n) return err_memory("a network");
    arena_init(&n->arena);
    n->shape = shape;
    n->k = kernels_level(0);
    n->d = real_padded(shape->options.width);
    n->f = side_padded(layer_sides(&shape->options).hidden);
    nnformer_view(&v, shape, (real *)weights); /* only read */
    n->head_b = v.head_b[0];
    enum status st = copy(n, &n->out_gain, v.out_gain);
    if (!st) st = copy(n, &n->out_bias, v.out_bias);
    if (!st) st = copy(n, &n->head_w, v.head_w);
    for (uint32_t l = 0; l < shape->options.layers && !st; l++)
        st = pack_layer(n, &n->layer[l], &v.layer[l]);
    if (!st) st = make_tables(n, &v);
    if (st)
        inference_free(n);
    else
        *out = n;
    return st;
}

void inference_free(struct inference *n)
{
    if (!n) return;
    arena_release(&n->arena);
    free(n);
}

/* ---- running ---- */

struct rows {
    real *x, *normed, *qkv, *hidden, *strip, *probabilities;
};

static enum status rows_allocate(const struct inference *n, const struct batch *b,
                                 struct arena *arena, struct rows *r)
{
    size_t count = b->rows;
    r->x = arena_alloc(arena, count * n->d * sizeof(real));
    r->normed = arena_alloc(arena, count * n->d * sizeof(real));
    r->qkv = arena_alloc(arena, count * 3 * n->d * sizeof(real));
    r->hidden = arena_alloc(arena, count * n->f * sizeof(real));
    r->strip = arena_alloc(arena, count * 2 * REAL_LANES * sizeof(real));
    r->probabilities = arena_alloc(arena, attention_entries(b, &n->shape->options) * sizeof(real));
    return r->x && r->normed && r->qkv && r->hidden && r->strip && r->probabilities ? SIBYL_OK
                                                                                    : SIBYL_E_MEM;
}

static void first_rows(const struct inference *n, const struct batch *b, struct rows *r)
{
    size_t d = n->d;
    for (size_t i = 0; i < b->rows; i++) {
        size_t e = b->embedding[i];
        memcpy(r->x + i * d, n->first_x + e * d, d * sizeof(real));
        memcpy(r->qkv + i * 3 * d, n->first_qkv + e * 3 * d, 3 * d * sizeof(real));
    }
}

static void block(const struct inference *n, const struct batch *b, const struct rows *r,
                  uint32_t layer)
{
    const struct inference_layer *l = &n->layer[layer];
    const struct kernels *k = n->k;
    size_t rows = b->rows, d = n->d;
    if (layer > 0) {
        norm(n, rows, r->x, NULL, NULL, r->normed);
        product(k, rows, r->normed, d, l->qkv, l->qkv_bias, NULL, r->qkv, 3 * d);
    }
    struct attention a = {.batch = b,
                          .options = &n->shape->options,
                          .qkv = r->qkv,
                          .probabilities = r->probabilities,
                          .out = r->normed};
    k->attention_forward(&a, 0, rows);
    product(k, rows, r->normed, d, l->proj, NULL, r->x, r->x, d);
    norm(n, rows, r->x, NULL, NULL, r->normed);
    struct feedforward ff = {k, b, r->normed, d, l->w1g, l->w1g_bias, n->f, r->strip, r->hidden};
    feedforward_hidden(&ff);
    product(k, rows, r->hidden, n->f, l->w2, NULL, r->x, r->x, d);
}

enum status inference_run(const struct inference *n, const struct batch *b, struct arena *arena,
                          real *out)
{
    struct rows r;
    const struct predictor_options *o = &n->shape->options;
    enum status st = batch_check(b, nnformer_embeddings(n->shape));
    if (!st) st = rows_allocate(n, b, arena, &r);
    if (st) return st;
    first_rows(n, b, &r);
    for (uint32_t l = 0; l < o->layers; l++) block(n, b, &r, l);
    norm(n, b->rows, r.x, n->out_gain, n->out_bias, r.normed);
    for (uint32_t g = 0; g < b->graphs; g++) {
        uint32_t first, end;
        real weight, sum = 0;
        readout_rows(b, o->readout, g, &first, &end, &weight);
        for (uint32_t i = first; i < end; i++)
            for (size_t c = 0; c < o->width; c++) sum += r.normed[i * n->d + c] * n->head_w[c];
        out[g] = n->head_b + weight * sum;
    }
    return SIBYL_OK;
}
