#include "base/statistics.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

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
