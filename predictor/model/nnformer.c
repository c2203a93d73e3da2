#include "predictor/model/nnformer.h"

#include "predictor/inputs/readout.h"
#include "predictor/kernels/parallel.h"
#include "predictor/model/pass.h"

#include <math.h>
#include <string.h>

static enum status layer_allocate(const struct pass *p, struct nnformer_layer *l,
                                  struct arena *arena, bool dropout)
{
    real **wide[] = {&l->x_a, &l->y, &l->attended, &l->x_f};
    real **thin[] = {&l->mean_a, &l->rstd_a, &l->mean_f, &l->rstd_f};
    real **qkv[] = {&l->qkv, &l->wide}, **hidden[] = {&l->hidden},
         **entries[] = {&l->probabilities, &l->mask};
    enum status st = pass_buffers(arena, p->rows * p->d, wide, 4);
    if (!st) st = pass_buffers(arena, p->rows, thin, 4);
    if (!st) st = pass_buffers(arena, p->rows * 3 * p->d, qkv, 2);
    if (!st) st = pass_buffers(arena, p->rows * p->f, hidden, 1);
    if (!st) st = pass_buffers(arena, attention_entries(p->b, p->o), entries, dropout ? 2 : 1);
    if (!dropout) l->mask = NULL;
    return st;
}

static enum status state_allocate(const struct pass *p, struct nnformer_state *s,
                                  struct arena *arena)
{
    real **wide[] = {&s->x_in, &s->x_out, &s->normed, &s->spare};
    real **thin[] = {&s->mean_in, &s->rstd_in, &s->mean_out, &s->rstd_out};
    real **pooled[] = {&s->pooled};
    enum status st = pass_buffers(arena, p->rows * p->d, wide, 4);
    if (!st) st = pass_buffers(arena, p->rows, thin, 4);
    if (!st) st = pass_buffers(arena, p->b->graphs * p->d, pooled, 1);
    for (uint32_t l = 0; l < p->o->layers && !st; l++)
        st = layer_allocate(p, &s->layer[l], arena, s->dropout.below > 0);
    return st;
}

static void norm(const struct pass *p, const real *x, const real *gain, const real *bias, real *y,
                 size_t y_stride, real *mean, real *rstd)
{
    pass_norm(p, &(struct norm){.width = p->o->width,
                                .x = x,
                                .gain = gain,
                                .bias = bias,
                                .y = y,
                                .y_stride = y_stride,
                                .mean = mean,
                                .rstd = rstd});
}

/* out = x + dropout(input B) */
static void residual(const struct pass *p, struct nnformer_state *s, uint32_t layer, enum site site,
                     const real *input, const struct matrix *m, const real *x, real *out)
{
    bool dropout = s->dropout.below > 0;
    pass_product(p, m, 0, m->count,
                 &(struct product){.x = input,
                                   .x_stride = m->in,
                                   .residual = dropout ? NULL : x,
                                   .y = dropout ? s->spare : out,
                                   .y_stride = p->d});
    struct dropped_rows rows = {p->b, p->d, s->spare, x, out};
    if (dropout) pass_drop(p, s, layer, site, &rows);
}

static void attend(const struct pass *p, struct nnformer_state *s, uint32_t layer)
{
    struct nnformer_layer *l = &s->layer[layer];
    struct attention a = pass_attention(p, l);
    struct dropout d = pass_dropout(s, layer, SITE_PROBABILITIES);
    a.out = l->attended;
#pragma omp parallel num_threads(p->threads)
    {
        size_t first, end;
        parallel_part(p->b->graphs, 1, &first, &end);
        if (l->mask) p->k->dropout_attention(&d, &a, first, end);
        p->k->attention_forward(&a, p->b->start[first], p->b->start[end]);
    }
}

/* A Z and A^T Z beside Z. */
static void sum_neighbours(const struct pass *p, real *wide)
{
    struct graphconv sums = {.lists = &p->b->successors,
                             .weights = p->b->successor_weight,
                             .g = wide + p->d,
                             .stride = 3 * p->d,
                             .columns = p->d,
                             .out = wide,
                             .out_stride = 3 * p->d};
    pass_neighbours(p, &sums);
    sums.lists = &p->b->predecessors;
    sums.weights = p->b->predecessor_weight;
    sums.out = wide + 2 * p->d;
    pass_neighbours(p, &sums);
}

/* hidden = relu([A Z, Z] ..., [Z, A^T Z] ...), half by half. */
static void hidden_forward(const struct pass *p, const struct packed_forward *packed,
                           struct nnformer_layer *l)
{
    const struct matrix *m = &packed->hidden;
    size_t half = m->count / 2;
    for (size_t i = 0; i < 2; i++)
        pass_product(p, m, i * half, half,
                     &(struct product){.x = l->wide + i * p->d,
                                       .x_stride = 3 * p->d,
                                       .y = l->hidden + i * half * REAL_LANES,
                                       .y_stride = p->f,
                                       .relu = true});
}

/* l->x_a through the block, to `out`. */
static void block_forward(const struct pass *p, const struct nnformer_layer_view *w,
                          const struct packed_forward *packed, struct nnformer_state *s,
                          uint32_t layer, real *out)
{
    struct nnformer_layer *l = &s->layer[layer];
    norm(p, l->x_a, w->a_gain, w->a_bias, l->y, p->d, l->mean_a, l->rstd_a);
    pass_product(p, &packed->qkv, 0, packed->qkv.count,
                 &(struct product){.x = l->y, .x_stride = p->d, .y = l->qkv, .y_stride = 3 * p->d});
    attend(p, s, layer);
    residual(p, s, layer, SITE_ATTENDED, l->attended, &packed->proj, l->x_a, l->x_f);
    norm(p, l->x_f, w->f_gain, w->f_bias, l->wide + p->d, 3 * p->d, l->mean_f, l->rstd_f);
    sum_neighbours(p, l->wide);
    hidden_forward(p, packed, l);
    struct dropped_rows rows = {p->b, p->f, l->hidden, NULL, l->hidden};
    if (l->mask) pass_drop(p, s, layer, SITE_HIDDEN, &rows);
    residual(p, s, layer, SITE_OUTPUT, l->hidden, &packed->w2, l->x_f, out);
}

static void readout_forward(const struct pass *p, const struct nnformer_view *w,
                            struct nnformer_state *s, real *out)
{
    size_t width = p->o->width, d = p->d, outputs = p->o->outputs;
    memset(s->pooled, 0, p->b->graphs * d * sizeof(real));
    for (uint32_t g = 0; g < p->b->graphs; g++) {
        uint32_t first, end;
        real weight, *z = s->pooled + g * d;
        readout_rows(p->b, p->o->readout, g, &first, &end, &weight);
        for (uint32_t i = first; i < end; i++)
            for (size_t c = 0; c < width; c++) z[c] += weight * s->normed[i * d + c];
        for (size_t o = 0; o < outputs; o++) {
            real sum = w->head_b[o];
            for (size_t c = 0; c < width; c++) sum += z[c] * w->head_w[o * width + c];
            out[g * outputs + o] = sum;
        }
    }
}

static void embed(const struct pass *p, const struct nnformer_view *w, real *x)
{
    size_t width = p->o->width, d = p->d;
    memset(x, 0, p->rows * d * sizeof(real));
    for (size_t i = 0; i < p->rows; i++)
        memcpy(x + i * d, w->op_embed + p->b->embedding[i] * width, width * sizeof(real));
}

/* x (R, d) += W_attr e(attributes), always in float32. */
static enum status embed_attributes(const struct pass *p, const struct nnformer_view *w,
                                    struct nnformer_state *s, struct arena *arena, real *x)
{
    const struct attribute_encoding *e = &p->o->attributes;
    struct packer packer;
    struct matrix m;
    struct side features = {1, attributes_columns(e)};
    if (!w->attr) return SIBYL_OK;
    s->encoding = arena_alloc(arena, p->rows * side_padded(features) * sizeof(real));
    if (!s->encoding) return SIBYL_E_MEM;
    packer_init(&packer, arena, p->k, PRECISION_FLOAT32);
    enum status st = pack_forward(&m, &packer, w->attr, p->sides.width, features, NULL);
    packer_release(&packer);
    if (st) return st;
#pragma omp parallel num_threads(p->threads)
    {
        size_t first, end;
        parallel_part(p->rows, 1, &first, &end);
        batch_encode(p->b, e, first, end, s->encoding + first * side_padded(features));
    }
    pass_product(p, &m, 0, m.count,
                 &(struct product){
                     .x = s->encoding, .x_stride = m.in, .residual = x, .y = x, .y_stride = p->d});
    return SIBYL_OK;
}

static void want(const struct nnformer_training *training, ptrdiff_t below)
{
    if (training && training->want) training->want(training->context, (size_t)below);
}

enum status nnformer_forward(const struct nnformer_shape *s, const real *weights,
                             const struct batch *b, struct arena *arena,
                             const struct nnformer_training *training, struct nnformer_state *state,
                             real *out)
{
    struct pass p;
    struct packer packer;
    uint32_t layers = s->options.layers;
    struct nnformer_view w;
    state->mode = training ? training->mode : (struct nnformer_mode){0};
    state->dropout = (struct dropout){0};
    if (training && training->dropout > 0)
        state->dropout = (struct dropout){.below = (uint32_t)lround(training->dropout * 65536),
                                          .key = {training->key[0], training->key[1]},
                                          .graph_numbers = training->graph_numbers};
    nnformer_view(&w, s, (real *)weights); /* only read */
    enum status st = batch_check(b, nnformer_embeddings(s));
    if (!st) st = pass_init(&p, s, b, &state->mode, arena);
    if (st) return st;
    if (!st && attention_entries(b, &s->options) == SIZE_MAX)
        st = err_set(SIBYL_E_RANGE, "a graph has nodes with too many siblings to train on");
    if (!st) st = state_allocate(&p, state, arena);
    if (st) return st;
    want(training, w.layer[0].a_gain - weights);
    embed(&p, &w, state->x_in);
    st = embed_attributes(&p, &w, state, arena, state->x_in);
    if (st) return st;
    norm(&p, state->x_in, w.in_gain, w.in_bias, state->layer[0].x_a, p.d, state->mean_in,
         state->rstd_in);
    packer_init(&packer, arena, p.k, p.precision);
    struct arena_mark layer = arena_mark(arena); /* a layer's matrices stand where the last's did */
    for (uint32_t l = 0; l < layers && !st; l++) {
        struct packed_forward packed;
        bool last = l + 1 == layers;
        want(training, (last ? w.out_gain : w.layer[l + 1].a_gain) - weights);
        arena_rewind(arena, layer);
        st = packed_forward(&packed, &packer, p.o, &w.layer[l]);
        if (!st)
            block_forward(&p, &w.layer[l], &packed, state, l,
                          last ? state->x_out : state->layer[l + 1].x_a);
    }
    packer_release(&packer);
    if (st) return st;
    want(training, (ptrdiff_t)nnformer_parameters(s));
    norm(&p, state->x_out, w.out_gain, w.out_bias, state->normed, p.d, state->mean_out,
         state->rstd_out);
    readout_forward(&p, &w, state, out);
    return SIBYL_OK;
}
