#include "predictor/loss.h"

#include <math.h>
#include <string.h>

static double sign(double x)
{
    return (x > 0) - (x < 0);
}

static double pointwise(const struct training_options *o, const struct loss_scale *scale, size_t n,
                        const double *p, const double *t, double *gradient)
{
    double l1 = 0, mse = 0, mape = 0, count = (double)n;
    for (size_t i = 0; i < n; i++) {
        double e = p[i] - t[i], label = fabs(t[i] * scale->deviation + scale->mean);
        l1 += fabs(e);
        mse += e * e;
        gradient[i] += (o->loss.l1 * sign(e) + o->loss.mse * 2 * e) / count;
        if (o->loss.mape > 0 && label > 0) {
            mape += fabs(e) * scale->deviation / label;
            gradient[i] += o->loss.mape * sign(e) * scale->deviation / label / count;
        }
    }
    return (o->loss.l1 * l1 + o->loss.mse * mse + o->loss.mape * mape) / count;
}

static double rank_all(double weight, double margin, size_t n, const double *p, const double *t,
                       double *gradient)
{
    size_t pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) pairs += fabs(t[i] - t[j]) > margin;
    if (pairs == 0) return 0;
    double sum = 0, scale = weight / (double)pairs;
    for (size_t i = 0; i < n; i++) {
        double own = 0;
        for (size_t j = 0; j < i; j++) {
            double gap = t[i] - t[j];
            if (!(fabs(gap) > margin)) continue;
            double order = sign(gap), x = (p[i] - p[j]) * order;
            double e = exp(-fabs(x)); /* no overflow on either side */
            sum += log1p(e) + (x < 0 ? -x : 0);
            double slope = -order * (x < 0 ? 1 : e) / (1 + e) * scale;
            own += slope;
            gradient[j] -= slope;
        }
        gradient[i] += own;
    }
    return sum * scale;
}

static double rank_random(double weight, size_t n, const double *p, const double *t,
                          struct rng *pairs, uint32_t *partner, double *gradient)
{
    double sum = 0, scale = weight / (double)n;
    for (size_t i = 0; i < n; i++) partner[i] = (uint32_t)i;
    rng_shuffle(pairs, partner, n);
    for (size_t i = 0; i < n; i++) {
        size_t j = partner[i];
        double e = (p[i] - p[j]) - (t[i] - t[j]);
        sum += fabs(e);
        gradient[i] += scale * sign(e);
        gradient[j] -= scale * sign(e);
    }
    return sum * scale;
}

double loss_batch(const struct training_options *o, const struct loss_scale *scale, size_t count,
                  const double *predictions, const double *targets, struct rng *pairs,
                  uint32_t *scratch, double *gradient)
{
    memset(gradient, 0, count * sizeof(*gradient));
    double loss = pointwise(o, scale, count, predictions, targets, gradient);
    if (o->loss.rank_all > 0)
        loss +=
            rank_all(o->loss.rank_all, o->loss.rank_margin, count, predictions, targets, gradient);
    if (o->loss.rank_random > 0)
        loss +=
            rank_random(o->loss.rank_random, count, predictions, targets, pairs, scratch, gradient);
    return loss;
}

double loss_auxiliary(double weight, size_t count, uint32_t outputs, const double *predictions,
                      const double *targets, double *gradient)
{
    size_t known = 0;
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        for (uint32_t o = 1; o < outputs; o++) known += !isnan(targets[i * outputs + o]);
    if (known == 0) return 0;
    double scale = weight / (double)known;
    for (size_t i = 0; i < count; i++) {
        for (uint32_t o = 1; o < outputs; o++) {
            size_t at = i * outputs + o;
            double e = predictions[at] - targets[at];
            if (isnan(targets[at])) continue;
            sum += e * e;
            gradient[at] = 2 * e * scale;
        }
    }
    return sum * scale;
}
