#include "predictor/model/nnformer.h"

#include "predictor/inputs/readout.h"
#include "predictor/kernels/parallel.h"
#include "predictor/model/pass.h"

#include <string.h>

/* Where gradients go, shard by shard. */
struct sink {
    const uint32_t *rows, *graphs; /* (shards + 1) first rows, first graphs */
    size_t shards;
    int64_t *sum; /* (parameters) */
    const real *weights;
    real *scratch;   /* gains and biases of each shard, or the embedding table, padded */
    real *copies;    /* float32: (threads, R, WEIGHT_GRADIENT_COLUMNS) */
    uint32_t *pairs; /* bfloat16: (shards + 1) first pairs of rows */
    uint16_t *paired_dy, *paired_x; /* bfloat16: (pairs, widest, 2) */
    bool good;
};

/* The gradient of the tensor at `weight`. */
static int64_t *sum_of(const struct sink *k, const real *weight)
{
    return k->sum + (weight - k->weights);
}

/* `columns` of x in pairs of rows of one shard. */
static void pair_rows(const struct pass *p, const struct sink *k, const real *x, size_t stride,
                      size_t columns, uint16_t *out)
{
    size_t padded = real_padded(columns);
#pragma omp parallel for num_threads(p->threads)
    for (size_t s = 0; s < k->shards; s++) {
        struct pair_bf16 pairs = {x + k->rows[s] * stride, stride, k->rows[s + 1] - k->rows[s],
                                  padded, out + k->pairs[s] * 2 * padded};
        p->k->pair_bf16(&pairs, 0, k->pairs[s + 1] - k->pairs[s]);
    }
}

static void segment_gradient_bf16(const struct pass *p, struct sink *k,
                                  const struct weight_gradient *w)
{
    bool good = true;
    struct weight_gradient_bf16 pairs = {
        k->paired_dy, k->paired_x, real_padded(w->out), real_padded(w->in), w->out, w->in, k->pairs,
        k->shards,    w->sum,      w->sum_stride};
    pair_rows(p, k, w->dy, w->dy_stride, w->out, k->paired_dy);
    pair_rows(p, k, w->x, w->x_stride, w->in, k->paired_x);
#pragma omp parallel num_threads(p->threads) reduction(&& : good)
    {
        size_t first, end;
        parallel_part(w->out, WEIGHT_GRADIENT_COLUMNS, &first, &end);
        good = p->k->weight_gradient_bf16(&pairs, first, end);
    }
    k->good &= good;
}

static void segment_gradient_float32(const struct pass *p, struct sink *k,
                                     const struct weight_gradient *w)
{
    bool good = true;
#pragma omp parallel num_threads(p->threads) reduction(&& : good)
    {
        size_t first, end;
        struct weight_gradient mine = *w;
        mine.copy = k->copies + (size_t)parallel_thread() * p->rows * WEIGHT_GRADIENT_COLUMNS;
        parallel_part(w->out, WEIGHT_GRADIENT_COLUMNS, &first, &end);
        good = p->k->weight_gradient(&mine, first, end);
    }
    k->good &= good;
}

/* One segment of W: `out` rows at `weight`, `stride` apart, from columns of dy and of x. */
static void segment_gradient(const struct pass *p, struct sink *k, struct weight_gradient w)
{
    if (p->precision == PRECISION_BF16)
        segment_gradient_bf16(p, k, &w);
    else
        segment_gradient_float32(p, k, &w);
}

/* W (out, in) from dy and x, segment by segment. */
static void weight_gradient(const struct pass *p, struct sink *k, const real *weight,
                            struct side out, struct side in, const real *dy, const real *x,
                            size_t x_stride)
{
    size_t stride = in.segments * in.length;
    for (size_t o = 0; o < out.segments; o++)
        for (size_t i = 0; i < in.segments; i++)
            segment_gradient(p, k,
                             (struct weight_gradient){
                                 .dy = dy + o * real_padded(out.length),
                                 .x = x + i * real_padded(in.length),
                                 .dy_stride = side_padded(out),
                                 .x_stride = x_stride,
                                 .out = out.length,
                                 .in = in.length,
                                 .shard_rows = k->rows,
                                 .shards = k->shards,
                                 .sum = sum_of(k, weight) + o * out.length * stride + i * in.length,
                                 .sum_stride = stride});
}

/* W_1 and both halves of W_g from the gradient by the hidden layer before its ReLU. */
static void hidden_gradient(const struct pass *p, struct sink *k,
                            const struct nnformer_layer_view *w, const real *du, const real *wide)
{
    size_t half = p->sides.half.length, width = p->o->width, d = p->d;
    weight_gradient(p, k, w->w1g, p->sides.hidden, p->sides.width, du, wide + d, 3 * d);
    for (size_t i = 0; i < 2; i++)
        segment_gradient(p, k,
                         (struct weight_gradient){.dy = du + i * p->f / 2,
                                                  .x = wide + i * 2 * d,
                                                  .dy_stride = p->f,
                                                  .x_stride = 3 * d,
                                                  .out = half,
                                                  .in = width,
                                                  .shard_rows = k->rows,
                                                  .shards = k->shards,
                                                  .sum = sum_of(k, w->wg + i * half * width),
                                                  .sum_stride = width});
}

/* dx += gradient by x of a norm of gain and bias; dy (R, d). */
static void norm_gradient(const struct pass *p, struct sink *k, const real *gain, const real *bias,
                          const real *x, real *mean, real *rstd, const real *dy, real *dx)
{
    struct norm n = {
        .width = p->o->width, .x = x, .gain = gain, .mean = mean, .rstd = rstd, .dy = dy, .dx = dx};
    memset(k->scratch, 0, k->shards * 2 * p->d * sizeof(real));
#pragma omp parallel for num_threads(p->threads)
    for (size_t s = 0; s < k->shards; s++) {
        real *gains = k->scratch + s * 2 * p->d;
        p->k->norm_backward(&n, k->rows[s], k->rows[s + 1], gains, gains + p->d);
    }
    for (size_t s = 0; s < k->shards; s++) {
        const real *gains = k->scratch + s * 2 * p->d;
        k->good &= p->k->fixed_add(gains, p->o->width, s == 0, sum_of(k, gain));
        k->good &= p->k->fixed_add(gains + p->d, p->o->width, s == 0, sum_of(k, bias));
    }
}

struct slopes {
    real *dx, *da, *masked; /* (R, d) */
    real *dqkv, *dwide;     /* (R, 3d) */
    real *du;               /* (R, f) by the hidden layer before its ReLU */
    real *dprobabilities;   /* (entries) */
};

static enum status slopes_allocate(const struct pass *p, struct slopes *k, struct arena *arena)
{
    real **wide[] = {&k->dx, &k->da, &k->masked}, **wider[] = {&k->dqkv, &k->dwide};
    real **hidden[] = {&k->du}, **entries[] = {&k->dprobabilities};
    enum status st = pass_buffers(arena, p->rows * p->d, wide, 3);
    if (!st) st = pass_buffers(arena, p->rows * 3 * p->d, wider, 2);
    if (!st) st = pass_buffers(arena, p->rows * p->f, hidden, 1);
    if (!st) st = pass_buffers(arena, attention_entries(p->b, p->o), entries, 1);
    return st;
}

/* k->du: gradient by the hidden layer where its ReLU and dropout let it through. */
static void hidden_backward(const struct pass *p, const struct packed_backward *packed,
                            const struct nnformer_layer *l, real scale, const real *dy, real *du)
{
    pass_product(p, &packed->w2, 0, packed->w2.count,
                 &(struct product){.x = dy, .x_stride = p->d, .y = du, .y_stride = p->f});
#pragma omp parallel num_threads(p->threads)
    {
        size_t first, end;
        parallel_part(p->rows, 1, &first, &end);
        p->k->relu_backward(l->hidden + first * p->f, scale, (end - first) * p->f,
                            du + first * p->f);
    }
}

/* dz (R, d) from du: by Z itself, and by A Z and A^T Z, which go back to the neighbours. */
static void wide_backward(const struct pass *p, const struct packed_backward *packed,
                          const real *du, real *dwide, real *dz)
{
    size_t d = p->d, half = p->f / 2;
    size_t columns = d / REAL_LANES;
    pass_product(p, &packed->w1, 0, columns,
                 &(struct product){.x = du, .x_stride = p->f, .y = dwide + d, .y_stride = 3 * d});
    for (size_t i = 0; i < 2; i++)
        pass_product(
            p, &packed->wg[i], 0, columns,
            &(struct product){
                .x = du + i * half, .x_stride = p->f, .y = dwide + i * 2 * d, .y_stride = 3 * d});
    struct graphconv sums = {.lists = &p->b->predecessors,
                             .weights = p->b->predecessor_weight,
                             .u = dwide + d,
                             .g = dwide,
                             .stride = 3 * d,
                             .columns = d,
                             .out = dz,
                             .out_stride = d};
    pass_neighbours(p, &sums);
    sums.lists = &p->b->successors;
    sums.weights = p->b->successor_weight;
    sums.u = NULL;
    sums.g = dwide + 2 * d;
    sums.add = true;
    pass_neighbours(p, &sums);
}

/* k->dx, through the residual's dropout. */
static const real *through_dropout(const struct pass *p, const struct nnformer_state *s,
                                   uint32_t layer, enum site site, struct slopes *k)
{
    if (s->dropout.below == 0) return k->dx;
    pass_drop(p, s, layer, site, &(struct dropped_rows){p->b, p->d, k->dx, NULL, k->masked});
    return k->masked;
}

/* dx (R, d) = dy W */
static void rows_product(const struct pass *p, const struct matrix *m, const real *dy, real *dx)
{
    pass_product(p, m, 0, m->count,
                 &(struct product){.x = dy, .x_stride = m->in, .y = dx, .y_stride = p->d});
}

/* k->dqkv from k->da, the gradient by what was attended to. */
static void attend_backward(const struct pass *p, const struct nnformer_layer *l, struct slopes *k)
{
    struct attention a = pass_attention(p, l);
    a.dout = k->da;
    a.dprobabilities = k->dprobabilities;
    a.dqkv = k->dqkv;
#pragma omp parallel num_threads(p->threads)
    {
        size_t first, end;
        parallel_part(p->b->graphs, 1, &first, &end);
        p->k->attention_backward(&a, first, end);
    }
}

/* k->dx: gradient by the block's output on entry, by its input on return. */
static void block_backward(const struct pass *p, const struct nnformer_layer_view *w,
                           const struct packed_backward *packed, const struct nnformer_state *s,
                           uint32_t layer, struct sink *sink, struct slopes *k)
{
    const struct nnformer_layer *l = &s->layer[layer];
    real scale = (real)(65536.0 / (65536 - s->dropout.below));
    const real *dy = through_dropout(p, s, layer, SITE_OUTPUT, k);
    weight_gradient(p, sink, w->w2, p->sides.width, p->sides.hidden, dy, l->hidden, p->f);
    hidden_backward(p, packed, l, scale, dy, k->du);
    hidden_gradient(p, sink, w, k->du, l->wide);
    wide_backward(p, packed, k->du, k->dwide, k->da);
    norm_gradient(p, sink, w->f_gain, w->f_bias, l->x_f, l->mean_f, l->rstd_f, k->da, k->dx);
    dy = through_dropout(p, s, layer, SITE_ATTENDED, k);
    weight_gradient(p, sink, w->proj, p->sides.width, p->sides.width, dy, l->attended, p->d);
    rows_product(p, &packed->proj, dy, k->da);
    attend_backward(p, l, k);
    weight_gradient(p, sink, w->qkv, p->sides.qkv, p->sides.width, k->dqkv, l->y, p->d);
    rows_product(p, &packed->qkv, k->dqkv, k->da);
    norm_gradient(p, sink, w->a_gain, w->a_bias, l->x_a, l->mean_a, l->rstd_a, k->da, k->dx);
}

/* Of the head's weights and biases, for each shard. */
static void head_backward(const struct pass *p, const struct nnformer_view *w, struct sink *k,
                          const struct nnformer_state *s, const real *dout)
{
    size_t width = p->o->width, outputs = p->o->outputs;
    for (size_t shard = 0; shard < k->shards; shard++) {
        for (size_t o = 0; o < outputs; o++) {
            real bias = 0;
            memset(k->scratch, 0, width * sizeof(real));
            for (uint32_t g = k->graphs[shard]; g < k->graphs[shard + 1]; g++) {
                real slope = dout[g * outputs + o];
                bias += slope;
                for (size_t c = 0; c < width; c++) k->scratch[c] += slope * s->pooled[g * p->d + c];
            }
            k->good &=
                p->k->fixed_add(k->scratch, width, shard == 0, sum_of(k, w->head_w + o * width));
            k->good &= p->k->fixed_add(&bias, 1, shard == 0, sum_of(k, w->head_b + o));
        }
    }
}

/* da (R, d): gradient by the normed rows. */
static void readout_backward(const struct pass *p, const struct nnformer_view *w, const real *dout,
                             real *da)
{
    size_t width = p->o->width, d = p->d, outputs = p->o->outputs;
    memset(da, 0, p->rows * d * sizeof(real));
    for (uint32_t g = 0; g < p->b->graphs; g++) {
        uint32_t first, end;
        real weight;
        readout_rows(p->b, p->o->readout, g, &first, &end, &weight);
        for (size_t o = 0; o < outputs; o++) {
            const real slope = weight * dout[g * outputs + o], *row = w->head_w + o * width;
            for (uint32_t i = first; i < end; i++)
                for (size_t c = 0; c < width; c++) da[i * d + c] += slope * row[c];
        }
    }
}

/* Of the embedding table, from the gradient by x_in. */
static void embedding_backward(const struct pass *p, const struct nnformer_view *w, struct sink *k,
                               size_t embeddings, const real *dx)
{
    size_t width = p->o->width;
    for (size_t s = 0; s < k->shards; s++) {
        memset(k->scratch, 0, embeddings * width * sizeof(real));
        for (size_t r = k->rows[s]; r < k->rows[s + 1]; r++)
            for (size_t c = 0; c < width; c++)
                k->scratch[p->b->embedding[r] * width + c] += dx[r * p->d + c];
        k->good &= p->k->fixed_add(k->scratch, embeddings * width, s == 0, sum_of(k, w->op_embed));
    }
}

/* Of W_attr, from the gradient by x_in; in float32, as the forward pass. */
static void attributes_backward(const struct pass *p, const struct nnformer_view *w, struct sink *k,
                                const real *encoding, const real *dx)
{
    size_t columns = attributes_columns(&p->o->attributes);
    if (!w->attr) return;
    segment_gradient_float32(p, k,
                             &(struct weight_gradient){.dy = dx,
                                                       .x = encoding,
                                                       .dy_stride = p->d,
                                                       .x_stride = real_padded(columns),
                                                       .out = p->o->width,
                                                       .in = columns,
                                                       .shard_rows = k->rows,
                                                       .shards = k->shards,
                                                       .sum = sum_of(k, w->attr),
                                                       .sum_stride = columns});
}

static enum status sink_init(const struct pass *p, struct sink *k, struct arena *arena,
                             size_t embeddings)
{
    uint32_t *rows = arena_alloc(arena, (k->shards + 1) * sizeof(*rows));
    size_t table = embeddings * p->o->width, gains = k->shards * 2 * p->d;
    size_t copies = (size_t)p->threads * p->rows * WEIGHT_GRADIENT_COLUMNS;
    k->scratch = arena_alloc(arena, (table > gains ? table : gains) * sizeof(real));
    k->copies = arena_alloc(arena, copies * sizeof(real));
    k->pairs = arena_alloc(arena, (k->shards + 1) * sizeof(*k->pairs));
    if (!rows || !k->scratch || !k->copies || !k->pairs) return SIBYL_E_MEM;
    for (size_t s = 0; s <= k->shards; s++) rows[s] = p->b->start[k->graphs[s]];
    k->rows = rows;
    if (p->precision == PRECISION_FLOAT32) return SIBYL_OK;
    k->pairs[0] = 0;
    for (size_t s = 0; s < k->shards; s++)
        k->pairs[s + 1] = k->pairs[s] + (rows[s + 1] - rows[s] + 1) / 2;
    size_t widest = p->f > 3 * p->d ? p->f : 3 * p->d;
    k->paired_dy = arena_alloc(arena, k->pairs[k->shards] * widest * 2 * sizeof(*k->paired_dy));
    k->paired_x = arena_alloc(arena, k->pairs[k->shards] * widest * 2 * sizeof(*k->paired_x));
    return k->paired_dy && k->paired_x ? SIBYL_OK : SIBYL_E_MEM;
}

static void ready(const struct nnformer_sums *gradient, ptrdiff_t from)
{
    if (gradient->ready) gradient->ready(gradient->context, (size_t)from);
}

enum status nnformer_backward(const struct nnformer_shape *s, const real *weights,
                              const struct batch *b, const uint32_t *shard_graphs, uint32_t shards,
                              struct arena *arena, const struct nnformer_state *state,
                              const real *dout, const struct nnformer_sums *gradient)
{
    struct pass p;
    struct packer packer;
    struct nnformer_view w;
    struct slopes k;
    struct sink sink = {.graphs = shard_graphs,
                        .shards = shards,
                        .sum = gradient->sums,
                        .weights = weights,
                        .good = true};
    nnformer_view(&w, s, (real *)weights); /* only read */
    enum status st = pass_init(&p, s, b, &state->mode, arena);
    if (!st) st = slopes_allocate(&p, &k, arena);
    if (!st) st = sink_init(&p, &sink, arena, nnformer_embeddings(s));
    if (st) return st;
    head_backward(&p, &w, &sink, state, dout);
    readout_backward(&p, &w, dout, k.da);
    memset(k.dx, 0, p.rows * p.d * sizeof(real));
    norm_gradient(&p, &sink, w.out_gain, w.out_bias, state->x_out, state->mean_out, state->rstd_out,
                  k.da, k.dx);
    ready(gradient, w.out_gain - weights);
    packer_init(&packer, arena, p.k, p.precision);
    struct arena_mark layer = arena_mark(arena); /* a layer's matrices stand where the last's did */
    for (uint32_t l = s->options.layers; l-- > 0;) {
        struct packed_backward packed;
        arena_rewind(arena, layer);
        st = packed_backward(&packed, &packer, p.o, &w.layer[l]);
        if (st) break;
        block_backward(&p, &w.layer[l], &packed, state, l, &sink, &k);
        ready(gradient, w.layer[l].a_gain - weights);
    }
    packer_release(&packer);
    if (st) return st;
    memset(k.da, 0, p.rows * p.d * sizeof(real));
    norm_gradient(&p, &sink, w.in_gain, w.in_bias, state->x_in, state->mean_in, state->rstd_in,
                  k.dx, k.da);
    embedding_backward(&p, &w, &sink, nnformer_embeddings(s), k.da);
    attributes_backward(&p, &w, &sink, state->encoding, k.da);
    if (sink.good) return SIBYL_OK;
    return err_set(SIBYL_E_RANGE, "a gradient is too large or not a number; lower training.rate");
}
