#include "predictor/training/loss.h"

#include "predictor/kernels/kernels.h"

#include <math.h>
#include <string.h>

static double sign(double x)
{
    return (x > 0) - (x < 0);
}

uint64_t loss_pairs(const struct loss_batch *b, size_t first, size_t end)
{
    const double *t = b->targets, margin = b->options->loss.rank_margin;
    uint64_t pairs = 0;
    for (size_t i = first; i < end; i++)
        for (size_t j = 0; j < b->count; j++) pairs += fabs(t[i] - t[j]) > margin;
    return pairs;
}

void loss_partners(struct loss_batch *b, struct rng *r)
{
    for (size_t i = 0; i < b->count; i++) b->partner[i] = (uint32_t)i;
    rng_shuffle(r, b->partner, b->count);
    for (size_t i = 0; i < b->count; i++) b->partner_of[b->partner[i]] = (uint32_t)i;
}

static double pointwise(const struct loss_batch *b, size_t first, size_t end, double *gradient)
{
    const double *p = b->predictions, *t = b->targets, count = (double)b->count;
    const struct training_options *o = b->options;
    double l1 = 0, mse = 0, mape = 0;
    for (size_t i = first; i < end; i++) {
        double e = p[i] - t[i], label = fabs(t[i] * b->deviation + b->mean);
        l1 += fabs(e);
        mse += e * e;
        gradient[i - first] += (o->loss.l1 * sign(e) + o->loss.mse * 2 * e) / count;
        if (o->loss.mape > 0 && label > 0) {
            mape += fabs(e) * b->deviation / label;
            gradient[i - first] += o->loss.mape * sign(e) * b->deviation / label / count;
        }
    }
    return (o->loss.l1 * l1 + o->loss.mse * mse + o->loss.mape * mape) / count;
}

static double rank_all(const struct loss_batch *b, size_t first, size_t end, double *gradient)
{
    const struct rank_pairs pairs = {b->predictions, b->targets, b->count,
                                     b->options->loss.rank_margin};
    const struct kernels *k = kernels_level(0);
    if (b->pairs == 0) return 0;
    double sum = 0, scale = 2 * b->options->loss.rank_all / (double)b->pairs;
    for (size_t i = first; i < end; i++) {
        double slope;
        sum += k->rank_row(&pairs, i, &slope);
        gradient[i - first] += slope * scale;
    }
    return sum * scale / 2; /* the other half is the other rows' */
}

/* What row i and its partner are apart from what their targets are. */
static double pair_error(const struct loss_batch *b, size_t i)
{
    size_t j = b->partner[i];
    return (b->predictions[i] - b->predictions[j]) - (b->targets[i] - b->targets[j]);
}

static double rank_random(const struct loss_batch *b, size_t first, size_t end, double *gradient)
{
    double sum = 0, scale = b->options->loss.rank_random / (double)b->count;
    for (size_t i = first; i < end; i++) {
        double e = pair_error(b, i);
        sum += fabs(e);
        gradient[i - first] += scale * (sign(e) - sign(pair_error(b, b->partner_of[i])));
    }
    return sum * scale;
}

typedef double loss_function(const struct loss_batch *b, size_t first, size_t end,
                             double *gradient);
static const struct {
    size_t weight; /* where it stands in struct training_options */
    loss_function *rows;
} losses[] = {
#define LOSS_ROW(name, weight, function, sentence)                                                 \
    {offsetof(struct training_options, loss.name), function},
    TRAINING_LOSSES(LOSS_ROW)
#undef LOSS_ROW
};

double loss_rows(const struct loss_batch *b, size_t first, size_t end, double *gradient)
{
    double loss = 0;
    loss_function *last = NULL; /* one call for all losses that share a function */
    memset(gradient, 0, (end - first) * sizeof(*gradient));
    for (size_t k = 0; k < sizeof(losses) / sizeof(losses[0]); k++) {
        double weight;
        memcpy(&weight, (const char *)b->options + losses[k].weight, sizeof(weight));
        if (weight <= 0 || losses[k].rows == last) continue;
        loss += losses[k].rows(b, first, end, gradient);
        last = losses[k].rows;
    }
    return loss;
}

size_t loss_known(const struct loss_auxiliary *a, size_t first, size_t end)
{
    size_t known = 0;
    for (size_t i = first; i < end; i++)
        for (uint32_t o = 1; o < a->outputs; o++) known += !isnan(a->targets[i * a->outputs + o]);
    return known;
}

double loss_auxiliary_rows(const struct loss_auxiliary *a, size_t first, size_t end,
                           double *gradient)
{
    if (a->known == 0) return 0;
    double sum = 0, scale = a->weight / (double)a->known;
    for (size_t i = first; i < end; i++) {
        for (uint32_t o = 1; o < a->outputs; o++) {
            size_t at = i * a->outputs + o;
            double e = a->predictions[at] - a->targets[at];
            if (isnan(a->targets[at])) continue;
            sum += e * e;
            gradient[at - first * a->outputs] = 2 * e * scale;
        }
    }
    return sum * scale;
}
