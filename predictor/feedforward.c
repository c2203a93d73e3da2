#include "predictor/feedforward.h"

void feedforward_hidden(const struct feedforward *p)
{
    size_t panels = p->f / REAL_LANES, panel_size = p->d * REAL_LANES;
    for (size_t i = 0; i < panels; i++) {
        bool forward = i < panels / 2;
        real bias[2 * REAL_LANES];
        for (size_t c = 0; p->bias && c < REAL_LANES; c++) {
            bias[c] = p->bias[i * REAL_LANES + c];
            bias[REAL_LANES + c] = p->bias[p->f + i * REAL_LANES + c];
        }
        struct product ug = {.x = p->z,
                             .x_stride = p->d,
                             .k = p->d,
                             .panels = p->w1g + i * panel_size,
                             .panel_step = panels * panel_size, /* U's, then G's */
                             .count = 2,
                             .bias = p->bias ? bias : NULL,
                             .y = p->strip,
                             .y_stride = 2 * REAL_LANES};
        struct graphconv conv = {.lists = forward ? &p->b->successors : &p->b->predecessors,
                                 .weights =
                                     forward ? p->b->successor_weight : p->b->predecessor_weight,
                                 .u = p->strip,
                                 .g = p->strip + REAL_LANES,
                                 .stride = 2 * REAL_LANES,
                                 .columns = REAL_LANES,
                                 .out = p->hidden + i * REAL_LANES,
                                 .out_stride = p->f};
        p->k->product(&ug, 0, p->b->rows);
        p->k->graphconv(&conv, 0, p->b->rows);
    }
}
