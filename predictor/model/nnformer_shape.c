#include "predictor/model/nnformer_shape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct row {
    const char *name;
    enum tensor_kind kind;
    size_t rows, columns;
};

#define BEFORE 4 /* tensors in front of the layers at most */
#define AFTER 4
#define PER_LAYER 9

void nnformer_shape_init(struct nnformer_shape *s, const struct predictor_options *o,
                         uint32_t vocabulary)
{
    s->options = *o;
    if (s->options.feedforward == 0) s->options.feedforward = 4 * o->width;
    if (s->options.outputs == 0) s->options.outputs = 1;
    s->vocabulary = vocabulary;
}

size_t nnformer_embeddings(const struct nnformer_shape *s)
{
    return s->vocabulary + (s->options.tokens ? (size_t)PREDICTOR_TOKEN_ROWS : 0);
}

/* Tensors in front of the layers: without attributes there is no matrix for them. */
static size_t before_layers(const struct nnformer_shape *s)
{
    return s->options.attributes.count ? BEFORE : BEFORE - 1;
}

size_t nnformer_tensors(const struct nnformer_shape *s)
{
    return before_layers(s) + (size_t)PER_LAYER * s->options.layers + AFTER;
}

/* The one list of all tensors; everything else about the layout follows from it. */
static struct row describe(const struct nnformer_shape *s, size_t i)
{
    size_t d = s->options.width, f = s->options.feedforward, layers = s->options.layers;
    const struct row before[BEFORE] = {
        {"op_embed", TENSOR_MATRIX, nnformer_embeddings(s), d},
        {"ln_in.g", TENSOR_GAIN, d, 1},
        {"ln_in.b", TENSOR_BIAS, d, 1},
        {"attr", TENSOR_MATRIX, d, attributes_columns(&s->options.attributes)},
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
        {"head.w", TENSOR_MATRIX, s->options.outputs, d},
        {"head.b", TENSOR_BIAS, s->options.outputs, 1},
    };
    if (i < before_layers(s)) return before[i];
    i -= before_layers(s);
    if (i < PER_LAYER * layers) return layer[i % PER_LAYER];
    return after[i - PER_LAYER * layers];
}

static size_t numbers_between(const struct nnformer_shape *s, size_t first, size_t end)
{
    size_t sum = 0;
    for (size_t i = first; i < end; i++) {
        struct row r = describe(s, i);
        sum += r.rows * r.columns;
    }
    return sum;
}

/* Layers are alike: their size is added up once, however many there are. */
static size_t offset_of(const struct nnformer_shape *s, size_t i)
{
    size_t first = before_layers(s);
    if (i < first) return numbers_between(s, 0, i);
    size_t layer = (i - first) / PER_LAYER;
    if (layer > s->options.layers) layer = s->options.layers;
    return numbers_between(s, 0, first) + layer * numbers_between(s, first, first + PER_LAYER) +
           numbers_between(s, first + layer * PER_LAYER, i);
}

void nnformer_tensor(const struct nnformer_shape *s, size_t i, struct nnformer_tensor *out)
{
    struct row r = describe(s, i);
    *out = (struct nnformer_tensor){
        .kind = r.kind, .rows = r.rows, .columns = r.columns, .offset = offset_of(s, i)};
    size_t first = before_layers(s);
    if (i >= first && i < first + (size_t)PER_LAYER * s->options.layers)
        snprintf(out->name, sizeof(out->name), "%zu.%s", (i - first) / PER_LAYER, r.name);
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

/* Where the view keeps its pointer to tensor i. */
static real **slot(struct nnformer_view *v, const struct nnformer_shape *s, size_t i)
{
    real **before[BEFORE] = {&v->op_embed, &v->in_gain, &v->in_bias, &v->attr};
    real **after[AFTER] = {&v->out_gain, &v->out_bias, &v->head_w, &v->head_b};
    size_t layers = s->options.layers;
    if (i < before_layers(s)) return before[i];
    i -= before_layers(s);
    if (i >= PER_LAYER * layers) return after[i - PER_LAYER * layers];
    struct nnformer_layer_view *w = &v->layer[i / PER_LAYER];
    real **layer[PER_LAYER] = {&w->a_gain, &w->a_bias, &w->qkv, &w->proj, &w->f_gain,
                               &w->f_bias, &w->w1g,    &w->wg,  &w->w2};
    return layer[i % PER_LAYER];
}

void nnformer_view(struct nnformer_view *v, const struct nnformer_shape *s, real *buffer)
{
    size_t at = 0;
    v->attr = NULL;
    for (size_t i = 0; i < nnformer_tensors(s); i++) {
        *slot(v, s, i) = buffer + at;
        at += numbers_between(s, i, i + 1);
    }
}
