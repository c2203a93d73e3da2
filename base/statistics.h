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

#endif
