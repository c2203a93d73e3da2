#include "base/rng.h"
#include "search/algorithms/hypervolume.h"
#include "search/algorithms/pareto.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POINTS 40
#define OBJECTIVES 5

/* By inclusion and exclusion over all sets of points: slow and obvious. */
static double brute(const double *p, size_t n, uint32_t k, const double *reference)
{
    double sum = 0;
    for (uint32_t set = 1; set < 1u << n; set++) {
        double box = 1, sign = -1;
        for (uint32_t c = 0; c < k; c++) {
            double low = INFINITY;
            for (size_t i = 0; i < n; i++)
                if (set >> i & 1) low = fmin(low, p[i * k + c]);
            box *= fmax(low - reference[c], 0);
        }
        for (size_t i = 0; i < n; i++)
            if (set >> i & 1) sign = -sign;
        sum += sign * box;
    }
    return sum;
}

static void fill(struct rng *r, double *p, size_t count, bool coarse)
{
    for (size_t i = 0; i < count; i++)
        p[i] = coarse ? (double)rng_below(r, 4) : rng_uniform(r) * 2 - 0.5;
}

static void test_hypervolume(void)
{
    struct hypervolume h = {0};
    struct rng r;
    double p[10 * OBJECTIVES], reference[OBJECTIVES], out;
    rng_init(&r, 3, RNG_TEST, 0);
    for (uint32_t trial = 0; trial < 200; trial++) {
        uint32_t k = 1 + trial % OBJECTIVES;
        size_t n = trial % 11;
        fill(&r, p, n * k, trial % 3 == 0);
        for (uint32_t c = 0; c < k; c++) reference[c] = 0.1 * c;
        CHECK_OK(hypervolume_of(&h, p, n, k, reference, &out));
        CU_ASSERT_DOUBLE_EQUAL(out, brute(p, n, k, reference), 1e-9 * (1 + fabs(out)));
    }
    hypervolume_release(&h);
}

/* Of many objectives, nearly all points are in the front; each adds what it has alone, and that
 * must not take as long as to look at all sets of them. */
static void test_many_objectives(void)
{
    enum { MANY = 150, MOST = 8 };
    struct pareto_front f = {.k = MOST};
    struct hypervolume h = {0};
    struct rng r;
    double p[MANY * MOST], reference[MOST] = {0}, sum = 0, gain, all;
    rng_init(&r, 7, RNG_TEST, 0);
    for (size_t i = 0; i < (size_t)MANY * MOST; i++) p[i] = rng_uniform(&r);
    for (size_t i = 0; i < MANY; i++) {
        CHECK_OK(hypervolume_gain(&h, &f, reference, p + i * MOST, &gain));
        CHECK_OK(pareto_front_add(&f, p + i * MOST, i, NULL));
        sum += gain;
    }
    CHECK_OK(hypervolume_of(&h, p, MANY, MOST, reference, &all));
    CU_ASSERT_DOUBLE_EQUAL(sum, all, 1e-12);
    CU_ASSERT(f.count > MANY / 2);
    pareto_front_release(&f);
    hypervolume_release(&h);
}

/* The order of points changes no bit. */
static void test_order(void)
{
    struct hypervolume h = {0};
    struct rng r;
    double p[POINTS * 4], q[POINTS * 4], reference[4] = {0}, a, b;
    rng_init(&r, 4, RNG_TEST, 0);
    fill(&r, p, POINTS * 4, false);
    for (size_t i = 0; i < POINTS; i++) memcpy(q + (POINTS - 1 - i) * 4, p + i * 4, 4 * sizeof(*p));
    CHECK_OK(hypervolume_of(&h, p, POINTS, 4, reference, &a));
    CHECK_OK(hypervolume_of(&h, q, POINTS, 4, reference, &b));
    CU_ASSERT(memcmp(&a, &b, sizeof(a)) == 0);
    hypervolume_release(&h);
}

/* What points add one after another is the volume of all, and the front is what nothing dominates.
 */
static void check_front(struct rng *r, uint32_t k, bool coarse)
{
    struct pareto_front f = {.k = k};
    struct hypervolume h = {0};
    double p[POINTS * OBJECTIVES], reference[OBJECTIVES] = {0}, sum = 0, gain, all;
    fill(r, p, (size_t)POINTS * k, coarse);
    for (size_t i = 0; i < POINTS; i++) {
        CHECK_OK(hypervolume_gain(&h, &f, reference, p + i * k, &gain));
        CHECK_OK(pareto_front_add(&f, p + i * k, i, NULL));
        sum += gain;
    }
    CHECK_OK(hypervolume_of(&h, p, POINTS, k, reference, &all));
    CU_ASSERT_DOUBLE_EQUAL(sum, all, 1e-9 * (1 + all));
    size_t count = 0;
    for (size_t i = 0; i < POINTS; i++) {
        bool best = true, there = false;
        for (size_t j = 0; j < POINTS; j++)
            best = best && !pareto_dominates(p + j * k, p + i * k, k);
        for (size_t j = 0; j < f.count; j++) there = there || f.names[j] == i;
        CU_ASSERT_EQUAL(best, there);
        count += best;
    }
    CU_ASSERT_EQUAL(f.count, count);
    for (size_t j = 1; j < f.count; j++) CU_ASSERT(f.points[(j - 1) * k] >= f.points[j * k]);
    pareto_front_release(&f);
    hypervolume_release(&h);
}

static void test_front(void)
{
    struct rng r;
    rng_init(&r, 5, RNG_TEST, 0);
    for (uint32_t trial = 0; trial < 40; trial++)
        check_front(&r, 1 + trial % OBJECTIVES, trial % 4 == 0);
}

/* Ranks by their definition: one more than the highest rank that dominates. */
static void test_sort(void)
{
    struct rng r;
    double p[POINTS * 2], violations[POINTS];
    uint32_t ranks[POINTS];
    rng_init(&r, 6, RNG_TEST, 0);
    for (int trial = 0; trial < 20; trial++) {
        fill(&r, p, POINTS * 2, trial % 2 == 0);
        for (size_t i = 0; i < POINTS; i++)
            violations[i] = trial % 4 < 2 ? 0 : fmax(rng_uniform(&r) - 0.5, 0);
        const struct pareto_points all = {p, violations, POINTS, 2};
        CHECK_OK(pareto_sort(&all, ranks));
        for (size_t i = 0; i < POINTS; i++) {
            uint32_t want = 0;
            for (size_t j = 0; j < POINTS; j++) {
                double x = violations[j], y = violations[i];
                bool over = x > 0 || y > 0 ? x < y : pareto_dominates(p + 2 * j, p + 2 * i, 2);
                if (over && ranks[j] + 1 > want) want = ranks[j] + 1;
            }
            CU_ASSERT_EQUAL(ranks[i], want);
        }
    }
}

static void test_crowding(void)
{
    const double p[] = {0, 4, 1, 3, 3, 1, 4, 0, 9, 9};
    const uint32_t ranks[] = {1, 1, 1, 1, 0};
    double out[5];
    const struct pareto_points all = {p, NULL, 5, 2};
    CHECK_OK(pareto_crowding(&all, ranks, out));
    CU_ASSERT(isinf(out[0]) && isinf(out[3]) && isinf(out[4]));
    CU_ASSERT_DOUBLE_EQUAL(out[1], 1.5, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(out[2], 1.5, 1e-12);
}

int main(void)
{
    CU_TestInfo tests[] = {{"hypervolume", test_hypervolume},
                           {"the order of points", test_order},
                           {"many objectives", test_many_objectives},
                           {"front and gains", test_front},
                           {"non-dominated sorting", test_sort},
                           {"crowding", test_crowding},
                           CU_TEST_INFO_NULL};
    return unit_run("pareto", tests);
}
