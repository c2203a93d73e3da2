/* Means, deviations and the paired t-test against values known in closed form. */
#include "tests/unit/unit.h"

#include "base/statistics.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

static void test_moments(void)
{
    const double x[] = {2, 4, NAN, 4, 6};
    struct statistics s = statistics_of(x, 5);
    CU_ASSERT_EQUAL(s.count, 4);
    CU_ASSERT_DOUBLE_EQUAL(s.mean, 4, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(s.deviation, sqrt(8.0 / 3), 1e-15);
    s = statistics_of(x, 1);
    CU_ASSERT(s.mean == 2 && isnan(s.deviation));
    s = statistics_of(x, 0);
    CU_ASSERT(s.count == 0 && isnan(s.mean) && isnan(s.deviation));
}

/* Differences with mean m and deviation s over n pairs: t = m sqrt(n) / s. */
static void test_closed_forms(void)
{
    const double zero[4] = {0};
    /* n = 2: one degree of freedom, the Cauchy distribution: p = 1 - 2 atan(t) / pi. */
    const double two[] = {1, 3}; /* m = 2, s = sqrt(2), t = 2 */
    struct paired_test t = statistics_paired_test(two, zero, 2);
    CU_ASSERT_DOUBLE_EQUAL(t.difference, 2, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(t.p, 1 - 2 * atan(2) / pi, 1e-12);
    /* n = 3: two degrees: p = 1 - t / sqrt(2 + t^2). */
    const double three[] = {-1, -2, -3}; /* m = -2, s = 1, |t| = 2 sqrt(3) */
    t = statistics_paired_test(three, zero, 3);
    CU_ASSERT_DOUBLE_EQUAL(t.difference, -2, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(t.p, 1 - 2 * sqrt(3) / sqrt(14), 1e-12);
    /* n = 4: three degrees: p = 1 - 2 (atan(u) + u / (1 + u^2)) / pi with u = t / sqrt(3). */
    const double a[] = {1.5, 2, 3.5, 5}, b[] = {1, 1, 2, 3}; /* 0.5 1 1.5 2: m 1.25, s^2 5/12 */
    double u = 1.25 * 2 / sqrt(5.0 / 12) / sqrt(3);
    t = statistics_paired_test(a, b, 4);
    CU_ASSERT_EQUAL(t.pairs, 4);
    CU_ASSERT_DOUBLE_EQUAL(t.difference, 1.25, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(t.p, 1 - 2 * (atan(u) + u / (1 + u * u)) / pi, 1e-12);
}

/* Nine degrees of freedom: the tables give 2.262157 for 5 percent and 3.249836 for 1 percent. */
static void test_tables(void)
{
    const double quantile[] = {2.262157, 3.249836}, p[] = {0.05, 0.01};
    const double zero[10] = {0};
    for (int k = 0; k < 2; k++) {
        double x[10], s = sqrt(10.0 / 9); /* of five -1 and five +1 */
        for (int i = 0; i < 10; i++) x[i] = (i % 2 ? 1 : -1) + quantile[k] * s / sqrt(10);
        CU_ASSERT_DOUBLE_EQUAL(statistics_paired_test(x, zero, 10).p, p[k], 1e-7);
        CU_ASSERT_DOUBLE_EQUAL(statistics_paired_test(zero, x, 10).p, p[k], 1e-7);
    }
}

/* numpy.quantile([3, 1, 4, 1, 5, 9, 2, 6], [0.5, 0.95]), and scipy.stats.t.interval(0.95, 7,
 * loc=mean, scale=sem) of them. */
static void test_intervals(void)
{
    double x[] = {3, 1, 4, 1, 5, 9, 2, 6};
    const struct statistics s = statistics_of(x, 8);
    CU_ASSERT_DOUBLE_EQUAL(s.mean - statistics_interval(&s), 1.5773000437252445, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(statistics_quantile(x, 8, 0.5), 3.5, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(statistics_quantile(x, 8, 0.95), 7.95, 1e-14);
    CU_ASSERT(statistics_quantile(x, 8, 0) == 1 && statistics_quantile(x, 8, 1) == 9);
    CU_ASSERT(isnan(statistics_quantile(x, 0, 0.5)));
    const struct statistics one = statistics_of(x, 1);
    CU_ASSERT(isnan(statistics_interval(&one)));
    CU_ASSERT_DOUBLE_EQUAL(statistics_normal_quantile(0.975), 1.959963984540054, 1e-12);
}

/* Against scipy.stats.wilcoxon 1.10.1: mode="exact", and "approx" with correction=False. */
static void test_signed_ranks(void)
{
    const double zero[60] = {0};
    /* Differences 1, 2, .., 8 with the signs of a sum of 4 for the positive ones: 2 P(W <= 4) =
     * 2 x 7 / 256, for {}, 1, 2, 3, 1+2, 4 and 1+3. */
    const double d[] = {-1, -2, -3, 4, -5, -6, -7, -8};
    struct signed_rank_test t = statistics_signed_rank_test(d, zero, 8);
    CU_ASSERT_EQUAL(t.pairs, 8);
    CU_ASSERT_DOUBLE_EQUAL(t.p, 14.0 / 256, 1e-15);
    t = statistics_signed_rank_test(zero, d, 8);
    CU_ASSERT_DOUBLE_EQUAL(t.p, 14.0 / 256, 1e-15);
    const double a[] = {24, 3,  6,  7, 6,  24, 26, 17, 2,  3,  10, 13, 19, 14, 8,
                        5,  21, 22, 1, 4,  14, 12, 26, 15, 13, 13, 20, 18, 6,  22,
                        22, 28, 23, 9, 10, 19, 19, 21, 26, 9,  28, 1,  3,  29, 28,
                        9,  5,  10, 2, 26, 20, 17, 8,  14, 6,  23, 14, 1,  8,  21};
    const double b[] = {21, 15, 10, 4,  24, 26, 21, 37, 37, 9,  24, 25, 10, 12, 20,
                        29, 12, 29, 26, 9,  16, 33, 33, 26, 1,  27, 9,  32, 36, 17,
                        38, 30, 13, 35, 15, 4,  24, 34, 26, 16, 36, 19, 16, 6,  9,
                        28, 32, 12, 25, 34, 6,  11, 21, 22, 16, 16, 6,  24, 37, 8};
    t = statistics_signed_rank_test(a, b, 60);
    CU_ASSERT_DOUBLE_EQUAL(t.p, 0.0008118231520793461, 1e-15);
    /* Equal pairs, and pairs of which one is unknown, are left out. */
    const double c[] = {-1, 0, NAN, -2, -3, 4, -5, -6, -7, -8};
    t = statistics_signed_rank_test(c, zero, 10);
    CU_ASSERT_EQUAL(t.pairs, 8);
    CU_ASSERT_DOUBLE_EQUAL(t.p, 14.0 / 256, 1e-15);
    t = statistics_signed_rank_test(zero, zero, 60);
    CU_ASSERT(t.pairs == 0 && t.p == 1);
}

static void test_holm(void)
{
    double p[] = {0.01, NAN, 0.04, 0.03, 0.005};
    statistics_holm(p, 5); /* 0.005 x 4, 0.01 x 3, 0.03 x 2, and 0.04 is not below the one before */
    CU_ASSERT_DOUBLE_EQUAL(p[0], 0.03, 1e-15);
    CU_ASSERT(isnan(p[1]));
    CU_ASSERT_DOUBLE_EQUAL(p[2], 0.06, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(p[3], 0.06, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(p[4], 0.02, 1e-15);
    double high[] = {0.9, 0.6};
    statistics_holm(high, 2);
    CU_ASSERT(high[0] == 1 && high[1] == 1);
}

static void test_edges(void)
{
    const double a[] = {1, 2, NAN}, b[] = {1, 2, 3}, c[] = {2, 3, 4};
    CU_ASSERT_EQUAL(statistics_paired_test(a, b, 3).pairs, 2);
    CU_ASSERT_EQUAL(statistics_paired_test(a, b, 3).p, 1);
    CU_ASSERT_EQUAL(statistics_paired_test(b, c, 3).p, 0);
    CU_ASSERT_EQUAL(statistics_paired_test(b, c, 3).difference, -1);
    CU_ASSERT(isnan(statistics_paired_test(a, b, 1).p));
    CU_ASSERT(isnan(statistics_paired_test(a, b, 0).difference));
}

int main(void)
{
    CU_TestInfo tests[] = {{"moments", test_moments},
                           {"closed forms", test_closed_forms},
                           {"tables of Student's t", test_tables},
                           {"edges", test_edges},
                           {"quantiles and intervals", test_intervals},
                           {"signed ranks", test_signed_ranks},
                           {"Holm's correction", test_holm},
                           CU_TEST_INFO_NULL};
    return unit_run("statistics", tests);
}
