/* The end time of a search, from what its parts have taken. */
#include "search/engine/progress.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void test_nothing_known(void)
{
    struct progress p = {0};
    struct progress_ahead a = {.known = 0, .left = 10, .batch = 5};
    CU_ASSERT(isnan(progress_left_s(&p, &a)));
    a.left = 0;
    CU_ASSERT_EQUAL(progress_left_s(&p, &a), 0);
}

/* Evaluations of a table take nothing, and so the first rounds say nothing of the model. */
static void test_model_not_measured(void)
{
    struct progress p = {0};
    struct progress_ahead a = {.known = 20, .left = 280, .batch = 5, .model = true};
    progress_evaluated(&p, 20, 0.001);
    CU_ASSERT(isnan(progress_left_s(&p, &a)));
    a.model = false;
    CU_ASSERT_DOUBLE_EQUAL(progress_left_s(&p, &a), 0.014, 1e-9);
}

/* The time of a round that grows with what is known: a + b n, summed over the rounds to come. */
static void test_model_grows(void)
{
    const double a_s = 0.5, b_s = 0.02;
    struct progress p = {0};
    double truth = 0;
    for (int n = 20; n < 300; n += 5) {
        double s = a_s + b_s * n;
        if (n < 60) {
            progress_model(&p, (size_t)n, s);
            progress_evaluated(&p, 5, 0.1);
        } else {
            truth += s + 0.1;
        }
    }
    struct progress_ahead a = {.known = 60, .left = 240, .batch = 5, .model = true};
    CU_ASSERT_DOUBLE_EQUAL(progress_left_s(&p, &a), truth, 1e-6);
    /* One slow round, such as on a busy machine, moves it little. */
    progress_model(&p, 60, 10 * (a_s + b_s * 60));
    double moved = progress_left_s(&p, &a);
    CU_ASSERT(moved > 0.7 * truth && moved < 1.5 * truth);
}

/* After one round alone the model is taken to grow in proportion: rather too long than too short.
 */
static void test_one_round(void)
{
    struct progress p = {0};
    struct progress_ahead a = {.known = 20, .left = 80, .batch = 20, .model = true};
    progress_model(&p, 20, 1);
    progress_evaluated(&p, 20, 0);
    CU_ASSERT_DOUBLE_EQUAL(progress_left_s(&p, &a), 1 + 2 + 3 + 4, 1e-9);
}

/* Evaluations scatter: their mean counts, over the newest windows. */
static void test_evaluations(void)
{
    struct progress p = {0};
    struct progress_ahead a = {.known = 100, .left = 100, .batch = 8};
    for (int i = 0; i < 1000; i++) progress_evaluated(&p, 1, 50);
    for (int i = 0; i < PROGRESS_SAMPLES; i++) progress_evaluated(&p, 2, i % 4 ? 1 : 5);
    CU_ASSERT_DOUBLE_EQUAL(progress_left_s(&p, &a), 100 * 1.0, 1e-9);
    progress_evaluated(&p, 0, 1000); /* none came to its end */
    CU_ASSERT_DOUBLE_EQUAL(progress_left_s(&p, &a), 100 * 1.0, 1e-9);
}

static void test_text(void)
{
    char text[512];
    struct progress_now n = {.name = "aging",
                             .done = 120,
                             .total = 300,
                             .running = 8,
                             .failed = 3,
                             .found = true,
                             .best = 0.9432,
                             .best_at = 87,
                             .per_hour = 1240.4,
                             .left_s = 42};
    progress_text(text, sizeof(text), &n);
    CU_ASSERT_STRING_EQUAL(text, "aging: 120/300 evaluations, 8 running, 3 failed; best 0.9432 at "
                                 "evaluation 87; 1240/h, ends in 42 s");
    setenv("TZ", "UTC", 1);
    n.left_s = 2 * 3600 + 5 * 60;
    n.time = 12 * 3600;
    progress_text(text, sizeof(text), &n);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, ", ends in 2 h 05 min (14:05)"));
    n = (struct progress_now){.name = "random", .done = 1, .total = 2, .left_s = (double)NAN};
    progress_text(text, sizeof(text), &n);
    CU_ASSERT_STRING_EQUAL(text, "random: 1/2 evaluations; best none yet, end not known yet");
    n = (struct progress_now){.name = "random", .done = 2, .total = 2};
    progress_text(text, sizeof(text), &n);
    CU_ASSERT_STRING_EQUAL(text, "random: 2/2 evaluations; best none yet");
}

int main(void)
{
    CU_TestInfo tests[] = {{"nothing known", test_nothing_known},
                           {"the model is not measured yet", test_model_not_measured},
                           {"the model grows", test_model_grows},
                           {"one round", test_one_round},
                           {"evaluations", test_evaluations},
                           {"text", test_text},
                           CU_TEST_INFO_NULL};
    return unit_run("progress", tests);
}
