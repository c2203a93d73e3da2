#include "base/statistics.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Of x[i] - y[i]; y NULL: of x[i]. */
static struct statistics differences(const double *x, const double *y, size_t count)
{
    struct statistics s = {.mean = NAN, .deviation = NAN};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        double d = y ? x[i] - y[i] : x[i];
        if (isnan(d)) continue;
        sum += d;
        s.count++;
    }
    if (s.count) s.mean = sum / (double)s.count;
    for (size_t i = 0; i < count; i++) {
        double d = (y ? x[i] - y[i] : x[i]) - s.mean;
        if (!isnan(d)) squares += d * d;
    }
    if (s.count > 1) s.deviation = sqrt(squares / (double)(s.count - 1));
    return s;
}

struct statistics statistics_of(const double *x, size_t count)
{
    return differences(x, NULL, count);
}

struct paired_test statistics_paired_test(const double *a, const double *b, size_t count)
{
    struct statistics s = differences(a, b, count);
    struct paired_test test = {.pairs = s.count, .difference = s.mean, .p = NAN};
    if (s.count < 2) return test;
    double n = (double)s.count, t = s.mean / (s.deviation / sqrt(n));
    if (s.deviation == 0)
        test.p = s.mean == 0;
    else
        test.p = fmin(1, 2 * gsl_cdf_tdist_Q(fabs(t), n - 1));
    return test;
}

double statistics_interval(const struct statistics *s)
{
    if (s->count < 2) return (double)NAN;
    double n = (double)s->count;
    return gsl_cdf_tdist_Pinv(0.975, n - 1) * s->deviation / sqrt(n);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double statistics_quantile(double *x, size_t count, double q)
{
    if (!count) return (double)NAN;
    qsort(x, count, sizeof(*x), by_size);
    double at = q * (double)(count - 1);
    size_t below = (size_t)floor(at), above = below + 1 < count ? below + 1 : below;
    return x[below] + (at - floor(at)) * (x[above] - x[below]);
}

double statistics_normal_quantile(double p)
{
    return gsl_cdf_ugaussian_Pinv(p);
}

/* ---- Wilcoxon's signed ranks ---- */

#define EXACT_PAIRS_MAX 50

static int by_absolute(const void *a, const void *b)
{
    const double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return (x > y) - (x < y);
}

/* Of `pairs` differences, sorted by size, the sum of the ranks of positive ones; *out_ties is the
 * sum of t^3 - t over groups of t equal sizes. */
static double positive_ranks(const double *d, size_t pairs, double *out_ties)
{
    double sum = 0;
    *out_ties = 0;
    for (size_t i = 0, end; i < pairs; i = end) {
        for (end = i + 1; end < pairs && fabs(d[end]) <= fabs(d[i]); end++) continue;
        double rank = 0.5 * (double)(i + 1 + end), equal = (double)(end - i);
        for (size_t k = i; k < end; k++)
            if (d[k] > 0) sum += rank;
        *out_ties += equal * (equal * equal - 1);
    }
    return sum;
}

/* Of so many ranks with random signs: how probable is a sum of positive ones of at most `sum`? */
static double exact_probability(size_t pairs, size_t sum)
{
    double ways[EXACT_PAIRS_MAX * (EXACT_PAIRS_MAX + 1) / 2 + 1] = {1}, below = 0;
    size_t most = 0;
    for (size_t rank = 1; rank <= pairs; rank++) {
        most += rank;
        for (size_t s = most; s >= rank; s--) ways[s] += ways[s - rank];
    }
    for (size_t s = 0; s <= sum; s++) below += ways[s];
    return ldexp(below, -(int)pairs);
}

struct signed_rank_test statistics_signed_rank_test(const double *a, const double *b, size_t count)
{
    struct signed_rank_test test = {.p = NAN};
    double ties, *d = malloc((count + 1) * sizeof(*d));
    if (!d) return test;
    for (size_t i = 0; i < count; i++) {
        double difference = a[i] - b[i];
        if (fabs(difference) > 0) d[test.pairs++] = difference;
    }
    qsort(d, test.pairs, sizeof(*d), by_absolute);
    double n = (double)test.pairs, plus = positive_ranks(d, test.pairs, &ties);
    double least = fmin(plus, n * (n + 1) / 2 - plus);
    bool exact = test.pairs <= EXACT_PAIRS_MAX && ties <= 0;
    free(d);
    if (exact) {
        test.p = fmin(1, 2 * exact_probability(test.pairs, (size_t)least));
    } else {
        double deviation = sqrt((n * (n + 1) * (2 * n + 1) - 0.5 * ties) / 24);
        test.p = fmin(1, 2 * gsl_cdf_ugaussian_Q(fabs(least - n * (n + 1) / 4) / deviation));
    }
    return test;
}

/* ---- many tests ---- */

struct numbered {
    double p;
    size_t number;
};

static int by_p(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    if (x->p < y->p || x->p > y->p) return x->p < y->p ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

void statistics_holm(double *p, size_t count)
{
    size_t tests = 0;
    double most = 0;
    struct numbered *list = malloc((count + 1) * sizeof(*list));
    for (size_t i = 0; i < count; i++) {
        if (list && !isnan(p[i])) list[tests++] = (struct numbered){p[i], i};
        p[i] = NAN;
    }
    if (tests) qsort(list, tests, sizeof(*list), by_p);
    for (size_t k = 0; k < tests; k++) {
        most = fmax(most, fmin(1, list[k].p * (double)(tests - k)));
        p[list[k].number] = most;
    }
    free(list);
}
