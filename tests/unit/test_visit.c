/* Visits to the books of a search: who asks and tells in any order gets each network once, and
 * finds again what was told, whatever the books remember it by. */
#include "tests/unit/visit_case.h"

#include <math.h>

static double drawn(struct rng *r)
{
    return rng_below(r, 5) == 0 ? (double)NAN : (double)rng_below(r, 1000) / 1000;
}

/* Visits in any order, until the budget is spent and all is told. */
static void visits(enum search_algorithm a, uint64_t budget, bool minimise)
{
    struct visit_case k;
    struct rng r;
    bool over = false;
    rng_init(&r, 5, RNG_SEARCH, 0);
    visit_case_open(&k, a, budget);
    k.options.minimise = minimise;
    for (int i = 0; !over; i++) {
        CU_ASSERT_FATAL(i < 1000);
        CU_ASSERT_EQUAL(over, k.given > 0 && k.told == budget);
        size_t pending = k.given - k.told;
        if (pending && rng_below(&r, 3) > 0) {
            over = visit_case_tell_one(&k, rng_below(&r, pending), drawn(&r));
        } else {
            size_t wanted = 1 + rng_below(&r, 7), left = budget - k.given;
            size_t got = visit_case_ask(&k, wanted, &over);
            CU_ASSERT(got <= wanted && got <= left);
            /* Evolution may have to wait for results. */
            if (a != ALGORITHM_AGING) CU_ASSERT_EQUAL(got, wanted < left ? wanted : left);
        }
    }
    CU_ASSERT_EQUAL(k.given, budget);
    CU_ASSERT_EQUAL(k.told, budget);
    visit_case_close(&k);
}

static void test_visits(void)
{
    visits(ALGORITHM_RANDOM, 90, false);
    visits(ALGORITHM_AGING, 150, true);
    visits(ALGORITHM_EXHAUSTIVE, 80, false);
}

/* More networks than the space has: all of them, and then none; it is over when all are told. */
static void test_exhausted(void)
{
    struct visit_case k;
    bool over = true;
    visit_case_open(&k, ALGORITHM_EXHAUSTIVE, 1000);
    CU_ASSERT_EQUAL(visit_case_ask(&k, 900, &over), NETWORKS);
    CU_ASSERT_FALSE(over);
    CU_ASSERT_EQUAL(visit_case_ask(&k, 1, &over), 0);
    CU_ASSERT_FALSE(over);
    size_t tasks[NETWORKS];
    double values[NETWORKS];
    for (size_t i = 0; i < NETWORKS; i++) {
        tasks[i] = NETWORKS - 1 - i;
        values[i] = i % 7 ? (double)i : (double)NAN;
    }
    (void)visit_case_tell(&k, tasks, values, NETWORKS);
    CU_ASSERT_EQUAL(visit_case_ask(&k, 1, &over), 0);
    CU_ASSERT_TRUE(over);
    visit_case_close(&k);
}

/* Behind the target nothing is asked for, and what is pending may still be told. */
static void test_target(void)
{
    struct visit_case k;
    bool over = true;
    visit_case_open(&k, ALGORITHM_RANDOM, 100);
    k.options.target = TARGET_VALUE;
    k.options.target_value = 0.9;
    CU_ASSERT_EQUAL(visit_case_ask(&k, 5, &over), 5);
    CU_ASSERT_FALSE(visit_case_tell_one(&k, 2, 0.8));
    CU_ASSERT_FALSE(visit_case_tell_one(&k, 0, 0.95));
    CU_ASSERT_EQUAL(visit_case_ask(&k, 3, &over), 0);
    CU_ASSERT_FALSE(over);
    CU_ASSERT_FALSE(visit_case_tell_one(&k, 0, 0.99));
    CU_ASSERT_FALSE(visit_case_tell_one(&k, 0, (double)NAN));
    CU_ASSERT_TRUE(visit_case_tell_one(&k, 0, 0.1));
    visit_case_close(&k);
}

/* A larger budget goes on, with what was proposed and not given out first; a smaller one gives out
 * nothing. */
static void test_budgets(void)
{
    struct visit_case k;
    bool over = false;
    visit_case_open(&k, ALGORITHM_RANDOM, 3);
    CU_ASSERT_EQUAL(visit_case_ask(&k, 9, NULL), 3);
    k.options.evaluations = 20;
    CU_ASSERT_EQUAL(visit_case_ask(&k, 2, NULL), 2); /* of a round of eight */
    k.options.evaluations = 5;
    CU_ASSERT_EQUAL(visit_case_ask(&k, 2, &over), 0);
    CU_ASSERT_FALSE(over);
    for (int i = 0; i < 5; i++) over = visit_case_tell_one(&k, 0, 0.1 * i);
    CU_ASSERT_TRUE(over);
    k.options.evaluations = 12;
    CU_ASSERT_EQUAL(visit_case_ask(&k, 9, &over), 7);
    CU_ASSERT_FALSE(over);
    visit_case_close(&k);
}

/* Of a task that is not pending nothing is taken. */
static void test_wrong_tells(void)
{
    struct visit_case k;
    struct visit v;
    visit_case_open(&k, ALGORITHM_RANDOM, 30);
    CU_ASSERT_EQUAL(visit_case_ask(&k, 2, NULL), 2);
    CU_ASSERT_FALSE(visit_case_tell_one(&k, 0, 0.5));
    CHECK_OK(visit_open(&v, NULL, &k.run, false));
    Sibyl__Measurement m = SIBYL__MEASUREMENT__INIT;
    m.value = 0.7;
    CU_ASSERT_EQUAL(visit_tell(&v, &m), SIBYL_E_FORMAT); /* task 0, which was told */
    m.task = 1000;
    CU_ASSERT_EQUAL(visit_tell(&v, &m), SIBYL_E_FORMAT);
    m.task = 1;
    m.value = (double)NAN;
    CU_ASSERT_EQUAL(visit_tell(&v, &m), SIBYL_E_FORMAT);
    visit_case_check(&k, &v);
    visit_close(&v);
    visit_case_close(&k);
}

int main(void)
{
    CU_TestInfo tests[] = {{"visits in any order", test_visits},
                           {"all of a space", test_exhausted},
                           {"a target", test_target},
                           {"other budgets", test_budgets},
                           {"of no pending task", test_wrong_tells},
                           CU_TEST_INFO_NULL};
    return unit_run("visit", tests);
}
