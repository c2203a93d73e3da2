#include "predictor/scoring/normal_scores.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* sorted (count): to the distinct values in place, their scores to `scores`; returns how many. */
static size_t merge_equal(double *sorted, size_t count, double *scores)
{
    size_t distinct = 0;
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && sorted[end] == sorted[first];) end++;
        double rank = 0.5 * (double)(first + end - 1);
        scores[distinct] = gsl_cdf_ugaussian_Pinv((rank + 0.5) / (double)count);
        sorted[distinct++] = sorted[first];
    }
    return distinct;
}

enum status normal_scores_fit(struct normal_scores *out, const double *labels, size_t stride,
                              size_t count)
{
    double *sorted = malloc((2 * count + 1) * sizeof(*sorted)), *scores = sorted + count;
    size_t known = 0;
    if (!sorted) return err_memory("normal scores");
    for (size_t i = 0; i < count; i++)
        if (!isnan(labels[i * stride])) sorted[known++] = labels[i * stride];
    qsort(sorted, known, sizeof(*sorted), by_value);
    size_t distinct = merge_equal(sorted, known, scores);
    *out = (struct normal_scores){0};
    out->knots = (uint32_t)(distinct < NORMAL_SCORES_KNOTS ? distinct : NORMAL_SCORES_KNOTS);
    for (uint32_t k = 0; k < out->knots; k++) {
        size_t at = out->knots > 1 ? k * (distinct - 1) / (out->knots - 1) : 0;
        out->label[k] = sorted[at];
        out->score[k] = scores[at];
    }
    free(sorted);
    return SIBYL_OK;
}

bool normal_scores_valid(const struct normal_scores *s)
{
    for (uint32_t k = 0; k < s->knots; k++) {
        if (!isfinite(s->label[k]) || !isfinite(s->score[k])) return false;
        if (k == 0) continue;
        double rise = s->score[k] - s->score[k - 1], run = s->label[k] - s->label[k - 1];
        if (!(rise > 0 && run > 0 && isfinite(rise / run) && isfinite(run / rise))) return false;
    }
    return true;
}

/* The segment of x among ascending knots (at least 2): the index of its lower end. */
static uint32_t segment_of(const double *knots, uint32_t count, double x)
{
    uint32_t low = 0, high = count - 1;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (x < knots[middle])
            high = middle;
        else
            low = middle;
    }
    return low;
}

/* The piecewise linear map from knots `from` to knots `to`. */
static double map(const double *from, const double *to, uint32_t count, double x)
{
    if (count == 0) return x;
    if (count == 1) return x - from[0] + to[0];
    uint32_t k = segment_of(from, count, x);
    return to[k] + (x - from[k]) * ((to[k + 1] - to[k]) / (from[k + 1] - from[k]));
}

double normal_scores_of_label(const struct normal_scores *s, double label)
{
    return map(s->label, s->score, s->knots, label);
}

double normal_scores_to_label(const struct normal_scores *s, double score)
{
    return map(s->score, s->label, s->knots, score);
}

double normal_scores_slope(const struct normal_scores *s, double label)
{
    if (s->knots < 2) return 1;
    uint32_t k = segment_of(s->label, s->knots, label);
    return (s->score[k + 1] - s->score[k]) / (s->label[k + 1] - s->label[k]);
}
