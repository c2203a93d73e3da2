#include "predictor/packed.h"

#include <string.h>

#define PADDING SIZE_MAX

size_t side_padded(struct side s)
{
    return s.segments * real_padded(s.length);
}

/* Which number without padding stands at `at`, or PADDING. */
static size_t unpadded(struct side s, size_t at)
{
    size_t segment = at / real_padded(s.length), inside = at % real_padded(s.length);
    return inside < s.length ? segment * s.length + inside : PADDING;
}

struct layer_sides layer_sides(const struct predictor_options *o)
{
    return (struct layer_sides){.width = {1, o->width},
                                .qkv = {3, o->width},
                                .half = {1, o->feedforward / 2},
                                .hidden = {2, o->feedforward / 2}};
}

/* Panels stand `step` numbers apart. */
static void fill_forward(real *panels, size_t step, const real *weight, struct side out,
                         struct side in, const real *gain)
{
    size_t outs = side_padded(out), ins = side_padded(in), stride = in.segments * in.length;
    for (size_t first = 0; first < outs; first += REAL_LANES, panels += step) {
        size_t row[REAL_LANES];
        for (size_t l = 0; l < REAL_LANES; l++) row[l] = unpadded(out, first + l);
        for (size_t k = 0; k < ins; k++) {
            size_t column = unpadded(in, k);
            real scale = gain && column != PADDING ? gain[column] : 1;
            for (size_t l = 0; l < REAL_LANES; l++)
                panels[k * REAL_LANES + l] = row[l] == PADDING || column == PADDING
                                                 ? 0
                                                 : weight[row[l] * stride + column] * scale;
        }
    }
}

/* For dx = dy W. */
static void fill_backward(real *panels, const real *weight, struct side out, struct side in)
{
    size_t outs = side_padded(out), ins = side_padded(in), stride = in.segments * in.length;
    for (size_t first = 0; first < ins; first += REAL_LANES, panels += outs * REAL_LANES) {
        size_t column = unpadded(in, first), width = REAL_LANES;
        size_t inside = first % real_padded(in.length); /* a panel lies in one segment */
        if (inside + width > in.length) width = in.length - inside;
        for (size_t k = 0; k < outs; k++) {
            size_t row = unpadded(out, k);
            memset(panels + k * REAL_LANES, 0, REAL_LANES * sizeof(real));
            if (row != PADDING)
                memcpy(panels + k * REAL_LANES, weight + row * stride + column,
                       width * sizeof(real));
        }
    }
}

static enum status allocate(real **panels, struct arena *arena, struct side out, struct side in)
{
    *panels = arena_alloc(arena, side_padded(out) * side_padded(in) * sizeof(real));
    return *panels ? SIBYL_OK : SIBYL_E_MEM;
}

enum status pack_forward(real **panels, struct arena *arena, const real *weight, struct side out,
                         struct side in, const real *gain)
{
    enum status st = allocate(panels, arena, out, in);
    if (!st) fill_forward(*panels, side_padded(in) * REAL_LANES, weight, out, in, gain);
    return st;
}

enum status pack_hidden(real **panels, struct arena *arena, const real *w1g,
                        const struct predictor_options *o)
{
    struct side half = {1, o->feedforward / 2}, width = {1, o->width};
    size_t d = side_padded(width), part = d * REAL_LANES, step = 2 * part;
    size_t columns = side_padded(half), quarter = half.length * o->width;
    *panels = arena_alloc(arena, 2 * columns * 2 * d * sizeof(real));
    if (!*panels) return SIBYL_E_MEM;
    real *backward = *panels + columns / REAL_LANES * step;
    fill_forward(*panels, step, w1g + 2 * quarter, half, width, NULL); /* W_g, then W_1 */
    fill_forward(*panels + part, step, w1g, half, width, NULL);
    fill_forward(backward, step, w1g + quarter, half, width, NULL); /* W_1, then W_g */
    fill_forward(backward + part, step, w1g + 3 * quarter, half, width, NULL);
    return SIBYL_OK;
}

/* To nearest, ties to even. */
static uint16_t bf16_of(real x)
{
    float f = (float)x;
    uint32_t bits;
    memcpy(&bits, &f, sizeof(bits));
    if (f != f) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

enum status pack_bf16(uint16_t **out, struct arena *arena, const real *panels, size_t in,
                      size_t count)
{
    size_t numbers = in * count * REAL_LANES;
    *out = arena_alloc(arena, numbers * sizeof(**out));
    if (!*out) return SIBYL_E_MEM;
    for (size_t i = 0; i < numbers; i++) {
        size_t pair = i / (2 * REAL_LANES), lane = i / 2 % REAL_LANES, which = i % 2;
        (*out)[i] = bf16_of(panels[(2 * pair + which) * REAL_LANES + lane]);
    }
    return SIBYL_OK;
}

enum status pack_bias(real **y, struct arena *arena, const real *weight, struct side out, size_t in,
                      const real *x)
{
    *y = arena_alloc(arena, side_padded(out) * sizeof(real));
    if (!*y) return SIBYL_E_MEM;
    for (size_t i = 0; i < side_padded(out); i++) {
        size_t row = unpadded(out, i);
        double sum = 0;
        for (size_t k = 0; k < in && row != PADDING; k++)
            sum += (double)weight[row * in + k] * (double)x[k];
        (*y)[i] = (real)sum;
    }
    return SIBYL_OK;
}

struct product packed_product(const real *x, size_t in, const real *panels, real *y, size_t out)
{
    return (struct product){.x = x,
                            .x_stride = in,
                            .k = in,
                            .panels = panels,
                            .panel_step = in * REAL_LANES,
                            .count = out / REAL_LANES,
                            .y = y,
                            .y_stride = out};
}

enum status packed_forward(struct packed_forward *out, struct arena *arena,
                           const struct nnformer_shape *s, const struct nnformer_view *w)
{
    struct layer_sides sides = layer_sides(&s->options);
    enum status st = SIBYL_OK;
    for (uint32_t l = 0; l < s->options.layers && !st; l++) {
        const struct nnformer_layer_view *v = &w->layer[l];
        st = pack_forward(&out[l].qkv, arena, v->qkv, sides.qkv, sides.width, NULL);
        if (!st) st = pack_forward(&out[l].proj, arena, v->proj, sides.width, sides.width, NULL);
        if (!st) st = pack_hidden(&out[l].hidden, arena, v->w1g, &s->options);
        if (!st) st = pack_forward(&out[l].w2, arena, v->w2, sides.width, sides.hidden, NULL);
    }
    return st;
}

static enum status pack_backward(real **panels, struct arena *arena, const real *weight,
                                 struct side out, struct side in)
{
    enum status st = allocate(panels, arena, out, in);
    if (!st) fill_backward(*panels, weight, out, in);
    return st;
}

enum status packed_backward(struct packed_backward *out, struct arena *arena,
                            const struct nnformer_shape *s, const struct nnformer_view *w)
{
    struct layer_sides sides = layer_sides(&s->options);
    size_t half = sides.half.length * s->options.width;
    enum status st = SIBYL_OK;
    for (uint32_t l = 0; l < s->options.layers && !st; l++) {
        const struct nnformer_layer_view *v = &w->layer[l];
        struct packed_backward *p = &out[l];
        st = pack_backward(&p->qkv, arena, v->qkv, sides.qkv, sides.width);
        if (!st) st = pack_backward(&p->proj, arena, v->proj, sides.width, sides.width);
        if (!st) st = pack_backward(&p->w1, arena, v->w1g, sides.hidden, sides.width);
        for (size_t i = 0; i < 2 && !st; i++)
            st = pack_backward(&p->wg[i], arena, v->wg + i * half, sides.half, sides.width);
        if (!st) st = pack_backward(&p->w2, arena, v->w2, sides.width, sides.hidden);
    }
    return st;
}
