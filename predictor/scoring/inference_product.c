#include "predictor/scoring/inference_internal.h"

void inference_norm(const struct inference *n, size_t rows, const real *x, const real *gain,
                    const real *bias, real *y, size_t y_stride)
{
    struct norm p = {.width = n->shape->options.width,
                     .x = x,
                     .gain = gain,
                     .bias = bias,
                     .y = y,
                     .y_stride = y_stride};
    n->k->norm_forward(&p, 0, rows);
}

void inference_product_part(const struct inference *n, const struct operand *x,
                            const struct matrix *m, const struct target *y, const struct part *part,
                            size_t first, size_t end)
{
    size_t step = m->in * REAL_LANES, to = part->panel * REAL_LANES;
    size_t at = part->panel * step + part->row * REAL_LANES;
    struct product p = {.x_stride = x->stride,
                        .k = part->k,
                        .panel_step = step,
                        .count = part->count,
                        .bias = m->bias ? m->bias + to : NULL,
                        .residual = y->residual ? y->residual + to : NULL,
                        .y_stride = y->stride,
                        .relu = y->relu};
    if (!y->bf16) p.y = y->f32 + to;
    if (m->bf16) {
        struct product_bf16 q = {p, x->bf16 + part->column, m->bf16 + at,
                                 y->bf16 ? y->bf16 + to : NULL};
        n->k->product_bf16(&q, first, end);
    } else {
        p.x = x->f32 + part->column;
        p.panels = m->panels + at;
        n->k->product(&p, first, end);
    }
}

void inference_product(const struct inference *n, size_t rows, const struct operand *x,
                       const struct matrix *m, const struct target *y)
{
    inference_product_part(n, x, m, y, &(struct part){.k = m->in, .count = m->count}, 0, rows);
}

struct operand inference_operand(const struct inference *n, const real *x, size_t rows,
                                 size_t columns, uint16_t *rounded)
{
    if (n->precision == PRECISION_BF16) n->k->round_bf16(x, rows * columns, rounded);
    return (struct operand){x, rounded, columns};
}
