#include "predictor/output_scale.h"

#include "predictor/nnformer_shape.h"
#include "predictor/scorer.h"

#include <math.h>
#include <stdlib.h>

bool output_scale_open(const struct predictor *p, const struct training_options *o)
{
    return !p->lookup && o->loss.l1 == 0 && o->loss.mse == 0 && o->loss.mape == 0;
}

/* The rows with a known target that a member was trained on. */
struct rows {
    const double *targets; /* (count, outputs) */
    size_t count, outputs;
    uint32_t folds, member;
};

static bool has(const struct rows *r, size_t i)
{
    bool left_out = r->folds && i % r->folds == r->member % r->folds;
    return !left_out && !isnan(r->targets[i * r->outputs]);
}

struct moments {
    double count, mean, deviation;
};

/* Of x[i * stride] over the rows. */
static struct moments moments_of(const struct rows *r, const double *x, size_t stride)
{
    double n = 0, sum = 0, squares = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (!has(r, i)) continue;
        sum += x[i * stride];
        n++;
    }
    for (size_t i = 0; i < r->count; i++)
        if (has(r, i)) squares += (x[i * stride] - sum / n) * (x[i * stride] - sum / n);
    return n > 0 ? (struct moments){n, sum / n, sqrt(squares / n)} : (struct moments){0};
}

/* Output 0 of a network becomes scale * output + shift. */
static void rescale(const struct predictor *p, float *weights, double scale, double shift)
{
    struct nnformer_shape shape;
    struct nnformer_view view;
    nnformer_shape_init(&shape, &p->options, p->vocabulary.count);
    nnformer_view(&view, &shape, weights);
    for (uint32_t c = 0; c < p->options.width; c++) view.head_w[c] = (real)(view.head_w[c] * scale);
    view.head_b[0] = (real)(view.head_b[0] * scale + shift);
}

enum status output_scale_set(struct team *t, struct predictor *p, const struct training_set *set,
                             uint32_t folds, const double *targets, int threads)
{
    uint32_t members = p->options.members;
    struct scorer *scorer = NULL;
    struct scorer_options options = {PRECISION_FLOAT32, threads};
    double *outputs = malloc((set->count * members + 1) * sizeof(*outputs));
    enum status st = outputs ? scorer_new(&scorer, p, &options) : err_memory("outputs");
    st = team_agree(t, st);
    if (!st) st = scorer_embed_all(t, scorer, set->graphs, set->count, outputs, NULL);
    for (uint32_t m = 0; m < members && !st; m++) {
        struct rows rows = {targets, set->count, p->options.outputs, folds, m};
        struct moments has_now = moments_of(&rows, outputs + m, members);
        struct moments wanted = moments_of(&rows, targets, p->options.outputs);
        if (has_now.count == 0) continue;
        double scale = has_now.deviation > 0 ? wanted.deviation / has_now.deviation : 1;
        rescale(p, p->weights + m * p->parameters, scale, wanted.mean - scale * has_now.mean);
    }
    scorer_free(scorer);
    free(outputs);
    return st;
}
