#include "predictor/model/packed.h"

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

/* One panel whose rows of W are all there, in one run from `row` on. */
static void fill_panel(const struct packer *p, real *panel, const real *row, struct side in,
                       const real *gain)
{
    size_t padded = real_padded(in.length), stride = in.segments * in.length;
    for (size_t s = 0; s < in.segments; s++, panel += padded * REAL_LANES) {
        p->k->panel(row + s * in.length, stride, in.length, panel);
        memset(panel + in.length * REAL_LANES, 0,
               (padded - in.length) * REAL_LANES * sizeof(*panel));
        for (size_t k = 0; gain && k < in.length; k++)
            for (size_t l = 0; l < REAL_LANES; l++)
                panel[k * REAL_LANES + l] *= gain[s * in.length + k];
    }
}

/* One panel with padding: rows of W where row[l] says so. */
static void fill_padded_panel(real *panel, const real *weight, const size_t row[REAL_LANES],
                              struct side in, const real *gain)
{
    size_t ins = side_padded(in), stride = in.segments * in.length;
    for (size_t k = 0; k < ins; k++) {
        size_t column = unpadded(in, k);
        real scale = gain && column != PADDING ? gain[column] : 1;
        for (size_t l = 0; l < REAL_LANES; l++)
            panel[k * REAL_LANES + l] = row[l] == PADDING || column == PADDING
                                            ? 0
                                            : weight[row[l] * stride + column] * scale;
    }
}

/* Panels stand `step` numbers apart. */
static void fill_forward(const struct packer *p, real *panels, size_t step, const real *weight,
                         struct side out, struct side in, const real *gain)
{
    size_t outs = side_padded(out), stride = in.segments * in.length;
    for (size_t first = 0; first < outs; first += REAL_LANES, panels += step) {
        size_t row[REAL_LANES];
        for (size_t l = 0; l < REAL_LANES; l++) row[l] = unpadded(out, first + l);
        if (row[REAL_LANES - 1] != PADDING)
            fill_panel(p, panels, weight + row[0] * stride, in, gain);
        else
            fill_padded_panel(panels, weight, row, in, gain);
    }
}

/* One row of W into every panel, which stand `step` numbers apart. */
static void spread_row(real *panel, size_t step, const real *row, struct side in)
{
    for (size_t s = 0; s < in.segments; s++, row += in.length) {
        size_t k = 0;
        for (; k + REAL_LANES <= in.length; k += REAL_LANES, panel += step)
            memcpy(panel, row + k, REAL_LANES * sizeof(*panel)); /* one vector */
        if (k == in.length) continue;
        memset(panel, 0, REAL_LANES * sizeof(*panel));
        memcpy(panel, row + k, (in.length - k) * sizeof(*panel));
        panel += step;
    }
}

/* For dx = dy W. */
static void fill_backward(real *panels, const real *weight, struct side out, struct side in)
{
    size_t padded = real_padded(out.length), stride = in.segments * in.length;
    size_t step = side_padded(out) * REAL_LANES, count = side_padded(in) / REAL_LANES;
    size_t padding = (padded - out.length) * REAL_LANES;
    for (size_t s = 0; s < out.segments; s++, panels += padding) {
        for (size_t k = 0; k < out.length; k++, weight += stride, panels += REAL_LANES)
            spread_row(panels, step, weight, in);
        for (size_t i = 0; padding > 0 && i < count; i++)
            memset(panels + i * step, 0, padding * sizeof(*panels));
    }
}

void packer_init(struct packer *p, struct arena *arena, const struct kernels *k,
                 enum precision precision)
{
    *p = (struct packer){.arena = arena, .k = k, .precision = precision};
    arena_init(&p->scratch);
}

void packer_release(struct packer *p)
{
    arena_release(&p->scratch);
}

/* Room for panels in float32: what stays, or scratch memory that is rounded from. */
static real *begin(struct packer *p, struct matrix *m, size_t in, size_t out)
{
    bool bf16 = p->precision == PRECISION_BF16;
    *m = (struct matrix){.in = in, .count = out / REAL_LANES};
    if (bf16) arena_reset(&p->scratch);
    m->panels = arena_alloc(bf16 ? &p->scratch : p->arena, in * out * sizeof(real));
    return m->panels;
}

/* A panel has an even number of rows, so that pairs of them lie in one. */
static enum status finish(struct packer *p, struct matrix *m)
{
    if (p->precision != PRECISION_BF16) return SIBYL_OK;
    size_t rows = m->in * m->count;
    m->bf16 = arena_alloc(p->arena, rows * REAL_LANES * sizeof(*m->bf16));
    if (!m->bf16) return SIBYL_E_MEM;
    struct pair_bf16 pairs = {m->panels, REAL_LANES, rows, REAL_LANES, m->bf16};
    p->k->pair_bf16(&pairs, 0, rows / 2);
    m->panels = NULL;
    return SIBYL_OK;
}

enum status pack_forward(struct matrix *m, struct packer *p, const real *weight, struct side out,
                         struct side in, const real *gain)
{
    if (!begin(p, m, side_padded(in), side_padded(out))) return SIBYL_E_MEM;
    fill_forward(p, m->panels, m->in * REAL_LANES, weight, out, in, gain);
    return finish(p, m);
}

enum status pack_backward(struct matrix *m, struct packer *p, const real *weight, struct side out,
                          struct side in)
{
    if (!begin(p, m, side_padded(out), side_padded(in))) return SIBYL_E_MEM;
    fill_backward(m->panels, weight, out, in);
    return finish(p, m);
}

enum status pack_hidden(struct matrix *m, struct packer *p, const real *w1g,
                        const struct predictor_options *o)
{
    struct side half = {1, o->feedforward / 2}, width = {1, o->width};
    size_t d = side_padded(width), part = d * REAL_LANES, step = 2 * part;
    size_t columns = side_padded(half), quarter = half.length * o->width;
    if (!begin(p, m, 2 * d, 2 * columns)) return SIBYL_E_MEM;
    real *forward = m->panels, *backward = forward + columns / REAL_LANES * step;
    fill_forward(p, forward, step, w1g + 2 * quarter, half, width, NULL); /* W_g, then W_1 */
    fill_forward(p, forward + part, step, w1g, half, width, NULL);
    fill_forward(p, backward, step, w1g + quarter, half, width, NULL); /* W_1, then W_g */
    fill_forward(p, backward + part, step, w1g + 3 * quarter, half, width, NULL);
    return finish(p, m);
}

enum status pack_bias(struct matrix *m, struct packer *p, const real *weight, struct side out,
                      size_t in, const real *x)
{
    m->bias = arena_alloc(p->arena, side_padded(out) * sizeof(real));
    if (!m->bias) return SIBYL_E_MEM;
    for (size_t i = 0; i < side_padded(out); i++) {
        size_t row = unpadded(out, i);
        double sum = 0;
        for (size_t k = 0; k < in && row != PADDING; k++)
            sum += (double)weight[row * in + k] * (double)x[k];
        m->bias[i] = (real)sum;
    }
    return SIBYL_OK;
}

enum status packed_forward(struct packed_forward *out, struct packer *p,
                           const struct predictor_options *o, const struct nnformer_layer_view *w)
{
    struct layer_sides sides = layer_sides(o);
    enum status st = pack_forward(&out->qkv, p, w->qkv, sides.qkv, sides.width, NULL);
    if (!st) st = pack_forward(&out->proj, p, w->proj, sides.width, sides.width, NULL);
    if (!st) st = pack_hidden(&out->hidden, p, w->w1g, o);
    if (!st) st = pack_forward(&out->w2, p, w->w2, sides.width, sides.hidden, NULL);
    return st;
}

enum status packed_backward(struct packed_backward *out, struct packer *p,
                            const struct predictor_options *o, const struct nnformer_layer_view *w)
{
    struct layer_sides sides = layer_sides(o);
    size_t half = sides.half.length * o->width;
    enum status st = pack_backward(&out->qkv, p, w->qkv, sides.qkv, sides.width);
    if (!st) st = pack_backward(&out->proj, p, w->proj, sides.width, sides.width);
    if (!st) st = pack_backward(&out->w1, p, w->w1g, sides.hidden, sides.width);
    for (size_t i = 0; i < 2 && !st; i++)
        st = pack_backward(&out->wg[i], p, w->wg + i * half, sides.half, sides.width);
    if (!st) st = pack_backward(&out->w2, p, w->w2, sides.width, sides.hidden);
    return st;
}
