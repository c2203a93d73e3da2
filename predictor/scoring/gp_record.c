#include "predictor/scoring/gp_record.h"

#include "predictor/inputs/option_words.h"
#include "proto/files/byte_order.h"
#include "proto/graph/codec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum status gp_record_write(struct record_writer *w, const struct predictor *p)
{
    const struct gp_model *m = &p->gp;
    Sibyl__GaussianProcess g = SIBYL__GAUSSIAN_PROCESS__INIT;
    uint8_t *packed = NULL;
    size_t bytes, numbers = m->rows * m->columns;
    void *own_inputs, *own_alpha;
    const void *inputs = byte_order_to_file(m->inputs, numbers, sizeof(double), &own_inputs);
    const void *alpha = byte_order_to_file(m->alpha, m->rows, sizeof(double), &own_alpha);
    g.kernel = (char *)words_name(&kernel_words, (int)m->kernel);
    g.rows = m->rows;
    g.columns = m->columns;
    g.length = m->hyper.length;
    g.signal = m->hyper.signal;
    g.noise = m->hyper.noise;
    g.mean = m->hyper.mean;
    g.jitter = m->jitter;
    g.log_likelihood = m->log_likelihood;
    g.log_determinant = m->log_determinant;
    g.slope = p->blend.slope;
    g.weight = p->blend.weight;
    g.inputs = (ProtobufCBinaryData){numbers * sizeof(double), (uint8_t *)inputs};
    g.alpha = (ProtobufCBinaryData){m->rows * sizeof(double), (uint8_t *)alpha};
    enum status st = inputs && alpha ? codec_pack(&g.base, "a Gaussian process", &packed, &bytes)
                                     : err_memory("a Gaussian process");
    if (!st) st = record_writer_put(w, RECORD_GAUSSIAN_PROCESS, packed, bytes);
    free(packed);
    free(own_inputs);
    free(own_alpha);
    return st;
}

/* A copy of `count` numbers, all finite; NULL where they are not so many, or no memory. */
static double *numbers_of(const ProtobufCBinaryData *data, size_t count)
{
    if (data->len != count * sizeof(double)) return NULL;
    double *x = malloc(data->len + 1);
    if (!x) return NULL;
    byte_order_from_file(x, data->data, count, sizeof(double));
    for (size_t i = 0; i < count; i++) {
        if (isfinite(x[i])) continue;
        free(x);
        return NULL;
    }
    return x;
}

static bool sane(const Sibyl__GaussianProcess *g, size_t columns)
{
    bool finite = isfinite(g->length) && isfinite(g->signal) && isfinite(g->noise) &&
                  isfinite(g->mean) && isfinite(g->jitter) && isfinite(g->slope) &&
                  isfinite(g->weight);
    bool positive = g->length > 0 && g->signal >= 0 && g->noise >= 0 && g->jitter >= 0;
    bool fits = g->columns == columns && g->rows > 0 && g->rows <= RECORD_BYTES_MAX / columns;
    return finite && positive && fits;
}

enum status gp_record_read(struct predictor *p, const struct record *r)
{
    size_t columns = p->options.width;
    Sibyl__GaussianProcess *g =
        codec_unpack(&sibyl__gaussian_process__descriptor, r->payload, r->bytes);
    struct gp_model m = {0};
    int kernel;
    if (g && sane(g, columns) && words_find(&kernel_words, g->kernel, &kernel)) {
        m = (struct gp_model){
            .kernel = (enum gp_kernel)kernel,
            .rows = g->rows,
            .columns = g->columns,
            .hyper = {g->length, g->signal, g->noise, g->mean},
            .jitter = g->jitter,
            .log_likelihood = g->log_likelihood,
            .log_determinant = g->log_determinant,
            .inputs = numbers_of(&g->inputs, g->rows * columns),
            .alpha = numbers_of(&g->alpha, g->rows),
        };
        p->blend = (struct gp_blend){g->slope, g->weight};
        p->options.kernel = m.kernel;
    }
    if (g) sibyl__gaussian_process__free_unpacked(g, NULL);
    if (m.inputs && m.alpha) {
        p->gp = m;
        return SIBYL_OK;
    }
    gp_model_release(&m);
    return err_set(SIBYL_E_FORMAT, "the Gaussian process is damaged");
}
