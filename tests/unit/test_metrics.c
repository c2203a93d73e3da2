/* Rank correlations against their O(n^2) definitions, ties included. */
#include "tests/unit/unit.h"

#include "base/rng.h"
#include "predictor/metrics.h"

#include <math.h>

#define N 200

static double slow_tau(const double *a, const double *b, int n)
{
    double difference = 0, only_a = 0, only_b = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            double x = (a[i] > a[j]) - (a[i] < a[j]), y = (b[i] > b[j]) - (b[i] < b[j]);
            difference += x * y;
            only_a += x != 0;
            only_b += y != 0;
        }
    return difference / sqrt(only_a * only_b);
}

static double slow_rank(const double *x, int n, int i)
{
    double below = 0, equal = 0;
    for (int j = 0; j < n; j++) {
        below += x[j] < x[i];
        equal += x[j] == x[i];
    }
    return below + 0.5 * (equal - 1);
}

static double slow_spearman(const double *a, const double *b, int n)
{
    double ab = 0, aa = 0, bb = 0, mean = 0.5 * (n - 1);
    for (int i = 0; i < n; i++) {
        double x = slow_rank(a, n, i) - mean, y = slow_rank(b, n, i) - mean;
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    return ab / sqrt(aa * bb);
}

static void test_against_definition(void)
{
    double a[N], b[N], tau, rho;
    for (uint64_t trial = 0; trial < 40; trial++) {
        struct rng r;
        rng_init(&r, 1, RNG_TEST, trial);
        int n = 2 + (int)rng_below(&r, N - 2);
        uint64_t levels = trial % 2 ? 5 + rng_below(&r, 20) : 1000000; /* with and without ties */
        for (int i = 0; i < n; i++) {
            a[i] = (double)rng_below(&r, levels);
            b[i] = 0.3 * a[i] + (double)rng_below(&r, levels);
        }
        CHECK_OK(metrics_kendall_tau(a, b, (size_t)n, &tau));
        CHECK_OK(metrics_spearman(a, b, (size_t)n, &rho));
        double slow = slow_tau(a, b, n);
        if (!isnan(slow)) CU_ASSERT_DOUBLE_EQUAL(tau, slow, 1e-12);
        slow = slow_spearman(a, b, n);
        if (!isnan(slow)) CU_ASSERT_DOUBLE_EQUAL(rho, slow, 1e-12);
    }
}

static void test_known(void)
{
    const double a[] = {1, 2, 3, 4, 5}, up[] = {2, 4, 6, 8, 10}, down[] = {5, 4, 3, 2, 1},
                 flat[] = {1, 1, 1, 1, 1};
    double x;
    CHECK_OK(metrics_kendall_tau(a, up, 5, &x));
    CU_ASSERT_DOUBLE_EQUAL(x, 1, 1e-15);
    CHECK_OK(metrics_spearman(a, down, 5, &x));
    CU_ASSERT_DOUBLE_EQUAL(x, -1, 1e-15);
    CHECK_OK(metrics_kendall_tau(a, flat, 5, &x));
    CU_ASSERT(isnan(x));
    CHECK_OK(metrics_kendall_tau(a, up, 1, &x));
    CU_ASSERT(isnan(x));
    CU_ASSERT_DOUBLE_EQUAL(metrics_mape(up, a, 5), 1.0, 1e-15);
}

int main(void)
{
    CU_TestInfo tests[] = {{"tau and rho against their definitions", test_against_definition},
                           {"known values", test_known},
                           CU_TEST_INFO_NULL};
    return unit_run("metrics", tests);
}
