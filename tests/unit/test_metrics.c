/* Rank correlations and what is said of the best rows, against their O(n^2) definitions, ties
 * included. */
#include "tests/unit/unit.h"

#include "base/rng.h"
#include "predictor/scoring/metrics.h"

#include <math.h>

#define N 200

static double slow_tau(const double *a, const double *b, int n)
{
    double difference = 0, only_a = 0, only_b = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            double x = (a[i] > a[j]) - (a[i] < a[j]), y = (b[i] > b[j]) - (b[i] < b[j]);
            difference += x * y;
            only_a += x != 0;
            only_b += y != 0;
        }
    return difference / sqrt(only_a * only_b);
}

static double slow_rank(const double *x, int n, int i)
{
    double below = 0, equal = 0;
    for (int j = 0; j < n; j++) {
        below += x[j] < x[i];
        equal += x[j] == x[i];
    }
    return below + 0.5 * (equal - 1);
}

static double slow_spearman(const double *a, const double *b, int n)
{
    double ab = 0, aa = 0, bb = 0, mean = 0.5 * (n - 1);
    for (int i = 0; i < n; i++) {
        double x = slow_rank(a, n, i) - mean, y = slow_rank(b, n, i) - mean;
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    return ab / sqrt(aa * bb);
}

static void test_against_definition(void)
{
    double a[N], b[N], tau, rho;
    for (uint64_t trial = 0; trial < 40; trial++) {
        struct rng r;
        rng_init(&r, 1, RNG_TEST, trial);
        int n = 2 + (int)rng_below(&r, N - 2);
        uint64_t levels = trial % 2 ? 5 + rng_below(&r, 20) : 1000000; /* with and without ties */
        for (int i = 0; i < n; i++) {
            a[i] = (double)rng_below(&r, levels);
            b[i] = 0.3 * a[i] + (double)rng_below(&r, levels);
        }
        CHECK_OK(metrics_kendall_tau(a, b, (size_t)n, &tau));
        CHECK_OK(metrics_spearman(a, b, (size_t)n, &rho));
        double slow = slow_tau(a, b, n);
        if (!isnan(slow)) CU_ASSERT_DOUBLE_EQUAL(tau, slow, 1e-12);
        slow = slow_spearman(a, b, n);
        if (!isnan(slow)) CU_ASSERT_DOUBLE_EQUAL(rho, slow, 1e-12);
    }
}

/* x without row `out`. */
static void leave_out(const double *x, int n, int out, double *rest)
{
    for (int i = 0; i < n - 1; i++) rest[i] = x[i + (i >= out)];
}

/* Against two taus, and their difference with each row left out in turn. */
static void test_tau_gain(void)
{
    double a[N], base[N], label[N], rest[3][N], one, other, gain, error;
    for (uint64_t trial = 0; trial < 10; trial++) {
        struct rng r;
        rng_init(&r, 2, RNG_TEST, trial);
        int n = 3 + (int)rng_below(&r, N - 3);
        double mean = 0, squares = 0, differences[N];
        for (int i = 0; i < n; i++) {
            label[i] = rng_uniform(&r);
            a[i] = label[i] + rng_uniform(&r);
            base[i] = label[i] + 2 * rng_uniform(&r);
        }
        metrics_tau_gain(a, base, label, (size_t)n, &gain, &error);
        CHECK_OK(metrics_kendall_tau(a, label, (size_t)n, &one));
        CHECK_OK(metrics_kendall_tau(base, label, (size_t)n, &other));
        CU_ASSERT_DOUBLE_EQUAL(gain, one - other, 1e-12);
        for (int out = 0; out < n && n > 3; out++) {
            leave_out(a, n, out, rest[0]);
            leave_out(base, n, out, rest[1]);
            leave_out(label, n, out, rest[2]);
            CHECK_OK(metrics_kendall_tau(rest[0], rest[2], (size_t)n - 1, &one));
            CHECK_OK(metrics_kendall_tau(rest[1], rest[2], (size_t)n - 1, &other));
            differences[out] = one - other;
            mean += differences[out] / n;
        }
        for (int out = 0; out < n && n > 3; out++)
            squares += (differences[out] - mean) * (differences[out] - mean);
        if (n > 3) CU_ASSERT_DOUBLE_EQUAL(error, sqrt(squares * (n - 1) / n), 1e-12);
    }
    metrics_tau_gain(a, a, label, N, &gain, &error);
    CU_ASSERT(gain == 0 && error == 0);
}

static void test_known(void)
{
    const double a[] = {1, 2, 3, 4, 5}, up[] = {2, 4, 6, 8, 10}, down[] = {5, 4, 3, 2, 1},
                 flat[] = {1, 1, 1, 1, 1};
    double x;
    CHECK_OK(metrics_kendall_tau(a, up, 5, &x));
    CU_ASSERT_DOUBLE_EQUAL(x, 1, 1e-15);
    CHECK_OK(metrics_spearman(a, down, 5, &x));
    CU_ASSERT_DOUBLE_EQUAL(x, -1, 1e-15);
    CHECK_OK(metrics_kendall_tau(a, flat, 5, &x));
    CU_ASSERT(isnan(x));
    CHECK_OK(metrics_kendall_tau(a, up, 1, &x));
    CU_ASSERT(isnan(x));
    CU_ASSERT_DOUBLE_EQUAL(metrics_mape(up, a, 5), 1.0, 1e-15);
}

/* ---- the best: by counting ---- */

static size_t slow_true_rank(const double *label, int n, int i, double sign)
{
    size_t better = 0;
    for (int j = 0; j < n; j++) better += sign * label[j] > sign * label[i];
    return better + 1;
}

/* How many rows stand before row i by prediction (worse labels first among equals). */
static int slow_place(const double *a, const double *b, int n, int i, double sign)
{
    int before = 0;
    for (int j = 0; j < n; j++)
        before += sign * a[j] > sign * a[i] ||
                  (a[j] == a[i] && (sign * b[j] < sign * b[i] || (b[j] == b[i] && j < i)));
    return before;
}

/* Whatever stands beside it, and wherever it stands. */
static void test_no_number(void)
{
    const double label[] = {0.1, 0.5, 0.3, 0.9, 0.7};
    for (int at = 0; at < 5; at++) {
        double a[] = {0.1, 0.5, 0.3, 0.9, 0.7}, x = 7;
        size_t ranks[5];
        a[at] = NAN;
        CHECK_OK(metrics_kendall_tau(a, label, 5, &x));
        CU_ASSERT(isnan(x));
        CHECK_OK(metrics_kendall_tau(label, a, 5, &x));
        CU_ASSERT(isnan(x));
        x = 7;
        CHECK_OK(metrics_spearman(a, label, 5, &x));
        CU_ASSERT(isnan(x));
        for (int minimise = 0; minimise < 2; minimise++) {
            CHECK_OK(metrics_predicted_ranks(a, label, 5, minimise, ranks));
            CU_ASSERT_EQUAL(ranks[4], slow_true_rank(label, 5, at, minimise ? -1 : 1));
            for (int i = 1; i < 4; i++) CU_ASSERT(ranks[i] > ranks[i - 1]);
        }
    }
}

static void test_spearman_ties(void)
{
    /* Ranks 1.5 1.5 3 4.5 4.5 and 1 2.5 2.5 4 5, by hand. */
    const double a[] = {1, 1, 2, 3, 3}, b[] = {5, 7, 7, 8, 9}, flat[] = {2, 2, 2, 2, 2};
    double x = 7;
    CHECK_OK(metrics_spearman(a, b, 5, &x));
    CU_ASSERT_DOUBLE_EQUAL(x, 8.25 / sqrt(9 * 9.5), 1e-14);
    CHECK_OK(metrics_spearman(a, flat, 5, &x));
    CU_ASSERT(isnan(x));
    CHECK_OK(metrics_spearman(a, b, 1, &x));
    CU_ASSERT(isnan(x));
    CHECK_OK(metrics_spearman(a, b, 0, &x));
    CU_ASSERT(isnan(x));
}

static void check_best(const double *a, const double *b, int n, bool minimise)
{
    double sign = minimise ? -1 : 1, tau, x[N], y[N];
    size_t ranks[N];
    int kept = 0;
    CHECK_OK(metrics_predicted_ranks(a, b, (size_t)n, minimise, ranks));
    for (int k = 1; k < n; k += 7) {
        int hits = 0;
        size_t best = (size_t)n;
        for (int i = 0; i < n; i++) {
            if (slow_place(a, b, n, i, sign) >= k) continue;
            size_t rank = slow_true_rank(b, n, i, sign);
            hits += rank <= (size_t)k;
            if (rank < best) best = rank;
        }
        CU_ASSERT_DOUBLE_EQUAL(metrics_top_overlap(ranks, (size_t)n, (size_t)k), (double)hits / k,
                               1e-15);
        CU_ASSERT_EQUAL(metrics_n_at(ranks, (size_t)n, (size_t)k), (double)best);
    }
    for (int i = 0; i < n; i++) { /* fewer than n / 10 better ones: of the best tenth */
        if (10 * (slow_true_rank(b, n, i, sign) - 1) >= (size_t)n) continue;
        x[kept] = a[i];
        y[kept++] = b[i];
    }
    CHECK_OK(metrics_top_tenth_tau(a, b, (size_t)n, minimise, &tau));
    double slow = slow_tau(x, y, kept);
    CU_ASSERT(isnan(slow) ? isnan(tau) : fabs(tau - slow) < 1e-12);
}

static void test_best(void)
{
    double a[N], b[N];
    for (uint64_t trial = 0; trial < 40; trial++) {
        struct rng r;
        rng_init(&r, 2, RNG_TEST, trial);
        int n = 2 + (int)rng_below(&r, N - 2);
        uint64_t levels = trial % 2 ? 5 + rng_below(&r, 20) : 1000000;
        for (int i = 0; i < n; i++) {
            a[i] = (double)rng_below(&r, levels);
            b[i] = 0.3 * a[i] + (double)rng_below(&r, levels);
        }
        check_best(a, b, n, false);
        check_best(a, b, n, true);
    }
}

static void test_best_known(void)
{
    /* By prediction: rows 3 4 1 2 0; their true ranks from the top: 4 1 3 2 5. */
    const double a[] = {0, 3, 2, 9, 4}, b[] = {1, 3, 4, 2, 5}, flat[] = {1, 1, 1, 1, 1};
    size_t ranks[5];
    CHECK_OK(metrics_predicted_ranks(a, b, 5, false, ranks));
    CU_ASSERT(ranks[0] == 4 && ranks[1] == 1 && ranks[2] == 3 && ranks[3] == 2 && ranks[4] == 5);
    CU_ASSERT_EQUAL(metrics_top_overlap(ranks, 5, 2), 0.5);
    CU_ASSERT_EQUAL(metrics_n_at(ranks, 5, 1), 4);
    CU_ASSERT_EQUAL(metrics_n_at(ranks, 5, 5), 1);
    CU_ASSERT(isnan(metrics_top_overlap(ranks, 5, 5)) && isnan(metrics_n_at(ranks, 5, 6)));
    CHECK_OK(metrics_predicted_ranks(a, b, 5, true, ranks)); /* from the bottom: rows 0 2 1 4 3 */
    CU_ASSERT(ranks[0] == 1 && ranks[1] == 4 && ranks[2] == 3 && ranks[3] == 5 && ranks[4] == 2);
    CHECK_OK(metrics_predicted_ranks(flat, b, 5, false, ranks));
    CU_ASSERT(ranks[0] == 5 && ranks[4] == 1);
    const double p[] = {1.04, 2.3, 95, 0.1}, label[] = {1, 2, 100, 0};
    CU_ASSERT_DOUBLE_EQUAL(metrics_within(p, label, 4, 0.05), 2.0 / 3, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(metrics_within(p, label, 4, 0.16), 1, 1e-15);
    CU_ASSERT(isnan(metrics_within(p + 3, label + 3, 1, 0.05)));
    struct metrics m;
    CHECK_OK(metrics_make(&m, a, b, 5, false));
    CU_ASSERT(m.n_at_5 == 1 && isnan(m.n_at_10) && isnan(m.top10_overlap));
    CHECK_OK(metrics_make(&m, a, b, 0, false));
    CU_ASSERT(isnan(m.kendall_tau) && isnan(m.top_tenth_tau) && isnan(m.within_5_percent));
}

int main(void)
{
    CU_TestInfo tests[] = {{"tau and rho against their definitions", test_against_definition},
                           {"gain in tau", test_tau_gain},
                           {"known values", test_known},
                           {"no number", test_no_number},
                           {"rho with ties", test_spearman_ties},
                           {"the best against counting", test_best},
                           {"the best, known values", test_best_known},
                           CU_TEST_INFO_NULL};
    return unit_run("metrics", tests);
}
