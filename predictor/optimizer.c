#include "predictor/optimizer.h"

#include "base/memory.h"
#include "predictor/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BETA1 0.9 /* as in k_adamw.c */
#define BETA2 0.999

enum status optimizer_init(struct optimizer *a, const struct nnformer_shape *s,
                           const struct training_options *o)
{
    *a = (struct optimizer){.shape = s, .options = o, .parameters = nnformer_parameters(s)};
    a->all = memory_large_zeroed(a->parameters * OPTIMIZER_BUFFERS * sizeof(float));
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

/* In LANES sums side by side, and so without waiting for each addition. */
static double sum_of_squares(const float *x, size_t n)
{
    enum { LANES = 16 };
    double part[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++) part[l] += (double)x[i + l] * (double)x[i + l];
    for (; i < n; i++) sum += (double)x[i] * (double)x[i];
    for (size_t l = 0; l < LANES; l++) sum += part[l];
    return sum;
}

/* By blocks, whose sums do not depend on where in the parameters a rank's part begins. */
static double squared_norm(const float *x, size_t n)
{
    double sum = 0;
    for (size_t begin = 0; begin < n; begin += OPTIMIZER_BLOCK)
        sum += sum_of_squares(x + begin, n - begin < OPTIMIZER_BLOCK ? n - begin : OPTIMIZER_BLOCK);
    return sum;
}

static void clip(const struct optimizer *a, float *gradient)
{
    if (a->options->clip <= 0) return;
    double norm = sqrt(squared_norm(gradient, a->parameters));
    if (norm <= a->options->clip) return;
    float scale = (float)(a->options->clip / norm);
    for (size_t i = 0; i < a->parameters; i++) gradient[i] *= scale;
}

void optimizer_step(struct optimizer *a, float *gradient)
{
    clip(a, gradient);
    double t = (double)a->step + 1, ema = a->options->ema,
           early = t / (t + 9); /* young averages forget faster */
    struct adamw k = {
        .weights = a->weights,
        .first = a->first,
        .second = a->second,
        .average = a->ema,
        .gradient = gradient,
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
        kernels_level(0)->adamw(&k, tensor.offset, tensor.offset + tensor.rows * tensor.columns);
    }
    a->step++;
}
