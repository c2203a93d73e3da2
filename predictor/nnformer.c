#include "predictor/nnformer.h"

#include "predictor/k_attention.h"
#include "predictor/k_graphconv.h"
#include "predictor/k_linear.h"
#include "predictor/k_norm.h"

#include <string.h>

/* `count` buffers of `size` numbers each, into the pointers given. */
static enum status buffers(struct arena *arena, size_t size, real ***list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(*list[i] = arena_alloc(arena, size * sizeof(real)))) return SIBYL_E_MEM;
    return SIBYL_OK;
}

static enum status layer_allocate(struct nnformer_layer *l, struct arena *arena,
                                  const struct batch *b, const struct predictor_options *o)
{
    size_t rows = b->rows, d = o->width;
    real **wide[] = {&l->x_a, &l->y, &l->attended, &l->x_f, &l->z};
    real **thin[] = {&l->mean_a, &l->rstd_a, &l->mean_f, &l->rstd_f};
    real **qkv[] = {&l->qkv}, **hidden[] = {&l->hidden}, **entries[] = {&l->probabilities};
    enum status st = buffers(arena, rows * d, wide, 5);
    if (!st) st = buffers(arena, rows, thin, 4);
    if (!st) st = buffers(arena, rows * 3 * d, qkv, 1);
    if (!st) st = buffers(arena, rows * o->feedforward, hidden, 1);
    if (!st) st = buffers(arena, attention_entries(b, o), entries, 1);
    return st;
}

/* Dropout's mask of `size` numbers. Keeps one in 1 - rate, by 32 bits a number. */
static enum status draw_mask(real **mask, struct arena *arena, struct rng *r, double rate,
                             size_t size)
{
    uint32_t below = (uint32_t)(rate * 0x1p32);
    real kept = (real)(1 / (1 - rate));
    *mask = arena_alloc(arena, size * sizeof(real));
    if (!*mask) return SIBYL_E_MEM;
    for (size_t i = 0; i < size; i++) (*mask)[i] = rng_u32(r) < below ? 0 : kept;
    return SIBYL_OK;
}

static enum status layer_draw_masks(struct nnformer_layer *l, struct arena *arena, struct rng *r,
                                    double rate, const struct batch *b,
                                    const struct predictor_options *o)
{
    size_t rows = b->rows;
    enum status st = draw_mask(&l->mask_p, arena, r, rate, attention_entries(b, o));
    if (!st) st = draw_mask(&l->mask_o, arena, r, rate, rows * o->width);
    if (!st) st = draw_mask(&l->mask_h, arena, r, rate, rows * o->feedforward);
    if (!st) st = draw_mask(&l->mask_f, arena, r, rate, rows * o->width);
    return st;
}

static enum status state_allocate(struct nnformer_state *s, struct arena *arena,
                                  const struct batch *b, const struct predictor_options *o,
                                  const struct nnformer_training *training)
{
    struct rng r = training ? training->rng : (struct rng){0};
    size_t rows = b->rows, d = o->width;
    real **wide[] = {&s->x_in, &s->x_out, &s->normed};
    real **thin[] = {&s->mean_in, &s->rstd_in, &s->mean_out, &s->rstd_out};
    real **pooled[] = {&s->pooled}, **ug[] = {&s->ug};
    enum status st = buffers(arena, rows * d, wide, 3);
    if (!st) st = buffers(arena, rows, thin, 4);
    if (!st) st = buffers(arena, b->graphs * d, pooled, 1);
    if (!st) st = buffers(arena, rows * 2 * o->feedforward, ug, 1);
    for (uint32_t l = 0; l < o->layers && !st; l++) {
        if (!training && l > 0) {
            s->layer[l] = s->layer[0];
            continue;
        }
        s->layer[l] = (struct nnformer_layer){0};
        st = layer_allocate(&s->layer[l], arena, b, o);
        if (!st && training && training->dropout > 0)
            st = layer_draw_masks(&s->layer[l], arena, &r, training->dropout, b, o);
    }
    return st;
}

static void apply_mask(real *x, const real *mask, size_t size)
{
    for (size_t i = 0; mask && i < size; i++) x[i] *= mask[i];
}

/* x += mask * (in W^T); `scratch` (rows, out) is used only where there is a mask. */
static void add_linear(size_t rows, size_t in, size_t out, const real *input, const real *weight,
                       const real *mask, real *scratch, real *x)
{
    if (!mask) {
        linear_forward(rows, in, out, input, weight, 1, x);
        return;
    }
    linear_forward(rows, in, out, input, weight, 0, scratch);
    for (size_t i = 0; i < rows * out; i++) x[i] += mask[i] * scratch[i];
}

/* The residual stream x (R, d) through one block, in place. */
static void block_forward(const struct predictor_options *o, const struct nnformer_layer_view *w,
                          const struct batch *b, struct nnformer_layer *l, real *ug, real *x)
{
    size_t rows = b->rows, d = o->width, f = o->feedforward;
    memcpy(l->x_a, x, rows * d * sizeof(real));
    norm_forward(rows, d, x, w->a_gain, w->a_bias, l->y, l->mean_a, l->rstd_a);
    linear_forward(rows, d, 3 * d, l->y, w->qkv, 0, l->qkv);
    attention_forward(b, o, l->qkv, l->mask_p, l->probabilities, l->attended);
    add_linear(rows, d, d, l->attended, w->proj, l->mask_o, ug, x);
    memcpy(l->x_f, x, rows * d * sizeof(real));
    norm_forward(rows, d, x, w->f_gain, w->f_bias, l->z, l->mean_f, l->rstd_f);
    linear_forward(rows, d, 2 * f, l->z, w->w1g, 0, ug);
    graphconv_forward(b, f, ug, l->hidden);
    apply_mask(l->hidden, l->mask_h, rows * f);
    add_linear(rows, f, d, l->hidden, w->w2, l->mask_f, ug, x);
}

/* The rows that graph g's readout adds up, and the weight of each; tokens are no part of a mean or
 * sum. */
static void readout_rows(const struct batch *b, enum readout readout, uint32_t g, uint32_t *first,
                         uint32_t *end, real *weight)
{
    *first = b->start[g] + b->tokens;
    *end = b->start[g + 1] - b->tokens;
    *weight = readout == READOUT_MEAN ? 1 / (real)(*end - *first) : 1;
    if (readout == READOUT_OUTPUT_NODE) *first = *end - 1;
    if (readout == READOUT_CLASS_TOKEN) *first = b->start[g], *end = *first + 1;
}

static void readout_forward(const struct predictor_options *o, const struct nnformer_view *w,
                            const struct batch *b, struct nnformer_state *s, real *out)
{
    size_t d = o->width;
    memset(s->pooled, 0, b->graphs * d * sizeof(real));
    for (uint32_t g = 0; g < b->graphs; g++) {
        uint32_t first, end;
        real weight, sum = w->head_b[0], *z = s->pooled + g * d;
        readout_rows(b, o->readout, g, &first, &end, &weight);
        for (uint32_t i = first; i < end; i++)
            for (size_t c = 0; c < d; c++) z[c] += weight * s->normed[i * d + c];
        for (size_t c = 0; c < d; c++) sum += z[c] * w->head_w[c];
        out[g] = sum;
    }
}

enum status nnformer_forward(const struct nnformer_shape *s, const real *weights,
                             const struct batch *b, struct arena *arena,
                             const struct nnformer_training *training, struct nnformer_state *state,
                             real *out)
{
    const struct predictor_options *o = &s->options;
    size_t d = o->width;
    struct nnformer_view w;
    nnformer_view(&w, s, (real *)weights); /* only read */
    enum status st = state_allocate(state, arena, b, o, training);
    if (st) return st;
    for (uint32_t i = 0; i < b->rows; i++) {
        if (b->embedding[i] >= nnformer_embeddings(s))
            return err_set(SIBYL_E_FORMAT, "row %u of the embedding table, which has %zu",
                           b->embedding[i], nnformer_embeddings(s));
        memcpy(state->x_in + i * d, w.op_embed + b->embedding[i] * d, d * sizeof(real));
    }
    norm_forward(b->rows, d, state->x_in, w.in_gain, w.in_bias, state->x_out, state->mean_in,
                 state->rstd_in);
    for (uint32_t l = 0; l < o->layers; l++)
        block_forward(o, &w.layer[l], b, &state->layer[l], state->ug, state->x_out);
    norm_forward(b->rows, d, state->x_out, w.out_gain, w.out_bias, state->normed, state->mean_out,
                 state->rstd_out);
    readout_forward(o, &w, b, state, out);
    return SIBYL_OK;
}

/* ---- backward ---- */

struct scratch {
    real *dx, *da, *dqkv, *dhidden, *dug, *row; /* (R,d) (R,d) (R,3d) (R,f) (R,2f) (R) */
};

static enum status scratch_allocate(struct scratch *k, struct arena *arena, size_t rows,
                                    const struct predictor_options *o)
{
    real **wide[] = {&k->dx, &k->da}, **qkv[] = {&k->dqkv}, **hidden[] = {&k->dhidden},
         **ug[] = {&k->dug};
    real **row[] = {&k->row};
    enum status st = buffers(arena, rows * o->width, wide, 2);
    if (!st) st = buffers(arena, rows * 3 * o->width, qkv, 1);
    if (!st) st = buffers(arena, rows * o->feedforward, hidden, 1);
    if (!st) st = buffers(arena, rows * 2 * o->feedforward, ug, 1);
    if (!st) st = buffers(arena, rows, row, 1);
    return st;
}

/* mask * x in `scratch`, or x itself where there is no mask. */
static const real *masked_copy(const real *x, const real *mask, real *scratch, size_t size)
{
    for (size_t i = 0; mask && i < size; i++) scratch[i] = mask[i] * x[i];
    return mask ? scratch : x;
}

/* k->dx: gradient by the block's output on entry, by its input on return. */
static void block_backward(const struct predictor_options *o, const struct nnformer_layer_view *w,
                           const struct nnformer_layer_view *dw, const struct batch *b,
                           const struct nnformer_layer *l, struct scratch *k)
{
    size_t rows = b->rows, d = o->width, f = o->feedforward;
    const real *dy = masked_copy(k->dx, l->mask_f, k->dqkv, rows * d);
    linear_backward(rows, f, d, dy, l->hidden, w->w2, k->dhidden, dw->w2);
    apply_mask(k->dhidden, l->mask_h, rows * f);
    graphconv_backward(b, f, l->hidden, k->dhidden, k->dug);
    linear_backward(rows, d, 2 * f, k->dug, l->z, w->w1g, k->da, dw->w1g);
    norm_backward(rows, d, k->da, l->x_f, l->mean_f, l->rstd_f, w->f_gain, k->dx, dw->f_gain,
                  dw->f_bias);
    dy = masked_copy(k->dx, l->mask_o, k->dqkv, rows * d);
    linear_backward(rows, d, d, dy, l->attended, w->proj, k->da, dw->proj);
    attention_backward(b, o, l->qkv, l->mask_p, l->probabilities, k->da, k->dqkv, k->row);
    linear_backward(rows, d, 3 * d, k->dqkv, l->y, w->qkv, k->da, dw->qkv);
    norm_backward(rows, d, k->da, l->x_a, l->mean_a, l->rstd_a, w->a_gain, k->dx, dw->a_gain,
                  dw->a_bias);
}

/* k->da (R, d): gradient by the normed rows. */
static void readout_backward(const struct predictor_options *o, const struct nnformer_view *w,
                             const struct nnformer_view *dw, const struct batch *b,
                             const struct nnformer_state *s, const real *dout, struct scratch *k)
{
    size_t d = o->width;
    memset(k->da, 0, b->rows * d * sizeof(real));
    for (uint32_t g = 0; g < b->graphs; g++) {
        uint32_t first, end;
        real weight;
        readout_rows(b, o->readout, g, &first, &end, &weight);
        dw->head_b[0] += dout[g];
        for (size_t c = 0; c < d; c++) dw->head_w[c] += dout[g] * s->pooled[g * d + c];
        for (uint32_t i = first; i < end; i++)
            for (size_t c = 0; c < d; c++) k->da[i * d + c] = weight * dout[g] * w->head_w[c];
    }
}

enum status nnformer_backward(const struct nnformer_shape *s, const real *weights,
                              const struct batch *b, struct arena *arena,
                              const struct nnformer_state *state, const real *dout, real *gradient)
{
    const struct predictor_options *o = &s->options;
    size_t d = o->width, rows = b->rows;
    struct nnformer_view w, dw;
    struct scratch k;
    nnformer_view(&w, s, (real *)weights); /* only read */
    nnformer_view(&dw, s, gradient);
    enum status st = scratch_allocate(&k, arena, rows, o);
    if (st) return st;
    readout_backward(o, &w, &dw, b, state, dout, &k);
    memset(k.dx, 0, rows * d * sizeof(real));
    norm_backward(rows, d, k.da, state->x_out, state->mean_out, state->rstd_out, w.out_gain, k.dx,
                  dw.out_gain, dw.out_bias);
    for (uint32_t l = o->layers; l-- > 0;)
        block_backward(o, &w.layer[l], &dw.layer[l], b, &state->layer[l], &k);
    memset(k.da, 0, rows * d * sizeof(real));
    norm_backward(rows, d, k.dx, state->x_in, state->mean_in, state->rstd_in, w.in_gain, k.da,
                  dw.in_gain, dw.in_bias);
    for (uint32_t i = 0; i < rows; i++)
        for (size_t c = 0; c < d; c++) dw.op_embed[b->embedding[i] * d + c] += k.da[i * d + c];
    return SIBYL_OK;
}
