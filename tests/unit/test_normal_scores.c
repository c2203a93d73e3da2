/* Normal scores: known quantiles, an inverse that undoes the map, slopes that are its derivative.
 */
#include "tests/unit/unit.h"

#include "predictor/scoring/normal_scores.h"

#include <math.h>
#include <stdlib.h>

#define MANY 1000

/* The distribution function of the standard normal. */
static double phi(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

static void test_ranks(void)
{
    double labels[] = {0.9, -40, NAN, 0.7, 0.8, 0.8};
    struct normal_scores s;
    CHECK_OK(normal_scores_fit(&s, labels, 1, 6));
    CU_ASSERT_EQUAL(s.knots, 4);
    CU_ASSERT_DOUBLE_EQUAL(phi(normal_scores_of_label(&s, -40)), 0.1, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(phi(normal_scores_of_label(&s, 0.7)), 0.3, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(phi(normal_scores_of_label(&s, 0.8)), 0.6, 1e-9); /* two share a rank */
    CU_ASSERT_DOUBLE_EQUAL(phi(normal_scores_of_label(&s, 0.9)), 0.9, 1e-9);
    CU_ASSERT(normal_scores_of_label(&s, 0.95) > normal_scores_of_label(&s, 0.9));
    CU_ASSERT(normal_scores_of_label(&s, -50) < normal_scores_of_label(&s, -40));
    CU_ASSERT(normal_scores_valid(&s));
    s.label[1] = s.label[2];
    CU_ASSERT(!normal_scores_valid(&s));
    s.label[1] = NAN;
    CU_ASSERT(!normal_scores_valid(&s));
}

/* More labels than knots: scores are still near the quantiles, and every stride is read. */
static void test_many(void)
{
    double *labels = malloc(2 * MANY * sizeof(*labels));
    struct normal_scores s;
    for (int i = 0; i < MANY; i++) {
        labels[2 * i] = exp(0.01 * ((i * 7) % MANY)); /* 7 and MANY have no common factor */
        labels[2 * i + 1] = 1e9;
    }
    CHECK_OK(normal_scores_fit(&s, labels, 2, MANY));
    CU_ASSERT_EQUAL(s.knots, NORMAL_SCORES_KNOTS);
    for (int rank = 0; rank < MANY; rank += 3) {
        double label = exp(0.01 * rank), score = normal_scores_of_label(&s, label),
               step = 1e-6 * label;
        CU_ASSERT_DOUBLE_EQUAL(phi(score), (rank + 0.5) / MANY, 0.002);
        CU_ASSERT_DOUBLE_EQUAL(normal_scores_to_label(&s, score) / label, 1, 1e-12);
        double rise = normal_scores_of_label(&s, label + step) - score;
        CU_ASSERT_DOUBLE_EQUAL(rise / step / normal_scores_slope(&s, label), 1, 1e-3);
    }
    for (double x = -6; x <= 6; x += 0.25) /* beyond the knots too */
        CU_ASSERT_DOUBLE_EQUAL(normal_scores_of_label(&s, normal_scores_to_label(&s, x)), x, 1e-9);
    free(labels);
}

static void test_few(void)
{
    double none = NAN, one = 3, same[] = {2, 2, 2};
    struct normal_scores s;
    CHECK_OK(normal_scores_fit(&s, &none, 1, 1));
    CU_ASSERT_EQUAL(normal_scores_of_label(&s, 5), 5);
    CHECK_OK(normal_scores_fit(&s, &one, 1, 1));
    CU_ASSERT_DOUBLE_EQUAL(normal_scores_of_label(&s, 5), 2, 1e-12);
    CHECK_OK(normal_scores_fit(&s, same, 1, 3));
    CU_ASSERT_DOUBLE_EQUAL(normal_scores_to_label(&s, 0.5), 2.5, 1e-12);
    CU_ASSERT_EQUAL(normal_scores_slope(&s, 7), 1);
}

int main(void)
{
    CU_TestInfo tests[] = {
        {"ranks", test_ranks},
        {"many labels", test_many},
        {"few labels", test_few},
        CU_TEST_INFO_NULL,
    };
    return unit_run("normal scores", tests);
}
