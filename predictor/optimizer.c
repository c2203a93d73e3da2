#include "predictor/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BETA1 0.9
#define BETA2 0.999
#define EPSILON 1e-8f

enum status optimizer_init(struct optimizer *a, const struct nnformer_shape *s,
                           const struct training_options *o)
{
    *a = (struct optimizer){.shape = s, .options = o, .parameters = nnformer_parameters(s)};
    a->all = calloc(a->parameters * OPTIMIZER_BUFFERS, sizeof(float));
    if (!a->all) return err_memory("the optimiser");
    a->weights = a->all;
    a->first = a->all + a->parameters;
    a->second = a->all + 2 * a->parameters;
    a->ema = a->all + 3 * a->parameters;
    return SIBYL_OK;
}

void optimizer_release(struct optimizer *a)
{
    free(a->all);
    *a = (struct optimizer){0};
}

void optimizer_restart(struct optimizer *a, uint64_t steps)
{
    memset(a->first, 0, 2 * a->parameters * sizeof(float));
    memcpy(a->ema, a->weights, a->parameters * sizeof(float));
    a->step = 0;
    a->steps = steps;
}

double optimizer_rate(const struct training_options *o, uint64_t step, uint64_t steps)
{
    double warmup = o->warmup * (double)steps, at = (double)step;
    if (at < warmup) return o->rate * (at + 1) / (warmup + 1);
    double rest = (double)steps - warmup, part = rest > 0 ? (at - warmup) / rest : 1;
    return o->rate *
           (o->rate_floor + (1 - o->rate_floor) * 0.5 * (1 + cos(3.141592653589793 * part)));
}

static void clip(const struct optimizer *a, float *gradient)
{
    if (a->options->clip <= 0) return;
    double squares = 0;
    for (size_t i = 0; i < a->parameters; i++) squares += (double)gradient[i] * gradient[i];
    double norm = sqrt(squares);
    if (norm <= a->options->clip) return;
    float scale = (float)(a->options->clip / norm);
    for (size_t i = 0; i < a->parameters; i++) gradient[i] *= scale;
}

struct factors {
    float rate, decay, correction1, correction2, ema;
};

static void update(const struct optimizer *a, size_t begin, size_t end,
                   const float *restrict gradient, const struct factors *k)
{
    float *restrict w = a->weights, *restrict m = a->first, *restrict v = a->second,
                    *restrict e = a->ema;
    for (size_t i = begin; i < end; i++) {
        m[i] = (float)BETA1 * m[i] + (float)(1 - BETA1) * gradient[i];
        v[i] = (float)BETA2 * v[i] + (float)(1 - BETA2) * gradient[i] * gradient[i];
        float direction = m[i] * k->correction1 / (sqrtf(v[i] * k->correction2) + EPSILON);
        w[i] -= k->rate * (direction + k->decay * w[i]);
        e[i] = k->ema * e[i] + (1 - k->ema) * w[i];
    }
}

void optimizer_step(struct optimizer *a, float *gradient)
{
    clip(a, gradient);
    double t = (double)a->step + 1, ema = a->options->ema,
           early = t / (t + 9); /* young averages forget faster */
    struct factors k = {
        .rate = (float)optimizer_rate(a->options, a->step, a->steps),
        .correction1 = (float)(1 / (1 - pow(BETA1, t))),
        .correction2 = (float)(1 / (1 - pow(BETA2, t))),
        .ema = (float)(ema < early ? ema : early),
    };
    if (ema <= 0) k.ema = 0;
    for (size_t i = 0; i < nnformer_tensors(a->shape); i++) {
        struct nnformer_tensor tensor;
        nnformer_tensor(a->shape, i, &tensor);
        k.decay = tensor.kind == TENSOR_MATRIX ? (float)a->options->decay : 0;
        update(a, tensor.offset, tensor.offset + tensor.rows * tensor.columns, gradient, &k);
    }
    a->step++;
}
