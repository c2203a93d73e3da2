/* Every loss term: its value by the definition, its gradient by finite differences. */
#include "tests/unit/unit.h"

#include "predictor/kernels/kernels.h"
#include "predictor/training/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 21 /* more than two vectors and not a whole number of them */
#define STEP 1e-6

static double value(const struct training_options *o, const double *p, const double *t,
                    double *gradient)
{
    struct rng pairs;
    uint32_t partner[N], partner_of[N];
    struct loss_batch b = {o, 0.8, 0.1, N, p, t, 0, partner, partner_of};
    rng_init(&pairs, 5, RNG_PAIRS, 0);
    loss_partners(&b, &pairs);
    b.pairs = loss_pairs(&b, 0, N);
    return loss_rows(&b, 0, 2, gradient) + loss_rows(&b, 2, N, gradient + 2);
}

static void make_data(double *p, double *t)
{
    struct rng r;
    rng_init(&r, 11, RNG_TEST, 0);
    for (int i = 0; i < N; i++) {
        p[i] = rng_normal(&r);
        t[i] = rng_normal(&r);
    }
    t[3] = t[5]; /* a tie has no order to learn */
}

static void check_gradient(const struct training_options *o)
{
    double p[N], t[N], gradient[N], unused[N];
    make_data(p, t);
    double loss = value(o, p, t, gradient);
    CU_ASSERT(loss > 0);
    for (int i = 0; i < N; i++) {
        double keep = p[i];
        p[i] = keep + STEP;
        double up = value(o, p, t, unused);
        p[i] = keep - STEP;
        double down = value(o, p, t, unused);
        p[i] = keep;
        CU_ASSERT_DOUBLE_EQUAL(gradient[i], (up - down) / (2 * STEP), 1e-7);
    }
}

static void test_gradients(void)
{
    struct training_options o = {0};
    double *weights[] = {&o.loss.l1, &o.loss.mse, &o.loss.mape, &o.loss.rank_all,
                         &o.loss.rank_random};
    for (int k = 0; k < 5; k++) {
        memset(&o, 0, sizeof(o));
        *weights[k] = 1.3;
        check_gradient(&o);
    }
    for (int k = 0; k < 5; k++) *weights[k] = 0.5 + k; /* all together, with a margin */
    o.loss.rank_margin = 0.3;
    check_gradient(&o);
}

static void test_values(void)
{
    double p[N], t[N], unused[N], l1 = 0, mape = 0, rank = 0;
    int pairs = 0;
    make_data(p, t);
    for (int i = 0; i < N; i++) {
        l1 += fabs(p[i] - t[i]) / N;
        mape += fabs((p[i] * 0.1 + 0.8) - (t[i] * 0.1 + 0.8)) / fabs(t[i] * 0.1 + 0.8) / N;
        for (int j = 0; j < N; j++)
            if (t[i] > t[j]) {
                rank += log(1 + exp(-(p[i] - p[j])));
                pairs++;
            }
    }
    struct training_options o = {.loss = {.l1 = 2}};
    CU_ASSERT_DOUBLE_EQUAL(value(&o, p, t, unused), 2 * l1, 1e-12);
    o = (struct training_options){.loss = {.mape = 1}};
    CU_ASSERT_DOUBLE_EQUAL(value(&o, p, t, unused), mape, 1e-12);
    o = (struct training_options){.loss = {.rank_all = 1}};
    CU_ASSERT_EQUAL(pairs, N * (N - 1) / 2 - 1);
    CU_ASSERT_DOUBLE_EQUAL(value(&o, p, t, unused), rank / pairs, 1e-12);
}

/* One row of the rank loss against its definition: extreme differences, long rows, every level. */
static void test_rank_rows(void)
{
    enum { ROWS = 9000 };
    double *p = malloc(2 * ROWS * sizeof(*p)), *t = p + ROWS;
    struct rng r;
    CU_ASSERT_FATAL(p != NULL);
    rng_init(&r, 12, RNG_TEST, 0);
    for (int i = 0; i < ROWS; i++) {
        p[i] = rng_normal(&r) * (i % 3 ? 1 : 400);
        t[i] = (double)rng_below(&r, 5) * 0.25;
    }
    for (size_t l = 0; kernels_level(l); l++) {
        struct rank_pairs pairs = {p, t, ROWS - l, 0.3};
        for (size_t i = 0; i < ROWS - l; i += 700) {
            double slope, want = 0, want_slope = 0,
                          sum = kernels_level(l)->rank_row(&pairs, i, &slope);
            for (size_t j = 0; j < ROWS - l; j++) {
                double order = (t[i] > t[j]) - (t[i] < t[j]), x = (p[i] - p[j]) * order;
                if (!(fabs(t[i] - t[j]) > 0.3)) continue;
                want += x > 0 ? log1p(exp(-x)) : log1p(exp(x)) - x;
                want_slope -= order / (1 + exp(x));
            }
            CU_ASSERT_DOUBLE_EQUAL(sum, want, 1e-13 * want);
            CU_ASSERT_DOUBLE_EQUAL(slope, want_slope, 1e-13 * ROWS);
        }
    }
    p[3] = NAN;
    struct rank_pairs pairs = {p, t, 16, -1};
    double slope;
    CU_ASSERT(isnan(kernels_level(0)->rank_row(&pairs, 1, &slope)) && isnan(slope));
    free(p);
}

int main(void)
{
    CU_TestInfo tests[] = {{"gradients", test_gradients},
                           {"values", test_values},
                           {"rank rows", test_rank_rows},
                           CU_TEST_INFO_NULL};
    return unit_run("loss", tests);
}
