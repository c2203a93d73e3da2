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
                           CU_TEST_INFO_NULL};
    return unit_run("statistics", tests);
}
