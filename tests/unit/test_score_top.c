/* The best few of many scores: against sorting all of them. */
#include "jobs/scoring/score_top.h"
#include "tests/unit/unit.h"

#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCORES 20000

static int by_value(const void *a, const void *b)
{
    const struct score_entry *x = a, *y = b;
    if (isnan(x->value) || isnan(y->value))
        return isnan(x->value) && isnan(y->value) ? (x->index > y->index) - (x->index < y->index)
                                                  : isnan(x->value) - isnan(y->value);
    if (x->value != y->value) return x->value > y->value ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static int by_low_value(const void *a, const void *b)
{
    struct score_entry x = *(const struct score_entry *)a, y = *(const struct score_entry *)b;
    x.value = -x.value;
    y.value = -y.value;
    return by_value(&x, &y);
}

/* Many ties, some NaN and some infinite, in a random order. */
static void check_best(size_t most, bool lowest)
{
    struct score_entry *all = calloc(SCORES, sizeof(*all));
    struct score_top t, copy;
    struct rng r;
    char text[32];
    CU_ASSERT_FATAL(all != NULL);
    rng_init(&r, 3, RNG_TEST, most);
    score_top_init(&t, most, lowest);
    for (uint64_t i = 0; i < SCORES; i++) {
        all[i].value = i % 50 ? (double)rng_below(&r, 3000) : NAN;
        if (i % 5000 == 7) all[i].value = i % 2 ? (double)INFINITY : -(double)INFINITY;
        all[i].index = i * 7919 % SCORES;
        snprintf(text, sizeof(text), "cell %d", (int)all[i].index);
        CHECK_OK(score_top_add(&t, all[i].value, all[i].index, text));
    }
    qsort(all, SCORES, sizeof(*all), lowest ? by_low_value : by_value);
    score_top_sort(&t);
    CU_ASSERT_EQUAL_FATAL(t.count, most < SCORES ? most : SCORES);
    void *packed = NULL;
    size_t bytes = 0;
    CHECK_OK(score_top_pack(&t, &packed, &bytes));
    score_top_init(&copy, most, lowest);
    CHECK_OK(score_top_unpack(&copy, packed, bytes));
    CU_ASSERT_EQUAL(copy.count, t.count);
    for (size_t i = 0; i < t.count; i++) {
        CU_ASSERT(copy.entries[i].index == all[i].index && t.entries[i].index == all[i].index);
        CU_ASSERT(t.entries[i].value == all[i].value || isnan(all[i].value));
        snprintf(text, sizeof(text), "cell %d", (int)all[i].index);
        CU_ASSERT_STRING_EQUAL(copy.entries[i].text, text);
    }
    CU_ASSERT_EQUAL(score_top_unpack(&copy, packed, bytes - 1), SIBYL_E_FORMAT);
    free(packed);
    free(all);
    score_top_release(&t);
    score_top_release(&copy);
}

static void test_best(void)
{
    for (int lowest = 0; lowest < 2; lowest++) {
        check_best(1, lowest);
        check_best(100, lowest);
        check_best(700, lowest);
        check_best(SCORES - 1, lowest);
        check_best(SCORES + 1, lowest);
    }
}

int main(void)
{
    CU_TestInfo tests[] = {{"the best", test_best}, CU_TEST_INFO_NULL};
    return unit_run("score_top", tests);
}
