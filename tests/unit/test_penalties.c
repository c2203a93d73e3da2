/* Penalties among labels are told from honest ones: far numbers behind a gap, and no heavy tail. */
#include "tests/unit/unit.h"

#include "base/rng.h"
#include "jobs/training/penalties.h"

#include <math.h>
#include <stdlib.h>

#define MANY 1000

static double labels[MANY];
static struct rng draw;

static struct penalties found(size_t count)
{
    struct penalties p;
    CHECK_OK(penalties_find(&p, labels, 1, count));
    return p;
}

/* Accuracies: most good, a tail, some at chance. */
static void accuracies(double unit)
{
    rng_init(&draw, 3, RNG_TEST, 0);
    for (int i = 0; i < MANY; i++)
        labels[i] = unit * (i % 25 == 0 ? 0.1 : 0.93 - 0.03 * exp(0.7 * rng_normal(&draw)));
}

/* Every `step`-th label becomes `value`, times (1 + i * spread). Returns how many. */
static size_t spoil(size_t step, double value, double spread)
{
    size_t count = 0;
    for (size_t i = 3; i < MANY; i += step, count++) labels[i] = value * (1 + (double)i * spread);
    return count;
}

static void check(size_t wanted)
{
    struct penalties p = found(MANY);
    CU_ASSERT_EQUAL(p.count, wanted);
    size_t left = 0;
    for (int i = 0; i < MANY; i++) left += isnan(penalties_honest(&p, labels[i])) != 0;
    CU_ASSERT_EQUAL(left, wanted);
}

static void test_penalties(void)
{
    const double far[] = {1e20, -1e8, 1e300, -1.7e308, 99999};
    for (int unit = 1; unit <= 100; unit += 99)
        for (size_t k = 0; k < sizeof(far) / sizeof(far[0]); k++) {
            accuracies(unit);
            check(0);
            size_t count = spoil(50, far[k], 0);
            check(count);
            accuracies(unit);
            count = spoil(50, far[k] / 2, 1e-3); /* not all the same */
            check(count);
            accuracies(unit);
            count = spoil(3, far[k], 0); /* a third failed */
            check(count);
        }
    accuracies(1);
    size_t count = spoil(50, -1, 0);
    check(count);
    accuracies(1);
    labels[7] = 1e20; /* but one */
    check(1);
    accuracies(1);
    count = spoil(50, 1e20, 0); /* both ends */
    labels[7] = labels[8] = -1e9;
    check(count + 2);
}

/* Failures count as 0 where no honest network is near it. */
static void test_zeros(void)
{
    rng_init(&draw, 4, RNG_TEST, 0);
    for (int i = 0; i < MANY; i++) labels[i] = 93 + 1.5 * rng_normal(&draw);
    check(0);
    size_t count = spoil(40, 0, 0);
    check(count);
    rng_init(&draw, 5, RNG_TEST, 0); /* latencies: 0 is near enough to these */
    for (int i = 0; i < MANY; i++) labels[i] = exp(rng_normal(&draw));
    spoil(40, 0, 0);
    check(0);
}

static void test_honest(void)
{
    for (double sigma = 0.25; sigma <= 2; sigma *= 2)
        for (uint64_t seed = 0; seed < 20; seed++) {
            rng_init(&draw, seed, RNG_TEST, 0);
            for (int i = 0; i < MANY; i++) labels[i] = 5 * exp(sigma * rng_normal(&draw));
            check(0);
        }
    for (int i = 0; i < MANY; i++) /* latencies over four decades, evenly */
        labels[i] = pow(10, 4 * rng_uniform(&draw) - 1);
    check(0);
    for (int i = 0; i < MANY;
         i++) /* two kinds of networks, the fewer the better ones, or the worse */
        labels[i] = (i % 5 < 2 ? 0.9 : 0.1) + 0.001 * rng_normal(&draw);
    check(0);
    for (int i = 0; i < MANY; i++) labels[i] = 1 - labels[i];
    check(0);
    for (int unit = 1; unit <= 100;
         unit += 99) { /* a third at chance, the others near each other */
        for (int i = 0; i < MANY; i++)
            labels[i] = unit * (i % 3 ? 0.9 + 0.003 * rng_normal(&draw) : 0.1);
        check(0);
    }
    for (int i = 0; i < MANY; i++) labels[i] = 7; /* constant */
    check(0);
    for (int i = 0; i < MANY; i++) labels[i] = i % 10 == 0; /* two values */
    check(0);
    for (int i = 0; i < MANY; i++) labels[i] = i % 100 == 0 ? 1e20 : 3; /* also two */
    check(0);
    for (int i = 0; i < MANY; i++) labels[i] = i % 2 ? 1e20 : 0.9 + i * 1e-5; /* half of them */
    check(0);
    labels[0] = 1, labels[1] = 2, labels[2] = 1e20;
    CU_ASSERT_EQUAL(found(3).count, 0); /* too few to tell */
    CU_ASSERT_EQUAL(found(0).count, 0);
    for (int i = 0; i < MANY; i++) labels[i] = i % 3 ? NAN : i;
    struct penalties p = found(MANY);
    CU_ASSERT(p.count == 0 && p.known == 334);
    struct penalties none = {0};
    CU_ASSERT(penalties_honest(&none, 5) == 5);
}

int main(void)
{
    CU_TestInfo tests[] = {{"penalties", test_penalties},
                           {"zeros", test_zeros},
                           {"honest labels", test_honest},
                           CU_TEST_INFO_NULL};
    return unit_run("penalties", tests);
}
