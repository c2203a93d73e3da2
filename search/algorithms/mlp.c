/* W width, F features. Weights, row by row: the first layer (F, W) and its bias (W), each further
 * hidden layer (W, W) and its bias (W), the last (W) and its bias (1). */
#include "search/algorithms/mlp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define W MLP_WIDTH
#define BATCH 32
#define RATE 0.01F
#define BETA1 0.9F
#define BETA2 0.999F
#define EPSILON 1e-8F

/* Where a layer's weights begin: of the last one for MLP_LAYERS. */
static size_t layer_at(const struct mlp *m, uint32_t layer)
{
    return layer ? (m->features + 1) * W + (layer - 1) * (size_t)(W + 1) * W : 0;
}

enum status mlp_init(struct mlp *m, size_t features, struct rng *rng)
{
    *m = (struct mlp){.features = features};
    m->parameters = layer_at(m, MLP_LAYERS) + W + 1;
    m->all = calloc(4 * m->parameters, sizeof(*m->all));
    if (!m->all) return err_memory("a network of a search");
    for (uint32_t l = 0; l <= MLP_LAYERS; l++) {
        /* Of the features of an input few are set: as if there were W of them. */
        const size_t rows = l ? W : features, columns = l < MLP_LAYERS ? W : 1;
        const float scale = sqrtf(2.0F / W);
        float *w = m->all + layer_at(m, l);
        for (size_t i = 0; i < rows * columns; i++) w[i] = scale * (float)rng_normal(rng);
    }
    return SIBYL_OK;
}

void mlp_release(struct mlp *m)
{
    free(m->all);
    *m = (struct mlp){0};
}

/* values (MLP_LAYERS, W): what the units give. Returns the output. */
static float forward(const struct mlp *m, const struct mlp_input *x, float (*values)[W])
{
    const float *w = m->all;
    memcpy(values[0], w + m->features * W, sizeof(values[0]));
    for (uint32_t i = 0; i < x->count; i++)
        for (int u = 0; u < W; u++) values[0][u] += w[(size_t)x->features[i] * W + (size_t)u];
    for (uint32_t l = 1;; l++) {
        for (int u = 0; u < W; u++)
            if (values[l - 1][u] < 0) values[l - 1][u] = 0;
        if (l == MLP_LAYERS) break;
        w = m->all + layer_at(m, l);
        memcpy(values[l], w + (size_t)W * W, sizeof(values[l]));
        for (int k = 0; k < W; k++)
            for (int u = 0; u < W; u++) values[l][u] += values[l - 1][k] * w[k * W + u];
    }
    w = m->all + layer_at(m, MLP_LAYERS);
    float sum = w[W];
    for (int u = 0; u < W; u++) sum += values[MLP_LAYERS - 1][u] * w[u];
    return sum;
}

float mlp_predict(const struct mlp *m, const struct mlp_input *input)
{
    float values[MLP_LAYERS][W];
    return forward(m, input, values);
}

/* Adds an input's part of the gradient; `slope`: of the loss by the output. */
static void backward(struct mlp *m, const struct mlp_input *x, float (*values)[W], float slope)
{
    const float *w = m->all + layer_at(m, MLP_LAYERS);
    float *g = m->all + m->parameters + layer_at(m, MLP_LAYERS);
    float at[W], below[W];
    g[W] += slope;
    for (int u = 0; u < W; u++) {
        g[u] += slope * values[MLP_LAYERS - 1][u];
        at[u] = values[MLP_LAYERS - 1][u] > 0 ? slope * w[u] : 0;
    }
    for (uint32_t l = MLP_LAYERS - 1; l > 0; l--) {
        w = m->all + layer_at(m, l);
        g = m->all + m->parameters + layer_at(m, l);
        for (int u = 0; u < W; u++) g[W * W + u] += at[u];
        for (int k = 0; k < W; k++) {
            float sum = 0;
            for (int u = 0; u < W; u++) {
                g[k * W + u] += values[l - 1][k] * at[u];
                sum += w[k * W + u] * at[u];
            }
            below[k] = values[l - 1][k] > 0 ? sum : 0;
        }
        memcpy(at, below, sizeof(at));
    }
    g = m->all + m->parameters;
    for (int u = 0; u < W; u++) g[m->features * W + (size_t)u] += at[u];
    for (uint32_t i = 0; i < x->count; i++)
        for (int u = 0; u < W; u++) g[(size_t)x->features[i] * W + (size_t)u] += at[u];
}

static void adam_step(struct mlp *m, uint32_t step)
{
    const size_t n = m->parameters;
    float *w = m->all, *g = w + n, *first = g + n, *second = first + n;
    const float rate = RATE * sqrtf(1 - powf(BETA2, (float)step)) / (1 - powf(BETA1, (float)step));
    for (size_t i = 0; i < n; i++) {
        first[i] += (1 - BETA1) * (g[i] - first[i]);
        second[i] += (1 - BETA2) * (g[i] * g[i] - second[i]);
        w[i] -= rate * first[i] / (sqrtf(second[i]) + EPSILON);
    }
    memset(g, 0, n * sizeof(*g));
}

enum status mlp_train(struct mlp *m, const struct mlp_set *set, uint32_t epochs, struct rng *rng)
{
    float values[MLP_LAYERS][W];
    uint32_t step = 0;
    const size_t count = set->count;
    size_t *order = malloc((count + 1) * sizeof(*order));
    if (!order) return err_memory("a network of a search");
    for (size_t i = 0; i < count; i++) order[i] = i;
    for (uint32_t epoch = 0; epoch < epochs; epoch++) {
        for (size_t i = count; i > 1; i--) {
            size_t k = (size_t)rng_below(rng, i), kept = order[i - 1];
            order[i - 1] = order[k];
            order[k] = kept;
        }
        for (size_t begin = 0; begin < count; begin += BATCH) {
            size_t end = begin + BATCH < count ? begin + BATCH : count;
            for (size_t i = begin; i < end; i++) {
                const struct mlp_input *x = &set->inputs[order[i]];
                float error = forward(m, x, values) - set->labels[order[i]];
                float slope = (float)((error > 0) - (error < 0)) / (float)(end - begin);
                backward(m, x, values, slope);
            }
            adam_step(m, ++step);
        }
    }
    free(order);
    return SIBYL_OK;
}
