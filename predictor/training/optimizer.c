#include "predictor/training/optimizer.h"

#include "base/memory.h"
#include "predictor/kernels/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BETA1 0.9 /* as in k_adamw.c */
#define BETA2 0.999

static bool runs_make(struct optimizer *a, const struct nnformer_shape *s)
{
    size_t tensors = nnformer_tensors(s), count = 0;
    a->runs = malloc(tensors * sizeof(*a->runs));
    if (!a->runs) return false;
    for (size_t i = 0; i < tensors; i++) {
        struct nnformer_tensor tensor;
        nnformer_tensor(s, i, &tensor);
        bool decays = tensor.kind == TENSOR_MATRIX;
        if (count == 0 || a->runs[count - 1].decays != decays) a->runs[count++].decays = decays;
        a->runs[count - 1].end = tensor.offset + tensor.rows * tensor.columns;
    }
    return true;
}

enum status optimizer_init(struct optimizer *a, const struct nnformer_shape *s,
                           const struct training_options *o)
{
    *a = (struct optimizer){.options = o, .parameters = nnformer_parameters(s)};
    return runs_make(a, s) ? SIBYL_OK : err_memory("the optimiser");
}

enum status optimizer_take(struct optimizer *a, float *all)
{
    if (!all && a->all) return SIBYL_OK;
    if (!all) all = memory_large(OPTIMIZER_BUFFERS * a->parameters * sizeof(float));
    if (!all) return err_memory("the optimiser");
    free(a->all);
    a->all = all;
    a->weights = all;
    a->first = all + a->parameters;
    a->second = all + 2 * a->parameters;
    a->ema = all + 3 * a->parameters;
    return SIBYL_OK;
}

void optimizer_release(struct optimizer *a)
{
    free(a->all);
    free(a->runs);
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

/* Parameters begin .. end-1, some of which decay. */
static void update(const struct optimizer *a, struct adamw *k, size_t begin, size_t end)
{
    const struct optimizer_run *run = a->runs;
    while (run->end <= begin) run++;
    for (; begin < end; run++) {
        size_t last = run->end < end ? run->end : end;
        k->decay = run->decays ? (float)a->options->decay : 0;
        kernels_level(0)->adamw(k, begin, last);
        begin = last;
    }
}

void optimizer_step(struct optimizer *a, const struct reducer_part *parts, size_t count,
                    float *gradient, double norm)
{
    double t = (double)a->step + 1, ema = a->options->ema, clip = a->options->clip,
           early = t / (t + 9); /* young averages forget faster */
    bool clips = clip > 0 && norm > clip;
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
    for (size_t p = 0; p < count; p++) {
        float scale = (float)(clip / norm);
        for (size_t i = parts[p].begin; clips && i < parts[p].end; i++) gradient[i] *= scale;
        update(a, &k, parts[p].begin, parts[p].end);
    }
    a->step++;
}
