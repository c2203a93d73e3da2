#include "predictor/model/pass.h"

#include "predictor/kernels/parallel.h"

#define ROW_GRAIN 12 /* rows of a product's tile */

enum status pass_init(struct pass *p, const struct nnformer_shape *s, const struct batch *b,
                      const struct nnformer_mode *mode, struct arena *arena)
{
    struct layer_sides sides = layer_sides(&s->options);
    *p = (struct pass){.k = kernels_level(0),
                       .o = &s->options,
                       .b = b,
                       .sides = sides,
                       .rows = b->rows,
                       .d = side_padded(sides.width),
                       .f = side_padded(sides.hidden),
                       .threads = mode->threads < 1 ? 1 : mode->threads,
                       .precision = mode->precision};
    if (p->precision == PRECISION_FLOAT32) return SIBYL_OK;
    if (!p->k->product_bf16)
        return err_set(SIBYL_E_USAGE, "this CPU has no instructions for bfloat16");
    size_t widest = p->f > 3 * p->d ? p->f : 3 * p->d;
    p->rounded = arena_alloc(arena, p->rows * widest * sizeof(*p->rounded));
    return p->rounded ? SIBYL_OK : SIBYL_E_MEM;
}

enum status pass_buffers(struct arena *arena, size_t size, real ***list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(*list[i] = arena_alloc(arena, size * sizeof(real)))) return SIBYL_E_MEM;
    return SIBYL_OK;
}

/* Rows first .. end-1, rounded on the way. */
static void product_bf16(const struct pass *p, const struct product *q, const uint16_t *panels,
                         size_t first, size_t end)
{
    struct product_bf16 r = {*q, p->rounded, panels, NULL};
    r.f32.x_stride = q->k;
    for (size_t i = first; i < end; i++)
        p->k->round_bf16(q->x + i * q->x_stride, q->k, p->rounded + i * q->k);
    p->k->product_bf16(&r, first, end);
}

void pass_product(const struct pass *p, const struct matrix *m, size_t panel, size_t count,
                  const struct product *q)
{
    struct product whole = *q;
    whole.k = m->in;
    whole.panel_step = m->in * REAL_LANES;
    whole.count = count;
    if (!m->bf16) whole.panels = m->panels + panel * whole.panel_step;
#pragma omp parallel num_threads(p->threads)
    {
        size_t first, end;
        parallel_part(p->rows, ROW_GRAIN, &first, &end);
        if (m->bf16)
            product_bf16(p, &whole, m->bf16 + panel * whole.panel_step, first, end);
        else
            p->k->product(&whole, first, end);
    }
}

void pass_norm(const struct pass *p, const struct norm *n)
{
#pragma omp parallel num_threads(p->threads)
    {
        size_t first, end;
        parallel_part(p->rows, 1, &first, &end);
        p->k->norm_forward(n, first, end);
    }
}

void pass_neighbours(const struct pass *p, const struct graphconv *c)
{
#pragma omp parallel num_threads(p->threads)
    {
        size_t first, end;
        parallel_part(p->rows, 1, &first, &end);
        p->k->graphconv(c, first, end);
    }
}

struct dropout pass_dropout(const struct nnformer_state *s, uint32_t layer, enum site site)
{
    struct dropout d = s->dropout;
    d.site = layer * SITES + (uint32_t)site;
    return d;
}

void pass_drop(const struct pass *p, const struct nnformer_state *s, uint32_t layer, enum site site,
               const struct dropped_rows *rows)
{
    struct dropout d = pass_dropout(s, layer, site);
#pragma omp parallel num_threads(p->threads)
    {
        size_t first, end;
        parallel_part(p->b->graphs, 1, &first, &end);
        p->k->dropout_rows(&d, rows, first, end);
    }
}

struct attention pass_attention(const struct pass *p, const struct nnformer_layer *l)
{
    return (struct attention){.batch = p->b,
                              .options = p->o,
                              .qkv = l->qkv,
                              .mask = l->mask,
                              .probabilities = l->probabilities};
}
