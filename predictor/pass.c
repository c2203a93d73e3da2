#include "predictor/pass.h"

#include "predictor/parallel.h"

#define ROW_GRAIN 12 /* rows of a product's tile */

struct pass pass_of(const struct nnformer_shape *s, const struct batch *b, int threads)
{
    struct layer_sides sides = layer_sides(&s->options);
    return (struct pass){.k = kernels_level(0),
                         .o = &s->options,
                         .b = b,
                         .sides = sides,
                         .rows = b->rows,
                         .d = side_padded(sides.width),
                         .f = side_padded(sides.hidden),
                         .threads = threads < 1 ? 1 : threads};
}

enum status pass_buffers(struct arena *arena, size_t size, real ***list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(*list[i] = arena_alloc(arena, size * sizeof(real)))) return SIBYL_E_MEM;
    return SIBYL_OK;
}

void pass_product(const struct pass *p, const struct product *q)
{
#pragma omp parallel num_threads(p->threads)
    {
        size_t first, end;
        parallel_part(p->rows, ROW_GRAIN, &first, &end);
        p->k->product(q, first, end);
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
