#include "predictor/scoring/inference_internal.h"

#include <stdlib.h>
#include <string.h>

bool inference_has_bf16(void)
{
    return kernels_level(0)->product_bf16 != NULL;
}

static enum status copy(struct inference *n, real **out, const real *from)
{
    size_t bytes = n->shape->options.width * sizeof(real);
    *out = arena_alloc(&n->arena, bytes);
    if (!*out) return SIBYL_E_MEM;
    memcpy(*out, from, bytes);
    return SIBYL_OK;
}

/* The attention's norm is folded into the matrix behind it. */
static enum status pack_layer(struct inference *n, struct inference_layer *l, struct packer *p,
                              const struct nnformer_layer_view *v)
{
    struct layer_sides s = layer_sides(&n->shape->options);
    enum status st = pack_forward(&l->qkv, p, v->qkv, s.qkv, s.width, v->a_gain);
    if (!st) st = pack_bias(&l->qkv, p, v->qkv, s.qkv, s.width.length, v->a_bias);
    if (!st) st = pack_forward(&l->proj, p, v->proj, s.width, s.width, NULL);
    if (!st) st = pack_hidden(&l->hidden, p, v->w1g, &n->shape->options);
    if (!st) st = pack_forward(&l->w2, p, v->w2, s.width, s.hidden, NULL);
    if (!st) st = copy(n, &l->gain, v->f_gain);
    if (!st) st = copy(n, &l->bias, v->f_bias);
    return st;
}

/* What the first block sees depends on a row's embedding alone. */
static enum status make_tables(struct inference *n, struct arena *scratch,
                               const struct nnformer_view *v)
{
    size_t rows = nnformer_embeddings(n->shape), width = n->shape->options.width, d = n->d;
    real *x = arena_calloc(scratch, rows * d, sizeof(real));
    uint16_t *rounded = arena_alloc(scratch, rows * d * sizeof(*rounded));
    n->first_x = arena_alloc(&n->arena, rows * d * sizeof(real));
    n->first_qkv = arena_alloc(&n->arena, rows * 3 * d * sizeof(real));
    if (!x || !rounded || !n->first_x || !n->first_qkv) return SIBYL_E_MEM;
    for (size_t i = 0; i < rows; i++)
        memcpy(x + i * d, v->op_embed + i * width, width * sizeof(real));
    inference_norm(n, rows, x, v->in_gain, v->in_bias, n->first_x, d);
    inference_norm(n, rows, n->first_x, NULL, NULL, x, d);
    struct operand in = inference_operand(n, x, rows, d, rounded);
    inference_product(n, rows, &in, &n->layer[0].qkv,
                      &(struct target){.f32 = n->first_qkv, .stride = 3 * d});
    return SIBYL_OK;
}

/* With attributes it is made row by row, from the embedding table and W_attr. */
static enum status pack_input(struct inference *n, const struct nnformer_view *v)
{
    size_t rows = nnformer_embeddings(n->shape), width = n->shape->options.width;
    struct side out = {1, width}, in = {1, attributes_columns(&n->shape->options.attributes)};
    struct packer p;
    packer_init(&p, &n->arena, n->k, PRECISION_FLOAT32);
    enum status st = pack_forward(&n->attr, &p, v->attr, out, in, NULL);
    packer_release(&p);
    if (!st) st = copy(n, &n->in_gain, v->in_gain);
    if (!st) st = copy(n, &n->in_bias, v->in_bias);
    n->first_x = arena_calloc(&n->arena, rows * n->d, sizeof(real));
    if (!st && !n->first_x) st = SIBYL_E_MEM;
    for (size_t i = 0; i < rows && !st; i++)
        memcpy(n->first_x + i * n->d, v->op_embed + i * width, width * sizeof(real));
    return st;
}

static enum status pack_all(struct inference *n, const struct nnformer_view *v)
{
    struct packer p;
    packer_init(&p, &n->arena, n->k, n->precision);
    enum status st = copy(n, &n->out_gain, v->out_gain);
    if (!st) st = copy(n, &n->out_bias, v->out_bias);
    if (!st) st = copy(n, &n->head_w, v->head_w);
    for (uint32_t l = 0; l < n->shape->options.layers && !st; l++)
        st = pack_layer(n, &n->layer[l], &p, &v->layer[l]);
    if (!st) st = v->attr ? pack_input(n, v) : make_tables(n, &p.scratch, v);
    packer_release(&p);
    return st;
}

enum status inference_new(struct inference **out, const struct nnformer_shape *shape,
                          const real *weights, enum precision precision)
{
    struct nnformer_view v;
    if (precision == PRECISION_BF16 && !inference_has_bf16())
        return err_set(SIBYL_E_USAGE, "this CPU has no instructions for bfloat16");
    struct inference *n = calloc(1, sizeof(*n));
    if (!n) return err_memory("a network");
    arena_init(&n->arena);
    n->shape = shape;
    n->k = kernels_level(0);
    n->precision = precision;
    n->d = real_padded(shape->options.width);
    n->f = side_padded(layer_sides(&shape->options).hidden);
    nnformer_view(&v, shape, (real *)weights); /* only read */
    n->head_b = v.head_b[0];
    enum status st = pack_all(n, &v);
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
