#include "predictor/nnformer_shape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct row {
    const char *name;
    enum tensor_kind kind;
    size_t rows, columns;
};

#define BEFORE 3 /* tensors in front of the layers */
#define AFTER 4
#define PER_LAYER 9

void nnformer_shape_init(struct nnformer_shape *s, const struct predictor_options *o,
                         uint32_t vocabulary)
{
    s->options = *o;
    if (s->options.feedforward == 0) s->options.feedforward = 4 * o->width;
    s->vocabulary = vocabulary;
}

size_t nnformer_embeddings(const struct nnformer_shape *s)
{
    return s->vocabulary + (s->options.tokens ? (size_t)PREDICTOR_TOKEN_ROWS : 0);
}

size_t nnformer_tensors(const struct nnformer_shape *s)
{
    return BEFORE + (size_t)PER_LAYER * s->options.layers + AFTER;
}

/* The one list of all tensors; everything else about the layout follows from it. */
static struct row describe(const struct nnformer_shape *s, size_t i)
{
    size_t d = s->options.width, f = s->options.feedforward, layers = s->options.layers;
    const struct row before[BEFORE] = {
        {"op_embed", TENSOR_MATRIX, nnformer_embeddings(s), d},
        {"ln_in.g", TENSOR_GAIN, d, 1},
        {"ln_in.b", TENSOR_BIAS, d, 1},
    };
    const struct row layer[PER_LAYER] = {
        {"ln_a.g", TENSOR_GAIN, d, 1},    {"ln_a.b", TENSOR_BIAS, d, 1},
        {"qkv", TENSOR_MATRIX, 3 * d, d}, {"proj", TENSOR_MATRIX, d, d},
        {"ln_f.g", TENSOR_GAIN, d, 1},    {"ln_f.b", TENSOR_BIAS, d, 1},
        {"w1", TENSOR_MATRIX, f, d},      {"wg", TENSOR_MATRIX, f, d},
        {"w2", TENSOR_MATRIX, d, f},
    };
    const struct row after[AFTER] = {
        {"ln_out.g", TENSOR_GAIN, d, 1},
        {"ln_out.b", TENSOR_BIAS, d, 1},
        {"head.w", TENSOR_MATRIX, 1, d},
        {"head.b", TENSOR_BIAS, 1, 1},
    };
    if (i < BEFORE) return before[i];
    i -= BEFORE;
    if (i < PER_LAYER * layers) return layer[i % PER_LAYER];
    return after[i - PER_LAYER * layers];
}

void nnformer_tensor(const struct nnformer_shape *s, size_t i, struct nnformer_tensor *out)
{
    size_t offset = 0;
    for (size_t k = 0; k < i; k++) {
        struct row r = describe(s, k);
        offset += r.rows * r.columns;
    }
    struct row r = describe(s, i);
    *out = (struct nnformer_tensor){
        .kind = r.kind, .rows = r.rows, .columns = r.columns, .offset = offset};
    if (i >= BEFORE && i < BEFORE + (size_t)PER_LAYER * s->options.layers)
        snprintf(out->name, sizeof(out->name), "%zu.%s", (i - BEFORE) / PER_LAYER, r.name);
    else
        snprintf(out->name, sizeof(out->name), "%s", r.name);
}

size_t nnformer_parameters(const struct nnformer_shape *s)
{
    struct nnformer_tensor last;
    nnformer_tensor(s, nnformer_tensors(s) - 1, &last);
    return last.offset + last.rows * last.columns;
}

void nnformer_initialise(const struct nnformer_shape *s, struct rng *r, double init_scale,
                         real *weights)
{
    for (size_t i = 0; i < nnformer_tensors(s); i++) {
        struct nnformer_tensor t;
        nnformer_tensor(s, i, &t);
        double deviation = init_scale > 0 ? init_scale / sqrt((double)t.columns) : 0.02;
        for (size_t k = 0; k < t.rows * t.columns; k++) {
            real *w = &weights[t.offset + k];
            *w = t.kind == TENSOR_MATRIX ? (real)(deviation * rng_normal(r))
                 : t.kind == TENSOR_GAIN ? 1
                                         : 0;
        }
    }
}

void nnformer_view(struct nnformer_view *v, const struct nnformer_shape *s, real *buffer)
{
    size_t d = s->options.width, f = s->options.feedforward;
    real *at = buffer;
    v->op_embed = at, at += nnformer_embeddings(s) * d;
    v->in_gain = at, at += d;
    v->in_bias = at, at += d;
    for (uint32_t l = 0; l < s->options.layers; l++) {
        struct nnformer_layer_view *w = &v->layer[l];
        w->a_gain = at, at += d;
        w->a_bias = at, at += d;
        w->qkv = at, at += 3 * d * d;
        w->proj = at, at += d * d;
        w->f_gain = at, at += d;
        w->f_bias = at, at += d;
        w->w1g = at, at += 2 * f * d;
        w->w2 = at, at += d * f;
    }
    v->out_gain = at, at += d;
    v->out_bias = at, at += d;
    v->head_w = at, at += d;
    v->head_b = at, at += 1;
}
