#include "predictor/nnformer.h"

#include "predictor/feedforward.h"
#include "predictor/packed.h"
#include "predictor/readout.h"

#include <math.h>
#include <string.h>

/* What the passes share. */
struct pass {
    const struct kernels *k;
    const struct predictor_options *o;
    const struct batch *b;
    struct layer_sides sides;
    size_t rows, d, f; /* d, f: padded */
};

static struct pass pass_of(const struct nnformer_shape *s, const struct batch *b)
{
    struct layer_sides sides = layer_sides(&s->options);
    return (struct pass){
        kernels_level(0),         &s->options, b, sides, b->rows, side_padded(sides.width),
        side_padded(sides.hidden)};
}

/* `count` buffers of `size` numbers each, into the pointers given. */
static enum status buffers(struct arena *arena, size_t size, real ***list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(*list[i] = arena_alloc(arena, size * sizeof(real)))) return SIBYL_E_MEM;
    return SIBYL_OK;
}

static enum status layer_allocate(const struct pass *p, struct nnformer_layer *l,
                                  struct arena *arena, bool dropout)
{
    real **wide[] = {&l->x_a, &l->y, &l->attended, &l->x_f, &l->z};
    real **thin[] = {&l->mean_a, &l->rstd_a, &l->mean_f, &l->rstd_f};
    real **qkv[] = {&l->qkv}, **hidden[] = {&l->hidden},
         **entries[] = {&l->probabilities, &l->mask};
    enum status st = buffers(arena, p->rows * p->d, wide, 5);
    if (!st) st = buffers(arena, p->rows, thin, 4);
    if (!st) st = buffers(arena, p->rows * 3 * p->d, qkv, 1);
    if (!st) st = buffers(arena, p->rows * p->f, hidden, 1);
    if (!st) st = buffers(arena, attention_entries(p->b, p->o), entries, dropout ? 2 : 1);
    if (!dropout) l->mask = NULL;
    return st;
}

static enum status state_allocate(const struct pass *p, struct nnformer_state *s,
                                  struct arena *arena)
{
    real **wide[] = {&s->x_in, &s->x_out, &s->normed, &s->spare};
    real **thin[] = {&s->mean_in, &s->rstd_in, &s->mean_out, &s->rstd_out};
    real **pooled[] = {&s->pooled};
    enum status st = buffers(arena, p->rows * p->d, wide, 4);
    if (!st) st = buffers(arena, p->rows, thin, 4);
    if (!st) st = buffers(arena, p->b->graphs * p->d, pooled, 1);
    for (uint32_t l = 0; l < p->o->layers && !st; l++)
        st = layer_allocate(p, &s->layer[l], arena, s->dropout.below > 0);
    return st;
}

/* ---- pieces ---- */

/* y = [residual +] x B; x has `in` columns, y `out`, both padded. */
static void product(const struct pass *p, const real *x, size_t in, const real *panels,
                    const real *residual, real *y, size_t out)
{
    struct product q = packed_product(x, in, panels, y, out);
    q.residual = residual;
    p->k->product(&q, 0, p->rows);
}

static void norm(const struct pass *p, const real *x, const real *gain, const real *bias, real *y,
                 real *mean, real *rstd)
{
    struct norm n = {.width = p->o->width,
                     .x = x,
                     .gain = gain,
                     .bias = bias,
                     .y = y,
                     .mean = mean,
                     .rstd = rstd};
    p->k->norm_forward(&n, 0, p->rows);
}

enum site { SITE_PROBABILITIES, SITE_ATTENDED, SITE_HIDDEN, SITE_OUTPUT, SITES };

static struct dropout at_site(const struct nnformer_state *s, uint32_t layer, enum site site)
{
    struct dropout d = s->dropout;
    d.site = layer * SITES + (uint32_t)site;
    return d;
}

/* out = [residual +] mask * x, (R, columns) each. */
static void drop(const struct pass *p, const struct nnformer_state *s, uint32_t layer,
                 enum site site, size_t columns, const real *x, const real *residual, real *out)
{
    struct dropout d = at_site(s, layer, site);
    struct dropped_rows r = {p->b, columns, x, residual, out};
    p->k->dropout_rows(&d, &r, 0, p->b->graphs);
}

/* out = x + dropout(input B) */
static void residual(const struct pass *p, struct nnformer_state *s, uint32_t layer, enum site site,
                     const real *input, size_t in, const real *panels, const real *x, real *out)
{
    bool dropout = s->dropout.below > 0;
    product(p, input, in, panels, dropout ? NULL : x, dropout ? s->spare : out, p->d);
    if (dropout) drop(p, s, layer, site, p->d, s->spare, x, out);
}

static struct attention attention_of(const struct pass *p, const struct nnformer_layer *l)
{
    return (struct attention){.batch = p->b,
                              .options = p->o,
                              .qkv = l->qkv,
                              .mask = l->mask,
                              .probabilities = l->probabilities};
}

/* ---- forward ---- */

/* l->x_a through the block, to `out`. */
static void block_forward(const struct pass *p, const struct nnformer_layer_view *w,
                          const struct packed_layer *packed, struct nnformer_state *s,
                          uint32_t layer, real *strip, real *out)
{
    struct nnformer_layer *l = &s->layer[layer];
    norm(p, l->x_a, w->a_gain, w->a_bias, l->y, l->mean_a, l->rstd_a);
    product(p, l->y, p->d, packed->qkv, NULL, l->qkv, 3 * p->d);
    struct attention a = attention_of(p, l);
    struct dropout d = at_site(s, layer, SITE_PROBABILITIES);
    a.out = l->attended;
    if (l->mask) p->k->dropout_attention(&d, &a, 0, p->b->graphs);
    p->k->attention_forward(&a, 0, p->rows);
    residual(p, s, layer, SITE_ATTENDED, l->attended, p->d, packed->proj, l->x_a, l->x_f);
    norm(p, l->x_f, w->f_gain, w->f_bias, l->z, l->mean_f, l->rstd_f);
    struct feedforward ff = {p->k, p->b, l->z, p->d, packed->w1g, NULL, p->f, strip, l->hidden};
    feedforward_hidden(&ff);
    if (l->mask) drop(p, s, layer, SITE_HIDDEN, p->f, l->hidden, NULL, l->hidden);
    residual(p, s, layer, SITE_OUTPUT, l->hidden, p->f, packed->w2, l->x_f, out);
}

static void readout_forward(const struct pass *p, const struct nnformer_view *w,
                            struct nnformer_state *s, real *out)
{
    size_t width = p->o->width, d = p->d;
    memset(s->pooled, 0, p->b->graphs * d * sizeof(real));
    for (uint32_t g = 0; g < p->b->graphs; g++) {
        uint32_t first, end;
        real weight, sum = w->head_b[0], *z = s->pooled + g * d;
        readout_rows(p->b, p->o->readout, g, &first, &end, &weight);
        for (uint32_t i = first; i < end; i++)
            for (size_t c = 0; c < width; c++) z[c] += weight * s->normed[i * d + c];
        for (size_t c = 0; c < width; c++) sum += z[c] * w->head_w[c];
        out[g] = sum;
    }
}

static void embed(const struct pass *p, const struct nnformer_view *w, real *x)
{
    size_t width = p->o->width, d = p->d;
    memset(x, 0, p->rows * d * sizeof(real));
    for (size_t i = 0; i < p->rows; i++)
        memcpy(x + i * d, w->op_embed + p->b->embedding[i] * width, width * sizeof(real));
}

enum status nnformer_forward(const struct nnformer_shape *s, const real *weights,
                             const struct batch *b, struct arena *arena,
                             const struct nnformer_training *training, struct nnformer_state *state,
                             real *out)
{
    struct pass p = pass_of(s, b);
    uint32_t layers = s->options.layers;
    struct nnformer_view w;
    struct packed_layer packed[PREDICTOR_LAYERS_MAX];
    state->dropout = (struct dropout){0};
    if (training && training->dropout > 0)
        state->dropout = (struct dropout){.below = (uint32_t)lround(training->dropout * 65536),
                                          .key = {training->key[0], training->key[1]},
                                          .first_graph = training->first_graph};
    nnformer_view(&w, s, (real *)weights); /* only read */
    real *strip = arena_alloc(arena, p.rows * 2 * REAL_LANES * sizeof(real));
    enum status st = strip ? batch_check(b, nnformer_embeddings(s)) : SIBYL_E_MEM;
    if (!st) st = state_allocate(&p, state, arena);
    if (!st) st = packed_layers(packed, arena, s, &w, false);
    if (st) return st;
    embed(&p, &w, state->x_in);
    norm(&p, state->x_in, w.in_gain, w.in_bias, state->layer[0].x_a, state->mean_in,
         state->rstd_in);
    for (uint32_t l = 0; l < layers; l++)
        block_forward(&p, &w.layer[l], &packed[l], state, l, strip,
                      l + 1 < layers ? state->layer[l + 1].x_a : state->x_out);
    norm(&p, state->x_out, w.out_gain, w.out_bias, state->normed, state->mean_out, state->rstd_out);
    readout_forward(&p, &w, state, out);
    return SIBYL_OK;
}

/* ---- backward ---- */

/* Where gradients go, shard by shard. */
struct sink {
    const uint32_t *rows, *graphs; /* (shards + 1) first rows, first graphs */
    size_t shards;
    int64_t *sum; /* (parameters) */
    const real *weights;
    real *scratch; /* one row of gains and one of biases, or the embedding table, padded */
    bool good;
};

/* The gradient of the tensor at `weight`. */
static int64_t *sum_of(const struct sink *k, const real *weight)
{
    return k->sum + (weight - k->weights);
}

/* W (out, in) from dy and x, segment by segment. */
static void weight_gradient(const struct pass *p, struct sink *k, const real *weight,
                            struct side out, struct side in, const real *dy, const real *x)
{
    size_t stride = in.segments * in.length;
    for (size_t o = 0; o < out.segments; o++)
        for (size_t i = 0; i < in.segments; i++) {
            struct weight_gradient w = {.dy = dy + o * real_padded(out.length),
                                        .x = x + i * real_padded(in.length),
                                        .dy_stride = side_padded(out),
                                        .x_stride = side_padded(in),
                                        .out = out.length,
                                        .in = in.length,
                                        .shard_rows = k->rows,
                                        .shards = k->shards,
                                        .sum = sum_of(k, weight) + o * out.length * stride +
                                               i * in.length,
                                        .sum_stride = stride};
            k->good &= p->k->weight_gradient(&w, 0, out.length);
        }
}

/* dx += gradient by x of a norm of gain and bias; dy (R, d). */
static void norm_gradient(const struct pass *p, struct sink *k, const real *gain, const real *bias,
                          const real *x, real *mean, real *rstd, const real *dy, real *dx)
{
    struct norm n = {
        .width = p->o->width, .x = x, .gain = gain, .mean = mean, .rstd = rstd, .dy = dy, .dx = dx};
    for (size_t s = 0; s < k->shards; s++) {
        memset(k->scratch, 0, 2 * p->d * sizeof(real));
        p->k->norm_backward(&n, k->rows[s], k->rows[s + 1], k->scratch, k->scratch + p->d);
        k->good &= p->k->fixed_add(k->scratch, p->o->width, sum_of(k, gain));
        k->good &= p->k->fixed_add(k->scratch + p->d, p->o->width, sum_of(k, bias));
    }
}

struct slopes {
    real *dx, *da, *masked, *dqkv, *dug, *dprobabilities; /* (R,d) x 3, (R,3d), (R,2f), (entries) */
};

static enum status slopes_allocate(const struct pass *p, struct slopes *k, struct arena *arena)
{
    real **wide[] = {&k->dx, &k->da, &k->masked}, **qkv[] = {&k->dqkv}, **ug[] = {&k->dug};
    real **entries[] = {&k->dprobabilities};
    enum status st = buffers(arena, p->rows * p->d, wide, 3);
    if (!st) st = buffers(arena, p->rows * 3 * p->d, qkv, 1);
    if (!st) st = buffers(arena, p->rows * 2 * p->f, ug, 1);
    if (!st) st = buffers(arena, attention_entries(p->b, p->o), entries, 1);
    return st;
}

/* dU is in the first f columns' place of dug (R, 2f): adds the gradient of G behind it. */
static void graphconv_backward(const struct pass *p, real *dug)
{
    size_t half = p->f / 2;
    for (int side = 0; side < 2; side++) {
        struct graphconv conv = {.lists = side ? &p->b->successors : &p->b->predecessors,
                                 .weights =
                                     side ? p->b->successor_weight : p->b->predecessor_weight,
                                 .g = dug + (size_t)side * half,
                                 .stride = 2 * p->f,
                                 .columns = half,
                                 .out = dug + p->f + (size_t)side * half,
                                 .out_stride = 2 * p->f};
        p->k->graphconv(&conv, 0, p->rows);
    }
}

/* dU = gradient by the hidden layer where its ReLU and dropout let it through, into dug. */
static void hidden_backward(const struct pass *p, const struct packed_layer *packed,
                            const struct nnformer_layer *l, real scale, const real *dy, real *dug)
{
    struct product q = packed_product(dy, p->d, packed->w2, dug, p->f);
    q.y_stride = 2 * p->f;
    p->k->product(&q, 0, p->rows);
    for (size_t r = 0; r < p->rows; r++)
        p->k->relu_backward(l->hidden + r * p->f, scale, p->f, dug + r * 2 * p->f);
    graphconv_backward(p, dug);
}

/* k->dx, through the residual's dropout. */
static const real *through_dropout(const struct pass *p, const struct nnformer_state *s,
                                   uint32_t layer, enum site site, struct slopes *k)
{
    if (s->dropout.below == 0) return k->dx;
    drop(p, s, layer, site, p->d, k->dx, NULL, k->masked);
    return k->masked;
}

/* k->dx: gradient by the block's output on entry, by its input on return. */
static void block_backward(const struct pass *p, const struct nnformer_layer_view *w,
                           const struct packed_layer *packed, const struct nnformer_state *s,
                           uint32_t layer, struct sink *sink, struct slopes *k)
{
    const struct nnformer_layer *l = &s->layer[layer];
    real scale = (real)(65536.0 / (65536 - s->dropout.below));
    const real *dy = through_dropout(p, s, layer, SITE_OUTPUT, k);
    weight_gradient(p, sink, w->w2, p->sides.width, p->sides.hidden, dy, l->hidden);
    hidden_backward(p, packed, l, scale, dy, k->dug);
    weight_gradient(p, sink, w->w1g, p->sides.ug, p->sides.width, k->dug, l->z);
    product(p, k->dug, 2 * p->f, packed->w1g, NULL, k->da, p->d);
    norm_gradient(p, sink, w->f_gain, w->f_bias, l->x_f, l->mean_f, l->rstd_f, k->da, k->dx);
    dy = through_dropout(p, s, layer, SITE_ATTENDED, k);
    weight_gradient(p, sink, w->proj, p->sides.width, p->sides.width, dy, l->attended);
    product(p, dy, p->d, packed->proj, NULL, k->da, p->d);
    struct attention a = attention_of(p, l);
    a.dout = k->da;
    a.dprobabilities = k->dprobabilities;
    a.dqkv = k->dqkv;
    p->k->attention_backward(&a, 0, p->b->graphs);
    weight_gradient(p, sink, w->qkv, p->sides.qkv, p->sides.width, k->dqkv, l->y);
    product(p, k->dqkv, 3 * p->d, packed->qkv, NULL, k->da, p->d);
    norm_gradient(p, sink, w->a_gain, w->a_bias, l->x_a, l->mean_a, l->rstd_a, k->da, k->dx);
}

/* da (R, d): gradient by the normed rows; those of the head's weights go to the sink. */
static void readout_backward(const struct pass *p, const struct nnformer_view *w, struct sink *k,
                             const struct nnformer_state *s, const real *dout, real *da)
{
    size_t width = p->o->width, d = p->d;
    memset(da, 0, p->rows * d * sizeof(real));
    for (size_t shard = 0; shard < k->shards; shard++) {
        real bias = 0;
        memset(k->scratch, 0, d * sizeof(real));
        for (uint32_t g = k->graphs[shard]; g < k->graphs[shard + 1]; g++) {
            uint32_t first, end;
            real weight;
            readout_rows(p->b, p->o->readout, g, &first, &end, &weight);
            bias += dout[g];
            for (size_t c = 0; c < width; c++) k->scratch[c] += dout[g] * s->pooled[g * d + c];
            for (uint32_t i = first; i < end; i++)
                for (size_t c = 0; c < width; c++) da[i * d + c] = weight * dout[g] * w->head_w[c];
        }
        k->good &= p->k->fixed_add(k->scratch, width, sum_of(k, w->head_w));
        k->good &= p->k->fixed_add(&bias, 1, sum_of(k, w->head_b));
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
        k->good &= p->k->fixed_add(k->scratch, embeddings * width, sum_of(k, w->op_embed));
    }
}

static enum status sink_init(const struct pass *p, struct sink *k, struct arena *arena,
                             size_t embeddings)
{
    uint32_t *rows = arena_alloc(arena, (k->shards + 1) * sizeof(*rows));
    size_t scratch = embeddings * p->o->width;
    k->scratch = arena_alloc(arena, (scratch > 2 * p->d ? scratch : 2 * p->d) * sizeof(real));
    if (!rows || !k->scratch) return SIBYL_E_MEM;
    for (size_t s = 0; s <= k->shards; s++) rows[s] = p->b->start[k->graphs[s]];
    k->rows = rows;
    return SIBYL_OK;
}

enum status nnformer_backward(const struct nnformer_shape *s, const real *weights,
                              const struct batch *b, const uint32_t *shard_graphs, uint32_t shards,
                              struct arena *arena, const struct nnformer_state *state,
                              const real *dout, int64_t *gradient)
{
    struct pass p = pass_of(s, b);
    struct nnformer_view w;
    struct packed_layer packed[PREDICTOR_LAYERS_MAX];
    struct slopes k;
    struct sink sink = {.graphs = shard_graphs,
                        .shards = shards,
                        .sum = gradient,
                        .weights = weights,
                        .good = true};
    nnformer_view(&w, s, (real *)weights); /* only read */
    enum status st = slopes_allocate(&p, &k, arena);
    if (!st) st = sink_init(&p, &sink, arena, nnformer_embeddings(s));
    if (!st) st = packed_layers(packed, arena, s, &w, true);
    if (st) return st;
    readout_backward(&p, &w, &sink, state, dout, k.da);
    memset(k.dx, 0, p.rows * p.d * sizeof(real));
    norm_gradient(&p, &sink, w.out_gain, w.out_bias, state->x_out, state->mean_out, state->rstd_out,
                  k.da, k.dx);
    for (uint32_t l = s->options.layers; l-- > 0;)
        block_backward(&p, &w.layer[l], &packed[l], state, l, &sink, &k);
    memset(k.da, 0, p.rows * p.d * sizeof(real));
    norm_gradient(&p, &sink, w.in_gain, w.in_bias, state->x_in, state->mean_in, state->rstd_in,
                  k.dx, k.da);
    embedding_backward(&p, &w, &sink, nnformer_embeddings(s), k.da);
    if (sink.good) return SIBYL_OK;
    return err_set(SIBYL_E_RANGE, "a gradient is too large or not a number; lower training.rate");
}
