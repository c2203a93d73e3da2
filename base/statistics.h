/* Means, deviations and tests over the repeats of an experiment. Local. NaN: unknown, left out. */
#ifndef BASE_STATISTICS_H
#define BASE_STATISTICS_H

#include <stddef.h>

struct statistics {
    size_t count;     /* known values */
    double mean;      /* NaN for none */
    double deviation; /* of the sample (n - 1); NaN for fewer than two */
};

struct statistics statistics_of(const double *x, size_t count);

struct paired_test {
    size_t pairs;      /* where both are known */
    double difference; /* mean of a[i] - b[i]; NaN for no pairs */
    double p; /* two-sided p-value of the paired t-test (the difference has the mean 0); NaN for
                 fewer than two pairs */
};

/* t = mean / (deviation / sqrt(n)) of the differences, n - 1 degrees of freedom. Where all
 * differences are equal p is 1 if they are 0, else 0. */
struct paired_test statistics_paired_test(const double *a, const double *b, size_t count);

/* How far the 95% confidence interval of the mean reaches to both sides: by Student's t. NaN for
 * fewer than two values. */
double statistics_interval(const struct statistics *s);

/* A quantile 0 <= q <= 1 of `count` values without NaN, which are sorted in place: interpolated
 * between the two nearest (position q (count - 1) from 0). NaN for none. */
double statistics_quantile(double *x, size_t count, double q);

/* The value below which a standard normal variable is with probability 0 < p < 1. */
double statistics_normal_quantile(double p);

struct signed_rank_test {
    size_t pairs; /* where both are known and they differ */
    double p;     /* two-sided p-value of Wilcoxon's signed-rank test; 1 without such pairs */
};

/* Pairs that are equal are left out. Exact for up to 50 pairs whose differences are of different
 * sizes; else by the normal approximation, corrected for ties. At most `count` pairs; NaN without
 * memory. */
struct signed_rank_test statistics_signed_rank_test(const double *a, const double *b, size_t count);

/* Holm's correction of p-values for as many tests: in place. NaN: there was no such test. NaN
 * throughout without memory. */
void statistics_holm(double *p, size_t count);

#endif
