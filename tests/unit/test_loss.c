/* Every loss term: its value by the definition, its gradient by finite differences. */
#include "tests/unit/unit.h"

#include "predictor/loss.h"

#include <math.h>
#include <string.h>

#define N 9
#define STEP 1e-6

static double value(const struct training_options *o, const double *p, const double *t,
                    double *gradient)
{
    struct loss_scale scale = {0.8, 0.1};
    struct rng pairs;
    uint32_t scratch[N];
    rng_init(&pairs, 5, RNG_PAIRS, 0);
    return loss_batch(o, &scale, N, p, t, &pairs, scratch, gradient);
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

int main(void)
{
    CU_TestInfo tests[] = {
        {"gradients", test_gradients}, {"values", test_values}, CU_TEST_INFO_NULL};
    return unit_run("loss", tests);
}
